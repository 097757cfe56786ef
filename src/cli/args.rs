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
    /// Fetch what is new from the connected systems
    Sync(Sync),
    /// List runs, what was started from here, or who did what
    Runs(Runs),
    /// Start a pipeline once, and follow its run
    Trigger(Trigger),
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
  curl …/rest/api/3/search/jql?jql=project=ABC&fields=*all&expand=changelog > jira.json
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

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  gemba connect ci --system buildbot --url https://ci.example --user ops --secret-env CI_PASSWORD
  gemba connect gh --system github --url https://github.com --scope acme/shop --secret-stdin < token.txt
  gemba connect wall --system cctray --url https://ci.example/cc.xml
  gemba connect                               list the connections and how their last sync went

A secret comes from GEMBA_TOKEN_<NAME> where that is set, else from the variable of --secret-env, else from the keychain
or the encrypted file where --secret-stdin put it. It is never an argument and never stands in the workspace.")]
pub struct Connect {
    /// What the connection is called; its runs carry this name
    pub name: Option<String>,
    /// Which system answers there
    #[arg(long, value_name = "SYSTEM")]
    pub system: Option<String>,
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The user, where the system asks for one
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// The environment variable that holds the token or password
    #[arg(long, value_name = "VARIABLE", conflicts_with = "secret_stdin")]
    pub secret_env: Option<String>,
    /// Read the token or password from the standard input and keep it in the keychain, else in an encrypted file
    #[arg(long)]
    pub secret_stdin: bool,
    /// A repository, project or job to look at (repeat for more)
    #[arg(long, value_name = "NAME")]
    pub scope: Vec<String>,
    /// A JSON file with what else a system needs to be told, such as the template of a webhook
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// A PEM file with certificates to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Allow plain http to another machine
    #[arg(long)]
    pub allow_http: bool,
    /// Seconds between two syncs of the window
    #[arg(long, value_name = "SECONDS")]
    pub every: Option<u32>,
    /// Sync it no more until --resume
    #[arg(long, conflicts_with = "resume")]
    pub pause: bool,
    #[arg(long)]
    pub resume: bool,
    /// Forget a connection and its secret; the runs it brought stay
    #[arg(long, value_name = "NAME", conflicts_with = "name")]
    pub remove: Option<String>,
    /// Print each request and how it was answered, without secrets
    #[arg(long)]
    pub trace: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Sync {
    /// Connections; all that are not paused if not given
    pub names: Vec<String>,
    /// Print each request and how it was answered, without secrets
    #[arg(long)]
    pub trace: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Runs {
    /// Only those of one connection
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// What was started from here, and what became of it
    #[arg(long, conflicts_with = "audit")]
    pub started: bool,
    /// Who did what
    #[arg(long)]
    pub audit: bool,
    #[arg(long)]
    pub json: bool,
}

fn estimate(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "use a number such as 5 or 0.5, and 0 for nothing".to_owned())
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:
  gemba trigger deploy --form                                  what the server asks for
  gemba trigger deploy --ref main --input target=staging --follow
  gemba trigger deploy --input target=production --confirm production

Exit codes with --follow: 0 the run succeeded, 1 it did not, was refused or lost.")]
pub struct Trigger {
    /// The pipeline, or CONNECTION/PIPELINE
    #[arg(required_unless_present = "preset")]
    pub pipeline: Option<String>,
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    /// The branch or tag to run on
    #[arg(long = "ref", value_name = "REF")]
    pub git_ref: Option<String>,
    /// An input (repeat for more)
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    pub inputs: Vec<(String, String)>,
    /// An input whose value is in an environment variable
    #[arg(long = "secret-input", value_name = "NAME=VARIABLE", value_parser = pair)]
    pub secret_inputs: Vec<(String, String)>,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// Print what the server asks for and start nothing
    #[arg(long)]
    pub form: bool,
    /// Print the request of a webhook as a command of the shell, without secrets, and start nothing
    #[arg(long)]
    pub preview: bool,
    /// Keep these inputs under a name
    #[arg(long, value_name = "NAME")]
    pub save: Option<String>,
    /// The service that the kept inputs are of, so that they are offered with it
    #[arg(long, value_name = "SERVICE", requires = "save")]
    pub service: Option<String>,
    /// Start with the inputs kept under a name
    #[arg(long, value_name = "NAME")]
    pub preset: Option<String>,
    /// Wait for the end of the run; the exit code is the run's
    #[arg(long)]
    pub follow: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Approve {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Which of several waiting steps
    #[arg(long, value_name = "NAME")]
    pub step: Option<String>,
    #[arg(long)]
    pub reject: bool,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// What to say with it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub struct CancelRun {
    /// CONNECTION:ID, or PIPELINE#NUMBER; of what still waits in a queue the id of its start, from gemba runs --started
    pub run: String,
}

#[derive(Debug, ClapArgs)]
pub struct LinkRun {
    /// The id of the start, or how it ends, from gemba runs --started
    pub start: String,
    /// The address of its run
    pub url: String,
}

#[derive(Debug, ClapArgs)]
pub struct RetryRun {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Only what failed
    #[arg(long)]
    pub failed: bool,
    /// The name of the production environment, to say that it is meant
    #[arg(long, value_name = "ENVIRONMENT")]
    pub confirm: Option<String>,
    /// Wait for the end of the run; the exit code is the run's
    #[arg(long)]
    pub follow: bool,
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Logs {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// One step, by its name or its log's id
    #[arg(long, value_name = "NAME")]
    pub step: Option<String>,
    /// Only the steps that failed
    #[arg(long, conflicts_with = "step")]
    pub failed: bool,
    /// Print what logs there are
    #[arg(long)]
    pub list: bool,
    /// Go on while the run does
    #[arg(long)]
    pub follow: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Plan {
    #[command(subcommand)]
    pub what: PlanSub,
}

#[derive(Debug, Subcommand)]
pub enum PlanSub {
    /// List the backlog, the items of a sprint, or the sprints
    List {
        /// The items of this sprint
        #[arg(long, value_name = "SPRINT")]
        sprint: Option<String>,
        /// The sprints, and what they support
        #[arg(long, conflicts_with = "sprint")]
        sprints: bool,
        /// Those that fit a filter, such as "kind:bug points>3 -label:shop pay"
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// As a document in Markdown
        #[arg(long, conflicts_with_all = ["sprints", "json", "filter"])]
        markdown: bool,
        /// As a table for spreadsheets
        #[arg(long, conflicts_with_all = ["sprints", "json", "markdown"])]
        csv: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what in the data makes charts and forecasts say less than they seem to
    Quality {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add an item at the end of the backlog, or of a sprint
    Add {
        title: String,
        /// What it begins with, of the templates that were saved
        #[arg(long, value_name = "NAME")]
        template: Option<String>,
        /// feature, bug, task, incident_action or ops
        #[arg(long)]
        kind: Option<String>,
        #[arg(long, allow_negative_numbers = true, value_parser = estimate)]
        points: Option<f64>,
        #[arg(long, allow_negative_numbers = true, value_parser = estimate)]
        hours: Option<f64>,
        /// A label (repeat for more)
        #[arg(long = "label", value_name = "LABEL")]
        labels: Vec<String>,
        #[arg(long)]
        service: Option<String>,
        #[arg(long)]
        assignee: Option<String>,
        #[arg(long)]
        sprint: Option<String>,
        #[command(flatten)]
        relations: Relations,
        /// What it needs of operations, such as data_migration (repeat for more)
        #[arg(long = "need", value_name = "KIND")]
        needs: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Move an item into a sprint or the backlog, to another state, or give it another estimate
    Move {
        /// Its id, its title, or how the id ends
        item: String,
        /// A sprint, or "backlog"
        #[arg(long, value_name = "SPRINT")]
        to: Option<String>,
        /// backlog, ready, in_progress, in_review, done or cancelled
        #[arg(long)]
        state: Option<String>,
        #[arg(long, allow_negative_numbers = true, value_parser = estimate)]
        points: Option<f64>,
        #[arg(long, allow_negative_numbers = true, value_parser = estimate)]
        hours: Option<f64>,
        #[arg(long)]
        assignee: Option<String>,
        #[arg(long)]
        service: Option<String>,
        #[command(flatten)]
        relations: Relations,
        /// A label beside those it has (repeat for more)
        #[arg(long = "label", value_name = "LABEL")]
        labels: Vec<String>,
        /// Nobody can go on with it, and why
        #[arg(long, value_name = "REASON", conflicts_with = "unblock")]
        block: Option<String>,
        /// Somebody can go on with it again
        #[arg(long)]
        unblock: bool,
        /// To the place before this item
        #[arg(long, value_name = "ITEM", conflicts_with = "after")]
        before: Option<String>,
        /// To the place after this item
        #[arg(long, value_name = "ITEM")]
        after: Option<String>,
        /// Why, such as incident, bug, customer, dependency, forgotten
        #[arg(long)]
        reason: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Plan a sprint
    Sprint {
        name: String,
        #[arg(long)]
        team: String,
        /// The first day, or a time
        #[arg(long, value_name = "DATE")]
        from: String,
        /// The last day, or a time
        #[arg(long, value_name = "DATE")]
        to: String,
        #[arg(long)]
        goal: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a sprint another end
    End {
        /// Its name, its id, or how that ends
        sprint: String,
        /// The last day, or a time
        #[arg(long, value_name = "DATE")]
        to: String,
        #[arg(long)]
        reason: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Split an item: it becomes the first part, the others are new items after it
    Split {
        /// Its id, its title, or how the id ends
        item: String,
        /// A part and its points or hours, such as "Pay by card=3" or "Pay by card=6h" (twice or more)
        #[arg(long = "part", value_name = "TITLE[=POINTS|=HOURSh]", required = true)]
        parts: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write down what was said of a sprint, and what the team wants to do
    Retro {
        /// Its name, its id, or how that ends
        sprint: String,
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Becomes an item that comes back at the next planning (repeat for more)
        #[arg(long = "action", value_name = "TITLE")]
        actions: Vec<String>,
    },
    /// Tell how ready an item is to be operated, and what makes its deployment risky
    Ready {
        /// Its id, its title, or how the id ends
        item: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what operations thinks of an item
    Review {
        /// Its id, its title, or how the id ends
        item: String,
        #[command(flatten)]
        said: Said,
    },
    /// Write the questions to operations about a sprint, or items, to a file
    Ask {
        /// Items, by their ids, titles, or how the ids end
        items: Vec<String>,
        #[arg(long)]
        sprint: Option<String>,
        /// Where to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long)]
        question: Option<String>,
    },
    /// Show such a file, or answer for one of its items
    Answer {
        file: PathBuf,
        /// The item that is answered for, by its id, its title, or how the id ends
        item: Option<String>,
        #[command(flatten)]
        said: Said,
        /// A need as it should be (repeat for more)
        #[arg(long = "need", value_name = "KIND=STATE")]
        needs: Vec<String>,
    },
    /// Take the answers of such a file over, after a look at what they change
    Merge {
        file: PathBuf,
        /// Only for these items
        items: Vec<String>,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show or set what a team has agreed on
    Rules {
        team: String,
        /// The zone whose days the team counts; none for the workspace's
        #[arg(long, value_name = "IANA|±hh:mm|none", allow_hyphen_values = true)]
        zone: Option<String>,
        /// Whether a sprint may start before operations has spoken
        #[arg(long, value_name = "off|advise|required", value_parser = ["off", "advise", "required"])]
        review: Option<String>,
        /// Working hours within which a review is answered
        #[arg(long, value_name = "HOURS")]
        review_hours: Option<u32>,
        /// Working days after the start in which what joins is still committed
        #[arg(long, value_name = "0|1|2", value_parser = clap::value_parser!(u32).range(0..=2))]
        grace: Option<u32>,
        /// Of a working day, the part in percent that goes to what was planned
        #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(1..=100))]
        focus: Option<u32>,
        /// Hours that each person spends in the meetings of a sprint
        #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(0..=80))]
        meetings: Option<u32>,
        /// At most so many under way: ready, in_progress, in_review, person or service; =none takes it away
        #[arg(long = "limit", value_name = "OF=N")]
        limits: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Start a sprint now: what is in it is the commitment
    Start {
        /// Its name, its id, or how that ends
        sprint: String,
        #[arg(long)]
        goal: Option<String>,
        /// Why it starts although operations has not said yes to all of it
        #[arg(long)]
        reason: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Close a sprint now and keep its report as it is
    Close {
        /// Its name, its id, or how that ends
        sprint: String,
        /// How its goal ended
        #[arg(long, value_name = "met|partly|missed", value_parser = ["met", "partly", "missed"])]
        goal: Option<String>,
        /// The sprint that takes the leftovers; the backlog otherwise
        #[arg(long, value_name = "SPRINT")]
        carry_to: Option<String>,
        /// Why they were left over
        #[arg(long)]
        reason: Option<String>,
        /// What was said in the retro
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Becomes an item that comes back at the next planning (repeat for more)
        #[arg(long = "action", value_name = "TITLE")]
        actions: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// How an item stands to others.
#[derive(Debug, Default, ClapArgs)]
pub struct Relations {
    /// An item that it waits for (repeat for more)
    #[arg(long = "waits-for", value_name = "ITEM")]
    pub waits_for: Vec<String>,
    /// The item that it belongs to
    #[arg(long, value_name = "ITEM")]
    pub parent: Option<String>,
    /// An address or a file, such as a drawing (repeat for more)
    #[arg(long = "link", value_name = "URL|FILE")]
    pub links: Vec<String>,
    /// The day by which it is wanted
    #[arg(long, value_name = "DATE")]
    pub due: Option<jiff::civil::Date>,
    /// What it is about, in a text
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// What operations says.
#[derive(Debug, Default, ClapArgs)]
pub struct Said {
    /// not_asked, asked, advised, approved, blocked or not_needed
    #[arg(long)]
    pub state: Option<String>,
    /// Of what is blocked: missing_environment, irreversible, capacity, access, budget_spent, compliance or other
    #[arg(long)]
    pub reason: Option<String>,
    /// What would take the block away
    #[arg(long)]
    pub unblock: Option<String>,
    #[arg(long)]
    pub due: Option<String>,
    #[arg(long)]
    pub text: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum UnitWord {
    #[default]
    Points,
    Hours,
    Items,
}

#[derive(Debug, ClapArgs)]
pub struct Burn {
    /// Its name, its id, or how that ends
    pub sprint: String,
    /// In what work is counted
    #[arg(long, value_enum, default_value_t)]
    pub unit: UnitWord,
    /// Counted now, where the report was kept at the close
    #[arg(long)]
    pub live: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Forecast {
    /// The team whose days off count; without it those on which no team works
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
    /// When so many items will be finished
    #[arg(long, value_name = "N")]
    pub items: Option<usize>,
    /// How many items will be finished within so many days (14 if nothing is asked)
    #[arg(long, value_name = "N", conflicts_with = "by")]
    pub days: Option<usize>,
    /// How many items will be finished by a day
    #[arg(long, value_name = "DATE")]
    pub by: Option<String>,
    /// The last day of the past to draw from (today)
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Only items with this label (repeat for more)
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Only items of a service
    #[arg(long)]
    pub service: Option<String>,
    /// Draw day by day instead of seven days in a row
    #[arg(long)]
    pub daily: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Artifacts {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// Save the files of this name or id (repeat for more)
    #[arg(long, value_name = "NAME")]
    pub save: Vec<String>,
    /// Save all of them
    #[arg(long, conflicts_with = "save")]
    pub all: bool,
    /// Where they are saved
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub into: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Tests {
    /// CONNECTION:ID, or PIPELINE#NUMBER
    pub run: String,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, ClapArgs)]
pub struct CcTray {
    /// Only the pipelines of one connection
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
}
