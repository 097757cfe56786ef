//! CDEvents (the CNCF vocabulary for continuous delivery), mapped onto Gemba's records. The version at the end of a
//! type does not matter; what has no record here is refused by name.

use serde_json::Value;

use super::json_pages::get;
use crate::model::record::*;
use crate::model::{Status, Time};

const CONNECTION: &str = "cdevents";

pub fn is_event(value: &Value) -> bool {
    get::text(value, &["context", "type"]).is_some_and(|kind| kind.starts_with("dev.cdevents."))
}

/// The records that an event tells of.
pub fn read(value: &Value) -> Result<Vec<Record>, String> {
    let kind = get::text(value, &["context", "type"]).unwrap_or_default();
    let at = get::time(value, &["context", "timestamp"]).ok_or("a CDEvent without a timestamp")?;
    let id = get::text(value, &["subject", "id"]).ok_or("a CDEvent without a subject id")?;
    let content = value.pointer("/subject/content").cloned().unwrap_or_default();
    let mut parts = kind.trim_start_matches("dev.cdevents.").split('.');
    let (subject, predicate) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match (subject, predicate) {
        ("pipelinerun", _) => Ok(vec![Record::Run(run(&id, predicate, at, &content))]),
        ("service", "deployed" | "upgraded" | "rolledback") => {
            Ok(vec![Record::Deployment(deployment(value, &id, at, &content))])
        }
        ("incident", "detected" | "reported" | "resolved") => {
            Ok(vec![Record::Incident(incident(&id, predicate, at, &content))])
        }
        ("change", "created" | "merged" | "abandoned") => {
            Ok(vec![Record::Change(change(&id, predicate, at, &content))])
        }
        ("environment", "created" | "modified") => {
            let name = get::text(&content, &["name"]).unwrap_or_else(|| id.clone());
            let class = EnvironmentClass::from_name(&name);
            Ok(vec![Record::Environment(Environment {
                connection: CONNECTION.to_owned(),
                id,
                name,
                class,
                ..Environment::default()
            })])
        }
        _ => Err(format!("CDEvents of type {subject}.{predicate} have no place in this version of Gemba yet")),
    }
}

fn run(id: &str, predicate: &str, at: Time, content: &Value) -> Run {
    let outcome = get::text(content, &["outcome"]);
    let status = match (predicate, outcome.as_deref()) {
        ("queued", _) => Status::Queued,
        ("started", _) => Status::Running,
        (_, Some("success")) => Status::Succeeded,
        (_, Some("failure" | "error")) => Status::Failed,
        (_, Some("cancel")) => Status::Cancelled,
        _ => Status::Unknown,
    };
    Run {
        connection: CONNECTION.to_owned(),
        pipeline: get::text(content, &["pipelineName"]).unwrap_or_else(|| "unknown".to_owned()),
        id: id.to_owned(),
        status,
        status_raw: Some(outcome.unwrap_or_else(|| predicate.to_owned())),
        queued_at: (predicate == "queued").then_some(at),
        started_at: (predicate == "started").then_some(at),
        finished_at: (predicate == "finished").then_some(at),
        updated_at: Some(at),
        url: get::text(content, &["uri"]).or_else(|| get::text(content, &["url"])),
        ..Run::default()
    }
}

fn deployment(value: &Value, service: &str, at: Time, content: &Value) -> Deployment {
    let artifact = get::text(content, &["artifactId"]);
    Deployment {
        connection: CONNECTION.to_owned(),
        id: get::text(value, &["context", "id"]).unwrap_or_else(|| format!("{service}@{at}")),
        service: service.to_owned(),
        environment: get::text(content, &["environment", "id"]).unwrap_or_else(|| "unknown".to_owned()),
        status: Status::Succeeded,
        artifact_digest: artifact.as_ref().and_then(|id| id.split_once('@').map(|(_, digest)| digest.to_owned())),
        version: artifact,
        finished_at: Some(at),
        ..Deployment::default()
    }
}

fn incident(id: &str, predicate: &str, at: Time, content: &Value) -> Incident {
    Incident {
        connection: CONNECTION.to_owned(),
        id: id.to_owned(),
        title: get::text(content, &["description"]).unwrap_or_else(|| id.to_owned()),
        service: get::text(content, &["service", "id"]),
        environment: get::text(content, &["environment", "id"]),
        declared_at: Some(at).filter(|_| predicate != "detected"),
        detected_at: Some(at).filter(|_| predicate == "detected"),
        resolved_at: Some(at).filter(|_| predicate == "resolved"),
        url: get::text(content, &["ticketURI"]),
        ..Incident::default()
    }
    .with_a_beginning(at)
}

impl Incident {
    /// An event that only says "detected" or "resolved" is the earliest that is known of the incident.
    fn with_a_beginning(mut self, at: Time) -> Self {
        if self.began_at().is_none() {
            self.declared_at = Some(at);
        }
        self
    }
}

fn change(id: &str, predicate: &str, at: Time, content: &Value) -> Change {
    Change {
        connection: CONNECTION.to_owned(),
        repo: get::text(content, &["repository", "id"]).unwrap_or_else(|| "unknown".to_owned()),
        id: id.to_owned(),
        created_at: at,
        title: get::text(content, &["description"]),
        merged_at: (predicate == "merged").then_some(at),
        closed_at: (predicate != "created").then_some(at),
        ..Change::default()
    }
}
