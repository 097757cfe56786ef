//! Working time of a team: whole local days that count, in its zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::metrics::Calendar;
use crate::metrics::period::{date_of, start_of_day};
use crate::model::Time;

/// When a team works.
#[derive(Clone, Debug)]
pub struct WorkingTime {
    pub zone: TimeZone,
    pub calendar: Calendar,
}

/// Local days that are walked at most, so that a date in the year 9999 holds nobody up.
const MOST_DAYS: usize = 4000;

impl WorkingTime {
    /// Each local day between two moments: its part of the span, and whether it is worked.
    pub fn days(&self, from: Time, to: Time) -> Vec<(Date, Time, Time, bool)> {
        let mut days = Vec::new();
        let mut date = date_of(from, &self.zone);
        while days.len() < MOST_DAYS {
            let Ok(begins) = start_of_day(date, &self.zone) else { break };
            if begins >= to {
                break;
            }
            let Ok(next) = date.tomorrow() else { break };
            let ends = start_of_day(next, &self.zone).unwrap_or(to);
            days.push((date, begins.max(from), ends.min(to), self.calendar.is_working(date)));
            date = next;
        }
        days
    }

    /// Days between two moments that are worked.
    pub fn working_days(&self, from: Time, to: Time) -> usize {
        self.days(from, to).iter().filter(|(.., is_worked)| *is_worked).count()
    }

    /// The moment so many worked days later, at the same time of the day.
    pub fn after_days(&self, from: Time, days: u32) -> Time {
        let moment = from.to_timestamp().to_zoned(self.zone.clone());
        let (mut date, mut left) = (moment.date(), days);
        for _ in 0..MOST_DAYS {
            if left == 0 {
                break;
            }
            let Ok(next) = date.tomorrow() else { break };
            date = next;
            left -= u32::from(self.calendar.is_working(date));
        }
        let later = date.to_datetime(moment.time()).to_zoned(self.zone.clone());
        later.map_or(from, |later| Time::from_timestamp(later.timestamp()))
    }

    /// Hours between nine and five of worked days, between two moments.
    pub fn office_hours(&self, from: Time, to: Time) -> f64 {
        let days = self.days(from, to).into_iter().filter(|day| day.3);
        let at = |date: Date, hour: i8| {
            let moment = date.at(hour, 0, 0, 0).to_zoned(self.zone.clone());
            moment.map_or(from, |moment| Time::from_timestamp(moment.timestamp()))
        };
        let hours = days.map(|(date, begins, ends, _)| {
            let (begins, ends) = (begins.max(at(date, 9)), ends.min(at(date, 17)));
            ends.secs_since(begins).max(0.0) / 3600.0
        });
        hours.sum()
    }

    /// Seconds of worked days between two moments.
    pub fn seconds(&self, from: Time, to: Time) -> f64 {
        self.days(from, to).iter().filter(|day| day.3).map(|(_, from, to, _)| to.secs_since(*from)).sum()
    }
}
