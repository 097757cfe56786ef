//! An open workspace for one thread.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::{EngineError, ImportEntry, LastView, Settings, Snapshot};
use crate::metrics::Links;
use crate::model::Time;
use crate::model::columns::Data;
use crate::store::backup::restore;
use crate::store::{ChangeKinds, Checked, Store};

/// A flag by which long work is stopped.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Cancel {
    /// For whoever waits elsewhere and must be told.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        self.0.clone()
    }
}

pub struct Workspace {
    pub(super) store: Store,
    /// What counts as now, where it is not the clock's.
    pub(super) fixed_now: Option<Time>,
}

pub(super) const SETTINGS: &str = "settings";
const LOOKS: &str = "looks";
pub(super) const SAMPLE: &str = "sample";
pub(super) const CSV_MAPPINGS: &str = "csv_mappings";
const LAST_VIEW: &str = "last_view";

impl Workspace {
    pub fn open(path: &Path) -> Result<Self, EngineError> {
        let store = Store::open(path)?;
        let fixed_now = store.setting(SAMPLE)?.and_then(|text| Time::parse(&text).ok());
        Ok(Self { store, fixed_now })
    }

    /// Opens an existing workspace without being able to change it.
    pub fn open_reader(path: &Path) -> Result<Self, EngineError> {
        let store = Store::open_reader(path)?;
        let fixed_now = store.setting(SAMPLE)?.and_then(|text| Time::parse(&text).ok());
        Ok(Self { store, fixed_now })
    }

    pub fn path(&self) -> &Path {
        self.store.path()
    }

    pub fn is_read_only(&self) -> bool {
        self.store.is_read_only()
    }

    /// A number that changes when another process has written.
    pub fn data_version(&self) -> Result<i64, EngineError> {
        Ok(self.store.data_version()?)
    }

    /// What another process, or another thread of this one, wrote since a moment of the log, and where the log now ends.
    pub fn written_since(&self, key: i64) -> Result<(ChangeKinds, i64), EngineError> {
        // Writes that touch no record: rounds that brought nothing, starts on their way, connections, favourites.
        const LIGHT: [&str; 6] = ["round", "start", "connect", "preset", "audit", "plan"];
        let (what, last) = self.store.logged_since(key)?;
        let is_light = what.iter().all(|what| LIGHT.contains(&what.as_str()));
        Ok((if is_light { ChangeKinds::default() } else { ChangeKinds::ALL }, last))
    }

    /// The clock. That of the sample stands still, but for a moment with each act, so that their order can be told.
    pub fn now(&self) -> Time {
        const MOMENT_US: i64 = 1_000;
        match self.fixed_now {
            Some(fixed) => Time(fixed.0 + self.store.acts().unwrap_or_default() * MOMENT_US),
            None => Time::now(),
        }
    }

    /// The moment of a picture, where the clock stands still.
    fn moment(&self) -> Option<Time> {
        self.fixed_now.map(|_| self.now())
    }

    /// What a person has chosen. What figures depend on and how the window looks are kept apart, so that an undo of the
    /// one does not meet the other.
    pub fn settings(&self) -> Result<Settings, EngineError> {
        let read = |name| -> Result<Option<Settings>, EngineError> {
            Ok(self.store.setting(name)?.and_then(|text| serde_json::from_str(&text).ok()))
        };
        let counted = read(SETTINGS)?.unwrap_or_default();
        Ok(match read(LOOKS)? {
            Some(looks) => looks.with_counted_of(&counted),
            None => counted,
        })
    }

    pub fn save_settings(&self, settings: &Settings) -> Result<(), EngineError> {
        self.store.set_setting(SETTINGS, &Self::counted_text(settings)?)?;
        self.save_looks(settings)
    }

    pub(super) fn save_looks(&self, settings: &Settings) -> Result<(), EngineError> {
        Ok(self.store.set_setting(LOOKS, &Self::settings_text(settings)?)?)
    }

    pub(super) fn counted_text(settings: &Settings) -> Result<String, EngineError> {
        Self::settings_text(&Settings::default().with_counted_of(settings))
    }

    fn settings_text(settings: &Settings) -> Result<String, EngineError> {
        serde_json::to_string(settings).map_err(|error| EngineError::Other(error.to_string()))
    }

