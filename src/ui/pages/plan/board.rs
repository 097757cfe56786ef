//! The board of a sprint: a column for each state with its limit, lanes by person, service, kind or parent, and cards that
//! are dragged or moved by keys.

use std::sync::Arc;

use egui::{Key, Modifiers, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use super::row::mark_words;
use super::{Dragged, PlanPage, amount, change, drop_zone, item};
use crate::engine::{ItemChange, PlanView};
use crate::metrics::plan::flow::column_of;
use crate::metrics::plan::wip::Of;
use crate::model::plan::{Item, ItemState};
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

/// What the lanes of the board stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lanes {
    #[default]
    None,
    Person,
    Service,
    Kind,
    Parent,
}

#[derive(Default)]
pub struct Board {
    lanes: Lanes,
    column: usize,
    row: usize,
    /// The item under the cursor, which it follows when that moves.
    current: Option<String>,
    /// The lanes that there were, so that one stays when its last card leaves it: of what kind, in which sprint.
    seen: (Lanes, Option<usize>, Vec<(String, ItemChange)>),
}

/// The cards that stand for the same person, service or whatever, and what makes an item one of them.
struct Lane {
    name: String,
    change: ItemChange,
    cards: Cards,
}

impl Board {
    pub fn lanes_ui(&mut self, ui: &mut Ui) {
        let choices = [
            (Lanes::None, t("lanes-none")),
            (Lanes::Person, t("lanes-person")),
            (Lanes::Service, t("lanes-service")),
            (Lanes::Kind, t("lanes-kind")),
            (Lanes::Parent, t("lanes-parent")),
        ];
        let shown = choices.iter().find(|(lanes, _)| *lanes == self.lanes).map_or("", |(_, words)| words);
        ui.name_inputs(t("lanes-title"), |ui| {
            egui::ComboBox::from_id_salt("lanes").selected_text(shown).width(130.0).list(ui, |ui| {
                for (lanes, words) in choices {
                    ui.selectable_value(&mut self.lanes, lanes, words);
                }
            });
        });
    }

    /// What makes an item stand in the lane of another.
    fn change_to(&self, like: &Item) -> ItemChange {
        let text = |of: &Option<String>| Some(of.clone().unwrap_or_default());
        match self.lanes {
            Lanes::None => ItemChange::default(),
            Lanes::Person => ItemChange { assignee: text(&like.assignee), ..ItemChange::default() },
            Lanes::Service => ItemChange { service: text(&like.service), ..ItemChange::default() },
            Lanes::Kind => ItemChange { kind: Some(like.kind), ..ItemChange::default() },
            Lanes::Parent => ItemChange { parent: text(&like.parent), ..ItemChange::default() },
        }
    }

    pub fn stand_on(&mut self, id: &str) {
        self.current = Some(id.to_owned());
    }

    /// Comes along with the item under the cursor.
    fn follow(&mut self, view: &PlanView, columns: &Cards) {
        let id = |n: &u32| view.plan.items[*n as usize].id.as_str();
        let find = |wanted: &str| {
            let of = |column: usize| Some((column, columns[column].iter().position(|n| id(n) == wanted)?));
            (0..4).find_map(of)
        };
        if let Some(place) = self.current.as_deref().and_then(find) {
            (self.column, self.row) = place;
        }
        self.stand_at((self.column, self.row), view, columns);
    }

    /// Puts the cursor on a card.
    fn stand_at(&mut self, (column, row): (usize, usize), view: &PlanView, columns: &Cards) {
        self.column = column.min(3);
        self.row = row.min(columns[self.column].len().saturating_sub(1));
        let n = columns[self.column].get(self.row);
        self.current = n.map(|n| view.plan.items[*n as usize].id.clone());
    }

    /// The lanes that were seen of this kind in this sprint, without their cards.
    fn seen_lanes(&mut self, sprint: Option<usize>) -> Vec<Lane> {
        if (self.seen.0, self.seen.1) != (self.lanes, sprint) {
            self.seen = (self.lanes, sprint, Vec::new());
        }
        let without = |(name, change)| Lane { name, change, cards: Cards::default() };
        std::mem::take(&mut self.seen.2).into_iter().map(without).collect()
    }

