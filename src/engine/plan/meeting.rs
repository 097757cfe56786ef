//! What a planning meeting looks at: the last sprint, what operations saw since, and what speaks against the plan.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Plan, PlanView};
use crate::engine::Snapshot;
use crate::metrics::date_of;
use crate::metrics::plan::ledger::{Ending, SprintReport, Sum, Unit};
use crate::metrics::plan::needs::{is_open, order_by};
use crate::metrics::plan::risk::{self, Risk};
use crate::metrics::plan::velocity::reserve;
use crate::model::columns::NO_TIME;
use crate::model::plan::{ItemKind, ItemState};
use crate::model::{Status, Time};

/// How far back the deployments of a service are counted.
const RISK_DAYS: i64 = 180;
/// What the brief tells of, where no sprint was closed.
const BRIEF_DAYS: i64 = 14;
const DAY: i64 = 86_400_000_000;
/// Carried over so often, an item is worth a word.
const MANY_CARRIES: u32 = 2;

/// The sprint that was closed last.
#[derive(Clone, Debug)]
pub struct LookBack {
    pub name: String,
    pub goal: Option<String>,
    pub goal_result: Option<String>,
    pub closed_at: Time,
    pub committed: Sum,
    pub completed: Sum,
    pub added: Sum,
    pub removed: Sum,
    /// Why work came in after the start, and how much.
    pub reasons: Vec<(String, Sum)>,
    /// Items that were left over.
    pub carried: Vec<u32>,
}

#[derive(Clone, Debug)]
pub struct ServiceRisk {
    pub service: String,
    pub name: String,
    pub risk: Risk,
}

/// What happened to those who operate since the last planning, and what waits for the next.
#[derive(Clone, Debug, Default)]
pub struct Brief {
    pub since: Time,
    pub deployments: u32,
    pub failed: u32,
    pub incidents: u32,
    pub open_incidents: u32,
    /// The riskiest first.
    pub services: Vec<ServiceRisk>,
    /// Work that came of incidents, and of operations, that nobody has done.
    pub actions: Vec<u32>,
}

/// Something that speaks against a plan, and of which item.
#[derive(Clone, Debug, PartialEq)]
pub enum Doubt {
    NoGoal,
    Empty,
    MoreThanLikely {
        sum: f64,
        likely: f64,
    },
    Unestimated(u32),
    Unassigned(u32),
    Carried(u32, u32),
    /// The item, and what it waits for: not in the sprint and not done.
    WaitsOutside(u32, String),
    /// The item stands before what it waits for.
    RankedBefore(u32, String),
    Risky(String, f64),
    /// A need of an item, by its kind, and the day by which it must be asked for.
    Need(u32, String, Date),
    /// The same, too late already.
    NeedTooLate(u32, String, Date),
    /// Operations said no, and why.
    Blocked(u32, String),
    Stale(u32),
    Overlaps(String),
}

#[derive(Clone, Debug, Default)]
pub struct Meeting {
    pub look_back: Option<LookBack>,
    pub brief: Brief,
    pub doubts: Vec<Doubt>,
    /// That at least one deployment of the sprint's services fails.
    pub any_fails: Option<f64>,
    /// To keep free for unplanned work; of plans in hours and items only.
    pub reserve: Option<f64>,
}

fn look_back(plan: &Plan, team: &str, unit: Unit, now: Time) -> Option<LookBack> {
    let closed = (0..plan.sprints.len()).filter(|n| plan.sprints[*n].team == team);
    let n = closed.filter(|n| plan.ledgers[*n].closed_at.is_some()).max_by_key(|n| plan.ledgers[*n].closed_at)?;
    let (sprint, report) = (&plan.sprints[n], plan.report(n, unit, now).ok()?);
    Some(LookBack {
        name: sprint.name.clone(),
        goal: sprint.goal.clone(),
        goal_result: sprint.goal_result.clone(),
        closed_at: plan.ledgers[n].closed_at?,
        committed: report.commitment,
        completed: report.completed,
        added: report.added,
        removed: report.removed,
        reasons: reasons(&report),
        carried: report.outcomes.iter().filter(|o| o.ending == Ending::NotCompleted).map(|o| o.item).collect(),
    })
}

