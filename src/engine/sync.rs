//! Connections: tested, kept, and read on from where the last round stopped.
//!
//! Each step of a round is written in one transaction with the mark up to which everything is kept, so that a round that
//! is killed goes on there. Runs land where imported ones do and count the same; what the end of a round brings to
//! production is announced.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use crossbeam_channel::{Receiver, bounded};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::attempts::{self, IsAgain};
use super::import_job::{brings_ledger, panic_text};
use super::plan::{StandingWriter, keep_closed, tell_news};
use super::step::Step;
use super::vault::{Keep, Vault};
use super::{Cancel, Counts, EngineError, Workspace};
use crate::model::Time;
use crate::model::record::{FILE_CONNECTION, Record};
use crate::remote::{
    self, Brought, Connector, Exchange, Mark, Patience, PipelineRef, Place, Proxy, RemoteError, Trace, Transport,
    TransportOptions, WhoAmI,
};
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{ConnectionEntry, NoticeEntry, Outcome, Store, StoreError};

/// What a round did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    pub connection: String,
    /// By record type.
    pub records: BTreeMap<String, Counts>,
    pub refused: Vec<String>,
    /// What has no place here, and how often it stood there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// How much the system says is left.
    #[serde(skip)]
    pub left: Option<u64>,
    /// Production deployments that ended since the last round.
    pub announced: u64,
}

impl SyncReport {
    pub fn total(&self) -> Counts {
        self.records.values().fold(Counts::default(), |sum, counts| Counts {
            new: sum.new + counts.new,
            changed: sum.changed + counts.changed,
            same: sum.same + counts.same,
        })
    }
}

static TRACES: LazyLock<Mutex<BTreeMap<String, Arc<Trace>>>> = LazyLock::new(Mutex::default);

fn trace_of(connection: &str) -> Arc<Trace> {
    TRACES.lock().unwrap_or_else(PoisonError::into_inner).entry(connection.to_owned()).or_default().clone()
}

/// What this program said to a system and what it answered, without secrets.
pub fn exchanges(connection: &str) -> Vec<Exchange> {
    trace_of(connection).exchanges()
}

/// A system, ready to be talked to.
pub(super) struct Link {
    pub connector: Box<dyn Connector>,
    pub transport: Transport,
}

pub(super) fn connector(entry: &ConnectionEntry) -> Result<Box<dyn Connector>, EngineError> {
    let place = Place {
        name: entry.name.clone(),
        base: entry.base.clone(),
        scope: entry.scope.clone(),
        settings: entry.settings.clone(),
    };
    remote::connector(&entry.system, place).ok_or_else(|| EngineError::NoSuch {
        what: "system",
        name: entry.system.clone(),
        known: remote::SYSTEMS.map(|(name, _)| name).join(", "),
    })
}

/// A connection whose places have other names now, and the old and new names.
pub(super) type Renamed = (ConnectionEntry, Vec<(String, String)>);

/// Waits are shorter where a test says so.
fn patience() -> Patience {
    let millis = std::env::var("GEMBA_PATIENCE_MS").ok().and_then(|text| text.parse().ok());
    let Some(millis) = millis.map(std::time::Duration::from_millis) else { return Patience::default() };
    Patience { connect: millis, silence: millis, deadline: millis * 3, back_off: millis / 50 }
}

/// What a link needs beside its entry.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    pub own: Option<SecretString>,
    /// The password of the proxy's user.
    pub proxy: Option<SecretString>,
}

fn proxy_of(entry: &ConnectionEntry, password: Option<SecretString>) -> Result<Proxy, EngineError> {
    match entry.proxy.as_deref().map(str::trim) {
        None | Some("") => Ok(Proxy::OfTheMachine),
        Some("none") => Ok(Proxy::Off),
        Some(address) => {
            let bad = |why: &str| EngineError::Misfit(format!("the proxy's address cannot be used: {why}"));
            let url = url::Url::parse(address).map_err(|error| bad(&error.to_string()))?;
            if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
                return Err(bad("write it as http://proxy.example:3128, or none"));
            }
            if url.password().is_some() {
                return Err(bad("it holds a password; give that by itself"));
            }
            Ok(Proxy::At { url, password })
        }
    }
}

