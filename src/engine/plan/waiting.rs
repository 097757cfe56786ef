//! What of the plan waits for a person.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Plan, TeamWork};
use crate::metrics::plan::flow;
use crate::metrics::{date_of, start_of_day};
use crate::model::Time;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Waiting {
    /// A sprint that goes on after its last day.
    Sprint,
    /// Operations was asked and has not answered.
    Review,
    /// An item after its due day.
    Due,
    /// Under way for longer than most items of the past took.
    Ageing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingRow {
    pub what: Waiting,
    /// Of the item, or of the sprint.
    pub id: String,
    pub title: String,
    pub since: i64,
}

/// Rows of one kind that are told.
const MOST: usize = 8;
const DAY_US: i64 = 86_400_000_000;

impl Plan {
    /// The most urgent kind first, and of each the one that waits longest.
    pub fn waiting(&self, now: Time, zone: &TimeZone) -> Vec<WaitingRow> {
        let kinds =
            [self.late_sprints(now), self.open_reviews(), self.late_items(now, zone), self.old_items(now, zone)];
        let sorted = kinds.into_iter().map(|mut rows| {
            rows.sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
            rows.truncate(MOST);
            rows
        });
        sorted.flatten().collect()
    }

    fn row(&self, what: Waiting, item: usize, since: Time) -> WaitingRow {
        let item = &self.items[item];
        WaitingRow { what, id: item.id.clone(), title: item.title.clone(), since: since.0 }
    }

    fn late_sprints(&self, now: Time) -> Vec<WaitingRow> {
        let is_late = |n: &usize| {
            let ledger = &self.ledgers[*n];
            ledger.started_at.is_some() && ledger.closed_at.is_none() && self.sprints[*n].ends_at < now
        };
        let row = |n: usize| {
            let sprint = &self.sprints[n];
            let (id, title) = (sprint.id.clone(), sprint.name.clone());
            WaitingRow { what: Waiting::Sprint, id, title, since: sprint.ends_at.0 }
        };
        (0..self.sprints.len()).filter(is_late).map(row).collect()
    }

    fn open_reviews(&self) -> Vec<WaitingRow> {
        let asked = self.reviews.iter().filter(|review| review.state == "asked");
        let mut items: Vec<usize> = asked.filter_map(|review| self.place_of(&review.item)).collect();
        items.sort_unstable();
        items.dedup();
        let open = items.into_iter().filter(|n| !self.is_over(*n));
        let row = |n: usize| {
            let said = self.review_of(n).filter(|said| said.review.state == "asked")?;
            Some(self.row(Waiting::Review, n, said.review.at))
        };
        open.filter_map(row).collect()
    }

    fn late_items(&self, now: Time, zone: &TimeZone) -> Vec<WaitingRow> {
        let today = date_of(now, zone);
        let row = |n: usize| {
            let due = self.items[n].due.filter(|due| *due < today)?;
            Some(self.row(Waiting::Due, n, start_of_day(due.tomorrow().ok()?, zone).ok()?))
        };
        (0..self.items.len()).filter(|n| !self.is_over(*n)).filter_map(row).collect()
    }

    fn old_items(&self, now: Time, zone: &TimeZone) -> Vec<WaitingRow> {
        let finished = self.finished(|_| true);
        let usual = flow::cycle_times(finished.items.iter().map(|it| (it.begun, it.done)), zone);
        let Some(p85) = usual.percentiles[2] else { return Vec::new() };
        let old = self.ageing(&TeamWork::ALL, now, zone).into_iter().filter(|ageing| f64::from(ageing.days) > p85);
        old.map(|it| self.row(Waiting::Ageing, it.item as usize, Time(now.0 - i64::from(it.days) * DAY_US))).collect()
    }
}
