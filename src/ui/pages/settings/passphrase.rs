//! Another passphrase for the file of secrets, typed twice.

use egui::{RichText, TextEdit, Ui};

use crate::engine::{DeskEvent, DeskTask, secret_of};
use crate::ui::cx::{Cx, Intent};
use crate::ui::pages::plan::dialog_buttons;
use crate::ui::text::t;
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

/// A shorter one is guessed.
const LEAST: usize = 8;

#[derive(Default)]
pub struct PassphraseForm {
    old: String,
    new: String,
    again: String,
    is_shown: bool,
    has_focus: bool,
    is_out: bool,
    is_done: bool,
    error: Option<String>,
}

impl PassphraseForm {
    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "passphrase").show(ui.ctx(), |ui| {
            ui.set_width(460.0);
            widgets::heading(ui, t("passphrase-title"));
            widgets::muted(ui, t("passphrase-words"));
            let is_shown = self.is_shown;
            let fields = [
                (t("passphrase-old"), &mut self.old),
                (t("passphrase-new"), &mut self.new),
                (t("passphrase-again"), &mut self.again),
            ];
            for (name, value) in fields {
                widgets::form_row(ui, name, |ui| {
                    let field = ui.add(TextEdit::singleline(value).password(!is_shown).desired_width(240.0));
                    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, name));
                    if !std::mem::replace(&mut self.has_focus, true) {
                        field.request_focus();
                    }
                });
            }
            widgets::form_row(ui, "", |ui| ui.checkbox(&mut self.is_shown, t("passphrase-show")));
            let fault = self.fault();
            if let Some(fault) = fault.filter(|_| !self.new.is_empty()) {
                widgets::status_label(ui, StatusKind::Warn, fault);
            }
            if let Some(why) = &self.error {
                ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.crit)).wrap());
            }
            let can = cx.can_write && fault.is_none() && !self.is_out;
            let (cancels, saves) = dialog_buttons(ui, t("passphrase-change"), can);
            if saves && let Some(new) = secret_of(&self.new) {
                (self.is_out, self.error) = (true, None);
                cx.want(Intent::Desk(Box::new(DeskTask::ChangePassphrase(secret_of(&self.old), new))));
            }
            keep = !cancels && !self.is_done;
        });
        !widgets::is_dismissed(&modal) && keep
    }

    /// It stays until the file has its new passphrase.
    pub fn take(&mut self, event: &DeskEvent) {
        match event {
            DeskEvent::Done("passphrase") => self.is_done = true,
            DeskEvent::Failed(why) if self.is_out => (self.is_out, self.error) = (false, Some(why.clone())),
            _ => {}
        }
    }

    fn fault(&self) -> Option<&'static str> {
        match () {
            () if self.new.trim().chars().count() < LEAST => Some(t("passphrase-short")),
            () if self.new != self.again => Some(t("passphrase-differs")),
            () => None,
        }
    }
}
