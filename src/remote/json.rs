//! Values out of answers.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
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

/// An answer that is a list.
pub fn array(answer: &Value, path: &str) -> Result<Vec<Value>, RemoteError> {
    answer
        .as_array()
        .cloned()
        .ok_or_else(|| RemoteError::Unread { path: path.to_owned(), why: "it is no list".to_owned() })
}

/// A value as a person writes it into a form.
pub fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn int(value: &Value, key: &str) -> Option<i64> {
    value.get(key).and_then(Value::as_i64)
}

pub fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// Seconds since 1970; none and 0 are unknown.
pub fn epoch(value: &Value, key: &str) -> Option<Time> {
    time_of(value.get(key).and_then(Value::as_f64)?)
}

fn time_of(seconds: f64) -> Option<Time> {
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

/// One value of a long list, borrowed from its answer. A list stands for its first value; what is no value is none, so
/// that one odd field does not cost the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar<'a> {
    #[default]
    None,
    Bool(bool),
    Number(f64),
    Int(i64),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    pub fn text(&self) -> Option<String> {
        let text = match self {
            Self::Text(text) => text.clone().into_owned(),
            Self::Int(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::None | Self::Bool(_) => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    pub fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }

    pub fn is(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Seconds since 1970; none and 0 are unknown.
    pub fn epoch(&self) -> Option<Time> {
        match self {
            Self::Int(seconds) => time_of(*seconds as f64),
            Self::Number(seconds) => time_of(*seconds),
            _ => None,
        }
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Scalar::Number(value as f64), Scalar::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Scalar::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let first = list.next_element()?.unwrap_or_default();
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::None)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_field_is_read_or_passed_over() {
        let read = |text: &'static str| serde_json::from_str::<Scalar<'_>>(text).unwrap();
        assert_eq!(read("\"main\"").text(), Some("main".to_owned()));
        assert_eq!(read("\"a\\u00e9\"").text(), Some("aé".to_owned()));
        assert_eq!(read("[\"main\", \"Build\"]").text(), Some("main".to_owned()));
        assert_eq!(read("[7, \"Build\"]").text(), Some("7".to_owned()));
        assert_eq!(read("12").int(), Some(12));
        assert!(read("true").is());
        assert_eq!(read("1700000000.5").epoch(), Some(Time(1_700_000_000_500_000)));
        for none in ["null", "[]", "{}", "{\"a\": [1]}", "\"\"", "false"] {
            assert_eq!(read(none).text(), None, "{none}");
        }
    }
}
