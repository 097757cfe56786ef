//! Records into their tables, and out of existence.

use std::hash::BuildHasher as _;

use serde::Serialize;

use super::db::Val;
use super::ids::{Ids, Named};
use super::read::read;
use super::tables::*;
use super::{Store, StoreError};
use crate::model::Time;
use crate::model::record::*;

fn json<T: Serialize>(value: Option<&T>) -> Option<String> {
    value.and_then(|value| serde_json::to_string(value).ok())
}

fn time(value: Option<Time>) -> Val<'static> {
    value.map(|time| time.0).into()
}

fn flag(value: Option<bool>) -> Val<'static> {
    value.map(i64::from).into()
}

impl Store {
    /// Writes a record; the caller has begun a transaction. What others tell leaves what was edited by hand.
    pub fn put(&self, record: &Record, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        if meet == Meet::Merge
            && let Some(merged) = self.beside_edits(record, &mut ids.edited)?
        {
            return self.put_into_table(&merged, ids, meet);
        }
        let outcome = self.put_into_table(record, ids, meet)?;
        if let (Meet::Merge, Outcome::Changed, Record::Item(item)) = (meet, outcome, record) {
            ids.changed.insert((item.connection.clone(), item.id.clone()));
        }
        if meet == Meet::Merge && outcome == Outcome::New {
            ids.edited.hear(record);
            if let Record::Item(item) = record {
                ids.fresh.insert((item.connection.clone(), item.id.clone()));
            }
        }
        Ok(outcome)
    }

