//! Plan: the backlog and a sprint side by side, its board, and what history says of it. Everything works by keyboard and by
//! dragging; whatever is done is an event of the ledger and can be undone.

mod ahead;
mod backlog;
mod board;
mod brief;
mod bulk;
mod burn;
mod capacity;
mod charts;
mod check;
mod completion;
mod drawing;
mod filter_field;
mod item;
mod mode;
mod ops;
mod picker;
mod quality;
mod readiness;
mod report;
mod reviews;
mod row;
mod scope;
mod split;
mod sprint;
mod tables;
mod unplanned;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use drawing::ShownDrawing;
use egui::{ComboBox, Margin, RichText, Ui};
use sprint::SprintDone;

use crate::engine::drawing::Drawing;
use crate::engine::{Command, ItemChange, Merge, Plan, PlanAsk, PlanView, Question, ReviewFile};
use crate::metrics::plan::filter::ItemFilter;
use crate::metrics::plan::ledger::Unit;
use crate::model::Time;
use crate::model::columns::Catalog;
use crate::model::plan::Item;
use crate::ui::app_export::PageExport;
use crate::ui::cx::{AddKind, Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::pages::people::PeopleForm;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

pub(super) use item::kind_word;
pub(in crate::ui) use item::{column_word, state_word};
pub(super) use sprint::buttons as dialog_buttons;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Lists,
    Board,
    Charts,
}

/// The two lists of the first tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Backlog,
    Sprint,
}

/// Items on their way from one place to another.
#[derive(Clone, Debug)]
struct Dragged(Vec<String>);

#[derive(Default)]
pub struct PlanPage {
    pub view: Option<Arc<PlanView>>,
    asked: Option<(u64, PlanAsk)>,
    ask: PlanAsk,
    tab: Tab,
    filter: filter_field::FilterField,
    lists: backlog::Lists,
    /// Of a closed sprint's report.
    reading: report::Reading,
    /// The charts are read as tables.
    shows_tables: bool,
    board: board::Board,
    /// Ids of the items that an act is for, beside the one under the cursor.
    chosen: BTreeSet<String>,
    form: Option<item::ItemForm>,
    /// An item was added, and the cursor goes to it once it is there.
    is_adding: bool,
    /// An item that another page leads to.
    wanted_item: Option<String>,
    wants_sprint: bool,
    /// The meeting goes on once its sprint is planned.
    wants_meeting: bool,
    wants_reviews: bool,
    sprint_form: Option<sprint::SprintForm>,
    people_form: Option<PeopleForm>,
    split_form: Option<Box<split::SplitForm>>,
    bulk_form: Option<bulk::BulkForm>,
    reviews_form: Option<reviews::ReviewsForm>,
    drawing: Option<ShownDrawing>,
    /// A move that waits for its reason.
    scope_form: Option<scope::ScopeForm>,
    ahead_form: Option<ahead::AheadForm>,
    /// The planning meeting, while it is held.
    mode: Option<mode::Mode>,
}

/// Below so much the buttons of the page have no room beside what they belong to.
const NARROW: f32 = 900.0;

impl PlanPage {
    pub fn ask(&mut self, cx: &mut Cx<'_>) {
        let wanted = (cx.snapshot.generation, self.ask.clone());
        if self.asked.as_ref() != Some(&wanted) {
            cx.want(Intent::Ask(Question::Plan(Box::new(self.ask.clone()))));
            self.asked = Some(wanted);
        }
    }

    pub fn take(&mut self, view: Arc<PlanView>) {
        self.chosen.retain(|id| view.plan.place_of(id).is_some());
        if let Some(before) = self.view.as_ref().filter(|_| self.is_adding) {
            let is_new = |item: &&Item| before.plan.place_of(&item.id).is_none();
            let mut new = view.plan.items.iter().filter(is_new);
            if let (Some(item), None) = (new.next(), new.next()) {
                self.lists.stand_on(&item.id, &view);
                self.board.stand_on(&item.id);
                self.is_adding = false;
            }
        }
        self.view = Some(view);
    }

    pub fn forget_asked(&mut self) {
        self.asked = None;
    }

