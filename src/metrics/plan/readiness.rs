//! Whether an item is ready to be operated, stage by stage: few checks for small services, more for those that must not
//! fail. A check is answered by what is known; what nobody knows is open, and an open one can become an item.

use serde::Serialize;

use crate::model::checklist::{Check, Checklist, GAPS, KnownBy};
pub use crate::model::checklist::{Level, Stage};
use crate::model::people::OpsNeed;

/// What is known of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "words")]
pub enum Answer {
    /// It holds, and how that is known.
    Met(String),
    /// It does not hold, and why.
    Open(String),
    /// Nothing tells.
    Unknown,
    /// Somebody decided that it does not matter here, and why.
    Waived(String),
}

impl Answer {
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Met(_) | Self::Waived(_))
    }
}

/// What is known of an item and its service.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    pub needs: Vec<&'a OpsNeed>,
    /// Kinds that something speaks of and nobody has answered, with the word that does where one does.
    pub suggested: Vec<(&'static str, Option<String>)>,
    /// A review was asked for, or answered: its state, or that it is stale.
    pub review: Option<String>,
    /// A need that can no longer be there in time, by its kind.
    pub late_need: Option<String>,
    /// The objective and the state of its budget, in words.
    pub budget: Option<String>,
    /// The share of finished items that took no longer than such an item may, and the days; where enough are known.
    pub cycle_p85: Option<f64>,
    /// How many days an item of that estimate took, at its 85th percentile; none where nobody knows.
    pub expected_days: Option<f64>,
    /// The last run of the service's main branch.
    pub main: Option<MainRun>,
    /// Digests of the last version, by environment: how many environments, and whether they differ.
    pub artifacts: Option<Artifacts>,
    /// The service's deployments come of a pipeline that can be started: its name.
    pub pipeline: Option<String>,
    /// It is known when the sprint ends.
    pub is_dated: bool,
    /// Who is on call in the days after the end of the sprint.
    pub on_call: Option<String>,
    /// A day off or a spent budget at the end of the sprint.
    pub freeze: Option<String>,
    /// Of the last deployments to production, how many were told to those who operate.
    pub told: Option<(u32, u32)>,
    /// The hours since the last deployment to production, and the incidents after it that nobody has judged.
    pub after_deployment: Option<(u32, u32)>,
    /// Items that were made of open checks of this one.
    pub made_items: Vec<(String, Made)>,
    /// A pipeline that takes longer keeps people waiting: of the list.
    pub most_minutes: u32,
    /// How many checks are open: found here, when all others are answered.
    pub open: usize,
}

/// How far the item is that was made of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    Open,
    Done,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainRun {
    pub pipeline: String,
    pub is_green: bool,
    pub has_tests: Option<bool>,
    pub minutes: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Artifacts {
    pub environments: u32,
    pub differ: bool,
}

/// For how long complaints are watched after a deployment.
pub const WATCHED_HOURS: u32 = 48;
/// A line of an item's list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub check: String,
    /// What it is called, where it is one of the team's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    pub stage: Stage,
    pub answer: Answer,
}

/// What a list asks of an item at a level, in the order of the stages; the gaps come last.
pub fn readiness(list: &Checklist, level: Level, facts: &Facts<'_>) -> Vec<Line> {
    let mut facts = Facts { most_minutes: list.most_minutes, ..facts.clone() };
    let asked = list.checks.iter().filter(|check| check.level >= level);
    let (last, checks): (Vec<&Check>, Vec<&Check>) = asked.partition(|check| check.id == GAPS);
    let mut lines: Vec<Line> = checks.into_iter().map(|check| line_of(check, &facts)).collect();
    lines.sort_by_key(|line| line.stage);
    facts.open = lines.iter().filter(|line| !line.answer.is_settled() && !facts.is_made(&line.check)).count();
    lines.extend(last.into_iter().map(|check| line_of(check, &facts)));
    lines
}

fn line_of(check: &Check, facts: &Facts<'_>) -> Line {
    Line { check: check.id.clone(), words: check.words.clone(), stage: check.stage, answer: answer(check, facts) }
}

impl Facts<'_> {
    /// An item was made of that check.
    pub fn is_made(&self, check: &str) -> bool {
        self.made_items.iter().any(|(made, _)| made == check)
    }
}

