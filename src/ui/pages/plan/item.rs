//! The form of an item: made anew, or changed.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{ComboBox, PopupCloseBehavior, RichText, Ui};
use jiff::civil::Date;

use super::completion::{Completion, person_field};
use super::picker::Picker;
use super::split::SplitForm;
use crate::engine::{Command, ItemChange, NewItem, PlanView, Question};
use crate::model::labels;
use crate::model::plan::{Estimates, Item, ItemKind, ItemState};
use crate::model::plan_rules::ItemTemplate;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

pub fn kind_word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Feature => t("item-kind-feature"),
        ItemKind::Bug => t("item-kind-bug"),
        ItemKind::Task => t("item-kind-task"),
        ItemKind::IncidentAction => t("item-kind-incident-action"),
        ItemKind::Ops => t("item-kind-ops"),
    }
}

/// What the column of a board is called that a state stands in.
pub fn column_word(state: ItemState) -> &'static str {
    if matches!(state, ItemState::Backlog | ItemState::Ready) { t("plan-to-do") } else { state_word(state) }
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

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Details,
    Operations,
    Readiness,
}

pub struct ItemForm {
    /// The item that is changed; nothing for a new one.
    item: Option<Box<Item>>,
    tab: Tab,
    /// The tab that was shown last.
    shown: Option<Tab>,
    title: String,
    kind: ItemKind,
    state: ItemState,
    points: String,
    hours: String,
    labels: String,
    assignee: String,
    person: Completion,
    service: String,
    due: String,
    links: String,
    description: String,
    parent: Picker,
    waits_for: Picker,
    is_blocked: bool,
    blocked_why: String,
    reason: String,
    into_sprint: bool,
    /// Needs of the template that a new item began with.
    needs: Vec<String>,
    template_name: String,
    /// The menu with that name was opened in this frame.
    is_template_new: bool,
    review: super::ops::ReviewForm,
    /// The tick box has the keyboard.
    is_at_box: bool,
    /// The field of many lines has it: Enter makes a new line there.
    is_at_lines: bool,
    is_new: bool,
}

/// What became of a form in a frame.
pub enum FormDone {
    Open,
    Closed,
    /// A new item is asked for.
    Added,
    /// The item is to be split instead.
    Split(Box<SplitForm>),
}