    pub fn is_settled(&self, generation: u64) -> bool {
        self.view.as_ref().is_some_and(|view| view.generation == generation)
    }

    /// The charts as tables, and back.
    pub fn toggle_tables(&mut self) {
        self.shows_tables = self.tab != Tab::Charts || !self.shows_tables;
        self.tab = Tab::Charts;
    }

    /// Charts have none: it is that of the lists then.
    pub fn focus_filter(&mut self) {
        if self.mode.is_none() && self.tab == Tab::Charts {
            self.tab = Tab::Lists;
        }
        if self.mode.as_ref().is_none_or(mode::Mode::has_lists) {
            self.filter.focus();
        }
    }

    pub fn new_item(&mut self) {
        self.form = Some(item::ItemForm::new(None));
    }

    /// Opens the form of the next sprint, once the plan is there to follow.
    pub fn new_sprint(&mut self) {
        self.wants_sprint = true;
    }

    /// The meeting about the sprint in sight.
    pub fn plan_together(&mut self) {
        self.mode = Some(mode::Mode::default());
    }

    /// Opens what goes to operations by a file and comes back, once the plan is there.
    pub fn ask_operations(&mut self) {
        self.wants_reviews = true;
    }

    fn open_reviews(&mut self, ui: &Ui, view: &PlanView) {
        let folder = crate::ui::app::workspace_path(ui);
        // Of a workspace that was named without its folder, that is said all the same.
        let whole = std::path::absolute(&folder).unwrap_or_else(|_error| folder.into());
        let folder = whole.parent().unwrap_or(Path::new("."));
        let items = self.chosen.iter().cloned().collect();
        self.reviews_form = Some(reviews::ReviewsForm::new(view, items, folder));
    }

    /// Opens the item of that id, once it is there.
    pub fn open_item(&mut self, id: String) {
        self.wanted_item = Some(id);
    }

    pub fn open_sprint(&mut self, id: String) {
        self.ask.sprint = Some(id);
    }

    /// A drawing that an item links to.
    pub fn take_drawing(&mut self, drawing: Box<Drawing>) {
        self.drawing = Some(ShownDrawing::new(drawing));
    }

    pub fn take_review_file(&mut self, path: PathBuf, read: Result<Box<(ReviewFile, Merge)>, String>) {
        if let Some(form) = &mut self.reviews_form {
            form.take(path, read);
        }
    }

    pub fn close_topmost(&mut self) -> bool {
        self.drawing.take().is_some()
            || self.scope_form.take().is_some()
            || self.ahead_form.take().is_some()
            || self.split_form.take().is_some()
            || self.bulk_form.take().is_some()
            || self.reviews_form.take().is_some()
            || self.form.take().is_some()
            || self.close_sprint_form()
            || self.people_form.take().is_some()
            || !std::mem::take(&mut self.chosen).is_empty()
            || self.filter.clear()
            || self.mode.take().is_some()
    }

