//! A webhook of one's own making: how to start something, and how to see what became of it, as data.
//!
//! The settings name the request that starts (`trigger`) and, if wished, those that look (`status`) and stop
//! (`cancel`). A text may hold `{{name|filter}}`; the filter says where it stands, so that no value can break out of
//! its place, and without one the template is refused. A raw body takes `xml`, too. A secret input may stand in a header only. Values are taken out
//! of answers by a path such as `$.run.id` or a JSON Pointer. The request `announce` is sent for each deployment to
//! production that ended, with `title`, `text`, `service`, `environment`, `status`, `version` and `at` as values. There
//! is no list, so nothing is synced: runs are those that were started here. A run whose state is in no line of the map,
//! or never comes to an end, is given up after the `timeout` of the rule, else after a day.

mod answer;
mod check;
mod settings;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value, json};

use self::answer::{id_in, pick, pick_id, time_of, web_address};
use self::settings::{AuthKind, BodyKind, Rule, Settings, field_of};
use self::template::Where;
use super::request::without_bom;
use super::{
    Announcement, Answered, Body, Brought, Caps, Connector, Form, Http, Keep, Logs, Look, Looks, Mark, Method,
    PipelineRef, Place, RemoteError, Reply, Request, Resolved, Retry, RunIdHow, RunRef, Scheme, Start, Started, WhoAmI,
};
use crate::model::record::{Record, Run};
use crate::model::{Status, Time};

/// Nobody waits longer for a run whose end is not told.
const MOST_WAITED: Duration = Duration::from_secs(24 * 3600);

pub struct Webhook {
    place: Place,
    settings: Result<Settings, String>,
}

/// Settings to begin with.
pub const EXAMPLE: &str = r#"{
  "pipelines": ["deploy"],
  "takes_ref": true,
  "params": [{"name": "target", "options": ["staging", "production"], "required": true}],
  "trigger": {
    "path": "deploy",
    "body": "{\"ref\": {{ref|json}}, \"target\": {{target|json}}}",
    "run_id": "$.id"
  },
  "status": {
    "path": "runs/{{run_id|path}}",
    "state": "$.state",
    "map": {"running": ["running"], "succeeded": ["ok"], "failed": ["failed"]}
  }
}"#;

impl Webhook {
    pub fn new(place: Place) -> Self {
        let settings = if place.settings.is_null() { json!({}) } else { place.settings.clone() };
        let settings = serde_path_to_error::deserialize(settings);
        Self { place, settings: settings.map_err(|error| error.to_string()) }
    }

    fn settings(&self) -> Answered<&Settings> {
        self.settings.as_ref().map_err(|why| RemoteError::Setup(format!("the webhook's settings do not fit: {why}")))
    }

    fn trigger(&self) -> Answered<&Rule> {
        let trigger = self.settings()?.trigger.as_ref();
        trigger.ok_or_else(|| RemoteError::Setup("the webhook's settings name no trigger".to_owned()))
    }

    fn method(name: &str) -> Answered<Method> {
        [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete]
            .into_iter()
            .find(|method| method.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| RemoteError::Setup(format!("\"{name}\" is no method of HTTP that is spoken here")))
    }

    fn request(&self, rule: &Rule, values: &Map<String, Value>, http: &dyn Http) -> Answered<Request> {
        let text = self.fill(&rule.body, values, Where::Body(rule.body_kind))?;
        let body = match rule.body_kind {
            BodyKind::None => Body::None,
            BodyKind::Json if text.trim().is_empty() => Body::None,
            BodyKind::Raw => Body::Raw { kind: "text/plain".to_owned(), text: text.clone() },
            BodyKind::Form => Body::Raw { kind: "application/x-www-form-urlencoded".to_owned(), text: text.clone() },
            BodyKind::Json => {
                let value: Value = serde_json::from_str(&text)
                    .map_err(|error| RemoteError::Setup(format!("the body's template makes no JSON ({error})")))?;
                Body::Json(value)
            }
        };
        let path = self.fill(&rule.path, values, Where::Address)?;
        let mut request = Request::post(path, body.clone());
        request.method = Self::method(&rule.method)?;
        let sent = match &body {
            Body::Json(value) => value.to_string(),
            _ => text,
        };
        self.dress(request, &rule.headers, values, &sent, http)
    }

