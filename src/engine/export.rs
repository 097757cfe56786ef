//! The workspace as files: the interchange format, and tables for spreadsheets.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::{EngineError, Workspace};
use crate::import::interchange::write_line;
use crate::model::record::{Header, Record};
use crate::store::StoreError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Gemba JSON Lines.
    Jsonl,
    /// One table of deployments with their figures' times.
    Csv,
}

/// A cell that a spreadsheet will not take for a formula (OWASP): such texts get a quote in front. Numbers stay numbers.
pub fn csv_cell(text: &str) -> String {
    let is_number = text.parse::<f64>().is_ok();
    if !is_number && text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

impl Workspace {
    /// Writes everything that travels to `to`.
    pub fn export(&self, format: ExportFormat, stamp: bool, to: &mut dyn Write) -> Result<u64, EngineError> {
        let mut out = BufWriter::with_capacity(256 * 1024, to);
        let written = match format {
            ExportFormat::Jsonl => self.export_jsonl(stamp, &mut out),
            ExportFormat::Csv => self.export_csv(&mut out),
        }?;
        out.flush().map_err(io)?;
        Ok(written)
    }

    /// Writes a file whole or not at all.
    pub fn export_file(&self, format: ExportFormat, stamp: bool, path: &Path) -> Result<u64, EngineError> {
        let error_of = |error| EngineError::Io { what: "the export cannot be written", error, path: path.to_owned() };
        self.store.check_target("the export", path)?;
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let mut file = std::fs::File::create(&part).map_err(error_of)?;
        match self.export(format, stamp, &mut file) {
            Ok(written) => {
                std::fs::rename(&part, path).map_err(error_of)?;
                Ok(written)
            }
            Err(error) => {
                std::fs::remove_file(&part).ok(); // the first error is the one worth reporting
                Err(error)
            }
        }
    }

    fn export_jsonl(&self, stamp: bool, out: &mut impl Write) -> Result<u64, EngineError> {
        let header = Header {
            format: "gemba-jsonl".to_owned(),
            version: 1,
            exported_at: stamp.then(|| self.now()),
            gemba: stamp.then(|| env!("CARGO_PKG_VERSION").to_owned()),
        };
        write_line(&Record::Header(header), out).map_err(io)?;
        let mut written = 0;
        self.store.each_record(|record| -> Result<(), StoreError> {
            written += 1;
            write_line(&record, out).map_err(store_io)
        })?;
        Ok(written)
    }

    fn export_csv(&self, out: &mut impl Write) -> Result<u64, EngineError> {
        let mut csv = csv::Writer::from_writer(out);
        let header = [
            "connection",
            "id",
            "service",
            "environment",
            "status",
            "version",
            "sha",
            "queued_at",
            "started_at",
            "finished_at",
            "pipeline",
            "run",
            "rollback_of",
            "rework",
            "actor",
            "url",
        ];
        csv.write_record(header).map_err(csv_io)?;
        let mut written = 0;
        self.store.each_record(|record| -> Result<(), StoreError> {
            let Record::Deployment(d) = record else { return Ok(()) };
            written += 1;
            let time = |time: Option<crate::model::Time>| time.map(|time| time.to_string()).unwrap_or_default();
            let run = d.run.as_ref();
            let cells = [
                d.connection.clone(),
                d.id.clone(),
                d.service.clone(),
                d.environment.clone(),
                d.status.as_str().to_owned(),
                d.version.clone().unwrap_or_default(),
                d.sha.clone().unwrap_or_default(),
                time(d.queued_at),
                time(d.started_at),
                time(d.finished_at),
                run.map(|run| run.pipeline.clone()).unwrap_or_default(),
                run.map(|run| run.id.clone()).unwrap_or_default(),
                d.rollback_of.clone().unwrap_or_default(),
                d.rework.map(|rework| rework.to_string()).unwrap_or_default(),
                d.actor.clone().unwrap_or_default(),
                d.url.clone().unwrap_or_default(),
            ];
            csv.write_record(cells.iter().map(|cell| csv_cell(cell)))
                .map_err(|error| store_io(std::io::Error::other(error)))
        })?;
        csv.flush().map_err(io)?;
        Ok(written)
    }
}

fn io(error: std::io::Error) -> EngineError {
    EngineError::Other(format!("the export cannot be written: {error}"))
}

fn csv_io(error: csv::Error) -> EngineError {
    io(std::io::Error::other(error))
}

fn store_io(error: std::io::Error) -> StoreError {
    StoreError::Io { what: "the export cannot be written", error, path: "export".into() }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("@cmd"), "'@cmd");
        assert_eq!(csv_cell("-3.5"), "-3.5");
        assert_eq!(csv_cell("deploy"), "deploy");
    }
}
