//! A sprint folded from its events: what was committed, how scope and work done went, and how each item ended.
//!
//! Only events count, by their moment and then their number; what an item says of itself now is not asked, so a report of
//! a closed sprint cannot change when leftovers move on. The rules are those of the field's edge cases: work that was done
//! before is not this sprint's, an addition or removal steps the scope at its instant, a re-estimate after an item is done
//! changes nothing, a reopened item burns up again, a cancelled one leaves the scope, and the end that was first planned
//! decides what is late.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::WorkingTime;
use super::sub_tasks::Parts;
use crate::model::Time;
use crate::model::plan::{Item, ItemState};

/// In what an item is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    #[default]
    Points,
    Hours,
    Items,
}

impl Unit {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Hours => "hours",
            Self::Items => "items",
        }
    }
}

/// Something that happened to an item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemFact {
    pub item: u32,
    pub at: Time,
    pub seq: u32,
    pub what: What,
    pub reason: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Into the sprint of that number.
    Joined(u32),
    Left(u32),
    Points(Option<f64>),
    Hours(Option<f64>),
    State(ItemState),
}

/// A sprint as its own events tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SprintFacts {
    pub number: u32,
    pub started_at: Option<Time>,
    /// The end, and since when it is the end; the first is the one that was planned.
    pub ends: Vec<(Time, Time)>,
    pub closed_at: Option<Time>,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    #[error("the sprint was never started, as far as is known")]
    NeverStarted,
    #[error("commitment unknown, as its source tells no history of its items")]
    NoHistory,
    #[error("the sprint ends before it starts")]
    EndsBeforeStart,
    #[error("the sprint ends when it starts: it has no time")]
    NoTime,
    #[error("the sprint was started after its end")]
    StartedAfterEnd,
    #[error("no item was ever in the sprint")]
    NoItems,
}

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
    fn add(&mut self, estimate: Option<f64>) {
        self.items += 1;
        self.value += estimate.unwrap_or_default();
        self.unestimated += usize::from(estimate.is_none());
    }
}

impl Unit {
    /// What an item counts for, as it is estimated now.
    pub fn of(self, item: &Item) -> Option<f64> {
        let estimates = item.estimates.unwrap_or_default();
        match self {
            Self::Points => estimates.points,
            Self::Hours => estimates.hours,
            Self::Items => Some(1.0),
        }
    }
}

/// The sums of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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

/// Where an item stands while the events go by.
#[derive(Clone, Debug)]
struct Standing {
    is_in: bool,
    was_in: bool,
    is_outside: bool,
    /// It was done while it was in this sprint, which goes on.
    is_done_here: bool,
    state: ItemState,
    points: Option<f64>,
    hours: Option<f64>,
    /// While it is done, what it was worth then.
    frozen: Option<Option<f64>>,
    is_committed: bool,
    /// What it was committed for.
    committed: Option<f64>,
    is_added: bool,
    /// By what the scope sank when it was taken out or cancelled; nothing inside where nobody had estimated it.
    gone: Option<Option<f64>>,
    is_late: bool,
    reopened: u32,
    reason: Option<Arc<str>>,
    estimated_after_done: bool,
}

impl Standing {
    fn new() -> Self {
        Self {
            is_in: false,
            was_in: false,
            is_outside: false,
            is_done_here: false,
            state: ItemState::Backlog,
            points: None,
            hours: None,
            frozen: None,
            is_committed: false,
            committed: None,
            is_added: false,
            gone: None,
            is_late: false,
            reopened: 0,
            reason: None,
            estimated_after_done: false,
        }
    }

    /// It was part of the scope when the commitment was made, or since.
    fn counted(&self) -> bool {
        self.is_committed || self.is_added
    }

    fn estimate_now(&self, unit: Unit) -> Option<f64> {
        match unit {
            Unit::Points => self.points,
            Unit::Hours => self.hours,
            Unit::Items => Some(1.0),
        }
    }

    fn estimate(&self, unit: Unit) -> Option<f64> {
        self.frozen.unwrap_or_else(|| self.estimate_now(unit))
    }

    fn is_done(&self) -> bool {
        self.state == ItemState::Done
    }

    fn is_cancelled(&self) -> bool {
        self.state == ItemState::Cancelled
    }

    fn is_in_scope(&self) -> bool {
        self.is_in && !self.is_outside && !self.is_cancelled()
    }
}

struct Fold<'a> {
    sprint: &'a SprintFacts,
    unit: Unit,
    items: BTreeMap<u32, Standing>,
    /// Which items belong to which, where that counts.
    parts: Parts<'a>,
    /// The end that was first planned.
    first_end: Option<Time>,
    /// From here on an item that joins is an addition.
    committed_at: Time,
}

