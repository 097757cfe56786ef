//! The dialog that splits an item.

use egui::Ui;

use super::item::{estimate, read};
use crate::engine::{Command, Part};
use crate::model::plan::{Estimates, Item};
use crate::ui::cx::{Cx, Intent};
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

pub struct SplitForm {
    item: String,
    title: String,
    whole: Option<f64>,
    /// Title and points of each part; the first is what the item becomes.
    parts: Vec<(String, String)>,
    is_new: bool,
}

impl SplitForm {
    pub fn of(item: &Item) -> Self {
        let whole = item.estimates.and_then(|estimates| estimates.points);
        Self {
            item: item.id.clone(),
            title: item.title.clone(),
            whole,
            parts: vec![(item.title.clone(), estimate(whole)), (String::new(), String::new())],
            is_new: true,
        }
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "split").show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            widgets::heading(ui, &ta("split-title", &[("title", &self.title)]));
            widgets::muted(ui, t("split-words"));
            self.parts_ui(ui);
            let points: Vec<Result<Option<f64>, ()>> = self.parts.iter().map(|(_, points)| read(points)).collect();
            let is_sound = points.iter().all(Result::is_ok);
            if is_sound {
                self.sum_ui(ui, &points);
            } else {
                widgets::status_label(ui, StatusKind::Crit, t("item-no-number"));
            }
            let is_whole = self.parts.iter().all(|(title, _)| !title.trim().is_empty());
            let (cancels, splits) = super::sprint::buttons(ui, t("split-do"), cx.can_write && is_sound && is_whole);
            if splits {
                let part = |((title, _), points): (&(String, String), &Result<Option<f64>, ()>)| Part {
                    title: title.trim().to_owned(),
                    estimates: Estimates { points: points.unwrap_or_default(), hours: None },
                };
                let parts = self.parts.iter().zip(&points).map(part).collect();
                cx.want(Intent::Command(Command::SplitItem { item: self.item.clone(), parts }));
            }
            keep = !(cancels || splits);
        });
        keep && !modal.should_close()
    }

    fn parts_ui(&mut self, ui: &mut Ui) {
        let mut gone = None;
        let can_go = self.parts.len() > 2;
        for (at, (title, points)) in self.parts.iter_mut().enumerate() {
            ui.push_id(at, |ui| {
                ui.horizontal(|ui| {
                    let field = widgets::hinted_field(ui, t("item-title"), title, 340.0);
                    if at == 1 && std::mem::take(&mut self.is_new) {
                        field.request_focus();
                    }
                    widgets::hinted_field(ui, t("item-points"), points, 60.0);
                    if at > 0 && can_go && widgets::icon_button(ui, Icon::Trash, t("split-remove")).clicked() {
                        gone = Some(at);
                    }
                });
            });
        }
        if let Some(at) = gone {
            self.parts.remove(at);
        }
        if ui.button(t("split-add")).clicked() {
            self.parts.push((String::new(), String::new()));
        }
    }

    /// How the parts stand to the whole: more is allowed, and said.
    fn sum_ui(&self, ui: &mut Ui, points: &[Result<Option<f64>, ()>]) {
        let Some(whole) = self.whole else { return };
        let sum: f64 = points.iter().filter_map(|points| points.ok().flatten()).sum();
        let (sum, whole) = (super::amount(sum), super::amount(whole));
        let kind = if sum == whole { StatusKind::Ok } else { StatusKind::Warn };
        widgets::status_label(ui, kind, &ta("split-sum", &[("sum", &sum), ("whole", &whole)]));
    }
}
