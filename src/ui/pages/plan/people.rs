//! Capacity: what history supports beside who is there, with the forms of people and their absences.

use egui::{Color32, ComboBox, Rect, RichText, Sense, Ui, vec2};
use jiff::civil::Date;

use super::{PlanPage, amount, unit_amount};
use crate::engine::{Command, PlanView};
use crate::metrics::plan::capacity::{Hours, net};
use crate::metrics::plan::ledger::Unit;
use crate::model::people::{Absence, Person, ROLES};
use crate::model::record::Record;
use crate::ui::cx::{Cx, Intent};
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

pub enum PeopleForm {
    Person(PersonForm),
    Away(AwayForm),
}

pub struct PersonForm {
    person: Option<Person>,
    name: String,
    role: String,
    hours: String,
    is_new: bool,
}

pub struct AwayForm {
    person: String,
    kind: &'static str,
    from: String,
    to: String,
    share: String,
}

/// Kinds of absence that a person chooses from; holidays of all stand in the calendar of Settings.
const KINDS: [&str; 3] = ["leave", "on_call", "other"];
const BAR: f32 = 220.0;

fn kind_word(kind: &str) -> &'static str {
    match kind {
        "leave" => t("away-leave"),
        "on_call" => t("away-on-call"),
        "holiday" => t("away-holiday"),
        _ => t("away-other"),
    }
}

fn role_word(role: &str) -> &'static str {
    match role {
        "development" => t("role-development"),
        "operations" => t("role-operations"),
        "platform" => t("role-platform"),
        "product" => t("role-product"),
        _ => t("role-other"),
    }
}

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
        ui.horizontal(|ui| {
            widgets::panel_title(ui, t("people-title"));
            widgets::at_right(ui, |ui| {
                if cx.can_write && ui.button(t("people-add")).clicked() {
                    self.people_form = Some(PeopleForm::Person(PersonForm::of(None)));
                }
                let has_people = !view.plan.people.is_empty();
                if cx.can_write && has_people && ui.button(t("people-away")).clicked() {
                    self.people_form = Some(PeopleForm::Away(AwayForm::new(view)));
                }
            });
        });
        if view.hours.is_empty() {
            widgets::muted(ui, t("people-none"));
            return;
        }
        for hours in &view.hours {
            self.person_ui(ui, view, hours, cx);
        }
        ui.add_space(6.0);
        let reserve = view.meeting.reserve.filter(|_| view.ask.unit == Unit::Hours);
        let total = net(&view.hours, reserve);
        ui.label(RichText::new(ta("people-net", &[("n", &unit_amount(total, Unit::Hours))])).color(cx.tokens.strong));
        let planned: f64 = view.members.iter().filter_map(|n| Unit::Hours.of(&view.plan.items[*n as usize])).sum();
        if planned > total {
            let over = unit_amount(planned - total, Unit::Hours);
            widgets::status_label(ui, StatusKind::Crit, &ta("people-over", &[("n", &over)]));
        }
        legend_ui(ui, cx);
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
                    self.people_form = Some(PeopleForm::Person(PersonForm::of(person)));
                }
            });
            let parts =
                [(hours.time_off, cx.tokens.muted), (hours.on_call, cx.tokens.warn), (planned, cx.tokens.series[0])];
            bar_ui(ui, hours.gross.max(planned + hours.time_off + hours.on_call), &parts, cx);
            let free = hours.free() - planned;
            let words = ta("people-free", &[("free", &amount(free.max(0.0))), ("of", &amount(hours.gross))]);
            widgets::caption(ui, words);
            if free < 0.0 {
                widgets::status_label(
                    ui,
                    StatusKind::Crit,
                    &ta("people-over", &[("n", &unit_amount(-free, Unit::Hours))]),
                );
            }
            // More than half of the sprint on call leaves no week for anything else.
            if hours.on_call_days * 2 > hours.working_days {
                widgets::status_label(ui, StatusKind::Warn, &tn("people-on-call", u64::from(hours.on_call_days)));
            }
        });
    }
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

