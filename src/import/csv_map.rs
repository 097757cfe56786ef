//! CSV with a column mapping: a row a run, a deployment, an incident or an item of work.
//!
//! The mapping of a header is guessed from its names, can be given, and is remembered by whoever calls. A deployment's
//! row may also carry the times of its change, as HeartBeat's export does: the change is made from them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::status_words::{item_kind_of_word, item_state_of_word, plain, status_of_word};
use super::{Emit, ImportError, Item, Options};
use crate::model::plan::{Estimates, Item as WorkItem, ItemKind, ItemState};
use crate::model::record::{
    Change, ChangeRef, Deployment, Environment, EnvironmentClass, FILE_CONNECTION, Incident, Record, Run, RunRef, Stage,
};
use crate::model::{Status, System, Time, with_assumed_zone};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvTarget {
    Run,
    Deployment,
    Incident,
    Item,
}

impl CsvTarget {
    pub const ALL: [Self; 4] = [Self::Run, Self::Deployment, Self::Incident, Self::Item];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "run" | "runs" => Some(Self::Run),
            "deployment" | "deployments" => Some(Self::Deployment),
            "incident" | "incidents" => Some(Self::Incident),
            "item" | "items" => Some(Self::Item),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Deployment => "deployment",
            Self::Incident => "incident",
            Self::Item => "item",
        }
    }

    /// The fields that a column may fill.
    pub fn fields(self) -> &'static [CsvField] {
        match self {
            Self::Run => RUN_FIELDS,
            Self::Deployment => DEPLOYMENT_FIELDS,
            Self::Incident => INCIDENT_FIELDS,
            Self::Item => ITEM_FIELDS,
        }
    }
}

/// A field and the header names that suggest it.
#[derive(Debug)]
pub struct CsvField {
    pub name: &'static str,
    pub required: bool,
    hints: &'static [&'static str],
}

macro_rules! fields {
    ($($name:literal $($required:ident)? : [$($hint:literal),* $(,)?]),* $(,)?) => {
        &[$(CsvField { name: $name, required: fields!(@ $($required)?), hints: &[$($hint),*] }),*]
    };
    (@ required) => { true };
    (@) => { false };
}

const RUN_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "run id", "build id", "build number", "number"],
    "pipeline": ["pipeline", "pipeline name", "workflow", "job", "job name", "definition"],
    "status" required: ["status", "result", "state", "conclusion", "outcome"],
    "result": ["result", "conclusion"],
    "system": ["system", "ci system"],
    "number": ["number", "build number"],
    "attempt": ["attempt"],
    "service": ["service", "application", "component"],
    "branch": ["branch", "ref"],
    "sha": ["sha", "commit", "revision", "commit sha"],
    "actor": ["actor", "user", "author", "triggered by", "code committer"],
    "created_at": ["created at", "created", "queued at"],
    "started_at": ["started at", "started", "start", "start time"],
    "finished_at": ["finished at", "finished", "ended at", "end time", "completed at"],
    "url": ["url", "link"],
];

const DEPLOYMENT_FIELDS: &[CsvField] = fields![
    "id" required: ["deployment id", "id", "build number", "number"],
    "service": ["service", "application", "component", "pipeline name", "repository", "repo", "project"],
    "environment": ["environment", "env", "target"],
    "status" required: ["status", "result", "state", "outcome"],
    "result": ["result", "conclusion"],
    "system": ["system", "ci system"],
    "version": ["version", "release", "tag"],
    "sha": ["sha", "commit", "revision", "commit sha"],
    "queued_at": ["queued at", "created at"],
    "started_at": ["started at", "started", "start time", "code committed time"],
    "finished_at" required: [
        "deployment completed time", "finished at", "deployed at", "deployment time", "completed at", "finished",
        "end time", "timestamp", "date",
    ],
    "pipeline": ["pipeline", "pipeline name"],
    "stage": ["pipeline step", "step", "stage", "job"],
    "branch": ["branch", "ref"],
    "actor": ["actor", "user", "deployed by", "pipeline creator", "code committer"],
    "url": ["url", "link"],
    "valid": ["valid"],
    "change_first_commit_at": ["first code committed time in pr", "first commit at", "first commit"],
    "change_created_at": ["pr created time", "pr created at"],
    "change_merged_at": ["pr merged time", "merged at", "pr merged at"],
];

