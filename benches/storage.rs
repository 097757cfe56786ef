//! Import to disk and load from it, at a million runs.

#![allow(clippy::expect_used, clippy::allow_attributes, reason = "a benchmark without its data has nothing to measure")]

use std::hint::black_box;
use std::io::Write as _;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gemba::engine::{Cancel, ImportRequest, Workspace};

const RECORDS: u64 = 300_000;
const RUNS: u64 = 1_000_000;

fn write_runs(path: &std::path::Path, runs: u64) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).expect("a file in a temporary folder"));
    writeln!(file, r#"{{"type":"header","format":"gemba-jsonl","version":1}}"#).expect("room on the disk");
    for n in 0..runs {
        let minute = n % 60;
        let day = 1 + (n / 60) % 28;
        let status = if n % 9 == 0 { "failed" } else { "succeeded" };
        writeln!(
            file,
            r#"{{"type":"run","pipeline":"p{}","id":"{n}","status":"{status}","number":{n},"service":"s{}","branch":"main","sha":"{n:040x}","actor":"a{}","event":"push","created_at":"2024-03-{day:02}T09:{minute:02}:00Z","started_at":"2024-03-{day:02}T09:{minute:02}:05Z","finished_at":"2024-03-{day:02}T10:{minute:02}:00Z"}}"#,
            n % 40,
            n % 12,
            n % 50
        )
        .expect("room on the disk");
    }
}

fn storage(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("runs.jsonl");
    write_runs(&file, RECORDS);
    let mut group = criterion.benchmark_group("storage");
    group.sample_size(10);
    group.throughput(Throughput::Elements(RECORDS));
    group.bench_function("import of JSON Lines to disk", |b| {
        b.iter_batched(
            || tempfile::tempdir().expect("a temporary folder"),
            |home| {
                let workspace = Workspace::open(&home.path().join("g.db")).expect("a new workspace");
                let request = ImportRequest::of_path(&file);
                black_box(workspace.import(&request, &Cancel::default(), |_| {}).expect("an import"));
                home
            },
            BatchSize::PerIteration,
        );
    });
    let big = folder.path().join("big.jsonl");
    write_runs(&big, RUNS);
    let workspace = Workspace::open(&folder.path().join("big.db")).expect("a new workspace");
    workspace.import(&ImportRequest::of_path(&big), &Cancel::default(), |_| {}).expect("an import");
    group.throughput(Throughput::Elements(RUNS));
    group.bench_function("load of a million runs", |b| b.iter(|| black_box(workspace.load_data().expect("columns"))));
    group.finish();
}

criterion_group!(benches, storage);
criterion_main!(benches);
