//! The application: state, the step that does what was asked (`logic`), and the frame around the pages (`shell`).

mod command;
mod csv_mapping;
mod desk;
mod dialogs;
pub(super) mod export;
mod inbox;
mod logic;
mod palette;
mod shell;
mod toast;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use dialogs::report_ui;

use super::cx::{Cx, Intent, Page, Scope};
use super::pages;
use super::theme;
use crate::engine::{Desk, Engine, JobId, Snapshot};
use crate::model::zone_from_name;
use dialogs::Dialog;
use palette::Palette;
use toast::Toasts;

/// What the window remembers of its own; the workspace remembers the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    pub page: Page,
    pub nav_open: bool,
    /// The workspace that the filter speaks of: its keys mean other things in another.
    pub workspace: std::path::PathBuf,
    pub scope: Scope,
    pub zoom: f32,
}

impl Default for Prefs {
    fn default() -> Self {
        let workspace = std::path::PathBuf::new();
        Self { page: Page::Loop, nav_open: true, workspace, scope: Scope::default(), zoom: 1.0 }
    }
}

/// A job that is under way.
struct JobLine {
    name: String,
    done: u64,
    total: u64,
    can_cancel: bool,
}

pub struct App {
    engine: Engine,
    open_error: Option<String>,
    snapshot: Arc<Snapshot>,
    prefs: Prefs,
    zone: TimeZone,
    zone_name: String,
    back: Vec<Page>,
    forward: Vec<Page>,
    pages: pages::Pages,
    jobs: BTreeMap<JobId, JobLine>,
    toasts: Toasts,
    palette: Option<Palette>,
    dialog: Option<Dialog>,
    /// The form of the trial import that runs.
    tried: Option<Box<dialogs::Add>>,
    help_open: bool,
    bell_open: bool,
    intents: Vec<Intent>,
    /// A page was drawn for a picture: no toasts, no clocks that move.
    is_picture: bool,
    applied_theme: Option<crate::engine::Appearance>,
    /// Pictures that were saved, and how that went.
    saved: Saved,
    last_asked: logic::Asked,
    /// What talks to other systems; there once it is needed.
    desk: Option<Desk>,
}

type SavedPicture = (std::path::PathBuf, Result<(), String>);
type Saved = (crossbeam_channel::Sender<SavedPicture>, crossbeam_channel::Receiver<SavedPicture>);

impl App {
    /// Starts on a workspace. The window is there at once; the workspace opens on a thread.
    pub fn new(ctx: &egui::Context, path: &Path, mut prefs: Prefs) -> std::io::Result<Self> {
        if prefs.workspace != path {
            path.clone_into(&mut prefs.workspace);
            prefs.scope.filter = crate::metrics::Filter::default();
        }
        theme::install(ctx);
        if (0.5..=3.0).contains(&prefs.zoom) && prefs.zoom != 1.0 {
            ctx.set_zoom_factor(prefs.zoom);
        }
        let shown = path.display().to_string();
        ctx.data_mut(|data| data.insert_temp(egui::Id::unique("workspace path"), shown));
        let wake = ctx.clone();
        let engine = Engine::start(path, move || wake.request_repaint())?;
        Ok(Self {
            engine,
            open_error: None,
            snapshot: Arc::new(Snapshot::default()),
            prefs,
            zone: TimeZone::system(),
            zone_name: "local".to_owned(),
            back: Vec::new(),
            forward: Vec::new(),
            pages: pages::Pages::default(),
            jobs: BTreeMap::new(),
            toasts: Toasts::default(),
            palette: None,
            dialog: None,
            tried: None,
            help_open: false,
            bell_open: false,
            intents: Vec::new(),
            is_picture: false,
            applied_theme: None,
            saved: crossbeam_channel::bounded(16),
            last_asked: logic::Asked::default(),
            desk: None,
        })
    }

    /// For pictures: one page, no toasts.
    pub fn for_picture(ctx: &egui::Context, path: &Path, page: Page) -> std::io::Result<Self> {
        let mut app = Self::new(ctx, path, Prefs { page, ..Prefs::default() })?;
        app.is_picture = true;
        Ok(app)
    }

    pub fn show_page(&mut self, page: Page) {
        self.prefs.page = page;
    }

    /// The data is loaded and the page in sight has its view model.
    pub fn is_settled(&self) -> bool {
        self.open_error.is_some() || (self.snapshot.is_loaded && self.pages.is_settled(self.prefs.page, &self.snapshot))
    }

    fn go(&mut self, page: Page) {
        if page != self.prefs.page {
            self.back.push(self.prefs.page);
            self.forward.clear();
            self.prefs.page = page;
        }
    }

    fn set_zone(&mut self, name: &str) {
        if self.zone_name != name {
            if let Some(zone) = zone_from_name(name) {
                self.zone = zone;
            }
            name.clone_into(&mut self.zone_name);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.step(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.snapshot.is_loaded && !self.snapshot.is_read_only {
            self.engine.save_view(self.pages.last_view());
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        eframe::set_value(storage, eframe::APP_KEY, &self.prefs);
    }
}

/// Where the workspace stands, for pages that name it. Kept in egui's memory so that no page needs the engine.
pub fn workspace_path(ui: &egui::Ui) -> String {
    ui.data(|data| data.get_temp(egui::Id::unique("workspace path"))).unwrap_or_default()
}

/// Splits the application into what a page sees and the page's own state.
macro_rules! cx {
    ($app:expr, $ui:expr) => {
        Cx {
            snapshot: &$app.snapshot,
            scope: &$app.prefs.scope,
            zone: &$app.zone,
            zone_name: &$app.zone_name,
            now: $app.snapshot.now(),
            tokens: theme::tokens($ui),
            can_write: !$app.snapshot.is_read_only,
            intents: &mut $app.intents,
        }
    };
}
pub(super) use cx;
