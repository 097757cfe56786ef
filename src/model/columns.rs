//! Facts as struct-of-arrays. Every list, sort, filter and figure is made from these; texts stay on the disk.
//!
//! A *key* is the store's internal number of a row. A *code* is the key of a catalogue entry or of a dictionary word
//! (branch, actor, sha …). `NO_CODE` and `NO_TIME` mean unknown.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::record::{CauseState, EnvironmentClass};
use super::{Status, Time};

pub const NO_CODE: u32 = u32::MAX;
pub const NO_TIME: i64 = i64::MIN;

/// The time in a column cell, if it holds one.
pub const fn known(micros: i64) -> Option<Time> {
    if micros == NO_TIME { None } else { Some(Time(micros)) }
}

/// Rows of short lists, flattened: row `i` is `items[starts[i]..starts[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl Lists {
    /// `rows` lists from (row, item) pairs that are ordered by row.
    pub fn from_pairs(rows: usize, pairs: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut lists = Self { starts: Vec::with_capacity(rows + 1), items: Vec::new() };
        lists.starts.push(0);
        for (row, item) in pairs {
            while lists.starts.len() <= row as usize {
                lists.starts.push(lists.items.len() as u32);
            }
            lists.items.push(item);
        }
        while lists.starts.len() <= rows {
            lists.starts.push(lists.items.len() as u32);
        }
        lists
    }

    pub fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        self.items.extend(items);
        self.starts.push(self.items.len() as u32);
    }

    pub fn get(&self, row: usize) -> &[u32] {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&from), Some(&to)) => &self.items[from as usize..to as usize],
            _ => &[],
        }
    }

    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Runs in the order of their time. 41 bytes a run.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    pub key: Vec<u32>,
    pub pipeline: Vec<u32>,
    pub service: Vec<u32>,
    pub branch: Vec<u32>,
    pub actor: Vec<u32>,
    pub status: Vec<Status>,
    /// Creation, else the first known time; `NO_TIME` where nothing is known.
    pub at: Vec<i64>,
    /// What its system counts it by; 0 where that is unknown.
    pub number: Vec<u32>,
    /// Part of another run of its pipeline, which tells how the whole went.
    pub is_child: Vec<bool>,
    started: Vec<u32>,
    finished: Vec<u32>,
    /// Spans that no 32-bit count of milliseconds holds.
    long: FxHashMap<(u32, bool), i64>,
}

const SPAN_UNKNOWN: u32 = u32::MAX;
const SPAN_LONG: u32 = u32::MAX - 1;

/// One run, to be pushed onto [`Runs`].
#[derive(Clone, Copy, Debug)]
pub struct RunRow {
    pub key: u32,
    pub pipeline: u32,
    pub service: u32,
    pub branch: u32,
    pub actor: u32,
    pub status: Status,
    pub at: i64,
    pub started: i64,
    pub finished: i64,
    pub number: u32,
    pub is_child: bool,
}

impl Runs {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            key: Vec::with_capacity(rows),
            pipeline: Vec::with_capacity(rows),
            service: Vec::with_capacity(rows),
            branch: Vec::with_capacity(rows),
            actor: Vec::with_capacity(rows),
            status: Vec::with_capacity(rows),
            at: Vec::with_capacity(rows),
            number: Vec::with_capacity(rows),
            is_child: Vec::with_capacity(rows),
            started: Vec::with_capacity(rows),
            finished: Vec::with_capacity(rows),
            long: FxHashMap::default(),
        }
    }

    pub fn push(&mut self, row: RunRow) {
        let index = self.key.len() as u32;
        self.key.push(row.key);
        self.pipeline.push(row.pipeline);
        self.service.push(row.service);
        self.branch.push(row.branch);
        self.actor.push(row.actor);
        self.status.push(row.status);
        self.at.push(row.at);
        self.number.push(row.number);
        self.is_child.push(row.is_child);
        let started = self.span(index, false, row.at, row.started);
        self.started.push(started);
        let finished = self.span(index, true, row.at, row.finished);
        self.finished.push(finished);
    }

    fn span(&mut self, index: u32, is_end: bool, from: i64, to: i64) -> u32 {
        if to == NO_TIME {
            return SPAN_UNKNOWN;
        }
        let exact =
            to.checked_sub(from).filter(|span| span % 1000 == 0).and_then(|span| u32::try_from(span / 1000).ok());
        exact.filter(|&millis| millis < SPAN_LONG).unwrap_or_else(|| {
            self.long.insert((index, is_end), to);
            SPAN_LONG
        })
    }

    fn end_of_span(&self, index: usize, is_end: bool, span: u32) -> Option<Time> {
        match span {
            SPAN_UNKNOWN => None,
            SPAN_LONG => self.long.get(&(index as u32, is_end)).copied().map(Time),
            millis => Some(Time(self.at[index] + i64::from(millis) * 1000)),
        }
    }

    pub fn started(&self, index: usize) -> Option<Time> {
        self.end_of_span(index, false, self.started[index])
    }

    pub fn finished(&self, index: usize) -> Option<Time> {
        self.end_of_span(index, true, self.finished[index])
    }

    /// Seconds from start to finish, where both are known.
    pub fn duration_s(&self, index: usize) -> Option<f64> {
        Some(self.finished(index)?.secs_since(self.started(index)?))
    }

    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// Bytes held, for the budget of 40 a run.
    pub fn bytes(&self) -> usize {
        self.key.len() * (4 * 5 + 2 + 8 + 4 + 4) + self.long.len() * 24
    }
}

