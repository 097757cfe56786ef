//! Planning in the window: completing a filter, changing several items, splitting, dragging, relations, drawings, reviews by
//! file, a retro, and what a team agrees on.

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use gemba::engine::{Cancel, CloseAsk, ImportRequest, ItemChange, Plan, Workspace};
use gemba::model::plan::{Item, ItemState};
use gemba::model::plan_rules::ReviewPolicy;
use gemba::model::record::Record;
use gemba::ui::Page;

use super::{Window, three_items};

impl Window {
    fn workspace(&self) -> Workspace {
        Workspace::open_reader(&self._folder.path().join("g.db")).unwrap()
    }

    fn plan(&self) -> Plan {
        self.workspace().plan().unwrap()
    }

    fn item(&self, id: &str) -> Item {
        let plan = self.plan();
        plan.items[plan.item(id).unwrap()].clone()
    }

    /// Until what was asked for is on the disk: the window shows it first.
    fn until(&mut self, is: impl Fn(&Self) -> bool) {
        let begun = std::time::Instant::now();
        while !is(self) {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "it never came to be");
            self.harness.step();
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.settle();
    }

    fn type_into(&mut self, field: &str, last: bool, text: &str) {
        let find = |window: &Self| {
            let mut found: Vec<_> = window
                .harness
                .get_all_by_role_and_label(Role::TextInput, field)
                .map(|node| node.accesskit_node().id())
                .collect();
            if last { found.pop().unwrap() } else { found.remove(0) }
        };
        let wanted = find(self);
        let node = |window: &Self| {
            window
                .harness
                .get_all_by_role_and_label(Role::TextInput, field)
                .position(|node| node.accesskit_node().id() == wanted)
                .unwrap()
        };
        let at = node(self);
        self.harness.get_all_by_role_and_label(Role::TextInput, field).nth(at).unwrap().focus();
        self.harness.step();
        let at = node(self);
        self.harness.get_all_by_role_and_label(Role::TextInput, field).nth(at).unwrap().type_text(text);
        self.settle();
    }

    /// In place of what stands in a field.
    fn write_over(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.harness.step();
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        self.harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
        self.settle();
    }

    fn center(&self, label: &str) -> egui::Pos2 {
        self.harness.get_by_label(label).rect().center()
    }
}

fn open() -> Window {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Dark);
    window.wait_for("3 without an estimate");
    window
}

#[test]
fn a_filter_is_completed_by_keys() {
    let mut window = open();
    window.press(Key::Slash);
    window.harness.get_by_role_and_label(Role::TextInput, "Filter items").type_text("-ki");
    window.settle();
    window.wait_for("-kind:");
    window.press(Key::Tab);
    window.harness.get_by_role_and_label(Role::TextInput, "Filter items").type_text("fea");
    window.settle();
    window.wait_for("-kind:feature");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    // What was taken is the filter: no feature is left.
    window.wait_for("0 items");
}

#[test]
fn chosen_items_are_changed_alike() {
    let mut window = open();
    for key in [Key::Space, Key::ArrowDown, Key::Space, Key::Enter] {
        window.press(key);
    }
    window.wait_for("Change 2 items");
    window.fill("Assignee", "Ann");
    window.fill("Points", "3");
    window.click("Save");
    window.until(|window| window.item("b").assignee.is_some());
    assert_eq!(window.item("a").estimates.unwrap().points, Some(3.0));
    assert_eq!((window.item("a").assignee.as_deref(), window.item("c").assignee.as_deref()), (Some("Ann"), None));
    window.command(Key::Z);
    window.until(|window| window.item("a").assignee.is_none());
}

#[test]
fn an_item_is_split_in_two() {
    let mut window = open();
    window.press(Key::X);
    window.wait_for("Split Pay by card");
    window.type_into("Title", true, "Pay by debit card");
    window.type_into("Points", true, "2");
    window.harness.get_all_by_label("Split").last().unwrap().click();
    window.wait_for("Feature: Pay by debit card");
    assert_eq!(window.plan().items.len(), 4);
    window.command(Key::Z);
    window.until(|window| window.plan().items.len() == 3);
}

