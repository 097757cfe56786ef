//! One service, environment, team or deployment rule in a form. A rule shows what it would match while it is written.

use egui::{RichText, ScrollArea, Ui};

use crate::engine::{Command, Question, RulePreview};
use crate::metrics::plan::budget::WINDOW_DAYS;
use crate::model::record::{
    DeploymentRule, Environment, EnvironmentClass, FILE_CONNECTION, Record, Service, Slo, Team, Tier,
};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::pages::incident::choice;
use crate::ui::text::{t, ta};
use crate::ui::widgets::{self, List as _};

pub struct Editor {
    record: Record,
    is_new: bool,
    error: Option<String>,
    pub preview: Option<RulePreview>,
    previewed: Option<DeploymentRule>,
}

pub fn class_words(class: EnvironmentClass) -> &'static str {
    match class {
        EnvironmentClass::Development => t("class-development"),
        EnvironmentClass::Testing => t("class-testing"),
        EnvironmentClass::Staging => t("class-staging"),
        EnvironmentClass::Production => t("class-production"),
        EnvironmentClass::Unknown => t("class-unknown"),
    }
}

/// An id made from a name: lower case, words joined by hyphens.
fn id_of(name: &str) -> String {
    let spaced: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase()
}

pub fn new_team() -> Record {
    Record::Team(Team { connection: FILE_CONNECTION.to_owned(), id: String::new(), name: String::new() })
}

impl Editor {
    pub fn new_team() -> Self {
        Self::new_record(&new_team())
    }

    pub fn of(record: &Record) -> Self {
        Self { record: record.clone(), is_new: false, error: None, preview: None, previewed: None }
    }

    pub fn new_record(record: &Record) -> Self {
        Self { is_new: true, ..Self::of(record) }
    }

    /// Draws the form; `false` when it is done.
    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        self.ask_preview(cx);
        let mut keep = true;
        let modal = widgets::modal(ui, "record editor").show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            widgets::heading(ui, title(&self.record));
            match &mut self.record {
                Record::Service(service) => service_ui(ui, service, cx),
                Record::Environment(environment) => environment_ui(ui, environment),
                Record::Team(team) => team_ui(ui, team),
                Record::DeploymentRule(rule) => rule_ui(ui, rule, self.preview.as_ref(), cx),
                _ => {}
            }
            if let Some(error) = &self.error {
                ui.label(RichText::new(error).color(cx.tokens.crit));
            }
            ui.add_space(8.0);
            keep = self.buttons_ui(ui, cx);
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn ask_preview(&mut self, cx: &mut Cx<'_>) {
        if let Record::DeploymentRule(rule) = &self.record
            && self.previewed.as_ref() != Some(rule)
        {
            self.previewed = Some(rule.clone());
            let is_sound = [&rule.pipeline, &rule.stage, &rule.branch]
                .into_iter()
                .flatten()
                .all(|pattern| regex::Regex::new(pattern).is_ok());
            if is_sound {
                cx.want(Intent::Ask(Question::Rule(Box::new(rule.clone()))));
            }
        }
    }

    fn buttons_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        ui.horizontal(|ui| {
            if !self.is_new && ui.add_enabled(cx.can_write, egui::Button::new(t("delete"))).clicked() {
                let name = t("undo-delete").to_owned();
                cx.want(Intent::Command(Command::Delete { name, records: vec![self.record.clone()] }));
                keep = false;
            }
            widgets::at_right(ui, |ui| {
                let is_whole = match &self.record {
                    Record::DeploymentRule(rule) => !rule.service.is_empty() && !rule.environment.is_empty(),
                    _ => true,
                };
                let can_save = cx.can_write && is_whole;
                if ui.add_enabled_ui(can_save, |ui| widgets::primary_button(ui, t("save"))).inner.clicked() {
                    match self.checked() {
                        Ok(record) => {
                            let name = if self.is_new { t("undo-add") } else { t("undo-edit") };
                            cx.want(Intent::Command(Command::Put { name: name.to_owned(), records: vec![record] }));
                            keep = false;
                        }
                        Err(why) => self.error = Some(why),
                    }
                }
                if ui.button(t("cancel")).clicked() {
                    keep = false;
                }
            });
        });
        keep
    }

    /// The record with an id, if it is sound.
    fn checked(&self) -> Result<Record, String> {
        let mut record = self.record.clone();
        match &mut record {
            Record::Service(Service { id, name, .. })
            | Record::Environment(Environment { id, name, .. })
            | Record::Team(Team { id, name, .. }) => {
                if name.trim().is_empty() {
                    return Err(t("editor-needs-name").to_owned());
                }
                if id.is_empty() {
                    *id = id_of(name);
                }
            }
            Record::DeploymentRule(rule) => {
                if rule.service.is_empty() || rule.environment.is_empty() {
                    return Err(t("editor-rule-needs").to_owned());
                }
                for pattern in [&mut rule.pipeline, &mut rule.stage, &mut rule.branch, &mut rule.run_connection] {
                    *pattern = pattern.take().filter(|text| !text.trim().is_empty());
                }
            }
            _ => {}
        }
        record.normalise().map_err(|invalid| invalid.to_string())?;
        Ok(record)
    }
}

fn title(record: &Record) -> &'static str {
    match record {
        Record::Service(_) => t("editor-service"),
        Record::Environment(_) => t("editor-environment"),
        Record::Team(_) => t("editor-team"),
        _ => t("editor-rule"),
    }
}

fn name_ui(ui: &mut Ui, name: &mut String) {
    widgets::form_row(ui, t("editor-name"), |ui| widgets::text_field(ui, t("editor-name"), name, 260.0));
}

