//! Records in and out of their tables. A table's columns are named once; its statements are made from them.

use std::sync::LazyLock;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::db::{Row, Val};
use super::ids::{Ids, Named};
use super::{Store, StoreError};
use crate::model::record::*;
use crate::model::{Status, Time};

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
    delete: String,
    /// The record's columns with their names joined back.
    pub select: &'static str,
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
        let key: Vec<String> = identity.iter().enumerate().map(|(i, c)| format!("{c} = ${}", i + 1)).collect();
        let delete = format!("DELETE FROM {name} WHERE {}", key.join(" AND "));
        Self { name, identity, columns, insert, merge, replace, delete, select }
    }

    fn put(&self, ids: &Ids<'_>, store: &Store, values: &[Val<'_>], meet: Meet) -> Result<Outcome, StoreError> {
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
        let sql = if meet == Meet::Merge { &self.merge } else { &self.replace };
        Ok(if store.db.exec(sql, &bound)? == 0 { Outcome::Same } else { Outcome::Changed })
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
    ["authored_at", "committed_at", "author", "subject", "parents", "lines_added", "lines_deleted"],
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
        "url"
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
        "stages"
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
        "url"
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
        "url"
    ],
    "incident.sql"
);
table!(
    INCIDENT_EVENT,
    "incident_event",
    ["connection", "id"],
    ["incident", "at", "text", "kind", "who"],
    "incident_event.sql"
);

/// The tables in the order of the interchange format, with how they are ordered there.
pub static IN_ORDER: LazyLock<[(&'static Table, &'static str); 11]> = LazyLock::new(|| {
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
    ]
});

fn json<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.and_then(|value| serde_json::to_string(value).ok())
}

fn time(value: Option<Time>) -> Val<'static> {
    value.map(|time| time.0).into()
}

fn flag(value: Option<bool>) -> Val<'static> {
    value.map(i64::from).into()
}

impl Store {
    /// Writes a record; the caller has begun a transaction.
    pub fn put(&self, record: &Record, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        match record {
            Record::Header(_) => Ok(Outcome::Same),
            Record::Team(team) => {
                let values = [(&team.connection).into(), (&team.id).into(), (&team.name).into(), Val::Int(0)];
                let outcome = TEAM.put(ids, self, &values, meet)?;
                self.learn(ids, Named::Team, &team.connection, &team.id, outcome)
            }
            Record::CalendarDay(day) => {
                let team = ids.named(Named::Team, &day.connection, &day.team)?;
                let date = day.date.to_string();
                let values = [
                    (&day.connection).into(),
                    team.into(),
                    (&date).into(),
                    i64::from(day.working).into(),
                    day.name.as_ref().into(),
                ];
                CALENDAR_DAY.put(ids, self, &values, meet)
            }
            Record::Service(service) => self.put_service(service, ids, meet),
            Record::Environment(environment) => {
                let values = [
                    (&environment.connection).into(),
                    (&environment.id).into(),
                    (&environment.name).into(),
                    environment.class.as_str().into(),
                    environment.order.into(),
                    Val::Int(0),
                ];
                let outcome = ENVIRONMENT.put(ids, self, &values, meet)?;
                self.learn(ids, Named::Environment, &environment.connection, &environment.id, outcome)
            }
            Record::DeploymentRule(rule) => {
                let service = ids.named(Named::Service, &rule.connection, &rule.service)?;
                let environment = ids.named(Named::Environment, &rule.connection, &rule.environment)?;
                let values = [
                    (&rule.connection).into(),
                    (&rule.id).into(),
                    service.into(),
                    environment.into(),
                    rule.run_connection.as_ref().into(),
                    rule.pipeline.as_ref().into(),
                    rule.stage.as_ref().into(),
                    rule.branch.as_ref().into(),
                ];
                DEPLOYMENT_RULE.put(ids, self, &values, meet)
            }
            Record::Commit(commit) => self.put_commit(commit, ids, meet),
            Record::Change(change) => self.put_change(change, ids, meet),
            Record::Run(run) => self.put_run(run, ids, meet),
            Record::Deployment(deployment) => self.put_deployment(deployment, ids, meet),
            Record::Incident(incident) => self.put_incident(incident, ids, meet),
            Record::IncidentEvent(event) => {
                let values = [
                    (&event.connection).into(),
                    (&event.id).into(),
                    (&event.incident).into(),
                    event.at.0.into(),
                    (&event.text).into(),
                    event.kind.as_ref().into(),
                    event.who.as_ref().into(),
                ];
                INCIDENT_EVENT.put(ids, self, &values, meet)
            }
        }
    }

