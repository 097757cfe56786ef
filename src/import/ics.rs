//! Calendar files (.ics): time away and shifts on call of people, or the holidays of a team.
//!
//! An event belongs to the person that was named for the import, else to the one whose name stands in its title, else in
//! its attendees, else in its organiser. Events that repeat are told one by one, without the times that were moved or called
//! off by events of their own, until two years from now. Words of the title say what it is: on call, leave, or something
//! else. A whole-day event ends on the day before its `DTEND`, as the format has it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use icalendar::{Calendar, CalendarDateTime, Component as _, DatePerhapsTime, Event, EventLike as _, EventStatus};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::{Emit, ImportError, Item as Out, Options, encoding};
use crate::model::record::{Absence, CalendarDay, FILE_CONNECTION, Person, Record};

/// Times an event repeats that are kept: the last of those up to two years from now.
const MOST_TIMES: usize = 1500;
const DAYS_AHEAD: i32 = 730;
/// Times that are looked at for that.
const MOST_SEEN: usize = 50_000;
/// A day's work, of which an event of hours takes a share, and when it is.
const HOURS: f64 = 8.0;
const DAY_BEGINS: Time = jiff::civil::time(9, 0, 0, 0);
const DAY_ENDS: Time = jiff::civil::time(17, 0, 0, 0);
const ON_CALL: [&str; 5] = ["on-call", "on call", "oncall", "pager", "standby"];
const LEAVE: [&str; 10] =
    ["holiday", "vacation", "leave", "pto", "out of office", "ooo", "sick", "away", "day off", "off work"];

/// When an event is, in days, and the share of a day it takes where it is shorter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    from: Date,
    to: Date,
    /// Nothing where it takes whole days.
    taken: Option<Taken>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Taken {
    Hours(f64),
    Share(f64),
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
    let zones = zones_of_series(&events);
    let mut moved: BTreeMap<&str, BTreeSet<Date>> = BTreeMap::new();
    for event in &events {
        if let Some((uid, date)) = event.get_uid().zip(recurrence_of(event, &zones)) {
            moved.entry(uid).or_default().insert(date);
        }
    }
    let reading = Reading { options, whose, zone, zones, moved };
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
    people: &'a [Person],
    /// The id of the person that all events belong to.
    one: Option<String>,
    /// That person, where nobody knows them yet.
    new_person: Option<Person>,
}

impl<'a> Whose<'a> {
    fn new(options: &'a Options) -> Self {
        let people = options.people.as_slice();
        let Some(name) = &options.person else { return Self { people, one: None, new_person: None } };
        let known = people.iter().find(|known| known.id == *name || known.name.eq_ignore_ascii_case(name));
        let new = Person {
            connection: FILE_CONNECTION.to_owned(),
            id: name.clone(),
            name: name.clone(),
            ..Person::default()
        };
        Self {
            people,
            one: Some(known.map_or_else(|| name.clone(), |known| known.id.clone())),
            new_person: known.is_none().then_some(new),
        }
    }

    /// The one person whose whole name, or whose first name that nobody shares, stands in a text.
    fn of(&self, text: &str) -> Option<String> {
        if let Some(one) = &self.one {
            return Some(one.clone());
        }
        let words = words_of(text);
        let whole = self.people.iter().find(|person| {
            let name = words_of(&person.name);
            !name.is_empty() && words.windows(name.len()).any(|run| *run == name)
        });
        let first = |name: &str| words_of(name).into_iter().next().unwrap_or_default();
        let by_first = || {
            let mut found = self.people.iter().filter(|person| words.contains(&first(&person.name)));
            found.next().filter(|_| found.next().is_none())
        };
        whole.or_else(by_first).map(|person| person.id.clone())
    }

    /// The hours that a day of somebody has.
    fn hours_of(&self, id: &str) -> f64 {
        let known = self.people.iter().find(|person| person.id == id).and_then(|person| person.hours_per_day);
        known.filter(|hours| *hours > 0.0).unwrap_or(HOURS)
    }
}

/// An id of at most 200 characters: what tells the times of a series apart stands at its end, whose it is at its start.
fn short_id(id: String) -> String {
    const MOST: usize = 200;
    const HEAD: usize = 60;
    let count = id.chars().count();
    if count <= MOST {
        return id;
    }
    id.chars().take(HEAD).chain(id.chars().skip(count - (MOST - HEAD))).collect()
}

