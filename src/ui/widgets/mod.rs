//! Widgets that every page uses. They get values and return what was done; none knows the engine.

pub mod chart;
mod chooser;
mod dialog;
mod filter_menu;
mod list;
mod spark;

use egui::{
    Align, Button, Color32, CornerRadius, Frame, Layout, Margin, Response, RichText, Role, Sense, Stroke, Ui, Vec2,
    WidgetInfo, vec2,
};

pub use chooser::{Chooser, Chooses};
pub use dialog::{
    acts_at_once, asks_before_leaving, drop_question_took_escape, hears_enter, holds_draft, is_closed, is_covered,
    is_dismissed, is_uppermost, modal, modal_scroll, modal_scroll_below, tabs, two_buttons,
};
pub use filter_menu::{FilterItem, filter_menu};
pub use list::List;
pub use spark::sparkline;

use super::icons::Icon;
use super::text::t;
use super::theme::{self, StatusKind, Tokens, size, text};
use crate::model::Status;

/// A panel with the card's fill and border; its content stands from top to bottom.
pub fn card<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui);
    Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.border))
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::symmetric(12, 10))
        .show(ui, |ui| ui.vertical(add).inner)
        .inner
}

/// The title of a page, once, with its role for screen readers.
pub fn heading(ui: &mut Ui, title: &str) {
    let response =
        ui.add(egui::Label::new(RichText::new(title).heading().color(theme::tokens(ui).strong)).selectable(false));
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, title));
}

pub fn panel_title(ui: &mut Ui, title: &str) {
    ui.label(RichText::new(title).text_style(text::h2()).color(theme::tokens(ui).strong));
}

pub fn caption(ui: &mut Ui, words: impl Into<String>) -> Response {
    ui.label(RichText::new(words).small().color(theme::tokens(ui).muted))
}

pub fn muted(ui: &mut Ui, words: impl Into<String>) -> Response {
    ui.label(RichText::new(words).color(theme::tokens(ui).muted))
}

/// A square button that shows an icon and has a name.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    small_icon_button(ui, icon, name, size::CONTROL)
}

pub fn small_icon_button(ui: &mut Ui, icon: Icon, name: &str, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let tokens = theme::tokens(ui);
        let (fill, ink) = if response.is_pointer_button_down_on() {
            (tokens.active, tokens.strong)
        } else if response.hovered() {
            (tokens.hover, tokens.strong)
        } else {
            (Color32::TRANSPARENT, tokens.muted)
        };
        ui.painter().rect_filled(rect, CornerRadius::same(6), fill);
        focus_ring(ui, &response);
        icon.paint(ui.painter(), rect.shrink(side * (1.0 - size::ICON / size::CONTROL) / 2.0), ink);
    }
    response.on_hover_text(name)
}

/// One pixel of accent and a halo around what has the keyboard.
pub fn focus_ring(ui: &Ui, response: &Response) {
    if response.has_focus() {
        let tokens = theme::tokens(ui);
        let radius = CornerRadius::same(6);
        ui.painter().rect_stroke(response.rect, radius, Stroke::new(1.0, tokens.accent), egui::StrokeKind::Outside);
        let halo = Stroke::new(2.0, tokens.accent.gamma_multiply(0.35));
        ui.painter().rect_stroke(response.rect.expand(1.0), radius, halo, egui::StrokeKind::Outside);
    }
}

/// The one action that a panel is for.
pub fn primary_button(ui: &mut Ui, words: &str) -> Response {
    let tokens = theme::tokens(ui);
    let button =
        Button::new(RichText::new(words).color(tokens.on_accent)).fill(tokens.accent_fill).stroke(Stroke::NONE);
    let response = ui.add(button);
    if response.has_focus() {
        // On its own colour a ring is seen outside only.
        let ring = Stroke::new(2.0, tokens.strong);
        let corners = CornerRadius::same(6);
        ui.painter().rect_stroke(response.rect.expand(1.0), corners, ring, egui::StrokeKind::Outside);
    }
    response
}

/// A button that is text until the pointer comes.
pub fn ghost_button(ui: &mut Ui, words: &str) -> Response {
    ui.add(Button::new(words).frame_when_inactive(false))
}

