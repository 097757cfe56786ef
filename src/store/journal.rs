//! What was done: imports, edits by hand with their way back, settings, and a log that other processes watch.

use serde::{Deserialize, Serialize};

use super::db::Val;
use super::ids::Ids;
use super::tables::{IN_ORDER, Meet};
use super::write::describe;
use super::{Store, StoreError};
use crate::model::Time;
use crate::model::record::Record;

/// One thing before and after an edit by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Edit {
    Setting {
        setting: String,
        before: Option<String>,
        after: Option<String>,
    },
    /// Something that happened. It is never taken away: going back adds what takes it back, where there is such a thing.
    Event {
        done: Box<Record>,
        undone: Option<Box<Record>>,
    },
    Record {
        before: Option<Box<Record>>,
        after: Option<Box<Record>>,
    },
}

/// Which way edits are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    First,
    Back,
    Again,
}

impl Edit {
    /// It is of the plan alone, which no figure of deliveries rests on.
    fn is_of_plan(&self) -> bool {
        match self {
            Self::Event { .. } => true,
            Self::Record { before, after } => [before, after].into_iter().flatten().all(|record| {
                matches!(
                    **record,
                    Record::Item(_)
                        | Record::Sprint(_)
                        | Record::Person(_)
                        | Record::Absence(_)
                        | Record::OpsNeed(_)
                        | Record::OpsReview(_)
                )
            }),
            Self::Setting { .. } => false,
        }
    }
}

/// The word for an edit in the log that other processes watch.
fn log_word(edits: &[Edit]) -> &'static str {
    if edits.iter().all(Edit::is_of_plan) { "plan" } else { "edit" }
}

/// An edit with its name in the undo menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoStep {
    pub seq: i64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEntry {
    pub key: i64,
    pub id: String,
    pub kind: String,
    pub source: String,
    pub at: i64,
    pub report: String,
}

/// Which kinds of record a write touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeKinds {
    pub catalog: bool,
    pub runs: bool,
    pub deployments: bool,
    pub commits: bool,
    pub changes: bool,
    pub incidents: bool,
}

impl ChangeKinds {
    pub const ALL: Self =
        Self { catalog: true, runs: true, deployments: true, commits: true, changes: true, incidents: true };

    pub fn add(&mut self, record: &Record) {
        match record {
            Record::Header(_)
            | Record::IncidentEvent(_)
            | Record::Person(_)
            | Record::Absence(_)
            | Record::OpsNeed(_)
            | Record::OpsReview(_)
            | Record::Item(_)
            | Record::Sprint(_)
            | Record::SprintEvent(_)
            | Record::ItemEvent(_) => {}
            Record::Team(_) | Record::CalendarDay(_) | Record::Service(_) | Record::Environment(_) => {
                self.catalog = true;
            }
            Record::DeploymentRule(_) => (self.catalog, self.deployments) = (true, true),
            Record::Commit(_) => self.commits = true,
            Record::Change(_) => self.changes = true,
            Record::Run(_) => (self.catalog, self.runs, self.deployments) = (true, true, true),
            Record::Deployment(_) => (self.catalog, self.deployments) = (true, true),
            Record::Incident(_) => (self.catalog, self.incidents) = (true, true),
        }
    }
}

/// Tables whose rows go with the import that brought them; those that others lean on come after.
const TAKEN_BACK: [&str; 15] = [
    "ops_review",
    "ops_need",
    "absence",
    "person",
    "item_event",
    "sprint_event",
    "item",
    "sprint",
    "incident_event",
    "incident",
    "deployment",
    "run",
    "change",
    "git_commit",
    "calendar_day",
];

/// Steps kept; older ones are forgotten.
const UNDO_KEPT: i64 = 500;

/// Tables whose rows others name, and where.
const USERS: [(&str, &[(&str, &str)]); 4] = [
    ("deployment_rule", &[]),
    (
        "service",
        &[
            ("run", "service"),
            ("deployment", "service"),
            ("incident", "service"),
            ("deployment_rule", "service"),
            ("item", "service"),
        ],
    ),
    ("environment", &[("deployment", "environment"), ("incident", "environment"), ("deployment_rule", "environment")]),
    ("team", &[("service", "team"), ("calendar_day", "team"), ("sprint", "team")]),
];

impl Store {
    /// Applies edits by hand as one undoable step.
    pub fn apply_edits(&self, name: &str, edits: &[Edit], now: Time) -> Result<ChangeKinds, StoreError> {
        self.transaction(|store| store.write_step(name, edits, now))
    }

