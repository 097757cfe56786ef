//! How something of a plan stands, as a source tells it that does not tell since when. What became of it since the last
//! time follows from what the ledger says, so whoever writes makes the events.

use crate::model::Time;
use crate::model::plan::{Item, Sprint};

#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// An item whose history is not known, and all sprints that it is or was in.
    InSprints(InSprints),
    /// The history of an item came along: what was taken from how it stood is not needed any more.
    HasHistory {
        connection: String,
        item: String,
    },
    Sprint(SprintDays),
    /// A sprint whose days are guessed: what is known of it is better.
    Guessed(Box<Sprint>),
    /// What an item holds nothing in, which may have held something before: keys of its record, those of its estimates
    /// with a point between.
    Emptied {
        connection: String,
        item: String,
        keys: Vec<&'static str>,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct InSprints {
    pub connection: String,
    pub item: String,
    /// From when on, where nothing else is known.
    pub since: Option<Time>,
    pub source: &'static str,
    pub sprints: Vec<String>,
    /// Sprints that it is in, too, and of which it is not to be told that it came: others of theirs have a history.
    pub stays: Vec<String>,
}

impl Standing {
    /// Those of the keys that an item holds nothing in, wherever it was filled from.
    pub fn emptied(item: &Item, mut keys: Vec<&'static str>) -> Self {
        let estimates = item.estimates.unwrap_or_default();
        keys.retain(|key| match *key {
            "assignee" => item.assignee.is_none(),
            "labels" => item.labels.is_none(),
            "due" => item.due.is_none(),
            "description" => item.description.is_none(),
            "done_at" => item.done_at.is_none(),
            "estimates.points" => estimates.points.is_none(),
            "estimates.hours" => estimates.hours.is_none(),
            _ => false,
        });
        Self::Emptied { connection: item.connection.clone(), item: item.id.clone(), keys }
    }
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
    /// The source says when it was started, rather than that it is.
    pub has_start: bool,
    pub closed_at: Option<Time>,
    /// It goes on, as its source says.
    pub goes_on: bool,
    /// The source says when it was closed, rather than that it is.
    pub has_close: bool,
}
