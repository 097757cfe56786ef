//! The five metrics: laws that hold for any data, worked cases, and a second way of counting in SQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::sync::Arc;

use gemba::metrics::series::Bucket;
use gemba::metrics::{Calendar, Cut, Definition, Explain, Filter, Links, Period, Query, Reason};
use gemba::model::columns::*;
use gemba::model::record::{CauseState, EnvironmentClass};
use gemba::model::{Status, Time};
use proptest::prelude::*;

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_704_067_200_000_000; // 2024-01-01 UTC

/// One deployment of a case: when, how, what it carries.
#[derive(Clone, Debug)]
struct Deploy {
    at: i64,
    service: u32,
    environment: u32,
    status: Status,
    version: u32,
    /// Lead times of its commits.
    leads: Vec<i64>,
    incident: Option<(i64, Option<i64>, CauseState)>,
    rework: bool,
    rollback_of: Option<usize>,
}

impl Deploy {
    fn ok(at: i64) -> Self {
        Self {
            at,
            service: 1,
            environment: 1,
            status: Status::Succeeded,
            version: NO_CODE,
            leads: Vec::new(),
            incident: None,
            rework: false,
            rollback_of: None,
        }
    }
}

fn data(deploys: &[Deploy]) -> Data {
    let mut order: Vec<usize> = (0..deploys.len()).collect();
    order.sort_by_key(|&i| (deploys[i].at, i));
    let mut place = vec![0; deploys.len()];
    for (row, &i) in order.iter().enumerate() {
        place[i] = row as u32;
    }
    let (mut d, mut commits, mut incidents) = (Deployments::default(), Commits::default(), Incidents::default());
    let mut begun = Vec::new();
    for (row, &i) in order.iter().enumerate() {
        let deploy = &deploys[i];
        d.key.push(i as u32 + 1);
        d.service.push(deploy.service);
        d.environment.push(deploy.environment);
        d.pipeline.push(deploy.service);
        d.branch.push(NO_CODE);
        d.status.push(deploy.status);
        d.flags.push(if deploy.rework { flag::REWORK } else { 0 });
        d.started.push(NO_TIME);
        d.finished.push(deploy.at);
        d.run_started.push(NO_TIME);
        d.failed_stage.push(NO_TIME);
        d.version.push(deploy.version);
        d.sha.push(NO_CODE);
        d.rollback_of.push(deploy.rollback_of.map_or(NO_CODE, |target| place[target]));
        d.run.push(NO_CODE);
        let first = commits.key.len() as u32;
        for lead in &deploy.leads {
            commits.key.push(commits.key.len() as u32 + 1);
            commits.repo.push(1);
            commits.author.push(NO_CODE);
            commits.authored.push(deploy.at - lead);
            commits.committed.push(NO_TIME);
            commits.parents.push([]);
        }
        d.commits.push(first..commits.key.len() as u32);
        d.changes.push([]);
        if let Some((began, ended, state)) = deploy.incident {
            begun.push((deploy.at + began, deploy.service, ended.map(|ended| deploy.at + ended), row as u32, state));
        }
    }
    begun.sort_by_key(|incident| incident.0);
    for (began, service, ended, row, state) in begun {
        incidents.key.push(incidents.key.len() as u32 + 1);
        incidents.service.push(service);
        incidents.environment.push(1);
        incidents.severity.push(2);
        incidents.began.push(began);
        incidents.detected.push(NO_TIME);
        incidents.mitigated.push(NO_TIME);
        incidents.resolved.push(ended.unwrap_or(NO_TIME));
        incidents.causes.push(vec![(row, state)]);
    }
    let environment = |key, class| EnvironmentEntry {
        key,
        connection: "file".to_owned(),
        id: format!("e{key}"),
        name: format!("e{key}"),
        class,
        order: 0,
        placeholder: false,
    };
    let catalog = Catalog {
        environments: vec![environment(1, EnvironmentClass::Production), environment(2, EnvironmentClass::Staging)],
        ..Catalog::default()
    };
    Data {
        catalog: Arc::new(catalog),
        deployments: Arc::new(d),
        commits: Arc::new(commits),
        incidents: Arc::new(incidents),
        ..Data::default()
    }
}

