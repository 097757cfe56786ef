//! The records of the interchange format (Gemba JSON Lines, version 1): one struct a type, keys in canonical order.

use serde::{Deserialize, Serialize};

pub use super::people::{Absence, OpsNeed, OpsReview, Person};
pub use super::plan::{Item, ItemEvent, Sprint, SprintEvent};
use super::{Status, Time};

/// The connection of a record that names none.
pub const FILE_CONNECTION: &str = "file";
/// The longest id, in characters.
pub const MAX_ID_CHARS: usize = 200;
/// The longest text, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

pub(super) fn file_connection() -> String {
    FILE_CONNECTION.to_owned()
}
pub(super) fn is_file(connection: &str) -> bool {
    connection == FILE_CONNECTION
}
const fn first_attempt() -> u32 {
    1
}
const fn is_first(attempt: &u32) -> bool {
    *attempt == 1
}

/// Declares a record struct: `connection` first, required fields bare, the rest left out when empty.
/// Its default says nothing: what writes a record names only what it knows.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident : $type:ty $(= $default:expr)?),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct $name {
            #[serde(default = "file_connection", skip_serializing_if = "is_file")]
            pub connection: String,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { connection: file_connection(), $($field: record!(@default $($default)?),)* }
            }
        }
    };
    (@default $default:expr) => { $default };
    (@default) => { Default::default() };
}
pub(super) use record;

/// What every file begins with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exported_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gemba: Option<String>,
}

record!(Team { id: String, name: String });

record!(
    /// A day on which a team works, or does not, against the usual week.
    CalendarDay {
        team: String,
        date: jiff::civil::Date,
        working: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    }
);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    pub target: f64,
    pub window_days: u32,
}

record!(Service {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Tier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slo: Option<Slo>,
});

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tier {
    A,
    B,
    C,
}

/// What an environment is for. Only `production` counts as production; a placeholder is `unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvironmentClass {
    Development,
    Testing,
    Staging,
    Production,
    #[default]
    Unknown,
}

impl EnvironmentClass {
    pub const ALL: [Self; 5] = [Self::Development, Self::Testing, Self::Staging, Self::Production, Self::Unknown];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Testing => "testing",
            Self::Staging => "staging",
            Self::Production => "production",
            Self::Unknown => "unknown",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// The class that a name suggests to a connector that is told only a name; `unknown` unless it is plain.
    pub fn from_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let is = |words: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| words.contains(&part));
        if is(&["production", "prod", "prd", "live"]) && !is(&["pre", "non", "preprod", "nonprod"]) {
            Self::Production
        } else if is(&["staging", "stage", "preprod", "uat"]) {
            Self::Staging
        } else if is(&["test", "testing", "qa", "e2e"]) {
            Self::Testing
        } else if is(&["dev", "development", "review"]) {
            Self::Development
        } else {
            Self::Unknown
        }
    }
}

record!(Environment {
    id: String,
    name: String,
    class: EnvironmentClass,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<i64>,
});

record!(
    /// Turns finished runs (or one of their stages) into deployments. Patterns match the whole text.
    DeploymentRule {
        id: String,
        service: String,
        environment: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        run_connection: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pipeline: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        stage: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
    }
);

record!(Commit {
    repo: String,
    sha: String,
    authored_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    committed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parents: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines_added: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lines_deleted: Option<i64>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
});

