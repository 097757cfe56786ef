use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::metrics::Definition;
use crate::metrics::benchmark::Benchmark;
use crate::model::plan_rules::{ItemTemplate, TeamRules};
use crate::model::zone_from_name;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    #[default]
    System,
    Dark,
    Light,
}

/// How much room a table row takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    Dense,
    #[default]
    Normal,
    Comfortable,
}

/// What a person has chosen for this workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// IANA name, offset, or "local".
    pub zone: String,
    pub appearance: Appearance,
    pub density: Density,
    pub language: String,
    pub animations: bool,
    /// Monday first.
    pub working_week: [bool; 7],
    pub definition: Definition,
    /// What the figures are held against; nothing unless a person asks for it.
    pub benchmark: Option<Benchmark>,
    /// Labels that make an imported issue an incident.
    pub incident_labels: Vec<String>,
    /// How each team plans, by its id.
    pub teams: BTreeMap<String, TeamRules>,
    /// What new items can begin with.
    pub templates: Vec<ItemTemplate>,
}

impl Settings {
    pub fn team(&self, team: &str) -> TeamRules {
        self.teams.get(team).cloned().unwrap_or_default()
    }

    /// The zone of the workspace's days.
    pub fn time_zone(&self) -> TimeZone {
        zone_from_name(&self.zone).unwrap_or_else(TimeZone::system)
    }

    /// The name of the zone whose days a team counts: its own, or the workspace's.
    pub fn zone_name_of_team(&self, team: Option<&str>) -> &str {
        let own = team.and_then(|team| self.teams.get(team)).and_then(|rules| rules.zone.as_deref());
        own.filter(|name| zone_from_name(name).is_some()).unwrap_or(&self.zone)
    }

    pub fn zone_of_team(&self, team: Option<&str>) -> TimeZone {
        zone_from_name(self.zone_name_of_team(team)).unwrap_or_else(TimeZone::system)
    }

    /// These settings with what figures and imports depend on taken from `other`.
    #[must_use]
    pub fn with_counted_of(self, other: &Self) -> Self {
        Self {
            zone: other.zone.clone(),
            working_week: other.working_week,
            definition: other.definition,
            incident_labels: other.incident_labels.clone(),
            teams: other.teams.clone(),
            templates: other.templates.clone(),
            ..self
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: "local".to_owned(),
            appearance: Appearance::System,
            density: Density::Normal,
            language: "en".to_owned(),
            animations: true,
            working_week: [true, true, true, true, true, false, false],
            definition: Definition::default(),
            benchmark: None,
            incident_labels: crate::import::Options::DEFAULT_INCIDENT_LABELS.map(str::to_owned).to_vec(),
            teams: BTreeMap::new(),
            templates: Vec::new(),
        }
    }
}
