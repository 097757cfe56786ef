//! The plan's charts as tables: the same numbers, to be read and copied.

use egui::{Align, Layout, RichText, Ui, vec2};

use super::burn::cause_word;
use super::report::{Reading, read};
use super::{amount, unplanned};
use crate::engine::PlanView;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::t;
use crate::ui::widgets;

const ROW: f32 = 23.0;
/// Rows in sight; the rest is scrolled to.
const ROWS: usize = 10;

pub fn ui(ui: &mut Ui, view: &PlanView, reading: Reading, cx: &Cx<'_>) {
    egui::ScrollArea::vertical().id_salt("plan tables").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 10.0);
        if let Some(Ok(burn)) = &view.burn {
            let steps = &read(burn, reading).steps;
            let head = [
                t("table-when"),
                t("table-what"),
                t("table-item"),
                t("burn-scope"),
                t("burn-done-line"),
                t("burn-left"),
            ];
            table(ui, "burn", t("plan-burn"), &head, steps.len(), |n| {
                let step = &steps[n];
                let item = step.item.and_then(|n| view.plan.items.get(n as usize));
                vec![
                    format::date_time(step.at, cx.zone),
                    cause_word(step.cause).to_owned(),
                    item.map(|item| item.title.clone()).unwrap_or_default(),
                    amount(step.scope),
                    amount(step.done),
                    amount(step.remaining),
                ]
            });
        }
        let head = [t("plan-sprint"), t("plan-committed"), t("plan-completed"), t("burn-added")];
        table(ui, "velocity", t("plan-velocity"), &head, view.closed.len(), |n| {
            let sprint = &view.closed[view.closed.len() - 1 - n];
            let (committed, completed) = (amount(sprint.committed.value), amount(sprint.completed.value));
            vec![sprint.name.clone(), committed, completed, amount(sprint.added.value)]
        });
        let head = [t("plan-sprint"), t("burn-say-do-head"), t("plan-unplanned"), t("table-reasons")];
        let sprints = unplanned::shown(view);
        table(ui, "unplanned", t("plan-unplanned"), &head, sprints.len(), |n| {
            let sprint = &sprints[sprints.len() - 1 - n];
            let share = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), format::percent);
            let reasons = unplanned::reasons_words(sprint, view).join(", ");
            vec![sprint.name.clone(), share(sprint.said_and_done()), share(sprint.unplanned()), reasons]
        });
        let head = [t("table-item"), t("item-state-done"), t("table-days")];
        table(ui, "cycle", t("plan-cycle"), &head, view.cycles.len(), |n| {
            let cycle = view.cycles[n];
            let item = &view.plan.items[cycle.item as usize];
            let name = format!("{} {}", item.id, item.title);
            vec![name, format::date_time(cycle.done, cx.zone), cycle.days.to_string()]
        });
        let head = [
            t("table-when"),
            t("plan-to-do"),
            t("item-state-in-progress"),
            t("item-state-in-review"),
            t("item-state-done"),
        ];
        table(ui, "flow", t("plan-flow"), &head, view.flow.len(), |n| {
            let day = view.flow[view.flow.len() - 1 - n];
            let counts = [day.to_do, day.in_progress, day.in_review, day.done].map(|count| count.to_string());
            std::iter::once(day.day.to_string()).chain(counts).collect()
        });
    });
}

fn is_number(cell: &str) -> bool {
    cell == "–" || (cell.starts_with(|c: char| c.is_ascii_digit()) && !cell.contains(['-', ':', ',']))
}

/// As a head begins, whatever the word is elsewhere.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn table(ui: &mut Ui, name: &str, title: &str, head: &[&str], rows: usize, row: impl Fn(usize) -> Vec<String>) {
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        widgets::panel_title(ui, title);
        if rows == 0 {
            widgets::muted(ui, t("chart-no-data"));
            return;
        }
        let width = (ui.available_width() - 14.0) / head.len() as f32;
        // Numbers end below each other.
        let is_number: Vec<bool> = row(0).iter().enumerate().map(|(n, cell)| n > 0 && is_number(cell)).collect();
        let line = |ui: &mut Ui, cells: &mut dyn Iterator<Item = RichText>| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                for (n, cell) in cells.enumerate() {
                    let is_number = is_number.get(n).copied().unwrap_or_default();
                    let layout = if is_number {
                        Layout::right_to_left(Align::Center)
                    } else {
                        Layout::left_to_right(Align::Center)
                    };
                    ui.allocate_ui_with_layout(vec2(width, ROW), layout, |ui| {
                        ui.set_width(width);
                        ui.set_height(ROW);
                        if is_number {
                            ui.add_space(width * 0.3);
                        }
                        ui.add(egui::Label::new(cell).truncate());
                    });
                }
            });
        };
        ui.spacing_mut().item_spacing.y = 0.0;
        line(ui, &mut head.iter().map(|word| RichText::new(capital(word)).small()));
        let area = egui::ScrollArea::vertical().id_salt(name).max_height(rows.min(ROWS) as f32 * ROW);
        area.auto_shrink([false, true]).show_rows(ui, ROW, rows, |ui, shown| {
            for n in shown {
                line(ui, &mut row(n).into_iter().map(RichText::new));
            }
        });
    });
    ui.add_space(8.0);
}
