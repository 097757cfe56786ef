//! How ready an item is to be operated, and what makes its deployment risky: the facts that the lists are made of.

use jiff::civil::{Date, Weekday};

use super::{Plan, PlanView, ServiceFacts};
use crate::engine::{EngineError, NewItem, Workspace};
use crate::metrics::Calendar;
use crate::metrics::plan::budget::BudgetState;
use crate::metrics::plan::flow;
use crate::metrics::plan::needs::{NeedBy, StageDays, Why, is_open};
use crate::metrics::plan::readiness::{Facts, Level, Line, Made, readiness};
use crate::metrics::plan::{WorkingTime, nearest_rank};
use crate::model::Time;
use crate::model::people::{Absence, OpsNeed};
use crate::model::plan::{Item, ItemKind, ItemState, Origin, Sprint};

/// The type of an item's origin that was made of an open check; its id is the other item and the check.
const OF_CHECK: &str = "readiness";
/// A service that was not deployed for so long has surprises.
const RUSTY_DAYS: i64 = 60;
/// Below this share of its error budget a deployment is worth a word.
const LITTLE_BUDGET: f64 = 0.25;
/// So many more items of a service in a sprint make a batch.
const LEAST_BATCH: usize = 2;
/// A calendar in which nobody ever works comes to an end, too.
const MOST_AHEAD: usize = 400;
/// With fewer finished items of a size, nobody knows how long such take.
const LEAST_FINISHED: usize = 5;

/// What makes a deployment of an item risky beyond its service's record. Listed, never multiplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RiskFact {
    Migration,
    NoRollback,
    FirstInDays(i64),
    /// The sprint ends on a Friday, or before a day off.
    BeforeDaysOff,
    LittleBudget,
    /// With so many more open items of its service in the sprint, it goes out in a batch.
    Batch(u32),
    /// Who is on call on the last day has had no shift before.
    OnCallIsNew(String),
    /// So many actions of incidents of this service are open.
    OpenActions(u32),
}

/// The list of an item at the level of its service.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemReadiness {
    pub level: Level,
    /// Nobody said how much is asked of the service: the least is.
    pub level_is_assumed: bool,
    pub lines: Vec<Line>,
}

impl ItemReadiness {
    pub fn open(&self) -> usize {
        self.lines.iter().filter(|line| !line.answer.is_settled()).count()
    }
}

/// What all items of a view share.
#[derive(Clone, Debug, Default)]
pub(super) struct Common {
    /// The team's 85th percentile of cycle times, in days.
    pub cycle_p85: Option<f64>,
    /// The same of finished items by their points.
    by_points: Vec<(f64, f64)>,
    /// The last day of the sprint, when its stages begin, and who is on call on the last day.
    pub due: Option<Date>,
    stages: Option<StageDays>,
    pub on_call: Option<String>,
    /// That person has had no shift before.
    on_call_is_new: bool,
    calendar: Calendar,
    /// The last day is none that is worked.
    pub is_day_off: bool,
    /// The day after it is none.
    pub is_before_days_off: bool,
}

impl Common {
    pub(super) fn new(plan: &Plan, sprint: Option<usize>, cycle_p85: Option<f64>, working: &WorkingTime) -> Self {
        let due = sprint.map(|n| crate::metrics::last_day(plan.sprints[n].ends_at, &working.zone));
        let shift = due.and_then(|due| Some((shift_on(plan, due)?, due)));
        let on_call = shift.map(|(shift, _)| plan.called(&shift.person).to_owned());
        let had_one = |(shift, due): (&Absence, Date)| {
            plan.absences
                .iter()
                .any(|other| is_shift(other) && other.person == shift.person && other.to < due.min(shift.from))
        };
        let is_off = |day: Date| !working.calendar.is_working(day);
        Self {
            cycle_p85,
            by_points: days_by_points(plan, working),
            due,
            stages: sprint.zip(due).map(|(n, due)| {
                let days = working.days(plan.sprints[n].starts_at, plan.sprints[n].ends_at).into_iter();
                let days: Vec<Date> = days.filter(|(.., works)| *works).map(|(day, ..)| day).collect();
                StageDays::new(&days, due)
            }),
            on_call,
            calendar: working.calendar.clone(),
            on_call_is_new: shift.is_some_and(|shift| !had_one(shift)),
            is_day_off: due.is_some_and(is_off),
            is_before_days_off: due
                .is_some_and(|day| day.weekday() == Weekday::Friday || day.tomorrow().is_ok_and(is_off)),
        }
    }
}

fn is_shift(absence: &Absence) -> bool {
    absence.kind.as_deref() == Some("on_call")
}

fn shift_on(plan: &Plan, day: Date) -> Option<&Absence> {
    plan.absences.iter().find(|absence| is_shift(absence) && absence.from <= day && day <= absence.to)
}

