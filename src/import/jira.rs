//! Jira's answers, Cloud and Server: issues with their change history, sprints, and lists of statuses.
//!
//! A change of the field *Sprint* carries the growing list of all sprints the issue was ever in: a longer list is a join,
//! a shorter one a leave, and sprints that were closed stay in it. An issue without such a change was in its sprints from
//! its creation on. What a status means is told by its category, of statuses that are seen with it; one that is never
//! seen with its category is told, not guessed. The field of the estimate differs from site to site: it is the one
//! that the answer names so, or that a change named so. Sub-tasks go with their parent: they have no points and are in no
//! sprint of their own. Issues without a change history have no ledger: what their
//! sprints committed to is unknown.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_pages::{Origin, get};
use super::status_words::{item_kind_of_word, item_state_of_word};
use super::{Emit, Item as Out, Options, Stopped, tracker};
use crate::model::Time;
use crate::model::plan::{Estimates, ItemState};
use crate::model::record::{Item, ItemEvent, Record, Sprint, SprintEvent};

/// The estimate's field on sites that name none.
const USUAL_POINTS: &str = "customfield_10016";
/// Names of the estimate's field, of the two kinds of projects.
const POINTS_NAMES: [&str; 2] = ["Story Points", "Story point estimate"];
/// Statuses that every Jira has, by their ids.
const FIXED: [(&str, &str); 5] = [("1", "new"), ("3", "indeterminate"), ("4", "new"), ("5", "done"), ("6", "done")];

pub struct Jira<'a> {
    options: &'a Options,
    issues: BTreeMap<String, (u64, Value)>,
    /// Change histories that came apart from their issue, by its number.
    histories: BTreeMap<String, Vec<Value>>,
    sprints: BTreeMap<String, (u64, Value)>,
    /// How often each category was told of a status, by its id: answers of several years may contradict each other.
    categories: BTreeMap<String, BTreeMap<String, usize>>,
    /// Statuses of histories whose meaning nothing tells, with the issues that had them.
    untold: BTreeMap<String, Vec<String>>,
    /// Fields that are named like an estimate: a site may have one for each kind of its projects.
    points_fields: Vec<String>,
    /// The names of fields, as answers tell them.
    names: BTreeMap<String, String>,
    /// Fields that hold something and have no place in an item, and in how many issues.
    left_out: BTreeMap<String, u64>,
}

