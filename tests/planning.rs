//! Planning with operations in the room, through the program: how items stand to each other, splitting, what a team has
//! agreed on, readiness, reviews by file, retros, calendars and the issues of trackers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

#[path = "planning/brief.rs"]
mod brief;
#[path = "planning/lists.rs"]
mod lists;
#[path = "planning/rows.rs"]
mod rows;
#[path = "support/shell.rs"]
mod shell;
#[path = "planning/sources.rs"]
mod sources;
#[path = "planning/teams.rs"]
mod teams;
#[path = "planning/undo.rs"]
mod undo;

use serde_json::{Value, json};
use shell::Shell;

fn add(shell: &Shell, args: &[&str]) -> String {
    let args: Vec<&str> = ["plan", "add"].iter().chain(args).chain(&["--json"]).copied().collect();
    shell.json(&args)["id"].as_str().unwrap().to_owned()
}

/// A sprint of a team "shop" whose days lie far ahead.
fn sprint(shell: &Shell, name: &str) {
    shell.good(&["plan", "sprint", name, "--team", "shop", "--from", "2099-01-05", "--to", "2099-01-16"]);
}

/// A service that fails often and has an objective.
fn risky_service() -> Vec<Value> {
    let mut lines = vec![
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        json!({"type": "service", "id": "pay", "name": "Payments", "team": "shop", "slo": {"target": 0.995, "window_days": 28}}),
        json!({"type": "environment", "id": "prod", "name": "Production", "class": "production"}),
    ];
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    for n in 0..10 {
        let day = today.saturating_sub(jiff::Span::new().days(15 - n));
        lines.push(json!({"type": "deployment", "id": format!("d{n}"), "service": "pay", "environment": "prod",
            "status": "succeeded", "version": format!("{n}"), "finished_at": format!("{day}T10:00:00Z")}));
        if n < 5 {
            lines.push(json!({"type": "incident", "id": format!("i{n}"), "title": "Payments fail", "service": "pay",
                "severity": 3, "started_at": format!("{day}T11:00:00Z"), "resolved_at": format!("{day}T12:00:00Z"),
                "causes": [{"deployment": format!("d{n}"), "state": "confirmed"}]}));
        }
    }
    lines
}

#[test]
fn items_stand_to_each_other_and_never_in_a_round() {
    let shell = Shell::new();
    let card = add(&shell, &["Pay by card", "--points", "5", "--due", "2026-12-24", "--link", "a.excalidraw"]);
    let bank = add(&shell, &["Pay by bank", "--waits-for", &card, "--parent", &card]);
    let shown = shell.json(&["plan", "list", "--json"]);
    assert_eq!(shown[1]["depends_on"], json!([card]));
    assert_eq!((&shown[0]["due"], &shown[0]["links"]), (&"2026-12-24".into(), &json!(["a.excalidraw"])));
    shell.fails(&["plan", "move", &card, "--waits-for", &bank], "would wait for itself");
    shell.fails(&["plan", "move", &card, "--parent", &bank], "would belong to itself");
    shell.good(&["plan", "move", &bank, "--block", "the bank is closed", "--label", "money"]);
    assert!(
        shell.good(&["plan", "list", "--filter", "is:blocked label:money"]).contains("(blocked: the bank is closed)")
    );
    shell.good(&["plan", "move", &bank, "--unblock"]);
    assert!(shell.good(&["plan", "list", "--filter", "is:blocked"]).contains("No items match"));
    shell.fails(&["plan", "list", "--filter", "kind:chore"], "none of: feature");
    let events = shell.good(&["export"]);
    assert!(events.contains("\"kind\":\"blocked\"") && events.contains("\"kind\":\"unblocked\""));
}

#[test]
fn a_split_item_keeps_its_history_and_its_sprint_sees_the_scope_change() {
    let shell = Shell::new();
    sprint(&shell, "Sprint 1");
    let whole = add(&shell, &["Pay", "--points", "8", "--sprint", "Sprint 1", "--label", "money"]);
    let after = add(&shell, &["Ship", "--points", "2", "--sprint", "Sprint 1"]);
    shell.good(&["plan", "start", "Sprint 1"]);
    shell.fails(&["plan", "split", &whole, "--part", "Pay by card=3"], "two parts or more");
    shell.fails(&["plan", "split", &whole, "--part", "Pay by card=three", "--part", "x"], "write it like");
    let parts = shell.json(&["plan", "split", &whole, "--part", "Pay by card=3", "--part", "Pay by bank=4", "--json"]);
    assert_eq!((&parts[0]["id"], &parts[0]["title"]), (&whole.as_str().into(), &"Pay by card".into()));
    assert_eq!(parts[1]["origin"], json!({"type": "item", "id": whole}));
    assert_eq!(parts[1]["labels"], json!(["money"]));
    // In the order of their ranks: the parts, and what stood after the whole.
    let ids: Vec<Value> = shell.json(&["plan", "list", "--sprint", "Sprint 1", "--json"]).as_array().unwrap().clone();
    let ids: Vec<&str> = ids.iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [whole.as_str(), parts[1]["id"].as_str().unwrap(), after.as_str()]);
    let report = shell.json(&["burn", "Sprint 1", "--json"])["report"].clone();
    assert_eq!(report["commitment"]["value"], 10.0);
    let steps: Vec<(&str, f64)> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["cause"].as_str().unwrap(), step["scope"].as_f64().unwrap()))
        .collect();
    assert_eq!(steps, [("start", 10.0), ("estimated", 5.0), ("added", 9.0)]);
    shell.good(&["plan", "move", &whole, "--state", "done"]);
    shell.fails(&["plan", "split", &whole, "--part", "a", "--part", "b"], "is over");
    // A unit that no part speaks of stays.
    let hours = add(&shell, &["Move the data", "--hours", "16"]);
    let parts = shell.json(&["plan", "split", &hours, "--part", "Copy=6h", "--part", "Check=4h", "--json"]);
    assert_eq!((&parts[0]["estimates"], &parts[1]["estimates"]), (&json!({"hours": 6.0}), &json!({"hours": 4.0})));
    let parts = shell.json(&["plan", "split", &hours, "--part", "Copy", "--part", "Compare", "--json"]);
    assert_eq!((&parts[0]["estimates"], &parts[1]["estimates"]), (&json!({"hours": 6.0}), &Value::Null));
}

#[test]
fn the_parts_of_an_item_without_a_rank_stand_after_it() {
    let shell = Shell::new();
    let item = |id: &str| json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "backlog"});
    shell.import(&["n1", "n2", "n3"].map(item));
    shell.good(&["plan", "split", "n1", "--part", "first", "--part", "second"]);
    let listed: Value = shell.json(&["plan", "list", "--json"]);
    let titles: Vec<&str> = listed.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["first", "second", "n2", "n3"]);
}

#[test]
fn a_team_edits_and_shares_what_an_item_is_asked() {
    let shell = Shell::new();
    sprint(&shell, "Sprint 1");
    let item = add(&shell, &["Pay", "--points", "3", "--sprint", "Sprint 1"]);
    let own = format!(
        "{}\n[[check]]\nid = \"pager\"\nwords = \"The pager is tested\"\nstage = \"deploy\"\nlevel = \"C\"\nknown_by = \"item\"\n",
        shell.good(&["plan", "checklist"])
    );
    let file = shell.file("own.toml");
    std::fs::write(&file, own.replace("\"fact\"", "\"guess\"")).unwrap();
    let name = file.to_str().unwrap();
    shell.fails(&["plan", "rules", "shop", "--readiness", name], "(line ");
    std::fs::write(&file, &own).unwrap();
    let told = shell.good(&["plan", "rules", "shop", "--readiness", name]);
    assert!(told.contains("the team's own, 23 checks"), "{told}");
    assert_eq!(shell.good(&["plan", "checklist", "--team", "shop"]).trim(), own.trim());
    assert!(shell.good(&["plan", "ready", &item]).contains("The pager is tested"));
    shell.good(&["plan", "rules", "shop", "--readiness", "none"]);
    assert!(!shell.good(&["plan", "ready", &item]).contains("pager"));
}

#[test]
fn why_an_item_is_blocked_is_changed_and_changed_back() {
    use gemba::engine::{Command, Workspace};
    let shell = Shell::new();
    let item = add(&shell, &["Pay"]);
    shell.good(&["plan", "move", &item, "--block", "the bank is closed"]);
    shell.good(&["plan", "move", &item, "--block", "the bank is gone"]);
    let step = |command| Workspace::open(&shell.file("g.db")).unwrap().run(command).unwrap();
    let document = || shell.good(&["plan", "list", "--markdown"]);
    assert!(document().contains("blocked: the bank is gone"));
    step(Command::Undo);
    assert!(document().contains("blocked: the bank is closed"), "{}", document());
    step(Command::Undo);
    assert!(!document().contains("blocked"));
    step(Command::Redo);
    assert!(document().contains("blocked: the bank is closed"));
}

