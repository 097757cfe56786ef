//! Other systems over HTTP: every fault a server and a network can cause, and that nothing is started twice.
//!
//! The fault server speaks raw bytes on loopback. Where `GEMBA_BUILDBOT` names a real Buildbot, a thousand starts go there
//! through a proxy that loses requests and answers; without it that test is counted as skipped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

#[path = "remote/again.rs"]
mod again;
#[path = "support/fault_server.rs"]
mod fault_server;
#[path = "remote/guarded.rs"]
mod guarded;
#[path = "remote/lost.rs"]
mod lost;
#[path = "remote/outbox.rs"]
mod outbox;
#[path = "remote/presets.rs"]
mod presets;
#[path = "remote/recorded.rs"]
mod recorded;
#[path = "remote/rounds.rs"]
mod rounds;
#[path = "remote/ways.rs"]
mod ways;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fault_server::{Act, FaultServer};
use gemba::engine::{
    ApproveAsk, Cancel, ConnectionEntry, EngineError, ImportRequest, LoopView, RetryAsk, Secrets, StartAsk, StartState,
    Workspace, secret_of,
};
use gemba::metrics::stages::Attention;
use gemba::remote::{
    Body, Http as _, Patience, Proxy, RemoteError, Reply, Request, Trace, Transport, TransportOptions,
};

/// As long as a loaded machine may need; only the pauses between two questions are short.
const PATIENT: Patience = Patience {
    connect: Duration::from_secs(10),
    silence: Duration::from_secs(20),
    deadline: Duration::from_secs(60),
    back_off: Duration::from_millis(5),
};
const CANARY: &str = "canary-7f3a9c";

/// Patient with everything but the fault in question.
fn patience_for(act: &Act) -> Patience {
    match act {
        Act::Stall => Patience { silence: Duration::from_millis(300), ..PATIENT },
        Act::Drip => Patience { deadline: Duration::from_millis(700), ..PATIENT },
        _ => PATIENT,
    }
}

fn transport(base: &str, patience: Patience, trace: &Arc<Trace>) -> Transport {
    let options =
        TransportOptions { base: base.to_owned(), secret: secret_of(CANARY), patience, ..TransportOptions::default() };
    Transport::new(options, trace.clone(), Arc::new(AtomicBool::new(false))).unwrap()
}

fn ask(act: Act) -> (Result<Reply, RemoteError>, usize, String) {
    send(act, &Request::get("x"))
}

fn send(act: Act, request: &Request) -> (Result<Reply, RemoteError>, usize, String) {
    let patience = patience_for(&act);
    let server = FaultServer::always(act);
    let trace = Arc::new(Trace::default());
    let answered = transport(&server.url(), patience, &trace).send(request);
    let shown = trace.exchanges().iter().map(|e| format!("{} {}\n", e.address, e.outcome)).collect();
    (answered, server.asked(), shown)
}

#[test]
fn what_may_pass_is_asked_again_and_what_will_not_is_told() {
    let again = 4;
    for (name, act, asked, said) in [
        ("reset at once", Act::Reset, again, "does not answer"),
        ("reset in the head", Act::Raw(b"HTTP/1.1 20".to_vec()), again, "does not answer"),
        (
            "reset in the body",
            Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"a\":".to_vec()),
            again,
            "broke off",
        ),
        ("no HTTP", Act::Raw(b"SSH-2.0-x\r\n".to_vec()), again, "does not answer"),
        ("stall", Act::Stall, again, "too slowly"),
        ("server error", Act::answer(500, "boom"), again, "with 500: boom"),
        ("bad gateway", Act::answer(502, "<html>"), again, "with 502"),
        ("unavailable", Act::answer(503, ""), again, "with 503"),
        ("slow bytes", Act::Drip, 1, "too slowly"),
        ("unauthorised", Act::answer(401, "who?"), 1, "does not allow this (401)"),
        ("forbidden", Act::answer(403, "no"), 1, "does not allow this (403)"),
        ("missing", Act::answer(404, ""), 1, "knows nothing"),
        ("conflict", Act::answer(409, "busy"), 1, "with 409: busy"),
        ("unprocessable", Act::answer(422, "bad ref"), 1, "with 422: bad ref"),
        ("a page", Act::typed(200, "text/html; charset=utf-8", "<html>Sign in</html>"), 1, "a web page"),
        ("a page with 203", Act::answer(203, "{}"), 1, "a web page"),
        (
            "moved",
            Act::moved("https://elsewhere.example/login?token=canary-7f3a9c"),
            1,
            "points to https://elsewhere.example/login:",
        ),
        ("a long wait", Act::later(429, "99999"), 1, "left alone"),
        ("100 MB", Act::Endless, 1, "sent more than 32 MB"),
        ("a gzip bomb", Act::bomb(), 1, "sent more than 32 MB"),
    ] {
        let (answered, n, shown) = ask(act);
        let words = answered.expect_err(name).to_string();
        assert!(words.contains(said), "{name}: {words}");
        assert_eq!(n, asked, "{name}: asked {n} times");
        assert!(!words.contains(CANARY) && !shown.contains(CANARY), "{name}: {words} {shown}");
    }
}

