//! Sources: where the data comes from, what it is called, and which runs are deployments.

mod editor;

use egui::{RichText, ScrollArea, Ui};

use crate::engine::{ImportEntry, ImportReport, RulePreview};
use crate::model::Time;
use crate::model::record::Record;
use crate::ui::app_export::PageExport;
use crate::ui::cx::{AddKind, Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;
pub use editor::Editor;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Imports,
    Services,
    Environments,
    Teams,
    Rules,
}

#[derive(Default)]
pub struct Sources {
    tab: Tab,
    editor: Option<Editor>,
    report: Option<ImportReport>,
}

impl Sources {
    pub fn take_preview(&mut self, preview: RulePreview) {
        if let Some(editor) = &mut self.editor {
            editor.preview = Some(preview);
        }
    }

    pub fn close_topmost(&mut self) -> bool {
        self.report.take().is_some() || self.editor.take().is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ScrollArea::vertical().id_salt("sources").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 12)).show(ui, |ui| {
                self.header_ui(ui, cx);
                let tabs = [
                    (Tab::Imports, t("sources-imports")),
                    (Tab::Services, t("sources-services")),
                    (Tab::Environments, t("sources-environments")),
                    (Tab::Teams, t("sources-teams")),
                    (Tab::Rules, t("sources-rules")),
                ];
                widgets::segmented(ui, &mut self.tab, &tabs);
                ui.add_space(4.0);
                if self.tab == Tab::Imports {
                    self.imports_ui(ui, cx);
                } else {
                    self.records_ui(ui, cx);
                }
            });
        });
        let mut editor = self.editor.take();
        if let Some(open) = &mut editor
            && open.ui(ui, cx)
        {
            self.editor = editor;
        }
        if let Some(report) = &self.report {
            let mut keep = true;
            let modal = widgets::modal(ui, "old report").show(ui.ctx(), |ui| {
                ui.set_width(560.0);
                crate::ui::app::report_ui(ui, report, cx);
                ui.horizontal(|ui| {
                    widgets::at_right(ui, |ui| keep = !widgets::primary_button(ui, t("report-done")).clicked())
                });
            });
            if !keep || widgets::is_closed(&modal) {
                self.report = None;
            }
        }
    }

    fn header_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            widgets::heading(ui, t("page-sources"));
            widgets::at_right(ui, |ui| {
                super::delivery::export_menu(ui, cx);
                if widgets::primary_button(ui, t("command-add-file")).clicked() {
                    cx.want(Intent::AddSource(AddKind::File));
                }
                if ui.button(t("command-add-folder")).clicked() {
                    cx.want(Intent::AddSource(AddKind::Folder));
                }
                if ui.button(t("command-add-repository")).clicked() {
                    cx.want(Intent::AddSource(AddKind::Repository));
                }
            });
        });
    }

    fn imports_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let imports = cx.snapshot.imports.clone();
        widgets::card(ui, |ui| {
            ui.set_width(ui.available_width());
            if imports.is_empty()
                && widgets::empty_state(ui, Icon::Sources, t("imports-none"), Some(t("command-add-file")))
            {
                cx.want(Intent::AddSource(AddKind::File));
            }
            for entry in imports.iter() {
                self.import_ui(ui, entry, cx);
            }
        });
    }

    fn import_ui(&mut self, ui: &mut Ui, entry: &ImportEntry, cx: &mut Cx<'_>) {
        let report: ImportReport = serde_json::from_str(&entry.report).unwrap_or_default();
        ui.horizontal(|ui| {
            let icon = if entry.kind == "git" { Icon::Git } else { Icon::File };
            let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(size::ICON), egui::Sense::hover());
            icon.paint(ui.painter(), rect, cx.tokens.muted);
            ui.allocate_ui(egui::vec2((ui.available_width() * 0.42).max(160.0), 20.0), |ui| {
                ui.add(egui::Label::new(RichText::new(&entry.source).color(cx.tokens.strong)).truncate())
                    .on_hover_text(&entry.source);
            });
            let at = Time(entry.at);
            widgets::muted(ui, format::ago(at, cx.now)).on_hover_text(format::date_time(at, cx.zone));
            let total = report.total();
            widgets::muted(ui, tn("imports-new", total.new));
            if report.refused > 0 {
                widgets::status_label(ui, StatusKind::Warn, &tn("imports-refused", report.refused));
            }
            widgets::at_right(ui, |ui| {
                let hint = t("imports-remove");
                if ui.add_enabled_ui(cx.can_write, |ui| widgets::icon_button(ui, Icon::Trash, hint)).inner.clicked() {
                    cx.want(Intent::RemoveImport(entry.key));
                }
                if ui.button(t("imports-report")).clicked() {
                    self.report = Some(report.clone());
                }
                if entry.kind == "git"
                    && cx.snapshot.uncounted_commits > 0
                    && ui.button(t("imports-count-lines")).clicked()
                {
                    cx.want(Intent::CountLines(entry.source.clone().into()));
                }
            });
        });
    }

    fn records_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let records = cx.snapshot.records.clone();
        let mine: Vec<&Record> = records.iter().filter(|record| tab_of(record) == Some(self.tab)).collect();
        widgets::card(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal(|ui| {
                widgets::muted(ui, hint(self.tab));
                widgets::at_right(ui, |ui| {
                    if ui.add_enabled(cx.can_write, egui::Button::new(t("sources-add"))).clicked() {
                        self.editor = Some(Editor::new_record(&new_record(self.tab)));
                    }
                });
            });
            if mine.is_empty() {
                let is_rules = self.tab == Tab::Rules;
                let (words, action) = if is_rules {
                    (t("sources-no-rules"), Some(t("sources-add-rule")))
                } else {
                    (t("sources-none"), None)
                };
                if widgets::empty_state(ui, Icon::Sources, words, action.filter(|_| cx.can_write)) {
                    self.editor = Some(Editor::new_record(&new_record(self.tab)));
                }
            }
            for record in mine {
                self.record_ui(ui, record, cx);
            }
        });
    }

    fn record_ui(&mut self, ui: &mut Ui, record: &Record, cx: &mut Cx<'_>) {
        let (name, words, is_placeholder) = describe(record, cx);
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(220.0, 20.0), |ui| {
                ui.set_min_width(220.0);
                ui.add(egui::Label::new(RichText::new(name).color(cx.tokens.strong)).truncate());
            });
            widgets::muted(ui, words);
            if is_placeholder {
                widgets::badge(ui, t("sources-placeholder"), StatusKind::Warn);
            }
            widgets::at_right(ui, |ui| {
                if widgets::icon_button(ui, Icon::Edit, t("sources-edit")).clicked() {
                    self.editor = Some(Editor::of(record));
                }
            });
        });
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&["kind", "name", "detail"]);
        for entry in cx.snapshot.imports.iter() {
            table.rows.push(vec!["import".to_owned(), entry.source.clone(), Time(entry.at).to_string()]);
        }
        for record in cx.snapshot.records.iter() {
            let (name, words, _) = describe(record, cx);
            table.rows.push(vec![record.type_name().to_owned(), name, words]);
        }
        table
    }
}

