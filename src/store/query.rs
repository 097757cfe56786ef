//! Texts of the rows in sight, and one thing opened.

use super::db::Val;
use super::read;
use super::tables::{self, CHANGE, COMMIT, DEPLOYMENT, INCIDENT, INCIDENT_EVENT, RUN};
use super::{Store, StoreError};
use crate::model::record::*;
use crate::model::{Status, Time};

/// What a row of the run table shows beside its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunTexts {
    pub number: Option<i64>,
    pub id: String,
    pub sha: Option<String>,
    pub event: Option<String>,
    pub attempt: i64,
    pub url: Option<String>,
}

/// A sprint's report as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReport {
    pub text: String,
    /// What it sums up to, as text.
    pub sums: Option<String>,
    pub hash: String,
    /// Of a sprint that was closed elsewhere.
    pub of_import: bool,
}

/// A kept report as it is read for all sprints at once: with its sums, or with its text where those were not kept.
#[derive(Clone, Copy, Debug)]
pub struct KeptRow<'a> {
    pub connection: &'a str,
    pub sprint: &'a str,
    pub closed_at: Time,
    pub unit: &'a str,
    pub of_import: bool,
    pub sums: Option<&'a str>,
    pub report: Option<&'a str>,
}

/// A run with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RunDetail {
    pub run: Run,
    /// All attempts of the same run, in order.
    pub attempts: Vec<Run>,
    /// The run that started it, and those that it started.
    pub parent: Option<Run>,
    pub children: Vec<Run>,
    /// The commits it names, and the one it ran on, as far as they are known.
    pub commits: Vec<Commit>,
    pub deployments: Vec<Deployment>,
}

/// An event of an item, as it stands in its row.
#[derive(Clone, Copy, Debug)]
pub struct ItemEventRow<'a> {
    pub connection: &'a str,
    pub id: &'a str,
    pub item: &'a str,
    pub at: Time,
    pub seq: Option<u32>,
    pub kind: &'a str,
    pub sprint: Option<&'a str>,
    pub old: Option<&'a str>,
    pub new: Option<&'a str>,
    pub reason: Option<&'a str>,
}

/// A deployment with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentDetail {
    pub deployment: Deployment,
    pub incidents: Vec<Incident>,
}

/// A change with those of its commits that are known, the oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangeDetail {
    pub change: Change,
    pub commits: Vec<Commit>,
}

/// Commits that are read with a run or a change.
const MOST_COMMITS: usize = 200;
/// Runs that a run started, as far as they are shown.
const MOST_CHILDREN: usize = 50;

/// What a piece of evidence is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectTexts {
    pub kind: &'static str,
    pub connection: String,
    pub id: String,
    pub title: String,
}

/// That an item came into a sprint, or left it.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveRow {
    pub at: Time,
    pub is_join: bool,
    pub sprint: String,
    pub source: Option<String>,
}

impl Store {
    fn one(&self, table: &'static tables::Table, key: u32) -> Result<Option<Record>, StoreError> {
        let sql = format!("{} WHERE t.key = $1", table.select);
        self.db.first(&sql, &[key.into()], |row| read::read(table.name, row))
    }

    fn many(
        &self,
        table: &'static tables::Table,
        condition: &str,
        values: &[Val<'_>],
    ) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        let sql = format!("{} {condition}", table.select);
        self.db.each(&sql, values, |row| {
            records.push(read::read(table.name, row)?);
            Ok(())
        })?;
        Ok(records)
    }

    pub fn run_texts(&self, keys: &[u32]) -> Result<Vec<(u32, RunTexts)>, StoreError> {
        let mut texts = Vec::with_capacity(keys.len());
        for &key in keys {
            let found = self.db.first(include_str!("sql/run_texts.sql"), &[key.into()], |row| {
                Ok(RunTexts {
                    number: row.opt_int(0)?,
                    id: row.text(1)?,
                    sha: row.opt_text(2)?,
                    event: row.opt_text(3)?,
                    attempt: row.int(4)?,
                    url: row.opt_text(5)?,
                })
            })?;
            texts.extend(found.map(|found| (key, found)));
        }
        Ok(texts)
    }

