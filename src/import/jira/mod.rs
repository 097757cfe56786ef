//! Jira's answers, Cloud and Server: issues with their change history, sprints, and lists of statuses.
//!
//! A change of the field *Sprint* carries the growing list of all sprints the issue was ever in: a longer list is a join,
//! a shorter one a leave, and sprints that were closed stay in it. An issue without such a change was in its sprints from
//! its creation on. What a status means is told by its category, of statuses that are seen with it; one that is never
//! seen with its category is told, not guessed; of those that are done, words such as "Won't do" say that nothing was. The field of the estimate differs from site to site: it is the one
//! that the answer names so, or that a change named so. Sub-tasks go with their parent: they have no points and are in no
//! sprint of their own. Issues without a change history are in their sprints from their creation on; a sprint none of whose
//! issues has one has no start that a report may rest on: what it committed to is unknown.

mod sprints;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::sprints::{expected_days, ids_in, sprint_of, sprint_values};
use super::json_pages::{Origin, get};
use super::status_words::{item_kind_of_word, item_state_of_word, plain};
use super::{Emit, InSprints, Item as Out, Options, Standing, Stopped, tracker};
use crate::model::Time;
use crate::model::plan::{Estimates, ItemState, JIRA_FILES};
use crate::model::record::{Item, ItemEvent, Record};

/// The estimate's field on sites that name none.
const USUAL_POINTS: &str = "customfield_10016";
/// Names of the estimate's field, of the two kinds of projects.
const POINTS_NAMES: [&str; 2] = ["Story Points", "Story point estimate"];
/// Statuses that every Jira has, by their ids.
const FIXED: [(&str, &str); 5] = [("1", "new"), ("3", "indeterminate"), ("4", "new"), ("5", "done"), ("6", "done")];