#[test]
fn items_without_ranks_keep_their_order_and_their_history_when_one_is_moved() {
    use gemba::engine::{ItemChange, Workspace};
    let shell = Shell::new();
    let item = |n: u32| {
        json!({"type": "item", "id": format!("I{n:02}"), "title": format!("Item {n}"), "kind": "task", "state": "in_progress",
            "created_at": "2026-01-01T00:00:00Z", "started_at": "2026-01-02T00:00:00Z"})
    };
    let lines: Vec<Value> = (0..60).map(item).collect();
    assert!(shell.import(&lines).status.success());
    let change = ItemChange { before: Some("I01".to_owned()), ..ItemChange::default() };
    let moved = ["I59", "I58"].map(str::to_owned);
    Workspace::open(&shell.file("g.db")).unwrap().change_items(&moved, &change).unwrap();
    let items = shell.json(&["plan", "list", "--json"]);
    let ids: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
    assert_eq!(ids[..5], ["I00", "I59", "I58", "I01", "I02"]);
    assert!(items.as_array().unwrap().iter().all(|item| item["rank"].as_str().unwrap().len() < 16));
    let events = shell.good(&["export"]);
    assert_eq!(
        events.matches("\"new\":\"in_progress\"").count(),
        2,
        "what their times told is in the ledgers of those"
    );
}

#[test]
fn a_retro_comes_back_at_the_next_planning() {
    let shell = Shell::new();
    sprint(&shell, "Sprint 1");
    add(&shell, &["Pay", "--points", "5", "--sprint", "Sprint 1"]);
    shell.good(&["plan", "start", "Sprint 1"]);
    let close = ["plan", "close", "Sprint 1", "--goal", "partly", "--note", "Reviews came *late*", "--action"];
    shell.good(&[&close[..], &["Ask operations on Monday"]].concat());
    let frozen = shell.json(&["burn", "Sprint 1", "--json"])["frozen_hash"].clone();
    shell.good(&["plan", "retro", "Sprint 1", "--note", "And the build was slow"]);
    shell.fails(&["plan", "retro", "Sprint 1"], "nothing to write down");
    let after = shell.json(&["burn", "Sprint 1", "--json"]);
    assert_eq!((&after["frozen_hash"], &after["changed_after_close"]), (&frozen, &false.into()), "the report stays");
    let action = &shell.json(&["plan", "list", "--filter", "ask", "--json"])[0];
    assert_eq!(action["origin"]["type"], "sprint");
    let document = shell.good(&["plan", "list", "--sprint", "Sprint 1", "--markdown"]);
    for words in [
        "# Sprint 1",
        "## Retro",
        "> Reviews came \\*late\\*",
        "> And the build was slow",
        "- [ ] Ask operations on Monday",
        "| committed | 5 | 1 |",
    ] {
        assert!(document.contains(words), "{words} is not in {document}");
    }
    // What travels comes back the same.
    let lines = shell.good(&["export"]);
    assert!(lines.contains("\"kind\":\"noted\""));
    let other = Shell::new();
    std::fs::write(other.file("all.jsonl"), &lines).unwrap();
    other.good(&["import", other.file("all.jsonl").to_str().unwrap()]);
    assert_eq!(other.good(&["export"]), lines);
}

#[test]
fn what_joins_within_the_days_of_grace_is_committed() {
    let shell = Shell::new();
    sprint(&shell, "Sprint 1");
    add(&shell, &["Pay", "--points", "5", "--sprint", "Sprint 1"]);
    shell.fails(&["plan", "rules", "shop", "--grace", "3"], "3");
    shell.good(&["plan", "rules", "shop", "--grace", "1", "--limit", "in_progress=2", "--limit", "person=1"]);
    assert_eq!(
        shell.json(&["plan", "rules", "shop", "--json"])["limits"],
        json!({"columns": {"in_progress": 2}, "person": 1, "service": null})
    );
    shell.fails(&["plan", "rules", "shop", "--limit", "done=2"], "write it like");
    shell.fails(&["plan", "rules", "shop", "--focus", "0"], "0");
    assert!(shell.good(&["plan", "rules", "shop", "--focus", "60", "--meetings", "5"]).contains("60 % of a day"));
    shell.good(&["plan", "start", "Sprint 1"]);
    add(&shell, &["Forgotten", "--points", "3", "--sprint", "Sprint 1"]);
    let report = shell.json(&["burn", "Sprint 1", "--json"])["report"].clone();
    assert_eq!(report["commitment"]["value"], 8.0);
    // The rule of the start stays that of the sprint, whatever is agreed on later.
    shell.good(&["plan", "rules", "shop", "--grace", "0"]);
    assert_eq!(shell.json(&["burn", "Sprint 1", "--json"])["report"]["commitment"]["value"], 8.0);
}

#[test]
fn a_policy_can_ask_for_an_approval_of_what_is_risky() {
    let shell = Shell::new();
    shell.import(&risky_service());
    sprint(&shell, "Sprint 1");
    let pay = add(&shell, &["Pay", "--service", "pay", "--points", "5", "--sprint", "Sprint 1"]);
    shell.good(&["plan", "rules", "shop", "--review", "required"]);
    shell.fails(&["plan", "start", "Sprint 1"], "operations has not approved \"Pay\"");
    shell.fails(&["plan", "review", &pay, "--state", "blocked"], "for a reason");
    shell.good(&["plan", "review", &pay, "--state", "approved"]);
    shell.good(&["plan", "move", &pay, "--points", "8"]);
    shell.fails(&["plan", "start", "Sprint 1"], "has not approved");
    shell.good(&["plan", "review", &pay, "--state", "approved"]);
    shell.good(&["plan", "start", "Sprint 1"]);
}

#[test]
fn an_estimate_that_is_none_is_refused_in_plain_words() {
    let shell = Shell::new();
    for estimate in ["-3", "nan", "inf", "many"] {
        shell.fails(&["plan", "add", "Pay", "--points", estimate], "use a number such as 5 or 0.5");
    }
    shell.good(&["plan", "add", "Pay", "--points", "0", "--hours", "0.5"]);
}

#[test]
fn a_batch_and_a_first_shift_are_facts_of_a_risk() {
    let shell = Shell::new();
    shell.import(&risky_service());
    shell.good(&["plan", "sprint", "S", "--team", "shop", "--from", "2099-01-05", "--to", "2099-01-16"]);
    let ids: Vec<String> =
        ["A", "B", "C"].map(|title| add(&shell, &[title, "--service", "pay", "--sprint", "S"])).to_vec();
    let shift = |id: &str, from: &str, to: &str| json!({"type": "absence", "id": id, "person": "eve", "from": from, "to": to, "kind": "on_call"});
    shell.import(&[
        json!({"type": "person", "id": "eve", "name": "Eve", "team": "shop"}),
        shift("now", "2099-01-12", "2099-01-18"),
    ]);
    let facts = || shell.json(&["plan", "ready", &ids[0], "--json"])["risk_facts"].to_string();
    assert!(facts().contains("Batch(2)") && facts().contains("OnCallIsNew"), "{}", facts());
    shell.import(&[shift("before", "2098-12-01", "2098-12-07")]);
    shell.good(&["plan", "move", &ids[2], "--state", "done"]);
    assert!(!facts().contains("Batch") && !facts().contains("OnCallIsNew"), "{}", facts());
}

#[test]
fn readiness_and_risk_are_told_from_the_data() {
    let shell = Shell::new();
    shell.import(&risky_service());
    let pay = add(&shell, &["Migrate the payments", "--service", "pay", "--need", "data_migration"]);
    let ready = shell.json(&["plan", "ready", &pay, "--json"]);
    assert_eq!((&ready["level"], &ready["level_is_assumed"]), (&"B".into(), &false.into()));
    let state = |check: &str| {
        let lines = ready["checks"].as_array().unwrap();
        lines.iter().find(|line| line["check"] == check).unwrap()["answer"]["state"].clone()
    };
    assert_eq!((state("budget_known"), state("migration_rehearsed")), ("met".into(), "open".into()));
    assert_eq!((state("ops_has_seen"), state("main_is_green")), ("open".into(), "unknown".into()));
    // Five of ten failed: (10 · 0.5 + 5) / (10 + 10).
    assert!((ready["risk"]["chance"].as_f64().unwrap() - 0.5).abs() < 1e-9);
    assert_eq!(ready["risk_facts"][0], "Migration");
    let unknown = add(&shell, &["Alone"]);
    assert_eq!(shell.json(&["plan", "ready", &unknown, "--json"])["level_is_assumed"], true);
}

