//! Rounds that break off: what was not read yet is read by the next one, whatever system it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gemba::engine::{Cancel, ConnectionEntry};
use serde_json::{Value, json};

use super::fault_server::{Act, FaultServer};
use super::{case, connected};

/// A system with so many runs, of which the second page of a round can fail.
struct Many {
    runs: AtomicU64,
    fails: AtomicBool,
}

impl Many {
    /// The numbers of a page, the newest first; nothing where it fails.
    fn page(&self, page: u64, size: u64) -> Option<Vec<u64>> {
        if page > 0 && self.fails.load(Ordering::SeqCst) {
            return None;
        }
        let newest = self.runs.load(Ordering::SeqCst).saturating_sub(page * size);
        Some((newest.saturating_sub(size) + 1..=newest).rev().collect())
    }
}

fn asked(target: &str, key: &str) -> u64 {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let value = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
    value.and_then(|value| value.parse().ok()).unwrap_or(1)
}

type Answer = fn(&Many, &str) -> Option<Value>;

fn woodpecker(many: &Many, target: &str) -> Option<Value> {
    if target.contains("/pipelines?") {
        let numbers = many.page(asked(target, "page") - 1, 50)?;
        let run = |n: u64| json!({"number": n, "status": "success", "event": "push", "created": 1_700_000_000 + n});
        return Some(numbers.into_iter().map(run).collect());
    }
    Some(if target.contains("/user") { json!({"login": "ann"}) } else { json!({"id": 1, "full_name": "o/r"}) })
}

