//! Woodpecker 3; held against its sources, not tried against a server.
//!
//! Repositories go by a number that is looked up. Pages are read from the newest pipeline to the newest that was known;
//! open ones are asked for one by one. A start that no workflow matches is answered with 204: nothing ran, and that is
//! said. A restart is a new pipeline. One of the event `deployment` is a deployment to the environment that it names.
//! Times are seconds since 1970, and 0 is none.

use base64::Engine as _;
use serde_json::{Value, json};

use super::json::{array, epoch, int, text};
use super::{
    Answered, Approval, Body, Brought, Caps, Connector, Form, Held, Http, Keep, LogChunk, LogRef, Logs, Look, Mark,
    PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef, Scheme, Start, Started, WhoAmI,
};
use crate::model::record::{self, Deployment, Record, Run, Stage};
use crate::model::{Status, System};

const PAGE: usize = 50;

pub struct Woodpecker {
    place: Place,
}

/// How far a repository was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct RepoMark {
    newest: i64,
    page: u64,
    open: Vec<i64>,
}

fn status_of(thing: &Value) -> Status {
    let raw = text(thing, &["status"]).or_else(|| text(thing, &["state"])).unwrap_or_default();
    System::Woodpecker.status(&raw, None)
}

fn stages_of(pipeline: &Value) -> Vec<Stage> {
    let workflows = pipeline.get("workflows").and_then(Value::as_array).into_iter().flatten();
    let steps = workflows.flat_map(|workflow| {
        let name = text(workflow, &["name"]).unwrap_or_default();
        let steps = workflow.get("children").and_then(Value::as_array).cloned().unwrap_or_default();
        steps.into_iter().map(move |step| (name.clone(), step))
    });
    steps
        .filter_map(|(workflow, step)| {
            let status = status_of(&step);
            let name = text(&step, &["name"])?;
            Some(Stage {
                name: if workflow.is_empty() { name } else { format!("{workflow} / {name}") },
                status,
                status_raw: text(&step, &["state"]),
                started_at: epoch(&step, "started").or_else(|| epoch(&step, "start_time")),
                finished_at: epoch(&step, "finished")
                    .or_else(|| epoch(&step, "end_time"))
                    .filter(|_| status.may_have_ended()),
                ..Stage::default()
            })
        })
        .collect()
}

impl Woodpecker {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn repos(&self) -> Answered<&[String]> {
        if self.place.scope.is_empty() {
            return Err(RemoteError::Inputs("name the repositories to look at, such as acme/shop".to_owned()));
        }
        Ok(&self.place.scope)
    }

    fn repo(http: &dyn Http, name: &str) -> Answered<Value> {
        http.json(&Request::get(format!("repos/lookup/{name}")))
    }

    fn base_of(http: &dyn Http, name: &str) -> Answered<String> {
        Self::base_in(&Self::repo(http, name)?, name)
    }

    fn base_in(repo: &Value, name: &str) -> Answered<String> {
        let id = int(repo, "id").ok_or_else(|| RemoteError::Unread {
            path: format!("repos/lookup/{name}"),
            why: "it names no repository".to_owned(),
        })?;
        Ok(format!("repos/{id}/pipelines"))
    }

    /// The page of a pipeline, where it says which repository it is of; else where its commit is.
    fn page_of(&self, value: &Value, number: i64) -> Option<String> {
        match int(value, "repo_id") {
            Some(repo) => {
                let base = self.place.base.trim_end_matches('/').trim_end_matches("/api");
                Some(format!("{base}/repos/{repo}/pipeline/{number}"))
            }
            None => text(value, &["forge_url"]).filter(|url| url.starts_with("http")),
        }
    }

    fn run(&self, repo: &str, value: &Value) -> Option<(i64, Run)> {
        let number = int(value, "number")?;
        let status = status_of(value);
        let event = text(value, &["event"]);
        let stages = stages_of(value);
        Some((
            number,
            Run {
                connection: self.place.name.clone(),
                pipeline: repo.to_owned(),
                id: number.to_string(),
                status,
                status_raw: text(value, &["status"]),
                number: Some(number),
                repo: Some(repo.to_owned()),
                branch: text(value, &["branch"]),
                sha: text(value, &["commit"]),
                actor: text(value, &["author"]),
                event: event.as_deref().map(|event| event_word(event).to_owned()),
                event_raw: event,
                created_at: epoch(value, "created"),
                started_at: epoch(value, "started"),
                finished_at: epoch(value, "finished").filter(|_| status.may_have_ended()),
                updated_at: epoch(value, "updated"),
                url: self.page_of(value, number),
                stages: (!stages.is_empty()).then_some(stages),
                ..Run::default()
            },
        ))
    }

