//! Operations in the plan, from a shell: readiness, reviews, the file that goes to operations and back, and a team's rules.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::args::Said;
use crate::engine::{Command, EngineError, Merge, NeedLine, ReviewFile, ReviewSaid, Settings, Workspace};
use crate::metrics::plan::readiness::Answer;
use crate::model::checklist::{BUILT_IN, Checklist};
use crate::model::plan::ItemState;
use crate::model::plan_rules::{Ahead, Limits, ReviewPolicy, TeamRules};
use crate::model::{Time, zone_from_name};

fn wrong(why: impl Into<String>) -> CliError {
    CliError::Usage(why.into())
}

pub fn ready(path: &Path, item: &str, json: bool) -> Result<ExitCode, CliError> {
    let view = Workspace::open_reader(path)?.plan_view(None)?;
    let n = view.plan.item(item)?;
    let found = view.readiness(n);
    let service = view.plan.items[n].service.as_ref().and_then(|id| view.services.get(id));
    let risk = service.and_then(|service| service.risk);
    if json {
        let told = serde_json::json!({
            "item": view.plan.items[n].id,
            "level": found.level,
            "level_is_assumed": found.level_is_assumed,
            "open": found.open(),
            "checks": found.lines,
            "risk": risk,
            "risk_facts": view.risk_facts(n).iter().map(|fact| format!("{fact:?}")).collect::<Vec<_>>(),
            "budget": service.and_then(|service| service.budget),
        });
        say!("{}", super::json(&told)?);
        return Ok(ExitCode::SUCCESS);
    }
    let assumed = if found.level_is_assumed { ", as nobody said how much is asked of its service" } else { "" };
    say!("Level {:?}{assumed}; {} open", found.level, found.open());
    for line in &found.lines {
        let (mark, words) = match &line.answer {
            Answer::Met(words) => ("yes", words.as_str()),
            Answer::Open(words) => ("no", words.as_str()),
            Answer::Unknown => ("?", "nothing tells"),
            Answer::Waived(words) => ("-", words.as_str()),
        };
        let stage = line.stage.word();
        let check = line.words.clone().unwrap_or_else(|| line.check.replace('_', " "));
        say!("{mark:<4} {stage:<12} {check:<22} {words}");
    }
    match risk {
        Some(risk) => say!(
            "About 1 in {:.0} deployments fails: {:.1} % ({} of {} failed; {:.1} to {:.1} %){}",
            (1.0 / risk.chance).max(1.0),
            risk.chance * 100.0,
            risk.failed,
            risk.deployed,
            risk.low * 100.0,
            risk.high * 100.0,
            if risk.has_little_data() { "; little data" } else { "" }
        ),
        None => say!("How likely a deployment fails is not known: its service was never deployed to production"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What was said, with its state.
fn said_of(said: Said) -> Result<ReviewSaid, CliError> {
    let state = said.state.ok_or_else(|| wrong("--state is missing: asked, advised, approved, blocked …"))?;
    Ok(ReviewSaid { state, reason: said.reason, unblock: said.unblock, due: said.due, text: said.text })
}

pub fn review(path: &Path, item: &str, said: Said) -> Result<ExitCode, CliError> {
    Workspace::open(path)?.review_item(item, &said_of(said)?)?;
    say!("Kept");
    Ok(ExitCode::SUCCESS)
}

pub fn ask(
    path: &Path,
    items: &[String],
    sprint: Option<&str>,
    out: &Path,
    question: Option<String>,
) -> Result<ExitCode, CliError> {
    let asked = Workspace::open(path)?.ask_by_file(out, sprint, items, question)?;
    let items = if asked == 1 { "item" } else { "items" };
    say!("Asked about {asked} {items} in {}", out.display());
    Ok(ExitCode::SUCCESS)
}

pub fn answer(path: &Path, item: Option<&str>, said: Said, needs: &[String]) -> Result<ExitCode, CliError> {
    let mut file = ReviewFile::read(path)?;
    let Some(item) = item else {
        show(&file);
        return Ok(ExitCode::SUCCESS);
    };
    let n = file.item(item)?;
    let need = |text: &String| {
        let (kind, state) =
            text.split_once('=').ok_or_else(|| wrong(format!("--need {text}: write it like runbook=ready")))?;
        Ok(NeedLine { kind: kind.to_owned(), state: state.to_owned(), note: None })
    };
    let needs = needs.iter().map(need).collect::<Result<Vec<NeedLine>, CliError>>()?;
    file.answer(n, &said_of(said)?, needs, Time::now())?;
    file.write(path)?;
    say!("Answered for \"{}\"", file.items[n].title);
    Ok(ExitCode::SUCCESS)
}

fn show(file: &ReviewFile) {
    say!("Asked by {} at {}", file.asked_by, file.asked_at);
    for words in [&file.sprint, &file.question].into_iter().flatten() {
        say!("{words}");
    }
    for item in &file.items {
        let state = item.answer.as_ref().map_or("no answer yet", |answer| answer.state.as_str());
        let needs: Vec<String> = item.needs.iter().map(|need| format!("{} {}", need.kind, need.state)).collect();
        let needs = if needs.is_empty() { String::new() } else { format!("  ({})", needs.join(", ")) };
        say!("{}  {:<14} {}{needs}", item.id, state, item.title);
        for line in item.description.iter().flat_map(|text| text.lines()) {
            say!("    {line}");
        }
    }
}

pub fn merge(path: &Path, file: &Path, items: &[String], dry_run: bool, json: bool) -> Result<ExitCode, CliError> {
    let read = ReviewFile::read(file)?;
    let chosen = items.iter().map(|text| read.item(text).map(|n| read.items[n].id.clone()));
    let chosen = chosen.collect::<Result<Vec<String>, EngineError>>()?;
    let chosen = (!chosen.is_empty()).then_some(chosen.as_slice());
    let merge = if dry_run {
        let mut merge = Workspace::open_reader(path)?.plan()?.merge(&read);
        merge.lines.retain(|line| chosen.is_none_or(|chosen| chosen.contains(&line.item)));
        merge
    } else {
        Workspace::open(path)?.merge_reviews(&read, chosen)?
    };
    if json {
        say!("{}", super::json(&merge)?);
    } else {
        tell_merge(&merge, dry_run, chosen.is_some());
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_merge(merge: &Merge, dry_run: bool, are_named: bool) {
    for line in &merge.lines {
        let mut notes = Vec::new();
        if line.is_gone {
            notes.push("the item is not here any more".to_owned());
        }
        if line.is_known {
            notes.push("taken over before".to_owned());
        }
        if line.is_older {
            notes.push("something newer was said here since; name the item to take this all the same".to_owned());
        }
        if let Some(fault) = &line.fault {
            notes.push(format!("cannot be taken over: {fault}"));
        }
        if line.is_stale && !line.is_known {
            notes.push("the item has changed since it was asked about".to_owned());
        }
        notes.extend(line.reason.clone());
        notes.extend(line.unblock.as_ref().map(|what| format!("what would help: {what}")));
        notes.extend(line.due.as_ref().map(|day| format!("wanted by {day}")));
        notes.extend(line.text.clone());
        let need = |(kind, here, there): &(String, Option<String>, String)| {
            format!("{kind}: {} to {there}", here.as_deref().unwrap_or("nothing"))
        };
        notes.extend(line.needs.iter().map(need));
        let notes = if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
        say!("{} to {}  {} by {}{notes}", line.before, line.after, line.title, line.by);
    }
    let new = merge.lines.iter().filter(|line| line.is_taken(are_named)).count();
    let verb = if dry_run { "would be taken over" } else { "taken over" };
    say!("{new} {verb}, {} without an answer", merge.unanswered);
}

/// What is to be changed of a team's rules.
pub struct RulesAsked {
    pub zone: Option<String>,
    pub review: Option<String>,
    pub review_hours: Option<u32>,
    pub grace: Option<u32>,
    pub focus: Option<u32>,
    pub meetings: Option<u32>,
    pub limits: Vec<String>,
    pub readiness: Option<PathBuf>,
}

/// The settings, where there is such a team.
fn settings_for(path: &Path, team: &str) -> Result<Settings, CliError> {
    let workspace = Workspace::open_reader(path)?;
    workspace.outline()?.check_team(team)?;
    Ok(workspace.settings()?)
}

pub fn rules(path: &Path, team: &str, asked: &RulesAsked, json: bool) -> Result<ExitCode, CliError> {
    let before = settings_for(path, team)?;
    let mut rules = before.team(team);
    if let Some(word) = &asked.review {
        rules.review = match word.as_str() {
            "off" => ReviewPolicy::Off,
            "required" => ReviewPolicy::RequiredForHighRisk,
            _ => ReviewPolicy::Advise,
        };
    }
    if let Some(zone) = &asked.zone {
        rules.zone = match zone.as_str() {
            "none" => None,
            name if zone_from_name(name).is_some() => Some(name.to_owned()),
            name => {
                return Err(wrong(format!(
                    "--zone {name}: there is no such zone; write it like Europe/Berlin or +08:00"
                )));
            }
        };
    }
    rules.review_hours = asked.review_hours.unwrap_or(rules.review_hours);
    rules.grace_days = asked.grace.unwrap_or(rules.grace_days);
    rules.focus_percent = asked.focus.unwrap_or(rules.focus_percent);
    rules.meeting_hours = asked.meetings.unwrap_or(rules.meeting_hours);
    for limit in &asked.limits {
        set_limit(&mut rules.limits, limit)?;
    }
    if let Some(file) = &asked.readiness {
        rules.readiness = readiness_of(file)?;
    }
    if rules != before.team(team) {
        let mut settings = before;
        settings.teams.insert(team.to_owned(), rules.clone());
        Workspace::open(path)?.run(Command::SaveSettings(Box::new(settings)))?;
    }
    if json {
        say!("{}", super::json(&rules)?);
    } else {
        tell_rules(team, &rules);
    }
    Ok(ExitCode::SUCCESS)
}

/// The list in a file, once it was looked over; none for the word that takes a team's own list away.
fn readiness_of(file: &Path) -> Result<Option<String>, CliError> {
    if file == Path::new("none") {
        return Ok(None);
    }
    let text =
        std::fs::read_to_string(file).map_err(|error| CliError::Failed(format!("{error}: {}", file.display())))?;
    Checklist::parse(&text).map_err(|why| CliError::Failed(format!("{}: {why}", file.display())))?;
    Ok(Some(text))
}

/// What is coming: shown, with one more, or without one of them.
pub fn ahead(
    path: &Path,
    team: &str,
    new: Option<Ahead>,
    remove: Option<usize>,
    json: bool,
) -> Result<ExitCode, CliError> {
    let mut settings = settings_for(path, team)?;
    let mut rules = settings.team(team);
    if let Some(new) = new {
        if new.what.trim().is_empty() {
            return Err(wrong("say what comes: it is empty"));
        }
        rules.expect(new);
    }
    if let Some(n) = remove {
        let of = rules.ahead.len();
        if n == 0 || n > of {
            return Err(wrong(format!("--remove {n}: {team} has {of} in its list; see gemba plan ahead {team}")));
        }
        rules.ahead.remove(n - 1);
    }
    if rules != settings.team(team) {
        settings.teams.insert(team.to_owned(), rules.clone());
        Workspace::open(path)?.run(Command::SaveSettings(Box::new(settings)))?;
    }
    if json {
        say!("{}", super::json(&rules.ahead)?);
    } else if rules.ahead.is_empty() {
        say!("{team}: nothing is known to be coming");
    }
    for (ahead, n) in rules.ahead.iter().zip(1_usize..).filter(|_| !json) {
        say!("{n:>3}  {}  {:<12} {}", ahead.day, ahead.kind.as_str(), ahead.what);
    }
    Ok(ExitCode::SUCCESS)
}

/// A team's list as it can be edited and shared.
pub fn checklist(path: &Path, team: Option<&str>) -> Result<ExitCode, CliError> {
    let own = match team {
        Some(team) => Workspace::open_reader(path)?.settings()?.team(team).readiness,
        None => None,
    };
    say!("{}", own.as_deref().unwrap_or(BUILT_IN).trim_end());
    Ok(ExitCode::SUCCESS)
}

fn set_limit(limits: &mut Limits, text: &str) -> Result<(), CliError> {
    let fault = || wrong(format!("--limit {text}: write it like in_progress=3, person=2 or service=none"));
    let (of, count) = text.split_once('=').ok_or_else(fault)?;
    let count = match count {
        "none" => None,
        count => Some(count.parse::<u32>().ok().filter(|count| *count > 0).ok_or_else(fault)?),
    };
    match of {
        "person" => limits.person = count,
        "service" => limits.service = count,
        column => {
            let state = ItemState::parse(column).filter(|state| Limits::STATES.contains(state)).ok_or_else(fault)?;
            match count {
                Some(count) => limits.columns.insert(state, count),
                None => limits.columns.remove(&state),
            };
        }
    }
    Ok(())
}

fn tell_rules(team: &str, rules: &TeamRules) {
    say!("{team}: its days are those of {}", rules.zone.as_deref().unwrap_or("the workspace's zone"));
    let review = match rules.review {
        ReviewPolicy::Off => "off",
        ReviewPolicy::Advise => "advise",
        ReviewPolicy::RequiredForHighRisk => "required for high risk",
    };
    say!("reviews {review}, answered within {} working hours", rules.review_hours);
    say!("what joins within {} working days of the start is committed", rules.grace_days);
    say!("{} % of a day goes to the plan, {} h of a sprint to meetings", rules.focus_percent, rules.meeting_hours);
    if rules.readiness.is_some() {
        say!("readiness is asked by a list of the team's own, {} checks", rules.checklist().checks.len());
    }
    for (state, limit) in &rules.limits.columns {
        say!("at most {limit} {}", state.as_str().replace('_', " "));
    }
    for (of, limit) in [("person", rules.limits.person), ("service", rules.limits.service)] {
        if let Some(limit) = limit {
            say!("at most {limit} under way of a {of}");
        }
    }
}
