//! What the data tells about each stage of the loop, and what needs attention now.

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::links::{FailureEnd, Links, failure_end};
use super::stats;
use crate::model::columns::{Data, NO_CODE, NO_TIME};
use crate::model::{Status, Time};

/// The five-minute test: a build that takes longer breaks the flow.
pub const COFFEE_TEST_S: f64 = 300.0;
/// Names of branches that are the trunk.
const TRUNKS: [&str; 3] = ["main", "master", "trunk"];

/// What the last `days` tell of each stage. `None`: nothing watches it yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StageFacts {
    pub commits: Option<u64>,
    pub authors: u64,
    pub open_changes: u64,
    pub branches: u64,
    pub build_median_s: Option<f64>,
    pub builds: u64,
    pub builds_within_five_minutes: u64,
    pub passed: u64,
    pub finished_runs: u64,
    pub releases: Option<u64>,
    pub staged_first: Option<(u64, u64)>,
    pub deployments: Option<u64>,
    pub failed_deployments: u64,
    pub incidents: Option<u64>,
    pub open_incidents: u64,
}

/// Something that waits for a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Attention {
    /// The newest finished run of a pipeline on the trunk failed; red since the first failure in a row.
    RedMain {
        run: u32,
        pipeline: u32,
        branch: u32,
        since: i64,
    },
    /// A production deployment failed and has not recovered.
    FailedDeployment {
        deployment: u32,
        since: i64,
    },
    OpenIncident {
        incident: u32,
        since: i64,
    },
    /// A run waits for somebody's approval.
    WaitingRun {
        run: u32,
        since: i64,
    },
    WaitingChange {
        change: u32,
        since: i64,
    },
}

impl Attention {
    pub fn since(&self) -> i64 {
        match *self {
            Self::RedMain { since, .. }
            | Self::FailedDeployment { since, .. }
            | Self::OpenIncident { since, .. }
            | Self::WaitingRun { since, .. }
            | Self::WaitingChange { since, .. } => since,
        }
    }
}

pub fn facts(data: &Data, links: &Links, from: Time, to: Time) -> StageFacts {
    let mut facts = StageFacts::default();
    let inside = |at: i64| at != NO_TIME && from.0 <= at && at < to.0;
    code_facts(data, &inside, &mut facts);
    run_facts(data, from, to, &mut facts);
    deploy_facts(data, links, &inside, &mut facts);
    let incidents = &data.incidents;
    if !incidents.is_empty() {
        facts.incidents = Some(incidents.began.iter().filter(|&&at| inside(at)).count() as u64);
        facts.open_incidents = (0..incidents.len()).filter(|&row| incidents.ended(row).is_none()).count() as u64;
    }
    facts
}

fn code_facts(data: &Data, inside: &impl Fn(i64) -> bool, facts: &mut StageFacts) {
    let commits = &data.commits;
    if !commits.is_empty() {
        let rows: Vec<usize> = (0..commits.len()).filter(|&row| inside(commits.authored[row])).collect();
        facts.commits = Some(rows.len() as u64);
        let authors: FxHashSet<u32> = rows.iter().map(|&row| commits.author[row]).filter(|&a| a != NO_CODE).collect();
        facts.authors = authors.len() as u64;
    }
    facts.open_changes = (0..data.changes.len()).filter(|&row| is_open_change(data, row)).count() as u64;
}

fn is_open_change(data: &Data, row: usize) -> bool {
    data.changes.merged[row] == NO_TIME && data.changes.closed[row] == NO_TIME
}

fn run_facts(data: &Data, from: Time, to: Time, facts: &mut StageFacts) {
    let runs = &data.runs;
    let first = runs.at.partition_point(|&at| at < from.0);
    let last = runs.at.partition_point(|&at| at < to.0);
    let mut durations = Vec::new();
    let mut branches: FxHashSet<u32> = FxHashSet::default();
    for row in first..last {
        if runs.branch[row] != NO_CODE {
            branches.insert(runs.branch[row]);
        }
        match runs.status[row] {
            Status::Succeeded | Status::Warnings => facts.passed += 1,
            Status::Failed => {}
            _ => continue,
        }
        facts.finished_runs += 1;
        if let Some(secs) = runs.duration_s(row) {
            durations.push(secs);
        }
    }
    facts.branches = branches.len() as u64;
    facts.builds = durations.len() as u64;
    facts.builds_within_five_minutes = durations.iter().filter(|&&secs| secs <= COFFEE_TEST_S).count() as u64;
    facts.build_median_s = stats::median(&durations);
}

fn deploy_facts(data: &Data, links: &Links, inside: &impl Fn(i64) -> bool, facts: &mut StageFacts) {
    let d = &data.deployments;
    if d.is_empty() {
        return;
    }
    let production: FxHashSet<u32> =
        data.catalog.environments.iter().map(|e| e.key).filter(|&key| data.catalog.is_production(key)).collect();
    let (mut deployments, mut staged, mut staged_known) = (0, 0, 0);
    let mut releases: FxHashSet<(u32, u32)> = FxHashSet::default();
    let mut elsewhere: FxHashSet<(u32, u32)> = FxHashSet::default();
    for row in 0..d.len() {
        let ok = matches!(d.status[row], Status::Succeeded | Status::Warnings);
        let version = (d.service[row], d.version[row]);
        if !production.contains(&d.environment[row]) {
            if ok && d.version[row] != NO_CODE {
                elsewhere.insert(version);
            }
            continue;
        }
        if !inside(d.finished[row]) {
            continue;
        }
        facts.failed_deployments += u64::from(links.failed_by[row] != 0 || d.status[row] == Status::Failed);
        if ok {
            deployments += 1;
            if d.version[row] != NO_CODE {
                releases.insert(version);
                staged_known += 1;
                staged += u64::from(elsewhere.contains(&version));
            }
        }
    }
    facts.deployments = Some(deployments);
    facts.releases = Some(releases.len() as u64);
    facts.staged_first = (staged_known > 0).then_some((staged, staged_known));
}

