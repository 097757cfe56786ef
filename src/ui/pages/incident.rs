//! One incident: recorded, edited, and its cause judged by a person.

use egui::{RichText, ScrollArea, Ui};
use jiff::tz::TimeZone;

use crate::engine::{CandidateCause, Command, NewItem, Question, candidate_causes};
use crate::model::columns::Catalog;
use crate::model::record::{CauseState, Incident, IncidentEvent, Record};
use crate::model::{Time, with_assumed_zone};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

/// The fields of the form, as texts.
#[derive(Clone, Default, PartialEq)]
struct Form {
    title: String,
    service: String,
    environment: String,
    severity: u8,
    started: String,
    detected: String,
    mitigated: String,
    resolved: String,
    text: String,
}

#[derive(Default)]
pub struct IncidentPanel {
    is_open: bool,
    key: Option<u32>,
    incident: Option<Incident>,
    events: Vec<IncidentEvent>,
    form: Form,
    error: Option<String>,
    is_stale: bool,
    is_fresh: bool,
    wants_focus: bool,
    action: Action,
}

/// What is to be done because of the incident, before it becomes an item of the plan.
#[derive(Default)]
struct Action {
    title: String,
    owner: String,
    class: usize,
    due: String,
}

/// What an action is for, as a label of its item.
const CLASSES: [&str; 4] = ["mitigate", "detect", "prevent", "process"];

fn class_word(class: usize) -> &'static str {
    [t("action-mitigate"), t("action-detect"), t("action-prevent"), t("action-process")][class.min(3)]
}

impl Action {
    fn ui(&mut self, ui: &mut Ui, incident: u32, cx: &mut Cx<'_>) {
        widgets::panel_title(ui, t("action-title"));
        widgets::caption(ui, t("action-words"));
        widgets::hinted_field(ui, t("action-what"), &mut self.title, 420.0);
        let due = self.due.trim().parse::<jiff::civil::Date>();
        ui.horizontal(|ui| {
            widgets::hinted_field(ui, t("action-owner"), &mut self.owner, 120.0);
            ui.name_inputs(t("action-class"), |ui| {
                egui::ComboBox::from_id_salt("class").selected_text(class_word(self.class)).width(100.0).list(
                    ui,
                    |ui| {
                        for class in 0..CLASSES.len() {
                            ui.selectable_value(&mut self.class, class, class_word(class));
                        }
                    },
                );
            });
            widgets::hinted_field(ui, t("action-due"), &mut self.due, 96.0).on_hover_text(t("action-due-words"));
            let is_whole = !self.title.trim().is_empty() && !self.owner.trim().is_empty();
            let is_dated = self.due.trim().is_empty() || due.is_ok();
            if ui.add_enabled(cx.can_write && is_whole && is_dated, egui::Button::new(t("action-add"))).clicked() {
                let new = NewItem {
                    title: self.title.trim().to_owned(),
                    assignee: Some(self.owner.trim().to_owned()),
                    labels: vec![CLASSES[self.class.min(3)].to_owned()],
                    due: due.ok(),
                    ..NewItem::default()
                };
                cx.want(Intent::Command(Command::AddAction { incident, new: Box::new(new) }));
                *self = Self { owner: self.owner.clone(), ..Self::default() };
            }
        });
    }
}

impl IncidentPanel {
    pub fn open(&mut self, key: u32) {
        *self = Self { is_open: true, key: Some(key), ..Self::default() };
    }

    /// A new incident, of production until somebody says otherwise.
    pub fn open_new(&mut self, now: Time, zone: &TimeZone, catalog: &Catalog) {
        let production = catalog.environments.iter().find(|entry| catalog.is_production(entry.key));
        let environment = production.map(|entry| entry.id.clone()).unwrap_or_default();
        let form = Form { severity: 3, started: local(now, zone), environment, ..Form::default() };
        *self = Self { is_open: true, form, is_fresh: true, wants_focus: true, ..Self::default() };
    }

