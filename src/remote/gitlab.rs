//! GitLab CI, on gitlab.com and self-managed; written from GitLab's own pages, not tried against a server.
//!
//! Pipelines are read in the order of their last change, so a round goes on exactly where the last one stopped. The list
//! does not tell times, so each changed pipeline is asked for by itself, with its jobs. Child pipelines are in no list but
//! their own. A retry keeps the id of the pipeline: it is the same run that goes on. A cancel answers 200 whatever the
//! state was, so the run is looked at again afterwards. A project is the pipeline; its inputs and variables come from
//! GraphQL, and variables are sent only where somebody gave one, since many projects forbid them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::{int, is, text};
use super::{
    Answer, Answered, Approval, ArtifactRef, Body, Brought, Caps, Connector, Field, FieldKind, Form, Http, Keep,
    LogChunk, LogRef, Logs, Look, Mark, PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef,
    Scheme, Start, Started, TestReport, WhoAmI, results,
};
use crate::model::{Status, System, Time};

const PAGE: usize = 100;
/// Of whoever may run pipelines: Developer.
const MAY_RUN: i64 = 30;

pub struct GitLab {
    place: Place,
}

fn status_of(thing: &Value) -> Status {
    let raw = text(thing, &["status"]).unwrap_or_default();
    System::GitLab.status(&raw, text(thing, &["detailed_status", "group"]).as_deref())
}

fn encoded(project: &str) -> String {
    project.replace('/', "%2F")
}

fn array(answer: &Value, path: &str) -> Answered<Vec<Value>> {
    answer
        .as_array()
        .cloned()
        .ok_or_else(|| RemoteError::Unread { path: path.to_owned(), why: "it is no list".to_owned() })
}

/// How far a project was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct ProjectMark {
    pipelines: Option<String>,
    children: Option<String>,
    deployments: Option<String>,
}

impl GitLab {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn projects(&self) -> Answered<&[String]> {
        if self.place.scope.is_empty() {
            return Err(RemoteError::Inputs("name the projects to look at, such as acme/shop".to_owned()));
        }
        Ok(&self.place.scope)
    }

    fn answer(&self, path: &str, value: Value) -> Answer {
        Answer { address: format!("{}/{path}", self.address(&self.place.base)), value }
    }

