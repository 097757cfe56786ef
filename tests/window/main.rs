//! The window by role and label, and its pictures; drawn in memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

#[path = "../support/fault_server.rs"]
#[allow(dead_code, reason = "its faults are for other tests")]
mod fault_server;

mod planning;

use std::path::Path;
use std::time::{Duration, Instant};

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, TestRenderer};
use gemba::engine::{Cancel, ImportRequest, Secrets, Workspace};
use gemba::model::Time;
use gemba::ui::raster::Raster;
use gemba::ui::{App, Page};

/// Our own rasteriser as the harness's renderer: the same bytes on every machine.
#[derive(Default)]
struct InMemory(Raster);

impl TestRenderer for InMemory {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        self.0.update(delta);
        delta.clear();
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        let scale = output.pixels_per_point;
        let size = ctx.content_rect().size() * scale;
        let primitives = ctx.tessellate(output.shapes.clone(), scale);
        Ok(self.0.draw(&primitives, [size.x.round() as usize, size.y.round() as usize], scale, egui::Color32::BLACK))
    }
}

struct Window {
    harness: Harness<'static, App>,
    _folder: tempfile::TempDir,
}

fn sample(path: &Path) {
    let mut workspace = Workspace::open(path).unwrap();
    workspace.make_sample(Time::parse("2026-01-31T12:00:00Z").unwrap()).unwrap();
}

fn week(path: &Path) {
    let workspace = Workspace::open(path).unwrap();
    let file = path.with_file_name("week.jsonl");
    let lines = [
        r#"{"type":"service","id":"web","name":"Web shop"}"#.to_owned(),
        r#"{"type":"environment","id":"prod","name":"Production","class":"production"}"#.to_owned(),
        r#"{"type":"run","pipeline":"deploy","id":"1","status":"succeeded","branch":"main","started_at":"2024-03-04T09:30:00Z","finished_at":"2024-03-04T10:00:00Z","stages":[{"name":"build","status":"succeeded","started_at":"2024-03-04T09:30:00Z","finished_at":"2024-03-04T09:40:00Z"}]}"#.to_owned(),
        r#"{"type":"deployment","id":"d1","service":"web","environment":"prod","status":"succeeded","version":"1","finished_at":"2024-03-04T10:00:00Z","run":{"pipeline":"deploy","id":"1"}}"#.to_owned(),
        r#"{"type":"change","repo":"web","id":"7","title":"Faster checkout","created_at":"2024-03-04T08:00:00Z"}"#.to_owned(),
        r#"{"type":"incident","id":"i1","title":"Errors in checkout","service":"web","environment":"prod","started_at":"2024-03-04T10:30:00Z"}"#.to_owned(),
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
}

impl Window {
    fn open(fill: impl FnOnce(&Path), page: Page, theme: egui::Theme) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("g.db");
        fill(&path);
        let harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_theme(theme)
            .with_max_steps(64)
            .renderer(InMemory::default())
            .build_eframe(|cc| App::for_picture(&cc.egui_ctx, &path, page).unwrap());
        let mut window = Self { harness, _folder: folder };
        window.settle();
        window
    }

    /// Steps until the engine has answered and the page has come to rest.
    fn settle(&mut self) {
        let begun = Instant::now();
        let mut steady = 0;
        while steady < 6 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the page did not settle");
            self.harness.step();
            steady = if self.harness.state().is_settled() { steady + 1 } else { 0 };
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    fn wait_for(&mut self, label: &str) {
        let begun = Instant::now();
        while self.harness.query_all_by_label_contains(label).next().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "\"{label}\" never came");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        // What has just opened finds its place and size in the next frames.
        self.settle();
    }

    fn wait_for_role(&mut self, role: Role, label: &str) {
        let begun = Instant::now();
        while self.harness.query_all_by_role_and_label(role, label).next().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the {role:?} \"{label}\" never came");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.settle();
    }

    fn fill(&mut self, field: &str, text: &str) {
        self.harness.get_by_role_and_label(Role::TextInput, field).focus();
        self.harness.step();
        // What stands there is replaced.
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
        self.harness.step();
        self.harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
        self.settle();
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.settle();
    }

    fn command(&mut self, key: Key) {
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, key);
        self.settle();
    }

    /// Adds a file through the dialog, from the Sources page.
    fn add_file(&mut self, file: &Path) {
        self.fill_path(file);
        self.click("Import");
    }

    fn fill_path(&mut self, file: &Path) {
        self.command(Key::N);
        self.harness.get_by_role_and_label(Role::TextInput, "Path").focus();
        self.harness.step();
        self.harness.get_by_role_and_label(Role::TextInput, "Path").type_text(file.to_str().unwrap());
        self.settle();
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.settle();
    }
}