    /// Sends the one request of a rule.
    fn send(&self, http: &dyn Http, rule: &Rule, values: &Map<String, Value>) -> Answered<Reply> {
        let request = self.request(rule, values, http)?;
        // Where the address of the run is wanted, "see other" tells it.
        let see_other = rule.location && rule.ok.is_empty();
        let ok = if see_other { &[303][..] } else { &rule.ok };
        let request = Request { may_be_page: true, is_act: true, ..request.fine(ok) };
        let reply = http.send(&request)?;
        if rule.ok.is_empty() || rule.ok.contains(&reply.status) {
            return Ok(reply);
        }
        let body = reply.text().chars().take(300).collect();
        Err(RemoteError::Refused { host: self.place.base.clone(), path: request.path, status: reply.status, body })
    }

    fn dress(
        &self,
        mut request: Request,
        headers: &BTreeMap<String, String>,
        values: &Map<String, Value>,
        body: &str,
        http: &dyn Http,
    ) -> Answered<Request> {
        // An address may carry a query of its own.
        if let Some((path, query)) = request.path.clone().split_once('?') {
            request.query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            path.clone_into(&mut request.path);
        }
        for (name, template) in headers {
            request = request.header(name, self.fill(template, values, Where::Header)?);
        }
        match &self.settings()?.auth {
            AuthKind::Header { header } => request.secret_header = Some(header.clone()),
            AuthKind::Hmac { timestamp_header } => {
                if let Some(name) = timestamp_header {
                    request = request.header(name, (Time::now().0 / 1_000_000).to_string());
                }
                if let Some(signature) = http.signature(body.as_bytes()) {
                    request = request.header("x-hub-signature-256", format!("sha256={signature}"));
                }
            }
            AuthKind::Bearer | AuthKind::Basic | AuthKind::None => {}
        }
        Ok(request)
    }

    fn record(&self, run: &RunRef, status: Status, raw: Option<String>, answer: &Value) -> Run {
        let rule = self.settings.as_ref().ok().and_then(|settings| settings.status.as_ref());
        let at = |path: Option<&String>| path.and_then(|path| pick(answer, path)).and_then(|text| time_of(&text));
        let finished_at = at(rule.and_then(|rule| rule.finished.as_ref())).filter(|_| status.may_have_ended());
        let started_at = at(rule.and_then(|rule| rule.started.as_ref()));
        Run {
            connection: self.place.name.clone(),
            pipeline: run.pipeline.clone(),
            id: run.id.clone(),
            status,
            status_raw: raw,
            event: Some("manual".to_owned()),
            // Nothing ends before it begins.
            started_at: started_at.filter(|from| finished_at.is_none_or(|to| *from <= to)),
            finished_at,
            url: rule.and_then(|rule| web_address(pick(answer, rule.url.as_ref()?)?)),
            ..Run::default()
        }
    }
}

impl Connector for Webhook {
    fn caps(&self) -> Caps {
        let settings = self.settings.as_ref().ok();
        Caps {
            since: false,
            form: true,
            trigger: settings.is_none_or(|settings| settings.trigger.is_some()),
            preview: settings.is_none_or(|settings| settings.trigger.is_some()),
            run_id: RunIdHow::InTheAnswer,
            cancel: settings.is_some_and(|settings| settings.cancel.is_some()),
            retry: Retry::None,
            approve: false,
            logs: Logs::None,
            artifacts: false,
            tests: false,
        }
    }

    fn scheme(&self) -> Scheme {
        match self.settings.as_ref().map(|settings| &settings.auth) {
            Ok(AuthKind::Bearer) => Scheme::Bearer,
            Ok(AuthKind::Basic) => Scheme::Basic,
            _ => Scheme::OnDemand,
        }
    }

