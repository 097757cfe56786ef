//! The drawer that opens a figure to its formula, its options, the rows counted, and the rows left out and why.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use super::cards::metric_title;
use super::definition::{option_words, value_words};
use crate::engine::{DeliveryView, ExplainRow, ExplainView};
use crate::metrics::{Explain, Reason, Subject};
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::widgets;

fn formula(metric: Explain) -> &'static str {
    match metric {
        Explain::Frequency => t("formula-frequency"),
        Explain::Lead => t("formula-lead"),
        Explain::Fail => t("formula-fail"),
        Explain::Recovery => t("formula-recovery"),
        Explain::Rework => t("formula-rework"),
    }
}

/// The options that decide about a metric.
fn options_of(metric: Explain) -> &'static [&'static str] {
    match metric {
        Explain::Frequency => &["attempts", "warnings_as", "frequency", "working_days", "day_zone"],
        Explain::Lead => &["lead_unit", "lead_start", "lead_form", "lead_fallback", "lead_keep", "lead_stat"],
        Explain::Fail => &["failure", "failure_link", "fail_numerator", "fail_denominator"],
        Explain::Recovery => &["recovery_of", "recovery_start", "recovery_end", "recovery_stat", "period_of_recovery"],
        Explain::Rework => &["attempts", "warnings_as"],
    }
}

pub fn reason_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Clock => t("reason-clock"),
        Reason::Zero => t("reason-zero"),
        Reason::CommitUnknown => t("reason-commit-unknown"),
        Reason::FirstDeployment => t("reason-first-deployment"),
        Reason::StartUnknown => t("reason-start-unknown"),
        Reason::NotReached => t("reason-not-reached"),
        Reason::Failed => t("reason-failed"),
        Reason::NoOutcome => t("reason-no-outcome"),
        Reason::StillOpen => t("reason-still-open"),
        Reason::EarlierAttempt => t("reason-earlier-attempt"),
        Reason::EndUnknown => t("reason-end-unknown"),
        Reason::Suspected => t("reason-suspected"),
        Reason::NoDeployment => t("reason-no-deployment"),
    }
}

/// Draws the drawer; `false` when it is closed.
pub fn drawer_ui(
    ui: &mut Ui,
    view: Option<&ExplainView>,
    metric: Option<Explain>,
    delivery: Option<&DeliveryView>,
    cx: &mut Cx<'_>,
) -> bool {
    let Some(metric) = metric else { return false };
    let mut keep = true;
    ui.horizontal(|ui| {
        widgets::heading(ui, metric_title(metric));
        widgets::at_right(ui, |ui| {
            if widgets::icon_button(ui, Icon::Close, t("explain-close")).clicked() {
                keep = false;
            }
        });
    });
    ui.shrink_clip_rect(ui.available_rect_before_wrap().expand(12.0));
    ui.add(egui::Label::new(formula(metric)).wrap());
    if let Some(delivery) = delivery {
        ui.spacing_mut().item_spacing.y = 3.0;
        for (key, value) in delivery.ask.definition.options() {
            if options_of(metric).contains(&key.as_str()) {
                egui::Sides::new().shrink_left().truncate().show(
                    ui,
                    |ui| ui.label(RichText::new(option_words(&key)).color(cx.tokens.muted)),
                    |ui| ui.label(value_words(&key, &value)),
                );
            }
        }
    }
    ui.add_space(8.0);
    let Some(view) = view.filter(|view| view.metric == metric) else {
        widgets::skeleton(ui, 240.0);
        return keep;
    };
    ui.horizontal(|ui| {
        widgets::panel_title(ui, &ta("explain-counted", &[("n", &format::count(view.counted_total as u64))]));
        widgets::at_right(ui, |ui| {
            if widgets::icon_button(ui, Icon::Copy, t("explain-copy")).clicked() {
                cx.want(Intent::Copy(table(view, cx).tsv()));
            }
        });
    });
    if view.counted.len() < view.counted_total {
        widgets::caption(ui, ta("explain-first", &[("n", &format::count(view.counted.len() as u64))]));
    }
    let left_out_height = if view.left_out_total > 0 { 190.0 } else { 0.0 };
    let height = (ui.available_height() - left_out_height - 12.0).max(120.0);
    rows_ui(ui, "counted", &view.counted, height, cx);
    if view.left_out_total > 0 {
        ui.add_space(6.0);
        let n = format::count(view.left_out_total as u64);
        widgets::panel_title(ui, &ta("explain-left-out", &[("n", &n)]));
        for (reason, count) in view.reasons.iter().take(4) {
            widgets::caption(ui, format!("{} × {}", format::count(*count as u64), reason_words(*reason)));
        }
        rows_ui(ui, "left out", &view.left_out, ui.available_height().max(60.0), cx);
    }
    keep
}

