//! What becomes of a start: its run is found by what the system offers, looked at until it is over, and told of.

use serde_json::Value;

use super::attempts::IsAgain;
use super::outbox::Known;
use super::starts::{MAY_HAVE_STARTED, run_ref, take_run, tell_lost};
use super::step::Step;
use super::sync::Link;
use super::{Cancel, EngineError, SyncReport, Workspace};
use crate::model::record::{Record, Run};
use crate::model::{Status, Time};
use crate::remote::{AGAIN_OF, Announcement, Approval, Brought, Looks, RemoteError, Resolved, RunRef, STAMP, Start};
use crate::store::{NoticeEntry, SendingLock, StartEntry, StartState, Unannounced};

/// A start without a clear answer is given up after this.
const PATIENCE_S: f64 = 180.0;

/// Lost starts before one that are looked for with it; where more are lost, a round looks for the oldest first anyway.
const MOST_OLDER: usize = 20;

fn is_late(start: &StartEntry) -> bool {
    Time::now().secs_since(start.at) > PATIENCE_S
}

/// A run that came of a start, as it is now.
#[derive(Clone, Debug, Default)]
pub struct Followed {
    pub start: StartEntry,
    pub approvals: Vec<Approval>,
    pub wait_reason: Option<String>,
}

impl Workspace {
    /// Looks once at how a start stands, and keeps what is seen; under its new name where its place was renamed.
    pub fn follow(&self, id: &str, cancel: &Cancel) -> Result<Followed, EngineError> {
        match self.follow_once(id, cancel) {
            Err(EngineError::Remote(error)) if error.is_moved() => {
                let start = self.store.start(id)?;
                let entry = start.map(|start| self.connection(&start.connection)).transpose()?;
                match entry.map(|entry| self.follow_renames(&entry, cancel)).transpose()?.flatten() {
                    Some(_) => self.follow_once(id, cancel),
                    None => Err(error.into()),
                }
            }
            followed => followed,
        }
    }

    fn follow_once(&self, id: &str, cancel: &Cancel) -> Result<Followed, EngineError> {
        let start = self.store.start(id)?.ok_or_else(|| EngineError::NoSuch {
            what: "start",
            name: id.to_owned(),
            known: "see gemba runs --started".to_owned(),
        })?;
        if start.state.is_settled() {
            return Ok(Followed { start, ..Followed::default() });
        }
        // Whoever sends it writes down what comes of it.
        if start.state == StartState::Starting && SendingLock::is_held(self.store.path(), &start.id) {
            let wait_reason = Some("its request is out, and no answer has come yet".to_owned());
            return Ok(Followed { start, wait_reason, ..Followed::default() });
        }
        let link = self.link(&self.connection(&start.connection)?, cancel)?;
        // The first look comes at once, also where it is asked seldom.
        let is_early = Time::now().secs_since(start.updated_at) < link.connector.looks().every.as_secs_f64();
        if start.status.is_some() && is_early {
            return Ok(Followed { start, ..Followed::default() });
        }
        let mut followed = Followed { start, ..Followed::default() };
        if followed.start.run_id.is_none() {
            self.find_older(&followed.start, &link)?;
            match self.find_run(&mut followed, &link) {
                // Where it was started, nobody knows of it any more: no later look would find it.
                Err(EngineError::Remote(error)) if error.is_no_such() && is_late(&followed.start) => {
                    followed.start.state = StartState::Lost;
                    followed.start.why = Some(format!("its run cannot be looked for: {error}"));
                }
                found => found?,
            }
        }
        if followed.start.run_id.is_some() && !followed.start.state.is_settled() {
            self.look_at_run(&mut followed, &link)?;
        }
        followed.start.updated_at = Time::now();
        self.store.transaction(|store| -> Result<(), EngineError> {
            store.put_start(&followed.start)?;
            if followed.start.state == StartState::Lost { tell_lost(store, &followed.start) } else { Ok(()) }
        })?;
        if followed.start.state == StartState::Ended {
            self.tell_hooks(&mut SyncReport::default(), cancel)?;
        }
        Ok(followed)
    }

