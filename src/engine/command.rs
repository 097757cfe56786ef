//! What a person changes by hand. Each command is one transaction, has a name for the undo menu, and can be undone.

use std::path::PathBuf;

use super::plan::keep_closed;
use super::workspace::SETTINGS;
use super::{
    CloseAsk, EngineError, ItemChange, NewItem, Part, ReviewFile, ReviewSaid, Settings, Snapshot, SprintChange,
    Workspace,
};
use crate::model::columns::{NO_CODE, NO_TIME};
use crate::model::plan::Sprint;
use crate::model::record::{Cause, CauseState, Deployment, Incident, Record};
use crate::store::{ChangeKinds, Edit, StoreError};

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Writes records as they are given.
    Put {
        name: String,
        records: Vec<Record>,
    },
    Delete {
        name: String,
        records: Vec<Record>,
    },
    /// What a person says of a deployment as the cause of an incident; `None` takes the judgement away. Keys.
    JudgeCause {
        incident: u32,
        deployment: u32,
        state: Option<CauseState>,
        why: Option<String>,
    },
    MarkRework {
        deployment: u32,
        is_rework: bool,
    },
    /// The deployment undid `target`, or nothing.
    MarkRollback {
        deployment: u32,
        target: Option<u32>,
    },
    AddItem(Box<NewItem>),
    /// Of items by their ids, alike.
    ChangeItems(Vec<String>, Box<ItemChange>),
    AddSprint(Box<Sprint>),
    /// Another goal, or another end.
    ChangeSprint(String, Box<SprintChange>),
    RemoveSprint(String),
    SplitItem {
        item: String,
        parts: Vec<Part>,
    },
    /// An item of what an incident (by its key) asks for.
    AddAction {
        incident: u32,
        new: Box<NewItem>,
    },
    /// An item of an open check of another.
    AddOfCheck {
        item: String,
        check: String,
        title: String,
    },
    StartSprint {
        sprint: String,
        goal: Option<String>,
        reason: Option<String>,
    },
    CloseSprint {
        sprint: String,
        ask: Box<CloseAsk>,
    },
    /// What was said of a sprint, and what the team wants to do.
    NoteSprint {
        sprint: String,
        notes: Option<String>,
        actions: Vec<String>,
    },
    /// What operations says of an item.
    ReviewItem {
        item: String,
        said: Box<ReviewSaid>,
    },
    AskReviews(Vec<String>),
    /// Questions about items, or all of a sprint, into a file for operations.
    AskByFile {
        path: PathBuf,
        sprint: Option<String>,
        items: Vec<String>,
        question: Option<String>,
    },
    /// A file of questions with the answers that were given here.
    WriteReviewFile(PathBuf, Box<ReviewFile>),
    /// Takes over the answers of a file, of the chosen items.
    MergeReviews {
        file: Box<ReviewFile>,
        items: Vec<String>,
    },
    SaveSettings(Box<Settings>),
    Undo,
    Redo,
}

/// What a command did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    pub name: String,
    pub kinds: ChangeKinds,
    pub way: Way,
}

/// Which way a step was gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Done,
    Undone,
    DoneAgain,
    /// No step: nothing to undo.
    Quiet,
}