#[test]
fn every_page_comes_to_rest_in_both_themes_and_its_picture_is_the_same_twice() {
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        let mut window = Window::open(sample, Page::Loop, theme);
        for (number, page) in Page::ALL.into_iter().enumerate() {
            window.command([Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6][number]);
            // Panics on a glyph that no font has, on an input without a name, and if the page never rests.
            window.harness.run();
            window.harness.get_by_role_and_label(Role::Heading, page.title());
            let (first, second) = (window.harness.render().unwrap(), window.harness.render().unwrap());
            assert!(first == second, "{page:?}");
            let background = *first.get_pixel(first.width() - 4, first.height() / 2);
            let drawn = first.pixels().filter(|pixel| **pixel != background).count();
            assert!(drawn > 20_000, "{page:?} in {theme:?} draws {drawn} pixels");
        }
    }
}

#[test]
fn an_empty_workspace_offers_its_ways_in() {
    let mut window = Window::open(|_| {}, Page::Loop, egui::Theme::Dark);
    window.harness.run();
    for way in ["A sample workspace", "A git repository", "A CI/CD system", "A file"] {
        window.harness.get_by_label(way);
    }
    window.command(Key::K);
    window.harness.get_by_role(Role::TextInput).type_text("connect gitlab");
    window.settle();
    window.press(Key::Enter);
    window.wait_for_role(Role::TextInput, "Connection name");
}

#[test]
fn what_lies_below_a_dialog_is_not_left_by_keys() {
    let mut window = Window::open(sample, Page::Loop, egui::Theme::Dark);
    window.command(Key::K);
    window.command(Key::Num3);
    window.press(Key::Escape);
    window.harness.get_by_role_and_label(Role::Heading, "Loop");
    window.command(Key::Num3);
    window.harness.get_by_role_and_label(Role::Heading, "Delivery");
}

#[test]
fn enter_below_a_dialog_opens_no_run() {
    let mut window = Window::open(sample, Page::Pipelines, egui::Theme::Dark);
    window.wait_for_role(Role::Button, "Start a pipeline…");
    window.click("Start a pipeline…");
    window.wait_for("Start a pipeline");
    window.press(Key::Enter);
    window.settle();
    assert!(window.harness.query_by_label("Compare…").is_none(), "the run below the dialog was opened");
}

#[test]
fn the_palette_finds_delivery_by_the_word_people_type() {
    let mut window = Window::open(sample, Page::Loop, egui::Theme::Dark);
    window.command(Key::K);
    window.harness.get_by_role(Role::TextInput).type_text("mttr");
    window.settle();
    window.press(Key::Enter);
    window.harness.get_by_role_and_label(Role::Heading, "Delivery");
    window.harness.key_press_modifiers(egui::Modifiers::ALT, Key::ArrowLeft);
    window.settle();
    window.harness.get_by_role_and_label(Role::Heading, "Loop");
    // A name mixed with another word for it.
    window.command(Key::K);
    window.harness.get_by_role(Role::TextInput).type_text("tables data");
    window.settle();
    window.press(Key::Enter);
    window.wait_for("Recovered");
}

#[test]
fn a_figure_opens_to_its_rows_and_a_row_to_its_deployment() {
    let mut window = Window::open(sample, Page::Delivery, egui::Theme::Dark);
    let card = window
        .harness
        .get_all_by_role(Role::Button)
        .find(|node| format!("{node:?}").contains("Change fail rate:"))
        .unwrap();
    card.click();
    window.settle();
    window.wait_for("rows counted");
    let row =
        window.harness.get_all_by_role(Role::Button).find(|node| format!("{node:?}").contains("deployment ")).unwrap();
    row.click();
    window.settle();
    window.wait_for("Mark as rework");
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("Mark as rework").is_none());
    window.press(Key::Escape);
    assert!(window.harness.query_all_by_label_contains("rows counted").next().is_none());
}

