//! What is typed in a field may become one of several things, which are offered below it: arrows choose, Tab or Enter takes.

use egui::text::{CCursor, CCursorRange};
use egui::{Button, Key, Modifiers, Response, Ui};

use crate::engine::PlanView;

#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// What the arrows chose.
    at: Option<usize>,
    had_focus: bool,
}

impl Completion {
    pub fn had_focus(&self) -> bool {
        self.had_focus
    }

    /// The arrows have chosen something, which Enter takes.
    pub fn is_choosing(&self) -> bool {
        self.at.is_some()
    }

    pub fn forget(&mut self) {
        self.at = None;
    }

    /// Which of so many a key takes; asked before the field, which would hear it, too.
    pub fn keys(&mut self, ui: &Ui, offered: usize) -> Option<usize> {
        if offered == 0 {
            self.at = None;
            return None;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.at = Some(self.at.map_or(0, |at| (at + 1) % offered));
        }
        if pressed(Key::ArrowUp) {
            self.at = Some(self.at.map_or(0, |at| at.checked_sub(1).unwrap_or(offered - 1)));
        }
        // Enter ends the typing unless something was chosen.
        let takes = pressed(Key::Tab) || (self.at.is_some() && pressed(Key::Enter));
        let taken = takes.then(|| self.at.unwrap_or_default()).filter(|at| *at < offered);
        if taken.is_some() {
            self.at = None;
        }
        taken
    }

    /// Shows them below the field; which was clicked.
    pub fn offer(&mut self, response: &Response, words: &[&str]) -> Option<usize> {
        self.had_focus = response.has_focus();
        if response.changed() {
            self.at = None;
        }
        let mut clicked = None;
        egui::Popup::from_response(response).open(!words.is_empty()).gap(4.0).show(|ui| {
            for (at, word) in words.iter().enumerate() {
                if ui.add(Button::selectable(self.at == Some(at), *word)).clicked() {
                    clicked = Some(at);
                }
            }
        });
        clicked
    }
}

pub fn to_end(ui: &Ui, response: &Response, letters: usize) {
    if let Some(mut state) = egui::TextEdit::load_state(ui.ctx(), response.id) {
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(letters))));
        state.store(ui.ctx(), response.id);
    }
}

/// Names that are offered at once.
const OFFERED: usize = 5;

/// Those who are known and whose names go on as what was typed, or hold it.
fn fitting(view: &PlanView, typed: &str) -> Vec<String> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    let people = view.plan.people.iter().map(|person| person.name.as_str());
    let given = view.words.assignees.iter().map(|name| view.plan.called(name));
    let mut names: Vec<&str> = people.chain(given).filter(|name| name.to_lowercase().contains(&typed)).collect();
    names.sort_by_key(|name| (!name.to_lowercase().starts_with(&typed), *name));
    names.dedup();
    // Who is named whole is meant.
    if names.iter().any(|name| name.to_lowercase() == typed) {
        return Vec::new();
    }
    names.into_iter().take(OFFERED).map(str::to_owned).collect()
}

/// A field for somebody's name, which those who are known complete.
pub fn person_field(
    ui: &mut Ui,
    name: &str,
    (value, width): (&mut String, f32),
    completion: &mut Completion,
    view: &PlanView,
) -> Response {
    let offered = if completion.had_focus() { fitting(view, value) } else { Vec::new() };
    let taken = completion.keys(ui, offered.len());
    if let Some(at) = taken {
        value.clone_from(&offered[at]);
    }
    let field = egui::TextEdit::singleline(value).desired_width(width).margin(egui::Margin::symmetric(8, 4));
    let response = ui.add(field.lock_focus(!offered.is_empty()));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
    let words: Vec<&str> = if taken.is_none() { offered.iter().map(String::as_str).collect() } else { Vec::new() };
    let clicked = completion.offer(&response, &words);
    if let Some(at) = clicked {
        value.clone_from(&offered[at]);
    }
    if taken.or(clicked).is_some() {
        response.request_focus();
        to_end(ui, &response, value.chars().count());
    }
    response
}
