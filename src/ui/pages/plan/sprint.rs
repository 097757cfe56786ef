//! The dialogs of a sprint: planned, started with a goal, closed with what became of it, and what was said of it.

use egui::{ComboBox, RichText, Ui};
use jiff::civil::Date;

use super::unit_amount;
use crate::engine::{CloseAsk, Command, Doubt, PlanView, ReviewMark, SprintChange};
use crate::metrics::plan::ledger::Unit;
use crate::metrics::{date_of, last_day};
use crate::model::Time;
use crate::model::plan::{GOAL_RESULTS, ItemState, Sprint};
use crate::model::plan_rules::ReviewPolicy;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

pub enum SprintForm {
    New(NewSprint),
    Start { sprint: String, name: String, goal: String, reason: String, is_new: bool },
    Close(Close),
    Retro(Retro),
    Change(ChangeForm),
}

/// Another goal, name or other days of a sprint that is not closed.
pub struct ChangeForm {
    sprint: Sprint,
    is_started: bool,
    goal: String,
    name: String,
    from: String,
    to: String,
    reason: String,
    is_new: bool,
}

/// What became of a dialog in a frame.
pub enum SprintDone {
    Open,
    Over,
    Planned,
    /// The sprint of that id was closed.
    Closed(String),
}

impl SprintDone {
    fn of(keep: bool) -> Self {
        if keep { Self::Open } else { Self::Over }
    }
}

/// What was said of a sprint, after its close or before.
pub struct Retro {
    sprint: String,
    name: String,
    notes: String,
    actions: String,
    is_new: bool,
}

pub struct NewSprint {
    team: String,
    name: String,
    goal: String,
    from: String,
    to: String,
    is_new: bool,
}

pub struct Close {
    sprint: String,
    name: String,
    result: Option<&'static str>,
    carry_to: Option<String>,
    reason: String,
    left: usize,
    done: usize,
    notes: String,
    /// One a line.
    actions: String,
}

/// "Sprint 7" is followed by "Sprint 8".
fn next_name(last: &str) -> String {
    let digits = last.chars().rev().take_while(char::is_ascii_digit).count();
    let (head, number) = last.split_at(last.len() - digits);
    number.parse::<u64>().map_or_else(|_error| String::new(), |number| format!("{head}{}", number + 1))
}

pub fn goal_word(result: &str) -> &'static str {
    match result {
        "met" => t("goal-met"),
        "partly" => t("goal-partly"),
        _ => t("goal-missed"),
    }
}

impl SprintForm {
    /// The next of the team in sight.
    pub fn new_sprint(view: &PlanView) -> Self {
        let of_team = |sprint: &&Sprint| view.team.as_ref().is_none_or(|team| sprint.team == *team);
        let last = view.plan.sprints.iter().rfind(of_team);
        let (from, to) = view.next_sprint_days(last);
        Self::New(NewSprint {
            team: last.map_or_else(|| "team".to_owned(), |last| last.team.clone()),
            name: last.map_or_else(|| ta("sprint-first", &[]), |last| next_name(&last.name)),
            goal: String::new(),
            from: from.to_string(),
            to: to.to_string(),
            is_new: true,
        })
    }

    pub fn start(view: &PlanView, n: usize) -> Self {
        let sprint = &view.plan.sprints[n];
        let goal = sprint.goal.clone().unwrap_or_default();
        Self::Start { sprint: sprint.id.clone(), name: sprint.name.clone(), goal, reason: String::new(), is_new: true }
    }

    pub fn change(view: &PlanView, n: usize) -> Self {
        let sprint = view.plan.sprints[n].clone();
        Self::Change(ChangeForm {
            goal: sprint.goal.clone().unwrap_or_default(),
            name: sprint.name.clone(),
            from: date_of(sprint.starts_at, &view.zone).to_string(),
            is_started: view.plan.ledgers[n].started_at.is_some(),
            to: last_day(sprint.ends_at, &view.zone).to_string(),
            reason: String::new(),
            is_new: true,
            sprint,
        })
    }

    pub fn retro(view: &PlanView, n: usize) -> Self {
        let sprint = &view.plan.sprints[n];
        Self::Retro(Retro {
            sprint: sprint.id.clone(),
            name: sprint.name.clone(),
            notes: String::new(),
            actions: String::new(),
            is_new: true,
        })
    }

