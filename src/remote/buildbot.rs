//! Buildbot 0.9 and newer, over its REST interface `/api/v2`; tried against 4.3.0.
//!
//! Builds are read upwards by their id, so that a round goes on where the last one stopped; builds that ran then are
//! asked for one by one. `meta.total` counts only the page, so pages end with a short one. A rebuild is a new build.
//! The steps of a build become its stages, but not in the first round, which may be years of builds. A request that no
//! worker has taken is no build yet: a start waits for it. What was started is found by its request; where the answer was
//! lost, by the word that Gemba puts into the reason. A log's header lines are left out: they print the whole environment
//! of the worker. Who may change something logs in for a cookie, since the interface itself takes no password.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::json::{Scalar, as_text, epoch, int, is, list, text};
use super::{
    AGAIN_OF, Answered, Auth, Body, Brought, Caps, Connector, Field, FieldKind, Form, Held, Http, Keep, LogChunk,
    LogRef, Logs, Look, Mark, PipelineRef, Place, RemoteError, Request, Resolved, Retry, RunIdHow, RunRef, Scheme,
    Start, Started, TestReport, WhoAmI, results,
};
use crate::model::record::{Record, Run, Stage};
use crate::model::{Status, System, Time};

const PAGE: usize = 200;
/// Builds whose steps are read in one round.
const MOST_STEPS: usize = 200;
/// Pages of buildsets among which a start is looked for whose answer was lost.
const MOST_PAGES_OF_SETS: usize = 100;
const LINES: u64 = 2000;
const PROPERTIES: [&str; 6] = ["branch", "revision", "got_revision", "owner", "reason", "scheduler"];
/// Before the number of a request, where it stands for the build that it has not.
const UNBUILT: &str = "request-";
/// Fields that the server fills itself.
const OWN_FIELDS: [&str; 2] = ["username", "reason"];

pub struct Buildbot {
    place: Place,
}

/// What is read of a list of builds; a property is a list of its value and where it came from.
#[derive(serde::Deserialize)]
struct Builds<'a> {
    #[serde(borrow)]
    builds: Vec<Build<'a>>,
}

#[derive(serde::Deserialize)]
struct Build<'a> {
    #[serde(borrow, default)]
    buildid: Scalar<'a>,
    #[serde(borrow, default)]
    buildrequestid: Scalar<'a>,
    #[serde(borrow, default)]
    builderid: Scalar<'a>,
    #[serde(borrow, default)]
    number: Scalar<'a>,
    #[serde(borrow, default)]
    complete: Scalar<'a>,
    #[serde(borrow, default)]
    results: Scalar<'a>,
    #[serde(borrow, default)]
    started_at: Scalar<'a>,
    #[serde(borrow, default)]
    complete_at: Scalar<'a>,
    #[serde(borrow, default)]
    state_string: Scalar<'a>,
    #[serde(borrow, default)]
    properties: Option<Properties<'a>>,
}

#[derive(Default, serde::Deserialize)]
struct Properties<'a> {
    #[serde(borrow, default)]
    branch: Scalar<'a>,
    #[serde(borrow, default)]
    revision: Scalar<'a>,
    #[serde(borrow, default)]
    got_revision: Scalar<'a>,
    #[serde(borrow, default)]
    owner: Scalar<'a>,
    #[serde(borrow, default)]
    scheduler: Scalar<'a>,
}

fn raw_result(is_complete: bool, results: Option<i64>) -> String {
    match results {
        _ if !is_complete => "running".to_owned(),
        Some(results) => results.to_string(),
        None => "5".to_owned(),
    }
}

fn result_word(thing: &Value) -> String {
    raw_result(is(thing, "complete"), int(thing, "results"))
}

fn stages_of(steps: &[Value]) -> Vec<Stage> {
    let shown = steps
        .iter()
        .filter(|step| !is(step, "hidden") && (epoch(step, "started_at").is_some() || is(step, "complete")));
    shown
        .map(|step| {
            let raw = result_word(step);
            Stage {
                name: text(step, &["name"]).unwrap_or_else(|| "step".to_owned()),
                status: System::Buildbot.status(&raw, None),
                status_raw: Some(raw),
                started_at: epoch(step, "started_at"),
                finished_at: epoch(step, "complete_at").filter(|_| is(step, "complete")),
                ..Stage::default()
            }
        })
        .collect()
}

fn builds_request(after: i64) -> Request {
    let request = Request::get("api/v2/builds").with("order", "buildid").with("limit", PAGE);
    with_properties(request.with("buildid__gt", after))
}

fn build_request(id: &str) -> Request {
    with_properties(Request::get(format!("api/v2/builds/{id}")).fine(&[404]))
}

fn with_properties(request: Request) -> Request {
    PROPERTIES.iter().fold(request, |request, name| request.with("property", name))
}

fn unbuilt_of(run: &RunRef) -> Option<i64> {
    run.id.strip_prefix(UNBUILT)?.parse().ok()
}

fn marker(intent: &str) -> String {
    format!("[gemba {intent}]")
}

impl Buildbot {
    pub fn new(place: Place) -> Self {
        Self { place }
    }

    fn builders(http: &dyn Http) -> Answered<BTreeMap<i64, String>> {
        let request = Request::get("api/v2/builders");
        let answer = http.json(&request)?;
        let builders = list(&answer, "builders", &request.path)?;
        Ok(builders.iter().filter_map(|b| Some((int(b, "builderid")?, text(b, &["name"])?))).collect())
    }