const INCIDENT_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "incident id", "incident", "key", "number", "issue key"],
    "title" required: ["title", "summary", "name", "subject", "description"],
    "service": ["service", "application", "component"],
    "environment": ["environment", "env"],
    "severity": ["severity", "sev", "priority", "urgency"],
    "started_at": ["started at", "impact start", "start time", "started"],
    "declared_at" required: ["declared at", "created at", "created", "opened at", "opened", "reported at"],
    "detected_at": ["detected at"],
    "acknowledged_at": ["acknowledged at", "acknowledged"],
    "mitigated_at": ["mitigated at", "mitigated"],
    "resolved_at": ["resolved at", "resolved", "closed at", "closed", "end time", "ended at"],
    "caused_by": ["caused by", "deployment", "deployment id"],
    "url": ["url", "link"],
];

const ITEM_FIELDS: &[CsvField] = fields![
    "id" required: ["id", "key", "issue key", "item", "number"],
    "title": ["title", "summary", "name", "subject", "task"],
    "kind": ["kind", "type", "issue type", "work item type"],
    "state": ["state", "status"],
    "points": ["points", "story points", "story point estimate", "custom field story points", "estimate", "effort"],
    "hours": ["hours", "original estimate", "remaining work"],
    "created_at": ["created at", "created", "created date", "creation date"],
    "started_at": ["started at", "started", "start date", "started date", "activated date"],
    "done_at": ["done at", "done", "finished", "finished date", "closed date", "resolved", "completed", "completed at"],
    "assignee": ["assignee", "assigned to", "owner"],
    "labels": ["labels", "tags", "project", "component"],
    "service": ["service", "application"],
    "parent": ["parent key", "parent issue", "epic link", "parent"],
    "depends_on": ["depends on", "dependson", "blocked by", "is blocked by", "predecessors", "predecessor"],
    "due": ["due date", "due", "target date"],
    "url": ["url", "link"],
];

/// Which column fills which field, and what holds for every row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvMapping {
    pub target: CsvTarget,
    /// Field → column.
    pub columns: BTreeMap<String, String>,
    /// Field → the same text for every row, where no column fills it.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
}

/// What a CSV file looks like, for a person who maps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvPreview {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub guess: CsvMapping,
    /// The guess needs no look: its names leave no doubt, or it was given for this header before.
    pub is_sure: bool,
}

impl CsvMapping {
    /// The mapping that the names of a header suggest for a target.
    pub fn guess_for(target: CsvTarget, header: &[String]) -> Self {
        let plain_header: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let mut columns = BTreeMap::new();
        for field in target.fields() {
            let own = plain(field.name);
            let found = std::iter::once(own.as_str())
                .chain(field.hints.iter().copied())
                .find_map(|hint| plain_header.iter().position(|name| name == hint));
            if let Some(at) = found {
                columns.insert(field.name.to_owned(), header[at].clone());
            }
        }
        // One column cannot be both the state and a second word for it.
        if columns.get("result") == columns.get("status") {
            columns.remove("result");
        }
        let mut constants = BTreeMap::new();
        if target == CsvTarget::Deployment {
            if !columns.contains_key("environment") {
                constants.insert("environment".to_owned(), "production".to_owned());
            }
            if !columns.contains_key("service") {
                constants.insert("service".to_owned(), "unknown".to_owned());
            }
        }
        if target == CsvTarget::Run && !columns.contains_key("pipeline") {
            constants.insert("pipeline".to_owned(), "imported".to_owned());
        }
        Self { target, columns, constants }
    }