pub(super) fn link_with(entry: &ConnectionEntry, secrets: Secrets, cancel: &Cancel) -> Result<Link, EngineError> {
    let connector = connector(entry)?;
    let options = TransportOptions {
        base: connector.address(&entry.base),
        user: entry.user.clone(),
        secret: secrets.own,
        proxy: proxy_of(entry, secrets.proxy)?,
        scheme: connector.scheme(),
        ca_file: entry.ca_file.as_ref().map(PathBuf::from),
        allow_http: entry.allow_http,
        at_once: connector.at_once(),
        between_changes: connector.between_changes(),
        patience: patience(),
    };
    let transport = Transport::new(options, trace_of(&entry.name), cancel.flag())?;
    Ok(Link { connector, transport })
}

/// A connection without what must not stand in its address, and the secret that did.
fn taken_apart(entry: &ConnectionEntry) -> Result<(ConnectionEntry, Option<SecretString>), EngineError> {
    let mut entry = entry.clone();
    let Some(apart) = connector(&entry)?.take_apart(&entry.base)? else { return Ok((entry, None)) };
    entry.base = apart.base;
    if !entry.settings.is_object() {
        entry.settings = serde_json::json!({});
    }
    for (name, value) in apart.settings {
        entry.settings[name] = value;
    }
    Ok((entry, apart.secret.map(SecretString::from)))
}

/// Where it is kept until when a server wants to be left alone, for programs that come after this one.
fn pause_of(connection: &str) -> String {
    format!("pause of {connection}")
}

/// Clocks that differ by more make spans between systems wrong.
const MOST_SKEW_S: i64 = 60;

/// Steps that may wait for the writer.
const WAITING_STEPS: usize = 16;

fn put_all(
    store: &Store,
    ids: &mut Ids<'_>,
    is_again: Option<IsAgain>,
    records: &mut [Record],
    report: &mut SyncReport,
) -> Result<(), EngineError> {
    // Records of one type mostly stand together.
    for group in records.chunk_by_mut(|a, b| a.type_name() == b.type_name()) {
        let mut counts = Counts::default();
        let Some(type_name) = group.first().map(Record::type_name) else { continue };
        for record in group {
            if let Some(is_again) = is_again {
                attempts::count(store, is_again, record)?;
            }
            match store.put(record, ids, Meet::Merge)? {
                Outcome::New => counts.new += 1,
                Outcome::Changed => counts.changed += 1,
                Outcome::Same => counts.same += 1,
            }
        }
        let sum = report.records.entry(type_name.to_owned()).or_default();
        (sum.new, sum.changed, sum.same) = (sum.new + counts.new, sum.changed + counts.changed, sum.same + counts.same);
    }
    Ok(())
}

fn count(report: &mut SyncReport, kind: &str, outcome: Outcome) {
    let sum = report.records.entry(kind.to_owned()).or_default();
    match outcome {
        Outcome::New => sum.new += 1,
        Outcome::Changed => sum.changed += 1,
        Outcome::Same => sum.same += 1,
    }
}

impl Workspace {
    fn vault(&self) -> Vault {
        Vault::beside(self.store.path())
    }

    pub(super) fn link(&self, entry: &ConnectionEntry, cancel: &Cancel) -> Result<Link, EngineError> {
        let mut link = link_with(entry, self.secrets_of(entry, Secrets::default())?, cancel)?;
        super::typed::hide_from(&mut link.transport, &entry.name);
        let until = self.store.setting(&pause_of(&entry.name))?.and_then(|until| until.parse().ok());
        let left = until.map_or(0, |until: i64| until - Time::now().0);
        if let Ok(left) = u64::try_from(left) {
            link.transport.leave_alone_for(std::time::Duration::from_micros(left));
        }
        Ok(link)
    }