#[test]
fn of_a_log_that_is_too_long_what_fits_is_read() {
    for (name, act) in [("100 MB", Act::Endless), ("a gzip bomb", Act::bomb())] {
        let (answered, n, _) = send(act, &Request::log("console"));
        let reply = answered.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!((reply.is_cut, reply.body.len(), n), (true, 32 * 1024 * 1024, 1), "{name}");
    }
}

#[test]
fn a_refused_connection_was_not_sent() {
    let gone = { FaultServer::always(Act::Reset).url() };
    let error = transport(&gone, PATIENT, &Arc::default()).send(&Request::post("x", Body::None)).unwrap_err();
    assert!(matches!(error, RemoteError::NoAnswer { was_sent: false, .. }), "{error:?}");
    assert!(!error.is_ambiguous());
}

#[test]
fn what_changes_something_is_sent_once_and_doubt_is_told() {
    for (name, act, is_ambiguous) in [
        ("reset", Act::Reset, true),
        ("stall", Act::Stall, true),
        ("cut", Act::Raw(b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{".to_vec()), true),
        ("bad gateway", Act::answer(502, ""), true),
        ("page", Act::typed(200, "text/html", "<html>"), true),
        ("refused", Act::answer(422, ""), false),
        ("forbidden", Act::answer(403, ""), false),
        ("later", Act::later(429, "1"), false),
        ("moved", Act::moved("https://elsewhere.example/"), false),
    ] {
        let (answered, n, _) = send(act, &Request::post("x", Body::Json(serde_json::json!({"ref": "main"}))));
        assert_eq!(n, 1, "{name} was sent {n} times");
        assert_eq!(answered.unwrap_err().is_ambiguous(), is_ambiguous, "{name}");
    }
}

#[test]
fn a_server_that_recovers_is_waited_for() {
    let server = FaultServer::in_turn(vec![Act::Reset, Act::later(503, "1"), Act::answer(200, "{\"ok\":1}")]);
    let begun = Instant::now();
    let reply = transport(&server.url(), PATIENT, &Arc::default()).send(&Request::get("x")).unwrap();
    assert_eq!(reply.text(), "{\"ok\":1}");
    assert!(begun.elapsed() >= Duration::from_secs(1), "Retry-After was not obeyed");
}

#[test]
fn the_credential_goes_to_its_host_only() {
    let elsewhere = FaultServer::always(Act::answer(200, "log"));
    let server = FaultServer::always(Act::answer(200, "{}"));
    let transport = transport(&server.url(), PATIENT, &Arc::default());
    transport.send(&Request::get("x").with("q", "a b")).unwrap();
    transport.send(&Request::elsewhere(format!("{}/signed?key=1", elsewhere.url()))).unwrap();
    assert!(server.heard().contains(&format!("Bearer {CANARY}")));
    assert!(!elsewhere.heard().contains(CANARY), "{}", elsewhere.heard());
    let error = transport.send(&Request::elsewhere("http://elsewhere.example/x")).unwrap_err();
    assert!(matches!(error, RemoteError::Moved { .. }));
}

#[test]
fn a_body_is_signed_as_github_does_it() {
    let options = TransportOptions {
        base: "http://127.0.0.1:1".to_owned(),
        secret: secret_of("It's a Secret to Everybody"),
        ..TransportOptions::default()
    };
    let transport = Transport::new(options, Arc::default(), Arc::default()).unwrap();
    let signature = transport.signature(b"Hello, World!").unwrap();
    assert_eq!(signature, "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

#[test]
fn addresses_that_would_leak_or_wander_are_refused() {
    for address in [
        "http://ci.example",
        "ftp://ci.example",
        "https://user:pw@ci.example",
        "https://ci.example/?token=1",
        "https://169.254.169.254/",
        "not an address",
        "",
    ] {
        let options = TransportOptions { base: address.to_owned(), ..TransportOptions::default() };
        let error = Transport::new(options, Arc::default(), Arc::default()).err().expect(address).to_string();
        assert!(error.contains("cannot be used"), "{error}");
        assert!(!error.contains("pw"), "{error}");
    }
}

#[test]
fn a_cancelled_round_ends_soon() {
    let server = FaultServer::always(Act::later(503, "60"));
    let cancel = Arc::new(AtomicBool::new(false));
    let options = TransportOptions { base: server.url(), patience: PATIENT, ..TransportOptions::default() };
    let transport = Transport::new(options, Arc::default(), cancel.clone()).unwrap();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(150));
            cancel.store(true, Ordering::Relaxed);
        });
        let error = transport.send(&Request::get("x")).unwrap_err();
        assert!(matches!(error, RemoteError::Cancelled), "{error}");
    });
    assert!(begun.elapsed() < Duration::from_secs(30), "the wait of 60 s went on");
}

