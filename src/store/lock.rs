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

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    database.with_file_name(name)
}
