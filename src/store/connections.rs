//! Connections to other systems, and how far each was read.

use super::db::Row;
use super::{Store, StoreError};
use crate::model::Time;

/// A connection as it is kept. Holds no secret, only where one is found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ConnectionEntry {
    pub name: String,
    pub system: String,
    pub base: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Where the secret is: "env NAME", "keychain" or "file".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    pub allow_http: bool,
    /// "none", or the address of a proxy; nothing for what the machine is set to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// Where the password of the proxy's user is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_secret: Option<String>,
    /// Repositories, projects or jobs.
    pub scope: Vec<String>,
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub settings: serde_json::Value,
    /// How often the window syncs it.
    pub every_s: u32,
    pub is_paused: bool,
    /// Where the next round goes on.
    #[serde(skip)]
    pub mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_at: Option<Time>,
    /// Why the last round failed; nothing after one that went well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Default for ConnectionEntry {
    fn default() -> Self {
        Self {
            name: String::new(),
            system: String::new(),
            base: String::new(),
            user: None,
            secret: None,
            ca_file: None,
            allow_http: false,
            proxy: None,
            proxy_secret: None,
            scope: Vec::new(),
            settings: serde_json::Value::Null,
            every_s: 60,
            is_paused: false,
            mark: None,
            tried_at: None,
            succeeded_at: None,
            error: None,
        }
    }
}

fn entry_of(row: &Row<'_>) -> Result<ConnectionEntry, StoreError> {
    Ok(ConnectionEntry {
        name: row.text(0)?,
        system: row.text(1)?,
        base: row.text(2)?,
        user: row.opt_text(3)?,
        secret: row.opt_text(4)?,
        ca_file: row.opt_text(5)?,
        allow_http: row.int(6)? != 0,
        scope: serde_json::from_str(row.str(7)?).unwrap_or_default(),
        settings: serde_json::from_str(row.str(8)?).unwrap_or_default(),
        every_s: u32::try_from(row.int(9)?).unwrap_or(60),
        is_paused: row.int(10)? != 0,
        mark: row.opt_text(11)?,
        tried_at: row.opt_int(12)?.map(Time),
        succeeded_at: row.opt_int(13)?.map(Time),
        error: row.opt_text(14)?,
        proxy: row.opt_text(15)?,
        proxy_secret: row.opt_text(16)?,
    })
}

impl Store {
    pub fn connections(&self) -> Result<Vec<ConnectionEntry>, StoreError> {
        let mut entries = Vec::new();
        self.db.each(include_str!("sql/connections.sql"), &[], |row| {
            entries.push(entry_of(row)?);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Adds a connection, or changes how one is reached; where it was read to stays, unless it asks another place now.
    pub fn put_connection(&self, entry: &ConnectionEntry) -> Result<(), StoreError> {
        let (scope, settings) = (serde_json::json!(entry.scope).to_string(), entry.settings.to_string());
        let values = [
            (&entry.name).into(),
            (&entry.system).into(),
            (&entry.base).into(),
            entry.user.as_ref().into(),
            entry.secret.as_ref().into(),
            entry.ca_file.as_ref().into(),
            i64::from(entry.allow_http).into(),
            (&scope).into(),
            (&settings).into(),
            i64::from(entry.every_s).into(),
            i64::from(entry.is_paused).into(),
            entry.proxy.as_ref().into(),
            entry.proxy_secret.as_ref().into(),
        ];
        self.db.exec(include_str!("sql/put_connection.sql"), &values).map(|_| ())
    }

    /// `false` where there was none of that name. The runs that it brought stay.
    pub fn delete_connection(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.db.exec("DELETE FROM connection WHERE name = $1", &[name.into()])? > 0)
    }

    /// Notes where the next round goes on; the caller has begun a transaction with what was read up to there.
    pub fn set_mark(&self, name: &str, mark: &str) -> Result<(), StoreError> {
        self.db.exec("UPDATE connection SET mark = $1 WHERE name = $2", &[mark.into(), name.into()]).map(|_| ())
    }

    /// Notes how a round ended.
    pub fn end_round(&self, name: &str, now: Time, error: Option<&str>) -> Result<(), StoreError> {
        let succeeded = error.is_none().then_some(now.0);
        let values = [now.0.into(), error.into(), succeeded.into(), name.into()];
        self.db.exec(include_str!("sql/end_round.sql"), &values).map(|_| ())
    }

    /// What a place brought goes on under its new name; where something has that name already, it stays as it is.
    pub fn rename_place(&self, connection: &str, old: &str, new: &str) -> Result<(), StoreError> {
        let values = || [new.into(), old.into(), connection.into()];
        self.db.exec("INSERT INTO word (text) VALUES ($1) ON CONFLICT (text) DO NOTHING", &[new.into()])?;
        for statement in include_str!("sql/rename_place.sql").split(';').map(str::trim).filter(|sql| !sql.is_empty()) {
            self.db.exec(statement, &values())?;
        }
        Ok(())
    }
}
