//! "How many by a date" and "when": the exact distribution of a sum of draws from history, not a simulation of it.
//!
//! Drawing days (or weeks) of the past at random and adding them up is a convolution, so its distribution can be computed:
//! the same answer as many thousand trials, and the same each time. Weeks (overlapping, of seven days) keep what goes on
//! within a week together and come true a little more often than days. Days on which nobody works are to be left out of
//! the sample and of the horizon by the caller.

use rustc_hash::FxHashMap;
use serde::Serialize;

/// Days with finished work below which nothing is foretold.
pub const LEAST_ACTIVE_DAYS: usize = 5;
/// The confidences that are shown.
pub const CONFIDENCES: [f64; 4] = [0.5, 0.7, 0.85, 0.95];
/// The longest horizon, in days.
pub const MOST_DAYS: usize = 3650;
const WEEK: usize = 7;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Draws {
    /// Each day by itself.
    Daily,
    /// Seven days in a row, overlapping.
    #[default]
    Weekly,
}

/// Why nothing is foretold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoForecast {
    #[error("work was finished on {days} {} only: a forecast needs {LEAST_ACTIVE_DAYS}", if *days == 1 { "day" } else { "days" })]
    TooLittle { days: usize },
    #[error("a forecast looks at most {MOST_DAYS} days ahead")]
    TooFar,
}

/// What is left out at the ends of a distribution: far less than a confidence can be told apart by.
const NEGLIGIBLE: f64 = 1e-13;

/// The chance of each total, from the least that is worth telling on.
#[derive(Clone, Debug, PartialEq)]
struct Chances {
    least: usize,
    of: Vec<f64>,
}

impl Chances {
    fn none() -> Self {
        Self { least: 0, of: vec![1.0] }
    }

    fn of(sums: &[u32]) -> Self {
        let most = sums.iter().copied().max().unwrap_or_default() as usize;
        let mut chances = vec![0.0; most + 1];
        for &sum in sums {
            chances[sum as usize] += 1.0 / sums.len() as f64;
        }
        Self { least: 0, of: chances }.trimmed()
    }

    /// The sum of two independent draws; totals of `cap` and more are put together.
    fn plus(&self, other: &Self, cap: usize) -> Self {
        let least = self.least + other.least;
        if least >= cap {
            return Self { least: cap, of: vec![self.of.iter().sum::<f64>() * other.of.iter().sum::<f64>()] };
        }
        let len = (self.of.len() + other.of.len() - 1).min(cap - least + 1);
        let mut sum = vec![0.0; len];
        for (a, chance) in self.of.iter().enumerate() {
            let (below, beyond) = other.of.split_at(other.of.len().min(len.saturating_sub(1 + a)));
            for (total, each) in sum[a.min(len)..].iter_mut().zip(below) {
                *total += chance * each;
            }
            sum[len - 1] += chance * beyond.iter().sum::<f64>();
        }
        Self { least, of: sum }.trimmed()
    }

    fn trimmed(mut self) -> Self {
        let negligible = |chances: &mut dyn Iterator<Item = &f64>| {
            let mut whole = 0.0;
            chances
                .take_while(|each| {
                    whole += **each;
                    whole < NEGLIGIBLE
                })
                .count()
        };
        let after = negligible(&mut self.of.iter().rev()).min(self.of.len() - 1);
        self.of.truncate(self.of.len() - after);
        let before = negligible(&mut self.of.iter()).min(self.of.len() - 1);
        self.of.drain(..before);
        self.least += before;
        self
    }

    /// The sum of `n` draws.
    fn times(&self, mut n: usize, cap: usize) -> Self {
        let (mut sum, mut power) = (Self::none(), self.clone());
        while n > 0 {
            if n % 2 == 1 {
                sum = sum.plus(&power, cap);
            }
            n /= 2;
            if n > 0 {
                power = power.plus(&power, cap);
            }
        }
        sum
    }

    /// The chance of `least` or more.
    fn at_least(&self, least: usize) -> f64 {
        self.of.iter().skip(least.saturating_sub(self.least)).sum()
    }

    /// The most that is reached with this confidence.
    fn most_at(&self, confidence: f64) -> usize {
        let mut chance = 0.0;
        for (at, each) in self.of.iter().enumerate().rev() {
            chance += each;
            // Sums of many small chances end a hair below one.
            if chance >= confidence - 1e-9 {
                return self.least + at;
            }
        }
        0
    }
}

/// Sums of more and more draws, for a search: those of twice as many each, and those that were asked for.
struct Powers {
    cap: usize,
    /// Of 1, 2, 4, 8 … draws.
    doubled: Vec<Chances>,
    known: FxHashMap<usize, Chances>,
}