fn jenkins(many: &Many, target: &str) -> Option<Value> {
    let decoded = target.replace("%7B", "{").replace("%7D", "}").replace("%2C", ",").replace("%5B", "[");
    if decoded.contains("uilds[") {
        let from: u64 = decoded.rsplit('{').next()?.split(',').next()?.parse().ok()?;
        let numbers = many.page(from / 100, 100)?;
        let build = |n: u64| {
            json!({"number": n, "result": "SUCCESS", "building": false, "timestamp": 1_700_000_000_000u64 + n, "duration": 5,
                "url": format!("http://ci/job/shop/{n}/")})
        };
        let name = if decoded.contains("allBuilds[") { "allBuilds" } else { "builds" };
        return Some(json!({name: numbers.into_iter().map(build).collect::<Vec<_>>()}));
    }
    Some(
        json!({"fullName": "shop", "name": "shop", "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "jobs": [], "id": "ann"}),
    )
}

fn github(many: &Many, target: &str) -> Option<Value> {
    if target.contains("/actions/runs?") {
        let numbers = many.page(asked(target, "page") - 1, 100)?;
        // More than the look-back apart, so that only what was read tells what is new.
        let at = |n: u64| format!("2026-{:02}-{:02}T00:00:00Z", 1 + n / 28 % 12, 1 + n % 28);
        let run = |n: u64| {
            json!({"id": n, "workflow_id": 1, "name": "CI", "path": ".github/workflows/ci.yml", "run_number": n, "run_attempt": 1,
                "status": "completed", "conclusion": "success", "event": "push", "head_branch": "main", "head_sha": "a",
                "created_at": at(n), "updated_at": at(n), "run_started_at": at(n),
                "html_url": format!("https://github.com/o/r/actions/runs/{n}"), "repository": {"full_name": "o/r"}})
        };
        return Some(json!({"total_count": many.runs.load(Ordering::SeqCst),
            "workflow_runs": numbers.into_iter().map(run).collect::<Vec<_>>()}));
    }
    Some(match target {
        target if target.contains("/deployments") => json!([]),
        target if target.contains("/jobs") => json!({"jobs": []}),
        _ => json!({"login": "ann", "id": 1, "full_name": "o/r", "permissions": {"push": true}, "workflows": []}),
    })
}

#[test]
fn what_a_broken_round_did_not_read_is_read_by_the_next() {
    let systems: [(&str, &str, u64, Answer); 3] =
        [("woodpecker", "o/r", 50, woodpecker), ("jenkins", "shop", 100, jenkins), ("github", "o/r", 100, github)];
    for (system, scope, page, answer) in systems {
        let case = case();
        let many = Arc::new(Many { runs: AtomicU64::new(1), fails: AtomicBool::new(false) });
        let there = many.clone();
        let server = FaultServer::answering(move |head| {
            let target = head.split(' ').nth(1).unwrap_or_default();
            answer(&there, target)
                .map_or_else(|| Act::answer(418, "broken"), |body| Act::answer(200, &body.to_string()))
        });
        connected(&case, ("ci", system), &server, &[scope]);
        let sync = || case.workspace.sync(&case.workspace.connection("ci").unwrap(), &Cancel::default(), |_| {});
        let kept = || case.workspace.latest_runs(Some("ci"), 10_000).unwrap().len() as u64;
        sync().unwrap();
        assert_eq!(kept(), 1, "{system}");
        let all = 2 * page + page / 2;
        many.runs.store(all, Ordering::SeqCst);
        many.fails.store(true, Ordering::SeqCst);
        assert!(sync().unwrap_err().to_string().contains("418"), "{system}");
        many.fails.store(false, Ordering::SeqCst);
        sync().unwrap();
        assert_eq!(kept(), all, "{system} lost runs");
    }
}

#[test]
fn a_place_that_is_gone_keeps_no_other_from_being_read() {
    let case = case();
    let server = FaultServer::answering(|head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let many = Many { runs: AtomicU64::new(7), fails: AtomicBool::new(false) };
        if target.contains("lookup/o/gone") {
            return Act::answer(404, "{}");
        }
        woodpecker(&many, target).map_or_else(|| Act::answer(418, ""), |body| Act::answer(200, &body.to_string()))
    });
    connected(&case, ("ci", "woodpecker"), &server, &["o/r"]);
    let entry = case.workspace.connection("ci").unwrap();
    case.workspace
        .change_connection(&ConnectionEntry { scope: vec!["o/gone".to_owned(), "o/r".to_owned()], ..entry })
        .unwrap();
    let entry = case.workspace.connection("ci").unwrap();
    let error = case.workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap_err().to_string();
    assert!(error.contains("1 of 2 places") && error.contains("o/gone"), "{error}");
    assert_eq!(case.workspace.latest_runs(Some("ci"), 100).unwrap().len(), 7);
}

#[test]
fn deployments_are_read_to_the_last_and_not_asked_about_again_once_they_are_over() {
    let case = case();
    let asked_about = Arc::new(AtomicU64::new(0));
    let count = asked_about.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let many = Many { runs: AtomicU64::new(3), fails: AtomicBool::new(false) };
        let path = target.split('?').next().unwrap_or_default();
        let body = if path.ends_with("/statuses") {
            count.fetch_add(1, Ordering::SeqCst);
            json!([{"id": 1, "state": "success", "created_at": "2026-01-02T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z",
                "environment": "production"}])
        } else if path.ends_with("/deployments") {
            let newest = 350u64.saturating_sub((asked(target, "page") - 1) * 100);
            let ids = (newest.saturating_sub(100) + 1..=newest).rev();
            ids.map(|id| {
                json!({"id": id, "sha": "a", "ref": "main", "environment": "production", "created_at": "2026-01-01T00:00:00Z",
                    "updated_at": "2026-01-01T00:00:00Z", "url": format!("https://api.github.com/repos/acme/shop/deployments/{id}")})
            })
            .collect()
        } else {
            github(&many, target).unwrap_or_default()
        };
        Act::answer(200, &body.to_string())
    });
    let entry = super::github(&case, &server);
    let sync = || {
        let before = asked_about.load(Ordering::SeqCst);
        case.workspace.sync(&case.workspace.connection(&entry.name).unwrap(), &Cancel::default(), |_| {}).unwrap();
        asked_about.load(Ordering::SeqCst) - before
    };
    assert_eq!((sync(), sync(), sync()), (300, 50, 0));
}

/// A pipeline of GitLab as its list and its detail tell it.
fn pipeline(status: &str, finished: Option<&str>, updated: &str) -> Value {
    json!({"id": 46, "iid": 11, "project_id": 1, "status": status, "source": "push", "ref": "main", "sha": "a9",
        "web_url": "https://gitlab.example/o/r/-/pipelines/46", "created_at": "2026-01-01T10:00:00Z",
        "started_at": "2026-01-01T10:01:00Z", "finished_at": finished, "updated_at": updated})
}