fn answer(check: &Check, facts: &Facts<'_>) -> Answer {
    match &check.known_by {
        KnownBy::Fact => fact(&check.id, facts),
        KnownBy::Need(kind) => of_need(facts, kind).unwrap_or(Answer::Unknown),
        KnownBy::NeedIfAny(kind) => of_need(facts, kind).unwrap_or_else(|| if_any(facts, kind)),
        KnownBy::Item => match facts.made_items.iter().find(|(made, _)| *made == check.id) {
            None => Answer::Unknown,
            Some((_, Made::Open)) => Answer::Open("its item is not done".to_owned()),
            Some((_, Made::Done)) => Answer::Met("its item is done".to_owned()),
            Some((_, Made::Cancelled)) => Answer::Waived("its item was cancelled".to_owned()),
        },
    }
}

/// What is looked up under an id.
fn fact(id: &str, facts: &Facts<'_>) -> Answer {
    match id {
        "ops_has_seen" => ops_has_seen(facts),
        "needs_fit" => needs_fit(facts),
        "budget_known" => budget_known(facts),
        "small_enough" => small_enough(facts),
        "main_is_green" => main_is_green(facts),
        "same_artifact" => same_artifact(facts),
        "tests_run" => tests_run(facts),
        "one_trigger" => one_trigger(facts),
        "on_call_named" => on_call_named(facts),
        "no_freeze" => no_freeze(facts),
        "team_is_told" => team_is_told(facts),
        "complaints_watched" => complaints_watched(facts),
        GAPS => gaps_are_items(facts),
        _ => Answer::Unknown,
    }
}

/// Nothing of the kind, unless something speaks of it: then somebody has to say whether it is.
fn if_any(facts: &Facts<'_>, kind: &str) -> Answer {
    match facts.suggested.iter().find(|(known, _)| *known == kind) {
        Some((_, Some(word))) => Answer::Open(format!("it speaks of \"{word}\": say whether it is needed")),
        Some((_, None)) => Answer::Open("something speaks of it: say whether it is needed".to_owned()),
        None => Answer::Waived("nothing of the kind".to_owned()),
    }
}

fn of_need(facts: &Facts<'_>, kind: &str) -> Option<Answer> {
    let need = facts.needs.iter().find(|need| need.kind == kind)?;
    let words = need.evidence.clone().or_else(|| need.note.clone()).unwrap_or_default();
    Some(match need.state.as_str() {
        "ready" => Answer::Met(words),
        "waived" => Answer::Waived(words),
        state => Answer::Open(state.to_owned()),
    })
}

fn ops_has_seen(facts: &Facts<'_>) -> Answer {
    match facts.review.as_deref() {
        None | Some("not_asked") => Answer::Open("not asked".to_owned()),
        Some("blocked") => Answer::Open("blocked".to_owned()),
        Some("stale") => Answer::Open("changed since".to_owned()),
        Some(state) => Answer::Met(state.replace('_', " ")),
    }
}

fn needs_fit(facts: &Facts<'_>) -> Answer {
    match (&facts.late_need, facts.needs.len()) {
        (Some(kind), _) => Answer::Open(format!("{} comes too late", kind.replace('_', " "))),
        (None, 0) if !facts.suggested.is_empty() => {
            Answer::Open(format!("{} may be needed: say whether", facts.suggested.len()))
        }
        (None, 0) if ops_has_seen(facts).is_settled() => {
            Answer::Met("operations has seen it and named none".to_owned())
        }
        (None, 0) => Answer::Open("none is listed, and operations has not seen it".to_owned()),
        (None, n) => Answer::Met(format!("{n} listed")),
    }
}

fn budget_known(facts: &Facts<'_>) -> Answer {
    facts.budget.clone().map_or(Answer::Unknown, Answer::Met)
}

fn small_enough(facts: &Facts<'_>) -> Answer {
    match (facts.expected_days, facts.cycle_p85) {
        (Some(days), Some(most)) if days > most => {
            Answer::Open(format!("items of this size take {days:.0} days, the team's P85 is {most:.0}"))
        }
        (Some(days), Some(most)) => Answer::Met(format!("{days:.0} of {most:.0} days")),
        _ => Answer::Unknown,
    }
}