    fn close_sprint_form(&mut self) -> bool {
        self.wants_meeting = false;
        self.sprint_form.take().is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(view) = self.view.clone() else {
            egui::Frame::new().inner_margin(16.0).show(ui, |ui| widgets::skeleton(ui, 320.0));
            return;
        };
        // A team reads its own clock.
        let cx = &mut cx.in_zone(&view.zone);
        // A meeting is about a sprint that can still be planned: where there is none, it begins with one.
        let is_open = |n: usize| view.plan.ledgers[n].closed_at.is_none();
        let is_about_none = self.mode.is_some() && !view.sprint.is_some_and(is_open);
        if is_about_none {
            let next = view.next_open_sprint().map(|n| view.plan.sprints[n].id.clone());
            match next {
                Some(next) => self.ask.sprint = Some(next),
                None => self.mode = None,
            }
        }
        let is_about_none = is_about_none && self.mode.is_none();
        if std::mem::take(&mut self.wants_sprint) || is_about_none {
            self.wants_meeting = is_about_none;
            self.sprint_form = Some(sprint::SprintForm::new_sprint(&view));
        }
        if self.wants_meeting && self.sprint_form.is_none() && view.next_open_sprint().is_some() {
            (self.wants_meeting, self.mode) = (false, Some(mode::Mode::default()));
        }
        if std::mem::take(&mut self.wants_reviews) {
            self.open_reviews(ui, &view);
        }
        if let Some(item) = self.wanted_item.take().and_then(|id| view.plan.place_of(&id)) {
            self.form = Some(item::ItemForm::of(&view.plan.items[item], &view));
        }
        egui::Frame::new().inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
            self.header_ui(ui, &view, cx);
            if view.plan.items.is_empty() {
                self.page_keys(ui, &view, cx);
                self.empty_ui(ui, cx);
                return;
            }
            if self.mode.is_some() {
                ui.add_space(4.0);
                self.mode_ui(ui, &view, cx);
                return;
            }
            self.page_keys(ui, &view, cx);
            self.tools_ui(ui, &view, cx);
            match self.tab {
                Tab::Lists => self.lists_ui(ui, &view, cx),
                Tab::Board => self.board_ui(ui, &view, cx),
                Tab::Charts if self.shows_tables => tables::ui(ui, &view, self.reading, cx),
                Tab::Charts => charts::ui(ui, &view, &mut self.reading, cx),
            }
        });
        self.dialogs_ui(ui, &view, cx);
    }

    fn header_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        let is_narrow = ui.available_width() < NARROW;
        ui.horizontal(|ui| {
            widgets::heading(ui, t("page-plan"));
            self.sprint_choice_ui(ui, view, &cx.snapshot.data.catalog);
            if let Some(n) = view.sprint {
                let (words, kind) = sprint_state(view, n, cx);
                widgets::badge(ui, &words, kind);
            }
            if let Some(zone) = &view.rules.zone
                && zone != cx.zone_name
            {
                widgets::caption(ui, ta("plan-zone", &[("zone", zone)]));
            }
            widgets::at_right(ui, |ui| {
                super::delivery::export_menu(ui, cx);
                if cx.can_write && !is_narrow {
                    self.sprint_buttons_ui(ui, view, cx);
                }
                // The goal has what room is left.
                let goal = view.sprint.and_then(|n| view.plan.sprints[n].goal.as_deref()).unwrap_or_default();
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                    ui.add(egui::Label::new(RichText::new(goal).color(cx.tokens.muted)).truncate());
                });
            });
        });
        // What has no room beside the title has a line of its own.
        if cx.can_write && is_narrow {
            ui.horizontal(|ui| self.sprint_buttons_ui(ui, view, cx));
        }
    }

    /// P holds a planning meeting, S starts or closes the sprint in sight or plans the next.
    fn page_keys(&mut self, ui: &Ui, view: &Arc<PlanView>, cx: &Cx<'_>) {
        if !self.hears_keys(ui) {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
        if view.sprint.is_some() && pressed(egui::Key::P) {
            self.mode = Some(mode::Mode::default());
        }
        if pressed(egui::Key::S) && cx.can_write {
            self.sprint_form = Some(sprint_form(view));
        }
    }

    fn sprint_choice_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, catalog: &Catalog) {
        let sprints = &view.plan.sprints;
        if sprints.is_empty() {
            return;
        }
        let shown = view.sprint.map_or_else(String::new, |n| sprints[n].name.clone());
        ui.name_inputs(t("plan-sprint"), |ui| {
            ComboBox::from_id_salt("sprint").selected_text(shown).width(200.0).height(360.0).list(ui, |ui| {
                let has_teams = sprints.iter().any(|sprint| sprint.team != sprints[0].team);
                for (n, sprint) in sprints.iter().enumerate().rev() {
                    // Of several teams it is said whose each is.
                    let name = if has_teams {
                        format!("{} · {}", sprint.name, catalog.team_name(&sprint.team))
                    } else {
                        sprint.name.clone()
                    };
                    if ui.selectable_label(view.sprint == Some(n), name).clicked() {
                        self.ask.sprint = Some(sprint.id.clone());
                    }
                }
            });
        });
    }

    fn sprint_buttons_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        if let Some(n) = view.sprint.filter(|n| view.plan.ledgers[*n].closed_at.is_none()) {
            let goes_on = view.plan.ledgers[n].started_at.is_some();
            if widgets::primary_button(ui, if goes_on { t("plan-close") } else { t("plan-start") }).clicked() {
                self.sprint_form = Some(sprint_form(view));
            }
        }
        if self.mode.is_none() && view.sprint.is_some() && ui.button(t("plan-mode")).clicked() {
            self.mode = Some(mode::Mode::default());
        }
        ui.menu_button(t("plan-more"), |ui| self.more_ui(ui, view, cx));
        if ui.button(t("plan-new-sprint")).clicked() {
            self.sprint_form = Some(sprint::SprintForm::new_sprint(view));
        }
        if ui.button(t("plan-new-item")).clicked() {
            self.new_item();
        }
    }

    fn more_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        if ui.button(t("reviews-menu")).clicked() {
            self.open_reviews(ui, view);
            ui.close();
        }
        if let Some(n) = view.sprint.filter(|n| view.plan.ledgers[*n].closed_at.is_none())
            && ui.button(t("sprint-change")).clicked()
        {
            self.sprint_form = Some(sprint::SprintForm::change(view, n));
            ui.close();
        }
        let is_planned = |n: &usize| view.plan.ledgers[*n].closed_at.is_none() && !view.plan.is_running(*n);
        if let Some(n) = view.sprint.filter(is_planned)
            && ui.button(t("sprint-remove")).clicked()
        {
            cx.want(Intent::Command(Command::RemoveSprint(view.plan.sprints[n].id.clone())));
            ui.close();
        }
        if let Some(n) = view.sprint
            && ui.button(t("retro-open")).clicked()
        {
            self.sprint_form = Some(sprint::SprintForm::retro(view, n));
            ui.close();
        }
    }

    fn tools_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        let is_narrow = ui.available_width() < NARROW;
        if is_narrow {
            ui.horizontal(|ui| self.units_ui(ui, view, cx));
        }
        ui.horizontal(|ui| {
            let tabs = [
                (Tab::Lists, t("plan-tab-lists")),
                (Tab::Board, t("plan-tab-board")),
                (Tab::Charts, t("plan-tab-charts")),
            ];
            widgets::segmented(ui, &mut self.tab, &tabs);
            if self.tab != Tab::Charts {
                self.filter.ui(ui, &view.words);
            }
            if self.tab == Tab::Board {
                self.board.lanes_ui(ui);
            }
            if !is_narrow {
                widgets::at_right(ui, |ui| self.units_ui(ui, view, cx));
            }
        });
        // In a line of its own: beside the field a long one would push the page apart.
        if let Err(why) = ItemFilter::parse(&self.filter.text) {
            ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.warn)).wrap());
        }
        if let Some(Err(why)) = &view.burn
            && self.tab != Tab::Charts
        {
            widgets::muted(ui, why);
        }
        ui.add_space(8.0);
    }

    /// In what items are counted, and what is done to those that are chosen.
    fn units_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &Cx<'_>) {
        // The same from left to right, whichever side they are laid out from.
        let mut units =
            [(Unit::Points, t("plan-points")), (Unit::Hours, t("plan-hours")), (Unit::Items, t("plan-items"))];
        if ui.layout().prefer_right_to_left() {
            units.reverse();
        }
        let mut unit = self.ask.unit.unwrap_or(view.unit);
        widgets::segmented(ui, &mut unit, &units);
        if self.ask.unit.is_some() || unit != view.unit {
            self.ask.unit = Some(unit);
        }
        if !self.chosen.is_empty() {
            widgets::caption(ui, tn("plan-chosen", self.chosen.len() as u64));
            if cx.can_write && ui.button(t("plan-change-chosen")).clicked() {
                self.bulk_form = Some(bulk::BulkForm::of(self.chosen.iter().cloned().collect()));
            }
        }
    }

    fn empty_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let is_new = self.hears_keys(ui)
            && cx.can_write
            && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::N));
        if widgets::empty_state(ui, Icon::Plan, t("plan-empty"), cx.can_write.then(|| t("plan-new-item"))) || is_new {
            self.new_item();
        }
        ui.vertical_centered(|ui| {
            if cx.can_write && ui.button(t("plan-import")).clicked() {
                cx.want(Intent::AddSource(AddKind::File));
            }
        });
    }

    fn dialogs_ui(&mut self, ui: &Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        if let Some(form) = &mut self.form {
            match form.ui(ui, view, cx) {
                item::FormDone::Open => {}
                item::FormDone::Closed => self.form = None,
                item::FormDone::Added => (self.form, self.is_adding) = (None, true),
                item::FormDone::Split(form) => (self.form, self.split_form) = (None, Some(form)),
            }
        }
        if let Some(form) = &mut self.split_form
            && !form.ui(ui, cx)
        {
            self.split_form = None;
        }
        if let Some(form) = &mut self.bulk_form
            && !form.ui(ui, view, cx)
        {
            self.bulk_form = None;
            self.chosen.clear();
        }
        if let Some(form) = &mut self.reviews_form
            && !form.ui(ui, view, cx)
        {
            self.reviews_form = None;
        }
        if let Some(form) = &mut self.ahead_form
            && !form.ui(ui, view.team.as_deref().unwrap_or_default(), cx)
        {
            self.ahead_form = None;
        }
        if let Some(form) = &mut self.scope_form
            && !form.ui(ui, cx)
        {
            self.scope_form = None;
        }
        if let Some(shown) = &mut self.drawing
            && !shown.ui(ui)
        {
            self.drawing = None;
        }
        if let Some(form) = &mut self.people_form
            && !form.ui(ui, &view.plan.people, cx)
        {
            self.people_form = None;
        }
        let done = self.sprint_form.as_mut().map(|form| form.ui(ui, view, cx));
        match done {
            None | Some(SprintDone::Open) => return,
            Some(SprintDone::Over) => self.wants_meeting = false,
            Some(SprintDone::Planned) => (self.ask.sprint, self.tab) = (None, Tab::Lists),
            // Its report stays in sight, also where another sprint goes on.
            Some(SprintDone::Closed(sprint)) => (self.ask.sprint, self.tab) = (Some(sprint), Tab::Charts),
        }
        self.sprint_form = None;
    }

    /// Whether keys go to the page: nobody types, and nothing lies on top.
    fn hears_keys(&self, ui: &Ui) -> bool {
        !ui.text_edit_focused() && !self.has_form() && !widgets::is_covered(ui)
    }

    fn has_form(&self) -> bool {
        self.form.is_some()
            || self.sprint_form.is_some()
            || self.people_form.is_some()
            || self.split_form.is_some()
            || self.bulk_form.is_some()
            || self.reviews_form.is_some()
            || self.drawing.is_some()
            || self.scope_form.is_some()
            || self.ahead_form.is_some()
    }

    /// Moves items; where a sprint that goes on gets another scope by it, why is asked first.
    fn move_items(&mut self, view: &PlanView, items: Vec<String>, wanted: ItemChange, cx: &mut Cx<'_>) {
        match scope::ScopeForm::of(view, &items, &wanted).filter(|_| cx.can_write) {
            Some(form) => self.scope_form = Some(form),
            None => change(items, wanted, cx),
        }
    }

    fn wanted(&self) -> ItemFilter {
        ItemFilter::parse(&self.filter.text).unwrap_or_default()
    }

    /// The items of a side that the filter lets through.
    fn shown(&self, view: &PlanView, items: &[u32]) -> Vec<u32> {
        let filter = self.wanted();
        let today = crate::metrics::date_of(view.now, &view.zone);
        let is_shown = |n: &u32| {
            let n = *n as usize;
            let carried = view.carries.get(n).copied().unwrap_or_default();
            let beside = view.marks[n].beside(carried, view.plan.blocked[n].is_some(), today);
            filter.matches(&view.plan.items[n], beside)
        };
        items.iter().copied().filter(is_shown).collect()
    }

    /// The chosen items, else the one that is given.
    fn meant(&self, item: &Item) -> Vec<String> {
        if self.chosen.contains(&item.id) || !self.chosen.is_empty() {
            self.chosen.iter().cloned().collect()
        } else {
            vec![item.id.clone()]
        }
    }

    pub fn export(&self, _cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&Plan::COLUMNS);
        let Some(view) = &self.view else { return table };
        table.document = Some(view.markdown());
        let places = view.plan.places();
        for items in [&view.members, &view.backlog] {
            let shown = self.shown(view, items).into_iter();
            table.rows.extend(shown.map(|n| view.plan.table_row(n as usize, &places, &view.carries)));
        }
        table
    }
}

