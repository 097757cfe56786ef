//! The sample workspace: seeded, so that the same day gives the same rows. Eighteen months of three teams and eight
//! services, with realistic skew, one bad month, and an improvement that can be seen.

use jiff::ToSpan as _;
use jiff::civil::Date;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, LogNormal};

use super::workspace::SAMPLE;
use super::{EngineError, ImportReport, Workspace};
use crate::model::record::*;
use crate::model::{Status, Time};
use crate::store::ids::Ids;
use crate::store::tables::Meet;

/// How far back the sample goes.
pub const SAMPLE_MONTHS: i32 = 18;
/// Months before now in which things went badly.
const BAD_MONTH: i32 = 6;
const CONNECTION: &str = "sample";
/// Grows when the same seed gives other rows, so that a kept sample is made anew.
const EDITION: u32 = 5;
const SAMPLE_EDITION: &str = "sample edition";
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

struct ServicePlan {
    id: &'static str,
    name: &'static str,
    team: &'static str,
    /// Changes merged on a working day, on average.
    pace: f64,
    /// Median minutes of a build.
    build: f64,
    fail: f64,
}

const TEAMS: [(&str, &str); 3] = [("checkout", "Checkout"), ("platform", "Platform"), ("growth", "Growth")];
const SERVICES: [ServicePlan; 8] = [
    ServicePlan { id: "web-shop", name: "Web shop", team: "checkout", pace: 6.7, build: 6.5, fail: 0.05 },
    ServicePlan { id: "payments", name: "Payments", team: "checkout", pace: 4.2, build: 9.0, fail: 0.07 },
    ServicePlan { id: "basket", name: "Basket", team: "checkout", pace: 3.5, build: 4.0, fail: 0.04 },
    ServicePlan { id: "identity", name: "Identity", team: "platform", pace: 2.9, build: 5.0, fail: 0.05 },
    ServicePlan { id: "gateway", name: "API gateway", team: "platform", pace: 2.5, build: 3.5, fail: 0.06 },
    ServicePlan { id: "search", name: "Search", team: "growth", pace: 3.8, build: 7.5, fail: 0.08 },
    ServicePlan { id: "campaigns", name: "Campaigns", team: "growth", pace: 4.6, build: 4.5, fail: 0.05 },
    ServicePlan { id: "analytics", name: "Analytics", team: "growth", pace: 1.9, build: 11.0, fail: 0.09 },
];
const PEOPLE: [&str; 14] = [
    "amara", "bohdan", "chiara", "deniz", "emeka", "freya", "goran", "hana", "ines", "jonas", "kaito", "leila",
    "mateo", "noor",
];
const VERBS: [&str; 8] = ["Add", "Fix", "Rework", "Speed up", "Remove", "Guard", "Test", "Rename"];
const THINGS: [&str; 10] = [
    "retry of timeouts",
    "price rounding",
    "session refresh",
    "cache warm-up",
    "audit fields",
    "empty state",
    "feature flag",
    "rate limit",
    "log context",
    "index of orders",
];
const TROUBLES: [&str; 6] = [
    "Error rate above 5 %",
    "Latency of p95 above 2 s",
    "Orders cannot be placed",
    "Log-in fails for some users",
    "Queue grows without end",
    "Wrong totals shown",
];

impl Workspace {
    /// Makes the sample workspace in an empty file, as of `now`. A sample of the same day is left as it is.
    pub fn make_sample(&mut self, now: Time) -> Result<(), EngineError> {
        let day = now.to_timestamp().strftime("%Y-%m-%dT12:00:00Z").to_string();
        if self.is_sample_of(now)? {
            return Ok(());
        }
        let now = Time::parse(&day).map_err(|error| EngineError::Other(error.to_string()))?;
        let sample = Sample::new(now);
        let plan = super::sample_plan::make(now, sample.today);
        let mut records = sample.make();
        records.extend(plan);
        self.store.transaction(|store| -> Result<(), EngineError> {
            let import = store.begin_import("sample", "Sample workspace", now)?;
            let mut ids = Ids::new(store.db_for_ids(), Some(import))?;
            let mut report = ImportReport { source: "Sample workspace".to_owned(), ..ImportReport::default() };
            for record in &records {
                store.put(record, &mut ids, Meet::Merge)?;
                report.records.entry(record.type_name().to_owned()).or_default().new += 1;
            }
            drop(ids);
            store.after_records()?;
            store.set_setting(SAMPLE, &day)?;
            store.set_setting(SAMPLE_EDITION, &EDITION.to_string())?;
            let text = serde_json::to_string(&report).map_err(|error| EngineError::Other(error.to_string()))?;
            Ok(store.end_import(import, &text, now)?)
        })?;
        self.fixed_now = Some(now);
        Ok(())
    }