    /// Of runs that nobody can tell apart the oldest is that of the oldest start: its run is looked for first.
    fn find_older(&self, start: &StartEntry, link: &Link) -> Result<(), EngineError> {
        if link.connector.marks_runs() || start.handle.is_some() {
            return Ok(());
        }
        // What is still under way has an answer to come.
        let is_doubtful = |other: &StartEntry| match other.state {
            StartState::Ambiguous => true,
            StartState::Starting => !SendingLock::is_held(self.store.path(), &other.id),
            _ => false,
        };
        let is_before = |other: &StartEntry| {
            is_doubtful(other)
                && other.run_id.is_none()
                && other.handle.is_none()
                && (&other.connection, &other.pipeline) == (&start.connection, &start.pipeline)
                && (other.at, &other.id) < (start.at, &start.id)
        };
        for older in self.store.open_starts()?.into_iter().filter(is_before).take(MOST_OLDER) {
            let mut followed = Followed { start: older, ..Followed::default() };
            // Only what was found is written: somebody else may be looking for the same.
            if self.find_run(&mut followed, link).is_ok() && followed.start.run_id.is_some() {
                self.store.put_start(&followed.start)?;
            }
        }
        Ok(())
    }

    /// Whether a run was given something else than a start gave, as far as its system tells.
    fn is_of_other_inputs(link: &Link, start: &StartEntry, run: &RunRef) -> bool {
        // What cannot be told says nothing.
        let given = link.connector.given(&link.transport, run).unwrap_or_default();
        start.inputs.iter().any(|(name, sent)| {
            let told = given.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
            told.zip(sent.as_deref()).is_some_and(|(told, sent)| told != sent.trim())
        })
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
        let mut request = Start {
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
            None => loop {
                match link.connector.resolve(&link.transport, &request, handle.as_ref())? {
                    // A run without a name of ours may be that of somebody else.
                    Resolved::Run(run)
                        if handle.is_none()
                            && !link.connector.marks_runs()
                            && Self::is_of_other_inputs(link, start, &run) =>
                    {
                        if request.taken.contains(&run.id) {
                            break Resolved::Pending("no run of it was found yet".to_owned());
                        }
                        request.taken.push(run.id);
                    }
                    resolved => break resolved,
                }
            },
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
        if is_late(start) {
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
        let look = match link.connector.look(&link.transport, &run) {
            // A run that was just made may not be shown yet; one that is not there later was deleted.
            Err(RemoteError::NotFound { .. }) => {
                if is_late(start) {
                    match link.connector.see_place(&link.transport, &run) {
                        Err(error) if error.is_no_such() => {
                            start.state = StartState::Lost;
                            start.why = Some(format!("its pipeline is out of sight there: {error}"));
                            return Ok(());
                        }
                        seen => seen?,
                    }
                    self.let_vanish(&start.connection, &run.pipeline, &run.id)?;
                    (start.state, start.status) = (StartState::Ended, Some(Status::Unknown));
                    start.why = Some("its run is not there any more: it was deleted".to_owned());
                } else {
                    followed.wait_reason = Some("its run is not shown yet".to_owned());
                }
                return Ok(());
            }
            // What cannot be asked in all that time is given up like what never tells an end.
            Err(error) if looks.at_most.is_some_and(|most| age > most.as_secs_f64()) => {
                return self.give_up(start, &looks, &format!(" ({error})"));
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
            if is_late(start) {
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
            start.status = Some(look.status);
            return self.give_up(start, &looks, "");
        }
        start.state = if is_over { StartState::Ended } else { StartState::Running };
        if start.state == StartState::Ended {
            self.tell_end(start, look.status, &known)?;
        }
        Ok(())
    }

    /// A run whose end is not told is looked at no more, and counts among the running no longer.
    fn give_up(&self, start: &mut StartEntry, looks: &Looks, why: &str) -> Result<(), EngineError> {
        start.state = StartState::Lost;
        let waited = super::format::duration(looks.at_most.unwrap_or_default().as_secs_f64());
        start.why = Some(format!("no end of it was told in {waited}{why}: look there"));
        self.let_vanish(&start.connection, &start.pipeline, start.run_id.as_deref().unwrap_or_default())
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
}

/// A run that tells no time at all came to be when it was asked for.
pub(super) fn with_moment(mut brought: Brought, start: &StartEntry) -> Brought {
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
