//! Which thread of the desk does what: what concerns one system never waits for another, an act never waits for a look,
//! and what stays on this machine waits for none of them. Within a lane tasks keep their order.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::DeskTask;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    Local,
    Acts(String),
    Looks(String),
    /// Files that are saved, which may take long.
    Saves,
}

impl Lane {
    pub fn of(task: &DeskTask) -> Self {
        match task {
            DeskTask::Test(entry, _) | DeskTask::Connect(entry, _) => Self::Looks(entry.name.clone()),
            DeskTask::Pipelines(connection) => Self::Looks(connection.clone()),
            DeskTask::Form(ask) => Self::Looks(ask.connection.clone()),
            DeskTask::Preview(ask) => Self::Looks(ask.connection.clone()),
            DeskTask::Start(ask) => Self::Acts(ask.connection.clone()),
            DeskTask::CancelStart(start) | DeskTask::LinkStart(start, _) => Self::Acts(start.connection.clone()),
            DeskTask::CancelRun(run) | DeskTask::Retry(run, _) | DeskTask::Approve(run, _) => {
                Self::Acts(run.connection.clone())
            }
            DeskTask::Look(run)
            | DeskTask::Logs(run)
            | DeskTask::Log(run, ..)
            | DeskTask::Artifacts(run)
            | DeskTask::Tests(run) => Self::Looks(run.connection.clone()),
            DeskTask::Save(..) => Self::Saves,
            DeskTask::Change(_)
            | DeskTask::Disconnect(_)
            | DeskTask::ChangePassphrase(..)
            | DeskTask::Sync(_)
            | DeskTask::SavePreset(_)
            | DeskTask::ForgetPreset(_)
            | DeskTask::DismissStart(_)
            | DeskTask::ReadNotices => Self::Local,
        }
    }
}

/// What may wait in a lane; a person does not ask faster.
const WAITING: usize = 64;

type Serve = dyn Fn(Lane, Receiver<DeskTask>) -> std::io::Result<()> + Send + Sync;

/// The lanes that were needed so far, each with a thread of its own.
pub struct Lanes {
    open: Mutex<BTreeMap<Lane, Sender<DeskTask>>>,
    serve: Arc<Serve>,
}

impl Lanes {
    /// `serve` begins a thread that takes tasks until no more can come.
    pub fn new(serve: impl Fn(Lane, Receiver<DeskTask>) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        Self { open: Mutex::default(), serve: Arc::new(serve) }
    }

    /// `false` where too much waits already.
    pub fn put(&self, task: DeskTask) -> bool {
        let lane = Lane::of(&task);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tasks) = open.get(&lane) {
            return tasks.try_send(task).is_ok();
        }
        let (tasks, queue) = bounded(WAITING);
        tasks.send(task).ok(); // it is empty
        let is_served = (self.serve)(lane.clone(), queue).is_ok();
        if is_served {
            open.insert(lane, tasks);
        }
        is_served
    }

    /// Nothing more comes.
    pub fn close(&self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::Run;

    #[test]
    fn a_slow_system_keeps_neither_another_nor_its_own_acts_waiting() {
        let (done, seen) = bounded(8);
        let (go_on, held) = bounded::<()>(0);
        let lanes = Lanes::new(move |lane, tasks| {
            let (done, held) = (done.clone(), held.clone());
            let work = move || {
                for _task in tasks {
                    if lane == Lane::Looks("slow".to_owned()) {
                        held.recv().unwrap();
                    }
                    done.send(lane.clone()).unwrap();
                }
            };
            std::thread::Builder::new().name("lane".to_owned()).spawn(work).map(|_| ())
        });
        let run = |connection: &str| Box::new(Run { connection: connection.to_owned(), ..Run::default() });
        assert!(lanes.put(DeskTask::Logs(run("slow"))));
        assert!(lanes.put(DeskTask::CancelRun(run("slow"))) && lanes.put(DeskTask::Logs(run("quick"))));
        let mut first = [seen.recv().unwrap(), seen.recv().unwrap()];
        first.sort();
        assert_eq!(first, [Lane::Acts("slow".to_owned()), Lane::Looks("quick".to_owned())]);
        go_on.send(()).unwrap();
        assert_eq!(seen.recv().unwrap(), Lane::Looks("slow".to_owned()));
    }
}
