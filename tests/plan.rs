//! The plan through the program: the ledger of the reference's sprint, a sprint's life, and forecasts on real lists.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

#[path = "support/shell.rs"]
mod shell;

use shell::Shell;

fn event(item: &str, at: &str, kind: &str, new: Value) -> Value {
    let at = format!("2026-{at}+01:00");
    let mut event =
        json!({"type": "item_event", "id": format!("{item} {kind} {at}"), "item": item, "at": at, "kind": kind});
    match kind {
        "joined" | "left" => event["sprint"] = "s1".into(),
        _ => event["new"] = new,
    }
    event
}

/// The sprint of the reference, in Berlin; from 29 March on its clocks are two hours ahead.
fn golden() -> Vec<Value> {
    let mut lines = vec![
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        json!({"type": "sprint", "id": "s1", "team": "shop", "name": "Sprint 1", "starts_at": "2026-03-23T09:00:00+01:00", "ends_at": "2026-04-07T17:00:00+02:00"}),
        json!({"type": "sprint_event", "id": "p", "sprint": "s1", "at": "2026-03-20T09:00:00+01:00", "kind": "planned", "new": "2026-04-03T17:00:00+02:00"}),
        json!({"type": "sprint_event", "id": "s", "sprint": "s1", "at": "2026-03-23T09:00:00+01:00", "kind": "started"}),
        json!({"type": "sprint_event", "id": "m", "sprint": "s1", "at": "2026-04-02T10:00:00+02:00", "kind": "end_moved", "old": "2026-04-03T17:00:00+02:00", "new": "2026-04-07T17:00:00+02:00"}),
        json!({"type": "sprint_event", "id": "c", "sprint": "s1", "at": "2026-04-07T17:10:00+02:00", "kind": "closed"}),
    ];
    for item in ["A", "B", "C", "D", "E", "F", "G", "H"] {
        lines.push(
            json!({"type": "item", "id": item, "title": format!("Item {item}"), "kind": "feature", "state": "backlog"}),
        );
    }
    for (item, points) in [("A", "5"), ("B", "3"), ("C", "8"), ("D", "2"), ("F", "3")] {
        lines.push(event(item, "03-20T08:00:00", "estimated", points.into()));
    }
    for item in ["A", "B", "C", "D", "E", "F"] {
        lines.push(event(item, "03-20T09:00:00", "joined", Value::Null));
    }
    for (item, at, kind, new) in [
        ("F", "03-21T10:00:00", "state", "done"),
        ("A", "03-24T10:00:00", "state", "done"),
        ("G", "03-25T10:59:00", "estimated", "4"),
        ("G", "03-25T11:00:00", "joined", ""),
        ("C", "03-26T14:00:00", "estimated", "5"),
        ("B", "03-27T16:00:00", "state", "done"),
        ("B", "03-30T08:30:00", "state", "in_progress"),
        ("D", "03-30T11:00:00", "left", ""),
        ("H", "03-31T07:59:00", "estimated", "1"),
        ("H", "03-31T08:00:00", "joined", ""),
        ("H", "04-01T08:00:00", "state", "cancelled"),
        ("B", "04-01T14:00:00", "state", "done"),
        ("C", "04-03T17:00:00", "state", "done"),
    ] {
        lines.push(event(item, at, kind, new.into()));
    }
    lines
}

