//! Plan mode: the meeting in six steps, one screen each, by keys only if one wishes, with the time that each step took.

use std::sync::Arc;

use egui::{Key, Modifiers, RichText, Ui, vec2};

use super::ops::need_word;
use super::{PlanPage, brief, is_covered, item, unit_amount};
use crate::engine::{Command, Doubt, LookBack, PlanView};
use crate::metrics::plan::ledger::Unit;
use crate::metrics::plan::risk::Rated;
use crate::metrics::plan::wip::{Of, Over};
use crate::ui::cx::{Cx, ExportKind, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    LookBack,
    Brief,
    Capacity,
    Choose,
    Check,
    Start,
}

impl Step {
    const ALL: [Self; 6] = [Self::LookBack, Self::Brief, Self::Capacity, Self::Choose, Self::Check, Self::Start];

    fn title(self) -> &'static str {
        match self {
            Self::LookBack => t("mode-look-back"),
            Self::Brief => t("mode-brief"),
            Self::Capacity => t("mode-capacity"),
            Self::Choose => t("mode-choose"),
            Self::Check => t("mode-check"),
            Self::Start => t("mode-start"),
        }
    }
}

/// The meeting that is held.
#[derive(Default)]
pub struct Mode {
    step: Step,
    /// Seconds that each step took.
    spent: [f64; 6],
    seen_at: Option<f64>,
    goal: Option<String>,
    reason: String,
}

/// Rows of a list that are shown; the rest is counted.
pub(super) const MOST: usize = 10;
/// The least height of a card.
pub const CARD: f32 = 280.0;

