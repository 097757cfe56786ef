//! What came of a sprint: the steps of its chart, how each item ended, the sums, and the lines of its pace.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Unit;
use crate::metrics::plan::WorkingTime;
use crate::model::Time;

/// Why a line of the chart steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    Start,
    Added,
    Removed,
    Estimated,
    Cancelled,
    /// A cancelled item is wanted after all.
    Restored,
    Done,
    Reopened,
}

/// The chart after something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub at: Time,
    pub cause: Cause,
    pub item: Option<u32>,
    pub reason: Option<Arc<str>>,
    pub scope: f64,
    pub done: f64,
    pub remaining: f64,
    /// Items in scope that nobody estimated.
    pub unestimated: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Completed,
    NotCompleted,
    Removed,
    Cancelled,
    /// Done before the sprint, or before it joined.
    CompletedOutside,
}

/// How an item came out of the sprint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub item: u32,
    pub ending: Ending,
    pub is_committed: bool,
    /// Joined after the commitment.
    pub is_added: bool,
    /// Done after the end that was first planned.
    pub is_late: bool,
    pub reopened: u32,
    pub estimate: Option<f64>,
    /// What it was committed for, where that is not its estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<f64>,
    /// Of its addition or removal.
    pub reason: Option<Arc<str>>,
    /// An estimate that was changed once the item was done: kept, and counted nowhere.
    pub estimated_after_done: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    pub value: f64,
    pub items: usize,
    pub unestimated: usize,
}

impl Sum {
    pub(super) fn add(&mut self, estimate: Option<f64>) {
        self.items += 1;
        self.value += estimate.unwrap_or_default();
        self.unestimated += usize::from(estimate.is_none());
    }
}

/// The sums of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    pub commitment: Sum,
    /// What was committed, without what was cancelled since: nobody wanted that done any more.
    pub wanted: f64,
    pub completed: Sum,
    pub completed_added: Sum,
    pub added: Sum,
}

impl Sums {
    /// Of a report as it was kept, without reading its steps.
    pub fn of_kept(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Kept {
            commitment: Sum,
            completed: Sum,
            completed_added: Sum,
            added: Sum,
            outcomes: Vec<Ended>,
        }
        #[derive(Deserialize)]
        struct Ended {
            ending: Ending,
            is_committed: bool,
            estimate: Option<f64>,
            committed: Option<f64>,
        }
        let kept: Kept = serde_json::from_str(text).ok()?;
        let gone = kept.outcomes.iter().filter(|it| it.is_committed && it.ending == Ending::Cancelled);
        let gone: f64 = gone.filter_map(|it| it.committed.or(it.estimate)).sum();
        Some(Self {
            commitment: kept.commitment,
            wanted: (kept.commitment.value - gone).max(0.0),
            completed: kept.completed,
            completed_added: kept.completed_added,
            added: kept.added,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SprintReport {
    pub unit: Unit,
    pub started_at: Time,
    pub ends: Vec<(Time, Time)>,
    pub closed_at: Option<Time>,
    /// How far the fold goes: the close, or now.
    pub until: Time,
    pub commitment: Sum,
    pub steps: Vec<Step>,
    pub outcomes: Vec<Outcome>,
    pub completed: Sum,
    pub completed_added: Sum,
    pub completed_late: Sum,
    pub added: Sum,
    pub removed: Sum,
    pub cancelled: Sum,
    pub not_completed: Sum,
    /// Items that were reopened.
    pub reworked: usize,
}

impl SprintReport {
    /// What was committed, without what was cancelled since: nobody wanted that done any more.
    pub fn wanted(&self) -> f64 {
        let is_gone = |outcome: &&Outcome| outcome.is_committed && outcome.ending == Ending::Cancelled;
        let gone: f64 =
            self.outcomes.iter().filter(is_gone).filter_map(|outcome| outcome.committed.or(outcome.estimate)).sum();
        (self.commitment.value - gone).max(0.0)
    }

    pub fn sums(&self) -> Sums {
        Sums {
            commitment: self.commitment,
            wanted: self.wanted(),
            completed: self.completed,
            completed_added: self.completed_added,
            added: self.added,
        }
    }

    /// The end that counts: the last that was set.
    pub fn planned_end(&self) -> Time {
        self.ends.last().map_or(self.until, |(_, end)| *end)
    }

    /// The pace that brings the commitment to nothing at the planned end, through working time only. Where the end was
    /// moved the line has a knee at that moment; it is never based anew on what scope became.
    pub fn ideal(&self, working: &WorkingTime) -> Vec<(Time, f64)> {
        let mut line = vec![(self.started_at, self.commitment.value)];
        for (n, (_, end)) in self.ends.iter().enumerate() {
            // Up to the moment when the next end was set, or to this one.
            let stop = self.ends.get(n + 1).map_or(*end, |(moved, _)| *moved);
            lead_to(&mut line, *end, stop, working);
        }
        line.dedup();
        line
    }

    /// The pace that brings what is left now to nothing at the planned end; empty where the sprint is closed, its end is
    /// past or nothing is left.
    pub fn needed(&self, working: &WorkingTime) -> Vec<(Time, f64)> {
        let left = self.steps.last().map_or(0.0, |step| step.remaining);
        let end = self.planned_end();
        if self.closed_at.is_some() || end <= self.until || left <= 0.0 {
            return Vec::new();
        }
        let mut line = vec![(self.until, left)];
        lead_to(&mut line, end, end, working);
        line.dedup();
        line
    }
}

/// Goes on with a line that is to come to nothing at `end`, evenly through working time, as far as `stop`.
fn lead_to(line: &mut Vec<(Time, f64)>, end: Time, stop: Time, working: &WorkingTime) {
    let Some(&(at, begun)) = line.last() else { return };
    let stop = stop.clamp(at, end.max(at));
    let whole = working.seconds(at, end);
    let (mut left, mut worked) = (begun, 0.0);
    for (_, from, to, is_worked) in working.days(at, stop) {
        if is_worked && whole > 0.0 {
            worked += to.secs_since(from);
            left = begun * (1.0 - worked / whole);
        }
        line.push((to, left));
    }
    if whole <= 0.0 && stop == end {
        line.push((stop, 0.0));
    }
}