    /// Nothing is asked: a hook may do something for any request. The templates are tried with empty values.
    fn test(&self, http: &dyn Http) -> Answered<WhoAmI> {
        self.check()?;
        let (settings, start) = (self.settings()?, Start { pipeline: "x".to_owned(), ..Start::default() });
        let mut who = WhoAmI { server: "a webhook (nothing was asked)".to_owned(), ..WhoAmI::default() };
        if let Some(rule) = &settings.announce {
            self.request(rule, &self.values(&start), http)?;
            who.may.push("be told of deployments to production".to_owned());
        }
        if settings.trigger.is_some() || settings.announce.is_none() {
            self.request(self.trigger()?, &self.values(&start), http)?;
            who.may.push(format!("start {}", if settings.pipelines.is_empty() { "it" } else { "its pipelines" }));
            if settings.status.is_none() {
                who.missing.push("a status rule, so what becomes of a start is not known".to_owned());
            }
        }
        let needs_secret = !matches!(settings.auth, AuthKind::None);
        if needs_secret && !http.has_credential() {
            who.missing.push("a secret".to_owned());
        }
        Ok(who)
    }

    fn pipelines(&self, _http: &dyn Http) -> Answered<Vec<PipelineRef>> {
        let named = &self.settings()?.pipelines;
        let names = if named.is_empty() { vec![self.place.name.clone()] } else { named.clone() };
        Ok(names.into_iter().map(|name| PipelineRef { id: name.clone(), name }).collect())
    }

    fn sync(&self, _http: &dyn Http, _mark: Option<&Mark>, _keep: &mut Keep<'_>) -> Answered<()> {
        Ok(())
    }

    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look> {
        let Some(rule) = self.settings()?.status.clone() else {
            // It was sent, and that is all there is to know.
            let record = self.record(run, Status::Skipped, Some("sent; no status rule".to_owned()), &Value::Null);
            let brought = Brought { records: vec![Record::Run(record)], ..Brought::default() };
            return Ok(Look { brought, status: Status::Skipped, ..Look::default() });
        };
        let mut values = Map::new();
        values.insert("run_id".to_owned(), json!(run.id));
        values.insert("pipeline".to_owned(), json!(run.pipeline));
        let request = Request::get(self.fill(&rule.path, &values, Where::Address)?);
        let request = self.dress(request, &rule.headers, &values, "", http)?;
        let answer = http.json(&request)?;
        let raw = pick(&answer, &rule.state);
        let named = |words: &Vec<String>| {
            raw.as_ref().is_some_and(|raw| words.iter().any(|word| word.eq_ignore_ascii_case(raw)))
        };
        let status = rule.map.iter().find(|(_, words)| named(words)).map_or(Status::Unknown, |(status, _)| *status);
        let found = self.record(run, status, raw.clone(), &answer);
        let is_over = found.is_over();
        let wait_reason = (status == Status::Unknown)
            .then(|| format!("the word \"{}\" is in no line of the map", raw.unwrap_or_default()));
        Ok(Look {
            brought: Brought { records: vec![Record::Run(found)], ..Brought::default() },
            status,
            is_over,
            wait_reason,
            ..Look::default()
        })
    }

    fn form(&self, _http: &dyn Http, _pipeline: &str, _git_ref: Option<&str>) -> Answered<Form> {
        let settings = self.settings()?;
        let fields = settings.params.iter().map(field_of);
        Ok(Form { takes_ref: settings.takes_ref, git_ref: None, fields: fields.collect(), is_open: false })
    }

    fn preview(&self, http: &dyn Http, start: &Start) -> Answered<Option<Request>> {
        self.request(self.trigger()?, &self.values(start), http).map(Some)
    }