impl Fold<'_> {
    /// Takes an event; what it does to the chart, where it may do something.
    fn take(&mut self, fact: &ItemFact) -> Option<Cause> {
        let may_go = matches!(fact.what, What::Left(_) | What::State(ItemState::Cancelled));
        let before = may_go.then(|| self.scope_with(fact.item)).flatten();
        let cause = self.take_alone(fact);
        let is_in_scope = self.items.get(&fact.item).is_some_and(Standing::is_in_scope);
        let after = before.filter(|_| !is_in_scope).map(|_| self.scope().value);
        if let Some(standing) = self.items.get_mut(&fact.item) {
            if is_in_scope {
                standing.gone = None;
            } else if let Some(((scope, worth), after)) = before.zip(after) {
                standing.gone = Some(worth.map(|_| scope - after));
            }
        }
        // What an item is worth by its parts is what it was worth when it was done.
        if fact.what == What::State(ItemState::Done) && cause.is_some() {
            let worth = self.worth_of_parts(fact.item);
            if let Some(frozen) = self.items.get_mut(&fact.item).and_then(|standing| standing.frozen.as_mut()) {
                *frozen = frozen.or(worth);
            }
        }
        cause
    }

    fn take_alone(&mut self, fact: &ItemFact) -> Option<Cause> {
        let is_after = fact.at > self.committed_at;
        let first_end = self.first_end;
        let number = self.sprint.number;
        let unit = self.unit;
        let standing = self.items.entry(fact.item).or_insert_with(Standing::new);
        match fact.what {
            What::Joined(sprint) if sprint == number && !standing.is_in => {
                standing.is_in = true;
                // What this sprint did, and had taken out, is its work again when it comes back.
                standing.is_outside = standing.is_done() && !standing.is_done_here;
                standing.is_added |= is_after && !standing.is_committed && standing.is_in_scope();
                standing.was_in = true;
                if is_after {
                    standing.reason = fact.reason.clone();
                }
                (!standing.is_outside).then_some(Cause::Added)
            }
            What::Left(sprint) if sprint == number && standing.is_in => {
                standing.is_in = false;
                standing.reason = fact.reason.clone();
                (!standing.is_outside).then_some(Cause::Removed)
            }
            What::Points(points) => {
                standing.estimated_after_done |= standing.is_done() && standing.points != points;
                standing.points = points;
                (unit == Unit::Points && !standing.is_done()).then_some(Cause::Estimated)
            }
            What::Hours(hours) => {
                standing.hours = hours;
                (unit == Unit::Hours && !standing.is_done()).then_some(Cause::Estimated)
            }
            What::State(state) => {
                let cause = change_state(standing, state, fact.at, first_end, unit);
                // What joined while it was cancelled comes in when it is wanted after all.
                standing.is_added |= is_after && !standing.is_committed && standing.is_in_scope();
                cause
            }
            What::Joined(_) | What::Left(_) => None,
        }
    }

    /// What an item counts for as things stand: nothing where it is part of another that is here, too; its parts where
    /// nobody estimated it.
    fn worth(&self, item: u32, standing: &Standing) -> Option<f64> {
        if self.covering(item).is_some() {
            return Some(0.0);
        }
        standing.estimate(self.unit).or_else(|| self.worth_of_parts(item))
    }

    /// The item of this sprint that an item is a part of, while it is.
    fn covering(&self, item: u32) -> Option<&Standing> {
        let parent = self.items.get(&self.parts.parent_of(item)?)?;
        (parent.is_in && !parent.is_outside).then_some(parent)
    }

    fn worth_of_parts(&self, item: u32) -> Option<f64> {
        let parts = self.parts.of(item).iter().filter_map(|part| Some((*part, self.items.get(part)?)));
        let parts = parts.filter(|(_, standing)| standing.is_in_scope());
        let worth = parts.map(|(part, standing)| standing.estimate(self.unit).or_else(|| self.worth_of_parts(part)));
        // Worth nothing by its parts is not the same as not estimated.
        worth.fold(None, |sum, worth| Some(sum.unwrap_or(0.0) + worth.unwrap_or_default()))
    }

    /// What an item counts for among those that were added, removed or cancelled: its own, unless the item that it is a
    /// part of has an estimate and was not moved by it.
    fn share(&self, item: u32, standing: &Standing) -> Option<f64> {
        match self.covering(item) {
            Some(parent) if parent.estimate_now(self.unit).is_some() => Some(0.0),
            Some(_) => standing.estimate(self.unit),
            None => self.worth(item, standing),
        }
    }

    fn in_scope(&self) -> impl Iterator<Item = (u32, &Standing)> {
        self.items.iter().filter(|(_, standing)| standing.is_in_scope()).map(|(item, standing)| (*item, standing))
    }

    fn scope(&self) -> Sum {
        let mut scope = Sum::default();
        self.in_scope().for_each(|(item, standing)| scope.add(self.worth(item, standing)));
        scope
    }

    /// The scope while an item is in it, and what the item counts for.
    fn scope_with(&self, item: u32) -> Option<(f64, Option<f64>)> {
        let standing = self.items.get(&item).filter(|standing| standing.is_in_scope())?;
        Some((self.scope().value, self.worth(item, standing)))
    }

    fn step(&self, at: Time, cause: Cause, fact: Option<&ItemFact>) -> Step {
        let (mut scope, mut done) = (Sum::default(), 0.0);
        for (item, standing) in self.in_scope() {
            let estimate = self.worth(item, standing);
            scope.add(estimate);
            if standing.is_done() {
                done += estimate.unwrap_or_default();
            }
        }
        Step {
            at,
            cause,
            item: fact.map(|fact| fact.item),
            reason: fact.and_then(|fact| fact.reason.clone()),
            scope: scope.value,
            done,
            remaining: scope.value - done,
            unestimated: scope.unestimated,
        }
    }
}

