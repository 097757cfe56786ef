//! View models: what a page draws, made off the window's thread from one snapshot.

use serde::{Deserialize, Serialize};

use super::{EngineError, PeriodChoice, Plan, Snapshot, WaitingRow, Workspace};
use crate::metrics::compare::{self, Changes, Step};
use crate::metrics::series::Series;
use crate::metrics::stages::{self, Attention, StageFacts};
use crate::metrics::table::{RunList, RunQuery};
use crate::metrics::{Cut, Definition, Explain, Figures, Filter, PRESETS, Period, Query, Reason, Subject};
use crate::model::columns::{NO_TIME, known};
use crate::model::record::CauseState;
use crate::model::{Status, Time};

/// What the Delivery page asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAsk {
    pub filter: Filter,
    pub period: PeriodChoice,
    pub zone: String,
    pub definition: Definition,
}

/// Everything the Delivery page shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryView {
    pub generation: u64,
    pub ask: DeliveryAsk,
    pub period: Period,
    pub previous: Period,
    pub figures: Figures,
    pub before: Figures,
    pub changes: Changes,
    pub series: Series,
    /// (began, ended or now) of incidents in the filter that touch the period.
    pub incidents: Vec<(i64, i64)>,
    /// The ends of deployments in the period, none where they are too many to tell apart.
    pub deployment_marks: Vec<i64>,
    /// The whole period lies outside the data.
    pub is_outside_data: bool,
    pub calendar_working_days: i64,
}

#[derive(Clone, Debug)]
pub struct RunsView {
    pub generation: u64,
    pub query: RunQuery,
    pub list: RunList,
    /// Pipelines whose trunk is red, the longest first.
    pub red: Vec<RedPipeline>,
}

/// A pipeline whose newest run on the trunk failed.
#[derive(Clone, Debug, PartialEq)]
pub struct RedPipeline {
    /// The key of that run.
    pub run: u32,
    pub name: String,
    pub branch: String,
    pub since: Time,
}

/// One preset's figures beside those of the definition in force.
#[derive(Clone, Debug)]
pub struct CompareRow {
    pub name: &'static str,
    pub figures: Figures,
    /// By metric, what each differing option does.
    pub steps: Vec<(Explain, Vec<Step>)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExplainRow {
    pub subject: Subject,
    pub deployment: Option<u32>,
    pub kind: &'static str,
    pub id: String,
    pub title: String,
    /// When it counts.
    pub at: Option<Time>,
    pub value_s: Option<f64>,
    pub reason: Option<Reason>,
}

/// The evidence of one figure, with texts for the first rows.
#[derive(Clone, Debug)]
pub struct ExplainView {
    pub generation: u64,
    pub metric: Explain,
    pub ask: DeliveryAsk,
    pub counted: Vec<ExplainRow>,
    pub left_out: Vec<ExplainRow>,
    pub counted_total: usize,
    pub left_out_total: usize,
    pub reasons: Vec<(Reason, usize)>,
}

/// A deployment that may have caused an incident, with what speaks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateCause {
    pub deployment: u32,
    pub key: u32,
    pub service: String,
    pub environment: String,
    pub secs_before: f64,
    pub finished: i64,
    pub commits: usize,
    pub changes: usize,
    pub status: Status,
    pub state: Option<CauseState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttentionRow {
    pub what: Attention,
    pub title: String,
    pub key: u32,
}

/// One of the incidents that the Loop page lists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentRow {
    pub key: u32,
    pub title: String,
    pub service: String,
    pub began: i64,
    pub ended: Option<i64>,
    /// A deployment is confirmed as its cause.
    pub has_cause: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoopView {
    pub generation: u64,
    pub facts: StageFacts,
    pub before: StageFacts,
    pub days: i64,
    pub attention: Vec<AttentionRow>,
    #[serde(default)]
    pub waiting: Vec<WaitingRow>,
    /// Those of the span and those still open, the newest first.
    #[serde(default)]
    pub incidents: Vec<IncidentRow>,
}

/// What the window showed when it was closed: drawn, marked so, while the columns load.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LastView {
    pub delivery: Option<DeliveryView>,
    pub home: Option<LoopView>,
}

/// Rows of an explanation that get their texts.
const EXPLAINED_ROWS: usize = 2000;
/// Marks of deployments on a chart.
const MOST_MARKS: usize = 60;
/// The days that the Loop page looks back.
const LOOP_DAYS: i64 = 30;