impl<'a> Jira<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            issues: BTreeMap::new(),
            histories: BTreeMap::new(),
            sprints: BTreeMap::new(),
            categories: BTreeMap::new(),
            untold: BTreeMap::new(),
            points_fields: Vec::new(),
            names: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }

    fn connection(&self) -> String {
        self.options.connection.clone().unwrap_or_else(|| "jira".to_owned())
    }

    pub fn take(&mut self, value: &Value, origin: &Origin) -> bool {
        let has = |keys: &[&str]| get::has(value, keys);
        if has(&["key", "fields", "id"]) {
            self.take_issue(value, origin);
        } else if has(&["created", "items", "author"]) && origin.url.contains("/changelog") {
            let issue = origin.url.split("/issue/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            self.note_fields(value);
            self.histories.entry(issue.to_owned()).or_default().push(value.clone());
        } else if has(&["id", "name", "state"]) && (has(&["originBoardId"]) || has(&["startDate", "endDate"])) {
            self.take_sprint(value, origin);
        } else if has(&["id", "name", "statusCategory"]) {
            self.take_status(value);
        } else if has(&["id", "issueId", "started"]) {
            self.left_out("worklog");
        } else if has(&["id", "name", "type", "self", "location"]) {
            self.left_out("board");
        } else if has(&["id", "name", "schema", "custom"]) || has(&["id", "name", "clauseNames"]) {
            self.take_field(value);
        } else {
            return false;
        }
        true
    }

    fn left_out(&mut self, what: &str) {
        *self.left_out.entry(format!("jira: {what}")).or_default() += 1;
    }

    fn take_status(&mut self, status: &Value) {
        let key = get::text(status, &["statusCategory", "key"]);
        if let (Some(id), Some(key)) = (get::text(status, &["id"]), key) {
            *self.categories.entry(id).or_default().entry(key).or_default() += 1;
        }
    }

    /// A field of the site, as its list of fields tells them.
    fn take_field(&mut self, value: &Value) {
        let is_points = get::text(value, &["name"]).is_some_and(|name| POINTS_NAMES.contains(&name.as_str()))
            || get::text(value, &["schema", "custom"]).is_some_and(|kind| kind.ends_with(":jsw-story-points"));
        if let Some(id) = get::text(value, &["id"]).filter(|_| is_points) {
            self.note_points(id);
        }
    }

    fn note_points(&mut self, field: String) {
        if !self.points_fields.contains(&field) {
            self.points_fields.push(field);
        }
    }

    /// The names of fields, which stand in a page or in an issue that was asked for alone.
    pub fn take_names(&mut self, value: &Value) {
        for (field, name) in value.get("names").and_then(Value::as_object).into_iter().flatten() {
            let Some(name) = name.as_str() else { continue };
            if POINTS_NAMES.contains(&name) {
                self.note_points(field.clone());
            }
            if !self.names.contains_key(field) {
                self.names.insert(field.clone(), name.to_owned());
            }
        }
    }

    /// The fields that may hold the estimate, the likely ones first.
    fn points_fields(&self) -> impl Iterator<Item = &str> {
        self.points_fields.iter().map(String::as_str).chain([USUAL_POINTS])
    }

    fn take_sprint(&mut self, value: &Value, origin: &Origin) {
        if let Some(id) = get::text(value, &["id"]) {
            self.sprints.insert(id, (origin.line, value.clone()));
        }
    }

    fn take_issue(&mut self, value: &Value, origin: &Origin) {
        let Some(key) = get::text(value, &["key"]) else { return };
        let fields = value.get("fields").cloned().unwrap_or_default();
        if let Some(status) = fields.get("status") {
            self.take_status(status);
        }
        for sprint in sprint_values(&fields) {
            // The list of sprints knows more than what stands in an issue.
            if let Some(id) = get::text(&sprint, &["id"]).filter(|id| !self.sprints.contains_key(id)) {
                self.sprints.insert(id, (origin.line, sprint));
            }
        }
        self.take_names(value);
        for history in histories_in(value) {
            self.note_fields(history);
        }
        self.issues.insert(key, (origin.line, value.clone()));
    }

    /// The field of the estimate, where a change names it.
    fn note_fields(&mut self, history: &Value) {
        for item in get::list(history, "items") {
            let name = get::text(item, &["field"]).unwrap_or_default();
            if let Some(id) = get::text(item, &["fieldId"]).filter(|_| POINTS_NAMES.contains(&name.as_str())) {
                self.note_points(id);
            }
        }
    }

    /// What a status means: by the category that was told of it most, else as every Jira or tracker has it.
    fn state_of(&self, id: &str, name: &str) -> Option<ItemState> {
        let told = self.categories.get(id).and_then(|keys| keys.iter().max_by_key(|(_, count)| **count));
        let key = told.map(|(key, _)| key.as_str());
        let key = key.or_else(|| FIXED.iter().find(|(known, _)| *known == id).map(|(_, key)| *key));
        match key {
            Some("done") => Some(ItemState::Done),
            Some("indeterminate") => Some(ItemState::InProgress),
            Some("new") => Some(ItemState::Backlog),
            _ => item_state_of_word(name),
        }
    }

    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let connection = self.connection();
        for (id, (line, value)) in &self.sprints {
            match sprint_of(&connection, id, value) {
                Some((sprint, events)) => {
                    emit.record(*line, Record::Sprint(sprint))?;
                    for event in events {
                        emit.record(*line, Record::SprintEvent(event))?;
                    }
                }
                None => {
                    let name = get::text(value, &["name"]).unwrap_or_else(|| id.clone());
                    emit.refuse(*line, None, format!("the sprint \"{name}\" has no dates yet: plan it first"))?;
                }
            }
        }
        for (key, (line, value)) in std::mem::take(&mut self.issues) {
            let number = get::text(&value, &["id"]).unwrap_or_default();
            let apart = self.histories.remove(&number).unwrap_or_default();
            let mut histories: Vec<Value> = histories_in(&value).iter().map(|history| (*history).clone()).collect();
            histories.extend(apart);
            histories.sort_by_key(|history| get::time(history, &["created"]));
            histories.dedup_by_key(|history| get::text(history, &["id"]));
            let item = self.item_of(&connection, &key, &value);
            self.count_unread(&value);
            if !histories.is_empty() || value.get("changelog").is_some() {
                for event in self.events_of(&item, &value, &histories) {
                    emit.record(line, Record::ItemEvent(event))?;
                }
            }
            emit.record(line, Record::Item(item))?;
        }
        for (status, issues) in &self.untold {
            let some = issues.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let reason = format!(
                "what the status \"{status}\" means is not told ({} changes, of {some}): import the list of statuses, too",
                issues.len()
            );
            emit.refuse(0, None, reason)?;
        }
        for (what, n) in std::mem::take(&mut self.left_out) {
            emit.item(Out::UnknownKey(what, n))?;
        }
        for issue in self.histories.keys() {
            let reason = format!("the change history belongs to issue {issue}, which is not in this import");
            emit.refuse(0, None, reason)?;
        }
        Ok(())
    }

    /// Counts the fields of an issue that hold something and have no place in an item, by the names that people see.
    fn count_unread(&mut self, value: &Value) {
        const READ: [&str; 28] = [
            "duedate",
            "summary",
            "status",
            "statusCategory",
            "issuetype",
            "created",
            "updated",
            "resolutiondate",
            "statuscategorychangedate",
            "assignee",
            "labels",
            "issuelinks",
            "parent",
            "resolution",
            "timeoriginalestimate",
            "project",
            "creator",
            "reporter",
            "workratio",
            "lastViewed",
            "watches",
            "votes",
            "progress",
            "aggregateprogress",
            "aggregatetimeoriginalestimate",
            "sprint",
            "closedSprints",
            "subtasks",
        ];
        let Some(fields) = value.get("fields") else { return };
        for key in tracker::unread_keys(fields, &READ) {
            let found = &fields[key.as_str()];
            let is_sprint = !sprint_values(&serde_json::json!({ key.as_str(): found })).is_empty();
            let is_points = self.points_fields().any(|field| field == key);
            if is_sprint || is_points || rank_in(found).is_some() {
                continue;
            }
            let name = self.names.get(&key).map_or(key.as_str(), String::as_str);
            let name = name.to_owned();
            self.left_out(&name);
        }
    }

    fn item_of(&self, connection: &str, key: &str, value: &Value) -> Item {
        let fields = value.get("fields").cloned().unwrap_or_default();
        let status = get::text(&fields, &["status", "id"]).unwrap_or_default();
        let status_name = get::text(&fields, &["status", "name"]).unwrap_or_default();
        let state = self.state_of(&status, &status_name).unwrap_or_default();
        let is_given_up = get::text(&fields, &["resolution", "name"]).is_some_and(|name| is_given_up(&name));
        let state = if state == ItemState::Done && is_given_up { ItemState::Cancelled } else { state };
        let points = self.points_fields().find_map(|field| fields.get(field)?.as_f64());
        let estimates = Estimates {
            points: points.filter(|points| *points >= 0.0 && !is_subtask(&fields)),
            hours: fields.get("timeoriginalestimate").and_then(Value::as_f64).map(|seconds| seconds / 3600.0),
        };
        let texts = |key: &str| -> Vec<String> {
            get::list(&fields, key).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let created_at = get::time(&fields, &["created"]);
        let done_at =
            get::time(&fields, &["resolutiondate"]).or_else(|| get::time(&fields, &["statuscategorychangedate"]));
        let site =
            get::text(value, &["self"]).and_then(|url| url.split_once("/rest/").map(|(site, _)| site.to_owned()));
        let kind = get::text(&fields, &["issuetype", "name"]).unwrap_or_default();
        Item {
            connection: connection.to_owned(),
            id: key.to_owned(),
            title: get::text(&fields, &["summary"]).unwrap_or_else(|| key.to_owned()),
            kind: item_kind_of_word(&kind),
            state,
            source_state: get::text(&fields, &["status", "name"]),
            service: self.options.service.clone(),
            estimates: Some(estimates).filter(|estimates| *estimates != Estimates::default()),
            rank: fields.as_object().into_iter().flatten().find_map(|(_, value)| rank_in(value)),
            assignee: get::text(&fields, &["assignee", "displayName"]),
            labels: Some(texts("labels")).filter(|labels| !labels.is_empty()),
            depends_on: Some(blockers(&fields)).filter(|blockers| !blockers.is_empty()),
            parent: get::text(&fields, &["parent", "key"]).filter(|parent| parent != key),
            created_at,
            done_at: done_at.filter(|_| state == ItemState::Done),
            due: get::text(&fields, &["duedate"]).and_then(|due| due.parse().ok()),
            url: site.map(|site| format!("{site}/browse/{key}")),
            ..Item::default()
        }
    }

    /// The ledger that the change history tells.
    fn events_of(&mut self, item: &Item, value: &Value, histories: &[Value]) -> Vec<ItemEvent> {
        let created = item.created_at.or_else(|| histories.first().and_then(|h| get::time(h, &["created"])));
        let Some(created) = created else { return Vec::new() };
        let mut events = Vec::new();
        let mut event = |id: String, at: Time, kind: &str, fill: &dyn Fn(&mut ItemEvent)| {
            let mut event = tracker::event_of(item, &id, (at, events.len()), kind, "jira");
            fill(&mut event);
            events.push(event);
        };
        event("created".to_owned(), created, "created", &|_| {});
        let changes: Vec<(&Value, &Value, Time)> = histories
            .iter()
            .filter_map(|history| Some((history, get::time(history, &["created"])?)))
            .flat_map(|(history, at)| get::list(history, "items").iter().map(move |item| (history, item, at)))
            .collect();
        let of = |names: &[&str]| {
            changes
                .iter()
                .find(|(_, change, _)| get::text(change, &["field"]).is_some_and(|f| names.contains(&f.as_str())))
        };
        // What it was before its first change, it was from its creation on.
        let fields = value.get("fields").cloned().unwrap_or_default();
        let is_planned = !is_subtask(&fields);
        let first_sprints = match of(&["Sprint"]) {
            _ if !is_planned => Vec::new(),
            Some((_, change, _)) => ids_in(change, "from"),
            None => sprint_values(&fields).iter().filter_map(|sprint| get::text(sprint, &["id"])).collect(),
        };
        for sprint in &first_sprints {
            event(format!("created in {sprint}"), created, "joined", &|event| event.sprint = Some(sprint.clone()));
        }
        let first_points = match of(&POINTS_NAMES) {
            _ if !is_planned => None,
            Some((_, change, _)) => get::text(change, &["fromString"]),
            None => item.estimates.and_then(|estimates| estimates.points).map(|points| points.to_string()),
        };
        if let Some(points) = first_points.filter(|points| points.parse::<f64>().is_ok_and(|points| points >= 0.0)) {
            event("estimated at creation".to_owned(), created, "estimated", &|event| event.new = Some(points.clone()));
        }
        let (mut given_up, mut is_done) = (false, false);
        for (n, (history, change, at)) in changes.iter().enumerate() {
            let id = format!("{}/{n}", get::text(history, &["id"]).unwrap_or_default());
            let who = get::text(history, &["author", "displayName"]);
            let (old, new) = (get::text(change, &["fromString"]), get::text(change, &["toString"]));
            match get::text(change, &["field"]).unwrap_or_default().as_str() {
                "Sprint" if is_planned => {
                    let (before, after) = (ids_in(change, "from"), ids_in(change, "to"));
                    for sprint in after.iter().filter(|sprint| !before.contains(sprint)) {
                        event(format!("{id}/{sprint}"), *at, "joined", &|event| {
                            (event.sprint, event.who) = (Some(sprint.clone()), who.clone());
                        });
                    }
                    for sprint in before.iter().filter(|sprint| !after.contains(sprint)) {
                        event(format!("{id}/{sprint}"), *at, "left", &|event| {
                            (event.sprint, event.who) = (Some(sprint.clone()), who.clone());
                        });
                    }
                }
                "resolution" => {
                    let was_given_up = given_up;
                    given_up = new.as_deref().is_some_and(is_given_up);
                    let state = match (was_given_up, given_up) {
                        (false, true) => Some(ItemState::Cancelled),
                        (true, false) if is_done => Some(ItemState::Done),
                        _ => None,
                    };
                    if let Some(state) = state {
                        event(id, *at, "state", &|event| {
                            event.new = Some(state.as_str().to_owned());
                            (event.reason, event.who) = (new.clone(), who.clone());
                        });
                    }
                }
                "status" => {
                    let to = get::text(change, &["to"]).unwrap_or_default();
                    match self.state_of(&to, new.as_deref().unwrap_or_default()) {
                        // What was given up stays so when it is closed.
                        Some(ItemState::Done) if given_up => is_done = true,
                        Some(state) => {
                            is_done = state == ItemState::Done;
                            event(id, *at, "state", &|event| {
                                event.new = Some(state.as_str().to_owned());
                                (event.old, event.reason, event.who) = (old.clone(), new.clone(), who.clone());
                            });
                        }
                        None => self.untold.entry(new.unwrap_or(to)).or_default().push(item.id.clone()),
                    }
                }
                field if is_planned && POINTS_NAMES.contains(&field) => {
                    let is_number = new.as_deref().is_none_or(|new| new.parse::<f64>().is_ok_and(|new| new >= 0.0));
                    if is_number {
                        event(id, *at, "estimated", &|event| {
                            (event.old, event.new, event.who) = (old.clone(), new.clone(), who.clone());
                        });
                    }
                }
                "assignee" => event(id, *at, "assigned", &|event| {
                    (event.old, event.new, event.who) = (old.clone(), new.clone(), who.clone());
                }),
                _ => {}
            }
        }
        if item.state == ItemState::Cancelled && !given_up {
            let at =
                get::time(&fields, &["resolutiondate"]).or(changes.last().map(|(_, _, at)| *at)).unwrap_or(created);
            event("given up".to_owned(), at, "cancelled", &|event| {
                event.reason = get::text(&fields, &["resolution", "name"]);
            });
        }
        events
    }
}

