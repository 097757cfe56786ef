//! Whole flows through the binary, and its faults.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, args: &[&str]) -> Output {
        self.run_on("g.db", args)
    }

    fn run_on(&self, db: &str, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_gemba"))
            .args(["--db", self.path(db).to_str().unwrap()])
            .args(args)
            .current_dir(self.folder.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .output()
            .unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A week in which one of five deployments failed, was rolled back after two hours, and one run never reached production.
const WEEK: &str = r#"{"type":"header","format":"gemba-jsonl","version":1}
{"type":"team","id":"shop","name":"Shop"}
{"type":"service","id":"web","name":"Web","team":"shop"}
{"type":"environment","id":"prod","name":"Production","class":"production","order":2}
{"type":"environment","id":"test","name":"Test","class":"testing","order":1}
{"type":"commit","repo":"web","sha":"a1","authored_at":"2024-03-04T06:00:00Z"}
{"type":"commit","repo":"web","sha":"a2","authored_at":"2024-03-04T08:00:00Z"}
{"type":"commit","repo":"web","sha":"a3","authored_at":"2024-03-05T08:00:00Z"}
{"type":"commit","repo":"web","sha":"a4","authored_at":"2024-03-09T08:00:00Z"}
{"type":"change","repo":"web","id":"7","created_at":"2024-03-04T07:00:00Z","first_commit_at":"2024-03-04T06:00:00Z","first_review_at":"2024-03-04T07:30:00Z","merged_at":"2024-03-04T09:00:00Z","commits":["a1"]}
{"type":"run","pipeline":"deploy","id":"1","status":"succeeded","branch":"main","started_at":"2024-03-04T09:30:00Z","finished_at":"2024-03-04T10:00:00Z"}
{"type":"deployment","id":"d1","service":"web","environment":"prod","status":"succeeded","version":"1","finished_at":"2024-03-04T10:00:00Z","commits":["a1","a2"],"run":{"pipeline":"deploy","id":"1"}}
{"type":"deployment","id":"d2","service":"web","environment":"prod","status":"succeeded","version":"2","finished_at":"2024-03-05T10:00:00Z","commits":["a3"]}
{"type":"deployment","id":"d3","service":"web","environment":"prod","status":"succeeded","version":"1","finished_at":"2024-03-05T12:00:00Z","rollback_of":"d2","rework":true}
{"type":"deployment","id":"d4","service":"web","environment":"prod","status":"failed","version":"3","finished_at":"2024-03-06T10:00:00Z"}
{"type":"deployment","id":"d5","service":"web","environment":"prod","status":"warnings","version":"3","finished_at":"2024-03-07T10:00:00Z","commits":["a4"]}
{"type":"deployment","id":"d6","service":"web","environment":"test","status":"succeeded","version":"3","finished_at":"2024-03-07T09:00:00Z"}
{"type":"incident","id":"i1","title":"Errors","service":"web","environment":"prod","started_at":"2024-03-05T10:10:00Z","resolved_at":"2024-03-05T12:00:00Z","caused_by":"d2"}
{"type":"incident_event","id":"e1","incident":"i1","at":"2024-03-05T10:12:00Z","text":"Paged"}
"#;

const DAYS: [&str; 6] = ["--from", "2024-03-04", "--to", "2024-03-08", "--zone", "+08:00"];

fn metrics(home: &Home, more: &[&str]) -> Value {
    home.json(&[&["metrics", "--json"], &DAYS[..], more].concat())
}

#[test]
fn a_week_is_imported_counted_and_explained() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    let imported = home.run(&["import", "week.jsonl"]);
    assert_eq!(code(&imported), 0, "{}", err(&imported));
    let figures = metrics(&home, &[]);
    assert_eq!(figures["period"]["from"], "2024-03-04T00:00:00+08:00");
    assert_eq!(figures["period"]["to"], "2024-03-09T00:00:00+08:00");
    assert_eq!((figures["period"]["days"].as_i64(), figures["definition"].as_str()), (Some(5), Some("dora")));
    assert_eq!(figures["options"], serde_json::json!({}));
    assert_eq!(figures["filter"]["environments"], serde_json::json!(["prod"]));
    let frequency = &figures["deployment_frequency"];
    assert_eq!((frequency["deployments"].as_i64(), frequency["per_day"].as_f64()), (Some(4), Some(0.8)));
    assert_eq!(frequency["deploy_days"], 3);
    // 4 h and 2 h for the first, 2 h for the second; the last commit is younger than its deployment.
    let lead = &figures["change_lead_time"];
    assert_eq!((lead["n"].as_i64(), lead["median_s"].as_f64()), (Some(3), Some(7200.0)));
    assert_eq!(lead["parts"]["review"]["median_s"], 5400.0);
    let fail = &figures["change_fail_rate"];
    assert_eq!(
        (fail["failed"].as_i64(), fail["total"].as_i64(), fail["not_reached"].as_i64()),
        (Some(1), Some(4), Some(1))
    );
    assert_eq!(figures["recovery_time"]["median_s"], 7200.0);
    assert_eq!(figures["rework_rate"]["rate"], 0.25);
    let reasons: Vec<&str> =
        figures["left_out"].as_array().unwrap().iter().map(|r| r["reason"].as_str().unwrap()).collect();
    assert!(reasons.contains(&"clock") && reasons.contains(&"did_not_reach_production"), "{reasons:?}");
    let by_day = metrics(&home, &["--by", "day"]);
    let days = by_day["by"].as_array().unwrap();
    assert_eq!(days.len(), 5);
    let sum: i64 = days.iter().map(|day| day["deployment_frequency"]["deployments"].as_i64().unwrap()).sum();
    assert_eq!(sum, 4);
    let explained = metrics(&home, &["--explain", "lead"]);
    assert_eq!(explained["counted"].as_array().unwrap().len(), 3);
    assert_eq!(explained["counted"][0]["type"], "commit");
    assert_eq!(explained["left_out"][0]["reason"], "clock");
    let strict_warnings = home.write("own.json", r#"{"warnings_as":"failed"}"#);
    let own = metrics(&home, &["--definition", strict_warnings.to_str().unwrap()]);
    assert_eq!(own["deployment_frequency"]["deployments"], 3);
    assert_eq!(own["options"], serde_json::json!({"warnings_as": "failed"}));
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.run(&["import", "week.jsonl"]);
    let before = out(&home.run(&["export"]));
    let again = home.json(&["import", "week.jsonl", "--json"]);
    for (kind, counts) in again["records"].as_object().unwrap() {
        assert_eq!((counts["new"].as_i64(), counts["changed"].as_i64()), (Some(0), Some(0)), "{kind}");
    }
    assert_eq!(before, out(&home.run(&["export"])));
}

#[test]
fn export_and_import_give_the_same_bytes() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.run(&["import", "week.jsonl"]);
    let first = home.run(&["export", "--out", "a.jsonl"]);
    assert!(first.status.success(), "{}", err(&first));
    home.run_on("other.db", &["import", "a.jsonl"]);
    home.run_on("other.db", &["export", "--out", "b.jsonl"]);
    let (a, b) = (std::fs::read(home.path("a.jsonl")).unwrap(), std::fs::read(home.path("b.jsonl")).unwrap());
    assert_eq!(String::from_utf8_lossy(&a), String::from_utf8_lossy(&b));
    let lines: Vec<&str> = WEEK.lines().filter(|line| line.contains("\"deployment\",\"id\":\"d3\"")).collect();
    assert!(String::from_utf8_lossy(&a).contains(lines[0]));
}

#[test]
fn order_of_lines_does_not_matter() {
    let home = Home::new();
    let mut lines: Vec<&str> = WEEK.lines().collect();
    lines[1..].reverse();
    home.write("week.jsonl", WEEK);
    home.write("turned.jsonl", &lines.join("\n"));
    home.run(&["import", "week.jsonl"]);
    home.run_on("turned.db", &["import", "turned.jsonl"]);
    assert_eq!(out(&home.run(&["export"])), out(&home.run_on("turned.db", &["export"])));
}

#[test]
fn bad_lines_are_refused_by_line_and_reason_and_the_rest_goes_in() {
    let home = Home::new();
    let lines = [
        r#"{"type":"header","format":"gemba-jsonl","version":1}"#,
        r#"{"type":"team","id":"a","name":"A","colour":"red"}"#,
        r#"{"type":"team","id":"b""#,
        r#"{"type":"deployment","id":"d","service":"s","environment":"e","status":"done"}"#,
        r#"{"type":"deployment","id":"d","service":"s","environment":"e","status":"succeeded","finished_at":"2024-03-04T10:00:00"}"#,
        r#"{"type":"run","pipeline":"p","id":"1","status":"failed","started_at":"2024-03-04T10:00:00Z","finished_at":"2024-03-04T09:00:00Z"}"#,
        r#"{"type":"goal","id":"g1"}"#,
        r#"{"type":"wish","id":"w"}"#,
        r#"{"type":"incident","id":"i","title":"t"}"#,
    ];
    home.write("bad.jsonl", &lines.join("\n"));
    let output = home.run(&["import", "bad.jsonl"]);
    assert_eq!(code(&output), 3);
    let errors = err(&output);
    for expected in [
        "bad.jsonl:3:",
        "ends in the middle",
        "bad.jsonl:4:",
        "unknown variant `done`",
        "bad.jsonl:5:",
        "--zone",
        "bad.jsonl:6:",
        "before",
        "bad.jsonl:7:",
        "no place in this version",
        "bad.jsonl:8:",
        "no record type",
        "bad.jsonl:9:",
        "started_at",
    ] {
        assert!(errors.contains(expected), "{expected} in:\n{errors}");
    }
    assert!(out(&output).contains("team.colour"));
    assert!(out(&home.run(&["export"])).contains("\"id\":\"a\""));
    // Strict: nothing at all.
    let strict = home.run_on("strict.db", &["import", "bad.jsonl", "--strict"]);
    assert_eq!(code(&strict), 1);
    assert!(!out(&home.run_on("strict.db", &["export"])).contains("team"));
    // A zone that is told makes the naive time good.
    home.run_on("zone.db", &["import", "bad.jsonl", "--zone", "Asia/Kathmandu"]);
    assert!(out(&home.run_on("zone.db", &["export"])).contains("2024-03-04T04:15:00Z"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    let dry = home.json(&["import", "week.jsonl", "--dry-run", "--json"]);
    assert_eq!(dry["records"]["deployment"]["new"], 6);
    let exported = home.run(&["export"]);
    assert_eq!((code(&exported), out(&exported).lines().count()), (1, 0), "not even an empty workspace");
    home.json(&["import", "week.jsonl", "--json"]);
    let before = out(&home.run(&["export"]));
    home.write("more.jsonl", &WEEK.replace("\"d1\"", "\"d-other\""));
    home.json(&["import", "more.jsonl", "--dry-run", "--json"]);
    assert_eq!(
        out(&home.run(&["export"])).lines().skip(1).collect::<Vec<_>>(),
        before.lines().skip(1).collect::<Vec<_>>()
    );
}

#[test]
fn files_that_are_nothing_of_ours_are_refused_with_a_remedy() {
    let home = Home::new();
    home.write("empty.jsonl", "");
    home.write("picture.bin", "\u{0}\u{1}\u{2}nothing");
    std::fs::write(home.path("latin.json"), b"[{\"id\":1,\"title\":\"gr\xfcn\"}]").unwrap();
    std::fs::write(home.path("broken.csv"), b"id;status;finished at\n1;gr\xfcn\0;2024-01-01T00:00:00Z\n").unwrap();
    home.write("cut.json", r#"{"workflow_runs":[{"id":1,"run_number":1,"#);
    for (name, expected) in [
        ("empty.jsonl", "nothing to import"),
        ("picture.bin", "no kind that Gemba reads"),
        ("latin.json", "UTF-8"),
        ("broken.csv", "UTF-8"),
        ("missing.json", "cannot be read"),
    ] {
        let output = home.run(&["import", name]);
        assert_eq!(code(&output), 1, "{name}");
        assert!(err(&output).contains(expected), "{name}: {}", err(&output));
    }
    let cut = home.run(&["import", "cut.json"]);
    assert_eq!(code(&cut), 3);
    assert!(err(&cut).contains("middle of a value"), "{}", err(&cut));
}

#[test]
fn a_csv_is_mapped_and_the_mapping_is_remembered() {
    let home = Home::new();
    let csv = "Nr;App;Ergebnis;Wann\n1;web;passed;2024-03-04T10:00:00Z\n2;web;kaputt;2024-03-05T10:00:00Z\n";
    home.write("a.csv", csv);
    let unknown = home.run(&["import", "a.csv"]);
    assert_eq!(code(&unknown), 1);
    assert!(err(&unknown).contains("--map") && err(&unknown).contains("Ergebnis"), "{}", err(&unknown));
    let flags = [
        "--csv-target",
        "deployment",
        "--map",
        "id=Nr",
        "--map",
        "service=App",
        "--map",
        "status=Ergebnis",
        "--map",
        "finished_at=Wann",
    ];
    let mapped = home.run(&[&["import", "a.csv"], &flags[..]].concat());
    assert_eq!(code(&mapped), 0, "{}", err(&mapped));
    home.write("b.csv", &csv.replace("\n1;", "\n3;"));
    let remembered = home.json(&["import", "b.csv", "--json"]);
    assert_eq!(remembered["records"]["deployment"]["new"], 1);
    let exported = out(&home.run(&["export"]));
    assert!(
        exported.contains(r#""id":"2","service":"web","environment":"production","status":"unknown""#),
        "{exported}"
    );
    let wrong = home.run(&["import", "a.csv", "--csv-target", "deployment", "--map", "id=Nope"]);
    assert_eq!(code(&wrong), 1);
}

#[test]
fn rules_turn_runs_into_deployments_and_explicit_ones_win() {
    let home = Home::new();
    let lines = [
        r#"{"type":"service","id":"web","name":"Web"}"#,
        r#"{"type":"environment","id":"prod","name":"Production","class":"production"}"#,
        r#"{"type":"deployment_rule","id":"r","service":"web","environment":"prod","pipeline":"build","stage":"deploy.*","branch":"main"}"#,
        r#"{"type":"run","pipeline":"build","id":"1","status":"succeeded","branch":"main","finished_at":"2024-03-04T10:00:00Z","stages":[{"name":"test","status":"succeeded"},{"name":"deploy eu","status":"succeeded","finished_at":"2024-03-04T09:00:00Z"},{"name":"deploy us","status":"failed","finished_at":"2024-03-04T09:30:00Z"}]}"#,
        r#"{"type":"run","pipeline":"build","id":"2","status":"succeeded","branch":"topic","stages":[{"name":"deploy eu","status":"succeeded"}]}"#,
        r#"{"type":"run","pipeline":"build","id":"3","status":"succeeded","branch":"main","stages":[{"name":"deploy eu","status":"succeeded","finished_at":"2024-03-05T09:00:00Z"}]}"#,
        r#"{"type":"run","pipeline":"rebuild","id":"4","status":"succeeded","branch":"main","stages":[{"name":"deploy eu","status":"succeeded"}]}"#,
        r#"{"type":"deployment","id":"own","service":"web","environment":"prod","status":"succeeded","finished_at":"2024-03-05T09:01:00Z","run":{"pipeline":"build","id":"3"}}"#,
    ];
    home.write("rules.jsonl", &lines.join("\n"));
    home.run(&["import", "rules.jsonl"]);
    let explained = metrics(&home, &["--explain", "frequency"]);
    let counted: Vec<&str> =
        explained["counted"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(counted, ["own"]);
    assert_eq!(explained["left_out"][0]["id"], "rule/file/build/1/1/deploy us");
}

#[test]
fn a_workspace_of_a_newer_gemba_is_left_as_it_is() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.run(&["import", "week.jsonl"]);
    let db = rusqlite::Connection::open(home.path("g.db")).unwrap();
    db.pragma_update(None, "journal_mode", "DELETE").unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(home.path("g.db")).unwrap();
    for args in [&["import", "week.jsonl"][..], &["metrics"], &["check"], &["backup", "x.db"]] {
        let output = home.run(args);
        assert_eq!(code(&output), 1, "{args:?}");
        assert!(
            err(&output).contains("99") && err(&output).contains(&format!("schema {}", gemba::engine::SCHEMA_VERSION)),
            "{}",
            err(&output)
        );
    }
    assert_eq!(before, std::fs::read(home.path("g.db")).unwrap());
}

#[test]
fn foreign_and_damaged_files_are_never_overwritten() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.write(
        "text.db",
        "this is a letter, not a database, and it is longer than a hundred bytes so that the header can be read",
    );
    let foreign = rusqlite::Connection::open(home.path("foreign.db")).unwrap();
    foreign.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1);").unwrap();
    drop(foreign);
    home.run_on("cut.db", &["import", "week.jsonl"]);
    let whole = std::fs::read(home.path("cut.db")).unwrap();
    std::fs::write(home.path("cut.db"), &whole[..whole.len() / 3]).unwrap();
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(home.path(&format!("cut.db{suffix}"))).ok();
    }
    for name in ["text.db", "foreign.db", "cut.db"] {
        let before = std::fs::read(home.path(name)).unwrap();
        let output = home.run_on(name, &["import", "week.jsonl"]);
        assert_eq!(code(&output), 1, "{name}: {}", out(&output));
        assert_eq!(before, std::fs::read(home.path(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_backup_is_verified_and_restore_keeps_what_was_there() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.run(&["import", "week.jsonl"]);
    let full = out(&home.run(&["export"]));
    assert_eq!(code(&home.run(&["backup", "b.db"])), 0);
    home.write("more.jsonl", r#"{"type":"team","id":"new","name":"New"}"#);
    home.run(&["import", "more.jsonl"]);
    let restored = home.run(&["restore", "b.db"]);
    assert_eq!(code(&restored), 0, "{}", err(&restored));
    assert_eq!(full, out(&home.run(&["export"])));
    assert!(out(&home.run_on("g-before-restore-1.db", &["export"])).contains("\"New\""));
    let mut bytes = std::fs::read(home.path("b.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(home.path("b.db"), bytes).unwrap();
    let damaged = home.run(&["restore", "b.db"]);
    assert_eq!(code(&damaged), 1);
    assert!(err(&damaged).contains("checksum"), "{}", err(&damaged));
    assert_eq!(full, out(&home.run(&["export"])));
}

#[test]
fn wrong_use_is_told_with_exit_code_two() {
    let home = Home::new();
    home.write("week.jsonl", WEEK);
    home.write("hook.json", r#"{"trigger": {"body": "{}"}}"#);
    home.run(&["import", "week.jsonl"]);
    for (args, expected) in [
        (&["metrics", "--from", "2024-03-04"][..], "go together"),
        (&["metrics", "--zone", "Mars/Olympus"], "Mars/Olympus"),
        (&["metrics", "--service", "nope"], "web"),
        (&["metrics", "--definition", "nope"], "dora"),
        (&["metrics", "--explain", "nope"], "frequency"),
        (&["metrics", "--from", "2024-03-08", "--to", "2024-03-04"], "before it begins"),
        (&["picture", "nope", "--out", "x.png"], "delivery"),
        (&["connect", "ci", "--system", "buildbot", "--url", "ftp://ci.example"], "only https"),
        (&["connect", "ci", "--system", "buildbot", "--url", "https://ci.example", "--ca", "no.pem"], "cannot be read"),
        (&["connect", "ci", "--system", "buildbot", "--url", "https://ci.example", "--proxy", "socks://p"], "proxy"),
        (&["connect", "ci", "--system", "buildbot", "--url", "https://ci.example", "--every", "1"], "10.."),
        (&["connect", "--pause"], "NAME"),
        (
            &["connect", "hook", "--system", "webhook", "--url", "https://ci.example", "--settings", "hook.json"],
            "trigger",
        ),
    ] {
        let output = home.run(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", err(&output));
        assert!(err(&output).contains(expected), "{}", err(&output));
    }
    let none = home.run_on("none.db", &["metrics"]);
    assert_eq!(code(&none), 1);
    assert!(err(&none).contains("no workspace yet"));
}

fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", err(&output));
}

#[test]
fn a_repository_is_read_again_for_what_is_new() {
    let home = Home::new();
    let repo = home.path("repo");
    std::fs::create_dir(&repo).unwrap();
    let nothing = home.run(&["git", repo.to_str().unwrap()]);
    assert_eq!(code(&nothing), 1);
    assert!(err(&nothing).contains("no git repository"), "{}", err(&nothing));
    git(&repo, &["init", "-q", "-b", "main"]);
    let empty = home.run(&["git", repo.to_str().unwrap()]);
    assert!(err(&empty).contains("no commit yet"), "{}", err(&empty));
    for n in 1..=3 {
        std::fs::write(repo.join("a.txt"), "line\n".repeat(n)).unwrap();
        git(&repo, &["add", "."]);
        git(&repo, &["commit", "-q", "-m", &format!("Change {n}")]);
    }
    git(&repo, &["tag", "v1"]);
    git(&repo, &["checkout", "-q", "-b", "topic", "HEAD~1"]);
    std::fs::write(repo.join("b.txt"), "b\n").unwrap();
    git(&repo, &["add", "."]);
    git(&repo, &["commit", "-q", "-m", "Topic"]);
    git(&repo, &["checkout", "-q", "main"]);
    git(&repo, &["merge", "-q", "--no-ff", "-m", "Merge topic", "topic"]);
    let report = home.json(&["git", repo.to_str().unwrap(), "--json"]);
    assert_eq!(report["records"]["commit"]["new"], 5);
    assert_eq!(report["git"]["first_parent_merges"], 1);
    assert_eq!(report["git"]["tags"], 1);
    let exported = out(&home.run(&["export"]));
    assert!(exported.contains(r#""subject":"Change 2""#));
    assert!(exported.contains(r#""lines_added":1,"lines_deleted":0"#), "{exported}");
    std::fs::write(repo.join("a.txt"), "new\n").unwrap();
    git(&repo, &["commit", "-q", "-am", "Later"]);
    let again = home.json(&["git", repo.to_str().unwrap(), "--json"]);
    assert_eq!(again["records"]["commit"]["new"], 1);
    let bare = home.path("bare.git");
    git(home.folder.path(), &["clone", "-q", "--bare", "repo", "bare.git"]);
    let from_bare = home.run_on("bare.db", &["git", bare.to_str().unwrap(), "--no-lines"]);
    assert_eq!(code(&from_bare), 0, "{}", err(&from_bare));
    git(home.folder.path(), &["clone", "-q", "--depth", "1", &format!("file://{}", repo.display()), "shallow"]);
    let shallow = home.run_on("shallow.db", &["git", "shallow"]);
    assert!(out(&shallow).contains("shallow"), "{}", out(&shallow));
    // A repository of another name keeps its own commits, though their shas are known.
    let other = home.json(&["git", bare.to_str().unwrap(), "--name", "other", "--json"]);
    assert_eq!(other["records"]["commit"]["new"], 6);
    // A repository whose objects are gone is damaged, not empty.
    std::fs::remove_dir_all(bare.join("objects")).unwrap();
    std::fs::create_dir_all(bare.join("objects/pack")).unwrap();
    let damaged = home.run_on("damaged.db", &["git", bare.to_str().unwrap()]);
    assert_eq!(code(&damaged), 1);
    assert!(err(&damaged).contains("damaged"), "{}", err(&damaged));
}

#[test]
fn an_older_workspace_is_brought_up_to_date_after_a_backup() {
    let home = Home::new();
    let line = r#"{"type":"deployment","id":"d","service":"s","environment":"e","status":"succeeded"}"#;
    std::fs::write(home.path("d.jsonl"), line).unwrap();
    assert_eq!(code(&home.run_on("old.db", &["import", home.path("d.jsonl").to_str().unwrap()])), 0);
    let db = rusqlite::Connection::open(home.path("old.db")).unwrap();
    let tables = ["git_commit", "change", "run", "deployment", "incident", "incident_event"];
    for table in tables {
        db.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN zone_assumed")).unwrap();
    }
    let later = [
        "connection",
        "start",
        "audit",
        "preset",
        "notice",
        "sprint",
        "item",
        "ops_review",
        "ops_need",
        "absence",
        "person",
        "sprint_event",
        "item_event",
        "sprint_report",
        "outbox",
        "edited",
    ];
    for table in later {
        db.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    db.execute_batch("ALTER TABLE deployment DROP COLUMN status_raw; PRAGMA user_version = 1;").unwrap();
    drop(db);
    // Also a command that only reads finds it so and goes on.
    let exported = home.run_on("old.db", &["export"]);
    assert!(out(&exported).contains(line), "{}", err(&exported));
    let version = |name: &str| -> i64 {
        let db = rusqlite::Connection::open(home.path(name)).unwrap();
        db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((version("old-before-schema-2.backup.db"), version("old.db")), (1, gemba::engine::SCHEMA_VERSION));
}

#[test]
fn a_definition_is_an_object_and_an_empty_variable_names_no_workspace() {
    let home = Home::new();
    std::fs::write(home.path("team.jsonl"), r#"{"type":"team","id":"t","name":"T"}"#).unwrap();
    assert_eq!(code(&home.run(&["import", home.path("team.jsonl").to_str().unwrap()])), 0);
    for (text, good) in [("[]", false), (r#"{"lead_stat":"mean"}"#, true), (r#"{"lead_stats":"mean"}"#, false)] {
        std::fs::write(home.path("own.json"), text).unwrap();
        let output = home.run(&["metrics", "--definition", home.path("own.json").to_str().unwrap()]);
        assert_eq!(code(&output) == 0, good, "{text}: {}", err(&output));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_gemba"))
        .args(["check", "--db", home.path("g.db").to_str().unwrap()])
        .env("GEMBA_DB", "")
        .output()
        .unwrap();
    assert_eq!(code(&output), 0, "{}", err(&output));
}

#[test]
fn a_record_says_that_its_zone_was_assumed() {
    let home = Home::new();
    let line = r#"{"type":"commit","repo":"r","sha":"a","authored_at":"2024-03-04T09:30:00"}"#;
    std::fs::write(home.path("c.jsonl"), line).unwrap();
    let file = home.path("c.jsonl");
    assert_eq!(code(&home.run(&["import", file.to_str().unwrap()])), 3, "without a zone the time is refused");
    assert_eq!(code(&home.run(&["import", file.to_str().unwrap(), "--zone", "Asia/Kathmandu"])), 0);
    let exported = out(&home.run(&["export"]));
    let expected = r#""authored_at":"2024-03-04T03:45:00Z","zone_assumed":true"#;
    assert!(exported.contains(expected), "{exported}");
    std::fs::write(home.path("again.jsonl"), &exported).unwrap();
    let again = home.run_on("again.db", &["import", home.path("again.jsonl").to_str().unwrap()]);
    assert_eq!(code(&again), 0, "{}", err(&again));
    assert_eq!(out(&home.run_on("again.db", &["export"])), exported);
}

#[test]
fn nothing_is_written_over_a_workspace_or_an_earlier_backup() {
    let home = Home::new();
    std::fs::write(home.path("team.jsonl"), "{\"type\":\"team\",\"id\":\"t\",\"name\":\"T\"}\n").unwrap();
    assert_eq!(code(&home.run_on("own.db", &["import", home.path("team.jsonl").to_str().unwrap()])), 0);
    assert_eq!(code(&home.run_on("other.db", &["import", home.path("team.jsonl").to_str().unwrap()])), 0);
    let precious = home.path("precious.txt");
    std::fs::write(&precious, "precious").unwrap();
    let (own, other) = (home.path("own.db"), home.path("other.db"));
    let before = (std::fs::read(&own).unwrap(), std::fs::read(&other).unwrap());
    for (command, target) in [
        (vec!["export", "--out"], &own),
        (vec!["export", "--out"], &other),
        (vec!["picture", "loop", "--out"], &own),
        (vec!["backup"], &own),
        (vec!["backup"], &precious),
    ] {
        let mut args = command.clone();
        args.push(target.to_str().unwrap());
        let refused = home.run_on("own.db", &args);
        assert_eq!(code(&refused), 1, "{args:?}: {}", out(&refused));
        assert!(err(&refused).contains("nothing was written"), "{}", err(&refused));
    }
    assert_eq!((std::fs::read(&own).unwrap(), std::fs::read(&other).unwrap()), before);
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
}

#[test]
fn the_demo_draws_every_page_where_there_is_no_display() {
    let home = Home::new();
    let output = home.run_on("sample.db", &["--demo", "--now", "2026-01-31"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    let words = out(&output);
    assert!(
        words.contains("Sample data") && words.contains("Change lead time") && words.contains("gemba-pictures"),
        "{words}"
    );
    for page in ["loop", "delivery", "pipelines", "sources", "settings"] {
        for theme in ["dark", "light"] {
            let picture = image::open(home.path(&format!("gemba-pictures/{page}-{theme}.png"))).unwrap();
            assert_eq!((picture.width(), picture.height()), (1280, 800), "{page}");
        }
    }
    // A command runs on the sample.
    let output = home.run_on("sample.db", &["--demo", "--now", "2026-01-31", "plan", "list", "--sprints", "--json"]);
    let sprints: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(sprints.as_array().unwrap().len() > 10);
}
