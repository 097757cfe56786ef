//! What the settings of a webhook must hold, told when it is connected rather than when it is needed.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Webhook;
use super::answer::path_fault;
use super::settings::{AuthKind, BodyKind, Rule, Settings, StatusRule, field_of};
use super::template::Where;
use crate::remote::{Answered, FieldKind, RemoteError, names_a_secret};

/// What templates may name beside the parameters.
pub const OF_A_START: [&str; 4] = ["params", "pipeline", "ref", "intent"];
const OF_A_RUN: [&str; 2] = ["run_id", "pipeline"];
const OF_AN_ANNOUNCEMENT: [&str; 8] =
    ["title", "text", "service", "environment", "status", "version", "at", "pipeline"];
const TYPES: [&str; 9] = ["text", "lines", "choice", "environment", "bool", "boolean", "int", "integer", "number"];

fn fault<T>(why: impl Into<String>) -> Answered<T> {
    Err(RemoteError::Setup(format!("the webhook's settings do not fit: {}", why.into())))
}

impl Webhook {
    pub(super) fn check(&self) -> Answered<()> {
        let settings = self.settings()?;
        self.check_params(settings)?;
        let params = || settings.params.iter().map(|param| param.name.as_str());
        for (rule, names) in [
            (&settings.trigger, OF_A_START.into_iter().chain(params()).collect()),
            (&settings.cancel, OF_A_RUN.to_vec()),
            (&settings.announce, OF_AN_ANNOUNCEMENT.to_vec()),
        ] {
            if let Some(rule) = rule {
                self.check_rule(rule, &names)?;
            }
        }
        self.check_status(settings)?;
        match &settings.auth {
            AuthKind::Header { header } => check_header(header),
            AuthKind::Hmac { timestamp_header: Some(header) } => check_header(header),
            _ => Ok(()),
        }
    }

    fn check_params(&self, settings: &Settings) -> Answered<()> {
        let mut seen = BTreeSet::new();
        for param in &settings.params {
            let name = param.name.as_str();
            if name.trim().is_empty() {
                return fault("a parameter has no name");
            }
            if OF_A_START.contains(&name) {
                return fault(format!("a parameter cannot be called {name}: that stands for something already"));
            }
            if !seen.insert(name) {
                return fault(format!("two parameters are called {name}"));
            }
            if let Some(kind) = param.kind.as_deref().filter(|kind| !TYPES.contains(kind)) {
                return fault(format!("{name} has the type \"{kind}\": use {}", TYPES.join(", ")));
            }
            let field = field_of(param);
            if matches!(&field.kind, FieldKind::Choice(options) if options.is_empty()) {
                return fault(format!("{name} is a choice without options"));
            }
            if let Some(wrong) = field.default.as_deref().and_then(|default| field.fault(default)) {
                return fault(format!("the default does not fit: {wrong}"));
            }
        }
        Ok(())
    }

    fn check_status(&self, settings: &Settings) -> Answered<()> {
        let Some(rule) = &settings.status else { return Ok(()) };
        check_place(&rule.path)?;
        self.check_text(&rule.path, &OF_A_RUN, Where::Address)?;
        if let Some(trigger) = &settings.trigger {
            check_run_is_known(trigger, rule)?;
        }
        for (name, template) in &rule.headers {
            check_header(name)?;
            check_open_secret(name, template)?;
            self.check_text(template, &OF_A_RUN, Where::Header)?;
        }
        if rule.map.values().all(Vec::is_empty) {
            return fault("the status rule maps no word to a state: nothing would ever end");
        }
        for path in [Some(&rule.state), rule.started.as_ref(), rule.finished.as_ref(), rule.url.as_ref()] {
            path.map_or(Ok(()), |path| check_path(path))?;
        }
        let mut seen = BTreeSet::new();
        for word in rule.map.values().flatten().map(|word| word.to_lowercase()) {
            if seen.contains(&word) {
                return fault(format!("the word \"{word}\" stands for two states"));
            }
            seen.insert(word);
        }
        if rule.timeout.is_some_and(|timeout| timeout.is_zero()) {
            return fault("the timeout leaves no time at all");
        }
        Ok(())
    }

    fn check_rule(&self, rule: &Rule, names: &[&str]) -> Answered<()> {
        check_place(&rule.path)?;
        Self::method(&rule.method)?;
        self.check_text(&rule.path, names, Where::Address)?;
        self.check_text(&rule.body, names, Where::Body(rule.body_kind))?;
        self.check_open_body(rule, names)?;
        for (name, template) in &rule.headers {
            check_header(name)?;
            check_open_secret(name, template)?;
            self.check_text(template, names, Where::Header)?;
        }
        for path in [&rule.run_id, &rule.run_url].into_iter().flatten() {
            check_path(path)?;
        }
        if let Some(status) = rule.ok.iter().find(|status| !(100..600).contains(*status)) {
            return fault(format!("{status} is no status of HTTP"));
        }
        Ok(())
    }

