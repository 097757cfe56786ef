//! What a person does to the plan: each act is written with the events that say so, in one transaction.

use serde::Serialize;
use serde_json::Value;

use super::{Plan, facts_of_times};
use crate::engine::{EngineError, Workspace, rank};
use crate::metrics::plan::WorkingTime;
use crate::metrics::plan::ledger::{NoReport, SprintReport, Unit, What};
use crate::model::Time;
use crate::model::plan::{Estimates, Item, ItemEvent, ItemKind, ItemState, Sprint, SprintEvent};
use crate::model::record::{FILE_CONNECTION, Record, Team};
use crate::store::Edit;

/// What a person adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewItem {
    pub title: String,
    pub kind: ItemKind,
    pub estimates: Estimates,
    pub labels: Vec<String>,
    pub service: Option<String>,
    pub assignee: Option<String>,
    pub sprint: Option<String>,
}

/// What a person changes of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemChange {
    pub state: Option<ItemState>,
    /// Into a sprint, or with an empty text back to the backlog.
    pub sprint: Option<String>,
    pub points: Option<f64>,
    pub hours: Option<f64>,
    pub assignee: Option<String>,
    /// To the place before this item, or after it.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub title: Option<String>,
    pub kind: Option<ItemKind>,
    pub labels: Option<Vec<String>>,
}

/// A sprint with its report, as it is counted now and as it was kept at its close.
#[derive(Clone, Debug, Serialize)]
pub struct Burn {
    pub sprint: Sprint,
    /// As it was kept at the close; where there is no such, as it is counted now. Items stand by their ids.
    pub report: Value,
    /// The ideal line, in moments and what is left.
    pub ideal: Vec<(Time, f64)>,
    /// The report was kept at the close, and what is counted now differs: something was changed after.
    pub changed_after_close: bool,
    /// SHA-256 of the kept report's text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_hash: Option<String>,
    #[serde(skip)]
    pub counted: SprintReport,
    /// The same with the ids of its items.
    #[serde(skip)]
    pub live: Value,
}

/// Everything that one act writes: records whose fields follow, and the events that say so.
#[derive(Default)]
struct Writing {
    records: Vec<Record>,
    at: Time,
    seq: u32,
    who: String,
}

impl Writing {
    fn new(at: Time) -> Self {
        Self { at, who: crate::engine::starts::who(), ..Self::default() }
    }

    fn item_event(&mut self, item: &Item, kind: &str, fill: impl FnOnce(&mut ItemEvent)) {
        let mut event = ItemEvent {
            connection: item.connection.clone(),
            id: uuid::Uuid::now_v7().to_string(),
            item: item.id.clone(),
            at: self.at,
            seq: Some(self.seq),
            kind: kind.to_owned(),
            who: Some(self.who.clone()),
            ..ItemEvent::default()
        };
        fill(&mut event);
        self.seq += 1;
        self.records.push(Record::ItemEvent(event));
    }

    fn sprint_event(&mut self, sprint: &Sprint, kind: &str, fill: impl FnOnce(&mut SprintEvent)) {
        let mut event = SprintEvent {
            connection: sprint.connection.clone(),
            id: uuid::Uuid::now_v7().to_string(),
            sprint: sprint.id.clone(),
            at: self.at,
            seq: Some(self.seq),
            kind: kind.to_owned(),
            who: Some(self.who.clone()),
            ..SprintEvent::default()
        };
        fill(&mut event);
        self.seq += 1;
        self.records.push(Record::SprintEvent(event));
    }

