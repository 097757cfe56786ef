//! What a source says of how a sprint or an item stands, brought into the ledger: what is new becomes an event, and what
//! was told before, or done here, stays as it is.

use crate::engine::EngineError;
use crate::import::{SprintDays, Standing};
use crate::model::Time;
use crate::model::record::{ItemEvent, Record, Sprint, SprintEvent};
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{MoveRow, Outcome, Store};

/// What came of it, by record type.
pub(in crate::engine) type Came = Vec<(&'static str, Outcome)>;

pub(in crate::engine) fn take_standing(
    store: &Store,
    ids: &mut Ids<'_>,
    standing: &Standing,
    now: Time,
) -> Result<Came, EngineError> {
    let is_fresh = |connection: &String, item: &String| ids.fresh.contains(&(connection.clone(), item.clone()));
    let is_fresh = match standing {
        Standing::InSprints { connection, item, .. } | Standing::Emptied { connection, item, .. } => {
            is_fresh(connection, item)
        }
        Standing::HasHistory { .. } | Standing::Sprint(_) => false,
    };
    let mut teller = Teller { store, ids, now, is_fresh, came: Vec::new() };
    match standing {
        Standing::Sprint(days) => teller.sprint(days)?,
        Standing::InSprints { connection, item, since, source, sprints } => {
            teller.in_sprints((connection, item), *since, source, sprints)?;
        }
        Standing::HasHistory { connection, item } => teller.has_history(connection, item)?,
        Standing::Emptied { connection, item, keys } if !is_fresh && !keys.is_empty() => {
            let outcome = store.empty_item(connection, item, keys, teller.ids)?;
            if outcome == Outcome::Changed {
                teller.came.push(("item", outcome));
            }
        }
        Standing::Emptied { .. } => {}
    }
    Ok(teller.came)
}

struct Teller<'a, 'db> {
    store: &'a Store,
    ids: &'a mut Ids<'db>,
    now: Time,
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
        self.came.push((record.type_name(), outcome));
        Ok(())
    }

    fn is_known(&mut self, what: &'static str) {
        self.came.push((what, Outcome::Same));
    }

    fn sprint(&mut self, days: &SprintDays) -> Result<(), EngineError> {
        let events = self.store.events_of_sprint(&days.connection, &days.id)?;
        self.end(days, &events)?;
        match days.started_at {
            Some(_) if events.iter().any(|event| event.kind == "started") => self.is_known("sprint_event"),
            Some(at) => self.put(&event_of(days, "started", 0, at))?,
            None => {}
        }
        self.close(days, &events)
    }

    /// The planned end, or that it was moved: when nobody tells, and before it had passed.
    fn end(&mut self, days: &SprintDays, events: &[SprintEvent]) -> Result<(), EngineError> {
        let Some(planned_at) = days.planned_at else { return Ok(()) };
        let new = Some(days.ends_at.to_string());
        let own = |event: &&SprintEvent| is_own(event, "planned") || is_own(event, "end_moved");
        let moves = events.iter().filter(|event| is_own(event, "end_moved")).count();
        match events.iter().rfind(own) {
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
                let at = self.now.min(old_end).min(days.ends_at).max(just_after(last.at));
                let Record::SprintEvent(event) = event_of(days, "end_moved", moves + 1, at) else { return Ok(()) };
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
        match (last, days.closed_at) {
            (None, Some(at)) => self.put(&event_of(days, "closed", 0, at)),
            (Some(last), Some(at)) if is_own_close && at > last.at => {
                self.put(&reopened(last))?;
                self.put(&event_of(days, "closed", number("closed"), at))
            }
            (Some(last), Some(at)) if is_own(last, "reopened") && at > last.at => {
                self.put(&event_of(days, "closed", number("closed"), at))
            }
            (Some(last), None) if is_own_close && days.goes_on => self.put(&reopened(last)),
            (_, Some(_)) => {
                self.is_known("sprint_event");
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    fn in_sprints(
        &mut self,
        (connection, item): (&str, &str),
        since: Time,
        source: &str,
        sprints: &[String],
    ) -> Result<(), EngineError> {
        let moves = if self.is_fresh { Vec::new() } else { self.store.moves_of_item(connection, item)? };
        let is_in = |sprint: &str, is_its: &dyn Fn(&MoveRow) -> bool| {
            moves.iter().rfind(|it| it.sprint == sprint && is_its(it)).map(|last| last.is_join)
        };
        let by_source = |it: &MoveRow| it.source.as_deref() == Some(source);
        let later = moves.last().map(|last| self.now.max(last.at));
        let event = |kind: &str, sprint: &str, n: usize| {
            let id = match (kind, later) {
                ("joined", None) => format!("{}{sprint}", of_standing(item)),
                _ => format!("{}{sprint}/{kind} {}", of_standing(item), moves.len() + n),
            };
            Record::ItemEvent(ItemEvent {
                connection: connection.to_owned(),
                id,
                item: item.to_owned(),
                at: later.unwrap_or(since),
                seq: u32::try_from(n).ok(),
                kind: kind.to_owned(),
                sprint: Some(sprint.to_owned()),
                source: Some(source.to_owned()),
                ..ItemEvent::default()
            })
        };
        let mut told = Vec::new();
        for (n, sprint) in sprints.iter().enumerate() {
            match (is_in(sprint, &|_| true), is_in(sprint, &by_source)) {
                (None, _) | (Some(false), Some(false)) => told.push(event("joined", sprint, n)),
                _ => self.is_known("item_event"),
            }
        }
        let mut known: Vec<&str> = moves.iter().map(|it| it.sprint.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        let has_left = |sprint: &&str| {
            !sprints.iter().any(|now| now == sprint)
                && is_in(sprint, &by_source) == Some(true)
                && is_in(sprint, &|_| true) == Some(true)
        };
        for sprint in known.into_iter().filter(has_left) {
            // What a closed sprint left over stays what it left over.
            if !self.is_closed(connection, sprint)? {
                told.push(event("left", sprint, told.len()));
            }
        }
        told.iter().try_for_each(|record| self.put(record))
    }

    fn is_closed(&self, connection: &str, sprint: &str) -> Result<bool, EngineError> {
        let events = self.store.events_of_sprint(connection, sprint)?;
        let last = events.iter().rfind(|event| matches!(event.kind.as_str(), "closed" | "reopened"));
        if let Some(last) = last {
            return Ok(last.kind == "closed");
        }
        let probe = Sprint { connection: connection.to_owned(), id: sprint.to_owned(), ..Sprint::default() };
        let known = self.store.current(&Record::Sprint(probe))?;
        Ok(matches!(known, Some(Record::Sprint(sprint)) if sprint.closed_at.is_some()))
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
