//! What a source says of how a sprint or an item stands, brought into the ledger: what is new becomes an event, and what
//! was told before, or done here, stays as it is.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rustc_hash::FxHashMap;

use crate::engine::EngineError;
use crate::import::{InSprints, SprintDays, Standing};
use crate::model::Time;
use crate::model::record::{ItemEvent, Record, Sprint, SprintEvent};
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{MoveRow, Outcome, Store};

/// What the files of one import say of how things stand. What several say of one item is taken together: it is in all of
/// their sprints, and empty where all of them hold nothing.
#[derive(Default)]
pub(in crate::engine) struct Standings {
    others: Vec<Standing>,
    places: BTreeMap<(String, String), InSprints>,
    emptied: BTreeMap<(String, String), Vec<&'static str>>,
}

impl Standings {
    pub fn add(&mut self, standing: Standing) {
        match standing {
            Standing::InSprints(told) => match self.places.entry((told.connection.clone(), told.item.clone())) {
                Entry::Vacant(place) => {
                    place.insert(told);
                }
                Entry::Occupied(mut place) => {
                    let known = place.get_mut();
                    known.since = known.since.or(told.since);
                    for (all, more) in [(&mut known.sprints, told.sprints), (&mut known.stays, told.stays)] {
                        all.extend(more);
                        all.sort_unstable();
                        all.dedup();
                    }
                }
            },
            Standing::Emptied { connection, item, keys } => match self.emptied.entry((connection, item)) {
                Entry::Vacant(place) => {
                    place.insert(keys);
                }
                Entry::Occupied(mut place) => place.get_mut().retain(|key| keys.contains(key)),
            },
            other => self.others.push(other),
        }
    }

    /// Sprints first: whether one is closed matters for who leaves it.
    pub fn all(self) -> impl Iterator<Item = Standing> {
        let emptied = |((connection, item), keys)| Standing::Emptied { connection, item, keys };
        let places = self.places.into_values().map(Standing::InSprints);
        self.others.into_iter().chain(self.emptied.into_iter().map(emptied)).chain(places)
    }
}

/// What came of it.
#[derive(Default)]
pub(in crate::engine) struct Came {
    /// By record type.
    pub records: Vec<(&'static str, Outcome)>,
    /// What could not be told, and how often.
    pub left_out: Vec<&'static str>,
}

/// Brings what is told, one thing after another, into the ledger.
pub(in crate::engine) struct StandingWriter<'a> {
    store: &'a Store,
    now: Time,
    /// What is known of sprints that items were told to be in.
    states: FxHashMap<(String, String), SprintState>,
}

impl<'a> StandingWriter<'a> {
    pub fn new(store: &'a Store, now: Time) -> Self {
        Self { store, now, states: FxHashMap::default() }
    }

    pub fn take(&mut self, ids: &mut Ids<'_>, standing: &Standing) -> Result<Came, EngineError> {
        let is_fresh = match standing {
            Standing::InSprints(InSprints { connection, item, .. }) | Standing::Emptied { connection, item, .. } => {
                ids.fresh.contains(&(connection.clone(), item.clone()))
            }
            Standing::HasHistory { .. } | Standing::Sprint(_) | Standing::Guessed(_) => false,
        };
        let (store, now, states) = (self.store, self.now, &mut self.states);
        let mut teller = Teller { store, ids, now, states, is_fresh, came: Came::default() };
        match standing {
            Standing::Sprint(days) => teller.sprint(days)?,
            Standing::InSprints(standing) => teller.in_sprints(standing)?,
            Standing::Guessed(sprint) => teller.guessed(sprint)?,
            Standing::HasHistory { connection, item } => teller.has_history(connection, item)?,
            Standing::Emptied { connection, item, keys } if !is_fresh => teller.emptied(connection, item, keys)?,
            Standing::Emptied { .. } => {}
        }
        Ok(teller.came)
    }
}

struct Teller<'a, 'db> {
    store: &'a Store,
    ids: &'a mut Ids<'db>,
    now: Time,
    states: &'a mut FxHashMap<(String, String), SprintState>,
    /// The item came with this very import: nothing was told of it before.
    is_fresh: bool,
    came: Came,
}

fn just_after(at: Time) -> Time {
    Time(at.0.saturating_add(1))
}

impl Teller<'_, '_> {
    fn put(&mut self, record: &Record) -> Result<(), EngineError> {
        let outcome = self.store.put(record, self.ids, Meet::Merge)?;
        self.came.records.push((record.type_name(), outcome));
        Ok(())
    }

    fn is_known(&mut self, what: &'static str) {
        self.came.records.push((what, Outcome::Same));
    }

    fn emptied(&mut self, connection: &str, item: &str, keys: &[&str]) -> Result<(), EngineError> {
        if self.ids.changed.contains(&(connection.to_owned(), item.to_owned())) {
            self.ids.edited.changed(connection, item);
        }
        let outcome = self.store.empty_item(connection, item, keys, self.ids)?;
        if outcome == Outcome::Changed {
            self.came.records.push(("item", outcome));
        }
        Ok(())
    }

