//! The plan of a large workspace, for measurements: 50,000 items with 500,000 events in 200 sprints.

use gemba::engine::{Cancel, ImportRequest, Workspace};
use gemba::model::Time;

pub const ITEMS: u32 = 50_000;
pub const SPRINTS: u32 = 200;
pub const DAY: i64 = 86_400_000_000;

/// Such a plan in a workspace of its own, through the import.
pub fn filled(folder: &std::path::Path) -> Workspace {
    use std::io::Write as _;
    let file = folder.join("plan.jsonl");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).expect("room on the disk"));
    let mut line = |text: String| writeln!(out, "{text}").expect("room on the disk");
    let start = |sprint: u32| 1_600_000_000_000_000 + i64::from(sprint) * 14 * DAY;
    line(r#"{"type":"team","id":"shop","name":"Shop"}"#.to_owned());
    for n in 0..SPRINTS {
        let (from, to) = (Time(start(n)), Time(start(n) + 13 * DAY));
        line(format!(
            r#"{{"type":"sprint","id":"s{n}","team":"shop","name":"Sprint {n}","starts_at":"{from}","ends_at":"{to}"}}"#
        ));
        for (at, kind) in [(from, "started"), (to, "closed")] {
            line(format!(
                r#"{{"type":"sprint_event","id":"s{n}/{kind}","sprint":"s{n}","at":"{at}","kind":"{kind}"}}"#
            ));
        }
    }
    for n in 0..ITEMS {
        let (sprint, from) = (n % SPRINTS, start(n % SPRINTS) - DAY);
        let created = Time(from - DAY);
        line(format!(
            r#"{{"type":"item","id":"SHOP-{n}","title":"Pay by card in shop number {n}","kind":"feature","state":"done","created_at":"{created}"}}"#
        ));
        let events = [
            ("estimated", format!(r#""new":"{}""#, n % 8)),
            ("joined", format!(r#""sprint":"s{sprint}""#)),
            ("state", r#""new":"ready""#.to_owned()),
            ("state", r#""new":"in_progress""#.to_owned()),
            ("estimated", format!(r#""new":"{}""#, n % 5)),
            ("state", r#""new":"in_review""#.to_owned()),
            ("state", r#""new":"in_progress""#.to_owned()),
            ("state", r#""new":"in_review""#.to_owned()),
            ("estimated", r#""new":"3""#.to_owned()),
            ("state", r#""new":"done""#.to_owned()),
        ];
        for (seq, (kind, more)) in events.into_iter().enumerate() {
            let at = Time(from + seq as i64 * DAY + i64::from(n) * 1_000_000);
            line(format!(
                r#"{{"type":"item_event","id":"{n}/{seq}","item":"SHOP-{n}","at":"{at}","seq":{seq},"kind":"{kind}",{more}}}"#
            ));
        }
    }
    drop(out);
    let workspace = Workspace::open(&folder.join("g.db")).expect("room on the disk");
    workspace.import(&ImportRequest::of_path(file), &Cancel::default(), |_| {}).expect("room on the disk");
    workspace
}