pub(super) fn estimate(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A number of what was typed; an error where it is none.
pub(super) fn read(text: &str) -> Result<Option<f64>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => text.replace(',', ".").parse().ok().filter(|n: &f64| *n >= 0.0 && n.is_finite()).map(Some).ok_or(()),
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

const DESCRIPTION_HEIGHT: f32 = 88.0;
/// What the fields of an item take.
const WIDTH: f32 = 728.0;
const DETAILS_HEIGHT: f32 = 408.0;

/// What stands in the lines of a field.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

impl ItemForm {
    pub fn new(item: Option<&Item>) -> Self {
        let item = item.cloned().unwrap_or_default();
        let estimates = item.estimates.unwrap_or_default();
        Self {
            tab: Tab::Details,
            shown: None,
            title: item.title.clone(),
            kind: item.kind,
            state: item.state,
            points: estimate(estimates.points),
            hours: estimate(estimates.hours),
            labels: labels::written(item.labels.as_deref().unwrap_or_default()),
            assignee: item.assignee.clone().unwrap_or_default(),
            person: Completion::default(),
            service: item.service.clone().unwrap_or_default(),
            due: item.due.map(|due| due.to_string()).unwrap_or_default(),
            links: item.links.clone().unwrap_or_default().join("\n"),
            description: item.description.clone().unwrap_or_default(),
            parent: Picker::single(item.parent.clone()),
            waits_for: Picker::many(item.depends_on.clone().unwrap_or_default()),
            is_blocked: false,
            blocked_why: String::new(),
            reason: String::new(),
            into_sprint: false,
            needs: Vec::new(),
            template_name: String::new(),
            is_template_new: false,
            review: super::ops::ReviewForm::default(),
            is_at_box: false,
            is_at_lines: false,
            is_new: true,
            item: None,
        }
    }

    pub fn of(item: &Item, view: &PlanView) -> Self {
        let blocked = view.plan.place_of(&item.id).and_then(|n| view.plan.blocked[n].clone());
        Self {
            item: Some(Box::new(item.clone())),
            is_blocked: blocked.is_some(),
            blocked_why: blocked.and_then(|blocked| blocked.reason).unwrap_or_default(),
            ..Self::new(Some(item))
        }
    }

    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> FormDone {
        let mut done = FormDone::Open;
        let modal = widgets::modal(ui, "item").show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            // Enter saves from a field or the tick box, which would take it for a click.
            let is_at_field = (ui.text_edit_focused() && !self.is_at_lines) || self.is_at_box;
            let enters = is_at_field
                && self.tab == Tab::Details
                && !egui::Popup::is_any_open(ui)
                && !self.person.is_choosing()
                && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Enter));
            ui.horizontal(|ui| {
                widgets::heading(ui, if self.item.is_some() { t("item-change") } else { t("item-new") });
                if self.item.is_some() {
                    let tabs = [
                        (Tab::Details, t("item-tab-details")),
                        (Tab::Operations, t("item-tab-operations")),
                        (Tab::Readiness, t("item-tab-readiness")),
                    ];
                    ui.add_space(12.0);
                    widgets::tabs(ui, &mut self.tab, &tabs);
                } else {
                    self.template_ui(ui, cx);
                }
            });
            let room = (ui.ctx().content_rect().height() - 220.0).clamp(160.0, 520.0);
            let is_known = self.item.as_ref().and_then(|item| Some((item.clone(), view.plan.place_of(&item.id)?)));
            let mut area = widgets::modal_scroll(ui).max_height(room).min_scrolled_height(room);
            // Each tab begins at its top, wherever the last item was left.
            if self.shown.replace(self.tab) != Some(self.tab) {
                area = area.vertical_scroll_offset(0.0);
            }
            area.show(ui, |ui| {
                // Its tabs are as large as each other, so that nothing jumps below the pointer.
                ui.set_min_size(egui::vec2(WIDTH, if self.item.is_some() { room.min(DETAILS_HEIGHT) } else { 0.0 }));
                match (self.tab, is_known) {
                    (Tab::Operations, Some((item, _))) => super::ops::ui(ui, &item, view, &mut self.review, cx),
                    (Tab::Readiness, Some((item, n))) => super::readiness::ui(ui, &item, n, view, cx),
                    _ => self.details_ui(ui, view, cx),
                }
            });
            if self.tab != Tab::Details {
                widgets::acts_at_once(ui);
            }
            done = self.buttons_ui(ui, view, enters, cx);
        });
        match done {
            FormDone::Open if widgets::is_dismissed(&modal) => FormDone::Closed,
            done => done,
        }
    }

    /// A new item may begin with a template.
    fn template_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let templates = &cx.snapshot.settings.templates;
        if templates.is_empty() {
            return;
        }
        widgets::at_right(ui, |ui| {
            ui.menu_button(t("item-template"), |ui| {
                for template in templates {
                    if ui.button(&template.name).clicked() {
                        self.fill(template);
                        ui.close();
                    }
                }
            });
        });
    }

    fn fill(&mut self, template: &ItemTemplate) {
        if self.title.trim().is_empty() {
            self.title.clone_from(&template.title);
        }
        self.kind = template.kind;
        self.points = estimate(template.estimates.points);
        self.hours = estimate(template.estimates.hours);
        self.labels = labels::written(&template.labels);
        self.service = template.service.clone().unwrap_or_default();
        self.needs.clone_from(&template.needs);
    }

    fn details_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
        widgets::form_row(ui, t("item-title"), |ui| {
            let field = widgets::text_field(ui, t("item-title"), &mut self.title, 520.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        let name = t("item-description");
        self.is_at_lines = widgets::form_row(ui, name, |ui| {
            // A long one scrolls in its own room, so that the fields below stay in sight.
            let area = egui::ScrollArea::vertical()
                .id_salt(name)
                .max_height(DESCRIPTION_HEIGHT)
                .min_scrolled_height(DESCRIPTION_HEIGHT);
            let text = &mut self.description;
            let field = |ui: &mut Ui| widgets::text_area(ui, name, text, t("item-description-hint"), (520.0, 3));
            ui.vertical(|ui| area.show(ui, field)).inner.inner.has_focus()
        });
        ui.columns_const(|[left, right]| {
            self.left_ui(left);
            self.right_ui(right, view, cx);
        });
        let but = self.item.as_ref().map(|item| item.id.clone());
        widgets::form_row(ui, t("item-parent"), |ui| self.parent.ui(ui, t("item-parent"), view, but.as_deref()));
        widgets::form_row(ui, t("item-depends"), |ui| self.waits_for.ui(ui, t("item-depends"), view, but.as_deref()));
        widgets::form_row(ui, t("item-links"), |ui| {
            let field = widgets::text_area(ui, t("item-links"), &mut self.links, t("item-links-hint"), (520.0, 2));
            self.is_at_lines |= field.has_focus();
        });
        match (&self.item, view.sprint) {
            (Some(_), _) => {
                widgets::form_row(ui, t("item-blocked"), |ui| {
                    ui.checkbox(&mut self.is_blocked, t("item-is-blocked"));
                    ui.add_enabled_ui(self.is_blocked, |ui| {
                        widgets::hinted_field(ui, t("item-blocked-why"), &mut self.blocked_why, 360.0);
                    });
                });
                widgets::form_row(ui, t("item-reason"), |ui| {
                    widgets::hinted_field(ui, t("item-reason-hint"), &mut self.reason, 520.0)
                });
            }
            (None, Some(n)) if view.plan.ledgers[n].closed_at.is_none() => {
                let words = ta("item-into", &[("name", &view.plan.sprints[n].name)]);
                self.is_at_box = widgets::form_row(ui, "", |ui| ui.checkbox(&mut self.into_sprint, words)).has_focus();
                if self.into_sprint && view.plan.is_running(n) {
                    widgets::form_row(ui, t("item-reason"), |ui| {
                        widgets::hinted_field(ui, t("item-reason-scope"), &mut self.reason, 520.0)
                    });
                }
            }
            (None, _) => {}
        }
        if let Some(item) = &self.item {
            facts_ui(ui, item, view, cx);
        }
    }

    fn left_ui(&mut self, ui: &mut Ui) {
        widgets::form_row(ui, t("item-kind"), |ui| {
            ComboBox::from_id_salt("kind").selected_text(kind_word(self.kind)).list(ui, |ui| {
                for kind in ItemKind::ALL {
                    ui.selectable_value(&mut self.kind, kind, kind_word(kind));
                }
            });
        });
        if self.item.is_some() {
            widgets::form_row(ui, t("item-state"), |ui| {
                ComboBox::from_id_salt("state").selected_text(state_word(self.state)).list(ui, |ui| {
                    for state in ItemState::ALL {
                        ui.selectable_value(&mut self.state, state, state_word(state));
                    }
                });
            });
        }
        for (name, value) in [(t("item-points"), &mut self.points), (t("item-hours"), &mut self.hours)] {
            widgets::form_row(ui, name, |ui| widgets::text_field(ui, name, value, 80.0));
        }
    }

    fn right_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
        widgets::form_row(ui, t("item-assignee"), |ui| {
            person_field(ui, t("item-assignee"), (&mut self.assignee, 180.0), &mut self.person, view)
        });
        widgets::form_row(ui, t("item-service"), |ui| {
            let services = cx.snapshot.data.catalog.services.iter();
            let entries = services.map(|service| (service.id.as_str(), service.name.as_str()));
            crate::ui::pages::incident::choice(ui, "item service", &mut self.service, t("item-no-service"), entries);
        });
        widgets::form_row(ui, t("item-labels"), |ui| {
            widgets::hinted_field(ui, t("item-labels-hint"), &mut self.labels, 180.0)
        });
        widgets::form_row(ui, t("item-due"), |ui| widgets::hinted_field(ui, t("item-due-hint"), &mut self.due, 110.0));
    }

    fn due(&self) -> Result<Option<Date>, ()> {
        given(&self.due).map(|text| text.parse::<Date>()).transpose().map_err(|_error| ())
    }

    fn buttons_ui(&mut self, ui: &mut Ui, view: &PlanView, enters: bool, cx: &mut Cx<'_>) -> FormDone {
        let mut done = FormDone::Open;
        let (points, hours, due) = (read(&self.points), read(&self.hours), self.due());
        let has_open_choice = self.parent.is_open() || self.waits_for.is_open();
        let is_sound = points.is_ok() && hours.is_ok() && due.is_ok() && self.review.is_sound() && !has_open_choice;
        if has_open_choice {
            widgets::status_label(ui, StatusKind::Crit, t("item-open-choice"));
        }
        if points.is_err() || hours.is_err() || !self.review.is_sound() {
            widgets::status_label(ui, StatusKind::Crit, t("item-no-number"));
        }
        if due.is_err() {
            widgets::status_label(ui, StatusKind::Crit, t("item-no-date"));
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            if let Some(item) = self.item.as_ref().filter(|_| cx.can_write) {
                let is_over = matches!(item.state, ItemState::Done | ItemState::Cancelled);
                if ui.add_enabled(!is_over, egui::Button::new(t("split-open"))).clicked() {
                    done = FormDone::Split(Box::new(SplitForm::of(item)));
                }
                let needs = view.plan.needs_of(&item.id).map(|need| need.kind.clone()).collect();
                self.save_template_ui(ui, needs, cx);
            }
            widgets::at_right(ui, |ui| {
                let can = cx.can_write && is_sound && !self.title.trim().is_empty();
                let words = if self.item.is_some() { t("item-save") } else { t("item-add") };
                let saves =
                    ui.add_enabled_ui(can, |ui| widgets::primary_button(ui, words)).inner.clicked() || (can && enters);
                // What is said of operations is kept at once, and nothing of it is taken back here.
                let leave = if self.tab == Tab::Details { t("cancel") } else { t("close") };
                if ui.button(leave).clicked() {
                    done = FormDone::Closed;
                }
                if saves && let Some(item) = &self.item {
                    self.review.keep_typed(item, view, cx);
                }
                if let (true, Ok(points), Ok(hours), Ok(due)) = (saves, points, hours, due) {
                    done = if self.item.is_some() { FormDone::Closed } else { FormDone::Added };
                    cx.want(Intent::Command(self.command(view, Estimates { points, hours }, due)));
                }
            });
        });
        done
    }

    /// Keeps what the item is as what new ones can begin with.
    fn save_template_ui(&mut self, ui: &mut Ui, needs: Vec<String>, cx: &mut Cx<'_>) {
        // A click into the field would close a usual menu.
        let stays = MenuConfig::new().close_behavior(PopupCloseBehavior::CloseOnClickOutside);
        let (button, _) = MenuButton::new(t("item-save-template")).config(stays).ui(ui, |ui| {
            let field = widgets::hinted_field(ui, t("item-template-name"), &mut self.template_name, 200.0);
            if std::mem::take(&mut self.is_template_new) {
                field.request_focus();
            }
            let name = self.template_name.trim().to_owned();
            if ui.add_enabled(!name.is_empty(), egui::Button::new(t("save"))).clicked() {
                let mut settings = (*cx.snapshot.settings).clone();
                settings.templates.retain(|known| known.name != name);
                settings.templates.push(ItemTemplate {
                    name,
                    title: self.title.trim().to_owned(),
                    kind: self.kind,
                    estimates: Estimates {
                        points: read(&self.points).unwrap_or_default(),
                        hours: read(&self.hours).unwrap_or_default(),
                    },
                    labels: labels::read(&self.labels),
                    service: given(&self.service),
                    needs,
                });
                cx.want(Intent::Settings(Box::new(settings)));
                self.template_name.clear();
                ui.close();
            }
        });
        self.is_template_new = button.clicked();
    }

    fn command(&self, view: &PlanView, estimates: Estimates, due: Option<Date>) -> Command {
        let links = lines(&self.links);
        let labels = labels::read(&self.labels);
        let Some(item) = &self.item else {
            let sprint = view.sprint.filter(|_| self.into_sprint).map(|n| view.plan.sprints[n].id.clone());
            return Command::AddItem(Box::new(NewItem {
                title: self.title.clone(),
                description: given(&self.description),
                kind: self.kind,
                estimates,
                labels,
                service: given(&self.service),
                assignee: given(&self.assignee),
                reason: given(&self.reason).filter(|_| sprint.is_some()),
                sprint,
                depends_on: self.waits_for.chosen.clone(),
                parent: self.parent.chosen.first().cloned(),
                links,
                due,
                origin: None,
                needs: self.needs.clone(),
            }));
        };
        let known = item.estimates.unwrap_or_default();
        let text = |now: &str, before: &Option<String>| {
            let now = now.trim().to_owned();
            (now != before.as_deref().unwrap_or_default().trim()).then_some(now)
        };
        let list =
            |now: Vec<String>, before: &Option<Vec<String>>| (now != before.clone().unwrap_or_default()).then_some(now);
        let blocked = view.plan.place_of(&item.id).and_then(|n| view.plan.blocked[n].clone());
        let why = self.is_blocked.then(|| self.blocked_why.trim().to_owned());
        let was = blocked.map(|blocked| blocked.reason.unwrap_or_default());
        let change = ItemChange {
            title: (self.title.trim() != item.title.trim()).then(|| self.title.clone()),
            description: text(&self.description, &item.description),
            kind: (self.kind != item.kind).then_some(self.kind),
            state: (self.state != item.state).then_some(self.state),
            points: (estimates.points != known.points).then_some(estimates.points),
            hours: (estimates.hours != known.hours).then_some(estimates.hours),
            assignee: text(&self.assignee, &item.assignee),
            service: text(&self.service, &item.service),
            parent: text(&self.parent.one(), &item.parent),
            depends_on: list(self.waits_for.chosen.clone(), &item.depends_on),
            links: list(links, &item.links),
            due: (due != item.due).then_some(due),
            labels: (self.labels != labels::written(item.labels.as_deref().unwrap_or_default())).then_some(labels),
            blocked: (why != was).then_some(why),
            reason: given(&self.reason),
            ..ItemChange::default()
        };
        Command::ChangeItems(vec![item.id.clone()], Box::new(change))
    }
}

