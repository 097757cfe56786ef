//! The fold itself: events in the order of their moments in, a report out.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::board::Board;
use super::standing::Standing;
use super::{Cause, Ending, ItemFact, NoReport, Outcome, SprintFacts, SprintReport, Step, Sum, Unit, What};
use crate::metrics::plan::sub_tasks::Parts;
use crate::model::Time;

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
    let mut board = Board { sprint, unit, items: BTreeMap::new(), parts, first_end, committed_at };
    let at_start = facts.partition_point(|fact| fact.at <= started_at);
    for fact in &facts[..at_start] {
        board.take(fact);
    }
    for standing in board.items.values_mut() {
        // What was done before the sprint began is not its work; what left before was never in it.
        standing.is_outside = standing.is_in && standing.is_done();
        standing.is_done_here = false;
        (standing.was_in, standing.reopened, standing.reason) = (standing.is_in, 0, None);
        standing.gone = None;
        standing.estimated_after_done = false;
    }
    let mut steps = vec![board.step(started_at, Cause::Start, None)];
    let mut commitment = commit(&mut board);
    for fact in &facts[at_start..] {
        let cause = board.take(fact);
        if fact.at <= committed_at {
            commitment = commit(&mut board);
        }
        let Some(cause) = cause else { continue };
        let step = board.step(fact.at, cause, Some(fact));
        let last = steps.last();
        let is_same = last
            .is_some_and(|last| (last.scope, last.done, last.unestimated) == (step.scope, step.done, step.unestimated));
        // An item without an estimate, or one that costs nothing, moves no line when it is done or comes, and is still told.
        let standing = &board.items[&fact.item];
        let is_told = match cause {
            Cause::Done | Cause::Reopened => standing.is_in_scope(),
            Cause::Added => standing.is_in_scope() && board.covering(fact.item).is_none(),
            _ => false,
        };
        if !is_same || is_told {
            steps.push(step);
        }
    }
    Ok(report(board, (started_at, ends), until, commitment, steps))
}

/// What is in scope and not done is committed.
fn commit(board: &mut Board<'_>) -> Sum {
    let worths: BTreeMap<u32, Option<f64>> =
        board.in_scope().map(|(item, standing)| (item, board.worth(item, standing))).collect();
    for (item, standing) in &mut board.items {
        let worth = worths.get(item);
        (standing.is_committed, standing.committed) = (worth.is_some(), worth.copied().flatten());
    }
    let mut sum = Sum::default();
    worths.into_values().for_each(|worth| sum.add(worth));
    sum
}

fn report(
    board: Board<'_>,
    (started_at, ends): (Time, &[(Time, Time)]),
    until: Time,
    commitment: Sum,
    steps: Vec<Step>,
) -> SprintReport {
    let mut report = SprintReport {
        unit: board.unit,
        started_at,
        ends: ends.to_vec(),
        closed_at: board.sprint.closed_at,
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
    for (&item, standing) in board.items.iter().filter(|(_, standing)| is_of_it(standing)) {
        let share = board.share(item, standing);
        let ending = match standing {
            _ if standing.is_outside => Ending::CompletedOutside,
            _ if !standing.is_in => Ending::Removed,
            _ if standing.is_done() => Ending::Completed,
            _ if standing.is_cancelled() => Ending::Cancelled,
            _ => Ending::NotCompleted,
        };
        let estimate = match ending {
            Ending::Removed | Ending::Cancelled => standing.gone.unwrap_or(share),
            _ => board.worth(item, standing),
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
