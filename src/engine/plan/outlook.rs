//! What history says of the work ahead, with how often such words came true.

use serde::Serialize;

use super::Finished;
use crate::engine::EngineError;
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

/// What history says: of the days up to one, how many in a horizon, and when so many.
pub fn outlook(
    finished: &Finished,
    until: jiff::civil::Date,
    horizon_days: Option<usize>,
    items: Option<usize>,
    draws: Draws,
    zone: &jiff::tz::TimeZone,
) -> Result<Outlook, EngineError> {
    let (done, backwards) = (&finished.items, finished.backwards);
    let back = |days: i32| until.checked_sub(jiff::Span::new().days(days)).unwrap_or(until);
    let from = back(SAMPLE_DAYS - 1);
    let sample = flow::finished_a_day(done.iter().map(|(_, done)| *done), from, until, zone);
    let told = |error: &dyn std::fmt::Display| EngineError::Other(format!("{error} (looked at {from} to {until})"));
    let forecast = Forecast::new(sample.clone(), draws).map_err(|error| told(&error))?;
    let how_many = match horizon_days {
        Some(days) => forecast.how_many(days, &CONFIDENCES).map_err(|error| told(&error))?,
        None => Vec::new(),
    };
    let when = items.map(|items| forecast.when(items, &CONFIDENCES)).unwrap_or_default();
    let horizon = horizon_days.unwrap_or(14);
    let reach = SAMPLE_DAYS + i32::try_from(CALIBRATION_WEEKS * 7 + horizon).unwrap_or(SAMPLE_DAYS);
    let history = flow::finished_a_day(done.iter().map(|(_, done)| *done), back(reach - 1), until, zone);
    Ok(Outlook {
        sample_from: from.to_string(),
        sample_to: until.to_string(),
        finished: sample.iter().sum(),
        active_days: sample.iter().filter(|count| **count > 0).count(),
        draws,
        horizon_days,
        how_many: CONFIDENCES.into_iter().zip(how_many).collect(),
        items,
        when: CONFIDENCES.into_iter().zip(when).collect(),
        calibration: calibrate(&history, usize::try_from(SAMPLE_DAYS).unwrap_or(90), horizon, CALIBRATION_WEEKS, draws),
        cycle_times: flow::cycle_times(done.iter().copied(), zone),
        of: done.len() + backwards,
        backwards,
    })
}