#[test]
fn the_golden_sprint_comes_out_of_an_import_in_any_order() {
    for reversed in [false, true] {
        let shell = Shell::new();
        let mut lines = golden();
        if reversed {
            lines.reverse();
        }
        assert!(shell.import(&lines).status.success());
        let burn = shell.json(&["burn", "Sprint 1", "--json"]);
        let report = &burn["report"];
        let chart: Vec<(f64, f64, f64)> = report["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| ["scope", "done", "remaining"].map(|key| step[key].as_f64().unwrap()).into())
            .collect();
        assert_eq!(chart.len(), 11, "{chart:?}");
        assert_eq!((chart[0], chart[10]), ((18.0, 0.0, 18.0), (17.0, 13.0, 4.0)));
        assert_eq!(chart[2], (22.0, 5.0, 17.0));
        assert_eq!(report["commitment"]["value"], 18.0);
        assert_eq!(report["completed_late"]["value"], 5.0);
        assert_eq!((report["reworked"].as_u64(), report["not_completed"]["items"].as_u64()), (Some(1), Some(2)));
        // The same again changes nothing.
        let again = String::from_utf8(shell.import(&lines).stdout).unwrap();
        assert!(again.contains(" 0 new, 0 changed"), "{again}");
    }
}

#[test]
fn a_sprint_is_planned_started_changed_and_closed_and_its_report_stays() {
    let shell = Shell::new();
    let add = |title: &str, points: &str| {
        shell.json(&["plan", "add", title, "--points", points, "--json"])["id"].as_str().unwrap().to_owned()
    };
    let (card, retry) = (add("Pay by card", "5"), add("Retry payments", "3"));
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-01", "--to", "2090-01-01"]);
    shell.fails(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-01", "--to", "2090-01-01"], "already");
    shell.fails(&["plan", "start", "One"], "is empty");
    shell.fails(&["burn", "One"], "not been started");
    for item in [&card, &retry] {
        shell.good(&["plan", "move", item, "--to", "One"]);
    }
    assert_eq!(shell.json(&["plan", "list", "--json"]), json!([]));
    shell.good(&["plan", "start", "One", "--goal", "Pay without a call"]);
    shell.good(&["plan", "move", &card, "--state", "done"]);
    let fix = shell.json(&["plan", "add", "Stop the retries", "--points", "2", "--sprint", "One", "--json"]);
    shell.good(&["plan", "move", fix["id"].as_str().unwrap(), "--to", "backlog", "--reason", "not ours"]);
    shell.good(&["plan", "sprint", "Two", "--team", "shop", "--from", "2090-01-02", "--to", "2090-02-01"]);
    shell.good(&["plan", "close", "One", "--goal", "partly", "--carry-to", "Two", "--reason", "the bank"]);
    shell.fails(&["plan", "close", "One"], "closed already");
    shell.fails(&["plan", "move", &card, "--to", "One"], "its report stays");
    let kept = shell.json(&["burn", "One", "--json"]);
    assert_eq!(kept["report"]["commitment"]["value"], 8.0);
    assert_eq!(kept["report"]["completed"]["value"], 5.0);
    assert_eq!(kept["report"]["removed"]["value"], 2.0);
    assert_eq!(
        (kept["changed_after_close"].as_bool(), kept["sprint"]["goal_result"].as_str()),
        (Some(false), Some("partly"))
    );
    assert_eq!(shell.json(&["plan", "list", "--sprint", "Two", "--json"])[0]["id"], retry.as_str());
    assert!(shell.good(&["plan", "list", "--sprint", "Two"]).contains("(carried over 1×)"));
    // Work that goes on, and new items, leave it as it is.
    shell.good(&["plan", "move", &retry, "--state", "done", "--points", "1"]);
    add("Another", "1");
    let later = shell.json(&["burn", "One", "--json"]);
    assert_eq!((&later["report"], &later["changed_after_close"]), (&kept["report"], &json!(false)));
    // What was done to its items since is told beside it.
    let told: Vec<_> =
        later["after_close"].as_array().unwrap().iter().map(|it| (&it["what"], &it["old"], &it["new"])).collect();
    assert!(told.contains(&(&json!("points"), &json!("3"), &json!("1"))), "{told:?}");
    assert!(told.iter().any(|it| it.0 == "state" && it.2 == "done"), "{told:?}");
    assert!(shell.good(&["burn", "One"]).contains("points 3 to 1"));
    // An event that is told later and happened before is seen, and the kept report stays.
    let started = kept["report"]["steps"][0]["at"].as_str().unwrap();
    let late = json!({"type": "item_event", "id": "x", "item": retry, "at": started, "seq": 99, "kind": "state", "new": "cancelled"});
    assert!(shell.import(&[late]).status.success());
    let after = shell.json(&["burn", "One", "--json"]);
    assert_eq!((after["changed_after_close"].as_bool(), &after["report"]), (Some(true), &kept["report"]));
    let live = shell.json(&["burn", "One", "--json", "--live"]);
    assert_ne!(live["report"], kept["report"]);
    assert!(shell.good(&["plan", "list", "--sprints"]).contains("added, 5 done"), "the sums are the kept ones");
    // The window reads either: what was kept, with the places of its items, and what is counted now.
    let view = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("One")).unwrap();
    let burn = view.burn.as_ref().unwrap().as_ref().unwrap();
    let read = burn.kept.as_ref().unwrap();
    assert_eq!((read.commitment.value, burn.counted.commitment.value), (8.0, 5.0));
    let titles: Vec<&str> =
        read.outcomes.iter().map(|outcome| view.plan.items[outcome.item as usize].title.as_str()).collect();
    assert_eq!(titles.len(), 3);
    assert!(titles.contains(&"Retry payments") && titles.contains(&"Stop the retries"), "{titles:?}");
    let text = view.markdown();
    assert!(text.contains("## Not completed\n\n- Retry payments — 3 points\n"), "{text}");
    assert!(text.contains("## Removed\n\n- Stop the retries — 2 points; added; not ours\n"), "{text}");
    assert!(!text.contains("[x]"), "how the items stand now is no part of it: {text}");
}

#[test]
fn an_imported_sprint_that_is_closed_keeps_its_report_too() {
    let shell = Shell::new();
    assert!(shell.import(&golden()).status.success());
    let sprint = golden().iter().find(|line| line["type"] == "sprint").unwrap()["id"].as_str().unwrap().to_owned();
    let kept = shell.json(&["burn", &sprint, "--json"]);
    assert!(kept["frozen_hash"].is_string(), "{kept}");
    let closed = kept["report"]["closed_at"].as_str().unwrap();
    let open =
        kept["report"]["outcomes"].as_array().unwrap().iter().find(|it| it["ending"] == "not_completed").unwrap();
    let late = json!({"type": "item_event", "id": "told later", "item": open["item"], "at": closed, "seq": 0, "kind": "state", "new": "done"});
    assert!(shell.import(&[late]).status.success());
    let after = shell.json(&["burn", &sprint, "--json"]);
    assert_eq!((&after["report"], &after["changed_after_close"]), (&kept["report"], &json!(true)));
}

#[test]
fn a_history_that_comes_in_two_imports_is_counted_as_if_it_came_in_one() {
    let (whole, parts) = (Shell::new(), Shell::new());
    assert!(whole.import(&golden()).status.success());
    let sprint = golden().iter().find(|line| line["type"] == "sprint").unwrap()["id"].as_str().unwrap().to_owned();
    // One item and all that happened to it come later.
    let late = golden().iter().rev().find(|line| line["kind"] == "joined").unwrap()["item"].clone();
    let (second, first): (Vec<Value>, Vec<Value>) =
        golden().into_iter().partition(|line| line["item"] == late || line["id"] == late);
    assert!(!second.is_empty());
    assert!(parts.import(&first).status.success() && parts.import(&second).status.success());
    let burn = |shell: &Shell| shell.json(&["burn", &sprint, "--json"]);
    let (told, wanted) = (burn(&parts), burn(&whole));
    assert_eq!((&told["report"], &told["frozen_hash"]), (&wanted["report"], &wanted["frozen_hash"]));
    assert_eq!(told["changed_after_close"], json!(false));
}

#[test]
fn an_event_is_never_rewritten() {
    let shell = Shell::new();
    assert!(shell.import(&golden()).status.success());
    let mut changed = event("A", "03-24T10:00:00", "state", "cancelled".into());
    changed["reason"] = "told afterwards".into();
    let done = shell.import(&[changed]);
    assert_eq!(done.status.code(), Some(3));
    let words = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(words.contains("is not rewritten"), "{words}");
    assert!(!shell.good(&["export"]).contains("told afterwards"), "what is refused leaves nothing behind");
    let burn = shell.json(&["burn", "Sprint 1", "--json"]);
    assert_eq!(burn["report"]["completed"]["value"], 13.0, "A is done, whatever was told of it later");
}

#[test]
fn what_an_event_cannot_say_is_refused() {
    let shell = Shell::new();
    let lines = [
        json!({"type": "item_event", "id": "1", "item": "A", "at": "2026-03-24T10:00:00Z", "kind": "joined"}),
        json!({"type": "item_event", "id": "2", "item": "A", "at": "2026-03-24T10:00:00Z", "kind": "state", "new": "nearly"}),
        json!({"type": "item_event", "id": "3", "item": "A", "at": "2026-03-24T10:00:00Z", "kind": "estimated", "new": "XL"}),
        json!({"type": "sprint_event", "id": "4", "sprint": "s", "at": "2026-03-24T10:00:00Z", "kind": "end_moved", "new": "soon"}),
        json!({"type": "sprint", "id": "s", "team": "t", "name": "S", "starts_at": "2026-03-24T10:00:00Z", "ends_at": "2026-03-01T10:00:00Z"}),
        json!({"type": "item", "id": "A", "title": "A", "kind": "bug", "state": "done", "parent": "A"}),
        json!({"type": "item", "id": "B", "title": "B", "kind": "bug", "state": "done", "estimates": {"points": -1}}),
    ];
    let done = shell.import(&lines);
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(String::from_utf8_lossy(&done.stdout).contains("7 refused"));
}

fn recorded(path: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("GEMBA_TEST_DATA") else {
        eprintln!("skipped 1: GEMBA_TEST_DATA is not set");
        return None;
    };
    Some(Path::new(&root).join("recorded").join(path))
}

#[test]
fn the_forecast_of_the_reference_comes_out_of_the_real_list() {
    let Some(list) = recorded("plan/agile-project-dataset/jira.csv") else { return };
    let shell = Shell::new();
    shell.good(&["import", list.to_str().unwrap(), "--csv-target", "item", "--map", "started_at=created_date"]);
    let ask = ["forecast", "--json", "--label", "1", "--until", "2017-03-31", "--days", "14", "--items", "20"];
    let numbers = |found: &Value, key: &str| -> Vec<u64> {
        found[key].as_array().unwrap().iter().map(|pair| pair[1].as_u64().unwrap()).collect()
    };
    let daily = shell.json(&[&ask[..], &["--daily"]].concat());
    assert_eq!(numbers(&daily, "how_many"), [39, 35, 32, 28]);
    assert_eq!(numbers(&daily, "when"), [8, 9, 10, 11]);
    let weekly = shell.json(&ask);
    assert_eq!(numbers(&weekly, "how_many"), [39, 35, 31, 27]);
    assert_eq!((weekly["finished"].as_u64(), weekly["active_days"].as_u64()), (Some(254), Some(84)));
    let all = shell.json(&["forecast", "--json", "--until", "2017-03-31"]);
    assert_eq!(all["cycle_times"]["percentiles"], json!([6.0, 10.0, 20.0, 64.0]));
    assert_eq!((all["cycle_times"]["n"].as_u64(), all["backwards"].as_u64()), (Some(2461), Some(1662)));
    shell.fails(&["forecast", "--until", "1999-01-01"], "a forecast needs 5");
}

#[test]
fn jiras_history_becomes_a_ledger() {
    let shell = Shell::new();
    let change = |id: &str, at: &str, field: &str, from: [&str; 2], to: [&str; 2]| {
        json!({"id": id, "created": format!("2026-03-{at}:00.000+0800"), "author": {"displayName": "ann"},
            "items": [{"field": field, "fieldId": if field == "Story Points" { "customfield_10026" } else { field },
                "from": from[0], "fromString": from[1], "to": to[0], "toString": to[1]}]})
    };
    let issue = |key: &str, status: (&str, &str), points: f64, sprints: &[i64], histories: Vec<Value>| {
        let dates = |id: &i64| {
            json!({"id": id, "name": format!("Sprint {id}"), "state": "active", "boardId": 8,
            "startDate": "2026-03-02T01:00:00.000Z", "endDate": "2026-03-13T09:00:00.000Z"})
        };
        json!({"id": format!("1{key}"), "key": key, "self": format!("https://jira.example/rest/agile/1.0/issue/1{key}"),
            "fields": {"summary": format!("Work {key}"), "created": "2026-03-01T10:00:00.000+0800",
                "issuetype": {"name": "Story"}, "status": {"id": status.0, "name": "状态", "statusCategory": {"key": status.1}},
                "customfield_10026": points, "customfield_10019": format!("0|i000{key}:"),
                "customfield_10020": sprints.iter().map(dates).collect::<Vec<_>>()},
            "changelog": {"histories": histories}})
    };
    // It goes with its parent, whatever points somebody gave it.
    let mut sub_task = issue("D", ("10000", "new"), 100.0, &[7], Vec::new());
    sub_task["fields"]["issuetype"] = json!({"name": "Sub-task", "subtask": true});
    sub_task["fields"]["parent"] = json!({"key": "A"});
    let page = json!({"total": 4, "issues": [
        // Without a change of its sprint it was in it from its creation on.
        issue("A", ("10068", "done"), 5.0, &[7], vec![change("1", "05T10:00", "status", ["10000", "To Do"], ["10068", "状态"])]),
        issue("B", ("10000", "new"), 8.0, &[7], vec![
            change("2", "04T11:00", "Sprint", ["", ""], ["7", "Sprint 7"]),
            change("3", "05T11:00", "Story Points", ["", "3"], ["", "8"]),
        ]),
        // A longer list is a join, a shorter one a leave.
        issue("C", ("10000", "new"), 1.0, &[8], vec![
            change("4", "03T10:00", "Sprint", ["7", "Sprint 7"], ["7, 8", "Sprint 7, Sprint 8"]),
            change("5", "04T10:00", "Sprint", ["7, 8", "Sprint 7, Sprint 8"], ["8", "Sprint 8"]),
        ]),
        sub_task,
    ]});
    let file = shell.file("jira.json");
    std::fs::write(&file, page.to_string()).unwrap();
    shell.good(&["import", file.to_str().unwrap()]);
    let burn = shell.json(&["burn", "7", "--json"]);
    let chart: Vec<(String, f64, f64)> = burn["report"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (
                step["cause"].as_str().unwrap().to_owned(),
                step["scope"].as_f64().unwrap(),
                step["done"].as_f64().unwrap(),
            )
        })
        .collect();
    let row = |cause: &str, scope: f64, done: f64| (cause.to_owned(), scope, done);
    assert_eq!(
        chart,
        [
            row("start", 6.0, 0.0),
            row("removed", 5.0, 0.0),
            row("added", 8.0, 0.0),
            row("done", 8.0, 5.0),
            row("estimated", 13.0, 5.0)
        ]
    );
    let backlog = shell.json(&["plan", "list", "--sprint", "8", "--json"]);
    assert_eq!(
        (backlog[0]["id"].as_str(), backlog[0]["url"].as_str()),
        (Some("C"), Some("https://jira.example/browse/C"))
    );
}