    /// The best guess over all targets.
    pub fn guess(header: &[String]) -> Self {
        let score = |mapping: &Self| {
            let is_plain = mapping.is_plain();
            let required = mapping.target.fields().iter().filter(|field| field.required);
            let missing = required.filter(|field| !mapping.columns.contains_key(field.name)).count();
            (is_plain, std::cmp::Reverse(missing), mapping.columns.len())
        };
        let guesses = CsvTarget::ALL.map(|target| Self::guess_for(target, header));
        let [run, deployment, incident, item] = guesses;
        [item, run, incident, deployment]
            .into_iter()
            .max_by_key(score)
            .unwrap_or_else(|| Self::guess_for(CsvTarget::Run, header))
    }

    /// The names of the columns leave no doubt what a row is. A guess that only fits is not used unasked: it might make
    /// production deployments of any list.
    pub fn is_plain(&self) -> bool {
        let has = |field: &str| self.columns.contains_key(field);
        let of = |field: &str| self.columns.get(field).map(|name| plain(name)).unwrap_or_default();
        let says_deployment = ["id", "finished_at", "version", "environment", "started_at"]
            .into_iter()
            .any(|field| of(field).split(' ').any(|word| word.starts_with("deploy") || word.starts_with("release")));
        self.missing().is_empty()
            && match self.target {
                CsvTarget::Deployment => has("environment") || says_deployment,
                CsvTarget::Run => has("pipeline") && (has("started_at") || has("finished_at") || has("created_at")),
                CsvTarget::Item => has("done_at") && has("created_at") && (has("points") || has("kind")),
                CsvTarget::Incident => {
                    has("severity") || has("mitigated_at") || has("detected_at") || of("id").contains("incident")
                }
            }
    }

    /// Required fields that nothing fills.
    pub fn missing(&self) -> Vec<&'static str> {
        let filled = |name: &str| self.columns.contains_key(name) || self.constants.contains_key(name);
        let is_missing = |field: &&CsvField| {
            let alternative = field.name == "declared_at" && filled("started_at");
            field.required && !filled(field.name) && !alternative
        };
        self.target.fields().iter().filter(is_missing).map(|field| field.name).collect()
    }
}

/// The key under which a mapping is remembered.
pub fn header_key(header: &[String]) -> String {
    header.iter().map(|name| plain(name)).collect::<Vec<_>>().join("|")
}

struct Table {
    header: Vec<String>,
    reader: csv::Reader<std::io::Cursor<Vec<u8>>>,
}

fn open(path: &Path) -> Result<Table, ImportError> {
    let io = |error| ImportError::Io { error, path: path.to_owned() };
    let mut bytes = std::fs::read(path).map_err(io)?;
    if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
        bytes.drain(..3);
    }
    if let Err(error) = std::str::from_utf8(&bytes) {
        return Err(ImportError::Encoding { at: error.valid_up_to() as u64, path: path.to_owned() });
    }
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first.iter().filter(|&&byte| byte == separator).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|&separator| count(separator)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(std::io::Cursor::new(bytes));
    let header =
        reader.headers().map_err(|error| ImportError::BadMapping { why: error.to_string(), path: path.to_owned() })?;
    let mut names: Vec<String> = Vec::new();
    for name in header {
        // A repeated name gets a number, so that each column can be named.
        let mut unique = name.trim().to_owned();
        let mut n = 2;
        while names.contains(&unique) {
            unique = format!("{} {n}", name.trim());
            n += 1;
        }
        names.push(unique);
    }
    Ok(Table { header: names, reader })
}

/// Shows the header, the first rows and the guess.
pub fn preview_csv(path: &Path) -> Result<CsvPreview, ImportError> {
    let mut table = open(path)?;
    let rows = table.reader.records().take(8).filter_map(Result::ok);
    let rows = rows.map(|row| row.iter().map(str::to_owned).collect()).collect();
    let guess = CsvMapping::guess(&table.header);
    Ok(CsvPreview { is_sure: guess.is_plain(), guess, header: table.header, rows })
}

