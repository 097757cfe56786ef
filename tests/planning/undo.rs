//! What is taken back, and what stays: items that came from elsewhere without a history.

use gemba::engine::{Command, ItemChange, Workspace};
use serde_json::json;

use crate::shell::Shell;

/// A list without ranks, whose items say their states and estimates, and no history.
const LIST: &str = "Key,Summary,Status,Story Points,Created,Started,Done,Labels\n\
    B-1,Pay,Done,5,2026-03-01T08:00:00Z,2026-03-02T08:00:00Z,2026-03-04T08:00:00Z,\n\
    B-2,Ship,In Progress,3,2026-03-01T09:00:00Z,2026-03-02T08:00:00Z,,\n\
    B-3,Pack,To Do,2,2026-03-01T10:00:00Z,,,\n\
    B-4,Send,To Do,1,2026-03-01T11:00:00Z,,,\n";

fn listed() -> Shell {
    let shell = Shell::new();
    std::fs::write(shell.file("list.csv"), LIST).unwrap();
    shell.good(&["import", shell.file("list.csv").to_str().unwrap()]);
    shell
}

fn run(shell: &Shell, command: Command) {
    Workspace::open(&shell.file("g.db")).unwrap().run(command).unwrap();
}

fn change(item: &str, change: ItemChange) -> Command {
    Command::ChangeItems(vec![item.to_owned()], Box::new(change))
}

/// Title, state and points of every item, in the order of the list.
fn rows(shell: &Shell) -> Vec<(String, String, f64)> {
    let found = shell.json(&["plan", "list", "--all", "--json"]);
    let row = |item: &serde_json::Value| {
        let text = |key: &str| item[key].as_str().unwrap().to_owned();
        (text("title"), text("state"), item["estimates"]["points"].as_f64().unwrap())
    };
    found.as_array().unwrap().iter().map(row).collect()
}

fn events(shell: &Shell, kind: &str) -> usize {
    let text = shell.good(&["export"]);
    text.lines().filter(|line| line.contains(&format!("\"kind\":\"{kind}\""))).count()
}

#[test]
fn taking_back_a_change_leaves_what_the_source_said() {
    let changes = [
        ItemChange { add_labels: vec!["x".to_owned()], ..ItemChange::default() },
        ItemChange { before: Some("B-3".to_owned()), ..ItemChange::default() },
        ItemChange { points: Some(Some(13.0)), ..ItemChange::default() },
    ];
    for made in changes {
        for item in ["B-1", "B-2", "B-4"] {
            let shell = listed();
            let before = rows(&shell);
            run(&shell, change(item, made.clone()));
            run(&shell, Command::Undo);
            assert_eq!(rows(&shell), before, "{item} {made:?}");
            run(&shell, Command::Redo);
            run(&shell, Command::Undo);
            assert_eq!(rows(&shell), before, "{item} {made:?}");
        }
    }
}

#[test]
fn one_move_in_a_list_without_ranks_is_one_event() {
    let shell = listed();
    shell.good(&["plan", "move", "B-4", "--before", "B-2"]);
    assert_eq!((events(&shell, "ranked"), events(&shell, "created")), (1, 1));
    let titles: Vec<String> = rows(&shell).into_iter().map(|(title, ..)| title).collect();
    assert_eq!(titles, ["Pay", "Send", "Ship", "Pack"]);
}

#[test]
fn what_is_added_to_a_list_without_ranks_comes_last() {
    let shell = listed();
    shell.good(&["plan", "add", "New one", "--points", "1"]);
    assert_eq!(rows(&shell).last().unwrap().0, "New one");
    let again = shell.json(&["plan", "list", "--all", "--json"]);
    assert_eq!(again.as_array().unwrap().len(), 5);
    assert_eq!(again[4]["rank"], json!(null));
}

#[test]
fn what_changes_nothing_is_no_step() {
    let shell = listed();
    let eight = || change("B-3", ItemChange { points: Some(Some(8.0)), ..ItemChange::default() });
    run(&shell, eight());
    let told = shell.good(&["export"]);
    run(&shell, eight());
    assert_eq!(shell.good(&["export"]), told);
    run(&shell, Command::Undo);
    assert_eq!(rows(&shell)[2].2, 2.0);
}

#[test]
fn a_sprint_that_was_planned_by_mistake_is_put_right_or_taken_away() {
    let shell = listed();
    shell.good(&["plan", "sprint", "Wrong", "--team", "shop", "--from", "2099-01-05", "--to", "2099-01-16"]);
    shell.good(&["plan", "move", "B-3", "--to", "Wrong"]);
    shell.good(&["plan", "rename", "Wrong", "Right"]);
    let list = shell.good(&["plan", "list", "--sprint", "Right"]);
    assert!(list.contains("Pack"), "{list}");
    shell.fails(&["plan", "rename", "Right", " "], "needs a name");
    let items = rows(&shell);
    shell.good(&["plan", "drop", "Right"]);
    shell.fails(&["plan", "list", "--sprint", "Right"], "there is no sprint");
    assert_eq!(rows(&shell), items);
    run(&shell, Command::Undo);
    assert!(shell.good(&["plan", "list", "--sprint", "Right"]).contains("Pack"));
    // One that was started tells something.
    shell.good(&["plan", "start", "Right"]);
    shell.fails(&["plan", "drop", "Right"], "was started");
}

#[test]
fn labels_and_estimates_of_several_items_are_taken_away() {
    let shell = listed();
    let items = ["B-2", "B-3"].map(str::to_owned).to_vec();
    let all = |change: ItemChange| run(&shell, Command::ChangeItems(items.clone(), Box::new(change)));
    all(ItemChange { add_labels: vec!["a, b".to_owned(), "ops".to_owned()], ..ItemChange::default() });
    all(ItemChange { remove_labels: vec!["ops".to_owned()], points: Some(None), ..ItemChange::default() });
    let found = shell.json(&["plan", "list", "--all", "--json"]);
    for item in &found.as_array().unwrap()[1..3] {
        assert_eq!((&item["labels"], &item["estimates"]["points"]), (&json!(["a, b"]), &json!(null)), "{item}");
    }
}

#[test]
fn what_was_taken_back_hides_nothing_that_the_source_says_later() {
    let shell = listed();
    let state = |state| ItemChange { state: Some(state), ..ItemChange::default() };
    for item in ["B-2", "B-3"] {
        run(&shell, change(item, state(gemba::model::plan::ItemState::InReview)));
        run(&shell, Command::Undo);
    }
    let item = |n: usize| shell.json(&["plan", "list", "--all", "--json"])[n].clone();
    assert_eq!((&item(2)["state"], &item(2)["started_at"]), (&json!("backlog"), &json!(null)));
    let done = LIST.replace(
        "B-2,Ship,In Progress,3,2026-03-01T09:00:00Z,2026-03-02T08:00:00Z,,",
        "B-2,Ship,Done,3,2026-03-01T09:00:00Z,2026-03-02T08:00:00Z,2026-03-20T08:00:00Z,",
    );
    std::fs::write(shell.file("list.csv"), done).unwrap();
    shell.good(&["import", shell.file("list.csv").to_str().unwrap()]);
    let told = item(1);
    assert_eq!((&told["state"], &told["done_at"]), (&json!("done"), &json!("2026-03-20T08:00:00Z")));
    assert_eq!(told["started_at"], json!("2026-03-02T08:00:00Z"));
}
