use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

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
    /// Open a sample workspace (kept in the cache folder, apart from your own)
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
    /// Import files: Gemba JSON Lines, CSV, or JSON of GitHub, GitLab, Jenkins and CDEvents
    Import(Import),
    /// Import the commits of a git repository on this machine
    Git(Git),
    /// Print the five delivery metrics
    Metrics(Metrics),
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

#[derive(Debug, ClapArgs)]
#[command(after_help = "What a file is, is told by looking at it. JSON comes as the API printed it:
  gh api --paginate repos/OWNER/REPO/actions/runs > runs.json
  gh api --paginate repos/OWNER/REPO/pulls?state=all > pulls.json
  gh api --paginate repos/OWNER/REPO/deployments > deployments.json
  curl …/api/v4/projects/ID/pipelines > pipelines.json
  curl …/job/NAME/api/json?tree=builds[…] > builds.json

A CSV file's columns are guessed from their names; where that fails, say what they mean:
  gemba import builds.csv --csv-target deployment --map id='Build Number' --map status=Result")]
pub struct Import {
    /// Files, or folders whose files are imported together
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub paths: Vec<PathBuf>,
    /// Say what would happen and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Import nothing if one line is refused
    #[arg(long)]
    pub strict: bool,
    /// The zone of times that carry no offset
    #[arg(long, value_name = "IANA|±hh:mm")]
    pub zone: Option<String>,
    /// The connection that records without one belong to
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// The service that runs and deployments without one belong to
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// A label that makes an issue an incident (may be repeated)
    #[arg(long = "incident-label", value_name = "LABEL")]
    pub incident_labels: Vec<String>,
    /// What a row of the CSV file is
    #[arg(long, value_name = "run|deployment|incident")]
    pub csv_target: Option<String>,
    /// Which CSV column fills a field (may be repeated; remembered for the next file with these columns)
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// A value that holds for every row of the CSV file (may be repeated)
    #[arg(long = "set", value_name = "FIELD=TEXT")]
    pub set: Vec<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Git {
    /// The repository's folder (a bare one too)
    pub path: PathBuf,
    /// What to call the repository; its folder's name if not given
    #[arg(long)]
    pub name: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    #[arg(long)]
    pub dry_run: bool,
    /// Do not count added and deleted lines (the slower second pass)
    #[arg(long)]
    pub no_lines: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "A date as the end is inclusive, an instant is not. Without dates: the last 90 full days.
Definitions: dora, devlake, middleware, heartbeat, metrik, or a JSON file with the options to change.")]
pub struct Metrics {
    #[arg(long, value_name = "DATE|TIME")]
    pub from: Option<String>,
    #[arg(long, value_name = "DATE|TIME")]
    pub to: Option<String>,
    /// The zone of days and weeks; the workspace's own if not given
    #[arg(long, value_name = "IANA|±hh:mm")]
    pub zone: Option<String>,
    #[arg(long, value_name = "NAME|FILE", default_value = "dora")]
    pub definition: String,
    /// Hold the figures against dora-2021, dora-2022, dora-2023, dora-2024 or quick-check (prints JSON)
    #[arg(long, value_name = "NAME")]
    pub benchmark: Option<String>,
    #[arg(long)]
    pub service: Vec<String>,
    #[arg(long)]
    pub team: Vec<String>,
    /// Production environments if not given
    #[arg(long)]
    pub environment: Vec<String>,
    #[arg(long)]
    pub pipeline: Vec<String>,
    #[arg(long)]
    pub branch: Vec<String>,
    #[arg(long, value_name = "day|week|month|service|pipeline")]
    pub by: Option<String>,
    /// Print the rows behind one figure instead
    #[arg(long, value_name = "frequency|lead|fail|recovery|rework")]
    pub explain: Option<String>,
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    Jsonl,
    Csv,
}

#[derive(Debug, ClapArgs)]
pub struct Export {
    /// jsonl: everything that travels; csv: the deployments as a table
    #[arg(long, value_enum, default_value = "jsonl")]
    pub format: Format,
    /// The file to write; standard output if not given
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Note the time of the export in the header
    #[arg(long)]
    pub stamp: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Theme {
    Dark,
    Light,
}

#[derive(Debug, ClapArgs)]
pub struct Picture {
    /// loop, delivery, pipelines, sources or settings
    pub page: String,
    #[arg(long, value_name = "FILE.png")]
    pub out: PathBuf,
    #[arg(long, value_name = "WxH", default_value = "1280x800")]
    pub size: String,
    #[arg(long, value_enum, default_value = "dark")]
    pub theme: Theme,
    /// Draw the sample workspace
    #[arg(long)]
    pub sample: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Check {
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Backup {
    /// The file to write; a dated one beside the workspace if not given
    pub to: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub struct Restore {
    pub from: PathBuf,
}