#[test]
fn an_item_is_dragged_into_the_sprint_and_onto_another_place() {
    let mut window = open();
    let onto = window.center("Nothing is in this sprint: drag items here, or press M on one") + egui::vec2(0.0, 120.0);
    let from = window.center("Feature: Pay by invoice");
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    window.harness.hover_at(onto - egui::vec2(60.0, 0.0));
    window.harness.run_steps(2);
    window.harness.hover_at(onto);
    window.harness.run_steps(2);
    window.harness.drop_at(onto);
    window.until(|window| window.plan().members(Some(0)).len() == 1);
    // The third is let go on the upper half of the first: it stands before it.
    let above = window.center("Feature: Pay by card") - egui::vec2(0.0, 8.0);
    let from = window.center("Feature: Migrate the receipts");
    window.harness.drag_at(from);
    window.harness.run_steps(2);
    window.harness.hover_at(above + egui::vec2(20.0, 20.0));
    window.harness.run_steps(2);
    window.harness.hover_at(above);
    window.harness.run_steps(2);
    window.harness.drop_at(above);
    window.until(|window| window.item("c").rank < window.item("a").rank);
}

#[test]
fn an_item_waits_for_another_is_blocked_and_shows_its_drawing() {
    let mut window = open();
    let drawing = window._folder.path().join("flow.excalidraw");
    let shapes = r##"{"type":"excalidraw","elements":[
        {"type":"rectangle","x":0,"y":0,"width":200,"height":80,"strokeColor":"#1e1e1e","backgroundColor":"#a5d8ff"},
        {"type":"text","x":20,"y":30,"width":100,"height":20,"text":"Pay","strokeColor":"#1e1e1e"},
        {"type":"arrow","x":200,"y":40,"points":[[0,0],[120,0]],"endArrowhead":"arrow","strokeColor":"#e03131"}]}"##;
    std::fs::write(&drawing, shapes).unwrap();
    window.press(Key::Enter);
    window.wait_for("Waits for");
    window.type_into("Part of a title, or how an id ends", true, "receipts");
    window.click("Migrate the receipts");
    window.fill("Links", drawing.to_str().unwrap());
    window.click("Nobody can go on");
    window.fill("Why", "the bank is closed");
    window.click("Save");
    window.until(|window| window.item("a").depends_on.is_some());
    assert_eq!(window.item("a").depends_on, Some(vec!["c".to_owned()]));
    let blocked = window.plan().blocked[window.plan().item("a").unwrap()].clone();
    assert_eq!(blocked.unwrap().reason.as_deref(), Some("the bank is closed"));
    window.press(Key::Enter);
    window.wait_for("Show flow.excalidraw");
    window.click("Show flow.excalidraw");
    window.wait_for("A drawing of 3 shapes");
    std::fs::write(&drawing, "{\"type\":\n\"excalidraw\",").unwrap();
    window.press(Key::Escape);
    window.click("Show flow.excalidraw");
    window.click("Cancel");
    window.click("Messages");
    window.wait_for("line 2 is not JSON");
}

#[test]
fn operations_is_asked_by_file_and_its_answer_taken_over() {
    let mut window = open();
    window.press(Key::M);
    window.wait_for("2 without an estimate");
    let path = window._folder.path().join("ops.gemba-review");
    window.click("More");
    window.click("Ask operations by file…");
    window.wait_for("Writes the items");
    window.write_over("File", path.to_str().unwrap());
    window.click("Write the file");
    window.until(|_| path.exists());
    window.until(|window| window.plan().reviews.len() == 1);
    let mut file = gemba::engine::ReviewFile::read(&path).unwrap();
    let said = gemba::engine::ReviewSaid { state: "approved".to_owned(), ..Default::default() };
    file.answer(0, &said, Vec::new(), gemba::model::Time::now()).unwrap();
    file.write(&path).unwrap();
    window.click("More");
    window.click("Ask operations by file…");
    window.click("Take answers over");
    window.write_over("File", path.to_str().unwrap());
    window.click("Open");
    window.wait_for("Asked → Approved");
    window.click("Take over");
    window.until(|window| window.plan().reviews.len() == 2);
    assert_eq!(window.plan().review_of(0).unwrap().review.state, "approved");
}

