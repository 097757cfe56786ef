use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use super::CliError;
use super::args::{Connect, Sync};
use crate::engine::{
    Cancel, ConnectionEntry, EngineError, SYSTEMS, Secrets, Workspace, exchanges, secret_of, secret_words,
};

pub fn connect(path: &Path, args: &Connect) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    if let Some(name) = &args.remove {
        workspace.disconnect(name)?;
        say!("Removed {name}; the runs it brought stay");
        return Ok(ExitCode::SUCCESS);
    }
    let Some(name) = &args.name else { return list(&workspace, args.json) };
    let known = workspace.connections()?.into_iter().find(|entry| entry.name == *name);
    let is_new = known.is_none();
    let mut entry = known.unwrap_or_else(|| ConnectionEntry { name: name.clone(), ..ConnectionEntry::default() });
    if is_new && (args.system.is_none() || args.url.is_none()) {
        let systems = SYSTEMS.map(|(name, _)| name).join(", ");
        return Err(CliError::Usage(format!("a new connection needs --system ({systems}) and --url")));
    }
    fill(&mut entry, args)?;
    if args.pause || args.resume {
        entry.is_paused = args.pause;
        workspace.change_connection(&entry)?;
        say!("{name} is {}", if args.pause { "paused" } else { "synced again" });
        return Ok(ExitCode::SUCCESS);
    }
    let is_hook = entry.system == "webhook";
    let own = if args.secret_stdin { read_secret()? } else { None };
    let place = entry.base.clone();
    let who = while_waiting(&place, || workspace.connect(entry, Secrets { own, proxy: None }, &Cancel::default()));
    trace(name, args.trace);
    let who = who?;
    if args.json {
        say!("{}", super::json(&who)?);
        return Ok(ExitCode::SUCCESS);
    }
    let user = who.user.map(|user| format!(" as {user}")).unwrap_or_default();
    say!("Connected {name}: {}{user}", who.server);
    if !who.may.is_empty() {
        say!("  may:     {}", who.may.join(", "));
    }
    if !who.missing.is_empty() {
        say!("  missing: {}", who.missing.join("; "));
    }
    let next = if is_hook { "trigger --connection" } else { "sync" };
    say!("Next: gemba {next} {name}");
    Ok(ExitCode::SUCCESS)
}

/// Whoever sits before a terminal is told what takes so long.
fn while_waiting<T>(place: &str, act: impl FnOnce() -> T) -> T {
    const PATIENCE: Duration = Duration::from_secs(3);
    if !std::io::stderr().is_terminal() {
        return act();
    }
    let (done, is_done) = crossbeam_channel::bounded::<()>(0);
    std::thread::scope(|scope| {
        let tell = move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                eprintln!("gemba: still waiting for {place}");
            }
        };
        // Without it nothing but these words is missing.
        std::thread::Builder::new().name("patience".to_owned()).spawn_scoped(scope, tell).ok();
        let acted = act();
        drop(done);
        acted
    })
}

fn fill(entry: &mut ConnectionEntry, args: &Connect) -> Result<(), CliError> {
    if let Some(system) = &args.system {
        // They speak alike, and one connector speaks with both.
        entry.system = if system == "forgejo" { "gitea".to_owned() } else { system.clone() };
    }
    if let Some(url) = &args.url {
        entry.base.clone_from(url);
    }
    if let Some(user) = &args.user {
        entry.user = Some(user.clone());
    }
    if let Some(variable) = &args.secret_env {
        entry.secret = Some(format!("env {variable}"));
    }
    if let Some(file) = &args.ca {
        entry.ca_file = Some(std::path::absolute(file)?.display().to_string());
    }
    if let Some(proxy) = &args.proxy {
        entry.proxy = Some(proxy.clone()).filter(|proxy| proxy != "system");
    }
    if let Some(variable) = &args.proxy_password_env {
        entry.proxy_secret = Some(format!("env {variable}"));
    }
    if !args.scope.is_empty() {
        entry.scope.clone_from(&args.scope);
    }
    if let Some(file) = &args.settings {
        let text = std::fs::read_to_string(file)
            .map_err(|error| CliError::Failed(format!("{} cannot be read: {error}", file.display())))?;
        entry.settings = serde_json::from_str(&text)
            .map_err(|error| CliError::Usage(format!("{} is no JSON: {error}", file.display())))?;
    }
    if let Some(every) = args.every {
        entry.every_s = every;
    }
    entry.allow_http |= args.allow_http;
    Ok(())
}

