//! Which column of a CSV file means what: asked once, remembered by the engine for files of the same header.

use std::path::Path;

use egui::{ComboBox, RichText, Ui};

use crate::engine::{CsvField, CsvMapping, CsvPreview, CsvTarget, DateOrder};
use crate::model::plan::ItemState;
use crate::ui::pages::state_word;
use crate::ui::text::{t, ta};
use crate::ui::theme;
use crate::ui::widgets::{self, List as _};

pub struct MappingForm {
    file: String,
    preview: CsvPreview,
    mapping: CsvMapping,
}

/// What the form was left with in this frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MappingDone {
    Open,
    Back,
    Import { dry_run: bool },
}

const NAME_WIDTH: f32 = 190.0;
const COLUMN_WIDTH: f32 = 210.0;

impl MappingForm {
    pub fn new(path: &Path, preview: CsvPreview) -> Self {
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self { file, mapping: preview.guess.clone(), preview }
    }

    /// The mapping as it stands; constants that were left empty are none.
    pub fn mapping(&self) -> CsvMapping {
        let mut mapping = self.mapping.clone();
        mapping.constants.retain(|_, text| !text.trim().is_empty());
        mapping
    }

    pub fn ui(&mut self, ui: &mut Ui) -> MappingDone {
        widgets::heading(ui, &ta("csv-title", &[("file", &self.file)]));
        widgets::muted(ui, t("csv-hint"));
        let targets = CsvTarget::ALL.map(|target| (target, target_words(target)));
        if widgets::segmented(ui, &mut self.mapping.target, &targets) {
            let CsvMapping { date_order, states, target, .. } = self.mapping.clone();
            let guess = CsvMapping::guess_for(target, &self.preview.header);
            self.mapping = CsvMapping { date_order, states, ..guess };
        }
        if self.preview.has_open_dates {
            widgets::form_row(ui, t("csv-date-order"), |ui| {
                let orders = [
                    (Some(DateOrder::DayFirst), t("csv-day-first")),
                    (Some(DateOrder::MonthFirst), t("csv-month-first")),
                ];
                widgets::segmented(ui, &mut self.mapping.date_order, &orders);
            });
        }
        ui.add_space(4.0);
        widgets::modal_scroll_below(ui, 64.0).id_salt("csv fields").show(ui, |ui| {
            let fields = self.mapping.target.fields();
            let mapping = self.mapping.clone();
            let (needed, others): (Vec<&CsvField>, Vec<&CsvField>) =
                fields.iter().partition(|field| mapping.needs(field));
            for field in needed.into_iter().chain(others) {
                self.field_ui(ui, field);
                if field.name == "state" {
                    self.states_ui(ui);
                }
            }
        });
        let mut names: Vec<String> = self.mapping().missing().into_iter().map(field_words).collect();
        if self.preview.has_open_dates && self.mapping.date_order.is_none() {
            names.push(t("csv-date-order-missing").to_owned());
        }
        if names.is_empty() {
            widgets::muted(ui, t("csv-needed"));
        } else {
            let words = ta("csv-missing", &[("fields", &names.join(", "))]);
            ui.label(RichText::new(words).color(theme::tokens(ui).warn));
        }
        self.buttons_ui(ui, names.is_empty())
    }

    fn field_ui(&mut self, ui: &mut Ui, field: &CsvField) {
        let name = field_words(field.name);
        let tokens = theme::tokens(ui);
        ui.horizontal(|ui| {
            ui.allocate_ui(egui::vec2(NAME_WIDTH, 20.0), |ui| {
                ui.set_min_width(NAME_WIDTH);
                let is_needed = self.mapping.needs(field);
                let words = if is_needed { format!("{name} *") } else { name.clone() };
                ui.label(RichText::new(words).color(if is_needed { tokens.strong } else { tokens.muted }));
            });
            let column = self.mapping.columns.get(field.name).cloned();
            let shown = column.clone().unwrap_or_else(|| t("csv-no-column").to_owned());
            let mut chosen = column.clone();
            let choice = ComboBox::from_id_salt(("csv column", field.name)).selected_text(shown).width(COLUMN_WIDTH);
            ui.name_inputs(&name, |ui| {
                choice.list(ui, |ui| {
                    ui.selectable_value(&mut chosen, None, t("csv-no-column"));
                    for header in &self.preview.header {
                        ui.selectable_value(&mut chosen, Some(header.clone()), header);
                    }
                })
            });
            if chosen != column {
                self.mapping.columns.remove(field.name);
                self.mapping.columns.extend(chosen.clone().map(|column| (field.name.to_owned(), column)));
            }
            match chosen {
                Some(column) => {
                    ui.add(egui::Label::new(RichText::new(self.samples(&column)).color(tokens.muted)).truncate());
                }
                // What tells rows apart cannot be the same for all of them.
                None if matches!(field.name, "id" | "title") => {
                    if field.name == "id" && !self.mapping.needs(field) {
                        widgets::muted(ui, t("csv-made-id"));
                    }
                }
                None => {
                    let text = self.mapping.constants.entry(field.name.to_owned()).or_default();
                    let hint = ta("csv-constant", &[("field", &name)]);
                    widgets::hinted_field(ui, &hint, text, 180.0).on_hover_text(t("csv-constant-hint"));
                }
            }
        });
    }

