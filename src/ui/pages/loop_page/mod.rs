//! Loop, the home page: the eight stages as one figure, each with what the data tells, and what waits for a person.

mod figure;

use std::sync::Arc;

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use crate::engine::{AttentionRow, LoopView, Question};
use crate::metrics::stages::Attention;
use crate::model::Time;
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, Intent, Page};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

#[derive(Default)]
pub struct LoopPage {
    pub view: Option<Arc<LoopView>>,
    pub asked: Option<u64>,
    spans: figure::Spans,
}

impl LoopPage {
    pub fn ask(&mut self, cx: &mut Cx<'_>) {
        if self.asked != Some(cx.snapshot.generation) {
            self.asked = Some(cx.snapshot.generation);
            cx.want(Intent::Ask(Question::Loop));
        }
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(view) = self.view.clone() else {
            egui::Frame::new().inner_margin(16.0).show(ui, |ui| widgets::skeleton(ui, 320.0));
            return;
        };
        ScrollArea::vertical().id_salt("loop").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 12)).show(ui, |ui| {
                ui.horizontal(|ui| {
                    widgets::heading(ui, t("page-loop"));
                    widgets::muted(ui, ta("loop-days", &[("n", &view.days.to_string())]));
                    if !cx.snapshot.is_loaded {
                        widgets::badge(ui, t("from-last-time"), StatusKind::Info);
                    }
                    widgets::at_right(ui, |ui| {
                        super::delivery::export_menu(ui, cx);
                        self.spans.choice_ui(ui);
                    });
                });
                figure::ui(ui, &view, self.spans, cx);
                ui.add_space(size::GAP);
                attention_ui(ui, &view, cx);
            });
        });
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&["kind", "title", "since"]);
        let rows = self.view.iter().flat_map(|view| &view.attention);
        table.rows.extend(rows.map(|row| {
            vec![
                kind_words(&row.what).1.to_owned(),
                row.title.clone(),
                format::date_time(Time(row.what.since()), cx.zone),
            ]
        }));
        table
    }
}

fn kind_words(what: &Attention) -> (StatusKind, &'static str) {
    match what {
        Attention::OpenIncident { .. } => (StatusKind::Crit, t("attention-incident")),
        Attention::FailedDeployment { .. } => (StatusKind::Crit, t("attention-deployment")),
        Attention::RedMain { .. } => (StatusKind::Crit, t("attention-red")),
        Attention::WaitingChange { .. } => (StatusKind::Warn, t("attention-change")),
    }
}

fn attention_ui(ui: &mut Ui, view: &LoopView, cx: &mut Cx<'_>) {
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            widgets::panel_title(ui, t("attention-title"));
            if !view.attention.is_empty() {
                widgets::caption(ui, format::count(view.attention.len() as u64));
            }
        });
        if view.attention.is_empty() {
            widgets::empty_state(ui, Icon::Check, t("attention-none"), None);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        for row in &view.attention {
            row_ui(ui, row, cx);
        }
    });
}

fn row_ui(ui: &mut Ui, row: &AttentionRow, cx: &mut Cx<'_>) {
    let (kind, words) = kind_words(&row.what);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{words}: {}", row.title)));
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, cx.tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let mut child = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(6.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let (place, _) = child.allocate_exact_size(vec2(10.0, 16.0), Sense::hover());
    widgets::status_shape(child.painter(), place.center(), kind, cx.tokens);
    let (label, _) = child.allocate_exact_size(vec2(150.0, 16.0), Sense::hover());
    let font = egui::TextStyle::Body.resolve(child.style());
    child.painter().text(label.left_center(), egui::Align2::LEFT_CENTER, words, font, cx.tokens.muted);
    let since = Time(row.what.since());
    let ago = format::ago(since, cx.now);
    widgets::at_right(&mut child, |ui| {
        ui.add(egui::Label::new(RichText::new(ago).color(cx.tokens.muted)).selectable(false));
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            let title = RichText::new(&row.title).color(cx.tokens.strong);
            ui.add(egui::Label::new(title).selectable(false).truncate());
        });
    });
    let is_by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.on_hover_text(format::date_time(since, cx.zone)).clicked() || is_by_key {
        match row.what {
            Attention::OpenIncident { .. } => cx.want(Intent::OpenIncident(row.key)),
            Attention::FailedDeployment { .. } => cx.want(Intent::OpenDeployment(row.key)),
            Attention::RedMain { .. } => cx.want(Intent::OpenRun(row.key)),
            Attention::WaitingChange { .. } => cx.want(Intent::Go(Page::Delivery)),
        }
    }
}
