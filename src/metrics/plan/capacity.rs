//! How many hours a team has in a sprint: gross by person and working day, less time off and on-call, and less what is kept
//! free for the unplanned. Velocity needs none of it: history holds it already, so only the share of person-days counts.

use jiff::civil::Date;
use serde::Serialize;

use crate::model::people::{Absence, Person};

/// Of a day that is spent on what was planned: the rest is talk, mail and coffee.
pub const FOCUS: f64 = 0.75;
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
    /// Days of the sprint on which the person is on call.
    pub on_call_days: u32,
    pub working_days: u32,
}

impl Hours {
    /// What is left for the plan, before a reserve is kept.
    pub fn free(&self) -> f64 {
        (self.gross - self.time_off - self.on_call).max(0.0)
    }
}

/// The working days of a sprint, and who is there.
pub fn hours(days: &[Date], people: &[Person], absences: &[Absence], focus: f64) -> Vec<Hours> {
    people.iter().map(|person| hours_of(days, person, absences, focus)).collect()
}

fn hours_of(days: &[Date], person: &Person, absences: &[Absence], focus: f64) -> Hours {
    let a_day = person.hours_per_day.unwrap_or(HOURS_A_DAY) * focus;
    let of_person = || absences.iter().filter(|absence| absence.person == person.id);
    let mut hours = Hours { person: person.id.clone(), name: person.name.clone(), ..Hours::default() };
    for day in days {
        let on = |absence: &&Absence| absence.from <= *day && *day <= absence.to;
        let is_on_call = |absence: &Absence| absence.kind.as_deref() == Some("on_call");
        // Two absences of one day take no more than the day.
        let off: f64 = of_person().filter(on).filter(|a| !is_on_call(a)).map(|a| a.share.unwrap_or(1.0)).sum();
        let off = off.min(1.0);
        let on_call = of_person().filter(on).find(|a| is_on_call(a)).map(|a| a.share.unwrap_or(ON_CALL_SHARE));
        hours.gross += a_day;
        hours.working_days += 1;
        hours.time_off += a_day * off;
        if let Some(share) = on_call {
            hours.on_call += a_day * share * (1.0 - off);
            hours.on_call_days += 1;
        }
    }
    hours
}

/// What a sprint can hold in hours: what everybody has free, less what is kept for the unplanned.
pub fn net(hours: &[Hours], reserve: Option<f64>) -> f64 {
    (hours.iter().map(Hours::free).sum::<f64>() - reserve.unwrap_or_default()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let found = hours(&days, std::slice::from_ref(&ann), &[], 0.75);
        assert_eq!((found[0].gross, found[0].free()), (30.0, 30.0));
        let absences = [
            away(1, 2, "leave", None),
            away(3, 3, "other", Some(0.5)),
            away(2, 4, "on_call", None),
            // The same day twice is one day.
            away(2, 2, "holiday", None),
        ];
        let found = hours(&days, &[ann], &absences, 0.75);
        assert_eq!((found[0].time_off, found[0].on_call_days), (9.0, 3));
        // On call on a day off costs nothing more; on half a day, half.
        assert!((found[0].on_call - (0.0 + 6.0 * 0.4 * 0.5 + 6.0 * 0.4)).abs() < 1e-9);
        assert!((net(&found, Some(5.0)) - (30.0 - 9.0 - 3.6 - 5.0)).abs() < 1e-9);
        assert_eq!(net(&found, Some(99.0)), 0.0);
    }
}
