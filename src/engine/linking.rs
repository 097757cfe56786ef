//! A start whose run was lost, and the run that a person says came of it.

use super::following::again_in_place;
use super::starts::{take_run, who};
use super::{Cancel, EngineError, Workspace};
use crate::model::Time;
use crate::remote::RunRef;
use crate::store::{AuditEntry, StartEntry, StartState};

/// Clocks of a server and of this machine are no further apart, or somebody would have noticed.
const CLOCKS_APART_S: f64 = 900.0;

impl Workspace {
    /// A person says which run came of a lost start.
    pub fn link_start(&self, id: &str, url: &str, cancel: &Cancel) -> Result<StartEntry, EngineError> {
        let mut start = self.known_start(id)?;
        let entry = self.connection(&start.connection)?;
        let link = self.link(&entry, cancel)?;
        let wrong = |why: &str| EngineError::Other(format!("\"{}\" {why} {}", url.trim(), entry.name));
        // A server may show its runs under another name than the one that it is asked by.
        let shown = self.latest_runs(Some(&entry.name), 1)?.into_iter().find_map(|run| run.url);
        let address = link.connector.address(&entry.base);
        if ![Some(&entry.base), Some(&address), shown.as_ref()].into_iter().flatten().any(|of| is_of_host(url, of)) {
            return Err(wrong("is an address of another server than that of"));
        }
        let run = link.connector.run_of_url(&link.transport, url.trim())?;
        let mut run = run.ok_or_else(|| wrong("is not the address of a run of"))?;
        if run.pipeline.is_empty() {
            run.pipeline.clone_from(&start.pipeline);
        }
        let pipeline = &run.pipeline;
        // A webhook's runs have no numbers of each pipeline.
        let is_other = |other: &StartEntry| other.connection == start.connection && other.id != start.id;
        let is_known = |other: &StartEntry| is_other(other) && other.run_id.as_ref() == Some(&run.id);
        let is_elsewhere = !link.connector.finds_lost() && self.store.starts(1000)?.iter().any(is_known);
        if is_elsewhere || self.store.is_run_taken(&start.connection, pipeline, &run.id, &start.id)? {
            return Err(wrong("is the run of another start of"));
        }
        let names = self.names_of_pipeline(&link, &start.connection, &start.pipeline);
        let is_its = names.iter().any(|name| name == pipeline || pipeline.starts_with(&format!("{name}/")));
        // A run is known by the repository alone where that is all that its address tells.
        let is_of_repo = run.repo.as_ref().is_some_and(|repo| repo == pipeline);
        if !is_its && !is_of_repo {
            return Err(EngineError::Other(format!(
                "\"{}\" is a run of {pipeline}, and {} was started",
                url.trim(),
                start.pipeline
            )));
        }
        // What is not there must not be taken for what was started.
        let look = link.connector.look(&link.transport, &run)?;
        self.keep_look(link.connector.uncounted_attempts(), &entry.name, look.brought)?;
        if again_in_place(&start).is_none() {
            self.check_age(&start, &run)?;
        }
        start.why = None;
        take_run(&mut start, run);
        start.updated_at = Time::now();
        self.store.put_start(&start)?;
        self.note(&entry, "link", &start.pipeline, start.run_id.as_deref(), &[], "linked")?;
        Ok(start)
    }

    /// A person looked there: nothing came of a lost start, or its run is over and tells no end.
    pub fn dismiss_start(&self, id: &str) -> Result<StartEntry, EngineError> {
        let mut start = self.known_start(id)?;
        if start.state != StartState::Lost {
            let why = format!("the start of {} is {}, not lost", start.pipeline_shown(), start.state.as_str());
            return Err(EngineError::Other(why));
        }
        let (state, outcome) = match start.run_id {
            Some(_) => (StartState::Ended, "how it ended is not told"),
            None => (StartState::Cancelled, "nothing was started"),
        };
        start.state = state;
        // What it was last seen at says nothing of how it ended.
        start.status = start.status.filter(|status| status.is_finished());
        start.why = Some(format!("somebody looked there: {outcome}"));
        start.updated_at = Time::now();
        let audit = AuditEntry {
            at: start.updated_at,
            who: who(),
            act: "dismiss".to_owned(),
            connection: start.connection.clone(),
            pipeline: start.pipeline.clone(),
            run_id: start.run_id.clone(),
            outcome: outcome.to_owned(),
            ..AuditEntry::default()
        };
        self.store.transaction(|store| -> Result<(), EngineError> {
            store.put_start(&start)?;
            store.add_audit(&audit)?;
            Ok(store.log("start", start.updated_at)?)
        })?;
        Ok(start)
    }

    fn known_start(&self, id: &str) -> Result<StartEntry, EngineError> {
        self.store.start(id)?.ok_or_else(|| EngineError::Other(format!("there is no start {id}")))
    }

    /// A run that was there long before a start was asked for cannot have come of it.
    fn check_age(&self, start: &StartEntry, run: &RunRef) -> Result<(), EngineError> {
        let known = self.store.runs_named(&format!("{}:{}", start.connection, run.id))?;
        let known = known.into_iter().find(|known| known.pipeline.starts_with(&run.pipeline));
        let Some(at) = known.and_then(|known| known.first_time()).map(Time) else { return Ok(()) };
        if start.at.secs_since(at) > CLOCKS_APART_S {
            return Err(EngineError::Other(format!(
                "run {} is of {at}, and the start was asked for at {}: it cannot have come of it",
                run.id, start.at
            )));
        }
        Ok(())
    }
}

/// Whether an address is on the host of another, or of the pages that belong to that interface; one without a host is.
fn is_of_host(url: &str, other: &str) -> bool {
    let host = |text: &str| Some(url::Url::parse(text.trim()).ok()?.host_str()?.to_ascii_lowercase());
    host(url).is_none_or(|given| host(other).is_some_and(|known| known == given || known == format!("api.{given}")))
}