impl Powers {
    fn new(one: Chances, cap: usize, most: usize) -> Self {
        let mut doubled = vec![one];
        while 1 << doubled.len() <= most && doubled.last().is_some_and(|last| last.at_least(cap) < 1.0 - NEGLIGIBLE) {
            doubled.extend(doubled.last().map(|last| last.plus(last, cap)));
        }
        Self { cap, doubled, known: FxHashMap::from_iter([(0, Chances::none())]) }
    }

    /// The most draws that do not bring `cap` with this confidence, and what they bring.
    fn most_below(&mut self, confidence: f64) -> (usize, &Chances) {
        let mut draws = 0;
        for power in (0..self.doubled.len()).rev() {
            let more = draws + (1 << power);
            let sum = match self.known.get(&more) {
                Some(sum) => sum,
                None => {
                    let sum = self.known[&draws].plus(&self.doubled[power], self.cap);
                    self.known.entry(more).or_insert(sum)
                }
            };
            if sum.at_least(self.cap) < confidence - 1e-9 {
                draws = more;
            }
        }
        (draws, &self.known[&draws])
    }
}

/// A history of finished work to draw from: how many items were finished on each day, days without any included.
#[derive(Clone, Debug)]
pub struct Forecast {
    days: Vec<u32>,
    draws: Draws,
}

impl Forecast {
    pub fn new(days: Vec<u32>, draws: Draws) -> Result<Self, NoForecast> {
        let active = days.iter().filter(|count| **count > 0).count();
        if active < LEAST_ACTIVE_DAYS {
            return Err(NoForecast::TooLittle { days: active });
        }
        let draws = if days.len() < WEEK { Draws::Daily } else { draws };
        Ok(Self { days, draws })
    }

    /// Sums of `span` days in a row.
    fn sums(&self, span: usize) -> Chances {
        let sums: Vec<u32> = self.days.windows(span).map(|days| days.iter().sum()).collect();
        Chances::of(&sums)
    }

    fn after(&self, days: usize, cap: usize) -> Chances {
        match self.draws {
            Draws::Daily => self.sums(1).times(days, cap),
            Draws::Weekly => {
                let whole = self.sums(WEEK).times(days / WEEK, cap);
                if days.is_multiple_of(WEEK) { whole } else { whole.plus(&self.sums(days % WEEK), cap) }
            }
        }
    }

    /// How many items will be finished within some days, at each confidence.
    pub fn how_many(&self, days: usize, confidences: &[f64]) -> Result<Vec<u64>, NoForecast> {
        if days > MOST_DAYS {
            return Err(NoForecast::TooFar);
        }
        let chances = self.after(days, usize::MAX - 1);
        Ok(confidences.iter().map(|confidence| chances.most_at(*confidence) as u64).collect())
    }

    /// After how many days so many items will be finished, at each confidence; none where that is too far off.
    pub fn when(&self, items: usize, confidences: &[f64]) -> Vec<Option<u32>> {
        if items == 0 {
            return vec![Some(0); confidences.len()];
        }
        let span = match self.draws {
            Draws::Daily => 1,
            Draws::Weekly => WEEK,
        };
        // The chance grows with the days.
        let mut powers = Powers::new(self.sums(span), items, MOST_DAYS / span);
        let rests: Vec<Chances> = (1..=span).map(|days| self.sums(days)).collect();
        let first = |confidence: &f64| {
            let (draws, sum) = powers.most_below(*confidence);
            let is_enough = |rest: &Chances| sum.plus(rest, items).at_least(items) >= confidence - 1e-9;
            let rest = rests.iter().position(is_enough)? + 1;
            let days = draws * span + rest;
            u32::try_from(days).ok().filter(|_| days <= MOST_DAYS)
        };
        confidences.iter().map(first).collect()
    }

    /// The chance that so many items are finished within some days.
    pub fn chance(&self, items: usize, days: usize) -> f64 {
        self.after(days.min(MOST_DAYS), items).at_least(items).min(1.0)
    }
}

/// How often forecasts of the past came true: for each confidence, the share of weeks in which at least as many were
/// finished as was foretold from the days before. Past forecasts that had too little to go by are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Calibration {
    pub horizon_days: usize,
    pub forecasts: usize,
    /// Confidence, and the share that came true; nothing where the past is too short to tell.
    pub came_true: Vec<(f64, Option<f64>)>,
}