fn main_is_green(facts: &Facts<'_>) -> Answer {
    match &facts.main {
        None => Answer::Unknown,
        Some(run) if !run.is_green => Answer::Open(format!("{} is red", run.pipeline)),
        Some(MainRun { minutes: Some(minutes), pipeline, .. }) if *minutes > facts.most_minutes => {
            Answer::Open(format!("{pipeline} takes {minutes} min, {} at most", facts.most_minutes))
        }
        Some(run) => Answer::Met(run.pipeline.clone()),
    }
}

fn tests_run(facts: &Facts<'_>) -> Answer {
    match facts.main.as_ref().and_then(|run| run.has_tests.map(|has| (has, run))) {
        None => Answer::Unknown,
        Some((true, run)) => Answer::Met(format!("a test stage in {}", run.pipeline)),
        Some((false, run)) => Answer::Open(format!("no test stage in {}", run.pipeline)),
    }
}

fn same_artifact(facts: &Facts<'_>) -> Answer {
    match facts.artifacts {
        Some(Artifacts { environments, differ: false }) if environments > 1 => {
            Answer::Met(format!("one version in {environments} environments"))
        }
        Some(Artifacts { environments, differ: true }) if environments > 1 => {
            Answer::Open("production has a version that was in no other environment".to_owned())
        }
        _ => Answer::Unknown,
    }
}

fn one_trigger(facts: &Facts<'_>) -> Answer {
    facts.pipeline.clone().map_or(Answer::Unknown, Answer::Met)
}

fn on_call_named(facts: &Facts<'_>) -> Answer {
    match (&facts.on_call, of_need(facts, "on_call")) {
        (Some(name), _) => Answer::Met(name.clone()),
        (None, Some(answer)) => answer,
        (None, None) if !facts.is_dated => Answer::Unknown,
        (None, None) => Answer::Open("nobody is on call when the sprint ends".to_owned()),
    }
}

fn no_freeze(facts: &Facts<'_>) -> Answer {
    facts.freeze.clone().map_or_else(|| Answer::Met(String::new()), Answer::Open)
}

fn team_is_told(facts: &Facts<'_>) -> Answer {
    match facts.told {
        None => Answer::Unknown,
        Some((told, of)) if told == of => Answer::Met(format!("{told} of {of} deployments")),
        Some((told, of)) => Answer::Open(format!("{told} of {of} deployments")),
    }
}

fn complaints_watched(facts: &Facts<'_>) -> Answer {
    match facts.after_deployment {
        None => Answer::Unknown,
        Some((_, unjudged @ 1..)) => {
            Answer::Open(format!("{unjudged} incidents after the last deployment wait for a cause"))
        }
        Some((hours, 0)) if hours < WATCHED_HOURS => Answer::Open(format!("{hours} of {WATCHED_HOURS} h so far")),
        Some(_) => Answer::Met(format!("{WATCHED_HOURS} h without an open question")),
    }
}

