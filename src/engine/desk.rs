//! The window's hands towards other systems: what a person asks for now in the lane of its system, and each round of a
//! connection and the following of what was started there on threads of their own, so that a server that is slow keeps
//! nobody else waiting.
//!
//! Each thread writes the workspace as a second process would, in short transactions; the window's writer sees it and
//! publishes the next picture. Whatever is slow, or hangs, hangs here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use secrecy::SecretString;

use super::import_job::panic_text;
use super::lanes::{Lane, Lanes};
use super::rounds::Rounds;
use super::{ApproveAsk, Cancel, EngineError, Followed, RetryAsk, Secrets, StartAsk, SyncReport, Workspace};
use crate::model::Status;
use crate::model::Time;
use crate::model::record::Run;
use crate::remote::{ArtifactRef, Caps, Form, LogChunk, LogRef, PipelineRef, TestReport, WhoAmI};
use crate::store::{ConnectionEntry, PresetEntry, StartEntry};

/// What a person asks for.
#[derive(Clone, Debug)]
pub enum DeskTask {
    Test(Box<ConnectionEntry>, Secrets),
    Connect(Box<ConnectionEntry>, Secrets),
    Change(Box<ConnectionEntry>),
    Disconnect(String),
    /// The old passphrase, where it was not given before, and the new one.
    ChangePassphrase(Option<SecretString>, SecretString),
    Sync(String),
    Pipelines(String),
    Form(FormAsk),
    Start(Box<StartAsk>),
    Preview(Box<StartAsk>),
    SavePreset(Box<PresetEntry>),
    ForgetPreset(String),
    CancelRun(Box<Run>),
    Retry(Box<Run>, RetryAsk),
    Approve(Box<Run>, ApproveAsk),
    Look(Box<Run>),
    Logs(Box<Run>),
    Log(Box<Run>, String, u64),
    Artifacts(Box<Run>),
    Tests(Box<Run>),
    /// Into a folder; whoever asks may cancel it.
    Save(Box<Run>, Box<ArtifactRef>, PathBuf, Cancel),
    LinkStart(Box<StartEntry>, String),
    /// Nothing came of it.
    DismissStart(Box<StartEntry>),
    /// Out of the queue of its system.
    CancelStart(Box<StartEntry>),
    ReadNotices,
}

/// Whose form is wanted: what a server asks for may differ from branch to branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormAsk {
    pub connection: String,
    pub pipeline: String,
    pub git_ref: Option<String>,
}

/// What came of it.
#[derive(Debug)]
pub enum DeskEvent {
    Tested(Result<WhoAmI, String>),
    Connected(String, Result<WhoAmI, String>),
    /// What a round that goes on has brought so far.
    Syncing(Box<SyncReport>),
    /// That round is over, however it went.
    RoundOver(String),
    /// A round was stopped by hand; what it read stays.
    Stopped(String),
    Synced(Box<SyncReport>),
    SyncFailed(String, String),
    Pipelines(String, Result<Vec<PipelineRef>, String>),
    /// The form that was asked for, and what was given the last time.
    Form(FormAsk, Result<(Form, Option<Box<StartEntry>>), String>),
    Started(Result<Box<StartEntry>, String>),
    /// The request that would start it.
    Preview(Result<String, String>),
    /// It goes to production: its name must be typed.
    Unconfirmed(String),
    /// The same, of an approval or of a run that is to run again.
    Guarded(String, Box<DeskTask>),
    Looked(Box<Run>, Result<Box<Followed>, String>),
    /// A run that was started from here came to its end, or was lost.
    Ended(Box<StartEntry>),
    /// A lost start, and whether its run was found behind an address.
    Linked(String, Result<(), String>),
    Done(&'static str),
    /// The logs of a run as they are now, and whether none will follow.
    Logs(Result<(Vec<LogRef>, bool), String>),
    Log(String, Result<LogChunk, String>),
    Artifacts(Box<Run>, Result<Vec<ArtifactRef>, String>),
    Tests(Box<Run>, Result<Option<TestReport>, String>),
    /// The artifact, and how many bytes of it have come.
    Saving(String, u64),
    /// The artifact, and where it is; nothing where it was cancelled.
    Saved(String, Result<Option<PathBuf>, String>),
    Failed(String),
}

type Wake = Arc<dyn Fn() + Send + Sync>;

pub struct Desk {
    lanes: Lanes,
    /// The thread that saves files, once one was asked for.
    saver: Arc<Mutex<Option<JoinHandle<()>>>>,
    /// Of the downloads that were asked for.
    cancels: Mutex<Vec<Cancel>>,
    rounds: Rounds,
    events: Receiver<DeskEvent>,
    is_over: Cancel,
}

/// What may wait to be told.
const WAITING: usize = 64;
const ROUNDS_EVERY: Duration = Duration::from_secs(1);
const FOLLOW_EVERY: Duration = Duration::from_secs(3);
const PATIENCE_AT_THE_END: Duration = Duration::from_secs(1);
/// Between two words about a download.
const TELL_EVERY: Duration = Duration::from_millis(200);

impl Desk {
    pub fn open(path: &Path, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let (event_sender, events) = bounded(WAITING * 4);
        let is_over = Cancel::default();
        let rounds = Rounds::default();
        let tell =
            Tell { events: event_sender, wake: Arc::new(wake), rounds: rounds.clone(), followed: Rounds::default() };
        let saver = Arc::<Mutex<Option<JoinHandle<()>>>>::default();
        let lanes = {
            let (path, tell, over, saver) = (path.to_owned(), tell.clone(), is_over.clone(), saver.clone());
            Lanes::new(move |lane, queue| {
                let (path, tell, over) = (path.clone(), tell.clone(), over.clone());
                let begun = std::thread::Builder::new()
                    .name("desk".to_owned())
                    .spawn(move || serve(&path, &queue, &tell, &over))?;
                if lane == Lane::Saves {
                    *saver.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
                }
                Ok(())
            })
        };
        let watch = |name: &str, every: Duration, look: Look| {
            let (path, tell, over) = (path.to_owned(), tell.clone(), is_over.clone());
            std::thread::Builder::new().name(name.to_owned()).spawn(move || go_on(&path, every, look, &tell, &over))
        };
        watch("rounds", ROUNDS_EVERY, begin_due_rounds)?;
        watch("follower", FOLLOW_EVERY, follow_all)?;
        Ok(Self { lanes, saver, cancels: Mutex::default(), rounds, events, is_over })
    }