/// Replays weekly forecasts over a history of finished counts a day, the oldest first.
pub fn calibrate(days: &[u32], sample: usize, horizon: usize, weeks: usize, draws: Draws) -> Calibration {
    let mut kept = [0usize; CONFIDENCES.len()];
    let mut forecasts = 0;
    for week in 0..weeks {
        let Some(now) = days.len().checked_sub(horizon + week * WEEK) else { break };
        let Some(from) = now.checked_sub(sample) else { break };
        let Ok(forecast) = Forecast::new(days[from..now].to_vec(), draws) else { continue };
        let Ok(foretold) = forecast.how_many(horizon, &CONFIDENCES) else { continue };
        let happened: u64 = days[now..now + horizon].iter().map(|count| u64::from(*count)).sum();
        forecasts += 1;
        for (kept, foretold) in kept.iter_mut().zip(foretold) {
            *kept += usize::from(happened >= foretold);
        }
    }
    let share = |kept: usize| (forecasts > 0).then(|| kept as f64 / forecasts as f64);
    let came_true = CONFIDENCES.into_iter().zip(kept).map(|(confidence, kept)| (confidence, share(kept))).collect();
    Calibration { horizon_days: horizon, forecasts, came_true }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Finished a day in the first quarter of 2017 in a public project: 254 items on 84 of 90 days.
    fn quarter() -> Vec<u32> {
        let counts = [(0, 6), (1, 21), (2, 23), (3, 10), (4, 9), (5, 14), (6, 3), (7, 2), (8, 1), (11, 1)];
        counts.into_iter().flat_map(|(count, days)| std::iter::repeat_n(count, days)).collect()
    }

    #[test]
    fn the_reference_is_reproduced() {
        let days = quarter();
        assert_eq!((days.len(), days.iter().sum::<u32>()), (90, 254));
        let forecast = Forecast::new(days, Draws::Daily).unwrap();
        assert_eq!(forecast.how_many(14, &CONFIDENCES).unwrap(), [39, 35, 32, 28]);
        assert_eq!(forecast.when(20, &CONFIDENCES), [Some(8), Some(9), Some(10), Some(11)]);
    }

    #[test]
    fn too_little_is_said_and_the_ends_hold() {
        assert_eq!(
            Forecast::new(vec![1, 0, 2, 0, 3, 0, 1], Draws::Daily).unwrap_err(),
            NoForecast::TooLittle { days: 4 }
        );
        let forecast = Forecast::new(vec![1; 30], Draws::Weekly).unwrap();
        assert_eq!(forecast.how_many(10, &CONFIDENCES).unwrap(), [10; 4]);
        assert_eq!(forecast.when(10, &CONFIDENCES), [Some(10); 4]);
        assert_eq!((forecast.when(0, &[0.5]), forecast.how_many(0, &[0.5]).unwrap()), (vec![Some(0)], vec![0]));
        assert_eq!(forecast.when(1_000_000, &[0.5]), [None]);
        assert_eq!(forecast.how_many(MOST_DAYS + 1, &[0.5]), Err(NoForecast::TooFar));
    }

    #[test]
    fn steady_work_is_foretold_right() {
        let days: Vec<u32> = std::iter::repeat_n([2, 1, 0, 3, 1, 0, 0], 40).flatten().collect();
        let found = calibrate(&days, 90, 14, 26, Draws::Weekly);
        assert_eq!(found.forecasts, 26);
        assert!(found.came_true.iter().all(|(_, share)| *share == Some(1.0)), "{found:?}");
    }

    proptest! {
        #[test]
        fn more_confidence_promises_less_and_more_days_promise_more(
            days in prop::collection::vec(0u32..6, 14..60),
            horizon in 1usize..40,
            is_weekly in any::<bool>(),
        ) {
            prop_assume!(days.iter().filter(|count| **count > 0).count() >= LEAST_ACTIVE_DAYS);
            let draws = if is_weekly { Draws::Weekly } else { Draws::Daily };
            let forecast = Forecast::new(days, draws).unwrap();
            let found = forecast.how_many(horizon, &CONFIDENCES).unwrap();
            prop_assert!(found.windows(2).all(|pair| pair[0] >= pair[1]));
            let searched = forecast.when(horizon, &CONFIDENCES);
            for (confidence, days) in CONFIDENCES.into_iter().zip(searched) {
                let is_enough = |days: usize| forecast.after(days, horizon).at_least(horizon) >= confidence - 1e-9;
                prop_assert_eq!(days, (1..400).find(|days| is_enough(*days)).map(|days| days as u32));
            }
            let whole: f64 = forecast.after(horizon, usize::MAX - 1).of.iter().sum();
            prop_assert!((whole - 1.0).abs() < 1e-9);
            // What is foretold for the horizon is reached within it, by the other question.
            let items = found[2] as usize;
            if items > 0 {
                prop_assert!(forecast.chance(items, horizon) >= 0.85 - 1e-9);
                prop_assert!(forecast.chance(items + 1, horizon) < 0.85);
            }
        }
    }
}
