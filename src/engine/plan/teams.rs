//! Whose work an item is: that of the team whose sprint it was in last, else of the team that has its service.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::Plan;
use crate::engine::Snapshot;
use crate::metrics::plan::ledger::{ItemFact, What};
use crate::model::record::Record;

/// The items that are a team's work.
#[derive(Clone, Debug)]
pub struct TeamWork(Option<Vec<bool>>);

impl TeamWork {
    pub const ALL: Self = Self(None);

    pub fn has(&self, item: usize) -> bool {
        self.0.as_ref().is_none_or(|own| own[item])
    }

    /// What happened to the team's items.
    pub fn facts<'a>(&self, plan: &'a Plan) -> std::borrow::Cow<'a, [ItemFact]> {
        match &self.0 {
            None => (&plan.facts).into(),
            Some(own) => {
                plan.facts.iter().filter(|fact| own[fact.item as usize]).cloned().collect::<Vec<ItemFact>>().into()
            }
        }
    }
}

impl Plan {
    /// A team's work; everything where no other team is known, and where no team is meant.
    pub fn work_of(&self, team: Option<&str>, outline: &Snapshot) -> TeamWork {
        let services: FxHashMap<&str, &str> = outline
            .records
            .iter()
            .filter_map(|record| match record {
                Record::Service(service) => Some((service.id.as_str(), service.team.as_deref()?)),
                _ => None,
            })
            .collect();
        let mut teams: BTreeSet<&str> = services.values().copied().collect();
        teams.extend(self.sprints.iter().map(|sprint| sprint.team.as_str()));
        let Some(team) = team.filter(|team| teams.iter().any(|known| known != team)) else { return TeamWork::ALL };
        let of_service = |service: &String| services.get(service.as_str()).copied();
        let mut own: Vec<bool> =
            self.items.iter().map(|item| item.service.as_ref().and_then(of_service) == Some(team)).collect();
        for fact in &self.facts {
            if let What::Joined(sprint) = fact.what {
                own[fact.item as usize] = self.sprints[sprint as usize].team == team;
            }
        }
        TeamWork(Some(own))
    }
}
