//! What is done to the open run: its buttons, what they ask first, and what is known of it beyond the workspace.

use egui::{RichText, Ui};

use crate::engine::{Approval, ApproveAsk, DeskEvent, DeskTask, Logs, PresetEntry, Retry, RetryAsk, caps_of};
use crate::model::Status;
use crate::model::record::Run;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta};
use crate::ui::widgets;

/// What can be done with the open run, and what is known of it beyond the workspace.
#[derive(Default)]
pub struct Acts {
    /// The run that was looked at, what waits in it, and why it does not go on.
    looked: Option<(String, Vec<Approval>, Option<String>)>,
    looked_at: f64,
    results: super::results::Results,
    asked: Option<String>,
    guarded: Option<Guarded>,
    /// What was sent has no answer yet.
    is_out: bool,
    /// The run that was run again last, and when.
    again: Option<(String, f64)>,
    /// What the buttons of this frame offered, and what the palette asks for.
    offered: Vec<RunAct>,
    pressed: Option<RunAct>,
}

/// What goes to production and waits for its name to be typed.
struct Guarded {
    environment: String,
    task: DeskTask,
    typed: String,
    is_new: bool,
}

impl Guarded {
    fn is_of(&self, run: &Run) -> bool {
        match &self.task {
            DeskTask::Retry(of, _) | DeskTask::Approve(of, _) => (&of.connection, &of.id) == (&run.connection, &run.id),
            _ => false,
        }
    }

    fn confirmed(mut self) -> DeskTask {
        match &mut self.task {
            DeskTask::Retry(_, RetryAsk { confirmed, .. }) | DeskTask::Approve(_, ApproveAsk { confirmed, .. }) => {
                *confirmed = Some(self.environment);
            }
            _ => {}
        }
        self.task
    }
}

/// A run that was just run again is not run again by the next click, in seconds.
const AGAIN_AFTER: f64 = 3.0;

/// Between two looks at an open run that goes on.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

/// What is done to the open run by its buttons, or from the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunAct {
    Log,
    Cancel,
    Again,
    FailedAgain,
    Approve,
    Reject,
}

impl RunAct {
    pub fn words(self) -> &'static str {
        match self {
            Self::Log => t("run-log"),
            Self::Cancel => t("run-cancel"),
            Self::Again => t("run-retry"),
            Self::FailedAgain => t("run-retry-failed"),
            Self::Approve => t("run-approve"),
            Self::Reject => t("run-reject"),
        }
    }
}

impl Acts {
    /// What can be done now.
    pub fn offered(&self) -> &[RunAct] {
        &self.offered
    }

    /// As if its button had been pressed.
    pub fn press(&mut self, act: RunAct) {
        self.pressed = Some(act);
    }

    /// A button of an act; whether it is wanted.
    fn button(&mut self, ui: &mut Ui, act: RunAct, can: bool) -> bool {
        let can = can && !self.is_out;
        if can {
            self.offered.push(act);
        }
        let is_pressed = can && self.pressed == Some(act);
        ui.add_enabled(can, egui::Button::new(act.words())).clicked() || is_pressed
    }