    /// The events that an item without any is told by, so that it has a ledger from now on.
    fn open_ledger(&mut self, plan: &Plan, n: usize) {
        let has_events = plan.has_events[n];
        if has_events {
            return;
        }
        let item = &plan.items[n];
        let now = self.at;
        let mut told = Vec::new();
        facts_of_times(0, item, &mut told);
        let created = item.created_at.or(told.first().map(|fact| fact.at)).unwrap_or(now);
        // An item that says no time at all has its estimate from now on.
        if told.is_empty() {
            facts_of_times(0, &Item { created_at: Some(now), ..item.clone() }, &mut told);
        }
        self.at = created;
        self.item_event(item, "created", |_| {});
        for fact in told {
            self.at = fact.at;
            match fact.what {
                What::State(state) => {
                    self.item_event(item, "state", |event| event.new = Some(state.as_str().to_owned()))
                }
                What::Points(points) => self.item_event(item, "estimated", |event| event.new = points.map(number)),
                What::Hours(hours) => {
                    self.item_event(item, "estimated", |event| event.new = hours.map(|hours| format!("{hours}h")));
                }
                What::Joined(_) | What::Left(_) => {}
            }
        }
        self.at = now;
    }
}

fn number(value: f64) -> String {
    value.to_string()
}

impl Workspace {
    pub fn plan(&self) -> Result<Plan, EngineError> {
        Plan::read(&self.store)
    }

    /// Writes an act as one step that can be undone: its events are taken back by others, never away.
    fn write(&self, name: &str, writing: Writing) -> Result<(), EngineError> {
        let mut edits = Vec::new();
        for mut record in writing.records {
            record.normalise().map_err(|invalid| EngineError::Other(invalid.to_string()))?;
            let undone = match &record {
                Record::ItemEvent(event) => event.undone().map(Record::ItemEvent),
                Record::SprintEvent(event) => event.undone().map(Record::SprintEvent),
                _ => {
                    let before = self.store.current(&record)?.map(Box::new);
                    edits.push(Edit::Record { before, after: Some(Box::new(record)) });
                    continue;
                }
            };
            edits.push(Edit::Event { done: Box::new(record), undone: undone.map(Box::new) });
        }
        self.store.apply_edits(name, &edits, Time::now())?;
        Ok(())
    }

    /// Adds an item at the end of the backlog, or of a sprint.
    pub fn add_item(&self, new: &NewItem) -> Result<Item, EngineError> {
        if new.title.trim().is_empty() {
            return Err(EngineError::Other("an item needs a title".to_owned()));
        }
        let plan = self.plan()?;
        let sprint = new.sprint.as_deref().map(|text| plan.sprint(text)).transpose()?;
        let mut writing = Writing::new(self.now());
        let last = plan.items.iter().filter_map(|item| item.rank.as_deref()).max();
        let item = Item {
            connection: FILE_CONNECTION.to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            title: new.title.trim().to_owned(),
            kind: new.kind,
            estimates: Some(new.estimates).filter(|estimates| *estimates != Estimates::default()),
            labels: Some(new.labels.clone()).filter(|labels| !labels.is_empty()),
            service: new.service.clone(),
            assignee: new.assignee.clone(),
            rank: rank::between(last, None),
            created_at: Some(writing.at),
            ..Item::default()
        };
        writing.item_event(&item, "created", |event| event.new = Some(item.title.clone()));
        if let Some(points) = new.estimates.points {
            writing.item_event(&item, "estimated", |event| event.new = Some(number(points)));
        }
        if let Some(hours) = new.estimates.hours {
            writing.item_event(&item, "estimated", |event| event.new = Some(format!("{hours}h")));
        }
        if let Some(n) = sprint {
            check_open(&plan, n)?;
            writing.item_event(&item, "joined", |event| event.sprint = Some(plan.sprints[n].id.clone()));
        }
        writing.records.push(Record::Item(item.clone()));
        self.write("Add item", writing)?;
        Ok(item)
    }

    /// Changes an item; each change is an event of its own.
    pub fn change_item(&self, text: &str, change: &ItemChange) -> Result<Item, EngineError> {
        let mut changed = self.change_items(&[text.to_owned()], change)?;
        changed.pop().ok_or_else(|| EngineError::Other("no item was named".to_owned()))
    }

