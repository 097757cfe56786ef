//! The inbox behind the bell: what those who operate were told, and the errors of this session, the newest first.

use egui::{RichText, Ui, vec2};

use super::App;
use crate::engine::{DeskTask, NoticeEntry};
use crate::model::Time;
use crate::ui::cx::Intent;
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::t;
use crate::ui::theme::{self, StatusKind};
use crate::ui::widgets;

const MOST_NOTICES: usize = 50;

enum Message<'a> {
    Notice(&'a NoticeEntry),
    Error(Time, &'a str),
}

impl Message<'_> {
    const fn at(&self) -> Time {
        match self {
            Self::Notice(notice) => notice.at,
            Self::Error(at, _) => *at,
        }
    }
}

impl App {
    pub(super) fn bell_ui(&mut self, ui: &mut Ui) {
        let response = widgets::icon_button(ui, Icon::Bell, t("bell"));
        let has_news = self.snapshot.notices.iter().any(|notice| !notice.is_read);
        if self.toasts.unread || has_news {
            ui.painter().circle_filled(response.rect.right_top() + vec2(-6.0, 6.0), 3.0, theme::tokens(ui).crit);
        }
        if response.clicked() {
            self.bell_open = true;
            self.toasts.unread = false;
            if has_news && !self.snapshot.is_read_only {
                self.intents.push(Intent::Desk(Box::new(DeskTask::ReadNotices)));
            }
        }
    }

    pub(super) fn inbox_ui(&mut self, ui: &Ui) {
        if !self.bell_open {
            return;
        }
        let notices = self.snapshot.notices.iter().take(MOST_NOTICES).map(Message::Notice);
        let errors = self.toasts.errors.iter().map(|(at, words)| Message::Error(*at, words));
        let mut messages: Vec<Message<'_>> = notices.chain(errors).collect();
        messages.sort_by_key(|message| std::cmp::Reverse(message.at()));
        let mut opens = None;
        let modal = widgets::modal(ui, "bell").show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            widgets::heading(ui, t("bell"));
            if messages.is_empty() {
                widgets::muted(ui, t("bell-empty"));
            }
            widgets::modal_scroll(ui).show(ui, |ui| {
                for message in &messages {
                    let at = format::date_time(message.at(), &self.zone);
                    opens = message_ui(ui, message, at).or(opens);
                    ui.add_space(6.0);
                }
            });
        });
        if opens.is_some() || widgets::is_closed(&modal) {
            self.bell_open = false;
        }
        self.intents.extend(opens.map(Intent::OpenRun));
    }
}

/// One message; the run that is to be opened, where it was chosen.
fn message_ui(ui: &mut Ui, message: &Message<'_>, at: String) -> Option<u32> {
    let tokens = theme::tokens(ui);
    let mut opens = None;
    ui.horizontal(|ui| {
        match message {
            Message::Notice(NoticeEntry { title, run_key: Some(run), .. }) => {
                opens = ui.link(title).on_hover_text(t("bell-open-run")).clicked().then_some(*run);
            }
            Message::Notice(notice) => {
                ui.label(RichText::new(&notice.title).color(tokens.strong));
            }
            Message::Error(..) => {
                widgets::status_label(ui, StatusKind::Crit, t("bell-error"));
            }
        }
        widgets::at_right(ui, |ui| widgets::caption(ui, at));
    });
    match message {
        Message::Notice(notice) if notice.text.is_empty() => {}
        Message::Notice(notice) => {
            ui.add(egui::Label::new(RichText::new(&notice.text).color(tokens.muted)).wrap());
        }
        Message::Error(_, words) => {
            ui.add(egui::Label::new(*words).wrap());
        }
    }
    opens
}
