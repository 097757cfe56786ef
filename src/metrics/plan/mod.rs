//! Sprints and the flow of work: what was committed and done, what history supports, and when work will be ready.
//!
//! [`ledger`] folds the events of a sprint into its report; nothing here reads what an item says of itself now.
//! [`forecast`] answers "how many by" and "when" by exact convolution. [`velocity`] and [`flow`] tell what closed sprints
//! and finished items support. Percentiles here are nearest rank ([`nearest_rank`]), as Scrum tools' users read them.

pub mod budget;
pub mod capacity;
pub mod filter;
pub mod flow;
pub mod forecast;
pub mod ledger;
pub mod needs;
pub mod readiness;
pub mod risk;
pub mod sub_tasks;
pub mod velocity;
pub mod wip;
mod working_time;

pub use working_time::WorkingTime;

/// The smallest value that at least a share `p` of all are at or below.
pub fn nearest_rank(sorted: &[f64], p: f64) -> Option<f64> {
    let rank = (p * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::nearest_rank;

    #[test]
    fn the_85th_of_ten_is_the_ninth() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(nearest_rank(&ten, 0.85), Some(9.0));
        assert_eq!(
            (nearest_rank(&ten, 0.0), nearest_rank(&ten, 1.0), nearest_rank(&[], 0.5)),
            (Some(1.0), Some(10.0), None)
        );
    }
}
