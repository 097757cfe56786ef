//! GitHub's REST answers, as `gh api --paginate` prints them.
//!
//! Runs, jobs, pull requests, their commits, reviews, deployments, their statuses; issues with an incident label are
//! incidents, the others items, and milestones with a due date sprints (a milestone's creation is its start, as GitHub knows
//! no other). `repos/O/R/issues/events` gives the ledger of items.
//! Parts are joined when everything has been read. A run's end is that of its last job where the jobs are known, else
//! `updated_at`. `inactive` is a deployment that succeeded and was superseded.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_pages::{Origin, get};
use super::tracker::{self, Happening, Tracker, What};
use super::{Emit, Options, Stopped};
use crate::model::plan::ItemState;
use crate::model::record::*;
use crate::model::{Status, System, Time};

pub struct GitHub<'a> {
    options: &'a Options,
    runs: BTreeMap<(String, String, u32), (u64, Run)>,
    jobs: BTreeMap<(String, u32), Vec<(u64, Value)>>,
    pulls: BTreeMap<(String, String), (u64, Change, Option<String>)>,
    commits: BTreeMap<(String, String), (u64, Commit)>,
    /// Commits that are known to belong to a pull request.
    pull_commits: BTreeMap<(String, String), Vec<String>>,
    reviews: Vec<(u64, String, String, Time, bool, Option<String>)>,
    deployments: BTreeMap<(String, String), (u64, Deployment)>,
    statuses: Vec<(u64, String, String, Value)>,
    incidents: Vec<(u64, Incident)>,
    tracker: Tracker,
    /// The ids of milestones by repository and title, which is all that events name.
    milestones: BTreeMap<(String, String), String>,
    /// Events that wait for them.
    issue_events: Vec<(String, Value)>,
    environments: BTreeMap<String, u64>,
    refused: Vec<(u64, String)>,
}

/// The status of a run or job from the API's two words.
pub fn status(status: &str, conclusion: Option<&str>, event: Option<&str>) -> Status {
    // A pull request of a newcomer waits for somebody to allow its run.
    let needs_leave = conclusion.is_some_and(|word| word.eq_ignore_ascii_case("action_required"));
    if needs_leave && event == Some("pull_request") {
        return Status::WaitingApproval;
    }
    System::GitHub.status(status, conclusion)
}

/// `owner/name` and what follows in an API address.
fn repo_of(url: &str) -> Option<(String, Vec<&str>)> {
    let (_, rest) = url.split_once("/repos/")?;
    let rest = rest.split(['?', '#']).next()?;
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    let repo = format!("{}/{}", parts.next()?, parts.next()?);
    Some((repo, parts.collect()))
}

