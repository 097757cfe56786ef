//! Plan mode: the meeting in six steps, one screen each, by keys only if one wishes, with the time that each step took.

use std::sync::Arc;

use egui::{Key, Modifiers, RichText, Ui, vec2};

use super::ahead::{self, AheadForm};
use super::{PlanPage, amount, brief, check, item, unit_amount, unplanned};
use crate::engine::{Command, LookBack, PlanView};
use crate::metrics::date_of;
use crate::metrics::plan::ledger::{Ending, Outcome, Unit};
use crate::model::plan::ItemState;
use crate::ui::cx::{Cx, ExportKind, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, Tokens, size};
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
    /// The step has just been come to.
    is_fresh: bool,
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
pub const CARD: f32 = 260.0;
/// Above and below what stands in a card.
const MARGINS: f32 = 30.0;
const CHART: f32 = 170.0;
/// Its title, its axis and what is said below it.
const AROUND_CHART: f32 = 110.0;

impl Mode {
    /// The lists are shown, which can be filtered.
    pub(super) fn has_lists(&self) -> bool {
        self.step == Step::Choose
    }
}

impl PlanPage {
    pub(super) fn mode_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        let Some(mode) = &mut self.mode else { return };
        mode.count(ui);
        let step = mode.step;
        self.steps_ui(ui);
        // In what is counted matters where something is: what a reserve keeps free is told in hours only.
        if matches!(step, Step::Capacity | Step::Choose) {
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                self.units_ui(ui, view, cx);
                if step == Step::Choose {
                    self.filter.ui(ui, &view.words);
                }
            });
        }
        ui.add_space(8.0);
        match step {
            Step::LookBack => look_back_ui(ui, view, cx),
            Step::Brief => self.brief_ui(ui, view, cx),
            Step::Capacity => self.capacity_ui(ui, view, cx),
            Step::Choose => self.lists_ui(ui, view, cx),
            Step::Check => check::ui(ui, view, cx),
            Step::Start => self.start_ui(ui, view, cx),
        }
        if !self.has_form() && !widgets::is_covered(ui) {
            self.mode_keys(ui);
        }
    }

    fn brief_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
        match (brief::ui(ui, view, cx), view.team.as_deref()) {
            (Some(ahead::Wish::Add), _) => self.ahead_form = Some(AheadForm::new(date_of(cx.now, cx.zone))),
            (Some(ahead::Wish::TakeAway(it)), Some(team)) => {
                ahead::change(team, cx, |rules| rules.ahead.retain(|known| *known != it));
            }
            _ => {}
        }
    }

    /// Page keys go from step to step: the arrows belong to the lists of the fourth.
    fn mode_keys(&mut self, ui: &Ui) {
        let Some(mode) = &mut self.mode else { return };
        // In a field the arrows and brackets are its own.
        let is_typing = ui.text_edit_focused();
        let in_lists = mode.step == Step::Choose || is_typing;
        let pressed = |key, modifiers| ui.input_mut(|input| input.consume_key(modifiers, key));
        let on = pressed(Key::PageDown, Modifiers::COMMAND) || (!in_lists && pressed(Key::ArrowRight, Modifiers::NONE));
        let back = pressed(Key::PageUp, Modifiers::COMMAND) || (!in_lists && pressed(Key::ArrowLeft, Modifiers::NONE));
        // From the lists one goes on with the brackets, which no list hears.
        let on = on || (!is_typing && pressed(Key::CloseBracket, Modifiers::NONE));
        let back = back || (!is_typing && pressed(Key::OpenBracket, Modifiers::NONE));
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
                    mode.is_fresh |= mode.step != step;
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
        let hears_enter = is_free && !self.has_form() && !widgets::is_covered(ui);
        let Some(mode) = &mut self.mode else { return };
        let Some(n) = view.sprint else {
            widgets::caption(ui, t("plan-no-sprint"));
            return;
        };
        let sprint = &view.plan.sprints[n];
        let goal = mode.goal.get_or_insert_with(|| sprint.goal.clone().unwrap_or_default());
        let (mut starts, tokens) = (false, cx.tokens);
        // Before the fields, which would keep it.
        // What is typed on the last page is its goal.
        let takes_keyboard = std::mem::take(&mut mode.is_fresh);
        let enters = hears_enter && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        whole_halves(
            ui,
            |ui| {
                let is_started = view.plan.ledgers[n].started_at.is_some();
                let title = ta("sprint-start-title", &[("name", &sprint.name)]);
                widgets::panel_title(ui, if is_started { &sprint.name } else { &title });
                widgets::form_row(ui, t("sprint-goal"), |ui| match is_started {
                    true => ui.label(sprint.goal.as_deref().unwrap_or(t("mode-no-goal"))),
                    false => {
                        let is_wanted = goal.is_empty();
                        let field = widgets::text_field(ui, t("sprint-goal"), goal, 320.0);
                        // Where there is a goal already, keys go on from step to step.
                        if takes_keyboard && is_wanted {
                            field.request_focus();
                        }
                        field
                    }
                });
                let mut is_free = true;
                if is_started {
                    committed_ui(ui, view);
                } else {
                    commits_ui(ui, view);
                    is_free = super::sprint::reviews_ui(ui, view, &mut mode.reason);
                }
                let doubts = view.meeting.doubts.len() as u64;
                if doubts > 0 {
                    widgets::status_label(ui, StatusKind::Warn, &tn("mode-doubts", doubts));
                }
                ui.add_space(6.0);
                if is_started {
                    widgets::status_label(ui, StatusKind::Ok, t("mode-started"));
                } else {
                    is_free &= super::sprint::is_free_to_start(ui, view);
                    let can = cx.can_write && !view.members.is_empty() && is_free;
                    starts = ui.add_enabled_ui(can, |ui| widgets::primary_button(ui, t("plan-start"))).inner.clicked();
                    starts |= can && enters;
                }
                ui.add_space(6.0);
                ui.horizontal(|ui| {
                    for (words, kind) in [(t("plan-markdown"), ExportKind::Markdown), (t("plan-csv"), ExportKind::Csv)]
                    {
                        if ui.button(words).clicked() {
                            cx.want(Intent::Export(kind));
                        }
                    }
                });
            },
            |ui| {
                let is_started = view.plan.ledgers[n].started_at.is_some();
                widgets::panel_title(ui, if is_started { t("mode-holds") } else { t("mode-commitment") });
                egui::ScrollArea::vertical().id_salt("commitment").auto_shrink([false, true]).show(ui, |ui| {
                    all_titles_ui(ui, view, &view.members, tokens);
                });
            },
        );
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
        let step = Step::ALL[self.place().saturating_add_signed(by).min(Step::ALL.len() - 1)];
        self.is_fresh |= step != self.step;
        self.step = step;
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

/// What the members are worth together, in each unit in which they are worth anything.
fn commits_ui(ui: &mut Ui, view: &PlanView) {
    let is_wanted = |n: &u32| view.plan.items[*n as usize].state != ItemState::Cancelled;
    let wanted: Vec<u32> = view.members.iter().copied().filter(is_wanted).collect();
    for unit in [Unit::Points, Unit::Hours, Unit::Items] {
        let sum = view.plan.worth(&wanted, unit);
        if sum > 0.0 {
            widgets::muted(ui, ta("sprint-commits", &[("n", &unit_amount(sum, unit))]));
        }
    }
}

/// What a sprint that goes on was started with, and what is in it now.
fn committed_ui(ui: &mut Ui, view: &PlanView) {
    let Some(Ok(burn)) = &view.burn else { return };
    let committed = unit_amount(burn.standing().commitment.value, view.unit);
    widgets::muted(ui, ta("sprint-committed", &[("n", &committed)]));
    widgets::muted(ui, ta("sprint-holds", &[("n", &unit_amount(view.planned, view.unit))]));
}

pub(super) fn titles_ui(ui: &mut Ui, view: &PlanView, items: &[u32], cx: &Cx<'_>) {
    all_titles_ui(ui, view, &items[..items.len().min(MOST)], cx.tokens);
    if items.len() > MOST {
        widgets::caption(ui, tn("mode-more", (items.len() - MOST) as u64));
    }
}

fn all_titles_ui(ui: &mut Ui, view: &PlanView, items: &[u32], tokens: &Tokens) {
    for n in items {
        let found = &view.plan.items[*n as usize];
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), egui::Sense::hover());
            super::row::paint_kind(ui.painter(), rect.center(), found.kind, tokens);
            ui.add(egui::Label::new(RichText::new(&found.title).color(tokens.text)).truncate());
            widgets::caption(ui, item::state_word(found.state));
            let carried = view.carries.get(*n as usize).copied().unwrap_or_default();
            if carried > 0 {
                widgets::caption(ui, tn("plan-carried", u64::from(carried)));
            }
            if let Some(worth) = view.unit.of(found) {
                widgets::at_right(ui, |ui| ui.label(RichText::new(amount(worth)).color(tokens.muted)));
            }
        });
    }
}

