//! An import: files or a repository read on one thread and written on another, in one transaction.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crossbeam_channel::{Receiver, bounded};
use serde::{Deserialize, Serialize};

use super::contradiction::{Retold, Told, contradiction, retold};
use super::plan::{StandingWriter, Standings, keep_closed, tell_news};
use super::workspace::CSV_MAPPINGS;
use super::{Cancel, EngineError, Workspace};
use crate::import::{
    self, CsvMapping, Emit, Format, GitOptions, GitSummary, ImportError, Item, Options, Progress, Refusal,
};
use crate::model::Time;
use crate::model::record::Record;
use crate::store::ids::Ids;
use crate::store::tables::Meet;
use crate::store::{Outcome, Store};

/// Where an import comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Files, or every file below a folder, read together.
    Paths(Vec<PathBuf>),
    /// A git repository on disk.
    Git { path: PathBuf, name: Option<String> },
}

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    pub source: Source,
    pub options: Options,
    /// Tell what would happen and change nothing.
    pub dry_run: bool,
    /// One refused line refuses the whole.
    pub strict: bool,
}

impl ImportRequest {
    pub fn of_path(path: impl Into<PathBuf>) -> Self {
        Self { source: Source::Paths(vec![path.into()]), options: Options::default(), dry_run: false, strict: false }
    }

    pub fn of_git(path: impl Into<PathBuf>) -> Self {
        Self {
            source: Source::Git { path: path.into(), name: None },
            options: Options::default(),
            dry_run: false,
            strict: false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub new: u64,
    pub changed: u64,
    pub same: u64,
}

impl Counts {
    pub fn total(&self) -> u64 {
        self.new + self.changed + self.same
    }
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    pub source: String,
    pub dry_run: bool,
    pub files: u64,
    /// By record type.
    pub records: BTreeMap<String, Counts>,
    pub refused: u64,
    /// The first of the refusals, with the file each stands in.
    pub refusals: Vec<(String, Refusal)>,
    /// Keys that no type has, and how often.
    pub unknown_keys: BTreeMap<String, u64>,
    /// Named by a record, described by none: (kind, id).
    pub placeholders: Vec<(String, String)>,
    /// Times read in the zone that was told.
    pub zone_assumed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub git: Option<GitSummary>,
    pub seconds: f64,
}

impl ImportReport {
    pub fn total(&self) -> Counts {
        self.records.values().fold(Counts::default(), |sum, counts| Counts {
            new: sum.new + counts.new,
            changed: sum.changed + counts.changed,
            same: sum.same + counts.same,
        })
    }
}

/// Refusals kept word for word; beyond this they are only counted.
const REFUSALS_KEPT: usize = 1000;
/// Batches that may wait between the reader and the writer.
const WAITING_BATCHES: usize = 16;

/// From the reader to the writer.
enum Parcel {
    File(PathBuf),
    /// Items, and of those that were told before in this import where that was: (index, place).
    Batch(Vec<Item>, Progress, Vec<(usize, u64)>),
    Git(GitSummary),
}

/// Whether something came that reports of sprints are made of.
pub(super) fn brings_ledger(records: &BTreeMap<String, Counts>) -> bool {
    let of_ledger = ["item", "item_event", "sprint", "sprint_event"];
    of_ledger.iter().filter_map(|kind| records.get(*kind)).any(|counts| counts.new + counts.changed > 0)
}

impl Workspace {
    /// Imports. Cancelled, failed or dry: nothing is changed.
    pub fn import(
        &self,
        request: &ImportRequest,
        cancel: &Cancel,
        mut tell: impl FnMut(Progress),
    ) -> Result<ImportReport, EngineError> {
        let begun = Instant::now();
        let mut request = request.clone();
        request.options.csv_mappings = self.csv_mappings()?;
        request.options.people = self.people()?;
        let (kind, name) = match &request.source {
            Source::Paths(paths) => {
                let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
                ("file", names.join(", "))
            }
            Source::Git { path, .. } => ("git", path.display().to_string()),
        };
        let known = match &request.source {
            Source::Git { path, name } => {
                let options = GitOptions { name: name.clone(), connection: None };
                self.store.known_shas(&options.name_for(path))?
            }
            Source::Paths(_) => HashSet::new(),
        };
        let (send, receive) = bounded::<Parcel>(WAITING_BATCHES);
        let mut report = ImportReport { source: name.clone(), dry_run: request.dry_run, ..ImportReport::default() };
        self.store.expect_bulk(true)?;
        let outcome = std::thread::scope(|scope| {
            let reading = std::thread::Builder::new()
                .name("import reader".to_owned())
                .spawn_scoped(scope, || read_source(&request, &known, cancel, &send_to(send)))
                .map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))?;
            let written: Result<(), EngineError> = self.store.transaction(|store| {
                let import = store.begin_import(kind, &name, self.now())?;
                let mut ids = Ids::new(store.db_for_ids(), Some(import))?;
                let mut writing = Writing {
                    store,
                    ids: &mut ids,
                    report: &mut report,
                    files: Vec::new(),
                    counts: BTreeMap::new(),
                    standings: Standings::default(),
                    now: self.now(),
                };
                let written = writing.all(&receive, cancel, &mut tell);
                drop(receive);
                let read =
                    reading.join().map_err(|panic| EngineError::Panicked { job: "import", why: panic_text(&panic) })?;
                // Why the reader failed says more than that the writer got no more.
                match (read, written) {
                    (Err(ImportError::Cancelled), Err(error)) | (Ok(()), Err(error)) => return Err(error),
                    (Err(error), _) => return Err(error.into()),
                    (Ok(()), Ok(())) => {}
                }
                if cancel.is_cancelled() {
                    return Err(ImportError::Cancelled.into());
                }
                if request.strict && report.refused > 0 {
                    let first = report.refusals.first().map(|(file, r)| describe_refusal(file, r)).unwrap_or_default();
                    return Err(EngineError::Strict { refused: report.refused, first });
                }
                tell_news(store, &mut ids, self.now())?;
                let placeholders = std::mem::take(&mut ids.placeholders);
                drop(ids);
                store.after_records()?;
                if brings_ledger(&report.records) {
                    keep_closed(store, self.now(), true)?;
                }
                for (kind, connection, id) in placeholders {
                    if store.is_placeholder(kind, &connection, &id)? {
                        report.placeholders.push((kind.to_owned(), id));
                    }
                }
                if request.dry_run {
                    return Err(EngineError::Other(DRY_RUN.to_owned()));
                }
                report.seconds = begun.elapsed().as_secs_f64();
                let text = serde_json::to_string(&report).map_err(|error| EngineError::Other(error.to_string()))?;
                Ok(store.end_import(import, &text, self.now())?)
            });
            written
        });
        self.store.expect_bulk(false)?;
        match outcome {
            Ok(()) => {}
            // A dry run is a transaction that is never published.
            Err(EngineError::Other(word)) if word == DRY_RUN => {}
            Err(error) => return Err(error),
        }
        report.seconds = begun.elapsed().as_secs_f64();
        if !request.dry_run
            && let (Some(mapping), Source::Paths(paths)) = (&request.options.csv_mapping, &request.source)
        {
            for path in paths {
                self.remember_mapping(path, mapping)?;
            }
        }
        Ok(report)
    }