#[test]
fn a_pipeline_that_failed_and_goes_on_is_a_second_attempt() {
    let case = case();
    let now = Arc::new(std::sync::Mutex::new(Value::Null));
    let there = now.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let pipeline = there.lock().unwrap().clone();
        let is_newer = |since: &str| pipeline["updated_at"].as_str().unwrap_or_default() > since;
        let since = target.split_once("updated_after=").map(|(_, rest)| rest[..20].replace("%3A", ":"));
        let body = match target {
            target if target.contains("/pipelines/46/jobs") => {
                json!([{"id": 9, "name": "test", "stage": "test", "status": pipeline["status"],
                    "pipeline": {"id": 46, "project_id": 1}, "started_at": "2026-01-01T10:11:00Z"}])
            }
            target if target.contains("/pipelines/46") => pipeline,
            target if target.contains("parent_pipeline") || target.contains("/deployments") => json!([]),
            target if target.contains("/pipelines?") => {
                since.is_none_or(|since| is_newer(&since)).then_some(pipeline).into_iter().collect()
            }
            _ => json!({"username": "ann", "id": 1}),
        };
        Act::answer(200, &body.to_string())
    });
    *now.lock().unwrap() = pipeline("failed", Some("2026-01-01T10:05:00Z"), "2026-01-01T10:05:00Z");
    connected(&case, ("gl", "gitlab"), &server, &["o/r"]);
    let sync = || case.workspace.sync(&case.workspace.connection("gl").unwrap(), &Cancel::default(), |_| {}).unwrap();
    let attempts = || {
        let mut runs = case.workspace.latest_runs(Some("gl"), 10).unwrap();
        runs.sort_by_key(|run| run.attempt);
        runs.into_iter()
            .map(|run| (run.attempt, run.status.as_str(), run.started_at.map(|at| at.to_string())))
            .collect()
    };
    let first: (u32, &str, Option<String>) = (1, "failed", Some("2026-01-01T10:01:00Z".to_owned()));
    sync();
    let known: Vec<(u32, &str, Option<String>)> = attempts();
    assert_eq!(known, std::slice::from_ref(&first));
    *now.lock().unwrap() = pipeline("running", None, "2026-01-01T10:11:00Z");
    sync();
    let begun = Some("2026-01-01T10:11:00Z".to_owned());
    let known: Vec<(u32, &str, Option<String>)> = attempts();
    assert_eq!(known, [first.clone(), (2, "running", begun.clone())]);
    *now.lock().unwrap() = pipeline("success", Some("2026-01-01T10:15:00Z"), "2026-01-01T10:15:00Z");
    sync();
    let known: Vec<(u32, &str, Option<String>)> = attempts();
    assert_eq!(known, [first, (2, "succeeded", begun)]);
}

#[test]
fn a_repository_that_has_another_name_now_is_followed_there() {
    let case = case();
    let is_renamed = Arc::new(AtomicBool::new(false));
    let there = is_renamed.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let runs = if there.load(Ordering::SeqCst) { 5 } else { 3 };
        let many = Many { runs: AtomicU64::new(runs), fails: AtomicBool::new(false) };
        let has_old_name = target.starts_with("/repos/o/r/") || target == "/repos/o/r";
        if there.load(Ordering::SeqCst) && has_old_name {
            let rest = target.trim_start_matches("/repos/o/r");
            return Act::moved(&format!("/repositories/77{rest}"));
        }
        if target == "/repositories/77" {
            return Act::answer(200, r#"{"id":77,"full_name":"o/renamed"}"#);
        }
        github(&many, target).map_or_else(|| Act::answer(418, ""), |body| Act::answer(200, &body.to_string()))
    });
    connected(&case, ("gh", "github"), &server, &["o/r"]);
    let sync = || case.workspace.sync(&case.workspace.connection("gh").unwrap(), &Cancel::default(), |_| {});
    sync().unwrap();
    is_renamed.store(true, Ordering::SeqCst);
    sync().unwrap();
    let entry = case.workspace.connection("gh").unwrap();
    assert_eq!((entry.scope, entry.error), (vec!["o/renamed".to_owned()], None));
    let mark: Value = serde_json::from_str(&entry.mark.unwrap()).unwrap();
    assert!(mark.get("o/renamed").is_some() && mark.get("o/r").is_none(), "{mark}");
    assert_eq!(case.workspace.latest_runs(Some("gh"), 100).unwrap().len(), 5);
}

