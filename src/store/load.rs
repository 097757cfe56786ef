//! From rows to columns. Runs once at start, and after a write for the parts it touched.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::journal::ChangeKinds;
use super::{Store, StoreError};
use crate::model::columns::*;
use crate::model::record::{Cause, ChangeRef, EnvironmentClass, Stage};
use crate::model::{Status, Time};

/// Codes of shas: the row of a commit, or a number beyond for those without a record.
#[derive(Default)]
struct Shas {
    codes: FxHashMap<u64, u32>,
    commits: usize,
    unknown: Vec<Box<str>>,
}

/// 64 bits of a sha. Hexadecimal ones give their first 16 digits; two different shas of one workspace that agree in
/// them are less likely than one in ten million at a million commits.
fn sha_bits(sha: &str) -> u64 {
    if sha.len() == 40
        && let Ok(bits) = u64::from_str_radix(&sha[..16], 16)
    {
        return bits;
    }
    let hash = blake3::hash(sha.as_bytes());
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().unwrap_or_default())
}

impl Shas {
    fn code(&mut self, sha: &str) -> u32 {
        let next = (self.commits + self.unknown.len()) as u32;
        *self.codes.entry(sha_bits(sha)).or_insert_with(|| {
            self.unknown.push(sha.into());
            next
        })
    }

    fn opt_code(&mut self, sha: Option<&str>) -> u32 {
        sha.map_or(NO_CODE, |sha| self.code(sha))
    }

    fn codes(&mut self, json: Option<&str>) -> Result<Vec<u32>, StoreError> {
        #[derive(Deserialize)]
        struct Texts<'a>(#[serde(borrow)] Vec<std::borrow::Cow<'a, str>>);
        let Some(json) = json else { return Ok(Vec::new()) };
        let texts: Texts<'_> = serde_json::from_str(json).map_err(|error| StoreError::Sql(error.to_string()))?;
        Ok(texts.0.iter().map(|sha| self.code(sha)).collect())
    }
}

fn code(value: Option<i64>) -> u32 {
    value.and_then(|key| u32::try_from(key).ok()).unwrap_or(NO_CODE)
}

fn micros(value: Option<i64>) -> i64 {
    value.unwrap_or(NO_TIME)
}

fn status_of(word: &str) -> Status {
    // The first letters tell almost all apart; this runs once a row.
    match word.as_bytes() {
        [b's', b'u', ..] => Status::Succeeded,
        [b'f', ..] => Status::Failed,
        [b'c', _, _, _, _, _, _, _, b'd'] => Status::Cancelled,
        _ => Status::parse(word).unwrap_or_default(),
    }
}

/// Rows of changes by (repo, id).
type ChangeRows = FxHashMap<(String, String), u32>;

impl Store {
    /// Loads what `kinds` names anew and shares the rest with `before`.
    pub fn load(&self, before: &Data, kinds: ChangeKinds) -> Result<Data, StoreError> {
        let mut data = before.clone();
        self.db.batch("BEGIN")?;
        let loaded = self.load_into(&mut data, kinds);
        self.db.batch("COMMIT")?;
        loaded.map(|()| data)
    }

    fn load_into(&self, data: &mut Data, kinds: ChangeKinds) -> Result<(), StoreError> {
        if kinds.catalog {
            data.catalog = Arc::new(self.load_catalog()?);
        }
        if kinds.runs {
            data.runs = Arc::new(self.load_runs()?);
        }
        if kinds.catalog || kinds.runs {
            self.load_words(Arc::make_mut(&mut data.catalog), &data.runs)?;
        }
        // Commits, changes and deployments name each other by codes that are given out in one go.
        if kinds.commits || kinds.changes || kinds.deployments || kinds.runs {
            let mut shas = Shas::default();
            let mut commits = self.load_commits(&mut shas)?;
            let (changes, change_rows) = self.load_changes(&mut shas)?;
            let run_commits = self.load_run_commits(&mut shas)?;
            let (deployments, deployment_rows) = self.load_deployments(&mut shas, &change_rows)?;
            data.incidents = Arc::new(self.load_incidents(&deployment_rows)?);
            commits.unknown = shas.unknown;
            data.commits = Arc::new(commits);
            data.changes = Arc::new(changes);
            data.run_commits = Arc::new(run_commits);
            data.deployments = Arc::new(deployments);
        } else if kinds.incidents {
            let mut rows = FxHashMap::default();
            let by_key: FxHashMap<u32, u32> =
                data.deployments.key.iter().enumerate().map(|(row, &key)| (key, row as u32)).collect();
            self.db.each("SELECT key, connection, id FROM deployment", &[], |row| {
                if let Some(&at) = by_key.get(&(row.int(0)? as u32)) {
                    rows.insert((row.text(1)?, row.text(2)?), at);
                }
                Ok(())
            })?;
            data.incidents = Arc::new(self.load_incidents(&DeploymentRows::new(rows))?);
        }
        Ok(())
    }

