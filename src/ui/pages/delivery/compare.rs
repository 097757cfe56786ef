//! The same rows under every preset, and why the numbers differ.

use egui::{Grid, RichText, Ui};

use super::cards::metric_title;
use super::definition::{option_words, preset_title, value_words};
use crate::engine::{CompareRow, DeliveryView};
use crate::metrics::compare::value_of;
use crate::metrics::{Explain, Figures};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::widgets;

/// Wide enough for the longest metric's name.
const CELL: f32 = 132.0;

/// Draws the comparison; `false` when it is closed.
pub fn ui(ui: &Ui, rows: Option<&[CompareRow]>, view: &DeliveryView, cx: &Cx<'_>) -> bool {
    let mut keep = true;
    let modal = widgets::modal(ui, "compare definitions").show(ui.ctx(), |ui| {
        ui.set_width(900.0);
        widgets::heading(ui, t("compare-title"));
        widgets::muted(ui, t("compare-words"));
        let Some(rows) = rows else {
            widgets::skeleton(ui, 160.0);
            return;
        };
        widgets::modal_scroll(ui).show(ui, |ui| {
            table_ui(ui, rows, view, cx);
            ui.add_space(8.0);
            widgets::panel_title(ui, t("compare-why"));
            for row in rows {
                steps_ui(ui, row, cx);
            }
        });
        ui.horizontal(|ui| {
            widgets::at_right(ui, |ui| {
                if widgets::primary_button(ui, t("report-done")).clicked() {
                    keep = false;
                }
            });
        });
    });
    keep && !widgets::is_closed(&modal)
}

fn table_ui(ui: &mut Ui, rows: &[CompareRow], view: &DeliveryView, cx: &Cx<'_>) {
    Grid::new("compare").num_columns(6).spacing([20.0, 6.0]).show(ui, |ui| {
        widgets::caption(ui, "");
        for metric in Explain::ALL {
            widgets::number_caption(ui, CELL, metric_title(metric));
        }
        ui.end_row();
        let name = view.ask.definition.preset_name().map_or(t("definition-own"), preset_title);
        ui.label(RichText::new(ta("compare-in-force", &[("name", name)])).color(cx.tokens.strong));
        cells(ui, &view.figures);
        let in_force = view.ask.definition.preset_name();
        for row in rows.iter().filter(|row| in_force != Some(row.name)) {
            ui.label(preset_title(row.name));
            cells(ui, &row.figures);
        }
    });
}

fn cells(ui: &mut Ui, figures: &Figures) {
    for metric in Explain::ALL {
        widgets::number_cell(ui, CELL, figure_words(figures, metric));
    }
    ui.end_row();
}

fn figure_words(figures: &Figures, metric: Explain) -> String {
    match metric {
        Explain::Frequency => format::per(figures.deployment_frequency.value, &figures.deployment_frequency.value_unit),
        _ => amount_words(metric, value_of(figures, metric)),
    }
}

fn amount_words(metric: Explain, value: Option<f64>) -> String {
    match metric {
        Explain::Frequency => value.map_or_else(|| t("unknown").to_owned(), |v| format!("{v:.2}")),
        Explain::Lead | Explain::Recovery => format::opt_duration(value),
        Explain::Fail | Explain::Rework => format::opt_percent(value),
    }
}

/// Before and after; where both read alike, by how much they differ.
fn change_words(metric: Explain, before: Option<f64>, after: Option<f64>) -> String {
    let (from, to) = (amount_words(metric, before), amount_words(metric, after));
    match before.zip(after) {
        Some((before, after)) if from == to => {
            let sign = if after < before { '−' } else { '+' };
            let difference = (after - before).abs();
            let by = match metric {
                Explain::Lead | Explain::Recovery => format::duration(difference),
                Explain::Fail | Explain::Rework => format!("{:.2} %", difference * 100.0),
                Explain::Frequency => format!("{difference:.4}"),
            };
            if difference < 1.0 && matches!(metric, Explain::Lead | Explain::Recovery) {
                return ta("compare-less-than-a-second", &[("value", &to)]);
            }
            format!("{to} ({sign}{by})")
        }
        _ => format!("{from} → {to}"),
    }
}

fn steps_ui(ui: &mut Ui, row: &CompareRow, cx: &Cx<'_>) {
    if row.steps.iter().all(|(_, steps)| steps.is_empty()) {
        return;
    }
    ui.label(RichText::new(preset_title(row.name)).color(cx.tokens.strong));
    for (metric, steps) in &row.steps {
        for step in steps {
            ui.horizontal_wrapped(|ui| {
                widgets::caption(ui, metric_title(*metric));
                ui.label(format!(
                    "{}: {} → {}",
                    option_words(&step.option),
                    value_words(&step.option, &step.from),
                    value_words(&step.option, &step.to)
                ));
                let change = change_words(*metric, step.before, step.after);
                ui.label(RichText::new(change).color(cx.tokens.strong));
            });
        }
    }
}
