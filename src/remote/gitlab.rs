//! GitLab CI, on gitlab.com and self-managed; held against GitLab's sources and recorded answers, not tried against a
//! server. GraphQL's fields are those of its pages alone.
//!
//! Pipelines are read in the order of their last change, so a round goes on exactly where the last one stopped. A page
//! is asked for by the last change that was read, never by its number: what changes in the middle of a round moves to
//! the end of the list, and all that follows would move up past the page. (A pipeline that never changed, as some
//! external ones, has no such time: it is seen where it is among the first hundred.) The list does not tell times, so
//! each changed pipeline is asked for by itself, with its jobs. Child pipelines are in no list but their own, and only
//! the bridges of their parents tell whose they are. A retry keeps the id of the pipeline, and its attempts are counted
//! by us. A cancel answers 200 whatever the state was, so the run is looked at again afterwards. A project is the
//! pipeline; its inputs and variables come from GraphQL, and variables are sent only where somebody gave one, since
//! many projects forbid them. A deployment to a protected environment is allowed by itself, and its job played after
//! that; how that is asked for is known from GitLab's pages only.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::form::number;
use super::json::{array, int, is, text};
use super::{
    Answer, Answered, Approval, ArtifactRef, Body, Brought, Caps, Connector, Field, FieldKind, Form, Held, Http, Keep,
    LogChunk, LogRef, Logs, Look, Mark, PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef,
    Scheme, Start, Started, TestReport, WhoAmI, results,
};
use crate::model::{Status, System, Time};

const PAGE: usize = 100;
/// Before the number of a deployment that waits for people.
const OF_DEPLOYMENT: &str = "deployment:";
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

/// So much of a log is read at once.
const LOG_PIECE: u64 = 8 << 20;

/// How far a project was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct ProjectMark {
    pipelines: Option<String>,
    children: Option<String>,
    deployments: Option<String>,
    /// Pipelines that could not be read, by their numbers.
    unread: Vec<String>,
    /// Pipelines that were under way when they were read last.
    open: Vec<String>,
}

/// Where GraphQL is closed, nothing is told of inputs and variables, and they may still be given. Where it only fails just
/// now, what a pipeline asks for is not known, and it is not started.
fn where_open<T: Default>(answer: Answered<T>) -> Answered<T> {
    match answer {
        Err(RemoteError::NotAllowed { .. } | RemoteError::NotFound { .. }) => Ok(T::default()),
        answer => answer,
    }
}

/// Over, also under a word that nobody here knows.
fn is_over(pipeline: &Value) -> bool {
    let status = status_of(pipeline);
    status.is_finished() || (status == Status::Unknown && text(pipeline, &["finished_at"]).is_some())
}

impl ProjectMark {
    /// A pipeline that is not over is looked at again.
    fn watch(&mut self, id: &str, pipeline: &Value) {
        self.open.retain(|open| open != id);
        if !is_over(pipeline) {
            self.open.push(id.to_owned());
        }
    }
}

/// Which pipeline started which: a child does not say, its parent's bridges do. A parent is of the child's commit.
#[derive(Default)]
struct Families {
    /// Parents by their children.
    parents: BTreeMap<i64, i64>,
    asked: BTreeSet<i64>,
    commits: BTreeSet<String>,
}

/// Commits whose families are looked up in one round: history names enough without them.
const MOST_FAMILIES: usize = 50;

impl Families {
    fn parent_of(&mut self, http: &dyn Http, path: &str, child: &Value) -> Answered<Option<i64>> {
        let (Some(id), Some(sha)) = (int(child, "id"), text(child, &["sha"])) else { return Ok(None) };
        if self.commits.len() < MOST_FAMILIES && self.commits.insert(sha.clone()) {
            // A child may have children of its own.
            for source in [None, Some("parent_pipeline")] {
                let mut request = Request::get(path.to_owned()).with("sha", &sha).with("per_page", PAGE);
                if let Some(source) = source {
                    request = request.with("source", source);
                }
                for pipeline in array(&http.json(&request)?, path)? {
                    self.ask(http, path, &pipeline)?;
                }
            }
        }
        Ok(self.parents.get(&id).copied())
    }

