//! What belongs to what, derived on the whole history: moving the period never changes a link.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::columns::{Data, Lists, NO_CODE, NO_TIME};
use crate::model::record::{CauseState, EnvironmentClass};
use crate::model::{Status, Time};

/// How a commit was found to belong to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Origin {
    /// The deployment names it.
    Given,
    /// The git graph between this deployment's sha and what ran before.
    Graph,
    /// A change whose merge commit arrived.
    Change,
    /// Its run, or an earlier run of the pipeline that did not deploy, names it.
    Run,
}

/// The first arrival of a commit in an environment class of a service.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The sha's code (see `Commits`).
    pub sha: u32,
    /// The commit's row, or `NO_CODE` where its record has not arrived.
    pub commit: u32,
    /// When it was authored, kept here so that lead times are read in one sweep; `NO_TIME` where that is unknown.
    pub authored: i64,
    /// The change it came with (row), or `NO_CODE`.
    pub change: u32,
    pub origin: Origin,
}

/// Why a deployment counts as failed by effect.
pub mod cause {
    pub const INCIDENT: u8 = 1;
    pub const ROLLBACK: u8 = 2;
}

/// Everything derived from the whole history. Rows are those of [`Data`].
#[derive(Debug, Default)]
pub struct Links {
    /// Where the arrivals of each deployment begin; one more entry closes the last.
    starts: Vec<u32>,
    arrivals: Vec<Arrival>,
    /// Changes that first arrived with a deployment.
    pub changes: Lists,
    /// Succeeded deployments whose commits cannot be told, being the first of their place.
    pub first_of_place: FxHashSet<u32>,
    /// Bits of [`cause`] per deployment.
    pub failed_by: Vec<u8>,
    /// Confirmed incidents (rows) per deployment.
    pub incidents: Lists,
    /// The next succeeded deployment of the same service and environment, or `NO_CODE`.
    pub next_success: Vec<u32>,
}

/// Whether a status counts as success.
pub fn is_success(status: Status, warnings_fail: bool) -> bool {
    status == Status::Succeeded || (status == Status::Warnings && !warnings_fail)
}

pub fn is_failure(status: Status, warnings_fail: bool) -> bool {
    status == Status::Failed || (status == Status::Warnings && warnings_fail)
}

impl Links {
    /// Derives all links. `warnings_fail`: a deployment with warnings did not succeed.
    pub fn derive(data: &Data, warnings_fail: bool) -> Self {
        let d = &data.deployments;
        let succeeded: Vec<bool> =
            (0..d.len()).map(|row| d.finished[row] != NO_TIME && is_success(d.status[row], warnings_fail)).collect();
        let places = places(data);
        let mut links = Self { failed_by: vec![0; d.len()], next_success: vec![NO_CODE; d.len()], ..Self::default() };
        links.link_incidents(data);
        for &row in d.rollback_of.iter().filter(|&&row| row != NO_CODE) {
            links.failed_by[row as usize] |= cause::ROLLBACK;
        }
        for place in &places {
            links.link_next_success(&place.rows, &succeeded);
            links.link_returns(&place.rows, &succeeded, &d.version);
        }
        Arrivals::new(data, &succeeded).derive(&places, &mut links);
        links
    }

    /// The commits that first arrived with this deployment.
    pub fn arrivals(&self, deployment: usize) -> &[Arrival] {
        match (self.starts.get(deployment), self.starts.get(deployment + 1)) {
            (Some(&from), Some(&to)) => &self.arrivals[from as usize..to as usize],
            _ => &[],
        }
    }

    fn link_incidents(&mut self, data: &Data) {
        let mut pairs = Vec::new();
        for (incident, causes) in data.incidents.causes.iter().enumerate() {
            for &(deployment, state) in causes {
                if state == CauseState::Confirmed {
                    self.failed_by[deployment as usize] |= cause::INCIDENT;
                    pairs.push((deployment, incident as u32));
                }
            }
        }
        pairs.sort_unstable();
        self.incidents = Lists::from_pairs(data.deployments.len(), pairs);
    }

    fn link_next_success(&mut self, rows: &[u32], succeeded: &[bool]) {
        let mut next = NO_CODE;
        for &row in rows.iter().rev() {
            self.next_success[row as usize] = next;
            if succeeded[row as usize] {
                next = row;
            }
        }
    }

    /// Marks each deployment that was replaced by going back to a version that had run before it.
    fn link_returns(&mut self, rows: &[u32], succeeded: &[bool], version: &[u32]) {
        let mut first_seen: FxHashMap<u32, usize> = FxHashMap::default();
        let mut running: Option<(u32, usize)> = None;
        for &row in rows.iter().filter(|&&row| succeeded[row as usize] && version[row as usize] != NO_CODE) {
            let next = first_seen.len();
            let rank = *first_seen.entry(version[row as usize]).or_insert(next);
            if let Some((before, rank_before)) = running
                && rank < rank_before
            {
                self.failed_by[before as usize] |= cause::ROLLBACK;
            }
            running = Some((row, rank));
        }
    }
}

