//! Two periods told apart, and two definitions.

use serde::{Deserialize, Serialize};

use super::query::{Figures, Query};
use super::{Definition, Explain, stats};

/// How a figure differs from the period before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub now: f64,
    pub before: f64,
    /// The 95 % interval of `now − before`, where there are enough rows.
    pub interval: Option<(f64, f64)>,
    /// The p-value of the permutation test.
    pub p: f64,
}

impl Change {
    /// A difference that chance would seldom make (p < 0.05).
    pub fn is_detected(&self) -> bool {
        self.p < 0.05
    }

    pub fn difference(&self) -> f64 {
        self.now - self.before
    }
}

/// The change of each of the five metrics; `None` where one side has no value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    pub frequency: Option<Change>,
    pub lead: Option<Change>,
    pub fail: Option<Change>,
    pub recovery: Option<Change>,
    pub rework: Option<Change>,
}

/// Compares one question in two periods.
pub fn periods(now: &Query<'_>, now_figures: &Figures, before: &Query<'_>, before_figures: &Figures) -> Changes {
    let (a, b) = (now_figures, before_figures);
    let lead = |query: &Query<'_>| query.lead_values().secs.clone();
    let recovery = |query: &Query<'_>| {
        query.failures().iter().filter_map(super::recovery::Failure::secs).filter(|s| *s >= 0.0).collect::<Vec<_>>()
    };
    let (fa, fb) = (&a.change_fail_rate, &b.change_fail_rate);
    let (ra, rb) = (&a.rework_rate, &b.rework_rate);
    Changes {
        frequency: rate_change(
            (a.deployment_frequency.deployments, a.deployment_frequency.value, now.period.days()),
            (b.deployment_frequency.deployments, b.deployment_frequency.value, before.period.days()),
        ),
        lead: values_change(a.change_lead_time.value_s.zip(b.change_lead_time.value_s), || (lead(now), lead(before))),
        fail: share_change((fa.failed, fa.total), (fb.failed, fb.total)),
        recovery: values_change(a.recovery_time.value_s.zip(b.recovery_time.value_s), || {
            (recovery(now), recovery(before))
        }),
        rework: share_change((ra.rework, ra.total), (rb.rework, rb.total)),
    }
}

fn rate_change((k1, now, days1): (u64, f64, i64), (k2, before, days2): (u64, f64, i64)) -> Option<Change> {
    if k1 + k2 == 0 || days1 == 0 || days2 == 0 {
        return None;
    }
    let p = stats::rate_test_p(k1, days1 as f64, k2, days2 as f64);
    Some(Change { now, before, interval: None, p })
}

fn share_change((k1, n1): (u64, u64), (k2, n2): (u64, u64)) -> Option<Change> {
    let (i1, i2) = (stats::wilson(k1, n1)?, stats::wilson(k2, n2)?);
    let (now, before) = (k1 as f64 / n1 as f64, k2 as f64 / n2 as f64);
    let interval = Some(stats::difference_interval(now, i1, before, i2));
    Some(Change { now, before, interval, p: stats::permutation_p(k1, n1, k2, n2) })
}

fn values_change(figures: Option<(f64, f64)>, values: impl Fn() -> (Vec<f64>, Vec<f64>)) -> Option<Change> {
    let (now, before) = figures?;
    let (a, b) = values();
    let (a, b) = (a.as_slice(), b.as_slice());
    let p = stats::median_test_p(a, b);
    let interval = stats::median(a).zip(stats::median(b)).and_then(|(ma, mb)| {
        Some(stats::difference_interval(ma, stats::median_interval(a)?, mb, stats::median_interval(b)?))
    });
    Some(Change { now, before, interval, p })
}

/// What switching one option did to a figure on the way from one definition to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub option: String,
    pub from: serde_json::Value,
    pub to: serde_json::Value,
    pub before: Option<f64>,
    pub after: Option<f64>,
}

/// The definition's own value of one metric.
pub fn value_of(figures: &Figures, metric: Explain) -> Option<f64> {
    match metric {
        Explain::Frequency => Some(figures.deployment_frequency.value),
        Explain::Lead => figures.change_lead_time.value_s,
        Explain::Fail => figures.change_fail_rate.rate,
        Explain::Recovery => figures.recovery_time.value_s,
        Explain::Rework => figures.rework_rate.rate,
    }
}

/// Switches the differing options one at a time in table order and lists what each did to the metric.
///
/// `figures_of` computes the figures under a definition. Steps that change nothing are left out.
pub fn steps(
    from: &Definition,
    to: &Definition,
    metric: Explain,
    mut figures_of: impl FnMut(&Definition) -> Figures,
) -> Vec<Step> {
    let mut now = *from;
    let mut before = value_of(&figures_of(&now), metric);
    let mut steps = Vec::new();
    for ((option, old), (_, new)) in from.options().into_iter().zip(to.options()) {
        if old == new {
            continue;
        }
        now = now.with_option_of(to, &option);
        let after = value_of(&figures_of(&now), metric);
        if after != before {
            steps.push(Step { option, from: old, to: new, before, after });
        }
        before = after;
    }
    steps
}
