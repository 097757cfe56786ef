//! What sources tell of states, and tell otherwise later.

use serde_json::{Value, json};

use crate::shell::Shell;

fn at(day: u32) -> String {
    format!("2026-03-{day:02}T09:00:00Z")
}

fn item(id: &str) -> Value {
    json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "backlog", "created_at": at(1),
        "estimates": {"points": 5}})
}

fn state(item: &str, day: u32, new: &str) -> Value {
    json!({"type": "item_event", "id": format!("{item} {day} {new}"), "item": item, "at": at(day), "kind": "state", "new": new})
}

fn joined(item: &str, sprint: &str) -> Value {
    json!({"type": "item_event", "id": format!("{item} in {sprint}"), "item": item, "at": at(1), "kind": "joined", "sprint": sprint})
}

fn sprint(id: &str) -> [Value; 2] {
    [
        json!({"type": "sprint", "id": id, "team": "shop", "name": id, "starts_at": at(2), "ends_at": at(13)}),
        json!({"type": "sprint_event", "id": format!("{id} started"), "sprint": id, "at": at(2), "kind": "started"}),
    ]
}

/// A list of work, under the same name each time.
fn import_list(shell: &Shell, text: &str) {
    let file = shell.file("list.csv");
    std::fs::write(&file, text).unwrap();
    shell.good(&["import", file.to_str().unwrap(), "--csv-target", "item"]);
}

#[test]
fn from_one_word_for_done_to_another_is_no_further_finish() {
    let shell = Shell::new();
    let lines = [item("a"), state("a", 3, "in_progress"), state("a", 4, "done"), state("a", 20, "done")];
    assert!(shell.import(&lines).status.success());
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    assert_eq!(plan.finished(|_| true).items[0].done.to_string(), at(4));
    assert_eq!(shell.json(&["plan", "list", "--all", "--json"])[0]["done_at"], at(4));
}

#[test]
fn what_is_open_again_is_not_finished_whatever_its_times_say() {
    let shell = Shell::new();
    let import = |state: &str| {
        let text = format!("id,title,status,created,resolved\nA,a,{state},2026-03-01T09:00:00Z,2026-03-10T09:00:00Z\n");
        import_list(&shell, &text);
        shell.json(&["plan", "quality", "--json"])["finished"].clone()
    };
    assert_eq!(import("Done"), 1);
    assert_eq!(import("In Progress"), 0);
}

#[test]
fn work_that_was_done_elsewhere_and_cancelled_is_the_sprints_once_it_is_taken_up_again() {
    let shell = Shell::new();
    let mut lines = Vec::from(sprint("s"));
    lines.extend([item("a"), state("a", 1, "done"), joined("a", "s")]);
    lines.extend([state("a", 3, "cancelled"), state("a", 4, "in_progress"), state("a", 10, "done")]);
    assert!(shell.import(&lines).status.success());
    let burn = shell.json(&["burn", "s", "--unit", "items", "--json"]);
    assert_eq!(
        (&burn["report"]["added"]["value"], &burn["report"]["completed"]["value"]),
        (&json!(1.0), &json!(1.0)),
        "{burn}"
    );
}

#[test]
fn planned_comes_before_the_start_of_the_same_moment() {
    let shell = Shell::new();
    let mut lines = Vec::from(sprint("s"));
    lines
        .push(json!({"type": "sprint_event", "id": "z", "sprint": "s", "at": at(2), "kind": "planned", "new": at(13)}));
    lines.extend([item("a"), joined("a", "s")]);
    assert!(shell.import(&lines).status.success());
    assert_eq!(shell.json(&["burn", "s", "--json"])["report"]["commitment"]["value"], 5.0);
}

#[test]
fn a_day_long_after_the_last_finish_is_not_told_from_it() {
    let shell = Shell::new();
    let lines: Vec<Value> = (1..9)
        .flat_map(|day| {
            let id = format!("i{day}");
            [item(&id), state(&id, day, "in_progress"), state(&id, day + 1, "done")]
        })
        .collect();
    assert!(shell.import(&lines).status.success());
    shell.good(&["forecast", "--days", "7"]);
    shell.fails(&["forecast", "--by", "2099-01-01"], "nothing was finished after 2026-03-09");
}

