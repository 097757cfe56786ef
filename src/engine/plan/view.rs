//! What the Plan page shows, counted from one reading of the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::meeting::last_closed;
use super::readiness::Common;
use super::{
    Burn, ForecastDays, ItemReadiness, Marks, Meeting, Outlook, Plan, Quality, ReviewWorth, ServiceFacts, TeamWork,
    numbered, outlook,
};
use crate::engine::{EngineError, Snapshot, Workspace};
use crate::metrics::date_of;
use crate::metrics::plan::WorkingTime;
use crate::metrics::plan::capacity::{self, Agreed, Hours, Shifts};
use crate::metrics::plan::filter::Vocabulary;
use crate::metrics::plan::flow::{self, CycleTimes, DayStates};
use crate::metrics::plan::forecast::Draws;
use crate::metrics::plan::ledger::{Ending, SprintReport, Sum, Unit};
use crate::metrics::plan::needs::Why;
use crate::metrics::plan::risk::Rated;
use crate::metrics::plan::velocity::Velocity;
use crate::metrics::plan::wip::{self, Over};
use crate::model::Time;
use crate::model::checklist::Checklist;
use crate::model::people::Person;
use crate::model::plan::{Item, ItemState};
use crate::model::plan_rules::TeamRules;

/// What the page looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanAsk {
    /// Nothing for the one that the team estimates in.
    pub unit: Option<Unit>,
    /// The id of a sprint; nothing for the one that goes on, else the next.
    pub sprint: Option<String>,
}

/// Reasons of work that comes in after the start and takes nobody by surprise.
const FORESEEN: [&str; 5] = ["pulled forward", "dependency", "forgotten", "split", "carried over"];

/// A closed sprint, as it was committed and as it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedSprint {
    pub place: u32,
    pub name: String,
    pub closed_at: Time,
    pub committed: Sum,
    pub completed: Sum,
    pub completed_added: Sum,
    pub added: Sum,
    /// Why work came in after the start, and how much; of the last sprints only.
    pub reasons: Vec<(String, Sum)>,
}

impl ClosedSprint {
    /// What came in after the start, of all that was in it.
    pub fn unplanned(&self) -> Option<f64> {
        let scope = self.committed.value + self.added.value;
        (scope > 0.0).then(|| self.added.value / scope)
    }

    /// What came in and nobody could plan for: work with no reason, too, as nobody said that it was foreseen.
    pub fn unforeseen(&self) -> f64 {
        let is_foreseen = |reason: &str| FORESEEN.contains(&reason.replace(['_', '-'], " ").to_lowercase().as_str());
        let foreseen = self.reasons.iter().filter(|(reason, _)| is_foreseen(reason));
        (self.added.value - foreseen.map(|(_, sum)| sum.value).sum::<f64>()).max(0.0)
    }

    /// What was done of what was said.
    pub fn said_and_done(&self) -> Option<f64> {
        (self.committed.value > 0.0).then(|| (self.completed.value - self.completed_added.value) / self.committed.value)
    }
}

/// An item that was begun and is not over, and for how many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ageing {
    pub item: u32,
    pub days: u32,
    pub state: ItemState,
}

/// When a finished item was done, and after how many days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cycle {
    pub item: u32,
    pub done: Time,
    pub days: u32,
}