/// A card of a width and a least height, beside others.
fn column(ui: &mut Ui, width: f32, height: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(egui::vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
        widgets::card(ui, |ui| {
            ui.set_width(width - 26.0);
            ui.set_min_height(height);
            add(ui);
        });
    });
}

/// An area in which dragged items may be let go, where nothing in it takes them; gives those that were.
fn drop_zone(ui: &mut Ui, name: &str, cx: &Cx<'_>, add: impl FnOnce(&mut Ui)) -> Option<Vec<String>> {
    let area = ui.scope(|ui| {
        ui.set_min_size(ui.available_size());
        add(ui);
    });
    let zone = ui.interact(area.response.rect, ui.scope_id().with(name), egui::Sense::hover());
    if zone.dnd_hover_payload::<Dragged>().is_some() {
        let stroke = egui::Stroke::new(1.0, cx.tokens.accent);
        ui.painter().rect_stroke(zone.rect, 4.0, stroke, egui::StrokeKind::Outside);
    }
    zone.dnd_release_payload::<Dragged>().map(|dragged| dragged.0.clone())
}

/// The dialog that takes the sprint in sight to its next state: after the last of them comes a new sprint.
fn sprint_form(view: &PlanView) -> sprint::SprintForm {
    let ledger = |n: &usize| &view.plan.ledgers[*n];
    match view.sprint.filter(|n| ledger(n).closed_at.is_none()) {
        Some(n) if ledger(&n).started_at.is_some() => sprint::SprintForm::close(view, n),
        Some(n) => sprint::SprintForm::start(view, n),
        None => sprint::SprintForm::new_sprint(view),
    }
}