/// A Jira answer: an issue in the sprint 1 or in none, with what else its fields hold and its change history.
fn issue(key: &str, in_sprint: bool, fields: Value, changelog: Option<Value>) -> Value {
    let sprint = json!([{"id": 1, "name": "Sprint 1", "state": "active", "boardId": 7,
        "startDate": "2026-03-02T09:00:00.000Z", "endDate": "2026-03-13T17:00:00.000Z"}]);
    let mut whole = json!({"summary": key, "created": "2026-02-20T10:00:00.000+0000", "customfield_10016": 5.0,
        "issuetype": {"name": "Story", "subtask": false},
        "status": {"id": "10", "name": "To Do", "statusCategory": {"key": "new"}}});
    whole["customfield_10020"] = if in_sprint { sprint } else { Value::Null };
    whole.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let mut issue = json!({"id": format!("1{}", key.len()), "key": key, "fields": whole});
    if let Some(changelog) = changelog {
        issue["changelog"] = changelog;
    }
    issue
}

fn history(id: u32, day: u32, items: Value) -> Value {
    json!({"id": id.to_string(), "created": format!("2026-03-{day:02}T10:00:00.000+0000"), "author": {"displayName": "Ann"}, "items": items})
}

fn changes(histories: Vec<Value>) -> Value {
    json!({"startAt": 0, "maxResults": 100, "total": histories.len(), "histories": histories})
}

fn status(id: u32, name: &str, key: &str) -> Value {
    json!({"status": {"id": id.to_string(), "name": name, "statusCategory": {"key": key}}})
}

fn import(shell: &Shell, name: &str, answer: &Value) -> Value {
    std::fs::write(shell.file(name), answer.to_string()).unwrap();
    shell.json(&["import", shell.file(name).to_str().unwrap(), "--json"])
}

/// The sprint 1 as a board's list tells it.
fn listed(state: &str, end: u32, closed: Option<u32>) -> Value {
    let mut sprint = json!({"id": 1, "name": "Sprint 1", "state": state, "originBoardId": 7,
        "startDate": "2026-03-02T09:00:00.000Z", "activatedDate": "2026-03-02T09:00:00.000Z",
        "endDate": format!("2026-03-{end:02}T17:00:00.000Z")});
    if let Some(day) = closed {
        sprint["completeDate"] = format!("2026-03-{day:02}T18:00:00.000Z").into();
    }
    json!({"maxResults": 50, "startAt": 0, "isLast": true, "values": [sprint]})
}

fn report(shell: &Shell) -> Value {
    shell.json(&["burn", "1", "--json"])["report"].clone()
}

#[test]
fn a_history_that_is_cut_off_tells_no_commitment() {
    let shell = Shell::new();
    let mut cut = changes(vec![history(9, 4, json!([{"field": "assignee", "toString": "Ann"}]))]);
    cut["total"] = 150.into();
    let told = import(&shell, "a.json", &json!({"issues": [issue("A-1", true, json!({}), Some(cut))]}));
    assert_eq!(told["unknown_keys"]["jira: change history that is not told to its end"], 1, "{told}");
    shell.fails(&["burn", "1"], "as far as is known");
}

#[test]
fn a_history_that_comes_later_takes_the_place_of_what_was_guessed() {
    let shell = Shell::new();
    import(&shell, "sprints.json", &listed("active", 13, None));
    import(&shell, "a.json", &json!({"issues": [issue("A-1", true, json!({}), None)]}));
    assert_eq!(shell.json(&["plan", "list", "--sprint", "1", "--json"]).as_array().unwrap().len(), 1);
    let joins =
        history(5, 5, json!([{"field": "Sprint", "from": "", "to": "1", "fromString": "", "toString": "Sprint 1"}]));
    let other = issue("A-22", true, json!({}), Some(changes(vec![])));
    let late = issue("A-1", true, json!({}), Some(changes(vec![joins])));
    import(&shell, "b.json", &json!({"issues": [late, other]}));
    import(&shell, "sprints.json", &listed("active", 13, None));
    let report = report(&shell);
    assert_eq!((&report["commitment"]["value"], &report["added"]["value"]), (&json!(5.0), &json!(5.0)), "{report}");
}