    pub fn take(&mut self, key: u32, detail: Option<Box<(Incident, Vec<IncidentEvent>)>>) {
        if let (true, Some(detail)) = (self.key == Some(key), detail) {
            let (incident, events) = *detail;
            self.is_fresh = self.incident.is_none();
            self.incident = Some(incident);
            self.events = events;
        }
    }

    pub fn forget(&mut self) {
        self.is_stale = true;
    }

    pub fn ask(&mut self, cx: &mut Cx<'_>) {
        let is_stale = std::mem::take(&mut self.is_stale);
        if let (true, Some(key)) = (is_stale && self.is_open, self.key) {
            cx.want(Intent::Ask(Question::Incident(key)));
        }
        if std::mem::take(&mut self.is_fresh)
            && let Some(incident) = &self.incident
        {
            self.form = Form::of(incident, cx.zone);
        }
    }

    pub fn close(&mut self) -> bool {
        std::mem::take(&mut self.is_open)
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if !self.is_open {
            return;
        }
        let mut keep = true;
        let modal = widgets::modal(ui, "incident").show(ui.ctx(), |ui| {
            // What is known to the left, who may have caused it to the right: both in sight at once.
            let has_causes = self.key.is_some();
            ui.set_width(if has_causes { 1000.0 } else { 520.0 });
            if self.key.is_some() && self.incident.is_none() {
                widgets::skeleton(ui, 240.0);
                return;
            }
            let title = if self.key.is_some() { t("incident-title") } else { t("incident-new-title") };
            widgets::heading(ui, title);
            if has_causes {
                ui.columns_const(|[left, right]| {
                    self.form_ui(left, cx);
                    if let Some(key) = self.key {
                        left.add_space(8.0);
                        self.action.ui(left, key, cx);
                    }
                    self.causes_ui(right, cx);
                });
            } else {
                self.form_ui(ui, cx);
            }
            if let Some(error) = &self.error {
                ui.label(RichText::new(error).color(cx.tokens.crit));
            }
            keep = self.buttons_ui(ui, cx);
        });
        if widgets::is_dismissed(&modal) || !keep {
            self.is_open = false;
        }
    }

