//! Sub-tasks in a sprint: parts of the item they belong to.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ledger::{ItemFact, What};
use crate::model::Time;

/// The facts of a sprint's items with sub-tasks taken as parts of the item they belong to: they add no points of their own,
/// and an item that nobody estimated is worth what its parts are together. `parents` says which item each belongs to.
pub fn with_sub_tasks(facts: Vec<ItemFact>, parents: &FxHashMap<u32, u32>) -> Vec<ItemFact> {
    if parents.is_empty() {
        return facts;
    }
    let is_estimate = |fact: &ItemFact| matches!(fact.what, What::Points(Some(_)));
    let estimated: FxHashSet<u32> = facts.iter().filter(|fact| is_estimate(fact)).map(|fact| fact.item).collect();
    let mut parts: FxHashMap<u32, BTreeMap<u32, f64>> = FxHashMap::default();
    let mut found = Vec::with_capacity(facts.len());
    let mut ordered = facts;
    ordered.sort_by_key(|fact| (fact.at, fact.seq, fact.item));
    for fact in ordered {
        let (Some(parent), What::Points(points)) = (parents.get(&fact.item), fact.what) else {
            found.push(fact);
            continue;
        };
        if !estimated.contains(parent) {
            let parts = parts.entry(*parent).or_default();
            parts.insert(fact.item, points.unwrap_or_default());
            let what = What::Points(Some(parts.values().sum()));
            found.push(ItemFact { item: *parent, what, ..fact.clone() });
        }
    }
    // Worth nothing from the start, which is not the same as not estimated.
    let nothing =
        |item: &u32| ItemFact { item: *item, at: Time(i64::MIN), seq: 0, what: What::Points(Some(0.0)), reason: None };
    found.extend(parents.keys().map(nothing));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::plan::ledger::{SprintFacts, Unit, fold};

    #[test]
    fn sub_tasks_add_no_points_and_make_up_for_a_missing_estimate() {
        let at = |text: &str| Time::parse(text).unwrap();
        let start = at("2026-03-23T08:00:00Z");
        let sprint = SprintFacts {
            started_at: Some(start),
            ends: vec![(start, at("2026-04-03T15:00:00Z"))],
            ..SprintFacts::default()
        };
        let fact = |item, at, what| ItemFact { item, at, seq: 0, what, reason: None };
        let (p, q, one, two, three) = (20, 21, 22, 23, 24);
        let mut facts = Vec::new();
        for (item, points) in [(p, None), (q, Some(5.0)), (one, Some(2.0)), (two, Some(3.0)), (three, Some(2.0))] {
            facts.extend(points.map(|points| fact(item, start, What::Points(Some(points)))));
            facts.push(fact(item, start, What::Joined(sprint.number)));
        }
        facts.push(fact(two, at("2026-03-25T10:00:00Z"), What::Points(Some(4.0))));
        let parents = FxHashMap::from_iter([(one, p), (two, p), (three, q)]);
        let facts = with_sub_tasks(facts, &parents);
        let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-03-26T00:00:00Z")).unwrap();
        assert_eq!((report.commitment.value, report.commitment.unestimated), (10.0, 0));
        assert_eq!(report.steps.last().unwrap().scope, 11.0, "a part was estimated anew");
    }
}