fn period(zone: &str) -> Period {
    Period::between("2024-01-01".parse().unwrap(), "2024-03-31".parse().unwrap(), zone).unwrap()
}

fn with<T>(deploys: &[Deploy], period: &Period, definition: &Definition, ask: impl FnOnce(&Query<'_>) -> T) -> T {
    let data = data(deploys);
    let links = Links::derive(&data, false);
    ask(&Query::new(&data, &links, &Filter::default(), period, definition, &Calendar::default()))
}

fn dora<T>(deploys: &[Deploy], ask: impl FnOnce(&Query<'_>) -> T) -> T {
    with(deploys, &period("UTC"), &Definition::default(), ask)
}

#[test]
fn without_data_every_figure_is_empty_and_none_is_zero() {
    let figures = dora(&[], |q| q.figures());
    assert_eq!(figures.deployment_frequency.deployments, 0);
    assert_eq!(figures.change_lead_time.value_s, None);
    assert_eq!(figures.change_fail_rate.rate, None);
    assert_eq!(figures.recovery_time.value_s, None);
    assert_eq!(figures.rework_rate.rate, None);
    assert_eq!(figures.deployment_frequency.deploy_days_median_week, Some(0.0));
}

#[test]
fn a_failure_by_effect_counts_and_a_failed_run_does_not() {
    let cases = [
        Deploy { incident: Some((HOUR, Some(3 * HOUR), CauseState::Confirmed)), ..Deploy::ok(START + DAY) },
        Deploy { incident: Some((HOUR, Some(3 * HOUR), CauseState::Suspected)), ..Deploy::ok(START + 2 * DAY) },
        Deploy { status: Status::Failed, ..Deploy::ok(START + 3 * DAY) },
        Deploy { status: Status::Cancelled, ..Deploy::ok(START + 4 * DAY) },
        Deploy { environment: 2, ..Deploy::ok(START + 5 * DAY) },
    ];
    let figures = dora(&cases, |q| q.figures());
    let fail = &figures.change_fail_rate;
    assert_eq!((fail.failed, fail.total, fail.not_reached), (1, 2, 1));
    assert_eq!(figures.deployment_frequency.deployments, 2);
    assert_eq!(figures.recovery_time.median_s, Some(3.0 * 3600.0));
}

#[test]
fn going_back_to_an_earlier_version_fails_the_one_replaced() {
    // V1 → V2 → V3 → V1: the one that ran when production went back is the failed one.
    let version = |n: i64, version| Deploy { version, ..Deploy::ok(START + n * DAY) };
    let back = [version(1, 1), version(2, 2), version(3, 3), version(4, 1)];
    let evidence = dora(&back, |query| query.explain(Explain::Fail));
    let failed: Vec<_> =
        evidence.counted.iter().filter(|row| row.value_s == Some(1.0)).map(|row| row.deployment).collect();
    assert_eq!(failed, [Some(2)]);
    // The same version twice is no way back, and forward again is none either.
    let again = [version(1, 1), version(2, 1), version(3, 2)];
    assert_eq!(dora(&again, |q| q.fail()).failed, 0);
    let forward = [version(1, 1), version(2, 2), version(3, 1), version(4, 2)];
    assert_eq!(dora(&forward, |q| q.fail()).failed, 1);
}

#[test]
fn a_failure_without_an_incident_ends_with_the_next_success() {
    let cases = [
        Deploy::ok(START + DAY),
        Deploy { rollback_of: Some(0), ..Deploy::ok(START + DAY + 2 * HOUR) },
        Deploy { service: 2, ..Deploy::ok(START + DAY + HOUR) },
    ];
    let recovery = dora(&cases, |q| q.recovery());
    assert_eq!((recovery.n, recovery.open, recovery.median_s), (1, 0, Some(7200.0)));
}

#[test]
fn an_open_failure_is_shown_and_not_averaged() {
    let cases = [
        Deploy { incident: Some((HOUR, None, CauseState::Confirmed)), ..Deploy::ok(START + DAY) },
        Deploy::ok(START + 2 * DAY),
    ];
    let recovery = dora(&cases, |q| q.recovery());
    assert_eq!((recovery.n, recovery.open, recovery.median_s), (0, 1, None));
}

#[test]
fn what_is_over_without_a_time_and_what_is_only_suspected_are_named() {
    let cases = [
        Deploy { at: NO_TIME, ..Deploy::ok(0) },
        Deploy { incident: Some((HOUR, None, CauseState::Suspected)), ..Deploy::ok(START + DAY) },
    ];
    let reasons =
        |metric| dora(&cases, |q| q.explain(metric)).left_out.iter().map(|row| row.reason).collect::<Vec<_>>();
    assert_eq!(reasons(Explain::Frequency), [Reason::EndUnknown]);
    assert_eq!(reasons(Explain::Fail), [Reason::EndUnknown, Reason::Suspected]);
}

#[test]
fn a_negative_span_is_left_out_for_its_clock() {
    let cases = [Deploy { leads: vec![HOUR, -HOUR], ..Deploy::ok(START + DAY) }];
    let evidence = dora(&cases, |query| query.explain(Explain::Lead));
    assert_eq!(evidence.counted.len(), 1);
    assert_eq!(evidence.left_out[0].reason, Reason::Clock);
    assert_eq!(dora(&cases, |query| query.left_out()), [(Reason::Clock, 1)]);
}

#[test]
fn a_commit_counts_at_its_first_arrival_only() {
    let deploy = |at| Deploy { leads: vec![2 * HOUR], ..Deploy::ok(at) };
    let mut twice = data(&[deploy(START + DAY), deploy(START + 2 * DAY)]);
    let d = Arc::make_mut(&mut twice.deployments);
    d.commits = Lists::from_pairs(2, [(0, 0), (1, 0)]);
    let links = Links::derive(&twice, false);
    let (period, definition, calendar, filter) =
        (period("UTC"), Definition::default(), Calendar::default(), Filter::default());
    let query = Query::new(&twice, &links, &filter, &period, &definition, &calendar);
    assert_eq!(query.lead().n, 1);
    assert_eq!(query.lead().median_s, Some(7200.0));
}

#[test]
fn the_git_graph_gives_what_came_between_two_shas() {
    // 0 ← 1 ← 2 ← 3: 1 is deployed first, 3 next. What 1 brought is unknown; 3 brought 2 and 3.
    let mut case = data(&[Deploy::ok(START + DAY), Deploy::ok(START + 2 * DAY)]);
    let mut commits = Commits::default();
    for n in 0..4u32 {
        commits.key.push(n + 1);
        commits.repo.push(1);
        commits.author.push(NO_CODE);
        commits.authored.push(START + i64::from(n) * HOUR);
        commits.committed.push(NO_TIME);
        commits.parents.push(n.checked_sub(1));
    }
    case.commits = Arc::new(commits);
    let d = Arc::make_mut(&mut case.deployments);
    d.sha = vec![1, 3];
    let links = Links::derive(&case, false);
    assert!(links.first_of_place.contains(&0));
    let mut brought: Vec<u32> = links.arrivals(1).iter().map(|arrival| arrival.sha).collect();
    brought.sort_unstable();
    assert_eq!(brought, [2, 3]);
}

#[test]
fn commits_of_runs_that_did_not_deploy_wait_for_the_next_that_does() {
    let mut case = data(&[
        Deploy { leads: vec![5 * HOUR], ..Deploy::ok(START + DAY) },
        Deploy { leads: vec![6 * HOUR], ..Deploy::ok(START + 3 * DAY) },
    ]);
    let d = Arc::make_mut(&mut case.deployments);
    d.commits = Lists::from_pairs(2, []);
    let mut runs = RunCommits::default();
    for (run, at, sha) in [(1, START + DAY, 0), (2, START + 2 * DAY, 1)] {
        runs.run.push(run);
        runs.pipeline.push(1);
        runs.at.push(at);
        runs.shas.push([sha]);
    }
    case.run_commits = Arc::new(runs);
    let links = Links::derive(&case, false);
    assert_eq!(links.arrivals(0).len(), 1);
    assert_eq!(links.arrivals(1).len(), 1);
}

fn any_deploy() -> impl Strategy<Value = Deploy> {
    let status = prop_oneof![
        8 => Just(Status::Succeeded),
        1 => Just(Status::Warnings),
        2 => Just(Status::Failed),
        1 => Just(Status::Cancelled),
    ];
    let state = prop_oneof![Just(CauseState::Confirmed), Just(CauseState::Suspected), Just(CauseState::Rejected)];
    let incident = prop::option::weighted(0.3, (0..5 * HOUR, prop::option::of(5 * HOUR..90 * HOUR), state));
    let leads = prop::collection::vec(-HOUR..200 * HOUR, 0..4);
    (0..91 * DAY, 1u32..4, 1u32..3, status, 0u32..6, leads, incident, any::<bool>()).prop_map(
        |(at, service, environment, status, version, leads, incident, rework)| Deploy {
            at: START + at,
            service,
            environment,
            status,
            version,
            leads,
            incident,
            rework,
            rollback_of: None,
        },
    )
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("UTC"),
        Just("Europe/Berlin"),
        Just("Asia/Kathmandu"),
        Just("Pacific/Kiritimati"),
        Just("America/New_York"),
        Just("+05:45"),
        Just("Australia/Lord_Howe")
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_sum_of_the_buckets_is_the_total_in_every_zone(deploys in prop::collection::vec(any_deploy(), 0..40), zone in zones()) {
        let period = period(zone);
        for cut in [Cut::Day, Cut::Week, Cut::Month] {
            let (figures, series) = with(&deploys, &period, &Definition::default(), |q| (q.figures(), q.series(cut, Time(i64::MAX))));
            let sum = |pick: fn(&Bucket) -> u64| series.buckets.iter().map(pick).sum::<u64>();
            prop_assert_eq!(sum(|b| b.deployments), figures.deployment_frequency.deployments);
            prop_assert_eq!(sum(|b| b.lead_n), figures.change_lead_time.n);
            prop_assert_eq!((sum(|b| b.failed), sum(|b| b.total)), (figures.change_fail_rate.failed, figures.change_fail_rate.total));
            prop_assert_eq!(sum(|b| b.rework), figures.rework_rate.rework);
            let open = |q: &Query<'_>| {
                let buckets = period.cuts(cut).windows(2).map(|pair| Period { from: pair[0], to: pair[1], ..period.clone() }).collect::<Vec<_>>();
                buckets.iter().map(|bucket| q.in_bucket(bucket).recovery().open).sum::<u64>()
            };
            prop_assert_eq!(with(&deploys, &period, &Definition::default(), open), figures.recovery_time.open);
        }
    }

    #[test]
    fn the_order_of_input_does_not_matter(deploys in prop::collection::vec(any_deploy(), 1..30), by in 0usize..30) {
        let mut distinct = deploys.clone();
        distinct.sort_by_key(|d| d.at);
        distinct.dedup_by_key(|d| d.at);
        let mut turned = distinct.clone();
        let n = turned.len();
        turned.rotate_left(by % n);
        prop_assert_eq!(dora(&distinct, |q| q.figures()), dora(&turned, |q| q.figures()));
    }

    #[test]
    fn moving_the_period_changes_no_link(deploys in prop::collection::vec(any_deploy(), 1..30), split in 1i64..90) {
        let whole = period("UTC");
        let middle = Time(START + split * DAY);
        let (first, second) = (Period { to: middle, ..whole.clone() }, Period { from: middle, ..whole.clone() });
        let figures = |period: &Period| with(&deploys, period, &Definition::default(), |q| q.figures());
        let (all, a, b) = (figures(&whole), figures(&first), figures(&second));
        prop_assert_eq!(all.change_fail_rate.failed, a.change_fail_rate.failed + b.change_fail_rate.failed);
        prop_assert_eq!(all.change_lead_time.n, a.change_lead_time.n + b.change_lead_time.n);
        prop_assert_eq!(all.deployment_frequency.deployments, a.deployment_frequency.deployments + b.deployment_frequency.deployments);
    }

    #[test]
    fn adding_a_failure_never_lowers_the_fail_rate(deploys in prop::collection::vec(any_deploy(), 1..30), at in 0..91 * DAY) {
        let before = dora(&deploys, |q| q.fail()).rate.unwrap_or(0.0);
        let mut more = deploys.clone();
        // A service of its own, so that it takes nobody's place.
        let incident = Some((HOUR, Some(2 * HOUR), CauseState::Confirmed));
        more.push(Deploy { service: 9, incident, ..Deploy::ok(START + at) });
        prop_assert!(dora(&more, |q| q.fail()).rate.unwrap() >= before);
    }

    #[test]
    fn delaying_a_recovery_never_lowers_its_median(deploys in prop::collection::vec(any_deploy(), 1..30), which in 0usize..30, delay in 0..10 * HOUR) {
        let far = Period { to: Time(i64::MAX / 2), ..period("UTC") };
        let median = |deploys: &[Deploy]| with(deploys, &far, &Definition::default(), |q| q.recovery()).median_s;
        let mut later = deploys.clone();
        let n = later.len();
        if let Some((_, Some(ended), _)) = &mut later[which % n].incident {
            *ended += delay;
        }
        if let (Some(before), Some(after)) = (median(&deploys), median(&later)) {
            prop_assert!(after >= before);
        }
    }

    #[test]
    fn every_definition_answers_without_a_fault(deploys in prop::collection::vec(any_deploy(), 0..25), zone in zones()) {
        for preset in &gemba::metrics::PRESETS {
            let period = period(zone);
            let (figures, left_out) = with(&deploys, &period, &preset.definition, |q| (q.figures(), q.left_out()));
            prop_assert!(figures.change_fail_rate.failed <= figures.change_fail_rate.total.max(figures.change_fail_rate.failed));
            prop_assert!(left_out.iter().all(|(_, n)| *n > 0));
        }
    }
}

#[path = "support/big.rs"]
mod big;

/// The default definition once more, in SQL on the stored rows, against the columns.
#[test]
fn sql_and_columns_agree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("g.db");
    let workspace = gemba::engine::Workspace::open(&path).unwrap();
    big::fill(&workspace, folder.path(), 500, 3_000);
    let snapshot = workspace.load().unwrap();
    let (from, to) = (big::START, big::END);
    let period =
        Period::between(gemba::metrics::DateOrTime::Time(from), gemba::metrics::DateOrTime::Time(to), "UTC").unwrap();
    let (definition, calendar, filter) = (Definition::default(), Calendar::default(), Filter::default());
    let query = Query::new(&snapshot.data, &snapshot.links, &filter, &period, &definition, &calendar);
    let figures = query.figures();
    let db = rusqlite::Connection::open(&path).unwrap();
    let production = "JOIN environment e ON e.key = d.environment AND e.class = 'production' \
                      WHERE d.finished_at >= ?1 AND d.finished_at < ?2";
    let count: i64 = db
        .query_row(
            &format!("SELECT count(*) FROM deployment d {production} AND d.status IN ('succeeded', 'warnings')"),
            [from.0, to.0],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(figures.deployment_frequency.deployments as i64, count);
    let mut statement = db
        .prepare(&format!(
            "SELECT d.finished_at - c.authored_at FROM deployment d JOIN git_commit c ON d.commits = '[\"' || c.sha || '\"]' \
             {production} AND d.status = 'succeeded' ORDER BY 1"
        ))
        .unwrap();
    let leads: Vec<i64> = statement.query_map([from.0, to.0], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(figures.change_lead_time.n as usize, leads.len());
    let (low, high) = (leads[(leads.len() - 1) / 2] as f64 / 1e6, leads[leads.len() / 2] as f64 / 1e6);
    assert!((figures.change_lead_time.median_s.unwrap() - (low + high) / 2.0).abs() < 1e-6);
    let failed_runs: i64 = db
        .query_row(
            &format!("SELECT count(*) FROM deployment d {production} AND d.status = 'failed'"),
            [from.0, to.0],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(figures.change_fail_rate.not_reached as i64, failed_runs);
}
