//! A round over ten thousand runs on loopback, against the same pages read and thrown away by the same client.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a measurement that cannot go on should stop there"
)]

#[path = "../tests/support/fault_server.rs"]
#[allow(dead_code, reason = "its faults are for tests")]
mod fault_server;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use criterion::{Criterion, criterion_group, criterion_main};
use fault_server::{Act, FaultServer};
use gemba::engine::{Cancel, ConnectionEntry, Secrets, Workspace};
use gemba::remote::{Http as _, Request, Transport, TransportOptions};

const RUNS: i64 = 10_000;
const PAGE: i64 = 200;

fn page(after: i64) -> String {
    let builds: Vec<String> = (after + 1..=(after + PAGE).min(RUNS))
        .map(|id| {
            let start = 1_700_000_000 + id * 60;
            format!(
                "{{\"buildid\":{id},\"builderid\":1,\"buildrequestid\":{id},\"number\":{id},\"complete\":true,\"results\":0,\
                 \"started_at\":{start},\"complete_at\":{},\"state_string\":\"build successful\",\"workerid\":1,\"masterid\":1,\
                 \"properties\":{{\"branch\":[\"main\",\"Build\"],\"got_revision\":[\"{id:040x}\",\"Git\"],\"owner\":[\"ann\",\"Build\"],\
                 \"reason\":[\"push\",\"Build\"],\"scheduler\":[\"all\",\"Scheduler\"]}}}}",
                start + 45
            )
        })
        .collect();
    format!("{{\"builds\":[{}],\"meta\":{{\"total\":{}}}}}", builds.join(","), builds.len())
}

fn after_in(head: &str) -> i64 {
    let from = head.split("buildid__gt=").nth(1).unwrap_or("0");
    from.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

fn sync(c: &mut Criterion) {
    let pages: Vec<String> = (0..=RUNS / PAGE).map(|n| page(n * PAGE)).collect();
    let server = FaultServer::answering(move |head| {
        let answer = if head.contains("/builders") {
            "{\"builders\":[{\"builderid\":1,\"name\":\"deploy\"}]}"
        } else if head.contains("/forceschedulers") {
            "{\"forceschedulers\":[{\"name\":\"f\"}]}"
        } else {
            &pages[(after_in(head) / PAGE) as usize]
        };
        Act::answer(200, answer)
    });
    let mut group = c.benchmark_group("sync of 10,000 runs");
    group.sample_size(10);
    group.bench_function("plain pages", |b| {
        b.iter(|| {
            let options = TransportOptions { base: server.url(), ..TransportOptions::default() };
            let transport = Transport::new(options, Arc::default(), Arc::new(AtomicBool::new(false))).unwrap();
            let mut read = 0;
            for after in (0..=RUNS).step_by(PAGE as usize) {
                read += transport.send(&Request::get("api/v2/builds").with("buildid__gt", after)).unwrap().body.len();
            }
            read
        });
    });
    group.bench_function("a round into a new workspace", |b| {
        let ready = || {
            let folder = tempfile::tempdir().unwrap();
            let workspace = Workspace::open(&folder.path().join("g.db")).unwrap();
            let entry = ConnectionEntry {
                name: "ci".to_owned(),
                system: "buildbot".to_owned(),
                base: server.url(),
                ..ConnectionEntry::default()
            };
            workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
            (folder, workspace)
        };
        b.iter_batched(
            ready,
            |(folder, workspace)| {
                let entry = workspace.connection("ci").unwrap();
                let report = workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap();
                assert_eq!(report.total().new as i64, RUNS);
                (folder, workspace)
            },
            criterion::BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, sync);
criterion_main!(benches);
