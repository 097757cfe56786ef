//! Runs as a person names them, the latest of them, and their logs as their system keeps them.

use super::starts::run_ref;
use super::{Cancel, EngineError, Workspace};
use crate::model::Status;
use crate::model::record::Run;
use crate::remote::{LogChunk, LogRef};
use crate::store::StartEntry;

impl Workspace {
    pub fn logs(&self, run: &Run, cancel: &Cancel) -> Result<Vec<LogRef>, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        Ok(link.connector.logs(&link.transport, &run_ref(run))?)
    }

    pub fn log(&self, run: &Run, log: &str, from: u64, cancel: &Cancel) -> Result<LogChunk, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        let chunk = link.connector.log(&link.transport, &run_ref(run), log, from)?;
        Ok(LogChunk { text: link.transport.shown(&as_overwritten(&chunk.text)), ..chunk })
    }

    /// The runs that a person may mean: `CONNECTION:ID`, an id, or `PIPELINE#NUMBER`; the latest attempt of each.
    pub fn runs_named(&self, text: &str) -> Result<Vec<Run>, EngineError> {
        let known = self.store.runs_named(text)?;
        if !known.is_empty() {
            return Ok(known);
        }
        // What was just started from here is known by its start until a round brings it.
        let is_meant = |start: &StartEntry| {
            start.run_id.as_ref().is_some_and(|id| {
                start.id == text || id == text || text.strip_prefix(&start.connection) == Some(&format!(":{id}"))
            })
        };
        let mut started: Vec<Run> = self.store.starts(1000)?.into_iter().filter(is_meant).map(run_of_start).collect();
        // A run that was run again in its place has several starts.
        let mut seen = std::collections::BTreeSet::new();
        started.retain(|run| seen.insert((run.connection.clone(), run.pipeline.clone(), run.id.clone())));
        Ok(started)
    }

    /// The connections that know a pipeline by that id, and the id.
    pub fn places_of_pipeline(&self, pipeline: &str) -> Result<Vec<(String, String)>, EngineError> {
        let all = self.connections()?;
        let mut places = self.store.pipelines()?;
        places.retain(|(of, _)| all.iter().any(|entry| entry.name == *of));
        let by_id: Vec<(String, String)> = places.iter().filter(|(_, id)| id == pipeline).cloned().collect();
        if !by_id.is_empty() {
            return Ok(by_id);
        }
        let mut by_name = Vec::new();
        for (of, id) in places {
            if self.store.pipeline_name(&of, &id)?.as_deref() == Some(pipeline) {
                by_name.push((of, id));
            }
        }
        Ok(by_name)
    }

    /// Refuses a connection that is neither there nor left any runs behind.
    pub fn check_place(&self, name: Option<&str>) -> Result<(), EngineError> {
        let Some(name) = name else { return Ok(()) };
        if self.store.pipelines()?.iter().any(|(of, _)| of == name) {
            return Ok(());
        }
        self.connection(name).map(|_| ())
    }

    pub fn latest_runs(&self, connection: Option<&str>, most: usize) -> Result<Vec<Run>, EngineError> {
        self.latest_runs_of(connection, None, most)
    }

    /// The same of one pipeline, by its id or name.
    pub fn latest_runs_of(
        &self,
        connection: Option<&str>,
        pipeline: Option<&str>,
        most: usize,
    ) -> Result<Vec<Run>, EngineError> {
        Ok(self.store.latest_runs(connection, pipeline, most)?)
    }
}

/// Lines as a terminal leaves them: what follows a carriage return is written over what stood before it. Progress bars live
/// by this, and so do the marks of GitLab's sections.
fn as_overwritten(text: &str) -> String {
    if !text.contains('\r') {
        return text.to_owned();
    }
    let last = |line: &str| line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default().to_owned();
    text.split('\n').map(last).collect::<Vec<String>>().join("\n")
}

/// The run of a start as far as the start tells.
fn run_of_start(start: StartEntry) -> Run {
    Run {
        connection: start.connection,
        pipeline: start.pipeline,
        id: start.run_id.unwrap_or_default(),
        attempt: start.run_attempt.unwrap_or(1),
        status: start.status.unwrap_or(Status::Queued),
        repo: start.run_repo,
        branch: start.git_ref,
        created_at: Some(start.at),
        ..Run::default()
    }
}

#[cfg(test)]
mod tests {
    use super::as_overwritten;

    #[test]
    fn lines_are_as_a_terminal_leaves_them() {
        let log =
            "10 %\r50 %\rdone\r\nsection_start:1560896352:prepare\r\u{1b}[0Kprep\nsection_end:1:a\r\u{1b}[0K\nplain\n";
        assert_eq!(as_overwritten(log), "done\n\u{1b}[0Kprep\n\u{1b}[0K\nplain\n");
    }
}