/// Two cards side by side, over the whole width.
pub(super) fn halves(ui: &mut Ui, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    halves_of(ui, CARD, a, b);
}

/// The same, down to the foot of the page.
pub(super) fn whole_halves(ui: &mut Ui, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    halves_of(ui, (ui.available_height() - MARGINS).max(CARD), a, b);
}

fn halves_of(ui: &mut Ui, height: f32, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    let width = ((ui.available_width() - size::GAP) / 2.0).floor();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        super::column(ui, width, height, a);
        super::column(ui, width, height, b);
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
    ui.add_space(size::GAP);
    let chart = (ui.available_height() - MARGINS - AROUND_CHART).max(CHART);
    whole_halves(
        ui,
        |ui| {
            widgets::panel_title(ui, t("mode-changes"));
            if last.changes.is_empty() && last.estimated.is_empty() {
                widgets::muted(ui, t("mode-no-changes"));
            }
            egui::ScrollArea::vertical().id_salt("changes").auto_shrink([false, true]).show(ui, |ui| {
                last.changes.iter().for_each(|change| change_ui(ui, view, change, cx));
                for (item, by) in &last.estimated {
                    let by = format!("{}{}", if *by > 0.0 { "+" } else { "" }, amount(*by));
                    changed_ui(ui, view, *item, (by, t("tag-estimated"), StatusKind::Unknown), "", cx);
                }
            });
        },
        |ui| unplanned::ui(ui, view, chart, cx),
    );
}