    pub fn close(view: &PlanView, n: usize) -> Self {
        let sprint = &view.plan.sprints[n];
        let count = |is: &dyn Fn(ItemState) -> bool| {
            view.members.iter().filter(|item| is(view.plan.items[**item as usize].state)).count()
        };
        let is_left = |state| !matches!(state, ItemState::Done | ItemState::Cancelled);
        Self::Close(Close {
            sprint: sprint.id.clone(),
            name: sprint.name.clone(),
            result: None,
            carry_to: open_sprints(view, n).next().map(|(id, _)| id.to_owned()),
            reason: String::new(),
            left: count(&is_left),
            done: count(&|state| state == ItemState::Done),
            notes: String::new(),
            actions: String::new(),
        })
    }

    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> SprintDone {
        let mut done = SprintDone::Open;
        let modal = widgets::modal(ui, "sprint").show(ui.ctx(), |ui| {
            ui.set_width(480.0);
            done = match self {
                Self::New(new) => new.ui(ui, view, cx),
                Self::Start { sprint, name, goal, reason, is_new } => {
                    SprintDone::of(start_ui(ui, view, (sprint, name), (goal, reason), is_new, cx))
                }
                Self::Close(close) => close.ui(ui, view, cx),
                Self::Retro(retro) => SprintDone::of(retro.ui(ui, view, cx)),
                Self::Change(form) => SprintDone::of(form.ui(ui, view, cx)),
            };
        });
        match done {
            SprintDone::Open if widgets::is_dismissed(&modal) => SprintDone::Over,
            done => done,
        }
    }
}

fn open_sprints(view: &PlanView, but: usize) -> impl Iterator<Item = (&str, &str)> {
    let open = (0..view.plan.sprints.len()).filter(move |n| *n != but && view.plan.ledgers[*n].closed_at.is_none());
    open.map(|n| (view.plan.sprints[n].id.as_str(), view.plan.sprints[n].name.as_str()))
}

/// Cancel, and the one thing that the dialog is for.
pub fn buttons(ui: &mut Ui, words: &str, can: bool) -> (bool, bool) {
    let mut pressed = buttons_without_enter(ui, words, can);
    pressed.1 |= can && widgets::hears_enter(ui);
    pressed
}

/// The same where Enter makes a new line; with the command key it does not.
pub fn buttons_without_enter(ui: &mut Ui, words: &str, can: bool) -> (bool, bool) {
    let mut pressed = (false, false);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let (cancel, main) = widgets::two_buttons(ui, t("cancel"), words, can);
        pressed = (cancel.clicked(), main.clicked());
    });
    let is_its = can && widgets::is_uppermost(ui);
    pressed.1 |= is_its && ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::Enter));
    pressed
}

impl ChangeForm {
    /// `false` when it is done with.
    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, &self.sprint.name);
        widgets::form_row(ui, t("sprint-goal"), |ui| {
            let field = widgets::text_field(ui, t("sprint-goal"), &mut self.goal, 320.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("sprint-name"), |ui| widgets::text_field(ui, t("sprint-name"), &mut self.name, 260.0));
        if !self.is_started {
            widgets::form_row(ui, t("sprint-from"), |ui| {
                widgets::text_field(ui, t("sprint-from"), &mut self.from, 110.0)
            });
        }
        widgets::form_row(ui, t("sprint-to"), |ui| widgets::text_field(ui, t("sprint-to"), &mut self.to, 110.0));
        widgets::form_row(ui, t("item-reason"), |ui| {
            widgets::hinted_field(ui, t("item-reason-hint"), &mut self.reason, 320.0)
        });
        let (first, last) = (self.from.trim().parse::<Date>(), self.to.trim().parse::<Date>());
        let is_ordered = matches!((&first, &last), (Ok(first), Ok(last)) if first <= last);
        if !is_ordered {
            ui.label(RichText::new(t("sprint-no-dates")).color(cx.tokens.crit));
        }
        let can = cx.can_write && is_ordered && !self.name.trim().is_empty();
        let (cancels, saves) = buttons(ui, t("save"), can);
        if saves && let (Ok(first), Ok(last)) = (first, last) {
            let sprint = &self.sprint;
            // An end at midnight is that of the day before.
            let is_midnight = clock_of(sprint.ends_at, view) == jiff::civil::Time::midnight();
            let after = if is_midnight { last.saturating_add(jiff::Span::new().days(1)) } else { last };
            let change = SprintChange {
                goal: Some(self.goal.clone()),
                name: Some(self.name.clone()),
                starts_at: moved(sprint.starts_at, first, view)
                    .filter(|_| first != date_of(sprint.starts_at, &view.zone) && !self.is_started),
                ends_at: moved(sprint.ends_at, after, view).filter(|_| last != last_day(sprint.ends_at, &view.zone)),
                reason: Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
            };
            cx.want(Intent::Command(Command::ChangeSprint(self.sprint.id.clone(), Box::new(change))));
        }
        !(cancels || saves)
    }
}