impl PlanPage {
    pub(super) fn mode_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        let Some(mode) = &mut self.mode else { return };
        mode.count(ui);
        let step = mode.step;
        self.steps_ui(ui);
        ui.add_space(8.0);
        match step {
            Step::LookBack => look_back_ui(ui, view, cx),
            Step::Brief => brief::ui(ui, view, cx),
            Step::Capacity => self.capacity_ui(ui, view, cx),
            Step::Choose => self.lists_ui(ui, view, cx),
            Step::Check => check_ui(ui, view, cx),
            Step::Start => self.start_ui(ui, view, cx),
        }
        if self.hears_keys(ui) {
            self.mode_keys(ui);
        }
    }

    /// Page keys go from step to step: the arrows belong to the lists of the fourth.
    fn mode_keys(&mut self, ui: &Ui) {
        let Some(mode) = &mut self.mode else { return };
        let in_lists = mode.step == Step::Choose;
        let pressed = |key, modifiers| ui.input_mut(|input| input.consume_key(modifiers, key));
        let on = pressed(Key::PageDown, Modifiers::COMMAND) || (!in_lists && pressed(Key::ArrowRight, Modifiers::NONE));
        let back = pressed(Key::PageUp, Modifiers::COMMAND) || (!in_lists && pressed(Key::ArrowLeft, Modifiers::NONE));
        // From the lists one goes on with the brackets, which no list hears.
        let on = on || pressed(Key::CloseBracket, Modifiers::NONE);
        let back = back || pressed(Key::OpenBracket, Modifiers::NONE);
        mode.go(isize::from(on) - isize::from(back));
    }

    fn steps_ui(&mut self, ui: &mut Ui) {
        let mut ends = false;
        let Some(mode) = &mut self.mode else { return };
        ui.horizontal(|ui| {
            for (n, step) in Step::ALL.into_iter().enumerate() {
                let spent = mode.spent[n];
                let words = if spent >= 60.0 {
                    format!("{} {} · {}", n + 1, step.title(), format::duration(spent))
                } else {
                    format!("{} {}", n + 1, step.title())
                };
                if ui.selectable_label(mode.step == step, words).clicked() {
                    mode.step = step;
                }
            }
            widgets::at_right(ui, |ui| {
                if ui.button(t("mode-end")).clicked() {
                    ends = true;
                }
                let is_last = mode.step == Step::Start;
                if !is_last && widgets::primary_button(ui, t("mode-next")).clicked() {
                    mode.go(1);
                }
                if mode.step != Step::LookBack && ui.button(t("mode-back")).clicked() {
                    mode.go(-1);
                }
                let seconds = mode.spent[mode.place()] as u64;
                let clock = format!("{}:{:02}", seconds / 60, seconds % 60);
                widgets::caption(ui, clock).on_hover_text(t("mode-clock"));
                if mode.step == Step::Choose {
                    widgets::caption(ui, t("mode-brackets"));
                }
            });
        });
        if ends {
            self.mode = None;
        }
    }

    fn start_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        // Enter starts from a field or from nowhere; a button that has the focus takes it for itself.
        let is_free = ui.memory(|memory| memory.focused().is_none()) || ui.text_edit_focused();
        let hears_enter = is_free && !self.has_form() && !is_covered(ui);
        let Some(mode) = &mut self.mode else { return };
        let Some(n) = view.sprint else {
            widgets::caption(ui, t("plan-no-sprint"));
            return;
        };
        let sprint = &view.plan.sprints[n];
        let goal = mode.goal.get_or_insert_with(|| sprint.goal.clone().unwrap_or_default());
        let mut starts = false;
        // Before the fields, which would keep it.
        let enters = hears_enter && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        widgets::card(ui, |ui| {
            ui.set_width(ui.available_width());
            widgets::panel_title(ui, &ta("sprint-start-title", &[("name", &sprint.name)]));
            widgets::form_row(ui, t("sprint-goal"), |ui| widgets::text_field(ui, t("sprint-goal"), goal, 420.0));
            let items = view.members.iter().map(|n| &view.plan.items[*n as usize]);
            for unit in [Unit::Points, Unit::Hours, Unit::Items] {
                let sum: f64 = items.clone().filter_map(|item| unit.of(item)).sum();
                if sum > 0.0 {
                    widgets::muted(ui, ta("sprint-commits", &[("n", &unit_amount(sum, unit))]));
                }
            }
            if view.plan.ledgers[n].started_at.is_none() {
                super::sprint::reviews_ui(ui, view, &mut mode.reason);
            }
            let doubts = view.meeting.doubts.len() as u64;
            if doubts > 0 {
                widgets::status_label(ui, StatusKind::Warn, &tn("mode-doubts", doubts));
            }
            ui.add_space(6.0);
            let ledger = &view.plan.ledgers[n];
            if ledger.started_at.is_some() {
                widgets::status_label(ui, StatusKind::Ok, t("mode-started"));
                return;
            }
            let can = cx.can_write && !view.members.is_empty();
            starts = ui.add_enabled_ui(can, |ui| widgets::primary_button(ui, t("plan-start"))).inner.clicked();
            starts |= can && enters;
            ui.add_space(6.0);
            if ui.button(t("plan-markdown")).clicked() {
                cx.want(Intent::Export(ExportKind::Markdown));
            }
        });
        if starts {
            let goal = Some(goal.trim().to_owned()).filter(|goal| !goal.is_empty());
            let reason = Some(mode.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
            cx.want(Intent::Command(Command::StartSprint { sprint: sprint.id.clone(), goal, reason }));
        }
    }
}

impl Mode {
    fn place(&self) -> usize {
        Step::ALL.iter().position(|step| *step == self.step).unwrap_or_default()
    }

    fn go(&mut self, by: isize) {
        self.step = Step::ALL[self.place().saturating_add_signed(by).min(Step::ALL.len() - 1)];
    }

    /// Adds the time since the last frame to the step; a minute without a frame was no meeting.
    fn count(&mut self, ui: &Ui) {
        let now = ui.input(|input| input.time);
        if let Some(seen) = self.seen_at {
            self.spent[self.place()] += (now - seen).clamp(0.0, 60.0);
        }
        self.seen_at = Some(now);
        ui.request_repaint_after(std::time::Duration::from_secs(1));
    }
}

pub(super) fn titles_ui(ui: &mut Ui, view: &PlanView, items: &[u32], cx: &Cx<'_>) {
    for n in items.iter().take(MOST) {
        let found = &view.plan.items[*n as usize];
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
            ui.painter().circle_filled(rect.center(), 4.0, super::backlog::kind_color(found.kind, cx));
            ui.add(egui::Label::new(RichText::new(&found.title).color(cx.tokens.text)).truncate());
            widgets::caption(ui, item::state_word(found.state));
            let carried = view.carries.get(*n as usize).copied().unwrap_or_default();
            if carried > 0 {
                widgets::caption(ui, tn("plan-carried", u64::from(carried)));
            }
        });
    }
    if items.len() > MOST {
        widgets::caption(ui, tn("mode-more", (items.len() - MOST) as u64));
    }
}

