//! Failed deployment recovery time: from a failure's start to its end.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::links::{FailureEnd, failure_end, next_success_end};
use super::query::{Counted, Evidence, LeftOut, Query, Reason, Subject};
use super::{PeriodOfRecovery, RecoveryEnd, RecoveryOf, RecoveryStart, RecoveryStat, stats};
use crate::model::Time;
use crate::model::columns::{NO_TIME, known};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecoveryFigure {
    pub n: u64,
    /// Failures that have not ended; shown, not averaged.
    pub open: u64,
    pub value_s: Option<f64>,
    pub median_s: Option<f64>,
    pub lower_median_s: Option<f64>,
    pub mean_s: Option<f64>,
    pub p90_s: Option<f64>,
}

/// One failure: what failed, when it began and when it was over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    pub subject: Subject,
    pub deployment: Option<u32>,
    pub start: Option<Time>,
    pub end: FailureEnd,
}

impl Failure {
    pub fn secs(&self) -> Option<f64> {
        match (self.start, self.end) {
            (Some(start), FailureEnd::At(end)) => Some(end.secs_since(start)),
            _ => None,
        }
    }
}

impl Query<'_> {
    pub fn recovery(&self) -> RecoveryFigure {
        let mut figure = RecoveryFigure::default();
        let mut values = Vec::new();
        for failure in self.failures() {
            match self.judge(failure) {
                Ok(value) => values.push(value),
                Err(Reason::StillOpen) => figure.open += 1,
                Err(_) => {}
            }
        }
        figure.n = values.len() as u64;
        let summary = stats::summary(&values);
        let value_s = match self.definition.recovery_stat {
            RecoveryStat::Median => summary.median,
            RecoveryStat::LowerMedian => summary.lower_median,
            RecoveryStat::Mean => summary.mean,
        };
        figure.value_s = self.rounded_value_s(value_s);
        figure.median_s = summary.median;
        figure.lower_median_s = summary.lower_median;
        figure.mean_s = summary.mean;
        figure.p90_s = summary.p90;
        figure
    }

    /// The failures that belong to the period, open ones too.
    pub fn failures(&self) -> &[Failure] {
        self.failures.get_or_init(|| std::sync::Arc::new(self.find_failures()))
    }

    fn find_failures(&self) -> Vec<Failure> {
        let all = match self.definition.recovery_of {
            RecoveryOf::FailedDeployments => self.failures_of_deployments(),
            RecoveryOf::FailureStreaks => self.failure_streaks(),
            RecoveryOf::LinkedIncidents => self.failures_of_links(),
            RecoveryOf::AllIncidents => self.failures_of_incidents(),
        };
        all.into_iter().filter(|failure| self.is_of_period(failure)).collect()
    }

    fn judge(&self, failure: &Failure) -> Result<f64, Reason> {
        match (failure.start, failure.end) {
            (None, _) => Err(Reason::StartUnknown),
            (_, FailureEnd::Open) => Err(Reason::StillOpen),
            (Some(start), FailureEnd::At(end)) if end < start => Err(Reason::Clock),
            (Some(start), FailureEnd::At(end)) => Ok(self.rounded_span(end.0 - start.0)),
        }
    }

    /// An open failure belongs to every period that begins before it has ended.
    fn is_of_period(&self, failure: &Failure) -> bool {
        let starts_inside = failure.start.is_some_and(|start| self.period.contains(start));
        let FailureEnd::At(end) = failure.end else {
            return failure.start.is_some_and(|start| start < self.period.to && (self.carries_open || starts_inside));
        };
        let ends_inside = self.period.contains(end);
        match self.definition.period_of_recovery {
            PeriodOfRecovery::End => ends_inside,
            PeriodOfRecovery::Start => starts_inside,
            PeriodOfRecovery::Both => starts_inside && ends_inside,
        }
    }

    fn failures_of_deployments(&self) -> Vec<Failure> {
        let failed = self.failed_deployments();
        self.history()
            .iter()
            .copied()
            .filter(|&row| failed[row as usize])
            .map(|row| Failure {
                subject: Subject::Deployment(row),
                deployment: Some(row),
                start: self.start_of(row, None),
                end: self.end_of(row, None),
            })
            .collect()
    }

    /// Consecutive failures of one pipeline to one place, from the first of them to the next success.
    fn failure_streaks(&self) -> Vec<Failure> {
        let d = &self.data.deployments;
        let failed = self.failed_deployments();
        let mut running: FxHashMap<(u32, u32, u32), Failure> = FxHashMap::default();
        let mut streaks = Vec::new();
        for &row in self.history() {
            let at = row as usize;
            let place = (d.service[at], d.environment[at], d.pipeline[at]);
            if failed[at] {
                running.entry(place).or_insert_with(|| Failure {
                    subject: Subject::Deployment(row),
                    deployment: Some(row),
                    start: self.start_of(row, None),
                    end: FailureEnd::Open,
                });
            } else if self.succeeded(row)
                && let Some(mut streak) = running.remove(&place)
            {
                streak.end = FailureEnd::At(Time(d.finished[at]));
                streaks.push(streak);
            }
        }
        streaks.extend(running.into_values());
        streaks.sort_unstable_by_key(|streak| streak.subject);
        streaks
    }

    fn failures_of_links(&self) -> Vec<Failure> {
        self.linked_incidents()
            .into_iter()
            .map(|link| Failure {
                subject: Subject::Incident(link.incident),
                deployment: Some(link.deployment),
                start: self.start_of(link.deployment, Some(link.incident)),
                end: self.end_of(link.deployment, Some(link.incident)),
            })
            .collect()
    }

    fn failures_of_incidents(&self) -> Vec<Failure> {
        let incidents = &self.data.incidents;
        (0..incidents.len())
            .filter(|&row| self.is_incident_in_filter(row))
            .map(|row| {
                let detected = known(incidents.detected[row]);
                let start = match self.definition.recovery_start {
                    RecoveryStart::IncidentDetected => detected,
                    _ => known(incidents.began[row]),
                };
                let end = self.incident_end(row);
                Failure { subject: Subject::Incident(row as u32), deployment: None, start, end }
            })
            .collect()
    }

    fn incident_end(&self, row: usize) -> FailureEnd {
        let end = match self.definition.recovery_end {
            RecoveryEnd::Resolved => known(self.data.incidents.resolved[row]),
            _ => self.data.incidents.ended(row),
        };
        end.map_or(FailureEnd::Open, FailureEnd::At)
    }

    fn start_of(&self, row: u32, incident: Option<u32>) -> Option<Time> {
        let (d, incidents, at) = (&self.data.deployments, &self.data.incidents, row as usize);
        let of_incidents = |column: &[i64]| match incident {
            Some(incident) => known(column[incident as usize]),
            None => self.links.incidents.get(at).iter().filter_map(|&i| known(column[i as usize])).min(),
        };
        let finished = known(d.finished[at]);
        match self.definition.recovery_start {
            RecoveryStart::DeploymentFinished => finished,
            RecoveryStart::IncidentStarted => of_incidents(&incidents.began).or(finished),
            RecoveryStart::IncidentDetected => of_incidents(&incidents.detected).or(finished),
            RecoveryStart::FailedStageFinished if d.failed_stage[at] != NO_TIME => known(d.failed_stage[at]),
            RecoveryStart::FailedStageFinished => finished,
        }
    }

    fn end_of(&self, row: u32, incident: Option<u32>) -> FailureEnd {
        match (self.definition.recovery_end, incident) {
            (RecoveryEnd::NextSuccess, _) => next_success_end(self.data, self.links, row as usize),
            (_, Some(incident)) => self.incident_end(incident as usize),
            (RecoveryEnd::EndedElseNextSuccess, None) => failure_end(self.data, self.links, row as usize),
            (RecoveryEnd::Resolved, None) => {
                let rows = self.links.incidents.get(row as usize);
                let ends: Option<Vec<Time>> =
                    rows.iter().map(|&i| known(self.data.incidents.resolved[i as usize])).collect();
                ends.and_then(|ends| ends.into_iter().max()).map_or(FailureEnd::Open, FailureEnd::At)
            }
        }
    }

    pub(super) fn recovery_evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for failure in self.failures() {
            match self.judge(failure) {
                Ok(value) => evidence.counted.push(Counted {
                    subject: failure.subject,
                    deployment: failure.deployment,
                    value_s: Some(value),
                }),
                Err(reason) => evidence.left_out.push(LeftOut { subject: failure.subject, reason }),
            }
        }
        evidence
    }
}
