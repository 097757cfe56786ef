use std::path::PathBuf;

use crate::import::ImportError;
use crate::metrics::PeriodError;
use crate::model::record::Invalid;
use crate::remote::RemoteError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Remote(#[from] RemoteError),
    #[error("this goes to {environment}: say its name to confirm")]
    Unconfirmed { environment: String },
    #[error(transparent)]
    Period(#[from] PeriodError),
    #[error("not saved: {0}")]
    Invalid(#[from] Invalid),
    #[error("{refused} lines were refused and --strict was given, so nothing was imported; the first: {first}")]
    Strict { refused: u64, first: String },
    #[error("nothing to undo")]
    NothingToUndo,
    #[error("nothing to redo")]
    NothingToRedo,
    #[error("there is no {what} \"{name}\"; there are: {known}")]
    NoSuch { what: &'static str, name: String, known: String },
    #[error("the definition cannot be read ({why}): {}", path.display())]
    BadDefinition { why: String, path: PathBuf },
    #[error("{what}: {error}: {}", path.display())]
    Io { what: &'static str, error: std::io::Error, path: PathBuf },
    #[error("the {job} stopped by a fault in Gemba ({why}); nothing was changed. Please report it")]
    Panicked { job: &'static str, why: String },
    /// What was given does not fit what is asked for; nothing was sent.
    #[error("{0}")]
    Misfit(String),
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    /// The person stopped it; that is no failure.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Import(ImportError::Cancelled) | Self::Remote(RemoteError::Cancelled))
    }

    /// The question itself cannot be asked, whatever the other system says.
    pub fn is_of_setup(&self) -> bool {
        matches!(self, Self::Remote(RemoteError::Setup(_) | RemoteError::Address { .. }))
    }

    /// Another system does not allow what was asked of it.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Remote(RemoteError::NotAllowed { .. }))
    }
}
