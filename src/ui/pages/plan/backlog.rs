//! The backlog and the sprint, side by side: ranked lists that are worked by keyboard or by dragging.

use std::sync::Arc;

use egui::{Key, Modifiers, Ui, vec2};

use super::row::{Look, Touch, is_left_over, is_over, row_ui};
use super::{PlanPage, Side, amount, change, drop_zone, item, unit_amount};
use crate::engine::{Command, ItemChange, PlanView};
use crate::metrics::plan::velocity::{LEAST, Velocity};
use crate::model::plan::ItemState;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{StatusKind, size};
use crate::ui::widgets;

/// The picture, the sprint and the filter that lists were made of.
type Showing = (u64, Option<usize>, String);

#[derive(Default)]
pub struct Lists {
    side: Side,
    /// Of each side.
    cursors: [usize; 2],
    /// The items that the cursors stand on: they go where these go.
    current: [Option<String>; 2],
    scroll_to_cursor: bool,
    /// What both lists show, of which picture, sprint and filter.
    shown: Option<(Showing, Arc<[Vec<u32>; 2]>)>,
}

impl Lists {
    /// The cursor of its side goes to an item, which is brought in sight.
    pub fn stand_on(&mut self, id: &str, view: &PlanView) {
        let is_member = view.members.iter().any(|n| view.plan.items[*n as usize].id == id);
        self.side = if is_member { Side::Sprint } else { Side::Backlog };
        self.current[self.side as usize] = Some(id.to_owned());
        self.scroll_to_cursor = true;
    }
}

const GAP: f32 = 12.0;