    fn put_into_table(&self, record: &Record, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        match record {
            Record::Header(_) => Ok(Outcome::Same),
            Record::Team(team) => {
                let values = [(&team.connection).into(), (&team.id).into(), (&team.name).into(), Val::Int(0)];
                let outcome = TEAM.put(ids, self, &values, meet)?;
                self.learn(ids, Named::Team, &team.connection, &team.id, outcome)
            }
            Record::CalendarDay(day) => {
                let team = ids.named(Named::Team, &day.connection, &day.team)?;
                let date = day.date.to_string();
                let values = [
                    (&day.connection).into(),
                    team.into(),
                    (&date).into(),
                    i64::from(day.working).into(),
                    day.name.as_ref().into(),
                ];
                CALENDAR_DAY.put(ids, self, &values, meet)
            }
            Record::Service(service) => self.put_service(service, ids, meet),
            Record::Environment(environment) => {
                let values = [
                    (&environment.connection).into(),
                    (&environment.id).into(),
                    (&environment.name).into(),
                    environment.class.as_str().into(),
                    environment.order.into(),
                    Val::Int(0),
                ];
                let outcome = ENVIRONMENT.put(ids, self, &values, meet)?;
                self.learn(ids, Named::Environment, &environment.connection, &environment.id, outcome)
            }
            Record::DeploymentRule(rule) => {
                let service = ids.named(Named::Service, &rule.connection, &rule.service)?;
                let environment = ids.named(Named::Environment, &rule.connection, &rule.environment)?;
                let values = [
                    (&rule.connection).into(),
                    (&rule.id).into(),
                    service.into(),
                    environment.into(),
                    rule.run_connection.as_ref().into(),
                    rule.pipeline.as_ref().into(),
                    rule.stage.as_ref().into(),
                    rule.branch.as_ref().into(),
                ];
                DEPLOYMENT_RULE.put(ids, self, &values, meet)
            }
            Record::Commit(commit) => self.put_commit(commit, ids, meet),
            Record::Change(change) => self.put_change(change, ids, meet),
            Record::Run(run) => self.put_run(run, ids, meet),
            Record::Deployment(deployment) => self.put_deployment(deployment, ids, meet),
            Record::Incident(incident) => self.put_incident(incident, ids, meet),
            Record::IncidentEvent(event) => {
                let values = [
                    (&event.connection).into(),
                    (&event.id).into(),
                    (&event.incident).into(),
                    event.at.0.into(),
                    (&event.text).into(),
                    event.kind.as_ref().into(),
                    event.who.as_ref().into(),
                    flag(event.zone_assumed),
                ];
                INCIDENT_EVENT.put(ids, self, &values, meet)
            }
            Record::Person(person) => {
                let values = [
                    (&person.connection).into(),
                    (&person.id).into(),
                    (&person.name).into(),
                    person.role.as_ref().into(),
                    person.team.as_ref().into(),
                    person.hours_per_day.into(),
                ];
                PERSON.put(ids, self, &values, meet)
            }
            Record::Absence(absence) => {
                let (from, to) = (absence.from.to_string(), absence.to.to_string());
                let values = [
                    (&absence.connection).into(),
                    (&absence.id).into(),
                    (&absence.person).into(),
                    (&from).into(),
                    (&to).into(),
                    absence.kind.as_ref().into(),
                    absence.share.into(),
                ];
                ABSENCE.put(ids, self, &values, meet)
            }
            Record::OpsNeed(need) => {
                let values = [
                    (&need.connection).into(),
                    (&need.id).into(),
                    (&need.item).into(),
                    (&need.kind).into(),
                    (&need.state).into(),
                    need.owner.as_ref().into(),
                    need.lead_days.into(),
                    need.due_stage.as_ref().into(),
                    need.evidence.as_ref().into(),
                    need.note.as_ref().into(),
                ];
                OPS_NEED.put(ids, self, &values, meet)
            }
            Record::OpsReview(review) => {
                let values = [
                    (&review.connection).into(),
                    (&review.id).into(),
                    (&review.item).into(),
                    (&review.state).into(),
                    review.reason.as_ref().into(),
                    review.unblock.as_ref().into(),
                    review.due.as_ref().into(),
                    review.by.as_ref().into(),
                    review.at.0.into(),
                    review.item_version.as_ref().into(),
                    review.text.as_ref().into(),
                    flag(review.zone_assumed),
                ];
                OPS_REVIEW.put(ids, self, &values, meet)
            }
            Record::Item(item) => self.put_item(item, ids, meet),
            Record::Sprint(sprint) => {
                let team = ids.named(Named::Team, &sprint.connection, &sprint.team)?;
                let values = [
                    (&sprint.connection).into(),
                    (&sprint.id).into(),
                    team.into(),
                    (&sprint.name).into(),
                    sprint.goal.as_ref().into(),
                    sprint.starts_at.0.into(),
                    sprint.ends_at.0.into(),
                    time(sprint.started_at),
                    time(sprint.closed_at),
                    sprint.goal_result.as_ref().into(),
                    flag(sprint.zone_assumed),
                ];
                SPRINT.put(ids, self, &values, meet)
            }
            Record::SprintEvent(event) => {
                let values = [
                    (&event.connection).into(),
                    (&event.id).into(),
                    (&event.sprint).into(),
                    event.at.0.into(),
                    event.seq.into(),
                    (&event.kind).into(),
                    event.old.as_ref().into(),
                    event.new.as_ref().into(),
                    event.who.as_ref().into(),
                    event.note.as_ref().into(),
                    flag(event.zone_assumed),
                ];
                SPRINT_EVENT.put(ids, self, &values, meet)
            }
            Record::ItemEvent(event) => {
                let values = [
                    (&event.connection).into(),
                    (&event.id).into(),
                    (&event.item).into(),
                    event.at.0.into(),
                    event.seq.into(),
                    (&event.kind).into(),
                    event.sprint.as_ref().into(),
                    event.old.as_ref().into(),
                    event.new.as_ref().into(),
                    event.reason.as_ref().into(),
                    event.who.as_ref().into(),
                    event.source.as_ref().into(),
                    flag(event.zone_assumed),
                ];
                ITEM_EVENT.put(ids, self, &values, meet)
            }
        }
    }

    fn learn(
        &self,
        ids: &mut Ids<'_>,
        kind: Named,
        connection: &str,
        id: &str,
        outcome: Outcome,
    ) -> Result<Outcome, StoreError> {
        match outcome {
            Outcome::New => ids.learn(kind, connection, id, self.db.last_key()),
            Outcome::Changed if ids.describe(kind, connection, id) => return Ok(Outcome::New),
            Outcome::Changed | Outcome::Same => {}
        }
        Ok(outcome)
    }

    fn put_service(&self, service: &Service, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let team = ids.opt_named(Named::Team, &service.connection, service.team.as_ref())?;
        let tier = service.tier.map(|tier| match tier {
            Tier::A => "A",
            Tier::B => "B",
            Tier::C => "C",
        });
        let slo = json(service.slo.as_ref());
        let values = [
            (&service.connection).into(),
            (&service.id).into(),
            (&service.name).into(),
            team.into(),
            tier.into(),
            service.repo.as_ref().into(),
            slo.as_ref().into(),
            Val::Int(0),
        ];
        let outcome = SERVICE.put(ids, self, &values, meet)?;
        self.learn(ids, Named::Service, &service.connection, &service.id, outcome)
    }

