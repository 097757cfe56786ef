//! The flow of finished work: cycle times in days, their percentiles, and finished items a day.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::nearest_rank;
use crate::metrics::period::date_of;
use crate::model::Time;

/// The percentiles that are shown of cycle times.
pub const PERCENTILES: [f64; 4] = [0.5, 0.7, 0.85, 0.95];

/// Cycle times of finished items, with what could not be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CycleTimes {
    pub n: usize,
    /// Finished without a start, or before it.
    pub unused: usize,
    /// In days, by [`PERCENTILES`].
    pub percentiles: [f64; 4],
    pub mean: f64,
}

/// Days from start to finish in the team's zone, both counted: started and finished on one day is 1. None where the
/// finish is on a day before the start.
pub fn cycle_days(started: Time, finished: Time, zone: &TimeZone) -> Option<u32> {
    let days = (date_of(finished, zone) - date_of(started, zone)).get_days();
    u32::try_from(days).ok().map(|days| days + 1)
}

pub fn cycle_times(items: impl Iterator<Item = (Option<Time>, Time)>, zone: &TimeZone) -> CycleTimes {
    let mut found = CycleTimes::default();
    let mut days = Vec::new();
    for (started, finished) in items {
        match started.and_then(|started| cycle_days(started, finished, zone)) {
            Some(cycle) => days.push(f64::from(cycle)),
            None => found.unused += 1,
        }
    }
    days.sort_by(f64::total_cmp);
    found.n = days.len();
    found.percentiles = PERCENTILES.map(|p| nearest_rank(&days, p).unwrap_or_default());
    found.mean = if days.is_empty() { 0.0 } else { days.iter().sum::<f64>() / days.len() as f64 };
    found
}

/// How many were finished on each local day from one to another, both included.
pub fn finished_a_day(
    finished: impl Iterator<Item = Time>,
    from: jiff::civil::Date,
    to: jiff::civil::Date,
    zone: &TimeZone,
) -> Vec<u32> {
    let Ok(days) = usize::try_from((to - from).get_days() + 1) else { return Vec::new() };
    let mut counts = vec![0; days];
    for at in finished {
        let day = usize::try_from((date_of(at, zone) - from).get_days());
        if let Some(count) = day.ok().and_then(|day| counts.get_mut(day)) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_and_a_change_of_clocks_does_not_matter() {
        let berlin = crate::model::zone_from_name("Europe/Berlin").unwrap();
        let at = |text: &str| Time::parse(text).unwrap();
        assert_eq!(cycle_days(at("2026-03-27T09:00:00Z"), at("2026-03-27T15:00:00Z"), &berlin), Some(1));
        assert_eq!(cycle_days(at("2026-03-27T09:00:00Z"), at("2026-03-30T06:00:00Z"), &berlin), Some(4));
        assert_eq!(cycle_days(at("2026-03-27T09:00:00Z"), at("2026-03-26T09:00:00Z"), &berlin), None);
        let items =
            [(Some(at("2026-03-27T09:00:00Z")), at("2026-03-27T10:00:00Z")), (None, at("2026-03-27T10:00:00Z"))];
        let found = cycle_times(items.into_iter(), &berlin);
        assert_eq!((found.n, found.unused, found.percentiles[2]), (1, 1, 1.0));
    }

    #[test]
    fn days_without_finished_work_count_as_none() {
        let utc = TimeZone::UTC;
        let date = |text: &str| text.parse().unwrap();
        let done = ["2017-01-01T10:00:00Z", "2017-01-03T10:00:00Z", "2017-01-03T11:00:00Z", "2017-01-05T00:00:00Z"];
        let done = done.map(|text| Time::parse(text).unwrap());
        assert_eq!(finished_a_day(done.into_iter(), date("2017-01-01"), date("2017-01-04"), &utc), [1, 0, 2, 0]);
    }
}
