//! The brief of operations for a planning meeting: what happened since the last one, what is ahead, and how what operations
//! asks for comes into the plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::on_call::{OnCallLoad, on_call, on_call_load};
use super::{Plan, PlanView};
use crate::engine::Snapshot;
use crate::metrics::plan::budget::Budget;
use crate::metrics::plan::ledger::{Ending, Unit, What};
use crate::metrics::plan::nearest_rank;
use crate::metrics::plan::risk::Risk;
use crate::metrics::{date_of, last_day};
use crate::model::plan::{Item, ItemKind, ItemState};
use crate::model::plan_rules::Ahead;
use crate::model::record::{CauseState, Record};
use crate::model::{Status, Time};

/// Closed sprints whose work is looked at for the share of operations.
const LAST_SPRINTS: usize = 6;

#[derive(Clone, Debug)]
pub struct ServiceRisk {
    pub service: String,
    pub name: String,
    pub risk: Risk,
}

/// An incident as one line of the brief.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BriefIncident {
    pub began: Time,
    /// 1 is the worst; 0 where nobody said.
    pub severity: u8,
    pub service: Option<String>,
    /// Seconds until users were fine; nothing while it goes on.
    pub lasted_s: Option<f64>,
    /// A deployment is known to have caused it.
    pub is_of_change: bool,
}

/// What happened to those who operate since the last planning, and what waits for the next.
#[derive(Clone, Debug, Default)]
pub struct Brief {
    pub since: Time,
    pub deployments: u32,
    pub failed: u32,
    pub incidents: u32,
    pub open_incidents: u32,
    /// Those that began since, the newest first.
    pub latest: Vec<BriefIncident>,
    /// The riskiest first.
    pub services: Vec<ServiceRisk>,
    /// Of the services with an objective, the emptiest first.
    pub budgets: Vec<(String, Budget)>,
    /// Services on which incidents came again while an action after an earlier one is open: the name, the incidents since,
    /// the open actions.
    pub recurring: Vec<(String, u32, u32)>,
    /// Work that came of incidents, of operations and of retros, that nobody has done.
    pub actions: Vec<u32>,
    /// What being on call was like since, the heaviest first.
    pub load: Vec<OnCallLoad>,
    /// What operations knows to be coming, in the order of its days.
    pub ahead: Vec<Ahead>,
    /// Who is on call during the sprint, by name, and the days.
    pub on_call: Vec<(String, Date, Date)>,
    /// Days of the team's calendar up to the end of the sprint on which nobody works, with their names.
    pub days_off: Vec<(Date, Option<String>)>,
    pub loop_figures: LoopFigures,
}

/// How what operations asks for comes into the plan and out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoopFigures {
    /// Median days until an action was first planned into a sprint, and of how many.
    pub planned: Option<(f64, usize)>,
    /// Median days until an action was done, and of how many.
    pub done: Option<(f64, usize)>,
    /// Of the actions that are done and had a due day, those that were done by then.
    pub in_time: usize,
    pub with_due: usize,
    /// Their share of what the last sprints completed.
    pub share: Option<f64>,
}