    /// The same where the caller has begun a transaction.
    pub fn write_step(&self, name: &str, edits: &[Edit], now: Time) -> Result<ChangeKinds, StoreError> {
        let kinds = self.write_edits(edits, Way::First, now)?;
        let text = serde_json::to_string(edits).map_err(|error| StoreError::Sql(error.to_string()))?;
        self.db.exec("DELETE FROM undo_step WHERE is_undone = 1", &[])?;
        self.db.exec(
            "INSERT INTO undo_step (name, edits, is_undone, at) VALUES ($1, $2, 0, $3)",
            &[name.into(), (&text).into(), now.0.into()],
        )?;
        let newest = self.db.last_key();
        self.db.exec("DELETE FROM undo_step WHERE seq <= $1", &[(newest - UNDO_KEPT).into()])?;
        self.log(log_word(edits), now)?;
        Ok(kinds)
    }

    /// Gives items that have no rank the one of the place where they stand.
    pub fn give_ranks(&self, ranks: &[(String, String, String)]) -> Result<(), StoreError> {
        let sql = "UPDATE item SET rank = $1 WHERE connection = $2 AND id = $3 AND rank IS NULL";
        for (connection, id, rank) in ranks {
            self.db.exec(sql, &[rank.into(), connection.into(), id.into()])?;
        }
        Ok(())
    }

    /// Writes edits forward or back, after checking that each thing still is what the step left.
    fn write_edits(&self, edits: &[Edit], way: Way, now: Time) -> Result<ChangeKinds, StoreError> {
        let is_back = way == Way::Back;
        let mut kinds = ChangeKinds::default();
        let mut ids = Ids::new(&self.db, None)?;
        let mut order: Vec<&Edit> = edits.iter().collect();
        if is_back {
            order.reverse();
        }
        for edit in order {
            let (before, after) = match edit {
                Edit::Record { before, after } => (before, after),
                Edit::Event { done, undone } => {
                    let happened = match way {
                        Way::First => Some((**done).clone()),
                        Way::Back => undone.as_ref().map(|undone| undone.happening_again(now)),
                        Way::Again => Some(done.happening_again(now)),
                    };
                    if let Some(event) = happened {
                        self.put(&event, &mut ids, Meet::Replace)?;
                    }
                    continue;
                }
                Edit::Setting { setting, before, after } => {
                    self.write_setting_edit(setting, if is_back { (after, before) } else { (before, after) })?;
                    continue;
                }
            };
            let (expected, wanted) = if is_back { (after, before) } else { (before, after) };
            let Some(any) = wanted.as_ref().or(expected.as_ref()) else { continue };
            let current = self.current(any)?;
            if current.as_ref() != expected.as_deref() {
                let how = if current.is_some() { "was changed" } else { "was removed" };
                return Err(StoreError::ChangedSince { record: describe(any), how });
            }
            kinds.add(any);
            match (expected, wanted) {
                (Some(_), Some(_)) if is_back => {}
                (Some(known), Some(_)) => self.keep_told(known)?,
                _ => self.forget_told(any)?,
            }
            match wanted {
                Some(record) => {
                    self.put(record, &mut ids, Meet::Replace)?;
                }
                None => self.delete(any, &mut ids)?,
            }
        }
        let is_of_rules = |record: &Record| matches!(record, Record::DeploymentRule(_) | Record::Run(_));
        let touches_rules = |edit: &Edit| match edit {
            Edit::Record { before, after } => [before, after].into_iter().flatten().any(|record| is_of_rules(record)),
            Edit::Setting { .. } | Edit::Event { .. } => false,
        };
        if edits.iter().any(touches_rules) {
            self.after_records()?;
        }
        Ok(kinds)
    }

    fn write_setting_edit(
        &self,
        name: &str,
        (expected, wanted): (&Option<String>, &Option<String>),
    ) -> Result<(), StoreError> {
        let current = self.setting(name)?;
        if current != *expected {
            return Err(StoreError::ChangedSince { record: name.to_owned(), how: "was changed" });
        }
        match wanted {
            Some(value) => self.set_setting(name, value),
            None => self.db.exec("DELETE FROM setting WHERE name = $1", &[name.into()]).map(|_| ()),
        }
    }

    /// Takes back the newest step; `None` where there is none.
    pub fn undo(&self, now: Time) -> Result<Option<(String, ChangeKinds)>, StoreError> {
        self.step("SELECT seq, name, edits FROM undo_step WHERE is_undone = 0 ORDER BY seq DESC LIMIT 1", true, now)
    }

    /// Does again what was undone last.
    pub fn redo(&self, now: Time) -> Result<Option<(String, ChangeKinds)>, StoreError> {
        self.step("SELECT seq, name, edits FROM undo_step WHERE is_undone = 1 ORDER BY seq LIMIT 1", false, now)
    }

