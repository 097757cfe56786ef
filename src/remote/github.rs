//! GitHub Actions, on github.com and on Enterprise Server; requests checked against GitHub's own description.
//!
//! There is no "changed since": pages are read from the newest run back to three days before the newest that was known
//! (a re-run changes an old run), and runs that were open are asked for one by one. A first round reads everything, page
//! by page, and goes on at the page where it was stopped. A 304 for the first page ends a round early and costs nothing.
//! A run has no end of its own: it is that of its last job. A re-run is the same run with a higher attempt. Version
//! 2026-03-10 of the interface answers a start with the id of the run; Enterprise Server is asked for it, and where it does
//! not know how, the run is the oldest of that workflow and branch that is newer than the newest before and that no other
//! start owns. A log lies on another host: it is fetched there without the token. Unproven: Enterprise Server itself, and
//! approvals of runs from forks.

use base64::Engine as _;
use serde_json::{Value, json};

use super::json::{int, list, text};
use super::results::archives;
use super::workflow_file;
use super::{
    Answer, Answered, Approval, ArtifactRef, Auth, Body, Brought, Caps, Connector, Form, Held, Http, Keep, LogChunk,
    LogRef, Logs, Look, Mark, PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef, Scheme,
    Start, Started, WhoAmI,
};
use crate::model::{Status, System};

const VERSION: &str = "2026-03-10";
/// What Enterprise Server knows.
const OLD_VERSION: &str = "2022-11-28";
const PAGE: usize = 100;
/// Pages of a list that has no marks to begin at, such as the jobs of a run.
const MOST_LIST_PAGES: usize = 20;
/// Earlier attempts that are read again once a run that was under way has a later one.
const MOST_ATTEMPTS: usize = 5;
/// Runs beyond this are not handed out without a filter.
const MOST_PAGES: u64 = 400;
const LOOK_BACK_S: i64 = 3 * 86_400;
/// Finished runs whose jobs are read in one round.
const MOST_JOBS: usize = 200;
/// Pages of older deployments that a round reads: each deployment costs a request of its own.
const PAGES_OF_DEPLOYMENTS: u64 = 3;
/// Deployments that are remembered as over.
const MOST_SETTLED: usize = 2000;
const MOST_INPUTS: usize = 25;

pub struct GitHub {
    place: Place,
}

struct Workflow {
    repo: String,
    id: String,
    path: String,
    name: String,
}

impl Workflow {
    /// As an address names it: by its file, where it has one.
    fn key(&self) -> &str {
        self.path.strip_prefix(".github/workflows/").unwrap_or(&self.id)
    }
}

fn status_of(thing: &Value) -> Status {
    let (status, conclusion) = (text(thing, &["status"]).unwrap_or_default(), text(thing, &["conclusion"]));
    let needs_leave =
        conclusion.as_deref() == Some("action_required") && text(thing, &["event"]).as_deref() == Some("pull_request");
    if needs_leave { Status::WaitingApproval } else { System::GitHub.status(&status, conclusion.as_deref()) }
}

/// An environment that lets a run go on after a time, whoever says what.
fn is_timer(gate: &Value) -> bool {
    let has_reviewers = gate.get("reviewers").and_then(Value::as_array).is_some_and(|reviewers| !reviewers.is_empty());
    int(gate, "wait_timer").unwrap_or_default() > 0 && !has_reviewers
}

/// Over, whatever its conclusion is called.
fn is_completed(run: &Value) -> bool {
    text(run, &["status"]).as_deref() == Some("completed") && status_of(run) != Status::WaitingApproval
}

fn seconds(value: &Value, key: &str) -> i64 {
    super::json::time(value, key).map_or(0, |at| at.0.div_euclid(1_000_000))
}

