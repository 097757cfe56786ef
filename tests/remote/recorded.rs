//! The connectors against answers that real GitLab, Jenkins and GitHub servers gave, as a peer recorded them. They are read in
//! place where `GEMBA_TEST_DATA` names them and served on loopback; what the peer made of them is the measure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gemba::engine::{Cancel, ConnectionEntry, Secrets, Workspace};
use gemba::model::record::Run;
use gemba::model::{Status, Time};
use serde_json::{Value, json};

use super::fault_server::{Act, FaultServer};
use super::{Case, case};

fn devlake() -> Option<PathBuf> {
    let found = std::env::var_os("GEMBA_TEST_DATA").map(|root| Path::new(&root).join("recorded/devlake"));
    let found = found.filter(|path| path.exists());
    if found.is_none() {
        println!("1 test of recorded answers skipped: GEMBA_TEST_DATA names no folder with recorded/devlake");
    }
    found
}

type Row = BTreeMap<String, String>;

fn rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
}

fn answers(path: &Path) -> Vec<Value> {
    rows(path).iter().map(|row| serde_json::from_str(&row["data"]).unwrap()).collect()
}

/// Serves bodies by their path; what is not there is a 404.
fn serve(bodies: BTreeMap<String, Value>) -> FaultServer {
    let bodies: BTreeMap<String, String> = bodies.into_iter().map(|(path, body)| (path, body.to_string())).collect();
    FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        bodies.get(path).map_or_else(|| Act::answer(404, "{}"), |body| Act::answer(200, body))
    })
}

fn synced(case: &Case, system: &str, server: &FaultServer, scope: &[&str]) -> BTreeMap<String, Run> {
    let entry = ConnectionEntry {
        name: "rec".to_owned(),
        system: system.to_owned(),
        base: server.url(),
        scope: scope.iter().map(|&name| name.to_owned()).collect(),
        ..ConnectionEntry::default()
    };
    case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    sync(&case.workspace);
    runs(&case.workspace)
}

fn sync(workspace: &Workspace) -> u64 {
    let connection = workspace.connection("rec").unwrap();
    workspace.sync(&connection, &Cancel::default(), |_| {}).unwrap().total().new
}

fn runs(workspace: &Workspace) -> BTreeMap<String, Run> {
    workspace.latest_runs(Some("rec"), 1000).unwrap().into_iter().map(|run| (run.id.clone(), run)).collect()
}

/// What the peer calls how a run ended.
fn peers_result(status: Status) -> &'static str {
    match status {
        Status::Succeeded | Status::Warnings => "SUCCESS",
        Status::Failed | Status::Cancelled => "FAILURE",
        _ => "",
    }
}

/// The peer cuts some of its times to the second before it counts on.
fn is_near(ours: Option<Time>, peers: &str) -> bool {
    (ours.unwrap().0 - Time::parse(peers).unwrap().0).abs() <= 1_000_000
}

