//! Loop, the home page: the eight stages as one figure, each with what the data tells, and what waits for a person.

mod figure;
mod rows;

use std::sync::Arc;

use egui::{ScrollArea, Ui};

use crate::engine::{LoopView, Question};
use crate::model::Time;
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
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
                rows::ui(ui, &view, cx);
            });
        });
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&["kind", "title", "since", "until"]);
        let at = |micros: i64| format::date_time(Time(micros), cx.zone);
        let Some(view) = &self.view else { return table };
        let attention = view.attention.iter();
        table.rows.extend(rows::lost_starts(cx).iter().map(|start| {
            let title = start.pipeline_shown().to_owned();
            vec![t("attention-lost").to_owned(), title, format::date_time(start.at, cx.zone), String::new()]
        }));
        table.rows.extend(attention.map(|row| {
            vec![rows::kind_words(&row.what).1.to_owned(), row.title.clone(), at(row.what.since()), String::new()]
        }));
        table.rows.extend(view.waiting.iter().map(|row| {
            vec![rows::waiting_words(row.what).1.to_owned(), row.title.clone(), at(row.since), String::new()]
        }));
        table.rows.extend(view.incidents.iter().map(|row| {
            vec!["incident".to_owned(), row.title.clone(), at(row.began), row.ended.map(at).unwrap_or_default()]
        }));
        table
    }
}
