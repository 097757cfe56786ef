//! The form of an item: made anew, or changed.

use egui::{ComboBox, RichText, Ui};

use crate::engine::{Command, ItemChange, NewItem, PlanView};
use crate::model::plan::{Estimates, Item, ItemKind, ItemState};
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, tn};
use crate::ui::widgets;

pub fn kind_word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Feature => t("item-kind-feature"),
        ItemKind::Bug => t("item-kind-bug"),
        ItemKind::Task => t("item-kind-task"),
        ItemKind::IncidentAction => t("item-kind-incident-action"),
        ItemKind::Ops => t("item-kind-ops"),
    }
}

pub fn state_word(state: ItemState) -> &'static str {
    match state {
        ItemState::Backlog => t("item-state-backlog"),
        ItemState::Ready => t("item-state-ready"),
        ItemState::InProgress => t("item-state-in-progress"),
        ItemState::InReview => t("item-state-in-review"),
        ItemState::Done => t("item-state-done"),
        ItemState::Cancelled => t("item-state-cancelled"),
    }
}

pub struct ItemForm {
    /// The item that is changed; nothing for a new one.
    item: Option<Box<Item>>,
    title: String,
    kind: ItemKind,
    state: ItemState,
    points: String,
    hours: String,
    labels: String,
    assignee: String,
    reason: String,
    into_sprint: bool,
    /// The tick box has the keyboard.
    is_at_box: bool,
    is_new: bool,
}

fn estimate(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A number of what was typed; an error where it is none.
fn read(text: &str) -> Result<Option<f64>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => text.replace(',', ".").parse().ok().filter(|n: &f64| *n >= 0.0 && n.is_finite()).map(Some).ok_or(()),
    }
}

impl ItemForm {
    pub fn new(item: Option<&Item>) -> Self {
        let item = item.cloned().unwrap_or_default();
        let estimates = item.estimates.unwrap_or_default();
        Self {
            title: item.title.clone(),
            kind: item.kind,
            state: item.state,
            points: estimate(estimates.points),
            hours: estimate(estimates.hours),
            labels: item.labels.clone().unwrap_or_default().join(", "),
            assignee: item.assignee.clone().unwrap_or_default(),
            reason: String::new(),
            into_sprint: false,
            is_at_box: false,
            is_new: true,
            item: None,
        }
    }

    pub fn of(item: &Item) -> Self {
        Self { item: Some(Box::new(item.clone())), ..Self::new(Some(item)) }
    }

