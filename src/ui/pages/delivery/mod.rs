//! Delivery: the five metrics with trend, distribution and parts, each leading to its rows.

mod cards;
mod charts;
mod compare;
mod definition;
mod explain;
mod tables;

use std::sync::Arc;

pub use cards::benchmark_title;

use egui::{Button, Panel, ScrollArea, Ui};

use crate::engine::{CompareRow, DeliveryAsk, DeliveryView, ExplainView, PeriodChoice, Question, Settings};
use crate::metrics::{Definition, Explain, PRESETS};
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, ExportKind, Intent, Scope};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets::{self, List as _};

#[derive(Default)]
pub struct Delivery {
    pub view: Option<Arc<DeliveryView>>,
    pub compare: Option<Arc<Vec<CompareRow>>>,
    pub explain: Option<Arc<ExplainView>>,
    asked: Option<(u64, DeliveryAsk)>,
    explained: Option<Explain>,
    explain_asked: Option<(u64, DeliveryAsk, Explain)>,
    is_comparing: bool,
    compare_asked: Option<(u64, DeliveryAsk)>,
    editing: Option<Definition>,
    as_tables: bool,
}

impl Delivery {
    pub fn ask(&mut self, cx: &mut Cx<'_>) {
        let wanted = (cx.snapshot.generation, cx.delivery_ask());
        if self.asked.as_ref() != Some(&wanted) {
            cx.want(Intent::Ask(Question::Delivery(Box::new(wanted.1.clone()))));
            self.asked = Some(wanted.clone());
        }
        if let Some(metric) = self.explained {
            let asked = (wanted.0, wanted.1.clone(), metric);
            if self.explain_asked.as_ref() != Some(&asked) {
                cx.want(Intent::Ask(Question::Explain(Box::new(wanted.1.clone()), metric)));
                self.explain_asked = Some(asked);
            }
        }
        if self.is_comparing && self.compare_asked.as_ref() != Some(&wanted) {
            cx.want(Intent::Ask(Question::Compare(Box::new(wanted.1.clone()))));
            self.compare_asked = Some(wanted);
        }
    }

    pub fn forget_asked(&mut self) {
        self.asked = None;
        self.explain_asked = None;
        self.compare_asked = None;
    }

    /// Charts in place of tables, or the other way round.
    pub fn toggle_tables(&mut self) {
        self.as_tables = !self.as_tables;
    }

    pub fn open_compare(&mut self) {
        self.is_comparing = true;
    }

