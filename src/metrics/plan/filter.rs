//! The small language by which items are filtered: words of the title beside `kind:bug`, `state:ready`, `label:shop`,
//! `assignee:ann`, `service:billing`, `points>3`, `hours<=8`, `carried>0`, `is:unestimated`; a `-` before a term turns it round.

use crate::model::plan::{Item, ItemKind, ItemState};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemFilter {
    terms: Vec<(bool, Term)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Word(String),
    Kind(ItemKind),
    State(ItemState),
    Label(String),
    Assignee(String),
    Service(String),
    Number(Field, Ordering, f64),
    Unestimated,
    Unassigned,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Points,
    Hours,
    Carried,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ordering {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// What a term may begin with.
pub const KEYS: [&str; 9] =
    ["kind:", "state:", "label:", "assignee:", "service:", "is:", "points>", "hours>", "carried>"];

impl ItemFilter {
    /// What was typed, or why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for part in parts(text) {
            let (is_not, part) = match part.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest.to_owned()),
                _ => (false, part),
            };
            terms.push((is_not, term(&part)?));
        }
        Ok(Self { terms })
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn matches(&self, item: &Item, carried: u32) -> bool {
        self.terms.iter().all(|(is_not, term)| term.matches(item, carried) != *is_not)
    }
}

/// Parts between spaces; quotes hold one together.
fn parts(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut is_quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            c if c.is_whitespace() && !is_quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

fn term(part: &str) -> Result<Term, String> {
    let orders = [
        ("<=", Ordering::AtMost),
        (">=", Ordering::AtLeast),
        ("<", Ordering::Less),
        (">", Ordering::More),
        ("=", Ordering::Equal),
    ];
    for (name, field) in [("points", Field::Points), ("hours", Field::Hours), ("carried", Field::Carried)] {
        let Some(rest) = part.strip_prefix(name) else { continue };
        if let Some((rest, order)) = orders.iter().find_map(|(sign, order)| Some((rest.strip_prefix(sign)?, *order))) {
            let number =
                rest.trim().parse().map_err(|_error| format!("\"{part}\" wants a number, such as {name}>3"))?;
            return Ok(Term::Number(field, order, number));
        }
    }
    let Some((key, value)) = part.split_once(':') else { return Ok(Term::Word(part.to_lowercase())) };
    let lower = value.to_lowercase();
    let of = |words: &[&str]| format!("\"{value}\" is none of: {}", words.join(", "));
    match key.to_lowercase().as_str() {
        "kind" => ItemKind::parse(&lower).map(Term::Kind).ok_or_else(|| of(&ItemKind::ALL.map(ItemKind::as_str))),
        "state" => ItemState::parse(&lower).map(Term::State).ok_or_else(|| of(&ItemState::ALL.map(ItemState::as_str))),
        "label" => Ok(Term::Label(lower)),
        "assignee" => Ok(Term::Assignee(lower)),
        "service" => Ok(Term::Service(lower)),
        "is" => match lower.as_str() {
            "unestimated" => Ok(Term::Unestimated),
            "unassigned" => Ok(Term::Unassigned),
            _ => Err(of(&["unestimated", "unassigned"])),
        },
        // A title may hold a colon.
        _ => Ok(Term::Word(part.to_lowercase())),
    }
}

impl Term {
    fn matches(&self, item: &Item, carried: u32) -> bool {
        let has =
            |text: &Option<String>, part: &str| text.as_ref().is_some_and(|text| text.to_lowercase().contains(part));
        let estimates = item.estimates.unwrap_or_default();
        match self {
            Self::Word(word) => item.title.to_lowercase().contains(word) || item.id.to_lowercase().contains(word),
            Self::Kind(kind) => item.kind == *kind,
            Self::State(state) => item.state == *state,
            Self::Label(label) => item.labels.iter().flatten().any(|known| known.to_lowercase() == *label),
            Self::Assignee(name) => has(&item.assignee, name),
            Self::Service(name) => has(&item.service, name),
            Self::Unestimated => estimates.points.is_none() && estimates.hours.is_none(),
            Self::Unassigned => item.assignee.as_ref().is_none_or(String::is_empty),
            Self::Number(field, order, wanted) => {
                let value = match field {
                    Field::Points => estimates.points,
                    Field::Hours => estimates.hours,
                    Field::Carried => Some(f64::from(carried)),
                };
                value.is_some_and(|value| match order {
                    Ordering::Less => value < *wanted,
                    Ordering::AtMost => value <= *wanted,
                    Ordering::Equal => value == *wanted,
                    Ordering::AtLeast => value >= *wanted,
                    Ordering::More => value > *wanted,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Estimates;

    #[test]
    fn terms_are_joined_by_and() {
        let item = Item {
            title: "Pay: by card".to_owned(),
            kind: ItemKind::Bug,
            labels: Some(vec!["Shop".to_owned()]),
            assignee: Some("Ann Lee".to_owned()),
            estimates: Some(Estimates { points: Some(5.0), hours: None }),
            ..Item::default()
        };
        for (text, fits) in [
            ("", true),
            ("card pay", true),
            ("kind:bug points>3 -label:ops", true),
            ("label:shop assignee:\"ann lee\"", true),
            ("points<=4", false),
            ("-kind:bug", false),
            ("hours>0", false),
            ("carried=2", true),
            ("pay:", true),
            ("is:unestimated", false),
            ("-is:unassigned state:backlog", true),
        ] {
            assert_eq!(ItemFilter::parse(text).unwrap().matches(&item, 2), fits, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (text, why) in
            [("kind:chore", "none of: feature"), ("points>many", "wants a number"), ("is:late", "unestimated")]
        {
            assert!(ItemFilter::parse(text).unwrap_err().contains(why), "{text}");
        }
    }
}
