//! The sprints that a table of items names: who is in them is known, what was committed is not.

use std::collections::BTreeMap;

use crate::import::{Emit, InSprints, Item as Out, Options, SprintDays, Standing, Stopped};
use crate::model::Time;
use crate::model::plan::{Item, ItemState, Sprint, TABLE_TEAM};
use crate::model::record::{FILE_CONNECTION, Record};

/// Where an item stands, in a table that tells of sprints.
struct Member {
    line: u64,
    item: Item,
    /// In the order in which its columns stand: the last is the one it is in now. Empty where it is in none.
    sprints: Vec<Name>,
    /// The days of that last one, where the table tells them.
    days: Option<(Time, Time)>,
}

/// What a sprint is known by: teams count their own, so that two may have a "Cycle 5".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    team: Option<String>,
    sprint: String,
}

impl Name {
    fn id(&self) -> String {
        match &self.team {
            Some(team) => format!("{team} {}", self.sprint),
            None => self.sprint.clone(),
        }
    }
}

#[derive(Default)]
pub(super) struct Sprints {
    members: Vec<Member>,
}

/// What the items of a sprint tell of it.
#[derive(Default)]
struct Seen {
    line: u64,
    first_created: Option<Time>,
    /// When items were finished that were in no later one.
    done: Option<(Time, Time)>,
    /// An item is in it that is neither finished nor carried on.
    is_open: bool,
    /// Its days, as the table tells them.
    days: Option<(Time, Time)>,
}

impl Sprints {
    pub fn take<'a>(
        &mut self,
        line: u64,
        item: &Item,
        team: Option<&str>,
        names: impl Iterator<Item = &'a str>,
        days: Option<(Time, Time)>,
    ) {
        let mut sprints: Vec<Name> = Vec::new();
        for name in names {
            if !sprints.iter().any(|known| known.sprint == name) {
                sprints.push(Name { team: team.map(str::to_owned), sprint: name.to_owned() });
            }
        }
        let item = Item {
            connection: item.connection.clone(),
            id: item.id.clone(),
            state: item.state,
            created_at: item.created_at,
            done_at: item.done_at,
            ..Item::default()
        };
        self.members.push(Member { line, item, sprints, days });
    }

    /// Each sprint without a start, so that no report rests on it, and what is in it from the item's creation on. Its days
    /// are those on which its items were finished, as the table has no others.
    pub fn tell(self, options: &Options, emit: &mut Emit<'_>) -> Result<(), Stopped> {
        let mut seen: BTreeMap<&Name, Seen> = BTreeMap::new();
        for member in &self.members {
            let last = member.sprints.last();
            for name in &member.sprints {
                let of = seen.entry(name).or_insert_with(|| Seen { line: member.line, ..Seen::default() });
                let created = member.item.created_at;
                of.first_created = [of.first_created, created].into_iter().flatten().min();
                if Some(name) != last {
                    continue;
                }
                of.days = of.days.or(member.days);
                match member.item.done_at {
                    Some(done) => {
                        let (from, to) = of.done.unwrap_or((done, done));
                        of.done = Some((from.min(done), to.max(done)));
                    }
                    None => of.is_open |= !matches!(member.item.state, ItemState::Done | ItemState::Cancelled),
                }
            }
        }
        let connection = options.connection.clone().unwrap_or_else(|| FILE_CONNECTION.to_owned());
        let (mut untold, mut dated) = (0, 0);
        for (name, of) in &seen {
            let by_items = of.done.or(of.first_created.map(|at| (at, at)));
            let Some((from, to)) = of.days.or(by_items) else {
                untold += 1;
                continue;
            };
            dated += u64::from(of.days.is_some());
            let sprint = sprint_of(&connection, name, from, to, of.done.is_some() && !of.is_open);
            let days = SprintDays {
                connection: connection.clone(),
                id: sprint.id.clone(),
                // Days that nobody has set are no event: they will be told otherwise.
                planned_at: of.days.map(|_| sprint.starts_at),
                ends_at: sprint.ends_at,
                started_at: None,
                has_start: false,
                closed_at: sprint.closed_at,
                goes_on: of.is_open,
                has_close: false,
            };
            // Whether it is closed is told beside what is known of it.
            let sprint = Sprint { closed_at: None, ..sprint };
            match of.days {
                Some(_) => emit.record(of.line, Record::Sprint(sprint))?,
                None => emit.standing(Standing::Guessed(Box::new(sprint)))?,
            }
            emit.standing(Standing::Sprint(days))?;
        }
        // An item may stand in several rows.
        let mut standings: BTreeMap<&str, InSprints> = BTreeMap::new();
        for Member { item, sprints, .. } in &self.members {
            let standing = standings.entry(&item.id).or_insert_with(|| InSprints {
                connection: item.connection.clone(),
                item: item.id.clone(),
                source: "csv",
                ..InSprints::default()
            });
            standing.since = standing.since.or(item.created_at).or(item.done_at);
            let new = sprints.iter().map(Name::id).filter(|id| !standing.sprints.contains(id)).collect::<Vec<_>>();
            standing.sprints.extend(new);
        }
        for standing in standings.into_values() {
            emit.standing(Standing::InSprints(standing))?;
        }
        let undated = seen.len() as u64 - dated;
        if undated > 0 {
            let what = "dates and commitments of sprints (their days are those on which their items were finished)";
            emit.item(Out::UnknownKey(what.to_owned(), undated))?;
        }
        if dated > 0 {
            emit.item(Out::UnknownKey("commitments of sprints".to_owned(), dated))?;
        }
        if untold > 0 {
            emit.item(Out::UnknownKey("sprints whose items have no dates".to_owned(), untold))?;
        }
        Ok(())
    }
}

fn sprint_of(connection: &str, name: &Name, from: Time, to: Time, is_closed: bool) -> Sprint {
    const DAY_US: i64 = 86_400_000_000;
    // Days that are not told: one at least, so that it has a length.
    let from = if from < to { from } else { Time(to.0 - DAY_US) };
    Sprint {
        connection: connection.to_owned(),
        id: name.id(),
        team: name.team.clone().unwrap_or_else(|| TABLE_TEAM.to_owned()),
        name: name.sprint.clone(),
        starts_at: from,
        ends_at: to,
        closed_at: is_closed.then_some(to),
        ..Sprint::default()
    }
}