    fn ask(&mut self, http: &dyn Http, path: &str, pipeline: &Value) -> Answered<()> {
        let Some(id) = int(pipeline, "id").filter(|id| self.asked.insert(*id)) else { return Ok(()) };
        for bridge in bridges(http, &format!("{path}/{id}"))? {
            let child = bridge.get("downstream_pipeline").and_then(|child| int(child, "id"));
            self.parents.extend(child.map(|child| (child, id)));
        }
        Ok(())
    }
}

/// The jobs of a pipeline that start another: they are in a list of their own.
fn bridges(http: &dyn Http, pipeline: &str) -> Answered<Vec<Value>> {
    let request = Request::get(format!("{pipeline}/bridges")).with("per_page", PAGE).fine(&[403, 404]);
    let reply = http.send(&request)?;
    if reply.status == 200 { array(&reply.json(&request)?, &request.path) } else { Ok(Vec::new()) }
}

impl GitLab {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn run_behind(&self, url: &str) -> Option<RunRef> {
        let path = url.strip_prefix(self.address(&self.place.base).trim_end_matches("/api/v4")).or_else(|| {
            let (_, rest) = url.split_once("://")?;
            rest.find('/').map(|at| &rest[at..])
        })?;
        let (project, id) = path.trim_start_matches('/').split_once("/-/pipelines/")?;
        let id: String = id.chars().take_while(char::is_ascii_digit).collect();
        (!id.is_empty()).then(|| RunRef {
            pipeline: project.to_owned(),
            id,
            attempt: 1,
            repo: Some(project.to_owned()),
        })
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
        let jobs = Self::jobs(http, &path)?;
        let answers = vec![self.answer(&path, pipeline.clone()), self.answer(&format!("{path}/jobs"), json!(jobs))];
        Ok(Some((pipeline, answers)))
    }

    /// Deployments of a pipeline that people must allow first, each with its job, which cannot be played until then.
    fn blocked(http: &dyn Http, project: &str, pipeline: &str) -> Answered<Vec<(Approval, String)>> {
        let request = Request::get(format!("projects/{}/deployments", encoded(project)));
        let request = request.with("status", "blocked").with("per_page", PAGE).fine(&[400, 403, 404]);
        let reply = http.send(&request)?;
        if reply.status != 200 {
            return Ok(Vec::new());
        }
        let approval = |deployment: &Value| {
            let job = deployment.get("deployable")?;
            if text(job, &["pipeline", "id"])? != pipeline {
                return None;
            }
            let id = format!("{OF_DEPLOYMENT}{}", text(deployment, &["id"])?);
            let name = text(deployment, &["environment", "name"])?;
            Some((Approval { id, name, may_approve: true, may_reject: true }, text(job, &["id"])?))
        };
        Ok(array(&reply.json(&request)?, &request.path)?.iter().filter_map(approval).collect())
    }

    fn jobs(http: &dyn Http, pipeline: &str) -> Answered<Vec<Value>> {
        let path = format!("{pipeline}/jobs");
        let mut jobs = Vec::new();
        for page in 1.. {
            let request = Request::get(path.clone()).with("per_page", PAGE).with("page", page);
            let found = array(&http.json(&request.with("include_retried", "false"))?, &path)?;
            let is_last = found.len() < PAGE;
            jobs.extend(found);
            if is_last {
                break;
            }
        }
        Ok(jobs)
    }

    /// A list in the order of its changes, from where it was read to; `each` is given an item and says what it brings.
    fn changed(
        http: &dyn Http,
        request: &Request,
        since: &mut Option<String>,
        mut each: impl FnMut(&[Value], Option<String>) -> Answered<()>,
    ) -> Answered<()> {
        let mut page = 1;
        loop {
            let mut request = request.clone().with("order_by", "updated_at").with("sort", "asc");
            request = request.with("per_page", PAGE).with("page", page);
            if let Some(since) = &since {
                request = request.with("updated_after", since);
            }
            let reply = http.send(&request)?;
            // A project without this, or a token that may not see it.
            if reply.status != 200 {
                return Ok(());
            }
            let items = array(&reply.json(&request)?, &request.path)?;
            let last = items.iter().rev().find_map(|item| text(item, &["updated_at"]));
            let goes_on = last.is_some() && last != *since;
            *since = last.or(since.take());
            each(&items, since.clone())?;
            if items.len() < PAGE {
                return Ok(());
            }
            page = if goes_on { 1 } else { page + 1 };
        }
    }

