//! Deployment rules: finished runs, or one of their stages, as deployments.
//!
//! A deployment made by a rule has the id `rule/{connection}/{pipeline}/{run}/{attempt}/{stage}`, whatever the rule's
//! own id, so that marks and causes survive an edit of the rule. Where two rules claim the same run and stage, the
//! first by id does. An explicit deployment that names the same run and environment wins.

use regex::Regex;
use rustc_hash::FxHashSet;

use super::db::Row;
use super::{Store, StoreError};
use crate::model::record::{DeploymentRule, Stage};
use crate::model::{Status, Time};

/// What a rule would make of the runs there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RulePreview {
    pub pipelines: usize,
    pub deployments: usize,
    pub succeeded: usize,
    /// The newest few: (pipeline, run, stage, status, finished).
    pub newest: Vec<(String, String, String, Status, Option<Time>)>,
}

struct Patterns {
    run_connection: Option<String>,
    pipeline: Option<Regex>,
    stage: Option<Regex>,
    branch: Option<Regex>,
}

struct RunRow {
    key: i64,
    connection: String,
    pipeline: String,
    id: String,
    attempt: i64,
    status: Status,
    branch: Option<String>,
    sha: Option<String>,
    commits: Option<String>,
    queued_at: Option<i64>,
    started_at: Option<i64>,
    finished_at: Option<i64>,
    stages: Vec<Stage>,
    url: Option<String>,
    actor: Option<String>,
}

/// The part of a run that deployed.
struct Deployed {
    stage: String,
    status: Status,
    started_at: Option<i64>,
    finished_at: Option<i64>,
}

fn whole(pattern: Option<&String>) -> Result<Option<Regex>, StoreError> {
    let compile = |pattern: &String| {
        Regex::new(&format!("^(?:{pattern})$")).map_err(|error| StoreError::Sql(format!("a rule's pattern: {error}")))
    };
    pattern.filter(|pattern| !pattern.is_empty()).map(compile).transpose()
}

impl Patterns {
    fn new(rule: &DeploymentRule) -> Result<Self, StoreError> {
        Ok(Self {
            run_connection: rule.run_connection.clone(),
            pipeline: whole(rule.pipeline.as_ref())?,
            stage: whole(rule.stage.as_ref())?,
            branch: whole(rule.branch.as_ref())?,
        })
    }

    fn wants_pipeline(&self, connection: &str, id: &str, name: &str) -> bool {
        self.run_connection.as_ref().is_none_or(|wanted| wanted == connection)
            && self.pipeline.as_ref().is_none_or(|pattern| pattern.is_match(id) || pattern.is_match(name))
    }

    fn deployed(&self, run: &RunRow) -> Option<Deployed> {
        if let Some(pattern) = &self.branch
            && !run.branch.as_ref().is_some_and(|branch| pattern.is_match(branch))
        {
            return None;
        }
        let counts = |status: Status| status.is_finished() && status != Status::Skipped;
        let Some(pattern) = &self.stage else {
            return counts(run.status).then(|| Deployed {
                stage: String::new(),
                status: run.status,
                started_at: run.started_at,
                finished_at: run.finished_at,
            });
        };
        run.stages
            .iter()
            .filter(|stage| counts(stage.status) && pattern.is_match(&stage.name))
            .max_by_key(|stage| stage.finished_at)
            .map(|stage| Deployed {
                stage: stage.name.clone(),
                status: stage.status,
                started_at: stage.started_at.map(|time| time.0).or(run.started_at),
                finished_at: stage.finished_at.map(|time| time.0).or(run.finished_at),
            })
    }
}

fn read_run(row: &Row<'_>) -> Result<RunRow, StoreError> {
    let stages = row.opt_str(12)?.map(serde_json::from_str).transpose();
    Ok(RunRow {
        key: row.int(0)?,
        connection: row.text(1)?,
        pipeline: row.text(2)?,
        id: row.text(3)?,
        attempt: row.int(4)?,
        status: Status::parse(row.str(5)?).unwrap_or_default(),
        branch: row.opt_text(6)?,
        sha: row.opt_text(7)?,
        commits: row.opt_text(8)?,
        queued_at: row.opt_int(9)?,
        started_at: row.opt_int(10)?,
        finished_at: row.opt_int(11)?,
        stages: stages.map_err(|error: serde_json::Error| StoreError::Sql(error.to_string()))?.unwrap_or_default(),
        url: row.opt_text(13)?,
        actor: row.opt_text(14)?,
    })
}

