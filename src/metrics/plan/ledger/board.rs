//! All items of a sprint while the events go by, and what they are worth together.

use std::collections::BTreeMap;

use super::standing::{Standing, change_state};
use super::{Cause, ItemFact, SprintFacts, Step, Sum, Unit, What};
use crate::metrics::plan::sub_tasks::Parts;
use crate::model::Time;
use crate::model::plan::ItemState;

pub(super) struct Board<'a> {
    pub(super) sprint: &'a SprintFacts,
    pub(super) unit: Unit,
    pub(super) items: BTreeMap<u32, Standing>,
    /// Which items belong to which, where that counts.
    pub(super) parts: Parts<'a>,
    /// The end that was first planned.
    pub(super) first_end: Option<Time>,
    /// From here on an item that joins is an addition.
    pub(super) committed_at: Time,
}

impl Board<'_> {
    /// Takes an event; what it does to the chart, where it may do something.
    pub(super) fn take(&mut self, fact: &ItemFact) -> Option<Cause> {
        let may_go = matches!(fact.what, What::Left(_) | What::State(ItemState::Cancelled));
        let before = may_go.then(|| self.scope_with(fact.item)).flatten();
        self.leave_alone_what_was_here(fact);
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

    /// What counts already is not taken back by an item above it that comes later: history is not rewritten.
    fn leave_alone_what_was_here(&mut self, fact: &ItemFact) {
        let comes = fact.what == What::Joined(self.sprint.number) && fact.at > self.committed_at;
        if !comes || self.items.get(&fact.item).is_some_and(|standing| standing.was_in) {
            return;
        }
        for part in self.parts.of(fact.item) {
            if let Some(standing) = self.items.get_mut(part) {
                standing.stands_alone |= standing.is_in_scope();
            }
        }
    }

    pub(super) fn take_alone(&mut self, fact: &ItemFact) -> Option<Cause> {
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
    pub(super) fn worth(&self, item: u32, standing: &Standing) -> Option<f64> {
        if self.covering(item).is_some() {
            return Some(0.0);
        }
        standing.estimate(self.unit).or_else(|| self.worth_of_parts(item))
    }

    /// The item of this sprint that an item is a part of, while it is.
    pub(super) fn covering(&self, item: u32) -> Option<&Standing> {
        let parent = self.items.get(&self.parts.parent_of(item)?)?;
        let stands_alone = self.items.get(&item).is_some_and(|standing| standing.stands_alone);
        (!stands_alone && parent.is_in && !parent.is_outside).then_some(parent)
    }

    pub(super) fn worth_of_parts(&self, item: u32) -> Option<f64> {
        let parts = self.parts.of(item).iter().filter_map(|part| Some((*part, self.items.get(part)?)));
        let parts = parts.filter(|(_, standing)| standing.is_in_scope());
        let worth = parts.map(|(part, standing)| match standing.stands_alone {
            true => Some(0.0),
            false => standing.estimate(self.unit).or_else(|| self.worth_of_parts(part)),
        });
        // Worth nothing by its parts is not the same as not estimated.
        worth.fold(None, |sum, worth| Some(sum.unwrap_or(0.0) + worth.unwrap_or_default()))
    }

    /// What an item counts for among those that were added, removed or cancelled: its own, unless the item that it is a
    /// part of has an estimate and was not moved by it.
    pub(super) fn share(&self, item: u32, standing: &Standing) -> Option<f64> {
        match self.covering(item) {
            Some(parent) if parent.estimate_now(self.unit).is_some() => Some(0.0),
            Some(_) => standing.estimate(self.unit),
            None => self.worth(item, standing),
        }
    }

    pub(super) fn in_scope(&self) -> impl Iterator<Item = (u32, &Standing)> {
        self.items.iter().filter(|(_, standing)| standing.is_in_scope()).map(|(item, standing)| (*item, standing))
    }

    pub(super) fn scope(&self) -> Sum {
        let mut scope = Sum::default();
        self.in_scope().for_each(|(item, standing)| scope.add(self.worth(item, standing)));
        scope
    }

    /// The scope while an item is in it, and what the item counts for.
    pub(super) fn scope_with(&self, item: u32) -> Option<(f64, Option<f64>)> {
        let standing = self.items.get(&item).filter(|standing| standing.is_in_scope())?;
        Some((self.scope().value, self.worth(item, standing)))
    }

    pub(super) fn step(&self, at: Time, cause: Cause, fact: Option<&ItemFact>) -> Step {
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
