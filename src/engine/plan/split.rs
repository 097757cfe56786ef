//! An item that is too large, split: it keeps its history and the first part, the others are new items after it.

use super::acts::{ItemChange, NewItem, Writing, give_ranks, new_item};
use crate::engine::{EngineError, Workspace, rank};
use crate::model::plan::{Estimates, Item, Origin};

/// A part of an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    pub title: String,
    pub estimates: Estimates,
}

/// The type of an item's origin that was split off another.
const OF_ITEM: &str = "item";
const SPLIT: &str = "split";

impl Workspace {
    /// Splits an item into parts, as one step. The first part is what the item itself becomes; the others join its
    /// sprint, which a running sprint sees as a change of its scope. A unit that no part is estimated in stays as it is.
    pub fn split_item(&self, text: &str, parts: &[Part]) -> Result<Vec<Item>, EngineError> {
        if parts.len() < 2 || parts.iter().any(|part| part.title.trim().is_empty()) {
            return Err(EngineError::Other("an item is split into two parts or more, each with a title".to_owned()));
        }
        let mut plan = self.plan()?;
        let n = plan.item(text)?;
        if plan.is_over(n) {
            let title = &plan.items[n].title;
            return Err(EngineError::Other(format!("\"{title}\" is over: what is done cannot be split")));
        }
        let places = plan.places();
        let mut writing = Writing::new(self.now());
        if plan.items[n].rank.is_none() {
            give_ranks(&mut plan, &mut writing);
        }
        let estimated = |of: fn(&Estimates) -> Option<f64>| {
            parts.iter().any(|part| of(&part.estimates).is_some()).then(|| of(&parts[0].estimates))
        };
        let change = ItemChange {
            title: Some(parts[0].title.clone()),
            points: estimated(|estimates| estimates.points),
            hours: estimated(|estimates| estimates.hours),
            reason: Some(SPLIT.to_owned()),
            ..ItemChange::default()
        };
        let mut items = vec![self.change_one(&plan, &places, n, &change, &mut writing)?];
        let whole = &plan.items[n];
        let sprint = places[n].iter().map(|at| *at as usize).find(|at| plan.ledgers[*at].closed_at.is_none());
        // Between the item and the one that stands after it.
        let mut last = whole.rank.clone();
        let after = last.as_ref().and_then(|rank| {
            plan.items.iter().filter_map(|item| item.rank.as_ref()).filter(|other| *other > rank).min().cloned()
        });
        for part in &parts[1..] {
            let new = NewItem {
                title: part.title.clone(),
                kind: whole.kind,
                estimates: part.estimates,
                labels: whole.labels.clone().unwrap_or_default(),
                service: whole.service.clone(),
                assignee: whole.assignee.clone(),
                sprint: sprint.map(|at| plan.sprints[at].id.clone()),
                reason: Some(SPLIT.to_owned()),
                parent: whole.parent.clone(),
                origin: Some(Origin { kind: OF_ITEM.to_owned(), id: whole.id.clone() }),
                ..NewItem::default()
            };
            if last.is_some() {
                last = rank::between(last.as_deref(), after.as_deref());
            }
            items.push(new_item(&plan, &new, last.clone(), &mut writing)?);
        }
        self.write("Split item", writing)?;
        Ok(items)
    }
}
