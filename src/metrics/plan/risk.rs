//! How likely a deployment of a service fails: its own record, drawn towards the team's rate while there is little of it.
//!
//! A Beta prior worth ten deployments at the team's rate meets what was counted. The interval holds four times in five.

use rustc_hash::FxHashMap;
use serde::Serialize;
use statrs::function::beta::inv_beta_reg;

/// Deployments that the team's rate is worth.
const PRIOR: f64 = 10.0;
/// What is assumed of a team that has deployed nothing yet.
const UNKNOWN_RATE: f64 = 0.15;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    Low,
    Medium,
    High,
}

impl Band {
    fn of(chance: f64) -> Self {
        match chance {
            chance if chance < 0.05 => Self::Low,
            chance if chance <= 0.15 => Self::Medium,
            _ => Self::High,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Risk {
    pub deployed: u32,
    pub failed: u32,
    pub chance: f64,
    pub low: f64,
    pub high: f64,
}

impl Risk {
    pub fn band(&self) -> Band {
        Band::of(self.chance)
    }

    /// So few deployments that the team's rate says more than they do.
    pub fn has_little_data(&self) -> bool {
        f64::from(self.deployed) < PRIOR
    }
}

/// Both parameters of the Beta distribution of a service's rate.
fn parameters(team: Option<f64>, deployed: u32, failed: u32) -> (f64, f64) {
    // At 0 or 1 the prior would have no width.
    let rate = team.unwrap_or(UNKNOWN_RATE).clamp(0.005, 0.995);
    (rate * PRIOR + f64::from(failed), (1.0 - rate) * PRIOR + f64::from(deployed.saturating_sub(failed)))
}

/// The rate of the team, and the counts of a service.
pub fn risk(team: Option<f64>, deployed: u32, failed: u32) -> Risk {
    let (a, b) = parameters(team, deployed, failed);
    Risk { deployed, failed, chance: a / (a + b), low: inv_beta_reg(a, b, 0.1), high: inv_beta_reg(a, b, 0.9) }
}

/// A deployment as it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub at: i64,
    pub service: u32,
    pub failed: bool,
}

/// Deployments, or items that were deployed, of one kind, and those of them that failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rated {
    pub deployed: u32,
    pub failed: u32,
}

impl Rated {
    pub fn count(&mut self, failed: bool) {
        self.deployed += 1;
        self.failed += u32::from(failed);
    }

    fn forget(&mut self, failed: bool) {
        self.deployed -= 1;
        self.failed -= u32::from(failed);
    }
}

/// How past ratings did: each deployment rated by what was known of the time before it. Low, medium, high; the first
/// deployments of all, before which nothing was known, are in none.
pub fn calibration(mut outcomes: Vec<Outcome>, window: i64) -> [Rated; 3] {
    outcomes.sort_by_key(|outcome| (outcome.at, outcome.service));
    let (mut bands, mut all, mut oldest) = ([Rated::default(); 3], Rated::default(), 0);
    let mut of_service: FxHashMap<u32, Rated> = FxHashMap::default();
    for next in &outcomes {
        while outcomes[oldest].at < next.at - window {
            let gone = outcomes[oldest];
            all.forget(gone.failed);
            of_service.entry(gone.service).or_default().forget(gone.failed);
            oldest += 1;
        }
        let known = of_service.entry(next.service).or_default();
        if f64::from(all.deployed) >= PRIOR {
            let rate = f64::from(all.failed) / f64::from(all.deployed);
            let (a, b) = parameters(Some(rate), known.deployed, known.failed);
            bands[Band::of(a / (a + b)) as usize].count(next.failed);
        }
        known.count(next.failed);
        all.count(next.failed);
    }
    bands
}

/// The chance that at least one of several fails.
pub fn any(chances: impl Iterator<Item = f64>) -> f64 {
    1.0 - chances.map(|chance| 1.0 - chance).product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_values() {
        for (deployed, failed, chance, low, high) in [
            (3, 1, 0.169, 0.05, 0.31),
            (0, 0, 0.12, 0.02, 0.26),
            (15, 4, 0.208, 0.11, 0.32),
            (40, 0, 0.024, 0.003, 0.05),
        ] {
            let found = risk(Some(0.12), deployed, failed);
            assert!((found.chance - chance).abs() < 0.0006, "{found:?}");
            assert!((found.low - low).abs() < 0.006 && (found.high - high).abs() < 0.006, "{found:?}");
        }
        assert!(risk(Some(0.12), 3, 1).has_little_data());
        assert_eq!(risk(Some(0.12), 40, 0).band(), Band::Low);
        assert!((any([0.1, 0.2].into_iter()) - 0.28).abs() < 1e-12);
    }

    #[test]
    fn ratings_are_held_against_what_came_of_them() {
        let outcome = |n: i64, service: u32, failed: bool| Outcome { at: n, service, failed };
        // One service fails every second time, the other never; ten deployments are seen before anything is rated.
        let outcomes: Vec<Outcome> =
            (0..200).flat_map(|n| [outcome(2 * n, 1, n % 2 == 0), outcome(2 * n + 1, 2, false)]).collect();
        let [low, medium, high] = calibration(outcomes.clone(), i64::MAX / 2);
        assert_eq!(low.deployed + medium.deployed + high.deployed, 390);
        assert_eq!((high.failed, low.failed + medium.failed), (97, 0), "{low:?} {medium:?} {high:?}");
        assert!(low.deployed > 100 && high.deployed >= 195, "{low:?} {medium:?} {high:?}");
        // What is older than the window is forgotten: with a window of nothing, nothing is known.
        assert_eq!(calibration(outcomes, 0), [Rated::default(); 3]);
    }
}
