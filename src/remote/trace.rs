//! What went over the wire, as it may be shown: no secret, no body.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::model::Time;

/// Exchanges kept for the eye.
const KEPT: usize = 300;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    pub at: Time,
    pub method: &'static str,
    pub address: String,
    /// The status, or why there is none.
    pub outcome: String,
    pub millis: u64,
    pub bytes: usize,
}

#[derive(Debug, Default)]
pub struct Trace(Mutex<VecDeque<Exchange>>);

impl Trace {
    pub fn add(&self, exchange: Exchange) {
        tracing::debug!(
            method = exchange.method,
            address = exchange.address,
            outcome = exchange.outcome,
            millis = exchange.millis,
            "asked"
        );
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(exchange);
    }

    /// The newest last.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Texts that must never be shown, in each form in which they may turn up.
#[derive(Default)]
pub struct Redact(Vec<String>);

impl Redact {
    pub fn hide(&mut self, secret: &str) {
        // A short text would blot out half of every message, and is no secret worth the name.
        if secret.chars().count() < 4 {
            return;
        }
        let in_address: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let in_path = in_address.replace('+', "%20");
        let in_json = serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned();
        for form in [secret.to_owned(), in_address, in_path, in_json] {
            if !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // The longest first: one form may hold another.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    pub fn text(&self, text: impl Into<String>) -> String {
        self.0.iter().fold(text.into(), |text, secret| text.replace(secret, "***"))
    }
}

impl std::fmt::Debug for Redact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hidden texts", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_in_every_form() {
        let mut redact = Redact::default();
        redact.hide("pa ss\"wörd");
        let shown = redact.text("a pa ss\"wörd b pa+ss%22w%C3%B6rd c pa%20ss%22w%C3%B6rd d {\"x\":\"pa ss\\\"wörd\"}");
        assert_eq!(shown, "a *** b *** c *** d {\"x\":\"***\"}");
    }
}