fn change_state(
    standing: &mut Standing,
    state: ItemState,
    at: Time,
    first_end: Option<Time>,
    unit: Unit,
) -> Option<Cause> {
    let before = standing.state;
    if before == state {
        return None;
    }
    standing.state = state;
    if before == ItemState::Done {
        standing.frozen = None;
        (standing.is_late, standing.is_done_here) = (false, false);
        if standing.is_in && state != ItemState::Cancelled {
            standing.reopened += 1;
            // Work that was done elsewhere and is taken up again is this sprint's from now on.
            standing.is_outside = false;
        }
    }
    if state == ItemState::Done {
        standing.frozen = Some(standing.estimate_now(unit));
        standing.is_late = first_end.is_some_and(|end| at > end);
        standing.is_done_here = standing.is_in;
    }
    match (before, state) {
        (_, ItemState::Done) => Some(Cause::Done),
        (_, ItemState::Cancelled) => Some(Cause::Cancelled),
        (ItemState::Done, _) => Some(Cause::Reopened),
        (ItemState::Cancelled, _) => Some(Cause::Restored),
        _ => None,
    }
}

/// Folds the facts into the sprint's report, up to its close or `now`. Facts may come in any order and may be of other
/// sprints and items, too. What joins within `grace_s` seconds of the start is still committed.
pub fn fold(
    sprint: &SprintFacts,
    facts: &[ItemFact],
    unit: Unit,
    grace_s: f64,
    now: Time,
) -> Result<SprintReport, NoReport> {
    fold_with_parts(sprint, facts, unit, (grace_s, &FxHashMap::default()), now)
}

/// The same where items are parts of others: which belongs to which. Parts add no points to those of the item they belong
/// to, and make up for its estimate where nobody gave one.
pub fn fold_with_parts(
    sprint: &SprintFacts,
    facts: &[ItemFact],
    unit: Unit,
    (grace_s, parents): (f64, &FxHashMap<u32, u32>),
    now: Time,
) -> Result<SprintReport, NoReport> {
    let without_start = if sprint.closed_at.is_some() { NoReport::NoHistory } else { NoReport::NeverStarted };
    let started_at = sprint.started_at.ok_or(without_start)?;
    match sprint.ends.first() {
        Some((from, end)) if end < from => return Err(NoReport::EndsBeforeStart),
        Some((from, end)) if end == from => return Err(NoReport::NoTime),
        // Where the end was moved since, that is the one to be measured by.
        Some(_) if sprint.ends.iter().all(|(_, end)| *end <= started_at) => return Err(NoReport::StartedAfterEnd),
        _ => {}
    }
    let until = sprint.closed_at.unwrap_or(now).max(started_at);
    let ours: FxHashSet<u32> = facts
        .iter()
        .filter(|fact| fact.what == What::Joined(sprint.number) && fact.at <= until)
        .map(|fact| fact.item)
        .collect();
    if ours.is_empty() {
        return Err(NoReport::NoItems);
    }
    let mut facts: Vec<&ItemFact> = facts.iter().filter(|fact| fact.at <= until && ours.contains(&fact.item)).collect();
    facts.sort_by_key(|fact| (fact.at, fact.seq, fact.item));
    let committed_at = Time(started_at.0.saturating_add((grace_s * 1e6) as i64));
    // An end that was moved before the start is the one that was planned.
    let planned = sprint.ends.iter().rposition(|(from, _)| *from <= started_at).unwrap_or_default();
    let ends = &sprint.ends[planned..];
    let first_end = ends.first().map(|(_, end)| *end);
    let parts = Parts::new(parents);
    let mut fold = Fold { sprint, unit, items: BTreeMap::new(), parts, first_end, committed_at };
    let at_start = facts.partition_point(|fact| fact.at <= started_at);
    for fact in &facts[..at_start] {
        fold.take(fact);
    }
    for standing in fold.items.values_mut() {
        // What was done before the sprint began is not its work; what left before was never in it.
        standing.is_outside = standing.is_in && standing.is_done();
        standing.is_done_here = false;
        (standing.was_in, standing.reopened, standing.reason) = (standing.is_in, 0, None);
        standing.gone = None;
        standing.estimated_after_done = false;
    }
    let mut steps = vec![fold.step(started_at, Cause::Start, None)];
    let mut commitment = commit(&mut fold);
    for fact in &facts[at_start..] {
        let cause = fold.take(fact);
        if fact.at <= committed_at {
            commitment = commit(&mut fold);
        }
        let Some(cause) = cause else { continue };
        let step = fold.step(fact.at, cause, Some(fact));
        let last = steps.last();
        let is_same = last
            .is_some_and(|last| (last.scope, last.done, last.unestimated) == (step.scope, step.done, step.unestimated));
        // An item without an estimate, or one that costs nothing, moves no line when it is done or comes, and is still told.
        let standing = &fold.items[&fact.item];
        let is_told = match cause {
            Cause::Done | Cause::Reopened => standing.is_in_scope(),
            Cause::Added => standing.is_in_scope() && fold.covering(fact.item).is_none(),
            _ => false,
        };
        if !is_same || is_told {
            steps.push(step);
        }
    }
    Ok(report(fold, (started_at, ends), until, commitment, steps))
}

