//! What asks before an import, and what tells after one.

use std::path::{Path, PathBuf};

use egui::{RichText, ScrollArea, Ui};

use super::Cx;
use super::csv_mapping::{MappingDone, MappingForm};
use crate::engine::{CsvPreview, ImportOptions, ImportReport, ImportRequest, Question, Source, describe_refusal};
use crate::model::zone_from_name;
use crate::ui::cx::{AddKind, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme;
use crate::ui::widgets::{self, Chooses};

pub enum Dialog {
    Add(Box<Add>),
    Report { report: Box<ImportReport>, tried: Option<Box<Add>> },
}

pub struct Add {
    kind: AddKind,
    path: String,
    service: String,
    zone: String,
    /// Of a calendar file: whose days it takes, or the team whose holidays it holds.
    person: String,
    holidays_of: String,
    strict: bool,
    error: Option<String>,
    is_fresh: bool,
    /// What is to happen once the columns of the CSV file are known.
    waiting: Option<Next>,
    /// The columns are known: import at the next frame, for a trial or in earnest.
    ready: Option<bool>,
    /// What the columns of the CSV file mean; shown in place of the form.
    mapping: Option<MappingForm>,
    /// A trial was asked for: the form is wanted again beside its report.
    is_tried: bool,
    /// The file chooser of the desktop, running on a thread.
    chooser: widgets::Chooser,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Map,
    Import { dry_run: bool },
}

impl Dialog {
    pub fn add(kind: AddKind, path: Option<PathBuf>) -> Self {
        Self::Add(Box::new(Add {
            kind,
            path: path.map(|path| path.display().to_string()).unwrap_or_default(),
            service: String::new(),
            zone: String::new(),
            person: String::new(),
            holidays_of: String::new(),
            strict: false,
            error: None,
            is_fresh: true,
            waiting: None,
            ready: None,
            mapping: None,
            is_tried: false,
            chooser: widgets::Chooser::default(),
        }))
    }

    /// The report of an import; of a trial with the form that asked for it, so that it can be done in earnest.
    pub fn report(report: ImportReport, tried: Option<Box<Add>>) -> Self {
        Self::Report { report: Box::new(report), tried }
    }

    /// The form, where it has just asked for a trial.
    pub fn into_tried(self) -> Option<Box<Add>> {
        match self {
            Self::Add(add) if add.is_tried => Some(add),
            _ => None,
        }
    }

    /// Draws the dialog; `false` when it is done.
    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let mut back = None;
        let is_mapping = matches!(self, Self::Add(add) if add.mapping.is_some());
        let modal = widgets::modal(ui, "dialog").show(ui.ctx(), |ui| {
            ui.set_width(if is_mapping { 680.0 } else { 560.0 });
            keep = match self {
                Self::Add(add) => add.ui(ui, cx),
                Self::Report { report, tried } => {
                    report_ui(ui, report, cx);
                    match report_buttons_ui(ui, tried.as_deref_mut(), cx) {
                        ReportDone::Open => true,
                        ReportDone::Closed => false,
                        ReportDone::Back => {
                            back = tried.take();
                            true
                        }
                    }
                }
            };
        });
        if let Some(add) = back {
            *self = Self::Add(add);
            widgets::holds_draft(&modal);
        }
        if matches!(self, Self::Report { tried: Some(_), .. }) {
            widgets::holds_draft(&modal);
        }
        !widgets::is_dismissed(&modal) && keep
    }
}

