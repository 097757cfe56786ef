//! Favourites from the shell: nothing starts that could not be kept, and none without its secrets.

use std::process::Output;

use super::*;

/// The program on the workspace of a case, with a secret in its environment.
fn run(case: &Case, args: &[&str]) -> (i32, String) {
    let path = case._folder.path().join("g.db");
    let done: Output = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"))
        .arg("--db")
        .arg(path)
        .args(args)
        .env("DEPLOY_KEY", CANARY)
        .env("GEMBA_USER", "ann")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.code().unwrap(), said)
}

#[test]
fn a_favourite_is_kept_without_its_secret_listed_asked_for_it_and_forgotten() {
    let server = FaultServer::always(Act::answer(200, r#"{"id": "7"}"#));
    let case = case();
    let settings = serde_json::json!({"pipelines": ["deploy"], "params": [{"name": "to"}, {"name": "key", "secret": true}],
        "trigger": {"path": "go", "body": "{\"to\": {{to|json}}}", "headers": {"X-Key": "{{key|header}}"}, "run_id": "/id"}});
    webhook(&case, "ci", &server, settings);
    let asked = server.asked();
    for wrong in [&["--save", " "][..], &["--save", "x", "--service", "nosuch"], &["--preset", "nosuch"]] {
        let (code, said) = run(&case, &[&["trigger", "ci/deploy", "--input", "to=staging"], wrong].concat());
        assert_eq!(code, 2, "{said}");
    }
    assert_eq!(server.asked(), asked, "nothing was started");
    let given = ["--input", "to=staging", "--secret-input", "key=DEPLOY_KEY", "--save", "stage"];
    let (code, said) = run(&case, &[&["trigger", "ci/deploy"], &given[..]].concat());
    assert_eq!((code, server.asked()), (0, asked + 1), "{said}");
    let (_, list) = run(&case, &["presets"]);
    assert!(list.contains("stage") && list.contains("to=staging, key (a secret"), "{list}");
    let (code, said) = run(&case, &["trigger", "--preset", "stage"]);
    assert!(code == 2 && said.contains("--secret-input key=VARIABLE"), "{said}");
    let (code, said) = run(&case, &["trigger", "--preset", "stage", "--input", "key=typed"]);
    assert!(code == 0 && said.contains("key is a secret"), "{said}");
    assert_eq!(server.asked(), asked + 2);
    assert_eq!(run(&case, &["presets", "--forget", "stage"]).0, 0);
    let (code, said) = run(&case, &["presets", "--forget", "stage"]);
    assert!(code == 2 && said.contains("none yet"), "{said}");
    assert!(!server.heard().is_empty() && !list.contains(CANARY));
}