impl PlanPage {
    pub(super) fn lists_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, cx: &mut Cx<'_>) {
        let sides = self.both_sides(view);
        for (cursor, shown) in self.lists.cursors.iter_mut().zip(sides.iter()) {
            *cursor = (*cursor).min(shown.len().saturating_sub(1));
        }
        // An empty list has nothing that keys could be about.
        let other = if self.lists.side == Side::Backlog { Side::Sprint } else { Side::Backlog };
        if sides[self.lists.side as usize].is_empty() && !sides[other as usize].is_empty() {
            self.lists.side = other;
        }
        if self.hears_keys(ui) {
            self.list_keys(ui, view, &sides, cx);
        }
        let width = ((ui.available_width() - GAP) / 2.0).floor();
        let height = ui.available_height();
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for side in [Side::Backlog, Side::Sprint] {
                ui.allocate_ui_with_layout(vec2(width, height), egui::Layout::top_down(egui::Align::Min), |ui| {
                    widgets::card(ui, |ui| {
                        ui.set_width(width - 26.0);
                        ui.set_height(height - 24.0);
                        self.list_ui(ui, view, side, &sides[side as usize], cx);
                    });
                });
            }
        });
    }

    /// What each list shows; filtered anew only when something changed, since a backlog may hold fifty thousand items.
    fn both_sides(&mut self, view: &Arc<PlanView>) -> Arc<[Vec<u32>; 2]> {
        let key = (view.generation, view.sprint, self.filter.text.clone());
        if let Some((_, sides)) = self.lists.shown.as_ref().filter(|(known, _)| *known == key) {
            return sides.clone();
        }
        let sides = Arc::new([self.shown(view, &view.backlog), self.shown(view, &view.listed)]);
        self.lists.shown = Some((key, sides.clone()));
        for (side, shown) in sides.iter().enumerate() {
            let current = self.lists.current[side].as_ref();
            let is_it = |n: &u32| current == Some(&view.plan.items[*n as usize].id);
            if let Some(at) = shown.iter().position(is_it) {
                self.lists.cursors[side] = at;
            }
        }
        self.remember(view, &sides);
        sides
    }

    /// Keeps in mind which items the cursors stand on.
    fn remember(&mut self, view: &PlanView, sides: &[Vec<u32>; 2]) {
        for (side, shown) in sides.iter().enumerate() {
            let at = self.lists.cursors[side].min(shown.len().saturating_sub(1));
            self.lists.current[side] = shown.get(at).map(|n| view.plan.items[*n as usize].id.clone());
        }
    }

    fn list_ui(&mut self, ui: &mut Ui, view: &Arc<PlanView>, side: Side, shown: &[u32], cx: &mut Cx<'_>) {
        head_ui(ui, view, side, shown, cx);
        if side == Side::Sprint && view.sprint.is_none() {
            widgets::muted(ui, t("plan-no-sprint"));
            return;
        }
        let mut touched = None;
        // A zone is told apart by its name: two of one name would both be hovered.
        let name = if side == Side::Backlog { "backlog" } else { "sprint" };
        let dropped = drop_zone(ui, name, cx, |ui| {
            if shown.is_empty() {
                let all = if side == Side::Backlog { &view.backlog } else { &view.listed };
                let words = match side {
                    _ if !all.is_empty() => t("plan-none-match"),
                    Side::Backlog => t("plan-backlog-empty"),
                    Side::Sprint => t("plan-sprint-empty"),
                };
                widgets::muted(ui, words);
            }
            touched = self.rows_ui(ui, view, side, shown, cx);
        });
        if let Some((at, n, touch)) = touched {
            self.touch(view, side, (at, n), touch, cx);
        } else if let Some(ids) = dropped {
            self.put_down(view, side, ids, None, cx);
        }
    }

    fn rows_ui(
        &mut self,
        ui: &mut Ui,
        view: &Arc<PlanView>,
        side: Side,
        shown: &[u32],
        cx: &Cx<'_>,
    ) -> Option<(usize, u32, Touch)> {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut touched = None;
        let mut area = egui::ScrollArea::vertical().id_salt(("list", side as usize)).auto_shrink(false);
        let cursor = self.lists.cursors[side as usize];
        if self.lists.side == side && std::mem::take(&mut self.lists.scroll_to_cursor) {
            let top = cursor as f32 * size::ROW;
            let room = ui.available_height();
            area = area.vertical_scroll_offset((top - room / 2.0).max(0.0));
        }
        area.show_rows(ui, size::ROW, shown.len(), |ui, range| {
            for at in range {
                let Some(&n) = shown.get(at) else { continue };
                let look = Look {
                    is_current: self.lists.side == side && at == cursor,
                    is_chosen: self.chosen.contains(&view.plan.items[n as usize].id),
                    is_meeting: self.mode.is_some(),
                    is_frozen: side == Side::Sprint,
                };
                let is_elsewhere = side == Side::Sprint && is_left_over(view, n);
                let dragged = if is_elsewhere { Vec::new() } else { self.meant(&view.plan.items[n as usize]) };
                if let Some(touch) = row_ui(ui, view, n, look, dragged, cx) {
                    touched = Some((at, n, touch));
                }
            }
        });
        touched
    }

    fn touch(&mut self, view: &PlanView, side: Side, (at, n): (usize, u32), touch: Touch, cx: &mut Cx<'_>) {
        let id = view.plan.items[n as usize].id.clone();
        match touch {
            Touch::Clicked { adds } => {
                self.lists.side = side;
                self.lists.cursors[side as usize] = at;
                self.lists.current[side as usize] = Some(id.clone());
                if adds {
                    self.choose(id);
                } else {
                    self.chosen.clear();
                }
            }
            Touch::Opened => self.form = Some(item::ItemForm::of(&view.plan.items[n as usize], view)),
            Touch::Dropped { ids, is_above } => self.put_down(view, side, ids, Some((id, is_above)), cx),
        }
    }

    fn choose(&mut self, id: String) {
        if !self.chosen.remove(&id) {
            self.chosen.insert(id);
        }
    }

    /// Dragged items come to a side, beside another item where they were let go there.
    fn put_down(
        &mut self,
        view: &PlanView,
        side: Side,
        ids: Vec<String>,
        beside: Option<(String, bool)>,
        cx: &mut Cx<'_>,
    ) {
        let there = if side == Side::Sprint { &view.members } else { &view.backlog };
        let is_there = |id: &String| there.iter().any(|n| view.plan.items[*n as usize].id == *id);
        let sprint = (!ids.iter().all(is_there)).then(|| self.target(view, side));
        let beside = beside.filter(|(id, _)| !ids.contains(id));
        if ids.is_empty() || (sprint.is_none() && beside.is_none()) {
            return;
        }
        let (before, after) = match beside {
            Some((id, true)) => (Some(id), None),
            Some((id, false)) => (None, Some(id)),
            None => (None, None),
        };
        self.chosen.clear();
        self.move_items(view, ids, ItemChange { sprint, before, after, ..ItemChange::default() }, cx);
    }

    /// The sprint that a side stands for, as acts name it.
    fn target(&self, view: &PlanView, side: Side) -> String {
        match (side, view.sprint) {
            (Side::Sprint, Some(n)) => view.plan.sprints[n].id.clone(),
            _ => String::new(),
        }
    }

    /// Every key that was pressed since the last frame, in their order: a slow frame loses none.
    fn list_keys(&mut self, ui: &Ui, view: &Arc<PlanView>, sides: &[Vec<u32>; 2], cx: &mut Cx<'_>) {
        let mut pressed = Vec::new();
        ui.input_mut(|input| {
            input.events.retain(|event| {
                let found = ListKey::of(event);
                pressed.extend(found);
                found.is_none()
            });
        });
        for key in pressed {
            self.list_key(key, view, sides, cx);
        }
    }

    fn list_key(&mut self, key: ListKey, view: &Arc<PlanView>, sides: &[Vec<u32>; 2], cx: &mut Cx<'_>) {
        let side = self.lists.side;
        let shown = &sides[side as usize];
        let cursor = self.lists.cursors[side as usize];
        let at = |place: usize| shown.get(place).map(|n| &view.plan.items[*n as usize]);
        let current = at(cursor);
        match (key, current) {
            (ListKey::Step(by), _) => {
                let last = shown.len().saturating_sub(1) as i64;
                self.lists.cursors[side as usize] = (cursor as i64 + by).clamp(0, last) as usize;
                self.lists.scroll_to_cursor = true;
                self.remember(view, sides);
            }
            (ListKey::Side(to), _) => self.lists.side = to,
            (ListKey::New, _) if cx.can_write => self.form = Some(item::ItemForm::new(None)),
            (ListKey::Open, Some(_)) if self.chosen.len() > 1 && cx.can_write => {
                self.bulk_form = Some(super::bulk::BulkForm::of(self.chosen.iter().cloned().collect()));
            }
            (ListKey::Open, Some(item)) => self.form = Some(item::ItemForm::of(item, view)),
            (ListKey::Split, Some(item)) if cx.can_write && !is_over(item) => {
                self.split_form = Some(Box::new(super::split::SplitForm::of(item)));
            }
            (ListKey::Ask, Some(item)) if cx.can_write => {
                cx.want(Intent::Command(Command::AskReviews(self.meant(item))));
            }
            (ListKey::Choose, Some(item)) => self.choose(item.id.clone()),
            // What was left over is elsewhere now, and moved from there.
            (ListKey::Move, Some(_)) if side == Side::Sprint && is_left_over(view, shown[cursor]) => {}
            (ListKey::Move, Some(item)) if view.sprint.is_some() => {
                let to = if side == Side::Backlog { Side::Sprint } else { Side::Backlog };
                let sprint = Some(self.target(view, to));
                let ids = self.meant(item);
                self.chosen.clear();
                self.move_items(view, ids, ItemChange { sprint, ..ItemChange::default() }, cx);
            }
            (ListKey::Rank(by), Some(item)) => {
                let to = cursor.checked_add_signed(by as isize).and_then(at);
                let other = to.map(|other| other.id.clone());
                if other.is_some() {
                    self.lists.cursors[side as usize] = cursor.saturating_add_signed(by as isize);
                    self.lists.scroll_to_cursor = true;
                }
                let (before, after) = if by < 0 { (other, None) } else { (None, other) };
                if before.is_some() || after.is_some() {
                    change(vec![item.id.clone()], ItemChange { before, after, ..ItemChange::default() }, cx);
                }
            }
            (ListKey::Points(points), Some(item)) => {
                change(self.meant(item), ItemChange { points: Some(Some(points)), ..ItemChange::default() }, cx);
            }
            (ListKey::Cancel, Some(item)) => {
                let state = Some(ItemState::Cancelled);
                change(self.meant(item), ItemChange { state, ..ItemChange::default() }, cx);
            }
            _ => {}
        }
    }
}

