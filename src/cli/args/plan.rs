//! Items, sprints and forecasts.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::metrics::plan::forecast::MOST_DAYS;

fn estimate(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "use a number such as 5 or 0.5, and 0 for nothing".to_owned())
}

fn day(text: &str) -> Result<jiff::civil::Date, String> {
    text.trim().parse().map_err(|_no_day| "write the day like 2026-01-31".to_owned())
}

const MOST_ITEMS: usize = 100_000;

fn up_to(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| {
        let number = text.trim().parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("use a whole number from 1 to {most}"))
    }
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
        /// Every item, wherever it is
        #[arg(long, conflicts_with_all = ["sprint", "sprints", "markdown"])]
        all: bool,
        /// Those that fit a filter, such as "kind:bug points>3 -label:shop pay"
        #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
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
        /// Why it comes into a sprint that goes on, such as incident, bug, customer, dependency, forgotten
        #[arg(long, requires = "sprint")]
        reason: Option<String>,
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
    /// Give a sprint another goal
    Goal {
        /// Its name, its id, or how that ends
        sprint: String,
        /// An empty one ("") takes it away
        goal: String,
        #[arg(long)]
        reason: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Give a sprint another name
    Rename {
        sprint: String,
        name: String,
        #[arg(long)]
        json: bool,
    },
    /// Take away a sprint that was never started; its items go back to the backlog
    Drop {
        sprint: String,
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
    /// Print the brief of operations for a planning meeting, in Markdown
    Brief {
        /// The meeting about this sprint
        #[arg(long, value_name = "SPRINT")]
        sprint: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show, add or take away what operations knows to be coming: it stands in the brief
    Ahead {
        team: String,
        /// What comes, such as "the certificate of pay runs out"
        #[arg(requires = "on")]
        what: Option<String>,
        /// Its day
        #[arg(long, value_name = "DATE", requires = "what", value_parser = day)]
        on: Option<jiff::civil::Date>,
        #[arg(long, default_value = "other", value_parser = ["certificate", "end_of_life", "maintenance", "offer", "other"])]
        kind: String,
        /// Take the one away that has this number in the list
        #[arg(long, value_name = "N", conflicts_with = "what")]
        remove: Option<usize>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print what an item is asked before it is operated, as TOML to edit and share
    Checklist {
        /// The list of that team; Gemba's own where none is named
        #[arg(long)]
        team: Option<String>,
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
        /// At most so many: ready (the column To do), in_progress, in_review, person or service; =none takes it away
        #[arg(long = "limit", value_name = "OF=N")]
        limits: Vec<String>,
        /// The team's own list of what an item is asked before it is operated (see plan checklist); none for Gemba's
        #[arg(long, value_name = "FILE.toml|none")]
        readiness: Option<PathBuf>,
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
    #[arg(long, value_name = "DATE", value_parser = day)]
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
    #[arg(long, value_name = "N", value_parser = up_to(MOST_ITEMS))]
    pub items: Option<usize>,
    /// How many items will be finished within so many days (14 if nothing is asked)
    #[arg(long, value_name = "N", conflicts_with = "by", value_parser = up_to(MOST_DAYS))]
    pub days: Option<usize>,
    /// How many items will be finished by a day
    #[arg(long, value_name = "DATE")]
    pub by: Option<String>,
    /// The last day of the past to draw from (today; where nothing was finished in 90 days, the last day with a finish)
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
