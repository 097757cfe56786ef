//! The table of runs: its columns, heads and cells.

use std::collections::BTreeSet;
use std::ops::Range;

use egui::{Align, Layout, RichText, Sense, Ui, vec2};
use egui_table::{CellInfo, HeaderCellInfo, PrefetchInfo, TableDelegate};
use rustc_hash::FxHashMap;

use super::lines::{Line, Lines};
use crate::engine::{RunTexts, RunsView};
use crate::metrics::table::RunSort;
use crate::model::Time;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme;
use crate::ui::widgets;

pub(super) const COLUMNS: [(RunSort, f32); 8] = [
    (RunSort::Pipeline, 214.0),
    (RunSort::Status, 174.0),
    (RunSort::Time, 102.0),
    (RunSort::Duration, 90.0),
    (RunSort::Branch, 150.0),
    (RunSort::Service, 120.0),
    (RunSort::Actor, 110.0),
    (RunSort::Time, 90.0),
];
/// The last column shows the commit and is not sorted by.
const COMMIT_COLUMN: usize = 7;

/// The columns' widths; what is left over goes to the names that are cut first.
pub(super) fn column_widths(available: f32) -> [f32; 8] {
    let least = COLUMNS.map(|(_, width)| width);
    let spare = (available - least.iter().sum::<f32>() - 16.0).clamp(0.0, 560.0);
    let shares = [0.35, 0.0, 0.0, 0.0, 0.35, 0.2, 0.1, 0.0];
    std::array::from_fn(|column| (least[column] + spare * shares[column]).floor())
}

pub(super) struct RunTable<'a, 'b> {
    pub(super) view: &'a RunsView,
    pub(super) lines: &'a Lines,
    pub(super) closed: &'a BTreeSet<Option<String>>,
    pub(super) cx: &'a Cx<'b>,
    pub(super) texts: &'a FxHashMap<u32, RunTexts>,
    pub(super) selected: Range<usize>,
    pub(super) sort: RunSort,
    pub(super) is_ascending: bool,
    pub(super) row_height: f32,
    pub(super) widths: [f32; 8],
    pub(super) in_sight: Range<u64>,
    /// The row under the pointer in the last frame: all of its cells show it.
    pub(super) hovered: Option<u64>,
    pub(super) now_hovered: Option<u64>,
    /// The row, and whether it is to be opened.
    pub(super) clicked: Option<(usize, bool)>,
    pub(super) sorted: Option<RunSort>,
}

pub(super) fn column_title(column: usize) -> &'static str {
    [
        t("runs-pipeline"),
        t("runs-status"),
        t("runs-started"),
        t("runs-duration"),
        t("runs-branch"),
        t("runs-service"),
        t("runs-actor"),
        t("runs-commit"),
    ][column.min(7)]
}

impl TableDelegate for RunTable<'_, '_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        self.in_sight = info.visible_rows.clone();
    }

    fn default_row_height(&self) -> f32 {
        self.row_height
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let column = cell.group_index;
        let tokens = self.cx.tokens;
        let (sort, _) = COLUMNS[column.min(COMMIT_COLUMN)];
        if ui.is_sizing_pass() {
            ui.allocate_space(vec2(self.widths[column.min(COMMIT_COLUMN)], 1.0));
        }
        let rect = ui.max_rect();
        let is_sorted = column != COMMIT_COLUMN && self.sort == sort;
        let sense = if column == COMMIT_COLUMN { Sense::hover() } else { Sense::click() };
        let response = ui.interact(rect, ui.scope_id().with(("header", column)), sense);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ColumnHeader, true, column_title(column)));
        let ink = if is_sorted || response.hovered() { tokens.strong } else { tokens.muted };
        let font = egui::TextStyle::Small.resolve(ui.style());
        let is_number = column == 3;
        let (anchor, at) = if is_number {
            (egui::Align2::RIGHT_CENTER, rect.right_center() - vec2(16.0, 0.0))
        } else {
            (egui::Align2::LEFT_CENTER, rect.left_center() + vec2(8.0, 0.0))
        };
        let drawn = ui.painter().text(at, anchor, column_title(column), font, ink);
        if is_sorted {
            let icon = if self.is_ascending { Icon::ArrowUp } else { Icon::ArrowDown };
            let place = egui::Rect::from_center_size(drawn.right_center() + vec2(8.0, 0.0), vec2(12.0, 12.0));
            icon.paint(ui.painter(), place, ink);
        }
        ui.painter().hline(rect.x_range(), rect.bottom(), egui::Stroke::new(1.0, tokens.border));
        if response.clicked() {
            self.sorted = Some(sort);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let at = cell.row_nr as usize;
        let runs = &self.cx.snapshot.data.runs;
        let Some(line) = self.lines.at(at) else { return };
        let tokens = self.cx.tokens;
        let rect = ui.max_rect();
        let response = ui.interact(rect, ui.scope_id().with(("cell", cell.row_nr, cell.col_nr)), Sense::click());
        if self.selected.contains(&at) {
            ui.painter().rect_filled(rect, 0.0, tokens.selected);
        } else if self.hovered == Some(cell.row_nr) {
            ui.painter().rect_filled(rect, 0.0, tokens.hover);
        }
        if response.hovered() {
            self.now_hovered = Some(cell.row_nr);
        }
        if response.clicked() {
            self.clicked = Some((at, cell.col_nr == 0 || matches!(line, Line::Group(_))));
        }
        if response.double_clicked() && matches!(line, Line::Run(_)) {
            self.clicked = Some((at, true));
        }
        let inner = rect.shrink2(vec2(8.0, 0.0));
        let layout =
            if cell.col_nr == 3 { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
        let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(inner).layout(layout));
        match line {
            Line::Group(group) => self.group_cell(&mut ui, cell.col_nr, group),
            Line::Run(at) => {
                let row = self.view.list.rows.get(at).map(|row| *row as usize);
                if let Some(row) = row.filter(|row| *row < runs.len()) {
                    self.fill_cell(&mut ui, cell.col_nr, row);
                }
            }
        }
    }
}

