//! Records out of their tables.

use serde::de::DeserializeOwned;

use super::db::Row;
use super::tables::IN_ORDER;
use super::{Store, StoreError};
use crate::model::plan::{ItemKind, ItemState};
use crate::model::record::*;
use crate::model::{Status, Time};

impl Store {
    /// Calls `tell` with every record, in the order of the interchange format.
    pub fn each_record<E: From<StoreError>>(&self, mut tell: impl FnMut(Record) -> Result<(), E>) -> Result<(), E> {
        for (table, order) in IN_ORDER.iter() {
            let placeholders = if matches!(table.name, "team" | "service" | "environment") {
                " WHERE t.placeholder = 0"
            } else if table.name == "deployment" {
                " WHERE t.rule IS NULL OR t.rework IS NOT NULL OR t.rollback_of IS NOT NULL OR t.fixes IS NOT NULL"
            } else {
                ""
            };
            let sql = format!("{}{placeholders} ORDER BY {order}", table.select);
            let mut failed = None;
            self.db.each(&sql, &[], |row| {
                if failed.is_none() {
                    failed = tell(read(table.name, row)?).err();
                }
                Ok(())
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }
}

fn from_json<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>, StoreError> {
    text.map(|text| serde_json::from_str(text).map_err(|error| StoreError::Sql(error.to_string()))).transpose()
}

fn status_of(text: &str) -> Status {
    Status::parse(text).unwrap_or_default()
}

fn date(text: &str) -> Result<jiff::civil::Date, StoreError> {
    text.parse().map_err(|_error| StoreError::Sql("a date does not read back".to_owned()))
}

/// Reads a row of a table's select statement.
pub(super) fn read(table: &str, row: &Row<'_>) -> Result<Record, StoreError> {
    let time = |at: usize| row.opt_int(at).map(|micros| micros.map(Time));
    let connection = row.text(0)?;
    Ok(match table {
        "team" => Record::Team(Team { connection, id: row.text(1)?, name: row.text(2)? }),
        "calendar_day" => Record::CalendarDay(CalendarDay {
            connection,
            team: row.text(1)?,
            date: date(row.str(2)?)?,
            working: row.int(3)? != 0,
            name: row.opt_text(4)?,
        }),
        "service" => Record::Service(Service {
            connection,
            id: row.text(1)?,
            name: row.text(2)?,
            team: row.opt_text(3)?,
            tier: row.opt_str(4)?.and_then(|tier| match tier {
                "A" => Some(Tier::A),
                "B" => Some(Tier::B),
                "C" => Some(Tier::C),
                _ => None,
            }),
            repo: row.opt_text(5)?,
            slo: from_json(row.opt_str(6)?)?,
        }),
        "environment" => Record::Environment(Environment {
            connection,
            id: row.text(1)?,
            name: row.text(2)?,
            class: EnvironmentClass::parse(row.str(3)?).unwrap_or_default(),
            order: row.opt_int(4)?,
        }),
        "deployment_rule" => Record::DeploymentRule(DeploymentRule {
            connection,
            id: row.text(1)?,
            service: row.text(2)?,
            environment: row.text(3)?,
            run_connection: row.opt_text(4)?,
            pipeline: row.opt_text(5)?,
            stage: row.opt_text(6)?,
            branch: row.opt_text(7)?,
        }),
        "git_commit" => Record::Commit(Commit {
            connection,
            repo: row.text(1)?,
            sha: row.text(2)?,
            authored_at: Time(row.int(3)?),
            committed_at: time(4)?,
            author: row.opt_text(5)?,
            subject: row.opt_text(6)?,
            parents: from_json(row.opt_str(7)?)?,
            lines_added: row.opt_int(8)?,
            lines_deleted: row.opt_int(9)?,
            zone_assumed: row.opt_int(10)?.map(|flag| flag != 0),
        }),
        "change" => Record::Change(Change {
            connection,
            repo: row.text(1)?,
            id: row.text(2)?,
            created_at: Time(row.int(3)?),
            title: row.opt_text(4)?,
            author: row.opt_text(5)?,
            labels: from_json(row.opt_str(6)?)?,
            branch: row.opt_text(7)?,
            target: row.opt_text(8)?,
            first_commit_at: time(9)?,
            first_review_at: time(10)?,
            approved_at: time(11)?,
            merged_at: time(12)?,
            closed_at: time(13)?,
            merge_sha: row.opt_text(14)?,
            commits: from_json(row.opt_str(15)?)?,
            lines_added: row.opt_int(16)?,
            lines_deleted: row.opt_int(17)?,
            url: row.opt_text(18)?,
            zone_assumed: row.opt_int(19)?.map(|flag| flag != 0),
        }),
        "run" => {
            let pipeline = row.text(1)?;
            let name = row.opt_text(6)?.filter(|name| *name != pipeline);
            Record::Run(Run {
                connection,
                pipeline,
                id: row.text(2)?,
                attempt: row.int(3)? as u32,
                status: status_of(row.str(4)?),
                status_raw: row.opt_text(5)?,
                pipeline_name: name,
                number: row.opt_int(7)?,
                service: row.opt_text(8)?,
                repo: row.opt_text(9)?,
                branch: row.opt_text(10)?,
                tag: row.opt_text(11)?,
                sha: row.opt_text(12)?,
                actor: row.opt_text(13)?,
                event: row.opt_text(14)?,
                event_raw: row.opt_text(15)?,
                created_at: time(16)?,
                queued_at: time(17)?,
                started_at: time(18)?,
                finished_at: time(19)?,
                updated_at: time(20)?,
                url: row.opt_text(21)?,
                parent: row.opt_text(22)?,
                excluded: row.opt_int(23)?.map(|flag| flag != 0),
                commits: from_json(row.opt_str(24)?)?,
                stages: from_json(row.opt_str(25)?)?,
                zone_assumed: row.opt_int(26)?.map(|flag| flag != 0),
            })
        }
        "deployment" => {
            let run = row.opt_text(13)?.map(|id| -> Result<RunRef, StoreError> {
                Ok(RunRef {
                    connection: row.opt_text(11)?,
                    pipeline: row.opt_text(12)?.unwrap_or_default(),
                    id,
                    attempt: row.opt_int(14)?.unwrap_or(1) as u32,
                })
            });
            Record::Deployment(Deployment {
                connection,
                id: row.text(1)?,
                service: row.text(2)?,
                environment: row.text(3)?,
                status: status_of(row.str(4)?),
                version: row.opt_text(5)?,
                sha: row.opt_text(6)?,
                artifact_digest: row.opt_text(7)?,
                queued_at: time(8)?,
                started_at: time(9)?,
                finished_at: time(10)?,
                run: run.transpose()?,
                commits: from_json(row.opt_str(15)?)?,
                changes: from_json(row.opt_str(16)?)?,
                rollback_of: row.opt_text(17)?,
                rework: row.opt_int(18)?.map(|flag| flag != 0),
                fixes: from_json(row.opt_str(19)?)?,
                notified_at: time(20)?,
                actor: row.opt_text(21)?,
                url: row.opt_text(22)?,
                status_raw: row.opt_text(23)?,
                zone_assumed: row.opt_int(24)?.map(|flag| flag != 0),
            })
        }
        "incident" => Record::Incident(Incident {
            connection,
            id: row.text(1)?,
            title: row.text(2)?,
            service: row.opt_text(3)?,
            environment: row.opt_text(4)?,
            severity: row.opt_int(5)?.map(|severity| severity as u8),
            severity_raw: row.opt_text(6)?,
            started_at: time(7)?,
            declared_at: time(8)?,
            detected_at: time(9)?,
            detected_by: row.opt_text(10)?,
            acknowledged_at: time(11)?,
            mitigated_at: time(12)?,
            resolved_at: time(13)?,
            causes: from_json(row.opt_str(14)?)?,
            caused_by: None,
            cause_state: None,
            cause_kind: row.opt_text(15)?,
            reviewed_at: time(16)?,
            text: row.opt_text(17)?,
            labels: from_json(row.opt_str(18)?)?,
            url: row.opt_text(19)?,
            zone_assumed: row.opt_int(20)?.map(|flag| flag != 0),
        }),
        "item" => Record::Item(Item {
            connection,
            id: row.text(1)?,
            title: row.text(2)?,
            kind: ItemKind::parse(row.str(3)?).unwrap_or_default(),
            state: ItemState::parse(row.str(4)?).unwrap_or_default(),
            source_state: row.opt_text(5)?,
            service: row.opt_text(6)?,
            estimates: from_json(row.opt_str(7)?)?,
            rank: row.opt_text(8)?,
            assignee: row.opt_text(9)?,
            labels: from_json(row.opt_str(10)?)?,
            depends_on: from_json(row.opt_str(11)?)?,
            parent: row.opt_text(12)?,
            origin: from_json(row.opt_str(13)?)?,
            created_at: time(14)?,
            started_at: time(15)?,
            done_at: time(16)?,
            due: row.opt_str(17)?.map(date).transpose()?,
            links: from_json(row.opt_str(18)?)?,
            url: row.opt_text(19)?,
            zone_assumed: row.opt_int(20)?.map(|flag| flag != 0),
            description: row.opt_text(21)?,
        }),
        "person" => Record::Person(Person {
            connection,
            id: row.text(1)?,
            name: row.text(2)?,
            role: row.opt_text(3)?,
            team: row.opt_text(4)?,
            hours_per_day: row.opt_real(5)?,
        }),
        "absence" => Record::Absence(Absence {
            connection,
            id: row.text(1)?,
            person: row.text(2)?,
            from: date(row.str(3)?)?,
            to: date(row.str(4)?)?,
            kind: row.opt_text(5)?,
            share: row.opt_real(6)?,
        }),
        "ops_need" => Record::OpsNeed(OpsNeed {
            connection,
            id: row.text(1)?,
            item: row.text(2)?,
            kind: row.text(3)?,
            state: row.text(4)?,
            owner: row.opt_text(5)?,
            lead_days: row.opt_real(6)?,
            due_stage: row.opt_text(7)?,
            evidence: row.opt_text(8)?,
            note: row.opt_text(9)?,
        }),
        "ops_review" => Record::OpsReview(OpsReview {
            connection,
            id: row.text(1)?,
            item: row.text(2)?,
            state: row.text(3)?,
            reason: row.opt_text(4)?,
            unblock: row.opt_text(5)?,
            due: row.opt_text(6)?,
            by: row.opt_text(7)?,
            at: Time(row.int(8)?),
            item_version: row.opt_text(9)?,
            text: row.opt_text(10)?,
            zone_assumed: row.opt_int(11)?.map(|flag| flag != 0),
        }),
        "sprint" => Record::Sprint(Sprint {
            connection,
            id: row.text(1)?,
            team: row.text(2)?,
            name: row.text(3)?,
            goal: row.opt_text(4)?,
            starts_at: Time(row.int(5)?),
            ends_at: Time(row.int(6)?),
            started_at: time(7)?,
            closed_at: time(8)?,
            goal_result: row.opt_text(9)?,
            zone_assumed: row.opt_int(10)?.map(|flag| flag != 0),
        }),
        "sprint_event" => Record::SprintEvent(SprintEvent {
            connection,
            id: row.text(1)?,
            sprint: row.text(2)?,
            at: Time(row.int(3)?),
            seq: row.opt_int(4)?.and_then(|seq| u32::try_from(seq).ok()),
            kind: row.text(5)?,
            old: row.opt_text(6)?,
            new: row.opt_text(7)?,
            who: row.opt_text(8)?,
            note: row.opt_text(9)?,
            zone_assumed: row.opt_int(10)?.map(|flag| flag != 0),
        }),
        "item_event" => Record::ItemEvent(ItemEvent {
            connection,
            id: row.text(1)?,
            item: row.text(2)?,
            at: Time(row.int(3)?),
            seq: row.opt_int(4)?.and_then(|seq| u32::try_from(seq).ok()),
            kind: row.text(5)?,
            sprint: row.opt_text(6)?,
            old: row.opt_text(7)?,
            new: row.opt_text(8)?,
            reason: row.opt_text(9)?,
            who: row.opt_text(10)?,
            source: row.opt_text(11)?,
            zone_assumed: row.opt_int(12)?.map(|flag| flag != 0),
        }),
        _ => Record::IncidentEvent(IncidentEvent {
            connection,
            id: row.text(1)?,
            incident: row.text(2)?,
            at: Time(row.int(3)?),
            text: row.text(4)?,
            kind: row.opt_text(5)?,
            who: row.opt_text(6)?,
            zone_assumed: row.opt_int(7)?.map(|flag| flag != 0),
        }),
    })
}
