//! Starting runs elsewhere.
//!
//! Nothing is ever started twice. The intent is on disk before the one request goes out; where no clear answer comes, the
//! run is looked for by what the system offers (its request, our mark, the newest run before), never asked for again. A
//! program that is killed in between finds its intents when it starts again. After three minutes without a trace a start
//! is *lost*: a person looks and may link the run by its address. Who did what is written down with the names of the
//! inputs; the value of a secret never leaves the request.

use secrecy::{ExposeSecret as _, SecretString};

use super::following::with_moment;
use super::guard::is_said;
use super::{Cancel, EngineError, Workspace, typed};
use crate::model::record::Run;
use crate::model::{Status, Time};
use crate::remote::{Brought, Field, FieldKind, Form, RemoteError, RunRef, Start, Started, names_a_secret};
use crate::store::{AuditEntry, ConnectionEntry, NoticeEntry, PresetEntry, SendingLock, StartEntry, StartState, Store};

/// What a person wants to start.
#[derive(Clone, Debug, Default)]
pub struct StartAsk {
    pub connection: String,
    pub pipeline: String,
    pub git_ref: Option<String>,
    pub inputs: Vec<(String, String)>,
    /// Names of inputs that are secrets, whatever the form says of them.
    pub secrets: Vec<String>,
    /// The name of the production environment, typed by hand.
    pub confirmed: Option<String>,
}

impl StartAsk {
    /// Whether an input must be neither kept nor shown: by the form, by whoever asks, or by its name.
    fn is_secret(&self, form: &Form, name: &str) -> bool {
        let field = form.field(name);
        let is_text = field.is_none_or(|field| matches!(field.kind, FieldKind::Text | FieldKind::Lines));
        field.is_some_and(Field::is_secret)
            || self.secrets.iter().any(|secret| secret == name)
            || (is_text && names_a_secret(name))
    }
}

