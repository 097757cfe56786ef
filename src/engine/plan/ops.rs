//! What operations is asked for and says: needs of an item, and reviews that grow stale when the item changes.

use std::collections::BTreeMap;

use serde_json::json;

use super::Plan;
use crate::engine::{EngineError, Snapshot, Workspace};
use crate::metrics::plan::needs::{self, Why};
use crate::model::columns::NO_TIME;
use crate::model::people::{OpsNeed, OpsReview};
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

    /// What a review is about, as a text: scope, estimate, service and needs.
    fn version(&self, n: usize) -> String {
        let item = &self.items[n];
        let mut needs: Vec<(&str, &str)> =
            self.needs_of(&item.id).map(|need| (need.kind.as_str(), need.state.as_str())).collect();
        needs.sort_unstable();
        let about = json!([item.title, item.estimates, item.service, needs]).to_string();
        super::acts::hash_of(&about)[..16].to_owned()
    }

    pub fn review_of(&self, n: usize) -> Option<Review> {
        let review = self.reviews.iter().rev().find(|review| review.item == self.items[n].id)?.clone();
        let is_settled = matches!(review.state.as_str(), "approved" | "advised" | "not_needed");
        let is_stale = is_settled && review.item_version.as_ref().is_some_and(|version| *version != self.version(n));
        Some(Review { review, is_stale })
    }
}

/// How many days ago each service was deployed to production last, by its id.
pub fn days_since_deployment(snapshot: &Snapshot) -> BTreeMap<String, i64> {
    let (d, catalog) = (&snapshot.data.deployments, &snapshot.data.catalog);
    let mut last: BTreeMap<u32, i64> = BTreeMap::new();
    for row in 0..d.len() {
        if d.finished[row] != NO_TIME && catalog.is_production(d.environment[row]) {
            let known = last.entry(d.service[row]).or_insert(d.finished[row]);
            *known = (*known).max(d.finished[row]);
        }
    }
    let now = snapshot.now().0;
    let named = last.into_iter().filter_map(|(key, at)| Some((catalog.service(key)?.id.clone(), at)));
    named.map(|(id, at)| (id, (now - at) / 86_400_000_000)).collect()
}

/// What an item may need and nobody has spoken of.
pub fn suggestions(plan: &Plan, n: usize, deployed: &BTreeMap<String, i64>) -> Vec<(&'static str, Why)> {
    let item = &plan.items[n];
    let known: Vec<&OpsNeed> = plan.needs_of(&item.id).collect();
    let days = item.service.as_ref().map(|service| deployed.get(service).copied());
    // Where nothing is known of deployments at all, silence says nothing.
    needs::suggested(item, &known, days.filter(|_| !deployed.is_empty()))
}

impl Workspace {
    /// Writes down what operations says of an item as it is now.
    pub fn review_item(&self, item: &str, state: &str, reason: Option<String>) -> Result<(), EngineError> {
        let plan = self.plan()?;
        let n = plan.item(item)?;
        let mut record = Record::OpsReview(OpsReview {
            connection: FILE_CONNECTION.to_owned(),
            id: uuid::Uuid::now_v7().to_string(),
            item: plan.items[n].id.clone(),
            state: state.to_owned(),
            reason,
            by: Some(crate::engine::starts::who()),
            at: self.now(),
            item_version: Some(plan.version(n)),
            ..OpsReview::default()
        });
        record.normalise().map_err(|invalid| EngineError::Other(invalid.to_string()))?;
        let edit = Edit::Record { before: None, after: Some(Box::new(record)) };
        self.store.apply_edits("Review item", &[edit], self.now())?;
        Ok(())
    }
}
