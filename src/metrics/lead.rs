//! Change lead time: from a change's start to its first arrival in production.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::links::Arrival;
use super::query::{Counted, Evidence, LeftOut, Query, Reason, Subject};
use super::{LeadFallback, LeadForm, LeadKeep, LeadStart, LeadStat, LeadUnit, stats};
use crate::model::columns::{NO_CODE, NO_TIME};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub n: u64,
    pub median_s: Option<f64>,
    pub mean_s: Option<f64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    pub coding: Part,
    pub pickup: Part,
    pub review: Part,
    pub deploy: Part,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LeadFigure {
    pub n: u64,
    /// The definition's own statistic.
    pub value_s: Option<f64>,
    pub median_s: Option<f64>,
    pub lower_median_s: Option<f64>,
    pub mean_s: Option<f64>,
    pub p90_s: Option<f64>,
    pub parts: Parts,
}

/// Lead times in the order of their deployments, with the rows of those.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leads {
    pub rows: Vec<u32>,
    pub secs: Vec<f64>,
}

/// Deployments that one thread looks at in one go.
const ROWS_AT_ONCE: usize = 8192;

/// A lead time, or why there is none.
type Lead = Result<f64, Reason>;

impl Query<'_> {
    pub fn lead(&self) -> LeadFigure {
        let leads = self.lead_values();
        let (summary, parts) = rayon::join(|| stats::summary(&leads.secs), || self.parts());
        let value_s = match self.definition.lead_stat {
            LeadStat::Median => summary.median,
            LeadStat::LowerMedian => summary.lower_median,
            LeadStat::Mean => summary.mean,
            LeadStat::MeanOfRunMeans => {
                let mut rest = leads.secs.as_slice();
                let run_means = leads.rows.chunk_by(|a, b| a == b).filter_map(|run| {
                    let (of_run, after) = rest.split_at(run.len());
                    rest = after;
                    stats::mean(of_run)
                });
                stats::mean(&run_means.collect::<Vec<_>>())
            }
        };
        LeadFigure {
            n: summary.n as u64,
            value_s: self.rounded_value_s(value_s),
            median_s: summary.median,
            lower_median_s: summary.lower_median,
            mean_s: summary.mean,
            p90_s: summary.p90,
            parts,
        }
    }

    /// All lead times of the period.
    pub fn lead_values(&self) -> &Leads {
        if let Some(leads) = self.leads.get() {
            return leads;
        }
        // Found outside the lock: a thread that waits for its share of the work may be given work that asks for the
        // same values, and would wait for itself.
        let leads = std::sync::Arc::new(self.find_leads());
        self.leads.get_or_init(|| leads)
    }

    /// Each thread writes into its own part of two lists that are as long as there can be lead times; what was left
    /// out leaves gaps at the ends of the parts, which are closed.
    fn find_leads(&self) -> Leads {
        let chunks: Vec<&[u32]> = self.deployments().chunks(ROWS_AT_ONCE).collect();
        let most: Vec<usize> = chunks.iter().map(|rows| self.most_leads(rows)).collect();
        let total = most.iter().sum();
        let mut leads = Leads { rows: vec![0; total], secs: vec![0.0; total] };
        let (mut rest_rows, mut rest_secs) = (leads.rows.as_mut_slice(), leads.secs.as_mut_slice());
        let mut parts = Vec::with_capacity(chunks.len());
        for (rows, &most) in chunks.iter().zip(&most) {
            let (of_rows, after_rows) = rest_rows.split_at_mut(most);
            let (of_secs, after_secs) = rest_secs.split_at_mut(most);
            (rest_rows, rest_secs) = (after_rows, after_secs);
            parts.push((*rows, of_rows, of_secs));
        }
        let found: Vec<usize> =
            parts.into_par_iter().map(|(rows, to, secs)| self.write_leads(rows, to, secs)).collect();
        let (mut from, mut end) = (0, 0);
        for (most, found) in most.into_iter().zip(found) {
            if from != end {
                leads.rows.copy_within(from..from + found, end);
                leads.secs.copy_within(from..from + found, end);
            }
            (from, end) = (from + most, end + found);
        }
        leads.rows.truncate(end);
        leads.secs.truncate(end);
        leads
    }

    fn most_leads(&self, rows: &[u32]) -> usize {
        let of_row = |&row: &u32| match self.definition.lead_unit {
            LeadUnit::Commit => self.links.arrivals(row as usize).len(),
            LeadUnit::Change => self.links.changes.get(row as usize).len().max(1),
            LeadUnit::Run => 1,
        };
        rows.iter().map(of_row).sum()
    }

    fn write_leads(&self, rows: &[u32], to: &mut [u32], secs: &mut [f64]) -> usize {
        let mut found = 0;
        for &row in rows.iter().filter(|&&row| self.succeeded(row)) {
            self.each_lead(row, |_, lead| {
                if let Ok(lead) = lead {
                    (to[found], secs[found]) = (row, lead);
                    found += 1;
                }
            });
        }
        found
    }

    fn each_lead(&self, row: u32, mut tell: impl FnMut(Subject, Lead)) {
        match self.definition.lead_unit {
            LeadUnit::Commit => {
                for arrival in self.links.arrivals(row as usize) {
                    tell(Subject::Commit(arrival.sha), self.commit_lead(row, arrival));
                }
            }
            LeadUnit::Change => {
                let changes = self.links.changes.get(row as usize);
                for &change in changes {
                    tell(Subject::Change(change), self.lead_of(row, self.change_start(row, change), Some(change)));
                }
                if changes.is_empty() && self.definition.lead_fallback == LeadFallback::RunStarted {
                    tell(Subject::Deployment(row), self.lead_of(row, None, None));
                }
            }
            LeadUnit::Run => {
                let start = known(self.data.deployments.run_started[row as usize]);
                tell(Subject::Deployment(row), self.lead_of(row, start, None));
            }
        }
    }

    fn commit_lead(&self, row: u32, arrival: &Arrival) -> Lead {
        let change = (arrival.change != NO_CODE).then_some(arrival.change);
        let of_commit = |column: &[i64]| (arrival.commit != NO_CODE).then(|| column[arrival.commit as usize]);
        let start = match self.definition.lead_start {
            LeadStart::CommitAuthored => Some(arrival.authored),
            LeadStart::CommitCommitted => {
                of_commit(&self.data.commits.committed).and_then(known).or(Some(arrival.authored))
            }
            _ => change.and_then(|change| self.change_start(row, change)),
        };
        let needs_commit = matches!(self.definition.lead_start, LeadStart::CommitAuthored | LeadStart::CommitCommitted);
        match self.lead_of(row, start.and_then(known), change) {
            Err(Reason::StartUnknown) if needs_commit => Err(Reason::CommitUnknown),
            lead => lead,
        }
    }

    fn change_start(&self, row: u32, change: u32) -> Option<i64> {
        let (changes, at) = (&self.data.changes, change as usize);
        let first_commit = || known(changes.first_commit[at]).or_else(|| self.first_commit_of(at));
        match self.definition.lead_start {
            LeadStart::CommitAuthored | LeadStart::CommitCommitted | LeadStart::ChangeFirstCommit => first_commit(),
            LeadStart::ChangeCreated => known(changes.created[at]),
            LeadStart::ChangeMerged => known(changes.merged[at]),
            LeadStart::RunStarted => known(self.data.deployments.run_started[row as usize]),
        }
    }

    fn first_commit_of(&self, change: usize) -> Option<i64> {
        let commits = &self.data.commits;
        let shas = self.data.changes.commits.get(change);
        shas.iter().filter_map(|&sha| commits.row_of(sha)).map(|row| commits.authored[row]).min()
    }

    fn lead_of(&self, row: u32, start: Option<i64>, change: Option<u32>) -> Lead {
        let finished = self.finished(row);
        let fallback = || match self.definition.lead_fallback {
            LeadFallback::None => None,
            LeadFallback::RunStarted => known(self.data.deployments.run_started[row as usize]),
        };
        if self.definition.lead_form == LeadForm::SumOfParts
            && let Some(change) = change
        {
            return self.keep(self.sum_of_parts(row, change));
        }
        let start = start.or_else(fallback).ok_or(Reason::StartUnknown)?;
        self.keep(self.rounded_span(finished - start))
    }

    fn keep(&self, value: f64) -> Lead {
        match self.definition.lead_keep {
            _ if value < 0.0 => Err(Reason::Clock),
            LeadKeep::Positive if value == 0.0 => Err(Reason::Zero),
            _ => Ok(value),
        }
    }

    /// coding + (created → merged) + deploy, where an unknown or negative part counts 0.
    fn sum_of_parts(&self, row: u32, change: u32) -> f64 {
        let (changes, at) = (&self.data.changes, change as usize);
        let first = known(changes.first_commit[at]).or_else(|| self.first_commit_of(at));
        let (created, merged) = (known(changes.created[at]), known(changes.merged[at]));
        let part = |from: Option<i64>, to: Option<i64>| match (from, to) {
            (Some(from), Some(to)) if to >= from => self.rounded_span(to - from),
            _ => 0.0,
        };
        part(first, created) + part(created, merged) + part(merged, Some(self.finished(row)))
    }

    /// The parts of the lead time over the changes that first arrived in the period.
    fn parts(&self) -> Parts {
        let chunks = self.deployments().par_chunks(ROWS_AT_ONCE);
        let values: Vec<[Vec<f64>; 4]> = chunks.map(|rows| self.part_values(rows)).collect();
        let part = |at: usize| {
            let values: Vec<f64> = values.iter().flat_map(|chunk| &chunk[at]).copied().collect();
            Part { n: values.len() as u64, median_s: stats::median(&values), mean_s: stats::mean(&values) }
        };
        Parts { coding: part(0), pickup: part(1), review: part(2), deploy: part(3) }
    }

    fn part_values(&self, rows: &[u32]) -> [Vec<f64>; 4] {
        let mut values: [Vec<f64>; 4] = Default::default();
        let changes = &self.data.changes;
        for &row in rows.iter().filter(|&&row| self.succeeded(row)) {
            for &change in self.links.changes.get(row as usize) {
                let at = change as usize;
                let first = known(changes.first_commit[at]).or_else(|| self.first_commit_of(at));
                let steps = [
                    first,
                    known(changes.created[at]),
                    known(changes.first_review[at]),
                    known(changes.merged[at]),
                    Some(self.finished(row)),
                ];
                for (part, pair) in values.iter_mut().zip(steps.windows(2)) {
                    if let [Some(from), Some(to)] = *pair
                        && to >= from
                    {
                        part.push(self.rounded_span(to - from));
                    }
                }
            }
        }
        values
    }

    pub(super) fn lead_evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for &row in self.deployments().iter().filter(|&&row| self.succeeded(row)) {
            self.each_lead(row, |subject, lead| match lead {
                Ok(value) => {
                    evidence.counted.push(Counted { subject, deployment: Some(row), value_s: Some(value) });
                }
                Err(reason) => evidence.left_out.push(LeftOut { subject, reason }),
            });
            if self.links.first_of_place.contains(&row) {
                evidence.left_out.push(LeftOut { subject: Subject::Deployment(row), reason: Reason::FirstDeployment });
            }
        }
        evidence
    }
}

const fn known(micros: i64) -> Option<i64> {
    if micros == NO_TIME { None } else { Some(micros) }
}
