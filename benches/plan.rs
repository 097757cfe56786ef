//! The plan of a large workspace: 50,000 items with 500,000 events in 200 sprints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a measurement that cannot go on should stop there"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use gemba::metrics::plan::filter::{Beside, ItemFilter};
use gemba::metrics::plan::flow::states_a_day;
use gemba::metrics::plan::forecast::{CONFIDENCES, Draws, Forecast, calibrate};
use gemba::metrics::plan::ledger::{ItemFact, SprintFacts, Unit, What, fold};
use gemba::model::Time;
use gemba::model::plan::{Estimates, Item, ItemState};

#[path = "../tests/support/big_plan.rs"]
mod big_plan;

use big_plan::{DAY, ITEMS, SPRINTS};

/// Ten events an item, in a sprint of two weeks.
fn facts() -> (Vec<SprintFacts>, Vec<ItemFact>) {
    let start = |sprint: u32| Time(1_600_000_000_000_000 + i64::from(sprint) * 14 * DAY);
    let sprints = (0..SPRINTS).map(|number| SprintFacts {
        number,
        started_at: Some(start(number)),
        ends: vec![(start(number), Time(start(number).0 + 13 * DAY))],
        closed_at: Some(Time(start(number).0 + 13 * DAY)),
    });
    let mut facts = Vec::new();
    for item in 0..ITEMS {
        let sprint = item % SPRINTS;
        let from = start(sprint).0 - DAY;
        let whats = [
            What::Points(Some(f64::from(item % 8))),
            What::Joined(sprint),
            What::State(ItemState::Ready),
            What::State(ItemState::InProgress),
            What::Points(Some(f64::from(item % 5))),
            What::State(ItemState::InReview),
            What::State(ItemState::InProgress),
            What::State(ItemState::InReview),
            What::Hours(Some(3.0)),
            What::State(ItemState::Done),
        ];
        for (seq, what) in whats.into_iter().enumerate() {
            let at = Time(from + seq as i64 * DAY + i64::from(item) * 1_000_000);
            facts.push(ItemFact { item, at, seq: seq as u32, what, reason: None });
        }
    }
    facts.sort_by_key(|fact| (fact.at, fact.seq));
    (sprints.collect(), facts)
}

fn plan(c: &mut Criterion) {
    let (sprints, facts) = facts();
    let now = Time(1_900_000_000_000_000);
    let mut group = c.benchmark_group("plan of 50,000 items and 500,000 events");
    group.bench_function("one sprint folded", |b| {
        b.iter(|| fold(&sprints[100], &facts, Unit::Points, 0.0, now).unwrap())
    });
    let days: Vec<u32> = (0..90).map(|day| (day * 7 % 11) % 6).collect();
    for (name, draws) in [("daily", Draws::Daily), ("weekly", Draws::Weekly)] {
        let forecast = Forecast::new(days.clone(), draws).unwrap();
        group.bench_function(format!("how many in 90 days, {name}"), |b| {
            b.iter(|| forecast.how_many(90, &CONFIDENCES).unwrap());
        });
        group.bench_function(format!("when 100 items, {name}"), |b| b.iter(|| forecast.when(100, &CONFIDENCES)));
        group.bench_function(format!("how many in 1,000 days, {name}"), |b| {
            b.iter(|| forecast.how_many(1000, &CONFIDENCES).unwrap());
        });
        group.bench_function(format!("when 3,000 items, {name}"), |b| b.iter(|| forecast.when(3000, &CONFIDENCES)));
    }
    let items: Vec<Item> = (0..ITEMS)
        .map(|n| Item {
            id: format!("SHOP-{n}"),
            title: format!("Pay by card in shop number {n}, when the basket holds more than one thing"),
            estimates: Some(Estimates { points: Some(f64::from(n % 8)), hours: None }),
            labels: Some(vec!["checkout".to_owned()]),
            ..Item::default()
        })
        .collect();
    for text in ["card 4711", "points>5 label:checkout -is:unestimated"] {
        let filter = ItemFilter::parse(text).unwrap();
        group.bench_function(format!("filtered by {text}"), |b| {
            b.iter(|| items.iter().filter(|item| filter.matches(item, Beside::default())).count());
        });
    }
    let created: Vec<Option<Time>> = (0..ITEMS).map(|n| Some(Time(1_600_000_000_000_000 + i64::from(n)))).collect();
    let (from, to) = (jiff::civil::date(2025, 1, 1), jiff::civil::date(2025, 3, 31));
    group.bench_function("cumulative flow of 90 days", |b| {
        b.iter(|| states_a_day(&facts, &created, from, to, &jiff::tz::TimeZone::UTC));
    });
    let history: Vec<u32> = (0..400).map(|day| (day * 7 % 11) % 6).collect();
    group.bench_function("calibration of 26 weeks", |b| b.iter(|| calibrate(&history, 90, 14, 26, Draws::Weekly)));
    group.finish();
}

fn page(c: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = big_plan::filled(folder.path());
    let mut group = c.benchmark_group("plan of 50,000 items and 500,000 events");
    group.sample_size(10);
    group.bench_function("loaded from disk", |b| b.iter(|| workspace.plan().unwrap().items.len()));
    group.bench_function("loaded, with the whole page made of it", |b| {
        b.iter(|| workspace.plan_view(Some("Sprint 100")).unwrap().members.len());
    });
    group.finish();
}

criterion_group!(benches, plan, page);
criterion_main!(benches);