impl GitHub {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn run_behind(&self, url: &str) -> Option<RunRef> {
        let (_, rest) = url.split_once("://")?;
        let parts: Vec<&str> = rest.split(['?', '#']).next()?.split('/').collect();
        let at = parts.windows(2).position(|pair| pair == ["actions", "runs"])?;
        let (owner, name) = (parts.get(at.checked_sub(2)?)?, parts.get(at - 1)?);
        let id = parts.get(at + 2).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()) && !id.is_empty())?;
        let attempt = parts.get(at + 4).filter(|_| parts.get(at + 3) == Some(&"attempts")).and_then(|n| n.parse().ok());
        Some(RunRef {
            pipeline: String::new(),
            id: (*id).to_owned(),
            attempt: attempt.unwrap_or(1),
            repo: Some(format!("{owner}/{name}")),
        })
    }

    fn is_public(&self) -> bool {
        self.address(&self.place.base).contains("//api.github.com") || super::is_this_machine(&self.place.base)
    }

    fn usual(&self, request: Request) -> Request {
        let version = if self.is_public() { VERSION } else { OLD_VERSION };
        request
            .header("accept", "application/vnd.github+json, application/json;q=0.9")
            .header("x-github-api-version", version)
    }

    fn get(&self, path: String) -> Request {
        self.usual(Request::get(path))
    }

    fn post(&self, path: String, body: Value) -> Request {
        self.usual(Request::post(path, Body::Json(body)))
    }

    /// An act that takes no body, and refuses one.
    fn bare_post(&self, http: &dyn Http, path: String) -> Answered<()> {
        http.send(&self.usual(Request::post(path, Body::None))).map(|_| ())
    }

    fn repos(&self) -> Answered<&[String]> {
        if self.place.scope.is_empty() {
            return Err(RemoteError::Inputs("name the repositories to look at, such as acme/shop".to_owned()));
        }
        Ok(&self.place.scope)
    }

    fn repo_of(&self, run: &RunRef) -> Answered<String> {
        match &run.repo {
            Some(repo) => Ok(repo.clone()),
            None => Ok(self.repos()?[0].clone()),
        }
    }

    /// All pages of a list as one answer; nothing where one of the statuses that are fine says there is none.
    fn whole(&self, http: &dyn Http, path: &str, key: &str, fine: &[u16]) -> Answered<Option<Value>> {
        let mut whole: Option<Value> = None;
        for page in 1..=MOST_LIST_PAGES {
            let mut request = self.get(path.to_owned()).with("per_page", PAGE);
            if page > 1 {
                request = request.with("page", page);
            }
            let reply = http.send(&request.fine(fine))?;
            if fine.contains(&reply.status) {
                return Ok(whole);
            }
            let answer = reply.json(&self.get(path.to_owned()))?;
            let items = list(&answer, key, path)?.clone();
            let is_last = items.len() < PAGE;
            match whole.as_mut().and_then(|whole| whole.get_mut(key)).and_then(Value::as_array_mut) {
                Some(all) => all.extend(items),
                None => whole = Some(answer),
            }
            if is_last {
                break;
            }
        }
        Ok(whole)
    }

    fn workflows(&self, http: &dyn Http, repo: &str) -> Answered<Vec<Workflow>> {
        let path = format!("repos/{repo}/actions/workflows");
        let answer = self.whole(http, &path, "workflows", &[])?.unwrap_or_default();
        let workflow = |value: &Value| {
            Some(Workflow {
                repo: repo.to_owned(),
                id: text(value, &["id"])?,
                path: text(value, &["path"]).unwrap_or_default(),
                name: text(value, &["name"]).unwrap_or_default(),
            })
        };
        Ok(list(&answer, "workflows", &path)?.iter().filter_map(workflow).collect())
    }

    /// A workflow by its id, its file or its name, with or without its repository before it.
    fn workflow(&self, http: &dyn Http, wanted: &str) -> Answered<Workflow> {
        let (mut known, mut found): (Vec<String>, Vec<Workflow>) = (Vec::new(), Vec::new());
        for repo in self.repos()? {
            let rest = wanted.strip_prefix(repo.as_str()).map_or(wanted, |rest| rest.trim_start_matches([' ', '/']));
            for workflow in self.workflows(http, repo)? {
                let file = workflow.path.rsplit('/').next().unwrap_or_default();
                if [workflow.id.as_str(), workflow.name.as_str(), workflow.path.as_str(), file].contains(&rest) {
                    found.push(workflow);
                    continue;
                }
                known.push(format!("{repo}/{file}"));
            }
        }
        if found.len() > 1 {
            let places: Vec<String> = found.iter().map(|found| format!("{}/{}", found.repo, found.path)).collect();
            let why = format!("\"{wanted}\" may be several workflows; say which: {}", places.join(", "));
            return Err(RemoteError::Inputs(why));
        }
        if let Some(workflow) = found.pop() {
            return Ok(workflow);
        }
        Err(RemoteError::Inputs(format!("there is no workflow \"{wanted}\"; there are: {}", known.join(", "))))
    }

    fn jobs(&self, http: &dyn Http, repo: &str, run: &str) -> Answered<Option<Answer>> {
        let path = format!("repos/{repo}/actions/runs/{run}/jobs");
        let found = self.whole(http, &path, "jobs", &[404])?;
        Ok(found.map(|value| Answer { address: self.web_api(&path), value }))
    }

    /// The address of an answer, for whoever reads which repository it is of.
    fn web_api(&self, path: &str) -> String {
        format!("{}/{path}", self.address(&self.place.base))
    }

    fn sync_repo(&self, http: &dyn Http, repo: &str, mut mark: RepoMark, keep: &mut RepoKeep<'_>) -> Answered<()> {
        let is_first = mark.newest == 0 || mark.page > 0;
        let (known_newest, known_updated) = (mark.newest, mark.updated);
        let stop_at = if is_first { 0 } else { known_newest - LOOK_BACK_S };
        let mut jobs_left = if is_first { 0 } else { MOST_JOBS };
        let mut held = Held::default();
        for id in mark.open.clone() {
            let read = self.reread_open(http, repo, id, &mut mark, keep);
            held.hold(read)?;
        }
        let mut page = mark.page.max(1);
        // A round that breaks off before it comes to what is known must begin there again.
        let (mut newest, mut last_updated, mut tag) = (mark.newest, mark.updated, None);
        loop {
            let path = format!("repos/{repo}/actions/runs");
            let request = self.get(path.clone()).with("per_page", PAGE).with("page", page);
            let request = request.with("exclude_pull_requests", "true");
            // Where the runs that are looked at again do not fit into a page, its sameness says nothing of the others.
            let etag = if page == 1 && !mark.is_deep { mark.etag.clone() } else { None };
            let reply = http.send(&request.etag(etag))?;
            if reply.status == 304 {
                break;
            }
            if page == 1 {
                tag = reply.header("etag").map(str::to_owned);
            }
            let answer = reply.json(&self.get(path.clone()))?;
            let runs = list(&answer, "workflow_runs", &path)?;
            let mut brought = Brought::default();
            let total = int(&answer, "total_count").and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
            brought.left = is_first.then(|| total.saturating_sub(page * PAGE as u64));
            for run in runs {
                let (created, updated) = (seconds(run, "created_at"), seconds(run, "updated_at"));
                newest = newest.max(created);
                last_updated = last_updated.max(updated);
                let status = status_of(run);
                let id = int(run, "id").unwrap_or_default();
                if !status.is_finished() && !is_completed(run) && !mark.open.contains(&id) {
                    mark.open.push(id);
                }
                if status.is_finished() && updated > known_updated && jobs_left > 0 {
                    jobs_left -= 1;
                    match held.hold(self.jobs(http, repo, &id.to_string()))? {
                        Some(jobs) => brought.answers.extend(jobs),
                        None => mark.open.push(id),
                    }
                }
                let mut run = run.clone();
                held.hold(self.pending(http, &format!("{path}/{id}"), &mut run))?;
                brought.answers.push(Answer { address: self.web_api(&path), value: run });
            }
            let is_last = runs.len() < PAGE
                || page >= MOST_PAGES
                || (!is_first && runs.iter().all(|run| seconds(run, "created_at") < stop_at));
            page += 1;
            mark.page = if is_first && !is_last { page } else { 0 };
            if is_first || is_last {
                (mark.newest, mark.updated) = (newest, last_updated);
            }
            if is_last {
                mark.etag = tag.take();
                mark.is_deep = !is_first && page > 2;
            }
            keep(brought, &mark)?;
            if is_last {
                break;
            }
        }
        self.sync_deployments(http, repo, mark, stop_at, keep)?;
        held.end()
    }

    /// What a waiting run waits for; one that only a timer keeps says so from here on.
    fn pending(&self, http: &dyn Http, path: &str, run: &mut Value) -> Answered<Vec<Value>> {
        if text(run, &["status"]).as_deref() != Some("waiting") {
            return Ok(Vec::new());
        }
        let request = self.get(format!("{path}/pending_deployments")).fine(&[403, 404]);
        let reply = http.send(&request)?;
        let pending = if reply.status == 200 { reply.json(&request)? } else { Value::Null };
        let pending = pending.as_array().cloned().unwrap_or_default();
        if !pending.is_empty() && pending.iter().all(is_timer) {
            run["conclusion"] = json!("wait_timer");
        }
        Ok(pending)
    }

    fn reread_open(
        &self,
        http: &dyn Http,
        repo: &str,
        id: i64,
        mark: &mut RepoMark,
        keep: &mut RepoKeep<'_>,
    ) -> Answered<()> {
        let path = format!("repos/{repo}/actions/runs/{id}");
        let request = self.get(path.clone()).fine(&[404]);
        let reply = http.send(&request)?;
        let mut brought = Brought::default();
        let mut is_over = reply.is_gone();
        if is_over {
            // Where the whole repository is out of sight, nothing is said of its runs.
            self.see_place(http, &RunRef { repo: Some(repo.to_owned()), ..RunRef::default() })?;
            brought.vanished.push(RunRef { id: id.to_string(), ..RunRef::default() });
        } else {
            let mut run = reply.json(&request)?;
            self.pending(http, &path, &mut run)?;
            is_over = status_of(&run).is_finished() || is_completed(&run);
            if is_over {
                brought.answers.extend(self.jobs(http, repo, &id.to_string())?);
            }
            // An attempt that was seen under way ended where a later one is there already.
            let attempt = int(&run, "run_attempt").unwrap_or(1);
            for earlier in (1..attempt).rev().take(MOST_ATTEMPTS) {
                let request = self.get(format!("{path}/attempts/{earlier}")).fine(&[404]);
                let reply = http.send(&request)?;
                if !reply.is_gone() {
                    brought.answers.push(Answer { address: self.web_api(&path), value: reply.json(&request)? });
                }
            }
            brought.answers.push(Answer { address: self.web_api(&path), value: run });
        }
        if is_over {
            mark.open.retain(|open| *open != id);
        }
        keep(brought, mark)
    }

    /// Deployments that are new or were not over, and some more of those from before the first round.
    fn sync_deployments(
        &self,
        http: &dyn Http,
        repo: &str,
        mut mark: RepoMark,
        stop_at: i64,
        keep: &mut RepoKeep<'_>,
    ) -> Answered<()> {
        let is_first = stop_at == 0;
        let (mut page, mut pages_left) = (1, if is_first { PAGES_OF_DEPLOYMENTS } else { u64::MAX });
        loop {
            let Some(deployments) = self.page_of_deployments(http, repo, page)? else { return Ok(()) };
            let is_end = deployments.len() < PAGE;
            let is_fresh = |deployment: &&Value| seconds(deployment, "created_at") >= stop_at;
            let fresh: Vec<&Value> = deployments.iter().filter(is_fresh).collect();
            let is_last = is_end || fresh.len() < deployments.len();
            self.keep_deployments(http, repo, &fresh, &mut mark, keep)?;
            pages_left -= 1;
            page += 1;
            if is_first {
                mark.older_deployments = if is_end { 0 } else { page };
            }
            if is_last || pages_left == 0 {
                break;
            }
        }
        if !is_first && mark.older_deployments > 0 {
            for _ in 0..PAGES_OF_DEPLOYMENTS {
                let Some(older) = self.page_of_deployments(http, repo, mark.older_deployments)? else { break };
                mark.older_deployments = if older.len() < PAGE { 0 } else { mark.older_deployments + 1 };
                self.keep_deployments(http, repo, &older.iter().collect::<Vec<_>>(), &mut mark, keep)?;
                if mark.older_deployments == 0 {
                    break;
                }
            }
        }
        keep(Brought::default(), &mark)
    }

    /// Nothing where the token may not read them: one that may read runs need not.
    fn page_of_deployments(&self, http: &dyn Http, repo: &str, page: u64) -> Answered<Option<Vec<Value>>> {
        let request = self.get(format!("repos/{repo}/deployments")).with("per_page", PAGE).with("page", page);
        let request = request.fine(&[403, 404]);
        let reply = http.send(&request)?;
        if reply.status != 200 {
            return Ok(None);
        }
        Ok(Some(reply.json(&request)?.as_array().cloned().unwrap_or_default()))
    }

    /// Deployments with their states; one that was over when it was read is not asked about again.
    fn keep_deployments(
        &self,
        http: &dyn Http,
        repo: &str,
        deployments: &[&Value],
        mark: &mut RepoMark,
        keep: &mut RepoKeep<'_>,
    ) -> Answered<()> {
        let path = format!("repos/{repo}/deployments");
        let mut brought = Brought::default();
        for deployment in deployments {
            let Some(id) = int(deployment, "id").filter(|id| !mark.settled.contains(id)) else { continue };
            let statuses = format!("{path}/{id}/statuses");
            let request = self.get(statuses.clone()).with("per_page", PAGE).fine(&[404]);
            let reply = http.send(&request)?;
            if !reply.is_gone() {
                let states = reply.json(&request)?;
                let last = states.get(0).and_then(|state| text(state, &["state"])).unwrap_or_default();
                if matches!(last.as_str(), "success" | "failure" | "error" | "inactive") {
                    mark.settled.push(id);
                }
                brought.answers.push(Answer { address: self.web_api(&statuses), value: states });
            }
            brought.answers.push(Answer { address: self.web_api(&path), value: (*deployment).clone() });
        }
        // Those that no round looks at again need not be remembered.
        let surplus = mark.settled.len().saturating_sub(MOST_SETTLED);
        mark.settled.drain(..surplus);
        keep(brought, mark)
    }

    fn default_branch(&self, http: &dyn Http, repo: &str) -> Answered<String> {
        let answer = http.json(&self.get(format!("repos/{repo}")))?;
        Ok(text(&answer, &["default_branch"]).unwrap_or_else(|| "main".to_owned()))
    }
}