#[test]
fn a_review_goes_out_as_a_file_and_comes_back_with_a_difference() {
    let (lead, ops) = (Shell::new(), Shell::new());
    sprint(&lead, "Sprint 1");
    let pay = add(&lead, &["Pay", "--points", "5", "--sprint", "Sprint 1", "--need", "runbook"]);
    let ship = add(&lead, &["Ship", "--points", "2", "--sprint", "Sprint 1"]);
    let gone = add(&lead, &["Gone", "--sprint", "Sprint 1"]);
    let path = lead.file("s1.gemba-review");
    let file = path.to_str().unwrap();
    assert!(
        lead.good(&["plan", "ask", "--sprint", "Sprint 1", "--out", file, "--question", "Ready?"]).contains("3 items")
    );
    // Operations answers in another copy, which knows none of the items.
    assert!(ops.good(&["plan", "answer", file]).contains("no answer yet"));
    ops.good(&[
        "plan",
        "answer",
        file,
        &pay,
        "--state",
        "approved",
        "--need",
        "runbook=ready",
        "--need",
        "monitoring=needed",
    ]);
    ops.fails(&["plan", "answer", file, &ship, "--state", "blocked"], "for a reason");
    ops.good(&[
        "plan",
        "answer",
        file,
        &ship,
        "--state",
        "blocked",
        "--reason",
        "irreversible",
        "--unblock",
        "a rollback",
    ]);
    ops.good(&["plan", "answer", file, &gone, "--state", "advised", "--text", "fine"]);
    ops.fails(&["plan", "answer", file, &pay, "--state", "maybe"], "none of: not_asked");
    ops.fails(&["plan", "answer", file, &pay, "--state", "approved", "--need", "luck=ready"], "unknown need");
    // Meanwhile one item changes, and one is taken away.
    lead.good(&["plan", "move", &pay, "--points", "8"]);
    let text = std::fs::read_to_string(&path).unwrap().replace(&gone, "0000-nobody");
    std::fs::write(&path, text).unwrap();
    let dry = lead.json(&["plan", "merge", file, "--dry-run", "--json"]);
    let line = |merge: &Value, title: &str| {
        merge["lines"].as_array().unwrap().iter().find(|line| line["title"] == title).unwrap().clone()
    };
    assert_eq!((&line(&dry, "Pay")["before"], &line(&dry, "Pay")["is_stale"]), (&"asked".into(), &true.into()));
    assert_eq!(line(&dry, "Pay")["needs"], json!([["runbook", "needed", "ready"], ["monitoring", null, "needed"]]));
    assert_eq!(line(&dry, "Gone")["is_gone"], true);
    assert_eq!(
        line(&lead.json(&["plan", "merge", file, "--dry-run", "--json"]), "Ship")["is_known"],
        false,
        "nothing was changed"
    );
    lead.good(&["plan", "merge", file]);
    let again = lead.json(&["plan", "merge", file, "--json"]);
    assert_eq!((&line(&again, "Pay")["is_known"], &line(&again, "Pay")["needs"]), (&true.into(), &json!([])));
    let document = lead.good(&["plan", "list", "--sprint", "Sprint 1", "--markdown"]);
    assert!(document.contains("operations: approved, stale") && document.contains("operations: blocked"), "{document}");
    assert!(document.contains("runbook (ready)") && document.contains("monitoring (needed)"), "{document}");
    // Approved with the needs that the answer itself names, Pay is as it was approved once it is asked about again.
    lead.good(&["plan", "ask", &pay, "--out", file]);
    ops.good(&["plan", "answer", file, &pay, "--state", "approved", "--need", "monitoring=ready"]);
    lead.fails(&["plan", "ask", "--sprint", "Sprint 1", "--out", file], "not taken over yet");
    lead.good(&["plan", "merge", file]);
    let document = lead.good(&["plan", "list", "--sprint", "Sprint 1", "--markdown"]);
    assert!(document.contains("operations: approved") && !document.contains("stale"), "{document}");
    for (text, why) in [
        ("{", "not a review file"),
        ("{\"format\":\"other\"}", "not written by"),
        ("{\"format\":\"gemba-review\",\"version\":9}", "version 9"),
    ] {
        std::fs::write(&path, text).unwrap();
        lead.fails(&["plan", "merge", file], why);
    }
}

#[test]
fn a_calendar_brings_time_away_once() {
    let shell = Shell::new();
    shell.import(&[json!({"type": "person", "id": "p1", "name": "Ann Lee"})]);
    let path = shell.file("away.ics");
    let event = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Ann Lee on call\r\nDTSTART;VALUE=DATE:20260302\r\nDTEND;VALUE=DATE:20260307\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\nEND:VEVENT\r\n";
    std::fs::write(&path, format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//EN\r\n{event}END:VCALENDAR\r\n"))
        .unwrap();
    shell.good(&["import", path.to_str().unwrap()]);
    let lines = shell.good(&["export"]);
    assert_eq!(lines.matches("\"type\":\"absence\"").count(), 2);
    assert!(
        lines.contains("\"person\":\"p1\",\"from\":\"2026-03-09\",\"to\":\"2026-03-13\",\"kind\":\"on_call\""),
        "{lines}"
    );
    shell.good(&["import", path.to_str().unwrap()]);
    assert_eq!(shell.good(&["export"]), lines, "the second time changes nothing");
    shell.good(&["import", path.to_str().unwrap(), "--holidays-of", "shop"]);
    assert!(shell.good(&["export"]).contains("\"type\":\"calendar_day\""));
}

#[test]
fn githubs_issues_and_milestones_become_items_and_sprints() {
    let shell = Shell::new();
    let url = "https://api.github.com/repos/acme/shop";
    let milestone = json!({"url": format!("{url}/milestones/1"), "number": 1, "title": "Sprint 1", "state": "closed",
        "open_issues": 0, "closed_issues": 2, "created_at": "2026-03-02T08:00:00Z", "due_on": "2026-03-13T08:00:00Z",
        "closed_at": "2026-03-13T16:00:00Z", "description": "Pay"});
    let issue = |number: u32, state: &str, reason: Value, closed: Value| {
        json!({"url": format!("{url}/issues/{number}"), "repository_url": url, "number": number, "title": format!("Issue {number}"),
            "state": state, "state_reason": reason, "labels": [{"name": "type: bug"}], "assignee": {"login": "ann"},
            "milestone": milestone, "created_at": "2026-02-20T08:00:00Z", "closed_at": closed, "html_url": "https://github.com/acme/shop",
            "reactions": {"total_count": 3, "heart": 3}})
    };
    let issues = json!([
        issue(1, "closed", "completed".into(), "2026-03-06T10:00:00Z".into()),
        issue(2, "closed", "not_planned".into(), "2026-03-07T10:00:00Z".into()),
        issue(3, "open", Value::Null, Value::Null),
        {"url": format!("{url}/issues/4"), "number": 4, "title": "A pull", "state": "open", "labels": [], "pull_request": {"url": "x"}}
    ]);
    std::fs::write(shell.file("issues.json"), issues.to_string()).unwrap();
    let issues_path = shell.file("issues.json");
    let report = shell.json(&["import", issues_path.to_str().unwrap(), "--json"]);
    assert_eq!((&report["records"]["item"]["new"], &report["records"]["sprint"]["new"]), (&3.into(), &1.into()));
    assert_eq!(report["unknown_keys"]["github: reactions"], 3, "what is not read is counted");
    // Without their history, what the sprint committed to is not made up.
    shell.fails(&["burn", "Sprint 1"], "commitment unknown");
    shell.fails(&["burn", "Sprint 1"], "of 2 items that it held 1 are done");
    let items = shell.json(&["plan", "list", "--sprint", "Sprint 1", "--json"]);
    let states: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["done", "cancelled", "backlog"]);
    assert_eq!((&items[0]["kind"], &items[0]["assignee"]), (&"bug".into(), &"ann".into()));
    // An estimate or a close of an issue without its history is told by its times, which a later import may correct.
    assert!(!shell.good(&["export"]).contains("\"kind\":\"state\""));
    let sprint = shell.good(&["export"]).lines().find(|line| line.contains("\"type\":\"sprint\"")).unwrap().to_owned();
    assert!(sprint.contains("\"ends_at\":\"2026-03-14T00:00:00Z\""), "due all of its day: {sprint}");

    // It moved on after the first was closed, which left it over: it stands in both.
    let mut moved = issue(3, "open", Value::Null, Value::Null);
    moved["milestone"]["title"] = "Sprint 2".into();
    moved["milestone"]["number"] = 2.into();
    moved["milestone"]["url"] = format!("{url}/milestones/2").into();
    moved["assignees"] = json!([{"login": "ann"}, {"login": "bo"}]);
    std::fs::write(shell.file("moved.json"), json!([moved]).to_string()).unwrap();
    let report = shell.json(&["import", shell.file("moved.json").to_str().unwrap(), "--json"]);
    assert_eq!(report["unknown_keys"]["github: another assignee"], 1, "{report}");
    for name in ["Sprint 1", "Sprint 2"] {
        let held = shell.json(&["plan", "list", "--sprint", name, "--json"]).to_string();
        assert!(held.contains("acme/shop#3"), "{name}");
    }

    let other = Shell::new();
    std::fs::create_dir(other.file("gh")).unwrap();
    std::fs::write(other.file("gh/issues.json"), issues.to_string()).unwrap();
    let happened = |id: u32, number: u32, event: &str, at: &str| {
        json!({"id": id, "url": format!("{url}/issues/events/{id}"), "event": event, "created_at": at, "actor": {"login": "bo"},
            "issue": {"number": number}, "milestone": {"title": "Sprint 1"}})
    };
    let events = json!([
        happened(1, 1, "milestoned", "2026-03-01T08:00:00Z"),
        happened(2, 2, "milestoned", "2026-03-01T08:00:00Z"),
        happened(3, 1, "closed", "2026-03-06T10:00:00Z"),
        happened(4, 2, "closed", "2026-03-07T10:00:00Z"),
        happened(5, 3, "milestoned", "2026-03-09T08:00:00Z"),
        happened(6, 3, "subscribed", "2026-03-09T08:00:00Z")
    ]);
    std::fs::write(other.file("gh/events.json"), events.to_string()).unwrap();
    other.good(&["import", other.file("gh").to_str().unwrap()]);
    let report = other.json(&["burn", "Sprint 1", "--unit", "items", "--json"])["report"].clone();
    assert_eq!((&report["commitment"]["items"], &report["added"]["items"]), (&2.into(), &1.into()));
    let before = other.good(&["export"]);
    other.good(&["import", other.file("gh").to_str().unwrap()]);
    assert_eq!(other.good(&["export"]), before, "the second time changes nothing");
}