    /// What the file's own words for states mean.
    fn states_ui(&mut self, ui: &mut Ui) {
        let is_its_column = self.mapping.columns.get("state") == self.preview.guess.columns.get("state");
        if self.mapping.target != CsvTarget::Item || !is_its_column || self.preview.own_states.is_empty() {
            return;
        }
        widgets::caption(ui, t("csv-states"));
        for word in &self.preview.own_states {
            ui.horizontal(|ui| {
                ui.allocate_ui(egui::vec2(NAME_WIDTH, 20.0), |ui| {
                    ui.set_min_width(NAME_WIDTH);
                    ui.add_space(16.0);
                    ui.add(egui::Label::new(word).truncate()).on_hover_text(word);
                });
                let known = self.mapping.state_of(word);
                let mut chosen = known;
                let shown = known.map_or_else(|| t("csv-by-dates"), state_word);
                let choice = ComboBox::from_id_salt(("csv state", word)).selected_text(shown).width(COLUMN_WIDTH);
                ui.name_inputs(word, |ui| {
                    choice.list(ui, |ui| {
                        ui.selectable_value(&mut chosen, None, t("csv-by-dates"));
                        for state in ItemState::ALL {
                            ui.selectable_value(&mut chosen, Some(state), state_word(state));
                        }
                    })
                });
                if chosen != known {
                    self.mapping.say_state(word, chosen);
                }
            });
        }
    }

    /// The first different values of a column.
    fn samples(&self, column: &str) -> String {
        let Some(at) = self.preview.header.iter().position(|name| name == column) else { return String::new() };
        let mut found: Vec<&str> = Vec::new();
        for cell in self.preview.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.trim()) {
            if !cell.is_empty() && !found.contains(&cell) && found.len() < 3 {
                found.push(cell);
            }
        }
        found.join(", ")
    }

    fn buttons_ui(&self, ui: &mut Ui, is_whole: bool) -> MappingDone {
        let mut done = MappingDone::Open;
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            widgets::at_right(ui, |ui| {
                let import = ui.add_enabled_ui(is_whole, |ui| widgets::primary_button(ui, t("add-import"))).inner;
                if import.clicked() {
                    done = MappingDone::Import { dry_run: false };
                }
                if ui.add_enabled(is_whole, egui::Button::new(t("add-dry-run"))).clicked() {
                    done = MappingDone::Import { dry_run: true };
                }
                if ui.button(t("csv-back")).clicked() {
                    done = MappingDone::Back;
                }
            });
        });
        done
    }
}

fn target_words(target: CsvTarget) -> &'static str {
    match target {
        CsvTarget::Run => t("csv-runs"),
        CsvTarget::Deployment => t("csv-deployments"),
        CsvTarget::Incident => t("csv-incidents"),
        CsvTarget::Item => t("csv-items"),
    }
}

/// A field's name as a person reads it: the names of the interchange format, spaced.
fn field_words(name: &str) -> String {
    let plain = match name {
        "sha" => return t("csv-field-commit").to_owned(),
        "url" => return t("csv-field-link").to_owned(),
        "id" => return t("csv-field-id").to_owned(),
        "valid" => return t("csv-field-valid").to_owned(),
        "system" => return t("csv-field-system").to_owned(),
        "change_first_commit_at" => return t("csv-field-first-commit").to_owned(),
        "change_created_at" => return t("csv-field-opened").to_owned(),
        "change_merged_at" => return t("csv-field-merged").to_owned(),
        plain => plain,
    };
    let mut words = plain.replace('_', " ");
    if let Some(first) = words.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    words
}
