//! From the ids that records name to the store's internal keys, within one transaction.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::StoreError;
use super::db::{Db, Val};
use super::edited::Edited;

/// Names that a record spoke of and nothing has described yet: (kind, connection, id).
pub type Placeholders = BTreeSet<(&'static str, String, String)>;

/// A table whose rows other records name by id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    Team,
    Service,
    Environment,
}

impl Named {
    pub const fn table(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Service => "service",
            Self::Environment => "environment",
        }
    }
}

#[derive(Default)]
struct Entries {
    by_id: FxHashMap<(String, String), i64>,
    /// Keys of an id over all connections.
    anywhere: FxHashMap<String, Vec<i64>>,
}

impl Entries {
    fn insert(&mut self, connection: &str, id: &str, key: i64) {
        if self.by_id.insert((connection.to_owned(), id.to_owned()), key).is_none() {
            self.anywhere.entry(id.to_owned()).or_default().push(key);
        }
    }
}

struct PipelineEntry {
    key: i64,
    name: String,
    /// When its newest run was, so that the newest run's name stands in whatever order they come; asked when needed.
    newest: Option<i64>,
}

/// A cache of keys that lives as long as one import or command.
pub struct Ids<'a> {
    db: &'a Db,
    pub import: Option<i64>,
    words: FxHashMap<String, i64>,
    named: [Entries; 3],
    /// By connection, then by id: looked up without making a key.
    pipelines: FxHashMap<String, FxHashMap<String, PipelineEntry>>,
    /// Made by this import or command.
    pub placeholders: Placeholders,
    /// Those that stood before.
    older_placeholders: Placeholders,
    last: [FxHashMap<String, FxHashMap<String, i64>>; 3],
    /// What was edited by hand, where others tell of it.
    pub edited: Edited,
    /// Items that came with this import or command: (connection, id).
    pub fresh: FxHashSet<(String, String)>,
    /// Items that it told otherwise than before.
    pub changed: FxHashSet<(String, String)>,
}

/// Words are forgotten beyond this many, so that a huge import keeps its memory bounded.
const WORDS_KEPT: usize = 200_000;

impl<'a> Ids<'a> {
    pub fn new(db: &'a Db, import: Option<i64>) -> Result<Self, StoreError> {
        let mut named: [Entries; 3] = Default::default();
        let mut older_placeholders = Placeholders::new();
        for (kind, entries) in [Named::Team, Named::Service, Named::Environment].into_iter().zip(&mut named) {
            db.each(&format!("SELECT key, connection, id, placeholder FROM {}", kind.table()), &[], |row| {
                entries.insert(row.str(1)?, row.str(2)?, row.int(0)?);
                if row.int(3)? != 0 {
                    older_placeholders.insert((kind.table(), row.text(1)?, row.text(2)?));
                }
                Ok(())
            })?;
        }
        let mut pipelines: FxHashMap<String, FxHashMap<String, PipelineEntry>> = FxHashMap::default();
        db.each("SELECT key, connection, id, name FROM pipeline", &[], |row| {
            pipelines
                .entry(row.text(1)?)
                .or_default()
                .insert(row.text(2)?, PipelineEntry { key: row.int(0)?, name: row.text(3)?, newest: None });
            Ok(())
        })?;
        Ok(Self {
            db,
            import,
            words: FxHashMap::default(),
            named,
            pipelines,
            placeholders: Placeholders::new(),
            older_placeholders,
            last: Default::default(),
            edited: Edited::default(),
            fresh: FxHashSet::default(),
            changed: FxHashSet::default(),
        })
    }

    /// The key of a dictionary word.
    pub fn word(&mut self, text: &str) -> Result<i64, StoreError> {
        if let Some(&key) = self.words.get(text) {
            return Ok(key);
        }
        let found = self.db.first("SELECT key FROM word WHERE text = $1", &[Val::Text(text)], |row| row.int(0))?;
        let key = match found {
            Some(key) => key,
            None => {
                self.db.exec("INSERT INTO word (text) VALUES ($1)", &[Val::Text(text)])?;
                self.db.last_key()
            }
        };
        if self.words.len() >= WORDS_KEPT {
            self.words.clear();
        }
        self.words.insert(text.to_owned(), key);
        Ok(key)
    }

    pub fn opt_word(&mut self, text: Option<&String>) -> Result<Option<i64>, StoreError> {
        text.map(|text| self.word(text)).transpose()
    }

