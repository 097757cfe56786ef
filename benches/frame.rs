//! One frame's work, without painting, of the heavy pages at a million runs, and of the plan's charts at fifty thousand items.

#![allow(clippy::expect_used, clippy::allow_attributes, reason = "a benchmark without its data has nothing to measure")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use egui::{RawInput, Rect, pos2, vec2};
use gemba::engine::Workspace;
use gemba::ui::{App, Page};

#[path = "../tests/support/big.rs"]
mod big;
#[path = "../tests/support/big_plan.rs"]
#[allow(dead_code, reason = "its sizes are for another measurement")]
mod big_plan;

/// How many shapes it came to.
fn frame(ctx: &egui::Context, app: &mut App) -> usize {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0));
    app.step(ctx);
    let input = RawInput { screen_rect: Some(screen), ..RawInput::default() };
    let mut output = ctx.run_ui(input, |ui| app.frame_ui(ui));
    output.textures_delta.clear();
    output.shapes.len()
}

/// A page that has not asked yet looks settled, too: it must stay so for a while.
const QUIET: Duration = Duration::from_secs(2);

fn settle(ctx: &egui::Context, app: &mut App, page: Page) {
    app.show_page(page);
    let (begun, mut quiet_since, mut shapes) = (Instant::now(), Instant::now(), 0);
    while quiet_since.elapsed() < QUIET && begun.elapsed() < Duration::from_secs(120) {
        shapes = frame(ctx, app);
        if !app.is_settled() {
            quiet_since = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(shapes > LEAST_SHAPES, "{} shows {shapes} shapes only", page.id());
}

/// With fewer, a page shows what stands for what is to come.
const LEAST_SHAPES: usize = 60;

fn frames(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("big.db");
    let workspace = Workspace::open(&path).expect("a new workspace");
    big::fill(&workspace, folder.path(), 1_000_000, 150_000);
    drop(workspace);
    let ctx = egui::Context::default();
    let mut app = App::for_picture(&ctx, &path, Page::Delivery).expect("the engine's threads");
    let mut group = criterion.benchmark_group("frame");
    for page in [Page::Delivery, Page::Pipelines, Page::Loop] {
        settle(&ctx, &mut app, page);
        group.bench_function(page.id(), |b| b.iter(|| frame(&ctx, &mut app)));
    }
    // All of its sprints are closed, so the page begins with its charts.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = big_plan::filled(folder.path()).path().to_owned();
    let ctx = egui::Context::default();
    let mut app = App::for_picture(&ctx, &path, Page::Plan).expect("the engine's threads");
    settle(&ctx, &mut app, Page::Plan);
    group.bench_function("plan, charts", |b| b.iter(|| frame(&ctx, &mut app)));
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