    /// A pipeline and, where it is a deployment, what it deploys.
    fn records(&self, repo: &str, value: &Value) -> Option<(i64, Run, Vec<Record>)> {
        let (number, run) = self.run(repo, value)?;
        let deployment = deployment_of(&run, text(value, &["deploy_to"]));
        let records = std::iter::once(Record::Run(run.clone())).chain(deployment.map(Record::Deployment)).collect();
        Some((number, run, records))
    }

    fn detail(http: &dyn Http, run: &RunRef) -> Answered<(String, Value)> {
        let path = format!("{}/{}", Self::base_of(http, &run.pipeline)?, run.id);
        let value = http.json(&Request::get(path.clone()))?;
        Ok((path, value))
    }

    fn sync_repo(
        &self,
        http: &dyn Http,
        repo: &str,
        mut mark: RepoMark,
        keep: &mut dyn FnMut(Brought, &RepoMark) -> Answered<()>,
    ) -> Answered<()> {
        let base = Self::base_of(http, repo)?;
        let is_first = mark.newest == 0 || mark.page > 0;
        let (known, mut held) = (mark.newest, Held::default());
        for number in mark.open.clone() {
            let request = Request::get(format!("{base}/{number}")).fine(&[404]);
            let read = || {
                let reply = http.send(&request)?;
                Ok(if reply.is_gone() { None } else { self.records(repo, &reply.json(&request)?) })
            };
            let Some(found) = held.hold(read())? else { continue };
            if found.as_ref().is_none_or(|(_, run, _)| run.is_over()) {
                mark.open.retain(|open| *open != number);
            }
            let mut brought = Brought::default();
            match found {
                Some((.., records)) => brought.records = records,
                None => brought.vanished.push(Self::run_ref(repo, number)),
            }
            keep(brought, &mark)?;
        }
        let mut page = mark.page.max(1);
        // A round that breaks off before it comes to what is known must begin there again.
        let mut newest = mark.newest;
        loop {
            let request = Request::get(base.clone()).with("page", page).with("perPage", PAGE);
            let answer = http.json(&request)?;
            let pipelines = array(&answer, &base)?;
            let mut brought = Brought::default();
            let mut reaches_known = false;
            for value in &pipelines {
                let Some((number, run, records)) = self.records(repo, value) else { continue };
                reaches_known |= number <= known;
                newest = newest.max(number);
                if !run.is_over() && !mark.open.contains(&number) {
                    mark.open.push(number);
                }
                brought.records.extend(records);
            }
            let is_last = pipelines.len() < PAGE || (!is_first && reaches_known);
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

    fn begun(http: &dyn Http, request: Request, pipeline: &str) -> Answered<Started> {
        let reply = http.send(&request)?;
        if reply.status == 204 {
            return Err(RemoteError::Inputs(format!("no workflow of {pipeline} matches: nothing was started")));
        }
        let number = int(&reply.json(&request)?, "number")
            .ok_or_else(|| RemoteError::Unread { path: request.path, why: "it names no pipeline".to_owned() })?;
        Ok(Started::Run(Self::run_ref(pipeline, number)))
    }

    fn run_ref(repo: &str, number: i64) -> RunRef {
        RunRef { pipeline: repo.to_owned(), id: number.to_string(), attempt: 1, repo: Some(repo.to_owned()) }
    }
}

/// A pipeline of the event `deployment` goes to an environment.
fn deployment_of(run: &Run, environment: Option<String>) -> Option<Deployment> {
    let repo = run.repo.clone()?;
    let environment = environment.filter(|_| run.event_raw.as_deref() == Some("deployment"))?;
    Some(Deployment {
        connection: run.connection.clone(),
        id: format!("{repo}#{}", run.id),
        service: repo,
        environment,
        status: run.status,
        status_raw: run.status_raw.clone(),
        sha: run.sha.clone(),
        queued_at: run.created_at,
        started_at: run.started_at,
        finished_at: run.finished_at,
        run: Some(record::RunRef { connection: None, pipeline: run.pipeline.clone(), id: run.id.clone(), attempt: 1 }),
        actor: run.actor.clone(),
        url: run.url.clone(),
        ..Deployment::default()
    })
}

fn event_word(raw: &str) -> &'static str {
    match raw {
        "push" | "tag" | "release" => "push",
        "pull_request" | "pull_request_closed" | "pull_request_metadata" => "pr",
        "cron" => "schedule",
        "manual" => "manual",
        "deployment" => "deploy",
        _ => "other",
    }
}

impl Connector for Woodpecker {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: false,
            trigger: true,
            preview: false,
            run_id: RunIdHow::InTheAnswer,
            cancel: true,
            retry: Retry::All,
            approve: true,
            logs: Logs::Live,
            artifacts: false,
            tests: false,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme::Bearer
    }