pub const fn kind_of(status: Status) -> StatusKind {
    match status {
        Status::Succeeded => StatusKind::Ok,
        Status::Warnings | Status::WaitingApproval | Status::WaitingResource => StatusKind::Warn,
        Status::Failed => StatusKind::Crit,
        Status::Queued | Status::Running | Status::Cancelling => StatusKind::Info,
        Status::Cancelled | Status::Skipped | Status::Unknown => StatusKind::Unknown,
    }
}

pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Queued => t("status-queued"),
        Status::Running => t("status-running"),
        Status::WaitingApproval => t("status-waiting-approval"),
        Status::WaitingResource => t("status-waiting-resource"),
        Status::Cancelling => t("status-cancelling"),
        Status::Succeeded => t("status-succeeded"),
        Status::Warnings => t("status-warnings"),
        Status::Failed => t("status-failed"),
        Status::Cancelled => t("status-cancelled"),
        Status::Skipped => t("status-skipped"),
        Status::Unknown => t("status-unknown"),
    }
}

/// The shape of a status, with its colour; the word stands beside it.
pub fn status_shape(painter: &egui::Painter, center: egui::Pos2, kind: StatusKind, tokens: &Tokens) {
    let color = tokens.status(kind);
    let r = 4.0;
    match kind {
        StatusKind::Ok => {
            painter.circle_filled(center, r, color);
        }
        StatusKind::Warn => {
            let points = vec![center + vec2(0.0, -r), center + vec2(r, r * 0.8), center + vec2(-r, r * 0.8)];
            painter.add(egui::Shape::convex_polygon(points, color, Stroke::NONE));
        }
        StatusKind::Crit => {
            let r = r + 0.5;
            let points =
                vec![center + vec2(0.0, -r), center + vec2(r, 0.0), center + vec2(0.0, r), center + vec2(-r, 0.0)];
            painter.add(egui::Shape::convex_polygon(points, color, Stroke::NONE));
        }
        StatusKind::Info => {
            painter.circle_stroke(center, r - 0.5, Stroke::new(1.6, color));
        }
        StatusKind::Unknown => {
            painter.line_segment([center - vec2(r, 0.0), center + vec2(r, 0.0)], Stroke::new(1.8, color));
        }
    }
}

/// The shape of a status in a row of words.
/// The width of a sign before a word.
pub const DOT: f32 = 10.0;

pub fn status_dot(ui: &mut Ui, kind: StatusKind) {
    let (rect, _) = ui.allocate_exact_size(vec2(DOT, 16.0), Sense::hover());
    status_shape(ui.painter(), rect.center(), kind, theme::tokens(ui));
}

/// Shape and word of a status.
pub fn status_label(ui: &mut Ui, kind: StatusKind, word: &str) -> Response {
    ui.horizontal(|ui| status_and(ui, kind, egui::Label::new(word).truncate())).response
}

/// As [`status_label`], in as many lines as the words need.
pub fn status_lines(ui: &mut Ui, kind: StatusKind, words: &str) -> Response {
    ui.horizontal_top(|ui| status_and(ui, kind, egui::Label::new(words).wrap())).response
}

fn status_and(ui: &mut Ui, kind: StatusKind, words: egui::Label) {
    ui.spacing_mut().item_spacing.x = 6.0;
    status_dot(ui, kind);
    ui.add(words.selectable(false));
}

/// A sign and the words after it, which come to the next line together.
pub fn unbroken(ui: &mut Ui, sign: f32, words: &str, style: egui::TextStyle, add: impl FnOnce(&mut Ui)) {
    let font = style.resolve(ui.style());
    let ink = ui.visuals().text_color();
    let words = ui.fonts_mut(|fonts| fonts.layout_no_wrap(words.to_owned(), font, ink)).size();
    let size = Vec2::new(sign + ui.spacing().item_spacing.x + words.x + 1.0, words.y.max(sign));
    ui.allocate_ui_with_layout(size, egui::Layout::left_to_right(egui::Align::Center), add);
}

