//! Runs sorted and filtered from columns alone.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

pub use super::grouping::{GroupOfRuns, RunGroup, run_before};
use super::{Filter, Period};
use crate::model::columns::{Data, NO_CODE};
use crate::model::{Status, Time};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunSort {
    #[default]
    Time,
    Pipeline,
    Status,
    Duration,
    Branch,
    Service,
    Actor,
}

/// Runs that one thread looks at in one go.
const ROWS_AT_ONCE: usize = 32_768;

/// Which runs, in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunQuery {
    pub filter: Filter,
    pub period: Option<Period>,
    pub statuses: Vec<Status>,
    /// Rows in whose pipeline, service, branch, actor or status each of these words occurs, or whose number it is.
    pub text: String,
    pub sort: RunSort,
    pub descending: bool,
    pub group: Option<RunGroup>,
}

/// The rows that match, in order, and how many of each status match but for their status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunList {
    pub rows: Vec<u32>,
    pub by_status: BTreeMap<&'static str, u64>,
    /// What the rows were put together by, where that was asked for.
    pub groups: Vec<GroupOfRuns>,
    pub of: usize,
}

/// The codes whose texts contain a word.
struct Word {
    pipelines: FxHashSet<u32>,
    services: FxHashSet<u32>,
    words: FxHashSet<u32>,
    statuses: [bool; 11],
    /// Of the run, with or without the sign before it.
    number: Option<u32>,
}

impl Word {
    fn find(data: &Data, word: &str) -> Self {
        let word = word.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&word);
        let catalog = &data.catalog;
        Self {
            pipelines: catalog.pipelines.iter().filter(|p| has(&p.name) || has(&p.id)).map(|p| p.key).collect(),
            services: catalog.services.iter().filter(|s| has(&s.name)).map(|s| s.key).collect(),
            words: catalog.words.iter().filter(|(_, text)| has(text)).map(|(&code, _)| code).collect(),
            statuses: Status::ALL.map(|status| has(status.as_str())),
            number: word.strip_prefix('#').unwrap_or(&word).parse().ok().filter(|number| *number > 0),
        }
    }

    fn matches(&self, data: &Data, row: usize) -> bool {
        let runs = &data.runs;
        self.pipelines.contains(&runs.pipeline[row])
            || self.words.contains(&runs.branch[row])
            || self.words.contains(&runs.actor[row])
            || self.services.contains(&runs.service[row])
            || self.statuses[runs.status[row] as usize]
            || self.number == Some(runs.number[row])
    }
}

impl RunQuery {
    pub fn run(&self, data: &Data) -> RunList {
        let runs = &data.runs;
        let range = match &self.period {
            Some(period) => {
                runs.at.partition_point(|&at| at < period.from.0)..runs.at.partition_point(|&at| at < period.to.0)
            }
            None => 0..runs.len(),
        };
        let words: Vec<Word> = self.text.split_whitespace().map(|word| Word::find(data, word)).collect();
        let filter = &self.filter;
        let team_services: Option<FxHashSet<u32>> = (!filter.teams.is_empty())
            .then(|| data.catalog.services.iter().filter(|s| filter.teams.contains(&s.team)).map(|s| s.key).collect());
        let passes = |allowed: &[u32], code: u32| allowed.is_empty() || allowed.contains(&code);
        let is_wanted = |row: usize| {
            passes(&filter.pipelines, runs.pipeline[row])
                && passes(&filter.services, runs.service[row])
                && passes(&filter.branches, runs.branch[row])
                && team_services.as_ref().is_none_or(|services| services.contains(&runs.service[row]))
                && words.iter().all(|word| word.matches(data, row))
        };
        let chunks: Vec<usize> = range.clone().step_by(ROWS_AT_ONCE).collect();
        let found: Vec<Vec<u32>> = chunks
            .par_iter()
            .map(|&from| {
                (from..(from + ROWS_AT_ONCE).min(range.end)).filter(|&row| is_wanted(row)).map(|row| row as u32)
            })
            .map(Iterator::collect)
            .collect();
        let mut list = RunList { of: runs.len(), rows: found.concat(), ..RunList::default() };
        // Of each status it is told how many there would be, whichever is chosen.
        let mut counts = [0u64; 11];
        list.rows.iter().for_each(|&row| counts[runs.status[row as usize] as usize] += 1);
        for (status, count) in Status::ALL.into_iter().zip(counts) {
            if count > 0 {
                list.by_status.insert(status.as_str(), count);
            }
            if !self.statuses.is_empty() {
                list.rows.retain(|&row| self.statuses.contains(&runs.status[row as usize]));
            }
        }
        self.order(data, &mut list.rows);
        if let Some(group) = &self.group {
            list.groups = group.gather(data, &mut list.rows);
        }
        list
    }