    fn form_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let form = &mut self.form;
        widgets::form_row(ui, t("incident-name"), |ui| {
            let field = widgets::text_field(ui, t("incident-name"), &mut form.title, 330.0);
            if std::mem::take(&mut self.wants_focus) {
                field.request_focus();
            }
        });
        let catalog = &cx.snapshot.data.catalog;
        widgets::form_row(ui, t("filter-service"), |ui| {
            choice(
                ui,
                "incident service",
                &mut form.service,
                t("unknown"),
                catalog.services.iter().map(|s| (s.id.as_str(), s.name.as_str())),
            );
        });
        widgets::form_row(ui, t("filter-environment"), |ui| {
            choice(
                ui,
                "incident environment",
                &mut form.environment,
                t("unknown"),
                catalog.environments.iter().map(|e| (e.id.as_str(), e.name.as_str())),
            );
        });
        widgets::form_row(ui, t("incident-severity"), |ui| {
            let words = [(1, t("severity-1")), (2, t("severity-2")), (3, t("severity-3")), (4, t("severity-4"))];
            widgets::segmented(ui, &mut form.severity, &words);
        });
        for (label, value) in [
            (t("incident-started"), &mut form.started),
            (t("incident-detected"), &mut form.detected),
            (t("incident-mitigated"), &mut form.mitigated),
            (t("incident-resolved"), &mut form.resolved),
        ] {
            widgets::form_row(ui, label, |ui| {
                widgets::text_field(ui, label, value, 160.0);
                if ui.small_button(t("incident-now")).clicked() {
                    *value = local(cx.now, cx.zone);
                }
            });
        }
        widgets::form_row(ui, t("incident-text"), |ui| {
            let field = ui.add(egui::TextEdit::multiline(&mut form.text).desired_rows(2).desired_width(330.0));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("incident-text")));
        });
    }

    /// The deployments that may have caused it, with what speaks for each, and a person's judgement.
    fn causes_ui(&self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(key) = self.key else { return };
        let Some(row) = cx.snapshot.data.incidents.key.iter().position(|known| *known == key) else { return };
        let candidates = candidate_causes(cx.snapshot, row);
        widgets::panel_title(ui, t("causes-title"));
        widgets::caption(ui, t("causes-words"));
        if candidates.is_empty() {
            widgets::muted(ui, t("causes-none"));
        }
        ScrollArea::vertical().id_salt("causes").max_height(440.0).auto_shrink([false, true]).show(ui, |ui| {
            for candidate in candidates {
                candidate_ui(ui, key, &candidate, cx);
            }
            for event in &self.events {
                ui.horizontal_wrapped(|ui| {
                    widgets::caption(ui, format::date_time(event.at, cx.zone));
                    ui.label(&event.text);
                });
            }
        });
    }

    fn buttons_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        ui.horizontal(|ui| {
            if let Some(incident) = &self.incident
                && ui.add_enabled(cx.can_write, egui::Button::new(t("incident-delete"))).clicked()
            {
                let records = vec![Record::Incident(incident.clone())];
                cx.want(Intent::Command(Command::Delete { name: t("undo-delete-incident").to_owned(), records }));
                keep = false;
            }
            // Judging a cause counts at once; what there is to save or to drop is the form.
            let is_changed = self.incident.as_ref().is_none_or(|incident| self.form != Form::of(incident, cx.zone));
            widgets::at_right(ui, |ui| {
                let can_save = is_changed && cx.can_write;
                if ui.add_enabled_ui(can_save, |ui| widgets::primary_button(ui, t("save"))).inner.clicked() {
                    match self.form.record(self.incident.as_ref(), cx.zone) {
                        Ok(incident) => {
                            let is_new = self.incident.is_none();
                            let name = if is_new { t("undo-record-incident") } else { t("undo-edit-incident") };
                            let records = vec![Record::Incident(incident)];
                            cx.want(Intent::Command(Command::Put { name: name.to_owned(), records }));
                            keep = false;
                        }
                        Err(why) => self.error = Some(why),
                    }
                }
                if ui.button(if is_changed { t("cancel") } else { t("close") }).clicked() {
                    keep = false;
                }
            });
        });
        keep
    }
}

fn candidate_ui(ui: &mut Ui, incident: u32, candidate: &CandidateCause, cx: &mut Cx<'_>) {
    let (kind, words) = match candidate.state {
        Some(CauseState::Confirmed) => (StatusKind::Crit, t("cause-confirmed")),
        Some(CauseState::Rejected) => (StatusKind::Unknown, t("cause-rejected")),
        Some(CauseState::Suspected) => (StatusKind::Warn, t("cause-suspected")),
        None => (StatusKind::Unknown, t("cause-candidate")),
    };
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal(|ui| {
            widgets::status_label(ui, kind, words);
            ui.label(
                RichText::new(format!("{} → {}", candidate.service, candidate.environment)).color(cx.tokens.strong),
            );
            widgets::at_right(ui, |ui| {
                if ui.small_button(t("cause-open")).clicked() {
                    cx.want(Intent::OpenDeployment(candidate.key));
                }
            });
        });
        let evidence = [
            ta("cause-before", &[("span", &format::duration(candidate.secs_before))]),
            tn("deployment-commits", candidate.commits as u64),
            tn("cause-changes", candidate.changes as u64),
            format::date_time(Time(candidate.finished), cx.zone),
        ];
        widgets::muted(ui, evidence.join(" · "));
        ui.horizontal(|ui| {
            let states = [
                (Some(CauseState::Confirmed), t("cause-confirm")),
                (Some(CauseState::Rejected), t("cause-reject")),
                (Some(CauseState::Suspected), t("cause-suspect")),
            ];
            for (state, words) in states {
                let button = egui::Button::selectable(candidate.state == state, words);
                if ui.add_enabled(cx.can_write, button).clicked() {
                    widgets::acts_at_once(ui);
                    if candidate.state == state {
                        continue;
                    }
                    let deployment = candidate.key;
                    cx.want(Intent::Command(Command::JudgeCause { incident, deployment, state, why: None }));
                }
            }
            if candidate.state.is_some() && ui.small_button(t("cause-clear")).clicked() {
                let deployment = candidate.key;
                cx.want(Intent::Command(Command::JudgeCause { incident, deployment, state: None, why: None }));
            }
        });
    });
}