pub struct Jira<'a> {
    options: &'a Options,
    issues: BTreeMap<String, (u64, Value)>,
    /// Change histories that came apart from their issue, by its number or key as they named it.
    histories: BTreeMap<String, Vec<Value>>,
    /// How many changes such a history has, where a page of it says so.
    promised: BTreeMap<String, usize>,
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
            promised: BTreeMap::new(),
            sprints: BTreeMap::new(),
            categories: BTreeMap::new(),
            untold: BTreeMap::new(),
            points_fields: Vec::new(),
            names: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }

    fn connection(&self) -> String {
        self.options.connection.clone().unwrap_or_else(|| JIRA_FILES.to_owned())
    }

    pub fn take(&mut self, value: &Value, origin: &Origin) -> bool {
        let has = |keys: &[&str]| get::has(value, keys);
        if has(&["key", "fields", "id"]) {
            self.take_issue(value, origin);
        } else if has(&["created", "items"]) && origin.url.contains("/changelog") {
            self.note_fields(value);
            let issue = issue_in(&origin.url).unwrap_or_default();
            self.histories.entry(issue).or_default().push(value.clone());
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

    /// What stands beside the entries of a page.
    pub fn take_page(&mut self, page: &Value) {
        self.take_names(page);
        let issue = get::text(page, &["self"]).as_deref().and_then(issue_in);
        if let Some((issue, all)) = issue.zip(get::int(page, &["total"]).and_then(|all| usize::try_from(all).ok())) {
            self.promised.insert(issue, all);
        }
    }

    /// The names of fields, which stand in a page or in an issue that was asked for alone.
    fn take_names(&mut self, value: &Value) {
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
        if let Some(state) = self.options.states.get(&plain(name)) {
            return Some(*state);
        }
        let told = self.categories.get(id).and_then(|keys| keys.iter().max_by_key(|(_, count)| **count));
        let key = told.map(|(key, _)| key.as_str());
        let key = key.or_else(|| FIXED.iter().find(|(known, _)| *known == id).map(|(_, key)| *key));
        match key {
            Some("done") if item_state_of_word(name) == Some(ItemState::Cancelled) => Some(ItemState::Cancelled),
            Some("done") => Some(ItemState::Done),
            Some("indeterminate") => Some(ItemState::InProgress),
            Some("new") => Some(ItemState::Backlog),
            _ => item_state_of_word(name),
        }
    }

    /// The change history of an issue, from wherever it came; nothing where it is not known, or not to its end.
    fn history_of<'v>(&'v self, issue: &'v Value) -> Option<Vec<&'v Value>> {
        let names = names_of(issue);
        let apart: Vec<&Value> = names.iter().filter_map(|name| self.histories.get(name)).flatten().collect();
        let promised = names.iter().filter_map(|name| self.promised.get(name)).copied();
        let log = issue.get("changelog");
        if log.is_none() && apart.is_empty() && promised.clone().next().is_none() {
            return None;
        }
        let mut histories: Vec<&Value> = histories_in(issue).into_iter().chain(apart).collect();
        histories.sort_by_key(|history| get::time(history, &["created"]));
        let mut seen = BTreeSet::new();
        histories.retain(|history| get::text(history, &["id"]).is_none_or(|id| seen.insert(id)));
        let all = log.and_then(|log| get::int(log, &["total"])).and_then(|all| usize::try_from(all).ok());
        // An issue brings the latest changes only, where it has many.
        promised.chain(all).all(|all| histories.len() >= all).then_some(histories)
    }

    /// Sprints that an issue with a change history is or was in, and those that only issues without one are in.
    fn sprints_of_issues(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut told, mut untold) = (BTreeSet::new(), BTreeSet::new());
        for (_, value) in self.issues.values() {
            let history = self.history_of(value);
            let fields = value.get("fields").cloned().unwrap_or_default();
            let now = sprint_values(&fields).into_iter().filter_map(|sprint| get::text(&sprint, &["id"]));
            let into = if history.is_some() { &mut told } else { &mut untold };
            into.extend(now);
            let of_sprints = history.into_iter().flatten().flat_map(|history| get::list(history, "items"));
            let of_sprints = of_sprints.filter(|change| get::text(change, &["field"]).as_deref() == Some("Sprint"));
            told.extend(of_sprints.flat_map(|change| ids_in(change, "from").into_iter().chain(ids_in(change, "to"))));
        }
        untold.retain(|id| !told.contains(id));
        (told, untold)
    }

    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let connection = self.connection();
        let (told, untold) = self.sprints_of_issues();
        for unknown in told.iter().filter(|id| !self.sprints.contains_key(*id)) {
            let reason =
                format!("the sprint {unknown} is named by issues and is not in this import: import the sprints, too");
            emit.refuse(0, None, reason)?;
        }
        let expected = expected_days(&self.sprints);
        for (id, (line, value)) in &self.sprints {
            match sprint_of(&connection, id, value, !untold.contains(id), expected.get(id).copied()) {
                Some((sprint, days)) => {
                    if expected.contains_key(id) {
                        let what = format!(
                            "dates of the sprint \"{}\" (it has none: as if it followed the last)",
                            sprint.name
                        );
                        emit.item(Out::UnknownKey(what, 1))?;
                    }
                    emit.record(*line, Record::Sprint(sprint))?;
                    emit.standing(Standing::Sprint(days))?;
                }
                None => {
                    let name = get::text(value, &["name"]).unwrap_or_else(|| id.clone());
                    emit.refuse(*line, None, format!("the sprint \"{name}\" has no dates yet: plan it first"))?;
                }
            }
        }
        for (key, (line, value)) in std::mem::take(&mut self.issues) {
            let history = self.history_of(&value);
            let history = history.map(|all| all.into_iter().cloned().collect::<Vec<Value>>());
            let has_part = value.get("changelog").is_some();
            let has_part =
                names_of(&value).iter().fold(has_part, |has, name| self.histories.remove(name).is_some() | has);
            let item = self.item_of(&connection, &key, &value);
            self.count_unread(&value);
            let place = (connection.clone(), item.id.clone());
            let (events, standing) = match &history {
                Some(history) => {
                    let (connection, item_id) = place;
                    (self.events_of(&item, &value, history), Some(Standing::HasHistory { connection, item: item_id }))
                }
                None => (Vec::new(), self.place_without_history(&item, &value, &told)),
            };
            if history.is_none() && has_part {
                self.left_out("change history that is not told to its end");
            }
            for event in events {
                emit.record(line, Record::ItemEvent(event))?;
            }
            let keys = self.emptied(&value);
            let emptied = Standing::emptied(&item, keys);
            emit.record(line, Record::Item(item))?;
            for standing in standing.into_iter().chain([emptied]) {
                emit.standing(standing)?;
            }
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
        const READ: [&str; 29] = [
            "duedate",
            "summary",
            "description",
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
            HOURS_FIELD,
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
        let is_given_up = get::text(&fields, &["resolution", "name"]).is_some_and(|name| tracker::is_given_up(&name));
        let state = if state == ItemState::Done && is_given_up { ItemState::Cancelled } else { state };
        let points = self.points_fields().find_map(|field| fields.get(field)?.as_f64());
        let estimates = Estimates {
            points: points.filter(|points| *points >= 0.0 && !is_subtask(&fields)),
            hours: fields.get(HOURS_FIELD).and_then(Value::as_f64).and_then(hours_of),
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
            description: fields.get("description").and_then(tracker::description),
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

    /// An issue without a change history is in its sprints, but for those whose other issues have one: a report that rests
    /// on these would count it as committed, which nothing tells.
    fn place_without_history(&mut self, item: &Item, value: &Value, told: &BTreeSet<String>) -> Option<Standing> {
        let fields = value.get("fields").cloned().unwrap_or_default();
        let since = item.created_at.filter(|_| !is_subtask(&fields))?;
        let all = sprint_values(&fields).into_iter().filter_map(|sprint| get::text(&sprint, &["id"]));
        let (sprints, stays): (Vec<String>, Vec<String>) = all.partition(|sprint| !told.contains(sprint));
        for _ in &stays {
            self.left_out("issue without a change history, in a sprint whose other issues have one");
        }
        let (connection, item) = (item.connection.clone(), item.id.clone());
        Some(Standing::InSprints(InSprints { connection, item, since: Some(since), source: "jira", sprints, stays }))
    }

    /// Keys of an item that an issue has and holds nothing in.
    fn emptied(&self, value: &Value) -> Vec<&'static str> {
        const KEYS: [(&str, &str); 6] = [
            ("assignee", "assignee"),
            ("labels", "labels"),
            ("duedate", "due"),
            ("description", "description"),
            (HOURS_FIELD, "estimates.hours"),
            ("resolutiondate", "done_at"),
        ];
        let Some(fields) = value.get("fields") else { return Vec::new() };
        let mut emptied = tracker::emptied(fields, &KEYS);
        // Where the answer does not say which field it is, an empty one may be another.
        if self.points_fields.iter().any(|field| fields.get(field).is_some_and(Value::is_null)) {
            emptied.push("estimates.points");
        }
        emptied
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
        let told = histories
            .iter()
            .filter_map(|history| Some((history, get::time(history, &["created"])?)))
            .flat_map(|(history, at)| get::list(history, "items").iter().map(move |item| (history, item, at)));
        let mut changes: Vec<(usize, (&Value, &Value, Time))> = told.enumerate().collect();
        // What is closed and given up in one step was not done before: the resolution says so.
        let is_resolution = |change: &Value| get::text(change, &["field"]).as_deref() == Some("resolution");
        let step = |history: &Value| get::text(history, &["id"]);
        for same in changes.chunk_by_mut(|a, b| step(a.1.0) == step(b.1.0)) {
            same.sort_by_key(|(_, (_, change, _))| !is_resolution(change));
        }
        let of = |names: &[&str]| {
            changes
                .iter()
                .map(|(_, change)| change)
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
        let first_points = match of(&POINTS_NAMES) {
            _ if !is_planned => None,
            Some((_, change, _)) => get::text(change, &["fromString"]),
            None => item.estimates.and_then(|estimates| estimates.points).map(|points| points.to_string()),
        };
        if let Some(points) = first_points.filter(|points| points.parse::<f64>().is_ok_and(|points| points >= 0.0)) {
            event("estimated at creation".to_owned(), created, "estimated", &|event| event.new = Some(points.clone()));
        }
        let first_hours = match of(&[HOURS_FIELD]) {
            _ if !is_planned => None,
            Some((_, change, _)) => hours_in(change, ["from", "fromString"]),
            None => item.estimates.and_then(|estimates| estimates.hours).map(|hours| format!("{hours}h")),
        };
        if let Some(hours) = first_hours {
            event("hours at creation".to_owned(), created, "estimated", &|event| event.new = Some(hours.clone()));
        }
        // After the estimates: what comes in is worth something from its first moment on.
        for sprint in &first_sprints {
            event(format!("created in {sprint}"), created, "joined", &|event| event.sprint = Some(sprint.clone()));
        }
        let (mut given_up, mut is_done, mut is_cancelled) = (false, false, false);
        let mut unread = Vec::new();
        for (n, (history, change, at)) in &changes {
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
                    given_up = new.as_deref().is_some_and(tracker::is_given_up);
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
                            is_cancelled = state == ItemState::Cancelled;
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
                HOURS_FIELD if is_planned => {
                    let (old, new) = (hours_in(change, ["from", "fromString"]), hours_in(change, ["to", "toString"]));
                    if old != new {
                        event(id, *at, "estimated", &|event| {
                            (event.old, event.new, event.who) = (old.clone(), new.clone(), who.clone());
                        });
                    }
                }
                "assignee" => event(id, *at, "assigned", &|event| {
                    (event.old, event.new, event.who) = (old.clone(), new.clone(), who.clone());
                }),
                "Flagged" => {
                    let flag = new.filter(|flag| !flag.trim().is_empty());
                    let kind = if flag.is_some() { "blocked" } else { "unblocked" };
                    event(id, *at, kind, &|event| (event.reason, event.who) = (flag.clone(), who.clone()));
                }
                field => unread.push(format!("change of {field}")),
            }
        }
        if item.state == ItemState::Cancelled && !given_up && !is_cancelled {
            let at = get::time(&fields, &["resolutiondate"])
                .or(changes.last().map(|(_, (_, _, at))| *at))
                .unwrap_or(created);
            event("given up".to_owned(), at, "cancelled", &|event| {
                event.reason = get::text(&fields, &["resolution", "name"]);
            });
        }
        for what in unread {
            self.left_out(&what);
        }
        events
    }
}

/// The issue that an address of a change history names, by its number or its key.
fn issue_in(url: &str) -> Option<String> {
    let (issue, rest) = url.split_once("/issue/")?.1.split_once('/')?;
    rest.starts_with("changelog").then(|| issue.to_owned())
}

/// What a history may call an issue.
fn names_of(issue: &Value) -> Vec<String> {
    ["id", "key"].iter().filter_map(|name| get::text(issue, &[name])).collect()
}

/// What an issue is estimated at, in seconds.
const HOURS_FIELD: &str = "timeoriginalestimate";

fn hours_of(seconds: f64) -> Option<f64> {
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds / 3600.0)
}

/// The side of a change that tells seconds, as an event tells hours.
fn hours_in(change: &Value, names: [&str; 2]) -> Option<String> {
    let seconds = names.iter().find_map(|name| get::text(change, &[name])?.parse().ok());
    seconds.and_then(hours_of).map(|hours| format!("{hours}h"))
}

fn is_subtask(fields: &Value) -> bool {
    fields.pointer("/issuetype/subtask").and_then(Value::as_bool).unwrap_or(false)
}

fn histories_in(issue: &Value) -> Vec<&Value> {
    issue.get("changelog").map(|log| get::list(log, "histories").iter().collect()).unwrap_or_default()
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
