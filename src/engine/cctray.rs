//! The latest runs as a CCTray feed, for monitors that read those.

use std::collections::{BTreeMap, BTreeSet};

use super::{EngineError, Workspace};
use crate::model::record::Run;
use crate::model::xml::xml_text;
use crate::model::{Status, Time};

/// Runs of a pipeline among which its last that is over is found.
const LOOKED_AT: usize = 50;

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Succeeded | Status::Warnings => "Success",
        Status::Failed => "Failure",
        _ => "Unknown",
    }
}

impl Workspace {
    pub fn cctray_feed(&self, connection: Option<&str>) -> Result<String, EngineError> {
        let mut pipelines: BTreeMap<(String, String), Vec<Run>> = BTreeMap::new();
        for (of, id) in self.store.pipelines()?.into_iter().filter(|(of, _)| connection.is_none_or(|name| name == of)) {
            // Pipelines of one name are told apart by their ids.
            let runs = self.latest_runs_of(Some(&of), Some(&id), LOOKED_AT)?;
            let mut runs: Vec<Run> = runs.into_iter().filter(|run| run.pipeline == id).collect();
            // Part of another run, which tells how the whole went.
            let ids: BTreeSet<String> = runs.iter().map(|run| run.id.clone()).collect();
            runs.retain(|run| run.parent.as_ref().is_none_or(|parent| !ids.contains(parent)));
            // An old run that was run again is no news of its pipeline.
            runs.sort_by_key(|run| std::cmp::Reverse((run.first_time(), run.attempt)));
            if !runs.is_empty() {
                pipelines.insert((of, id), runs);
            }
        }
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Projects>\n");
        for ((connection, pipeline), runs) in &pipelines {
            let is_building = runs.iter().any(|run| !run.is_over() && !run.status.may_have_ended());
            // What was cancelled or skipped says nothing of how the pipeline is.
            let says_how = |run: &&Run| run.is_over() && matches!(status_word(run.status), "Success" | "Failure");
            let last = runs.iter().find(says_how).or_else(|| runs.iter().find(|run| run.is_over()));
            let name = runs.first().and_then(|run| run.pipeline_name.as_ref()).unwrap_or(pipeline);
            let mut attributes = vec![
                ("name", format!("{connection} :: {name}")),
                ("activity", if is_building { "Building" } else { "Sleeping" }.to_owned()),
                ("lastBuildStatus", last.map_or("Unknown", |run| status_word(run.status)).to_owned()),
            ];
            if let Some(run) = last {
                attributes.push(("lastBuildLabel", run.number.map_or_else(|| run.id.clone(), |n| n.to_string())));
            }
            // Monitors refuse a project without a time or an address: the first moment of all says that there is none.
            let at = last.and_then(|run| run.finished_at.or(run.updated_at).or(run.started_at)).unwrap_or(Time(0));
            attributes.push(("lastBuildTime", at.to_string()));
            let url = last.into_iter().chain(runs.first()).find_map(|run| run.url.clone());
            attributes.push(("webUrl", url.unwrap_or_default()));
            let attributes: Vec<String> =
                attributes.iter().map(|(name, value)| format!("{name}=\"{}\"", xml_text(value))).collect();
            out.push_str(&format!("  <Project {}/>\n", attributes.join(" ")));
        }
        out.push_str("</Projects>");
        Ok(out)
    }
}
