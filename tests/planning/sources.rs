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
        std::fs::write(shell.file("list.csv"), text).unwrap();
        shell.good(&["import", shell.file("list.csv").to_str().unwrap(), "--csv-target", "item"]);
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
