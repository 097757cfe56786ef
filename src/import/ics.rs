//! Calendar files (.ics): time away and shifts on call of people, or the holidays of a team.
//!
//! An event belongs to the person that was named for the import, else to the one whose name stands in its title, else in
//! its attendees, else in its organiser. Events that repeat are told one by one, without the times that were moved or called
//! off by events of their own, until two years from now. Words of the title say what it is: on call, leave, or something
//! else. A whole-day event ends on the day before its `DTEND`, as the format has it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventLike as _, EventStatus};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Emit, ImportError, Options, encoding};
use crate::model::record::{Absence, CalendarDay, FILE_CONNECTION, Person, Record};

/// Times an event repeats that are kept: the last of those up to two years from now.
const MOST_TIMES: usize = 1500;
const DAYS_AHEAD: i32 = 730;
/// Times that are looked at for that.
const MOST_SEEN: usize = 50_000;
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
    let text = encoding::decode(bytes, path)?.text;
    let calendar: Calendar = match text.parse() {
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
    let events: Vec<&Event> = calendar.components.iter().filter_map(|component| component.as_event()).collect();
    // Times of series that have an event of their own.
    let mut moved: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for event in &events {
        if let Some((uid, date)) = event.get_uid().zip(recurrence_of(event)) {
            moved.entry(uid).or_default().insert(date);
        }
    }
    let reading = Reading { options, whose, zone, moved };
    for (n, event) in events.into_iter().enumerate() {
        let line = n as u64 + 1;
        for record in reading.records_of(event, line, emit)? {
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
        let words = words_of(text);
        let whole = self.people.iter().find(|(_, name)| {
            let name = words_of(name);
            !name.is_empty() && words.windows(name.len()).any(|run| *run == name)
        });
        let first = |name: &str| words_of(name).into_iter().next().unwrap_or_default();
        let by_first = || {
            let mut found = self.people.iter().filter(|(_, name)| words.contains(&first(name)));
            found.next().filter(|_| found.next().is_none())
        };
        whole.or_else(by_first).map(|(id, _)| id.clone())
    }
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The day of the series that an event stands for.
fn recurrence_of(event: &Event) -> Option<Date> {
    event.get_recurrence_id().and_then(|moment| own_date(&moment))
}

/// What the people of an event are called there.
fn named_in(event: &Event, key: &str) -> String {
    let many = event.multi_properties().get(key).into_iter().flatten();
    let named = many.chain(event.properties().get(key)).map(|property| {
        let name = property.params().get("CN").map(|name| name.value().to_owned()).unwrap_or_default();
        format!("{name} {}", property.value())
    });
    named.collect::<Vec<_>>().join("; ")
}

struct Reading<'a> {
    options: &'a Options,
    whose: Whose<'a>,
    zone: TimeZone,
    moved: BTreeMap<&'a str, BTreeSet<Date>>,
}

impl Reading<'_> {
    fn records_of(&self, event: &Event, line: u64, emit: &mut Emit<'_>) -> Result<Vec<Record>, ImportError> {
        if event.get_status() == Some(EventStatus::Cancelled) {
            return Ok(Vec::new());
        }
        let title = event.get_summary().unwrap_or_default().to_owned();
        let Some(first) = span_of(event, &self.zone) else {
            emit.refuse(line, None, format!("the event \"{title}\" has no start that can be read"))?;
            return Ok(Vec::new());
        };
        let spans = match self.times_of(event, first) {
            Ok(spans) => spans,
            Err(why) => {
                emit.refuse(line, None, format!("how the event \"{title}\" repeats cannot be read: {why}"))?;
                return Ok(Vec::new());
            }
        };
        if let Some(team) = &self.options.holidays_of {
            return Ok(spans.into_iter().flat_map(|(_, span)| days_off(span, team, &title)).collect());
        }
        let places = [title.clone(), named_in(event, "ATTENDEE"), named_in(event, "ORGANIZER")];
        let Some(person) = places.iter().find_map(|text| self.whose.of(text)) else {
            let what = "add the person under Settings, People, or name one with --person";
            emit.refuse(line, None, format!("nobody who is known stands in the event \"{title}\": {what}"))?;
            return Ok(Vec::new());
        };
        let kind = kind_of(&title, event);
        let uid = event.get_uid().map_or_else(|| title.clone(), str::to_owned);
        let absence = |(of_series, span): (Option<Date>, Span)| {
            let id = of_series.map_or_else(|| uid.clone(), |date| format!("{uid}/{date}"));
            Record::Absence(Absence {
                connection: self.options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned()),
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

    /// All times of an event, each with the day of its series by which it is known again.
    fn times_of(&self, event: &Event, first: Span) -> Result<Vec<(Option<Date>, Span)>, String> {
        if event.property_value("RRULE").is_none() {
            return Ok(vec![(recurrence_of(event), first)]);
        }
        let moved = event.get_uid().and_then(|uid| self.moved.get(uid));
        let rules = event.get_recurrence().map_err(|error| error.to_string())?;
        // The rule counts in the event's zone; its start tells how many days that is from ours.
        let begins = event.get_start().and_then(|start| own_date(&start)).unwrap_or(first.from);
        let (days, shift) = ((first.to - first.from).get_days(), (first.from - begins).get_days());
        let last = jiff::Timestamp::now()
            .to_zoned(self.zone.clone())
            .date()
            .saturating_add(jiff::Span::new().days(DAYS_AHEAD));
        let dates = rules.into_iter().take(MOST_SEEN).filter_map(|at| at.date_naive().to_string().parse::<Date>().ok());
        let mut kept = VecDeque::new();
        for date in dates.take_while(|date| *date <= last) {
            if kept.len() == MOST_TIMES {
                kept.pop_front();
            }
            kept.push_back(date);
        }
        let span = |date: Date| {
            let from = date.saturating_add(jiff::Span::new().days(shift));
            (Some(date), Span { from, to: from.saturating_add(jiff::Span::new().days(days)), ..first })
        };
        Ok(kept.into_iter().filter(|date| !moved.is_some_and(|moved| moved.contains(date))).map(span).collect())
    }
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
            _ => match length_of(event).and_then(|length| from.checked_add(length).ok()) {
                Some(after) => after,
                None => from.tomorrow().ok()?,
            },
        };
        return Some(Span { from, to: after.yesterday().ok()?.max(from), share: None });
    }
    let from = local(&start, zone)?;
    let by_length = || from.checked_add(length_of(event)?).ok();
    let to = event.get_end().and_then(|end| local(&end, zone)).or_else(by_length).unwrap_or(from).max(from);
    let hours = to.duration_since(from).as_secs_f64() / 3600.0;
    // What ends at midnight takes nothing of the day that begins.
    let is_midnight = to.time() == jiff::civil::Time::midnight() && to > from;
    let last = if is_midnight { to.date().yesterday().ok()? } else { to.date() };
    // A few hours over midnight belong to the day on which they begin.
    let is_short = hours < HOURS;
    let last = if is_short { from.date() } else { last };
    Some(Span { from: from.date(), to: last, share: is_short.then_some(hours / HOURS) })
}

/// How long an event says that it takes, where it says no end.
fn length_of(event: &Event) -> Option<jiff::Span> {
    event.property_value("DURATION")?.parse().ok()
}

/// The day that a moment names, on its own clock.
fn own_date(moment: &DatePerhapsTime) -> Option<Date> {
    let text = match moment {
        DatePerhapsTime::Date(date) => date.to_string(),
        DatePerhapsTime::DateTime(CalendarDateTime::Floating(time)) => time.date().to_string(),
        DatePerhapsTime::DateTime(CalendarDateTime::Utc(time)) => time.date_naive().to_string(),
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { date_time, .. }) => date_time.date().to_string(),
    };
    text.parse().ok()
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

    fn days(records: &[Record]) -> Vec<String> {
        let day = |record: &Record| match record {
            Record::Absence(a) => format!("{} {} {} {}", a.id, a.person, a.from, a.to),
            other => other.type_name().to_owned(),
        };
        records.iter().map(day).collect()
    }

    #[test]
    fn a_time_that_was_moved_or_called_off_is_not_told_twice() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:w\nSUMMARY:On call: Ann\nDTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260303\n\
             RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20260302\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:w\nRECURRENCE-ID;VALUE=DATE:20260309\nSUMMARY:On call: Ann\nDTSTART;VALUE=DATE:20260311\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:w\nRECURRENCE-ID;VALUE=DATE:20260316\nSTATUS:CANCELLED\nSUMMARY:On call: Ann\nDTSTART;VALUE=DATE:20260316\nEND:VEVENT\n\
             END:VCALENDAR\n"
        );
        let (records, refused) = read_text(&text, &options());
        assert_eq!(days(&records), ["w/2026-03-23 p1 2026-03-23 2026-03-23", "w/2026-03-09 p1 2026-03-11 2026-03-11"]);
        assert!(refused.is_empty());
    }

    #[test]
    fn a_series_without_an_end_is_read_until_two_years_from_now() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:d\nSUMMARY:Ann away\nDTSTART;VALUE=DATE:19900101\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let (records, _) = read_text(&text, &options());
        let today = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date().to_string();
        assert_eq!(records.len(), MOST_TIMES);
        assert!(days(&records).iter().any(|day| day.ends_with(&today)));
    }

    #[test]
    fn lengths_midnights_and_whole_words() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:1\nSUMMARY:Swap with Bo Chens team\nATTENDEE;CN=Ann Lee:mailto:a@example.org\n\
             DTSTART:20260303T210000Z\nDURATION:PT4H\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:Ann Lee\nORGANIZER;CN=Bo Chen:mailto:b@example.org\n\
             DTSTART;VALUE=DATE:20260302\nDURATION:P1W\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let (records, refused) = read_text(&text, &options());
        assert!(refused.is_empty(), "{refused:?}");
        // \"Bo\" alone names Bo Chen, whom the title speaks of.
        assert_eq!(days(&records), ["1 p2 2026-03-03 2026-03-03", "2 p1 2026-03-02 2026-03-08"]);
        assert!(matches!(&records[0], Record::Absence(a) if a.share == Some(0.5)));
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