    /// The key of a named thing: in the same connection, else where its id is unique, else a new placeholder.
    pub fn named(&mut self, kind: Named, connection: &str, id: &str) -> Result<i64, StoreError> {
        if let Some(&key) = self.last[kind as usize].get(connection).and_then(|ids| ids.get(id)) {
            return Ok(key);
        }
        let entries = &self.named[kind as usize];
        let known = entries.by_id.get(&(connection.to_owned(), id.to_owned())).copied().or_else(|| {
            match entries.anywhere.get(id).map(Vec::as_slice) {
                Some(&[only]) => Some(only),
                _ => None,
            }
        });
        let key = match known {
            Some(key) => key,
            None => self.placeholder(kind, connection, id)?,
        };
        self.last[kind as usize].entry(connection.to_owned()).or_default().insert(id.to_owned(), key);
        Ok(key)
    }

    fn placeholder(&mut self, kind: Named, connection: &str, id: &str) -> Result<i64, StoreError> {
        let class = if kind == Named::Environment { (", class", ", 'unknown'") } else { ("", "") };
        let sql = format!(
            "INSERT INTO {} (connection, id, name, import, placeholder{}) VALUES ($1, $2, $3, $4, 1{})",
            kind.table(),
            class.0,
            class.1
        );
        self.db.exec(&sql, &[connection.into(), id.into(), id.into(), self.import.into()])?;
        let key = self.db.last_key();
        self.named[kind as usize].insert(connection, id, key);
        self.placeholders.insert((kind.table(), connection.to_owned(), id.to_owned()));
        Ok(key)
    }

    pub fn opt_named(&mut self, kind: Named, connection: &str, id: Option<&String>) -> Result<Option<i64>, StoreError> {
        id.map(|id| self.named(kind, connection, id)).transpose()
    }

    /// Told when a named record itself was written.
    pub fn learn(&mut self, kind: Named, connection: &str, id: &str, key: i64) {
        self.named[kind as usize].insert(connection, id, key);
        self.last[kind as usize].clear();
    }

    /// Told when a named record was written over what stood there; true where that was only a placeholder.
    pub fn describe(&mut self, kind: Named, connection: &str, id: &str) -> bool {
        let name = (kind.table(), connection.to_owned(), id.to_owned());
        self.placeholders.remove(&name) | self.older_placeholders.remove(&name)
    }

    /// The key of a pipeline that a run names; the newest run's name is the pipeline's.
    pub fn pipeline(
        &mut self,
        connection: &str,
        id: &str,
        name: Option<&String>,
        at: Option<i64>,
    ) -> Result<i64, StoreError> {
        let at = at.unwrap_or(i64::MIN);
        let Some(known) = self.pipelines.get_mut(connection).and_then(|ids| ids.get_mut(id)) else {
            return self.new_pipeline(connection, id, name, at);
        };
        let Some(name) = name else { return Ok(known.key) };
        if *name == known.name {
            known.newest = known.newest.map(|newest| newest.max(at));
            return Ok(known.key);
        }
        let newest = match known.newest {
            Some(newest) => newest,
            None => newest_run(self.db, known.key)?,
        };
        if known.name == id || at >= newest {
            self.db.exec("UPDATE pipeline SET name = $1 WHERE key = $2", &[name.into(), known.key.into()])?;
            known.name.clone_from(name);
            known.newest = Some(at);
        } else {
            known.newest = Some(newest);
        }
        Ok(known.key)
    }

    fn new_pipeline(&mut self, connection: &str, id: &str, name: Option<&String>, at: i64) -> Result<i64, StoreError> {
        let name = name.map_or(id, String::as_str);
        self.db.exec(
            "INSERT INTO pipeline (connection, id, name) VALUES ($1, $2, $3)",
            &[connection.into(), id.into(), name.into()],
        )?;
        let key = self.db.last_key();
        let entry = PipelineEntry { key, name: name.to_owned(), newest: Some(at) };
        self.pipelines.entry(connection.to_owned()).or_default().insert(id.to_owned(), entry);
        Ok(key)
    }
}

fn newest_run(db: &Db, pipeline: i64) -> Result<i64, StoreError> {
    let sql = "SELECT MAX(COALESCE(created_at, queued_at, started_at, finished_at)) FROM run WHERE pipeline = $1";
    let newest = db.first(sql, &[pipeline.into()], |row| row.opt_int(0))?;
    Ok(newest.flatten().unwrap_or(i64::MIN))
}
