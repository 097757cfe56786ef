//! The fields that a column may fill, and the names of columns that suggest them.

/// A field and the header names that suggest it.
#[derive(Debug)]
pub struct CsvField {
    pub name: &'static str,
    pub required: bool,
    pub(super) hints: &'static [&'static str],
}

macro_rules! fields {
    ($($name:literal $($required:ident)? : [$($hint:literal),* $(,)?]),* $(,)?) => {
        &[$(CsvField { name: $name, required: fields!(@ $($required)?), hints: &[$($hint),*] }),*]
    };
    (@ required) => { true };
    (@) => { false };
}

pub(super) const RUN_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "run id", "build id", "build number", "number"],
    "pipeline": ["pipeline", "pipeline name", "workflow", "job", "job name", "definition"],
    "status" required: ["status", "result", "state", "conclusion", "outcome"],
    "result": ["result", "conclusion"],
    "system": ["system", "ci system"],
    "number": ["number", "build number"],
    "attempt": ["attempt"],
    "service": ["service", "application", "component"],
    "branch": ["branch", "ref"],
    "sha": ["sha", "commit", "revision", "commit sha"],
    "actor": ["actor", "user", "author", "triggered by", "code committer"],
    "created_at": ["created at", "created", "queued at"],
    "started_at": ["started at", "started", "start", "start time"],
    "finished_at": ["finished at", "finished", "ended at", "end time", "completed at"],
    "url": ["url", "link"],
];

pub(super) const DEPLOYMENT_FIELDS: &[CsvField] = fields![
    "id" required: ["deployment id", "id", "build number", "number"],
    "service": ["service", "application", "component", "pipeline name", "repository", "repo", "project"],
    "environment": ["environment", "env", "target"],
    "status" required: ["status", "result", "state", "outcome"],
    "result": ["result", "conclusion"],
    "system": ["system", "ci system"],
    "version": ["version", "release", "tag"],
    "sha": ["sha", "commit", "revision", "commit sha"],
    "queued_at": ["queued at", "created at"],
    "started_at": ["started at", "started", "start time", "code committed time"],
    "finished_at" required: [
        "deployment completed time", "finished at", "deployed at", "deployment time", "completed at", "finished",
        "end time", "timestamp", "date",
    ],
    "pipeline": ["pipeline", "pipeline name"],
    "stage": ["pipeline step", "step", "stage", "job"],
    "branch": ["branch", "ref"],
    "actor": ["actor", "user", "deployed by", "pipeline creator", "code committer"],
    "url": ["url", "link"],
    "valid": ["valid"],
    "change_first_commit_at": ["first code committed time in pr", "first commit at", "first commit"],
    "change_created_at": ["pr created time", "pr created at"],
    "change_merged_at": ["pr merged time", "merged at", "pr merged at"],
];

pub(super) const INCIDENT_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "incident id", "incident", "key", "number", "issue key"],
    "title" required: ["title", "summary", "name", "subject", "description"],
    "service": ["service", "application", "component"],
    "environment": ["environment", "env"],
    "severity": ["severity", "sev", "priority", "urgency"],
    "started_at": ["started at", "impact start", "start time", "started"],
    "declared_at" required: ["declared at", "created at", "created", "opened at", "opened", "reported at"],
    "detected_at": ["detected at"],
    "acknowledged_at": ["acknowledged at", "acknowledged"],
    "mitigated_at": ["mitigated at", "mitigated"],
    "resolved_at": ["resolved at", "resolved", "closed at", "closed", "end time", "ended at"],
    "caused_by": ["caused by", "deployment", "deployment id"],
    "url": ["url", "link"],
];

pub(super) const ITEM_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "key", "issue key", "item", "number"],
    "title": ["title", "summary", "name", "subject", "task"],
    "description": ["description", "details", "notes"],
    "kind": ["kind", "type", "issue type", "work item type"],
    "state": ["state", "status"],
    "category": ["status category", "state category"],
    "resolution": ["resolution"],
    "points": [
        "points", "story points", "story point estimate", "custom field story points",
        "custom field story point estimate", "estimate", "effort",
    ],
    "hours": ["hours", "original estimate", "remaining work"],
    "created_at": ["created at", "created", "created date", "creation date"],
    "started_at": ["started at", "started", "start date", "started date", "activated date"],
    "done_at": [
        "done at", "done", "finished", "finished date", "finished at", "closed date", "closed at", "closed", "resolved",
        "completed", "completed at",
    ],
    "assignee": ["assignee", "assigned to", "owner"],
    "labels": ["labels", "tags", "project", "component"],
    "service": ["service", "application"],
    "parent": ["parent key", "parent issue", "epic link", "custom field epic link", "parent id", "parent"],
    "depends_on": [
        "depends on", "dependson", "blocked by", "is blocked by", "predecessors", "predecessor",
        "inward issue link blocks", "inward issue link blocker",
    ],
    "due": ["due date", "due", "target date"],
    "sprint": ["sprint", "iteration", "iteration path", "cycle name", "cycle", "milestone"],
    "team": ["team", "team name"],
    "sprint_starts_at": ["cycle start", "sprint start", "sprint start date", "iteration start"],
    "sprint_ends_at": ["cycle end", "sprint end", "sprint end date", "iteration end"],
    "cancelled_at": ["canceled", "cancelled", "canceled at", "cancelled at"],
    "rank": ["rank", "custom field rank"],
    "url": ["url", "link"],
];