#[test]
fn a_cause_is_confirmed_by_a_person_and_undone() {
    let mut window = Window::open(week, Page::Loop, egui::Theme::Dark);
    window.click("Open incident: Errors in checkout");
    window.wait_for("Candidate causes");
    window.click("Confirm");
    window.wait_for("confirmed");
    window.press(Key::Escape);
    window.wait_for("Failed deployment: ");
    window.command(Key::Z);
    let begun = Instant::now();
    while window.harness.query_all_by_label_contains("Failed deployment: ").next().is_some() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the undo was not seen");
        window.settle();
    }
}

#[test]
fn the_runs_are_moved_through_and_opened_by_keyboard() {
    let mut window = Window::open(week, Page::Pipelines, egui::Theme::Light);
    window.command(Key::Num4);
    window.harness.get_by_label("All time").click();
    window.wait_for("1 of 1 runs");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.wait_for("Stages");
    window.harness.get_by_label("build");
    window.press(Key::Escape);
    assert!(window.harness.query_by_label("Stages").is_none());
}

/// A run of the sample's day, later than those before it.
fn add_run(path: &Path, id: u32) {
    let file = path.with_file_name(format!("run{id}.jsonl"));
    let line = format!(
        r#"{{"type":"run","pipeline":"deploy","id":"r{id}","status":"failed","branch":"b{id}","started_at":"2024-03-09T09:{id:02}:00Z","finished_at":"2024-03-09T10:00:00Z"}}"#
    );
    std::fs::write(&file, line).unwrap();
    Workspace::open(path).unwrap().import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
}

#[test]
fn the_chosen_run_stays_chosen_when_others_come_before_it() {
    let fill = |path: &Path| {
        week(path);
        add_run(path, 1);
        add_run(path, 2);
    };
    let mut window = Window::open(fill, Page::Pipelines, egui::Theme::Light);
    window.click("All time");
    window.wait_for("3 of 3 runs");
    // The newest is first; the one below it is gone to.
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.wait_for("deploy r1");
    window.press(Key::Escape);
    add_run(&window._folder.path().join("g.db"), 3);
    window.wait_for("4 of 4 runs");
    window.press(Key::Enter);
    window.wait_for("deploy r1");
}

#[test]
fn runs_are_grouped_folded_and_two_of_them_compared() {
    fn two_runs(path: &Path) {
        week(path);
        let file = path.with_file_name("more.jsonl");
        let line = r#"{"type":"run","pipeline":"deploy","id":"2","status":"failed","branch":"main","started_at":"2024-03-05T09:30:00Z","finished_at":"2024-03-05T09:31:00Z","stages":[{"name":"build","status":"failed","started_at":"2024-03-05T09:30:00Z","finished_at":"2024-03-05T09:31:00Z"}]}"#;
        std::fs::write(&file, line).unwrap();
        let workspace = Workspace::open(path).unwrap();
        workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
    }
    let mut window = Window::open(two_runs, Page::Pipelines, egui::Theme::Light);
    window.click("All time");
    window.harness.get_by_role_and_label(Role::ComboBox, "Group by").click();
    window.settle();
    window.harness.get_all_by_label("System").last().unwrap().click();
    window.settle();
    window.wait_for("From files");
    window.wait_for("2 runs");
    window.wait_for("1 failed");
    window.press(Key::Home);
    window.press(Key::ArrowLeft);
    assert!(window.harness.query_all_by_label("deploy").next().is_none(), "the group did not close");
    window.press(Key::Enter);
    window.wait_for("deploy");
    window.press(Key::ArrowDown);
    window.press(Key::Enter);
    window.wait_for("Stages");
    window.click("Compare…");
    window.click("With the last that succeeded");
    window.wait_for("Two runs compared");
    window.wait_for("−9.0 min");
    window.press(Key::Escape);
    assert!(window.harness.query_all_by_label("Two runs compared").next().is_none());
    window.wait_for("Stages");
}

