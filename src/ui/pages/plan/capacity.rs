//! Capacity: what history supports beside who is there, a bar for each person on which items can be let go.

use egui::{Color32, Rect, RichText, Sense, Ui, vec2};

use super::{Dragged, PlanPage, amount, change, unit_amount};
use crate::engine::{Command, ItemChange, PlanView};
use crate::metrics::plan::capacity::{Hours, net};
use crate::metrics::plan::ledger::Unit;
use crate::metrics::{date_of, last_day};
use crate::model::record::{Absence, Record};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::pages::people::{AwayForm, PeopleForm, PersonForm, kind_word};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

const BAR: f32 = 220.0;

impl PlanPage {
    pub(super) fn capacity_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
        let width = ((ui.available_width() - size::GAP) * 0.4).floor();
        let rest = ui.available_width() - width - size::GAP;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = size::GAP;
            super::column(ui, width, super::mode::CARD, |ui| history_ui(ui, view, cx));
            super::column(ui, rest, super::mode::CARD, |ui| self.people_ui(ui, view, cx));
        });
    }

    fn people_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
        let team = view.sprint.map(|n| view.plan.sprints[n].team.as_str());
        ui.horizontal(|ui| {
            widgets::panel_title(ui, t("people-title"));
            widgets::at_right(ui, |ui| {
                if cx.can_write && ui.button(t("people-add")).clicked() {
                    self.people_form = Some(PeopleForm::Person(PersonForm::of(None, team)));
                }
                let has_people = !view.plan.people.is_empty();
                if cx.can_write && has_people && ui.button(t("people-away")).clicked() {
                    self.people_form = Some(PeopleForm::Away(AwayForm::new(&view.plan.people, first_day(view))));
                }
            });
        });
        if view.hours.is_empty() {
            widgets::muted(ui, t("people-none"));
            return;
        }
        for hours in &view.hours {
            let row = ui.scope(|ui| self.person_ui(ui, view, hours, cx)).response;
            let zone = ui.interact(row.rect, ui.scope_id().with(("person", &hours.person)), Sense::hover());
            if zone.dnd_hover_payload::<Dragged>().is_some() {
                let stroke = egui::Stroke::new(1.0, cx.tokens.accent);
                ui.painter().rect_stroke(zone.rect.expand(2.0), 4.0, stroke, egui::StrokeKind::Outside);
            }
            if let Some(dragged) = zone.dnd_release_payload::<Dragged>() {
                let assignee = Some(hours.name.clone());
                change(dragged.0.clone(), ItemChange { assignee, ..ItemChange::default() }, cx);
            }
        }
        nobodys_ui(ui, view, cx);
        ui.add_space(6.0);
        let reserve = view.meeting.reserve.filter(|_| view.unit == Unit::Hours);
        let total = net(&view.hours, reserve);
        ui.label(RichText::new(ta("people-net", &[("n", &unit_amount(total, Unit::Hours))])).color(cx.tokens.strong));
        let planned: f64 = view.members.iter().filter_map(|n| Unit::Hours.of(&view.plan.items[*n as usize])).sum();
        if planned > total {
            let over = unit_amount(planned - total, Unit::Hours);
            widgets::status_label(ui, StatusKind::Crit, &ta("people-over", &[("n", &over)]));
        }
        legend_ui(ui, view, cx);
        ui.add_space(8.0);
        away_ui(ui, view, cx);
    }

    fn person_ui(&mut self, ui: &mut Ui, view: &PlanView, hours: &Hours, cx: &mut Cx<'_>) {
        let is_theirs = |n: &&u32| {
            let assignee = view.plan.items[**n as usize].assignee.as_deref();
            assignee == Some(hours.person.as_str()) || assignee == Some(hours.name.as_str())
        };
        let planned: f64 =
            view.members.iter().filter(is_theirs).filter_map(|n| Unit::Hours.of(&view.plan.items[*n as usize])).sum();
        ui.horizontal(|ui| {
            ui.allocate_ui(vec2(130.0, 20.0), |ui| {
                ui.set_width(130.0);
                if ui.add(egui::Button::new(&hours.name).frame(false).truncate()).clicked() {
                    let person = view.plan.people.iter().find(|person| person.id == hours.person);
                    self.people_form = Some(PeopleForm::Person(PersonForm::of(person, None)));
                }
            });
            let reserve = reserve_of(hours, view);
            let parts = [
                (hours.time_off, cx.tokens.muted),
                (hours.on_call, cx.tokens.warn),
                (hours.meetings, cx.tokens.series[2]),
                (reserve, cx.tokens.series[1]),
                (planned, cx.tokens.series[0]),
            ];
            let taken: f64 = parts.iter().map(|(value, _)| value).sum();
            bar_ui(ui, hours.gross.max(taken), &parts, cx);
            let free = hours.free() - reserve - planned;
            let words = ta("people-free", &[("free", &amount(free.max(0.0))), ("of", &amount(hours.gross))]);
            widgets::caption(ui, words);
            if free < 0.0 {
                widgets::status_label(
                    ui,
                    StatusKind::Crit,
                    &ta("people-over", &[("n", &unit_amount(-free, Unit::Hours))]),
                );
            }
            if let Some(shifts) = hours.shifts.filter(|shifts| shifts.busy_days > 0) {
                widgets::status_label(ui, StatusKind::Warn, &tn("people-busy", u64::from(shifts.busy_days)));
            }
            // More than half of the sprint on call leaves no week for anything else.
            if hours.on_call_days * 2 > hours.working_days {
                widgets::status_label(ui, StatusKind::Warn, &tn("people-on-call", u64::from(hours.on_call_days)));
            }
        });
    }
}