    /// That a project shows no pipelines must not look like a project that has none.
    fn check_readable(http: &dyn Http, project: &str, path: &str) -> Answered<()> {
        let reply = http.send(&Request::get(path.to_owned()).with("per_page", 1).fine(&[403, 404]))?;
        match reply.status {
            200 => Ok(()),
            status => Err(RemoteError::Unread {
                path: path.to_owned(),
                why: format!(
                    "the pipelines of {project} cannot be read ({status}): is its name right, and may the token see it?"
                ),
            }),
        }
    }

    fn graph(http: &dyn Http, query: &str, project: &str, git_ref: &str) -> Answered<Value> {
        let variables = json!({"project": project, "ref": git_ref});
        // Beside `/api/v4`.
        http.json(&Request::post("../graphql", Body::Json(json!({"query": query, "variables": variables}))))
    }

    /// The inputs of a pipeline, as GraphQL tells them.
    fn inputs(http: &dyn Http, project: &str, git_ref: &str) -> Answered<Vec<Value>> {
        const QUERY: &str = "query($project: ID!, $ref: String!) { project(fullPath: $project) { \
            ciPipelineCreationInputs(ref: $ref) { name type required default description options } } }";
        let answer = Self::graph(http, QUERY, project, git_ref)?;
        let found = answer.pointer("/data/project/ciPipelineCreationInputs").and_then(Value::as_array);
        Ok(found.cloned().unwrap_or_default())
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

    fn send_start(http: &dyn Http, project: &str, body: Value) -> Answered<Started> {
        let request = Request::post(format!("projects/{}/pipeline", encoded(project)), Body::Json(body));
        let request = request.fine(&[400]);
        let reply = http.send(&request)?;
        if reply.status == 400 {
            let answer = reply.json(&request).unwrap_or_default();
            let message = answer.get("message").cloned().unwrap_or_default();
            return Err(RemoteError::Inputs(plain(Some(&message)).unwrap_or_else(|| answer.to_string())));
        }
        let id = text(&reply.json(&request)?, &["id"])
            .ok_or_else(|| RemoteError::Unread { path: request.path, why: "it names no pipeline".to_owned() })?;
        Ok(Started::Run(RunRef { pipeline: project.to_owned(), id, attempt: 1, repo: Some(project.to_owned()) }))
    }

    /// The variables that a pipeline was started with.
    fn variables_of(http: &dyn Http, run: &RunRef) -> Answered<Vec<Value>> {
        let request = Request::get(format!("{}/variables", Self::run_path(run)));
        array(&http.json(&request)?, &request.path)
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
        keeps_default: false,
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
        // A project may forbid variables altogether.
        keeps_default: true,
        name,
        ..Field::default()
    })
}

/// An input as its type wants it.
fn typed(input: &Value, name: &str, value: &str) -> Answered<Value> {
    let kind = text(input, &["type"]).unwrap_or_default().to_ascii_lowercase();
    Ok(match kind.as_str() {
        "boolean" => json!(value == "true"),
        // A whole number stays one: written into the configuration, 3.0 is not 3.
        "number" => number(value)
            .map(Value::Number)
            .ok_or_else(|| RemoteError::Inputs(format!("{name} wants a number, not \"{value}\"")))?,
        "array" => serde_json::from_str(value).ok().filter(Value::is_array).ok_or_else(|| {
            RemoteError::Inputs(format!("{name} wants a list such as [\"a\", \"b\"], not \"{value}\""))
        })?,
        _ => json!(value),
    })
}