/// Reads a CSV file by the mapping that was given, remembered, or guessed without a gap.
pub fn read(path: &Path, options: &Options, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let mut table = open(path)?;
    let remembered = options.csv_mappings.get(&header_key(&table.header));
    let mapping = match options.csv_mapping.as_ref().or(remembered) {
        Some(mapping) => mapping.clone(),
        None => CsvMapping::guess(&table.header),
    };
    let is_told = options.csv_mapping.is_some() || remembered.is_some();
    if !mapping.missing().is_empty() || !(is_told || mapping.is_plain()) {
        let columns = table.header.join(", ");
        if options.csv_mapping.is_some() {
            let why = format!("nothing fills {}; the columns are {columns}", mapping.missing().join(", "));
            return Err(ImportError::BadMapping { why, path: path.to_owned() });
        }
        return Err(ImportError::NeedsMapping { columns, path: path.to_owned() });
    }
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for (field, column) in &mapping.columns {
        match table.header.iter().position(|name| name == column) {
            Some(index) => at.insert(field.as_str(), index),
            None => {
                let why = format!("there is no column \"{column}\"; the columns are {}", table.header.join(", "));
                return Err(ImportError::BadMapping { why, path: path.to_owned() });
            }
        };
    }
    let mut row = csv::StringRecord::new();
    let labels = repeated(&table.header, mapping.columns.get("labels"));
    let is_jira = table.header.iter().any(|name| name.eq_ignore_ascii_case("issue key"));
    let mut unread = Unread::new(&table.header, at.values().chain(&labels));
    loop {
        let line = table.reader.position().line();
        emit.done(table.reader.position().byte());
        match table.reader.read_record(&mut row) {
            Ok(false) => return unread.tell(emit),
            Ok(true) => unread.count(&row),
            Err(error) => {
                emit.refuse(line, None, format!("not a CSV row: {error}"))?;
                continue;
            }
        }
        let cells = Cells { row: &row, at: &at, labels: &labels, is_jira, mapping: &mapping };
        let (made, assumed) = with_assumed_zone(options.zone.as_ref(), || cells.records(options));
        if assumed {
            emit.item(Item::ZoneAssumed)?;
        }
        match made {
            Ok(records) => {
                for mut record in records {
                    if assumed {
                        record.assume_zone();
                    }
                    emit.record(line, record)?;
                }
            }
            Err(reason) => emit.refuse(line, None, reason)?,
        }
    }
}

/// All columns of the name that a field is filled from: trackers write one for each value of a list, which are numbered
/// here.
fn repeated(header: &[String], column: Option<&String>) -> Vec<usize> {
    let Some(column) = column else { return Vec::new() };
    let is_one = |name: &str| {
        let rest = name.strip_prefix(column.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().parse::<u32>().is_ok_and(|n| n > 1))
    };
    header.iter().enumerate().filter(|(_, name)| is_one(name)).map(|(at, _)| at).collect()
}

/// Columns that fill no field, and in how many rows they hold something.
struct Unread {
    columns: Vec<(usize, String, u64)>,
}

impl Unread {
    fn new<'a>(header: &[String], read: impl Iterator<Item = &'a usize>) -> Self {
        let read: std::collections::BTreeSet<usize> = read.copied().collect();
        let rest = header.iter().enumerate().filter(|(at, name)| !read.contains(at) && !name.trim().is_empty());
        Self { columns: rest.map(|(at, name)| (at, name.clone(), 0)).collect() }
    }

    fn count(&mut self, row: &csv::StringRecord) {
        for (at, _, n) in &mut self.columns {
            *n += u64::from(row.get(*at).is_some_and(|cell| !cell.trim().is_empty()));
        }
    }

    /// Tells each column as often as it held something; those of one name together.
    fn tell(self, emit: &mut Emit<'_>) -> Result<(), ImportError> {
        for (_, name, n) in self.columns {
            if n > 0 {
                emit.item(Item::UnknownKey(format!("column {name}"), n))?;
            }
        }
        Ok(())
    }
}