#[test]
fn a_sprint_that_goes_on_again_and_one_whose_end_moved_are_told_as_that() {
    let shell = Shell::new();
    let done = |id: u32, day: u32| {
        let change = json!([{"field": "status", "from": "10", "fromString": "To Do", "to": "5", "toString": "Done"}]);
        Some(changes(vec![history(id, day, change)]))
    };
    let issues = |second: Option<Value>| {
        let state = |is_done: bool| if is_done { status(5, "Done", "done") } else { json!({}) };
        let first = issue("A-1", true, state(true), done(1, 10));
        let second = issue("A-22", true, state(second.is_some()), second.or_else(|| Some(changes(vec![]))));
        json!({"issues": [first, second]})
    };
    import(&shell, "a.json", &json!([listed("closed", 13, Some(13)), issues(None)]));
    assert_eq!(report(&shell)["completed"]["value"], 5.0);
    import(&shell, "s.json", &listed("active", 13, None));
    assert_eq!(report(&shell)["closed_at"], Value::Null, "it goes on");
    let again = json!([listed("closed", 20, Some(18)), issues(done(2, 17))]);
    let told = import(&shell, "a.json", &again);
    assert_eq!(told["refused"], 0, "{told}");
    let folded = report(&shell);
    assert_eq!(
        (&folded["completed"]["value"], &folded["completed_late"]["value"]),
        (&json!(10.0), &json!(5.0)),
        "{folded}"
    );
    let before = shell.good(&["export"]);
    import(&shell, "a.json", &again);
    assert_eq!(shell.good(&["export"]), before, "told again, it changes nothing");
}

#[test]
fn what_moves_on_without_a_history_leaves_the_sprint_it_was_in() {
    let shell = Shell::new();
    let import = |sprint: &str| {
        let text = format!("Key,Title,Status,Created,Sprint\nA,Pay,To Do,2026-03-01T09:00:00Z,{sprint}\n");
        import_list(&shell, &text);
    };
    let held = |sprint: &str| shell.json(&["plan", "list", "--sprint", sprint, "--json"]).as_array().unwrap().len();
    import("One");
    import("Two");
    assert_eq!((held("One"), held("Two")), (0, 1));
    import("");
    assert_eq!((held("One"), held("Two")), (0, 0));
    import("One");
    assert_eq!((held("One"), held("Two")), (1, 0));
    let before = shell.good(&["export"]);
    import("One");
    assert_eq!(shell.good(&["export"]), before, "told again, it changes nothing");
    // What was moved here stays where it was moved to, as long as the list says the same.
    shell.good(&["plan", "move", "A", "--to", "Two"]);
    import("One");
    assert_eq!((held("One"), held("Two")), (0, 1));
}

#[test]
fn what_a_source_has_emptied_is_empty_and_what_a_hand_wrote_stays() {
    let shell = Shell::new();
    let import = |rest: &str| {
        let text =
            format!("Key,Title,Status,Created,Assignee,Labels,Points,Due\nA,Pay,To Do,2026-03-01T09:00:00Z,{rest}\n");
        import_list(&shell, &text);
    };
    let item = || shell.json(&["plan", "list", "--json"])[0].clone();
    import("Ann,shop,3,2026-03-20");
    import(",,,");
    let emptied = item();
    for key in ["assignee", "labels", "due"] {
        assert_eq!(emptied[key], Value::Null, "{key}: {emptied}");
    }
    assert_eq!(emptied["estimates"]["points"], Value::Null, "{emptied}");
    import("Ann,shop,3,2026-03-20");
    shell.good(&["plan", "move", "A", "--assignee", "Bo"]);
    import("Ann,,3,");
    assert_eq!((&item()["assignee"], &item()["labels"]), (&json!("Bo"), &Value::Null));
    import(",,3,");
    assert_eq!(item()["assignee"], Value::Null, "its source says something else than before");
}

#[test]
fn given_up_by_its_status_is_cancelled_and_never_done_before() {
    let shell = Shell::new();
    import(&shell, "s.json", &listed("active", 13, None));
    let closed = |id: u32, name: &str| json!([{"field": "status", "from": "10", "fromString": "To Do", "to": id.to_string(), "toString": name}]);
    let mut at_once = closed(5, "Done");
    at_once.as_array_mut().unwrap().push(json!({"field": "resolution", "to": "2", "toString": "Won't Do"}));
    let mut given_up = status(5, "Done", "done");
    given_up["resolution"] = json!({"name": "Won't Do"});
    let issues = json!({"issues": [
        issue("A-1", true, status(77, "Rejected", "done"), Some(changes(vec![history(1, 4, closed(77, "Rejected"))]))),
        issue("A-22", true, given_up, Some(changes(vec![history(2, 5, at_once)]))),
    ]});
    import(&shell, "i.json", &issues);
    let report = report(&shell);
    assert_eq!((&report["completed"]["value"], &report["cancelled"]["value"]), (&json!(0.0), &json!(10.0)), "{report}");
    let causes: Vec<&str> =
        report["steps"].as_array().unwrap().iter().map(|step| step["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["start", "cancelled", "cancelled"]);
}

#[test]
fn what_is_made_in_a_sprint_comes_in_with_its_estimate() {
    let shell = Shell::new();
    import(&shell, "s.json", &listed("active", 13, None));
    let first = issue("A-1", true, json!({}), Some(changes(vec![])));
    let made = issue("A-22", true, json!({"created": "2026-03-05T10:00:00.000+0000"}), Some(changes(vec![])));
    import(&shell, "i.json", &json!({"issues": [first, made]}));
    let report = report(&shell);
    let steps: Vec<(&str, f64)> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["cause"].as_str().unwrap(), step["scope"].as_f64().unwrap()))
        .collect();
    assert_eq!(steps, [("start", 5.0), ("added", 10.0)]);
}

