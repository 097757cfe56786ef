//! Runs that are run again in their place, and starts that could go wrong quietly.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use gemba::engine::{Cancel, EngineError, RetryAsk, StartAsk, Workspace};
use gemba::model::Status;
use gemba::model::record::Run;
use serde_json::json;

use super::fault_server::{Act, FaultServer};
use super::{case, connected, github, webhook};

/// GitHub with one failed run; once it was asked to run it again it does so after a few looks.
fn rerunning(breaks: bool) -> (FaultServer, Arc<AtomicUsize>) {
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = looks.clone();
    let was_asked = AtomicBool::new(false);
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        if head.starts_with("POST") {
            was_asked.store(true, Ordering::SeqCst);
            return if breaks { Act::Reset } else { Act::answer(201, "{}") };
        }
        let has_begun = was_asked.load(Ordering::SeqCst) && looks.load(Ordering::SeqCst) > 2;
        let (attempt, conclusion) = if has_begun { (2, "success") } else { (1, "failure") };
        let run = |id: u32, attempt: u32, conclusion: &str, event: &str| {
            json!({"id": id, "workflow_id": 7, "name": "CI", "path": ".github/workflows/ci.yml", "run_number": id, "run_attempt": attempt,
                "status": "completed", "conclusion": conclusion, "event": event, "head_branch": "main", "head_sha": "a",
                "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:05:00Z", "run_started_at": "2026-11-01T00:00:00Z",
                "html_url": "https://github.com/acme/shop/actions/runs/11", "repository": {"full_name": "acme/shop"}})
        };
        let body = match target.split('?').next().unwrap_or_default() {
            path if path.ends_with("/actions/runs/11") => {
                looks.fetch_add(1, Ordering::SeqCst);
                run(11, attempt, conclusion, "push")
            }
            path if path.ends_with("/jobs") => json!({"jobs": []}),
            // A stranger's run, newer than ours.
            path if path.ends_with("/runs") => json!({"total_count": 2,
                "workflow_runs": [run(50, 1, "success", "workflow_dispatch"), run(11, attempt, conclusion, "push")]}),
            path if path.ends_with("/deployments") => json!([]),
            _ => {
                json!({"login": "ann", "full_name": "acme/shop", "permissions": {"push": true}, "workflows": [], "id": 7})
            }
        };
        Act::answer(200, &body.to_string())
    });
    (server, seen)
}

fn run_11(workspace: &Workspace) -> Run {
    workspace.latest_runs(Some("gh"), 10).unwrap().into_iter().find(|run| run.id == "11").unwrap()
}

#[test]
fn a_run_that_is_run_again_is_followed_to_its_new_end() {
    for breaks in [false, true] {
        let case = case();
        let (server, _) = rerunning(breaks);
        let entry = github(&case, &server);
        case.workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap();
        let run = run_11(&case.workspace);
        let start = case.workspace.retry(&run, &RetryAsk::default(), &Cancel::default()).unwrap();
        let mut followed = case.workspace.follow(&start.id, &Cancel::default()).unwrap();
        assert!(!followed.start.state.is_settled(), "as it ended before says nothing: {followed:?}");
        for _ in 0..5 {
            followed = case.workspace.follow(&start.id, &Cancel::default()).unwrap();
        }
        let start = followed.start;
        assert_eq!((start.run_id.as_deref(), start.run_attempt), (Some("11"), Some(2)), "breaks: {breaks}");
        assert_eq!(start.status, Some(Status::Succeeded));
    }
}

