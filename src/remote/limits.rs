//! When a server wants to be asked again, in the words of each system.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};

const LONGEST: u64 = 3600;
const WITHOUT_A_HEADER: Duration = Duration::from_secs(60);
/// Of an answer, as far as it is looked through for a reason.
const MOST_WORDS: usize = 2000;

/// The pause that an answer asks for: `Retry-After` in seconds or as a date, else the reset of a used-up limit.
pub fn pause_asked_for(status: u16, headers: &HeaderMap, now: jiff::Timestamp) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    // A moment that a server names is one of its own clock.
    let now = text("date").and_then(|date| Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())).unwrap_or(now);
    let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Longer than any number of ours is long, too.
            return Some(text.parse::<u64>().unwrap_or(u64::MAX));
        }
        let at = httpdate::parse_http_date(text).ok()?;
        let at = jiff::Timestamp::try_from(at).ok()?;
        Some(u64::try_from(at.as_second() - now.as_second()).unwrap_or_default())
    });
    // Some slow down before they refuse, and say so on an answer that went well.
    if let Some(seconds) = retry_after
        && matches!(status, 200..=299 | 403 | 429 | 503)
    {
        return Some(clamped(seconds));
    }
    let is_used_up = ["x-ratelimit-remaining", "ratelimit-remaining"].iter().any(|name| text(name) == Some("0"));
    if !is_used_up && status != 429 {
        return None;
    }
    let reset = ["x-ratelimit-reset", "ratelimit-reset"].iter().find_map(|name| text(name)?.parse::<f64>().ok());
    match reset {
        Some(reset) if is_used_up || status == 429 => Some(clamped(seconds_until(reset, now))),
        _ => None,
    }
}

/// A pause that an answer asks for in its words alone: GitHub's secondary limits come without a header, and want a minute.
pub fn pause_in_words(status: u16, body: &[u8]) -> Option<Duration> {
    let is_limit = matches!(status, 403 | 429)
        && [&b"rate limit"[..], b"abuse detection"].iter().any(|words| {
            let start = &body[..body.len().min(MOST_WORDS)];
            start.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
        });
    is_limit.then_some(WITHOUT_A_HEADER)
}

/// A reset is a moment in seconds or milliseconds since 1970, or the seconds that are left.
fn seconds_until(reset: f64, now: jiff::Timestamp) -> u64 {
    let now = now.as_second() as f64;
    let left = if reset > 1e12 {
        reset / 1000.0 - now
    } else if reset > 1e9 {
        reset - now
    } else {
        reset
    };
    left.ceil().max(0.0) as u64
}

fn clamped(seconds: u64) -> Duration {
    Duration::from_secs(seconds.clamp(1, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(status: u16, pairs: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        pause_asked_for(status, &headers, now).map(|pause| pause.as_secs())
    }

    #[test]
    fn each_way_of_saying_later_is_read() {
        assert_eq!(pause(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(pause(503, &[("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")]), Some(30));
        assert_eq!(pause(200, &[("retry-after", "2")]), Some(2));
        assert_eq!(pause(500, &[("retry-after", "2")]), None);
        assert_eq!(pause(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000060")]), Some(60));
        assert_eq!(pause(429, &[("ratelimit-reset", "12")]), Some(12));
        assert_eq!(pause(429, &[("x-ratelimit-reset", "1800000005000")]), Some(5));
        assert_eq!(pause(429, &[("x-ratelimit-reset", "0.4")]), Some(1));
        assert_eq!(pause(200, &[("x-ratelimit-remaining", "4999"), ("x-ratelimit-reset", "1800000060")]), None);
        assert_eq!(pause(403, &[]), None);
        assert_eq!(pause(429, &[("retry-after", "999999")]), Some(3600));
        assert_eq!(pause(429, &[("retry-after", "99999999999999999999")]), Some(3600));
        assert_eq!(pause(503, &[("retry-after", "Friday, 15-Jan-27 08:00:30 GMT")]), Some(30));
        assert_eq!(pause(429, &[("retry-after", "-5")]), None);
    }

    #[test]
    fn a_limit_that_only_words_tell_is_one() {
        let asks = |status, words: &str| pause_in_words(status, words.as_bytes());
        let secondary = r#"{"message":"You have exceeded a secondary rate limit. Please wait a few minutes"}"#;
        assert_eq!(asks(403, secondary), Some(Duration::from_secs(60)));
        assert_eq!(asks(403, r#"{"message":"Resource not accessible by personal access token"}"#), None);
        assert_eq!(asks(200, secondary), None);
    }
}
