//! Files of other tools turned into records. Knows no store: it hands batches to whoever asked.
//!
//! [`detect`] tells what a file is by looking at it; each format is one file of this room. What cannot be read is
//! refused line by line with the reason; the rest goes in.

mod cdevents;
mod csv_map;
mod detect;
mod encoding;
mod git;
mod github;
mod gitlab;
mod ics;
pub mod interchange;
mod jenkins;
mod jira;
mod json_pages;
mod standing;
mod status_words;
mod tracker;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

pub use csv_map::{CsvField, CsvMapping, CsvPreview, CsvTarget, DateOrder, header_key, preview_csv};
pub use detect::{Format, detect};
pub use git::{GitError, GitOptions, GitSummary, count_lines, read_repository};
pub use standing::{InSprints, SprintDays, Standing};
pub use status_words::{plain, status_of_word};

use crate::model::plan::ItemState;
use crate::model::record::{Person, Record};

/// Something that came out of a file.
#[derive(Debug)]
pub enum Item {
    Record {
        line: u64,
        record: Box<Record>,
    },
    Refused(Refusal),
    /// Something that was said and is not kept, such as a key that no type has, and how often.
    UnknownKey(String, u64),
    /// A time without offset was read in the zone that was told.
    ZoneAssumed,
    /// How something stands, in place of the events that made it so.
    Standing(Box<Standing>),
}

/// What was not taken, where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refusal {
    pub line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    pub reason: String,
}

/// The reader's end of the line to whoever writes: batches go out, "stop" comes back.
pub struct Emit<'a> {
    batch: Vec<Item>,
    send: &'a mut dyn FnMut(Vec<Item>, Progress) -> bool,
    progress: Progress,
    stopped: bool,
    /// Marks lines with the number of the file that is being read; see [`line_in_file`].
    file: u64,
}

/// How far a reader is, in bytes or things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub total: u64,
}

/// The receiver asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped")]
pub struct Stopped;

const BATCH: usize = 512;
const FILE_SHIFT: u32 = 40;

/// A marked line's file (counted from 0) and its number there. Refusals may come after the last file was read.
pub const fn line_in_file(line: u64) -> (usize, u64) {
    ((line >> FILE_SHIFT) as usize, line & ((1 << FILE_SHIFT) - 1))
}

impl<'a> Emit<'a> {
    pub fn new(send: &'a mut dyn FnMut(Vec<Item>, Progress) -> bool, total: u64) -> Self {
        Self { batch: Vec::with_capacity(BATCH), send, progress: Progress { done: 0, total }, stopped: false, file: 0 }
    }

    pub fn item(&mut self, item: Item) -> Result<(), Stopped> {
        self.batch.push(item);
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// A record, checked and brought to its one form; refused with its line where it is not sound.
    pub fn record(&mut self, line: u64, mut record: Record) -> Result<(), Stopped> {
        match record.normalise() {
            Ok(()) => self.item(Item::Record { line: line | (self.file << FILE_SHIFT), record: Box::new(record) }),
            Err(invalid) => self.refuse(line, None, format!("{} refused: {invalid}", record.type_name())),
        }
    }

    pub fn standing(&mut self, standing: Standing) -> Result<(), Stopped> {
        self.item(Item::Standing(Box::new(standing)))
    }

    /// What follows stands in the file of that number.
    pub fn in_file(&mut self, number: usize) {
        self.file = number as u64;
    }

    pub fn refuse(&mut self, line: u64, column: Option<u64>, reason: impl Into<String>) -> Result<(), Stopped> {
        let line = line | (self.file << FILE_SHIFT);
        self.item(Item::Refused(Refusal { line, column, reason: reason.into() }))
    }

    pub fn done(&mut self, done: u64) {
        self.progress.done = done;
    }

    pub fn flush(&mut self) -> Result<(), Stopped> {
        if self.stopped {
            return Err(Stopped);
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        if (self.send)(batch, self.progress) {
            Ok(())
        } else {
            self.stopped = true;
            Err(Stopped)
        }
    }
}

/// What the person who imports decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The connection that records without one belong to.
    pub connection: Option<String>,
    /// The zone of times without an offset.
    pub zone: Option<TimeZone>,
    /// Labels that make an issue an incident.
    pub incident_labels: Vec<String>,
    /// The service that runs and deployments without one belong to.
    pub service: Option<String>,
    /// The person that all events of a calendar file belong to, by id or name.
    pub person: Option<String>,
    /// The team whose holidays a calendar file holds.
    pub holidays_of: Option<String>,
    /// Who is known, for calendar files.
    pub people: Vec<Person>,
    /// Mappings of CSV headers that were used before, by the header's text.
    pub csv_mappings: BTreeMap<String, CsvMapping>,
    /// The mapping to use for CSV files, whatever was used before.
    pub csv_mapping: Option<CsvMapping>,
    /// Words of one's own for the states of items, as [`plain`] writes them, for answers of trackers.
    pub states: BTreeMap<String, ItemState>,
}

impl Options {
    pub const DEFAULT_INCIDENT_LABELS: [&'static str; 3] = ["incident", "outage", "production-incident"];

    pub fn is_incident_label(&self, label: &str) -> bool {
        if self.incident_labels.is_empty() {
            return Self::DEFAULT_INCIDENT_LABELS.iter().any(|known| label.eq_ignore_ascii_case(known));
        }
        self.incident_labels.iter().any(|known| known.eq_ignore_ascii_case(label))
    }
}

/// Why a whole file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("the file cannot be read ({error}): {}", path.display())]
    Io { error: std::io::Error, path: PathBuf },
    #[error("{} is empty: there is nothing to import", path.display())]
    Empty { path: PathBuf },
    #[error(
        "{} is of no kind that Gemba reads; it reads Gemba JSON Lines, CSV with a header, calendars (.ics), and the JSON of GitHub (`gh api`), GitLab, Jenkins and Jira",
        path.display()
    )]
    UnknownFormat { path: PathBuf },
    #[error("{} has {megabytes} MB; at most {limit} MB of JSON are read at once: export it in parts", path.display())]
    TooLarge { megabytes: u64, limit: u64, path: PathBuf },
    #[error("{} is not UTF-8 (first bad byte at {at}): convert it, for instance with `iconv -t utf-8`", path.display())]
    Encoding { at: u64, path: PathBuf },
    #[error(
        "the columns of {} are not known yet; say what they mean with --csv-target and --map field=column. Columns: {columns}",
        path.display()
    )]
    NeedsMapping { columns: String, path: PathBuf },
    #[error("the CSV mapping does not fit: {why}: {}", path.display())]
    BadMapping { why: String, path: PathBuf },
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("the import was cancelled; nothing was changed")]
    Cancelled,
}

