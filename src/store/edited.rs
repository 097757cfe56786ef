//! Records that were edited by hand and are told again: what is told anew is taken, and what was edited stays.
//!
//! The record as it was told last is kept when a hand first changes it. Told again, each key that says something else
//! than then is taken; where it says the same, the edit stands. So the same file twice changes nothing, whatever was
//! done between.

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

use super::db::Db;
use super::ids::Ids;
use super::tables::Meet;
use super::write::identity;
use super::{Outcome, Store, StoreError};
use crate::model::plan::is_rank_of_row;
use crate::model::record::{Item, ItemEvent, Record};

type Fields = Map<String, Value>;

/// What was edited by hand, and what one import or command tells of it.
#[derive(Default)]
pub struct Edited {
    is_loaded: bool,
    /// The last telling of each record that was edited, by [`name`].
    told: FxHashMap<String, Fields>,
    /// Items of which something else was told than before.
    news: Vec<Item>,
    /// Events that came: (connection, item, kind).
    heard: FxHashSet<(String, String, String)>,
}

impl Edited {
    /// Read when the first record is told: an edit by hand has no need of it.
    fn load(&mut self, db: &Db) -> Result<(), StoreError> {
        if std::mem::replace(&mut self.is_loaded, true) {
            return Ok(());
        }
        db.each("SELECT record, told FROM edited", &[], |row| {
            if let Ok(told) = serde_json::from_str(row.str(1)?) {
                self.told.insert(row.text(0)?, told);
            }
            Ok(())
        })
    }

    /// An item is told otherwise than before: the ledger that it has here may have to hear of it.
    pub fn changed(&mut self, connection: &str, item: &str) {
        self.news.push(Item { connection: connection.to_owned(), id: item.to_owned(), ..Item::default() });
    }

    pub fn take_news(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.news)
    }

    pub(super) fn hear(&mut self, record: &Record) {
        if let Record::ItemEvent(event) = record
            && !self.told.is_empty()
        {
            // To be cancelled is a state.
            let kind = if event.kind == "cancelled" { "state" } else { &event.kind };
            self.heard.insert((event.connection.clone(), event.item.clone(), kind.to_owned()));
        }
    }

    /// Whether events told of what this one tells.
    pub fn was_heard(&self, event: &ItemEvent) -> bool {
        self.heard.contains(&(event.connection.clone(), event.item.clone(), event.kind.clone()))
    }
}

/// What stands for a record's identity on disk.
fn name(record: &Record) -> String {
    let (_, _, parts) = identity(record);
    Value::from_iter(std::iter::once(record.type_name().to_owned()).chain(parts)).to_string()
}

fn fields(record: &Record) -> Result<Fields, StoreError> {
    match serde_json::to_value(record) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Ok(Fields::new()),
        Err(error) => Err(StoreError::Sql(error.to_string())),
    }
}

fn record_of(fields: Fields) -> Result<Record, StoreError> {
    serde_json::from_value(Value::Object(fields)).map_err(|error| StoreError::Sql(error.to_string()))
}

/// Takes what is not as it was told last; of what has parts, such as estimates, each for itself.
fn take_news(current: &mut Fields, last: &mut Fields, told: Fields) -> bool {
    let mut is_news = false;
    for (key, value) in told {
        match (current.get_mut(&key), last.get_mut(&key), value) {
            (Some(Value::Object(current)), Some(Value::Object(last)), Value::Object(told)) => {
                is_news |= take_news(current, last, told);
            }
            (_, Some(last), value) if *last == value => {}
            (_, _, value) => {
                current.insert(key.clone(), value.clone());
                last.insert(key, value);
                is_news = true;
            }
        }
    }
    is_news
}

/// Takes a key out; whether it was there.
fn take_out(fields: &mut Fields, key: &str) -> bool {
    match key.split_once('.') {
        Some((parent, key)) => {
            fields.get_mut(parent).and_then(Value::as_object_mut).is_some_and(|part| part.remove(key).is_some())
        }
        None => fields.remove(key).is_some(),
    }
}

/// An item that a hand moved stays there when its list is told again with other rows before it.
fn keep_place(current: &Fields, last: &mut Fields, told: &mut Fields) {
    let is_moved = current.get("rank") != last.get("rank");
    let is_of_row = told.get("rank").and_then(Value::as_str).is_some_and(is_rank_of_row);
    if is_moved
        && is_of_row
        && let Some(rank) = told.remove("rank")
    {
        last.insert("rank".to_owned(), rank);
    }
}

