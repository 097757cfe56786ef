//! JSON as an API printed it: one value or many after another, pages or items. Each object is told by its keys and
//! given to the file of its system.

use std::path::Path;

use serde_json::Value;

use super::github::GitHub;
use super::gitlab::GitLab;
use super::jenkins::Jenkins;
use super::jira::Jira;
use super::{Emit, ImportError, Options, Stopped, cdevents, encoding};
use crate::model::record::Record;

/// Files beyond this are not read into memory.
const MAX_FILE_MB: u64 = 1024;

/// What is known of an object beside itself.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub line: u64,
    /// The API address that answered it.
    pub url: String,
    /// What DevLake asked for.
    pub input: Option<Value>,
}

/// The systems, collecting until everything has been seen: parts of one run may come in any order.
pub struct Systems<'a> {
    github: GitHub<'a>,
    gitlab: GitLab<'a>,
    jenkins: Jenkins<'a>,
    jira: Jira<'a>,
    refused: Vec<(u64, String)>,
    events: Vec<(u64, Record)>,
}

impl<'a> Systems<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self {
            github: GitHub::new(options),
            gitlab: GitLab::new(options),
            jenkins: Jenkins::new(options),
            jira: Jira::new(options),
            refused: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, value: Value, origin: &Origin) {
        match value {
            Value::Array(values) => values.into_iter().for_each(|value| self.take(value, origin)),
            Value::Object(_) => self.take_object(value, origin),
            other => self.refused.push((origin.line, format!("{} stands where an object should", kind_of(&other)))),
        }
    }

    fn take_object(&mut self, mut value: Value, origin: &Origin) {
        for page in ["workflow_runs", "jobs", "items", "builds", "allBuilds", "values", "issues"] {
            // A change of Jira has items, and is no page.
            if page == "items" && value.get("created").is_some() {
                continue;
            }
            // A Jenkins folder lists its jobs with their builds inside; a GitHub page has a count beside the list.
            if value.get(page).and_then(Value::as_array).is_some_and(|items| !items.is_empty())
                && let Some(Value::Array(items)) = value.get_mut(page).map(Value::take)
            {
                self.jira.take_page(&value);
                let url = value.get("url").or_else(|| value.get("self")).and_then(Value::as_str);
                let inner = Origin { url: url.unwrap_or(&origin.url).to_owned(), ..origin.clone() };
                return items.into_iter().for_each(|item| self.take(item, &inner));
            }
        }
        // Change histories of many issues in one answer.
        if let Some(logs) = value.get("issueChangeLogs").and_then(Value::as_array) {
            for log in logs {
                let issue = get::text(log, &["issueId"]).unwrap_or_default();
                let inner = Origin { url: format!("/issue/{issue}/changelog"), ..origin.clone() };
                get::list(log, "changeHistories").iter().for_each(|change| self.take(change.clone(), &inner));
            }
            return;
        }
        if cdevents::is_event(&value) {
            match cdevents::read(&value) {
                Ok(records) => self.events.extend(records.into_iter().map(|record| (origin.line, record))),
                Err(reason) => self.refused.push((origin.line, reason)),
            }
            return;
        }
        let taken = self.jenkins.take(&value, origin)
            || self.jira.take(&value, origin)
            || self.gitlab.take(&value, origin)
            || self.github.take(&value, origin);
        let is_empty_page = value.as_object().is_some_and(|map| {
            let is_page = map.is_empty() || map.values().any(Value::is_array);
            is_page
                && map
                    .values()
                    .all(|v| v.is_null() || v.as_array().is_some_and(Vec::is_empty) || v.is_number() || v.is_boolean())
        });
        if !taken && !is_empty_page {
            let keys: Vec<&str> =
                value.as_object().map(|map| map.keys().take(6).map(String::as_str).collect()).unwrap_or_default();
            self.refused.push((
                origin.line,
                format!("an object with the keys {} is of no kind that Gemba reads", keys.join(", ")),
            ));
        }
    }

    pub fn finish(self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        for (line, record) in self.events {
            emit.record(line, record)?;
        }
        self.github.finish(emit)?;
        self.gitlab.finish(emit)?;
        self.jenkins.finish(emit)?;
        self.jira.finish(emit)?;
        for (line, reason) in self.refused {
            emit.refuse(line, None, reason)?;
        }
        Ok(())
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn read_whole(path: &Path) -> Result<String, ImportError> {
    let io = |error| ImportError::Io { error, path: path.to_owned() };
    let megabytes = std::fs::metadata(path).map_err(io)?.len() / (1024 * 1024);
    if megabytes > MAX_FILE_MB {
        return Err(ImportError::TooLarge { megabytes, limit: MAX_FILE_MB, path: path.to_owned() });
    }
    encoding::unicode(std::fs::read(path).map_err(io)?, path)
}

/// Reads JSON values one after another.
pub fn read(path: &Path, mark: u64, systems: &mut Systems<'_>, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let text = read_whole(path)?;
    let text = text.trim_start_matches('\u{feff}');
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let (mut line, mut counted) = (1u64, 0usize);
    let mut broken = None;
    loop {
        // The line on which the next value begins.
        let from = values.byte_offset();
        let gap = text[from..].len() - text[from..].trim_start().len();
        line += text[counted..from + gap].bytes().filter(|&byte| byte == b'\n').count() as u64;
        counted = from + gap;
        emit.done(from as u64);
        match values.next() {
            None => break,
            Some(Ok(value)) => systems.take(value, &Origin { line: line | mark, ..Origin::default() }),
            Some(Err(error)) => {
                let at = error.line() as u64;
                let reason = match error.classify() {
                    serde_json::error::Category::Eof => {
                        "the file ends in the middle of a value; export it again".to_owned()
                    }
                    _ => format!("not JSON: {error}"),
                };
                broken = Some((at.max(1), error.column() as u64, reason));
                break;
            }
        }
    }
    if let Some((line, column, reason)) = broken {
        emit.refuse(line, Some(column), reason)?;
    }
    Ok(())
}

/// Reads a raw table of DevLake: one answer a row.
pub fn read_devlake(path: &Path, mark: u64, systems: &mut Systems<'_>, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let text = read_whole(path)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut row = csv::StringRecord::new();
    // Read now, so that the position is that of the first row.
    reader.headers().map_err(|error| ImportError::BadMapping { why: error.to_string(), path: path.to_owned() })?;
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut row) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                emit.refuse(line, None, format!("not a CSV row: {error}"))?;
                continue;
            }
        }
        let data = row.get(2).unwrap_or_default();
        let origin = Origin {
            line: line | mark,
            url: row.get(3).unwrap_or_default().to_owned(),
            input: row.get(4).and_then(|input| serde_json::from_str(input).ok()),
        };
        match serde_json::from_str(data) {
            Ok(value) => systems.take(value, &origin),
            Err(error) => emit.refuse(line, None, format!("the column `data` is not JSON: {error}"))?,
        }
    }
    Ok(())
}