    /// What stays the same whatever is filled in stands in the workspace: a secret may not.
    fn check_open_body(&self, rule: &Rule, names: &[&str]) -> Answered<()> {
        let filled = |with: &str| {
            let values: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!(with))).collect();
            self.fill(&rule.body, &values, Where::Body(rule.body_kind))
        };
        let (one, other) = (filled("x")?, filled("y")?);
        let found = match rule.body_kind {
            BodyKind::Json => {
                let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
                open_secret_in(&read(&one), &read(&other))
            }
            BodyKind::Form => {
                let pairs = |text: &str| url::form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>();
                let same = pairs(&one).into_iter().zip(pairs(&other)).filter(|(one, other)| one == other);
                let mut named = same.map(|(pair, _)| pair);
                named.find(|(name, value)| names_a_secret(name) && !value.is_empty()).map(|(name, _)| name)
            }
            BodyKind::Raw | BodyKind::None => None,
        };
        let Some(name) = found else { return Ok(()) };
        let how = "give it as the connection's secret, which goes in a header";
        fault(format!("the body would keep the secret {name} in the open: {how}"))
    }

    /// A template with something in each of its places, and names that are there.
    fn check_text(&self, template: &str, names: &[&str], place: Where) -> Answered<()> {
        let values: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
        self.fill(template, &values, place)?;
        for name in named_in(template) {
            if !names.contains(&name) {
                return fault(format!("a template names {name}, which is none of: {}", names.join(", ")));
            }
        }
        Ok(())
    }
}

/// Requests go to the connection's own address, which its secret is for.
fn check_place(path: &str) -> Answered<()> {
    check_open_query(path)?;
    if path.split(['/', '?']).any(|part| part == "..") {
        return fault(format!("\"{path}\" climbs out of the connection's address"));
    }
    let is_whole = path.contains("://") && url::Url::parse(path).is_ok();
    if is_whole || path.starts_with("//") {
        return fault(format!("\"{path}\" is a whole address: write the path below the connection's own"));
    }
    Ok(())
}

/// The names in a template.
fn named_in(template: &str) -> impl Iterator<Item = &str> {
    template.split("{{").skip(1).map(|part| part.split(['|', '}']).next().unwrap_or_default().trim())
}

/// A status that is asked for by the run's id needs a start that tells it, or one that hands our own over.
fn check_run_is_known(trigger: &Rule, status: &StatusRule) -> Answered<()> {
    let asks = [&status.path]
        .into_iter()
        .chain(status.headers.values())
        .any(|text| named_in(text).any(|name| name == "run_id"));
    let tells = trigger.run_id.is_some() || trigger.location;
    let mut sent = [&trigger.path, &trigger.body].into_iter().chain(trigger.headers.values());
    let hands_over = sent.any(|text| named_in(text).any(|name| name == "intent"));
    if asks && !tells && !hands_over {
        return fault(
            "the status rule asks for the run by its id, and the trigger does not say where the answer holds that: \
             give it \"run_id\" or \"location\", or send {{intent}} along",
        );
    }
    Ok(())
}

/// Headers that hold secrets without saying so in a name that ends with it.
const OF_SECRETS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// What stands in the settings stands in the workspace: a secret may not.
fn check_open_secret(name: &str, template: &str) -> Answered<()> {
    let is_secret = OF_SECRETS.contains(&name.to_lowercase().as_str()) || names_a_secret(name) || is_key(name);
    if !is_secret || template.is_empty() || template.contains("{{") {
        return Ok(());
    }
    let how = "give it as the connection's secret; \"auth\" says in which header it goes";
    fault(format!("the header {name} would keep a secret in the open: {how}"))
}

/// `X-Key`, `sig` and the like; an `idempotency-key` is none of those.
fn is_key(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_word =
        matches!(name.as_str(), "sig" | "signature" | "code" | "pass" | "auth" | "jwt" | "x-auth" | "x-access");
    let ends = ["-key", "_key", "-jwt", "-signature"].iter().any(|end| name.ends_with(end));
    is_word || (ends && !name.starts_with("idempotency"))
}

/// The same of what an address asks.
fn check_open_query(path: &str) -> Answered<()> {
    let Some((_, query)) = path.split_once('?') else { return Ok(()) };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if (names_a_secret(&name) || is_key(&name)) && !value.is_empty() && !value.contains("{{") {
            let how = "give it as the connection's secret, which goes in a header";
            return fault(format!("the address would keep the secret {name} in the open: {how}"));
        }
    }
    Ok(())
}

/// The name of a secret that stands in both.
fn open_secret_in(one: &Value, other: &Value) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.iter().zip(other.values()).find_map(|((name, one), other)| {
                let is_text = one == other && one.as_str().is_some_and(|text| !text.is_empty());
                // A "key" beside its "value" names a variable.
                if is_text && name != "key" && names_a_secret(name) {
                    Some(name.clone())
                } else {
                    open_secret_in(one, other)
                }
            })
        }
        (Value::Array(one), Value::Array(other)) => {
            one.iter().zip(other).find_map(|(one, other)| open_secret_in(one, other))
        }
        _ => None,
    }
}

/// Headers that the client sets from what it sends.
const OF_THE_CLIENT: [&str; 4] = ["content-length", "transfer-encoding", "host", "connection"];

fn check_header(name: &str) -> Answered<()> {
    if OF_THE_CLIENT.contains(&name.to_lowercase().as_str()) {
        return fault(format!("the header {name} follows from what is sent: leave it out"));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if !name.is_empty() && name.bytes().all(fits) {
        return Ok(());
    }
    fault(format!("\"{name}\" is no name of a header"))
}

fn check_path(path: &str) -> Answered<()> {
    match path_fault(path) {
        None => Ok(()),
        Some(why) => fault(format!("\"{path}\" is no place in an answer: {why}")),
    }
}