    pub fn take(&mut self, event: &DeskEvent) {
        self.results.take(event);
        // The answer to what was sent, whichever it is.
        if matches!(event, DeskEvent::Started(_) | DeskEvent::Done(_) | DeskEvent::Failed(_) | DeskEvent::Guarded(..)) {
            self.is_out = false;
        }
        if let DeskEvent::Guarded(environment, task) = event {
            let (environment, task) = (environment.clone(), (**task).clone());
            self.guarded = Some(Guarded { environment, task, typed: String::new(), is_new: true });
        }
        if let DeskEvent::Looked(run, look) = event {
            self.asked = None;
            if let Ok(look) = look {
                self.looked = Some((run.id.clone(), look.approvals.clone(), look.wait_reason.clone()));
            }
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>, more: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
        self.offered.clear();
        let entry = cx.snapshot.connections.iter().find(|entry| entry.name == run.connection);
        let Some(caps) = entry.and_then(caps_of) else {
            more(ui, cx);
            return;
        };
        let is_over = run.is_over();
        self.look(ui, run, is_over, cx);
        let mut wanted = None;
        ui.horizontal_wrapped(|ui| {
            if caps.logs != Logs::None && self.button(ui, RunAct::Log, true) {
                cx.want(Intent::OpenLog(Box::new(run.clone())));
            }
            if !cx.can_write {
                more(ui, cx);
                return;
            }
            // Each has its place, whether it can be done now or not: a second click never hits another.
            let again_since = self.again.as_ref().filter(|(id, _)| *id == run.id).map(|(_, at)| ui.time() - at);
            let is_again = again_since.is_some_and(|since| since < AGAIN_AFTER);
            if is_again {
                ui.ctx().request_repaint_after_secs(AGAIN_AFTER as f32);
            }
            if caps.cancel && self.button(ui, RunAct::Cancel, !is_over) {
                wanted = Some(DeskTask::CancelRun(Box::new(run.clone())));
            }
            if caps.retry != Retry::None && self.button(ui, RunAct::Again, is_over && !is_again) {
                wanted = Some(DeskTask::Retry(Box::new(run.clone()), RetryAsk::default()));
            }
            let has_failed = is_over && run.status == Status::Failed;
            if caps.retry == Retry::AllOrFailed && self.button(ui, RunAct::FailedAgain, has_failed && !is_again) {
                let ask = RetryAsk { failed_only: true, ..RetryAsk::default() };
                wanted = Some(DeskTask::Retry(Box::new(run.clone()), ask));
            }
            if caps.trigger {
                start_ui(ui, run, cx);
            }
            more(ui, cx);
        });
        if self.is_out {
            widgets::muted(ui, t("desk-asking"));
        }
        let looked = self.looked.clone().filter(|(id, ..)| *id == run.id);
        if let Some((_, approvals, reason)) = looked {
            if let Some(reason) = reason.as_ref().filter(|_| !is_over) {
                widgets::muted(ui, reason);
            }
            for approval in approvals.iter().filter(|_| caps.approve) {
                ui.horizontal(|ui| {
                    ui.label(ta("run-waits", &[("name", &approval.name)]));
                    for act in [RunAct::Approve, RunAct::Reject] {
                        let is_rejected = act == RunAct::Reject;
                        if is_rejected && !approval.may_reject {
                            continue;
                        }
                        let can = (is_rejected || approval.may_approve) && cx.can_write;
                        if self.button(ui, act, can) && wanted.is_none() {
                            let step = Some(approval.id.clone());
                            let ask = ApproveAsk { step, is_rejected, ..ApproveAsk::default() };
                            wanted = Some(DeskTask::Approve(Box::new(run.clone()), ask));
                        }
                    }
                });
            }
        }
        self.pressed = None;
        if let Some(task) = self.guard_ui(ui, run, cx.tokens.warn).or(wanted) {
            self.looked_at = 0.0;
            self.guarded = None;
            self.is_out = true;
            if matches!(task, DeskTask::Retry(..)) {
                self.again = Some((run.id.clone(), ui.time()));
            }
            cx.want(Intent::Desk(Box::new(task)));
        }
    }

    /// Asks for the name of what is about to be reached; gives the task when it was typed.
    fn guard_ui(&mut self, ui: &mut Ui, run: &Run, warn: egui::Color32) -> Option<DeskTask> {
        let guarded = self.guarded.as_mut().filter(|guarded| guarded.is_of(run))?;
        let words = ta("start-production", &[("name", &guarded.environment)]);
        ui.label(RichText::new(words).color(warn));
        let (mut go_on, mut is_over) = (false, false);
        ui.horizontal(|ui| {
            let field = widgets::text_field(ui, t("start-production-name"), &mut guarded.typed, 160.0);
            if std::mem::take(&mut guarded.is_new) {
                field.request_focus();
            }
            let is_typed = guarded.typed.trim() == guarded.environment;
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            let button = ui.add_enabled_ui(is_typed, |ui| widgets::primary_button(ui, t("run-go-on"))).inner;
            go_on = button.clicked() || (is_typed && is_entered);
            is_over = ui.button(t("cancel")).clicked();
        });
        if is_over {
            self.guarded = None;
            return None;
        }
        if go_on { self.guarded.take().map(Guarded::confirmed) } else { None }
    }

    pub fn results_ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
        let entry = cx.snapshot.connections.iter().find(|entry| entry.name == run.connection);
        if let Some(caps) = entry.and_then(caps_of) {
            self.results.ui(ui, run, &caps, cx);
        }
    }

    /// A run that goes on is looked at again and again while it is open; one that is over, once, if its stages are unknown.
    fn look(&mut self, ui: &Ui, run: &Run, is_over: bool, cx: &mut Cx<'_>) {
        let now = ui.input(|input| input.time);
        let is_known = self.looked.as_ref().is_some_and(|(id, ..)| *id == run.id);
        let is_known_whole = is_over && (is_known || run.stages.is_some());
        if is_known_whole || !cx.can_write || self.asked.as_ref() == Some(&run.id) {
            return;
        }
        if is_known && now - self.looked_at < LOOK_EVERY.as_secs_f64() {
            ui.request_repaint_after(LOOK_EVERY);
            return;
        }
        self.looked_at = now;
        self.asked = Some(run.id.clone());
        cx.want(Intent::Desk(Box::new(DeskTask::Look(Box::new(run.clone())))));
    }
}

/// Starts the pipeline of a run: by its form, or as a favourite of that pipeline or its service says.
fn start_ui(ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
    let is_near = |preset: &&PresetEntry| {
        (preset.connection == run.connection && preset.pipeline == run.pipeline)
            || (preset.service.is_some() && preset.service == run.service)
    };
    let presets: Vec<String> = cx.snapshot.presets.iter().filter(is_near).map(|preset| preset.name.clone()).collect();
    let form = Intent::StartPipeline(Some((run.connection.clone(), run.pipeline.clone())));
    if presets.is_empty() {
        if ui.button(t("run-start")).clicked() {
            cx.want(form);
        }
        return;
    }
    ui.menu_button(t("run-start"), |ui| {
        for name in presets {
            if ui.button(&name).clicked() {
                cx.want(Intent::StartPreset(name));
            }
        }
        ui.separator();
        if ui.button(t("run-start-form")).clicked() {
            cx.want(form);
        }
    });
}