impl RunTable<'_, '_> {
    fn group_cell(&self, ui: &mut Ui, column: usize, group: usize) {
        let Some(group) = self.view.list.groups.get(group) else { return };
        let tokens = self.cx.tokens;
        match column {
            0 => {
                let icon = if self.closed.contains(&group.name) { Icon::ChevronRight } else { Icon::ChevronDown };
                let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
                icon.paint(ui.painter(), rect, tokens.muted);
                let name = group.name.as_deref().unwrap_or(t("runs-group-without"));
                let words = RichText::new(name).color(tokens.strong).strong();
                ui.add(egui::Label::new(words).selectable(false).truncate());
            }
            1 => {
                widgets::muted(ui, tn("runs-group-count", group.rows.len() as u64));
            }
            2 if group.failed > 0 => {
                let words = ta("runs-group-failed", &[("n", &format::count(group.failed))]);
                widgets::status_label(ui, theme::StatusKind::Crit, &words);
            }
            4 if group.running > 0 => {
                let words = ta("runs-group-running", &[("n", &format::count(group.running))]);
                widgets::status_label(ui, theme::StatusKind::Info, &words);
            }
            _ => {}
        }
    }

    fn fill_cell(&self, ui: &mut Ui, column: usize, row: usize) {
        let tokens = self.cx.tokens;
        let (runs, catalog) = (&self.cx.snapshot.data.runs, &self.cx.snapshot.data.catalog);
        let texts = self.texts.get(&runs.key[row]);
        let label = |ui: &mut Ui, words: RichText| ui.add(egui::Label::new(words).selectable(false).truncate());
        match column {
            0 => {
                let name = catalog.pipeline(runs.pipeline[row]).map_or("", |pipeline| pipeline.name.as_str());
                let number = texts.and_then(|texts| texts.number);
                let mut words = number.map_or_else(|| name.to_owned(), |number| format!("{name} #{number}"));
                if let Some(attempt) = texts.map(|texts| texts.attempt).filter(|attempt| *attempt > 1) {
                    words = format!("{words} · {}", ta("run-attempt", &[("n", &attempt.to_string())]).to_lowercase());
                }
                label(ui, RichText::new(&words).color(tokens.strong)).on_hover_text(words);
            }
            1 => {
                let status = runs.status[row];
                widgets::status_label(ui, widgets::kind_of(status), widgets::status_word(status));
            }
            2 => {
                let at = runs.started(row).unwrap_or(Time(runs.at[row]));
                if runs.at[row] != crate::model::columns::NO_TIME {
                    label(ui, RichText::new(format::ago(at, self.cx.now)))
                        .on_hover_text(format::date_time(at, self.cx.zone));
                }
            }
            3 => {
                if let Some(secs) = runs.duration_s(row) {
                    label(ui, RichText::new(format::duration(secs)));
                }
            }
            4 => {
                label(ui, RichText::new(catalog.word(runs.branch[row])).monospace());
            }
            5 => {
                let name = catalog.service(runs.service[row]).map_or("", |service| service.name.as_str());
                label(ui, RichText::new(name));
            }
            6 => {
                label(ui, RichText::new(catalog.word(runs.actor[row])));
            }
            _ => {
                let sha = texts.and_then(|texts| texts.sha.as_deref()).unwrap_or_default();
                label(ui, RichText::new(format::short_sha(sha)).monospace().color(theme::tokens(ui).muted));
            }
        }
    }
}
