//! The whole Delivery page from a million runs and 150,000 deployments, and a change of its filter.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use gemba::engine::{DeliveryAsk, DeliveryView, PeriodChoice, RunsView, Snapshot};
use gemba::metrics::table::{RunQuery, RunSort};
use gemba::metrics::{Filter, Links};

#[path = "../tests/support/big.rs"]
mod big;

fn snapshot() -> Snapshot {
    Snapshot::of_data(big::data(1_000_000, 150_000), big::END)
}

fn delivery(criterion: &mut Criterion) {
    let snapshot = snapshot();
    println!("columns: {:.1} bytes a run", snapshot.data.runs.bytes() as f64 / snapshot.data.runs.len() as f64);
    let all = PeriodChoice::Dates { from: "2022-01-01".to_owned(), to: "2023-12-31".to_owned() };
    let mut group = criterion.benchmark_group("delivery");
    group.sample_size(20);
    for (name, period) in [("whole history", all.clone()), ("last 90 days", PeriodChoice::LastDays(90))] {
        let ask = DeliveryAsk { period, zone: "Europe/Berlin".to_owned(), ..DeliveryAsk::default() };
        group.bench_function(format!("page, {name}"), |b| b.iter(|| black_box(DeliveryView::new(&snapshot, &ask))));
    }
    let filter = Filter { services: vec![1, 2, 3], ..Filter::default() };
    let ask = DeliveryAsk { filter, period: all, zone: "Europe/Berlin".to_owned(), ..DeliveryAsk::default() };
    group.bench_function("filter of three services", |b| b.iter(|| black_box(DeliveryView::new(&snapshot, &ask))));
    group.bench_function("links of the whole history", |b| b.iter(|| black_box(Links::derive(&snapshot.data, false))));
    let runs = RunQuery { text: "main failed".to_owned(), descending: true, ..RunQuery::default() };
    group.bench_function("runs filtered by text", |b| b.iter(|| black_box(RunsView::new(&snapshot, &runs))));
    let sorted = RunQuery { sort: RunSort::Duration, ..RunQuery::default() };
    group.bench_function("runs sorted by duration", |b| b.iter(|| black_box(RunsView::new(&snapshot, &sorted))));
    group.finish();
}

criterion_group!(benches, delivery);
criterion_main!(benches);
