//! The report of a sprint: how each item came out of it, and why. A closed one is shown as it was kept; where something was
//! changed after the close, it can be looked at either way.

use egui::{RichText, Ui, vec2};

use super::{amount, unit_amount};
use crate::engine::{AfterClose, Burn, PlanView};
use crate::metrics::plan::ledger::{Ending, Outcome, SprintReport, Sum};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

/// Which of the two is looked at, where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    #[default]
    Kept,
    Now,
}

/// The report that is looked at.
pub fn read(burn: &Burn, reading: Reading) -> &SprintReport {
    match reading {
        Reading::Kept => burn.standing(),
        Reading::Now => &burn.counted,
    }
}

const GROUPS: [Ending; 5] =
    [Ending::Completed, Ending::NotCompleted, Ending::Removed, Ending::Cancelled, Ending::CompletedOutside];
const ROW: f32 = 22.0;
/// Rows in sight; the rest is scrolled to.
const ROWS: usize = 14;

enum Row<'a> {
    Group(Ending, u64),
    Item(&'a Outcome),
    AfterTitle(u64),
    After(&'a AfterClose),
}

pub fn ui(ui: &mut Ui, view: &PlanView, reading: &mut Reading, cx: &mut Cx<'_>) {
    let Some(Ok(burn)) = &view.burn else { return };
    ui.horizontal(|ui| {
        let is_closed = burn.counted.closed_at.is_some();
        widgets::panel_title(ui, if is_closed { t("sprint-report-title") } else { t("sprint-report-title-so-far") });
        if burn.changed_after_close {
            widgets::segmented(
                ui,
                reading,
                &[(Reading::Kept, t("sprint-report-kept")), (Reading::Now, t("sprint-report-now"))],
            );
        }
    });
    state_ui(ui, burn, view);
    let report = read(burn, *reading);
    sums_ui(ui, burn, report, view);
    ui.add_space(6.0);
    let is_open = report.closed_at.is_none();
    let mut rows = Vec::with_capacity(report.outcomes.len() + GROUPS.len());
    for ending in GROUPS {
        let items = report.outcomes.iter().filter(|outcome| outcome.ending == ending);
        let count = items.clone().count() as u64;
        if count > 0 {
            rows.push(Row::Group(ending, count));
            rows.extend(items.map(Row::Item));
        }
    }
    if !burn.after_close.is_empty() {
        rows.push(Row::AfterTitle(burn.after_close.len() as u64));
        rows.extend(burn.after_close.iter().map(Row::After));
    }
    let height = rows.len().min(ROWS) as f32 * ROW;
    let area = egui::ScrollArea::vertical().id_salt("report").max_height(height).auto_shrink([false, true]);
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, ROW, rows.len(), |ui, shown| {
        for row in &rows[shown] {
            ui.allocate_ui(vec2(ui.available_width(), ROW), |ui| {
                ui.set_height(ROW);
                match row {
                    Row::Group(ending, count) => {
                        ui.horizontal_centered(|ui| widgets::caption(ui, group_words(*ending, *count, is_open)));
                    }
                    Row::Item(outcome) => item_ui(ui, outcome, view, cx),
                    Row::AfterTitle(count) => {
                        ui.horizontal_centered(|ui| widgets::caption(ui, tn("sprint-report-after", *count)));
                    }
                    Row::After(after) => after_ui(ui, after, view, cx),
                }
            });
        }
    });
}

fn group_words(ending: Ending, count: u64, is_open: bool) -> String {
    match ending {
        Ending::Completed => tn("sprint-report-completed", count),
        Ending::NotCompleted if is_open => tn("sprint-report-open", count),
        Ending::NotCompleted => tn("sprint-report-not-completed", count),
        Ending::Removed => tn("sprint-report-removed", count),
        Ending::Cancelled => tn("sprint-report-cancelled", count),
        Ending::CompletedOutside => tn("sprint-report-outside", count),
    }
}

/// Whether the report is kept, and what came of the goal.
fn state_ui(ui: &mut Ui, burn: &Burn, view: &PlanView) {
    if burn.frozen_hash.is_some() {
        let (kind, words) = if burn.changed_after_close {
            (StatusKind::Warn, t("burn-changed-after"))
        } else {
            (StatusKind::Info, t("burn-frozen"))
        };
        widgets::status_label(ui, kind, words);
    }
    let goal = view.sprint.and_then(|n| view.plan.sprints[n].goal_result.as_deref());
    if let Some(result) = goal {
        widgets::caption(ui, ta("burn-goal", &[("result", result)]));
    }
}