    fn step(&self, sql: &str, is_back: bool, now: Time) -> Result<Option<(String, ChangeKinds)>, StoreError> {
        self.transaction(|store| {
            let found = store.db.first(sql, &[], |row| Ok((row.int(0)?, row.text(1)?, row.text(2)?)))?;
            let Some((seq, name, edits)) = found else { return Ok(None) };
            let edits: Vec<Edit> = serde_json::from_str(&edits).map_err(|error| StoreError::Sql(error.to_string()))?;
            let way = if is_back { Way::Back } else { Way::Again };
            let kinds = store.write_edits(&edits, way, now)?;
            store
                .db
                .exec("UPDATE undo_step SET is_undone = $1 WHERE seq = $2", &[i64::from(is_back).into(), seq.into()])?;
            store.log(log_word(&edits), now)?;
            Ok(Some((name, kinds)))
        })
    }

    /// The names of what undo and redo would do.
    pub fn undo_names(&self) -> Result<(Option<String>, Option<String>), StoreError> {
        let name = |sql| self.db.first(sql, &[], |row| row.text(0));
        Ok((
            name("SELECT name FROM undo_step WHERE is_undone = 0 ORDER BY seq DESC LIMIT 1")?,
            name("SELECT name FROM undo_step WHERE is_undone = 1 ORDER BY seq LIMIT 1")?,
        ))
    }

    /// Notes a write for other processes.
    pub fn log(&self, what: &str, now: Time) -> Result<(), StoreError> {
        self.db.exec("INSERT INTO change_log (what, at) VALUES ($1, $2)", &[what.into(), now.0.into()])?;
        Ok(())
    }

    /// How many writes were noted.
    pub fn acts(&self) -> Result<i64, StoreError> {
        let last = self.db.first("SELECT MAX(seq) FROM change_log", &[], |row| row.opt_int(0))?;
        Ok(last.flatten().unwrap_or_default())
    }

    /// What was noted since a moment of the log, and where the log now ends. What touches no record is lighter to show.
    pub fn logged_since(&self, seq: i64) -> Result<(Vec<String>, i64), StoreError> {
        let (mut what, mut last) = (Vec::new(), seq);
        self.db.each("SELECT seq, what FROM change_log WHERE seq > $1 ORDER BY seq", &[seq.into()], |row| {
            last = row.int(0)?;
            what.push(row.text(1)?);
            Ok(())
        })?;
        Ok((what, last))
    }

    /// What must follow every write of records: references by id find their rows, rules make their deployments.
    pub fn after_records(&self) -> Result<(), StoreError> {
        self.adopt_placeholders()?;
        self.db.exec(include_str!("sql/link_deployments_to_runs.sql"), &[])?;
        self.apply_rules()
    }

    /// What named a thing before the one thing of that name was described, under another connection, now means that one.
    fn adopt_placeholders(&self) -> Result<(), StoreError> {
        for (table, users) in USERS.iter().skip(1) {
            let mut pairs = Vec::new();
            self.db.each(
                &format!(
                    "SELECT p.key, MIN(d.key) FROM {table} p JOIN {table} d ON d.id = p.id AND d.placeholder = 0 \
                     WHERE p.placeholder = 1 GROUP BY p.key HAVING COUNT(*) = 1"
                ),
                &[],
                |row| {
                    pairs.push((row.int(0)?, row.int(1)?));
                    Ok(())
                },
            )?;
            for (placeholder, described) in pairs {
                for (user, column) in *users {
                    let sql = format!("UPDATE {user} SET {column} = $1 WHERE {column} = $2");
                    self.db.exec(&sql, &[described.into(), placeholder.into()])?;
                }
                self.db.exec(&format!("DELETE FROM {table} WHERE key = $1"), &[placeholder.into()])?;
            }
        }
        Ok(())
    }