impl DeliveryView {
    pub fn new(snapshot: &Snapshot, ask: &DeliveryAsk) -> Result<Self, EngineError> {
        let period = snapshot.period(&ask.period, &ask.zone)?;
        let calendar = snapshot.calendar(&ask.filter.teams);
        let links = snapshot.links_for(&ask.definition);
        let previous = period.previous();
        let query = Query::new(&snapshot.data, links, &ask.filter, &period, &ask.definition, &calendar);
        let query_before = query.in_period(&previous);
        let now = snapshot.now();
        let cut = if period.days() <= 31 { Cut::Day } else { Cut::Week };
        query.lead_values();
        let (series, (figures, before)) =
            rayon::join(|| query.series(cut, now), || rayon::join(|| query.figures(), || query_before.figures()));
        let changes = compare::periods(&query, &figures, &query_before, &before);
        let is_outside = snapshot.range.is_none_or(|(first, last)| last < period.from || period.to <= first);
        let finished = &snapshot.data.deployments.finished;
        let deployments = query.deployments();
        let deployment_marks = if deployments.len() > MOST_MARKS {
            Vec::new()
        } else {
            deployments.iter().map(|&row| finished[row as usize]).collect()
        };
        Ok(Self {
            generation: snapshot.generation,
            incidents: incident_spans(&query, now),
            deployment_marks,
            is_outside_data: is_outside,
            calendar_working_days: query.working_days(),
            ask: ask.clone(),
            previous,
            figures,
            before,
            changes,
            series,
            period,
        })
    }
}

fn incident_spans(query: &Query<'_>, now: Time) -> Vec<(i64, i64)> {
    let (incidents, period) = (&query.data.incidents, query.period);
    let mut spans = Vec::new();
    for row in (0..incidents.len()).filter(|&row| query.is_incident_in_filter(row)) {
        let began = incidents.began[row];
        let ended = incidents.ended(row).unwrap_or(now).0;
        if began != NO_TIME && began < period.to.0 && ended >= period.from.0 {
            spans.push((began.max(period.from.0), ended.min(period.to.0)));
        }
    }
    spans
}

/// Incidents that are listed at most.
const MOST_INCIDENTS: usize = 200;

fn incident_rows(
    workspace: &Workspace,
    snapshot: &Snapshot,
    from: Time,
    to: Time,
) -> Result<Vec<IncidentRow>, EngineError> {
    let (data, incidents) = (&snapshot.data, &snapshot.data.incidents);
    let is_listed = |&row: &usize| {
        let began = incidents.began[row];
        incidents.ended(row).is_none() || (from.0 <= began && began < to.0)
    };
    let mut rows: Vec<usize> = (0..incidents.len()).filter(is_listed).collect();
    rows.sort_by_key(|&row| std::cmp::Reverse(incidents.began[row]));
    rows.truncate(MOST_INCIDENTS);
    rows.into_iter()
        .map(|row| {
            Ok(IncidentRow {
                key: incidents.key[row],
                title: workspace.subject(data, Subject::Incident(row as u32))?.title,
                service: data.catalog.service(incidents.service[row]).map(|s| s.name.clone()).unwrap_or_default(),
                began: incidents.began[row],
                ended: incidents.ended(row).map(|end| end.0),
                has_cause: incidents.causes[row].iter().any(|(_, state)| *state == CauseState::Confirmed),
            })
        })
        .collect()
}

impl RunsView {
    pub fn new(snapshot: &Snapshot, query: &RunQuery) -> Self {
        let data = &snapshot.data;
        let catalog = &data.catalog;
        let mut red: Vec<RedPipeline> = stages::red_mains(data, snapshot.now())
            .into_iter()
            .filter_map(|attention| match attention {
                Attention::RedMain { run, pipeline, branch, since } => Some(RedPipeline {
                    run: data.runs.key[run as usize],
                    name: catalog.pipeline(pipeline).map(|entry| entry.name.clone())?,
                    branch: catalog.word(branch).to_owned(),
                    since: Time(since),
                }),
                _ => None,
            })
            .collect();
        red.sort_by_key(|red| red.since.0);
        Self { generation: snapshot.generation, query: query.clone(), list: query.run(data), red }
    }
}

/// The figures under every preset, with the reasons why they differ from the definition in force.
pub fn compare_definitions(snapshot: &Snapshot, ask: &DeliveryAsk) -> Result<Vec<CompareRow>, EngineError> {
    let period = snapshot.period(&ask.period, &ask.zone)?;
    let calendar = snapshot.calendar(&ask.filter.teams);
    let figures_of = |definition: &Definition| {
        let links = snapshot.links_for(definition);
        Query::new(&snapshot.data, links, &ask.filter, &period, definition, &calendar).figures()
    };
    Ok(PRESETS
        .iter()
        .map(|preset| CompareRow {
            name: preset.name,
            figures: figures_of(&preset.definition),
            steps: Explain::ALL
                .into_iter()
                .map(|metric| (metric, compare::steps(&ask.definition, &preset.definition, metric, figures_of)))
                .collect(),
        })
        .collect())
}