fn sums_ui(ui: &mut Ui, burn: &Burn, report: &SprintReport, view: &PlanView) {
    let n = |sum: &Sum| sum_words(sum, view);
    let mut words = vec![
        ta("sum-committed", &[("n", &n(&report.commitment))]),
        ta("sum-completed", &[("n", &n(&report.completed))]),
    ];
    let mut put = |sum: &Sum, told: &dyn Fn(&str) -> String| {
        if sum.items > 0 {
            words.push(told(&n(sum)));
        }
    };
    put(&report.completed_late, &|n| ta("sum-late", &[("n", n)]));
    put(&report.added, &|n| ta("sum-added", &[("n", n)]));
    put(&report.removed, &|n| ta("sum-removed", &[("n", n)]));
    put(&report.cancelled, &|n| ta("sum-cancelled", &[("n", n)]));
    if report.closed_at.is_some() {
        put(&report.not_completed, &|n| ta("sum-not-completed", &[("n", n)]));
    } else {
        put(&report.not_completed, &|n| ta("sum-open", &[("n", n)]));
    }
    if report.reworked > 0 {
        words.push(tn("sum-reopened", report.reworked as u64));
    }
    if burn.worked_days > 0 && report.completed.value > 0.0 {
        let pace = report.completed.value / burn.worked_days as f64;
        let days = burn.worked_days.to_string();
        words.push(ta("sum-a-day", &[("n", &amount(pace)), ("days", &days)]));
    }
    ui.horizontal_wrapped(|ui| ui.label(words.join(" · ")));
}

/// A sum in the unit in sight, with what nobody estimated.
fn sum_words(sum: &Sum, view: &PlanView) -> String {
    let worth = unit_amount(sum.value, view.unit);
    if sum.unestimated == 0 { worth } else { format!("{worth} {}", tn("sum-unestimated", sum.unestimated as u64)) }
}

fn item_ui(ui: &mut Ui, outcome: &Outcome, view: &PlanView, cx: &mut Cx<'_>) {
    ui.horizontal_centered(|ui| {
        let worth = outcome.estimate.map_or_else(|| "–".to_owned(), amount);
        widgets::number_cell(ui, 44.0, worth);
        let Some(item) = view.plan.items.get(outcome.item as usize) else {
            widgets::muted(ui, t("sprint-report-gone"));
            return;
        };
        if ui.add(egui::Link::new(RichText::new(&item.title).color(cx.tokens.text))).clicked() {
            cx.want(Intent::OpenItem(item.id.clone()));
        }
        tags_ui(ui, outcome);
    });
}

/// What was done to an item after the close.
fn after_ui(ui: &mut Ui, after: &AfterClose, view: &PlanView, cx: &mut Cx<'_>) {
    let none = || t("after-none").to_owned();
    let (old, new) = (after.old.clone().unwrap_or_else(none), after.new.clone().unwrap_or_else(none));
    let args = [("old", old.as_str()), ("new", new.as_str())];
    let words = match after.what {
        "points" => ta("after-points", &args),
        "hours" => ta("after-hours", &args),
        "state" => ta("after-state", &args),
        _ => t("after-left").to_owned(),
    };
    ui.horizontal_centered(|ui| {
        ui.add_space(52.0);
        let item = view.plan.place_of(&after.item).map(|n| &view.plan.items[n]);
        let title = item.map_or(after.item.as_str(), |item| item.title.as_str());
        if ui.add(egui::Link::new(RichText::new(title).color(cx.tokens.text))).clicked() {
            cx.want(Intent::OpenItem(after.item.clone()));
        }
        widgets::caption(ui, words);
        widgets::caption(ui, format::near_date(after.at, cx.now, cx.zone));
    });
}

fn tags_ui(ui: &mut Ui, outcome: &Outcome) {
    let reason = outcome.reason.as_deref().filter(|reason| !reason.is_empty());
    if outcome.is_added {
        widgets::badge(ui, t("tag-added"), StatusKind::Warn);
    } else if outcome.is_committed && outcome.ending == Ending::Removed {
        widgets::badge(ui, t("tag-committed"), StatusKind::Unknown);
    }
    if let Some(reason) = reason {
        widgets::caption(ui, reason);
    }
    if outcome.is_late {
        widgets::badge(ui, t("tag-late"), StatusKind::Warn);
    }
    if outcome.reopened > 0 {
        widgets::badge(ui, &tn("tag-reopened", u64::from(outcome.reopened)), StatusKind::Warn);
    }
    if outcome.estimated_after_done {
        widgets::badge(ui, t("tag-estimated-after"), StatusKind::Unknown);
    }
}
