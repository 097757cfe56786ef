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

/// A longer secret is looked for in its plain forms only: its pattern would grow too large.
const LONGEST_PATTERN: usize = 512;

/// One letter as any program may have written it: plain or behind backslashes, as a number of JSON, of Python or of HTML,
/// as bytes of an address, or not to be read at all where the answer was in another encoding.
fn any_form_of(letter: char) -> String {
    let mut units = [0; 2];
    let units: String = letter.encode_utf16(&mut units).iter().map(|unit| format!(r"\\+u{unit:04x}")).collect();
    let mut bytes = [0; 4];
    let bytes: String = letter.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02x}")).collect();
    let code = u32::from(letter);
    let mut forms = vec![
        format!(r"\\*{}", regex::escape(&letter.to_string())),
        format!("(?i:{units}|{bytes}|&#{code};|&#x0*{code:x};)"),
    ];
    if code < 256 {
        forms.push(format!(r"(?i:\\+x{code:02x})"));
    }
    let named = match letter {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&apos;",
        ' ' => r"\+",
        '\n' => r"\\+n",
        '\t' => r"\\+t",
        '\r' => r"\\+r",
        _ if !letter.is_ascii() => "\u{fffd}+",
        _ => "",
    };
    forms.extend(Some(named.to_owned()).filter(|named| !named.is_empty()));
    format!("(?:{})", forms.join("|"))
}

/// Texts that must never be shown, in each form in which they may turn up.
#[derive(Default)]
pub struct Redact {
    /// The longest first: one may hold another.
    plain: Vec<String>,
    /// In any way of escaping, with the length of the secret.
    escaped: Vec<(usize, Regex)>,
}

impl Redact {
    pub fn hide(&mut self, secret: &str) {
        // A short text would blot out half of every message, and is no secret worth the name.
        if secret.chars().count() < 4 {
            return;
        }
        if self.plain.iter().any(|known| known == secret) {
            return;
        }
        let in_address: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let in_path = in_address.replace('+', "%20");
        let in_json = serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned();
        let packed = base64::engine::general_purpose::STANDARD.encode(secret);
        let packed = packed.trim_end_matches('=').to_owned();
        for form in [secret.to_owned(), in_address, in_path, in_json, packed] {
            if !self.plain.contains(&form) {
                self.plain.push(form);
            }
        }
        self.plain.sort_by_key(|form| std::cmp::Reverse(form.len()));
        // What has only such letters is written the same everywhere.
        let is_plain = secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let length = secret.len();
        if !is_plain && length <= LONGEST_PATTERN {
            let pattern: String = secret.chars().map(any_form_of).collect();
            self.escaped.extend(Regex::new(&pattern).ok().map(|pattern| (length, pattern)));
            self.escaped.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        }
    }

    /// What a server sent, without a secret that it gave back: an answer ends up in messages, logs and the store.
    pub fn body(&self, body: Vec<u8>) -> Vec<u8> {
        let text = String::from_utf8_lossy(&body);
        match self.without_secrets(&text, LEAST_IN_BODY) {
            Cow::Borrowed(_) => body,
            Cow::Owned(hidden) => hidden.into_bytes(),
        }
    }

    /// A text without the secrets that are long enough; the same text where it holds none.
    fn without_secrets<'a>(&self, text: &'a str, least: usize) -> Cow<'a, str> {
        let mut text = Cow::Borrowed(text);
        for (_, pattern) in self.escaped.iter().filter(|(length, _)| *length >= least) {
            if pattern.is_match(&text) {
                text = Cow::Owned(pattern.replace_all(&text, "***").into_owned());
            }
        }
        for secret in self.plain.iter().filter(|secret| secret.len() >= least) {
            if text.contains(secret.as_str()) {
                text = Cow::Owned(text.replace(secret, "***"));
            }
        }
        text
    }

    /// A text as it may be shown, also without what only looks like somebody's token.
    pub fn text(&self, text: impl Into<String>) -> String {
        let text = self.without_secrets(&text.into(), 0).into_owned();
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
        write!(f, "{} hidden texts", self.plain.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_however_a_program_escapes_it() {
        let mut redact = Redact::default();
        for secret in ["gopher&canary&42", "pässwort-canary", "quote\"back\\slash é", "a/b+c d🦀e"] {
            redact.hide(secret);
        }
        let told = [
            r#"{"got": "gopher\u0026canary\u002642"}"#,
            r#"{"got": "p\u00E4sswort-canary"}"#,
            r"b'p\xe4sswort-canary'",
            "<b>p&auml;</b> gopher&amp;canary&#38;42",
            r#"{"inner": "{\"got\": \"quote\\\"back\\\\slash \\u00e9\"}"}"#,
            r#""quote\"back\\slash é""#,
            r#""a\/b+c d\ud83e\udd80e" a%2Fb%2Bc%20d%F0%9F%A6%80e a/b+c+d🦀e"#,
        ];
        for text in told {
            let shown = redact.text(text);
            for left in ["canary", "slash", "d\\ud83e", "%A6", "c d", "c+d"] {
                assert!(!shown.contains(left), "{text}: {shown}");
            }
        }
        // In another encoding its letters cannot be read; the rest of it must not stand there all the same.
        let latin = redact.body(b"p\xe4sswort-canary".to_vec());
        assert!(!String::from_utf8_lossy(&latin).contains("canary"));
        let plain = b"nothing of it \xe4".to_vec();
        assert_eq!(redact.body(plain.clone()), plain);
    }

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
