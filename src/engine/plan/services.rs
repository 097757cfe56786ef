//! What the data tells of the services that items are for: how risky a deployment is, how much of the error budget is left,
//! how the main branch stands, and how the last deployments went.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::engine::{EngineError, Snapshot, Workspace};
use crate::metrics::plan::budget::{self, Budget, Trouble};
use crate::metrics::plan::nearest_rank;
use crate::metrics::plan::readiness::{Artifacts, Level, MainRun, WATCHED_HOURS};
use crate::metrics::plan::risk::{self, Outcome, Rated, Risk};
use crate::model::columns::{NO_CODE, NO_TIME};
use crate::model::record::{Record, Service, Tier};
use crate::model::{Status, Time};

/// How far back the deployments of a service are counted.
const RISK_DAYS: i64 = 180;
const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;
/// Deployments that are looked at for whether somebody was told.
const LAST: usize = 5;
const MAIN: [&str; 4] = ["main", "master", "trunk", "develop"];

/// So many incidents of a service tell what its work runs into.
const LAST_INCIDENTS: usize = 5;

/// A service as a plan sees it.
#[derive(Clone, Debug)]
pub struct ServiceFacts {
    pub id: String,
    pub name: String,
    /// Nothing where neither a tier nor an objective says how much is asked.
    pub level: Option<Level>,
    /// Nothing where nothing was ever deployed to production; a service that was not has the rate of all.
    pub risk: Option<Risk>,
    pub budget: Option<Budget>,
    /// The median of the incidents that ended in the same time as deployments are counted in.
    pub recovery_hours: Option<f64>,
    pub days_since_deployment: Option<i64>,
    pub main: Option<MainRun>,
    pub artifacts: Option<Artifacts>,
    pub pipeline: Option<String>,
    pub told: Option<(u32, u32)>,
    /// Hours since the last deployment, and incidents after it that wait for a cause.
    pub after_deployment: Option<(u32, u32)>,
    /// The titles of its last incidents.
    pub incidents: Vec<String>,
}

/// Rows of one service, the oldest first.
#[derive(Default)]
struct Rows {
    production: Vec<usize>,
    elsewhere: Vec<usize>,
    incidents: Vec<usize>,
    main_run: Option<usize>,
}

/// A deployment to production as it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployed {
    pub at: Time,
    pub failed: bool,
}

/// Everything that is known of services, by their ids.
#[derive(Debug, Default)]
pub struct Services {
    pub facts: BTreeMap<String, ServiceFacts>,
    /// How the ratings of past deployments did: low, medium, high.
    pub rated: [Rated; 3],
    /// Deployments to production, the oldest first.
    pub deployed: BTreeMap<String, Vec<Deployed>>,
}

pub fn services(workspace: &Workspace, snapshot: &Snapshot) -> Result<Services, EngineError> {
    let (data, now) = (&snapshot.data, snapshot.now());
    let rows = rows_of(snapshot);
    let rate = rate_of_all(snapshot, &rows, now);
    let mut found = Services { rated: rated(snapshot, &rows), ..Services::default() };
    for record in snapshot.records.iter() {
        let Record::Service(service) = record else { continue };
        let Some(entry) =
            data.catalog.services.iter().find(|it| it.id == service.id && it.connection == service.connection)
        else {
            continue;
        };
        let empty = Rows::default();
        let rows = rows.get(&entry.key).unwrap_or(&empty);
        found.facts.insert(service.id.clone(), facts_of(workspace, snapshot, service, rows, rate, now)?);
        found.deployed.insert(service.id.clone(), deployed(snapshot, rows, now));
    }
    Ok(found)
}

fn rows_of(snapshot: &Snapshot) -> FxHashMap<u32, Rows> {
    let data = &snapshot.data;
    let (d, runs, incidents) = (&data.deployments, &data.runs, &data.incidents);
    let mut rows: FxHashMap<u32, Rows> = FxHashMap::default();
    for row in 0..d.len() {
        let counts = matches!(d.status[row], Status::Succeeded | Status::Warnings | Status::Failed);
        if d.finished[row] == NO_TIME || !counts {
            continue;
        }
        let of = rows.entry(d.service[row]).or_default();
        let list = if data.catalog.is_production(d.environment[row]) { &mut of.production } else { &mut of.elsewhere };
        list.push(row);
    }
    for row in (0..incidents.len()).filter(|row| incidents.service[*row] != NO_CODE) {
        rows.entry(incidents.service[row]).or_default().incidents.push(row);
    }
    let mains: Vec<u32> =
        data.catalog.branches.iter().copied().filter(|code| MAIN.contains(&data.catalog.word(*code))).collect();
    for row in (0..runs.len()).filter(|row| runs.service[*row] != NO_CODE && mains.contains(&runs.branch[*row])) {
        let known = &mut rows.entry(runs.service[row]).or_default().main_run;
        if runs.status[row].is_finished() && known.is_none_or(|known| runs.at[known] <= runs.at[row]) {
            *known = Some(row);
        }
    }
    rows
}

