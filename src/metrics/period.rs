//! Periods, days and buckets in a named zone.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::model::{Time, zone_from_name};

/// `[from, to)` in a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "PeriodText", try_from = "PeriodText")]
pub struct Period {
    pub from: Time,
    pub to: Time,
    pub zone: TimeZone,
    pub zone_name: String,
}

/// A period as a file keeps it: the zone by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct PeriodText {
    from: Time,
    to: Time,
    zone: String,
}

impl From<Period> for PeriodText {
    fn from(period: Period) -> Self {
        Self { from: period.from, to: period.to, zone: period.zone_name }
    }
}

impl TryFrom<PeriodText> for Period {
    type Error = PeriodError;

    fn try_from(text: PeriodText) -> Result<Self, PeriodError> {
        Self::between(DateOrTime::Time(text.from), DateOrTime::Time(text.to), &text.zone)
    }
}

/// One end of a period as a person writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrTime {
    Date(Date),
    Time(Time),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    #[error("there is no time zone \"{0}\": use an IANA name such as Europe/Berlin, UTC, or an offset such as +08:00")]
    NoSuchZone(String),
    #[error("\"{0}\" is no date (2024-03-04) and no time with offset (2024-03-04T09:00:00Z)")]
    NotADate(String),
    #[error("the period ends ({to}) before it begins ({from}): swap --from and --to")]
    Backwards { from: Time, to: Time },
    #[error("{0} is outside the years that a calendar knows (0001 to 9999)")]
    OutOfRange(String),
}

/// How a period is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    Day,
    Week,
    Month,
}

/// Which days are worked, beside weekends: a date's own word wins over the week's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Monday first.
    pub working_week: [bool; 7],
    pub exceptions: BTreeMap<Date, bool>,
}

impl Default for Calendar {
    fn default() -> Self {
        Self { working_week: [true, true, true, true, true, false, false], exceptions: BTreeMap::new() }
    }
}

impl Calendar {
    pub fn is_working(&self, date: Date) -> bool {
        self.exceptions.get(&date).copied().unwrap_or_else(|| {
            self.working_week[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default()]
        })
    }
}

impl std::str::FromStr for DateOrTime {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        if text.len() <= 10
            && let Ok(date) = text.parse::<Date>()
        {
            return Ok(Self::Date(date));
        }
        Time::parse(text).map(Self::Time).map_err(|_not_a_time| PeriodError::NotADate(text.to_owned()))
    }
}

impl Period {
    /// From one end to the other. A date as the end is inclusive; an instant is not.
    pub fn between(from: DateOrTime, to: DateOrTime, zone_name: &str) -> Result<Self, PeriodError> {
        let zone = zone_from_name(zone_name).ok_or_else(|| PeriodError::NoSuchZone(zone_name.to_owned()))?;
        let from = match from {
            DateOrTime::Date(date) => start_of_day(date, &zone)?,
            DateOrTime::Time(time) => time,
        };
        let to = match to {
            DateOrTime::Date(date) => {
                let next = date.checked_add(1.day()).map_err(|_error| PeriodError::OutOfRange(date.to_string()))?;
                start_of_day(next, &zone)?
            }
            DateOrTime::Time(time) => time,
        };
        if to < from {
            return Err(PeriodError::Backwards { from, to });
        }
        Ok(Self { from, to, zone, zone_name: zone_name.to_owned() })
    }

    /// The last `days` full local days before the day of `now`.
    pub fn last_days(days: i32, now: Time, zone_name: &str) -> Result<Self, PeriodError> {
        let zone = zone_from_name(zone_name).ok_or_else(|| PeriodError::NoSuchZone(zone_name.to_owned()))?;
        let today = date_of(now, &zone);
        let first = today.saturating_sub(Span::new().days(days));
        Ok(Self {
            from: start_of_day(first, &zone)?,
            to: start_of_day(today, &zone)?,
            zone,
            zone_name: zone_name.to_owned(),
        })
    }

    /// The period of the same number of local days that ends where this begins.
    pub fn previous(&self) -> Self {
        let first = self.date_of(self.from);
        let days = self.days();
        let same_clock = start_of_day(first, &self.zone).ok() == Some(self.from);
        let from = if same_clock {
            start_of_day(first.saturating_sub(Span::new().days(days)), &self.zone).unwrap_or(self.from)
        } else {
            Time(self.from.0.saturating_sub(self.to.0 - self.from.0))
        };
        Self { from, to: self.from, ..self.clone() }
    }

    pub fn contains(&self, time: Time) -> bool {
        self.from <= time && time < self.to
    }

    pub fn date_of(&self, time: Time) -> Date {
        date_of(time, &self.zone)
    }