/// One row, by field.
struct Cells<'a> {
    row: &'a csv::StringRecord,
    at: &'a BTreeMap<&'a str, usize>,
    /// The columns of labels.
    labels: &'a [usize],
    /// An export of Jira: it writes estimates in seconds, and in the column "Parent" a number that names no issue.
    is_jira: bool,
    mapping: &'a CsvMapping,
}

impl Cells<'_> {
    fn text(&self, field: &str) -> Option<String> {
        let cell = self.at.get(field).and_then(|&index| self.row.get(index)).map(str::trim);
        let cell = cell.filter(|text| !text.is_empty()).map(|text| text.strip_prefix('\'').unwrap_or(text));
        cell.map(str::to_owned).or_else(|| self.mapping.constants.get(field).cloned())
    }

    fn time(&self, field: &str) -> Result<Option<Time>, String> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let number = text.parse::<i64>().ok();
        if let Some(number) = number {
            // Epoch seconds or milliseconds: the two never meet between 1973 and 2100.
            let micros =
                if number > 100_000_000_000 { number.checked_mul(1000) } else { number.checked_mul(1_000_000) };
            return micros.map(|micros| Some(Time(micros))).ok_or_else(|| format!("`{field}`: {number} is no time"));
        }
        let column = self.mapping.columns.get(field).map_or(field, String::as_str);
        Time::parse(&text).map(Some).map_err(|error| format!("column \"{column}\": {error}"))
    }

    fn needed(&self, field: &str) -> Result<String, String> {
        self.text(field).ok_or_else(|| {
            let column = self.mapping.columns.get(field).map_or(field, String::as_str);
            format!("column \"{column}\" is empty, and `{field}` is needed")
        })
    }

    /// The status and the words it was read from: as the named system means them, else as any tool does.
    fn status(&self) -> Result<(Status, String), String> {
        let state = self.needed("status")?;
        let result = self.text("result").filter(|result| *result != state);
        let status = match self.text("system") {
            Some(name) => {
                let system = System::parse(&name).ok_or_else(|| {
                    let known: Vec<&str> = System::ALL.iter().map(|system| system.as_str()).collect();
                    format!("`system`: \"{name}\" is none of {}", known.join(", "))
                })?;
                system.status(&state, result.as_deref())
            }
            None => match status_of_word(&state) {
                status if status.is_finished() || status == Status::Unknown => {
                    result.as_deref().map(status_of_word).filter(|known| *known != Status::Unknown).unwrap_or(status)
                }
                status => status,
            },
        };
        Ok((status, result.map_or_else(|| state.clone(), |result| format!("{state}/{result}"))))
    }

    fn records(&self, options: &Options) -> Result<Vec<Record>, String> {
        let connection = options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned());
        match self.mapping.target {
            CsvTarget::Run => self.run(connection, options).map(|run| vec![Record::Run(run)]),
            CsvTarget::Deployment => self.deployment(connection, options),
            CsvTarget::Incident => self.incident(connection, options).map(|incident| vec![Record::Incident(incident)]),
            CsvTarget::Item => self.item(connection, options).map(|item| vec![Record::Item(item)]),
        }
    }

    /// A time, or a day: noon of it in the zone that the importer was told, so that it is that day wherever it is read.
    fn day(&self, field: &str, options: &Options) -> Result<Option<Time>, String> {
        let date =
            self.text(field).and_then(|text| text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10));
        let Some(date) = date else { return self.time(field) };
        let zone = options.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let noon = date.at(12, 0, 0, 0).to_zoned(zone);
        noon.map(|noon| Some(Time::from_timestamp(noon.timestamp()))).map_err(|error| format!("`{field}`: {error}"))
    }

    fn item(&self, connection: String, options: &Options) -> Result<WorkItem, String> {
        let id = self.needed("id")?;
        let number = |field: &str| -> Result<Option<f64>, String> {
            let Some(text) = self.text(field) else { return Ok(None) };
            let number = text.replace(',', ".").parse::<f64>();
            number.map(Some).map_err(|_error| format!("`{field}`: \"{text}\" is no number"))
        };
        let is_in_seconds =
            self.is_jira && self.mapping.columns.get("hours").is_some_and(|c| plain(c) == "original estimate");
        let hours = number("hours")?.map(|hours| if is_in_seconds { hours / 3600.0 } else { hours });
        let estimates = Estimates { points: number("points")?, hours };
        let (started_at, done_at) = (self.day("started_at", options)?, self.day("done_at", options)?);
        let source_state = self.text("state");
        let said = source_state.as_deref().and_then(item_state_of_word);
        let by_times = match (started_at, done_at) {
            (_, Some(_)) => ItemState::Done,
            (Some(_), None) => ItemState::InProgress,
            (None, None) => ItemState::Backlog,
        };
        let list = |text: &str| -> Vec<String> {
            text.split([',', ';']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
        };
        let cells = self.labels.iter().filter_map(|at| self.row.get(*at));
        let given: Vec<String> = cells.flat_map(list).collect();
        let constant = self.mapping.constants.get("labels").map(|text| list(text));
        let labels = Some(given).filter(|labels| !labels.is_empty()).or(constant);
        let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
        let zone = options.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let due = self.day("due", options)?.map(|at| at.to_timestamp().to_zoned(zone).date());
        Ok(WorkItem {
            connection,
            title: self.text("title").unwrap_or_else(|| id.clone()),
            id,
            kind: self.text("kind").map_or(ItemKind::Task, |word| item_kind_of_word(&word)),
            state: said.unwrap_or(by_times),
            source_state,
            service: self.text("service").or_else(|| options.service.clone()),
            estimates: Some(estimates).filter(|estimates| *estimates != Estimates::default()),
            assignee: self.text("assignee"),
            labels,
            parent: self.text("parent").filter(|parent| !(self.is_jira && is_number(parent))),
            depends_on: self.text("depends_on").map(|text| list(&text)).filter(|ids| !ids.is_empty()),
            due,
            created_at: self.day("created_at", options)?,
            started_at,
            done_at,
            url: self.text("url"),
            ..WorkItem::default()
        })
    }

    fn run(&self, connection: String, options: &Options) -> Result<Run, String> {
        let (status, raw) = self.status()?;
        Ok(Run {
            connection,
            pipeline: self.needed("pipeline")?,
            id: self.needed("id")?,
            attempt: self.text("attempt").and_then(|text| text.parse().ok()).unwrap_or(1),
            status,
            status_raw: Some(raw),
            number: self.text("number").and_then(|text| text.parse().ok()),
            service: self.text("service").or_else(|| options.service.clone()),
            branch: self.text("branch"),
            sha: self.text("sha"),
            actor: self.text("actor"),
            created_at: self.time("created_at")?,
            started_at: self.time("started_at")?,
            finished_at: self.time("finished_at")?,
            url: self.text("url"),
            ..Run::default()
        })
    }

    /// A deployment, the run it came from where a pipeline is named, and its change where its times are there.
    fn deployment(&self, connection: String, options: &Options) -> Result<Vec<Record>, String> {
        let (status, raw) = self.status()?;
        let id = self.needed("id")?;
        let service = match &options.service {
            Some(service) => service.clone(),
            None => self.needed("service")?,
        };
        let environment = self.needed("environment")?;
        let mut records = Vec::new();
        if !self.at.contains_key("environment") {
            // Said for every row by whoever maps the file, so it is known what it is.
            let class = EnvironmentClass::from_name(&environment);
            records.push(Record::Environment(Environment {
                connection: connection.clone(),
                id: environment.clone(),
                name: environment.clone(),
                class,
                ..Environment::default()
            }));
        }
        let (started_at, finished_at) = (self.time("started_at")?, self.time("finished_at")?);
        let created = self.time("change_created_at")?;
        let merged = self.time("change_merged_at")?;
        let change = created.map(|created_at| -> Result<Change, String> {
            Ok(Change {
                connection: connection.clone(),
                repo: service.clone(),
                id: format!("change of {id}"),
                created_at,
                author: self.text("actor"),
                target: self.text("branch"),
                first_commit_at: self.time("change_first_commit_at")?,
                merged_at: merged,
                closed_at: merged.filter(|merged| *merged >= created_at),
                ..Change::default()
            })
        });
        let change = change.transpose()?;
        let changes =
            change.as_ref().map(|change| vec![ChangeRef { repo: change.repo.clone(), id: change.id.clone() }]);
        records.extend(change.map(Record::Change));
        let run =
            self.text("pipeline").map(|pipeline| RunRef { connection: None, pipeline, id: id.clone(), attempt: 1 });
        if let Some(run) = &run {
            let stages = self.text("stage").map(|name| {
                vec![Stage { name, status, status_raw: Some(raw.clone()), started_at, finished_at, ..Stage::default() }]
            });
            records.push(Record::Run(Run {
                connection: connection.clone(),
                pipeline: run.pipeline.clone(),
                id: run.id.clone(),
                status,
                status_raw: Some(raw.clone()),
                number: id.parse().ok(),
                service: Some(service.clone()),
                branch: self.text("branch"),
                sha: self.text("sha"),
                actor: self.text("actor"),
                started_at,
                finished_at,
                url: self.text("url"),
                stages,
                ..Run::default()
            }));
        }
        // HeartBeat lists every build and says which of them count; one that passed and does not, deployed nothing.
        let counts = !self.text("valid").is_some_and(|text| text.eq_ignore_ascii_case("false"));
        if !counts && matches!(status, Status::Succeeded | Status::Warnings) {
            return Ok(records);
        }
        records.push(Record::Deployment(Deployment {
            connection,
            id,
            service,
            environment,
            status: if status.is_finished() { status } else { Status::Unknown },
            status_raw: Some(raw),
            version: self.text("version"),
            sha: self.text("sha"),
            queued_at: self.time("queued_at")?,
            started_at,
            finished_at,
            run,
            changes,
            actor: self.text("actor"),
            url: self.text("url"),
            ..Deployment::default()
        }));
        Ok(records)
    }

    fn incident(&self, connection: String, options: &Options) -> Result<Incident, String> {
        let severity_raw = self.text("severity");
        let severity = severity_raw.as_ref().and_then(|raw| {
            let digit = raw.chars().find(char::is_ascii_digit).and_then(|c| c.to_digit(10)).map(|d| d as u8);
            digit.filter(|d| (1..=5).contains(d)).or(match raw.to_lowercase().as_str() {
                "critical" | "highest" | "blocker" => Some(1),
                "high" | "major" => Some(2),
                "medium" | "moderate" => Some(3),
                "low" | "minor" | "lowest" => Some(4),
                _ => None,
            })
        });
        Ok(Incident {
            connection,
            id: self.needed("id")?,
            title: self.needed("title")?,
            service: self.text("service").or_else(|| options.service.clone()),
            environment: self.text("environment"),
            severity,
            severity_raw,
            started_at: self.time("started_at")?,
            declared_at: self.time("declared_at")?,
            detected_at: self.time("detected_at")?,
            acknowledged_at: self.time("acknowledged_at")?,
            mitigated_at: self.time("mitigated_at")?,
            resolved_at: self.time("resolved_at")?,
            caused_by: self.text("caused_by"),
            url: self.text("url"),
            ..Incident::default()
        })
    }
}