fn words_of(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The zones of series by their names: in those their days are counted, also where one of their times is told in UTC.
fn zones_of_series<'a>(events: &[&'a Event]) -> BTreeMap<&'a str, TimeZone> {
    let series = events.iter().filter(|event| event.property_value("RRULE").is_some());
    let zone = |event: &&&'a Event| match event.get_start()? {
        DatePerhapsTime::DateTime(CalendarDateTime::WithTimezone { tzid, .. }) => TimeZone::get(&tzid).ok(),
        _ => None,
    };
    series.filter_map(|event| Some((event.get_uid()?, zone(&event)?))).collect()
}

/// The day of the series that an event stands for.
fn recurrence_of(event: &Event, zones: &BTreeMap<&str, TimeZone>) -> Option<Date> {
    let moment = event.get_recurrence_id()?;
    match (&moment, event.get_uid().and_then(|uid| zones.get(uid))) {
        (DatePerhapsTime::DateTime(CalendarDateTime::Utc(_)), Some(zone)) => Some(local(&moment, zone)?.date()),
        _ => own_date(&moment),
    }
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
    zones: BTreeMap<&'a str, TimeZone>,
    moved: BTreeMap<&'a str, BTreeSet<Date>>,
}

impl Reading<'_> {
    fn records_of(&self, event: &Event, line: u64, emit: &mut Emit<'_>) -> Result<Vec<Record>, ImportError> {
        if event.get_status() == Some(EventStatus::Cancelled) {
            return Ok(Vec::new());
        }
        let title = event.get_summary().unwrap_or_default().to_owned();
        let kind = kind_of(&title, event);
        // Whole days of leave are often marked as free; other things that are take nobody's time.
        let is_free = event.property_value("TRANSP").is_some_and(|word| word.eq_ignore_ascii_case("transparent"));
        if is_free && kind == "other" && self.options.holidays_of.is_none() {
            emit.item(Out::UnknownKey("ics: event that is marked as free".to_owned(), 1))?;
            return Ok(Vec::new());
        }
        let Some(first) = spans_of(event, kind == "on_call", &self.zone) else {
            emit.refuse(line, None, format!("the event \"{title}\" has no start that can be read"))?;
            return Ok(Vec::new());
        };
        let spans = match self.times_of(event, &first) {
            Ok(spans) => spans,
            Err(why) => {
                emit.refuse(line, None, format!("how the event \"{title}\" repeats cannot be read: {why}"))?;
                return Ok(Vec::new());
            }
        };
        if let Some(team) = &self.options.holidays_of {
            return Ok(spans.into_iter().flat_map(|(.., span)| days_off(span, team, &title)).collect());
        }
        let places = [title.clone(), named_in(event, "ATTENDEE"), named_in(event, "ORGANIZER")];
        let Some(person) = places.iter().find_map(|text| self.whose.of(text)) else {
            let what = "add the person under Settings, People, or name one with --person";
            emit.refuse(line, None, format!("nobody who is known stands in the event \"{title}\": {what}"))?;
            return Ok(Vec::new());
        };
        let (mut uid, hours) = (self.uid_of(event, &title), self.whose.hours_of(&person));
        // An event that several share has one id: for each of them it is time away of their own.
        if self.whose.one.is_some() {
            uid = format!("{person}/{uid}");
        }
        let absence = |(of_series, part, span): (Option<Date>, usize, Span)| {
            let mut id = of_series.map_or_else(|| uid.clone(), |date| format!("{uid}/{date}"));
            if part > 0 {
                id = format!("{id}/part {}", part + 1);
            }
            Record::Absence(Absence {
                connection: self.options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned()),
                id: short_id(id),
                person: person.clone(),
                from: span.from,
                to: span.to,
                kind: Some(kind.to_owned()),
                // How much of a day on call goes to operations is measured, not read off a shift's hours.
                share: span.taken.filter(|_| kind != "on_call").map(|taken| match taken {
                    Taken::Hours(taken) => (taken / hours).min(1.0),
                    Taken::Share(share) => share,
                }),
            })
        };
        Ok(spans.into_iter().map(absence).collect())
    }

    fn uid_of(&self, event: &Event, title: &str) -> String {
        event.get_uid().map_or_else(|| title.to_owned(), str::to_owned)
    }

    /// All times of an event, each with the day of its series by which it is known again.
    fn times_of(&self, event: &Event, first: &[Span]) -> Result<Vec<(Option<Date>, usize, Span)>, String> {
        let Some(begin) = first.first() else { return Ok(Vec::new()) };
        if event.property_value("RRULE").is_none() {
            let of_series = recurrence_of(event, &self.zones);
            return Ok(first.iter().enumerate().map(|(part, span)| (of_series, part, *span)).collect());
        }
        let moved = event.get_uid().and_then(|uid| self.moved.get(uid));
        let rules = event.get_recurrence().map_err(|error| error.to_string())?;
        // The rule counts in the event's zone; its start tells how many days that is from ours.
        let begins = event.get_start().and_then(|start| own_date(&start)).unwrap_or(begin.from);
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
        let shifted = |date: Date, by: Date| date.saturating_add(jiff::Span::new().days((by - begins).get_days()));
        let spans = |date: Date| {
            let moved = move |span: &Span| Span { from: shifted(date, span.from), to: shifted(date, span.to), ..*span };
            first.iter().enumerate().map(move |(part, span)| (Some(date), part, moved(span)))
        };
        Ok(kept.into_iter().filter(|date| !moved.is_some_and(|moved| moved.contains(date))).flat_map(spans).collect())
    }
}

