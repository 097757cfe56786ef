//! What a page shows, as a file.

use std::path::Path;

use serde_json::{Map, Value};

use crate::engine::csv_cell;

/// A table: names of columns and rows of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageExport {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// What the page says as a document in Markdown; a table of the rows where it has none.
    pub document: Option<String>,
}

impl PageExport {
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new(), document: None }
    }

    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = std::iter::once(&self.columns)
            .chain(&self.rows)
            .try_for_each(|row| writer.write_record(row.iter().map(|cell| csv_cell(cell))));
        match (written, writer.into_inner()) {
            (Ok(()), Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => String::new(),
        }
    }

    pub fn json(&self) -> String {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let cells = self.columns.iter().cloned().zip(row.iter().map(|cell| Value::String(cell.clone())));
                Value::Object(cells.collect::<Map<String, Value>>())
            })
            .collect();
        serde_json::to_string_pretty(&rows).unwrap_or_default()
    }

    pub fn markdown(&self) -> String {
        if let Some(document) = &self.document {
            return document.clone();
        }
        let line = |row: &Vec<String>| {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = format!("|{}\n", " --- |".repeat(self.columns.len()));
        line(&self.columns) + &rule + &self.rows.iter().map(line).collect::<String>()
    }

    /// Rows as tab-separated lines, for the clipboard.
    pub fn tsv(&self) -> String {
        let line =
            |row: &Vec<String>| row.iter().map(|cell| cell.replace(['\t', '\n'], " ")).collect::<Vec<_>>().join("\t");
        std::iter::once(&self.columns).chain(&self.rows).map(line).collect::<Vec<_>>().join("\n")
    }
}

pub fn save_png(image: &egui::ColorImage, path: &Path) -> Result<(), image::ImageError> {
    let [width, height] = image.size;
    let bytes: Vec<u8> = image.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
    image::save_buffer(path, &bytes, width as u32, height as u32, image::ColorType::Rgba8)
}

#[cfg(test)]
mod tests {
    use super::PageExport;

    #[test]
    fn one_table_four_forms() {
        let mut table = PageExport::new(&["name", "n"]);
        table.rows.push(vec!["=a".to_owned(), "1".to_owned()]);
        assert_eq!(table.csv(), "name,n\n'=a,1\n");
        assert_eq!(table.tsv(), "name\tn\n=a\t1");
        table.rows.push(vec!["b|c".to_owned(), "2".to_owned()]);
        assert_eq!(table.markdown(), "| name | n |\n| --- | --- |\n| =a | 1 |\n| b\\|c | 2 |\n");
        assert!(table.json().contains("\"n\": \"1\""));
    }
}