#[test]
fn histories_that_come_apart_are_read_and_a_missing_page_is_missed() {
    let joins =
        history(5, 5, json!([{"field": "Sprint", "from": "", "to": "1", "fromString": "", "toString": "Sprint 1"}]));
    let first = issue("A-1", true, json!({}), Some(changes(vec![])));
    let issues = json!([listed("active", 13, None), {"issues": [first, issue("A-22", true, json!({}), None)]}]);
    let page = |total: usize| json!({"self": "https://x.example/rest/api/3/issue/A-22/changelog?startAt=0", "total": total, "values": [joins]});
    let bulk = json!({"issueChangeLogs": [{"issueId": "14", "changeHistories": [joins]}], "nextPageToken": null});
    for (apart, added) in [(bulk, 5.0), (page(1), 5.0), (page(2), 0.0)] {
        let shell = Shell::new();
        let told = import(&shell, "a.json", &json!([issues, apart]));
        assert_eq!(told["refused"], 0, "{told}");
        let cut = told["unknown_keys"].get("jira: change history that is not told to its end").is_some();
        assert_eq!((&report(&shell)["added"]["value"], cut), (&json!(added), added == 0.0), "{told}");
    }
    let empty = json!({"maxResults": 50, "startAt": 0, "isLast": true, "values": []});
    assert_eq!(import(&Shell::new(), "empty.json", &empty)["refused"], 0);
}

#[test]
fn words_of_ones_own_are_read_in_answers_too() {
    let shell = Shell::new();
    std::fs::create_dir(shell.file("jira")).unwrap();
    let answer = json!({"issues": [issue("A-1", false, status(50, "Parked", "indeterminate"), None)]});
    std::fs::write(shell.file("jira/issues.json"), answer.to_string()).unwrap();
    let folder = shell.file("jira");
    shell.good(&["import", folder.to_str().unwrap(), "--state", "parked=backlog"]);
    assert_eq!(shell.json(&["plan", "list", "--json"])[0]["state"], "backlog");
    shell.fails(&["import", folder.to_str().unwrap(), "--map", "id=Key"], "no table here");
}

#[test]
fn a_sub_task_adds_no_points_of_its_own_and_labels_come_back_whole() {
    let shell = Shell::new();
    let text = "Key,Title,Type,Status,Points,Parent,Labels,Created\nA,Pay,Story,To Do,5,,\"\"\"a, b\"\", c\",2026-03-01T09:00:00Z\n\
                B,Part,Sub-task,To Do,3,Z-9,'=l,2026-03-01T09:00:00Z\n";
    import_list(&shell, text);
    let items = shell.json(&["plan", "list", "--json"]);
    assert_eq!((&items[0]["labels"], &items[1]["labels"]), (&json!(["a, b", "c"]), &json!(["=l"])));
    assert_eq!(items[1]["estimates"], Value::Null, "{items}");
    let other = Shell::new();
    std::fs::write(other.file("again.csv"), shell.good(&["plan", "list", "--csv"])).unwrap();
    other.good(&["import", other.file("again.csv").to_str().unwrap()]);
    assert_eq!(other.json(&["plan", "list", "--json"])[0]["labels"], json!(["a, b", "c"]));
}

#[test]
fn an_issue_of_which_less_is_told_stays_where_it_is() {
    let shell = Shell::new();
    let joins =
        history(5, 5, json!([{"field": "Sprint", "from": "", "to": "1", "fromString": "", "toString": "Sprint 1"}]));
    let first = issue("A-22", true, json!({}), Some(changes(vec![])));
    let whole = issue("A-1", true, json!({}), Some(changes(vec![joins.clone()])));
    import(&shell, "a.json", &json!([listed("active", 13, None), {"issues": [first, whole]}]));
    let before = shell.good(&["export"]);
    let mut cut = changes(vec![joins]);
    cut["total"] = 150.into();
    import(
        &shell,
        "b.json",
        &json!([listed("active", 13, None), {"issues": [issue("A-1", true, json!({}), Some(cut)), first]}]),
    );
    assert_eq!(shell.good(&["export"]), before);
}

