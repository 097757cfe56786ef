//! What a person does to items: each act is written with the events that say so, in one transaction.

use jiff::civil::Date;

use super::Plan;
use super::read::facts_of_times;
use crate::engine::{EngineError, Workspace, rank};
use crate::metrics::plan::ledger::What;
use crate::model::Time;
use crate::model::people::OpsNeed;
use crate::model::plan::{Estimates, Item, ItemEvent, ItemKind, ItemState, Origin, Sprint, SprintEvent};
use crate::model::record::{FILE_CONNECTION, Record};
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{Edit, Store};

/// What a person adds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewItem {
    pub title: String,
    pub description: Option<String>,
    pub kind: ItemKind,
    pub estimates: Estimates,
    pub labels: Vec<String>,
    pub service: Option<String>,
    pub assignee: Option<String>,
    pub sprint: Option<String>,
    /// Why it comes into that sprint.
    pub reason: Option<String>,
    pub depends_on: Vec<String>,
    pub parent: Option<String>,
    pub links: Vec<String>,
    pub due: Option<Date>,
    /// What it came from, such as the incident that asked for it.
    pub origin: Option<Origin>,
    /// Kinds of what it needs of operations from the start.
    pub needs: Vec<String>,
}

/// What a person changes of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemChange {
    pub state: Option<ItemState>,
    /// Into a sprint, or with an empty text back to the backlog.
    pub sprint: Option<String>,
    /// A new estimate; an inner nothing takes the estimate away.
    pub points: Option<Option<f64>>,
    pub hours: Option<Option<f64>>,
    /// An empty text takes the assignee away; the same holds for the description, the service and the parent.
    pub assignee: Option<String>,
    pub service: Option<String>,
    pub parent: Option<String>,
    pub depends_on: Option<Vec<String>>,
    pub links: Option<Vec<String>>,
    pub due: Option<Option<Date>>,
    /// Why nobody can go on with it; an inner nothing says that somebody can.
    pub blocked: Option<Option<String>>,
    /// To the place before this item, or after it.
    pub before: Option<String>,
    pub after: Option<String>,
    pub reason: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    pub kind: Option<ItemKind>,
    pub labels: Option<Vec<String>>,
    /// Beside the labels that each item has.
    pub add_labels: Vec<String>,
    pub remove_labels: Vec<String>,
}

/// Everything that one act writes: records whose fields follow, and the events that say so.
#[derive(Default)]
pub(super) struct Writing {
    pub(super) records: Vec<Record>,
    /// Records that are taken away.
    pub(super) gone: Vec<Record>,
    /// What was so before the act and is written down with it. Taking the act back leaves it.
    past: Vec<Record>,
    /// The places that items have anyway, by connection and id.
    ranks: Vec<(String, String, String)>,
    /// It closes a sprint, whose report is kept.
    pub(super) closes: bool,
    pub(super) at: Time,
    seq: u32,
    who: String,
}

impl Writing {
    pub(super) fn new(at: Time) -> Self {
        Self { at, who: crate::engine::starts::who(), ..Self::default() }
    }

    pub(super) fn item_event(&mut self, item: &Item, kind: &str, fill: impl FnOnce(&mut ItemEvent)) {
        let event = self.event_of(item, kind, fill);
        self.records.push(event);
    }

    fn event_of(&mut self, item: &Item, kind: &str, fill: impl FnOnce(&mut ItemEvent)) -> Record {
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
        Record::ItemEvent(event)
    }