impl Connector for GitLab {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            preview: false,
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
        who.user = super::owner(http, Request::get("user"), "username")?;
        if who.user.is_none() {
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
        super::each_place(self.projects()?, |project| {
            let path = format!("projects/{}/pipelines", encoded(project));
            Self::check_readable(http, project, &path)?;
            let (mut families, mut held) = (Families::default(), Held::default());
            let known = marks.get(project).cloned().unwrap_or_default();
            // What is gone changes no more, so that the list of changes never tells.
            for id in known.open.iter().chain(&known.unread).cloned().collect::<BTreeSet<String>>() {
                let Some(found) = held.hold(self.detail(http, project, &id))? else { continue };
                let known = marks.entry(project.to_owned()).or_default();
                known.unread.retain(|unread| *unread != id);
                let mut brought = Brought::default();
                match found {
                    Some((pipeline, answers)) => {
                        known.watch(&id, &pipeline);
                        brought.answers = answers;
                    }
                    None => {
                        known.open.retain(|open| *open != id);
                        brought.vanished.push(RunRef { id, ..RunRef::default() });
                    }
                }
                keep(Brought { mark: Some(json!(marks)), ..brought })?;
            }
            for is_child in [false, true] {
                let known = marks.entry(project.to_owned()).or_default();
                let mut since = if is_child { known.children.clone() } else { known.pipelines.clone() };
                let mut list = Request::get(path.clone());
                if is_child {
                    list = list.with("source", "parent_pipeline");
                }
                Self::changed(http, &list, &mut since, |items, last| {
                    let mut brought = Brought::default();
                    let known = marks.entry(project.to_owned()).or_default();
                    for item in items {
                        let Some(id) = text(item, &["id"]) else { continue };
                        let Some(found) = held.hold(self.detail(http, project, &id))? else {
                            // What the list says is better than nothing, until the rest can be read.
                            brought.answers.push(self.answer(&path, item.clone()));
                            known.unread.retain(|unread| *unread != id);
                            known.unread.push(id);
                            continue;
                        };
                        let Some((pipeline, mut answers)) = found else { continue };
                        known.watch(&id, &pipeline);
                        if is_child && let Some(parent) = families.parent_of(http, &path, item)? {
                            answers[0].value["parent"] = json!(parent);
                        }
                        brought.answers.extend(answers);
                    }
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
            let mut since = marks.entry(project.to_owned()).or_default().deployments.clone();
            // Their order is taken only together with a time.
            since.get_or_insert_with(|| "1970-01-01T00:00:00Z".to_owned());
            Self::changed(http, &Request::get(path.clone()).fine(&[403, 404]), &mut since, |items, last| {
                let answers = items.iter().map(|item| self.answer(&path, item.clone())).collect();
                marks.entry(project.to_owned()).or_default().deployments = last;
                keep(Brought { answers, mark: Some(json!(marks)), ..Brought::default() })
            })?;
            held.end()
        })
    }

    fn named(&self, http: &dyn Http) -> Answered<Vec<(String, String)>> {
        let numbers = self.projects()?.iter().filter(|place| place.bytes().all(|byte| byte.is_ascii_digit()));
        let mut named = Vec::new();
        for number in numbers {
            let project = http.json(&Request::get(format!("projects/{number}")))?;
            named.extend(text(&project, &["path_with_namespace"]).map(|name| (number.clone(), name)));
        }
        Ok(named)
    }

    fn renamed(&self, http: &dyn Http) -> Answered<Vec<(String, String)>> {
        let ask = |project: &str| Request::get(format!("projects/{}", encoded(project)));
        super::renamed_places(http, &self.address(&self.place.base), self.projects()?, &ask, "path_with_namespace")
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let Some((pipeline, answers)) = self.detail(http, project, &run.id)? else {
            return Err(RemoteError::NotFound {
                host: self.place.name.clone(),
                path: Self::run_path(run),
                said: String::new(),
            });
        };
        let jobs = answers.last().and_then(|answer| answer.value.as_array().cloned()).unwrap_or_default();
        let bridges = bridges(http, &Self::run_path(run))?;
        let manual: Vec<&Value> =
            jobs.iter().chain(&bridges).filter(|job| text(job, &["status"]).as_deref() == Some("manual")).collect();
        let blocked = if manual.is_empty() { Vec::new() } else { Self::blocked(http, project, &run.id)? };
        let is_blocked = |job: &&Value| blocked.iter().any(|(_, of)| text(job, &["id"]).as_ref() == Some(of));
        let playable = manual.iter().filter(|job| !is_blocked(job));
        let mut approvals: Vec<Approval> = playable
            .filter_map(|job| {
                let (id, name) = (text(job, &["id"])?, text(job, &["name"])?);
                Some(Approval { id, name, may_approve: true, may_reject: false })
            })
            .collect();
        approvals.extend(blocked.into_iter().map(|(approval, _)| approval));
        let status = status_of(&pipeline);
        let told = |key: &str| text(&pipeline, &[key]).unwrap_or_default();
        let stamp = format!("{} {} {}", told("status"), told("updated_at"), told("finished_at"));
        let brought = Brought { answers, ..Brought::default() };
        let is_over = is_over(&pipeline);
        Ok(Look { brought, status, approvals, is_over, stamp: Some(stamp), ..Look::default() })
    }

    fn form(&self, http: &dyn Http, pipeline: &str, git_ref: Option<&str>) -> Answered<Form> {
        let branch = Self::default_branch(http, pipeline)?;
        let on = git_ref.unwrap_or(&branch);
        let inputs = where_open(Self::inputs(http, pipeline, on))?;
        let mut fields: Vec<Field> = inputs.iter().filter_map(input_field).collect();
        fields.extend(where_open(Self::variables(http, pipeline, on))?);
        let is_open = true;
        Ok(Form { takes_ref: true, git_ref: Some(branch), fields, is_open })
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let path = format!("projects/{}/pipelines", encoded(pipeline));
        let answer = http.json(&Request::get(path.clone()).with("per_page", 1).with("order_by", "id"))?;
        let newest = array(&answer, &path)?.first().and_then(|pipeline| int(pipeline, "id")).unwrap_or_default();
        Ok(Some(super::before(newest, super::owner(http, Request::get("user"), "username"))))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let git_ref = match &start.git_ref {
            Some(git_ref) => git_ref.clone(),
            None => Self::default_branch(http, &start.pipeline)?,
        };
        let known = if start.inputs.is_empty() {
            Vec::new()
        } else {
            where_open(Self::inputs(http, &start.pipeline, &git_ref))?
        };
        let (mut inputs, mut variables) = (serde_json::Map::new(), Vec::new());
        for (name, value) in &start.inputs {
            match known.iter().find(|input| text(input, &["name"]).as_ref() == Some(name)) {
                Some(input) => {
                    inputs.insert(name.clone(), typed(input, name, value)?);
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
        Self::send_start(http, &start.pipeline, body)
    }

    fn resolve(&self, http: &dyn Http, start: &Start, _handle: Option<&Value>) -> Answered<Resolved> {
        let path = format!("projects/{}/pipelines", encoded(&start.pipeline));
        let mut request = Request::get(path.clone()).with("per_page", 50).with("order_by", "id").with("source", "api");
        if let Some(git_ref) = &start.git_ref {
            request = request.with("ref", git_ref);
        }
        if let Some(actor) = super::actor_of(start) {
            request = request.with("username", actor);
        }
        let found = array(&http.json(&request)?, &path)?;
        let ids = found.iter().filter_map(|pipeline| int(pipeline, "id"));
        let repo = Some(start.pipeline.clone());
        Ok(match super::oldest_free(ids, start) {
            Some(id) => {
                Resolved::Run(RunRef { pipeline: start.pipeline.clone(), id: id.to_string(), attempt: 1, repo })
            }
            None => Resolved::Pending("no pipeline of it is listed yet".to_owned()),
        })
    }

    fn run_of_url(&self, _http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        Ok(self.run_behind(url))
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        http.send(&Request::post(format!("{}/cancel", Self::run_path(run)), Body::None)).map(|_| ())
    }

    fn uncounted_attempts(&self) -> Option<fn(Status) -> bool> {
        // A pipeline that went well goes on only for a manual job more.
        Some(|was| !matches!(was, Status::Succeeded | Status::Warnings | Status::Skipped))
    }

    fn retries_in_place(&self, failed_only: bool) -> bool {
        failed_only
    }

    fn see_place(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        Self::check_readable(http, project, &format!("projects/{}/pipelines", encoded(project)))
    }

    fn given(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<(String, String)>> {
        let variables = where_open(Self::variables_of(http, run))?;
        Ok(variables.iter().filter_map(|known| Some((text(known, &["key"])?, text(known, &["value"])?))).collect())
    }

    fn again_is_a_start(&self) -> bool {
        true
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, failed_only: bool) -> Answered<Option<Started>> {
        if failed_only {
            http.send(&Request::post(format!("{}/retry", Self::run_path(run)), Body::None))?;
            return Ok(Some(Started::Run(run.clone())));
        }
        // Everything again is a new pipeline on the same branch, with the variables that this one was given: without them
        // it may go somewhere else.
        let detail = http.json(&Request::get(Self::run_path(run)))?;
        let git_ref = text(&detail, &["ref"]).unwrap_or_default();
        let project = run.repo.clone().unwrap_or_else(|| run.pipeline.clone());
        if !where_open(Self::inputs(http, &project, &git_ref))?.is_empty() {
            let why =
                "GitLab does not tell which inputs the pipeline was given: start it anew with the values it needs";
            return Err(RemoteError::Inputs(why.to_owned()));
        }
        let variables = Self::variables_of(http, run).map_err(|error| match error {
            RemoteError::NotAllowed { .. } | RemoteError::NotFound { .. } => RemoteError::Inputs(
                "this token may not read the variables of the pipeline: start it anew with the values it needs"
                    .to_owned(),
            ),
            error => error,
        })?;
        let mut body = json!({"ref": git_ref});
        if !variables.is_empty() {
            let kept = ["key", "value", "variable_type"];
            let variable = |known: &Value| -> Value {
                let parts = kept.iter().filter_map(|key| Some(((*key).to_owned(), known.get(*key)?.clone())));
                Value::Object(parts.collect())
            };
            body["variables"] = variables.iter().map(variable).collect();
        }
        Self::send_start(http, &project, body).map(Some)
    }

    fn approve(&self, http: &dyn Http, run: &RunRef, approval: &str, is_allowed: bool, note: &str) -> Answered<()> {
        if let Some(deployment) = approval.strip_prefix(OF_DEPLOYMENT) {
            let project = run.repo.as_ref().unwrap_or(&run.pipeline);
            let path = format!("projects/{}/deployments/{deployment}/approval", encoded(project));
            let mut body = json!({"status": if is_allowed { "approved" } else { "rejected" }});
            if !note.is_empty() {
                body["comment"] = json!(note);
            }
            return http.send(&Request::post(path, Body::Json(body))).map(|_| ());
        }
        if !is_allowed {
            return Err(RemoteError::NotOffered("reject a manual job; cancel the pipeline"));
        }
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let path = format!("projects/{}/jobs/{approval}/play", encoded(project));
        http.send(&Request::post(path, Body::None)).map(|_| ())
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let jobs = Self::jobs(http, &Self::run_path(run))?;
        let log =
            |job: &Value| Some(LogRef { id: text(job, &["id"])?, name: text(job, &["name"])?, status: status_of(job) });
        Ok(jobs.iter().filter_map(log).collect())
    }

    fn log(&self, http: &dyn Http, run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let project = run.repo.as_ref().unwrap_or(&run.pipeline);
        let path = format!("projects/{}/jobs/{log}", encoded(project));
        // The state first: what is written after it is caught by the next look.
        let is_over = status_of(&http.json(&Request::get(path.clone()))?).is_finished();
        let last = from + LOG_PIECE - 1;
        let request = Request::log(format!("{path}/trace")).fine(&[404, 416]);
        let reply = http.send(&request.header("range", format!("bytes={from}-{last}")))?;
        let body = match reply.status {
            404 | 416 => Vec::new(),
            206 => reply.body,
            _ if reply.is_cut => {
                let whole = super::log_of(&reply).into_bytes();
                whole.get(usize::try_from(from).unwrap_or(usize::MAX)..).unwrap_or_default().to_vec()
            }
            // A server that gives no pieces gives all of it.
            _ => reply.body.get(usize::try_from(from).unwrap_or(usize::MAX)..).unwrap_or_default().to_vec(),
        };
        let is_last = is_over && (reply.status != 206 || (body.len() as u64) < LOG_PIECE);
        let lines = super::whole_lines(&body, is_last);
        let next = from + lines.len() as u64;
        Ok(LogChunk { text: String::from_utf8_lossy(lines).into_owned(), next, is_whole: is_last })
    }

    /// A job's files are one archive, which goes by the job.
    fn artifacts(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        let jobs = Self::jobs(http, &Self::run_path(run))?;
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
            let message = text(case, &["system_output"])
                .or_else(|| text(case, &["system_output", "message"]))
                .or_else(|| text(case, &["stack_trace"]));
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
            ("projects/acme%2Fshop/pipelines/46/bridges", 200, &[][..], "[]"),
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
        let from = ("updated_after".to_owned(), "2026-01-01T10:05:00Z".to_owned());
        let again = asked.iter().filter(|request| request.query.contains(&from));
        assert!(again.clone().any(|request| request.path.ends_with("/pipelines")), "{:?}", again.collect::<Vec<_>>());
        drop(asked);
        let bridges = r#"[{"id":9,"name":"rollout","stage":"deploy","status":"manual"}]"#;
        let http = Recorded::with([
            ("projects/acme%2Fshop/pipelines/46", 200, &[][..], PIPELINE),
            ("projects/acme%2Fshop/pipelines/46/jobs", 200, &[][..], jobs),
            ("projects/acme%2Fshop/pipelines/46/bridges", 200, &[][..], bridges),
            ("projects/acme%2Fshop/deployments", 403, &[][..], "{}"),
        ]);
        let run = RunRef { pipeline: "acme/shop".to_owned(), id: "46".to_owned(), attempt: 1, repo: None };
        let look = gitlab().look(&http, &run).unwrap();
        let waits: Vec<&str> = look.approvals.iter().map(|approval| approval.name.as_str()).collect();
        assert_eq!((look.status, waits), (Status::Warnings, vec!["deploy", "rollout"]));
    }

    #[test]
    fn a_protected_environment_is_allowed_before_its_job_is_played() {
        let jobs = r#"[{"id":8,"name":"deploy","status":"manual"},{"id":9,"name":"docs","status":"manual"}]"#;
        let blocked = r#"[{"id":5,"environment":{"name":"production"},"deployable":{"id":8,"pipeline":{"id":46}}},
            {"id":6,"environment":{"name":"production"},"deployable":{"id":80,"pipeline":{"id":45}}}]"#;
        let http = Recorded::with([
            ("projects/acme%2Fshop/pipelines/46", 200, &[][..], PIPELINE),
            ("projects/acme%2Fshop/pipelines/46/jobs", 200, &[][..], jobs),
            ("projects/acme%2Fshop/pipelines/46/bridges", 200, &[][..], "[]"),
            ("projects/acme%2Fshop/deployments", 200, &[][..], blocked),
            ("projects/acme%2Fshop/deployments/5/approval", 201, &[][..], "{}"),
        ]);
        let run = RunRef { pipeline: "acme/shop".to_owned(), id: "46".to_owned(), attempt: 1, repo: None };
        let look = gitlab().look(&http, &run).unwrap();
        let waits: Vec<(&str, &str)> = look.approvals.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
        assert_eq!(waits, [("9", "docs"), ("deployment:5", "production")]);
        gitlab().approve(&http, &run, "deployment:5", false, "not on a Friday").unwrap();
        let asked = http.asked.lock().unwrap();
        let Body::Json(body) = &asked.last().unwrap().body else { panic!("a body") };
        assert_eq!(*body, json!({"status": "rejected", "comment": "not on a Friday"}));
    }

    #[test]
    fn a_child_is_told_its_parent_by_the_bridges_of_its_commit() {
        let family = r#"[{"id":46,"sha":"a9"},{"id":47,"sha":"a9"}]"#;
        let http = Recorded::new(&[
            ("p", family),
            ("p/46/bridges", r#"[{"id":1,"downstream_pipeline":{"id":47}},{"id":2,"downstream_pipeline":null}]"#),
            ("p/47/bridges", r#"[{"id":3,"downstream_pipeline":{"id":48}}]"#),
        ]);
        let mut families = Families::default();
        let mut parent = |id: i64| families.parent_of(&http, "p", &json!({"id": id, "sha": "a9"})).unwrap();
        assert_eq!((parent(47), parent(48), parent(49)), (Some(46), Some(47), None));
        assert_eq!(http.asked.lock().unwrap().len(), 4, "a commit is asked about once");
    }

    #[test]
    fn a_page_begins_at_the_last_change_and_a_hidden_project_is_told() {
        let items = |from: usize, n: usize| -> String {
            let item = |at: usize| json!({"iid": at, "updated_at": format!("2026-01-01T10:{:02}:00Z", at / 60)});
            json!((from..from + n).map(item).collect::<Vec<_>>()).to_string()
        };
        let (first, second) = (items(0, PAGE), items(99, 3));
        let http = Recorded::with([("x", 200, &[][..], first.as_str()), ("x", 200, &[][..], second.as_str())]);
        let mut seen = 0;
        GitLab::changed(&http, &Request::get("x"), &mut None, |items, _| {
            seen += items.len();
            Ok(())
        })
        .unwrap();
        let asked = http.asked.lock().unwrap();
        let has = |name: &str, value: &str| asked[1].query.contains(&(name.to_owned(), value.to_owned()));
        assert!(seen == 103 && has("page", "1") && has("updated_after", "2026-01-01T10:01:00Z"));
        let hidden = Recorded::with([("projects/acme%2Fshop/pipelines", 403, &[][..], "{}")]);
        let error = gitlab().sync(&hidden, None, &mut |_| Ok(())).unwrap_err().to_string();
        assert!(error.contains("acme/shop") && error.contains("403"), "{error}");
    }

    #[test]
    fn inputs_are_typed_and_the_rest_are_variables() {
        let inputs = r#"{"data":{"project":{"ciPipelineCreationInputs":[{"name":"dry","type":"BOOLEAN","required":true,"default":true,"description":null,"options":null},{"name":"level","type":"NUMBER","options":["3","4"]},{"name":"hosts","type":"ARRAY"}]}}}"#;
        let http = Recorded::with([
            ("../graphql", 200, &[][..], inputs),
            ("projects/acme%2Fshop/pipeline", 201, &[][..], PIPELINE),
        ]);
        let start = Start {
            pipeline: "acme/shop".to_owned(),
            git_ref: Some("main".to_owned()),
            inputs: [("dry", "false"), ("WHERE", "staging"), ("level", "3"), ("hosts", "[\"a\"]")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            ..Start::default()
        };
        let Started::Run(run) = gitlab().start(&http, &start).unwrap() else { panic!("a run") };
        assert_eq!(run.id, "46");
        let asked = http.asked.lock().unwrap();
        let Body::Json(body) = &asked.last().unwrap().body else { panic!("a body") };
        assert_eq!(body["inputs"], json!({"dry": false, "level": 3, "hosts": ["a"]}));
        assert_eq!(body["variables"], json!([{"key": "WHERE", "value": "staging"}]));
        assert!(typed(&json!({"type": "ARRAY"}), "hosts", "a, b").unwrap_err().to_string().contains("wants a list"));
        assert_eq!(typed(&json!({"type": "NUMBER"}), "level", "2.5").unwrap(), json!(2.5));
    }

    #[test]
    fn nothing_is_started_while_it_cannot_be_told_what_is_asked_for() {
        let project = ("projects/acme%2Fshop", 200, &[][..], r#"{"default_branch":"main"}"#);
        let start = Start {
            pipeline: "acme/shop".to_owned(),
            git_ref: Some("main".to_owned()),
            inputs: vec![("target".to_owned(), "staging".to_owned())],
            ..Start::default()
        };
        // The recorded answers know no failure: an answer that is no data stands for one.
        let broken = Recorded::with([project, ("../graphql", 200, &[][..], "<html>")]);
        assert!(gitlab().form(&broken, "acme/shop", None).is_err());
        assert!(gitlab().start(&broken, &start).is_err());
        assert!(broken.asked.lock().unwrap().iter().all(|request| !request.path.ends_with("/pipeline")));
    }

    #[test]
    fn a_log_is_read_in_pieces_where_the_server_gives_them() {
        let job = ("projects/acme%2Fshop/jobs/7", 200, &[][..], r#"{"status":"running"}"#);
        let run = RunRef { pipeline: "acme/shop".to_owned(), id: "46".to_owned(), ..RunRef::default() };
        let trace = "projects/acme%2Fshop/jobs/7/trace";
        let http = Recorded::with([job, (trace, 206, &[][..], "two\nthr")]);
        let chunk = gitlab().log(&http, &run, "7", 4).unwrap();
        assert_eq!((&*chunk.text, chunk.next, chunk.is_whole), ("two\n", 8, false));
        let range = http.asked.lock().unwrap()[1].headers.clone();
        assert!(range.iter().any(|(name, value)| name == "range" && value.starts_with("bytes=4-")), "{range:?}");
        let http = Recorded::with([job, (trace, 200, &[][..], "one\ntwo\n")]);
        assert_eq!(gitlab().log(&http, &run, "7", 4).unwrap().text, "two\n", "a server without pieces gives all");
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
        let run = gitlab().run_behind("https://gitlab.example/acme/deep/shop/-/pipelines/46?x").unwrap();
        assert_eq!((run.pipeline.as_str(), run.id.as_str()), ("acme/deep/shop", "46"));
        let base = "https://host.example/gitlab".to_owned();
        let below = GitLab::new(Place { base, ..Place::default() });
        let run = below.run_behind("https://host.example/gitlab/acme/shop/-/pipelines/46").unwrap();
        assert_eq!(run.pipeline, "acme/shop");
    }
}
