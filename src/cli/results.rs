//! What a run left behind: its files and what its tests came to.

use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::args::{Artifacts, Tests};
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
            say!("{:<12} {bytes:>12}  {}{expired}", artifact.id, artifact.name);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut wanted: Vec<&ArtifactRef> = known.iter().filter(|_| args.all).collect();
    for name in &args.save {
        let found = known.iter().find(|artifact| artifact.id == *name || artifact.name == *name);
        let names = || known.iter().map(|artifact| artifact.name.as_str()).collect::<Vec<_>>().join(", ");
        wanted.push(found.ok_or_else(|| {
            CliError::Usage(format!("the run left no file \"{name}\" behind; there are: {}", names()))
        })?);
    }
    for artifact in wanted {
        let saved = workspace.save_artifact(&run, artifact, &args.into, &cancel, |_come| {})?;
        say!("{}", saved.display());
    }
    Ok(ExitCode::SUCCESS)
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
            say!("failed: {}", failure.name);
            for line in failure.message.iter().flat_map(|message| message.lines()) {
                say!("    {line}");
            }
        }
    }
    Ok(if report.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
