//! The small language by which items are filtered: words of the title beside `kind:bug`, `state:ready`, `label:shop`,
//! `assignee:ann`, `service:billing`, `review:stale`, `risk:high`, `points>3`, `hours<=8`, `carried>0`, `needs>0`, `due<2026-01-31`,
//! `is:blocked`; a `-` before a term turns it round, and quotes hold a text together that is no such term.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::risk::Band;
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
    Review(ReviewMark),
    Risk(Band),
    Number(Field, Ordering, f64),
    Due(Ordering, jiff::civil::Date),
    Is(Is),
}

/// How operations stands to an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReviewMark {
    #[default]
    NotAsked,
    Asked,
    Settled,
    Blocked,
    Stale,
}

const REVIEWS: [(&str, ReviewMark); 5] = [
    ("not_asked", ReviewMark::NotAsked),
    ("asked", ReviewMark::Asked),
    ("settled", ReviewMark::Settled),
    ("blocked", ReviewMark::Blocked),
    ("stale", ReviewMark::Stale),
];

const RISKS: [(&str, Band); 3] = [("low", Band::Low), ("medium", Band::Medium), ("high", Band::High)];

/// What an item can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Unestimated,
    Unassigned,
    Blocked,
    Overdue,
}

impl Is {
    const ALL: [(&'static str, Self); 4] = [
        ("unestimated", Self::Unestimated),
        ("unassigned", Self::Unassigned),
        ("blocked", Self::Blocked),
        ("overdue", Self::Overdue),
    ];
}

/// What a filter asks of an item beside its own fields.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside {
    /// How often it was left over.
    pub carried: u32,
    pub is_blocked: bool,
    pub open_needs: u32,
    pub review: ReviewMark,
    pub risk: Option<Band>,
    pub today: Option<jiff::civil::Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Points,
    Hours,
    Carried,
    Needs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ordering {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Ordering {
    fn holds<T: PartialOrd>(self, value: &T, wanted: &T) -> bool {
        match self {
            Self::Less => value < wanted,
            Self::AtMost => value <= wanted,
            Self::Equal => value == wanted,
            Self::AtLeast => value >= wanted,
            Self::More => value > wanted,
        }
    }
}

/// What a term may begin with.
pub const KEYS: [&str; 13] = [
    "kind:",
    "state:",
    "label:",
    "assignee:",
    "service:",
    "review:",
    "risk:",
    "is:",
    "points>",
    "hours>",
    "carried>",
    "needs>",
    "due<",
];

impl ItemFilter {
    /// What was typed, or why it cannot be read.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.matches('"').count() % 2 == 1 {
            return Err("a quote is not closed".to_owned());
        }
        let mut terms = Vec::new();
        for Part { text: part, is_quoted } in parts(&joined(text)) {
            let (is_not, part) = match part.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest.to_owned()),
                _ => (false, part),
            };
            terms.push((is_not, if is_quoted { Term::Word(part.to_lowercase()) } else { term(&part)? }));
        }
        Ok(Self { terms })
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether it asks what only a look at operations tells.
    pub fn asks_operations(&self) -> bool {
        let of_operations =
            |term: &Term| matches!(term, Term::Review(_) | Term::Risk(_) | Term::Number(Field::Needs, ..));
        self.terms.iter().any(|(_, term)| of_operations(term))
    }

    pub fn matches(&self, item: &Item, beside: Beside) -> bool {
        self.terms.iter().all(|(is_not, term)| term.matches(item, beside) != *is_not)
    }
}

/// Words that values can be, from the items themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    pub labels: BTreeSet<String>,
    pub assignees: BTreeSet<String>,
    pub services: BTreeSet<String>,
}

