//! The brief of operations in a planning meeting.

use egui::{RichText, Ui};

use super::ahead::{self, Wish};
use super::mode::{MOST, halves, tight, titles_ui};
use super::readiness::{band_kind, risk_words};
use crate::engine::{Brief, LoopFigures, PlanView};
use crate::metrics::plan::budget::{Budget, BudgetState};
use crate::metrics::plan::capacity::MOST_INCIDENTS_A_DAY;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

pub(super) fn ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) -> Option<Wish> {
    let brief = &view.meeting.brief;
    let mut wish = None;
    halves(
        ui,
        |ui| {
            widgets::panel_title(ui, t("mode-since"));
            widgets::caption(ui, ta("mode-since-day", &[("date", &format::near_date(brief.since, cx.now, cx.zone))]));
            let counts = [
                tn("mode-deployments", u64::from(brief.deployments)),
                tn("mode-failed", u64::from(brief.failed)),
                tn("mode-incidents", u64::from(brief.incidents)),
            ];
            ui.label(counts.join(", "));
            if brief.open_incidents > 0 {
                widgets::status_label(ui, StatusKind::Crit, &tn("loop-open", u64::from(brief.open_incidents)));
            }
            for (name, incidents, actions) in &brief.recurring {
                let args = [("name", name.as_str()), ("n", &incidents.to_string()), ("actions", &actions.to_string())];
                widgets::status_label(ui, StatusKind::Crit, &ta("mode-recurring", &args));
            }
            incidents_ui(ui, brief, cx);
            budgets_ui(ui, view);
            load_ui(ui, brief, cx);
        },
        |ui| {
            widgets::panel_title(ui, t("mode-risk"));
            if brief.services.is_empty() {
                widgets::muted(ui, t("mode-no-risk"));
            }
            tight(ui, |ui| {
                for it in brief.services.iter().take(MOST) {
                    ui.horizontal(|ui| {
                        widgets::status_dot(ui, band_kind(it.risk.band()));
                        ui.label(RichText::new(&it.name).color(cx.tokens.strong));
                        widgets::caption(ui, risk_words(&it.risk));
                    });
                }
            });
            wish = ahead::ui(ui, view, cx);
            ui.add_space(8.0);
            widgets::panel_title(ui, t("mode-actions"));
            let waiting: Vec<u32> = view.meeting.waiting_actions(&view.plan).collect();
            if waiting.is_empty() {
                widgets::muted(ui, t("mode-no-actions"));
            }
            tight(ui, |ui| titles_ui(ui, view, &waiting, cx));
            loop_ui(ui, &brief.loop_figures);
        },
    );
    wish
}

/// So many incidents are told one by one.
const MOST_INCIDENTS: usize = 8;

/// One line an incident: how bad, where, when, and how long until users were fine.
fn incidents_ui(ui: &mut Ui, brief: &Brief, cx: &Cx<'_>) {
    tight(ui, |ui| {
        for it in brief.latest.iter().take(MOST_INCIDENTS) {
            let kind = match it.severity {
                1 | 2 => StatusKind::Crit,
                3 => StatusKind::Warn,
                _ => StatusKind::Info,
            };
            let lasted = it.lasted_s.map_or_else(|| t("mode-incident-open").to_owned(), format::duration);
            let mut words = vec![format::near_date(it.began, cx.now, cx.zone), lasted];
            if it.severity > 0 {
                words.insert(0, ta("mode-incident-severity", &[("n", &it.severity.to_string())]));
            }
            if it.is_of_change {
                words.push(t("mode-incident-of-change").to_owned());
            }
            ui.horizontal(|ui| {
                widgets::status_dot(ui, kind);
                ui.label(it.service.as_deref().unwrap_or(t("mode-incident-nowhere")));
                widgets::caption(ui, words.join(" · "));
            });
        }
    });
    if brief.latest.len() > MOST_INCIDENTS {
        widgets::caption(ui, tn("mode-more", (brief.latest.len() - MOST_INCIDENTS) as u64));
    }
}