#[test]
fn gitlabs_issues_and_iterations_become_items_and_sprints() {
    let shell = Shell::new();
    let iteration = json!({"id": 7, "iid": 1, "sequence": 1, "group_id": 9, "title": null, "state": 3,
        "start_date": "2026-03-02", "due_date": "2026-03-13", "updated_at": "2026-03-13T18:00:00Z", "created_at": "2026-01-01T00:00:00Z"});
    let issue = |iid: u32, state: &str, closed: Value| {
        json!({"id": 100 + iid, "iid": iid, "project_id": 5, "title": format!("Issue {iid}"), "state": state, "labels": ["kind::feature"],
            "created_at": "2026-02-20T08:00:00Z", "closed_at": closed, "weight": 3, "iteration": iteration, "milestone": null,
            "time_stats": {"time_estimate": 7200}, "due_date": "2026-03-12", "issue_type": "issue", "confidential": true,
            "web_url": "https://gitlab.example/acme/shop/-/issues/1"})
    };
    let event = |id: u32, iid: u32, action: &str, at: &str| {
        json!({"id": id, "user": {"name": "Bo"}, "created_at": at, "resource_type": "Issue", "resource_id": 100 + iid,
            "action": action, "iteration": iteration})
    };
    let all = json!([
        issue(1, "closed", "2026-03-06T10:00:00Z".into()),
        issue(2, "opened", Value::Null),
        event(1, 1, "add", "2026-02-27T08:00:00Z"),
        event(2, 2, "add", "2026-03-04T08:00:00Z"),
        {"id": 3, "user": {"name": "Bo"}, "created_at": "2026-02-21T08:00:00Z", "issue_id": 101, "weight": 5}
    ]);
    std::fs::write(shell.file("all.json"), all.to_string()).unwrap();
    let report = shell.json(&["import", shell.file("all.json").to_str().unwrap(), "--json"]);
    assert_eq!((&report["records"]["item"]["new"], &report["records"]["sprint"]["new"]), (&2.into(), &1.into()));
    assert_eq!(report["unknown_keys"]["gitlab: confidential"], 2);
    let report = shell.json(&["burn", "iteration/7", "--json"])["report"].clone();
    assert_eq!((&report["commitment"]["value"], &report["completed"]["value"]), (&5.0.into(), &5.0.into()));
    assert_eq!(report["added"]["items"], 1);
    let items = shell.json(&["plan", "list", "--sprint", "iteration/7", "--json"]);
    assert_eq!((&items[0]["due"], &items[0]["estimates"]["hours"]), (&"2026-03-12".into(), &2.0.into()));
}

#[test]
fn gitlabs_milestones_stand_where_a_project_has_no_iterations() {
    let shell = Shell::new();
    let days = json!({"id": 7, "title": "Days", "start_date": "2026-03-02", "due_date": "2026-03-13", "group_id": 9, "state": 2,
        "created_at": "2026-01-01T00:00:00Z"});
    let issue = |project: u32, iid: u32, iteration: Value, labels: Value, closed: Value| {
        let state = if closed.is_null() { "opened" } else { "closed" };
        json!({"id": project * 100 + iid, "iid": iid, "project_id": project, "title": format!("Issue {project} {iid}"),
            "state": state, "labels": labels, "created_at": "2026-02-20T08:00:00Z", "closed_at": closed, "iteration": iteration,
            "milestone": days, "issue_type": "issue", "web_url": "https://gitlab.example/a"})
    };
    let closed = "2026-03-06T10:00:00Z";
    let event = |id: u32, kind: &str, issue: u32| json!({"id": id, "user": {"name": "Bo"}, "created_at": closed, "resource_type": kind, "resource_id": issue, "state": "closed"});
    let all = json!([
        issue(5, 1, days.clone(), json!([]), Value::Null),
        issue(6, 1, Value::Null, json!([]), Value::Null),
        issue(6, 2, Value::Null, json!(["wontfix"]), closed.into()),
        event(1, "MergeRequest", 601),
        event(2, "Issue", 602)
    ]);
    std::fs::write(shell.file("all.json"), all.to_string()).unwrap();
    shell.good(&["import", shell.file("all.json").to_str().unwrap()]);
    let titles = |sprint: &str| -> Vec<String> {
        let items = shell.json(&["plan", "list", "--sprint", sprint, "--json"]);
        items.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles("iteration/7"), ["Issue 5 1"]);
    assert_eq!(titles("milestone/7"), ["Issue 6 1", "Issue 6 2"]);
    let events = shell.good(&["export"]);
    let states: Vec<&str> = events.lines().filter(|line| line.contains("\"kind\":\"state\"")).collect();
    assert!(states.len() == 1 && states[0].contains("\"new\":\"cancelled\""), "{states:?}");
}

#[test]
fn jiras_estimate_is_found_in_whichever_field_holds_it() {
    let shell = Shell::new();
    let issue = |key: &str, field: &str| {
        json!({"id": key, "key": key, "fields": {"summary": key, "status": {"id": "1", "name": "To Do"}, "created": "2026-03-02T08:00:00.000+0000",
            "customfield_1": null, "customfield_2": null, field: 5.0, "issuetype": {"name": "Story"}}})
    };
    let page = json!({"issues": [issue("A-1", "customfield_1"), issue("A-2", "customfield_2")],
        "names": {"customfield_1": "Story Points", "customfield_2": "Story point estimate"}, "total": 2});
    std::fs::write(shell.file("page.json"), page.to_string()).unwrap();
    let report = shell.json(&["import", shell.file("page.json").to_str().unwrap(), "--json"]);
    assert_eq!(report["unknown_keys"].as_object().map_or(0, |keys| keys.len()), 0, "{report}");
    let items = shell.json(&["plan", "list", "--json"]);
    let points: Vec<&Value> = items.as_array().unwrap().iter().map(|item| &item["estimates"]["points"]).collect();
    assert_eq!(points, [&json!(5.0), &json!(5.0)]);
}

#[test]
fn recorded_issues_of_github_are_items_but_for_pulls() {
    let Some(root) = std::env::var_os("GEMBA_TEST_DATA") else {
        println!("1 test of recorded answers skipped: GEMBA_TEST_DATA is not set");
        return;
    };
    let path = std::path::Path::new(&root).join("recorded/devlake/github/_raw_github_api_issues.csv");
    let shell = Shell::new();
    let report = shell.json(&["import", path.to_str().unwrap(), "--json"]);
    assert_eq!(report["refused"], 0, "{}", report["refusals"]);
    assert_eq!(report["records"]["item"]["new"], 26);
    shell.good(&["import", path.to_str().unwrap()]);
    assert_eq!(shell.json(&["import", path.to_str().unwrap(), "--json"])["records"]["item"]["new"], 0);
}

#[test]
fn jiras_list_as_csv_keeps_what_it_can_and_counts_the_rest() {
    let shell = Shell::new();
    let path = shell.file("jira.csv");
    let text = "\u{feff}Summary,Issue key,Issue id,Issue Type,Status,Custom field (Story Points),Original estimate,Labels,Labels,Sprint,Sprint,Parent,Due date,Comment\r\n\
                \"Pay, by card\",SHOP-1,10001,Story,To Do,5,7200,money,card,Sprint 1,Sprint 2,10009,2026-03-31,\"a;b\nc\"\r\n\
                =1+1,SHOP-2,10002,Bug,Done,,,,,,,,,\r\n";
    std::fs::write(&path, text).unwrap();
    let report = shell.json(&["import", path.to_str().unwrap(), "--csv-target", "item", "--json"]);
    assert_eq!(report["records"]["item"]["new"], 2, "{report}");
    let keys = &report["unknown_keys"];
    assert_eq!((&keys["column Comment"], &keys["column Issue id"]), (&1.into(), &2.into()));
    assert_eq!(keys["sprints whose items have no dates"], 2, "{keys}");
    let item = &shell.json(&["plan", "list", "--json"])[0];
    assert_eq!((&item["title"], &item["labels"]), (&"Pay, by card".into(), &json!(["money", "card"])));
    assert_eq!((&item["estimates"], &item["due"]), (&json!({"points": 5.0, "hours": 2.0}), &"2026-03-31".into()));
    assert!(item["parent"].is_null(), "the number names no issue");
}

#[test]
fn what_recovering_takes_is_expected_from_the_record_of_each_service() {
    use gemba::engine::Workspace;
    let shell = Shell::new();
    assert!(shell.import(&risky_service()).status.success());
    sprint(&shell, "Sprint 1");
    for title in ["Pay by card", "Pay by bank"] {
        add(&shell, &[title, "--points", "3", "--service", "pay", "--sprint", "Sprint 1"]);
    }
    let view = Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("Sprint 1")).unwrap();
    // Half of ten deployments failed, each for an hour; two items are deployed.
    let hours = view.meeting.recovery_hours.unwrap();
    assert!((hours - 1.0).abs() < 1e-9, "{hours}");
    assert_eq!(view.rated.iter().map(|rated| rated.deployed).sum::<u32>(), 0, "the first ten are in no rating");
}

