//! On call: who is, who was, and how heavy it was.

use jiff::civil::Date;

use super::{Plan, PlanView};
use crate::metrics::date_of;
use crate::model::Time;
use crate::model::people::Absence;

/// What being on call was like for one person.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OnCallLoad {
    pub who: String,
    /// Days on call.
    pub days: u32,
    /// Incidents that began on those days.
    pub incidents: u32,
    /// Of them, those that began between ten in the evening and six in the morning.
    pub at_night: u32,
    /// The most on one day.
    pub most_a_day: u32,
    /// Until users were fine, of all of them together.
    pub hours: f64,
}

/// The hours in which people sleep: from the first until the second.
const NIGHT: (i8, i8) = (22, 6);

fn shifts(plan: &Plan, from: Date, to: Date) -> impl Iterator<Item = &Absence> {
    plan.absences.iter().filter(move |it| it.kind.as_deref() == Some("on_call") && it.from <= to && it.to >= from)
}

/// Who is on call in a span, by name, and until when: to the end of the shift, also after the span.
pub(super) fn on_call(plan: &Plan, from: Date, to: Date) -> Vec<(String, Date, Date)> {
    let shift = |it: &Absence| (plan.called(&it.person).to_owned(), it.from.max(from), it.to);
    let mut found: Vec<(String, Date, Date)> = shifts(plan, from, to).map(shift).collect();
    found.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    found
}

/// How heavy it was since a moment, the heaviest first; of each incident when it began, and when users were fine.
pub(super) fn on_call_load(view: &PlanView, incidents: &[(Time, Time)], since: Time, now: Time) -> Vec<OnCallLoad> {
    let plan = &view.plan;
    let (from, to) = (date_of(since, &view.zone), date_of(now, &view.zone));
    let mut people: Vec<&str> = shifts(plan, from, to).map(|shift| shift.person.as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let load = |person: &str| {
        let own: Vec<&Absence> = shifts(plan, from, to).filter(|shift| shift.person == person).collect();
        let is_on = |day: &Date| own.iter().any(|shift| shift.from <= *day && shift.to >= *day);
        let mut load = OnCallLoad {
            who: plan.called(person).to_owned(),
            days: count(from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).filter(is_on).count()),
            incidents: 0,
            at_night: 0,
            most_a_day: 0,
            hours: 0.0,
        };
        let mut days: Vec<Date> = Vec::new();
        for (began, ended) in incidents {
            let local = began.to_timestamp().to_zoned(view.zone.clone());
            if !is_on(&local.date()) {
                continue;
            }
            load.at_night += u32::from(local.hour() >= NIGHT.0 || local.hour() < NIGHT.1);
            load.hours += ended.secs_since(*began).max(0.0) / 3600.0;
            days.push(local.date());
        }
        days.sort_unstable();
        load.incidents = count(days.len());
        load.most_a_day = days.chunk_by(|a, b| a == b).map(<[Date]>::len).max().map_or(0, count);
        load
    };
    let mut loads: Vec<OnCallLoad> = people.into_iter().map(load).collect();
    loads.sort_by(|a, b| b.incidents.cmp(&a.incidents).then(b.hours.total_cmp(&a.hours)).then(a.who.cmp(&b.who)));
    loads
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