    fn builder_id(http: &dyn Http, name: &str) -> Answered<i64> {
        let builders = Self::builders(http)?;
        builders.iter().find(|(_, known)| *known == name).map(|(id, _)| *id).ok_or_else(|| {
            let known: Vec<&str> = builders.values().map(String::as_str).collect();
            RemoteError::Inputs(format!("there is no builder \"{name}\" any more; there are: {}", known.join(", ")))
        })
    }

    fn run(&self, build: &Build<'_>, builders: &BTreeMap<i64, String>) -> Option<(i64, Run)> {
        let id = build.buildid.int()?;
        let builder = build.builderid.int().unwrap_or_default();
        let is_complete = build.complete.is();
        let raw = raw_result(is_complete, build.results.int());
        let none = Properties::default();
        let properties = build.properties.as_ref().unwrap_or(&none);
        let scheduler = properties.scheduler.text();
        let event = scheduler.as_deref().map(|name| if name.contains("force") { "manual" } else { "other" }.to_owned());
        let run = Run {
            connection: self.place.name.clone(),
            pipeline: builders.get(&builder).cloned().unwrap_or_else(|| format!("builder {builder}")),
            id: id.to_string(),
            status: System::Buildbot.status(&raw, None),
            status_raw: Some(raw),
            number: build.number.int(),
            branch: properties.branch.text(),
            sha: properties.got_revision.text().or_else(|| properties.revision.text()),
            actor: properties.owner.text(),
            event,
            event_raw: scheduler,
            started_at: build.started_at.epoch(),
            finished_at: build.complete_at.epoch().filter(|_| is_complete),
            url: Some(self.page_of(builder, build.number.int().unwrap_or_default())),
            ..Run::default()
        };
        Some((id, run))
    }

    fn page_of(&self, builder: i64, number: i64) -> String {
        format!("{}/#/builders/{builder}/builds/{number}", self.place.base.trim_end_matches('/'))
    }

