//! What other tools print, as fixtures of our own in their shape, and the recorded files where they are at hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gemba::engine::{Cancel, ImportOptions, ImportReport, ImportRequest, Source, Workspace};
use gemba::model::record::{Change, Deployment, Incident, Record, Run};
use gemba::model::{Status, Time};

struct Case {
    _folder: tempfile::TempDir,
    workspace: Workspace,
    folder: PathBuf,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::open(&folder.path().join("g.db")).unwrap();
        Self { folder: folder.path().to_owned(), _folder: folder, workspace }
    }

    fn import(&self, paths: &[PathBuf]) -> ImportReport {
        let request = ImportRequest {
            source: Source::Paths(paths.to_vec()),
            options: ImportOptions::default(),
            dry_run: false,
            strict: false,
        };
        self.workspace.import(&request, &Cancel::default(), |_| {}).unwrap()
    }

    fn import_text(&self, name: &str, text: &str) -> ImportReport {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        self.import(&[path])
    }

    fn records(&self) -> Vec<Record> {
        let mut bytes = Vec::new();
        self.workspace.export(gemba::engine::ExportFormat::Jsonl, false, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn runs(&self) -> Vec<Run> {
        self.records().into_iter().filter_map(|r| if let Record::Run(run) = r { Some(run) } else { None }).collect()
    }

    fn deployments(&self) -> Vec<Deployment> {
        self.records().into_iter().filter_map(|r| if let Record::Deployment(d) = r { Some(d) } else { None }).collect()
    }

    fn changes(&self) -> Vec<Change> {
        self.records().into_iter().filter_map(|r| if let Record::Change(c) = r { Some(c) } else { None }).collect()
    }

    fn incidents(&self) -> Vec<Incident> {
        self.records().into_iter().filter_map(|r| if let Record::Incident(i) = r { Some(i) } else { None }).collect()
    }
}

fn at(text: &str) -> Option<Time> {
    Some(Time::parse(text).unwrap())
}

#[test]
fn github_as_gh_prints_it_joins_over_files() {
    let case = Case::new();
    // Two pages, one after the other, as `gh api --paginate` prints objects.
    let runs = r#"{"total_count":2,"workflow_runs":[{"id":11,"name":"CI","head_branch":"main","head_sha":"abc","run_number":5,"event":"push","status":"completed","conclusion":"success","workflow_id":9,"created_at":"2024-03-04T09:00:00Z","updated_at":"2024-03-04T09:20:00Z","run_started_at":"2024-03-04T09:01:00Z","run_attempt":2,"actor":{"login":"ada"},"repository":{"full_name":"acme/shop"},"html_url":"https://github.example/acme/shop/actions/runs/11"}]}
{"total_count":2,"workflow_runs":[{"id":12,"name":"CI","head_branch":null,"head_sha":"abd","run_number":6,"event":"pull_request","status":"completed","conclusion":"action_required","workflow_id":9,"created_at":"2024-03-04T10:00:00Z","updated_at":"2024-03-04T10:20:00Z","run_started_at":"2024-03-04T10:01:00Z","run_attempt":1,"actor":null,"repository":{"full_name":"acme/shop"}}]}"#;
    let jobs = r#"{"jobs":[{"id":1,"run_id":11,"run_attempt":2,"head_sha":"abc","status":"completed","conclusion":"success","name":"deploy","started_at":"2024-03-04T09:02:00Z","completed_at":"2024-03-04T09:10:00Z","steps":[]},{"id":2,"run_id":11,"run_attempt":2,"head_sha":"abc","status":"completed","conclusion":"skipped","name":"lint","started_at":"2024-03-04T09:02:01Z","completed_at":"2024-03-04T09:02:00Z","steps":[]}]}"#;
    let pulls = r#"[{"url":"https://api.github.example/repos/acme/shop/pulls/7","number":7,"title":"Fix","state":"closed","user":{"login":"ada"},"created_at":"2024-03-03T09:00:00Z","closed_at":"2024-03-04T08:00:00Z","merged_at":"2024-03-04T08:00:00Z","merge_commit_sha":"abc","labels":[],"head":{"ref":"fix","sha":"c2","repo":null},"base":{"ref":"main","sha":"c0","repo":{"full_name":"acme/shop"}}},
{"url":"https://api.github.example/repos/acme/shop/pulls/8","number":8,"title":"Open","state":"open","user":{"login":"bob"},"created_at":"2024-03-03T09:00:00Z","closed_at":null,"merged_at":null,"merge_commit_sha":"trial","labels":[],"head":{"ref":"x","sha":"z","repo":null},"base":{"ref":"main","sha":"c0","repo":{"full_name":"acme/shop"}}}]"#;
    let commits = r#"[{"sha":"c2","url":"https://api.github.example/repos/acme/shop/commits/c2","commit":{"author":{"name":"Ada","date":"2024-03-02T10:00:00Z"},"committer":{"date":"2024-03-02T11:00:00Z"},"message":"Two\n\nbody"},"author":{"login":"ada"},"parents":[{"sha":"c1"}]},{"sha":"c1","url":"https://api.github.example/repos/acme/shop/commits/c1","commit":{"author":{"name":"Ada","date":"2024-03-01T10:00:00Z"},"committer":{"date":"2024-03-01T11:00:00Z"},"message":"One"},"author":null,"parents":[{"sha":"c0"}]}]"#;
    let reviews = r#"[{"id":1,"user":{"login":"ada"},"state":"COMMENTED","submitted_at":"2024-03-03T09:10:00Z","pull_request_url":"https://api.github.example/repos/acme/shop/pulls/7"},{"id":2,"user":{"login":"bob"},"state":"APPROVED","submitted_at":"2024-03-03T12:00:00Z","pull_request_url":"https://api.github.example/repos/acme/shop/pulls/7"}]"#;
    let deployments = r#"[{"url":"https://api.github.example/repos/acme/shop/deployments/3","id":3,"sha":"abc","ref":"main","task":"deploy","environment":"production","created_at":"2024-03-04T09:02:00Z","creator":{"login":"ada"},"statuses_url":"x"}]"#;
    let statuses = r#"[{"id":31,"state":"in_progress","created_at":"2024-03-04T09:03:00Z","deployment_url":"https://api.github.example/repos/acme/shop/deployments/3"},{"id":32,"state":"success","created_at":"2024-03-04T09:09:00Z","deployment_url":"https://api.github.example/repos/acme/shop/deployments/3"},{"id":33,"state":"inactive","created_at":"2024-03-09T09:09:00Z","deployment_url":"https://api.github.example/repos/acme/shop/deployments/3"}]"#;
    let issues = r#"[{"url":"https://api.github.example/repos/acme/shop/issues/9","number":9,"title":"Down","state":"closed","labels":[{"name":"incident"},{"name":"sev2"}],"created_at":"2024-03-04T10:00:00Z","closed_at":"2024-03-04T11:00:00Z"},{"url":"https://api.github.example/repos/acme/shop/issues/7","number":7,"title":"Fix","state":"closed","labels":[{"name":"incident"}],"created_at":"2024-03-04T10:00:00Z","pull_request":{"url":"x"}},{"url":"https://api.github.example/repos/acme/shop/issues/10","number":10,"title":"Wish","state":"open","labels":[],"created_at":"2024-03-04T10:00:00Z"}]"#;
    let files = [
        ("runs", runs),
        ("jobs", jobs),
        ("pulls", pulls),
        ("commits", commits),
        ("reviews", reviews),
        ("deployments", deployments),
        ("statuses", statuses),
        ("issues", issues),
    ];
    let folder = case.folder.join("github");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(format!("{name}.json")), text).unwrap();
    }
    let report = case.import(std::slice::from_ref(&folder));
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let runs = case.runs();
    let run = runs.iter().find(|run| run.id == "11").unwrap();
    assert_eq!((run.attempt, run.status, run.finished_at), (2, Status::Succeeded, at("2024-03-04T09:10:00Z")));
    let stages = run.stages.as_ref().unwrap();
    assert_eq!(
        (stages[1].status, stages[1].started_at),
        (Status::Skipped, None),
        "a skipped job ends before it starts"
    );
    assert_eq!(runs.iter().find(|run| run.id == "12").unwrap().status, Status::WaitingApproval);
    let changes = case.changes();
    let change = changes.iter().find(|change| change.id == "7").unwrap();
    assert_eq!(change.commits.as_deref(), Some(&["c2".to_owned(), "c1".to_owned()][..]));
    assert_eq!(
        (change.first_commit_at, change.first_review_at),
        (at("2024-03-01T10:00:00Z"), at("2024-03-03T12:00:00Z"))
    );
    assert_eq!(changes.iter().find(|change| change.id == "8").unwrap().merge_sha, None);
    let deployment = &case.deployments()[0];
    assert_eq!(
        (deployment.status, deployment.started_at, deployment.finished_at),
        (Status::Succeeded, at("2024-03-04T09:03:00Z"), at("2024-03-04T09:09:00Z"))
    );
    let incidents = case.incidents();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].severity, Some(2));
    let again = case.import(&[folder]);
    assert_eq!((again.total().new, again.total().changed), (0, 0));
}

