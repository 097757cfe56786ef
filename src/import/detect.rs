use std::io::Read as _;
use std::path::Path;

use super::ImportError;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Gemba JSON Lines.
    Interchange,
    /// JSON values as an API gave them: GitHub, GitLab, Jenkins, CDEvents.
    Json,
    /// A raw table of DevLake exported as CSV: the API's answer stands in the column `data`.
    DevLakeRaw,
    Csv,
    /// iCalendar: time away, shifts and holidays.
    Calendar,
}

/// Tells what a file is from its first bytes.
pub fn detect(path: &Path) -> Result<Format, ImportError> {
    let io = |error| ImportError::Io { error, path: path.to_owned() };
    let mut head = Vec::new();
    std::fs::File::open(path).map_err(io)?.take(64 * 1024).read_to_end(&mut head).map_err(io)?;
    // A mark at the start says so where it is not UTF-8.
    let (text, encoding, _) = encoding_rs::UTF_8.decode(&head);
    match of_text(&text, path)? {
        Format::Interchange | Format::DevLakeRaw if encoding != encoding_rs::UTF_8 => {
            Err(ImportError::Encoding { at: 0, path: path.to_owned() })
        }
        format => Ok(format),
    }
}

fn of_text(text: &str, path: &Path) -> Result<Format, ImportError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    let is_jsonl = path.extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson");
    let first_line = text.lines().next().unwrap_or_default();
    if text.starts_with('{') || text.starts_with('[') {
        let is_interchange = looks_like_a_record(first_line) || (is_jsonl && !is_an_event(first_line));
        return Ok(if is_interchange { Format::Interchange } else { Format::Json });
    }
    if is_jsonl {
        return Ok(Format::Interchange);
    }
    if first_line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR") {
        return Ok(Format::Calendar);
    }
    if first_line.contains('\0') {
        return Err(ImportError::UnknownFormat { path: path.to_owned() });
    }
    let bare: String = first_line.chars().filter(|c| *c != '"').collect();
    if bare.trim() == "id,params,data,url,input,created_at" {
        return Ok(Format::DevLakeRaw);
    }
    let has_separator = [',', ';', '\t', '|'].iter().any(|separator| first_line.contains(*separator));
    if (has_separator || first_line.starts_with("sep=")) && !text.starts_with('<') {
        return Ok(Format::Csv);
    }
    Err(ImportError::UnknownFormat { path: path.to_owned() })
}

/// A CDEvent on a line of its own.
fn is_an_event(line: &str) -> bool {
    serde_json::from_str(line).is_ok_and(|value| super::cdevents::is_event(&value))
}

/// One object on the line, and it begins with the key `type` of the interchange format.
fn looks_like_a_record(line: &str) -> bool {
    let rest = line.trim_start_matches('{').trim_start();
    rest.starts_with("\"type\"") && line.trim_end().ends_with('}')
}