    fn sprint(&mut self, days: &SprintDays) -> Result<(), EngineError> {
        self.states.clear();
        let events = self.store.events_of_sprint(&days.connection, &days.id)?;
        self.end(days, &events)?;
        self.start(days, &events)?;
        self.close(days, &events)
    }

    /// When it was started. That it was on the planned day is what its items tell of it, until its own record says better.
    fn start(&mut self, days: &SprintDays, events: &[SprintEvent]) -> Result<(), EngineError> {
        let Some(at) = days.started_at else { return Ok(()) };
        let planned = events.iter().find(|event| is_own(event, "planned"));
        let is_guess = |known: &SprintEvent| {
            is_own(known, "started") && known.at != at && planned.is_some_and(|planned| planned.at == known.at)
        };
        match events.iter().rfind(|event| event.kind == "started") {
            None => self.put(&event_of(days, "started", 0, at)),
            Some(known) if days.has_start && is_guess(known) => {
                self.store.delete(&Record::SprintEvent(known.clone()), self.ids)?;
                self.put(&event_of(days, "started", 0, at))
            }
            Some(_) => {
                self.is_known("sprint_event");
                Ok(())
            }
        }
    }

    /// Where somebody has set its days, they stay.
    fn guessed(&mut self, sprint: &Sprint) -> Result<(), EngineError> {
        self.states.clear();
        let events = self.store.events_of_sprint(&sprint.connection, &sprint.id)?;
        if events.iter().any(|event| matches!(event.kind.as_str(), "planned" | "started" | "end_moved")) {
            self.is_known("sprint");
            return Ok(());
        }
        self.put(&Record::Sprint(sprint.clone()))
    }

    /// The planned end, or that it was moved: when nobody tells, and before it had passed.
    fn end(&mut self, days: &SprintDays, events: &[SprintEvent]) -> Result<(), EngineError> {
        let Some(planned_at) = days.planned_at else { return Ok(()) };
        let new = Some(days.ends_at.to_string());
        let moves: Vec<&SprintEvent> = events.iter().filter(|event| is_own(event, "end_moved")).collect();
        let planned = events.iter().find(|event| is_own(event, "planned"));
        match moves.iter().copied().max_by_key(|event| number_of(event)).or(planned) {
            None => {
                let Record::SprintEvent(event) = event_of(days, "planned", 0, planned_at) else { return Ok(()) };
                self.put(&Record::SprintEvent(SprintEvent { new, ..event }))
            }
            Some(last) if last.new == new => {
                self.is_known("sprint_event");
                Ok(())
            }
            Some(last) => {
                let old_end = last.new.as_deref().and_then(|end| Time::parse(end).ok()).unwrap_or(days.ends_at);
                let before = events.iter().rfind(|event| event.kind == "end_moved");
                let at = self.now.min(old_end).min(days.ends_at);
                let at = before.map_or(at, |before| at.max(just_after(before.at)));
                let Record::SprintEvent(event) = event_of(days, "end_moved", moves.len() + 1, at) else {
                    return Ok(());
                };
                self.put(&Record::SprintEvent(SprintEvent { old: last.new.clone(), new, ..event }))
            }
        }
    }

