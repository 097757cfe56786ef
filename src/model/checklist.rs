//! What is asked of an item before it is operated, as a list that a team can edit and share: plain TOML.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};

use super::people::NEEDS;

/// How much is asked of a service, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    A,
    B,
    C,
}

impl Level {
    /// By the objective: above 99.9 %, from 99 %, below.
    pub fn of_target(target: f64) -> Self {
        // A share is read as percent, and not the other way round: 99.9 / 100 is a hair more than 0.999.
        let percent = if target > 1.0 { target } else { (target * 1e8).round() / 1e6 };
        match percent {
            percent if percent > 99.9 => Self::A,
            percent if percent >= 99.0 => Self::B,
            _ => Self::C,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Plan,
    Code,
    Build,
    Test,
    Release,
    Deploy,
    Operate,
    Monitor,
    /// Back to the plan.
    Again,
}

impl Stage {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "Plan",
            Self::Code => "Code",
            Self::Build => "Build",
            Self::Test => "Test",
            Self::Release => "Release",
            Self::Deploy => "Deploy",
            Self::Operate => "Operate",
            Self::Monitor => "Monitor",
            Self::Again => "Back to plan",
        }
    }
}

/// What answers a check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownBy {
    /// Something that is looked up under the check's id, see [`FACTS`].
    Fact,
    /// A need of that kind, ready or waived.
    Need(String),
    /// The same, where the item has such a need at all.
    NeedIfAny(String),
    /// The item that was made of the check.
    Item,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    /// What it is called, where it is not one of Gemba's own.
    #[serde(default)]
    pub words: Option<String>,
    pub stage: Stage,
    /// The lowest level that asks for it.
    pub level: Level,
    pub known_by: KnownBy,
}

/// Checks that can be looked up.
pub const FACTS: [&str; 13] = [
    "ops_has_seen",
    "needs_fit",
    "budget_known",
    "small_enough",
    "main_is_green",
    "same_artifact",
    "tests_run",
    "one_trigger",
    "on_call_named",
    "no_freeze",
    "team_is_told",
    "complaints_watched",
    GAPS,
];
/// The check that asks whether every other open one has become an item.
pub const GAPS: &str = "gaps_are_items";

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// A pipeline that takes longer keeps people waiting.
    #[serde(default = "usual_minutes")]
    pub most_minutes: u32,
    #[serde(rename = "check", default)]
    pub checks: Vec<Check>,
}

fn usual_minutes() -> u32 {
    15
}

const MOST_CHECKS: usize = 100;
const MOST_BYTES: usize = 64 * 1024;

/// Gemba's own list, to begin with.
pub const BUILT_IN: &str = include_str!("../../assets/readiness.toml");

static OWN: LazyLock<Arc<Checklist>> = LazyLock::new(|| {
    let list = Checklist::read(BUILT_IN, &BTreeSet::new()).unwrap_or(Checklist { most_minutes: 0, checks: Vec::new() });
    Arc::new(list)
});

impl Checklist {
    /// Gemba's own.
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&OWN)
    }

    /// A team's own list, or why it cannot be one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let own: BTreeSet<&str> = OWN.checks.iter().map(|check| check.id.as_str()).collect();
        let list = Self::read(text, &own)?;
        match list.checks.iter().find(|check| check.words.is_none() && !own.contains(check.id.as_str())) {
            Some(check) => Err(format!("the check \"{}\" is none of Gemba's own: give it words", check.id)),
            None => Ok(list),
        }
    }

    fn read(text: &str, own: &BTreeSet<&str>) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("the list has {} bytes, at most {MOST_BYTES} are allowed", text.len()));
        }
        let list: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map(|line| format!(" (line {line})")).unwrap_or_default();
            format!("the list cannot be read{place}: {}", error.message())
        })?;
        if list.checks.is_empty() || list.checks.len() > MOST_CHECKS {
            return Err(format!("the list has {} checks: 1 to {MOST_CHECKS} are allowed", list.checks.len()));
        }
        let mut seen = BTreeSet::new();
        for check in &list.checks {
            check.look_over(own)?;
            if !seen.insert(check.id.as_str()) {
                return Err(format!("the check \"{}\" stands twice in the list", check.id));
            }
        }
        Ok(list)
    }
}

impl Check {
    fn look_over(&self, own: &BTreeSet<&str>) -> Result<(), String> {
        let id = &self.id;
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if id.is_empty() || id.len() > 60 || !id.chars().all(is_name) {
            return Err(format!("\"{id}\" is no id of a check: letters, digits, _ and -, at most 60"));
        }
        if self.words.as_ref().is_some_and(|words| words.trim().is_empty() || words.chars().count() > 120) {
            return Err(format!("the words of \"{id}\" are empty or longer than 120 letters"));
        }
        match &self.known_by {
            KnownBy::Fact if !FACTS.contains(&id.as_str()) => {
                let known: Vec<&str> = FACTS.into_iter().filter(|fact| own.is_empty() || own.contains(fact)).collect();
                Err(format!("nothing is looked up under \"{id}\"; only {} are", known.join(", ")))
            }
            KnownBy::Need(kind) | KnownBy::NeedIfAny(kind) if !NEEDS.iter().any(|(known, _)| known == kind) => {
                let known: Vec<&str> = NEEDS.iter().map(|(kind, _)| *kind).collect();
                Err(format!("\"{kind}\" of \"{id}\" is no kind of need: {}", known.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gembas_own_list_can_be_a_teams() {
        assert_eq!(Checklist::built_in().checks.len(), 22);
        assert_eq!(Checklist::parse(BUILT_IN).as_ref(), Ok(&*Checklist::built_in()));
    }

    #[test]
    fn what_is_wrong_with_a_list_is_said() {
        let check = |more: &str| format!("[[check]]\nid = \"x\"\nstage = \"deploy\"\nlevel = \"B\"\n{more}\n");
        assert!(Checklist::parse(&check("known_by = \"item\"\nwords = \"The pager is tested\"")).is_ok());
        for (text, why) in [
            (String::new(), "has 0 checks"),
            ("most_minutes = \"many\"".to_owned(), "line 1"),
            (check("known_by = \"item\""), "give it words"),
            (check("known_by = \"fact\"\nwords = \"x\""), "nothing is looked up under \"x\""),
            (check("known_by = { need = \"luck\" }\nwords = \"x\""), "no kind of need"),
            (check("known_by = \"guess\"\nwords = \"x\""), "line 5"),
            (check("known_by = \"item\"\nword = \"x\""), "word"),
            (check("known_by = \"item\"\nwords = \"x\"").repeat(2), "stands twice"),
        ] {
            let told = Checklist::parse(&text).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
        }
    }
}
