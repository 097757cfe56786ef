//! GitLab's REST answers: pipelines (list and detail form), jobs, deployments, merge requests; issues with an incident label
//! or type are incidents, the others items. Iterations are sprints; where a project has none, its milestones with days are.
//! `resource_iteration_events`, `resource_milestone_events`, `resource_weight_events` and `resource_state_events` of issues
//! give the ledger.
//!
//! The list form of a pipeline has no times but creation and update; `/retry` keeps a pipeline's id, so attempts are
//! not told here. A job's stage is the pipeline's stage and its name, as `deploy: production`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::github::severity_of;
use super::json_pages::{Origin, get};
use super::tracker::{self, Happening, Tracker, What};
use super::{Emit, Options, Stopped};
use crate::model::System;
use crate::model::plan::{Estimates, ItemState};
use crate::model::record::*;

pub struct GitLab<'a> {
    options: &'a Options,
    runs: BTreeMap<(String, String), (u64, Run)>,
    jobs: BTreeMap<String, Vec<(u64, Value)>>,
    records: Vec<(u64, Record)>,
    commits: BTreeMap<String, (u64, Commit)>,
    environments: BTreeMap<String, u64>,
    tracker: Tracker,
    /// Issues by the number that is theirs in all projects, which is what histories name.
    issues_by_id: BTreeMap<String, String>,
    resource_events: Vec<(String, Happening)>,
}

/// The path of a project in an API or web address.
fn project_of(url: &str) -> Option<String> {
    if let Some((_, rest)) = url.split_once("/projects/") {
        return rest.split(['/', '?']).next().map(|project| project.replace("%2F", "/"));
    }
    let (_, path) = url.split_once("://")?;
    let (path, _) = path.split_once("/-/")?;
    path.split_once('/').map(|(_, project)| project.to_owned())
}

