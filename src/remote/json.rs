//! Values out of answers.

use serde_json::Value;

use super::RemoteError;
use crate::model::Time;

pub fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, key| value.get(key))?;
    let text = match found {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

pub fn int(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

pub fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Seconds since 1970; none and 0 are unknown.
pub fn epoch(value: &Value, key: &str) -> Option<Time> {
    let seconds = value.get(key).and_then(Value::as_f64)?;
    (seconds > 0.0 && seconds < 1e11).then_some(Time((seconds * 1e6) as i64))
}

pub fn time(value: &Value, key: &str) -> Option<Time> {
    // Go's zero time stands for none.
    Time::parse(value.get(key)?.as_str()?).ok().filter(|at| at.0 > 0)
}

pub fn list<'a>(value: &'a Value, key: &str, path: &str) -> Result<&'a Vec<Value>, RemoteError> {
    value
        .get(key)
        .and_then(Value::as_array)
        .ok_or_else(|| RemoteError::Unread { path: path.to_owned(), why: format!("it has no list \"{key}\"") })
}