/// What a panel shows when there is nothing: an icon, a sentence, and a way on.
pub fn empty_state(ui: &mut Ui, icon: Icon, sentence: &str, action: Option<&str>) -> bool {
    let mut clicked = false;
    ui.vertical_centered(|ui| {
        ui.add_space(size::SECTION);
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(28.0), Sense::hover());
        icon.paint(ui.painter(), rect, theme::tokens(ui).muted);
        muted(ui, sentence);
        if let Some(action) = action {
            // Also in lists whose lines stand close together.
            ui.add_space(6.0);
            clicked = primary_button(ui, action).clicked();
        }
        ui.add_space(size::SECTION);
    });
    clicked
}

/// Static blocks of the final size, before anything is known.
pub fn skeleton(ui: &mut Ui, height: f32) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(8), tokens.raised);
}

/// A thin bar from 0 to 1.
pub fn progress_bar(ui: &mut Ui, share: f32, width: f32, name: &str) {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    ui.painter().rect_filled(rect, CornerRadius::same(3), tokens.active);
    let mut done = rect;
    done.set_width(rect.width() * share.clamp(0.0, 1.0));
    ui.painter().rect_filled(done, CornerRadius::same(3), tokens.accent);
}

/// One of a few, side by side.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, current: &mut T, choices: &[(T, &str)]) -> bool {
    let before = *current;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for &(value, words) in choices {
            if ui.add(Button::selectable(*current == value, words)).clicked() {
                *current = value;
            }
        }
    });
    before != *current
}

/// A small label with a fill, as "Sample data".
pub fn badge(ui: &mut Ui, words: &str, kind: StatusKind) {
    let tokens = theme::tokens(ui);
    Frame::new()
        .fill(tokens.wash(kind))
        .corner_radius(CornerRadius::same(4))
        .inner_margin(Margin::symmetric(6, 1))
        .show(ui, |ui| {
            ui.add(egui::Label::new(RichText::new(words).small().color(tokens.status(kind))).selectable(false));
        });
}

/// Content that stands at the right end of the row.
pub fn at_right<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.with_layout(Layout::right_to_left(Align::Center), add).inner
}

/// A number at the right end of a cell of fixed width.
pub fn number_cell(ui: &mut Ui, width: f32, words: impl Into<String>) {
    ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.label(words.into());
    });
}

/// The head of a column of numbers.
pub fn number_caption(ui: &mut Ui, width: f32, words: &str) {
    ui.allocate_ui_with_layout(vec2(width, 18.0), Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_width(width);
        let words = RichText::new(words).small().color(theme::tokens(ui).muted);
        ui.add(egui::Label::new(words).halign(Align::RIGHT).wrap());
    });
}

/// A row of a form: a label of fixed width and what it names.
pub fn form_row<R>(ui: &mut Ui, label: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(132.0, size::CONTROL), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_size(vec2(132.0, size::CONTROL));
            let words = RichText::new(label).color(theme::tokens(ui).muted);
            ui.add(egui::Label::new(words).selectable(false).truncate());
        });
        ui.name_inputs(label, |ui| add(ui))
    })
    .inner
}

/// A text field without a label beside it: its name stands in it while it is empty.
pub fn hinted_field(ui: &mut Ui, name: &str, value: &mut String, width: f32) -> Response {
    let hint = RichText::new(name).color(theme::tokens(ui).muted);
    let field = egui::TextEdit::singleline(value).hint_text(hint).desired_width(width).margin(Margin::symmetric(8, 4));
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    response
}

/// A one-line text field that has a name.
pub fn text_field(ui: &mut Ui, name: &str, value: &mut String, width: f32) -> Response {
    let response = ui.add(egui::TextEdit::singleline(value).desired_width(width).margin(Margin::symmetric(8, 4)));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    response
}

/// A field of several lines that has a name; what stands in it while it is empty says what belongs there.
pub fn text_area(ui: &mut Ui, name: &str, value: &mut String, hint: &str, (width, rows): (f32, usize)) -> Response {
    let hint = RichText::new(hint).color(theme::tokens(ui).muted);
    let field = egui::TextEdit::multiline(value).hint_text(hint).desired_rows(rows).desired_width(width);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, name));
    response
}
