//! One row of a table as a record.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::dates::{as_iso, of_spreadsheet};
use super::{CsvMapping, CsvTarget, Known};
use crate::import::status_words::{item_kind_of_word, item_state_of_word, plain, status_of_word};
use crate::import::{Options, tracker};
use crate::model::plan::{Estimates, Item as WorkItem, ItemKind, ItemState, rank_of_row};
use crate::model::record::{
    Change, ChangeRef, Deployment, Environment, EnvironmentClass, FILE_CONNECTION, Incident, Record, Run, RunRef, Stage,
};
use crate::model::{ParseTimeError, Status, System, Time, labels};

/// Without the mark that keeps a spreadsheet from reading a cell as a formula.
pub(super) fn unguarded(text: &str) -> &str {
    let rest = text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    rest.unwrap_or(text)
}

/// Why a cell was not read.
enum Fault {
    /// It is wrong by itself.
    Cell(String),
    /// The file cannot be read without being told more: its zone, or which number is the day.
    File(String),
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Cell(why) | Fault::File(why) => why,
        }
    }
}

/// One row, by field.
pub(super) struct Cells<'a> {
    pub row: &'a csv::StringRecord,
    pub at: &'a BTreeMap<&'a str, usize>,
    /// The columns of labels, and of what an item waits for.
    pub labels: &'a [usize],
    pub depends_on: &'a [usize],
    /// The columns of points and of parents: sites of Jira have several that rival each other.
    pub points: &'a [usize],
    pub parents: &'a [usize],
    /// Cells of items that could not be read and are left empty, each with why.
    pub left_empty: &'a RefCell<Vec<String>>,
    /// An export of Jira: it writes estimates in seconds, and in the column "Parent" a number that names no issue.
    pub is_jira: bool,
    pub mapping: &'a CsvMapping,
    pub known: &'a Known,
    /// The id that a row gets where the list has none.
    pub made: Option<String>,
    /// Which row it is, where the order of the rows is that of the list.
    pub row_number: Option<u32>,
}

