use std::path::PathBuf;

/// What can go wrong with a workspace file; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "this workspace was written by a newer Gemba (schema {found}); this Gemba knows schema {known}. Nothing was changed: update Gemba to open it: {}",
        path.display()
    )]
    NewerSchema { found: i64, known: i64, path: PathBuf },
    #[error(
        "this workspace has the older schema {found} and cannot be brought to {known} here, because it cannot be written: copy it to where it can: {}",
        path.display()
    )]
    OlderSchema { found: i64, known: i64, path: PathBuf },
    #[error("this file is no Gemba workspace and was left as it is; name another file with --db: {}", path.display())]
    Foreign { path: PathBuf },
    #[error(
        "the workspace is damaged ({why}) and was left as it is; restore a backup with `gemba restore`: {}",
        path.display()
    )]
    Damaged { why: String, path: PathBuf },
    #[error("another Gemba window (process {pid}) has this workspace open; close it first: {}", path.display())]
    InUse { pid: String, path: PathBuf },
    #[error("the workspace cannot be written ({why}); choose another place with --db: {}", path.display())]
    CannotWrite { why: String, path: PathBuf },
    #[error("there is no workspace yet; import something first, or name one with --db: {}", path.display())]
    Missing { path: PathBuf },
    #[error("the disk is full: nothing was changed; free some space and try again")]
    DiskFull,
    #[error("the workspace can only be read here, so nothing was changed")]
    ReadOnly,
    #[error("another process keeps writing to the workspace; try again in a moment")]
    Busy,
    #[error("{what} {why}, so nothing was written; name another file: {}", path.display())]
    BadTarget { what: &'static str, why: &'static str, path: PathBuf },
    #[error("the backup {why}; it was not used: {}", path.display())]
    BadBackup { why: String, path: PathBuf },
    #[error("{record} {how} since, so this step cannot be taken back or done again: change it by hand")]
    ChangedSince { record: String, how: &'static str },
    #[error("{count} edits made by hand rest on this import, so it was not removed: {list}")]
    EditsRestOn { count: usize, list: String },
    #[error("there is no {what} \"{id}\"")]
    NoSuch { what: &'static str, id: String },
    #[error("{record} is still used by {by}, so it was not deleted")]
    StillUsed { record: String, by: String },
    #[error("the workspace could not be read or written: {0}")]
    Sql(String),
    #[error("{what}: {error}: {}", path.display())]
    Io { what: &'static str, error: std::io::Error, path: PathBuf },
}