#[test]
fn a_reserve_that_nobody_needed_is_offered_to_small_safe_items() {
    use gemba::engine::Workspace;
    let shell = Shell::new();
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let at = |days: i64| format!("{}T09:00:00Z", today.saturating_add(jiff::Span::new().days(days)));
    let mut lines = vec![
        json!({"type": "environment", "id": "prod", "name": "Production", "class": "production"}),
        json!({"type": "service", "id": "pay", "name": "Payments"}),
    ];
    for n in 0..60 {
        lines.push(json!({"type": "deployment", "id": format!("d{n}"), "service": "pay", "environment": "prod",
            "status": "succeeded", "version": format!("{n}"), "finished_at": at(-61 + n)}));
    }
    for (sprint, from) in [("s1", -40), ("s2", -8)] {
        lines.push(json!({"type": "sprint", "id": sprint, "team": "shop", "name": sprint, "starts_at": at(from), "ends_at": at(from + 10)}));
        lines.push(json!({"type": "sprint_event", "id": format!("{sprint}/a"), "sprint": sprint, "at": at(from), "kind": "started"}));
    }
    lines.push(json!({"type": "sprint_event", "id": "s1/c", "sprint": "s1", "at": at(-30), "kind": "closed"}));
    // Into the first sprint something came unplanned; the second had one item from its start.
    for (item, sprint, day) in [("old", "s1", -41), ("unplanned", "s1", -35), ("now", "s2", -9)] {
        let points = json!({"points": 3});
        lines.push(json!({"type": "item", "id": item, "title": item, "kind": "task", "state": "ready", "rank": item, "estimates": points}));
        lines.push(json!({"type": "item_event", "id": format!("{item}/e"), "item": item, "at": at(-42), "kind": "estimated", "new": "3"}));
        lines.push(json!({"type": "item_event", "id": format!("{item}/j"), "item": item, "at": at(day), "kind": "joined", "sprint": sprint}));
    }
    for (id, points, review) in [
        ("large", 8, "approved"),
        ("small", 2, "approved"),
        ("unseen", 1, "asked"),
        ("tiny", 1, "not_needed"),
        ("third", 1, "advised"),
    ] {
        lines.push(json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "ready", "rank": id, "service": "pay",
            "estimates": {"points": points}}));
        lines.push(json!({"type": "ops_review", "id": format!("r-{id}"), "item": id, "state": review, "by": "Bo", "at": at(-1)}));
    }
    assert!(shell.import(&lines).status.success());
    let proposed = || -> Vec<String> {
        let view = Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("s2")).unwrap();
        view.meeting.proposals.iter().map(|n| view.plan.items[*n as usize].title.clone()).collect()
    };
    assert_eq!(proposed(), ["small", "third"], "by rank, two at most");
    // Once something unplanned has come, the reserve is in use.
    shell.good(&["plan", "move", "large", "--to", "s2"]);
    assert!(proposed().is_empty());
}

#[test]
fn what_became_of_reviewed_items_is_held_against_those_nobody_asked_about() {
    use gemba::engine::Workspace;
    use gemba::metrics::plan::risk::Rated;
    let shell = Shell::new();
    let mut lines = risky_service();
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let at = |days: i64, hour: u32| format!("{}T{hour:02}:00:00Z", today.saturating_sub(jiff::Span::new().days(days)));
    // Deployments fifteen to eleven days ago failed, those of ten to six days ago did not.
    let items = [
        ("yes", 12, Some("approved")),
        ("advice", 9, Some("advised")),
        ("no", 13, Some("blocked")),
        ("unasked", 14, None),
        ("later", 8, None),
        ("waits", 10, Some("asked")),
        ("before", 20, None),
        ("not out", 2, None),
    ];
    for (id, days, said) in items {
        lines.push(json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "done", "service": "pay",
            "created_at": at(40, 8), "done_at": at(days, 9)}));
        if let Some(said) = said {
            lines.push(json!({"type": "ops_review", "id": format!("r-{id}"), "item": id, "state": said, "by": "Bo",
                "reason": "capacity", "at": at(16, 9)}));
        }
    }
    // A later yes does not speak for what went out before it.
    lines.push(
        json!({"type": "ops_review", "id": "late", "item": "unasked", "state": "approved", "by": "Bo", "at": at(1, 9)}),
    );
    assert!(shell.import(&lines).status.success());
    let view = Workspace::open(&shell.file("g.db")).unwrap().plan_view(None).unwrap();
    let worth = view.review_worth;
    assert_eq!(worth.approved, Rated { deployed: 2, failed: 1 });
    assert_eq!(worth.refused, Rated { deployed: 1, failed: 1 });
    assert_eq!(worth.not_asked, Rated { deployed: 2, failed: 1 });
}