#[derive(Debug)]
pub struct PlanView {
    pub generation: u64,
    pub ask: PlanAsk,
    pub unit: Unit,
    pub plan: Arc<Plan>,
    /// The sprint in sight, by its place, and its team.
    pub sprint: Option<usize>,
    pub team: Option<String>,
    /// Items in no open sprint, and those of the sprint, in the order of their ranks.
    pub backlog: Vec<u32>,
    pub members: Vec<u32>,
    /// The same, and of a closed sprint what was left over, too: it is elsewhere now.
    pub listed: Vec<u32>,
    /// What the members are worth together, but for those that were cancelled.
    pub planned: f64,
    /// How often each item was left over.
    pub carries: Vec<u32>,
    pub burn: Option<Result<Box<Burn>, String>>,
    /// What each item counted for in the sprint in sight when it was closed, in the unit in sight: later estimates are not its.
    pub frozen: BTreeMap<u32, Option<f64>>,
    /// The team's closed sprints, the oldest first.
    pub closed: Vec<ClosedSprint>,
    pub velocity: Option<Velocity>,
    pub outlook: Result<Box<Outlook>, String>,
    /// The newest first.
    pub cycles: Vec<Cycle>,
    pub cycle_times: CycleTimes,
    /// What makes the charts say less than they seem to.
    pub quality: Quality,
    pub ageing: Vec<Ageing>,
    /// How old finished items were when they left work in progress and review, by percentile.
    pub pace: Option<[[f64; 4]; 2]>,
    pub flow: Vec<DayStates>,
    pub meeting: Meeting,
    /// The hours of everybody in the sprint, where people are known.
    pub hours: Vec<Hours>,
    /// What is known of each service, by its id.
    pub services: BTreeMap<String, ServiceFacts>,
    /// How the ratings of past deployments did: low, medium, high.
    pub rated: [Rated; 3],
    /// What the team has agreed on, and the limits that its sprint passes.
    pub rules: TeamRules,
    /// What an item is asked before it is operated.
    pub checklist: Arc<Checklist>,
    pub over: Vec<Over>,
    pub review_worth: ReviewWorth,
    /// What a filter can be completed with.
    pub words: Vocabulary,
    /// How ready the open items of the sprint are.
    pub ready: Vec<(u32, ItemReadiness)>,
    /// What each item's row tells beside its title.
    pub marks: Vec<Marks>,
    /// The moment and the zone of the picture.
    pub now: Time,
    pub zone: TimeZone,
    pub(super) common: Common,
}

/// How far back the charts of flow go.
const FLOW_DAYS: i32 = 90;

fn numbers(places: Vec<usize>) -> Vec<u32> {
    places.into_iter().filter_map(|place| u32::try_from(place).ok()).collect()
}

