//! The five metrics as JSON for other programs.

use serde_json::{Value, json};

use super::{EngineError, PeriodChoice, Snapshot, Workspace};
use crate::metrics::benchmark::Benchmark;
use crate::metrics::{Cut, Definition, Explain, Figures, Filter, Period, Query, Subject};
use crate::model::Time;
use crate::model::columns::Data;

/// What `gemba metrics` asks.
#[derive(Clone, Debug, Default)]
pub struct MetricsAsk {
    pub period: PeriodChoice,
    pub zone: String,
    pub definition: Definition,
    /// The name of a preset or file.
    pub definition_name: String,
    pub filter: Filter,
    pub benchmark: Option<Benchmark>,
    pub by: Option<By>,
}

/// How the figures are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Time(Cut),
    Service,
    Pipeline,
}

impl By {
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "day" => Self::Time(Cut::Day),
            "week" => Self::Time(Cut::Week),
            "month" => Self::Time(Cut::Month),
            "service" => Self::Service,
            "pipeline" => Self::Pipeline,
            _ => return None,
        })
    }
}

/// A time in the period's zone, as RFC 3339.
fn local(time: Time, period: &Period) -> String {
    let zoned = time.to_timestamp().to_zoned(period.zone.clone());
    let offset = zoned.offset().seconds();
    let sign = if offset < 0 { '-' } else { '+' };
    let (hours, minutes) = (offset.abs() / 3600, offset.abs() / 60 % 60);
    format!("{}{sign}{hours:02}:{minutes:02}", zoned.datetime())
}

fn figures_json(figures: &Figures) -> serde_json::Map<String, Value> {
    match serde_json::to_value(figures) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

fn names(data: &Data, filter: &Filter) -> Value {
    let catalog = &data.catalog;
    let of = |keys: &[u32], entries: &mut dyn Iterator<Item = (u32, String)>| -> Vec<String> {
        entries.filter(|(key, _)| keys.contains(key)).map(|(_, id)| id).collect()
    };
    let production: Vec<u32> =
        catalog.environments.iter().map(|e| e.key).filter(|&k| catalog.is_production(k)).collect();
    let environments = if filter.environments.is_empty() { &production } else { &filter.environments };
    json!({
        "services": of(&filter.services, &mut catalog.services.iter().map(|s| (s.key, s.id.clone()))),
        "teams": of(&filter.teams, &mut catalog.teams.iter().map(|t| (t.key, t.id.clone()))),
        "environments": of(environments, &mut catalog.environments.iter().map(|e| (e.key, e.id.clone()))),
        "pipelines": of(&filter.pipelines, &mut catalog.pipelines.iter().map(|p| (p.key, p.id.clone()))),
        "branches": of(&filter.branches, &mut catalog.words.iter().map(|(&code, word)| (code, word.to_string()))),
    })
}

/// The figures of one question.
pub fn metrics_json(snapshot: &Snapshot, ask: &MetricsAsk) -> Result<Value, EngineError> {
    let period = snapshot.period(&ask.period, &ask.zone)?;
    let calendar = snapshot.calendar(&ask.filter.teams);
    let links = snapshot.links_for(&ask.definition);
    let query = Query::new(&snapshot.data, links, &ask.filter, &period, &ask.definition, &calendar);
    let options: serde_json::Map<String, Value> = ask.definition.differing_options().into_iter().collect();
    let mut out = json!({
        "gemba": env!("CARGO_PKG_VERSION"),
        "period": {
            "from": local(period.from, &period),
            "to": local(period.to, &period),
            "zone": period.zone_name,
            "days": period.days(),
            "working_days": query.working_days(),
        },
        "data_range": {
            "from": snapshot.range.map(|(from, _)| from.to_string()),
            "to": snapshot.range.map(|(_, to)| to.to_string()),
        },
        "definition": ask.definition_name,
        "options": options,
        "filter": names(&snapshot.data, &ask.filter),
    });
    let left_out: Vec<Value> = query
        .left_out()
        .into_iter()
        .map(|(reason, count)| json!({"reason": reason.as_str(), "count": count}))
        .collect();
    if let Value::Object(map) = &mut out {
        let figures = query.figures();
        if let Some(benchmark) = ask.benchmark {
            map.insert("benchmark".to_owned(), benchmark_json(benchmark, &figures));
        }
        map.extend(figures_json(&figures));
        map.insert("left_out".to_owned(), Value::Array(left_out));
        map.insert("by".to_owned(), Value::Array(split(snapshot, &query, ask.by)));
    }
    Ok(out)
}

fn benchmark_json(benchmark: Benchmark, figures: &Figures) -> Value {
    let standings: serde_json::Map<String, Value> = Explain::ALL
        .into_iter()
        .map(|metric| (metric.as_str().to_owned(), json!(benchmark.standing(figures, metric))))
        .collect();
    let mut out = json!({"name": benchmark.as_str(), "source": benchmark.source(), "standing": standings});
    if benchmark == Benchmark::QuickCheck {
        out["overall"] = json!(Benchmark::quick_check(figures));
    }
    out
}

fn split(snapshot: &Snapshot, query: &Query<'_>, by: Option<By>) -> Vec<Value> {
    let with = |mut head: serde_json::Map<String, Value>, figures: &Figures| {
        head.extend(figures_json(figures));
        Value::Object(head)
    };
    let head = |pairs: &[(&str, String)]| -> serde_json::Map<String, Value> {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), Value::String(text.clone()))).collect()
    };
    let catalog = &snapshot.data.catalog;
    let d = &snapshot.data.deployments;
    match by {
        None => Vec::new(),
        Some(By::Time(cut)) => query
            .period
            .cuts(cut)
            .windows(2)
            .map(|pair| {
                let bucket = Period { from: pair[0], to: pair[1], ..query.period.clone() };
                let from_to = [("from", local(bucket.from, &bucket)), ("to", local(bucket.to, &bucket))];
                with(head(&from_to), &query.in_bucket(&bucket).figures())
            })
            .collect(),
        Some(By::Service) => query
            .split_by(|row| d.service[row as usize])
            .into_iter()
            .map(|(key, part)| {
                let id = catalog.service(key).map(|entry| entry.id.clone()).unwrap_or_default();
                with(head(&[("key", id)]), &part.figures())
            })
            .collect(),
        Some(By::Pipeline) => query
            .split_by(|row| d.pipeline[row as usize])
            .into_iter()
            .map(|(key, part)| {
                let id = catalog.pipeline(key).map(|entry| entry.id.clone()).unwrap_or_default();
                with(head(&[("key", id)]), &part.figures())
            })
            .collect(),
    }
}