#[test]
fn doubtful_data_is_told_before_anybody_reads_a_chart() {
    let shell = Shell::new();
    let item = |id: &str, state: &str, more: Value| {
        let mut item = json!({"type": "item", "id": id, "title": id, "kind": "task", "state": state,
            "created_at": "2026-01-05T09:00:00Z"});
        item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        item
    };
    let event = |id: &str, item: &str, day: u32, kind: &str, more: Value| {
        let mut event = json!({"type": "item_event", "id": id, "item": item, "at": format!("2026-01-{day:02}T09:00:00Z"), "kind": kind});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let sprint = |id: &str, from: &str, to: &str, closed: &str| {
        json!({"type": "sprint", "id": id, "team": "t", "name": id, "starts_at": format!("{from}T09:00:00Z"),
            "ends_at": format!("{to}T17:00:00Z"), "started_at": format!("{from}T09:00:00Z"), "closed_at": format!("{closed}T17:00:00Z")})
    };
    let open = |id: &str| json!({"type": "sprint", "id": id, "team": "t", "name": id, "starts_at": "2099-01-05T09:00:00Z", "ends_at": "2099-01-09T09:00:00Z"});
    let lines = [
        sprint("one", "2026-01-05", "2026-01-09", "2026-01-13"),
        sprint("two", "2026-01-12", "2026-01-16", "2026-01-16"),
        open("next"),
        open("after"),
        item("unbegun", "done", json!({"done_at": "2026-01-07T09:00:00Z"})),
        item("backwards", "done", json!({"started_at": "2026-01-08T09:00:00Z", "done_at": "2026-01-07T09:00:00Z"})),
        item("good", "done", json!({"started_at": "2026-01-06T09:00:00Z", "done_at": "2026-01-07T09:00:00Z"})),
        item("at once", "in_progress", json!({})),
        event("e1", "at once", 5, "state", json!({"new": "in_progress"})),
        item("again", "in_progress", json!({"parent": "good"})),
        event("e2", "again", 6, "state", json!({"new": "done"})),
        event("e3", "again", 7, "state", json!({"new": "in_progress"})),
        item("back", "ready", json!({"depends_on": ["good"], "estimates": {"points": 0}})),
        event("e4", "back", 6, "state", json!({"new": "in_review"})),
        event("e5", "back", 7, "state", json!({"new": "ready"})),
        event("e6", "back", 8, "blocked", json!({"reason": "the bank"})),
        item("child", "in_review", json!({"parent": "back"})),
        event("e7", "child", 8, "state", json!({"new": "in_review"})),
        event("e8", "child", 8, "joined", json!({"sprint": "next"})),
        event("e9", "child", 8, "joined", json!({"sprint": "after"})),
        item("late", "done", json!({})),
        event("e10", "late", 11, "joined", json!({"sprint": "two"})),
        event("e11", "late", 13, "state", json!({"new": "in_progress"})),
        event("e12", "late", 15, "state", json!({"new": "done"})),
        event("e13", "late", 20, "estimated", json!({"new": "5"})),
        item("part", "backlog", json!({"parent": "late", "estimates": {"hours": 4}})),
        item("early", "backlog", json!({})),
        event("e14", "early", 2, "estimated", json!({"new": "5"})),
    ];
    assert!(shell.import(&lines).status.success());
    let told = shell.json(&["plan", "quality", "--json"]);
    assert_eq!((&told["used"], &told["finished"], &told["may_be_biased"]), (&json!(2), &json!(4), &json!(true)));
    let of = |what: &str| {
        let finding = told["findings"].as_array().unwrap().iter().find(|finding| finding["what"] == what);
        finding.map_or_else(|| json!([]), |it| it.get("items").or_else(|| it.get("sprints")).unwrap().clone())
    };
    for (what, about) in [
        ("finished_without_start", json!(["unbegun"])),
        ("finished_before_start", json!(["backwards"])),
        ("begun_when_created", json!(["at once"])),
        ("reopened", json!(["again"])),
        ("moved_back", json!(["back"])),
        ("parent_not_begun", json!(["child"])),
        ("parent_done", json!(["again", "part"])),
        ("blocked_by_closed", json!(["back"])),
        ("two_open_sprints", json!(["child"])),
        ("part_in_no_sprint", json!(["part"])),
        ("estimated_zero", json!(["back"])),
        ("changed_after_close", json!(["late"])),
        ("clock_jump", json!(["early"])),
        ("closed_off_plan", json!(["one"])),
        ("overlapping", json!(["one", "two", "after", "next"])),
    ] {
        assert_eq!(of(what), about, "{what}: {told}");
    }
    let text = shell.good(&["plan", "quality"]);
    assert!(text.contains("2 of 4 finished items") && text.contains("moved back: back"), "{text}");
}

#[test]
fn jiras_list_as_csv_tells_its_sprints_and_reads_dates_as_they_are_written() {
    let shell = Shell::new();
    let csv = "\u{feff}Summary;Issue key;Issue id;Issue Type;Status;Status Category;Created;Resolved;Sprint;Sprint;Parent;\
        Custom field (Story Points);Custom field (Mood)\r\n\
        Pay by card;S-1;101;Story;Fertig;Done;09/Jan/24 3:54 PM;20/Jan/24 9:00 AM;Sprint 1;;;5;good\r\n\
        Pay by bank;S-2;102;Story;Fertig;Done;10/Jan/24 3:54 PM;5/Feb/24 9:00 AM;Sprint 1;Sprint 2;101;3;\r\n\
        \"Refund,\nthen tell\";S-3;103;Bug;Seltsam;;11/Jan/24 12:05 AM;;Sprint 2;;;;\r\n";
    let file = shell.file("jira.csv");
    std::fs::write(&file, csv).unwrap();
    let import = |args: &[&str]| {
        let all: Vec<&str> = ["import", file.to_str().unwrap()].iter().chain(args).copied().collect();
        let done = shell.run(&all);
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
    };
    let said = import(&["--zone", "Europe/Berlin"]);
    assert!(!said.contains("refused  ") && said.contains("column Custom field (Mood)"), "{said}");
    assert!(said.contains("state \"Seltsam\"") && said.contains("dates and commitments of sprints"), "{said}");
    let items = shell.json(&["plan", "list", "--sprint", "Sprint 1", "--json"]);
    assert_eq!(items.as_array().unwrap().len(), 2, "{items}");
    assert_eq!((&items[0]["state"], &items[0]["created_at"]), (&json!("done"), &json!("2024-01-09T14:54:00Z")));
    assert_eq!(items[1]["parent"], "S-1", "a number is looked up in the column of numbers");
    shell.fails(&["burn", "Sprint 1"], "commitment unknown");
    let list = shell.good(&["plan", "list", "--sprints"]);
    assert!(list.contains("Sprint 1") && list.contains("commitment unknown"), "{list}");
    // The same file twice changes nothing.
    assert!(import(&["--zone", "Europe/Berlin"]).contains("0 new"));
    let table = shell.good(&["plan", "list", "--sprint", "Sprint 2", "--csv"]);
    assert!(table.starts_with("id,title,kind,state,points") && table.contains("S-2,Pay by bank,"), "{table}");
    assert!(table.contains(",Sprint 2,"), "{table}");
}

#[test]
fn tables_of_other_encodings_are_read_and_a_bad_cell_is_named_by_its_line() {
    let table = "\r\nKey;Title;Kind;Created\r\nA-1;\"Zoë's\r\ntwo lines\";bug;2026-01-05\r\n\r\nA-2;Café;bug;never\r\n";
    let utf_16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(table.trim_start().encode_utf16()).flat_map(order).collect()
    };
    let old: Vec<u8> = table.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let separated = format!("\u{feff}sep=;{table}").into_bytes();
    // The line of A-2 in each file, as an editor counts.
    for (bytes, line, is_guessed) in [
        (utf_16(u16::to_le_bytes), 5, false),
        (utf_16(u16::to_be_bytes), 5, false),
        (old[2..].to_vec(), 5, true),
        (separated, 6, false),
    ] {
        let shell = Shell::new();
        let file = shell.file("items.csv");
        std::fs::write(&file, bytes).unwrap();
        let args =
            ["import", file.to_str().unwrap(), "--csv-target", "item", "--map", "id=Key", "--map", "title=Title"];
        let more = ["--map", "kind=Kind", "--map", "created_at=Created", "--zone", "UTC"];
        let done = shell.run(&[&args[..], &more[..]].concat());
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(&format!(":{line}: ")) || said.contains(&format!("line {line}")), "{line}: {said}");
        assert_eq!(said.contains("Windows-1252"), is_guessed, "{said}");
        let items = shell.json(&["plan", "list", "--json"]);
        let titles: Vec<&Value> = items.as_array().unwrap().iter().map(|item| &item["title"]).collect();
        assert!(titles.contains(&&json!("Zoë's\r\ntwo lines")), "{items}");
    }
}

#[test]
fn dates_with_numbers_only_are_read_by_what_the_file_tells_or_asked_for() {
    for (dates, args, wanted) in [
        (["3/4/2024 16:14", "6/21/2024 9:05"], &[][..], Some("2024-03-04T16:14:00Z")),
        (["3/4/2024 16:14", "21/6/2024 9:05"], &[], Some("2024-04-03T16:14:00Z")),
        (["3.4.2024 16:14", "5.6.24 9:05"], &[], Some("2024-04-03T16:14:00Z")),
        (["3/4/2024 16:14", "5/6/2024 9:05"], &[], None),
        (["3/4/2024 16:14", "5/6/2024 9:05"], &["--date-order", "mdy"], Some("2024-03-04T16:14:00Z")),
        (["3/4/2024 16:14", "5/6/2024 9:05"], &["--date-order", "dmy"], Some("2024-04-03T16:14:00Z")),
    ] {
        let shell = Shell::new();
        let file = shell.file("items.csv");
        let rows: Vec<String> =
            dates.iter().enumerate().map(|(n, at)| format!("I-{n}|Item {n}|task|{at}|{at}")).collect();
        std::fs::write(&file, format!("sep=|\nId|Title|Kind|CreatedDate|ClosedDate\n{}\n", rows.join("\n"))).unwrap();
        let all: Vec<&str> = ["import", file.to_str().unwrap(), "--zone", "UTC"].iter().chain(args).copied().collect();
        let done = shell.run(&all);
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        match wanted {
            Some(wanted) => {
                let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
                let found = plan.items[plan.item("I-0").unwrap()].created_at.map(|at| at.to_string());
                assert_eq!(found.as_deref(), Some(wanted), "{dates:?} {args:?}: {said}");
            }
            None => assert!(said.contains("--date-order"), "{said}"),
        }
    }
}

#[test]
fn a_list_without_numbers_is_known_by_its_titles() {
    let shell = Shell::new();
    let file = shell.file("list.csv");
    std::fs::write(&file, "Title,Points,Closed\nPay by card,3,2026-03-04\nRefund,5,\nRefund,8,\n,2,\n").unwrap();
    let path = file.to_str().unwrap();
    let args = ["import", path, "--csv-target", "item", "--map", "title=Title", "--map", "points=Points"];
    let import = |more: &[&str]| {
        let done = shell.run(&[&args[..], more].concat());
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
    };
    let said = import(&["--map", "done_at=Closed"]);
    assert!(said.contains(":5: it has neither a number nor a title"), "{said}");
    let listed = |shell: &Shell| {
        let items = shell.json(&["plan", "list", "--json"]);
        items.as_array().unwrap().iter().map(|item| item["estimates"]["points"].clone()).collect::<Vec<_>>()
    };
    let points = listed(&shell);
    assert_eq!(points, [5.0, 8.0], "two rows of one title are two items, in the order of the list");
    import(&["--map", "done_at=Closed"]);
    assert_eq!(listed(&shell), points, "the same list read again is the same items");
}

