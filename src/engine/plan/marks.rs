//! What a row tells of its item beside its title: found once for all items, so that drawing a row looks nothing up.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Ageing, Plan, ServiceFacts};
use crate::metrics::plan::budget::BudgetState;
use crate::metrics::plan::filter::Beside;
pub use crate::metrics::plan::filter::ReviewMark;
use crate::metrics::plan::needs::is_open;
use crate::metrics::plan::risk::Band;
use crate::model::plan::ItemKind;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub open_needs: u32,
    pub review: ReviewMark,
    /// Of a deployment of its service, where there is a record.
    pub risk: Option<Band>,
    pub is_blocked: bool,
    /// It waits for something that comes later than itself.
    pub is_before_blocker: bool,
    /// For how long it is under way.
    pub age_days: Option<u32>,
    /// A feature of a service whose error budget is spent: reliability goes first.
    pub is_held_back: bool,
    /// Work on reliability of such a service: it goes first.
    pub is_lifted: bool,
}

impl Marks {
    /// What a filter asks of an item beside its own fields.
    pub fn beside(self, carried: u32, is_blocked: bool, today: jiff::civil::Date) -> Beside {
        let Self { open_needs, review, risk, .. } = self;
        Beside { carried, is_blocked, today: Some(today), open_needs, review, risk }
    }
}

pub(super) fn marks(
    plan: &Plan,
    places: &[Vec<u32>],
    services: &BTreeMap<String, ServiceFacts>,
    ageing: &[Ageing],
) -> Vec<Marks> {
    let mut needs: FxHashMap<&str, u32> = FxHashMap::default();
    for need in plan.needs.iter().filter(|need| is_open(need)) {
        *needs.entry(&need.item).or_default() += 1;
    }
    let reviewed: rustc_hash::FxHashSet<&str> = plan.reviews.iter().map(|review| review.item.as_str()).collect();
    let mark = |(n, item): (usize, &crate::model::plan::Item)| {
        if plan.is_over(n) {
            return Marks::default();
        }
        let service = item.service.as_ref().and_then(|id| services.get(id));
        let is_spent =
            service.and_then(|service| service.budget).is_some_and(|budget| budget.state() == BudgetState::Spent);
        let review = if reviewed.contains(item.id.as_str()) { review_mark(plan, n) } else { ReviewMark::NotAsked };
        Marks {
            open_needs: needs.get(item.id.as_str()).copied().unwrap_or_default(),
            review,
            risk: service.and_then(|service| service.risk).filter(|risk| risk.deployed > 0).map(|risk| risk.band()),
            is_blocked: plan.blocked[n].is_some(),
            is_before_blocker: is_before_blocker(plan, places, n),
            age_days: None,
            is_held_back: is_spent && item.kind == ItemKind::Feature,
            is_lifted: is_spent && matches!(item.kind, ItemKind::IncidentAction | ItemKind::Ops | ItemKind::Bug),
        }
    };
    let mut marks: Vec<Marks> = plan.items.iter().enumerate().map(mark).collect();
    for ageing in ageing {
        marks[ageing.item as usize].age_days = Some(ageing.days);
    }
    marks
}

/// Whether something that an item waits for is not done and ranks below it, or is not planned where the item is.
fn is_before_blocker(plan: &Plan, places: &[Vec<u32>], n: usize) -> bool {
    let now_in = |n: usize| {
        let open = places[n].iter().filter(|sprint| plan.ledgers[**sprint as usize].closed_at.is_none());
        open.max().copied()
    };
    let others = plan.items[n].depends_on.iter().flatten().filter_map(|id| plan.place_of(id));
    others.filter(|other| !plan.is_over(*other)).any(|other| match (now_in(n), now_in(other)) {
        (own, its) if own == its => other > n,
        // What waits in the backlog is behind whatever is planned.
        (None, _) => false,
        (Some(_), None) => true,
        (Some(own), Some(its)) => plan.sprints[its as usize].starts_at > plan.sprints[own as usize].starts_at,
    })
}

fn review_mark(plan: &Plan, n: usize) -> ReviewMark {
    match plan.review_of(n) {
        Some(said) if said.is_stale => ReviewMark::Stale,
        Some(said) => match said.review.state.as_str() {
            "asked" => ReviewMark::Asked,
            "blocked" => ReviewMark::Blocked,
            "not_asked" => ReviewMark::NotAsked,
            _ => ReviewMark::Settled,
        },
        None => ReviewMark::NotAsked,
    }
}
