//! What went over the wire, as it may be shown: no secret, no body.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};

use base64::Engine as _;
use regex::{Captures, Regex};
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

/// Tokens by the marks that their makers gave them.
static TOKENS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?P<kind>\b(?:gh[opsur]_|github_pat_|glpat-|xox[abeoprs]-|AKIA)|(?i:\bbearer\s+))(?P<token>[A-Za-z0-9_\-./+=~]{12,})",
    )
    .ok()
});

/// A name of an input or a part of an address that says what it holds: nobody should see that.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let whole = words.concat();
    let ends = [
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "credential",
        "credentials",
        "apikey",
        "privatekey",
        "accesskey",
    ];
    name == "key" || name == "pwd" || ends.iter().any(|end| whole.ends_with(end))
}

/// A shorter text may stand in an answer without being the secret.
const LEAST_IN_BODY: usize = 6;

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
        let packed = base64::engine::general_purpose::STANDARD.encode(secret);
        let packed = packed.trim_end_matches('=').to_owned();
        for form in [secret.to_owned(), in_address, in_path, in_json, packed] {
            if !self.0.contains(&form) {
                self.0.push(form);
            }
        }
        // The longest first: one form may hold another.
        self.0.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// What a server sent, without a secret that it gave back: an answer ends up in messages, logs and the store.
    pub fn body(&self, body: Vec<u8>) -> Vec<u8> {
        let is_secret = |secret: &&String| secret.len() >= LEAST_IN_BODY;
        let held: Vec<&String> = {
            let text = String::from_utf8_lossy(&body);
            self.0.iter().filter(is_secret).filter(|secret| text.contains(secret.as_str())).collect()
        };
        if held.is_empty() {
            return body;
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        held.into_iter().fold(text, |text, secret| text.replace(secret, "***")).into_bytes()
    }

    /// A text as it may be shown, also without what only looks like somebody's token.
    pub fn text(&self, text: impl Into<String>) -> String {
        let text = self.0.iter().fold(text.into(), |text, secret| text.replace(secret, "***"));
        // A word of a sentence has no digits.
        let masked = |found: &Captures<'_>| match found["token"].bytes().any(|byte| byte.is_ascii_digit()) {
            true => format!("{}***", &found["kind"]),
            false => found[0].to_owned(),
        };
        match TOKENS.as_ref().map(|tokens| tokens.replace_all(&text, masked)) {
            Some(Cow::Owned(masked)) => masked,
            _ => text,
        }
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
        redact.hide("tok-canary-4");
        let packed = base64::engine::general_purpose::STANDARD.encode("tok-canary-4");
        let body = redact.body(format!("{{\"echo\":\"Bearer tok-canary-4\",\"b\":\"{packed}\"}}").into_bytes());
        let body = String::from_utf8(body).unwrap();
        assert!(!body.contains("canary") && !body.contains(packed.trim_end_matches('=')), "{body}");
        assert_eq!(redact.body(vec![0xff, 0x00]), [0xff, 0x00], "what holds no secret stays as it is");
    }

    #[test]
    fn what_looks_like_a_token_is_not_shown() {
        let redact = Redact::default();
        let made = |mark: &str| format!("{mark}{}", "0a1B2c3D4e5F6g7H");
        for mark in ["ghp_", "github_pat_", "glpat-", "xoxb-", "AKIA", "Authorization: Bearer "] {
            let shown = redact.text(format!("env TOKEN={} done", made(mark)));
            assert_eq!(shown, format!("env TOKEN={mark}*** done"));
        }
        for plain in ["a bearer of news, AKIA and ghp_short", "Bearer authentication failed"] {
            assert_eq!(redact.text(plain), plain);
        }
    }
}
