//! What a planning meeting looks at: the last sprint, the brief of operations, and what speaks against the plan.

use std::collections::BTreeMap;

use super::brief::{Brief, brief};
use super::view::incident_hours;
use super::{Note, Plan, PlanView, ReviewMark};
use crate::engine::Snapshot;
use crate::metrics::date_of;
use crate::metrics::plan::WorkingTime;
use crate::metrics::plan::budget::BudgetState;
use crate::metrics::plan::ledger::{Cause, Ending, Outcome, SprintReport, Sum, Unit};
use crate::metrics::plan::nearest_rank;
use crate::metrics::plan::needs::{NeedBy, is_open};
use crate::metrics::plan::risk::{self};
use crate::metrics::plan::velocity::{RESERVE_OF, reserve};
use crate::metrics::plan::wip::Over;
use crate::model::Time;
use crate::model::plan::{ItemKind, ItemState};
use crate::model::plan_rules::ReviewPolicy;

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
    /// What came in after the start, and what was taken out or given up.
    pub changes: Vec<Outcome>,
    /// Items that were estimated anew before they were done, and by how much the scope changed.
    pub estimated: Vec<(u32, f64)>,
    /// Items that were left over.
    pub carried: Vec<u32>,
    /// What was said of it.
    pub notes: Vec<Note>,
    /// What the team wanted to do after it, done or not.
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
    /// A need of an item, and by when it must be asked for.
    Need(u32, NeedBy),
    /// The same, too late already.
    NeedTooLate(u32, NeedBy),
    /// Operations said no, and why.
    Blocked(u32, String),
    Stale(u32),
    /// Nobody asked operations about so many items.
    NotAsked(u32),
    /// Operations was asked and has not answered within the working hours that were agreed on: the item, and the hours.
    Unanswered(u32, u32),
    /// A risky service's item that the team's policy wants approved.
    NotApproved(u32),
    /// A feature of a service whose error budget is spent.
    BudgetSpent(u32, String),
    /// Nobody can go on with it, and why.
    Stuck(u32, String),
    /// More under way than was agreed on.
    Limit(Over),
    Overlaps(String),
    /// Another sprint of the team goes on: it has to be closed before this one can start.
    GoesOn(String),
}

