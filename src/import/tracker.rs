//! Issues of a tracker as items, and its milestones or iterations as sprints.
//!
//! Where the history of an issue came along, its ledger follows it. Where it did not, its estimate and its states are told
//! by the issue's own times, which a later import may correct, it stands in its sprint, and what that sprint committed to
//! stays unknown: such a sprint has no start here, so that no report can invent one. An issue that moved to another sprint
//! between two imports left the first when that is seen. What an issue says that has no place in an item is counted as
//! left out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::json_pages::get;
use super::{Emit, InSprints, Item as Out, SprintDays, Standing, Stopped};
use crate::model::Time;
use crate::model::plan::{ItemKind, ItemState};
use crate::model::record::{Item, ItemEvent, MAX_TEXT_BYTES, Record, Sprint};

/// Something that the history of an issue tells.
#[derive(Clone, Debug)]
pub struct Happening {
    pub id: String,
    pub at: Time,
    pub who: Option<String>,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Joined(String),
    Left(String),
    State(ItemState),
    Points(Option<f64>),
    Assigned(Option<String>),
}

impl What {
    fn sprint(&self) -> Option<&str> {
        match self {
            Self::Joined(sprint) | Self::Left(sprint) => Some(sprint),
            _ => None,
        }
    }
}

struct Issue {
    line: u64,
    item: Item,
    /// The sprint that it is in now.
    sprint: Option<String>,
    /// Nothing else is said of where it is.
    knows_sprint: bool,
    /// Keys of the item that its answer holds nothing in.
    emptied: Vec<&'static str>,
}

#[derive(Default)]
pub struct Tracker {
    source: &'static str,
    has_close: bool,
    issues: BTreeMap<String, Issue>,
    sprints: BTreeMap<String, (u64, Sprint)>,
    /// By the issue as the history names it.
    history: BTreeMap<String, Vec<Happening>>,
    /// What issues say and items cannot hold, and how often.
    left_out: BTreeMap<String, u64>,
}

impl Tracker {
    /// `has_close`: the source says when a sprint was closed.
    pub fn new(source: &'static str, has_close: bool) -> Self {
        Self { source, has_close, ..Self::default() }
    }

    /// An issue as the API answered it; `sprint` is the one it is in now, where it has days. `is_elsewhere`: it is in one
    /// that has none.
    pub fn issue(
        &mut self,
        line: u64,
        item: Item,
        (sprint, is_elsewhere): (Option<String>, bool),
        emptied: Vec<&'static str>,
    ) {
        let knows_sprint = sprint.is_some() || !is_elsewhere;
        self.issues.insert(item.id.clone(), Issue { line, item, sprint, knows_sprint, emptied });
    }

    pub fn sprint(&mut self, line: u64, sprint: Sprint) {
        self.sprints.insert(sprint.id.clone(), (line, sprint));
    }

    pub fn happened(&mut self, issue: String, happening: Happening) {
        self.history.entry(issue).or_default().push(happening);
    }

    pub fn left_out(&mut self, what: &str) {
        *self.left_out.entry(format!("{}: {what}", self.source)).or_default() += 1;
    }

    /// Counts the keys of an answer that hold something and that nobody reads.
    pub fn unread(&mut self, value: &Value, read: &[&str]) {
        for key in unread_keys(value, read) {
            self.left_out(&key);
        }
    }

    /// Each issue with each sprint that it was in, by their ids.
    fn stays(&self) -> impl Iterator<Item = (&str, &str)> {
        let now = self.issues.iter().filter_map(|(id, issue)| Some((id.as_str(), issue.sprint.as_deref()?)));
        let then = self.history.iter().flat_map(|(id, history)| {
            history.iter().filter_map(|happening| Some((id.as_str(), happening.what.sprint()?)))
        });
        now.chain(then)
    }

