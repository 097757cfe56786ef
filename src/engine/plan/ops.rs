//! What operations is asked for and says: needs of an item, and reviews that grow stale when the item changes.

use std::collections::BTreeMap;

use serde_json::json;

use super::review_file::NeedLine;
use super::{Deployed, Plan, ServiceFacts};
use crate::engine::{EngineError, Workspace};
use crate::metrics::plan::budget::BudgetState;
use crate::metrics::plan::needs::{self, Why};
use crate::metrics::plan::risk::{Band, Rated};
use crate::metrics::plan::{WorkingTime, nearest_rank};
use crate::model::Time;
use crate::model::people::{BLOCK_REASONS, OpsNeed, OpsReview, REVIEW_STATES};
use crate::model::plan::ItemState;
use crate::model::record::{FILE_CONNECTION, Record};
use crate::store::Edit;

/// What operations said of an item last.
#[derive(Clone, Debug)]
pub struct Review {
    pub review: OpsReview,
    /// The item has changed since: ask again.
    pub is_stale: bool,
}

impl Plan {
    pub fn needs_of<'a>(&'a self, item: &'a str) -> impl Iterator<Item = &'a OpsNeed> {
        self.needs.iter().filter(move |need| need.item == item)
    }

    /// What a review is about, as a text: title, description, estimate, service and needs.
    pub(super) fn version(&self, n: usize) -> String {
        self.version_with(n, &[])
    }

    /// The version it has once some of its needs are in other states.
    pub(super) fn version_with(&self, n: usize, changed: &[NeedLine]) -> String {
        let item = &self.items[n];
        let known = self.needs_of(&item.id).map(|need| (need.kind.as_str(), need.state.as_str()));
        let mut needs: Vec<(&str, &str)> =
            known.filter(|(kind, _)| changed.iter().all(|need| need.kind != *kind)).collect();
        needs.extend(changed.iter().map(|need| (need.kind.as_str(), need.state.as_str())));
        needs.sort_unstable();
        let mut about = vec![json!(item.title), json!(item.estimates), json!(item.service), json!(needs)];
        // Items had none once, and what was said of those goes on.
        about.extend(item.description.as_ref().map(|text| json!(text)));
        let about = json!(about).to_string();
        super::acts::hash_of(&about)[..16].to_owned()
    }

    pub fn review_of(&self, n: usize) -> Option<Review> {
        let review = self.reviews.iter().rev().find(|review| review.item == self.items[n].id)?.clone();
        let is_settled = matches!(review.state.as_str(), "approved" | "advised" | "not_needed");
        let is_stale = is_settled && review.item_version.as_ref().is_some_and(|version| *version != self.version(n));
        Some(Review { review, is_stale })
    }
}

/// What operations says of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewSaid {
    pub state: String,
    /// Why; of what is blocked, one of the reasons that are known.
    pub reason: Option<String>,
    /// What would take the block away.
    pub unblock: Option<String>,
    pub due: Option<String>,
    pub text: Option<String>,
}

impl ReviewSaid {
    /// Why it cannot be kept.
    pub fn fault(&self) -> Option<String> {
        let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).is_some();
        let due = self.due.as_deref().map(str::trim).filter(|due| !due.is_empty());
        if let Some(due) = due.filter(|due| due.parse::<jiff::civil::Date>().is_err()) {
            return Some(format!("\"{due}\" is no day: write it like 2026-01-31"));
        }
        let reason = self.reason.as_deref().unwrap_or_default();
        match self.state.as_str() {
            state if !REVIEW_STATES.contains(&state) => {
                Some(format!("\"{state}\" is none of: {}", REVIEW_STATES.join(", ")))
            }
            "blocked" if reason.trim().is_empty() => {
                Some(format!("an item is blocked for a reason: say which of {}", BLOCK_REASONS.join(", ")))
            }
            "blocked" if !BLOCK_REASONS.contains(&reason) => {
                Some(format!("\"{reason}\" is none of the reasons of a block: {}", BLOCK_REASONS.join(", ")))
            }
            "blocked" if reason == "other" && !given(&self.text) => {
                Some("a block for another reason needs a text that says it".to_owned())
            }
            "not_needed" if !given(&self.reason) && !given(&self.text) => {
                Some("say why no review is needed".to_owned())
            }
            _ => None,
        }
    }
}