impl<'a> GitHub<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            options,
            runs: BTreeMap::new(),
            jobs: BTreeMap::new(),
            pulls: BTreeMap::new(),
            commits: BTreeMap::new(),
            pull_commits: BTreeMap::new(),
            reviews: Vec::new(),
            deployments: BTreeMap::new(),
            statuses: Vec::new(),
            incidents: Vec::new(),
            tracker: Tracker::new("github", true),
            milestones: BTreeMap::new(),
            issue_events: Vec::new(),
            environments: BTreeMap::new(),
            refused: Vec::new(),
        }
    }

    fn connection(&self) -> String {
        self.options.connection.clone().unwrap_or_else(|| "github".to_owned())
    }

    /// The name of a repository in an object or in the address that answered it.
    fn repo(value: &Value, origin: &Origin) -> String {
        get::text(value, &["repository", "full_name"])
            .or_else(|| get::text(value, &["base", "repo", "full_name"]))
            .or_else(|| {
                ["url", "deployment_url", "pull_request_url", "run_url", "repository_url", "html_url", "labels_url"]
                    .iter()
                    .find_map(|key| repo_of(value.get(*key)?.as_str()?))
                    .map(|(repo, _)| repo)
            })
            .or_else(|| repo_of(&origin.url).map(|(repo, _)| repo))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// Takes an object if it is one of GitHub's.
    pub fn take(&mut self, value: &Value, origin: &Origin) -> bool {
        let is = |keys: &[&str]| get::has(value, keys);
        if is(&["run_number", "head_sha", "status"]) {
            self.take_run(value, origin);
        } else if is(&["run_id", "head_sha", "status"]) {
            let attempt = get::int(value, &["run_attempt"]).unwrap_or(1).max(1) as u32;
            let run = get::text(value, &["run_id"]).unwrap_or_default();
            get::put_job(self.jobs.entry((run, attempt)).or_default(), origin.line, value);
        } else if is(&["deployment_url", "state"]) {
            self.take_deployment_status(value, origin);
        } else if is(&["environment", "sha", "task"]) {
            self.take_deployment(value, origin);
        } else if is(&["number", "head", "base", "title"]) {
            self.take_pull(value, origin);
        } else if is(&["sha", "commit", "parents"]) {
            self.take_commit(value, origin);
        } else if is(&["state", "user", "submitted_at"]) || is(&["pull_request_review_id", "body"]) {
            self.take_review(value, origin);
        } else if is(&["event", "created_at", "actor"]) {
            self.take_issue_event(value, origin);
        } else if is(&["number", "title", "state", "open_issues", "closed_issues"]) {
            self.take_milestone(value, origin, &Self::repo(value, origin));
        } else if is(&["number", "title", "labels", "state"]) {
            self.take_issue(value, origin);
        } else {
            return false;
        }
        true
    }

    fn take_run(&mut self, value: &Value, origin: &Origin) {
        let Some(id) = get::text(value, &["id"]) else {
            self.refused.push((origin.line, "a workflow run without `id`".to_owned()));
            return;
        };
        // GitHub's description allows for a run that has no status yet.
        let raw = get::text(value, &["status"]).unwrap_or_else(|| "unknown".to_owned());
        let conclusion = get::text(value, &["conclusion"]);
        let event = get::text(value, &["event"]);
        let status = status(&raw, conclusion.as_deref(), event.as_deref());
        let repo = Self::repo(value, origin);
        let name = get::text(value, &["name"]).or_else(|| get::text(value, &["path"]));
        let pipeline = get::text(value, &["workflow_id"]).or_else(|| name.clone()).unwrap_or_else(|| repo.clone());
        let attempt = get::int(value, &["run_attempt"]).unwrap_or(1).max(1) as u32;
        let started = get::time(value, &["run_started_at"]);
        let is_over = status.is_finished() || (raw == "completed" && status == Status::Unknown);
        let ended = if is_over { get::time(value, &["updated_at"]) } else { None };
        let (started_at, finished_at) = get::ordered(started, ended);
        let run = Run {
            connection: self.connection(),
            pipeline,
            id: id.clone(),
            attempt,
            status,
            status_raw: Some(conclusion.map_or_else(|| raw.clone(), |conclusion| format!("{raw}/{conclusion}"))),
            pipeline_name: name.map(|name| format!("{repo} {name}")),
            number: get::int(value, &["run_number"]),
            service: self.options.service.clone(),
            repo: Some(repo.clone()),
            branch: get::text(value, &["head_branch"]),
            sha: get::text(value, &["head_sha"]),
            actor: get::text(value, &["triggering_actor", "login"]).or_else(|| get::text(value, &["actor", "login"])),
            event: event.as_deref().map(event_of),
            event_raw: event,
            created_at: get::time(value, &["created_at"]),
            started_at,
            finished_at,
            updated_at: get::time(value, &["updated_at"]),
            url: get::text(value, &["html_url"]),
            ..Run::default()
        };
        self.runs.insert((repo, id, attempt), (origin.line, run));
    }

    fn take_deployment(&mut self, value: &Value, origin: &Origin) {
        let (Some(id), Some(environment)) = (get::text(value, &["id"]), get::text(value, &["environment"])) else {
            self.refused.push((origin.line, "a deployment without `id` or `environment`".to_owned()));
            return;
        };
        let repo = Self::repo(value, origin);
        let service = self.options.service.clone().unwrap_or_else(|| repo.clone());
        self.environments.entry(environment.clone()).or_insert(origin.line);
        let deployment = Deployment {
            connection: self.connection(),
            id: id.clone(),
            service,
            environment,
            status: Status::Queued,
            sha: get::text(value, &["sha"]),
            queued_at: get::time(value, &["created_at"]),
            actor: get::text(value, &["creator", "login"]),
            url: get::text(value, &["url"]),
            ..Deployment::default()
        };
        self.deployments.insert((repo, id), (origin.line, deployment));
    }

    fn take_deployment_status(&mut self, value: &Value, origin: &Origin) {
        let address = get::text(value, &["deployment_url"]).unwrap_or_default();
        match repo_of(&address) {
            Some((repo, rest)) if rest.len() >= 2 => {
                self.statuses.push((origin.line, repo, rest[1].to_owned(), value.clone()));
            }
            _ => self
                .refused
                .push((origin.line, "a deployment status whose `deployment_url` names no deployment".to_owned())),
        }
    }

    fn take_pull(&mut self, value: &Value, origin: &Origin) {
        let (Some(id), Some(created_at)) = (get::text(value, &["number"]), get::time(value, &["created_at"])) else {
            self.refused.push((origin.line, "a pull request without `number` or `created_at`".to_owned()));
            return;
        };
        let repo = Self::repo(value, origin);
        let merged_at = get::time(value, &["merged_at"]);
        let change = Change {
            connection: self.connection(),
            repo: repo.clone(),
            id: id.clone(),
            created_at,
            title: get::text(value, &["title"]),
            author: get::text(value, &["user", "login"]),
            labels: Some(get::list(value, "labels").iter().filter_map(|l| get::text(l, &["name"])).collect::<Vec<_>>())
                .filter(|labels| !labels.is_empty()),
            branch: get::text(value, &["head", "ref"]),
            target: get::text(value, &["base", "ref"]),
            merged_at,
            closed_at: get::time(value, &["closed_at"]),
            // Of an open or unmerged pull request this is only a trial merge.
            merge_sha: merged_at.and_then(|_| get::text(value, &["merge_commit_sha"])),
            lines_added: get::int(value, &["additions"]),
            lines_deleted: get::int(value, &["deletions"]),
            url: get::text(value, &["html_url"]),
            ..Change::default()
        };
        let head = get::text(value, &["head", "sha"]);
        self.pulls.insert((repo, id), (origin.line, change, head));
    }

    fn take_commit(&mut self, value: &Value, origin: &Origin) {
        let (Some(sha), Some(authored_at)) =
            (get::text(value, &["sha"]), get::time(value, &["commit", "author", "date"]))
        else {
            self.refused.push((origin.line, "a commit without `sha` or author's date".to_owned()));
            return;
        };
        let repo = Self::repo(value, origin);
        if let Some((_, rest)) = repo_of(&origin.url)
            && let ["pulls", number, "commits"] = rest[..]
        {
            self.pull_commits.entry((repo.clone(), number.to_owned())).or_default().push(sha.clone());
        }
        let subject = get::text(value, &["commit", "message"]);
        let commit = Commit {
            connection: self.connection(),
            repo: repo.clone(),
            sha: sha.clone(),
            authored_at,
            committed_at: get::time(value, &["commit", "committer", "date"]),
            author: get::text(value, &["author", "login"]).or_else(|| get::text(value, &["commit", "author", "name"])),
            subject: subject.and_then(|message| message.lines().next().map(str::to_owned)),
            parents: Some(get::list(value, "parents").iter().filter_map(|p| get::text(p, &["sha"])).collect()),
            lines_added: get::int(value, &["stats", "additions"]),
            lines_deleted: get::int(value, &["stats", "deletions"]),
            ..Commit::default()
        };
        self.commits.insert((repo, sha), (origin.line, commit));
    }

    fn take_review(&mut self, value: &Value, origin: &Origin) {
        let at = get::time(value, &["submitted_at"]).or_else(|| get::time(value, &["created_at"]));
        let address = get::text(value, &["pull_request_url"]).unwrap_or_else(|| origin.url.clone());
        let Some(at) = at else { return }; // a review that was begun and not sent
        match repo_of(&address) {
            Some((repo, rest)) if rest.len() >= 2 && rest[0] == "pulls" => {
                let approved = get::text(value, &["state"]).is_some_and(|state| state.eq_ignore_ascii_case("approved"));
                let by = get::text(value, &["user", "login"]);
                self.reviews.push((origin.line, repo, rest[1].to_owned(), at, approved, by));
            }
            _ => self.refused.push((origin.line, "a review that names no pull request".to_owned())),
        }
    }

    fn take_issue(&mut self, value: &Value, origin: &Origin) {
        if value.get("pull_request").is_some_and(|pull| !pull.is_null()) {
            // The issues' list holds pull requests, too.
            return self.tracker.left_out("pull request in a list of issues");
        }
        let labels: Vec<String> = get::list(value, "labels")
            .iter()
            .filter_map(|l| get::text(l, &["name"]).or_else(|| l.as_str().map(str::to_owned)))
            .collect();
        let repo = Self::repo(value, origin);
        let number = get::text(value, &["number"]).unwrap_or_default();
        let has_title = get::text(value, &["title"]).is_some_and(|title| !title.trim().is_empty());
        if !has_title || get::time(value, &["created_at"]).is_none() {
            let what = if has_title { "time of its creation that can be read" } else { "title" };
            self.refused.push((origin.line, format!("issue {repo}#{number} has no {what}")));
            return;
        }
        if !labels.iter().any(|label| self.options.is_incident_label(label)) {
            return self.take_item(value, origin, &repo, labels);
        }
        let incident = Incident {
            connection: self.connection(),
            id: format!("{repo}#{number}"),
            title: get::text(value, &["title"]).unwrap_or_else(|| format!("{repo}#{number}")),
            service: Some(self.options.service.clone().unwrap_or(repo)),
            severity: severity_of(&labels),
            declared_at: get::time(value, &["created_at"]),
            resolved_at: get::time(value, &["closed_at"]),
            labels: Some(labels),
            url: get::text(value, &["html_url"]),
            ..Incident::default()
        };
        self.incidents.push((origin.line, incident));
    }

    fn take_item(&mut self, value: &Value, origin: &Origin, repo: &str, labels: Vec<String>) {
        const READ: [&str; 18] = [
            "number",
            "title",
            "body",
            "labels",
            "state",
            "state_reason",
            "created_at",
            "closed_at",
            "assignee",
            "assignees",
            "milestone",
            "html_url",
            "id",
            "user",
            "updated_at",
            "comments",
            "author_association",
            "repository",
        ];
        self.tracker.unread(value, &READ);
        for _ in get::list(value, "assignees").iter().skip(1) {
            self.tracker.left_out("another assignee");
        }
        let number = get::text(value, &["number"]).unwrap_or_default();
        let is_given_up =
            get::text(value, &["state_reason"]).is_some_and(|why| why != "completed" && why != "reopened");
        let state = match (get::text(value, &["state"]).as_deref(), is_given_up) {
            (Some("closed"), true) => ItemState::Cancelled,
            (Some("closed"), false) => ItemState::Done,
            _ => ItemState::Backlog,
        };
        if let Some(milestone) = value.get("milestone").filter(|milestone| milestone.is_object()) {
            self.take_milestone(milestone, origin, repo);
        }
        let sprint = get::text(value, &["milestone", "title"])
            .and_then(|title| self.milestones.get(&(repo.to_owned(), title)).cloned());
        let item = Item {
            connection: self.connection(),
            id: format!("{repo}#{number}"),
            title: get::text(value, &["title"]).unwrap_or_else(|| format!("{repo}#{number}")),
            description: value.get("body").and_then(tracker::description),
            kind: tracker::kind_of_labels(&labels),
            state,
            source_state: get::text(value, &["state"]),
            service: self.options.service.clone(),
            assignee: get::text(value, &["assignee", "login"]),
            labels: Some(labels).filter(|labels| !labels.is_empty()),
            created_at: get::time(value, &["created_at"]),
            done_at: get::time(value, &["closed_at"]).filter(|_| state != ItemState::Backlog),
            url: get::text(value, &["html_url"]),
            ..Item::default()
        };
        let emptied = tracker::emptied(
            value,
            &[("assignee", "assignee"), ("labels", "labels"), ("body", "description"), ("closed_at", "done_at")],
        );
        let is_elsewhere = value.get("milestone").is_some_and(Value::is_object);
        self.tracker.issue(origin.line, item, (sprint, is_elsewhere), emptied);
    }

    fn take_milestone(&mut self, value: &Value, origin: &Origin, repo: &str) {
        let repo = repo.to_owned();
        let (Some(number), Some(title)) = (get::text(value, &["number"]), get::text(value, &["title"])) else { return };
        let zone = self.options.zone.as_ref();
        let created = get::time(value, &["created_at"]);
        let closed = get::time(value, &["closed_at"]);
        // A due day, told as its midnight on the Pacific coast: its date is the same in UTC.
        let due = get::text(value, &["due_on"]).and_then(|due| tracker::day_of(due.get(..10)?, zone, true));
        let Some((starts_at, ends_at)) = created.zip(due.or(closed)) else {
            return self.tracker.left_out("milestone without a due date");
        };
        let id = format!("{repo}/milestone/{number}");
        self.milestones.insert((repo.clone(), title.clone()), id.clone());
        let sprint = Sprint {
            connection: self.connection(),
            id,
            team: repo,
            name: title,
            goal: get::text(value, &["description"]),
            starts_at,
            ends_at: ends_at.max(starts_at),
            started_at: Some(starts_at),
            closed_at: closed.filter(|closed| *closed >= starts_at),
            ..Sprint::default()
        };
        self.tracker.sprint(origin.line, sprint);
    }

    fn take_issue_event(&mut self, value: &Value, origin: &Origin) {
        let repo = Self::repo(value, origin);
        let number = get::text(value, &["issue", "number"]).or_else(|| {
            let (_, rest) = repo_of(&origin.url)?;
            (rest.first() == Some(&"issues")).then(|| rest.get(1).map(|number| (*number).to_owned())).flatten()
        });
        let is_pull = value.pointer("/issue/pull_request").is_some_and(|pull| !pull.is_null());
        if let Some(number) = number.filter(|_| !is_pull) {
            self.issue_events.push((format!("{repo}#{number}"), value.clone()));
        }
    }

    /// Events name a milestone by its title alone: they are told once all milestones are known.
    fn join_issue_events(&mut self) {
        for (issue, value) in std::mem::take(&mut self.issue_events) {
            let repo = issue.rsplit_once('#').map(|(repo, _)| repo.to_owned()).unwrap_or_default();
            let Some(at) = get::time(&value, &["created_at"]) else { continue };
            let milestone = || {
                let title = get::text(&value, &["milestone", "title"])?;
                self.milestones.get(&(repo.clone(), title)).cloned()
            };
            let event = get::text(&value, &["event"]).unwrap_or_default();
            let what = match event.as_str() {
                "milestoned" => milestone().map(What::Joined),
                "demilestoned" => milestone().map(What::Left),
                "closed" => Some(What::State(match get::text(&value, &["state_reason"]).as_deref() {
                    Some("not_planned" | "duplicate") => ItemState::Cancelled,
                    _ => ItemState::Done,
                })),
                "reopened" => Some(What::State(ItemState::Backlog)),
                "assigned" => Some(What::Assigned(get::text(&value, &["assignee", "login"]))),
                "unassigned" => Some(What::Assigned(None)),
                other => {
                    self.tracker.left_out(&format!("event {other}"));
                    None
                }
            };
            if let Some(what) = what {
                let id = get::text(&value, &["id"]).unwrap_or_else(|| format!("{event} {at}"));
                self.tracker.happened(issue, Happening { id, at, who: get::text(&value, &["actor", "login"]), what });
            }
        }
    }

    /// Joins the parts and hands out the records.
    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        self.join_jobs();
        self.join_pulls(emit)?;
        self.join_statuses(emit)?;
        self.join_issue_events();
        std::mem::take(&mut self.tracker).finish(emit)?;
        let connection = self.connection();
        for (name, line) in &self.environments {
            let class = EnvironmentClass::from_name(name);
            let environment = Environment {
                connection: connection.clone(),
                id: name.clone(),
                name: name.clone(),
                class,
                ..Environment::default()
            };
            emit.record(*line, Record::Environment(environment))?;
        }
        for (line, run) in self.runs.into_values() {
            emit.record(line, Record::Run(run))?;
        }
        for (line, commit) in self.commits.into_values() {
            emit.record(line, Record::Commit(commit))?;
        }
        for (line, change, _) in self.pulls.into_values() {
            emit.record(line, Record::Change(change))?;
        }
        for (line, deployment) in self.deployments.into_values() {
            emit.record(line, Record::Deployment(deployment))?;
        }
        for (line, incident) in self.incidents {
            emit.record(line, Record::Incident(incident))?;
        }
        for (line, reason) in self.refused {
            emit.refuse(line, None, reason)?;
        }
        Ok(())
    }

    /// Jobs become the stages of their run; jobs whose run is not here make a run of their own.
    fn join_jobs(&mut self) {
        let jobs = std::mem::take(&mut self.jobs);
        for ((run_id, attempt), jobs) in jobs {
            let line = jobs.first().map_or(0, |(line, _)| *line);
            let stages: Vec<Stage> = jobs.iter().map(|(_, job)| stage_of(job)).collect();
            let ended = stages.iter().filter_map(|stage| stage.finished_at).max();
            let known = self.runs.iter_mut().find(|((_, id, a), _)| *id == run_id && *a == attempt);
            if let Some((_, (_, run))) = known {
                if run.status.is_finished() && ended.is_some() {
                    (run.started_at, run.finished_at) = get::ordered(run.started_at, ended);
                }
                run.stages = Some(stages);
                continue;
            }
            let Some((_, job)) = jobs.first() else { continue };
            let run = self.run_of_jobs(&run_id, attempt, job, stages);
            self.runs.insert((run.repo.clone().unwrap_or_default(), run_id, attempt), (line, run));
        }
    }

    fn run_of_jobs(&self, id: &str, attempt: u32, job: &Value, stages: Vec<Stage>) -> Run {
        let repo = Self::repo(job, &Origin::default());
        let workflow = get::text(job, &["workflow_name"]);
        let started_at = stages.iter().filter_map(|stage| stage.started_at).min();
        let finished_at = stages.iter().filter_map(|stage| stage.finished_at).max();
        let (started_at, finished_at) = get::ordered(started_at, finished_at);
        let has = |status: Status| stages.iter().any(|stage| stage.status == status);
        let all = |status: Status| stages.iter().all(|stage| stage.status == status);
        let status = if has(Status::Failed) {
            Status::Failed
        } else if has(Status::Running) {
            Status::Running
        } else if has(Status::Queued) {
            Status::Queued
        } else if has(Status::Cancelled) {
            Status::Cancelled
        } else if all(Status::Skipped) {
            Status::Skipped
        } else if has(Status::Unknown) {
            Status::Unknown
        } else {
            Status::Succeeded
        };
        Run {
            connection: self.connection(),
            pipeline: workflow.clone().unwrap_or_else(|| format!("{repo} (workflow unknown)")),
            id: id.to_owned(),
            attempt,
            status,
            pipeline_name: workflow.map(|workflow| format!("{repo} {workflow}")),
            service: self.options.service.clone(),
            repo: Some(repo),
            branch: get::text(job, &["head_branch"]),
            sha: get::text(job, &["head_sha"]),
            created_at: get::time(job, &["created_at"]).or(started_at),
            started_at,
            finished_at: finished_at.filter(|_| status.is_finished()),
            stages: Some(stages),
            ..Run::default()
        }
    }

    fn join_pulls(&mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        for ((repo, number), (_, change, head)) in &mut self.pulls {
            let known = self.pull_commits.get(&(repo.clone(), number.clone())).cloned();
            let shas =
                known.or_else(|| commits_behind(&self.commits, repo, head.as_deref(), change.merge_sha.as_deref()));
            let Some(shas) = shas else { continue };
            let times = shas.iter().filter_map(|sha| self.commits.get(&(repo.clone(), sha.clone())));
            change.first_commit_at = times.map(|(_, commit)| commit.authored_at).min();
            change.commits = Some(shas);
        }
        let mut unmatched = 0u64;
        for (_, repo, number, at, approved, by) in std::mem::take(&mut self.reviews) {
            match self.pulls.get_mut(&(repo, number)) {
                Some((_, change, _)) if by.is_none() || by != change.author => {
                    change.first_review_at = Some(change.first_review_at.map_or(at, |first| first.min(at)));
                    if approved {
                        change.approved_at = Some(change.approved_at.map_or(at, |first| first.min(at)));
                    }
                }
                Some(_) => {} // an author's own remark is no review
                None => unmatched += 1,
            }
        }
        if unmatched > 0 {
            emit.refuse(
                0,
                None,
                format!("{unmatched} reviews belong to pull requests that are not in this file: import both together"),
            )?;
        }
        Ok(())
    }

    fn join_statuses(&mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let mut statuses = std::mem::take(&mut self.statuses);
        statuses.sort_by_key(|(_, _, _, value)| get::time(value, &["created_at"]));
        for (line, repo, id, value) in statuses {
            let Some((_, deployment)) = self.deployments.get_mut(&(repo, id.clone())) else {
                emit.refuse(
                    line,
                    None,
                    format!("the status belongs to deployment {id}, which is not in this file: import both together"),
                )?;
                continue;
            };
            let state = get::text(&value, &["state"]).unwrap_or_default();
            let (status, at) = (System::GitHubDeployment.status(&state, None), get::time(&value, &["created_at"]));
            // A deployment that was superseded ended when it succeeded.
            if state.eq_ignore_ascii_case("inactive") && deployment.finished_at.is_some() {
                continue;
            }
            if status == Status::Running && deployment.started_at.is_none() {
                deployment.started_at = at;
            }
            deployment.status = status;
            deployment.status_raw = Some(state.clone());
            if status.is_finished() {
                (deployment.started_at, deployment.finished_at) = get::ordered(deployment.started_at, at);
            }
            if let Some(url) = get::text(&value, &["log_url"]).or_else(|| get::text(&value, &["target_url"])) {
                deployment.url = Some(url);
            }
        }
        Ok(())
    }
}

