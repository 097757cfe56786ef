//! Jenkins: builds as the remote API gives them, and the stages of the pipeline stage view (`wfapi/describe`).
//!
//! Times are epoch milliseconds; `timestamp` is when the build left the queue. A build that says `building` is running
//! whatever its `result` says. Build numbers are per job, so a run's id is `job#number`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_pages::{Origin, get};
use super::{Emit, Options, Stopped};
use crate::model::record::{Run, Stage};
use crate::model::{Status, System, Time, jenkins_job_of_url};

pub struct Jenkins<'a> {
    options: &'a Options,
    builds: BTreeMap<(String, i64), (u64, Run)>,
    stages: BTreeMap<(String, i64), Vec<(u64, Stage)>>,
    refused: Vec<(u64, String)>,
}

impl<'a> Jenkins<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self { options, builds: BTreeMap::new(), stages: BTreeMap::new(), refused: Vec::new() }
    }

    fn connection(&self) -> String {
        self.options.connection.clone().unwrap_or_else(|| "jenkins".to_owned())
    }

    pub fn take(&mut self, value: &Value, origin: &Origin) -> bool {
        if get::has(value, &["startTimeMillis", "durationMillis", "status", "name"]) {
            if value.get("stages").is_some() {
                self.take_described_build(value, origin);
            } else {
                self.take_stage(value, origin);
            }
            return true;
        }
        if get::has(value, &["number", "timestamp", "duration"]) {
            self.take_build(value, origin);
            return true;
        }
        // A job or folder without builds has nothing to tell.
        value
            .get("_class")
            .and_then(Value::as_str)
            .is_some_and(|class| class.contains("hudson") || class.contains("jenkins"))
    }

    /// `Folder » job #7` or the build's own address.
    fn job(value: &Value, origin: &Origin) -> Option<String> {
        let display = get::text(value, &["fullDisplayName"])
            .and_then(|name| name.rsplit_once(" #").map(|(job, _)| job.replace(" » ", "/")));
        get::text(value, &["url"])
            .and_then(|url| jenkins_job_of_url(&url))
            .or(display)
            .or_else(|| jenkins_job_of_url(&origin.url))
    }

    fn take_build(&mut self, value: &Value, origin: &Origin) {
        let (Some(number), Some(job)) = (get::int(value, &["number"]), Self::job(value, origin)) else {
            self.refused
                .push((origin.line, "a build that names no job: ask for url or fullDisplayName too".to_owned()));
            return;
        };
        let result = get::text(value, &["result"]);
        let building = value.get("building").and_then(Value::as_bool);
        let (is_building, is_told_over) = (building == Some(true), building == Some(false));
        let status = System::Jenkins.status(if is_building { "building" } else { "" }, result.as_deref());
        let start = get::int(value, &["timestamp"]).and_then(Time::from_millis);
        let duration = get::int(value, &["duration"]).filter(|millis| *millis >= 0);
        let end =
            start.zip(duration).and_then(|(start, millis)| Some(Time(start.0.checked_add(millis.checked_mul(1000)?)?)));
        let actions = get::list(value, "actions");
        let revision = actions.iter().find_map(|action| action.get("lastBuiltRevision").filter(|r| !r.is_null()));
        let sha = revision.and_then(|revision| get::text(revision, &["SHA1"]));
        let branch = revision
            .and_then(|revision| get::list(revision, "branch").first().and_then(|b| get::text(b, &["name"])))
            .map(|name| name.trim_start_matches("refs/remotes/").trim_start_matches("origin/").to_owned())
            .filter(|name| name != "detached");
        let cause = actions.iter().flat_map(|action| get::list(action, "causes")).next();
        let repo = actions
            .iter()
            .find_map(|action| get::list(action, "remoteUrls").first().and_then(Value::as_str).map(str::to_owned));
        let commits: Vec<String> = value
            .get("changeSets")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .chain(value.get("changeSet"))
            .flat_map(|set| get::list(set, "items"))
            .filter_map(|item| get::text(item, &["commitId"]))
            .collect();
        let run = Run {
            connection: self.connection(),
            pipeline: job.clone(),
            id: format!("{job}#{number}"),
            status,
            status_raw: result.or_else(|| is_building.then(|| "building".to_owned())),
            number: Some(number),
            service: self.options.service.clone(),
            repo,
            branch,
            sha,
            actor: cause.and_then(|cause| get::text(cause, &["userId"]).or_else(|| get::text(cause, &["userName"]))),
            event: cause.and_then(|cause| get::text(cause, &["_class"])).map(|class| event_of(&class)),
            event_raw: cause.and_then(|cause| get::text(cause, &["shortDescription"])),
            created_at: start,
            started_at: start,
            // Without a result: where the build is said to go on no more, it broke off.
            finished_at: end.filter(|_| status.is_finished() || (status == Status::Unknown && is_told_over)),
            url: get::text(value, &["url"]),
            commits: (!commits.is_empty()).then_some(commits),
            ..Run::default()
        };
        self.builds.insert((job, number), (origin.line, run));
    }

    /// A stage alone, as DevLake keeps it: the build stands in what was asked for.
    fn take_stage(&mut self, value: &Value, origin: &Origin) {
        let full = origin.input.as_ref().and_then(|input| get::text(input, &["FullName"]));
        let of_input = full
            .as_deref()
            .and_then(|full| full.rsplit_once('#'))
            .and_then(|(job, number)| Some((job.to_owned(), number.parse::<i64>().ok()?)));
        match of_input.or_else(|| build_of_url(&origin.url)) {
            Some(build) => self.stages.entry(build).or_default().push((origin.line, stage_of(value))),
            None => self.refused.push((
                origin.line,
                "a stage that does not say which build it belongs to: import the whole answer of wfapi/describe"
                    .to_owned(),
            )),
        }
    }

    fn take_described_build(&mut self, value: &Value, origin: &Origin) {
        let link = get::text(value, &["_links", "self", "href"]).unwrap_or_else(|| origin.url.clone());
        match build_of_url(&link) {
            Some(build) => {
                let stages = get::list(value, "stages").iter().map(|stage| (origin.line, stage_of(stage)));
                self.stages.insert(build, stages.collect());
            }
            None => self.refused.push((origin.line, "a stage view without its own address (_links)".to_owned())),
        }
    }

    pub fn finish(mut self, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        for ((job, number), stages) in std::mem::take(&mut self.stages) {
            let line = stages.first().map_or(0, |(line, _)| *line);
            let stages: Vec<Stage> = stages.into_iter().map(|(_, stage)| stage).collect();
            match self.builds.get_mut(&(job.clone(), number)) {
                Some((_, run)) => run.stages = Some(stages),
                None => {
                    let run = self.run_of_stages(&job, number, stages);
                    self.builds.insert((job, number), (line, run));
                }
            }
        }
        for (line, run) in self.builds.into_values() {
            emit.record(line, crate::model::record::Record::Run(run))?;
        }
        for (line, reason) in self.refused {
            emit.refuse(line, None, reason)?;
        }
        Ok(())
    }

    fn run_of_stages(&self, job: &str, number: i64, stages: Vec<Stage>) -> Run {
        let worst = |status: Status| stages.iter().any(|stage| stage.status == status);
        let order = [
            Status::Running,
            Status::WaitingApproval,
            Status::Failed,
            Status::Cancelled,
            Status::Warnings,
            Status::Unknown,
        ];
        let status = order.into_iter().find(|status| worst(*status)).unwrap_or(Status::Succeeded);
        let started_at = stages.iter().filter_map(|stage| stage.started_at).min();
        let finished_at = stages.iter().filter_map(|stage| stage.finished_at).max();
        Run {
            connection: self.connection(),
            pipeline: job.to_owned(),
            id: format!("{job}#{number}"),
            status,
            number: Some(number),
            service: self.options.service.clone(),
            created_at: started_at,
            started_at,
            finished_at: finished_at.filter(|_| status.is_finished()),
            stages: Some(stages),
            ..Run::default()
        }
    }
}