/// A drop-down of ids with their names; the first entry is none.
pub fn choice<'a>(
    ui: &mut Ui,
    salt: &'static str,
    value: &mut String,
    none: &str,
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) {
    let entries: Vec<(&str, &str)> = entries.collect();
    let shown = entries.iter().find(|(id, _)| id == value).map_or(value.as_str(), |(_, name)| name).to_owned();
    let shown = if shown.is_empty() { none.to_owned() } else { shown };
    egui::ComboBox::from_id_salt(salt).selected_text(shown).width(220.0).list(ui, |ui| {
        ui.selectable_value(value, String::new(), none);
        for (id, name) in entries {
            ui.selectable_value(value, id.to_owned(), name);
        }
    });
}

fn local(time: Time, zone: &TimeZone) -> String {
    format::date_time(time, zone)
}

impl Form {
    fn of(incident: &Incident, zone: &TimeZone) -> Self {
        let at = |time: Option<Time>| time.map(|time| local(time, zone)).unwrap_or_default();
        Self {
            title: incident.title.clone(),
            service: incident.service.clone().unwrap_or_default(),
            environment: incident.environment.clone().unwrap_or_default(),
            severity: incident.severity.unwrap_or(3),
            started: at(incident.began_at()),
            detected: at(incident.detected_at),
            mitigated: at(incident.mitigated_at),
            resolved: at(incident.resolved_at),
            text: incident.text.clone().unwrap_or_default(),
        }
    }

    /// The record that the form describes; times that were not touched keep their seconds.
    fn record(&self, before: Option<&Incident>, zone: &TimeZone) -> Result<Incident, String> {
        if self.title.trim().is_empty() {
            return Err(t("incident-needs-name").to_owned());
        }
        let time = |text: &str, before: Option<Time>| -> Result<Option<Time>, String> {
            let text = text.trim();
            if text.is_empty() {
                return Ok(None);
            }
            if before.is_some_and(|before| local(before, zone) == text) {
                return Ok(before);
            }
            let (parsed, _) = with_assumed_zone(Some(zone), || Time::parse(text));
            parsed.map(Some).map_err(|_not_a_time| ta("incident-bad-time", &[("text", text)]))
        };
        let some = |text: &String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let began = time(&self.started, before.and_then(Incident::began_at))?;
        let Some(began) = began else { return Err(t("incident-needs-start").to_owned()) };
        let mut incident = before.cloned().unwrap_or_else(|| Incident {
            connection: crate::model::record::FILE_CONNECTION.to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            title: String::new(),
            ..Incident::default()
        });
        incident.title = self.title.trim().to_owned();
        incident.service = some(&self.service);
        incident.environment = some(&self.environment);
        incident.severity = Some(self.severity);
        if incident.began_at() != Some(began) {
            incident.started_at = Some(began);
        }
        incident.detected_at = time(&self.detected, incident.detected_at)?;
        incident.mitigated_at = time(&self.mitigated, incident.mitigated_at)?;
        incident.resolved_at = time(&self.resolved, incident.resolved_at)?;
        incident.text = some(&self.text);
        Ok(incident)
    }
}