/// The rate of failed deployments of everybody, to which little data is drawn.
fn rate_of_all(snapshot: &Snapshot, rows: &FxHashMap<u32, Rows>, now: Time) -> Option<f64> {
    let (deployed, failed) = rows.values().fold((0, 0), |sum, rows| {
        let (deployed, failed) = counted(snapshot, rows, now);
        (sum.0 + deployed, sum.1 + failed)
    });
    (deployed > 0).then(|| f64::from(failed) / f64::from(deployed))
}

fn counted(snapshot: &Snapshot, rows: &Rows, now: Time) -> (u32, u32) {
    let d = &snapshot.data.deployments;
    let recent = rows.production.iter().filter(|row| {
        let finished = d.finished[**row];
        finished >= now.0 - RISK_DAYS * DAY && finished <= now.0
    });
    recent.fold((0, 0), |sum, row| (sum.0 + 1, sum.1 + u32::from(snapshot.links.failed_by[*row] != 0)))
}

fn facts_of(
    workspace: &Workspace,
    snapshot: &Snapshot,
    service: &Service,
    rows: &Rows,
    rate: Option<f64>,
    now: Time,
) -> Result<ServiceFacts, EngineError> {
    let (d, incidents) = (&snapshot.data.deployments, &snapshot.data.incidents);
    let (deployed, failed) = counted(snapshot, rows, now);
    let last = rows.production.iter().rev().find(|row| d.finished[**row] <= now.0).copied();
    let troubles: Vec<Trouble> = rows
        .incidents
        .iter()
        .map(|row| Trouble {
            from: incidents.began[*row],
            to: incidents.ended(*row).map_or(i64::MAX, |at| at.0),
            severity: incidents.severity[*row],
        })
        .collect();
    let slo = service.slo.as_ref();
    let window = |days: u32| if days == 0 { budget::WINDOW_DAYS } else { days };
    let level = service.tier.map(|tier| match tier {
        Tier::A => Level::A,
        Tier::B => Level::B,
        Tier::C => Level::C,
    });
    Ok(ServiceFacts {
        id: service.id.clone(),
        name: service.name.clone(),
        level: level.or_else(|| slo.map(|slo| Level::of_target(slo.target))),
        risk: rate.map(|rate| risk::risk(Some(rate), deployed, failed)),
        budget: slo.and_then(|slo| budget::budget(slo.target, window(slo.window_days), &troubles, now.0)),
        recovery_hours: recovery_hours(&troubles, now),
        days_since_deployment: last.map(|row| (now.0 - d.finished[row]) / DAY),
        main: rows.main_run.map(|row| main_run(workspace, snapshot, row)).transpose()?.flatten(),
        artifacts: last.and_then(|row| artifacts(snapshot, rows, row)),
        pipeline: pipeline_of(snapshot, &service.id),
        told: told(workspace, snapshot, rows)?,
        after_deployment: last.map(|row| after(snapshot, rows, d.finished[row], now)),
        incidents: last_incidents(workspace, snapshot, rows)?,
    })
}

fn last_incidents(workspace: &Workspace, snapshot: &Snapshot, rows: &Rows) -> Result<Vec<String>, EngineError> {
    let incidents = &snapshot.data.incidents;
    let mut last = rows.incidents.clone();
    last.sort_by_key(|row| std::cmp::Reverse(incidents.began[*row]));
    let titles = last.iter().take(LAST_INCIDENTS).map(|row| workspace.store.incident_subject(incidents.key[*row]));
    Ok(titles.map(|subject| subject.map(|subject| subject.title)).collect::<Result<_, _>>()?)
}

fn recovery_hours(troubles: &[Trouble], now: Time) -> Option<f64> {
    let recent = troubles.iter().filter(|trouble| trouble.to <= now.0 && trouble.to >= now.0 - RISK_DAYS * DAY);
    let mut hours: Vec<f64> = recent.map(|trouble| (trouble.to - trouble.from) as f64 / HOUR as f64).collect();
    hours.sort_by(f64::total_cmp);
    nearest_rank(&hours, 0.5)
}

