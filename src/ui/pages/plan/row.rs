//! A row of the backlog or the sprint: its item, and beside it what is known of that, as far as there is room.

use egui::{Align2, FontId, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use super::{Dragged, amount};
use crate::engine::{Marks, PlanView, ReviewMark};
use crate::metrics::plan::risk::Band;
use crate::model::plan::{Item, ItemKind, ItemState};
use crate::ui::cx::Cx;
use crate::ui::text::{t, tn};
use crate::ui::theme::{StatusKind, Tokens, size};

/// What the pointer did to a row.
pub(super) enum Touch {
    Clicked {
        adds: bool,
    },
    Opened,
    /// Something was let go above it, or below.
    Dropped {
        ids: Vec<String>,
        is_above: bool,
    },
}

#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) is_current: bool,
    pub(super) is_chosen: bool,
    /// In the meeting a row tells how operations stands to its item in every case, not only where that is odd.
    pub(super) is_meeting: bool,
    /// Of a sprint that is closed it tells what was so then.
    pub(super) is_frozen: bool,
}

pub(super) fn row_ui(
    ui: &mut Ui,
    view: &PlanView,
    n: u32,
    look: Look,
    dragged: Vec<String>,
    cx: &Cx<'_>,
) -> Option<Touch> {
    let item = &view.plan.items[n as usize];
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click_and_drag());
    let name = format!("{}: {}", super::item::kind_word(item.kind), item.title);
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, look.is_current || look.is_chosen, &name));
    if cx.can_write {
        response.dnd_set_drag_payload(Dragged(dragged));
    }
    let tokens = cx.tokens;
    if look.is_current || look.is_chosen || response.hovered() {
        let fill = if look.is_current { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, 4.0, fill);
    }
    if look.is_chosen {
        ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(3.0, rect.height())), 0.0, tokens.accent);
    }
    let hidden = paint_row(ui, view, (item, n), rect, look, cx);
    let response = if hidden.is_empty() { response } else { response.on_hover_text(hidden.join(", ")) };
    let is_above = ui.ctx().pointer_interact_pos().is_some_and(|at| at.y < rect.center().y);
    if response.dnd_hover_payload::<Dragged>().is_some() {
        let y = if is_above { rect.top() } else { rect.bottom() };
        ui.painter().hline(rect.x_range(), y, Stroke::new(2.0, tokens.accent));
    }
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        return Some(Touch::Dropped { ids: dragged.0.clone(), is_above });
    }
    if response.double_clicked() {
        return Some(Touch::Opened);
    }
    let adds = ui.input(|input| input.modifiers.command || input.modifiers.shift);
    response.clicked().then_some(Touch::Clicked { adds })
}

/// What is told at the right end of a row, the most important first.
fn told_beside(view: &PlanView, (item, n): (&Item, u32), look: Look, cx: &Cx<'_>) -> Vec<(String, egui::Color32)> {
    let tokens = cx.tokens;
    let mut told: Vec<(String, egui::Color32)> = Vec::new();
    told.extend(item.assignee.clone().map(|assignee| (assignee, tokens.muted)));
    if look.is_frozen && is_left_over(view, n) {
        told.push((t("plan-left-over").to_owned(), tokens.warn));
    }
    let carried = view.carries.get(n as usize).copied().unwrap_or_default();
    if carried > 0 {
        told.push((tn("plan-carried", u64::from(carried)), tokens.warn));
    }
    let marks = view.marks[n as usize];
    told.extend(mark_words(marks).into_iter().map(|(words, kind)| (words, tokens.status(kind))));
    if look.is_meeting && !is_over(item) {
        told.extend(quiet_words(marks).map(|words| (words.to_owned(), tokens.muted)));
    }
    told.extend(item.labels.iter().flatten().take(2).map(|label| (label.clone(), tokens.muted)));
    told
}