/// An item that came in after the start, or went out, and why.
fn change_ui(ui: &mut Ui, view: &PlanView, change: &Outcome, cx: &Cx<'_>) {
    let worth = change.estimate.map_or_else(|| "–".to_owned(), amount);
    let (words, kind) = match change.ending {
        Ending::Removed => (t("tag-removed"), StatusKind::Unknown),
        Ending::Cancelled => (t("tag-cancelled"), StatusKind::Unknown),
        _ => (t("tag-added"), StatusKind::Warn),
    };
    let reason = unplanned::reason_word(change.reason.as_deref().unwrap_or_default());
    changed_ui(ui, view, change.item, (worth, words, kind), &reason, cx);
}

/// What a change was worth, what it was, of which item and why.
fn changed_ui(
    ui: &mut Ui,
    view: &PlanView,
    item: u32,
    (worth, words, kind): (String, &str, StatusKind),
    reason: &str,
    cx: &Cx<'_>,
) {
    ui.horizontal(|ui| {
        widgets::number_cell(ui, 40.0, worth);
        widgets::badge(ui, words, kind);
        let title = view.plan.items.get(item as usize).map(|item| item.title.as_str());
        let title = RichText::new(title.unwrap_or(t("sprint-report-gone"))).color(cx.tokens.text);
        ui.add(egui::Label::new(title).truncate());
        widgets::caption(ui, reason);
    });
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
