//! The tables of records. A table's columns are named once; its statements are made from them.

use std::sync::LazyLock;

use super::db::Val;
use super::ids::Ids;
use super::{Store, StoreError};
use crate::model::Status;

/// What writing a record did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    New,
    Changed,
    Same,
}

/// How a record meets one of the same identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meet {
    /// What the record does not say stays as it is known.
    Merge,
    /// The record is the whole truth; what it does not say is forgotten.
    Replace,
}

pub struct Table {
    pub name: &'static str,
    identity: &'static [&'static str],
    columns: &'static [&'static str],
    insert: String,
    merge: String,
    replace: String,
    /// Fills what is not known yet and leaves the rest: for a record that tells of an earlier moment.
    fill: String,
    /// The status and last change of what is there, for tables that have one.
    state: Option<String>,
    pub(super) delete: String,
    /// The record's columns with their names joined back.
    pub select: &'static str,
}

fn is_ledger(table: &str) -> bool {
    matches!(table, "sprint_event" | "item_event")
}

impl Table {
    fn new(
        name: &'static str,
        identity: &'static [&'static str],
        columns: &'static [&'static str],
        select: &'static str,
    ) -> Self {
        let all: Vec<&str> = identity.iter().chain(columns).copied().chain(["import"]).collect();
        let numbers: Vec<String> = (1..=all.len()).map(|n| format!("${n}")).collect();
        let insert =
            format!("INSERT INTO {name} ({}) VALUES ({}) ON CONFLICT DO NOTHING", all.join(", "), numbers.join(", "));
        let n = columns.len();
        let set = |value: &dyn Fn(usize, &str) -> String| {
            let mut parts: Vec<String> =
                columns.iter().enumerate().map(|(i, column)| format!("{column} = {}", value(i + 1, column))).collect();
            parts.push(format!("import = COALESCE(${}, import)", n + 1));
            parts.join(", ")
        };
        let is_identity: Vec<String> =
            identity.iter().enumerate().map(|(i, column)| format!("{column} = ${}", n + 2 + i)).collect();
        let is_identity = is_identity.join(" AND ");
        let differs = |value: &dyn Fn(usize, &str) -> String| {
            let parts: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(i, column)| format!("{column} IS DISTINCT FROM {}", value(i + 1, column)))
                .collect();
            if parts.is_empty() { "1 = 0".to_owned() } else { parts.join(" OR ") }
        };
        let merged = |i: usize, column: &str| format!("COALESCE(${i}, {column})");
        let given = |i: usize, _: &str| format!("${i}");
        let merge = format!("UPDATE {name} SET {} WHERE {is_identity} AND ({})", set(&merged), differs(&merged));
        let replace = format!("UPDATE {name} SET {} WHERE {is_identity} AND ({})", set(&given), differs(&given));
        let kept = |i: usize, column: &str| format!("COALESCE({column}, ${i})");
        let mut fill = format!("UPDATE {name} SET {} WHERE {is_identity} AND ({})", set(&kept), differs(&kept));
        if is_ledger(name) {
            // An event that is told otherwise is another one, and fills nothing. Its place among others may change.
            let told = columns.iter().enumerate().filter(|(_, column)| **column != "seq");
            for (n, column) in told.map(|(i, column)| (i + 1, column)) {
                fill.push_str(&format!(" AND ({column} IS NULL OR ${n} IS NULL OR {column} = ${n})"));
            }
        }
        let key: Vec<String> = identity.iter().enumerate().map(|(i, c)| format!("{c} = ${}", i + 1)).collect();
        let delete = format!("DELETE FROM {name} WHERE {}", key.join(" AND "));
        let updated = if columns.contains(&"updated_at") { "updated_at" } else { "NULL" };
        let state = columns
            .contains(&"status")
            .then(|| format!("SELECT status, {updated} FROM {name} WHERE {}", key.join(" AND ")));
        Self { name, identity, columns, insert, merge, replace, fill, state, delete, select }
    }

    pub(super) fn put(
        &self,
        ids: &Ids<'_>,
        store: &Store,
        values: &[Val<'_>],
        meet: Meet,
    ) -> Result<Outcome, StoreError> {
        debug_assert_eq!(values.len(), self.identity.len() + self.columns.len(), "values of {}", self.name);
        let mut bound: Vec<Val<'_>> = Vec::with_capacity(values.len() + 1);
        bound.extend_from_slice(values);
        bound.push(ids.import.into());
        if store.db.exec(&self.insert, &bound)? == 1 {
            return Ok(Outcome::New);
        }
        let (identity, columns) = values.split_at(self.identity.len());
        bound.clear();
        bound.extend_from_slice(columns);
        bound.push(ids.import.into());
        bound.extend_from_slice(identity);
        let sql = match meet {
            // A ledger is added to and never rewritten.
            _ if is_ledger(self.name) => &self.fill,
            Meet::Replace => &self.replace,
            Meet::Merge if self.is_earlier(store, identity, columns)? => &self.fill,
            Meet::Merge => &self.merge,
        };
        Ok(if store.db.exec(sql, &bound)? == 0 { Outcome::Same } else { Outcome::Changed })
    }
}