    fn start(&self, http: &dyn Http, start: &Start) -> Answered<Started> {
        let rule = self.trigger()?;
        let reply = self.send(http, rule, &self.values(start))?;
        let answer: Value = serde_json::from_slice(without_bom(&reply.body)).unwrap_or_default();
        let place = reply.header("location").filter(|_| rule.location).map(str::to_owned);
        let last = |place: &String| {
            let path = place.split(['?', '#']).next().unwrap_or_default();
            path.trim_end_matches('/').rsplit('/').next().map(str::to_owned).filter(|id| !id.is_empty())
        };
        let told =
            rule.run_id.as_ref().and_then(|path| pick_id(&answer, path)).or_else(|| place.as_ref().and_then(last));
        let id = match told {
            Some(id) => id,
            // Where no answer is to name a run, the start is its own name for it.
            None if rule.run_id.is_none() && !rule.location => start.intent.clone(),
            None => {
                let named = rule.run_id.as_deref().unwrap_or("the header Location");
                let why = format!("it names no run at {named}, so what was started is not known");
                let path = self.fill(&rule.path, &self.values(start), Where::Address)?;
                return Err(RemoteError::Unread { path, why });
            }
        };
        let run = RunRef { pipeline: start.pipeline.clone(), id, attempt: 1, repo: None };
        let url = rule.run_url.as_ref().and_then(|path| pick(&answer, path)).or(place).and_then(web_address);
        if url.is_none() {
            return Ok(Started::Run(run));
        }
        let seen = Run {
            connection: self.place.name.clone(),
            pipeline: run.pipeline.clone(),
            id: run.id.clone(),
            status: Status::Queued,
            event: Some("manual".to_owned()),
            url,
            ..Run::default()
        };
        Ok(Started::Seen(run, Box::new(Record::Run(seen))))
    }

    fn finds_lost(&self) -> bool {
        false
    }

    /// Behind the address of its status, or by its id alone.
    fn run_of_url(&self, _http: &dyn Http, url: &str) -> Answered<Option<RunRef>> {
        let id = match url::Url::parse(url) {
            Err(_) => Some(url.trim()).filter(|id| !id.is_empty() && !id.contains(['/', ' '])).map(str::to_owned),
            Ok(url) => {
                let path = url.path().trim_end_matches('/');
                let target = url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
                self.settings()?.status.as_ref().and_then(|rule| id_in(&rule.path, &target))
            }
        };
        Ok(id.map(|id| RunRef { id, attempt: 1, ..RunRef::default() }))
    }

    fn looks(&self) -> Looks {
        let rule = self.settings.as_ref().ok().and_then(|settings| settings.status.as_ref());
        Looks {
            every: rule.and_then(|rule| rule.every).unwrap_or_default(),
            at_most: Some(rule.and_then(|rule| rule.timeout).unwrap_or(MOST_WAITED)),
        }
    }

    fn hears_announcements(&self) -> bool {
        self.settings.as_ref().is_ok_and(|settings| settings.announce.is_some())
    }

    fn announce(&self, http: &dyn Http, announcement: &Announcement) -> Answered<()> {
        let Some(rule) = &self.settings()?.announce else {
            return Err(RemoteError::NotOffered("be told of deployments"));
        };
        let inputs = json!(announcement);
        let inputs = inputs.as_object().into_iter().flatten();
        let inputs = inputs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
        let start = Start { pipeline: self.place.name.clone(), inputs, ..Start::default() };
        self.send(http, rule, &self.values(&start)).map(|_| ())
    }

    fn resolve(&self, _http: &dyn Http, _start: &Start, _handle: Option<&Value>) -> Answered<Resolved> {
        Ok(Resolved::Pending("a webhook cannot be asked what it started".to_owned()))
    }