    fn address(&self, given: &str) -> String {
        format!("{}/api", given.trim().trim_end_matches('/').trim_end_matches("/api"))
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let user = super::owner(http, Request::get("user"), "login")?;
        let mut who = WhoAmI { server: "Woodpecker".to_owned(), user, ..WhoAmI::default() };
        if who.user.is_none() {
            who.missing.push("a personal token".to_owned());
        }
        for name in self.repos()? {
            let repo = Self::repo(http, name)?;
            who.may.push(format!("read the pipelines of {name}"));
            // Where it is not said, the first start will tell.
            if repo.get("active").and_then(Value::as_bool) == Some(false) {
                who.missing.push(format!("{name} is not switched on in Woodpecker"));
            }
        }
        Ok(who)
    }

    fn pipelines(&self, _http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        Ok(self.repos()?.iter().map(|name| PipelineRef { id: name.clone(), name: name.clone() }).collect())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        super::place_by_place(self.repos()?, mark, keep, |repo, known, keep| self.sync_repo(http, repo, known, keep))
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let (path, value) = Self::detail(http, run)?;
        let (_, found, records) = self
            .records(&run.pipeline, &value)
            .ok_or_else(|| RemoteError::Unread { path, why: "it names no pipeline".to_owned() })?;
        let (status, is_over) = (found.status, found.is_over());
        let approvals = (status == Status::WaitingApproval).then(|| Approval {
            id: "pipeline".to_owned(),
            name: "the pipeline".to_owned(),
            may_approve: true,
            may_reject: true,
        });
        Ok(Look {
            brought: Brought { records, ..Brought::default() },
            status,
            is_over,
            approvals: approvals.into_iter().collect(),
            ..Look::default()
        })
    }

    fn form(&self, http: &dyn Http, pipeline: &str, _git_ref: Option<&str>) -> Answered<Form> {
        let branch = text(&Self::repo(http, pipeline)?, &["default_branch"]);
        Ok(Form { takes_ref: true, git_ref: branch, is_open: true, ..Form::default() })
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let request = Request::get(Self::base_of(http, pipeline)?).with("perPage", 1);
        let newest = http.json(&request)?.get(0).and_then(|pipeline| int(pipeline, "number"));
        let owner = super::owner(http, Request::get("user"), "login");
        Ok(Some(super::before(newest.unwrap_or_default(), owner)))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let variables: serde_json::Map<String, Value> =
            start.inputs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let repo = Self::repo(http, &start.pipeline)?;
        let default = || text(&repo, &["default_branch"]).unwrap_or_else(|| "main".to_owned());
        let branch = start.git_ref.clone().unwrap_or_else(default);
        let body = json!({"branch": branch, "variables": variables});
        Self::begun(http, Request::post(Self::base_in(&repo, &start.pipeline)?, Body::Json(body)), &start.pipeline)
    }

