//! What in the data of a plan makes its charts say less than they seem to: shown before them, with the items it is about.

use serde::Serialize;

use super::{Plan, numbered};
use crate::metrics::plan::flow::{CycleTimes, column_of};
use crate::metrics::plan::ledger::What;
use crate::model::Time;
use crate::model::plan::ItemState;

/// A kind of doubtful data. Those of sprints come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubtful {
    FinishedWithoutStart,
    FinishedBeforeStart,
    /// Under way from the moment it was created.
    BegunWhenCreated,
    Reopened,
    /// Back to an earlier column, not from done.
    MovedBack,
    /// It is under way, and what it belongs to is not.
    ParentNotBegun,
    /// It is open, and what it belongs to is done.
    ParentDone,
    /// It is marked as blocked while all that it waits for is over.
    BlockedByClosed,
    TwoOpenSprints,
    /// It has hours and is in no sprint, while what it belongs to is in one: the hours of the sprint leave it out.
    PartInNoSprint,
    /// Worth nothing, which is not the same as not estimated.
    EstimatedZero,
    /// Its source tells no history: its states are known by its times only.
    WithoutHistory,
    /// Estimated anew or taken up again after a sprint was closed in which it was done.
    ChangedAfterClose,
    /// Something is told of it from before it was created, or of the days to come: a clock or a zone was wrong.
    ClockJump,
    /// Closed more than two days after its end, or before it.
    ClosedOffPlan,
    /// Two sprints of one team go on at the same time, or are planned to.
    Overlapping,
}

impl Doubtful {
    pub fn is_of_sprints(self) -> bool {
        matches!(self, Self::ClosedOffPlan | Self::Overlapping)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub what: Doubtful,
    /// Places of the items, or of the sprints.
    pub places: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// Finished items whose cycle time is known.
    pub used: usize,
    /// Finished items.
    pub finished: usize,
    pub findings: Vec<Finding>,
}

/// With less of the finished items, those that are left may be of another kind than the rest.
const LEAST_USED: f64 = 0.85;
const LATE_S: f64 = 2.0 * 86_400.0;
/// What is told so shortly before a creation is of the same moment.
const JUMP_US: i64 = 60 * 1_000_000;
const DAY_US: i64 = 86_400 * 1_000_000;

impl Quality {
    /// How many items or sprints a doubt is about.
    pub fn count(&self, what: Doubtful) -> usize {
        self.findings.iter().find(|finding| finding.what == what).map_or(0, |finding| finding.places.len())
    }