#[test]
fn jiras_recorded_answers_come_in_whole_and_once() {
    let Some(folder) = recorded("devlake/jira") else { return };
    let shell = Shell::new();
    let files = ["_raw_jira_api_issues.csv", "_raw_jira_api_sprints.csv"].map(|name| folder.join(name));
    let both = shell.file("jira");
    std::fs::create_dir(&both).unwrap();
    for file in &files {
        std::fs::copy(file, both.join(file.file_name().unwrap())).unwrap();
    }
    let import = || {
        let done = shell.run(&["import", both.to_str().unwrap()]);
        String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
    };
    let first = import();
    assert!(first.contains(" 1 refused"), "{first}");
    assert!(first.contains("\"Ready for Dev\""), "{first}");
    assert!(import().contains(" 0 new, 0 changed"));
    let burn = shell.json(&["burn", "EE Sprint 7", "--unit", "items", "--json"]);
    let report = &burn["report"];
    let sum = |name: &str| report[name]["items"].as_u64().unwrap();
    // Each item that was in it ended in one way.
    let ends = ["completed", "cancelled", "not_completed", "removed"].map(sum);
    assert_eq!(
        (sum("commitment"), ends.iter().sum::<u64>() as usize),
        (16, report["outcomes"].as_array().unwrap().len())
    );
    assert_eq!(ends[1], 1, "given up, though it was closed; three more are sub-tasks, one was in another sprint");
    // Four were estimated in hours after the start, of which two were done and one was taken out.
    let report = &shell.json(&["burn", "EE Sprint 7", "--unit", "hours", "--json"])["report"];
    let hours = |name: &str| report[name]["value"].as_f64().unwrap();
    assert_eq!(["commitment", "completed", "removed"].map(hours), [0.0, 8.0, 6.0]);
}

