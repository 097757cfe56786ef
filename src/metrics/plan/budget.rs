//! The error budget of a service: how much of what its objective allows has been used, estimated from incidents.
//!
//! Every minute of an incident counts by its severity, and minutes of incidents that overlap count once, by the heaviest.
//! Above half of the budget a team is free; below it takes care; below a tenth reliability goes before features (the
//! states of Google's example policy, with a window of 28 days where none is given).

use serde::Serialize;

/// What a minute of an incident counts for, by severity 1 to 4.
const WEIGHTS: [f64; 4] = [1.0, 0.5, 0.1, 0.0];
/// Where nobody said how severe it was: as the second of four.
const UNKNOWN_WEIGHT: f64 = 0.5;
/// The window where an objective names none.
pub const WINDOW_DAYS: u32 = 28;
/// One incident that takes this share of the budget asks for a review with an action.
const LARGE: f64 = 0.2;
const CAUTION_BELOW: f64 = 0.5;
const SPENT_BELOW: f64 = 0.1;
const MINUTE: f64 = 60e6;

/// A span of trouble, in microseconds since 1970, and its severity: 1 to 4, or 0 where it is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub from: i64,
    pub to: i64,
    pub severity: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetState {
    Free,
    Caution,
    Spent,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// The objective, as a share of 1.
    pub target: f64,
    pub window_days: u32,
    /// Minutes that the window allows, and those that were used.
    pub allowed_min: f64,
    pub used_min: f64,
    /// The largest part that one incident took.
    pub largest_share: f64,
    pub incidents: usize,
}

impl Budget {
    /// What is left, as a share of what is allowed; below 0 where more was used.
    pub fn left(&self) -> f64 {
        1.0 - self.used_min / self.allowed_min
    }

    pub fn state(&self) -> BudgetState {
        match self.left() {
            left if left < SPENT_BELOW => BudgetState::Spent,
            left if left <= CAUTION_BELOW => BudgetState::Caution,
            _ => BudgetState::Free,
        }
    }

    pub fn asks_for_review(&self) -> bool {
        self.largest_share > LARGE
    }
}

fn weight(severity: u8) -> f64 {
    match severity {
        0 => UNKNOWN_WEIGHT,
        severity => WEIGHTS.get(usize::from(severity) - 1).copied().unwrap_or_default(),
    }
}

/// The budget of an objective at a moment. None where the objective allows nothing, or everything.
pub fn budget(target: f64, window_days: u32, troubles: &[Trouble], now: i64) -> Option<Budget> {
    // People write 99.9 as well as 0.999.
    let target = if target > 1.0 { target / 100.0 } else { target };
    if !(0.0..1.0).contains(&target) || target == 0.0 || window_days == 0 {
        return None;
    }
    let from = now - i64::from(window_days) * 86_400_000_000;
    let seen: Vec<Trouble> = troubles
        .iter()
        .map(|it| Trouble { from: it.from.max(from), to: it.to.min(now), ..*it })
        .filter(|it| it.to > it.from)
        .collect();
    let allowed_min = (1.0 - target) * f64::from(window_days) * 1440.0;
    let alone = |it: &Trouble| (it.to - it.from) as f64 / MINUTE * weight(it.severity);
    Some(Budget {
        target,
        window_days,
        allowed_min,
        used_min: used(&seen),
        largest_share: seen.iter().map(alone).fold(0.0, f64::max) / allowed_min,
        incidents: seen.len(),
    })
}

/// Weighted minutes, each moment by the heaviest trouble of it.
fn used(troubles: &[Trouble]) -> f64 {
    let mut edges: Vec<i64> = troubles.iter().flat_map(|it| [it.from, it.to]).collect();
    edges.sort_unstable();
    edges.dedup();
    let heaviest = |from: i64, to: i64| {
        let here = troubles.iter().filter(|it| it.from <= from && it.to >= to);
        here.map(|it| weight(it.severity)).fold(0.0, f64::max)
    };
    // The sum of no numbers is -0.
    edges.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / MINUTE * heaviest(pair[0], pair[1])).sum::<f64>() + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;
    const NOW: i64 = 1_000 * DAY;

    fn trouble(minutes_ago: i64, minutes: i64, severity: u8) -> Trouble {
        let from = NOW - minutes_ago * 60_000_000;
        Trouble { from, to: from + minutes * 60_000_000, severity }
    }

    #[test]
    fn incidents_use_the_budget_by_their_severity() {
        // 99.9 % of 28 days allow 40.32 minutes.
        let found = budget(0.999, 28, &[trouble(1000, 10, 1), trouble(500, 10, 2), trouble(300, 50, 3)], NOW).unwrap();
        assert!((found.allowed_min - 40.32).abs() < 1e-9);
        assert!((found.used_min - 20.0).abs() < 1e-9);
        assert_eq!((found.state(), found.incidents), (BudgetState::Free, 3));
        assert!(found.asks_for_review(), "ten minutes are a quarter of it");
        assert_eq!(budget(99.9, 28, &[trouble(1000, 25, 1)], NOW).unwrap().state(), BudgetState::Caution);
        let spent = budget(0.999, 28, &[trouble(1000, 60, 0), trouble(900, 20, 1)], NOW).unwrap();
        assert_eq!(spent.state(), BudgetState::Spent);
        assert!(spent.left() < 0.0);
    }

    #[test]
    fn one_moment_counts_once_and_only_in_the_window() {
        let both = budget(0.99, 28, &[trouble(100, 60, 1), trouble(90, 20, 2)], NOW).unwrap();
        assert!((both.used_min - 60.0).abs() < 1e-9);
        let old = budget(0.99, 28, &[trouble(40 * 1440, 600, 1)], NOW).unwrap();
        assert_eq!((old.used_min, old.incidents), (0.0, 0));
        let open = Trouble { from: NOW - 30 * 60_000_000, to: i64::MAX, severity: 1 };
        assert!((budget(0.99, 28, &[open], NOW).unwrap().used_min - 30.0).abs() < 1e-9);
    }

    #[test]
    fn an_objective_without_a_budget_has_no_state() {
        assert_eq!(budget(1.0, 28, &[], NOW), None);
        assert_eq!(budget(100.0, 28, &[], NOW), None);
        assert_eq!(budget(0.0, 28, &[], NOW), None);
        assert_eq!(budget(0.999, 0, &[], NOW), None);
    }
}
