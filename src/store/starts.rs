//! Runs that were started from here, and who did what: the memory that keeps anything from being started twice.

use super::db::{Row, Val};
use super::{Store, StoreError};
use crate::model::{Status, Time};

/// How far a start has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StartState {
    /// On disk; the request may or may not have gone out.
    #[default]
    Starting,
    /// The request went out and no clear answer came.
    Ambiguous,
    /// Taken on; its run is not known yet.
    Queued,
    Running,
    Ended,
    Refused,
    /// Taken out of the queue before it ran.
    Cancelled,
    /// No run was found in time: a person must look.
    Lost,
}

impl StartState {
    pub const ALL: [Self; 8] = [
        Self::Starting,
        Self::Ambiguous,
        Self::Queued,
        Self::Running,
        Self::Ended,
        Self::Refused,
        Self::Cancelled,
        Self::Lost,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ambiguous => "ambiguous",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
        }
    }

    /// Nothing more will come of it by itself.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Ended | Self::Refused | Self::Cancelled | Self::Lost)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct StartEntry {
    pub id: String,
    pub connection: String,
    pub pipeline: String,
    /// What its system calls it, once a run of it is known.
    pub pipeline_name: Option<String>,
    pub git_ref: Option<String>,
    /// By name; a secret has no value here.
    pub inputs: Vec<(String, Option<String>)>,
    pub environment: Option<String>,
    #[serde(skip)]
    pub before: Option<String>,
    #[serde(skip)]
    pub handle: Option<String>,
    pub state: StartState,
    pub run_id: Option<String>,
    pub run_attempt: Option<u32>,
    pub run_repo: Option<String>,
    /// The run's row, once it is here.
    #[serde(skip)]
    pub run_key: Option<u32>,
    pub status: Option<Status>,
    pub why: Option<String>,
    pub who: String,
    pub at: Time,
    pub updated_at: Time,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct AuditEntry {
    pub at: Time,
    pub who: String,
    pub act: String,
    pub connection: String,
    pub pipeline: String,
    /// What its system calls it, once a run of it is known.
    pub pipeline_name: Option<String>,
    pub run_id: Option<String>,
    pub names: Vec<String>,
    pub outcome: String,
}

impl StartEntry {
    /// What people call the pipeline.
    pub fn pipeline_shown(&self) -> &str {
        self.pipeline_name.as_deref().unwrap_or(&self.pipeline)
    }
}

