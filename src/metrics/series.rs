//! Figures cut by time, distributions, and single events for charts.

use std::sync::LazyLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::lead::Leads;
use super::query::{Query, Subject};
use super::{Cut, stats};
use crate::model::Time;

/// The figures of one bucket of time. `None` is a gap, not 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    pub from: i64,
    pub to: i64,
    /// The bucket is shorter than its kind: the period begins or ends inside it, or it is not over.
    pub partial: bool,
    pub deployments: u64,
    pub lead_n: u64,
    pub lead_median_s: Option<f64>,
    pub lead_p90_s: Option<f64>,
    pub failed: u64,
    pub total: u64,
    pub rework: u64,
    pub recovery_n: u64,
    pub recovery_median_s: Option<f64>,
}

/// One recovery, as a dot.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dot {
    pub at: i64,
    pub secs: f64,
    pub subject: Subject,
}

/// Counts of durations in bins of equal width on a logarithmic axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogHistogram {
    /// log10 seconds at the left edge of each bin.
    pub edges: Vec<f64>,
    pub counts: Vec<u64>,
}

/// Everything the charts of the Delivery page show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Series {
    pub buckets: Vec<Bucket>,
    pub lead_histogram: LogHistogram,
    pub recoveries: Vec<Dot>,
    /// (start, secs so far unknown) of failures that are still open.
    pub open_failures: Vec<Dot>,
}

/// Durations below a minute share the first bin.
const FLOOR_SECS: f64 = 60.0;
const BINS_PER_DECADE: f64 = 4.0;

/// The upper ends of the bins up to a thousand years, and where among them to begin to look for a number with given
/// leading bits: a step or none from there, where a search would take six.
static BINS: LazyLock<(Vec<f64>, Vec<u8>)> = LazyLock::new(|| {
    let first = (FLOOR_SECS.log10() * BINS_PER_DECADE).floor() as i32;
    let ends: Vec<f64> = (1..=36).map(|n| 10f64.powf(f64::from(first + n) / BINS_PER_DECADE)).collect();
    let starts = (0..1 << 16).map(|bits| ends.partition_point(|end| stats::leading_bits(*end) < bits) as u8).collect();
    (ends, starts)
});

impl LogHistogram {
    pub fn of(values: &[f64]) -> Self {
        let first = (FLOOR_SECS.log10() * BINS_PER_DECADE).floor() as i32;
        let (ends, starts) = &*BINS;
        let mut counts = vec![0u64; ends.len() + 1];
        for &value in values {
            let mut bin = usize::from(starts[stats::leading_bits(value)]);
            while ends.get(bin).is_some_and(|end| *end <= value) {
                bin += 1;
            }
            counts[bin] += 1;
        }
        let used = |counts: &[u64]| counts.iter().position(|n| *n > 0);
        let Some(low) = used(&counts) else { return Self::default() };
        let high = counts.iter().rposition(|n| *n > 0).unwrap_or(low);
        let edges = (low..=high).map(|bin| (f64::from(first) + bin as f64) / BINS_PER_DECADE).collect();
        Self { edges, counts: counts[low..=high].to_vec() }
    }

    pub const BIN_WIDTH: f64 = 1.0 / BINS_PER_DECADE;
}

impl Query<'_> {
    /// The period cut into buckets. `now` tells which bucket is not over.
    pub fn series(&self, cut: Cut, now: Time) -> Series {
        let cuts = self.period.cuts(cut);
        let mut buckets: Vec<Bucket> =
            cuts.windows(2).map(|pair| Bucket { from: pair[0].0, to: pair[1].0, ..Bucket::default() }).collect();
        self.mark_partial(&mut buckets, cut, now);
        let lead = self.lead_values();
        self.count_deployments(&mut buckets);
        let histogram = || LogHistogram::of(&lead.secs);
        let (lead_histogram, ()) = rayon::join(histogram, || self.measure_lead(lead, &mut buckets));
        let mut series = Series { lead_histogram, buckets, ..Series::default() };
        self.measure_recovery(&mut series);
        series
    }

    fn mark_partial(&self, buckets: &mut [Bucket], cut: Cut, now: Time) {
        let whole = match cut {
            Cut::Day => return,
            Cut::Week => 7,
            Cut::Month => 28,
        };
        for bucket in buckets {
            let days = (bucket.to - bucket.from + 7_200_000_000) / 86_400_000_000;
            bucket.partial = days < whole || bucket.to > now.0;
        }
    }

    fn count_deployments(&self, buckets: &mut [Bucket]) {
        let failed = self.failed_deployments();
        let mut at = 0;
        for &row in self.deployments() {
            let finished = self.finished(row);
            while at + 1 < buckets.len() && buckets[at].to <= finished {
                at += 1;
            }
            let Some(bucket) = buckets.get_mut(at) else { return };
            bucket.deployments += u64::from(self.succeeded(row));
            if self.reached(row) {
                bucket.total += 1;
                bucket.failed += u64::from(failed[row as usize]);
                bucket.rework += u64::from(self.is_rework(row));
            }
        }
    }

    fn measure_lead(&self, lead: &Leads, buckets: &mut [Bucket]) {
        let mut from = 0;
        let cut: Vec<&[f64]> = buckets
            .iter()
            .map(|bucket| {
                let to = from + lead.rows[from..].partition_point(|&row| self.finished(row) < bucket.to);
                let inside = &lead.secs[from..to];
                from = to;
                inside
            })
            .collect();
        buckets.par_iter_mut().zip(cut).for_each(|(bucket, inside)| {
            let summary = stats::summary(inside);
            bucket.lead_n = summary.n as u64;
            bucket.lead_median_s = summary.median;
            bucket.lead_p90_s = summary.p90;
        });
    }

    fn measure_recovery(&self, series: &mut Series) {
        for failure in self.failures() {
            let Some(start) = failure.start else { continue };
            match failure.secs() {
                Some(secs) if secs >= 0.0 => {
                    let end = start.0 + (secs * 1e6) as i64;
                    series.recoveries.push(Dot { at: end, secs, subject: failure.subject });
                }
                Some(_) => {}
                None => series.open_failures.push(Dot { at: start.0, secs: 0.0, subject: failure.subject }),
            }
        }
        series.recoveries.sort_by_key(|dot| dot.at);
        for bucket in &mut series.buckets {
            let inside = series.recoveries.iter().filter(|dot| bucket.from <= dot.at && dot.at < bucket.to);
            let values: Vec<f64> = inside.map(|dot| dot.secs).collect();
            bucket.recovery_n = values.len() as u64;
            bucket.recovery_median_s = stats::median(&values);
        }
    }
}
