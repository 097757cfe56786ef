//! What a person does to a sprint, and its chart: planned, started, moved, noted on, closed with the report that is kept.

use serde::Serialize;
use serde_json::Value;

use super::Plan;
use super::acts::{NewItem, Writing, check_open, hash_of, new_item, rank_at_end};
use crate::engine::{EngineError, Workspace, rank};
use crate::metrics::plan::WorkingTime;
use crate::metrics::plan::ledger::{NoReport, SprintReport, Sums, Unit, What};
use crate::model::Time;
use crate::model::plan::{Item, ItemState, Origin, Sprint};
use crate::model::plan_rules::{ReviewPolicy, TeamRules};
use crate::model::record::{FILE_CONNECTION, Record, Team};
use crate::store::{KeptReport, Store};

/// How a sprint is closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CloseAsk {
    /// What became of the goal: met, partly or missed.
    pub goal_result: Option<String>,
    /// Where leftovers go on; nothing for the backlog.
    pub carry_to: Option<String>,
    pub reason: Option<String>,
    /// What was said in the retro.
    pub notes: Option<String>,
    /// What the team wants to do about it: each becomes an item that comes back at the next planning.
    pub actions: Vec<String>,
}

/// The type of an item's origin that came of a retro.
pub(super) const OF_SPRINT: &str = "sprint";

/// A sprint with its report, as it is counted now and as it was kept at its close.
#[derive(Clone, Debug, Serialize)]
pub struct Burn {
    pub sprint: Sprint,
    /// As it was kept at the close; where there is no such, as it is counted now. Items stand by their ids.
    pub report: Value,
    /// The ideal line, in moments and what is left.
    pub ideal: Vec<(Time, f64)>,
    /// The pace that is needed from now on, while the sprint goes on.
    pub needed: Vec<(Time, f64)>,
    /// Working days from the start to the close, or to now.
    pub worked_days: usize,
    /// The report was kept at the close, and what is counted now differs: something was told later of what was before.
    pub changed_after_close: bool,
    /// What became of its items after the close: none of it is in the report.
    pub after_close: Vec<AfterClose>,
    /// SHA-256 of the kept report's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_hash: Option<String>,
    /// Days and parts of days in the chart on which nobody works.
    #[serde(skip)]
    pub off: Vec<(Time, Time)>,
    #[serde(skip)]
    pub counted: SprintReport,
    /// What was kept at the close, where it can still be read.
    #[serde(skip)]
    pub kept: Option<SprintReport>,
    /// The same with the ids of its items.
    #[serde(skip)]
    pub live: Value,
}

/// Something that was done to an item of a sprint after its close.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AfterClose {
    pub at: Time,
    pub item: String,
    /// Points, hours, a state or another place.
    pub what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

impl Burn {
    /// The report that stands: the kept one, else what is counted now.
    pub fn standing(&self) -> &SprintReport {
        self.kept.as_ref().unwrap_or(&self.counted)
    }
}

/// What a person changes of a sprint that is not closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SprintChange {
    /// An empty text takes the goal away.
    pub goal: Option<String>,
    pub ends_at: Option<Time>,
    pub reason: Option<String>,
    pub name: Option<String>,
    /// Of one that was not started.
    pub starts_at: Option<Time>,
}