#[test]
fn gitlab_as_it_was_recorded() {
    let Some(root) = devlake() else { return };
    let root = root.join("gitlab");
    let details = answers(&root.join("_raw_gitlab_api_pipeline_details.csv"));
    let jobs = answers(&root.join("_raw_gitlab_api_job.csv"));
    let deployments = answers(&root.join("_raw_gitlab_api_deployments.csv"));
    let here = "/api/v4/projects/12345678";
    let mut bodies = BTreeMap::from([
        (here.to_owned(), json!({"id": 12345678})),
        (format!("{here}/pipelines"), json!(details)),
        (format!("{here}/deployments"), json!(deployments)),
        ("/api/v4/projects/44".to_owned(), json!({"id": 44})),
        ("/api/v4/user".to_owned(), json!({"username": "ann"})),
    ]);
    for detail in &details {
        let path = format!("{here}/pipelines/{}", detail["id"]);
        bodies.insert(format!("{path}/jobs"), json!([]));
        bodies.insert(path, detail.clone());
    }
    // The other project was recorded job by job, each with the pipeline it belongs to.
    let mut pipelines = BTreeMap::new();
    for job in &jobs {
        let path = format!("/api/v4/projects/44/pipelines/{}", job["pipeline"]["id"]);
        pipelines.insert(path.clone(), job["pipeline"].clone());
        let of_pipeline = bodies.entry(format!("{path}/jobs")).or_insert_with(|| json!([]));
        of_pipeline.as_array_mut().unwrap().push(job.clone());
    }
    bodies.insert("/api/v4/projects/44/pipelines".to_owned(), json!(pipelines.values().collect::<Vec<_>>()));
    let in_44 = pipelines.len();
    bodies.extend(pipelines);

    let server = serve(bodies);
    let case = case();
    let runs = synced(&case, "gitlab", &server, &["12345678", "44"]);
    assert_eq!(runs.len(), details.len() + in_44);
    for row in rows(&root.join("expected/cicd_pipelines.csv")) {
        let Some(run) = runs.get(row["id"].rsplit_once(':').unwrap().1) else { continue };
        assert_eq!(peers_result(run.status), row["result"], "{}", row["id"]);
        assert!(is_near(run.started_at, &row["started_date"]), "{row:?}");
        assert!(is_near(run.finished_at, &row["finished_date"]), "{row:?}");
    }
    let mut compared = 0;
    for row in rows(&root.join("expected/cicd_tasks.csv")) {
        let run = &runs[row["pipeline_id"].rsplit_once(':').unwrap().1];
        let stages = run.stages.as_ref().unwrap();
        let stage = stages.iter().find(|stage| stage.name == row["name"]).unwrap_or_else(|| panic!("{row:?}"));
        // Two jobs of a name in one pipeline are told apart by nothing but their order.
        if stages.iter().filter(|stage| stage.name == row["name"]).count() == 1 {
            assert_eq!(peers_result(stage.status), row["result"], "{row:?}");
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared} jobs were compared");
    assert_eq!(sync(&case.workspace), 0, "a second round brings nothing twice");
    assert!(server.heard().contains("updated_after=2023-11-21T05%3A36%3A26.228Z"));
}

#[test]
fn jenkins_as_it_was_recorded() {
    let Some(root) = devlake() else { return };
    let root = root.join("jenkins");
    let mut jobs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows(&root.join("_raw_jenkins_api_builds_multibranch.csv")) {
        let input: Value = serde_json::from_str(&row["input"]).unwrap();
        let (_, job) = input["URL"].as_str().unwrap().split_once("/job/").unwrap();
        let name = job.trim_end_matches('/').replace("/job/", "/");
        let mut build: Value = serde_json::from_str(&row["data"]).unwrap();
        // The peer did not ask for a build's own address, which is the job's with its number.
        build["url"] = json!(format!("{}{}/", input["URL"].as_str().unwrap(), build["number"]));
        jobs.entry(name).or_default().push(build);
    }
    let mut stages: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in rows(&root.join("_raw_jenkins_api_stages_multibranch.csv")) {
        let (_, path) = row["url"].split_once("/view/all").unwrap();
        stages.entry(path.to_owned()).or_default().push(serde_json::from_str(&row["data"]).unwrap());
    }
    let folder = |name: &str| name.split('/').map(|part| format!("/job/{part}")).collect::<String>();
    let mut bodies = BTreeMap::from([("/me/api/json".to_owned(), json!({"id": "ann", "fullName": "Ann"}))]);
    for (name, builds) in &jobs {
        let all = format!("{}/api/json", folder(name));
        for build in builds {
            bodies.insert(format!("{}/{}/api/json", folder(name), build["number"]), build.clone());
        }
        bodies.insert(all, json!({"allBuilds": builds, "builds": builds}));
    }
    // The peer kept the stages and left out the frame they come in.
    for (path, stages) in stages {
        let begun = stages[0]["startTimeMillis"].clone();
        let frame =
            json!({"name": "#", "status": "SUCCESS", "startTimeMillis": begun, "durationMillis": 0, "stages": stages});
        bodies.insert(path, frame);
    }
    let server = serve(bodies);
    let case = case();
    let scope: Vec<&str> = jobs.keys().map(String::as_str).collect();
    let runs = synced(&case, "jenkins", &server, &scope);
    let expected = rows(&root.join("expected/cicd_pipelines_multibranch.csv"));
    assert_eq!((runs.len(), expected.len()), (15, 15));
    for row in &expected {
        let run = &runs[row["id"].splitn(4, ':').nth(3).unwrap()];
        assert_eq!(peers_result(run.status), row["result"], "{}", row["id"]);
        assert!(is_near(run.finished_at, &row["finished_date"]), "{row:?}");
    }
    assert_eq!(sync(&case.workspace), 0, "a second round brings nothing twice");
    // A run whose stages were not read is asked for them when somebody opens it.
    let looked = case.workspace.look_again(&runs["github_org/devlake-jenkins/main#4"], &Cancel::default());
    looked.unwrap();
    let run = &self::runs(&case.workspace)["github_org/devlake-jenkins/main#4"];
    let names: Vec<&str> = run.stages.as_ref().unwrap().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["Declarative: Checkout SCM", "checkout", "build", "test", "deploy"]);
}

