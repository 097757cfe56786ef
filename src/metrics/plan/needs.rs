//! What an item may need of operations, told by what stands in it, each with its reason; and by when it must be asked for.

use jiff::civil::Date;

use crate::metrics::Calendar;
use crate::metrics::plan::readiness::Stage;
use crate::model::people::{NEED_STAGES, NEEDS, OpsNeed};
use crate::model::plan::Item;

/// Words that speak of a need. A word counts where a word of the title, of the description or a label begins with it.
const WORDS: [(&str, &str); 28] = [
    ("migrat", "data_migration"),
    ("schema", "data_migration"),
    ("backfill", "data_migration"),
    ("database", "data_migration"),
    ("queue", "monitoring"),
    ("cron", "monitoring"),
    ("alert", "monitoring"),
    ("metric", "monitoring"),
    ("webhook", "network"),
    ("certificate", "network"),
    ("tls", "network"),
    ("dns", "network"),
    ("domain", "network"),
    ("e-mail", "third_party"),
    ("email", "third_party"),
    ("provider", "third_party"),
    ("payment", "third_party"),
    ("quota", "third_party"),
    ("region", "environment"),
    ("cluster", "environment"),
    ("load-", "capacity"),
    ("peak", "capacity"),
    ("scale", "capacity"),
    ("api-key", "secret"),
    ("credential", "secret"),
    ("password", "secret"),
    ("flag", "feature_flag"),
    ("restore", "backup"),
];
/// A service that was not deployed for so long has surprises.
const RUSTY_DAYS: i64 = 60;
const MOST_DAYS_BACK: usize = 10_000;

/// Of the last incidents of a service, so many that speak of the same are no accident.
const LEAST_INCIDENTS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A word of the title, of the description or a label.
    Word(String),
    /// Nothing was deployed for so many days, or ever.
    NotDeployed(Option<i64>),
    /// So many of the last incidents of its service speak of it.
    Incidents { speaking: usize, of: usize },
    /// It was still open when this item of the same service was done.
    LeftOpen(String),
}

/// What is known around an item.
#[derive(Clone, Debug, Default)]
pub struct Around<'a> {
    /// How many days ago the item's service was deployed last; the outer `None` where the item names no service.
    pub deployed: Option<Option<i64>>,
    /// The titles of the service's last incidents.
    pub incidents: &'a [String],
    /// Needs that the last item of the service left open: each kind, and that item's title.
    pub left_open: Vec<(&'a str, &'a str)>,
}

/// The needs that a text speaks of, with the word that does.
fn spoken_of(text: &str) -> impl Iterator<Item = (&'static str, String)> {
    let words = text.to_lowercase();
    let words: Vec<String> = words.split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_owned).collect();
    words.into_iter().flat_map(|word| {
        let kinds = WORDS.iter().filter(|(begin, _)| word.starts_with(begin)).map(|(_, kind)| *kind);
        kinds.collect::<Vec<_>>().into_iter().map(move |kind| (kind, word.clone()))
    })
}

/// Needs that nobody has spoken of yet.
pub fn suggested(item: &Item, known: &[&OpsNeed], around: &Around<'_>) -> Vec<(&'static str, Why)> {
    let mut found: Vec<(&'static str, Why)> = Vec::new();
    let mut add = |kind: &'static str, why: Why| {
        let is_known = known.iter().any(|need| need.kind == kind) || found.iter().any(|(known, _)| *known == kind);
        if !is_known {
            found.push((kind, why));
        }
    };
    for text in std::iter::once(&item.title).chain(item.labels.iter().flatten()).chain(&item.description) {
        spoken_of(text).for_each(|(kind, word)| add(kind, Why::Word(word)));
    }
    for (kind, _) in NEEDS {
        if let Some((_, title)) = around.left_open.iter().find(|(of, _)| *of == kind) {
            add(kind, Why::LeftOpen((*title).to_owned()));
        }
        let speaks = |title: &&String| spoken_of(title).any(|(of, _)| of == kind);
        let speaking = around.incidents.iter().filter(speaks).count();
        if speaking >= LEAST_INCIDENTS {
            add(kind, Why::Incidents { speaking, of: around.incidents.len() });
        }
    }
    if let Some(days) = around.deployed
        && days.is_none_or(|days| days > RUSTY_DAYS)
    {
        add("rollback_plan", Why::NotDeployed(days));
    }
    found
}

/// The days that a need takes: its own, else what is usual.
pub fn lead_days(need: &OpsNeed) -> f64 {
    let usual = NEEDS.iter().find(|(kind, _)| *kind == need.kind).map(|(_, days)| *days);
    need.lead_days.or(usual).unwrap_or_default()
}

/// Stages by the words that need records have for them.
pub const STAGES: [(&str, Stage); 6] = [
    ("code", Stage::Code),
    ("build", Stage::Build),
    ("test", Stage::Test),
    ("release", Stage::Release),
    ("deploy", Stage::Deploy),
    ("operate", Stage::Operate),
];

/// The stage before which a need must be there: the first that it speaks of, else what is usual of its kind.
pub fn due_stage(need: &OpsNeed) -> Stage {
    let told = |text: &str| {
        let text = text.to_lowercase();
        STAGES.iter().find(|(word, _)| text.contains(word)).map(|(_, stage)| *stage)
    };
    let usual = NEED_STAGES.iter().find(|(kind, _)| *kind == need.kind).and_then(|(_, stage)| told(stage));
    need.due_stage.as_deref().and_then(told).or(usual).unwrap_or(Stage::Deploy)
}

/// When the stages of a sprint's work begin: code and build on its first day, tests with the second half of its working
/// days, the release and what follows on its last day. Nobody writes those days down; they are what a plan can count on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageDays {
    first: Date,
    test: Date,
    last: Date,
}

