//! Jenkins, with an API token, or a password and the crumb that acts need then; held against its sources and recorded
//! answers, not tried against a server.
//!
//! A controller is asked one thing at a time, always with `tree`: without it a question may load everything from disk.
//! `builds` holds the newest hundred only, so a first round reads `allBuilds` in pages. A start gives a place in the queue,
//! whose address may name a wrong host: only its number is used. A place is forgotten five minutes after its build began;
//! then the build is found by the number of its place. The address of a queue item itself is never asked: it is a 404.
//! Stages and waiting inputs come from the plugin *Pipeline: REST API*; without it there are none, and a build that waits
//! for somebody reads as running. A job that takes a file is not started: only Jenkins' own page can give it.

use serde_json::{Value, json};

use super::json::{as_text, int, is, list, text};
use super::{
    Answer, Answered, Approval, ArtifactRef, Body, Brought, Caps, Connector, Field, FieldKind, Form, Held, Http, Keep,
    LogChunk, LogRef, Logs, Look, Mark, PipelineRef, Place, RemoteError, Reply, Request, Resolved, Retry, RunIdHow,
    RunRef, Scheme, Start, Started, TestReport, WhoAmI, path_part, results,
};
use crate::model::{Status, System, jenkins_job_of_url};

const BUILD: &str = "_class,number,url,id,queueId,result,building,timestamp,duration,displayName,fullDisplayName,\
    actions[parameters[name],causes[_class,shortDescription,userId,userName],lastBuiltRevision[SHA1,branch[name]],remoteUrls],\
    changeSets[items[commitId]],changeSet[items[commitId]]";
const PAGE: u64 = 100;
/// Folders in folders that one question looks into.
const DEPTH: usize = 4;
/// Finished builds whose stages are read in one round.
const MOST_STAGES: usize = 100;

pub struct Jenkins {
    place: Place,
}

/// How far a job was read.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct JobMark {
    newest: i64,
    /// Where a first round goes on; nothing when it is done.
    page: Option<u64>,
    open: Vec<i64>,
}

fn path_of(job: &str) -> String {
    job.split('/').map(|part| format!("job/{}", path_part(part))).collect::<Vec<_>>().join("/")
}

/// How the stages of a build say that it waits for an answer.
const PAUSED: &str = "PAUSED_PENDING_INPUT";

fn status_of(build: &Value) -> Status {
    let state = if is(build, "building") { "building" } else { "" };
    System::Jenkins.status(state, text(build, &["result"]).as_deref())
}

/// Over, also without a result that anybody knows: such as after the controller broke down.
fn is_over(build: &Value) -> bool {
    status_of(build).is_finished() || build.get("building").and_then(Value::as_bool) == Some(false)
}

/// A build that waits for somebody only says that it builds; its stages tell.
fn tell_wait(build: &mut Value, stages: Option<&Answer>) {
    let told = stages.and_then(|answer| text(&answer.value, &["status"]));
    if let Some(told) = told.filter(|told| told == PAUSED && is(build, "building")) {
        build["result"] = told.into();
    }
}

fn number_of(run: &RunRef) -> Answered<&str> {
    run.id
        .rsplit_once('#')
        .map(|(_, number)| number)
        .ok_or_else(|| RemoteError::Inputs(format!("\"{}\" is no build of Jenkins", run.id)))
}

/// Who asked for a build by hand.
fn user_of(build: &Value) -> Option<String> {
    let actions = build.get("actions").and_then(Value::as_array).into_iter().flatten();
    let causes = actions.filter_map(|action| action.get("causes")?.as_array()).flatten();
    causes.into_iter().find_map(|cause| text(cause, &["userId"]))
}

/// Jobs of an answer by their whole names, and folders that it names without what is in them.
fn gather(value: &Value, before: &str, jobs: &mut Vec<String>, folders: &mut Vec<String>) {
    for job in value.get("jobs").and_then(Value::as_array).into_iter().flatten() {
        let Some(name) = text(job, &["name"]) else { continue };
        let full = if before.is_empty() { name } else { format!("{before}/{name}") };
        let class = text(job, &["_class"]).unwrap_or_default();
        if job.get("jobs").is_some_and(|jobs| !jobs.is_null()) {
            gather(job, &full, jobs, folders);
        } else if ["Folder", "MultiBranch"].iter().any(|word| class.contains(word)) {
            folders.push(full);
        } else {
            jobs.push(full);
        }
    }
}

fn no_object(path: &str) -> RemoteError {
    RemoteError::Unread { path: path.to_owned(), why: "it is no object of Jenkins".to_owned() }
}

impl Jenkins {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn run_behind(&self, url: &str) -> Option<RunRef> {
        let parts: Vec<&str> = url.split(['/', '?', '#']).collect();
        let last = parts.iter().rposition(|part| *part == "job")?;
        let number: i64 = parts.get(last + 2)?.parse().ok()?;
        Some(self.run(&jenkins_job_of_url(url)?, number))
    }

    fn answer(&self, path: &str, value: Value) -> Answer {
        Answer { address: format!("{}/{path}", self.address(&self.place.base)), value }
    }

