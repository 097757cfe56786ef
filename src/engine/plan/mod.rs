//! The plan: items, sprints and their ledger, read whole and changed by adding events.
//!
//! What an item or a sprint says of itself is written together with the event that made it so; a chart or report reads
//! the events only. An item without events, as a plain list brings it, is told by its times, and its place in a sprint
//! is unknown then, not guessed. A closed sprint's report is kept as it was, with the hash of its text.

use std::hash::BuildHasher as _;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;

use super::{EngineError, Workspace, rank};
use crate::metrics::plan::WorkingTime;
use crate::metrics::plan::flow::{self, CycleTimes};
use crate::metrics::plan::forecast::{CONFIDENCES, Calibration, Draws, Forecast, calibrate};
use crate::metrics::plan::ledger::{ItemFact, NoReport, SprintFacts, SprintReport, Unit, What, fold};
use crate::metrics::plan::velocity::{Velocity, velocity};
use crate::model::Time;
use crate::model::plan::{Estimated, Estimates, Item, ItemEvent, ItemKind, ItemState, Sprint, SprintEvent};
use crate::model::record::{FILE_CONNECTION, Record, Team};
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{ItemEventRow, Store};

/// Days of the past that a forecast draws from.
pub const SAMPLE_DAYS: i32 = 90;
const CALIBRATION_WEEKS: usize = 26;
/// The share of items below which what is left may say little of the rest.
const LEAST_USED: f64 = 0.85;

/// Everything that is planned.
#[derive(Debug, Default)]
pub struct Plan {
    pub items: Vec<Item>,
    pub sprints: Vec<Sprint>,
    /// Of all items, in the order of their moments; an item is named by its place in `items`.
    pub facts: Vec<ItemFact>,
    /// One for each sprint, in its order.
    pub ledgers: Vec<SprintFacts>,
    /// Items that have a ledger; the others are told by their times.
    has_events: Vec<bool>,
    index: OnceLock<Index>,
}

/// Which facts and items belong together; made when a report is first asked for.
#[derive(Debug)]
struct Index {
    /// The places of each item's facts.
    facts: Vec<Vec<u32>>,
    /// The items that ever joined each sprint.
    joined: Vec<Vec<u32>>,
}

/// What a person adds.
#[derive(Clone, Debug, Default)]
pub struct NewItem {
    pub title: String,
    pub kind: ItemKind,
    pub estimates: Estimates,
    pub labels: Vec<String>,
    pub service: Option<String>,
    pub assignee: Option<String>,
    pub sprint: Option<String>,
}

/// What a person changes of an item.
#[derive(Clone, Debug, Default)]
pub struct ItemChange {
    pub state: Option<ItemState>,
    /// Into a sprint, or with an empty text back to the backlog.
    pub sprint: Option<String>,
    pub points: Option<f64>,
    pub hours: Option<f64>,
    pub assignee: Option<String>,
    /// To the place before this item, or after it.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
}

/// A sprint with its report, as it is counted now and as it was kept at its close.
#[derive(Clone, Debug, Serialize)]
pub struct Burn {
    pub sprint: Sprint,
    /// As it was kept at the close; where there is no such, as it is counted now. Items stand by their ids.
    pub report: Value,
    /// The ideal line, in moments and what is left.
    pub ideal: Vec<(Time, f64)>,
    /// The report was kept at the close, and what is counted now differs: something was changed after.
    pub changed_after_close: bool,
    /// SHA-256 of the kept report's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_hash: Option<String>,
    #[serde(skip)]
    pub counted: SprintReport,
    /// The same with the ids of its items.
    #[serde(skip)]
    pub live: Value,
}

/// Finished items: when each was begun, where that is known, and when it was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finished {
    pub items: Vec<(Option<Time>, Time)>,
    /// Items that end before they begin: dirty data, counted nowhere and told.
    pub backwards: usize,
}

/// What history says of the work ahead.
#[derive(Clone, Debug, Serialize)]
pub struct Outlook {
    pub sample_from: String,
    pub sample_to: String,
    pub finished: u32,
    pub active_days: usize,
    pub draws: Draws,
    pub horizon_days: Option<usize>,
    /// Confidence, and how many items will be finished by then.
    pub how_many: Vec<(f64, u64)>,
    pub items: Option<usize>,
    /// Confidence, and after how many days that many items are finished.
    pub when: Vec<(f64, Option<u32>)>,
    pub calibration: Calibration,
    pub cycle_times: CycleTimes,
    /// Items that are finished by what their source says.
    pub of: usize,
    /// Those of them that end before they begin, and are left out of everything here.
    pub backwards: usize,
}