    /// Changes items alike, as one step; ranked before or after another they keep their order.
    pub fn change_items(&self, texts: &[String], change: &ItemChange) -> Result<Vec<Item>, EngineError> {
        let mut plan = self.plan()?;
        let places = plan.places();
        let mut writing = Writing::new(self.now());
        let mut change = change.clone();
        let mut changed = Vec::new();
        for text in texts {
            let n = plan.item(text)?;
            let item = self.change_one(&plan, &places, n, &change, &mut writing)?;
            plan.items[n].rank.clone_from(&item.rank);
            if change.before.is_some() || change.after.is_some() {
                (change.before, change.after) = (None, Some(item.id.clone()));
            }
            changed.push(item);
        }
        let name = match (texts.len(), &change) {
            (_, ItemChange { state: Some(ItemState::Cancelled), .. }) => "Cancel items",
            (_, ItemChange { sprint: Some(_), .. }) => "Move items",
            (_, ItemChange { after: Some(_), .. }) => "Rank items",
            (1, _) => "Change item",
            _ => "Change items",
        };
        self.write(name, writing)?;
        Ok(changed)
    }

    fn change_one(
        &self,
        plan: &Plan,
        places: &[Vec<u32>],
        n: usize,
        change: &ItemChange,
        writing: &mut Writing,
    ) -> Result<Item, EngineError> {
        let mut item = plan.items[n].clone();
        writing.open_ledger(plan, n);
        let reason = change.reason.clone();
        if let Some(target) = &change.sprint {
            move_item(plan, &places[n], n, target, reason.as_ref(), writing)?;
        }
        if let Some(title) = change.title.as_deref().map(str::trim).filter(|title| !title.is_empty()) {
            title.clone_into(&mut item.title);
        }
        item.kind = change.kind.unwrap_or(item.kind);
        if let Some(labels) = &change.labels {
            item.labels = Some(labels.clone()).filter(|labels| !labels.is_empty());
        }
        let estimates = item.estimates.get_or_insert_default();
        if let Some(points) = change.points {
            let old = estimates.points.replace(points).map(number);
            writing
                .item_event(&plan.items[n], "estimated", |event| (event.old, event.new) = (old, Some(number(points))));
        }
        if let Some(hours) = change.hours {
            let old = estimates.hours.replace(hours).map(|hours| format!("{hours}h"));
            let new = Some(format!("{hours}h"));
            writing.item_event(&plan.items[n], "estimated", |event| (event.old, event.new) = (old, new));
        }
        item.estimates = item.estimates.filter(|estimates| *estimates != Estimates::default());
        if let Some(state) = change.state.filter(|state| *state != item.state) {
            let old = Some(item.state.as_str().to_owned());
            writing.item_event(&plan.items[n], "state", |event| {
                (event.old, event.new, event.reason) = (old, Some(state.as_str().to_owned()), reason.clone());
            });
            item.state = state;
            if state.is_begun() {
                item.started_at = item.started_at.or(Some(writing.at));
            }
            item.done_at = (state == ItemState::Done).then_some(writing.at);
        }
        if let Some(assignee) = &change.assignee {
            let old = item.assignee.replace(assignee.clone());
            writing
                .item_event(&plan.items[n], "assigned", |event| (event.old, event.new) = (old, Some(assignee.clone())));
        }
        if let Some(rank) = new_rank(plan, n, change, writing)? {
            let old = item.rank.replace(rank.clone());
            writing.item_event(&plan.items[n], "ranked", |event| (event.old, event.new) = (old, Some(rank)));
        }
        writing.records.push(Record::Item(item.clone()));
        Ok(item)
    }

