//! What a sprint is folded from: its own events, those of its items, and in what they are counted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::Time;
use crate::model::plan::{Item, ItemState};

/// In what an item is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    #[default]
    Points,
    Hours,
    Items,
}

impl Unit {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Hours => "hours",
            Self::Items => "items",
        }
    }

    /// What an item counts for, as it is estimated now.
    pub fn of(self, item: &Item) -> Option<f64> {
        let estimates = item.estimates.unwrap_or_default();
        match self {
            Self::Points => estimates.points,
            Self::Hours => estimates.hours,
            Self::Items => Some(1.0),
        }
    }
}

/// Something that happened to an item.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemFact {
    pub item: u32,
    pub at: Time,
    pub seq: u32,
    pub what: What,
    pub reason: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// Into the sprint of that number.
    Joined(u32),
    Left(u32),
    Points(Option<f64>),
    Hours(Option<f64>),
    State(ItemState),
}

/// A sprint as its own events tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SprintFacts {
    pub number: u32,
    pub started_at: Option<Time>,
    /// The end, and since when it is the end; the first is the one that was planned.
    pub ends: Vec<(Time, Time)>,
    pub closed_at: Option<Time>,
}

/// Why there is nothing to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    #[error("the sprint has not been started, as far as is known")]
    NeverStarted,
    #[error("commitment unknown, as its source tells no history of its items")]
    NoHistory,
    #[error("the sprint ends before it starts")]
    EndsBeforeStart,
    #[error("the sprint ends when it starts: it has no time")]
    NoTime,
    #[error("the sprint was started after its end")]
    StartedAfterEnd,
    #[error("no item was ever in the sprint")]
    NoItems,
}
