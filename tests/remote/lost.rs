//! Starts whose end or whose answer nobody tells: what is said of them, and where.

use super::*;

fn settings(timeout: &str) -> serde_json::Value {
    serde_json::json!({"auth": {"kind": "none"}, "trigger": {"path": "start", "run_id": "$.id"},
        "status": {"path": "runs/{{run_id|path}}", "state": "$.state", "map": {"succeeded": ["ok"]}, "timeout": timeout}})
}

fn ask() -> StartAsk {
    StartAsk { connection: "hook".to_owned(), pipeline: "hook".to_owned(), ..StartAsk::default() }
}

#[test]
fn while_a_request_is_out_nobody_says_that_it_was_left_behind() {
    let (let_go, wait) = crossbeam_channel::bounded::<()>(1);
    let server = FaultServer::answering(move |head| {
        if head.starts_with("POST") {
            wait.recv().unwrap();
            return Act::answer(200, r#"{"id": 7}"#);
        }
        Act::answer(200, r#"{"state": "going"}"#)
    });
    let case = case();
    webhook(&case, "hook", &server, settings("1h"));
    let path = case.workspace.path().to_owned();
    let start = move || Workspace::open(&path).unwrap().start(&ask(), &Cancel::default()).map(|start| start.state);
    let starting = std::thread::Builder::new().spawn(start).unwrap();
    let begun = std::time::Instant::now();
    let open = loop {
        match case.workspace.open_starts().unwrap().pop() {
            Some(open) => break open,
            None if begun.elapsed().as_secs() > 20 => panic!("no start"),
            None => std::thread::sleep(std::time::Duration::from_millis(5)),
        }
    };
    let seen = case.workspace.follow(&open.id, &Cancel::default()).unwrap();
    assert_eq!(seen.start.state, StartState::Starting);
    assert!(seen.wait_reason.unwrap().contains("is out"));
    let_go.send(()).unwrap();
    assert_eq!(starting.join().unwrap().unwrap(), StartState::Running);
    let beside = names_in(case.workspace.path().parent().unwrap());
    assert!(!beside.iter().any(|name| name.contains("sending")), "{beside:?}");
}

#[test]
fn what_a_killed_program_was_sending_is_looked_for_and_lost_with_a_word() {
    let server = FaultServer::always(Act::Reset);
    let case = case();
    webhook(&case, "hook", &server, settings("1h"));
    let start = case.workspace.start(&ask(), &Cancel::default()).unwrap();
    assert_eq!(start.state, StartState::Lost);
    let notices = case.workspace.notices().unwrap();
    assert_eq!((notices.len(), notices[0].title.as_str()), (1, "hook lost"));
    assert!(notices[0].text.contains("link its run"), "{}", notices[0].text);
    // Somebody looked there: it needs nobody's attention any more, and the audit tells who said so.
    let gone = case.workspace.dismiss_start(&start.id).unwrap();
    assert_eq!((gone.state, gone.state.is_settled()), (StartState::Cancelled, true));
    assert!(case.workspace.dismiss_start(&start.id).unwrap_err().to_string().contains("not lost"));
    assert_eq!(case.workspace.audit().unwrap()[0].outcome, "nothing was started");
}

#[test]
fn a_status_that_cannot_be_asked_is_given_up_after_its_time() {
    for answer in [Act::typed(200, "text/html", "<html>"), Act::answer(500, "no"), Act::answer(200, "")] {
        let server = FaultServer::answering(move |head| {
            if head.starts_with("POST") { Act::answer(200, r#"{"id": 7}"#) } else { answer.clone() }
        });
        let case = case();
        webhook(&case, "hook", &server, settings("1s"));
        let start = case.workspace.start(&ask(), &Cancel::default()).unwrap();
        assert!(case.workspace.follow(&start.id, &Cancel::default()).is_err(), "it has time left");
        std::thread::sleep(std::time::Duration::from_millis(1100));
        let lost = case.workspace.follow(&start.id, &Cancel::default()).unwrap().start;
        assert_eq!(lost.state, StartState::Lost);
        assert!(lost.why.unwrap().contains("no end of it was told in 1 s ("));
        assert_eq!(case.workspace.notices().unwrap().len(), 1);
        let seen = case.workspace.dismiss_start(&lost.id).unwrap();
        assert_eq!((seen.state, seen.status), (StartState::Ended, None), "it ran, and is not running");
        let kept = case.workspace.starts().unwrap().remove(0);
        assert_eq!((kept.state, kept.status), (StartState::Ended, None));
        assert!(case.workspace.open_starts().unwrap().is_empty());
    }
}