    fn learn(
        &self,
        ids: &mut Ids<'_>,
        kind: Named,
        connection: &str,
        id: &str,
        outcome: Outcome,
    ) -> Result<Outcome, StoreError> {
        if outcome == Outcome::New {
            ids.learn(kind, connection, id, self.db.last_key());
        }
        Ok(outcome)
    }

    fn put_service(&self, service: &Service, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let team = ids.opt_named(Named::Team, &service.connection, service.team.as_ref())?;
        let tier = service.tier.map(|tier| match tier {
            Tier::A => "A",
            Tier::B => "B",
            Tier::C => "C",
        });
        let slo = json(service.slo.as_ref());
        let values = [
            (&service.connection).into(),
            (&service.id).into(),
            (&service.name).into(),
            team.into(),
            tier.into(),
            service.repo.as_ref().into(),
            slo.as_ref().into(),
            Val::Int(0),
        ];
        let outcome = SERVICE.put(ids, self, &values, meet)?;
        self.learn(ids, Named::Service, &service.connection, &service.id, outcome)
    }

    fn put_commit(&self, commit: &Commit, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let repo = ids.word(&commit.repo)?;
        let author = ids.opt_word(commit.author.as_ref())?;
        let parents = json(commit.parents.as_ref());
        let values = [
            (&commit.connection).into(),
            repo.into(),
            (&commit.sha).into(),
            commit.authored_at.0.into(),
            time(commit.committed_at),
            author.into(),
            commit.subject.as_ref().into(),
            parents.as_ref().into(),
            commit.lines_added.into(),
            commit.lines_deleted.into(),
        ];
        COMMIT.put(ids, self, &values, meet)
    }

    fn put_change(&self, change: &Change, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let repo = ids.word(&change.repo)?;
        let author = ids.opt_word(change.author.as_ref())?;
        let (labels, commits) = (json(change.labels.as_ref()), json(change.commits.as_ref()));
        let values = [
            (&change.connection).into(),
            repo.into(),
            (&change.id).into(),
            change.created_at.0.into(),
            change.title.as_ref().into(),
            author.into(),
            labels.as_ref().into(),
            change.branch.as_ref().into(),
            change.target.as_ref().into(),
            time(change.first_commit_at),
            time(change.first_review_at),
            time(change.approved_at),
            time(change.merged_at),
            time(change.closed_at),
            change.merge_sha.as_ref().into(),
            commits.as_ref().into(),
            change.lines_added.into(),
            change.lines_deleted.into(),
            change.url.as_ref().into(),
        ];
        CHANGE.put(ids, self, &values, meet)
    }

    fn put_run(&self, run: &Run, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let pipeline = ids.pipeline(&run.connection, &run.pipeline, run.pipeline_name.as_ref())?;
        let service = ids.opt_named(Named::Service, &run.connection, run.service.as_ref())?;
        let repo = ids.opt_word(run.repo.as_ref())?;
        let branch = ids.opt_word(run.branch.as_ref())?;
        let actor = ids.opt_word(run.actor.as_ref())?;
        let (commits, stages) = (json(run.commits.as_ref()), json(run.stages.as_ref()));
        let values = [
            pipeline.into(),
            (&run.id).into(),
            run.attempt.into(),
            (&run.connection).into(),
            run.status.as_str().into(),
            run.status_raw.as_ref().into(),
            run.number.into(),
            service.into(),
            repo.into(),
            branch.into(),
            run.tag.as_ref().into(),
            run.sha.as_ref().into(),
            actor.into(),
            run.event.as_ref().into(),
            run.event_raw.as_ref().into(),
            time(run.created_at),
            time(run.queued_at),
            time(run.started_at),
            time(run.finished_at),
            time(run.updated_at),
            run.url.as_ref().into(),
            run.parent.as_ref().into(),
            flag(run.excluded),
            commits.as_ref().into(),
            stages.as_ref().into(),
        ];
        RUN.put(ids, self, &values, meet)
    }

