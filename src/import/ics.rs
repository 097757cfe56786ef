//! Calendar files (.ics): time away and shifts on call of people, or the holidays of a team.
//!
//! An event belongs to the person that was named for the import, else to the one whose name stands in its title, its
//! attendees or its organiser. Events that repeat are told one by one over a bounded time. Words of the title say what it
//! is: on call, leave, or something else. A whole-day event ends on the day before its `DTEND`, as the format has it.

use std::path::Path;

use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventLike as _, EventStatus};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Emit, ImportError, Options};
use crate::model::record::{Absence, CalendarDay, FILE_CONNECTION, Person, Record};

/// Times an event repeats that are read.
const MOST_TIMES: u16 = 750;
/// A day's work, of which an event of hours takes a share.
const HOURS: f64 = 8.0;
const ON_CALL: [&str; 6] = ["on-call", "on call", "oncall", "pager", "standby", "bereitschaft"];
const LEAVE: [&str; 11] =
    ["holiday", "vacation", "leave", "pto", "urlaub", "out of office", "ooo", "sick", "away", "day off", "off work"];

/// When an event is, in days, and the share of a day it takes where it is shorter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    from: Date,
    to: Date,
    share: Option<f64>,
}

pub fn read(path: &Path, options: &Options, emit: &mut Emit<'_>) -> Result<(), ImportError> {
    let bytes = std::fs::read(path).map_err(|error| ImportError::Io { error, path: path.to_owned() })?;
    let text = String::from_utf8(bytes).map_err(|error| ImportError::Encoding {
        at: error.utf8_error().valid_up_to() as u64,
        path: path.to_owned(),
    })?;
    let calendar: Calendar = match text.trim_start_matches('\u{feff}').parse() {
        Ok(calendar) => calendar,
        Err(why) => {
            emit.refuse(1, None, format!("not a calendar file: {why}"))?;
            return Ok(());
        }
    };
    let whose = Whose::new(options);
    if let Some(person) = &whose.new_person {
        emit.record(1, Record::Person(person.clone()))?;
    }
    let zone = options.zone.clone().unwrap_or_else(TimeZone::system);
    for (n, event) in calendar.components.iter().filter_map(|component| component.as_event()).enumerate() {
        let line = n as u64 + 1;
        for record in records_of(event, line, options, &whose, &zone, emit)? {
            emit.record(line, record)?;
        }
    }
    Ok(())
}

/// Whose days the events take.
struct Whose<'a> {
    people: &'a [(String, String)],
    /// The id of the person that all events belong to.
    one: Option<String>,
    /// That person, where nobody knows them yet.
    new_person: Option<Person>,
}

impl<'a> Whose<'a> {
    fn new(options: &'a Options) -> Self {
        let people = options.people.as_slice();
        let Some(name) = &options.person else { return Self { people, one: None, new_person: None } };
        let known = people.iter().find(|(id, known)| id == name || known.eq_ignore_ascii_case(name));
        let new = Person {
            connection: FILE_CONNECTION.to_owned(),
            id: name.clone(),
            name: name.clone(),
            ..Person::default()
        };
        Self {
            people,
            one: Some(known.map_or_else(|| name.clone(), |(id, _)| id.clone())),
            new_person: known.is_none().then_some(new),
        }
    }

    /// The one person whose whole name, or whose first name that nobody shares, stands in a text.
    fn of(&self, text: &str) -> Option<String> {
        if let Some(one) = &self.one {
            return Some(one.clone());
        }
        let text = text.to_lowercase();
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
        let whole = self.people.iter().find(|(_, name)| !name.is_empty() && text.contains(&name.to_lowercase()));
        let first = |name: &str| name.split_whitespace().next().unwrap_or_default().to_lowercase();
        let by_first = || {
            let mut found = self.people.iter().filter(|(_, name)| words.contains(&first(name).as_str()));
            found.next().filter(|_| found.next().is_none())
        };
        whole.or_else(by_first).map(|(id, _)| id.clone())
    }
}

