use std::cell::{Cell, RefCell};

use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(pub i64);

/// Why a text is no instant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseTimeError {
    #[error(
        "the time \"{0}\" has no offset: write it with Z or an offset like +02:00, or import with --zone to name the zone it is in"
    )]
    NoOffset(String),
    #[error("\"{0}\" is no RFC 3339 time: write it like 2024-03-04T09:30:00Z")]
    NotATime(String),
}

thread_local! {
    static ASSUMED_ZONE: RefCell<Option<TimeZone>> = const { RefCell::new(None) };
    static ZONE_WAS_ASSUMED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `read` with times that carry no offset taken to be in `zone`; tells whether any was.
///
/// The zone stands beside serde's call chain, which has no place for a parameter; it applies to this thread only.
pub fn with_assumed_zone<T>(zone: Option<&TimeZone>, read: impl FnOnce() -> T) -> (T, bool) {
    ASSUMED_ZONE.with_borrow_mut(|slot| slot.clone_from(&zone.cloned()));
    ZONE_WAS_ASSUMED.set(false);
    let value = read();
    ASSUMED_ZONE.with_borrow_mut(|slot| *slot = None);
    (value, ZONE_WAS_ASSUMED.get())
}

/// The zone of an IANA name ("Asia/Kathmandu"), of "UTC", of "local", or of an offset ("+08:00").
pub fn zone_from_name(name: &str) -> Option<TimeZone> {
    if name.eq_ignore_ascii_case("local") {
        return Some(TimeZone::system());
    }
    if let Some(zone) = offset_zone(name) {
        return Some(zone);
    }
    TimeZone::get(name).ok()
}

fn offset_zone(name: &str) -> Option<TimeZone> {
    let sign = match name.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = name[1..].split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    // No place on earth is further from UTC.
    if minutes > 59 || hours > 14 {
        return None;
    }
    let offset = jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    Some(offset.to_time_zone())
}

impl Time {
    /// The machine's clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().as_microsecond())
    }

    /// Reads RFC 3339 (also `+0800` without a colon, and a space for the `T`). Digits beyond microseconds are cut.
    pub fn parse(text: &str) -> Result<Self, ParseTimeError> {
        if text.contains('[') {
            return Err(ParseTimeError::NotATime(text.to_owned()));
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::from_timestamp(time));
        }
        match text.parse::<jiff::civil::DateTime>() {
            Ok(civil) if text.len() > 10 => ASSUMED_ZONE.with_borrow(|zone| match zone {
                Some(zone) => {
                    ZONE_WAS_ASSUMED.set(true);
                    zone.to_timestamp(civil)
                        .map(Self::from_timestamp)
                        .map_err(|_out_of_range| ParseTimeError::NotATime(text.to_owned()))
                }
                None => Err(ParseTimeError::NoOffset(text.to_owned())),
            }),
            _ => Err(ParseTimeError::NotATime(text.to_owned())),
        }
    }

    pub fn from_timestamp(time: jiff::Timestamp) -> Self {
        Self(time.as_microsecond())
    }

    /// The same instant for the calendar. Times beyond the year 9999 are held at its end.
    pub fn to_timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }

    /// Milliseconds since 1970, as Jenkins gives them.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1000).map(Self)
    }

    /// Seconds from `earlier` to here; negative if `earlier` is later.
    pub fn secs_since(self, earlier: Self) -> f64 {
        (self.0 - earlier.0) as f64 / 1e6
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_timestamp().fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Time;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an RFC 3339 time with an offset")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Time, E> {
                Time::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microseconds_are_kept_and_finer_digits_cut() {
        assert_eq!(Time::parse("1970-01-01T00:00:01.234567Z"), Ok(Time(1_234_567)));
        assert_eq!(Time::parse("1970-01-01T00:00:01.2345678Z"), Ok(Time(1_234_567)));
        assert_eq!(Time::parse("1970-01-01T05:45:00+05:45"), Ok(Time(0)));
        assert_eq!(Time::parse("1970-01-01T08:00:00.000+0800"), Ok(Time(0)));
    }

    #[test]
    fn a_time_without_offset_is_refused_unless_a_zone_was_told() {
        let text = "2024-03-10T09:00:00";
        assert_eq!(Time::parse(text), Err(ParseTimeError::NoOffset(text.to_owned())));
        let zone = zone_from_name("Asia/Kathmandu").unwrap();
        let (time, assumed) = with_assumed_zone(Some(&zone), || Time::parse(text));
        assert_eq!(time.unwrap(), Time::parse("2024-03-10T03:15:00Z").unwrap());
        assert!(assumed);
        assert!(Time::parse(text).is_err());
    }

    #[test]
    fn what_is_no_time_says_so() {
        for text in ["", "yesterday", "2024-13-01T00:00:00Z", "2024-03-04"] {
            assert_eq!(Time::parse(text), Err(ParseTimeError::NotATime(text.to_owned())));
        }
    }

    #[test]
    fn zones_by_name_and_by_offset() {
        assert!(zone_from_name("+14:00").is_some());
        assert!(zone_from_name("-09:30").is_some());
        assert!(zone_from_name("UTC").is_some());
        assert!(zone_from_name("+8").is_none());
        assert!(zone_from_name("Mars/Olympus").is_none());
    }
}