    /// Rows come in order of time; every sort is stable over it, newest first where `descending`.
    fn order(&self, data: &Data, rows: &mut [u32]) {
        let runs = &data.runs;
        let by_rank = |rows: &mut [u32], rank: &(dyn Fn(usize) -> u32 + Sync)| {
            rows.par_sort_by_cached_key(|&row| rank(row as usize));
        };
        match self.sort {
            // Nearly in that order already: what waited long began later than it came to be.
            RunSort::Time => rows
                .par_sort_by_key(|&row| runs.started(row as usize).map_or(runs.at[row as usize], |started| started.0)),
            RunSort::Duration => {
                rows.par_sort_by_cached_key(|&row| runs.duration_s(row as usize).map_or(-1, |secs| (secs * 1e3) as i64))
            }
            RunSort::Status => by_rank(rows, &|row| runs.status[row] as u32),
            RunSort::Pipeline => {
                let ranks = ranks(data.catalog.pipelines.iter().map(|p| (p.key, p.name.as_str())));
                by_rank(rows, &|row| rank_of(&ranks, runs.pipeline[row]));
            }
            RunSort::Service => {
                let ranks = ranks(data.catalog.services.iter().map(|s| (s.key, s.name.as_str())));
                by_rank(rows, &|row| rank_of(&ranks, runs.service[row]));
            }
            RunSort::Branch | RunSort::Actor => {
                let ranks = ranks(data.catalog.words.iter().map(|(&code, word)| (code, word.as_ref())));
                let column = if self.sort == RunSort::Branch { &runs.branch } else { &runs.actor };
                by_rank(rows, &|row| rank_of(&ranks, column[row]));
            }
        }
        if self.descending {
            rows.reverse();
        }
    }
}

fn ranks<'a>(names: impl Iterator<Item = (u32, &'a str)>) -> rustc_hash::FxHashMap<u32, u32> {
    let mut names: Vec<_> = names.map(|(code, name)| (name.to_lowercase(), code)).collect();
    names.sort_unstable();
    names.into_iter().enumerate().map(|(rank, (_, code))| (code, rank as u32)).collect()
}

fn rank_of(ranks: &rustc_hash::FxHashMap<u32, u32>, code: u32) -> u32 {
    if code == NO_CODE { u32::MAX } else { ranks.get(&code).copied().unwrap_or(u32::MAX) }
}

/// The period that holds the newest `days` days with runs or deployments, for "the last 90 days with data".
pub fn range_of_data(data: &Data) -> Option<(Time, Time)> {
    let times = |column: &[i64]| {
        let known = || column.iter().copied().filter(|&at| at != crate::model::columns::NO_TIME);
        known().min().zip(known().max())
    };
    let ranges = [
        times(&data.deployments.finished),
        times(&data.runs.at),
        times(&data.commits.authored),
        times(&data.incidents.began),
    ];
    let from = ranges.iter().flatten().map(|range| range.0).min()?;
    let to = ranges.iter().flatten().map(|range| range.1).max()?;
    Some((Time(from), Time(to)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::columns::{NO_TIME, RunRow, Runs};

    fn runs() -> Data {
        let mut runs = Runs::default();
        for (key, at, started, number) in
            [(1, 0, 9_000_000, 255), (2, 5_000_000, 6_000_000, 7), (3, 7_000_000, NO_TIME, 0)]
        {
            let (service, branch, actor) = (NO_CODE, NO_CODE, NO_CODE);
            let (status, pipeline, finished) = (Status::Succeeded, 1, NO_TIME);
            runs.push(RunRow {
                key,
                pipeline,
                service,
                branch,
                actor,
                status,
                at,
                started,
                finished,
                number,
                is_child: false,
            });
        }
        Data { runs: Arc::new(runs), ..Data::default() }
    }

    #[test]
    fn a_run_is_found_by_its_number_and_stands_where_it_started() {
        let data = runs();
        let rows =
            |text: &str| RunQuery { text: text.to_owned(), descending: true, ..RunQuery::default() }.run(&data).rows;
        assert_eq!(rows(""), [0, 2, 1], "it waited for long and began last");
        assert_eq!((rows("#255"), rows("255"), rows("#0"), rows("25")), (vec![0], vec![0], vec![], vec![]));
    }
}
