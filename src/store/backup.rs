//! Copies that were read back before they are called backups, and the way back.

use std::path::{Path, PathBuf};

use super::db::Db;
use super::migrate::SCHEMA_VERSION;
use super::open::{header_is_ours, log_name_of};
use super::{Store, StoreError, WindowLock};

/// What a check of the file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub complaints: Vec<String>,
    /// Rows of each kind.
    pub rows: Vec<(&'static str, i64)>,
}

const COUNTED: [(&str, &str); 11] = [
    ("services", "service"),
    ("environments", "environment"),
    ("pipelines", "pipeline"),
    ("runs", "run"),
    ("deployments", "deployment"),
    ("commits", "git_commit"),
    ("changes", "change"),
    ("incidents", "incident"),
    ("items", "item"),
    ("sprints", "sprint"),
    ("imports", "import"),
];

/// Refuses to write over a workspace or anything that is no plain file; an older file of one's own may be replaced.
pub fn check_target(what: &'static str, workspace: &Path, to: &Path) -> Result<(), StoreError> {
    let bad = |why| Err(StoreError::BadTarget { what, why, path: to.to_owned() });
    let Ok(found) = std::fs::symlink_metadata(to) else { return Ok(()) };
    if found.is_dir() {
        return bad("would replace a folder");
    }
    if !found.is_file() {
        return bad("would replace what is no plain file");
    }
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_error| path.to_owned());
    let names = ["", "-wal", "-shm"].map(|suffix| {
        let mut name = whole(workspace).into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    });
    if names.contains(&whole(to)) {
        return bad("would replace the workspace itself");
    }
    let mut head = [0; 16];
    let is_database = std::fs::File::open(to)
        .and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head))
        .is_ok_and(|()| &head == b"SQLite format 3\0");
    if is_database { bad("would replace a database") } else { Ok(()) }
}

impl Store {
    /// Refuses to write over this workspace, another database, or what is no plain file.
    pub fn check_target(&self, what: &'static str, to: &Path) -> Result<(), StoreError> {
        check_target(what, self.path(), to)
    }

    /// Checks the whole file: its structure, its references, and that every row can be counted.
    pub fn check(&self) -> Result<Checked, StoreError> {
        let mut complaints = self.db.check("integrity_check")?;
        complaints
            .extend(self.db.check("foreign_key_check")?.into_iter().map(|row| format!("broken reference in {row}")));
        Ok(Checked { complaints, rows: counts(&self.db)? })
    }

    /// Rows of each kind.
    pub fn counts(&self) -> Result<Vec<(&'static str, i64)>, StoreError> {
        counts(&self.db)
    }

    /// Writes a verified backup: copied, read back, hashed, and only then put in place.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        check_target("the backup", self.path(), to)?;
        if to.exists() {
            return Err(StoreError::BadTarget { what: "the backup", why: "is there already", path: to.to_owned() });
        }
        write_backup(&self.db, to)
    }
}

fn counts(db: &Db) -> Result<Vec<(&'static str, i64)>, StoreError> {
    COUNTED
        .iter()
        .map(|&(label, table)| {
            let rows = db.first(&format!("SELECT count(*) FROM {table}"), &[], |row| row.int(0))?;
            Ok((label, rows.unwrap_or_default()))
        })
        .collect()
}

pub(super) fn before_migration(db: &Db, path: &Path, version: i64) -> Result<(), StoreError> {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-before-schema-{}.backup.db", version + 1));
    write_backup(db, &path.with_file_name(name))
}

