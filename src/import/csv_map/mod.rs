//! CSV with a column mapping: a row a run, a deployment, an incident or an item of work.
//!
//! The mapping of a header is guessed from its names, can be given, and is remembered by whoever calls. A deployment's
//! row may also carry the times of its change, as HeartBeat's export does: the change is made from them. A table of items
//! knows no history: what it says of sprints is membership, and never a commitment.

mod dates;
mod fields;
mod rows;
mod sprints;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use self::dates::DateOrder;
use self::dates::Evidence;
pub use self::fields::CsvField;
use self::fields::{DEPLOYMENT_FIELDS, INCIDENT_FIELDS, ITEM_FIELDS, RUN_FIELDS};
use self::rows::{Cells, unguarded};
use self::sprints::Sprints;
use super::status_words::{item_state_of_word, plain};
use super::{Emit, ImportError, Item, Options, Standing, encoding};
use crate::model::plan::ItemState;
use crate::model::record::Record;
use crate::model::with_assumed_zone;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CsvTarget {
    Run,
    Deployment,
    Incident,
    Item,
}

impl CsvTarget {
    pub const ALL: [Self; 4] = [Self::Run, Self::Deployment, Self::Incident, Self::Item];

    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "run" | "runs" => Some(Self::Run),
            "deployment" | "deployments" => Some(Self::Deployment),
            "incident" | "incidents" => Some(Self::Incident),
            "item" | "items" => Some(Self::Item),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Deployment => "deployment",
            Self::Incident => "incident",
            Self::Item => "item",
        }
    }

    /// The fields that a column may fill.
    pub fn fields(self) -> &'static [CsvField] {
        match self {
            Self::Run => RUN_FIELDS,
            Self::Deployment => DEPLOYMENT_FIELDS,
            Self::Incident => INCIDENT_FIELDS,
            Self::Item => ITEM_FIELDS,
        }
    }
}

/// Which column fills which field, and what holds for every row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvMapping {
    pub target: CsvTarget,
    /// Field → column.
    pub columns: BTreeMap<String, String>,
    /// Field → the same text for every row, where no column fills it.
    #[serde(default)]
    pub constants: BTreeMap<String, String>,
    /// Which number of a date is the day, where the file does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// What words of one's own mean for the state of an item, in small letters.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub states: BTreeMap<String, ItemState>,
}

/// What the whole file tells of each of its rows.
#[derive(Default)]
struct Known {
    order: Option<DateOrder>,
    has_open_dates: bool,
    /// Words for the states of items that nothing is known of.
    own_states: BTreeSet<String>,
    /// Jira's keys by the numbers that its columns of parents hold.
    keys: BTreeMap<String, String>,
    /// The ids of the rows, where some may be parts of others.
    ids: BTreeSet<String>,
}

/// What a CSV file looks like, for a person who maps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvPreview {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub guess: CsvMapping,
    /// The guess needs no look: its names leave no doubt, or it was given for this header before.
    pub is_sure: bool,
    /// It holds dates that may be two days each, and no cell tells which number is the day.
    pub has_open_dates: bool,
    /// Words of the column of states that nothing is known of: who knows them says what they mean.
    pub own_states: Vec<String>,
}

impl CsvMapping {
    /// How far an item is by a word.
    pub fn state_of(&self, word: &str) -> Option<ItemState> {
        self.states.get(&plain(word)).copied().or_else(|| item_state_of_word(word))
    }

    /// Says what a word means; nothing leaves it to the item's dates.
    pub fn say_state(&mut self, word: &str, state: Option<ItemState>) {
        self.states.remove(&plain(word));
        self.states.extend(state.map(|state| (plain(word), state)));
    }

    /// The mapping that the names of a header suggest for a target.
    pub fn guess_for(target: CsvTarget, header: &[String]) -> Self {
        let plain_header: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let mut columns = BTreeMap::new();
        for field in target.fields() {
            let own = plain(field.name);
            // A parent is named by its key before its number.
            let own = (field.name != "parent").then_some(own.as_str());
            let found = own
                .into_iter()
                .chain(field.hints.iter().copied())
                .find_map(|hint| plain_header.iter().position(|name| name == hint || is_run_together(name, hint)));
            if let Some(at) = found {
                columns.insert(field.name.to_owned(), header[at].clone());
            }
        }
        // One column cannot be both the state and a second word for it.
        if columns.get("result") == columns.get("status") {
            columns.remove("result");
        }
        let mut constants = BTreeMap::new();
        if target == CsvTarget::Deployment {
            if !columns.contains_key("environment") {
                constants.insert("environment".to_owned(), "production".to_owned());
            }
            if !columns.contains_key("service") {
                constants.insert("service".to_owned(), "unknown".to_owned());
            }
        }
        if target == CsvTarget::Run && !columns.contains_key("pipeline") {
            constants.insert("pipeline".to_owned(), "imported".to_owned());
        }
        Self { target, columns, constants, date_order: None, states: BTreeMap::new() }
    }