impl Add {
    fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        if let Some(chosen) = self.chooser.chosen() {
            self.path = chosen.display().to_string();
        }
        if let Some(dry_run) = self.ready.take() {
            return !self.import(cx, dry_run);
        }
        if let Some(form) = &mut self.mapping {
            return match form.ui(ui) {
                MappingDone::Open => true,
                MappingDone::Back => {
                    self.mapping = None;
                    true
                }
                MappingDone::Import { dry_run } => !self.import(cx, dry_run),
            };
        }
        widgets::heading(ui, t("add-title"));
        let kinds = [
            (AddKind::File, t("add-file")),
            (AddKind::Folder, t("add-folder")),
            (AddKind::Repository, t("add-repository")),
        ];
        widgets::tabs(ui, &mut self.kind, &kinds);
        widgets::muted(
            ui,
            match self.kind {
                AddKind::File => t("add-file-hint"),
                AddKind::Folder => t("add-folder-hint"),
                AddKind::Repository => t("add-repository-hint"),
            },
        );
        widgets::form_row(ui, t("add-path"), |ui| {
            let field = widgets::text_field(ui, t("add-path"), &mut self.path, 300.0);
            if std::mem::take(&mut self.is_fresh) {
                field.request_focus();
            }
            if ui.button(t("add-browse")).clicked() {
                let what = if self.kind == AddKind::File { Chooses::File } else { Chooses::Folder };
                self.chooser.open(ui.ctx(), what, &self.path);
            }
        });
        if self.kind != AddKind::Repository {
            widgets::form_row(ui, t("add-service"), |ui| {
                widgets::text_field(ui, t("add-service"), &mut self.service, 200.0);
                widgets::caption(ui, t("add-service-hint"));
            });
            widgets::form_row(ui, t("add-zone"), |ui| {
                widgets::text_field(ui, t("add-zone"), &mut self.zone, 200.0);
                widgets::caption(ui, t("add-zone-hint"));
            });
            if self.path.trim().to_ascii_lowercase().ends_with(".ics") {
                self.calendar_ui(ui, cx);
            }
            widgets::form_row(ui, "", |ui| ui.checkbox(&mut self.strict, t("add-strict")));
        }
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(theme::tokens(ui).crit));
        }
        let mut keep = true;
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            widgets::at_right(ui, |ui| {
                let is_entered = widgets::hears_enter(ui) && !self.path.is_empty();
                if widgets::primary_button(ui, t("add-import")).clicked() || is_entered {
                    keep = !self.go_on(cx, Next::Import { dry_run: false });
                }
                if ui.button(t("add-dry-run")).clicked() {
                    keep = !self.go_on(cx, Next::Import { dry_run: true });
                }
                if self.is_csv() && ui.button(t("add-columns")).clicked() {
                    self.go_on(cx, Next::Map);
                }
                if ui.button(t("cancel")).clicked() {
                    keep = false;
                }
            });
        });
        keep
    }

    /// Whose days a calendar file takes.
    fn calendar_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        widgets::form_row(ui, t("add-person"), |ui| {
            widgets::text_field(ui, t("add-person"), &mut self.person, 200.0);
            widgets::caption(ui, t("add-person-hint"));
        });
        widgets::form_row(ui, t("add-holidays"), |ui| {
            let teams = cx.snapshot.data.catalog.teams.iter().map(|team| (team.id.as_str(), team.name.as_str()));
            crate::ui::pages::choice(ui, "holidays of", &mut self.holidays_of, t("add-no-holidays"), teams);
        });
    }

    fn is_csv(&self) -> bool {
        let path = PathBuf::from(self.path.trim());
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
        self.kind == AddKind::File && matches!(ending.as_deref(), Some("csv" | "tsv" | "txt"))
    }

    /// Imports, after a look at the columns where the file is a table; `true` once the import has begun.
    fn go_on(&mut self, cx: &mut Cx<'_>, next: Next) -> bool {
        if let Next::Import { dry_run } = next
            && !self.is_csv()
        {
            return self.import(cx, dry_run);
        }
        self.error = None;
        self.waiting = Some(next);
        cx.want(Intent::Ask(Question::CsvColumns(PathBuf::from(self.path.trim()))));
        false
    }

    /// Goes on with the columns: to the import where they are known, else to the mapping.
    pub fn take_columns(&mut self, path: &Path, columns: Result<Box<CsvPreview>, String>) {
        let Some(next) = self.waiting.take().filter(|_| path == Path::new(self.path.trim())) else { return };
        match (columns, next) {
            (Err(why), _) => self.error = Some(why),
            (Ok(columns), Next::Import { dry_run }) if columns.is_sure && columns.guess.missing().is_empty() => {
                self.ready = Some(dry_run);
            }
            (Ok(columns), _) => self.mapping = Some(MappingForm::new(path, *columns)),
        }
    }

    /// Starts the import; `false` where something is missing.
    fn import(&mut self, cx: &mut Cx<'_>, dry_run: bool) -> bool {
        let path = PathBuf::from(self.path.trim());
        if self.path.trim().is_empty() || !path.exists() {
            self.error = Some(ta("add-no-path", &[("path", self.path.trim())]));
            return false;
        }
        let zone = self.zone.trim();
        let named = if zone.is_empty() { None } else { zone_from_name(zone) };
        if !zone.is_empty() && named.is_none() {
            self.error = Some(ta("add-no-zone", &[("zone", zone)]));
            return false;
        }
        let service = Some(self.service.trim().to_owned()).filter(|service| !service.is_empty());
        let is_repository = self.kind == AddKind::Repository;
        let source = if is_repository { Source::Git { path, name: None } } else { Source::Paths(vec![path]) };
        let options = ImportOptions {
            zone: named,
            service,
            person: given(&self.person),
            holidays_of: given(&self.holidays_of),
            incident_labels: cx.snapshot.settings.incident_labels.clone(),
            csv_mapping: self.mapping.as_ref().map(MappingForm::mapping),
            ..ImportOptions::default()
        };
        self.is_tried = dry_run;
        cx.want(Intent::Import(Box::new(ImportRequest { source, options, dry_run, strict: self.strict })));
        true
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// What an import did, down to the refused lines.
pub fn report_ui(ui: &mut Ui, report: &ImportReport, cx: &mut Cx<'_>) {
    let tokens = theme::tokens(ui);
    let title = if report.dry_run { t("report-dry-title") } else { t("report-title") };
    widgets::heading(ui, title);
    ui.add(egui::Label::new(RichText::new(&report.source).monospace().color(tokens.muted)).truncate());
    egui::Grid::new("report").num_columns(4).spacing([24.0, 4.0]).show(ui, |ui| {
        for words in ["", t("report-new"), t("report-changed"), t("report-same")] {
            widgets::caption(ui, words);
        }
        ui.end_row();
        for (kind, counts) in &report.records {
            ui.label(kind.replace('_', " "));
            for n in [counts.new, counts.changed, counts.same] {
                widgets::number_cell(ui, 64.0, format::count(n));
            }
            ui.end_row();
        }
    });
    if report.records.is_empty() {
        widgets::muted(ui, t("report-nothing"));
    }
    if let Some(git) = &report.git {
        let numbers = [
            ("branches", git.branches.len().to_string()),
            ("tags", git.tags.to_string()),
            ("merges", git.first_parent_merges.to_string()),
        ];
        let args: Vec<(&'static str, &str)> = numbers.iter().map(|(name, n)| (*name, n.as_str())).collect();
        widgets::muted(ui, ta("report-git", &args));
        if git.is_shallow {
            ui.label(RichText::new(t("report-shallow")).color(tokens.warn));
        }
    }
    if report.zone_assumed > 0 {
        widgets::muted(ui, tn("report-zone", report.zone_assumed));
    }
    if !report.placeholders.is_empty() {
        let names: Vec<String> = report.placeholders.iter().map(|(kind, id)| format!("{kind} {id}")).take(8).collect();
        ui.label(ta("report-placeholders", &[("names", &names.join(", "))]));
    }
    if !report.unknown_keys.is_empty() {
        ScrollArea::vertical().id_salt("left out").max_height(140.0).auto_shrink([false, true]).show(ui, |ui| {
            for (key, n) in &report.unknown_keys {
                widgets::muted(ui, ta("report-unknown-key", &[("key", key), ("n", &n.to_string())]));
            }
        });
    }
    if report.refused > 0 {
        widgets::status_label(ui, theme::StatusKind::Warn, &tn("report-refused", report.refused));
        ScrollArea::vertical().id_salt("refusals").max_height(180.0).auto_shrink([false, true]).show_rows(
            ui,
            18.0,
            report.refusals.len(),
            |ui, range| {
                for (file, refusal) in &report.refusals[range] {
                    let line = describe_refusal(file, refusal);
                    ui.add(egui::Label::new(RichText::new(&line).monospace()).truncate()).on_hover_text(line);
                }
            },
        );
        if ui.button(t("report-copy")).clicked() {
            let lines: Vec<String> =
                report.refusals.iter().map(|(file, refusal)| describe_refusal(file, refusal)).collect();
            cx.want(Intent::Copy(lines.join("\n")));
        }
    }
    widgets::caption(ui, ta("report-seconds", &[("s", &format!("{:.1}", report.seconds))]));
}

enum ReportDone {
    Open,
    Closed,
    Back,
}

fn report_buttons_ui(ui: &mut Ui, tried: Option<&mut Add>, cx: &mut Cx<'_>) -> ReportDone {
    let mut done = ReportDone::Open;
    ui.horizontal(|ui| {
        widgets::at_right(ui, |ui| match tried {
            None => {
                if widgets::primary_button(ui, t("report-done")).clicked() {
                    done = ReportDone::Closed;
                }
            }
            Some(add) => {
                if widgets::primary_button(ui, t("report-import-now")).clicked() && add.import(cx, false) {
                    done = ReportDone::Closed;
                }
                if ui.button(t("report-back")).clicked() {
                    done = ReportDone::Back;
                }
            }
        });
    });
    done
}