    /// The latest attempt of each run that a text may mean: `CONNECTION:ID`, an id, or `PIPELINE#NUMBER`.
    pub fn runs_named(&self, text: &str) -> Result<Vec<Run>, StoreError> {
        let (connection, rest) = text.split_once(':').map_or((None, text), |(connection, id)| (Some(connection), id));
        let mut found = self.runs_where("t.id = $1", &[text.into()])?;
        if let Some(connection) = connection {
            found.extend(self.runs_where("t.connection = $1 AND t.id = $2", &[connection.into(), rest.into()])?);
        }
        if let Some((pipeline, number)) = rest.rsplit_once('#')
            && let Ok(number) = number.parse::<i64>()
        {
            let values = [pipeline.into(), pipeline.into(), number.into()];
            found.extend(self.runs_where("(pipeline.id = $1 OR pipeline.name = $2) AND t.number = $3", &values)?);
            found.retain(|run| connection.is_none_or(|connection| run.connection == connection));
        }
        let mut latest: Vec<Run> = Vec::new();
        for run in found {
            let is_same = |known: &Run| {
                (&known.connection, &known.pipeline, &known.id) == (&run.connection, &run.pipeline, &run.id)
            };
            if !latest.iter().any(is_same) {
                latest.push(run);
            }
        }
        Ok(latest)
    }