    /// That it was closed, or goes on again after its source had closed it. What was closed or reopened here stays so.
    fn close(&mut self, days: &SprintDays, events: &[SprintEvent]) -> Result<(), EngineError> {
        let number = |kind: &str| events.iter().filter(|event| is_own(event, kind)).count();
        let last = events.iter().rfind(|event| matches!(event.kind.as_str(), "closed" | "reopened"));
        let is_own_close = last.is_some_and(|last| is_own(last, "closed"));
        let reopened = |last: &SprintEvent| event_of(days, "reopened", number("reopened") + 1, just_after(last.at));
        // Who says only that it is closed closes nothing that was started here, and nothing before its time.
        let was_started_here = events.iter().any(|event| event.kind == "started" && !is_own(event, "started"));
        let closed_at = days.closed_at.filter(|at| days.has_close || (!was_started_here && *at <= self.now));
        match (last, closed_at) {
            (None, Some(at)) => self.put(&event_of(days, "closed", 0, at)),
            (Some(last), Some(at)) if is_own_close && days.has_close && at > last.at => {
                self.put(&reopened(last))?;
                self.put(&event_of(days, "closed", number("closed"), at))
            }
            (Some(last), Some(at)) if is_own(last, "reopened") => {
                self.put(&event_of(days, "closed", number("closed"), at.max(just_after(last.at))))
            }
            (Some(last), None) if is_own_close && days.goes_on => self.put(&reopened(last)),
            (_, Some(_)) => {
                self.is_known("sprint_event");
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    /// What its source told last decides whether it says anything new: what a hand did since stays where it does not, and
    /// gives way where it does.
    fn in_sprints(&mut self, standing: &InSprints) -> Result<(), EngineError> {
        let InSprints { connection, item, since, source, sprints, stays } = standing;
        let moves = if self.is_fresh { Vec::new() } else { self.store.moves_of_item(connection, item)? };
        let is_in = |sprint: &str, is_its: &dyn Fn(&MoveRow) -> bool| {
            moves.iter().rfind(|it| it.sprint == sprint && is_its(it)).map(|last| last.is_join)
        };
        let by_source = |it: &MoveRow| it.source.as_deref() == Some(*source);
        let later = moves.last().map_or(self.now, |last| self.now.max(just_after(last.at)));
        let mut told: Vec<(&str, &str, Time)> = Vec::new();
        for sprint in sprints {
            if is_in(sprint, &by_source) == Some(true) {
                self.is_known("item_event");
                continue;
            }
            let known_since = (*since).filter(|_| moves.is_empty());
            match self.joins_at((connection, sprint), known_since, later)? {
                Some(at) => told.push(("joined", sprint, at)),
                None => self.came.left_out.push("how items came into a sprint"),
            }
        }
        let is_news = !told.is_empty();
        let mut known: Vec<&str> = moves.iter().map(|it| it.sprint.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let is_named = |sprint: &str| sprints.iter().chain(stays).any(|now| now == sprint);
        for sprint in known.into_iter().filter(|sprint| !is_named(sprint)) {
            let is_gone =
                is_in(sprint, &by_source) == Some(true) || (is_news && is_in(sprint, &|_| true) == Some(true));
            // What a closed sprint left over stays what it left over.
            if is_gone && !self.state_of(connection, sprint)?.is_closed {
                told.push(("left", sprint, later));
            }
        }
        for (n, (kind, sprint, at)) in told.into_iter().enumerate() {
            let id = match moves.len() {
                0 => format!("{}{sprint}", of_standing(item)),
                known => format!("{}{sprint}/{kind} {}", of_standing(item), known + n),
            };
            self.put(&Record::ItemEvent(ItemEvent {
                connection: connection.clone(),
                id,
                item: item.clone(),
                at,
                seq: u32::try_from(n).ok(),
                kind: kind.to_owned(),
                sprint: Some(sprint.to_owned()),
                source: Some((*source).to_owned()),
                ..ItemEvent::default()
            }))?;
        }
        Ok(())
    }

    /// When an item came into a sprint: with its creation where nobody knows better, but never before the start of a
    /// sprint whose commitment is known. Of a closed one with a commitment it cannot be told.
    fn joins_at(
        &mut self,
        (connection, sprint): (&str, &str),
        since: Option<Time>,
        later: Time,
    ) -> Result<Option<Time>, EngineError> {
        let state = self.state_of(connection, sprint)?;
        Ok(match (state.is_started, state.is_closed) {
            (true, true) => None,
            (true, false) => Some(later),
            (false, _) => since.or((!self.is_fresh).then_some(later)),
        })
    }

    fn state_of(&mut self, connection: &str, sprint: &str) -> Result<SprintState, EngineError> {
        let key = (connection.to_owned(), sprint.to_owned());
        if let Some(state) = self.states.get(&key) {
            return Ok(*state);
        }
        let events = self.store.events_of_sprint(connection, sprint)?;
        let last = events.iter().rfind(|event| matches!(event.kind.as_str(), "closed" | "reopened"));
        let probe = Sprint { connection: connection.to_owned(), id: sprint.to_owned(), ..Sprint::default() };
        let known = match self.store.current(&Record::Sprint(probe))? {
            Some(Record::Sprint(sprint)) => sprint,
            _ => Sprint::default(),
        };
        let state = SprintState {
            is_started: known.started_at.is_some() || events.iter().any(|event| event.kind == "started"),
            is_closed: last.map_or(known.closed_at.is_some(), |last| last.kind == "closed"),
        };
        self.states.insert(key, state);
        Ok(state)
    }

    fn has_history(&mut self, connection: &str, item: &str) -> Result<(), EngineError> {
        let of_standing = of_standing(item);
        let events = self.store.events_of_item(connection, item)?;
        for event in events.into_iter().filter(|event| event.id.starts_with(&of_standing)) {
            self.store.delete(&Record::ItemEvent(event), self.ids)?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct SprintState {
    is_started: bool,
    is_closed: bool,
}

/// How the ids of events begin that follow from how an item stands.
fn of_standing(item: &str) -> String {
    format!("{item}/in ")
}

/// An event of a sprint that its source told; the first of its kind has no number.
fn event_of(days: &SprintDays, kind: &str, number: usize, at: Time) -> Record {
    let number = if number == 0 { String::new() } else { format!("/{number}") };
    Record::SprintEvent(SprintEvent {
        connection: days.connection.clone(),
        id: format!("{}/{kind}{number}", days.id),
        sprint: days.id.clone(),
        at,
        kind: kind.to_owned(),
        ..SprintEvent::default()
    })
}

fn is_own(event: &SprintEvent, kind: &str) -> bool {
    let rest = event.id.strip_prefix(&event.sprint).and_then(|rest| rest.strip_prefix('/'));
    let rest = rest.and_then(|rest| rest.strip_prefix(kind));
    event.kind == kind && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Which of its kind an event is, by its id.
fn number_of(event: &SprintEvent) -> u32 {
    event.id.rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