impl Workspace {
    /// Gives a sprint another name, goal, or days; from another end on the ideal line has a knee.
    pub fn change_sprint(&self, text: &str, change: &SprintChange) -> Result<Sprint, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        check_open(&plan, n)?;
        let mut sprint = plan.sprints[n].clone();
        let mut writing = Writing::new(self.now());
        let mut is_other = false;
        if let Some(name) = change.name.as_deref().map(str::trim).filter(|name| *name != sprint.name) {
            if name.is_empty() {
                return Err(EngineError::Misfit("a sprint needs a name".to_owned()));
            }
            let is_its = |other: &Sprint| other.team == sprint.team && other.name == name && other.id != sprint.id;
            if plan.sprints.iter().any(is_its) {
                return Err(EngineError::Misfit(format!("the team has a sprint \"{name}\" already")));
            }
            name.clone_into(&mut sprint.name);
            is_other = true;
        }
        if let Some(start) = change.starts_at.filter(|start| *start != sprint.starts_at) {
            if plan.ledgers[n].started_at.is_some() {
                return Err(EngineError::Misfit(format!("the sprint \"{}\" has been started already", sprint.name)));
            }
            sprint.starts_at = start;
            is_other = true;
        }
        if sprint.starts_at >= change.ends_at.unwrap_or(sprint.ends_at) {
            return Err(EngineError::Misfit(format!("the sprint \"{}\" would end before it starts", sprint.name)));
        }
        let (reason, goal) = (change.reason.clone(), change.goal.clone().map(|goal| goal.trim().to_owned()));
        if let Some(goal) = goal.filter(|goal| *goal != sprint.goal.clone().unwrap_or_default()) {
            let old = std::mem::replace(&mut sprint.goal, Some(goal).filter(|goal| !goal.is_empty()));
            let new = sprint.goal.clone();
            writing.sprint_event(&sprint, "goal_changed", |event| {
                (event.old, event.new, event.note) = (old, new, reason.clone());
            });
        }
        if let Some(end) = change.ends_at.filter(|end| *end != sprint.ends_at) {
            if end <= sprint.starts_at.max(plan.ledgers[n].started_at.unwrap_or(sprint.starts_at)) {
                return Err(EngineError::Other(format!("the sprint \"{}\" would end before it starts", sprint.name)));
            }
            let old = Some(sprint.ends_at.to_string());
            writing.sprint_event(&sprint, "end_moved", |event| {
                (event.old, event.new, event.note) = (old, Some(end.to_string()), reason);
            });
            sprint.ends_at = end;
        }
        if writing.records.is_empty() && !is_other {
            return Ok(sprint);
        }
        writing.records.push(Record::Sprint(sprint.clone()));
        self.write("Change sprint", writing)?;
        Ok(sprint)
    }

    /// Takes a sprint away that was planned by mistake and never started; its items go back to the backlog.
    pub fn remove_sprint(&self, text: &str) -> Result<Sprint, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let sprint = plan.sprints[n].clone();
        if plan.ledgers[n].started_at.is_some() || plan.ledgers[n].closed_at.is_some() {
            let why = format!("the sprint \"{}\" was started: what it tells stays", sprint.name);
            return Err(EngineError::Misfit(why));
        }
        let mut writing = Writing::new(self.now());
        for member in plan.members(Some(n)) {
            writing.open_ledger(&plan, member);
            writing.item_event(&plan.items[member], "left", |event| event.sprint = Some(sprint.id.clone()));
        }
        let record = Record::Sprint(sprint.clone());
        let stored = self.store.current(&record)?.unwrap_or(record);
        writing.gone.push(stored);
        self.write("Remove sprint", writing)?;
        Ok(sprint)
    }

    pub fn add_sprint(&self, sprint: Sprint) -> Result<Sprint, EngineError> {
        let mut sprint = Sprint { id: uuid::Uuid::now_v7().to_string(), ..sprint };
        if sprint.name.trim().is_empty() {
            return Err(EngineError::Other("a sprint needs a name".to_owned()));
        }
        if sprint.ends_at <= sprint.starts_at {
            return Err(EngineError::Other(format!("the sprint \"{}\" would end before it starts", sprint.name)));
        }
        let plan = self.plan()?;
        if plan.sprints.iter().any(|known| known.team == sprint.team && known.name == sprint.name) {
            return Err(EngineError::Other(format!(
                "the team {} has a sprint \"{}\" already",
                sprint.team, sprint.name
            )));
        }
        sprint.connection = FILE_CONNECTION.to_owned();
        let mut writing = Writing::new(self.now());
        let knows_team = self
            .store
            .small_records()?
            .iter()
            .any(|record| matches!(record, Record::Team(team) if team.id == sprint.team));
        if !knows_team {
            let team = Team { id: sprint.team.clone(), name: sprint.team.clone(), ..Team::default() };
            writing.records.push(Record::Team(team));
        }
        writing.sprint_event(&sprint, "planned", |event| event.new = Some(sprint.ends_at.to_string()));
        writing.records.push(Record::Sprint(sprint.clone()));
        self.write("Add sprint", writing)?;
        Ok(sprint)
    }

    /// Starts a sprint now: what is in it is the commitment.
    ///
    /// `reason` is why it starts although operations has not said yes to all of it. What joins within the team's days of
    /// grace is committed, too.
    pub fn start_sprint(&self, text: &str, goal: Option<&str>, reason: Option<&str>) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let mut sprint = plan.sprints[n].clone();
        let fault = |why: &str| Err(EngineError::Other(format!("the sprint \"{}\" {why}", sprint.name)));
        if plan.ledgers[n].closed_at.is_some() {
            return fault("is closed");
        }
        if plan.ledgers[n].started_at.is_some() {
            return fault("has been started already");
        }
        let now = self.now();
        if sprint.ends_at <= now {
            return fault("would end before it starts: give it a later end");
        }
        if plan.members(Some(n)).is_empty() {
            return fault("is empty: move items into it first");
        }
        let running = (0..plan.sprints.len()).find(|&other| {
            let ledger = &plan.ledgers[other];
            plan.sprints[other].team == sprint.team && ledger.started_at.is_some() && ledger.closed_at.is_none()
        });
        if let Some(other) = running {
            return fault(&format!("cannot start while \"{}\" goes on: close that first", plan.sprints[other].name));
        }
        self.check_reviews(&plan, n)?;
        let mut writing = Writing::new(now);
        if let Some(goal) = goal {
            let old = sprint.goal.replace(goal.to_owned());
            writing
                .sprint_event(&sprint, "goal_changed", |event| (event.old, event.new) = (old, Some(goal.to_owned())));
        }
        for member in plan.members(Some(n)) {
            writing.open_ledger(&plan, member);
        }
        let committed_at = self.end_of_grace(&sprint, now)?;
        writing.sprint_event(&sprint, "started", |event| {
            event.new = (committed_at > now).then(|| committed_at.to_string());
            event.note = reason.map(str::to_owned);
        });
        sprint.started_at = Some(now);
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        self.write("Start sprint", writing)?;
        self.burn(&id, Unit::Points)
    }

    /// Closes a sprint now and keeps its report as it is; leftovers go on to another sprint, or back to the backlog.
    pub fn close_sprint(&self, text: &str, ask: &CloseAsk) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let mut sprint = plan.sprints[n].clone();
        if plan.ledgers[n].started_at.is_none() {
            return Err(EngineError::Other(format!("the sprint \"{}\" was never started", sprint.name)));
        }
        if plan.ledgers[n].closed_at.is_some() {
            return Err(EngineError::Other(format!("the sprint \"{}\" is closed already", sprint.name)));
        }
        let carry_to = ask.carry_to.as_deref().map(|text| plan.sprint(text)).transpose()?;
        if let Some(to) = carry_to {
            check_open(&plan, to)?;
            if to == n {
                return Err(EngineError::Other(
                    "leftovers cannot be carried into the sprint that is closed".to_owned(),
                ));
            }
        }
        let now = self.now();
        let mut writing = Writing::new(now);
        writing.sprint_event(&sprint, "closed", |event| event.new.clone_from(&ask.goal_result));
        sprint.closed_at = Some(now);
        sprint.goal_result.clone_from(&ask.goal_result);
        if let Some(notes) = ask.notes.as_deref().map(str::trim).filter(|notes| !notes.is_empty()) {
            writing.sprint_event(&sprint, "noted", |event| event.note = Some(notes.to_owned()));
        }
        let reason = ask.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        if let Some(reason) = reason.filter(|_| carry_to.is_none()) {
            writing.sprint_event(&sprint, "noted", |event| event.note = Some(format!("Left over: {reason}")));
        }
        // What happens to leftovers comes after the close: the report stays theirs.
        writing.at = Time(now.0 + 1);
        for member in plan.members(Some(n)) {
            let item = &plan.items[member];
            if matches!(item.state, ItemState::Done | ItemState::Cancelled) {
                continue;
            }
            if let Some(to) = carry_to {
                writing.item_event(item, "joined", |event| {
                    event.sprint = Some(plan.sprints[to].id.clone());
                    event.reason = Some(reason.unwrap_or("carried over").to_owned());
                });
            }
        }
        add_actions(&plan, &sprint, &ask.actions, &mut writing)?;
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        // Its report is written with the close: a program that is killed leaves none without the other.
        writing.closes = true;
        self.write("Close sprint", writing)?;
        self.burn(&id, Unit::Points)
    }

    /// Writes down what was said of a sprint, before its close or after: the report stays as it is.
    pub fn note_sprint(&self, text: &str, notes: Option<&str>, actions: &[String]) -> Result<(), EngineError> {
        let plan = self.plan()?;
        let sprint = &plan.sprints[plan.sprint(text)?];
        let mut writing = Writing::new(self.now());
        if let Some(notes) = notes.map(str::trim).filter(|notes| !notes.is_empty()) {
            writing.sprint_event(sprint, "noted", |event| event.note = Some(notes.to_owned()));
        }
        add_actions(&plan, sprint, actions, &mut writing)?;
        if writing.records.is_empty() {
            return Err(EngineError::Other("there is nothing to write down".to_owned()));
        }
        self.write("Write down a retro", writing).map(|_| ())
    }

    /// The moment until which what joins a sprint that starts now is committed.
    fn end_of_grace(&self, sprint: &Sprint, now: Time) -> Result<Time, EngineError> {
        let settings = self.settings()?;
        let days = settings.team(&sprint.team).grace_days.min(TeamRules::MOST_GRACE_DAYS);
        let zone = settings.zone_of_team(Some(&sprint.team));
        let working = WorkingTime { zone, calendar: self.outline()?.calendar_of_team(&sprint.team) };
        Ok(working.after_days(now, days))
    }

    /// Refuses a start that the team's policy wants an approval for.
    fn check_reviews(&self, plan: &Plan, n: usize) -> Result<(), EngineError> {
        let sprint = &plan.sprints[n];
        if self.settings()?.team(&sprint.team).review != ReviewPolicy::RequiredForHighRisk {
            return Ok(());
        }
        let services = super::services::services(self, &self.load()?)?.facts;
        let missing = super::ops::unapproved_of(plan, &plan.members(Some(n)), &services);
        if missing.is_empty() {
            return Ok(());
        }
        let titles: Vec<String> = missing.iter().map(|item| format!("\"{}\"", plan.items[*item].title)).collect();
        Err(EngineError::Other(format!(
            "the sprint \"{}\" cannot start: operations has not approved {}, and the team wants that for risky services; \
             ask for a review, take them out, or change the policy in Settings",
            sprint.name,
            titles.join(", ")
        )))
    }

    /// The chart of a sprint, and whether its kept report still says the same.
    pub fn burn(&self, text: &str, unit: Unit) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        self.burn_of(&plan, n, unit)
    }

    pub fn burn_of(&self, plan: &Plan, n: usize, unit: Unit) -> Result<Burn, EngineError> {
        let sprint = plan.sprints[n].clone();
        let told = |error: NoReport| {
            let so_far = if error == NoReport::NoHistory { plan.words_of_what_is_done(n, unit) } else { String::new() };
            EngineError::Other(format!("\"{}\" has no chart: {error}{so_far}", sprint.name))
        };
        let report = plan.report(n, unit, self.now()).map_err(told)?;
        let zone = self.settings()?.zone_of_team(Some(&sprint.team));
        let calendar = self.outline()?.calendar_of_team(&sprint.team);
        let working = WorkingTime { zone, calendar };
        let frozen = match plan.ledgers[n].closed_at {
            Some(closed) => self.store.kept_report(&sprint.connection, &sprint.id, closed, unit.word())?,
            None => None,
        };
        let counted = plan.told(&report);
        let changed_after_close = frozen.as_ref().is_some_and(|(_, hash)| *hash != hash_of(&counted.to_string()));
        let told: Option<Value> = frozen.as_ref().and_then(|(text, _)| serde_json::from_str(text).ok());
        let kept = told.as_ref().and_then(|told| plan.untold(told));
        let standing = kept.as_ref().unwrap_or(&report);
        let to = standing.planned_end().max(standing.until);
        let days = working.days(standing.started_at, to).into_iter();
        let after_close = plan.after_close(n, standing);
        Ok(Burn {
            sprint,
            after_close,
            report: told.unwrap_or_else(|| counted.clone()),
            live: counted,
            ideal: standing.ideal(&working),
            needed: standing.needed(&working),
            worked_days: working.working_days(standing.started_at, standing.until),
            off: joined(days.filter(|(.., works)| !works).map(|(_, from, to, _)| (from, to))),
            changed_after_close,
            frozen_hash: frozen.map(|(_, hash)| hash),
            kept,
            counted: report,
        })
    }
}

