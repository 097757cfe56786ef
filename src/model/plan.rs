//! Planning: items of work, sprints, and the events that are their truth.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Time;
use super::record::{Invalid, check_id, check_order, check_text, check_word, file_connection, is_file, record};

/// The connection of what files of Jira tell.
pub const JIRA_FILES: &str = "jira";

/// Who plans on a board of Jira. Boards of several sites have the same numbers, so that the connection is part of the name.
pub fn team_of_board(connection: &str, board: &str) -> String {
    if connection == JIRA_FILES { format!("board {board}") } else { format!("{connection} board {board}") }
}

/// The team of sprints that a table of items names without saying whose they are.
pub const TABLE_TEAM: &str = "imported";

/// How far an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    #[default]
    Backlog,
    Ready,
    InProgress,
    InReview,
    Done,
    Cancelled,
}

impl ItemState {
    pub const ALL: [Self; 6] =
        [Self::Backlog, Self::Ready, Self::InProgress, Self::InReview, Self::Done, Self::Cancelled];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backlog => "backlog",
            Self::Ready => "ready",
            Self::InProgress => "in_progress",
            Self::InReview => "in_review",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Somebody has begun.
    pub const fn is_begun(self) -> bool {
        matches!(self, Self::InProgress | Self::InReview | Self::Done)
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    Feature,
    Bug,
    #[default]
    Task,
    IncidentAction,
    Ops,
}

impl ItemKind {
    pub const ALL: [Self; 5] = [Self::Feature, Self::Bug, Self::Task, Self::IncidentAction, Self::Ops];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Feature => "feature",
            Self::Bug => "bug",
            Self::Task => "task",
            Self::IncidentAction => "incident_action",
            Self::Ops => "ops",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimates {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
}

/// The rank of a row in a list that says nothing else of what comes first. With the hash two lists never share a rank; the
/// last letter is one that others find room before.
pub fn rank_of_row(row: u32, id: &str) -> String {
    let hash = blake3::hash(id.as_bytes()).to_hex();
    format!("m{row:07}{}U", &hash.as_str()[..10])
}

/// Whether a rank only says where in a list an item stood: it becomes another one with every row before it.
pub fn is_rank_of_row(rank: &str) -> bool {
    let letters = rank.strip_prefix('m').and_then(|rest| rest.strip_suffix('U')).unwrap_or_default();
    letters.len() == 17 && letters.is_char_boundary(7) && {
        let (row, hash) = letters.split_at(7);
        row.bytes().all(|byte| byte.is_ascii_digit()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    }
}

/// What an item came from, such as the incident that asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    #[serde(rename = "type")]
    pub kind: String,
    pub id: String,
}

record!(
    /// An item of work. Where it has events, they are the truth and its fields follow from them.
    Item {
        id: String,
        title: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
        kind: ItemKind,
        state: ItemState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source_state: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        estimates: Option<Estimates>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rank: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        labels: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        depends_on: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Origin>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        created_at: Option<Time>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<Time>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        done_at: Option<Time>,
        /// The day by which it is wanted, such as what an incident asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Date>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        links: Option<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

record!(
    /// A sprint as it was planned and as it ended.
    Sprint {
        id: String,
        team: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goal: Option<String>,
        starts_at: Time,
        ends_at: Time,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<Time>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closed_at: Option<Time>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goal_result: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

record!(
    /// Something that happened to a sprint.
    SprintEvent {
        id: String,
        sprint: String,
        at: Time,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u32>,
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

record!(
    /// Something that happened to an item.
    ItemEvent {
        id: String,
        item: String,
        at: Time,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seq: Option<u32>,
        kind: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sprint: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        who: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

/// What can happen to a sprint.
pub const SPRINT_EVENTS: [&str; 7] = ["planned", "started", "end_moved", "goal_changed", "closed", "reopened", "noted"];
/// What can happen to an item.
pub const ITEM_EVENTS: [&str; 10] =
    ["created", "joined", "left", "ranked", "estimated", "state", "assigned", "blocked", "unblocked", "cancelled"];
/// How a goal can end.
pub const GOAL_RESULTS: [&str; 3] = ["met", "partly", "missed"];

impl Item {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_text("title", Some(&self.title))?;
        check_text("url", self.url.as_ref())?;
        let estimates = self.estimates.unwrap_or_default();
        for (key, value) in [("estimates.points", estimates.points), ("estimates.hours", estimates.hours)] {
            if let Some(value) = value.filter(|value| *value < 0.0 || !value.is_finite()) {
                return Err(Invalid::NotAllowed { key, found: value.to_string(), allowed: "an estimate is 0 or more" });
            }
        }
        if self.parent.as_ref() == Some(&self.id) || self.depends_on.iter().flatten().any(|id| *id == self.id) {
            return Err(Invalid::NotAllowed {
                key: "parent",
                found: "the item itself".to_owned(),
                allowed: "an item neither belongs to itself nor waits for itself",
            });
        }
        Ok(())
    }
}

impl Sprint {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("team", &self.team)?;
        check_text("name", Some(&self.name))?;
        check_text("goal", self.goal.as_ref())?;
        check_order("starts_at", Some(self.starts_at), "ends_at", Some(self.ends_at))?;
        check_order("started_at", self.started_at, "closed_at", self.closed_at)?;
        check_word("goal_result", self.goal_result.as_ref(), &GOAL_RESULTS, "use met, partly or missed")
    }
}

impl SprintEvent {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("sprint", &self.sprint)?;
        check_text("note", self.note.as_ref())?;
        let allowed = "use planned, started, end_moved, goal_changed, closed, reopened or noted";
        check_word("kind", Some(&self.kind), &SPRINT_EVENTS, allowed)?;
        if self.kind == "end_moved" && self.new.as_ref().is_none_or(|new| Time::parse(new).is_err()) {
            return Err(Invalid::NotAllowed {
                key: "new",
                found: self.new.clone().unwrap_or_default(),
                allowed: "the new end, as a time",
            });
        }
        Ok(())
    }
}

impl ItemEvent {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("item", &self.item)?;
        check_text("reason", self.reason.as_ref())?;
        let allowed = "use created, joined, left, ranked, estimated, state, assigned, blocked, unblocked or cancelled";
        check_word("kind", Some(&self.kind), &ITEM_EVENTS, allowed)?;
        let bad = |key, found: &Option<String>, allowed| {
            Err(Invalid::NotAllowed { key, found: found.clone().unwrap_or_else(|| "nothing".to_owned()), allowed })
        };
        match self.kind.as_str() {
            "joined" | "left" if self.sprint.is_none() => bad("sprint", &self.sprint, "name the sprint"),
            "state" if self.new.as_deref().and_then(ItemState::parse).is_none() => {
                bad("new", &self.new, "use backlog, ready, in_progress, in_review, done or cancelled")
            }
            "estimated" if Estimated::read(self.old.as_deref(), self.new.as_deref()).is_none() => {
                bad("new", &self.new, "use points such as 5, hours such as 8h, or nothing")
            }
            _ => Ok(()),
        }
    }
}

/// The reason of an event that takes another back.
pub const UNDONE: &str = "undone";

/// The id of what an event takes back or tells again: its own is that and a moment.
pub fn first_id(id: &str) -> &str {
    id.rsplit_once('~').map_or(id, |(first, _moment)| first)
}

impl super::record::Record {
    /// The same event, happening now.
    pub fn happening_again(&self, now: Time) -> Self {
        let mut again = self.clone();
        match &mut again {
            Self::ItemEvent(event) => (event.id, event.at) = (format!("{}~{}", event.id, now.0), now),
            Self::SprintEvent(event) => (event.id, event.at) = (format!("{}~{}", event.id, now.0), now),
            _ => {}
        }
        again
    }
}

impl ItemEvent {
    /// What takes it back; nothing for what only tells that an item came to be.
    pub fn undone(&self) -> Option<Self> {
        let back = |kind: &str| Self { kind: kind.to_owned(), reason: Some(UNDONE.to_owned()), ..self.clone() };
        let swapped = |kind: &str| Self { old: self.new.clone(), new: self.old.clone(), ..back(kind) };
        match self.kind.as_str() {
            "joined" => Some(back("left")),
            "left" => Some(back("joined")),
            "blocked" => Some(match &self.old {
                None => back("unblocked"),
                // Only the reason was changed.
                Some(before) => {
                    let reason = Some(before.clone()).filter(|before| !before.is_empty());
                    Self { reason, old: Some(self.reason.clone().unwrap_or_default()), ..back("blocked") }
                }
            }),
            // Why it was blocked is still so.
            "unblocked" => Some(Self { reason: self.reason.clone(), ..back("blocked") }),
            "state" => {
                let before = self.old.clone().or_else(|| Some(ItemState::Backlog.as_str().to_owned()));
                Some(Self { old: self.new.clone(), new: before, ..back("state") })
            }
            "cancelled" => {
                let before = self.old.clone().or_else(|| Some(ItemState::Backlog.as_str().to_owned()));
                Some(Self { old: Some(ItemState::Cancelled.as_str().to_owned()), new: before, ..back("state") })
            }
            "estimated" | "assigned" | "ranked" => Some(swapped(&self.kind)),
            _ => None,
        }
    }
}

impl SprintEvent {
    /// What takes it back. A sprint whose start is taken back is planned again.
    pub fn undone(&self) -> Option<Self> {
        let back = |kind: &str| Self { kind: kind.to_owned(), note: Some(UNDONE.to_owned()), ..self.clone() };
        match self.kind.as_str() {
            "started" => Some(Self { old: None, new: None, ..back("planned") }),
            "closed" => Some(back("reopened")),
            "reopened" => Some(back("closed")),
            "end_moved" | "goal_changed" => {
                Some(Self { old: self.new.clone(), new: self.old.clone(), ..back(&self.kind) })
            }
            // The words stand where a note that is taken back has them, and the note itself is empty.
            "noted" if self.old.is_none() => Some(Self { old: self.note.clone(), note: None, ..back("noted") }),
            _ => None,
        }
    }
}

/// A new estimate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Estimated {
    Points(Option<f64>),
    Hours(Option<f64>),
}

impl Estimated {
    /// What an `estimated` event says, by its old and new value: "5" is points, "8h" hours, nothing takes the estimate
    /// away. None where it cannot be read.
    pub fn read(old: Option<&str>, new: Option<&str>) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| *number >= 0.0 && number.is_finite());
        match new.map(str::trim).filter(|text| !text.is_empty()) {
            None if old.is_some_and(|old| old.trim().ends_with('h')) => Some(Self::Hours(None)),
            None => Some(Self::Points(None)),
            Some(text) => match text.strip_suffix('h') {
                Some(hours) => number(hours).map(|hours| Self::Hours(Some(hours))),
                None => number(text).map(|points| Self::Points(Some(points))),
            },
        }
    }
}