/// Why items came in after the start.
fn reasons(report: &SprintReport) -> Vec<(String, Sum)> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for outcome in report.outcomes.iter().filter(|outcome| outcome.is_added) {
        let sum = sums.entry(outcome.reason.as_deref().unwrap_or_default().to_owned()).or_default();
        sum.items += 1;
        sum.value += outcome.estimate.unwrap_or_default();
        sum.unestimated += usize::from(outcome.estimate.is_none());
    }
    let mut sums: Vec<(String, Sum)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.items));
    sums
}

fn brief(plan: &Plan, snapshot: &Snapshot, since: Time, now: Time) -> Brief {
    let (data, links) = (&snapshot.data, &snapshot.links);
    let d = &data.deployments;
    let mut brief = Brief { since, ..Brief::default() };
    let mut counts: BTreeMap<u32, (u32, u32)> = BTreeMap::new();
    for row in 0..d.len() {
        let is_over = d.finished[row] != NO_TIME && d.finished[row] <= now.0;
        let counts_here = matches!(d.status[row], Status::Succeeded | Status::Warnings | Status::Failed);
        if !is_over || !counts_here || !data.catalog.is_production(d.environment[row]) {
            continue;
        }
        let has_failed = u32::from(links.failed_by[row] != 0);
        if d.finished[row] >= since.0 {
            (brief.deployments, brief.failed) = (brief.deployments + 1, brief.failed + has_failed);
        }
        if d.finished[row] >= now.0 - RISK_DAYS * DAY {
            let count = counts.entry(d.service[row]).or_default();
            *count = (count.0 + 1, count.1 + has_failed);
        }
    }
    let incidents = &data.incidents;
    for row in 0..incidents.len() {
        let is_open = incidents.ended(row).is_none();
        brief.open_incidents += u32::from(is_open);
        brief.incidents += u32::from(incidents.began[row] >= since.0 && incidents.began[row] <= now.0);
    }
    let (deployed, failed) = counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    let team = (deployed > 0).then(|| f64::from(failed) / f64::from(deployed));
    brief.services = counts
        .into_iter()
        .filter_map(|(key, (deployed, failed))| {
            let service = data.catalog.service(key)?;
            let risk = risk::risk(team, deployed, failed);
            Some(ServiceRisk { service: service.id.clone(), name: service.name.clone(), risk })
        })
        .collect();
    brief.services.sort_by(|a, b| b.risk.chance.total_cmp(&a.risk.chance));
    let is_action = |n: &usize| {
        let item = &plan.items[*n];
        matches!(item.kind, ItemKind::IncidentAction | ItemKind::Ops) && !plan.is_over(*n)
    };
    brief.actions = (0..plan.items.len()).filter(is_action).filter_map(|n| u32::try_from(n).ok()).collect();
    brief
}