    /// Where a project has sprints of the preferred kind, its others are none, and who was in them is forgotten. Kinds are
    /// told by how ids begin; a project is what stands before the `#` of its issues.
    pub fn prefer_sprints(&mut self, preferred: &str, other: &str) {
        let project_of = |issue: &str| issue.rsplit_once('#').map_or("", |(project, _)| project).to_owned();
        let preferring: BTreeSet<String> =
            self.stays().filter(|(_, id)| id.starts_with(preferred)).map(|(issue, _)| project_of(issue)).collect();
        for (id, issue) in &mut self.issues {
            if preferring.contains(&project_of(id)) {
                issue.sprint = issue.sprint.take().filter(|id| !id.starts_with(other));
            }
        }
        for (issue, history) in &mut self.history {
            if preferring.contains(&project_of(issue)) {
                history.retain(|happening| !happening.what.sprint().is_some_and(|id| id.starts_with(other)));
            }
        }
        if self.sprints.keys().any(|id| id.starts_with(preferred)) {
            let used: BTreeSet<String> = self.stays().map(|(_, sprint)| sprint.to_owned()).collect();
            self.sprints.retain(|id, _| !id.starts_with(other) || used.contains(id));
        }
    }

    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        // A sprint whose issues' history came along has a start that a report may rest on.
        let happenings = self.history.values().flatten();
        let told: BTreeSet<String> =
            happenings.filter_map(|happening| happening.what.sprint().map(str::to_owned)).collect();
        for (line, sprint) in std::mem::take(&mut self.sprints).into_values() {
            let has_history = told.contains(&sprint.id);
            let started_at = sprint.started_at.filter(|_| has_history);
            let days = SprintDays {
                connection: sprint.connection.clone(),
                id: sprint.id.clone(),
                planned_at: Some(sprint.starts_at),
                ends_at: sprint.ends_at,
                started_at,
                has_start: false,
                closed_at: sprint.closed_at,
                goes_on: sprint.closed_at.is_none() && sprint.started_at.is_some(),
                has_close: self.has_close,
            };
            emit.record(line, Record::Sprint(Sprint { started_at, ..sprint }))?;
            emit.standing(Standing::Sprint(days))?;
        }
        for Issue { line, item, sprint, knows_sprint, emptied } in std::mem::take(&mut self.issues).into_values() {
            let mut history = self.history.remove(&item.id).unwrap_or_default();
            history.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
            // The history only says that it was closed; the issue says how.
            let last = history.iter_mut().rev().find(|happening| matches!(happening.what, What::State(_)));
            if let Some(closed) = last.filter(|last| last.what == What::State(ItemState::Done)) {
                closed.what =
                    What::State(if item.state == ItemState::Cancelled { item.state } else { ItemState::Done });
            }
            let tells_sprint = history.iter().any(|happening| happening.what.sprint().is_some());
            for event in self.events_of_issue(&item, &history) {
                emit.record(line, Record::ItemEvent(event))?;
            }
            let (connection, id, since) = (item.connection.clone(), item.id.clone(), item.created_at);
            let emptied = Standing::emptied(&item, emptied);
            emit.record(line, Record::Item(item))?;
            emit.standing(emptied)?;
            if tells_sprint {
                emit.standing(Standing::HasHistory { connection, item: id })?;
                continue;
            }
            // A report that rests on the history of other issues would count it as committed, which nothing tells.
            let (sprints, stays): (Vec<String>, Vec<String>) = sprint.into_iter().partition(|it| !told.contains(it));
            if !stays.is_empty() {
                self.left_out("issue without the history of its sprint, in one whose other issues have it");
            }
            if knows_sprint {
                let source = self.source;
                let standing = InSprints { connection, item: id, since, source, sprints, stays };
                emit.standing(Standing::InSprints(standing))?;
            }
        }
        for issue in self.history.keys() {
            let reason = format!("the history belongs to the issue {issue}, which is not in this import");
            emit.refuse(0, None, reason)?;
        }
        for (what, n) in self.left_out {
            emit.item(Out::UnknownKey(what, n))?;
        }
        Ok(())
    }

    fn events_of_issue(&self, item: &Item, history: &[Happening]) -> Vec<ItemEvent> {
        let Some(created) = item.created_at else { return Vec::new() };
        let mut events: Vec<ItemEvent> = Vec::new();
        let mut event = |id: &str, at: Time, kind: &str| {
            events.push(event_of(item, id, (at, events.len()), kind, self.source));
            events.len() - 1
        };
        event("created", created, "created");
        let tells = |is: fn(&What) -> bool| history.iter().any(|happening| is(&happening.what));
        let tells_points = tells(|what| matches!(what, What::Points(_)));
        let tells_state = tells(|what| matches!(what, What::State(_)));
        let mut filled: Vec<(usize, Happening)> = Vec::new();
        let mut tell =
            |id: &str, at: Time, what: What, who: Option<String>, event: &mut dyn FnMut(&str, Time, &str) -> usize| {
                let kind = match &what {
                    What::Joined(_) => "joined",
                    What::Left(_) => "left",
                    What::State(_) => "state",
                    What::Points(_) => "estimated",
                    What::Assigned(_) => "assigned",
                };
                let place = event(id, at, kind);
                filled.push((place, Happening { id: id.to_owned(), at, who, what }));
            };
        // A ledger that tells of one and not of the other is filled up; one that tells of neither leaves both to the times.
        if let Some(points) = item.estimates.and_then(|it| it.points).filter(|_| tells_state && !tells_points) {
            tell("estimated", created, What::Points(Some(points)), None, &mut event);
        }
        for happening in history {
            tell(&happening.id, happening.at, happening.what.clone(), happening.who.clone(), &mut event);
        }
        if let Some(done) = item.done_at.filter(|_| tells_points && !tells_state) {
            tell("closed", done, What::State(item.state), None, &mut event);
        }
        for (place, happening) in filled {
            let event = &mut events[place];
            event.who = happening.who;
            match happening.what {
                What::Joined(sprint) | What::Left(sprint) => event.sprint = Some(sprint),
                What::State(state) => event.new = Some(state.as_str().to_owned()),
                What::Points(points) => event.new = points.map(|points| points.to_string()),
                What::Assigned(name) => event.new = name,
            }
        }
        events
    }
}