/// The 85th percentile of the days that finished items of each size took.
fn days_by_points(plan: &Plan, working: &WorkingTime) -> Vec<(f64, f64)> {
    let mut sizes: Vec<(f64, Vec<f64>)> = Vec::new();
    for item in &plan.items {
        let (Some(points), Some(begun), Some(done)) =
            (item.estimates.and_then(|it| it.points), item.started_at, item.done_at)
        else {
            continue;
        };
        let Some(days) = flow::cycle_days(begun, done, &working.zone).map(f64::from) else { continue };
        match sizes.iter_mut().find(|(size, _)| *size == points) {
            Some((_, known)) => known.push(days),
            None => sizes.push((points, vec![days])),
        }
    }
    sizes.retain(|(_, days)| days.len() >= LEAST_FINISHED);
    let p85 = |mut days: Vec<f64>| {
        days.sort_by(f64::total_cmp);
        nearest_rank(&days, 0.85).unwrap_or_default()
    };
    sizes.into_iter().map(|(points, days)| (points, p85(days))).collect()
}

/// The checks that items were made of already, and how far those are.
fn made_of(plan: &Plan, item: &Item) -> Vec<(String, Made)> {
    let prefix = format!("{}/", item.id);
    let made = |it: &Item| {
        let origin = it.origin.as_ref().filter(|origin| origin.kind == OF_CHECK)?;
        let made = match it.state {
            ItemState::Done => Made::Done,
            ItemState::Cancelled => Made::Cancelled,
            _ => Made::Open,
        };
        Some((origin.id.strip_prefix(&prefix)?.to_owned(), made))
    };
    plan.items.iter().filter_map(made).collect()
}

impl PlanView {
    fn service_of(&self, item: &Item) -> Option<&ServiceFacts> {
        item.service.as_ref().and_then(|id| self.services.get(id))
    }

    /// Whether an item is ready to be operated, by what the data tells.
    pub fn readiness(&self, n: usize) -> ItemReadiness {
        let (plan, common) = (&self.plan, &self.common);
        let item = &plan.items[n];
        let service = self.service_of(item);
        let needs: Vec<_> = plan.needs_of(&item.id).collect();
        let today = crate::metrics::date_of(self.now, &self.zone);
        let is_late = |need: &&&OpsNeed| {
            let is_unasked = is_open(need) && need.state != "ordered";
            is_unasked && self.need_by(need).is_some_and(|by| by.order < today)
        };
        let late_need = needs.iter().find(is_late).map(|need| need.kind.clone());
        let points = item.estimates.and_then(|it| it.points);
        let expected = points.and_then(|points| common.by_points.iter().find(|(size, _)| *size == points));
        let budget = service.and_then(|service| service.budget);
        let freeze = if common.is_day_off {
            Some("the sprint ends on a day off".to_owned())
        } else {
            budget.filter(|it| it.state() == BudgetState::Spent).map(|_| "the error budget is spent".to_owned())
        };
        let facts = Facts {
            late_need,
            needs,
            suggested: self.suggestions(n).into_iter().map(|(kind, why)| (kind, word_of(why))).collect(),
            review: plan.review_of(n).map(|said| if said.is_stale { "stale".to_owned() } else { said.review.state }),
            budget: budget.map(|it| format!("{:.0} % of {:.0} min left", (it.left() * 100.0).max(0.0), it.allowed_min)),
            cycle_p85: common.cycle_p85,
            expected_days: expected.map(|(_, days)| *days),
            main: service.and_then(|service| service.main.clone()),
            artifacts: service.and_then(|service| service.artifacts),
            pipeline: service.and_then(|service| service.pipeline.clone()),
            is_dated: common.due.is_some(),
            on_call: common.on_call.clone(),
            freeze,
            told: service.and_then(|service| service.told),
            after_deployment: service.and_then(|service| service.after_deployment),
            made_items: made_of(plan, item),
            ..Facts::default()
        };
        let level = service.and_then(|service| service.level);
        ItemReadiness {
            level: level.unwrap_or(Level::C),
            level_is_assumed: level.is_none(),
            lines: readiness(&self.checklist, level.unwrap_or(Level::C), &facts),
        }
    }

    /// The days of the sprint that follows another: from the next working day, with as many working days; two weeks where
    /// there was none, and from today where the last one is long over.
    pub fn next_sprint_days(&self, last: Option<&Sprint>) -> (Date, Date) {
        const USUAL: usize = 10;
        let works = |day: &Date| self.common.calendar.is_working(*day);
        // As many days as the last took, whatever the hour at which it began.
        let days_of = |last: &Sprint| {
            let days = (last.ends_at.secs_since(last.starts_at) / 86_400.0).round().max(1.0) as usize;
            let first = crate::metrics::date_of(last.starts_at, &self.zone);
            first.series(jiff::Span::new().days(1)).take(days).filter(works).count().max(1)
        };
        let count = last.map_or(USUAL, days_of);
        let today = crate::metrics::date_of(self.now, &self.zone);
        let after = last.and_then(|last| crate::metrics::last_day(last.ends_at, &self.zone).tomorrow().ok());
        let begin = after.map_or(today, |after| after.max(today));
        let mut days = begin.series(jiff::Span::new().days(1)).take(MOST_AHEAD).filter(works).take(count);
        let from = days.next().unwrap_or(begin);
        (from, days.last().unwrap_or(from))
    }

