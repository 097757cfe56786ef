//! One question to the figures: which rows, which days, counted how.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::lead::Leads;
use super::links::{Links, cause, is_failure, is_success};
use super::recovery::Failure;
use super::{
    Attempts, Calendar, Definition, FailFigure, FrequencyFigure, LeadFigure, OverPipelines, Period, RecoveryFigure,
    ReworkFigure, Round, WarningsAs,
};
use crate::model::Status;
use crate::model::columns::{Data, NO_TIME, flag};

/// What is looked at. An empty list means all; no environment means every production environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub teams: Vec<u32>,
    pub services: Vec<u32>,
    pub environments: Vec<u32>,
    pub pipelines: Vec<u32>,
    pub branches: Vec<u32>,
}

impl Filter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a piece of evidence is about; the number is its row in the columns (a sha's code for a commit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Subject {
    Deployment(u32),
    Commit(u32),
    Change(u32),
    Incident(u32),
}

/// Why a row was left out of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// The span would be negative.
    Clock,
    /// The span is zero and the definition keeps positive ones only.
    Zero,
    CommitUnknown,
    /// The first deployment of a service to an environment: what it brought is unknown.
    FirstDeployment,
    StartUnknown,
    /// The run failed before anything changed.
    NotReached,
    /// Production changed, but not for good: it is no success.
    Failed,
    /// Cancelled, skipped or of unknown status.
    NoOutcome,
    StillOpen,
    /// An earlier attempt of the same run.
    EarlierAttempt,
    /// It is over, but when is not known.
    EndUnknown,
    /// The incident has a cause that nobody has confirmed yet.
    Suspected,
    /// The incident lies outside what the definition links.
    NoDeployment,
}

impl Reason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Zero => "zero",
            Self::CommitUnknown => "commit_unknown",
            Self::FirstDeployment => "first_deployment",
            Self::StartUnknown => "start_unknown",
            Self::NotReached => "did_not_reach_production",
            Self::Failed => "failed",
            Self::NoOutcome => "no_outcome",
            Self::StillOpen => "still_open",
            Self::EarlierAttempt => "earlier_attempt",
            Self::EndUnknown => "end_unknown",
            Self::Suspected => "cause_suspected",
            Self::NoDeployment => "no_deployment",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    pub subject: Subject,
    /// The deployment through which it was counted.
    pub deployment: Option<u32>,
    pub value_s: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    pub subject: Subject,
    pub reason: Reason,
}

/// The rows behind a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    pub counted: Vec<Counted>,
    pub left_out: Vec<LeftOut>,
}

/// Which figure is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    Frequency,
    Lead,
    Fail,
    Recovery,
    Rework,
}

impl Explain {
    pub const ALL: [Self; 5] = [Self::Frequency, Self::Lead, Self::Fail, Self::Recovery, Self::Rework];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Frequency => "frequency",
            Self::Lead => "lead",
            Self::Fail => "fail",
            Self::Recovery => "recovery",
            Self::Rework => "rework",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == word)
    }
}

/// The five figures of one question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub deployment_frequency: FrequencyFigure,
    pub change_lead_time: LeadFigure,
    pub change_fail_rate: FailFigure,
    pub recovery_time: RecoveryFigure,
    pub rework_rate: ReworkFigure,
}

/// A question. Cheap to make; answers are computed when asked for.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    pub data: &'a Data,
    pub links: &'a Links,
    pub filter: &'a Filter,
    pub period: &'a Period,
    pub definition: &'a Definition,
    pub calendar: &'a Calendar,
    selected: Selected,
    /// An open failure stands in one bucket of a series only: where it began, or in the first if that was before.
    pub(super) carries_open: bool,
    /// Computed once, when first asked for.
    pub(super) leads: OnceLock<Arc<Leads>>,
    pub(super) failed: OnceLock<Arc<Vec<bool>>>,
    pub(super) failures: OnceLock<Arc<Vec<Failure>>>,
}

/// The rows of deployments that the filter lets through, in the order of their end.
#[derive(Clone, Debug, Default)]
struct Selected {
    /// Of the whole history.
    all: Vec<u32>,
    /// Those of `all` that finished within the period.
    inside: std::ops::Range<usize>,
    earlier_attempts: Vec<u32>,
    /// Those that are over without a time, begun within the period or at an unknown time.
    without_end: Vec<u32>,
}

impl<'a> Query<'a> {
    pub fn new(
        data: &'a Data,
        links: &'a Links,
        filter: &'a Filter,
        period: &'a Period,
        definition: &'a Definition,
        calendar: &'a Calendar,
    ) -> Self {
        let selected = select(data, filter, period, definition);
        Self::of_selected(data, links, filter, period, definition, calendar, selected)
    }