    fn resolve(&self, http: &dyn Http, start: &Start, _handle: Option<&Value>) -> Answered<Resolved> {
        // A pipeline that is run again names the one it comes of, and has that one's event.
        let again_of = start.before.as_ref().and_then(|before| text(before, &[super::AGAIN_OF]));
        let mut request = Request::get(Self::base_of(http, &start.pipeline)?).with("perPage", PAGE);
        if again_of.is_none() {
            request = request.with("event", "manual");
        }
        let answer = http.json(&request)?;
        let is_ours = |pipeline: &&Value| match &again_of {
            Some(of) => text(pipeline, &["parent"]).as_ref() == Some(of),
            None => {
                super::is_on_ref(start, text(pipeline, &["branch"]).as_deref())
                    && super::may_be_of(start, text(pipeline, &["author"]).as_deref())
            }
        };
        let pipelines = answer.as_array().into_iter().flatten().filter(is_ours);
        let numbers = pipelines.filter_map(|pipeline| int(pipeline, "number"));
        Ok(match super::oldest_free(numbers, start) {
            Some(number) => Resolved::Run(Self::run_ref(&start.pipeline, number)),
            None => Resolved::Pending("no pipeline of it is listed yet".to_owned()),
        })
    }

    /// `/repos/3/pipeline/7`, and as it was before: `/acme/shop/pipeline/7`.
    fn run_of_url(&self, http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        let Some((before, rest)) = url.split_once("/pipeline/") else { return Ok(None) };
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = number.parse() else { return Ok(None) };
        for name in self.repos()? {
            let id = int(&Self::repo(http, name)?, "id").map(|id| format!("/repos/{id}")).unwrap_or_default();
            if before.ends_with(&format!("/{name}")) || (!id.is_empty() && before.ends_with(&id)) {
                return Ok(Some(Self::run_ref(name, number)));
            }
        }
        Ok(None)
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let path = format!("{}/{}/cancel", Self::base_of(http, &run.pipeline)?, run.id);
        http.send(&Request::post(path, Body::None)).map(|_| ())
    }

    fn see_place(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        Self::base_of(http, &run.pipeline).map(|_| ())
    }