    fn steps(http: &dyn Http, id: &str) -> Answered<Vec<Value>> {
        let request = Request::get(format!("api/v2/builds/{id}/steps")).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(Vec::new());
        }
        Ok(list(&reply.json(&request)?, "steps", &request.path)?.clone())
    }

    /// The cookie of somebody who may change something; nothing where no credential is needed.
    fn log_in(http: &dyn Http, request: Request) -> Answered<Request> {
        if !http.has_credential() {
            return Ok(request);
        }
        let mut login = Request::get("auth/login").auth(Auth::Basic).fine(&[302]);
        login.may_be_page = true;
        let reply = http.send(&login)?;
        let cookie = reply.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
        if cookie.is_empty() {
            return Err(RemoteError::Unread { path: login.path, why: "the log-in gave no cookie".to_owned() });
        }
        Ok(request.header("cookie", cookie))
    }

    /// A call that changes something. A refusal of single inputs names them.
    fn call(http: &dyn Http, path: String, method: &str, params: Value) -> Answered<Value> {
        let body = json!({"id": 1, "jsonrpc": "2.0", "method": method, "params": params});
        let request = Self::log_in(http, Request::post(path, Body::Json(body)).fine(&[400]))?;
        let reply = http.send(&request)?;
        let answer = match reply.json(&request) {
            // A refusal is one, in whatever words.
            Err(_) if reply.status == 400 => return Err(RemoteError::Inputs("its answer is 400".to_owned())),
            answer => answer?,
        };
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            let message = match error.get("message") {
                Some(Value::Object(fields)) => {
                    let each: Vec<String> = fields
                        .iter()
                        .map(|(field, why)| format!("{field}: {}", why.as_str().unwrap_or_default()))
                        .collect();
                    each.join("; ")
                }
                Some(Value::String(text)) => text.clone(),
                _ => error.to_string(),
            };
            return Err(RemoteError::Inputs(message));
        }
        Ok(answer.get("result").cloned().unwrap_or_default())
    }

    /// `[buildset, {builder: request}]`.
    fn request_of(result: &Value) -> Answered<Started> {
        let requests = result.get(1).and_then(Value::as_object);
        let request = requests.and_then(|requests| requests.values().next()).and_then(Value::as_i64);
        let request = request.ok_or_else(|| RemoteError::Unread {
            path: "api/v2/forceschedulers".to_owned(),
            why: "it names no build request".to_owned(),
        })?;
        Ok(Started::Handle(json!({"request": request})))
    }

    fn schedulers(http: &dyn Http, builder: &str) -> Answered<Vec<Value>> {
        let request = Request::get("api/v2/forceschedulers");
        let answer = http.json(&request)?;
        let all = list(&answer, "forceschedulers", &request.path)?;
        let serves = |scheduler: &&Value| {
            let names = scheduler.get("builder_names").and_then(Value::as_array);
            let is_enabled = scheduler.get("enabled").and_then(Value::as_bool).unwrap_or(true);
            is_enabled && names.is_some_and(|names| names.iter().any(|name| name.as_str() == Some(builder)))
        };
        Ok(all.iter().filter(serves).cloned().collect())
    }

    /// The failures of a set; where passes stand beside them, a value of 0 is a failure.
    fn failures(http: &dyn Http, set: &str, has_passes: bool, report: &mut TestReport) -> Answered<()> {
        let path = format!("api/v2/test_result_sets/{set}/results");
        let request = Request::get(path.clone()).with("limit", results::MOST_FAILURES);
        let request = if has_passes { request.with("value__eq", 0) } else { request };
        let answer = http.json(&request)?;
        for result in list(&answer, "test_results", &path)? {
            let name = text(result, &["test_name"]).or_else(|| text(result, &["test_code_path"]));
            // Other kinds of failure say in their value what is wrong.
            report.fails(name.unwrap_or_else(|| "?".to_owned()), text(result, &["value"]).filter(|_| !has_passes));
        }
        Ok(())
    }

    fn run_of_request(&self, http: &dyn Http, request_id: i64) -> Answered<Resolved> {
        let builders = Self::builders(http)?;
        let request = Request::get(format!("api/v2/buildrequests/{request_id}/builds")).with("order", "-buildid");
        let reply = http.send(&request)?;
        let answer: Builds<'_> = reply.read(&request)?;
        if let Some((id, run)) = answer.builds.first().and_then(|build| self.run(build, &builders)) {
            return Ok(Resolved::Run(RunRef { pipeline: run.pipeline, id: id.to_string(), attempt: 1, repo: None }));
        }
        Ok(match Self::request(http, request_id)? {
            Some(found) if !is(&found, "complete") => Resolved::Queued(json!({"request": request_id}), None),
            _ => Resolved::Cancelled,
        })
    }

    /// A request that has no build: it waits for a worker, or was cancelled before it had one.
    fn unbuilt(&self, request: &Value, builders: &BTreeMap<i64, String>) -> Option<Run> {
        let builder = int(request, "builderid").unwrap_or_default();
        let is_complete = is(request, "complete");
        Some(Run {
            connection: self.place.name.clone(),
            pipeline: builders.get(&builder).cloned().unwrap_or_else(|| format!("builder {builder}")),
            id: format!("{UNBUILT}{}", int(request, "buildrequestid")?),
            status: if is_complete { Status::Cancelled } else { Status::Queued },
            status_raw: Some(if is_complete { "6" } else { "unclaimed" }.to_owned()),
            queued_at: epoch(request, "submitted_at"),
            finished_at: epoch(request, "complete_at").filter(|_| is_complete),
            url: int(request, "buildrequestid")
                .map(|id| format!("{}/#/buildrequests/{id}", self.place.base.trim_end_matches('/'))),
            ..Run::default()
        })
    }

    fn request(http: &dyn Http, id: i64) -> Answered<Option<Value>> {
        let request = Request::get(format!("api/v2/buildrequests/{id}")).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(None);
        }
        Ok(list(&reply.json(&request)?, "buildrequests", &request.path)?.first().cloned())
    }

    /// When a build was asked for: its queue began then.
    fn submitted_at(http: &dyn Http, request: Option<i64>) -> Answered<Option<Time>> {
        let Some(id) = request else { return Ok(None) };
        Ok(Self::request(http, id)?.and_then(|request| epoch(&request, "submitted_at")))
    }

    /// Requests that wait, and what became of those that did.
    fn read_queue(
        &self,
        http: &dyn Http,
        builders: &BTreeMap<i64, String>,
        waited: &[i64],
    ) -> Answered<(Brought, Vec<i64>)> {
        let request = Request::get("api/v2/buildrequests").with("claimed", "false").with("complete", "false");
        let request = request.with("limit", PAGE).fine(&[403, 404]);
        // Builds are what a round is for: a queue that cannot be read does not end it.
        let answer = http.send(&request)?.json(&request).unwrap_or_default();
        let waiting = answer.get("buildrequests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut brought = Brought::default();
        brought.records.extend(waiting.iter().filter_map(|request| self.unbuilt(request, builders)).map(Record::Run));
        let ids: Vec<i64> = waiting.iter().filter_map(|request| int(request, "buildrequestid")).collect();
        for id in waited.iter().filter(|id| !ids.contains(id)) {
            self.settle_request(http, builders, *id, &mut brought)?;
        }
        Ok((brought, ids))
    }

    /// A request that waits no longer was cancelled, or its build stands in its place.
    fn settle_request(
        &self,
        http: &dyn Http,
        builders: &BTreeMap<i64, String>,
        id: i64,
        brought: &mut Brought,
    ) -> Answered<()> {
        let Some(request) = Self::request(http, id)? else { return Ok(()) };
        let Some(run) = self.unbuilt(&request, builders) else { return Ok(()) };
        let is_cancelled = is(&request, "complete")
            && int(&request, "results") == Some(6)
            && !matches!(self.run_of_request(http, id)?, Resolved::Run(_));
        if is_cancelled {
            brought.records.push(Record::Run(run));
        } else {
            brought.gone.push(Record::Run(run));
        }
        Ok(())
    }

    /// A request as it is now; once it has a build, that is what is looked at.
    fn look_at_request(&self, http: &dyn Http, id: i64) -> Answered<Look> {
        if let Resolved::Run(build) = self.run_of_request(http, id)? {
            let mut look = self.look(http, &build)?;
            self.settle_request(http, &Self::builders(http)?, id, &mut look.brought)?;
            return Ok(look);
        }
        let request = Self::request(http, id)?.unwrap_or_default();
        let run = self.unbuilt(&request, &Self::builders(http)?).ok_or_else(|| RemoteError::NotFound {
            host: self.place.name.clone(),
            said: String::new(),
            path: format!("api/v2/buildrequests/{id}"),
        })?;
        let status = run.status;
        let wait_reason = (!status.is_finished()).then(|| "it waits for a worker".to_owned());
        let brought = Brought { records: vec![Record::Run(run)], ..Brought::default() };
        Ok(Look { brought, status, wait_reason, ..Look::default() })
    }

    /// The build that follows one of the same request.
    fn next_of_request(&self, http: &dyn Http, id: &str) -> Answered<Option<RunRef>> {
        let request = Request::get(format!("api/v2/builds/{id}"));
        let answer = http.json(&request)?;
        let of = list(&answer, "builds", &request.path)?.first().and_then(|build| int(build, "buildrequestid"));
        let Some(of) = of else { return Ok(None) };
        Ok(match self.run_of_request(http, of)? {
            Resolved::Run(next) if next.id != id => Some(next),
            _ => None,
        })
    }

    /// The requests of the buildsets that carry our word, or say that they build again what we wanted built again, among
    /// those that came after the newest before and that no other start was given.
    fn requests_by_marker(http: &dyn Http, start: &Start) -> Answered<Vec<i64>> {
        let mut ours = Vec::new();
        let word = marker(&start.intent);
        let again_of = start.before.as_ref().and_then(|before| text(before, &[AGAIN_OF]));
        let mut after = start.before.as_ref().and_then(|before| int(before, "buildset")).unwrap_or_default();
        for _ in 0..MOST_PAGES_OF_SETS {
            let request = Request::get("api/v2/buildsets").with("order", "bsid").with("limit", PAGE);
            let mut request = request.with("bsid__gt", after);
            if again_of.is_none() {
                request = request.with("field", "bsid").with("field", "reason");
            }
            let answer = http.json(&request)?;
            let sets = list(&answer, "buildsets", &request.path)?;
            let is_ours = |set: &&Value| match &again_of {
                Some(build) => text(set, &["rebuilt_buildid"]).as_ref() == Some(build),
                None => text(set, &["reason"]).is_some_and(|reason| reason.contains(&word)),
            };
            for set in sets.iter().filter(is_ours).filter_map(|set| int(set, "bsid")) {
                let request = Request::get("api/v2/buildrequests").with("buildsetid__eq", set);
                let answer = http.json(&request)?;
                let requests = list(&answer, "buildrequests", &request.path)?;
                let found = requests.first().and_then(|found| int(found, "buildrequestid"));
                let is_free = |id: &i64| !start.taken_handles.iter().any(|handle| int(handle, "request") == Some(*id));
                ours.extend(found.filter(is_free));
            }
            after = sets.iter().filter_map(|set| int(set, "bsid")).max().unwrap_or(after);
            // Our word stands in one buildset only; what is built again may be so many times.
            if sets.len() < PAGE || (again_of.is_none() && !ours.is_empty()) {
                break;
            }
        }
        Ok(ours)
    }
}