/// What reviews cost and what came of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReviewWorth {
    pub answered: usize,
    /// Median working hours from the question to the answer.
    pub median_wait_h: Option<f64>,
    /// Of the answers, those that said no.
    pub blocked: usize,
    /// Of the items that were advised, those that changed afterwards.
    pub advised: usize,
    pub changed: usize,
    /// Items that went into production after a yes or advice, after a no, and without a question; and those of them whose
    /// deployment failed.
    pub approved: Rated,
    pub refused: Rated,
    pub not_asked: Rated,
}

/// An item that was done longer before the next deployment of its service went out some other way.
const DEPLOYED_WITHIN: i64 = 30 * 86_400_000_000;

fn next_after(deployed: &[Deployed], done: Time) -> Option<Deployed> {
    let next = deployed.get(deployed.partition_point(|deployed| deployed.at < done))?;
    (next.at.0 - done.0 <= DEPLOYED_WITHIN).then_some(*next)
}

/// What an item may need and nobody has spoken of.
pub fn suggestions(plan: &Plan, n: usize, services: &BTreeMap<String, ServiceFacts>) -> Vec<(&'static str, Why)> {
    let item = &plan.items[n];
    let known: Vec<&OpsNeed> = plan.needs_of(&item.id).collect();
    let days = item.service.as_ref().map(|id| services.get(id).and_then(|service| service.days_since_deployment));
    // Where nothing is known of deployments at all, silence says nothing.
    let is_deployed = services.values().any(|service| service.days_since_deployment.is_some());
    let service = item.service.as_ref().and_then(|id| services.get(id));
    let around = needs::Around {
        deployed: days.filter(|_| is_deployed),
        incidents: service.map_or(&[], |service| &service.incidents),
        left_open: left_open(plan, n),
    };
    needs::suggested(item, &known, &around)
}

/// Needs that were still open when the last item of the same service was done: each kind, and that item's title.
fn left_open(plan: &Plan, n: usize) -> Vec<(&str, &str)> {
    let Some(service) = &plan.items[n].service else { return Vec::new() };
    let open = plan.needs.iter().filter(|need| needs::is_open(need));
    let done = open.filter_map(|need| {
        let of = &plan.items[plan.place_of(&need.item)?];
        (of.service.as_ref() == Some(service) && of.id != plan.items[n].id).then_some((of.done_at?, need, of))
    });
    let mut done: Vec<_> = done.collect();
    done.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    let last = done.first().map(|(_, _, of)| of.id.clone());
    let of_last = done.into_iter().filter(|(_, _, of)| Some(&of.id) == last.as_ref());
    of_last.map(|(_, need, of)| (need.kind.as_str(), of.title.as_str())).collect()
}

/// Items of risky services, or of those whose error budget runs out, that operations has not approved as they are now.
pub fn unapproved_of(plan: &Plan, members: &[usize], services: &BTreeMap<String, ServiceFacts>) -> Vec<usize> {
    let is_risky = |n: &usize| {
        let service = plan.items[*n].service.as_ref().and_then(|id| services.get(id));
        service.is_some_and(|service| {
            let is_high = service.risk.is_some_and(|risk| risk.deployed > 0 && risk.band() == Band::High);
            is_high || service.budget.is_some_and(|budget| budget.state() != BudgetState::Free)
        })
    };
    let is_approved = |n: usize| {
        let said = plan.review_of(n);
        said.is_some_and(|said| {
            !said.is_stale && matches!(said.review.state.as_str(), "approved" | "advised" | "not_needed")
        })
    };
    members.iter().copied().filter(|n| !plan.is_over(*n) && is_risky(n) && !is_approved(*n)).collect()
}