#[derive(Clone, Copy)]
enum ListKey {
    Step(i64),
    Side(Side),
    Rank(i32),
    Points(f64),
    New,
    Open,
    Choose,
    Move,
    Split,
    Ask,
    Cancel,
}

impl ListKey {
    fn of(event: &egui::Event) -> Option<Self> {
        let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return None };
        if modifiers.matches_exact(Modifiers::ALT) {
            return match key {
                Key::ArrowUp => Some(Self::Rank(-1)),
                Key::ArrowDown => Some(Self::Rank(1)),
                _ => None,
            };
        }
        if !modifiers.is_none() {
            return None;
        }
        Some(match key {
            Key::ArrowDown | Key::J => Self::Step(1),
            Key::ArrowUp | Key::K => Self::Step(-1),
            Key::PageDown => Self::Step(20),
            Key::PageUp => Self::Step(-20),
            Key::Home => Self::Step(i64::from(i32::MIN)),
            Key::End => Self::Step(i64::from(i32::MAX)),
            Key::ArrowLeft => Self::Side(Side::Backlog),
            Key::ArrowRight => Self::Side(Side::Sprint),
            Key::N => Self::New,
            Key::Enter => Self::Open,
            Key::Space => Self::Choose,
            Key::M => Self::Move,
            Key::X => Self::Split,
            Key::A => Self::Ask,
            Key::Delete => Self::Cancel,
            key => Self::Points(digit(*key)?),
        })
    }
}

