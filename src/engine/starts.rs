//! Starting runs elsewhere, and following them.
//!
//! Nothing is ever started twice. The intent is on disk before the one request goes out; where no clear answer comes, the
//! run is looked for by what the system offers (its request, our mark, the newest run before), never asked for again. A
//! program that is killed in between finds its intents when it starts again. After three minutes without a trace a start
//! is *lost*: a person looks and may link the run by its address. Who did what is written down with the names of the
//! inputs; the value of a secret never leaves the request.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::attempts::IsAgain;
use super::guard::is_said;
use super::outbox::Known;
use super::step::Step;
use super::sync::Link;
use super::{Cancel, EngineError, SyncReport, Workspace, typed};
use crate::model::record::{Record, Run};
use crate::model::{Status, Time};
use crate::remote::{
    AGAIN_OF, Announcement, Approval, Brought, Field, FieldKind, Form, LogChunk, LogRef, RemoteError, Resolved, Retry,
    RunRef, STAMP, Start, Started, names_a_secret,
};
use crate::store::{AuditEntry, ConnectionEntry, NoticeEntry, PresetEntry, StartEntry, StartState, Unannounced};

/// A start without a clear answer is given up after this.
const PATIENCE_S: f64 = 180.0;

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

/// A run that came of a start, as it is now.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    pub start: StartEntry,
    pub approvals: Vec<Approval>,
    pub wait_reason: Option<String>,
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
        Ok(link.connector.form(&link.transport, pipeline, git_ref)?)
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
        let form = link.connector.form(&link.transport, &ask.pipeline, ask.git_ref.as_deref())?;
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
            before: before.as_ref().map(Value::to_string),
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
            self.store.put_start(&start)?;
        }
        Ok(start)
    }

    /// The heart of the protocol: the intent on disk, one request, and what its answer means.
    fn send_once(
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

    /// Looks once at how a start stands, and keeps what is seen.
    pub fn follow(&self, id: &str, cancel: &Cancel) -> Result<Followed, EngineError> {
        let start = self.store.start(id)?.ok_or_else(|| EngineError::NoSuch {
            what: "start",
            name: id.to_owned(),
            known: "see gemba runs --started".to_owned(),
        })?;
        if start.state.is_settled() {
            return Ok(Followed { start, ..Followed::default() });
        }
        let link = self.link(&self.connection(&start.connection)?, cancel)?;
        // The first look comes at once, also where it is asked seldom.
        let is_early = Time::now().secs_since(start.updated_at) < link.connector.looks().every.as_secs_f64();
        if start.status.is_some() && is_early {
            return Ok(Followed { start, ..Followed::default() });
        }
        let mut followed = Followed { start, ..Followed::default() };
        if followed.start.run_id.is_none() {
            self.find_run(&mut followed, &link)?;
        }
        if followed.start.run_id.is_some() && !followed.start.state.is_settled() {
            self.look_at_run(&mut followed, &link)?;
        }
        followed.start.updated_at = Time::now();
        self.store.put_start(&followed.start)?;
        if followed.start.state == StartState::Ended {
            self.tell_hooks(&mut SyncReport::default(), cancel)?;
        }
        Ok(followed)
    }

    fn find_run(&self, followed: &mut Followed, link: &Link) -> Result<(), EngineError> {
        let start = &mut followed.start;
        let read = |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        let others = self.store.starts(1000)?.into_iter();
        // Where runs are numbered in each repository, those of another have numbers of their own.
        let is_elsewhere = |other: &StartEntry| {
            other.run_repo.as_ref().is_some_and(|repo| {
                start.pipeline.contains('/')
                    && start.pipeline != *repo
                    && !start.pipeline.starts_with(&format!("{repo}/"))
            })
        };
        let others: Vec<StartEntry> = others
            .filter(|other| other.id != start.id && other.connection == start.connection && !is_elsewhere(other))
            .collect();
        let request = Start {
            pipeline: start.pipeline.clone(),
            git_ref: start.git_ref.clone(),
            inputs: Vec::new(),
            intent: start.id.clone(),
            before: read(&start.before),
            taken_handles: others.iter().filter_map(|other| read(&other.handle)).collect(),
            taken: others.into_iter().filter_map(|other| other.run_id).collect(),
        };
        let handle = read(&start.handle);
        let resolved = match again_in_place(start) {
            Some((of, stamp)) => again(link, start, &of, &stamp)?,
            None => link.connector.resolve(&link.transport, &request, handle.as_ref())?,
        };
        match resolved {
            // Two starts that a server made one stand at one place in its queue, and have one run.
            Resolved::Run(run)
                if !is_merged(&request, handle.as_ref())
                    && self.store.is_run_taken(&start.connection, &run.pipeline, &run.id, &start.id)? => {}
            Resolved::Run(run) => {
                start.why = None;
                take_run(start, run);
                return Ok(());
            }
            Resolved::Cancelled => {
                start.state = StartState::Cancelled;
                return Ok(());
            }
            Resolved::Queued(handle, why) => {
                start.handle = Some(handle.to_string());
                start.state = StartState::Queued;
                start.why = None;
                followed.wait_reason = Some(why.unwrap_or_else(|| "it waits in the queue there".to_owned()));
                return Ok(());
            }
            Resolved::Pending(why) => followed.wait_reason = Some(why),
        }
        // What stands in a queue comes when it comes, and is told as queued; a hint in an answer is no place in a queue.
        if Time::now().secs_since(start.at) > PATIENCE_S {
            start.state = StartState::Lost;
            let cause = start.why.as_deref().and_then(|why| why.strip_prefix(MAY_HAVE_STARTED)).unwrap_or_default();
            let lost = "no run of it was found in three minutes: look there, and link its run by address";
            start.why = Some(format!("{lost}{cause}"));
        } else if start.state == StartState::Starting {
            start.state = StartState::Ambiguous;
            start.why = Some(format!("{MAY_HAVE_STARTED} (Gemba ended before an answer came)"));
        }
        Ok(())
    }

    fn look_at_run(&self, followed: &mut Followed, link: &Link) -> Result<(), EngineError> {
        let start = &mut followed.start;
        let run = RunRef {
            pipeline: start.pipeline.clone(),
            id: start.run_id.clone().unwrap_or_default(),
            attempt: start.run_attempt.unwrap_or(1),
            repo: start.run_repo.clone(),
        };
        let (age, looks) = (Time::now().secs_since(start.at), link.connector.looks());
        let is_late = age > PATIENCE_S;
        let look = match link.connector.look(&link.transport, &run) {
            // A run that was just made may not be shown yet; one that is not there later was deleted.
            Err(RemoteError::NotFound { .. }) => {
                if is_late {
                    link.connector.see_place(&link.transport, &run)?;
                    self.let_vanish(&start.connection, &run.pipeline, &run.id)?;
                    (start.state, start.status) = (StartState::Ended, Some(Status::Unknown));
                    start.why = Some("its run is not there any more: it was deleted".to_owned());
                } else {
                    followed.wait_reason = Some("its run is not shown yet".to_owned());
                }
                return Ok(());
            }
            look => look?,
        };
        let brought = with_moment(look.brought, start);
        let known = self.deployments_known()?;
        self.keep_look(link.connector.uncounted_attempts(), &start.connection, brought)?;
        start.run_attempt = self.attempt_now(link, start)?;
        if let Some(next) = look.instead {
            take_run(start, next);
            followed.wait_reason = Some("it was lost there and is built anew".to_owned());
            return Ok(());
        }
        // Just after it was asked for, a run that is run again still stands as it ended before.
        let is_as_before = again_in_place(start).is_some_and(|(_, stamp)| look.stamp == Some(stamp));
        if is_as_before {
            if is_late {
                start.state = StartState::Lost;
                start.why = Some("the server took it and has not run it again in three minutes".to_owned());
            }
            followed.wait_reason = Some("it has not begun again yet".to_owned());
            return Ok(());
        }
        start.status = Some(look.status);
        followed.approvals = look.approvals;
        followed.wait_reason = look.wait_reason;
        let is_over = look.status.is_finished() || look.is_over;
        if !is_over && looks.at_most.is_some_and(|most| age > most.as_secs_f64()) {
            (start.state, start.status) = (StartState::Lost, Some(look.status));
            let waited = super::format::duration(looks.at_most.unwrap_or_default().as_secs_f64());
            start.why = Some(format!("no end of it was told in {waited}: look there"));
            return Ok(());
        }
        start.state = if is_over { StartState::Ended } else { StartState::Running };
        if start.state == StartState::Ended {
            self.tell_end(start, look.status, &known)?;
        }
        Ok(())
    }

    /// In the inbox, and to those who operate where it went to production: once, as the deployment that it is, or as what was
    /// started where nothing makes a deployment of it.
    fn tell_end(&self, start: &StartEntry, status: Status, known: &Known) -> Result<(), EngineError> {
        let to_production = match &start.environment {
            Some(environment) => self.is_production_name(environment)?,
            None => false,
        };
        let title = format!("{} {}", start.pipeline_shown(), status.as_str());
        let text = match &start.environment {
            Some(environment) => format!("started by {}, for {environment}", start.who),
            None => format!("started by {}", start.who),
        };
        self.store.transaction(|store| -> Result<(), EngineError> {
            // That it ended is written with what is told of it: a program that is killed tells nothing twice.
            store.put_start(start)?;
            let told = self.announce(&start.connection, start.at, known)?;
            let is_of_it = |deployment: &Unannounced| {
                deployment.pipeline.as_ref() == Some(&start.pipeline) && deployment.run_id == start.run_id
            };
            if told.iter().any(is_of_it) {
                return Ok(());
            }
            if told.is_empty() && to_production {
                self.queue(&Announcement {
                    title: title.clone(),
                    text: format!("{title}, {text}"),
                    environment: start.environment.clone().unwrap_or_default(),
                    status: status.as_str().to_owned(),
                    at: Time::now().to_string(),
                    ..Announcement::default()
                })?;
            }
            Ok(store.add_notice(&NoticeEntry {
                at: Time::now(),
                title,
                text,
                connection: Some(start.connection.clone()),
                pipeline: Some(start.pipeline.clone()),
                run_id: start.run_id.clone(),
                ..NoticeEntry::default()
            })?)
        })
    }

    /// The attempt that a followed run is in, where only the store counts them.
    fn attempt_now(&self, link: &Link, start: &StartEntry) -> Result<Option<u32>, EngineError> {
        let (Some(run), Some(_)) = (&start.run_id, link.connector.uncounted_attempts()) else {
            return Ok(start.run_attempt);
        };
        let known = self.store.attempts_of(&start.connection, &start.pipeline, run)?;
        Ok(known.last().map(|(number, ..)| *number).or(start.run_attempt))
    }

    pub(super) fn keep_look(
        &self,
        is_again: Option<IsAgain>,
        connection: &str,
        brought: Brought,
    ) -> Result<(), EngineError> {
        let mut report = SyncReport::default();
        let step = Step::of(Brought { mark: None, ..brought }, connection);
        self.keep_steps(connection, is_again, vec![step], &mut report)?;
        if report.total().new + report.total().changed > 0 {
            self.store.transaction(|store| -> Result<(), EngineError> {
                store.after_records()?;
                Ok(store.log("sync", Time::now())?)
            })?;
        }
        Ok(())
    }

    /// A run that its system knows no more does not go on for ever.
    fn let_vanish(&self, connection: &str, pipeline: &str, run: &str) -> Result<(), EngineError> {
        if self.store.let_run_vanish(connection, pipeline, run)? > 0 {
            self.store.log("sync", Time::now())?;
        }
        Ok(())
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
        Ok(start)
    }

    pub fn logs(&self, run: &Run, cancel: &Cancel) -> Result<Vec<LogRef>, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        Ok(link.connector.logs(&link.transport, &run_ref(run))?)
    }

    pub fn log(&self, run: &Run, log: &str, from: u64, cancel: &Cancel) -> Result<LogChunk, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        let chunk = link.connector.log(&link.transport, &run_ref(run), log, from)?;
        Ok(LogChunk { text: link.transport.shown(&as_overwritten(&chunk.text)), ..chunk })
    }

    /// One run as its system has it now, kept.
    pub fn look_again(&self, run: &Run, cancel: &Cancel) -> Result<Followed, EngineError> {
        let link = self.link(&self.connection(&run.connection)?, cancel)?;
        let look = link.connector.look(&link.transport, &run_ref(run));
        if let Err(RemoteError::NotFound { .. }) = &look {
            link.connector.see_place(&link.transport, &run_ref(run))?;
            self.let_vanish(&run.connection, &run.pipeline, &run.id)?;
        }
        let look = look?;
        self.keep_look(link.connector.uncounted_attempts(), &run.connection, look.brought)?;
        let start = StartEntry { status: Some(look.status), ..StartEntry::default() };
        Ok(Followed { start, approvals: look.approvals, wait_reason: look.wait_reason })
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
        let is_meant = |(of, id): &(String, String)| id == pipeline && all.iter().any(|entry| entry.name == *of);
        Ok(self.store.pipelines()?.into_iter().filter(is_meant).collect())
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

/// What is said of a start whose answer says neither yes nor no, before what happened.
const MAY_HAVE_STARTED: &str = "it may have been started, and its run is looked for: do not start it again";

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

/// A run that tells no time at all came to be when it was asked for.
fn with_moment(mut brought: Brought, start: &StartEntry) -> Brought {
    for record in &mut brought.records {
        if let Record::Run(run) = record
            && run.first_time().is_none()
            && start.run_id.as_ref() == Some(&run.id)
        {
            run.created_at = Some(start.at);
        }
    }
    brought
}

/// The run that is run again in its place, and how it was told apart before.
pub(super) fn again_in_place(start: &StartEntry) -> Option<(String, String)> {
    let before: Value = serde_json::from_str(start.before.as_ref()?).ok()?;
    Some((before[AGAIN_OF].as_str()?.to_owned(), before[STAMP].as_str()?.to_owned()))
}

/// Looks whether a run that was to be run again in its place has been: no other run can be it.
fn again(link: &Link, start: &StartEntry, of: &str, stamp: &str) -> Result<Resolved, RemoteError> {
    let run = RunRef {
        pipeline: start.pipeline.clone(),
        id: of.to_owned(),
        attempt: start.run_attempt.unwrap_or(1),
        repo: start.run_repo.clone(),
    };
    let now = link.connector.look(&link.transport, &run)?.stamp;
    Ok(match now {
        Some(now) if now != stamp => {
            // A system that counts its attempts tells them apart by the count.
            Resolved::Run(RunRef { attempt: now.parse().unwrap_or(run.attempt), ..run })
        }
        _ => Resolved::Pending("the server has not run it again yet".to_owned()),
    })
}

/// Whether another start stands at the same place in a queue.
fn is_merged(start: &Start, handle: Option<&Value>) -> bool {
    handle.is_some_and(|handle| handle.get("queue").is_some() && start.taken_handles.contains(handle))
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