    /// The best guess over all targets.
    pub fn guess(header: &[String]) -> Self {
        let score = |mapping: &Self| {
            let is_plain = mapping.is_plain();
            let required = mapping.target.fields().iter().filter(|field| field.required);
            let missing = required.filter(|field| !mapping.columns.contains_key(field.name)).count();
            (is_plain, std::cmp::Reverse(missing), mapping.columns.len())
        };
        let guesses = CsvTarget::ALL.map(|target| Self::guess_for(target, header));
        let [run, deployment, incident, item] = guesses;
        [item, run, incident, deployment]
            .into_iter()
            .max_by_key(score)
            .unwrap_or_else(|| Self::guess_for(CsvTarget::Run, header))
    }

    /// The names of the columns leave no doubt what a row is. A guess that only fits is not used unasked: it might make
    /// production deployments of any list.
    pub fn is_plain(&self) -> bool {
        let has = |field: &str| self.columns.contains_key(field);
        let of = |field: &str| self.columns.get(field).map(|name| plain(name)).unwrap_or_default();
        let says_deployment = ["id", "finished_at", "version", "environment", "started_at"]
            .into_iter()
            .any(|field| of(field).split(' ').any(|word| word.starts_with("deploy") || word.starts_with("release")));
        self.missing().is_empty()
            && match self.target {
                CsvTarget::Deployment => has("environment") || says_deployment,
                CsvTarget::Run => has("pipeline") && (has("started_at") || has("finished_at") || has("created_at")),
                CsvTarget::Item => {
                    // Runs are finished and incidents are closed, too.
                    let is_done = has("done_at") && !matches!(&*of("done_at"), "closed" | "closed at" | "finished at");
                    let is_work = has("points") || has("kind") || of("title") == "task";
                    let is_listed = is_done && has("created_at") && is_work;
                    is_listed || (of("id") == "issue key" && has("title"))
                }
                CsvTarget::Incident => {
                    has("severity") || has("mitigated_at") || has("detected_at") || of("id").contains("incident")
                }
            }
    }

    /// Required fields that nothing fills.
    pub fn missing(&self) -> Vec<&'static str> {
        let filled = |name: &str| self.columns.contains_key(name) || self.constants.contains_key(name);
        let is_missing = |field: &&CsvField| self.needs(field) && !filled(field.name);
        self.target.fields().iter().filter(is_missing).map(|field| field.name).collect()
    }

    /// Whether a field has to be filled, by what fills the others.
    pub fn needs(&self, field: &CsvField) -> bool {
        let alternative = match (self.target, field.name) {
            (CsvTarget::Incident, "declared_at") => self.columns.contains_key("started_at"),
            (CsvTarget::Item, "id") => self.makes_ids(),
            _ => false,
        };
        field.required && !alternative
    }

    /// A list of work without numbers: each row is known by its title.
    fn makes_ids(&self) -> bool {
        let has = |field: &str| self.columns.contains_key(field);
        self.target == CsvTarget::Item && has("title") && !has("id")
    }

    /// A list of work that says nothing else of what comes first. A list without titles tells news of items.
    fn is_in_order_of_rows(&self) -> bool {
        let has = |field: &str| self.columns.contains_key(field);
        self.target == CsvTarget::Item && has("title") && !has("rank") && (self.makes_ids() || !has("created_at"))
    }
}

/// "StartedDate" is "started date".
fn is_run_together(name: &str, hint: &str) -> bool {
    !name.contains(' ') && name.len() > 4 && hint.contains(' ') && hint.replace(' ', "") == name
}

/// The key under which a mapping is remembered.
pub fn header_key(header: &[String]) -> String {
    header.iter().map(|name| plain(name)).collect::<Vec<_>>().join("|")
}