/// Words that begin a text's words, one after another; short ones are whole words, lest a laptop be time off.
fn says(text: &[String], phrase: &str) -> bool {
    const SHORT: usize = 3;
    let wanted = words_of(phrase);
    let Some((last, before)) = wanted.split_last() else { return false };
    text.windows(wanted.len()).any(|run| {
        let ends = run
            .last()
            .is_some_and(|word| if last.len() <= SHORT { word == last } else { word.starts_with(last.as_str()) });
        ends && run.iter().zip(before).all(|(word, wanted)| word == wanted)
    })
}

fn kind_of(title: &str, event: &Event) -> &'static str {
    let categories = event.get_categories().unwrap_or_default().join(" ");
    let words = words_of(&format!("{title} {categories}"));
    let speaks = |known: &[&str]| known.iter().any(|phrase| says(&words, phrase));
    // Words that others are made of in German.
    let has = |part: &str| words.iter().any(|word| word.contains(part));
    if speaks(&ON_CALL) || has("bereitschaft") {
        "on_call"
    } else if speaks(&LEAVE) || has("urlaub") {
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

/// The days of an event as it is first; a shift is told as one.
fn spans_of(event: &Event, is_shift: bool, zone: &TimeZone) -> Option<Vec<Span>> {
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
        return Some(vec![Span { from, to: after.yesterday().ok()?.max(from), taken: None }]);
    }
    let from = local(&start, zone)?;
    let by_length = || from.checked_add(length_of(event)?).ok();
    let to = event.get_end().and_then(|end| local(&end, zone)).or_else(by_length).unwrap_or(from).max(from);
    let hours = to.duration_since(from).as_secs_f64() / 3600.0;
    // A few hours over midnight belong to the day on which they begin.
    if hours < HOURS {
        return Some(vec![Span { from: from.date(), to: from.date(), taken: Some(Taken::Hours(hours)) }]);
    }
    // What ends before work begins takes nothing of that day.
    let last = if to.time() <= DAY_BEGINS { to.date().yesterday().ok()? } else { to.date() }.max(from.date());
    if is_shift || last == from.date() {
        return Some(vec![Span { from: from.date(), to: last, taken: None }]);
    }
    Some(parts_of(from, to, last))
}

