//! What every panel over a page shares: the thing it shows, fetched when it is opened and again when it changed.

use egui::Ui;

use crate::engine::Question;
use crate::ui::cx::{Cx, Intent};
use crate::ui::widgets;

pub struct Opened<T> {
    pub key: Option<u32>,
    detail: Option<Box<T>>,
    is_stale: bool,
}

impl<T> Default for Opened<T> {
    fn default() -> Self {
        Self { key: None, detail: None, is_stale: false }
    }
}

impl<T> Opened<T> {
    pub fn of(key: u32) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    pub fn take(&mut self, key: u32, detail: Option<Box<T>>) {
        if self.key == Some(key) {
            self.detail = detail;
        }
    }

    /// Something was changed by hand: what is shown is read again.
    pub fn forget(&mut self) {
        self.is_stale = true;
    }

    pub fn ask(&mut self, question: impl FnOnce(u32) -> Question, cx: &mut Cx<'_>) {
        if let (Some(key), true) = (self.key, std::mem::take(&mut self.is_stale)) {
            cx.want(Intent::Ask(question(key)));
        }
    }

    pub fn close(&mut self) -> bool {
        self.key.take().is_some()
    }

    /// Draws the thing above the page once it is there; `draw` says whether it stays open.
    pub fn ui(&mut self, ui: &Ui, name: &'static str, draw: impl FnOnce(&mut Ui, u32, &T) -> bool) {
        let Some(key) = self.key else { return };
        let mut keep = true;
        let modal = widgets::modal(ui, name).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            match &self.detail {
                Some(detail) => keep = draw(ui, key, detail),
                None => widgets::skeleton(ui, 200.0),
            }
        });
        if widgets::is_dismissed(&modal) || !keep {
            self.key = None;
        }
    }
}
