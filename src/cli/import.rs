use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use super::CliError;
use super::args::{Git, Import};
use crate::engine::{
    Cancel, CsvMapping, CsvTarget, DateOrder, EngineError, ImportOptions, ImportReport, ImportRequest, Progress,
    Source, Workspace, describe_refusal, first_table, plain, preview_csv,
};
use crate::model::plan::ItemState;
use crate::model::zone_from_name;

/// Kinds of what was left out that are told one by one.
const LEFT_OUT_SHOWN: usize = 20;
/// Refusals printed; the rest are counted.
const REFUSALS_SHOWN: usize = 20;

pub fn run(path: &Path, args: Import) -> Result<ExitCode, CliError> {
    let zone = match &args.zone {
        None => None,
        Some(name) => Some(zone_from_name(name).ok_or_else(|| {
            CliError::Usage(format!(
                "there is no time zone \"{name}\": use an IANA name such as Europe/Berlin, or +08:00"
            ))
        })?),
    };
    let trial = trial(path, args.dry_run)?;
    let workspace = open(path, trial.as_ref())?;
    let settings = workspace.settings()?;
    let labels = if args.incident_labels.is_empty() { settings.incident_labels } else { args.incident_labels.clone() };
    let states = states_of(&args.states)?;
    let csv_mapping = csv_mapping(&args, &states)?;
    let options = ImportOptions {
        connection: args.connection.clone(),
        zone,
        incident_labels: labels,
        service: args.service.clone(),
        csv_mapping,
        states,
        person: args.person.clone(),
        holidays_of: args.holidays_of.clone(),
        ..ImportOptions::default()
    };
    let source = Source::Paths(args.paths.clone());
    let request = ImportRequest { source, options, dry_run: args.dry_run, strict: args.strict };
    let report = workspace.import(&request, &Cancel::default(), progress("Importing"))?;
    if args.json {
        say!("{}", json(&report)?);
    } else {
        print_report(&report);
    }
    Ok(ExitCode::from(if report.refused > 0 { 3 } else { 0 }))
}

fn json(value: &impl serde::Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(value).map_err(|error| CliError::Failed(error.to_string()))
}

/// Words of one's own for the states of items, as they are compared.
fn states_of(texts: &[String]) -> Result<BTreeMap<String, ItemState>, CliError> {
    let read = |text: &String| {
        let (word, state) = text.split_once('=').unwrap_or((text, ""));
        let known = || ItemState::ALL.map(ItemState::as_str).join(", ");
        let wrong = || CliError::Usage(format!("\"{text}\" should be WORD=STATE, with a state of {}", known()));
        Ok((plain(word), ItemState::parse(state.trim()).ok_or_else(wrong)?))
    };
    texts.iter().map(read).collect()
}

/// The mapping that the flags describe, over what the column names of the first table suggest.
fn csv_mapping(args: &Import, states: &BTreeMap<String, ItemState>) -> Result<Option<CsvMapping>, CliError> {
    let order = args.date_order.as_deref().and_then(DateOrder::parse);
    let maps = !args.map.is_empty() || !args.set.is_empty() || args.csv_target.is_some() || order.is_some();
    if !maps && states.is_empty() {
        return Ok(None);
    }
    let Some(table) = first_table(&args.paths) else {
        let why = "there is no table here whose columns could be mapped".to_owned();
        return if maps { Err(CliError::Usage(why)) } else { Ok(None) };
    };
    let preview = preview_csv(&table).map_err(EngineError::from)?;
    let mut mapping = match &args.csv_target {
        None => preview.guess.clone(),
        Some(word) => {
            let target = CsvTarget::parse(word).ok_or_else(|| {
                CliError::Usage(format!("--csv-target {word}: a row is a run, a deployment, an incident or an item"))
            })?;
            CsvMapping::guess_for(target, &preview.header)
        }
    };
    let known = || mapping.target.fields().iter().map(|field| field.name).collect::<Vec<_>>().join(", ");
    let fields = known();
    let pair = |text: &str| -> Result<(String, String), CliError> {
        let (field, value) = text
            .split_once('=')
            .ok_or_else(|| CliError::Usage(format!("\"{text}\" should be FIELD=VALUE; the fields are {fields}")))?;
        if !mapping.target.fields().iter().any(|known| known.name == field) {
            return Err(CliError::Usage(format!("there is no field \"{field}\"; the fields are {fields}")));
        }
        Ok((field.to_owned(), value.to_owned()))
    };
    let columns = args.map.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    let constants = args.set.iter().map(|text| pair(text)).collect::<Result<Vec<_>, _>>()?;
    for (field, _) in &constants {
        mapping.columns.remove(field);
    }
    mapping.date_order = order;
    mapping.columns.extend(columns);
    mapping.constants.extend(constants);
    mapping.states.extend(states.clone());
    Ok(Some(mapping))
}