    /// So few finished items have a cycle time that the charts may show survivors only.
    pub fn may_be_biased(&self) -> bool {
        self.finished > 0 && (self.used as f64) < LEAST_USED * self.finished as f64
    }
}

/// What the states of an item tell.
#[derive(Clone, Copy, Default)]
struct Walk {
    state: Option<ItemState>,
    begun_when_created: bool,
    reopened: bool,
    moved_back: bool,
}

impl Plan {
    /// `places` are the sprints that each item is in now.
    pub(super) fn quality(
        &self,
        cycle_times: &CycleTimes,
        backwards: usize,
        places: &[Vec<u32>],
        now: Time,
    ) -> Quality {
        let walks = self.walks();
        let is_item = |what: Doubtful, n: usize| {
            let (item, walk) = (&self.items[n], &walks[n]);
            let parent = || item.parent.as_deref().and_then(|id| self.place_of(id)).map(|n| self.items[n].state);
            let is_over = |state: ItemState| matches!(state, ItemState::Done | ItemState::Cancelled);
            match what {
                Doubtful::FinishedWithoutStart => {
                    let is_untold = item.started_at.is_none() || self.has_events[n];
                    item.state == ItemState::Done && !self.was_begun(n) && is_untold
                }
                Doubtful::FinishedBeforeStart => self.ends_before_it_starts(n),
                Doubtful::BegunWhenCreated => walk.begun_when_created,
                Doubtful::Reopened => walk.reopened,
                Doubtful::MovedBack => walk.moved_back,
                Doubtful::ParentNotBegun => {
                    item.state.is_begun() && !is_over(item.state) && parent().is_some_and(|state| !state.is_begun())
                }
                Doubtful::ParentDone => !is_over(item.state) && parent() == Some(ItemState::Done),
                Doubtful::BlockedByClosed => self.blocked[n].is_some() && self.waits_for_what_is_over(n),
                Doubtful::TwoOpenSprints => {
                    let is_open = |sprint: &&u32| self.ledgers[**sprint as usize].closed_at.is_none();
                    !is_over(item.state) && places[n].iter().filter(is_open).count() > 1
                }
                Doubtful::PartInNoSprint => self.is_part_in_no_sprint(n),
                Doubtful::EstimatedZero => {
                    item.estimates.is_some_and(|it| it.points == Some(0.0) || it.hours == Some(0.0))
                }
                Doubtful::WithoutHistory => !self.is_told[n] && item.state.is_begun(),
                Doubtful::ChangedAfterClose => self.was_changed_after_close(n),
                Doubtful::ClockJump => self.has_clock_jump(n, now),
                Doubtful::ClosedOffPlan | Doubtful::Overlapping => false,
            }
        };
        let of_items = [
            Doubtful::FinishedWithoutStart,
            Doubtful::FinishedBeforeStart,
            Doubtful::BegunWhenCreated,
            Doubtful::Reopened,
            Doubtful::MovedBack,
            Doubtful::ParentNotBegun,
            Doubtful::ParentDone,
            Doubtful::BlockedByClosed,
            Doubtful::TwoOpenSprints,
            Doubtful::PartInNoSprint,
            Doubtful::EstimatedZero,
            Doubtful::WithoutHistory,
            Doubtful::ChangedAfterClose,
            Doubtful::ClockJump,
        ];
        let items = of_items.map(|what| {
            let places = (0..self.items.len()).filter(|n| is_item(what, *n)).map(numbered).collect();
            Finding { what, places }
        });
        let sprints = [
            Finding { what: Doubtful::ClosedOffPlan, places: self.closed_off_plan() },
            Finding { what: Doubtful::Overlapping, places: self.overlapping() },
        ];
        let findings = items.into_iter().chain(sprints).filter(|finding| !finding.places.is_empty()).collect();
        Quality { used: cycle_times.n, finished: cycle_times.n + cycle_times.unused + backwards, findings }
    }

    fn walks(&self) -> Vec<Walk> {
        let mut walks = vec![Walk::default(); self.items.len()];
        for fact in &self.facts {
            let What::State(state) = fact.what else { continue };
            let n = fact.item as usize;
            let (walk, created) = (&mut walks[n], self.items[n].created_at);
            let before = walk.state.replace(state);
            walk.begun_when_created |= before.is_none()
                && self.is_told[n]
                && matches!(state, ItemState::InProgress | ItemState::InReview)
                && created.is_some_and(|created| fact.at <= created);
            let back = before.and_then(column_of).zip(column_of(state)).is_some_and(|(old, new)| new < old);
            walk.reopened |= back && before == Some(ItemState::Done);
            walk.moved_back |= back && before != Some(ItemState::Done);
        }
        walks
    }

    fn was_begun(&self, n: usize) -> bool {
        let index = self.index();
        index.facts[n].iter().any(|place| {
            let what = self.facts[*place as usize].what;
            matches!(what, What::State(state) if state.is_begun() && state != ItemState::Done)
        })
    }

    fn is_part_in_no_sprint(&self, n: usize) -> bool {
        let item = &self.items[n];
        if !item.estimates.is_some_and(|it| it.hours.is_some_and(|hours| hours > 0.0)) {
            return false;
        }
        let index = self.index();
        let was_in_one =
            |n: usize| index.facts[n].iter().any(|place| matches!(self.facts[*place as usize].what, What::Joined(_)));
        let parent = item.parent.as_deref().and_then(|id| self.place_of(id));
        parent.is_some_and(|parent| parent != n && was_in_one(parent)) && !was_in_one(n)
    }

