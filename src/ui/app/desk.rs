//! What other systems are asked from the window, and what they answer.

use egui::Context;

use super::App;
use crate::engine::{Desk, DeskEvent, DeskTask, StartEntry, StartState, is_locked};
use crate::model::Status;
use crate::ui::cx::{Cx, Intent};
use crate::ui::pages::Pages;
use crate::ui::text::{t, ta};
use crate::ui::{theme, widgets};

impl App {
    /// The desk of this workspace, where it can be written; it goes its rounds as soon as there is a connection.
    fn open_desk(&mut self, ctx: &Context) {
        if self.desk.is_some() || !self.snapshot.is_loaded || self.snapshot.is_read_only {
            return;
        }
        let wake = ctx.clone();
        match Desk::open(self.engine.path(), move || wake.request_repaint()) {
            Ok(desk) => {
                self.desk = Some(desk);
                if self.snapshot.connections.iter().any(is_locked) {
                    self.toasts.warn(t("toast-locked"));
                }
            }
            Err(error) => self.toasts.error(ta("desk-not-open", &[("why", &error.to_string())])),
        }
    }

    pub(super) fn poll_desk(&mut self, ctx: &Context) {
        // A picture shows what is known and asks nobody.
        if !self.snapshot.connections.is_empty() && !self.is_picture {
            self.open_desk(ctx);
        }
        let events = self.desk.as_ref().map(Desk::poll).unwrap_or_default();
        for event in events {
            self.tell_desk(&event);
            self.pages.take_desk(&event);
        }
    }

    pub(super) fn ask_desk(&mut self, ctx: &Context, task: DeskTask) {
        self.open_desk(ctx);
        if !self.desk.as_ref().is_some_and(|desk| desk.ask(task)) {
            self.toasts.warn(t("toast-busy"));
            self.pages.take_desk(&DeskEvent::Failed(t("toast-busy").to_owned()));
        }
    }

    /// Asks all systems for news at once, but those that are paused.
    pub(super) fn sync_all(&mut self) {
        let names: Vec<String> =
            self.snapshot.connections.iter().filter(|it| !it.is_paused).map(|it| it.name.clone()).collect();
        if names.is_empty() {
            self.toasts.note(t("toast-nothing-to-sync"));
        }
        self.intents.extend(names.into_iter().map(|name| Intent::Desk(Box::new(DeskTask::Sync(name)))));
    }

    fn tell_desk(&mut self, event: &DeskEvent) {
        match event {
            DeskEvent::Connected(name, Ok(who)) => {
                self.toasts.good(ta("toast-connected", &[("name", name), ("server", &who.server)]));
            }
            DeskEvent::Synced(report) if report.total().new + report.total().changed > 0 => {
                let total = report.total();
                let (new, changed) = (total.new.to_string(), total.changed.to_string());
                let args = [("name", report.connection.as_str()), ("new", &new), ("changed", &changed)];
                self.toasts.note(ta("toast-synced", &args));
            }
            DeskEvent::Synced(report) => self.toasts.note(ta("toast-synced-same", &[("name", &report.connection)])),
            DeskEvent::Stopped(name) => self.toasts.note(ta("toast-sync-stopped", &[("name", name)])),
            // That its secret is locked was told when the program came to it.
            DeskEvent::SyncFailed(name, _)
                if self.snapshot.connections.iter().any(|entry| entry.name == *name && is_locked(entry)) => {}
            DeskEvent::SyncFailed(name, why) => {
                self.toasts.error(ta("toast-sync-failed", &[("name", name), ("why", why)]));
            }
            DeskEvent::Started(Ok(start)) => self.tell_started(start),
            // A dialog that waits for it shows it; else nobody would hear.
            DeskEvent::Started(Err(why)) if !self.pages.start.waits() => {
                self.toasts.error(ta("toast-not-started", &[("why", why)]));
            }
            DeskEvent::Ended(start) => self.tell_ended(start),
            DeskEvent::Done("cancel") => self.toasts.good(t("toast-cancel-asked")),
            DeskEvent::Done("approve") => self.toasts.good(t("toast-approved")),
            DeskEvent::Done("reject") => self.toasts.good(t("toast-rejected")),
            DeskEvent::Done("passphrase") => self.toasts.good(t("toast-passphrase")),
            DeskEvent::Done("preset gone") => self.toasts.good(t("toast-preset-gone")),
            DeskEvent::Done("preset") => self.toasts.good(t("toast-preset")),
            DeskEvent::Saved(_, Ok(Some(path))) => {
                self.toasts.good(ta("toast-saved", &[("path", &path.display().to_string())]));
            }
            DeskEvent::Saved(_, Err(why)) => self.toasts.error(why.clone()),
            DeskEvent::Failed(why) => self.toasts.error(why.clone()),
            _ => {}
        }
    }

    fn tell_started(&mut self, start: &StartEntry) {
        let name = [("name", start.pipeline_shown())];
        match start.state {
            StartState::Ambiguous => self.toasts.warn(ta("toast-start-ambiguous", &name)),
            StartState::Lost => self.toasts.error(ta("toast-start-lost", &name)),
            _ => self.toasts.good(ta("toast-started", &name)),
        }
    }

    fn tell_ended(&mut self, start: &StartEntry) {
        let status = start.status.unwrap_or_default();
        let word = if start.state == StartState::Ended { widgets::status_word(status) } else { start.state.as_str() };
        let words = ta("toast-ended", &[("name", start.pipeline_shown()), ("status", word)]);
        match (start.state, status) {
            (StartState::Ended, Status::Succeeded) => self.toasts.good(words.clone()),
            (StartState::Ended, Status::Failed) => self.toasts.bad(words.clone()),
            (StartState::Lost | StartState::Refused, _) => self.toasts.error(words.clone()),
            _ => self.toasts.note(words.clone()),
        }
        notify_desktop(words);
    }

    pub(super) fn with_cx(&mut self, ctx: &Context, act: impl FnOnce(&mut Pages, &mut Cx<'_>)) {
        let mut cx = Cx {
            snapshot: &self.snapshot,
            scope: &self.prefs.scope,
            zone: &self.zone,
            zone_name: &self.zone_name,
            now: self.snapshot.now(),
            tokens: theme::of(ctx.theme()),
            can_write: !self.snapshot.is_read_only,
            intents: &mut self.intents,
        };
        act(&mut self.pages, &mut cx);
        ctx.request_repaint();
    }
}

/// A word on the desktop, from a thread of its own: a desktop that does not answer holds nobody up.
fn notify_desktop(words: String) {
    let told = std::thread::Builder::new().name("notification".to_owned()).spawn(move || {
        if let Err(error) = notify_rust::Notification::new().appname("Gemba").summary("Gemba").body(&words).show() {
            tracing::debug!(%error, "the desktop shows no notifications");
        }
    });
    if let Err(error) = told {
        tracing::debug!(%error, "no thread for a notification");
    }
}