struct Table {
    header: Vec<String>,
    reader: csv::Reader<std::io::Cursor<Vec<u8>>>,
    lines: Lines,
    delimiter: u8,
    /// Where the row begins that is read next, or was just read.
    row_at: usize,
    /// How the letters were taken to be written.
    assumed: Option<&'static str>,
}

impl Table {
    /// The line of the row that is read next.
    fn next_line(&mut self) -> u64 {
        let at = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        self.row_at = at;
        self.lines.of(self.reader.get_ref().get_ref(), at)
    }

    /// The row that was just read, as it is written.
    fn row_bytes(&self) -> &[u8] {
        let end = usize::try_from(self.reader.position().byte()).unwrap_or(usize::MAX);
        let bytes = self.reader.get_ref().get_ref();
        bytes.get(self.row_at..end.min(bytes.len())).unwrap_or_default()
    }

    /// A cell of the row that was just read goes over lines, and text follows right after a quote that closes it.
    fn is_closed_in_a_cell(&self, row: &csv::StringRecord) -> bool {
        if !row.iter().any(|cell| cell.contains('\n')) {
            return false;
        }
        let (bytes, is_end) = (self.row_bytes(), |byte: u8| byte == self.delimiter || matches!(byte, b'\r' | b'\n'));
        let (mut at, mut is_at_begin) = (0, true);
        while at < bytes.len() {
            if !is_at_begin || bytes[at] != b'"' {
                is_at_begin = is_end(bytes[at]);
                at += 1;
                continue;
            }
            // To the quote that closes this one; two stand for one.
            at += 1;
            while at < bytes.len() {
                match (bytes[at], bytes.get(at + 1)) {
                    (b'"', Some(b'"')) => at += 2,
                    (b'"', next) => {
                        if next.is_some_and(|next| !is_end(*next)) {
                            return true;
                        }
                        break;
                    }
                    _ => at += 1,
                }
            }
            (at, is_at_begin) = (at + 1, false);
        }
        false
    }

    /// The row that was just read ends with the file, inside a quote.
    fn is_in_open_quote(&self, row: &csv::StringRecord) -> bool {
        let is_last = self.reader.position().byte() >= self.reader.get_ref().get_ref().len() as u64;
        // A single quote within a cell is a letter like others.
        let is_cut = row.len() < self.header.len() || row.iter().next_back().is_some_and(|cell| cell.contains('\n'));
        let quotes = || self.row_bytes().iter().filter(|byte| **byte == b'"').count();
        is_last && is_cut && quotes() % 2 == 1
    }
}

fn open(path: &Path) -> Result<Table, ImportError> {
    let io = |error| ImportError::Io { error, path: path.to_owned() };
    let decoded = encoding::decode(std::fs::read(path).map_err(io)?, path)?;
    let mut bytes = decoded.text.into_bytes();
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    // Spreadsheets write which separator they use into a line of its own.
    let told = first.strip_prefix(b"sep=").and_then(|rest| rest.first()).copied();
    let mut lines = Lines::default();
    if told.is_some() {
        let after = (first.len() + 1).min(bytes.len());
        bytes.drain(..after);
        lines.before = 1;
    }
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |separator: u8| first.iter().filter(|&&byte| byte == separator).count();
    let usual = [b'|', b'\t', b';', b','].into_iter().max_by_key(|&separator| count(separator));
    let delimiter = told.or(usual).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(std::io::Cursor::new(bytes));
    let header =
        reader.headers().map_err(|error| ImportError::BadMapping { why: error.to_string(), path: path.to_owned() })?;
    let mut names: Vec<String> = Vec::new();
    for name in header {
        // A repeated name gets a number, so that each column can be named.
        let mut unique = name.trim().to_owned();
        let mut n = 2;
        while names.contains(&unique) {
            unique = format!("{} {n}", name.trim());
            n += 1;
        }
        names.push(unique);
    }
    Ok(Table { header: names, reader, lines, delimiter, row_at: 0, assumed: decoded.assumed })
}

/// Where rows stand in their file: the reader's own count goes wrong after a carriage return.
#[derive(Default)]
struct Lines {
    /// Lines that were taken off the top.
    before: u64,
    at: usize,
    counted: u64,
}