    /// The jobs in scope: those that are named, else all that have builds.
    fn jobs(&self, http: &dyn Http) -> Answered<Vec<String>> {
        if !self.place.scope.is_empty() {
            return Ok(self.place.scope.clone());
        }
        let mut tree = "name,_class".to_owned();
        for _ in 0..DEPTH {
            tree = format!("name,_class,jobs[{tree}]");
        }
        let tree = format!("jobs[{tree}]");
        let (mut found, mut folders) = (Vec::new(), vec![String::new()]);
        // What lies deeper than one question reaches is asked for by itself.
        while let Some(folder) = folders.pop() {
            let path = if folder.is_empty() { "api/json".to_owned() } else { format!("{}/api/json", path_of(&folder)) };
            let answer = http.json(&Request::get(path.clone()).with("tree", tree.clone()))?;
            if text(&answer, &["_class"]).is_none() && answer.get("jobs").is_none() {
                return Err(no_object(&path));
            }
            gather(&answer, &folder, &mut found, &mut folders);
        }
        Ok(found)
    }

    fn stages(&self, http: &dyn Http, job: &str, number: i64) -> Answered<Option<Answer>> {
        let path = format!("{}/{number}/wfapi/describe", path_of(job));
        let request = Request::get(path.clone()).fine(&[404]);
        let reply = http.send(&request)?;
        // A job that is no pipeline has no stages.
        if reply.is_gone() { Ok(None) } else { Ok(Some(self.answer(&path, reply.json(&request)?))) }
    }

    fn one_build(&self, http: &dyn Http, job: &str, number: i64) -> Answered<Option<Value>> {
        let request = Request::get(format!("{}/{number}/api/json", path_of(job))).with("tree", BUILD).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            // Where the whole job is out of sight, nothing is said of its builds.
            self.see_place(http, &self.run(job, number))?;
            return Ok(None);
        }
        reply.json(&request).map(Some)
    }

    fn sync_job(
        &self,
        http: &dyn Http,
        job: &str,
        mut mark: JobMark,
        stages_left: &mut usize,
        keep: &mut dyn FnMut(Brought, &JobMark) -> Answered<()>,
    ) -> Answered<()> {
        let is_first = mark.newest == 0 || mark.page.is_some();
        let mut held = Held::default();
        for number in mark.open.clone() {
            let mut brought = Brought::default();
            let Some(mut build) = held.hold(self.one_build(http, job, number))? else { continue };
            let is_over = build.as_ref().is_none_or(is_over);
            if let Some(build) = &mut build {
                let Some(stages) = held.hold(self.stages(http, job, number))? else { continue };
                tell_wait(build, stages.as_ref());
                brought.answers.extend(stages);
            }
            if is_over {
                mark.open.retain(|open| *open != number);
            }
            match build {
                Some(build) => brought.answers.push(self.answer(&path_of(job), build)),
                None => brought.vanished.push(self.run(job, number)),
            }
            keep(brought, &mark)?;
        }
        let mut before = if is_first { 0 } else { mark.newest };
        let mut page = mark.page.unwrap_or_default();
        // A round that breaks off before it comes to what is known must begin there again.
        let mut newest = mark.newest;
        loop {
            // Only where more than a hundred came at once: to say how many builds there are, the server walks all.
            let list_name = if is_first || page > 0 { "allBuilds" } else { "builds" };
            let range = format!("{list_name}[{BUILD}]{{{},{}}}", page * PAGE, (page + 1) * PAGE);
            let request = Request::get(format!("{}/api/json", path_of(job))).with("tree", range).fine(&[404]);
            let reply = http.send(&request)?;
            if reply.is_gone() {
                return Err(RemoteError::NotFound {
                    host: self.place.name.clone(),
                    path: path_of(job),
                    said: String::new(),
                });
            }
            let answer = reply.json(&request)?;
            // What has no builds is no job; each object says what it is.
            let Some(builds) = answer.get(list_name).and_then(Value::as_array) else {
                text(&answer, &["_class"]).ok_or_else(|| no_object(&path_of(job)))?;
                return Ok(());
            };
            let mut brought = Brought::default();
            let highest = builds.iter().filter_map(|build| int(build, "number")).max().unwrap_or_default();
            if page == 0 && highest < before {
                // The job was made anew, and counts from one again.
                (before, newest) = (0, 0);
            }
            for build in builds {
                let number = int(build, "number").unwrap_or_default();
                if number <= before {
                    continue;
                }
                newest = newest.max(number);
                let mut build = build.clone();
                if !is_over(&build) {
                    if !mark.open.contains(&number) {
                        mark.open.push(number);
                    }
                    let stages = held.hold(self.stages(http, job, number))?.flatten();
                    tell_wait(&mut build, stages.as_ref());
                } else if !is_first && *stages_left > 0 {
                    *stages_left -= 1;
                    match held.hold(self.stages(http, job, number))? {
                        Some(stages) => brought.answers.extend(stages),
                        None => mark.open.push(number),
                    }
                }
                brought.answers.push(self.answer(&path_of(job), build));
            }
            let reaches_known = builds.iter().any(|build| int(build, "number").unwrap_or_default() <= before);
            let is_last = (builds.len() as u64) < PAGE || (!is_first && reaches_known);
            page += 1;
            mark.page = (is_first && !is_last).then_some(page);
            if is_first || is_last {
                mark.newest = newest;
            }
            keep(brought, &mark)?;
            if is_last {
                return held.end();
            }
        }
    }

    /// Sends an act. With a password one is taken only with a crumb, and in the session that the crumb was given in; with
    /// an API token a crumb does no harm.
    fn act(http: &dyn Http, request: Request) -> Answered<Reply> {
        let ask = Request::get("crumbIssuer/api/json").fine(&[401, 403, 404]);
        let reply = http.send(&ask)?;
        // Where none is given out, none is asked for.
        let crumb = if reply.status == 200 { reply.json(&ask).ok() } else { None };
        let crumb = crumb.and_then(|value| Some((text(&value, &["crumbRequestField"])?, text(&value, &["crumb"])?)));
        let Some((field, crumb)) = crumb else { return http.send(&request) };
        let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
        let cookies: Vec<&str> = cookies.filter_map(|(_, cookie)| cookie.split(';').next()).collect();
        let mut request = request.header(&field, crumb);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        http.send(&request)
    }

    fn parameters(&self, http: &dyn Http, job: &str) -> Answered<Vec<Value>> {
        let tree = "property[parameterDefinitions[name,type,description,choices,defaultParameterValue[value]]]";
        let request = Request::get(format!("{}/api/json", path_of(job))).with("tree", tree);
        let answer = http.json(&request)?;
        let properties = answer.get("property").and_then(Value::as_array).into_iter().flatten();
        let definitions = properties.filter_map(|property| property.get("parameterDefinitions")?.as_array()).flatten();
        let definitions: Vec<Value> = definitions.cloned().collect();
        let is_file = |raw: &Value| text(raw, &["type"]).is_some_and(|kind| kind == "FileParameterDefinition");
        if definitions.iter().any(is_file) {
            return Err(RemoteError::NotOffered("give a file to a job that takes one: start it on its own page"));
        }
        Ok(definitions)
    }

    /// The first place in the queue that may be of a start whose answer was lost, and why it waits.
    fn place_of(http: &dyn Http, start: &Start) -> Answered<Option<(Value, Option<String>)>> {
        let tree = "items[id,why,task[url],actions[causes[userId]]]";
        let answer = http.json(&Request::get("queue/api/json").with("tree", tree))?;
        let job = format!("/{}/", path_of(&start.pipeline));
        let is_ours = |item: &&Value| {
            let url = item.pointer("/task/url").and_then(Value::as_str).unwrap_or_default();
            url.ends_with(&job) && super::may_be_of(start, user_of(item).as_deref())
        };
        let places = answer.get("items").and_then(Value::as_array).into_iter().flatten().filter(is_ours);
        let places = places.filter_map(|item| Some((int(item, "id")?, text(item, &["why"]))));
        let free =
            places.map(|(id, why)| (json!({"queue": id}), why)).filter(|(at, _)| !start.taken_handles.contains(at));
        Ok(free.min_by_key(|(at, _)| int(at, "queue")))
    }

    /// The build of a place in the queue that is forgotten already.
    fn build_of_place(&self, http: &dyn Http, job: &str, place: i64) -> Answered<Option<i64>> {
        let request = Request::get(format!("{}/api/json", path_of(job))).with("tree", "builds[number,queueId]{0,100}");
        let answer = http.json(&request)?;
        let found = list(&answer, "builds", &request.path)?.iter().find(|build| int(build, "queueId") == Some(place));
        Ok(found.and_then(|build| int(build, "number")))
    }

    fn run(&self, job: &str, number: i64) -> RunRef {
        RunRef { pipeline: job.to_owned(), id: format!("{job}#{number}"), attempt: 1, repo: None }
    }

    fn inputs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<Approval>> {
        let path = format!("{}/{}/wfapi/pendingInputActions", path_of(&run.pipeline), number_of(run)?);
        let request = Request::get(path).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(Vec::new());
        }
        let answer = reply.json(&request)?;
        let waits = answer.as_array().into_iter().flatten();
        Ok(waits
            .filter_map(|wait| {
                let id = text(wait, &["id"])?;
                let name = text(wait, &["message"]).unwrap_or_else(|| id.clone());
                let asks_for_values = wait.get("inputs").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
                Some(Approval { id, name, may_approve: !asks_for_values, may_reject: true })
            })
            .collect())
    }
}

