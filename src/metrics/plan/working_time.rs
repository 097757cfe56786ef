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

    /// Seconds of worked days between two moments.
    pub fn seconds(&self, from: Time, to: Time) -> f64 {
        self.days(from, to).iter().filter(|day| day.3).map(|(_, from, to, _)| to.secs_since(*from)).sum()
    }
}
