//! The dialogs of a sprint: planned, started with a goal, closed with what became of it.

use egui::{ComboBox, RichText, Ui};
use jiff::civil::Date;

use super::unit_amount;
use crate::engine::{Command, PlanView};
use crate::metrics::plan::ledger::Unit;
use crate::model::Time;
use crate::model::plan::{GOAL_RESULTS, ItemState, Sprint};
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

pub enum SprintForm {
    New(NewSprint),
    Start { sprint: String, name: String, goal: String, is_new: bool },
    Close(Close),
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
    /// As long as the last one, from where it ends.
    pub fn new_sprint(view: &PlanView) -> Self {
        let last = view.plan.sprints.last();
        let zone = jiff::tz::TimeZone::UTC;
        let day = |at: Time| crate::metrics::date_of(at, &zone);
        let from = last.map_or_else(|| day(Time::now()), |last| day(last.ends_at).tomorrow().unwrap_or_default());
        let days = last.map_or(13, |last| (day(last.ends_at) - day(last.starts_at)).get_days().max(1));
        let to = from.checked_add(jiff::Span::new().days(days)).unwrap_or(from);
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
        Self::Start { sprint: sprint.id.clone(), name: sprint.name.clone(), goal, is_new: true }
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
        })
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "sprint").show(ui.ctx(), |ui| {
            ui.set_width(480.0);
            keep = match self {
                Self::New(new) => new.ui(ui, cx),
                Self::Start { sprint, name, goal, is_new } => start_ui(ui, view, (sprint, name), goal, is_new, cx),
                Self::Close(close) => close.ui(ui, view, cx),
            };
        });
        keep && !modal.should_close()
    }
}

fn open_sprints(view: &PlanView, but: usize) -> impl Iterator<Item = (&str, &str)> {
    let open = (0..view.plan.sprints.len()).filter(move |n| *n != but && view.plan.ledgers[*n].closed_at.is_none());
    open.map(|n| (view.plan.sprints[n].id.as_str(), view.plan.sprints[n].name.as_str()))
}

/// Cancel, and the one thing that the dialog is for.
pub fn buttons(ui: &mut Ui, words: &str, can: bool) -> (bool, bool) {
    let mut pressed = (false, false);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        widgets::at_right(ui, |ui| {
            pressed.1 = ui.add_enabled_ui(can, |ui| widgets::primary_button(ui, words)).inner.clicked();
            pressed.0 = ui.button(t("cancel")).clicked();
        });
    });
    // Enter does what the dialog is for; a list that is open takes it first.
    pressed.1 |= can && !egui::Popup::is_any_open(ui) && ui.input(|input| input.key_pressed(egui::Key::Enter));
    pressed
}

impl NewSprint {
    fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
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
        let can = cx.can_write && is_ordered && !self.name.trim().is_empty() && !self.team.trim().is_empty();
        let (cancels, adds) = buttons(ui, t("sprint-add"), can);
        if adds && let (Ok(from), Ok(to)) = dates {
            let at = |date: Date, hour| {
                let moment = date.at(hour, 0, 0, 0).to_zoned(cx.zone.clone());
                moment.map_or(Time(0), |moment| Time::from_timestamp(moment.timestamp()))
            };
            let goal = Some(self.goal.trim().to_owned()).filter(|goal| !goal.is_empty());
            cx.want(Intent::Command(Command::AddSprint(Box::new(Sprint {
                team: self.team.trim().to_owned(),
                name: self.name.trim().to_owned(),
                goal,
                starts_at: at(from, 9),
                ends_at: at(to, 17),
                ..Sprint::default()
            }))));
        }
        !(cancels || adds)
    }
}

/// The commitment beside what history supports, and the goal.
fn start_ui(
    ui: &mut Ui,
    view: &PlanView,
    (sprint, name): (&str, &str),
    goal: &mut String,
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
    let (cancels, starts) = buttons(ui, t("plan-start"), cx.can_write && !view.members.is_empty());
    if starts {
        let goal = Some(goal.trim().to_owned()).filter(|goal| !goal.is_empty());
        cx.want(Intent::Command(Command::StartSprint { sprint: sprint.to_owned(), goal }));
    }
    !(cancels || starts)
}

impl Close {
    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, &ta("sprint-close-title", &[("name", &self.name)]));
        widgets::muted(ui, t("sprint-close-words"));
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
                ComboBox::from_id_salt("carry").selected_text(shown).width(220.0).show_ui(ui, |ui| {
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
        let (cancels, closes) = buttons(ui, t("plan-close"), cx.can_write);
        if closes {
            cx.want(Intent::Command(Command::CloseSprint {
                sprint: self.sprint.clone(),
                goal_result: self.result.map(str::to_owned),
                carry_to: self.carry_to.clone(),
                reason: Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
            }));
        }
        !(cancels || closes)
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
