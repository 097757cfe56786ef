//! What a run left behind: its files and what its tests came to.

use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::args::{Artifacts, Tests};
use super::log_text::plain;
use super::runs::one_run;
use crate::engine::{ArtifactRef, Cancel, Workspace};

pub fn artifacts(path: &Path, args: &Artifacts) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let run = one_run(&workspace, &args.run)?;
    let cancel = Cancel::default();
    let known = workspace.artifacts(&run, &cancel)?;
    if !args.all && args.save.is_empty() {
        if args.json {
            say!("{}", super::json(&known)?);
        } else if known.is_empty() {
            say!("{}:{} left no files behind", run.connection, run.id);
        }
        for artifact in known.iter().filter(|_| !args.json) {
            let bytes = artifact.bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
            let expired = if artifact.is_expired { "  (no longer kept)" } else { "" };
            say!("{:<12} {bytes:>12}  {}{expired}", plain(&artifact.id), plain(&artifact.name));
        }
        return Ok(ExitCode::SUCCESS);
    }
    for gone in known.iter().filter(|artifact| args.all && artifact.is_expired) {
        eprintln!("note: {} is no longer kept there", plain(&gone.name));
    }
    let mut wanted: Vec<&ArtifactRef> = known.iter().filter(|artifact| args.all && !artifact.is_expired).collect();
    for name in &args.save {
        let found = named(&known, name);
        if found.is_empty() {
            let names = known.iter().map(|artifact| plain(&artifact.name)).collect::<Vec<_>>().join(", ");
            let why = format!("the run left no file \"{}\" behind; there are: {names}", plain(name));
            return Err(CliError::Usage(why));
        }
        wanted.extend(found);
    }
    let mut has_failed = false;
    for artifact in wanted {
        match workspace.save_artifact(&run, artifact, &args.into, &cancel, |_come| {}) {
            Ok(saved) => say!("{}", saved.display()),
            // One that cannot be saved keeps none of the others back.
            Err(error) => {
                eprintln!("error: {}", plain(&error.to_string()));
                has_failed = true;
            }
        }
    }
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Files of a name or id; else those that are called so in whatever folder.
fn named<'a>(known: &'a [ArtifactRef], name: &str) -> Vec<&'a ArtifactRef> {
    let exact: Vec<&ArtifactRef> = known.iter().filter(|it| it.id == name || it.name == name).collect();
    if !exact.is_empty() {
        return exact;
    }
    known.iter().filter(|it| it.name.rsplit('/').next() == Some(name)).collect()
}

/// Fails where a test did.
pub fn tests(path: &Path, args: &Tests) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let run = one_run(&workspace, &args.run)?;
    let report = workspace.tests(&run, &Cancel::default())?;
    if args.json {
        say!("{}", super::json(&report)?);
    }
    let Some(report) = report else {
        if !args.json {
            say!("{}:{} reported no tests", run.connection, run.id);
        }
        return Ok(ExitCode::SUCCESS);
    };
    if !args.json {
        say!("{} passed, {} failed, {} skipped", report.passed, report.failed, report.skipped);
        for failure in &report.failures {
            say!("failed: {}", plain(&failure.name));
            for line in failure.message.iter().flat_map(|message| message.lines()) {
                say!("    {}", plain(line));
            }
        }
    }
    Ok(if report.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
