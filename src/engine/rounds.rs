//! The rounds that are under way in this window: one a connection, each of which may be stopped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Cancel;

#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<BTreeMap<String, Cancel>>>);

/// Held while a round goes on.
pub struct Round {
    rounds: Rounds,
    name: String,
    pub cancel: Cancel,
}

impl Rounds {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Cancel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// None where a round of that connection goes on already.
    pub fn begin(&self, name: &str) -> Option<Round> {
        let cancel = Cancel::default();
        let mut under_way = self.lock();
        if under_way.contains_key(name) {
            return None;
        }
        under_way.insert(name.to_owned(), cancel.clone());
        Some(Round { rounds: self.clone(), name: name.to_owned(), cancel })
    }

    pub fn stop(&self, name: &str) {
        if let Some(cancel) = self.lock().get(name) {
            cancel.cancel();
        }
    }

    pub fn stop_all(&self) {
        self.lock().values().for_each(Cancel::cancel);
    }
}

impl Drop for Round {
    fn drop(&mut self) {
        self.rounds.lock().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::Rounds;

    #[test]
    fn a_connection_has_one_round_and_it_can_be_stopped() {
        let rounds = Rounds::default();
        let round = rounds.begin("ci").unwrap();
        assert!(rounds.begin("ci").is_none() && rounds.begin("other").is_some());
        rounds.stop("ci");
        assert!(round.cancel.is_cancelled());
        drop(round);
        assert!(!rounds.begin("ci").unwrap().cancel.is_cancelled());
    }
}
