//! Lists as people have them: what a cell says wrong costs that cell, not the item.

use crate::shell::Shell;

#[test]
fn a_list_of_jira_tells_what_was_given_up_what_it_is_part_of_and_its_order() {
    let shell = Shell::new();
    let csv = "Summary,Issue key,Issue id,Status,Resolution,Custom field (Story Points),Custom field (Rank),\
               Custom field (Epic Link),Parent id\n\
               Epic,P-9,900,Open,,,0|z:,,\n\
               Late,P-1,101,Open,,2,0|i0000b:,P-9,\n\
               Early,P-2,102,Open,,abc,0|i0000a:,,900\n\
               Given up,P-3,103,Done,Won't Do,3,0|i0000c:,,\n\
               Twice,P-4,104,Closed,Duplicate,-5,0|i0000d:,,\n\
               Fine,P-5,105,Done,Done,5,0|i0000e:,,\n";
    std::fs::write(shell.file("jira.csv"), csv).unwrap();
    let report = shell.json(&["import", shell.file("jira.csv").to_str().unwrap(), "--csv-target", "item", "--json"]);
    assert_eq!(report["refused"], 0, "{report}");
    let told = report["unknown_keys"].to_string();
    assert!(told.contains(r#"\"abc\" is no estimate"#) && told.contains(r#"\"-5\" is no estimate"#), "{told}");
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    let of = |id: &str| &plan.items[plan.item(id).unwrap()];
    assert_eq!(["P-3", "P-4", "P-5"].map(|id| of(id).state.as_str()), ["cancelled", "cancelled", "done"]);
    assert_eq!(["P-1", "P-2"].map(|id| of(id).parent.as_deref()), [Some("P-9"), Some("P-9")]);
    assert!(plan.item("P-2").unwrap() < plan.item("P-1").unwrap(), "ranks tell their order");
}

#[test]
fn a_bad_day_is_left_empty_and_an_open_quote_is_named() {
    let shell = Shell::new();
    let csv = "Issue key,Summary,Due date\nA-1,One,31/Feb/24\nA-2,Two 5\" disk,01/Mar/24\nA-3,\"Three,\nA-4,Four,\n";
    std::fs::write(shell.file("list.csv"), csv).unwrap();
    let path = shell.file("list.csv");
    let ask = ["import", path.to_str().unwrap(), "--csv-target", "item", "--json"];
    let report: serde_json::Value = serde_json::from_slice(&shell.run(&ask).stdout).unwrap();
    let told = report.to_string();
    assert!(told.contains(r#"\"31/Feb/24\" is no day"#), "{told}");
    assert_eq!(report["records"]["item"]["new"], 2, "{told}");
    assert!(told.contains("a quote is opened here and never closed"), "{told}");
}

#[test]
fn a_quote_that_swallows_rows_is_named() {
    let shell = Shell::new();
    let csv = "Issue key,Summary,Labels\nA-1,\"two\nlines, fine \"\"so\"\"\",x\nA-2,\"unclosed here,\nA-3,three,\nA-4,\"four, ok\",\nA-5,\"Login\" button,\n";
    std::fs::write(shell.file("list.csv"), csv).unwrap();
    let ask = ["import", shell.file("list.csv").to_str().unwrap(), "--csv-target", "item", "--json"].map(str::to_owned);
    let ask: Vec<&str> = ask.iter().map(String::as_str).collect();
    let report: serde_json::Value = serde_json::from_slice(&shell.run(&ask).stdout).unwrap();
    assert!(report.to_string().contains("3 lines were read as one: is a quote missing?"), "{report}");
    assert_eq!((&report["records"]["item"]["new"], &report["refused"]), (&2.into(), &1.into()), "{report}");
}

#[test]
fn a_list_without_a_zone_is_refused_and_not_emptied() {
    let shell = Shell::new();
    let path = shell.file("jira.csv");
    for created in ["01/Nov/26 9:00 AM", "2026-11-01 09:00"] {
        std::fs::write(
            &path,
            format!("Issue key,Summary,Status,Resolution,Created\nZ-1,One,Resolved,Cannot Reproduce,{created}\n"),
        )
        .unwrap();
        let ask = ["import", path.to_str().unwrap(), "--csv-target", "item"];
        let done = shell.run(&ask);
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains("--zone") && !said.contains("left empty"), "{said}");
    }
    shell.good(&["import", path.to_str().unwrap(), "--csv-target", "item", "--zone", "UTC"]);
    let plan = gemba::engine::Workspace::open(&shell.file("g.db")).unwrap().plan().unwrap();
    assert_eq!((plan.items.len(), plan.items[0].state.as_str()), (1, "cancelled"));
}

#[test]
fn words_of_ones_own_for_states_are_said_once_and_remembered() {
    let shell = Shell::new();
    let list = "Key,Summary,Status,Story Points\nB-1,Pay,in Arbeit,5\nB-2,Ship,Fertig,3\nB-3,Pack,To Do,2\n";
    let path = shell.file("liste.csv");
    std::fs::write(&path, list).unwrap();
    let file = path.to_str().unwrap();
    shell.fails(&["import", file, "--state", "Fertig=ready to go"], "should be WORD=STATE");
    shell.good(&["import", file, "--state", "in arbeit=in_progress", "--state", "Fertig=done"]);
    let states = || {
        let found = shell.json(&["plan", "list", "--all", "--json"]);
        let states = found.as_array().unwrap().iter().map(|item| item["state"].as_str().unwrap().to_owned());
        states.collect::<Vec<String>>()
    };
    assert_eq!(states(), ["in_progress", "done", "backlog"]);
    // The next list of that header means the same.
    std::fs::write(&path, list.replace("To Do", "Fertig")).unwrap();
    let told = shell.good(&["import", file]);
    assert!(!told.contains("Fertig"), "{told}");
    assert_eq!(states(), ["in_progress", "done", "done"]);
}
