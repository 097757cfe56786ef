//! Other systems over HTTP.
//!
//! [`Transport`] alone talks: it owns reqwest, limits, deadlines, retries and secrets. A system is a [`Connector`]: a
//! value that says what to ask and reads what was answered. It is handed an [`Http`] for each act and owns no client, so
//! that recorded answers test it. What a system can do it declares in its [`Caps`], and only that is offered. A further
//! system is one more file and one more row in [`connector`].

mod buildbot;
mod cctray;
mod distrust;
mod error;
mod form;
mod gate;
mod gitea;
mod github;
mod gitlab;
mod jenkins;
mod jira;
mod json;
mod limits;
mod options;
mod reach;
#[cfg(test)]
mod recorded;
mod request;
mod results;
mod trace;
mod transport;
mod trust;
mod webhook;
mod woodpecker;
mod workflow_file;

pub use error::RemoteError;
pub use form::{Field, FieldKind, Form};
pub use options::{Patience, Proxy, Scheme, TransportOptions};
pub use request::{Auth, Body, Http, Method, Reply, Request};
pub use results::{ArtifactRef, TestFailure, TestReport};
pub use trace::{Exchange, Trace, names_a_secret};
pub use transport::Transport;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Status;
use crate::model::record::Record;

/// Where the last round stopped, in words of the system; kept by whoever calls.
pub type Mark = serde_json::Value;

/// How the id of a run that was started is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunIdHow {
    /// Nothing can be started.
    Never,
    InTheAnswer,
    /// The answer names a place in a queue, which names the run when it starts.
    QueueItem,
    /// The oldest run after the newest that was known before, of the same pipeline and branch.
    NewestBefore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    None,
    All,
    AllOrFailed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Logs {
    None,
    /// Grows while the run does.
    Live,
    AfterTheEnd,
}

/// What a system can do for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Caps {
    /// A round reads only what is new since the last.
    pub since: bool,
    pub form: bool,
    pub trigger: bool,
    /// The request that starts a run can be looked at before it is sent.
    pub preview: bool,
    pub run_id: RunIdHow,
    pub cancel: bool,
    pub retry: Retry,
    pub approve: bool,
    pub logs: Logs,
    pub artifacts: bool,
    pub tests: bool,
}

impl Caps {
    pub const READ_ONLY: Self = Self {
        since: false,
        form: false,
        trigger: false,
        preview: false,
        run_id: RunIdHow::Never,
        cancel: false,
        retry: Retry::None,
        approve: false,
        logs: Logs::None,
        artifacts: false,
        tests: false,
    };
}

/// What a connector must know of its connection.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The connection's name, which its records carry.
    pub name: String,
    pub base: String,
    /// Repositories, projects or jobs that are looked at; empty means all where the system can tell them.
    pub scope: Vec<String>,
    /// The template of a webhook, or what else a system needs to be told.
    pub settings: serde_json::Value,
}

/// Who answers, what one may do there, and what is missing for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WhoAmI {
    pub server: String,
    pub user: Option<String>,
    pub may: Vec<String>,
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineRef {
    /// As the runs name it.
    pub id: String,
    pub name: String,
}

/// A run as its system knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    pub pipeline: String,
    pub id: String,
    pub attempt: u32,
    pub repo: Option<String>,
}

/// An answer that a reader of files understands: it is read like an imported one.
#[derive(Clone, Debug)]
pub struct Answer {
    pub address: String,
    pub value: serde_json::Value,
}

/// An address that a person gave, without what must not stand in one.
#[derive(Debug, Default)]
pub struct Apart {
    pub base: String,
    /// Added to the settings of the connection.
    pub settings: Vec<(String, serde_json::Value)>,
    pub secret: Option<String>,
}

/// What one step of a round brought.
#[derive(Debug, Default)]
pub struct Brought {
    pub records: Vec<Record>,
    /// Runs that only stood for what came in their place.
    pub gone: Vec<Record>,
    /// Runs that were under way and are not there any more; the pipeline is empty where the id alone names one.
    pub vanished: Vec<RunRef>,
    pub answers: Vec<Answer>,
    /// Where a later round may begin, once everything before it has been kept.
    pub mark: Option<Mark>,
    /// How much is known to remain, for a bar.
    pub left: Option<u64>,
}

/// Takes what a round brings, step by step; an error ends the round.
pub type Keep<'a> = dyn FnMut(Brought) -> Result<(), RemoteError> + 'a;

