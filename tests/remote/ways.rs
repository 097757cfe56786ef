//! The way to a server: proxies, trust, and files that do not come.

use super::*;

fn through(base: &str, proxy: Proxy) -> Result<Reply, RemoteError> {
    let options = TransportOptions { base: base.to_owned(), patience: PATIENT, proxy, ..TransportOptions::default() };
    Transport::new(options, Arc::default(), Arc::default()).unwrap().send(&Request::get("x"))
}

#[test]
fn a_connection_goes_through_its_own_proxy_and_says_who_it_is() {
    let proxy = FaultServer::answering(|head| {
        let is_known = head.to_lowercase().contains("proxy-authorization: basic yw5uonmzy3jldc1jyw5hcnk=");
        if is_known { Act::answer(200, "{}") } else { Act::answer(407, "who are you?") }
    });
    let url = url::Url::parse(&proxy.url().replace("http://", "http://ann@")).unwrap();
    let at = |password: &str| Proxy::At { url: url.clone(), password: secret_of(password) };
    assert_eq!(through("http://localhost:9", at("s3cret-canary")).unwrap().status, 200);
    assert!(proxy.heard().contains("GET http://localhost:9/x"), "{}", proxy.heard());
    let error = through("http://localhost:9", at("wrong")).unwrap_err().to_string();
    assert!(error.contains("407") && !error.contains("wrong"), "{error}");
    // Without one, and to this machine, none is asked.
    let asked = proxy.asked();
    assert!(matches!(through("http://localhost:9", Proxy::Off), Err(RemoteError::NoAnswer { was_sent: false, .. })));
    assert_eq!(proxy.asked(), asked);
}

#[test]
fn a_proxy_that_lets_nobody_through_is_named() {
    let proxy = FaultServer::always(Act::answer(407, ""));
    let at = Proxy::At { url: url::Url::parse(&proxy.url()).unwrap(), password: None };
    let error = through("https://ci.example", at).unwrap_err();
    assert!(matches!(error, RemoteError::NotLetThrough { .. }), "{error}");
    let words = error.to_string();
    assert!(words.contains("127.0.0.1") && words.contains("ci.example") && words.contains("authorization"), "{words}");
    assert_eq!(proxy.asked(), 1, "another try would end the same way");
    // One that is not there.
    let at = Proxy::At { url: url::Url::parse("http://127.0.0.1:9").unwrap(), password: None };
    let error = through("https://ci.example", at).unwrap_err().to_string();
    assert!(error.contains("through the proxy 127.0.0.1"), "{error}");
}

#[test]
fn a_proxy_and_where_its_password_is_are_kept_with_the_connection() {
    let proxy = FaultServer::answering(|head| {
        if head.to_lowercase().contains("proxy-authorization") {
            Act::typed(200, "text/xml", "<Projects/>")
        } else {
            Act::answer(407, "")
        }
    });
    let case = case();
    let entry = |proxy: &str| ConnectionEntry {
        name: "wall".to_owned(),
        system: "cctray".to_owned(),
        base: "http://localhost:9/cc.xml".to_owned(),
        proxy: Some(proxy.to_owned()),
        ..ConnectionEntry::default()
    };
    for bad in ["socks5://proxy.example", "proxy.example:3128", "http://ann:pw@proxy.example"] {
        let error = case.workspace.connect(entry(bad), Secrets::default(), &Cancel::default()).unwrap_err();
        assert!(error.to_string().contains("proxy") && !error.to_string().contains("pw"), "{error}");
    }
    let address = proxy.url().replace("http://", "http://ann@");
    let given = Secrets { own: None, proxy: secret_of("proxy-canary") };
    gemba::engine::vault_passphrase::set(secret_of("a long enough phrase").unwrap());
    case.workspace.connect(entry(&address), given, &Cancel::default()).unwrap();
    let kept = case.workspace.connection("wall").unwrap();
    assert_eq!(kept.proxy.as_deref(), Some(address.as_str()));
    assert!(kept.proxy_secret.is_some());
    case.workspace.sync(&kept, &Cancel::default(), |_| {}).unwrap();
    for entry in std::fs::read_dir(case._folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(12).any(|window| window == b"proxy-canary"));
    }
    case.workspace.disconnect("wall").unwrap();
}

#[test]
fn why_a_server_is_not_trusted_is_said_with_what_to_do_and_asked_once() {
    for (is_expired, words) in [(false, "--ca"), (true, "expired")] {
        let (server, pem) = FaultServer::with_tls(Act::answer(200, "{}"), is_expired);
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, pem).unwrap();
        let trace = Arc::new(Trace::default());
        let options = TransportOptions {
            base: server.url(),
            patience: PATIENT,
            ca_file: is_expired.then_some(ca),
            ..TransportOptions::default()
        };
        let transport = Transport::new(options, trace.clone(), Arc::default()).unwrap();
        let error = transport.send(&Request::get("x")).unwrap_err();
        assert!(matches!(error, RemoteError::Untrusted { .. }) && !error.is_ambiguous(), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(trace.exchanges().len(), 1);
    }
}

/// As `openssl req -x509` makes them.
fn calls_itself_an_authority(params: &mut rcgen::CertificateParams) {
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
}