#[test]
fn a_start_learns_of_another_name_and_what_was_started_is_followed_under_it() {
    use gemba::engine::{StartAsk, StartState};
    let case = case();
    let is_renamed = Arc::new(AtomicBool::new(false));
    let there = is_renamed.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let pipeline = |id: u64, status: &str| {
            json!({"id": id, "iid": id, "status": status, "ref": "main", "sha": "a", "source": "api",
            "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z", "web_url": "http://gl/p"})
        };
        let old = "/api/v4/projects/team%2Fshop";
        if there.load(Ordering::SeqCst) && target.starts_with(old) {
            return Act::moved(&target.replace(old, "/api/v4/projects/7"));
        }
        let body = match target {
            _ if head.starts_with("POST") && target.contains("/pipeline") => pipeline(5, "running"),
            _ if head.starts_with("POST") => json!({"data": {}}),
            "/api/v4/projects/7" => json!({"id": 7, "path_with_namespace": "team/store"}),
            _ if target.contains("/pipelines/5?") || target.ends_with("/pipelines/5") => pipeline(5, "success"),
            _ if target.contains("/jobs") || target.contains("/bridges") || target.contains("/pipelines") => json!([]),
            _ => json!({"id": 7, "path_with_namespace": "team/shop", "default_branch": "main", "username": "ann"}),
        };
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("gl", "gitlab"), &server, &["team/shop"]);
    let ask = |pipeline: &str| StartAsk {
        connection: "gl".to_owned(),
        pipeline: pipeline.to_owned(),
        git_ref: Some("main".to_owned()),
        ..StartAsk::default()
    };
    let start = case.workspace.start(&ask("team/shop"), &Cancel::default()).unwrap();
    assert_eq!(start.state, StartState::Running, "{start:?}");
    is_renamed.store(true, Ordering::SeqCst);
    let told = case.workspace.start(&ask("team/shop"), &Cancel::default()).unwrap_err().to_string();
    assert!(told.contains("team/shop is called team/store now"), "{told}");
    assert_eq!(case.workspace.connection("gl").unwrap().scope, ["team/store"]);
    let followed = case.workspace.follow(&start.id, &Cancel::default()).unwrap().start;
    assert_eq!((followed.pipeline.as_str(), followed.state), ("team/store", StartState::Ended), "{followed:?}");
}