impl Outlook {
    /// So much is left out that what remains may be another kind of work.
    pub fn is_doubtful(&self) -> bool {
        (self.of - self.backwards) as f64 <= LEAST_USED * self.of as f64
    }
}

fn sprint_facts(number: u32, sprint: &Sprint, events: &[&SprintEvent]) -> SprintFacts {
    let mut facts = SprintFacts {
        number,
        started_at: sprint.started_at,
        ends: vec![(sprint.starts_at, sprint.ends_at)],
        closed_at: sprint.closed_at,
    };
    if events.is_empty() {
        return facts;
    }
    (facts.started_at, facts.closed_at) = (None, None);
    let mut planned = None;
    for event in events {
        let time = |text: &Option<String>| text.as_deref().and_then(|text| Time::parse(text).ok());
        match event.kind.as_str() {
            "planned" => planned = time(&event.new),
            "started" => facts.started_at = Some(event.at),
            "end_moved" => {
                if let Some(end) = time(&event.new) {
                    // The sprint's own end is the last; the first is what it was moved from.
                    if facts.ends.len() == 1 {
                        facts.ends[0].1 = planned.or_else(|| time(&event.old)).unwrap_or(facts.ends[0].1);
                    }
                    facts.ends.push((event.at, end));
                }
            }
            "closed" => facts.closed_at = Some(event.at),
            "reopened" => facts.closed_at = None,
            _ => {}
        }
    }
    facts
}

/// Where an event stands among all: its moment, its number, and a tie-breaker of its id.
type Place = (Time, Option<u32>, u64);

/// Numbers of things by connection and id.
#[derive(Default)]
struct Numbers {
    within: FxHashMap<String, FxHashMap<String, u32>>,
    /// Of an id over all connections; nothing where it is not unique.
    anywhere: FxHashMap<String, Option<u32>>,
}

impl Numbers {
    fn of<'a>(names: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut numbers = Self::default();
        for (n, (connection, id)) in names.enumerate() {
            numbers.within.entry(connection.to_owned()).or_default().insert(id.to_owned(), numbered(n));
            numbers.anywhere.entry(id.to_owned()).and_modify(|known| *known = None).or_insert(Some(numbered(n)));
        }
        numbers
    }

    /// In the same connection first, else where the id is unique.
    fn get(&self, connection: &str, id: &str) -> Option<u32> {
        let near = self.within.get(connection).and_then(|ids| ids.get(id)).copied();
        near.or_else(|| self.anywhere.get(id).copied().flatten())
    }
}