#[test]
fn gitlab_answers_in_list_and_detail_form() {
    let case = Case::new();
    let detail = r#"{"id":5,"iid":1,"project_id":44,"sha":"s1","ref":"main","status":"success","source":"push","created_at":"2024-03-04T09:00:00.429Z","updated_at":"2024-03-04T09:30:00Z","started_at":"2024-03-04T09:00:10Z","finished_at":"2024-03-04T09:20:00Z","tag":false,"detailed_status":{"group":"success-with-warnings"},"user":{"username":"ada"}}"#;
    let list = r#"[{"id":5,"iid":1,"project_id":44,"sha":"s1","ref":"main","status":"success","source":"push","created_at":"2024-03-04T09:00:00.429Z","updated_at":"2024-03-04T09:30:00Z"},{"id":6,"iid":2,"project_id":44,"sha":"s2","ref":"v1","status":"manual","source":"web","created_at":"2024-03-04T09:00:00Z","updated_at":null}]"#;
    let job = r#"[{"id":71,"status":"failed","stage":"deploy","name":"production","ref":"main","tag":false,"allow_failure":true,"created_at":"2024-03-04T09:01:00Z","started_at":null,"finished_at":"2024-03-04T09:19:00Z","commit":{"id":"s1","authored_date":"2024-03-01T10:00:00.000+02:00","committed_date":"2024-03-01T10:05:00.000+02:00","title":"T","author_name":"Ada","parent_ids":["s0"]},"pipeline":{"id":5,"iid":1,"project_id":44,"sha":"s1","ref":"main","status":"success","created_at":"2024-03-04T09:00:00Z","updated_at":"2024-03-04T09:30:00Z"}}]"#;
    let deployment = r#"[{"id":9,"iid":1,"ref":"main","sha":"s1","created_at":"2024-03-04T09:01:00Z","updated_at":"2024-03-04T09:20:00Z","status":"success","user":{"username":"ada"},"environment":{"name":"production"},"deployable":{"id":71,"status":"success","stage":"deploy","name":"production","started_at":"2024-03-04T09:10:00Z","finished_at":"2024-03-04T09:19:00Z","pipeline":{"id":5},"commit":null}}]"#;
    let merge = r#"[{"id":1,"iid":3,"project_id":44,"title":"M","state":"merged","created_at":"2024-03-02T09:00:00Z","merged_at":"2024-03-03T09:00:00Z","source_branch":"x","target_branch":"main","author":{"username":"ada"},"labels":["a"],"sha":"h","merge_commit_sha":null,"squash_commit_sha":"s1"}]"#;
    let issue = r#"[{"id":1,"iid":4,"project_id":44,"title":"Down","issue_type":"incident","severity":"HIGH","labels":[],"created_at":"2024-03-04T10:00:00Z","closed_at":null}]"#;
    for (name, text) in [("a", list), ("b", detail), ("c", job), ("d", deployment), ("e", merge), ("f", issue)] {
        std::fs::write(case.folder.join(format!("{name}.json")), text).unwrap();
    }
    let files: Vec<PathBuf> =
        ["a", "b", "c", "d", "e", "f"].iter().map(|n| case.folder.join(format!("{n}.json"))).collect();
    let report = case.import(&files);
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let runs = case.runs();
    assert_eq!(runs.len(), 2);
    let run = runs.iter().find(|run| run.id == "5").unwrap();
    assert_eq!((run.status, run.finished_at), (Status::Warnings, at("2024-03-04T09:20:00Z")));
    assert_eq!(run.stages.as_ref().unwrap()[0].allow_failure, Some(true));
    assert_eq!(runs.iter().find(|run| run.id == "6").unwrap().status, Status::WaitingApproval);
    assert_eq!(case.deployments()[0].finished_at, at("2024-03-04T09:19:00Z"));
    assert_eq!(case.changes()[0].merge_sha.as_deref(), Some("s1"));
    assert_eq!(case.incidents()[0].severity, Some(2));
}