#[test]
fn items_are_put_before_and_after_each_other_and_a_sprint_gets_another_end() {
    let shell = Shell::new();
    let add = |title: &str| shell.json(&["plan", "add", title, "--json"])["id"].as_str().unwrap().to_owned();
    let ids: Vec<String> = ["one", "two", "three", "four"].map(add).into();
    shell.good(&["plan", "move", &ids[3], "--before", &ids[0]]);
    shell.good(&["plan", "move", &ids[0], "--after", &ids[2]]);
    let titles = || -> Vec<String> {
        let list = shell.json(&["plan", "list", "--json"]);
        list.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(), ["four", "two", "three", "one"]);
    shell.fails(&["plan", "move", &ids[0], "--after", &ids[0]], "not itself");
    // Items of a plain list have no ranks until one is moved among them.
    let lines = ["A", "B"].map(|id| json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "backlog"}));
    assert!(shell.import(&lines).status.success());
    shell.good(&["plan", "move", &ids[3], "--after", "A"]);
    assert_eq!(titles(), ["two", "three", "one", "A", "four", "B"]);
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-06", "--to", "2090-01-05"]);
    shell.good(&["plan", "move", &ids[0], "--to", "One"]);
    shell.good(&["plan", "start", "One"]);
    let moved =
        shell.json(&["plan", "end", "One", "--to", "2091-01-05", "--reason", "the move of the office", "--json"]);
    assert!(moved["ends_at"].as_str().unwrap().starts_with("2091-01-0"), "{moved}");
    let report = shell.json(&["burn", "One", "--json"])["report"].clone();
    assert_eq!(report["ends"].as_array().unwrap().len(), 2);
    shell.fails(&["plan", "end", "One", "--to", "2019-01-01"], "before it starts");
}

#[test]
fn an_item_of_another_tool_goes_into_a_sprint_made_here() {
    let shell = Shell::new();
    let item = json!({"type": "item", "connection": "jira", "id": "EE-1", "title": "From Jira", "kind": "bug", "state": "backlog", "created_at": "2026-01-05T10:00:00Z", "estimates": {"points": 3}});
    assert!(shell.import(&[item]).status.success());
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-01", "--to", "2090-01-01"]);
    shell.good(&["plan", "move", "EE-1", "--to", "One"]);
    shell.good(&["plan", "start", "One"]);
    shell.good(&["plan", "move", "EE-1", "--state", "done"]);
    let report = shell.json(&["burn", "One", "--json"])["report"].clone();
    assert_eq!((report["commitment"]["value"].as_f64(), report["completed"]["value"].as_f64()), (Some(3.0), Some(3.0)));
}

