//! The nouns of delivery and their invariants. No SQL, no HTTP, no window.
//!
//! [`record`] holds the records as the interchange format writes them; importers make them, the store keeps them,
//! the export writes them, and an undo step is a pair of them. [`columns`] holds the same facts as struct-of-arrays
//! for counting.

mod address;
pub mod checklist;
pub mod columns;
pub mod labels;
pub mod people;
pub mod plan;
pub mod plan_rules;
pub mod record;
mod status;
mod system;
mod time;
pub mod xml;

pub use address::jenkins_job_of_url;
pub use status::Status;
pub use system::System;
pub use time::{ParseTimeError, Time, with_assumed_zone, zone_from_name};

/// Added and deleted lines of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCounts {
    pub sha: String,
    pub added: i64,
    pub deleted: i64,
}