impl<'a> GitLab<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            runs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            records: Vec::new(),
            commits: BTreeMap::new(),
            environments: BTreeMap::new(),
            tracker: Tracker::new("gitlab", false),
            issues_by_id: BTreeMap::new(),
            resource_events: Vec::new(),
        }
    }

    fn connection(&self) -> String {
        self.options.connection.clone().unwrap_or_else(|| "gitlab".to_owned())
    }

    fn project(value: &Value, origin: &Origin) -> String {
        // The API was asked by the project's path; a web address may stand below a folder of the server.
        let asked = project_of(&origin.url).filter(|project| project.contains('/'));
        asked
            .or_else(|| get::text(value, &["web_url"]).and_then(|url| project_of(&url)))
            .or_else(|| get::text(value, &["project_id"]))
            .or_else(|| get::text(value, &["pipeline", "project_id"]))
            .or_else(|| project_of(&origin.url))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    pub fn take(&mut self, value: &Value, origin: &Origin) -> bool {
        let is = |keys: &[&str]| get::has(value, keys);
        if is(&["stage", "pipeline", "name"]) {
            let pipeline = get::text(value, &["pipeline", "id"]).unwrap_or_default();
            get::put_job(self.jobs.entry(pipeline).or_default(), origin.line, value);
            self.take_commit(value, origin);
        } else if is(&["deployable", "environment", "iid"]) || (is(&["iid", "sha", "environment", "ref"])) {
            self.take_deployment(value, origin);
        } else if is(&["source_branch", "target_branch", "iid"]) {
            self.take_merge_request(value, origin);
        } else if is(&["sha", "ref", "status", "iid"]) || is(&["sha", "ref", "status", "project_id"]) {
            self.take_pipeline(value, origin);
        } else if is(&["id", "start_date", "due_date", "state"]) && !is(&["labels"]) {
            let kind = if is(&["sequence"]) || is(&["group_id", "title"]) && !is(&["expired"]) {
                "iteration"
            } else {
                "milestone"
            };
            self.take_sprint(value, kind, origin);
        } else if is(&["created_at", "resource_type", "resource_id"]) || is(&["issue_id", "weight", "created_at"]) {
            self.take_resource_event(value, origin);
        } else if is(&["iid", "title", "project_id"]) {
            self.take_issue(value, origin);
        } else {
            return false;
        }
        true
    }

    fn take_pipeline(&mut self, value: &Value, origin: &Origin) {
        let project = Self::project(value, origin);
        let id = get::text(value, &["id"]).unwrap_or_default();
        let raw = get::text(value, &["status"]).unwrap_or_default();
        let group = get::text(value, &["detailed_status", "group"]);
        let status = System::GitLab.status(&raw, group.as_deref());
        let (started_at, finished_at) =
            get::ordered(get::time(value, &["started_at"]), get::time(value, &["finished_at"]));
        let is_tag = value.get("tag").and_then(Value::as_bool).unwrap_or(false);
        let name = get::text(value, &["ref"]);
        let source = get::text(value, &["source"]);
        let run = Run {
            connection: self.connection(),
            pipeline: project.clone(),
            id: id.clone(),
            status,
            status_raw: Some(raw),
            number: get::int(value, &["iid"]),
            service: self.options.service.clone(),
            repo: Some(project.clone()),
            branch: name.clone().filter(|_| !is_tag),
            tag: name.filter(|_| is_tag),
            sha: get::text(value, &["sha"]),
            actor: get::text(value, &["user", "username"]),
            event: source.as_deref().map(event_of),
            event_raw: source,
            created_at: get::time(value, &["created_at"]),
            started_at,
            finished_at,
            updated_at: get::time(value, &["updated_at"]),
            url: get::text(value, &["web_url"]),
            parent: get::text(value, &["parent"]),
            ..Run::default()
        };
        // The detail form knows more than the list form, whichever comes first.
        let slot = self.runs.entry((project, id));
        match slot {
            std::collections::btree_map::Entry::Occupied(mut known) => {
                if run.started_at.is_some() || known.get().1.started_at.is_none() {
                    known.insert((origin.line, run));
                }
            }
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert((origin.line, run));
            }
        }
    }

    fn take_commit(&mut self, job: &Value, origin: &Origin) {
        let (Some(sha), Some(authored_at)) =
            (get::text(job, &["commit", "id"]), get::time(job, &["commit", "authored_date"]))
        else {
            return;
        };
        let commit = Commit {
            connection: self.connection(),
            repo: Self::project(job, origin),
            sha: sha.clone(),
            authored_at,
            committed_at: get::time(job, &["commit", "committed_date"]),
            author: get::text(job, &["commit", "author_name"]),
            subject: get::text(job, &["commit", "title"]),
            parents: job.get("commit").map(|commit| {
                get::list(commit, "parent_ids").iter().filter_map(|p| p.as_str().map(str::to_owned)).collect()
            }),
            ..Commit::default()
        };
        self.commits.insert(sha, (origin.line, commit));
    }

    fn take_deployment(&mut self, value: &Value, origin: &Origin) {
        let project = Self::project(value, origin);
        let raw = get::text(value, &["status"]).unwrap_or_default();
        let environment = get::text(value, &["environment", "name"]).unwrap_or_else(|| "unknown".to_owned());
        self.environments.entry(environment.clone()).or_insert(origin.line);
        let job = value.get("deployable").cloned().unwrap_or_default();
        if job.is_object() {
            self.take_commit(&job, origin);
        }
        let status = System::GitLab.status(&raw, None);
        let ended = get::time(&job, &["finished_at"]).or_else(|| get::time(value, &["updated_at"]));
        let (started_at, finished_at) =
            get::ordered(get::time(&job, &["started_at"]), ended.filter(|_| status.is_finished()));
        let run = get::text(&job, &["pipeline", "id"]).map(|id| RunRef {
            connection: None,
            pipeline: project.clone(),
            id,
            attempt: 1,
        });
        let deployment = Deployment {
            connection: self.connection(),
            id: get::text(value, &["id"]).unwrap_or_default(),
            service: self.options.service.clone().unwrap_or(project),
            environment,
            status,
            status_raw: Some(raw),
            sha: get::text(value, &["sha"]),
            queued_at: get::time(value, &["created_at"]),
            started_at,
            finished_at,
            run,
            actor: get::text(value, &["user", "username"]),
            url: get::text(&job, &["web_url"]),
            ..Deployment::default()
        };
        self.records.push((origin.line, Record::Deployment(deployment)));
    }

    fn take_merge_request(&mut self, value: &Value, origin: &Origin) {
        let Some(created_at) = get::time(value, &["created_at"]) else { return };
        let merged_at = get::time(value, &["merged_at"]);
        let merge_sha = get::text(value, &["merge_commit_sha"]).or_else(|| get::text(value, &["squash_commit_sha"]));
        let change = Change {
            connection: self.connection(),
            repo: Self::project(value, origin),
            id: get::text(value, &["iid"]).unwrap_or_default(),
            created_at,
            title: get::text(value, &["title"]),
            author: get::text(value, &["author", "username"]),
            labels: Some(
                get::list(value, "labels").iter().filter_map(|l| l.as_str().map(str::to_owned)).collect::<Vec<_>>(),
            )
            .filter(|labels| !labels.is_empty()),
            branch: get::text(value, &["source_branch"]),
            target: get::text(value, &["target_branch"]),
            merged_at,
            closed_at: get::time(value, &["closed_at"]).or(merged_at),
            merge_sha: merge_sha.or_else(|| merged_at.and_then(|_| get::text(value, &["sha"]))),
            url: get::text(value, &["web_url"]),
            ..Change::default()
        };
        self.records.push((origin.line, Record::Change(change)));
    }

    fn take_issue(&mut self, value: &Value, origin: &Origin) {
        let labels: Vec<String> =
            get::list(value, "labels").iter().filter_map(|l| l.as_str().map(str::to_owned)).collect();
        let is_incident = get::text(value, &["issue_type"]).is_some_and(|kind| kind == "incident")
            || labels.iter().any(|label| self.options.is_incident_label(label));
        let project = Self::project(value, origin);
        if !is_incident {
            return self.take_item(value, origin, &project, labels);
        }
        let iid = get::text(value, &["iid"]).unwrap_or_default();
        let severity = get::text(value, &["severity"]).and_then(|word| match word.to_ascii_lowercase().as_str() {
            "critical" => Some(1),
            "high" => Some(2),
            "medium" => Some(3),
            "low" => Some(4),
            _ => None,
        });
        let incident = Incident {
            connection: self.connection(),
            id: format!("{project}#{iid}"),
            title: get::text(value, &["title"]).unwrap_or_default(),
            service: Some(self.options.service.clone().unwrap_or(project)),
            severity: severity.or_else(|| severity_of(&labels)),
            declared_at: get::time(value, &["created_at"]),
            resolved_at: get::time(value, &["closed_at"]),
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            url: get::text(value, &["web_url"]),
            ..Incident::default()
        };
        self.records.push((origin.line, Record::Incident(incident)));
    }

    fn take_item(&mut self, value: &Value, origin: &Origin, project: &str, labels: Vec<String>) {
        const READ: [&str; 21] = [
            "id",
            "iid",
            "project_id",
            "title",
            "description",
            "state",
            "labels",
            "created_at",
            "closed_at",
            "updated_at",
            "assignee",
            "assignees",
            "author",
            "milestone",
            "iteration",
            "weight",
            "time_stats",
            "web_url",
            "due_date",
            "type",
            "issue_type",
        ];
        self.tracker.unread(value, &READ);
        for _ in get::list(value, "assignees").iter().skip(1) {
            self.tracker.left_out("another assignee");
        }
        let iid = get::text(value, &["iid"]).unwrap_or_default();
        let is_closed = get::text(value, &["state"]).is_some_and(|state| state == "closed");
        let is_given_up = labels.iter().any(|label| {
            let label = label.to_lowercase();
            ["wontfix", "won't do", "duplicate", "cancelled"].iter().any(|word| label.ends_with(word))
        });
        let state = match (is_closed, is_given_up) {
            (true, true) => ItemState::Cancelled,
            (true, false) => ItemState::Done,
            (false, _) => ItemState::Backlog,
        };
        // An iteration is a sprint; a milestone is one where there is no iteration.
        let sprint = ["iteration", "milestone"].into_iter().find_map(|key| {
            let found = value.get(key).filter(|found| found.is_object())?;
            self.take_sprint(found, key, origin)
        });
        let hours = value.pointer("/time_stats/time_estimate").and_then(Value::as_f64).filter(|seconds| *seconds > 0.0);
        let estimates = Estimates {
            points: value.get("weight").and_then(Value::as_f64),
            hours: hours.map(|seconds| seconds / 3600.0),
        };
        let id = format!("{project}#{iid}");
        if let Some(global) = get::text(value, &["id"]) {
            self.issues_by_id.insert(global, id.clone());
        }
        let item = Item {
            connection: self.connection(),
            id,
            title: get::text(value, &["title"]).unwrap_or_default(),
            description: value.get("description").and_then(tracker::description),
            kind: tracker::kind_of_labels(&labels),
            state,
            source_state: get::text(value, &["state"]),
            service: self.options.service.clone(),
            estimates: Some(estimates).filter(|estimates| *estimates != Estimates::default()),
            assignee: get::text(value, &["assignee", "name"])
                .or_else(|| value.pointer("/assignees/0").and_then(|person| get::text(person, &["name"]))),
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            created_at: get::time(value, &["created_at"]),
            done_at: get::time(value, &["closed_at"]).filter(|_| is_closed),
            due: get::text(value, &["due_date"]).and_then(|due| due.parse().ok()),
            url: get::text(value, &["web_url"]),
            ..Item::default()
        };
        let emptied = tracker::emptied(
            value,
            &[
                ("assignees", "assignee"),
                ("labels", "labels"),
                ("due_date", "due"),
                ("description", "description"),
                ("weight", "estimates.points"),
                ("closed_at", "done_at"),
            ],
        );
        let is_elsewhere = ["iteration", "milestone"].iter().any(|key| value.get(key).is_some_and(Value::is_object));
        self.tracker.issue(origin.line, item, (sprint, is_elsewhere), emptied);
    }

    /// A milestone or an iteration with its days; its id, where it has any.
    fn take_sprint(&mut self, value: &Value, kind: &str, origin: &Origin) -> Option<String> {
        let number = get::text(value, &["id"])?;
        let zone = self.options.zone.as_ref();
        let begins = tracker::day(value, "start_date", zone, false);
        let Some((starts_at, ends_at)) =
            begins.or_else(|| get::time(value, &["created_at"])).zip(tracker::day(value, "due_date", zone, true))
        else {
            self.tracker.left_out(&format!("{kind} without days"));
            return None;
        };
        // The states of iterations are numbers: 1 upcoming, 2 current, 3 closed.
        let state = get::text(value, &["state"]).unwrap_or_default();
        let is_closed = matches!(state.as_str(), "closed" | "3");
        let group = get::text(value, &["group_id"]).or_else(|| get::text(value, &["project_id"])).unwrap_or_default();
        let id = format!("{kind}/{number}");
        let title = get::text(value, &["title"]);
        let sprint = Sprint {
            connection: self.connection(),
            id: id.clone(),
            team: format!("gitlab {group}").trim().to_owned(),
            name: title.unwrap_or_else(|| {
                let text = |key: &str| get::text(value, &[key]).unwrap_or_default();
                format!("{} – {}", text("start_date"), text("due_date"))
            }),
            goal: get::text(value, &["description"]),
            starts_at,
            ends_at: ends_at.max(starts_at),
            started_at: (state != "1").then_some(starts_at),
            closed_at: is_closed.then(|| match kind {
                // An iteration ends by itself, and what is left moves on in that moment.
                "iteration" => ends_at,
                // A milestone says when it was changed last, which is when it was closed where it is seen soon.
                _ => get::time(value, &["updated_at"]).unwrap_or(ends_at).max(starts_at),
            }),
            ..Sprint::default()
        };
        self.tracker.sprint(origin.line, sprint);
        Some(id)
    }

    /// `resource_milestone_events`, `resource_iteration_events`, `resource_weight_events`, `resource_state_events`.
    fn take_resource_event(&mut self, value: &Value, origin: &Origin) {
        // Merge requests have such events too, and numbers of their own.
        if get::text(value, &["resource_type"]).is_some_and(|kind| !matches!(kind.as_str(), "Issue" | "WorkItem")) {
            return;
        }
        let of_sprint = ["iteration", "milestone"].into_iter().find_map(|key| {
            let found = value.get(key).filter(|found| found.is_object())?;
            let id = self.take_sprint(found, key, origin)?;
            let is_added = get::text(value, &["action"]).is_some_and(|action| action == "add");
            Some(if is_added { What::Joined(id) } else { What::Left(id) })
        });
        let what = of_sprint.or_else(|| {
            if let Some(weight) = value.get("weight") {
                return Some(What::Points(weight.as_f64()));
            }
            match get::text(value, &["state"])?.as_str() {
                "closed" | "merged" => Some(What::State(ItemState::Done)),
                "reopened" => Some(What::State(ItemState::Backlog)),
                _ => None,
            }
        });
        let issue = get::text(value, &["resource_id"]).or_else(|| get::text(value, &["issue_id"]));
        let (Some(what), Some(issue), Some(at)) = (what, issue, get::time(value, &["created_at"])) else { return };
        let kind = match &what {
            What::State(_) => "state",
            What::Points(_) => "weight",
            _ => "sprint",
        };
        let id = format!("{kind}/{}", get::text(value, &["id"]).unwrap_or_else(|| at.to_string()));
        let who = get::text(value, &["user", "name"]);
        self.resource_events.push((issue, Happening { id, at, who, what }));
    }

    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        for (pipeline, jobs) in std::mem::take(&mut self.jobs) {
            self.join_jobs(&pipeline, &jobs);
        }
        for (issue, happening) in std::mem::take(&mut self.resource_events) {
            let known = self.issues_by_id.get(&issue).cloned().unwrap_or(issue);
            self.tracker.happened(known, happening);
        }
        self.tracker.prefer_sprints("iteration/", "milestone/");
        std::mem::take(&mut self.tracker).finish(emit)?;
        let connection = self.connection();
        for (name, line) in self.environments {
            let class = EnvironmentClass::from_name(&name);
            let environment =
                Environment { connection: connection.clone(), id: name.clone(), name, class, order: None };
            emit.record(line, Record::Environment(environment))?;
        }
        for (line, commit) in self.commits.into_values() {
            emit.record(line, Record::Commit(commit))?;
        }
        for (line, run) in self.runs.into_values() {
            emit.record(line, Record::Run(run))?;
        }
        for (line, record) in self.records {
            emit.record(line, record)?;
        }
        Ok(())
    }

    fn join_jobs(&mut self, pipeline: &str, jobs: &[(u64, Value)]) {
        let Some((line, first)) = jobs.first() else { return };
        let project = Self::project(first, &Origin::default());
        let known = self.runs.keys().find(|(_, id)| id == pipeline).cloned();
        let key = known.unwrap_or_else(|| {
            // The job says what its pipeline is: enough for a run without times of its own.
            let inner = first.get("pipeline").cloned().unwrap_or_default();
            self.take_pipeline(&inner, &Origin { line: *line, ..Origin::default() });
            let key = (Self::project(&inner, &Origin::default()), pipeline.to_owned());
            if let Some((line, mut run)) = self.runs.remove(&key) {
                run.pipeline.clone_from(&project);
                run.repo = Some(project.clone());
                self.runs.insert((project.clone(), pipeline.to_owned()), (line, run));
            }
            (project, pipeline.to_owned())
        });
        if let Some((_, run)) = self.runs.get_mut(&key) {
            let stages: Vec<Stage> = jobs.iter().map(|(_, job)| stage_of(job)).collect();
            if run.started_at.is_none() {
                let started = stages.iter().filter_map(|stage| stage.started_at).min();
                let ended = stages.iter().filter_map(|stage| stage.finished_at).max();
                let ended = run.finished_at.or(ended.filter(|_| run.status.is_finished()));
                (run.started_at, run.finished_at) = get::ordered(started, ended);
            }
            run.stages = Some(stages);
        }
    }
}