impl PlanView {
    pub fn new(
        workspace: &Workspace,
        plan: Arc<Plan>,
        snapshot: &Snapshot,
        ask: &PlanAsk,
    ) -> Result<Self, EngineError> {
        let now = snapshot.now();
        let sprint = plan.in_sight(ask.sprint.as_deref());
        let places = plan.places();
        let team =
            sprint.map(|n| plan.sprints[n].team.clone()).or_else(|| plan.sprints.first().map(|s| s.team.clone()));
        let zone = snapshot.settings.zone_of_team(team.as_deref());
        let unit = ask.unit.unwrap_or_else(|| plan.usual_unit(team.as_deref()));
        // Of a sprint that is over and whose start nobody told, it is said what is missing.
        let is_begun = |n: &usize| plan.ledgers[*n].started_at.is_some() || plan.ledgers[*n].closed_at.is_some();
        let burn = sprint.filter(is_begun);
        let burn = burn.map(|n| workspace.burn_of(&plan, n, unit).map(Box::new).map_err(|error| error.to_string()));
        let work = plan.work_of(team.as_deref(), snapshot);
        let finished = plan.finished(|n| work.has(n));
        let until = finished.last_day(date_of(now, &zone), &zone);
        // What is left of the sprint; where nothing is, of the backlog.
        let left = sprint.map(|n| plan.members_in(&places, Some(n)).iter().filter(|m| !plan.is_over(**m)).count());
        let waiting = || plan.members_in(&places, None).into_iter().filter(|n| work.has(*n)).count();
        let left = left.filter(|n| *n > 0).unwrap_or_else(waiting);
        let off = snapshot.days_off(team.as_deref());
        let days = ForecastDays { until, zone: &zone, off: &off };
        let outlook = outlook(&finished, days, Some(14), Some(left).filter(|n| *n > 0), Draws::default());
        let cycles = finished.items.iter().filter_map(|it| {
            Some(Cycle { item: it.item, done: it.done, days: flow::cycle_days(it.begun?, it.done, &zone)? })
        });
        let cycle_times = flow::cycle_times(finished.items.iter().map(|it| (it.begun, it.done)), &zone);
        let from = until.checked_sub(jiff::Span::new().days(FLOW_DAYS - 1)).unwrap_or(until);
        let created_at = |(n, item): (usize, &Item)| item.created_at.filter(|_| work.has(n));
        let created: Vec<Option<Time>> = plan.items.iter().enumerate().map(created_at).collect();
        let facts = work.facts(&plan);
        let crew = team.as_deref().map(|team| Crew::new(&plan, team, snapshot, &zone));
        let hours_in = |n: usize| crew.as_ref().map(|crew| crew.hours(&plan, n)).unwrap_or_default();
        let person_days = |n: usize| {
            let hours = hours_in(n);
            (!hours.is_empty()).then(|| capacity::person_days(&hours))
        };
        let days_ahead = sprint.and_then(person_days);
        let services = super::services::services(workspace, snapshot)?;
        let members = sprint.map(|n| numbers(plan.members_in(&places, Some(n)))).unwrap_or_default();
        let wanted = members.iter().filter(|n| plan.items[**n as usize].state != ItemState::Cancelled);
        // Of one that was started, what is its scope: not what was done before.
        let scope = burn.as_ref().and_then(|burn| burn.as_ref().ok()).and_then(|burn| burn.standing().steps.last());
        let planned = scope.map_or_else(|| plan.worth(&wanted.copied().collect::<Vec<u32>>(), unit), |step| step.scope);
        let is_closed = sprint.is_some_and(|n| plan.ledgers[n].closed_at.is_some());
        let closed = burn.as_ref().and_then(|burn| burn.as_ref().ok()).filter(|_| is_closed);
        let listed = closed.map_or_else(|| members.clone(), |burn| listed_at_close(&plan, burn.standing(), &members));
        let frozen = closed.map(|burn| burn.standing().outcomes.iter().map(|it| (it.item, it.estimate)).collect());
        let mut view = Self {
            frozen: frozen.unwrap_or_default(),
            generation: snapshot.generation,
            ask: ask.clone(),
            unit,
            sprint,
            team: team.clone(),
            backlog: numbers(plan.members_in(&places, None)),
            members,
            listed,
            planned,
            carries: plan.carries(),
            burn,
            closed: team.as_ref().map(|team| plan.closed_sprints(team, unit, now)).unwrap_or_default(),
            velocity: team.as_ref().and_then(|team| plan.velocity_by(team, unit, now, person_days, days_ahead)),
            outlook: outlook.map(Box::new).map_err(|error| error.to_string()),
            cycles: newest_first(cycles),
            quality: plan.quality(&cycle_times, finished.backwards, &places, now),
            cycle_times,
            ageing: plan.ageing(&work, now, &zone),
            pace: flow::pace(&facts, plan.items.len(), &zone),
            flow: flow::states_a_day(&facts, &created, from, until, &zone),
            hours: sprint.map(hours_in).unwrap_or_default(),
            plan: plan.clone(),
            meeting: Meeting::default(),
            services: services.facts,
            rated: services.rated,
            checklist: team
                .as_deref()
                .map_or_else(Checklist::built_in, |team| snapshot.settings.team(team).checklist()),
            rules: team.as_deref().map(|team| snapshot.settings.team(team)).unwrap_or_default(),
            over: Vec::new(),
            review_worth: ReviewWorth::default(),
            marks: Vec::new(),
            words: Vocabulary::default(),
            ready: Vec::new(),
            now,
            zone: zone.clone(),
            common: Common::default(),
        };
        let calendar = snapshot.calendar_of_team(team.as_deref().unwrap_or_default());
        let working = WorkingTime { zone, calendar };
        let p85 = view.cycle_times.percentiles[2];
        view.common = Common::new(&view.plan, sprint, p85, &working);
        view.words = Vocabulary::of(view.plan.items.iter());
        // Looked up by the window: made here, so that no frame pays for it.
        view.plan.place_of("");
        view.marks = super::marks::marks(&view.plan, &places, &view.services, &view.ageing);
        let open = view.members.iter().filter(|n| !view.plan.is_over(**n as usize));
        view.ready = open.map(|n| (*n, view.readiness(*n as usize))).collect();
        let members = view.members.iter().map(|n| &view.plan.items[*n as usize]);
        view.over = wip::over(members, &view.rules.limits, |name| view.plan.called(name));
        view.review_worth = view.plan.review_worth(&working, &services.deployed);
        let last = team.as_deref().and_then(|team| last_closed(&view.plan, team));
        let last = last.and_then(|n| Some((n, workspace.burn_of(&view.plan, n, unit).ok()?)));
        view.closed = workspace.with_reasons(&view.plan, std::mem::take(&mut view.closed), unit);
        view.meeting = Meeting::new(&view, snapshot, last.as_ref().map(|(n, burn)| (*n, burn.standing())));
        Ok(view)
    }
}