/// The commits of a pull request when the answer did not say whose they are: back from its head through commits that
/// are in the file, to its merge base.
fn commits_behind(
    commits: &BTreeMap<(String, String), (u64, Commit)>,
    repo: &str,
    head: Option<&str>,
    merge: Option<&str>,
) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut next = vec![head?.to_owned()];
    while let Some(sha) = next.pop() {
        if found.contains(&sha) || Some(sha.as_str()) == merge || found.len() > 1000 {
            continue;
        }
        let Some((_, commit)) = commits.get(&(repo.to_owned(), sha.clone())) else { continue };
        next.extend(commit.parents.iter().flatten().cloned());
        found.push(sha);
    }
    (!found.is_empty()).then_some(found)
}

fn stage_of(job: &Value) -> Stage {
    let raw = get::text(job, &["status"]).unwrap_or_default();
    let conclusion = get::text(job, &["conclusion"]);
    let (started_at, finished_at) = get::ordered(get::time(job, &["started_at"]), get::time(job, &["completed_at"]));
    Stage {
        name: get::text(job, &["name"]).unwrap_or_else(|| "job".to_owned()),
        status: status(&raw, conclusion.as_deref(), None),
        status_raw: Some(conclusion.map_or_else(|| raw.clone(), |conclusion| format!("{raw}/{conclusion}"))),
        started_at,
        finished_at,
        ..Stage::default()
    }
}

