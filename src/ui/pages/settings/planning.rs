//! How teams plan, in Settings: what each has agreed on, who is in it and away, and what new items can begin with.

use egui::{ComboBox, RichText, Ui};

use crate::engine::{Command, Settings};
use crate::model::checklist::{BUILT_IN, Checklist};
use crate::model::people::{Absence, Person};
use crate::model::plan_rules::{Limits, ReviewPolicy, TeamRules};
use crate::model::record::Record;
use crate::model::zone_from_name;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::pages::people::{AwayForm, PeopleForm, PersonForm, kind_word, role_word};
use crate::ui::pages::plan::column_word;
use crate::ui::pages::sources::Editor;
use crate::ui::text::{t, ta, tn};
use crate::ui::widgets::{self, List as _};

#[derive(Default)]
pub struct Planning {
    team: String,
    /// What is typed for the zone of the team.
    zone: Option<String>,
    form: Option<PeopleForm>,
    /// A team that is made or renamed.
    team_form: Option<Editor>,
    /// What is typed for the team's list of readiness.
    list: Option<String>,
}

fn policy_word(policy: ReviewPolicy) -> &'static str {
    match policy {
        ReviewPolicy::Off => t("policy-off"),
        ReviewPolicy::Advise => t("policy-advise"),
        ReviewPolicy::RequiredForHighRisk => t("policy-required"),
    }
}

impl Planning {
    pub fn close_topmost(&mut self) -> bool {
        self.list.take().is_some() || self.form.take().is_some() || self.team_form.take().is_some()
    }

    pub fn rules_ui(&mut self, ui: &mut Ui, settings: &mut Settings, cx: &mut Cx<'_>) {
        if let Some(form) = &mut self.team_form
            && !form.ui(ui, cx)
        {
            self.team_form = None;
        }
        let teams = &cx.snapshot.data.catalog.teams;
        if teams.is_empty() {
            widgets::muted(ui, t("rules-no-team"));
            self.team_buttons_ui(ui, cx);
            return;
        }
        if !teams.iter().any(|team| team.id == self.team) {
            self.team = teams.first().map(|team| team.id.clone()).unwrap_or_default();
        }
        widgets::form_row(ui, t("filter-team"), |ui| {
            let shown = cx.snapshot.data.catalog.team_name(&self.team).to_owned();
            ComboBox::from_id_salt("rules team").selected_text(shown).width(220.0).list(ui, |ui| {
                for team in teams {
                    if ui.selectable_value(&mut self.team, team.id.clone(), &team.name).clicked() {
                        self.zone = None;
                    }
                }
            });
            self.team_buttons_ui(ui, cx);
        });
        let before = settings.team(&self.team);
        let mut rules = before.clone();
        self.zone_ui(ui, &mut rules.zone, cx);
        widgets::form_row(ui, t("rules-review"), |ui| {
            let policies = ReviewPolicy::ALL.map(|policy| (policy, policy_word(policy)));
            widgets::segmented(ui, &mut rules.review, &policies);
        });
        widgets::form_row(ui, t("rules-review-hours"), |ui| {
            ui.add(egui::DragValue::new(&mut rules.review_hours).range(1..=400).suffix(" h"));
        });
        widgets::form_row(ui, t("rules-grace"), |ui| {
            ui.add(egui::DragValue::new(&mut rules.grace_days).range(0..=TeamRules::MOST_GRACE_DAYS));
            widgets::caption(ui, t("rules-grace-words"));
        });
        widgets::form_row(ui, t("rules-focus"), |ui| {
            ui.add(egui::DragValue::new(&mut rules.focus_percent).range(1..=100).suffix(" %"));
            widgets::caption(ui, t("rules-focus-words"));
        });
        widgets::form_row(ui, t("rules-meetings"), |ui| {
            ui.add(
                egui::DragValue::new(&mut rules.meeting_hours).range(0..=TeamRules::MOST_MEETING_HOURS).suffix(" h"),
            );
            widgets::caption(ui, t("rules-meetings-words"));
        });
        limits_ui(ui, &mut rules.limits);
        self.list_ui(ui, &mut rules);
        if rules != before {
            settings.teams.insert(self.team.clone(), rules);
        }
    }