/// Trying out leaves nothing behind, not even an empty workspace: where there is none, one is made elsewhere for the while.
fn trial(path: &Path, dry_run: bool) -> std::io::Result<Option<tempfile::TempDir>> {
    (dry_run && !path.exists()).then(tempfile::tempdir).transpose()
}

fn open(path: &Path, trial: Option<&tempfile::TempDir>) -> Result<Workspace, CliError> {
    let elsewhere = trial.map(|folder| folder.path().join("trial.db"));
    Ok(Workspace::open(elsewhere.as_deref().unwrap_or(path))?)
}

pub fn run_git(path: &Path, args: Git) -> Result<ExitCode, CliError> {
    let trial = trial(path, args.dry_run)?;
    let workspace = open(path, trial.as_ref())?;
    let request = ImportRequest {
        source: Source::Git { path: args.path.clone(), name: args.name.clone() },
        options: ImportOptions { connection: args.connection.clone(), ..ImportOptions::default() },
        dry_run: args.dry_run,
        strict: false,
    };
    let report = workspace.import(&request, &Cancel::default(), progress("Reading commits"))?;
    if args.json {
        say!("{}", json(&report)?);
    } else {
        print_report(&report);
    }
    if !args.dry_run && !args.no_lines {
        let begun = Instant::now();
        let counted = workspace.count_lines(&args.path, &Cancel::default(), progress("Counting lines"))?;
        if !args.json && counted > 0 {
            say!("Counted the lines of {counted} commits in {:.1} s", begun.elapsed().as_secs_f64());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Progress on a terminal, at most ten times a second; nothing elsewhere.
fn progress(what: &'static str) -> impl FnMut(Progress) {
    let is_terminal = std::io::stderr().is_terminal();
    let mut last = Instant::now();
    move |progress| {
        if is_terminal && last.elapsed().as_millis() > 100 {
            last = Instant::now();
            match progress.total {
                0 => eprint!("\r{what} … {} ", progress.done),
                total => eprint!("\r{what} … {:.0} % ", 100.0 * progress.done as f64 / total as f64),
            }
        }
    }
}

fn print_report(report: &ImportReport) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[2K");
    }
    let total = report.total();
    let verb = match (total.total() == 0 && report.refused > 0, report.dry_run) {
        (true, _) => "Nothing taken from",
        (false, true) => "Would import",
        (false, false) => "Imported",
    };
    say!(
        "{verb} {}: {} new, {} changed, {} the same, {} refused ({:.1} s)",
        report.source,
        total.new,
        total.changed,
        total.same,
        report.refused,
        report.seconds
    );
    for (kind, counts) in &report.records {
        say!(
            "  {:<16} {:>8} new {:>8} changed {:>8} the same",
            kind.replace('_', " "),
            counts.new,
            counts.changed,
            counts.same
        );
    }
    if let Some(git) = &report.git {
        let shallow = if git.is_shallow { "; the clone is shallow, so older commits are unknown" } else { "" };
        say!(
            "  {}: {} branches, {} tags, {} merges on the first-parent line{shallow}",
            git.name,
            git.branches.len(),
            git.tags,
            git.first_parent_merges
        );
    }
    if report.zone_assumed > 0 {
        say!("  {} records had times without an offset; they were read in the zone you named", report.zone_assumed);
    }
    if !report.placeholders.is_empty() {
        let names: Vec<String> = report.placeholders.iter().map(|(kind, id)| format!("{kind} {id}")).take(10).collect();
        say!("  Named but not described yet: {}", names.join(", "));
    }
    for (key, count) in report.unknown_keys.iter().take(LEFT_OUT_SHOWN) {
        say!("  Left out: {key} ({count}×)");
    }
    if report.unknown_keys.len() > LEFT_OUT_SHOWN {
        say!("  … and {} more kinds of what was left out: see --json", report.unknown_keys.len() - LEFT_OUT_SHOWN);
    }
    for (file, refusal) in report.refusals.iter().take(REFUSALS_SHOWN) {
        eprintln!("refused {}", describe_refusal(file, refusal));
    }
    if report.refused as usize > REFUSALS_SHOWN {
        eprintln!("… and {} more", report.refused as usize - REFUSALS_SHOWN);
    }
}
