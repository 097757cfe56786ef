//! Gitea and Forgejo Actions, which have parted ways: one look at the version tells which it is.
//!
//! Every request is tried against Forgejo's own description (17-dev); Gitea's ways are those of its sources and
//! generated client, not tried against a server. Neither can say what changed, so pages are read from the newest run
//! until one that was known and over, and runs that were open are asked for one by one. The form is read from the
//! workflow file. What a server is too old for it answers with 404, and that is said. Gitea's `waiting` changed its
//! meaning between versions: it is an approval only where the run says that it needs one. Forgejo shows no log of a job
//! before version 17, runs a whole run again or one job, but not "what failed", and counts the attempts of jobs, not of
//! runs: those are counted by us. Workflows are read from the first folder that exists, as the servers do.

use base64::Engine as _;
use serde_json::{Value, json};

use super::json::{int, is, list, text, time};
use super::results::archives;
use super::workflow_file;
use super::{
    Answered, ArtifactRef, Body, Brought, Caps, Connector, Form, Held, Http, Keep, LogChunk, LogRef, Logs, Look, Mark,
    PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef, Scheme, Start, Started, WhoAmI,
};
use crate::model::record::{Record, Run, Stage};
use crate::model::{Status, System};

const PAGE: usize = 50;
/// How far back the run behind an address is looked for.
const PAGES_OF_ADDRESSES: usize = 10;
const FOLDERS: [&str; 3] = [".forgejo/workflows", ".gitea/workflows", ".github/workflows"];

pub struct Gitea {
    place: Place,
}

/// How far a repository was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct RepoMark {
    newest: i64,
    /// Where a first round goes on; 0 when it is done.
    page: u64,
    open: Vec<i64>,
}

fn status_of(run: &Value, is_forgejo: bool) -> Status {
    let raw = text(run, &["status"]).unwrap_or_default();
    if is(run, "need_approval") && !matches!(raw.as_str(), "success" | "failure" | "cancelled" | "skipped") {
        return Status::WaitingApproval;
    }
    if is_forgejo {
        System::Forgejo.status(&raw, None)
    } else {
        System::Gitea.status(&raw, text(run, &["conclusion"]).as_deref())
    }
}

impl Gitea {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn repos(&self) -> Answered<&[String]> {
        if self.place.scope.is_empty() {
            return Err(RemoteError::Inputs("name the repositories to look at, such as acme/shop".to_owned()));
        }
        Ok(&self.place.scope)
    }

    fn version(http: &dyn Http) -> Answered<(String, bool)> {
        let version = text(&http.json(&Request::get("version"))?, &["version"]).unwrap_or_default();
        // Forgejo names the Gitea that it speaks like: "15.0.0+gitea-1.22.0".
        let is_forgejo = version.contains("+gitea-") || version.contains("forgejo");
        Ok((version, is_forgejo))
    }