    /// By when a need must be asked for, in the sprint in sight.
    pub fn need_by(&self, need: &OpsNeed) -> Option<NeedBy> {
        Some(NeedBy::new(need, self.common.stages.as_ref()?, &self.common.calendar))
    }

    /// An item was made of that check.
    pub fn is_made(&self, n: usize, check: &str) -> bool {
        made_of(&self.plan, &self.plan.items[n]).iter().any(|(made, _)| made == check)
    }

    /// What makes a deployment of an item risky.
    pub fn risk_facts(&self, n: usize) -> Vec<RiskFact> {
        let plan = &self.plan;
        let item = &plan.items[n];
        let need = |kind: &str| plan.needs_of(&item.id).find(|need| need.kind == kind);
        let migrates = need("data_migration").is_some_and(|need| need.state != "waived");
        let mut facts = Vec::new();
        if migrates {
            facts.push(RiskFact::Migration);
        }
        if migrates && need("rollback_plan").is_none_or(|need| need.state != "ready") {
            facts.push(RiskFact::NoRollback);
        }
        let Some(service) = self.service_of(item) else { return facts };
        if let Some(days) = service.days_since_deployment.filter(|days| *days > RUSTY_DAYS) {
            facts.push(RiskFact::FirstInDays(days));
        }
        if self.common.is_before_days_off {
            facts.push(RiskFact::BeforeDaysOff);
        }
        if service.budget.is_some_and(|budget| budget.left() < LITTLE_BUDGET) {
            facts.push(RiskFact::LittleBudget);
        }
        let is_beside = |other: &&u32| {
            let other = **other as usize;
            other != n && !plan.is_over(other) && plan.items[other].service == item.service
        };
        let beside = self.members.iter().filter(is_beside).count();
        if beside >= LEAST_BATCH && self.members.iter().any(|member| *member as usize == n) {
            facts.push(RiskFact::Batch(u32::try_from(beside).unwrap_or(u32::MAX)));
        }
        if let Some(name) = self.common.on_call.as_ref().filter(|_| self.common.on_call_is_new) {
            facts.push(RiskFact::OnCallIsNew(name.clone()));
        }
        let is_action = |other: &&Item| {
            other.kind == ItemKind::IncidentAction && other.service == item.service && other.id != item.id
        };
        let actions = plan.items.iter().enumerate().filter(|(at, it)| !plan.is_over(*at) && is_action(it)).count();
        if actions > 0 {
            facts.push(RiskFact::OpenActions(u32::try_from(actions).unwrap_or(u32::MAX)));
        }
        facts
    }
}

impl Workspace {
    /// Makes an item of an open check of another, which waits for it.
    pub fn item_of_check(&self, text: &str, check: &str, title: &str) -> Result<Item, EngineError> {
        let plan = self.plan()?;
        let n = plan.item(text)?;
        let of = &plan.items[n];
        if made_of(&plan, of).iter().any(|(made, _)| made == check) {
            return Err(EngineError::Other(format!("an item was made of \"{title}\" already")));
        }
        let new = NewItem {
            title: title.to_owned(),
            kind: ItemKind::Ops,
            service: of.service.clone(),
            origin: Some(Origin { kind: OF_CHECK.to_owned(), id: format!("{}/{check}", of.id) }),
            ..NewItem::default()
        };
        let mut writing = super::acts::Writing::new(self.now());
        let item = super::acts::new_item(&plan, &new, super::acts::rank_at_end(&plan), &mut writing)?;
        self.write("Make an item of a check", writing)?;
        Ok(item)
    }

    /// Makes an item of what an incident asks for. It is wanted by a day that follows from how severe the incident was,
    /// counted from its end, where none is given.
    pub fn action_of_incident(&self, incident: u32, new: &NewItem) -> Result<Item, EngineError> {
        const DAYS: [i64; 4] = [14, 30, 60, 90];
        let incident = self.incident(incident)?;
        let ended = incident.mitigated_at.or(incident.resolved_at);
        let from = ended.or(incident.started_at).or(incident.declared_at).unwrap_or_else(|| self.now());
        let days = DAYS[usize::from(incident.severity.unwrap_or(3).clamp(1, 4)) - 1];
        let due = Time(from.0.max(self.now().0 - 86_400_000_000 * days) + days * 86_400_000_000);
        let zone = self.settings()?.time_zone();
        self.add_item(&NewItem {
            kind: ItemKind::IncidentAction,
            service: new.service.clone().or(incident.service),
            due: new.due.or_else(|| Some(crate::metrics::date_of(due, &zone))),
            origin: Some(Origin { kind: "incident".to_owned(), id: incident.id }),
            ..new.clone()
        })
    }
}

fn word_of(why: Why) -> Option<String> {
    if let Why::Word(word) = why { Some(word) } else { None }
}