#[test]
fn github_as_it_was_recorded() {
    let Some(root) = devlake() else { return };
    let root = root.join("github");
    let found = answers(&root.join("_raw_github_api_runs.csv"));
    let repo = "/repos/acme/shop";
    let bodies = BTreeMap::from([
        (repo.to_owned(), json!({"full_name": "acme/shop", "permissions": {"push": true}})),
        (format!("{repo}/actions/runs"), json!({"total_count": found.len(), "workflow_runs": found})),
        (format!("{repo}/deployments"), json!([])),
    ]);
    let server = serve(bodies);
    let case = case();
    let runs = synced(&case, "github", &server, &["acme/shop"]);
    assert_eq!(runs.len(), found.len());
    for answer in &found {
        let run = &runs[&answer["id"].to_string()];
        assert_eq!(run.sha.as_deref(), answer["head_sha"].as_str());
        let wanted = match answer["conclusion"].as_str() {
            Some("success") => Status::Succeeded,
            Some("failure") => Status::Failed,
            Some("skipped") => Status::Skipped,
            None => Status::Running,
            // States that the peer wrote in by hand.
            Some(_) => continue,
        };
        assert_eq!(run.status, wanted, "{}", run.id);
    }
    assert_eq!(sync(&case.workspace), 0, "a second round brings nothing twice");
}

/// What stands between two marks of an address.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split(to).next()
}

#[test]
fn jira_as_it_was_recorded_reads_like_its_files() {
    let Some(root) = devlake() else { return };
    let root = root.join("jira");
    let issues = answers(&root.join("_raw_jira_api_issues.csv"));
    let sprints = answers(&root.join("_raw_jira_api_sprints.csv"));
    let mut statuses: BTreeMap<String, Value> = BTreeMap::new();
    for issue in &issues {
        let status = &issue["fields"]["status"];
        statuses.insert(status["id"].to_string(), status.clone());
    }
    let statuses: Vec<Value> = statuses.into_values().collect();
    // An answer holds the newest changes only: here none of them, so that all are asked for page by page.
    let mut told = issues.clone();
    let mut bodies = BTreeMap::from([
        ("/rest/api/2/serverInfo".to_owned(), json!({"deploymentType": "Cloud", "serverTitle": "Jira"})),
        ("/rest/api/2/myself".to_owned(), json!({"displayName": "Ann"})),
        ("/rest/api/2/status".to_owned(), json!(statuses)),
        ("/rest/api/2/field".to_owned(), json!([{"id": "summary", "name": "Summary", "custom": false, "schema": {}}])),
        ("/rest/agile/1.0/board".to_owned(), json!({"values": [{"id": 8, "type": "scrum"}], "isLast": true})),
        ("/rest/agile/1.0/board/8/sprint".to_owned(), json!({"values": sprints, "isLast": true})),
    ]);
    for issue in &mut told {
        let of_issue = issue["changelog"]["histories"].as_array().unwrap().clone();
        issue["changelog"] = json!({"total": of_issue.len(), "histories": []});
        let path = format!("/rest/api/2/issue/{}/changelog", issue["key"].as_str().unwrap());
        let (first, second) = of_issue.split_at(of_issue.len() / 2);
        bodies.insert(path.clone(), json!({"total": of_issue.len(), "values": first}));
        bodies.insert(format!("{path} {}", first.len()), json!({"total": of_issue.len(), "values": second}));
    }
    let (first, second) = told.split_at(20);
    bodies.insert("/rest/api/3/search/jql".to_owned(), json!({"issues": first, "nextPageToken": "two"}));
    bodies.insert("/rest/api/3/search/jql two".to_owned(), json!({"issues": second, "isLast": true}));
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let further = ["startAt=", "nextPageToken="].iter().find_map(|name| between(target, name, "&"));
        let wanted = further.map_or_else(|| path.to_owned(), |further| format!("{path} {further}"));
        bodies.get(&wanted).map_or_else(|| Act::answer(404, "{}"), |body| Act::answer(200, &body.to_string()))
    });
    let case = case();
    synced(&case, "jira", &server, &[]);
    assert_eq!(sync(&case.workspace), 0, "a second round brings nothing twice");
    let synced = case.workspace.plan().unwrap();

    let by_file = self::case();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("statuses.json"), json!(statuses).to_string()).unwrap();
    for name in ["_raw_jira_api_issues.csv", "_raw_jira_api_sprints.csv"] {
        std::fs::copy(root.join(name), folder.path().join(name)).unwrap();
    }
    let mut request = gemba::engine::ImportRequest::of_path(folder.path());
    request.options.connection = Some("rec".to_owned());
    by_file.workspace.import(&request, &Cancel::default(), |_| {}).unwrap();
    let imported = by_file.workspace.plan().unwrap();
    assert_eq!(synced.items.len(), 33);
    assert_eq!(synced.items, imported.items);
    assert_eq!(synced.sprints, imported.sprints);
    assert_eq!(synced.facts, imported.facts);
}

