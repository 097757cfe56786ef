//! Asking operations without a server: a small file of items goes out, is answered in another copy of the program, and
//! comes back. What came back is shown as a difference first; merged twice, it changes nothing the second time.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Plan, PlanView, ReviewSaid};
use crate::engine::{EngineError, Workspace};
use crate::model::Time;
use crate::model::people::{NEED_STATES, NEEDS, OpsNeed, REVIEW_STATES};
use crate::model::plan::{Estimates, ItemKind};
use crate::model::record::Record;
use crate::store::Edit;

const FORMAT: &str = "gemba-review";
const VERSION: u32 = 1;
/// A larger file is no list of questions.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewFile {
    format: String,
    version: u32,
    pub asked_at: Time,
    pub asked_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sprint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    pub items: Vec<AskedItem>,
}

/// An item as whoever answers sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AskedItem {
    pub id: String,
    /// Of what was asked; an answer to another version is stale.
    pub version: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub kind: ItemKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimates: Option<Estimates>,
    /// The chance that a deployment of the service fails, and of how many it was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NeedLine {
    pub kind: String,
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unblock: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub by: String,
    pub at: Time,
    /// Needs as they should be: changed, or new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<NeedLine>,
}

/// What an answer would change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MergeLine {
    pub item: String,
    pub title: String,
    pub before: String,
    pub after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What would take a block away, and by when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unblock: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// What was said beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub by: String,
    /// The item is another than the one that was asked about.
    pub is_stale: bool,
    /// The item is not here any more: nothing can be merged.
    pub is_gone: bool,
    /// It was merged before.
    pub is_known: bool,
    /// Something newer was said here since: only who asks for it by name puts this in its place.
    pub is_older: bool,
    /// Why it cannot be taken over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Kind, state here, state in the answer.
    pub needs: Vec<(String, Option<String>, String)>,
}

/// The difference that a file makes.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Merge {
    pub lines: Vec<MergeLine>,
    /// Items without an answer.
    pub unanswered: usize,
}

impl MergeLine {
    /// What is taken over where all are, or where this one was named.
    pub fn is_taken(&self, is_named: bool) -> bool {
        if is_named { self.may_be_taken() } else { self.is_new() }
    }

    pub fn is_new(&self) -> bool {
        self.may_be_taken() && !self.is_older
    }

    pub fn may_be_taken(&self) -> bool {
        !self.is_gone && !self.is_known && self.fault.is_none()
    }
}

fn fault(path: &Path, why: impl std::fmt::Display) -> EngineError {
    EngineError::Other(format!("{}: {why}", path.display()))
}

impl ReviewFile {
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let length = std::fs::metadata(path).map_err(|error| fault(path, error))?.len();
        if length > MOST_BYTES {
            return Err(fault(path, "this is too large for a review file"));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fault(path, error))?;
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| fault(path, format!("not a review file: {error}; ask for it again")))?;
        if value["format"] != FORMAT {
            return Err(fault(path, "not a review file: it was not written by \"ask operations\""));
        }
        if value["version"].as_u64() != Some(u64::from(VERSION)) {
            let version = &value["version"];
            return Err(fault(path, format!("version {version} of a review file is not known; {VERSION} is")));
        }
        let file: Self = serde_json::from_value(value).map_err(|error| fault(path, error))?;
        file.check().map_err(|why| fault(path, why))?;
        Ok(file)
    }

    fn check(&self) -> Result<(), String> {
        for item in &self.items {
            let answer = item.answer.as_ref();
            if let Some(answer) = answer.filter(|answer| !REVIEW_STATES.contains(&answer.state.as_str())) {
                return Err(format!("\"{}\" of {} is none of: {}", answer.state, item.title, REVIEW_STATES.join(", ")));
            }
            let given = answer.map(|answer| answer.needs.as_slice()).unwrap_or_default();
            for need in item.needs.iter().chain(given) {
                let is_known = NEEDS.iter().any(|(kind, _)| *kind == need.kind);
                if !is_known || !NEED_STATES.contains(&need.state.as_str()) {
                    return Err(format!("{} has an unknown need: {} {}", item.title, need.kind, need.state));
                }
            }
        }
        Ok(())
    }

    /// Writes it beside and then in place, so that what was there survives a full disk.
    pub fn write(&self, path: &Path) -> Result<(), EngineError> {
        let text = serde_json::to_string_pretty(self).map_err(|error| fault(path, error))?;
        let beside = path.with_extension("gemba-review.part");
        let written = std::fs::write(&beside, text + "\n").and_then(|()| std::fs::rename(&beside, path));
        written.map_err(|error| fault(path, error))
    }

    /// The one item that a text means: its id, its title, or how its id ends.
    pub fn item(&self, text: &str) -> Result<usize, EngineError> {
        let found = |is: &dyn Fn(&AskedItem) -> bool| -> Vec<usize> {
            (0..self.items.len()).filter(|n| is(&self.items[*n])).collect()
        };
        let ways: [&dyn Fn(&AskedItem) -> bool; 3] =
            [&|item| item.id == text, &|item| item.title == text, &|item| !text.is_empty() && item.id.ends_with(text)];
        let found = ways.iter().map(|is| found(is)).find(|found| !found.is_empty()).unwrap_or_default();
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(EngineError::NoSuch {
                what: "item in the file",
                name: text.to_owned(),
                known: self.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>().join(", "),
            }),
            _ => Err(EngineError::Other(format!("\"{text}\" may be {} items: give more of its id", found.len()))),
        }
    }

    /// Answers for an item, in the name of whoever runs the program.
    pub fn answer(&mut self, n: usize, said: &ReviewSaid, needs: Vec<NeedLine>, at: Time) -> Result<(), EngineError> {
        if let Some(fault) = said.fault() {
            return Err(EngineError::Other(fault));
        }
        let before = self.items[n].answer.replace(Answer {
            state: said.state.clone(),
            reason: said.reason.clone(),
            unblock: said.unblock.clone(),
            due: said.due.clone(),
            text: said.text.clone(),
            by: crate::engine::starts::who(),
            at,
            needs,
        });
        let checked = self.check();
        if checked.is_err() {
            self.items[n].answer = before;
        }
        checked.map_err(EngineError::Other)
    }
}