impl Lines {
    /// The line on which a row begins that was found at this byte; rows come in order.
    fn of(&mut self, bytes: &[u8], row: usize) -> u64 {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let row = row.min(bytes.len());
        let begin = row + bytes[row..].iter().take_while(|byte| is_end(byte)).count();
        if begin < self.at {
            (self.at, self.counted) = (0, 0);
        }
        self.counted += bytes[self.at..begin].iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = begin;
        self.before + self.counted + 1
    }
}

/// Shows the header, the first rows and the guess.
pub fn preview_csv(path: &Path) -> Result<CsvPreview, ImportError> {
    let mut table = open(path)?;
    let rows = table.reader.records().take(8).filter_map(Result::ok);
    let rows = rows.map(|row| row.iter().map(str::to_owned).collect()).collect();
    let guess = CsvMapping::guess(&table.header);
    let mut table = open(path)?;
    let at = places(&guess, &table.header);
    let Known { has_open_dates, own_states, .. } = look_over(&mut table, &guess, &at)?;
    let own_states: Vec<String> = own_states.into_iter().collect();
    let is_sure = guess.is_plain() && !has_open_dates && own_states.is_empty();
    Ok(CsvPreview { is_sure, guess, header: table.header, rows, has_open_dates, own_states })
}

/// Reads a CSV file by the mapping that was given, remembered, or guessed without a gap.
pub fn read(path: &Path, options: &Options, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let mut table = open(path)?;
    let remembered = options.csv_mappings.get(&header_key(&table.header));
    let mapping = match options.csv_mapping.as_ref().or(remembered) {
        Some(mapping) => mapping.clone(),
        None => CsvMapping::guess(&table.header),
    };
    let is_told = options.csv_mapping.is_some() || remembered.is_some();
    if !mapping.missing().is_empty() || !(is_told || mapping.is_plain()) {
        let columns = table.header.join(", ");
        if options.csv_mapping.is_some() {
            let why = format!("nothing fills {}; the columns are {columns}", mapping.missing().join(", "));
            return Err(ImportError::BadMapping { why, path: path.to_owned() });
        }
        return Err(ImportError::NeedsMapping { columns, path: path.to_owned() });
    }
    let at = places(&mapping, &table.header);
    if let Some((_, column)) = mapping.columns.iter().find(|(field, _)| !at.contains_key(field.as_str())) {
        let why = format!("there is no column \"{column}\"; the columns are {}", table.header.join(", "));
        return Err(ImportError::BadMapping { why, path: path.to_owned() });
    }
    let mut row = csv::StringRecord::new();
    let labels = repeated(&table.header, mapping.columns.get("labels"));
    let depends_on = repeated(&table.header, mapping.columns.get("depends_on"));
    let points = rivals(&table.header, &mapping, "points", |name| name.starts_with("custom field story point"));
    let parents = rivals(&table.header, &mapping, "parent", |name| {
        ["parent key", "parent id", "parent", "epic link", "custom field epic link"].contains(&name)
    });
    let left_empty = RefCell::new(Vec::new());
    let mut emptied = BTreeMap::<String, (u64, u64)>::new();
    let of_sprints = repeated(&table.header, mapping.columns.get("sprint"));
    let is_jira = table.header.iter().any(|name| name.eq_ignore_ascii_case("issue key"));
    let read = at.values().chain(&labels).chain(&depends_on).chain(&points).chain(&parents).chain(&of_sprints);
    let mut unread = Unread::new(&table.header, read);
    let known = look_over(&mut table, &mapping, &at)?;
    if let Some(encoding) = table.assumed {
        emit.item(Item::UnknownKey(
            format!("how letters are written (read as {encoding}, since they are no UTF-8)"),
            1,
        ))?;
    }
    let (mut sprints, mut words) = (Sprints::default(), BTreeMap::<String, u64>::new());
    let (mut titles, mut rows) = (Titles::default(), 0);
    let is_ranked = mapping.is_in_order_of_rows() && !is_jira;
    loop {
        let line = table.next_line();
        emit.done(table.reader.position().byte());
        match table.reader.read_record(&mut row) {
            Ok(false) => {
                for (word, n) in words {
                    emit.item(Item::UnknownKey(format!("state \"{word}\" (read by the item's times)"), n))?;
                }
                for (why, (first, n)) in emptied {
                    emit.item(Item::UnknownKey(format!("{why} (left empty; first in line {first})"), n))?;
                }
                sprints.tell(options, emit)?;
                return unread.tell(emit);
            }
            Ok(true) if table.is_in_open_quote(&row) => {
                let why = "a quote is opened here and never closed, so that the rest of the file was read as one cell";
                emit.refuse(line, None, why.to_owned())?;
                continue;
            }
            Ok(true) if table.is_closed_in_a_cell(&row) => {
                let lines = table.row_bytes().iter().filter(|byte| **byte == b'\n').count();
                let why = format!(
                    "a quote is opened here and closed in the middle of a cell further down, so that {lines} lines were \
                     read as one: is a quote missing?"
                );
                emit.refuse(line, None, why)?;
                continue;
            }
            Ok(true) => unread.count(&row),
            Err(error) => {
                emit.refuse(line, None, format!("not a CSV row: {error}"))?;
                continue;
            }
        }
        let title = at.get("title").and_then(|at| row.get(*at)).map(str::trim).filter(|title| !title.is_empty());
        if mapping.makes_ids() && title.is_none() {
            emit.refuse(line, None, "it has neither a number nor a title".to_owned())?;
            continue;
        }
        let made = title.filter(|_| mapping.makes_ids()).map(|title| titles.next(title));
        rows += 1;
        let cells = Cells {
            row: &row,
            at: &at,
            labels: &labels,
            depends_on: &depends_on,
            points: &points,
            parents: &parents,
            left_empty: &left_empty,
            is_jira,
            mapping: &mapping,
            known: &known,
            made,
            row_number: is_ranked.then_some(rows),
        };
        let (made, assumed) = with_assumed_zone(options.zone.as_ref(), || cells.records(options));
        for why in left_empty.take() {
            emptied.entry(why).or_insert((line, 0)).1 += 1;
        }
        if assumed {
            emit.item(Item::ZoneAssumed)?;
        }
        match made {
            Ok(records) => {
                let mut standing = None;
                for mut record in records {
                    if let Record::Item(item) = &record {
                        if !of_sprints.is_empty() {
                            let names = of_sprints.iter().filter_map(|at| row.get(*at)).map(str::trim).map(unguarded);
                            let days = with_assumed_zone(options.zone.as_ref(), || cells.sprint_days(options)).0;
                            let (team, names) = (cells.text("team"), names.filter(|name| !name.is_empty()));
                            sprints.take(line, item, team.as_deref(), names, days.unwrap_or_default());
                        }
                        standing = Some(Standing::emptied(item, cells.emptied()));
                        let said = item.source_state.iter().cloned().chain(cells.text("category"));
                        let is_unknown = said.into_iter().all(|word| mapping.state_of(&word).is_none());
                        if let Some(word) = item.source_state.clone().filter(|_| is_unknown) {
                            *words.entry(word).or_default() += 1;
                        }
                    }
                    if assumed {
                        record.assume_zone();
                    }
                    emit.record(line, record)?;
                    if let Some(standing) = standing.take() {
                        emit.standing(standing)?;
                    }
                }
            }
            Err(reason) => emit.refuse(line, None, reason)?,
        }
    }
}

