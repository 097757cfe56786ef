//! What webhooks are still to be told.

use super::{Store, StoreError};
use crate::model::Time;

/// One announcement to one hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    pub key: i64,
    pub hook: String,
    /// As JSON.
    pub announcement: String,
    pub at: Time,
    /// It went out before, and how that ended was never written down.
    pub is_sent: bool,
}

impl Store {
    pub fn add_to_outbox(&self, hook: &str, announcement: &str, at: Time) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (hook, announcement, at, is_sent) VALUES ($1, $2, $3, 0)";
        self.db.exec(sql, &[hook.into(), announcement.into(), at.0.into()]).map(|_| ())
    }

    /// The oldest first.
    pub fn outbox(&self) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut entries = Vec::new();
        self.db.each("SELECT key, hook, announcement, at, is_sent FROM outbox ORDER BY key", &[], |row| {
            entries.push(OutboxEntry {
                key: row.int(0)?,
                hook: row.text(1)?,
                announcement: row.text(2)?,
                at: Time(row.int(3)?),
                is_sent: row.int(4)? != 0,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    /// `false` where another process has sent it.
    pub fn set_outbox_sent(&self, key: i64) -> Result<bool, StoreError> {
        Ok(self.db.exec("UPDATE outbox SET is_sent = 1 WHERE key = $1 AND is_sent = 0", &[key.into()])? > 0)
    }

    /// It did not go out after all.
    pub fn set_outbox_waiting(&self, key: i64) -> Result<(), StoreError> {
        self.db.exec("UPDATE outbox SET is_sent = 0 WHERE key = $1", &[key.into()]).map(|_| ())
    }

    pub fn take_from_outbox(&self, key: i64) -> Result<(), StoreError> {
        self.db.exec("DELETE FROM outbox WHERE key = $1", &[key.into()]).map(|_| ())
    }

    /// The last deployment that is known, and those to production that have not ended.
    pub fn deployments_known(&self) -> Result<(i64, Vec<i64>), StoreError> {
        let last = self.db.first("SELECT MAX(key) FROM deployment", &[], |row| row.opt_int(0))?;
        let mut open = Vec::new();
        self.db.each(include_str!("sql/open_deployments.sql"), &[], |row| {
            open.push(row.int(0)?);
            Ok(())
        })?;
        Ok((last.flatten().unwrap_or_default(), open))
    }
}