/// In what stood before a retry: the run that is run again.
pub const AGAIN_OF: &str = "again_of";

/// In what stood before a retry: the [`Look::stamp`] of a run that is run again in its place.
pub const STAMP: &str = "stamp";

/// What is to be started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub pipeline: String,
    pub git_ref: Option<String>,
    pub inputs: Vec<(String, String)>,
    /// Ours alone; a system that can carry it along gives it back.
    pub intent: String,
    /// What the newest run was before, from [`Connector::watermark`].
    pub before: Option<Mark>,
    /// Runs of that pipeline that came of other starts.
    pub taken: Vec<String>,
    /// What the answers to other starts told.
    pub taken_handles: Vec<serde_json::Value>,
}

/// What the answer to a start tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Started {
    Run(RunRef),
    /// The same, with what the answer told of it already.
    Seen(RunRef, Box<Record>),
    /// What [`Connector::resolve`] needs to find the run.
    Handle(serde_json::Value),
}

/// How a run is followed that nothing else tells of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looks {
    /// At least that long between two looks.
    pub every: Duration,
    /// From the start on; after that nobody looks any more.
    pub at_most: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    Run(RunRef),
    /// It may still come.
    Pending(String),
    /// It waits in a queue there: how it is found from now on, and why it waits.
    Queued(serde_json::Value, Option<String>),
    /// It was taken out of the queue before it ran.
    Cancelled,
}

/// Something that a run waits for and a person may allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approval {
    pub id: String,
    pub name: String,
    pub may_approve: bool,
    /// It can be turned down by itself, without cancelling the run.
    pub may_reject: bool,
}

/// A run as it is now.
#[derive(Debug, Default)]
pub struct Look {
    pub brought: Brought,
    pub status: Status,
    pub approvals: Vec<Approval>,
    /// Why it does not go on.
    pub wait_reason: Option<String>,
    /// The system says that it is over, also where its status is one that nobody here knows.
    pub is_over: bool,
    /// Another text once the run was run again in its place; nothing where a run is never.
    pub stamp: Option<String>,
    /// The run that goes on in this one's place.
    pub instead: Option<RunRef>,
}

/// A log of a step or job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRef {
    pub id: String,
    pub name: String,
    pub status: Status,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogChunk {
    pub text: String,
    /// Where the next piece begins.
    pub next: u64,
    /// Nothing will follow.
    pub is_whole: bool,
}

type Answered<T> = Result<T, RemoteError>;

