//! The plan: items, sprints and their ledger, read whole and changed by adding events.
//!
//! What an item or a sprint says of itself is written together with the event that made it so; a chart or report reads
//! the events only. An item without events, as a plain list brings it, is told by its times, and its place in a sprint
//! is unknown then, not guessed. A closed sprint's report is kept as it was, with the hash of its text.

mod acts;
mod brief;
mod brief_text;
mod markdown;
mod marks;
mod meeting;
mod news;
mod on_call;
mod ops;
mod outlook;
mod quality;
mod read;
mod readiness;
mod review_file;
mod services;
mod split;
mod sprints;
mod standing;
mod table;
mod teams;
mod view;
mod waiting;

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;

pub use acts::{ItemChange, NewItem};
pub use brief::{Brief, LoopFigures, ServiceRisk};
pub use marks::{Marks, ReviewMark};
pub use meeting::{Doubt, LookBack, Meeting};
pub(super) use news::tell_news;
pub use ops::{Review, ReviewSaid, ReviewWorth};
pub use outlook::{ForecastDays, Outlook, outlook};
pub use quality::{Doubtful, Finding, Quality};
pub use readiness::{ItemReadiness, RiskFact};
pub use review_file::{AskedItem, Merge, MergeLine, NeedLine, ReviewFile};
pub use services::{Deployed, ServiceFacts};
pub use split::Part;
pub(super) use sprints::keep_closed;
pub use sprints::{AfterClose, Burn, CloseAsk, SprintChange};
pub(super) use standing::{StandingWriter, Standings};
pub use teams::TeamWork;
pub use view::{Ageing, ClosedSprint, Cycle, PlanAsk, PlanView};
pub use waiting::{Waiting, WaitingRow};

use super::EngineError;
use crate::metrics::plan::ledger::{ItemFact, NoReport, SprintFacts, SprintReport, Sums, Unit, What, fold_with_parts};
use crate::metrics::plan::velocity::{Velocity, velocity};
use crate::model::Time;
use crate::model::people::{Absence, OpsNeed, OpsReview, Person};
use crate::model::plan::{Item, ItemState, Sprint, TABLE_TEAM};
use crate::model::record::Record;

/// Everything that is planned.
#[derive(Debug, Default)]
pub struct Plan {
    pub items: Vec<Item>,
    pub sprints: Vec<Sprint>,
    pub people: Vec<Person>,
    pub absences: Vec<Absence>,
    pub needs: Vec<OpsNeed>,
    pub reviews: Vec<OpsReview>,
    /// Of all items, in the order of their moments; an item is named by its place in `items`.
    pub facts: Vec<ItemFact>,
    /// One for each sprint, in its order.
    pub ledgers: Vec<SprintFacts>,
    /// What nobody can go on with, and why.
    pub blocked: Vec<Option<Blocked>>,
    /// What was said in the retro of each sprint, the oldest first.
    pub notes: Vec<Vec<Note>>,
    /// What the reports that were kept at a close say, by the sprint's place.
    kept: FxHashMap<(u32, Unit), Sums>,
    /// Sprints whose kept reports are of what an import told.
    of_imports: FxHashSet<u32>,
    /// Seconds after the start in which what joins each sprint is still committed.
    grace: Vec<f64>,
    /// Items that have any event.
    has_events: Vec<bool>,
    /// Items whose ledger tells of estimates or states; the others are told by their times.
    is_told: Vec<bool>,
    /// Facts that were taken back, and those that did: each with the place of the other.
    slips: FxHashMap<u32, u32>,
    index: OnceLock<Index>,
    places_by_id: OnceLock<FxHashMap<String, u32>>,
}

/// Since when an item is blocked, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocked {
    pub since: Time,
    pub reason: Option<String>,
}

/// What was said of a sprint.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub at: Time,
    pub who: Option<String>,
    pub text: String,
}

/// Which facts and items belong together; made when a report is first asked for.
#[derive(Debug)]
struct Index {
    /// The places of each item's facts.
    facts: Vec<Vec<u32>>,
    /// The items that ever joined each sprint.
    joined: Vec<Vec<u32>>,
}

