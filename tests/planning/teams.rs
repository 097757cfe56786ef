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