pub(super) fn brief(view: &PlanView, snapshot: &Snapshot, since: Time, now: Time) -> Brief {
    let (data, links) = (&snapshot.data, &snapshot.links);
    let d = &data.deployments;
    let mut brief = Brief { since, ..Brief::default() };
    let own = own_services(view, snapshot);
    let is_own = |service: u32| {
        own.as_ref()
            .is_none_or(|own| data.catalog.service(service).is_some_and(|known| own.contains(known.id.as_str())))
    };
    let first = d.finished.partition_point(|&at| at < since.0);
    for row in (first..d.len()).filter(|row| d.finished[*row] <= now.0) {
        let counts_here = matches!(d.status[row], Status::Succeeded | Status::Warnings | Status::Failed);
        if counts_here && is_own(d.service[row]) && data.catalog.is_production(d.environment[row]) {
            brief.deployments += 1;
            brief.failed += u32::from(links.failed_by[row] != 0);
        }
    }
    let incidents = &data.incidents;
    let mut recent: BTreeMap<&str, Vec<Time>> = BTreeMap::new();
    for row in (0..incidents.len()).filter(|row| is_own(incidents.service[*row])) {
        brief.open_incidents += u32::from(incidents.ended(row).is_none());
        if incidents.began[row] >= since.0 && incidents.began[row] <= now.0 {
            brief.incidents += 1;
            let began = Time(incidents.began[row]);
            brief.latest.push(BriefIncident {
                began,
                severity: incidents.severity[row],
                service: data.catalog.service(incidents.service[row]).map(|service| service.name.clone()),
                lasted_s: incidents.ended(row).map(|ended| ended.secs_since(began)),
                is_of_change: incidents.causes[row].iter().any(|(_, state)| *state == CauseState::Confirmed),
            });
            if let Some(service) = data.catalog.service(incidents.service[row]) {
                recent.entry(service.id.as_str()).or_default().push(Time(incidents.began[row]));
            }
        }
    }
    brief.latest.sort_by_key(|incident| std::cmp::Reverse(incident.began));
    let began_and_ended = |incident: &BriefIncident| {
        let lasted = incident.lasted_s.map(|secs| Time(incident.began.0 + (secs * 1e6) as i64));
        (incident.began, lasted.unwrap_or(now))
    };
    let spans: Vec<(Time, Time)> = brief.latest.iter().map(began_and_ended).collect();
    brief.load = on_call_load(view, &spans, since, now);
    brief.recurring = recurring(view, &recent);
    let of_team = || view.services.values().filter(|it| own.as_ref().is_none_or(|own| own.contains(it.id.as_str())));
    let risky = of_team().filter_map(|service| {
        let risk = service.risk.filter(|risk| risk.deployed > 0)?;
        Some(ServiceRisk { service: service.id.clone(), name: service.name.clone(), risk })
    });
    brief.services = risky.collect();
    brief.services.sort_by(|a, b| b.risk.chance.total_cmp(&a.risk.chance));
    let budgets = of_team().filter_map(|service| Some((service.name.clone(), service.budget?)));
    brief.budgets = budgets.collect();
    brief.budgets.sort_by(|a, b| a.1.left().total_cmp(&b.1.left()));
    let plan = &view.plan;
    let work = plan.work_of(view.team.as_deref(), snapshot);
    let is_action = |n: &usize| {
        let item = &plan.items[*n];
        let is_of_retro = item.origin.as_ref().is_some_and(|origin| origin.kind == super::sprints::OF_SPRINT);
        (is_of_operations(item) || is_of_retro) && !plan.is_over(*n) && work.has(*n)
    };
    brief.actions = (0..plan.items.len()).filter(is_action).filter_map(|n| u32::try_from(n).ok()).collect();
    brief.ahead = ahead(view, snapshot, now);
    if let Some(n) = view.sprint {
        let (from, to) = (date_of(now, &view.zone), last_day(plan.sprints[n].ends_at, &view.zone));
        brief.on_call = on_call(plan, from.max(date_of(plan.sprints[n].starts_at, &view.zone)), to);
        brief.days_off = days_off(snapshot, &plan.sprints[n].team, from, to);
        brief.loop_figures = loop_figures(view, &plan.sprints[n].team, now);
    }
    brief
}

/// The services of the team, and those that its sprint changes; nothing where no service has a team.
fn own_services<'a>(view: &'a PlanView, snapshot: &'a Snapshot) -> Option<BTreeSet<&'a str>> {
    let team = view.team.as_deref()?;
    let services = || {
        snapshot.records.iter().filter_map(|record| match record {
            Record::Service(service) => Some(service),
            _ => None,
        })
    };
    if !services().any(|service| service.team.as_deref() == Some(team)) {
        return None;
    }
    let of_team = services().filter(|service| service.team.as_deref() == Some(team)).map(|service| service.id.as_str());
    let changed = view.members.iter().filter_map(|n| view.plan.items[*n as usize].service.as_deref());
    Some(of_team.chain(changed).collect())
}