/// The fields of a form, out of their nests; a nest that has a title gives it to its fields.
fn flatten(fields: &[Value], title: Option<&str>, into: &mut Vec<Value>) {
    for field in fields {
        match field.get("fields").and_then(Value::as_array) {
            Some(inner) => flatten(inner, text(field, &["label"]).as_deref().or(title), into),
            None => {
                let mut field = field.clone();
                let own = text(&field, &["label"]).or_else(|| name_of(&field));
                if let (Some(title), Some(own)) = (title, own) {
                    field["label"] = json!(format!("{}: {own}", title.trim_end_matches(':')));
                }
                into.push(field);
            }
        }
    }
}

fn fields_of(scheduler: &Value) -> Vec<Value> {
    let mut fields = Vec::new();
    flatten(scheduler.get("all_fields").and_then(Value::as_array).map_or(&[][..], Vec::as_slice), None, &mut fields);
    fields
}

fn name_of(field: &Value) -> Option<String> {
    text(field, &["fullName"]).or_else(|| text(field, &["name"]))
}

/// A value as the field wants it: a box is true or false, of a list of several choices each is a text.
fn typed(field: &Value, value: &str) -> Value {
    if text(field, &["type"]).as_deref() == Some("bool") {
        return json!(value == "true");
    }
    if is(field, "multiple") {
        return value.split(',').map(str::trim).filter(|choice| !choice.is_empty()).collect();
    }
    json!(value)
}

fn field_of(raw: &Value) -> Option<Field> {
    let name = name_of(raw)?;
    let kind = text(raw, &["type"]).unwrap_or_default();
    let choices = || -> Vec<String> {
        let choices = raw.get("choices").and_then(Value::as_array).into_iter().flatten();
        choices.filter_map(|choice| choice.as_str().map(str::to_owned)).collect()
    };
    if is(raw, "hide") || kind == "fixed" || OWN_FIELDS.contains(&name.as_str()) {
        return None;
    }
    let default = match raw.get("default") {
        Some(Value::Bool(yes)) => Some(yes.to_string()),
        Some(Value::Null) | None => None,
        Some(Value::String(text)) => Some(text.clone()),
        // As they are typed: with commas between.
        Some(Value::Array(several)) => Some(several.iter().map(as_text).collect::<Vec<_>>().join(", ")),
        Some(other) => Some(other.to_string()),
    };
    let kind = match kind.as_str() {
        "int" => FieldKind::Whole,
        "bool" => FieldKind::YesNo,
        "textarea" => FieldKind::Lines,
        "list" if is(raw, "multiple") => FieldKind::Text,
        "list" if is(raw, "strict") => FieldKind::Choice(choices()),
        _ => FieldKind::Text,
    };
    let known = Some(choices().join(", ")).filter(|known| !known.is_empty());
    let choice = match (is(raw, "multiple"), is(raw, "strict")) {
        (true, _) => known.map(|known| format!("several of {known}, with commas between")),
        (false, false) => known.map(|known| format!("such as {known}")),
        (false, true) => None,
    };
    let help = [text(raw, &["tooltip"]), choice].into_iter().flatten().collect::<Vec<_>>().join("; ");
    Some(Field {
        label: text(raw, &["label"]).map_or_else(|| name.clone(), |label| label.trim_end_matches(':').to_owned()),
        help: Some(help).filter(|help| !help.is_empty()),
        kind,
        default: default.filter(|text| !text.is_empty()),
        is_required: is(raw, "required"),
        keeps_default: false,
        name,
    })
}

