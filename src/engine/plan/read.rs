//! The plan as it stands in the store: records and events read into what happened to each item and sprint.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::sprints::unit_of;
use super::{Blocked, Note, Plan, numbered};
use crate::engine::EngineError;
use crate::metrics::plan::ledger::{ItemFact, SprintFacts, Sums, What};
use crate::model::Time;
use crate::model::plan::{Estimated, Item, ItemState, Sprint, SprintEvent, UNDONE, first_id};
use crate::model::record::Record;
use crate::store::{ItemEventRow, Store};

fn sprint_facts(number: u32, sprint: &Sprint, events: &[&SprintEvent]) -> SprintFacts {
    let mut facts = SprintFacts {
        number,
        started_at: sprint.started_at,
        ends: vec![(sprint.starts_at, sprint.ends_at)],
        closed_at: sprint.closed_at,
    };
    // Of what no event tells, the record does.
    let tells = |kinds: &[&str]| events.iter().any(|event| kinds.contains(&event.kind.as_str()));
    facts.started_at = facts.started_at.filter(|_| !tells(&["started"]));
    facts.closed_at = facts.closed_at.filter(|_| !tells(&["closed", "reopened"]));
    let mut planned = None;
    for event in events {
        let time = |text: &Option<String>| text.as_deref().and_then(|text| Time::parse(text).ok());
        match event.kind.as_str() {
            // A start that was taken back is told as planned anew.
            "planned" => {
                planned = time(&event.new).or(planned);
                // A source may plan for later than the sprint was started.
                let is_of_source = event.id == format!("{}/planned", sprint.id);
                facts.started_at = facts.started_at.filter(|_| is_of_source || !tells(&["started"]));
            }
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

/// What was noted on a sprint and not taken back.
fn notes_of(events: &[&SprintEvent]) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for event in events.iter().filter(|event| event.kind == "noted") {
        match (&event.note, &event.old) {
            (Some(text), _) => notes.push(Note { at: event.at, who: event.who.clone(), text: text.clone() }),
            (None, Some(old)) => {
                if let Some(at) = notes.iter().rposition(|note| note.text == *old) {
                    notes.remove(at);
                }
            }
            (None, None) => {}
        }
    }
    notes
}

/// How long after the start a sprint's commitment is open, in seconds: its start says until when.
fn grace_of(events: &[&SprintEvent]) -> f64 {
    let start = events.iter().rev().find(|event| event.kind == "started");
    let until = start.and_then(|event| Some((Time::parse(event.new.as_deref()?).ok()?, event.at)));
    until.map_or(0.0, |(until, at)| until.secs_since(at).max(0.0))
}

/// When an item was blocked or was not any more, which, and the reason of a block.
type Block = ((Time, Option<u32>), u32, Option<Option<String>>);

/// When an item was given to somebody or to nobody, and whom.
type Assigned = ((Time, Option<u32>), Option<String>);

/// Where an event stands among all: its moment, its number, and which of those that were read it is.
type Place = (Time, Option<u32>, u32);

/// The ids of events in the order in which they were read, as one text.
#[derive(Default)]
struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    fn add(&mut self, id: &str) -> u32 {
        self.text.push_str(id);
        self.ends.push(self.text.len());
        numbered(self.ends.len() - 1)
    }

    fn get(&self, n: u32) -> &str {
        let n = n as usize;
        &self.text[n.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[n]]
    }
}

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
pub(super) fn facts_of_times(number: u32, item: &Item, into: &mut Vec<ItemFact>) {
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
    // A start after the end is told as doubtful data, and is no move back.
    let started = item.started_at.filter(|started| item.done_at.is_none_or(|done| *started <= done));
    add(started, 2, What::State(ItemState::InProgress));
    // What was done once and is open again has not ended.
    if matches!(item.state, ItemState::Done | ItemState::Cancelled) {
        add(item.done_at, 3, What::State(item.state));
    }
}

impl Plan {
    pub(super) fn read(store: &Store) -> Result<Self, EngineError> {
        let mut plan = Self::default();
        let mut sprint_events = Vec::new();
        for record in store.plan_records()? {
            match record {
                Record::Item(item) => plan.items.push(item),
                Record::Sprint(sprint) => plan.sprints.push(sprint),
                Record::SprintEvent(event) => sprint_events.push(event),
                Record::Person(person) => plan.people.push(person),
                Record::Absence(absence) => plan.absences.push(absence),
                Record::OpsNeed(need) => plan.needs.push(need),
                Record::OpsReview(review) => plan.reviews.push(review),
                _ => {}
            }
        }
        plan.items.sort_by(|a, b| {
            let place = |item: &Item| (item.rank.is_none(), item.created_at);
            (place(a).0, &a.rank, place(a).1, &a.id).cmp(&(place(b).0, &b.rank, place(b).1, &b.id))
        });
        plan.people.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        plan.absences.sort_by(|a, b| (a.from, &a.id).cmp(&(b.from, &b.id)));
        plan.reviews.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        plan.sprints.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
        // Planned comes before all else of its moment.
        let place = |event: &SprintEvent| (event.at, event.seq, event.kind != "planned");
        sprint_events.sort_by(|a, b| (place(a), &a.id).cmp(&(place(b), &b.id)));
        let sprints = Numbers::of(plan.sprints.iter().map(|sprint| (sprint.connection.as_str(), sprint.id.as_str())));
        let items = Numbers::of(plan.items.iter().map(|item| (item.connection.as_str(), item.id.as_str())));
        let mut has_events = vec![false; plan.items.len()];
        let mut is_told = vec![false; plan.items.len()];
        // Events of one moment without a number of their own come in an order of their ids, whatever order they came in.
        let mut ordered: Vec<(Place, ItemFact)> = Vec::with_capacity(store.about_item_events()?);
        let mut ids = Ids::default();
        let mut reasons: FxHashMap<String, Arc<str>> = FxHashMap::default();
        let mut blocks: Vec<Block> = Vec::new();
        let mut assigned: FxHashMap<u32, Assigned> = FxHashMap::default();
        // The events of an item mostly stand together.
        let mut last: (String, String, Option<u32>) = Default::default();
        store.each_item_event(|event| {
            if last.1 != event.item || last.0 != event.connection {
                last = (event.connection.to_owned(), event.item.to_owned(), items.get(event.connection, event.item));
            }
            let Some(item) = last.2 else { return };
            has_events[item as usize] = true;
            is_told[item as usize] |= matches!(event.kind, "estimated" | "state" | "cancelled");
            if event.kind == "assigned" {
                let place = (event.at, event.seq);
                let last = assigned.entry(item).or_insert((place, None));
                if place >= last.0 {
                    *last = (place, event.new.map(str::to_owned));
                }
            }
            if matches!(event.kind, "blocked" | "unblocked") {
                blocks.push((
                    (event.at, event.seq),
                    item,
                    (event.kind == "blocked").then(|| event.reason.map(str::to_owned)),
                ));
            }
            let Some(what) = what_of(event, &sprints) else { return };
            let reason = event.reason.map(|reason| match reasons.get(reason) {
                Some(known) => known.clone(),
                None => reasons.entry(reason.to_owned()).or_insert_with(|| Arc::from(reason)).clone(),
            });
            ordered.push((
                (event.at, event.seq, ids.add(event.id)),
                ItemFact { item, at: event.at, seq: 0, what, reason },
            ));
        })?;
        sort_by_place(&mut ordered)?;
        let is_of_one_moment = |a: &(Place, ItemFact), b: &(Place, ItemFact)| (a.0.0, a.0.1) == (b.0.0, b.0.1);
        for same in ordered.chunk_by_mut(is_of_one_moment).filter(|same| same.len() > 1) {
            same.sort_by(|a, b| (ids.get(a.0.2), a.1.item).cmp(&(ids.get(b.0.2), b.1.item)));
        }
        plan.slips = slips(&ordered, &ids);
        let mut facts: Vec<ItemFact> = Vec::with_capacity(ordered.len());
        for (seq, (_, fact)) in ordered.into_iter().enumerate() {
            facts.push(ItemFact { seq: numbered(seq), ..fact });
        }
        for (n, item) in plan.items.iter().enumerate().filter(|(n, _)| !is_told[*n]) {
            facts_of_times(numbered(n), item, &mut facts);
        }
        plan.facts = facts;
        (plan.has_events, plan.is_told) = (has_events, is_told);
        plan.follow_events(assigned.into_iter().map(|(item, (_, who))| (item, who)).collect());
        plan.blocked = vec![None; plan.items.len()];
        blocks.sort_by_key(|(place, ..)| *place);
        for ((at, _), item, why) in blocks {
            let since = plan.blocked[item as usize].as_ref().map_or(at, |blocked| blocked.since);
            plan.blocked[item as usize] = why.map(|reason| Blocked { since, reason });
        }
        for (n, sprint) in plan.sprints.iter_mut().enumerate() {
            let is_its = |event: &&SprintEvent| event.connection == sprint.connection && event.sprint == sprint.id;
            let events: Vec<&SprintEvent> = sprint_events.iter().filter(is_its).collect();
            plan.notes.push(notes_of(&events));
            plan.grace.push(grace_of(&events));
            let ledger = sprint_facts(numbered(n), sprint, &events);
            follow_ledger(sprint, &ledger);
            plan.ledgers.push(ledger);
        }
        store.each_kept_report(|kept| {
            let n = sprints.get(kept.connection, kept.sprint);
            let n = n.filter(|n| plan.ledgers[*n as usize].closed_at == Some(kept.closed_at));
            let sums = || match kept.sums {
                Some(sums) => serde_json::from_str(sums).ok(),
                None => Sums::of_kept(kept.report?),
            };
            if let Some((key, sums)) = n.zip(unit_of(kept.unit)).and_then(|key| Some((key, sums()?))) {
                plan.kept.insert(key, sums);
                if kept.of_import {
                    plan.of_imports.insert(key.0);
                }
            }
        })?;
        Ok(plan)
    }

    /// Where an item has events, its fields follow from them. A record that tells of an end later than its last event was
    /// read since from a source without a history: that is taken into the ledger.
    fn follow_events(&mut self, assigned: FxHashMap<u32, Option<String>>) {
        let mut told: FxHashMap<u32, Told> = FxHashMap::default();
        for fact in self.facts.iter().filter(|fact| !self.is_taken_back(fact)) {
            told.entry(fact.item).or_default().take(fact);
        }
        for (n, told) in told {
            let (item, is_told) = (&mut self.items[n as usize], self.is_told[n as usize]);
            if told.points.is_some() || told.hours.is_some() {
                let own = item.estimates.get_or_insert_default();
                own.points = told.points.unwrap_or(own.points);
                own.hours = told.hours.unwrap_or(own.hours);
            }
            let Some((state, at)) = told.state.filter(|_| is_told) else { continue };
            let is_over = |state: ItemState| matches!(state, ItemState::Done | ItemState::Cancelled);
            match item.done_at {
                Some(done) if done > at && is_over(item.state) && !is_over(state) => {
                    let (seq, what) = (u32::MAX, What::State(item.state));
                    self.facts.push(ItemFact { item: n, at: done, seq, what, reason: None });
                }
                _ => {
                    item.state = state;
                    item.done_at = is_over(state).then_some(at);
                    item.started_at = told.begun.or(item.started_at);
                }
            }
        }
        for (n, who) in assigned {
            self.items[n as usize].assignee = who;
        }
    }
}

impl Plan {
    /// What was taken back, and what took it back: neither says how an item stands.
    pub(super) fn is_taken_back(&self, fact: &ItemFact) -> bool {
        self.is_told[fact.item as usize] && self.slips.contains_key(&fact.seq)
    }
}

/// Pairs of what was undone and what undid it.
fn slips(ordered: &[(Place, ItemFact)], ids: &Ids) -> FxHashMap<u32, u32> {
    let is_undo = |fact: &ItemFact| fact.reason.as_deref() == Some(UNDONE);
    let undone = ordered.iter().filter(|(_, fact)| is_undo(fact)).map(|(place, _)| first_id(ids.get(place.2)));
    let mut open: FxHashMap<&str, Vec<u32>> = undone.map(|id| (id, Vec::new())).collect();
    let mut pairs = FxHashMap::default();
    if open.is_empty() {
        return pairs;
    }
    for (n, (place, fact)) in ordered.iter().enumerate() {
        let Some(done) = open.get_mut(first_id(ids.get(place.2))) else { continue };
        if !is_undo(fact) {
            done.push(numbered(n));
        } else if let Some(before) = done.pop() {
            pairs.extend([(before, numbered(n)), (numbered(n), before)]);
        }
    }
    pairs
}

/// Sorts halves side by side; the last sort finds two runs and puts them together.
fn sort_by_place(ordered: &mut [(Place, ItemFact)]) -> Result<(), EngineError> {
    let half = ordered.len() / 2;
    let (front, back) = ordered.split_at_mut(half);
    std::thread::scope(|scope| {
        let sort = move || front.sort_unstable_by_key(|(place, _)| *place);
        let begun = std::thread::Builder::new().name("sort".to_owned()).spawn_scoped(scope, sort);
        back.sort_unstable_by_key(|(place, _)| *place);
        begun.map(|_| ()).map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))
    })?;
    ordered.sort_by_key(|(place, _)| *place);
    Ok(())
}

/// What the events of an item say last.
#[derive(Clone, Copy, Default)]
struct Told {
    points: Option<Option<f64>>,
    hours: Option<Option<f64>>,
    state: Option<(ItemState, Time)>,
    begun: Option<Time>,
}

impl Told {
    fn take(&mut self, fact: &ItemFact) {
        match fact.what {
            What::Points(points) => self.points = Some(points),
            What::Hours(hours) => self.hours = Some(hours),
            What::State(state) => {
                let since = self.state.filter(|(known, _)| *known == state).map_or(fact.at, |(_, since)| since);
                self.state = Some((state, since));
                if state.is_begun() && state != ItemState::Done {
                    self.begun.get_or_insert(fact.at);
                }
            }
            What::Joined(_) | What::Left(_) => {}
        }
    }
}

/// A sprint's fields follow from its events, too.
fn follow_ledger(sprint: &mut Sprint, ledger: &SprintFacts) {
    (sprint.started_at, sprint.closed_at) = (ledger.started_at, ledger.closed_at);
    if let Some((_, end)) = ledger.ends.last() {
        sprint.ends_at = *end;
    }
}
