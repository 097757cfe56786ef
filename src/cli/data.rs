use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::CliError;
use super::args::{Export, Format};
use crate::engine::{ExportFormat, Workspace};

pub fn export(path: &Path, args: &Export) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    let format = match args.format {
        Format::Jsonl => ExportFormat::Jsonl,
        Format::Csv => ExportFormat::Csv,
    };
    match &args.out {
        Some(out) => {
            let written = workspace.export_file(format, args.stamp, out)?;
            say!("Wrote {written} records to {}", out.display());
        }
        None => {
            workspace.export(format, args.stamp, &mut std::io::stdout().lock())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub fn check(path: &Path, json: bool) -> Result<ExitCode, CliError> {
    let workspace = Workspace::open_reader(path)?;
    let checked = workspace.check()?;
    if json {
        let rows: serde_json::Map<String, serde_json::Value> =
            checked.rows.iter().map(|(kind, n)| ((*kind).to_owned(), (*n).into())).collect();
        say!("{}", serde_json::json!({"complaints": checked.complaints, "rows": rows}));
    } else {
        for (kind, rows) in &checked.rows {
            say!("{kind:<14} {rows:>10}");
        }
        for complaint in &checked.complaints {
            eprintln!("{complaint}");
        }
        say!("{}", if checked.complaints.is_empty() { "No damage found" } else { "The workspace is damaged" });
    }
    Ok(if checked.complaints.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub fn backup(path: &Path, to: Option<PathBuf>) -> Result<ExitCode, CliError> {
    if !path.exists() {
        Workspace::open_reader(path)?;
    }
    let workspace = Workspace::open(path)?;
    let to = to.unwrap_or_else(|| workspace.backup_name());
    workspace.backup(&to)?;
    say!("Wrote and read back {}", to.display());
    Ok(ExitCode::SUCCESS)
}

pub fn restore(path: &Path, from: &Path) -> Result<ExitCode, CliError> {
    match Workspace::restore(from, path)? {
        Some(kept) => say!("Restored {}; the workspace before is kept as {}", path.display(), kept.display()),
        None => say!("Restored {}", path.display()),
    }
    Ok(ExitCode::SUCCESS)
}
