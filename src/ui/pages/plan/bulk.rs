//! The dialog that changes several items alike: what is left empty stays as it is.

use egui::{ComboBox, Ui};

use super::completion::{Completion, person_field};
use super::item::{kind_word, read, state_word};
use super::unit_amount;
use crate::engine::{ItemChange, PlanView};
use crate::metrics::plan::ledger::Unit;
use crate::model::labels;
use crate::model::plan::{ItemKind, ItemState};
use crate::ui::cx::Cx;
use crate::ui::text::{t, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

#[derive(Default)]
pub struct BulkForm {
    items: Vec<String>,
    kind: Option<ItemKind>,
    state: Option<ItemState>,
    /// The id of a sprint; empty for the backlog.
    sprint: Option<String>,
    points: String,
    hours: String,
    assignee: String,
    person: Completion,
    service: String,
    labels: String,
    labels_gone: String,
    reason: String,
    /// Points, hours, and who does it are taken away rather than set.
    clears: [bool; 3],
}

impl BulkForm {
    pub fn of(items: Vec<String>) -> Self {
        Self { items, ..Self::default() }
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "bulk").show(ui.ctx(), |ui| {
            ui.set_width(460.0);
            widgets::heading(ui, &tn("bulk-title", self.items.len() as u64));
            let of_chosen = self.items.iter().filter_map(|id| view.plan.place_of(id));
            let chosen: Vec<usize> = of_chosen.collect();
            let sum = |unit: Unit| chosen.iter().filter_map(|n| unit.of(&view.plan.items[*n])).sum::<f64>();
            let sums = [Unit::Points, Unit::Hours].map(|unit| (unit, sum(unit)));
            let told = sums.into_iter().filter(|(_, sum)| *sum > 0.0).map(|(unit, sum)| unit_amount(sum, unit));
            widgets::muted(ui, told.collect::<Vec<String>>().join(", "));
            self.fields_ui(ui, view, cx);
            let (points, hours) = (read(&self.points), read(&self.hours));
            let is_sound = points.is_ok() && hours.is_ok();
            if !is_sound {
                widgets::status_label(ui, StatusKind::Crit, t("item-no-number"));
            }
            let change = self.change(points.unwrap_or_default(), hours.unwrap_or_default());
            let can = cx.can_write && is_sound && change != ItemChange::default();
            let (cancels, saves) = super::sprint::buttons(ui, t("item-save"), can);
            if saves {
                super::change(self.items.clone(), change, cx);
            }
            keep = !(cancels || saves);
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn fields_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
        let same = t("bulk-same");
        widgets::form_row(ui, t("item-kind"), |ui| {
            ComboBox::from_id_salt("kind").selected_text(self.kind.map_or(same, kind_word)).list(ui, |ui| {
                ui.selectable_value(&mut self.kind, None, same);
                for kind in ItemKind::ALL {
                    ui.selectable_value(&mut self.kind, Some(kind), kind_word(kind));
                }
            });
        });
        widgets::form_row(ui, t("item-state"), |ui| {
            ComboBox::from_id_salt("state").selected_text(self.state.map_or(same, state_word)).list(ui, |ui| {
                ui.selectable_value(&mut self.state, None, same);
                for state in ItemState::ALL {
                    ui.selectable_value(&mut self.state, Some(state), state_word(state));
                }
            });
        });
        widgets::form_row(ui, t("plan-sprint"), |ui| {
            let sprints = &view.plan.sprints;
            let name = |id: &String| sprints.iter().find(|sprint| sprint.id == *id).map(|sprint| sprint.name.as_str());
            let shown = self.sprint.as_ref().map_or(same, |id| name(id).unwrap_or(t("plan-backlog")));
            ComboBox::from_id_salt("sprint").selected_text(shown).width(220.0).list(ui, |ui| {
                ui.selectable_value(&mut self.sprint, None, same);
                ui.selectable_value(&mut self.sprint, Some(String::new()), t("plan-backlog"));
                for (n, sprint) in sprints.iter().enumerate() {
                    if view.plan.ledgers[n].closed_at.is_none() {
                        ui.selectable_value(&mut self.sprint, Some(sprint.id.clone()), &sprint.name);
                    }
                }
            });
        });
        let fields = [
            (t("item-points"), &mut self.points, 80.0),
            (t("item-hours"), &mut self.hours, 80.0),
            (t("item-assignee"), &mut self.assignee, 180.0),
        ];
        for ((name, value, width), clears) in fields.into_iter().zip(&mut self.clears) {
            widgets::form_row(ui, name, |ui| {
                ui.add_enabled_ui(!*clears, |ui| match name == t("item-assignee") {
                    true => person_field(ui, name, (value, width), &mut self.person, view),
                    false => widgets::text_field(ui, name, value, width),
                });
                let box_ = ui.checkbox(clears, t("bulk-clear"));
                box_.widget_info(|| {
                    let words = format!("{name}: {}", t("bulk-clear"));
                    egui::WidgetInfo::selected(egui::Role::CheckBox, true, *clears, words)
                });
            });
        }
        widgets::form_row(ui, t("item-service"), |ui| {
            let services = cx.snapshot.data.catalog.services.iter();
            let entries = services.map(|service| (service.id.as_str(), service.name.as_str()));
            crate::ui::pages::incident::choice(ui, "bulk service", &mut self.service, same, entries);
        });
        widgets::form_row(ui, t("bulk-labels"), |ui| {
            widgets::hinted_field(ui, t("item-labels-hint"), &mut self.labels, 260.0)
        });
        widgets::form_row(ui, t("bulk-labels-gone"), |ui| {
            widgets::hinted_field(ui, t("item-labels-hint"), &mut self.labels_gone, 260.0)
        });
        widgets::form_row(ui, t("item-reason"), |ui| {
            widgets::hinted_field(ui, t("item-reason-hint"), &mut self.reason, 260.0)
        });
    }

    fn change(&self, points: Option<f64>, hours: Option<f64>) -> ItemChange {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let [no_points, no_hours, nobody] = self.clears;
        let change = ItemChange {
            kind: self.kind,
            state: self.state,
            sprint: self.sprint.clone(),
            points: if no_points { Some(None) } else { points.map(Some) },
            hours: if no_hours { Some(None) } else { hours.map(Some) },
            assignee: if nobody { Some(String::new()) } else { given(&self.assignee) },
            service: given(&self.service),
            add_labels: labels::read(&self.labels),
            remove_labels: labels::read(&self.labels_gone),
            ..ItemChange::default()
        };
        // A reason alone changes nothing.
        if change == ItemChange::default() { change } else { ItemChange { reason: given(&self.reason), ..change } }
    }
}