fn is_subtask(fields: &Value) -> bool {
    fields.pointer("/issuetype/subtask").and_then(Value::as_bool).unwrap_or(false)
}

fn histories_in(issue: &Value) -> Vec<&Value> {
    issue.get("changelog").map(|log| get::list(log, "histories").iter().collect()).unwrap_or_default()
}

/// The sprints that stand in an issue, closed ones included, each once.
fn sprint_values(fields: &Value) -> Vec<Value> {
    let is_sprint = |value: &Value| get::has(value, &["id", "name", "state"]) && get::has(value, &["startDate"]);
    let mut found: Vec<Value> = Vec::new();
    for value in fields.as_object().into_iter().flatten().map(|(_, value)| value) {
        let values = match value {
            Value::Array(values) => values.clone(),
            one => vec![one.clone()],
        };
        let values = values.into_iter().map(|value| match value.as_str() {
            Some(text) => sprint_in_text(text).unwrap_or(value),
            None => value,
        });
        for sprint in values.filter(is_sprint) {
            if !found.iter().any(|known| known["id"] == sprint["id"]) {
                found.push(sprint);
            }
        }
    }
    found
}

/// Data Center writes a sprint as a text: `…Sprint@1f[id=1,rapidViewId=2,state=CLOSED,name=Sprint 1,startDate=…,…]`.
fn sprint_in_text(text: &str) -> Option<Value> {
    let (_, inner) = text.split_once("Sprint@")?.1.split_once('[')?;
    let inner = inner.strip_suffix(']').unwrap_or(inner);
    let mut sprint = serde_json::Map::new();
    let mut last: Option<String> = None;
    for part in inner.split(',') {
        match part.split_once('=').filter(|(key, _)| key.chars().all(char::is_alphanumeric)) {
            Some((key, "<null>")) => {
                sprint.insert(key.to_owned(), Value::Null);
                last = None;
            }
            Some((key, value)) => {
                sprint.insert(key.to_owned(), value.into());
                last = Some(key.to_owned());
            }
            // A name or goal may hold a comma.
            None => {
                if let Some(Value::String(value)) = last.as_ref().and_then(|key| sprint.get_mut(key)) {
                    value.push(',');
                    value.push_str(part);
                }
            }
        }
    }
    if let Some(board) = sprint.get("rapidViewId").cloned() {
        sprint.insert("boardId".to_owned(), board);
    }
    sprint.contains_key("id").then_some(Value::Object(sprint))
}