/// What is marked on a deployment.
pub mod flag {
    /// Unplanned, to mend production.
    pub const REWORK: u8 = 1;
    /// Names an incident that it fixes.
    pub const FIXES: u8 = 2;
    /// A later attempt of the same run deployed to the same place.
    pub const SUPERSEDED: u8 = 4;
    /// Made by a deployment rule.
    pub const FROM_RULE: u8 = 8;
}

/// Deployments, in the order of (finished, key); those that have not finished stand first.
#[derive(Clone, Debug, Default)]
pub struct Deployments {
    pub key: Vec<u32>,
    pub service: Vec<u32>,
    pub environment: Vec<u32>,
    pub pipeline: Vec<u32>,
    pub branch: Vec<u32>,
    pub status: Vec<Status>,
    pub flags: Vec<u8>,
    pub started: Vec<i64>,
    pub finished: Vec<i64>,
    pub run_started: Vec<i64>,
    /// The end of the failed stage of its run, else `NO_TIME`.
    pub failed_stage: Vec<i64>,
    /// What runs after it: version, else digest, else sha, as a word code.
    pub version: Vec<u32>,
    pub sha: Vec<u32>,
    /// The deployment (row) that it undoes.
    pub rollback_of: Vec<u32>,
    /// The key of its run, or `NO_CODE`.
    pub run: Vec<u32>,
    /// Shas it says it brought.
    pub commits: Lists,
    /// Changes (rows) it says it brought.
    pub changes: Lists,
}

impl Deployments {
    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }
}

/// What runs say they brought beyond the run before, in the order of their end. Few systems tell.
#[derive(Clone, Debug, Default)]
pub struct RunCommits {
    pub run: Vec<u32>,
    pub pipeline: Vec<u32>,
    pub at: Vec<i64>,
    pub shas: Lists,
}

/// Commits. The code of a sha is the row of its commit; shas that are only spoken of have the codes after the rows.
#[derive(Clone, Debug, Default)]
pub struct Commits {
    pub key: Vec<u32>,
    pub repo: Vec<u32>,
    pub author: Vec<u32>,
    pub authored: Vec<i64>,
    pub committed: Vec<i64>,
    pub parents: Lists,
    /// Shas that something names but whose record has not arrived: code `len() + i`.
    pub unknown: Vec<Box<str>>,
}

impl Commits {
    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// The commit of a sha's code, if its record has arrived.
    pub fn row_of(&self, sha: u32) -> Option<usize> {
        Some(sha as usize).filter(|&row| row < self.len())
    }
}

/// Pull and merge requests, by row.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub key: Vec<u32>,
    pub repo: Vec<u32>,
    pub author: Vec<u32>,
    pub created: Vec<i64>,
    pub first_commit: Vec<i64>,
    pub first_review: Vec<i64>,
    pub merged: Vec<i64>,
    pub closed: Vec<i64>,
    pub merge_sha: Vec<u32>,
    pub commits: Lists,
}

impl Changes {
    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }
}