#[test]
fn what_is_undone_is_taken_back_by_events_and_none_goes_away() {
    use gemba::engine::{Command, Workspace};
    let shell = Shell::new();
    let id = shell.json(&["plan", "add", "Pay by card", "--points", "5", "--json"])["id"].as_str().unwrap().to_owned();
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-06", "--to", "2090-01-05"]);
    shell.good(&["plan", "move", &id, "--to", "One"]);
    shell.good(&["plan", "start", "One"]);
    shell.good(&["plan", "move", &id, "--state", "done", "--points", "8"]);
    shell.good(&["plan", "close", "One", "--goal", "met"]);
    let file = shell.file("out.jsonl");
    let events = || {
        shell.good(&["export", "--out", file.to_str().unwrap()]);
        let text = std::fs::read_to_string(&file).unwrap();
        text.lines().filter(|line| line.contains("_event\"")).map(str::to_owned).collect::<Vec<_>>()
    };
    let step = |command: Command| {
        let workspace = Workspace::open(&shell.file("g.db")).unwrap();
        let before = events();
        let done = workspace.run(command).unwrap();
        let after = events();
        assert!(before.iter().all(|line| after.contains(line)), "{} took an event away", done.name);
        done.name
    };
    let report = || shell.json(&["burn", "One", "--json"])["report"].clone();
    assert_eq!(report()["completed"]["value"], 8.0);
    assert_eq!(step(Command::Undo), "Close sprint");
    assert!(report()["closed_at"].is_null());
    assert_eq!(step(Command::Undo), "Change item");
    assert_eq!(
        (report()["completed"]["value"].as_f64(), report()["commitment"]["value"].as_f64()),
        (Some(0.0), Some(5.0))
    );
    assert_eq!(step(Command::Undo), "Start sprint");
    shell.fails(&["burn", "One"], "not been started");
    assert_eq!(step(Command::Undo), "Move items");
    assert_eq!(shell.json(&["plan", "list", "--json"]).as_array().unwrap().len(), 1, "it is in the backlog again");
    for name in ["Move items", "Start sprint", "Change item", "Close sprint"] {
        assert_eq!(step(Command::Redo), name);
    }
    assert_eq!(report()["completed"]["value"], 8.0);
    let burn = shell.json(&["burn", "One", "--json"]);
    assert!(burn["frozen_hash"].is_string(), "closed again, its report is kept again");
}

#[test]
fn a_slip_that_was_undone_is_no_change_of_scope() {
    use gemba::engine::{Command, Workspace};
    let shell = Shell::new();
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-06", "--to", "2090-01-05"]);
    for title in ["Kept", "Slip", "Later"] {
        shell.good(&["plan", "add", title, "--points", "2"]);
    }
    shell.good(&["plan", "move", "Kept", "--to", "One"]);
    shell.good(&["plan", "start", "One"]);
    let run = |command: Command| {
        let workspace = Workspace::open(&shell.file("g.db")).unwrap();
        workspace.run(command).unwrap();
    };
    let report = || shell.json(&["burn", "One", "--json"])["report"].clone();
    let moves = |report: &Value| (report["added"]["items"].as_u64(), report["removed"]["items"].as_u64());
    shell.good(&["plan", "move", "Slip", "--to", "One"]);
    run(Command::Undo);
    shell.good(&["plan", "move", "Kept", "--state", "done"]);
    run(Command::Undo);
    let after = report();
    assert_eq!(moves(&after), (Some(0), Some(0)), "{after}");
    assert_eq!((after["reworked"].as_u64(), after["steps"].as_array().unwrap().len()), (Some(0), 1));
    // Done again it is one; and what was committed stays committed, whoever takes the move back.
    run(Command::Redo);
    assert_eq!(report()["completed"]["items"], 1);
    shell.good(&["plan", "move", "Later", "--to", "One", "--reason", "bug"]);
    assert_eq!(moves(&report()), (Some(1), Some(0)));
    assert!(shell.good(&["export"]).matches("\"reason\":\"undone\"").count() >= 2, "the ledger keeps all of it");
}

#[test]
fn what_is_undone_and_done_again_in_the_sample_is_done() {
    use gemba::engine::{CloseAsk, Command, Workspace};
    let folder = tempfile::tempdir().unwrap();
    let mut workspace = Workspace::open(&folder.path().join("sample.db")).unwrap();
    workspace.make_sample(gemba::model::Time::parse("2026-01-31T12:00:00Z").unwrap()).unwrap();
    let running = |workspace: &Workspace| {
        let plan = workspace.plan().unwrap();
        (0..plan.sprints.len()).find(|n| plan.is_running(*n)).map(|n| plan.sprints[n].id.clone())
    };
    let sprint = running(&workspace).unwrap();
    for _ in 0..2 {
        workspace.run(Command::CloseSprint { sprint: sprint.clone(), ask: Box::new(CloseAsk::default()) }).unwrap();
        assert_ne!(running(&workspace), Some(sprint.clone()));
        workspace.run(Command::Undo).unwrap();
        assert_eq!(running(&workspace), Some(sprint.clone()));
        workspace.run(Command::Redo).unwrap();
        assert_ne!(running(&workspace), Some(sprint.clone()), "done again");
        assert!(workspace.burn(&sprint, gemba::metrics::plan::ledger::Unit::Points).unwrap().kept.is_some());
        workspace.run(Command::Undo).unwrap();
    }
}

