//! The board of a sprint: a column for each state, cards that are dragged or moved by keys.

use std::sync::Arc;

use egui::{Key, Modifiers, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::{Dragged, PlanPage, amount, change, drop_zone, item};
use crate::engine::{ItemChange, PlanView};
use crate::metrics::plan::flow::column_of;
use crate::model::plan::ItemState;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, tn};
use crate::ui::widgets;

#[derive(Default)]
pub struct Board {
    column: usize,
    row: usize,
}

const COLUMNS: [ItemState; 4] = [ItemState::Ready, ItemState::InProgress, ItemState::InReview, ItemState::Done];
const GAP: f32 = 10.0;

fn column_title(column: usize) -> &'static str {
    [t("plan-to-do"), t("item-state-in-progress"), t("item-state-in-review"), t("item-state-done")][column.min(3)]
}

impl PlanPage {
    pub(super) fn board_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        if view.sprint.is_none() {
            widgets::muted(ui, t("plan-no-sprint"));
            return;
        }
        let mut columns: [Vec<u32>; 4] = Default::default();
        for n in self.shown(view, &view.members) {
            if let Some(column) = column_of(view.plan.items[n as usize].state) {
                columns[column].push(n);
            }
        }
        if self.hears_keys(ui) {
            self.board_keys(ui, view, &columns, cx);
        }
        self.board.column = self.board.column.min(3);
        self.board.row = self.board.row.min(columns[self.board.column].len().saturating_sub(1));
        let width = ((ui.available_width() - GAP * 3.0) / 4.0).floor();
        let height = ui.available_height();
        let mut dropped = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (column, cards) in columns.iter().enumerate() {
                ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                    widgets::card(ui, |ui| {
                        ui.set_width(width - 26.0);
                        ui.set_height(height - 24.0);
                        let ids = self.column_ui(ui, view, column, cards, cx);
                        dropped = ids.map(|ids| (column, ids)).or(dropped.take());
                    });
                });
            }
        });
        if let Some((column, ids)) = dropped {
            self.chosen.clear();
            change(ids, ItemChange { state: Some(COLUMNS[column]), ..ItemChange::default() }, cx);
        }
    }

    /// A column; gives the items that were let go in it.
    fn column_ui(
        &mut self,
        ui: &mut Ui,
        view: &Arc<PlanView>,
        column: usize,
        cards: &[u32],
        cx: &mut Cx<'_>,
    ) -> Option<Vec<String>> {
        let unit = view.ask.unit;
        let sum: f64 = cards.iter().filter_map(|n| unit.of(&view.plan.items[*n as usize])).sum();
        ui.horizontal(|ui| {
            widgets::panel_title(ui, column_title(column));
            widgets::caption(ui, format::count(cards.len() as u64));
            widgets::at_right(ui, |ui| widgets::caption(ui, super::unit_amount(sum, unit)));
        });
        ui.add_space(4.0);
        let name = column_title(column);
        drop_zone(ui, name, cx, |ui| {
            egui::ScrollArea::vertical().id_salt(("column", column)).auto_shrink(false).show(ui, |ui| {
                for (row, n) in cards.iter().enumerate() {
                    self.card_ui(ui, view, *n, (column, row), cx);
                }
            });
        })
    }

    fn card_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, n: u32, place: (usize, usize), cx: &Cx<'_>) {
        let found = &view.plan.items[n as usize];
        let is_current = (self.board.column, self.board.row) == place;
        let tokens = cx.tokens;
        let frame = egui::Frame::new()
            .fill(if is_current { tokens.selected } else { tokens.hover })
            .stroke(Stroke::new(1.0, if is_current { tokens.accent } else { tokens.border }))
            .corner_radius(6)
            .inner_margin(8);
        let drawn = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(egui::Label::new(egui::RichText::new(&found.title).color(tokens.text)).selectable(false).truncate());
            ui.horizontal(|ui| {
                widgets::caption(ui, item::kind_word(found.kind));
                if let Some(assignee) = &found.assignee {
                    widgets::caption(ui, assignee);
                }
                let age = view.ageing.iter().find(|ageing| ageing.item == n).map(|ageing| ageing.days);
                if let Some(days) = age {
                    widgets::caption(ui, tn("plan-days", u64::from(days)));
                }
                widgets::at_right(ui, |ui| {
                    if let Some(worth) = view.ask.unit.of(found) {
                        widgets::caption(ui, amount(worth));
                    }
                });
            });
        });
        let response = ui.interact(drawn.response.rect, ui.scope_id().with(("card", n)), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_current, &found.title));
        if cx.can_write {
            response.dnd_set_drag_payload(Dragged(self.meant(found)));
        }
        if response.clicked() {
            (self.board.column, self.board.row) = place;
        }
        if response.double_clicked() {
            self.form = Some(item::ItemForm::of(found));
        }
        ui.add_space(6.0);
    }

    fn board_keys(&mut self, ui: &Ui, view: &Arc<PlanView>, columns: &[Vec<u32>; 4], cx: &mut Cx<'_>) {
        let (column, row) = (self.board.column.min(3), self.board.row);
        let current = columns[column].get(row).map(|n| &view.plan.items[*n as usize]);
        let key = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (arrow, by) in [(Key::ArrowLeft, -1isize), (Key::ArrowRight, 1)] {
            if key(Modifiers::SHIFT, arrow)
                && let (Some(item), Some(to)) = (current, column.checked_add_signed(by).filter(|to| *to < 4))
            {
                self.board.column = to;
                change(self.meant(item), ItemChange { state: Some(COLUMNS[to]), ..ItemChange::default() }, cx);
                return;
            }
            if key(Modifiers::NONE, arrow) {
                self.board.column = column.saturating_add_signed(by).min(3);
            }
        }
        for (arrow, by) in [(Key::ArrowUp, -1isize), (Key::ArrowDown, 1)] {
            if key(Modifiers::NONE, arrow) {
                self.board.row = row.saturating_add_signed(by);
            }
        }
        if key(Modifiers::NONE, Key::Enter)
            && let Some(item) = current
        {
            self.form = Some(item::ItemForm::of(item));
        }
        if key(Modifiers::NONE, Key::N) && cx.can_write {
            self.new_item();
        }
    }
}
