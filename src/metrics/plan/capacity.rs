//! How many hours a team has in a sprint: gross by person and working day, less time off and on-call, and less what is kept
//! free for the unplanned. Velocity needs none of it: history holds it already, so only the share of person-days counts.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::nearest_rank;
use crate::metrics::period::start_of_day;
use crate::model::Time;
use crate::model::people::{Absence, Person};

/// Of an on-call day that goes to operations, where nobody measured it: a guess.
pub const ON_CALL_SHARE: f64 = 0.4;
const HOURS_A_DAY: f64 = 8.0;

/// The hours of a person in a sprint; all but `gross` are parts of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Hours {
    pub person: String,
    pub name: String,
    /// Working days times hours times focus.
    pub gross: f64,
    pub time_off: f64,
    pub on_call: f64,
    pub meetings: f64,
    /// Days of the sprint on which the person is on call.
    pub on_call_days: u32,
    pub working_days: u32,
    /// What the last shifts were like, where incidents tell.
    pub shifts: Option<Shifts>,
}

/// What a person's last shifts on call were like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Shifts {
    /// Of a working day: the median over the days of the last shifts.
    pub share: f64,
    pub days: u32,
    /// Days with more incidents than a shift should have.
    pub busy_days: u32,
}

/// Shifts that are looked back at.
const LAST_SHIFTS: usize = 6;
/// More incidents on a day leave no time to learn from them (SRE's limit for a shift).
pub const MOST_INCIDENTS_A_DAY: usize = 2;

/// What shifts were like, by the spans of the incidents: each day has the hours that incidents took of it, at most a
/// working day. None without a shift that is over.
pub fn measured(
    absences: &[Absence],
    person: &Person,
    incidents: &[(Time, Time)],
    today: Date,
    zone: &TimeZone,
) -> Option<Shifts> {
    let is_past = |absence: &&Absence| {
        absence.person == person.id && absence.kind.as_deref() == Some("on_call") && absence.to < today
    };
    let mut shifts: Vec<&Absence> = absences.iter().filter(is_past).collect();
    shifts.sort_by_key(|shift| shift.to);
    let last = &shifts[shifts.len().saturating_sub(LAST_SHIFTS)..];
    let a_day = person.hours_per_day.unwrap_or(HOURS_A_DAY).max(1.0);
    let (mut shares, mut busy_days) = (Vec::new(), 0);
    for shift in last {
        let days = shift.from.series(jiff::Span::new().days(1)).take_while(|day| *day <= shift.to).take(366);
        for day in days {
            let (Ok(begins), Ok(ends)) = (start_of_day(day, zone), day.tomorrow().map(|next| start_of_day(next, zone)))
            else {
                continue;
            };
            let Ok(ends) = ends else { continue };
            let hours = |(from, to): &(Time, Time)| (*to).min(ends).secs_since((*from).max(begins)).max(0.0) / 3600.0;
            shares.push((incidents.iter().map(hours).sum::<f64>() / a_day).min(1.0));
            let began = incidents.iter().filter(|(from, _)| *from >= begins && *from < ends).count();
            busy_days += u32::from(began > MOST_INCIDENTS_A_DAY);
        }
    }
    shares.sort_by(f64::total_cmp);
    let share = nearest_rank(&shares, 0.5)?;
    Some(Shifts { share, days: u32::try_from(shares.len()).unwrap_or(u32::MAX), busy_days })
}

impl Hours {
    /// What is left for the plan, before a reserve is kept.
    pub fn free(&self) -> f64 {
        (self.gross - self.time_off - self.on_call - self.meetings).max(0.0)
    }
}

/// What a team has agreed on of its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreed {
    /// Of a working day, the part that goes to what was planned.
    pub focus: f64,
    /// Of each person, in the meetings of a sprint.
    pub meeting_hours: f64,
}

/// The working days of a sprint, and who is there.
pub fn hours(
    days: &[Date],
    people: &[Person],
    absences: &[Absence],
    agreed: Agreed,
    shifts: impl Fn(&Person) -> Option<Shifts>,
) -> Vec<Hours> {
    people.iter().map(|person| hours_of(days, person, absences, agreed, shifts(person))).collect()
}

/// The days that people are there, days on call and half days counted as such.
pub fn person_days(hours: &[Hours]) -> f64 {
    let share = |it: &Hours| if it.gross > 0.0 { it.free() / it.gross } else { 0.0 };
    hours.iter().map(|it| f64::from(it.working_days) * share(it)).sum()
}

