//! How many requests are under way to one host, and when it wants to be asked again; shared by all who ask it.

use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

#[derive(Default)]
struct State {
    under_way: usize,
    opens_at: Option<Instant>,
    changed_at: Option<Instant>,
}

pub struct Gate {
    at_once: usize,
    between_changes: Duration,
    state: Mutex<State>,
    freed: Condvar,
}

static GATES: LazyLock<Mutex<FxHashMap<String, Arc<Gate>>>> = LazyLock::new(Mutex::default);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The gate of a host; who comes first says how many may pass at once, and what stands between two requests that change
/// something.
pub fn of_host(host: &str, at_once: usize, between_changes: Duration) -> Arc<Gate> {
    let at_once = at_once.max(1);
    let new = || Arc::new(Gate { at_once, between_changes, state: Mutex::default(), freed: Condvar::new() });
    lock(&GATES).entry(host.to_owned()).or_insert_with(new).clone()
}

/// Held while a request is under way.
pub struct Permit<'a>(&'a Gate);

impl Gate {
    /// Waits until there is room.
    pub fn enter(&self, is_change: bool) -> Permit<'_> {
        let mut state = lock(&self.state);
        while state.under_way >= self.at_once {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.under_way += 1;
        if is_change {
            let now = Instant::now();
            let next = state.changed_at.map_or(now, |at| (at + self.between_changes).max(now));
            state.changed_at = Some(next);
            drop(state);
            std::thread::sleep(next - now);
        }
        Permit(self)
    }

    /// The server wants to be left alone.
    pub fn close_for(&self, pause: Duration) {
        let opens_at = Instant::now() + pause;
        let mut state = lock(&self.state);
        state.opens_at = Some(state.opens_at.map_or(opens_at, |known| known.max(opens_at)));
    }

    pub fn closed_for(&self) -> Duration {
        lock(&self.state).opens_at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).under_way -= 1;
        self.0.freed.notify_one();
    }
}
