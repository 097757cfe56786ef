//! How something of a plan stands, as a source tells it that does not tell since when. What became of it since the last
//! time follows from what the ledger says, so whoever writes makes the events.

use crate::model::Time;

#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// An item whose history is not known, and all sprints that it is or was in.
    InSprints {
        connection: String,
        item: String,
        since: Time,
        source: &'static str,
        sprints: Vec<String>,
    },
    /// The history of an item came along: what was taken from how it stood is not needed any more.
    HasHistory {
        connection: String,
        item: String,
    },
    Sprint(SprintDays),
    /// What an item holds nothing in, which may have held something before: keys of its record, those of its estimates
    /// with a point between.
    Emptied {
        connection: String,
        item: String,
        keys: Vec<&'static str>,
    },
}

/// The days of a sprint, as they are told now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SprintDays {
    pub connection: String,
    pub id: String,
    /// Since when its end is the one that is told; nothing where nobody has set any days.
    pub planned_at: Option<Time>,
    pub ends_at: Time,
    pub started_at: Option<Time>,
    pub closed_at: Option<Time>,
    /// It goes on, as its source says.
    pub goes_on: bool,
}