/// A secret never stands in an argument: other programs see those.
fn read_secret() -> Result<Option<secrecy::SecretString>, CliError> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        eprintln!("Type the secret, then Enter and Ctrl+D; it shows while you type, so rather pipe it in:");
    }
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    secret_of(&text).map(Some).ok_or_else(|| CliError::Usage("no secret came on the standard input".to_owned()))
}

/// Another passphrase for the file of secrets, from the standard input.
pub fn passphrase(path: &Path) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let new = read_secret()?.ok_or_else(|| CliError::Usage("no passphrase came on the standard input".to_owned()))?;
    let sealed = workspace.change_passphrase(None, &new)?;
    say!("The file of secrets has another passphrase ({sealed} sealed anew): set GEMBA_PASSPHRASE to it");
    Ok(ExitCode::SUCCESS)
}

fn trace(name: &str, is_wanted: bool) {
    for exchange in exchanges(name).iter().filter(|_| is_wanted) {
        eprintln!(
            "{} {:<4} {} → {} ({} ms, {} B)",
            exchange.at, exchange.method, exchange.address, exchange.outcome, exchange.millis, exchange.bytes
        );
    }
}

fn list(workspace: &Workspace, json: bool) -> Result<ExitCode, CliError> {
    let entries = workspace.connections()?;
    if json {
        say!("{}", super::json(&entries)?);
        return Ok(ExitCode::SUCCESS);
    }
    if entries.is_empty() {
        say!("No connection yet: gemba connect NAME --system buildbot --url https://ci.example");
    }
    for entry in entries {
        let state = match (&entry.error, entry.succeeded_at) {
            (Some(error), _) => format!("failed: {error}"),
            (None, Some(at)) => format!("synced {at}"),
            (None, None) => "not synced yet".to_owned(),
        };
        let paused = if entry.is_paused { " (paused)" } else { "" };
        say!("{:<16} {:<10} {}{paused}  {}  {state}", entry.name, entry.system, entry.base, secret_words(&entry));
    }
    Ok(ExitCode::SUCCESS)
}

/// Syncs the named connections, or all. One that fails does not stop the others; the exit code tells.
pub fn sync(path: &Path, args: &Sync) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open(path)?;
    let wanted: Vec<ConnectionEntry> = if args.names.is_empty() {
        workspace.connections()?.into_iter().filter(|entry| !entry.is_paused).collect()
    } else {
        args.names.iter().map(|name| workspace.connection(name)).collect::<Result<_, EngineError>>()?
    };
    if wanted.is_empty() {
        let why = match workspace.connections()?.len() {
            0 => "there is no connection to sync: see gemba connect --help",
            _ => "all connections are paused: name one, or let it go on with gemba connect NAME --resume",
        };
        return Err(CliError::Usage(why.to_owned()));
    }
    let mut reports = Vec::new();
    let mut failed = false;
    for entry in &wanted {
        let round = while_waiting(&entry.base, || workspace.sync(entry, &Cancel::default(), |_| {}));
        trace(&entry.name, args.trace);
        match round {
            Ok(report) => {
                if !args.json {
                    let total = report.total();
                    say!("{}: {} new, {} changed, {} the same", entry.name, total.new, total.changed, total.same);
                    report.refused.iter().take(5).for_each(|why| eprintln!("  refused: {why}"));
                    report.left_out.iter().for_each(|(what, n)| eprintln!("  left out: {what} ({n})"));
                }
                reports.push(serde_json::json!(report));
            }
            Err(error) => {
                eprintln!("gemba: {}: {error}", entry.name);
                reports.push(serde_json::json!({"connection": entry.name, "error": error.to_string()}));
                failed = true;
            }
        }
    }
    if args.json {
        say!("{}", super::json(&reports)?);
    }
    Ok(ExitCode::from(u8::from(failed)))
}
