//! What a start may do: production is asked for by any of its names, secrets are kept nowhere, and a lost answer leads to
//! one's own run only.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gemba::engine::{Cancel, EngineError, ImportRequest, RetryAsk, StartAsk, StartState};
use gemba::model::Time;
use serde_json::json;

use super::fault_server::{Act, FaultServer};
use super::{CANARY, Case, case, connected, github, webhook};

/// A repository with two workflows, of which one is named after production, and their inputs.
fn workflows(inputs: &'static str) -> FaultServer {
    use base64::Engine as _;
    FaultServer::answering(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
        let file = format!("on:\n  workflow_dispatch:\n    inputs:\n{inputs}");
        let body = match path {
            path if path.contains("/contents/") => {
                json!({"content": base64::engine::general_purpose::STANDARD.encode(file)})
            }
            path if path.ends_with("/workflows") => json!({"workflows": [
                {"id": 7, "name": "Deploy production", "path": ".github/workflows/deploy-production.yml", "state": "active"},
                {"id": 8, "name": "Deploy", "path": ".github/workflows/deploy.yml", "state": "active"}]}),
            path if path.ends_with("/dispatches") => json!({"workflow_run_id": 50}),
            path if path.ends_with("/runs") => json!({"total_count": 0, "workflow_runs": []}),
            path if path.ends_with("/deployments") => json!([]),
            _ => {
                json!({"id": 50, "login": "ann", "full_name": "acme/shop", "default_branch": "main", "permissions": {"push": true},
                    "status": "queued", "jobs": []})
            }
        };
        Act::answer(200, &body.to_string())
    })
}

fn start(case: &Case, connection: &str, pipeline: &str, inputs: &[(&str, &str)]) -> Result<StartState, EngineError> {
    let ask = StartAsk {
        connection: connection.to_owned(),
        pipeline: pipeline.to_owned(),
        inputs: inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..StartAsk::default()
    };
    case.workspace.start(&ask, &Cancel::default()).map(|start| start.state)
}

fn import(case: &Case, lines: &[serde_json::Value]) {
    let file = case._folder.path().join("more.jsonl");
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let report = case.workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
    assert_eq!(report.refused, 0, "{report:?}");
}

