//! What was started from here and what became of it; a lost start is linked to its run by address.

use std::collections::BTreeMap;

use egui::{RichText, Ui};

use crate::engine::{DeskTask, StartEntry, StartState};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

#[derive(Default)]
pub struct StartsPanel {
    is_open: bool,
    /// What was typed as the address of a lost start's run.
    urls: BTreeMap<String, String>,
}

fn state_of(start: &StartEntry) -> (StatusKind, String) {
    match (start.state, start.status) {
        (StartState::Ended | StartState::Running, Some(status)) => {
            (widgets::kind_of(status), widgets::status_word(status).to_owned())
        }
        (StartState::Lost | StartState::Ambiguous, _) => (StatusKind::Warn, state_word(start.state).to_owned()),
        (StartState::Refused, _) => (StatusKind::Crit, state_word(StartState::Refused).to_owned()),
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

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if !self.is_open {
            return;
        }
        let modal = widgets::modal(ui, "starts").show(ui.ctx(), |ui| {
            ui.set_width(720.0);
            widgets::heading(ui, t("starts-title"));
            let starts = cx.snapshot.starts.clone();
            if starts.is_empty() {
                widgets::muted(ui, t("starts-none"));
            }
            widgets::modal_scroll(ui).show(ui, |ui| {
                for start in starts.iter() {
                    self.row_ui(ui, start, cx);
                }
            });
        });
        if modal.should_close() {
            self.is_open = false;
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, start: &StartEntry, cx: &mut Cx<'_>) {
        let (kind, word) = state_of(start);
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(110.0, 20.0), |ui| {
                ui.set_min_width(110.0);
                widgets::status_label(ui, kind, &word);
            });
            ui.label(RichText::new(&start.pipeline).color(cx.tokens.strong));
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
        if let Some(why) = &start.why {
            ui.add(egui::Label::new(RichText::new(why).small().color(cx.tokens.muted)).wrap());
        }
        if start.state == StartState::Lost && cx.can_write {
            let url = self.urls.entry(start.id.clone()).or_default();
            ui.horizontal(|ui| {
                widgets::hinted_field(ui, t("starts-url"), url, 420.0);
                let is_given = !url.trim().is_empty();
                if ui.add_enabled(is_given, egui::Button::new(t("starts-link"))).clicked() {
                    let task = DeskTask::LinkStart(start.id.clone(), url.trim().to_owned());
                    cx.want(Intent::Desk(Box::new(task)));
                }
            });
        }
    }
}
