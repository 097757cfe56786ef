//! Dates as people's programs write them: ISO with all its liberties, days and months in either order, names of months.
//!
//! Which of two numbers is the month is learnt from the whole column of a file, never guessed from one cell: a 21 that stands
//! first is a day. Where no cell tells, whoever imports is asked.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

/// Which comes first where a date is written with numbers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

impl DateOrder {
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "dmy" => Some(Self::DayFirst),
            "mdy" => Some(Self::MonthFirst),
            _ => None,
        }
    }
}

/// A date and a time of a cell: the parts of the date, how they are separated, and the rest.
struct Parts<'a> {
    first: &'a str,
    separator: &'a str,
    second: &'a str,
    third: &'a str,
    time: Option<(u8, u8, u8)>,
}

static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^\s* (?P<a>\d{1,4}|\p{L}+) (?P<sep>\s*[-/.,]\s*|\s+) (?P<b>\d{1,2}|\p{L}+)\.?,? (?:\s*[-/.,]\s*|\s+) (?P<c>\d{1,4})
        (?: [T,\s]\s* (?P<h>\d{1,2}) [:.] (?P<m>\d{2}) (?: [:.] (?P<s>\d{2}) (?:[.,]\d+)? )? \s* (?P<half>[AaPp]\.?[Mm]\.?)? )? \s*$",
    )
    .ok()
});

fn parts(text: &str) -> Option<Parts<'_>> {
    let found = SHAPE.as_ref()?.captures(text)?;
    let group = |name: &str| found.name(name).map(|part| part.as_str());
    let number = |name: &str| group(name).and_then(|digits| digits.parse::<u8>().ok());
    let time = match number("h") {
        None => None,
        Some(hour) => {
            let hour = match group("half").map(|half| half.to_ascii_lowercase()) {
                None => hour,
                Some(_) if !(1..=12).contains(&hour) => return None,
                Some(half) => hour % 12 + if half.starts_with('p') { 12 } else { 0 },
            };
            Some((hour, number("m")?, number("s").unwrap_or(0)))
        }
    };
    Some(Parts { first: group("a")?, separator: group("sep")?.trim(), second: group("b")?, third: group("c")?, time })
}

/// The month of a name, by how it begins in the languages that trackers are used in.
fn month_of(name: &str) -> Option<u8> {
    const BEGINNINGS: [(u8, &[&str]); 12] = [
        (1, &["jan", "gen", "ene", "sty"]),
        (2, &["feb", "fév", "fev", "lut"]),
        (3, &["mar", "mär", "mrz", "maa"]),
        (4, &["apr", "avr", "abr", "kwi"]),
        (5, &["may", "mai", "mag", "mei", "maj"]),
        (6, &["jun", "juin", "giu", "cze"]),
        (7, &["jul", "juil", "lug", "lip"]),
        (8, &["aug", "aoû", "aou", "ago", "sie"]),
        (9, &["sep", "set", "wrz"]),
        (10, &["oct", "okt", "ott", "out", "paź"]),
        (11, &["nov", "lis"]),
        (12, &["dec", "dez", "déc", "dic", "gru"]),
    ];
    let name = name.to_lowercase();
    let is = |beginning: &&&str| name.starts_with(**beginning);
    let month = BEGINNINGS.iter().find(|(_, beginnings)| beginnings.iter().any(|it| is(&it)));
    month.map(|(month, _)| *month)
}

fn year_of(text: &str) -> Option<i16> {
    let year: i16 = text.parse().ok()?;
    match text.len() {
        // Trackers are younger than 1970.
        2 => Some(if year < 70 { 2000 + year } else { 1900 + year }),
        4 => Some(year),
        _ => None,
    }
}

/// What the cells of a file's dates tell of their order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence {
    day_first: bool,
    month_first: bool,
    any: bool,
}

impl Evidence {
    pub fn note(&mut self, text: &str) {
        let Some(parts) = parts(text) else { return };
        let (Ok(first), Ok(second)) = (parts.first.parse::<u16>(), parts.second.parse::<u16>()) else { return };
        if parts.first.len() > 2 {
            return;
        }
        self.any = true;
        // With full stops the day stands first wherever they are used.
        self.day_first |= first > 12 || parts.separator == ".";
        self.month_first |= second > 12;
    }

    /// Nothing where the cells do not tell, or contradict each other.
    pub fn order(self) -> Option<DateOrder> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(DateOrder::DayFirst),
            (false, true) => Some(DateOrder::MonthFirst),
            _ => None,
        }
    }

    /// There are dates that can be read in two ways.
    pub fn is_open(self) -> bool {
        self.any && self.order().is_none()
    }
}

