//! What the program can do, without a window.
//!
//! [`Workspace`] is an open workspace for one thread: a command of the shell uses it as it is. [`Engine`] puts it
//! behind threads for the window: one writer takes [`Command`]s, imports and housekeeping; one reader fetches texts of
//! rows in sight; one counter makes view models, where the newest question wins. After each write a new [`Snapshot`]
//! is published; a frame reads the newest and never waits.

mod acts;
mod attempts;
mod cctray;
mod command;
mod contradiction;
mod desk;
pub mod drawing;
mod error;
mod export;
mod following;
pub mod format;
mod guard;
mod import_job;
mod lanes;
mod linking;
mod outbox;
mod plan;
mod rank;
mod report;
mod results;
mod rounds;
mod runs;
mod sample;
mod sample_plan;
mod settings;
mod snapshot;
mod starts;
mod step;
mod sync;
mod typed;
mod vault;
pub mod vault_passphrase;
mod views;
mod worker;
mod workspace;

pub use acts::{ApproveAsk, RetryAsk};
pub use command::{Command, Done, Way, candidate_causes};
pub use desk::{Desk, DeskEvent, DeskTask, FormAsk, caps_of};
pub use error::EngineError;
pub use export::{ExportFormat, csv_cell};
pub use following::Followed;
pub use import_job::{Counts, ImportReport, ImportRequest, Source, describe_refusal};
pub use plan::{
    AfterClose, Ageing, AskedItem, Blocked, Brief, Burn, CloseAsk, ClosedSprint, Cycle, Doubt, Doubtful, Finding,
    Finished, ForecastDays, ItemChange, ItemReadiness, LookBack, LoopFigures, Marks, Meeting, Merge, MergeLine,
    NeedLine, NewItem, Note, Outlook, Part, Plan, PlanAsk, PlanView, Quality, Review, ReviewFile, ReviewMark,
    ReviewSaid, ReviewWorth, RiskFact, ServiceFacts, ServiceRisk, SprintChange, Waiting, WaitingRow, outlook,
};
pub use report::{By, MetricsAsk, explain_json, metrics_json};
pub use sample::SAMPLE_MONTHS;
pub use settings::{Appearance, Density, Settings};
pub use snapshot::{DateRange, PeriodChoice, Snapshot};
pub use starts::{StartAsk, exit_code_of, secret_of};
pub use sync::{Secrets, SyncReport, exchanges, is_in_file, is_locked, secret_words};
pub use views::{
    AttentionRow, CandidateCause, CompareRow, DeliveryAsk, DeliveryView, ExplainRow, ExplainView, IncidentRow,
    LastView, LoopView, RunsView,
};
pub use worker::{Answer, Engine, Event, JobId, JobResult, Question};
pub use workspace::{Cancel, Workspace};

pub use crate::import::{CsvField, CsvMapping, CsvPreview, CsvTarget, DateOrder, GitSummary, Refusal};
pub use crate::import::{Options as ImportOptions, Progress, first_table, plain, preview_csv};
pub use crate::remote::{
    Approval, ArtifactRef, Caps, Exchange, Field, FieldKind, Form, LogChunk, LogRef, Logs, PipelineRef, Retry, SYSTEMS,
    TestFailure, TestReport, WEBHOOK_EXAMPLE, WhoAmI, names_a_secret,
};
pub use crate::store::backup::check_target;
pub use crate::store::{
    AuditEntry, ChangeDetail, Checked, ConnectionEntry, DeploymentDetail, Edit, ImportEntry, NoticeEntry, PresetEntry,
    RulePreview, RunDetail, RunTexts, SCHEMA_VERSION, StartEntry, StartState, StoreError, SubjectTexts, default_path,
};
