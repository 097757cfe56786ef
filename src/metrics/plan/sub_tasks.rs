//! Sub-tasks in a sprint: parts of the item they belong to.

use rustc_hash::FxHashMap;

/// Which items belong to which.
pub(super) struct Parts<'a> {
    parents: &'a FxHashMap<u32, u32>,
    children: FxHashMap<u32, Vec<u32>>,
}

impl<'a> Parts<'a> {
    pub fn new(parents: &'a FxHashMap<u32, u32>) -> Self {
        let mut children: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for (item, parent) in parents {
            children.entry(*parent).or_default().push(*item);
        }
        // Sums of numbers with a point depend on their order.
        children.values_mut().for_each(|parts| parts.sort_unstable());
        Self { parents, children }
    }

    pub fn parent_of(&self, item: u32) -> Option<u32> {
        self.parents.get(&item).copied()
    }

    pub fn of(&self, item: u32) -> &[u32] {
        self.children.get(&item).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use rustc_hash::FxHashMap;

    use crate::metrics::plan::ledger::{Cause, ItemFact, SprintFacts, SprintReport, Unit, What, fold_with_parts};
    use crate::model::Time;
    use crate::model::plan::ItemState;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    const START: &str = "2026-03-23T08:00:00Z";

    fn fact(item: u32, when: &str, what: What) -> ItemFact {
        ItemFact { item, at: at(when), seq: 0, what, reason: None }
    }

    /// Items with their points in the sprint at its start, and what happens then.
    fn report(items: &[(u32, Option<f64>)], later: Vec<ItemFact>, parents: &[(u32, u32)]) -> SprintReport {
        let sprint = SprintFacts {
            started_at: Some(at(START)),
            ends: vec![(at(START), at("2026-04-03T15:00:00Z"))],
            ..SprintFacts::default()
        };
        let mut facts = later;
        for (item, points) in items {
            facts.extend(points.map(|points| fact(*item, START, What::Points(Some(points)))));
            facts.push(fact(*item, START, What::Joined(sprint.number)));
        }
        let parents = FxHashMap::from_iter(parents.iter().copied());
        fold_with_parts(&sprint, &facts, Unit::Points, (0.0, &parents), at("2026-03-27T00:00:00Z")).unwrap()
    }

    fn scopes(report: &SprintReport) -> Vec<f64> {
        report.steps.iter().map(|step| step.scope).collect()
    }

    #[test]
    fn sub_tasks_add_no_points_and_make_up_for_a_missing_estimate() {
        let items = [(20, None), (21, Some(5.0)), (22, Some(2.0)), (23, Some(3.0)), (24, Some(2.0))];
        let later = vec![fact(23, "2026-03-25T10:00:00Z", What::Points(Some(4.0)))];
        let report = report(&items, later, &[(22, 20), (23, 20), (24, 21)]);
        assert_eq!((report.commitment.value, report.commitment.unestimated), (10.0, 0));
        assert_eq!(scopes(&report), [10.0, 11.0], "a part was estimated anew");
    }

    #[test]
    fn an_estimate_that_comes_later_changes_nothing_before() {
        let later = vec![fact(1, "2026-03-25T10:00:00Z", What::Points(Some(8.0)))];
        let report = report(&[(1, None), (2, Some(3.0)), (3, Some(2.0))], later, &[(2, 1), (3, 1)]);
        assert_eq!((report.commitment.value, scopes(&report)), (5.0, vec![5.0, 8.0]));
    }

    #[test]
    fn an_epic_that_comes_later_takes_nothing_from_its_stories() {
        let later = vec![
            fact(9, START, What::Points(Some(40.0))),
            fact(9, "2026-03-24T10:00:00Z", What::Joined(0)),
            fact(9, "2026-03-24T11:00:00Z", What::Left(0)),
        ];
        let report = report(&[(2, Some(3.0)), (3, Some(2.0))], later, &[(2, 9), (3, 9)]);
        assert_eq!((report.commitment.value, scopes(&report)), (5.0, vec![5.0, 45.0, 5.0]));
        assert_eq!(report.not_completed.value, 5.0);
    }

    #[test]
    fn a_finished_story_keeps_its_points_when_its_epic_comes() {
        let later = vec![
            fact(2, "2026-03-24T09:00:00Z", What::State(ItemState::Done)),
            fact(9, "2026-03-24T10:00:00Z", What::Joined(0)),
            fact(9, "2026-03-24T11:00:00Z", What::Points(Some(8.0))),
            fact(4, START, What::Points(Some(1.0))),
            fact(4, "2026-03-25T10:00:00Z", What::Joined(0)),
        ];
        let report = report(&[(2, Some(3.0)), (3, Some(2.0))], later, &[(2, 9), (4, 9)]);
        assert_eq!(scopes(&report), [5.0, 5.0, 5.0, 13.0], "what joins below it is a part of it");
        let done: Vec<f64> = report.steps.iter().map(|step| step.done).collect();
        assert_eq!(done, [0.0, 3.0, 3.0, 3.0]);
        let (sum, ended) =
            (report.commitment.value + report.added.value, report.completed.value + report.not_completed.value);
        assert_eq!((report.commitment.value, report.added.value, report.completed.value), (5.0, 8.0, 3.0));
        assert_eq!(sum, ended, "what came is what ended");
    }

    #[test]
    fn what_is_taken_out_by_mistake_covers_its_parts_again_when_it_comes_back() {
        let later =
            vec![fact(1, "2026-03-24T10:00:00Z", What::Left(0)), fact(1, "2026-03-24T10:05:00Z", What::Joined(0))];
        let report = report(&[(1, Some(8.0)), (2, Some(3.0))], later, &[(2, 1)]);
        assert_eq!(scopes(&report), [8.0, 3.0, 8.0]);
    }

    #[test]
    fn a_part_that_is_cancelled_leaves_the_scope_and_one_that_comes_adds_to_it() {
        let later = vec![
            fact(3, "2026-03-24T10:00:00Z", What::State(ItemState::Cancelled)),
            fact(4, START, What::Points(Some(1.0))),
            fact(4, "2026-03-25T10:00:00Z", What::Joined(0)),
            fact(1, "2026-03-26T10:00:00Z", What::State(ItemState::Done)),
            fact(2, "2026-03-26T11:00:00Z", What::Points(Some(7.0))),
        ];
        let report = report(&[(1, None), (2, Some(3.0)), (3, Some(2.0))], later, &[(2, 1), (3, 1), (4, 1)]);
        assert_eq!(scopes(&report), [5.0, 3.0, 4.0, 4.0], "what it was worth when it was done stays");
        assert_eq!((report.cancelled.value, report.added.value, report.completed.value), (2.0, 1.0, 4.0));
        assert_eq!(report.steps[1].cause, Cause::Cancelled);
    }
}