    /// This is the sample of that day, as this program makes it.
    pub fn is_sample_of(&self, now: Time) -> Result<bool, EngineError> {
        let day = |time: Time| time.to_timestamp().strftime("%F").to_string();
        let made = self.store.setting(SAMPLE)?.and_then(|text| Time::parse(&text).ok());
        let edition = self.store.setting(SAMPLE_EDITION)?;
        Ok(made.is_some_and(|made| day(made) == day(now)) && edition == Some(EDITION.to_string()))
    }
}

struct Sample {
    rng: ChaCha8Rng,
    now: Time,
    today: Date,
    records: Vec<Record>,
    /// The number given to the next change, deployment, incident.
    serial: u64,
}

/// What one service has running and has not yet deployed.
struct Line<'a> {
    plan: &'a ServicePlan,
    head: String,
    pending: Vec<String>,
    running: Option<String>,
    run_number: i64,
    /// Services of a team that deploys in batches wait for the day.
    last_deploy: i64,
}

impl Sample {
    fn new(now: Time) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(20_260_104),
            now,
            today: now.to_timestamp().to_zoned(jiff::tz::TimeZone::UTC).date(),
            records: Vec::new(),
            serial: 0,
        }
    }

    fn make(mut self) -> Vec<Record> {
        self.make_catalog();
        let mut lines: Vec<Line<'_>> = SERVICES
            .iter()
            .map(|plan| Line {
                plan,
                head: self.sha(),
                pending: Vec::new(),
                running: None,
                run_number: 0,
                last_deploy: i64::MIN,
            })
            .collect();
        let first = self.today.saturating_sub(SAMPLE_MONTHS.months());
        let today = self.today;
        for date in first.series(1.day()).take_while(|date| *date <= today) {
            let is_weekend = date.weekday().to_monday_zero_offset() >= 5;
            let is_holiday = matches!((date.month(), date.day()), (12, 24..=26 | 31) | (1, 1));
            for line in &mut lines {
                let pace = line.plan.pace
                    * if is_holiday {
                        0.02
                    } else if is_weekend {
                        0.06
                    } else {
                        1.0
                    };
                let spread = self.rng.random_range(0.55..1.45);
                let changes = (pace * spread).floor() as usize + usize::from(self.chance((pace * spread).fract()));
                for n in 0..changes {
                    let hour = 8.2 + 8.0 * (n as f64 + self.rng.random_range(0.1..0.9)) / changes as f64;
                    self.make_change(line, midnight(date) + (hour * HOUR as f64) as i64, date);
                }
                if self.chance(if is_weekend { 0.9 } else { 1.0 }) {
                    self.make_nightly(line, midnight(date) + 2 * HOUR + 17 * MINUTE);
                }
            }
        }
        self.make_unfinished(&mut lines);
        self.records
    }

    fn make_catalog(&mut self) {
        for (id, name) in TEAMS {
            self.records.push(Record::Team(Team { connection: own(), id: id.to_owned(), name: name.to_owned() }));
        }
        for plan in &SERVICES {
            self.records.push(Record::Service(Service {
                connection: own(),
                id: plan.id.to_owned(),
                name: plan.name.to_owned(),
                team: Some(plan.team.to_owned()),
                tier: Some(if plan.team == "checkout" { Tier::A } else { Tier::B }),
                repo: Some(repo(plan)),
                slo: Some(Slo { target: 0.999, window_days: 28 }),
            }));
        }
        let environments = [
            ("development", "Development", EnvironmentClass::Development),
            ("staging", "Staging", EnvironmentClass::Staging),
            ("production", "Production", EnvironmentClass::Production),
        ];
        for (order, (id, name, class)) in environments.into_iter().enumerate() {
            self.records.push(Record::Environment(Environment {
                connection: own(),
                id: id.to_owned(),
                name: name.to_owned(),
                class,
                order: Some(order as i64),
            }));
        }
        for year in [self.today.year() - 1, self.today.year()] {
            for (month, day, name) in [(12, 25, "Winter holiday"), (12, 26, "Winter holiday"), (1, 1, "New Year")] {
                for (team, _) in TEAMS {
                    if let Ok(date) = Date::new(year, month, day) {
                        self.records.push(Record::CalendarDay(CalendarDay {
                            connection: own(),
                            team: team.to_owned(),
                            date,
                            working: false,
                            name: Some(name.to_owned()),
                        }));
                    }
                }
            }
        }
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn sha(&mut self) -> String {
        (0..5).map(|_| format!("{:08x}", self.rng.random::<u32>())).collect()
    }

    fn chance(&mut self, p: f64) -> bool {
        self.rng.random_bool(p.clamp(0.0, 1.0))
    }

    /// A skewed span around a median, in microseconds.
    fn around(&mut self, median_minutes: f64, sigma: f64) -> i64 {
        let spans = LogNormal::new(median_minutes.max(0.01).ln(), sigma);
        spans.map_or(0, |spans| (spans.sample(&mut self.rng) * MINUTE as f64) as i64)
    }

    fn person(&mut self) -> String {
        PEOPLE[self.rng.random_range(0..PEOPLE.len())].to_owned()
    }

    /// 1 at the start of the sample, falling to 0 at its end.
    fn youth(&self, date: Date) -> f64 {
        let days = |a: Date, b: Date| a.until(b).map_or(0, |span| span.get_days());
        let first = self.today.saturating_sub(SAMPLE_MONTHS.months());
        1.0 - f64::from(days(first, date)) / f64::from(days(first, self.today).max(1))
    }

    fn is_bad_month(&self, date: Date) -> bool {
        let month = self.today.saturating_sub(BAD_MONTH.months()).first_of_month();
        month <= date && date <= month.last_of_month()
    }

    /// A change from its first commit to production.
    fn make_change(&mut self, line: &mut Line<'_>, merged_at: i64, date: Date) {
        let youth = self.youth(date);
        let trouble = if self.is_bad_month(date) { 1.9 } else { 1.0 };
        let review = self.around((60.0 + 420.0 * youth) * trouble, 1.0);
        let pickup = self.around((40.0 + 260.0 * youth) * trouble, 1.1);
        let coding = self.around((180.0 + 900.0 * youth) * trouble, 1.0);
        let created_at = merged_at - review - pickup;
        let author = self.person();
        let number = self.next();
        let branch = format!("{}/{}", author, number);
        let mut shas = Vec::new();
        let commits =
            1 + usize::from(self.chance(0.6)) + usize::from(self.chance(0.3)) + usize::from(self.chance(0.12));
        for n in 0..commits {
            let at = created_at - coding + coding * n as i64 / commits as i64;
            let sha = self.make_commit(line, at, at + 2 * MINUTE, &author, None);
            shas.push(sha);
        }
        let tip = shas.last().cloned().unwrap_or_default();
        let tries = 1 + usize::from(self.chance(0.45)) + usize::from(self.chance(0.2)) + usize::from(self.chance(0.1));
        for n in 0..tries {
            let at = created_at + (merged_at - created_at) * n as i64 / (tries as i64 + 1);
            let failed = n + 1 < tries && self.chance(0.6);
            self.make_run(
                line,
                at,
                &branch,
                &tip,
                &author,
                "pr",
                if failed { Outcome::FailedTest } else { Outcome::Built },
            );
        }
        let merge = self.make_commit(line, merged_at, merged_at, &author, Some(vec![line.head.clone(), tip]));
        line.head.clone_from(&merge);
        let title = self.title();
        self.records.push(Record::Change(Change {
            connection: own(),
            repo: repo(line.plan),
            id: number.to_string(),
            created_at: Time(created_at),
            title: Some(title),
            author: Some(author.clone()),
            branch: Some(branch),
            target: Some("main".to_owned()),
            first_commit_at: Some(Time(created_at - coding)),
            first_review_at: Some(Time(created_at + pickup)),
            approved_at: Some(Time(merged_at - review / 10)),
            merged_at: Some(Time(merged_at)),
            closed_at: Some(Time(merged_at)),
            merge_sha: Some(merge.clone()),
            commits: Some(shas.clone()),
            lines_added: Some(self.rng.random_range(3..260)),
            lines_deleted: Some(self.rng.random_range(0..120)),
            ..Change::default()
        }));
        line.pending.extend(shas);
        line.pending.push(merge.clone());
        // Early on some services gather a day's changes before they deploy.
        let wait = if youth > 0.5 { 20 * HOUR } else { 0 };
        let deploys = merged_at - line.last_deploy.max(i64::MIN / 2) >= wait;
        let outcome = if !deploys {
            Outcome::Built
        } else if self.chance(0.03 * trouble) {
            Outcome::FailedDeploy
        } else {
            Outcome::Deployed
        };
        self.make_trunk_run(line, merged_at + MINUTE, &merge, &author, outcome, date);
    }

    fn title(&mut self) -> String {
        let verb = VERBS[self.rng.random_range(0..VERBS.len())];
        let thing = THINGS[self.rng.random_range(0..THINGS.len())];
        format!("{verb} {thing}")
    }

    fn make_commit(
        &mut self,
        line: &Line<'_>,
        authored_at: i64,
        committed_at: i64,
        author: &str,
        parents: Option<Vec<String>>,
    ) -> String {
        let sha = self.sha();
        let subject = self.title();
        let commit = Commit {
            connection: own(),
            repo: repo(line.plan),
            sha: sha.clone(),
            authored_at: Time(authored_at),
            committed_at: Some(Time(committed_at)),
            author: Some(author.to_owned()),
            subject: Some(subject),
            parents: Some(parents.unwrap_or_else(|| vec![line.head.clone()])),
            lines_added: Some(self.rng.random_range(1..120)),
            lines_deleted: Some(self.rng.random_range(0..60)),
            ..Commit::default()
        };
        self.records.push(Record::Commit(commit));
        sha
    }

    fn make_nightly(&mut self, line: &mut Line<'_>, at: i64) {
        if at > self.now.0 {
            return;
        }
        let head = line.head.clone();
        let outcome = if self.chance(0.09) { Outcome::FailedTest } else { Outcome::Built };
        self.make_run(line, at, "main", &head, "scheduler", "schedule", outcome);
    }

    /// A run of the service's pipeline; returns its id and end.
    #[expect(clippy::too_many_arguments, reason = "one fact each, used in three places")]
    fn make_run(
        &mut self,
        line: &mut Line<'_>,
        at: i64,
        branch: &str,
        sha: &str,
        actor: &str,
        event: &str,
        outcome: Outcome,
    ) -> (String, i64, i64) {
        line.run_number += 1;
        let id = format!("{}-{}", line.plan.id, line.run_number);
        let queued = self.around(0.4, 0.9);
        let mut clock = at + queued;
        let started = clock;
        let mut stages = Vec::new();
        let mut failed = false;
        for (name, median, is_last) in outcome.stages(line.plan.build) {
            let span = self.around(median, 0.25);
            failed = is_last && outcome.is_failure();
            let status = if failed { Status::Failed } else { Status::Succeeded };
            stages.push(Stage {
                name: name.to_owned(),
                status,
                started_at: Some(Time(clock)),
                finished_at: Some(Time(clock + span)),
                ..Stage::default()
            });
            clock += span;
        }
        let run = Run {
            connection: own(),
            pipeline: line.plan.id.to_owned(),
            id: id.clone(),
            status: if failed { Status::Failed } else { Status::Succeeded },
            pipeline_name: Some(format!("{} pipeline", line.plan.name)),
            number: Some(line.run_number),
            service: Some(line.plan.id.to_owned()),
            repo: Some(repo(line.plan)),
            branch: Some(branch.to_owned()),
            sha: Some(sha.to_owned()),
            actor: Some(actor.to_owned()),
            event: Some(event.to_owned()),
            created_at: Some(Time(at)),
            queued_at: Some(Time(at)),
            started_at: Some(Time(started)),
            finished_at: Some(Time(clock)),
            stages: Some(stages),
            ..Run::default()
        };
        if clock <= self.now.0 {
            self.records.push(Record::Run(run));
        }
        (id, started, clock)
    }

    fn make_trunk_run(&mut self, line: &mut Line<'_>, at: i64, sha: &str, author: &str, outcome: Outcome, date: Date) {
        let (run, started, finished) = self.make_run(line, at, "main", sha, author, "push", outcome);
        if finished > self.now.0 || outcome == Outcome::Built {
            return;
        }
        let status = if outcome == Outcome::Deployed { Status::Succeeded } else { Status::Failed };
        let staged = finished - 4 * MINUTE;
        self.make_deployment(
            line,
            "staging",
            sha,
            &run,
            started,
            staged.max(started),
            Status::Succeeded,
            author,
            &[],
            Fix::None,
        );
        let commits = if outcome == Outcome::Deployed { std::mem::take(&mut line.pending) } else { Vec::new() };
        let id =
            self.make_deployment(line, "production", sha, &run, started, finished, status, author, &commits, Fix::None);
        if outcome != Outcome::Deployed {
            return;
        }
        line.last_deploy = finished;
        let before = line.running.replace(sha.to_owned());
        let mut fail = line.plan.fail * (0.7 + 0.6 * self.youth(date));
        if self.is_bad_month(date) {
            fail *= 3.2;
        }
        if self.chance(fail) {
            self.make_incident(line, &id, before, finished, date);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one fact each, used in four places")]
    fn make_deployment(
        &mut self,
        line: &Line<'_>,
        environment: &str,
        sha: &str,
        run: &str,
        started: i64,
        finished: i64,
        status: Status,
        actor: &str,
        commits: &[String],
        fix: Fix,
    ) -> String {
        let id = format!("{}-{environment}-{}", line.plan.id, self.next());
        let (rollback_of, rework, fixes) = match fix {
            Fix::None => (None, None, None),
            Fix::Rollback(target) => (Some(target), Some(true), None),
            Fix::Forward(incident) => (None, Some(true), Some(vec![incident])),
        };
        self.records.push(Record::Deployment(Deployment {
            connection: own(),
            id: id.clone(),
            service: line.plan.id.to_owned(),
            environment: environment.to_owned(),
            status,
            version: Some(format!("{}-{}", line.plan.id, &sha[..7])),
            sha: Some(sha.to_owned()),
            queued_at: Some(Time(started)),
            started_at: Some(Time(started)),
            finished_at: Some(Time(finished)),
            run: Some(RunRef { connection: None, pipeline: line.plan.id.to_owned(), id: run.to_owned(), attempt: 1 }),
            commits: (!commits.is_empty()).then(|| commits.to_vec()),
            rollback_of,
            rework,
            fixes,
            actor: Some(actor.to_owned()),
            ..Deployment::default()
        }));
        id
    }

    /// What a bad deployment caused, and how it was mended.
    fn make_incident(&mut self, line: &mut Line<'_>, cause: &str, before: Option<String>, at: i64, date: Date) {
        let began = at + self.around(14.0, 1.0).min(9 * HOUR);
        let slow = if self.is_bad_month(date) { 2.4 } else { 1.0 };
        let recovery = self.around((45.0 + 130.0 * self.youth(date)) * slow, 0.9).max(9 * MINUTE);
        let mended = began + recovery;
        let id = format!("INC-{}", self.next());
        let title = TROUBLES[self.rng.random_range(0..TROUBLES.len())];
        let is_over = mended <= self.now.0;
        let who = self.person();
        let is_confirmed = self.chance(0.88);
        let severity = if self.chance(0.12) {
            1
        } else if self.chance(0.4) {
            2
        } else {
            3
        };
        let detected = began + self.around(5.0, 0.7);
        let detected_by = if self.chance(0.7) { "alert" } else { "customer" };
        self.records.push(Record::Incident(Incident {
            connection: own(),
            id: id.clone(),
            title: format!("{}: {title}", line.plan.name),
            service: Some(line.plan.id.to_owned()),
            environment: Some("production".to_owned()),
            severity: Some(severity),
            started_at: Some(Time(began)),
            declared_at: Some(Time(detected.min(mended))),
            detected_at: Some(Time(detected.min(mended))),
            detected_by: Some(detected_by.to_owned()),
            mitigated_at: is_over.then_some(Time(mended)),
            resolved_at: is_over.then_some(Time(mended + 20 * MINUTE)),
            causes: Some(vec![Cause {
                deployment: cause.to_owned(),
                state: if is_confirmed { CauseState::Confirmed } else { CauseState::Suspected },
                by: Some(who.clone()),
                why: None,
            }]),
            cause_kind: Some("change".to_owned()),
            ..Incident::default()
        }));
        if !is_over {
            return;
        }
        if let (true, Some(old)) = (self.chance(0.45), before) {
            let (run, started, finished) =
                self.make_run(line, mended - 6 * MINUTE, "main", &old, &who, "manual", Outcome::Redeployed);
            self.make_deployment(
                line,
                "production",
                &old,
                &run,
                started,
                finished,
                Status::Succeeded,
                &who,
                &[],
                Fix::Rollback(cause.to_owned()),
            );
            line.running = Some(old);
        } else {
            let head = line.head.clone();
            let fix = self.make_commit(line, mended - 30 * MINUTE, mended - 29 * MINUTE, &who, Some(vec![head]));
            line.head.clone_from(&fix);
            let (run, started, finished) =
                self.make_run(line, mended - 12 * MINUTE, "main", &fix, &who, "push", Outcome::Deployed);
            let brought = [fix.clone()];
            self.make_deployment(
                line,
                "production",
                &fix,
                &run,
                started,
                finished,
                Status::Succeeded,
                &who,
                &brought,
                Fix::Forward(id),
            );
            line.running = Some(fix);
        }
    }

    /// What is under way now: open changes, a red trunk, a run in progress, an open incident.
    fn make_unfinished(&mut self, lines: &mut [Line<'_>]) {
        let now = self.now.0;
        for (n, days) in [(1, 9), (5, 3), (6, 1), (0, 0)] {
            let author = self.person();
            let number = self.next();
            let title = self.title();
            let created_at = now - days * 24 * HOUR - 2 * HOUR;
            self.records.push(Record::Change(Change {
                connection: own(),
                repo: repo(lines[n].plan),
                id: number.to_string(),
                created_at: Time(created_at),
                title: Some(title),
                author: Some(author.clone()),
                branch: Some(format!("{author}/{number}")),
                target: Some("main".to_owned()),
                first_commit_at: Some(Time(created_at - 5 * HOUR)),
                lines_added: Some(84),
                lines_deleted: Some(12),
                ..Change::default()
            }));
        }
        let head = lines[7].head.clone();
        for hours in [5, 2] {
            self.make_run(
                &mut lines[7],
                now - hours * HOUR,
                "main",
                &head,
                "scheduler",
                "schedule",
                Outcome::FailedTest,
            );
        }
        let id = format!("INC-{}", self.next());
        self.records.push(Record::Incident(Incident {
            connection: own(),
            id,
            title: "Search: Latency of p95 above 2 s".to_owned(),
            service: Some("search".to_owned()),
            environment: Some("production".to_owned()),
            severity: Some(2),
            started_at: Some(Time(now - 3 * HOUR)),
            declared_at: Some(Time(now - 3 * HOUR + 6 * MINUTE)),
            detected_at: Some(Time(now - 3 * HOUR + 6 * MINUTE)),
            detected_by: Some("alert".to_owned()),
            ..Incident::default()
        }));
    }
}

enum Fix {
    None,
    Rollback(String),
    Forward(String),
}

/// How far a run of the sample gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Built,
    FailedTest,
    Deployed,
    FailedDeploy,
    /// An older version is put back without building it again.
    Redeployed,
}

impl Outcome {
    fn is_failure(self) -> bool {
        matches!(self, Self::FailedTest | Self::FailedDeploy)
    }

    /// Name, median minutes, and whether it is the last.
    fn stages(self, build: f64) -> Vec<(&'static str, f64, bool)> {
        let all =
            [("build", build * 0.35), ("test", build * 0.65), ("deploy staging", 2.0), ("deploy production", 3.0)];
        let range = match self {
            Self::Built | Self::FailedTest => 0..2,
            Self::Deployed | Self::FailedDeploy => 0..4,
            Self::Redeployed => 3..4,
        };
        let last = range.end - 1;
        range.map(|n| (all[n].0, all[n].1, n == last)).collect()
    }
}

fn own() -> String {
    CONNECTION.to_owned()
}

fn repo(plan: &ServicePlan) -> String {
    format!("acme/{}", plan.id)
}

fn midnight(date: Date) -> i64 {
    date.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |zoned| zoned.timestamp().as_microsecond())
}

impl Workspace {
    pub fn is_sample(&self) -> Result<bool, EngineError> {
        Ok(self.store.setting(SAMPLE)?.is_some())
    }

    /// Removes the file of a sample, and nothing else.
    pub fn discard_sample(path: &std::path::Path) -> Result<(), EngineError> {
        if !Self::open_reader(path)?.is_sample()? {
            return Ok(());
        }
        for suffix in ["", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let what = "the old sample cannot be removed";
                    return Err(EngineError::Io { what, error, path: name.into() });
                }
                _ => {}
            }
        }
        Ok(())
    }
}