    /// What an item is asked before it is operated: Gemba's list, or the team's own.
    fn list_ui(&mut self, ui: &mut Ui, rules: &mut TeamRules) {
        widgets::form_row(ui, t("rules-readiness"), |ui| {
            let count = rules.checklist().checks.len() as u64;
            widgets::caption(
                ui,
                match rules.readiness {
                    Some(_) => tn("rules-readiness-own", count),
                    None => tn("rules-readiness-built-in", count),
                },
            );
            if ui.button(t("rules-readiness-edit")).clicked() {
                self.list = Some(rules.readiness.clone().unwrap_or_else(|| BUILT_IN.to_owned()));
            }
        });
        let Some(text) = &mut self.list else { return };
        let mut keep = true;
        let modal = widgets::modal(ui, "readiness").show(ui.ctx(), |ui| {
            ui.set_width(640.0);
            widgets::heading(ui, t("rules-readiness-title"));
            widgets::modal_scroll(ui).show(ui, |ui| {
                let field = egui::TextEdit::multiline(text).code_editor().desired_rows(20);
                let field = ui.add(field.desired_width(f32::INFINITY));
                field
                    .widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("rules-readiness-title")));
            });
            let read = Checklist::parse(text);
            match &read {
                Ok(list) => widgets::muted(ui, tn("rules-readiness-own", list.checks.len() as u64)),
                Err(why) => {
                    let color = crate::ui::theme::tokens(ui).crit;
                    ui.add(egui::Label::new(RichText::new(why).color(color)).wrap())
                }
            };
            ui.horizontal(|ui| {
                if ui.button(t("rules-readiness-reset")).clicked() {
                    BUILT_IN.clone_into(text);
                }
                let (cancel, save) = widgets::two_buttons(ui, t("cancel"), t("item-save"), read.is_ok());
                if save.clicked() {
                    rules.readiness = Some(text.clone()).filter(|text| text.trim() != BUILT_IN.trim());
                }
                keep = !(cancel.clicked() || save.clicked());
            });
        });
        if widgets::is_dismissed(&modal) || !keep {
            self.list = None;
        }
    }

    fn team_buttons_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let is_it = |record: &&Record| matches!(record, Record::Team(team) if team.id == self.team);
        if let Some(team) = cx.snapshot.records.iter().find(is_it)
            && ui.add_enabled(cx.can_write, egui::Button::new(t("team-rename"))).clicked()
        {
            self.team_form = Some(Editor::of(team));
        }
        if ui.add_enabled(cx.can_write, egui::Button::new(t("team-new"))).clicked() {
            self.team_form = Some(Editor::new_team());
        }
    }

    fn zone_ui(&mut self, ui: &mut Ui, zone: &mut Option<String>, cx: &Cx<'_>) {
        let mut text = self.zone.take().or_else(|| zone.clone()).unwrap_or_default();
        widgets::form_row(ui, t("settings-zone"), |ui| {
            widgets::text_field(ui, t("rules-zone"), &mut text, 200.0);
            match zone_from_name(text.trim()) {
                Some(known) => {
                    *zone = Some(text.trim().to_owned());
                    let now = format::date_time(cx.now, &known);
                    widgets::caption(ui, ta("settings-zone-now", &[("now", &now)]));
                }
                None if text.trim().is_empty() => {
                    *zone = None;
                    widgets::caption(ui, t("rules-zone-words"));
                }
                None => {
                    ui.label(RichText::new(t("settings-zone-unknown")).color(cx.tokens.crit));
                    self.zone = Some(text);
                }
            }
        });
    }

    pub fn people_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let people: Vec<Person> = cx
            .snapshot
            .records
            .iter()
            .filter_map(|record| if let Record::Person(person) = record { Some(person.clone()) } else { None })
            .collect();
        if people.is_empty() {
            widgets::muted(ui, t("people-none"));
        }
        for person in &people {
            self.person_ui(ui, person, cx);
        }
        ui.horizontal(|ui| {
            if ui.add_enabled(cx.can_write, egui::Button::new(t("people-add"))).clicked() {
                let team = Some(self.team.as_str()).filter(|team| !team.is_empty());
                self.form = Some(PeopleForm::Person(PersonForm::of(None, team)));
            }
            if ui.add_enabled(cx.can_write && !people.is_empty(), egui::Button::new(t("people-away"))).clicked() {
                let day = crate::metrics::date_of(cx.now, cx.zone).to_string();
                self.form = Some(PeopleForm::Away(AwayForm::new(&people, day)));
            }
        });
        widgets::caption(ui, t("people-ics"));
        if let Some(form) = &mut self.form
            && !form.ui(ui, &people, cx)
        {
            self.form = None;
        }
    }

    fn person_ui(&mut self, ui: &mut Ui, person: &Person, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            if ui.add(egui::Button::new(&person.name).frame(false)).on_hover_text(t("people-change")).clicked() {
                self.form = Some(PeopleForm::Person(PersonForm::of(Some(person), None)));
            }
            let mut facts = vec![role_word(person.role.as_deref().unwrap_or_default()).to_owned()];
            facts.push(ta("people-a-day", &[("n", &person.hours_per_day.unwrap_or(8.0).to_string())]));
            let team = person.team.as_deref().map(|team| cx.snapshot.data.catalog.team_name(team).to_owned());
            facts.extend(team);
            widgets::caption(ui, facts.join(" · "));
        });
        let today = crate::metrics::date_of(cx.now, cx.zone);
        let ahead: Vec<Absence> = cx
            .snapshot
            .records
            .iter()
            .filter_map(|record| if let Record::Absence(absence) = record { Some(absence) } else { None })
            .filter(|absence| absence.person == person.id && absence.to >= today)
            .cloned()
            .collect();
        for absence in ahead {
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                let kind = kind_word(absence.kind.as_deref().unwrap_or("leave"));
                widgets::caption(ui, format!("{kind}, {} – {}", absence.from, absence.to));
                if cx.can_write && widgets::icon_button(ui, Icon::Trash, t("people-not-away")).clicked() {
                    let records = vec![Record::Absence(absence)];
                    cx.want(Intent::Command(Command::Delete { name: "Delete absence".to_owned(), records }));
                }
            });
        }
    }
}

