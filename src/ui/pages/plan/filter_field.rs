//! The field of the filter: what the term that is being typed may become is offered below it. Arrows choose, Tab or Enter
//! takes.

use egui::text::{CCursor, CCursorRange};
use egui::{Button, Key, Modifiers, Response, RichText, Ui};

use crate::metrics::plan::filter::{Vocabulary, completions};
use crate::ui::text::t;
use crate::ui::theme;

#[derive(Default)]
pub struct FilterField {
    pub text: String,
    /// The completion that the arrows chose.
    at: Option<usize>,
    wants_focus: bool,
    had_focus: bool,
}

impl FilterField {
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Whether there was anything to clear.
    pub fn clear(&mut self) -> bool {
        self.at = None;
        !std::mem::take(&mut self.text).is_empty()
    }

    pub fn ui(&mut self, ui: &mut Ui, words: &Vocabulary) {
        let offered = if self.had_focus { completions(&self.text, words) } else { Vec::new() };
        let taken = self.keys(ui, &offered);
        if let Some(text) = &taken {
            self.text.clone_from(text);
        }
        let hint = RichText::new(t("plan-filter")).color(theme::tokens(ui).muted);
        let field = egui::TextEdit::singleline(&mut self.text)
            .hint_text(hint)
            .desired_width(260.0)
            .lock_focus(!offered.is_empty())
            .margin(egui::Margin::symmetric(8, 4));
        let response = ui.add(field);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("plan-filter")));
        if std::mem::take(&mut self.wants_focus) || taken.is_some() {
            response.request_focus();
        }
        if taken.is_some() {
            to_end(ui, &response, self.text.chars().count());
        }
        if response.changed() {
            self.at = None;
        }
        let clicked = if taken.is_none() { self.offer(&response, &offered) } else { None };
        if let Some(text) = clicked {
            self.text = text;
            response.request_focus();
            to_end(ui, &response, self.text.chars().count());
        }
        if offered.is_empty() {
            response.clone().on_hover_text(t("plan-filter-words"));
        }
        self.had_focus = response.has_focus();
    }

    /// The completion that a key takes.
    fn keys(&mut self, ui: &Ui, offered: &[String]) -> Option<String> {
        if offered.is_empty() {
            self.at = None;
            return None;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.at = Some(self.at.map_or(0, |at| (at + 1) % offered.len()));
        }
        if pressed(Key::ArrowUp) {
            self.at = Some(self.at.map_or(0, |at| at.checked_sub(1).unwrap_or(offered.len() - 1)));
        }
        // Enter ends the typing unless a completion was chosen.
        let takes = pressed(Key::Tab) || (self.at.is_some() && pressed(Key::Enter));
        let taken = takes.then(|| offered.get(self.at.unwrap_or_default()).cloned()).flatten();
        if taken.is_some() {
            self.at = None;
        }
        taken
    }

    fn offer(&self, response: &Response, offered: &[String]) -> Option<String> {
        let mut clicked = None;
        egui::Popup::from_response(response).open(!offered.is_empty()).gap(4.0).show(|ui| {
            for (at, text) in offered.iter().enumerate() {
                let term = text.trim_end().rsplit(' ').next().unwrap_or(text);
                let words = if text.trim_end().ends_with('"') { text.as_str() } else { term };
                if ui.add(Button::selectable(self.at == Some(at), words)).clicked() {
                    clicked = Some(text.clone());
                }
            }
        });
        clicked
    }
}

fn to_end(ui: &Ui, response: &Response, letters: usize) {
    if let Some(mut state) = egui::TextEdit::load_state(ui.ctx(), response.id) {
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(letters))));
        state.store(ui.ctx(), response.id);
    }
}