#[test]
fn the_same_twice_changes_nothing_wherever_a_time_was_read_from() {
    let shell = Shell::new();
    let mut done = status(5, "Done", "done");
    done["resolutiondate"] = Value::Null;
    done["statuscategorychangedate"] = "2026-03-05T10:00:00.000+0000".into();
    let answer = json!({"issues": [issue("A-1", false, done, None)]});
    import(&shell, "a.json", &answer);
    let list = "Key,Title,Status,Created,Completed,Canceled,Sprint\n\
                B,Pay,Canceled,2026-03-01T09:00:00Z,,2026-03-04T09:00:00Z,One\nB,Pay,Canceled,2026-03-01T09:00:00Z,,2026-03-04T09:00:00Z,Two\n";
    import_list(&shell, list);
    let before = shell.good(&["export"]);
    assert!(before.contains("\"done_at\":\"2026-03-05") && before.contains("\"done_at\":\"2026-03-04"), "{before}");
    import(&shell, "a.json", &answer);
    import_list(&shell, list);
    assert_eq!(shell.good(&["export"]), before);
}

#[test]
fn a_list_told_anew_adds_to_a_sprint_that_was_started_here_and_closes_none() {
    let shell = Shell::new();
    let import = |rows: &str| {
        let text = format!("Key,Title,Status,Points,Created,Completed,Sprint,Team\n{rows}");
        import_list(&shell, &text);
    };
    import("A,Pay,To Do,5,2026-03-01T09:00:00Z,,One,\nB,Ship,To Do,3,2026-03-01T09:00:00Z,,,\n");
    shell.good(&["plan", "end", "One", "--to", "2099-01-01"]);
    shell.good(&["plan", "start", "One", "--reason", "try"]);
    let now = jiff::Timestamp::now();
    import(&format!("A,Pay,Done,5,2026-03-01T09:00:00Z,{now},One,\nB,Ship,To Do,3,2026-03-01T09:00:00Z,,One,\n"));
    let report = shell.json(&["burn", "One", "--json"])["report"].clone();
    let sum = |name: &str| report[name]["value"].clone();
    assert_eq!((sum("commitment"), sum("added"), sum("completed")), (json!(5.0), json!(3.0), json!(5.0)), "{report}");
    assert_eq!(report["closed_at"], Value::Null, "who started it closes it");
}

#[test]
fn an_end_that_moved_before_the_start_makes_nothing_late() {
    let shell = Shell::new();
    let sprint = |state: &str, end: &str, started: Value| {
        json!({"isLast": true, "values": [{"id": 1, "name": "Sprint 1", "state": state, "originBoardId": 7, "activatedDate": started,
            "startDate": "2099-03-02T09:00:00.000Z", "endDate": end}]})
    };
    import(&shell, "s.json", &sprint("future", "2099-03-13T17:00:00.000Z", Value::Null));
    import(&shell, "s.json", &sprint("future", "2099-03-20T17:00:00.000Z", Value::Null));
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    let (starts, ends) = (plan.sprints[0].starts_at, &plan.ledgers[0].ends);
    let planned = ends.iter().rfind(|(since, _)| *since <= starts).unwrap();
    assert_eq!(planned.1.to_string(), "2099-03-20T17:00:00Z");
    // Started before the day that was planned, it is started all the same.
    let early = sprint("active", "2099-03-20T17:00:00.000Z", "2026-03-01T09:00:00.000Z".into());
    import(&shell, "s.json", &json!([early, {"issues": [issue("A-1", true, json!({}), Some(changes(vec![])))]}]));
    assert_eq!(report(&shell)["commitment"]["value"], 5.0);
}

#[test]
fn a_start_that_its_own_record_tells_takes_the_place_of_the_planned_day() {
    let shell = Shell::new();
    let joins =
        history(5, 2, json!([{"field": "Sprint", "from": "", "to": "1", "fromString": "", "toString": "Sprint 1"}]));
    let issues = json!({"issues": [
        issue("A-1", true, json!({}), Some(changes(vec![]))),
        issue("A-22", true, json!({}), Some(changes(vec![joins]))),
    ]});
    // The second joins at ten, and the sprint was planned for nine.
    import(&shell, "i.json", &issues);
    assert_eq!(report(&shell)["commitment"]["value"], 5.0);
    let mut list = listed("active", 13, None);
    list["values"][0]["activatedDate"] = "2026-03-02T11:00:00.000Z".into();
    for _ in 0..2 {
        import(&shell, "s.json", &list);
        import(&shell, "i.json", &issues);
        assert_eq!(report(&shell)["commitment"]["value"], 10.0, "it was started at eleven");
    }
}
