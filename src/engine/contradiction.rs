//! Lines of one import that say different things of one record: the first is taken, the others are refused by name.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::EngineError;
use crate::import::{Item, line_in_file};
use crate::model::Status;
use crate::model::record::Record;
use crate::store::Store;
use crate::store::ids::Ids;

/// Where each record of this import was first told: its file and line in one number, since there may be millions.
#[derive(Default)]
pub(super) struct Told(FxHashMap<u64, u64>);

const LINE_BITS: u32 = 40;

impl Told {
    /// Which of a batch were told before, and where. Asked on the reader's thread, which waits for the writer anyway.
    pub fn among(&mut self, items: &[Item], file: usize) -> Vec<(usize, u64)> {
        let mut again = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Item::Record { line, record } = item else { continue };
            let (_, line) = line_in_file(*line);
            if line == 0 || matches!(**record, Record::Header(_)) {
                continue;
            }
            match self.0.entry(Store::identity_hash(record)) {
                Entry::Vacant(slot) => {
                    slot.insert((file as u64) << LINE_BITS | line);
                }
                Entry::Occupied(slot) => again.push((index, *slot.get())),
            }
        }
        again
    }
}

/// Why a record of `file` cannot stand beside what was told of it before.
pub(super) fn contradiction(
    store: &Store,
    ids: &Ids<'_>,
    record: &Record,
    before: u64,
    file: usize,
    files: &[String],
) -> Result<Option<String>, EngineError> {
    let (known_file, known_line) = ((before >> LINE_BITS) as usize, before & ((1 << LINE_BITS) - 1));
    let Some(known) = store.as_told(record, &ids.edited)? else { return Ok(None) };
    if tells_of_later(&known, record) {
        return Ok(None);
    }
    Ok(differing_key(&known, record).map(|(key, known, told)| {
        let place = match files.get(known_file).filter(|_| known_file != file) {
            Some(name) => format!("{name} line {known_line}"),
            None => format!("line {known_line}"),
        };
        let kind = record.type_name().replace('_', " ");
        format!("this {kind} stands in {place} too, where {key} is {known}, not {told}; keep the line that is right")
    }))
}

/// An event of a ledger that is known otherwise: it is never rewritten.
pub(super) enum Retold {
    /// Made of what a tracker says now, where no history of its own says when that changed.
    ByATracker(String),
    InTheLedger(String),
}

pub(super) fn retold(store: &Store, record: &Record) -> Result<Option<Retold>, EngineError> {
    let source = match record {
        Record::ItemEvent(event) => event.source.as_deref(),
        Record::SprintEvent(_) => None,
        _ => return Ok(None),
    };
    let Some(mut known) = store.current(record)?.filter(|known| known != record) else { return Ok(None) };
    // Where it stands among others of its moment may change with what else is told.
    match (&mut known, record) {
        (Record::ItemEvent(known), Record::ItemEvent(told)) => known.seq = told.seq,
        (Record::SprintEvent(known), Record::SprintEvent(told)) => known.seq = told.seq,
        _ => {}
    }
    Ok(differing_key(&known, record).map(|(key, known, told)| match source {
        Some(source) => Retold::ByATracker(format!("{source}: {key} of an earlier event, told otherwise now")),
        None => Retold::InTheLedger(format!(
            "this {} is known, and {key} is {known} there, not {told}: what is in a ledger is not rewritten, so tell the \
             correction as an event of its own",
            record.type_name().replace('_', " ")
        )),
    }))
}

/// Two looks at one thing as it moves on are no contradiction.
fn tells_of_later(known: &Record, told: &Record) -> bool {
    match (known, told) {
        (Record::Run(known), Record::Run(told)) => {
            is_under_way(known.status, told.status)
                || matches!((known.updated_at, told.updated_at), (Some(known), Some(told)) if known != told)
        }
        (Record::Deployment(known), Record::Deployment(told)) => is_under_way(known.status, told.status),
        _ => false,
    }
}

fn is_under_way(known: Status, told: Status) -> bool {
    let moves = |status: Status| !status.is_finished() && status != Status::Unknown;
    moves(known) || moves(told)
}

/// The first key of which both say something, and not the same.
fn differing_key(known: &Record, told: &Record) -> Option<(String, String, String)> {
    let (Ok(Value::Object(known)), Ok(Value::Object(told))) = (serde_json::to_value(known), serde_json::to_value(told))
    else {
        return None;
    };
    told.into_iter().find_map(|(key, told)| {
        let known = known.get(&key)?;
        // The name belongs to the pipeline, whose newest run tells it.
        (*known != told && key != "pipeline_name").then(|| (key, known.to_string(), told.to_string()))
    })
}