    fn csv_mappings(&self) -> Result<BTreeMap<String, CsvMapping>, EngineError> {
        let text = self.store.setting(CSV_MAPPINGS)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// The columns of a CSV file with the mapping that was used for them before, else the one their names suggest.
    pub fn csv_columns(&self, path: &Path) -> Result<import::CsvPreview, EngineError> {
        let mut preview = import::preview_csv(path)?;
        if let Some(known) = self.csv_mappings()?.remove(&import::header_key(&preview.header)) {
            preview.guess = known;
            preview.is_sure = true;
        }
        Ok(preview)
    }

    fn remember_mapping(&self, path: &Path, mapping: &CsvMapping) -> Result<(), EngineError> {
        let mut mappings = self.csv_mappings()?;
        for file in import::files_below(path).unwrap_or_default() {
            if let Ok(Format::Csv) = import::detect(&file) {
                let header = import::preview_csv(&file)?.header;
                mappings.insert(import::header_key(&header), mapping.clone());
            }
        }
        let text = serde_json::to_string(&mappings).map_err(|error| EngineError::Other(error.to_string()))?;
        Ok(self.store.set_setting(CSV_MAPPINGS, &text)?)
    }

    /// Counts the lines of commits of a repository that have none yet; returns how many were counted.
    pub fn count_lines(
        &self,
        path: &Path,
        cancel: &Cancel,
        mut tell: impl FnMut(Progress),
    ) -> Result<u64, EngineError> {
        let shas = self.store.uncounted_shas()?;
        let total = shas.len() as u64;
        let (send, receive) = bounded(4096);
        std::thread::scope(|scope| {
            let counting = std::thread::Builder::new()
                .name("line counter".to_owned())
                .spawn_scoped(scope, || {
                    import::count_lines(path, &shas, |counts| !cancel.is_cancelled() && send.send(counts).is_ok())
                        .inspect(|()| drop(send))
                })
                .map_err(|error| EngineError::Other(format!("a thread cannot be started: {error}")))?;
            let mut done = 0;
            let mut batch = Vec::new();
            // Each batch is kept: what is counted stays counted, also after a cancel.
            while let Ok(counts) = receive.recv() {
                batch.push(counts);
                batch.extend(receive.try_iter().take(2000));
                if batch.len() >= 2000 || receive.is_empty() {
                    done += batch.len() as u64;
                    self.store.put_line_counts(&mut batch)?;
                    tell(Progress { done, total });
                }
            }
            if !batch.is_empty() {
                done += batch.len() as u64;
                self.store.put_line_counts(&mut batch)?;
            }
            match counting.join() {
                Ok(Ok(()) | Err(ImportError::Cancelled)) => Ok(done),
                Ok(Err(error)) => Err(error.into()),
                Err(panic) => Err(EngineError::Panicked { job: "line count", why: panic_text(&panic) }),
            }
        })
    }
}

const DRY_RUN: &str = "dry run";

pub(super) fn panic_text(panic: &Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

/// A refusal as one line for people.
pub fn describe_refusal(file: &str, refusal: &Refusal) -> String {
    match (refusal.line, refusal.column) {
        (0, _) => format!("{file}: {}", refusal.reason),
        (line, Some(column)) => format!("{file}:{line}:{column}: {}", refusal.reason),
        (line, None) => format!("{file}:{line}: {}", refusal.reason),
    }
}

fn send_to(send: crossbeam_channel::Sender<Parcel>) -> impl Fn(Parcel) -> bool {
    move |parcel| send.send(parcel).is_ok()
}

fn read_source(
    request: &ImportRequest,
    known: &HashSet<String>,
    cancel: &Cancel,
    send: &impl Fn(Parcel) -> bool,
) -> Result<(), ImportError> {
    match &request.source {
        Source::Paths(paths) => read_paths(paths, &request.options, cancel, send),
        Source::Git { path, name } => {
            let options = GitOptions { name: name.clone(), connection: request.options.connection.clone() };
            let mut pass = |batch: Vec<Item>, progress: Progress| {
                !cancel.is_cancelled() && send(Parcel::Batch(batch, progress, Vec::new()))
            };
            let mut emit = Emit::new(&mut pass, 0);
            let summary = import::read_repository(path, &options, known, &mut emit)?;
            send(Parcel::Git(summary));
            Ok(())
        }
    }
}

fn read_paths(
    paths: &[PathBuf],
    options: &Options,
    cancel: &Cancel,
    send: &impl Fn(Parcel) -> bool,
) -> Result<(), ImportError> {
    let mut files = Vec::new();
    for path in paths {
        let found = import::files_below(path).map_err(|error| ImportError::Io { error, path: path.clone() })?;
        if found.is_empty() {
            return Err(ImportError::Empty { path: path.clone() });
        }
        files.extend(found);
    }
    let size = |file: &PathBuf| std::fs::metadata(file).map(|file| file.len()).unwrap_or_default();
    let mut base = Progress { done: 0, total: files.iter().map(size).sum() };
    let is_one = files.len() == 1;
    let mut reader = import::Reader::new(options);
    let mut told = Told::default();
    for (number, file) in files.iter().enumerate() {
        let format = import::detect(file);
        let has_record_lines = matches!(format, Ok(Format::Interchange | Format::Csv));
        if !send(Parcel::File(file.clone())) {
            return Err(ImportError::Cancelled);
        }
        let mut pass = |batch: Vec<Item>, progress: Progress| {
            let progress = Progress { done: base.done + progress.done, total: base.total };
            let again = if has_record_lines { told.among(&batch, number) } else { Vec::new() };
            !cancel.is_cancelled() && send(Parcel::Batch(batch, progress, again))
        };
        let mut emit = Emit::new(&mut pass, size(file));
        emit.in_file(number);
        let read = format.and_then(|format| reader.read(file, number, format, &mut emit));
        match read {
            Ok(()) => {}
            // Among several files one that is not ours does not stop the others.
            Err(error) if !is_one && !matches!(error, ImportError::Cancelled) => {
                emit.refuse(0, None, error.to_string())?;
                emit.flush()?;
            }
            Err(error) => return Err(error),
        }
        base.done += size(file);
    }
    let mut pass =
        |batch: Vec<Item>, _: Progress| !cancel.is_cancelled() && send(Parcel::Batch(batch, base, Vec::new()));
    reader.finish(&mut Emit::new(&mut pass, 0))
}

/// The writer's side of an import.
struct Writing<'a, 'db> {
    store: &'a Store,
    ids: &'a mut Ids<'db>,
    report: &'a mut ImportReport,
    files: Vec<String>,
    counts: BTreeMap<&'static str, Counts>,
    standings: Standings,
    now: Time,
}

impl Writing<'_, '_> {
    fn all(
        &mut self,
        receive: &Receiver<Parcel>,
        cancel: &Cancel,
        tell: &mut impl FnMut(Progress),
    ) -> Result<(), EngineError> {
        for parcel in receive {
            if cancel.is_cancelled() {
                return Err(ImportError::Cancelled.into());
            }
            match parcel {
                Parcel::File(path) => {
                    self.report.files += 1;
                    self.files
                        .push(path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
                }
                Parcel::Batch(items, progress, again) => {
                    let mut again = again.into_iter().peekable();
                    for (index, item) in items.into_iter().enumerate() {
                        let before = again.next_if(|(known, _)| *known == index).map(|(_, place)| place);
                        self.take(item, before)?;
                    }
                    tell(progress);
                }
                Parcel::Git(summary) => self.report.git = Some(summary),
            }
        }
        let mut writer = StandingWriter::new(self.store, self.now);
        for standing in std::mem::take(&mut self.standings).all() {
            let came = writer.take(self.ids, &standing)?;
            came.records.into_iter().for_each(|(kind, outcome)| self.count(kind, outcome));
            for what in came.left_out {
                *self.report.unknown_keys.entry(what.to_owned()).or_default() += 1;
            }
        }
        let counts = std::mem::take(&mut self.counts);
        self.report.records = counts.into_iter().map(|(kind, counts)| (kind.to_owned(), counts)).collect();
        Ok(())
    }

    fn take(&mut self, item: Item, before: Option<u64>) -> Result<(), EngineError> {
        match item {
            Item::Record { line, record } => self.take_record(line, &record, before)?,
            Item::Refused(refusal) => {
                let (file, line) = import::line_in_file(refusal.line);
                self.refuse(file, Refusal { line, ..refusal });
            }
            Item::UnknownKey(key, n) => *self.report.unknown_keys.entry(key).or_default() += n,
            Item::ZoneAssumed => self.report.zone_assumed += 1,
            Item::Standing(standing) => self.standings.add(*standing),
        }
        Ok(())
    }

    fn take_record(&mut self, line: u64, record: &Record, before: Option<u64>) -> Result<(), EngineError> {
        if matches!(record, Record::Header(_)) {
            return Ok(());
        }
        if let Some(before) = before {
            let file = self.files.len().saturating_sub(1);
            if let Some(reason) = contradiction(self.store, self.ids, record, before, file, &self.files)? {
                let (_, line) = import::line_in_file(line);
                self.refuse(file, Refusal { line, column: None, reason });
                return Ok(());
            }
        }
        let outcome = self.store.put(record, self.ids, Meet::Merge)?;
        if outcome != Outcome::New
            && let Some(retold) = retold(self.store, record)?
        {
            match retold {
                Retold::ByATracker(what) => *self.report.unknown_keys.entry(what).or_default() += 1,
                Retold::InTheLedger(reason) => {
                    let (file, line) = import::line_in_file(line);
                    self.refuse(file, Refusal { line, column: None, reason });
                    return Ok(());
                }
            }
        }
        self.count(record.type_name(), outcome);
        Ok(())
    }

    fn count(&mut self, kind: &'static str, outcome: Outcome) {
        let slot = self.counts.entry(kind).or_default();
        match outcome {
            Outcome::New => slot.new += 1,
            Outcome::Changed => slot.changed += 1,
            Outcome::Same => slot.same += 1,
        }
    }

    fn refuse(&mut self, file: usize, refusal: Refusal) {
        self.report.refused += 1;
        if self.report.refusals.len() < REFUSALS_KEPT {
            self.report.refusals.push((self.files.get(file).cloned().unwrap_or_default(), refusal));
        }
    }
}