    /// What was given, and the rest from where it is kept.
    fn secrets_of(&self, entry: &ConnectionEntry, given: Secrets) -> Result<Secrets, EngineError> {
        let vault = self.vault();
        let own = match given.own {
            Some(own) => Some(own),
            None => vault.get(&entry.name, entry.secret.as_deref())?,
        };
        let proxy = match given.proxy {
            Some(password) => Some(password),
            None => vault.get_of_proxy(&entry.name, entry.proxy_secret.as_deref())?,
        };
        Ok(Secrets { own, proxy })
    }

    pub fn connections(&self) -> Result<Vec<ConnectionEntry>, EngineError> {
        Ok(self.store.connections()?)
    }

    pub fn connection(&self, name: &str) -> Result<ConnectionEntry, EngineError> {
        let mut all = self.store.connections()?;
        match all.iter().position(|entry| entry.name == name) {
            Some(at) => Ok(all.swap_remove(at)),
            None => {
                let names: Vec<&str> = all.iter().map(|entry| entry.name.as_str()).collect();
                let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
                Err(EngineError::NoSuch { what: "connection", name: name.to_owned(), known })
            }
        }
    }

    /// Asks who answers there; nothing is kept.
    pub fn test_connection(
        &self,
        entry: &ConnectionEntry,
        given: Secrets,
        cancel: &Cancel,
    ) -> Result<WhoAmI, EngineError> {
        let (entry, in_address) = taken_apart(entry)?;
        let given = Secrets { own: given.own.or(in_address), ..given };
        let link = link_with(&entry, self.secrets_of(&entry, given)?, cancel)?;
        let mut who = link.connector.test(&link.transport)?;
        let skew = link.transport.clock_skew_s();
        if skew.abs() > MOST_SKEW_S {
            let way = if skew > 0 { "behind" } else { "ahead of" };
            who.missing.push(format!("the right time: this machine's clock is {} s {way} the server's", skew.abs()));
        }
        Ok(who)
    }

    /// Keeps a connection after a test that went well; tells who answered.
    pub fn connect(&self, mut entry: ConnectionEntry, given: Secrets, cancel: &Cancel) -> Result<WhoAmI, EngineError> {
        let name = entry.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 80 || name == FILE_CONNECTION || name.chars().any(char::is_control)
        {
            let why = "a connection needs a name of at most 80 characters in one line, other than \"file\"";
            return Err(EngineError::Misfit(why.to_owned()));
        }
        entry.name = name;
        let (entry_apart, in_address) = taken_apart(&entry)?;
        let (mut entry, given) = (entry_apart, Secrets { own: given.own.or(in_address), ..given });
        let who = self.test_connection(&entry, given.clone(), cancel)?;
        let link = link_with(&entry, self.secrets_of(&entry, given.clone())?, cancel)?;
        for (number, name) in link.connector.named(&link.transport)? {
            entry.scope.iter_mut().filter(|place| **place == number).for_each(|place| name.clone_into(place));
        }
        let is_some = |secret: &SecretString| !secret.expose_secret().is_empty();
        if let Some(secret) = given.own.filter(is_some) {
            entry.secret = Some(self.vault().put(&entry.name, &secret)?.as_text());
        }
        if let Some(password) = given.proxy.filter(is_some) {
            entry.proxy_secret = Some(self.vault().put_of_proxy(&entry.name, &password)?.as_text());
        }
        self.store.put_connection(&entry)?;
        self.store.log("connect", Time::now())?;
        Ok(who)
    }

    /// Another passphrase for the file of secrets; the old one is that of the program where none is given.
    pub fn change_passphrase(&self, old: Option<SecretString>, new: &SecretString) -> Result<usize, EngineError> {
        let sealed = self.vault().change_passphrase(old, new)?;
        super::vault_passphrase::set(new.clone());
        Ok(sealed)
    }

