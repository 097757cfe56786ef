//! A run opened: its stages on a time axis, attempts, commits and links.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use crate::engine::{
    Approval, ApproveAsk, DeskEvent, DeskTask, Logs, PresetEntry, Retry, RetryAsk, RunDetail, caps_of,
};
use crate::model::record::{FILE_CONNECTION, Run, Stage};
use crate::model::{Status, Time};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
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

impl Acts {
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

    fn ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>, more: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
        let entry = cx.snapshot.connections.iter().find(|entry| entry.name == run.connection);
        let Some(caps) = entry.and_then(caps_of) else {
            more(ui, cx);
            return;
        };
        let is_over = run.is_over();
        self.look(ui, run, is_over, cx);
        let mut wanted = None;
        ui.horizontal_wrapped(|ui| {
            if caps.logs != Logs::None && ui.button(t("run-log")).clicked() {
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
            let act = |ui: &mut Ui, can: bool, words: &str| {
                ui.add_enabled(can && !self.is_out, egui::Button::new(words)).clicked()
            };
            if caps.cancel && act(ui, !is_over, t("run-cancel")) {
                wanted = Some(DeskTask::CancelRun(Box::new(run.clone())));
            }
            if caps.retry != Retry::None && act(ui, is_over && !is_again, t("run-retry")) {
                wanted = Some(DeskTask::Retry(Box::new(run.clone()), RetryAsk::default()));
            }
            let has_failed = is_over && run.status == Status::Failed;
            if caps.retry == Retry::AllOrFailed && act(ui, has_failed && !is_again, t("run-retry-failed")) {
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
        let looked = self.looked.as_ref().filter(|(id, ..)| *id == run.id);
        if let Some((_, approvals, reason)) = looked {
            if let Some(reason) = reason.as_ref().filter(|_| !is_over) {
                widgets::muted(ui, reason);
            }
            for approval in approvals.iter().filter(|_| caps.approve) {
                ui.horizontal(|ui| {
                    ui.label(ta("run-waits", &[("name", &approval.name)]));
                    for (words, is_rejected) in [(t("run-approve"), false), (t("run-reject"), true)] {
                        if is_rejected && !approval.may_reject {
                            continue;
                        }
                        let can = (is_rejected || approval.may_approve) && cx.can_write && !self.is_out;
                        if ui.add_enabled(can, egui::Button::new(words)).clicked() {
                            let step = Some(approval.id.clone());
                            let ask = ApproveAsk { step, is_rejected, ..ApproveAsk::default() };
                            wanted = Some(DeskTask::Approve(Box::new(run.clone()), ask));
                        }
                    }
                });
            }
        }
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

    fn results_ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
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

/// Draws the run; `false` when it is closed.
pub fn ui(
    ui: &mut Ui,
    detail: Option<&RunDetail>,
    acts: &mut Acts,
    cx: &mut Cx<'_>,
    more: impl FnOnce(&mut Ui, &mut Cx<'_>),
) -> bool {
    let mut keep = true;
    let Some(detail) = detail else {
        widgets::skeleton(ui, 200.0);
        return keep;
    };
    let run = &detail.run;
    ui.horizontal(|ui| {
        let name = run.pipeline_name.as_deref().unwrap_or(&run.pipeline);
        let title = run.number.map_or_else(|| format!("{name} {}", run.id), |number| format!("{name} #{number}"));
        widgets::at_right(ui, |ui| {
            if widgets::icon_button(ui, Icon::Close, t("run-close")).clicked() {
                keep = false;
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let words = RichText::new(&title).text_style(crate::ui::theme::text::h2()).color(cx.tokens.strong);
                ui.add(egui::Label::new(words).truncate()).on_hover_text(&title);
            });
        });
    });
    ui.horizontal(|ui| {
        widgets::status_label(ui, widgets::kind_of(run.status), widgets::status_word(run.status));
        // A bare number, as Buildbot's, says nothing to people.
        let is_said = |raw: &str| raw.eq_ignore_ascii_case(widgets::status_word(run.status));
        let is_word = |raw: &&String| raw.parse::<i64>().is_err() && !is_said(raw);
        if let Some(raw) = run.status_raw.as_ref().filter(is_word) {
            widgets::caption(ui, ta("run-raw", &[("raw", raw)]));
        }
    });
    acts.ui(ui, run, cx, more);
    ScrollArea::vertical().id_salt("run detail").auto_shrink(false).show(ui, |ui| {
        // The bar has its own room.
        ui.set_max_width(ui.available_width() - 10.0);
        facts_ui(ui, run, cx);
        stages_ui(ui, run, cx);
        acts.results_ui(ui, run, cx);
        attempts_ui(ui, detail, cx);
        family_ui(ui, detail);
        commits_ui(ui, detail, cx);
        deployments_ui(ui, detail, cx);
    });
    keep
}

fn facts_ui(ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let at = |time: Option<Time>| time.map(|time| format::date_time(time, cx.zone));
    let span = run.started_at.zip(run.finished_at).map(|(from, to)| format::duration(to.secs_since(from)));
    let queue = run.queued_at.or(run.created_at).zip(run.started_at);
    let waited = queue.map(|(from, to)| to.secs_since(from)).filter(|s| *s > 0.0).map(format::duration);
    for (label, value) in [
        (t("run-connection"), Some(run.connection.clone()).filter(|name| name != FILE_CONNECTION)),
        (t("runs-branch"), run.branch.clone().or_else(|| run.tag.clone())),
        (t("runs-service"), run.service.clone()),
        (t("run-event"), run.event.clone()),
        (t("runs-actor"), run.actor.clone()),
        (t("runs-started"), at(run.started_at.or(run.created_at))),
        (t("run-waited"), waited),
        (t("runs-duration"), span),
    ] {
        if let Some(value) = value {
            widgets::form_row(ui, label, |ui| ui.add(egui::Label::new(value).truncate()));
        }
    }
    if let Some(url) = &run.url
        && ui.button(t("run-open-web")).on_hover_text(url).clicked()
    {
        cx.want(Intent::OpenUrl(url.clone()));
    }
}

fn stages_ui(ui: &mut Ui, run: &Run, cx: &Cx<'_>) {
    let Some(stages) = run.stages.as_ref().filter(|stages| !stages.is_empty()) else { return };
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-stages"));
    let times = || stages.iter().flat_map(|stage| [stage.started_at, stage.finished_at]).flatten();
    let first = times().min().or(run.started_at);
    let goes_on = stages.iter().any(goes_on);
    let last = if goes_on { Some(cx.now) } else { times().max().or(run.finished_at) };
    let (Some(first), Some(last)) = (first, last) else {
        for stage in stages {
            widgets::status_label(ui, widgets::kind_of(stage.status), &stage.name);
        }
        return;
    };
    if goes_on {
        ui.ctx().request_repaint_after_secs(1.0);
    }
    let whole = last.secs_since(first).max(1.0);
    for stage in stages {
        stage_ui(ui, stage, first, whole, cx);
    }
    egui::Sides::new().show(ui, |ui| widgets::caption(ui, "0"), |ui| widgets::caption(ui, format::duration(whole)));
}

fn goes_on(stage: &Stage) -> bool {
    stage.status == Status::Running && stage.started_at.is_some() && stage.finished_at.is_none()
}

fn stage_ui(ui: &mut Ui, stage: &Stage, first: Time, whole: f64, cx: &Cx<'_>) {
    let tokens = cx.tokens;
    let end = stage.finished_at.or(goes_on(stage).then_some(cx.now));
    let span = stage.started_at.zip(end).map(|(from, to)| to.secs_since(from));
    let words = span.map(format::duration).unwrap_or_default();
    egui::Sides::new().shrink_left().truncate().show(
        ui,
        |ui| widgets::status_label(ui, widgets::kind_of(stage.status), &stage.name),
        |ui| ui.label(RichText::new(&words).color(tokens.muted)),
    );
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {words}", stage.name)));
    ui.painter().rect_filled(rect, 3.0, tokens.active);
    if let (Some(from), Some(secs)) = (stage.started_at, span) {
        let left = rect.left() + rect.width() * (from.secs_since(first) / whole) as f32;
        let width = (rect.width() * (secs / whole) as f32).max(2.0);
        let bar = egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(bar.intersect(rect), 3.0, tokens.status(widgets::kind_of(stage.status)));
    }
    let raw = stage.status_raw.as_deref().unwrap_or(stage.status.as_str());
    response.on_hover_text(format!("{} · {raw} · {words}", stage.name));
}

fn attempts_ui(ui: &mut Ui, detail: &RunDetail, cx: &Cx<'_>) {
    if detail.attempts.len() < 2 {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-attempts"));
    for attempt in &detail.attempts {
        ui.horizontal(|ui| {
            let words = ta("run-attempt", &[("n", &attempt.attempt.to_string())]);
            let color = if attempt.attempt == detail.run.attempt { cx.tokens.strong } else { cx.tokens.muted };
            ui.label(RichText::new(words).color(color));
            widgets::status_label(ui, widgets::kind_of(attempt.status), widgets::status_word(attempt.status));
        });
    }
}

/// What started the run, and what it started.
fn family_ui(ui: &mut Ui, detail: &RunDetail) {
    let member = |ui: &mut Ui, run: &Run| {
        ui.horizontal(|ui| {
            ui.label(run.number.map_or_else(|| run.id.clone(), |number| format!("#{number}")));
            widgets::status_label(ui, widgets::kind_of(run.status), widgets::status_word(run.status));
        });
    };
    if let Some(parent) = &detail.parent {
        ui.add_space(8.0);
        widgets::panel_title(ui, t("run-started-by"));
        member(ui, parent);
    }
    if !detail.children.is_empty() {
        ui.add_space(8.0);
        widgets::panel_title(ui, t("run-has-started"));
        detail.children.iter().for_each(|child| member(ui, child));
    }
}

fn commits_ui(ui: &mut Ui, detail: &RunDetail, cx: &mut Cx<'_>) {
    let sha = detail.run.sha.as_deref();
    if detail.commits.is_empty() && sha.is_none() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-commits"));
    if detail.commits.is_empty()
        && let Some(sha) = sha
    {
        ui.horizontal(|ui| {
            ui.monospace(format::short_sha(sha));
            widgets::muted(ui, t("run-commit-unknown"));
        });
    }
    for commit in &detail.commits {
        ui.horizontal(|ui| {
            if ui
                .add(egui::Button::new(RichText::new(format::short_sha(&commit.sha)).monospace()).small())
                .on_hover_text(t("run-copy-sha"))
                .clicked()
            {
                cx.want(Intent::Copy(commit.sha.clone()));
            }
            ui.add(egui::Label::new(commit.subject.clone().unwrap_or_default()).truncate());
        });
    }
}

fn deployments_ui(ui: &mut Ui, detail: &RunDetail, cx: &Cx<'_>) {
    if detail.deployments.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-deployments"));
    for deployment in &detail.deployments {
        ui.horizontal(|ui| {
            widgets::status_label(ui, widgets::kind_of(deployment.status), &deployment.environment);
            if let Some(at) = deployment.finished_at {
                widgets::caption(ui, format::date_time(at, cx.zone));
            }
        });
    }
}
