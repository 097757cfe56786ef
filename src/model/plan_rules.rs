//! How a team plans: what it has agreed on, kept with the settings of the workspace.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::checklist::Checklist;
use super::plan::{Estimates, ItemKind, ItemState};

/// Whether a sprint may start before operations has spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewPolicy {
    /// Nobody is asked, and nothing is said of it.
    Off,
    /// Told, never in the way.
    #[default]
    Advise,
    /// An item of a risky service needs an approval before the sprint starts.
    RequiredForHighRisk,
}

impl ReviewPolicy {
    pub const ALL: [Self; 3] = [Self::Off, Self::Advise, Self::RequiredForHighRisk];
}

/// How much may be under way at once; nothing where nobody set a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// By the state that a column of the board stands for.
    pub columns: BTreeMap<ItemState, u32>,
    pub person: Option<u32>,
    pub service: Option<u32>,
}

impl Limits {
    /// States that can have a limit: what waits and what is over has none.
    pub const STATES: [ItemState; 3] = [ItemState::Ready, ItemState::InProgress, ItemState::InReview];
}

/// What a team has agreed on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TeamRules {
    /// The IANA zone whose days the team counts; nothing where it is the workspace's.
    pub zone: Option<String>,
    pub review: ReviewPolicy,
    /// Working hours within which a review is answered.
    pub review_hours: u32,
    /// Working days after the start in which what joins is still committed.
    pub grace_days: u32,
    /// Of a working day, the part that goes to what was planned.
    pub focus_percent: u32,
    /// Hours that each person spends in the meetings of a sprint.
    pub meeting_hours: u32,
    pub limits: Limits,
    /// The team's own list of what an item is asked before it is operated, as TOML; nothing where it is Gemba's.
    pub readiness: Option<String>,
    /// What operations knows to be coming, in the order of its days.
    pub ahead: Vec<Ahead>,
}

/// What is coming that no item is about: a certificate that runs out, something to build on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AheadKind {
    /// A certificate, key or licence runs out.
    Certificate,
    /// A version is no longer supported.
    EndOfLife,
    /// Something is not to be had, or not to be changed.
    Maintenance,
    /// Infrastructure that can be used from then on.
    Offer,
    #[default]
    #[serde(other)]
    Other,
}

impl AheadKind {
    pub const ALL: [Self; 5] = [Self::Certificate, Self::EndOfLife, Self::Maintenance, Self::Offer, Self::Other];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::EndOfLife => "end_of_life",
            Self::Maintenance => "maintenance",
            Self::Offer => "offer",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// It is worth a word after its day, until somebody takes it away: what ran out, and what can be used since.
    pub const fn stays(self) -> bool {
        matches!(self, Self::Certificate | Self::EndOfLife | Self::Offer)
    }
}

/// One thing that operations knows to be coming.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ahead {
    pub day: Date,
    pub kind: AheadKind,
    pub what: String,
}

impl TeamRules {
    /// Adds what is coming, in the order of the days; once, however often it is told.
    pub fn expect(&mut self, ahead: Ahead) {
        if let Err(at) = self.ahead.binary_search(&ahead) {
            self.ahead.insert(at, ahead);
        }
    }

    /// The list that holds: the team's own where it can be read.
    pub fn checklist(&self) -> Arc<Checklist> {
        let own = self.readiness.as_deref().and_then(|text| Checklist::parse(text).ok());
        own.map_or_else(Checklist::built_in, Arc::new)
    }

    pub const MOST_GRACE_DAYS: u32 = 2;
    pub const MOST_MEETING_HOURS: u32 = 80;

    pub fn focus(&self) -> f64 {
        f64::from(self.focus_percent.clamp(1, 100)) / 100.0
    }
}

impl Default for TeamRules {
    fn default() -> Self {
        Self {
            zone: None,
            review: ReviewPolicy::default(),
            review_hours: 8,
            grace_days: 0,
            // The rest is talk, mail and coffee.
            focus_percent: 75,
            meeting_hours: 0,
            limits: Limits::default(),
            readiness: None,
            ahead: Vec::new(),
        }
    }
}

/// What a new item begins with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemTemplate {
    pub name: String,
    pub title: String,
    pub kind: ItemKind,
    pub estimates: Estimates,
    pub labels: Vec<String>,
    pub service: Option<String>,
    /// Kinds of what such an item needs of operations.
    pub needs: Vec<String>,
}