/// Where an item came from, and what its links show.
fn facts_ui(ui: &mut Ui, item: &Item, view: &PlanView, cx: &mut Cx<'_>) {
    let mut facts = vec![item.id.clone()];
    if let Some(n) = view.plan.place_of(&item.id) {
        let carried = view.carries.get(n).copied().unwrap_or_default();
        if carried > 0 {
            facts.push(tn("plan-carried", u64::from(carried)));
        }
    }
    if let Some(origin) = &item.origin {
        facts.push(ta("item-origin", &[("kind", &origin.kind), ("id", &origin.id)]));
    }
    widgets::caption(ui, facts.join(" · "));
    if let Some(url) = item.url.as_ref().filter(|url| url.starts_with("http")) {
        ui.hyperlink_to(t("run-open-web"), url);
    }
    for link in item.links.iter().flatten() {
        ui.horizontal(|ui| {
            if let Some(name) = figma_name(link) {
                ui.hyperlink_to(ta("item-figma", &[("name", &name)]), link);
            } else if link.starts_with("http://") || link.starts_with("https://") {
                ui.hyperlink(link);
            } else if link.ends_with(".excalidraw") {
                if ui.button(ta("item-drawing", &[("name", file_name(link))])).clicked() {
                    cx.want(Intent::Ask(Question::Drawing(local_path(link))));
                }
            } else {
                ui.label(RichText::new(link).color(cx.tokens.muted));
            }
        });
    }
}