/// Two cards side by side, over the whole page.
pub(super) fn halves(ui: &mut Ui, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    let width = ((ui.available_width() - size::GAP) / 2.0).floor();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        super::column(ui, width, CARD, a);
        super::column(ui, width, CARD, b);
    });
}

fn look_back_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    let Some(last) = &view.meeting.look_back else {
        widgets::muted(ui, t("mode-no-last"));
        return;
    };
    let unit = view.unit;
    halves(
        ui,
        |ui| {
            widgets::panel_title(ui, &last.name);
            let goal = last.goal.as_deref().unwrap_or(t("mode-no-goal"));
            let result = last.goal_result.as_deref().map_or(t("mode-goal-open"), super::sprint::goal_word);
            widgets::muted(ui, format!("{goal}: {result}"));
            ui.add_space(6.0);
            ui.label(ta("burn-committed", &[("n", &unit_amount(last.committed.value, unit))]));
            ui.label(ta("burn-completed", &[("n", &unit_amount(last.completed.value, unit))]));
            ui.label(ta("burn-sum-added", &[("n", &unit_amount(last.added.value, unit))]));
            ui.label(ta("burn-sum-removed", &[("n", &unit_amount(last.removed.value, unit))]));
            let scope = last.committed.value + last.added.value;
            if scope > 0.0 {
                widgets::muted(ui, ta("burn-unplanned", &[("share", &format::percent(last.added.value / scope))]));
            }
            for (why, sum) in &last.reasons {
                let why = if why.is_empty() { t("mode-no-reason") } else { why };
                widgets::caption(ui, format!("{why}: {}", unit_amount(sum.value, unit)));
            }
        },
        |ui| {
            widgets::panel_title(ui, t("mode-left-over"));
            if last.carried.is_empty() {
                widgets::muted(ui, t("mode-nothing-left"));
            }
            titles_ui(ui, view, &last.carried, cx);
            retro_ui(ui, view, last, cx);
        },
    );
}

/// What was said of the last sprint, and what became of what the team wanted to do.
fn retro_ui(ui: &mut Ui, view: &PlanView, last: &LookBack, cx: &Cx<'_>) {
    if last.notes.is_empty() && last.actions.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("mode-retro"));
    for note in &last.notes {
        widgets::muted(ui, &note.text);
    }
    titles_ui(ui, view, &last.actions, cx);
}

/// Rows of a list, close together.
pub(super) fn tight(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        add(ui);
    });
}

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
        Doubt::Need(n, kind, day) => {
            let args = [("title", title(*n)), ("need", need_word(kind)), ("day", &day.to_string())];
            (StatusKind::Warn, ta("doubt-need", &args))
        }
        Doubt::NeedTooLate(n, kind, day) => {
            let args = [("title", title(*n)), ("need", need_word(kind)), ("day", &day.to_string())];
            (StatusKind::Crit, ta("doubt-need-late", &args))
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
        Doubt::Overlaps(name) => (StatusKind::Warn, ta("doubt-overlaps", &[("name", name)])),
    }
}

/// What has more under way than was agreed on.
pub(super) fn limit_words(over: &Over, view: &PlanView) -> String {
    let of = match &over.of {
        Of::Column(state) => item::state_word(*state).to_owned(),
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

fn check_ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let meeting = &view.meeting;
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
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
        egui::ScrollArea::vertical().id_salt("doubts").auto_shrink([false, true]).show(ui, |ui| {
            for (kind, words) in doubts {
                widgets::status_label(ui, kind, &words);
            }
        });
        let has_unasked = meeting.doubts.iter().any(|doubt| matches!(doubt, Doubt::NotAsked(_)));
        if has_unasked && cx.can_write && ui.button(t("mode-ask")).clicked() {
            let open = view.members.iter().map(|n| *n as usize).filter(|n| !view.plan.is_over(*n));
            let items = open.map(|n| view.plan.items[n].id.clone()).collect();
            cx.want(Intent::Command(Command::AskReviews(items)));
        }
    });
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