    pub(super) fn sprint_event(&mut self, sprint: &Sprint, kind: &str, fill: impl FnOnce(&mut SprintEvent)) {
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
    pub(super) fn open_ledger(&mut self, plan: &Plan, n: usize) {
        if plan.is_told[n] {
            return;
        }
        let item = &plan.items[n];
        let now = self.at;
        let mut told = Vec::new();
        facts_of_times(0, item, &mut told);
        let created = item.created_at.or(told.first().map(|fact| fact.at)).unwrap_or(now);
        // An item that says no time at all has its estimate from now on.
        if told.is_empty() && !plan.has_events[n] {
            facts_of_times(0, &Item { created_at: Some(now), ..item.clone() }, &mut told);
        }
        self.at = created;
        if !plan.has_events[n] {
            let event = self.event_of(item, "created", |_| {});
            self.past.push(event);
        }
        for fact in told {
            self.at = fact.at;
            let (kind, new) = match fact.what {
                What::State(state) => ("state", Some(state.as_str().to_owned())),
                What::Points(points) => ("estimated", points.map(number)),
                What::Hours(hours) => ("estimated", hours.map(in_hours)),
                What::Joined(_) | What::Left(_) => continue,
            };
            let event = self.event_of(item, kind, |event| event.new = new);
            self.past.push(event);
        }
        self.at = now;
    }
}

pub(super) fn number(value: f64) -> String {
    value.to_string()
}

pub(super) fn in_hours(value: f64) -> String {
    format!("{value}h")
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A new item with the events that tell of it.
pub(super) fn new_item(
    plan: &Plan,
    new: &NewItem,
    rank: Option<String>,
    writing: &mut Writing,
) -> Result<Item, EngineError> {
    let sprint = new.sprint.as_deref().map(|text| plan.sprint(text)).transpose()?;
    let mut item = Item {
        connection: FILE_CONNECTION.to_owned(),
        id: uuid::Uuid::now_v7().to_string(),
        title: new.title.trim().to_owned(),
        description: new.description.as_deref().and_then(given),
        kind: new.kind,
        estimates: Some(new.estimates).filter(|estimates| *estimates != Estimates::default()),
        labels: Some(new.labels.clone()).filter(|labels| !labels.is_empty()),
        service: new.service.clone(),
        assignee: new.assignee.clone(),
        origin: new.origin.clone(),
        due: new.due,
        links: Some(new.links.clone()).filter(|links| !links.is_empty()),
        rank,
        created_at: Some(writing.at),
        ..Item::default()
    };
    let wanted = |text: &String| plan.item(text).map(|n| plan.items[n].id.clone());
    item.parent = new.parent.as_ref().map(wanted).transpose()?;
    let depends_on = new.depends_on.iter().map(wanted).collect::<Result<Vec<String>, _>>()?;
    item.depends_on = Some(depends_on).filter(|ids| !ids.is_empty());
    writing.item_event(&item, "created", |event| event.new = Some(item.title.clone()));
    for estimate in [new.estimates.points.map(number), new.estimates.hours.map(in_hours)].into_iter().flatten() {
        writing.item_event(&item, "estimated", |event| event.new = Some(estimate));
    }
    if let Some(n) = sprint {
        check_open(plan, n)?;
        writing.item_event(&item, "joined", |event| {
            (event.sprint, event.reason) = (Some(plan.sprints[n].id.clone()), new.reason.clone());
        });
    }
    for kind in &new.needs {
        writing.records.push(Record::OpsNeed(OpsNeed {
            id: uuid::Uuid::now_v7().to_string(),
            item: item.id.clone(),
            kind: kind.clone(),
            state: "needed".to_owned(),
            ..OpsNeed::default()
        }));
    }
    writing.records.push(Record::Item(item.clone()));
    Ok(item)
}

/// What an item belongs to, waits for and is described by.
fn relate(plan: &Plan, n: usize, change: &ItemChange, item: &mut Item) -> Result<(), EngineError> {
    if let Some(labels) = &change.labels {
        item.labels = Some(labels.clone()).filter(|labels| !labels.is_empty());
    }
    if let Some(labels) = item.labels.as_mut().filter(|_| !change.remove_labels.is_empty()) {
        labels.retain(|label| !change.remove_labels.contains(label));
        item.labels = item.labels.take().filter(|labels| !labels.is_empty());
    }
    for label in &change.add_labels {
        let labels = item.labels.get_or_insert_default();
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    if let Some(description) = &change.description {
        item.description = given(description);
    }
    if let Some(service) = &change.service {
        item.service = given(service);
    }
    if let Some(due) = change.due {
        item.due = due;
    }
    if let Some(links) = &change.links {
        item.links = Some(links.clone()).filter(|links| !links.is_empty());
    }
    if let Some(parent) = &change.parent {
        let parent = given(parent).map(|text| plan.item(&text)).transpose()?;
        let above = |at: usize| plan.items[at].parent.iter().filter_map(|id| plan.place_of(id)).collect();
        if let Some(parent) = parent {
            check_no_round(plan, n, parent, "would belong to itself", above)?;
        }
        item.parent = parent.map(|at| plan.items[at].id.clone());
    }
    if let Some(waits_for) = &change.depends_on {
        let waits_for = waits_for.iter().map(|text| plan.item(text)).collect::<Result<Vec<usize>, _>>()?;
        let before =
            |at: usize| plan.items[at].depends_on.iter().flatten().filter_map(|id| plan.place_of(id)).collect();
        for other in &waits_for {
            check_no_round(plan, n, *other, "would wait for itself", before)?;
        }
        let ids: Vec<String> = waits_for.into_iter().map(|at| plan.items[at].id.clone()).collect();
        item.depends_on = Some(ids).filter(|ids| !ids.is_empty());
    }
    Ok(())
}

/// Refuses what would lead from an item back to itself.
fn check_no_round(
    plan: &Plan,
    item: usize,
    to: usize,
    why: &str,
    next: impl Fn(usize) -> Vec<usize>,
) -> Result<(), EngineError> {
    let (mut seen, mut ahead) = (rustc_hash::FxHashSet::default(), vec![to]);
    while let Some(at) = ahead.pop() {
        if at == item {
            let (title, other) = (&plan.items[item].title, &plan.items[to].title);
            return Err(EngineError::Other(format!("\"{title}\" {why} by way of \"{other}\"")));
        }
        if seen.insert(at) {
            ahead.extend(next(at));
        }
    }
    Ok(())
}

fn edit_of(store: &Store, record: Record) -> Result<Edit, EngineError> {
    let undone = match &record {
        Record::ItemEvent(event) => event.undone().map(Record::ItemEvent),
        Record::SprintEvent(event) => event.undone().map(Record::SprintEvent),
        _ => {
            let before = store.current(&record)?.map(Box::new);
            return Ok(Edit::Record { before, after: Some(Box::new(record)) });
        }
    };
    Ok(Edit::Event { done: Box::new(record), undone: undone.map(Box::new) })
}

/// The rank of what comes last. Where items have none they stand at the end by their age, and so does what is new.
pub(super) fn rank_at_end(plan: &Plan) -> Option<String> {
    if plan.items.iter().any(|item| item.rank.is_none()) {
        return None;
    }
    rank::between(plan.items.iter().filter_map(|item| item.rank.as_deref()).max(), None)
}

impl Workspace {
    pub fn plan(&self) -> Result<Plan, EngineError> {
        Plan::read(&self.store)
    }

    /// Writes an act as one step that can be undone: its events are taken back by others, never away.
    /// Whether it changed anything.
    pub(super) fn write(&self, name: &str, writing: Writing) -> Result<bool, EngineError> {
        let Writing { mut records, gone, mut past, ranks, closes, .. } = writing;
        for record in records.iter_mut().chain(&mut past) {
            record.normalise().map_err(|invalid| EngineError::Other(invalid.to_string()))?;
        }
        self.store.transaction(|store| -> Result<bool, EngineError> {
            store.give_ranks(&ranks)?;
            let mut edits =
                records.into_iter().map(|record| edit_of(store, record)).collect::<Result<Vec<Edit>, _>>()?;
            edits.extend(gone.into_iter().map(|record| Edit::Record { before: Some(Box::new(record)), after: None }));
            edits.retain(|edit| !matches!(edit, Edit::Record { before, after } if before == after));
            // What changes nothing is no step to take back.
            if edits.is_empty() {
                return Ok(false);
            }
            let mut ids = Ids::new(store.db_for_ids(), None)?;
            for record in &past {
                store.put(record, &mut ids, Meet::Replace)?;
            }
            drop(ids);
            store.write_step(name, &edits, Time::now())?;
            if closes {
                super::keep_closed(store, self.now(), false)?;
            }
            Ok(true)
        })
    }

    /// Adds an item at the end of the backlog, or of a sprint.
    pub fn add_item(&self, new: &NewItem) -> Result<Item, EngineError> {
        if new.title.trim().is_empty() {
            return Err(EngineError::Other("an item needs a title".to_owned()));
        }
        let plan = self.plan()?;
        let mut writing = Writing::new(self.now());
        let item = new_item(&plan, new, rank_at_end(&plan), &mut writing)?;
        self.write("Add item", writing)?;
        Ok(item)
    }

    /// Changes an item; each change is an event of its own.
    pub fn change_item(&self, text: &str, change: &ItemChange) -> Result<Item, EngineError> {
        let (mut changed, _) = self.change_items(&[text.to_owned()], change)?;
        changed.pop().ok_or_else(|| EngineError::Other("no item was named".to_owned()))
    }

    /// Changes items alike, as one step, whose name is told where it changed anything; ranked before or after another they
    /// keep their order.
    pub fn change_items(
        &self,
        texts: &[String],
        change: &ItemChange,
    ) -> Result<(Vec<Item>, Option<&'static str>), EngineError> {
        let mut plan = self.plan()?;
        let places = plan.places();
        let mut writing = Writing::new(self.now());
        let mut change = change.clone();
        let mut changed = Vec::new();
        if let Some(beside) = change.before.as_ref().or(change.after.as_ref()) {
            let beside = plan.item(beside)?;
            if plan.items[beside].rank.is_none() {
                give_ranks(&mut plan, &mut writing);
            }
        }
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
        let is_new = self.write(name, writing)?;
        Ok((changed, is_new.then_some(name)))
    }

    pub(super) fn change_one(
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
        relate(plan, n, change, &mut item)?;
        let estimates = item.estimates.get_or_insert_default();
        let mut estimated = |old: Option<String>, new: Option<String>| {
            if old != new {
                writing.item_event(&plan.items[n], "estimated", |event| {
                    (event.old, event.new, event.reason) = (old, new, reason.clone());
                });
            }
        };
        if let Some(points) = change.points {
            estimated(estimates.points.map(number), points.map(number));
            estimates.points = points;
        }
        if let Some(hours) = change.hours {
            estimated(estimates.hours.map(in_hours), hours.map(in_hours));
            estimates.hours = hours;
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
            let new = given(assignee);
            let old = std::mem::replace(&mut item.assignee, new.clone());
            if old != new {
                writing.item_event(&plan.items[n], "assigned", |event| (event.old, event.new) = (old, new));
            }
        }
        match (&change.blocked, plan.blocked[n].is_some()) {
            (Some(Some(why)), _) => {
                // The reason that stood before, so that changing it can be taken back.
                let before = plan.blocked[n].as_ref().map(|blocked| blocked.reason.clone().unwrap_or_default());
                if before.as_deref() != Some(why.trim()) {
                    writing.item_event(&plan.items[n], "blocked", |event| {
                        (event.old, event.reason) = (before, given(why))
                    });
                }
            }
            (Some(None), true) => {
                let why = plan.blocked[n].as_ref().and_then(|blocked| blocked.reason.clone());
                writing.item_event(&plan.items[n], "unblocked", |event| event.reason = why);
            }
            (Some(None), false) | (None, _) => {}
        }
        if let Some(rank) = new_rank(plan, n, change)? {
            let old = item.rank.replace(rank.clone());
            writing.item_event(&plan.items[n], "ranked", |event| (event.old, event.new) = (old, Some(rank)));
        }
        writing.records.push(Record::Item(item.clone()));
        Ok(item)
    }
}

/// Items that never had a rank are given one: after all that have one, in the order in which they are shown, with room
/// between them. Their places stay what they are, so that no event tells of it and no undo takes it back.
pub(super) fn give_ranks(plan: &mut Plan, writing: &mut Writing) {
    let last = plan.items.iter().filter_map(|item| item.rank.as_deref()).max();
    let Some(first) = rank::between(last, None) else { return };
    for (n, item) in plan.items.iter_mut().enumerate().filter(|(_, item)| item.rank.is_none()) {
        let rank = format!("{first}{n:07}U");
        writing.ranks.push((item.connection.clone(), item.id.clone(), rank.clone()));
        item.rank = Some(rank);
    }
}

/// The rank of an item that goes before or after another.
fn new_rank(plan: &Plan, n: usize, change: &ItemChange) -> Result<Option<String>, EngineError> {
    let (other, goes_before) = match (&change.before, &change.after) {
        (Some(other), _) => (plan.item(other)?, true),
        (None, Some(other)) => (plan.item(other)?, false),
        (None, None) => return Ok(None),
    };
    if other == n {
        return Err(EngineError::Other("an item has its place before and after others, not itself".to_owned()));
    }
    let rank_of = |at: usize| plan.items[at].rank.as_deref();
    let mut others: Vec<&str> = (0..plan.items.len()).filter(|at| *at != n).filter_map(rank_of).collect();
    others.sort_unstable();
    let Some(place) = others.iter().position(|rank| Some(*rank) == rank_of(other)) else { return Ok(None) };
    let place = if goes_before { place } else { place + 1 };
    let before = place.checked_sub(1).map(|at| others[at]);
    let found = rank::between(before, others.get(place).copied());
    found
        .map(Some)
        .ok_or_else(|| EngineError::Other("two items have the same rank there: move one of them first".to_owned()))
}

/// An item is in one open sprint of a team at most: joining another leaves it. What another team does with it is theirs.
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
    let is_left = |from: &usize| match to {
        Some(to) => *from != to && plan.sprints[*from].team == plan.sprints[to].team,
        None => true,
    };
    for from in (0..plan.sprints.len()).filter(|from| is_left(from) && plan.ledgers[*from].closed_at.is_none()) {
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

pub(super) fn check_open(plan: &Plan, sprint: usize) -> Result<(), EngineError> {
    if plan.ledgers[sprint].closed_at.is_some() {
        let name = &plan.sprints[sprint].name;
        return Err(EngineError::Other(format!("the sprint \"{name}\" is closed, and its report stays as it is")));
    }
    Ok(())
}

pub(super) fn hash_of(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
