use crate::model::Status;

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
