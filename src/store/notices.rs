//! What those who operate are told, and whether they have read it.

use super::{Store, StoreError};
use crate::model::{Status, Time};

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct NoticeEntry {
    pub key: i64,
    pub at: Time,
    pub title: String,
    pub text: String,
    pub connection: Option<String>,
    pub pipeline: Option<String>,
    pub run_id: Option<String>,
    /// The run's row, where it is known.
    #[serde(skip)]
    pub run_key: Option<u32>,
    pub is_read: bool,
}

/// A deployment to production that ended and of which nobody was told.
#[derive(Clone, Debug)]
pub struct Unannounced {
    pub key: i64,
    pub service: String,
    pub environment: String,
    pub status: Status,
    pub version: Option<String>,
    pub finished_at: Time,
    pub pipeline: Option<String>,
    pub run_id: Option<String>,
}

impl Store {
    pub fn unannounced(&self, connection: &str, since: Time) -> Result<Vec<Unannounced>, StoreError> {
        let mut found = Vec::new();
        self.db.each(include_str!("sql/unannounced.sql"), &[connection.into(), since.0.into()], |row| {
            found.push(Unannounced {
                key: row.int(0)?,
                service: row.text(1)?,
                environment: row.text(2)?,
                status: Status::parse(row.str(3)?).unwrap_or_default(),
                version: row.opt_text(4)?,
                finished_at: Time(row.int(5)?),
                pipeline: row.opt_text(6)?,
                run_id: row.opt_text(7)?,
            });
            Ok(())
        })?;
        Ok(found)
    }

    pub fn set_notified(&self, deployment: i64, at: Time) -> Result<(), StoreError> {
        let values = [at.0.into(), deployment.into()];
        self.db.exec("UPDATE deployment SET notified_at = $1 WHERE key = $2", &values).map(|_| ())
    }

    pub fn add_notice(&self, notice: &NoticeEntry) -> Result<(), StoreError> {
        let values = [
            notice.at.0.into(),
            (&notice.title).into(),
            (&notice.text).into(),
            notice.connection.as_ref().into(),
            notice.pipeline.as_ref().into(),
            notice.run_id.as_ref().into(),
        ];
        let sql = "INSERT INTO notice (at, title, text, connection, pipeline, run_id, is_read) \
                   VALUES ($1, $2, $3, $4, $5, $6, 0)";
        self.db.exec(sql, &values).map(|_| ())
    }

    /// The newest first.
    pub fn notices(&self, most: usize) -> Result<Vec<NoticeEntry>, StoreError> {
        let mut entries = Vec::new();
        let sql = format!(
            "SELECT key, at, title, text, connection, pipeline, run_id, is_read, \
             (SELECT MAX(run.key) FROM pipeline JOIN run ON run.pipeline = pipeline.key AND run.id = notice.run_id \
              WHERE pipeline.connection = notice.connection AND pipeline.id = notice.pipeline) \
             FROM notice ORDER BY key DESC LIMIT {most}"
        );
        self.db.each(&sql, &[], |row| {
            entries.push(NoticeEntry {
                key: row.int(0)?,
                at: Time(row.int(1)?),
                title: row.text(2)?,
                text: row.text(3)?,
                connection: row.opt_text(4)?,
                pipeline: row.opt_text(5)?,
                run_id: row.opt_text(6)?,
                is_read: row.int(7)? != 0,
                run_key: row.opt_int(8)?.and_then(|key| u32::try_from(key).ok()),
            });
            Ok(())
        })?;
        Ok(entries)
    }

    pub fn read_notices(&self) -> Result<(), StoreError> {
        self.db.exec("UPDATE notice SET is_read = 1 WHERE is_read = 0", &[]).map(|_| ())
    }
}