impl Plan {
    /// Open sprints of the same team that go on while this one does.
    pub fn met_by<'a>(&'a self, sprint: &'a Sprint) -> impl Iterator<Item = &'a Sprint> {
        let is_met = move |other: &Sprint| {
            other.id != sprint.id
                && other.team == sprint.team
                && other.starts_at < sprint.ends_at
                && sprint.starts_at < other.ends_at
        };
        let open = self.sprints.iter().zip(&self.ledgers).filter(|(_, ledger)| ledger.closed_at.is_none());
        open.map(|(other, _)| other).filter(move |other| is_met(other))
    }

    /// What is told of a sprint whose commitment is unknown: how much of what it holds is done.
    fn words_of_what_is_done(&self, sprint: usize, unit: Unit) -> String {
        // What was given up is neither done nor missing.
        let is_wanted = |n: &usize| self.items[*n].state != ItemState::Cancelled;
        let members = self.members(Some(sprint)).into_iter().filter(is_wanted);
        let members: Vec<u32> = members.filter_map(|n| u32::try_from(n).ok()).collect();
        // What was finished after the close was carried on, and is done elsewhere.
        let closed = self.ledgers[sprint].closed_at;
        let in_time = |item: &Item| closed.is_none_or(|closed| item.done_at.is_none_or(|done| done <= closed));
        let is_done = |n: &&u32| {
            let item = &self.items[**n as usize];
            item.state == ItemState::Done && in_time(item)
        };
        let done: Vec<u32> = members.iter().filter(is_done).copied().collect();
        let worth = self.worth(&done, unit);
        let worth = if worth > 0.0 { format!(" ({worth} {})", unit.word()) } else { String::new() };
        let items = if members.len() == 1 { "item" } else { "items" };
        format!("; of {} {items} that it held {} are done{worth}", members.len(), done.len())
    }