    /// Whether a name still waits for its description.
    pub fn is_placeholder(&self, table: &str, connection: &str, id: &str) -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 FROM {table} WHERE connection = $1 AND id = $2 AND placeholder = 1");
        Ok(self.db.first(&sql, &[connection.into(), id.into()], |row| row.int(0))?.is_some())
    }

    /// Lets the page cache hold a whole import, so that pages are not written out and read again half-way.
    pub fn expect_bulk(&self, is_bulk: bool) -> Result<(), StoreError> {
        let kibibytes = if is_bulk { -512 * 1024 } else { -64 * 1024 };
        self.db.set_pragma("cache_size", kibibytes)
    }

    /// Begins an import within the caller's transaction; returns its key.
    pub fn begin_import(&self, kind: &str, source: &str, now: Time) -> Result<i64, StoreError> {
        let id = uuid::Uuid::now_v7().to_string();
        self.db.exec(
            "INSERT INTO import (id, kind, source, at, report) VALUES ($1, $2, $3, $4, '{}')",
            &[(&id).into(), kind.into(), source.into(), now.0.into()],
        )?;
        Ok(self.db.last_key())
    }

    pub fn end_import(&self, import: i64, report: &str, now: Time) -> Result<(), StoreError> {
        self.db.exec("UPDATE import SET report = $1 WHERE key = $2", &[report.into(), import.into()])?;
        self.log("import", now)
    }

    pub fn imports(&self) -> Result<Vec<ImportEntry>, StoreError> {
        let mut entries = Vec::new();
        self.db.each("SELECT key, id, kind, source, at, report FROM import ORDER BY key DESC", &[], |row| {
            entries.push(ImportEntry {
                key: row.int(0)?,
                id: row.text(1)?,
                kind: row.text(2)?,
                source: row.text(3)?,
                at: row.int(4)?,
                report: row.text(5)?,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    /// Takes an import back: every row whose present content it brought.
    ///
    /// Refused, with the list, where edits by hand rest on it.
    pub fn remove_import(&self, import: i64, now: Time) -> Result<(), StoreError> {
        self.transaction(|store| {
            let edited = store.edits_resting_on(import)?;
            if !edited.is_empty() {
                let list = edited.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
                return Err(StoreError::EditsRestOn { count: edited.len(), list });
            }
            store.db.exec(
                "DELETE FROM deployment WHERE rule IS NOT NULL AND run_key IN (SELECT key FROM run WHERE import = $1)",
                &[import.into()],
            )?;
            for table in TAKEN_BACK {
                store.db.exec(&format!("DELETE FROM {table} WHERE import = $1"), &[import.into()])?;
            }
            store.db.exec("UPDATE deployment SET run_key = NULL WHERE run_key NOT IN (SELECT key FROM run)", &[])?;
            store.db.exec("DELETE FROM pipeline WHERE key NOT IN (SELECT pipeline FROM run)", &[])?;
            for (table, users) in USERS {
                let mut sql = format!("DELETE FROM {table} WHERE import = $1");
                for (user, column) in users {
                    sql.push_str(&format!(" AND key NOT IN (SELECT {column} FROM {user} WHERE {column} IS NOT NULL)"));
                }
                store.db.exec(&sql, &[import.into()])?;
            }
            store.db.exec("DELETE FROM import WHERE key = $1", &[import.into()])?;
            store.db.exec(
                "DELETE FROM sprint_report WHERE NOT EXISTS (SELECT 1 FROM sprint \
                 WHERE sprint.connection = sprint_report.connection AND sprint.id = sprint_report.sprint)",
                &[],
            )?;
            store.after_records()?;
            store.log("remove import", now)
        })
    }

    /// Edits by hand (not undone) of records that this import brought.
    fn edits_resting_on(&self, import: i64) -> Result<Vec<String>, StoreError> {
        let mut steps = Vec::new();
        self.db.each("SELECT name, edits FROM undo_step WHERE is_undone = 0", &[], |row| {
            steps.push((row.text(0)?, row.text(1)?));
            Ok(())
        })?;
        let mut resting = Vec::new();
        for (name, edits) in steps {
            let edits: Vec<Edit> = serde_json::from_str(&edits).map_err(|error| StoreError::Sql(error.to_string()))?;
            let records = edits.iter().filter_map(|edit| match edit {
                Edit::Record { after, .. } => after.as_ref(),
                Edit::Setting { .. } | Edit::Event { .. } => None,
            });
            for record in records {
                if self.import_of(record)? == Some(import) {
                    resting.push(format!("{name} ({})", describe(record)));
                }
            }
        }
        Ok(resting)
    }

    fn import_of(&self, record: &Record) -> Result<Option<i64>, StoreError> {
        let table = match record {
            Record::Deployment(_) => "deployment",
            Record::Incident(_) => "incident",
            _ => return Ok(None),
        };
        let (connection, id) = match record {
            Record::Deployment(r) => (&r.connection, &r.id),
            Record::Incident(r) => (&r.connection, &r.id),
            _ => return Ok(None),
        };
        let sql = format!("SELECT import FROM {table} WHERE connection = $1 AND id = $2");
        Ok(self.db.first(&sql, &[connection.into(), id.into()], |row| row.opt_int(0))?.flatten())
    }

    /// Whether nothing was ever put into the workspace.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        for (table, _) in IN_ORDER.iter() {
            let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
            if self.db.first(&sql, &[], |row| row.int(0))?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.db.first("SELECT value FROM setting WHERE name = $1", &[name.into()], |row| row.text(0))
    }

    pub fn set_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let values: [Val<'_>; 2] = [name.into(), value.into()];
        self.db.exec(
            "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &values,
        )?;
        Ok(())
    }
}