impl Cells<'_> {
    pub fn text(&self, field: &str) -> Option<String> {
        let cell = self.at.get(field).and_then(|&index| self.row.get(index)).map(str::trim);
        let cell = cell.filter(|text| !text.is_empty()).map(unguarded);
        cell.map(str::to_owned).or_else(|| self.mapping.constants.get(field).cloned())
    }

    fn time(&self, field: &str) -> Result<Option<Time>, Fault> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let number = text.parse::<i64>().ok().filter(|_| of_spreadsheet(&text).is_none());
        if let Some(number) = number {
            // Epoch seconds or milliseconds: the two never meet between 1973 and 2100.
            let micros =
                if number > 100_000_000_000 { number.checked_mul(1000) } else { number.checked_mul(1_000_000) };
            let why = || Fault::Cell(format!("`{field}`: {number} is no time"));
            return micros.map(|micros| Some(Time(micros))).ok_or_else(why);
        }
        let column = self.column(field);
        Time::parse(&text).map(Some).or_else(|_error| {
            let iso =
                as_iso(&text, self.known.order).map_err(|why| Fault::File(format!("column \"{column}\": {why}")))?;
            Time::parse(&iso).map(Some).map_err(|error| match error {
                ParseTimeError::NoOffset(_) => Fault::File(format!("column \"{column}\": {error}")),
                _ if iso == text => Fault::Cell(format!(
                    "column \"{column}\": \"{text}\" is no time: write it like 2024-03-04T09:30:00Z"
                )),
                _ => Fault::Cell(format!("column \"{column}\": \"{text}\" is no day there is")),
            })
        })
    }

    /// What a field is read from, as the file calls it.
    fn column<'b>(&'b self, field: &'b str) -> &'b str {
        self.mapping.columns.get(field).map_or(field, String::as_str)
    }

    /// A cell of an item that cannot be read is left empty, and told: the item itself is not lost for it.
    fn or_empty<T>(&self, read: Result<Option<T>, Fault>) -> Result<Option<T>, String> {
        match read {
            Ok(read) => Ok(read),
            Err(Fault::File(why)) => Err(why),
            Err(Fault::Cell(why)) => {
                self.left_empty.borrow_mut().push(why);
                Ok(None)
            }
        }
    }

    fn needed(&self, field: &str) -> Result<String, String> {
        let missing = || format!("column \"{}\" is empty, and `{field}` is needed", self.column(field));
        self.text(field).ok_or_else(missing)
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

    pub fn records(&self, options: &Options) -> Result<Vec<Record>, String> {
        let connection = options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned());
        match self.mapping.target {
            CsvTarget::Run => self.run(connection, options).map(|run| vec![Record::Run(run)]),
            CsvTarget::Deployment => self.deployment(connection, options),
            CsvTarget::Incident => self.incident(connection, options).map(|incident| vec![Record::Incident(incident)]),
            CsvTarget::Item => self.item(connection, options).map(|item| vec![Record::Item(item)]),
        }
    }

    /// A time, or a day: noon of it in the zone that the importer was told, so that it is that day wherever it is read.
    fn day(&self, field: &str, options: &Options) -> Result<Option<Time>, Fault> {
        let iso = self.text(field).and_then(|text| as_iso(&text, self.known.order).ok());
        let date = iso.and_then(|text| text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10));
        let Some(date) = date else { return self.time(field) };
        let zone = options.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let noon = date.at(12, 0, 0, 0).to_zoned(zone);
        let noon = noon.map(|noon| Some(Time::from_timestamp(noon.timestamp())));
        noon.map_err(|error| Fault::Cell(format!("`{field}`: {error}")))
    }

    /// A sub-task of something that the table does not hold: its points are those of what it belongs to.
    fn is_lonely_part(&self) -> bool {
        let kind = self.text("kind").map(|kind| plain(&kind)).unwrap_or_default();
        let parent = self.text("parent").or_else(|| self.other_parent());
        let is_known = |parent: &String| self.known.ids.contains(parent) || self.known.keys.contains_key(parent);
        matches!(kind.as_str(), "sub task" | "subtask") && !parent.as_ref().is_some_and(is_known)
    }

    fn other_parent(&self) -> Option<String> {
        let cells = self.parents.iter().filter_map(|at| self.row.get(*at)).map(str::trim);
        cells.map(unguarded).find(|cell| !cell.is_empty()).map(str::to_owned)
    }

    /// Keys of an item that the table has a column for and whose cells are empty.
    pub fn emptied(&self) -> Vec<&'static str> {
        const KEYS: [(&str, &str); 7] = [
            ("assignee", "assignee"),
            ("labels", "labels"),
            ("due", "due"),
            ("description", "description"),
            ("points", "estimates.points"),
            ("hours", "estimates.hours"),
            ("done_at", "done_at"),
        ];
        let is_empty = |at: &usize| self.row.get(*at).is_none_or(|cell| cell.trim().is_empty());
        let others: BTreeMap<&str, &[usize]> = BTreeMap::from([("labels", self.labels), ("points", self.points)]);
        let is_emptied = |(field, _): &(&str, &str)| {
            self.at.contains_key(field)
                && self.text(field).is_none()
                && others.get(field).is_none_or(|columns| columns.iter().all(is_empty))
        };
        KEYS.into_iter().filter(is_emptied).map(|(_, key)| key).collect()
    }

    fn item(&self, connection: String, options: &Options) -> Result<WorkItem, String> {
        let id = match &self.made {
            Some(made) => made.clone(),
            None => self.needed("id")?,
        };
        let rank = self.row_number.map(|row| rank_of_row(row, &id));
        let number = |field: &str| -> Result<Option<f64>, Fault> {
            let Some(text) = self.text(field) else { return Ok(None) };
            let number =
                text.replace(',', ".").parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite());
            let why = || Fault::Cell(format!("column \"{}\": \"{text}\" is no estimate", self.column(field)));
            number.map(Some).ok_or_else(why)
        };
        let number = |field: &str| self.or_empty(number(field));
        let day = |field: &str| self.or_empty(self.day(field, options));
        let is_in_seconds =
            self.is_jira && self.mapping.columns.get("hours").is_some_and(|c| plain(c) == "original estimate");
        let hours = number("hours")?.map(|hours| if is_in_seconds { hours / 3600.0 } else { hours });
        let rival = || self.points.iter().find_map(|at| self.row.get(*at)?.trim().replace(',', ".").parse().ok());
        let points = number("points")?.or_else(rival).filter(|_| !self.is_lonely_part());
        let estimates = Estimates { points, hours };
        let (started_at, done_at, cancelled_at) = (day("started_at")?, day("done_at")?, day("cancelled_at")?);
        let source_state = self.text("state");
        let category = self.text("category").as_deref().and_then(item_state_of_word);
        let said = source_state.as_deref().and_then(|word| self.mapping.state_of(word)).or(category);
        let by_times = match (started_at, done_at) {
            (_, None) if cancelled_at.is_some() => ItemState::Cancelled,
            (_, Some(_)) => ItemState::Done,
            (Some(_), None) => ItemState::InProgress,
            (None, None) => ItemState::Backlog,
        };
        let is_given_up = self.text("resolution").is_some_and(|word| tracker::is_given_up(&word));
        let state = if is_given_up { ItemState::Cancelled } else { said.unwrap_or(by_times) };
        let list = |text: &str| labels::in_cell(unguarded(text.trim()));
        let all = |field: &str, columns: &[usize]| {
            let given: Vec<String> = columns.iter().filter_map(|at| self.row.get(*at)).flat_map(list).collect();
            let constant = || self.mapping.constants.get(field).map(|text| list(text));
            Some(given).filter(|given| !given.is_empty()).or_else(constant)
        };
        let own_labels = all("labels", self.labels);
        let is_number = |text: &String| text.bytes().all(|byte| byte.is_ascii_digit());
        let zone = options.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let due = day("due")?.map(|at| at.to_timestamp().to_zoned(zone).date());
        Ok(WorkItem {
            connection,
            title: self.text("title").unwrap_or_else(|| id.clone()),
            description: self.text("description").map(|text| tracker::clipped(&text)),
            id,
            kind: self.text("kind").map_or(ItemKind::Task, |word| item_kind_of_word(&word)),
            state,
            source_state,
            service: self.text("service").or_else(|| options.service.clone()),
            estimates: Some(estimates).filter(|estimates| *estimates != Estimates::default()),
            assignee: self.text("assignee"),
            labels: own_labels,
            // Jira's own number of an issue, where the file says which that is.
            parent: self.text("parent").or_else(|| self.other_parent()).and_then(|parent| {
                match self.is_jira && is_number(&parent) {
                    true => self.known.keys.get(&parent).cloned(),
                    false => Some(parent),
                }
            }),
            rank: self.text("rank").or(rank),
            depends_on: all("depends_on", self.depends_on),
            due,
            created_at: day("created_at")?,
            started_at,
            done_at: done_at.or(cancelled_at.filter(|_| state == ItemState::Cancelled)),
            url: self.text("url"),
            ..WorkItem::default()
        })
    }

    /// The days of the sprint that the row names last, where the table has them.
    pub fn sprint_days(&self, options: &Options) -> Result<Option<(Time, Time)>, String> {
        let from = self.or_empty(self.day("sprint_starts_at", options))?;
        let to = self.or_empty(self.day("sprint_ends_at", options))?;
        Ok(from.zip(to).filter(|(from, to)| from < to))
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
