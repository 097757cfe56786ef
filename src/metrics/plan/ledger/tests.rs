use proptest::prelude::*;
use rustc_hash::FxHashMap;

use super::*;
use crate::metrics::Calendar;
use crate::metrics::plan::WorkingTime;
use crate::model::Time;
use crate::model::plan::ItemState;

fn at(text: &str) -> Time {
    // The golden sprint is told in local time: the clocks change on 29 March.
    let zone = crate::model::zone_from_name("Europe/Berlin").unwrap();
    let local: jiff::civil::DateTime = text.parse().unwrap();
    Time::from_timestamp(local.to_zoned(zone).unwrap().timestamp())
}

fn fact(item: u32, when: &str, what: What) -> ItemFact {
    ItemFact { item, at: at(when), seq: 0, what, reason: None }
}

const BEFORE: &str = "2026-03-20T09:00:00";
const A: u32 = 0;
const B: u32 = 1;
const C: u32 = 2;
const D: u32 = 3;
const E: u32 = 4;
const F: u32 = 5;
const G: u32 = 6;
const H: u32 = 7;

fn golden() -> (SprintFacts, Vec<ItemFact>) {
    use ItemState::{Cancelled, Done, InProgress};
    use What::{Joined, Left, Points, State};
    let mut facts = Vec::new();
    for (item, points) in [(A, Some(5.0)), (B, Some(3.0)), (C, Some(8.0)), (D, Some(2.0)), (E, None), (F, Some(3.0))] {
        facts.push(fact(item, BEFORE, Points(points)));
        facts.push(fact(item, BEFORE, Joined(1)));
    }
    facts.push(fact(F, "2026-03-21T10:00:00", State(Done)));
    facts.push(fact(A, "2026-03-24T10:00:00", State(Done)));
    facts.push(fact(G, "2026-03-25T10:59:00", Points(Some(4.0))));
    facts.push(ItemFact { reason: Some("incident".into()), ..fact(G, "2026-03-25T11:00:00", Joined(1)) });
    facts.push(fact(C, "2026-03-26T14:00:00", Points(Some(5.0))));
    facts.push(fact(B, "2026-03-27T16:00:00", State(Done)));
    facts.push(fact(B, "2026-03-30T09:30:00", State(InProgress)));
    facts.push(fact(D, "2026-03-30T12:00:00", Left(1)));
    facts.push(fact(H, "2026-03-31T08:59:00", Points(Some(1.0))));
    facts.push(fact(H, "2026-03-31T09:00:00", Joined(1)));
    facts.push(fact(H, "2026-04-01T09:00:00", State(Cancelled)));
    facts.push(fact(B, "2026-04-01T15:00:00", State(Done)));
    facts.push(fact(C, "2026-04-03T18:00:00", State(Done)));
    // After the close: carried on into the next sprint, which this one does not see.
    facts.push(fact(G, "2026-04-08T09:00:00", Left(1)));
    facts.push(fact(G, "2026-04-08T09:00:00", Joined(2)));
    facts.push(fact(G, "2026-04-09T09:00:00", State(Done)));
    let sprint = SprintFacts {
        number: 1,
        started_at: Some(at("2026-03-23T09:00:00")),
        ends: vec![(at(BEFORE), at("2026-04-03T17:00:00")), (at("2026-04-02T10:00:00"), at("2026-04-07T17:00:00"))],
        closed_at: Some(at("2026-04-07T17:10:00")),
    };
    (sprint, facts)
}

fn easter() -> WorkingTime {
    let days = ["2026-04-03", "2026-04-06"].map(|day| (day.parse().unwrap(), false));
    let calendar = Calendar { exceptions: days.into(), ..Calendar::default() };
    WorkingTime { zone: crate::model::zone_from_name("Europe/Berlin").unwrap(), calendar }
}