/// Two runs under way, of which the newer ends, the older cannot be asked about for a while, and then is gone; meanwhile
/// there is a third.
fn two_runs(system: &str, target: &str, phase: u64) -> Act {
    let of_run = |n: u64| {
        let is_over = n > 1 && phase > 0;
        match system {
            "woodpecker" => {
                json!({"number": n, "status": if is_over { "success" } else { "running" }, "event": "push", "created": 1_700_000_000})
            }
            "jenkins" => {
                json!({"number": n, "building": !is_over, "result": is_over.then_some("SUCCESS"), "timestamp": 1_700_000_000_000u64,
                    "duration": 5, "url": format!("http://ci/job/shop/{n}/")})
            }
            _ => {
                json!({"id": n, "workflow_id": 1, "name": "CI", "path": "ci.yml@main", "run_number": n, "run_attempt": 1,
                    "status": if is_over { "completed" } else { "in_progress" }, "conclusion": is_over.then_some("success"),
                    "event": "push", "head_branch": "main", "head_sha": "a", "created_at": "2026-01-01T00:00:00Z",
                    "updated_at": "2026-01-01T00:00:00Z", "run_started_at": "2026-01-01T00:00:00Z", "repository": {"full_name": "o/r"}})
            }
        }
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let one = path.trim_end_matches("/api/json").rsplit('/').next().and_then(|n| n.parse::<u64>().ok());
    let is_list = path.ends_with("/pipelines") || path.ends_with("/actions/runs") || query.contains("uilds%5B");
    let shown = [3, 2, 1].into_iter().filter(|n| (*n != 3 || phase > 0) && (*n != 1 || phase < 2));
    let both = || shown.clone().map(of_run).collect::<Vec<_>>();
    let body = match one {
        Some(1) if phase == 1 => return Act::answer(418, "not now"),
        Some(1) if phase == 2 => return Act::answer(404, "{}"),
        Some(n) if !path.contains("/lookup/") => of_run(n),
        _ if is_list && system == "woodpecker" => json!(both()),
        _ if is_list && system == "jenkins" => json!({"builds": both(), "allBuilds": both()}),
        _ if is_list => json!({"total_count": 2, "workflow_runs": both()}),
        _ if path.ends_with("/deployments") => json!([]),
        _ => {
            json!({"id": 1, "login": "ann", "version": "1.27.3", "full_name": "o/r", "jobs": [], "stages": [], "fullName": "shop",
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "permissions": {"push": true}})
        }
    };
    Act::answer(200, &body.to_string())
}

#[test]
fn a_round_that_breaks_loses_sight_of_no_run_and_one_that_was_deleted_does_not_run_for_ever() {
    for (system, scope) in [("woodpecker", "o/r"), ("jenkins", "shop"), ("github", "o/r"), ("gitea", "o/r")] {
        let case = case();
        let phase = Arc::new(AtomicU64::new(0));
        let now = phase.clone();
        let server = FaultServer::answering(move |head| {
            two_runs(system, head.split(' ').nth(1).unwrap_or_default(), now.load(Ordering::SeqCst))
        });
        connected(&case, ("ci", system), &server, &[scope]);
        let sync = || case.workspace.sync(&case.workspace.connection("ci").unwrap(), &Cancel::default(), |_| {});
        let states = || {
            let runs = case.workspace.latest_runs(Some("ci"), 10).unwrap().into_iter();
            let mut states: Vec<(String, &str)> = runs.map(|run| (run.id, run.status.as_str())).collect();
            states.sort();
            states.into_iter().map(|(_, status)| status).collect::<Vec<_>>()
        };
        sync().unwrap();
        assert_eq!(states(), ["running", "running"], "{system}");
        phase.store(1, Ordering::SeqCst);
        assert!(sync().unwrap_err().to_string().contains("418"), "{system}");
        assert_eq!(
            states(),
            ["running", "succeeded", "succeeded"],
            "{system}: one run kept the others from being read"
        );
        phase.store(2, Ordering::SeqCst);
        sync().unwrap();
        assert_eq!(states(), ["unknown", "succeeded", "succeeded"], "{system}: the older was lost sight of");
    }
}

#[test]
fn a_pipeline_that_cannot_be_read_is_known_by_the_list_until_it_can() {
    let case = case();
    let (fails, asked) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    let (now, count) = (fails.clone(), asked.clone());
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // The list says nothing of when a pipeline began and ended.
        let listed = |id: u64| {
            json!({"id": id, "iid": id, "project_id": 1, "status": "success", "ref": "main", "sha": "a", "source": "push",
                "created_at": "2026-01-01T00:00:00Z", "updated_at": format!("2026-01-01T00:0{id}:00Z"),
                "web_url": format!("https://gitlab.example/o/r/-/pipelines/{id}")})
        };
        let body = match path.rsplit('/').next().unwrap_or_default() {
            "pipelines" if query.contains("source=parent_pipeline") => json!([]),
            "pipelines" if query.contains("updated_after") => json!([listed(3)]),
            "pipelines" => json!([listed(1), listed(2), listed(3)]),
            "2" if now.load(Ordering::SeqCst) => return Act::answer(418, "not now"),
            id if path.contains("/pipelines/") && id.parse::<u64>().is_ok() => {
                count.fetch_add(1, Ordering::SeqCst);
                let mut whole = listed(id.parse().unwrap());
                whole["started_at"] = json!("2026-01-01T00:00:00Z");
                whole["finished_at"] = json!("2026-01-01T00:00:30Z");
                whole
            }
            "jobs" | "deployments" | "bridges" => json!([]),
            _ => json!({"id": 1, "username": "ann", "path_with_namespace": "o/r", "default_branch": "main"}),
        };
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("gl", "gitlab"), &server, &["o/r"]);
    let sync = || case.workspace.sync(&case.workspace.connection("gl").unwrap(), &Cancel::default(), |_| {});
    let ended = || {
        let runs = case.workspace.latest_runs(Some("gl"), 10).unwrap();
        (runs.len(), runs.iter().filter(|run| run.finished_at.is_some()).count())
    };
    assert!(sync().unwrap_err().to_string().contains("418"));
    assert_eq!(ended(), (3, 2), "the second is known by the list");
    fails.store(false, Ordering::SeqCst);
    asked.store(0, Ordering::SeqCst);
    sync().unwrap();
    assert_eq!(ended(), (3, 3));
    assert_eq!(asked.load(Ordering::SeqCst), 2, "only what could not be read, and the last, are asked about again");
}