    /// `false` where too much waits already.
    pub fn ask(&self, task: DeskTask) -> bool {
        if let DeskTask::Save(.., cancel) = &task {
            self.cancels.lock().unwrap_or_else(PoisonError::into_inner).push(cancel.clone());
        }
        self.lanes.put(task)
    }

    /// Ends the round of a connection that goes on.
    pub fn stop_sync(&self, name: &str) {
        self.rounds.stop(name);
    }

    pub fn poll(&self) -> Vec<DeskEvent> {
        self.events.try_iter().collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.is_over.cancel();
        self.rounds.stop_all();
        // A download takes its half of a file with it, if it hears of the end in time.
        let begun = Instant::now();
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(Cancel::cancel);
        self.lanes.close();
        let saver = self.saver.lock().unwrap_or_else(PoisonError::into_inner).take();
        while saver.as_ref().is_some_and(|saver| !saver.is_finished()) && begun.elapsed() < PATIENCE_AT_THE_END {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[derive(Clone)]
struct Tell {
    events: Sender<DeskEvent>,
    wake: Wake,
    rounds: Rounds,
    /// Connections of which starts are being followed.
    followed: Rounds,
}

impl Tell {
    fn event(&self, event: DeskEvent) {
        self.events.send(event).ok(); // the window is gone
        (self.wake)();
    }
}

fn serve(path: &Path, tasks: &Receiver<DeskTask>, tell: &Tell, is_over: &Cancel) {
    while let Ok(task) = tasks.recv() {
        if is_over.is_cancelled() {
            return;
        }
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let workspace = Workspace::open(path)?;
            carry_out(&workspace, task, tell, is_over)
        }));
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tell.event(DeskEvent::Failed(error.to_string())),
            Err(panic) => tell.event(DeskEvent::Failed(panic_text(&panic))),
        }
    }
}

