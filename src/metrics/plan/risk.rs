//! How likely a deployment of a service fails: its own record, drawn towards the team's rate while there is little of it.
//!
//! A Beta prior worth ten deployments at the team's rate meets what was counted. The interval holds four times in five.

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
        match self.chance {
            chance if chance < 0.05 => Band::Low,
            chance if chance <= 0.15 => Band::Medium,
            _ => Band::High,
        }
    }

    /// So few deployments that the team's rate says more than they do.
    pub fn has_little_data(&self) -> bool {
        f64::from(self.deployed) < PRIOR
    }
}

/// The rate of the team, and the counts of a service.
pub fn risk(team: Option<f64>, deployed: u32, failed: u32) -> Risk {
    // At 0 or 1 the prior would have no width.
    let rate = team.unwrap_or(UNKNOWN_RATE).clamp(0.005, 0.995);
    let (a, b) = (rate * PRIOR + f64::from(failed), (1.0 - rate) * PRIOR + f64::from(deployed.saturating_sub(failed)));
    Risk { deployed, failed, chance: a / (a + b), low: inv_beta_reg(a, b, 0.1), high: inv_beta_reg(a, b, 0.9) }
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
}