#[test]
fn an_item_of_a_list_without_times_brings_its_estimate_into_a_sprint() {
    let shell = Shell::new();
    let item = json!({"type": "item", "id": "I1", "title": "One", "kind": "feature", "state": "backlog", "estimates": {"points": 3}});
    assert!(shell.import(&[item]).status.success());
    shell.good(&["plan", "sprint", "One", "--team", "shop", "--from", "2020-01-06", "--to", "2090-01-05"]);
    shell.good(&["plan", "move", "I1", "--to", "One"]);
    shell.good(&["plan", "start", "One"]);
    assert_eq!(shell.json(&["burn", "One", "--json"])["report"]["commitment"]["value"], 3.0);
}

#[test]
fn what_jira_tells_without_a_history_is_no_commitment() {
    let shell = Shell::new();
    let sprint = |id: u32, name: &str, state: &str, dates: bool| {
        let mut sprint = json!({"id": id, "name": name, "state": state, "boardId": 1});
        if dates {
            sprint["startDate"] = "2026-03-02T09:00:00.000Z".into();
            sprint["endDate"] = "2026-03-13T17:00:00.000Z".into();
            sprint["completeDate"] = "2026-03-13T17:05:00.000Z".into();
        }
        sprint
    };
    let status = |id: &str, key: &str| json!({"id": id, "name": key, "statusCategory": {"key": key}});
    let issue = |n: u32, state: &Value, sprints: Value, log: Option<Value>| {
        let mut issue = json!({"id": n.to_string(), "key": format!("X-{n}"), "fields": {
            "summary": format!("Issue {n}"), "status": state, "issuetype": {"name": "Story", "subtask": false},
            "created": "2026-02-20T09:00:00.000+0000", "resolutiondate": "2026-03-10T09:00:00.000+0000",
            "customfield_10016": 3.0, "customfield_10020": sprints}});
        if let Some(log) = log {
            issue["changelog"] = json!({"histories": log});
        }
        issue
    };
    let change = |id: &str, field: &str, to: &str| {
        json!({"id": id, "created": "2026-03-04T09:00:00.000+0000", "author": {"displayName": "Ann"},
            "items": [{"field": field, "from": "", "to": "", "fromString": "", "toString": to}]})
    };
    let (one, two, next) =
        (sprint(1, "Spr 1", "closed", true), sprint(2, "Spr 2", "closed", true), sprint(3, "Spr 3", "future", false));
    let done = status("9", "done");
    let page = json!({"issues": [
        issue(1, &done, json!([one]), None),
        issue(2, &status("3", "indeterminate"), json!([one]), None),
        issue(3, &done, json!([two]), Some(json!([change("7", "Flagged", "Impediment"), change("8", "Fix Version", "2.0")]))),
        issue(4, &done, json!([two]), None),
        issue(5, &status("1", "new"), json!([next]), None),
    ], "total": 5});
    std::fs::write(shell.file("jira.json"), page.to_string()).unwrap();
    let report = shell.run(&["import", shell.file("jira.json").to_str().unwrap()]);
    let said = String::from_utf8_lossy(&report.stdout).into_owned() + &String::from_utf8_lossy(&report.stderr);
    // The sprint to be planned has no dates there yet: it is here all the same, behind the last one.
    assert!(said.contains("dates of the sprint \"Spr 3\"") && said.contains("0 refused"), "{said}");
    let sprints = shell.json(&["plan", "list", "--sprints", "--json"]);
    let named = |name: &str| sprints.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    assert_eq!(named("Spr 3")["starts_at"], named("Spr 2")["ends_at"]);
    assert!(shell.good(&["plan", "list", "--sprint", "Spr 3"]).contains("X-5"), "it holds what it held there");
    assert!(shell.good(&["plan", "list", "--sprint", "jira:3"]).contains("X-5"));
    // Once it has days there, those are its days.
    let mut dated = page.clone();
    let of_next = dated["issues"][4]["fields"].as_object_mut().unwrap();
    let sprints = of_next.values_mut().find(|value| value[0]["name"] == "Spr 3").unwrap();
    sprints[0]["startDate"] = "2026-05-04T09:00:00.000Z".into();
    sprints[0]["endDate"] = "2026-05-15T17:00:00.000Z".into();
    std::fs::write(shell.file("jira.json"), dated.to_string()).unwrap();
    let said = shell.good(&["import", shell.file("jira.json").to_str().unwrap()]);
    assert!(said.contains("0 refused"), "{said}");
    let sprints = shell.json(&["plan", "list", "--sprints", "--json"]);
    let next = sprints.as_array().unwrap().iter().find(|it| it["name"] == "Spr 3").unwrap().clone();
    assert_eq!(next["starts_at"], "2026-05-04T09:00:00Z");
    assert!(said.contains("change of Fix Version"), "{said}");
    assert!(said.contains("issue without a change history, in a sprint whose other issues have one"), "{said}");
    shell.fails(&["burn", "Spr 1"], "commitment unknown");
    shell.fails(&["burn", "Spr 1"], "of 2 items that it held 1 are done (3 points)");
    let told = shell.json(&["burn", "Spr 2", "--json"]);
    assert_eq!(told["report"]["commitment"]["items"], 1, "X-4 has no history and is not taken as committed");
    assert!(shell.good(&["plan", "list", "--sprint", "Spr 2"]).contains("blocked: Impediment"));
}