fn clock_of(at: Time, view: &PlanView) -> jiff::civil::Time {
    at.to_timestamp().to_zoned(view.zone.clone()).time()
}

/// Another day at the same hour.
fn moved(at: Time, day: Date, view: &PlanView) -> Option<Time> {
    let moved = day.to_datetime(clock_of(at, view)).to_zoned(view.zone.clone()).ok();
    moved.map(|at| Time::from_timestamp(at.timestamp()))
}

impl NewSprint {
    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> SprintDone {
        widgets::heading(ui, t("plan-new-sprint"));
        widgets::form_row(ui, t("sprint-name"), |ui| {
            let field = widgets::text_field(ui, t("sprint-name"), &mut self.name, 260.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("sprint-team"), |ui| widgets::text_field(ui, t("sprint-team"), &mut self.team, 260.0));
        widgets::form_row(ui, t("sprint-goal"), |ui| widgets::text_field(ui, t("sprint-goal"), &mut self.goal, 320.0));
        widgets::form_row(ui, t("sprint-from"), |ui| widgets::text_field(ui, t("sprint-from"), &mut self.from, 110.0));
        widgets::form_row(ui, t("sprint-to"), |ui| widgets::text_field(ui, t("sprint-to"), &mut self.to, 110.0));
        let dates = (self.from.trim().parse::<Date>(), self.to.trim().parse::<Date>());
        let is_ordered = matches!(&dates, (Ok(from), Ok(to)) if from <= to);
        if !is_ordered {
            ui.label(RichText::new(t("sprint-no-dates")).color(cx.tokens.crit));
        }
        let sprint = dates.0.ok().zip(dates.1.ok()).map(|(from, to)| self.sprint(from, to, cx));
        if let Some(other) = sprint.as_ref().and_then(|sprint| view.plan.met_by(sprint).next()) {
            ui.label(RichText::new(ta("sprint-overlaps", &[("name", &other.name)])).color(cx.tokens.warn));
        }
        let can = cx.can_write && is_ordered && !self.name.trim().is_empty() && !self.team.trim().is_empty();
        let (cancels, adds) = buttons(ui, t("sprint-add"), can);
        if adds && let Some(sprint) = sprint {
            cx.want(Intent::Command(Command::AddSprint(Box::new(sprint))));
            return SprintDone::Planned;
        }
        SprintDone::of(!cancels)
    }

    fn sprint(&self, from: Date, to: Date, cx: &Cx<'_>) -> Sprint {
        let zone = cx.snapshot.settings.zone_of_team(Some(self.team.trim()));
        let at = |date: Date, hour| {
            let moment = date.at(hour, 0, 0, 0).to_zoned(zone.clone());
            moment.map_or(Time(0), |moment| Time::from_timestamp(moment.timestamp()))
        };
        Sprint {
            team: self.team.trim().to_owned(),
            name: self.name.trim().to_owned(),
            goal: Some(self.goal.trim().to_owned()).filter(|goal| !goal.is_empty()),
            starts_at: at(from, 9),
            ends_at: at(to, 17),
            ..Sprint::default()
        }
    }
}

/// The commitment beside what history supports, and the goal.
fn start_ui(
    ui: &mut Ui,
    view: &PlanView,
    (sprint, name): (&str, &str),
    (goal, reason): (&mut String, &mut String),
    is_new: &mut bool,
    cx: &mut Cx<'_>,
) -> bool {
    widgets::heading(ui, &ta("sprint-start-title", &[("name", name)]));
    widgets::form_row(ui, t("sprint-goal"), |ui| {
        let field = widgets::text_field(ui, t("sprint-goal"), goal, 320.0);
        if std::mem::take(is_new) {
            field.request_focus();
        }
    });
    let items = view.members.iter().map(|n| &view.plan.items[*n as usize]);
    for unit in [Unit::Points, Unit::Hours] {
        let sum: f64 = items.clone().filter_map(|item| unit.of(item)).sum();
        if sum > 0.0 {
            widgets::muted(ui, ta("sprint-commits", &[("n", &unit_amount(sum, unit))]));
        }
    }
    widgets::muted(ui, ta("sprint-commits", &[("n", &unit_amount(view.members.len() as f64, Unit::Items))]));
    if view.members.is_empty() {
        widgets::status_label(ui, StatusKind::Warn, t("sprint-empty"));
    }
    let is_free = is_free_to_start(ui, view) & reviews_ui(ui, view, reason);
    let can = cx.can_write && !view.members.is_empty() && is_free;
    let (cancels, starts) = buttons(ui, t("plan-start"), can);
    if starts {
        let goal = Some(goal.trim().to_owned()).filter(|goal| !goal.is_empty());
        let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        cx.want(Intent::Command(Command::StartSprint { sprint: sprint.to_owned(), goal, reason }));
    }
    !(cancels || starts)
}

/// Another sprint of the team goes on: then this cannot start, and that is said.
pub fn is_free_to_start(ui: &mut Ui, view: &PlanView) -> bool {
    let goes_on = view.meeting.doubts.iter().find_map(|doubt| match doubt {
        Doubt::GoesOn(name) => Some(name),
        _ => None,
    });
    if let Some(name) = goes_on {
        widgets::status_label(ui, StatusKind::Crit, &ta("doubt-goes-on", &[("name", name)]));
    }
    goes_on.is_none()
}

/// Items that the team wants approved and that are not; they are named, and the sprint cannot start.
fn required_ui(ui: &mut Ui, view: &PlanView) -> bool {
    const MOST: usize = 5;
    if view.rules.review != ReviewPolicy::RequiredForHighRisk {
        return false;
    }
    let missing: Vec<u32> = view.meeting.doubts.iter().filter_map(|doubt| doubt.not_approved()).collect();
    for n in missing.iter().take(MOST) {
        let words = ta("doubt-not-approved", &[("title", &view.plan.items[*n as usize].title)]);
        widgets::status_lines(ui, StatusKind::Crit, &words);
    }
    if missing.len() > MOST {
        widgets::caption(ui, tn("quality-more", (missing.len() - MOST) as u64));
    }
    if !missing.is_empty() {
        widgets::muted(ui, t("sprint-required"));
    }
    !missing.is_empty()
}

/// How operations stands to the items, and a line for why the sprint starts all the same; whether it may.
pub fn reviews_ui(ui: &mut Ui, view: &PlanView, reason: &mut String) -> bool {
    if view.rules.review == ReviewPolicy::Off || view.members.is_empty() {
        return true;
    }
    if required_ui(ui, view) {
        return false;
    }
    let count = |mark: ReviewMark| {
        let open = view.members.iter().filter(|n| !view.plan.is_over(**n as usize));
        open.filter(|n| view.marks[**n as usize].review == mark).count() as u64
    };
    let (not_asked, blocked, stale) =
        (count(ReviewMark::NotAsked), count(ReviewMark::Blocked), count(ReviewMark::Stale));
    let mut words = Vec::new();
    if not_asked > 0 {
        words.push(tn("sprint-not-asked", not_asked));
    }
    if blocked > 0 {
        words.push(tn("sprint-blocked", blocked));
    }
    if stale > 0 {
        words.push(tn("sprint-stale", stale));
    }
    if words.is_empty() {
        return true;
    }
    let kind = if blocked > 0 { StatusKind::Crit } else { StatusKind::Warn };
    widgets::status_label(ui, kind, &words.join(", "));
    widgets::form_row(ui, t("sprint-reason"), |ui| widgets::hinted_field(ui, t("sprint-reason-hint"), reason, 320.0));
    true
}

/// What was said, and what is to be done, one a line.
fn retro_fields(ui: &mut Ui, notes: &mut String, actions: &mut String) -> egui::Response {
    let first = widgets::form_row(ui, t("retro-notes"), |ui| {
        widgets::text_area(ui, t("retro-notes"), notes, t("retro-notes-hint"), (320.0, 3))
    });
    widgets::form_row(ui, t("retro-actions"), |ui| {
        widgets::text_area(ui, t("retro-actions"), actions, t("retro-actions-hint"), (320.0, 3))
    });
    first
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl Retro {
    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, &ta("retro-title", &[("name", &self.name)]));
        let place = view.plan.sprints.iter().position(|sprint| sprint.id == self.sprint);
        for note in place.map(|n| view.plan.notes[n].as_slice()).unwrap_or_default() {
            ui.label(&note.text);
            let at = crate::ui::format::near_date(note.at, cx.now, cx.zone);
            widgets::caption(ui, [note.who.as_deref().unwrap_or_default(), &at].join(" · "));
        }
        for n in view.plan.actions_of(&self.sprint) {
            let item = &view.plan.items[n as usize];
            let kind = if view.plan.is_over(n as usize) { StatusKind::Ok } else { StatusKind::Info };
            widgets::status_label(ui, kind, &item.title);
        }
        let field = retro_fields(ui, &mut self.notes, &mut self.actions);
        if std::mem::take(&mut self.is_new) {
            field.request_focus();
        }
        let actions = lines(&self.actions);
        let has_words = !self.notes.trim().is_empty() || !actions.is_empty();
        let (cancels, saves) = buttons_without_enter(ui, t("retro-save"), cx.can_write && has_words);
        if saves {
            cx.want(Intent::Command(Command::NoteSprint {
                sprint: self.sprint.clone(),
                notes: Some(self.notes.trim().to_owned()).filter(|notes| !notes.is_empty()),
                actions,
            }));
        }
        !(cancels || saves)
    }
}

impl Close {
    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> SprintDone {
        widgets::heading(ui, &ta("sprint-close-title", &[("name", &self.name)]));
        widgets::muted(ui, t("sprint-close-words"));
        let goal = view.sprint.and_then(|n| view.plan.sprints[n].goal.as_deref()).filter(|goal| !goal.is_empty());
        if let Some(goal) = goal {
            widgets::form_row(ui, t("sprint-goal"), |ui| ui.add(egui::Label::new(goal).wrap()));
        }
        widgets::form_row(ui, t("sprint-goal-result"), |ui| {
            for result in GOAL_RESULTS {
                if ui.selectable_label(self.result == Some(result), goal_word(result)).clicked() {
                    self.result = if self.result == Some(result) { None } else { Some(result) };
                }
            }
        });
        widgets::muted(
            ui,
            format!("{} · {}", tn("sprint-done", self.done as u64), tn("sprint-left", self.left as u64)),
        );
        if self.left > 0 {
            let n = view.sprint.unwrap_or(usize::MAX);
            let name =
                |id: &str| open_sprints(view, n).find(|(known, _)| *known == id).map(|(_, name)| name.to_owned());
            let shown = self.carry_to.as_deref().and_then(name).unwrap_or_else(|| t("plan-backlog").to_owned());
            widgets::form_row(ui, t("sprint-carry-to"), |ui| {
                ComboBox::from_id_salt("carry").selected_text(shown).width(220.0).list(ui, |ui| {
                    ui.selectable_value(&mut self.carry_to, None, t("plan-backlog"));
                    for (id, name) in open_sprints(view, n) {
                        ui.selectable_value(&mut self.carry_to, Some(id.to_owned()), name);
                    }
                });
            });
            widgets::form_row(ui, t("item-reason"), |ui| {
                widgets::hinted_field(ui, t("sprint-carry-why"), &mut self.reason, 320.0)
            });
        }
        retro_fields(ui, &mut self.notes, &mut self.actions);
        let is_writing = ui.text_edit_focused() && !(self.notes.is_empty() && self.actions.is_empty());
        let pressed = if is_writing {
            buttons_without_enter(ui, t("plan-close"), cx.can_write)
        } else {
            buttons(ui, t("plan-close"), cx.can_write)
        };
        let (cancels, closes) = pressed;
        if closes {
            let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            let ask = CloseAsk {
                goal_result: self.result.map(str::to_owned),
                carry_to: self.carry_to.clone(),
                reason: given(&self.reason),
                notes: given(&self.notes),
                actions: lines(&self.actions),
            };
            cx.want(Intent::Command(Command::CloseSprint { sprint: self.sprint.clone(), ask: Box::new(ask) }));
            return SprintDone::Closed(self.sprint.clone());
        }
        SprintDone::of(!cancels)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_counts_on() {
        for (last, next) in [("Sprint 7", "Sprint 8"), ("2026-09", "2026-10"), ("Autumn", "")] {
            assert_eq!(super::next_name(last), next);
        }
    }
}
