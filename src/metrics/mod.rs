//! Arithmetic of delivery: columns in, figures with their evidence out. No clock, no file, no database: the caller
//! passes `now`, the zone and the columns.
//!
//! [`links`] derives on the whole history what belongs to what. [`Query`] then selects by filter and period and
//! computes the five figures under a [`Definition`]. [`series`] cuts them by time, [`compare`] tells two periods or
//! two definitions apart, [`table`] sorts and filters the runs.

pub mod benchmark;
pub mod compare;
mod definition;
mod fail;
mod frequency;
mod grouping;
mod lead;
pub mod links;
mod period;
pub mod plan;
mod query;
mod recovery;
pub mod series;
pub mod stages;
pub mod stats;
pub mod table;

pub use definition::*;
pub use fail::{FailFigure, ReworkFigure};
pub use frequency::FrequencyFigure;
pub use lead::{LeadFigure, Part, Parts};
pub use links::Links;
pub use period::{Calendar, Cut, DateOrTime, Period, PeriodError, date_of, last_day, start_of_day};
pub use query::{Counted, Evidence, Explain, Figures, Filter, LeftOut, Query, Reason, Subject};
pub use recovery::RecoveryFigure;