/// Closed sprints of which it is told why work came in.
const REASONED: usize = 12;

impl Workspace {
    /// The last sprints with why work came in, by the reports that stand.
    fn with_reasons(&self, plan: &Plan, mut closed: Vec<ClosedSprint>, unit: Unit) -> Vec<ClosedSprint> {
        for sprint in closed.iter_mut().rev().take(REASONED).filter(|sprint| sprint.added.items > 0) {
            if let Ok(burn) = self.burn_of(plan, sprint.place as usize, unit) {
                sprint.reasons = super::meeting::reasons(burn.standing());
            }
        }
        closed
    }

    /// The plan as the page shows it, of a sprint or of the one in sight.
    pub fn plan_view(&self, sprint: Option<&str>) -> Result<PlanView, EngineError> {
        let plan = Arc::new(self.plan()?);
        let sprint = sprint.map(|text| plan.sprint(text)).transpose()?;
        let ask = PlanAsk { sprint: sprint.map(|n| plan.sprints[n].id.clone()), ..PlanAsk::default() };
        PlanView::new(self, plan, &self.load()?, &ask)
    }
}

impl PlanView {
    /// The sprint that is to be planned next: one that was not started, else the one that goes on; of the team in sight.
    pub fn next_open_sprint(&self) -> Option<usize> {
        let (sprints, ledgers) = (&self.plan.sprints, &self.plan.ledgers);
        let is_open = |n: &usize| {
            ledgers[*n].closed_at.is_none() && self.team.as_ref().is_none_or(|team| sprints[*n].team == *team)
        };
        let open: Vec<usize> = (0..sprints.len()).filter(is_open).collect();
        open.iter().find(|n| ledgers[**n].started_at.is_none()).or(open.first()).copied()
    }

    /// What an item may need of operations and nobody has spoken of, each with its reason.
    pub fn suggestions(&self, item: usize) -> Vec<(&'static str, Why)> {
        super::ops::suggestions(&self.plan, item, &self.services)
    }
}

/// What was in a sprint when it was closed, in the order of the ranks.
fn listed_at_close(plan: &Plan, report: &SprintReport, members: &[u32]) -> Vec<u32> {
    let left_over = report.outcomes.iter().filter(|outcome| outcome.ending == Ending::NotCompleted);
    // What a kept report tells of may have been deleted since.
    let left_over = left_over.map(|outcome| outcome.item).filter(|item| (*item as usize) < plan.items.len());
    let mut listed: Vec<u32> = members.iter().copied().chain(left_over).collect();
    listed.sort_unstable();
    listed.dedup();
    listed
}

