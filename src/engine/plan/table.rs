//! Items as a table for spreadsheets and other tools.

use super::Plan;
use crate::model::{Time, labels};

impl Plan {
    /// The names of the columns of [`Plan::table_row`].
    pub const COLUMNS: [&str; 19] = [
        "id",
        "title",
        "kind",
        "state",
        "points",
        "hours",
        "assignee",
        "service",
        "labels",
        "sprint",
        "carried",
        "created_at",
        "started_at",
        "done_at",
        "due",
        "parent",
        "depends_on",
        "url",
        "description",
    ];

    /// An item as a row; its sprint is the last that it is in, of closed ones only where it was finished.
    pub fn table_row(&self, n: usize, places: &[Vec<u32>], carries: &[u32]) -> Vec<String> {
        let item = &self.items[n];
        let estimates = item.estimates.unwrap_or_default();
        let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let time = |value: Option<Time>| value.map(|at| at.to_string()).unwrap_or_default();
        let list = |values: &Option<Vec<String>>| values.as_deref().map(labels::written).unwrap_or_default();
        let is_its = |sprint: &&u32| self.is_over(n) || self.ledgers[**sprint as usize].closed_at.is_none();
        let sprint = places.get(n).and_then(|sprints| sprints.iter().rfind(is_its));
        vec![
            item.id.clone(),
            item.title.clone(),
            item.kind.as_str().to_owned(),
            item.state.as_str().to_owned(),
            number(estimates.points),
            number(estimates.hours),
            text(&item.assignee),
            text(&item.service),
            list(&item.labels),
            sprint.map(|sprint| self.sprints[*sprint as usize].name.clone()).unwrap_or_default(),
            carries.get(n).copied().unwrap_or_default().to_string(),
            time(item.created_at),
            time(item.started_at),
            time(item.done_at),
            item.due.map(|day| day.to_string()).unwrap_or_default(),
            text(&item.parent),
            list(&item.depends_on),
            text(&item.url),
            text(&item.description),
        ]
    }
}
