//! The dated tables of DORA's reports and its Quick Check: chosen by a person, never shown unasked.
//!
//! The tables stand as they were published, gaps and overlaps included. 2021 is read from the report itself; 2022,
//! 2023 and 2024 from publications that quote it (of 2023's low cluster, frequency and lead time are the least sure).
//! From 2023 on the change fail rate is one number a cluster, not a range, and in 2024 it does not rise from cluster to
//! cluster. 2025 has no clusters any more.

use serde::{Deserialize, Serialize};

use super::{Explain, Figures};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Benchmark {
    #[serde(rename = "dora-2021")]
    Dora2021,
    #[serde(rename = "dora-2022")]
    Dora2022,
    #[serde(rename = "dora-2023")]
    Dora2023,
    #[serde(rename = "dora-2024")]
    Dora2024,
    QuickCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Elite,
    High,
    Medium,
    Low,
}

/// Where a value stands in a benchmark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The clusters whose range holds the value; more than one where the table overlaps.
    In(Vec<Level>),
    /// No cluster's range holds it: the nearest better and the nearest worse one.
    Between(Option<Level>, Option<Level>),
    /// Points of ten.
    Score(f64),
}

/// A cluster's range: days between deployments, seconds or shares, so that less is better; from (included) to
/// (excluded). A single published number has both ends alike and holds what rounds to it.
type Cell = (Level, f64, f64);

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
const WEEK: f64 = 7.0 * DAY;
const MONTH: f64 = 365.25 / 12.0 * DAY;
const HALF_YEAR: f64 = 6.0 * MONTH;
const EVER: f64 = f64::INFINITY;
/// Half a point of a percentage.
const POINT: f64 = 0.005;

use Level::{Elite, High, Low, Medium};