#[test]
fn a_team_counts_the_days_of_its_own_zone() {
    let shell = Shell::new();
    let lines = [
        json!({"type": "team", "id": "far", "name": "Far"}),
        json!({"type": "calendar_day", "team": "far", "date": "2026-03-25", "working": false}),
    ];
    assert!(shell.import(&lines).status.success());
    shell.fails(&["plan", "rules", "far", "--zone", "Mars/Olympus"], "no such zone");
    let rules = shell.json(&["plan", "rules", "far", "--zone", "Pacific/Auckland", "--json"]);
    assert_eq!(rules["zone"], "Pacific/Auckland");
    let span = ["--from", "2026-03-23", "--to", "2026-03-27", "--json"];
    let far = shell.json(&[&["plan", "sprint", "Far 1", "--team", "far"][..], &span[..]].concat());
    assert_eq!(
        (far["starts_at"].as_str(), far["ends_at"].as_str()),
        (Some("2026-03-22T11:00:00Z"), Some("2026-03-27T11:00:00Z"))
    );
    let far = shell.json(&["plan", "end", "Far 1", "--to", "2026-03-26", "--json"]);
    assert_eq!(far["ends_at"], "2026-03-26T11:00:00Z");
    // Its day off lies flat from its own midnight on.
    let lines = [
        json!({"type": "sprint", "id": "s1", "team": "far", "name": "Told", "starts_at": "2026-03-22T11:00:00Z", "ends_at": "2026-03-27T11:00:00Z"}),
        json!({"type": "sprint_event", "id": "s", "sprint": "s1", "at": "2026-03-22T11:00:00Z", "kind": "started"}),
        json!({"type": "sprint_event", "id": "c", "sprint": "s1", "at": "2026-03-27T11:00:00Z", "kind": "closed"}),
        json!({"type": "item", "id": "A", "title": "A", "kind": "feature", "state": "ready"}),
        json!({"type": "item_event", "id": "e", "item": "A", "at": "2026-03-20T00:00:00Z", "kind": "estimated", "new": "4"}),
        json!({"type": "item_event", "id": "j", "item": "A", "at": "2026-03-20T00:00:00Z", "kind": "joined", "sprint": "s1"}),
    ];
    assert!(shell.import(&lines).status.success());
    let ideal = shell.json(&["burn", "Told", "--json"])["ideal"].clone();
    let values: Vec<(&str, f64)> = ideal
        .as_array()
        .unwrap()
        .iter()
        .map(|point| (point[0].as_str().unwrap(), point[1].as_f64().unwrap()))
        .collect();
    for free in ["2026-03-24T11:00:00Z", "2026-03-25T11:00:00Z"] {
        assert!(values.iter().any(|(at, value)| *at == free && (value - 2.0).abs() < 1e-9), "{free}: {values:?}");
    }
    let none = shell.json(&["plan", "rules", "far", "--zone", "none", "--json"]);
    assert!(none["zone"].is_null());
}

/// A sprint of two weeks in June, of the team "shop".
fn sprint(id: &str, from: u32, to: u32) -> Vec<Value> {
    let at = |day: u32| format!("2026-06-{day:02}T09:00:00Z");
    vec![
        json!({"type": "sprint", "id": id, "team": "shop", "name": id, "starts_at": at(from), "ends_at": at(to)}),
        json!({"type": "sprint_event", "id": format!("{id} started"), "sprint": id, "at": at(from), "kind": "started"}),
        json!({"type": "sprint_event", "id": format!("{id} closed"), "sprint": id, "at": at(to), "kind": "closed"}),
    ]
}

fn item(id: &str) -> Value {
    json!({"type": "item", "id": id, "title": id, "kind": "feature", "state": "ready"})
}

fn on(item: &str, id: &str, day: u32, kind: &str, key: &str, value: &str) -> Value {
    json!({"type": "item_event", "id": format!("{item}{id}"), "item": item, "at": format!("2026-06-{day:02}T12:00:00Z"),
        "kind": kind, key: value})
}

#[test]
fn events_of_one_moment_come_in_the_order_of_their_ids() {
    let shell = Shell::new();
    let mut lines = sprint("S1", 1, 12);
    for n in 0..10 {
        let id = format!("R{n}");
        lines.extend([item(&id), on(&id, "e", 1, "estimated", "new", "1")]);
        lines.extend([on(&id, "b", 2, "state", "new", "done"), on(&id, "a", 2, "state", "new", "in_progress")]);
        lines.push(json!({"type": "item_event", "id": format!("{id}j"), "item": id, "at": "2026-05-31T12:00:00Z", "kind": "joined", "sprint": "S1"}));
    }
    assert!(shell.import(&lines).status.success());
    let report = shell.json(&["burn", "S1", "--json"])["report"].clone();
    assert_eq!((report["completed"]["items"].as_u64(), report["reworked"].as_u64()), (Some(10), Some(0)));
}

#[test]
fn an_item_that_was_done_at_a_close_was_not_left_over_there() {
    let shell = Shell::new();
    let mut lines = [sprint("S1", 1, 12), sprint("S2", 15, 26)].concat();
    lines.extend([item("C"), item("D")]);
    for (id, sprint, day) in [("C", "S1", 1), ("D", "S1", 1), ("C", "S2", 15), ("D", "S2", 15)] {
        lines.push(on(id, &format!(" in {sprint}"), day - u32::from(day > 1), "joined", "sprint", sprint));
    }
    lines.extend([on("C", "d", 3, "state", "new", "done"), on("C", "r", 13, "state", "new", "in_progress")]);
    lines.push(on("C", "d2", 16, "state", "new", "done"));
    assert!(shell.import(&lines).status.success());
    let table = shell.good(&["plan", "list", "--sprint", "S2", "--csv"]);
    let row = |id: &str| table.lines().find(|line| line.starts_with(&format!("{id},"))).unwrap();
    let carried = |id: &str| row(id).split(',').nth(10).unwrap().to_owned();
    assert_eq!((carried("C"), carried("D")), ("0".to_owned(), "2".to_owned()));
}