record!(
    /// A pull or merge request.
    Change {
        repo: String,
        id: String,
        created_at: Time,
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        author: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        target: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        first_commit_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        first_review_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        approved_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        merged_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        closed_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        merge_sha: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commits: Option<Vec<String>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lines_added: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        lines_deleted: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_failure: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

record!(
    /// One attempt of one execution of a pipeline.
    Run {
        pipeline: String,
        id: String,
        #[serde(default = "first_attempt", skip_serializing_if = "is_first")]
        attempt: u32 = first_attempt(),
        status: Status,
        #[serde(skip_serializing_if = "Option::is_none")]
        status_raw: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pipeline_name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        number: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        repo: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        branch: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tag: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        sha: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        event_raw: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        created_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        queued_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        started_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        finished_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        updated_at: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        excluded: Option<bool>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commits: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stages: Option<Vec<Stage>>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    pub pipeline: String,
    pub id: String,
    #[serde(default = "first_attempt", skip_serializing_if = "is_first")]
    pub attempt: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRef {
    pub repo: String,
    pub id: String,
}

record!(Deployment {
    id: String,
    service: String,
    environment: String,
    status: Status,
    /// What the source itself called the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queued_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commits: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<ChangeRef>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rework: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fixes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notified_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
});

/// How sure we are that a deployment caused an incident. Only `confirmed` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseState {
    Suspected,
    Confirmed,
    Rejected,
}

impl CauseState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspected => "suspected",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Suspected, Self::Confirmed, Self::Rejected].into_iter().find(|s| s.as_str() == word)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    pub deployment: String,
    pub state: CauseState,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

record!(Incident {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity_raw: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    declared_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detected_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mitigated_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causes: Option<Vec<Cause>>,
    /// Short for one confirmed cause; folded into `causes` on reading.
    #[serde(default, skip_serializing)]
    caused_by: Option<String>,
    /// Weakens `caused_by`; folded into `causes` on reading.
    #[serde(default, skip_serializing)]
    cause_state: Option<CauseState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reviewed_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
});

record!(IncidentEvent {
    id: String,
    incident: String,
    at: Time,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
});

/// Any record, tagged by its `type`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Record {
    Header(Header),
    Team(Team),
    CalendarDay(CalendarDay),
    Service(Service),
    Environment(Environment),
    DeploymentRule(DeploymentRule),
    Commit(Commit),
    Change(Change),
    Run(Run),
    Deployment(Deployment),
    Incident(Incident),
    IncidentEvent(IncidentEvent),
    Person(Person),
    Absence(Absence),
    Item(Item),
    Sprint(Sprint),
    SprintEvent(SprintEvent),
    ItemEvent(ItemEvent),
    OpsNeed(OpsNeed),
    OpsReview(OpsReview),
}

/// What is wrong with a record that is well-formed JSON.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("`{key}` is empty: every record needs one")]
    Empty { key: &'static str },
    #[error("`{key}` has {found} characters, at most {MAX_ID_CHARS} are allowed")]
    LongId { key: &'static str, found: usize },
    #[error("`{key}` has {found} bytes, at most {MAX_TEXT_BYTES} are allowed")]
    LongText { key: &'static str, found: usize },
    #[error("`{later}` ({later_at}) is before `{earlier}` ({earlier_at}): correct one of the two")]
    Backwards { earlier: &'static str, earlier_at: Time, later: &'static str, later_at: Time },
    #[error("neither `started_at` nor `declared_at` is given: an incident needs one of them")]
    NoIncidentTime,
    #[error("`{key}` is {found}: {allowed}")]
    NotAllowed { key: &'static str, found: String, allowed: &'static str },
    #[error("`{key}` is no valid pattern: {why}")]
    Pattern { key: &'static str, why: String },
}

pub(super) fn check_id(key: &'static str, id: &str) -> Result<(), Invalid> {
    if id.trim().is_empty() {
        return Err(Invalid::Empty { key });
    }
    if id.len() > MAX_ID_CHARS {
        let found = id.chars().count();
        if found > MAX_ID_CHARS {
            return Err(Invalid::LongId { key, found });
        }
    }
    Ok(())
}

pub(super) fn check_text(key: &'static str, text: Option<&String>) -> Result<(), Invalid> {
    match text {
        Some(text) if text.len() > MAX_TEXT_BYTES => Err(Invalid::LongText { key, found: text.len() }),
        _ => Ok(()),
    }
}

fn check_count(key: &'static str, count: Option<i64>) -> Result<(), Invalid> {
    match count {
        Some(count) if count < 0 => {
            Err(Invalid::NotAllowed { key, found: count.to_string(), allowed: "a count is 0 or more" })
        }
        _ => Ok(()),
    }
}

pub(super) fn check_order(
    earlier: &'static str,
    earlier_at: Option<Time>,
    later: &'static str,
    later_at: Option<Time>,
) -> Result<(), Invalid> {
    match (earlier_at, later_at) {
        (Some(a), Some(b)) if b < a => Err(Invalid::Backwards { earlier, earlier_at: a, later, later_at: b }),
        _ => Ok(()),
    }
}

pub(super) fn check_word(
    key: &'static str,
    word: Option<&String>,
    words: &[&str],
    allowed: &'static str,
) -> Result<(), Invalid> {
    match word {
        Some(word) if !words.contains(&word.as_str()) => {
            Err(Invalid::NotAllowed { key, found: format!("\"{word}\""), allowed })
        }
        _ => Ok(()),
    }
}

impl Record {
    /// The word in the key `type`.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Header(_) => "header",
            Self::Team(_) => "team",
            Self::CalendarDay(_) => "calendar_day",
            Self::Service(_) => "service",
            Self::Environment(_) => "environment",
            Self::DeploymentRule(_) => "deployment_rule",
            Self::Commit(_) => "commit",
            Self::Change(_) => "change",
            Self::Run(_) => "run",
            Self::Deployment(_) => "deployment",
            Self::Incident(_) => "incident",
            Self::IncidentEvent(_) => "incident_event",
            Self::Person(_) => "person",
            Self::Absence(_) => "absence",
            Self::Item(_) => "item",
            Self::Sprint(_) => "sprint",
            Self::SprintEvent(_) => "sprint_event",
            Self::ItemEvent(_) => "item_event",
            Self::OpsNeed(_) => "ops_need",
            Self::OpsReview(_) => "ops_review",
        }
    }

    /// Notes that a time was read in the zone that the importer was told.
    pub fn assume_zone(&mut self) {
        let slot = match self {
            Self::Commit(commit) => &mut commit.zone_assumed,
            Self::Change(change) => &mut change.zone_assumed,
            Self::Run(run) => &mut run.zone_assumed,
            Self::Deployment(deployment) => &mut deployment.zone_assumed,
            Self::Incident(incident) => &mut incident.zone_assumed,
            Self::IncidentEvent(event) => &mut event.zone_assumed,
            Self::Item(item) => &mut item.zone_assumed,
            Self::Sprint(sprint) => &mut sprint.zone_assumed,
            Self::SprintEvent(event) => &mut event.zone_assumed,
            Self::ItemEvent(event) => &mut event.zone_assumed,
            Self::OpsReview(review) => &mut review.zone_assumed,
            _ => return,
        };
        *slot = Some(true);
    }

    /// Brings a record to its one form (`caused_by` into `causes`, severity 5 to 4) and checks what a type cannot say.
    pub fn normalise(&mut self) -> Result<(), Invalid> {
        match self {
            Self::Header(header) if header.format != "gemba-jsonl" => Err(Invalid::NotAllowed {
                key: "format",
                found: format!("\"{}\"", header.format),
                allowed: "this reader knows \"gemba-jsonl\"",
            }),
            Self::Header(header) if header.version != 1 => Err(Invalid::NotAllowed {
                key: "version",
                found: header.version.to_string(),
                allowed: "this Gemba reads version 1; a newer Gemba wrote this file",
            }),
            Self::Header(_) => Ok(()),
            Self::Team(team) => {
                check_id("id", &team.id)?;
                check_text("name", Some(&team.name))
            }
            Self::CalendarDay(day) => check_id("team", &day.team),
            Self::Service(service) => {
                check_id("id", &service.id)?;
                check_text("name", Some(&service.name))
            }
            Self::Environment(environment) => {
                check_id("id", &environment.id)?;
                check_text("name", Some(&environment.name))
            }
            Self::DeploymentRule(rule) => rule.check(),
            Self::Commit(commit) => {
                check_id("repo", &commit.repo)?;
                check_id("sha", &commit.sha)?;
                check_count("lines_added", commit.lines_added)?;
                check_count("lines_deleted", commit.lines_deleted)?;
                check_text("subject", commit.subject.as_ref())
            }
            Self::Change(change) => {
                check_id("repo", &change.repo)?;
                check_id("id", &change.id)?;
                check_text("title", change.title.as_ref())?;
                check_count("lines_added", change.lines_added)?;
                check_count("lines_deleted", change.lines_deleted)?;
                check_order("created_at", Some(change.created_at), "merged_at", change.merged_at)?;
                check_order("created_at", Some(change.created_at), "closed_at", change.closed_at)
            }
            Self::Run(run) => run.check(),
            Self::Deployment(deployment) => {
                check_id("id", &deployment.id)?;
                check_id("service", &deployment.service)?;
                check_id("environment", &deployment.environment)?;
                if deployment.rollback_of.as_ref() == Some(&deployment.id) {
                    return Err(Invalid::NotAllowed {
                        key: "rollback_of",
                        found: "the deployment itself".to_owned(),
                        allowed: "name the deployment that it undid",
                    });
                }
                check_order("started_at", deployment.started_at, "finished_at", deployment.finished_at)
            }
            Self::Incident(incident) => incident.normalise(),
            Self::IncidentEvent(event) => {
                check_id("id", &event.id)?;
                check_id("incident", &event.incident)?;
                check_text("text", Some(&event.text))
            }
            Self::Person(person) => person.check(),
            Self::Absence(absence) => absence.check(),
            Self::Item(item) => item.check(),
            Self::Sprint(sprint) => sprint.check(),
            Self::SprintEvent(event) => event.check(),
            Self::ItemEvent(event) => event.check(),
            Self::OpsNeed(need) => need.check(),
            Self::OpsReview(review) => review.check(),
        }
    }
}

impl DeploymentRule {
    fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("service", &self.service)?;
        check_id("environment", &self.environment)?;
        for (key, pattern) in [("pipeline", &self.pipeline), ("stage", &self.stage), ("branch", &self.branch)] {
            if let Some(pattern) = pattern
                && let Err(error) = regex::Regex::new(pattern)
            {
                let text = error.to_string();
                let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                return Err(Invalid::Pattern { key, why });
            }
        }
        Ok(())
    }
}

impl Run {
    /// It came to an end, also to one whose name nobody here knows.
    pub fn is_over(&self) -> bool {
        self.status.is_finished() || (self.status == Status::Unknown && self.finished_at.is_some())
    }

    /// The first thing known of it in time.
    pub fn first_time(&self) -> Option<i64> {
        self.created_at.or(self.queued_at).or(self.started_at).or(self.finished_at).map(|time| time.0)
    }

    fn check(&self) -> Result<(), Invalid> {
        check_id("pipeline", &self.pipeline)?;
        check_id("id", &self.id)?;
        if self.attempt == 0 {
            return Err(Invalid::NotAllowed {
                key: "attempt",
                found: "0".to_owned(),
                allowed: "attempts count from 1",
            });
        }
        for (key, text) in [("url", &self.url), ("pipeline_name", &self.pipeline_name), ("branch", &self.branch)] {
            check_text(key, text.as_ref())?;
        }
        check_order("started_at", self.started_at, "finished_at", self.finished_at)?;
        for stage in self.stages.iter().flatten() {
            check_id("stages.name", &stage.name)?;
            check_order("stages.started_at", stage.started_at, "stages.finished_at", stage.finished_at)?;
        }
        Ok(())
    }
}

impl Incident {
    /// When it began: the start of the impact, else the declaration. Checked to exist on import.
    pub fn began_at(&self) -> Option<Time> {
        self.started_at.or(self.declared_at)
    }

    fn normalise(&mut self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_text("title", Some(&self.title))?;
        check_text("text", self.text.as_ref())?;
        if self.began_at().is_none() {
            return Err(Invalid::NoIncidentTime);
        }
        check_order("started_at", self.began_at(), "resolved_at", self.resolved_at)?;
        check_order("started_at", self.began_at(), "mitigated_at", self.mitigated_at)?;
        check_word(
            "detected_by",
            self.detected_by.as_ref(),
            &["alert", "staff", "customer"],
            "use alert, staff or customer",
        )?;
        check_word(
            "cause_kind",
            self.cause_kind.as_ref(),
            &["change", "dependency", "capacity", "hardware", "human", "unknown"],
            "use change, dependency, capacity, hardware, human or unknown",
        )?;
        match self.severity {
            Some(0) | Some(6..) => {
                return Err(Invalid::NotAllowed {
                    key: "severity",
                    found: self.severity.unwrap_or_default().to_string(),
                    allowed: "use 1 (worst) to 4",
                });
            }
            Some(5) => {
                self.severity = Some(4);
                self.severity_raw.get_or_insert_with(|| "5".to_owned());
            }
            _ => {}
        }
        let state = self.cause_state.take().unwrap_or(CauseState::Confirmed);
        if let Some(deployment) = self.caused_by.take() {
            let causes = self.causes.get_or_insert_default();
            if !causes.iter().any(|cause| cause.deployment == deployment) {
                causes.push(Cause { deployment, state, by: None, why: None });
            }
        }
        Ok(())
    }
}