impl Table {
    /// The record tells of a moment before what is known: it was changed last earlier, or it is still under way what is
    /// known to be over.
    fn is_earlier(&self, store: &Store, identity: &[Val<'_>], columns: &[Val<'_>]) -> Result<bool, StoreError> {
        let Some(sql) = &self.state else { return Ok(false) };
        let known = store.db.first(sql, identity, |row| Ok((row.text(0)?, row.opt_int(1)?)))?;
        let Some((status, updated)) = known else { return Ok(false) };
        let given =
            |name: &str| self.columns.iter().position(|column| *column == name).and_then(|at| columns.get(at).copied());
        let is_over = |status: &str| Status::parse(status).is_some_and(Status::is_finished);
        let goes_back = match given("status") {
            Some(Val::Text(new)) => is_over(&status) && !is_over(new),
            _ => false,
        };
        Ok(match (given("updated_at"), updated) {
            (Some(Val::Int(new)), Some(known)) => new < known || (new == known && goes_back),
            _ => goes_back,
        })
    }
}

macro_rules! table {
    ($static:ident, $name:literal, [$($id:literal),*], [$($column:literal),* $(,)?], $file:literal) => {
        pub static $static: LazyLock<Table> = LazyLock::new(|| {
            Table::new($name, &[$($id),*], &[$($column),*], include_str!(concat!("sql/", $file)))
        });
    };
}

table!(TEAM, "team", ["connection", "id"], ["name", "placeholder"], "team.sql");
table!(CALENDAR_DAY, "calendar_day", ["connection", "team", "date"], ["working", "name"], "calendar_day.sql");
table!(SERVICE, "service", ["connection", "id"], ["name", "team", "tier", "repo", "slo", "placeholder"], "service.sql");
table!(ENVIRONMENT, "environment", ["connection", "id"], ["name", "class", "ord", "placeholder"], "environment.sql");
table!(
    DEPLOYMENT_RULE,
    "deployment_rule",
    ["connection", "id"],
    ["service", "environment", "run_connection", "pipeline", "stage", "branch"],
    "deployment_rule.sql"
);
table!(
    COMMIT,
    "git_commit",
    ["connection", "repo", "sha"],
    ["authored_at", "committed_at", "author", "subject", "parents", "lines_added", "lines_deleted", "zone_assumed"],
    "commit.sql"
);
table!(
    CHANGE,
    "change",
    ["connection", "repo", "id"],
    [
        "created_at",
        "title",
        "author",
        "labels",
        "branch",
        "target",
        "first_commit_at",
        "first_review_at",
        "approved_at",
        "merged_at",
        "closed_at",
        "merge_sha",
        "commits",
        "lines_added",
        "lines_deleted",
        "url",
        "zone_assumed"
    ],
    "change.sql"
);
table!(
    RUN,
    "run",
    ["pipeline", "id", "attempt"],
    [
        "connection",
        "status",
        "status_raw",
        "number",
        "service",
        "repo",
        "branch",
        "tag",
        "sha",
        "actor",
        "event",
        "event_raw",
        "created_at",
        "queued_at",
        "started_at",
        "finished_at",
        "updated_at",
        "url",
        "parent",
        "excluded",
        "commits",
        "stages",
        "zone_assumed"
    ],
    "run.sql"
);
table!(
    DEPLOYMENT,
    "deployment",
    ["connection", "id"],
    [
        "service",
        "environment",
        "status",
        "version",
        "sha",
        "artifact_digest",
        "queued_at",
        "started_at",
        "finished_at",
        "run_connection",
        "run_pipeline",
        "run_id",
        "run_attempt",
        "commits",
        "changes",
        "rollback_of",
        "rework",
        "fixes",
        "notified_at",
        "actor",
        "url",
        "status_raw",
        "zone_assumed"
    ],
    "deployment.sql"
);
table!(
    INCIDENT,
    "incident",
    ["connection", "id"],
    [
        "title",
        "service",
        "environment",
        "severity",
        "severity_raw",
        "started_at",
        "declared_at",
        "detected_at",
        "detected_by",
        "acknowledged_at",
        "mitigated_at",
        "resolved_at",
        "causes",
        "cause_kind",
        "reviewed_at",
        "text",
        "labels",
        "url",
        "zone_assumed"
    ],
    "incident.sql"
);
table!(
    INCIDENT_EVENT,
    "incident_event",
    ["connection", "id"],
    ["incident", "at", "text", "kind", "who", "zone_assumed"],
    "incident_event.sql"
);

