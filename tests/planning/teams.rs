//! What is one team's and what another's.

use serde_json::{Value, json};

use crate::shell::Shell;

fn done(id: &str, day: u32, service: Option<&str>) -> Value {
    let mut item = json!({"type": "item", "id": id, "title": id, "kind": "task", "state": "done",
        "started_at": format!("2026-03-{day:02}T08:00:00Z"), "done_at": format!("2026-03-{day:02}T12:00:00Z")});
    if let Some(service) = service {
        item["service"] = service.into();
    }
    item
}

#[test]
fn a_team_s_forecast_draws_from_its_own_work() {
    let shell = Shell::new();
    let mut lines = vec![
        json!({"type": "team", "id": "alpha", "name": "Alpha"}),
        json!({"type": "team", "id": "beta", "name": "Beta"}),
        json!({"type": "service", "id": "mail", "name": "Mail", "team": "alpha"}),
        json!({"type": "sprint", "id": "b1", "team": "beta", "name": "Beta 1", "starts_at": "2026-03-01T00:00:00Z",
            "ends_at": "2026-03-31T00:00:00Z", "started_at": "2026-03-01T00:00:00Z"}),
    ];
    for day in 1..=30 {
        lines.push(done(&format!("a{day}"), day, Some("mail")));
        for n in 0..6 {
            let id = format!("b{day}-{n}");
            lines.push(done(&id, day, None));
            lines.push(json!({"type": "item_event", "id": format!("{id} in"), "item": id, "kind": "joined",
                "sprint": "b1", "at": "2026-03-01T00:00:00Z"}));
        }
    }
    assert!(shell.import(&lines).status.success());
    let finished = |team: &[&str]| {
        let ask = [&["forecast", "--until", "2026-03-30", "--days", "10", "--json"], team].concat();
        let found = shell.json(&ask);
        (found["finished"].as_u64().unwrap(), found["how_many"][0][1].as_u64().unwrap())
    };
    assert_eq!(finished(&["--team", "alpha"]), (30, 10));
    assert_eq!(finished(&["--team", "beta"]), (180, 60));
    assert_eq!(finished(&[]), (210, 70));
    // The window looks at the team of the sprint in sight.
    let view = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan_view(Some("Beta 1")).unwrap();
    assert_eq!((view.outlook.unwrap().finished, view.cycle_times.n), (180, 180));
    // Old data is looked at as it was at its end, as the window does.
    let told = shell.json(&["forecast", "--days", "10", "--json"]);
    assert_eq!((&told["sample_to"], &told["finished"]), (&json!("2026-03-30"), &json!(210)));
}

