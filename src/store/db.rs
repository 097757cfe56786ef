//! The one place that knows the database engine.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::StoreError;

/// A value to bind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Val<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
}

impl ToSql for Val<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Val::Null => ValueRef::Null,
            Val::Int(value) => ValueRef::Integer(value),
            Val::Real(value) => ValueRef::Real(value),
            Val::Text(value) => ValueRef::Text(value.as_bytes()),
        }))
    }
}

impl From<i64> for Val<'_> {
    fn from(value: i64) -> Self {
        Val::Int(value)
    }
}
impl From<u32> for Val<'_> {
    fn from(value: u32) -> Self {
        Val::Int(i64::from(value))
    }
}
impl From<f64> for Val<'_> {
    fn from(value: f64) -> Self {
        Val::Real(value)
    }
}
impl<'a> From<&'a str> for Val<'a> {
    fn from(value: &'a str) -> Self {
        Val::Text(value)
    }
}
impl<'a> From<&'a String> for Val<'a> {
    fn from(value: &'a String) -> Self {
        Val::Text(value)
    }
}
impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Val::Null, Into::into)
    }
}

/// A row that is being read; columns by position, in the order the statement names them.
pub struct Row<'a>(&'a rusqlite::Row<'a>);

impl Row<'_> {
    pub fn int(&self, at: usize) -> Result<i64, StoreError> {
        Ok(self.0.get(at)?)
    }
    pub fn opt_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        Ok(self.0.get(at)?)
    }
    pub fn opt_real(&self, at: usize) -> Result<Option<f64>, StoreError> {
        Ok(self.0.get(at)?)
    }
    pub fn text(&self, at: usize) -> Result<String, StoreError> {
        Ok(self.0.get(at)?)
    }
    pub fn opt_text(&self, at: usize) -> Result<Option<String>, StoreError> {
        Ok(self.0.get(at)?)
    }
    /// A text without a copy.
    pub fn str(&self, at: usize) -> Result<&str, StoreError> {
        self.0.get_ref(at)?.as_str().map_err(|error| StoreError::Sql(error.to_string()))
    }
    pub fn opt_str(&self, at: usize) -> Result<Option<&str>, StoreError> {
        self.0.get_ref(at)?.as_str_or_null().map_err(|error| StoreError::Sql(error.to_string()))
    }
}

pub struct Db {
    connection: Connection,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Sql(error.to_string()),
        }
    }
}

impl Db {
    /// Opens for reading and writing, creating the file if it is not there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Self { connection: Connection::open_with_flags(path, flags)? };
        db.protect()?;
        db.connection.pragma_update(None, "journal_mode", "WAL")?;
        db.connection.execute_batch(
            "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536;
             PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=0;",
        )?;
        Ok(db)
    }

    /// Opens for reading. `immutable`: the medium cannot be written, so there is no log to read beside the file.
    pub fn open_read_only(path: &Path, immutable: bool) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let mut uri = String::from("file:");
        for byte in path.to_string_lossy().bytes() {
            match byte {
                b'?' | b'#' | b'%' => uri.push_str(&format!("%{byte:02x}")),
                _ => uri.push(byte as char),
            }
        }
        let db = if immutable {
            uri.push_str("?immutable=1");
            Self { connection: Connection::open_with_flags(uri, flags)? }
        } else {
            Self { connection: Connection::open_with_flags(path, flags)? }
        };
        db.protect()?;
        db.connection.execute_batch("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32768;")?;
        Ok(db)
    }

    pub fn is_read_only(&self) -> Result<bool, StoreError> {
        Ok(self.connection.is_readonly("main")?)
    }

    fn protect(&self) -> Result<(), StoreError> {
        let c = &self.connection;
        c.busy_timeout(Duration::from_secs(5))?;
        c.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        c.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        c.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        c.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        c.execute_batch("PRAGMA cell_size_check=ON;")?;
        c.set_prepared_statement_cache_capacity(64);
        Ok(())
    }

    pub fn pragma(&self, name: &str) -> Result<i64, StoreError> {
        Ok(self.connection.pragma_query_value(None, name, |row| row.get(0))?)
    }

    pub fn set_pragma(&self, name: &str, value: i64) -> Result<(), StoreError> {
        Ok(self.connection.pragma_update(None, name, value)?)
    }

    /// Every complaint of a check; empty when all is well.
    pub fn check(&self, name: &str) -> Result<Vec<String>, StoreError> {
        let mut complaints = Vec::new();
        let sql = format!("PRAGMA {name}");
        let mut statement = self.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = match row.get_ref(0)? {
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            if text != "ok" {
                complaints.push(text);
            }
        }
        Ok(complaints)
    }

    pub fn batch(&self, sql: &str) -> Result<(), StoreError> {
        Ok(self.connection.execute_batch(sql)?)
    }

    /// Runs a statement; tells how many rows it changed.
    pub fn exec(&self, sql: &str, values: &[Val<'_>]) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(rusqlite::params_from_iter(values))?)
    }

    pub fn last_key(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// Calls `read` for each row.
    pub fn each(
        &self,
        sql: &str,
        values: &[Val<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            read(&Row(row))?;
        }
        Ok(())
    }

    /// The first row, if there is one.
    pub fn first<T>(
        &self,
        sql: &str,
        values: &[Val<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        match rows.next()? {
            Some(row) => read(&Row(row)).map(Some),
            None => Ok(None),
        }
    }

    /// Runs `body` in one transaction. Whatever it returns as an error, and a panic too, leaves the file as it was.
    pub fn transaction<T, E: From<StoreError>>(&self, body: impl FnOnce(&Self) -> Result<T, E>) -> Result<T, E> {
        struct RollBack<'a>(Option<&'a Connection>);
        impl Drop for RollBack<'_> {
            fn drop(&mut self) {
                if let Some(connection) = self.0 {
                    connection.execute_batch("ROLLBACK").ok(); // the first error is the one worth reporting
                }
            }
        }
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from)?;
        let mut guard = RollBack(Some(&self.connection));
        let value = body(self)?;
        self.connection.execute_batch("COMMIT").map_err(StoreError::from)?;
        guard.0 = None;
        Ok(value)
    }

    /// Runs `body` without waiting for the disk at each commit: for what can be read again where it came from. The file stays
    /// whole whatever happens, and the next usual commit brings what was written to the disk, too.
    pub fn without_waiting<T, E: From<StoreError>>(&self, body: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        struct Waits<'a>(&'a Connection);
        impl Drop for Waits<'_> {
            fn drop(&mut self) {
                self.0.pragma_update(None, "synchronous", "FULL").ok(); // only a broken connection refuses, and that commits nothing
            }
        }
        self.connection.pragma_update(None, "synchronous", "NORMAL").map_err(StoreError::from)?;
        let _waits = Waits(&self.connection);
        body()
    }

    /// Copies the whole database to a new file, page by page, while others may go on writing.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let mut to = Connection::open(path)?;
        let backup = rusqlite::backup::Backup::new(&self.connection, &mut to)?;
        backup.run_to_completion(4096, Duration::ZERO, None)?;
        drop(backup);
        to.pragma_update(None, "journal_mode", "DELETE")?;
        Ok(())
    }
}