fn records_of(
    event: &Event,
    line: u64,
    options: &Options,
    whose: &Whose<'_>,
    zone: &TimeZone,
    emit: &mut Emit<'_>,
) -> Result<Vec<Record>, ImportError> {
    if event.get_status() == Some(EventStatus::Cancelled) {
        return Ok(Vec::new());
    }
    let title = event.get_summary().unwrap_or_default().to_owned();
    let Some(first) = span_of(event, zone) else {
        emit.refuse(line, None, format!("the event \"{title}\" has no start that can be read"))?;
        return Ok(Vec::new());
    };
    let spans = match repeated(event, first) {
        Ok(spans) => spans,
        Err(why) => {
            emit.refuse(line, None, format!("how the event \"{title}\" repeats cannot be read: {why}"))?;
            return Ok(Vec::new());
        }
    };
    if let Some(team) = &options.holidays_of {
        return Ok(spans.into_iter().flat_map(|span| days_off(span, team, &title)).collect());
    }
    let people = ["ATTENDEE", "ORGANIZER"].iter().flat_map(|key| {
        let many = event.multi_properties().get(*key).into_iter().flatten();
        let one = event.properties().get(*key).into_iter();
        many.chain(one).map(|property| {
            let name = property.params().get("CN").map(|name| name.value().to_owned()).unwrap_or_default();
            format!("{name} {}", property.value())
        })
    });
    let about = std::iter::once(title.clone()).chain(people).collect::<Vec<_>>().join(" ");
    let Some(person) = whose.of(&about) else {
        emit.refuse(line, None, format!("nobody who is known stands in the event \"{title}\": name the person"))?;
        return Ok(Vec::new());
    };
    let kind = kind_of(&title, event);
    let uid = event.get_uid().map_or_else(|| title.clone(), str::to_owned);
    let absence = |span: Span| {
        let id = format!("{uid}/{}", span.from);
        Record::Absence(Absence {
            connection: options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned()),
            id: id.chars().rev().take(200).collect::<Vec<char>>().into_iter().rev().collect(),
            person: person.clone(),
            from: span.from,
            to: span.to,
            kind: Some(kind.to_owned()),
            // How much of a day on call goes to operations is measured, not read off a shift's hours.
            share: span.share.filter(|_| kind != "on_call"),
        })
    };
    Ok(spans.into_iter().map(absence).collect())
}

fn kind_of(title: &str, event: &Event) -> &'static str {
    let categories = event.get_categories().unwrap_or_default().join(" ");
    let words = format!("{title} {categories}").to_lowercase();
    let speaks = |known: &[&str]| known.iter().any(|word| words.contains(word));
    if speaks(&ON_CALL) {
        "on_call"
    } else if speaks(&LEAVE) {
        "leave"
    } else {
        "other"
    }
}

fn days_off(span: Span, team: &str, title: &str) -> Vec<Record> {
    let days = span.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= span.to).take(366);
    days.map(|date| {
        Record::CalendarDay(CalendarDay {
            connection: FILE_CONNECTION.to_owned(),
            team: team.to_owned(),
            date,
            working: false,
            name: Some(title.to_owned()).filter(|title| !title.is_empty()),
        })
    })
    .collect()
}

/// The days of an event as it is first.
fn span_of(event: &Event, zone: &TimeZone) -> Option<Span> {
    let start = event.get_start()?;
    if let DatePerhapsTime::Date(date) = &start {
        let from: Date = date.to_string().parse().ok()?;
        let after = match event.get_end() {
            Some(DatePerhapsTime::Date(end)) => end.to_string().parse().ok()?,
            _ => from.tomorrow().ok()?,
        };
        return Some(Span { from, to: after.yesterday().ok()?.max(from), share: None });
    }
    let from = local(&start, zone)?;
    let to = event.get_end().and_then(|end| local(&end, zone)).unwrap_or(from).max(from);
    let hours = to.duration_since(from).as_secs_f64() / 3600.0;
    // What ends at midnight takes nothing of the day that begins.
    let is_midnight = to.time() == jiff::civil::Time::midnight() && to > from;
    let last = if is_midnight { to.date().yesterday().ok()? } else { to.date() };
    let share = (from.date() == last && hours < HOURS).then_some(hours / HOURS);
    Some(Span { from: from.date(), to: last, share })
}

/// A moment as a clock of the zone shows it.
fn local(moment: &DatePerhapsTime, zone: &TimeZone) -> Option<DateTime> {
    let civil = |text: String| text.replace(' ', "T").parse::<DateTime>().ok();
    match moment {
        DatePerhapsTime::Date(date) => date.to_string().parse::<Date>().ok().map(|date| date.at(0, 0, 0, 0)),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(time)) => civil(time.to_string()),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => {
            Some(jiff::Timestamp::from_second(time.timestamp()).ok()?.to_zoned(zone.clone()).datetime())
        }
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, tzid }) => {
            let there = civil(date_time.to_string())?;
            match TimeZone::get(tzid) {
                Ok(of_event) => Some(there.to_zoned(of_event).ok()?.with_time_zone(zone.clone()).datetime()),
                // A zone that only the file knows: its clock is taken as it is.
                Err(_) => Some(there),
            }
        }
    }
}