fn gaps_are_items(facts: &Facts<'_>) -> Answer {
    match facts.open {
        0 => Answer::Met(String::new()),
        n => Answer::Open(format!("{n} are not")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(level: Level, facts: &Facts<'_>) -> Vec<Line> {
        readiness(&Checklist::built_in(), level, facts)
    }

    fn need(kind: &str, state: &str) -> OpsNeed {
        OpsNeed { kind: kind.to_owned(), state: state.to_owned(), ..OpsNeed::default() }
    }

    fn line<'a>(lines: &'a [Line], check: &str) -> &'a Answer {
        &lines.iter().find(|line| line.check == check).unwrap().answer
    }

    #[test]
    fn a_lower_level_asks_less() {
        let facts = Facts::default();
        let count = |level| asked(level, &facts).len();
        assert_eq!((count(Level::A), count(Level::B), count(Level::C)), (22, 19, 7));
        assert!(asked(Level::C, &facts).iter().all(|line| line.check != "runbook"));
        assert_eq!(Level::of_target(99.95), Level::A);
        assert_eq!((Level::of_target(0.999), Level::of_target(0.98)), (Level::B, Level::C));
        assert_eq!(
            (Level::of_target(99.9), Level::of_target(99.0), Level::of_target(0.99)),
            (Level::B, Level::B, Level::B)
        );
        assert_eq!((Level::of_target(99.95), Level::of_target(0.9995)), (Level::A, Level::A));
    }

    #[test]
    fn what_something_speaks_of_is_open_until_somebody_says() {
        let migration = |facts: &Facts<'_>| line(&asked(Level::B, facts), "migration_rehearsed").clone();
        assert!(matches!(migration(&Facts::default()), Answer::Waived(_)));
        let suggested = vec![("data_migration", Some("migrate".to_owned()))];
        let facts = Facts { suggested, ..Facts::default() };
        assert!(matches!(migration(&facts), Answer::Open(words) if words.contains("migrate")));
        let waived = need("data_migration", "waived");
        let facts = Facts { needs: vec![&waived], ..facts };
        assert!(matches!(migration(&facts), Answer::Waived(_)));
        // Without a sprint there is no end at which somebody could be on call.
        let on_call =
            |is_dated| line(&asked(Level::B, &Facts { is_dated, ..Facts::default() }), "on_call_named").clone();
        assert_eq!(on_call(false), Answer::Unknown);
        assert!(matches!(on_call(true), Answer::Open(_)));
    }

    #[test]
    fn what_is_known_answers_and_what_is_not_stays_open() {
        let (ready, waived) = (need("runbook", "ready"), need("rollback_plan", "waived"));
        let migration = need("data_migration", "needed");
        let facts = Facts {
            needs: vec![&ready, &waived, &migration],
            review: Some("approved".to_owned()),
            main: Some(MainRun { pipeline: "ci".to_owned(), is_green: false, has_tests: Some(true), minutes: Some(3) }),
            told: Some((1, 2)),
            ..Facts::default()
        };
        let lines = asked(Level::B, &facts);
        assert_eq!(*line(&lines, "ops_has_seen"), Answer::Met("approved".to_owned()));
        assert_eq!(*line(&lines, "runbook"), Answer::Met(String::new()));
        assert_eq!(*line(&lines, "rollback_written"), Answer::Waived(String::new()));
        assert_eq!(*line(&lines, "migration_rehearsed"), Answer::Open("needed".to_owned()));
        assert!(line(&lines, "backup_tested").is_settled(), "no change of a schema, no restore to test");
        assert_eq!(*line(&lines, "main_is_green"), Answer::Open("ci is red".to_owned()));
        assert!(line(&lines, "tests_run").is_settled());
        assert_eq!(*line(&lines, "same_artifact"), Answer::Unknown);
        assert!(!line(&lines, "team_is_told").is_settled());
        assert!(!line(&lines, GAPS).is_settled());
    }

    #[test]
    fn gaps_that_became_items_are_no_gaps() {
        let open: Vec<String> = asked(Level::C, &Facts::default())
            .into_iter()
            .filter(|line| !line.answer.is_settled() && line.check != GAPS)
            .map(|line| line.check)
            .collect();
        let made_items = open.into_iter().map(|check| (check, Made::Open)).collect();
        let facts = Facts { made_items, ..Facts::default() };
        assert!(line(&asked(Level::C, &facts), GAPS).is_settled());
    }

    #[test]
    fn all_that_can_be_looked_up_is() {
        let facts = Facts { is_dated: true, told: Some((1, 1)), freeze: Some("x".to_owned()), ..Facts::default() };
        let known = |id: &str| fact(id, &facts) != Answer::Unknown;
        let unknown: Vec<&str> = crate::model::checklist::FACTS.into_iter().filter(|id| !known(id)).collect();
        // Of these nothing is known here.
        let silent = ["budget_known", "small_enough", "main_is_green", "same_artifact", "tests_run", "one_trigger"];
        assert_eq!(unknown, [&silent[..], &["complaints_watched"]].concat());
    }

    #[test]
    fn a_teams_own_check_is_answered_by_the_item_that_was_made_of_it() {
        let text = "[[check]]\nid = \"pager\"\nwords = \"The pager is tested\"\nstage = \"deploy\"\nlevel = \"C\"\nknown_by = \"item\"";
        let list = Checklist::parse(text).unwrap();
        let answer = |made: Option<Made>| {
            let made_items = made.map(|made| ("pager".to_owned(), made)).into_iter().collect();
            readiness(&list, Level::C, &Facts { made_items, ..Facts::default() }).remove(0).answer
        };
        assert_eq!(answer(None), Answer::Unknown);
        assert!(matches!(answer(Some(Made::Open)), Answer::Open(_)));
        assert!(matches!(answer(Some(Made::Done)), Answer::Met(_)));
        assert!(matches!(answer(Some(Made::Cancelled)), Answer::Waived(_)));
    }
}