#[test]
fn a_list_that_says_nothing_else_is_in_the_order_of_its_rows() {
    let shell = Shell::new();
    let file = shell.file("list.csv");
    let import = |rows: &str| {
        std::fs::write(&file, format!("Key,Title,Points\n{rows}")).unwrap();
        let args = ["import", file.to_str().unwrap(), "--csv-target", "item"];
        let done = shell.run(&[&args[..], &["--map", "id=Key", "--map", "title=Title"]].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    let listed = || {
        let items = shell.json(&["plan", "list", "--json"]);
        items.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    import("Z-9,First,1\nA-1,Second,2\nM-5,Third,3\n");
    assert_eq!(listed(), ["Z-9", "A-1", "M-5"]);
    shell.json(&["plan", "move", "M-5", "--before", "Z-9", "--json"]);
    // What is put before others in the file goes there; what a hand moved stays.
    import("B-2,New,1\nZ-9,First,1\nA-1,Second,2\nM-5,Third,3\nC-3,Last,3\n");
    assert_eq!(listed(), ["M-5", "B-2", "Z-9", "A-1", "C-3"]);
}

#[test]
fn a_table_names_no_sprint_that_an_open_item_was_left_over_in() {
    let shell = Shell::new();
    sprint(&shell, "Sprint 1");
    add(&shell, &["Left", "--sprint", "Sprint 1"]);
    let done = add(&shell, &["Done", "--sprint", "Sprint 1"]);
    shell.json(&["plan", "start", "Sprint 1", "--goal", "Pay", "--json"]);
    shell.json(&["plan", "move", &done, "--state", "done", "--json"]);
    shell.json(&["plan", "close", "Sprint 1", "--goal", "met", "--json"]);
    let listed = shell.run(&["plan", "list", "--all", "--csv"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let of = |title: &str| listed.lines().find(|line| line.contains(title)).unwrap().contains("Sprint 1");
    assert_eq!((of("Left"), of("Done")), (false, true), "{listed}");
}

#[test]
fn a_list_is_read_unasked_only_where_its_columns_leave_no_doubt() {
    for (header, row, is_read) in [
        ("id,project,task,created_date,finished_date", "T-1,0,5052,2026-01-05,2026-01-07", true),
        ("id,title,type,points,created,closed date", "T-1,Pay,bug,3,2026-01-05,2026-01-07", true),
        ("id,title,type,created at,closed at", "T-1,Outage,sev,2026-01-05,2026-01-07", false),
        ("id,name,type,created at,finished at", "T-1,build,ci,2026-01-05,2026-01-07", false),
    ] {
        let shell = Shell::new();
        let file = shell.file("list.csv");
        std::fs::write(&file, format!("{header}\n{row}\n")).unwrap();
        let done = shell.run(&["import", file.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.success(), is_read, "{header}: {said}");
        assert_eq!(said.contains("--csv-target"), !is_read, "{header}: {said}");
    }
}

#[test]
fn jiras_list_tells_both_estimates_and_what_an_item_waits_for() {
    let shell = Shell::new();
    let file = shell.file("jira.csv");
    let csv = "Summary,Issue key,Status,Created,Custom field (Story Points),Custom field (Story point estimate),\
        Inward issue link (Blocks),Inward issue link (Blocks),Sprint\n\
        One,S-1,To Do,2024-01-09 10:00,,2,,,Sp 2\nTwo,S-2,To Do,2024-01-09 10:00,5,,S-1,S-3,Sp 2\n\
        Three,S-3,Done,2024-01-09 10:00,1,8,,,Sp 2\n";
    std::fs::write(&file, csv).unwrap();
    let args = ["import", file.to_str().unwrap(), "--zone", "UTC", "--csv-target", "item"];
    shell.good(&[&args[..], &["--map", "id=Issue key", "--map", "title=Summary"]].concat());
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    let item = |id: &str| plan.items[plan.item(id).unwrap()].clone();
    let points = |id: &str| item(id).estimates.and_then(|estimates| estimates.points);
    assert_eq!((points("S-1"), points("S-2"), points("S-3")), (Some(2.0), Some(5.0), Some(1.0)));
    assert_eq!(item("S-2").depends_on.unwrap(), ["S-1", "S-3"]);
    // A sprint that still holds open work: who is in it is known, what was committed is not.
    shell.fails(&["burn", "Sp 2"], "commitment unknown");
}

#[test]
fn why_work_was_left_over_is_kept_where_it_goes_back_to_the_backlog_too() {
    let shell = Shell::new();
    shell.good(&["plan", "sprint", "S", "--team", "t", "--from", "2020-01-06", "--to", "2090-01-05"]);
    shell.good(&["plan", "add", "Pay", "--points", "3", "--sprint", "S"]);
    shell.good(&["plan", "start", "S"]);
    shell.good(&["plan", "close", "S", "--reason", "ran out of time"]);
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    assert_eq!(plan.notes[0][0].text, "Left over: ran out of time");
}

#[test]
fn days_off_are_left_out_of_the_past_and_of_the_days_ahead() {
    let shell = Shell::new();
    let mut lines = vec![json!({"type": "team", "id": "t", "name": "T"})];
    for day in 1..=28 {
        lines.push(json!({"type": "item", "id": format!("i{day}"), "title": "Work", "kind": "task", "state": "done",
            "created_at": "2024-01-01T00:00:00Z", "started_at": "2024-01-01T08:00:00Z",
            "done_at": format!("2024-02-{day:02}T12:00:00Z")}));
    }
    for day in 1..=7 {
        lines.push(json!({"type": "calendar_day", "team": "t", "date": format!("2024-03-{day:02}"), "working": false}));
    }
    for day in 1..=31 {
        lines.push(json!({"type": "calendar_day", "team": "t", "date": format!("2024-01-{day:02}"), "working": false}));
    }
    assert!(shell.import(&lines).status.success());
    // History begins in January, all of which is off.
    let ask = ["forecast", "--until", "2024-02-28", "--days", "8", "--items", "2", "--daily", "--json"];
    let found = shell.json(&ask);
    assert_eq!((found["days_off"].as_u64(), found["finished"].as_u64()), (Some(31 + 7), Some(28)), "{found}");
    // One day of eight is worked on: 29 February.
    let most = found["how_many"][3][1].as_u64().unwrap();
    assert!(most <= 1, "{found}");
    let shortest = found["when"][3][1].as_u64().unwrap();
    // The second is finished once the week off is over.
    assert_eq!(shortest, 9, "{found}");
}

#[test]
fn what_an_item_is_about_comes_from_everywhere_and_speaks_of_needs() {
    let shell = Shell::new();
    let document = json!({"type": "doc", "version": 1, "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "First "}, {"type": "text", "text": "backfill", "marks": [{"type": "strong"}]},
            {"type": "hardBreak"}, {"type": "mention", "attrs": {"text": "@ann"}}]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "then pay"}]}]}]}
    ]});
    let issue = |key: &str, description: Value| {
        json!({"id": key, "key": key, "fields": {"summary": key, "status": {"id": "1", "name": "To Do"},
            "created": "2026-03-02T08:00:00.000+0000", "issuetype": {"name": "Story"}, "description": description}})
    };
    let long = "é".repeat(40_000);
    let page = json!({"issues": [issue("A-1", document), issue("A-2", " Plain ".into()), issue("A-3", long.into()), issue("A-4", "".into())], "total": 4});
    std::fs::write(shell.file("page.json"), page.to_string()).unwrap();
    std::fs::write(shell.file("list.csv"), "Issue key,Summary,Description\nC-1,Card,\"Rotate\nthe certificate\"\n")
        .unwrap();
    let gitlab = json!([{"id": 1, "iid": 1, "project_id": 3, "title": "G", "state": "opened", "labels": [], "description": "from **GitLab**",
        "created_at": "2026-03-02T08:00:00Z", "references": {"full": "acme/shop#1"}, "time_stats": {}, "web_url": "https://gitlab.example/acme/shop/-/issues/1"}]);
    std::fs::write(shell.file("issues.json"), gitlab.to_string()).unwrap();
    for file in ["page.json", "list.csv", "issues.json"] {
        let report = shell.json(&["import", shell.file(file).to_str().unwrap(), "--json"]);
        assert!(
            report["unknown_keys"].as_object().is_none_or(|keys| keys.keys().all(|key| !key.contains("escription"))),
            "{report}"
        );
    }
    shell.good(&["plan", "add", "Here", "--description", "Move the DNS name"]);
    let items = shell.json(&["plan", "list", "--json"]);
    let told = |title: &str| {
        let item = items.as_array().unwrap().iter().find(|item| item["title"] == title).unwrap();
        item["description"].as_str().map(str::to_owned)
    };
    assert_eq!(told("A-1").as_deref(), Some("First backfill\n@ann\n- then pay"));
    assert_eq!(told("A-2").as_deref(), Some("Plain"));
    let cut = told("A-3").unwrap();
    assert!(cut.len() <= 65_536 && cut.ends_with("é …"), "{}", cut.len());
    assert_eq!(told("A-4"), None);
    assert_eq!(told("Card").as_deref(), Some("Rotate\nthe certificate"));
    assert_eq!(told("G").as_deref(), Some("from **GitLab**"));
    assert_eq!(told("Here").as_deref(), Some("Move the DNS name"));
    let workspace = gemba::engine::Workspace::open_reader(&shell.file("g.db")).unwrap();
    let view = workspace.plan_view(None).unwrap();
    let suggested = |title: &str| {
        let n = view.plan.items.iter().position(|item| item.title == title).unwrap();
        view.suggestions(n).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    assert!(suggested("A-1").contains(&"data_migration"));
    assert!(suggested("Here").contains(&"network") && suggested("Card").contains(&"network"));
    // What is asked and answered by file tells it, and an approval of another description is stale.
    shell.good(&["plan", "review", "Here", "--state", "approved"]);
    shell.good(&["plan", "move", "Here", "--description", "Move the DNS name and the mail"]);
    let plan = gemba::engine::Workspace::open_reader(&shell.file("g.db")).unwrap().plan().unwrap();
    assert!(plan.review_of(plan.item("Here").unwrap()).unwrap().is_stale);
    shell.good(&["plan", "ask", "Here", "--out", shell.file("ask.json").to_str().unwrap()]);
    let asked = std::fs::read_to_string(shell.file("ask.json")).unwrap();
    assert!(asked.contains("and the mail"), "{asked}");
}