#[test]
fn the_oldest_open_change_leads_to_the_change() {
    let mut window = Window::open(week, Page::Loop, egui::Theme::Light);
    window.click("Oldest open change: Faster checkout");
    window.wait_for("web #7");
    window.wait_for("Open for");
    window.press(Key::Escape);
    assert!(window.harness.query_all_by_label_contains("web #7").next().is_none());
}

#[test]
fn a_new_incident_is_typed_at_once_and_letters_do_not_reach_the_page_below() {
    let mut window = Window::open(week, Page::Delivery, egui::Theme::Dark);
    window.command(Key::N);
    window.harness.event(egui::Event::Text("Tablet orders fail".to_owned()));
    window.press(Key::T);
    window.click("Save");
    window.command(Key::Num1);
    window.wait_for("Tablet orders fail");
    window.command(Key::Num3);
    assert!(window.harness.query_by_label("Copy the table").is_none());
}

#[test]
fn the_charts_show_their_tables_by_one_key() {
    let mut window = Window::open(sample, Page::Delivery, egui::Theme::Dark);
    assert!(window.harness.query_by_label("Recovered").is_none());
    window.press(Key::T);
    window.wait_for("Recovered");
    assert_eq!(window.harness.get_all_by_label("Copy the table").count(), 6);
    window.press(Key::T);
    assert!(window.harness.query_by_label("Recovered").is_none());
}

#[test]
fn a_table_of_unknown_columns_is_mapped_in_the_dialog_and_known_next_time() {
    let mut window = Window::open(week, Page::Sources, egui::Theme::Dark);
    let file = window._folder.path().join("outages.csv");
    std::fs::write(&file, "ref;what;von;bis\nA1;Disk full;2024-03-04T11:00:00Z;2024-03-04T12:00:00Z\n").unwrap();
    window.add_file(&file);
    window.wait_for("Columns of outages.csv");
    window.click("A row is an incident");
    for (field, column) in [("Number or id", "ref"), ("Title", "what"), ("Declared at", "von"), ("Resolved at", "bis")]
    {
        window.harness.get_by_role_and_label(Role::ComboBox, field).click();
        window.settle();
        window.click(column);
    }
    window.click("Import");
    window.wait_for("Imported");
    window.click("Done");
    window.command(Key::Num1);
    window.wait_for("Disk full");
    // The same header again asks nothing.
    window.command(Key::Num5);
    window.add_file(&file);
    window.wait_for("the same");
}

/// What a real Buildbot answered, again.
fn buildbot(head: &str) -> fault_server::Act {
    let path = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
    let answer = match path {
        "/api/v2/builders" => include_str!("../fixtures/buildbot/builders.json"),
        "/api/v2/builds" => include_str!("../fixtures/buildbot/builds.json"),
        "/api/v2/forceschedulers" => include_str!("../fixtures/buildbot/forceschedulers.json"),
        "/api/v2/buildsets" => r#"{"buildsets":[{"bsid":9}]}"#,
        "/api/v2/forceschedulers/force-deploy" => r#"{"id":1,"jsonrpc":"2.0","result":[10,{"1":10}]}"#,
        "/api/v2/buildrequests/10" => r#"{"buildrequests":[{"buildrequestid":10,"complete":false}]}"#,
        _ => r#"{"builds":[],"steps":[]}"#,
    };
    fault_server::Act::answer(200, answer)
}