    fn load_catalog(&self) -> Result<Catalog, StoreError> {
        let mut catalog = Catalog::default();
        let named = |table: &str| -> Result<Vec<NamedEntry>, StoreError> {
            let mut entries = Vec::new();
            self.db.each(&format!("SELECT key, connection, id, name FROM {table} ORDER BY key"), &[], |row| {
                entries.push(NamedEntry {
                    key: row.int(0)? as u32,
                    connection: row.text(1)?,
                    id: row.text(2)?,
                    name: row.text(3)?,
                });
                Ok(())
            })?;
            Ok(entries)
        };
        catalog.teams = named("team")?;
        catalog.pipelines = named("pipeline")?;
        self.db.each(
            "SELECT key, connection, id, name, team, repo, placeholder FROM service ORDER BY name, key",
            &[],
            |row| {
                catalog.services.push(ServiceEntry {
                    key: row.int(0)? as u32,
                    connection: row.text(1)?,
                    id: row.text(2)?,
                    name: row.text(3)?,
                    team: code(row.opt_int(4)?),
                    repo: row.opt_text(5)?,
                    placeholder: row.int(6)? != 0,
                });
                Ok(())
            },
        )?;
        self.db.each(
            "SELECT key, connection, id, name, class, ord, placeholder FROM environment ORDER BY COALESCE(ord, 1000000), name",
            &[],
            |row| {
                catalog.environments.push(EnvironmentEntry {
                    key: row.int(0)? as u32,
                    connection: row.text(1)?,
                    id: row.text(2)?,
                    name: row.text(3)?,
                    class: EnvironmentClass::parse(row.str(4)?).unwrap_or_default(),
                    order: row.opt_int(5)?.unwrap_or(1_000_000),
                    placeholder: row.int(6)? != 0,
                });
                Ok(())
            },
        )?;
        Ok(catalog)
    }

    /// The words that runs use, and which of them are branches.
    fn load_words(&self, catalog: &mut Catalog, runs: &Runs) -> Result<(), StoreError> {
        let mut words: Vec<Option<Box<str>>> = Vec::new();
        self.db.each(include_str!("sql/load_words.sql"), &[], |row| {
            let key = row.int(0)? as usize;
            if words.len() <= key {
                words.resize(key + 1, None);
            }
            words[key] = Some(row.str(1)?.into());
            Ok(())
        })?;
        let used = |column: &[u32]| {
            let mut is_used = vec![false; words.len()];
            for &code in column {
                if let Some(slot) = is_used.get_mut(code as usize) {
                    *slot = true;
                }
            }
            is_used
        };
        let (branches, actors) = (used(&runs.branch), used(&runs.actor));
        catalog.words.clear();
        catalog.branches.clear();
        for (code, word) in words.iter().enumerate() {
            if let Some(word) = word.as_deref().filter(|_| branches[code] || actors[code]) {
                catalog.words.insert(code as u32, word.into());
                if branches[code] {
                    catalog.branches.push(code as u32);
                }
            }
        }
        Ok(())
    }

    fn load_runs(&self) -> Result<Runs, StoreError> {
        let count = self.db.first("SELECT count(*) FROM run", &[], |row| row.int(0))?.unwrap_or_default();
        let mut rows: Vec<RunRow> = Vec::with_capacity(count as usize);
        self.db.each(include_str!("sql/load_runs.sql"), &[], |row| {
            let started = row.opt_int(8)?;
            let finished = row.opt_int(9)?;
            let at = match row.opt_int(6)? {
                Some(created) => Some(created),
                None => row.opt_int(7)?.or(started).or(finished),
            };
            rows.push(RunRow {
                key: row.int(0)? as u32,
                pipeline: row.int(1)? as u32,
                service: code(row.opt_int(2)?),
                branch: code(row.opt_int(3)?),
                actor: code(row.opt_int(4)?),
                status: status_of(row.str(5)?),
                at: micros(at),
                started: micros(started),
                finished: micros(finished),
                number: row.opt_int(10)?.and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
                is_child: row.int(11)? != 0,
            });
            Ok(())
        })?;
        if !rows.is_sorted_by_key(|row| (row.at, row.key)) {
            rows.sort_unstable_by_key(|row| (row.at, row.key));
        }
        let mut runs = Runs::with_capacity(rows.len());
        for row in rows {
            runs.push(row);
        }
        Ok(runs)
    }