/// An absence of days that begins or ends within one: what it takes of the first and of the last, and the days between.
fn parts_of(from: DateTime, to: DateTime, last: Date) -> Vec<Span> {
    let worked = |begin: Time, end: Time| {
        (end.min(DAY_ENDS).duration_since(begin.max(DAY_BEGINS)).as_secs_f64() / 3600.0 / HOURS).clamp(0.0, 1.0)
    };
    let of_first = worked(from.time(), DAY_ENDS);
    let of_last = if to.date() == last { worked(DAY_BEGINS, to.time()) } else { 1.0 };
    let mut spans: Vec<Span> = Vec::new();
    for day in from.date().series(jiff::Span::new().days(1)).take_while(|day| *day <= last) {
        let share = if day == from.date() {
            of_first
        } else if day == last {
            of_last
        } else {
            1.0
        };
        let taken = (share < 1.0).then_some(Taken::Share(share));
        match spans.last_mut().filter(|before| before.taken.is_none() && taken.is_none()) {
            Some(before) => before.to = day,
            None if share > 0.0 => spans.push(Span { from: day, to: day, taken }),
            None => {}
        }
    }
    spans
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

    fn person(id: &str, name: &str, hours: f64) -> Person {
        Person { id: id.to_owned(), name: name.to_owned(), hours_per_day: Some(hours), ..Person::default() }
    }

    fn options() -> Options {
        Options {
            people: vec![person("p1", "Ann Lee", 8.0), person("p2", "Bo Chen", 4.0)],
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
                "p2 2026-03-03 2026-03-03 other Some(0.5)",
                "p2 2026-03-09 2026-03-15 on_call None",
                "p2 2026-03-23 2026-03-29 on_call None",
                "p2 2026-04-06 2026-04-12 on_call None",
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
    fn an_event_that_several_share_takes_the_days_of_each() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:shared@x\nSUMMARY:Team day\nDTSTART;VALUE=DATE:20260302\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let of = |person: &str| {
            let options = Options { person: Some(person.to_owned()), ..options() };
            days(&read_text(&text, &options).0).remove(0)
        };
        assert_eq!(of("Ann Lee"), "p1/shared@x p1 2026-03-02 2026-03-02");
        assert_eq!(of("p2"), "p2/shared@x p2 2026-03-02 2026-03-02");
        let long = short_id(format!("{}/{}", "p1".repeat(40), "é".repeat(300)));
        assert!(long.chars().count() == 200 && long.starts_with("p1") && long.ends_with('é'));
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
        assert!(matches!(&records[0], Record::Absence(a) if a.share == Some(1.0)));
    }

    #[test]
    fn what_begins_or_ends_within_a_day_takes_its_part_and_what_is_free_takes_nothing() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:1\nSUMMARY:Ann away\nDTSTART;TZID=Europe/Berlin:20260908T130000\n\
             DTEND;TZID=Europe/Berlin:20260910T120000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:2\nSUMMARY:On call: Ann\nDTSTART;TZID=Europe/Berlin:20260907T080000\n\
             DTEND;TZID=Europe/Berlin:20260914T080000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:3\nSUMMARY:Bo laptop swap\nDTSTART;TZID=Europe/Berlin:20260908T130000\n\
             DTEND;TZID=Europe/Berlin:20260908T140000\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:4\nSUMMARY:Ann: team lunch\nTRANSP:TRANSPARENT\nDTSTART;VALUE=DATE:20260908\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:5\nSUMMARY:Ann Jahresurlaub\nTRANSP:TRANSPARENT\nDTSTART;VALUE=DATE:20260921\nEND:VEVENT\n\
             END:VCALENDAR\n"
        );
        let (records, refused) = read_text(&text, &options());
        let told: Vec<String> = records
            .iter()
            .map(|record| match record {
                Record::Absence(a) => format!("{} {} {} {:?} {:?}", a.id, a.from, a.to, a.kind.as_deref(), a.share),
                other => other.type_name().to_owned(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "1 2026-09-08 2026-09-08 Some(\"leave\") Some(0.5)",
                "1/part 2 2026-09-09 2026-09-09 Some(\"leave\") None",
                "1/part 3 2026-09-10 2026-09-10 Some(\"leave\") Some(0.375)",
                "2 2026-09-07 2026-09-13 Some(\"on_call\") None",
                // An hour of the four that Bo works.
                "3 2026-09-08 2026-09-08 Some(\"other\") Some(0.25)",
                "5 2026-09-21 2026-09-21 Some(\"leave\") None",
            ]
        );
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn a_time_of_a_series_may_be_told_in_utc() {
        let text = format!(
            "{HEAD}BEGIN:VEVENT\nUID:n\nSUMMARY:On call: Ann\nDTSTART;TZID=America/New_York:20261202T200000\n\
             DTEND;TZID=America/New_York:20261202T210000\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n\
             BEGIN:VEVENT\nUID:n\nRECURRENCE-ID:20261204T010000Z\nSTATUS:CANCELLED\nSUMMARY:On call: Ann\n\
             DTSTART:20261204T010000Z\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let there = Options { zone: TimeZone::get("America/New_York").ok(), ..options() };
        let (records, _) = read_text(&text, &there);
        assert_eq!(days(&records), ["n/2026-12-02 p1 2026-12-02 2026-12-02", "n/2026-12-04 p1 2026-12-04 2026-12-04"]);
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