#[test]
fn jenkins_builds_and_stages() {
    let case = Case::new();
    let builds = r##"{"_class":"org.jenkinsci.plugins.workflow.job.WorkflowJob","builds":[{"_class":"x.WorkflowRun","actions":[{},{"_class":"hudson.plugins.git.util.BuildData","lastBuiltRevision":{"SHA1":"abc","branch":[{"name":"refs/remotes/origin/main"}]},"remoteUrls":["https://git.example/shop.git"]},{"causes":[{"_class":"hudson.model.Cause$UserIdCause","shortDescription":"Started by Ada","userId":"ada"}]}],"building":false,"duration":60000,"number":4,"result":"UNSTABLE","timestamp":1709542800000,"url":"https://j.example/job/acme/job/shop/4/","changeSets":[{"items":[{"commitId":"c1"},{"commitId":"c2"}]}]},{"_class":"x.WorkflowRun","actions":[],"building":true,"duration":0,"number":5,"result":"SUCCESS","timestamp":1709546400000,"fullDisplayName":"acme » shop #5"}]}"##;
    let stages = r##"{"_links":{"self":{"href":"/job/acme/job/shop/4/wfapi/describe"}},"id":"4","name":"#4","status":"UNSTABLE","startTimeMillis":1709542800000,"durationMillis":60000,"stages":[{"id":"6","name":"Build","status":"SUCCESS","startTimeMillis":1709542801000,"durationMillis":20000},{"id":"9","name":"Deploy","status":"FAILED","startTimeMillis":1709542821000,"durationMillis":1000}]}"##;
    std::fs::write(case.folder.join("builds.json"), builds).unwrap();
    std::fs::write(case.folder.join("stages.json"), stages).unwrap();
    let report = case.import(&[case.folder.join("builds.json"), case.folder.join("stages.json")]);
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let runs = case.runs();
    let run = runs.iter().find(|run| run.number == Some(4)).unwrap();
    assert_eq!(
        (run.pipeline.as_str(), run.status, run.branch.as_deref()),
        ("acme/shop", Status::Warnings, Some("main"))
    );
    assert_eq!(run.commits.as_deref(), Some(&["c1".to_owned(), "c2".to_owned()][..]));
    assert_eq!(run.stages.as_ref().unwrap()[1].status, Status::Failed);
    let running = runs.iter().find(|run| run.number == Some(5)).unwrap();
    assert_eq!((running.status, running.finished_at), (Status::Running, None));
}

#[test]
fn cdevents_become_records() {
    let case = Case::new();
    let events = r#"{"context":{"specversion":"0.5.0","id":"e1","source":"/s","type":"dev.cdevents.service.deployed.0.3.0","timestamp":"2024-03-04T09:00:00Z"},"subject":{"id":"shop","type":"service","content":{"environment":{"id":"production"},"artifactId":"pkg:oci/shop@sha256:aa"}}}
{"context":{"id":"e2","source":"/s","type":"dev.cdevents.incident.resolved.0.3.0","timestamp":"2024-03-04T10:00:00Z"},"subject":{"id":"i1","type":"incident","content":{"description":"Down","environment":{"id":"production"}}}}
{"context":{"id":"e3","source":"/s","type":"dev.cdevents.artifact.signed.0.3.0","timestamp":"2024-03-04T10:00:00Z"},"subject":{"id":"a","type":"artifact","content":{}}}"#;
    let report = case.import_text("events.json", events);
    assert_eq!(report.refused, 1);
    assert!(report.refusals[0].1.reason.contains("artifact.signed"));
    assert_eq!(case.deployments()[0].artifact_digest.as_deref(), Some("sha256:aa"));
    assert_eq!(case.incidents()[0].resolved_at, at("2024-03-04T10:00:00Z"));
}

