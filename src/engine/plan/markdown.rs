//! The sprint in sight as a document in Markdown: what was planned, what stands in the way, how it ended.

use super::PlanView;
use crate::metrics::plan::ledger::{Ending, Outcome, SprintReport, Sum, Unit};
use crate::metrics::{date_of, last_day};
use crate::model::plan::{Item, ItemState};

/// What would change the document's form, as a text.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '~' => plain.extend(['\\', letter]),
            '\n' | '\r' => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain
}

pub(super) fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.push_str(&words.to_string());
}

impl PlanView {
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        match self.sprint {
            Some(n) => self.sprint_text(n, &mut text),
            None => text.push_str("# Backlog\n\n"),
        }
        // What came of a closed sprint is told by its report; its items have gone on since.
        if self.closed_report().is_none() {
            let listed = if self.sprint.is_some() { &self.members } else { &self.backlog };
            for n in listed {
                text.push_str(&self.item_line(*n as usize));
            }
        }
        if let Some(n) = self.sprint {
            self.end_text(n, &mut text);
        }
        text
    }

    fn sprint_text(&self, n: usize, text: &mut String) {
        let sprint = &self.plan.sprints[n];
        let day = |at| date_of(at, &self.zone);
        put(text, format_args!("# {}\n\n", plain(&sprint.name)));
        put(text, format_args!("{} to {}", day(sprint.starts_at), last_day(sprint.ends_at, &self.zone)));
        let state = match (self.plan.ledgers[n].started_at, self.plan.ledgers[n].closed_at) {
            (_, Some(closed)) => format!("closed {}", day(closed)),
            (Some(started), None) => format!("started {}", day(started)),
            (None, None) => "not started".to_owned(),
        };
        put(text, format_args!(", {state}\n\n"));
        if let Some(goal) = sprint.goal.as_ref().filter(|goal| !goal.is_empty()) {
            let result = sprint.goal_result.as_ref().map(|result| format!(" ({result})")).unwrap_or_default();
            put(text, format_args!("**Goal:** {}{result}\n\n", plain(goal)));
        }
        if let Some(Ok(burn)) = &self.burn {
            let report = burn.standing();
            let rows = [
                ("committed", report.commitment),
                ("completed", report.completed),
                ("of it added later", report.completed_added),
                ("added", report.added),
                ("removed", report.removed),
                ("not completed", report.not_completed),
            ];
            text.push_str("| | ");
            put(text, format_args!("{} | items |\n| --- | ---: | ---: |\n", self.unit.word()));
            for (name, Sum { value, items, .. }) in rows {
                put(text, format_args!("| {name} | {value} | {items} |\n"));
            }
            text.push('\n');
        } else if let Some(velocity) = &self.velocity {
            let sum = self.plan.worth(&self.members, self.unit);
            put(
                text,
                format_args!(
                    "{sum} {} planned; {} is likely (P30 of the last {} sprints)\n\n",
                    self.unit.word(),
                    (velocity.likely * 10.0).round() / 10.0,
                    velocity.n
                ),
            );
        }
        if self.closed_report().is_none() {
            text.push_str("## Items\n\n");
        }
    }

    fn closed_report(&self) -> Option<&SprintReport> {
        let Some(Ok(burn)) = &self.burn else { return None };
        Some(burn.standing()).filter(|report| report.closed_at.is_some())
    }

    fn item_line(&self, n: usize) -> String {
        let item = &self.plan.items[n];
        let tick = if item.state == ItemState::Done { 'x' } else { ' ' };
        let mut facts = vec![item.kind.as_str().replace('_', " ")];
        facts.extend(estimate_words(item));
        if !matches!(item.state, ItemState::Done | ItemState::Backlog) {
            facts.push(item.state.as_str().replace('_', " "));
        }
        facts.extend(item.assignee.as_ref().filter(|name| !name.is_empty()).map(|name| plain(name)));
        facts.extend(item.service.as_ref().map(|service| plain(service)));
        if let Some(blocked) = &self.plan.blocked[n] {
            facts.push(format!("blocked: {}", plain(blocked.reason.as_deref().unwrap_or_default())));
        }
        let needs = self.plan.needs_of(&item.id).filter(|need| need.state != "waived");
        let needs: Vec<String> =
            needs.map(|need| format!("{} ({})", need.kind.replace('_', " "), need.state)).collect();
        if !needs.is_empty() {
            facts.push(format!("needs {}", needs.join(", ")));
        }
        if let Some(said) = self.plan.review_of(n) {
            let stale = if said.is_stale { ", stale" } else { "" };
            facts.push(format!("operations: {}{stale}", said.review.state.replace('_', " ")));
        }
        format!("- [{tick}] {} — {}\n", plain(&item.title), facts.join("; "))
    }

    fn end_text(&self, n: usize, text: &mut String) {
        let standing = self.burn.as_ref().and_then(|burn| burn.as_ref().ok()).map(|burn| burn.standing());
        // Of a sprint that goes on, what is in it is listed already.
        let endings = if self.closed_report().is_some() { &ENDINGS[..] } else { &ENDINGS[3..] };
        for (title, ending) in endings {
            let of_it = standing.iter().flat_map(|report| &report.outcomes).filter(|it| it.ending == *ending);
            let lines: Vec<String> = of_it.map(|outcome| self.outcome_line(outcome)).collect();
            if !lines.is_empty() {
                put(text, format_args!("\n## {title}\n\n{}", lines.concat()));
            }
        }
        let sprint = &self.plan.sprints[n].id;
        let (notes, actions) = (&self.plan.notes[n], self.plan.actions_of(sprint));
        if !notes.is_empty() || !actions.is_empty() {
            text.push_str("\n## Retro\n\n");
        }
        for note in notes {
            put(text, format_args!("> {}\n\n", plain(&note.text)));
        }
        for n in actions {
            text.push_str(&self.item_line(n as usize));
        }
    }
}

const ENDINGS: [(&str, Ending); 5] = [
    ("Completed", Ending::Completed),
    ("Not completed", Ending::NotCompleted),
    ("Completed outside this sprint", Ending::CompletedOutside),
    ("Removed", Ending::Removed),
    ("Cancelled", Ending::Cancelled),
];

impl PlanView {
    fn outcome_line(&self, outcome: &Outcome) -> String {
        let Some(item) = self.plan.items.get(outcome.item as usize) else {
            return "- an item that is no longer here\n".to_owned();
        };
        let mut facts = Vec::new();
        let estimate = outcome.estimate.filter(|_| self.unit != Unit::Items);
        facts.extend(estimate.map(|estimate| format!("{estimate} {}", self.unit.word())));
        facts.extend(outcome.is_added.then(|| "added".to_owned()));
        facts.extend(outcome.is_late.then(|| "after the planned end".to_owned()));
        facts.extend((outcome.reopened > 0).then(|| format!("reopened {} times", outcome.reopened)));
        facts.extend(outcome.reason.as_ref().filter(|why| !why.is_empty()).map(|why| plain(why)));
        let facts = if facts.is_empty() { String::new() } else { format!(" — {}", facts.join("; ")) };
        format!("- {}{facts}\n", plain(&item.title))
    }
}

fn estimate_words(item: &Item) -> Vec<String> {
    let estimates = item.estimates.unwrap_or_default();
    let points = estimates.points.map(|points| format!("{points} points"));
    points.into_iter().chain(estimates.hours.map(|hours| format!("{hours} h"))).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn titles_cannot_change_the_form() {
        assert_eq!(super::plain("a [b](c) *d*\n# e"), "a \\[b\\](c) \\*d\\* \\# e");
    }
}
