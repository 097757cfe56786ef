use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::{EngineError, ImportEntry, Settings};
use crate::metrics::{Calendar, DateOrTime, Definition, Links, Period, WarningsAs, table};
use crate::model::Time;
use crate::model::columns::Data;
use crate::model::record::Record;
use crate::store::{AuditEntry, ConnectionEntry, NoticeEntry, PresetEntry, StartEntry};

/// The first and last moment that the data knows.
pub type DateRange = Option<(Time, Time)>;

/// An immutable picture of the workspace. Parts that a write did not touch are shared with the picture before.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Grows with each picture.
    pub generation: u64,
    /// The columns have been loaded; before that only settings and names are true.
    pub is_loaded: bool,
    pub data: Data,
    pub links: Arc<Links>,
    pub(super) links_with_warnings_failed: Arc<OnceLock<Links>>,
    pub settings: Arc<Settings>,
    /// Teams, calendar days, services, environments, rules, people and their absences, as records.
    pub records: Arc<Vec<Record>>,
    pub imports: Arc<Vec<ImportEntry>>,
    pub connections: Arc<Vec<ConnectionEntry>>,
    /// What was started from here, the newest first.
    pub starts: Arc<Vec<StartEntry>>,
    /// Who did what to other systems, the newest first.
    pub audit: Arc<Vec<AuditEntry>>,
    pub presets: Arc<Vec<PresetEntry>>,
    pub notices: Arc<Vec<NoticeEntry>>,
    pub counts: Arc<Vec<(&'static str, i64)>>,
    pub undo_name: Option<String>,
    pub redo_name: Option<String>,
    pub range: DateRange,
    /// The embedded sample workspace, to be marked everywhere.
    pub is_sample: bool,
    pub is_read_only: bool,
    /// Commits whose lines have not been counted.
    pub uncounted_commits: u64,
    /// The moment that counts as now; fixed for the sample.
    pub fixed_now: Option<Time>,
}

/// A period as a person chooses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodChoice {
    /// Full local days before today.
    LastDays(i32),
    /// The same, counted back from the last day with data.
    LastDaysWithData(i32),
    /// Local dates, both inclusive.
    Dates { from: String, to: String },
}

impl Default for PeriodChoice {
    fn default() -> Self {
        Self::LastDays(90)
    }
}

impl Snapshot {
    /// What belongs to what, under a definition's view of warnings.
    pub fn links_for(&self, definition: &Definition) -> &Links {
        match definition.warnings_as {
            WarningsAs::Succeeded => &self.links,
            WarningsAs::Failed => self.links_with_warnings_failed.get_or_init(|| Links::derive(&self.data, true)),
        }
    }

    pub fn now(&self) -> Time {
        self.fixed_now.unwrap_or_else(Time::now)
    }

    pub fn period(&self, choice: &PeriodChoice, zone: &str) -> Result<Period, EngineError> {
        Ok(match choice {
            PeriodChoice::LastDays(days) => Period::last_days(*days, self.now(), zone)?,
            PeriodChoice::LastDaysWithData(days) => {
                let last = self.range.map_or_else(|| self.now(), |(_, last)| last);
                // The day of the last record counts whole.
                Period::last_days(*days, Time(last.0.saturating_add(86_400_000_000)), zone)?
            }
            PeriodChoice::Dates { from, to } => {
                let (from, to): (DateOrTime, DateOrTime) = (from.parse()?, to.parse()?);
                Period::between(from, to, zone)?
            }
        })
    }

    /// The working week and the days that differ from it, of the given teams or of all.
    pub fn calendar(&self, teams: &[u32]) -> Calendar {
        let ids: Vec<&str> = self
            .data
            .catalog
            .teams
            .iter()
            .filter(|team| teams.contains(&team.key))
            .map(|team| team.id.as_str())
            .collect();
        self.calendar_where(|team| ids.is_empty() || ids.contains(&team))
    }

    /// The same of one team by its id, which needs no columns.
    pub fn calendar_of_team(&self, id: &str) -> Calendar {
        self.calendar_where(|team| team == id)
    }

    /// Refuses a team that nobody knows.
    pub fn check_team(&self, id: &str) -> Result<(), EngineError> {
        let of = |record: &Record| if let Record::Team(team) = record { Some(team.id.clone()) } else { None };
        let known: Vec<String> = self.records.iter().filter_map(of).collect();
        if known.iter().any(|known| known == id) {
            return Ok(());
        }
        let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
        Err(EngineError::NoSuch { what: "team", name: id.to_owned(), known })
    }

    /// Days on which nobody of a team works though the week would have it, or nobody of any team.
    pub fn days_off(&self, team: Option<&str>) -> BTreeSet<jiff::civil::Date> {
        let teams = self.records.iter().filter_map(|record| match record {
            Record::Team(known) if team.is_none_or(|team| team == known.id) => Some(known.id.as_str()),
            _ => None,
        });
        let off = teams.map(|team| {
            let calendar = self.calendar_of_team(team);
            calendar.exceptions.into_iter().filter(|(_, works)| !works).map(|(day, _)| day).collect::<BTreeSet<_>>()
        });
        off.reduce(|all, of_team| &all & &of_team).unwrap_or_default()
    }

    fn calendar_where(&self, is_meant: impl Fn(&str) -> bool) -> Calendar {
        let days = self.records.iter().filter_map(|record| match record {
            Record::CalendarDay(day) if is_meant(&day.team) => Some((day.date, day.working)),
            _ => None,
        });
        Calendar { working_week: self.settings.working_week, exceptions: days.collect() }
    }

    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|(_, count)| *count == 0)
    }

    /// A picture of data that came from no store, for measuring.
    pub fn of_data(data: Data, now: Time) -> Self {
        let links = Arc::new(Links::derive(&data, false));
        let range = Self::find_range(&data);
        Self { generation: 1, is_loaded: true, data, links, range, fixed_now: Some(now), ..Self::default() }
    }

    pub(super) fn find_range(data: &Data) -> DateRange {
        table::range_of_data(data)
    }
}