#[test]
fn an_import_can_be_taken_back_unless_edits_rest_on_it() {
    use gemba::engine::Command;
    let case = Case::new();
    case.import_text("a.jsonl", r#"{"type":"team","id":"a","name":"A"}"#);
    case.import_text(
        "b.jsonl",
        "{\"type\":\"deployment\",\"id\":\"d\",\"service\":\"s\",\"environment\":\"e\",\"status\":\"succeeded\",\"finished_at\":\"2024-03-04T09:00:00Z\"}",
    );
    let newest = case.workspace.imports().unwrap()[0].key;
    let key = case.workspace.load().unwrap().data.deployments.key[0];
    case.workspace.run(Command::MarkRework { deployment: key, is_rework: true }).unwrap();
    let refused = case.workspace.remove_import(newest).unwrap_err().to_string();
    assert!(refused.contains("Mark as rework"), "{refused}");
    case.workspace.run(Command::Undo).unwrap();
    case.workspace.remove_import(newest).unwrap();
    assert!(case.deployments().is_empty());
    assert_eq!(case.records().len(), 2, "the header and the other import's team");
}

#[test]
fn what_a_person_changes_can_be_undone_and_done_again() {
    use gemba::engine::Command;
    use gemba::model::record::CauseState;
    let case = Case::new();
    case.import_text(
        "a.jsonl",
        "{\"type\":\"environment\",\"id\":\"e\",\"name\":\"E\",\"class\":\"production\"}\n{\"type\":\"deployment\",\"id\":\"d\",\"service\":\"s\",\"environment\":\"e\",\"status\":\"succeeded\",\"finished_at\":\"2024-03-04T09:00:00Z\"}\n{\"type\":\"incident\",\"id\":\"i\",\"title\":\"t\",\"service\":\"s\",\"started_at\":\"2024-03-04T10:00:00Z\"}",
    );
    let snapshot = case.workspace.load().unwrap();
    let (incident, deployment) = (snapshot.data.incidents.key[0], snapshot.data.deployments.key[0]);
    let candidates = gemba::engine::candidate_causes(&snapshot, 0);
    assert_eq!((candidates.len(), candidates[0].secs_before), (1, 3600.0));
    let before = case.records();
    let confirm = Command::JudgeCause { incident, deployment, state: Some(CauseState::Confirmed), why: None };
    case.workspace.run(confirm).unwrap();
    let confirmed = case.workspace.load().unwrap();
    assert_eq!(confirmed.links.incidents.get(0), [0]);
    assert_eq!(confirmed.undo_name.as_deref(), Some("Confirm cause"));
    case.workspace.run(Command::Undo).unwrap();
    assert_eq!(case.records(), before);
    case.workspace.run(Command::Redo).unwrap();
    assert_eq!(case.incidents()[0].causes.as_ref().unwrap().len(), 1);
    // Somebody else changes it: undo refuses and names it.
    case.import_text(
        "b.jsonl",
        "{\"type\":\"incident\",\"id\":\"i\",\"title\":\"other\",\"started_at\":\"2024-03-04T10:00:00Z\"}",
    );
    let refused = case.workspace.run(Command::Undo).unwrap_err().to_string();
    assert!(refused.contains("incident \"i\""), "{refused}");
}

#[test]
fn an_earlier_moment_does_not_undo_a_later_one() {
    let case = Case::new();
    let run = |status: &str, at: &str, more: &str| {
        format!(
            r#"{{"type":"run","pipeline":"p","id":"1","status":"{status}","updated_at":"2024-03-04T{at}:00Z"{more}}}"#
        )
    };
    case.import_text("new.jsonl", &run("failed", "10:30", r#","finished_at":"2024-03-04T10:30:00Z""#));
    case.import_text("old.jsonl", &run("running", "10:05", r#","started_at":"2024-03-04T10:05:00Z""#));
    let known = &case.runs()[0];
    assert_eq!((known.status, known.started_at), (Status::Failed, at("2024-03-04T10:05:00Z")), "only gaps are filled");
    assert_eq!(known.updated_at, at("2024-03-04T10:30:00Z"));
    // A later retry of the same run opens it again.
    case.import_text("retry.jsonl", &run("running", "11:00", ""));
    assert_eq!(case.runs()[0].status, Status::Running);
    // Deployments without their statuses, as an API lists them, do not take a success back.
    let environment = r#"{"type":"environment","id":"e","name":"E","class":"production"}"#;
    let deployment = |status: &str| {
        format!(r#"{{"type":"deployment","id":"d","service":"s","environment":"e","status":"{status}"}}"#)
    };
    case.import_text("d.jsonl", &format!("{environment}\n{}", deployment("succeeded")));
    let again = case.import_text("d2.jsonl", &deployment("queued"));
    assert_eq!(again.records["deployment"].same, 1);
    assert_eq!(case.deployments()[0].status, Status::Succeeded);
}

#[test]
fn a_line_that_contradicts_another_is_refused_and_names_it() {
    let case = Case::new();
    let lines = [
        r#"{"type":"run","pipeline":"p","id":"1","status":"succeeded","finished_at":"2026-01-01T00:01:00Z"}"#,
        r#"{"type":"run","pipeline":"p","id":"1","status":"failed","finished_at":"2026-01-01T00:01:00Z"}"#,
        r#"{"type":"run","pipeline":"p","id":"1","status":"succeeded","branch":"main"}"#,
        r#"{"type":"run","pipeline":"p","id":"2","status":"running"}"#,
        r#"{"type":"run","pipeline":"p","id":"2","status":"failed"}"#,
    ];
    let first = case.import_text("runs.jsonl", &lines.join("\n"));
    let refusals: Vec<_> = first.refusals.iter().map(|(file, r)| (file.as_str(), r.line, r.reason.as_str())).collect();
    let reason = "this run stands in line 1 too, where status is \"succeeded\", not \"failed\"; \
                  keep the line that is right";
    assert_eq!(refusals, [("runs.jsonl", 2, reason)]);
    let runs = case.runs();
    assert_eq!((runs[0].status, runs[0].branch.as_deref()), (Status::Succeeded, Some("main")));
    assert_eq!(runs[1].status, Status::Failed);
    let again = case.import_text("runs.jsonl", &lines.join("\n"));
    assert_eq!((again.total().changed, again.refused), (0, 1));
}

#[test]
fn what_is_named_before_it_is_described_is_the_thing_described() {
    let case = Case::new();
    let report = case.import_text(
        "names.jsonl",
        concat!(
            r#"{"type":"service","connection":"x","id":"shop","name":"Shop","team":"near"}"#,
            "\n",
            r#"{"type":"service","connection":"x","id":"till","name":"Till","team":"far"}"#,
            "\n",
            r#"{"type":"service","connection":"x","id":"stock","name":"Stock","team":"nobody"}"#,
            "\n",
            r#"{"type":"team","connection":"x","id":"near","name":"Near"}"#,
            "\n",
            r#"{"type":"team","connection":"y","id":"far","name":"Far"}"#,
        ),
    );
    assert_eq!(report.placeholders, [("team".to_owned(), "nobody".to_owned())]);
    assert_eq!(report.total().new, 5);
    let mut teams: Vec<String> =
        case.workspace.load().unwrap().data.catalog.teams.iter().map(|t| t.id.clone()).collect();
    teams.sort();
    assert_eq!(teams, ["far", "near", "nobody"]);
}

#[test]
fn the_newest_run_names_its_pipeline() {
    for order in [[0, 1], [1, 0]] {
        let case = Case::new();
        let lines = [
            r#"{"type":"run","pipeline":"p","id":"1","status":"succeeded","pipeline_name":"Old","created_at":"2026-01-01T00:00:00Z"}"#,
            r#"{"type":"run","pipeline":"p","id":"2","status":"succeeded","pipeline_name":"New","created_at":"2026-01-02T00:00:00Z"}"#,
        ];
        case.import_text("runs.jsonl", &order.map(|at: usize| lines[at]).join("\n"));
        assert!(case.runs().iter().all(|run| run.pipeline_name.as_deref() == Some("New")));
    }
}

#[test]
fn incidents_on_the_charts_are_those_of_the_filter() {
    use gemba::engine::{DeliveryAsk, DeliveryView, PeriodChoice};
    use gemba::metrics::Filter;
    let case = Case::new();
    let lines = [
        r#"{"type":"team","id":"a","name":"A"}"#,
        r#"{"type":"team","id":"b","name":"B"}"#,
        r#"{"type":"service","id":"sa","name":"SA","team":"a"}"#,
        r#"{"type":"service","id":"sb","name":"SB","team":"b"}"#,
        r#"{"type":"incident","id":"i","title":"t","service":"sa","started_at":"2024-03-04T10:00:00Z","resolved_at":"2024-03-04T11:00:00Z"}"#,
    ];
    case.import_text("a.jsonl", &lines.join("\n"));
    let snapshot = case.workspace.load().unwrap();
    let spans = |team: &str| {
        let key = snapshot.data.catalog.teams.iter().find(|entry| entry.id == team).unwrap().key;
        let period = PeriodChoice::Dates { from: "2024-03-04".to_owned(), to: "2024-03-10".to_owned() };
        let filter = Filter { teams: vec![key], ..Filter::default() };
        let ask = DeliveryAsk { filter, period, zone: "UTC".to_owned(), ..DeliveryAsk::default() };
        DeliveryView::new(&snapshot, &ask).unwrap().incidents.len()
    };
    assert_eq!((spans("a"), spans("b")), (1, 0));
}

#[test]
fn a_list_of_plain_runs_makes_no_deployments() {
    let case = Case::new();
    let text = "id,pipeline,status,branch,started_at,finished_at\n1,lint,success,x,2024-03-04T00:00:00Z,2024-03-04T00:10:00Z\n";
    case.import_text("runs.csv", text);
    assert_eq!((case.runs().len(), case.deployments().len()), (1, 0));
    // What might be anything is asked about, not guessed.
    let path = case.folder.join("items.csv");
    std::fs::write(&path, "ID,Name,State,Created\n7,Login,Done,2024-03-04\n").unwrap();
    let asked = case.workspace.import(&ImportRequest::of_path(&path), &Cancel::default(), |_| {});
    assert!(asked.unwrap_err().to_string().contains("--csv-target"));
}

#[test]
fn cdevents_are_read_line_by_line_too() {
    let case = Case::new();
    let event = r#"{"context":{"version":"0.4.1","id":"1","source":"/x","type":"dev.cdevents.pipelinerun.finished.0.2.0","timestamp":"2024-03-04T10:30:00Z"},"subject":{"id":"r1","type":"pipelineRun","content":{"pipelineName":"p","outcome":"success"}}}"#;
    let report = case.import_text("events.jsonl", &format!("{event}\n{event}\n"));
    assert_eq!((report.refused, case.runs().len()), (0, 1));
}

#[test]
fn a_record_that_was_put_by_hand_is_gone_after_its_undo() {
    use gemba::engine::Command;
    let case = Case::new();
    let empty = case.records();
    let lines = [
        r#"{"type":"run","pipeline":"p","id":"1","attempt":2,"status":"failed"}"#,
        r#"{"type":"commit","repo":"r","sha":"a","authored_at":"2024-03-04T10:00:00Z"}"#,
        r#"{"type":"change","repo":"r","id":"7","created_at":"2024-03-04T10:00:00Z"}"#,
        r#"{"type":"team","id":"t","name":"T"}"#,
        r#"{"type":"calendar_day","team":"t","date":"2024-03-04","working":false}"#,
    ];
    for line in lines {
        let record: Record = serde_json::from_str(line).unwrap();
        let before = case.records();
        case.workspace.run(Command::Put { name: "Add".to_owned(), records: vec![record] }).unwrap();
        assert_ne!(case.records(), before, "{line}");
        case.workspace.run(Command::Undo).unwrap();
        assert_eq!(case.records(), before, "{line}");
        case.workspace.run(Command::Redo).unwrap();
    }
    for _ in lines {
        case.workspace.run(Command::Undo).unwrap();
    }
    assert_eq!(case.records(), empty);
}

#[test]
fn settings_that_change_figures_can_be_undone_and_looks_are_no_step() {
    use gemba::engine::{Appearance, Command, Settings, Way};
    let case = Case::new();
    let before = case.workspace.settings().unwrap();
    let zone = Settings { zone: "Asia/Kathmandu".to_owned(), ..before.clone() };
    let done = case.workspace.run(Command::SaveSettings(Box::new(zone.clone()))).unwrap();
    assert_eq!((done.name.as_str(), done.way), ("Change time zone", Way::Done));
    let light = Settings { appearance: Appearance::Light, ..zone };
    assert_eq!(case.workspace.run(Command::SaveSettings(Box::new(light.clone()))).unwrap().way, Way::Quiet);
    assert_eq!(case.workspace.settings().unwrap(), light);
    // The zone goes back, the looks stay.
    case.workspace.run(Command::Undo).unwrap();
    assert_eq!(case.workspace.settings().unwrap(), Settings { appearance: Appearance::Light, ..before });
    case.workspace.run(Command::Redo).unwrap();
    assert_eq!(case.workspace.settings().unwrap(), light);
}

#[test]
fn a_cancelled_import_leaves_nothing_behind() {
    let case = Case::new();
    let path = case.folder.join("many.jsonl");
    let lines: String =
        (0..20_000).map(|n| format!("{{\"type\":\"team\",\"id\":\"t{n}\",\"name\":\"T\"}}\n")).collect();
    std::fs::write(&path, lines).unwrap();
    let cancel = Cancel::default();
    let request = ImportRequest::of_path(&path);
    let mut seen = 0;
    let result = case.workspace.import(&request, &cancel, |progress| {
        seen = progress.done;
        cancel.cancel();
    });
    assert!(result.unwrap_err().is_cancelled());
    assert!(seen > 0);
    assert_eq!(case.records().len(), 1, "only the header");
}

/// The folder of recorded files, or `None` with a count that says what was not tried.
fn recorded(tests: u32) -> Option<PathBuf> {
    let found =
        std::env::var_os("GEMBA_TEST_DATA").map(|root| Path::new(&root).join("recorded")).filter(|path| path.exists());
    if found.is_none() {
        println!("{tests} recorded files skipped: GEMBA_TEST_DATA names no folder with recorded/");
    }
    found
}

#[test]
fn recorded_answers_of_github_gitlab_and_jenkins() {
    let Some(root) = recorded(14) else { return };
    let devlake = root.join("devlake");
    let expected: BTreeMap<&str, (&str, u64)> = [
        ("github/_raw_github_api_runs.csv", ("run", 35)),
        ("github/_raw_github_api_jobs.csv", ("run", 10)),
        ("github/_raw_github_api_pull_requests.csv", ("change", 49)),
        ("github/_raw_github_api_pull_request_commits.csv", ("commit", 90)),
        ("gitlab/_raw_gitlab_api_pipeline.csv", ("run", 29)),
        ("gitlab/_raw_gitlab_api_pipeline_details.csv", ("run", 16)),
        ("gitlab/_raw_gitlab_api_deployments.csv", ("deployment", 8)),
        ("gitlab/_raw_gitlab_api_merge_requests.csv", ("change", 18)),
        ("jenkins/_raw_jenkins_api_builds.csv", ("run", 14)),
        ("jenkins/_raw_jenkins_api_builds_multibranch.csv", ("run", 15)),
    ]
    .into_iter()
    .collect();
    for (file, (kind, count)) in expected {
        let case = Case::new();
        let path = devlake.join(file);
        let report = case.import(std::slice::from_ref(&path));
        assert_eq!(report.refused, 0, "{file}: {:?}", report.refusals);
        assert_eq!(report.records[kind].new, count, "{file}");
        let again = case.import(&[path]);
        assert_eq!((again.total().new, again.total().changed), (0, 0), "{file} is idempotent");
        // The times of no record contradict each other, whatever the source says.
        for run in case.runs() {
            if let (Some(start), Some(end)) = (run.started_at, run.finished_at) {
                assert!(start <= end, "{file}: {}", run.id);
            }
        }
    }
}

/// What DevLake makes of the same GitHub runs: one pipeline each, with its result.
#[test]
fn recorded_github_runs_have_the_results_that_devlake_gives() {
    let Some(root) = recorded(2) else { return };
    let case = Case::new();
    case.import(&[root.join("devlake/github/_raw_github_api_runs.csv")]);
    let runs = case.runs();
    let mut reader = csv::Reader::from_path(root.join("devlake/github/expected/cicd_pipelines.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|h| h == name).unwrap();
    let (id, result) = (column("id"), column("result"));
    let mut compared = 0;
    for row in reader.records().map(Result::unwrap) {
        let Some(run) = runs.iter().find(|run| row[id].ends_with(&format!(":{}", run.id))) else { continue };
        compared += 1;
        let raw = run.status_raw.as_deref().unwrap_or_default();
        let is_neutral = raw.to_lowercase().contains("neutral");
        // DevLake gives a neutral run no result and calls a cancelled one a failure; Gemba keeps to GitHub's meaning.
        match run.status {
            Status::Succeeded if !is_neutral => assert_eq!(&row[result], "SUCCESS", "{}: {raw}", run.id),
            Status::Failed => assert_eq!(&row[result], "FAILURE", "{}: {raw}", run.id),
            _ => {}
        }
    }
    assert!(compared > 30, "{compared} pipelines were compared");
}

/// The figures of a preset over whole days.
fn figures(case: &Case, preset: &str, zone: &str, from: &str, to: &str) -> serde_json::Value {
    let ask = gemba::engine::MetricsAsk {
        period: gemba::engine::PeriodChoice::Dates { from: from.to_owned(), to: to.to_owned() },
        zone: zone.to_owned(),
        definition: gemba::metrics::Definition::preset(preset).unwrap(),
        definition_name: preset.to_owned(),
        ..gemba::engine::MetricsAsk::default()
    };
    gemba::engine::metrics_json(&case.workspace.load().unwrap(), &ask).unwrap()
}

/// One week, counted by hand under each preset.
#[test]
fn each_preset_counts_as_its_tool_does() {
    let case = Case::new();
    let report = case.import_text("week.jsonl", include_str!("fixtures/presets.jsonl"));
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let of = |preset: &str| figures(&case, preset, "UTC", "2024-03-04", "2024-03-10");
    let hours = |value: &serde_json::Value| value.as_f64().unwrap() / 3600.0;
    let is =
        |found: f64, wanted: f64, what: &str| assert!((found - wanted).abs() < 1e-6, "{what}: {found}, not {wanted}");
    // Two commits, 26 h and 23 h 59 min 30 s before they arrived.
    let mean = (26.0 + 24.0 - 30.0 / 3600.0) / 2.0;
    for (preset, frequency, lead, (failed, total), recovery) in [
        ("dora", 3.0 / 7.0, mean, (0, 3), None),
        ("devlake", 3.0, 24.0, (1, 3), Some(4.0)),
        ("middleware", 0.0, mean, (1, 4), Some(3.5)),
        ("heartbeat", 0.6, 25.0, (1, 4), Some(2.0)),
        ("metrik", 0.43, 25.0, (1, 4), Some(2.0)),
    ] {
        let found = of(preset);
        is(found["deployment_frequency"]["value"].as_f64().unwrap(), frequency, &format!("{preset} frequency"));
        is(hours(&found["change_lead_time"]["value_s"]), lead, &format!("{preset} lead"));
        let fail = &found["change_fail_rate"];
        assert_eq!(
            (fail["failed"].as_u64(), fail["total"].as_u64()),
            (Some(failed), Some(total)),
            "{preset} fail rate"
        );
        match recovery {
            Some(wanted) => is(hours(&found["recovery_time"]["value_s"]), wanted, &format!("{preset} recovery")),
            None => assert!(found["recovery_time"]["value_s"].is_null(), "{preset} recovery"),
        }
    }
}

/// Middleware's own functions were recorded with what they got and gave.
#[test]
fn recorded_middleware_functions_and_the_preset_agree() {
    let Some(root) = recorded(1) else { return };
    let text = std::fs::read_to_string(root.join("middleware/recorded_unit_vectors.jsonl")).unwrap();
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let (function, args, result) = (vector["fn"].as_str().unwrap(), &vector["args"], &vector["result"]);
        let name = function.rsplit('.').next().unwrap();
        let (deployments, incidents) = match name {
            "get_change_failure_rate_metrics" => (&args[0], &args[1]),
            "_get_incidents_mean_time_to_recovery" => (&serde_json::Value::Null, &args[0]),
            "_get_deployment_frequency_metrics" => (&args[0], &serde_json::Value::Null),
            _ => continue,
        };
        let case = Case::new();
        case.import_text("vector.jsonl", &middleware_records(deployments, incidents));
        let day = |value: &serde_json::Value| value.as_str().unwrap()[..10].to_owned();
        let (from, to) = match name {
            "_get_deployment_frequency_metrics" => (day(&args[1]["from"]), day(&args[1]["to"])),
            _ => ("2020-01-01".to_owned(), "2030-12-31".to_owned()),
        };
        let found = figures(&case, "middleware", "UTC", &from, &to);
        let test = vector["test"].as_str().unwrap();
        match name {
            "get_change_failure_rate_metrics" => {
                let count = |key: &str| Some(result[key].as_array().unwrap().len() as u64);
                let fail = &found["change_fail_rate"];
                assert_eq!(fail["failed"].as_u64(), count("failed_deployments"), "{test}");
                assert_eq!(fail["total"].as_u64(), count("total_deployments"), "{test}");
            }
            "_get_incidents_mean_time_to_recovery" => {
                assert_eq!(found["recovery_time"]["n"], result["incident_count"], "{test}");
                assert_eq!(found["recovery_time"]["value_s"], result["mean_time_to_recovery"], "{test}");
            }
            _ => {
                let frequency = &found["deployment_frequency"];
                assert_eq!(frequency["deployments"], result["total_deployments"], "{test}");
                assert_eq!(frequency["value"].as_f64(), result["daily_deployment_frequency"].as_f64(), "{test}");
            }
        }
        *compared.entry(name.to_owned()).or_default() += 1;
    }
    assert_eq!(compared.into_values().collect::<Vec<_>>(), [4, 5, 7], "every vector of the three functions");
}

fn middleware_records(deployments: &serde_json::Value, incidents: &serde_json::Value) -> String {
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut lines = vec![serde_json::json!({"type": "environment", "id": "p", "name": "p", "class": "production"})];
    for deployment in list(deployments) {
        lines.push(serde_json::json!({"type": "deployment", "id": deployment["id"], "service": deployment["repo_id"],
            "environment": "p", "status": "succeeded", "finished_at": deployment["conducted_at"]}));
    }
    for (n, incident) in list(incidents).iter().enumerate() {
        lines.push(serde_json::json!({"type": "incident", "id": format!("i{n}"), "title": "t",
            "started_at": incident["created"], "resolved_at": incident["resolved"]}));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn recorded_heartbeat_week_gives_heartbeats_numbers() {
    let Some(root) = recorded(1) else { return };
    let case = Case::new();
    let report = case.import(&[root.join("heartbeat/pipeline-data.csv")]);
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let figures = figures(&case, "heartbeat", "+08:00", "2024-01-15", "2024-01-19");
    // 33 valid passed builds of the step on five working days; six red ones beside them.
    assert_eq!(figures["deployment_frequency"]["deployments"], 33);
    assert_eq!(figures["deployment_frequency"]["value"], 6.6);
    assert_eq!(figures["change_fail_rate"]["failed"], 6);
    assert_eq!(figures["change_fail_rate"]["total"], 39);
}

#[test]
fn issues_that_cannot_be_read_are_told_and_a_milestone_is_of_the_repository_of_its_issue() {
    let case = Case::new();
    let issue = |number: u32, title: &str, created: &str| {
        format!(
            r#"{{"repository_url":"https://api.github.example/repos/acme/shop","number":{number},"title":{title},"state":"open",
            "labels":[],"created_at":"{created}","milestone":{{"number":2,"title":"Beta","state":"open","open_issues":1,
            "closed_issues":0,"created_at":"2026-03-01T00:00:00Z","due_on":"2026-03-20T08:00:00Z"}}}}"#
        )
    };
    let good = issue(1, "\"Pay\"", "2026-03-02T00:00:00Z");
    let (timeless, nameless) = (issue(2, "\"Ship\"", "yesterday"), issue(3, "null", "2026-03-02T00:00:00Z"));
    let report = case.import_text("issues.json", &format!("[{good},{timeless},{nameless},{{\"id\":4}}]"));
    assert_eq!(report.refused, 3);
    let told = format!("{report:?}");
    for why in ["acme/shop#2 has no time", "acme/shop#3 has no title", "the keys id"] {
        assert!(told.contains(why), "{why}: {told}");
    }
    let events = serde_json::to_string(&case.records()).unwrap();
    assert!(events.contains(r#""sprint":"acme/shop/milestone/2""#), "{events}");
    assert!(!events.contains("unknown"), "{events}");
}

#[test]
fn cycles_of_two_teams_with_one_name_stay_apart() {
    let case = Case::new();
    let list = "ID,Team,Title,Status,Estimate,Cycle Name,Cycle Start,Cycle End,Created,Completed\n\
        ENG-1,Engineering,Pay,Done,3,Cycle 5,2024-01-08T00:00:00Z,2024-01-22T00:00:00Z,2024-01-09,2024-01-10\n\
        OPS-1,Operations,Watch,Done,1,Cycle 5,2024-01-01T00:00:00Z,2024-01-15T00:00:00Z,2024-01-02,2024-01-03\n";
    let report = case.import_text("linear.csv", list);
    assert_eq!((report.refused, report.unknown_keys.contains_key("Team")), (0, false), "{:?}", report.unknown_keys);
    let sprints: Vec<(String, String, Time)> = case
        .records()
        .into_iter()
        .filter_map(|record| match record {
            Record::Sprint(sprint) => Some((sprint.team, sprint.name, sprint.starts_at)),
            _ => None,
        })
        .collect();
    let of = |team: &str, from: &str| (team.to_owned(), "Cycle 5".to_owned(), at(from).unwrap());
    assert_eq!(sprints, [of("Engineering", "2024-01-08T00:00:00Z"), of("Operations", "2024-01-01T00:00:00Z")]);
}

#[test]
fn a_list_of_linear_brings_the_days_of_its_cycles() {
    let case = Case::new();
    let list = "\u{feff}\"ID\",\"Title\",\"Status\",\"Estimate\",\"Cycle Name\",\"Cycle Start\",\"Cycle End\",\"Created\",\"Completed\",\"Canceled\"\n\
        \"ENG-1\",\"Pay\",\"Done\",\"3\",\"Cycle 5\",\"Mon Jan 08 2024 00:00:00 GMT+0000 (GMT)\",\"Mon Jan 22 2024 00:00:00 GMT+0000 (GMT)\",\
        \"Tue Jan 09 2024 15:54:10 GMT+0100 (CET)\",\"Wed Jan 10 2024 09:00:00 GMT+0000 (GMT)\",\"\"\n\
        \"ENG-2\",\"Ship\",\"Canceled\",\"\",\"\",\"\",\"\",\"2024-01-09T15:54:10.000Z\",\"\",\"2024-01-10T15:54:10.000Z\"\n";
    let report = case.import_text("linear.csv", list);
    assert_eq!(report.refused, 0, "{:?}", report.refusals);
    let (mut items, mut sprints) = (Vec::new(), Vec::new());
    for record in case.records() {
        match record {
            Record::Item(item) => items.push(item),
            Record::Sprint(sprint) => sprints.push(sprint),
            _ => {}
        }
    }
    assert_eq!(items[0].created_at, at("2024-01-09T14:54:10Z"));
    assert_eq!((items[0].done_at, items[1].done_at), (at("2024-01-10T09:00:00Z"), at("2024-01-10T15:54:10Z")));
    assert_eq!(
        (Some(sprints[0].starts_at), Some(sprints[0].ends_at)),
        (at("2024-01-08T00:00:00Z"), at("2024-01-22T00:00:00Z"))
    );
}
