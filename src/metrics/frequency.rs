//! Deployment frequency: succeeded deployments in the period.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::period::{date_of, monday_of};
use super::query::{Counted, Evidence, LeftOut, Query, Reason, Subject};
use super::{DayZone, Frequency, LeadStat, WorkingDays, stats};
use crate::model::{Status, Time};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrequencyFigure {
    pub deployments: u64,
    /// The definition's own statistic, in `value_unit`.
    pub value: f64,
    pub value_unit: Cow<'static, str>,
    pub per_day: f64,
    pub per_working_day: Option<f64>,
    pub per_week: f64,
    pub deploy_days: u64,
    pub deploy_days_median_week: Option<f64>,
    pub median_between_s: Option<f64>,
}

impl Query<'_> {
    fn day_zone(&self) -> TimeZone {
        match self.definition.day_zone {
            DayZone::Period => self.period.zone.clone(),
            DayZone::Utc => TimeZone::UTC,
        }
    }

    /// Days of the period that the definition's calendar works.
    pub fn working_days(&self) -> i64 {
        let dates = self.period.dates_in(&self.day_zone());
        let weekends = super::Calendar::default();
        let is_working = |date: &Date| match self.definition.working_days {
            WorkingDays::Off => true,
            WorkingDays::Weekends => weekends.is_working(*date),
            WorkingDays::Calendar => self.calendar.is_working(*date),
        };
        dates.filter(is_working).count() as i64
    }

    pub fn frequency(&self) -> FrequencyFigure {
        let zone = self.day_zone();
        let times: Vec<i64> =
            self.deployments().iter().filter(|&&row| self.succeeded(row)).map(|&row| self.finished(row)).collect();
        let n = times.len() as f64;
        let days = self.period.dates_in(&zone).count();
        let working = self.working_days();
        let deploy_days = deploy_days(&times, &zone);
        let per_day = if days == 0 { 0.0 } else { n / days as f64 };
        let per_working_day = (working > 0).then(|| n / working as f64);
        let weeks = self.days_a_week(&deploy_days, &zone);
        let median_week = match self.definition.lead_stat {
            LeadStat::LowerMedian => stats::lower_median(&weeks),
            _ => stats::median(&weeks),
        };
        let between: Vec<f64> = times.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
        let (value, value_unit) = match self.definition.frequency {
            Frequency::PerDay => (per_day, "per_day"),
            Frequency::PerWorkingDay => (per_working_day.unwrap_or_default(), "per_working_day"),
            Frequency::DeployDaysMedianWeek => (median_week.unwrap_or_default(), "deploy_days_per_week"),
            Frequency::FloorAverage => (per_day.floor(), "per_day"),
        };
        FrequencyFigure {
            deployments: times.len() as u64,
            value: self.rounded_number(value),
            value_unit: Cow::Borrowed(value_unit),
            per_day,
            per_working_day,
            per_week: per_day * 7.0,
            deploy_days: deploy_days.len() as u64,
            deploy_days_median_week: median_week,
            median_between_s: stats::median(&between),
        }
    }

    /// Deploy days in each Monday week that the period touches; weeks without one count 0.
    fn days_a_week(&self, deploy_days: &[Date], zone: &TimeZone) -> Vec<f64> {
        let mut weeks: BTreeMap<Date, f64> = self.period.dates_in(zone).map(|date| (monday_of(date), 0.0)).collect();
        for &date in deploy_days {
            *weeks.entry(monday_of(date)).or_default() += 1.0;
        }
        weeks.into_values().collect()
    }

    pub(super) fn frequency_evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for &row in self.deployments() {
            let subject = Subject::Deployment(row);
            if self.succeeded(row) {
                evidence.counted.push(Counted { subject, deployment: Some(row), value_s: None });
            } else {
                evidence.left_out.push(LeftOut { subject, reason: self.reason_without_success(row) });
            }
        }
        evidence
    }

    pub(super) fn reason_without_success(&self, row: u32) -> Reason {
        match self.status(row) {
            Status::Failed | Status::Warnings if self.reached(row) => Reason::Failed,
            Status::Failed | Status::Warnings => Reason::NotReached,
            _ => Reason::NoOutcome,
        }
    }
}

/// The distinct local dates of ordered times. Neighbours on one day are told without the calendar.
fn deploy_days(times: &[i64], zone: &TimeZone) -> Vec<Date> {
    let mut days: Vec<Date> = Vec::new();
    let mut day_ends = i64::MIN;
    for &at in times {
        if at < day_ends {
            continue;
        }
        let date = date_of(Time(at), zone);
        if days.last() != Some(&date) {
            days.push(date);
        }
        day_ends = super::period::start_of_day(date.saturating_add(jiff::Span::new().days(1)), zone)
            .map_or(i64::MAX, |next| next.0);
    }
    days
}