#[test]
fn a_certificate_is_trusted_only_where_it_is_named() {
    let (server, pem) = FaultServer::with_tls(Act::answer(200, "{}"), false);
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let with = |ca_file| {
        let options =
            TransportOptions { base: server.url(), patience: PATIENT, ca_file, ..TransportOptions::default() };
        Transport::new(options, Arc::default(), Arc::default()).unwrap().send(&Request::get("x"))
    };
    let error = with(None).unwrap_err();
    assert!(error.to_string().to_lowercase().contains("certificate"), "{error}");
    assert!(!error.is_ambiguous(), "nothing was sent to a server that is not trusted");
    assert_eq!(with(Some(ca)).unwrap().status, 200);
    let (expired, pem) = FaultServer::with_tls(Act::answer(200, "{}"), true);
    let ca = folder.path().join("expired.pem");
    std::fs::write(&ca, pem).unwrap();
    let options =
        TransportOptions { base: expired.url(), patience: PATIENT, ca_file: Some(ca), ..TransportOptions::default() };
    let error = Transport::new(options, Arc::default(), Arc::default()).unwrap().send(&Request::get("x")).unwrap_err();
    assert!(error.to_string().to_lowercase().contains("expired"), "{error}");
}

struct Case {
    _folder: tempfile::TempDir,
    workspace: Workspace,
}

fn case() -> Case {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(&folder.path().join("g.db")).unwrap();
    Case { _folder: folder, workspace }
}