#[test]
fn what_no_event_tells_of_a_sprint_its_record_does() {
    let shell = Shell::new();
    let lines = [
        json!({"type": "sprint", "id": "S1", "team": "shop", "name": "S1", "starts_at": "2026-06-01T09:00:00Z", "ends_at": "2026-06-12T09:00:00Z",
            "started_at": "2026-06-01T09:00:00Z", "closed_at": "2026-06-12T09:00:00Z"}),
        json!({"type": "sprint_event", "id": "m", "sprint": "S1", "at": "2026-06-03T09:00:00Z", "kind": "end_moved", "old": "2026-06-10T09:00:00Z", "new": "2026-06-12T09:00:00Z"}),
        item("A"),
        json!({"type": "item_event", "id": "j", "item": "A", "at": "2026-05-31T09:00:00Z", "kind": "joined", "sprint": "S1"}),
        on("A", "d", 20, "state", "new", "done"),
    ];
    assert!(shell.import(&lines).status.success());
    let report = shell.json(&["burn", "S1", "--unit", "items", "--json"])["report"].clone();
    assert_eq!(report["completed"]["items"], 0, "done after the close");
    assert_eq!(report["closed_at"], "2026-06-12T09:00:00Z");
}

#[test]
fn an_empty_text_means_nothing_and_another_teams_sprint_is_its_own() {
    let shell = Shell::new();
    for (team, name) in [("shop", "S1"), ("shop", "S2"), ("ops", "O1")] {
        shell.good(&["plan", "sprint", name, "--team", team, "--from", "2090-06-01", "--to", "2090-06-12"]);
    }
    let added = shell.json(&["plan", "add", "Card", "--points", "3", "--sprint", "S1", "--json"]);
    let id = added["id"].as_str().unwrap();
    shell.fails(&["plan", "move", "", "--state", "done"], "there is no item");
    shell.fails(&["plan", "close", ""], "there is no sprint");
    let holds = |sprint: &str| shell.json(&["plan", "list", "--sprint", sprint, "--json"]).as_array().unwrap().len();
    shell.good(&["plan", "move", "Card", "--to", "O1"]);
    assert_eq!((holds("S1"), holds("O1")), (1, 1), "a sprint of each team");
    shell.good(&["plan", "move", id, "--to", "S2"]);
    assert_eq!((holds("S1"), holds("S2"), holds("O1")), (0, 1, 1));
    shell.good(&["plan", "move", id, "--block", "the bank is closed"]);
    let listed = shell.json(&["plan", "list", "--sprint", "S2", "--json"])[0].clone();
    assert_eq!((&listed["sprints"], &listed["carried"]), (&json!(["O1", "S2"]), &json!(0)));
    assert_eq!(listed["blocked"]["reason"], "the bank is closed");
    shell.good(&["plan", "move", id, "--to", "backlog"]);
    assert_eq!((holds("S2"), holds("O1")), (0, 0));
}

#[test]
fn a_report_that_was_changed_since_is_not_made_anew() {
    let shell = Shell::new();
    let mut lines = sprint("S1", 2, 12);
    lines.extend([
        item("A"),
        item("B"),
        on("A", "j", 1, "joined", "sprint", "S1"),
        on("B", "j", 1, "joined", "sprint", "S1"),
    ]);
    lines.push(on("A", "d", 3, "state", "new", "done"));
    assert!(shell.import(&lines).status.success());
    let burn = || shell.json(&["burn", "S1", "--unit", "items", "--json"]);
    let completed = |burn: &Value| burn["report"]["completed"]["items"].as_u64().unwrap();
    assert!(shell.import(&[on("B", "d", 4, "state", "new", "done")]).status.success());
    assert_eq!((completed(&burn()), &burn()["changed_after_close"]), (1, &json!(true)));
    let more = [item("N"), on("N", "j", 1, "joined", "sprint", "S1"), on("N", "d", 5, "state", "new", "done")];
    assert!(shell.import(&more).status.success());
    assert_eq!((completed(&burn()), &burn()["changed_after_close"]), (1, &json!(true)));
}

#[test]
fn velocity_is_of_the_sprints_that_were_closed_last() {
    let shell = Shell::new();
    let mut lines = Vec::new();
    // The first to start is the last to close, and outside nothing.
    for n in 0..9u32 {
        let id = format!("S{n}");
        let from = format!("2026-0{}-01T09:00:00Z", 1 + n.min(7));
        let end =
            if n == 0 { "2026-09-28T09:00:00Z".to_owned() } else { format!("2026-0{}-20T09:00:00Z", 1 + n.min(7)) };
        let end = if n == 8 { "2026-08-25T09:00:00Z".to_owned() } else { end };
        lines.extend([
            json!({"type": "sprint", "id": id, "team": "shop", "name": id, "starts_at": from, "ends_at": end}),
            json!({"type": "sprint_event", "id": format!("{id}s"), "sprint": id, "at": from, "kind": "started"}),
            json!({"type": "sprint_event", "id": format!("{id}c"), "sprint": id, "at": end, "kind": "closed"}),
            item(&format!("I{n}")),
            json!({"type": "item_event", "id": format!("{id}e"), "item": format!("I{n}"), "at": "2025-12-01T09:00:00Z", "kind": "estimated", "new": (10 * (10 - n)).to_string()}),
            json!({"type": "item_event", "id": format!("{id}j"), "item": format!("I{n}"), "at": "2025-12-01T10:00:00Z", "kind": "joined", "sprint": id}),
            json!({"type": "item_event", "id": format!("{id}d"), "item": format!("I{n}"), "at": format!("{}T10:00:00Z", &from[..10]), "kind": "state", "new": "done"}),
        ]);
    }
    assert!(shell.import(&lines).status.success());
    let workspace = gemba::engine::Workspace::open_reader(&shell.file("g.db")).unwrap();
    let view = workspace.plan_view(Some("S8")).unwrap();
    let names: Vec<&str> = view.closed.iter().map(|closed| closed.name.as_str()).collect();
    assert_eq!((names.first(), names.last()), (Some(&"S1"), Some(&"S0")), "{names:?}");
    // Of 100 (S0) and 80 down to 20: S1 of 90 is the ninth.
    assert_eq!(view.velocity.as_ref().unwrap().n, 8);
    assert!(view.velocity.as_ref().unwrap().likely < 50.0);
}