impl Store {
    /// Calls `tell` with each run (and the part of it) that a rule turns into a deployment.
    fn each_deployed(
        &self,
        patterns: &Patterns,
        mut tell: impl FnMut(RunRow, Deployed) -> Result<(), StoreError>,
    ) -> Result<usize, StoreError> {
        let mut pipelines = Vec::new();
        self.db.each("SELECT key, connection, id, name FROM pipeline", &[], |row| {
            if patterns.wants_pipeline(row.str(1)?, row.str(2)?, row.str(3)?) {
                pipelines.push(row.int(0)?);
            }
            Ok(())
        })?;
        let sql = include_str!("sql/stages_of_runs.sql");
        for &pipeline in &pipelines {
            self.db.each(sql, &[pipeline.into()], |row| {
                let run = read_run(row)?;
                match patterns.deployed(&run) {
                    Some(deployed) => tell(run, deployed),
                    None => Ok(()),
                }
            })?;
        }
        Ok(pipelines.len())
    }

    /// Makes the deployments of all rules anew: adds, updates and removes rows; marks by hand stay.
    pub(super) fn apply_rules(&self) -> Result<(), StoreError> {
        let mut rules = Vec::new();
        self.db.each(
            "SELECT key, service, environment, run_connection, pipeline, stage, branch FROM deployment_rule ORDER BY id, key",
            &[],
            |row| {
                let rule = DeploymentRule {
                    connection: String::new(),
                    id: String::new(),
                    service: String::new(),
                    environment: String::new(),
                    run_connection: row.opt_text(3)?,
                    pipeline: row.opt_text(4)?,
                    stage: row.opt_text(5)?,
                    branch: row.opt_text(6)?,
                };
                rules.push((row.int(0)?, row.int(1)?, row.int(2)?, Patterns::new(&rule)?));
                Ok(())
            },
        )?;
        let mut explicit: FxHashSet<(i64, i64)> = FxHashSet::default();
        self.db.each(
            "SELECT run_key, environment FROM deployment WHERE rule IS NULL AND run_key IS NOT NULL",
            &[],
            |row| {
                explicit.insert((row.int(0)?, row.int(1)?));
                Ok(())
            },
        )?;
        let mut made: FxHashSet<(String, String)> = FxHashSet::default();
        let mut ids = super::ids::Ids::new(&self.db, None)?;
        for (rule, service, environment, patterns) in &rules {
            let mut found = Vec::new();
            self.each_deployed(patterns, |run, deployed| {
                if !explicit.contains(&(run.key, *environment)) {
                    found.push((run, deployed));
                }
                Ok(())
            })?;
            for (run, deployed) in found {
                let id =
                    format!("rule/{}/{}/{}/{}/{}", run.connection, run.pipeline, run.id, run.attempt, deployed.stage);
                if !made.insert((run.connection.clone(), id.clone())) {
                    continue;
                }
                let actor = ids.opt_word(run.actor.as_ref())?;
                self.db.exec(
                    include_str!("sql/put_rule_deployment.sql"),
                    &[
                        (&run.connection).into(),
                        (&id).into(),
                        (*service).into(),
                        (*environment).into(),
                        deployed.status.as_str().into(),
                        run.sha.as_ref().into(),
                        run.queued_at.into(),
                        deployed.started_at.into(),
                        deployed.finished_at.into(),
                        (&run.pipeline).into(),
                        (&run.id).into(),
                        run.attempt.into(),
                        run.key.into(),
                        run.commits.as_ref().into(),
                        actor.into(),
                        run.url.as_ref().into(),
                        (*rule).into(),
                    ],
                )?;
            }
        }
        let mut gone = Vec::new();
        self.db.each("SELECT key, connection, id FROM deployment WHERE rule IS NOT NULL", &[], |row| {
            if !made.contains(&(row.text(1)?, row.text(2)?)) {
                gone.push(row.int(0)?);
            }
            Ok(())
        })?;
        for key in gone {
            self.db.exec("DELETE FROM deployment WHERE key = $1", &[key.into()])?;
        }
        Ok(())
    }

    /// What a rule would match, without saving it.
    pub fn preview_rule(&self, rule: &DeploymentRule) -> Result<RulePreview, StoreError> {
        let patterns = Patterns::new(rule)?;
        let mut preview = RulePreview::default();
        let mut rows = Vec::new();
        preview.pipelines = self.each_deployed(&patterns, |run, deployed| {
            preview.deployments += 1;
            preview.succeeded += usize::from(matches!(deployed.status, Status::Succeeded | Status::Warnings));
            rows.push((run.pipeline, run.id, deployed.stage, deployed.status, deployed.finished_at.map(Time)));
            Ok(())
        })?;
        rows.sort_by_key(|row| std::cmp::Reverse(row.4));
        rows.truncate(20);
        preview.newest = rows;
        Ok(preview)
    }
}