fn change(items: Vec<String>, change: ItemChange, cx: &mut Cx<'_>) {
    if cx.can_write && !items.is_empty() {
        cx.want(Intent::Command(Command::ChangeItems(items, Box::new(change))));
    }
}

/// A number as people write it; the sum of nothing is 0, not -0.
fn amount(value: f64) -> String {
    let value = value + 0.0;
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn unit_amount(value: f64, unit: Unit) -> String {
    let n = [("n", amount(value))];
    let args: Vec<(&str, &str)> = n.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match unit {
        Unit::Points if value == 1.0 => t("plan-one-point").to_owned(),
        Unit::Items if value == 1.0 => tn("plan-n-listed", 1),
        Unit::Points => ta("plan-n-points", &args),
        Unit::Hours => ta("plan-n-hours", &args),
        Unit::Items => ta("plan-n-items", &args),
    }
}

fn sprint_state(view: &PlanView, n: usize, cx: &Cx<'_>) -> (String, StatusKind) {
    let (sprint, ledger) = (&view.plan.sprints[n], &view.plan.ledgers[n]);
    let day = |at| format::near_date(at, cx.now, cx.zone);
    // Midnight ends the day before.
    let last_day = day(Time(sprint.ends_at.0 - 1));
    if let Some(closed) = ledger.closed_at {
        return (ta("plan-state-closed", &[("date", &day(closed))]), StatusKind::Info);
    }
    if ledger.started_at.is_some() && sprint.ends_at < cx.now {
        return (ta("plan-state-overdue", &[("date", &last_day)]), StatusKind::Warn);
    }
    if ledger.started_at.is_some() {
        return (ta("plan-state-open", &[("date", &last_day)]), StatusKind::Ok);
    }
    let dates = [("from", day(sprint.starts_at)), ("to", last_day)];
    let args: Vec<(&str, &str)> = dates.iter().map(|(name, date)| (*name, date.as_str())).collect();
    (ta("plan-state-planned", &args), StatusKind::Warn)
}