    /// The local dates that the period touches.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        self.dates_in(&self.zone)
    }

    /// The dates that the period touches in another zone.
    pub fn dates_in(&self, zone: &TimeZone) -> impl Iterator<Item = Date> + use<> {
        let first = date_of(self.from, zone);
        let last = date_of(Time(self.to.0.saturating_sub(1)), zone);
        let is_empty = self.to <= self.from;
        first.series(1.day()).take_while(move |date| *date <= last && !is_empty)
    }

    pub fn days(&self) -> i64 {
        self.dates().count() as i64
    }

    /// The starts of the buckets inside the period, and its end: bucket `i` is `[cuts[i], cuts[i + 1])`.
    ///
    /// The first bucket begins with the period, also in the middle of a week or month.
    pub fn cuts(&self, cut: Cut) -> Vec<Time> {
        let mut cuts = vec![self.from];
        if self.to <= self.from {
            return cuts;
        }
        let first = self.date_of(self.from);
        let mut next = match cut {
            Cut::Day => first.saturating_add(1.day()),
            Cut::Week => monday_of(first).saturating_add(7.days()),
            Cut::Month => first.first_of_month().saturating_add(1.month()),
        };
        while let Ok(start) = start_of_day(next, &self.zone)
            && start < self.to
        {
            if cuts.last().is_none_or(|last| *last < start) {
                cuts.push(start);
            }
            let step = match cut {
                Cut::Day => 1.day(),
                Cut::Week => 7.days(),
                Cut::Month => 1.month(),
            };
            let Ok(after) = next.checked_add(step) else { break };
            next = after;
        }
        cuts.push(self.to);
        cuts
    }
}

/// The Monday of a date's week.
pub fn monday_of(date: Date) -> Date {
    let back = i64::from(date.weekday().since(Weekday::Monday));
    date.saturating_sub(Span::new().days(back))
}

pub fn date_of(time: Time, zone: &TimeZone) -> Date {
    zone.to_datetime(time.to_timestamp()).date()
}

/// The last local day of what ends at a moment: midnight ends the day before.
pub fn last_day(end: Time, zone: &TimeZone) -> Date {
    date_of(Time(end.0 - 1), zone)
}

/// The first instant of a local day, also where midnight does not exist.
pub fn start_of_day(date: Date, zone: &TimeZone) -> Result<Time, PeriodError> {
    date.to_zoned(zone.clone())
        .and_then(|zoned| zoned.start_of_day())
        .map(|zoned| Time::from_timestamp(zoned.timestamp()))
        .map_err(|_out_of_range| PeriodError::OutOfRange(date.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str, zone: &str) -> Period {
        Period::between(from.parse().unwrap(), to.parse().unwrap(), zone).unwrap()
    }

    #[test]
    fn dates_are_inclusive_and_instants_exclusive() {
        let days = period("2024-03-04", "2024-03-08", "+08:00");
        assert_eq!(days.from, Time::parse("2024-03-04T00:00:00+08:00").unwrap());
        assert_eq!(days.to, Time::parse("2024-03-09T00:00:00+08:00").unwrap());
        assert_eq!(days.days(), 5);
        let instants = period("2024-03-04T00:00:00Z", "2024-03-05T00:00:00.000001Z", "UTC");
        assert_eq!(instants.to.0 - instants.from.0, 86_400_000_001);
        assert_eq!(instants.days(), 2);
    }

    #[test]
    fn days_have_23_and_25_hours_over_dst() {
        let spring = period("2024-03-31", "2024-03-31", "Europe/Berlin");
        assert_eq!((spring.to.0 - spring.from.0) / 3_600_000_000, 23);
        let autumn = period("2024-10-27", "2024-10-27", "Europe/Berlin");
        assert_eq!((autumn.to.0 - autumn.from.0) / 3_600_000_000, 25);
    }

    #[test]
    fn the_previous_period_has_the_same_days() {
        let march = period("2024-03-25", "2024-04-07", "Europe/Berlin");
        let before = march.previous();
        assert_eq!(before.days(), march.days());
        assert_eq!(before.to, march.from);
    }

    #[test]
    fn weeks_start_on_monday_and_months_on_the_first() {
        let quarter = period("2024-01-03", "2024-02-10", "Pacific/Kiritimati");
        let weeks: Vec<_> = quarter.cuts(Cut::Week).into_iter().map(|at| quarter.date_of(at).to_string()).collect();
        assert_eq!(weeks[..3], ["2024-01-03", "2024-01-08", "2024-01-15"]);
        assert_eq!(quarter.cuts(Cut::Month).len(), 3);
    }

    #[test]
    fn an_empty_period_has_no_bucket() {
        let none = period("2024-01-03T00:00:00Z", "2024-01-03T00:00:00Z", "UTC");
        assert_eq!(none.days(), 0);
        assert_eq!(none.cuts(Cut::Week).len(), 1);
    }

    #[test]
    fn ends_that_make_no_sense_are_refused() {
        assert!(matches!("soon".parse::<DateOrTime>(), Err(PeriodError::NotADate(_))));
        let (from, to) = ("2024-03-08".parse().unwrap(), "2024-03-04".parse().unwrap());
        assert!(matches!(Period::between(from, to, "UTC"), Err(PeriodError::Backwards { .. })));
        assert!(matches!(Period::between(to, from, "Nowhere"), Err(PeriodError::NoSuchZone(_))));
    }
}
