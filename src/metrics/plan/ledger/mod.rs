//! A sprint folded from its events: what was committed, how scope and work done went, and how each item ended.
//!
//! Only events count, by their moment and then their number; what an item says of itself now is not asked, so a report of
//! a closed sprint cannot change when leftovers move on. The rules are those of the field's edge cases: work that was done
//! before is not this sprint's, an addition or removal steps the scope at its instant, a re-estimate after an item is done
//! changes nothing, a reopened item burns up again, a cancelled one leaves the scope, and the end that was first planned
//! decides what is late.

mod board;
mod facts;
mod fold;
mod report;
mod standing;
#[cfg(test)]
mod tests;

pub use facts::{ItemFact, NoReport, SprintFacts, Unit, What};
pub use fold::{fold, fold_with_parts};
pub use report::{Cause, Ending, Outcome, SprintReport, Step, Sum, Sums};