/// An event of an item's ledger, at its moment and its place among the others.
pub fn event_of(item: &Item, id: &str, (at, place): (Time, usize), kind: &str, source: &str) -> ItemEvent {
    ItemEvent {
        connection: item.connection.clone(),
        id: format!("{}/{id}", item.id),
        item: item.id.clone(),
        at,
        seq: u32::try_from(place).ok(),
        kind: kind.to_owned(),
        source: Some(source.to_owned()),
        ..ItemEvent::default()
    }
}

/// Those of the keys that an answer has and holds nothing in.
pub fn emptied(value: &Value, keys: &[(&str, &'static str)]) -> Vec<&'static str> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    keys.iter().filter(|(key, _)| value.get(key).is_some_and(is_empty)).map(|(_, own)| *own).collect()
}

/// The keys of an object that hold something and are none of those that are read. Addresses say nothing of the object.
pub fn unread_keys(value: &Value, read: &[&str]) -> Vec<String> {
    let holds = |value: &Value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Bool(true) => true,
    };
    let is_address = |key: &str| {
        key.ends_with("_url") || key.starts_with('_') || matches!(key, "url" | "self" | "node_id" | "expand")
    };
    let keys = value.as_object().into_iter().flatten();
    let unread = keys.filter(|(key, value)| holds(value) && !is_address(key) && !read.contains(&key.as_str()));
    unread.map(|(key, _)| key.clone()).collect()
}

/// A long text as a record may hold it: what is too much is cut off, and the cut can be seen.
pub fn clipped(text: &str) -> String {
    const MARK: &str = " …";
    if text.len() <= MAX_TEXT_BYTES {
        return text.to_owned();
    }
    format!("{}{MARK}", &text[..text.floor_char_boundary(MAX_TEXT_BYTES - MARK.len())])
}

/// The description of an issue: a text, or a document of blocks (Atlassian Document Format) read as its lines.
pub fn description(value: &Value) -> Option<String> {
    let mut text = String::new();
    match value {
        Value::String(plain) => text.push_str(plain),
        blocks => lines_of_document(blocks, 0, &mut text),
    }
    Some(clipped(text.trim())).filter(|text| !text.is_empty())
}

fn lines_of_document(block: &Value, depth: usize, text: &mut String) {
    // Nobody writes so deep; a file that does is up to something.
    const DEEPEST: usize = 100;
    let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "hardBreak" => text.push('\n'),
        "listItem" => text.push_str("- "),
        _ => {}
    }
    let own = block.get("text").or_else(|| block.pointer("/attrs/text")).or_else(|| block.pointer("/attrs/url"));
    text.extend(own.and_then(Value::as_str));
    if depth < DEEPEST {
        for child in block.get("content").and_then(Value::as_array).into_iter().flatten() {
            lines_of_document(child, depth + 1, text);
        }
    }
    let ends_a_line = matches!(kind, "paragraph" | "heading" | "codeBlock" | "rule" | "tableRow" | "blockCard");
    if ends_a_line && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// What an issue is, by its labels.
pub fn kind_of_labels(labels: &[String]) -> ItemKind {
    let is = |words: &[&str]| {
        labels.iter().any(|label| {
            let label = label.to_lowercase();
            let last = label.rsplit([':', '/']).next().unwrap_or(&label).trim();
            words.contains(&last)
        })
    };
    if is(&["bug", "defect", "regression"]) {
        ItemKind::Bug
    } else if is(&["feature", "enhancement", "feature request", "story", "user story"]) {
        ItemKind::Feature
    } else if is(&["ops", "operations", "infrastructure", "sre"]) {
        ItemKind::Ops
    } else {
        ItemKind::Task
    }
}

/// A local day of a tracker as a moment in a zone: its beginning, or its end.
pub fn day(value: &Value, key: &str, zone: Option<&jiff::tz::TimeZone>, is_end: bool) -> Option<Time> {
    let text = get::text(value, &[key])?;
    if let Ok(time) = Time::parse(&text) {
        return Some(time);
    }
    day_of(&text, zone, is_end)
}

/// A date as a moment in a zone: its beginning, or its end.
pub fn day_of(date: &str, zone: Option<&jiff::tz::TimeZone>, is_end: bool) -> Option<Time> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let zone = zone.cloned().unwrap_or(jiff::tz::TimeZone::UTC);
    let date = if is_end { date.tomorrow().ok()? } else { date };
    Some(Time::from_timestamp(date.to_zoned(zone).ok()?.timestamp()))
}

/// A resolution of work that nobody did.
pub fn is_given_up(resolution: &str) -> bool {
    const WORDS: [&str; 14] = [
        "won't",
        "won’t",
        "wont",
        "duplicate",
        "cannot reproduce",
        "declined",
        "cancel",
        "rejected",
        "abandon",
        "invalid",
        "obsolete",
        "not a bug",
        "works as designed",
        "incomplete",
    ];
    let name = resolution.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_tell_the_kind() {
        for (label, kind) in [
            ("type: Bug", ItemKind::Bug),
            ("kind/feature", ItemKind::Feature),
            ("enhancement", ItemKind::Feature),
            ("type::ops", ItemKind::Ops),
            ("debugging", ItemKind::Task),
        ] {
            assert_eq!(kind_of_labels(&[label.to_owned()]), kind, "{label}");
        }
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let value = serde_json::json!({"due": "2026-03-28"});
        let berlin = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
        let end = day(&value, "due", Some(&berlin), true).unwrap();
        assert_eq!(end, Time::parse("2026-03-29T00:00:00+01:00").unwrap());
        assert_eq!(day(&value, "due", None, false), Time::parse("2026-03-28T00:00:00Z").ok());
    }
}