fn write_backup(db: &Db, to: &Path) -> Result<(), StoreError> {
    let io = |what| move |error| StoreError::Io { what, error, path: to.to_owned() };
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = to.with_file_name(name);
    std::fs::remove_file(&part).ok(); // left by a backup that was cut off
    let written = db.copy_to(&part).and_then(|()| {
        let copy = Db::open_read_only(&part, true)?;
        let complaints = copy.check("quick_check")?;
        if let Some(first) = complaints.first() {
            return Err(StoreError::BadBackup { why: format!("does not read back ({first})"), path: to.to_owned() });
        }
        if copy.pragma("user_version")? == SCHEMA_VERSION && counts(&copy)? != counts(db)? {
            return Err(StoreError::BadBackup {
                why: "has other rows than the workspace".to_owned(),
                path: to.to_owned(),
            });
        }
        Ok(())
    });
    if let Err(error) = written {
        std::fs::remove_file(&part).ok(); // the first error is the one worth reporting
        return Err(error);
    }
    let placed = hash_of(&part).map_err(io("the backup cannot be read back")).and_then(|hash| {
        std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io("the backup cannot be written"))?;
        std::fs::write(hash_path(to), format!("{hash}\n")).map_err(io("the backup's checksum cannot be written"))?;
        std::fs::rename(&part, to).map_err(io("the backup cannot be put in place"))
    });
    if placed.is_err() {
        std::fs::remove_file(&part).ok(); // the first error is the one worth reporting
        std::fs::remove_file(hash_path(to)).ok();
    }
    placed
}

fn hash_of(path: &Path) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path)?)?;
    Ok(hasher.finalize())
}

fn hash_path(backup: &Path) -> PathBuf {
    let mut name = backup.file_name().unwrap_or_default().to_owned();
    name.push(".blake3");
    backup.with_file_name(name)
}

/// Puts a backup in the place of a workspace. The workspace that was there is kept beside it; returns where.
///
/// A backup that is damaged, foreign or of a newer schema is refused, and the workspace stays as it was.
pub fn restore(backup: &Path, workspace: &Path) -> Result<Option<PathBuf>, StoreError> {
    let folder = workspace.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        let error_of = |error| StoreError::Io { what: "the folder cannot be made", error, path: folder.to_owned() };
        std::fs::create_dir_all(folder).map_err(error_of)?;
    }
    let _lock = WindowLock::take(workspace)?;
    restore_held(backup, workspace)
}

/// [`restore`] by the window that holds the lock already, after it has let go of the file.
pub fn restore_held(backup: &Path, workspace: &Path) -> Result<Option<PathBuf>, StoreError> {
    let bad = |why: String| StoreError::BadBackup { why, path: backup.to_owned() };
    if !backup.exists() {
        return Err(bad("does not exist".to_owned()));
    }
    header_is_ours(backup).map_err(|error| match error {
        StoreError::Foreign { .. } => bad("is no Gemba workspace".to_owned()),
        error => error,
    })?;
    let io = |what| move |error| StoreError::Io { what, error, path: workspace.to_owned() };
    if let Ok(expected) = std::fs::read_to_string(hash_path(backup)) {
        let found = hash_of(backup).map_err(io("the backup cannot be read"))?;
        if found.to_hex().as_str() != expected.trim() {
            return Err(bad("does not match its checksum".to_owned()));
        }
    }
    let copy = Db::open_read_only(backup, true).map_err(|error| bad(error.to_string()))?;
    let complaints = copy.check("quick_check").map_err(|error| bad(error.to_string()))?;
    if let Some(first) = complaints.first() {
        return Err(bad(format!("is damaged ({first})")));
    }
    drop(copy);
    let kept = if workspace.exists() { Some(set_aside(workspace)?) } else { None };
    let mut name = workspace.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    let part = workspace.with_file_name(name);
    std::fs::copy(backup, &part).map_err(io("the backup cannot be copied"))?;
    std::fs::File::open(&part).and_then(|file| file.sync_all()).map_err(io("the copy cannot be written"))?;
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(workspace.with_file_name(log_name_of(workspace, suffix))).ok(); // belongs to the old file
    }
    std::fs::rename(&part, workspace).map_err(io("the backup cannot be put in place"))?;
    Ok(kept)
}

/// Keeps a copy of the workspace as it is: a proper backup where it can be read, else the bare file.
fn set_aside(workspace: &Path) -> Result<PathBuf, StoreError> {
    let stem = workspace.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1..).map(|n| workspace.with_file_name(format!("{stem}-before-restore-{n}.db"))).find(|p| !p.exists());
    let kept = free.unwrap_or_else(|| workspace.with_extension("before-restore.db"));
    let proper = Store::open(workspace).and_then(|store| store.backup(&kept));
    if proper.is_err() {
        std::fs::copy(workspace, &kept).map_err(|error| StoreError::Io {
            what: "the present workspace cannot be kept beside",
            error,
            path: kept.clone(),
        })?;
    }
    Ok(kept)
}
