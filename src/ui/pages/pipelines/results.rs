//! What the open run left behind: tests and files, asked of its system when a person opens the section.

use egui::{CollapsingHeader, RichText, Ui};

use crate::engine::{ArtifactRef, Cancel, Caps, DeskEvent, DeskTask, TestReport};
use crate::model::record::Run;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

/// Failures that are listed in the panel.
const MOST_LISTED: usize = 50;

#[derive(Default)]
enum Asked<T> {
    #[default]
    Not,
    Waits,
    Came(Result<T, String>),
}

struct Saving {
    artifact: String,
    come: u64,
    cancel: Cancel,
}

#[derive(Default)]
pub struct Results {
    /// The run that all of this is of.
    run: Option<(String, u32)>,
    tests: Asked<Option<TestReport>>,
    files: Asked<Vec<ArtifactRef>>,
    saving: Vec<Saving>,
}

impl Results {
    pub fn take(&mut self, event: &DeskEvent) {
        let is_ours = |run: &Run| self.run == Some((run.id.clone(), run.attempt));
        match event {
            DeskEvent::Tests(run, tests) if is_ours(run) => self.tests = Asked::Came(tests.clone()),
            DeskEvent::Artifacts(run, files) if is_ours(run) => self.files = Asked::Came(files.clone()),
            DeskEvent::Saving(id, come) => {
                self.saving.iter_mut().filter(|saving| saving.artifact == *id).for_each(|saving| saving.come = *come);
            }
            DeskEvent::Saved(id, _) => self.saving.retain(|saving| saving.artifact != *id),
            _ => {}
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, run: &Run, caps: &Caps, cx: &mut Cx<'_>) {
        let this = (run.id.clone(), run.attempt);
        if self.run.as_ref() != Some(&this) {
            // Downloads go on, whatever run is open.
            *self = Self { run: Some(this), saving: std::mem::take(&mut self.saving), ..Self::default() };
        }
        if caps.tests && run.is_over() {
            self.tests_ui(ui, run, cx);
        }
        if caps.artifacts {
            self.files_ui(ui, run, cx);
        }
    }

    fn tests_ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
        section(ui, "tests", t("run-tests"), cx, |ui, cx| match &self.tests {
            Asked::Not => {
                self.tests = Asked::Waits;
                cx.want(Intent::Desk(Box::new(DeskTask::Tests(Box::new(run.clone())))));
            }
            Asked::Waits => waits(ui),
            Asked::Came(Err(why)) => {
                if failed_ui(ui, why) {
                    self.tests = Asked::Not;
                }
            }
            Asked::Came(Ok(None)) => {
                widgets::muted(ui, t("run-tests-none"));
            }
            Asked::Came(Ok(Some(report))) => report_ui(ui, report, cx),
        });
    }

    fn files_ui(&mut self, ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
        section(ui, "files", t("run-files"), cx, |ui, cx| match &self.files {
            Asked::Not => {
                self.files = Asked::Waits;
                cx.want(Intent::Desk(Box::new(DeskTask::Artifacts(Box::new(run.clone())))));
            }
            Asked::Waits => waits(ui),
            Asked::Came(Err(why)) => {
                if failed_ui(ui, why) {
                    self.files = Asked::Not;
                }
            }
            Asked::Came(Ok(files)) if files.is_empty() => {
                widgets::muted(ui, t("run-files-none"));
            }
            Asked::Came(Ok(files)) => {
                for file in files {
                    file_ui(ui, run, file, &mut self.saving, cx);
                }
            }
        });
    }
}

fn section(ui: &mut Ui, id: &str, title: &str, cx: &mut Cx<'_>, add: impl FnOnce(&mut Ui, &mut Cx<'_>)) {
    ui.add_space(8.0);
    let words = RichText::new(title).text_style(crate::ui::theme::text::h2()).color(cx.tokens.strong);
    CollapsingHeader::new(words).id_salt(("run results", id)).show(ui, |ui| add(ui, cx));
}

fn waits(ui: &mut Ui) {
    widgets::muted(ui, t("run-asking"));
}

/// Why it did not come; true where it is to be asked again.
fn failed_ui(ui: &mut Ui, why: &str) -> bool {
    ui.add(egui::Label::new(why).wrap());
    ui.button(t("run-ask-again")).clicked()
}

fn report_ui(ui: &mut Ui, report: &TestReport, cx: &Cx<'_>) {
    ui.horizontal_wrapped(|ui| {
        let count = format::count;
        for (n, kind, words) in [
            (report.passed, StatusKind::Ok, ta("run-tests-passed", &[("n", &count(report.passed))])),
            (report.failed, StatusKind::Crit, ta("run-tests-failed", &[("n", &count(report.failed))])),
            (report.skipped, StatusKind::Unknown, ta("run-tests-skipped", &[("n", &count(report.skipped))])),
        ] {
            if n > 0 {
                widgets::status_label(ui, kind, &words);
            }
        }
    });
    for (at, failure) in report.failures.iter().take(MOST_LISTED).enumerate() {
        let name = RichText::new(&failure.name).color(cx.tokens.strong);
        match &failure.message {
            None => {
                ui.add(egui::Label::new(name).truncate()).on_hover_text(&failure.name);
            }
            Some(message) => {
                CollapsingHeader::new(name).id_salt(("failure", at)).show(ui, |ui| {
                    ui.add(egui::Label::new(RichText::new(message).monospace()).wrap().selectable(true));
                });
            }
        }
    }
    if report.failed as usize > MOST_LISTED.min(report.failures.len()) {
        let more = report.failed - MOST_LISTED.min(report.failures.len()) as u64;
        widgets::muted(ui, tn("run-tests-more", more));
    }
}

fn file_ui(ui: &mut Ui, run: &Run, file: &ArtifactRef, saving: &mut Vec<Saving>, cx: &mut Cx<'_>) {
    let under_way = saving.iter().find(|saving| saving.artifact == file.id);
    let name = |ui: &mut Ui| {
        ui.add(egui::Label::new(&file.name).truncate()).on_hover_text(&file.name);
    };
    let (_, wants) = egui::Sides::new().shrink_left().truncate().show(ui, name, |ui| {
        let Some(under_way) = under_way else {
            let can = !file.is_expired;
            let wants = ui.add_enabled(can, egui::Button::new(t("run-file-save")).small()).clicked();
            let size = file.bytes.filter(|_| can).map(format::bytes);
            widgets::muted(
                ui,
                size.unwrap_or_else(|| if can { String::new() } else { t("run-file-expired").to_owned() }),
            );
            return wants;
        };
        if ui.small_button(t("run-file-stop")).clicked() {
            under_way.cancel.cancel();
        }
        match file.bytes.filter(|bytes| *bytes > 0) {
            Some(bytes) => {
                let share = (under_way.come as f32 / bytes as f32).min(1.0);
                widgets::progress_bar(ui, share, 80.0, t("run-file-progress"));
            }
            None => {
                widgets::muted(ui, format::bytes(under_way.come));
            }
        }
        false
    });
    if wants {
        let cancel = Cancel::default();
        saving.push(Saving { artifact: file.id.clone(), come: 0, cancel: cancel.clone() });
        cx.want(Intent::SaveArtifact(Box::new(run.clone()), Box::new(file.clone()), cancel));
    }
}
