//! The brief of operations for a meeting.

use serde_json::json;

use crate::shell::Shell;

#[test]
fn the_brief_tells_what_is_ahead_and_what_came_of_what_operations_asked_for() {
    use gemba::engine::Workspace;
    let shell = Shell::new();
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let day = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    let at = |days: i64| format!("{}T09:00:00Z", day(days));
    let mut lines = vec![
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        json!({"type": "calendar_day", "team": "shop", "date": day(3), "working": false, "name": "Harvest day"}),
        json!({"type": "calendar_day", "team": "shop", "date": day(30), "working": false, "name": "After the sprint"}),
        json!({"type": "person", "id": "ann", "name": "Ann", "team": "shop"}),
        json!({"type": "absence", "id": "o1", "person": "ann", "from": day(-4), "to": day(2), "kind": "on_call"}),
        json!({"type": "absence", "id": "o2", "person": "ann", "from": day(60), "to": day(67), "kind": "on_call"}),
        json!({"type": "sprint", "id": "s1", "team": "shop", "name": "One", "starts_at": at(-20), "ends_at": at(-6)}),
        json!({"type": "sprint", "id": "s2", "team": "shop", "name": "Two", "starts_at": at(-1), "ends_at": at(13)}),
        json!({"type": "sprint_event", "id": "b", "sprint": "s1", "at": at(-20), "kind": "started"}),
        json!({"type": "sprint_event", "id": "c", "sprint": "s1", "at": at(-6), "kind": "closed"}),
    ];
    // Two actions of incidents and one feature in the first sprint; an action that nobody has planned.
    for (id, kind, points, done, due) in [
        ("fast", "incident_action", "2", Some(-15), Some(-10)),
        ("slow", "incident_action", "1", Some(-8), Some(-12)),
        ("new", "feature", "9", Some(-9), None),
        ("waits", "incident_action", "1", None, None),
    ] {
        lines.push(json!({"type": "item", "id": id, "title": id, "kind": kind, "state": if done.is_some() { "done" } else { "backlog" },
            "created_at": at(-24), "due": due.map(day)}));
        lines.push(json!({"type": "item_event", "id": format!("{id}e"), "item": id, "at": at(-23), "kind": "estimated", "new": points}));
        if let Some(done) = done {
            lines.push(json!({"type": "item_event", "id": format!("{id}j"), "item": id, "at": at(-22), "kind": "joined", "sprint": "s1"}));
            lines.push(json!({"type": "item_event", "id": format!("{id}d"), "item": id, "at": at(done), "kind": "state", "new": "done"}));
        }
    }
    let come = shell.import(&lines);
    assert!(come.status.success(), "{}", String::from_utf8_lossy(&come.stderr));
    let brief = Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("Two")).unwrap().meeting.brief;
    shell.good(&["plan", "rules", "shop", "--focus", "50", "--meetings", "5"]);
    let hours = Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("Two")).unwrap().hours;
    assert_eq!(hours[0].gross, f64::from(hours[0].working_days) * 4.0);
    assert_eq!(hours[0].meetings, 5.0);
    assert_eq!(brief.on_call, [("Ann".to_owned(), today, day(2))]);
    assert_eq!(brief.days_off, [(day(3), Some("Harvest day".to_owned()))]);
    let figures = brief.loop_figures;
    assert_eq!((figures.planned, figures.done), (Some((2.0, 2)), Some((9.0, 2))), "the lower of two is the median");
    assert_eq!((figures.in_time, figures.with_due), (1, 2));
    assert!((figures.share.unwrap() - 0.25).abs() < 1e-9, "{figures:?}");
}

#[test]
fn the_brief_tells_how_heavy_being_on_call_was_and_what_operations_knows_to_come() {
    let shell = Shell::new();
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let day = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    let at = |days: i64, time: &str| format!("{}T{time}:00Z", day(days));
    let incident = |id: &str, days: i64, from: &str, to: &str| {
        json!({"type": "incident", "id": id, "title": id, "service": "pay", "severity": 2,
            "started_at": at(days, from), "mitigated_at": at(days, to), "resolved_at": at(days, to)})
    };
    let shift = |id: &str, who: &str, from: i64, to: i64| json!({"type": "absence", "id": id, "person": who, "from": day(from), "to": day(to), "kind": "on_call"});
    let lines = [
        json!({"type": "team", "id": "shop", "name": "Shop"}),
        json!({"type": "service", "id": "pay", "name": "Pay", "team": "shop"}),
        json!({"type": "person", "id": "ann", "name": "Ann", "team": "shop"}),
        json!({"type": "person", "id": "bo", "name": "Bo", "team": "shop"}),
        json!({"type": "sprint", "id": "s1", "team": "shop", "name": "One", "starts_at": at(-24, "09:00"), "ends_at": at(-10, "09:00")}),
        json!({"type": "sprint", "id": "s2", "team": "shop", "name": "Two", "starts_at": at(-1, "09:00"), "ends_at": at(13, "09:00")}),
        json!({"type": "sprint_event", "id": "b", "sprint": "s1", "at": at(-24, "09:00"), "kind": "started"}),
        json!({"type": "sprint_event", "id": "c", "sprint": "s1", "at": at(-10, "09:00"), "kind": "closed"}),
        shift("o1", "ann", -8, -6),
        shift("o2", "bo", -5, -4),
        incident("noon", -7, "12:00", "13:00"),
        incident("late", -7, "23:30", "23:45"),
        incident("early", -7, "05:59", "06:14"),
        incident("of nobody", -3, "12:00", "13:00"),
    ];
    assert!(shell.import(&lines).status.success());
    let brief = |key: &str| shell.json(&["plan", "brief", "--sprint", "Two", "--json"])[key].clone();
    assert_eq!(
        brief("on_call_load"),
        json!([
            {"who": "Ann", "days": 3, "incidents": 3, "at_night": 2, "most_a_day": 3, "hours": 1.5},
            {"who": "Bo", "days": 2, "incidents": 0, "at_night": 0, "most_a_day": 0, "hours": 0.0},
        ])
    );
    assert_eq!(brief("ahead"), json!([]));

    let add = |what: &str, days: i64, kind: &str| {
        shell.good(&["plan", "ahead", "shop", what, "--on", &day(days).to_string(), "--kind", kind])
    };
    add("staging cluster", -2, "offer");
    add("freeze that is over", -1, "maintenance");
    add("far off", 60, "certificate");
    add("certificate of pay", 20, "certificate");
    let list = add("certificate of pay", 20, "certificate");
    assert_eq!(list.matches("certificate of pay").count(), 1, "told twice, it is known once: {list}");
    let told = |list: serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told(brief("ahead")), ["staging cluster", "certificate of pay", "far off"]);
    let text = shell.good(&["plan", "brief", "--sprint", "Two"]);
    assert!(text.contains("certificate: certificate of pay") && text.contains("Ann: 3 days, 3 incidents"), "{text}");
    shell.good(&["plan", "ahead", "shop", "--remove", "1"]);
    assert_eq!(told(brief("ahead")), ["certificate of pay", "far off"]);
    gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().run(gemba::engine::Command::Undo).unwrap();
    assert_eq!(told(brief("ahead")).len(), 3, "it can be undone");
    shell.fails(&["plan", "ahead", "shop", "--remove", "9"], "--remove 9");
    shell.fails(&["plan", "ahead", "nobody", "x", "--on", "2026-01-31"], "nobody");
    shell.fails(&["plan", "rules", "nobody", "--focus", "50"], "nobody");
}