#[test]
fn the_meeting_of_a_team_tells_of_its_own_services_and_of_its_own_sprints() {
    let shell = Shell::new();
    let day = |ago: i64| {
        let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
        today.saturating_sub(jiff::Span::new().days(ago))
    };
    let moment = |ago: i64| format!("{}T09:00:00Z", day(ago));
    let sprint = |id: &str, team: &str, from: i64, to: i64| json!({"type": "sprint", "id": id, "team": team, "name": id, "starts_at": moment(from), "ends_at": moment(to)});
    let event = |sprint: &str, kind: &str, ago: i64| json!({"type": "sprint_event", "id": format!("{sprint} {kind}"), "sprint": sprint, "kind": kind, "at": moment(ago)});
    let mut lines = vec![
        json!({"type": "environment", "id": "prod", "name": "Production", "class": "production"}),
        sprint("A1", "alpha", 40, 19),
        event("A1", "started", 40),
        event("A1", "closed", 19),
        sprint("A2", "alpha", 18, -3),
        event("A2", "started", 18),
        sprint("A3", "alpha", -4, -18),
        sprint("B9", "beta", 2, -40),
    ];
    for team in ["alpha", "beta"] {
        lines.push(json!({"type": "team", "id": team, "name": team}));
        lines.push(
            json!({"type": "service", "id": format!("{team}-s"), "name": format!("{team} service"), "team": team}),
        );
    }
    // Alpha deployed three times since the planning of its last closed sprint, once before; beta every other day.
    for ago in [5, 10, 30, 60].into_iter().map(|ago| ("alpha", ago)).chain((1..40).step_by(2).map(|ago| ("beta", ago)))
    {
        lines.push(
            json!({"type": "deployment", "id": format!("{} {}", ago.0, ago.1), "service": format!("{}-s", ago.0),
            "environment": "prod", "status": "succeeded", "finished_at": moment(ago.1)}),
        );
        lines.push(json!({"type": "incident", "id": format!("{} {}", ago.0, ago.1), "title": "Down", "service": format!("{}-s", ago.0),
            "started_at": moment(ago.1), "declared_at": moment(ago.1), "resolved_at": moment(ago.1)}));
    }
    lines.push(json!({"type": "item", "id": "i", "title": "Work", "kind": "task", "state": "ready"}));
    lines.push(
        json!({"type": "item_event", "id": "i in", "item": "i", "kind": "joined", "sprint": "A3", "at": moment(1)}),
    );
    assert!(shell.import(&lines).status.success());
    let workspace = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap();
    let view = workspace.plan_view(Some("A3")).unwrap();
    let brief = &view.meeting.brief;
    assert_eq!((brief.deployments, brief.incidents), (3, 3), "since the planning of A1, of alpha");
    assert!(brief.services.iter().all(|service| service.service == "alpha-s"), "{:?}", brief.services);
    let goes_on =
        view.meeting.doubts.iter().any(|doubt| matches!(doubt, gemba::engine::Doubt::GoesOn(name) if name == "A2"));
    assert!(goes_on, "{:?}", view.meeting.doubts);
    // The next sprint is alpha's, as long as its last: ten working days, whatever beta does.
    let last = view.plan.sprints.iter().rfind(|sprint| sprint.team == "alpha");
    let (from, to) = view.next_sprint_days(last);
    let works = |day: &jiff::civil::Date| {
        !matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday)
    };
    assert!(works(&from) && works(&to) && from > day(-18) && from <= day(-21), "{from} {to}");
}

#[test]
fn reports_that_were_kept_without_their_sums_tell_the_same() {
    let shell = Shell::new();
    let mut lines = vec![
        json!({"type": "team", "id": "alpha", "name": "Alpha"}),
        json!({"type": "sprint", "id": "a1", "team": "alpha", "name": "A 1", "starts_at": "2026-03-01T00:00:00Z",
            "ends_at": "2026-03-14T00:00:00Z", "started_at": "2026-03-01T00:00:00Z", "closed_at": "2026-03-14T00:00:00Z"}),
    ];
    for (id, at) in [("i1", "2026-02-28T00:00:00Z"), ("i2", "2026-03-03T00:00:00Z")] {
        lines.push(done(id, 5, None));
        lines.push(json!({"type": "item_event", "id": format!("{id} in"), "item": id, "kind": "joined", "sprint": "a1", "at": at}));
    }
    assert!(shell.import(&lines).status.success());
    let path = shell.file("g.db");
    let closed = || gemba::engine::Workspace::open(&path).unwrap().plan_view(Some("A 1")).unwrap().closed;
    let before = closed();
    assert_eq!((before[0].completed.items, before[0].completed_added.items), (2, 1));
    let db = rusqlite::Connection::open(&path).unwrap();
    let counts = "SELECT count(*), count(sums) FROM sprint_report";
    let (kept, summed): (i64, i64) = db.query_row(counts, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert!(kept > 0 && kept == summed, "{summed} of {kept}");
    // A workspace of before sums were kept has none.
    db.execute("UPDATE sprint_report SET sums = NULL", []).unwrap();
    assert_eq!(closed(), before);
    // And where they are, the report is not read.
    db.execute("UPDATE sprint_report SET report = '{}'", []).unwrap();
    assert_eq!(closed()[0].completed.items, 2);
}
