//! Gemba JSON Lines, version 1.

use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Emit, ImportError, Item, Options, Stopped};
use crate::model::record::{FILE_CONNECTION, Record};
use crate::model::with_assumed_zone;

/// The longest line, in bytes.
pub const MAX_LINE: usize = 1024 * 1024;

/// Types of the format whose room is not built yet.
const NOT_YET: [&str; 5] = ["test_case", "check", "assessment", "goal", "experiment"];

/// Why a line is not a record.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine {
    pub column: Option<u64>,
    pub reason: String,
}

/// Reads a file line by line.
pub fn read(path: &Path, options: &Options, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let io = |error| ImportError::Io { error, path: path.to_owned() };
    let file = std::fs::File::open(path).map_err(io)?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let (mut line, mut number, mut done) = (Vec::new(), 0, 0);
    loop {
        line.clear();
        let read = read_line(&mut reader, &mut line).map_err(io)?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        done += read;
        emit.done(done);
        if number == 1 && line.starts_with(&[0xEF, 0xBB, 0xBF]) {
            line.drain(..3);
        }
        read_one(&line, number, options, emit)?;
    }
}

/// Reads to the end of the line but keeps at most one byte more than a line may have.
fn read_line(reader: &mut impl std::io::BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    let mut read = 0;
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            return Ok(read);
        }
        let (taken, ended) = match available.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (available.len(), false),
        };
        let room = (MAX_LINE + 1).saturating_sub(line.len());
        let text = if ended { &available[..taken - 1] } else { &available[..taken] };
        line.extend_from_slice(&text[..text.len().min(room)]);
        reader.consume(taken);
        read += taken as u64;
        if ended {
            return Ok(read);
        }
    }
}

fn read_one(line: &[u8], number: u64, options: &Options, emit: &mut Emit<'_>) -> Result<(), Stopped> {
    if line.len() > MAX_LINE {
        return emit.refuse(number, None, "the line is longer than 1 MiB: split the record");
    }
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            let column = error.valid_up_to() as u64 + 1;
            return emit.refuse(
                number,
                Some(column),
                "not UTF-8: convert the file, for instance with `iconv -t utf-8`",
            );
        }
    };
    if text.trim().is_empty() {
        return Ok(());
    }
    let mut unknown = Vec::new();
    let (parsed, assumed) = with_assumed_zone(options.zone.as_ref(), || parse_line(text, &mut unknown));
    for key in unknown {
        emit.item(Item::UnknownKey(key, 1))?;
    }
    match parsed {
        Ok(mut record) => {
            if assumed {
                record.assume_zone();
                emit.item(Item::ZoneAssumed)?;
            }
            if let Some(connection) = &options.connection {
                set_default_connection(&mut record, connection);
            }
            emit.record(number, record)
        }
        Err(bad) => emit.refuse(number, bad.column, bad.reason),
    }
}

/// Reads one record; names of keys that its type does not have are added to `unknown`.
pub fn parse_line(text: &str, unknown: &mut Vec<String>) -> Result<Record, BadLine> {
    let kind = type_of(text)?;
    let mut read = Reader { text, kind: &kind, unknown };
    Ok(match kind.as_str() {
        "header" => Record::Header(read.as_type()?),
        "team" => Record::Team(read.as_type()?),
        "calendar_day" => Record::CalendarDay(read.as_type()?),
        "service" => Record::Service(read.as_type()?),
        "environment" => Record::Environment(read.as_type()?),
        "deployment_rule" => Record::DeploymentRule(read.as_type()?),
        "commit" => Record::Commit(read.as_type()?),
        "change" => Record::Change(read.as_type()?),
        "run" => Record::Run(read.as_type()?),
        "deployment" => Record::Deployment(read.as_type()?),
        "incident" => Record::Incident(read.as_type()?),
        "incident_event" => Record::IncidentEvent(read.as_type()?),
        "person" => Record::Person(read.as_type()?),
        "absence" => Record::Absence(read.as_type()?),
        "ops_need" => Record::OpsNeed(read.as_type()?),
        "ops_review" => Record::OpsReview(read.as_type()?),
        "item" => Record::Item(read.as_type()?),
        "sprint" => Record::Sprint(read.as_type()?),
        "sprint_event" => Record::SprintEvent(read.as_type()?),
        "item_event" => Record::ItemEvent(read.as_type()?),
        other if NOT_YET.contains(&other) => {
            return Err(BadLine {
                column: None,
                reason: format!("records of type \"{other}\" have no place in this version of Gemba yet"),
            });
        }
        other => return Err(BadLine { column: None, reason: format!("there is no record type \"{other}\"") }),
    })
}