/// One system's ways. What its [`Caps`] do not offer is never asked of it.
pub trait Connector: Send + Sync {
    fn caps(&self) -> Caps;
    fn scheme(&self) -> Scheme;
    /// Where the interface is, from what a person gave.
    fn address(&self, given: &str) -> String {
        given.trim().trim_end_matches('/').to_owned()
    }
    /// What a person gave as one address; nothing where it is one.
    fn take_apart(&self, _given: &str) -> Answered<Option<Apart>> {
        Ok(None)
    }
    /// Requests that may be under way at once.
    fn at_once(&self) -> usize {
        2
    }
    /// What the server wants between two requests that change something.
    fn between_changes(&self) -> std::time::Duration {
        options::BETWEEN_CHANGES
    }
    /// Tells who answers there. Changes nothing.
    fn test(&self, http: &dyn Http) -> Answered<WhoAmI>;
    fn pipelines(&self, http: &dyn Http) -> Answered<Vec<PipelineRef>>;
    /// Reads everything that is new since the mark, step by step.
    fn sync(&self, http: &dyn Http, mark: Option<&Mark>, keep: &mut Keep<'_>) -> Answered<()>;
    /// Places that were given by a number, with the names that everything else is asked by.
    fn named(&self, _http: &dyn Http) -> Answered<Vec<(String, String)>> {
        Ok(Vec::new())
    }

    /// Places that have another name now, where the server tells it: the old name and the new one.
    fn renamed(&self, _http: &dyn Http) -> Answered<Vec<(String, String)>> {
        Ok(Vec::new())
    }
    /// One run as it is now, with its stages.
    fn look(&self, http: &dyn Http, run: &RunRef) -> Answered<Look>;

    /// An error where the place that a run is in is out of sight: then nothing is said of the run.
    fn see_place(&self, _http: &dyn Http, _run: &RunRef) -> Answered<()> {
        Ok(())
    }
    fn form(&self, _http: &dyn Http, _pipeline: &str, _git_ref: Option<&str>) -> Answered<Form> {
        Ok(Form::default())
    }
    /// What tells new runs of a pipeline from those that are there now.
    fn watermark(&self, _http: &dyn Http, _pipeline: &str) -> Answered<Option<Mark>> {
        Ok(None)
    }
    /// The request that would start a run, where it is one that a person made up.
    fn preview(&self, _http: &dyn Http, _start: &Start) -> Answered<Option<Request>> {
        Ok(None)
    }
    /// Sends the one request that starts a run.
    fn start(&self, _http: &dyn Http, _start: &Start) -> Answered<Started> {
        Err(RemoteError::NotOffered("start a run"))
    }
    /// Looks for the run of a start; `handle` is what its answer told, where there was one.
    fn resolve(&self, _http: &dyn Http, _start: &Start, _handle: Option<&serde_json::Value>) -> Answered<Resolved> {
        Err(RemoteError::NotOffered("find a run that was started"))
    }
    /// What was started carries our mark there, so that a lost answer leads to its own run and no other.
    fn marks_runs(&self) -> bool {
        false
    }
    /// Whether the run of a start whose answer was lost can be looked for there.
    fn finds_lost(&self) -> bool {
        true
    }
    /// How often and how long a run is looked at.
    fn looks(&self) -> Looks {
        Looks::default()
    }
    /// The run behind an address that a person pasted.
    fn run_of_url(&self, _http: &dyn Http, _url: &str) -> Answered<Option<RunRef>> {
        Ok(None)
    }
    fn cancel(&self, _http: &dyn Http, _run: &RunRef) -> Answered<()> {
        Err(RemoteError::NotOffered("cancel a run"))
    }
    /// Takes what waits in a queue out of it, by what [`Resolved::Queued`] told.
    fn cancel_queued(&self, _http: &dyn Http, _handle: &serde_json::Value) -> Answered<()> {
        Err(RemoteError::NotOffered("take a start out of its queue"))
    }
    /// Runs again; the run that comes of it, where the answer tells.
    fn retry(&self, _http: &dyn Http, _run: &RunRef, _failed_only: bool) -> Answered<Option<Started>> {
        Err(RemoteError::NotOffered("run again"))
    }
    /// What a run was given, where its system tells that: the same goes in when it goes on or is run again.
    fn given(&self, _http: &dyn Http, _run: &RunRef) -> Answered<Vec<(String, String)>> {
        Ok(Vec::new())
    }
    /// Everything again is a start like the first one, and what that was given is not kept there.
    fn again_is_a_start(&self) -> bool {
        false
    }
    /// Whether a run that is run again stays the same run.
    fn retries_in_place(&self, _failed_only: bool) -> bool {
        false
    }
    /// Where the system counts no attempts: whether a run that ended so and goes on is a further one.
    fn uncounted_attempts(&self) -> Option<fn(Status) -> bool> {
        None
    }
    fn approve(
        &self,
        _http: &dyn Http,
        _run: &RunRef,
        _approval: &str,
        _is_allowed: bool,
        _note: &str,
    ) -> Answered<()> {
        Err(RemoteError::NotOffered("approve a waiting step"))
    }
    fn logs(&self, _http: &dyn Http, _run: &RunRef) -> Answered<Vec<LogRef>> {
        Err(RemoteError::NotOffered("show logs"))
    }
    fn log(&self, _http: &dyn Http, _run: &RunRef, _log: &str, _from: u64) -> Answered<LogChunk> {
        Err(RemoteError::NotOffered("show logs"))
    }
    fn artifacts(&self, _http: &dyn Http, _run: &RunRef) -> Answered<Vec<ArtifactRef>> {
        Err(RemoteError::NotOffered("list what a run left behind"))
    }
    /// The request that hands an artifact out.
    fn artifact(&self, _run: &RunRef, _artifact: &str) -> Answered<Request> {
        Err(RemoteError::NotOffered("hand out what a run left behind"))
    }
    /// Whether deployments to production are to be told to it.
    fn hears_announcements(&self) -> bool {
        false
    }
    fn announce(&self, _http: &dyn Http, _announcement: &Announcement) -> Answered<()> {
        Err(RemoteError::NotOffered("be told of deployments"))
    }
    /// None where the run reported no tests.
    fn tests(&self, _http: &dyn Http, _run: &RunRef) -> Answered<Option<TestReport>> {
        Err(RemoteError::NotOffered("tell the tests of a run"))
    }
}

/// A deployment to production that ended, for those who operate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Announcement {
    pub title: String,
    pub text: String,
    pub service: String,
    pub environment: String,
    pub status: String,
    pub version: String,
    pub at: String,
}