fn hours_of(days: &[Date], person: &Person, absences: &[Absence], agreed: Agreed, shifts: Option<Shifts>) -> Hours {
    let a_day = person.hours_per_day.unwrap_or(HOURS_A_DAY) * agreed.focus;
    let of_person = || absences.iter().filter(|absence| absence.person == person.id);
    let usual = shifts.map_or(ON_CALL_SHARE, |shifts| shifts.share);
    let mut hours = Hours { person: person.id.clone(), name: person.name.clone(), shifts, ..Hours::default() };
    for day in days {
        let on = |absence: &&Absence| absence.from <= *day && *day <= absence.to;
        let is_on_call = |absence: &Absence| absence.kind.as_deref() == Some("on_call");
        // Two absences of one day take no more than the day.
        let off: f64 = of_person().filter(on).filter(|a| !is_on_call(a)).map(|a| a.share.unwrap_or(1.0)).sum();
        let off = off.min(1.0);
        let on_call = of_person().filter(on).find(|a| is_on_call(a)).map(|a| a.share.unwrap_or(usual));
        hours.gross += a_day;
        hours.working_days += 1;
        hours.time_off += a_day * off;
        if let Some(share) = on_call {
            hours.on_call += a_day * share * (1.0 - off);
            hours.on_call_days += 1;
        }
    }
    hours.meetings = agreed.meeting_hours.min(hours.free());
    hours
}

/// What a sprint can hold in hours: what everybody has free, less what is kept for the unplanned.
pub fn net(hours: &[Hours], reserve: Option<f64>) -> f64 {
    (hours.iter().map(Hours::free).sum::<f64>() - reserve.unwrap_or_default()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGREED: Agreed = Agreed { focus: 0.75, meeting_hours: 0.0 };

    fn day(day: i8) -> Date {
        Date::constant(2026, 3, day)
    }

    fn away(from: i8, to: i8, kind: &str, share: Option<f64>) -> Absence {
        Absence {
            id: format!("{from}{kind}"),
            person: "ann".to_owned(),
            from: day(from),
            to: day(to),
            kind: Some(kind.to_owned()),
            share,
            ..Absence::default()
        }
    }

    #[test]
    fn time_off_and_on_call_are_taken_from_the_working_days() {
        let days: Vec<Date> = (2..=6).map(day).collect();
        let ann =
            Person { id: "ann".to_owned(), name: "Ann".to_owned(), hours_per_day: Some(8.0), ..Person::default() };
        let found = hours(&days, std::slice::from_ref(&ann), &[], AGREED, |_| None);
        assert_eq!((found[0].gross, found[0].free()), (30.0, 30.0));
        let absences = [
            away(1, 2, "leave", None),
            away(3, 3, "other", Some(0.5)),
            away(2, 4, "on_call", None),
            // The same day twice is one day.
            away(2, 2, "holiday", None),
        ];
        let found = hours(&days, &[ann], &absences, AGREED, |_| None);
        assert_eq!((found[0].time_off, found[0].on_call_days), (9.0, 3));
        // On call on a day off costs nothing more; on half a day, half.
        assert!((found[0].on_call - (0.0 + 6.0 * 0.4 * 0.5 + 6.0 * 0.4)).abs() < 1e-9);
        assert!((net(&found, Some(5.0)) - (30.0 - 9.0 - 3.6 - 5.0)).abs() < 1e-9);
        assert_eq!(net(&found, Some(99.0)), 0.0);
        let ann = Person { id: "ann".to_owned(), hours_per_day: Some(8.0), ..Person::default() };
        let met =
            hours(&days, std::slice::from_ref(&ann), &absences, Agreed { meeting_hours: 4.0, ..AGREED }, |_| None);
        assert!((met[0].free() - (30.0 - 9.0 - 3.6 - 4.0)).abs() < 1e-9);
        let away = [away(1, 31, "leave", None)];
        let gone = hours(&days, &[ann], &away, Agreed { meeting_hours: 4.0, ..AGREED }, |_| None);
        assert_eq!((gone[0].meetings, gone[0].free()), (0.0, 0.0), "who is away sits in no meeting");
    }

    #[test]
    fn shifts_are_measured_by_their_incidents() {
        let ann =
            Person { id: "ann".to_owned(), name: "Ann".to_owned(), hours_per_day: Some(8.0), ..Person::default() };
        let at = |day: i8, hour: i8| {
            Time::from_timestamp(self::day(day).at(hour, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp())
        };
        let shifts = [away(2, 4, "on_call", None), away(20, 22, "on_call", None)];
        let incidents = [(at(2, 9), at(2, 11)), (at(3, 1), at(3, 2)), (at(3, 3), at(3, 4)), (at(3, 5), at(3, 7))];
        let found = measured(&shifts, &ann, &incidents, day(10), &TimeZone::UTC).unwrap();
        // 2 h, 4 h and 0 h of 8: the median is 2 h.
        assert_eq!(found, Shifts { share: 0.25, days: 3, busy_days: 1 });
        assert_eq!(measured(&shifts, &ann, &[], day(2), &TimeZone::UTC), None, "no shift is over");
        let ahead = [away(11, 11, "on_call", None)];
        let hours =
            hours(&[day(11)], std::slice::from_ref(&ann), &ahead, Agreed { focus: 1.0, ..AGREED }, |_| Some(found));
        assert!((hours[0].on_call - 2.0).abs() < 1e-9);
        assert!((person_days(&hours) - 0.75).abs() < 1e-9);
    }
}