    pub(super) fn put_deployment(
        &self,
        deployment: &Deployment,
        ids: &mut Ids<'_>,
        meet: Meet,
    ) -> Result<Outcome, StoreError> {
        let service = ids.named(Named::Service, &deployment.connection, &deployment.service)?;
        let environment = ids.named(Named::Environment, &deployment.connection, &deployment.environment)?;
        let actor = ids.opt_word(deployment.actor.as_ref())?;
        let run = deployment.run.as_ref();
        let (commits, changes) = (json(deployment.commits.as_ref()), json(deployment.changes.as_ref()));
        let fixes = json(deployment.fixes.as_ref());
        let values = [
            (&deployment.connection).into(),
            (&deployment.id).into(),
            service.into(),
            environment.into(),
            deployment.status.as_str().into(),
            deployment.version.as_ref().into(),
            deployment.sha.as_ref().into(),
            deployment.artifact_digest.as_ref().into(),
            time(deployment.queued_at),
            time(deployment.started_at),
            time(deployment.finished_at),
            run.and_then(|run| run.connection.as_ref()).into(),
            run.map(|run| &run.pipeline).into(),
            run.map(|run| &run.id).into(),
            run.map(|run| run.attempt).into(),
            commits.as_ref().into(),
            changes.as_ref().into(),
            deployment.rollback_of.as_ref().into(),
            flag(deployment.rework),
            fixes.as_ref().into(),
            time(deployment.notified_at),
            actor.into(),
            deployment.url.as_ref().into(),
        ];
        DEPLOYMENT.put(ids, self, &values, meet)
    }

    fn put_incident(&self, incident: &Incident, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let service = ids.opt_named(Named::Service, &incident.connection, incident.service.as_ref())?;
        let environment = ids.opt_named(Named::Environment, &incident.connection, incident.environment.as_ref())?;
        let (causes, labels) = (json(incident.causes.as_ref()), json(incident.labels.as_ref()));
        let values = [
            (&incident.connection).into(),
            (&incident.id).into(),
            (&incident.title).into(),
            service.into(),
            environment.into(),
            incident.severity.map(u32::from).into(),
            incident.severity_raw.as_ref().into(),
            time(incident.started_at),
            time(incident.declared_at),
            time(incident.detected_at),
            incident.detected_by.as_ref().into(),
            time(incident.acknowledged_at),
            time(incident.mitigated_at),
            time(incident.resolved_at),
            causes.as_ref().into(),
            incident.cause_kind.as_ref().into(),
            time(incident.reviewed_at),
            incident.text.as_ref().into(),
            labels.as_ref().into(),
            incident.url.as_ref().into(),
        ];
        INCIDENT.put(ids, self, &values, meet)
    }

    /// The record of the same identity as it now is.
    pub fn current(&self, record: &Record) -> Result<Option<Record>, StoreError> {
        let (table, condition, values) = identity(record);
        let sql = format!("{} WHERE {condition}", table.select);
        let values: Vec<Val<'_>> = values.iter().map(|part| part.as_str().into()).collect();
        self.db.first(&sql, &values, |row| read(table.name, row))
    }

    /// Takes a record away; the caller has begun a transaction.
    pub fn delete(&self, record: &Record, ids: &mut Ids<'_>) -> Result<(), StoreError> {
        let deleted = match record {
            Record::CalendarDay(day) => {
                let team = ids.named(Named::Team, &day.connection, &day.team)?;
                let date = day.date.to_string();
                self.db.exec(&CALENDAR_DAY.delete, &[(&day.connection).into(), team.into(), (&date).into()])
            }
            other => {
                let (table, _, values) = identity(other);
                let values: Vec<Val<'_>> = values.iter().map(|part| part.as_str().into()).collect();
                self.db.exec(&table.delete, &values)
            }
        };
        match deleted {
            Ok(_) => Ok(()),
            Err(StoreError::Sql(why)) if why.contains("FOREIGN KEY") => {
                Err(StoreError::StillUsed { record: describe(record), by: "deployments, runs or rules".to_owned() })
            }
            Err(error) => Err(error),
        }
    }

