//! Data of any size, seeded: for benchmarks and for tests that compare ways of counting.

#![allow(
    dead_code,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "each user takes its part, and stops where it cannot go on"
)]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use gemba::engine::{Cancel, ImportRequest, Workspace};
use gemba::model::columns::*;
use gemba::model::record::{CauseState, EnvironmentClass};
use gemba::model::{Status, Time};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub const START: Time = Time(1_640_995_200_000_000);
pub const END: Time = Time(1_704_067_200_000_000);
const SERVICES: u32 = 50;

fn entry(key: u32, name: String) -> NamedEntry {
    NamedEntry { key, connection: "file".to_owned(), id: name.clone(), name }
}

fn catalog() -> Catalog {
    let environment = |key, id: &str, class| EnvironmentEntry {
        key,
        connection: "file".to_owned(),
        id: id.to_owned(),
        name: id.to_owned(),
        class,
        order: 0,
        placeholder: false,
    };
    Catalog {
        teams: vec![entry(1, "team".to_owned())],
        services: (1..=SERVICES)
            .map(|key| ServiceEntry {
                key,
                connection: "file".to_owned(),
                id: format!("s{key}"),
                name: format!("s{key}"),
                team: 1,
                repo: None,
                placeholder: false,
            })
            .collect(),
        environments: vec![
            environment(1, "production", EnvironmentClass::Production),
            environment(2, "staging", EnvironmentClass::Staging),
        ],
        pipelines: (1..=SERVICES).map(|key| entry(key, format!("p{key}"))).collect(),
        words: [(1, "main"), (2, "topic"), (3, "ada")].into_iter().map(|(k, w)| (k, w.into())).collect(),
        branches: vec![1, 2],
    }
}

/// Columns as the store would load them.
pub fn data(runs: usize, deployments: usize) -> Data {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let span = END.0 - START.0;
    let mut run_columns = Runs::with_capacity(runs);
    for n in 0..runs {
        let at = (START.0 + span / runs as i64 * n as i64) / 1000 * 1000;
        let service = rng.random_range(1..=SERVICES);
        let started = at + rng.random_range(0..60_000) * 1000;
        run_columns.push(RunRow {
            key: n as u32 + 1,
            pipeline: service,
            service,
            branch: rng.random_range(1..=2),
            actor: 3,
            status: if rng.random_bool(0.12) { Status::Failed } else { Status::Succeeded },
            at,
            started,
            finished: started + rng.random_range(1_000..1_800_000) * 1000,
            number: n as u32 + 1,
            is_child: false,
        });
    }
    let commits_each = 4;
    let (mut d, mut commits) = (Deployments::default(), Commits::default());
    for n in 0..deployments {
        let finished = START.0 + span / deployments as i64 * n as i64 + rng.random_range(0..1000);
        let service = rng.random_range(1..=SERVICES);
        d.key.push(n as u32 + 1);
        d.service.push(service);
        d.environment.push(if rng.random_bool(0.9) { 1 } else { 2 });
        d.pipeline.push(service);
        d.branch.push(1);
        d.status.push(if rng.random_bool(0.06) { Status::Failed } else { Status::Succeeded });
        d.flags.push(if rng.random_bool(0.03) { flag::REWORK } else { 0 });
        d.started.push(finished - 300_000_000);
        d.finished.push(finished);
        d.run_started.push(finished - 900_000_000);
        d.failed_stage.push(NO_TIME);
        d.version.push(n as u32);
        d.sha.push(NO_CODE);
        d.rollback_of.push(NO_CODE);
        d.run.push(NO_CODE);
        let first = commits.key.len() as u32;
        for _ in 0..commits_each {
            commits.key.push(commits.key.len() as u32 + 1);
            commits.repo.push(1);
            commits.author.push(3);
            let lead = (rng.random_range(1.0f64..15.0).exp() * 1e6) as i64;
            commits.authored.push(finished - lead);
            commits.committed.push(finished - lead + 1_000_000);
            commits.parents.push([]);
        }
        d.commits.push(first..first + commits_each);
        d.changes.push([]);
    }
    let mut incidents = Incidents::default();
    for row in (0..deployments).step_by(20) {
        incidents.key.push(row as u32 + 1);
        incidents.service.push(d.service[row]);
        incidents.environment.push(1);
        incidents.severity.push(2);
        incidents.began.push(d.finished[row] + 600_000_000);
        incidents.detected.push(d.finished[row] + 900_000_000);
        incidents.mitigated.push(NO_TIME);
        incidents.resolved.push(d.finished[row] + rng.random_range(1_000..50_000) * 1_000_000);
        incidents.causes.push(vec![(row as u32, CauseState::Confirmed)]);
    }
    Data {
        catalog: Arc::new(catalog()),
        runs: Arc::new(run_columns),
        deployments: Arc::new(d),
        commits: Arc::new(commits),
        incidents: Arc::new(incidents),
        ..Data::default()
    }
}

/// Fills a workspace with as much, through the import.
pub fn fill(workspace: &Workspace, folder: &Path, runs: usize, deployments: usize) {
    let file = folder.join("big.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).expect("a file"));
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let span = END.0 - START.0;
    let mut line = |text: String| writeln!(out, "{text}").expect("room on the disk");
    line(r#"{"type":"environment","id":"production","name":"Production","class":"production"}"#.to_owned());
    for n in 0..runs {
        let at = START.0 + span / runs as i64 * n as i64;
        let service = rng.random_range(1..=SERVICES);
        let status = if rng.random_bool(0.12) { "failed" } else { "succeeded" };
        line(format!(
            r#"{{"type":"run","pipeline":"p{service}","id":"{n}","status":"{status}","number":{n},"service":"s{service}","branch":"main","sha":"{n:040x}","created_at":"{}","started_at":"{}","finished_at":"{}"}}"#,
            Time(at),
            Time(at + 5_000_000),
            Time(at + rng.random_range(10..1800) * 1_000_000),
        ));
    }
    for n in 0..deployments {
        let finished = START.0 + span / deployments as i64 * n as i64;
        let service = rng.random_range(1..=SERVICES);
        let status = if rng.random_bool(0.06) { "failed" } else { "succeeded" };
        let authored = Time(finished - (rng.random_range(1.0f64..14.0).exp() * 1e6) as i64);
        line(format!(r#"{{"type":"commit","repo":"r","sha":"c{n}","authored_at":"{authored}"}}"#));
        line(format!(
            r#"{{"type":"deployment","id":"d{n}","service":"s{service}","environment":"production","status":"{status}","version":"v{n}","finished_at":"{}","commits":["c{n}"]}}"#,
            Time(finished),
        ));
    }
    drop(out);
    workspace.import(&ImportRequest::of_path(file), &Cancel::default(), |_| {}).expect("an import");
}
