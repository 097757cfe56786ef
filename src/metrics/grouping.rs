//! Runs put together by what they share, and the runs that one may be compared with.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::model::Status;
use crate::model::columns::{Data, NO_CODE, NO_TIME};

/// What rows of a group share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunGroup {
    Pipeline,
    Service,
    Branch,
    /// With the system behind each connection; a connection that is not named here stands for itself.
    System(Vec<(String, String)>),
}

/// A stretch of a list of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOfRuns {
    /// None for rows without a service or branch.
    pub name: Option<String>,
    pub rows: Range<usize>,
    pub failed: u64,
    pub running: u64,
}

impl RunGroup {
    /// The code by which a row is put, and what each code is called.
    fn codes<'a>(&self, data: &'a Data) -> (&'a [u32], FxHashMap<u32, String>) {
        let (runs, catalog) = (&data.runs, &data.catalog);
        match self {
            Self::Pipeline => {
                (&runs.pipeline, catalog.pipelines.iter().map(|entry| (entry.key, entry.name.clone())).collect())
            }
            Self::Service => {
                (&runs.service, catalog.services.iter().map(|entry| (entry.key, entry.name.clone())).collect())
            }
            Self::Branch => {
                (&runs.branch, catalog.branches.iter().map(|&code| (code, catalog.word(code).to_owned())).collect())
            }
            Self::System(systems) => {
                let system = |connection: &str| {
                    let known = systems.iter().find(|(name, _)| name == connection);
                    known.map_or_else(|| connection.to_owned(), |(_, system)| system.clone())
                };
                (&runs.pipeline, catalog.pipelines.iter().map(|entry| (entry.key, system(&entry.connection))).collect())
            }
        }
    }

    /// Puts rows together, groups by name and those without one last; within a group the order stays.
    pub(super) fn gather(&self, data: &Data, rows: &mut Vec<u32>) -> Vec<GroupOfRuns> {
        let (column, names) = self.codes(data);
        let mut ordered: Vec<&String> = names.values().collect();
        ordered.sort_by_key(|name| (name.to_lowercase(), name.as_str()));
        ordered.dedup();
        let ranks: FxHashMap<&String, usize> = ordered.iter().enumerate().map(|(rank, name)| (*name, rank)).collect();
        let nameless = ordered.len();
        let by_code: FxHashMap<u32, usize> = names.iter().map(|(&code, name)| (code, ranks[name])).collect();
        let mut gathered: Vec<Vec<u32>> = vec![Vec::new(); nameless + 1];
        for &row in rows.iter() {
            let code = column[row as usize];
            let rank = if code == NO_CODE { nameless } else { by_code.get(&code).copied().unwrap_or(nameless) };
            gathered[rank].push(row);
        }
        rows.clear();
        let mut groups = Vec::new();
        for (rank, members) in gathered.into_iter().enumerate().filter(|(_, members)| !members.is_empty()) {
            let count = |wanted: &dyn Fn(Status) -> bool| {
                members.iter().filter(|&&row| wanted(data.runs.status[row as usize])).count() as u64
            };
            groups.push(GroupOfRuns {
                name: ordered.get(rank).map(|name| (*name).clone()),
                rows: rows.len()..rows.len() + members.len(),
                failed: count(&|status| status == Status::Failed),
                running: count(&|status| !status.is_finished()),
            });
            rows.extend(members);
        }
        groups
    }
}

/// The run of the same pipeline and branch before a row: any, or the last that succeeded. What is part of another run is
/// held against such, and what is whole against what is whole.
pub fn run_before(data: &Data, row: usize, is_green: bool) -> Option<usize> {
    let runs = &data.runs;
    if runs.at[row] == NO_TIME {
        return None;
    }
    (0..row).rev().find(|&other| {
        runs.pipeline[other] == runs.pipeline[row]
            && runs.branch[other] == runs.branch[row]
            && runs.is_child[other] == runs.is_child[row]
            && runs.at[other] != NO_TIME
            && (!is_green || matches!(runs.status[other], Status::Succeeded | Status::Warnings))
    })
}