/// Incidents, by the time they began.
#[derive(Clone, Debug, Default)]
pub struct Incidents {
    pub key: Vec<u32>,
    pub service: Vec<u32>,
    pub environment: Vec<u32>,
    pub severity: Vec<u8>,
    pub began: Vec<i64>,
    pub detected: Vec<i64>,
    pub mitigated: Vec<i64>,
    pub resolved: Vec<i64>,
    /// (deployment row, state) of each cause whose deployment is known.
    pub causes: Vec<Vec<(u32, CauseState)>>,
}

impl Incidents {
    pub fn len(&self) -> usize {
        self.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// When it ended: mitigated, else resolved.
    pub fn ended(&self, row: usize) -> Option<Time> {
        known(self.mitigated[row]).or_else(|| known(self.resolved[row]))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEntry {
    pub key: u32,
    pub connection: String,
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceEntry {
    pub key: u32,
    pub connection: String,
    pub id: String,
    pub name: String,
    /// The team's key, or `NO_CODE`.
    pub team: u32,
    pub repo: Option<String>,
    pub placeholder: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentEntry {
    pub key: u32,
    pub connection: String,
    pub id: String,
    pub name: String,
    pub class: EnvironmentClass,
    pub order: i64,
    pub placeholder: bool,
}

/// The small tables: what things are called and how they belong together.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub teams: Vec<NamedEntry>,
    pub services: Vec<ServiceEntry>,
    pub environments: Vec<EnvironmentEntry>,
    pub pipelines: Vec<NamedEntry>,
    /// Branches and actors in use, by code.
    pub words: FxHashMap<u32, Arc<str>>,
    /// The codes of those words that are branches.
    pub branches: Vec<u32>,
}

impl Catalog {
    pub fn service(&self, key: u32) -> Option<&ServiceEntry> {
        self.services.iter().find(|entry| entry.key == key)
    }

    pub fn service_name(&self, id: &str) -> Option<&str> {
        self.services.iter().find(|entry| entry.id == id).map(|entry| entry.name.as_str())
    }

    /// What a team of that id is called.
    pub fn team_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.teams.iter().find(|entry| entry.id == id).map_or(id, |entry| &entry.name)
    }

    pub fn environment(&self, key: u32) -> Option<&EnvironmentEntry> {
        self.environments.iter().find(|entry| entry.key == key)
    }

    pub fn pipeline(&self, key: u32) -> Option<&NamedEntry> {
        self.pipelines.binary_search_by_key(&key, |entry| entry.key).ok().map(|at| &self.pipelines[at])
    }

    pub fn word(&self, code: u32) -> &str {
        self.words.get(&code).map_or("", |word| word)
    }

    /// Whether an environment's key names a production environment.
    pub fn is_production(&self, key: u32) -> bool {
        self.environment(key).is_some_and(|entry| entry.class == EnvironmentClass::Production)
    }
}

/// Everything figures are made from. Parts are shared between snapshots that did not change them.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub catalog: Arc<Catalog>,
    pub runs: Arc<Runs>,
    pub deployments: Arc<Deployments>,
    pub run_commits: Arc<RunCommits>,
    pub commits: Arc<Commits>,
    pub changes: Arc<Changes>,
    pub incidents: Arc<Incidents>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_gaps() {
        let lists = Lists::from_pairs(4, [(0, 7), (2, 8), (2, 9)]);
        assert_eq!([lists.get(0), lists.get(1), lists.get(2), lists.get(3)], [&[7][..], &[], &[8, 9], &[]]);
        assert_eq!(lists.len(), 4);
    }

    #[test]
    fn times_of_runs_are_exact_however_long() {
        let mut runs = Runs::default();
        let year = 366 * 86_400 * 1_000_000_i64;
        let cases = [(5, 9), (1_000, NO_TIME), (-3_000_000, year), (0, 4_294_967_294_000), (NO_TIME, NO_TIME)];
        for (started, finished) in cases {
            runs.push(RunRow {
                key: 1,
                pipeline: 1,
                service: NO_CODE,
                branch: NO_CODE,
                actor: NO_CODE,
                status: Status::Succeeded,
                at: 0,
                started,
                finished,
                number: 0,
                is_child: false,
            });
        }
        for (index, (started, finished)) in cases.into_iter().enumerate() {
            assert_eq!(runs.started(index), known(started), "start of {index}");
            assert_eq!(runs.finished(index), known(finished), "end of {index}");
        }
        assert!(std::mem::size_of::<Status>() == 1);
    }
}