impl Vocabulary {
    pub fn of<'a>(items: impl Iterator<Item = &'a Item>) -> Self {
        let mut words = Self::default();
        let add = |known: &mut BTreeSet<String>, word: &String| {
            if !word.is_empty() && !known.contains(word) {
                known.insert(word.clone());
            }
        };
        for item in items {
            item.labels.iter().flatten().for_each(|label| add(&mut words.labels, label));
            item.assignee.iter().for_each(|name| add(&mut words.assignees, name));
            item.service.iter().for_each(|name| add(&mut words.services, name));
        }
        words
    }
}

/// Completions that are offered at once.
const OFFERED: usize = 8;

/// What the last term of a text may become, as whole texts: keys first, then the values of a key.
pub fn completions(text: &str, words: &Vocabulary) -> Vec<String> {
    let is_quoted = text.matches('"').count() % 2 == 1;
    let unquoted = if is_quoted { text.rfind('"').map_or(text, |at| &text[..at]) } else { text };
    let from = unquoted.trim_end_matches(|c: char| !c.is_whitespace()).len();
    let (before, term) = text.split_at(from);
    let (sign, term) = if let Some(rest) = term.strip_prefix('-') { ("-", rest) } else { ("", term) };
    let whole = |end: String| format!("{before}{sign}{end}");
    let Some((key, value)) = term.split_once(':') else {
        let begins = |key: &&str| !term.is_empty() && key.starts_with(&term.to_lowercase()) && **key != *term;
        return KEYS.into_iter().filter(begins).map(|key| whole(key.to_owned())).collect();
    };
    let values: Vec<String> = match key.to_lowercase().as_str() {
        "kind" => ItemKind::ALL.iter().map(|kind| kind.as_str().to_owned()).collect(),
        "state" => ItemState::ALL.iter().map(|state| state.as_str().to_owned()).collect(),
        "is" => Is::ALL.iter().map(|(word, _)| (*word).to_owned()).collect(),
        "review" => REVIEWS.iter().map(|(word, _)| (*word).to_owned()).collect(),
        "risk" => RISKS.iter().map(|(word, _)| (*word).to_owned()).collect(),
        "label" => words.labels.iter().cloned().collect(),
        "assignee" => words.assignees.iter().cloned().collect(),
        "service" => words.services.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let typed = value.trim_start_matches('"').to_lowercase();
    let fits =
        values.into_iter().filter(|known| known.to_lowercase().contains(&typed) && known.to_lowercase() != typed);
    let quoted = |value: String| if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value };
    fits.take(OFFERED).map(|value| whole(format!("{key}:{} ", quoted(value)))).collect()
}

/// A field of numbers, how it is compared, and the spaces between.
static COMPARED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)\b(points|hours|carried|needs|due)\s*(<=|>=|<|>|=)\s*").ok());