    /// What happened after the close to items that were in a sprint to its end; carrying them on is no change of theirs.
    fn after_close(&self, sprint: usize, report: &SprintReport) -> Vec<AfterClose> {
        let Some(closed) = report.closed_at else { return Vec::new() };
        let mut found = Vec::new();
        for outcome in &report.outcomes {
            let Some(item) = self.items.get(outcome.item as usize) else { continue };
            // Of an item nobody tells a state of before the first one.
            let (mut points, mut hours, mut state) = (None, None, ItemState::Backlog);
            for place in &self.index().facts[outcome.item as usize] {
                let fact = &self.facts[*place as usize];
                let told = |value: Option<f64>| value.map(|value| value.to_string());
                let (what, old, new) = match fact.what {
                    What::Points(new) => ("points", told(std::mem::replace(&mut points, new)), told(new)),
                    What::Hours(new) => ("hours", told(std::mem::replace(&mut hours, new)), told(new)),
                    What::State(new) => {
                        let old = std::mem::replace(&mut state, new);
                        ("state", Some(old.as_str().to_owned()), Some(new.as_str().to_owned()))
                    }
                    What::Left(from) if from as usize == sprint => ("left", None, None),
                    What::Joined(_) | What::Left(_) => continue,
                };
                if fact.at > closed && (old != new || what == "left") {
                    found.push(AfterClose { at: fact.at, item: item.id.clone(), what, old, new });
                }
            }
        }
        found.sort_by(|a, b| (a.at, &a.item).cmp(&(b.at, &b.item)));
        found
    }
}