impl Benchmark {
    pub const ALL: [Self; 5] = [Self::Dora2021, Self::Dora2022, Self::Dora2023, Self::Dora2024, Self::QuickCheck];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dora2021 => "dora-2021",
            Self::Dora2022 => "dora-2022",
            Self::Dora2023 => "dora-2023",
            Self::Dora2024 => "dora-2024",
            Self::QuickCheck => "quick-check",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|benchmark| benchmark.as_str() == word)
    }

    /// Where the table comes from.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Dora2021 => "Accelerate State of DevOps Report 2021, page 9",
            Self::Dora2022 => "Accelerate State of DevOps Report 2022, as quoted by others",
            Self::Dora2023 => "Accelerate State of DevOps Report 2023, as quoted by others",
            Self::Dora2024 => "Accelerate State of DevOps Report 2024, as quoted by others",
            Self::QuickCheck => "DORA Quick Check, dora.dev, edition of 2025",
        }
    }

    fn cells(self, metric: Explain) -> &'static [Cell] {
        match (self, metric) {
            (Self::Dora2021, Explain::Frequency) => {
                &[(Elite, 0.0, DAY), (High, WEEK, MONTH), (Medium, MONTH, HALF_YEAR), (Low, HALF_YEAR, EVER)]
            }
            (Self::Dora2021, Explain::Lead) => {
                &[(Elite, 0.0, HOUR), (High, DAY, WEEK), (Medium, MONTH, HALF_YEAR), (Low, HALF_YEAR, EVER)]
            }
            (Self::Dora2021, Explain::Recovery) => {
                &[(Elite, 0.0, HOUR), (High, HOUR, DAY), (Medium, DAY, WEEK), (Low, HALF_YEAR, EVER)]
            }
            (Self::Dora2021, Explain::Fail) => {
                &[(Elite, 0.0, 0.155), (High, 0.155, 0.305), (Medium, 0.155, 0.305), (Low, 0.155, 0.305)]
            }
            (Self::Dora2022, Explain::Frequency) => &[(High, 0.0, DAY), (Medium, WEEK, MONTH), (Low, MONTH, HALF_YEAR)],
            (Self::Dora2022, Explain::Lead) => &[(High, DAY, WEEK), (Medium, WEEK, MONTH), (Low, MONTH, HALF_YEAR)],
            (Self::Dora2022, Explain::Recovery) => &[(High, 0.0, DAY), (Medium, DAY, WEEK), (Low, WEEK, MONTH)],
            (Self::Dora2022, Explain::Fail) => &[(High, 0.0, 0.155), (Medium, 0.155, 0.305), (Low, 0.455, 0.605)],
            (Self::Dora2023, Explain::Frequency) => {
                &[(Elite, 0.0, DAY), (High, DAY, WEEK), (Medium, WEEK, MONTH), (Low, WEEK, MONTH)]
            }
            (Self::Dora2023, Explain::Lead) => {
                &[(Elite, 0.0, DAY), (High, DAY, WEEK), (Medium, WEEK, MONTH), (Low, WEEK, MONTH)]
            }
            (Self::Dora2023, Explain::Recovery) => {
                &[(Elite, 0.0, HOUR), (High, HOUR, DAY), (Medium, DAY, WEEK), (Low, MONTH, HALF_YEAR)]
            }
            (Self::Dora2023, Explain::Fail) => {
                &[(Elite, 0.05, 0.05), (High, 0.10, 0.10), (Medium, 0.15, 0.15), (Low, 0.64, 0.64)]
            }
            (Self::Dora2024, Explain::Frequency) => {
                &[(Elite, 0.0, DAY), (High, DAY, WEEK), (Medium, WEEK, MONTH), (Low, MONTH, HALF_YEAR)]
            }
            (Self::Dora2024, Explain::Lead) => {
                &[(Elite, 0.0, DAY), (High, DAY, WEEK), (Medium, WEEK, MONTH), (Low, MONTH, HALF_YEAR)]
            }
            (Self::Dora2024, Explain::Recovery) => {
                &[(Elite, 0.0, HOUR), (High, HOUR, DAY), (Medium, HOUR, DAY), (Low, WEEK, MONTH)]
            }
            (Self::Dora2024, Explain::Fail) => {
                &[(Elite, 0.05, 0.05), (Medium, 0.10, 0.10), (High, 0.20, 0.20), (Low, 0.40, 0.40)]
            }
            (_, Explain::Rework) | (Self::QuickCheck, _) => &[],
        }
    }

    /// Where the figures stand; `None` without a value, or where the benchmark has no table for the metric.
    pub fn standing(self, figures: &Figures, metric: Explain) -> Option<Standing> {
        let value = value_of(figures, metric)?;
        if self == Self::QuickCheck {
            return Some(Standing::Score(points(metric, value)));
        }
        let cells = self.cells(metric);
        if cells.is_empty() {
            return None;
        }
        let holds = |&&(_, from, to): &&Cell| {
            if from == to { (value - from).abs() < POINT } else { from <= value && value < to }
        };
        let levels: Vec<Level> = cells.iter().filter(holds).map(|cell| cell.0).collect();
        if !levels.is_empty() {
            return Some(Standing::In(levels));
        }
        let better = cells.iter().filter(|cell| cell.2 <= value).max_by(|a, b| a.2.total_cmp(&b.2));
        let worse = cells.iter().filter(|cell| cell.1 > value).min_by(|a, b| a.1.total_cmp(&b.1));
        Some(Standing::Between(better.map(|cell| cell.0), worse.map(|cell| cell.0)))
    }

    /// The Quick Check's overall score: the mean of the metrics that have a value.
    pub fn quick_check(figures: &Figures) -> Option<f64> {
        let points: Vec<f64> =
            Explain::ALL.into_iter().filter_map(|m| Some(points(m, value_of(figures, m)?))).collect();
        super::stats::mean(&points)
    }
}

