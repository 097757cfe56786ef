//! The window's engine: a workspace behind threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use rustc_hash::FxHashMap;

use super::command::Done;
use super::drawing::Drawing;
use super::import_job::panic_text;
use super::views::compare_definitions;
use super::{
    Cancel, Command, CompareRow, CsvPreview, DeliveryAsk, DeliveryView, EngineError, ExplainView, ExportFormat,
    ImportReport, ImportRequest, LastView, LoopView, Merge, Plan, PlanAsk, PlanView, ReviewFile, RunsView, Snapshot,
    Source, Workspace,
};
use crate::import::Progress;
use crate::metrics::Explain;
use crate::metrics::table::RunQuery;
use crate::model::record::{DeploymentRule, Incident, IncidentEvent};
use crate::store::{
    ChangeDetail, ChangeKinds, Checked, DeploymentDetail, RulePreview, RunDetail, RunTexts, WindowLock,
};

pub type JobId = u64;

/// Asked by a page; of one kind, only the newest is answered.
#[derive(Clone, Debug)]
pub enum Question {
    Delivery(Box<DeliveryAsk>),
    Compare(Box<DeliveryAsk>),
    Explain(Box<DeliveryAsk>, Explain),
    Runs(Box<RunQuery>),
    Loop,
    Plan(Box<PlanAsk>),
    RunTexts(Vec<u32>),
    Run(u32),
    Deployment(u32),
    Change(u32),
    Incident(u32),
    Rule(Box<DeploymentRule>),
    CsvColumns(PathBuf),
    /// A drawing on disk.
    Drawing(PathBuf),
    /// A file of questions to operations, with what its answers would change here.
    ReviewFile(PathBuf),
}

