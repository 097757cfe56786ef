//! The field of the filter: what the term that is being typed may become is offered below it.

use egui::{RichText, Ui};

use super::completion::{Completion, to_end};
use crate::metrics::plan::filter::{Vocabulary, completions};
use crate::ui::text::t;
use crate::ui::theme;

#[derive(Default)]
pub struct FilterField {
    pub text: String,
    completion: Completion,
    wants_focus: bool,
}

impl FilterField {
    pub fn focus(&mut self) {
        self.wants_focus = true;
    }

    /// Whether there was anything to clear.
    pub fn clear(&mut self) -> bool {
        self.completion.forget();
        !std::mem::take(&mut self.text).is_empty()
    }

    pub fn ui(&mut self, ui: &mut Ui, words: &Vocabulary) {
        let offered = if self.completion.had_focus() { completions(&self.text, words) } else { Vec::new() };
        let taken = self.completion.keys(ui, offered.len());
        if let Some(at) = taken {
            self.text.clone_from(&offered[at]);
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
        let shown: Vec<&str> =
            if taken.is_none() { offered.iter().map(|text| shown(text)).collect() } else { Vec::new() };
        let clicked = self.completion.offer(&response, &shown);
        if let Some(at) = clicked {
            self.text.clone_from(&offered[at]);
            response.request_focus();
        }
        if taken.or(clicked).is_some() {
            to_end(ui, &response, self.text.chars().count());
        }
        if offered.is_empty() {
            response.clone().on_hover_text(t("plan-filter-words"));
        }
    }
}

/// Of a whole filter the term that is new in it.
fn shown(text: &str) -> &str {
    let term = text.trim_end().rsplit(' ').next().unwrap_or(text);
    if text.trim_end().ends_with('"') { text } else { term }
}
