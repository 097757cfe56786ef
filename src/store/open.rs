//! Opening a workspace: a file is looked at before it is touched.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::db::Db;
use super::migrate::{APPLICATION_ID, SCHEMA_VERSION, migrate};
use super::{StoreError, backup};

/// An open workspace.
pub struct Store {
    pub(super) db: Db,
    path: PathBuf,
    read_only: bool,
}

/// The default workspace: `gemba.db` in the user's data folder.
pub fn default_path() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "gemba")?;
    Some(dirs.data_dir().join("gemba.db"))
}

/// What the first bytes of a file say it is.
enum Kind {
    Nothing,
    Ours,
}

impl Store {
    /// Opens a workspace, makes it if there is none, and brings its schema up to date after a verified backup.
    ///
    /// A newer schema, a foreign file and a damaged one are refused and not touched. A workspace that cannot be
    /// written is opened for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        match look_at(path)? {
            Kind::Ours => {}
            Kind::Nothing => {
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder)
                        .map_err(|error| StoreError::CannotWrite { why: error.to_string(), path: path.to_owned() })?;
                }
            }
        }
        let db = match Db::open(path) {
            // SQLite opens what it cannot write for reading, and says so only when asked.
            Ok(db) if db.is_read_only()? => return Self::open_for_reading(path, &StoreError::ReadOnly),
            Ok(db) => db,
            Err(StoreError::Busy) => return Err(StoreError::Busy),
            Err(StoreError::DiskFull) => return Err(StoreError::DiskFull),
            Err(error) => return Self::open_for_reading(path, &error),
        };
        let version = db.pragma("user_version").map_err(|error| damaged(path, &error))?;
        if version > SCHEMA_VERSION {
            return Err(StoreError::NewerSchema { found: version, known: SCHEMA_VERSION, path: path.to_owned() });
        }
        if version < SCHEMA_VERSION {
            if version > 0 {
                backup::before_migration(&db, path, version)?;
            }
            migrate(&db, version).map_err(|error| match error {
                StoreError::ReadOnly => StoreError::CannotWrite {
                    why: "the folder or the file is read-only".to_owned(),
                    path: path.to_owned(),
                },
                error => error,
            })?;
        }
        Ok(Self { db, path: path.to_owned(), read_only: false })
    }

    fn open_for_reading(path: &Path, error: &StoreError) -> Result<Self, StoreError> {
        if !path.exists() || std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
            return Err(StoreError::CannotWrite { why: error.to_string(), path: path.to_owned() });
        }
        // Only where there is no log beside the file is the file alone the whole.
        let with_log = Db::open_read_only(path, false).and_then(|db| Self::check_version(&db, path).map(|()| db));
        let db = match with_log {
            Err(StoreError::Sql(_) | StoreError::Io { .. } | StoreError::ReadOnly) => {
                let db = Db::open_read_only(path, true).map_err(|error| damaged(path, &error))?;
                Self::check_version(&db, path)?;
                db
            }
            opened => opened?,
        };
        Ok(Self { db, path: path.to_owned(), read_only: true })
    }

    /// Opens an existing workspace for reading beside a writer.
    pub fn open_reader(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        if matches!(look_at(path)?, Kind::Nothing) {
            return Err(StoreError::Missing { path: path.to_owned() });
        }
        let opened = Db::open_read_only(path, false).and_then(|db| Self::check_version(&db, path).map(|()| db));
        let db = match opened {
            Ok(db) => db,
            Err(error @ StoreError::NewerSchema { .. }) => return Err(error),
            // An older schema is brought up to date first, as opening for writing does.
            Err(StoreError::OlderSchema { .. }) => {
                drop(Self::open(path)?);
                let db = Db::open_read_only(path, false)?;
                Self::check_version(&db, path)?;
                db
            }
            Err(_) => Db::open_read_only(path, true).map_err(|error| damaged(path, &error))?,
        };
        Ok(Self { db, path: path.to_owned(), read_only: true })
    }

    fn check_version(db: &Db, path: &Path) -> Result<(), StoreError> {
        let found = db.pragma("user_version").map_err(|error| damaged(path, &error))?;
        if found == SCHEMA_VERSION {
            Ok(())
        } else if found > SCHEMA_VERSION {
            Err(StoreError::NewerSchema { found, known: SCHEMA_VERSION, path: path.to_owned() })
        } else {
            Err(StoreError::OlderSchema { found, known: SCHEMA_VERSION, path: path.to_owned() })
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// No write can succeed.
    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// A number that changes whenever another connection has written.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.db.pragma("data_version")
    }

    /// Runs `body`, whose transactions do not wait for the disk: what they write can be read again where it came from.
    pub fn without_waiting<T, E: From<StoreError>>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.db.without_waiting(body)
    }

    /// Runs `body` in one transaction; an error leaves everything as it was.
    pub fn transaction<T, E: From<StoreError>>(&self, body: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        self.db.transaction(|_| body(self))
    }
}

pub(super) fn damaged(path: &Path, error: &StoreError) -> StoreError {
    match error {
        StoreError::Sql(why) => StoreError::Damaged { why: why.clone(), path: path.to_owned() },
        StoreError::Busy => StoreError::Busy,
        other => StoreError::Damaged { why: other.to_string(), path: path.to_owned() },
    }
}

/// Reads the header of a database file and refuses what is not ours, without opening it as a database.
fn look_at(path: &Path) -> Result<Kind, StoreError> {
    let io = |error| StoreError::Io { what: "the workspace cannot be read", error, path: path.to_owned() };
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Kind::Nothing),
        Err(error) => return Err(io(error)),
    };
    if file.metadata().map_err(io)?.is_dir() {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let mut header = Vec::new();
    file.by_ref().take(100).read_to_end(&mut header).map_err(io)?;
    if header.is_empty() {
        return Ok(Kind::Nothing);
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let number =
        |at: usize| i64::from(u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]));
    let (version, application) = (number(60), number(68));
    let has_log = path.with_file_name(log_name_of(path, "-wal")).exists();
    if application == 0 && version == 0 && has_log {
        // Made a moment ago: its first transaction is still in the log beside it.
        return Ok(Kind::Ours);
    }
    if application != APPLICATION_ID {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    if version > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema { found: version, known: SCHEMA_VERSION, path: path.to_owned() });
    }
    Ok(Kind::Ours)
}

/// The name of a file that SQLite keeps beside the database.
pub(super) fn log_name_of(path: &Path, suffix: &str) -> std::ffi::OsString {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    name
}

pub(super) fn header_is_ours(path: &Path) -> Result<(), StoreError> {
    match look_at(path)? {
        Kind::Ours => Ok(()),
        Kind::Nothing => Err(StoreError::Foreign { path: path.to_owned() }),
    }
}