/// What speaks against starting the sprint as it is.
fn doubts(view: &PlanView, brief: &Brief, today: Date, zone: &TimeZone) -> Vec<Doubt> {
    let plan = &view.plan;
    let Some(n) = view.sprint else { return Vec::new() };
    let sprint = &plan.sprints[n];
    let mut doubts = Vec::new();
    if sprint.goal.as_ref().is_none_or(|goal| goal.trim().is_empty()) {
        doubts.push(Doubt::NoGoal);
    }
    if view.members.is_empty() {
        doubts.push(Doubt::Empty);
    }
    let worth = |item: u32| view.ask.unit.of(&plan.items[item as usize]);
    let sum: f64 = view.members.iter().filter_map(|item| worth(*item)).sum();
    if let Some(velocity) = view.velocity.filter(|velocity| sum > velocity.likely) {
        doubts.push(Doubt::MoreThanLikely { sum, likely: velocity.likely });
    }
    let overlapping = (0..plan.sprints.len()).filter(|other| {
        let it = &plan.sprints[*other];
        *other != n && it.team == sprint.team && it.starts_at < sprint.ends_at && sprint.starts_at < it.ends_at
    });
    doubts.extend(overlapping.map(|other| Doubt::Overlaps(plan.sprints[other].name.clone())));
    let mut services = Vec::new();
    let due = date_of(sprint.ends_at, zone);
    for &member in view.members.iter().filter(|member| !plan.is_over(**member as usize)) {
        let item = &plan.items[member as usize];
        if worth(member).is_none() {
            doubts.push(Doubt::Unestimated(member));
        }
        if item.assignee.as_ref().is_none_or(String::is_empty) {
            doubts.push(Doubt::Unassigned(member));
        }
        let carried = view.carries.get(member as usize).copied().unwrap_or_default();
        if carried >= MANY_CARRIES {
            doubts.push(Doubt::Carried(member, carried));
        }
        for blocker in item.depends_on.iter().flatten() {
            let Ok(other) = plan.item(blocker) else { continue };
            if plan.is_over(other) {
                continue;
            }
            let title = plan.items[other].title.clone();
            if !view.members.iter().any(|known| *known as usize == other) {
                doubts.push(Doubt::WaitsOutside(member, title));
            } else if other > member as usize {
                doubts.push(Doubt::RankedBefore(member, title));
            }
        }
        services.extend(item.service.clone());
        for need in plan.needs_of(&item.id).filter(|need| is_open(need) && need.state != "ordered") {
            let order = order_by(need, due);
            doubts.push(if order < today {
                Doubt::NeedTooLate(member, need.kind.clone(), order)
            } else {
                Doubt::Need(member, need.kind.clone(), order)
            });
        }
        match plan.review_of(member as usize) {
            Some(said) if said.review.state == "blocked" => {
                doubts.push(Doubt::Blocked(member, said.review.reason.unwrap_or_default()));
            }
            Some(said) if said.is_stale => doubts.push(Doubt::Stale(member)),
            _ => {}
        }
    }
    let risky = brief.services.iter().filter(|it| it.risk.band() == risk::Band::High && services.contains(&it.service));
    doubts.extend(risky.map(|it| Doubt::Risky(it.name.clone(), it.risk.chance)));
    doubts
}

impl Meeting {
    pub fn new(view: &PlanView, snapshot: &Snapshot) -> Self {
        let (plan, now) = (&view.plan, snapshot.now());
        let zone = crate::model::zone_from_name(&snapshot.settings.zone).unwrap_or_else(TimeZone::system);
        let team = view.sprint.map(|n| plan.sprints[n].team.as_str()).unwrap_or_default();
        let look_back = look_back(plan, team, view.ask.unit, now);
        // Since the planning of the sprint before: about when that one began.
        let since =
            look_back.as_ref().map_or(Time(now.0 - BRIEF_DAYS * DAY), |last| Time(last.closed_at.0 - BRIEF_DAYS * DAY));
        let brief = brief(plan, snapshot, since, now);
        let services: Vec<&str> = view
            .members
            .iter()
            .filter(|member| !plan.is_over(**member as usize))
            .filter_map(|member| plan.items[*member as usize].service.as_deref())
            .collect();
        let chances: Vec<f64> = services
            .iter()
            .filter_map(|id| brief.services.iter().find(|it| it.service == *id))
            .map(|it| it.risk.chance)
            .collect();
        let unplanned: Vec<f64> = view.closed.iter().map(|closed| closed.added.value).collect();
        Self {
            doubts: doubts(view, &brief, date_of(now, &zone), &zone),
            any_fails: (!chances.is_empty()).then(|| risk::any(chances.into_iter())),
            reserve: reserve(&unplanned).filter(|_| view.ask.unit != Unit::Points),
            look_back,
            brief,
        }
    }

    /// Items that wait for somebody to begin them, of the actions.
    pub fn waiting_actions<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = u32> + 'a {
        let waits = |n: &&u32| matches!(plan.items[**n as usize].state, ItemState::Backlog | ItemState::Ready);
        self.brief.actions.iter().filter(waits).copied()
    }
}