/// The ids of rows that have none of their own. They follow from the titles, so that the list can be read again.
#[derive(Default)]
struct Titles {
    seen: BTreeMap<String, u32>,
}

impl Titles {
    fn next(&mut self, title: &str) -> String {
        let seen = self.seen.entry(title.to_owned()).or_default();
        *seen += 1;
        let hash = blake3::hash(format!("{title}\n{seen}").as_bytes()).to_hex();
        format!("row-{}", &hash.as_str()[..10])
    }
}

/// Where the column of each field stands, of those that are there.
fn places<'a>(mapping: &'a CsvMapping, header: &[String]) -> BTreeMap<&'a str, usize> {
    let place =
        |(field, column): (&'a String, &String)| Some((field.as_str(), header.iter().position(|name| name == column)?));
    mapping.columns.iter().filter_map(place).collect()
}

fn own_state(mapping: &CsvMapping, cell: &str) -> Option<String> {
    let word = cell.trim();
    (!word.is_empty() && word.chars().count() <= 60 && mapping.state_of(word).is_none()).then(|| word.to_owned())
}

/// Reads a table once for what only all of its rows tell together, and goes back to its first row.
fn look_over(table: &mut Table, mapping: &CsvMapping, at: &BTreeMap<&str, usize>) -> Result<Known, ImportError> {
    let begin = table.reader.position().clone();
    let is_time = |field: &str| field.ends_with("_at") || field == "due";
    let times: Vec<usize> = at.iter().filter(|(field, _)| is_time(field)).map(|(_, at)| *at).collect();
    let number = table.header.iter().position(|name| plain(name) == "issue id");
    let key = at.get("id").copied();
    let has_parents = mapping.target == CsvTarget::Item && at.contains_key("kind") && at.contains_key("parent");
    // Where a second column tells how far an item is, the first may hold whatever it wants.
    let is_of_items = mapping.target == CsvTarget::Item && !at.contains_key("category");
    let states = at.get("state").copied().filter(|_| is_of_items);
    let (mut known, mut evidence) = (Known::default(), Evidence::default());
    let mut row = csv::StringRecord::new();
    while let Ok(true) | Err(_) = table.reader.read_record(&mut row) {
        times.iter().filter_map(|at| row.get(*at)).for_each(|cell| evidence.note(cell));
        known.own_states.extend(states.and_then(|at| own_state(mapping, row.get(at)?)));
        if let Some(id) = key.filter(|_| has_parents).and_then(|at| row.get(at)) {
            known.ids.insert(id.trim().to_owned());
        }
        let pair = number.zip(key).and_then(|(number, key)| Some((row.get(number)?, row.get(key)?)));
        if let Some((number, key)) = pair {
            known.keys.insert(number.trim().to_owned(), key.trim().to_owned());
        }
    }
    known.order = mapping.date_order.or(evidence.order());
    known.has_open_dates = evidence.is_open();
    let back = table.reader.seek(begin);
    back.map_err(|error| ImportError::BadMapping { why: error.to_string(), path: std::path::PathBuf::new() })?;
    Ok(known)
}