impl Workspace {
    pub fn run(&self, command: Command) -> Result<Done, EngineError> {
        let now = self.now();
        let gone = |found: Option<(String, ChangeKinds)>, way: Way, none: EngineError| match found {
            Some((name, kinds)) => Ok(Done { name, kinds, way }),
            None => Err(none),
        };
        // An act of the plan writes its own step.
        let planned = |name: &str| {
            let (kinds, way) = (ChangeKinds::default(), Way::Done);
            Ok(Done { name: name.to_owned(), kinds, way })
        };
        let (name, edits) = match command {
            Command::AddItem(new) => return self.add_item(&new).and_then(|_| planned("Add item")),
            Command::ChangeItems(items, change) => {
                return match self.change_items(&items, &change)?.1 {
                    Some(name) => planned(name),
                    None => Ok(Done { name: String::new(), kinds: ChangeKinds::default(), way: Way::Quiet }),
                };
            }
            Command::AddSprint(sprint) => {
                self.add_sprint(*sprint)?;
                return Ok(Done {
                    name: "Add sprint".to_owned(),
                    kinds: ChangeKinds { catalog: true, ..ChangeKinds::default() },
                    way: Way::Done,
                });
            }
            Command::ChangeSprint(sprint, change) => {
                return self.change_sprint(&sprint, &change).and_then(|_| planned("Change sprint"));
            }
            Command::RemoveSprint(sprint) => {
                return self.remove_sprint(&sprint).and_then(|_| planned("Remove sprint"));
            }
            Command::SplitItem { item, parts } => {
                return self.split_item(&item, &parts).and_then(|_| planned("Split item"));
            }
            Command::AddAction { incident, new } => {
                return self.action_of_incident(incident, &new).and_then(|_| planned("Add item"));
            }
            Command::AddOfCheck { item, check, title } => {
                return self.item_of_check(&item, &check, &title).and_then(|_| planned("Make an item of a check"));
            }
            Command::StartSprint { sprint, goal, reason } => {
                let started = self.start_sprint(&sprint, goal.as_deref(), reason.as_deref());
                return started.and_then(|_| planned("Start sprint"));
            }
            Command::CloseSprint { sprint, ask } => {
                return self.close_sprint(&sprint, &ask).and_then(|_| planned("Close sprint"));
            }
            Command::NoteSprint { sprint, notes, actions } => {
                let noted = self.note_sprint(&sprint, notes.as_deref(), &actions);
                return noted.and_then(|()| planned("Write down a retro"));
            }
            Command::ReviewItem { item, said } => {
                return self.review_item(&item, &said).and_then(|()| planned("Review item"));
            }
            Command::AskReviews(items) => return self.ask_reviews(&items).and_then(|_| planned("Ask operations")),
            Command::AskByFile { path, sprint, items, question } => {
                self.ask_by_file(&path, sprint.as_deref(), &items, question)?;
                return planned("Ask operations");
            }
            Command::WriteReviewFile(path, file) => {
                file.write(&path)?;
                return Ok(Done { name: "Answer".to_owned(), kinds: ChangeKinds::default(), way: Way::Quiet });
            }
            Command::MergeReviews { file, items } => {
                return self.merge_reviews(&file, Some(&items)).and_then(|_| planned("Merge reviews"));
            }
            Command::SaveSettings(settings) => {
                let step = self.settings_edit(&settings)?;
                self.save_looks(&settings)?;
                match step {
                    Some(step) => step,
                    None => return Ok(Done { name: String::new(), kinds: ChangeKinds::default(), way: Way::Quiet }),
                }
            }
            Command::Undo => return gone(self.store.undo(now)?, Way::Undone, EngineError::NothingToUndo),
            Command::Redo => {
                let done = gone(self.store.redo(now)?, Way::DoneAgain, EngineError::NothingToRedo)?;
                // A sprint may be closed again, now.
                keep_closed(&self.store, self.now(), false)?;
                return Ok(done);
            }
            Command::Put { name, records } => (name, self.puts(records)?),
            Command::Delete { name, records } => {
                let mut edits = Vec::new();
                for record in records {
                    edits.push(Edit::Record { before: self.store.current(&record)?.map(Box::new), after: None });
                }
                (name, edits)
            }
            Command::JudgeCause { incident, deployment, state, why } => self.judge(incident, deployment, state, why)?,
            Command::MarkRework { deployment, is_rework } => {
                let mut after = self.deployment(deployment)?;
                after.rework = is_rework.then_some(true);
                let name = if is_rework { "Mark as rework" } else { "Unmark as rework" };
                (name.to_owned(), self.puts(vec![Record::Deployment(after)])?)
            }
            Command::MarkRollback { deployment, target } => {
                let mut after = self.deployment(deployment)?;
                after.rollback_of = target.map(|key| self.deployment(key)).transpose()?.map(|target| target.id);
                let name = if target.is_some() { "Mark as rollback" } else { "Unmark as rollback" };
                (name.to_owned(), self.puts(vec![Record::Deployment(after)])?)
            }
        };
        let kinds = self.store.apply_edits(&name, &edits, now)?;
        Ok(Done { name, kinds, way: Way::Done })
    }

