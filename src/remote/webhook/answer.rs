//! What is taken out of a webhook's answers and addresses.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::model::Time;

/// A value out of an answer, by a JSONPath such as `$.a.b[0]`, whose first find counts, or a JSON Pointer such as `/a/b/0`.
pub(super) fn pick(answer: &Value, path: &str) -> Option<String> {
    let found = find(answer, path)?;
    match found {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn find<'a>(answer: &'a Value, path: &str) -> Option<&'a Value> {
    match JsonPath::parse(path) {
        Ok(path) => path.query(answer).first(),
        Err(_) => answer.pointer(&pointer_of(path)),
    }
}

/// A value that can be the id of a run: a word or a whole number, and no longer than a name.
pub(super) fn pick_id(answer: &Value, path: &str) -> Option<String> {
    const LONGEST: usize = 300;
    let found = find(answer, path)?;
    let id = match found {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) if !number.is_f64() => number.to_string(),
        _ => return None,
    };
    (!id.is_empty() && id.len() <= LONGEST).then_some(id)
}

/// `$.run-id` is no JSONPath in its letter, and clear enough.
fn pointer_of(path: &str) -> String {
    match path.strip_prefix('$') {
        Some(rest) => rest.replace(['.', '['], "/").replace(']', ""),
        None => path.to_owned(),
    }
}

/// What is wrong with a path, where nothing could be found by it.
pub(super) fn path_fault(path: &str) -> Option<String> {
    let is_plain = path.split(['.', '[']).skip(1).all(|part| {
        let name = part.trim_end_matches(']');
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_-".contains(letter))
    });
    match JsonPath::parse(path) {
        Ok(_) => None,
        Err(_) if path.starts_with('/') || (path.starts_with('$') && is_plain) => None,
        Err(why) if path.starts_with('$') => Some(why.to_string()),
        Err(_) => Some("write it like $.run.id or /run/id".to_owned()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_found_by_a_jsonpath_a_pointer_or_plain_dots() {
        let answer = json!({"run": {"id": 7, "run-id": "r7"}, "all": [{"s": "old", "n": 1}, {"s": "new", "n": 2}]});
        for (path, found) in [
            ("$.run.id", Some("7")),
            ("$[\"run\"][\"id\"]", Some("7")),
            ("$.run.run-id", Some("r7")),
            ("$.all[1].s", Some("new")),
            ("$.all[?@.n == 2].s", Some("new")),
            ("$..n", Some("1")),
            ("/all/0/s", Some("old")),
            ("$.none", None),
        ] {
            assert_eq!((pick(&answer, path).as_deref(), path_fault(path)), (found, None), "{path}");
        }
        assert!(path_fault("$.a[").is_some() && path_fault("run.id").is_some());
    }
}