impl From<Stopped> for ImportError {
    fn from(_stopped: Stopped) -> Self {
        Self::Cancelled
    }
}

/// Reads the files of one import. Answers of APIs are joined over all of them.
pub struct Reader<'a> {
    options: &'a Options,
    systems: json_pages::Systems<'a>,
}

impl<'a> Reader<'a> {
    pub fn new(options: &'a Options) -> Self {
        Self { options, systems: json_pages::Systems::new(options) }
    }

    /// Reads one file, the `number`th of this import.
    pub fn read(&mut self, path: &Path, number: usize, format: Format, emit: &mut Emit<'_>) -> Result<(), ImportError> {
        emit.in_file(number);
        let mark = (number as u64) << FILE_SHIFT;
        match format {
            Format::Interchange => interchange::read(path, self.options, emit)?,
            Format::Json => json_pages::read(path, mark, &mut self.systems, emit)?,
            Format::DevLakeRaw => json_pages::read_devlake(path, mark, &mut self.systems, emit)?,
            Format::Csv => csv_map::read(path, self.options, emit)?,
            Format::Calendar => ics::read(path, self.options, emit)?,
        }
        emit.flush()?;
        Ok(())
    }

    /// Hands out what waited for its other parts.
    pub fn finish(self, emit: &mut Emit<'_>) -> Result<(), ImportError> {
        emit.file = 0;
        self.systems.finish(emit)?;
        emit.flush()?;
        Ok(())
    }
}

/// What answers of an API tell, each with the address that gave it; and why parts of them were left out.
pub fn read_answers(answers: impl IntoIterator<Item = (String, serde_json::Value)>, options: &Options) -> Answers {
    let mut systems = json_pages::Systems::new(options);
    for (url, value) in answers {
        systems.take(value, &json_pages::Origin { url, ..json_pages::Origin::default() });
    }
    let mut items = Vec::new();
    let mut take = |batch: Vec<Item>, _: Progress| {
        items.extend(batch);
        true
    };
    let mut emit = Emit::new(&mut take, 0);
    systems.finish(&mut emit).and_then(|()| emit.flush()).ok(); // nobody says "stop"
    let mut read = Answers::default();
    for item in items {
        match item {
            Item::Record { record, .. } => read.records.push(*record),
            Item::Refused(refusal) => read.refused.push(refusal.reason),
            Item::UnknownKey(key, n) => *read.left_out.entry(key).or_default() += n,
            Item::ZoneAssumed => {}
            Item::Standing(standing) => read.standings.push(*standing),
        }
    }
    read
}

/// What answers of other systems hold.
#[derive(Default)]
pub struct Answers {
    pub records: Vec<Record>,
    /// What the records do not tell, since its source does not tell since when.
    pub standings: Vec<Standing>,
    /// Why something could not be read.
    pub refused: Vec<String>,
    /// What has no place here, and how often it stood there.
    pub left_out: BTreeMap<String, u64>,
}

/// The first table with columns among files and folders; one that cannot be told says why when it is read.
pub fn first_table(paths: &[PathBuf]) -> Option<PathBuf> {
    let files = paths.iter().flat_map(|path| files_below(path).unwrap_or_else(|_error| vec![path.clone()]));
    files.into_iter().find(|file| matches!(detect(file), Ok(Format::Csv) | Err(_)))
}

/// The files below a folder (or the file itself) that may hold something to import, in order.
pub fn files_below(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if is_hidden {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| ["jsonl", "json", "csv", "ndjson", "ics"].iter().any(|known| e == *known))
            {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}