    /// A pipeline and its jobs, as the reader of files wants them.
    fn detail(&self, http: &dyn Http, project: &str, id: &str) -> Answered<Option<(Value, Vec<Answer>)>> {
        let path = format!("projects/{}/pipelines/{id}", encoded(project));
        let request = Request::get(path.clone()).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(None);
        }
        let pipeline = reply.json(&request)?;
        let jobs = Request::get(format!("{path}/jobs")).with("per_page", PAGE).with("include_retried", "false");
        let jobs = http.json(&jobs)?;
        let answers = vec![self.answer(&path, pipeline.clone()), self.answer(&format!("{path}/jobs"), jobs)];
        Ok(Some((pipeline, answers)))
    }

    /// A list in the order of its changes, from where it was read to; `each` is given an item and says what it brings.
    fn changed(
        http: &dyn Http,
        path: &str,
        more: &[(&str, &str)],
        since: &mut Option<String>,
        mut each: impl FnMut(&[Value], Option<String>) -> Answered<()>,
    ) -> Answered<()> {
        let after = since.clone();
        for page in 1.. {
            let mut request = Request::get(path.to_owned()).with("per_page", PAGE).with("page", page);
            request = request.with("order_by", "updated_at").with("sort", "asc").fine(&[403, 404]);
            if let Some(after) = &after {
                request = request.with("updated_after", after);
            }
            request = more.iter().fold(request, |request, (name, value)| request.with(name, value));
            let reply = http.send(&request)?;
            // A project without this, or a token that may not see it.
            if reply.status != 200 {
                return Ok(());
            }
            let items = array(&reply.json(&request)?, path)?;
            if let Some(last) = items.last().and_then(|item| text(item, &["updated_at"])) {
                *since = Some(last);
            }
            each(&items, since.clone())?;
            if items.len() < PAGE {
                return Ok(());
            }
        }
        Ok(())
    }

    fn graph(http: &dyn Http, query: &str, project: &str, git_ref: &str) -> Answered<Value> {
        let variables = json!({"project": project, "ref": git_ref});
        // Beside `/api/v4`.
        http.json(&Request::post("../graphql", Body::Json(json!({"query": query, "variables": variables}))))
    }

    fn inputs(http: &dyn Http, project: &str, git_ref: &str) -> Answered<Vec<Field>> {
        const QUERY: &str = "query($project: ID!, $ref: String!) { project(fullPath: $project) { \
            ciPipelineCreationInputs(ref: $ref) { name type required default description options } } }";
        let answer = Self::graph(http, QUERY, project, git_ref)?;
        let found = answer.pointer("/data/project/ciPipelineCreationInputs").and_then(Value::as_array);
        Ok(found.into_iter().flatten().filter_map(input_field).collect())
    }

    fn variables(http: &dyn Http, project: &str, git_ref: &str) -> Answered<Vec<Field>> {
        const QUERY: &str = "query($project: ID!, $ref: String!) { project(fullPath: $project) { \
            ciConfigVariables(ref: $ref) { key value description valueOptions } } }";
        // Null while the server still works it out.
        for _ in 0..4 {
            let answer = Self::graph(http, QUERY, project, git_ref)?;
            if let Some(found) = answer.pointer("/data/project/ciConfigVariables").and_then(Value::as_array) {
                return Ok(found.iter().filter_map(variable_field).collect());
            }
            http.wait_a_little(std::time::Duration::from_millis(700))?;
        }
        Ok(Vec::new())
    }

    fn default_branch(http: &dyn Http, project: &str) -> Answered<String> {
        let answer = http.json(&Request::get(format!("projects/{}", encoded(project))))?;
        Ok(text(&answer, &["default_branch"]).unwrap_or_else(|| "main".to_owned()))
    }

    fn run_path(run: &RunRef) -> String {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        format!("projects/{}/pipelines/{}", encoded(project), run.id)
    }
}

fn options_of(value: &Value, key: &str) -> Vec<String> {
    let options = value.get(key).and_then(Value::as_array).into_iter().flatten();
    options.filter_map(|option| option.as_str().map(str::to_owned).or_else(|| Some(option.to_string()))).collect()
}