impl AskedItem {
    /// Its needs, with what the answer says of them.
    pub fn needs_as_answered(&self) -> Vec<NeedLine> {
        let mut needs = self.needs.clone();
        for said in self.answer.iter().flat_map(|answer| &answer.needs) {
            match needs.iter_mut().find(|need| need.kind == said.kind) {
                Some(need) => need.clone_from(said),
                None => needs.push(said.clone()),
            }
        }
        needs
    }
}

impl Answer {
    pub fn said(&self) -> ReviewSaid {
        ReviewSaid {
            state: self.state.clone(),
            reason: self.reason.clone(),
            unblock: self.unblock.clone(),
            due: self.due.clone(),
            text: self.text.clone(),
        }
    }

    /// Told apart by what it says, so that it is known when it comes again.
    fn id(&self, item: &str) -> String {
        let about = serde_json::json!([item, self]).to_string();
        format!("review/{}", &super::acts::hash_of(&about)[..24])
    }
}

impl Plan {
    /// What the answers of a file would change here.
    pub fn merge(&self, file: &ReviewFile) -> Merge {
        let mut merge = Merge::default();
        for asked in &file.items {
            let Some(answer) = &asked.answer else {
                merge.unanswered += 1;
                continue;
            };
            let n = self.place_of(&asked.id);
            let said = n.and_then(|n| self.review_of(n));
            let state_of =
                |kind: &str| self.needs_of(&asked.id).find(|need| need.kind == kind).map(|need| need.state.clone());
            let needs = answer.needs.iter().map(|need| (need.kind.clone(), state_of(&need.kind), need.state.clone()));
            merge.lines.push(MergeLine {
                item: asked.id.clone(),
                title: asked.title.clone(),
                is_older: said.as_ref().is_some_and(|said| said.review.at > answer.at),
                fault: answer.said().fault(),
                before: said.map_or_else(|| "not_asked".to_owned(), |said| said.review.state),
                after: answer.state.clone(),
                reason: answer.reason.clone(),
                unblock: answer.unblock.clone(),
                due: answer.due.clone(),
                text: answer.text.clone(),
                by: answer.by.clone(),
                is_stale: n.is_some_and(|n| self.version(n) != asked.version),
                is_gone: n.is_none(),
                is_known: self.reviews.iter().any(|review| review.id == answer.id(&asked.id)),
                needs: needs.filter(|(_, here, there)| here.as_ref() != Some(there)).collect(),
            });
        }
        merge
    }
}

