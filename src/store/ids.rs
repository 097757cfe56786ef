//! From the ids that records name to the store's internal keys, within one transaction.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::StoreError;
use super::db::{Db, Val};

/// Names that a record spoke of before anything said what they are: (kind, connection, id) and how often.
pub type Placeholders = BTreeMap<(&'static str, String, String), u64>;

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

/// A cache of keys that lives as long as one import or command.
pub struct Ids<'a> {
    db: &'a Db,
    pub import: Option<i64>,
    words: FxHashMap<String, i64>,
    named: [Entries; 3],
    /// By connection, then by id: looked up without making a key.
    pipelines: FxHashMap<String, FxHashMap<String, (i64, String)>>,
    pub placeholders: Placeholders,
    last: [FxHashMap<String, FxHashMap<String, i64>>; 3],
}

/// Words are forgotten beyond this many, so that a huge import keeps its memory bounded.
const WORDS_KEPT: usize = 200_000;

impl<'a> Ids<'a> {
    pub fn new(db: &'a Db, import: Option<i64>) -> Result<Self, StoreError> {
        let mut named: [Entries; 3] = Default::default();
        for (kind, entries) in [Named::Team, Named::Service, Named::Environment].into_iter().zip(&mut named) {
            db.each(&format!("SELECT key, connection, id FROM {}", kind.table()), &[], |row| {
                entries.insert(row.str(1)?, row.str(2)?, row.int(0)?);
                Ok(())
            })?;
        }
        let mut pipelines: FxHashMap<String, FxHashMap<String, (i64, String)>> = FxHashMap::default();
        db.each("SELECT key, connection, id, name FROM pipeline", &[], |row| {
            pipelines.entry(row.text(1)?).or_default().insert(row.text(2)?, (row.int(0)?, row.text(3)?));
            Ok(())
        })?;
        Ok(Self {
            db,
            import,
            words: FxHashMap::default(),
            named,
            pipelines,
            placeholders: Placeholders::new(),
            last: Default::default(),
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
        *self.placeholders.entry((kind.table(), connection.to_owned(), id.to_owned())).or_default() += 1;
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

    pub fn pipeline(&mut self, connection: &str, id: &str, name: Option<&String>) -> Result<i64, StoreError> {
        if let Some((key, known_name)) = self.pipelines.get_mut(connection).and_then(|ids| ids.get_mut(id)) {
            if let Some(name) = name
                && name != known_name
            {
                self.db.exec("UPDATE pipeline SET name = $1 WHERE key = $2", &[name.into(), (*key).into()])?;
                known_name.clone_from(name);
            }
            return Ok(*key);
        }
        let name = name.map_or(id, String::as_str);
        self.db.exec(
            "INSERT INTO pipeline (connection, id, name) VALUES ($1, $2, $3)",
            &[connection.into(), id.into(), name.into()],
        )?;
        let key = self.db.last_key();
        self.pipelines.entry(connection.to_owned()).or_default().insert(id.to_owned(), (key, name.to_owned()));
        Ok(key)
    }
}