#[test]
fn an_answer_that_cannot_stand_or_is_older_is_told_and_stops_no_other() {
    let (lead, ops) = (Shell::new(), Shell::new());
    sprint(&lead, "Sprint 1");
    let ids = ["Pay", "Ship", "Card", "Mail"].map(|title| add(&lead, &[title, "--sprint", "Sprint 1"]));
    let path = lead.file("s1.gemba-review");
    let file = path.to_str().unwrap();
    lead.good(&["plan", "ask", "--sprint", "Sprint 1", "--out", file]);
    let answer =
        |item: &str, rest: &[&str]| [&["plan", "answer", file, item, "--state"][..], rest].concat().join("\u{1}");
    let fails = |item: &str, rest: &[&str], with: &str| {
        let words = answer(item, rest);
        ops.fails(&words.split('\u{1}').collect::<Vec<_>>(), with);
    };
    let good = |item: &str, rest: &[&str]| {
        let words = answer(item, rest);
        ops.good(&words.split('\u{1}').collect::<Vec<_>>());
    };
    fails("Pay", &["not_needed"], "why no review");
    fails("Pay", &["blocked", "--reason", "zzz"], "none of the reasons");
    fails("Pay", &["blocked", "--reason", "other"], "another reason");
    fails("Pay", &["blocked", "--reason", "capacity", "--due", "soon"], "is no day");
    lead.fails(&["plan", "review", "Pay", "--state", "blocked", "--reason", "zzz"], "none of the reasons");
    lead.fails(&["plan", "review", "Pay", "--state", "asked", "--due", "garbage"], "is no day");
    good("Pay", &["approved"]);
    good("Ship", &["not_needed", "--text", "only words"]);
    good("Card", &["blocked", "--reason", "capacity"]);
    good("Mail", &["approved"]);
    // Somebody wrote into the file by hand: one answer without its reason, one of next year.
    let text = std::fs::read_to_string(&path).unwrap();
    let mut told: Value = serde_json::from_str(&text).unwrap();
    told["items"][1]["answer"]["text"] = Value::Null;
    told["items"][3]["answer"]["at"] = "2090-01-01T00:00:00Z".into();
    std::fs::write(&path, told.to_string()).unwrap();
    // Meanwhile the lead heard something newer of one.
    lead.good(&["plan", "review", "Card", "--state", "approved"]);
    let dry = lead.good(&["plan", "merge", file, "--dry-run"]);
    assert!(dry.contains("2 would be taken over") && dry.contains("cannot be taken over: say why"), "{dry}");
    let merged = lead.good(&["plan", "merge", file]);
    assert!(merged.contains("2 taken over") && merged.contains("something newer"), "{merged}");
    let state = |item: &str| {
        let plan = gemba::engine::Workspace::open_reader(&lead.file("g.db")).unwrap().plan().unwrap();
        plan.review_of(plan.item(item).unwrap()).unwrap().review.state
    };
    assert_eq!(ids.each_ref().map(|id| state(id)), ["approved", "asked", "approved", "approved"]);
    // An answer of the days to come overrules nothing that is said after it; the older one is taken by its name.
    lead.good(&["plan", "review", "Mail", "--state", "advised"]);
    assert_eq!(state("Mail"), "advised");
    lead.good(&["plan", "merge", file, &ids[2]]);
    assert_eq!(state("Card"), "blocked");
}

#[test]
fn the_past_begins_with_the_first_item_and_what_is_not_known_is_null() {
    let shell = Shell::new();
    let done = |n: u32, day: &str| json!({"type": "item", "id": format!("i{n}"), "title": format!("Item {n}"), "kind": "task", "state": "done", "done_at": format!("{day}T12:00:00Z")});
    let first: jiff::civil::Date = "2026-04-02".parse().unwrap();
    let days = first.series(jiff::Span::new().days(1)).take(90).collect::<Vec<_>>();
    let lines: Vec<Value> = days.iter().enumerate().map(|(n, day)| done(n as u32, &day.to_string())).collect();
    assert!(shell.import(&lines).status.success());
    let found = shell.json(&["forecast", "--days", "14", "--until", "2026-06-30", "--json"]);
    // Not one of the past forecasts had ninety days of history behind it.
    assert_eq!(
        (&found["calibration"]["forecasts"], &found["calibration"]["came_true"][0][1]),
        (&json!(0), &Value::Null)
    );
    assert_eq!((&found["cycle_times"]["n"], &found["cycle_times"]["mean"]), (&json!(0), &Value::Null));
    assert_eq!(found["cycle_times"]["percentiles"], json!([null, null, null, null]));
    // Thirty days of history are thirty, not ninety with sixty days of nothing.
    let found = shell.json(&["forecast", "--days", "10", "--until", "2026-05-01", "--json"]);
    assert_eq!((&found["sample_from"], &found["how_many"][0][1]), (&json!("2026-04-02"), &json!(10)));
    shell.fails(&["forecast", "--team", "nosuch"], "there is no team");
}

#[test]
fn a_list_of_a_spreadsheet_has_its_days_and_what_is_too_much_is_counted() {
    let shell = Shell::new();
    let list = "Key,Summary,Status,Created\n1,Card,To Do,46035\n2,\"Mail\",To Do,46036,EXTRA,MORE\n";
    std::fs::write(shell.file("list.csv"), list).unwrap();
    let path = shell.file("list.csv");
    let ask = ["import", path.to_str().unwrap(), "--csv-target", "item", "--json"];
    shell.json(&[&ask[..], &["--dry-run"][..]].concat());
    assert!(!shell.file("g.db").exists(), "trying out leaves nothing behind");
    let report = shell.json(&ask);
    assert!(report["unknown_keys"].to_string().contains("beyond the last column"), "{report}");
    let items = shell.json(&["plan", "list", "--json"]);
    assert_eq!(items[0]["created_at"].as_str().map(|at| &at[..10]), Some("2026-01-13"));
}

/// How many records of a kind an import changed, where it tells only known ones.
fn changed(shell: &Shell, lines: &[Value], kind: &str) -> Value {
    let file = shell.file("again.jsonl");
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
    let report = shell.json(&["import", file.to_str().unwrap(), "--json"]);
    assert_eq!((&report["refused"], &report["records"][kind]["new"]), (&json!(0), &json!(0)), "{report}");
    report["records"][kind]["changed"].clone()
}

#[test]
fn what_was_edited_here_stays_until_something_else_is_told_of_it() {
    let shell = Shell::new();
    let told = |title: &str, points: u32, state: &str| {
        json!({"type": "item", "connection": "jira", "id": "SHOP-1", "title": title, "kind": "feature", "state": state,
               "estimates": {"points": points}, "assignee": "ann"})
    };
    let first = told("Card", 3, "ready");
    assert!(shell.import(std::slice::from_ref(&first)).status.success());
    shell.good(&["plan", "move", "SHOP-1", "--points", "5", "--hours", "6", "--block", "waits for the bank"]);
    shell.good(&["plan", "move", "SHOP-1", "--state", "in_progress"]);
    // The same again, also twice in one file, takes nothing away.
    assert_eq!(changed(&shell, &[first.clone(), first.clone()], "item"), json!(0));
    let item = || shell.json(&["plan", "list", "--json"])[0].clone();
    let found = item();
    assert_eq!((&found["estimates"]["points"], &found["state"]), (&json!(5.0), &json!("in_progress")), "{found}");
    // Only what is news is taken.
    assert_eq!(changed(&shell, &[told("Card of a bank", 3, "ready")], "item"), json!(1));
    let found = item();
    assert_eq!((&found["title"], &found["state"]), (&json!("Card of a bank"), &json!("in_progress")));
    assert_eq!(found["estimates"]["points"], json!(5.0));
    assert_eq!(changed(&shell, &[told("Card of a bank", 8, "ready")], "item"), json!(1));
    let found = item();
    assert_eq!((&found["estimates"]["points"], &found["state"]), (&json!(8.0), &json!("in_progress")));
    assert_eq!(found["estimates"]["hours"], json!(6.0), "of which nothing was told");
    // A ledger tells of it, with the day that the tracker tells.
    let over = |at: &str| {
        let mut item = told("Card of a bank", 8, "done");
        item["done_at"] = at.into();
        item
    };
    assert_eq!(changed(&shell, &[over("2020-01-01T00:00:00Z")], "item"), json!(1));
    let export = shell.good(&["export"]);
    assert!(export.contains(r#""state":"done""#), "{export}");
    let last: Value = export.lines().rfind(|line| line.contains("item_event")).map(str::parse).unwrap().unwrap();
    assert_eq!((&last["kind"], &last["old"], &last["new"]), (&json!("state"), &json!("in_progress"), &json!("done")));
    assert_eq!(last["source"], json!("jira"));
    assert_eq!(changed(&shell, &[over("2020-01-01T00:00:00Z")], "item"), json!(0));
    assert_eq!(shell.good(&["export"]).lines().count(), export.lines().count(), "told once");
}

#[test]
fn a_history_that_comes_with_the_news_tells_the_ledger_itself() {
    let shell = Shell::new();
    let told = |state: &str| json!({"type": "item", "connection": "jira", "id": "S-1", "title": "Card", "kind": "bug", "state": state});
    assert!(shell.import(&[told("ready")]).status.success());
    shell.good(&["plan", "move", "S-1", "--state", "in_progress"]);
    let event = json!({"type": "item_event", "connection": "jira", "id": "h1", "item": "S-1", "at": "2026-01-05T10:00:00Z",
                       "kind": "cancelled", "old": "ready"});
    assert_eq!(changed(&shell, &[told("cancelled"), event], "item"), json!(1));
    let export = shell.good(&["export"]);
    let count = |kind: &str| export.lines().filter(|line| line.contains(kind)).count();
    assert_eq!(count(r#""kind":"state""#), 1, "what was done here");
    assert_eq!(count(r#""kind":"cancelled""#), 1, "what the tracker tells");
}