/// What is in scope and not done is committed.
fn commit(fold: &mut Fold<'_>) -> Sum {
    let worths: BTreeMap<u32, Option<f64>> =
        fold.in_scope().map(|(item, standing)| (item, fold.worth(item, standing))).collect();
    for (item, standing) in &mut fold.items {
        let worth = worths.get(item);
        (standing.is_committed, standing.committed) = (worth.is_some(), worth.copied().flatten());
    }
    let mut sum = Sum::default();
    worths.into_values().for_each(|worth| sum.add(worth));
    sum
}

fn report(
    fold: Fold<'_>,
    (started_at, ends): (Time, &[(Time, Time)]),
    until: Time,
    commitment: Sum,
    steps: Vec<Step>,
) -> SprintReport {
    let mut report = SprintReport {
        unit: fold.unit,
        started_at,
        ends: ends.to_vec(),
        closed_at: fold.sprint.closed_at,
        until,
        commitment,
        steps,
        outcomes: Vec::new(),
        completed: Sum::default(),
        completed_added: Sum::default(),
        completed_late: Sum::default(),
        added: Sum::default(),
        removed: Sum::default(),
        cancelled: Sum::default(),
        not_completed: Sum::default(),
        reworked: 0,
    };
    // What was taken out before the commitment was made is nobody's concern.
    let is_of_it = |standing: &Standing| standing.was_in && (standing.is_in || standing.counted());
    for (&item, standing) in fold.items.iter().filter(|(_, standing)| is_of_it(standing)) {
        let share = fold.share(item, standing);
        let ending = match standing {
            _ if standing.is_outside => Ending::CompletedOutside,
            _ if !standing.is_in => Ending::Removed,
            _ if standing.is_done() => Ending::Completed,
            _ if standing.is_cancelled() => Ending::Cancelled,
            _ => Ending::NotCompleted,
        };
        let estimate = match ending {
            Ending::Removed | Ending::Cancelled => standing.gone.unwrap_or(share),
            _ => fold.worth(item, standing),
        };
        let sum = match ending {
            Ending::Completed => Some(&mut report.completed),
            Ending::NotCompleted => Some(&mut report.not_completed),
            Ending::Removed => Some(&mut report.removed),
            Ending::Cancelled if standing.counted() => Some(&mut report.cancelled),
            Ending::Cancelled | Ending::CompletedOutside => None,
        };
        if let Some(sum) = sum {
            sum.add(estimate);
        }
        if standing.is_added {
            report.added.add(share);
        }
        if ending == Ending::Completed && standing.is_added {
            report.completed_added.add(estimate);
        }
        if ending == Ending::Completed && standing.is_late {
            report.completed_late.add(estimate);
        }
        report.reworked += usize::from(standing.reopened > 0);
        report.outcomes.push(Outcome {
            item,
            ending,
            is_committed: standing.is_committed,
            is_added: standing.is_added,
            is_late: ending == Ending::Completed && standing.is_late,
            reopened: standing.reopened,
            committed: Some(standing.committed.unwrap_or_default())
                .filter(|committed| standing.is_committed && *committed != estimate.unwrap_or_default()),
            estimate,
            reason: standing.reason.clone(),
            estimated_after_done: standing.estimated_after_done,
        });
    }
    report
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::Calendar;

    fn at(text: &str) -> Time {
        // The golden sprint is told in local time: the clocks change on 29 March.
        let zone = crate::model::zone_from_name("Europe/Berlin").unwrap();
        let local: jiff::civil::DateTime = text.parse().unwrap();
        Time::from_timestamp(local.to_zoned(zone).unwrap().timestamp())
    }

    fn fact(item: u32, when: &str, what: What) -> ItemFact {
        ItemFact { item, at: at(when), seq: 0, what, reason: None }
    }

    const BEFORE: &str = "2026-03-20T09:00:00";
    const A: u32 = 0;
    const B: u32 = 1;
    const C: u32 = 2;
    const D: u32 = 3;
    const E: u32 = 4;
    const F: u32 = 5;
    const G: u32 = 6;
    const H: u32 = 7;

    fn golden() -> (SprintFacts, Vec<ItemFact>) {
        use ItemState::{Cancelled, Done, InProgress};
        use What::{Joined, Left, Points, State};
        let mut facts = Vec::new();
        for (item, points) in
            [(A, Some(5.0)), (B, Some(3.0)), (C, Some(8.0)), (D, Some(2.0)), (E, None), (F, Some(3.0))]
        {
            facts.push(fact(item, BEFORE, Points(points)));
            facts.push(fact(item, BEFORE, Joined(1)));
        }
        facts.push(fact(F, "2026-03-21T10:00:00", State(Done)));
        facts.push(fact(A, "2026-03-24T10:00:00", State(Done)));
        facts.push(fact(G, "2026-03-25T10:59:00", Points(Some(4.0))));
        facts.push(ItemFact { reason: Some("incident".into()), ..fact(G, "2026-03-25T11:00:00", Joined(1)) });
        facts.push(fact(C, "2026-03-26T14:00:00", Points(Some(5.0))));
        facts.push(fact(B, "2026-03-27T16:00:00", State(Done)));
        facts.push(fact(B, "2026-03-30T09:30:00", State(InProgress)));
        facts.push(fact(D, "2026-03-30T12:00:00", Left(1)));
        facts.push(fact(H, "2026-03-31T08:59:00", Points(Some(1.0))));
        facts.push(fact(H, "2026-03-31T09:00:00", Joined(1)));
        facts.push(fact(H, "2026-04-01T09:00:00", State(Cancelled)));
        facts.push(fact(B, "2026-04-01T15:00:00", State(Done)));
        facts.push(fact(C, "2026-04-03T18:00:00", State(Done)));
        // After the close: carried on into the next sprint, which this one does not see.
        facts.push(fact(G, "2026-04-08T09:00:00", Left(1)));
        facts.push(fact(G, "2026-04-08T09:00:00", Joined(2)));
        facts.push(fact(G, "2026-04-09T09:00:00", State(Done)));
        let sprint = SprintFacts {
            number: 1,
            started_at: Some(at("2026-03-23T09:00:00")),
            ends: vec![(at(BEFORE), at("2026-04-03T17:00:00")), (at("2026-04-02T10:00:00"), at("2026-04-07T17:00:00"))],
            closed_at: Some(at("2026-04-07T17:10:00")),
        };
        (sprint, facts)
    }

    fn easter() -> WorkingTime {
        let days = ["2026-04-03", "2026-04-06"].map(|day| (day.parse().unwrap(), false));
        let calendar = Calendar { exceptions: days.into(), ..Calendar::default() };
        WorkingTime { zone: crate::model::zone_from_name("Europe/Berlin").unwrap(), calendar }
    }

    #[test]
    fn what_the_sprint_did_is_its_work_again_when_it_comes_back() {
        let (sprint, mut facts) = golden();
        // A was done by the sprint on the 24th; F was done before it began. Both are taken out and put back.
        for (item, day) in [(A, "2026-03-30"), (F, "2026-03-31")] {
            facts.push(fact(item, &format!("{day}T10:00:00"), What::Left(1)));
            facts.push(fact(item, &format!("{day}T12:00:00"), What::Joined(1)));
        }
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        let outcome = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap();
        assert_eq!((outcome(A).ending, outcome(F).ending), (Ending::Completed, Ending::CompletedOutside));
        assert!(outcome(A).is_committed && !outcome(A).is_added, "a second step up, and still committed");
        let last = report.steps.last().unwrap();
        assert_eq!((report.completed.value, last.scope, last.done), (13.0, 17.0, 13.0));
    }

    #[test]
    fn the_golden_sprint_is_reproduced() {
        let (sprint, facts) = golden();
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!((report.commitment.value, report.commitment.unestimated), (18.0, 1));
        let rows: Vec<_> =
            report.steps.iter().map(|step| (step.cause, step.scope, step.done, step.remaining)).collect();
        assert_eq!(
            rows,
            [
                (Cause::Start, 18.0, 0.0, 18.0),
                (Cause::Done, 18.0, 5.0, 13.0),
                (Cause::Added, 22.0, 5.0, 17.0),
                (Cause::Estimated, 19.0, 5.0, 14.0),
                (Cause::Done, 19.0, 8.0, 11.0),
                (Cause::Reopened, 19.0, 5.0, 14.0),
                (Cause::Removed, 17.0, 5.0, 12.0),
                (Cause::Added, 18.0, 5.0, 13.0),
                (Cause::Cancelled, 17.0, 5.0, 12.0),
                (Cause::Done, 17.0, 8.0, 9.0),
                (Cause::Done, 17.0, 13.0, 4.0),
            ]
        );
        assert_eq!(report.completed.value, 13.0);
        assert_eq!((report.completed_added.value, report.completed_late.value), (0.0, 5.0));
        assert_eq!((report.reworked, report.not_completed.items), (1, 2));
        let ending = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap().ending;
        assert_eq!(ending(F), Ending::CompletedOutside);
        assert_eq!(
            [D, E, G, H].map(ending),
            [Ending::Removed, Ending::NotCompleted, Ending::NotCompleted, Ending::Cancelled]
        );
        let added = report.steps.iter().find(|step| step.cause == Cause::Added).unwrap();
        assert_eq!(added.reason.as_deref(), Some("incident"));
    }

    #[test]
    fn what_goes_counts_for_what_the_scope_sank_by() {
        use What::{Left, Points, State};
        let (sprint, mut facts) = golden();
        // Estimated anew once they were gone, or before.
        facts.push(fact(D, "2026-03-31T12:00:00", Points(Some(13.0))));
        facts.push(fact(H, "2026-04-01T10:00:00", Points(Some(8.0))));
        facts.push(fact(E, "2026-03-24T09:00:00", Points(Some(3.0))));
        facts.push(fact(E, "2026-03-24T10:00:00", State(ItemState::Cancelled)));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!((report.removed.value, report.cancelled.value), (2.0, 4.0));
        // Nobody had estimated it when it was committed: nothing is taken off.
        assert_eq!(report.wanted(), 18.0);
        let (sprint, mut facts) = golden();
        facts.push(fact(B, "2026-03-24T09:00:00", Points(Some(8.0))));
        facts.push(fact(B, "2026-03-25T09:00:00", State(ItemState::Cancelled)));
        facts.retain(|fact| fact.item != B || fact.at <= at("2026-03-25T09:00:00"));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!((report.commitment.value, report.cancelled.value, report.wanted()), (18.0, 9.0, 15.0));
        let kept = Sums::of_kept(&serde_json::to_string(&report).unwrap()).unwrap();
        assert_eq!(kept.wanted, 15.0);
        // Back before the close, it is not gone.
        facts.push(fact(D, "2026-04-01T09:00:00", What::Joined(1)));
        facts.push(fact(D, "2026-04-01T09:00:01", Left(2)));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!(report.removed.items, 0);
    }

    #[test]
    fn the_commitment_is_what_is_there_when_the_grace_ends() {
        let (sprint, facts) = golden();
        let grace = 2.0 * 86_400.0;
        let moves = |moves: &[(u32, &str, What)]| {
            let mut facts = facts.clone();
            facts.retain(|fact| fact.item != D);
            facts.push(fact(D, BEFORE, What::Points(Some(2.0))));
            facts.push(fact(D, BEFORE, What::Joined(1)));
            facts.extend(moves.iter().map(|(item, when, what)| fact(*item, when, *what)));
            fold(&sprint, &facts, Unit::Points, grace, at("2026-05-01T00:00:00")).unwrap()
        };
        // Out within the grace and never back: no change of what was committed.
        let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1))]);
        assert_eq!((report.commitment.value, report.removed.items), (16.0, 0));
        assert!(report.outcomes.iter().all(|outcome| outcome.item != D));
        // Back after it: added.
        let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1)), (D, "2026-03-27T12:00:00", What::Joined(1))]);
        let outcome = report.outcomes.iter().find(|outcome| outcome.item == D).unwrap();
        assert!(outcome.is_added && !outcome.is_committed, "{outcome:?}");
        // Back within it: committed as before.
        let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1)), (D, "2026-03-24T13:00:00", What::Joined(1))]);
        assert_eq!((report.commitment.value, report.added.items), (18.0, 2));
    }

    #[test]
    fn what_costs_nothing_is_told_when_it_comes() {
        let (sprint, mut facts) = golden();
        facts.push(fact(8, "2026-03-26T09:00:00", What::Points(Some(0.0))));
        facts.push(fact(8, "2026-03-26T10:00:00", What::Joined(1)));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        let step = report.steps.iter().find(|step| step.item == Some(8)).unwrap();
        assert_eq!((step.cause, step.scope), (Cause::Added, 22.0));
    }

    #[test]
    fn the_ideal_line_rests_on_free_days_and_has_a_knee() {
        let (sprint, facts) = golden();
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        let working = easter();
        let (start, first, second) = (report.started_at, report.ends[0].1, report.ends[1].1);
        assert_eq!(first.secs_since(start) / 3600.0, 271.0);
        assert_eq!((working.working_days(start, first), working.working_days(start, second)), (9, 10));
        let line = report.ideal(&working);
        assert_eq!((line[0].1, line.last().unwrap().1), (18.0, 0.0));
        assert!(line.windows(2).all(|pair| pair[0].1 >= pair[1].1 - 1e-9 && pair[0].0 <= pair[1].0), "{line:?}");
        let value = |when: &str| line.iter().rev().find(|(time, _)| *time <= at(when)).unwrap().1;
        assert_eq!(value("2026-03-28T00:00:00"), value("2026-03-30T00:00:00"), "a weekend");
        // The end is moved before the first one comes: the line does not reach nothing there.
        assert!(value("2026-04-03T17:00:00") > 0.0);
    }

    #[test]
    fn the_pace_that_is_needed_starts_at_what_is_left_now() {
        let (sprint, facts) = golden();
        let running = SprintFacts { closed_at: None, ..sprint.clone() };
        let now = at("2026-03-27T17:00:00");
        let report = fold(&running, &facts, Unit::Points, 0.0, now).unwrap();
        let line = report.needed(&easter());
        assert_eq!((line[0], *line.last().unwrap()), ((now, 11.0), (report.planned_end(), 0.0)));
        let value = |when: &str| line.iter().rev().find(|(time, _)| *time <= at(when)).unwrap().1;
        assert_eq!(value("2026-03-28T12:00:00"), value("2026-03-30T00:00:00"), "nobody works on a weekend");
        let over = fold(&running, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert!(over.needed(&easter()).is_empty(), "the end is past");
        let closed = fold(&sprint, &facts, Unit::Points, 0.0, now).unwrap();
        assert!(closed.needed(&easter()).is_empty());
    }

    #[test]
    fn what_is_cancelled_is_no_part_of_what_was_wanted() {
        let (sprint, _) = golden();
        let mut facts = Vec::new();
        for item in [A, B] {
            facts.push(fact(item, BEFORE, What::Points(Some(1.0))));
            facts.push(fact(item, BEFORE, What::Joined(sprint.number)));
        }
        facts.push(fact(A, "2026-03-24T10:00:00", What::State(ItemState::Done)));
        facts.push(fact(B, "2026-03-25T10:00:00", What::State(ItemState::Cancelled)));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!((report.commitment.value, report.completed.value, report.wanted()), (2.0, 1.0, 1.0));
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        let (sprint, facts) = golden();
        let now = at("2026-05-01T00:00:00");
        let closed = SprintFacts { started_at: None, ..sprint.clone() };
        assert_eq!(fold(&closed, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NoHistory);
        let never = SprintFacts { started_at: None, closed_at: None, ..sprint.clone() };
        assert_eq!(fold(&never, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NeverStarted);
        assert_eq!(fold(&sprint, &[], Unit::Points, 0.0, now).unwrap_err(), NoReport::NoItems);
        let backwards = SprintFacts { ends: vec![(at(BEFORE), at("2026-03-01T00:00:00"))], ..sprint };
        assert_eq!(fold(&backwards, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::EndsBeforeStart);
        let at_once = SprintFacts { ends: vec![(at(BEFORE), at(BEFORE))], ..backwards.clone() };
        assert_eq!(fold(&at_once, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NoTime);
        let late = SprintFacts { ends: vec![(at(BEFORE), at("2026-03-22T00:00:00"))], ..backwards };
        assert_eq!(fold(&late, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::StartedAfterEnd);
    }

    #[test]
    fn grace_re_adding_and_late_estimates() {
        let (sprint, mut facts) = golden();
        let now = at("2026-05-01T00:00:00");
        let late = fold(&sprint, &facts, Unit::Points, 3.0 * 86_400.0, now).unwrap();
        assert_eq!(late.commitment.value, 22.0, "G joined within the grace; that A is done by then changes nothing");
        // D comes back and is done; it is committed still. A is estimated anew after it was done: nothing moves.
        facts.push(fact(D, "2026-04-01T10:00:00", What::Joined(1)));
        facts.push(fact(D, "2026-04-02T10:00:00", What::State(ItemState::Done)));
        facts.push(fact(A, "2026-04-02T11:00:00", What::Points(Some(50.0))));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, now).unwrap();
        let outcome = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap().clone();
        assert!(outcome(D).is_committed && !outcome(D).is_added && outcome(D).ending == Ending::Completed);
        assert!(outcome(A).estimated_after_done);
        assert_eq!(report.completed.value, 15.0);
        let items = fold(&sprint, &facts, Unit::Items, 0.0, now).unwrap();
        assert_eq!((items.commitment.value, items.completed.value), (5.0, 4.0));
    }

    #[test]
    fn what_never_was_in_scope_is_neither_added_nor_cancelled_and_what_is_cancelled_is_not_reopened() {
        let (sprint, _) = golden();
        let mut facts = Vec::new();
        for (item, joins) in [(A, BEFORE), (B, BEFORE), (C, "2026-03-25T10:00:00"), (D, "2026-03-25T10:00:00")] {
            facts.push(fact(item, BEFORE, What::Points(Some(2.0))));
            facts.push(fact(item, joins, What::Joined(sprint.number)));
        }
        facts.push(fact(B, BEFORE, What::State(ItemState::Cancelled)));
        facts.push(fact(C, BEFORE, What::State(ItemState::Cancelled)));
        facts.push(fact(D, BEFORE, What::State(ItemState::Cancelled)));
        facts.push(fact(D, "2026-03-26T10:00:00", What::State(ItemState::Ready)));
        facts.push(fact(A, "2026-03-26T11:00:00", What::State(ItemState::Done)));
        facts.push(fact(A, "2026-03-26T12:00:00", What::State(ItemState::Cancelled)));
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
        assert_eq!((report.commitment.value, report.added.value, report.added.items), (2.0, 2.0, 1), "D is wanted");
        assert_eq!((report.cancelled.value, report.cancelled.items, report.reworked), (2.0, 1, 0));
        let last = report.steps.last().unwrap();
        assert_eq!(last.scope, report.commitment.value + report.added.value - report.cancelled.value);
    }

    #[test]
    fn an_end_that_was_moved_before_the_start_is_the_planned_one() {
        let (sprint, facts) = golden();
        let moved = (at("2026-03-20T10:00:00"), at("2026-04-05T17:00:00"));
        let ends = vec![sprint.ends[0], moved, sprint.ends[1]];
        let report = fold(&SprintFacts { ends, ..sprint }, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00"));
        let report = report.unwrap();
        assert_eq!((report.completed_late.value, report.ends.len(), report.ends[0]), (0.0, 2, moved));
    }

    fn any_fact() -> impl Strategy<Value = ItemFact> {
        let what = prop_oneof![
            Just(What::Joined(1)),
            Just(What::Left(1)),
            (0u32..9).prop_map(|points| What::Points(Some(f64::from(points)))),
            Just(What::Points(None)),
            prop::sample::select(ItemState::ALL.to_vec()).prop_map(What::State),
        ];
        (0u32..6, -20i64..80, what).prop_map(|(item, hours, what)| ItemFact {
            item,
            at: Time(1_774_000_000_000_000 + hours * 3_600_000_000),
            seq: 0,
            what,
            reason: None,
        })
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_the_sums_hold(
            facts in prop::collection::vec(any_fact(), 1..60),
            seed in any::<u64>(),
            has_parts in any::<bool>(),
        ) {
            let mut facts = facts;
            for (seq, fact) in facts.iter_mut().enumerate() {
                fact.seq = seq as u32;
            }
            let start = Time(1_774_000_000_000_000);
            let sprint = SprintFacts {
                number: 1,
                started_at: Some(start),
                ends: vec![(start, Time(start.0 + 60 * 3_600_000_000))],
                closed_at: Some(Time(start.0 + 70 * 3_600_000_000)),
            };
            let parents = FxHashMap::from_iter([(1, 0), (2, 0), (3, 1)].into_iter().filter(|_| has_parts));
            let count = |facts: &[ItemFact]| fold_with_parts(&sprint, facts, Unit::Points, (0.0, &parents), start);
            let told = count(&facts);
            let mut shuffled = facts.clone();
            shuffled.sort_by_key(|fact| u64::from(fact.seq).wrapping_mul(seed | 1));
            prop_assert_eq!(&told, &count(&shuffled));
            let Ok(report) = told else { return Ok(()) };
            for step in &report.steps {
                prop_assert!((step.scope - step.done - step.remaining).abs() < 1e-9);
                prop_assert!(step.done >= 0.0 && step.remaining >= -1e-9);
            }
            let last = report.steps.last().unwrap();
            prop_assert!((last.done - report.completed.value).abs() < 1e-9);
            prop_assert!((last.remaining - report.not_completed.value).abs() < 1e-9);
        }
    }
}