#[test]
fn gitlab_runs_everything_again_with_the_same_variables_and_leaves_defaults_to_the_server() {
    let case = case();
    let posted = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = posted.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        if head.starts_with("POST") && path.ends_with("/pipeline") {
            note.lock().unwrap().push(path.to_owned());
            return Act::answer(201, "{\"id\": 9}");
        }
        let pipeline = json!({"id": 5, "iid": 5, "ref": "main", "sha": "a", "status": "failed", "source": "api", "project_id": 1,
            "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:05:00Z",
            "started_at": "2026-11-01T00:00:00Z", "finished_at": "2026-11-01T00:05:00Z", "web_url": "https://gitlab.com/acme/shop/-/pipelines/5"});
        let body = match path {
            path if path.ends_with("/graphql") => json!({"data": {"project": {"ciPipelineCreationInputs": [],
                "ciConfigVariables": [{"key": "TARGET", "value": "production", "description": null, "valueOptions": null}]}}}),
            path if path.ends_with("/variables") => {
                json!([{"key": "TARGET", "value": "staging", "variable_type": "env_var"}])
            }
            path if path.ends_with("/pipelines/5") => pipeline,
            path if path.ends_with("/pipelines") => json!([pipeline]),
            path if path.ends_with("/user") => json!({"username": "ann", "id": 1}),
            path if path.ends_with("/version") => json!({"version": "18.0"}),
            path if path.ends_with("/jobs") || path.ends_with("/bridges") || path.ends_with("/deployments") => {
                json!([])
            }
            _ => json!({"id": 1, "path_with_namespace": "acme/shop", "default_branch": "main", "permissions": {}}),
        };
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("gl", "gitlab"), &server, &["acme/shop"]);
    case.workspace.sync(&case.workspace.connection("gl").unwrap(), &Cancel::default(), |_| {}).unwrap();
    let run = case.workspace.latest_runs(Some("gl"), 10).unwrap().remove(0);
    case.workspace.retry(&run, &RetryAsk::default(), &Cancel::default()).unwrap();
    assert!(server.heard().contains("\"value\":\"staging\""), "{}", server.heard());
    // The default goes to production: that is asked for, and not sent where a project may forbid variables.
    let ask = StartAsk { connection: "gl".to_owned(), pipeline: "acme/shop".to_owned(), ..StartAsk::default() };
    let refused = case.workspace.start(&ask, &Cancel::default()).unwrap_err();
    assert!(matches!(&refused, EngineError::Unconfirmed { environment } if environment == "production"), "{refused}");
    case.workspace.start(&StartAsk { confirmed: Some("production".to_owned()), ..ask }, &Cancel::default()).unwrap();
    assert_eq!(posted.lock().unwrap().len(), 2);
    assert!(!server.heard().contains("\"value\":\"production\""), "{}", server.heard());
}

#[test]
fn a_pipeline_that_goes_to_production_by_rule_asks_for_its_name() {
    let case = case();
    let server = FaultServer::answering(|_head| {
        Act::answer(
            200,
            "{\"builders\":[{\"builderid\":1,\"name\":\"ship\"}],\"buildsets\":[],\
             \"forceschedulers\":[{\"name\":\"f\",\"builder_names\":[\"ship\"],\"all_fields\":[]}],\"result\":[1,{\"1\":1}]}",
        )
    });
    connected(&case, ("ci", "buildbot"), &server, &[]);
    let file = case._folder.path().join("rule.jsonl");
    let rule = json!({"type": "deployment_rule", "id": "r", "service": "shop", "environment": "production", "pipeline": "ship"});
    std::fs::write(&file, format!("{rule}\n")).unwrap();
    case.workspace.import(&gemba::engine::ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
    let ask = StartAsk { connection: "ci".to_owned(), pipeline: "ship".to_owned(), ..StartAsk::default() };
    let refused = case.workspace.start(&ask, &Cancel::default()).unwrap_err();
    assert!(matches!(&refused, EngineError::Unconfirmed { environment } if environment == "production"), "{refused}");
    case.workspace.start(&StartAsk { confirmed: Some("production".to_owned()), ..ask }, &Cancel::default()).unwrap();
}

#[test]
fn what_waits_in_a_queue_is_taken_out_of_it_before_it_has_a_run() {
    let case = case();
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let seen = is_cancelled.clone();
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        if head.starts_with("POST") && target.contains("/buildrequests/1") && head.contains("\"cancel\"") {
            seen.store(true, Ordering::SeqCst);
            return Act::answer(200, "{\"result\": null}");
        }
        let complete = seen.load(Ordering::SeqCst);
        let body = json!({"builders": [{"builderid": 1, "name": "slow"}], "buildsets": [], "builds": [],
            "forceschedulers": [{"name": "f", "builder_names": ["slow"], "all_fields": []}],
            "buildrequests": [{"buildrequestid": 1, "complete": complete, "claimed": false}], "result": [1, {"1": 1}]});
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("ci", "buildbot"), &server, &[]);
    let ask = StartAsk { connection: "ci".to_owned(), pipeline: "slow".to_owned(), ..StartAsk::default() };
    let start = case.workspace.start(&ask, &Cancel::default()).unwrap();
    assert_eq!(case.workspace.follow(&start.id, &Cancel::default()).unwrap().start.run_id, None);
    let start = case.workspace.cancel_start(&start.id, &Cancel::default()).unwrap();
    assert_eq!(start.state.as_str(), "cancelled");
    assert!(case.workspace.cancel_start(&start.id, &Cancel::default()).is_err());
    let audit = case.workspace.audit().unwrap();
    assert!(audit.iter().any(|entry| entry.act == "cancel" && entry.outcome == "done"), "{audit:?}");
}