    /// The lane that an item stands in.
    fn lane_of(&self, view: &PlanView, n: u32) -> String {
        let found = &view.plan.items[n as usize];
        let name = match self.lanes {
            Lanes::None => return String::new(),
            Lanes::Person => found.assignee.as_deref().map(|person| view.plan.called(person).to_owned()),
            Lanes::Service => found
                .service
                .as_ref()
                .map(|id| view.services.get(id).map_or_else(|| id.clone(), |service| service.name.clone())),
            Lanes::Kind => Some(item::kind_word(found.kind).to_owned()),
            Lanes::Parent => found.parent.as_ref().map(|id| {
                view.plan.place_of(id).map_or_else(|| id.clone(), |parent| view.plan.items[parent].title.clone())
            }),
        };
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| t("lanes-rest").to_owned())
    }
}

const COLUMNS: [ItemState; 4] = [ItemState::Ready, ItemState::InProgress, ItemState::InReview, ItemState::Done];
const GAP: f32 = 10.0;
/// The height of a card with the space below it.
const CARD: f32 = 72.0;

/// The cards of a lane by column.
type Cards = [Vec<u32>; 4];

/// Items that were let go, in which column, and in which lane where there are several.
struct Dropped {
    lane: Option<usize>,
    column: usize,
    ids: Vec<String>,
}

fn column_title(column: usize) -> &'static str {
    item::column_word(COLUMNS[column.min(3)])
}