impl Doubt {
    /// The item that operations had to approve and has not.
    pub const fn not_approved(&self) -> Option<u32> {
        if let Self::NotApproved(item) = self { Some(*item) } else { None }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Meeting {
    pub look_back: Option<LookBack>,
    pub brief: Brief,
    pub doubts: Vec<Doubt>,
    /// That at least one deployment of the sprint's services fails.
    pub any_fails: Option<f64>,
    /// Hours that recovering from them takes, as likely as they fail: the least to keep free.
    pub recovery_hours: Option<f64>,
    /// To keep free for unplanned work; of plans in hours and items only.
    pub reserve: Option<f64>,
    /// Hours that incidents took in the last sprints: they count for the reserve, and stand in no chart of items.
    pub incident_hours: f64,
    /// What could still go into a sprint whose reserve nobody has needed.
    pub proposals: Vec<u32>,
}

/// The part of a sprint after which a reserve that nobody needed is offered to the plan.
const LATE: f64 = 0.6;
const PROPOSED: usize = 2;

/// The sprint of a team that was closed last.
pub(super) fn last_closed(plan: &Plan, team: &str) -> Option<usize> {
    let closed = (0..plan.sprints.len()).filter(|n| plan.sprints[*n].team == team);
    closed.filter(|n| plan.ledgers[*n].closed_at.is_some()).max_by_key(|n| plan.ledgers[*n].closed_at)
}

fn look_back(plan: &Plan, n: usize, report: &SprintReport) -> Option<LookBack> {
    let sprint = &plan.sprints[n];
    Some(LookBack {
        name: sprint.name.clone(),
        goal: sprint.goal.clone(),
        goal_result: sprint.goal_result.clone(),
        closed_at: plan.ledgers[n].closed_at?,
        committed: report.commitment,
        completed: report.completed,
        added: report.added,
        removed: report.removed,
        reasons: reasons(report),
        estimated: estimated(report),
        changes: report.outcomes.iter().filter(|outcome| is_change(outcome)).cloned().collect(),
        carried: report.outcomes.iter().filter(|o| o.ending == Ending::NotCompleted).map(|o| o.item).collect(),
        notes: plan.notes[n].clone(),
        actions: plan.actions_of(&sprint.id),
    })
}

fn estimated(report: &SprintReport) -> Vec<(u32, f64)> {
    let steps = report.steps.windows(2).filter(|pair| pair[1].cause == Cause::Estimated);
    steps.filter_map(|pair| Some((pair[1].item?, pair[1].scope - pair[0].scope))).collect()
}

fn is_change(outcome: &Outcome) -> bool {
    outcome.is_added || matches!(outcome.ending, Ending::Removed | Ending::Cancelled)
}

/// Why items came in after the start.
pub(super) fn reasons(report: &SprintReport) -> Vec<(String, Sum)> {
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

/// What speaks against starting the sprint as it is.
fn doubts(view: &PlanView, brief: &Brief, snapshot: &Snapshot) -> Vec<Doubt> {
    let (plan, now) = (&view.plan, snapshot.now());
    let today = date_of(now, &view.zone);
    let Some(n) = view.sprint else { return Vec::new() };
    let sprint = &plan.sprints[n];
    let rules = &view.rules;
    let working = WorkingTime { zone: view.zone.clone(), calendar: snapshot.calendar_of_team(&sprint.team) };
    let (mut doubts, mut not_asked) = (Vec::new(), 0);
    if sprint.goal.as_ref().is_none_or(|goal| goal.trim().is_empty()) {
        doubts.push(Doubt::NoGoal);
    }
    if view.members.is_empty() {
        doubts.push(Doubt::Empty);
    }
    let worth = |item: u32| view.unit.of(&plan.items[item as usize]);
    let sum = view.planned;
    // What is done already needs no warning.
    let has_open = view.members.iter().any(|member| !plan.is_over(*member as usize));
    if let Some(velocity) = view.velocity.filter(|velocity| has_open && sum > velocity.likely) {
        doubts.push(Doubt::MoreThanLikely { sum, likely: velocity.likely });
    }
    let overlapping = (0..plan.sprints.len()).filter(|other| {
        let it = &plan.sprints[*other];
        *other != n && it.team == sprint.team && it.starts_at < sprint.ends_at && sprint.starts_at < it.ends_at
    });
    doubts.extend(overlapping.map(|other| Doubt::Overlaps(plan.sprints[other].name.clone())));
    let goes_on = |other: &usize| {
        let ledger = &plan.ledgers[*other];
        plan.sprints[*other].team == sprint.team && ledger.started_at.is_some() && ledger.closed_at.is_none()
    };
    if plan.ledgers[n].started_at.is_none()
        && let Some(other) = (0..plan.sprints.len()).filter(|other| *other != n).find(goes_on)
    {
        doubts.push(Doubt::GoesOn(plan.sprints[other].name.clone()));
    }
    let mut services = Vec::new();
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
            let Some(other) = plan.place_of(blocker) else { continue };
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
        if let Some(blocked) = &plan.blocked[member as usize] {
            doubts.push(Doubt::Stuck(member, blocked.reason.clone().unwrap_or_default()));
        }
        let spent = item
            .service
            .as_ref()
            .and_then(|id| view.services.get(id))
            .filter(|service| service.budget.is_some_and(|budget| budget.state() == BudgetState::Spent));
        if let Some(service) = spent.filter(|_| item.kind == ItemKind::Feature) {
            doubts.push(Doubt::BudgetSpent(member, service.name.clone()));
        }
        for need in plan.needs_of(&item.id).filter(|need| is_open(need) && need.state != "ordered") {
            let Some(by) = view.need_by(need) else { continue };
            doubts.push(if by.order < today { Doubt::NeedTooLate(member, by) } else { Doubt::Need(member, by) });
        }
        match plan.review_of(member as usize) {
            Some(said) if said.review.state == "blocked" => {
                doubts.push(Doubt::Blocked(member, said.review.reason.unwrap_or_default()));
            }
            Some(said) if said.is_stale => doubts.push(Doubt::Stale(member)),
            Some(said) if said.review.state == "asked" && rules.review != ReviewPolicy::Off => {
                let hours = working.office_hours(said.review.at, now).floor() as u32;
                if hours > rules.review_hours {
                    doubts.push(Doubt::Unanswered(member, hours));
                }
            }
            Some(said) if said.review.state != "not_asked" => {}
            _ => not_asked += 1,
        }
    }
    if not_asked > 0 && rules.review != ReviewPolicy::Off {
        doubts.push(Doubt::NotAsked(not_asked));
    }
    if rules.review == ReviewPolicy::RequiredForHighRisk {
        let members: Vec<usize> = view.members.iter().map(|member| *member as usize).collect();
        let missing = super::ops::unapproved_of(plan, &members, &view.services);
        doubts.extend(missing.into_iter().filter_map(|n| u32::try_from(n).ok()).map(Doubt::NotApproved));
    }
    doubts.extend(view.over.iter().cloned().map(Doubt::Limit));
    let risky = brief.services.iter().filter(|it| it.risk.band() == risk::Band::High && services.contains(&it.service));
    doubts.extend(risky.map(|it| Doubt::Risky(it.name.clone(), it.risk.chance)));
    doubts
}

/// The next small items of low risk that operations has seen, once most of a sprint has gone by without unplanned work.
fn proposals(view: &PlanView, reserve: Option<f64>) -> Vec<u32> {
    let Some(Ok(burn)) = &view.burn else { return Vec::new() };
    let (sprint, report) = (&burn.sprint, &burn.counted);
    let gone_by = view.now.secs_since(sprint.starts_at) / sprint.ends_at.secs_since(sprint.starts_at).max(1.0);
    let is_unused = reserve.is_some_and(|reserve| reserve > 0.0) && report.added.items == 0;
    if report.closed_at.is_some() || !is_unused || !(LATE..1.0).contains(&gone_by) {
        return Vec::new();
    }
    let worth = |n: &u32| view.unit.of(&view.plan.items[*n as usize]);
    let mut sizes: Vec<f64> = view.members.iter().filter_map(worth).collect();
    sizes.sort_by(f64::total_cmp);
    let Some(small) = nearest_rank(&sizes, 0.5) else { return Vec::new() };
    let fits = |n: &&u32| {
        let marks = &view.marks[**n as usize];
        let is_safe = marks.risk == Some(risk::Band::Low) && marks.review == ReviewMark::Settled && !marks.is_blocked;
        is_safe && worth(n).is_some_and(|worth| worth <= small)
    };
    view.backlog.iter().filter(fits).take(PROPOSED).copied().collect()
}

impl Meeting {
    /// The meeting of the sprint in sight, with the sprint before it as it was closed.
    pub fn new(view: &PlanView, snapshot: &Snapshot, last: Option<(usize, &SprintReport)>) -> Self {
        let (plan, now) = (&view.plan, snapshot.now());
        let look_back = last.and_then(|(n, report)| look_back(plan, n, report));
        // The planning before this one was when the last sprint began.
        let closed = view.team.as_deref().and_then(|team| last_closed(plan, team));
        let began = closed.map(|n| plan.ledgers[n].started_at.unwrap_or(plan.sprints[n].starts_at));
        let since = began.unwrap_or(Time(now.0 - BRIEF_DAYS * DAY));
        let brief = brief(view, snapshot, since, now);
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
        let recovering = |id: &&str| {
            let facts = view.services.get(*id)?;
            Some(facts.risk?.chance * facts.recovery_hours?)
        };
        let recovery: Vec<f64> = services.iter().filter_map(recovering).collect();
        let recovery_hours = (!recovery.is_empty()).then(|| recovery.iter().sum::<f64>());
        let least = recovery_hours.filter(|_| view.unit == Unit::Hours);
        let of_incidents =
            if view.unit == Unit::Hours { incident_hours(view, snapshot) } else { vec![0.0; view.closed.len()] };
        let last = of_incidents.len().saturating_sub(RESERVE_OF);
        let incident_hours = of_incidents[last..].iter().sum();
        let unplanned: Vec<f64> =
            view.closed.iter().zip(of_incidents).map(|(closed, hours)| closed.unforeseen() + hours).collect();
        Self {
            doubts: doubts(view, &brief, snapshot),
            any_fails: (!chances.is_empty()).then(|| risk::any(chances.into_iter())),
            recovery_hours,
            proposals: proposals(view, reserve(&unplanned)),
            reserve: reserve(&unplanned)
                .filter(|_| view.unit != Unit::Points)
                .map(|usual| least.map_or(usual, |least| usual.max(least))),
            incident_hours,
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