impl Connector for Buildbot {
    fn caps(&self) -> Caps {
        Caps {
            since: true,
            form: true,
            trigger: true,
            preview: false,
            run_id: RunIdHow::QueueItem,
            cancel: true,
            retry: Retry::All,
            approve: false,
            logs: Logs::Live,
            artifacts: false,
            tests: true,
        }
    }

    fn marks_runs(&self) -> bool {
        true
    }

    fn scheme(&self) -> Scheme {
        Scheme::OnDemand
    }

    fn address(&self, given: &str) -> String {
        given.trim().trim_end_matches('/').trim_end_matches("/api/v2").to_owned()
    }

    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        let builders = Self::builders(http)?;
        let mut who = WhoAmI { server: format!("Buildbot with {} builders", builders.len()), ..WhoAmI::default() };
        who.may.push("read builds".to_owned());
        if http.has_credential() {
            Self::log_in(http, Request::get(""))?;
            who.may.push("log in".to_owned());
        } else {
            who.missing.push("a user and password, where the server asks for them to start builds".to_owned());
        }
        let request = Request::get("api/v2/forceschedulers");
        if list(&http.json(&request)?, "forceschedulers", &request.path)?.is_empty() {
            who.missing.push("a force scheduler, so nothing can be started".to_owned());
        }
        Ok(who)
    }

    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        Ok(Self::builders(http)?.into_values().map(|name| PipelineRef { id: name.clone(), name }).collect())
    }

    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()> {
        let builders = Self::builders(http)?;
        let mut after = mark.and_then(|mark| int(mark, "after")).unwrap_or_default();
        let numbers = |key: &str| -> Vec<i64> {
            let told = mark.and_then(|mark| mark.get(key)).and_then(Value::as_array).into_iter().flatten();
            told.filter_map(Value::as_i64).collect()
        };
        let mut open = numbers("open");
        let waited = numbers("waiting");
        let mut steps_left = if mark.is_some() { MOST_STEPS } else { 0 };
        let with_steps = |mut run: Run, request: Option<i64>, steps_left: &mut usize| -> Answered<Run> {
            if run.status.is_finished() && *steps_left > 0 {
                *steps_left -= 1;
                run.queued_at = Self::submitted_at(http, request)?;
                run.stages = Some(stages_of(&Self::steps(http, &run.id)?)).filter(|stages| !stages.is_empty());
            }
            Ok(run)
        };
        let mut held = Held::default();
        for id in open.clone() {
            let request = build_request(&id.to_string());
            let Some(reply) = held.hold(http.send(&request))? else { continue };
            let read = || if reply.is_gone() { Ok(Vec::new()) } else { Ok(reply.read::<Builds<'_>>(&request)?.builds) };
            let Some(builds) = held.hold(read())? else { continue };
            let mut brought = Brought::default();
            let of = builds.first().and_then(|build| build.buildrequestid.int());
            match builds.first().and_then(|build| self.run(build, &builders)) {
                Some((_, run)) if run.finished_at.is_none() => brought.records.push(Record::Run(run)),
                Some((_, run)) => {
                    let Some(run) = held.hold(with_steps(run, of, &mut steps_left))? else { continue };
                    open.retain(|known| *known != id);
                    brought.records.push(Record::Run(run));
                }
                None => {
                    open.retain(|known| *known != id);
                    brought.vanished.push(RunRef { id: id.to_string(), ..RunRef::default() });
                }
            }
            brought.mark = Some(json!({"after": after, "open": open, "waiting": waited}));
            keep(brought)?;
        }
        loop {
            let request = builds_request(after);
            let reply = http.send(&request)?;
            let Builds { builds } = reply.read(&request)?;
            let mut brought = Brought::default();
            for build in &builds {
                let Some((id, run)) = self.run(build, &builders) else { continue };
                after = after.max(id);
                if run.finished_at.is_none() {
                    open.push(id);
                }
                let of = build.buildrequestid.int();
                if steps_left == 0 {
                    brought.records.push(Record::Run(run));
                    continue;
                }
                let whole = held.hold(with_steps(run.clone(), of, &mut steps_left))?;
                if whole.is_none() && !open.contains(&id) {
                    open.push(id);
                }
                brought.records.push(Record::Run(whole.unwrap_or(run)));
            }
            brought.mark = Some(json!({"after": after, "open": open, "waiting": waited}));
            keep(brought)?;
            if builds.len() < PAGE {
                break;
            }
        }
        // Last: what waited when the builds were read may have one now, and is told of twice rather than not at all.
        let (brought, waiting) = self.read_queue(http, &builders, &waited)?;
        keep(Brought { mark: Some(json!({"after": after, "open": open, "waiting": waiting})), ..brought })?;
        held.end()
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        if let Some(id) = unbuilt_of(run) {
            return self.look_at_request(http, id);
        }
        let builders = Self::builders(http)?;
        let request = Request { fine: Vec::new(), ..build_request(&run.id) };
        let reply = http.send(&request)?;
        let Builds { builds } = reply.read(&request)?;
        let build = builds.first();
        let Some((_, mut found)) = build.and_then(|build| self.run(build, &builders)) else {
            return Err(RemoteError::NotFound {
                host: self.place.name.clone(),
                path: request.path,
                said: String::new(),
            });
        };
        found.stages = Some(stages_of(&Self::steps(http, &run.id)?)).filter(|stages| !stages.is_empty());
        found.queued_at = Self::submitted_at(http, build.and_then(|build| build.buildrequestid.int()))?;
        let status = found.status;
        let wait_reason = build.and_then(|build| build.state_string.text()).filter(|_| !status.is_finished());
        // Its worker was lost: another build of the same request follows.
        let instead = if status == Status::Unknown { self.next_of_request(http, &run.id)? } else { None };
        let mut brought = Brought { records: vec![Record::Run(found)], ..Brought::default() };
        // The request that it came of stood for it while it waited.
        let request = build
            .map(|build| json!({"buildrequestid": build.buildrequestid.int(), "builderid": build.builderid.int()}));
        brought.gone.extend(request.and_then(|request| self.unbuilt(&request, &builders)).map(Record::Run));
        Ok(Look { brought, status, wait_reason, instead, ..Look::default() })
    }

    fn form(&self, http: &dyn Http, pipeline: &str, _git_ref: Option<&str>) -> Answered<Form> {
        let schedulers = Self::schedulers(http, pipeline)?;
        let Some(scheduler) = schedulers.first() else {
            return Err(RemoteError::Inputs(format!("no force scheduler starts the builder \"{pipeline}\"")));
        };
        let mut fields: Vec<Field> = fields_of(scheduler).iter().filter_map(field_of).collect();
        let branch = fields.iter().position(|field| field.name == "branch").map(|at| fields.remove(at));
        Ok(Form {
            takes_ref: branch.is_some(),
            git_ref: branch.and_then(|field| field.default),
            fields,
            is_open: false,
        })
    }

    fn watermark(&self, http: &dyn Http, _pipeline: &str) -> Answered<Option<Mark>> {
        let request = Request::get("api/v2/buildsets").with("order", "-bsid").with("limit", 1).with("field", "bsid");
        let answer = http.json(&request)?;
        let newest = list(&answer, "buildsets", &request.path)?.first().and_then(|set| int(set, "bsid"));
        Ok(Some(json!({"buildset": newest.unwrap_or_default()})))
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let builder = Self::builder_id(http, &start.pipeline)?;
        let schedulers = Self::schedulers(http, &start.pipeline)?;
        let name = schedulers.first().and_then(|scheduler| text(scheduler, &["name"])).ok_or_else(|| {
            RemoteError::Inputs(format!("no force scheduler starts the builder \"{}\"", start.pipeline))
        })?;
        let mut params = json!({"builderid": builder, "reason": format!("started by Gemba {}", marker(&start.intent))});
        let fields = schedulers.first().map(fields_of).unwrap_or_default();
        for (name, value) in &start.inputs {
            let field = fields.iter().find(|field| name_of(field).as_ref() == Some(name));
            params[name] = field.map_or_else(|| json!(value), |field| typed(field, value));
        }
        if let Some(branch) = &start.git_ref {
            params["branch"] = json!(branch);
        }
        Self::request_of(&Self::call(http, format!("api/v2/forceschedulers/{name}"), "force", params)?)
    }

    fn resolve(&self, http: &dyn Http, start: &Start, handle: Option<&Value>) -> Answered<Resolved> {
        if let Some(request) = handle.and_then(|handle| int(handle, "request")) {
            return self.run_of_request(http, request);
        }
        for request in Self::requests_by_marker(http, start)? {
            let found = self.run_of_request(http, request)?;
            if !matches!(&found, Resolved::Run(run) if start.taken.contains(&run.id)) {
                return Ok(found);
            }
        }
        Ok(Resolved::Pending("no build carries its mark yet".to_owned()))
    }

    /// The window of Buildbot names a builder and a number in it.
    fn run_of_url(&self, http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        let parts: Vec<&str> = url.split(['/', '?', '#']).collect();
        let after = |word: &str| Some(*parts.get(parts.iter().position(|part| *part == word)? + 1)?);
        let (Some(builder), Some(number)) = (after("builders"), after("builds")) else { return Ok(None) };
        if number.parse::<u64>().is_err() {
            return Ok(None);
        }
        let request = Request::get(format!("api/v2/builders/{}/builds/{number}", super::path_part(builder)));
        let reply = http.send(&request.clone().fine(&[404]))?;
        if reply.is_gone() {
            return Ok(None);
        }
        let answer = reply.json(&request)?;
        let build = list(&answer, "builds", &request.path)?.first();
        let ids = build.and_then(|build| Some((int(build, "buildid")?, int(build, "builderid")?)));
        let Some((id, builder)) = ids else { return Ok(None) };
        let pipeline = Self::builders(http)?.remove(&builder).unwrap_or_default();
        Ok(Some(RunRef { pipeline, id: id.to_string(), attempt: 1, repo: None }))
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        if let Some(id) = unbuilt_of(run) {
            return self.cancel_queued(http, &json!({"request": id}));
        }
        let params = json!({"reason": "cancelled with Gemba"});
        Self::call(http, format!("api/v2/builds/{}", run.id), "stop", params).map(|_| ())
    }

    fn cancel_queued(&self, http: &dyn Http, handle: &Value) -> Answered<()> {
        let Some(request) = int(handle, "request") else {
            return Err(RemoteError::NotOffered("take this start out of its queue"));
        };
        let params = json!({"reason": "cancelled with Gemba"});
        Self::call(http, format!("api/v2/buildrequests/{request}"), "cancel", params).map(|_| ())
    }

    fn given(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<(String, String)>> {
        if unbuilt_of(run).is_some() {
            return Ok(Vec::new());
        }
        let request = Request::get(format!("api/v2/builds/{}/properties", run.id));
        let answer = http.json(&request)?;
        let properties = list(&answer, "properties", &request.path)?.iter().filter_map(Value::as_object).flatten();
        // A value stands beside where it came from.
        Ok(properties.filter_map(|(name, pair)| Some((name.clone(), as_text(pair.get(0)?)))).collect())
    }

    fn retry(&self, http: &dyn Http, run: &RunRef, _failed_only: bool) -> Answered<Option<Started>> {
        if unbuilt_of(run).is_some() {
            return Err(RemoteError::NotOffered("run again what has not run"));
        }
        let result = Self::call(http, format!("api/v2/builds/{}", run.id), "rebuild", json!({}))?;
        Self::request_of(&result).map(Some)
    }

    fn logs(&self, http: &dyn Http, run: &RunRef) -> Answered<Vec<LogRef>> {
        let mut logs = Vec::new();
        if unbuilt_of(run).is_some() {
            return Ok(logs);
        }
        for step in Self::steps(http, &run.id)? {
            let Some(id) = int(&step, "stepid") else { continue };
            let step_name = text(&step, &["name"]).unwrap_or_default();
            let status = System::Buildbot.status(&result_word(&step), None);
            let request = Request::get(format!("api/v2/steps/{id}/logs"));
            for log in list(&http.json(&request)?, "logs", &request.path)? {
                let Some(id) = int(log, "logid") else { continue };
                let name = match text(log, &["name"]) {
                    Some(name) if name != "stdio" => format!("{step_name} / {name}"),
                    _ => step_name.clone(),
                };
                logs.push(LogRef { id: id.to_string(), name, status });
            }
        }
        Ok(logs)
    }

    fn log(&self, http: &dyn Http, _run: &RunRef, log: &str, from: u64) -> Answered<LogChunk> {
        let request = Request::get(format!("api/v2/logs/{log}"));
        let answer = http.json(&request)?;
        let about = list(&answer, "logs", &request.path)?.first().cloned().unwrap_or_default();
        let is_over = is(&about, "complete");
        let lines = u64::try_from(int(&about, "num_lines").unwrap_or_default()).unwrap_or_default();
        if from >= lines {
            return Ok(LogChunk { text: String::new(), next: from, is_whole: is_over });
        }
        let request = Request::get(format!("api/v2/logs/{log}/contents"))
            .with("offset", from)
            .with("limit", LINES.min(lines - from));
        let answer = http.json(&request)?;
        let has_streams = text(&about, &["type"]).as_deref() == Some("s");
        let mut out = String::new();
        let mut next = from;
        for chunk in list(&answer, "logchunks", &request.path)? {
            let content = text(chunk, &["content"]).unwrap_or_default();
            for line in content.lines() {
                next += 1;
                let shown = match (has_streams, line.chars().next()) {
                    (true, Some('h')) => continue,
                    (true, Some(stream)) => &line[stream.len_utf8()..],
                    _ => line,
                };
                out.push_str(shown);
                out.push('\n');
            }
        }
        let next = next.max(from + 1);
        Ok(LogChunk { text: out, next, is_whole: is_over && next >= lines })
    }

    /// Steps that keep results have them in sets; sets of other things, such as complaints of a linter, are left out.
    fn tests(&self, http: &dyn Http, run: &RunRef) -> Answered<Option<TestReport>> {
        let request = Request::get(format!("api/v2/builds/{}/test_result_sets", run.id)).fine(&[404]);
        let reply = http.send(&request)?;
        if reply.is_gone() {
            return Ok(None);
        }
        let answer = reply.json(&request)?;
        let mut report = TestReport::default();
        for set in list(&answer, "test_result_sets", &request.path)? {
            let category = text(set, &["category"]).unwrap_or_default();
            if !matches!(category.as_str(), "pass_fail" | "pass_only" | "fail_only") {
                continue;
            }
            let failed = results::count(set, "tests_failed");
            report.passed += results::count(set, "tests_passed");
            report.failed += failed;
            if let Some(id) = text(set, &["test_result_setid"]).filter(|_| failed > 0) {
                Self::failures(http, &id, category == "pass_fail", &mut report)?;
            }
        }
        Ok(report.if_any())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, Time};
    use crate::remote::recorded::Recorded;

    const BUILDERS: &str = r#"{"builders":[{"builderid":2,"name":"deploy"}],"meta":{"total":1}}"#;

    fn buildbot() -> Buildbot {
        Buildbot::new(Place { name: "ci".to_owned(), base: "http://127.0.0.1:8010".to_owned(), ..Place::default() })
    }

    fn round(http: &Recorded, mark: Option<&Mark>) -> (Vec<Run>, Option<Mark>) {
        let (mut runs, mut last) = (Vec::new(), None);
        let mut keep = |brought: Brought| {
            runs.extend(
                brought.records.into_iter().filter_map(|r| if let Record::Run(run) = r { Some(run) } else { None }),
            );
            last = brought.mark.or(last.take());
            Ok(())
        };
        buildbot().sync(http, mark, &mut keep).unwrap();
        (runs, last)
    }

    #[test]
    fn builds_go_on_from_the_mark_and_open_ones_are_asked_again() {
        let builds = r#"{"builds":[
            {"buildid":7,"builderid":2,"number":3,"complete":true,"results":0,"started_at":1709546400,"complete_at":1709546460,
             "properties":{"branch":["main","Build"],"got_revision":["abc","Git"],"owner":["amara","Build"],"scheduler":["force-deploy","Scheduler"]}},
            {"buildid":8,"builderid":2,"number":4,"complete":false,"results":null,"started_at":1709546500,"complete_at":null,"properties":{}}]}"#;
        let waiting = r#"{"buildrequests":[{"buildrequestid":31,"builderid":2,"claimed":false,"complete":false,"submitted_at":1709546490}]}"#;
        let first = Recorded::new(&[
            ("api/v2/builders", BUILDERS),
            ("api/v2/builds", builds),
            ("api/v2/buildrequests", waiting),
        ]);
        let (runs, mark) = round(&first, None);
        assert_eq!((runs[0].pipeline.as_str(), runs[0].status, runs[0].number), ("deploy", Status::Succeeded, Some(3)));
        assert_eq!((runs[0].sha.as_deref(), runs[0].event.as_deref()), (Some("abc"), Some("manual")));
        assert_eq!(runs[0].finished_at, Some(Time(1_709_546_460_000_000)));
        let mark = mark.unwrap();
        assert_eq!(mark, json!({"after": 8, "open": [8], "waiting": [31]}));
        let queued = runs.last().unwrap();
        assert_eq!((queued.id.as_str(), queued.status), ("request-31", Status::Queued));
        assert_eq!(queued.queued_at, Some(Time(1_709_546_490_000_000)));
        let done = r#"{"builds":[{"buildid":8,"builderid":2,"number":4,"complete":true,"results":2,"started_at":1709546500,"complete_at":1709546510,"properties":{}}]}"#;
        let steps = r#"{"steps":[{"name":"compile","complete":true,"results":2,"started_at":1709546500,"complete_at":1709546510}]}"#;
        let second = Recorded::new(&[
            ("api/v2/builders", BUILDERS),
            ("api/v2/builds/8", done),
            ("api/v2/builds/8/steps", steps),
            ("api/v2/builds", r#"{"builds":[]}"#),
            ("api/v2/buildrequests", r#"{"buildrequests":[]}"#),
            (
                "api/v2/buildrequests/31",
                r#"{"buildrequests":[{"buildrequestid":31,"builderid":2,"claimed":true,"complete":true,"results":6,"complete_at":1709546500}]}"#,
            ),
            ("api/v2/buildrequests/31/builds", r#"{"builds":[]}"#),
        ]);
        let (runs, mark) = round(&second, Some(&mark));
        assert_eq!(runs[1].status, Status::Cancelled, "it never had a build");
        assert_eq!(runs[0].stages.as_ref().unwrap()[0].status, Status::Failed);
        assert_eq!(mark.unwrap(), json!({"after": 8, "open": [], "waiting": []}));
    }

    #[test]
    fn an_answer_of_another_shape_is_told() {
        for (answer, said) in [("{", "no JSON"), ("{}", "no list \"builders\""), ("[]", "no list \"builders\"")] {
            let error = buildbot().test(&Recorded::new(&[("api/v2/builders", answer)])).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn a_build_takes_the_place_of_its_request() {
        let build = r#"{"builds":[{"buildid":8,"builderid":2,"buildrequestid":31,"number":4,"complete":false,"started_at":1709546500,"properties":{}}]}"#;
        let http = Recorded::new(&[
            ("api/v2/builders", BUILDERS),
            ("api/v2/builds/8", build),
            ("api/v2/builds/8/steps", r#"{"steps":[]}"#),
            ("api/v2/buildrequests/31", r#"{"buildrequests":[{"buildrequestid":31,"builderid":2,"claimed":true}]}"#),
        ]);
        let look = buildbot().look(&http, &RunRef { id: "8".to_owned(), ..RunRef::default() }).unwrap();
        let Some(Record::Run(gone)) = look.brought.gone.first() else { panic!("the request stays beside it") };
        let Some(Record::Run(run)) = look.brought.records.first() else { panic!("a run") };
        assert_eq!((gone.id.as_str(), &gone.pipeline), ("request-31", &run.pipeline));
    }

    #[test]
    fn a_form_is_read_as_its_author_meant_it() {
        let scheduler = json!({"all_fields": [
            {"name": "regions", "fullName": "regions", "type": "list", "multiple": true, "choices": ["eu", "us"], "default": ["eu"]},
            {"name": "size", "fullName": "size", "type": "list", "strict": false, "choices": ["s", "m"], "default": "s"},
            {"name": "canary", "type": "nested", "label": "Options of the canary", "fields": [
                {"name": "percent", "fullName": "canary_percent", "type": "int", "label": "Percent:", "default": 5}]}]});
        let fields: Vec<Field> = fields_of(&scheduler).iter().filter_map(field_of).collect();
        let of = |name: &str| fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(of("regions").default.as_deref(), Some("eu"));
        assert_eq!((of("size").fault("xl"), of("size").help.as_deref()), (None, Some("such as s, m")));
        assert_eq!(of("canary_percent").label, "Options of the canary: Percent");
    }

    #[test]
    fn header_lines_of_a_log_are_left_out() {
        let http = Recorded::new(&[
            ("api/v2/logs/5", r#"{"logs":[{"logid":5,"complete":true,"num_lines":3,"type":"s"}]}"#),
            ("api/v2/logs/5/contents", r#"{"logchunks":[{"content":"h SECRET=1\no built\ne warned\n"}]}"#),
        ]);
        let chunk = buildbot().log(&http, &RunRef::default(), "5", 0).unwrap();
        assert_eq!((chunk.text.as_str(), chunk.next, chunk.is_whole), (" built\n warned\n", 3, true));
    }
}