impl PlanPage {
    pub(super) fn board_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        if view.sprint.is_none() {
            widgets::muted(ui, t("plan-no-sprint"));
            return;
        }
        let lanes = self.lanes_of(view);
        // Keys walk down a column through all of its lanes.
        let mut columns: Cards = Default::default();
        for (column, cards) in columns.iter_mut().enumerate() {
            cards.extend(lanes.iter().flat_map(|lane| &lane.cards[column]));
        }
        if columns.iter().all(Vec::is_empty) && !view.members.is_empty() {
            widgets::muted(ui, t("plan-none-match"));
        }
        self.board.follow(view, &columns);
        if self.hears_keys(ui) {
            self.board_keys(ui, view, &columns, cx);
        }
        // Lanes scroll as one: their bar has its own room.
        let bar = if self.board.lanes == Lanes::None { 0.0 } else { GAP };
        let width = ((ui.available_width() - bar - GAP * 3.0) / 4.0).floor();
        self.limits_ui(ui, view);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (column, cards) in columns.iter().enumerate() {
                ui.allocate_ui(vec2(width, 22.0), |ui| {
                    ui.set_width(width);
                    head_ui(ui, view, column, cards);
                });
            }
        });
        let dropped = if self.board.lanes == Lanes::None {
            self.lane_ui(ui, view, &columns, [0; 4], (width, ui.available_height()), cx)
        } else {
            self.all_lanes_ui(ui, view, &lanes, width, cx)
        };
        if let Some(Dropped { lane, column, ids }) = dropped {
            self.chosen.clear();
            let of_lane = lane.map(|lane| lanes[lane].change.clone()).unwrap_or_default();
            self.drop_cards(view, of_lane, column, ids, cx);
        }
    }

    /// What a card is dropped into it becomes: the state of the column, and whose or whatever the lane is. What it is
    /// already stays as it is.
    fn drop_cards(&self, view: &PlanView, of_lane: ItemChange, column: usize, ids: Vec<String>, cx: &mut Cx<'_>) {
        let found = |id: &String| view.plan.place_of(id).map(|n| &view.plan.items[n]);
        let is_there = |id: &String| found(id).is_some_and(|item| column_of(item.state) == Some(column));
        let (stay, move_on): (Vec<String>, Vec<String>) = ids.into_iter().partition(is_there);
        let is_other = |id: &String| found(id).is_some_and(|item| self.board.change_to(item) != of_lane);
        let stay: Vec<String> = stay.into_iter().filter(is_other).collect();
        if !move_on.is_empty() {
            change(move_on, ItemChange { state: Some(COLUMNS[column]), ..of_lane.clone() }, cx);
        }
        if !stay.is_empty() {
            change(stay, of_lane, cx);
        }
    }

    /// The lanes with their cards, by name; the nameless last.
    fn lanes_of(&mut self, view: &PlanView) -> Vec<Lane> {
        let mut lanes = self.board.seen_lanes(view.sprint);
        for n in self.shown(view, &view.members) {
            let item = &view.plan.items[n as usize];
            let Some(column) = column_of(item.state) else { continue };
            let name = self.board.lane_of(view, n);
            let place = lanes.iter().position(|lane| lane.name == name).unwrap_or_else(|| {
                let change = self.board.change_to(item);
                lanes.push(Lane { name, change, cards: Cards::default() });
                lanes.len() - 1
            });
            lanes[place].cards[column].push(n);
        }
        let rest = t("lanes-rest");
        lanes.sort_by(|a, b| (a.name == rest, &a.name).cmp(&(b.name == rest, &b.name)));
        self.board.seen.2 = lanes.iter().map(|lane| (lane.name.clone(), lane.change.clone())).collect();
        if !self.filter.text.trim().is_empty() {
            lanes.retain(|lane| lane.cards.iter().any(|cards| !cards.is_empty()));
        }
        lanes
    }

    fn all_lanes_ui(
        &mut self,
        ui: &mut Ui,
        view: &Arc<PlanView>,
        lanes: &[Lane],
        width: f32,
        cx: &Cx<'_>,
    ) -> Option<Dropped> {
        let mut dropped = None;
        egui::ScrollArea::vertical().id_salt("lanes").auto_shrink(false).show(ui, |ui| {
            let mut before = [0; 4];
            for (n, Lane { name, cards, .. }) in lanes.iter().enumerate() {
                let count: usize = cards.iter().map(Vec::len).sum();
                ui.horizontal(|ui| {
                    widgets::panel_title(ui, name);
                    widgets::caption(ui, tn("plan-n-listed", count as u64));
                });
                let most = cards.iter().map(Vec::len).max().unwrap_or_default();
                let height = most.max(1) as f32 * (CARD + ui.spacing().item_spacing.y) + 14.0;
                let let_go = ui.push_id(name, |ui| self.lane_ui(ui, view, cards, before, (width, height), cx)).inner;
                dropped = let_go.map(|let_go| Dropped { lane: Some(n), ..let_go }).or(dropped.take());
                for (column, cards) in cards.iter().enumerate() {
                    before[column] += cards.len();
                }
            }
        });
        dropped
    }

    /// Four columns beside each other; gives the items that were let go, and in which. `before`: cards of the lanes above.
    fn lane_ui(
        &mut self,
        ui: &mut Ui,
        view: &Arc<PlanView>,
        columns: &Cards,
        before: [usize; 4],
        (width, height): (f32, f32),
        cx: &Cx<'_>,
    ) -> Option<Dropped> {
        let mut dropped = None;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (column, cards) in columns.iter().enumerate() {
                ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                    widgets::card(ui, |ui| {
                        ui.set_width(width - 26.0);
                        ui.set_height(height - 24.0);
                        let ids = drop_zone(ui, column_title(column), cx, |ui| {
                            let area = egui::ScrollArea::vertical().id_salt(("column", column)).auto_shrink(false);
                            area.show(ui, |ui| {
                                for (row, n) in cards.iter().enumerate() {
                                    self.card_ui(ui, view, *n, (column, before[column] + row), cx);
                                }
                            });
                        });
                        dropped = ids.map(|ids| Dropped { lane: None, column, ids }).or(dropped.take());
                    });
                });
            }
        });
        dropped
    }

    /// People and services with more under way than was agreed on.
    fn limits_ui(&self, ui: &mut Ui, view: &PlanView) {
        for over in view.over.iter().filter(|over| !matches!(over.of, Of::Column(_))) {
            widgets::status_label(ui, StatusKind::Warn, &super::check::limit_words(over, view));
        }
    }

    fn card_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, n: u32, place: (usize, usize), cx: &Cx<'_>) {
        let found = &view.plan.items[n as usize];
        let is_current = (self.board.column, self.board.row) == place;
        let tokens = cx.tokens;
        let frame = egui::Frame::new()
            .fill(if is_current { tokens.selected } else { tokens.hover })
            .stroke(Stroke::new(1.0, if is_current { tokens.accent } else { tokens.border }))
            .corner_radius(6)
            .inner_margin(8);
        // What is done has nothing left to warn of.
        let marks = if found.state == ItemState::Done { Vec::new() } else { mark_words(view.marks[n as usize]) };
        let drawn = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(egui::Label::new(egui::RichText::new(&found.title).color(tokens.text)).selectable(false).truncate());
            let facts = |ui: &mut Ui| {
                if let Some((words, kind)) = marks.first() {
                    widgets::badge(ui, words, *kind);
                }
                if marks.len() > 1 {
                    widgets::caption(ui, format!("+{}", marks.len() - 1));
                }
                if let Some(days) = view.marks[n as usize].age_days {
                    widgets::caption(ui, tn("plan-days", u64::from(days)));
                }
                let who = found.assignee.as_deref().map(|person| view.plan.called(person));
                let words = [Some(item::kind_word(found.kind)), who].into_iter().flatten().collect::<Vec<_>>();
                widgets::caption(ui, words.join(" · "));
            };
            let worth = |ui: &mut Ui| {
                if let Some(worth) = view.unit.of(found) {
                    widgets::caption(ui, amount(worth));
                }
            };
            egui::Sides::new().shrink_left().truncate().show(ui, facts, worth);
        });
        let response = ui.interact(drawn.response.rect, ui.scope_id().with(("card", n)), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_current, &found.title));
        let words: Vec<&str> = marks.iter().map(|(words, _)| words.as_str()).collect();
        let response = if words.len() > 1 { response.on_hover_text(words.join(", ")) } else { response };
        if cx.can_write {
            response.dnd_set_drag_payload(Dragged(self.meant(found)));
        }
        if response.clicked() {
            (self.board.column, self.board.row) = place;
            self.board.current = Some(found.id.clone());
        }
        if response.double_clicked() {
            self.form = Some(item::ItemForm::of(found, view));
        }
        ui.add_space(6.0);
    }

    fn board_keys(&mut self, ui: &Ui, view: &Arc<PlanView>, columns: &Cards, cx: &mut Cx<'_>) {
        let (column, row) = (self.board.column.min(3), self.board.row);
        let current = columns[column].get(row).map(|n| &view.plan.items[*n as usize]);
        let key = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        for (arrow, by) in [(Key::ArrowLeft, -1isize), (Key::ArrowRight, 1)] {
            if key(Modifiers::SHIFT, arrow)
                && let (Some(item), Some(to)) = (current, column.checked_add_signed(by).filter(|to| *to < 4))
            {
                change(self.meant(item), ItemChange { state: Some(COLUMNS[to]), ..ItemChange::default() }, cx);
                return;
            }
            if key(Modifiers::NONE, arrow) {
                self.board.stand_at((column.saturating_add_signed(by).min(3), row), view, columns);
            }
        }
        for (arrow, by) in [(Key::ArrowUp, -1isize), (Key::ArrowDown, 1)] {
            if key(Modifiers::NONE, arrow) {
                self.board.stand_at((column, row.saturating_add_signed(by)), view, columns);
            }
        }
        if key(Modifiers::NONE, Key::Enter)
            && let Some(item) = current
        {
            self.form = Some(item::ItemForm::of(item, view));
        }
        if key(Modifiers::NONE, Key::N) && cx.can_write {
            self.new_item();
        }
    }
}

/// The name of a column, how many cards it has of how many it may have, and what they come to.
fn head_ui(ui: &mut Ui, view: &PlanView, column: usize, cards: &[u32]) {
    let unit = view.unit;
    let sum: f64 = cards.iter().filter_map(|n| unit.of(&view.plan.items[*n as usize])).sum();
    ui.horizontal(|ui| {
        widgets::panel_title(ui, column_title(column));
        match view.rules.limits.columns.get(&COLUMNS[column]) {
            Some(limit) => {
                let words = format!("{} / {limit}", cards.len());
                let kind = if cards.len() > *limit as usize { StatusKind::Crit } else { StatusKind::Info };
                widgets::badge(ui, &words, kind);
            }
            None => {
                widgets::caption(ui, format::count(cards.len() as u64));
            }
        }
        widgets::at_right(ui, |ui| widgets::caption(ui, super::unit_amount(sum, unit)));
    });
}