fn parameter(raw: &Value) -> Option<Field> {
    let name = text(raw, &["name"])?;
    let choices = || -> Vec<String> {
        let choices = raw.get("choices").and_then(Value::as_array).into_iter().flatten();
        choices.filter_map(|choice| choice.as_str().map(str::to_owned)).collect()
    };
    let kind = match text(raw, &["type"]).unwrap_or_default().as_str() {
        "BooleanParameterDefinition" => FieldKind::YesNo,
        "ChoiceParameterDefinition" => FieldKind::Choice(choices()),
        "TextParameterDefinition" => FieldKind::Lines,
        "PasswordParameterDefinition" => FieldKind::Secret,
        _ => FieldKind::Text,
    };
    let default = match raw.pointer("/defaultParameterValue/value") {
        // What stands there is a stand-in, not the password.
        _ if kind == FieldKind::Secret => None,
        Some(Value::Bool(yes)) => Some(yes.to_string()),
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    Some(Field {
        label: name.clone(),
        help: text(raw, &["description"]),
        kind,
        default: default.filter(|text| !text.is_empty()),
        is_required: false,
        keeps_default: false,
        name,
    })
}

/// The number in `…/queue/item/N/`, whatever stands before it.
fn place_in(location: &str) -> Option<i64> {
    let (_, rest) = location.rsplit_once("/queue/item/")?;
    rest.split('/').next()?.parse().ok()
}

impl Connector for Jenkins {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            preview: false,
            run_id: RunIdHow::QueueItem,
            cancel: true,
            retry: Retry::All,
            approve: true,
            logs: Logs::Live,
            artifacts: true,
            tests: true,
        }
    }

    fn scheme(&self) -> Scheme {
        Scheme::Basic
    }

    fn at_once(&self) -> usize {
        1
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let request = Request::get("me/api/json").with("tree", "id,fullName").fine(&[401, 403, 404]);
        let reply = http.send(&request)?;
        let mut who = WhoAmI { server: "Jenkins".to_owned(), ..WhoAmI::default() };
        if reply.status == 200 {
            who.user = text(&reply.json(&request)?, &["fullName"]);
        } else if reply.status == 404 && reply.header("x-jenkins").is_none() {
            let said = "no Jenkins is there; its address may end with a part such as /jenkins".to_owned();
            return Err(RemoteError::NotFound { host: self.place.base.clone(), path: request.path, said });
        } else if http.has_credential() {
            let mut body = "the user or API token is not known there".to_owned();
            if reply.status == 404 {
                body.push_str(", or the address lacks a part such as /jenkins");
            }
            let host = self.place.base.clone();
            return Err(RemoteError::NotAllowed { host, status: reply.status, body });
        } else {
            who.missing.push("a user and an API token, to start or cancel builds".to_owned());
        }
        let jobs = self.jobs(http)?;
        who.may.push(format!("read {} jobs", jobs.len()));
        Ok(who)
    }

    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        // A branch of a multibranch job is escaped in its name.
        let shown = |id: &str| percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned();
        Ok(self.jobs(http)?.into_iter().map(|id| PipelineRef { name: shown(&id), id }).collect())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let mut stages_left = MOST_STAGES;
        super::place_by_place(&self.jobs(http)?, mark, keep, |job, known, keep| {
            self.sync_job(http, job, known, &mut stages_left, keep)
        })
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let number = number_of(run)?.parse().unwrap_or_default();
        let mut build = self.one_build(http, &run.pipeline, number)?.ok_or_else(|| RemoteError::NotFound {
            host: self.place.name.clone(),
            said: String::new(),
            path: format!("{}/{number}", path_of(&run.pipeline)),
        })?;
        let stages = self.stages(http, &run.pipeline, number)?;
        tell_wait(&mut build, stages.as_ref());
        let mut look = Look { status: status_of(&build), is_over: is_over(&build), ..Look::default() };
        if look.status == Status::WaitingApproval {
            look.approvals = self.inputs(http, run)?;
            let asks_for_values = look.approvals.iter().any(|approval| !approval.may_approve);
            look.wait_reason =
                asks_for_values.then(|| "it asks for values, which only Jenkins' own page takes".to_owned());
        }
        look.brought.answers.extend(stages);
        look.brought.answers.push(self.answer(&path_of(&run.pipeline), build));
        Ok(look)
    }

    fn form(&self, http: &dyn Http, pipeline: &str, _git_ref: Option<&str>) -> Answered<Form> {
        let fields = self.parameters(http, pipeline)?.iter().filter_map(parameter).collect();
        Ok(Form { fields, ..Form::default() })
    }

    fn watermark(&self, http: &dyn Http, pipeline: &str) -> Answered<Option<Mark>> {
        let request = Request::get(format!("{}/api/json", path_of(pipeline))).with("tree", "lastBuild[number]");
        let answer = http.json(&request)?;
        let newest = answer.pointer("/lastBuild/number").and_then(Value::as_i64).unwrap_or_default();
        Ok(Some(super::before(newest, super::owner(http, Request::get("me/api/json").with("tree", "id"), "id"))))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let has_parameters = !self.parameters(http, &start.pipeline)?.is_empty();
        let act = if has_parameters { "buildWithParameters" } else { "build" };
        let mut pairs = start.inputs.clone();
        pairs.push(("delay".to_owned(), "0sec".to_owned()));
        // 303: the same was waiting already, and ours was put to it.
        let request = Request::post(format!("{}/{act}", path_of(&start.pipeline)), Body::Form(pairs));
        let request = Request { may_be_page: true, ..request.fine(&[303, 409]) };
        let path = request.path.clone();
        let reply = Self::act(http, request)?;
        if reply.status == 409 {
            let (host, body) = (self.place.base.clone(), format!("the job {} is disabled", start.pipeline));
            return Err(RemoteError::Refused { host, path, status: 409, body });
        }
        let place = reply.header("location").and_then(place_in);
        let place =
            place.ok_or_else(|| RemoteError::Unread { path, why: "it names no place in the queue".to_owned() })?;
        Ok(Started::Handle(json!({"queue": place})))
    }

    fn resolve(&self, http: &dyn Http, start: &Start, handle: Option<&Value>) -> Answered<Resolved> {
        let Some(place) = handle.and_then(|handle| int(handle, "queue")) else {
            let newest = start.before.as_ref().and_then(|before| int(before, "newest")).unwrap_or_default();
            let request = Request::get(format!("{}/api/json", path_of(&start.pipeline)));
            let request = request.with("tree", "builds[number,actions[causes[userId]]]{0,100}");
            let answer = http.json(&request)?;
            let builds = list(&answer, "builds", &request.path)?.iter();
            let ours = builds.filter(|build| super::may_be_of(start, user_of(build).as_deref()));
            let numbers = ours.filter_map(|build| int(build, "number"));
            let is_free = |n: &i64| *n > newest && !start.taken.contains(&format!("{}#{n}", start.pipeline));
            return Ok(match numbers.filter(is_free).min() {
                Some(number) => Resolved::Run(self.run(&start.pipeline, number)),
                None => match Self::place_of(http, start)? {
                    Some((handle, why)) => Resolved::Queued(handle, why),
                    None => Resolved::Pending("no build of it has begun yet".to_owned()),
                },
            });
        };
        let tree = "id,why,cancelled,blocked,stuck,executable[number,url]";
        let request = Request::get(format!("queue/item/{place}/api/json")).with("tree", tree).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(match self.build_of_place(http, &start.pipeline, place)? {
                Some(number) => Resolved::Run(self.run(&start.pipeline, number)),
                None => Resolved::Pending("its place in the queue is forgotten and no build names it".to_owned()),
            });
        }
        let item = reply.json(&request)?;
        if let Some(number) = item.pointer("/executable/number").and_then(Value::as_i64) {
            return Ok(Resolved::Run(self.run(&start.pipeline, number)));
        }
        if is(&item, "cancelled") {
            return Ok(Resolved::Cancelled);
        }
        Ok(Resolved::Queued(json!({"queue": place}), text(&item, &["why"])))
    }

    fn run_of_url(&self, _http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        Ok(self.run_behind(url))
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let path = format!("{}/{}/stop", path_of(&run.pipeline), number_of(run)?);
        let request = Request { may_be_page: true, ..Request::post(path, Body::None).fine(&[302, 303]) };
        Self::act(http, request).map(|_| ())
    }

    fn cancel_queued(&self, http: &dyn Http, handle: &Value) -> Answered<()> {
        let Some(place) = int(handle, "queue") else {
            return Err(RemoteError::NotOffered("take this start out of its queue"));
        };
        let request = Request::post("queue/cancelItem", Body::None).with("id", place);
        let request = Request { may_be_page: true, ..request.fine(&[204, 302, 303, 404, 422]) };
        match Self::act(http, request)?.status {
            404 => Err(RemoteError::Inputs("it has left the queue already: cancel its build".to_owned())),
            422 => Err(RemoteError::Inputs("it cannot be taken out of the queue any more".to_owned())),
            _ => Ok(()),
        }
    }

    fn approve(&self, http: &dyn Http, run: &RunRef, approval: &str, is_allowed: bool, _note: &str) -> Answered<()> {
        let act = if is_allowed { "proceedEmpty" } else { "abort" };
        let path = format!("{}/{}/input/{}/{act}", path_of(&run.pipeline), number_of(run)?, path_part(approval));
        let request = Request { may_be_page: true, ..Request::post(path, Body::None).fine(&[302, 303]) };
        Self::act(http, request).map(|_| ())
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let status = self.look(http, run)?.status;
        Ok(vec![LogRef { id: "console".to_owned(), name: "console".to_owned(), status }])
    }

    fn log(&self, http: &dyn Http, run: &RunRef, _log: &str, from: u64) -> Answered<LogChunk> {
        let path = format!("{}/{}/logText/progressiveText", path_of(&run.pipeline), number_of(run)?);
        let reply = http.send(&Request::log(path).with("start", from))?;
        let size = reply.header("x-text-size").and_then(|size| size.parse::<u64>().ok());
        let is_whole = reply.header("x-more-data") != Some("true");
        // What did not fit is asked for from where it was cut.
        if reply.is_cut {
            let lines = super::whole_lines(&reply.body, false);
            let next = from + lines.len() as u64;
            return Ok(LogChunk { text: String::from_utf8_lossy(lines).into_owned(), next, is_whole: false });
        }
        // Where the server leaves its own marks out of what it shows, only it knows where the next piece begins.
        let is_as_counted = size.is_none_or(|size| size == from + reply.body.len() as u64);
        let lines = super::whole_lines(&reply.body, is_whole || !is_as_counted);
        let next = size.filter(|_| !is_as_counted).unwrap_or(from + lines.len() as u64);
        Ok(LogChunk { text: String::from_utf8_lossy(lines).into_owned(), next, is_whole })
    }

    /// The core knows no way to run again: the same job is started with the parameters of that build.
    fn see_place(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        http.json(&Request::get(format!("{}/api/json", path_of(&run.pipeline))).with("tree", "name")).map(|_| ())
    }

    fn given(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<(String, String)>> {
        let request = Request::get(format!("{}/{}/api/json", path_of(&run.pipeline), number_of(run)?));
        let answer = http.json(&request.with("tree", "actions[parameters[name,value]]"))?;
        let actions = answer.get("actions").and_then(Value::as_array).into_iter().flatten();
        let given = actions.filter_map(|action| action.get("parameters")?.as_array()).flatten();
        Ok(given.filter_map(|given| Some((text(given, &["name"])?, as_text(given.get("value")?)))).collect())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, _failed_only: bool) -> Answered<Option<Started>> {
        if self.parameters(http, &run.pipeline)?.iter().filter_map(parameter).any(|field| field.is_secret()) {
            return Err(RemoteError::NotOffered("run a job with a password again: start it, and give the password"));
        }
        let inputs = self.given(http, run)?;
        self.start(http, &Start { pipeline: run.pipeline.clone(), inputs, ..Start::default() }).map(Some)
    }

    fn artifacts(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        let request = Request::get(format!("{}/{}/api/json", path_of(&run.pipeline), number_of(run)?));
        let answer = http.json(&request.clone().with("tree", "artifacts[fileName,relativePath]"))?;
        let artifact = |value: &Value| {
            Some(ArtifactRef {
                id: text(value, &["relativePath"])?,
                // Files of one name lie in several folders.
                name: text(value, &["relativePath"])?,
                ..ArtifactRef::default()
            })
        };
        Ok(list(&answer, "artifacts", &request.path)?.iter().filter_map(artifact).collect())
    }

    fn artifact(&self, run: &RunRef, artifact: &str) -> Answered<Request> {
        if artifact.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(RemoteError::NotOffered("save a file whose path leads out of its build"));
        }
        let file = artifact.split('/').map(path_part).collect::<Vec<_>>().join("/");
        let path = format!("{}/{}/artifact/{file}", path_of(&run.pipeline), number_of(run)?);
        Ok(Request { may_be_page: true, ..Request::get(path) })
    }

    fn tests(&self, http: &dyn Http, run: &RunRef) -> Answered<Option<TestReport>> {
        let tree = "failCount,skipCount,passCount,totalCount,suites[cases[className,name,status,errorDetails]],\
            childReports[result[suites[cases[className,name,status,errorDetails]]]]";
        let request = Request::get(format!("{}/{}/testReport/api/json", path_of(&run.pipeline), number_of(run)?));
        let reply = http.send(&request.clone().with("tree", tree).fine(&[404]))?;
        if reply.is_gone() {
            return Ok(None);
        }
        let answer = reply.json(&request)?;
        let (failed, skipped) = (results::count(&answer, "failCount"), results::count(&answer, "skipCount"));
        // A report gathered from several jobs tells the total, not what passed.
        let passed = match int(&answer, "passCount") {
            Some(_) => results::count(&answer, "passCount"),
            None => results::count(&answer, "totalCount").saturating_sub(failed + skipped),
        };
        let mut report = TestReport { passed, failed, skipped, failures: Vec::new() };
        let children = answer.get("childReports").and_then(Value::as_array).into_iter().flatten();
        let suites = |report: &Value| report.get("suites").and_then(Value::as_array).cloned().unwrap_or_default();
        let all = suites(&answer).into_iter().chain(children.filter_map(|child| child.get("result")).flat_map(suites));
        for case in all.flat_map(|suite| suite.get("cases").and_then(Value::as_array).cloned().unwrap_or_default()) {
            if matches!(text(&case, &["status"]).as_deref(), Some("FAILED" | "REGRESSION")) {
                let names = [text(&case, &["className"]), text(&case, &["name"])];
                let name = names.into_iter().flatten().collect::<Vec<_>>().join(".");
                report.fails(name, text(&case, &["errorDetails"]));
            }
        }
        Ok(report.if_any())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    fn jenkins() -> Jenkins {
        let scope = vec!["shop/deploy".to_owned()];
        Jenkins::new(Place { name: "j".to_owned(), base: "https://ci.example".to_owned(), scope, ..Place::default() })
    }

    const NO_PARAMETERS: &str = r#"{"property":[{}]}"#;
    const CRUMB: &str = r#"{"crumbRequestField":"Jenkins-Crumb","crumb":"c1"}"#;

    #[test]
    fn a_start_is_found_by_its_place_in_the_queue() {
        let http = Recorded::with([
            ("job/shop/job/deploy/api/json", 200, &[][..], NO_PARAMETERS),
            ("crumbIssuer/api/json", 200, &[("set-cookie", "JSESSIONID.1=abc; Path=/; HttpOnly")][..], CRUMB),
            (
                "job/shop/job/deploy/build",
                201,
                &[("location", "http://wrong.example:8080/jenkins/queue/item/7/")][..],
                "",
            ),
            ("queue/item/7/api/json", 200, &[][..], r#"{"why":"Waiting for next available executor"}"#),
            ("queue/item/7/api/json", 200, &[][..], r#"{"executable":{"number":12}}"#),
        ]);
        let start = Start { pipeline: "shop/deploy".to_owned(), ..Start::default() };
        let Started::Handle(handle) = jenkins().start(&http, &start).unwrap() else { panic!("a place") };
        assert_eq!(handle, json!({"queue": 7}));
        let sent = http.asked.lock().unwrap().last().unwrap().headers.clone();
        let shown = [("Jenkins-Crumb", "c1"), ("cookie", "JSESSIONID.1=abc")];
        assert_eq!(sent, shown.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let look = || jenkins().resolve(&http, &start, Some(&handle)).unwrap();
        assert!(matches!(look(), Resolved::Queued(_, Some(why)) if why.contains("executor")));
        let Resolved::Run(run) = look() else { panic!("a run") };
        assert_eq!(run.id, "shop/deploy#12");
        assert!(http.asked.lock().unwrap().iter().all(|request| request.path != "queue/item/7"));
    }

    #[test]
    fn a_build_that_broke_off_is_over() {
        let build = r#"{"number":3,"building":false,"result":null,"timestamp":1767261600000,"duration":0,"url":"https://ci.example/job/shop/job/deploy/3/"}"#;
        let http = Recorded::with([
            ("job/shop/job/deploy/3/api/json", 200, &[][..], build),
            ("job/shop/job/deploy/3/wfapi/describe", 404, &[][..], ""),
        ]);
        let look = jenkins().look(&http, &jenkins().run("shop/deploy", 3)).unwrap();
        assert_eq!((look.status, look.is_over), (Status::Unknown, true));
    }

    #[test]
    fn jobs_in_deep_folders_are_found() {
        let folder = "com.cloudbees.hudson.plugins.folder.Folder";
        let leaf = json!({"name": "branches", "_class": "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject"});
        let nested =
            (1..=4).rev().fold(leaf, |inner, n| json!({"name": format!("f{n}"), "_class": folder, "jobs": [inner]}));
        let top = json!({"jobs": [nested, {"name": "flat", "_class": "hudson.model.FreeStyleProject"}]}).to_string();
        let deep = r#"{"jobs":[{"name":"main","_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob"}]}"#;
        let http = Recorded::new(&[("api/json", &top), ("job/f1/job/f2/job/f3/job/f4/job/branches/api/json", deep)]);
        let jobs = Jenkins::new(Place::default()).jobs(&http).unwrap();
        assert_eq!(jobs, ["flat", "f1/f2/f3/f4/branches/main"]);
    }

    #[test]
    fn a_forgotten_place_is_found_among_the_builds() {
        let builds = r#"{"builds":[{"number":13,"queueId":8},{"number":12,"queueId":7}]}"#;
        let http = Recorded::with([
            ("queue/item/7/api/json", 404, &[][..], ""),
            ("job/shop/job/deploy/api/json", 200, &[][..], builds),
        ]);
        let start = Start { pipeline: "shop/deploy".to_owned(), ..Start::default() };
        let Resolved::Run(run) = jenkins().resolve(&http, &start, Some(&json!({"queue": 7}))).unwrap() else {
            panic!("a run")
        };
        assert_eq!(run.id, "shop/deploy#12");
    }

    #[test]
    fn parameters_become_fields_and_a_password_has_no_default() {
        let answer = r#"{"property":[{"parameterDefinitions":[
            {"name":"WHERE","type":"ChoiceParameterDefinition","choices":["staging","production"],"defaultParameterValue":{"value":"staging"}},
            {"name":"DRY","type":"BooleanParameterDefinition","defaultParameterValue":{"value":true}},
            {"name":"KEY","type":"PasswordParameterDefinition","defaultParameterValue":{"value":"x"}}]}]}"#;
        let http = Recorded::new(&[("job/shop/job/deploy/api/json", answer)]);
        let form = jenkins().form(&http, "shop/deploy", None).unwrap();
        assert_eq!(form.fields[0].kind, FieldKind::Choice(vec!["staging".to_owned(), "production".to_owned()]));
        assert_eq!(form.fields[1].default.as_deref(), Some("true"));
        assert_eq!((form.fields[2].is_secret(), form.fields[2].default.as_deref()), (true, None));
        let takes_file =
            r#"{"property":[{"parameterDefinitions":[{"name":"PLAN","type":"FileParameterDefinition"}]}]}"#;
        let http = Recorded::new(&[("job/shop/job/deploy/api/json", takes_file)]);
        assert!(matches!(jenkins().form(&http, "shop/deploy", None), Err(RemoteError::NotOffered(_))));
        // Without its file nothing is sent.
        let start = Start { pipeline: "shop/deploy".to_owned(), ..Start::default() };
        assert!(jenkins().start(&http, &start).is_err());
    }

    #[test]
    fn a_log_says_where_it_goes_on() {
        let more = &[("x-text-size", "6"), ("x-more-data", "true")][..];
        let http = Recorded::with([("job/shop/job/deploy/12/logText/progressiveText", 200, more, "line\n")]);
        let run = RunRef { pipeline: "shop/deploy".to_owned(), id: "shop/deploy#12".to_owned(), ..RunRef::default() };
        let chunk = jenkins().log(&http, &run, "console", 0).unwrap();
        assert_eq!((chunk.next, chunk.is_whole), (6, false));
        // A line that is cut waits for its rest: a letter or a secret may go on in the next piece.
        let cut = &[("x-text-size", "9"), ("x-more-data", "true")][..];
        let http = Recorded::with([("job/shop/job/deploy/12/logText/progressiveText", 200, cut, "line\n\ntok")]);
        let chunk = jenkins().log(&http, &run, "console", 0).unwrap();
        assert_eq!((&*chunk.text, chunk.next, chunk.is_whole), ("line\n\n", 6, false));
    }

    #[test]
    fn a_start_whose_answer_was_lost_is_found_in_the_queue() {
        let builds = r#"{"builds":[{"number":12}]}"#;
        let queue = r#"{"items":[{"id":40,"task":{"url":"https://ci.example/job/other/"}},
            {"id":41,"why":"Waiting for next available executor","task":{"url":"https://ci.example/job/shop/job/deploy/"}}]}"#;
        let http = Recorded::new(&[("job/shop/job/deploy/api/json", builds), ("queue/api/json", queue)]);
        let start =
            Start { pipeline: "shop/deploy".to_owned(), before: Some(json!({"newest": 12})), ..Start::default() };
        let Resolved::Queued(handle, why) = jenkins().resolve(&http, &start, None).unwrap() else { panic!("a place") };
        assert_eq!((handle, why.as_deref()), (json!({"queue": 41}), Some("Waiting for next available executor")));
        let taken = Start { taken_handles: vec![json!({"queue": 41})], ..start };
        let http = Recorded::new(&[("job/shop/job/deploy/api/json", builds), ("queue/api/json", queue)]);
        assert!(matches!(jenkins().resolve(&http, &taken, None).unwrap(), Resolved::Pending(_)));
    }

    #[test]
    fn a_build_runs_again_with_its_parameters_and_tells_its_files_and_tests() {
        let run = RunRef { pipeline: "shop/deploy".to_owned(), id: "shop/deploy#12".to_owned(), ..RunRef::default() };
        let form = r#"{"property":[{"parameterDefinitions":[{"name":"WHERE","type":"StringParameterDefinition"}]}]}"#;
        let build = r#"{"actions":[{},{"parameters":[{"name":"WHERE","value":"staging"},{"name":"DRY","value":true}]}],
            "artifacts":[{"fileName":"shop 1.jar","relativePath":"out/shop 1.jar"}]}"#;
        let tests = r#"{"failCount":1,"skipCount":2,"passCount":7,"suites":[{"cases":[
            {"className":"Cart","name":"adds","status":"PASSED"},
            {"className":"Cart","name":"pays","status":"REGRESSION","errorDetails":"no card"}]}]}"#;
        let http = Recorded::with([
            ("job/shop/job/deploy/api/json", 200, &[][..], form),
            ("job/shop/job/deploy/12/api/json", 200, &[][..], build),
            ("crumbIssuer/api/json", 404, &[][..], ""),
            ("job/shop/job/deploy/buildWithParameters", 201, &[("location", "/queue/item/9/")][..], ""),
            ("job/shop/job/deploy/12/testReport/api/json", 200, &[][..], tests),
        ]);
        let again = jenkins().retry(&http, &run, false).unwrap();
        assert_eq!(again, Some(Started::Handle(json!({"queue": 9}))));
        let Body::Form(sent) = http.asked.lock().unwrap().last().unwrap().body.clone() else { panic!("a form") };
        assert_eq!(sent[0..2], [("WHERE", "staging"), ("DRY", "true")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        let files = jenkins().artifacts(&http, &run).unwrap();
        let request = jenkins().artifact(&run, &files[0].id).unwrap();
        assert_eq!(request.path, "job/shop/job/deploy/12/artifact/out/shop%201.jar");
        let report = jenkins().tests(&http, &run).unwrap().unwrap();
        assert_eq!((report.passed, report.failed, report.skipped), (7, 1, 2));
        assert_eq!(
            (report.failures[0].name.as_str(), report.failures[0].message.as_deref()),
            ("Cart.pays", Some("no card"))
        );
    }

    #[test]
    fn more_than_a_hundred_new_builds_are_all_read() {
        let builds = |from: i64, n: i64| -> String {
            let build = |number: i64| json!({"number": number, "result": "SUCCESS"});
            json!((from - n + 1..=from).rev().map(build).collect::<Vec<_>>()).to_string()
        };
        let (newest, rest) = (format!("{{\"builds\":{}}}", builds(220, 100)), builds(120, 70));
        let rest = format!("{{\"allBuilds\":{rest}}}");
        let list = |body| ("job/shop/job/deploy/api/json", 200, &[][..], body);
        let http = Recorded::with([list(newest.as_str()), list(rest.as_str())]);
        let mut mark = JobMark { newest: 50, ..JobMark::default() };
        let mut seen = 0;
        jenkins()
            .sync_job(&http, "shop/deploy", mark.clone(), &mut 0, &mut |brought, now| {
                (seen, mark) = (seen + brought.answers.len(), now.clone());
                Ok(())
            })
            .unwrap();
        assert_eq!((seen, mark.newest), (170, 220));
        // A folder that lies too deep has no builds; the other jobs are read none the less.
        let http = Recorded::new(&[("job/shop/job/deploy/api/json", r#"{"_class":"Folder"}"#)]);
        jenkins().sync(&http, None, &mut |_| Ok(())).unwrap();
    }

    #[test]
    fn an_input_that_asks_for_values_is_not_approved_without_them() {
        let run = RunRef { pipeline: "shop/deploy".to_owned(), id: "shop/deploy#12".to_owned(), ..RunRef::default() };
        let http = Recorded::new(&[
            ("job/shop/job/deploy/12/api/json", r#"{"number":12,"building":true}"#),
            ("job/shop/job/deploy/12/wfapi/describe", r#"{"status":"PAUSED_PENDING_INPUT"}"#),
            (
                "job/shop/job/deploy/12/wfapi/pendingInputActions",
                r#"[{"id":"A","message":"Go?","inputs":[]},{"id":"B","message":"Where?","inputs":[{"name":"WHERE"}]}]"#,
            ),
        ]);
        let look = jenkins().look(&http, &run).unwrap();
        let may: Vec<bool> = look.approvals.iter().map(|approval| approval.may_approve).collect();
        assert_eq!((look.status, may), (Status::WaitingApproval, vec![true, false]));
        assert!(look.wait_reason.unwrap().contains("asks for values"));
    }

    #[test]
    fn a_build_behind_its_address() {
        let run = jenkins().run_behind("https://ci.example/job/shop/job/deploy/12/console").unwrap();
        assert_eq!((run.pipeline.as_str(), run.id.as_str()), ("shop/deploy", "shop/deploy#12"));
    }
}