    /// Calls `tell` with every record, in the order of the interchange format.
    pub fn each_record<E: From<StoreError>>(&self, mut tell: impl FnMut(Record) -> Result<(), E>) -> Result<(), E> {
        for (table, order) in IN_ORDER.iter() {
            let placeholders = if matches!(table.name, "team" | "service" | "environment") {
                " WHERE t.placeholder = 0"
            } else if table.name == "deployment" {
                " WHERE t.rule IS NULL OR t.rework IS NOT NULL OR t.rollback_of IS NOT NULL OR t.fixes IS NOT NULL"
            } else {
                ""
            };
            let sql = format!("{}{placeholders} ORDER BY {order}", table.select);
            let mut failed = None;
            self.db.each(&sql, &[], |row| {
                if failed.is_none() {
                    failed = tell(read(table.name, row)?).err();
                }
                Ok(())
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }
}

/// What a person calls a record.
pub fn describe(record: &Record) -> String {
    let (_, _, identity) = identity(record);
    format!("{} \"{}\"", record.type_name().replace('_', " "), identity.last().map_or("", String::as_str))
}

/// A record's table, the condition that finds its row in the select statement, and the values for it.
fn identity(record: &Record) -> (&'static Table, &'static str, Vec<String>) {
    const BY_ID: &str = "t.connection = $1 AND t.id = $2";
    let by_id = |connection: &String, id: &String| vec![connection.clone(), id.clone()];
    match record {
        Record::Header(_) => (&TEAM, "1 = 0", Vec::new()),
        Record::Team(r) => (&TEAM, BY_ID, by_id(&r.connection, &r.id)),
        Record::CalendarDay(r) => (
            &CALENDAR_DAY,
            "t.connection = $1 AND team.id = $2 AND t.date = $3",
            vec![r.connection.clone(), r.team.clone(), r.date.to_string()],
        ),
        Record::Service(r) => (&SERVICE, BY_ID, by_id(&r.connection, &r.id)),
        Record::Environment(r) => (&ENVIRONMENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::DeploymentRule(r) => (&DEPLOYMENT_RULE, BY_ID, by_id(&r.connection, &r.id)),
        Record::Commit(r) => (
            &COMMIT,
            "t.connection = $1 AND repo.text = $2 AND t.sha = $3",
            vec![r.connection.clone(), r.repo.clone(), r.sha.clone()],
        ),
        Record::Change(r) => (
            &CHANGE,
            "t.connection = $1 AND repo.text = $2 AND t.id = $3",
            vec![r.connection.clone(), r.repo.clone(), r.id.clone()],
        ),
        Record::Run(r) => (
            &RUN,
            "t.connection = $1 AND pipeline.id = $2 AND t.id = $3 AND t.attempt = CAST($4 AS INTEGER)",
            vec![r.connection.clone(), r.pipeline.clone(), r.id.clone(), r.attempt.to_string()],
        ),
        Record::Deployment(r) => (&DEPLOYMENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::Incident(r) => (&INCIDENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::IncidentEvent(r) => (&INCIDENT_EVENT, BY_ID, by_id(&r.connection, &r.id)),
    }
}

fn from_json<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(|text| serde_json::from_str(text).map_err(|error| StoreError::Sql(error.to_string()))).transpose()
}

fn status_of(text: &str) -> Status {
    Status::parse(text).unwrap_or_default()
}

/// Reads a row of a table's select statement.
pub(super) fn read(table: &str, row: &Row<'_>) -> Result<Record, StoreError> {
    let time = |at: usize| row.opt_int(at).map(|micros| micros.map(Time));
    let connection = row.text(0)?;
    Ok(match table {
        "team" => Record::Team(Team { connection, id: row.text(1)?, name: row.text(2)? }),
        "calendar_day" => Record::CalendarDay(CalendarDay {
            connection,
            team: row.text(1)?,
            date: row.str(2)?.parse().map_err(|_error| StoreError::Sql("a date does not read back".to_owned()))?,
            working: row.int(3)? != 0,
            name: row.opt_text(4)?,
        }),
        "service" => Record::Service(Service {
            connection,
            id: row.text(1)?,
            name: row.text(2)?,
            team: row.opt_text(3)?,
            tier: row.opt_str(4)?.and_then(|tier| match tier {
                "A" => Some(Tier::A),
                "B" => Some(Tier::B),
                "C" => Some(Tier::C),
                _ => None,
            }),
            repo: row.opt_text(5)?,
            slo: from_json(row.opt_str(6)?)?,
        }),
        "environment" => Record::Environment(Environment {
            connection,
            id: row.text(1)?,
            name: row.text(2)?,
            class: EnvironmentClass::parse(row.str(3)?).unwrap_or_default(),
            order: row.opt_int(4)?,
        }),
        "deployment_rule" => Record::DeploymentRule(DeploymentRule {
            connection,
            id: row.text(1)?,
            service: row.text(2)?,
            environment: row.text(3)?,
            run_connection: row.opt_text(4)?,
            pipeline: row.opt_text(5)?,
            stage: row.opt_text(6)?,
            branch: row.opt_text(7)?,
        }),
        "git_commit" => Record::Commit(Commit {
            connection,
            repo: row.text(1)?,
            sha: row.text(2)?,
            authored_at: Time(row.int(3)?),
            committed_at: time(4)?,
            author: row.opt_text(5)?,
            subject: row.opt_text(6)?,
            parents: from_json(row.opt_str(7)?)?,
            lines_added: row.opt_int(8)?,
            lines_deleted: row.opt_int(9)?,
        }),
        "change" => Record::Change(Change {
            connection,
            repo: row.text(1)?,
            id: row.text(2)?,
            created_at: Time(row.int(3)?),
            title: row.opt_text(4)?,
            author: row.opt_text(5)?,
            labels: from_json(row.opt_str(6)?)?,
            branch: row.opt_text(7)?,
            target: row.opt_text(8)?,
            first_commit_at: time(9)?,
            first_review_at: time(10)?,
            approved_at: time(11)?,
            merged_at: time(12)?,
            closed_at: time(13)?,
            merge_sha: row.opt_text(14)?,
            commits: from_json(row.opt_str(15)?)?,
            lines_added: row.opt_int(16)?,
            lines_deleted: row.opt_int(17)?,
            url: row.opt_text(18)?,
        }),
        "run" => {
            let pipeline = row.text(1)?;
            let name = row.opt_text(6)?.filter(|name| *name != pipeline);
            Record::Run(Run {
                connection,
                pipeline,
                id: row.text(2)?,
                attempt: row.int(3)? as u32,
                status: status_of(row.str(4)?),
                status_raw: row.opt_text(5)?,
                pipeline_name: name,
                number: row.opt_int(7)?,
                service: row.opt_text(8)?,
                repo: row.opt_text(9)?,
                branch: row.opt_text(10)?,
                tag: row.opt_text(11)?,
                sha: row.opt_text(12)?,
                actor: row.opt_text(13)?,
                event: row.opt_text(14)?,
                event_raw: row.opt_text(15)?,
                created_at: time(16)?,
                queued_at: time(17)?,
                started_at: time(18)?,
                finished_at: time(19)?,
                updated_at: time(20)?,
                url: row.opt_text(21)?,
                parent: row.opt_text(22)?,
                excluded: row.opt_int(23)?.map(|flag| flag != 0),
                commits: from_json(row.opt_str(24)?)?,
                stages: from_json(row.opt_str(25)?)?,
            })
        }
        "deployment" => {
            let run = row.opt_text(13)?.map(|id| -> Result<RunRef, StoreError> {
                Ok(RunRef {
                    connection: row.opt_text(11)?,
                    pipeline: row.opt_text(12)?.unwrap_or_default(),
                    id,
                    attempt: row.opt_int(14)?.unwrap_or(1) as u32,
                })
            });
            Record::Deployment(Deployment {
                connection,
                id: row.text(1)?,
                service: row.text(2)?,
                environment: row.text(3)?,
                status: status_of(row.str(4)?),
                version: row.opt_text(5)?,
                sha: row.opt_text(6)?,
                artifact_digest: row.opt_text(7)?,
                queued_at: time(8)?,
                started_at: time(9)?,
                finished_at: time(10)?,
                run: run.transpose()?,
                commits: from_json(row.opt_str(15)?)?,
                changes: from_json(row.opt_str(16)?)?,
                rollback_of: row.opt_text(17)?,
                rework: row.opt_int(18)?.map(|flag| flag != 0),
                fixes: from_json(row.opt_str(19)?)?,
                notified_at: time(20)?,
                actor: row.opt_text(21)?,
                url: row.opt_text(22)?,
            })
        }
        "incident" => Record::Incident(Incident {
            connection,
            id: row.text(1)?,
            title: row.text(2)?,
            service: row.opt_text(3)?,
            environment: row.opt_text(4)?,
            severity: row.opt_int(5)?.map(|severity| severity as u8),
            severity_raw: row.opt_text(6)?,
            started_at: time(7)?,
            declared_at: time(8)?,
            detected_at: time(9)?,
            detected_by: row.opt_text(10)?,
            acknowledged_at: time(11)?,
            mitigated_at: time(12)?,
            resolved_at: time(13)?,
            causes: from_json(row.opt_str(14)?)?,
            caused_by: None,
            cause_state: None,
            cause_kind: row.opt_text(15)?,
            reviewed_at: time(16)?,
            text: row.opt_text(17)?,
            labels: from_json(row.opt_str(18)?)?,
            url: row.opt_text(19)?,
        }),
        _ => Record::IncidentEvent(IncidentEvent {
            connection,
            id: row.text(1)?,
            incident: row.text(2)?,
            at: Time(row.int(3)?),
            text: row.text(4)?,
            kind: row.opt_text(5)?,
            who: row.opt_text(6)?,
        }),
    })
}