impl Plan {
    /// What the reviews of all items cost and brought, with the deployments of each service.
    pub fn review_worth(&self, working: &WorkingTime, deployed: &BTreeMap<String, Vec<Deployed>>) -> ReviewWorth {
        let mut worth = ReviewWorth::default();
        let mut asked: BTreeMap<&str, Time> = BTreeMap::new();
        let mut waits = Vec::new();
        for review in &self.reviews {
            match review.state.as_str() {
                "asked" => {
                    asked.insert(&review.item, review.at);
                }
                "advised" | "approved" | "blocked" | "not_needed" => {
                    worth.answered += 1;
                    worth.blocked += usize::from(review.state == "blocked");
                    if let Some(since) = asked.remove(review.item.as_str()) {
                        waits.push(working.office_hours(since, review.at));
                    }
                    if review.state == "advised"
                        && let Some(n) = self.place_of(&review.item)
                    {
                        worth.advised += 1;
                        let version = review.item_version.as_ref();
                        worth.changed += usize::from(version.is_some_and(|version| *version != self.version(n)));
                    }
                }
                _ => {}
            }
        }
        waits.sort_by(f64::total_cmp);
        worth.median_wait_h = nearest_rank(&waits, 0.5);
        self.count_outcomes(&mut worth, deployed);
        worth
    }

    /// What became of items in production: each is taken to go out with the first deployment of its service that ended
    /// after it was done. Items that were done before anybody asked of any are not held against the question.
    fn count_outcomes(&self, worth: &mut ReviewWorth, deployed: &BTreeMap<String, Vec<Deployed>>) {
        let Some(first) = self.reviews.iter().map(|review| review.at).min() else { return };
        let mut of_item: BTreeMap<&str, Vec<&OpsReview>> = BTreeMap::new();
        for review in &self.reviews {
            of_item.entry(&review.item).or_default().push(review);
        }
        for (item, over_at) in self.items.iter().zip(self.over_at()) {
            let done = over_at.filter(|at| item.state == ItemState::Done && *at >= first);
            let of_service = item.service.as_ref().and_then(|service| deployed.get(service));
            let Some(next) = done.zip(of_service).and_then(|(done, deployed)| next_after(deployed, done)) else {
                continue;
            };
            let mut said = of_item.get(item.id.as_str()).into_iter().flatten();
            let last = said.rfind(|review| review.at <= next.at).map(|review| review.state.as_str());
            match last {
                None | Some("not_asked") => worth.not_asked.count(next.failed),
                Some("approved" | "advised") => worth.approved.count(next.failed),
                Some("blocked") => worth.refused.count(next.failed),
                // Without an answer, and what needs none, say nothing of the answers.
                Some(_) => {}
            }
        }
    }
}

impl Workspace {
    /// Writes down what operations says of an item as it is now.
    pub fn review_item(&self, item: &str, said: &ReviewSaid) -> Result<(), EngineError> {
        let plan = self.plan()?;
        let n = plan.item(item)?;
        let record = plan.review_record(n, said, &crate::engine::starts::who(), self.now())?;
        let edit = Edit::Record { before: None, after: Some(Box::new(record)) };
        self.store.apply_edits("Review item", &[edit], self.now())?;
        Ok(())
    }

    /// Asks operations of items that nobody has asked about, or whose answer is stale, as one step.
    pub fn ask_reviews(&self, items: &[String]) -> Result<usize, EngineError> {
        let plan = self.plan()?;
        let mut edits = Vec::new();
        for text in items {
            let n = plan.item(text)?;
            let said = plan.review_of(n);
            if said.is_some_and(|said| !said.is_stale && said.review.state != "not_asked") {
                continue;
            }
            let asked = ReviewSaid { state: "asked".to_owned(), ..ReviewSaid::default() };
            let record = plan.review_record(n, &asked, &crate::engine::starts::who(), self.now())?;
            edits.push(Edit::Record { before: None, after: Some(Box::new(record)) });
        }
        if !edits.is_empty() {
            self.store.apply_edits("Ask operations", &edits, self.now())?;
        }
        Ok(edits.len())
    }
}

impl Plan {
    /// A review of an item as it is now.
    pub(super) fn review_record(&self, n: usize, said: &ReviewSaid, by: &str, at: Time) -> Result<Record, EngineError> {
        if let Some(fault) = said.fault() {
            return Err(EngineError::Other(fault));
        }
        let mut record = Record::OpsReview(OpsReview {
            connection: FILE_CONNECTION.to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            item: self.items[n].id.clone(),
            state: said.state.clone(),
            reason: said.reason.clone(),
            unblock: said.unblock.clone(),
            due: said.due.clone(),
            text: said.text.clone(),
            by: Some(by.to_owned()),
            at,
            item_version: Some(self.version(n)),
            ..OpsReview::default()
        });
        record.normalise().map_err(|invalid| EngineError::Other(invalid.to_string()))?;
        Ok(record)
    }
}