#[test]
fn a_retro_is_kept_and_a_team_agrees_on_rules() {
    let mut window = open();
    window.click("More");
    window.click("Retro…");
    window.wait_for("Retro of Sprint 1");
    window.fill("What was said", "The build is slow");
    window.fill("What to do", "Cache the build");
    window.click("Keep");
    window.wait_for("Task: Cache the build");
    assert_eq!(window.plan().notes[0][0].text, "The build is slow");
    window.command(Key::Num6);
    window.click("Required for high risk");
    window.until(|window| {
        window.workspace().settings().unwrap().team("shop").review == ReviewPolicy::RequiredForHighRisk
    });
    window.command(Key::Z);
    window.until(|window| window.workspace().settings().unwrap().team("shop").review == ReviewPolicy::Advise);
    window.fill("Time zone of the team", "Pacific/Auckland");
    let zone = |window: &Window| window.workspace().settings().unwrap().team("shop").zone;
    window.until(|window| zone(window).as_deref() == Some("Pacific/Auckland"));
    window.command(Key::A);
    window.press(Key::Delete);
    window.until(|window| zone(window).is_none());
}

#[test]
fn the_board_has_lanes() {
    let mut window = open();
    for key in [Key::M, Key::M, Key::M] {
        window.press(key);
    }
    window.wait_for("0 items");
    window.click("Board");
    window.wait_for("To do");
    window.harness.get_by_label("Lanes").click();
    window.settle();
    window.click("By kind");
    window.wait_for("3 items");
    // The name of the lane, beside the kind of each of its cards.
    assert_eq!(window.harness.get_all_by_label("Feature").count(), 4);
}

fn one_of_ann_and_two_of_bo(path: &std::path::Path) {
    three_items(path);
    let workspace = Workspace::open(path).unwrap();
    for (id, who) in [("a", "Ann"), ("b", "Bo"), ("c", "Bo")] {
        let change = ItemChange {
            sprint: Some("Sprint 1".to_owned()),
            assignee: Some(who.to_owned()),
            state: Some(ItemState::Ready),
            ..ItemChange::default()
        };
        workspace.change_item(id, &change).unwrap();
    }
}

#[test]
fn a_card_goes_to_another_lane_and_back_to_the_one_it_left_empty() {
    let mut window = Window::open(one_of_ann_and_two_of_bo, Page::Plan, egui::Theme::Light);
    window.wait_for("Sprint 1");
    window.click("Board");
    window.wait_for("To do");
    window.harness.get_by_label("Lanes").click();
    window.settle();
    window.click("By person");
    window.wait_for("2 items");
    let drag = |window: &mut Window, onto: egui::Vec2, lane: &str| {
        let card = window.harness.get_by_role_and_label(Role::ListItem, "Pay by card").rect();
        let (from, onto) = (card.center(), window.center(lane) + onto);
        window.harness.drag_at(from);
        window.harness.run_steps(2);
        for at in [onto - egui::vec2(9.0, 9.0), onto] {
            window.harness.hover_at(at);
            window.harness.run_steps(2);
        }
        window.harness.drop_at(onto);
    };
    drag(&mut window, egui::vec2(40.0, 60.0), "Bo");
    window.until(|window| window.item("a").assignee.as_deref() == Some("Bo"));
    window.wait_for("0 items");
    drag(&mut window, egui::vec2(40.0, 50.0), "Ann");
    window.until(|window| window.item("a").assignee.as_deref() == Some("Ann"));
    assert_eq!(window.item("a").state, ItemState::Ready);
}