table!(
    ITEM,
    "item",
    ["connection", "id"],
    [
        "title",
        "kind",
        "state",
        "source_state",
        "service",
        "estimates",
        "rank",
        "assignee",
        "labels",
        "depends_on",
        "parent",
        "origin",
        "created_at",
        "started_at",
        "done_at",
        "due",
        "links",
        "url",
        "zone_assumed",
        "description"
    ],
    "item.sql"
);
table!(
    SPRINT,
    "sprint",
    ["connection", "id"],
    ["team", "name", "goal", "starts_at", "ends_at", "started_at", "closed_at", "goal_result", "zone_assumed"],
    "sprint.sql"
);
table!(
    SPRINT_EVENT,
    "sprint_event",
    ["connection", "id"],
    ["sprint", "at", "seq", "kind", "old", "new", "who", "note", "zone_assumed"],
    "sprint_event.sql"
);
table!(
    ITEM_EVENT,
    "item_event",
    ["connection", "id"],
    ["item", "at", "seq", "kind", "sprint", "old", "new", "reason", "who", "source", "zone_assumed"],
    "item_event.sql"
);

table!(PERSON, "person", ["connection", "id"], ["name", "role", "team", "hours_per_day"], "person.sql");
table!(ABSENCE, "absence", ["connection", "id"], ["person", "from_date", "to_date", "kind", "share"], "absence.sql");
table!(
    OPS_NEED,
    "ops_need",
    ["connection", "id"],
    ["item", "kind", "state", "owner", "lead_days", "due_stage", "evidence", "note"],
    "ops_need.sql"
);
table!(
    OPS_REVIEW,
    "ops_review",
    ["connection", "id"],
    ["item", "state", "reason", "unblock", "due", "by", "at", "item_version", "text", "zone_assumed"],
    "ops_review.sql"
);

/// The tables in the order of the interchange format, with how they are ordered there.
pub static IN_ORDER: LazyLock<[(&'static Table, &'static str); 19]> = LazyLock::new(|| {
    [
        (&*TEAM, "t.connection, t.id"),
        (&*CALENDAR_DAY, "t.connection, team.id, t.date"),
        (&*SERVICE, "t.connection, t.id"),
        (&*ENVIRONMENT, "t.connection, t.id"),
        (&*DEPLOYMENT_RULE, "t.connection, t.id"),
        (&*COMMIT, "t.connection, repo.text, t.sha"),
        (&*CHANGE, "t.connection, repo.text, t.id"),
        (&*RUN, "t.connection, pipeline.id, t.id, t.attempt"),
        (&*DEPLOYMENT, "t.connection, t.id"),
        (&*INCIDENT, "t.connection, t.id"),
        (&*INCIDENT_EVENT, "t.connection, t.id"),
        (&*PERSON, "t.connection, t.id"),
        (&*ABSENCE, "t.connection, t.id"),
        (&*ITEM, "t.connection, t.id"),
        (&*SPRINT, "t.connection, t.id"),
        (&*SPRINT_EVENT, "t.connection, t.id"),
        (&*ITEM_EVENT, "t.connection, t.id"),
        (&*OPS_NEED, "t.connection, t.id"),
        (&*OPS_REVIEW, "t.connection, t.id"),
    ]
});
