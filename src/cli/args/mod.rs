//! What can be written after `gemba`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod data;
mod plan;
mod remote;

pub use data::*;
pub use plan::*;
pub use remote::*;

use super::CliError;
use crate::model::Time;

/// See your DevOps loop with the evidence behind every number.
///
/// Without a command, Gemba opens its window. Everything is kept in one file on this machine.
#[derive(Debug, Parser)]
#[command(
    name = "gemba",
    version,
    after_help = "Examples:
  gemba --demo                              look around in a sample workspace
  gemba git ~/src/shop                      read a repository's commits
  gh api --paginate repos/acme/shop/actions/runs > runs.json
  gemba import runs.json --service shop     read CI runs
  gemba metrics --from 2024-03-04 --to 2024-03-08 --zone Europe/Berlin

Exit codes: 0 done, 1 failed, 2 wrong use, 3 imported with refusals."
)]
pub struct Args {
    /// The workspace file
    #[arg(long, global = true, env = "GEMBA_DB", value_name = "FILE", value_parser = clap::builder::OsStringValueParser::new())]
    db: Option<std::ffi::OsString>,
    /// Open a sample workspace (kept in the cache folder, apart from your own), or run the command on it
    #[arg(long)]
    pub demo: bool,
    /// What counts as today for the sample, such as 2026-01-31
    #[arg(long, value_name = "DATE")]
    pub now: Option<String>,
    #[command(subcommand)]
    pub command: Option<Sub>,
}

impl Args {
    /// The workspace that was named; an empty variable names none.
    pub(super) fn db(&self) -> Option<PathBuf> {
        self.db.as_ref().filter(|name| !name.is_empty()).map(PathBuf::from)
    }

    pub(super) fn now(&self) -> Result<Option<Time>, CliError> {
        let Some(text) = &self.now else { return Ok(None) };
        let noon = format!("{text}T12:00:00Z");
        Time::parse(text)
            .or_else(|_not_a_time| Time::parse(&noon))
            .map(Some)
            .map_err(|_not_a_date| CliError::Usage(format!("--now {text} is no date: write it like 2026-01-31")))
    }
}

#[derive(Debug, Subcommand)]
pub enum Sub {
    /// Plan: items of work and sprints, each change kept in a ledger
    Plan(Plan),
    /// Show a sprint's burn-up and burn-down, and how it ended
    Burn(Burn),
    /// Tell how many items will be finished by a day, and when so many
    Forecast(Forecast),
    /// Import files: Gemba JSON Lines, CSV, or JSON of GitHub, GitLab, Jenkins and CDEvents
    Import(Import),
    /// Import the commits of a git repository on this machine
    Git(Git),
    /// Print the five delivery metrics
    Metrics(Metrics),
    /// Connect to a pipeline system, or list the connections
    Connect(Connect),
    /// Give the file of secrets another passphrase, from the standard input; GEMBA_PASSPHRASE is the present one
    Passphrase,
    /// Fetch what is new from the connected systems
    Sync(Sync),
    /// List runs, what was started from here, or who did what
    Runs(Runs),
    /// Start a pipeline once, and follow its run
    Trigger(Trigger),
    /// List the inputs that were kept under a name, or forget them
    Presets(Presets),
    /// Allow, or reject, what a run waits for
    Approve(Approve),
    /// Cancel a run
    Cancel(CancelRun),
    /// Say which run came of a start that was lost
    Link(LinkRun),
    /// Run again, whole or only what failed
    Retry(RetryRun),
    /// Print the logs of a run
    Logs(Logs),
    /// List or save the files that a run left behind
    Artifacts(Artifacts),
    /// Tell what the tests of a run came to
    Tests(Tests),
    /// Print the latest runs as a CCTray feed, for monitors that read those
    Cctray(CcTray),
    /// Write the workspace to a file that others can read
    Export(Export),
    /// Draw a page to a PNG file, without a display
    Picture(Picture),
    /// Check the workspace file from end to end
    Check(Check),
    /// Write a verified backup
    Backup(Backup),
    /// Put a backup in the place of the workspace; the present one is kept beside it
    Restore(Restore),
}