    fn run(&self, repo: &str, value: &Value, is_forgejo: bool) -> Option<(i64, Run)> {
        let id = int(value, "id")?;
        let status = status_of(value, is_forgejo);
        let raw = [text(value, &["status"]), text(value, &["conclusion"])].into_iter().flatten().collect::<Vec<_>>();
        let file = if is_forgejo { text(value, &["workflow_id"]) } else { text(value, &["path"]) };
        let file = file
            .map(|path| path.split('@').next().unwrap_or_default().rsplit('/').next().unwrap_or_default().to_owned());
        let branch = if is_forgejo { text(value, &["prettyref"]) } else { text(value, &["head_branch"]) };
        let event = text(value, &["event"]).or_else(|| text(value, &["trigger_event"]));
        let at = |gitea: &str, forgejo: &str| time(value, if is_forgejo { forgejo } else { gitea });
        let attempt = int(value, "run_attempt").and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1);
        let actor = ["trigger_actor", "actor", "trigger_user"].iter().find_map(|key| text(value, &[key, "login"]));
        Some((
            id,
            Run {
                connection: self.place.name.clone(),
                pipeline: format!("{repo}/{}", file.unwrap_or_else(|| "workflow".to_owned())),
                id: id.to_string(),
                attempt,
                status,
                status_raw: Some(raw.join("/")),
                number: int(value, "run_number").or_else(|| int(value, "index_in_repo")),
                repo: Some(repo.to_owned()),
                branch,
                sha: text(value, &["head_sha"]).or_else(|| text(value, &["commit_sha"])),
                actor,
                event: event.as_deref().map(|event| event_word(event).to_owned()),
                event_raw: event,
                created_at: time(value, "created").or_else(|| time(value, "created_at")),
                started_at: at("started_at", "started"),
                finished_at: at("completed_at", "stopped").filter(|_| status.may_have_ended()),
                updated_at: time(value, "updated"),
                url: text(value, &["html_url"]),
                ..Run::default()
            },
        ))
    }

    fn get_run(&self, http: &dyn Http, repo: &str, id: &str, is_forgejo: bool) -> Answered<Option<Run>> {
        let request = Request::get(format!("repos/{repo}/actions/runs/{id}")).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(None);
        }
        Ok(self.run(repo, &reply.json(&request)?, is_forgejo).map(|(_, run)| run))
    }

    fn jobs(http: &dyn Http, repo: &str, id: &str) -> Answered<Vec<Value>> {
        Ok(Self::all(http, format!("repos/{repo}/actions/runs/{id}/jobs"), "jobs")?.unwrap_or_default())
    }

    /// All pages of a list; nothing where the server knows no such list. Gitea names its lists and says how much there is;
    /// Forgejo gives them bare and whole.
    fn all(http: &dyn Http, path: String, key: &str) -> Answered<Option<Vec<Value>>> {
        let mut all = Vec::new();
        for page in 1.. {
            let request = Request::get(path.clone()).with("limit", PAGE).with("page", page).fine(&[404]);
            let reply = http.send(&request)?;
            if reply.is_gone() {
                return Ok(None);
            }
            let mut named = match reply.json(&request)? {
                Value::Array(bare) => return Ok(Some(bare)),
                named => named,
            };
            let total = int(&named, "total_count").and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
            let Some(Value::Array(items)) = named.get_mut(key).map(Value::take) else { break };
            let is_last = items.is_empty();
            all.extend(items);
            if is_last || all.len() >= total {
                break;
            }
        }
        Ok(Some(all))
    }

    fn sync_repo(
        &self,
        http: &dyn Http,
        repo: &str,
        is_forgejo: bool,
        mut mark: RepoMark,
        keep: &mut dyn FnMut(Brought, &RepoMark) -> Answered<()>,
    ) -> Answered<()> {
        let is_first = mark.newest == 0 || mark.page > 0;
        let (known, mut held) = (mark.newest, Held::default());
        for id in mark.open.clone() {
            let found = self.get_run(http, repo, &id.to_string(), is_forgejo).and_then(|found| match found {
                // Where the whole repository is out of sight, nothing is said of its runs.
                None => {
                    self.see_place(http, &RunRef { repo: Some(repo.to_owned()), ..RunRef::default() }).map(|()| None)
                }
                found => Ok(found),
            });
            let Some(found) = held.hold(found)? else { continue };
            if found.as_ref().is_none_or(Run::is_over) {
                mark.open.retain(|open| *open != id);
            }
            let mut brought = Brought::default();
            match found {
                Some(run) => brought.records.push(Record::Run(run)),
                None => brought.vanished.push(RunRef { id: id.to_string(), ..RunRef::default() }),
            }
            keep(brought, &mark)?;
        }
        let mut page = mark.page.max(1);
        // A round that breaks off before it comes to what is known must begin there again.
        let mut newest = mark.newest;
        loop {
            let request = Request::get(format!("repos/{repo}/actions/runs")).with("page", page).with("limit", PAGE);
            let answer = http.json(&request)?;
            let runs = list(&answer, "workflow_runs", &request.path)?;
            let mut brought = Brought::default();
            let mut reaches_known = false;
            for value in runs {
                let Some((id, run)) = self.run(repo, value, is_forgejo) else { continue };
                reaches_known |= id <= known;
                newest = newest.max(id);
                if !run.is_over() && !mark.open.contains(&id) {
                    mark.open.push(id);
                }
                brought.records.push(Record::Run(run));
            }
            // A server may give less than was asked for in a page.
            let total = int(&answer, "total_count").and_then(|n| usize::try_from(n).ok());
            let is_end = runs.is_empty()
                || total.map_or(runs.len() < PAGE, |total| runs.len().saturating_mul(page as usize) >= total);
            let is_last = is_end || (!is_first && reaches_known);
            page += 1;
            mark.page = if is_first && !is_last { page } else { 0 };
            if is_first || is_last {
                mark.newest = newest;
            }
            keep(brought, &mark)?;
            if is_last {
                return held.end();
            }
        }
    }

    /// Repository, file and folder of a pipeline.
    fn workflow(&self, http: &dyn Http, pipeline: &str, is_forgejo: bool) -> Answered<(String, String, &'static str)> {
        for repo in self.repos()? {
            let Some(file) = pipeline.strip_prefix(repo.as_str()).and_then(|rest| rest.strip_prefix('/')) else {
                continue;
            };
            let (folder, files) = Self::files(http, repo, is_forgejo)?;
            if files.iter().any(|known| known == file) {
                return Ok((repo.clone(), file.to_owned(), folder));
            }
        }
        Err(RemoteError::Inputs(format!("there is no workflow file of \"{pipeline}\" any more")))
    }

    /// The workflow files of a repository and their folder: the first that exists is the one that counts.
    fn files(http: &dyn Http, repo: &str, is_forgejo: bool) -> Answered<(&'static str, Vec<String>)> {
        let folders = if is_forgejo { &FOLDERS[..] } else { &FOLDERS[1..] };
        for folder in folders {
            let request = Request::get(format!("repos/{repo}/contents/{folder}")).fine(&[404]);
            let reply = http.send(&request)?;
            if reply.is_gone() {
                continue;
            }
            let answer = reply.json(&request)?;
            let names = answer.as_array().into_iter().flatten().filter_map(|file| text(file, &["name"]));
            return Ok((folder, names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml")).collect()));
        }
        Ok((FOLDERS[1], Vec::new()))
    }

    fn default_branch(http: &dyn Http, repo: &str) -> Answered<String> {
        let answer = http.json(&Request::get(format!("repos/{repo}")))?;
        Ok(text(&answer, &["default_branch"]).unwrap_or_else(|| "main".to_owned()))
    }

    fn repo_of(run: &RunRef) -> String {
        let of_pipeline = || run.pipeline.rsplit_once('/').map_or(String::new(), |(repo, _)| repo.to_owned());
        run.repo.clone().unwrap_or_else(of_pipeline)
    }

    /// An act that older servers do not know.
    fn act(http: &dyn Http, path: String, what: &'static str) -> Answered<()> {
        let reply = http.send(&Request::post(path, Body::None).fine(&[404, 405]))?;
        if matches!(reply.status, 404 | 405) { Err(RemoteError::NotOffered(what)) } else { Ok(()) }
    }
}

fn event_word(raw: &str) -> &'static str {
    match raw {
        "push" => "push",
        "pull_request" | "pull_request_target" => "pr",
        "schedule" => "schedule",
        "workflow_dispatch" => "manual",
        _ => "other",
    }
}