/// How far a repository was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct RepoMark {
    /// When the newest run was created, and the last changed one changed, in seconds.
    newest: i64,
    updated: i64,
    /// The page where a first round goes on; 0 when it is done.
    page: u64,
    open: Vec<i64>,
    etag: Option<String>,
    /// A round reads more than the first page of runs.
    is_deep: bool,
    /// Deployments that were over when they were read.
    settled: Vec<i64>,
    /// The page of older deployments where a later round goes on; 0 when all were read.
    older_deployments: u64,
}

type RepoKeep<'a> = dyn FnMut(Brought, &RepoMark) -> Answered<()> + 'a;

impl Connector for GitHub {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            preview: false,
            run_id: if self.is_public() { RunIdHow::InTheAnswer } else { RunIdHow::NewestBefore },
            cancel: true,
            retry: Retry::AllOrFailed,
            approve: true,
            logs: Logs::AfterTheEnd,
            artifacts: true,
            tests: false,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme::Bearer
    }

    fn address(&self, given: &str) -> String {
        let given = given.trim().trim_end_matches('/');
        let host = given.split_once("://").map_or(given, |(_, rest)| rest).split('/').next().unwrap_or_default();
        if matches!(host, "github.com" | "www.github.com") {
            return "https://api.github.com".to_owned();
        }
        if host.starts_with("api.") || given.ends_with("/api/v3") || super::is_this_machine(given) {
            return given.to_owned();
        }
        format!("{given}/api/v3")
    }

    fn between_changes(&self) -> std::time::Duration {
        std::time::Duration::from_secs(1)
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let mut who = WhoAmI { server: "GitHub".to_owned(), ..WhoAmI::default() };
        if !http.has_credential() {
            who.missing
                .push("a token: without one only public repositories are read, and few times an hour".to_owned());
        }
        // A token of an installation belongs to nobody.
        let reply = http.send(&self.get("user".to_owned()).fine(&[401, 403, 404]))?;
        if reply.status == 401 && http.has_credential() {
            let (host, body) = (self.place.base.clone(), "the token is not known there".to_owned());
            return Err(RemoteError::NotAllowed { host, status: 401, body });
        }
        if reply.status == 200 {
            who.user = text(&reply.json(&self.get("user".to_owned()))?, &["login"]);
        }
        for repo in self.repos()? {
            let answer = http.json(&self.get(format!("repos/{repo}")))?;
            let runs = self.get(format!("repos/{repo}/actions/runs")).with("per_page", 1).fine(&[403, 404]);
            if http.send(&runs)?.status == 200 {
                who.may.push(format!("read the runs of {repo}"));
            } else {
                who.missing.push(format!("Actions: read on {repo}"));
            }
            let can_push = answer.get("permissions").and_then(|p| p.get("push")).and_then(Value::as_bool);
            match can_push {
                Some(true) => who.may.push(format!("start workflows of {repo} if the token has Actions: write")),
                _ => who.missing.push(format!("write access to {repo}, to start or cancel its workflows")),
            }
        }
        Ok(who)
    }

    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        let mut pipelines = Vec::new();
        for repo in self.repos()? {
            let workflows = self.workflows(http, repo)?.into_iter();
            pipelines.extend(workflows.map(|w| PipelineRef { id: w.id, name: format!("{repo} {}", w.name) }));
        }
        Ok(pipelines)
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        super::place_by_place(self.repos()?, mark, keep, |repo, known, keep| self.sync_repo(http, repo, known, keep))
    }

    fn renamed(&self, http: &dyn Http) -> Answered<Vec<(String, String)>> {
        let ask = |repo: &str| self.get(format!("repos/{repo}"));
        super::renamed_places(http, &self.address(&self.place.base), self.repos()?, &ask, "full_name")
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let repo = self.repo_of(run)?;
        let path = format!("repos/{repo}/actions/runs/{}", run.id);
        let mut value = http.json(&self.get(path.clone()))?;
        let pending = self.pending(http, &path, &mut value)?;
        let status = status_of(&value);
        let mut look =
            Look { status, is_over: is_completed(&value), stamp: text(&value, &["run_attempt"]), ..Look::default() };
        if status == Status::WaitingResource && !pending.is_empty() {
            look.wait_reason = Some("it waits for the timer of its environment".to_owned());
        }
        if status == Status::WaitingApproval {
            for gate in pending.iter().filter(|gate| !is_timer(gate)) {
                let may = gate.get("current_user_can_approve").and_then(Value::as_bool).unwrap_or(false);
                let Some(id) = text(gate, &["environment", "id"]) else { continue };
                let name = text(gate, &["environment", "name"]).unwrap_or_else(|| id.clone());
                look.approvals.push(Approval { id, name, may_approve: may, may_reject: may });
            }
            if look.approvals.is_empty() && text(&value, &["conclusion"]).as_deref() == Some("action_required") {
                let name = "run of a fork".to_owned();
                look.approvals.push(Approval { id: "fork".to_owned(), name, may_approve: true, may_reject: false });
            }
            let has_people = look.approvals.iter().any(|approval| approval.may_approve);
            look.wait_reason =
                Some(if has_people { "it waits for an approval" } else { "it waits for others to approve" }.to_owned());
        }
        look.brought.answers.extend(self.jobs(http, &repo, &run.id)?);
        look.brought.answers.push(Answer { address: self.web_api(&path), value });
        Ok(look)
    }

    fn form(&self, http: &dyn Http, pipeline: &str, git_ref: Option<&str>) -> Answered<Form> {
        let workflow = self.workflow(http, pipeline)?;
        let branch = self.default_branch(http, &workflow.repo)?;
        let path = workflow.path.replace('/', "%2F");
        let request = self.get(format!("repos/{}/contents/{path}", workflow.repo)).fine(&[403, 404]);
        let at = |on: &str| -> Answered<Option<Vec<u8>>> {
            let reply = http.send(&request.clone().with("ref", on))?;
            let content = text(&reply.json(&request)?, &["content"]).unwrap_or_default().replace('\n', "");
            let file = base64::engine::general_purpose::STANDARD.decode(content);
            Ok(file.ok().filter(|_| reply.status == 200))
        };
        let on = git_ref.unwrap_or(&branch);
        let Some(file) = at(on)? else {
            if on != branch && at(&branch)?.is_some() {
                let why = format!(
                    "{} has no {} on \"{on}\": no such branch or tag, or not the file",
                    workflow.repo, workflow.path
                );
                return Err(RemoteError::Inputs(why));
            }
            // A token that may start workflows need not read files: any input may be given then.
            return Ok(Form { takes_ref: true, git_ref: Some(branch), is_open: true, ..Form::default() });
        };
        let environments = || -> Answered<Vec<String>> {
            let path = format!("repos/{}/environments", workflow.repo);
            let Some(answer) = self.whole(http, &path, "environments", &[403, 404])? else { return Ok(Vec::new()) };
            let names = list(&answer, "environments", &path)?.iter();
            Ok(names.filter_map(|environment| text(environment, &["name"])).collect())
        };
        let mut form = workflow_file::form(&String::from_utf8_lossy(&file), &environments)?;
        form.git_ref = Some(branch);
        Ok(form)
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let workflow = self.workflow(http, pipeline)?;
        let path = format!("repos/{}/actions/workflows/{}/runs", workflow.repo, workflow.key());
        let answer = http.json(&self.get(path.clone()).with("per_page", 1))?;
        let newest = list(&answer, "workflow_runs", &path)?.first().and_then(|run| int(run, "id")).unwrap_or_default();
        let mut before = super::before(newest, super::owner(http, self.get("user".to_owned()), "login"));
        before["repo"] = workflow.repo.as_str().into();
        before["workflow"] = workflow.key().into();
        Ok(Some(before))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let workflow = self.workflow(http, &start.pipeline)?;
        if start.inputs.len() > MOST_INPUTS {
            return Err(RemoteError::Inputs(format!("GitHub takes at most {MOST_INPUTS} inputs")));
        }
        let git_ref = match &start.git_ref {
            Some(git_ref) => git_ref.clone(),
            None => self.default_branch(http, &workflow.repo)?,
        };
        let inputs: serde_json::Map<String, Value> =
            start.inputs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut body = json!({"ref": git_ref, "inputs": inputs});
        let path = format!("repos/{}/actions/workflows/{}/dispatches", workflow.repo, workflow.key());
        if !self.is_public() {
            body["return_run_details"] = json!(true);
        }
        let mut reply = http.send(&self.post(path.clone(), body.clone()).fine(&[422]))?;
        let words =
            text(&reply.json(&Request::get(path.clone())).unwrap_or_default(), &["message"]).unwrap_or_default();
        if reply.status == 422 && words.contains("return_run_details") {
            // It was refused whole, so it may be asked again without what that server does not know.
            body.as_object_mut().map(|body| body.remove("return_run_details"));
            reply = http.send(&self.post(path.clone(), body).fine(&[422]))?;
        }
        if reply.status == 422 {
            return Err(RemoteError::Inputs(words));
        }
        let run = if reply.body.is_empty() { None } else { int(&reply.json(&Request::get(path))?, "workflow_run_id") };
        Ok(match run {
            Some(id) => Started::Run(RunRef {
                pipeline: workflow.id,
                id: id.to_string(),
                attempt: 1,
                repo: Some(workflow.repo),
            }),
            None => Started::Handle(json!({"repo": workflow.repo, "workflow": workflow.key()})),
        })
    }

    fn resolve(&self, http: &dyn Http, start: &Start, handle: Option<&Value>) -> Answered<Resolved> {
        let known = handle.or(start.before.as_ref());
        let (Some(repo), Some(workflow)) =
            (known.and_then(|k| text(k, &["repo"])), known.and_then(|k| text(k, &["workflow"])))
        else {
            return Ok(Resolved::Pending("its workflow is not known".to_owned()));
        };
        let newest = start.before.as_ref().and_then(|before| int(before, "newest")).unwrap_or_default();
        let path = format!("repos/{repo}/actions/workflows/{workflow}/runs");
        let mut request = self.get(path.clone()).with("event", "workflow_dispatch").with("per_page", 50);
        if let Some(branch) = &start.git_ref {
            request = request.with("branch", branch);
        }
        if let Some(actor) = super::actor_of(start) {
            request = request.with("actor", actor);
        }
        let answer = http.json(&request)?;
        let runs = list(&answer, "workflow_runs", &path)?.iter();
        let runs = runs.filter_map(|run| Some((int(run, "id")?, text(run, &["workflow_id"]).unwrap_or_default())));
        let ours = runs.filter(|(id, _)| *id > newest && !start.taken.contains(&id.to_string())).min();
        Ok(match ours {
            Some((id, pipeline)) => {
                Resolved::Run(RunRef { pipeline, id: id.to_string(), attempt: 1, repo: Some(repo) })
            }
            None => Resolved::Pending("no run of it is listed yet".to_owned()),
        })
    }

    fn run_of_url(&self, _http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        Ok(self.run_behind(url))
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let repo = self.repo_of(run)?;
        self.bare_post(http, format!("repos/{repo}/actions/runs/{}/cancel", run.id))
    }

    fn retries_in_place(&self, _failed_only: bool) -> bool {
        true
    }

    fn see_place(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        http.json(&self.get(format!("repos/{}", self.repo_of(run)?))).map(|_| ())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, failed_only: bool) -> Answered<Option<Started>> {
        let repo = self.repo_of(run)?;
        let act = if failed_only { "rerun-failed-jobs" } else { "rerun" };
        self.bare_post(http, format!("repos/{repo}/actions/runs/{}/{act}", run.id))?;
        Ok(Some(Started::Run(RunRef { attempt: run.attempt + 1, repo: Some(repo), ..run.clone() })))
    }

    fn approve(&self, http: &dyn Http, run: &RunRef, approval: &str, is_allowed: bool, note: &str) -> Answered<()> {
        let repo = self.repo_of(run)?;
        let path = format!("repos/{repo}/actions/runs/{}", run.id);
        if approval == "fork" {
            if !is_allowed {
                return Err(RemoteError::NotOffered("reject a run of a fork; cancel it"));
            }
            return self.bare_post(http, format!("{path}/approve"));
        }
        let id: i64 = approval
            .parse()
            .map_err(|_error| RemoteError::Inputs(format!("nothing named \"{approval}\" waits for an approval")))?;
        let state = if is_allowed { "approved" } else { "rejected" };
        let comment = if note.is_empty() { "by way of Gemba" } else { note };
        let body = json!({"environment_ids": [id], "state": state, "comment": comment});
        http.send(&self.post(format!("{path}/pending_deployments"), body)).map(|_| ())
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let repo = self.repo_of(run)?;
        let path = format!("repos/{repo}/actions/runs/{}/jobs", run.id);
        let answer = self.whole(http, &path, "jobs", &[])?.unwrap_or_default();
        let jobs = list(&answer, "jobs", &path)?.iter();
        Ok(jobs
            .filter_map(|job| {
                let (id, name) = (text(job, &["id"])?, text(job, &["name"])?);
                Some(LogRef { id, name, status: status_of(job) })
            })
            .collect())
    }

    fn log(&self, http: &dyn Http, run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let repo = self.repo_of(run)?;
        let request = self.get(format!("repos/{repo}/actions/jobs/{log}/logs")).fine(&[302, 404]).may_be_cut();
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Err(RemoteError::NotOffered("show the log of a job before it ends"));
        }
        let reply = match reply.header("location").filter(|_| reply.status == 302) {
            Some(place) => http.send(&Request { auth: Auth::None, ..Request::elsewhere(place) }.may_be_cut())?,
            None => reply,
        };
        let text = super::log_of(&reply);
        let from_byte = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
        let rest = text.get(from_byte..).unwrap_or_default().to_owned();
        Ok(LogChunk { next: text.len() as u64, text: rest, is_whole: true })
    }

    fn artifacts(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        let path = format!("repos/{}/actions/runs/{}/artifacts", self.repo_of(run)?, run.id);
        let answer = self.whole(http, &path, "artifacts", &[])?.unwrap_or_default();
        Ok(archives(list(&answer, "artifacts", &path)?))
    }

    fn artifact(&self, run: &RunRef, artifact: &str) -> Answered<Request> {
        Ok(self.get(format!("repos/{}/actions/artifacts/{artifact}/zip", self.repo_of(run)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    fn github() -> GitHub {
        let scope = vec!["acme/shop".to_owned()];
        GitHub::new(Place { name: "gh".to_owned(), base: "https://github.com".to_owned(), scope, ..Place::default() })
    }

    const WORKFLOWS: &str = r#"{"total_count":1,"workflows":[{"id":7,"name":"Deploy","path":".github/workflows/deploy.yml","state":"active"}]}"#;

    fn run(id: i64, status: &str, conclusion: &str, at: &str) -> String {
        let conclusion = if conclusion.is_empty() { "null".to_owned() } else { format!("\"{conclusion}\"") };
        format!(
            r#"{{"id":{id},"name":"Deploy","workflow_id":7,"run_number":{id},"run_attempt":1,"head_branch":"main","head_sha":"s","event":"push","status":"{status}","conclusion":{conclusion},"created_at":"{at}","updated_at":"{at}","run_started_at":"{at}"}}"#
        )
    }

    #[test]
    fn where_the_interface_is() {
        for (given, address) in [
            ("https://github.com", "https://api.github.com"),
            ("https://github.example/", "https://github.example/api/v3"),
            ("https://github.example/api/v3", "https://github.example/api/v3"),
            ("http://127.0.0.1:18020", "http://127.0.0.1:18020"),
        ] {
            assert_eq!(github().address(given), address);
        }
    }

    #[test]
    fn a_round_reads_open_runs_again_and_stops_when_nothing_changed() {
        let runs = format!(
            r#"{{"total_count":2,"workflow_runs":[{},{}]}}"#,
            run(2, "in_progress", "", "2026-01-02T00:00:00Z"),
            run(1, "completed", "success", "2026-01-01T00:00:00Z")
        );
        let first = Recorded::with([
            ("repos/acme/shop/actions/runs", 200, &[("etag", "\"a\"")][..], runs.as_str()),
            ("repos/acme/shop/deployments", 404, &[][..], "{}"),
        ]);
        let mut last = None;
        let mut answers = 0;
        github()
            .sync(&first, None, &mut |brought| {
                answers += brought.answers.len();
                last = brought.mark.or(last.take());
                Ok(())
            })
            .unwrap();
        assert_eq!(answers, 2);
        let mark = last.unwrap();
        assert_eq!(mark["acme/shop"]["open"], json!([2]));
        let done = run(2, "completed", "failure", "2026-01-02T00:05:00Z");
        let second = Recorded::with([
            ("repos/acme/shop/actions/runs/2", 200, &[][..], done.as_str()),
            ("repos/acme/shop/actions/runs/2/jobs", 200, &[][..], r#"{"jobs":[]}"#),
            ("repos/acme/shop/actions/runs", 304, &[][..], ""),
            ("repos/acme/shop/deployments", 403, &[][..], "{}"),
        ]);
        let mut last = None;
        github()
            .sync(&second, Some(&mark), &mut |brought| {
                last = brought.mark.or(last.take());
                Ok(())
            })
            .unwrap();
        assert_eq!(last.unwrap()["acme/shop"]["open"], json!([]));
        let asked = second.asked.lock().unwrap();
        let page = asked.iter().find(|request| request.path == "repos/acme/shop/actions/runs").unwrap();
        assert_eq!(page.etag.as_deref(), Some("\"a\""));
    }

    #[test]
    fn the_oldest_run_after_the_watermark_that_nobody_owns_is_ours() {
        let runs = format!(
            r#"{{"workflow_runs":[{},{},{},{}]}}"#,
            run(14, "queued", "", "2026-01-02T00:00:00Z"),
            run(13, "queued", "", "2026-01-02T00:00:00Z"),
            run(12, "queued", "", "2026-01-02T00:00:00Z"),
            run(11, "queued", "", "2026-01-02T00:00:00Z")
        );
        let http = Recorded::new(&[("repos/acme/shop/actions/workflows/deploy.yml/runs", runs.as_str())]);
        let before = Some(json!({"repo": "acme/shop", "workflow": "deploy.yml", "newest": 11}));
        let start = Start { before, taken: vec!["12".to_owned()], ..Start::default() };
        let Resolved::Run(found) = github().resolve(&http, &start, None).unwrap() else { panic!("a run") };
        assert_eq!(found.id, "13");
    }

    #[test]
    fn a_start_names_its_run_or_a_way_to_find_it() {
        let start = Start { pipeline: "deploy.yml".to_owned(), git_ref: Some("main".to_owned()), ..Start::default() };
        let path = "repos/acme/shop/actions/workflows/deploy.yml/dispatches";
        let workflows = ("repos/acme/shop/actions/workflows", 200, &[][..], WORKFLOWS);
        let named = Recorded::with([workflows, (path, 200, &[][..], r#"{"workflow_run_id":99}"#)]);
        let Started::Run(found) = github().start(&named, &start).unwrap() else { panic!("a run") };
        assert_eq!((found.id.as_str(), found.pipeline.as_str()), ("99", "7"));
        let silent = Recorded::with([workflows, (path, 204, &[][..], "")]);
        assert!(matches!(github().start(&silent, &start).unwrap(), Started::Handle(_)));
        let refused = Recorded::with([workflows, (path, 422, &[][..], r#"{"message":"Unexpected inputs"}"#)]);
        assert!(github().start(&refused, &start).unwrap_err().to_string().contains("Unexpected inputs"));
    }

    #[test]
    fn a_run_behind_its_address() {
        let run = github().run_behind("https://github.com/acme/shop/actions/runs/42/attempts/3?pr=1").unwrap();
        assert_eq!((run.id.as_str(), run.attempt, run.repo.as_deref()), ("42", 3, Some("acme/shop")));
        assert!(github().run_behind("https://github.com/acme/shop/pull/42").is_none());
    }
}
