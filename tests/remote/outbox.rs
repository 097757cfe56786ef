//! What hooks are told: each once, one failing keeping none of the others back.

use super::*;

/// Deployments of GitHub that ended at given moments, from when they are let out.
fn deployments(shown: Arc<Mutex<Vec<(u32, String)>>>) -> FaultServer {
    FaultServer::answering(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let shown = shown.lock().unwrap().clone();
        let url = "https://api.github.com/repos/acme/shop/deployments";
        let body = if path.contains("/statuses") {
            let id = path.split("/deployments/").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
            let at =
                shown.iter().find(|(known, _)| known.to_string() == id).map(|(_, at)| at.clone()).unwrap_or_default();
            format!(
                r#"[{{"id":1,"state":"success","created_at":"{at}","environment":"production","deployment_url":"{url}/{id}"}}]"#
            )
        } else if path.contains("/deployments") {
            let each = shown.iter().map(|(id, at)| {
                format!(r#"{{"id":{id},"sha":"s{id}","ref":"main","task":"deploy","environment":"production","created_at":"{at}","updated_at":"{at}","url":"{url}/{id}"}}"#)
            });
            format!("[{}]", each.collect::<Vec<_>>().join(","))
        } else if path.contains("/actions/runs") {
            r#"{"total_count":0,"workflow_runs":[]}"#.to_owned()
        } else {
            "{}".to_owned()
        };
        Act::answer(200, &body)
    })
}

fn ago(minutes: i64) -> String {
    jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap().to_string()
}

fn announce() -> serde_json::Value {
    serde_json::json!({"announce": {"path": "hooks/ops", "body": "{\"text\": {{text|json}}}"}})
}

fn sync(case: &Case) -> gemba::engine::SyncReport {
    let entry = case.workspace.connection("gh").unwrap();
    case.workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap()
}