/// The rows behind one figure, by connection and id.
pub fn explain_json(
    workspace: &Workspace,
    snapshot: &Snapshot,
    ask: &MetricsAsk,
    metric: Explain,
) -> Result<Value, EngineError> {
    let period = snapshot.period(&ask.period, &ask.zone)?;
    let calendar = snapshot.calendar(&ask.filter.teams);
    let links = snapshot.links_for(&ask.definition);
    let evidence = Query::new(&snapshot.data, links, &ask.filter, &period, &ask.definition, &calendar).explain(metric);
    let mut counted = Vec::new();
    for row in &evidence.counted {
        let texts = workspace.subject(&snapshot.data, row.subject)?;
        counted.push(json!({
            "type": texts.kind, "connection": texts.connection, "id": texts.id, "value_s": row.value_s,
        }));
    }
    let mut left_out = Vec::new();
    for row in &evidence.left_out {
        let texts = workspace.subject(&snapshot.data, row.subject)?;
        left_out.push(json!({
            "type": texts.kind, "connection": texts.connection, "id": texts.id, "reason": row.reason.as_str(),
        }));
    }
    Ok(json!({"counted": counted, "left_out": left_out}))
}

impl Workspace {
    /// What a piece of evidence is called.
    pub fn subject(&self, data: &Data, subject: Subject) -> Result<crate::store::SubjectTexts, EngineError> {
        Ok(match subject {
            Subject::Deployment(row) => self.store.deployment_subject(data.deployments.key[row as usize])?,
            Subject::Incident(row) => self.store.incident_subject(data.incidents.key[row as usize])?,
            Subject::Change(row) => self.store.change_subject(data.changes.key[row as usize])?,
            Subject::Commit(sha) => match data.commits.row_of(sha) {
                Some(row) => self.store.commit_subject(data.commits.key[row])?,
                None => crate::store::SubjectTexts {
                    kind: "commit",
                    id: data
                        .commits
                        .unknown
                        .get(sha as usize - data.commits.len())
                        .map(|s| s.to_string())
                        .unwrap_or_default(),
                    ..crate::store::SubjectTexts::default()
                },
            },
        })
    }

    /// The keys of names that a person typed: an id or a name, in any case.
    pub fn resolve_filter(snapshot: &Snapshot, kind: &'static str, names: &[String]) -> Result<Vec<u32>, EngineError> {
        let catalog = &snapshot.data.catalog;
        let entries: Vec<(u32, String, String)> = match kind {
            "service" => catalog.services.iter().map(|e| (e.key, e.id.clone(), e.name.clone())).collect(),
            "team" => catalog.teams.iter().map(|e| (e.key, e.id.clone(), e.name.clone())).collect(),
            "environment" => catalog.environments.iter().map(|e| (e.key, e.id.clone(), e.name.clone())).collect(),
            "pipeline" => catalog.pipelines.iter().map(|e| (e.key, e.id.clone(), e.name.clone())).collect(),
            _ => catalog.words.iter().map(|(&code, word)| (code, word.to_string(), word.to_string())).collect(),
        };
        let mut keys = Vec::new();
        for name in names {
            let before = keys.len();
            keys.extend(entries.iter().filter(|(_, id, _)| id == name).map(|(key, _, _)| *key));
            if keys.len() == before {
                let alike =
                    entries.iter().filter(|(_, id, n)| id.eq_ignore_ascii_case(name) || n.eq_ignore_ascii_case(name));
                keys.extend(alike.map(|(key, _, _)| *key));
            }
            if keys.len() == before {
                let mut known: Vec<&str> = entries.iter().map(|(_, id, _)| id.as_str()).take(20).collect();
                known.sort_unstable();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(EngineError::NoSuch { what: kind, name: name.clone(), known });
            }
        }
        Ok(keys)
    }
}