    /// Changes what needs no test: how often, whether at all.
    pub fn change_connection(&self, entry: &ConnectionEntry) -> Result<(), EngineError> {
        let (entry, in_address) = taken_apart(entry)?;
        if in_address.is_some() {
            return Err(EngineError::Other("the address holds a token: connect again to have it kept safe".to_owned()));
        }
        self.store.put_connection(&entry)?;
        Ok(self.store.log("connect", Time::now())?)
    }

    /// What it brought stays.
    pub fn disconnect(&self, name: &str) -> Result<(), EngineError> {
        let entry = self.connection(name)?;
        self.vault().forget(name, entry.secret.as_deref())?;
        self.vault().forget_of_proxy(name, entry.proxy_secret.as_deref())?;
        self.store.delete_connection(name)?;
        Ok(self.store.log("connect", Time::now())?)
    }

    pub fn remote_pipelines(&self, name: &str, cancel: &Cancel) -> Result<Vec<PipelineRef>, EngineError> {
        let link = self.link(&self.connection(name)?, cancel)?;
        Ok(link.connector.pipelines(&link.transport)?)
    }

    /// One round: everything that is new since the last. What was read stays, also after a fault or a cancel.
    pub fn sync(
        &self,
        entry: &ConnectionEntry,
        cancel: &Cancel,
        mut tell: impl FnMut(&SyncReport),
    ) -> Result<SyncReport, EngineError> {
        let mut report = SyncReport { connection: entry.name.clone(), ..SyncReport::default() };
        let known = self.deployments_known()?;
        let mut round = self.round(entry, cancel, &mut report, &mut tell);
        if matches!(&round, Err(EngineError::Remote(error)) if error.is_moved())
            && let Some((renamed, _)) = self.follow_renames(entry, cancel)?
        {
            round = self.round(&renamed, cancel, &mut report, &mut tell);
        }
        let error = round.as_ref().err().filter(|error| !error.is_cancelled()).map(ToString::to_string);
        self.store.transaction(|store| -> Result<(), EngineError> {
            let has_news = report.total().new + report.total().changed > 0;
            if has_news {
                store.after_records()?;
            }
            if brings_ledger(&report.records) {
                keep_closed(store, Time::now(), true)?;
            }
            if round.is_ok()
                && let Some(since) = entry.succeeded_at
            {
                report.announced = self.announce(&entry.name, since, &known)?.len() as u64;
            }
            if let Err(EngineError::Remote(RemoteError::Throttled { seconds, .. })) = &round {
                let micros = i64::try_from(*seconds).unwrap_or_default().saturating_mul(1_000_000);
                store.set_setting(&pause_of(&entry.name), &Time::now().0.saturating_add(micros).to_string())?;
            }
            store.end_round(&entry.name, Time::now(), error.as_deref())?;
            Ok(store.log(if has_news || report.announced > 0 { "sync" } else { "round" }, Time::now())?)
        })?;
        self.tell_hooks(&mut report, cancel)?;
        round?;
        // What was started and has not ended is looked for, also after a program was killed in between.
        for start in self.open_starts()?.iter().filter(|start| start.connection == entry.name) {
            if let Err(error) = self.follow(&start.id, cancel) {
                report.refused.push(format!("a run of {} that was started: {error}", start.pipeline));
            }
        }
        Ok(report)
    }