    fn given(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<(String, String)>> {
        let (_, value) = Self::detail(http, run)?;
        let variables = value.get("variables").and_then(Value::as_object).into_iter().flatten();
        let variables = variables.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let goal =
            text(&value, &["deploy_to"]).filter(|goal| !goal.is_empty()).map(|goal| ("deploy_to".to_owned(), goal));
        Ok(variables.chain(goal).collect())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, _failed_only: bool) -> Answered<Option<Started>> {
        let request = Request::post(format!("{}/{}", Self::base_of(http, &run.pipeline)?, run.id), Body::None);
        Self::begun(http, request, &run.pipeline).map(Some)
    }

    fn approve(&self, http: &dyn Http, run: &RunRef, _approval: &str, is_allowed: bool, _note: &str) -> Answered<()> {
        let act = if is_allowed { "approve" } else { "decline" };
        let path = format!("{}/{}/{act}", Self::base_of(http, &run.pipeline)?, run.id);
        http.send(&Request::post(path, Body::None)).map(|_| ())
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let (_, value) = Self::detail(http, run)?;
        let workflows = value.get("workflows").and_then(Value::as_array).into_iter().flatten();
        let steps = workflows.flat_map(|w| w.get("children").and_then(Value::as_array).cloned().unwrap_or_default());
        let log = |step: Value| {
            Some(LogRef { id: text(&step, &["id"])?, name: text(&step, &["name"])?, status: status_of(&step) })
        };
        Ok(steps.filter_map(log).collect())
    }

    fn log(&self, http: &dyn Http, run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let is_whole =
            self.logs(http, run)?.iter().find(|known| known.id == log).is_none_or(|log| log.status.is_finished());
        let base = Self::base_of(http, &run.pipeline)?;
        let base = base.trim_end_matches("/pipelines");
        let request = Request::get(format!("{base}/logs/{}/{log}", run.id)).fine(&[404]);
        let reply = http.send(&request)?;
        let lines = if reply.is_gone() { Value::Null } else { reply.json(&request)? };
        let lines = lines.as_array().cloned().unwrap_or_default();
        let mut out = String::new();
        for line in lines.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
            let data = text(line, &["data"]).unwrap_or_default();
            let bytes = base64::engine::general_purpose::STANDARD.decode(&data).unwrap_or(data.into_bytes());
            out.push_str(String::from_utf8_lossy(&bytes).trim_end_matches('\n'));
            out.push('\n');
        }
        Ok(LogChunk { text: out, next: lines.len() as u64, is_whole })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    fn woodpecker() -> Woodpecker {
        let scope = vec!["acme/shop".to_owned()];
        Woodpecker::new(Place {
            name: "w".to_owned(),
            base: "https://ci.example".to_owned(),
            scope,
            ..Place::default()
        })
    }

    const LOOKUP: (&str, u16, &[(&str, &str)], &str) = (
        "repos/lookup/acme/shop",
        200,
        &[],
        r#"{"id":3,"full_name":"acme/shop","default_branch":"trunk","active":true}"#,
    );
    const BLOCKED: &str = r#"{"number":7,"status":"blocked","event":"manual","branch":"main","commit":"s","author":"ann","created":1767261600,"started":0,"finished":0,"workflows":[{"name":"build","children":[{"id":31,"name":"test","state":"failure","started":1767261601,"finished":1767261602}]}]}"#;

    #[test]
    fn what_ended_under_an_unknown_word_is_over() {
        let ended =
            BLOCKED.replace("\"blocked\"", "\"vaporised\"").replace("\"finished\":0", "\"finished\":1767261700");
        let http = Recorded::with([LOOKUP, ("repos/3/pipelines/7", 200, &[][..], &ended)]);
        let look = woodpecker().look(&http, &Woodpecker::run_ref("acme/shop", 7)).unwrap();
        assert_eq!((look.status, look.is_over), (Status::Unknown, true));
    }

    #[test]
    fn a_blocked_pipeline_waits_for_an_approval() {
        let http = Recorded::with([LOOKUP, ("repos/3/pipelines/7", 200, &[][..], BLOCKED)]);
        let look = woodpecker().look(&http, &Woodpecker::run_ref("acme/shop", 7)).unwrap();
        assert_eq!((look.status, look.approvals.len()), (Status::WaitingApproval, 1));
        let Record::Run(run) = &look.brought.records[0] else { panic!("a run") };
        assert_eq!(run.started_at, None);
        assert_eq!(run.stages.as_ref().unwrap()[0].status, Status::Failed);
    }

    #[test]
    fn a_start_that_nothing_matches_is_no_start() {
        let start = Start { pipeline: "acme/shop".to_owned(), ..Start::default() };
        let http = Recorded::with([LOOKUP, ("repos/3/pipelines", 204, &[][..], "")]);
        let error = woodpecker().start(&http, &start).unwrap_err();
        assert!(error.to_string().contains("nothing was started") && !error.is_ambiguous());
        let http = Recorded::with([LOOKUP, ("repos/3/pipelines", 200, &[][..], BLOCKED)]);
        assert!(matches!(woodpecker().start(&http, &start).unwrap(), Started::Run(run) if run.id == "7"));
        let asked = http.asked.lock().unwrap();
        let Body::Json(body) = &asked.last().unwrap().body else { panic!("a body") };
        assert_eq!(body["branch"], json!("trunk"), "where nothing is said, the repository's own branch");
    }

    #[test]
    fn a_pipeline_behind_its_address() {
        let http = Recorded::with([LOOKUP]);
        let find = |path: &str| woodpecker().run_of_url(&http, &format!("https://ci.example{path}")).unwrap();
        for path in ["/repos/3/pipeline/7/31", "/acme/shop/pipeline/7"] {
            assert_eq!(find(path), Some(Woodpecker::run_ref("acme/shop", 7)), "{path}");
        }
        assert_eq!(find("/repos/13/pipeline/7"), None);
    }

    #[test]
    fn the_lines_of_a_log_are_unpacked() {
        let http = Recorded::with([
            LOOKUP,
            ("repos/3/pipelines/7", 200, &[][..], BLOCKED),
            ("repos/3/logs/7/31", 200, &[][..], r#"[{"line":0,"data":"b25l"},{"line":1,"data":"dHdv"}]"#),
        ]);
        let chunk = woodpecker().log(&http, &Woodpecker::run_ref("acme/shop", 7), "31", 1).unwrap();
        assert_eq!((chunk.text.as_str(), chunk.next, chunk.is_whole), ("two\n", 2, true));
    }
}
