//! Numbers and times as people read them. One rounding, one spacing, everywhere.

use jiff::tz::TimeZone;

use crate::model::Time;

/// "3.2 h": two significant figures below ten, in the unit that keeps the number small.
pub fn duration(secs: f64) -> String {
    let secs_abs = secs.abs();
    let (value, unit) = if secs_abs < 60.0 {
        (secs, "s")
    } else if secs_abs < 3600.0 {
        (secs / 60.0, "min")
    } else if secs_abs < 48.0 * 3600.0 {
        (secs / 3600.0, "h")
    } else {
        (secs / 86_400.0, "d")
    };
    let digits = if value.abs() < 9.95 && unit != "s" { 1 } else { 0 };
    format!("{value:.digits$} {unit}")
}

pub fn opt_duration(secs: Option<f64>) -> String {
    secs.map_or_else(|| "unknown".to_owned(), duration)
}

/// "12 %", "3.4 %".
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    let digits = if value.abs() < 9.95 && value != 0.0 { 1 } else { 0 };
    format!("{value:.digits$} %")
}

pub fn opt_percent(share: Option<f64>) -> String {
    share.map_or_else(|| "unknown".to_owned(), percent)
}

/// A count with thin spaces between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{2009}');
        }
        out.push(digit);
    }
    out
}

/// A frequency in the unit of its definition.
pub fn per(value: f64, unit: &str) -> String {
    let digits = if value < 9.95 { 2 } else { 1 };
    match unit {
        "per_working_day" => format!("{value:.digits$} / work day"),
        "deploy_days_per_week" => format!("{value:.1} days / week"),
        _ => format!("{value:.digits$} / day"),
    }
}

/// "4 Mar 2024".
pub fn date(time: Time, zone: &TimeZone) -> String {
    time.to_timestamp().to_zoned(zone.clone()).strftime("%-d %b %Y").to_string()
}

/// "4 Mar".
pub fn short_date(time: Time, zone: &TimeZone) -> String {
    time.to_timestamp().to_zoned(zone.clone()).strftime("%-d %b").to_string()
}

/// "Mar 2026".
pub fn month(time: Time, zone: &TimeZone) -> String {
    time.to_timestamp().to_zoned(zone.clone()).strftime("%b %Y").to_string()
}

/// "4 Mar", with the year where it is another than now.
pub fn near_date(time: Time, now: Time, zone: &TimeZone) -> String {
    let year = |time: Time| time.to_timestamp().to_zoned(zone.clone()).year();
    if year(time) == year(now) { short_date(time, zone) } else { date(time, zone) }
}

/// "2024-03-04 09:30".
pub fn date_time(time: Time, zone: &TimeZone) -> String {
    time.to_timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// "2024-03-04 09:30:05".
pub fn date_time_seconds(time: Time, zone: &TimeZone) -> String {
    time.to_timestamp().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// "3 h ago", "in 2 d".
pub fn ago(time: Time, now: Time) -> String {
    let secs = now.secs_since(time);
    if secs.abs() < 60.0 {
        "just now".to_owned()
    } else if secs > 0.0 {
        format!("{} ago", whole(secs))
    } else {
        format!("in {}", whole(-secs))
    }
}

fn whole(secs: f64) -> String {
    let (value, unit) = match secs {
        s if s < 3600.0 => (s / 60.0, "min"),
        s if s < 86_400.0 => (s / 3600.0, "h"),
        s => (s / 86_400.0, "d"),
    };
    format!("{value:.0} {unit}")
}

/// "1.2 MB".
pub fn bytes(n: u64) -> String {
    let value = n as f64;
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{:.0} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}

/// The first characters of a sha.
pub fn short_sha(sha: &str) -> &str {
    sha.get(..8).unwrap_or(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_round_thinly() {
        let cases = [
            (0.0, "0 s"),
            (59.4, "59 s"),
            (90.0, "1.5 min"),
            (5400.0, "1.5 h"),
            (100_000.0, "28 h"),
            (900_000.0, "10 d"),
        ];
        for (secs, text) in cases {
            assert_eq!(duration(secs), text);
        }
    }

    #[test]
    fn shares_and_counts() {
        assert_eq!([percent(0.0), percent(0.034), percent(0.5)], ["0 %", "3.4 %", "50 %"]);
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(ago(Time(0), Time(7_200_000_000)), "2 h ago");
    }
}
