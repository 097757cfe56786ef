//! The published schema and the reader, held together: the same types, the same keys, the same required ones.

#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "a test that cannot go on should stop there")]

use gemba::import::interchange::parse_line;
use serde_json::{Map, Value, json};

fn schema() -> Vec<Value> {
    let schema: Value = serde_json::from_str(include_str!("../assets/interchange.schema.json")).unwrap();
    schema["oneOf"].as_array().unwrap().clone()
}

/// A value that a property's schema allows.
fn example(schema: &Value) -> Value {
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words[0].clone();
    }
    match (schema["type"].as_str().unwrap(), schema["format"].as_str()) {
        ("string", Some("date-time")) => json!("2024-03-04T09:00:00Z"),
        ("string", Some("date")) => json!("2024-03-04"),
        ("string", _) => json!("x"),
        ("integer", _) => json!(1),
        ("number", _) => json!(0.5),
        ("boolean", _) => json!(true),
        ("array", _) => json!([example(&schema["items"])]),
        _ => Value::Object(
            schema["properties"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(key, value)| (key.clone(), example(value)))
                .collect(),
        ),
    }
}

#[test]
fn every_key_of_the_schema_is_read_and_written() {
    let types = schema();
    assert_eq!(types.len(), 20);
    for kind in types {
        let mut record: Map<String, Value> =
            kind["properties"].as_object().unwrap().iter().map(|(key, value)| (key.clone(), example(value))).collect();
        // A deployment cannot undo itself.
        record.entry("rollback_of").and_modify(|id| *id = json!("another"));
        // An item neither belongs to itself nor waits for itself.
        record.entry("parent").and_modify(|id| *id = json!("another"));
        record.entry("depends_on").and_modify(|ids| *ids = json!(["another"]));
        let line = Value::Object(record.clone()).to_string();
        let mut unknown = Vec::new();
        let mut read = parse_line(&line, &mut unknown).unwrap_or_else(|bad| panic!("{line}: {}", bad.reason));
        assert!(unknown.is_empty(), "{unknown:?} are in the schema but not read");
        read.normalise().unwrap();
        let written = serde_json::to_value(&read).unwrap();
        for key in record.keys() {
            // Short forms and defaults are folded into what they stand for.
            let is_folded = matches!(key.as_str(), "caused_by" | "cause_state") || (key == "attempt");
            assert!(is_folded || written.get(key).is_some(), "{}.{key} is read but not written", kind["title"]);
        }
        for key in written.as_object().unwrap().keys() {
            assert!(record.contains_key(key), "{}.{key} is written but not in the schema", kind["title"]);
        }
    }
}

#[test]
fn required_keys_are_required() {
    for kind in schema() {
        let properties = kind["properties"].as_object().unwrap();
        for required in kind["required"].as_array().unwrap() {
            let required = required.as_str().unwrap();
            let record: Map<String, Value> = properties
                .iter()
                .filter(|(key, _)| *key != required)
                .map(|(key, value)| (key.clone(), example(value)))
                .collect();
            let read = parse_line(&Value::Object(record).to_string(), &mut Vec::new());
            assert!(read.is_err(), "{} without {required} is read", kind["title"]);
        }
    }
}
