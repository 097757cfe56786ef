//! The plan of the sample workspace: half a year of two-week sprints, one that goes on and one that is planned next,
//! told by their events. Most sprints deliver a little less than was said, and something urgent comes in between.

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::rank;
use crate::model::Time;
use crate::model::people::{Absence, Person};
use crate::model::plan::{Estimates, Item, ItemEvent, ItemKind, ItemState, Sprint, SprintEvent};
use crate::model::record::Record;

const CONNECTION: &str = "sample";
const TEAM: &str = "checkout";
const CLOSED: i32 = 12;
const DAYS: i32 = 14;
/// Points that a sprint is filled with.
const FILL: f64 = 34.0;
const BACKLOG: usize = 24;
const SERVICES: [&str; 3] = ["web-shop", "payments", "basket"];
const PEOPLE: [&str; 5] = ["amara", "bohdan", "chiara", "deniz", "emeka"];
const WORK: [&str; 12] = [
    "Show delivery dates in the basket",
    "Refund without a support ticket",
    "Retry card payments after a timeout",
    "Remember the last address",
    "Explain why a coupon is refused",
    "Pay in two parts",
    "Speed up the first page of search",
    "Round prices the same everywhere",
    "Let guests track an order",
    "Warn before a price changes",
    "Merge baskets of two devices",
    "Print the invoice in the buyer's language",
];
const CHORES: [&str; 5] = [
    "Rotate the keys of the payment provider",
    "Move the basket to the new database",
    "Alert on failed webhooks",
    "Rehearse the restore of orders",
    "Drop the old checkout flag",
];
const FIXES: [&str; 5] = [
    "Totals differ by a cent",
    "Log-in loop on old phones",
    "Basket forgets items after a day",
    "Coupons count twice",
    "Wrong time zone in receipts",
];
/// Why work comes in after the start, and of what kind it is.
const REASONS: [(&str, ItemKind); 6] = [
    ("incident", ItemKind::IncidentAction),
    ("incident", ItemKind::IncidentAction),
    ("bug", ItemKind::Bug),
    ("customer", ItemKind::Feature),
    ("dependency", ItemKind::Task),
    ("forgotten", ItemKind::Ops),
];
const GOALS: [&str; 4] = [
    "Fewer abandoned baskets",
    "Payments survive a provider that is away",
    "Support needs no developer for refunds",
    "Search feels instant",
];

struct Draft {
    item: Item,
    left_over: bool,
    /// When it came into a sprint that went on already.
    came_in: Option<i64>,
}

struct Maker {
    rng: ChaCha8Rng,
    now: Time,
    records: Vec<Record>,
    serial: u32,
    events: u32,
    rank: Option<String>,
    /// How often each title was given, so that no two items are called the same.
    told: std::collections::BTreeMap<&'static str, u32>,
}

pub fn make(now: Time, today: Date) -> Vec<Record> {
    let rng = ChaCha8Rng::seed_from_u64(20_260_211);
    let mut maker = Maker { rng, now, records: Vec::new(), serial: 0, events: 0, rank: None, told: Default::default() };
    // The one that goes on began on the Monday of the week before.
    let back = i32::from(today.weekday().to_monday_zero_offset()) + 7;
    let current = today.checked_sub(back.days()).unwrap_or(today);
    debug_assert_eq!(current.weekday(), Weekday::Monday);
    let mut left: Vec<Draft> = Vec::new();
    let mut over: Vec<Item> = Vec::new();
    for n in 0..=CLOSED {
        let from = current.checked_sub(((CLOSED - n) * DAYS).days()).unwrap_or(current);
        let drafts = maker.sprint(n, from, std::mem::take(&mut left), n == CLOSED);
        for draft in drafts {
            if draft.left_over { left.push(draft) } else { over.push(draft.item) }
        }
    }
    let next = current.checked_add(DAYS.days()).unwrap_or(current);
    maker.planned(CLOSED + 1, next);
    for _ in 0..BACKLOG {
        let draft = maker.draft(at(today, 9) - 20 * DAY);
        over.push(draft.item);
    }
    maker.people(current);
    let items = over.into_iter().chain(left.into_iter().map(|draft| draft.item));
    maker.records.extend(items.map(Record::Item));
    maker.records
}

const DAY: i64 = 86_400_000_000;