impl Store {
    /// Keeps a record as it was before a hand first changed it; the caller has begun a transaction.
    pub(super) fn keep_told(&self, before: &Record) -> Result<(), StoreError> {
        let told = Value::Object(fields(before)?).to_string();
        let sql = "INSERT INTO edited (record, told) VALUES ($1, $2) ON CONFLICT (record) DO NOTHING";
        self.db.exec(sql, &[(&name(before)).into(), (&told).into()]).map(|_| ())
    }

    pub(super) fn forget_told(&self, record: &Record) -> Result<(), StoreError> {
        self.db.exec("DELETE FROM edited WHERE record = $1", &[(&name(record)).into()]).map(|_| ())
    }

    /// A record that is told again, with what a hand changed of it; `None` where no hand did.
    pub(super) fn beside_edits(&self, told: &Record, edited: &mut Edited) -> Result<Option<Record>, StoreError> {
        edited.load(&self.db)?;
        if edited.told.is_empty() {
            return Ok(None);
        }
        let name = name(told);
        let Some(last) = edited.told.get_mut(&name) else { return Ok(None) };
        let Some(current) = self.current(told)? else {
            edited.told.remove(&name);
            return self.forget_told(told).map(|()| None);
        };
        let mut merged = fields(&current)?;
        let mut told_now = fields(told)?;
        keep_place(&merged, last, &mut told_now);
        let is_news = take_news(&mut merged, last, told_now);
        if is_news {
            let text = Value::Object(last.clone()).to_string();
            self.db.exec("UPDATE edited SET told = $1 WHERE record = $2", &[(&text).into(), (&name).into()])?;
            if let Record::Item(item) = told {
                edited.news.push(item.clone());
            }
        }
        record_of(merged).map(Some)
    }

    /// Takes out of an item what its source holds nothing in any more; what a hand wrote there stays.
    pub fn empty_item(
        &self,
        connection: &str,
        item: &str,
        keys: &[&str],
        ids: &mut Ids<'_>,
    ) -> Result<Outcome, StoreError> {
        if keys.is_empty() {
            return Ok(Outcome::Same);
        }
        let probe = Item { connection: connection.to_owned(), id: item.to_owned(), ..Item::default() };
        let probe = Record::Item(probe);
        ids.edited.load(&self.db)?;
        let name = name(&probe);
        // Asked first, as most of what is empty always was; what a hand emptied may still be as it was told.
        if !ids.edited.told.contains_key(&name) && !self.holds_any(connection, item, keys)? {
            return Ok(Outcome::Same);
        }
        let Some(current) = self.current(&probe)? else { return Ok(Outcome::Same) };
        let mut current = fields(&current)?;
        let mut last = ids.edited.told.remove(&name);
        let mut is_changed = false;
        for key in keys {
            // What was never told has nothing to be taken out.
            let was_told = last.as_mut().is_none_or(|last| take_out(last, key));
            is_changed |= was_told && take_out(&mut current, key);
        }
        if let Some(last) = last {
            let text = Value::Object(last.clone()).to_string();
            self.db.exec("UPDATE edited SET told = $1 WHERE record = $2", &[(&text).into(), (&name).into()])?;
            ids.edited.told.insert(name, last);
        }
        let emptied = record_of(current)?;
        if !is_changed {
            return Ok(Outcome::Same);
        }
        if let Record::Item(item) = &emptied {
            ids.edited.news.push(item.clone());
        }
        self.put(&emptied, ids, Meet::Replace)
    }

    fn holds_any(&self, connection: &str, item: &str, keys: &[&str]) -> Result<bool, StoreError> {
        let columns = keys.iter().map(|key| key.split('.').next().unwrap_or(key));
        let held = columns.map(|column| format!("{column} IS NOT NULL")).collect::<Vec<_>>().join(" OR ");
        let sql = format!("SELECT 1 FROM item WHERE connection = $1 AND id = $2 AND ({held})");
        Ok(self.db.first(&sql, &[connection.into(), item.into()], |row| row.int(0))?.is_some())
    }

    /// A record as it was told last, without what a hand changed since.
    pub fn as_told(&self, record: &Record, edited: &Edited) -> Result<Option<Record>, StoreError> {
        match edited.told.get(&name(record)) {
            Some(told) => record_of(told.clone()).map(Some),
            None => self.current(record),
        }
    }
}