/// An item that is done: when it was begun, where that is known, and when it was finished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FinishedItem {
    pub item: u32,
    pub begun: Option<Time>,
    pub done: Time,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finished {
    pub items: Vec<FinishedItem>,
    /// Items that end before they begin: dirty data, counted nowhere and told.
    pub backwards: usize,
}

fn numbered(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Plan {
    /// The one sprint that a text means: its id, its name, or how its id ends.
    pub fn sprint(&self, text: &str) -> Result<usize, EngineError> {
        let found = |is: &dyn Fn(&Sprint) -> bool| -> Vec<usize> {
            self.sprints.iter().enumerate().filter(|(_, sprint)| is(sprint)).map(|(n, _)| n).collect()
        };
        let exact =
            found(&|sprint| sprint.id == text || sprint.name == text || is_of(text, &sprint.connection, &sprint.id));
        let near =
            if exact.is_empty() { found(&|sprint| !text.is_empty() && sprint.id.ends_with(text)) } else { exact };
        one(&near, "sprint", text, || self.sprints.iter().map(|sprint| sprint.name.clone()).collect())
    }

    /// The place of the one item of an id; quicker than [`Plan::item`], which reads ends of ids, too.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        let places = self.places_by_id.get_or_init(|| {
            let mut places: FxHashMap<String, u32> = FxHashMap::default();
            for (n, item) in self.items.iter().enumerate() {
                places.entry(item.id.clone()).or_insert(numbered(n));
            }
            places
        });
        places.get(id).map(|n| *n as usize)
    }

    /// Items that came of the retro of a sprint.
    pub fn actions_of(&self, sprint: &str) -> Vec<u32> {
        let is_its = |item: &Item| {
            item.origin.as_ref().is_some_and(|origin| origin.kind == sprints::OF_SPRINT && origin.id == sprint)
        };
        let of_it = self.items.iter().enumerate().filter(|(_, item)| is_its(item));
        of_it.map(|(n, _)| numbered(n)).collect()
    }

    /// The one item that a text means: its id, its title, or how its id ends. An empty text means none.
    pub fn item(&self, text: &str) -> Result<usize, EngineError> {
        let found = |is: &dyn Fn(&Item) -> bool| -> Vec<usize> {
            self.items.iter().enumerate().filter(|(_, item)| is(item)).map(|(n, _)| n).collect()
        };
        let ways: [&dyn Fn(&Item) -> bool; 3] =
            [&|item| item.id == text || is_of(text, &item.connection, &item.id), &|item| item.title == text, &|item| {
                !text.is_empty() && item.id.ends_with(text)
            }];
        let near = ways.iter().map(|is| found(is)).find(|found| !found.is_empty()).unwrap_or_default();
        one(&near, "item", text, || self.items.iter().map(|item| item.id.clone()).collect())
    }

    /// The sprints that each item is in now.
    pub fn places(&self) -> Vec<Vec<u32>> {
        let mut at: Vec<Vec<u32>> = vec![Vec::new(); self.items.len()];
        for fact in &self.facts {
            let sprints = &mut at[fact.item as usize];
            match fact.what {
                What::Joined(sprint) => sprints.push(sprint),
                What::Left(sprint) => sprints.retain(|known| *known != sprint),
                _ => {}
            }
        }
        at
    }

    /// What somebody is called who is named by an id or a name.
    pub fn called<'a>(&'a self, person: &'a str) -> &'a str {
        self.people.iter().find(|known| known.id == person).map_or(person, |known| &known.name)
    }

    /// The items that are in a sprint now, by place; with none, those that are in no sprint and not over.
    pub fn members(&self, sprint: Option<usize>) -> Vec<usize> {
        self.members_in(&self.places(), sprint)
    }

    pub fn members_in(&self, at: &[Vec<u32>], sprint: Option<usize>) -> Vec<usize> {
        let is_open = |sprint: &u32| self.ledgers[*sprint as usize].closed_at.is_none();
        let is_wanted = |n: &usize| match sprint {
            Some(sprint) => at[*n].contains(&u32::try_from(sprint).unwrap_or(u32::MAX)),
            None => {
                let is_over = matches!(self.items[*n].state, ItemState::Done | ItemState::Cancelled);
                !is_over && !at[*n].iter().any(is_open)
            }
        };
        (0..self.items.len()).filter(is_wanted).collect()
    }

    /// Since when each item that is over is so.
    pub(super) fn over_at(&self) -> Vec<Option<Time>> {
        let mut over: Vec<Option<Time>> = vec![None; self.items.len()];
        for fact in &self.facts {
            if let What::State(state) = fact.what {
                let is_over = matches!(state, ItemState::Done | ItemState::Cancelled);
                let since = &mut over[fact.item as usize];
                *since = is_over.then(|| since.unwrap_or(fact.at));
            }
        }
        over
    }

    /// How many closed sprints each item was left unfinished in.
    pub fn carries(&self) -> Vec<u32> {
        let mut joined: Vec<Vec<u32>> = vec![Vec::new(); self.items.len()];
        for fact in &self.facts {
            let n = fact.item as usize;
            match fact.what {
                What::Joined(sprint) => joined[n].push(sprint),
                What::Left(sprint) => {
                    // Leaving a sprint that is closed takes nothing back: it was left over there.
                    let was_open = self.ledgers[sprint as usize].closed_at.is_none_or(|closed| fact.at <= closed);
                    joined[n].retain(|known| *known != sprint || !was_open);
                }
                _ => {}
            }
        }
        let index = self.index();
        let is_left_over = |n: usize, sprint: u32| {
            let closed = self.ledgers[sprint as usize].closed_at;
            closed.is_some_and(|closed| !self.was_over_at(&index.facts[n], closed))
        };
        let carried = joined.iter().enumerate();
        carried.map(|(n, sprints)| numbered(sprints.iter().filter(|s| is_left_over(n, **s)).count())).collect()
    }

    /// Of an item's facts by their places: it was done or cancelled at a moment.
    fn was_over_at(&self, places: &[u32], at: Time) -> bool {
        let facts = places.iter().map(|place| &self.facts[*place as usize]).filter(|fact| fact.at <= at);
        let states =
            facts.filter_map(|fact| if let What::State(state) = fact.what { Some((fact, state)) } else { None });
        let last = states.max_by_key(|(fact, _)| (fact.at, fact.seq));
        last.is_some_and(|(_, state)| matches!(state, ItemState::Done | ItemState::Cancelled))
    }

    pub fn report(&self, sprint: usize, unit: Unit, now: Time) -> Result<SprintReport, NoReport> {
        let index = self.index();
        let items = index.joined[sprint].iter().map(|item| &index.facts[*item as usize]);
        let places = items.flatten().filter(|place| !self.is_slip(sprint, **place));
        let facts: Vec<ItemFact> = places.map(|place| self.facts[*place as usize].clone()).collect();
        let parents = if unit == Unit::Points { self.sub_tasks(&index.joined[sprint]) } else { FxHashMap::default() };
        let report = fold_with_parts(&self.ledgers[sprint], &facts, unit, (self.grace[sprint], &parents), now);
        // A table tells who is in a sprint, and never that it was started.
        report.map_err(|error| match error {
            NoReport::NeverStarted if self.sprints[sprint].team == TABLE_TEAM => NoReport::NoHistory,
            error => error,
        })
    }

    /// What was undone before anything rested on it never happened, as far as a sprint's report goes: before its start, in
    /// it, or after its close. What was committed, and what a close found, stays.
    fn is_slip(&self, sprint: usize, place: u32) -> bool {
        let Some(other) = self.slips.get(&place) else { return false };
        let ledger = &self.ledgers[sprint];
        let committed = ledger.started_at.map(|at| Time(at.0.saturating_add((self.grace[sprint] * 1e6) as i64)));
        let gone_by = |place: u32| {
            let at = self.facts[place as usize].at;
            [ledger.started_at, committed, ledger.closed_at].map(|bound| bound.is_some_and(|bound| at > bound))
        };
        gone_by(place) == gone_by(*other)
    }

    /// It was started and goes on.
    pub fn is_running(&self, sprint: usize) -> bool {
        self.ledgers[sprint].started_at.is_some() && self.ledgers[sprint].closed_at.is_none()
    }

    pub(super) fn has_kept(&self, sprint: usize) -> bool {
        self.kept.contains_key(&(numbered(sprint), Unit::Points))
    }

    /// The kept report is of an import, which may have told only a part of the history.
    pub(super) fn is_kept_of_import(&self, sprint: usize) -> bool {
        self.of_imports.contains(&numbered(sprint))
    }

    /// The sums of a sprint: those that were kept at its close, else those that are counted now.
    pub fn sums(&self, sprint: usize, unit: Unit, now: Time) -> Result<Sums, NoReport> {
        match self.kept.get(&(numbered(sprint), unit)) {
            Some(kept) => Ok(*kept),
            None => self.report(sprint, unit, now).map(|report| report.sums()),
        }
    }

    /// What items are worth together in one sprint: what belongs to another of them adds nothing, but to one that nobody
    /// estimated.
    pub fn worth(&self, items: &[u32], unit: Unit) -> f64 {
        let of = |n: u32| unit.of(&self.items[n as usize]);
        let parents = if unit == Unit::Points { self.sub_tasks(items) } else { FxHashMap::default() };
        let counts = |n: &&u32| parents.get(*n).is_none_or(|parent| of(*parent).is_none());
        items.iter().filter(counts).filter_map(|n| of(*n)).sum()
    }

    /// Items whose parent is among the same items, and which that is.
    pub(super) fn sub_tasks(&self, among: &[u32]) -> FxHashMap<u32, u32> {
        let all: FxHashSet<u32> = among.iter().copied().collect();
        let parent = |n: &u32| {
            let parent = self.items[*n as usize].parent.as_deref()?;
            let parent = numbered(self.place_of(parent)?);
            (parent != *n && all.contains(&parent)).then_some((*n, parent))
        };
        among.iter().filter_map(parent).collect()
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| self.make_index())
    }

    fn make_index(&self) -> Index {
        let mut index =
            Index { facts: vec![Vec::new(); self.items.len()], joined: vec![Vec::new(); self.sprints.len()] };
        for (place, fact) in self.facts.iter().enumerate() {
            index.facts[fact.item as usize].push(numbered(place));
            if let What::Joined(sprint) = fact.what {
                index.joined[sprint as usize].push(fact.item);
            }
        }
        for items in &mut index.joined {
            items.sort_unstable();
            items.dedup();
        }
        index
    }

    /// A report with the ids of its items in place of their numbers, the same text whatever else is planned.
    pub fn told(&self, report: &SprintReport) -> Value {
        let mut told = serde_json::json!(report);
        rounded(&mut told);
        for list in ["steps", "outcomes"] {
            for entry in told.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let n = entry.get("item").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
                if let Some(item) = n.and_then(|n| self.items.get(n)) {
                    entry["item"] = item.id.clone().into();
                }
            }
        }
        if let Some(outcomes) = told.get_mut("outcomes").and_then(Value::as_array_mut) {
            outcomes.sort_by_key(|outcome| outcome["item"].to_string());
        }
        told
    }

    /// A report as it was told, with the places of its items; what has gone since stands at no place.
    pub(super) fn untold(&self, told: &Value) -> Option<SprintReport> {
        let mut told = told.clone();
        for list in ["steps", "outcomes"] {
            for entry in told.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                let place = entry.get("item").and_then(Value::as_str).map(|id| self.place_of(id));
                if let Some(place) = place {
                    entry["item"] = place.map_or(u32::MAX, numbered).into();
                }
            }
        }
        serde_json::from_value(told).ok()
    }

    /// What the closed sprints of a team support.
    pub fn velocity(&self, team: &str, unit: Unit, now: Time) -> Option<Velocity> {
        self.velocity_by(team, unit, now, |_| None, None)
    }

    /// The closed sprints of a team, in the order in which they were closed.
    pub fn closed_of(&self, team: &str) -> Vec<usize> {
        let is_closed = |n: &usize| self.sprints[*n].team == team && self.ledgers[*n].closed_at.is_some();
        let mut closed: Vec<usize> = (0..self.sprints.len()).filter(is_closed).collect();
        closed.sort_by_key(|n| self.ledgers[*n].closed_at);
        closed
    }

    /// The same, with the person-days of each sprint and of the next, where they are known.
    fn velocity_by(
        &self,
        team: &str,
        unit: Unit,
        now: Time,
        days: impl Fn(usize) -> Option<f64>,
        next: Option<f64>,
    ) -> Option<Velocity> {
        let completed: Vec<(f64, Option<f64>)> = self
            .closed_of(team)
            .into_iter()
            .filter_map(|n| {
                let completed = self.sums(n, unit, now).ok()?.completed;
                // What was done and nobody estimated so says nothing in that unit; it is no zero.
                let is_told = completed.items == 0 || completed.unestimated < completed.items;
                is_told.then(|| (completed.value, days(n)))
            })
            .collect();
        velocity(&completed, next)
    }

    /// By its own times, the creation where no start is known; an item with events is told by those, in their order.
    fn ends_before_it_starts(&self, n: usize) -> bool {
        let item = &self.items[n];
        let begun = item.started_at.or(item.created_at);
        !self.has_events[n] && begun.zip(item.done_at).is_some_and(|(begun, done)| done < begun)
    }

    /// When each item that is done was finished, and when it was begun: its first start and its last finish.
    pub fn finished(&self, is_wanted: impl Fn(usize) -> bool) -> Finished {
        let is_backwards = |n: &usize| self.ends_before_it_starts(*n);
        let backwards = (0..self.items.len()).filter(|n| is_wanted(*n) && is_backwards(n)).count();
        let mut started: Vec<Option<Time>> = vec![None; self.items.len()];
        let mut done: Vec<Option<Time>> = vec![None; self.items.len()];
        let mut facts: Vec<&ItemFact> = self.facts.iter().filter(|fact| !self.is_taken_back(fact)).collect();
        facts.sort_by_key(|fact| (fact.at, fact.seq));
        for fact in facts {
            let n = fact.item as usize;
            if let What::State(state) = fact.what {
                if state.is_begun() && state != ItemState::Done && started[n].is_none() {
                    started[n] = Some(fact.at);
                }
                // From one word for done to another, as from resolved to closed, is no further finish.
                done[n] = if state == ItemState::Done { done[n].or(Some(fact.at)) } else { None };
            }
        }
        let wanted = (0..self.items.len()).filter(|n| is_wanted(*n) && !is_backwards(n));
        let of = |n: usize| Some(FinishedItem { item: numbered(n), begun: started[n], done: done[n]? });
        Finished { items: wanted.filter_map(of).collect(), backwards }
    }
}