/// What the team was told to be coming.
fn ahead(view: &PlanView, snapshot: &Snapshot, now: Time) -> Vec<Ahead> {
    let Some(team) = view.team.as_deref() else { return Vec::new() };
    let today = date_of(now, &view.zone);
    let mut ahead = snapshot.settings.team(team).ahead;
    ahead.retain(|it| it.day >= today || it.kind.stays());
    ahead
}

fn days_off(snapshot: &Snapshot, team: &str, from: Date, to: Date) -> Vec<(Date, Option<String>)> {
    let off = snapshot.records.iter().filter_map(|record| match record {
        Record::CalendarDay(day) if day.team == team && !day.working && (from..=to).contains(&day.date) => {
            Some((day.date, day.name.clone()))
        }
        _ => None,
    });
    let mut off: Vec<(Date, Option<String>)> = off.collect();
    off.sort();
    off.dedup_by_key(|(day, _)| *day);
    off
}

/// Work that operations asked for: what came of incidents, and its own.
fn is_of_operations(item: &Item) -> bool {
    matches!(item.kind, ItemKind::IncidentAction | ItemKind::Ops)
}

fn loop_figures(view: &PlanView, team: &str, now: Time) -> LoopFigures {
    let plan = &view.plan;
    let mut joined: Vec<Option<Time>> = vec![None; plan.items.len()];
    for fact in &plan.facts {
        if let What::Joined(_) = fact.what {
            let first = &mut joined[fact.item as usize];
            *first = Some(first.map_or(fact.at, |known| known.min(fact.at)));
        }
    }
    let mut figures = LoopFigures::default();
    let (mut planned, mut done) = (Vec::new(), Vec::new());
    let items = plan.items.iter().zip(joined).zip(plan.over_at());
    for ((item, joined), over) in items.filter(|((item, _), _)| is_of_operations(item)) {
        let days = |at: Option<Time>| Some(at?.secs_since(item.created_at?).max(0.0) / 86_400.0);
        planned.extend(days(joined));
        if item.state != ItemState::Done {
            continue;
        }
        done.extend(days(over));
        if let Some((due, over)) = item.due.zip(over) {
            figures.with_due += 1;
            figures.in_time += usize::from(date_of(over, &view.zone) <= due);
        }
    }
    let median = |days: &mut Vec<f64>| {
        days.sort_by(f64::total_cmp);
        nearest_rank(days, 0.5).map(|median| (median, days.len()))
    };
    (figures.planned, figures.done) = (median(&mut planned), median(&mut done));
    figures.share = share_of_operations(plan, team, view.unit, now);
    figures
}

/// Of what the last sprints of a team completed, the part that operations asked for.
fn share_of_operations(plan: &Plan, team: &str, unit: Unit, now: Time) -> Option<f64> {
    let (mut all, mut asked) = (0.0, 0.0);
    for n in plan.closed_of(team).into_iter().rev().take(LAST_SPRINTS) {
        let Ok(report) = plan.report(n, unit, now) else { continue };
        for outcome in report.outcomes.iter().filter(|outcome| outcome.ending == Ending::Completed) {
            let worth = outcome.estimate.unwrap_or_default();
            all += worth;
            asked += if is_of_operations(&plan.items[outcome.item as usize]) { worth } else { 0.0 };
        }
    }
    (all > 0.0).then_some(asked / all)
}

/// Services whose incidents came again while something was still to be done about an earlier one.
fn recurring(view: &PlanView, recent: &BTreeMap<&str, Vec<Time>>) -> Vec<(String, u32, u32)> {
    let plan = &view.plan;
    let found = recent.iter().filter_map(|(service, began)| {
        let is_action = |n: &usize| {
            let item = &plan.items[*n];
            item.kind == ItemKind::IncidentAction && item.service.as_deref() == Some(*service) && !plan.is_over(*n)
        };
        let actions: Vec<usize> = (0..plan.items.len()).filter(is_action).collect();
        let first = actions.iter().filter_map(|n| plan.items[*n].created_at).min()?;
        let again = began.iter().filter(|at| **at > first).count();
        let name = view.services.get(*service).map_or(*service, |known| known.name.as_str()).to_owned();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (again > 0).then(|| (name, count(again), count(actions.len())))
    });
    found.collect()
}