/// A run that goes on, in a place that can go out of sight as where a token loses its rights.
fn one_open(system: &'static str, is_away: Arc<AtomicBool>, is_over: Arc<AtomicBool>) -> FaultServer {
    FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let is_place = ["/repos/", "/job/"].iter().any(|place| target.contains(place));
        if is_place && is_away.load(Ordering::SeqCst) {
            return Act::answer(404, r#"{"message":"Not Found"}"#);
        }
        let over = is_over.load(Ordering::SeqCst);
        let body = match system {
            "jenkins" => {
                let build = json!({"number": 3, "result": over.then_some("SUCCESS"), "building": !over, "duration": 5,
                    "timestamp": 1_700_000_000_000u64, "url": "http://ci/job/shop/3/", "_class": "WorkflowRun"});
                match target {
                    target if target.contains("uilds") => json!({"builds": [build], "allBuilds": [build]}),
                    target if target.contains("/3/api/json") => build,
                    _ => {
                        json!({"fullName": "shop", "name": "shop", "_class": "WorkflowJob", "jobs": [], "id": "ann", "stages": []})
                    }
                }
            }
            _ => {
                let run = json!({"id": 3, "run_number": 3, "workflow_id": 7, "path": "ci.yml@main", "name": "CI",
                    "status": if over { "completed" } else { "in_progress" }, "conclusion": over.then_some("success"),
                    "created_at": "2026-01-01T00:00:00Z", "started_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
                    "head_branch": "main", "event": "push", "run_attempt": 1, "head_sha": "abc",
                    "html_url": "http://ci/acme/shop/actions/runs/3", "repository": {"full_name": "acme/shop"}});
                match target {
                    target if target.ends_with("/version") => json!({"version": "1.27.0"}),
                    target if target.contains("/jobs") => json!({"total_count": 0, "jobs": []}),
                    target if target.contains("/runs/3") => run,
                    target if target.contains("/runs?") => json!({"total_count": 1, "workflow_runs": [run]}),
                    target if target.contains("/deployments") => json!([]),
                    _ => json!({"login": "ann", "full_name": "acme/shop", "default_branch": "main"}),
                }
            }
        };
        Act::answer(200, &body.to_string())
    })
}

#[test]
fn a_place_out_of_sight_says_nothing_of_its_runs() {
    for (system, place) in [("github", "acme/shop"), ("gitea", "acme/shop"), ("jenkins", "shop")] {
        let (is_away, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let server = one_open(system, is_away.clone(), is_over.clone());
        let case = case();
        connected(&case, ("ci", system), &server, &[place]);
        let sync = || case.workspace.sync(&case.workspace.connection("ci").unwrap(), &Cancel::default(), |_| {});
        let status = || case.workspace.latest_runs(Some("ci"), 1).unwrap().remove(0).status;
        let report = sync().unwrap();
        assert_eq!(report.refused, Vec::<String>::new(), "{system}");
        assert_eq!(report.total().new, 1, "{system}: {}", server.heard());
        assert_eq!(status().as_str(), "running", "{system}");
        is_away.store(true, Ordering::SeqCst);
        sync().unwrap_err();
        let run = case.workspace.latest_runs(Some("ci"), 1).unwrap().remove(0);
        case.workspace.look_again(&run, &Cancel::default()).unwrap_err();
        assert_eq!(status().as_str(), "running", "{system}: the data stays as it was");
        is_away.store(false, Ordering::SeqCst);
        is_over.store(true, Ordering::SeqCst);
        sync().unwrap();
        assert_eq!(status().as_str(), "succeeded", "{system}: it is still looked at");
    }
}
