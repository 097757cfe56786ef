//! What was started from here and what became of it; a lost start is linked to its run by address. Beside it, who did
//! what to other systems.

use std::collections::BTreeMap;

use egui::{RichText, Ui};

use crate::engine::{DeskEvent, DeskTask, StartEntry, StartState};
use crate::model::Status;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

#[derive(Default)]
pub struct StartsPanel {
    is_open: bool,
    tab: Tab,
    /// What was typed as the address of a lost start's run.
    urls: BTreeMap<String, String>,
    /// Why an address was of no use.
    errors: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Starts,
    Audit,
}

fn state_of(start: &StartEntry) -> (StatusKind, String) {
    match (start.state, start.status) {
        (StartState::Ended | StartState::Running, Some(status)) => {
            (widgets::kind_of(status), widgets::status_word(status).to_owned())
        }
        (StartState::Lost | StartState::Ambiguous, _) => (StatusKind::Warn, state_word(start.state).to_owned()),
        (StartState::Refused, _) => (StatusKind::Crit, state_word(StartState::Refused).to_owned()),
        (StartState::Cancelled, _) => {
            (widgets::kind_of(Status::Cancelled), state_word(StartState::Cancelled).to_owned())
        }
        (state, _) => (StatusKind::Info, state_word(state).to_owned()),
    }
}

fn state_word(state: StartState) -> &'static str {
    match state {
        StartState::Starting => t("start-state-starting"),
        StartState::Ambiguous => t("start-state-ambiguous"),
        StartState::Queued => t("start-state-queued"),
        StartState::Running => t("start-state-running"),
        StartState::Ended => t("start-state-ended"),
        StartState::Refused => t("start-state-refused"),
        StartState::Cancelled => t("start-state-cancelled"),
        StartState::Lost => t("start-state-lost"),
    }
}

impl StartsPanel {
    pub fn open(&mut self) {
        self.is_open = true;
    }

    pub fn close(&mut self) -> bool {
        std::mem::take(&mut self.is_open)
    }