    /// Gives a sprint another end; the ideal line has a knee from now on.
    pub fn move_end(&self, text: &str, end: Time, why: Option<&str>) -> Result<Sprint, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        check_open(&plan, n)?;
        let mut sprint = plan.sprints[n].clone();
        let mut writing = Writing::new(self.now());
        if end <= sprint.starts_at.max(plan.ledgers[n].started_at.unwrap_or(sprint.starts_at)) {
            return Err(EngineError::Other(format!("the sprint \"{}\" would end before it starts", sprint.name)));
        }
        let old = Some(sprint.ends_at.to_string());
        writing.sprint_event(&sprint, "end_moved", |event| {
            (event.old, event.new, event.note) = (old, Some(end.to_string()), why.map(str::to_owned));
        });
        sprint.ends_at = end;
        writing.records.push(Record::Sprint(sprint.clone()));
        self.write("Move the end of a sprint", writing)?;
        Ok(sprint)
    }

    pub fn add_sprint(&self, sprint: Sprint) -> Result<Sprint, EngineError> {
        let mut sprint = Sprint { id: uuid::Uuid::now_v7().to_string(), ..sprint };
        if sprint.name.trim().is_empty() {
            return Err(EngineError::Other("a sprint needs a name".to_owned()));
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
    pub fn start_sprint(&self, text: &str, goal: Option<&str>) -> Result<Burn, EngineError> {
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
        let mut writing = Writing::new(now);
        if let Some(goal) = goal {
            let old = sprint.goal.replace(goal.to_owned());
            writing
                .sprint_event(&sprint, "goal_changed", |event| (event.old, event.new) = (old, Some(goal.to_owned())));
        }
        for member in plan.members(Some(n)) {
            writing.open_ledger(&plan, member);
        }
        writing.sprint_event(&sprint, "started", |_| {});
        sprint.started_at = Some(now);
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        self.write("Start sprint", writing)?;
        self.burn(&id, Unit::Points)
    }

    /// Closes a sprint now and keeps its report as it is; leftovers go on to another sprint, or back to the backlog.
    pub fn close_sprint(
        &self,
        text: &str,
        goal_result: Option<&str>,
        carry_to: Option<&str>,
        reason: Option<&str>,
    ) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        let mut sprint = plan.sprints[n].clone();
        if plan.ledgers[n].started_at.is_none() {
            return Err(EngineError::Other(format!("the sprint \"{}\" was never started", sprint.name)));
        }
        if plan.ledgers[n].closed_at.is_some() {
            return Err(EngineError::Other(format!("the sprint \"{}\" is closed already", sprint.name)));
        }
        let carry_to = carry_to.map(|text| plan.sprint(text)).transpose()?;
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
        writing.sprint_event(&sprint, "closed", |event| event.new = goal_result.map(str::to_owned));
        sprint.closed_at = Some(now);
        sprint.goal_result = goal_result.map(str::to_owned);
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
        let id = sprint.id.clone();
        writing.records.push(Record::Sprint(sprint));
        self.write("Close sprint", writing)?;
        for unit in [Unit::Points, Unit::Hours, Unit::Items] {
            let burn = self.burn(&id, unit)?;
            let text = burn.report.to_string();
            self.store.keep_report(&burn.sprint.connection, &id, now, unit_word(unit), &text, &hash_of(&text))?;
        }
        self.burn(&id, Unit::Points)
    }

    /// The chart of a sprint, and whether its kept report still says the same.
    pub fn burn(&self, text: &str, unit: Unit) -> Result<Burn, EngineError> {
        let plan = self.plan()?;
        let n = plan.sprint(text)?;
        self.burn_of(&plan, n, unit)
    }

    pub fn burn_of(&self, plan: &Plan, n: usize, unit: Unit) -> Result<Burn, EngineError> {
        let sprint = plan.sprints[n].clone();
        let told = |error: NoReport| EngineError::Other(format!("\"{}\" has no chart: {error}", sprint.name));
        let report = plan.report(n, unit, self.now()).map_err(told)?;
        let settings = self.settings()?;
        let zone = crate::model::zone_from_name(&settings.zone).unwrap_or_else(jiff::tz::TimeZone::system);
        let calendar = self.outline()?.calendar(&[]);
        let ideal = report.ideal(&WorkingTime { zone, calendar });
        let frozen = match plan.ledgers[n].closed_at {
            Some(closed) => self.store.kept_report(&sprint.connection, &sprint.id, closed, unit_word(unit))?,
            None => None,
        };
        let counted = plan.told(&report);
        let changed_after_close = frozen.as_ref().is_some_and(|(_, hash)| *hash != hash_of(&counted.to_string()));
        let kept = frozen.as_ref().and_then(|(text, _)| serde_json::from_str(text).ok());
        Ok(Burn {
            sprint,
            report: kept.unwrap_or_else(|| counted.clone()),
            live: counted,
            ideal,
            changed_after_close,
            frozen_hash: frozen.map(|(_, hash)| hash),
            counted: report,
        })
    }
}