#[test]
fn a_system_is_connected_and_a_pipeline_started_with_its_own_form() {
    let server = fault_server::FaultServer::answering(buildbot);
    let mut window = Window::open(week, Page::Settings, egui::Theme::Dark);
    window.click("Connect a system…");
    let system = window.harness.get_by_role_and_label(Role::ComboBox, "System");
    system.click();
    window.settle();
    window.click("Buildbot");
    window.fill("Connection name", "ci");
    window.fill("Address", &server.url());
    window.click("Test");
    window.wait_for("Buildbot with 2 builders");
    window.click("Connect");
    window.wait_for("synced");
    window.command(Key::Num4);
    window.wait_for("deploy #1");
    window.click("Start a pipeline…");
    window.wait_for("Cancel");
    window.wait_for_role(Role::ComboBox, "Pipeline");
    window.harness.get_by_role_and_label(Role::ComboBox, "Pipeline").click();
    window.settle();
    window.harness.get_all_by_label("deploy").last().unwrap().click();
    window.wait_for_role(Role::TextInput, "secs");
    window.harness.get_by_role_and_label(Role::ComboBox, "target").click();
    window.settle();
    window.click("production");
    window.click("Start");
    window.wait_for("This goes to production");
    assert!(!server.heard().contains("POST"), "production was not confirmed");
    window.fill("Name of the environment", "production");
    window.click("Start");
    let begun = Instant::now();
    while !server.heard().contains("POST /api/v2/forceschedulers/force-deploy") {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was started");
        window.harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
    window.settle();
    assert_eq!(server.heard().matches("POST").count(), 1);
}

/// A repository whose workflow asks for other things on its branch `next`, and which has no other branch but `main`.
fn github(head: &str) -> fault_server::Act {
    use base64::Engine as _;
    let target = head.split(' ').nth(1).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let workflow = r#"{"id":7,"name":"Deploy","path":".github/workflows/deploy.yml","state":"active"}"#;
    let file = |inputs: &str| {
        let yaml = format!("on:\n  workflow_dispatch:\n    inputs:\n{inputs}");
        format!(r#"{{"content":"{}"}}"#, base64::engine::general_purpose::STANDARD.encode(yaml))
    };
    let version = "      version: {type: string, default: '1'}\n";
    let answer = match path {
        path if path.contains("/contents/") && query.contains("ref=main") => file(version),
        path if path.contains("/contents/") && query.contains("ref=next") => {
            file(&format!("{version}      region: {{type: string}}\n"))
        }
        path if path.contains("/contents/") => return fault_server::Act::answer(404, r#"{"message":"Not Found"}"#),
        path if path.ends_with("/workflows") => format!(r#"{{"workflows":[{workflow}]}}"#),
        path if path.ends_with("/runs") => r#"{"total_count":0,"workflow_runs":[]}"#.to_owned(),
        path if path.ends_with("/deployments") => "[]".to_owned(),
        _ => {
            r#"{"login":"ann","full_name":"acme/shop","default_branch":"main","permissions":{"push":true}}"#.to_owned()
        }
    };
    fault_server::Act::answer(200, &answer)
}

#[test]
fn the_form_follows_the_branch_and_keeps_what_was_typed() {
    let server = fault_server::FaultServer::answering(github);
    let connected = |path: &Path| {
        let entry = gemba::engine::ConnectionEntry {
            name: "gh".to_owned(),
            system: "github".to_owned(),
            base: server.url(),
            scope: vec!["acme/shop".to_owned()],
            is_paused: true,
            ..Default::default()
        };
        Workspace::open(path).unwrap().connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    };
    let mut window = Window::open(connected, Page::Pipelines, egui::Theme::Dark);
    window.click("Start a pipeline…");
    window.wait_for_role(Role::TextInput, "version");
    window.fill("version", "1.9");
    window.fill("Branch or tag", "next");
    window.press(Key::Tab);
    window.wait_for_role(Role::TextInput, "region");
    let typed = window.harness.get_by_role_and_label(Role::TextInput, "version").value();
    assert_eq!(typed.as_deref(), Some("1.9"));
    window.fill("Branch or tag", "nowhere");
    window.press(Key::Tab);
    window.wait_for(
        "acme/shop has no .github/workflows/deploy.yml on \"nowhere\": no such branch or tag, or not the file",
    );
    // Start pressed right after the branch was changed is heard, and sends nothing that was not seen.
    window.fill("Branch or tag", "main");
    window.click("Start");
    window.wait_for("The form of this branch is another one: look at it, then start");
    assert!(!server.heard().contains("/dispatches"));
    window.click("Start");
    let begun = Instant::now();
    while !server.heard().contains("/dispatches") {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was sent");
        window.settle();
    }
    assert_eq!(server.heard().matches("POST").count(), 1);
}

#[test]
fn a_trial_can_be_done_in_earnest_from_its_report() {
    let mut window = Window::open(week, Page::Sources, egui::Theme::Dark);
    let file = window._folder.path().join("more.jsonl");
    std::fs::write(&file, "{\"type\":\"team\",\"id\":\"n\",\"name\":\"Night shift\"}").unwrap();
    window.fill_path(&file);
    window.click("Try without importing");
    window.wait_for("Import now");
    window.click("Back");
    window.wait_for("Path");
    window.click("Try without importing");
    window.wait_for("Import now");
    window.click("Import now");
    window.wait_for("Done");
    window.click("Done");
    window.click("Teams");
    window.wait_for("Night shift");
}

#[test]
fn a_file_is_added_through_the_dialog() {
    let mut window = Window::open(week, Page::Sources, egui::Theme::Dark);
    let file = window._folder.path().join("more.jsonl");
    std::fs::write(&file, "{\"type\":\"team\",\"id\":\"n\",\"name\":\"Night shift\"}\n{\"type\":\"team\"}").unwrap();
    window.add_file(&file);
    window.wait_for("1 line refused");
    window.click("Done");
    window.click("Teams");
    window.wait_for("Night shift");
}

fn three_items(path: &Path) {
    let workspace = Workspace::open(path).unwrap();
    let file = path.with_file_name("plan.jsonl");
    let item = |id: &str, title: &str| {
        format!(r#"{{"type":"item","id":"{id}","title":"{title}","kind":"feature","state":"backlog","rank":"{id}"}}"#)
    };
    let lines = [
        r#"{"type":"team","id":"shop","name":"Shop"}"#.to_owned(),
        r#"{"type":"sprint","id":"s1","team":"shop","name":"Sprint 1","starts_at":"2099-01-05T09:00:00Z","ends_at":"2099-01-16T17:00:00Z"}"#.to_owned(),
        item("a", "Pay by card"),
        item("b", "Pay by invoice"),
        item("c", "Migrate the receipts"),
    ];
    std::fs::write(&file, lines.join("\n")).unwrap();
    workspace.import(&ImportRequest::of_path(&file), &Cancel::default(), |_| {}).unwrap();
}

#[test]
fn a_sprint_is_planned_started_changed_and_closed_by_keyboard() {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Dark);
    window.wait_for("3 without an estimate");
    window.press(Key::Num5);
    window.wait_for("5 points");
    window.press(Key::M);
    window.wait_for("2 without an estimate");
    // What was done is undone by what takes it back, and done again.
    window.command(Key::Z);
    window.wait_for("Nothing is in this sprint");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, Key::Z);
    window.wait_for("2 without an estimate");
    window.press(Key::S);
    window.fill("Goal", "Cards work");
    window.press(Key::Enter);
    window.wait_for("goes on until");
    window.press(Key::N);
    window.fill("Title", "Refunds");
    window.fill("Points", "3");
    window.harness.get_by_label_contains("Into Sprint 1").focus();
    window.settle();
    window.press(Key::Space);
    window.press(Key::Enter);
    window.wait_for("Task: Refunds");
    // The cursor is on what was added. Into a sprint that goes on nothing comes without a reason.
    window.press(Key::ArrowLeft);
    window.press(Key::M);
    window.wait_for("Why does it come in?");
    window.press(Key::Escape);
    window.press(Key::M);
    window.press(Key::Num3);
    window.wait_for("one without an estimate");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
    window.wait_for("2 without an estimate");
    window.click("Board");
    window.wait_for("To do");
    // The card is taken to the next column.
    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::ArrowRight);
    window.settle();
    window.wait_for("1 day");
    window.click("Close sprint");
    window.wait_for("2 left over");
    window.click("Partly met");
    // What was chosen is no more lost by a stray key than what was typed.
    window.press(Key::Escape);
    window.wait_for("Drop what you changed?");
    window.press(Key::Enter);
    assert!(window.harness.query_by_label("The report was kept at the close").is_none(), "it goes on");
    window.harness.get_all_by_label("Close sprint").last().unwrap().click();
    window.wait_for("closed ");
    window.wait_for("The report was kept at the close");
    window.harness.get_by_label_contains("% unplanned");
    window.harness.get_by_label("Unplanned work");
    // The next meeting tells what came in after the start.
    window.click("Plan together");
    // No sprint is left to plan: the meeting begins with one.
    window.wait_for("Last day");
    window.press(Key::Enter);
    window.wait_for("What changed after the start");
    assert!(window.harness.get_all_by_label("Refunds").next().is_some());
}

#[test]
fn a_meeting_goes_through_its_six_steps_by_keys() {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Dark);
    window.wait_for("3 without an estimate");
    window.press(Key::P);
    window.wait_for("there is nothing to look back at");
    window.press(Key::ArrowRight);
    window.wait_for("No open work of incidents or operations");
    window.press(Key::ArrowRight);
    window.wait_for("Fewer than four closed sprints");
    window.press(Key::ArrowRight);
    window.wait_for("Feature: Pay by card");
    window.press(Key::M);
    window.wait_for("2 without an estimate");
    window.press(Key::CloseBracket);
    window.wait_for("The sprint has no goal");
    window.harness.get_by_label_contains("Without an estimate: Pay by card");
    // What is open of each item is said beside the doubts.
    window.harness.get_by_label("Ready for the plan stage");
    window.harness.get_by_label_contains("Open: Operations has seen it (not asked)");
    window.press(Key::ArrowRight);
    window.wait_for("What it commits to");
    // What is typed there is the goal.
    window.harness.event(egui::Event::Text("Cards work".to_owned()));
    window.settle();
    // Enter belongs to the palette while it is open.
    window.command(Key::K);
    window.harness.event(egui::Event::Text("no such thing".to_owned()));
    window.settle();
    window.press(Key::Enter);
    window.press(Key::Escape);
    assert!(window.harness.query_all_by_label_contains("The sprint goes on").next().is_none());
    window.harness.get_by_role_and_label(Role::TextInput, "Goal").focus();
    window.press(Key::Enter);
    window.wait_for("The sprint goes on");
    assert!(window.harness.query_all_by_label("Cards work").next().is_some());
    window.press(Key::Escape);
    window.wait_for("Backlog and sprint");
}

#[test]
fn items_are_filtered_by_what_is_typed() {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Light);
    window.wait_for("3 items");
    window.press(Key::Slash);
    window.harness.get_by_role_and_label(Role::TextInput, "Filter items").type_text("pay -invoice");
    window.settle();
    window.wait_for("one item");
    window.harness.get_by_role_and_label(Role::TextInput, "Filter items").type_text(" kind:chore");
    window.settle();
    window.wait_for("none of: feature");
}