/// What of the reserve comes of incidents, which no chart of items shows.
pub(super) fn incident_hours_ui(ui: &mut Ui, view: &PlanView) {
    let hours = view.meeting.incident_hours;
    if hours > 0.0 {
        widgets::caption(ui, ta("mode-incident-hours", &[("n", &unit_amount(hours, Unit::Hours))]));
    }
}

/// The person's part of what is kept for the unplanned, by what each has free.
fn reserve_of(hours: &Hours, view: &PlanView) -> f64 {
    let free: f64 = view.hours.iter().map(Hours::free).sum();
    let reserve = view.meeting.reserve.filter(|_| view.unit == Unit::Hours && free > 0.0);
    reserve.map_or(0.0, |reserve| reserve.min(free) * hours.free() / free)
}

/// Items that nobody has yet, to be dragged onto a person.
fn nobodys_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    const MOST: usize = 8;
    let is_nobodys = |n: &&u32| {
        let item = &view.plan.items[**n as usize];
        item.assignee.as_ref().is_none_or(String::is_empty) && !view.plan.is_over(**n as usize)
    };
    let items: Vec<u32> = view.members.iter().filter(is_nobodys).copied().collect();
    if items.is_empty() || !cx.can_write {
        return;
    }
    ui.add_space(6.0);
    widgets::caption(ui, t("people-nobodys"));
    ui.horizontal_wrapped(|ui| {
        for n in items.iter().take(MOST) {
            let item = &view.plan.items[*n as usize];
            let chip = egui::Button::new(&item.title).sense(Sense::click_and_drag()).truncate();
            ui.allocate_ui(vec2(220.0, 24.0), |ui| {
                ui.add(chip).dnd_set_drag_payload(Dragged(vec![item.id.clone()]));
            });
        }
        if items.len() > MOST {
            widgets::caption(ui, tn("mode-more", (items.len() - MOST) as u64));
        }
    });
}

fn bar_ui(ui: &mut Ui, whole: f64, parts: &[(f64, Color32)], cx: &Cx<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(BAR, 12.0), Sense::hover());
    ui.painter().rect_filled(rect, 3.0, cx.tokens.hover);
    let mut left = rect.left();
    for (value, color) in parts {
        let width = if whole > 0.0 { BAR * (value / whole) as f32 } else { 0.0 };
        let part = Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(part.intersect(rect), 2.0, *color);
        left += width;
    }
}

fn legend_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    let mut entries = vec![
        (cx.tokens.muted, t("people-off")),
        (cx.tokens.warn, t("away-on-call")),
        (cx.tokens.series[0], t("people-planned")),
        (cx.tokens.border_strong, t("people-free-word")),
    ];
    if view.hours.iter().any(|hours| reserve_of(hours, view) > 0.0) {
        entries.insert(2, (cx.tokens.series[1], t("people-reserve")));
    }
    if view.rules.meeting_hours > 0 {
        entries.insert(2, (cx.tokens.series[2], t("people-meetings")));
    }
    widgets::chart::legend(ui, &entries);
    widgets::caption(ui, ta("people-guess", &[("focus", &view.rules.focus_percent.to_string())]));
}