    fn load_commits(&self, shas: &mut Shas) -> Result<Commits, StoreError> {
        let mut commits = Commits::default();
        let mut parents: Vec<Option<String>> = Vec::new();
        self.db.each(include_str!("sql/load_commits.sql"), &[], |row| {
            let at = commits.key.len() as u32;
            shas.codes.entry(sha_bits(row.str(2)?)).or_insert(at);
            commits.key.push(row.int(0)? as u32);
            commits.repo.push(row.int(1)? as u32);
            commits.author.push(code(row.opt_int(3)?));
            commits.authored.push(row.int(4)?);
            commits.committed.push(micros(row.opt_int(5)?));
            parents.push(row.opt_text(6)?);
            Ok(())
        })?;
        shas.commits = commits.key.len();
        for json in parents {
            commits.parents.push(shas.codes(json.as_deref())?);
        }
        Ok(commits)
    }

    fn load_changes(&self, shas: &mut Shas) -> Result<(Changes, ChangeRows), StoreError> {
        let mut changes = Changes::default();
        let mut rows = FxHashMap::default();
        self.db.each(include_str!("sql/load_changes.sql"), &[], |row| {
            rows.insert((row.text(11)?, row.text(2)?), changes.key.len() as u32);
            changes.key.push(row.int(0)? as u32);
            changes.repo.push(row.int(1)? as u32);
            changes.author.push(code(row.opt_int(3)?));
            changes.created.push(row.int(4)?);
            changes.first_commit.push(micros(row.opt_int(5)?));
            changes.first_review.push(micros(row.opt_int(6)?));
            changes.merged.push(micros(row.opt_int(7)?));
            changes.closed.push(micros(row.opt_int(8)?));
            changes.merge_sha.push(shas.opt_code(row.opt_str(9)?));
            changes.commits.push(shas.codes(row.opt_str(10)?)?);
            Ok(())
        })?;
        Ok((changes, rows))
    }

    fn load_run_commits(&self, shas: &mut Shas) -> Result<RunCommits, StoreError> {
        let mut runs = RunCommits::default();
        self.db.each(include_str!("sql/load_run_commits.sql"), &[], |row| {
            runs.run.push(row.int(0)? as u32);
            runs.pipeline.push(row.int(1)? as u32);
            runs.at.push(row.int(2)?);
            runs.shas.push(shas.codes(row.opt_str(3)?)?);
            Ok(())
        })?;
        Ok(runs)
    }

    fn load_deployments(
        &self,
        shas: &mut Shas,
        change_rows: &ChangeRows,
    ) -> Result<(Deployments, DeploymentRows), StoreError> {
        let mut d = Deployments::default();
        let mut rows: FxHashMap<(String, String), u32> = FxHashMap::default();
        let mut rollbacks: Vec<(u32, String, String)> = Vec::new();
        let mut newest_attempt: FxHashMap<(u32, String, u32), (i64, u32)> = FxHashMap::default();
        let mut superseded: Vec<u32> = Vec::new();
        let mut versions: FxHashMap<String, u32> = FxHashMap::default();
        self.db.each(include_str!("sql/load_deployments.sql"), &[], |row| {
            let at = d.key.len() as u32;
            let connection = row.text(23)?;
            rows.insert((connection.clone(), row.text(1)?), at);
            let pipeline = code(row.opt_int(4)?);
            let environment = row.int(3)? as u32;
            d.key.push(row.int(0)? as u32);
            d.service.push(row.int(2)? as u32);
            d.environment.push(environment);
            d.pipeline.push(pipeline);
            d.branch.push(code(row.opt_int(5)?));
            d.status.push(status_of(row.str(6)?));
            d.started.push(micros(row.opt_int(7)?));
            d.finished.push(micros(row.opt_int(8)?));
            d.run_started.push(micros(row.opt_int(9)?));
            d.failed_stage.push(failed_stage(row.opt_str(10)?)?);
            let version = match row.opt_str(11)? {
                Some(version) => Some(version),
                None => row.opt_str(12)?,
            };
            let sha = row.opt_str(13)?;
            let next = versions.len() as u32;
            d.version
                .push(version.or(sha).map_or(NO_CODE, |version| *versions.entry(version.to_owned()).or_insert(next)));
            d.sha.push(shas.opt_code(sha));
            d.run.push(code(row.opt_int(14)?));
            d.rollback_of.push(NO_CODE);
            if let Some(target) = row.opt_text(15)? {
                rollbacks.push((at, connection, target));
            }
            let mut flags = 0;
            if row.opt_int(16)?.unwrap_or_default() != 0 {
                flags |= flag::REWORK;
            }
            if row.opt_str(17)?.is_some_and(|fixes| fixes != "[]") {
                flags |= flag::FIXES;
            }
            if row.opt_int(20)?.is_some() {
                flags |= flag::FROM_RULE;
            }
            d.flags.push(flags);
            d.commits.push(shas.codes(row.opt_str(18)?)?);
            let changes: Vec<ChangeRef> = match row.opt_str(19)? {
                Some(json) => serde_json::from_str(json).map_err(|error| StoreError::Sql(error.to_string()))?,
                None => Vec::new(),
            };
            d.changes
                .push(changes.into_iter().filter_map(|change| change_rows.get(&(change.repo, change.id)).copied()));
            if let (Some(run), Some(attempt)) = (row.opt_text(21)?, row.opt_int(22)?) {
                let newest = newest_attempt.entry((pipeline, run, environment)).or_insert((attempt, at));
                if attempt > newest.0 {
                    superseded.push(newest.1);
                    *newest = (attempt, at);
                } else if attempt < newest.0 {
                    superseded.push(at);
                }
            }
            Ok(())
        })?;
        for row in superseded {
            d.flags[row as usize] |= flag::SUPERSEDED;
        }
        let rows = DeploymentRows::new(rows);
        for (at, connection, target) in rollbacks {
            if let Some(target) = rows.find(&connection, &target) {
                d.rollback_of[at as usize] = target;
            }
        }
        Ok((d, rows))
    }

