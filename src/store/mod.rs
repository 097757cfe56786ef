//! The workspace on disk: one SQLite file.
//!
//! `db` alone names rusqlite; [`open`](Store::open) checks a file before it touches it; [`tables`] names them, `write` and
//! `read` move records; `load` fills the columns; [`backup`] copies, checks and restores. An import or a command is one
//! transaction: whatever breaks it leaves the file as it was.
//!
//! Upserts are made from each table's list of columns ([`tables`]), so that a column is named once; every other
//! statement is a file beside the code. Parameters are `$1 … $n` and first occur in that order, so that binding by
//! position and by name is the same; a test holds the files to it.

pub mod backup;
mod connections;
mod db;
mod edited;
mod error;
pub mod ids;
mod journal;
mod load;
mod lock;
mod migrate;
mod notices;
mod open;
mod outbox;
mod query;
mod read;
mod rules;
mod starts;
pub mod tables;
mod write;

pub use backup::Checked;
pub use connections::ConnectionEntry;
pub use error::StoreError;
pub use ids::Placeholders;
pub use journal::{ChangeKinds, Edit, ImportEntry, UndoStep};
pub use lock::{SendingLock, WindowLock};
pub use migrate::SCHEMA_VERSION;
pub use notices::{NoticeEntry, Unannounced};
pub use open::{Store, default_path};
pub use outbox::OutboxEntry;
pub use query::{
    ChangeDetail, DeploymentDetail, ItemEventRow, KeptReport, KeptRow, MoveRow, RunDetail, RunTexts, SubjectTexts,
};
pub use rules::RulePreview;
pub use starts::{AuditEntry, PresetEntry, StartEntry, StartState};
pub use tables::Outcome;