fn stage_of(job: &Value) -> Stage {
    let raw = get::text(job, &["status"]).unwrap_or_default();
    let (started_at, finished_at) = get::ordered(get::time(job, &["started_at"]), get::time(job, &["finished_at"]));
    let name = get::text(job, &["name"]).unwrap_or_else(|| "job".to_owned());
    Stage {
        name,
        status: System::GitLab.status(&raw, None),
        status_raw: Some(raw),
        started_at,
        finished_at,
        allow_failure: job.get("allow_failure").and_then(Value::as_bool).filter(|allowed| *allowed),
        kind: get::text(job, &["stage"]),
    }
}

fn event_of(raw: &str) -> String {
    match raw {
        "push" => "push",
        "merge_request_event" | "external_pull_request_event" => "pr",
        "schedule" => "schedule",
        "web" => "manual",
        "api" | "trigger" => "api",
        "pipeline" | "parent_pipeline" => "upstream",
        _ => "other",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_in_addresses() {
        assert_eq!(project_of("https://h.example/api/v4/projects/a%2Fb/pipelines?page=1").as_deref(), Some("a/b"));
        assert_eq!(project_of("https://h.example/group/sub/app/-/pipelines/7").as_deref(), Some("group/sub/app"));
        assert_eq!(project_of("nothing"), None);
    }
}