fn numbered(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn what_of(event: &ItemEventRow<'_>, sprints: &Numbers) -> Option<What> {
    let sprint = || sprints.get(event.connection, event.sprint?);
    match event.kind {
        "joined" => sprint().map(What::Joined),
        "left" => sprint().map(What::Left),
        "estimated" => Some(match Estimated::read(event.old, event.new)? {
            Estimated::Points(points) => What::Points(points),
            Estimated::Hours(hours) => What::Hours(hours),
        }),
        "state" => event.new.and_then(ItemState::parse).map(What::State),
        "cancelled" => Some(What::State(ItemState::Cancelled)),
        _ => None,
    }
}

/// An item without events, told by its times.
fn facts_of_times(number: u32, item: &Item, into: &mut Vec<ItemFact>) {
    let mut add = |at: Option<Time>, seq: u32, what: What| {
        into.extend(at.map(|at| ItemFact { item: number, at, seq, what, reason: None }));
    };
    let first = item.created_at.or(item.started_at).or(item.done_at);
    let estimates = item.estimates.unwrap_or_default();
    if estimates.points.is_some() {
        add(first, 0, What::Points(estimates.points));
    }
    if estimates.hours.is_some() {
        add(first, 1, What::Hours(estimates.hours));
    }
    add(item.started_at, 2, What::State(ItemState::InProgress));
    add(item.done_at, 3, What::State(ItemState::Done));
}

impl Plan {
    fn read(store: &Store) -> Result<Self, EngineError> {
        let mut plan = Self::default();
        let mut sprint_events = Vec::new();
        for record in store.plan_records()? {
            match record {
                Record::Item(item) => plan.items.push(item),
                Record::Sprint(sprint) => plan.sprints.push(sprint),
                Record::SprintEvent(event) => sprint_events.push(event),
                _ => {}
            }
        }
        plan.items.sort_by(|a, b| {
            let place = |item: &Item| (item.rank.is_none(), item.created_at);
            (place(a).0, &a.rank, place(a).1, &a.id).cmp(&(place(b).0, &b.rank, place(b).1, &b.id))
        });
        plan.sprints.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
        sprint_events.sort_by(|a, b| (a.at, a.seq, &a.id).cmp(&(b.at, b.seq, &b.id)));
        let sprints = Numbers::of(plan.sprints.iter().map(|sprint| (sprint.connection.as_str(), sprint.id.as_str())));
        let items = Numbers::of(plan.items.iter().map(|item| (item.connection.as_str(), item.id.as_str())));
        let mut has_events = vec![false; plan.items.len()];
        // Events of one moment without a number of their own come in an order of their ids, whatever order they came in.
        let mut ordered: Vec<(Place, ItemFact)> = Vec::new();
        let mut reasons: FxHashMap<String, Arc<str>> = FxHashMap::default();
        store.each_item_event(|event| {
            let Some(item) = items.get(event.connection, event.item) else { return };
            has_events[item as usize] = true;
            let Some(what) = what_of(event, &sprints) else { return };
            let reason = event.reason.map(|reason| match reasons.get(reason) {
                Some(known) => known.clone(),
                None => reasons.entry(reason.to_owned()).or_insert_with(|| Arc::from(reason)).clone(),
            });
            let tie = rustc_hash::FxBuildHasher.hash_one(event.id);
            ordered.push(((event.at, event.seq, tie), ItemFact { item, at: event.at, seq: 0, what, reason }));
        })?;
        ordered.sort_unstable_by_key(|(place, _)| *place);
        let mut facts: Vec<ItemFact> = Vec::with_capacity(ordered.len());
        for (seq, (_, fact)) in ordered.into_iter().enumerate() {
            facts.push(ItemFact { seq: numbered(seq), ..fact });
        }
        for (n, item) in plan.items.iter().enumerate().filter(|(n, _)| !has_events[*n]) {
            facts_of_times(numbered(n), item, &mut facts);
        }
        plan.facts = facts;
        plan.has_events = has_events;
        let ledger = |(n, sprint): (usize, &Sprint)| {
            let is_its = |event: &&SprintEvent| event.connection == sprint.connection && event.sprint == sprint.id;
            sprint_facts(numbered(n), sprint, &sprint_events.iter().filter(is_its).collect::<Vec<_>>())
        };
        plan.ledgers = plan.sprints.iter().enumerate().map(ledger).collect();
        Ok(plan)
    }

    /// The one sprint that a text means: its id, its name, or how its id ends.
    pub fn sprint(&self, text: &str) -> Result<usize, EngineError> {
        let found = |is: &dyn Fn(&Sprint) -> bool| -> Vec<usize> {
            self.sprints.iter().enumerate().filter(|(_, sprint)| is(sprint)).map(|(n, _)| n).collect()
        };
        let exact = found(&|sprint| sprint.id == text || sprint.name == text);
        let near = if exact.is_empty() { found(&|sprint| sprint.id.ends_with(text)) } else { exact };
        one(&near, "sprint", text, || self.sprints.iter().map(|sprint| sprint.name.clone()).collect())
    }

    pub fn item(&self, text: &str) -> Result<usize, EngineError> {
        let found = |is: &dyn Fn(&Item) -> bool| -> Vec<usize> {
            self.items.iter().enumerate().filter(|(_, item)| is(item)).map(|(n, _)| n).collect()
        };
        let exact = found(&|item| item.id == text);
        let near = if exact.is_empty() { found(&|item| item.id.ends_with(text)) } else { exact };
        one(&near, "item", text, || self.items.iter().map(|item| item.id.clone()).collect())
    }

    /// The items that are in a sprint now, by place; with none, those that are in no sprint and not over.
    pub fn members(&self, sprint: Option<usize>) -> Vec<usize> {
        let mut at: Vec<Vec<u32>> = vec![Vec::new(); self.items.len()];
        for fact in &self.facts {
            let sprints = &mut at[fact.item as usize];
            match fact.what {
                What::Joined(sprint) => sprints.push(sprint),
                What::Left(sprint) => sprints.retain(|known| *known != sprint),
                _ => {}
            }
        }
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

    /// How many closed sprints each item was left unfinished in.
    pub fn carries(&self) -> Vec<u32> {
        let mut joined: Vec<Vec<u32>> = vec![Vec::new(); self.items.len()];
        let mut done: Vec<Option<Time>> = vec![None; self.items.len()];
        for fact in &self.facts {
            let n = fact.item as usize;
            match fact.what {
                What::Joined(sprint) => joined[n].push(sprint),
                What::Left(sprint) => {
                    // Leaving a sprint that is closed takes nothing back: it was left over there.
                    let was_open = self.ledgers[sprint as usize].closed_at.is_none_or(|closed| fact.at <= closed);
                    joined[n].retain(|known| *known != sprint || !was_open);
                }
                What::State(ItemState::Done | ItemState::Cancelled) => done[n] = Some(fact.at),
                What::State(_) => done[n] = None,
                _ => {}
            }
        }
        let is_left_over = |sprint: &u32, done: Option<Time>| {
            self.ledgers[*sprint as usize].closed_at.is_some_and(|closed| done.is_none_or(|done| done > closed))
        };
        let carried = joined.iter().zip(done);
        carried.map(|(sprints, done)| numbered(sprints.iter().filter(|s| is_left_over(s, done)).count())).collect()
    }

    pub fn report(&self, sprint: usize, unit: Unit, now: Time) -> Result<SprintReport, NoReport> {
        let index = self.index.get_or_init(|| self.make_index());
        let items = index.joined[sprint].iter().map(|item| &index.facts[*item as usize]);
        let facts: Vec<ItemFact> = items.flatten().map(|place| self.facts[*place as usize].clone()).collect();
        fold(&self.ledgers[sprint], &facts, unit, 0.0, now)
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

    /// What the closed sprints of a team support.
    pub fn velocity(&self, team: &str, unit: Unit, now: Time) -> Option<Velocity> {
        let closed =
            (0..self.sprints.len()).filter(|&n| self.sprints[n].team == team && self.ledgers[n].closed_at.is_some());
        let completed: Vec<(f64, Option<f64>)> = closed
            .filter_map(|n| self.report(n, unit, now).ok())
            .map(|report| (report.completed.value, None))
            .collect();
        velocity(&completed, None)
    }

    /// When each item that is done was finished, and when it was begun: its first start and its last finish.
    pub fn finished(&self, is_wanted: impl Fn(&Item) -> bool) -> Finished {
        let is_backwards = |n: usize| {
            let item = &self.items[n];
            !self.has_events[n] && item.started_at.zip(item.done_at).is_some_and(|(started, done)| done < started)
        };
        let backwards = (0..self.items.len()).filter(|&n| is_wanted(&self.items[n]) && is_backwards(n)).count();
        let mut started: Vec<Option<Time>> = vec![None; self.items.len()];
        let mut done: Vec<Option<Time>> = vec![None; self.items.len()];
        let mut facts: Vec<&ItemFact> = self.facts.iter().collect();
        facts.sort_by_key(|fact| (fact.at, fact.seq));
        for fact in facts {
            let n = fact.item as usize;
            if let What::State(state) = fact.what {
                if state.is_begun() && state != ItemState::Done && started[n].is_none() {
                    started[n] = Some(fact.at);
                }
                done[n] = (state == ItemState::Done).then_some(fact.at);
            }
        }
        let wanted = (0..self.items.len()).filter(|&n| is_wanted(&self.items[n]) && !is_backwards(n));
        Finished { items: wanted.filter_map(|n| Some((started[n], done[n]?))).collect(), backwards }
    }
}

fn one(found: &[usize], what: &'static str, text: &str, known: impl Fn() -> Vec<String>) -> Result<usize, EngineError> {
    match found {
        [one] => Ok(*one),
        [] => {
            let known: Vec<String> = known().into_iter().take(12).collect();
            let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
            Err(EngineError::NoSuch { what, name: text.to_owned(), known })
        }
        _ => Err(EngineError::Other(format!("\"{text}\" may be {} {what}s: give more of its id", found.len()))),
    }
}

/// What history says: of the days up to one, how many in a horizon, and when so many.
pub fn outlook(
    finished: &Finished,
    until: jiff::civil::Date,
    horizon_days: Option<usize>,
    items: Option<usize>,
    draws: Draws,
    zone: &jiff::tz::TimeZone,
) -> Result<Outlook, EngineError> {
    let (done, backwards) = (&finished.items, finished.backwards);
    let back = |days: i32| until.checked_sub(jiff::Span::new().days(days)).unwrap_or(until);
    let from = back(SAMPLE_DAYS - 1);
    let sample = flow::finished_a_day(done.iter().map(|(_, done)| *done), from, until, zone);
    let told = |error: &dyn std::fmt::Display| EngineError::Other(format!("{error} (looked at {from} to {until})"));
    let forecast = Forecast::new(sample.clone(), draws).map_err(|error| told(&error))?;
    let how_many = match horizon_days {
        Some(days) => forecast.how_many(days, &CONFIDENCES).map_err(|error| told(&error))?,
        None => Vec::new(),
    };
    let when = items.map(|items| forecast.when(items, &CONFIDENCES)).unwrap_or_default();
    let horizon = horizon_days.unwrap_or(14);
    let reach = SAMPLE_DAYS + i32::try_from(CALIBRATION_WEEKS * 7 + horizon).unwrap_or(SAMPLE_DAYS);
    let history = flow::finished_a_day(done.iter().map(|(_, done)| *done), back(reach - 1), until, zone);
    Ok(Outlook {
        sample_from: from.to_string(),
        sample_to: until.to_string(),
        finished: sample.iter().sum(),
        active_days: sample.iter().filter(|count| **count > 0).count(),
        draws,
        horizon_days,
        how_many: CONFIDENCES.into_iter().zip(how_many).collect(),
        items,
        when: CONFIDENCES.into_iter().zip(when).collect(),
        calibration: calibrate(&history, usize::try_from(SAMPLE_DAYS).unwrap_or(90), horizon, CALIBRATION_WEEKS, draws),
        cycle_times: flow::cycle_times(done.iter().copied(), zone),
        of: done.len() + backwards,
        backwards,
    })
}

/// Everything that one act writes: records whose fields follow, and the events that say so.
#[derive(Default)]
struct Writing {
    records: Vec<Record>,
    at: Time,
    seq: u32,
    who: String,
}

impl Writing {
    fn new(at: Time) -> Self {
        Self { at, who: super::starts::who(), ..Self::default() }
    }

    fn item_event(&mut self, item: &Item, kind: &str, fill: impl FnOnce(&mut ItemEvent)) {
        let mut event = ItemEvent {
            connection: item.connection.clone(),
            id: uuid::Uuid::now_v7().to_string(),
            item: item.id.clone(),
            at: self.at,
            seq: Some(self.seq),
            kind: kind.to_owned(),
            who: Some(self.who.clone()),
            ..ItemEvent::default()
        };
        fill(&mut event);
        self.seq += 1;
        self.records.push(Record::ItemEvent(event));
    }

    fn sprint_event(&mut self, sprint: &Sprint, kind: &str, fill: impl FnOnce(&mut SprintEvent)) {
        let mut event = SprintEvent {
            connection: sprint.connection.clone(),
            id: uuid::Uuid::now_v7().to_string(),
            sprint: sprint.id.clone(),
            at: self.at,
            seq: Some(self.seq),
            kind: kind.to_owned(),
            who: Some(self.who.clone()),
            ..SprintEvent::default()
        };
        fill(&mut event);
        self.seq += 1;
        self.records.push(Record::SprintEvent(event));
    }

    /// The events that an item without any is told by, so that it has a ledger from now on.
    fn open_ledger(&mut self, plan: &Plan, n: usize) {
        let has_events = plan.has_events[n];
        if has_events {
            return;
        }
        let item = &plan.items[n];
        let now = self.at;
        let mut told = Vec::new();
        facts_of_times(0, item, &mut told);
        let created = item.created_at.or(told.first().map(|fact| fact.at)).unwrap_or(now);
        self.at = created;
        self.item_event(item, "created", |_| {});
        for fact in told {
            self.at = fact.at;
            match fact.what {
                What::State(state) => {
                    self.item_event(item, "state", |event| event.new = Some(state.as_str().to_owned()))
                }
                What::Points(points) => self.item_event(item, "estimated", |event| event.new = points.map(number)),
                What::Hours(hours) => {
                    self.item_event(item, "estimated", |event| event.new = hours.map(|hours| format!("{hours}h")));
                }
                What::Joined(_) | What::Left(_) => {}
            }
        }
        self.at = now;
    }
}

fn number(value: f64) -> String {
    value.to_string()
}

impl Workspace {
    pub fn plan(&self) -> Result<Plan, EngineError> {
        Plan::read(&self.store)
    }

    fn write(&self, writing: Writing) -> Result<(), EngineError> {
        self.store.transaction(|store| -> Result<(), EngineError> {
            let mut ids = Ids::new(store.db_for_ids(), None)?;
            for mut record in writing.records {
                record.normalise().map_err(|invalid| EngineError::Other(invalid.to_string()))?;
                store.put(&record, &mut ids, Meet::Replace)?;
            }
            drop(ids);
            Ok(store.log("plan", Time::now())?)
        })
    }

    /// Adds an item at the end of the backlog, or of a sprint.
    pub fn add_item(&self, new: &NewItem) -> Result<Item, EngineError> {
        if new.title.trim().is_empty() {
            return Err(EngineError::Other("an item needs a title".to_owned()));
        }
        let plan = self.plan()?;
        let sprint = new.sprint.as_deref().map(|text| plan.sprint(text)).transpose()?;
        let mut writing = Writing::new(self.now());
        let last = plan.items.iter().filter_map(|item| item.rank.as_deref()).max();
        let item = Item {
            connection: FILE_CONNECTION.to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            title: new.title.trim().to_owned(),
            kind: new.kind,
            estimates: Some(new.estimates).filter(|estimates| *estimates != Estimates::default()),
            labels: Some(new.labels.clone()).filter(|labels| !labels.is_empty()),
            service: new.service.clone(),
            assignee: new.assignee.clone(),
            rank: rank::between(last, None),
            created_at: Some(writing.at),
            ..Item::default()
        };
        writing.item_event(&item, "created", |event| event.new = Some(item.title.clone()));
        if let Some(points) = new.estimates.points {
            writing.item_event(&item, "estimated", |event| event.new = Some(number(points)));
        }
        if let Some(hours) = new.estimates.hours {
            writing.item_event(&item, "estimated", |event| event.new = Some(format!("{hours}h")));
        }
        if let Some(n) = sprint {
            check_open(&plan, n)?;
            writing.item_event(&item, "joined", |event| event.sprint = Some(plan.sprints[n].id.clone()));
        }
        writing.records.push(Record::Item(item.clone()));
        self.write(writing)?;
        Ok(item)
    }

    /// Changes an item; each change is an event of its own.
    pub fn change_item(&self, text: &str, change: &ItemChange) -> Result<Item, EngineError> {
        let plan = self.plan()?;
        let n = plan.item(text)?;
        let mut item = plan.items[n].clone();
        let mut writing = Writing::new(self.now());
        writing.open_ledger(&plan, n);
        let reason = change.reason.clone();
        if let Some(target) = &change.sprint {
            self.move_item(&plan, n, target, reason.as_ref(), &mut writing)?;
        }
        let estimates = item.estimates.get_or_insert_default();
        if let Some(points) = change.points {
            let old = estimates.points.replace(points).map(number);
            writing
                .item_event(&plan.items[n], "estimated", |event| (event.old, event.new) = (old, Some(number(points))));
        }
        if let Some(hours) = change.hours {
            let old = estimates.hours.replace(hours).map(|hours| format!("{hours}h"));
            let new = Some(format!("{hours}h"));
            writing.item_event(&plan.items[n], "estimated", |event| (event.old, event.new) = (old, new));
        }
        item.estimates = item.estimates.filter(|estimates| *estimates != Estimates::default());
        if let Some(state) = change.state.filter(|state| *state != item.state) {
            let old = Some(item.state.as_str().to_owned());
            writing.item_event(&plan.items[n], "state", |event| {
                (event.old, event.new, event.reason) = (old, Some(state.as_str().to_owned()), reason.clone());
            });
            item.state = state;
            if state.is_begun() {
                item.started_at = item.started_at.or(Some(writing.at));
            }
            item.done_at = (state == ItemState::Done).then_some(writing.at);
        }
        if let Some(assignee) = &change.assignee {
            let old = item.assignee.replace(assignee.clone());
            writing
                .item_event(&plan.items[n], "assigned", |event| (event.old, event.new) = (old, Some(assignee.clone())));
        }
        if let Some(rank) = self.new_rank(&plan, n, change, &mut writing)? {
            let old = item.rank.replace(rank.clone());
            writing.item_event(&plan.items[n], "ranked", |event| (event.old, event.new) = (old, Some(rank)));
        }
        writing.records.push(Record::Item(item.clone()));
        self.write(writing)?;
        Ok(item)
    }

    /// The rank of an item that goes before or after another; items that never had one are given theirs first.
    fn new_rank(
        &self,
        plan: &Plan,
        n: usize,
        change: &ItemChange,
        writing: &mut Writing,
    ) -> Result<Option<String>, EngineError> {
        let (other, goes_before) = match (&change.before, &change.after) {
            (Some(other), _) => (plan.item(other)?, true),
            (None, Some(other)) => (plan.item(other)?, false),
            (None, None) => return Ok(None),
        };
        if other == n {
            return Err(EngineError::Other("an item has its place before and after others, not itself".to_owned()));
        }
        let mut ranks: Vec<Option<String>> = plan.items.iter().map(|item| item.rank.clone()).collect();
        if ranks[other].is_none() {
            // They stand after all that have one, in the order in which they are shown.
            for at in (0..ranks.len()).filter(|at| plan.items[*at].rank.is_none() && *at != n) {
                let last = ranks.iter().flatten().max().cloned();
                let rank = rank::between(last.as_deref(), None);
                let item = Item { rank: rank.clone(), ..plan.items[at].clone() };
                writing.item_event(&item, "ranked", |event| event.new.clone_from(&rank));
                writing.records.push(Record::Item(item));
                ranks[at] = rank;
            }
        }
        let mut others: Vec<&String> =
            (0..ranks.len()).filter(|at| *at != n).filter_map(|at| ranks[at].as_ref()).collect();
        others.sort();
        let Some(place) = others.iter().position(|rank| Some(*rank) == ranks[other].as_ref()) else { return Ok(None) };
        let place = if goes_before { place } else { place + 1 };
        let before = place.checked_sub(1).map(|at| others[at].as_str());
        let found = rank::between(before, others.get(place).map(|rank| rank.as_str()));
        found
            .map(Some)
            .ok_or_else(|| EngineError::Other("two items have the same rank there: move one of them first".to_owned()))
    }

    /// Gives a sprint another end; the ideal line has a knee from now on.
    pub fn move_end(&self, text: &str, end: Time, why: Option<&str>) -> Result<Sprint, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        check_open(&plan, n)?;
        let mut sprint = plan.sprints[n].clone();
        let mut writing = Writing::new(self.now());
        if end <= sprint.starts_at.max(plan.ledgers[n].started_at.unwrap_or(sprint.starts_at)) {
            return Err(EngineError::Other(format!("the sprint \"{}\" would end before it starts", sprint.name)));
        }
        let old = Some(sprint.ends_at.to_string());
        writing.sprint_event(&sprint, "end_moved", |event| {
            (event.old, event.new, event.note) = (old, Some(end.to_string()), why.map(str::to_owned));
        });
        sprint.ends_at = end;
        writing.records.push(Record::Sprint(sprint.clone()));
        self.write(writing)?;
        Ok(sprint)
    }

    /// An item is in one open sprint at most: joining another leaves it.
    fn move_item(
        &self,
        plan: &Plan,
        n: usize,
        target: &str,
        reason: Option<&String>,
        writing: &mut Writing,
    ) -> Result<(), EngineError> {
        let to = if target.is_empty() { None } else { Some(plan.sprint(target)?) };
        if let Some(to) = to {
            check_open(plan, to)?;
        }
        let item = &plan.items[n];
        for from in (0..plan.sprints.len()).filter(|from| Some(*from) != to && plan.ledgers[*from].closed_at.is_none())
        {
            if plan.members(Some(from)).contains(&n) {
                writing.item_event(item, "left", |event| {
                    (event.sprint, event.reason) = (Some(plan.sprints[from].id.clone()), reason.cloned());
                });
            }
        }
        if let Some(to) = to.filter(|to| !plan.members(Some(*to)).contains(&n)) {
            writing.item_event(item, "joined", |event| {
                (event.sprint, event.reason) = (Some(plan.sprints[to].id.clone()), reason.cloned());
            });
        }
        Ok(())
    }

    pub fn add_sprint(&self, sprint: Sprint) -> Result<Sprint, EngineError> {
        let mut sprint = Sprint { id: uuid::Uuid::now_v7().to_string(), ..sprint };
        if sprint.name.trim().is_empty() {
            return Err(EngineError::Other("a sprint needs a name".to_owned()));
        }
        let plan = self.plan()?;
        if plan.sprints.iter().any(|known| known.team == sprint.team && known.name == sprint.name) {
            return Err(EngineError::Other(format!(
                "the team {} has a sprint \"{}\" already",
                sprint.team, sprint.name
            )));
        }
        sprint.connection = FILE_CONNECTION.to_owned();
        let mut writing = Writing::new(self.now());
        let knows_team = self
            .store
            .small_records()?
            .iter()
            .any(|record| matches!(record, Record::Team(team) if team.id == sprint.team));
        if !knows_team {
            let team = Team { id: sprint.team.clone(), name: sprint.team.clone(), ..Team::default() };
            writing.records.push(Record::Team(team));
        }
        writing.sprint_event(&sprint, "planned", |event| event.new = Some(sprint.ends_at.to_string()));
        writing.records.push(Record::Sprint(sprint.clone()));
        self.write(writing)?;
        Ok(sprint)
    }

    /// Starts a sprint now: what is in it is the commitment.
    pub fn start_sprint(&self, text: &str, goal: Option<&str>) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let mut sprint = plan.sprints[n].clone();
        let fault = |why: &str| Err(EngineError::Other(format!("the sprint \"{}\" {why}", sprint.name)));
        if plan.ledgers[n].closed_at.is_some() {
            return fault("is closed");
        }
        if plan.ledgers[n].started_at.is_some() {
            return fault("has been started already");
        }
        let now = self.now();
        if sprint.ends_at <= now {
            return fault("would end before it starts: give it a later end");
        }
        if plan.members(Some(n)).is_empty() {
            return fault("is empty: move items into it first");
        }
        let running = (0..plan.sprints.len()).find(|&other| {
            let ledger = &plan.ledgers[other];
            plan.sprints[other].team == sprint.team && ledger.started_at.is_some() && ledger.closed_at.is_none()
        });
        if let Some(other) = running {
            return fault(&format!("cannot start while \"{}\" goes on: close that first", plan.sprints[other].name));
        }
        let mut writing = Writing::new(now);
        if let Some(goal) = goal {
            let old = sprint.goal.replace(goal.to_owned());
            writing
                .sprint_event(&sprint, "goal_changed", |event| (event.old, event.new) = (old, Some(goal.to_owned())));
        }
        for member in plan.members(Some(n)) {
            writing.open_ledger(&plan, member);
        }
        writing.sprint_event(&sprint, "started", |_| {});
        sprint.started_at = Some(now);
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        self.write(writing)?;
        self.burn(&id, Unit::Points)
    }

    /// Closes a sprint now and keeps its report as it is; leftovers go on to another sprint, or back to the backlog.
    pub fn close_sprint(
        &self,
        text: &str,
        goal_result: Option<&str>,
        carry_to: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let mut sprint = plan.sprints[n].clone();
        if plan.ledgers[n].started_at.is_none() {
            return Err(EngineError::Other(format!("the sprint \"{}\" was never started", sprint.name)));
        }
        if plan.ledgers[n].closed_at.is_some() {
            return Err(EngineError::Other(format!("the sprint \"{}\" is closed already", sprint.name)));
        }
        let carry_to = carry_to.map(|text| plan.sprint(text)).transpose()?;
        if let Some(to) = carry_to {
            check_open(&plan, to)?;
            if to == n {
                return Err(EngineError::Other(
                    "leftovers cannot be carried into the sprint that is closed".to_owned(),
                ));
            }
        }
        let now = self.now();
        let mut writing = Writing::new(now);
        writing.sprint_event(&sprint, "closed", |event| event.new = goal_result.map(str::to_owned));
        sprint.closed_at = Some(now);
        sprint.goal_result = goal_result.map(str::to_owned);
        // What happens to leftovers comes after the close: the report stays theirs.
        writing.at = Time(now.0 + 1);
        for member in plan.members(Some(n)) {
            let item = &plan.items[member];
            if matches!(item.state, ItemState::Done | ItemState::Cancelled) {
                continue;
            }
            if let Some(to) = carry_to {
                writing.item_event(item, "joined", |event| {
                    event.sprint = Some(plan.sprints[to].id.clone());
                    event.reason = Some(reason.unwrap_or("carried over").to_owned());
                });
            }
        }
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        self.write(writing)?;
        for unit in [Unit::Points, Unit::Hours, Unit::Items] {
            let burn = self.burn(&id, unit)?;
            let text = burn.report.to_string();
            self.store.keep_report(&burn.sprint.connection, &id, now, unit_word(unit), &text, &hash_of(&text))?;
        }
        self.burn(&id, Unit::Points)
    }

    /// The chart of a sprint, and whether its kept report still says the same.
    pub fn burn(&self, text: &str, unit: Unit) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let sprint = plan.sprints[n].clone();
        let told = |error: NoReport| EngineError::Other(format!("\"{}\" has no chart: {error}", sprint.name));
        let report = plan.report(n, unit, self.now()).map_err(told)?;
        let settings = self.settings()?;
        let zone = crate::model::zone_from_name(&settings.zone).unwrap_or_else(jiff::tz::TimeZone::system);
        let calendar = self.outline()?.calendar(&[]);
        let ideal = report.ideal(&WorkingTime { zone, calendar });
        let frozen = match plan.ledgers[n].closed_at {
            Some(closed) => self.store.kept_report(&sprint.connection, &sprint.id, closed, unit_word(unit))?,
            None => None,
        };
        let counted = plan.told(&report);
        let changed_after_close = frozen.as_ref().is_some_and(|(_, hash)| *hash != hash_of(&counted.to_string()));
        let kept = frozen.as_ref().and_then(|(text, _)| serde_json::from_str(text).ok());
        Ok(Burn {
            sprint,
            report: kept.unwrap_or_else(|| counted.clone()),
            live: counted,
            ideal,
            changed_after_close,
            frozen_hash: frozen.map(|(_, hash)| hash),
            counted: report,
        })
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

fn check_open(plan: &Plan, sprint: usize) -> Result<(), EngineError> {
    if plan.ledgers[sprint].closed_at.is_some() {
        let name = &plan.sprints[sprint].name;
        return Err(EngineError::Other(format!("the sprint \"{name}\" is closed, and its report stays as it is")));
    }
    Ok(())
}

fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Points => "points",
        Unit::Hours => "hours",
        Unit::Items => "items",
    }
}

fn hash_of(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