/// What being on call was like since the last planning, the heaviest first.
fn load_ui(ui: &mut Ui, brief: &Brief, cx: &Cx<'_>) {
    if brief.load.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("mode-load"));
    tight(ui, |ui| {
        for load in brief.load.iter().take(MOST) {
            let mut words = vec![tn("mode-load-days", u64::from(load.days))];
            words.push(tn("mode-incidents", u64::from(load.incidents)));
            if load.incidents > 0 {
                words.push(format::duration(load.hours * 3600.0));
            }
            if load.at_night > 0 {
                words.push(tn("mode-load-night", u64::from(load.at_night)));
            }
            let is_heavy = load.most_a_day as usize > MOST_INCIDENTS_A_DAY;
            if is_heavy {
                words.push(ta("mode-load-heavy", &[("n", &load.most_a_day.to_string())]));
            }
            ui.horizontal(|ui| {
                widgets::status_dot(ui, if is_heavy { StatusKind::Warn } else { StatusKind::Ok });
                ui.label(RichText::new(&load.who).color(cx.tokens.strong));
                ui.add(egui::Label::new(RichText::new(words.join(" · ")).small().color(cx.tokens.muted)).truncate());
            });
        }
    });
}

/// How what operations asked for comes into the plan and out of it.
fn loop_ui(ui: &mut Ui, figures: &LoopFigures) {
    let days = |days: f64| format!("{days:.1}");
    let mut words = Vec::new();
    if let Some((median, n)) = figures.planned {
        words.push(ta("loop-planned", &[("days", &days(median)), ("n", &n.to_string())]));
    }
    if let Some((median, n)) = figures.done {
        words.push(ta("loop-done", &[("days", &days(median)), ("n", &n.to_string())]));
    }
    if figures.with_due > 0 {
        let (in_time, of) = (figures.in_time.to_string(), figures.with_due.to_string());
        words.push(ta("loop-in-time", &[("n", &in_time), ("of", &of)]));
    }
    if let Some(share) = figures.share {
        words.push(ta("loop-share", &[("share", &format::percent(share))]));
    }
    if !words.is_empty() {
        ui.add_space(8.0);
        widgets::panel_title(ui, t("loop-title"));
        for words in words {
            widgets::caption(ui, words);
        }
    }
}

/// What is left of each service's error budget, the emptiest first.
fn budgets_ui(ui: &mut Ui, view: &PlanView) {
    let budgets = &view.meeting.brief.budgets;
    if budgets.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("mode-budgets"));
    tight(ui, |ui| {
        for (name, budget) in budgets.iter().take(MOST) {
            budget_ui(ui, name, budget);
        }
    });
    widgets::caption(ui, t("mode-budget-estimated"));
}

fn budget_ui(ui: &mut Ui, name: &str, budget: &Budget) {
    let kind = match budget.state() {
        BudgetState::Free => StatusKind::Ok,
        BudgetState::Caution => StatusKind::Warn,
        BudgetState::Spent => StatusKind::Crit,
    };
    let words = [
        ("left", format::percent(budget.left().max(0.0))),
        ("used", format!("{:.0}", budget.used_min)),
        ("of", format!("{:.0}", budget.allowed_min)),
        ("days", budget.window_days.to_string()),
    ];
    let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut words = ta("mode-budget", &args);
    if budget.asks_for_review() {
        let share = format::percent(budget.largest_share);
        words = format!("{words}; {}", ta("mode-budget-large", &[("share", &share)]));
    }
    ui.horizontal(|ui| {
        widgets::status_dot(ui, kind);
        ui.label(name);
        let words = RichText::new(words).small().color(crate::ui::theme::tokens(ui).muted);
        ui.add(egui::Label::new(words).truncate()).on_hover_text(t("mode-budget-review"));
    });
}