impl Connector for Gitea {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            preview: false,
            run_id: RunIdHow::InTheAnswer,
            cancel: true,
            retry: Retry::AllOrFailed,
            approve: false,
            logs: Logs::AfterTheEnd,
            artifacts: true,
            tests: false,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme::Token
    }

    fn address(&self, given: &str) -> String {
        format!("{}/api/v1", given.trim().trim_end_matches('/').trim_end_matches("/api/v1"))
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let (version, is_forgejo) = Self::version(http)?;
        let name = if is_forgejo { "Forgejo" } else { "Gitea" };
        let mut who = WhoAmI { server: format!("{name} {version}"), ..WhoAmI::default() };
        who.user = super::owner(http, Request::get("user"), "login")?;
        if who.user.is_none() {
            who.missing.push("a token, to start or cancel runs".to_owned());
        }
        for repo in self.repos()? {
            let answer = http.json(&Request::get(format!("repos/{repo}")))?;
            let runs = Request::get(format!("repos/{repo}/actions/runs")).with("limit", 1).fine(&[404]);
            if http.send(&runs)?.is_gone() {
                let why = "this version lists none, or actions are switched off there";
                who.missing.push(format!("a list of the runs of {repo}: {why}"));
                continue;
            }
            who.may.push(format!("read the runs of {repo}"));
            match answer.pointer("/permissions/push").and_then(Value::as_bool) {
                Some(true) => who.may.push(format!("start the workflows of {repo}")),
                _ => who.missing.push(format!("write access to {repo}, to start its workflows")),
            }
        }
        Ok(who)
    }

    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        let (_, is_forgejo) = Self::version(http)?;
        let mut found = Vec::new();
        for repo in self.repos()? {
            let (_, files) = Self::files(http, repo, is_forgejo)?;
            let ids = files.into_iter().map(|file| format!("{repo}/{file}"));
            found.extend(ids.map(|id| PipelineRef { name: id.clone(), id }));
        }
        Ok(found)
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let (_, is_forgejo) = Self::version(http)?;
        super::place_by_place(self.repos()?, mark, keep, |repo, known, keep| {
            self.sync_repo(http, repo, is_forgejo, known, keep)
        })
    }

    fn renamed(&self, http: &dyn Http) -> Answered<Vec<(String, String)>> {
        let ask = |repo: &str| Request::get(format!("repos/{repo}"));
        super::renamed_places(http, &self.address(&self.place.base), self.repos()?, &ask, "full_name")
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let (_, is_forgejo) = Self::version(http)?;
        let repo = Self::repo_of(run);
        let mut found = self.get_run(http, &repo, &run.id, is_forgejo)?.ok_or_else(|| RemoteError::NotFound {
            host: self.place.name.clone(),
            said: String::new(),
            path: format!("repos/{repo}/actions/runs/{}", run.id),
        })?;
        let stage = |job: &Value| {
            let status = status_of(job, is_forgejo);
            Some(Stage {
                name: text(job, &["name"])?,
                status,
                status_raw: text(job, &["status"]),
                started_at: time(job, "started_at"),
                finished_at: time(job, "completed_at").filter(|_| status.may_have_ended()),
                ..Stage::default()
            })
        };
        let stages: Vec<Stage> = Self::jobs(http, &repo, &run.id)?.iter().filter_map(stage).collect();
        found.stages = Some(stages).filter(|stages| !stages.is_empty());
        let (status, is_over) = (found.status, found.is_over());
        let stamp = format!("{} {:?} {:?} {:?}", found.attempt, status, found.started_at, found.updated_at);
        Ok(Look {
            brought: Brought { records: vec![Record::Run(found)], ..Brought::default() },
            status,
            is_over,
            stamp: Some(stamp),
            ..Look::default()
        })
    }

    fn form(&self, http: &dyn Http, pipeline: &str, git_ref: Option<&str>) -> Answered<Form> {
        let (_, is_forgejo) = Self::version(http)?;
        let (repo, file, folder) = self.workflow(http, pipeline, is_forgejo)?;
        let branch = Self::default_branch(http, &repo)?;
        let request = Request::get(format!("repos/{repo}/contents/{folder}/{file}"));
        let answer = http.json(&request.with("ref", git_ref.unwrap_or(&branch)))?;
        let content = text(&answer, &["content"]).unwrap_or_default().replace('\n', "");
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(content)
            .map_err(|error| RemoteError::Unread { path: file, why: error.to_string() })?;
        let mut form = workflow_file::form(&String::from_utf8_lossy(&bytes), &|| Ok(Vec::new()))?;
        form.git_ref = Some(branch);
        Ok(form)
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let repo = pipeline.rsplit_once('/').map_or("", |(repo, _)| repo);
        let request = Request::get(format!("repos/{repo}/actions/runs")).with("limit", 1);
        let answer = http.json(&request)?;
        let newest = list(&answer, "workflow_runs", &request.path)?.first().and_then(|run| int(run, "id"));
        let owner = super::owner(http, Request::get("user"), "login");
        Ok(Some(super::before(newest.unwrap_or_default(), owner)))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let (_, is_forgejo) = Self::version(http)?;
        let (repo, file, _) = self.workflow(http, &start.pipeline, is_forgejo)?;
        let git_ref = match &start.git_ref {
            Some(git_ref) => git_ref.clone(),
            None => Self::default_branch(http, &repo)?,
        };
        let inputs: serde_json::Map<String, Value> =
            start.inputs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let mut body = json!({"ref": git_ref, "inputs": inputs});
        if is_forgejo {
            body["return_run_info"] = json!(true);
        }
        let path = format!("repos/{repo}/actions/workflows/{file}/dispatches");
        let mut request = Request::post(path, Body::Json(body)).fine(&[422]);
        if !is_forgejo {
            request = request.with("return_run_details", "true");
        }
        let reply = http.send(&request)?;
        if reply.status == 422 {
            let answer = reply.json(&request).unwrap_or_default();
            return Err(RemoteError::Inputs(text(&answer, &["message"]).unwrap_or_else(|| "its answer is 422".into())));
        }
        let answer = if reply.body.is_empty() { Value::Null } else { reply.json(&request)? };
        Ok(match int(&answer, "workflow_run_id").or_else(|| int(&answer, "id")) {
            Some(id) => Started::Run(RunRef {
                pipeline: start.pipeline.clone(),
                id: id.to_string(),
                attempt: 1,
                repo: Some(repo),
            }),
            None => Started::Handle(json!({"repo": repo})),
        })
    }

    fn resolve(&self, http: &dyn Http, start: &Start, _handle: Option<&Value>) -> Answered<Resolved> {
        let (_, is_forgejo) = Self::version(http)?;
        let repo = start.pipeline.rsplit_once('/').map_or("", |(repo, _)| repo);
        let request = Request::get(format!("repos/{repo}/actions/runs")).with("limit", PAGE);
        let answer = http.json(&request.with("event", "workflow_dispatch"))?;
        let runs = list(&answer, "workflow_runs", repo)?.iter().filter_map(|run| self.run(repo, run, is_forgejo));
        let is_ours = |run: &Run| {
            run.pipeline == start.pipeline
                && super::is_on_ref(start, run.branch.as_deref().or(run.tag.as_deref()))
                && super::may_be_of(start, run.actor.as_deref())
        };
        let ours = runs.filter(|(_, run)| is_ours(run)).map(|(id, _)| id);
        Ok(match super::oldest_free(ours, start) {
            Some(id) => Resolved::Run(RunRef {
                pipeline: start.pipeline.clone(),
                id: id.to_string(),
                attempt: 1,
                repo: Some(repo.to_owned()),
            }),
            None => Resolved::Pending("no run of it is listed yet".to_owned()),
        })
    }

    /// An address names a run by its number in the repository or by its id, as old as the server is: the run's own address
    /// tells which.
    fn run_of_url(&self, http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        let (_, is_forgejo) = Self::version(http)?;
        let is_at =
            |own: &str| url.strip_prefix(own).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        for repo in self.repos()?.iter().filter(|repo| url.contains(&format!("/{repo}/actions/runs/"))) {
            for page in 1..=PAGES_OF_ADDRESSES {
                let request = Request::get(format!("repos/{repo}/actions/runs"));
                let answer = http.json(&request.clone().with("page", page).with("limit", PAGE))?;
                let runs = list(&answer, "workflow_runs", &request.path)?;
                let mut read = runs.iter().filter_map(|run| self.run(repo, run, is_forgejo));
                if let Some((_, run)) = read.find(|(_, run)| run.url.as_deref().is_some_and(is_at)) {
                    let (pipeline, id, attempt) = (run.pipeline, run.id, run.attempt);
                    return Ok(Some(RunRef { pipeline, id, attempt, repo: Some(repo.clone()) }));
                }
                if runs.is_empty() {
                    break;
                }
            }
        }
        Ok(None)
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let path = format!("repos/{}/actions/runs/{}/cancel", Self::repo_of(run), run.id);
        Self::act(http, path, "cancel a run before Gitea 1.28 or Forgejo 17")
    }

    fn uncounted_attempts(&self) -> Option<fn(Status) -> bool> {
        Some(|_| true)
    }

    fn retries_in_place(&self, _failed_only: bool) -> bool {
        true
    }

    fn see_place(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        http.json(&Request::get(format!("repos/{}", Self::repo_of(run)))).map(|_| ())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, failed_only: bool) -> Answered<Option<Started>> {
        let (_, is_forgejo) = Self::version(http)?;
        if failed_only && is_forgejo {
            return Err(RemoteError::NotOffered("run only what failed on Forgejo: run everything again"));
        }
        let (act, repo) = (if failed_only { "rerun-failed-jobs" } else { "rerun" }, Self::repo_of(run));
        let path = format!("repos/{repo}/actions/runs/{}/{act}", run.id);
        Self::act(http, path, "run again before Gitea 1.27 or Forgejo 17")?;
        // Only the server knows whether it counts this as an attempt.
        let now = self.get_run(http, &repo, &run.id, is_forgejo).ok().flatten();
        let attempt = now.map_or(run.attempt, |now| now.attempt);
        Ok(Some(Started::Run(RunRef { attempt, ..run.clone() })))
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let (_, is_forgejo) = Self::version(http)?;
        let jobs = Self::jobs(http, &Self::repo_of(run), &run.id)?;
        let log = |job: &Value| {
            let status = status_of(job, is_forgejo);
            Some(LogRef { id: text(job, &["id"])?, name: text(job, &["name"])?, status })
        };
        Ok(jobs.iter().filter_map(log).collect())
    }

    fn log(&self, http: &dyn Http, run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let request =
            Request::get(format!("repos/{}/actions/jobs/{log}/logs", Self::repo_of(run))).fine(&[404]).may_be_cut();
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Err(RemoteError::NotOffered("show this log: the server keeps it elsewhere, or not yet"));
        }
        let whole = super::log_of(&reply);
        let at = usize::try_from(from).unwrap_or(usize::MAX).min(whole.len());
        Ok(LogChunk { text: whole.get(at..).unwrap_or_default().to_owned(), next: whole.len() as u64, is_whole: true })
    }

    fn artifacts(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        let path = format!("repos/{}/actions/runs/{}/artifacts", Self::repo_of(run), run.id);
        let artifacts = Self::all(http, path, "artifacts")?;
        let artifacts = artifacts.ok_or(RemoteError::NotOffered("list artifacts before Gitea 1.24 or Forgejo 17"))?;
        Ok(archives(&artifacts))
    }

    fn artifact(&self, run: &RunRef, artifact: &str) -> Answered<Request> {
        Ok(Request::get(format!("repos/{}/actions/artifacts/{artifact}/zip", Self::repo_of(run))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    fn gitea() -> Gitea {
        let scope = vec!["acme/shop".to_owned()];
        Gitea::new(Place { name: "g".to_owned(), base: "https://git.example".to_owned(), scope, ..Place::default() })
    }

    const GITEA: (&str, u16, &[(&str, &str)], &str) = ("version", 200, &[], r#"{"version":"1.27.3"}"#);
    const FORGEJO: (&str, u16, &[(&str, &str)], &str) = ("version", 200, &[], r#"{"version":"15.0.0+gitea-1.22.0"}"#);

    fn first_run(
        version: (&'static str, u16, &'static [(&'static str, &'static str)], &'static str),
        runs: &str,
    ) -> Run {
        let http = Recorded::with([version, ("repos/acme/shop/actions/runs", 200, &[][..], runs)]);
        let mut found = Vec::new();
        gitea()
            .sync(&http, None, &mut |brought| {
                found.extend(brought.records);
                Ok(())
            })
            .unwrap();
        let Some(Record::Run(run)) = found.pop() else { panic!("a run") };
        run
    }

    #[test]
    fn the_two_tell_a_run_in_their_own_words() {
        let run = first_run(
            GITEA,
            r#"{"workflow_runs":[{"id":5,"run_number":3,"run_attempt":2,"status":"completed","conclusion":"failure","head_branch":"main","head_sha":"s","path":"deploy.yml@refs/heads/main","event":"workflow_dispatch","started_at":"2026-01-01T10:00:00Z","completed_at":"2026-01-01T10:01:00Z","actor":{"login":"ann"}}]}"#,
        );
        assert_eq!((run.pipeline.as_str(), run.attempt, run.status), ("acme/shop/deploy.yml", 2, Status::Failed));
        let run = first_run(
            FORGEJO,
            r#"{"workflow_runs":[{"id":6,"index_in_repo":4,"status":"blocked","need_approval":true,"prettyref":"main","commit_sha":"t","workflow_id":"deploy.yml","event":"pull_request","created":"2026-01-01T10:00:00Z","started":"0001-01-01T00:00:00Z","trigger_user":{"login":"bob"}}]}"#,
        );
        assert_eq!((run.status, run.number, run.started_at), (Status::WaitingApproval, Some(4), None));
    }

    #[test]
    fn what_ended_under_an_unknown_word_is_over() {
        for (version, end) in [(GITEA, "completed_at"), (FORGEJO, "stopped")] {
            let runs = json!({"workflow_runs": [{"id": 6, "status": "vaporised", "conclusion": "vaporised",
                "path": "deploy.yml@refs/heads/main", "workflow_id": "deploy.yml", end: "2026-01-01T10:01:00Z"}]});
            let run = first_run(version, &runs.to_string());
            assert_eq!((run.status, run.is_over()), (Status::Unknown, true));
        }
    }

    #[test]
    fn a_start_is_asked_for_in_the_words_of_each() {
        let files = r#"[{"name":"deploy.yml"}]"#;
        let empty = (".x", 200, &[][..], "");
        for (version, answer) in
            [(GITEA, r#"{"workflow_run_id":9}"#), (FORGEJO, r#"{"id":9,"run_number":1,"jobs":[]}"#)]
        {
            let http = Recorded::with([
                version,
                empty,
                ("repos/acme/shop/contents/.forgejo/workflows", 404, &[][..], ""),
                ("repos/acme/shop/contents/.gitea/workflows", 200, &[][..], files),
                ("repos/acme/shop/actions/workflows/deploy.yml/dispatches", 201, &[][..], answer),
            ]);
            let git_ref = Some("main".to_owned());
            let start = Start { pipeline: "acme/shop/deploy.yml".to_owned(), git_ref, ..Start::default() };
            let Started::Run(run) = gitea().start(&http, &start).unwrap() else { panic!("a run") };
            assert_eq!(run.id, "9");
            let asked = http.asked.lock().unwrap();
            let Body::Json(body) = &asked.last().unwrap().body else { panic!("a body") };
            let is_forgejo = version.3.contains("gitea-");
            assert_eq!(body.get("return_run_info").is_some(), is_forgejo);
            assert_eq!(asked.last().unwrap().query.is_empty(), is_forgejo);
        }
    }

    #[test]
    fn a_page_may_be_shorter_than_asked_for() {
        let page = |ids: &[i64]| {
            let runs: Vec<Value> = ids.iter().map(|id| json!({"id": id, "status": "completed"})).collect();
            json!({"total_count": 5, "workflow_runs": runs}).to_string()
        };
        let pages = [page(&[5, 4]), page(&[3, 2]), page(&[1]), page(&[])];
        let answers = pages.iter().map(|page| ("repos/acme/shop/actions/runs", 200, &[][..], page.as_str()));
        let http = Recorded::with(std::iter::once(GITEA).chain(answers));
        let mut seen = 0;
        let mut count = |brought: Brought| {
            seen += brought.records.len();
            Ok(())
        };
        gitea().sync(&http, None, &mut count).unwrap();
        assert_eq!(seen, 5);
    }

    #[test]
    fn a_run_goes_again_as_its_server_counts() {
        let run = RunRef {
            pipeline: "acme/shop/deploy.yml".to_owned(),
            id: "5".to_owned(),
            attempt: 1,
            repo: Some("acme/shop".to_owned()),
        };
        let now = r#"{"id":5,"status":"queued","run_attempt":2}"#;
        let of = |version, now| {
            Recorded::with([
                version,
                ("repos/acme/shop/actions/runs/5/rerun", 201, &[][..], ""),
                ("repos/acme/shop/actions/runs/5", 200, &[][..], now),
            ])
        };
        let attempt = |http: &Recorded| match gitea().retry(http, &run, false).unwrap() {
            Some(Started::Run(run)) => run.attempt,
            other => panic!("{other:?}"),
        };
        assert_eq!(attempt(&of(GITEA, now)), 2);
        let forgejo = of(FORGEJO, r#"{"id":5,"status":"waiting"}"#);
        assert_eq!(attempt(&forgejo), 1);
        let error = gitea().retry(&forgejo, &run, true).unwrap_err();
        assert!(error.to_string().contains("Forgejo") && !error.is_ambiguous(), "{error}");
    }

    #[test]
    fn a_run_behind_its_address() {
        let runs = r#"{"workflow_runs":[
            {"id":91,"path":"deploy.yml","html_url":"https://git.example/acme/shop/actions/runs/12"},
            {"id":80,"path":"deploy.yml","html_url":"https://git.example/acme/shop/actions/runs/1"}]}"#;
        let http = Recorded::with([GITEA, ("repos/acme/shop/actions/runs", 200, &[][..], runs)]);
        let find = |address: &str| gitea().run_of_url(&http, &format!("https://git.example/{address}")).unwrap();
        assert_eq!(find("acme/shop/actions/runs/12/jobs/0").unwrap().id, "91");
        assert_eq!(find("acme/shop/actions/runs/1").unwrap().id, "80");
        assert_eq!(find("acme/other/actions/runs/1"), None);
        assert_eq!(find("acme/shop/actions/runs/123"), None);
    }

    #[test]
    fn what_a_server_is_too_old_for_is_said() {
        let http = Recorded::with([("repos/acme/shop/actions/runs/5/cancel", 404, &[][..], "")]);
        let run = RunRef { pipeline: "acme/shop/deploy.yml".to_owned(), id: "5".to_owned(), ..RunRef::default() };
        assert!(gitea().cancel(&http, &run).unwrap_err().to_string().contains("1.28"));
    }
}