/// The absences that touch the sprint, each with a way to take it back.
fn away_ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let Some(n) = view.sprint else { return };
    let sprint = &view.plan.sprints[n];
    let (from, to) = (date_of(sprint.starts_at, cx.zone), last_day(sprint.ends_at, cx.zone));
    let mut gone = None;
    // Of those whose hours stand above; of all where nobody's do.
    let is_of_team =
        |absence: &&Absence| view.hours.is_empty() || view.hours.iter().any(|hours| hours.person == absence.person);
    let in_sprint = |absence: &&Absence| absence.from <= to && absence.to >= from;
    for absence in view.plan.absences.iter().filter(in_sprint).filter(is_of_team) {
        let name = view.plan.people.iter().find(|person| person.id == absence.person);
        let name = name.map_or(absence.person.as_str(), |person| &person.name);
        ui.horizontal(|ui| {
            let kind = kind_word(absence.kind.as_deref().unwrap_or("leave"));
            let days = if absence.from == absence.to {
                absence.from.to_string()
            } else {
                format!("{} – {}", absence.from, absence.to)
            };
            let share = absence.share.filter(|share| *share < 1.0);
            let share = share.map(|share| format!(" ({})", format::percent(share))).unwrap_or_default();
            widgets::caption(ui, format!("{name}: {kind}, {days}{share}"));
            if cx.can_write && widgets::icon_button(ui, Icon::Trash, t("people-not-away")).clicked() {
                gone = Some(absence.clone());
            }
        });
    }
    if let Some(absence) = gone {
        let records = vec![Record::Absence(absence)];
        cx.want(Intent::Command(Command::Delete { name: "Delete absence".to_owned(), records }));
    }
}

fn history_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    let unit = view.unit;
    let sum = view.planned;
    widgets::panel_title(ui, t("mode-history"));
    match &view.velocity {
        Some(velocity) => {
            let mut of = tn("mode-of-sprints", velocity.n as u64);
            if !view.hours.is_empty() {
                of = format!("{of}, {}", t("mode-scaled"));
            }
            widgets::caption(ui, of);
            let of = |value: f64| unit_amount(value, unit);
            widgets::status_label(ui, StatusKind::Ok, &ta("mode-p15", &[("n", &of(velocity.cautious))]));
            widgets::status_label(ui, StatusKind::Ok, &ta("mode-p30", &[("n", &of(velocity.likely))]));
            widgets::status_label(ui, StatusKind::Warn, &ta("mode-p50", &[("n", &of(velocity.even_odds))]));
            widgets::status_label(ui, StatusKind::Crit, &ta("mode-p85", &[("n", &of(velocity.high))]));
        }
        None => {
            widgets::muted(ui, super::backlog::no_velocity_words(view));
        }
    }
    if let Some(reserve) = view.meeting.reserve {
        widgets::muted(ui, ta("mode-reserve", &[("n", &unit_amount(reserve, unit))]));
        incident_hours_ui(ui, view);
    } else if view.velocity.is_some() {
        widgets::muted(ui, t("mode-reserve-held"));
    }
    ui.add_space(10.0);
    widgets::panel_title(ui, t("mode-so-far"));
    ui.label(RichText::new(unit_amount(sum, unit)).heading().color(cx.tokens.strong));
    if let Some(velocity) = &view.velocity {
        let free = velocity.likely - sum;
        let n = unit_amount(free.abs(), unit);
        if free >= 0.0 {
            widgets::status_label(ui, StatusKind::Ok, &ta("mode-free", &[("n", &n)]));
        } else {
            widgets::status_label(ui, StatusKind::Warn, &ta("mode-over", &[("n", &n)]));
        }
    }
}

/// The first day of the sprint in sight.
fn first_day(view: &PlanView) -> String {
    let first = view.sprint.map(|n| date_of(view.plan.sprints[n].starts_at, &view.zone));
    first.map(|day| day.to_string()).unwrap_or_default()
}