    pub fn close_topmost(&mut self) -> bool {
        if self.editing.take().is_some() || std::mem::take(&mut self.is_comparing) {
            return true;
        }
        self.explained.take().is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if self.explained.is_some() {
            let frame = egui::Frame::new().fill(cx.tokens.panel).inner_margin(egui::Margin::symmetric(12, 12));
            Panel::right("explain").default_size(420.0).size_range(320.0..=640.0).frame(frame).show(ui, |ui| {
                let is_kept = explain::drawer_ui(ui, self.explain.as_deref(), self.explained, self.view.as_deref(), cx);
                if !is_kept {
                    self.explained = None;
                }
            });
        }
        let Some(view) = self.view.clone() else {
            ui.add_space(size::SECTION);
            egui::Frame::new().inner_margin(16.0).show(ui, |ui| {
                widgets::skeleton(ui, 96.0);
                widgets::skeleton(ui, 260.0);
            });
            return;
        };
        let is_old = view.ask != cx.delivery_ask() || view.generation != cx.snapshot.generation;
        // What is left of a drawer is all there is: nothing is drawn below it.
        ui.shrink_clip_rect(ui.available_rect_before_wrap());
        ScrollArea::vertical().id_salt("delivery").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 12)).show(ui, |ui| {
                if is_old {
                    ui.set_opacity(0.6);
                }
                self.header_ui(ui, &view, cx);
                if view.is_outside_data {
                    outside_ui(ui, cx);
                }
                if let Some(metric) = cards::row_ui(ui, &view, self.explained, cx) {
                    self.explained = if self.explained == Some(metric) { None } else { Some(metric) };
                }
                ui.add_space(4.0);
                charts::all_ui(ui, &view, self.as_tables, cx);
            });
        });
        if self.is_comparing && !compare::ui(ui, self.compare.as_deref().map(Vec::as_slice), &view, cx) {
            self.is_comparing = false;
        }
        let mut editing = self.editing.take();
        if let Some(definition) = &mut editing
            && definition::editor_ui(ui, definition, cx)
        {
            self.editing = editing;
        }
    }

    fn header_ui(&mut self, ui: &mut Ui, view: &DeliveryView, cx: &mut Cx<'_>) {
        let is_narrow = ui.available_width() < 860.0;
        ui.horizontal(|ui| {
            widgets::heading(ui, t("page-delivery"));
            let zone = &view.period.zone;
            let last = crate::model::Time(view.period.to.0 - 1);
            let dates = format!("{} – {}", format::date(view.period.from, zone), format::date(last, zone));
            widgets::muted(ui, dates);
            if !cx.snapshot.is_loaded {
                widgets::badge(ui, t("from-last-time"), StatusKind::Info);
            }
            if !is_narrow {
                widgets::at_right(ui, |ui| self.controls_ui(ui, cx));
            }
        });
        if is_narrow {
            ui.horizontal(|ui| widgets::at_right(ui, |ui| self.controls_ui(ui, cx)));
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        export_menu(ui, cx);
        if widgets::icon_button(ui, Icon::Table, t("command-tables")).clicked() {
            self.toggle_tables();
        }
        if ui.button(t("delivery-compare")).clicked() {
            self.is_comparing = true;
        }
        if ui.button(t("delivery-edit-definition")).clicked() {
            self.editing = Some(cx.snapshot.settings.definition);
        }
        self.definition_ui(ui, cx);
    }

    fn definition_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let current = cx.snapshot.settings.definition;
        let name = current.preset_name().map_or(t("definition-own"), definition::preset_title);
        ui.name_inputs(t("delivery-definition"), |ui| {
            egui::ComboBox::from_id_salt("definition").selected_text(name).width(120.0).list(ui, |ui| {
                for preset in &PRESETS {
                    let is_current = current == preset.definition;
                    if ui.selectable_label(is_current, definition::preset_title(preset.name)).clicked() && !is_current {
                        let settings = Settings { definition: preset.definition, ..(*cx.snapshot.settings).clone() };
                        cx.want(Intent::Settings(Box::new(settings)));
                    }
                }
            });
        });
        widgets::caption(ui, t("delivery-definition"));
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&[
            "from",
            "to",
            "deployments",
            "lead_n",
            "lead_median_s",
            "lead_p90_s",
            "failed",
            "total",
            "rework",
            "recovery_n",
            "recovery_median_s",
        ]);
        let Some(view) = &self.view else { return table };
        let number = |value: Option<f64>| value.map(|v| format!("{v:.3}")).unwrap_or_default();
        for bucket in &view.series.buckets {
            table.rows.push(vec![
                format::date_time(crate::model::Time(bucket.from), cx.zone),
                format::date_time(crate::model::Time(bucket.to), cx.zone),
                bucket.deployments.to_string(),
                bucket.lead_n.to_string(),
                number(bucket.lead_median_s),
                number(bucket.lead_p90_s),
                bucket.failed.to_string(),
                bucket.total.to_string(),
                bucket.rework.to_string(),
                bucket.recovery_n.to_string(),
                number(bucket.recovery_median_s),
            ]);
        }
        table
    }
}

/// The three forms in which a page can be saved.
pub fn export_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    let button = widgets::icon_button(ui, Icon::Download, t("export"));
    egui::Popup::menu(&button).show(|ui| {
        for (kind, words) in [
            (ExportKind::Csv, t("command-export-csv")),
            (ExportKind::Json, t("command-export-json")),
            (ExportKind::Markdown, t("command-export-markdown")),
            (ExportKind::Png, t("command-export-png")),
        ] {
            if ui.add(Button::new(words)).clicked() {
                cx.want(Intent::Export(kind));
            }
        }
    });
}

/// The period holds nothing: offer the last days that do.
fn outside_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.label(t("delivery-outside"));
            if let Some((first, last)) = cx.snapshot.range {
                let dates = [("from", format::date(first, cx.zone)), ("to", format::date(last, cx.zone))];
                let args: Vec<(&'static str, &str)> = dates.iter().map(|(name, text)| (*name, text.as_str())).collect();
                widgets::muted(ui, ta("delivery-range", &args));
            }
            widgets::at_right(ui, |ui| {
                if widgets::primary_button(ui, t("delivery-last-with-data")).clicked() {
                    let scope = Scope { period: PeriodChoice::LastDaysWithData(90), filter: cx.scope.filter.clone() };
                    cx.want(Intent::Scope(scope));
                }
            });
        });
    });
}