fn asks_for(result: Result<StartState, EngineError>) -> Option<String> {
    match result {
        Err(EngineError::Unconfirmed { environment }) => Some(environment),
        Ok(_) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn production_is_asked_for_by_name_by_id_by_rule_and_by_switch() {
    let case = case();
    let server = workflows("      namespace: {type: string, default: shop}\n");
    github(&case, &server);
    // Another field that names a place takes nothing away from what the pipeline is called.
    for pipeline in ["deploy-production.yml", "7", "acme/shop/deploy-production.yml"] {
        assert_eq!(asks_for(start(&case, "gh", pipeline, &[])).as_deref(), Some("production"), "{pipeline}");
    }
    assert_eq!(asks_for(start(&case, "gh", "deploy.yml", &[])), None);
    let rule = |pipeline: &str| json!({"type": "deployment_rule", "id": "r", "service": "shop", "environment": "eu1", "pipeline": pipeline, "branch": "main|release/.*"});
    let environment = json!({"type": "environment", "id": "eu1", "name": "eu1", "class": "production"});
    import(&case, &[environment, json!({"type": "service", "id": "shop", "name": "shop"}), rule("deploy\\.y[a]ml|8")]);
    assert_eq!(asks_for(start(&case, "gh", "8", &[])).as_deref(), Some("eu1"), "a rule's pattern is a pattern");
    let switches = workflows("      deploy_to_production: {type: boolean, default: false}\n");
    connected(&case, ("sw", "github"), &switches, &["acme/shop"]);
    let ask = |value: &str| asks_for(start(&case, "sw", "deploy.yml", &[("deploy_to_production", value)]));
    assert_eq!((ask("true").as_deref(), ask("false")), (Some("production"), None));
    assert_eq!(server.heard().matches("POST").count(), 1);
}

#[test]
fn a_run_of_a_pipeline_named_after_production_is_asked_about_too() {
    let case = case();
    let server = workflows("      a: {type: string}\n");
    github(&case, &server);
    import(
        &case,
        &[json!({"type": "run", "connection": "gh", "pipeline": "7", "pipeline_name": "Deploy production", "id": "41",
        "status": "failed", "repo": "acme/shop", "branch": "main", "started_at": "2026-01-01T00:00:00Z"})],
    );
    let run = case.workspace.latest_runs(Some("gh"), 1).unwrap().remove(0);
    let refused = case.workspace.retry(&run, &RetryAsk::default(), &Cancel::default()).unwrap_err();
    assert!(matches!(&refused, EngineError::Unconfirmed { environment } if environment == "production"), "{refused}");
    assert!(!server.heard().contains("POST"));
}

#[test]
fn what_was_typed_as_a_secret_is_kept_nowhere_and_hidden_where_it_comes_back() {
    let case = case();
    let server = workflows("      plain: {type: string}\n      api_token: {type: string}\n");
    github(&case, &server);
    let inputs = ["plain", "api_token"].map(|name| (name.to_owned(), format!("{CANARY}-{name}")));
    let ask = StartAsk {
        connection: "gh".to_owned(),
        pipeline: "deploy.yml".to_owned(),
        inputs: inputs.to_vec(),
        secrets: vec!["plain".to_owned()],
        ..StartAsk::default()
    };
    let started = case.workspace.start(&ask, &Cancel::default()).unwrap();
    assert!(started.inputs.iter().all(|(_, value)| value.is_none()), "{started:?}");
    assert!(server.heard().contains(CANARY), "the server gets it");
    let hook = FaultServer::answering(|head| match head.contains("/status") {
        true => Act::answer(
            200,
            &json!({"state": format!("weird {CANARY}-hook"), "url": format!("https://x.example/?k={CANARY}-hook")})
                .to_string(),
        ),
        false => Act::answer(200, r#"{"id":"r1"}"#),
    });
    webhook(
        &case,
        "hook",
        &hook,
        json!({
            "params": [{"name": "key", "secret": true}],
            "trigger": {"method": "POST", "path": "go", "headers": {"X-Key": "{{key|header}}"}, "body_kind": "none", "run_id": "$.id"},
            "status": {"path": "status", "state": "$.state", "map": {"succeeded": ["ok"]}, "url": "$.url"}
        }),
    );
    let ask = StartAsk {
        connection: "hook".to_owned(),
        pipeline: "go".to_owned(),
        inputs: vec![("key".to_owned(), format!("{CANARY}-hook"))],
        ..StartAsk::default()
    };
    let started = case.workspace.start(&ask, &Cancel::default()).unwrap();
    case.workspace.follow(&started.id, &Cancel::default()).unwrap();
    for name in std::fs::read_dir(case._folder.path()).unwrap() {
        let path = name.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "{}", path.display());
    }
}

#[test]
fn a_webhook_is_asked_once_whatever_its_method_and_an_unknown_yes_is_no_no() {
    // A webhook cannot be asked what it started: only a person can tell, and links the run.
    for (answer, state) in [(502, StartState::Lost), (202, StartState::Lost), (404, StartState::Refused)] {
        let case = case();
        let hits = Arc::new(AtomicU64::new(0));
        let count = hits.clone();
        let server = FaultServer::answering(move |head| {
            if head.contains("/go") {
                count.fetch_add(1, Ordering::SeqCst);
                return Act::answer(answer, r#"{"id":"z"}"#);
            }
            Act::answer(200, "{}")
        });
        webhook(
            &case,
            "hook",
            &server,
            json!({"trigger": {"method": "GET", "path": "go", "body_kind": "none", "ok": [200], "run_id": "$.id"}}),
        );
        let started = start(&case, "hook", "go", &[]);
        let kept = case.workspace.starts().unwrap().remove(0).state;
        assert_eq!((hits.load(Ordering::SeqCst), kept), (1, state), "{answer}: {started:?}");
    }
}

/// Two repositories of a Woodpecker whose pipelines are numbered each from one; the answer to a start is lost.
fn woodpecker() -> FaultServer {
    FaultServer::answering(|head| {
        let (path, query) = head.split(' ').nth(1).unwrap_or_default().split_once('?').unwrap_or_default();
        let bare = head.split(' ').nth(1).unwrap_or_default();
        let of = |number: u64, branch: &str| json!({"number": number, "status": "running", "event": "manual", "branch": branch, "author": "ann", "created": 1_700_000_000});
        if head.starts_with("POST") {
            return if bare.contains("/repos/2/") { Act::Reset } else { Act::answer(200, &of(1, "main").to_string()) };
        }
        let body = match bare {
            bare if bare.contains("/user") => json!({"login": "ann"}),
            bare if bare.contains("lookup/acme/a") => json!({"id": 1, "full_name": "acme/a", "default_branch": "main"}),
            bare if bare.contains("lookup/acme/b") => json!({"id": 2, "full_name": "acme/b", "default_branch": "main"}),
            // What a stranger began on another branch stands before ours; what was there before the start is asked for alone.
            _ if path.ends_with("/pipelines") && query.contains("perPage=1&") || query.ends_with("perPage=1") => {
                json!([])
            }
            _ if path.ends_with("/repos/2/pipelines") => json!([of(2, "main"), of(1, "experiment")]),
            _ if path.ends_with("/pipelines") => json!([of(1, "main")]),
            bare if bare.contains("/repos/2/pipelines/") => of(2, "main"),
            _ => of(1, "main"),
        };
        Act::answer(200, &body.to_string())
    })
}

#[test]
fn a_lost_answer_leads_to_the_run_of_its_own_repository_and_branch() {
    let case = case();
    let server = woodpecker();
    connected(&case, ("wp", "woodpecker"), &server, &["acme/a", "acme/b"]);
    assert_eq!(start(&case, "wp", "acme/a", &[]).unwrap(), StartState::Running, "it is number one there");
    let ask = StartAsk {
        connection: "wp".to_owned(),
        pipeline: "acme/b".to_owned(),
        git_ref: Some("main".to_owned()),
        ..StartAsk::default()
    };
    let lost = case.workspace.start(&ask, &Cancel::default()).unwrap();
    assert_eq!(lost.state, StartState::Ambiguous);
    let found = case.workspace.follow(&lost.id, &Cancel::default()).unwrap().start;
    assert_eq!(found.run_id.as_deref(), Some("2"), "{found:?}");
}

/// A Jenkins that begins a build for each start and answers none.
fn deaf_jenkins() -> FaultServer {
    let begun = Arc::new(std::sync::atomic::AtomicU64::new(6));
    FaultServer::answering(move |head| {
        if head.starts_with("POST") {
            begun.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            return Act::Reset;
        }
        let last = begun.load(std::sync::atomic::Ordering::SeqCst);
        let builds: Vec<serde_json::Value> = (7..=last).rev().map(|n| json!({"number": n})).collect();
        let number = head.split("/deploy/").nth(1).and_then(|rest| rest.split('/').next()?.parse::<u64>().ok());
        let given = json!([{"parameters": [{"name": "V", "value": format!("v{}", number.unwrap_or_default())}]}]);
        let definitions = json!([{"parameterDefinitions": [{"name": "V", "type": "StringParameterDefinition"}]}]);
        Act::answer(
            200,
            &json!({"number": number, "building": true, "timestamp": Time::now().0 / 1000, "id": "ann", "items": [],
                "url": format!("https://ci.example/job/deploy/{}/", number.unwrap_or_default()), "builds": builds,
                "property": definitions, "actions": given, "lastBuild": {"number": 6}, "fullName": "deploy"})
            .to_string(),
        )
    })
}

#[test]
fn several_lost_starts_come_to_their_own_runs_whichever_is_looked_for_first() {
    for inputs in [["v7", "v8", "v9"], ["", "", ""]] {
        let case = case();
        let server = deaf_jenkins();
        connected(&case, ("jk", "jenkins"), &server, &["deploy"]);
        let lost: Vec<String> = inputs
            .iter()
            .map(|value| {
                let given: &[(&str, &str)] = if value.is_empty() { &[] } else { &[("V", value)] };
                assert_eq!(start(&case, "jk", "deploy", given).unwrap(), StartState::Ambiguous);
                case.workspace.starts().unwrap().remove(0).id
            })
            .collect();
        for id in lost.iter().rev() {
            case.workspace.follow(id, &Cancel::default()).unwrap();
        }
        let starts = case.workspace.starts().unwrap();
        let run_of = |id: &String| starts.iter().find(|start| start.id == *id).unwrap().run_id.clone().unwrap();
        let runs: Vec<String> = lost.iter().map(run_of).collect();
        assert_eq!(runs, ["deploy#7", "deploy#8", "deploy#9"], "{inputs:?}");
    }
}

#[test]
fn a_lost_start_is_linked_to_a_run_of_its_own_server_and_pipeline_only() {
    let case = case();
    let server = FaultServer::answering(|head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        if head.starts_with("POST") {
            return Act::Reset;
        }
        let build = |job: &str| {
            let is_old = target.contains("/6/");
            let (number, began) = if is_old { (6, 1_700_000_000_000) } else { (7, Time::now().0 / 1000) };
            json!({"number": number, "result": "SUCCESS", "building": false, "timestamp": began, "duration": 5,
                "url": format!("https://ci.example/job/{job}/{number}/"), "id": "ann", "property": [], "builds": [], "items": [],
                "lastBuild": {"number": 7}, "stages": [], "fullName": job})
        };
        Act::answer(200, &build(if target.contains("/other/") { "other" } else { "deploy" }).to_string())
    });
    connected(&case, ("jk", "jenkins"), &server, &["deploy", "other"]);
    assert_eq!(start(&case, "jk", "deploy", &[]).unwrap(), StartState::Ambiguous);
    let id = case.workspace.starts().unwrap().remove(0).id;
    let link = |url: &str| case.workspace.link_start(&id, url, &Cancel::default());
    let refused = |url: &str| link(url).unwrap_err().to_string();
    assert!(refused("https://elsewhere.example/job/deploy/7/").contains("another server"));
    assert!(refused(&format!("{}/job/other/7/", server.url())).contains("is a run of other"));
    assert!(refused(&format!("{}/job/deploy/6/", server.url())).contains("cannot have come of it"));
    assert_eq!(link(&format!("{}/job/deploy/7/", server.url())).unwrap().run_id.as_deref(), Some("deploy#7"));
}

#[test]
fn what_was_started_is_known_by_its_id_and_a_branch_that_would_be_left_out_is_refused() {
    let case = case();
    let server = workflows("      note: {type: string}\n");
    github(&case, &server);
    assert_eq!(start(&case, "gh", "acme/shop/deploy.yml", &[]).unwrap(), StartState::Running);
    // No round has brought it yet.
    for name in ["50", "gh:50"] {
        let run = case.workspace.runs_named(name).unwrap().remove(0);
        assert_eq!((run.pipeline.as_str(), run.id.as_str()), ("acme/shop/deploy.yml", "50"), "{name}");
    }
    assert!(case.workspace.runs_named("gh:51").unwrap().is_empty());
    let hook = FaultServer::answering(|_| Act::answer(200, "{}"));
    webhook(&case, "hook", &hook, json!({"trigger": {"path": "go", "body_kind": "none"}, "pipelines": ["go"]}));
    let ask = StartAsk {
        connection: "hook".to_owned(),
        pipeline: "go".to_owned(),
        git_ref: Some("release/1.0".to_owned()),
        ..StartAsk::default()
    };
    let refused = case.workspace.start(&ask, &Cancel::default()).unwrap_err();
    assert!(matches!(&refused, EngineError::Misfit(why) if why.contains("release/1.0")), "{refused}");
    assert!(!hook.heard().contains("POST"), "nothing is started");
}

#[test]
fn a_hook_that_says_where_to_see_it_was_carried_out() {
    let case = case();
    let hook = FaultServer::answering(|_| {
        Act::Raw(b"HTTP/1.1 303 See Other\r\nlocation: /runs/r77\r\ncontent-length: 0\r\n\r\n".to_vec())
    });
    let settings = |location: bool| json!({"trigger": {"path": "go", "body_kind": "none", "location": location}, "pipelines": ["go"]});
    webhook(&case, "seen", &hook, settings(true));
    webhook(&case, "blind", &hook, settings(false));
    assert_eq!(start(&case, "seen", "go", &[]).unwrap(), StartState::Running);
    assert_eq!(case.workspace.starts().unwrap()[0].run_id.as_deref(), Some("r77"));
    assert_eq!(start(&case, "blind", "go", &[]).unwrap(), StartState::Lost, "it is not to be started again");
}

fn run_of(case: &Case, connection: &str, pipeline: &str, id: &str) -> gemba::model::record::Run {
    import(
        case,
        &[json!({"type": "run", "connection": connection, "pipeline": pipeline, "id": id, "repo": pipeline,
        "status": "failed", "branch": "main", "started_at": "2026-01-01T00:00:00Z"})],
    );
    case.workspace.latest_runs(Some(connection), 1).unwrap().remove(0)
}

#[test]
fn a_run_that_others_gave_production_is_asked_about_before_it_runs_again() {
    let case = case();
    let server = FaultServer::answering(|head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let body = match target {
            target if target.contains("/properties") => {
                json!({"properties": [{"owner": ["ann", "Force"]}, {"target": ["production", "Force"]}]})
            }
            target if target.contains("/builders") => json!({"builders": [{"builderid": 1, "name": "deploy"}]}),
            _ if head.starts_with("POST") => json!({"result": [9, {"1": 8}], "id": 1, "jsonrpc": "2.0"}),
            _ => json!({"builds": [], "buildrequests": [], "forceschedulers": [], "meta": {"total": 0}}),
        };
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("bb", "buildbot"), &server, &[]);
    let run = run_of(&case, "bb", "1", "7");
    let refused = case.workspace.retry(&run, &RetryAsk::default(), &Cancel::default()).unwrap_err();
    assert!(matches!(&refused, EngineError::Unconfirmed { environment } if environment == "production"), "{refused}");
    assert!(!server.heard().contains("POST"));
    let ask = RetryAsk { confirmed: Some("production".to_owned()), ..RetryAsk::default() };
    let again = case.workspace.retry(&run, &ask, &Cancel::default()).unwrap();
    assert_eq!(again.environment.as_deref(), Some("production"), "its end is told to those who operate");
}

/// A project whose pipelines take an input, which GitLab keeps to itself.
fn gitlab_with_inputs() -> FaultServer {
    FaultServer::answering(|head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let body = match target {
            target if target.contains("graphql") => json!({"data": {"project": {
                "ciPipelineCreationInputs": [{"name": "target", "type": "STRING", "default": "production"}],
                "ciConfigVariables": []}}}),
            target if target.ends_with("/variables") => json!([]),
            target if target.contains("/pipeline?") || target.ends_with("/pipeline") => {
                json!({"id": 351, "status": "running", "ref": "main"})
            }
            target if target.contains("/pipelines/") => json!({"id": 351, "status": "failed", "ref": "main"}),
            target if target.contains("/pipelines") => json!([]),
            _ => {
                json!({"id": 1, "username": "ann", "path_with_namespace": "acme/shop", "default_branch": "main", "version": "18.0"})
            }
        };
        Act::answer(if head.starts_with("POST") && !target.contains("graphql") { 201 } else { 200 }, &body.to_string())
    })
}

#[test]
fn gitlab_runs_a_pipeline_again_with_the_inputs_it_was_given_or_not_at_all() {
    let case = case();
    let server = gitlab_with_inputs();
    connected(&case, ("gl", "gitlab"), &server, &["acme/shop"]);
    let foreign = run_of(&case, "gl", "acme/shop", "300");
    let refused = case.workspace.retry(&foreign, &RetryAsk::default(), &Cancel::default()).unwrap_err().to_string();
    assert!(refused.contains("which inputs"), "{refused}");
    assert_eq!(start(&case, "gl", "acme/shop", &[("target", "staging")]).unwrap(), StartState::Running);
    let own = run_of(&case, "gl", "acme/shop", "351");
    let own = if own.id == "351" { own } else { case.workspace.runs_named("gl:351").unwrap().remove(0) };
    let sent = || server.heard().matches("POST /api/v4/projects").count();
    let before = sent();
    case.workspace.retry(&own, &RetryAsk::default(), &Cancel::default()).unwrap();
    assert_eq!(sent(), before + 1);
    assert_eq!(server.heard().matches(r#""target":"staging""#).count(), 2, "{}", server.heard());
}

#[test]
fn a_waiting_step_asks_for_the_word_for_production_in_its_title() {
    let case = case();
    let server = FaultServer::answering(|head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let job = json!({"id": 5, "name": "deploy to production", "stage": "deploy", "status": "manual",
            "pipeline": {"id": 351}, "created_at": "2026-01-01T00:00:00Z"});
        let body = match target {
            target if target.contains("/jobs/5/play") => json!({"id": 5}),
            target if target.contains("/jobs") => json!([job]),
            target if ["/bridges", "/variables", "/deployments"].iter().any(|end| target.contains(end)) => json!([]),
            target if target.contains("/pipelines/") => json!({"id": 351, "status": "manual", "ref": "main"}),
            target if target.contains("/pipelines") => json!([]),
            _ => {
                json!({"id": 1, "username": "ann", "path_with_namespace": "acme/shop", "default_branch": "main", "version": "18.0"})
            }
        };
        Act::answer(200, &body.to_string())
    });
    connected(&case, ("gl", "gitlab"), &server, &["acme/shop"]);
    let run = run_of(&case, "gl", "acme/shop", "351");
    let approve = |confirmed: Option<&str>| {
        let ask = gemba::engine::ApproveAsk { confirmed: confirmed.map(str::to_owned), ..Default::default() };
        case.workspace.approve(&run, &ask, &Cancel::default())
    };
    let refused = approve(None).unwrap_err();
    assert!(matches!(&refused, EngineError::Unconfirmed { environment } if environment == "production"), "{refused}");
    approve(Some("production")).unwrap();
    assert_eq!(server.heard().matches("/jobs/5/play").count(), 1);
}