    fn cancel(&self, http: &dyn Http, run: &RunRef) -> Answered<()> {
        let Some(rule) = &self.settings()?.cancel else { return Err(RemoteError::NotOffered("cancel a run")) };
        let mut values = Map::new();
        values.insert("run_id".to_owned(), json!(run.id));
        values.insert("pipeline".to_owned(), json!(run.pipeline));
        let request = self.request(rule, &values, http)?;
        http.send(&Request { may_be_page: true, is_act: true, ..request }).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::recorded::Recorded;

    #[test]
    fn a_run_is_found_in_the_address_of_its_status() {
        let wh = hook(
            json!({"trigger": {"path": "go"}, "status": {"path": "runs/{{run_id}}?full=1", "state": "$.s", "map": {"succeeded": ["ok"]}}}),
        );
        let http = Recorded::new(&[]);
        let id = |url: &str| wh.run_of_url(&http, url).unwrap().map(|run| run.id);
        assert_eq!(id("http://127.0.0.1:9/api/runs/a%20b?full=1").as_deref(), Some("a b"));
        assert_eq!(id("r-17").as_deref(), Some("r-17"));
        assert_eq!((id("http://127.0.0.1:9/jobs/2"), id("http://127.0.0.1:9/runs/2/steps?full=1")), (None, None));
    }

    fn hook(settings: Value) -> Webhook {
        Webhook::new(Place {
            name: "hook".to_owned(),
            base: "https://ci.example/api".to_owned(),
            settings,
            ..Place::default()
        })
    }

    fn whole() -> Value {
        json!({
            "pipelines": ["deploy"], "takes_ref": true,
            "params": [{"name": "env", "type": "choice", "options": ["staging", "production"], "required": true},
                       {"name": "key", "secret": true}],
            "trigger": {"path": "/run/{{pipeline|path}}", "headers": {"X-Key": "{{key|header}}", "X-Req": "{{intent|header}}"},
                        "body": "{\"ref\":{{ref|json}},\"params\":{{params|json}},\"to\":{{env|json}}}", "run_id": "$.run.id", "ok": [201]},
            "status": {"path": "/run/{{run_id|path}}", "state": "$.state", "finished": "/t1",
                       "map": {"running": ["run"], "succeeded": ["ok"], "failed": ["ko"]}}
        })
    }

    fn start(pipeline: &str) -> Start {
        Start {
            pipeline: pipeline.to_owned(),
            git_ref: Some("main\"},{\"x\":\"".to_owned()),
            inputs: vec![("env".to_owned(), "staging".to_owned())],
            intent: "i-1".to_owned(),
            ..Start::default()
        }
    }

    #[test]
    fn values_cannot_break_out_of_their_places() {
        let http = Recorded::with([("/run/a%2Fb%3Fx", 201, &[][..], r#"{"run":{"id":17}}"#)]);
        let Started::Run(run) = hook(whole()).start(&http, &start("a/b?x")).unwrap() else { panic!("a run") };
        assert_eq!(run.id, "17");
        let asked = http.asked.lock().unwrap();
        let Body::Json(body) = &asked[0].body else { panic!("a body") };
        assert_eq!(body["ref"], json!("main\"},{\"x\":\""));
        let broken = Start { inputs: vec![("key".to_owned(), "a\r\nEvil: 1".to_owned())], ..start("p") };
        drop(asked);
        assert!(hook(whole()).start(&http, &broken).unwrap_err().to_string().contains("line break"));
        assert!(hook(whole()).start(&http, &start("..")).is_err());
    }

    #[test]
    fn settings_that_could_not_work_are_told_at_once() {
        let http = Recorded::new(&[]);
        hook(whole()).test(&http).unwrap();
        let example: Value = serde_json::from_str(EXAMPLE).unwrap();
        hook(example).test(&http).unwrap();
        for (at, value, said) in [
            ("/params/0/name", json!("ref"), "cannot be called ref"),
            ("/params/0/name", json!(""), "no name"),
            ("/params/1/name", json!("env"), "two parameters"),
            ("/params/0/type", json!("chioce"), "type \"chioce\""),
            ("/params/0/options", json!([]), "without options"),
            ("/params/0/default", json!("zz"), "must be one of"),
            ("/trigger/body", json!("{\"x\": {{tarlget|json}}}"), "names tarlget"),
            ("/trigger/run_id", json!("id"), "no place in an answer"),
            ("/trigger/ok", json!([999]), "999 is no status"),
            ("/trigger/headers", json!({"Bad Name": "x"}), "no name of a header"),
            ("/status/path", json!("/run/{{run_id}}"), "needs a filter"),
            ("/status/path", json!("/run/{{runid|path}}"), "names runid"),
            ("/status/map", json!({"running": ["ok"], "succeeded": ["OK"]}), "stands for two states"),
            ("/status/timeout", json!("0s"), "no time at all"),
            ("/cancel", json!({"path": "/stop/{{env|path}}"}), "names env"),
            ("/announce", json!({"path": "/tell", "body": "{\"t\": {{env|json}}}"}), "names env"),
            ("/auth", json!({"kind": "header", "header": "bad header"}), "no name of a header"),
            ("/trigger/headers", json!({"X-Rundeck-Auth-Token": "abc"}), "in the open"),
            ("/trigger/headers", json!({"X-Key": "abc"}), "in the open"),
            ("/trigger/path", json!("/start?token=abc"), "in the open"),
            ("/trigger/path", json!("/start?sig=abc"), "in the open"),
            ("/trigger/body", json!(r#"{"job": {"token": "abc"}}"#), "in the open"),
            ("/trigger/headers", json!({"Ocp-Apim-Subscription-Key": "abc"}), "in the open"),
            ("/trigger/path", json!("../../other"), "climbs out"),
            ("/trigger/path", json!("https://other.example/run"), "a whole address"),
            ("/status/path", json!("//other.example/{{run_id|path}}"), "a whole address"),
            ("/trigger/method", json!("FETCH"), "no method of HTTP"),
            ("/trigger/ok", json!("201"), "trigger.ok"),
        ] {
            let mut settings = whole();
            let (parent, key) = at.rsplit_once('/').unwrap();
            settings.pointer_mut(parent).unwrap()[key] = value;
            let error = hook(settings).test(&http).unwrap_err().to_string();
            assert!(error.contains(said), "{at}: {error}");
        }
        let mut variables = whole();
        variables["trigger"]["body"] = json!(r#"{"variables": [{"key": "TARGET", "value": {{env|json}}}]}"#);
        hook(variables).test(&http).unwrap();
        let mut nameless = whole();
        nameless["trigger"]["run_id"] = Value::Null;
        nameless["trigger"]["headers"] = json!({});
        let error = hook(nameless.clone()).test(&http).unwrap_err().to_string();
        assert!(error.contains("by its id"), "{error}");
        nameless["trigger"]["headers"] = json!({"X-Req": "{{intent|header}}"});
        hook(nameless).test(&http).unwrap();
        let long = format!("{}{{{{x}}}}", "y".repeat(2000));
        let mut settings = whole();
        settings["trigger"]["path"] = json!(long);
        assert!(hook(settings).test(&http).unwrap_err().to_string().len() < 300);
    }

    #[test]
    fn what_an_answer_says_is_taken_with_care() {
        assert_eq!(time_of("1e300"), None);
        assert!(time_of("1767261600").is_some() && time_of("1767261600000").is_some());
        assert_eq!(web_address("https://u:pw@ci.example/7".to_owned()), None);
        assert_eq!(web_address("javascript:x".to_owned()), None);
        assert!(web_address("https://ci.example/7".to_owned()).is_some());
    }

    #[test]
    fn the_id_of_a_run_is_a_word_or_a_whole_number() {
        let told = |answer: &str, place: Option<&str>| {
            let mut settings = whole();
            if place.is_some() {
                settings["trigger"]["run_id"] = Value::Null;
                settings["trigger"]["location"] = json!(true);
            }
            let headers: Vec<(&str, &str)> = place.iter().map(|place| ("location", *place)).collect();
            let http = Recorded::with([("/run/deploy", 201, headers.as_slice(), answer)]);
            match hook(settings).start(&http, &start("deploy")) {
                Ok(Started::Run(run) | Started::Seen(run, _)) => Some(run.id),
                _ => None,
            }
        };
        assert_eq!(told(r#"{"run":{"id":17}}"#, None).as_deref(), Some("17"));
        assert_eq!(told("\u{feff}{\"run\":{\"id\":\"a-1\"}}", None).as_deref(), Some("a-1"));
        let long = format!(r#"{{"run":{{"id":"{}"}}}}"#, "x".repeat(1000));
        for none in [r#"{"run":{"id":{"a":1}}}"#, r#"{"run":{"id":""}}"#, r#"{"run":{"id":1.5}}"#, &long] {
            assert_eq!(told(none, None), None, "{none:.80}");
        }
        assert_eq!(told("", Some("https://ci.example/runs/3?x=1#top")).as_deref(), Some("3"));
    }

    #[test]
    fn nothing_ends_before_it_begins() {
        let mut settings = whole();
        settings["status"]["started"] = json!("/t0");
        let run = RunRef { pipeline: "deploy".to_owned(), id: "17".to_owned(), ..RunRef::default() };
        let answer = r#"{"state":"OK","t0":1767265200,"t1":1767261600}"#;
        let look = hook(settings).look(&Recorded::new(&[("/run/17", answer)]), &run).unwrap();
        let [Record::Run(run)] = look.brought.records.as_slice() else { panic!("a run") };
        assert!(run.finished_at.is_some() && run.started_at.is_none());
    }

    #[test]
    fn a_template_that_could_leak_or_break_is_refused() {
        let http = Recorded::new(&[]);
        for (key, template, said) in [
            ("path", "/run/{{pipeline}}", "needs a filter"),
            ("path", "/run/{{pipeline|shout}}", "no filter"),
            ("path", "/run/{{key|path}}", "header only"),
            ("body", "{\"k\":{{key|json}}}", "header only"),
            ("body", "{{pipeline|json", "not closed"),
            ("body", "{\"k\":", "no JSON"),
        ] {
            let mut settings = whole();
            settings["trigger"][key] = json!(template);
            let error = hook(settings).test(&http).unwrap_err().to_string();
            assert!(error.contains(said), "{template}: {error}");
        }
        assert!(hook(json!({"tigger": {}})).test(&http).unwrap_err().to_string().contains("unknown field"));
    }

    #[test]
    fn the_settings_to_begin_with_fit() {
        let settings = serde_json::from_str(EXAMPLE).unwrap();
        hook(settings).test(&Recorded::new(&[])).unwrap();
    }

    #[test]
    fn the_map_says_what_a_state_means() {
        let run = RunRef { pipeline: "deploy".to_owned(), id: "17".to_owned(), ..RunRef::default() };
        for (answer, status) in [
            (r#"{"state":"OK","t1":1767261600}"#, Status::Succeeded),
            (r#"{"state":"run"}"#, Status::Running),
            (r#"{"state":"odd"}"#, Status::Unknown),
        ] {
            let look = hook(whole()).look(&Recorded::new(&[("/run/17", answer)]), &run).unwrap();
            assert_eq!(look.status, status, "{answer}");
        }
    }

    #[test]
    fn an_answer_without_its_run_is_doubt_and_one_with_an_address_is_shown() {
        let told = |answer: &str, headers: &[(&str, &str)], change: &dyn Fn(&mut Value)| {
            let mut settings = whole();
            change(&mut settings["trigger"]);
            hook(settings).start(&Recorded::with([("/run/deploy", 201, headers, answer)]), &start("deploy"))
        };
        let nameless = told("{}", &[], &|_| {}).unwrap_err();
        assert!(nameless.is_ambiguous() && nameless.to_string().contains("$.run.id"), "{nameless}");
        let by_intent = told("{}", &[], &|rule| rule["run_id"] = Value::Null).unwrap();
        assert!(matches!(by_intent, Started::Run(run) if run.id == "i-1"));
        let shown = told(r#"{"run":{"id":17,"url":"https://ci.example/17"}}"#, &[], &|rule| {
            rule["run_url"] = json!("$.run.url");
        });
        let Started::Seen(run, record) = shown.unwrap() else { panic!("an address") };
        let Record::Run(record) = *record else { panic!("a run") };
        assert_eq!((run.id.as_str(), record.url.as_deref()), ("17", Some("https://ci.example/17")));
        let placed = told("", &[("location", "https://ci.example/runs/18")], &|rule| {
            rule["run_id"] = Value::Null;
            rule["location"] = json!(true);
        });
        assert!(matches!(placed.unwrap(), Started::Seen(run, _) if run.id == "18"));
    }

    #[test]
    fn a_rule_says_how_often_and_how_long_to_look() {
        let mut settings = whole();
        assert_eq!(hook(settings.clone()).looks(), Looks { every: Duration::ZERO, at_most: Some(MOST_WAITED) });
        settings["status"]["every"] = json!("10s");
        settings["status"]["timeout"] = json!("2h");
        let looks = Looks { every: Duration::from_secs(10), at_most: Some(Duration::from_secs(7200)) };
        assert_eq!(hook(settings.clone()).looks(), looks);
        settings["status"]["every"] = json!("soon");
        let error = hook(settings).test(&Recorded::new(&[])).unwrap_err().to_string();
        assert!(error.contains("soon") && error.contains("10s, 5m or 2h"), "{error}");
    }

    #[test]
    fn a_value_stays_in_the_place_of_its_filter() {
        let start = Start {
            inputs: vec![
                ("env".to_owned(), "../../admin/delete?all=1".to_owned()),
                ("key".to_owned(), "canary-secret".to_owned()),
                ("count".to_owned(), "3".to_owned()),
                ("dry".to_owned(), "false".to_owned()),
            ],
            ..start("deploy")
        };
        let built = |trigger: Value| {
            let mut settings = whole();
            settings["params"] = json!([{"name": "env"}, {"name": "key", "secret": true},
                {"name": "count", "type": "int"}, {"name": "dry", "type": "bool"}]);
            settings["trigger"] = trigger;
            let hook = hook(settings);
            let recorded = Recorded::new(&[]);
            hook.request(hook.trigger().unwrap(), &hook.values(&start), &recorded)
        };
        for (path, body) in [
            ("/run/{{env|header}}", "{}"),
            ("/run/{{env|json}}", "{}"),
            ("/run", "{\"to\":\"{{env|path}}\"}"),
            ("/run", "{\"to\":\"{{env|header}}\"}"),
        ] {
            let refused = built(json!({"path": path, "body": body})).unwrap_err().to_string();
            assert!(refused.contains("is not for"), "{path} {body}: {refused}");
        }
        let request = built(json!({"path": "/run/{{env|path}}", "body": "{\"all\":{{params|json}}}"})).unwrap();
        assert_eq!(request.path, "/run/..%2F..%2Fadmin%2Fdelete%3Fall%3D1");
        let Body::Json(sent) = request.body else { panic!("{:?}", request.body) };
        assert_eq!(
            sent["all"],
            json!({"env": "../../admin/delete?all=1", "count": 3, "dry": false}),
            "no secret in it"
        );
    }

    #[test]
    fn a_body_may_be_empty_or_xml_and_settings_that_would_fail_later_are_told() {
        let start = Start { inputs: vec![("env".to_owned(), "a&b<\u{1}\"".to_owned())], ..start("deploy") };
        let hook_of = |trigger: Value, status: Value| {
            let mut settings = whole();
            settings["params"] = json!([{"name": "env"}]);
            (settings["trigger"], settings["cancel"]) = (trigger, Value::Null);
            settings["status"] = status;
            hook(settings)
        };
        let body_of = |trigger: Value| {
            let hook = hook_of(trigger, Value::Null);
            hook.check().unwrap();
            hook.request(hook.trigger().unwrap(), &hook.values(&start), &Recorded::new(&[])).unwrap().body
        };
        assert_eq!(body_of(json!({"path": "go"})), Body::None);
        let xml = body_of(json!({"path": "go", "body_kind": "raw", "body": "<t a=\"{{env|xml}}\"/>"}));
        let Body::Raw { text, .. } = xml else { panic!("{xml:?}") };
        assert_eq!(text, "<t a=\"a&amp;b&lt; &quot;\"/>");
        for (trigger, status, said) in [
            (json!({"path": "go", "run_id": "$..["}), Value::Null, "no place in an answer"),
            (json!({"path": "go", "headers": {"Content-Length": "3"}}), Value::Null, "leave it out"),
            (json!({"path": "go", "headers": {"Authorization": "Bearer x"}}), Value::Null, "in the open"),
            (json!({"path": "go"}), json!({"path": "s", "state": "$.s", "map": {}}), "nothing would ever end"),
        ] {
            let why = hook_of(trigger, status).check().unwrap_err().to_string();
            assert!(why.contains(said) && !why.contains("Bearer"), "{said}: {why}");
        }
    }
}
