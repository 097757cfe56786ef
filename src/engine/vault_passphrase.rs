//! The passphrase that a person gave in the window, for as long as the program runs.

use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

static GIVEN: Mutex<Option<SecretString>> = Mutex::new(None);

pub fn set(passphrase: SecretString) {
    *GIVEN.lock().unwrap_or_else(PoisonError::into_inner) = Some(passphrase);
}

pub(super) fn get() -> Option<SecretString> {
    GIVEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