fn at(date: Date, hour: i8) -> i64 {
    let moment = date.at(hour, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    moment.map_or(0, |moment| Time::from_timestamp(moment.timestamp()).0)
}

impl Maker {
    fn chance(&mut self, p: f64) -> bool {
        self.rng.random_bool(p)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.rng.random_range(0..of.len())]
    }

    fn title(&mut self, of: &[&'static str]) -> String {
        let title = self.pick(of);
        let times = self.told.entry(title).or_default();
        *times += 1;
        if *times == 1 { title.to_owned() } else { format!("{title}, part {times}") }
    }

    fn event(&mut self, item: &Item, at: i64, kind: &str, fill: impl FnOnce(&mut ItemEvent)) {
        // What has not happened yet is not told.
        if at > self.now.0 {
            return;
        }
        self.events += 1;
        let mut event = ItemEvent {
            connection: CONNECTION.to_owned(),
            id: format!("plan-{}", self.events),
            item: item.id.clone(),
            at: Time(at),
            kind: kind.to_owned(),
            who: item.assignee.clone(),
            ..ItemEvent::default()
        };
        fill(&mut event);
        self.records.push(Record::ItemEvent(event));
    }

    fn sprint_event(&mut self, sprint: &str, at: i64, kind: &str, new: Option<String>) {
        self.events += 1;
        self.records.push(Record::SprintEvent(SprintEvent {
            connection: CONNECTION.to_owned(),
            id: format!("plan-{}", self.events),
            sprint: sprint.to_owned(),
            at: Time(at),
            kind: kind.to_owned(),
            new,
            ..SprintEvent::default()
        }));
    }

    /// A new item, some days before a moment.
    fn draft(&mut self, before: i64) -> Draft {
        self.serial += 1;
        let (kind, title) = match self.rng.random_range(0..10u32) {
            0..6 => (ItemKind::Feature, self.title(&WORK)),
            6..8 => (ItemKind::Bug, self.title(&FIXES)),
            8 => (ItemKind::Ops, self.title(&CHORES)),
            _ => (ItemKind::Task, self.title(&CHORES)),
        };
        let points = [1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 8.0][self.rng.random_range(0..8)];
        let created = before - i64::from(self.rng.random_range(2..25u32)) * DAY;
        let is_estimated = self.chance(0.93);
        self.rank = rank::between(self.rank.as_deref(), None);
        let item = Item {
            connection: CONNECTION.to_owned(),
            id: format!("SHOP-{}", self.serial),
            title: title.clone(),
            kind,
            service: Some(self.pick(&SERVICES).to_owned()),
            assignee: self.chance(0.8).then(|| self.pick(&PEOPLE).to_owned()),
            estimates: is_estimated.then_some(Estimates { points: Some(points), hours: None }),
            rank: self.rank.clone(),
            created_at: Some(Time(created)),
            ..Item::default()
        };
        self.event(&item, created, "created", |event| event.new = Some(title));
        if is_estimated {
            self.event(&item, created + DAY, "estimated", |event| event.new = Some(points.to_string()));
        }
        Draft { item, left_over: false, came_in: None }
    }

    fn plan_sprint(&mut self, n: i32, from: Date) -> (Sprint, i64, i64) {
        let (start, end) = (at(from, 9), at(from.checked_add((DAYS - 3).days()).unwrap_or(from), 16));
        let sprint = Sprint {
            connection: CONNECTION.to_owned(),
            id: format!("sprint-{}", n + 1),
            team: TEAM.to_owned(),
            name: format!("Sprint {}", n + 1),
            goal: Some(self.pick(&GOALS).to_owned()),
            starts_at: Time(start),
            ends_at: Time(end),
            ..Sprint::default()
        };
        self.sprint_event(&sprint.id, start - 3 * DAY, "planned", Some(sprint.ends_at.to_string()));
        (sprint, start, end)
    }

    fn sprint(&mut self, n: i32, from: Date, left: Vec<Draft>, goes_on: bool) -> Vec<Draft> {
        let (mut sprint, start, end) = self.plan_sprint(n, from);
        let mut drafts = left;
        let mut filled: f64 = drafts.iter().filter_map(|draft| draft.item.estimates?.points).sum();
        let fill = FILL + f64::from(self.rng.random_range(0..9u32)) - 4.0;
        while filled < fill {
            let draft = self.draft(start);
            filled += draft.item.estimates.and_then(|estimates| estimates.points).unwrap_or(2.0);
            self.event(&draft.item, start - DAY, "joined", |event| event.sprint = Some(sprint.id.clone()));
            drafts.push(draft);
        }
        self.sprint_event(&sprint.id, start, "started", None);
        sprint.started_at = Some(Time(start));
        for _ in 0..self.rng.random_range(1..4u32) {
            let joined = start + i64::from(self.rng.random_range(1..8u32)) * DAY;
            if joined < self.now.0 {
                let mut draft = self.draft(joined);
                let (reason, kind) = REASONS[self.rng.random_range(0..REASONS.len())];
                draft.item.kind = kind;
                draft.item.labels = Some(vec!["urgent".to_owned()]);
                draft.came_in = Some(joined);
                self.event(&draft.item, joined, "joined", |event| {
                    (event.sprint, event.reason) = (Some(sprint.id.clone()), Some(reason.to_owned()));
                });
                drafts.push(draft);
            }
        }
        self.estimate_anew(&mut drafts, start + 2 * DAY);
        for draft in &mut drafts {
            let from = draft.came_in.take().unwrap_or(start);
            self.work(draft, from, end);
        }
        if !goes_on {
            let close = end + 3_600_000_000;
            let is_met = drafts.iter().filter(|draft| draft.left_over).count() <= 2;
            let result = if is_met { "met" } else { "partly" };
            self.sprint_event(&sprint.id, close, "closed", Some(result.to_owned()));
            sprint.closed_at = Some(Time(close));
            sprint.goal_result = Some(result.to_owned());
            let next = format!("sprint-{}", n + 2);
            for draft in drafts.iter().filter(|draft| draft.left_over) {
                let reason = self.pick(&["waited for a review", "was larger than thought", "urgent work came first"]);
                self.event(&draft.item, close + 1, "joined", |event| {
                    (event.sprint, event.reason) = (Some(next.clone()), Some(reason.to_owned()));
                });
            }
        }
        self.records.push(Record::Sprint(sprint));
        drafts
    }

    /// Some work turns out larger than it was thought to be.
    fn estimate_anew(&mut self, drafts: &mut [Draft], at: i64) {
        if at > self.now.0 || !self.chance(0.5) {
            return;
        }
        let open =
            |draft: &&mut Draft| draft.item.state == ItemState::Backlog && draft.item.created_at < Some(Time(at));
        let Some(draft) = drafts.iter_mut().find(open) else { return };
        let Some(points) = draft.item.estimates.and_then(|estimates| estimates.points) else { return };
        let more = points + 3.0;
        draft.item.estimates = Some(Estimates { points: Some(more), hours: None });
        let item = draft.item.clone();
        self.event(&item, at, "estimated", |event| {
            (event.old, event.new) = (Some(points.to_string()), Some(more.to_string()));
        });
    }

    /// The team, and who is away around a day.
    fn people(&mut self, from: Date) {
        let day = |days: i32| from.checked_add(days.days()).unwrap_or(from);
        for (n, name) in PEOPLE.into_iter().enumerate() {
            let role = if n == 4 { "operations" } else { "development" };
            self.records.push(Record::Person(Person {
                connection: CONNECTION.to_owned(),
                id: name.to_owned(),
                name: name.to_owned(),
                role: Some(role.to_owned()),
                team: Some(TEAM.to_owned()),
                hours_per_day: Some(if n == 2 { 6.0 } else { 8.0 }),
            }));
        }
        let away = [
            (0, "leave", 16, 18),
            (1, "on_call", 14, 18),
            (3, "on_call", 21, 25),
            (2, "other", 22, 22),
            (4, "on_call", 0, 4),
        ];
        for (n, (person, kind, first, last)) in away.into_iter().enumerate() {
            self.records.push(Record::Absence(Absence {
                connection: CONNECTION.to_owned(),
                id: format!("away-{n}"),
                person: PEOPLE[person].to_owned(),
                from: day(first),
                to: day(last),
                kind: Some(kind.to_owned()),
                share: (kind == "other").then_some(0.5),
            }));
        }
    }

    fn planned(&mut self, n: i32, from: Date) {
        let (sprint, ..) = self.plan_sprint(n, from);
        self.records.push(Record::Sprint(sprint));
    }

    /// How an item goes through a sprint, as far as there has been time.
    fn work(&mut self, draft: &mut Draft, start: i64, end: i64) {
        let span = (end - start) as f64;
        let share = |share: f64| start + (span * share) as i64;
        let begun = share(self.rng.random_range(0.0..0.7));
        let review = begun + (span * self.rng.random_range(0.05..0.3)) as i64;
        let done = review + (span * self.rng.random_range(0.02..0.25)) as i64;
        let is_carried = draft.left_over;
        let item = &mut draft.item;
        let mut moved = Vec::new();
        let mut go = |item: &mut Item, at: i64, state: ItemState, now: Time| {
            if at <= now.0 && at <= end {
                moved.push((at, item.state, state));
                item.state = state;
                if state == ItemState::InProgress {
                    item.started_at = item.started_at.or(Some(Time(at)));
                }
                item.done_at = (state == ItemState::Done).then_some(Time(at));
            }
        };
        if !is_carried || item.state == ItemState::Backlog {
            go(item, begun, ItemState::InProgress, self.now);
        }
        if item.state == ItemState::InProgress {
            go(item, review, ItemState::InReview, self.now);
        }
        if item.state == ItemState::InReview {
            go(item, done, ItemState::Done, self.now);
        }
        draft.left_over = item.state != ItemState::Done;
        let item = draft.item.clone();
        for (at, old, new) in moved {
            self.event(&item, at, "state", |event| {
                (event.old, event.new) = (Some(old.as_str().to_owned()), Some(new.as_str().to_owned()));
            });
        }
    }
}
