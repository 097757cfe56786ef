//! Runs elsewhere: list, start, follow, approve, cancel, run again, read their logs.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::CliError;
use super::args::{Approve, CancelRun, CcTray, LinkRun, Logs, Presets, RetryRun, Runs, Trigger};
use super::log_text::{self, LogText};
use crate::engine::{
    ApproveAsk, Cancel, EngineError, FieldKind, Form, LogRef, PresetEntry, RetryAsk, StartAsk, StartEntry, StartState,
    Workspace, exit_code_of, names_a_secret,
};
use crate::model::Status;
use crate::model::record::{Record, Run};

/// Between two looks: often at first, then patiently.
fn pause_after(waited: Duration) -> Duration {
    match waited.as_secs() {
        0..5 => Duration::from_millis(500),
        5..60 => Duration::from_secs(3),
        60..300 => Duration::from_secs(15),
        _ => Duration::from_secs(60),
    }
}

pub fn runs(path: &Path, args: &Runs) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    if args.started {
        workspace.check_place(args.connection.as_deref())?;
        let mut starts = workspace.starts()?;
        starts.retain(|start| {
            args.connection.as_ref().is_none_or(|name| *name == start.connection)
                && args.pipeline.as_deref().is_none_or(|name| [&start.pipeline, start.pipeline_shown()].contains(&name))
        });
        starts.truncate(args.limit);
        if args.json {
            say!("{}", super::json(&starts)?);
            return Ok(ExitCode::SUCCESS);
        }
        for start in starts {
            let run = start.run_id.as_deref().unwrap_or("-");
            let why = start.why.as_deref().unwrap_or_default();
            let state = start.status.map_or(start.state.as_str(), Status::as_str);
            let (at, connection, pipeline) = (start.at, &start.connection, start.pipeline_shown());
            say!("{at}  {state:<12} {connection}:{run}  {pipeline}  by {}  {why}", start.who);
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.audit {
        let mut audit = workspace.audit()?;
        audit.truncate(args.limit);
        if args.json {
            say!("{}", super::json(&audit)?);
            return Ok(ExitCode::SUCCESS);
        }
        for entry in audit {
            let run = entry.run_id.as_deref().unwrap_or("-");
            let names = entry.names.join(", ");
            say!(
                "{}  {:<8} {:<8} {}:{run} {}  [{names}]  {}",
                entry.at,
                entry.who,
                entry.act,
                entry.connection,
                entry.pipeline_shown(),
                entry.outcome
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (connection, pipeline) = (args.connection.as_deref(), args.pipeline.as_deref());
    workspace.check_place(connection)?;
    let runs = workspace.latest_runs_of(connection, pipeline, args.limit)?;
    if let Some(pipeline) = pipeline.filter(|_| runs.is_empty()) {
        eprintln!("note: there is no run of a pipeline \"{pipeline}\"");
    }
    if args.json {
        say!("{}", super::json(&runs)?);
        return Ok(ExitCode::SUCCESS);
    }
    let named = |run: &Run| format!("{}:{}", run.connection, run.id);
    let width = runs.iter().map(|run| named(run).chars().count()).max().unwrap_or_default();
    for run in runs {
        let name = run.pipeline_name.as_deref().unwrap_or(&run.pipeline);
        let number = run.number.map(|n| format!("#{n}")).unwrap_or_default();
        let attempt = if run.attempt > 1 { format!(" (attempt {})", run.attempt) } else { String::new() };
        let branch = run.branch.as_deref().unwrap_or("-");
        let at = run.started_at.or(run.created_at).or(run.finished_at).map(|at| at.to_string()).unwrap_or_default();
        say!("{:<width$}  {:<16} {name}{number}{attempt}  {branch}  {at}", named(&run), run.status.as_str());
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn one_run(workspace: &Workspace, text: &str) -> Result<Run, CliError> {
    let mut found = workspace.runs_named(text)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CliError::Usage(format!("there is no run \"{text}\": see gemba runs, or sync first"))),
        _ => {
            let names: Vec<String> =
                found.iter().map(|run| format!("{}:{} of {}", run.connection, run.id, run.pipeline)).collect();
            let how = "say CONNECTION:ID, or PIPELINE#NUMBER";
            Err(CliError::Usage(format!("\"{text}\" may be several runs: {}; {how}", names.join(", "))))
        }
    }
}

/// `PIPELINE` or `CONNECTION/PIPELINE`, found among the connections.
fn place_of(workspace: &Workspace, text: &str, connection: Option<&str>) -> Result<(String, String), CliError> {
    let all = workspace.connections()?;
    if let Some(name) = connection {
        workspace.connection(name)?;
        return Ok((name.to_owned(), text.to_owned()));
    }
    if let Some(entry) =
        all.iter().find(|entry| text.strip_prefix(&entry.name).is_some_and(|rest| rest.starts_with('/')))
    {
        return Ok((entry.name.clone(), text[entry.name.len() + 1..].to_owned()));
    }
    match all.as_slice() {
        [] => Err(CliError::Usage("there is no connection yet: see gemba connect --help".to_owned())),
        [one] => Ok((one.name.clone(), text.to_owned())),
        many => {
            let mut places = workspace.places_of_pipeline(text)?;
            if places.len() == 1 {
                return Ok(places.remove(0));
            }
            let all: Vec<&str> = many.iter().map(|entry| entry.name.as_str()).collect();
            Err(CliError::Usage(if places.is_empty() {
                let names = all.join(", ");
                format!("no connection has brought a run of \"{text}\" yet: say --connection with one of {names}")
            } else {
                let names: Vec<String> = places.into_iter().map(|(connection, _)| connection).collect();
                format!("\"{text}\" is in several: say --connection with one of {}", names.join(", "))
            }))
        }
    }
}

const SECRET: &str = "secret, from the variable named by --secret-input";

fn show_form(form: &Form) {
    if form.takes_ref {
        say!("--ref BRANCH{}", form.git_ref.as_ref().map(|name| format!(" (default {name})")).unwrap_or_default());
    }
    for field in &form.fields {
        let kind = match &field.kind {
            FieldKind::Text | FieldKind::Lines if names_a_secret(&field.name) => SECRET.to_owned(),
            FieldKind::Choice(options) | FieldKind::Environment(options) => options.join("|"),
            FieldKind::Whole => "whole number".to_owned(),
            FieldKind::Number => "number".to_owned(),
            FieldKind::YesNo => "true|false".to_owned(),
            FieldKind::Secret => SECRET.to_owned(),
            FieldKind::Text | FieldKind::Lines => "text".to_owned(),
        };
        let default = field.default.as_ref().map(|value| format!(" (default {})", value.replace('\n', "\\n")));
        let default = default.unwrap_or_default();
        let required = if field.is_required && field.default.is_none() { " (required)" } else { "" };
        let help = field.help.as_ref().map(|help| format!("  {}", log_text::plain(help))).unwrap_or_default();
        say!("--input {}={kind}{default}{required}{help}", field.name);
    }
    if form.fields.is_empty() {
        say!("{}", if form.is_open { "any --input NAME=VALUE" } else { "no inputs" });
    }
}

pub fn trigger(path: &Path, args: &Trigger) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let cancel = Cancel::default();
    let mut ask = StartAsk::default();
    let mut secrets_asked = Vec::new();
    if let Some(name) = &args.preset {
        let preset = preset_named(&workspace, name)?;
        (ask.connection, ask.pipeline, ask.git_ref) = (preset.connection, preset.pipeline, preset.git_ref);
        for (name, value) in preset.inputs {
            match value {
                Some(value) => ask.inputs.push((name, value)),
                None => secrets_asked.push(name),
            }
        }
    }
    if let Some(pipeline) = &args.pipeline {
        (ask.connection, ask.pipeline) = place_of(&workspace, pipeline, args.connection.as_deref())?;
    }
    if ask.pipeline.is_empty() {
        return Err(CliError::Usage("say which PIPELINE to start, or a --preset".to_owned()));
    }
    ask.git_ref = args.git_ref.clone().or(ask.git_ref);
    if args.form {
        let form = workspace.form(&ask.connection, &ask.pipeline, ask.git_ref.as_deref(), &cancel)?;
        if args.json {
            say!("{}", super::json(&form)?);
        } else {
            show_form(&form);
        }
        return Ok(ExitCode::SUCCESS);
    }
    for (name, value) in &args.inputs {
        ask.inputs.retain(|(known, _)| known != name);
        ask.inputs.push((name.clone(), value.clone()));
    }
    for (name, variable) in &args.secret_inputs {
        let value = std::env::var(variable)
            .map_err(|_error| CliError::Usage(format!("the environment variable {variable} is not set")))?;
        ask.inputs.retain(|(known, _)| known != name);
        ask.inputs.push((name.clone(), value));
        ask.secrets.push(name.clone());
    }
    let is_missing = |name: &&String| !ask.inputs.iter().any(|(known, _)| known == *name);
    if let Some(name) = secrets_asked.iter().find(is_missing) {
        let why = format!("the preset keeps no secret: give {name} with --secret-input {name}=VARIABLE");
        return Err(CliError::Usage(why));
    }
    check_kept(&workspace, args)?;
    if args.preview {
        let request = workspace.preview(&ask, &cancel)?;
        if args.json {
            say!("{}", super::json(&serde_json::json!({ "request": request }))?);
        } else {
            say!("{request}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    ask.confirmed.clone_from(&args.confirm);
    let start = workspace.start(&ask, &cancel).map_err(with_advice)?;
    let is_secret = |name: &str| start.inputs.iter().any(|(known, value)| known == name && value.is_none());
    for (name, _) in args.inputs.iter().filter(|(name, _)| is_secret(name)) {
        eprintln!("note: {name} is a secret: --secret-input {name}=VARIABLE keeps it out of the shell's history");
    }
    // It is started: what cannot be kept must not hide that.
    if let Some(name) = &args.save
        && let Err(error) = save_preset(&workspace, name, args.service.clone(), &start)
    {
        eprintln!("warning: its inputs are not kept as \"{name}\": {error}");
    }
    finish(&workspace, start, args.follow, args.json)
}

/// What was kept under names; a secret is never kept.
pub fn presets(path: &Path, args: &Presets) -> Result<ExitCode, CliError> {
    if let Some(name) = &args.forget {
        let workspace = Workspace::open(path)?;
        workspace.delete_preset(&preset_named(&workspace, name)?.name)?;
        say!("Forgotten: {name}");
        return Ok(ExitCode::SUCCESS);
    }
    let presets = Workspace::open_reader(path)?.presets()?;
    if args.json {
        say!("{}", super::json(&presets)?);
    } else if presets.is_empty() {
        say!("Nothing is kept yet: gemba trigger PIPELINE --save NAME keeps what it starts with");
    }
    for preset in presets.iter().filter(|_| !args.json) {
        let shown = |(name, value): &(String, Option<String>)| match value {
            Some(value) => format!("{name}={value}"),
            None => format!("{name} (a secret, to be given)"),
        };
        let inputs: Vec<String> = preset.inputs.iter().map(shown).collect();
        let git_ref = preset.git_ref.as_ref().map(|name| format!(" on {name}")).unwrap_or_default();
        let line = format!("{}/{}{git_ref}  {}", preset.connection, preset.pipeline, inputs.join(", "));
        say!("{:<20} {}", log_text::plain(&preset.name), log_text::plain(&line));
    }
    Ok(ExitCode::SUCCESS)
}

fn preset_named(workspace: &Workspace, name: &str) -> Result<PresetEntry, CliError> {
    let presets = workspace.presets()?;
    let names: Vec<&str> = presets.iter().map(|preset| preset.name.as_str()).collect();
    let found = presets.iter().find(|preset| preset.name == name).cloned();
    found.ok_or_else(|| no_such("preset", name, &names))
}

/// Whether what is started can be kept under its name, before anything is started.
fn check_kept(workspace: &Workspace, args: &Trigger) -> Result<(), CliError> {
    if args.save.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(CliError::Usage("--save needs a name".to_owned()));
    }
    let Some(wanted) = &args.service else { return Ok(()) };
    let outline = workspace.outline()?;
    let services = outline.records.iter().filter_map(|record| match record {
        Record::Service(service) => Some(service.id.as_str()),
        _ => None,
    });
    let known: Vec<&str> = services.collect();
    if known.contains(&wanted.as_str()) { Ok(()) } else { Err(no_such("service", wanted, &known)) }
}

fn no_such(what: &'static str, name: &str, known: &[&str]) -> CliError {
    let known = if known.is_empty() { "none yet".to_owned() } else { known.join(", ") };
    EngineError::NoSuch { what, name: name.to_owned(), known }.into()
}

fn save_preset(workspace: &Workspace, name: &str, service: Option<String>, start: &StartEntry) -> Result<(), CliError> {
    Ok(workspace.put_preset(&PresetEntry {
        name: name.to_owned(),
        connection: start.connection.clone(),
        pipeline: start.pipeline.clone(),
        git_ref: start.git_ref.clone(),
        inputs: start.inputs.clone(),
        service,
    })?)
}

/// So many looks in a row that are not allowed are enough to follow a run no further.
const MOST_REFUSALS: u32 = 3;

/// Waits until the run is known, or to its end; prints what changes.
fn finish(workspace: &Workspace, start: StartEntry, is_followed: bool, json: bool) -> Result<ExitCode, CliError> {
    let begun = Instant::now();
    let mut start = start;
    let (mut told, mut warned) = (String::new(), String::new());
    let mut refused = 0;
    loop {
        let words = words_of(&start);
        if !json && words != told {
            say!("{words}");
            told = words;
        }
        let is_known = start.run_id.is_some();
        let waits_no_longer = !is_followed && (is_known || begun.elapsed() > Duration::from_secs(10));
        if start.state.is_settled() || waits_no_longer {
            break;
        }
        std::thread::sleep(pause_after(begun.elapsed()));
        match workspace.follow(&start.id, &Cancel::default()) {
            Ok(followed) => {
                if let Some(approval) = followed.approvals.first().filter(|_| !json) {
                    let line = format!(
                        "waits for an approval: {} (gemba approve {}:{})",
                        approval.name,
                        start.connection,
                        followed.start.run_id.as_deref().unwrap_or_default()
                    );
                    if line != told {
                        say!("{line}");
                        told = line;
                    }
                }
                start = followed.start;
                refused = 0;
            }
            // What cannot be asked now cannot be asked later either, and neither can what the server does not allow.
            Err(error) if is_followed && error.is_of_setup() => return Err(error.into()),
            Err(error) if is_followed && error.is_refused() && refused + 1 >= MOST_REFUSALS => return Err(error.into()),
            // The server may be away for a moment; the run goes on without us.
            Err(error) if is_followed && begun.elapsed() < Duration::from_secs(24 * 3600) => {
                refused = if error.is_refused() { refused + 1 } else { 0 };
                let why = error.to_string();
                if why != warned {
                    eprintln!("gemba: {why}");
                    warned = why;
                }
            }
            // It was started, and that is what was asked for.
            Err(error) if !is_followed => {
                eprintln!("gemba: {error}");
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if json {
        say!("{}", super::json(&start)?);
    }
    // What nobody can tell is no success.
    if matches!(start.state, StartState::Refused | StartState::Lost | StartState::Ambiguous) {
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::from(if is_followed { exit_code_of(&start) } else { 0 }))
}

/// What goes to production says how to go on.
fn with_advice(error: EngineError) -> CliError {
    match error {
        EngineError::Unconfirmed { environment } => {
            let is_word = environment.chars().all(|c| c.is_alphanumeric() || "-_./".contains(c));
            let said = if is_word { environment.clone() } else { format!("'{}'", environment.replace('\'', "'\\''")) };
            CliError::Usage(format!("this goes to {environment}: add --confirm {said}"))
        }
        error => error.into(),
    }
}

fn words_of(start: &StartEntry) -> String {
    let state = start.status.map_or(start.state.as_str(), Status::as_str);
    let run = start.run_id.as_ref().map(|run| format!(" ({}:{run})", start.connection)).unwrap_or_default();
    let why = start.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{} {state}{run}{why}", start.pipeline_shown())
}

pub fn cancel(path: &Path, args: &CancelRun) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    // What waits in a queue has no run yet: it is named by its start.
    let queued = workspace
        .open_starts()?
        .into_iter()
        .find(|start| start.run_id.is_none() && args.run.len() >= 8 && start.id.ends_with(&args.run));
    if let Some(start) = queued {
        let start = workspace.cancel_start(&start.id, &Cancel::default())?;
        say!("Asked to cancel the start of {}; it is {} now", start.pipeline, start.state.as_str());
        return Ok(ExitCode::SUCCESS);
    }
    let run = one_run(&workspace, &args.run)?;
    workspace.cancel_run(&run, &Cancel::default())?;
    let of_its_id = workspace.runs_named(&format!("{}:{}", run.connection, run.id))?;
    let now = of_its_id.iter().find(|known| known.pipeline == run.pipeline).unwrap_or(&run);
    let (name, status) = (format!("{}:{}", run.connection, run.id), now.status.as_str());
    // It may go on again there since, so that it is asked for all the same.
    match run.is_over() && now.is_over() && now.attempt == run.attempt {
        true => say!("Asked to cancel {name}, which had ended before: {status}"),
        false => say!("Asked to cancel {name}; it is {status} now"),
    }
    Ok(ExitCode::SUCCESS)
}

pub fn link(path: &Path, args: &LinkRun) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let can_be_linked = |start: &StartEntry| matches!(start.state, StartState::Lost | StartState::Ambiguous);
    let lost: Vec<StartEntry> = workspace
        .all_starts()?
        .into_iter()
        .filter(|start| can_be_linked(start) && start.id.ends_with(&args.start))
        .collect();
    let [start] = lost.as_slice() else {
        let why = format!("\"{}\" names {} lost starts: see gemba runs --started", args.start, lost.len());
        return Err(CliError::Usage(why));
    };
    let Some(url) = &args.url else {
        let start = workspace.dismiss_start(&start.id)?;
        say!("The start of {}: {}", start.pipeline_shown(), start.why.as_deref().unwrap_or_default());
        return Ok(ExitCode::SUCCESS);
    };
    let start = workspace.link_start(&start.id, url, &Cancel::default())?;
    say!("Linked the start of {} to {}:{}", start.pipeline, start.connection, start.run_id.unwrap_or_default());
    Ok(ExitCode::SUCCESS)
}

pub fn retry(path: &Path, args: &RetryRun) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let run = one_run(&workspace, &args.run)?;
    let ask = RetryAsk { failed_only: args.failed, confirmed: args.confirm.clone() };
    let start = workspace.retry(&run, &ask, &Cancel::default()).map_err(with_advice)?;
    finish(&workspace, start, args.follow, args.json)
}

pub fn approve(path: &Path, args: &Approve) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let run = one_run(&workspace, &args.run)?;
    let ask = ApproveAsk {
        step: args.step.clone(),
        is_rejected: args.reject,
        note: args.note.clone().unwrap_or_default(),
        confirmed: args.confirm.clone(),
    };
    workspace.approve(&run, &ask, &Cancel::default()).map_err(with_advice)?;
    say!("{} {}:{}", if args.reject { "Rejected" } else { "Approved" }, run.connection, run.id);
    Ok(ExitCode::SUCCESS)
}

pub fn logs(path: &Path, args: &Logs) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let run = one_run(&workspace, &args.run)?;
    let cancel = Cancel::default();
    let logs = workspace.logs(&run, &cancel)?;
    if args.list {
        for log in &logs {
            say!("{:<12} {:<10} {}", log.id, log.status.as_str(), log_text::plain(&log.name));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let is_wanted = |log: &LogRef| match &args.step {
        Some(step) => log.name == *step || log.id == *step,
        None => !args.failed || log.status == Status::Failed,
    };
    if !args.follow && !logs.iter().any(is_wanted) {
        if logs.is_empty() {
            let why = format!("{} shows no logs of the run \"{}\": open its page there", run.connection, args.run);
            return Err(CliError::Failed(why));
        }
        let names: Vec<String> = logs.iter().map(|log| log_text::plain(&log.name)).collect();
        return Err(CliError::Usage(format!("there is no such log; there are: {}", names.join(", "))));
    }
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut logs = logs;
    loop {
        for log in logs.iter().filter(|log| is_wanted(log)) {
            if told.insert(log.id.clone()) {
                show_log(&workspace, &run, log, args)?;
            }
        }
        // Steps are added while a run goes on: whether it does is asked before they are listed.
        if !args.follow || run.is_over() {
            return Ok(ExitCode::SUCCESS);
        }
        let status = workspace.look_again(&run, &cancel)?.start.status;
        logs = workspace.logs(&run, &cancel)?;
        let is_all_told = !logs.iter().any(|log| is_wanted(log) && !told.contains(&log.id));
        if is_all_told && status.is_some_and(Status::is_finished) {
            return Ok(ExitCode::SUCCESS);
        }
        if is_all_told {
            std::thread::sleep(LOG_PAUSE);
        }
    }
}

/// Between two questions for what follows.
const LOG_PAUSE: Duration = Duration::from_secs(2);

fn show_log(workspace: &Workspace, run: &Run, log: &LogRef, args: &Logs) -> Result<(), CliError> {
    if args.step.is_none() {
        say!("== {} ({})", log_text::plain(&log.name), log.status.as_str());
    }
    let (mut from, mut shown) = (0, LogText::for_output());
    loop {
        let chunk = workspace.log(run, &log.id, from, &Cancel::default())?;
        if !chunk.text.is_empty() {
            let text = shown.next(&chunk.text);
            say!("{}", text.strip_suffix('\n').unwrap_or(&text));
        }
        let has_grown = chunk.next > from;
        from = chunk.next;
        if chunk.is_whole || (!args.follow && !has_grown) {
            return Ok(());
        }
        if !has_grown {
            std::thread::sleep(LOG_PAUSE);
        }
    }
}

/// The latest run of each pipeline as a CCTray feed, for monitors that read those.
pub fn cctray(path: &Path, args: &CcTray) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    workspace.check_place(args.connection.as_deref())?;
    say!("{}", workspace.cctray_feed(args.connection.as_deref())?);
    Ok(ExitCode::SUCCESS)
}
