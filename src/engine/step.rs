//! What one step of a round brought, made ready to be written: answers read as the importers read files, each record in
//! its one form. The thread that reads does this, so that the one that writes only writes.

use std::collections::BTreeMap;

use crate::import::{self, Standing};
use crate::model::Time;
use crate::model::record::Record;
use crate::remote::{Brought, Mark, RunRef};

#[derive(Default)]
pub(super) struct Step {
    pub records: Vec<Record>,
    pub standings: Vec<Standing>,
    pub gone: Vec<Record>,
    pub vanished: Vec<RunRef>,
    /// What could not be read, and why.
    pub refused: Vec<String>,
    /// What has no place here, and how often it stood there.
    pub left_out: BTreeMap<String, u64>,
    pub mark: Option<Mark>,
    pub left: Option<u64>,
}

impl Step {
    pub fn of(brought: Brought, connection: &str) -> Self {
        let Brought { mut records, answers, gone, vanished, mark, left } = brought;
        let options = import::Options { connection: Some(connection.to_owned()), ..import::Options::default() };
        let answers = answers.into_iter().map(|answer| (answer.address, answer.value));
        let import::Answers { records: read, standings, mut refused, left_out } =
            import::read_answers(answers, &options);
        records.extend(read);
        records.iter_mut().for_each(leave_out_impossible_times);
        records.retain_mut(|record| match record.normalise() {
            Ok(()) => true,
            Err(invalid) => {
                refused.push(invalid.to_string());
                false
            }
        });
        Self { records, standings, gone, vanished, refused, left_out, mark, left }
    }

    /// Nothing of it is to be written.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.gone.is_empty() && self.vanished.is_empty() && self.mark.is_none()
    }
}

/// A server whose clocks disagree may end something before it began. When it ended is kept, as it is what counts; when it
/// began is then not known.
fn leave_out_impossible_times(record: &mut Record) {
    let check = |began: &mut Option<Time>, ended: Option<Time>| {
        *began = began.filter(|began| ended.is_none_or(|ended| *began <= ended));
    };
    match record {
        Record::Run(run) => {
            check(&mut run.started_at, run.finished_at);
            for stage in run.stages.iter_mut().flatten() {
                check(&mut stage.started_at, stage.finished_at);
            }
        }
        Record::Deployment(deployment) => check(&mut deployment.started_at, deployment.finished_at),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{Run, Stage};

    #[test]
    fn clocks_that_disagree_lose_no_run() {
        let (early, late) = (Some(Time(1_000_000)), Some(Time(3_000_000)));
        let stage = Stage { name: "build".to_owned(), started_at: late, finished_at: early, ..Stage::default() };
        let run = Run {
            pipeline: "shop".to_owned(),
            id: "1".to_owned(),
            started_at: late,
            finished_at: early,
            stages: Some(vec![stage]),
            ..Run::default()
        };
        let step = Step::of(Brought { records: vec![Record::Run(run)], ..Brought::default() }, "ci");
        assert!(step.refused.is_empty(), "{:?}", step.refused);
        let [Record::Run(run)] = step.records.as_slice() else { panic!("no run") };
        assert_eq!((run.started_at, run.finished_at), (None, early));
        let stage = &run.stages.as_ref().unwrap()[0];
        assert_eq!((stage.started_at, stage.finished_at), (None, early));
    }
}