#[test]
fn what_the_sprint_did_is_its_work_again_when_it_comes_back() {
    let (sprint, mut facts) = golden();
    // A was done by the sprint on the 24th; F was done before it began. Both are taken out and put back.
    for (item, day) in [(A, "2026-03-30"), (F, "2026-03-31")] {
        facts.push(fact(item, &format!("{day}T10:00:00"), What::Left(1)));
        facts.push(fact(item, &format!("{day}T12:00:00"), What::Joined(1)));
    }
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    let outcome = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap();
    assert_eq!((outcome(A).ending, outcome(F).ending), (Ending::Completed, Ending::CompletedOutside));
    assert!(outcome(A).is_committed && !outcome(A).is_added, "a second step up, and still committed");
    let last = report.steps.last().unwrap();
    assert_eq!((report.completed.value, last.scope, last.done), (13.0, 17.0, 13.0));
}

#[test]
fn the_golden_sprint_is_reproduced() {
    let (sprint, facts) = golden();
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!((report.commitment.value, report.commitment.unestimated), (18.0, 1));
    let rows: Vec<_> = report.steps.iter().map(|step| (step.cause, step.scope, step.done, step.remaining)).collect();
    assert_eq!(
        rows,
        [
            (Cause::Start, 18.0, 0.0, 18.0),
            (Cause::Done, 18.0, 5.0, 13.0),
            (Cause::Added, 22.0, 5.0, 17.0),
            (Cause::Estimated, 19.0, 5.0, 14.0),
            (Cause::Done, 19.0, 8.0, 11.0),
            (Cause::Reopened, 19.0, 5.0, 14.0),
            (Cause::Removed, 17.0, 5.0, 12.0),
            (Cause::Added, 18.0, 5.0, 13.0),
            (Cause::Cancelled, 17.0, 5.0, 12.0),
            (Cause::Done, 17.0, 8.0, 9.0),
            (Cause::Done, 17.0, 13.0, 4.0),
        ]
    );
    assert_eq!(report.completed.value, 13.0);
    assert_eq!((report.completed_added.value, report.completed_late.value), (0.0, 5.0));
    assert_eq!((report.reworked, report.not_completed.items), (1, 2));
    let ending = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap().ending;
    assert_eq!(ending(F), Ending::CompletedOutside);
    assert_eq!(
        [D, E, G, H].map(ending),
        [Ending::Removed, Ending::NotCompleted, Ending::NotCompleted, Ending::Cancelled]
    );
    let added = report.steps.iter().find(|step| step.cause == Cause::Added).unwrap();
    assert_eq!(added.reason.as_deref(), Some("incident"));
}

#[test]
fn what_goes_counts_for_what_the_scope_sank_by() {
    use What::{Left, Points, State};
    let (sprint, mut facts) = golden();
    // Estimated anew once they were gone, or before.
    facts.push(fact(D, "2026-03-31T12:00:00", Points(Some(13.0))));
    facts.push(fact(H, "2026-04-01T10:00:00", Points(Some(8.0))));
    facts.push(fact(E, "2026-03-24T09:00:00", Points(Some(3.0))));
    facts.push(fact(E, "2026-03-24T10:00:00", State(ItemState::Cancelled)));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!((report.removed.value, report.cancelled.value), (2.0, 4.0));
    // Nobody had estimated it when it was committed: nothing is taken off.
    assert_eq!(report.wanted(), 18.0);
    let (sprint, mut facts) = golden();
    facts.push(fact(B, "2026-03-24T09:00:00", Points(Some(8.0))));
    facts.push(fact(B, "2026-03-25T09:00:00", State(ItemState::Cancelled)));
    facts.retain(|fact| fact.item != B || fact.at <= at("2026-03-25T09:00:00"));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!((report.commitment.value, report.cancelled.value, report.wanted()), (18.0, 9.0, 15.0));
    let kept = Sums::of_kept(&serde_json::to_string(&report).unwrap()).unwrap();
    assert_eq!(kept.wanted, 15.0);
    // Back before the close, it is not gone.
    facts.push(fact(D, "2026-04-01T09:00:00", What::Joined(1)));
    facts.push(fact(D, "2026-04-01T09:00:01", Left(2)));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!(report.removed.items, 0);
}

