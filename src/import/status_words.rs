use crate::model::Status;
use crate::model::plan::{ItemKind, ItemState};

/// The status that a word means in any tool's export; `unknown` where it means none. For CSV columns, which do not
/// say what system they came from.
pub fn status_of_word(word: &str) -> Status {
    let word: String =
        word.trim().to_ascii_lowercase().chars().map(|c| if c == ' ' || c == '-' { '_' } else { c }).collect();
    if let Some(status) = Status::parse(&word) {
        return status;
    }
    match word.as_str() {
        "success" | "successful" | "passed" | "pass" | "ok" | "done" | "complete" | "completed" | "green"
        | "deployed" | "finished" => Status::Succeeded,
        "unstable" | "warning" | "partiallysucceeded" | "partially_succeeded" | "success_with_warnings" => {
            Status::Warnings
        }
        "failure" | "fail" | "error" | "errored" | "timed_out" | "timeout" | "broken" | "red" | "startup_failure"
        | "exception" | "fault" => Status::Failed,
        "canceled" | "aborted" | "stopped" | "killed" | "abandoned" | "stale" => Status::Cancelled,
        "skip" | "not_run" | "not_built" | "not_executed" | "neutral" => Status::Skipped,
        "in_progress" | "inprogress" | "building" | "started" | "active" => Status::Running,
        "pending" | "created" | "requested" | "scheduled" | "not_started" | "waiting" => Status::Queued,
        "blocked" | "manual" | "on_hold" | "action_required" | "paused" => Status::WaitingApproval,
        "waiting_for_resource" | "preparing" | "postponed" => Status::WaitingResource,
        "canceling" => Status::Cancelling,
        _ => Status::Unknown,
    }
}

/// A word as it is compared: small letters, one space between parts.
pub fn plain(name: &str) -> String {
    let spaced: String = name.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How far an item is, by the words that trackers use; none for a word of one's own.
pub fn item_state_of_word(word: &str) -> Option<ItemState> {
    Some(match plain(word).as_str() {
        "backlog" | "new" | "open" | "to do" | "todo" | "proposed" => ItemState::Backlog,
        "ready" | "selected for development" | "approved" | "committed" => ItemState::Ready,
        "in progress" | "active" | "doing" | "started" => ItemState::InProgress,
        "in review" | "review" | "code review" | "testing" | "resolved" => ItemState::InReview,
        "done" | "closed" | "completed" | "finished" => ItemState::Done,
        "cancelled" | "canceled" | "removed" | "won t do" | "wontfix" | "rejected" | "abandoned" => {
            ItemState::Cancelled
        }
        _ => return None,
    })
}

pub fn item_kind_of_word(word: &str) -> ItemKind {
    match plain(word).as_str() {
        "story"
        | "user story"
        | "feature"
        | "epic"
        | "improvement"
        | "new feature"
        | "product backlog item"
        | "故事" => ItemKind::Feature,
        "bug" | "defect" | "issue" | "缺陷" | "故障" => ItemKind::Bug,
        _ => ItemKind::Task,
    }
}