impl StageDays {
    pub fn new(working: &[Date], last: Date) -> Self {
        let first = working.first().copied().unwrap_or(last);
        Self { first, test: working.get(working.len() / 2).copied().unwrap_or(first), last }
    }

    pub fn begins(&self, stage: Stage) -> Date {
        match stage {
            Stage::Plan | Stage::Code | Stage::Build => self.first,
            Stage::Test => self.test,
            Stage::Release | Stage::Deploy | Stage::Operate | Stage::Monitor | Stage::Again => self.last,
        }
    }
}

/// By when a need must be there, and by when it must be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedBy {
    pub kind: String,
    pub days: f64,
    pub stage: Stage,
    pub begins: Date,
    pub order: Date,
}

impl NeedBy {
    pub fn new(need: &OpsNeed, stages: &StageDays, calendar: &Calendar) -> Self {
        let stage = due_stage(need);
        let begins = stages.begins(stage);
        let order = order_by(need, begins, calendar);
        Self { kind: need.kind.clone(), days: lead_days(need), stage, begins, order }
    }
}

/// The last day on which a need can be asked for, to be there on a day: so many working days before it.
pub fn order_by(need: &OpsNeed, due: Date, calendar: &Calendar) -> Date {
    let mut left = lead_days(need).ceil() as u32;
    let mut day = due;
    // A calendar in which nobody ever works would never come to an end.
    for _ in 0..MOST_DAYS_BACK {
        if left == 0 {
            break;
        }
        let Ok(before) = day.yesterday() else { break };
        day = before;
        left -= u32::from(calendar.is_working(day));
    }
    day
}

/// Somebody still has to do something.
pub fn is_open(need: &OpsNeed) -> bool {
    matches!(need.state.as_str(), "suspected" | "needed" | "ordered")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_silence_speak_of_needs() {
        let item = Item {
            title: "Migrate orders to the new cluster".to_owned(),
            labels: Some(vec!["payments".to_owned()]),
            ..Item::default()
        };
        let kinds = |known: &[&OpsNeed], deployed| -> Vec<&str> {
            let around = Around { deployed, ..Around::default() };
            suggested(&item, known, &around).iter().map(|(kind, _)| *kind).collect()
        };
        assert_eq!(kinds(&[], Some(Some(3))), ["data_migration", "environment", "third_party"]);
        let waived = OpsNeed { kind: "environment".to_owned(), state: "waived".to_owned(), ..OpsNeed::default() };
        assert_eq!(kinds(&[&waived], Some(None)), ["data_migration", "third_party", "rollback_plan"]);
        assert_eq!(suggested(&item, &[], &Around::default())[0].1, Why::Word("migrate".to_owned()));
        // A key on a keyboard is no secret.
        let keyboard = Item { title: "Keyboard shortcuts while loading".to_owned(), ..Item::default() };
        assert_eq!(suggested(&keyboard, &[], &Around::default()), []);
    }

    #[test]
    fn a_service_tells_what_its_work_runs_into() {
        let item = Item { title: "Cheaper invoices".to_owned(), ..Item::default() };
        let incidents = ["Schema change locked orders", "Wrong totals", "Migration ran twice"].map(str::to_owned);
        let around = Around { incidents: &incidents, left_open: vec![("runbook", "Faster invoices")], deployed: None };
        assert_eq!(
            suggested(&item, &[], &around),
            [
                ("data_migration", Why::Incidents { speaking: 2, of: 3 }),
                ("runbook", Why::LeftOpen("Faster invoices".to_owned())),
            ]
        );
    }

    #[test]
    fn a_need_is_there_before_its_stage_begins() {
        // Two weeks from Monday to Friday; tests begin with the second.
        let days: Vec<Date> = [16, 17, 18, 19, 20, 23, 24, 25, 26, 27].map(|day| Date::constant(2026, 3, day)).to_vec();
        let stages = StageDays::new(&days, Date::constant(2026, 3, 27));
        let by = |kind: &str, stage: Option<&str>| {
            let due_stage = stage.map(str::to_owned);
            let need = OpsNeed { kind: kind.to_owned(), due_stage, ..OpsNeed::default() };
            let by = NeedBy::new(&need, &stages, &Calendar::default());
            (by.stage, by.begins.day(), (by.order.month(), by.order.day()))
        };
        assert_eq!(by("environment", None), (Stage::Build, 16, (3, 11)));
        assert_eq!(by("environment", Some("Before the test")), (Stage::Test, 23, (3, 18)));
        assert_eq!(by("data_migration", None), (Stage::Deploy, 27, (3, 20)));
        assert_eq!(by("feature_flag", Some("banana")), (Stage::Code, 16, (3, 16)));
    }

    #[test]
    fn a_need_is_asked_for_in_time() {
        let due = Date::constant(2026, 3, 20);
        let need = |lead_days| OpsNeed { kind: "data_migration".to_owned(), lead_days, ..OpsNeed::default() };
        let mut calendar = Calendar::default();
        // Five working days before a Friday.
        assert_eq!(order_by(&need(None), due, &calendar), Date::constant(2026, 3, 13));
        assert_eq!(order_by(&need(Some(1.5)), due, &calendar), Date::constant(2026, 3, 18));
        calendar.exceptions.insert(Date::constant(2026, 3, 18), false);
        assert_eq!(order_by(&need(Some(1.5)), due, &calendar), Date::constant(2026, 3, 17));
        // "The environment needs three days, the test starts on Wednesday: order by Friday."
        let wednesday = Date::constant(2026, 3, 25);
        assert_eq!(order_by(&need(Some(3.0)), wednesday, &calendar), Date::constant(2026, 3, 20));
    }
}
