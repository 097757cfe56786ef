//! What a run left behind: its files, and what its tests came to.

use serde::Serialize;
use serde_json::Value;

use super::json::{int, is, text};

/// A file that a run left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ArtifactRef {
    pub id: String,
    /// What it is called when it is saved.
    pub name: String,
    pub bytes: Option<u64>,
    /// The server has thrown it away.
    pub is_expired: bool,
}

/// What the tests of a run came to, as the server counted them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestReport {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// At most five hundred of them.
    pub failures: Vec<TestFailure>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TestFailure {
    pub name: String,
    pub message: Option<String>,
}

/// Failures that are kept of a report.
pub const MOST_FAILURES: usize = 500;
const MOST_WORDS: usize = 4000;

impl TestReport {
    pub fn fails(&mut self, name: String, message: Option<String>) {
        if self.failures.len() < MOST_FAILURES {
            let message = message.map(|message| message.chars().take(MOST_WORDS).collect());
            self.failures.push(TestFailure { name, message });
        }
    }

    /// None where nothing was tested.
    pub fn if_any(self) -> Option<Self> {
        (self.passed + self.failed + self.skipped > 0).then_some(self)
    }
}

pub fn count(value: &Value, key: &str) -> u64 {
    int(value, key).and_then(|n| u64::try_from(n).ok()).unwrap_or_default()
}

/// Artifacts as GitHub and its kin tell them, each handed out as an archive.
pub fn archives(answers: &[Value]) -> Vec<ArtifactRef> {
    let archive = |value: &Value| {
        Some(ArtifactRef {
            id: text(value, &["id"])?,
            name: format!("{}.zip", text(value, &["name"])?),
            bytes: int(value, "size_in_bytes").and_then(|n| u64::try_from(n).ok()),
            is_expired: is(value, "expired"),
        })
    };
    answers.iter().filter_map(archive).collect()
}
