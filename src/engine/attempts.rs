//! Attempts of runs whose system does not count them.
//!
//! GitLab and Forgejo run a run again under its old id and forget how it had ended. The store still knows: a run that
//! ended, and is seen under way or with a later end, is a further attempt. A later look at the end of an earlier attempt
//! stays with that attempt. GitLab starts a pipeline that went well again only to play one more manual job, which is the
//! same attempt; one that failed may be played on, too, and counts as run again.

use crate::model::record::{Record, Run, RunRef};
use crate::model::{Status, Time};
use crate::store::{Store, StoreError};

/// Whether a run that ended so and goes on is a further attempt.
pub(super) type IsAgain = fn(Status) -> bool;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    pub number: u32,
    pub status: Status,
    pub finished_at: Option<Time>,
}

fn known(store: &Store, connection: &str, pipeline: &str, id: &str) -> Result<Vec<Attempt>, StoreError> {
    let found = store.attempts_of(connection, pipeline, id)?;
    let attempt = |(number, status, finished_at)| Attempt { number, status, finished_at };
    Ok(found.into_iter().map(attempt).collect())
}

/// Gives a record the attempt that it is of.
pub(super) fn count(store: &Store, is_again: IsAgain, record: &mut Record) -> Result<(), StoreError> {
    match record {
        Record::Run(run) => place_run(run, &known(store, &run.connection, &run.pipeline, &run.id)?, is_again),
        Record::Deployment(deployment) => {
            let at = deployment.started_at.or(deployment.finished_at).or(deployment.queued_at);
            if let (Some(run), Some(at)) = (&mut deployment.run, at) {
                place_deployment(run, at, &known(store, &deployment.connection, &run.pipeline, &run.id)?);
            }
        }
        _ => {}
    }
    Ok(())
}

fn place_run(run: &mut Run, known: &[Attempt], is_again: IsAgain) {
    let Some((last, earlier)) = known.split_last().filter(|(last, _)| last.number >= run.attempt) else { return };
    let is_finished = run.status.is_finished();
    if let Some(same) = earlier.iter().find(|past| is_finished && past.finished_at == run.finished_at) {
        run.attempt = same.number;
        return;
    }
    let goes_on = !is_finished || run.finished_at > last.finished_at;
    if last.status.is_finished() && goes_on && is_again(last.status) {
        run.attempt = last.number + 1;
        begin_after(run, last.finished_at);
    } else {
        run.attempt = last.number;
        begin_after(run, earlier.last().and_then(|before| before.finished_at));
    }
}

/// An attempt begins after the end of the one before: with its first stage, where the run itself still tells the old start.
fn begin_after(run: &mut Run, ended: Option<Time>) {
    let Some(ended) = ended else { return };
    if run.started_at.is_none_or(|at| at >= ended) {
        return;
    }
    let stages = run.stages.iter().flatten().filter_map(|stage| stage.started_at);
    run.started_at = stages.filter(|at| *at >= ended).min();
}

fn place_deployment(run: &mut RunRef, at: Time, known: &[Attempt]) {
    let ends_later = |attempt: &&Attempt| attempt.finished_at.is_none_or(|end| end >= at);
    if let Some(attempt) = known.iter().find(ends_later).or(known.last()) {
        run.attempt = attempt.number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Stage;

    const fn at(minute: i64) -> Time {
        Time(minute * 60_000_000)
    }

    fn seen(status: Status, started: i64, finished: Option<i64>) -> Run {
        Run { attempt: 1, status, started_at: Some(at(started)), finished_at: finished.map(at), ..Run::default() }
    }

    fn past(number: u32, status: Status, finished: Option<i64>) -> Attempt {
        Attempt { number, status, finished_at: finished.map(at) }
    }

    fn attempt_of(mut run: Run, known: &[Attempt], is_again: IsAgain) -> (u32, Option<Time>) {
        place_run(&mut run, known, is_again);
        (run.attempt, run.started_at)
    }

    #[test]
    fn what_ended_and_goes_on_is_a_further_attempt() {
        let failed = [past(1, Status::Failed, Some(5))];
        let any: IsAgain = |_| true;
        assert_eq!(attempt_of(seen(Status::Running, 6, None), &failed, any), (2, Some(at(6))));
        assert_eq!(attempt_of(seen(Status::Succeeded, 7, Some(9)), &failed, any), (2, Some(at(7))));
        assert_eq!(attempt_of(seen(Status::Failed, 1, Some(5)), &failed, any).0, 1);
        assert_eq!(attempt_of(seen(Status::Running, 1, None), &[past(1, Status::Queued, None)], any).0, 1);
        assert_eq!(attempt_of(seen(Status::Running, 1, None), &[], any).0, 1);
    }

    #[test]
    fn a_later_look_finds_the_attempt_that_it_saw() {
        let known = [past(1, Status::Failed, Some(5)), past(2, Status::Running, None)];
        let any: IsAgain = |_| true;
        assert_eq!(attempt_of(seen(Status::Failed, 1, Some(5)), &known, any), (1, Some(at(1))));
        assert_eq!(attempt_of(seen(Status::Succeeded, 1, Some(9)), &known, any), (2, None));
        let mut run = seen(Status::Succeeded, 1, Some(9));
        let stage = |started| Stage { started_at: Some(at(started)), ..Stage::default() };
        run.stages = Some(vec![stage(2), stage(6), stage(8)]);
        assert_eq!(attempt_of(run, &known, any), (2, Some(at(6))));
    }

    #[test]
    fn playing_a_manual_job_of_a_pipeline_that_went_well_is_no_attempt() {
        let is_again: IsAgain = |was| was != Status::Succeeded;
        let went_well = [past(1, Status::Succeeded, Some(5))];
        assert_eq!(attempt_of(seen(Status::Running, 1, None), &went_well, is_again).0, 1);
        assert_eq!(attempt_of(seen(Status::Succeeded, 1, Some(8)), &went_well, is_again).0, 1);
        let cancelled = [past(1, Status::Cancelled, Some(5))];
        assert_eq!(attempt_of(seen(Status::Running, 1, None), &cancelled, is_again).0, 2);
    }

    #[test]
    fn a_deployment_is_of_the_attempt_in_which_it_was_made() {
        let known = [past(1, Status::Failed, Some(5)), past(2, Status::Running, None)];
        let run = |minute| {
            let mut run = RunRef { connection: None, pipeline: "p".to_owned(), id: "1".to_owned(), attempt: 1 };
            place_deployment(&mut run, at(minute), &known);
            run.attempt
        };
        assert_eq!((run(4), run(7)), (1, 2));
    }
}
