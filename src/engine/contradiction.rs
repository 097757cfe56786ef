//! Lines of one import that say different things of one record: the first is taken, the others are refused by name.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::EngineError;
use crate::model::Status;
use crate::model::record::Record;
use crate::store::Store;

/// Where each record of this import was first told: its file and line in one number, since there may be millions.
#[derive(Default)]
pub(super) struct Told(FxHashMap<u64, u64>);

const LINE_BITS: u32 = 40;

impl Told {
    /// Why a line cannot stand beside an earlier one of this import.
    pub fn contradiction(
        &mut self,
        store: &Store,
        record: &Record,
        (file, line): (u32, u64),
        files: &[String],
    ) -> Result<Option<String>, EngineError> {
        let before = match self.0.entry(Store::identity_hash(record)) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(u64::from(file) << LINE_BITS | line);
                return Ok(None);
            }
            std::collections::hash_map::Entry::Occupied(slot) => {
                (*slot.get() >> LINE_BITS, *slot.get() & ((1 << LINE_BITS) - 1))
            }
        };
        let Some(known) = store.current(record)? else { return Ok(None) };
        if tells_of_later(&known, record) {
            return Ok(None);
        }
        Ok(differing_key(&known, record).map(|(key, known, told)| {
            let place = match files.get(before.0 as usize).filter(|_| before.0 != u64::from(file)) {
                Some(name) => format!("{name} line {}", before.1),
                None => format!("line {}", before.1),
            };
            let kind = record.type_name().replace('_', " ");
            format!(
                "this {kind} stands in {place} too, where {key} is {known}, not {told}; keep the line that is right"
            )
        }))
    }
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