#[derive(Debug)]
pub enum Answer {
    Delivery(Arc<DeliveryView>),
    Compare(Arc<Vec<CompareRow>>),
    Explain(Arc<ExplainView>),
    Runs(Arc<RunsView>),
    Loop(Arc<LoopView>),
    Plan(Arc<PlanView>),
    RunTexts(Vec<(u32, RunTexts)>),
    Run(u32, Option<Box<RunDetail>>),
    Deployment(u32, Option<Box<DeploymentDetail>>),
    Change(u32, Option<Box<ChangeDetail>>),
    Incident(u32, Option<Box<(Incident, Vec<IncidentEvent>)>>),
    Rule(Box<RulePreview>),
    /// The columns of a CSV file and how they were, or might be, mapped; or why it cannot be read.
    CsvColumns(PathBuf, Result<Box<CsvPreview>, String>),
    Drawing(Result<Box<Drawing>, String>),
    ReviewFile(PathBuf, Result<Box<(ReviewFile, Merge)>, String>),
    /// Which question could not be answered, and why.
    Failed(&'static str, String),
}

/// How a job ended well.
#[derive(Debug)]
pub enum JobResult {
    Imported(Box<ImportReport>),
    Counted(u64),
    Removed,
    BackedUp(PathBuf),
    Checked(Checked),
    Exported(PathBuf, u64),
    Restored(Option<PathBuf>),
}

#[derive(Debug)]
pub enum Event {
    /// The workspace could not be opened.
    OpenFailed(String),
    /// A new picture is there.
    Published,
    /// What was shown when the window was last closed.
    LastView(Box<LastView>),
    Answer(Answer),
    Progress(JobId, Progress),
    JobEnded(JobId, Result<JobResult, (String, bool)>),
    CommandDone(Done),
    CommandFailed(String),
}

enum Task {
    Command(Command),
    Job(JobId, Cancel, Job),
    Restore(JobId, PathBuf),
    SaveView(Box<LastView>),
    Stop,
}

enum Job {
    Import(Box<ImportRequest>),
    CountLines(PathBuf),
    RemoveImport(i64),
    Backup(PathBuf),
    Check,
    Export(PathBuf, ExportFormat),
}

type Wake = Arc<dyn Fn() + Send + Sync>;

/// The window's handle. Nothing here waits, but for dropping it, which lets the writer finish what it is at.
pub struct Engine {
    snapshot: Arc<ArcSwap<Snapshot>>,
    tasks: Sender<Task>,
    questions: Sender<Question>,
    texts: Sender<Question>,
    events: Receiver<Event>,
    jobs: FxHashMap<JobId, Cancel>,
    last_job: JobId,
    threads: Vec<std::thread::JoinHandle<()>>,
    path: PathBuf,
}

/// How often the writer looks whether another process wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Engine {
    /// Starts on the workspace at `path`; everything slow happens on the threads. `wake` is called when something came.
    pub fn start(path: &Path, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let wake: Wake = Arc::new(wake);
        let snapshot = Arc::new(ArcSwap::from_pointee(Snapshot::default()));
        let (tasks, task_queue) = bounded(64);
        let (questions, question_queue) = bounded(64);
        let (texts, text_queue) = bounded(64);
        let (event_sender, events) = bounded(1024);
        let tell = Tell { events: event_sender, wake };
        let file = Arc::new(AtomicU64::new(0));
        let writer =
            Writer { path: path.to_owned(), snapshot: snapshot.clone(), tell: tell.clone(), file: file.clone() };
        let mut threads = vec![named("writer", move || writer.run(&task_queue))?];
        for (name, queue) in [("counter", question_queue), ("reader", text_queue)] {
            let answerer = Answerer {
                path: path.to_owned(),
                snapshot: snapshot.clone(),
                tell: tell.clone(),
                store: None,
                file: file.clone(),
                opened_file: 0,
                plan: None,
            };
            threads.push(named(name, move || answerer.run(&queue))?);
        }
        Ok(Self {
            snapshot,
            tasks,
            questions,
            texts,
            events,
            jobs: FxHashMap::default(),
            last_job: 0,
            threads,
            path: path.to_owned(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest picture.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// What has happened since the last call; a bounded number at a time.
    pub fn poll(&mut self) -> Vec<Event> {
        let events: Vec<Event> = self.events.try_iter().take(64).collect();
        for event in &events {
            if let Event::JobEnded(job, _) = event {
                self.jobs.remove(job);
            }
        }
        events
    }

    /// `false`: the queue is full, ask again later.
    pub fn ask(&self, question: Question) -> bool {
        let queue = match question {
            Question::RunTexts(_)
            | Question::Run(_)
            | Question::Deployment(_)
            | Question::Change(_)
            | Question::Incident(_) => &self.texts,
            _ => &self.questions,
        };
        !matches!(queue.try_send(question), Err(TrySendError::Full(_)))
    }

    pub fn command(&self, command: Command) -> bool {
        self.tasks.try_send(Task::Command(command)).is_ok()
    }

    pub fn save_view(&self, view: LastView) {
        self.tasks.try_send(Task::SaveView(Box::new(view))).ok(); // only a convenience for the next start
    }

    fn job(&mut self, job: Job) -> JobId {
        self.last_job += 1;
        let cancel = Cancel::default();
        if self.tasks.try_send(Task::Job(self.last_job, cancel.clone(), job)).is_ok() {
            self.jobs.insert(self.last_job, cancel);
        }
        self.last_job
    }

    pub fn import(&mut self, request: ImportRequest) -> JobId {
        self.job(Job::Import(Box::new(request)))
    }
    pub fn count_lines(&mut self, repository: PathBuf) -> JobId {
        self.job(Job::CountLines(repository))
    }
    pub fn remove_import(&mut self, key: i64) -> JobId {
        self.job(Job::RemoveImport(key))
    }
    pub fn backup(&mut self, to: PathBuf) -> JobId {
        self.job(Job::Backup(to))
    }
    pub fn check(&mut self) -> JobId {
        self.job(Job::Check)
    }
    pub fn export(&mut self, to: PathBuf, format: ExportFormat) -> JobId {
        self.job(Job::Export(to, format))
    }
    pub fn restore(&mut self, backup: PathBuf) -> JobId {
        self.last_job += 1;
        self.tasks.try_send(Task::Restore(self.last_job, backup)).ok(); // a full queue: the button is still there
        self.last_job
    }

    pub fn cancel(&self, job: JobId) {
        if let Some(cancel) = self.jobs.get(&job) {
            cancel.cancel();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        for cancel in self.jobs.values() {
            cancel.cancel();
        }
        self.tasks.send(Task::Stop).ok(); // a writer that is gone needs no word
        (self.questions, _) = bounded(0);
        (self.texts, _) = bounded(0);
        // Events that nobody will read must not hold a thread back.
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            self.events.try_iter().for_each(drop);
            std::thread::sleep(Duration::from_millis(1));
        }
        for thread in self.threads.drain(..) {
            thread.join().ok(); // its fault has been told
        }
    }
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body)
}

/// Sends first, then wakes.
#[derive(Clone)]
struct Tell {
    events: Sender<Event>,
    wake: Wake,
}

impl Tell {
    fn event(&self, event: Event) {
        // A window that hangs for long loses progress, never an end: those wait.
        let sent = match event {
            Event::Progress(..) => self.events.try_send(event).is_ok(),
            event => self.events.send(event).is_ok(),
        };
        if sent {
            (self.wake)();
        }
    }
}

struct Writer {
    path: PathBuf,
    snapshot: Arc<ArcSwap<Snapshot>>,
    tell: Tell,
    file: Arc<AtomicU64>,
}

impl Writer {
    fn run(self, tasks: &Receiver<Task>) {
        let opened = WindowLock::take(&self.path).map_err(EngineError::from).or_else(|error| match error {
            // A folder that cannot be written has no lock; the workspace is then read only.
            EngineError::Store(crate::store::StoreError::Io { .. }) if self.path.exists() => Err(None),
            EngineError::Store(crate::store::StoreError::Io { .. }) => self.make_folder().ok_or(Some(error)),
            error => Err(Some(error)),
        });
        let lock = match opened {
            Ok(lock) => Some(lock),
            Err(None) => None,
            Err(Some(error)) => return self.tell.event(Event::OpenFailed(error.to_string())),
        };
        let mut workspace = match Workspace::open(&self.path).and_then(|workspace| {
            self.snapshot.store(Arc::new(workspace.outline()?));
            self.tell.event(Event::Published);
            // A view of an older Gemba that does not read back is simply not shown.
            if let Some(view) = workspace.last_view()? {
                self.tell.event(Event::LastView(Box::new(view)));
            }
            Ok(workspace)
        }) {
            Ok(workspace) => workspace,
            Err(error) => return self.tell.event(Event::OpenFailed(error.to_string())),
        };
        self.publish(&workspace, ChangeKinds::ALL);
        let mut seen = workspace.data_version().unwrap_or_default();
        let mut logged = workspace.written_since(0).map(|(_, last)| last).unwrap_or_default();
        loop {
            match tasks.recv_timeout(LOOK_EVERY) {
                Ok(Task::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Task::Command(command)) => self.command(&workspace, command),
                Ok(Task::SaveView(view)) => {
                    workspace.save_last_view(&view).ok(); // only a convenience for the next start
                }
                Ok(Task::Restore(id, backup)) => {
                    workspace = match self.restore(workspace, id, &backup) {
                        Some(workspace) => workspace,
                        None => break,
                    };
                }
                Ok(Task::Job(id, cancel, job)) => self.job(&workspace, id, &cancel, job),
                Err(RecvTimeoutError::Timeout) => {
                    let now = workspace.data_version().unwrap_or(seen);
                    if now != seen {
                        seen = now;
                        let (kinds, last) = workspace.written_since(logged).unwrap_or((ChangeKinds::ALL, logged));
                        logged = last;
                        self.publish(&workspace, kinds);
                    }
                }
            }
        }
        drop(lock);
    }

    /// Makes the workspace's folder on the first start, and takes the lock in it.
    fn make_folder(&self) -> Option<WindowLock> {
        std::fs::create_dir_all(self.path.parent()?).ok()?;
        WindowLock::take(&self.path).ok()
    }

    fn publish(&self, workspace: &Workspace, kinds: ChangeKinds) {
        match workspace.snapshot(&self.snapshot.load(), kinds) {
            Ok(snapshot) => {
                self.snapshot.store(Arc::new(snapshot));
                self.tell.event(Event::Published);
            }
            Err(error) => self.tell.event(Event::CommandFailed(error.to_string())),
        }
    }

    fn command(&self, workspace: &Workspace, command: Command) {
        match workspace.run(command) {
            Ok(done) => {
                self.publish(workspace, done.kinds);
                self.tell.event(Event::CommandDone(done));
            }
            Err(error) => self.tell.event(Event::CommandFailed(error.to_string())),
        }
    }

    fn job(&self, workspace: &Workspace, id: JobId, cancel: &Cancel, job: Job) {
        let progress = |progress: Progress| self.tell.event(Event::Progress(id, progress));
        let caught =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.work(workspace, cancel, job, progress)));
        let result = caught.unwrap_or_else(|panic| Err(EngineError::Panicked { job: "job", why: panic_text(&panic) }));
        let result = result.map_err(|error| (error.to_string(), error.is_cancelled()));
        self.tell.event(Event::JobEnded(id, result));
    }

    fn work(
        &self,
        workspace: &Workspace,
        cancel: &Cancel,
        job: Job,
        progress: impl FnMut(Progress),
    ) -> Result<JobResult, EngineError> {
        let all = ChangeKinds::ALL;
        Ok(match job {
            Job::Import(request) => {
                let report = workspace.import(&request, cancel, progress)?;
                if !request.dry_run {
                    self.publish(workspace, all);
                }
                JobResult::Imported(Box::new(report))
            }
            Job::CountLines(repository) => {
                let counted = workspace.count_lines(&repository, cancel, progress);
                self.publish(workspace, ChangeKinds::default());
                JobResult::Counted(counted?)
            }
            Job::RemoveImport(key) => {
                workspace.remove_import(key)?;
                self.publish(workspace, all);
                JobResult::Removed
            }
            Job::Backup(to) => {
                workspace.backup(&to)?;
                JobResult::BackedUp(to)
            }
            Job::Check => JobResult::Checked(workspace.check()?),
            Job::Export(to, format) => {
                let written = workspace.export_file(format, true, &to)?;
                JobResult::Exported(to, written)
            }
        })
    }

    /// Lets go of the file, puts the backup in its place and opens that.
    fn restore(&self, workspace: Workspace, id: JobId, backup: &Path) -> Option<Workspace> {
        drop(workspace);
        let restored = crate::store::backup::restore_held(backup, &self.path).map_err(EngineError::from);
        self.file.fetch_add(1, Ordering::Release);
        match Workspace::open(&self.path) {
            Ok(workspace) => {
                self.publish(&workspace, ChangeKinds::ALL);
                let result = restored.map(JobResult::Restored).map_err(|error| (error.to_string(), false));
                self.tell.event(Event::JobEnded(id, result));
                Some(workspace)
            }
            Err(error) => {
                self.tell.event(Event::OpenFailed(error.to_string()));
                None
            }
        }
    }
}

struct Answerer {
    path: PathBuf,
    snapshot: Arc<ArcSwap<Snapshot>>,
    tell: Tell,
    store: Option<Workspace>,
    /// The number of the file that `store` reads; a restore puts another in its place.
    file: Arc<AtomicU64>,
    opened_file: u64,
    /// The plan as it was read last, and the picture it belongs to.
    plan: Option<(u64, Arc<Plan>)>,
}

impl Answerer {
    fn run(mut self, questions: &Receiver<Question>) {
        while let Ok(first) = questions.recv() {
            // Of each kind only the newest question counts.
            let mut waiting = vec![first];
            for question in questions.try_iter() {
                waiting.retain(|known| std::mem::discriminant(known) != std::mem::discriminant(&question));
                waiting.push(question);
            }
            for question in waiting {
                let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.answer(&question)));
                let answer = match caught {
                    Ok(Ok(answer)) => answer,
                    Ok(Err(error)) => Answer::Failed(kind_of(&question), error.to_string()),
                    Err(panic) => Answer::Failed(kind_of(&question), panic_text(&panic)),
                };
                self.tell.event(Event::Answer(answer));
            }
        }
    }

    fn store(&mut self) -> Result<&Workspace, EngineError> {
        let file = self.file.load(Ordering::Acquire);
        if self.store.is_none() || self.opened_file != file {
            self.opened_file = file;
            self.store = Some(Workspace::open_reader(&self.path)?);
        }
        self.store.as_ref().ok_or_else(|| EngineError::Other("the workspace is closed".to_owned()))
    }

    fn plan(&mut self, generation: u64) -> Result<Arc<Plan>, EngineError> {
        if let Some((_, plan)) = self.plan.as_ref().filter(|(known, _)| *known == generation) {
            return Ok(plan.clone());
        }
        let plan = Arc::new(self.store()?.plan()?);
        self.plan = Some((generation, plan.clone()));
        Ok(plan)
    }

    fn answer(&mut self, question: &Question) -> Result<Answer, EngineError> {
        let snapshot = self.snapshot.load_full();
        Ok(match question {
            Question::Delivery(ask) => Answer::Delivery(Arc::new(DeliveryView::new(&snapshot, ask)?)),
            Question::Compare(ask) => Answer::Compare(Arc::new(compare_definitions(&snapshot, ask)?)),
            Question::Explain(ask, metric) => {
                Answer::Explain(Arc::new(ExplainView::new(self.store()?, &snapshot, ask, *metric)?))
            }
            Question::Runs(query) => Answer::Runs(Arc::new(RunsView::new(&snapshot, query))),
            Question::Loop => {
                let plan = self.plan(snapshot.generation)?;
                Answer::Loop(Arc::new(LoopView::new(self.store()?, &plan, &snapshot)?))
            }
            Question::Plan(ask) => {
                let plan = self.plan(snapshot.generation)?;
                Answer::Plan(Arc::new(PlanView::new(self.store()?, plan, &snapshot, ask)?))
            }
            Question::RunTexts(keys) => Answer::RunTexts(self.store()?.store.run_texts(keys)?),
            Question::Run(key) => Answer::Run(*key, self.store()?.store.run_detail(*key)?.map(Box::new)),
            Question::Deployment(key) => {
                Answer::Deployment(*key, self.store()?.store.deployment_detail(*key)?.map(Box::new))
            }
            Question::Change(key) => Answer::Change(*key, self.store()?.store.change_detail(*key)?.map(Box::new)),
            Question::Incident(key) => Answer::Incident(*key, self.store()?.store.incident(*key)?.map(Box::new)),
            Question::Rule(rule) => Answer::Rule(Box::new(self.store()?.store.preview_rule(rule)?)),
            Question::Drawing(path) => {
                Answer::Drawing(Drawing::read(path).map(Box::new).map_err(|error| error.to_string()))
            }
            Question::ReviewFile(path) => {
                let plan = self.plan(snapshot.generation)?;
                let read = ReviewFile::read(path).map(|file| {
                    let merge = plan.merge(&file);
                    Box::new((file, merge))
                });
                Answer::ReviewFile(path.clone(), read.map_err(|error| error.to_string()))
            }
            Question::CsvColumns(path) => {
                let columns = self.store()?.csv_columns(path).map(Box::new);
                Answer::CsvColumns(path.clone(), columns.map_err(|error| error.to_string()))
            }
        })
    }
}

fn kind_of(question: &Question) -> &'static str {
    match question {
        Question::Delivery(_) => "delivery",
        Question::Compare(_) => "compare",
        Question::Explain(..) => "explain",
        Question::Runs(_) | Question::RunTexts(_) | Question::Run(_) => "runs",
        Question::Loop => "loop",
        Question::Plan(_) => "plan",
        Question::Deployment(_) => "deployment",
        Question::Change(_) => "change",
        Question::Incident(_) => "incident",
        Question::Rule(_) => "rule",
        Question::CsvColumns(_) => "columns",
        Question::Drawing(_) => "drawing",
        Question::ReviewFile(_) => "review file",
    }
}

impl ImportRequest {
    /// The repository whose lines can be counted after this import.
    pub fn repository(&self) -> Option<&Path> {
        match &self.source {
            Source::Git { path, .. } => Some(path),
            Source::Paths(_) => None,
        }
    }
}