/// The finished deployments of one service to one environment, in order.
struct Place {
    service: u32,
    class: EnvironmentClass,
    rows: Vec<u32>,
}

fn places(data: &Data) -> Vec<Place> {
    let d = &data.deployments;
    let classes: FxHashMap<u32, EnvironmentClass> =
        data.catalog.environments.iter().map(|entry| (entry.key, entry.class)).collect();
    let mut index: FxHashMap<(u32, u32), usize> = FxHashMap::default();
    let mut places: Vec<Place> = Vec::new();
    for row in 0..d.len() {
        if d.finished[row] == NO_TIME {
            continue;
        }
        let (service, environment) = (d.service[row], d.environment[row]);
        let at = *index.entry((service, environment)).or_insert_with(|| {
            let class = classes.get(&environment).copied().unwrap_or_default();
            places.push(Place { service, class, rows: Vec::new() });
            places.len() - 1
        });
        places[at].rows.push(row as u32);
    }
    places
}

/// The walk that finds which commits first reached a service's environment class with which deployment.
struct Arrivals<'a> {
    data: &'a Data,
    succeeded: &'a [bool],
    change_of_sha: FxHashMap<u32, u32>,
    waiting: FxHashMap<u32, Vec<u32>>,
}

/// What has been seen so far while walking one (service, class).
#[derive(Default)]
struct Seen {
    arrived: FxHashSet<u32>,
    changes: FxHashSet<u32>,
}

impl<'a> Arrivals<'a> {
    fn new(data: &'a Data, succeeded: &'a [bool]) -> Self {
        let mut change_of_sha = FxHashMap::default();
        for row in 0..data.changes.len() {
            for &sha in data.changes.commits.get(row) {
                change_of_sha.entry(sha).or_insert(row as u32);
            }
        }
        for (row, &sha) in data.changes.merge_sha.iter().enumerate() {
            if sha != NO_CODE {
                change_of_sha.insert(sha, row as u32);
            }
        }
        let mut waiting: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (row, &pipeline) in data.run_commits.pipeline.iter().enumerate() {
            waiting.entry(pipeline).or_default().push(row as u32);
        }
        Self { data, succeeded, change_of_sha, waiting }
    }

    fn derive(&self, places: &[Place], links: &mut Links) {
        let d = &self.data.deployments;
        let mut groups: FxHashMap<(u32, EnvironmentClass), Vec<usize>> = FxHashMap::default();
        for (at, place) in places.iter().enumerate() {
            groups.entry((place.service, place.class)).or_default().push(at);
        }
        let mut found: Vec<(u32, Arrival)> = Vec::new();
        let mut changes: Vec<(u32, u32)> = Vec::new();
        let mut reached: Vec<u32> = vec![0; self.data.commits.len()];
        let mut place_number = 0;
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_unstable_by_key(|((service, class), _)| (*service, *class as u8));
        for (_, members) in groups {
            let mut seen = Seen::default();
            let mut rows: Vec<(u32, usize)> =
                members.iter().flat_map(|&at| places[at].rows.iter().map(move |&row| (row, at))).collect();
            rows.sort_unstable();
            // Several environments of one class are walked together in time order, each with its own graph mark.
            let several = members.len() > 1;
            let mut marks: FxHashMap<usize, PlaceWalk> = FxHashMap::default();
            for (row, place) in rows {
                if !self.succeeded[row as usize] {
                    continue;
                }
                let walk = marks.entry(place).or_insert_with(|| {
                    place_number += 1;
                    PlaceWalk { number: place_number, own: several.then(FxHashSet::default), ..PlaceWalk::default() }
                });
                let is_first = !std::mem::replace(&mut walk.begun, true);
                let brought = self.brought(row as usize, is_first, walk, &mut reached);
                if brought.unknown {
                    links.first_of_place.insert(row);
                }
                for &change in d.changes.get(row as usize) {
                    if seen.changes.insert(change) {
                        changes.push((row, change));
                    }
                }
                for (sha, origin) in brought.shas {
                    if !seen.arrived.insert(sha) {
                        continue;
                    }
                    let change = self.change_of_sha.get(&sha).copied().unwrap_or(NO_CODE);
                    let commit = self.data.commits.row_of(sha).map_or(NO_CODE, |commit| commit as u32);
                    let authored = self.data.commits.authored.get(commit as usize).copied().unwrap_or(NO_TIME);
                    found.push((row, Arrival { sha, commit, authored, change, origin }));
                    if change != NO_CODE && seen.changes.insert(change) {
                        changes.push((row, change));
                    }
                }
            }
        }
        found.sort_by_key(|(row, _)| *row);
        changes.sort_unstable();
        links.changes = Lists::from_pairs(d.len(), changes);
        links.starts = Vec::with_capacity(d.len() + 1);
        for (at, (row, _)) in found.iter().enumerate() {
            while links.starts.len() <= *row as usize {
                links.starts.push(at as u32);
            }
        }
        links.starts.resize(d.len() + 1, found.len() as u32);
        links.arrivals = found.into_iter().map(|(_, arrival)| arrival).collect();
    }