/// Small helpers for reading answers.
pub mod get {
    use serde_json::Value;

    use crate::model::Time;

    pub fn text(value: &Value, path: &[&str]) -> Option<String> {
        let found = path.iter().try_fold(value, |value, key| value.get(key))?;
        match found {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    pub fn time(value: &Value, path: &[&str]) -> Option<Time> {
        let found = path.iter().try_fold(value, |value, key| value.get(key))?;
        found.as_str().and_then(|text| Time::parse(text).ok())
    }

    pub fn int(value: &Value, path: &[&str]) -> Option<i64> {
        path.iter().try_fold(value, |value, key| value.get(key))?.as_i64()
    }

    pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
        value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A job that was read before, on another page or in an earlier state, is told anew.
    pub fn put_job(jobs: &mut Vec<(u64, Value)>, line: u64, job: &Value) {
        match jobs.iter_mut().find(|(_, known)| known["id"] == job["id"] && !job["id"].is_null()) {
            Some(known) => known.1 = job.clone(),
            None => jobs.push((line, job.clone())),
        }
    }

    pub fn has(value: &Value, keys: &[&str]) -> bool {
        keys.iter().all(|key| value.get(key).is_some())
    }

    /// Both times where they are in order; the later one is dropped where it contradicts the earlier.
    pub fn ordered(start: Option<Time>, end: Option<Time>) -> (Option<Time>, Option<Time>) {
        match (start, end) {
            (Some(a), Some(b)) if b < a => (None, Some(b)),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::import::{Options, read_answers};

    #[test]
    fn a_page_with_nothing_on_it_is_no_fault() {
        let pages = [json!({"total_count": 0, "jobs": []}), json!({"total_count": 0, "workflow_runs": []})];
        let read = read_answers(pages.into_iter().map(|page| (String::new(), page)), &Options::default());
        assert!(read.refused.is_empty() && read.records.is_empty(), "{:?}", read.refused);
    }
}
