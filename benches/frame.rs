//! One frame's work, without painting, of the two heavy pages at a million runs.

#![allow(clippy::expect_used, clippy::allow_attributes, reason = "a benchmark without its data has nothing to measure")]

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use egui::{RawInput, Rect, pos2, vec2};
use gemba::engine::Workspace;
use gemba::ui::{App, Page};

#[path = "../tests/support/big.rs"]
mod big;

fn frame(ctx: &egui::Context, app: &mut App) {
    let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(1280.0, 800.0));
    app.step(ctx);
    let input = RawInput { screen_rect: Some(screen), ..RawInput::default() };
    let mut output = ctx.run_ui(input, |ui| app.frame_ui(ui));
    output.textures_delta.clear();
}

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
        app.show_page(page);
        let begun = Instant::now();
        while !app.is_settled() && begun.elapsed() < Duration::from_secs(120) {
            frame(&ctx, &mut app);
        }
        for _ in 0..10 {
            frame(&ctx, &mut app);
        }
        group.bench_function(page.id(), |b| b.iter(|| frame(&ctx, &mut app)));
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