fn follow_to_its_end(case: &Case, start: &str) {
    for _ in 0..50 {
        if case.workspace.follow(start, &Cancel::default()).unwrap().start.state == StartState::Ended {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_hook_that_refuses_one_hears_the_others() {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let server = deployments(shown.clone());
    let hook = FaultServer::in_turn(vec![Act::answer(400, "no"), Act::answer(204, ""), Act::answer(204, "")]);
    let case = case();
    github(&case, &server);
    webhook(&case, "ops", &hook, announce());
    sync(&case);
    // One by a clock that is far behind, which was not there before.
    shown.lock().unwrap().extend([(1, ago(0)), (2, ago(0)), (3, ago(40))]);
    let report = sync(&case);
    assert_eq!((report.announced, hook.asked(), report.refused.len()), (3, 3, 1), "{:?}", report.refused);
    sync(&case);
    assert_eq!(hook.asked(), 3, "what was refused is not said again");
    let audit = case.workspace.audit().unwrap();
    let outcomes = |word: &str| audit.iter().filter(|it| it.act == "announce" && it.outcome.starts_with(word)).count();
    assert_eq!((outcomes("asked"), outcomes("done"), outcomes("failed")), (3, 2, 1));
    assert!(audit.iter().filter(|it| it.act == "announce").all(|it| it.names[0].contains("in production")));
}

#[test]
fn a_hook_that_cannot_be_reached_hears_later_and_one_that_may_have_heard_does_not() {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let server = deployments(shown.clone());
    let hook = FaultServer::in_turn(vec![Act::Reset, Act::answer(204, "")]);
    let case = case();
    github(&case, &server);
    webhook(&case, "ops", &hook, announce());
    let entry = case.workspace.connection("ops").unwrap();
    let nowhere = ConnectionEntry { base: "http://127.0.0.1:9".to_owned(), ..entry.clone() };
    case.workspace.change_connection(&nowhere).unwrap();
    sync(&case);
    shown.lock().unwrap().push((1, ago(0)));
    assert_eq!(sync(&case).refused.len(), 1, "told that it was not told");
    assert_eq!(hook.asked(), 0);
    // It is there again, and breaks off: nobody knows whether it heard.
    case.workspace.change_connection(&entry).unwrap();
    sync(&case);
    assert_eq!(hook.asked(), 1);
    sync(&case);
    assert_eq!(hook.asked(), 1);
    shown.lock().unwrap().push((2, ago(0)));
    sync(&case);
    assert_eq!(hook.asked(), 2);
}

#[test]
fn what_was_started_for_production_is_told_where_nothing_makes_a_deployment_of_it() {
    let hook = FaultServer::always(Act::answer(204, ""));
    let ci = FaultServer::answering(|head| {
        if head.starts_with("POST") { Act::answer(200, r#"{"id": "7"}"#) } else { Act::answer(200, r#"{"s": "done"}"#) }
    });
    let case = case();
    webhook(&case, "ops", &hook, announce());
    let settings = serde_json::json!({"pipelines": ["deploy"],
        "params": [{"name": "target", "options": ["staging", "production"]}],
        "trigger": {"path": "go", "body": "{\"t\": {{target|json}}}", "run_id": "/id"},
        "status": {"path": "runs/{{run_id|path}}", "state": "/s", "map": {"succeeded": ["done"]}}});
    webhook(&case, "ci", &ci, settings);
    for (target, told) in [("staging", 0), ("production", 1)] {
        let ask = StartAsk {
            connection: "ci".to_owned(),
            pipeline: "deploy".to_owned(),
            inputs: vec![("target".to_owned(), target.to_owned())],
            confirmed: Some("production".to_owned()),
            ..StartAsk::default()
        };
        let start = case.workspace.start(&ask, &Cancel::default()).unwrap();
        follow_to_its_end(&case, &start.id);
        assert_eq!(hook.asked(), told, "{target}");
    }
    assert!(hook.heard().contains("for production"), "{}", hook.heard());
}

#[test]
fn a_run_that_deployed_to_production_is_told_once_and_leads_to_its_run() {
    let at = jiff::Timestamp::now();
    let ci = FaultServer::answering(move |head| match head.starts_with("POST") {
        true => Act::answer(200, r#"{"id": "7"}"#),
        false => Act::answer(200, &format!(r#"{{"s": "done", "e": "{at}"}}"#)),
    });
    let case = case();
    let settings = serde_json::json!({"pipelines": ["deploy"], "trigger": {"path": "go", "body": "{}", "run_id": "/id"},
        "status": {"path": "runs/{{run_id|path}}", "state": "/s", "finished": "/e", "map": {"succeeded": ["done"]}}});
    webhook(&case, "ci", &ci, settings);
    let file = tempfile::NamedTempFile::with_suffix(".jsonl").unwrap();
    let lines = [
        serde_json::json!({"type": "service", "id": "shop", "name": "Shop"}),
        serde_json::json!({"type": "environment", "id": "production", "name": "production", "class": "production"}),
        serde_json::json!({"type": "deployment_rule", "id": "r", "service": "shop", "environment": "production",
            "run_connection": "ci", "pipeline": "deploy"}),
    ];
    std::fs::write(file.path(), lines.map(|line| format!("{line}\n")).concat()).unwrap();
    case.workspace.import(&ImportRequest::of_path(file.path()), &Cancel::default(), |_| {}).unwrap();
    let ask = StartAsk {
        connection: "ci".to_owned(),
        pipeline: "deploy".to_owned(),
        confirmed: Some("production".to_owned()),
        ..StartAsk::default()
    };
    let start = case.workspace.start(&ask, &Cancel::default()).unwrap();
    follow_to_its_end(&case, &start.id);
    let notices = case.workspace.notices().unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].title, "Shop succeeded in production");
    assert_eq!((notices[0].run_id.as_deref(), notices[0].run_key.is_some()), (Some("7"), true));
    assert_eq!(case.workspace.starts().unwrap()[0].run_key, notices[0].run_key);
}

#[test]
fn only_what_failed_runs_again_where_a_system_can_do_that() {
    let server = FaultServer::always(Act::answer(200, "{}"));
    let case = case();
    let entry = connected(&case, ("jk", "jenkins"), &server, &["deploy"]);
    let run = gemba::model::record::Run {
        connection: entry.name,
        pipeline: "deploy".to_owned(),
        id: "deploy#3".to_owned(),
        ..Default::default()
    };
    let before = server.asked();
    let ask = RetryAsk { failed_only: true, ..RetryAsk::default() };
    let error = case.workspace.retry(&run, &ask, &Cancel::default()).unwrap_err().to_string();
    assert!(error.contains("only what failed"), "{error}");
    assert_eq!(server.asked(), before);
}
