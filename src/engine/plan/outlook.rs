//! What history says of the work ahead, with how often such words came true.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Serialize;

use super::Finished;
use crate::engine::EngineError;
use crate::metrics::date_of;
use crate::metrics::plan::flow::{self, CycleTimes};
use crate::metrics::plan::forecast::{CONFIDENCES, Calibration, Draws, Forecast, calibrate};

/// Days of the past that a forecast draws from.
pub const SAMPLE_DAYS: i32 = 90;
const CALIBRATION_WEEKS: usize = 26;
/// The share of items below which what is left may say little of the rest.
const LEAST_USED: f64 = 0.85;

/// What history says of the work ahead.
#[derive(Clone, Debug, Serialize)]
pub struct Outlook {
    pub sample_from: String,
    pub sample_to: String,
    pub finished: u32,
    pub active_days: usize,
    pub draws: Draws,
    pub horizon_days: Option<usize>,
    /// Days of the sample and of the horizon that were left out, as nobody works on them.
    pub days_off: usize,
    /// Confidence, and how many items will be finished by then.
    pub how_many: Vec<(f64, u64)>,
    pub items: Option<usize>,
    /// Confidence, and after how many days that many items are finished.
    pub when: Vec<(f64, Option<u32>)>,
    pub calibration: Calibration,
    pub cycle_times: CycleTimes,
    /// Items that are finished by what their source says.
    pub of: usize,
    /// Those of them that end before they begin, and are left out of everything here.
    pub backwards: usize,
}

impl Outlook {
    /// So much is left out that what remains may be another kind of work.
    pub fn is_doubtful(&self) -> bool {
        (self.of - self.backwards) as f64 <= LEAST_USED * self.of as f64
    }
}

/// The days that a forecast is made of.
#[derive(Clone, Copy, Debug)]
pub struct ForecastDays<'a> {
    /// The last day of the past to draw from.
    pub until: Date,
    pub zone: &'a jiff::tz::TimeZone,
    /// Days on which nobody works, of the past and of the future.
    pub off: &'a BTreeSet<Date>,
}

impl ForecastDays<'_> {
    fn back(&self, days: i32) -> Date {
        self.until.checked_sub(jiff::Span::new().days(days)).unwrap_or(self.until)
    }

    /// How much was finished on each day from one on, but for days off without any; and how many those are.
    fn worked(&self, finished: &Finished, from: Date) -> (Vec<u32>, usize) {
        let counts = flow::finished_a_day(finished.items.iter().map(|item| item.done), from, self.until, self.zone);
        let all = counts.len();
        let days = from.series(jiff::Span::new().days(1));
        let is_worked = |(day, count): &(Date, u32)| *count > 0 || !self.off.contains(day);
        let worked: Vec<u32> = days.zip(counts).filter(is_worked).map(|(_, count)| count).collect();
        let off = all - worked.len();
        (worked, off)
    }

    /// How many of so many days to come are worked on.
    fn ahead(&self, days: usize) -> usize {
        let last = i32::try_from(days).ok().and_then(|n| self.until.checked_add(jiff::Span::new().days(n)).ok());
        let off = last.map_or(0, |last| self.off.iter().filter(|day| **day > self.until && **day <= last).count());
        days.saturating_sub(off)
    }

    /// After how many days so many have been worked on.
    fn until_worked(&self, worked: u32) -> u32 {
        let mut days = worked;
        for off in self.off.iter().filter(|day| **day > self.until) {
            if (*off - self.until).get_days() > i32::try_from(days).unwrap_or(i32::MAX) {
                break;
            }
            days += 1;
        }
        days
    }
}

impl Finished {
    /// The last day to draw from: today, but old data is looked at as it was at its end.
    pub fn last_day(&self, today: Date, zone: &jiff::tz::TimeZone) -> Date {
        let last = self.items.iter().map(|item| item.done).max().map(|last| date_of(last, zone));
        last.filter(|last| (today - *last).get_days() >= SAMPLE_DAYS).unwrap_or(today)
    }
}

/// What history says: of the days up to one, how many in a horizon, and when so many.
pub fn outlook(
    finished: &Finished,
    days: ForecastDays<'_>,
    horizon_days: Option<usize>,
    items: Option<usize>,
    draws: Draws,
) -> Result<Outlook, EngineError> {
    let ForecastDays { until, zone, .. } = days;
    let (done, backwards) = (&finished.items, finished.backwards);
    // Before the first item was begun there was nothing to finish: those days are no history.
    let first = done.iter().map(|item| item.begun.map_or(item.done, |begun| begun.min(item.done))).min();
    let since = first.map_or(until, |first| date_of(first, zone));
    let from = days.back(SAMPLE_DAYS - 1).max(since.min(until));
    let (sample, off) = days.worked(finished, from);
    let told = |error: &dyn std::fmt::Display| EngineError::Other(format!("{error} (looked at {from} to {until})"));
    let forecast = Forecast::new(sample.clone(), draws).map_err(|error| told(&error))?;
    let how_many = match horizon_days {
        Some(horizon) => forecast.how_many(days.ahead(horizon), &CONFIDENCES).map_err(|error| told(&error))?,
        None => Vec::new(),
    };
    let when = items.map(|items| forecast.when(items, &CONFIDENCES)).unwrap_or_default();
    let when = when.into_iter().map(|worked| worked.map(|worked| days.until_worked(worked)));
    let horizon = horizon_days.unwrap_or(14);
    let reach = SAMPLE_DAYS + i32::try_from(CALIBRATION_WEEKS * 7 + horizon).unwrap_or(SAMPLE_DAYS);
    let (history, _) = days.worked(finished, days.back(reach - 1).max(since.min(until)));
    Ok(Outlook {
        sample_from: from.to_string(),
        sample_to: until.to_string(),
        finished: sample.iter().sum(),
        active_days: sample.iter().filter(|count| **count > 0).count(),
        draws,
        horizon_days,
        days_off: off + horizon_days.map_or(0, |horizon| horizon - days.ahead(horizon)),
        how_many: CONFIDENCES.into_iter().zip(how_many).collect(),
        items,
        when: CONFIDENCES.into_iter().zip(when).collect(),
        calibration: calibrate(&history, usize::try_from(SAMPLE_DAYS).unwrap_or(90), horizon, CALIBRATION_WEEKS, draws),
        cycle_times: flow::cycle_times(done.iter().map(|item| (item.begun, item.done)), zone),
        of: done.len() + backwards,
        backwards,
    })
}