fn deployed(snapshot: &Snapshot, rows: &Rows, now: Time) -> Vec<Deployed> {
    let finished = &snapshot.data.deployments.finished;
    let known = rows.production.iter().filter(|row| finished[**row] <= now.0);
    let mut deployed: Vec<Deployed> =
        known.map(|row| Deployed { at: Time(finished[*row]), failed: snapshot.links.failed_by[*row] != 0 }).collect();
    deployed.sort_by_key(|deployed| deployed.at);
    deployed
}

fn rated(snapshot: &Snapshot, rows: &FxHashMap<u32, Rows>) -> [Rated; 3] {
    let (finished, now) = (&snapshot.data.deployments.finished, snapshot.now());
    let mut outcomes = Vec::new();
    for (service, rows) in rows {
        let known = rows.production.iter().filter(|row| finished[**row] <= now.0);
        outcomes.extend(known.map(|row| Outcome {
            at: finished[*row],
            service: *service,
            failed: snapshot.links.failed_by[*row] != 0,
        }));
    }
    risk::calibration(outcomes, RISK_DAYS * DAY)
}

fn main_run(workspace: &Workspace, snapshot: &Snapshot, row: usize) -> Result<Option<MainRun>, EngineError> {
    let (runs, catalog) = (&snapshot.data.runs, &snapshot.data.catalog);
    let Some(detail) = workspace.store.run_detail(runs.key[row])? else { return Ok(None) };
    let is_test = |stage: &crate::model::record::Stage| {
        let names = [Some(&stage.name), stage.kind.as_ref()];
        names.into_iter().flatten().any(|name| name.to_lowercase().contains("test"))
    };
    Ok(Some(MainRun {
        pipeline: catalog.pipeline(runs.pipeline[row]).map(|it| it.name.clone()).unwrap_or_default(),
        is_green: matches!(runs.status[row], Status::Succeeded | Status::Warnings),
        has_tests: detail.run.stages.map(|stages| stages.iter().any(is_test)),
        minutes: runs.duration_s(row).map(|seconds| (seconds / 60.0).ceil() as u32),
    }))
}

/// Whether what runs in production was in another environment before.
fn artifacts(snapshot: &Snapshot, rows: &Rows, last: usize) -> Option<Artifacts> {
    let d = &snapshot.data.deployments;
    let version = d.version[last];
    if version == NO_CODE || rows.elsewhere.is_empty() {
        return None;
    }
    let mut environments: Vec<u32> =
        rows.elsewhere.iter().filter(|row| d.version[**row] == version).map(|row| d.environment[*row]).collect();
    environments.sort_unstable();
    environments.dedup();
    let differ = environments.is_empty();
    Some(Artifacts { environments: if differ { 2 } else { environments.len() as u32 + 1 }, differ })
}

/// A favourite of the service, else the pipeline that a deployment rule names.
fn pipeline_of(snapshot: &Snapshot, service: &str) -> Option<String> {
    let favourite = snapshot.presets.iter().find(|preset| preset.service.as_deref() == Some(service));
    favourite.map(|preset| preset.name.clone()).or_else(|| {
        snapshot.records.iter().find_map(|record| match record {
            Record::DeploymentRule(rule) if rule.service == service => rule.pipeline.clone(),
            _ => None,
        })
    })
}

fn told(workspace: &Workspace, snapshot: &Snapshot, rows: &Rows) -> Result<Option<(u32, u32)>, EngineError> {
    let mut counts = (0, 0);
    for row in rows.production.iter().rev().take(LAST) {
        let Some(detail) = workspace.store.deployment_detail(snapshot.data.deployments.key[*row])? else { continue };
        counts = (counts.0 + u32::from(detail.deployment.notified_at.is_some()), counts.1 + 1);
    }
    Ok((counts.1 > 0).then_some(counts))
}

/// Hours since a deployment, and incidents in the time after it whose cause nobody has judged.
fn after(snapshot: &Snapshot, rows: &Rows, finished: i64, now: Time) -> (u32, u32) {
    let incidents = &snapshot.data.incidents;
    let until = finished + i64::from(WATCHED_HOURS) * HOUR;
    let is_open =
        |row: &&usize| (finished..until).contains(&incidents.began[**row]) && incidents.causes[**row].is_empty();
    let hours = ((now.0 - finished) / HOUR).clamp(0, i64::from(u32::MAX));
    (hours as u32, rows.incidents.iter().filter(is_open).count() as u32)
}