fn legend_ui(ui: &mut Ui, cx: &Cx<'_>) {
    widgets::chart::legend(
        ui,
        &[
            (cx.tokens.series[0], t("people-planned")),
            (cx.tokens.warn, t("away-on-call")),
            (cx.tokens.muted, t("people-off")),
            (cx.tokens.border_strong, t("people-free-word")),
        ],
    );
    widgets::caption(ui, t("people-guess"));
}

/// The absences that touch the sprint, each with a way to take it back.
fn away_ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let Some(n) = view.sprint else { return };
    let day = |at| crate::metrics::date_of(at, cx.zone);
    let (from, to) = (day(view.plan.sprints[n].starts_at), day(view.plan.sprints[n].ends_at));
    let mut gone = None;
    for absence in view.plan.absences.iter().filter(|absence| absence.from <= to && absence.to >= from) {
        let name = view.plan.people.iter().find(|person| person.id == absence.person);
        let name = name.map_or(absence.person.as_str(), |person| &person.name);
        ui.horizontal(|ui| {
            let kind = kind_word(absence.kind.as_deref().unwrap_or("leave"));
            widgets::caption(ui, format!("{name}: {kind}, {} – {}", absence.from, absence.to));
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
    let unit = view.ask.unit;
    let sum: f64 = view.members.iter().filter_map(|n| unit.of(&view.plan.items[*n as usize])).sum();
    widgets::panel_title(ui, t("mode-history"));
    match &view.velocity {
        Some(velocity) => {
            widgets::caption(ui, tn("mode-of-sprints", velocity.n as u64));
            let of = |value: f64| unit_amount(value, unit);
            widgets::status_label(ui, StatusKind::Ok, &ta("mode-p15", &[("n", &of(velocity.cautious))]));
            widgets::status_label(ui, StatusKind::Ok, &ta("mode-p30", &[("n", &of(velocity.likely))]));
            widgets::status_label(ui, StatusKind::Warn, &ta("mode-p50", &[("n", &of(velocity.even_odds))]));
            widgets::status_label(ui, StatusKind::Crit, &ta("mode-p85", &[("n", &of(velocity.high))]));
        }
        None => {
            widgets::muted(ui, t("plan-velocity-unknown"));
        }
    }
    match view.meeting.reserve {
        Some(reserve) => widgets::muted(ui, ta("mode-reserve", &[("n", &unit_amount(reserve, unit))])),
        None => widgets::muted(ui, t("mode-reserve-held")),
    };
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

impl PeopleForm {
    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "people").show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            keep = match self {
                Self::Person(form) => form.ui(ui, view, cx),
                Self::Away(form) => form.ui(ui, view, cx),
            };
        });
        keep && !modal.should_close()
    }
}

impl PersonForm {
    fn of(person: Option<&Person>) -> Self {
        let known = person.cloned().unwrap_or_default();
        Self {
            name: known.name.clone(),
            role: known.role.clone().unwrap_or_else(|| "development".to_owned()),
            hours: known.hours_per_day.unwrap_or(8.0).to_string(),
            person: person.cloned(),
            is_new: true,
        }
    }

    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, if self.person.is_some() { t("people-change") } else { t("people-add") });
        widgets::form_row(ui, t("people-name"), |ui| {
            let field = widgets::text_field(ui, t("people-name"), &mut self.name, 220.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("people-role"), |ui| {
            ComboBox::from_id_salt("role").selected_text(role_word(&self.role)).show_ui(ui, |ui| {
                for role in ROLES {
                    ui.selectable_value(&mut self.role, role.to_owned(), role_word(role));
                }
            });
        });
        widgets::form_row(ui, t("people-hours"), |ui| {
            widgets::text_field(ui, t("people-hours"), &mut self.hours, 80.0)
        });
        let hours =
            self.hours.trim().replace(',', ".").parse::<f64>().ok().filter(|hours| (0.0..=24.0).contains(hours));
        if hours.is_none() {
            ui.label(RichText::new(t("people-no-hours")).color(cx.tokens.crit));
        }
        let can = cx.can_write && hours.is_some() && !self.name.trim().is_empty();
        let mut removes = false;
        if let Some(person) = self.person.as_ref().filter(|_| cx.can_write)
            && ui.button(t("people-remove")).clicked()
        {
            removes = true;
            let records = vec![Record::Person(person.clone())];
            cx.want(Intent::Command(Command::Delete { name: "Delete person".to_owned(), records }));
        }
        let (cancels, saves) = super::sprint::buttons(ui, t("people-save"), can);
        if saves {
            let team = view.sprint.map(|n| view.plan.sprints[n].team.clone());
            let known = self.person.clone().unwrap_or_else(|| Person {
                id: uuid::Uuid::now_v7().to_string(),
                team,
                ..Person::default()
            });
            let person = Person {
                name: self.name.trim().to_owned(),
                role: Some(self.role.clone()),
                hours_per_day: hours,
                ..known
            };
            let records = vec![Record::Person(person)];
            cx.want(Intent::Command(Command::Put { name: "Save person".to_owned(), records }));
        }
        !(cancels || saves || removes)
    }
}

