//! The question why something comes into a sprint that goes on, or is taken out of it.

use egui::{Button, Key, Modifiers, Ui};

use super::sprint::buttons;
use crate::engine::{ItemChange, PlanView};
use crate::ui::cx::Cx;
use crate::ui::text::{t, ta, tn};
use crate::ui::widgets;

/// Why scope grows, as reports tell it; the digit of each is its place.
const REASONS: [&str; 6] = ["incident", "bug", "customer", "dependency", "forgotten", "pulled forward"];
const DIGITS: [Key; 6] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6];

fn reason_word(reason: &str) -> &str {
    match reason {
        "incident" => t("scope-incident"),
        "bug" => t("scope-bug"),
        "customer" => t("scope-customer"),
        "dependency" => t("scope-dependency"),
        "forgotten" => t("scope-forgotten"),
        "pulled forward" => t("scope-pulled-forward"),
        own => own,
    }
}

pub struct ScopeForm {
    items: Vec<String>,
    /// The title of the one, or how many.
    what: String,
    change: ItemChange,
    sprint: String,
    is_added: bool,
    reason: String,
    is_new: bool,
}

impl ScopeForm {
    /// Nothing where no sprint that goes on is touched: then nobody has to say why.
    pub fn of(view: &PlanView, items: &[String], change: &ItemChange) -> Option<Self> {
        let to = change.sprint.as_ref()?;
        let n = view.sprint.filter(|n| view.plan.is_running(*n))?;
        let sprint = &view.plan.sprints[n];
        let one = view.plan.items.iter().find(|item| items.len() == 1 && item.id == items[0]);
        Some(Self {
            items: items.to_vec(),
            what: one.map_or_else(|| tn("scope-items", items.len() as u64), |item| item.title.clone()),
            change: change.clone(),
            sprint: sprint.name.clone(),
            is_added: sprint.id == *to,
            reason: String::new(),
            is_new: true,
        })
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "scope").show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            widgets::heading(ui, if self.is_added { t("scope-added") } else { t("scope-removed") });
            widgets::muted(ui, &self.what);
            widgets::muted(ui, ta("scope-words", &[("name", &self.sprint)]));
            let chosen = if self.is_added { self.choices_ui(ui) } else { None };
            widgets::form_row(ui, t("item-reason"), |ui| {
                let field = widgets::hinted_field(ui, t("scope-own"), &mut self.reason, 260.0);
                if std::mem::take(&mut self.is_new) && !self.is_added {
                    field.request_focus();
                }
            });
            let (cancels, moves) = buttons(ui, t("scope-move"), cx.can_write);
            if let Some(reason) = chosen {
                reason.clone_into(&mut self.reason);
            }
            if moves || chosen.is_some() {
                let reason = Some(self.reason.trim().to_owned()).filter(|reason| !reason.is_empty());
                super::change(self.items.clone(), ItemChange { reason, ..self.change.clone() }, cx);
            }
            keep = !(cancels || moves || chosen.is_some());
        });
        !widgets::is_dismissed(&modal) && keep
    }

    /// One press says it: a digit, or the reason itself.
    fn choices_ui(&self, ui: &mut Ui) -> Option<&'static str> {
        let types = ui.text_edit_focused();
        let mut chosen = None;
        for (n, (reason, digit)) in REASONS.into_iter().zip(DIGITS).enumerate() {
            let words = format!("{}  {}", n + 1, reason_word(reason));
            let pressed = !types && ui.input_mut(|input| input.consume_key(Modifiers::NONE, digit));
            if ui.add(Button::new(words).frame(false)).clicked() || pressed {
                chosen = Some(reason);
            }
        }
        chosen
    }
}