    fn of_selected(
        data: &'a Data,
        links: &'a Links,
        filter: &'a Filter,
        period: &'a Period,
        definition: &'a Definition,
        calendar: &'a Calendar,
        selected: Selected,
    ) -> Self {
        let (leads, failed, failures) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let carries_open = true;
        Self { data, links, filter, period, definition, calendar, selected, carries_open, leads, failed, failures }
    }

    /// The same question about another period.
    #[must_use]
    pub fn in_period<'b>(&self, period: &'b Period) -> Query<'b>
    where
        'a: 'b,
    {
        let inside = inside(&self.selected.all, self.data, period);
        let selected = Selected { inside, ..self.selected.clone() };
        let mut query =
            Query::of_selected(self.data, self.links, self.filter, period, self.definition, self.calendar, selected);
        // What failed does not depend on the period.
        query.failed = self.failed.clone();
        query
    }

    /// The same question about one of the buckets that this period is cut into.
    #[must_use]
    pub fn in_bucket<'b>(&self, bucket: &'b Period) -> Query<'b>
    where
        'a: 'b,
    {
        Query { carries_open: bucket.from <= self.period.from, ..self.in_period(bucket) }
    }

    /// Every finished deployment in the filter, whatever its period.
    pub fn history(&self) -> &[u32] {
        &self.selected.all
    }

    /// The finished deployments in filter and period.
    pub fn deployments(&self) -> &[u32] {
        &self.selected.all[self.selected.inside.clone()]
    }

    pub(super) fn warnings_fail(&self) -> bool {
        self.definition.warnings_as == WarningsAs::Failed
    }

    pub(super) fn status(&self, row: u32) -> Status {
        self.data.deployments.status[row as usize]
    }

    pub(super) fn succeeded(&self, row: u32) -> bool {
        is_success(self.status(row), self.warnings_fail())
    }

    pub(super) fn status_failed(&self, row: u32) -> bool {
        is_failure(self.status(row), self.warnings_fail())
    }

    /// Failed by effect: production was changed and had to be mended.
    pub(super) fn failed_by_effect(&self, row: u32) -> bool {
        let by = self.links.failed_by[row as usize];
        let wanted = &self.definition.failure;
        (wanted.incident && by & cause::INCIDENT != 0) || (wanted.rollback && by & cause::ROLLBACK != 0)
    }

    /// Production was changed: it succeeded, or its failure was felt.
    pub(super) fn reached(&self, row: u32) -> bool {
        self.succeeded(row) || (self.status_failed(row) && self.links.failed_by[row as usize] != 0)
    }

    /// The end of a deployment in microseconds.
    pub(super) fn finished(&self, row: u32) -> i64 {
        self.data.deployments.finished[row as usize]
    }

    /// A span as the definition rounds its parts.
    pub(super) fn rounded_span(&self, micros: i64) -> f64 {
        let seconds = micros as f64 / 1e6;
        if self.definition.round == Round::CeilMinute { (seconds / 60.0).ceil() * 60.0 } else { seconds }
    }

    /// A duration as the definition shows it.
    pub(super) fn rounded_value_s(&self, seconds: Option<f64>) -> Option<f64> {
        match self.definition.round {
            Round::TwoDecimals => seconds.map(|s| (s / 36.0).round() * 36.0),
            _ => seconds,
        }
    }

    pub(super) fn rounded_number(&self, value: f64) -> f64 {
        if self.definition.round == Round::TwoDecimals { (value * 100.0).round() / 100.0 } else { value }
    }

    /// All five figures.
    pub fn figures(&self) -> Figures {
        let mut figures = self.pooled_figures();
        if self.definition.over_pipelines == OverPipelines::Mean {
            self.average_over_pipelines(&mut figures);
        }
        figures
    }

    fn pooled_figures(&self) -> Figures {
        let rest = || (self.frequency(), self.fail(), self.recovery(), self.rework());
        let (change_lead_time, (deployment_frequency, change_fail_rate, recovery_time, rework_rate)) =
            rayon::join(|| self.lead(), rest);
        Figures { deployment_frequency, change_lead_time, change_fail_rate, recovery_time, rework_rate }
    }

    /// The rows of each pipeline that has one in the period, over the whole history.
    fn by_pipeline(&self) -> BTreeMap<u32, Vec<u32>> {
        let pipeline = &self.data.deployments.pipeline;
        let mut groups: BTreeMap<u32, Vec<u32>> =
            self.deployments().iter().map(|&row| (pipeline[row as usize], Vec::new())).collect();
        for &row in &self.selected.all {
            if let Some(rows) = groups.get_mut(&pipeline[row as usize]) {
                rows.push(row);
            }
        }
        groups
    }

    fn average_over_pipelines(&self, figures: &mut Figures) {
        let per_pipeline: Vec<Figures> =
            self.by_pipeline().into_values().map(|rows| self.with_rows(rows).pooled_figures()).collect();
        let average = |pick: &dyn Fn(&Figures) -> Option<f64>| {
            super::stats::mean(&per_pipeline.iter().filter_map(pick).collect::<Vec<_>>())
        };
        if let Some(value) = average(&|f| Some(f.deployment_frequency.value)) {
            figures.deployment_frequency.value = self.rounded_number(value);
        }
        figures.change_lead_time.value_s = self.rounded_value_s(average(&|f| f.change_lead_time.value_s));
        figures.change_fail_rate.rate = average(&|f| f.change_fail_rate.rate);
        figures.recovery_time.value_s = self.rounded_value_s(average(&|f| f.recovery_time.value_s));
        figures.rework_rate.rate = average(&|f| f.rework_rate.rate);
    }

    fn with_rows(&self, all: Vec<u32>) -> Query<'a> {
        let inside = inside(&all, self.data, self.period);
        let selected = Selected { all, inside, ..Selected::default() };
        Query::of_selected(self.data, self.links, self.filter, self.period, self.definition, self.calendar, selected)
    }

    /// The same question for each service or pipeline that has a deployment in the filter.
    pub fn split_by(&self, group: impl Fn(u32) -> u32) -> BTreeMap<u32, Query<'a>> {
        let mut groups: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for &row in &self.selected.all {
            groups.entry(group(row)).or_default().push(row);
        }
        groups.into_iter().map(|(key, rows)| (key, self.with_rows(rows))).collect()
    }

    /// The rows behind one figure.
    pub fn explain(&self, metric: Explain) -> Evidence {
        let mut evidence = match metric {
            Explain::Frequency => self.frequency_evidence(),
            Explain::Lead => self.lead_evidence(),
            Explain::Fail => self.fail_evidence(),
            Explain::Recovery => self.recovery_evidence(),
            Explain::Rework => self.rework_evidence(),
        };
        let left_out = |rows: &[u32], reason| {
            rows.iter().map(move |&row| LeftOut { subject: Subject::Deployment(row), reason }).collect::<Vec<_>>()
        };
        evidence.left_out.extend(left_out(&self.selected.earlier_attempts, Reason::EarlierAttempt));
        evidence.left_out.extend(left_out(&self.selected.without_end, Reason::EndUnknown));
        evidence.left_out.sort_unstable();
        evidence.left_out.dedup();
        evidence
    }

    /// How many rows were left out of any figure, by reason.
    pub fn left_out(&self) -> Vec<(Reason, usize)> {
        let mut rows: Vec<LeftOut> =
            Explain::ALL.into_iter().flat_map(|metric| self.explain(metric).left_out).collect();
        rows.sort_unstable();
        rows.dedup();
        let mut counts: BTreeMap<Reason, usize> = BTreeMap::new();
        for row in rows {
            *counts.entry(row.reason).or_default() += 1;
        }
        counts.into_iter().collect()
    }
}