    fn put_commit(&self, commit: &Commit, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let repo = ids.word(&commit.repo)?;
        let author = ids.opt_word(commit.author.as_ref())?;
        let parents = json(commit.parents.as_ref());
        let values = [
            (&commit.connection).into(),
            repo.into(),
            (&commit.sha).into(),
            commit.authored_at.0.into(),
            time(commit.committed_at),
            author.into(),
            commit.subject.as_ref().into(),
            parents.as_ref().into(),
            commit.lines_added.into(),
            commit.lines_deleted.into(),
            flag(commit.zone_assumed),
        ];
        COMMIT.put(ids, self, &values, meet)
    }

    fn put_change(&self, change: &Change, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let repo = ids.word(&change.repo)?;
        let author = ids.opt_word(change.author.as_ref())?;
        let (labels, commits) = (json(change.labels.as_ref()), json(change.commits.as_ref()));
        let values = [
            (&change.connection).into(),
            repo.into(),
            (&change.id).into(),
            change.created_at.0.into(),
            change.title.as_ref().into(),
            author.into(),
            labels.as_ref().into(),
            change.branch.as_ref().into(),
            change.target.as_ref().into(),
            time(change.first_commit_at),
            time(change.first_review_at),
            time(change.approved_at),
            time(change.merged_at),
            time(change.closed_at),
            change.merge_sha.as_ref().into(),
            commits.as_ref().into(),
            change.lines_added.into(),
            change.lines_deleted.into(),
            change.url.as_ref().into(),
            flag(change.zone_assumed),
        ];
        CHANGE.put(ids, self, &values, meet)
    }

    fn put_run(&self, run: &Run, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let pipeline = ids.pipeline(&run.connection, &run.pipeline, run.pipeline_name.as_ref(), run.first_time())?;
        let service = ids.opt_named(Named::Service, &run.connection, run.service.as_ref())?;
        let repo = ids.opt_word(run.repo.as_ref())?;
        let branch = ids.opt_word(run.branch.as_ref())?;
        let actor = ids.opt_word(run.actor.as_ref())?;
        let (commits, stages) = (json(run.commits.as_ref()), json(run.stages.as_ref()));
        let values = [
            pipeline.into(),
            (&run.id).into(),
            run.attempt.into(),
            (&run.connection).into(),
            run.status.as_str().into(),
            run.status_raw.as_ref().into(),
            run.number.into(),
            service.into(),
            repo.into(),
            branch.into(),
            run.tag.as_ref().into(),
            run.sha.as_ref().into(),
            actor.into(),
            run.event.as_ref().into(),
            run.event_raw.as_ref().into(),
            time(run.created_at),
            time(run.queued_at),
            time(run.started_at),
            time(run.finished_at),
            time(run.updated_at),
            run.url.as_ref().into(),
            run.parent.as_ref().into(),
            flag(run.excluded),
            commits.as_ref().into(),
            stages.as_ref().into(),
            flag(run.zone_assumed),
        ];
        RUN.put(ids, self, &values, meet)
    }

    pub(super) fn put_deployment(
        &self,
        deployment: &Deployment,
        ids: &mut Ids<'_>,
        meet: Meet,
    ) -> Result<Outcome, StoreError> {
        let service = ids.named(Named::Service, &deployment.connection, &deployment.service)?;
        let environment = ids.named(Named::Environment, &deployment.connection, &deployment.environment)?;
        let actor = ids.opt_word(deployment.actor.as_ref())?;
        let run = deployment.run.as_ref();
        let (commits, changes) = (json(deployment.commits.as_ref()), json(deployment.changes.as_ref()));
        let fixes = json(deployment.fixes.as_ref());
        let values = [
            (&deployment.connection).into(),
            (&deployment.id).into(),
            service.into(),
            environment.into(),
            deployment.status.as_str().into(),
            deployment.version.as_ref().into(),
            deployment.sha.as_ref().into(),
            deployment.artifact_digest.as_ref().into(),
            time(deployment.queued_at),
            time(deployment.started_at),
            time(deployment.finished_at),
            run.and_then(|run| run.connection.as_ref()).into(),
            run.map(|run| &run.pipeline).into(),
            run.map(|run| &run.id).into(),
            run.map(|run| run.attempt).into(),
            commits.as_ref().into(),
            changes.as_ref().into(),
            deployment.rollback_of.as_ref().into(),
            flag(deployment.rework),
            fixes.as_ref().into(),
            time(deployment.notified_at),
            actor.into(),
            deployment.url.as_ref().into(),
            deployment.status_raw.as_ref().into(),
            flag(deployment.zone_assumed),
        ];
        DEPLOYMENT.put(ids, self, &values, meet)
    }