fn file_name(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or(link)
}

fn local_path(link: &str) -> std::path::PathBuf {
    link.strip_prefix("file://").unwrap_or(link).into()
}

/// What a Figma link calls its file; nothing for another address.
fn figma_name(link: &str) -> Option<String> {
    let url = url::Url::parse(link).ok()?;
    let is_figma = url.host_str().is_some_and(|host| host == "figma.com" || host.ends_with(".figma.com"));
    let mut path = url.path_segments()?.filter(|part| !part.is_empty());
    let (kind, key) = (path.next()?, path.next()?);
    let is_file = ["file", "design", "board", "slides", "proto", "make"].contains(&kind);
    let name = path.next().unwrap_or(key).replace('-', " ");
    (is_figma && is_file).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::figma_name;

    #[test]
    fn figma_links_are_called_by_their_file() {
        let link = "https://www.figma.com/design/AbC123/Check-out-flow?node-id=1-2";
        assert_eq!(figma_name(link).as_deref(), Some("Check out flow"));
        assert_eq!(figma_name("https://figma.com/file/AbC123").as_deref(), Some("AbC123"));
        for other in ["https://notfigma.com/file/a/b", "https://figma.com/pricing", "figma", "https://figma.com/"] {
            assert_eq!(figma_name(other), None, "{other}");
        }
    }
}