    fn runs_where(&self, condition: &str, values: &[Val<'_>]) -> Result<Vec<Run>, StoreError> {
        Ok(runs_of(self.many(&RUN, &format!("WHERE {condition} ORDER BY t.attempt DESC LIMIT 50"), values)?))
    }

    /// A run under way that its system knows no more: how it ended nobody will tell. How many rows it was.
    pub fn let_run_vanish(&self, connection: &str, pipeline: &str, run: &str) -> Result<u64, StoreError> {
        let values = [connection.into(), run.into(), pipeline.into()];
        Ok(self.db.exec(include_str!("sql/let_run_vanish.sql"), &values)? as u64)
    }

    /// The attempts of a run that are known, in order: number, status and end.
    pub fn attempts_of(
        &self,
        connection: &str,
        pipeline: &str,
        run: &str,
    ) -> Result<Vec<(u32, Status, Option<Time>)>, StoreError> {
        let mut attempts = Vec::new();
        let sql = "SELECT t.attempt, t.status, t.finished_at FROM run t JOIN pipeline ON pipeline.key = t.pipeline \
                   WHERE pipeline.connection = $1 AND pipeline.id = $2 AND t.id = $3 ORDER BY t.attempt";
        self.db.each(sql, &[connection.into(), pipeline.into(), run.into()], |row| {
            let status = Status::parse(row.str(1)?).unwrap_or_default();
            attempts.push((row.int(0)? as u32, status, row.opt_int(2)?.map(Time)));
            Ok(())
        })?;
        Ok(attempts)
    }

    /// The newest first.
    pub fn latest_runs(
        &self,
        connection: Option<&str>,
        pipeline: Option<&str>,
        most: usize,
    ) -> Result<Vec<Run>, StoreError> {
        // A later attempt has the creation of the first: when it began says that it is newer.
        let rest = format!(
            "WHERE ($1 IS NULL OR t.connection = $1) \
             AND ($2 IS NULL OR t.pipeline IN (SELECT key FROM pipeline WHERE id = $2 OR name = $2)) \
             ORDER BY COALESCE(MAX(t.created_at, t.started_at), t.started_at, t.created_at, t.queued_at, t.finished_at) \
             DESC, t.attempt DESC LIMIT {most}"
        );
        Ok(runs_of(self.many(&RUN, &rest, &[connection.into(), pipeline.into()])?))
    }

    /// The connections and ids of all pipelines that have runs.
    pub fn pipelines(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = Vec::new();
        self.db.each("SELECT connection, id FROM pipeline ORDER BY connection, id", &[], |row| {
            found.push((row.text(0)?, row.text(1)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// What a system calls a pipeline that it knows by an id.
    pub fn pipeline_name(&self, connection: &str, id: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT name FROM pipeline WHERE connection = $1 AND id = $2";
        self.db.first(sql, &[connection.into(), id.into()], |row| row.text(0))
    }

    pub fn run_detail(&self, key: u32) -> Result<Option<RunDetail>, StoreError> {
        let Some(Record::Run(run)) = self.one(&RUN, key)? else { return Ok(None) };
        let attempts = self.many(
            &RUN,
            "WHERE t.pipeline = (SELECT pipeline FROM run WHERE key = $1) AND t.id = $2 ORDER BY t.attempt",
            &[key.into(), (&run.id).into()],
        )?;
        let mut shas: Vec<&String> = run.commits.iter().flatten().collect();
        shas.extend(run.sha.iter().filter(|sha| !run.commits.iter().flatten().any(|known| known == *sha)));
        let mut commits = Vec::new();
        for sha in shas.into_iter().take(MOST_COMMITS) {
            commits.extend(self.many(&COMMIT, "WHERE t.sha = $1 LIMIT 1", &[sha.into()])?);
        }
        let of_pipeline = "WHERE t.pipeline = (SELECT pipeline FROM run WHERE key = $1)";
        let parent = match &run.parent {
            Some(parent) => {
                let rest = format!("{of_pipeline} AND t.id = $2 ORDER BY t.attempt DESC LIMIT 1");
                self.many(&RUN, &rest, &[key.into(), parent.into()])?
            }
            None => Vec::new(),
        };
        let children = format!("{of_pipeline} AND t.parent = $2 ORDER BY t.created_at LIMIT {MOST_CHILDREN}");
        let children = self.many(&RUN, &children, &[key.into(), (&run.id).into()])?;
        let deployments = self.many(&DEPLOYMENT, "WHERE t.run_key = $1 ORDER BY t.finished_at", &[key.into()])?;
        Ok(Some(RunDetail {
            run,
            attempts: attempts.into_iter().filter_map(into_run).collect(),
            parent: parent.into_iter().find_map(into_run),
            children: children.into_iter().filter_map(into_run).collect(),
            commits: commits.into_iter().filter_map(into_commit).collect(),
            deployments: deployments.into_iter().filter_map(into_deployment).collect(),
        }))
    }

    pub fn deployment_detail(&self, key: u32) -> Result<Option<DeploymentDetail>, StoreError> {
        let Some(Record::Deployment(deployment)) = self.one(&DEPLOYMENT, key)? else { return Ok(None) };
        let id = serde_json::to_string(&deployment.id).unwrap_or_default();
        let incidents = self
            .many(&INCIDENT, "WHERE t.causes LIKE '%' || $1 || '%'", &[(&id).into()])?
            .into_iter()
            .filter_map(into_incident)
            .filter(|incident| incident.causes.iter().flatten().any(|cause| cause.deployment == deployment.id))
            .collect();
        Ok(Some(DeploymentDetail { deployment, incidents }))
    }

    pub fn change_detail(&self, key: u32) -> Result<Option<ChangeDetail>, StoreError> {
        let Some(Record::Change(change)) = self.one(&CHANGE, key)? else { return Ok(None) };
        let mut commits = Vec::new();
        for sha in change.commits.iter().flatten().take(MOST_COMMITS) {
            commits.extend(
                self.many(&COMMIT, "WHERE t.sha = $1 LIMIT 1", &[sha.into()])?.into_iter().filter_map(into_commit),
            );
        }
        commits.sort_by_key(|commit: &Commit| commit.authored_at);
        Ok(Some(ChangeDetail { change, commits }))
    }

    pub fn incident(&self, key: u32) -> Result<Option<(Incident, Vec<IncidentEvent>)>, StoreError> {
        let Some(Record::Incident(incident)) = self.one(&INCIDENT, key)? else { return Ok(None) };
        let events = self.many(
            &INCIDENT_EVENT,
            "WHERE t.connection = $1 AND t.incident = $2 ORDER BY t.at, t.id",
            &[(&incident.connection).into(), (&incident.id).into()],
        )?;
        let events = events.into_iter().filter_map(|record| match record {
            Record::IncidentEvent(event) => Some(event),
            _ => None,
        });
        Ok(Some((incident, events.collect())))
    }

    /// All records of the small kinds that Sources and Settings edit.
    pub fn small_records(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for (table, order) in tables::IN_ORDER.iter().take(5) {
            records.extend(self.many(table, &format!("ORDER BY {order}"), &[])?);
        }
        for (table, order) in [(&tables::PERSON, "t.name, t.id"), (&tables::ABSENCE, "t.from_date, t.id")] {
            records.extend(self.many(table, &format!("ORDER BY {order}"), &[])?);
        }
        Ok(records)
    }

    /// Items, sprints and the sprints' events, who works on them, and what they need of operations.
    pub fn plan_records(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        let of_plan = [
            &tables::ITEM,
            &tables::SPRINT,
            &tables::SPRINT_EVENT,
            &tables::PERSON,
            &tables::ABSENCE,
            &tables::OPS_NEED,
            &tables::OPS_REVIEW,
        ];
        for table in of_plan {
            records.extend(self.many(table, "", &[])?);
        }
        Ok(records)
    }

    /// About how many events of items there are, for whoever makes room for them.
    pub fn about_item_events(&self) -> Result<usize, StoreError> {
        const MOST: usize = 1_000_000;
        let last = self.db.first("SELECT max(key) FROM item_event", &[], |row| row.opt_int(0))?.flatten();
        Ok(usize::try_from(last.unwrap_or_default()).unwrap_or_default().min(MOST))
    }

    /// Tells every event of an item, in no order and without a copy: there may be half a million.
    pub fn each_item_event(&self, mut tell: impl FnMut(&ItemEventRow<'_>)) -> Result<(), StoreError> {
        let sql = "SELECT connection, id, item, at, seq, kind, sprint, old, new, reason FROM item_event";
        self.db.each(sql, &[], |row| {
            tell(&ItemEventRow {
                connection: row.str(0)?,
                id: row.str(1)?,
                item: row.str(2)?,
                at: Time(row.int(3)?),
                seq: row.opt_int(4)?.and_then(|seq| u32::try_from(seq).ok()),
                kind: row.str(5)?,
                sprint: row.opt_str(6)?,
                old: row.opt_str(7)?,
                new: row.opt_str(8)?,
                reason: row.opt_str(9)?,
            });
            Ok(())
        })
    }

    /// The ledger of one sprint, in order.
    pub fn events_of_sprint(&self, connection: &str, sprint: &str) -> Result<Vec<SprintEvent>, StoreError> {
        let which = "WHERE t.connection = $1 AND t.sprint = $2 ORDER BY t.at, t.seq, t.id";
        let records = self.many(&tables::SPRINT_EVENT, which, &[connection.into(), sprint.into()])?;
        let events = records.into_iter().filter_map(|record| match record {
            Record::SprintEvent(event) => Some(event),
            _ => None,
        });
        Ok(events.collect())
    }

    /// The moves of one item into sprints and out of them, in order.
    pub fn moves_of_item(&self, connection: &str, item: &str) -> Result<Vec<MoveRow>, StoreError> {
        let sql = "SELECT at, kind = 'joined', sprint, source FROM item_event \
                   WHERE connection = $1 AND item = $2 AND kind IN ('joined', 'left') AND sprint IS NOT NULL \
                   ORDER BY at, seq, id";
        let mut moves = Vec::new();
        self.db.each(sql, &[connection.into(), item.into()], |row| {
            moves.push(MoveRow {
                at: Time(row.int(0)?),
                is_join: row.int(1)? != 0,
                sprint: row.text(2)?,
                source: row.opt_text(3)?,
            });
            Ok(())
        })?;
        Ok(moves)
    }

    /// The ledger of one item, in order.
    pub fn events_of_item(&self, connection: &str, item: &str) -> Result<Vec<ItemEvent>, StoreError> {
        let which = "WHERE t.connection = $1 AND t.item = $2 ORDER BY t.at, t.seq, t.id";
        let records = self.many(&tables::ITEM_EVENT, which, &[connection.into(), item.into()])?;
        let events = records.into_iter().filter_map(|record| match record {
            Record::ItemEvent(event) => Some(event),
            _ => None,
        });
        Ok(events.collect())
    }

    /// Keeps the report of a sprint as it was at its close; one that is there stays, unless an import told of it.
    pub fn keep_report(&self, sprint: (&str, &str, Time), unit: &str, kept: &KeptReport) -> Result<(), StoreError> {
        let sql = "INSERT INTO sprint_report (connection, sprint, closed_at, unit, report, hash, of_import, sums) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (connection, sprint, closed_at, unit) \
                   DO UPDATE SET report = excluded.report, hash = excluded.hash, sums = excluded.sums \
                   WHERE of_import = 1";
        let (connection, id, closed_at) = sprint;
        let (text, hash) = (kept.text.as_str(), kept.hash.as_str());
        let values = [connection.into(), id.into(), closed_at.0.into(), unit.into(), text.into(), hash.into()];
        let more = [i64::from(kept.of_import).into(), kept.sums.as_deref().into()];
        let values: Vec<Val<'_>> = values.into_iter().chain(more).collect();
        self.db.exec(sql, &values).map(|_| ())
    }

    /// Tells what every kept report sums up to.
    pub fn each_kept_report(&self, mut tell: impl FnMut(&KeptRow<'_>)) -> Result<(), StoreError> {
        let sql = "SELECT connection, sprint, closed_at, unit, of_import, sums, CASE WHEN sums IS NULL THEN report END \
                   FROM sprint_report";
        self.db.each(sql, &[], |row| {
            tell(&KeptRow {
                connection: row.str(0)?,
                sprint: row.str(1)?,
                closed_at: Time(row.int(2)?),
                unit: row.str(3)?,
                of_import: row.int(4)? == 1,
                sums: row.opt_str(5)?,
                report: row.opt_str(6)?,
            });
            Ok(())
        })
    }

    /// The kept report and its hash.
    pub fn kept_report(
        &self,
        connection: &str,
        sprint: &str,
        closed_at: Time,
        unit: &str,
    ) -> Result<Option<(String, String)>, StoreError> {
        let sql = "SELECT report, hash FROM sprint_report \
                   WHERE connection = $1 AND sprint = $2 AND closed_at = $3 AND unit = $4";
        let values = [connection.into(), sprint.into(), closed_at.0.into(), unit.into()];
        self.db.first(sql, &values, |row| Ok((row.text(0)?, row.text(1)?)))
    }

    pub fn commit_subject(&self, key: u32) -> Result<SubjectTexts, StoreError> {
        let commit = self.one(&COMMIT, key)?.and_then(into_commit);
        Ok(commit.map_or_else(SubjectTexts::default, |commit| SubjectTexts {
            kind: "commit",
            connection: commit.connection,
            id: commit.sha,
            title: commit.subject.unwrap_or_default(),
        }))
    }

    pub fn change_subject(&self, key: u32) -> Result<SubjectTexts, StoreError> {
        let Some(Record::Change(change)) = self.one(&CHANGE, key)? else { return Ok(SubjectTexts::default()) };
        Ok(SubjectTexts {
            kind: "change",
            connection: change.connection,
            id: format!("{}#{}", change.repo, change.id),
            title: change.title.unwrap_or_default(),
        })
    }

    pub fn deployment_subject(&self, key: u32) -> Result<SubjectTexts, StoreError> {
        let Some(Record::Deployment(d)) = self.one(&DEPLOYMENT, key)? else { return Ok(SubjectTexts::default()) };
        let version = d.version.or(d.sha.map(|sha| sha.chars().take(12).collect())).unwrap_or_default();
        Ok(SubjectTexts {
            kind: "deployment",
            connection: d.connection,
            id: d.id,
            title: format!("{} → {} {version}", d.service, d.environment).trim().to_owned(),
        })
    }

    pub fn incident_subject(&self, key: u32) -> Result<SubjectTexts, StoreError> {
        let Some(Record::Incident(incident)) = self.one(&INCIDENT, key)? else { return Ok(SubjectTexts::default()) };
        Ok(SubjectTexts { kind: "incident", connection: incident.connection, id: incident.id, title: incident.title })
    }
}

fn into_run(record: Record) -> Option<Run> {
    if let Record::Run(run) = record { Some(run) } else { None }
}
fn into_commit(record: Record) -> Option<Commit> {
    if let Record::Commit(commit) = record { Some(commit) } else { None }
}
fn into_deployment(record: Record) -> Option<Deployment> {
    if let Record::Deployment(deployment) = record { Some(deployment) } else { None }
}
fn into_incident(record: Record) -> Option<Incident> {
    if let Record::Incident(incident) = record { Some(incident) } else { None }
}

/// What the import of repositories asks.
impl Store {
    /// The database, for the id cache of an import that the caller has begun.
    pub fn db_for_ids(&self) -> &super::db::Db {
        &self.db
    }

    /// The commits of a repository.
    pub fn known_shas(&self, repo: &str) -> Result<std::collections::HashSet<String>, StoreError> {
        let mut shas = std::collections::HashSet::new();
        self.db.each(include_str!("sql/known_shas.sql"), &[repo.into()], |row| {
            shas.insert(row.text(0)?);
            Ok(())
        })?;
        Ok(shas)
    }

    pub fn uncounted_commits(&self) -> Result<u64, StoreError> {
        let count =
            self.db.first("SELECT count(*) FROM git_commit WHERE lines_added IS NULL", &[], |row| row.int(0))?;
        Ok(count.unwrap_or_default() as u64)
    }

    pub fn uncounted_shas(&self) -> Result<Vec<String>, StoreError> {
        let mut shas = Vec::new();
        self.db.each("SELECT sha FROM git_commit WHERE lines_added IS NULL ORDER BY authored_at DESC", &[], |row| {
            shas.push(row.text(0)?);
            Ok(())
        })?;
        Ok(shas)
    }

    /// Keeps line counts and empties the batch.
    pub fn put_line_counts(&self, batch: &mut Vec<crate::model::LineCounts>) -> Result<(), StoreError> {
        self.transaction(|store| {
            for counts in batch.drain(..) {
                store.db.exec(
                    "UPDATE git_commit SET lines_added = $1, lines_deleted = $2 WHERE sha = $3",
                    &[counts.added.into(), counts.deleted.into(), (&counts.sha).into()],
                )?;
            }
            store.log("count lines", crate::model::Time::now())
        })
    }
}

fn runs_of(records: Vec<Record>) -> Vec<Run> {
    records.into_iter().filter_map(|record| if let Record::Run(run) = record { Some(run) } else { None }).collect()
}
