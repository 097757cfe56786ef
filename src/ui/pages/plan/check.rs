//! The fifth step of the meeting: what speaks against the plan as it is, and how ready each item is for it.

use egui::Ui;

use super::mode::{tight, whole_halves};
use super::ops::need_by_words;
use super::{item, readiness, unit_amount};
use crate::engine::{Command, Doubt, ItemReadiness, PlanView};
use crate::metrics::plan::readiness::{Answer, Line, Stage};
use crate::metrics::plan::risk::Rated;
use crate::metrics::plan::wip::{Of, Over};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

fn doubt_words(doubt: &Doubt, view: &PlanView) -> (StatusKind, String) {
    let title = |n: u32| view.plan.items[n as usize].title.as_str();
    let unit = view.unit;
    match doubt {
        Doubt::NoGoal => (StatusKind::Warn, t("doubt-no-goal").to_owned()),
        Doubt::Empty => (StatusKind::Crit, t("sprint-empty").to_owned()),
        Doubt::MoreThanLikely { sum, likely } => {
            let (sum, likely) = (unit_amount(*sum, unit), unit_amount(*likely, unit));
            (StatusKind::Warn, ta("doubt-more", &[("sum", &sum), ("likely", &likely)]))
        }
        Doubt::Unestimated(n) => (StatusKind::Warn, ta("doubt-unestimated", &[("title", title(*n))])),
        Doubt::Unassigned(n) => (StatusKind::Info, ta("doubt-unassigned", &[("title", title(*n))])),
        Doubt::Carried(n, times) => {
            (StatusKind::Warn, format!("{}: {}", title(*n), tn("plan-carried", u64::from(*times))))
        }
        Doubt::WaitsOutside(n, other) => {
            (StatusKind::Crit, ta("doubt-outside", &[("title", title(*n)), ("other", other)]))
        }
        Doubt::RankedBefore(n, other) => {
            (StatusKind::Warn, ta("doubt-ranked", &[("title", title(*n)), ("other", other)]))
        }
        Doubt::Risky(service, chance) => {
            let share = format::percent(*chance);
            (StatusKind::Warn, ta("doubt-risky", &[("service", service), ("share", &share)]))
        }
        Doubt::Need(n, by) => (StatusKind::Warn, ta("doubt-need", &[("title", title(*n)), ("by", &need_by_words(by))])),
        Doubt::NeedTooLate(n, by) => {
            (StatusKind::Crit, ta("doubt-need-late", &[("title", title(*n)), ("by", &need_by_words(by))]))
        }
        Doubt::Blocked(n, why) => {
            (StatusKind::Crit, ta("doubt-blocked", &[("title", title(*n)), ("why", super::ops::block_word(why))]))
        }
        Doubt::Stale(n) => (StatusKind::Warn, ta("doubt-stale", &[("title", title(*n))])),
        Doubt::NotAsked(n) => (StatusKind::Info, tn("doubt-not-asked", u64::from(*n))),
        Doubt::Unanswered(n, hours) => {
            let args = [("title", title(*n)), ("hours", &hours.to_string())];
            (StatusKind::Warn, ta("doubt-unanswered", &args))
        }
        Doubt::NotApproved(n) => (StatusKind::Crit, ta("doubt-not-approved", &[("title", title(*n))])),
        Doubt::BudgetSpent(n, service) => {
            (StatusKind::Warn, ta("doubt-budget", &[("title", title(*n)), ("service", service)]))
        }
        Doubt::Stuck(n, why) => (StatusKind::Crit, ta("doubt-stuck", &[("title", title(*n)), ("why", why)])),
        Doubt::Limit(over) => (StatusKind::Warn, limit_words(over, view)),
        Doubt::GoesOn(name) => (StatusKind::Crit, ta("doubt-goes-on", &[("name", name)])),
        Doubt::Overlaps(name) => (StatusKind::Warn, ta("doubt-overlaps", &[("name", name)])),
    }
}

fn doubt_ui(ui: &mut Ui, kind: StatusKind, words: &str) {
    widgets::status_lines(ui, kind, words);
    ui.add_space(4.0);
}

/// What has more under way than was agreed on.
pub(super) fn limit_words(over: &Over, view: &PlanView) -> String {
    let of = match &over.of {
        Of::Column(state) => item::column_word(*state).to_owned(),
        Of::Person(name) => name.clone(),
        Of::Service(id) => view.services.get(id).map_or_else(|| id.clone(), |service| service.name.clone()),
    };
    let args = [("of", of.as_str()), ("count", &over.count.to_string()), ("limit", &over.limit.to_string())];
    ta("doubt-limit", &args)
}

/// What came of earlier ratings, so that the next can be believed or not.
fn rated_ui(ui: &mut Ui, view: &PlanView) {
    let [low, medium, high] = view.rated;
    if low.deployed + medium.deployed + high.deployed == 0 {
        return;
    }
    let [high, medium, low] = [high, medium, low].map(failed_of);
    widgets::caption(ui, ta("mode-rated", &[("high", &high), ("medium", &medium), ("low", &low)]));
}

fn failed_of(rated: Rated) -> String {
    let (failed, deployed) = (format::count(rated.failed.into()), format::count(rated.deployed.into()));
    ta("mode-rated-of", &[("failed", &failed), ("deployed", &deployed)])
}

/// What the button below the list takes.
const BUTTON: f32 = 36.0;

