//! The passphrase that a person gave in the window, for as long as the program runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

/// What was given does not open the file.
static IS_WRONG: AtomicBool = AtomicBool::new(false);

static GIVEN: Mutex<Option<SecretString>> = Mutex::new(None);

pub fn set(passphrase: SecretString) {
    IS_WRONG.store(false, Ordering::Relaxed);
    *GIVEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(passphrase);
}

pub(super) fn get() -> Option<SecretString> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// It is asked for again, wherever it came from.
pub(super) fn was_wrong() {
    IS_WRONG.store(true, Ordering::Relaxed);
}

pub(super) fn is_wrong() -> bool {
    IS_WRONG.load(Ordering::Relaxed)
}