/// Paints a row; gives what there was no room for.
fn paint_row(ui: &Ui, view: &PlanView, (item, n): (&Item, u32), rect: Rect, look: Look, cx: &Cx<'_>) -> Vec<String> {
    /// Of a row, what its title has at least, if it needs as much.
    const TITLE: f32 = 0.55;
    let tokens = cx.tokens;
    let (body, small) = (TextStyle::Body.resolve(ui.style()), TextStyle::Small.resolve(ui.style()));
    let painter = ui.painter_at(rect);
    let mut right = rect.right() - 8.0;
    let mut put = |words: &str, font: &FontId, ink, width: f32| {
        painter.text(pos2(right, rect.center().y), Align2::RIGHT_CENTER, words, font.clone(), ink);
        right -= width;
        right
    };
    let frozen = view.frozen.get(&n).filter(|_| look.is_frozen);
    let worth = frozen.copied().unwrap_or_else(|| view.unit.of(item)).map_or_else(|| "–".to_owned(), amount);
    let mut end = put(&worth, &body, if worth == "–" { tokens.muted } else { tokens.strong }, 44.0);
    let title = ui.fonts_mut(|fonts| fonts.layout_no_wrap(item.title.clone(), body.clone(), tokens.text)).size().x;
    let least = rect.left() + 26.0 + title.min(rect.width() * TITLE);
    let mut hidden = Vec::new();
    let told = told_beside(view, (item, n), look, cx);
    let all = told.len();
    for (at, (words, ink)) in told.into_iter().enumerate() {
        let width = 8.0 + small_width(ui, &words, &small);
        // After the last there is nothing more to be said.
        let more = if at + 1 == all { 0.0 } else { MORE };
        if hidden.is_empty() && end - width - more >= least {
            end = put(&words, &small, ink, width);
        } else {
            hidden.push(words);
        }
    }
    if !hidden.is_empty() {
        put(&format!("+{}", hidden.len()), &small, tokens.muted, MORE);
    }
    let mark = pos2(rect.left() + 14.0, rect.center().y);
    paint_kind(&painter, mark, item.kind, tokens);
    let is_dim = is_over(item) || view.marks[n as usize].is_held_back;
    let ink = if is_dim { tokens.muted } else { tokens.text };
    let left = rect.left() + 26.0;
    let mut job = egui::text::LayoutJob::simple_singleline(item.title.clone(), body, ink);
    job.wrap.max_width = (right - left).max(20.0);
    job.wrap.max_rows = 1;
    job.wrap.break_anywhere = true;
    if item.state == ItemState::Cancelled {
        for section in &mut job.sections {
            section.format.strikethrough = Stroke::new(1.0, ink);
        }
    }
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    painter.galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, ink);
    hidden
}

/// What says how much more there is.
const MORE: f32 = 22.0;

/// It was in the closed sprint in sight when that was closed, and is not any more.
pub(super) fn is_left_over(view: &PlanView, n: u32) -> bool {
    view.listed.len() > view.members.len() && view.members.binary_search(&n).is_err()
}

pub(super) fn is_over(item: &Item) -> bool {
    matches!(item.state, ItemState::Done | ItemState::Cancelled)
}

/// What a row tells of its item beside its title, the weightiest first.
pub(super) fn mark_words(marks: Marks) -> Vec<(String, StatusKind)> {
    let mut words = Vec::new();
    if marks.is_blocked {
        words.push((t("mark-blocked").to_owned(), StatusKind::Crit));
    }
    if marks.review == ReviewMark::Blocked {
        words.push((t("mark-held").to_owned(), StatusKind::Crit));
    }
    if marks.is_before_blocker {
        words.push((t("mark-before-blocker").to_owned(), StatusKind::Warn));
    }
    if marks.is_held_back {
        words.push((t("mark-held-back").to_owned(), StatusKind::Warn));
    }
    if marks.is_lifted {
        words.push((t("mark-lifted").to_owned(), StatusKind::Info));
    }
    let review = match marks.review {
        ReviewMark::NotAsked | ReviewMark::Settled | ReviewMark::Blocked => None,
        ReviewMark::Asked => Some((t("mark-asked"), StatusKind::Info)),
        ReviewMark::Stale => Some((t("mark-stale"), StatusKind::Warn)),
    };
    words.extend(review.map(|(words, kind)| (words.to_owned(), kind)));
    if marks.risk == Some(Band::High) {
        words.push((t("mark-risky").to_owned(), StatusKind::Warn));
    }
    if marks.open_needs > 0 {
        words.push((tn("mark-needs", u64::from(marks.open_needs)), StatusKind::Info));
    }
    words
}

/// What is as it should be, or not known.
fn quiet_words(marks: Marks) -> impl Iterator<Item = &'static str> {
    let review = match marks.review {
        ReviewMark::NotAsked => Some(t("mark-not-asked")),
        ReviewMark::Settled => Some(t("mark-settled")),
        _ => None,
    };
    let risk = match marks.risk {
        Some(Band::Low) => Some(t("mark-risk-low")),
        Some(Band::Medium) => Some(t("mark-risk-medium")),
        _ => None,
    };
    review.into_iter().chain(risk)
}

fn small_width(ui: &Ui, words: &str, font: &FontId) -> f32 {
    ui.fonts_mut(|fonts| fonts.layout_no_wrap(words.to_owned(), font.clone(), egui::Color32::WHITE).size().x)
}

/// A mark for the kind of an item, told apart by its form as well as by its colour.
pub(super) fn paint_kind(painter: &egui::Painter, at: egui::Pos2, kind: ItemKind, tokens: &Tokens) {
    let corners = |corners: &[(f32, f32)], ink| {
        let corners = corners.iter().map(|(x, y)| at + vec2(*x, *y)).collect();
        painter.add(egui::Shape::convex_polygon(corners, ink, Stroke::NONE));
    };
    match kind {
        ItemKind::Feature => {
            painter.circle_filled(at, 4.0, tokens.series[0]);
        }
        ItemKind::Bug => corners(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)], tokens.crit),
        ItemKind::Task => {
            painter.rect_filled(Rect::from_center_size(at, vec2(8.0, 8.0)), 1.0, tokens.muted);
        }
        ItemKind::IncidentAction => corners(&[(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)], tokens.warn),
        ItemKind::Ops => {
            painter.circle_stroke(at, 3.5, Stroke::new(2.0, tokens.series[2]));
        }
    }
}