pub(super) fn ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let mut opened = None;
    whole_halves(ui, |ui| doubts_ui(ui, view, cx), |ui| opened = ready_ui(ui, view));
    if let Some(item) = opened {
        cx.want(Intent::OpenItem(view.plan.items[item as usize].id.clone()));
    }
}

/// How ready the items are for the plan stage, those with most gaps first; gives the one that is wanted.
fn ready_ui(ui: &mut Ui, view: &PlanView) -> Option<u32> {
    widgets::panel_title(ui, t("mode-ready"));
    let of_plan = |ready: &ItemReadiness| -> Vec<Line> {
        ready.lines.iter().filter(|line| line.stage == Stage::Plan).cloned().collect()
    };
    let met = |lines: &[Line]| lines.iter().filter(|line| line.answer.is_settled()).count();
    let mut rows: Vec<(u32, Vec<Line>)> = view.ready.iter().map(|(n, ready)| (*n, of_plan(ready))).collect();
    rows.sort_by_key(|(_, lines)| std::cmp::Reverse(lines.len() - met(lines)));
    if view.members.is_empty() {
        widgets::muted(ui, t("sprint-empty"));
        return None;
    }
    if rows.iter().all(|(_, lines)| met(lines) == lines.len()) {
        widgets::status_label(ui, StatusKind::Ok, t("mode-ready-all"));
    }
    let mut opened = None;
    egui::ScrollArea::vertical().id_salt("ready").auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (n, lines) in &rows {
            let (all, met) = (lines.len(), met(lines));
            ui.horizontal(|ui| {
                widgets::status_dot(ui, if met == all { StatusKind::Ok } else { StatusKind::Warn });
                let words = ta("mode-ready-of", &[("met", &met.to_string()), ("all", &all.to_string())]);
                widgets::number_cell(ui, 44.0, words);
                let title = &view.plan.items[*n as usize].title;
                if ui.add(egui::Button::new(title).frame(false).truncate()).clicked() {
                    opened = Some(*n);
                }
            });
            for line in lines.iter().filter(|line| !line.answer.is_settled()) {
                let check = ("check", readiness::check_word(line));
                let why = match &line.answer {
                    Answer::Open(why) => ta("mode-open-why", &[check, ("why", why)]),
                    _ => ta("mode-open", &[check]),
                };
                ui.horizontal_top(|ui| {
                    ui.add_space(66.0);
                    ui.vertical(|ui| widgets::caption(ui, why));
                });
            }
        }
    });
    opened
}

/// What speaks against the plan as it is.
fn doubts_ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let meeting = &view.meeting;
    widgets::panel_title(ui, t("mode-look-at"));
    worth_ui(ui, view);
    if let Some(chance) = meeting.any_fails {
        widgets::muted(ui, ta("mode-any-fails", &[("share", &format::percent(chance))]));
    }
    if let Some(hours) = meeting.recovery_hours {
        widgets::muted(ui, ta("mode-recovery", &[("span", &format::duration(hours * 3600.0))]));
    }
    rated_ui(ui, view);
    if meeting.doubts.is_empty() {
        widgets::status_label(ui, StatusKind::Ok, t("mode-no-doubts"));
        return;
    }
    let mut doubts: Vec<(StatusKind, String)> = meeting.doubts.iter().map(|d| doubt_words(d, view)).collect();
    doubts.sort_by_key(|(kind, _)| match kind {
        StatusKind::Crit => 0,
        StatusKind::Warn => 1,
        _ => 2,
    });
    let has_unasked = meeting.doubts.iter().any(|doubt| matches!(doubt, Doubt::NotAsked(_)));
    let room = ui.available_height() - if has_unasked { BUTTON } else { 0.0 };
    let area = egui::ScrollArea::vertical().id_salt("doubts").max_height(room).auto_shrink([false, true]);
    area.show(ui, |ui| tight(ui, |ui| doubts.iter().for_each(|(kind, words)| doubt_ui(ui, *kind, words))));
    if has_unasked && cx.can_write && ui.button(t("mode-ask")).clicked() {
        let open = view.members.iter().map(|n| *n as usize).filter(|n| !view.plan.is_over(*n));
        let items = open.map(|n| view.plan.items[n].id.clone()).collect();
        cx.want(Intent::Command(Command::AskReviews(items)));
    }
}

/// What asking operations costs and brings: if it does not help, the numbers say so.
fn worth_ui(ui: &mut Ui, view: &PlanView) {
    let worth = &view.review_worth;
    if worth.answered == 0 {
        return;
    }
    let words = [
        ("n", worth.answered.to_string()),
        ("wait", worth.median_wait_h.map_or_else(|| "?".to_owned(), |hours| format!("{hours:.1}"))),
        ("blocked", worth.blocked.to_string()),
        ("changed", worth.changed.to_string()),
        ("advised", worth.advised.to_string()),
    ];
    let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    widgets::caption(ui, ta("mode-worth", &args));
    if worth.approved.deployed + worth.refused.deployed > 0 {
        let [approved, refused, unasked] = [worth.approved, worth.refused, worth.not_asked].map(failed_of);
        let words = ta("mode-outcomes", &[("approved", &approved), ("refused", &refused), ("unasked", &unasked)]);
        widgets::caption(ui, words).on_hover_text(t("mode-outcomes-how"));
    }
}