impl PlanView {
    /// The questions about items, with what this copy knows of them.
    pub fn review_file(&self, items: &[usize], question: Option<String>) -> ReviewFile {
        let plan = &self.plan;
        let asked = items.iter().map(|&n| {
            let item = &plan.items[n];
            let service = item.service.as_ref().and_then(|id| self.services.get(id));
            let needs = plan.needs_of(&item.id).map(|need| NeedLine {
                kind: need.kind.clone(),
                state: need.state.clone(),
                note: need.note.clone(),
            });
            AskedItem {
                id: item.id.clone(),
                version: plan.version(n),
                title: item.title.clone(),
                description: item.description.clone(),
                kind: item.kind,
                service: item.service.clone(),
                estimates: item.estimates,
                risk: service.and_then(|service| service.risk).map(|risk| (risk.chance * 1000.0).round() / 1000.0),
                needs: needs.collect(),
                answer: None,
            }
        });
        ReviewFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            asked_at: self.now,
            asked_by: crate::engine::starts::who(),
            sprint: self.sprint.map(|n| plan.sprints[n].name.clone()),
            question,
            items: asked.collect(),
        }
    }
}

impl Workspace {
    /// Writes the questions about items to a file and notes that operations was asked; tells how many were.
    pub fn ask_by_file(
        &self,
        path: &Path,
        sprint: Option<&str>,
        items: &[String],
        question: Option<String>,
    ) -> Result<usize, EngineError> {
        let view = self.plan_view(sprint)?;
        let plan = &view.plan;
        let places = if items.is_empty() {
            let members = view.members.iter().map(|n| *n as usize);
            members.filter(|n| !plan.is_over(*n)).collect()
        } else {
            items.iter().map(|text| plan.item(text)).collect::<Result<Vec<usize>, _>>()?
        };
        if places.is_empty() {
            return Err(EngineError::Other("there is no item to ask about: name a sprint or items".to_owned()));
        }
        if let Ok(known) = ReviewFile::read(path) {
            let unmerged = plan.merge(&known).lines.iter().filter(|line| line.is_new()).count();
            if unmerged > 0 {
                let why = format!(
                    "it holds {unmerged} answers that were not taken over yet: merge them, or write to another file"
                );
                return Err(fault(path, why));
            }
        }
        view.review_file(&places, question).write(path)?;
        self.ask_reviews(&places.iter().map(|n| plan.items[*n].id.clone()).collect::<Vec<_>>())?;
        Ok(places.len())
    }

    /// Takes the answers of a file over, of the chosen items or of all, as one step. What was merged before, and what is
    /// about items that are not here, is passed over.
    pub fn merge_reviews(&self, file: &ReviewFile, chosen: Option<&[String]>) -> Result<Merge, EngineError> {
        let plan = self.plan()?;
        let mut merge = plan.merge(file);
        merge.lines.retain(|line| chosen.is_none_or(|chosen| chosen.contains(&line.item)));
        let mut edits = Vec::new();
        let now = self.now();
        for line in merge.lines.iter().filter(|line| line.is_taken(chosen.is_some())) {
            let Some(asked) = file.items.iter().find(|asked| asked.id == line.item) else { continue };
            let (Some(answer), Some(n)) = (&asked.answer, plan.place_of(&asked.id)) else { continue };
            // One that is put in the place of something newer counts from now, and none is of the days to come.
            let at = if line.is_older { now } else { answer.at.min(now) };
            let mut record = plan.review_record(n, &answer.said(), &answer.by, at)?;
            if let Record::OpsReview(review) = &mut record {
                review.id = answer.id(&asked.id);
                // The answer's own needs are part of what it approves.
                review.item_version =
                    Some(if line.is_stale { asked.version.clone() } else { plan.version_with(n, &answer.needs) });
            }
            edits.push(Edit::Record { before: None, after: Some(Box::new(record)) });
            edits.extend(answer.needs.iter().filter_map(|need| need_edit(&plan, &asked.id, need)));
        }
        if !edits.is_empty() {
            self.store.apply_edits("Merge reviews", &edits, now)?;
        }
        Ok(merge)
    }
}

/// What brings a need to what the answer says; nothing where it is so already.
fn need_edit(plan: &Plan, item: &str, need: &NeedLine) -> Option<Edit> {
    let known = plan.needs_of(item).find(|known| known.kind == need.kind);
    if known.is_some_and(|known| known.state == need.state) {
        return None;
    }
    let fresh = || OpsNeed {
        connection: crate::model::record::FILE_CONNECTION.to_owned(),
        id: uuid::Uuid::now_v7().to_string(),
        item: item.to_owned(),
        kind: need.kind.clone(),
        ..OpsNeed::default()
    };
    let mut after = known.cloned().unwrap_or_else(fresh);
    after.state.clone_from(&need.state);
    after.note = need.note.clone().or(after.note);
    let record = |need: &OpsNeed| Box::new(Record::OpsNeed(need.clone()));
    Some(Edit::Record { before: known.map(record), after: Some(record(&after)) })
}