    fn put_incident(&self, incident: &Incident, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let service = ids.opt_named(Named::Service, &incident.connection, incident.service.as_ref())?;
        let environment = ids.opt_named(Named::Environment, &incident.connection, incident.environment.as_ref())?;
        let (causes, labels) = (json(incident.causes.as_ref()), json(incident.labels.as_ref()));
        let values = [
            (&incident.connection).into(),
            (&incident.id).into(),
            (&incident.title).into(),
            service.into(),
            environment.into(),
            incident.severity.map(u32::from).into(),
            incident.severity_raw.as_ref().into(),
            time(incident.started_at),
            time(incident.declared_at),
            time(incident.detected_at),
            incident.detected_by.as_ref().into(),
            time(incident.acknowledged_at),
            time(incident.mitigated_at),
            time(incident.resolved_at),
            causes.as_ref().into(),
            incident.cause_kind.as_ref().into(),
            time(incident.reviewed_at),
            incident.text.as_ref().into(),
            labels.as_ref().into(),
            incident.url.as_ref().into(),
            flag(incident.zone_assumed),
        ];
        INCIDENT.put(ids, self, &values, meet)
    }

    fn put_item(&self, item: &Item, ids: &mut Ids<'_>, meet: Meet) -> Result<Outcome, StoreError> {
        let service = ids.opt_named(Named::Service, &item.connection, item.service.as_ref())?;
        let (estimates, origin) = (json(item.estimates.as_ref()), json(item.origin.as_ref()));
        let (labels, depends_on) = (json(item.labels.as_ref()), json(item.depends_on.as_ref()));
        let links = json(item.links.as_ref());
        let due = item.due.map(|due| due.to_string());
        let values = [
            (&item.connection).into(),
            (&item.id).into(),
            (&item.title).into(),
            item.kind.as_str().into(),
            item.state.as_str().into(),
            item.source_state.as_ref().into(),
            service.into(),
            estimates.as_ref().into(),
            item.rank.as_ref().into(),
            item.assignee.as_ref().into(),
            labels.as_ref().into(),
            depends_on.as_ref().into(),
            item.parent.as_ref().into(),
            origin.as_ref().into(),
            time(item.created_at),
            time(item.started_at),
            time(item.done_at),
            due.as_ref().into(),
            links.as_ref().into(),
            item.url.as_ref().into(),
            flag(item.zone_assumed),
            item.description.as_ref().into(),
        ];
        ITEM.put(ids, self, &values, meet)
    }

    /// A number that records of one identity share.
    pub fn identity_hash(record: &Record) -> u64 {
        let hasher = rustc_hash::FxBuildHasher;
        match record {
            Record::Run(r) => hasher.hash_one((8, &r.connection, &r.pipeline, &r.id, r.attempt)),
            Record::Commit(r) => hasher.hash_one((6, &r.connection, &r.repo, &r.sha)),
            Record::Change(r) => hasher.hash_one((7, &r.connection, &r.repo, &r.id)),
            Record::Deployment(r) => hasher.hash_one((9, &r.connection, &r.id)),
            other => {
                let (table, _, values) = identity(other);
                hasher.hash_one((table.name, values))
            }
        }
    }

    /// The record of the same identity as it now is.
    pub fn current(&self, record: &Record) -> Result<Option<Record>, StoreError> {
        let (table, condition, values) = identity(record);
        let sql = format!("{} WHERE {condition}", table.select);
        let values: Vec<Val<'_>> = values.iter().map(|part| part.as_str().into()).collect();
        self.db.first(&sql, &values, |row| read(table.name, row))
    }

