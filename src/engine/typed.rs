//! Secrets that were typed into starts, for as long as the program runs: a server may give them back later.

use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use crate::remote::Transport;

/// Each with the connection that it was typed for.
static TYPED: Mutex<Vec<(String, SecretString)>> = Mutex::new(Vec::new());

pub(super) fn keep(connection: &str, secret: &str) {
    let mut typed = TYPED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_known = |(of, known): &(String, SecretString)| of == connection && known.expose_secret() == secret;
    if !secret.is_empty() && !typed.iter().any(is_known) {
        typed.push((connection.to_owned(), SecretString::from(secret.to_owned())));
    }
}

pub(super) fn hide_from(transport: &mut Transport, connection: &str) {
    let typed = TYPED.lock().unwrap_or_else(PoisonError::into_inner);
    typed.iter().filter(|(of, _)| of == connection).for_each(|(_, secret)| transport.hide(secret.expose_secret()));
}
