use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::StoreError;

/// Held by the one window that has a workspace open; released with the process, however it ends.
#[derive(Debug)]
pub struct WindowLock {
    _file: File,
}

impl WindowLock {
    pub fn take(database: &Path) -> Result<Self, StoreError> {
        let path = lock_path(database);
        let io = |error| StoreError::Io { what: "the window's lock cannot be taken", error, path: path.clone() };
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                file.read_to_string(&mut pid).ok(); // only for the message
                return Err(StoreError::InUse { pid: pid.trim().to_owned(), path: database.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self { _file: file })
    }
}

/// Held while the request of a start is out, and released with the process: what holds none was left behind.
#[derive(Debug)]
pub struct SendingLock {
    _file: File,
    path: PathBuf,
}

impl SendingLock {
    pub fn take(database: &Path, start: &str) -> Result<Self, StoreError> {
        let path = beside(database, &format!(".{start}.sending"));
        let io = |error| StoreError::Io { what: "the lock of a start cannot be taken", error, path: path.clone() };
        let file = File::create(&path).map_err(io)?;
        file.try_lock().map_err(|error| io(error.into()))?;
        Ok(Self { _file: file, path })
    }

    /// Whether some program waits for the answer to a start's request.
    pub fn is_held(database: &Path, start: &str) -> bool {
        let path = beside(database, &format!(".{start}.sending"));
        let Ok(file) = File::open(&path) else { return false };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => true,
            Ok(()) | Err(TryLockError::Error(_)) => {
                std::fs::remove_file(&path).ok(); // what is left of it does no harm
                false
            }
        }
    }
}

impl Drop for SendingLock {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok(); // the next look removes it
    }
}

fn lock_path(database: &Path) -> PathBuf {
    beside(database, ".lock")
}

fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    database.with_file_name(name)
}