    /// What the window showed when it was closed.
    pub fn last_view(&self) -> Result<Option<LastView>, EngineError> {
        Ok(self.store.setting(LAST_VIEW)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    pub fn save_last_view(&self, view: &LastView) -> Result<(), EngineError> {
        let text = serde_json::to_string(view).map_err(|error| EngineError::Other(error.to_string()))?;
        Ok(self.store.set_setting(LAST_VIEW, &text)?)
    }

    /// A picture with everything but the columns: quick, for the first frame.
    pub fn outline(&self) -> Result<Snapshot, EngineError> {
        let mut snapshot = Snapshot { fixed_now: self.moment(), ..Snapshot::default() };
        self.fill_outline(&mut snapshot)?;
        Ok(snapshot)
    }

    fn fill_outline(&self, snapshot: &mut Snapshot) -> Result<(), EngineError> {
        snapshot.settings = Arc::new(self.settings()?);
        snapshot.records = Arc::new(self.store.small_records()?);
        snapshot.imports = Arc::new(self.store.imports()?);
        snapshot.connections = Arc::new(self.store.connections()?);
        snapshot.starts = Arc::new(self.store.starts(100)?);
        snapshot.audit = Arc::new(self.store.audit(500)?);
        snapshot.presets = Arc::new(self.store.presets()?);
        snapshot.notices = Arc::new(self.store.notices(200)?);
        snapshot.counts = Arc::new(self.store.counts()?);
        (snapshot.undo_name, snapshot.redo_name) = self.store.undo_names()?;
        snapshot.is_sample = self.store.setting(SAMPLE)?.is_some();
        snapshot.is_read_only = self.store.is_read_only();
        snapshot.uncounted_commits = self.store.uncounted_commits()?;
        Ok(())
    }

    /// The next picture: `kinds` are loaded anew, the rest is shared with `before`.
    pub fn snapshot(&self, before: &Snapshot, kinds: ChangeKinds) -> Result<Snapshot, EngineError> {
        let data = self.store.load(&before.data, kinds)?;
        let touches_links = kinds != ChangeKinds::default();
        let links = if touches_links { Arc::new(Links::derive(&data, false)) } else { before.links.clone() };
        let with_warnings_failed =
            if touches_links { Arc::new(OnceLock::new()) } else { before.links_with_warnings_failed.clone() };
        let range = if touches_links { Snapshot::find_range(&data) } else { before.range };
        let mut snapshot = Snapshot {
            generation: before.generation + 1,
            is_loaded: true,
            data,
            links,
            links_with_warnings_failed: with_warnings_failed,
            range,
            fixed_now: self.moment(),
            ..Snapshot::default()
        };
        self.fill_outline(&mut snapshot)?;
        Ok(snapshot)
    }

    /// A full picture.
    pub fn load(&self) -> Result<Snapshot, EngineError> {
        self.snapshot(&Snapshot::default(), ChangeKinds::ALL)
    }

    /// The columns alone, for measuring.
    pub fn load_data(&self) -> Result<Data, EngineError> {
        Ok(self.store.load(&Data::default(), ChangeKinds::ALL)?)
    }

    pub fn imports(&self) -> Result<Vec<ImportEntry>, EngineError> {
        Ok(self.store.imports()?)
    }

    pub fn remove_import(&self, key: i64) -> Result<(), EngineError> {
        Ok(self.store.remove_import(key, self.now())?)
    }

    pub fn check(&self) -> Result<Checked, EngineError> {
        Ok(self.store.check()?)
    }

    pub fn backup(&self, to: &Path) -> Result<(), EngineError> {
        Ok(self.store.backup(to)?)
    }

    /// Puts a backup in the place of the workspace at `path`; returns where the present one was kept.
    pub fn restore(backup: &Path, path: &Path) -> Result<Option<PathBuf>, EngineError> {
        Ok(restore(backup, path)?)
    }

    pub fn is_empty(&self) -> Result<bool, EngineError> {
        Ok(self.store.is_empty()?)
    }

    pub fn counts(&self) -> Result<Vec<(&'static str, i64)>, EngineError> {
        Ok(self.store.counts()?)
    }

    /// A name for a backup in the workspace's folder that no file has yet.
    pub fn backup_name(&self) -> PathBuf {
        let stamp = self.now().to_timestamp().strftime("%Y%m%d-%H%M%S").to_string();
        let stem = self.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.path().with_file_name(format!("{stem}-{stamp}.backup.db"))
    }
}

impl From<crate::import::Stopped> for EngineError {
    fn from(_stopped: crate::import::Stopped) -> Self {
        Self::Import(crate::import::ImportError::Cancelled)
    }
}
