//! Data in, data out, and the figures.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

#[derive(Debug, ClapArgs)]
#[command(after_help = "What a file is, is told by looking at it. JSON comes as the API printed it:
  gh api --paginate repos/OWNER/REPO/actions/runs > runs.json
  gh api --paginate repos/OWNER/REPO/pulls?state=all > pulls.json
  gh api --paginate repos/OWNER/REPO/deployments > deployments.json
  curl …/api/v4/projects/ID/pipelines > pipelines.json
  curl …/job/NAME/api/json?tree=builds[…] > builds.json

Work items, sprints and their history:
  gh api --paginate repos/OWNER/REPO/issues?state=all > issues.json
  gh api --paginate repos/OWNER/REPO/milestones?state=all > milestones.json
  curl …/api/v4/projects/ID/issues > issues.json
  curl …/rest/api/3/search/jql?jql=project=ABC&fields=*all&expand=changelog,names > jira.json
  Jira's \"Export CSV (all fields)\", and calendars (.ics) of days off, shifts and holidays

A CSV file's columns are guessed from their names; where that fails, say what they mean:
  gemba import builds.csv --csv-target deployment --map id='Build Number' --map status=Result
  gemba import backlog.csv --csv-target item --map id=Key --map title=Name --dry-run")]
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
    /// Which number of a date in a CSV file is the day, where the file does not tell
    #[arg(long, value_name = "dmy|mdy", value_parser = ["dmy", "mdy"])]
    pub date_order: Option<String>,
    /// The connection that records without one belong to
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// The service that runs and deployments without one belong to
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// A label that makes an issue an incident (may be repeated)
    #[arg(long = "incident-label", value_name = "LABEL")]
    pub incident_labels: Vec<String>,
    /// The person that all events of a calendar file belong to
    #[arg(long, value_name = "NAME", conflicts_with = "holidays_of")]
    pub person: Option<String>,
    /// The team whose holidays a calendar file holds
    #[arg(long, value_name = "TEAM")]
    pub holidays_of: Option<String>,
    /// What a row of the CSV file is
    #[arg(long, value_name = "run|deployment|incident|item")]
    pub csv_target: Option<String>,
    /// Which CSV column fills a field (may be repeated; remembered for the next file with these columns)
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// What a word of your own means for the state of an item: backlog, ready, in_progress, in_review, done or cancelled
    /// (may be repeated; remembered like --map)
    #[arg(long = "state", value_name = "WORD=STATE")]
    pub states: Vec<String>,
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
    /// loop, plan, delivery, pipelines, sources or settings
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