#[test]
fn a_connection_that_does_not_answer_is_not_kept_and_a_round_that_breaks_keeps_what_it_read() {
    let case = case();
    let server = FaultServer::always(Act::answer(200, "{\"builders\":"));
    let entry = ConnectionEntry {
        name: "ci".to_owned(),
        system: "buildbot".to_owned(),
        base: server.url(),
        ..ConnectionEntry::default()
    };
    let error = case.workspace.connect(entry.clone(), Secrets::default(), &Cancel::default()).unwrap_err();
    assert!(error.to_string().contains("no JSON"), "{error}");
    assert!(case.workspace.connections().unwrap().is_empty());
    // Two pages; the second breaks off. What the first brought stays, and the next round begins after it.
    let page = |from: i64, n: i64| {
        let builds: Vec<String> = (from..from + n)
            .map(|id| format!("{{\"buildid\":{id},\"builderid\":1,\"number\":{id},\"complete\":true,\"results\":0,\"started_at\":1700000000,\"complete_at\":1700000001}}"))
            .collect();
        format!("{{\"builds\":[{}]}}", builds.join(","))
    };
    let builders = "{\"builders\":[{\"builderid\":1,\"name\":\"b\"}]}";
    let schedulers = "{\"forceschedulers\":[{\"name\":\"f\"}]}";
    let server = FaultServer::in_turn(vec![
        Act::answer(200, builders),
        Act::answer(200, schedulers),
        Act::answer(200, builders),
        Act::answer(200, &page(1, 200)),
        Act::answer(418, "broken"),
        Act::answer(200, builders),
        Act::answer(200, &page(201, 3)),
        Act::answer(200, "{\"steps\":[]}"),
    ]);
    let entry = ConnectionEntry { base: server.url(), ..entry };
    case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    let sync = || case.workspace.sync(&case.workspace.connection("ci").unwrap(), &Cancel::default(), |_| {});
    assert!(sync().unwrap_err().to_string().contains("418"));
    let told = case.workspace.connection("ci").unwrap();
    assert!(told.error.unwrap().contains("418"));
    assert_eq!(case.workspace.latest_runs(Some("ci"), 1000).unwrap().len(), 200);
    assert_eq!(sync().unwrap().total().new, 3);
    assert!(server.heard().contains("buildid__gt=200"));
    assert_eq!(case.workspace.connection("ci").unwrap().error, None);
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let case = case();
    let body = "{\"builders\":[],\"forceschedulers\":[]}";
    let head = format!(
        "HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 2026 00:00:00 GMT\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let server = FaultServer::always(Act::Raw(head.into_bytes()));
    let entry = ConnectionEntry {
        name: "ci".to_owned(),
        system: "buildbot".to_owned(),
        base: server.url(),
        ..ConnectionEntry::default()
    };
    let who = case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    assert!(who.missing.iter().any(|missing| missing.contains("ahead of the server's")), "{who:?}");
}

#[test]
fn a_start_is_on_disk_before_its_request_goes_out() {
    let case = case();
    let path = case._folder.path().join("g.db");
    // One answer for every question: it holds the lists that are asked for.
    let answer = "{\"builders\":[{\"builderid\":1,\"name\":\"b\"}],\"buildsets\":[],\
                  \"forceschedulers\":[{\"name\":\"f\",\"builder_names\":[\"b\"],\"all_fields\":[]}]}";
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = seen.clone();
    let server = FaultServer::answering(move |head| {
        if head.starts_with("POST") {
            let db = rusqlite::Connection::open(&path).unwrap();
            let state: String = db.query_row("SELECT state FROM start", [], |row| row.get(0)).unwrap();
            note.lock().unwrap().push(state);
            return Act::Reset;
        }
        Act::answer(200, answer)
    });
    let entry = ConnectionEntry {
        name: "ci".to_owned(),
        system: "buildbot".to_owned(),
        base: server.url(),
        ..ConnectionEntry::default()
    };
    case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    let ask = StartAsk { connection: "ci".to_owned(), pipeline: "b".to_owned(), ..StartAsk::default() };
    let start = case.workspace.start(&ask, &Cancel::default()).unwrap();
    assert_eq!(start.state, StartState::Ambiguous);
    assert_eq!(*seen.lock().unwrap(), ["starting"]);
    let acts: Vec<String> = case.workspace.audit().unwrap().into_iter().map(|entry| entry.outcome).collect();
    assert!(acts[0].starts_with("ambiguous") && acts[1] == "asked", "{acts:?}");
}

#[test]
fn a_secret_is_nowhere_but_in_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let gemba = |args: &[&str], input: &str| {
        use std::io::Write as _;
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"))
            .args(args)
            .current_dir(folder.path())
            .env("GEMBA_DB", folder.path().join("g.db"))
            .env("GEMBA_NO_KEYCHAIN", "1")
            .env("GEMBA_PASSPHRASE", "a long passphrase")
            .env("GEMBA_LOG", "trace")
            .env("XDG_CACHE_HOME", folder.path())
            .env("XDG_DATA_HOME", folder.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr))
    };
    // A server that gives back whatever it was told, credential and all.
    let server = FaultServer::answering(|head| {
        if head.contains("/user") || head.contains("/repos/acme/shop ") || head.contains("actions/runs?per_page=1 ") {
            return Act::answer(200, &format!("{{\"login\":\"{CANARY}\",\"permissions\":{{\"push\":true}}}}"));
        }
        if head.contains("/cc.xml") {
            let feed =
                r#"<Projects><Project name="a" lastBuildLabel="1" lastBuildTime="2026-01-01T00:00:00Z"/></Projects>"#;
            return Act::typed(200, "application/xml", feed);
        }
        Act::answer(400, head)
    });
    let mut shown = gemba(
        &[
            "connect",
            "gh",
            "--system",
            "github",
            "--url",
            &server.url(),
            "--scope",
            "acme/shop",
            "--secret-stdin",
            "--trace",
        ],
        CANARY,
    );
    // Its answer echoes the canary as a user's name: that is the server's word, so it is looked for in the rest only.
    assert!(shown.contains("Connected gh"), "{shown}");
    shown = shown.lines().filter(|line| !line.starts_with("Connected")).collect();
    assert!(server.heard().contains(&format!("Bearer {CANARY}")), "the secret is kept and used");
    let feed = format!("{}/cc.xml?access_token={CANARY}&branch=main", server.url());
    shown += &gemba(&["connect", "wall", "--system", "cctray", "--url", &feed, "--trace"], "");
    assert!(server.heard().contains(&format!("/cc.xml?branch=main&access_token={CANARY}")), "{}", server.heard());
    shown += &gemba(&["sync", "--trace"], "");
    let sealed = gemba(&["passphrase"], "a long passphrase");
    assert!(sealed.contains("2 sealed anew"), "{sealed}");
    shown += &sealed;
    assert!(gemba(&["passphrase"], "short").contains("at least 8"));
    shown += &gemba(&["trigger", "deploy", "--input", "a=b"], "");
    for args in [
        &["connect"][..],
        &["connect", "--json"],
        &["runs", "--started"],
        &["runs", "--audit"],
        &["export", "--out", "e.jsonl"],
        &["backup", "--to", "b.db"],
        &["picture", "settings", "--out", "p.png"],
    ] {
        shown += &gemba(args, "");
    }
    assert!(shown.contains("***"), "the echo was to be seen, hidden: {shown}");
    assert!(!shown.contains(CANARY), "{shown}");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            looked_at += 1;
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(CANARY.len()).any(|part| part == CANARY.as_bytes()), "{}", path.display());
        }
    }
    assert!(looked_at >= 4, "{looked_at} files");
}

