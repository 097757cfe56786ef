//! What the lists of the plan tell of an item, and what they list.

use gemba::engine::{PlanView, Workspace};
use serde_json::{Value, json};

use crate::shell::Shell;

fn view(shell: &Shell, sprint: &str) -> PlanView {
    Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some(sprint)).unwrap()
}

fn item(id: &str, rank: &str, waits_for: &[&str]) -> Value {
    json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "ready", "rank": rank, "depends_on": waits_for,
        "created_at": "2026-03-01T08:00:00Z"})
}

fn sprint(id: &str, from: &str, to: &str) -> Value {
    json!({"type": "sprint", "id": id, "team": "shop", "name": id, "starts_at": from, "ends_at": to})
}

fn joined(item: &str, sprint: &str) -> Value {
    json!({"type": "item_event", "id": format!("{item} in {sprint}"), "item": item, "kind": "joined", "sprint": sprint,
        "at": "2026-03-01T09:00:00Z"})
}

#[test]
fn what_stands_before_what_it_waits_for_is_marked() {
    let shell = Shell::new();
    let lines = [
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        sprint("now", "2026-03-02T00:00:00Z", "2026-03-14T00:00:00Z"),
        sprint("next", "2026-03-16T00:00:00Z", "2026-03-28T00:00:00Z"),
        item("above", "a", &["below"]),
        item("below", "b", &[]),
        item("after", "c", &["below"]),
        item("planned", "d", &["above"]),
        item("sooner", "e", &["later"]),
        item("later", "f", &["sooner"]),
        joined("planned", "now"),
        joined("sooner", "now"),
        joined("later", "next"),
    ];
    assert!(shell.import(&lines).status.success());
    let view = view(&shell, "now");
    let marked = |id: &str| view.marks[view.plan.place_of(id).unwrap()].is_before_blocker;
    let ids = ["above", "below", "after", "planned", "sooner", "later"];
    assert_eq!(ids.map(marked), [true, false, false, true, true, false]);
}

#[test]
fn a_closed_sprint_lists_what_was_left_over_and_the_next_takes_as_many_days() {
    let shell = Shell::new();
    // Two weeks by the clock, as Jira counts them: from Monday noon to Monday noon.
    let lines = [
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        sprint("one", "2026-03-02T12:00:00Z", "2026-03-16T12:00:00Z"),
        json!({"type": "sprint_event", "id": "b", "sprint": "one", "at": "2026-03-02T12:00:00Z", "kind": "started"}),
        json!({"type": "sprint_event", "id": "c", "sprint": "one", "at": "2026-03-16T12:00:00Z", "kind": "closed"}),
        item("kept", "a", &[]),
        item("left", "b", &[]),
        joined("kept", "one"),
        joined("left", "one"),
        json!({"type": "item_event", "id": "k", "item": "kept", "kind": "state", "new": "done", "at": "2026-03-05T09:00:00Z"}),
        json!({"type": "item_event", "id": "l", "item": "left", "kind": "left", "sprint": "one", "at": "2026-03-16T12:00:01Z"}),
    ];
    assert!(shell.import(&lines).status.success());
    let view = view(&shell, "one");
    let titles =
        |items: &[u32]| -> Vec<String> { items.iter().map(|n| view.plan.items[*n as usize].title.clone()).collect() };
    assert_eq!(
        (titles(&view.members), titles(&view.listed)),
        (vec!["kept".to_owned()], vec!["kept".to_owned(), "left".to_owned()])
    );
    let (from, to) = view.next_sprint_days(view.plan.sprints.first());
    let working = from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to);
    let weekend = |day: &jiff::civil::Date| {
        matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    };
    assert_eq!(working.filter(|day| !weekend(day)).count(), 10, "{from} to {to}");

    let list = shell.good(&["plan", "list", "--filter", "kept"]);
    assert!(list.contains("No items match here; 1 do elsewhere"), "{list}");
    assert!(shell.good(&["plan", "list", "--all", "--filter", "kept"]).contains("kept"));
    let sprints = shell.good(&["plan", "list", "--sprints"]);
    assert!(sprints.contains("2 items committed, 1 done"), "{sprints}");
}
