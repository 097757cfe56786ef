//! What is taken out of a webhook's answers and addresses.

use serde_json::Value;

use crate::model::Time;

/// A value out of an answer, by `$.a.b[0]` or `/a/b/0`.
pub(super) fn pick(answer: &Value, path: &str) -> Option<String> {
    let pointer = match path.strip_prefix('$') {
        Some(rest) => rest.replace(['.', '['], "/").replace(']', ""),
        None => path.to_owned(),
    };
    match answer.pointer(&pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// An address that a page can be opened at; one with a user or a password in it is none of ours.
pub(super) fn web_address(text: String) -> Option<String> {
    let url = url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    (url.username().is_empty() && url.password().is_none()).then_some(text)
}

pub(super) fn time_of(text: &str) -> Option<Time> {
    if let Ok(time) = Time::parse(text) {
        return Some(time);
    }
    // Up to the year 2286, in seconds or milliseconds.
    let number: f64 = text.parse().ok().filter(|n: &f64| *n > 0.0 && *n < 1e13)?;
    Some(Time((if number > 1e11 { number * 1e3 } else { number * 1e6 }) as i64))
}

/// The id of a run in an address that was made by a template.
pub(super) fn id_in(template: &str, target: &str) -> Option<String> {
    let template = template.trim_start_matches('/');
    let mut pattern = String::from("(?:^|/)");
    let mut rest = template;
    let mut has_id = false;
    while let Some((before, (inside, after))) =
        rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
    {
        pattern.push_str(&regex::escape(before));
        let is_id = !has_id && inside.split('|').next().is_some_and(|name| name.trim() == "run_id");
        pattern.push_str(if is_id { "(?<id>[^/?#&]+)" } else { "[^/?#&]*" });
        has_id |= is_id;
        rest = after;
    }
    pattern.push_str(&format!("{}$", regex::escape(rest)));
    let found = regex::Regex::new(&pattern).ok().filter(|_| has_id)?;
    let id = found.captures(target)?.name("id")?.as_str().to_owned();
    Some(percent_encoding::percent_decode_str(&id).decode_utf8_lossy().into_owned())
}