/// Starts on a real server, through a proxy that loses requests and answers.
#[test]
fn a_thousand_starts_under_faults_start_each_run_once() {
    let Ok(buildbot) = std::env::var("GEMBA_BUILDBOT") else {
        println!("skipped 1: GEMBA_BUILDBOT names no server");
        return;
    };
    let asked: usize = std::env::var("GEMBA_STARTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let proxy = FaultServer::proxy(&buildbot);
    let lanes = 4;
    let ids: Vec<(String, StartState, bool)> = std::thread::scope(|scope| {
        let lane = || {
            scope.spawn(|| {
                let case = case();
                let entry = ConnectionEntry {
                    name: "ci".to_owned(),
                    system: "buildbot".to_owned(),
                    base: buildbot.clone(),
                    ..ConnectionEntry::default()
                };
                case.workspace.connect(entry.clone(), Secrets::default(), &Cancel::default()).unwrap();
                case.workspace.change_connection(&ConnectionEntry { base: proxy.url(), ..entry }).unwrap();
                let mut outcomes = Vec::new();
                for _ in 0..asked / lanes {
                    let ask = StartAsk {
                        connection: "ci".to_owned(),
                        pipeline: "deploy".to_owned(),
                        inputs: vec![("secs".to_owned(), "0".to_owned())],
                        ..StartAsk::default()
                    };
                    match case.workspace.start(&ask, &Cancel::default()) {
                        Ok(_) | Err(EngineError::Remote(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                // The runs are looked for as the window would, until each is found or has left no trace.
                for round in 0..3 {
                    for start in case.workspace.open_starts().unwrap() {
                        case.workspace.follow(&start.id, &Cancel::default()).ok();
                    }
                    std::thread::sleep(Duration::from_millis(200 * (round + 1)));
                }
                for start in case.workspace.all_starts().unwrap() {
                    outcomes.push((start.id, start.state, start.handle.is_some() || start.run_id.is_some()));
                }
                outcomes
            })
        };
        let lanes: Vec<_> = (0..lanes).map(|_| lane()).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap()).collect()
    });
    let there = fault_server::plain_get(&format!("{buildbot}/api/v2/buildsets?field=reason"));
    let mut found = 0;
    for (id, state, is_known) in &ids {
        let n = there.matches(id.as_str()).count();
        assert!(n <= 1, "{id} was started {n} times");
        found += n;
        match state {
            StartState::Refused => assert_eq!(n, 0, "{id} was refused and yet started"),
            _ if *is_known => assert_eq!(n, 1, "{id} is said to run and does not"),
            _ => {}
        }
    }
    let known = ids.iter().filter(|(_, _, is_known)| *is_known).count();
    println!("{} starts, {found} on the server, {known} known here, {} connections broken", ids.len(), proxy.broken());
    assert!(proxy.broken() > asked / 10, "the faults were to happen");
    assert_eq!(found, known, "a run that was started was not found again");
}

/// Each retry is asked for once; where the answer is lost, the server says which build was built again.
#[test]
fn retries_under_faults_run_once_each() {
    const RETRIES: usize = 40;
    let Ok(buildbot) = std::env::var("GEMBA_BUILDBOT") else {
        println!("skipped 1: GEMBA_BUILDBOT names no server");
        return;
    };
    let case = case();
    let entry = ConnectionEntry {
        name: "ci".to_owned(),
        system: "buildbot".to_owned(),
        base: buildbot.clone(),
        ..ConnectionEntry::default()
    };
    case.workspace.connect(entry.clone(), Secrets::default(), &Cancel::default()).unwrap();
    let ask = StartAsk {
        connection: "ci".to_owned(),
        pipeline: "deploy".to_owned(),
        inputs: vec![("secs".to_owned(), "0".to_owned())],
        ..StartAsk::default()
    };
    let settle = |id: &str| {
        for _ in 0..150 {
            let followed = case.workspace.follow(id, &Cancel::default());
            if followed.is_ok_and(|followed| followed.start.state.is_settled()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    };
    let first = case.workspace.start(&ask, &Cancel::default()).unwrap();
    settle(&first.id);
    let id = case.workspace.starts().unwrap()[0].run_id.clone().unwrap();
    let run = case.workspace.runs_named(&format!("ci:{id}")).unwrap().remove(0);
    let proxy = FaultServer::proxy(&buildbot);
    case.workspace.change_connection(&ConnectionEntry { base: proxy.url(), ..entry.clone() }).unwrap();
    for _ in 0..RETRIES {
        case.workspace.retry(&run, &RetryAsk::default(), &Cancel::default()).ok();
    }
    case.workspace.change_connection(&entry).unwrap();
    for start in case.workspace.open_starts().unwrap() {
        case.workspace.follow(&start.id, &Cancel::default()).ok();
    }
    let there = fault_server::plain_get(&format!("{buildbot}/api/v2/buildsets"));
    let again = there.matches(&format!("\"rebuilt_buildid\": {id},")).count();
    let starts = case.workspace.all_starts().unwrap();
    let known = starts.iter().filter(|s| s.id != first.id && (s.handle.is_some() || s.run_id.is_some())).count();
    println!("{RETRIES} retries, {again} on the server, {known} known here, {} connections broken", proxy.broken());
    assert!(again > 0 && again <= RETRIES && known >= again, "{known} known, {again} there");
}

/// A connection that was tried and is kept.
fn connected(case: &Case, (name, system): (&str, &str), server: &FaultServer, scope: &[&str]) -> ConnectionEntry {
    let entry = ConnectionEntry {
        name: name.to_owned(),
        system: system.to_owned(),
        base: server.url(),
        scope: scope.iter().map(|&place| place.to_owned()).collect(),
        ..ConnectionEntry::default()
    };
    case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    case.workspace.connection(name).unwrap()
}

fn webhook(case: &Case, name: &str, server: &FaultServer, settings: serde_json::Value) {
    let entry = ConnectionEntry {
        name: name.to_owned(),
        system: "webhook".to_owned(),
        base: server.url(),
        settings,
        ..ConnectionEntry::default()
    };
    case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
}

fn github(case: &Case, server: &FaultServer) -> ConnectionEntry {
    connected(case, ("gh", "github"), server, &["acme/shop"])
}

fn names_in(folder: &std::path::Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_of_a_run_is_saved_whole_or_not_at_all() {
    let store = FaultServer::in_turn(vec![
        Act::typed(200, "application/zip", "PK-whole"),
        Act::typed(200, "application/zip", "PK-again"),
        Act::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nPK-half".to_vec()),
    ]);
    let signed = format!("{}/signed?sig=key", store.url());
    let server = FaultServer::answering(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            _ if path.ends_with("/zip") => Act::moved(&signed),
            _ if path.contains("/artifacts") => Act::answer(
                200,
                r#"{"artifacts":[{"id":3,"name":"../shop","size_in_bytes":8,"expired":false},{"id":4,"name":"old","size_in_bytes":1,"expired":true}]}"#,
            ),
            _ => Act::answer(200, "{}"),
        }
    });
    let case = case();
    github(&case, &server);
    let run = gemba::model::record::Run {
        connection: "gh".to_owned(),
        pipeline: "7".to_owned(),
        id: "42".to_owned(),
        repo: Some("acme/shop".to_owned()),
        ..Default::default()
    };
    let cancel = Cancel::default();
    let files = case.workspace.artifacts(&run, &cancel).unwrap();
    assert_eq!((files[0].name.as_str(), files[0].bytes, files[1].is_expired), ("../shop.zip", Some(8), true));
    let folder = tempfile::tempdir().unwrap();
    let save = || case.workspace.save_artifact(&run, &files[0], folder.path(), &cancel, |_come| {});
    assert_eq!(std::fs::read(save().unwrap()).unwrap(), b"PK-whole");
    assert_eq!(std::fs::read(save().unwrap()).unwrap(), b"PK-again");
    let error = save().unwrap_err().to_string();
    assert!(error.contains("shop.zip cannot be saved") && error.contains("broke off"), "{error}");
    assert_eq!(names_in(folder.path()), ["shop (2).zip", "shop.zip"]);
    let mut come = Vec::new();
    let request = Request::get("repos/acme/shop/actions/artifacts/3/zip");
    let whole = transport(&server.url(), PATIENT, &Arc::default()).download(&request, &mut |bytes| {
        come.extend_from_slice(bytes);
        Ok(())
    });
    assert!(matches!(whole, Err(RemoteError::BrokenOff { .. })), "{whole:?}");
    assert!(server.heard().contains(CANARY) && !store.heard().contains(CANARY), "{}", store.heard());
    cancel.cancel();
    assert!(save().unwrap_err().is_cancelled());
    assert_eq!(names_in(folder.path()).len(), 2);
}

#[test]
fn those_who_operate_are_told_once_of_a_deployment_to_production() {
    let hook = FaultServer::always(Act::answer(204, ""));
    let is_deployed = Arc::new(AtomicBool::new(false));
    let deployed = is_deployed.clone();
    // It ends after the first round has.
    let at = std::sync::OnceLock::new();
    let server = FaultServer::answering(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let now = || at.get_or_init(jiff::Timestamp::now);
        let deployments = || {
            let now = now();
            format!(
                r#"[{{"id":9,"sha":"s","ref":"main","task":"deploy","environment":"production","created_at":"{now}","updated_at":"{now}","url":"https://api.github.com/repos/acme/shop/deployments/9"}}]"#
            )
        };
        let statuses = || {
            let now = now();
            format!(
                r#"[{{"id":1,"state":"success","created_at":"{now}","environment":"production","deployment_url":"https://api.github.com/repos/acme/shop/deployments/9"}}]"#
            )
        };
        match path {
            _ if path.contains("/statuses") => Act::answer(200, &statuses()),
            _ if path.contains("/deployments") && deployed.load(Ordering::SeqCst) => Act::answer(200, &deployments()),
            _ if path.contains("/deployments") => Act::answer(200, "[]"),
            _ if path.contains("/actions/runs") => Act::answer(200, r#"{"total_count":0,"workflow_runs":[]}"#),
            _ => Act::answer(200, "{}"),
        }
    });
    let case = case();
    github(&case, &server);
    let settings = serde_json::json!({
        "announce": {"path": "hooks/ops", "body": "{\"text\": {{title|json}}, \"where\": {{environment|json}}}"},
    });
    webhook(&case, "ops", &hook, settings);
    let sync = || {
        let entry = case.workspace.connection("gh").unwrap();
        case.workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap()
    };
    assert_eq!((sync().announced, hook.asked()), (0, 0));
    is_deployed.store(true, Ordering::SeqCst);
    let report = sync();
    assert_eq!((report.announced, report.refused.len()), (1, 0), "{:?}", report.refused);
    assert_eq!(sync().announced, 0, "it was told twice");
    assert_eq!(hook.asked(), 1);
    assert!(hook.heard().contains("POST /hooks/ops"), "{}", hook.heard());
    let notices = case.workspace.notices().unwrap();
    assert!(notices[0].title.contains("in production"), "{}", notices[0].title);
    let audit = case.workspace.audit().unwrap();
    assert!(audit.iter().any(|entry| entry.act == "announce" && entry.outcome == "done"), "{audit:?}");
}

fn import_deployment_of(workspace: &Workspace, run: &str) {
    let file = tempfile::NamedTempFile::with_suffix(".jsonl").unwrap();
    let lines = [
        serde_json::json!({"type": "service", "id": "shop", "name": "Shop"}),
        serde_json::json!({"type": "environment", "id": "production", "name": "production", "class": "production"}),
        serde_json::json!({"type": "deployment", "id": "d1", "service": "shop", "environment": "production",
            "status": "succeeded", "finished_at": "2026-01-01T10:00:00Z",
            "run": {"connection": "gh", "pipeline": "7", "id": run}}),
    ];
    std::fs::write(file.path(), lines.map(|line| format!("{line}\n")).concat()).unwrap();
    let report = workspace.import(&ImportRequest::of_path(file.path()), &Cancel::default(), |_| {}).unwrap();
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
}

#[test]
fn a_waiting_step_is_approved_once_and_written_down() {
    let run = |status: &str| {
        format!(
            r#"{{"id":42,"name":"Deploy","workflow_id":7,"run_number":3,"run_attempt":1,"head_branch":"main","head_sha":"s","event":"push","status":"{status}","conclusion":null,"created_at":"2026-01-01T10:00:00Z","updated_at":"2026-01-01T10:00:00Z","run_started_at":"2026-01-01T10:00:00Z"}}"#
        )
    };
    let server = FaultServer::answering(move |head| {
        let is_post = head.starts_with("POST");
        match head.split(' ').nth(1).unwrap_or_default() {
            path if path.contains("/pending_deployments") && is_post => Act::answer(200, "[]"),
            path if path.contains("/pending_deployments") => Act::answer(
                200,
                r#"[{"environment":{"id":5,"name":"production"},"wait_timer":0,"current_user_can_approve":true,"reviewers":[]}]"#,
            ),
            path if path.contains("/jobs") => Act::answer(200, r#"{"jobs":[]}"#),
            path if path.ends_with("/runs/42") => Act::answer(200, &run("waiting")),
            _ => Act::answer(200, "{}"),
        }
    });
    let case = case();
    github(&case, &server);
    let waiting = gemba::model::record::Run {
        connection: "gh".to_owned(),
        pipeline: "7".to_owned(),
        id: "42".to_owned(),
        repo: Some("acme/shop".to_owned()),
        ..Default::default()
    };
    let looked = case.workspace.look_again(&waiting, &Cancel::default()).unwrap();
    assert_eq!((looked.approvals[0].name.as_str(), looked.approvals[0].may_approve), ("production", true));
    let snapshot = case.workspace.load().unwrap();
    let attention = LoopView::new(&case.workspace, &case.workspace.plan().unwrap(), &snapshot).unwrap().attention;
    assert!(
        matches!(attention[0].what, Attention::WaitingRun { .. }),
        "the first page says that somebody is waited for"
    );
    let approve = |step: &str, confirmed: Option<&str>| {
        let (step, note) = (Some(step.to_owned()), "looks good".to_owned());
        let ask = ApproveAsk { step, note, confirmed: confirmed.map(str::to_owned), ..ApproveAsk::default() };
        case.workspace.approve(&waiting, &ask, &Cancel::default())
    };
    assert!(approve("staging", None).unwrap_err().to_string().contains("staging"));
    for unsure in [None, Some("staging")] {
        let error = approve("production", unsure).unwrap_err();
        assert!(matches!(error, EngineError::Unconfirmed { environment } if environment == "production"));
    }
    approve("production", Some("production")).unwrap();
    assert_eq!(server.heard().matches("POST ").count(), 1);
    let audit = case.workspace.audit().unwrap();
    let acts: Vec<_> = audit.iter().map(|entry| (entry.act.as_str(), entry.outcome.as_str())).collect();
    assert_eq!(acts[..2], [("approve", "done"), ("approve", "asked")]);
    let kept = case.workspace.runs_named("gh:42").unwrap();
    assert_eq!(kept[0].status, gemba::model::Status::WaitingApproval);
    // What deployed to production does so again when it runs again.
    import_deployment_of(&case.workspace, "42");
    let error = case.workspace.retry(&waiting, &RetryAsk::default(), &Cancel::default()).unwrap_err();
    assert!(matches!(error, EngineError::Unconfirmed { environment } if environment == "production"));
    assert_eq!(server.heard().matches("POST ").count(), 1);
    let ask = RetryAsk { confirmed: Some("production".to_owned()), ..RetryAsk::default() };
    case.workspace.retry(&waiting, &ask, &Cancel::default()).unwrap();
    assert_eq!(server.heard().matches("/rerun").count(), 1);
}
