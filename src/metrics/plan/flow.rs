//! The flow of finished work: cycle times in days, their percentiles, and finished items a day.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::ledger::{ItemFact, What};
use super::nearest_rank;
use crate::metrics::period::date_of;
use crate::model::Time;
use crate::model::plan::ItemState;

/// The percentiles that are shown of cycle times.
pub const PERCENTILES: [f64; 4] = [0.5, 0.7, 0.85, 0.95];

/// Cycle times of finished items, with what could not be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CycleTimes {
    pub n: usize,
    /// Finished without a start, or before it.
    pub unused: usize,
    /// In days, by [`PERCENTILES`]; nothing where nothing is known.
    pub percentiles: [Option<f64>; 4],
    pub mean: Option<f64>,
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
    found.percentiles = PERCENTILES.map(|p| nearest_rank(&days, p));
    found.mean = (!days.is_empty()).then(|| days.iter().sum::<f64>() / days.len() as f64);
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

/// How many items stood where at the end of a local day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayStates {
    pub day: jiff::civil::Date,
    /// Known, and not begun.
    pub to_do: u32,
    pub in_progress: u32,
    pub in_review: u32,
    pub done: u32,
    /// Of these, items that have moved back since: they are counted where they had come to.
    pub moved_back: u32,
}

/// How far an item has come, and where it stands.
#[derive(Clone, Copy, Default)]
struct Come {
    furthest: Option<usize>,
    now: Option<usize>,
}

impl Come {
    fn to(self, state: ItemState) -> Self {
        match column_of(state) {
            Some(column) => Self { furthest: self.furthest.max(Some(column)), now: Some(column) },
            // What is cancelled stands nowhere any more.
            None => Self::default(),
        }
    }

    fn is_back(self) -> bool {
        self.now < self.furthest
    }
}

/// The cumulative flow from one day to another, both included: an item is counted in the furthest column that it had
/// come to, so that no line falls when one moves back. `created` says when each item came to be.
pub fn states_a_day(
    facts: &[ItemFact],
    created: &[Option<Time>],
    from: jiff::civil::Date,
    to: jiff::civil::Date,
    zone: &TimeZone,
) -> Vec<DayStates> {
    let Ok(days) = usize::try_from((to - from).get_days() + 1) else { return Vec::new() };
    let day_of = |at: Time| (date_of(at, zone) - from).get_days().max(0) as usize;
    // What changes in each column on each day, and of those that moved back; what was before counts for the first day.
    let mut changes = vec![[0i64; 5]; days];
    let mut put = |day: usize, come: Come, by: i64| {
        let Some(change) = changes.get_mut(day) else { return };
        if let Some(column) = come.furthest {
            change[column] += by;
            change[4] += if come.is_back() { by } else { 0 };
        }
    };
    let mut standing = vec![Come::default(); created.len()];
    let mut ordered: Vec<(Time, u32, u32, ItemState)> = Vec::new();
    for (n, at) in created.iter().enumerate() {
        ordered.extend(at.map(|at| (at, 0, u32::try_from(n).unwrap_or(u32::MAX), ItemState::Backlog)));
    }
    for fact in facts {
        if let What::State(state) = fact.what {
            ordered.push((fact.at, fact.seq.saturating_add(1), fact.item, state));
        }
    }
    ordered.sort_by_key(|(at, seq, ..)| (*at, *seq));
    for (at, _, item, state) in ordered {
        let Some(come) = standing.get_mut(item as usize) else { continue };
        let day = day_of(at);
        put(day, *come, -1);
        *come = come.to(state);
        put(day, *come, 1);
    }
    let mut sums = [0i64; 5];
    let counted = changes.into_iter().zip(0..).map(|(change, day)| {
        for (sum, by) in sums.iter_mut().zip(change) {
            *sum += by;
        }
        let [to_do, in_progress, in_review, done, moved_back] = sums.map(|n| u32::try_from(n).unwrap_or_default());
        let day = from.checked_add(jiff::Span::new().days(day)).unwrap_or(to);
        DayStates { day, to_do, in_progress, in_review, done, moved_back }
    });
    counted.collect()
}

/// How old finished items were when they left each of the two columns of work under way, by [`PERCENTILES`], in days. Items
/// that moved back are no measure. A column that nothing passed through has the pace of the one before it; nothing where
/// none has any. The facts of each item are in the order of their moments.
pub fn pace(facts: &[ItemFact], items: usize, zone: &TimeZone) -> Option<[[f64; 4]; 2]> {
    #[derive(Clone, Copy, Default)]
    struct Passed {
        begun: Option<Time>,
        column: usize,
        left: [Option<u32>; 2],
        is_back: bool,
    }
    let mut passed = vec![Passed::default(); items];
    for fact in facts {
        let (What::State(state), Some(item)) = (fact.what, passed.get_mut(fact.item as usize)) else { continue };
        let Some(column) = column_of(state) else { continue };
        item.is_back |= column < item.column;
        if let (Some(begun), Some(left)) = (item.begun, item.column.checked_sub(1).and_then(|n| item.left.get_mut(n)))
            && column > item.column
        {
            *left = cycle_days(begun, fact.at, zone);
        }
        if column > 0 {
            item.begun.get_or_insert(fact.at);
        }
        item.column = column;
    }
    let finished = passed.iter().filter(|item| item.column == 3 && !item.is_back);
    let mut ages: [Vec<f64>; 2] = Default::default();
    for item in finished {
        for (ages, left) in ages.iter_mut().zip(item.left) {
            ages.extend(left.map(f64::from));
        }
    }
    let bands = ages.map(|mut ages| {
        ages.sort_by(f64::total_cmp);
        (!ages.is_empty()).then(|| PERCENTILES.map(|p| nearest_rank(&ages, p).unwrap_or_default()))
    });
    let first = bands[0].or(bands[1])?;
    Some([first, bands[1].unwrap_or(first)])
}