/// The value of the key `type`, which comes first in a file that Gemba wrote.
fn type_of(text: &str) -> Result<String, BadLine> {
    let fast = text.trim_start().strip_prefix("{\"type\":\"").and_then(|rest| rest.split_once('"'));
    if let Some((kind, _)) = fast
        && !kind.contains('\\')
    {
        return Ok(kind.to_owned());
    }
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    match serde_json::from_str::<Typed>(text) {
        Ok(Typed { kind: Some(kind) }) => Ok(kind),
        Ok(Typed { kind: None }) => Err(BadLine { column: None, reason: "the key `type` is missing".to_owned() }),
        Err(error) => Err(bad_json("record", &error)),
    }
}

struct Reader<'a> {
    text: &'a str,
    kind: &'a str,
    unknown: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn as_type<T: DeserializeOwned>(&mut self) -> Result<T, BadLine> {
        let mut json = serde_json::Deserializer::from_str(self.text);
        let kind = self.kind;
        let unknown = &mut *self.unknown;
        let value = serde_ignored::deserialize(&mut json, |path| {
            let path = path.to_string();
            if path != "type" {
                unknown.push(format!("{kind}.{path}"));
            }
        });
        let value = value.and_then(|value| json.end().map(|()| value));
        value.map_err(|error| bad_json(kind, &error))
    }
}

fn bad_json(kind: &str, error: &serde_json::Error) -> BadLine {
    let text = error.to_string();
    // serde_json adds " at line 1 column n", which the report says in its own way.
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    let reason = match error.classify() {
        serde_json::error::Category::Eof => "the line ends in the middle of the record".to_owned(),
        serde_json::error::Category::Syntax => format!("not JSON: {reason}"),
        _ => format!("{kind}: {reason}"),
    };
    let column = Some(error.column() as u64).filter(|&column| column > 0);
    BadLine { column, reason }
}

fn set_default_connection(record: &mut Record, connection: &str) {
    let slot = match record {
        Record::Header(_) => return,
        Record::Team(r) => &mut r.connection,
        Record::CalendarDay(r) => &mut r.connection,
        Record::Service(r) => &mut r.connection,
        Record::Environment(r) => &mut r.connection,
        Record::DeploymentRule(r) => &mut r.connection,
        Record::Commit(r) => &mut r.connection,
        Record::Change(r) => &mut r.connection,
        Record::Run(r) => &mut r.connection,
        Record::Deployment(r) => &mut r.connection,
        Record::Incident(r) => &mut r.connection,
        Record::IncidentEvent(r) => &mut r.connection,
        Record::Person(r) => &mut r.connection,
        Record::Absence(r) => &mut r.connection,
        Record::OpsNeed(r) => &mut r.connection,
        Record::OpsReview(r) => &mut r.connection,
        Record::Item(r) => &mut r.connection,
        Record::Sprint(r) => &mut r.connection,
        Record::SprintEvent(r) => &mut r.connection,
        Record::ItemEvent(r) => &mut r.connection,
    };
    if slot == FILE_CONNECTION {
        connection.clone_into(slot);
    }
}

/// Writes one record as a line.
pub fn write_line(record: &Record, to: &mut impl std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *to, record)?;
    to.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Record, BadLine> {
        parse_line(text, &mut Vec::new())
    }

    #[test]
    fn a_record_reads_and_writes_back() {
        let line = r#"{"type":"deployment","id":"d1","service":"shop","environment":"prod","status":"succeeded","finished_at":"2024-03-04T09:00:00.123456Z","run":{"pipeline":"p","id":"7"}}"#;
        let mut out = Vec::new();
        write_line(&parse(line).unwrap(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{line}\n"));
    }

    #[test]
    fn unknown_keys_are_named_and_the_rest_is_read() {
        let mut unknown = Vec::new();
        parse_line(r#"{"type":"team","id":"a","name":"A","colour":"red"}"#, &mut unknown).unwrap();
        assert_eq!(unknown, ["team.colour"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let reason = |text: &str| parse(text).unwrap_err().reason;
        assert_eq!(reason(r#"{"id":"a"}"#), "the key `type` is missing");
        assert_eq!(reason(r#"{"type":"wish","id":"a"}"#), "there is no record type \"wish\"");
        assert!(reason(r#"{"type":"goal","id":"a"}"#).contains("no place"));
        assert_eq!(reason(r#"{"type":"team","id":"a""#), "the line ends in the middle of the record");
        assert!(reason(r#"{"type":"team","id":"a","id":"b","name":"A"}"#).contains("duplicate field"));
        assert!(reason(r#"{"type":"team","id":7,"name":"A"}"#).contains("invalid type"));
        let bad = parse(r#"{"type":"team","id":"a" "name":"A"}"#).unwrap_err();
        assert_eq!(bad.column, Some(25));
    }
}
