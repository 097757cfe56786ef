//! The brief of operations as a document, and as values for other programs.

use serde_json::{Value, json};

use super::PlanView;
use super::markdown::{plain, put};
use crate::engine::format;
use crate::metrics::date_of;
use crate::model::plan::Item;

impl PlanView {
    pub fn brief_markdown(&self) -> String {
        let mut text = String::from("# Brief of operations\n\n");
        self.past_text(&mut text);
        self.services_text(&mut text);
        self.ahead_text(&mut text);
        self.actions_text(&mut text);
        text
    }

    fn past_text(&self, text: &mut String) {
        let brief = &self.meeting.brief;
        put(
            text,
            format_args!(
                "Since {}: {} deployments to production, {} of them failed; {} incidents, {} open now.\n",
                date_of(brief.since, &self.zone),
                brief.deployments,
                brief.failed,
                brief.incidents,
                brief.open_incidents
            ),
        );
        let incident = |it: &super::brief::BriefIncident| {
            let mut facts = vec![date_of(it.began, &self.zone).to_string()];
            facts.extend((it.severity > 0).then(|| format!("severity {}", it.severity)));
            facts.push(it.lasted_s.map_or_else(|| "goes on".to_owned(), format::duration));
            facts.extend(it.is_of_change.then(|| "caused by a deployment".to_owned()));
            format!("{}: {}", plain(it.service.as_deref().unwrap_or("no service")), facts.join(", "))
        };
        list(text, "Incidents", brief.latest.iter().map(incident));
        let again = brief.recurring.iter().map(|(service, incidents, actions)| {
            format!("{}: {incidents} more while {actions} actions are open", plain(service))
        });
        list(text, "Came again", again);
        let load = brief.load.iter().map(|load| {
            let (days, incidents, night) = (load.days, load.incidents, load.at_night);
            let hours = format::duration(load.hours * 3600.0);
            let most = load.most_a_day;
            format!(
                "{}: {days} days, {incidents} incidents ({night} at night, at most {most} a day), {hours}",
                plain(&load.who)
            )
        });
        list(text, "On call since then", load);
    }

    fn services_text(&self, text: &mut String) {
        let brief = &self.meeting.brief;
        let risk = brief.services.iter().map(|it| {
            let (failed, of) = (it.risk.failed, it.risk.deployed);
            let chance = format::percent(it.risk.chance);
            format!("{}: {chance} of its deployments fail, by {failed} of {of}", plain(&it.name))
        });
        list(text, "Risk of deployments", risk);
        let budgets = brief.budgets.iter().map(|(service, budget)| {
            let left = format::percent(budget.left().max(0.0));
            let (used, of, days) = (budget.used_min, budget.allowed_min, budget.window_days);
            format!("{}: {left} left, {used:.0} of {of:.0} minutes used in {days} days", plain(service))
        });
        list(text, "Error budgets", budgets);
    }

    fn ahead_text(&self, text: &mut String) {
        let brief = &self.meeting.brief;
        let told = brief.ahead.iter().map(|it| {
            let kind = it.kind.as_str().replace('_', " ");
            format!("{}, {kind}: {}", it.day, plain(&it.what))
        });
        let on_call = brief.on_call.iter().map(|(who, from, to)| format!("{from} to {to}: {} is on call", plain(who)));
        let off = brief
            .days_off
            .iter()
            .map(|(day, name)| format!("{day}: {}", name.as_deref().map_or_else(|| "a day off".to_owned(), plain)));
        // Each line begins with its day.
        let mut lines: Vec<String> = told.chain(on_call).chain(off).collect();
        lines.sort();
        list(text, "Ahead", lines.into_iter());
    }

    fn actions_text(&self, text: &mut String) {
        let action = |item: &Item| {
            let age = item.created_at.map(|at| format!("since {}", date_of(at, &self.zone)));
            let due = item.due.map(|due| format!("due {due}"));
            let facts: Vec<String> = age.into_iter().chain(due).collect();
            let facts = if facts.is_empty() { String::new() } else { format!(" ({})", facts.join(", ")) };
            format!("{}{facts}", plain(&item.title))
        };
        let waiting = self.meeting.waiting_actions(&self.plan).map(|n| action(&self.plan.items[n as usize]));
        list(text, "Asked for by operations, and waiting", waiting);
    }

    pub fn brief_json(&self) -> Value {
        let brief = &self.meeting.brief;
        let waiting: Vec<Value> = self
            .meeting
            .waiting_actions(&self.plan)
            .map(|n| &self.plan.items[n as usize])
            .map(|item| json!({"id": item.id, "title": item.title, "created_at": item.created_at, "due": item.due}))
            .collect();
        let services = brief.services.iter().map(|it| json!({"service": it.service, "risk": it.risk}));
        let budgets = brief.budgets.iter().map(|(service, budget)| {
            json!({"service": service, "left": budget.left(), "used_min": budget.used_min,
                   "allowed_min": budget.allowed_min, "window_days": budget.window_days})
        });
        let recurring = brief.recurring.iter().map(
            |(service, incidents, actions)| json!({"service": service, "incidents": incidents, "open_actions": actions}),
        );
        let on_call = brief.on_call.iter().map(|(who, from, to)| json!({"who": who, "from": from, "to": to}));
        let off = brief.days_off.iter().map(|(day, name)| json!({"day": day, "name": name}));
        json!({
            "since": brief.since,
            "deployments": brief.deployments,
            "failed_deployments": brief.failed,
            "incidents": brief.incidents,
            "open_incidents": brief.open_incidents,
            "latest_incidents": brief.latest,
            "recurring": recurring.collect::<Vec<_>>(),
            "on_call_load": brief.load,
            "services": services.collect::<Vec<_>>(),
            "error_budgets": budgets.collect::<Vec<_>>(),
            "ahead": brief.ahead,
            "on_call": on_call.collect::<Vec<_>>(),
            "days_off": off.collect::<Vec<_>>(),
            "waiting_actions": waiting,
        })
    }
}

/// A heading and its lines; nothing where there are none.
fn list(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.map(|line| format!("- {line}\n")).collect();
    if !lines.is_empty() {
        put(text, format_args!("\n## {title}\n\n{}", lines.concat()));
    }
}