    fn waits_for_what_is_over(&self, n: usize) -> bool {
        let waits = self.items[n].depends_on.iter().flatten();
        let mut known = waits.filter_map(|id| self.place_of(id)).peekable();
        known.peek().is_some() && known.all(|n| self.is_over(n))
    }

    fn was_changed_after_close(&self, n: usize) -> bool {
        let places = &self.index().facts[n];
        let facts = || places.iter().map(|place| &self.facts[*place as usize]);
        let joined = facts().filter_map(|fact| if let What::Joined(sprint) = fact.what { Some(sprint) } else { None });
        let closes = joined.filter_map(|sprint| self.ledgers[sprint as usize].closed_at);
        let is_change = |what: What| !matches!(what, What::Joined(_) | What::Left(_));
        closes.into_iter().any(|closed| {
            self.was_over_at(places, closed) && facts().any(|fact| fact.at > closed && is_change(fact.what))
        })
    }

    fn has_clock_jump(&self, n: usize, now: Time) -> bool {
        let created = self.items[n].created_at.map_or(i64::MIN, |at| at.0 - JUMP_US);
        let facts = self.index().facts[n].iter().map(|place| self.facts[*place as usize].at.0);
        self.has_events[n] && facts.into_iter().any(|at| at < created || at > now.0 + DAY_US)
    }

    fn closed_off_plan(&self) -> Vec<u32> {
        let is_off = |n: &usize| {
            let closed = self.ledgers[*n].closed_at;
            closed.is_some_and(|closed| closed.secs_since(self.sprints[*n].ends_at).abs() > LATE_S)
        };
        (0..self.sprints.len()).filter(is_off).map(numbered).collect()
    }

    /// Sprints of a team that are planned for the same days, as far as they are not closed.
    fn planned_together(&self) -> Vec<u32> {
        let open = |n: &usize| self.ledgers[*n].closed_at.is_none();
        let mut open: Vec<usize> = (0..self.sprints.len()).filter(open).collect();
        open.sort_by_key(|n| (self.sprints[*n].team.as_str(), self.sprints[*n].starts_at));
        let meets = |pair: &&[usize]| {
            let (one, other) = (&self.sprints[pair[0]], &self.sprints[pair[1]]);
            one.team == other.team && other.starts_at < one.ends_at
        };
        open.windows(2).filter(meets).flatten().map(|n| numbered(*n)).collect()
    }

    /// Sprints of a team that were started before another of its sprints was closed, or that are planned to meet.
    fn overlapping(&self) -> Vec<u32> {
        let mut found = self.planned_together();
        let mut running: rustc_hash::FxHashMap<&str, (usize, i64)> = rustc_hash::FxHashMap::default();
        let mut started: Vec<(i64, usize)> =
            (0..self.sprints.len()).filter_map(|n| Some((self.ledgers[n].started_at?.0, n))).collect();
        started.sort_unstable();
        for (from, n) in started {
            let to = self.ledgers[n].closed_at.map_or(i64::MAX, |closed| closed.0);
            let team = self.sprints[n].team.as_str();
            match running.get(team) {
                Some(&(other, until)) if from < until => {
                    found.extend([numbered(other), numbered(n)]);
                    if to > until {
                        running.insert(team, (n, to));
                    }
                }
                _ => {
                    running.insert(team, (n, to));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The names of what a finding is about.
    pub fn names_of<'a>(&'a self, finding: &'a Finding) -> impl Iterator<Item = &'a str> {
        finding.places.iter().map(|place| {
            let n = *place as usize;
            if finding.what.is_of_sprints() { self.sprints[n].name.as_str() } else { self.items[n].title.as_str() }
        })
    }
}