#[test]
fn a_card_that_is_moved_by_keys_stays_the_one_that_is_meant() {
    let mut window = Window::open(one_of_ann_and_two_of_bo, Page::Plan, egui::Theme::Dark);
    window.wait_for("Sprint 1");
    window.click("Board");
    window.wait_for("To do");
    for state in [ItemState::InProgress, ItemState::InReview] {
        window.harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowRight);
        window.until(|window| window.item("a").state == state);
    }
    assert_eq!((window.item("b").state, window.item("c").state), (ItemState::Ready, ItemState::Ready));
    // A key that chooses from a list does nothing else.
    window.harness.get_by_label("Lanes").focus();
    window.harness.step();
    for key in [Key::Enter, Key::ArrowDown, Key::Enter] {
        window.press(key);
    }
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Title").is_none());
}

#[test]
fn a_meeting_is_about_a_sprint_that_can_be_planned() {
    let mut window = Window::open(changed_after_close, Page::Plan, egui::Theme::Dark);
    window.wait_for("Sprint 1");
    window.press(Key::P);
    // There is no other: it begins with planning one.
    window.wait_for("Last day");
    assert!(window.harness.query_by_label("Next").is_none());
}

#[test]
fn what_was_typed_for_another_item_and_fits_none_is_not_dropped() {
    let mut window = open();
    window.press(Key::N);
    window.fill("Title", "Refunds");
    window.type_into("Part of a title, or how an id ends", false, "zzzz");
    window.wait_for("No item fits");
    window.wait_for("An item that is waited for or belonged to is one of those offered: take one, or empty the field");
    window.press(Key::Enter);
    window.harness.get_by_role_and_label(Role::TextInput, "Title");
    assert_eq!(window.plan().items.len(), 3);
}

#[test]
fn names_that_are_known_complete_what_is_typed() {
    let mut window = Window::open(one_of_ann_and_two_of_bo, Page::Plan, egui::Theme::Light);
    window.wait_for("Sprint 1");
    window.press(Key::N);
    window.fill("Title", "Refunds");
    window.type_into("Assignee", false, "an");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    let value = |window: &Window| window.harness.get_by_role_and_label(Role::TextInput, "Assignee").value().unwrap();
    assert_eq!(value(&window), "Ann");
    // The next Enter keeps the form.
    window.press(Key::Enter);
    window.until(|window| {
        window.plan().items.iter().any(|item| item.assignee.as_deref() == Some("Ann") && item.title == "Refunds")
    });
}

#[test]
fn an_empty_plan_hears_its_key_too() {
    let mut window = Window::open(|_| {}, Page::Plan, egui::Theme::Light);
    window.wait_for("Nothing is planned yet: add the first item");
    window.press(Key::N);
    window.wait_for_role(Role::TextInput, "Title");
}

#[test]
fn an_incident_asks_for_an_item_with_its_origin_and_a_day() {
    let mut window = Window::open(super::week, Page::Loop, egui::Theme::Light);
    window.harness.get_all_by_label_contains("Errors in checkout").next().unwrap().click();
    window.wait_for("Make it an item of the plan");
    window.fill("What is to be done", "Alert on failed payments");
    window.fill("Who", "Ann");
    window.click("Add item");
    window.until(|window| window.plan().items.len() == 1);
    let item = &window.plan().items[0];
    let origin = item.origin.as_ref().unwrap();
    assert_eq!((origin.kind.as_str(), origin.id.as_str()), ("incident", "i1"));
    assert_eq!((item.assignee.as_deref(), item.service.as_deref()), (Some("Ann"), Some("web")));
    assert_eq!(item.labels, Some(vec!["mitigate".to_owned()]));
    // The incident is long over: the day follows from its severity and never lies in the past.
    assert!(item.due.unwrap() >= jiff::Zoned::now().date().yesterday().unwrap());
}

