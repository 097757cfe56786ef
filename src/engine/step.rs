//! What one step of a round brought, made ready to be written: answers read as the importers read files, each record in
//! its one form. The thread that reads does this, so that the one that writes only writes.

use std::collections::BTreeMap;

use crate::import;
use crate::model::record::Record;
use crate::remote::{Brought, Mark, RunRef};

#[derive(Default)]
pub(super) struct Step {
    pub records: Vec<Record>,
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
        let import::Answers { records: read, mut refused, left_out } = import::read_answers(answers, &options);
        records.extend(read);
        records.retain_mut(|record| match record.normalise() {
            Ok(()) => true,
            Err(invalid) => {
                refused.push(invalid.to_string());
                false
            }
        });
        Self { records, gone, vanished, refused, left_out, mark, left }
    }

    /// Nothing of it is to be written.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.gone.is_empty() && self.vanished.is_empty() && self.mark.is_none()
    }
}
