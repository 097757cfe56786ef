//! The dialog that splits an item.

use egui::Ui;

use super::item::{estimate, read};
use crate::engine::{Command, Part};
use crate::metrics::plan::ledger::Unit;
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
    /// It is estimated in hours alone, and so are its parts.
    in_hours: bool,
    /// Title and estimate of each part; the first is what the item becomes.
    parts: Vec<(String, String)>,
    is_new: bool,
}

impl SplitForm {
    pub fn of(item: &Item) -> Self {
        let estimates = item.estimates.unwrap_or_default();
        let in_hours = estimates.points.is_none() && estimates.hours.is_some();
        let whole = if in_hours { estimates.hours } else { estimates.points };
        Self {
            in_hours,
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
            let amounts: Vec<Result<Option<f64>, ()>> = self.parts.iter().map(|(_, amount)| read(amount)).collect();
            let is_sound = amounts.iter().all(Result::is_ok);
            if is_sound {
                self.sum_ui(ui, &amounts);
            } else {
                widgets::status_label(ui, StatusKind::Crit, t("item-no-number"));
            }
            let is_whole = self.parts.iter().all(|(title, _)| !title.trim().is_empty());
            let (cancels, splits) = super::sprint::buttons(ui, t("split-do"), cx.can_write && is_sound && is_whole);
            if splits {
                let estimates = |amount: Option<f64>| match self.in_hours {
                    true => Estimates { points: None, hours: amount },
                    false => Estimates { points: amount, hours: None },
                };
                let part = |((title, _), amount): (&(String, String), &Result<Option<f64>, ()>)| Part {
                    title: title.trim().to_owned(),
                    estimates: estimates(amount.unwrap_or_default()),
                };
                let parts = self.parts.iter().zip(&amounts).map(part).collect();
                cx.want(Intent::Command(Command::SplitItem { item: self.item.clone(), parts }));
            }
            keep = !(cancels || splits);
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn parts_ui(&mut self, ui: &mut Ui) {
        let mut gone = None;
        let can_go = self.parts.len() > 2;
        let unit = if self.in_hours { t("item-hours") } else { t("item-points") };
        for (at, (title, amount)) in self.parts.iter_mut().enumerate() {
            ui.push_id(at, |ui| {
                ui.horizontal(|ui| {
                    let field = widgets::hinted_field(ui, t("item-title"), title, 340.0);
                    if at == 1 && std::mem::take(&mut self.is_new) {
                        field.request_focus();
                    }
                    widgets::hinted_field(ui, unit, amount, 60.0);
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
    fn sum_ui(&self, ui: &mut Ui, amounts: &[Result<Option<f64>, ()>]) {
        let Some(whole) = self.whole else { return };
        let sum: f64 = amounts.iter().filter_map(|amount| amount.ok().flatten()).sum();
        let unit = if self.in_hours { Unit::Hours } else { Unit::Points };
        let (sum, whole) = (super::unit_amount(sum, unit), super::unit_amount(whole, unit));
        let kind = if sum == whole { StatusKind::Ok } else { StatusKind::Warn };
        widgets::status_label(ui, kind, &ta("split-sum", &[("sum", &sum), ("whole", &whole)]));
    }
}