/// Comparisons without spaces in them and in small letters; what stands in quotes stays as it is.
fn joined(text: &str) -> String {
    let Some(compared) = COMPARED.as_ref() else { return text.to_owned() };
    let plain = |part: &str| {
        compared
            .replace_all(part, |found: &Captures<'_>| format!("{}{}", found[1].to_lowercase(), &found[2]))
            .into_owned()
    };
    let parts = text.split('"').enumerate();
    let parts = parts.map(|(n, part)| if n % 2 == 0 { plain(part) } else { part.to_owned() });
    parts.collect::<Vec<String>>().join("\"")
}

/// A part of what was typed.
#[derive(Default)]
struct Part {
    text: String,
    /// It begins with a quote, so it is a text whatever it holds.
    is_quoted: bool,
}

/// Parts between spaces; quotes hold one together.
fn parts(text: &str) -> Vec<Part> {
    let (mut parts, mut part, mut is_inside) = (Vec::new(), Part::default(), false);
    for letter in text.chars() {
        match letter {
            '"' => {
                part.is_quoted |= part.text.is_empty() || part.text == "-";
                is_inside = !is_inside;
            }
            c if c.is_whitespace() && !is_inside => parts.push(std::mem::take(&mut part)),
            c => part.text.push(c),
        }
    }
    parts.push(part);
    parts.retain(|part| !part.text.is_empty());
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
    let fields =
        [("points", Field::Points), ("hours", Field::Hours), ("carried", Field::Carried), ("needs", Field::Needs)];
    for (name, field) in fields {
        let Some(rest) = part.strip_prefix(name) else { continue };
        if let Some((rest, order)) = orders.iter().find_map(|(sign, order)| Some((rest.strip_prefix(sign)?, *order))) {
            let number =
                rest.trim().parse().map_err(|_error| format!("\"{part}\" wants a number, such as {name}>3"))?;
            return Ok(Term::Number(field, order, number));
        }
    }
    if let Some(rest) = part.strip_prefix("due")
        && let Some((day, order)) = orders.iter().find_map(|(sign, order)| Some((rest.strip_prefix(sign)?, *order)))
    {
        let day = day.parse().map_err(|_error| format!("\"{part}\" wants a day, such as due<2026-01-31"))?;
        return Ok(Term::Due(order, day));
    }
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    let unknown = |key: &str, sign: &str| {
        // Each with its sign: "points:" is none where "points>" is.
        let keys = KEYS;
        format!("there is no \"{key}{sign}\"; there are {}; quotes make it a text", keys.join(", "))
    };
    if let Some(at) = part.find(['<', '>', '='])
        && is_name(&part[..at])
    {
        return Err(unknown(&part[..at], &part[at..=at]));
    }
    let Some((key, value)) = part.split_once(':') else { return Ok(Term::Word(part.to_lowercase())) };
    let lower = value.to_lowercase();
    if value.is_empty() && KEYS.iter().any(|known| known.eq_ignore_ascii_case(part)) {
        return Err(format!("\"{part}\" wants a word after it"));
    }
    if KEYS.iter().any(|known| known.strip_suffix(':') == Some(key.trim_start_matches('('))) && key.starts_with('(') {
        return Err("brackets group nothing here: conditions all hold together".to_owned());
    }
    if value.is_empty() {
        return Ok(Term::Word(part.to_lowercase()));
    }
    let of = |words: &[&str]| format!("\"{value}\" is none of: {}", words.join(", "));
    match key.to_lowercase().as_str() {
        "kind" => ItemKind::parse(&lower).map(Term::Kind).ok_or_else(|| of(&ItemKind::ALL.map(ItemKind::as_str))),
        "state" => ItemState::parse(&lower).map(Term::State).ok_or_else(|| of(&ItemState::ALL.map(ItemState::as_str))),
        "label" => Ok(Term::Label(lower)),
        "assignee" => Ok(Term::Assignee(lower)),
        "service" => Ok(Term::Service(lower)),
        "is" => Is::ALL
            .into_iter()
            .find(|(word, _)| *word == lower)
            .map(|(_, is)| Term::Is(is))
            .ok_or_else(|| of(&Is::ALL.map(|(word, _)| word))),
        "review" => named(&REVIEWS, &lower).map(Term::Review).ok_or_else(|| of(&REVIEWS.map(|(word, _)| word))),
        "risk" => named(&RISKS, &lower).map(Term::Risk).ok_or_else(|| of(&RISKS.map(|(word, _)| word))),
        // An address or a time is a text.
        other if is_name(other) && !value.starts_with("//") => Err(unknown(other, ":")),
        _ => Ok(Term::Word(part.to_lowercase())),
    }
}

fn named<T: Copy>(words: &[(&str, T)], wanted: &str) -> Option<T> {
    words.iter().find(|(word, _)| *word == wanted).map(|(_, meaning)| *meaning)
}

impl Term {
    fn matches(&self, item: &Item, beside: Beside) -> bool {
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
            Self::Review(review) => beside.review == *review,
            Self::Risk(band) => beside.risk == Some(*band),
            Self::Is(Is::Unestimated) => estimates.points.is_none() && estimates.hours.is_none(),
            Self::Is(Is::Unassigned) => item.assignee.as_ref().is_none_or(String::is_empty),
            Self::Is(Is::Blocked) => beside.is_blocked,
            Self::Is(Is::Overdue) => {
                let is_open = !matches!(item.state, ItemState::Done | ItemState::Cancelled);
                is_open && item.due.zip(beside.today).is_some_and(|(due, today)| due < today)
            }
            Self::Due(order, wanted) => item.due.is_some_and(|due| order.holds(&due, wanted)),
            Self::Number(field, order, wanted) => {
                let value = match field {
                    Field::Points => estimates.points,
                    Field::Hours => estimates.hours,
                    Field::Carried => Some(f64::from(beside.carried)),
                    Field::Needs => Some(f64::from(beside.open_needs)),
                };
                value.is_some_and(|value| order.holds(&value, wanted))
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
            ("Points > 4 KIND:Bug", true),
            ("\"points > 4\"", false),
            ("-kind:bug", false),
            ("hours>0", false),
            ("carried=2", true),
            ("pay:", true),
            ("\"pay: by\"", true),
            ("-\"no: such\"", true),
            ("review:stale risk:high needs>1", true),
            ("review:asked", false),
            ("-risk:high", false),
            ("is:unestimated", false),
            ("-is:unassigned state:backlog", true),
        ] {
            let (review, risk) = (ReviewMark::Stale, Some(Band::High));
            let beside = Beside { carried: 2, open_needs: 2, review, risk, ..Beside::default() };
            assert_eq!(ItemFilter::parse(text).unwrap().matches(&item, beside), fits, "{text}");
        }
    }

    #[test]
    fn what_is_said_beside_the_item_counts() {
        let item = Item { due: Some(jiff::civil::Date::constant(2026, 3, 2)), ..Item::default() };
        let on = |day| Beside { today: Some(jiff::civil::Date::constant(2026, 3, day)), ..Beside::default() };
        let overdue = ItemFilter::parse("is:overdue").unwrap();
        assert!(overdue.matches(&item, on(3)) && !overdue.matches(&item, on(2)));
        let blocked = ItemFilter::parse("is:blocked").unwrap();
        assert!(!blocked.matches(&item, on(3)) && blocked.matches(&item, Beside { is_blocked: true, ..on(3) }));
    }

    #[test]
    fn the_last_term_is_completed() {
        let item = Item {
            labels: Some(vec!["shop".to_owned(), "pay later".to_owned()]),
            assignee: Some("Ann Lee".to_owned()),
            ..Item::default()
        };
        let words = Vocabulary::of([item].iter());
        for (text, offered) in [
            ("", vec![]),
            ("card ki", vec!["card kind:"]),
            ("kind:b", vec!["kind:bug "]),
            ("-label:sh", vec!["-label:shop "]),
            ("points>3 assignee:an", vec!["points>3 assignee:\"Ann Lee\" "]),
            ("assignee:\"ann l", vec!["assignee:\"Ann Lee\" "]),
            ("pay:", vec![]),
            ("du", vec!["due<"]),
            ("état kind:bu", vec!["état kind:bug "]),
            ("支払い\u{3000}label:\"sh", vec!["支払い\u{3000}label:shop "]),
        ] {
            assert_eq!(completions(text, &words), offered, "{text}");
        }
        assert_eq!(completions("is:un", &words).len(), 2);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        for (text, why) in [
            ("kind:chore", "none of: feature"),
            ("points>many", "wants a number"),
            ("is:late", "unestimated"),
            ("review:approved", "settled"),
            ("point>3", "there is no \"point>\""),
            ("due<2026-13-01", "wants a day"),
            ("label:", "wants a word"),
            ("\"open", "not closed"),
            ("(kind:bug", "brackets"),
            ("owner:ann", "there is no \"owner:\"; there are kind:, state:"),
        ] {
            assert!(ItemFilter::parse(text).unwrap_err().contains(why), "{text}");
        }
    }
}
