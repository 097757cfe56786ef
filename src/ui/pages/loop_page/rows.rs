//! Below the loop: what waits for a person, and the incidents of the last days.

use egui::{RichText, Sense, Ui, vec2};

use crate::engine::{IncidentRow, LoopView, StartEntry, StartState, Waiting};
use crate::metrics::stages::Attention;
use crate::model::Time;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

/// From this width on the two lists stand side by side.
const WIDE: f32 = 1080.0;

pub fn ui(ui: &mut Ui, view: &LoopView, cx: &mut Cx<'_>) {
    if ui.available_width() < WIDE {
        attention_ui(ui, view, cx);
        ui.add_space(size::GAP);
        incidents_ui(ui, view, cx);
        return;
    }
    let width = (ui.available_width() - size::GAP) / 2.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        for column in [attention_ui, incidents_ui] {
            ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.set_width(width);
                column(ui, view, cx);
            });
        }
    });
}

pub fn kind_words(what: &Attention) -> (StatusKind, &'static str) {
    match what {
        Attention::OpenIncident { .. } => (StatusKind::Crit, t("attention-incident")),
        Attention::FailedDeployment { .. } => (StatusKind::Crit, t("attention-deployment")),
        Attention::RedMain { .. } => (StatusKind::Crit, t("attention-red")),
        Attention::WaitingRun { .. } => (StatusKind::Warn, t("attention-approval")),
        Attention::WaitingChange { .. } => (StatusKind::Warn, t("attention-change")),
    }
}

pub fn waiting_words(what: Waiting) -> (StatusKind, &'static str) {
    match what {
        Waiting::Sprint => (StatusKind::Warn, t("attention-sprint")),
        Waiting::Review => (StatusKind::Warn, t("attention-review")),
        Waiting::Due => (StatusKind::Warn, t("attention-due")),
        Waiting::Ageing => (StatusKind::Info, t("attention-ageing")),
    }
}

fn list_ui(ui: &mut Ui, title: &str, count: usize, add: impl FnOnce(&mut Ui)) {
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::panel_title(ui, title);
            if count > 0 {
                widgets::caption(ui, format::count(count as u64));
            }
        });
        ui.spacing_mut().item_spacing.y = 0.0;
        add(ui);
    });
}

fn attention_ui(ui: &mut Ui, view: &LoopView, cx: &mut Cx<'_>) {
    let lost = lost_starts(cx);
    let count = lost.len() + view.attention.len() + view.waiting.len();
    list_ui(ui, t("attention-title"), count, |ui| {
        if count == 0 {
            widgets::empty_state(ui, Icon::Check, t("attention-none"), None);
        }
        for start in lost {
            let (kind, words) = (StatusKind::Warn, t("attention-lost"));
            let right = format::ago(start.at, cx.now);
            let line = Line { kind, words, title: start.pipeline_shown(), right, since: start.at };
            if line.ui(ui, cx) {
                cx.want(Intent::OpenStarts);
            }
        }
        for row in &view.attention {
            let (kind, words) = kind_words(&row.what);
            let since = Time(row.what.since());
            let line = Line { kind, words, title: &row.title, right: format::ago(since, cx.now), since };
            if line.ui(ui, cx) {
                cx.want(match row.what {
                    Attention::OpenIncident { .. } => Intent::OpenIncident(row.key),
                    Attention::FailedDeployment { .. } => Intent::OpenDeployment(row.key),
                    Attention::RedMain { .. } | Attention::WaitingRun { .. } => Intent::OpenRun(row.key),
                    Attention::WaitingChange { .. } => Intent::OpenChange(row.key, None),
                });
            }
        }
        for row in &view.waiting {
            let (kind, words) = waiting_words(row.what);
            let since = Time(row.since);
            let line = Line { kind, words, title: &row.title, right: format::ago(since, cx.now), since };
            if line.ui(ui, cx) {
                cx.want(match row.what {
                    Waiting::Sprint => Intent::OpenSprint(row.id.clone()),
                    _ => Intent::OpenItem(row.id.clone()),
                });
            }
        }
    });
}

/// Starts of the last days of which nobody knows what became.
pub fn lost_starts(cx: &Cx<'_>) -> Vec<StartEntry> {
    const DAYS_S: f64 = 7.0 * 86_400.0;
    let is_new = |start: &&StartEntry| start.state == StartState::Lost && cx.now.secs_since(start.at) < DAYS_S;
    cx.snapshot.starts.iter().filter(is_new).cloned().collect()
}

fn incidents_ui(ui: &mut Ui, view: &LoopView, cx: &mut Cx<'_>) {
    list_ui(ui, t("incidents-title"), view.incidents.len(), |ui| {
        if view.incidents.is_empty() {
            let can_record = cx.can_write.then(|| t("command-record-incident"));
            if widgets::empty_state(ui, Icon::Check, t("incidents-none"), can_record) {
                cx.want(Intent::NewIncident);
            }
        }
        for row in &view.incidents {
            let (kind, right) = match row.ended {
                None => (StatusKind::Crit, t("incidents-open").to_owned()),
                Some(ended) => (StatusKind::Ok, lasted(row, ended)),
            };
            let since = Time(row.began);
            let ago = format::ago(since, cx.now);
            let line = Line { kind, words: &ago, title: &title_of(row), right, since };
            if line.ui(ui, cx) {
                cx.want(Intent::OpenIncident(row.key));
            }
        }
    });
}

fn title_of(row: &IncidentRow) -> String {
    // A title often begins with the service's name.
    if row.service.is_empty() || row.title.starts_with(&row.service) {
        row.title.clone()
    } else {
        format!("{}: {}", row.service, row.title)
    }
}

fn lasted(row: &IncidentRow, ended: i64) -> String {
    let lasted = format::duration((ended - row.began) as f64 / 1e6);
    if row.has_cause { ta("incidents-lasted-cause", &[("lasted", &lasted)]) } else { lasted }
}

/// One line of a list: it leads to its thing.
struct Line<'a> {
    kind: StatusKind,
    words: &'a str,
    title: &'a str,
    right: String,
    since: Time,
}

impl Line<'_> {
    fn ui(&self, ui: &mut Ui, cx: &Cx<'_>) -> bool {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
        let name = format!("{}: {}", self.words, self.title);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name.as_str()));
        if response.hovered() {
            ui.painter().rect_filled(rect, 6.0, cx.tokens.hover);
        }
        widgets::focus_ring(ui, &response);
        let mut child = ui.new_child(
            egui::UiBuilder::new()
                .max_rect(rect.shrink2(vec2(6.0, 0.0)))
                .layout(egui::Layout::left_to_right(egui::Align::Center)),
        );
        let (place, _) = child.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
        widgets::status_shape(child.painter(), place.center(), self.kind, cx.tokens);
        let (label, _) = child.allocate_exact_size(vec2(130.0, 16.0), Sense::hover());
        let font = egui::TextStyle::Body.resolve(child.style());
        child.painter().text(label.left_center(), egui::Align2::LEFT_CENTER, self.words, font, cx.tokens.muted);
        widgets::at_right(&mut child, |ui| {
            ui.add(egui::Label::new(RichText::new(&self.right).color(cx.tokens.muted)).selectable(false));
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let title = RichText::new(self.title).color(cx.tokens.strong);
                ui.add(egui::Label::new(title).selectable(false).truncate());
            });
        });
        let is_by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        response.on_hover_text(format::date_time(self.since, cx.zone)).clicked() || is_by_key
    }
}