    fn load_incidents(&self, rows: &DeploymentRows) -> Result<Incidents, StoreError> {
        let mut incidents = Incidents::default();
        self.db.each(include_str!("sql/load_incidents.sql"), &[], |row| {
            let connection = row.str(1)?;
            incidents.key.push(row.int(0)? as u32);
            incidents.service.push(code(row.opt_int(2)?));
            incidents.environment.push(code(row.opt_int(3)?));
            incidents.severity.push(row.opt_int(4)?.unwrap_or_default() as u8);
            let started = row.opt_int(5)?;
            incidents.began.push(match started {
                Some(started) => started,
                None => micros(row.opt_int(6)?),
            });
            incidents.detected.push(micros(row.opt_int(7)?));
            incidents.mitigated.push(micros(row.opt_int(8)?));
            incidents.resolved.push(micros(row.opt_int(9)?));
            let causes: Vec<Cause> = match row.opt_str(10)? {
                Some(json) => serde_json::from_str(json).map_err(|error| StoreError::Sql(error.to_string()))?,
                None => Vec::new(),
            };
            let known =
                causes.iter().filter_map(|cause| Some((rows.find(connection, &cause.deployment)?, cause.state)));
            incidents.causes.push(known.collect());
            Ok(())
        })?;
        Ok(incidents)
    }
}

/// The end of the last failed stage of a run.
fn failed_stage(stages: Option<&str>) -> Result<i64, StoreError> {
    let Some(stages) = stages else { return Ok(NO_TIME) };
    let stages: Vec<Stage> = serde_json::from_str(stages).map_err(|error| StoreError::Sql(error.to_string()))?;
    let failed = stages.iter().filter(|stage| stage.status == Status::Failed && stage.allow_failure != Some(true));
    Ok(micros(failed.filter_map(|stage| stage.finished_at).map(|Time(at)| at).max()))
}

/// Rows of deployments by identity: within a connection first, then where the id is unique.
struct DeploymentRows {
    by_id: FxHashMap<(String, String), u32>,
    anywhere: FxHashMap<String, Option<u32>>,
}

impl DeploymentRows {
    fn new(by_id: FxHashMap<(String, String), u32>) -> Self {
        let mut anywhere: FxHashMap<String, Option<u32>> = FxHashMap::default();
        for ((_, id), &row) in &by_id {
            anywhere.entry(id.clone()).and_modify(|slot| *slot = None).or_insert(Some(row));
        }
        Self { by_id, anywhere }
    }

    fn find(&self, connection: &str, id: &str) -> Option<u32> {
        let own = self.by_id.get(&(connection.to_owned(), id.to_owned())).copied();
        own.or_else(|| self.anywhere.get(id).copied().flatten())
    }
}
