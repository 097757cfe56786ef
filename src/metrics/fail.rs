//! Change fail rate and deployment rework rate.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use super::query::{Counted, Evidence, LeftOut, Query, Reason, Subject};
use super::{Boundary, FailDenominator, FailNumerator, FailureLink, LinkCandidates, LinkScope, stats};
use crate::model::columns::{NO_CODE, NO_TIME, flag};
use crate::model::record::CauseState;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FailFigure {
    pub failed: u64,
    pub total: u64,
    pub rate: Option<f64>,
    /// Wilson's 95 % interval.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Runs that failed before production changed; in neither number.
    pub not_reached: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReworkFigure {
    pub rework: u64,
    pub total: u64,
    pub rate: Option<f64>,
}

/// An incident and the deployment it is put down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Linked {
    pub incident: u32,
    pub deployment: u32,
}

impl Query<'_> {
    /// Incidents and their deployments under the definition's link, over the whole history.
    pub(super) fn linked_incidents(&self) -> Vec<Linked> {
        match self.definition.failure_link {
            FailureLink::Confirmed => self.confirmed_links(),
            FailureLink::LatestBefore { boundary, limit_s } => self.latest_before(boundary, limit_s),
        }
    }

    fn confirmed_links(&self) -> Vec<Linked> {
        let rows = self.history().iter();
        rows.flat_map(|&deployment| {
            let incidents = self.links.incidents.get(deployment as usize).iter();
            incidents.map(move |&incident| Linked { incident, deployment })
        })
        .collect()
    }

    fn latest_before(&self, boundary: Boundary, limit_s: Option<u32>) -> Vec<Linked> {
        let (d, incidents) = (&self.data.deployments, &self.data.incidents);
        let candidates: Vec<u32> = self
            .history()
            .iter()
            .copied()
            .filter(|&row| match self.definition.link_candidates {
                LinkCandidates::Reached => self.reached(row),
                LinkCandidates::Succeeded => self.succeeded(row),
                LinkCandidates::Ended => self.succeeded(row) || self.status_failed(row),
                LinkCandidates::All => true,
            })
            .collect();
        let mut linked = Vec::new();
        for incident in 0..incidents.len() {
            let began = incidents.began[incident];
            let end = candidates.partition_point(|&row| match boundary {
                Boundary::Strict => d.finished[row as usize] < began,
                Boundary::Inclusive => d.finished[row as usize] <= began,
            });
            let found = candidates[..end].iter().rev().find(|&&row| {
                self.definition.link_scope == LinkScope::All
                    || incidents.service[incident] == NO_CODE
                    || incidents.service[incident] == d.service[row as usize]
            });
            if let Some(&deployment) = found {
                let age = began - d.finished[deployment as usize];
                if limit_s.is_none_or(|limit| age <= i64::from(limit) * 1_000_000) {
                    linked.push(Linked { incident: incident as u32, deployment });
                }
            }
        }
        linked
    }

    fn is_in_total(&self, row: u32) -> bool {
        match self.definition.fail_denominator {
            FailDenominator::Reached => self.reached(row),
            FailDenominator::Succeeded => self.succeeded(row),
            FailDenominator::Ended => self.succeeded(row) || self.status_failed(row),
            FailDenominator::All => true,
        }
    }

    /// Which deployments failed under the definition, by row, over the whole history of the filter.
    pub(super) fn failed_deployments(&self) -> &[bool] {
        self.failed.get_or_init(|| std::sync::Arc::new(self.find_failed()))
    }

    fn find_failed(&self) -> Vec<bool> {
        let failure = &self.definition.failure;
        let mut failed = vec![false; self.data.deployments.len()];
        for &row in self.history() {
            let by_effect = match self.definition.failure_link {
                FailureLink::Confirmed => self.failed_by_effect(row),
                FailureLink::LatestBefore { .. } => {
                    failure.rollback && self.links.failed_by[row as usize] & super::links::cause::ROLLBACK != 0
                }
            };
            failed[row as usize] = by_effect || (failure.status_failed && self.status_failed(row));
        }
        if failure.incident && self.definition.failure_link != FailureLink::Confirmed {
            for link in self.linked_incidents() {
                failed[link.deployment as usize] = true;
            }
        }
        failed
    }

    pub fn fail(&self) -> FailFigure {
        let failed = self.failed_deployments();
        let mut figure = FailFigure::default();
        for &row in self.deployments() {
            if self.is_in_total(row) {
                figure.total += 1;
                figure.failed += u64::from(failed[row as usize]);
            } else if self.status_failed(row) {
                figure.not_reached += 1;
            }
        }
        if self.definition.fail_numerator == FailNumerator::Incidents {
            let rows: FxHashSet<u32> = self.deployments().iter().copied().collect();
            figure.failed =
                self.linked_incidents().iter().filter(|link| rows.contains(&link.deployment)).count() as u64;
        }
        if figure.total > 0 {
            figure.rate = Some(figure.failed as f64 / figure.total as f64);
        }
        if let Some((low, high)) = stats::wilson(figure.failed.min(figure.total), figure.total) {
            (figure.low, figure.high) = (Some(low), Some(high));
        }
        figure
    }

    /// Counted: every deployment of the total; the failed ones carry the value 1, the others 0.
    pub(super) fn fail_evidence(&self) -> Evidence {
        let failed = self.failed_deployments();
        let mut evidence = Evidence::default();
        for &row in self.deployments() {
            let subject = Subject::Deployment(row);
            if self.is_in_total(row) {
                let value = if failed[row as usize] { 1.0 } else { 0.0 };
                evidence.counted.push(Counted { subject, deployment: Some(row), value_s: Some(value) });
            } else {
                evidence.left_out.push(LeftOut { subject, reason: self.reason_without_success(row) });
            }
        }
        let linked: FxHashSet<u32> = self.linked_incidents().iter().map(|link| link.incident).collect();
        let incidents = &self.data.incidents;
        for row in 0..incidents.len() {
            let began = incidents.began[row];
            let inside = began != NO_TIME && self.period.contains(crate::model::Time(began));
            if inside && self.is_incident_in_filter(row) && !linked.contains(&(row as u32)) {
                let is_suspected = incidents.causes[row].iter().any(|&(_, state)| state == CauseState::Suspected);
                let reason = if is_suspected { Reason::Suspected } else { Reason::NoDeployment };
                evidence.left_out.push(LeftOut { subject: Subject::Incident(row as u32), reason });
            }
        }
        evidence
    }

    /// Whether an incident's service and environment pass the filter; an unknown one passes.
    pub fn is_incident_in_filter(&self, row: usize) -> bool {
        let (incidents, filter, catalog) = (&self.data.incidents, self.filter, &self.data.catalog);
        let (service, environment) = (incidents.service[row], incidents.environment[row]);
        let team = catalog.service(service).map_or(NO_CODE, |entry| entry.team);
        (filter.services.is_empty() || filter.services.contains(&service))
            && (filter.teams.is_empty() || filter.teams.contains(&team))
            && (environment == NO_CODE
                || if filter.environments.is_empty() {
                    catalog.is_production(environment)
                } else {
                    filter.environments.contains(&environment)
                })
    }

    pub(super) fn is_rework(&self, row: u32) -> bool {
        self.data.deployments.flags[row as usize] & (flag::REWORK | flag::FIXES) != 0
    }

    pub fn rework(&self) -> ReworkFigure {
        let reached = self.deployments().iter().filter(|&&row| self.reached(row));
        let mut figure = ReworkFigure::default();
        for &row in reached {
            figure.total += 1;
            figure.rework += u64::from(self.is_rework(row));
        }
        if figure.total > 0 {
            figure.rate = Some(figure.rework as f64 / figure.total as f64);
        }
        figure
    }

    pub(super) fn rework_evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for &row in self.deployments() {
            let subject = Subject::Deployment(row);
            if self.reached(row) {
                let value = if self.is_rework(row) { 1.0 } else { 0.0 };
                evidence.counted.push(Counted { subject, deployment: Some(row), value_s: Some(value) });
            } else {
                evidence.left_out.push(LeftOut { subject, reason: self.reason_without_success(row) });
            }
        }
        evidence
    }
}