/// The rank of an item that goes before or after another; items that never had one are given theirs first.
fn new_rank(plan: &Plan, n: usize, change: &ItemChange, writing: &mut Writing) -> Result<Option<String>, EngineError> {
    let (other, goes_before) = match (&change.before, &change.after) {
        (Some(other), _) => (plan.item(other)?, true),
        (None, Some(other)) => (plan.item(other)?, false),
        (None, None) => return Ok(None),
    };
    if other == n {
        return Err(EngineError::Other("an item has its place before and after others, not itself".to_owned()));
    }
    let mut ranks: Vec<Option<String>> = plan.items.iter().map(|item| item.rank.clone()).collect();
    if ranks[other].is_none() {
        // They stand after all that have one, in the order in which they are shown.
        for at in (0..ranks.len()).filter(|at| plan.items[*at].rank.is_none() && *at != n) {
            let last = ranks.iter().flatten().max().cloned();
            let rank = rank::between(last.as_deref(), None);
            let item = Item { rank: rank.clone(), ..plan.items[at].clone() };
            writing.item_event(&item, "ranked", |event| event.new.clone_from(&rank));
            writing.records.push(Record::Item(item));
            ranks[at] = rank;
        }
    }
    let mut others: Vec<&String> = (0..ranks.len()).filter(|at| *at != n).filter_map(|at| ranks[at].as_ref()).collect();
    others.sort();
    let Some(place) = others.iter().position(|rank| Some(*rank) == ranks[other].as_ref()) else { return Ok(None) };
    let place = if goes_before { place } else { place + 1 };
    let before = place.checked_sub(1).map(|at| others[at].as_str());
    let found = rank::between(before, others.get(place).map(|rank| rank.as_str()));
    found
        .map(Some)
        .ok_or_else(|| EngineError::Other("two items have the same rank there: move one of them first".to_owned()))
}

/// An item is in one open sprint at most: joining another leaves it.
fn move_item(
    plan: &Plan,
    places: &[u32],
    n: usize,
    target: &str,
    reason: Option<&String>,
    writing: &mut Writing,
) -> Result<(), EngineError> {
    let to = if target.is_empty() { None } else { Some(plan.sprint(target)?) };
    if let Some(to) = to {
        check_open(plan, to)?;
    }
    let item = &plan.items[n];
    let is_in = |sprint: usize| u32::try_from(sprint).is_ok_and(|sprint| places.contains(&sprint));
    for from in (0..plan.sprints.len()).filter(|from| Some(*from) != to && plan.ledgers[*from].closed_at.is_none()) {
        if is_in(from) {
            writing.item_event(item, "left", |event| {
                (event.sprint, event.reason) = (Some(plan.sprints[from].id.clone()), reason.cloned());
            });
        }
    }
    if let Some(to) = to.filter(|to| !is_in(*to)) {
        writing.item_event(item, "joined", |event| {
            (event.sprint, event.reason) = (Some(plan.sprints[to].id.clone()), reason.cloned());
        });
    }
    Ok(())
}

fn check_open(plan: &Plan, sprint: usize) -> Result<(), EngineError> {
    if plan.ledgers[sprint].closed_at.is_some() {
        let name = &plan.sprints[sprint].name;
        return Err(EngineError::Other(format!("the sprint \"{name}\" is closed, and its report stays as it is")));
    }
    Ok(())
}

fn unit_word(unit: Unit) -> &'static str {
    match unit {
        Unit::Points => "points",
        Unit::Hours => "hours",
        Unit::Items => "items",
    }
}

pub(super) fn hash_of(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