    /// Takes a record away; the caller has begun a transaction.
    pub fn delete(&self, record: &Record, ids: &mut Ids<'_>) -> Result<(), StoreError> {
        let deleted = match record {
            Record::CalendarDay(day) => {
                let team = ids.named(Named::Team, &day.connection, &day.team)?;
                let date = day.date.to_string();
                self.db.exec(&CALENDAR_DAY.delete, &[(&day.connection).into(), team.into(), (&date).into()])
            }
            Record::Commit(commit) => {
                let repo = ids.word(&commit.repo)?;
                self.db.exec(&COMMIT.delete, &[(&commit.connection).into(), repo.into(), (&commit.sha).into()])
            }
            Record::Change(change) => {
                let repo = ids.word(&change.repo)?;
                self.db.exec(&CHANGE.delete, &[(&change.connection).into(), repo.into(), (&change.id).into()])
            }
            Record::Run(run) => {
                let pipeline = ids.pipeline(&run.connection, &run.pipeline, None, None)?;
                self.db.exec(&RUN.delete, &[pipeline.into(), (&run.id).into(), run.attempt.into()])
            }
            other => {
                let (table, _, values) = identity(other);
                let values: Vec<Val<'_>> = values.iter().map(|part| part.as_str().into()).collect();
                self.db.exec(&table.delete, &values)
            }
        };
        match deleted {
            Ok(_) => Ok(()),
            Err(StoreError::Sql(why)) if why.contains("FOREIGN KEY") => {
                Err(StoreError::StillUsed { record: describe(record), by: "deployments, runs or rules".to_owned() })
            }
            Err(error) => Err(error),
        }
    }
}

/// What a person calls a record.
pub fn describe(record: &Record) -> String {
    let (_, _, identity) = identity(record);
    format!("{} \"{}\"", record.type_name().replace('_', " "), identity.last().map_or("", String::as_str))
}

/// A record's table, the condition that finds its row in the select statement, and the values for it.
pub(super) fn identity(record: &Record) -> (&'static Table, &'static str, Vec<String>) {
    const BY_ID: &str = "t.connection = $1 AND t.id = $2";
    let by_id = |connection: &String, id: &String| vec![connection.clone(), id.clone()];
    match record {
        Record::Header(_) => (&TEAM, "1 = 0", Vec::new()),
        Record::Team(r) => (&TEAM, BY_ID, by_id(&r.connection, &r.id)),
        Record::CalendarDay(r) => (
            &CALENDAR_DAY,
            "t.connection = $1 AND team.id = $2 AND t.date = $3",
            vec![r.connection.clone(), r.team.clone(), r.date.to_string()],
        ),
        Record::Service(r) => (&SERVICE, BY_ID, by_id(&r.connection, &r.id)),
        Record::Environment(r) => (&ENVIRONMENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::DeploymentRule(r) => (&DEPLOYMENT_RULE, BY_ID, by_id(&r.connection, &r.id)),
        Record::Commit(r) => (
            &COMMIT,
            "t.connection = $1 AND repo.text = $2 AND t.sha = $3",
            vec![r.connection.clone(), r.repo.clone(), r.sha.clone()],
        ),
        Record::Change(r) => (
            &CHANGE,
            "t.connection = $1 AND repo.text = $2 AND t.id = $3",
            vec![r.connection.clone(), r.repo.clone(), r.id.clone()],
        ),
        Record::Run(r) => (
            &RUN,
            "t.connection = $1 AND pipeline.id = $2 AND t.id = $3 AND t.attempt = CAST($4 AS INTEGER)",
            vec![r.connection.clone(), r.pipeline.clone(), r.id.clone(), r.attempt.to_string()],
        ),
        Record::Deployment(r) => (&DEPLOYMENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::Incident(r) => (&INCIDENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::IncidentEvent(r) => (&INCIDENT_EVENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::Person(r) => (&PERSON, BY_ID, by_id(&r.connection, &r.id)),
        Record::Absence(r) => (&ABSENCE, BY_ID, by_id(&r.connection, &r.id)),
        Record::OpsNeed(r) => (&OPS_NEED, BY_ID, by_id(&r.connection, &r.id)),
        Record::OpsReview(r) => (&OPS_REVIEW, BY_ID, by_id(&r.connection, &r.id)),
        Record::Item(r) => (&ITEM, BY_ID, by_id(&r.connection, &r.id)),
        Record::Sprint(r) => (&SPRINT, BY_ID, by_id(&r.connection, &r.id)),
        Record::SprintEvent(r) => (&SPRINT_EVENT, BY_ID, by_id(&r.connection, &r.id)),
        Record::ItemEvent(r) => (&ITEM_EVENT, BY_ID, by_id(&r.connection, &r.id)),
    }
}