fn event_of(raw: &str) -> String {
    match raw {
        "push" => "push",
        "pull_request" | "pull_request_target" | "merge_group" => "pr",
        "schedule" => "schedule",
        "workflow_dispatch" => "manual",
        "repository_dispatch" => "api",
        "workflow_run" | "workflow_call" => "upstream",
        "deployment" | "deployment_status" | "release" => "deploy",
        _ => "other",
    }
    .to_owned()
}

/// A severity that a label names, as in `sev1`, `severity: 2` or `P3`.
pub(super) fn severity_of(labels: &[String]) -> Option<u8> {
    labels.iter().find_map(|label| {
        let label = label.to_ascii_lowercase();
        let rest = ["severity", "sev", "priority", "p"].iter().find_map(|word| label.strip_prefix(word))?;
        let digit: String = rest.chars().filter(|c| !matches!(c, ' ' | ':' | '-' | '_' | '/' | '=')).collect();
        digit.parse().ok().filter(|severity| (1..=4).contains(severity))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_request_that_needs_leave_waits() {
        assert_eq!(status("completed", Some("action_required"), Some("push")), Status::Failed);
        assert_eq!(status("completed", Some("action_required"), Some("pull_request")), Status::WaitingApproval);
    }

    #[test]
    fn severities_in_labels() {
        let of = |label: &str| severity_of(&[label.to_owned()]);
        assert_eq!(
            [of("sev1"), of("Severity: 2"), of("P3"), of("bug"), of("p9")],
            [Some(1), Some(2), Some(3), None, None]
        );
    }
}