fn words<T>(result: Result<T, EngineError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

fn carry_out(workspace: &Workspace, task: DeskTask, tell: &Tell, over: &Cancel) -> Result<(), EngineError> {
    let event = match task {
        DeskTask::Test(entry, given) => DeskEvent::Tested(words(workspace.test_connection(&entry, given, over))),
        DeskTask::Connect(entry, given) => {
            let name = entry.name.clone();
            let connected = words(workspace.connect(*entry, given, over));
            let is_connected = connected.is_ok();
            tell.event(DeskEvent::Connected(name.clone(), connected));
            if is_connected {
                begin_round(workspace.path(), &name, true, tell)?;
            }
            return Ok(());
        }
        DeskTask::Change(entry) => {
            workspace.change_connection(&entry)?;
            DeskEvent::Done("connection")
        }
        DeskTask::Disconnect(name) => {
            workspace.disconnect(&name)?;
            DeskEvent::Done("disconnect")
        }
        DeskTask::ChangePassphrase(old, new) => {
            workspace.change_passphrase(old, &new)?;
            DeskEvent::Done("passphrase")
        }
        DeskTask::Sync(name) => return begin_round(workspace.path(), &name, true, tell),
        DeskTask::Pipelines(name) => {
            let pipelines = words(workspace.remote_pipelines(&name, over));
            DeskEvent::Pipelines(name, pipelines)
        }
        DeskTask::Form(ask) => {
            let form = workspace.form(&ask.connection, &ask.pipeline, ask.git_ref.as_deref(), over);
            let last = workspace.last_inputs(&ask.connection, &ask.pipeline)?;
            DeskEvent::Form(ask, words(form).map(|form| (form, last.map(Box::new))))
        }
        DeskTask::Start(ask) => match workspace.start(&ask, over) {
            Err(EngineError::Unconfirmed { environment }) => DeskEvent::Unconfirmed(environment),
            started => DeskEvent::Started(words(started).map(Box::new)),
        },
        DeskTask::Preview(ask) => DeskEvent::Preview(words(workspace.preview(&ask, over))),
        DeskTask::SavePreset(preset) => {
            workspace.put_preset(&preset)?;
            DeskEvent::Done("preset")
        }
        DeskTask::ForgetPreset(name) => {
            workspace.delete_preset(&name)?;
            DeskEvent::Done("preset gone")
        }
        DeskTask::CancelRun(run) => {
            workspace.cancel_run(&run, over)?;
            DeskEvent::Done("cancel")
        }
        DeskTask::Retry(run, ask) => match workspace.retry(&run, &ask, over) {
            Err(EngineError::Unconfirmed { environment }) => {
                DeskEvent::Guarded(environment, Box::new(DeskTask::Retry(run, ask)))
            }
            started => DeskEvent::Started(words(started).map(Box::new)),
        },
        DeskTask::Approve(run, ask) => match workspace.approve(&run, &ask, over) {
            Err(EngineError::Unconfirmed { environment }) => {
                DeskEvent::Guarded(environment, Box::new(DeskTask::Approve(run, ask)))
            }
            said => {
                said?;
                DeskEvent::Done(if ask.is_rejected { "reject" } else { "approve" })
            }
        },
        DeskTask::Look(run) => {
            let look = words(workspace.look_again(&run, over)).map(Box::new);
            DeskEvent::Looked(run, look)
        }
        DeskTask::Logs(run) => {
            // First: what comes between the two is asked for again.
            let is_over = run.is_over() || is_over_now(workspace, &run, over);
            DeskEvent::Logs(words(workspace.logs(&run, over).map(|logs| (logs, is_over))))
        }
        DeskTask::Log(run, log, from) => {
            let chunk = words(workspace.log(&run, &log, from, over));
            DeskEvent::Log(log, chunk)
        }
        DeskTask::Artifacts(run) => {
            let artifacts = words(workspace.artifacts(&run, over));
            DeskEvent::Artifacts(run, artifacts)
        }
        DeskTask::Tests(run) => {
            let tests = words(workspace.tests(&run, over));
            DeskEvent::Tests(run, tests)
        }
        DeskTask::Save(run, artifact, folder, cancel) => save(workspace, &run, &artifact, &folder, &cancel, tell),
        DeskTask::LinkStart(start, url) => {
            let linked = words(workspace.link_start(&start.id, &url, over)).map(|_| ());
            DeskEvent::Linked(start.id, linked)
        }
        DeskTask::DismissStart(start) => {
            let dismissed = words(workspace.dismiss_start(&start.id)).map(|_| ());
            DeskEvent::Linked(start.id, dismissed)
        }
        DeskTask::CancelStart(start) => {
            let cancelled = words(workspace.cancel_start(&start.id, over)).map(|_| ());
            DeskEvent::Linked(start.id, cancelled)
        }
        DeskTask::ReadNotices => {
            workspace.read_notices()?;
            return Ok(());
        }
    };
    tell.event(event);
    Ok(())
}

/// Where it cannot be told, the logs themselves tell why.
fn is_over_now(workspace: &Workspace, run: &Run, over: &Cancel) -> bool {
    workspace.look_again(run, over).is_ok_and(|followed| followed.start.status.is_some_and(Status::is_finished))
}

fn save(
    workspace: &Workspace,
    run: &Run,
    artifact: &ArtifactRef,
    folder: &Path,
    cancel: &Cancel,
    tell: &Tell,
) -> DeskEvent {
    let mut told = Instant::now();
    let saved = workspace.save_artifact(run, artifact, folder, cancel, |come| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            tell.event(DeskEvent::Saving(artifact.id.clone(), come));
        }
    });
    let saved = match saved {
        Err(error) if error.is_cancelled() => Ok(None),
        saved => words(saved).map(Some),
    };
    DeskEvent::Saved(artifact.id.clone(), saved)
}