const ROW: f32 = 40.0;

fn rows_ui(ui: &mut Ui, name: &'static str, rows: &[ExplainRow], height: f32, cx: &mut Cx<'_>) {
    if rows.is_empty() {
        widgets::muted(ui, t("explain-none"));
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().id_salt(name).max_height(height).auto_shrink([false, true]).show_rows(
        ui,
        ROW,
        rows.len(),
        |ui, range| {
            for row in &rows[range] {
                row_ui(ui, row, cx);
            }
        },
    );
}

fn row_ui(ui: &mut Ui, row: &ExplainRow, cx: &mut Cx<'_>) {
    let tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let title = if row.title.is_empty() { row.id.as_str() } else { row.title.as_str() };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{} {title}", row.kind)));
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, tokens.hover);
    }
    let inner = rect.shrink2(vec2(6.0, 2.0));
    let line = |ui: &mut Ui, top: f32, height: f32| {
        let place = egui::Rect::from_min_size(inner.min + vec2(0.0, top), vec2(inner.width(), height));
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
        child.spacing_mut().interact_size.y = height;
        child
    };
    egui::Sides::new().height(19.0).shrink_left().truncate().show(
        &mut line(ui, 1.0, 19.0),
        |ui| ui.add(egui::Label::new(title).selectable(false)),
        |ui| {
            let value = match (row.reason, row.value_s) {
                (Some(reason), _) => reason_words(reason).to_owned(),
                (None, Some(value)) => value_of(row, value),
                (None, None) => String::new(),
            };
            ui.add(egui::Label::new(RichText::new(value).color(tokens.strong)).selectable(false))
        },
    );
    egui::Sides::new().height(14.0).shrink_left().truncate().show(
        &mut line(ui, 19.0, 14.0),
        |ui| {
            let id = if row.kind == "commit" { format::short_sha(&row.id) } else { row.id.as_str() };
            let words = RichText::new(format!("{} {id}", row.kind)).small().color(tokens.muted);
            ui.add(egui::Label::new(words).selectable(false))
        },
        |ui| {
            let when = row.at.map(|at| format::date_time(at, cx.zone)).unwrap_or_default();
            ui.add(egui::Label::new(RichText::new(when).small().color(tokens.muted)).selectable(false))
        },
    );
    if response.on_hover_text(row.id.as_str()).clicked() {
        open(row, cx);
    }
}

/// 0 and 1 of a share mean no and yes; everything else is a duration.
fn value_of(row: &ExplainRow, value: f64) -> String {
    match (row.kind, value) {
        ("deployment", 0.0) => String::new(),
        ("deployment", 1.0) => t("explain-yes").to_owned(),
        _ => format::duration(value),
    }
}

fn open(row: &ExplainRow, cx: &mut Cx<'_>) {
    let data = &cx.snapshot.data;
    match row.subject {
        Subject::Incident(incident) => {
            let key = data.incidents.key[incident as usize];
            cx.want(Intent::OpenIncident(key));
        }
        Subject::Deployment(deployment) => {
            let key = data.deployments.key[deployment as usize];
            cx.want(Intent::OpenDeployment(key));
        }
        Subject::Change(change) => {
            let deployment = row.deployment.map(|deployment| data.deployments.key[deployment as usize]);
            cx.want(Intent::OpenChange(data.changes.key[change as usize], deployment));
        }
        Subject::Commit(_) => {
            if let Some(deployment) = row.deployment {
                let key = data.deployments.key[deployment as usize];
                cx.want(Intent::OpenDeployment(key));
            }
        }
    }
}

fn table(view: &ExplainView, cx: &Cx<'_>) -> PageExport {
    let mut table = PageExport::new(&["kind", "id", "title", "at", "value_s", "left_out"]);
    for row in view.counted.iter().chain(&view.left_out) {
        table.rows.push(vec![
            row.kind.to_owned(),
            row.id.clone(),
            row.title.clone(),
            row.at.map(|at| format::date_time(at, cx.zone)).unwrap_or_default(),
            row.value_s.map(|value| value.to_string()).unwrap_or_default(),
            row.reason.map(|reason| reason.as_str().to_owned()).unwrap_or_default(),
        ]);
    }
    table
}
