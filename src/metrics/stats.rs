//! Quantiles, intervals and tests. Each says its kind.

/// From this many values on, ranks are found by counting leading bits first.
const MANY: usize = 20_000;

/// The values at ascending `ranks` (from 0, below the number of values), as sorting would put them.
fn at_ranks<const N: usize>(values: &[f64], ranks: [usize; N]) -> [f64; N] {
    if values.len() < MANY { select(&mut values.to_vec(), ranks) } else { narrow_and_select(values, ranks) }
}

fn select<const N: usize>(values: &mut [f64], ranks: [usize; N]) -> [f64; N] {
    let (mut rest, mut passed, mut last) = (values, 0, 0.0);
    ranks.map(|rank| {
        if rank >= passed {
            let (_, &mut found, above) =
                std::mem::take(&mut rest).select_nth_unstable_by(rank - passed, f64::total_cmp);
            (rest, passed, last) = (above, rank + 1, found);
        }
        last
    })
}

/// The leading sixteen bits in an order that is that of the numbers: sixteen steps to every doubling.
pub(super) const fn leading_bits(value: f64) -> usize {
    let bits = value.to_bits();
    let ordered = if bits >> 63 == 0 { bits | 1 << 63 } else { !bits };
    (ordered >> 48) as usize
}

/// Two passes over many values, after which only the few that share their leading bits with an answer are compared.
fn narrow_and_select<const N: usize>(values: &[f64], ranks: [usize; N]) -> [f64; N] {
    let mut counts = vec![0usize; 1 << 16];
    for &value in values {
        counts[leading_bits(value)] += 1;
    }
    let (mut step, mut below) = (0, 0);
    let places = ranks.map(|rank| {
        while below + counts[step] <= rank {
            below += counts[step];
            step += 1;
        }
        (step, rank - below)
    });
    let mut is_wanted = vec![false; 1 << 16];
    places.iter().for_each(|&(step, _)| is_wanted[step] = true);
    let mut near: Vec<(u16, f64)> = Vec::new();
    for &value in values {
        let step = leading_bits(value);
        if is_wanted[step] {
            near.push((step as u16, value));
        }
    }
    places.map(|(step, rank)| {
        let of_step = near.iter().filter(|(of, _)| usize::from(*of) == step);
        let mut alike: Vec<f64> = of_step.map(|(_, value)| *value).collect();
        *alike.select_nth_unstable_by(rank, f64::total_cmp).1
    })
}

/// The `p` quantile by linear interpolation (R type 7) of unordered values; `None` without values.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = p * last as f64;
    let low = position.floor() as usize;
    let [at_low, next] = at_ranks(values, [low, (low + 1).min(last)]);
    Some(at_low + (next - at_low) * (position - low as f64))
}

/// The interpolated median.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Element `floor((n − 1) / 2)` in order: the median that DevLake shows.
pub fn lower_median(values: &[f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    Some(at_ranks(values, [last / 2])[0])
}

/// What is shown of a list of values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    pub n: usize,
    pub median: Option<f64>,
    pub lower_median: Option<f64>,
    pub mean: Option<f64>,
    pub p90: Option<f64>,
}

/// All of them at once.
pub fn summary(values: &[f64]) -> Summary {
    let n = values.len();
    let Some(last) = n.checked_sub(1) else { return Summary::default() };
    let position = 0.9 * last as f64;
    let low = position.floor() as usize;
    let mut ranks = [last / 2, n / 2, low, (low + 1).min(last)];
    ranks.sort_unstable();
    let found = at_ranks(values, ranks);
    let at = |rank: usize| found[ranks.iter().position(|&r| r == rank).unwrap_or_default()];
    let (lower, upper, at_low, next) = (at(last / 2), at(n / 2), at(low), at((low + 1).min(last)));
    Summary {
        n,
        median: Some(lower + (upper - lower) * 0.5),
        lower_median: Some(lower),
        mean: mean(values),
        p90: Some(at_low + (next - at_low) * (position - low as f64)),
    }
}

pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// The two-sided 95 % point of the normal distribution.
const Z95: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % score interval of a proportion (E. B. Wilson 1927).
pub fn wilson(hits: u64, total: u64) -> Option<(f64, f64)> {
    if total == 0 {
        return None;
    }
    let (n, p, z2) = (total as f64, hits as f64 / total as f64, Z95 * Z95);
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

/// A 95 % interval of the median from order statistics (normal approximation of the binomial ranks).
pub fn median_interval(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    if n < 6 {
        return None;
    }
    let half = Z95 * (n as f64).sqrt() / 2.0;
    let low = (n as f64 / 2.0 - half).floor().max(0.0) as usize;
    let high = ((n as f64 / 2.0 + half).ceil() as usize).min(n - 1);
    let [low, high] = at_ranks(values, [low, high]);
    Some((low, high))
}

/// The interval of `a − b` from the intervals of both (Newcombe's method, also known as MOVER).
pub fn difference_interval(a: f64, ia: (f64, f64), b: f64, ib: (f64, f64)) -> (f64, f64) {
    let d = a - b;
    let low = d - ((a - ia.0).powi(2) + (ib.1 - b).powi(2)).sqrt();
    let high = d + ((ia.1 - a).powi(2) + (b - ib.0).powi(2)).sqrt();
    (low, high)
}

/// The natural logarithm of n! (Stirling's series above 20; relative error below 1e-12).
fn ln_factorial(n: u64) -> f64 {
    if n <= 20 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let x = n as f64 + 1.0;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
        + 1.0 / (1260.0 * x.powi(5))
}

fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Terms further from the mean than this many standard deviations are below 1e-30 and left out of sums.
const FAR: f64 = 12.0;

/// The range of a count around its mean that can matter, within its bounds. `None` where what was seen is so far from
/// the mean that nothing like it can happen.
fn near(mean: f64, sd: f64, seen: u64, from: u64, to: u64) -> Option<(u64, u64)> {
    if (seen as f64 - mean).abs() > 40.0 * sd + 50.0 {
        return None;
    }
    let reach = FAR * sd + 2.0 + (seen as f64 - mean).abs();
    let low = (mean - reach).floor().max(from as f64) as u64;
    let high = ((mean + reach).ceil() as u64).min(to);
    Some((low, high.max(low)))
}

/// The exact two-sided permutation test of a 2×2 table (Fisher): of `n1` and `n2` units, `k1` and `k2` are hits.
///
/// Among all relabellings of the units, the share that is at most as likely as what was seen.
pub fn permutation_p(k1: u64, n1: u64, k2: u64, n2: u64) -> f64 {
    if n1 == 0 || n2 == 0 {
        return 1.0;
    }
    let hits = k1 + k2;
    let ln_all = ln_choose(n1 + n2, hits);
    let ln_p = |k: u64| ln_choose(n1, k) + ln_choose(n2, hits - k) - ln_all;
    let seen = ln_p(k1);
    let all = (n1 + n2) as f64;
    let share = hits as f64 / all;
    let mean = n1 as f64 * share;
    let sd = (n1 as f64 * share * (1.0 - share) * n2 as f64 / (all - 1.0).max(1.0)).sqrt();
    let Some((from, to)) = near(mean, sd, k1, hits.saturating_sub(n2), hits.min(n1)) else { return f64::MIN_POSITIVE };
    let p: f64 = (from..=to).map(ln_p).filter(|&l| l <= seen + 1e-7).map(f64::exp).sum();
    p.clamp(f64::MIN_POSITIVE, 1.0)
}

/// The permutation test of equal medians: how many of each side lie above the pooled median (Mood's median test).
pub fn median_test_p(a: &[f64], b: &[f64]) -> f64 {
    let pooled: Vec<f64> = a.iter().chain(b).copied().collect();
    let Some(middle) = median(&pooled) else { return 1.0 };
    let above = |side: &[f64]| side.iter().filter(|&&value| value > middle).count() as u64;
    permutation_p(above(a), a.len() as u64, above(b), b.len() as u64)
}

/// The exact test that two counts over spans `s1` and `s2` have one rate (binomial, given their sum).
pub fn rate_test_p(k1: u64, s1: f64, k2: u64, s2: f64) -> f64 {
    let n = k1 + k2;
    if n == 0 || s1 <= 0.0 || s2 <= 0.0 {
        return 1.0;
    }
    let share = s1 / (s1 + s2);
    let ln_p = |k: u64| ln_choose(n, k) + k as f64 * share.ln() + (n - k) as f64 * (1.0 - share).ln();
    let seen = ln_p(k1);
    let mean = n as f64 * share;
    let Some((from, to)) = near(mean, (mean * (1.0 - share)).sqrt(), k1, 0, n) else { return f64::MIN_POSITIVE };
    let p: f64 = (from..=to).map(ln_p).filter(|&l| l <= seen + 1e-7).map(f64::exp).sum();
    p.clamp(f64::MIN_POSITIVE, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    #[test]
    fn quantiles_as_r_gives_them() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert_eq!(quantile(&values, 0.5), Some(2.5));
        assert!(close(quantile(&values, 0.9).unwrap(), 3.7));
        assert_eq!(lower_median(&values), Some(2.0));
        assert_eq!(median(&[]), None);
        assert_eq!(lower_median(&[7.0]), Some(7.0));
    }

    #[test]
    fn wilson_as_published() {
        let (low, high) = wilson(1, 10).unwrap();
        assert!((low - 0.017_876).abs() < 1e-5 && (high - 0.404_150).abs() < 1e-5, "{low} {high}");
        assert_eq!(wilson(0, 0), None);
        assert_eq!(wilson(0, 5).unwrap().0, 0.0);
    }

    #[test]
    fn the_lady_tasting_tea() {
        assert!((permutation_p(3, 4, 1, 4) - 0.485_714_285).abs() < 1e-6);
        assert!((permutation_p(4, 4, 0, 4) - 0.028_571_428).abs() < 1e-6);
    }

    #[test]
    fn equal_counts_are_no_news() {
        assert!(rate_test_p(10, 90.0, 10, 90.0) > 0.99);
        assert!(rate_test_p(40, 90.0, 10, 90.0) < 0.001);
        assert!(median_test_p(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]) > 0.9);
    }

    proptest! {
        #[test]
        fn the_order_of_input_does_not_matter(mut values in prop::collection::vec(-1e6..1e6f64, 1..60), p in 0.0..=1.0f64) {
            let one = quantile(&values, p).unwrap();
            values.reverse();
            prop_assert!(close(one, quantile(&values, p).unwrap()));
            let all = summary(&values);
            prop_assert!(close(all.median.unwrap(), median(&values).unwrap()));
            prop_assert_eq!(all.lower_median, lower_median(&values));
            prop_assert!(close(all.p90.unwrap(), quantile(&values, 0.9).unwrap()));
            values.sort_by(f64::total_cmp);
            prop_assert!(values[0] <= one && one <= values[values.len() - 1]);
            prop_assert_eq!(lower_median(&values).unwrap(), values[(values.len() - 1) / 2]);
        }

        #[test]
        fn narrowing_finds_what_sorting_finds(values in prop::collection::vec(prop_oneof![-1e9..1e9f64, Just(0.0), Just(-0.0), 0.0..100.0f64], 1..400), share in 0.0..1.0f64) {
            let ranks = [(values.len() as f64 * share) as usize, values.len() - 1];
            let found = narrow_and_select(&values, ranks);
            prop_assert_eq!(found.map(f64::to_bits), select(&mut values.clone(), ranks).map(f64::to_bits));
        }

        #[test]
        fn a_permutation_p_is_a_probability(k1 in 0u64..40, n1 in 1u64..40, k2 in 0u64..40, n2 in 1u64..40) {
            prop_assume!(k1 <= n1 && k2 <= n2);
            let p = permutation_p(k1, n1, k2, n2);
            prop_assert!(p > 0.0 && p <= 1.0);
            prop_assert!((p - permutation_p(k2, n2, k1, n1)).abs() < 1e-9);
        }
    }
}
