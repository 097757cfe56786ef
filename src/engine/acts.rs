//! What a person does to a run elsewhere: each act is written down before and after, and a run that is run again is a start.

use serde_json::Value;

use super::starts::{run_ref, who};
use super::sync::Link;
use super::{Cancel, EngineError, Workspace};
use crate::model::Time;
use crate::model::record::Run;
use crate::remote::{AGAIN_OF, RemoteError, Retry, RunRef, STAMP, Start};
use crate::store::{StartEntry, StartState};

/// What a person says to a step that waits.
#[derive(Clone, Debug, Default)]
pub struct ApproveAsk {
    /// By its id or name; needed only where several wait.
    pub step: Option<String>,
    pub is_rejected: bool,
    pub note: String,
    pub confirmed: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct RetryAsk {
    pub failed_only: bool,
    pub confirmed: Option<String>,
}

impl Workspace {
    /// One act on a run, written down before and after.
    fn act<T>(
        &self,
        run: &Run,
        act: &str,
        names: &[&str],
        cancel: &Cancel,
        send: impl FnOnce(&Link, &RunRef) -> Result<T, RemoteError>,
    ) -> Result<T, EngineError> {
        let entry = self.connection(&run.connection)?;
        let link = self.link(&entry, cancel)?;
        let note = |outcome: &str| self.note(&entry, act, &run.pipeline, Some(&run.id), names, outcome);
        note("asked")?;
        let done = send(&link, &run_ref(run));
        match &done {
            Ok(_) => note("done")?,
            Err(error) => note(&link.transport.shown(&format!("failed: {error}")))?,
        }
        Ok(done?)
    }

    pub fn cancel_run(&self, run: &Run, cancel: &Cancel) -> Result<(), EngineError> {
        self.act(run, "cancel", &[], cancel, |link, run| link.connector.cancel(&link.transport, run))?;
        self.look_again(run, cancel).map(|_| ())
    }

    /// Takes a start out of the queue there, before it has a run.
    pub fn cancel_start(&self, id: &str, cancel: &Cancel) -> Result<StartEntry, EngineError> {
        let start = self.store.start(id)?.ok_or_else(|| EngineError::Other(format!("there is no start {id}")))?;
        let handle = start.handle.as_deref().and_then(|handle| serde_json::from_str::<Value>(handle).ok());
        let Some(handle) = handle.filter(|_| start.state == StartState::Queued && start.run_id.is_none()) else {
            return Err(EngineError::Other(format!("the start of {} is not in a queue", start.pipeline)));
        };
        let entry = self.connection(&start.connection)?;
        let link = self.link(&entry, cancel)?;
        let note = |outcome: &str| self.note(&entry, "cancel", &start.pipeline, None, &["in the queue"], outcome);
        note("asked")?;
        match link.connector.cancel_queued(&link.transport, &handle) {
            Ok(()) => note("done")?,
            Err(error) => {
                note(&link.transport.shown(&format!("failed: {error}")))?;
                return Err(error.into());
            }
        }
        // Whether it was in time only the server knows.
        Ok(self.follow(id, cancel)?.start)
    }

    pub fn approve(&self, run: &Run, ask: &ApproveAsk, cancel: &Cancel) -> Result<(), EngineError> {
        let open = self.look_again(run, cancel)?.approvals;
        let step = match (&ask.step, open.as_slice()) {
            (Some(step), _) => open.iter().find(|open| open.id == *step || open.name == *step),
            (None, [] | [_]) => open.first(),
            (None, many) => {
                let names: Vec<&str> = many.iter().map(|approval| approval.name.as_str()).collect();
                return Err(EngineError::Other(format!("several steps wait; say which: {}", names.join(", "))));
            }
        };
        let step = step.ok_or_else(|| {
            let what = ask.step.as_ref().map_or_else(|| "nothing".to_owned(), |step| format!("no step \"{step}\""));
            EngineError::Other(format!("{what} waits for an approval in this run"))
        })?;
        if ask.is_rejected && !step.may_reject {
            let why = format!("\"{}\" cannot be rejected by itself: cancel the run", step.name);
            return Err(EngineError::Other(why));
        }
        if !ask.is_rejected {
            if !step.may_approve {
                return Err(EngineError::Other(format!("\"{}\" cannot be approved by you from here", step.name)));
            }
            let link = self.link(&self.connection(&run.connection)?, cancel)?;
            let environments = self.environments_of(&link, run)?;
            self.guard_step(&step.name, environments, ask.confirmed.as_deref())?;
        }
        let act = if ask.is_rejected { "reject" } else { "approve" };
        self.act(run, act, &[step.name.as_str()], cancel, |link, run| {
            link.connector.approve(&link.transport, run, &step.id, !ask.is_rejected, &ask.note)
        })?;
        self.look_again(run, cancel).map(|_| ())
    }

    /// Runs again; the same protocol as a start, since it is one.
    pub fn retry(&self, run: &Run, ask: &RetryAsk, cancel: &Cancel) -> Result<StartEntry, EngineError> {
        let entry = self.connection(&run.connection)?;
        let link = self.link(&entry, cancel)?;
        let can = link.connector.caps().retry;
        if ask.failed_only && can == Retry::All {
            return Err(RemoteError::NotOffered("run again only what failed: run all of it again").into());
        }
        let environments = self.environments_of(&link, run)?;
        self.guard(environments.clone(), ask.confirmed.as_deref())?;
        // Where the pipeline is gone, a run of it may still run again.
        let mut before = link.connector.watermark(&link.transport, &run.pipeline).ok().flatten();
        // A system that says what was run again finds it by this, where the answer is lost.
        let before_again = before.get_or_insert_with(|| serde_json::json!({}));
        before_again[AGAIN_OF] = Value::from(run.id.as_str());
        if link.connector.retries_in_place(ask.failed_only) {
            let stamp = link.connector.look(&link.transport, &run_ref(run))?.stamp;
            before_again[STAMP] = stamp.into();
        }
        let now = Time::now();
        let mut start = StartEntry {
            id: uuid::Uuid::now_v7().to_string(),
            connection: run.connection.clone(),
            pipeline: run.pipeline.clone(),
            git_ref: run.branch.clone(),
            environment: environments.into_iter().next(),
            before: before.as_ref().map(Value::to_string),
            run_repo: run.repo.clone(),
            who: who(),
            at: now,
            updated_at: now,
            ..StartEntry::default()
        };
        let act = if ask.failed_only { "retry failed" } else { "retry" };
        let names = vec![format!("of {}", run.id)];
        // What was given here goes in again, where nothing but a start of its own runs everything again.
        let is_start = !ask.failed_only && link.connector.again_is_a_start();
        let first = if is_start { self.store.start_of_run(&run.connection, &run.id)? } else { None };
        let inputs = first.and_then(|first| {
            let known = first.inputs.iter().map(|(name, value)| Some((name.clone(), value.clone()?)));
            start.inputs.clone_from(&first.inputs);
            known.collect::<Option<Vec<(String, String)>>>().filter(|inputs| !inputs.is_empty())
        });
        let request = inputs.map(|inputs| Start {
            pipeline: run.pipeline.clone(),
            git_ref: run.branch.clone(),
            inputs,
            intent: start.id.clone(),
            before,
            ..Start::default()
        });
        self.send_once(&mut start, act, names, || match &request {
            Some(request) => link.connector.start(&link.transport, request).map(Some),
            None => link.connector.retry(&link.transport, &run_ref(run), ask.failed_only),
        })?;
        Ok(self.store.start(&start.id)?.unwrap_or(start))
    }
}
