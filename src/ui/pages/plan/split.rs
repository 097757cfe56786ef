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
    whole: Estimates,
    /// What the item is estimated in, and so are its parts.
    units: Vec<Unit>,
    /// Title and estimates of each part, in the order of the units; the first is what the item becomes.
    parts: Vec<(String, Vec<String>)>,
    is_new: bool,
}

impl SplitForm {
    pub fn of(item: &Item) -> Self {
        let whole = item.estimates.unwrap_or_default();
        let mut units: Vec<Unit> =
            [Unit::Points, Unit::Hours].into_iter().filter(|unit| of(whole, *unit).is_some()).collect();
        if units.is_empty() {
            units.push(Unit::Points);
        }
        let own = units.iter().map(|unit| estimate(of(whole, *unit))).collect();
        Self {
            item: item.id.clone(),
            title: item.title.clone(),
            whole,
            parts: vec![(item.title.clone(), own), (String::new(), vec![String::new(); units.len()])],
            units,
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
            let estimates = self.estimates();
            match &estimates {
                Ok(estimates) => self.sums_ui(ui, estimates),
                Err(()) => {
                    widgets::status_label(ui, StatusKind::Crit, t("item-no-number"));
                }
            }
            let is_whole = self.parts.iter().all(|(title, _)| !title.trim().is_empty());
            let (cancels, splits) =
                super::sprint::buttons(ui, t("split-do"), cx.can_write && estimates.is_ok() && is_whole);
            if splits {
                let part = |((title, _), estimates): (&(String, Vec<String>), Estimates)| Part {
                    title: title.trim().to_owned(),
                    estimates,
                };
                let parts = self.parts.iter().zip(estimates.unwrap_or_default()).map(part).collect();
                cx.want(Intent::Command(Command::SplitItem { item: self.item.clone(), parts }));
            }
            keep = !(cancels || splits);
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn parts_ui(&mut self, ui: &mut Ui) {
        let mut gone = None;
        let can_go = self.parts.len() > 2;
        for (at, (title, amounts)) in self.parts.iter_mut().enumerate() {
            ui.push_id(at, |ui| {
                ui.horizontal(|ui| {
                    let width = 340.0 - 68.0 * (self.units.len() - 1) as f32;
                    let field = widgets::hinted_field(ui, t("item-title"), title, width);
                    if at == 1 && std::mem::take(&mut self.is_new) {
                        field.request_focus();
                    }
                    for (unit, amount) in self.units.iter().zip(amounts) {
                        let words = if *unit == Unit::Hours { t("item-hours") } else { t("item-points") };
                        widgets::hinted_field(ui, words, amount, 60.0);
                    }
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
            self.parts.push((String::new(), vec![String::new(); self.units.len()]));
        }
    }

    /// What each part is estimated at, as it was typed.
    fn estimates(&self) -> Result<Vec<Estimates>, ()> {
        let of_part = |(_, amounts): &(String, Vec<String>)| {
            let mut estimates = Estimates::default();
            for (unit, amount) in self.units.iter().zip(amounts) {
                match unit {
                    Unit::Hours => estimates.hours = read(amount)?,
                    _ => estimates.points = read(amount)?,
                }
            }
            Ok(estimates)
        };
        self.parts.iter().map(of_part).collect()
    }

    /// How the parts stand to the whole: more is allowed, and said.
    fn sums_ui(&self, ui: &mut Ui, parts: &[Estimates]) {
        for unit in &self.units {
            let Some(whole) = of(self.whole, *unit) else { continue };
            let sum: f64 = parts.iter().filter_map(|part| of(*part, *unit)).sum();
            let (sum, whole) = (super::unit_amount(sum, *unit), super::unit_amount(whole, *unit));
            let kind = if sum == whole { StatusKind::Ok } else { StatusKind::Warn };
            widgets::status_label(ui, kind, &ta("split-sum", &[("sum", &sum), ("whole", &whole)]));
        }
    }
}

fn of(estimates: Estimates, unit: Unit) -> Option<f64> {
    if unit == Unit::Hours { estimates.hours } else { estimates.points }
}