    pub fn take(&mut self, event: &DeskEvent) {
        if let DeskEvent::Linked(id, Err(why)) = event {
            self.errors.insert(id.clone(), why.clone());
        }
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if !self.is_open {
            return;
        }
        let modal = widgets::modal(ui, "starts").show(ui.ctx(), |ui| {
            ui.set_width(720.0);
            ui.horizontal(|ui| {
                widgets::heading(ui, t("starts-title"));
                widgets::at_right(ui, |ui| {
                    let tabs = [(Tab::Audit, t("starts-tab-audit")), (Tab::Starts, t("starts-tab-starts"))];
                    widgets::segmented(ui, &mut self.tab, &tabs);
                });
            });
            if self.tab == Tab::Audit {
                audit_ui(ui, cx);
                return;
            }
            let starts = cx.snapshot.starts.clone();
            if starts.is_empty() {
                widgets::muted(ui, t("starts-none"));
            }
            widgets::modal_scroll(ui).show(ui, |ui| {
                for start in starts.iter() {
                    ui.scope(|ui| {
                        ui.spacing_mut().item_spacing.y = 2.0;
                        self.row_ui(ui, start, cx);
                    });
                    ui.add_space(6.0);
                }
            });
        });
        if widgets::is_closed(&modal) {
            self.is_open = false;
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, start: &StartEntry, cx: &mut Cx<'_>) {
        let (kind, word) = state_of(start);
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(STATE, 20.0), |ui| {
                ui.set_min_width(STATE);
                widgets::status_label(ui, kind, &word);
            });
            match start.run_key {
                Some(run) => {
                    if ui.link(start.pipeline_shown()).on_hover_text(t("bell-open-run")).clicked() {
                        self.is_open = false;
                        cx.want(Intent::OpenRun(run));
                    }
                }
                None => {
                    ui.label(RichText::new(start.pipeline_shown()).color(cx.tokens.strong));
                }
            }
            if let Some(environment) = &start.environment {
                widgets::muted(ui, format!("→ {environment}"));
            }
            widgets::muted(ui, &start.connection);
            widgets::at_right(ui, |ui| {
                let ago = format::ago(start.at, crate::model::Time::now());
                let words = ta("starts-by", &[("who", &start.who), ("ago", &ago)]);
                widgets::caption(ui, words).on_hover_text(format::date_time(start.at, cx.zone));
            });
        });
        let run = start.run_id.as_ref().map(|run| ta("starts-run", &[("run", run)]));
        let inputs = start.inputs.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("•••")));
        let facts: Vec<String> = run.into_iter().chain(start.git_ref.clone()).chain(inputs).collect();
        if !facts.is_empty() {
            let line = egui::vec2(ui.available_width(), 14.0);
            ui.allocate_ui_with_layout(line, egui::Layout::left_to_right(egui::Align::Min), |ui| {
                ui.add_space(STATE + ui.spacing().item_spacing.x);
                let facts = facts.join(" · ");
                let words = RichText::new(&facts).small().color(cx.tokens.muted);
                ui.add(egui::Label::new(words).truncate()).on_hover_text(&facts);
            });
        }
        // Beside the state, as all that is told of the start.
        ui.horizontal_top(|ui| {
            ui.add_space(STATE + ui.spacing().item_spacing.x);
            ui.vertical(|ui| self.rest_ui(ui, start, cx));
        });
    }

    /// Why it stands as it does, and what a person can do about it.
    fn rest_ui(&mut self, ui: &mut Ui, start: &StartEntry, cx: &mut Cx<'_>) {
        if let Some(why) = &start.why {
            ui.add(egui::Label::new(RichText::new(why).small().color(cx.tokens.muted)).wrap());
        }
        if start.state == StartState::Queued && start.run_id.is_none() && cx.can_write {
            if ui.small_button(t("starts-cancel")).clicked() {
                self.errors.remove(&start.id);
                cx.want(Intent::Desk(Box::new(DeskTask::CancelStart(Box::new(start.clone())))));
            }
            if let Some(why) = self.errors.get(&start.id) {
                ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.crit)).wrap());
            }
        }
        if matches!(start.state, StartState::Lost | StartState::Ambiguous) && cx.can_write {
            let url = self.urls.entry(start.id.clone()).or_default();
            ui.horizontal(|ui| {
                widgets::hinted_field(ui, t("starts-url"), url, 340.0);
                let is_given = !url.trim().is_empty();
                if ui.add_enabled(is_given, egui::Button::new(t("starts-link"))).clicked() {
                    self.errors.remove(&start.id);
                    let task = DeskTask::LinkStart(Box::new(start.clone()), url.trim().to_owned());
                    cx.want(Intent::Desk(Box::new(task)));
                }
                if start.state == StartState::Lost {
                    let dismiss = match start.run_id {
                        Some(_) => ui.button(t("starts-seen")).on_hover_text(t("starts-seen-words")),
                        None => ui.button(t("starts-dismiss")).on_hover_text(t("starts-dismiss-words")),
                    };
                    if dismiss.clicked() {
                        self.errors.remove(&start.id);
                        cx.want(Intent::Desk(Box::new(DeskTask::DismissStart(Box::new(start.clone())))));
                    }
                }
            });
            if let Some(why) = self.errors.get(&start.id) {
                ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.crit)).wrap());
            }
        }
    }
}

/// The widest word of a state.
const STATE: f32 = 140.0;
const AUDIT_ROW: f32 = 20.0;

fn audit_ui(ui: &mut Ui, cx: &Cx<'_>) {
    let audit = &cx.snapshot.audit;
    if audit.is_empty() {
        widgets::muted(ui, t("audit-none"));
        return;
    }
    let columns = [130.0, 80.0, 80.0, 190.0];
    let cell = |ui: &mut Ui, width: f32, words: RichText, whole: &str| {
        ui.allocate_ui(egui::vec2(width, AUDIT_ROW), |ui| {
            ui.set_min_width(width);
            ui.add(egui::Label::new(words).truncate()).on_hover_text(whole);
        });
    };
    widgets::modal_scroll(ui).show_rows(ui, AUDIT_ROW, audit.len(), |ui, range| {
        for entry in &audit[range] {
            ui.horizontal(|ui| {
                let run = entry.run_id.as_deref().map(|run| format!(" {run}")).unwrap_or_default();
                let place = format!("{} {}{run}", entry.connection, entry.pipeline_shown());
                let at = format::date_time(entry.at, cx.zone);
                cell(ui, columns[0], RichText::new(&at).color(cx.tokens.muted), &entry.at.to_string());
                cell(ui, columns[1], RichText::new(&entry.who), &entry.who);
                cell(ui, columns[2], RichText::new(&entry.act).color(cx.tokens.strong), &entry.act);
                cell(ui, columns[3], RichText::new(&place), &place);
                let names =
                    if entry.names.is_empty() { String::new() } else { format!(" [{}]", entry.names.join(", ")) };
                let outcome = format!("{}{names}", entry.outcome);
                ui.add(egui::Label::new(RichText::new(&outcome).color(cx.tokens.muted)).truncate())
                    .on_hover_text(outcome);
            });
        }
    });
}