fn digit(key: Key) -> Option<f64> {
    const DIGITS: [Key; 10] =
        [Key::Num0, Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
    DIGITS.iter().position(|digit| *digit == key).map(|n| n as f64)
}

/// Beside the other words of a side's head, what its bar needs.
const BAR_ROOM: f32 = 200.0;

/// The name of a side, how much is in it, and what the sprint may hold.
fn head_ui(ui: &mut Ui, view: &PlanView, side: Side, shown: &[u32], cx: &Cx<'_>) {
    let unit = view.unit;
    let open = |n: &&u32| view.plan.items[**n as usize].state != ItemState::Cancelled;
    let sum: f64 = shown.iter().filter(open).filter_map(|n| unit.of(&view.plan.items[*n as usize])).sum();
    let is_open = view.sprint.is_some_and(|n| view.plan.ledgers[n].closed_at.is_none());
    let unknown = shown.iter().filter(open).filter(|n| unit.of(&view.plan.items[**n as usize]).is_none()).count();
    ui.horizontal(|ui| {
        let title = match (side, view.sprint) {
            (Side::Sprint, Some(n)) => view.plan.sprints[n].name.as_str(),
            (Side::Sprint, None) => t("plan-sprint"),
            (Side::Backlog, _) => t("plan-backlog"),
        };
        widgets::panel_title(ui, title);
        widgets::caption(ui, tn("plan-n-listed", shown.len() as u64));
        widgets::at_right(ui, |ui| {
            // Of a sprint that was started it is its scope, as in its chart: not what was done before it.
            let is_whole = side == Side::Sprint && shown.len() == view.listed.len();
            let sum = unit_amount(if is_whole { view.planned } else { sum }, unit);
            // Counted in items, it is told beside the title.
            widgets::caption(ui, if unit == super::Unit::Items && !is_whole { String::new() } else { sum });
            // Full at what is likely.
            let has_room = ui.available_width() > BAR_ROOM;
            let shown = |velocity: &Velocity| has_room && is_open && side == Side::Sprint && velocity.likely > 0.0;
            if let Some(velocity) = view.velocity.filter(shown) {
                widgets::progress_bar(ui, (view.planned / velocity.likely) as f32, 60.0, t("plan-likely"));
            }
            if unknown > 0 {
                widgets::caption(ui, tn("plan-unestimated", unknown as u64));
            }
        });
    });
    if side == Side::Sprint && is_open {
        support_ui(ui, view, cx);
        proposals_ui(ui, view);
    }
    ui.add_space(4.0);
}

fn proposals_ui(ui: &mut Ui, view: &PlanView) {
    let titles: Vec<&str> =
        view.meeting.proposals.iter().map(|n| view.plan.items[*n as usize].title.as_str()).collect();
    if !titles.is_empty() {
        let words = ta("plan-proposals", &[("titles", &titles.join(", "))]);
        ui.add(egui::Label::new(egui::RichText::new(words).small()).wrap());
    }
}

/// Why history says nothing of how much a sprint delivers.
pub(super) fn no_velocity_words(view: &PlanView) -> &'static str {
    let closed = view.team.as_deref().map_or(0, |team| view.plan.closed_of(team).len());
    match closed {
        0..LEAST => t("plan-velocity-unknown"),
        // Sprints that are closed and tell no sums have no history.
        _ if view.closed.is_empty() => t("plan-velocity-untold"),
        _ => t("plan-velocity-unestimated"),
    }
}

/// How a commitment stands to what the last sprints delivered.
fn support_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    let sum = view.planned;
    let Some(velocity) = &view.velocity else {
        widgets::caption(ui, no_velocity_words(view));
        return;
    };
    let mut open = view.members.iter().map(|n| &view.plan.items[*n as usize]);
    if sum == 0.0 && !view.members.is_empty() && open.all(|item| view.unit.of(item).is_none()) {
        widgets::status_label(ui, StatusKind::Warn, t("plan-support-unknown"));
        return;
    }
    let words =
        [("n", velocity.n.to_string()), ("likely", amount(velocity.likely)), ("even", amount(velocity.even_odds))];
    let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let has_open = view.members.iter().any(|n| !view.plan.is_over(*n as usize));
    let (kind, verdict) = if !has_open {
        (StatusKind::Ok, t("plan-support-over"))
    } else if sum <= velocity.likely {
        (StatusKind::Ok, t("plan-support-likely"))
    } else if sum <= velocity.even_odds {
        (StatusKind::Warn, t("plan-support-even"))
    } else {
        (StatusKind::Crit, t("plan-support-more"))
    };
    let words = ta("plan-support", &args);
    ui.horizontal(|ui| {
        widgets::status_dot(ui, kind);
        let words = egui::RichText::new(format!("{verdict}: {words}")).small().color(cx.tokens.muted);
        ui.add(egui::Label::new(words).truncate());
    });
}