/// The value that the tables speak of, so that less is better.
fn value_of(figures: &Figures, metric: Explain) -> Option<f64> {
    match metric {
        Explain::Frequency => {
            let per_day = figures.deployment_frequency.per_day;
            (per_day > 0.0).then(|| DAY / per_day)
        }
        Explain::Lead => figures.change_lead_time.median_s,
        Explain::Fail => figures.change_fail_rate.rate,
        Explain::Recovery => figures.recovery_time.median_s,
        Explain::Rework => figures.rework_rate.rate,
    }
}

/// Points of ten: one of six answers for what is a span, ten less a tenth of the percentage for what is a share.
fn points(metric: Explain, value: f64) -> f64 {
    let answer = |bounds: [f64; 5]| bounds.iter().filter(|bound| value < **bound).count() as f64 / 5.0 * 10.0;
    match metric {
        Explain::Fail | Explain::Rework => 10.0 - value * 10.0,
        // "On demand" is more often than once an hour; a measured rhythm cannot tell it otherwise.
        Explain::Frequency => answer([HOUR, DAY, WEEK, MONTH, HALF_YEAR]),
        Explain::Lead | Explain::Recovery => answer([HOUR, DAY, WEEK, MONTH, HALF_YEAR]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(per_day: f64, lead: f64, fail: f64, recovery: f64) -> Figures {
        let mut figures = Figures::default();
        figures.deployment_frequency.per_day = per_day;
        figures.change_lead_time.median_s = Some(lead);
        figures.change_fail_rate.rate = Some(fail);
        figures.recovery_time.median_s = Some(recovery);
        figures
    }

    #[test]
    fn the_tables_with_their_gaps_and_overlaps() {
        let f = figures(13.0, 4.7 * HOUR, 0.037, 1.2 * HOUR);
        let of = |benchmark: Benchmark, metric| benchmark.standing(&f, metric);
        assert_eq!(of(Benchmark::Dora2021, Explain::Frequency), Some(Standing::In(vec![Elite])));
        // The report of 2021 says nothing between an hour and a day.
        assert_eq!(of(Benchmark::Dora2021, Explain::Lead), Some(Standing::Between(Some(Elite), Some(High))));
        assert_eq!(of(Benchmark::Dora2024, Explain::Lead), Some(Standing::In(vec![Elite])));
        assert_eq!(of(Benchmark::Dora2024, Explain::Fail), Some(Standing::Between(None, Some(Elite))));
        assert_eq!(of(Benchmark::Dora2024, Explain::Recovery), Some(Standing::In(vec![High, Medium])));
        assert_eq!(of(Benchmark::Dora2022, Explain::Lead), Some(Standing::Between(None, Some(High))));
        assert_eq!(of(Benchmark::Dora2021, Explain::Rework), None);
        let g = figures(0.0, 40.0 * DAY, 0.2, 3.0 * MONTH);
        assert_eq!(Benchmark::Dora2021.standing(&g, Explain::Frequency), None);
        assert_eq!(Benchmark::Dora2021.standing(&g, Explain::Fail), Some(Standing::In(vec![High, Medium, Low])));
        assert_eq!(Benchmark::Dora2024.standing(&g, Explain::Fail), Some(Standing::In(vec![High])));
        let between = Some(Standing::Between(Some(Medium), Some(Low)));
        assert_eq!(Benchmark::Dora2021.standing(&g, Explain::Recovery), between);
    }

    #[test]
    fn the_quick_check_scores_answers_from_one_to_six() {
        let f = figures(13.0, 4.7 * HOUR, 0.05, 30.0 * 60.0);
        let of = |metric| Benchmark::QuickCheck.standing(&f, metric);
        assert_eq!(of(Explain::Frequency), Some(Standing::Score(8.0)));
        assert_eq!(of(Explain::Lead), Some(Standing::Score(8.0)));
        assert_eq!(of(Explain::Recovery), Some(Standing::Score(10.0)));
        assert_eq!(of(Explain::Fail), Some(Standing::Score(9.5)));
        let overall = Benchmark::quick_check(&f).unwrap();
        assert!((overall - (8.0 + 8.0 + 10.0 + 9.5) / 4.0).abs() < 1e-9, "{overall}");
    }
}