fn tab_of(record: &Record) -> Option<Tab> {
    match record {
        Record::Service(_) => Some(Tab::Services),
        Record::Environment(_) => Some(Tab::Environments),
        Record::Team(_) => Some(Tab::Teams),
        Record::DeploymentRule(_) => Some(Tab::Rules),
        _ => None,
    }
}

fn hint(tab: Tab) -> &'static str {
    match tab {
        Tab::Imports => "",
        Tab::Services => t("sources-services-hint"),
        Tab::Environments => t("sources-environments-hint"),
        Tab::Teams => t("sources-teams-hint"),
        Tab::Rules => t("sources-rules-hint"),
    }
}

fn new_record(tab: Tab) -> Record {
    use crate::model::record::*;
    let connection = FILE_CONNECTION.to_owned();
    let (id, name) = (String::new(), String::new());
    match tab {
        Tab::Environments => {
            Record::Environment(Environment { connection, id, name, class: EnvironmentClass::Production, order: None })
        }
        Tab::Teams => editor::new_team(),
        Tab::Rules => Record::DeploymentRule(DeploymentRule {
            connection,
            id: uuid::Uuid::now_v7().to_string(),
            service: String::new(),
            environment: String::new(),
            run_connection: None,
            pipeline: None,
            stage: None,
            branch: Some("main|master".to_owned()),
        }),
        _ => Record::Service(Service { connection, id, name, team: None, tier: None, repo: None, slo: None }),
    }
}

/// A record's name, what else there is to say, and whether only its name is known.
fn describe(record: &Record, cx: &Cx<'_>) -> (String, String, bool) {
    let catalog = &cx.snapshot.data.catalog;
    match record {
        Record::Service(service) => {
            let entry = catalog.services.iter().find(|e| e.id == service.id && e.connection == service.connection);
            let team = service.team.as_deref().map_or(t("sources-no-team"), |team| catalog.team_name(team));
            let repo = service.repo.as_deref().map(|repo| format!(" · {repo}")).unwrap_or_default();
            (service.name.clone(), format!("{team}{repo}"), entry.is_some_and(|entry| entry.placeholder))
        }
        Record::Environment(environment) => {
            let same = |e: &&crate::model::columns::EnvironmentEntry| {
                e.id == environment.id && e.connection == environment.connection
            };
            let entry = catalog.environments.iter().find(same);
            let words = editor::class_words(environment.class).to_owned();
            (environment.name.clone(), words, entry.is_some_and(|entry| entry.placeholder))
        }
        Record::Team(team) => {
            let services = catalog
                .teams
                .iter()
                .find(|entry| entry.id == team.id)
                .map_or(0, |entry| catalog.services.iter().filter(|service| service.team == entry.key).count());
            (team.name.clone(), tn("sources-team-services", services as u64), false)
        }
        Record::DeploymentRule(rule) => {
            let part = |pattern: &Option<String>| pattern.clone().unwrap_or_else(|| "*".to_owned());
            let (pipeline, stage, branch) = (part(&rule.pipeline), part(&rule.stage), part(&rule.branch));
            let words = ta("sources-rule", &[("pipeline", &pipeline), ("stage", &stage), ("branch", &branch)]);
            (format!("{} → {}", rule.service, rule.environment), words, false)
        }
        other => (other.type_name().to_owned(), String::new(), false),
    }
}
