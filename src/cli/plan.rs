//! The plan from a shell: items, sprints, their charts, and what history says of the work ahead.

use std::path::Path;
use std::process::ExitCode;

use super::args::{Burn as BurnAsk, Forecast as ForecastAsk, Plan as PlanAsk, PlanSub, UnitWord};
use super::{CliError, operations};
use crate::engine::{
    Burn, CloseAsk, Doubt, EngineError, ForecastDays, ItemChange, Marks, NewItem, Outlook, Part, Plan, SprintChange,
    Workspace, csv_cell, outlook,
};
use crate::metrics::plan::filter::ItemFilter;
use crate::metrics::plan::forecast::Draws;
use crate::metrics::plan::ledger::{Sums, Unit};
use crate::metrics::plan::velocity::LEAST;
use crate::metrics::{DateOrTime, Period};
use crate::model::Time;
use crate::model::plan::{Estimates, Item, ItemKind, ItemState, Sprint};
use crate::model::plan_rules::{Ahead, AheadKind, ItemTemplate};

impl From<UnitWord> for Unit {
    fn from(word: UnitWord) -> Self {
        match word {
            UnitWord::Points => Self::Points,
            UnitWord::Hours => Self::Hours,
            UnitWord::Items => Self::Items,
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> CliError {
    CliError::Usage(error.to_string())
}

pub fn plan(path: &Path, ask: PlanAsk) -> Result<ExitCode, CliError> {
    match ask.what {
        PlanSub::List { sprint, sprints, all, filter, markdown, csv, json } => {
            let workspace = Workspace::open_reader(path)?;
            if markdown {
                say!("{}", workspace.plan_view(sprint.as_deref())?.markdown().trim_end());
                return Ok(ExitCode::SUCCESS);
            }
            let plan = workspace.plan()?;
            if sprints {
                return list_sprints(&plan, workspace.now(), json);
            }
            let filter = ItemFilter::parse(filter.as_deref().unwrap_or_default()).map_err(wrong)?;
            let today = crate::metrics::date_of(workspace.now(), &workspace.settings()?.time_zone());
            let form = if json {
                Form::Json
            } else if csv {
                Form::Csv
            } else {
                Form::Text
            };
            // What operations says of an item is worked out only where it is asked for.
            let marks = if filter.asks_operations() { workspace.plan_view(None)?.marks } else { Vec::new() };
            list_items(&plan, (sprint.as_deref(), all), &filter, (today, &marks), form)
        }
        PlanSub::Add {
            title,
            template,
            kind,
            points,
            hours,
            labels,
            service,
            assignee,
            sprint,
            reason,
            relations,
            needs,
            json,
        } => {
            let workspace = Workspace::open(path)?;
            let begins = begin(&workspace, template.as_deref())?;
            let kind = match kind {
                Some(word) => ItemKind::parse(&word).ok_or_else(|| {
                    wrong(format!("--kind {word}: use {}", ItemKind::ALL.map(ItemKind::as_str).join(", ")))
                })?,
                None => begins.kind,
            };
            let estimates =
                Estimates { points: points.or(begins.estimates.points), hours: hours.or(begins.estimates.hours) };
            let new = NewItem {
                title,
                description: relations.description,
                kind,
                estimates,
                labels: begins.labels.into_iter().chain(labels).collect(),
                service: service.or(begins.service),
                assignee,
                sprint,
                reason,
                depends_on: relations.waits_for,
                parent: relations.parent,
                links: relations.links,
                due: relations.due,
                origin: None,
                needs: begins.needs.into_iter().chain(needs).collect(),
            };
            tell_item(&workspace.add_item(&new)?, json)
        }
        PlanSub::Move {
            item,
            to,
            state,
            points,
            hours,
            assignee,
            service,
            relations,
            labels,
            block,
            unblock,
            before,
            after,
            reason,
            json,
        } => {
            let state = match state {
                Some(word) => Some(ItemState::parse(&word).ok_or_else(|| {
                    wrong(format!("--state {word}: use {}", ItemState::ALL.map(ItemState::as_str).join(", ")))
                })?),
                None => None,
            };
            let sprint = to.map(|to| if to == "backlog" { String::new() } else { to });
            let change = ItemChange {
                state,
                sprint,
                points: points.map(Some),
                hours: hours.map(Some),
                assignee,
                service,
                parent: relations.parent,
                depends_on: Some(relations.waits_for).filter(|items| !items.is_empty()),
                links: Some(relations.links).filter(|links| !links.is_empty()),
                due: relations.due.map(Some),
                description: relations.description,
                add_labels: labels,
                blocked: block.map(Some).or(unblock.then_some(None)),
                before,
                after,
                reason,
                ..ItemChange::default()
            };
            tell_item(&Workspace::open(path)?.change_item(&item, &change)?, json)
        }
        PlanSub::Sprint { name, team, from, to, goal, json } => {
            let workspace = Workspace::open(path)?;
            let (from, to): (DateOrTime, DateOrTime) = (from.parse().map_err(wrong)?, to.parse().map_err(wrong)?);
            let settings = workspace.settings()?;
            let period = Period::between(from, to, settings.zone_name_of_team(Some(&team))).map_err(wrong)?;
            let sprint = Sprint { name, team, goal, starts_at: period.from, ends_at: period.to, ..Sprint::default() };
            let sprint = workspace.add_sprint(sprint)?;
            for other in workspace.plan()?.met_by(&sprint) {
                eprintln!("note: it overlaps \"{}\" of the same team", other.name);
            }
            tell_sprint(&sprint, json)
        }
        PlanSub::End { sprint, to, reason, json } => {
            let workspace = Workspace::open(path)?;
            let to: DateOrTime = to.parse().map_err(wrong)?;
            // A day is meant whole: the end is that of the day.
            let plan = workspace.plan()?;
            let team = &plan.sprints[plan.sprint(&sprint)?].team;
            let settings = workspace.settings()?;
            let zone = settings.zone_name_of_team(Some(team));
            let period = Period::between(DateOrTime::Time(Time(0)), to, zone).map_err(wrong)?;
            let change = SprintChange { ends_at: Some(period.to), reason, ..SprintChange::default() };
            tell_sprint(&workspace.change_sprint(&sprint, &change)?, json)
        }
        PlanSub::Rename { sprint, name, json } => {
            let change = SprintChange { name: Some(name), ..SprintChange::default() };
            tell_sprint(&Workspace::open(path)?.change_sprint(&sprint, &change)?, json)
        }
        PlanSub::Drop { sprint, json } => tell_sprint(&Workspace::open(path)?.remove_sprint(&sprint)?, json),
        PlanSub::Goal { sprint, goal, reason, json } => {
            let change = SprintChange { goal: Some(goal), reason, ..SprintChange::default() };
            tell_sprint(&Workspace::open(path)?.change_sprint(&sprint, &change)?, json)
        }
        PlanSub::Split { item, parts, json } => split(path, &item, &parts, json),
        PlanSub::Retro { sprint, note, actions } => {
            Workspace::open(path)?.note_sprint(&sprint, note.as_deref(), &actions)?;
            say!("Written down");
            Ok(ExitCode::SUCCESS)
        }
        PlanSub::Quality { json } => quality(path, json),
        PlanSub::Ready { item, json } => operations::ready(path, &item, json),
        PlanSub::Review { item, said } => operations::review(path, &item, said),
        PlanSub::Ask { items, sprint, out, question } => {
            operations::ask(path, &items, sprint.as_deref(), &out, question)
        }
        PlanSub::Answer { file, item, said, needs } => operations::answer(&file, item.as_deref(), said, &needs),
        PlanSub::Merge { file, items, dry_run, json } => operations::merge(path, &file, &items, dry_run, json),
        PlanSub::Brief { sprint, json } => {
            let view = Workspace::open_reader(path)?.plan_view(sprint.as_deref())?;
            if json {
                say!("{}", super::json(&view.brief_json())?);
            } else {
                say!("{}", view.brief_markdown().trim_end());
            }
            Ok(ExitCode::SUCCESS)
        }
        PlanSub::Ahead { team, what, on, kind, remove, json } => {
            let kind = AheadKind::parse(&kind).unwrap_or_default();
            let new = on.zip(what).map(|(day, what)| Ahead { day, kind, what });
            operations::ahead(path, &team, new, remove, json)
        }
        PlanSub::Checklist { team } => operations::checklist(path, team.as_deref()),
        PlanSub::Rules { team, zone, review, review_hours, grace, focus, meetings, limits, readiness, json } => {
            let asked =
                operations::RulesAsked { zone, review, review_hours, grace, focus, meetings, limits, readiness };
            operations::rules(path, &team, &asked, json)
        }
        PlanSub::Start { sprint, goal, reason, json } => {
            let workspace = Workspace::open(path)?;
            let doubts = workspace.plan_view(Some(&sprint))?.meeting.doubts;
            let burn = workspace.start_sprint(&sprint, goal.as_deref(), reason.as_deref())?;
            let sum = burn.counted.commitment;
            let unsaid = words_of_reviews(&doubts);
            let words = format!("Started with {} committed in {} items{unsaid}", sum.value, sum.items);
            tell_burn(&burn, json, &words)
        }
        PlanSub::Close { sprint, goal, carry_to, reason, note, actions, json } => {
            let ask = CloseAsk { goal_result: goal, carry_to, reason, notes: note, actions };
            let burn = Workspace::open(path)?.close_sprint(&sprint, &ask)?;
            let report = &burn.counted;
            let words = format!(
                "Closed: {} of {} done, {} items left over; the report is kept",
                report.completed.value,
                report.wanted(),
                report.not_completed.items
            );
            tell_burn(&burn, json, &words)
        }
    }
}

/// What operations has not said yes to, where a sprint starts all the same.
fn words_of_reviews(doubts: &[Doubt]) -> String {
    let not_asked = doubts.iter().map(|doubt| if let Doubt::NotAsked(n) = doubt { *n } else { 0 }).sum::<u32>();
    let blocked = doubts.iter().filter(|doubt| matches!(doubt, Doubt::Blocked(..))).count();
    let not_asked = (not_asked > 0).then(|| format!("was not asked about {not_asked} of them"));
    let blocked = (blocked > 0).then(|| format!("said no to {blocked}"));
    let said: Vec<String> = not_asked.into_iter().chain(blocked).collect();
    if said.is_empty() {
        return String::new();
    }
    format!("; operations {} (--reason says why it starts)", said.join(" and "))
}

/// What a template gives to a new item; nothing without one.
fn begin(workspace: &Workspace, template: Option<&str>) -> Result<ItemTemplate, CliError> {
    let Some(name) = template else { return Ok(ItemTemplate::default()) };
    let templates = workspace.settings()?.templates;
    let names: Vec<&str> = templates.iter().map(|template| template.name.as_str()).collect();
    let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
    let found = templates.iter().find(|template| template.name == name).cloned();
    found.ok_or_else(|| EngineError::NoSuch { what: "template", name: name.to_owned(), known }.into())
}

fn split(path: &Path, item: &str, parts: &[String], json: bool) -> Result<ExitCode, CliError> {
    let part = |text: &String| match text.rsplit_once('=') {
        Some((title, estimate)) => {
            let hours = estimate.trim().strip_suffix('h');
            let number = hours.unwrap_or(estimate).trim().parse::<f64>();
            let number = number.ok().filter(|number| *number >= 0.0 && number.is_finite());
            let fault = || wrong(format!("--part {text}: write it like \"Pay by card=3\", or =6h for hours"));
            let number = Some(number.ok_or_else(fault)?);
            let estimates = match hours {
                Some(_) => Estimates { points: None, hours: number },
                None => Estimates { points: number, hours: None },
            };
            Ok(Part { title: title.to_owned(), estimates })
        }
        None => Ok(Part { title: text.clone(), estimates: Estimates::default() }),
    };
    let parts = parts.iter().map(part).collect::<Result<Vec<Part>, CliError>>()?;
    let items = Workspace::open(path)?.split_item(item, &parts)?;
    if json {
        say!("{}", super::json(&items)?);
    } else {
        items.iter().for_each(|item| say!("{}", item_line(item)));
    }
    Ok(ExitCode::SUCCESS)
}

/// The end of an id, by which an item may be called.
fn short(id: &str) -> &str {
    let from = id.char_indices().rev().nth(7).map_or(0, |(at, _)| at);
    if id.len() > 12 { &id[from..] } else { id }
}

fn tell_item(item: &Item, json: bool) -> Result<ExitCode, CliError> {
    if json {
        say!("{}", super::json(item)?);
    } else {
        say!("{}", item_line(item));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_sprint(sprint: &Sprint, json: bool) -> Result<ExitCode, CliError> {
    if json {
        say!("{}", super::json(sprint)?);
    } else {
        say!("{}  {}  {} to {}", short(&sprint.id), sprint.name, sprint.starts_at, sprint.ends_at);
    }
    Ok(ExitCode::SUCCESS)
}

fn item_line(item: &Item) -> String {
    let estimates = item.estimates.unwrap_or_default();
    let estimate = match (estimates.points, estimates.hours) {
        (Some(points), _) => points.to_string(),
        (None, Some(hours)) => format!("{hours}h"),
        (None, None) => "-".to_owned(),
    };
    format!(
        "{:<9} {:<12} {:<9} {estimate:>4}  {}",
        short(&item.id),
        item.state.as_str(),
        item.kind.as_str(),
        // A title of more lines is told in one.
        item.title.split_whitespace().collect::<Vec<_>>().join(" ")
    )
}

/// How a list is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Csv,
}

/// A table, with cells that no spreadsheet takes for a formula.
fn csv_of(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<String, CliError> {
    let fault = |error: csv::Error| CliError::from(EngineError::Other(error.to_string()));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).map_err(fault)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| csv_cell(cell))).map_err(fault)?;
    }
    let bytes = writer.into_inner().map_err(|error| EngineError::Other(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn list_items(
    plan: &Plan,
    (sprint, is_all): (Option<&str>, bool),
    filter: &ItemFilter,
    (today, marks): (jiff::civil::Date, &[Marks]),
    form: Form,
) -> Result<ExitCode, CliError> {
    let sprint = sprint.map(|text| plan.sprint(text)).transpose()?;
    let carries = plan.carries();
    let mut members = if is_all { (0..plan.items.len()).collect() } else { plan.members(sprint) };
    let fits = |n: &usize| {
        let is_blocked = plan.blocked[*n].is_some();
        let marks = marks.get(*n).copied().unwrap_or_default();
        filter.matches(&plan.items[*n], marks.beside(carries[*n], is_blocked, today))
    };
    members.retain(fits);
    let items: Vec<&Item> = members.iter().map(|n| &plan.items[*n]).collect();
    match form {
        Form::Json => {
            let places = plan.places();
            let told: Vec<serde_json::Value> = members.iter().map(|n| told_item(plan, *n, &places, &carries)).collect();
            say!("{}", super::json(&told)?);
            return Ok(ExitCode::SUCCESS);
        }
        Form::Csv => {
            let places = plan.places();
            let rows = members.iter().map(|n| plan.table_row(*n, &places, &carries));
            say!("{}", csv_of(&Plan::COLUMNS, rows)?);
            return Ok(ExitCode::SUCCESS);
        }
        Form::Text => {}
    }
    if items.is_empty() {
        let elsewhere = (0..plan.items.len()).filter(fits).count();
        match (sprint, filter.is_empty()) {
            (Some(_), true) => say!("The sprint is empty"),
            (None, true) => say!("The backlog is empty"),
            (_, false) if elsewhere > 0 => say!("No items match here; {elsewhere} do elsewhere: --all"),
            (_, false) => say!("No items match"),
        }
    }
    for (item, n) in items.into_iter().zip(&members) {
        let carried = if carries[*n] > 0 { format!("  (carried over {}×)", carries[*n]) } else { String::new() };
        let blocked = plan.blocked[*n].as_ref().map(|blocked| blocked.reason.clone().unwrap_or_default());
        let blocked = blocked.map(|why| format!("  (blocked: {why})")).unwrap_or_default();
        say!("{}{carried}{blocked}", item_line(item));
    }
    Ok(ExitCode::SUCCESS)
}

/// An item with what follows from its events: the sprints that it is in, how often it was carried over, and why it is
/// blocked.
fn told_item(plan: &Plan, n: usize, places: &[Vec<u32>], carries: &[u32]) -> serde_json::Value {
    let mut told = serde_json::json!(plan.items[n]);
    let sprints = places[n].iter().map(|sprint| plan.sprints[*sprint as usize].name.as_str());
    told["sprints"] = sprints.collect::<Vec<&str>>().into();
    told["carried"] = carries[n].into();
    if let Some(blocked) = &plan.blocked[n] {
        told["blocked"] = serde_json::json!({"since": blocked.since, "reason": blocked.reason});
    }
    told
}

/// Not as a ratio: what was added would make it look better than it was.
fn done_words(sums: &Sums, unit: &str) -> String {
    let added = if sums.added.value > 0.0 { format!(", {} added", sums.added.value) } else { String::new() };
    format!("{} {unit} committed{added}, {} done", sums.commitment.value, sums.completed.value)
}

fn list_sprints(plan: &Plan, now: Time, json: bool) -> Result<ExitCode, CliError> {
    let state_of = |n: usize| match (plan.ledgers[n].started_at, plan.ledgers[n].closed_at) {
        (_, Some(_)) => "closed",
        (Some(_), None) => "running",
        (None, None) => "planned",
    };
    if json {
        let told = plan.sprints.iter().enumerate().map(|(n, sprint)| {
            let mut told = serde_json::json!(sprint);
            told["state"] = state_of(n).into();
            for (name, unit) in [("points", Unit::Points), ("items", Unit::Items)] {
                told[name] = match plan.sums(n, unit, now) {
                    Ok(sums) => serde_json::json!({"committed": sums.commitment.value, "wanted": sums.wanted,
                        "added": sums.added.value, "completed": sums.completed.value}),
                    Err(why) => serde_json::json!({"unknown": why.to_string()}),
                };
            }
            told
        });
        say!("{}", super::json(&told.collect::<Vec<_>>())?);
        return Ok(ExitCode::SUCCESS);
    }
    for (n, sprint) in plan.sprints.iter().enumerate() {
        let state = state_of(n);
        let report = |unit| plan.sums(n, unit, now);
        let done = match report(Unit::Points) {
            // Nobody gives points here.
            Ok(points) if points.commitment.items > 0 && points.commitment.unestimated == points.commitment.items => {
                match report(Unit::Items) {
                    Ok(items) => done_words(&items, "items"),
                    Err(why) => why.to_string(),
                }
            }
            Ok(points) => {
                let unestimated = match points.commitment.unestimated {
                    0 => String::new(),
                    n => format!(", {n} committed without an estimate"),
                };
                format!("{}{unestimated}", done_words(&points, "points"))
            }
            Err(why) => why.to_string(),
        };
        say!("{:<9} {state:<8} {}  {} to {}  {done}", short(&sprint.id), sprint.name, sprint.starts_at, sprint.ends_at);
    }
    let teams: std::collections::BTreeSet<&str> = plan.sprints.iter().map(|sprint| sprint.team.as_str()).collect();
    for team in teams {
        let unit = plan.usual_unit(Some(team));
        match plan.velocity(team, unit, now) {
            Some(found) => {
                let [likely, even, cautious] =
                    [found.likely, found.even_odds, found.cautious].map(|value| (value * 10.0).round() / 10.0);
                let (unit, n) = (unit.word(), found.n);
                say!(
                    "{team}: {likely} {unit} are likely (P30 of the last {n} sprints, whoever was there), {even} at even \
                     odds, {cautious} if cautious"
                );
            }
            None if plan.closed_of(team).iter().all(|n| plan.sums(*n, unit, now).is_err())
                && !plan.closed_of(team).is_empty() =>
            {
                say!("{team}: its closed sprints tell no history, so what is likely is not known")
            }
            None if plan.closed_of(team).len() >= LEAST => {
                say!("{team}: too little of what its closed sprints completed is estimated to say what is likely")
            }
            None => say!("{team}: not enough closed sprints yet to say what is likely"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn quality(path: &Path, json: bool) -> Result<ExitCode, CliError> {
    let view = Workspace::open_reader(path)?.plan_view(None)?;
    let (plan, quality) = (&view.plan, &view.quality);
    let named: Vec<serde_json::Value> = quality
        .findings
        .iter()
        .map(|finding| {
            let id = |place: &u32| match finding.what.is_of_sprints() {
                true => plan.sprints[*place as usize].id.as_str(),
                false => plan.items[*place as usize].id.as_str(),
            };
            let of = if finding.what.is_of_sprints() { "sprints" } else { "items" };
            serde_json::json!({"what": finding.what, of: finding.places.iter().map(id).collect::<Vec<_>>()})
        })
        .collect();
    if json {
        let told = serde_json::json!({"used": quality.used, "finished": quality.finished,
            "may_be_biased": quality.may_be_biased(), "findings": named});
        say!("{}", super::json(&told)?);
        return Ok(ExitCode::SUCCESS);
    }
    say!("Cycle times stand on {} of {} finished items", quality.used, quality.finished);
    if quality.may_be_biased() {
        say!("Fewer than 85 % of them can be used: charts may show those that are left, not all");
    }
    for (finding, named) in quality.findings.iter().zip(&named) {
        let names: Vec<&str> = plan.names_of(finding).take(4).collect();
        let what = named["what"].as_str().unwrap_or_default().replace('_', " ");
        let more = if finding.places.len() > names.len() { ", …" } else { "" };
        say!("{:>6}  {what}: {}{more}", finding.places.len(), names.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

pub fn burn(path: &Path, ask: &BurnAsk) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    let plan = workspace.plan()?;
    let n = plan.sprint(&ask.sprint)?;
    let mut burn = match workspace.burn_of(&plan, n, ask.unit.into()) {
        // Whoever reads the answer reads why there is none, too.
        Err(EngineError::Other(why)) if ask.json => {
            say!("{}", super::json(&serde_json::json!({"sprint": plan.sprints[n], "report": null, "why": why}))?);
            return Ok(ExitCode::FAILURE);
        }
        burn => burn?,
    };
    if ask.live {
        burn.report = burn.live.clone();
    }
    if ask.json {
        say!("{}", super::json(&burn)?);
        return Ok(ExitCode::SUCCESS);
    }
    show_burn(&burn, &plan)
}

/// What an act on a sprint came to.
fn tell_burn(burn: &Burn, json: bool, words: &str) -> Result<ExitCode, CliError> {
    if json {
        say!("{}", super::json(burn)?)
    } else {
        say!("{words}")
    }
    Ok(ExitCode::SUCCESS)
}

fn show_burn(burn: &Burn, plan: &Plan) -> Result<ExitCode, CliError> {
    let title = |id: &str| plan.place_of(id).map_or_else(|| short(id).to_owned(), |n| plan.items[n].title.clone());
    say!("{}{}", burn.sprint.name, burn.sprint.goal.as_ref().map(|goal| format!(": {goal}")).unwrap_or_default());
    if burn.changed_after_close {
        say!("Changed after the close: this is the report that was kept; --live counts anew");
    }
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    say!("{:<28} {:<10} {:>8} {:>8} {:>9}  item", "at", "what", "scope", "done", "remaining");
    for step in burn.report["steps"].as_array().into_iter().flatten() {
        let item = step["item"].as_str().map(title).unwrap_or_default();
        let reason = step["reason"].as_str().map(|reason| format!(" ({reason})")).unwrap_or_default();
        say!(
            "{:<28} {:<10} {:>8} {:>8} {:>9}  {item}{reason}",
            text(&step["at"]),
            text(&step["cause"]),
            text(&step["scope"]),
            text(&step["done"]),
            text(&step["remaining"])
        );
    }
    let sum = |name: &str| {
        let sum = &burn.report[name];
        let unestimated = sum["unestimated"].as_u64().filter(|n| *n > 0);
        let more = unestimated.map(|n| format!(", {n} of them unestimated")).unwrap_or_default();
        format!("{} in {} items{more}", text(&sum["value"]), text(&sum["items"]))
    };
    for (name, words) in [
        ("commitment", "committed"),
        ("added", "added later"),
        ("completed", "completed"),
        ("completed_added", "  of it added later"),
        ("completed_late", "  of it late"),
        ("removed", "removed"),
        ("cancelled", "cancelled"),
        ("not_completed", "not completed"),
    ] {
        say!("{words:<20} {}", sum(name));
    }
    let outside = burn.report["outcomes"].as_array().into_iter().flatten();
    let outside = outside.filter(|outcome| outcome["ending"] == "completed_outside").count();
    if outside > 0 {
        say!("{:<20} {outside} items", "completed outside");
    }
    say!("{:<20} {} items", "reopened", text(&burn.report["reworked"]));
    if burn.worked_days > 0 {
        let pace = burn.standing().completed.value / burn.worked_days as f64;
        say!("{:<20} {pace:.1} over {} working days", "a working day", burn.worked_days);
    }
    for after in &burn.after_close {
        let (old, new) = (after.old.as_deref().unwrap_or("none"), after.new.as_deref().unwrap_or("none"));
        let what = if after.what == "left" { "taken out".to_owned() } else { format!("{} {old} to {new}", after.what) };
        say!("after the close      {} {}: {what}", after.at, title(&after.item));
    }
    Ok(ExitCode::SUCCESS)
}

pub fn forecast(path: &Path, ask: &ForecastAsk) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    let plan = workspace.plan()?;
    let outline = workspace.outline()?;
    if let Some(team) = &ask.team {
        outline.check_team(team)?;
    }
    let zone = workspace.settings()?.zone_of_team(ask.team.as_deref());
    let date = |text: &str| {
        text.parse::<jiff::civil::Date>()
            .map_err(|_error| wrong(format!("{text} is no date: write it like 2026-01-31")))
    };
    let work = plan.work_of(ask.team.as_deref(), &outline);
    let is_wanted = |n: usize| {
        let item = &plan.items[n];
        let has = |label: &String| item.labels.iter().flatten().any(|known| known == label);
        let is_of_service = ask.service.as_ref().is_none_or(|service| item.service.as_ref() == Some(service));
        work.has(n) && is_of_service && ask.labels.iter().all(has)
    };
    let finished = plan.finished(is_wanted);
    let today = workspace.now().to_timestamp().to_zoned(zone.clone()).date();
    let until = match &ask.until {
        Some(text) => date(text)?,
        None => finished.last_day(today, &zone),
    };
    let horizon = match (&ask.days, &ask.by) {
        (Some(days), _) => Some(*days),
        (None, Some(by)) => {
            let day = date(by)?;
            if ask.until.is_none() && until < today && day > today {
                let why = format!(
                    "--by {by} cannot be told: nothing was finished after {until}; say from which day on to look with --until"
                );
                return Err(CliError::Failed(why));
            }
            let days = (day - until).get_days();
            Some(usize::try_from(days).map_err(|_error| wrong(format!("--by {by} is before {until}")))?)
        }
        (None, None) if ask.items.is_some() => None,
        (None, None) => Some(14),
    };
    let draws = if ask.daily { Draws::Daily } else { Draws::Weekly };
    let off = outline.days_off(ask.team.as_deref());
    let days = ForecastDays { until, zone: &zone, off: &off };
    let found = outlook(&finished, days, horizon, ask.items, draws).map_err(|error| match error {
        EngineError::Other(why) => CliError::Failed(why),
        error => error.into(),
    })?;
    if ask.json {
        say!("{}", super::json(&found)?);
        return Ok(ExitCode::SUCCESS);
    }
    tell_outlook(&found);
    Ok(ExitCode::SUCCESS)
}

fn tell_outlook(found: &Outlook) {
    say!(
        "From {} items finished on {} days, {} to {}:",
        found.finished,
        found.active_days,
        found.sample_from,
        found.sample_to
    );
    if found.days_off > 0 {
        say!("{} days off are left out of the past and of the days ahead", found.days_off);
    }
    if let Some(days) = found.horizon_days {
        for (confidence, items) in &found.how_many {
            say!("{:>4.0} %  at least {items} items within {days} days", confidence * 100.0);
        }
    }
    if let Some(items) = found.items {
        for (confidence, days) in &found.when {
            match days {
                Some(days) => say!("{:>4.0} %  {items} items within {days} days", confidence * 100.0),
                None => say!("{:>4.0} %  {items} items: not within ten years", confidence * 100.0),
            }
        }
    }
    if found.calibration.forecasts > 0 {
        let shares = found.calibration.came_true.iter();
        let shares = shares.filter_map(|(confidence, share)| Some((confidence * 100.0, (*share)? * 100.0)));
        let shares: Vec<String> =
            shares.map(|(confidence, share)| format!("{confidence:.0} %: {share:.0} %")).collect();
        say!("Of {} such forecasts of the past came true: {}", found.calibration.forecasts, shares.join(", "));
    }
    let times = &found.cycle_times;
    if let ([Some(p50), Some(p70), Some(p85), Some(p95)], Some(mean)) = (times.percentiles, times.mean) {
        let n = times.n;
        say!("Cycle time in days, {n} items: half {p50}, 70 % {p70}, 85 % {p85}, 95 % {p95}, mean {mean:.1}");
    }
    if found.backwards > 0 {
        say!(
            "{} of {} items end before they begin and are left out: mend them at their source",
            found.backwards,
            found.of
        );
        if found.is_doubtful() {
            say!("So many are left out that the rest may be another kind of work: take this with care");
        }
    }
    if times.unused > 0 {
        say!(
            "For the cycle time, {} of {} items have no start, or one after their end; the forecast counts them",
            times.unused,
            times.n + times.unused
        );
    }
}
