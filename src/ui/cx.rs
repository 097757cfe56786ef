//! What a page may know, and what it may ask for.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::text::t;
use super::theme::Tokens;
use crate::engine::{Command, DeliveryAsk, DeskTask, ImportRequest, JobId, PeriodChoice, Question, Settings, Snapshot};
use crate::metrics::Filter;
use crate::model::Time;
use crate::ui::icons::Icon;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Page {
    #[default]
    Loop,
    Plan,
    Delivery,
    Pipelines,
    Sources,
    Settings,
}

impl Page {
    pub const ALL: [Self; 6] = [Self::Loop, Self::Plan, Self::Delivery, Self::Pipelines, Self::Sources, Self::Settings];

    pub const fn id(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Plan => "plan",
            Self::Delivery => "delivery",
            Self::Pipelines => "pipelines",
            Self::Sources => "sources",
            Self::Settings => "settings",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.id() == word)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Loop => t("page-loop"),
            Self::Plan => t("page-plan"),
            Self::Delivery => t("page-delivery"),
            Self::Pipelines => t("page-pipelines"),
            Self::Sources => t("page-sources"),
            Self::Settings => t("page-settings"),
        }
    }

    pub const fn icon(self) -> Icon {
        match self {
            Self::Loop => Icon::Loop,
            Self::Plan => Icon::Plan,
            Self::Delivery => Icon::Delivery,
            Self::Pipelines => Icon::Pipelines,
            Self::Sources => Icon::Sources,
            Self::Settings => Icon::Settings,
        }
    }
}

/// What all pages look at: chosen in the top bar.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    pub filter: Filter,
    pub period: PeriodChoice,
}

/// How a page is written to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    Csv,
    Json,
    Markdown,
    Png,
}

/// What the user wants; `logic` does it.
#[derive(Debug)]
pub enum Intent {
    Ask(Question),
    Command(Command),
    Settings(Box<Settings>),
    Go(Page),
    Scope(Scope),
    Import(Box<ImportRequest>),
    CountLines(PathBuf),
    RemoveImport(i64),
    Cancel(JobId),
    Backup,
    Check,
    Restore(PathBuf),
    ExportWorkspace(PathBuf),
    Export(ExportKind),
    OpenRun(u32),
    OpenDeployment(u32),
    OpenIncident(u32),
    /// A change, and the deployment with which it arrived where that is known.
    OpenChange(u32, Option<u32>),
    NewIncident,
    OpenItem(String),
    OpenSprint(String),
    AddSource(AddKind),
    OpenSample,
    Copy(String),
    OpenUrl(String),
    ConnectSystem,
    /// To another system.
    Desk(Box<DeskTask>),
    StopSync(String),
    /// Opens the dialog that starts a pipeline; of a connection and pipeline where they are known.
    StartPipeline(Option<(String, String)>),
    StartPreset(String),
    /// What was started from here.
    OpenStarts,
    OpenLog(Box<crate::model::record::Run>),
    /// A file of a run, among the downloads.
    SaveArtifact(Box<crate::model::record::Run>, Box<crate::engine::ArtifactRef>, crate::engine::Cancel),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddKind {
    File,
    Folder,
    Repository,
}

/// What a page may see, and where it leaves its wishes.
pub struct Cx<'a> {
    pub snapshot: &'a Snapshot,
    pub scope: &'a Scope,
    pub zone: &'a TimeZone,
    pub zone_name: &'a str,
    pub now: Time,
    pub tokens: &'static Tokens,
    /// Editing is possible: the workspace can be written.
    pub can_write: bool,
    pub intents: &'a mut Vec<Intent>,
}

impl Cx<'_> {
    /// The same with the days and times of another zone.
    pub fn in_zone<'b>(&'b mut self, zone: &'b TimeZone) -> Cx<'b> {
        Cx { zone, intents: self.intents, ..*self }
    }

    pub fn want(&mut self, intent: Intent) {
        self.intents.push(intent);
    }

    /// The question of the Delivery page under the scope and the definition in force.
    pub fn delivery_ask(&self) -> DeliveryAsk {
        DeliveryAsk {
            filter: self.scope.filter.clone(),
            period: self.scope.period.clone(),
            zone: self.zone_name.to_owned(),
            definition: self.snapshot.settings.definition,
        }
    }
}

/// The words of a period's choice.
pub fn period_words(choice: &PeriodChoice) -> String {
    match choice {
        PeriodChoice::LastDays(days) => super::text::ta("period-last-days", &[("n", &days.to_string())]),
        PeriodChoice::LastDaysWithData(days) => {
            super::text::ta("period-last-days-with-data", &[("n", &days.to_string())])
        }
        PeriodChoice::Dates { from, to } => {
            // Days as the pages write them; a moment is left as it was typed.
            let day = |text: &str| {
                let date = text.parse::<jiff::civil::Date>();
                date.map_or_else(|_moment| text.to_owned(), |date| date.strftime("%-d %b %Y").to_string())
            };
            format!("{} – {}", day(from), day(to))
        }
    }
}