#[test]
fn the_commitment_is_what_is_there_when_the_grace_ends() {
    let (sprint, facts) = golden();
    let grace = 2.0 * 86_400.0;
    let moves = |moves: &[(u32, &str, What)]| {
        let mut facts = facts.clone();
        facts.retain(|fact| fact.item != D);
        facts.push(fact(D, BEFORE, What::Points(Some(2.0))));
        facts.push(fact(D, BEFORE, What::Joined(1)));
        facts.extend(moves.iter().map(|(item, when, what)| fact(*item, when, *what)));
        fold(&sprint, &facts, Unit::Points, grace, at("2026-05-01T00:00:00")).unwrap()
    };
    // Out within the grace and never back: no change of what was committed.
    let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1))]);
    assert_eq!((report.commitment.value, report.removed.items), (16.0, 0));
    assert!(report.outcomes.iter().all(|outcome| outcome.item != D));
    // Back after it: added.
    let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1)), (D, "2026-03-27T12:00:00", What::Joined(1))]);
    let outcome = report.outcomes.iter().find(|outcome| outcome.item == D).unwrap();
    assert!(outcome.is_added && !outcome.is_committed, "{outcome:?}");
    // Back within it: committed as before.
    let report = moves(&[(D, "2026-03-24T12:00:00", What::Left(1)), (D, "2026-03-24T13:00:00", What::Joined(1))]);
    assert_eq!((report.commitment.value, report.added.items), (18.0, 2));
}

#[test]
fn what_costs_nothing_is_told_when_it_comes() {
    let (sprint, mut facts) = golden();
    facts.push(fact(8, "2026-03-26T09:00:00", What::Points(Some(0.0))));
    facts.push(fact(8, "2026-03-26T10:00:00", What::Joined(1)));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    let step = report.steps.iter().find(|step| step.item == Some(8)).unwrap();
    assert_eq!((step.cause, step.scope), (Cause::Added, 22.0));
}

#[test]
fn the_ideal_line_rests_on_free_days_and_has_a_knee() {
    let (sprint, facts) = golden();
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    let working = easter();
    let (start, first, second) = (report.started_at, report.ends[0].1, report.ends[1].1);
    assert_eq!(first.secs_since(start) / 3600.0, 271.0);
    assert_eq!((working.working_days(start, first), working.working_days(start, second)), (9, 10));
    let line = report.ideal(&working);
    assert_eq!((line[0].1, line.last().unwrap().1), (18.0, 0.0));
    assert!(line.windows(2).all(|pair| pair[0].1 >= pair[1].1 - 1e-9 && pair[0].0 <= pair[1].0), "{line:?}");
    let value = |when: &str| line.iter().rev().find(|(time, _)| *time <= at(when)).unwrap().1;
    assert_eq!(value("2026-03-28T00:00:00"), value("2026-03-30T00:00:00"), "a weekend");
    // The end is moved before the first one comes: the line does not reach nothing there.
    assert!(value("2026-04-03T17:00:00") > 0.0);
}

