//! Short messages at the bottom right. Good news goes by itself; errors stay, and are kept behind the bell.

use std::time::{Duration, Instant};

use egui::{Align2, Area, CornerRadius, Frame, Id, Margin, Order, RichText, Stroke, Ui, vec2};

use crate::model::Time;
use crate::ui::icons::Icon;
use crate::ui::text::t;
use crate::ui::theme::{self, StatusKind, size};
use crate::ui::widgets;

#[derive(Clone, Debug)]
pub struct Toast {
    pub kind: StatusKind,
    pub words: String,
    pub can_undo: bool,
    until: Option<Instant>,
}

/// What was clicked on a toast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastClick {
    Undo,
}

#[derive(Default)]
pub struct Toasts {
    shown: Vec<Toast>,
    /// Errors of this session and when they came, newest last.
    pub errors: Vec<(Time, String)>,
    pub unread: bool,
}
/// All toasts are so wide, so that they stand in one column; longer words go on in the next line.
const WIDTH: f32 = 460.0;

const MOST_SHOWN: usize = 3;
const MOST_ERRORS: usize = 100;

impl Toasts {
    pub fn good(&mut self, words: impl Into<String>) {
        self.push(StatusKind::Ok, words.into(), false, Some(4));
    }

    /// Neither good nor bad; goes by itself.
    pub fn note(&mut self, words: impl Into<String>) {
        self.push(StatusKind::Info, words.into(), false, Some(4));
    }

    /// What could be undone has been, or something newer can be.
    pub fn forget_undoable(&mut self) {
        self.shown.retain(|toast| !toast.can_undo);
    }

    pub fn undoable(&mut self, words: impl Into<String>) {
        self.push(StatusKind::Ok, words.into(), true, Some(6));
    }

    pub fn warn(&mut self, words: impl Into<String>) {
        self.push(StatusKind::Warn, words.into(), false, Some(8));
    }

    /// Bad news that the inbox holds anyway; stays until it is closed.
    pub fn bad(&mut self, words: impl Into<String>) {
        self.push(StatusKind::Crit, words.into(), false, None);
    }

    pub fn error(&mut self, words: impl Into<String>) {
        let words = words.into();
        self.errors.push((Time::now(), words.clone()));
        if self.errors.len() > MOST_ERRORS {
            self.errors.remove(0);
        }
        self.unread = true;
        self.bad(words);
    }

    fn push(&mut self, kind: StatusKind, words: String, can_undo: bool, secs: Option<u64>) {
        let until = secs.map(|secs| Instant::now() + Duration::from_secs(secs));
        self.shown.retain(|toast| toast.words != words);
        self.shown.push(Toast { kind, words, can_undo, until });
        while self.shown.len() > MOST_SHOWN {
            self.shown.remove(0);
        }
    }

    /// Closes the newest; `false` where there is none.
    pub fn close_newest(&mut self) -> bool {
        self.shown.pop().is_some()
    }

    pub fn ui(&mut self, ui: &Ui) -> Option<ToastClick> {
        let now = Instant::now();
        self.shown.retain(|toast| toast.until.is_none_or(|until| now < until));
        if let Some(next) = self.shown.iter().filter_map(|toast| toast.until).min() {
            ui.request_repaint_after(next - now);
        }
        if self.shown.is_empty() {
            return None;
        }
        let mut click = None;
        let mut closed = None;
        let tokens = theme::tokens(ui);
        Area::new(Id::unique("toasts"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-size::SECTION, -size::STATUS_BAR - size::SECTION))
            .show(ui.ctx(), |ui| {
                for (index, toast) in self.shown.iter().enumerate() {
                    Frame::new()
                        .fill(tokens.raised)
                        .stroke(Stroke::new(1.0, tokens.border_strong))
                        .corner_radius(CornerRadius::same(8))
                        .inner_margin(Margin::symmetric(12, 8))
                        .show(ui, |ui| {
                            let room = vec2(WIDTH, ui.spacing().interact_size.y);
                            let layout = egui::Layout::left_to_right(egui::Align::Center);
                            ui.allocate_ui_with_layout(room, layout, |ui| {
                                ui.set_width(WIDTH);
                                let (rect, _) = ui.allocate_exact_size(vec2(10.0, 16.0), egui::Sense::hover());
                                widgets::status_shape(ui.painter(), rect.center(), toast.kind, tokens);
                                widgets::at_right(ui, |ui| {
                                    if widgets::icon_button(ui, Icon::Close, t("toast-close")).clicked() {
                                        closed = Some(index);
                                    }
                                    if toast.can_undo && ui.button(t("command-undo")).clicked() {
                                        click = Some(ToastClick::Undo);
                                        closed = Some(index);
                                    }
                                    ui.with_layout(layout, |ui| {
                                        let words = RichText::new(&toast.words).color(tokens.strong);
                                        ui.add(egui::Label::new(words).wrap());
                                    });
                                });
                            });
                        });
                }
            });
        if let Some(index) = closed {
            self.shown.remove(index);
        }
        click
    }
}
