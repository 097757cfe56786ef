//! Choosing another item: type a part of its title or id, take one of the few that fit.

use egui::{RichText, Ui};

use super::row::is_over;
use crate::engine::PlanView;
use crate::model::plan::Item;
use crate::ui::icons::Icon;
use crate::ui::text::t;
use crate::ui::widgets;

/// Items that are offered at once.
const OFFERED: usize = 5;

/// What was chosen, by ids, and what is being typed.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    pub chosen: Vec<String>,
    typed: String,
    /// What fits the text that was typed last: found once, since a plan may hold fifty thousand items.
    found: Option<(String, Vec<(String, String)>)>,
    /// Only one can be chosen: the next takes its place.
    is_single: bool,
}

impl Picker {
    pub fn many(chosen: Vec<String>) -> Self {
        Self { chosen, ..Self::default() }
    }

    pub fn single(chosen: Option<String>) -> Self {
        Self { chosen: chosen.into_iter().collect(), is_single: true, ..Self::default() }
    }

    /// Something was typed and nothing was taken for it.
    pub fn is_open(&self) -> bool {
        !self.typed.trim().is_empty()
    }

    pub fn one(&self) -> String {
        self.chosen.first().cloned().unwrap_or_default()
    }

    /// `but`: the item that chooses, which cannot be chosen.
    pub fn ui(&mut self, ui: &mut Ui, name: &str, view: &PlanView, but: Option<&str>) {
        ui.vertical(|ui| {
            let mut gone = None;
            for (at, id) in self.chosen.iter().enumerate() {
                ui.horizontal(|ui| {
                    let title = view.plan.place_of(id).map_or(id.as_str(), |n| &view.plan.items[n].title);
                    if widgets::icon_button(ui, Icon::Close, t("picker-take-out")).clicked() {
                        gone = Some(at);
                    }
                    ui.add(egui::Label::new(title).truncate());
                });
            }
            if let Some(at) = gone {
                self.chosen.remove(at);
            }
            if self.is_single && !self.chosen.is_empty() {
                return;
            }
            ui.push_id(name, |ui| widgets::hinted_field(ui, t("picker-find"), &mut self.typed, 220.0));
            let wanted = self.typed.trim().to_lowercase();
            if wanted.is_empty() {
                return;
            }
            if self.found.as_ref().is_none_or(|(of, _)| *of != wanted) {
                self.found = Some((wanted.clone(), self.fitting(view, &wanted, but)));
            }
            let found = self.found.as_ref().map(|(_, found)| found.clone()).unwrap_or_default();
            if found.is_empty() {
                widgets::caption(ui, t("picker-none"));
            }
            for (id, title) in found {
                if ui.add(egui::Button::new(RichText::new(title).small()).truncate()).clicked() {
                    self.chosen.push(id);
                    self.typed.clear();
                    self.found = None;
                }
            }
        });
    }

    fn fitting(&self, view: &PlanView, wanted: &str, but: Option<&str>) -> Vec<(String, String)> {
        let fits = |item: &&Item| {
            let is_other = Some(item.id.as_str()) != but && !self.chosen.contains(&item.id);
            is_other && (item.title.to_lowercase().contains(wanted) || item.id.to_lowercase().ends_with(wanted))
        };
        // What is still to be done is meant more often than what is over.
        let (open, over): (Vec<&Item>, Vec<&Item>) =
            view.plan.items.iter().filter(fits).partition(|item| !is_over(item));
        let found = open.into_iter().chain(over).take(OFFERED);
        found.map(|item| (item.id.clone(), item.title.clone())).collect()
    }
}