fn inside(rows: &[u32], data: &Data, period: &Period) -> std::ops::Range<usize> {
    let finished = &data.deployments.finished;
    let from = rows.partition_point(|&row| finished[row as usize] < period.from.0);
    let to = rows.partition_point(|&row| finished[row as usize] < period.to.0);
    from..to.max(from)
}

fn select(data: &Data, filter: &Filter, period: &Period, definition: &Definition) -> Selected {
    let d = &data.deployments;
    let catalog = &data.catalog;
    let services: Option<Vec<u32>> = if filter.teams.is_empty() {
        (!filter.services.is_empty()).then(|| filter.services.clone())
    } else {
        let of_teams = catalog.services.iter().filter(|s| filter.teams.contains(&s.team)).map(|s| s.key);
        Some(of_teams.filter(|key| filter.services.is_empty() || filter.services.contains(key)).collect())
    };
    let environments: Vec<u32> = if filter.environments.is_empty() {
        catalog.environments.iter().map(|e| e.key).filter(|&key| catalog.is_production(key)).collect()
    } else {
        filter.environments.clone()
    };
    let first = d.finished.partition_point(|&at| at == NO_TIME);
    let mut selected = Selected::default();
    for row in 0..d.len() {
        let wanted = environments.contains(&d.environment[row])
            && services.as_ref().is_none_or(|keys| keys.contains(&d.service[row]))
            && (filter.pipelines.is_empty() || filter.pipelines.contains(&d.pipeline[row]))
            && (filter.branches.is_empty() || filter.branches.contains(&d.branch[row]));
        if !wanted {
            continue;
        }
        if row < first {
            let begun = d.started[row];
            if d.status[row].is_finished() && (begun == NO_TIME || period.contains(crate::model::Time(begun))) {
                selected.without_end.push(row as u32);
            }
            continue;
        }
        if definition.attempts == Attempts::Last && d.flags[row] & flag::SUPERSEDED != 0 {
            if period.contains(crate::model::Time(d.finished[row])) {
                selected.earlier_attempts.push(row as u32);
            }
            continue;
        }
        selected.all.push(row as u32);
    }
    selected.inside = inside(&selected.all, data, period);
    selected
}
