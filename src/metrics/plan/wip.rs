//! Where more is under way than a team has agreed on: by column, by person and by service.

use std::collections::BTreeMap;

use crate::model::plan::{Item, ItemState};
use crate::model::plan_rules::Limits;

/// What has a limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    Column(ItemState),
    Person(String),
    Service(String),
}

/// More than the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    pub of: Of,
    pub count: u32,
    pub limit: u32,
}

/// Somebody works on it.
pub fn is_under_way(item: &Item) -> bool {
    matches!(item.state, ItemState::InProgress | ItemState::InReview)
}

/// The limits that are passed. A blocked item stays under way; a cancelled one is none. `called`: what somebody is called who
/// may be named by an id.
pub fn over<'a>(
    items: impl Iterator<Item = &'a Item>,
    limits: &Limits,
    called: impl Fn(&'a str) -> &'a str,
) -> Vec<Over> {
    let mut counts: BTreeMap<Of, u32> = BTreeMap::new();
    for item in items {
        // On the board, what is ready and what is not yet stand in one column.
        let column = if item.state == ItemState::Backlog { ItemState::Ready } else { item.state };
        *counts.entry(Of::Column(column)).or_default() += 1;
        if is_under_way(item) {
            let person = item.assignee.as_deref().filter(|name| !name.is_empty());
            let person = person.map(|name| Of::Person(called(name).to_owned()));
            for of in person.into_iter().chain(item.service.clone().map(Of::Service)) {
                *counts.entry(of).or_default() += 1;
            }
        }
    }
    let limit = |of: &Of| match of {
        Of::Column(state) => limits.columns.get(state).copied(),
        Of::Person(_) => limits.person,
        Of::Service(_) => limits.service,
    };
    let found = counts.into_iter().filter_map(|(of, count)| {
        let limit = limit(&of).filter(|limit| count > *limit)?;
        Some(Over { of, count, limit })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_under_way_counts_for_people_and_services() {
        let item = |state, assignee: &str| Item {
            state,
            assignee: Some(assignee.to_owned()),
            service: Some("shop".to_owned()),
            ..Item::default()
        };
        let items = [
            item(ItemState::InProgress, "ann"),
            item(ItemState::InProgress, "a1"),
            item(ItemState::InReview, "bo"),
            item(ItemState::Ready, "ann"),
            item(ItemState::Done, "ann"),
        ];
        let limits = Limits {
            columns: [(ItemState::InProgress, 1), (ItemState::InReview, 1)].into(),
            person: Some(1),
            service: Some(3),
        };
        let called = |name| if name == "a1" { "ann" } else { name };
        let found = over(items.iter(), &limits, called);
        assert_eq!(
            found,
            [
                Over { of: Of::Column(ItemState::InProgress), count: 2, limit: 1 },
                Over { of: Of::Person("ann".to_owned()), count: 2, limit: 1 },
            ]
        );
        assert!(over(items.iter(), &Limits::default(), called).is_empty());
    }
}