/// Where an item stands on a board and in the flow; a cancelled one stands nowhere.
pub fn column_of(state: ItemState) -> Option<usize> {
    match state {
        ItemState::Backlog | ItemState::Ready => Some(0),
        ItemState::InProgress => Some(1),
        ItemState::InReview => Some(2),
        ItemState::Done => Some(3),
        ItemState::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_is_counted_at_the_end_of_each_day() {
        let zone = crate::model::zone_from_name("Europe/Berlin").unwrap();
        let at = |text: &str| Time::parse(text).unwrap();
        let fact =
            |item, when: &str, state| ItemFact { item, at: at(when), seq: 0, what: What::State(state), reason: None };
        let facts = [
            fact(0, "2026-01-01T09:00:00Z", ItemState::InProgress),
            fact(0, "2026-01-02T09:00:00Z", ItemState::InReview),
            // After midnight in Berlin.
            fact(0, "2026-01-02T23:30:00Z", ItemState::Done),
            fact(1, "2026-01-03T09:00:00Z", ItemState::Cancelled),
        ];
        let created = [Some(at("2025-12-01T00:00:00Z")), Some(at("2026-01-01T12:00:00Z")), None];
        let day = |text: &str| text.parse().unwrap();
        let days = states_a_day(&facts, &created, day("2026-01-01"), day("2026-01-03"), &zone);
        let told: Vec<_> = days.iter().map(|d| (d.to_do, d.in_progress, d.in_review, d.done)).collect();
        assert_eq!(told, [(1, 1, 0, 0), (1, 0, 1, 0), (0, 0, 0, 1)]);
    }

    #[test]
    fn what_moves_back_keeps_the_lines_and_is_told() {
        let zone = TimeZone::UTC;
        let at = |text: &str| Time::parse(text).unwrap();
        let fact =
            |item, when: &str, state| ItemFact { item, at: at(when), seq: 0, what: What::State(state), reason: None };
        let facts = [
            fact(0, "2026-01-01T09:00:00Z", ItemState::Done),
            fact(0, "2026-01-02T09:00:00Z", ItemState::InProgress),
            fact(0, "2026-01-04T09:00:00Z", ItemState::Done),
            fact(1, "2026-01-01T09:00:00Z", ItemState::InReview),
            fact(1, "2026-01-02T09:00:00Z", ItemState::Ready),
            fact(1, "2026-01-03T09:00:00Z", ItemState::Cancelled),
        ];
        let day = |text: &str| text.parse().unwrap();
        let days = states_a_day(&facts, &[None, None], day("2026-01-01"), day("2026-01-04"), &zone);
        let told: Vec<_> = days.iter().map(|d| (d.in_progress, d.in_review, d.done, d.moved_back)).collect();
        assert_eq!(told, [(0, 1, 1, 0), (0, 1, 1, 2), (0, 0, 1, 1), (0, 0, 1, 0)]);
    }

    #[test]
    fn the_pace_is_how_old_items_were_when_they_left_a_column() {
        let at = |day: u32| Time::parse(&format!("2026-01-{day:02}T09:00:00Z")).unwrap();
        let fact =
            |item, day: u32, state| ItemFact { item, at: at(day), seq: 0, what: What::State(state), reason: None };
        let facts = [
            fact(0, 1, ItemState::InProgress),
            fact(0, 3, ItemState::InReview),
            fact(0, 8, ItemState::Done),
            fact(1, 1, ItemState::InProgress),
            fact(1, 5, ItemState::Done),
            // Moved back, and not finished: no measure.
            fact(2, 1, ItemState::InReview),
            fact(2, 2, ItemState::InProgress),
            fact(2, 30, ItemState::Done),
            fact(3, 1, ItemState::InProgress),
            fact(3, 20, ItemState::InReview),
        ];
        let pace = pace(&facts, 4, &TimeZone::UTC).unwrap();
        assert_eq!(pace, [[3.0, 5.0, 5.0, 5.0], [8.0; 4]]);
        assert_eq!(super::pace(&facts[3..5], 4, &TimeZone::UTC).unwrap(), [[5.0; 4]; 2], "nothing was in review");
        assert_eq!(super::pace(&facts[5..], 4, &TimeZone::UTC), None);
    }

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
        assert_eq!((found.n, found.unused, found.percentiles[2]), (1, 1, Some(1.0)));
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