/// Reads place after place, each with a mark of its own; what is kept carries the marks of all.
fn place_by_place<M: Clone + Default + Serialize + serde::de::DeserializeOwned>(
    places: &[String],
    mark: Option<&Mark>,
    keep: &mut Keep<'_>,
    mut read: impl FnMut(&str, M, &mut dyn FnMut(Brought, &M) -> Answered<()>) -> Answered<()>,
) -> Answered<()> {
    let mut marks: std::collections::BTreeMap<String, M> =
        mark.and_then(|mark| serde_json::from_value(mark.clone()).ok()).unwrap_or_default();
    each_place(places, |place| {
        let known = marks.get(place).cloned().unwrap_or_default();
        let mut keep_place = |brought: Brought, mark: &M| {
            marks.insert(place.to_owned(), mark.clone());
            keep(Brought { mark: Some(serde_json::json!(marks)), ..brought })
        };
        read(place, known, &mut keep_place)
    })
}

/// Goes to each place; one that is gone or closed to us does not keep the others from being read, and is told at the end.
fn each_place(places: &[String], mut read: impl FnMut(&str) -> Answered<()>) -> Answered<()> {
    let mut failed: Vec<(&str, RemoteError)> = Vec::new();
    for place in places {
        match read(place) {
            Ok(()) => {}
            // What holds for the whole server holds for the other places, too.
            Err(error) if error.is_of_the_server() => return Err(error),
            Err(error) => failed.push((place, error)),
        }
    }
    if failed.len() == 1 && places.len() == 1 {
        return failed.pop().map_or(Ok(()), |(_, error)| Err(error));
    }
    if failed.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = failed.iter().map(|(place, error)| format!("{place}: {error}")).collect();
    let is_moved = failed.iter().any(|(_, error)| error.is_moved());
    Err(RemoteError::Places { failed: failed.len(), all: places.len(), told: told.join("; "), is_moved })
}

/// With so many that cannot be read it is not the runs.
const MOST_HELD: u32 = 5;

/// What could not be read of single runs: the others are read all the same, and the first of these is told at the end.
#[derive(Default)]
struct Held {
    first: Option<RemoteError>,
    n: u32,
}

impl Held {
    /// Passes on what would end every other request the same way; nothing stands for what has to be read another time.
    fn hold<T>(&mut self, answer: Answered<T>) -> Answered<Option<T>> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_of_the_server() || self.n >= MOST_HELD => Err(error),
            Err(error @ RemoteError::NotAllowed { status: 401, .. }) => Err(error),
            Err(error) => {
                self.n += 1;
                self.first.get_or_insert(error);
                Ok(None)
            }
        }
    }

    fn end(self) -> Answered<()> {
        self.first.map_or(Ok(()), Err)
    }
}

/// A line that is longer is shown in pieces.
const LONGEST_LINE: usize = 65_536;

/// The lines of a piece of a log that are whole: a letter, or a secret that must not be shown, may be cut in two at its end.
fn whole_lines(piece: &[u8], is_whole: bool) -> &[u8] {
    if is_whole {
        return piece;
    }
    match piece.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => &piece[..=at],
        None if piece.len() < LONGEST_LINE => &[],
        None => match std::str::from_utf8(piece) {
            Err(error) if error.error_len().is_none() => &piece[..error.valid_up_to()],
            _ => piece,
        },
    }
}

/// The text of a log that comes in one piece; where it is too long, it says so at its end.
fn log_of(reply: &Reply) -> String {
    if !reply.is_cut {
        return reply.text();
    }
    let lines = String::from_utf8_lossy(whole_lines(&reply.body, false));
    format!("{lines}… this log is longer than what is read of it: its own page has the rest\n")
}

/// Whether a run is of the branch or tag that was asked for; where one of both is not told, it may be.
fn is_on_ref(start: &Start, of_run: Option<&str>) -> bool {
    let plain = |text: &str| text.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/").to_owned();
    start.git_ref.as_deref().zip(of_run).is_none_or(|(asked, of_run)| plain(asked) == plain(of_run))
}

/// Who the credential belongs to, in the word by which runs name people; nothing for one that belongs to nobody.
fn owner(http: &dyn Http, request: Request, word: &str) -> Answered<Option<String>> {
    let request = request.fine(&[401, 403, 404]);
    let reply = http.send(&request)?;
    if reply.status != 200 { Ok(None) } else { Ok(json::text(&reply.json(&request)?, &[word])) }
}