/// All columns of the name that a field is filled from: trackers write one for each value of a list, which are numbered
/// here.
fn repeated(header: &[String], column: Option<&String>) -> Vec<usize> {
    let Some(column) = column else { return Vec::new() };
    let is_one = |name: &str| {
        let rest = name.strip_prefix(column.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.trim_start().parse::<u32>().is_ok_and(|n| n > 1))
    };
    header.iter().enumerate().filter(|(_, name)| is_one(name)).map(|(at, _)| at).collect()
}

/// Columns of Jira that may hold the same beside the one that is mapped.
fn rivals(header: &[String], mapping: &CsvMapping, field: &str, is_alike: impl Fn(&str) -> bool) -> Vec<usize> {
    let Some(mapped) = mapping.columns.get(field) else { return Vec::new() };
    let is_rival = |name: &String| name != mapped && is_alike(&plain(name));
    header.iter().enumerate().filter(|(_, name)| is_rival(name)).map(|(at, _)| at).collect()
}

/// Columns that fill no field, and in how many rows they hold something.
struct Unread {
    columns: Vec<(usize, String, u64)>,
    width: usize,
    /// Cells that stand beyond the last column: something split them off.
    beyond: u64,
}

impl Unread {
    fn new<'a>(header: &[String], read: impl Iterator<Item = &'a usize>) -> Self {
        let read: std::collections::BTreeSet<usize> = read.copied().collect();
        let rest = header.iter().enumerate().filter(|(at, name)| !read.contains(at) && !name.trim().is_empty());
        let columns = rest.map(|(at, name)| (at, name.clone(), 0)).collect();
        Self { columns, width: header.len(), beyond: 0 }
    }

    fn count(&mut self, row: &csv::StringRecord) {
        self.beyond += row.iter().skip(self.width).filter(|cell| !cell.trim().is_empty()).count() as u64;
        for (at, _, n) in &mut self.columns {
            *n += u64::from(row.get(*at).is_some_and(|cell| !cell.trim().is_empty()));
        }
    }

    /// Tells each column as often as it held something; those of one name together.
    fn tell(self, emit: &mut Emit<'_>) -> Result<(), ImportError> {
        for (_, name, n) in self.columns {
            if n > 0 {
                emit.item(Item::UnknownKey(format!("column {name}"), n))?;
            }
        }
        if self.beyond > 0 {
            let what = "cell beyond the last column: is a separator in a cell without quotes?";
            emit.item(Item::UnknownKey(what.to_owned(), self.beyond))?;
        }
        Ok(())
    }
}
