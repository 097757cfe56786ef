//! Who plans and when they are away; what an item needs of operations, and what operations said of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Time;
use super::record::{Invalid, check_id, check_text, check_word, file_connection, is_file, record};

record!(
    /// Somebody who works.
    Person {
        id: String,
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hours_per_day: Option<f64>,
    }
);

record!(
    /// Days, both included, on which a person is away, or works for something else.
    Absence {
        id: String,
        person: String,
        from: Date,
        to: Date,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        /// How much of the day it takes; all of it where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        share: Option<f64>,
    }
);

record!(
    /// Something that an item needs of operations.
    OpsNeed {
        id: String,
        item: String,
        kind: String,
        state: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead_days: Option<f64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due_stage: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    }
);

record!(
    /// What operations said of an item.
    OpsReview {
        id: String,
        item: String,
        state: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unblock: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        at: Time,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item_version: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// A time carried no offset and was read in the zone that the importer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone_assumed: Option<bool>,
    }
);

pub const ROLES: [&str; 5] = ["development", "operations", "platform", "product", "other"];
pub const ABSENCES: [&str; 4] = ["holiday", "leave", "on_call", "other"];
/// What can be needed, with the days it usually takes.
pub const NEEDS: [(&str, f64); 13] = [
    ("environment", 3.0),
    ("data_migration", 5.0),
    ("capacity", 5.0),
    ("secret", 1.0),
    ("network", 3.0),
    ("third_party", 5.0),
    ("feature_flag", 0.0),
    ("rollback_plan", 0.0),
    ("runbook", 1.0),
    ("monitoring", 1.0),
    ("on_call", 0.0),
    ("backup", 2.0),
    ("customer_notice", 1.0),
];
/// Before which stage of the work a need of each kind usually has to be there.
pub const NEED_STAGES: [(&str, &str); 13] = [
    ("environment", "build"),
    ("data_migration", "deploy"),
    ("capacity", "deploy"),
    ("secret", "test"),
    ("network", "deploy"),
    ("third_party", "test"),
    ("feature_flag", "code"),
    ("rollback_plan", "release"),
    ("runbook", "deploy"),
    ("monitoring", "deploy"),
    ("on_call", "deploy"),
    ("backup", "deploy"),
    ("customer_notice", "release"),
];
pub const NEED_STATES: [&str; 5] = ["suspected", "needed", "ordered", "ready", "waived"];
/// Why operations says no.
pub const BLOCK_REASONS: [&str; 7] =
    ["missing_environment", "irreversible", "capacity", "access", "budget_spent", "compliance", "other"];
pub const REVIEW_STATES: [&str; 6] = ["not_asked", "asked", "advised", "approved", "blocked", "not_needed"];

fn check_number(key: &'static str, value: Option<f64>, most: f64, allowed: &'static str) -> Result<(), Invalid> {
    match value.filter(|value| !(0.0..=most).contains(value)) {
        Some(value) => Err(Invalid::NotAllowed { key, found: value.to_string(), allowed }),
        None => Ok(()),
    }
}

impl Person {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_text("name", Some(&self.name))?;
        check_word("role", self.role.as_ref(), &ROLES, "use development, operations, platform, product or other")?;
        check_number("hours_per_day", self.hours_per_day, 24.0, "hours from 0 to 24")
    }
}

impl Absence {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("person", &self.person)?;
        check_word("kind", self.kind.as_ref(), &ABSENCES, "use holiday, leave, on_call or other")?;
        check_number("share", self.share, 1.0, "a share from 0 to 1")?;
        if self.to < self.from {
            return Err(Invalid::NotAllowed {
                key: "to",
                found: self.to.to_string(),
                allowed: "a day that is not before `from`",
            });
        }
        Ok(())
    }
}

impl OpsNeed {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("item", &self.item)?;
        check_text("note", self.note.as_ref())?;
        check_word("kind", Some(&self.kind), &NEEDS.map(|(kind, _)| kind), "use one of the thirteen kinds of need")?;
        check_word("state", Some(&self.state), &NEED_STATES, "use suspected, needed, ordered, ready or waived")?;
        check_number("lead_days", self.lead_days, 3650.0, "days from 0 to 3650")
    }
}

impl OpsReview {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        check_id("id", &self.id)?;
        check_id("item", &self.item)?;
        check_text("text", self.text.as_ref())?;
        let allowed = "use not_asked, asked, advised, approved, blocked or not_needed";
        check_word("state", Some(&self.state), &REVIEW_STATES, allowed)
    }
}