/// Begins a round of a connection on a thread of its own; nothing where one goes on already.
fn begin_round(path: &Path, name: &str, is_asked: bool, tell: &Tell) -> Result<(), EngineError> {
    let Some(round) = tell.rounds.begin(name) else { return Ok(()) };
    let (path, name, tell) = (path.to_owned(), name.to_owned(), tell.clone());
    let go = move || {
        let begun = SyncReport { connection: name.clone(), ..SyncReport::default() };
        tell.event(DeskEvent::Syncing(Box::new(begun)));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            one_round(&path, &name, is_asked, &round.cancel, &tell)
        }));
        drop(round);
        tell.event(DeskEvent::RoundOver(name));
        match done {
            Ok(Ok(Some(event))) => tell.event(event),
            Ok(Ok(None)) => {}
            Ok(Err(error)) => tell.event(DeskEvent::Failed(error.to_string())),
            Err(panic) => tell.event(DeskEvent::Failed(panic_text(&panic))),
        }
    };
    let begun = std::thread::Builder::new().name("round".to_owned()).spawn(go);
    begun.map(|_| ()).map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))
}

/// What a round comes to, as far as it is worth a word: all of it where somebody asked for it.
fn one_round(
    path: &Path,
    name: &str,
    is_asked: bool,
    cancel: &Cancel,
    tell: &Tell,
) -> Result<Option<DeskEvent>, EngineError> {
    let workspace = Workspace::open(path)?;
    let entry = workspace.connection(name)?;
    let had_failed = entry.error.is_some();
    let mut told = Instant::now();
    let done = workspace.sync(&entry, cancel, |report| {
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            tell.event(DeskEvent::Syncing(Box::new(report.clone())));
        }
    });
    Ok(match done {
        Ok(report) => {
            let has_news = report.total().new + report.total().changed + report.announced > 0;
            (is_asked || has_news || had_failed).then(|| DeskEvent::Synced(Box::new(report)))
        }
        Err(error) if error.is_cancelled() => Some(DeskEvent::Stopped(name.to_owned())),
        // The first of a row of failures is told; the rest stand with the connection.
        Err(error) => (is_asked || !had_failed).then(|| DeskEvent::SyncFailed(name.to_owned(), error.to_string())),
    })
}

/// What is looked at again and again.
type Look = fn(&Workspace, &Tell, &Cancel) -> Result<(), EngineError>;

fn go_on(path: &Path, every: Duration, look: Look, tell: &Tell, over: &Cancel) {
    let (_never, tick) = bounded::<()>(0);
    while matches!(tick.recv_timeout(every), Err(RecvTimeoutError::Timeout)) && !over.is_cancelled() {
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| -> Result<(), EngineError> {
            look(&Workspace::open(path)?, tell, over)
        }));
        if let Err(panic) = looked {
            tell.event(DeskEvent::Failed(panic_text(&panic)));
        }
    }
}

fn begin_due_rounds(workspace: &Workspace, tell: &Tell, _over: &Cancel) -> Result<(), EngineError> {
    for entry in workspace.connections()? {
        let is_due = entry.tried_at.is_none_or(|at| Time::now().secs_since(at) >= f64::from(entry.every_s));
        if is_due && !entry.is_paused {
            begin_round(workspace.path(), &entry.name, false, tell)?;
        }
    }
    Ok(())
}

fn follow_all(workspace: &Workspace, tell: &Tell, over: &Cancel) -> Result<(), EngineError> {
    let mut by_connection: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for start in workspace.open_starts()? {
        by_connection.entry(start.connection).or_default().push(start.id);
    }
    for (connection, starts) in by_connection {
        let Some(round) = tell.followed.begin(&connection) else { continue };
        let (path, tell, over) = (workspace.path().to_owned(), tell.clone(), over.clone());
        let go = move || {
            let followed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                follow_each(&path, &starts, &tell, &over);
            }));
            drop(round);
            if let Err(panic) = followed {
                tell.event(DeskEvent::Failed(panic_text(&panic)));
            }
        };
        let begun = std::thread::Builder::new().name("follower".to_owned()).spawn(go);
        begun.map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))?;
    }
    Ok(())
}

fn follow_each(path: &Path, starts: &[String], tell: &Tell, over: &Cancel) {
    let Ok(workspace) = Workspace::open(path) else { return };
    for start in starts {
        if over.is_cancelled() {
            break;
        }
        // A server that is away for a moment is asked again; its connection says what is wrong.
        if let Ok(followed) = workspace.follow(start, over)
            && followed.start.state.is_settled()
        {
            tell.event(DeskEvent::Ended(Box::new(followed.start)));
        }
    }
}

/// What a connection's system can do.
pub fn caps_of(entry: &ConnectionEntry) -> Option<Caps> {
    super::sync::connector(entry).ok().map(|connector| connector.caps())
}