#[test]
fn a_certificate_that_calls_itself_an_authority_is_trusted_where_that_very_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let ask = |server: &FaultServer, pem: Option<&str>| {
        let ca_file = pem.map(|pem| {
            let ca = folder.path().join("ca.pem");
            std::fs::write(&ca, pem).unwrap();
            ca
        });
        let options =
            TransportOptions { base: server.url(), patience: PATIENT, ca_file, ..TransportOptions::default() };
        let transport = Transport::new(options, Arc::default(), Arc::default()).unwrap();
        transport.send(&Request::get("x")).map(|answer| answer.status).map_err(|error| error.to_string())
    };
    let fine = || Act::answer(200, "{}");
    let (server, pem) = FaultServer::with_certificate(fine(), "127.0.0.1", calls_itself_an_authority);
    assert_eq!(ask(&server, Some(&pem)), Ok(200));
    let (_other, other) = FaultServer::with_certificate(fine(), "127.0.0.1", calls_itself_an_authority);
    for named in [None, Some(other.as_str())] {
        let error = ask(&server, named).unwrap_err();
        assert!(error.contains("--ca"), "{error}");
    }
    let (elsewhere, pem) = FaultServer::with_certificate(fine(), "ci.example", calls_itself_an_authority);
    let error = ask(&elsewhere, Some(&pem)).unwrap_err();
    assert!(error.contains("another name"), "{error}");
    let (expired, pem) = FaultServer::with_certificate(fine(), "127.0.0.1", |params| {
        calls_itself_an_authority(params);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    });
    let error = ask(&expired, Some(&pem)).unwrap_err();
    assert!(error.contains("expired"), "{error}");
}

#[test]
fn a_file_that_drips_is_given_up() {
    let server = FaultServer::always(Act::Drip);
    let patience = Patience { deadline: Duration::from_millis(500), ..PATIENT };
    let begun = Instant::now();
    let done = transport(&server.url(), patience, &Arc::default()).download(&Request::get("x"), &mut |_| Ok(()));
    assert!(matches!(done, Err(RemoteError::TooSlow { .. })), "{done:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_feed_for_monitors_is_whole_and_what_ended_is_not_building() {
    let case = case();
    let file = case._folder.path().join("runs.jsonl");
    let run = |pipeline: &str, id: u32, status: &str, rest: &str| {
        format!(
            "{{\"type\":\"run\",\"connection\":\"ci\",\"pipeline\":\"{pipeline}\",\"id\":\"{id}\",\"status\":\"{status}\"{rest}}}\n"
        )
    };
    let text = run("odd", 1, "unknown", ",\"started_at\":\"2026-01-01T10:00:00Z\",\"finished_at\":\"2026-01-01T10:01:00Z\"")
            + &run("first", 1, "running", ",\"started_at\":\"2026-01-01T10:00:00Z\",\"url\":\"https://ci.example/1\"")
            // An old run that was run again after the newest failed says nothing of how the pipeline is.
            + &run("again", 6, "succeeded", ",\"number\":6,\"created_at\":\"2026-01-01T10:00:00Z\",\"attempt\":2,\
                \"started_at\":\"2026-01-03T10:00:00Z\",\"finished_at\":\"2026-01-03T10:01:00Z\"")
            + &run("again", 12, "failed", ",\"number\":12,\"created_at\":\"2026-01-02T10:00:00Z\",\
                \"started_at\":\"2026-01-02T10:00:00Z\",\"finished_at\":\"2026-01-02T10:01:00Z\"");
    std::fs::write(&file, text).unwrap();
    case.workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
    let feed = case.workspace.cctray_feed(None).unwrap();
    let tree = roxmltree::Document::parse(&feed).unwrap();
    let project = |name: &str| tree.descendants().find(|node| node.attribute("name") == Some(name)).unwrap();
    let odd = project("ci :: odd");
    assert_eq!((odd.attribute("activity"), odd.attribute("lastBuildStatus")), (Some("Sleeping"), Some("Unknown")));
    assert_eq!(odd.attribute("lastBuildTime"), Some("2026-01-01T10:01:00Z"));
    let again = project("ci :: again");
    assert_eq!((again.attribute("lastBuildStatus"), again.attribute("lastBuildLabel")), (Some("Failure"), Some("12")));
    let first = project("ci :: first");
    assert_eq!(
        (first.attribute("activity"), first.attribute("webUrl")),
        (Some("Building"), Some("https://ci.example/1"))
    );
    assert_eq!(first.attribute("lastBuildTime"), Some("1970-01-01T00:00:00Z"));
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_by_the_next_program_too() {
    let case = case();
    let server = FaultServer::answering(|head| match head.contains("/builds") {
        true => Act::later(429, "3600"),
        false => Act::answer(200, r#"{"builders":[],"forceschedulers":[],"builds":[]}"#),
    });
    let entry = connected(&case, ("bb", "buildbot"), &server, &[]);
    let error = case.workspace.sync(&entry, &Cancel::default(), |_| {}).unwrap_err().to_string();
    assert!(error.contains("left alone"), "{error}");
    let asked = server.asked();
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"));
    let done =
        program.arg("--db").arg(case._folder.path().join("g.db")).args(["sync", "bb", "--json"]).output().unwrap();
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stderr).contains("left alone"), "{done:?}");
    // Whoever reads the answer sees which connection failed, and why.
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told[0]["connection"], "bb");
    assert!(told[0]["error"].as_str().unwrap().contains("left alone"), "{told}");
    assert_eq!(server.asked(), asked, "it was not asked again");
}