#[test]
fn what_an_item_needs_of_operations_is_suggested_asked_for_and_checked() {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Dark);
    window.wait_for("3 without an estimate");
    window.press(Key::End);
    window.press(Key::Enter);
    window.wait_for("Belongs to");
    window.click("Operations");
    window.wait_for("the item speaks of \"migrate\"");
    window.harness.get_all_by_label("Needed").next().unwrap().click();
    window.wait_for("takes 5 days");
    assert!(window.harness.query_all_by_label_contains("the item speaks of").next().is_none());
    // What was typed of the need is kept with the item.
    window.harness.get_all_by_label("Details").last().unwrap().click();
    window.settle();
    window.fill("Note", "rehearse it first");
    window.harness.get_all_by_label("Save").last().unwrap().click();
    window.settle();
    window.press(Key::M);
    window.wait_for("2 without an estimate");
    window.click("Plan together");
    window.click("5 Check");
    window.wait_for(
        "Migrate the receipts: Data migration takes 5 days, Deploy begins Fri 16 Jan: ask for it by Fri 9 Jan",
    );
    let plan = Workspace::open_reader(&window._folder.path().join("g.db")).unwrap().plan().unwrap();
    assert_eq!(plan.needs[0].note.as_deref(), Some("rehearse it first"));
}

#[test]
fn people_and_their_absences_make_the_hours_of_a_sprint() {
    let mut window = Window::open(three_items, Page::Plan, egui::Theme::Light);
    window.wait_for("3 without an estimate");
    window.click("Plan together");
    window.click("3 Capacity");
    window.wait_for("Nobody is known yet");
    window.click("Add person");
    window.fill("Name", "Ann");
    window.click("Save");
    // Ten working days of eight hours, three quarters of which are counted.
    window.wait_for("60 of 60 h free");
    window.click("Add time away");
    window.click("Save");
    window.wait_for("54 of 60 h free");
    window.command(Key::Z);
    window.wait_for("60 of 60 h free");
}
