//! What an item may need of operations, told by what stands in it, each with its reason; and by when it must be asked for.

use jiff::civil::Date;

use crate::metrics::Calendar;
use crate::model::people::{NEEDS, OpsNeed};
use crate::model::plan::Item;

/// Words that speak of a need. A word counts where a word of the title, or a label, begins with it.
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

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A word of the title or a label.
    Word(String),
    /// Nothing was deployed for so many days, or ever.
    NotDeployed(Option<i64>),
}

/// Needs that nobody has spoken of yet. `deployed` is how many days ago the item's service was deployed last; the outer
/// `None` where the item names no service.
pub fn suggested(item: &Item, known: &[&OpsNeed], deployed: Option<Option<i64>>) -> Vec<(&'static str, Why)> {
    let mut found: Vec<(&'static str, Why)> = Vec::new();
    let mut add = |kind: &'static str, why: Why| {
        let is_known = known.iter().any(|need| need.kind == kind) || found.iter().any(|(known, _)| *known == kind);
        if !is_known {
            found.push((kind, why));
        }
    };
    let title = item.title.to_lowercase();
    let in_title = title.split(|c: char| !c.is_alphanumeric() && c != '-').map(str::to_owned);
    let labels = item.labels.iter().flatten().map(|label| label.to_lowercase());
    for word in in_title.chain(labels) {
        for (begin, kind) in WORDS {
            if word.starts_with(begin) {
                add(kind, Why::Word(word.clone()));
            }
        }
    }
    if let Some(days) = deployed
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
        let kinds = |known: &[&OpsNeed], days| -> Vec<&str> {
            suggested(&item, known, days).iter().map(|(kind, _)| *kind).collect()
        };
        assert_eq!(kinds(&[], Some(Some(3))), ["data_migration", "environment", "third_party"]);
        let waived = OpsNeed { kind: "environment".to_owned(), state: "waived".to_owned(), ..OpsNeed::default() };
        assert_eq!(kinds(&[&waived], Some(None)), ["data_migration", "third_party", "rollback_plan"]);
        assert_eq!(suggested(&item, &[], None)[0].1, Why::Word("migrate".to_owned()));
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
