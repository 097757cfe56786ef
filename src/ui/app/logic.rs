//! What happens between frames: events are drained, wishes are done. Nothing here waits.

use egui::ThemePreference;

use super::command::UiCommand;
use super::dialogs::Dialog;
use super::export::PageExport;
use super::palette::{Choice, Palette};
use super::{App, JobLine, cx};
use crate::engine::{
    Answer, Appearance, Command, Event, ExportFormat, ImportRequest, JobId, JobResult, Question, Settings, Way,
};
use crate::metrics::Filter;
use crate::ui::cx::{AddKind, Cx, ExportKind, Intent, Page, Scope};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme;
use crate::ui::widgets;

/// What was used, for the palette.
#[derive(Default)]
pub struct Asked {
    pub recent: Vec<UiCommand>,
}

const RECENT_KEPT: usize = 5;

impl App {
    /// Drains events, reads the keyboard, does what pages asked for. Runs before each frame, and while hidden.
    pub fn step(&mut self, ctx: &egui::Context) {
        for event in self.engine.poll() {
            self.take_event(event);
        }
        self.poll_desk(ctx);
        while let Ok((path, saved)) = self.saved.1.try_recv() {
            self.tell_saved(&path, saved);
        }
        self.apply_settings(ctx);
        if let Some(command) = UiCommand::pressed(ctx) {
            self.run_command(ctx, command);
        }
        // Closing the window once asks, too; twice it is meant.
        if ctx.input(|input| input.viewport().close_requested()) && widgets::asks_before_leaving(ctx) {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.take_dropped_files(ctx);
        self.prefs.zoom = ctx.zoom_factor();
        let intents = std::mem::take(&mut self.intents);
        for intent in intents {
            self.run_intent(ctx, intent);
        }
    }

    fn apply_settings(&mut self, ctx: &egui::Context) {
        let settings = self.snapshot.settings.clone();
        self.set_zone(&settings.zone);
        if self.is_picture || self.applied_theme == Some(settings.appearance) {
            return;
        }
        self.applied_theme = Some(settings.appearance);
        ctx.set_theme(match settings.appearance {
            Appearance::System => ThemePreference::System,
            Appearance::Dark => ThemePreference::Dark,
            Appearance::Light => ThemePreference::Light,
        });
        let seconds = if settings.animations { 0.12 } else { 0.0 };
        ctx.all_styles_mut(|style| style.animation_time = seconds);
    }

    fn take_event(&mut self, event: Event) {
        match event {
            Event::OpenFailed(why) => self.open_error = Some(why),
            Event::Published => {
                self.open_error = None;
                self.snapshot = self.engine.snapshot();
            }
            Event::LastView(view) => self.pages.show_last(*view),
            Event::Answer(Answer::Failed(what, why)) => {
                self.toasts.error(ta("error-answer", &[("what", what), ("why", &why)]));
            }
            Event::Answer(Answer::CsvColumns(path, columns)) => {
                if let Some(Dialog::Add(add)) = &mut self.dialog {
                    add.take_columns(&path, columns);
                }
            }
            Event::Answer(Answer::Drawing(Err(why))) => self.toasts.error(why),
            Event::Answer(answer) => {
                self.pages.take(answer);
            }
            Event::Progress(job, progress) => {
                if let Some(line) = self.jobs.get_mut(&job) {
                    (line.done, line.total) = (progress.done, progress.total);
                }
            }
            Event::JobEnded(job, result) => self.end_job(job, result),
            Event::CommandDone(done) => {
                self.pages.forget_details();
                self.toasts.forget_undoable();
                match done.way {
                    Way::Done => self.toasts.undoable(done.name),
                    Way::Undone => self.toasts.good(ta("toast-undone", &[("name", &done.name)])),
                    Way::DoneAgain => self.toasts.good(ta("toast-redone", &[("name", &done.name)])),
                    Way::Quiet => {}
                }
            }
            Event::CommandFailed(why) => self.toasts.error(why),
        }
    }

    fn end_job(&mut self, job: JobId, result: Result<JobResult, (String, bool)>) {
        self.jobs.remove(&job);
        match result {
            Ok(JobResult::Imported(report)) => {
                let total = report.total();
                let (new, changed) = (format::count(total.new), format::count(total.changed));
                let counts: [(&str, &str); 2] = [("new", &new), ("changed", &changed)];
                if report.dry_run {
                    self.toasts.note(ta("toast-would-import", &counts));
                } else {
                    self.toasts.good(ta("toast-imported", &counts));
                }
                if report.refused > 0 && !report.dry_run {
                    self.toasts.warn(tn("toast-refused", report.refused));
                }
                if report.git.is_some() && !report.dry_run && self.snapshot.uncounted_commits > 0 {
                    self.intents.push(Intent::CountLines(report.source.clone().into()));
                }
                let tried = self.tried.take().filter(|_| report.dry_run);
                self.dialog = Some(Dialog::report(*report, tried));
            }
            Ok(JobResult::Counted(n)) => self.toasts.good(tn("toast-counted", n)),
            Ok(JobResult::Removed) => self.toasts.good(t("toast-removed")),
            Ok(JobResult::BackedUp(path)) => {
                self.toasts.good(ta("toast-backed-up", &[("path", &path.display().to_string())]));
            }
            Ok(JobResult::Checked(checked)) if checked.complaints.is_empty() => {
                self.toasts.good(t("toast-checked"));
            }
            Ok(JobResult::Checked(checked)) => {
                self.toasts.error(ta("toast-damaged", &[("why", &checked.complaints.join("; "))]));
            }
            Ok(JobResult::Exported(path, n)) => {
                let path = path.display().to_string();
                self.toasts.good(ta("toast-exported", &[("n", &format::count(n)), ("path", &path)]));
            }
            Ok(JobResult::Restored(kept)) => {
                // Another file stands there now: the filter's keys may mean other things in it.
                self.prefs.scope.filter = Filter::default();
                let kept = kept.map(|path| path.display().to_string()).unwrap_or_default();
                self.toasts.good(ta("toast-restored", &[("path", &kept)]));
            }
            Err((_, true)) => self.toasts.warn(t("toast-cancelled")),
            Err((why, false)) => self.toasts.error(why),
        }
    }

    fn take_dropped_files(&mut self, ctx: &egui::Context) {
        let dropped: Vec<std::path::PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        if let Some(path) = dropped.into_iter().next() {
            let kind = if path.join(".git").exists() { AddKind::Repository } else { AddKind::File };
            self.dialog = Some(Dialog::add(kind, Some(path)));
        }
    }

    fn line(&mut self, job: JobId, name: String, can_cancel: bool) {
        self.jobs.insert(job, JobLine { name, done: 0, total: 0, can_cancel });
    }

    pub fn run_command(&mut self, ctx: &egui::Context, command: UiCommand) {
        if !matches!(command, UiCommand::Palette | UiCommand::Close | UiCommand::Undo | UiCommand::Redo) {
            self.last_asked.recent.retain(|used| *used != command);
            self.last_asked.recent.push(command);
            if self.last_asked.recent.len() > RECENT_KEPT {
                self.last_asked.recent.remove(0);
            }
        }
        if matches!(command, UiCommand::Palette | UiCommand::Help | UiCommand::Go(_) | UiCommand::New) {
            egui::Popup::close_all(ctx);
        }
        match command {
            UiCommand::Palette => {
                let run = self.pages.pipelines.run_acts().filter(|_| self.prefs.page == Page::Pipelines);
                self.palette = Some(Palette::new(&self.snapshot, &self.last_asked.recent, run));
            }
            UiCommand::Go(page) => self.go(page),
            UiCommand::Filter => self.pages.focus_filter(self.prefs.page),
            UiCommand::Sidebar => self.prefs.nav_open = !self.prefs.nav_open,
            UiCommand::Undo if self.snapshot.undo_name.is_none() => self.toasts.note(t("toast-nothing-to-undo")),
            UiCommand::Undo => self.intents.push(Intent::Command(Command::Undo)),
            UiCommand::Redo if self.snapshot.redo_name.is_none() => self.toasts.note(t("toast-nothing-to-redo")),
            UiCommand::Redo => self.intents.push(Intent::Command(Command::Redo)),
            UiCommand::New | UiCommand::AddFile => match self.prefs.page {
                Page::Plan if command == UiCommand::New => self.pages.plan.new_item(),
                Page::Delivery | Page::Loop if command == UiCommand::New => self.intents.push(Intent::NewIncident),
                _ => self.dialog = Some(Dialog::add(AddKind::File, None)),
            },
            UiCommand::AddFolder => self.dialog = Some(Dialog::add(AddKind::Folder, None)),
            UiCommand::AddRepository => self.dialog = Some(Dialog::add(AddKind::Repository, None)),
            UiCommand::Back => {
                if let Some(page) = self.back.pop() {
                    self.forward.push(self.prefs.page);
                    self.prefs.page = page;
                }
            }
            UiCommand::Forward => {
                if let Some(page) = self.forward.pop() {
                    self.back.push(self.prefs.page);
                    self.prefs.page = page;
                }
            }
            UiCommand::Close => self.close_topmost(ctx),
            UiCommand::Help => self.help_open = true,
            UiCommand::SyncNow => self.sync_all(),
            UiCommand::StartPipeline => self.intents.push(Intent::StartPipeline(None)),
            UiCommand::ConnectSystem => self.intents.push(Intent::ConnectSystem),
            UiCommand::RecordIncident => self.intents.push(Intent::NewIncident),
            UiCommand::NewItem => {
                self.go(Page::Plan);
                self.pages.plan.new_item();
            }
            UiCommand::NewSprint => {
                self.go(Page::Plan);
                self.pages.plan.new_sprint();
            }
            UiCommand::PlanTogether => {
                self.go(Page::Plan);
                self.pages.plan.plan_together();
            }
            UiCommand::AskOperations => {
                self.go(Page::Plan);
                self.pages.plan.ask_operations();
            }
            UiCommand::CompareDefinitions => {
                self.go(Page::Delivery);
                self.pages.delivery.open_compare();
            }
            UiCommand::Tables if self.prefs.page == Page::Plan => self.pages.plan.toggle_tables(),
            UiCommand::Tables => {
                self.go(Page::Delivery);
                self.pages.delivery.toggle_tables();
            }
            UiCommand::Export(kind) => self.intents.push(Intent::Export(kind)),
            UiCommand::Backup => self.intents.push(Intent::Backup),
            UiCommand::Check => self.intents.push(Intent::Check),
            UiCommand::ThemeSystem => self.set_appearance(Appearance::System),
            UiCommand::ThemeDark => self.set_appearance(Appearance::Dark),
            UiCommand::ThemeLight => self.set_appearance(Appearance::Light),
            UiCommand::Quit => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
            UiCommand::ZoomIn => ctx.set_zoom_factor((ctx.zoom_factor() + 0.1).min(2.0)),
            UiCommand::ZoomOut => ctx.set_zoom_factor((ctx.zoom_factor() - 0.1).max(0.75)),
            UiCommand::ZoomReset => ctx.set_zoom_factor(1.0),
        }
    }

    fn set_appearance(&mut self, appearance: Appearance) {
        let settings = Settings { appearance, ..(*self.snapshot.settings).clone() };
        self.intents.push(Intent::Settings(Box::new(settings)));
    }

    /// Escape closes one thing at a time.
    fn close_topmost(&mut self, ctx: &egui::Context) {
        if widgets::drop_question_took_escape(ctx) {
            return;
        }
        if self.palette.take().is_some() || self.dialog.take().is_some() {
            return;
        }
        if std::mem::take(&mut self.help_open) || std::mem::take(&mut self.bell_open) {
            return;
        }
        if !self.pages.close_topmost(self.prefs.page) {
            self.toasts.close_newest();
        }
    }

    pub fn choose(&mut self, ctx: &egui::Context, choice: Choice) {
        let mut filter = Filter::default();
        match choice {
            Choice::Command(command) => return self.run_command(ctx, command),
            Choice::Service(key) => filter.services.push(key),
            Choice::Team(key) => filter.teams.push(key),
            Choice::Pipeline(key) => filter.pipelines.push(key),
            Choice::Run(act) => return self.pages.pipelines.press(act),
            Choice::Preset(name) => return self.intents.push(Intent::StartPreset(name)),
        }
        let page = if filter.pipelines.is_empty() { Page::Delivery } else { Page::Pipelines };
        self.prefs.scope = Scope { filter, ..self.prefs.scope.clone() };
        self.go(page);
    }

    fn run_intent(&mut self, ctx: &egui::Context, intent: Intent) {
        match intent {
            Intent::Ask(question) => self.ask(question),
            Intent::Command(command) => {
                if !self.engine.command(command) {
                    self.toasts.warn(t("toast-busy"));
                }
            }
            Intent::Settings(settings) => {
                self.engine.command(Command::SaveSettings(settings));
            }
            Intent::Go(page) => self.go(page),
            Intent::OpenItem(id) => {
                self.pages.plan.open_item(id);
                self.go(Page::Plan);
            }
            Intent::OpenSprint(id) => {
                self.pages.plan.open_sprint(id);
                self.go(Page::Plan);
            }
            Intent::Scope(scope) => self.prefs.scope = scope,
            Intent::Import(request) => self.import(*request),
            Intent::CountLines(path) => {
                let job = self.engine.count_lines(path);
                self.line(job, t("job-count-lines").to_owned(), true);
            }
            Intent::RemoveImport(key) => {
                let job = self.engine.remove_import(key);
                self.line(job, t("job-remove").to_owned(), false);
            }
            Intent::Cancel(job) => self.engine.cancel(job),
            Intent::Backup => {
                let to = self.dated_name("backup.db");
                let job = self.engine.backup(to);
                self.line(job, t("job-backup").to_owned(), false);
            }
            Intent::Check => {
                let job = self.engine.check();
                self.line(job, t("job-check").to_owned(), false);
            }
            Intent::Restore(path) => {
                // It writes the file that is about to be replaced.
                self.desk = None;
                let job = self.engine.restore(path);
                self.line(job, t("job-restore").to_owned(), false);
            }
            Intent::ExportWorkspace(path) => {
                let job = self.engine.export(path, ExportFormat::Jsonl);
                self.line(job, t("job-export").to_owned(), false);
            }
            Intent::Export(kind) => self.export(ctx, kind),
            Intent::OpenRun(key) => {
                self.go(Page::Pipelines);
                self.pages.pipelines.open_run(key);
                self.ask(Question::Run(key));
            }
            Intent::OpenDeployment(key) => {
                self.pages.deployment.open(key);
                self.ask(Question::Deployment(key));
            }
            Intent::OpenIncident(key) => {
                self.pages.incident.open(key);
                self.ask(Question::Incident(key));
            }
            Intent::OpenChange(key, deployment) => {
                self.pages.change.open(key, deployment);
                self.ask(Question::Change(key));
            }
            Intent::NewIncident => {
                let now = self.snapshot.now();
                self.pages.incident.open_new(now, &self.zone, &self.snapshot.data.catalog);
            }
            Intent::AddSource(kind) => self.dialog = Some(Dialog::add(kind, None)),
            Intent::Desk(task) => self.ask_desk(ctx, *task),
            Intent::StopSync(name) => {
                if let Some(desk) = &self.desk {
                    desk.stop_sync(&name);
                }
            }
            Intent::ConnectSystem => {
                self.go(Page::Settings);
                self.pages.settings.connections.open_new();
            }
            Intent::StartPipeline(place) => self.with_cx(ctx, |pages, cx| pages.start.open(place, cx)),
            Intent::StartPreset(name) => self.with_cx(ctx, |pages, cx| pages.start.open_preset(&name, cx)),
            Intent::OpenStarts => self.pages.starts.open(),
            Intent::OpenLog(run) => self.with_cx(ctx, |pages, cx| pages.log.open(run, cx)),
            Intent::SaveArtifact(run, artifact, cancel) => {
                let folder = self.downloads();
                self.ask_desk(ctx, crate::engine::DeskTask::Save(run, artifact, folder, cancel));
            }
            Intent::OpenSample => self.open_sample(ctx),
            Intent::Copy(text) => {
                ctx.copy_text(text);
                self.toasts.good(t("toast-copied"));
            }
            Intent::OpenUrl(url) => {
                let is_web = url.starts_with("https://") || url.starts_with("http://");
                if is_web {
                    ctx.open_url(egui::OpenUrl::new_tab(url));
                } else {
                    self.toasts.warn(t("toast-no-web-address"));
                }
            }
        }
    }

    fn ask(&mut self, question: Question) {
        if !self.engine.ask(question) {
            self.pages.forget_asked();
        }
    }

    fn import(&mut self, request: ImportRequest) {
        let repository = request.repository().is_some();
        let job = self.engine.import(request);
        let name = if repository { t("job-import-git") } else { t("job-import") };
        self.line(job, name.to_owned(), true);
    }

    /// Where a page is saved.
    fn export_path(&self, page: Page, ending: &str) -> std::path::PathBuf {
        let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
        self.downloads().join(format!("gemba-{}-{stamp}.{ending}", page.id()))
    }

    /// The folder of downloads, or the workspace's where there is none.
    fn downloads(&self) -> std::path::PathBuf {
        let dirs = directories::UserDirs::new();
        let downloads = dirs.as_ref().and_then(directories::UserDirs::download_dir).filter(|folder| folder.is_dir());
        let beside = || self.engine.path().parent().unwrap_or(std::path::Path::new(".")).to_owned();
        downloads.map_or_else(beside, std::path::Path::to_owned)
    }

    /// A name beside the workspace with the moment in it.
    pub(super) fn dated_name(&self, ending: &str) -> std::path::PathBuf {
        let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
        self.engine.path().with_file_name(format!("gemba-{stamp}.{ending}"))
    }

    /// The sample opens in a process of its own, on its own file: two workspaces never share a window.
    fn open_sample(&mut self, _ctx: &egui::Context) {
        let started =
            std::env::current_exe().and_then(|program| std::process::Command::new(program).arg("--demo").spawn());
        match started {
            Ok(_) => self.toasts.good(t("toast-sample-opens")),
            Err(error) => self.toasts.error(ta("toast-sample-failed", &[("why", &error.to_string())])),
        }
    }

    fn export(&mut self, ctx: &egui::Context, kind: ExportKind) {
        let page = self.prefs.page;
        if kind == ExportKind::Png {
            let to = self.export_path(page, "png");
            let (wake, path) = (ctx.clone(), to);
            let told = self.saved.0.clone();
            ctx.request_screenshot(move |image| {
                let saved = super::export::save_png(&image, &path).map_err(|error| error.to_string());
                told.try_send((path, saved)).ok(); // nobody saves more pictures at once than the queue holds
                wake.request_repaint();
            });
            ctx.request_repaint();
            return;
        }
        let tokens = theme::of(ctx.theme());
        let page_export = {
            let mut unused = Vec::new();
            let cx = Cx {
                snapshot: &self.snapshot,
                scope: &self.prefs.scope,
                zone: &self.zone,
                zone_name: &self.zone_name,
                now: self.snapshot.now(),
                tokens,
                can_write: true,
                intents: &mut unused,
            };
            self.pages.export(page, &cx)
        };
        let (ending, text) = match kind {
            ExportKind::Csv => ("csv", PageExport::csv(&page_export)),
            ExportKind::Markdown => ("md", PageExport::markdown(&page_export)),
            _ => ("json", PageExport::json(&page_export)),
        };
        let to = self.export_path(page, ending);
        let saved = std::fs::write(&to, text).map_err(|error| error.to_string());
        self.tell_saved(&to, saved);
    }

    fn tell_saved(&mut self, to: &std::path::Path, saved: Result<(), String>) {
        let path = to.display().to_string();
        match saved {
            Ok(()) => self.toasts.good(ta("toast-saved", &[("path", &path)])),
            Err(why) => self.toasts.error(ta("toast-not-saved", &[("why", &why), ("path", &path)])),
        }
    }

    /// What the pages ask in this frame, given what they see.
    pub(super) fn let_pages_ask(&mut self, ui: &egui::Ui) {
        if self.snapshot.is_loaded {
            let mut cx = cx!(self, ui);
            self.pages.ask(self.prefs.page, &mut cx);
        }
    }
}