    /// The shas that a deployment brought, from the best source there is.
    fn brought(&self, row: usize, is_first: bool, walk: &mut PlaceWalk, reached: &mut [u32]) -> Brought {
        let d = &self.data.deployments;
        let graph = self.walk_graph(d.sha[row], walk, reached);
        let from_runs = self.shas_of_runs(row, walk);
        let given = d.commits.get(row);
        if !given.is_empty() {
            return Brought { shas: given.iter().map(|&sha| (sha, Origin::Given)).collect(), unknown: false };
        }
        let mut shas: Vec<(u32, Origin)> = Vec::new();
        for &change in d.changes.get(row) {
            self.push_change(change, &mut shas);
        }
        if !is_first {
            for &commit in &graph {
                shas.push((commit, Origin::Graph));
            }
            for &commit in &graph {
                self.push_merged(commit, &mut shas);
            }
            if graph.is_empty() && d.sha[row] != NO_CODE {
                self.push_merged(d.sha[row], &mut shas);
            }
        }
        if shas.is_empty() {
            shas.extend(from_runs.iter().map(|&sha| (sha, Origin::Run)));
        }
        let unknown = is_first && shas.is_empty() && d.sha[row] != NO_CODE;
        Brought { shas, unknown }
    }

    fn push_merged(&self, sha: u32, shas: &mut Vec<(u32, Origin)>) {
        if let Some(&change) = self.change_of_sha.get(&sha)
            && self.data.changes.merge_sha[change as usize] == sha
        {
            self.push_change(change, shas);
        }
    }

    fn push_change(&self, change: u32, shas: &mut Vec<(u32, Origin)>) {
        let commits = self.data.changes.commits.get(change as usize);
        shas.extend(commits.iter().map(|&sha| (sha, Origin::Change)));
    }

    /// The commits reachable from `sha` that nothing deployed before in this place could reach.
    fn walk_graph(&self, sha: u32, walk: &mut PlaceWalk, reached: &mut [u32]) -> Vec<u32> {
        let commits = &self.data.commits;
        let Some(start) = commits.row_of(sha) else { return Vec::new() };
        let mut found = Vec::new();
        let mut stack = vec![start as u32];
        while let Some(commit) = stack.pop() {
            let is_new = match &mut walk.own {
                Some(own) => own.insert(commit),
                None => std::mem::replace(&mut reached[commit as usize], walk.number) != walk.number,
            };
            if !is_new {
                continue;
            }
            found.push(commit);
            stack.extend(
                commits.parents.get(commit as usize).iter().filter_map(|&sha| commits.row_of(sha).map(|c| c as u32)),
            );
        }
        found
    }

    /// What this deployment's run brought, and what runs of its pipeline since the last deployment left waiting.
    fn shas_of_runs(&self, row: usize, walk: &mut PlaceWalk) -> Vec<u32> {
        let d = &self.data.deployments;
        let runs = &self.data.run_commits;
        let mut shas = Vec::new();
        if let Some(waiting) = self.waiting.get(&d.pipeline[row]) {
            let next = walk.next_run.entry(d.pipeline[row]).or_default();
            while let Some(&run) = waiting.get(*next)
                && (runs.at[run as usize] <= d.finished[row] || runs.run[run as usize] == d.run[row])
            {
                shas.extend_from_slice(runs.shas.get(run as usize));
                *next += 1;
            }
            // The run itself may end after the stage that deployed.
            if let Some(&own) = waiting[*next..].iter().find(|&&run| runs.run[run as usize] == d.run[row]) {
                shas.extend_from_slice(runs.shas.get(own as usize));
            }
        }
        shas
    }
}

struct Brought {
    shas: Vec<(u32, Origin)>,
    unknown: bool,
}

#[derive(Default)]
struct PlaceWalk {
    number: u32,
    begun: bool,
    /// Commits reached so far, where several places are walked at once; else the shared mark array serves.
    own: Option<FxHashSet<u32>>,
    /// The next waiting run of each pipeline.
    next_run: FxHashMap<u32, usize>,
}

/// When a failure that a deployment caused was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureEnd {
    At(Time),
    /// An incident is open, or nothing succeeded since.
    Open,
}

/// The end by DORA's rule: the last confirmed incident's end, else the next success in the same place.
pub fn failure_end(data: &Data, links: &Links, deployment: usize) -> FailureEnd {
    let incidents = links.incidents.get(deployment);
    if incidents.is_empty() {
        return next_success_end(data, links, deployment);
    }
    let ends: Option<Vec<Time>> = incidents.iter().map(|&row| data.incidents.ended(row as usize)).collect();
    match ends.and_then(|ends| ends.into_iter().max()) {
        Some(end) => FailureEnd::At(end),
        None => FailureEnd::Open,
    }
}

pub fn next_success_end(data: &Data, links: &Links, deployment: usize) -> FailureEnd {
    match links.next_success[deployment] {
        NO_CODE => FailureEnd::Open,
        next => FailureEnd::At(Time(data.deployments.finished[next as usize])),
    }
}