/// A date of any of these shapes as ISO writes it, with its time where it has one; the text itself where it has another shape.
pub fn as_iso(text: &str, order: Option<DateOrder>) -> Result<String, String> {
    if let Some(date) = of_spreadsheet(text).or_else(|| of_browser(text)) {
        return Ok(date);
    }
    let Some(parts) = parts(text) else { return Ok(text.to_owned()) };
    let number = |text: &str| text.parse::<u8>().ok();
    let (year, month, day) = match (month_of_word(parts.first), month_of_word(parts.second)) {
        (Some(month), None) => (year_of(parts.third), Some(month), number(parts.second)),
        (None, Some(month)) if parts.first.len() == 4 => (year_of(parts.first), Some(month), number(parts.third)),
        (None, Some(month)) => (year_of(parts.third), Some(month), number(parts.first)),
        (Some(_), Some(_)) => return Ok(text.to_owned()),
        (None, None) if parts.first.len() == 4 => (year_of(parts.first), number(parts.second), number(parts.third)),
        (None, None) => {
            let (first, second) = (number(parts.first), number(parts.second));
            let day_first = match order {
                Some(order) => order == DateOrder::DayFirst,
                None if first.is_some_and(|first| first > 12) || parts.separator == "." => true,
                None if second.is_some_and(|second| second > 12) => false,
                None => {
                    return Err(format!(
                        "\"{text}\" may be two days: say which number is the day with --date-order dmy or mdy"
                    ));
                }
            };
            let (day, month) = if day_first { (first, second) } else { (second, first) };
            (year_of(parts.third), month, day)
        }
    };
    let (Some(year), Some(month), Some(day)) = (year, month, day) else { return Ok(text.to_owned()) };
    let date = format!("{year:04}-{month:02}-{day:02}");
    Ok(match parts.time {
        Some((hour, minute, second)) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        None => date,
    })
}

/// A moment as browsers write it: `Tue Jan 09 2024 15:54:10 GMT+0100 (CET)`.
fn of_browser(text: &str) -> Option<String> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\p{L}{3} (\p{L}{3}) (\d{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT([+-]\d{2})(\d{2})(?: \(.*\))?$").ok()
    });
    let (_, [month, day, year, time, hours, minutes]) = SHAPE.as_ref()?.captures(text.trim())?.extract();
    let month = month_of_word(month)?;
    Some(format!("{year}-{month:02}-{day}T{time}{hours}:{minutes}"))
}

/// A moment as spreadsheets count it: the days since the end of 1899, and what has gone by of the day.
pub fn of_spreadsheet(text: &str) -> Option<String> {
    // 1970 to 2149. As seconds since 1970 these would all be of that January's first day.
    const DAYS: std::ops::Range<f64> = 25_569.0..91_000.0;
    const BEGIN: jiff::civil::Date = jiff::civil::date(1899, 12, 30);
    let text = text.trim();
    let is_one = text.len() >= 5 && text.bytes().take(5).all(|byte| byte.is_ascii_digit());
    let days = text.replace(',', ".").parse::<f64>().ok().filter(|days| is_one && DAYS.contains(days))?;
    let seconds = (days.fract() * 86_400.0).round() as i64;
    let at = BEGIN.at(0, 0, 0, 0).checked_add(jiff::Span::new().days(days.trunc() as i64).seconds(seconds)).ok()?;
    Some(if text.len() == 5 { at.date().to_string() } else { at.to_string() })
}

fn month_of_word(text: &str) -> Option<u8> {
    if text.chars().any(char::is_alphabetic) { month_of(text) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_many_places_are_the_same_day() {
        for text in [
            "09/Jan/24 3:54 PM",
            "9.1.2024 15:54",
            "2024/01/09 15:54",
            "2024-01-09 15:54",
            "9-Jan-2024 15:54",
            "9 Jan 2024 15:54:00",
            "Jan 9, 2024 3:54 PM",
            "9. Januar 2024 15:54",
            "2024-01-09T15:54:00",
        ] {
            assert_eq!(as_iso(text, None).unwrap(), "2024-01-09T15:54:00", "{text}");
        }
        assert_eq!(as_iso("10.01.24", None).unwrap(), "2024-01-10");
        assert_eq!(as_iso("9/Mai/24", None).unwrap(), "2024-05-09");
        assert_eq!(as_iso("12/Déc/99", None).unwrap(), "1999-12-12");
        assert_eq!(as_iso("09/Jan/24 12:05 AM", None).unwrap(), "2024-01-09T00:05:00");
        assert_eq!(as_iso("46035", None).unwrap(), "2026-01-13");
        assert_eq!(as_iso("46035.75", None).unwrap(), "2026-01-13T18:00:00");
        // What has another shape is left to whoever reads times.
        for text in ["2024-01-09T15:54:00+01:00", "1704812040", "12345", "460351", "soon", "2024-01-09T15:54:00Z"] {
            assert_eq!(as_iso(text, None).unwrap(), text);
        }
    }

    #[test]
    fn which_number_is_the_day_is_learnt_from_the_file() {
        let mut us = Evidence::default();
        ["3/4/2024", "6/21/2025 16:14"].iter().for_each(|text| us.note(text));
        assert_eq!(us.order(), Some(DateOrder::MonthFirst));
        assert_eq!(as_iso("3/4/2024", us.order()).unwrap(), "2024-03-04");
        let mut uk = Evidence::default();
        ["3/4/2024", "21/6/2025"].iter().for_each(|text| uk.note(text));
        assert_eq!(as_iso("3/4/2024", uk.order()).unwrap(), "2024-04-03");
        let mut open = Evidence::default();
        open.note("3/4/2024");
        assert!(open.is_open());
        assert!(as_iso("3/4/2024", open.order()).unwrap_err().contains("--date-order"));
        let mut both = us;
        both.note("21/6/2025");
        assert!(both.is_open(), "two orders in one file");
    }
}