/// What waits for a person, the worst kind first, the longest wait first within a kind.
pub fn attention(data: &Data, links: &Links, now: Time) -> Vec<Attention> {
    let mut rows = red_mains(data, now);
    let d = &data.deployments;
    for row in 0..d.len() {
        if links.failed_by[row] != 0
            && d.finished[row] != NO_TIME
            && data.catalog.is_production(d.environment[row])
            && failure_end(data, links, row) == FailureEnd::Open
        {
            rows.push(Attention::FailedDeployment { deployment: row as u32, since: d.finished[row] });
        }
    }
    let incidents = &data.incidents;
    for row in 0..incidents.len() {
        if incidents.ended(row).is_none() {
            rows.push(Attention::OpenIncident { incident: row as u32, since: incidents.began[row] });
        }
    }
    let runs = &data.runs;
    let first = runs.at.partition_point(|&at| at < now.0 - STALE_PIPELINE);
    let waiting = (first..runs.len()).filter(|&row| runs.status[row] == Status::WaitingApproval);
    rows.extend(waiting.map(|row| Attention::WaitingRun { run: row as u32, since: runs.at[row] }));
    let oldest =
        (0..data.changes.len()).filter(|&row| is_open_change(data, row)).min_by_key(|&r| data.changes.created[r]);
    if let Some(row) = oldest {
        rows.push(Attention::WaitingChange { change: row as u32, since: data.changes.created[row] });
    }
    let rank = |row: &Attention| match row {
        Attention::OpenIncident { .. } => 0,
        Attention::FailedDeployment { .. } => 1,
        Attention::RedMain { .. } => 2,
        Attention::WaitingRun { .. } => 3,
        Attention::WaitingChange { .. } => 4,
    };
    rows.sort_by_key(|row| (rank(row), row.since()));
    rows
}

/// Pipelines that have not run for this long are not watched for a red trunk.
const STALE_PIPELINE: i64 = 30 * 86_400_000_000;

/// Pipelines whose trunk is red now.
pub fn red_mains(data: &Data, now: Time) -> Vec<Attention> {
    let runs = &data.runs;
    let trunks: FxHashSet<u32> =
        data.catalog.words.iter().filter(|(_, word)| TRUNKS.contains(&word.as_ref())).map(|(&code, _)| code).collect();
    let first = runs.at.partition_point(|&at| at < now.0 - STALE_PIPELINE);
    let mut newest: FxHashMap<(u32, u32), Option<Attention>> = FxHashMap::default();
    for row in first..runs.len() {
        if !trunks.contains(&runs.branch[row]) || runs.is_child[row] {
            continue;
        }
        let (pipeline, branch) = (runs.pipeline[row], runs.branch[row]);
        let slot = newest.entry((pipeline, branch)).or_default();
        match (runs.status[row], &slot) {
            (Status::Succeeded | Status::Warnings, _) => *slot = None,
            (Status::Failed, None) => {
                *slot = Some(Attention::RedMain { run: row as u32, pipeline, branch, since: runs.at[row] });
            }
            (Status::Failed, Some(Attention::RedMain { since, .. })) => {
                let since = *since;
                *slot = Some(Attention::RedMain { run: row as u32, pipeline, branch, since });
            }
            _ => {}
        }
    }
    newest.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::metrics::table::run_before;
    use crate::model::columns::{Catalog, NO_CODE, NO_TIME, RunRow, Runs};

    const MAIN: u32 = 5;

    fn data(rows: &[(Status, bool)]) -> Data {
        let mut runs = Runs::default();
        for ((status, is_child), n) in rows.iter().zip(1_u32..) {
            runs.push(RunRow {
                key: n,
                pipeline: 1,
                service: NO_CODE,
                branch: MAIN,
                actor: NO_CODE,
                status: *status,
                at: i64::from(n) * 60_000_000,
                started: NO_TIME,
                finished: NO_TIME,
                number: n,
                is_child: *is_child,
            });
        }
        let mut catalog = Catalog::default();
        catalog.words.insert(MAIN, "main".into());
        Data { runs: Arc::new(runs), catalog: Arc::new(catalog), ..Data::default() }
    }

    #[test]
    fn what_is_part_of_another_run_makes_no_trunk_red_or_green() {
        use Status::{Failed, Succeeded};
        let now = Time(3_600_000_000);
        let red = red_mains(&data(&[(Succeeded, false), (Failed, false), (Succeeded, true)]), now);
        assert!(matches!(red.as_slice(), [Attention::RedMain { run: 1, since: 120_000_000, .. }]), "{red:?}");
        assert!(red_mains(&data(&[(Succeeded, false), (Failed, true)]), now).is_empty());
    }

    #[test]
    fn a_run_is_held_against_one_of_its_kind() {
        use Status::{Failed, Succeeded};
        let data = data(&[(Succeeded, false), (Succeeded, true), (Failed, true), (Failed, false)]);
        assert_eq!((run_before(&data, 3, true), run_before(&data, 3, false)), (Some(0), Some(0)));
        assert_eq!((run_before(&data, 2, true), run_before(&data, 1, false)), (Some(1), None));
    }
}