#[test]
fn the_pace_that_is_needed_starts_at_what_is_left_now() {
    let (sprint, facts) = golden();
    let running = SprintFacts { closed_at: None, ..sprint.clone() };
    let now = at("2026-03-27T17:00:00");
    let report = fold(&running, &facts, Unit::Points, 0.0, now).unwrap();
    let line = report.needed(&easter());
    assert_eq!((line[0], *line.last().unwrap()), ((now, 11.0), (report.planned_end(), 0.0)));
    let value = |when: &str| line.iter().rev().find(|(time, _)| *time <= at(when)).unwrap().1;
    assert_eq!(value("2026-03-28T12:00:00"), value("2026-03-30T00:00:00"), "nobody works on a weekend");
    let over = fold(&running, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert!(over.needed(&easter()).is_empty(), "the end is past");
    let closed = fold(&sprint, &facts, Unit::Points, 0.0, now).unwrap();
    assert!(closed.needed(&easter()).is_empty());
}

#[test]
fn what_is_cancelled_is_no_part_of_what_was_wanted() {
    let (sprint, _) = golden();
    let mut facts = Vec::new();
    for item in [A, B] {
        facts.push(fact(item, BEFORE, What::Points(Some(1.0))));
        facts.push(fact(item, BEFORE, What::Joined(sprint.number)));
    }
    facts.push(fact(A, "2026-03-24T10:00:00", What::State(ItemState::Done)));
    facts.push(fact(B, "2026-03-25T10:00:00", What::State(ItemState::Cancelled)));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!((report.commitment.value, report.completed.value, report.wanted()), (2.0, 1.0, 1.0));
}

#[test]
fn what_cannot_be_shown_is_said() {
    let (sprint, facts) = golden();
    let now = at("2026-05-01T00:00:00");
    let closed = SprintFacts { started_at: None, ..sprint.clone() };
    assert_eq!(fold(&closed, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NoHistory);
    let never = SprintFacts { started_at: None, closed_at: None, ..sprint.clone() };
    assert_eq!(fold(&never, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NeverStarted);
    assert_eq!(fold(&sprint, &[], Unit::Points, 0.0, now).unwrap_err(), NoReport::NoItems);
    let backwards = SprintFacts { ends: vec![(at(BEFORE), at("2026-03-01T00:00:00"))], ..sprint };
    assert_eq!(fold(&backwards, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::EndsBeforeStart);
    let at_once = SprintFacts { ends: vec![(at(BEFORE), at(BEFORE))], ..backwards.clone() };
    assert_eq!(fold(&at_once, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::NoTime);
    let late = SprintFacts { ends: vec![(at(BEFORE), at("2026-03-22T00:00:00"))], ..backwards };
    assert_eq!(fold(&late, &facts, Unit::Points, 0.0, now).unwrap_err(), NoReport::StartedAfterEnd);
}

#[test]
fn grace_re_adding_and_late_estimates() {
    let (sprint, mut facts) = golden();
    let now = at("2026-05-01T00:00:00");
    let late = fold(&sprint, &facts, Unit::Points, 3.0 * 86_400.0, now).unwrap();
    assert_eq!(late.commitment.value, 22.0, "G joined within the grace; that A is done by then changes nothing");
    // D comes back and is done; it is committed still. A is estimated anew after it was done: nothing moves.
    facts.push(fact(D, "2026-04-01T10:00:00", What::Joined(1)));
    facts.push(fact(D, "2026-04-02T10:00:00", What::State(ItemState::Done)));
    facts.push(fact(A, "2026-04-02T11:00:00", What::Points(Some(50.0))));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, now).unwrap();
    let outcome = |item: u32| report.outcomes.iter().find(|outcome| outcome.item == item).unwrap().clone();
    assert!(outcome(D).is_committed && !outcome(D).is_added && outcome(D).ending == Ending::Completed);
    assert!(outcome(A).estimated_after_done);
    assert_eq!(report.completed.value, 15.0);
    let items = fold(&sprint, &facts, Unit::Items, 0.0, now).unwrap();
    assert_eq!((items.commitment.value, items.completed.value), (5.0, 4.0));
}

#[test]
fn what_never_was_in_scope_is_neither_added_nor_cancelled_and_what_is_cancelled_is_not_reopened() {
    let (sprint, _) = golden();
    let mut facts = Vec::new();
    for (item, joins) in [(A, BEFORE), (B, BEFORE), (C, "2026-03-25T10:00:00"), (D, "2026-03-25T10:00:00")] {
        facts.push(fact(item, BEFORE, What::Points(Some(2.0))));
        facts.push(fact(item, joins, What::Joined(sprint.number)));
    }
    facts.push(fact(B, BEFORE, What::State(ItemState::Cancelled)));
    facts.push(fact(C, BEFORE, What::State(ItemState::Cancelled)));
    facts.push(fact(D, BEFORE, What::State(ItemState::Cancelled)));
    facts.push(fact(D, "2026-03-26T10:00:00", What::State(ItemState::Ready)));
    facts.push(fact(A, "2026-03-26T11:00:00", What::State(ItemState::Done)));
    facts.push(fact(A, "2026-03-26T12:00:00", What::State(ItemState::Cancelled)));
    let report = fold(&sprint, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00")).unwrap();
    assert_eq!((report.commitment.value, report.added.value, report.added.items), (2.0, 2.0, 1), "D is wanted");
    assert_eq!((report.cancelled.value, report.cancelled.items, report.reworked), (2.0, 1, 0));
    let last = report.steps.last().unwrap();
    assert_eq!(last.scope, report.commitment.value + report.added.value - report.cancelled.value);
}

#[test]
fn an_end_that_was_moved_before_the_start_is_the_planned_one() {
    let (sprint, facts) = golden();
    let moved = (at("2026-03-20T10:00:00"), at("2026-04-05T17:00:00"));
    let ends = vec![sprint.ends[0], moved, sprint.ends[1]];
    let report = fold(&SprintFacts { ends, ..sprint }, &facts, Unit::Points, 0.0, at("2026-05-01T00:00:00"));
    let report = report.unwrap();
    assert_eq!((report.completed_late.value, report.ends.len(), report.ends[0]), (0.0, 2, moved));
}

fn any_fact() -> impl Strategy<Value = ItemFact> {
    let what = prop_oneof![
        Just(What::Joined(1)),
        Just(What::Left(1)),
        (0u32..9).prop_map(|points| What::Points(Some(f64::from(points)))),
        Just(What::Points(None)),
        prop::sample::select(ItemState::ALL.to_vec()).prop_map(What::State),
    ];
    (0u32..6, -20i64..80, what).prop_map(|(item, hours, what)| ItemFact {
        item,
        at: Time(1_774_000_000_000_000 + hours * 3_600_000_000),
        seq: 0,
        what,
        reason: None,
    })
}

proptest! {
    #[test]
    fn order_does_not_matter_and_the_sums_hold(
        facts in prop::collection::vec(any_fact(), 1..60),
        seed in any::<u64>(),
        has_parts in any::<bool>(),
    ) {
        let mut facts = facts;
        for (seq, fact) in facts.iter_mut().enumerate() {
            fact.seq = seq as u32;
        }
        let start = Time(1_774_000_000_000_000);
        let sprint = SprintFacts {
            number: 1,
            started_at: Some(start),
            ends: vec![(start, Time(start.0 + 60 * 3_600_000_000))],
            closed_at: Some(Time(start.0 + 70 * 3_600_000_000)),
        };
        let parents = FxHashMap::from_iter([(1, 0), (2, 0), (3, 1)].into_iter().filter(|_| has_parts));
        let count = |facts: &[ItemFact]| fold_with_parts(&sprint, facts, Unit::Points, (0.0, &parents), start);
        let told = count(&facts);
        let mut shuffled = facts.clone();
        shuffled.sort_by_key(|fact| u64::from(fact.seq).wrapping_mul(seed | 1));
        prop_assert_eq!(&told, &count(&shuffled));
        let Ok(report) = told else { return Ok(()) };
        for step in &report.steps {
            prop_assert!((step.scope - step.done - step.remaining).abs() < 1e-9);
            prop_assert!(step.done >= 0.0 && step.remaining >= -1e-9);
        }
        let last = report.steps.last().unwrap();
        prop_assert!((last.done - report.completed.value).abs() < 1e-9);
        prop_assert!((last.remaining - report.not_completed.value).abs() < 1e-9);
    }
}