#[test]
fn a_hook_that_tells_no_end_is_given_up_and_one_asked_seldom_is_left_alone() {
    let case = case();
    let server = FaultServer::always(Act::answer(200, r#"{"id":"r1","state":"odd"}"#));
    let start = |name: &str, every: &str, timeout: &str| {
        let settings = json!({"auth": {"kind": "none"}, "trigger": {"path": "go", "body": "{}", "run_id": "$.id"},
            "status": {"path": "r/{{run_id|path}}", "state": "$.state", "map": {"succeeded": ["ok"]},
                "every": every, "timeout": timeout}});
        webhook(&case, name, &server, settings);
        let ask = StartAsk { connection: name.to_owned(), pipeline: name.to_owned(), ..StartAsk::default() };
        case.workspace.start(&ask, &Cancel::default()).unwrap()
    };
    let look = |id: &str| case.workspace.follow(id, &Cancel::default()).unwrap();
    let given_up = look(&start("short", "1ms", "1ms").id).start;
    assert_eq!(given_up.state.as_str(), "lost");
    assert!(given_up.why.unwrap().contains("no end of it was told"));
    let patient = start("patient", "1h", "2h");
    let asked = server.asked();
    assert_eq!(look(&patient.id).wait_reason.unwrap(), "the word \"odd\" is in no line of the map");
    look(&patient.id);
    assert_eq!(server.asked() - asked, 1, "it is asked once an hour");
    let run = case.workspace.latest_runs(Some("patient"), 1).unwrap().remove(0);
    assert_eq!(run.created_at, Some(patient.at), "a run without any time is of the moment it was asked for");
}

#[test]
fn the_request_of_a_hook_is_shown_before_it_is_sent_and_holds_no_secret() {
    let case = case();
    let server = FaultServer::always(Act::answer(200, "{}"));
    let settings = json!({"takes_ref": true, "params": [{"name": "env"}, {"name": "key", "secret": true}],
        "trigger": {"path": "run/{{env|path}}", "headers": {"X-Key": "{{key|header}}"},
            "body": "{\"ref\": {{ref|json}}, \"note\": \"it's\"}"}});
    webhook(&case, "hook", &server, settings);
    let ask = StartAsk {
        connection: "hook".to_owned(),
        pipeline: "hook".to_owned(),
        git_ref: Some("main".to_owned()),
        inputs: vec![("env".to_owned(), "a b".to_owned()), ("key".to_owned(), "canary-key".to_owned())],
        ..StartAsk::default()
    };
    let shown = case.workspace.preview(&ask, &Cancel::default()).unwrap();
    let wanted = format!(
        r#"curl -X POST -H 'X-Key: ***' -H 'content-type: application/json' --data '{{"ref":"main","note":"it'\''s"}}' '{}/run/a%20b'"#,
        server.url()
    );
    assert_eq!((shown.as_str(), server.asked()), (wanted.as_str(), 0));
}