fn optional_ui(ui: &mut Ui, label: &'static str, value: &mut Option<String>) {
    widgets::form_row(ui, label, |ui| {
        let mut text = value.clone().unwrap_or_default();
        if widgets::text_field(ui, label, &mut text, 260.0).changed() {
            *value = Some(text).filter(|text| !text.is_empty());
        }
    });
}

fn team_ui(ui: &mut Ui, team: &mut Team) {
    name_ui(ui, &mut team.name);
}

fn service_ui(ui: &mut Ui, service: &mut Service, cx: &Cx<'_>) {
    name_ui(ui, &mut service.name);
    widgets::form_row(ui, t("filter-team"), |ui| {
        let mut team = service.team.clone().unwrap_or_default();
        let teams = cx.snapshot.data.catalog.teams.iter();
        choice(
            ui,
            "service team",
            &mut team,
            t("sources-no-team"),
            teams.map(|entry| (entry.id.as_str(), entry.name.as_str())),
        );
        service.team = Some(team).filter(|team| !team.is_empty());
    });
    optional_ui(ui, t("editor-repo"), &mut service.repo);
    widgets::form_row(ui, t("editor-tier"), |ui| {
        let tiers = [(None, t("unknown")), (Some(Tier::A), "A"), (Some(Tier::B), "B"), (Some(Tier::C), "C")];
        widgets::segmented(ui, &mut service.tier, &tiers);
    });
    objective_ui(ui, service);
}

/// The objective that its error budget follows from, in percent of a window of days.
fn objective_ui(ui: &mut Ui, service: &mut Service) {
    widgets::form_row(ui, t("editor-objective"), |ui| {
        let mut has_one = service.slo.is_some();
        ui.checkbox(&mut has_one, t("editor-objective-has"));
        let known = service.slo.clone().unwrap_or(Slo { target: 0.995, window_days: WINDOW_DAYS });
        let mut percent = if known.target > 1.0 { known.target } else { known.target * 100.0 };
        let mut days = known.window_days;
        ui.add_enabled_ui(has_one, |ui| {
            ui.add(egui::DragValue::new(&mut percent).range(50.0..=99.999).speed(0.01).max_decimals(3).suffix(" %"));
            ui.label(t("editor-objective-over"));
            ui.add(egui::DragValue::new(&mut days).range(1..=366));
            ui.label(t("editor-objective-days"));
        });
        // A rounding of the sixth place would be a change that nobody made.
        let is_same = service.slo.as_ref().is_some_and(|slo| {
            let before = if slo.target > 1.0 { slo.target } else { slo.target * 100.0 };
            (before - percent).abs() < 1e-9 && slo.window_days == days
        });
        if !has_one {
            service.slo = None;
        } else if !is_same {
            service.slo = Some(Slo { target: (percent * 1e4).round() / 1e6, window_days: days });
        }
    });
}

fn environment_ui(ui: &mut Ui, environment: &mut Environment) {
    name_ui(ui, &mut environment.name);
    widgets::form_row(ui, t("editor-class"), |ui| {
        egui::ComboBox::from_id_salt("class").selected_text(class_words(environment.class)).list(ui, |ui| {
            for class in EnvironmentClass::ALL {
                ui.selectable_value(&mut environment.class, class, class_words(class));
            }
        });
    });
    widgets::caption(ui, t("editor-class-hint"));
}

fn rule_ui(ui: &mut Ui, rule: &mut DeploymentRule, preview: Option<&RulePreview>, cx: &Cx<'_>) {
    let catalog = &cx.snapshot.data.catalog;
    widgets::form_row(ui, t("filter-service"), |ui| {
        choice(
            ui,
            "rule service",
            &mut rule.service,
            t("choose"),
            catalog.services.iter().map(|s| (s.id.as_str(), s.name.as_str())),
        );
    });
    widgets::form_row(ui, t("filter-environment"), |ui| {
        let environments = catalog.environments.iter().map(|e| (e.id.as_str(), e.name.as_str()));
        choice(ui, "rule environment", &mut rule.environment, t("choose"), environments);
    });
    optional_ui(ui, t("editor-pipeline"), &mut rule.pipeline);
    optional_ui(ui, t("editor-stage"), &mut rule.stage);
    optional_ui(ui, t("editor-branch"), &mut rule.branch);
    widgets::caption(ui, t("editor-rule-hint"));
    for pattern in [&rule.pipeline, &rule.stage, &rule.branch].into_iter().flatten() {
        if let Err(error) = regex::Regex::new(pattern) {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().to_owned();
            ui.label(
                RichText::new(ta("editor-bad-pattern", &[("pattern", pattern), ("why", &why)])).color(cx.tokens.crit),
            );
        }
    }
    let Some(preview) = preview else { return };
    let numbers = [
        ("deployments", format::count(preview.deployments as u64)),
        ("succeeded", format::count(preview.succeeded as u64)),
        ("pipelines", format::count(preview.pipelines as u64)),
    ];
    let args: Vec<(&'static str, &str)> = numbers.iter().map(|(name, n)| (*name, n.as_str())).collect();
    widgets::panel_title(ui, &ta("editor-preview", &args));
    ScrollArea::vertical().id_salt("rule preview").max_height(160.0).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (pipeline, run, stage, status, finished) in &preview.newest {
            ui.horizontal(|ui| {
                widgets::status_label(ui, widgets::kind_of(*status), widgets::status_word(*status));
                ui.label(format!("{pipeline} {run} {stage}"));
                if let Some(finished) = finished {
                    widgets::caption(ui, format::date_time(*finished, cx.zone));
                }
            });
        }
    });
}
