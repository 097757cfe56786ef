//! What a source without a history says anew of an item that has a ledger: the ledger is told, since fields follow from it.

use super::acts::{Writing, in_hours, number};
use crate::engine::EngineError;
use crate::model::Time;
use crate::model::plan::{Estimated, ItemState, UNDONE, first_id};
use crate::model::record::{Item, ItemEvent, Record};
use crate::store::Store;
use crate::store::ids::Ids;
use crate::store::tables::Meet;

/// Tells the ledgers of items that were edited here what was told of them since, where no event told it.
pub(in crate::engine) fn tell_news(store: &Store, ids: &mut Ids<'_>, now: Time) -> Result<(), EngineError> {
    for item in ids.edited.take_news() {
        let Some(Record::Item(item)) = store.current(&Record::Item(item))? else { continue };
        let events = store.events_of_item(&item.connection, &item.id)?;
        if has_history(&item, &events) {
            continue;
        }
        let ledger = Ledger::of(events);
        for event in ledger.behind(&item, now) {
            if let Record::ItemEvent(event) = &event
                && ids.edited.was_heard(event)
            {
                continue;
            }
            store.put(&event, ids, Meet::Replace)?;
        }
    }
    Ok(())
}

/// Its source tells how it came to be as it is: the ids of such events begin with that of the item.
fn has_history(item: &Item, events: &[ItemEvent]) -> bool {
    let of_item = format!("{}/", item.id);
    let tells = |event: &ItemEvent| matches!(event.kind.as_str(), "estimated" | "state" | "cancelled");
    events.iter().any(|event| tells(event) && event.id.starts_with(&of_item))
}

/// The last of each kind that a ledger tells; nothing where it tells of none.
#[derive(Default)]
struct Ledger {
    at: Time,
    points: Option<Option<f64>>,
    hours: Option<Option<f64>>,
    state: Option<ItemState>,
    assignee: Option<Option<String>>,
}

impl Ledger {
    fn of(events: Vec<ItemEvent>) -> Self {
        let mut ledger = Self::default();
        for event in standing(events) {
            ledger.at = ledger.at.max(event.at);
            match event.kind.as_str() {
                "estimated" => match Estimated::read(event.old.as_deref(), event.new.as_deref()) {
                    Some(Estimated::Points(points)) => ledger.points = Some(points),
                    Some(Estimated::Hours(hours)) => ledger.hours = Some(hours),
                    None => {}
                },
                "state" => ledger.state = event.new.as_deref().and_then(ItemState::parse).or(ledger.state),
                "cancelled" => ledger.state = Some(ItemState::Cancelled),
                "assigned" => ledger.assignee = Some(event.new),
                _ => {}
            }
        }
        ledger
    }

    /// The events that bring it to what the record says.
    fn behind(self, item: &Item, now: Time) -> Vec<Record> {
        let ended = item.done_at.filter(|done| item.state == ItemState::Done && *done > self.at && *done <= now);
        let mut writing = Writing::new(ended.unwrap_or(now.max(self.at)));
        let mut tell = |kind: &str, old: Option<String>, new: Option<String>| {
            writing.item_event(item, kind, |event| {
                (event.old, event.new, event.who) = (old, new, None);
                event.source = Some(item.connection.clone());
            });
        };
        let estimates = item.estimates.unwrap_or_default();
        if let Some(points) = self.points.filter(|points| *points != estimates.points) {
            tell("estimated", points.map(number), estimates.points.map(number));
        }
        if let Some(hours) = self.hours.filter(|hours| *hours != estimates.hours) {
            tell("estimated", hours.map(in_hours), estimates.hours.map(in_hours));
        }
        // A ledger that tells of estimates only is of an item that nobody began.
        let is_told = self.points.is_some() || self.hours.is_some();
        let state = self.state.or(is_told.then_some(ItemState::Backlog));
        if let Some(state) = state.filter(|state| *state != item.state) {
            tell("state", Some(state.as_str().to_owned()), Some(item.state.as_str().to_owned()));
        }
        if let Some(assignee) = self.assignee.filter(|assignee| *assignee != item.assignee) {
            tell("assigned", assignee, item.assignee.clone());
        }
        writing.records
    }
}

/// Events in order, without what was taken back and what took it back.
fn standing(events: Vec<ItemEvent>) -> Vec<ItemEvent> {
    let mut standing: Vec<ItemEvent> = Vec::new();
    for event in events {
        let undone = (event.reason.as_deref() == Some(UNDONE))
            .then(|| standing.iter().rposition(|before| first_id(&before.id) == first_id(&event.id)))
            .flatten();
        match undone {
            Some(at) => {
                standing.remove(at);
            }
            None => standing.push(event),
        }
    }
    standing
}