    fn round(
        &self,
        entry: &ConnectionEntry,
        cancel: &Cancel,
        report: &mut SyncReport,
        tell: &mut impl FnMut(&SyncReport),
    ) -> Result<(), EngineError> {
        let Link { connector, transport } = self.link(entry, cancel)?;
        let is_again = connector.uncounted_attempts();
        let mark: Option<Mark> = entry.mark.as_ref().and_then(|mark| serde_json::from_str(mark).ok());
        let (send, receive) = bounded::<Step>(WAITING_STEPS);
        // The next page is asked for and read while the last is written.
        std::thread::scope(|scope| {
            let ask = move || {
                let mut keep = |brought: Brought| {
                    let step = Step::of(brought, &entry.name);
                    send.send(step).map_err(|_gone| RemoteError::NotKept("the round was broken off".to_owned()))
                };
                connector.sync(&transport, mark.as_ref(), &mut keep)
            };
            let asking = std::thread::Builder::new()
                .name("sync reader".to_owned())
                .spawn_scoped(scope, ask)
                .map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))?;
            // A round that the power cut takes away is read again; its end waits for the disk.
            let written = self.store.without_waiting(|| self.write_round(entry, is_again, receive, report, tell));
            let asked =
                asking.join().map_err(|panic| EngineError::Panicked { job: "sync", why: panic_text(&panic) })?;
            // What stopped the writer says more than that the reader was stopped.
            written?;
            Ok(asked?)
        })
    }

    /// Places that have another name now are read under that one, and what they brought goes on there.
    pub(super) fn follow_renames(
        &self,
        entry: &ConnectionEntry,
        cancel: &Cancel,
    ) -> Result<Option<Renamed>, EngineError> {
        let link = self.link(entry, cancel)?;
        // Where even the names cannot be asked for, the round tells what is wrong.
        let renamed = link.connector.renamed(&link.transport).unwrap_or_default();
        if renamed.is_empty() {
            return Ok(None);
        }
        // The mark may have come further in the round that found this.
        let mut entry = self.connection(&entry.name)?;
        let mut marks = entry.mark.as_ref().and_then(|mark| serde_json::from_str::<Mark>(mark).ok());
        for (old, new) in &renamed {
            let places = entry.scope.iter_mut().filter(|place| *place == old);
            places.for_each(|place| new.clone_into(place));
            if let Some(marks) = marks.as_mut().and_then(Mark::as_object_mut)
                && let Some(mark) = marks.remove(old)
            {
                marks.insert(new.clone(), mark);
            }
        }
        entry.mark = marks.map(|marks| marks.to_string());
        self.store.transaction(|store| -> Result<(), EngineError> {
            store.put_connection(&entry)?;
            if let Some(mark) = &entry.mark {
                store.set_mark(&entry.name, mark)?;
            }
            for (old, new) in &renamed {
                store.rename_place(&entry.name, old, new)?;
                store.add_notice(&NoticeEntry {
                    at: Time::now(),
                    title: format!("{old} is called {new} now"),
                    text: format!("the connection {} goes on under the new name", entry.name),
                    connection: Some(entry.name.clone()),
                    ..NoticeEntry::default()
                })?;
            }
            Ok(store.log("connect", Time::now())?)
        })?;
        Ok(Some((entry, renamed)))
    }

    fn write_round(
        &self,
        entry: &ConnectionEntry,
        is_again: Option<IsAgain>,
        receive: Receiver<Step>,
        report: &mut SyncReport,
        tell: &mut impl FnMut(&SyncReport),
    ) -> Result<(), EngineError> {
        // A write to disk costs more than a page: all that has come while the last was written is written at once.
        while let Ok(first) = receive.recv() {
            let steps: Vec<Step> = std::iter::once(first).chain(receive.try_iter().take(WAITING_STEPS)).collect();
            report.left = steps.last().and_then(|step| step.left);
            self.keep_steps(&entry.name, is_again, steps, report)?;
            tell(report);
        }
        Ok(())
    }

    /// Writes steps in one transaction, with the mark up to which everything is kept then.
    pub(super) fn keep_steps(
        &self,
        connection: &str,
        is_again: Option<IsAgain>,
        mut steps: Vec<Step>,
        report: &mut SyncReport,
    ) -> Result<(), EngineError> {
        for step in &mut steps {
            for refused in std::mem::take(&mut step.refused) {
                // What every page speaks of is told once.
                if !report.refused.contains(&refused) {
                    report.refused.push(refused);
                }
            }
            for (what, n) in std::mem::take(&mut step.left_out) {
                *report.left_out.entry(what).or_default() += n;
            }
        }
        if steps.iter().all(Step::is_empty) {
            return Ok(());
        }
        self.store.transaction(|store| -> Result<(), EngineError> {
            for step in &mut steps {
                see_first(store, &mut step.records, self.now())?;
            }
            let mut ids = Ids::new(store.db_for_ids(), None)?;
            for step in &mut steps {
                put_all(store, &mut ids, is_again, &mut step.records, report)?;
                let mut writer = StandingWriter::new(store, self.now());
                for standing in &step.standings {
                    let came = writer.take(&mut ids, standing)?;
                    came.records.into_iter().for_each(|(kind, outcome)| count(report, kind, outcome));
                    for what in came.left_out {
                        *report.left_out.entry(what.to_owned()).or_default() += 1;
                    }
                }
                for record in &step.gone {
                    // What something else has come to rest on stays.
                    match store.delete(record, &mut ids) {
                        Ok(()) | Err(StoreError::StillUsed { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                for run in &step.vanished {
                    let changed = store.let_run_vanish(connection, &run.pipeline, &run.id)?;
                    report.records.entry("run".to_owned()).or_default().changed += changed;
                }
            }
            tell_news(store, &mut ids, self.now())?;
            drop(ids);
            match steps.iter().rev().find_map(|step| step.mark.as_ref()) {
                Some(mark) => Ok(store.set_mark(connection, &mark.to_string())?),
                None => Ok(()),
            }
        })
    }

    pub fn notices(&self) -> Result<Vec<NoticeEntry>, EngineError> {
        Ok(self.store.notices(200)?)
    }

    pub fn read_notices(&self) -> Result<(), EngineError> {
        Ok(self.store.read_notices()?)
    }
}

/// A run that goes on and tells no time is of the moment when it was first seen: without one it is in no period, and
/// nobody would see what waits.
fn see_first(store: &Store, records: &mut [Record], now: Time) -> Result<(), EngineError> {
    for record in records {
        let Record::Run(run) = record else { continue };
        if run.first_time().is_some() || run.is_over() {
            continue;
        }
        let known = store.runs_named(&format!("{}:{}", run.connection, run.id))?;
        let known = known.into_iter().find(|known| known.pipeline == run.pipeline && known.attempt == run.attempt);
        run.created_at = Some(known.and_then(|known| known.first_time()).map_or(now, Time));
    }
    Ok(())
}

/// Whether a connection's secret stands in a file that nobody has opened since the program was started.
pub fn is_locked(entry: &ConnectionEntry) -> bool {
    let is_given = std::env::var_os(super::vault::variable_of(&entry.name)).is_some();
    (is_kept_in_file(&entry.secret) && !is_given || is_kept_in_file(&entry.proxy_secret))
        && !super::vault::has_passphrase()
}

/// Whether a connection's secret stands in the file of secrets.
pub fn is_in_file(entry: &ConnectionEntry) -> bool {
    [&entry.secret, &entry.proxy_secret].into_iter().any(is_kept_in_file)
}

fn is_kept_in_file(secret: &Option<String>) -> bool {
    matches!(secret.as_deref().and_then(Keep::parse), Some(Keep::File))
}

/// Where a connection's secret comes from, in words.
pub fn secret_words(entry: &ConnectionEntry) -> String {
    if std::env::var_os(super::vault::variable_of(&entry.name)).is_some() {
        return format!("environment variable {}", super::vault::variable_of(&entry.name));
    }
    match entry.secret.as_deref().and_then(Keep::parse) {
        None => "no secret".to_owned(),
        Some(Keep::Variable(name)) => format!("environment variable {name}"),
        Some(Keep::Keychain) => "keychain".to_owned(),
        Some(Keep::File) => "encrypted file".to_owned(),
    }
}