/// Job and number in `/job/a/job/b/7/wfapi/describe`.
fn build_of_url(url: &str) -> Option<(String, i64)> {
    let job = jenkins_job_of_url(url)?;
    let parts: Vec<&str> = url.split(['/', '?']).collect();
    let last_job = parts.iter().rposition(|part| *part == "job")?;
    Some((job, parts.get(last_job + 2)?.parse().ok()?))
}

fn stage_of(value: &Value) -> Stage {
    let raw = get::text(value, &["status"]).unwrap_or_default();
    let status = System::Jenkins.status(&raw, None);
    let started_at = get::int(value, &["startTimeMillis"]).filter(|millis| *millis > 0).and_then(Time::from_millis);
    let duration = get::int(value, &["durationMillis"]).filter(|millis| *millis >= 0);
    let end = started_at
        .zip(duration)
        .and_then(|(start, millis)| Some(Time(start.0.checked_add(millis.checked_mul(1000)?)?)));
    Stage {
        name: get::text(value, &["name"]).unwrap_or_else(|| "stage".to_owned()),
        status,
        status_raw: Some(raw).filter(|raw| !raw.is_empty()),
        started_at,
        finished_at: end.filter(|_| status.is_finished()),
        ..Stage::default()
    }
}

fn event_of(class: &str) -> String {
    let class = class.rsplit(['.', '$']).next().unwrap_or_default();
    match class {
        "UserIdCause" | "UserCause" => "manual",
        "TimerTriggerCause" => "schedule",
        "SCMTriggerCause" | "GitHubPushCause" | "BranchEventCause" | "GitLabWebHookCause" => "push",
        "UpstreamCause" | "BuildUpstreamCause" => "upstream",
        "RemoteCause" => "api",
        _ => "other",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_in_addresses() {
        assert_eq!(build_of_url("/job/app/12/wfapi/describe"), Some(("app".to_owned(), 12)));
    }
}