/// Spans that follow each other without a gap, as one.
fn joined(spans: impl Iterator<Item = (Time, Time)>) -> Vec<(Time, Time)> {
    let mut joined: Vec<(Time, Time)> = Vec::new();
    for (from, to) in spans {
        match joined.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// Keeps the reports of closed sprints of which none was kept yet, as they are told now: what is told later of the time
/// before their close is seen as that. A history may come in several imports, though: where one brings items that the
/// report of another did not know, and tells of the others what was known, the sprint was not told whole before, and its
/// report is made anew.
pub(in crate::engine) fn keep_closed(store: &Store, now: Time, of_import: bool) -> Result<(), EngineError> {
    let plan = Plan::read(store)?;
    for n in 0..plan.sprints.len() {
        let Some(closed) = plan.ledgers[n].closed_at else { continue };
        let sprint = &plan.sprints[n];
        if plan.has_kept(n) {
            let was_part = of_import && plan.is_kept_of_import(n) && lacks_items(store, &plan, n, closed, now)?;
            if !was_part {
                continue;
            }
        }
        for unit in UNITS {
            // What has no report has none in any unit.
            let Ok(report) = plan.report(n, unit, now) else { break };
            let text = plan.told(&report).to_string();
            let sums = Sums::of_kept(&text).and_then(|sums| serde_json::to_string(&sums).ok());
            let kept = KeptReport { hash: hash_of(&text), text, sums, of_import };
            store.keep_report((&sprint.connection, &sprint.id, closed), unit.word(), &kept)?;
        }
    }
    Ok(())
}

/// Items are in a sprint that its kept report does not know; all that it knows came out as it says.
fn lacks_items(store: &Store, plan: &Plan, n: usize, closed: Time, now: Time) -> Result<bool, EngineError> {
    let sprint = &plan.sprints[n];
    let kept = store.kept_report(&sprint.connection, &sprint.id, closed, Unit::Items.word())?;
    let told = kept.and_then(|(text, _)| serde_json::from_str::<Value>(&text).ok());
    let Some((known, counted)) = told.and_then(|told| plan.untold(&told)).zip(plan.report(n, Unit::Items, now).ok())
    else {
        return Ok(false);
    };
    let is_unchanged = known.outcomes.iter().all(|outcome| counted.outcomes.contains(outcome));
    Ok(is_unchanged && counted.outcomes.len() > known.outcomes.len())
}

/// Items for what a team wants to do after a sprint.
fn add_actions(plan: &Plan, sprint: &Sprint, actions: &[String], writing: &mut Writing) -> Result<(), EngineError> {
    let mut rank = rank_at_end(plan);
    for title in actions.iter().map(|action| action.trim()).filter(|action| !action.is_empty()) {
        let new = NewItem {
            title: title.to_owned(),
            origin: Some(Origin { kind: OF_SPRINT.to_owned(), id: sprint.id.clone() }),
            ..NewItem::default()
        };
        new_item(plan, &new, rank.clone(), writing)?;
        rank = rank.and_then(|last| rank::between(Some(&last), None));
    }
    Ok(())
}

const UNITS: [Unit; 3] = [Unit::Points, Unit::Hours, Unit::Items];

pub(super) fn unit_of(word: &str) -> Option<Unit> {
    UNITS.into_iter().find(|unit| unit.word() == word)
}