impl AuditEntry {
    /// What people call the pipeline.
    pub fn pipeline_shown(&self) -> &str {
        self.pipeline_name.as_deref().unwrap_or(&self.pipeline)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PresetEntry {
    pub name: String,
    pub connection: String,
    pub pipeline: String,
    pub git_ref: Option<String>,
    /// By name; a secret has no value here, and is asked for.
    pub inputs: Vec<(String, Option<String>)>,
    pub service: Option<String>,
}

const ENVIRONMENTS_OF_RUN: &str = "SELECT environment.id FROM deployment \
     JOIN run ON run.key = deployment.run_key JOIN environment ON environment.key = deployment.environment \
     WHERE run.connection = $1 AND run.id = $2 \
     UNION SELECT environment FROM start WHERE connection = $1 AND run_id = $2 AND environment IS NOT NULL";

const START: &str = "SELECT id, connection, pipeline, git_ref, inputs, environment, before, handle, state, run_id, \
     run_attempt, run_repo, status, why, who, at, updated_at, \
     (SELECT name FROM pipeline WHERE pipeline.connection = start.connection AND pipeline.id = start.pipeline), \
     (SELECT MAX(run.key) FROM pipeline JOIN run ON run.pipeline = pipeline.key AND run.id = start.run_id \
      WHERE pipeline.connection = start.connection AND pipeline.id = start.pipeline) \
     FROM start";

fn start_of(row: &Row<'_>) -> Result<StartEntry, StoreError> {
    let state = row.str(8)?;
    Ok(StartEntry {
        id: row.text(0)?,
        connection: row.text(1)?,
        pipeline: row.text(2)?,
        git_ref: row.opt_text(3)?,
        inputs: serde_json::from_str(row.str(4)?).unwrap_or_default(),
        environment: row.opt_text(5)?,
        before: row.opt_text(6)?,
        handle: row.opt_text(7)?,
        state: StartState::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(StartState::Ambiguous),
        run_id: row.opt_text(9)?,
        run_attempt: row.opt_int(10)?.and_then(|n| u32::try_from(n).ok()),
        run_repo: row.opt_text(11)?,
        status: row.opt_str(12)?.and_then(Status::parse),
        why: row.opt_text(13)?,
        who: row.text(14)?,
        at: Time(row.int(15)?),
        updated_at: Time(row.int(16)?),
        pipeline_name: row.opt_text(17)?,
        run_key: row.opt_int(18)?.and_then(|key| u32::try_from(key).ok()),
    })
}

impl Store {
    /// Writes a start as it now stands; the first time is before its request goes out.
    pub fn put_start(&self, start: &StartEntry) -> Result<(), StoreError> {
        let inputs = serde_json::json!(start.inputs).to_string();
        let values: [Val<'_>; 17] = [
            (&start.id).into(),
            (&start.connection).into(),
            (&start.pipeline).into(),
            start.git_ref.as_ref().into(),
            (&inputs).into(),
            start.environment.as_ref().into(),
            start.before.as_ref().into(),
            start.handle.as_ref().into(),
            start.state.as_str().into(),
            start.run_id.as_ref().into(),
            start.run_attempt.into(),
            start.run_repo.as_ref().into(),
            start.status.map(Status::as_str).into(),
            start.why.as_ref().into(),
            (&start.who).into(),
            start.at.0.into(),
            start.updated_at.0.into(),
        ];
        self.db.exec(include_str!("sql/put_start.sql"), &values).map(|_| ())
    }

    /// The newest first.
    pub fn starts(&self, most: usize) -> Result<Vec<StartEntry>, StoreError> {
        let mut starts = Vec::new();
        self.db.each(&format!("{START} ORDER BY at DESC, key DESC LIMIT {most}"), &[], |row| {
            starts.push(start_of(row)?);
            Ok(())
        })?;
        Ok(starts)
    }

    /// The environments that a run deployed to, and that it was started for from here.
    pub fn environments_of_run(&self, connection: &str, run: &str) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        self.db.each(ENVIRONMENTS_OF_RUN, &[connection.into(), run.into()], |row| {
            found.push(row.text(0)?);
            Ok(())
        })?;
        Ok(found)
    }

    pub fn start(&self, id: &str) -> Result<Option<StartEntry>, StoreError> {
        self.db.first(&format!("{START} WHERE id = $1"), &[id.into()], start_of)
    }

    /// The last start that a run came of.
    pub fn start_of_run(&self, connection: &str, run: &str) -> Result<Option<StartEntry>, StoreError> {
        let sql = format!("{START} WHERE connection = $1 AND run_id = $2 ORDER BY at DESC LIMIT 1");
        self.db.first(&sql, &[connection.into(), run.into()], start_of)
    }

    /// Those of which something may still come, the oldest first: of runs without a name the oldest is that of the oldest.
    pub fn open_starts(&self) -> Result<Vec<StartEntry>, StoreError> {
        let mut starts = self.starts(1000)?;
        starts.retain(|start| !start.state.is_settled());
        starts.reverse();
        Ok(starts)
    }

    /// Whether a run is the fruit of another start.
    pub fn is_run_taken(&self, connection: &str, pipeline: &str, run: &str, but: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM start WHERE connection = $1 AND pipeline = $2 AND run_id = $3 AND id <> $4";
        let values = [connection.into(), pipeline.into(), run.into(), but.into()];
        Ok(self.db.first(sql, &values, |row| row.int(0))?.is_some())
    }

    pub fn add_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let names = serde_json::json!(entry.names).to_string();
        let values: [Val<'_>; 8] = [
            entry.at.0.into(),
            (&entry.who).into(),
            (&entry.act).into(),
            (&entry.connection).into(),
            (&entry.pipeline).into(),
            entry.run_id.as_ref().into(),
            (&names).into(),
            (&entry.outcome).into(),
        ];
        let sql = "INSERT INTO audit (at, who, act, connection, pipeline, run_id, names, outcome) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        self.db.exec(sql, &values).map(|_| ())
    }

    /// The newest first.
    pub fn audit(&self, most: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let mut entries = Vec::new();
        let sql = format!(
            "SELECT at, who, act, connection, pipeline, run_id, names, outcome, \
             (SELECT name FROM pipeline WHERE pipeline.connection = audit.connection AND pipeline.id = audit.pipeline) \
             FROM audit ORDER BY key DESC LIMIT {most}"
        );
        self.db.each(&sql, &[], |row| {
            entries.push(AuditEntry {
                at: Time(row.int(0)?),
                who: row.text(1)?,
                act: row.text(2)?,
                connection: row.text(3)?,
                pipeline: row.text(4)?,
                run_id: row.opt_text(5)?,
                names: serde_json::from_str(row.str(6)?).unwrap_or_default(),
                outcome: row.text(7)?,
                pipeline_name: row.opt_text(8)?,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    pub fn presets(&self) -> Result<Vec<PresetEntry>, StoreError> {
        let mut entries = Vec::new();
        let sql = "SELECT name, connection, pipeline, git_ref, inputs, service FROM preset ORDER BY name";
        self.db.each(sql, &[], |row| {
            entries.push(PresetEntry {
                name: row.text(0)?,
                connection: row.text(1)?,
                pipeline: row.text(2)?,
                git_ref: row.opt_text(3)?,
                inputs: serde_json::from_str(row.str(4)?).unwrap_or_default(),
                service: row.opt_text(5)?,
            });
            Ok(())
        })?;
        Ok(entries)
    }

    pub fn put_preset(&self, preset: &PresetEntry) -> Result<(), StoreError> {
        let inputs = serde_json::json!(preset.inputs).to_string();
        let values: [Val<'_>; 6] = [
            (&preset.name).into(),
            (&preset.connection).into(),
            (&preset.pipeline).into(),
            preset.git_ref.as_ref().into(),
            (&inputs).into(),
            preset.service.as_ref().into(),
        ];
        self.db.exec(include_str!("sql/put_preset.sql"), &values).map(|_| ())
    }

    pub fn delete_preset(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.db.exec("DELETE FROM preset WHERE name = $1", &[name.into()])? > 0)
    }
}