fn plain(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn input_field(raw: &Value) -> Option<Field> {
    let options = options_of(raw, "options");
    let kind = match text(raw, &["type"]).unwrap_or_default().to_ascii_lowercase().as_str() {
        _ if !options.is_empty() => FieldKind::Choice(options),
        "boolean" => FieldKind::YesNo,
        "number" => FieldKind::Number,
        _ => FieldKind::Text,
    };
    let name = text(raw, &["name"])?;
    Some(Field {
        label: name.clone(),
        help: text(raw, &["description"]),
        kind,
        default: plain(raw.get("default")),
        is_required: is(raw, "required"),
        name,
    })
}

fn variable_field(raw: &Value) -> Option<Field> {
    let options = options_of(raw, "valueOptions");
    let name = text(raw, &["key"])?;
    Some(Field {
        label: name.clone(),
        help: text(raw, &["description"]),
        kind: if options.is_empty() { FieldKind::Text } else { FieldKind::Choice(options) },
        default: plain(raw.get("value")).filter(|text| !text.is_empty()),
        is_required: false,
        name,
    })
}

/// An input as its type wants it.
fn typed(field: &Field, value: &str) -> Value {
    match field.kind {
        FieldKind::YesNo => json!(value == "true"),
        FieldKind::Number => value.parse::<f64>().map_or(json!(value), |number| json!(number)),
        _ => json!(value),
    }
}

impl Connector for GitLab {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            run_id: RunIdHow::InTheAnswer,
            cancel: true,
            retry: Retry::AllOrFailed,
            approve: true,
            logs: Logs::Live,
            artifacts: true,
            tests: true,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme::Bearer
    }

    fn address(&self, given: &str) -> String {
        format!("{}/api/v4", given.trim().trim_end_matches('/').trim_end_matches("/api/v4"))
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let mut who = WhoAmI { server: "GitLab".to_owned(), ..WhoAmI::default() };
        let user = Request::get("user").fine(&[401, 403]);
        let reply = http.send(&user)?;
        if reply.status == 200 {
            who.user = text(&reply.json(&user)?, &["username"]);
        } else {
            who.missing.push("a token with the scope api, or read_api to look only".to_owned());
        }
        for project in self.projects()? {
            let answer = http.json(&Request::get(format!("projects/{}", encoded(project))))?;
            who.may.push(format!("read the pipelines of {project}"));
            let level = ["project_access", "group_access"]
                .iter()
                .filter_map(|kind| answer.pointer(&format!("/permissions/{kind}/access_level"))?.as_i64())
                .max();
            if level.unwrap_or_default() >= MAY_RUN {
                who.may.push(format!("start the pipelines of {project}"));
            } else {
                who.missing.push(format!("the role Developer in {project}, to start its pipelines"));
            }
        }
        Ok(who)
    }

    fn pipelines(&self, _http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        Ok(self.projects()?.iter().map(|name| PipelineRef { id: name.clone(), name: name.clone() }).collect())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let mut marks: BTreeMap<String, ProjectMark> =
            mark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default();
        for project in self.projects()? {
            let path = format!("projects/{}/pipelines", encoded(project));
            for is_child in [false, true] {
                let known = marks.entry(project.clone()).or_default();
                let mut since = if is_child { known.children.clone() } else { known.pipelines.clone() };
                let more: &[(&str, &str)] = if is_child { &[("source", "parent_pipeline")] } else { &[] };
                Self::changed(http, &path, more, &mut since, |items, last| {
                    let mut brought = Brought::default();
                    for item in items {
                        let Some(id) = text(item, &["id"]) else { continue };
                        if let Some((_, answers)) = self.detail(http, project, &id)? {
                            brought.answers.extend(answers);
                        }
                    }
                    let known = marks.entry(project.clone()).or_default();
                    if is_child {
                        known.children = last;
                    } else {
                        known.pipelines = last;
                    }
                    brought.mark = Some(json!(marks));
                    keep(brought)
                })?;
            }
            let path = format!("projects/{}/deployments", encoded(project));
            let mut since = marks.entry(project.clone()).or_default().deployments.clone();
            Self::changed(http, &path, &[], &mut since, |items, last| {
                let answers = items.iter().map(|item| self.answer(&path, item.clone())).collect();
                marks.entry(project.clone()).or_default().deployments = last;
                keep(Brought { answers, mark: Some(json!(marks)), ..Brought::default() })
            })?;
        }
        Ok(())
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let Some((pipeline, answers)) = self.detail(http, project, &run.id)? else {
            return Err(RemoteError::NotFound { host: self.place.name.clone(), path: Self::run_path(run) });
        };
        let jobs = answers.last().map(|answer| answer.value.as_array().cloned().unwrap_or_default());
        let manual = jobs.into_iter().flatten().filter(|job| text(job, &["status"]).as_deref() == Some("manual"));
        let approvals = manual
            .filter_map(|job| {
                Some(Approval { id: text(&job, &["id"])?, name: text(&job, &["name"])?, may_approve: true })
            })
            .collect();
        let status = status_of(&pipeline);
        Ok(Look { brought: Brought { answers, ..Brought::default() }, status, approvals, wait_reason: None })
    }

    fn form(&self, http: &dyn Http, pipeline: &str, git_ref: Option<&str>) -> Answered<Form> {
        let branch = Self::default_branch(http, pipeline)?;
        let on = git_ref.unwrap_or(&branch);
        let fields = Self::inputs(http, pipeline, on).and_then(|mut inputs| {
            inputs.extend(Self::variables(http, pipeline, on)?);
            Ok(inputs)
        });
        // Where GraphQL is closed, variables may still be given.
        let (fields, is_open) = match fields {
            Ok(fields) => (fields, true),
            Err(RemoteError::Cancelled) => return Err(RemoteError::Cancelled),
            Err(_) => (Vec::new(), true),
        };
        Ok(Form { takes_ref: true, git_ref: Some(branch), fields, is_open })
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let path = format!("projects/{}/pipelines", encoded(pipeline));
        let answer = http.json(&Request::get(path.clone()).with("per_page", 1).with("order_by", "id"))?;
        let newest = array(&answer, &path)?.first().and_then(|pipeline| int(pipeline, "id")).unwrap_or_default();
        Ok(Some(json!({"newest": newest})))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let git_ref = match &start.git_ref {
            Some(git_ref) => git_ref.clone(),
            None => Self::default_branch(http, &start.pipeline)?,
        };
        let known = if start.inputs.is_empty() {
            Vec::new()
        } else {
            Self::inputs(http, &start.pipeline, &git_ref).unwrap_or_default()
        };
        let (mut inputs, mut variables) = (serde_json::Map::new(), Vec::new());
        for (name, value) in &start.inputs {
            match known.iter().find(|field| field.name == *name) {
                Some(field) => {
                    inputs.insert(name.clone(), typed(field, value));
                }
                None => variables.push(json!({"key": name, "value": value})),
            }
        }
        let mut body = json!({"ref": git_ref});
        if !inputs.is_empty() {
            body["inputs"] = json!(inputs);
        }
        if !variables.is_empty() {
            body["variables"] = json!(variables);
        }
        let request = Request::post(format!("projects/{}/pipeline", encoded(&start.pipeline)), Body::Json(body));
        let request = request.fine(&[400]);
        let reply = http.send(&request)?;
        let answer = reply.json(&request)?;
        if reply.status == 400 {
            let message = answer.get("message").cloned().unwrap_or_default();
            return Err(RemoteError::Inputs(plain(Some(&message)).unwrap_or_else(|| answer.to_string())));
        }
        let id = text(&answer, &["id"])
            .ok_or_else(|| RemoteError::Unread { path: request.path, why: "it names no pipeline".to_owned() })?;
        let repo = Some(start.pipeline.clone());
        Ok(Started::Run(RunRef { pipeline: start.pipeline.clone(), id, attempt: 1, repo }))
    }

    fn resolve(&self, http: &dyn Http, start: &Start, _handle: Option<&Value>) -> Answered<Resolved> {
        let newest = start.before.as_ref().and_then(|before| int(before, "newest")).unwrap_or_default();
        let path = format!("projects/{}/pipelines", encoded(&start.pipeline));
        let mut request = Request::get(path.clone()).with("per_page", 50).with("order_by", "id").with("source", "api");
        if let Some(git_ref) = &start.git_ref {
            request = request.with("ref", git_ref);
        }
        let found = array(&http.json(&request)?, &path)?;
        let ids = found.iter().filter_map(|pipeline| int(pipeline, "id"));
        let ours = ids.filter(|id| *id > newest && !start.taken.contains(&id.to_string())).min();
        let repo = Some(start.pipeline.clone());
        Ok(match ours {
            Some(id) => {
                Resolved::Run(RunRef { pipeline: start.pipeline.clone(), id: id.to_string(), attempt: 1, repo })
            }
            None => Resolved::Pending("no pipeline of it is listed yet".to_owned()),
        })
    }

    fn run_of_url(&self, url: &str) -> Option<RunRef> {
        let (_, rest) = url.split_once("://")?;
        let (_, path) = rest.split_once('/')?;
        let (project, id) = path.split_once("/-/pipelines/")?;
        let id: String = id.chars().take_while(char::is_ascii_digit).collect();
        (!id.is_empty()).then(|| RunRef {
            pipeline: project.to_owned(),
            id,
            attempt: 1,
            repo: Some(project.to_owned()),
        })
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        http.send(&Request::post(format!("{}/cancel", Self::run_path(run)), Body::None)).map(|_| ())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, failed_only: bool) -> Answered<Option<Started>> {
        if failed_only {
            http.send(&Request::post(format!("{}/retry", Self::run_path(run)), Body::None))?;
            return Ok(Some(Started::Run(run.clone())));
        }
        // Everything again is a new pipeline on the same branch.
        let detail = http.json(&Request::get(Self::run_path(run)))?;
        let pipeline = run.repo.clone().unwrap_or_else(|| run.pipeline.clone());
        let start = Start { pipeline, git_ref: text(&detail, &["ref"]), ..Start::default() };
        self.start(http, &start).map(Some)
    }

    fn approve(&self, http: &dyn Http, run: &RunRef, approval: &str, is_allowed: bool, _note: &str) -> Answered<()> {
        if !is_allowed {
            return Err(RemoteError::NotOffered("reject a manual job; cancel the pipeline"));
        }
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let path = format!("projects/{}/jobs/{approval}/play", encoded(project));
        http.send(&Request::post(path, Body::None)).map(|_| ())
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let path = format!("{}/jobs", Self::run_path(run));
        let jobs = array(&http.json(&Request::get(path.clone()).with("per_page", PAGE))?, &path)?;
        let log =
            |job: &Value| Some(LogRef { id: text(job, &["id"])?, name: text(job, &["name"])?, status: status_of(job) });
        Ok(jobs.iter().filter_map(log).collect())
    }

    fn log(&self, http: &dyn Http, run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let path = format!("projects/{}/jobs/{log}", encoded(project));
        // The state first: what is written after it is caught by the next look.
        let is_whole = status_of(&http.json(&Request::get(path.clone()))?).is_finished();
        let whole = http.send(&Request::get(format!("{path}/trace")).fine(&[404]))?;
        let whole = if whole.is_gone() { String::new() } else { whole.text() };
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(whole.len());
        let rest = whole.get(from..).unwrap_or_default().to_owned();
        Ok(LogChunk { text: rest, next: whole.len() as u64, is_whole })
    }

    /// A job's files are one archive, which goes by the job.
    fn artifacts(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        let path = format!("{}/jobs", Self::run_path(run));
        let jobs = array(&http.json(&Request::get(path.clone()).with("per_page", PAGE))?, &path)?;
        let archive = |job: &Value| {
            let file = job.get("artifacts_file").filter(|file| file.is_object())?;
            let name = text(file, &["filename"]).unwrap_or_else(|| "artifacts.zip".to_owned());
            let expires = super::json::time(job, "artifacts_expire_at");
            Some(ArtifactRef {
                id: text(job, &["id"])?,
                name: format!("{}-{name}", text(job, &["name"])?),
                bytes: Some(results::count(file, "size")),
                is_expired: expires.is_some_and(|at| at < Time::now()),
            })
        };
        Ok(jobs.iter().filter_map(archive).collect())
    }

    fn artifact(&self, run: &RunRef, artifact: &str) -> Answered<Request> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        Ok(Request::get(format!("projects/{}/jobs/{artifact}/artifacts", encoded(project))))
    }

    fn tests(&self, http: &dyn Http, run: &RunRef) -> Answered<Option<TestReport>> {
        let request = Request::get(format!("{}/test_report", Self::run_path(run))).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(None);
        }
        let answer = reply.json(&request)?;
        let mut report = TestReport {
            passed: results::count(&answer, "success_count"),
            failed: results::count(&answer, "failed_count") + results::count(&answer, "error_count"),
            skipped: results::count(&answer, "skipped_count"),
            failures: Vec::new(),
        };
        let suites = answer.get("test_suites").and_then(Value::as_array).into_iter().flatten();
        for case in suites.filter_map(|suite| suite.get("test_cases")?.as_array()).flatten() {
            if !matches!(text(case, &["status"]).as_deref(), Some("failed" | "error")) {
                continue;
            }
            let names = [text(case, &["classname"]), text(case, &["name"])];
            let message = text(case, &["system_output"]).or_else(|| text(case, &["stack_trace"]));
            report.fails(names.into_iter().flatten().collect::<Vec<_>>().join(" "), message);
        }
        Ok(report.if_any())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    fn gitlab() -> GitLab {
        let scope = vec!["acme/shop".to_owned()];
        GitLab::new(Place {
            name: "gl".to_owned(),
            base: "https://gitlab.example".to_owned(),
            scope,
            ..Place::default()
        })
    }

    const PIPELINE: &str = r#"{"id":46,"iid":11,"project_id":1,"status":"success","source":"push","ref":"main","sha":"a9","web_url":"https://gitlab.example/acme/shop/-/pipelines/46","created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-01T10:05:00Z","started_at":"2026-01-01T10:01:00Z","finished_at":"2026-01-01T10:05:00Z","user":{"username":"ann"},"detailed_status":{"group":"success-with-warnings"}}"#;

    #[test]
    fn a_round_goes_on_from_the_last_change() {
        let list = format!("[{PIPELINE}]");
        let jobs =
            r#"[{"id":8,"name":"deploy","stage":"deploy","status":"manual","pipeline":{"id":46,"project_id":1}}]"#;
        let http = Recorded::with([
            ("projects/acme%2Fshop/pipelines/46", 200, &[][..], PIPELINE),
            ("projects/acme%2Fshop/pipelines/46/jobs", 200, &[][..], jobs),
            ("projects/acme%2Fshop/pipelines", 200, &[][..], list.as_str()),
            ("projects/acme%2Fshop/deployments", 403, &[][..], "{}"),
        ]);
        let mut last = None;
        gitlab()
            .sync(&http, None, &mut |brought| {
                last = brought.mark.or(last.take());
                Ok(())
            })
            .unwrap();
        let mark = last.unwrap();
        assert_eq!(mark["acme/shop"]["pipelines"], json!("2026-01-01T10:05:00Z"));
        gitlab().sync(&http, Some(&mark), &mut |_| Ok(())).unwrap();
        let asked = http.asked.lock().unwrap();
        let again = asked.iter().rev().find(|request| request.path.ends_with("/pipelines")).unwrap();
        assert!(again.query.contains(&("updated_after".to_owned(), "2026-01-01T10:05:00Z".to_owned())));
        drop(asked);
        let run = RunRef { pipeline: "acme/shop".to_owned(), id: "46".to_owned(), attempt: 1, repo: None };
        let look = gitlab().look(&http, &run).unwrap();
        assert_eq!((look.status, look.approvals[0].name.as_str()), (Status::Warnings, "deploy"));
    }

    #[test]
    fn inputs_are_typed_and_the_rest_are_variables() {
        let inputs = r#"{"data":{"project":{"ciPipelineCreationInputs":[{"name":"dry","type":"BOOLEAN","required":true,"default":true,"description":null,"options":null}]}}}"#;
        let http = Recorded::with([
            ("../graphql", 200, &[][..], inputs),
            ("projects/acme%2Fshop/pipeline", 201, &[][..], PIPELINE),
        ]);
        let start = Start {
            pipeline: "acme/shop".to_owned(),
            git_ref: Some("main".to_owned()),
            inputs: vec![("dry".to_owned(), "false".to_owned()), ("WHERE".to_owned(), "staging".to_owned())],
            ..Start::default()
        };
        let Started::Run(run) = gitlab().start(&http, &start).unwrap() else { panic!("a run") };
        assert_eq!(run.id, "46");
        let asked = http.asked.lock().unwrap();
        let Body::Json(body) = &asked.last().unwrap().body else { panic!("a body") };
        assert_eq!(body["inputs"], json!({"dry": false}));
        assert_eq!(body["variables"], json!([{"key": "WHERE", "value": "staging"}]));
    }

    #[test]
    fn what_the_rules_forbid_is_told() {
        let http = Recorded::with([(
            "projects/acme%2Fshop/pipeline",
            400,
            &[][..],
            r#"{"message":{"base":["Pipeline filtered out by workflow rules."]}}"#,
        )]);
        let start = Start { pipeline: "acme/shop".to_owned(), git_ref: Some("x".to_owned()), ..Start::default() };
        assert!(gitlab().start(&http, &start).unwrap_err().to_string().contains("filtered out"));
    }

    #[test]
    fn a_pipeline_behind_its_address() {
        let run = gitlab().run_of_url("https://gitlab.example/acme/deep/shop/-/pipelines/46?x").unwrap();
        assert_eq!((run.pipeline.as_str(), run.id.as_str()), ("acme/deep/shop", "46"));
    }
}