impl crate::engine::Workspace {
    pub(in crate::engine) fn people(&self) -> Result<Vec<Person>, EngineError> {
        let of = |record| if let Record::Person(person) = record { Some(person) } else { None };
        Ok(self.store.small_records()?.into_iter().filter_map(of).collect())
    }
}

/// An id of one of several systems, written with the connection that it is of.
fn is_of(text: &str, connection: &str, id: &str) -> bool {
    text.split_once(':').is_some_and(|(of, rest)| of == connection && rest == id)
}

fn one(found: &[usize], what: &'static str, text: &str, known: impl Fn() -> Vec<String>) -> Result<usize, EngineError> {
    match found {
        [one] => Ok(*one),
        [] => {
            let known: Vec<String> = known().into_iter().take(12).collect();
            let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
            Err(EngineError::NoSuch { what, name: text.to_owned(), known })
        }
        _ => {
            let how = "give more of its id, or CONNECTION:ID";
            Err(EngineError::Other(format!("\"{text}\" may be {} {what}s: {how}", found.len())))
        }
    }
}

/// Numbers as they are told: sums of parts in another order differ in their last bits.
fn rounded(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(plain) = number.as_f64() {
                *value = serde_json::json!((plain * 1e6).round() / 1e6);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(rounded),
        Value::Object(fields) => fields.values_mut().for_each(rounded),
        _ => {}
    }
}