/// All times of an event, the first included.
fn repeated(event: &Event, first: Span) -> Result<Vec<Span>, String> {
    if event.property_value("RRULE").is_none() {
        return Ok(vec![first]);
    }
    let rules = event.get_recurrence().map_err(|error| error.to_string())?;
    let begins = rules.all(MOST_TIMES).dates;
    let days = (first.to - first.from).get_days();
    let Some(start) = begins.first().map(|date| date.date_naive().to_string()) else { return Ok(Vec::new()) };
    // The rule counts in the event's zone; the first time tells how far that is from ours.
    let shift = match start.parse::<Date>() {
        Ok(start) => (first.from - start).get_days(),
        Err(_) => 0,
    };
    let span = |text: String| {
        let from = text.parse::<Date>().ok()?.checked_add(jiff::Span::new().days(shift)).ok()?;
        let to = from.checked_add(jiff::Span::new().days(days)).ok()?;
        Some(Span { from, to, ..first })
    };
    Ok(begins.iter().filter_map(|date| span(date.date_naive().to_string())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Item, Progress};

    fn read_text(text: &str, options: &Options) -> (Vec<Record>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ics");
        std::fs::write(&path, text.replace('\n', "\r\n")).unwrap();
        let (mut records, mut refused) = (Vec::new(), Vec::new());
        let mut take = |batch: Vec<Item>, _: Progress| {
            for item in batch {
                match item {
                    Item::Record { record, .. } => records.push(*record),
                    Item::Refused(refusal) => refused.push(refusal.reason),
                    _ => {}
                }
            }
            true
        };
        let mut emit = Emit::new(&mut take, 0);
        read(&path, options, &mut emit).unwrap();
        emit.flush().unwrap();
        (records, refused)
    }

    fn options() -> Options {
        Options {
            people: vec![("p1".to_owned(), "Ann Lee".to_owned()), ("p2".to_owned(), "Bo Chen".to_owned())],
            zone: TimeZone::get("Europe/Berlin").ok(),
            ..Options::default()
        }
    }

    const HEAD: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n";

    #[test]
    fn events_become_days_away() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:1\nSUMMARY:Ann – vacation\nDTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260307\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:Dentist\nATTENDEE;CN=Bo Chen:mailto:bo@example.org\n\
             DTSTART:20260303T080000Z\nDTEND:20260303T100000Z\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:On-call: Bo\nDTSTART;TZID=Europe/Berlin:20260309T180000\n\
             DTEND;TZID=Europe/Berlin:20260316T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4\nSUMMARY:Somebody else\nDTSTART;VALUE=DATE:20260302\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:5\nSUMMARY:Ann off\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260302\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let (records, refused) = read_text(&text, &options());
        let told: Vec<String> = records
            .iter()
            .map(|record| match record {
                Record::Absence(a) => {
                    format!("{} {} {} {} {:?}", a.person, a.from, a.to, a.kind.as_deref().unwrap_or(""), a.share)
                }
                other => other.type_name().to_owned(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "p1 2026-03-02 2026-03-06 leave None",
                "p2 2026-03-03 2026-03-03 other Some(0.25)",
                "p2 2026-03-09 2026-03-16 on_call None",
                "p2 2026-03-23 2026-03-30 on_call None",
                "p2 2026-04-06 2026-04-13 on_call None",
            ]
        );
        assert_eq!(refused.len(), 1);
        assert!(refused[0].contains("Somebody else"));
    }

    #[test]
    fn a_named_person_has_all_of_them_and_a_team_its_holidays() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:1\nSUMMARY:Good Friday\nDTSTART;VALUE=DATE:20260403\nDTEND;VALUE=DATE:20260404\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let (records, refused) = read_text(&text, &Options { person: Some("Cy".to_owned()), ..options() });
        assert!(matches!(&records[..], [Record::Person(p), Record::Absence(a)] if p.id == "Cy" && a.person == "Cy"));
        assert!(refused.is_empty());
        let (records, _) = read_text(&text, &Options { holidays_of: Some("shop".to_owned()), ..options() });
        assert!(matches!(&records[..], [Record::CalendarDay(day)] if day.team == "shop" && !day.working));
    }

    #[test]
    fn broken_calendars_are_refused_in_words() {
        for text in ["BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "BEGIN:VCALENDAR\nEND:VEVENT\n"] {
            let (records, _) = read_text(text, &options());
            assert!(records.is_empty(), "{text}");
        }
        let text = format!("{HEAD}BEGIN:VEVENT\nSUMMARY:Ann\nDTSTART:tomorrow\nEND:VEVENT\nEND:VCALENDAR\n");
        assert!(read_text(&text, &options()).1[0].contains("no start"));
    }
}