/// A plan in which something waits for somebody.
fn late_plan(path: &std::path::Path) {
    three_items(path);
    let workspace = Workspace::open(path).unwrap();
    let file = path.with_file_name("late.jsonl");
    let lines = [
        r#"{"type":"sprint","id":"s0","team":"shop","name":"Sprint 0","starts_at":"2020-01-06T09:00:00Z","ends_at":"2020-01-17T17:00:00Z","started_at":"2020-01-06T09:00:00Z"}"#,
        r#"{"type":"sprint_event","id":"e1","sprint":"s0","at":"2020-01-06T09:00:00Z","kind":"started"}"#,
        r#"{"type":"item","id":"d","title":"Rotate the keys","kind":"ops","state":"ready","rank":"d","due":"2020-02-01"}"#,
        r#"{"type":"item","id":"e","title":"Long done","kind":"ops","state":"done","rank":"e","due":"2020-02-01"}"#,
        r#"{"type":"ops_review","id":"r1","item":"a","state":"asked","by":"Ann","at":"2026-01-05T09:00:00Z"}"#,
        r#"{"type":"ops_review","id":"r2","item":"b","state":"asked","by":"Ann","at":"2026-01-05T09:00:00Z"}"#,
        r#"{"type":"ops_review","id":"r3","item":"b","state":"approved","by":"Bo","at":"2026-01-06T09:00:00Z"}"#,
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
}

#[test]
fn what_waits_in_the_plan_is_told_on_the_first_page_and_leads_there() {
    let mut window = Window::open(late_plan, Page::Loop, egui::Theme::Dark);
    window.wait_for("Overdue item: Rotate the keys");
    window.harness.get_by_label("Sprint to close: Sprint 0");
    window.harness.get_by_label("Review asked: Pay by card");
    for absent in ["Overdue item: Long done", "Review asked: Pay by invoice"] {
        assert!(window.harness.query_by_label(absent).is_none(), "{absent}");
    }
    window.click("Overdue item: Rotate the keys");
    window.wait_for("Belongs to");
    assert_eq!(window.harness.get_by_role_and_label(Role::TextInput, "Title").value().unwrap(), "Rotate the keys");
}

/// A sprint that was closed here, of which something was told afterwards that had happened before.
fn changed_after_close(path: &std::path::Path) {
    three_items(path);
    let workspace = Workspace::open(path).unwrap();
    for (item, points) in [("a", 5.0), ("b", 3.0)] {
        let change =
            ItemChange { sprint: Some("Sprint 1".to_owned()), points: Some(Some(points)), ..ItemChange::default() };
        workspace.change_item(item, &change).unwrap();
    }
    let started = workspace.start_sprint("Sprint 1", Some("Pay without a call"), None).unwrap();
    let done = ItemChange { state: Some(ItemState::Done), ..ItemChange::default() };
    workspace.change_item("a", &done).unwrap();
    workspace.close_sprint("Sprint 1", &CloseAsk::default()).unwrap();
    let file = path.with_file_name("after.jsonl");
    let at = started.counted.started_at;
    let line = format!(
        r#"{{"type":"item_event","id":"late","item":"b","at":"{at}","seq":99,"kind":"state","new":"cancelled"}}"#
    );
    std::fs::write(&file, line).unwrap();
    workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
}

#[test]
fn the_report_of_a_closed_sprint_stays_and_can_be_held_against_what_is_counted_now() {
    let mut window = Window::open(changed_after_close, Page::Plan, egui::Theme::Dark);
    window.wait_for("Charts");
    window.click("Charts");
    window.wait_for("Sprint report");
    window.harness.get_by_label("Completed: one item");
    window.harness.get_by_label("Not completed: one item");
    assert!(window.harness.query_by_label("Cancelled: one item").is_none());
    window.click("As counted now");
    window.wait_for("Cancelled: one item");
    assert!(window.harness.query_by_label("Not completed: one item").is_none());
    window.click("As kept at the close");
    window.wait_for("Not completed: one item");
    // An item of the report is opened from it.
    window.click("Pay by invoice");
    window.wait_for("Belongs to");
}

#[test]
fn the_charts_of_the_plan_are_read_as_tables_too() {
    let mut window = Window::open(changed_after_close, Page::Plan, egui::Theme::Dark);
    window.wait_for("Charts");
    window.press(Key::T);
    window.wait_for("When");
    assert!(window.harness.get_all_by_label("Pay by card").next().is_some());
    window.harness.get_by_label("Say/do");
    window.press(Key::T);
    window.wait_for("Sprint report");
}

#[test]
fn a_team_is_made_renamed_and_a_person_moves_to_it() {
    let mut window = open();
    let teams = |window: &Window| -> Vec<String> {
        let records = window.workspace().outline().unwrap().records;
        let name = |record: &Record| if let Record::Team(team) = record { Some(team.name.clone()) } else { None };
        records.iter().filter_map(name).collect()
    };
    window.command(Key::Num6);
    window.click("New team…");
    window.wait_for("Team");
    window.type_into("Name", true, "Night crew");
    window.click("Save");
    window.until(|window| teams(window).contains(&"Night crew".to_owned()));
    window.click("Rename team…");
    window.type_into("Name", true, " floor");
    window.click("Save");
    window.until(|window| teams(window).iter().any(|name| name.contains(" floor")));
    // Below what can be seen.
    window.harness.get_by_label("Add person").click_accesskit();
    window.wait_for("Hours a day");
    window.type_into("Name", true, "Ann");
    window.harness.get_all_by_role_and_label(Role::ComboBox, "Team").last().unwrap().click();
    window.wait_for("Night crew");
    window.click("Night crew");
    window.click("Save");
    window.until(|window| window.plan().people.iter().any(|person| person.team.as_deref() == Some("night-crew")));
}

#[test]
fn a_sprint_gets_another_goal_and_another_end() {
    let mut window = open();
    let sprint = |window: &Window| window.plan().sprints[0].clone();
    let before = sprint(&window);
    window.click("More");
    window.click("Goal, name and days…");
    window.wait_for("Last day");
    window.fill("Goal", "Refunds work");
    window.fill("Last day", "2099-02-01");
    window.press(Key::Enter);
    window.until(|window| sprint(window).goal.as_deref() == Some("Refunds work"));
    assert_eq!(sprint(&window).ends_at.to_string()[..10].to_owned(), "2099-02-01");
    assert_ne!(sprint(&window).ends_at, before.ends_at);
    window.command(Key::Z);
    window.until(|window| sprint(window).ends_at == before.ends_at && sprint(window).goal == before.goal);
}

#[test]
fn what_was_typed_is_not_dropped_by_a_stray_key() {
    let mut window = open();
    window.press(Key::Enter);
    window.wait_for_role(Role::TextInput, "Title");
    window.press(Key::Escape);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Title").is_none(), "nothing was typed");
    window.press(Key::Enter);
    window.write_over("Title", "Pay by phone");
    window.press(Key::Escape);
    window.wait_for("Drop what you changed?");
    // A second press is no answer that loses anything.
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("Drop what you changed?").is_none());
    window.harness.get_by_role_and_label(Role::TextInput, "Title");
    window.press(Key::Escape);
    window.press(Key::Enter);
    assert!(window.harness.query_by_label("Drop what you changed?").is_none(), "Enter keeps it");
    window.press(Key::Escape);
    window.click("Drop it");
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Title").is_none());
    assert_ne!(window.item("a").title, "Pay by phone");
    // Opened anew, the form holds nothing that was typed.
    window.press(Key::Enter);
    window.press(Key::Escape);
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "Title").is_none());
}
