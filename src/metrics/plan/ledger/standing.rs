//! Where one item of a sprint stands while the events go by.

use std::sync::Arc;

use super::{Cause, Unit};
use crate::model::Time;
use crate::model::plan::ItemState;

/// Where an item stands while the events go by.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) is_in: bool,
    pub(super) was_in: bool,
    pub(super) is_outside: bool,
    /// It was done while it was in this sprint, which goes on.
    pub(super) is_done_here: bool,
    pub(super) state: ItemState,
    pub(super) points: Option<f64>,
    pub(super) hours: Option<f64>,
    /// While it is done, what it was worth then.
    pub(super) frozen: Option<Option<f64>>,
    pub(super) is_committed: bool,
    /// What it was committed for.
    pub(super) committed: Option<f64>,
    pub(super) is_added: bool,
    /// By what the scope sank when it was taken out or cancelled; nothing inside where nobody had estimated it.
    pub(super) gone: Option<Option<f64>>,
    pub(super) is_late: bool,
    pub(super) reopened: u32,
    pub(super) reason: Option<Arc<str>>,
    pub(super) estimated_after_done: bool,
    /// It was in the sprint before the item that it belongs to came: it goes on counting by itself.
    pub(super) stands_alone: bool,
}

impl Standing {
    pub(super) fn new() -> Self {
        Self {
            is_in: false,
            was_in: false,
            is_outside: false,
            is_done_here: false,
            state: ItemState::Backlog,
            points: None,
            hours: None,
            frozen: None,
            is_committed: false,
            committed: None,
            is_added: false,
            gone: None,
            is_late: false,
            reopened: 0,
            reason: None,
            estimated_after_done: false,
            stands_alone: false,
        }
    }

    /// It was part of the scope when the commitment was made, or since.
    pub(super) fn counted(&self) -> bool {
        self.is_committed || self.is_added
    }

    pub(super) fn estimate_now(&self, unit: Unit) -> Option<f64> {
        match unit {
            Unit::Points => self.points,
            Unit::Hours => self.hours,
            Unit::Items => Some(1.0),
        }
    }

    pub(super) fn estimate(&self, unit: Unit) -> Option<f64> {
        self.frozen.unwrap_or_else(|| self.estimate_now(unit))
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == ItemState::Done
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state == ItemState::Cancelled
    }

    pub(super) fn is_in_scope(&self) -> bool {
        self.is_in && !self.is_outside && !self.is_cancelled()
    }
}

pub(super) fn change_state(
    standing: &mut Standing,
    state: ItemState,
    at: Time,
    first_end: Option<Time>,
    unit: Unit,
) -> Option<Cause> {
    let before = standing.state;
    if before == state {
        return None;
    }
    standing.state = state;
    if before == ItemState::Done {
        standing.frozen = None;
        (standing.is_late, standing.is_done_here) = (false, false);
        standing.reopened += u32::from(standing.is_in && state != ItemState::Cancelled);
    }
    // Work that was done elsewhere and is taken up again is this sprint's from now on.
    standing.is_outside &= !standing.is_in || matches!(state, ItemState::Done | ItemState::Cancelled);
    if state == ItemState::Done {
        standing.frozen = Some(standing.estimate_now(unit));
        standing.is_late = first_end.is_some_and(|end| at > end);
        standing.is_done_here = standing.is_in;
    }
    match (before, state) {
        (_, ItemState::Done) => Some(Cause::Done),
        (_, ItemState::Cancelled) => Some(Cause::Cancelled),
        (ItemState::Done, _) => Some(Cause::Reopened),
        (ItemState::Cancelled, _) => Some(Cause::Restored),
        _ => None,
    }
}