/// In what stood before a start: whose runs can be ours.
const ACTOR: &str = "actor";

/// What stood before a start, with the owner of the credential where there is one.
fn before(newest: i64, owner: Answered<Option<String>>) -> Mark {
    let mut mark = serde_json::json!({"newest": newest});
    // Without a name, the newest run alone tells.
    if let Ok(Some(owner)) = owner {
        mark[ACTOR] = owner.into();
    }
    mark
}

/// The owner of the credential with which a start was asked for.
fn actor_of(start: &Start) -> Option<&str> {
    start.before.as_ref()?.get(ACTOR)?.as_str()
}

/// Whether a run of that person can have come of a start; one that names nobody can.
fn may_be_of(start: &Start, actor: Option<&str>) -> bool {
    match (actor_of(start), actor) {
        (Some(ours), Some(theirs)) => ours.eq_ignore_ascii_case(theirs),
        _ => true,
    }
}

/// Answers that say that a thing has another name now.
const MOVED: [u16; 4] = [301, 302, 307, 308];

/// The name that a place has now, where a server says that it has another; `word` holds it in the answer.
fn name_now(http: &dyn Http, base: &str, request: Request, word: &str) -> Answered<Option<String>> {
    let reply = http.send(&request.clone().fine(&MOVED))?;
    if !MOVED.contains(&reply.status) {
        return Ok(None);
    }
    // Only what the same interface says of itself is asked on.
    let to = reply.header("location").unwrap_or_default();
    let base_path = base.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("");
    let path = to.strip_prefix(base).or_else(|| to.strip_prefix(base_path).filter(|_| to.starts_with('/')));
    let Some(path) = path.map(|path| path.split('?').next().unwrap_or_default().trim_start_matches('/')) else {
        return Ok(None);
    };
    let request = Request { path: path.to_owned(), ..request };
    Ok(json::text(&http.json(&request)?, &[word]))
}

/// The places that have another name now.
fn renamed_places(
    http: &dyn Http,
    base: &str,
    places: &[String],
    ask: &dyn Fn(&str) -> Request,
    word: &str,
) -> Answered<Vec<(String, String)>> {
    let mut renamed = Vec::new();
    for place in places {
        renamed.extend(name_now(http, base, ask(place), word)?.map(|now| (place.clone(), now)));
    }
    Ok(renamed)
}

/// The oldest run that is newer than the newest before a start and that no other start was given.
fn oldest_free(ids: impl Iterator<Item = i64>, start: &Start) -> Option<i64> {
    let newest = start.before.as_ref().and_then(|before| json::int(before, "newest")).unwrap_or_default();
    ids.filter(|id| *id > newest && !start.taken.contains(&id.to_string())).min()
}

/// A text as one part of a path.
fn path_part(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

/// Whether an address is of this machine, where servers to try things on run.
fn is_this_machine(address: &str) -> bool {
    ["://127.0.0.1", "://localhost", "://[::1]"].iter().any(|host| address.contains(host))
}

pub use webhook::EXAMPLE as WEBHOOK_EXAMPLE;

/// The systems that can be connected to, and what each is called.
pub const SYSTEMS: [(&str, &str); 9] = [
    ("github", "GitHub Actions"),
    ("gitlab", "GitLab CI"),
    ("jenkins", "Jenkins"),
    ("gitea", "Gitea or Forgejo Actions"),
    ("woodpecker", "Woodpecker"),
    ("buildbot", "Buildbot"),
    ("cctray", "CCTray feed"),
    ("webhook", "Webhook"),
    ("jira", "Jira"),
];

/// The connector of a system.
pub fn connector(system: &str, place: Place) -> Option<Box<dyn Connector>> {
    Some(match system {
        "buildbot" => Box::new(buildbot::Buildbot::new(place)),
        "github" => Box::new(github::GitHub::new(place)),
        "gitlab" => Box::new(gitlab::GitLab::new(place)),
        "jenkins" => Box::new(jenkins::Jenkins::new(place)),
        "gitea" => Box::new(gitea::Gitea::new(place)),
        "woodpecker" => Box::new(woodpecker::Woodpecker::new(place)),
        "webhook" => Box::new(webhook::Webhook::new(place)),
        "jira" => Box::new(jira::Jira::new(place)),
        "cctray" => Box::new(cctray::CcTray::new(place)),
        _ => return None,
    })
}