fn limits_ui(ui: &mut Ui, limits: &mut Limits) {
    ui.add_space(4.0);
    widgets::muted(ui, t("limits-title"));
    let limit = |ui: &mut Ui, name: &str, value: &mut Option<u32>| {
        widgets::form_row(ui, name, |ui| {
            let mut is_on = value.is_some();
            ui.checkbox(&mut is_on, t("limits-most"));
            let mut count = value.unwrap_or(3);
            ui.add_enabled(is_on, egui::DragValue::new(&mut count).range(1..=999));
            *value = is_on.then_some(count);
        });
    };
    for state in Limits::STATES {
        let mut value = limits.columns.get(&state).copied();
        limit(ui, column_word(state), &mut value);
        match value {
            Some(count) => limits.columns.insert(state, count),
            None => limits.columns.remove(&state),
        };
    }
    limit(ui, t("limits-person"), &mut limits.person);
    limit(ui, t("limits-service"), &mut limits.service);
}

pub fn templates_ui(ui: &mut Ui, settings: &mut Settings, cx: &Cx<'_>) {
    if settings.templates.is_empty() {
        widgets::muted(ui, t("templates-none"));
    }
    let mut gone = None;
    for (at, template) in settings.templates.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(RichText::new(&template.name).color(cx.tokens.strong));
            let mut facts = vec![crate::ui::pages::plan::kind_word(template.kind).to_owned()];
            facts.extend(template.estimates.points.map(|points| ta("plan-n-points", &[("n", &points.to_string())])));
            facts.extend(template.service.clone());
            facts.extend(Some(template.labels.join(", ")).filter(|labels| !labels.is_empty()));
            if !template.needs.is_empty() {
                facts.push(tn("mark-needs", template.needs.len() as u64));
            }
            widgets::caption(ui, facts.join(" · "));
            if widgets::icon_button(ui, Icon::Trash, t("templates-remove")).clicked() {
                gone = Some(at);
            }
        });
    }
    if let Some(at) = gone {
        settings.templates.remove(at);
    }
    widgets::caption(ui, t("templates-words"));
}