#[test]
fn jira_says_what_is_missing() {
    let server = serve(BTreeMap::from([
        ("/rest/api/2/serverInfo".to_owned(), json!({"deploymentType": "Server", "serverTitle": "Jira"})),
        ("/rest/api/2/myself".to_owned(), json!({"name": "ann"})),
    ]));
    let case = case();
    let entry = ConnectionEntry {
        name: "rec".to_owned(),
        system: "jira".to_owned(),
        base: server.url(),
        scope: vec!["SHOP".to_owned()],
        ..ConnectionEntry::default()
    };
    let who = case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    assert_eq!(who.user.as_deref(), Some("ann"));
    assert!(who.missing[0].contains("the project SHOP") && who.missing[1].contains("boards"), "{:?}", who.missing);
    let connection = case.workspace.connection("rec").unwrap();
    let error = case.workspace.sync(&connection, &Cancel::default(), |_| {}).unwrap_err().to_string();
    assert!(error.contains("knows nothing at /rest/api/2/status"), "{error}");
}

#[test]
fn jira_tells_what_it_may_not_see_and_misses_nothing_for_a_clock_that_is_ahead() {
    let issue = json!({"id": "1", "key": "P-1", "fields": {"summary": "Card", "status": {"id": "1", "name": "To Do"}, "issuetype": {"name": "Story"},
        "created": "2026-03-02T08:00:00.000+0000", "updated": "2090-01-01T00:00:00.000+0000", "customfield_7": "a value"}});
    let bodies = BTreeMap::from([
        (
            "/rest/api/2/serverInfo",
            json!({"deploymentType": "Server", "serverTitle": "Jira", "serverTime": "2026-05-01T10:00:00.000+0000"}),
        ),
        ("/rest/api/2/myself", json!({"name": "ann"})),
        ("/rest/api/2/status", json!([{"id": "1", "name": "To Do", "statusCategory": {"key": "new"}}])),
        (
            "/rest/api/2/field",
            json!([{"id": "customfield_7", "name": "Aufwand", "custom": true, "schema": {"type": "string"}}]),
        ),
        (
            "/rest/agile/1.0/board",
            json!({"values": [{"id": 1, "name": "Open"}, {"id": 2, "name": "Closed shop"}], "isLast": true}),
        ),
        ("/rest/agile/1.0/board/1/sprint", json!({"values": [], "isLast": true})),
        (
            "/rest/api/2/search",
            json!({"issues": [issue], "total": 1, "startAt": 0, "names": {"customfield_7": "Aufwand"}}),
        ),
    ]);
    let server = FaultServer::answering(move |head| {
        let target = head.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        match bodies.get(path) {
            Some(body) => Act::answer(200, &body.to_string()),
            None if path.ends_with("/2/sprint") => Act::answer(403, "{}"),
            None => Act::answer(404, "{}"),
        }
    });
    let case = case();
    let entry = ConnectionEntry {
        name: "rec".to_owned(),
        system: "jira".to_owned(),
        base: server.url(),
        ..ConnectionEntry::default()
    };
    let who = case.workspace.connect(entry, Secrets::default(), &Cancel::default()).unwrap();
    assert_eq!(who.missing, ["the sprints of the board Closed shop"]);
    for _ in 0..2 {
        let connection = case.workspace.connection("rec").unwrap();
        let mut left_out = BTreeMap::new();
        let told = case.workspace.sync(&connection, &Cancel::default(), |report| left_out.clone_from(&report.left_out));
        let error = told.unwrap_err().to_string();
        assert!(error.contains("1 of 2 places") && error.contains("Closed shop"), "{error}");
        assert!(left_out.keys().any(|what| what.contains("Aufwand")), "{left_out:?}");
    }
    assert_eq!(case.workspace.plan().unwrap().items.len(), 1);
    // By the site's own clock it was read up to now, and no further.
    let heard = server.heard();
    let last = heard.rsplit("GET /rest/api/2/search").next().unwrap();
    assert!(last.contains("updated+%3E%3D+-10m") || last.contains("updated%20%3E%3D%20-10m"), "{last}");
}