impl ExplainView {
    pub fn new(
        workspace: &Workspace,
        snapshot: &Snapshot,
        ask: &DeliveryAsk,
        metric: Explain,
    ) -> Result<Self, EngineError> {
        let period = snapshot.period(&ask.period, &ask.zone)?;
        let calendar = snapshot.calendar(&ask.filter.teams);
        let links = snapshot.links_for(&ask.definition);
        let query = Query::new(&snapshot.data, links, &ask.filter, &period, &ask.definition, &calendar);
        let evidence = query.explain(metric);
        let mut reasons = std::collections::BTreeMap::new();
        for row in &evidence.left_out {
            *reasons.entry(row.reason).or_insert(0) += 1;
        }
        let row = |subject, deployment: Option<u32>, value_s, reason| -> Result<ExplainRow, EngineError> {
            let texts = workspace.subject(&snapshot.data, subject)?;
            let at = match subject {
                Subject::Incident(row) => known(snapshot.data.incidents.began[row as usize]),
                Subject::Deployment(row) => known(snapshot.data.deployments.finished[row as usize]),
                _ => deployment.and_then(|row| known(snapshot.data.deployments.finished[row as usize])),
            };
            Ok(ExplainRow {
                subject,
                deployment,
                kind: texts.kind,
                id: texts.id,
                title: texts.title,
                at,
                value_s,
                reason,
            })
        };
        let counted: Result<Vec<_>, _> = evidence
            .counted
            .iter()
            .rev()
            .take(EXPLAINED_ROWS)
            .map(|counted| row(counted.subject, counted.deployment, counted.value_s, None))
            .collect();
        let left_out: Result<Vec<_>, _> = evidence
            .left_out
            .iter()
            .take(EXPLAINED_ROWS)
            .map(|left| row(left.subject, None, None, Some(left.reason)))
            .collect();
        Ok(Self {
            generation: snapshot.generation,
            metric,
            ask: ask.clone(),
            counted: counted?,
            left_out: left_out?,
            counted_total: evidence.counted.len(),
            left_out_total: evidence.left_out.len(),
            reasons: reasons.into_iter().collect(),
        })
    }
}

impl LoopView {
    pub fn new(workspace: &Workspace, plan: &Plan, snapshot: &Snapshot) -> Result<Self, EngineError> {
        let (data, links) = (&snapshot.data, &snapshot.links);
        let now = snapshot.now();
        let zone = snapshot.settings.time_zone();
        let span = LOOP_DAYS * 86_400_000_000;
        // Old data is shown as it was at its end; a picture of an empty month tells nothing.
        let to = snapshot.range.map_or(now, |(_, last)| if last.0 < now.0 - span { Time(last.0 + 1) } else { now });
        let from = Time(to.0 - span);
        let attention = stages::attention(data, links, to);
        let rows: Result<Vec<_>, EngineError> = attention
            .into_iter()
            .take(50)
            .map(|what| {
                let (title, key) = match what {
                    Attention::RedMain { run, .. } | Attention::WaitingRun { run, .. } => {
                        let run = run as usize;
                        let pipeline = data.catalog.pipeline(data.runs.pipeline[run]);
                        let name = pipeline.map(|pipeline| pipeline.name.as_str()).unwrap_or_default();
                        (format!("{name} · {}", data.catalog.word(data.runs.branch[run])), data.runs.key[run])
                    }
                    Attention::FailedDeployment { deployment, .. } => {
                        let texts = workspace.subject(data, Subject::Deployment(deployment))?;
                        (texts.title, data.deployments.key[deployment as usize])
                    }
                    Attention::OpenIncident { incident, .. } => {
                        let texts = workspace.subject(data, Subject::Incident(incident))?;
                        (texts.title, data.incidents.key[incident as usize])
                    }
                    Attention::WaitingChange { change, .. } => {
                        let texts = workspace.subject(data, Subject::Change(change))?;
                        let title = if texts.title.is_empty() { texts.id } else { texts.title };
                        (title, data.changes.key[change as usize])
                    }
                };
                Ok(AttentionRow { what, title, key })
            })
            .collect();
        Ok(Self {
            generation: snapshot.generation,
            facts: stages::facts(data, links, from, to),
            before: stages::facts(data, links, Time(from.0 - span), from),
            days: LOOP_DAYS,
            attention: rows?,
            waiting: plan.waiting(now, &zone),
            incidents: incident_rows(workspace, snapshot, from, to)?,
        })
    }
}