/// "38, 40" as ids.
fn ids_in(change: &Value, key: &str) -> Vec<String> {
    let text = get::text(change, &[key]).unwrap_or_default();
    text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// A rank looks like `0|i000ef:` and sorts as a text.
fn rank_in(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let (bucket, rest) = text.split_once('|')?;
    let is_rank = bucket.len() == 1
        && bucket.bytes().all(|byte| byte.is_ascii_digit())
        && rest.contains(':')
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b':');
    is_rank.then(|| text.to_owned())
}

/// The issues that block this one.
fn blockers(fields: &Value) -> Vec<String> {
    let is_block = |link: &&Value| get::text(link, &["type", "inward"]).is_some_and(|word| word == "is blocked by");
    let links = get::list(fields, "issuelinks").iter().filter(is_block);
    links.filter_map(|link| get::text(link, &["inwardIssue", "key"])).collect()
}

fn is_given_up(resolution: &str) -> bool {
    let name = resolution.to_lowercase();
    ["won't", "wont", "duplicate", "cannot reproduce", "declined", "cancel", "rejected", "abandon", "invalid"]
        .iter()
        .any(|word| name.contains(word))
}

/// A sprint and the events that made it; none where it has no dates.
fn sprint_of(connection: &str, id: &str, value: &Value) -> Option<(Sprint, Vec<SprintEvent>)> {
    let time = |key: &str| get::time(value, &[key]);
    let (starts_at, ends_at) = (time("startDate")?, time("endDate")?);
    let state = get::text(value, &["state"]).unwrap_or_default().to_lowercase();
    let started_at = (state != "future").then(|| time("activatedDate").unwrap_or(starts_at));
    let closed_at = time("completeDate").filter(|_| state == "closed");
    // A sprint that was closed before it began says nothing true of its close.
    let closed_at = closed_at.filter(|closed| started_at.is_none_or(|started| *closed >= started));
    let board = get::text(value, &["originBoardId"]).or_else(|| get::text(value, &["boardId"]));
    let sprint = Sprint {
        connection: connection.to_owned(),
        id: id.to_owned(),
        team: board.map_or_else(|| "jira".to_owned(), |board| format!("board {board}")),
        name: get::text(value, &["name"]).unwrap_or_else(|| id.to_owned()),
        goal: get::text(value, &["goal"]),
        starts_at,
        ends_at: ends_at.max(starts_at),
        started_at,
        closed_at,
        ..Sprint::default()
    };
    let event = |kind: &str, at: Option<Time>| {
        at.map(|at| SprintEvent {
            connection: connection.to_owned(),
            id: format!("{id}/{kind}"),
            sprint: id.to_owned(),
            at,
            kind: kind.to_owned(),
            new: (kind == "planned").then(|| ends_at.to_string()),
            ..SprintEvent::default()
        })
    };
    let events = [event("planned", Some(starts_at)), event("started", started_at), event("closed", closed_at)];
    Some((sprint, events.into_iter().flatten().collect()))
}

#[cfg(test)]
mod tests {
    use super::sprint_in_text;

    #[test]
    fn a_sprint_of_data_center_is_read_from_its_text() {
        let text = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=2,state=CLOSED,\
                    name=Sprint 7, the long one,startDate=2026-03-02T09:00:00.000Z,endDate=2026-03-13T17:00:00.000Z,\
                    completeDate=<null>,sequence=7,goal=Pay]";
        let sprint = sprint_in_text(text).unwrap();
        assert_eq!(sprint["id"], "7");
        assert_eq!(sprint["name"], "Sprint 7, the long one");
        assert_eq!((&sprint["boardId"], sprint["completeDate"].is_null()), (&"2".into(), true));
        assert!(sprint_in_text("just a text").is_none());
    }
}