impl AwayForm {
    fn new(view: &PlanView) -> Self {
        let day = view.sprint.map_or_else(String::new, |n| {
            let zone = jiff::tz::TimeZone::UTC;
            crate::metrics::date_of(view.plan.sprints[n].starts_at, &zone).to_string()
        });
        Self {
            person: view.plan.people.first().map(|person| person.id.clone()).unwrap_or_default(),
            kind: "leave",
            from: day.clone(),
            to: day,
            share: String::new(),
        }
    }

    fn ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, t("people-away"));
        let name = |id: &str| view.plan.people.iter().find(|person| person.id == id).map(|person| person.name.as_str());
        widgets::form_row(ui, t("people-name"), |ui| {
            ComboBox::from_id_salt("who").selected_text(name(&self.person).unwrap_or_default()).show_ui(ui, |ui| {
                for person in &view.plan.people {
                    ui.selectable_value(&mut self.person, person.id.clone(), &person.name);
                }
            });
        });
        widgets::form_row(ui, t("people-why"), |ui| {
            ComboBox::from_id_salt("why").selected_text(kind_word(self.kind)).show_ui(ui, |ui| {
                for kind in KINDS {
                    ui.selectable_value(&mut self.kind, kind, kind_word(kind));
                }
            });
        });
        widgets::form_row(ui, t("sprint-from"), |ui| widgets::text_field(ui, t("sprint-from"), &mut self.from, 110.0));
        widgets::form_row(ui, t("sprint-to"), |ui| widgets::text_field(ui, t("sprint-to"), &mut self.to, 110.0));
        widgets::form_row(ui, t("people-share"), |ui| {
            widgets::hinted_field(ui, t("people-share-hint"), &mut self.share, 180.0)
        });
        let days = (self.from.trim().parse::<Date>(), self.to.trim().parse::<Date>());
        let is_ordered = matches!(&days, (Ok(from), Ok(to)) if from <= to);
        let share = match self.share.trim() {
            "" => Ok(None),
            text => text
                .trim_end_matches('%')
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|n| (0.0..=100.0).contains(n))
                .map(Some)
                .ok_or(()),
        };
        if !is_ordered || share.is_err() {
            ui.label(RichText::new(t("people-no-days")).color(cx.tokens.crit));
        }
        let can = cx.can_write && is_ordered && share.is_ok() && !self.person.is_empty();
        let (cancels, saves) = super::sprint::buttons(ui, t("people-save"), can);
        if saves && let ((Ok(from), Ok(to)), Ok(share)) = (days, share) {
            let absence = Absence {
                id: uuid::Uuid::now_v7().to_string(),
                person: self.person.clone(),
                from,
                to,
                kind: Some(self.kind.to_owned()),
                share: share.map(|percent| percent / 100.0),
                ..Absence::default()
            };
            let records = vec![Record::Absence(absence)];
            cx.want(Intent::Command(Command::Put { name: "Save absence".to_owned(), records }));
        }
        !(cancels || saves)
    }
}
