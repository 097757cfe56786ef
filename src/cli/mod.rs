//! The program from a shell. Each command is one file; all print plain text, and JSON where a program may read.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong use, 3 imported with refusals.

/// Prints a line. Whoever reads may have gone, and a disk may be full: neither is a fault of Gemba.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::print_line(format_args!($($words)*)) };
}

mod args;
mod connections;
mod data;
mod import;
mod log_text;
mod metrics;
mod operations;
mod picture;
mod plan;
mod results;
mod runs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub use args::{Args, Sub};
pub use picture::PictureAsk;

use crate::engine::{EngineError, Workspace, default_path};
use crate::model::Time;

/// What goes wrong in a command, with the exit code it means.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            Self::Usage(_)
            | Self::Engine(EngineError::NoSuch { .. } | EngineError::Period(_) | EngineError::Misfit(_)) => 2,
            Self::Engine(error) if error.is_of_setup() => 2,
            Self::Engine(_) | Self::Failed(_) => 1,
        }
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What is left to do for the window's room, which this one does not know.
#[derive(Debug)]
pub enum Next {
    Done(ExitCode),
    /// Open the window on a workspace.
    Window(PathBuf),
    /// Draw one page.
    Picture(PictureAsk),
    /// There is no display: draw every page of the sample into a folder.
    DemoPictures {
        workspace: PathBuf,
        folder: PathBuf,
    },
}

/// Runs a command as far as it goes without a window. Errors are printed here; the code says which kind it was.
pub fn run(args: Args) -> Result<Next, ExitCode> {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("GEMBA_LOG").unwrap_or_else(|_unset| "error".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    run_command(args).map_err(|error| {
        eprintln!("gemba: {error}");
        ExitCode::from(error.code())
    })
}

fn run_command(args: Args) -> Result<Next, CliError> {
    let now = args.now()?;
    if args.demo && args.command.is_none() {
        return demo(&args, now);
    }
    let path = if args.demo {
        let path = demo_path(&args)?;
        open_sample(&path, now)?;
        path
    } else {
        workspace_path(&args)?
    };
    let done = match args.command {
        None => return window(path),
        Some(Sub::Picture(picture)) => return picture::ask(&path, &picture, now).map(Next::Picture),
        Some(Sub::Import(import)) => import::run(&path, import),
        Some(Sub::Git(git)) => import::run_git(&path, git),
        Some(Sub::Plan(ask)) => plan::plan(&path, ask),
        Some(Sub::Burn(ask)) => plan::burn(&path, &ask),
        Some(Sub::Forecast(ask)) => plan::forecast(&path, &ask),
        Some(Sub::Metrics(metrics)) => metrics::run(&path, &metrics),
        Some(Sub::Connect(connect)) => connections::connect(&path, &connect),
        Some(Sub::Passphrase) => connections::passphrase(&path),
        Some(Sub::Sync(sync)) => connections::sync(&path, &sync),
        Some(Sub::Runs(ask)) => runs::runs(&path, &ask),
        Some(Sub::Trigger(ask)) => runs::trigger(&path, &ask),
        Some(Sub::Approve(ask)) => runs::approve(&path, &ask),
        Some(Sub::Cancel(ask)) => runs::cancel(&path, &ask),
        Some(Sub::Link(ask)) => runs::link(&path, &ask),
        Some(Sub::Presets(ask)) => runs::presets(&path, &ask),
        Some(Sub::Retry(ask)) => runs::retry(&path, &ask),
        Some(Sub::Logs(ask)) => runs::logs(&path, &ask),
        Some(Sub::Artifacts(ask)) => results::artifacts(&path, &ask),
        Some(Sub::Tests(ask)) => results::tests(&path, &ask),
        Some(Sub::Cctray(ask)) => runs::cctray(&path, &ask),
        Some(Sub::Export(export)) => data::export(&path, &export),
        Some(Sub::Check(check)) => data::check(&path, check.json),
        Some(Sub::Backup(backup)) => data::backup(&path, backup.to),
        Some(Sub::Restore(restore)) => data::restore(&path, &restore.from),
    };
    done.map(Next::Done)
}

fn json(value: &impl serde::Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(value).map_err(|error| CliError::Failed(error.to_string()))
}

fn print_line(words: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{words}") {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        eprintln!("gemba: the output cannot be written: {error}");
        std::process::exit(1);
    }
}

fn workspace_path(args: &Args) -> Result<PathBuf, CliError> {
    args.db().or_else(default_path).ok_or_else(|| {
        CliError::Failed("there is no home folder to keep the workspace in: name one with --db".to_owned())
    })
}

/// Whether a window can be opened here.
fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(any(target_os = "macos", target_os = "windows")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

fn window(path: PathBuf) -> Result<Next, CliError> {
    if has_display() {
        return Ok(Next::Window(path));
    }
    Err(CliError::Failed(
        "there is no display to open a window on; `gemba --help` lists what works without one".to_owned(),
    ))
}

/// The sample workspace's file: in the cache folder, never the user's own.
fn demo_path(args: &Args) -> Result<PathBuf, CliError> {
    if let Some(path) = args.db() {
        return Ok(path);
    }
    let dirs = directories::ProjectDirs::from("", "", "gemba");
    let folder = dirs.map_or_else(std::env::temp_dir, |dirs| dirs.cache_dir().to_owned());
    std::fs::create_dir_all(&folder)?;
    Ok(folder.join("sample.db"))
}

/// Opens (or makes) the sample; a file of another day or edition is made anew.
fn open_sample(path: &Path, now: Option<Time>) -> Result<Workspace, CliError> {
    let today = now.unwrap_or_else(Time::now);
    match Workspace::open(path) {
        Ok(workspace) if workspace.is_sample()? => {
            if workspace.is_sample_of(today)? {
                return Ok(workspace);
            }
            drop(workspace);
            Workspace::discard_sample(path)?;
        }
        Ok(workspace) if !workspace.is_empty()? => {
            return Err(CliError::Usage(format!(
                "{} holds data of yours, so no sample is put into it",
                path.display()
            )));
        }
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let mut workspace = Workspace::open(path)?;
    workspace.make_sample(today)?;
    Ok(workspace)
}

/// The main job on the sample: a window, or pictures and a table where there is no display.
fn demo(args: &Args, now: Option<Time>) -> Result<Next, CliError> {
    let path = demo_path(args)?;
    let workspace = open_sample(&path, now)?;
    if has_display() {
        return Ok(Next::Window(path));
    }
    metrics::print_table(&workspace.load()?)?;
    let folder = std::env::current_dir()?.join("gemba-pictures");
    std::fs::create_dir_all(&folder)?;
    Ok(Next::DemoPictures { workspace: path, folder })
}