fn newest_first(cycles: impl Iterator<Item = Cycle>) -> Vec<Cycle> {
    let mut cycles: Vec<Cycle> = cycles.collect();
    cycles.sort_unstable_by_key(|cycle| std::cmp::Reverse((cycle.done, cycle.days, cycle.item)));
    cycles
}

/// Office hours that incidents took of each closed sprint: work that nobody planned and no item tells of.
pub(super) fn incident_hours(view: &PlanView, snapshot: &Snapshot) -> Vec<f64> {
    let Some(team) = view.team.as_deref() else { return vec![0.0; view.closed.len()] };
    let incidents = incidents_of(team, snapshot);
    let working = WorkingTime { zone: view.zone.clone(), calendar: snapshot.calendar_of_team(team) };
    let hours_in = |closed: &ClosedSprint| {
        let (from, to) = (view.plan.sprints[closed.place as usize].starts_at, closed.closed_at);
        let spans = incidents.iter().map(|(began, ended)| ((*began).max(from), (*ended).min(to)));
        spans.filter(|(began, ended)| began < ended).map(|(began, ended)| working.office_hours(began, ended)).sum()
    };
    view.closed.iter().map(hours_in).collect()
}

/// When incidents of a team's services were, those that go on until now; of all services where the team has none.
fn incidents_of(team: &str, snapshot: &Snapshot) -> Vec<(Time, Time)> {
    use crate::model::record::Record;
    let of_team: Vec<&str> = snapshot
        .records
        .iter()
        .filter_map(|record| match record {
            Record::Service(service) if service.team.as_deref() == Some(team) => Some(service.id.as_str()),
            _ => None,
        })
        .collect();
    let incidents = &snapshot.data.incidents;
    let is_meant = |row: &usize| {
        let service = snapshot.data.catalog.service(incidents.service[*row]);
        of_team.is_empty() || service.is_some_and(|service| of_team.contains(&service.id.as_str()))
    };
    let span = |row: usize| (Time(incidents.began[row]), incidents.ended(row).unwrap_or_else(|| snapshot.now()));
    (0..incidents.len()).filter(is_meant).map(span).collect()
}

/// A team's people, with what their watches took of them: found once for all of its sprints.
struct Crew {
    people: Vec<Person>,
    shifts: BTreeMap<String, Shifts>,
    working: WorkingTime,
    agreed: Agreed,
}

impl Crew {
    /// Who is in no team is in every one.
    fn new(plan: &Plan, team: &str, snapshot: &Snapshot, zone: &TimeZone) -> Self {
        let is_there = |person: &&Person| person.team.as_deref().is_none_or(|of| of == team);
        let people: Vec<Person> = plan.people.iter().filter(is_there).cloned().collect();
        let incidents = incidents_of(team, snapshot);
        let today = date_of(snapshot.now(), zone);
        // Without any incident on record, silence says nothing.
        let known = people.iter().filter(|_| !snapshot.data.incidents.is_empty());
        let measured = |person: &Person| {
            let shifts = capacity::measured(&plan.absences, person, &incidents, today, zone)?;
            Some((person.id.clone(), shifts))
        };
        let shifts = known.filter_map(measured).collect();
        let working = WorkingTime { zone: zone.clone(), calendar: snapshot.calendar_of_team(team) };
        let rules = snapshot.settings.team(team);
        let agreed = Agreed { focus: rules.focus(), meeting_hours: rules.meeting_hours.into() };
        Self { people, shifts, working, agreed }
    }

    /// Everybody's hours on the working days of a sprint.
    fn hours(&self, plan: &Plan, sprint: usize) -> Vec<Hours> {
        if self.people.is_empty() {
            return Vec::new();
        }
        let sprint = &plan.sprints[sprint];
        let days = self.working.days(sprint.starts_at, sprint.ends_at).into_iter();
        let days: Vec<jiff::civil::Date> = days.filter(|(.., works)| *works).map(|(day, ..)| day).collect();
        let shifts = |person: &Person| self.shifts.get(&person.id).copied();
        capacity::hours(&days, &self.people, &plan.absences, self.agreed, shifts)
    }
}