    /// A change of what is counted is a step that can be undone; one of how the window looks is not.
    fn settings_edit(&self, settings: &Settings) -> Result<Option<(String, Vec<Edit>)>, EngineError> {
        let before = self.settings()?;
        let name = if before.zone != settings.zone {
            "Change time zone"
        } else if before.working_week != settings.working_week {
            "Change working week"
        } else if before.definition != settings.definition {
            "Change definition"
        } else if before.incident_labels != settings.incident_labels {
            "Change incident labels"
        } else if before.teams != settings.teams {
            "Change how a team plans"
        } else if before.templates != settings.templates {
            "Change templates"
        } else {
            return Ok(None);
        };
        let edit = Edit::Setting {
            setting: SETTINGS.to_owned(),
            before: self.store.setting(SETTINGS)?,
            after: Some(Self::counted_text(settings)?),
        };
        Ok(Some((name.to_owned(), vec![edit])))
    }

    fn puts(&self, records: Vec<Record>) -> Result<Vec<Edit>, EngineError> {
        let mut edits = Vec::new();
        for mut record in records {
            record.normalise()?;
            let before = self.store.current(&record)?.map(Box::new);
            edits.push(Edit::Record { before, after: Some(Box::new(record)) });
        }
        Ok(edits)
    }

    fn deployment(&self, key: u32) -> Result<Deployment, EngineError> {
        let found = self.store.deployment_detail(key)?;
        found
            .map(|detail| detail.deployment)
            .ok_or_else(|| StoreError::NoSuch { what: "deployment", id: key.to_string() }.into())
    }

    pub(super) fn incident(&self, key: u32) -> Result<Incident, EngineError> {
        let found = self.store.incident(key)?;
        found
            .map(|(incident, _)| incident)
            .ok_or_else(|| StoreError::NoSuch { what: "incident", id: key.to_string() }.into())
    }

    fn judge(
        &self,
        incident: u32,
        deployment: u32,
        state: Option<CauseState>,
        why: Option<String>,
    ) -> Result<(String, Vec<Edit>), EngineError> {
        let deployment = self.deployment(deployment)?;
        let mut after = self.incident(incident)?;
        let causes = after.causes.get_or_insert_default();
        causes.retain(|cause| cause.deployment != deployment.id);
        if let Some(state) = state {
            causes.push(Cause { deployment: deployment.id, state, by: None, why });
        }
        after.causes = after.causes.filter(|causes| !causes.is_empty());
        let name = match state {
            Some(CauseState::Confirmed) => "Confirm cause",
            Some(CauseState::Rejected) => "Reject cause",
            Some(CauseState::Suspected) => "Suspect cause",
            None => "Clear cause",
        };
        Ok((name.to_owned(), self.puts(vec![Record::Incident(after)])?))
    }
}

/// How far back a cause is looked for.
const CANDIDATE_DAYS: i64 = 14;
const MOST_CANDIDATES: usize = 6;

/// Deployments (rows) that may have caused an incident (row): of its service to production, before it began, the
/// nearest first; those that a person has judged stand among them whatever their age.
pub fn candidate_causes(snapshot: &Snapshot, incident: usize) -> Vec<super::CandidateCause> {
    let (data, links) = (&snapshot.data, &snapshot.links);
    let (d, incidents) = (&data.deployments, &data.incidents);
    let began = incidents.began[incident];
    let judged = &incidents.causes[incident];
    let end = d.finished.partition_point(|&at| at <= began);
    let is_candidate = |row: usize| {
        d.finished[row] != NO_TIME
            && began - d.finished[row] <= CANDIDATE_DAYS * 86_400_000_000
            && data.catalog.is_production(d.environment[row])
            && (incidents.service[incident] == NO_CODE || incidents.service[incident] == d.service[row])
    };
    let mut rows: Vec<usize> = (0..end).rev().filter(|&row| is_candidate(row)).take(MOST_CANDIDATES).collect();
    for &(row, _) in judged {
        if !rows.contains(&(row as usize)) {
            rows.push(row as usize);
        }
    }
    rows.into_iter()
        .map(|row| super::CandidateCause {
            deployment: row as u32,
            key: d.key[row],
            service: data.catalog.service(d.service[row]).map(|s| s.name.clone()).unwrap_or_default(),
            environment: data.catalog.environment(d.environment[row]).map(|e| e.name.clone()).unwrap_or_default(),
            secs_before: (began - d.finished[row]) as f64 / 1e6,
            finished: d.finished[row],
            commits: links.arrivals(row).len(),
            changes: links.changes.get(row).len(),
            status: d.status[row],
            state: judged.iter().find(|(judged, _)| *judged as usize == row).map(|(_, state)| *state),
        })
        .collect()
}
