//! The forms of people and of the days on which they are away, on the Plan page and in Settings.

use egui::{ComboBox, RichText, Ui};
use jiff::civil::Date;

use crate::engine::Command;
use crate::model::people::{Absence, Person, ROLES};
use crate::model::record::Record;
use crate::ui::cx::{Cx, Intent};
use crate::ui::pages::incident::choice;
use crate::ui::text::t;
use crate::ui::widgets::{self, List as _};

pub enum PeopleForm {
    Person(PersonForm),
    Away(AwayForm),
}

pub struct PersonForm {
    person: Option<Person>,
    name: String,
    role: String,
    hours: String,
    /// Empty where the person is in none.
    team: String,
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
pub fn kind_word(kind: &str) -> &'static str {
    match kind {
        "leave" => t("away-leave"),
        "on_call" => t("away-on-call"),
        "holiday" => t("away-holiday"),
        _ => t("away-other"),
    }
}

pub fn role_word(role: &str) -> &'static str {
    match role {
        "development" => t("role-development"),
        "operations" => t("role-operations"),
        "platform" => t("role-platform"),
        "product" => t("role-product"),
        _ => t("role-other"),
    }
}

impl PeopleForm {
    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, people: &[Person], cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "people").show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            keep = match self {
                Self::Person(form) => form.ui(ui, cx),
                Self::Away(form) => form.ui(ui, people, cx),
            };
        });
        !widgets::is_dismissed(&modal) && keep
    }
}

impl PersonForm {
    pub fn of(person: Option<&Person>, team: Option<&str>) -> Self {
        let known = person.cloned().unwrap_or_default();
        Self {
            name: known.name.clone(),
            role: known.role.clone().unwrap_or_else(|| "development".to_owned()),
            hours: known.hours_per_day.unwrap_or(8.0).to_string(),
            team: known.team.as_deref().or(team).unwrap_or_default().to_owned(),
            person: person.cloned(),
            is_new: true,
        }
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, if self.person.is_some() { t("people-change") } else { t("people-add") });
        widgets::form_row(ui, t("people-name"), |ui| {
            let field = widgets::text_field(ui, t("people-name"), &mut self.name, 220.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("people-role"), |ui| {
            ComboBox::from_id_salt("role").selected_text(role_word(&self.role)).list(ui, |ui| {
                for role in ROLES {
                    ui.selectable_value(&mut self.role, role.to_owned(), role_word(role));
                }
            });
        });
        widgets::form_row(ui, t("filter-team"), |ui| {
            let teams = cx.snapshot.data.catalog.teams.iter().map(|team| (team.id.as_str(), team.name.as_str()));
            choice(ui, "team of a person", &mut self.team, t("sources-no-team"), teams);
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
        let (cancels, saves) = super::plan::dialog_buttons(ui, t("people-save"), can);
        if saves {
            let known = self
                .person
                .clone()
                .unwrap_or_else(|| Person { id: uuid::Uuid::now_v7().to_string(), ..Person::default() });
            let person = Person {
                name: self.name.trim().to_owned(),
                team: Some(self.team.clone()).filter(|team| !team.is_empty()),
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
    /// `day`: on which it begins until somebody says otherwise.
    pub fn new(people: &[Person], day: String) -> Self {
        Self {
            person: people.first().map(|person| person.id.clone()).unwrap_or_default(),
            kind: "leave",
            from: day.clone(),
            to: day,
            share: String::new(),
        }
    }

    fn ui(&mut self, ui: &mut Ui, people: &[Person], cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, t("people-away"));
        let name = |id: &str| people.iter().find(|person| person.id == id).map(|person| person.name.as_str());
        widgets::form_row(ui, t("people-name"), |ui| {
            ComboBox::from_id_salt("who").selected_text(name(&self.person).unwrap_or_default()).list(ui, |ui| {
                for person in people {
                    ui.selectable_value(&mut self.person, person.id.clone(), &person.name);
                }
            });
        });
        widgets::form_row(ui, t("people-why"), |ui| {
            ComboBox::from_id_salt("why").selected_text(kind_word(self.kind)).list(ui, |ui| {
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
        let (cancels, saves) = super::plan::dialog_buttons(ui, t("people-save"), can);
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
