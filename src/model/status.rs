use serde::{Deserialize, Serialize};

/// The state of a run, a stage or a deployment, in the words of the interchange format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Status {
    Queued,
    Running,
    WaitingApproval,
    WaitingResource,
    Cancelling,
    Succeeded,
    Warnings,
    Failed,
    Cancelled,
    Skipped,
    /// What the source said has no meaning here; its own word is kept beside it.
    #[default]
    Unknown,
}

impl Status {
    pub const ALL: [Self; 11] = [
        Self::Queued,
        Self::Running,
        Self::WaitingApproval,
        Self::WaitingResource,
        Self::Cancelling,
        Self::Succeeded,
        Self::Warnings,
        Self::Failed,
        Self::Cancelled,
        Self::Skipped,
        Self::Unknown,
    ];

    /// The word used in files, in the store and (with spaces) on screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::WaitingApproval => "waiting_approval",
            Self::WaitingResource => "waiting_resource",
            Self::Cancelling => "cancelling",
            Self::Succeeded => "succeeded",
            Self::Warnings => "warnings",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::Unknown => "unknown",
        }
    }

    /// The status of that word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// No further change is expected without a new attempt.
    pub const fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Warnings | Self::Failed | Self::Cancelled | Self::Skipped)
    }

    /// It may have an end: what is finished, and what came to an end under a word that nobody here knows.
    pub const fn may_have_ended(self) -> bool {
        self.is_finished() || matches!(self, Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_status_reads_back_from_its_word() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            let json = serde_json::to_string(&status).unwrap();
            assert_eq!(json, format!("\"{}\"", status.as_str()));
        }
        assert_eq!(Status::parse("SUCCESS"), None);
    }
}