pub(super) fn who() -> String {
    ["GEMBA_USER", "USER", "USERNAME", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
        .unwrap_or_else(|| "somebody".to_owned())
}

impl Workspace {
    /// What the server asks of whoever starts the pipeline, with what was given last as the defaults.
    pub fn form(
        &self,
        connection: &str,
        pipeline: &str,
        git_ref: Option<&str>,
        cancel: &Cancel,
    ) -> Result<Form, EngineError> {
        let link = self.link(&self.connection(connection)?, cancel)?;
        let form = link.connector.form(&link.transport, pipeline, git_ref);
        form.map_err(|error| self.told_of_move(connection, error, cancel))
    }

    /// Where a place has another name now, the connection goes on under it, and the name is told.
    fn told_of_move(&self, connection: &str, error: RemoteError, cancel: &Cancel) -> EngineError {
        let entry = if error.is_moved() { self.connection(connection).ok() } else { None };
        let places = entry.as_ref().map(|entry| entry.scope.join(", ")).filter(|places| !places.is_empty());
        match entry.and_then(|entry| self.follow_renames(&entry, cancel).ok().flatten()) {
            Some((_, names)) => {
                let names: Vec<String> = names.iter().map(|(old, new)| format!("{old} is called {new} now")).collect();
                EngineError::Other(format!("{}: start it by that name", names.join(", ")))
            }
            None => match places {
                Some(places) => {
                    EngineError::Other(format!("it has another name there now: {connection} looks at {places}"))
                }
                None => error.into(),
            },
        }
    }

    /// What was given the last time this pipeline was started from here; a secret is not remembered.
    pub fn last_inputs(&self, connection: &str, pipeline: &str) -> Result<Option<StartEntry>, EngineError> {
        let starts = self.store.starts(1000)?;
        Ok(starts.into_iter().find(|start| start.connection == connection && start.pipeline == pipeline))
    }

    /// The request that would start a pipeline, as a command of the shell with its secrets left out; sends nothing.
    pub fn preview(&self, ask: &StartAsk, cancel: &Cancel) -> Result<String, EngineError> {
        let mut link = self.link(&self.connection(&ask.connection)?, cancel)?;
        let form = link.connector.form(&link.transport, &ask.pipeline, ask.git_ref.as_deref())?;
        let inputs = form.fill(&ask.inputs).map_err(EngineError::Misfit)?;
        for (_, value) in inputs.iter().filter(|(name, _)| ask.is_secret(&form, name)) {
            link.transport.hide(value);
        }
        let git_ref = ref_of(ask, &form)?;
        let start = Start { pipeline: ask.pipeline.clone(), git_ref, inputs, ..Start::default() };
        match link.connector.preview(&link.transport, &start)? {
            Some(request) => Ok(link.transport.as_curl(&request)?),
            None => Err(RemoteError::NotOffered("show the request of a start before it is sent").into()),
        }
    }

    /// Starts a pipeline once. What comes back may still be without its run: [`Workspace::follow`] looks for it.
    pub fn start(&self, ask: &StartAsk, cancel: &Cancel) -> Result<StartEntry, EngineError> {
        let entry = self.connection(&ask.connection)?;
        let mut link = self.link(&entry, cancel)?;
        if !link.connector.caps().trigger {
            return Err(RemoteError::NotOffered("start a run").into());
        }
        let form = link.connector.form(&link.transport, &ask.pipeline, ask.git_ref.as_deref());
        let form = form.map_err(|error| self.told_of_move(&ask.connection, error, cancel))?;
        let git_ref = ref_of(ask, &form)?;
        let filled = form.fill(&ask.inputs).map_err(EngineError::Misfit)?;
        // What the server fills in counts, too, for where it goes.
        let left = form
            .fields
            .iter()
            .filter(|field| field.keeps_default && !filled.iter().any(|(name, _)| *name == field.name));
        let left = left.filter_map(|field| Some((field.name.clone(), field.default.clone()?)));
        let meant: Vec<(String, String)> = filled.iter().cloned().chain(left).collect();
        let (mut environment, mut goes_to_production) = self.place_of(&form, &meant)?;
        if !goes_to_production {
            let on = ask.git_ref.as_deref().or(form.git_ref.as_deref());
            let names = self.names_of_pipeline(&link, &ask.connection, &ask.pipeline);
            if let Some(implied) = self.production_of_pipeline(&ask.connection, &names, on)? {
                (environment, goes_to_production) = (Some(implied), true);
            }
        }
        let said = environment.as_deref().is_some_and(|name| is_said(ask.confirmed.as_deref(), name));
        if goes_to_production && !said {
            return Err(EngineError::Unconfirmed { environment: environment.unwrap_or_default() });
        }
        for (_, value) in filled.iter().filter(|(name, _)| ask.is_secret(&form, name)) {
            link.transport.hide(value);
            typed::keep(&ask.connection, value);
        }
        let before = link.connector.watermark(&link.transport, &ask.pipeline)?;
        let now = Time::now();
        let remembered =
            filled.iter().map(|(name, value)| (name.clone(), (!ask.is_secret(&form, name)).then(|| value.clone())));
        let mut start = StartEntry {
            id: uuid::Uuid::now_v7().to_string(),
            connection: ask.connection.clone(),
            pipeline: ask.pipeline.clone(),
            git_ref: git_ref.clone(),
            inputs: remembered.collect(),
            environment,
            before: before.as_ref().map(serde_json::Value::to_string),
            who: who(),
            at: now,
            updated_at: now,
            ..StartEntry::default()
        };
        let names = filled.iter().map(|(name, _)| name.clone()).collect();
        let request = Start {
            pipeline: ask.pipeline.clone(),
            git_ref,
            inputs: filled,
            intent: start.id.clone(),
            before,
            ..Start::default()
        };
        self.send_once(&mut start, "trigger", names, || {
            // A server may give back what it refuses, a secret input too.
            let started = link.connector.start(&link.transport, &request).map(Some);
            started.map_err(|error| match error {
                RemoteError::Inputs(why) => RemoteError::Inputs(link.transport.shown(&why)),
                error => error,
            })
        })?;
        if start.state == StartState::Ambiguous && !link.connector.finds_lost() {
            let cause = start.why.as_deref().and_then(|why| why.strip_prefix(MAY_HAVE_STARTED)).unwrap_or_default();
            start.state = StartState::Lost;
            start.why = Some(format!("it may have been started: look there, and link its run by address or id{cause}"));
            self.store.transaction(|store| -> Result<(), EngineError> {
                store.put_start(&start)?;
                tell_lost(store, &start)
            })?;
        }
        // With the name that the store knows of its pipeline.
        Ok(self.store.start(&start.id)?.unwrap_or(start))
    }

    /// The heart of the protocol: the intent on disk, one request, and what its answer means.
    pub(super) fn send_once(
        &self,
        start: &mut StartEntry,
        act: &str,
        names: Vec<String>,
        send: impl FnOnce() -> Result<Option<Started>, RemoteError>,
    ) -> Result<(), EngineError> {
        let audit = AuditEntry {
            at: start.at,
            who: start.who.clone(),
            act: act.to_owned(),
            connection: start.connection.clone(),
            pipeline: start.pipeline.clone(),
            run_id: start.run_id.clone(),
            names,
            outcome: "asked".to_owned(),
            ..AuditEntry::default()
        };
        let _sending = SendingLock::take(self.store.path(), &start.id)?;
        self.store.transaction(|store| -> Result<(), EngineError> {
            store.put_start(start)?;
            Ok(store.add_audit(&audit)?)
        })?;
        let sent = send();
        start.updated_at = Time::now();
        let (mut refusal, mut seen) = (None, None);
        match sent {
            Ok(Some(Started::Run(run))) => take_run(start, run),
            Ok(Some(Started::Seen(run, record))) => {
                take_run(start, run);
                seen = Some(record);
            }
            Ok(Some(Started::Handle(handle))) => {
                start.handle = Some(handle.to_string());
                start.state = StartState::Queued;
            }
            Ok(None) => start.state = StartState::Running,
            Err(error) => {
                if error.is_ambiguous() {
                    start.state = StartState::Ambiguous;
                    start.why = Some(format!("{MAY_HAVE_STARTED} ({})", error.cause()));
                } else {
                    start.state = StartState::Refused;
                    start.why = Some(error.to_string());
                    refusal = Some(error);
                }
            }
        }
        let outcome = match &start.why {
            Some(why) => format!("{}: {why}", start.state.as_str()),
            None => start.state.as_str().to_owned(),
        };
        let audit = AuditEntry { at: start.updated_at, run_id: start.run_id.clone(), outcome, ..audit };
        self.store.transaction(|store| -> Result<(), EngineError> {
            store.put_start(start)?;
            store.add_audit(&audit)?;
            Ok(store.log("start", start.updated_at)?)
        })?;
        if let Some(record) = seen {
            let brought = Brought { records: vec![*record], ..Brought::default() };
            let brought = with_moment(brought, start);
            self.keep_look(None, &start.connection, brought)?;
        }
        refusal.map_or(Ok(()), |error| Err(error.into()))
    }

    pub fn starts(&self) -> Result<Vec<StartEntry>, EngineError> {
        Ok(self.store.starts(200)?)
    }

    /// Every start there ever was, the newest first.
    pub fn all_starts(&self) -> Result<Vec<StartEntry>, EngineError> {
        Ok(self.store.starts(usize::from(u16::MAX))?)
    }

    pub fn open_starts(&self) -> Result<Vec<StartEntry>, EngineError> {
        Ok(self.store.open_starts()?)
    }

    pub fn audit(&self) -> Result<Vec<AuditEntry>, EngineError> {
        Ok(self.store.audit(500)?)
    }

    pub(super) fn note(
        &self,
        entry: &ConnectionEntry,
        act: &str,
        pipeline: &str,
        run: Option<&str>,
        names: &[&str],
        outcome: &str,
    ) -> Result<(), EngineError> {
        self.store.add_audit(&AuditEntry {
            at: Time::now(),
            who: who(),
            act: act.to_owned(),
            connection: entry.name.clone(),
            pipeline: pipeline.to_owned(),
            run_id: run.map(str::to_owned),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            outcome: outcome.to_owned(),
            ..AuditEntry::default()
        })?;
        Ok(self.store.log("audit", Time::now())?)
    }

    pub fn presets(&self) -> Result<Vec<PresetEntry>, EngineError> {
        Ok(self.store.presets()?)
    }

    pub fn put_preset(&self, preset: &PresetEntry) -> Result<(), EngineError> {
        if preset.name.trim().is_empty() {
            return Err(EngineError::Other("a preset needs a name".to_owned()));
        }
        self.store.put_preset(preset)?;
        Ok(self.store.log("preset", Time::now())?)
    }

    pub fn delete_preset(&self, name: &str) -> Result<(), EngineError> {
        self.store.delete_preset(name)?;
        Ok(self.store.log("preset", Time::now())?)
    }
}

/// Nobody may be looking when a start is lost: it is told in the inbox.
pub(super) fn tell_lost(store: &Store, start: &StartEntry) -> Result<(), EngineError> {
    Ok(store.add_notice(&NoticeEntry {
        at: Time::now(),
        title: format!("{} lost", start.pipeline_shown()),
        text: start.why.clone().unwrap_or_default(),
        connection: Some(start.connection.clone()),
        pipeline: Some(start.pipeline.clone()),
        ..NoticeEntry::default()
    })?)
}

/// What is said of a start whose answer says neither yes nor no, before what happened.
pub(super) const MAY_HAVE_STARTED: &str = "it may have been started, and its run is looked for: do not start it again";

/// On what a start goes. A branch that would go nowhere is refused: something else than what was meant would be built.
fn ref_of(ask: &StartAsk, form: &Form) -> Result<Option<String>, EngineError> {
    match &ask.git_ref {
        Some(name) if !form.takes_ref => Err(EngineError::Misfit(format!(
            "{} takes no branch or tag, so \"{name}\" would be left out",
            ask.pipeline
        ))),
        given => Ok(given.clone().or_else(|| form.git_ref.clone()).filter(|_| form.takes_ref)),
    }
}

pub(super) fn take_run(start: &mut StartEntry, run: RunRef) {
    start.pipeline = if run.pipeline.is_empty() { start.pipeline.clone() } else { run.pipeline };
    start.run_id = Some(run.id);
    start.run_attempt = Some(run.attempt.max(1));
    start.run_repo = run.repo.or(start.run_repo.take());
    start.state = StartState::Running;
}

pub(super) fn run_ref(run: &Run) -> RunRef {
    RunRef { pipeline: run.pipeline.clone(), id: run.id.clone(), attempt: run.attempt, repo: run.repo.clone() }
}

/// The state of a followed run as an exit code: 0 for what went well.
pub fn exit_code_of(start: &StartEntry) -> u8 {
    match (start.state, start.status) {
        (StartState::Ended, Some(Status::Succeeded | Status::Warnings | Status::Skipped)) => 0,
        _ => 1,
    }
}

/// A secret that a person typed.
pub fn secret_of(text: &str) -> Option<SecretString> {
    Some(SecretString::from(text.trim().to_owned())).filter(|secret| !secret.expose_secret().is_empty())
}