    fn labels(&self) -> Vec<String> {
        self.labels.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "item").show(ui.ctx(), |ui| {
            ui.set_width(480.0);
            // Enter saves from a field or the tick box, which would take it for a click.
            let is_at_field = ui.text_edit_focused() || self.is_at_box;
            let enters = is_at_field
                && !egui::Popup::is_any_open(ui)
                && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
            widgets::heading(ui, if self.item.is_some() { t("item-change") } else { t("item-new") });
            self.fields_ui(ui, view);
            if let Some(item) = &self.item {
                facts_ui(ui, item, view);
                widgets::modal_scroll(ui).max_height(240.0).min_scrolled_height(0.0).show(ui, |ui| {
                    super::ops::ui(ui, item, view, &self.reason, cx);
                });
            }
            keep = self.buttons_ui(ui, view, enters, cx);
        });
        keep && !modal.should_close()
    }

    fn fields_ui(&mut self, ui: &mut Ui, view: &PlanView) {
        widgets::form_row(ui, t("item-title"), |ui| {
            let field = widgets::text_field(ui, t("item-title"), &mut self.title, 320.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("item-kind"), |ui| {
            ComboBox::from_id_salt("kind").selected_text(kind_word(self.kind)).show_ui(ui, |ui| {
                for kind in ItemKind::ALL {
                    ui.selectable_value(&mut self.kind, kind, kind_word(kind));
                }
            });
        });
        if self.item.is_some() {
            widgets::form_row(ui, t("item-state"), |ui| {
                ComboBox::from_id_salt("state").selected_text(state_word(self.state)).show_ui(ui, |ui| {
                    for state in ItemState::ALL {
                        ui.selectable_value(&mut self.state, state, state_word(state));
                    }
                });
            });
        }
        for (name, value) in [(t("item-points"), &mut self.points), (t("item-hours"), &mut self.hours)] {
            widgets::form_row(ui, name, |ui| widgets::text_field(ui, name, value, 80.0));
        }
        widgets::form_row(ui, t("item-assignee"), |ui| {
            widgets::text_field(ui, t("item-assignee"), &mut self.assignee, 220.0)
        });
        widgets::form_row(ui, t("item-labels"), |ui| {
            widgets::hinted_field(ui, t("item-labels-hint"), &mut self.labels, 320.0)
        });
        match (&self.item, view.sprint) {
            (Some(_), _) => {
                widgets::form_row(ui, t("item-reason"), |ui| {
                    widgets::hinted_field(ui, t("item-reason-hint"), &mut self.reason, 320.0)
                });
            }
            (None, Some(n)) if view.plan.ledgers[n].closed_at.is_none() => {
                let words = crate::ui::text::ta("item-into", &[("name", &view.plan.sprints[n].name)]);
                self.is_at_box = widgets::form_row(ui, "", |ui| ui.checkbox(&mut self.into_sprint, words)).has_focus();
            }
            (None, _) => {}
        }
    }

    fn buttons_ui(&mut self, ui: &mut Ui, view: &PlanView, enters: bool, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let estimates = (read(&self.points), read(&self.hours));
        if estimates.0.is_err() || estimates.1.is_err() {
            ui.label(RichText::new(t("item-no-number")).color(cx.tokens.crit));
        }
        let (Ok(points), Ok(hours)) = estimates else {
            return !ui.button(t("cancel")).clicked();
        };
        ui.horizontal(|ui| {
            widgets::at_right(ui, |ui| {
                let can = cx.can_write && !self.title.trim().is_empty();
                let words = if self.item.is_some() { t("item-save") } else { t("item-add") };
                let saves =
                    ui.add_enabled_ui(can, |ui| widgets::primary_button(ui, words)).inner.clicked() || (can && enters);
                if ui.button(t("cancel")).clicked() {
                    keep = false;
                }
                if saves {
                    keep = false;
                    cx.want(Intent::Command(self.command(view, points, hours)));
                }
            });
        });
        keep
    }

    fn command(&self, view: &PlanView, points: Option<f64>, hours: Option<f64>) -> Command {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let Some(item) = &self.item else {
            let sprint = view.sprint.filter(|_| self.into_sprint).map(|n| view.plan.sprints[n].id.clone());
            return Command::AddItem(Box::new(NewItem {
                title: self.title.clone(),
                kind: self.kind,
                estimates: Estimates { points, hours },
                labels: self.labels(),
                assignee: given(&self.assignee),
                sprint,
                ..NewItem::default()
            }));
        };
        let known = item.estimates.unwrap_or_default();
        let assignee = self.assignee.trim().to_owned();
        let change = ItemChange {
            title: (self.title.trim() != item.title).then(|| self.title.clone()),
            kind: (self.kind != item.kind).then_some(self.kind),
            state: (self.state != item.state).then_some(self.state),
            points: points.filter(|points| Some(*points) != known.points),
            hours: hours.filter(|hours| Some(*hours) != known.hours),
            assignee: (assignee != item.assignee.clone().unwrap_or_default()).then_some(assignee),
            labels: (self.labels() != item.labels.clone().unwrap_or_default()).then(|| self.labels()),
            reason: given(&self.reason),
            ..ItemChange::default()
        };
        Command::ChangeItems(vec![item.id.clone()], Box::new(change))
    }
}

/// Where an item came from and what it waits for.
fn facts_ui(ui: &mut Ui, item: &Item, view: &PlanView) {
    widgets::caption(ui, &item.id);
    if let Some(n) = view.plan.items.iter().position(|known| known.id == item.id) {
        let carried = view.carries.get(n).copied().unwrap_or_default();
        if carried > 0 {
            widgets::caption(ui, tn("plan-carried", u64::from(carried)));
        }
    }
    for id in item.depends_on.iter().flatten() {
        let title = view.plan.items.iter().find(|known| known.id == *id).map_or(id.as_str(), |known| &known.title);
        widgets::caption(ui, crate::ui::text::ta("item-waits-for", &[("title", title)]));
    }
    if let Some(url) = item.url.as_ref().filter(|url| url.starts_with("http")) {
        ui.hyperlink_to(t("run-open-web"), url);
    }
}