impl Plan {
    pub fn is_over(&self, item: usize) -> bool {
        matches!(self.items[item].state, ItemState::Done | ItemState::Cancelled)
    }

    /// The sprint of that id, else the one that goes on, else the next that was not started, else the last.
    fn in_sight(&self, id: Option<&str>) -> Option<usize> {
        let find = |is: &dyn Fn(usize) -> bool| (0..self.sprints.len()).find(|n| is(*n));
        let goes_on = |n: usize| self.ledgers[n].started_at.is_some() && self.ledgers[n].closed_at.is_none();
        id.and_then(|id| find(&|n| self.sprints[n].id == id))
            .or_else(|| find(&goes_on))
            .or_else(|| find(&|n| self.ledgers[n].started_at.is_none()))
            .or_else(|| self.sprints.len().checked_sub(1))
    }

    /// What a team estimates in, by the items of its closed sprints; where it has closed none, of those that were started.
    pub fn usual_unit(&self, team: Option<&str>) -> Unit {
        let of_team = |n: usize| team == Some(self.sprints[n].team.as_str());
        let closed = self.unit_of_sprints(|n| of_team(n) && self.ledgers[n].closed_at.is_some());
        let unit = closed.or_else(|| self.unit_of_sprints(|n| of_team(n) && self.ledgers[n].started_at.is_some()));
        unit.unwrap_or_default()
    }

    /// What the items that were in some sprints are estimated in; nothing where there are none.
    fn unit_of_sprints(&self, is_meant: impl Fn(usize) -> bool) -> Option<Unit> {
        let (mut is_any, mut has_points, mut has_hours) = (false, false, false);
        for fact in &self.facts {
            if matches!(fact.what, super::What::Joined(sprint) if is_meant(sprint as usize)) {
                let item = &self.items[fact.item as usize];
                let uses = |unit: Unit| unit.of(item).is_some_and(|worth| worth > 0.0);
                is_any = true;
                has_points |= uses(Unit::Points);
                has_hours |= uses(Unit::Hours);
            }
        }
        is_any.then_some(match (has_points, has_hours) {
            (true, _) => Unit::Points,
            (false, true) => Unit::Hours,
            (false, false) => Unit::Items,
        })
    }

    fn closed_sprints(&self, team: &str, unit: Unit, now: Time) -> Vec<ClosedSprint> {
        self.closed_of(team)
            .into_iter()
            .filter_map(|n| {
                let closed_at = self.ledgers[n].closed_at?;
                let sums = self.sums(n, unit, now).ok()?;
                Some(ClosedSprint {
                    place: numbered(n),
                    name: self.sprints[n].name.clone(),
                    closed_at,
                    committed: sums.commitment,
                    completed: sums.completed,
                    completed_added: sums.completed_added,
                    added: sums.added,
                    reasons: Vec::new(),
                })
            })
            .collect()
    }

    /// What is under way, the oldest first.
    pub(super) fn ageing(&self, work: &TeamWork, now: Time, zone: &jiff::tz::TimeZone) -> Vec<Ageing> {
        let mut begun: Vec<Option<Time>> = vec![None; self.items.len()];
        for fact in &self.facts {
            if let super::What::State(state) = fact.what
                && state.is_begun()
            {
                begun[fact.item as usize].get_or_insert(fact.at);
            }
        }
        let under_way =
            |n: &usize| work.has(*n) && matches!(self.items[*n].state, ItemState::InProgress | ItemState::InReview);
        let mut ageing: Vec<Ageing> = (0..self.items.len())
            .filter(under_way)
            .filter_map(|n| {
                let days = flow::cycle_days(begun[n].or(self.items[n].started_at)?, now, zone)?;
                Some(Ageing { item: u32::try_from(n).ok()?, days, state: self.items[n].state })
            })
            .collect();
        ageing.sort_by_key(|ageing| std::cmp::Reverse(ageing.days));
        ageing
    }
}
