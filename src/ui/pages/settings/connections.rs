//! Connections: which systems are asked, how that goes, and what was said.

use std::collections::BTreeMap;

use egui::{Button, ComboBox, RichText, Ui};

use super::passphrase::PassphraseForm;
use crate::engine::{
    ConnectionEntry, DeskEvent, DeskTask, SYSTEMS, Secrets, WEBHOOK_EXAMPLE, WhoAmI, exchanges, is_in_file, is_locked,
    secret_of, secret_words,
};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::theme::{self, StatusKind};
use crate::ui::widgets::{self, List as _};

#[derive(Default)]
pub struct Connections {
    passphrase: Option<PassphraseForm>,
    form: Option<Form>,
    /// The connection whose requests are shown.
    trace: Option<String>,
    /// The connection that is to be forgotten once it is said again: its secret goes with it.
    removing: Option<String>,
    /// Rounds that go on, with what they have read and what is left of it.
    under_way: BTreeMap<String, (u64, Option<u64>)>,
}

struct Form {
    entry: ConnectionEntry,
    is_new: bool,
    /// Its first field takes the keyboard when it opens.
    is_fresh: bool,
    /// The passphrase takes the keyboard.
    wants_passphrase: bool,
    secret: String,
    proxy_password: String,
    variable: String,
    scope: String,
    /// The template of a webhook.
    settings: String,
    passphrase: String,
    /// The passphrase was typed to its end: what it is for goes on.
    enters: bool,
    /// A test or a connection is under way.
    is_asking: bool,
    told: Option<Result<WhoAmI, String>>,
}

impl Form {
    fn of(entry: ConnectionEntry, is_new: bool) -> Self {
        let variable = entry.secret.as_deref().and_then(|secret| secret.strip_prefix("env ")).unwrap_or_default();
        Self {
            variable: variable.to_owned(),
            scope: entry.scope.join("\n"),
            settings: serde_json::to_string_pretty(&entry.settings).unwrap_or_default(),
            entry,
            is_new,
            is_fresh: true,
            wants_passphrase: false,
            secret: String::new(),
            proxy_password: String::new(),
            passphrase: String::new(),
            enters: false,
            is_asking: false,
            told: None,
        }
    }

    fn filled(&self) -> ConnectionEntry {
        let lines = self.scope.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
        let variable = self.variable.trim();
        let given = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        ConnectionEntry {
            name: self.entry.name.trim().to_owned(),
            base: self.entry.base.trim().to_owned(),
            user: given(&self.entry.user),
            ca_file: given(&self.entry.ca_file),
            proxy: given(&self.entry.proxy),
            secret: if variable.is_empty() { self.entry.secret.clone() } else { Some(format!("env {variable}")) },
            scope: lines.map(str::to_owned).collect(),
            settings: serde_json::from_str(&self.settings).unwrap_or_default(),
            ..self.entry.clone()
        }
    }
}

fn state_words(entry: &ConnectionEntry, cx: &Cx<'_>) -> (StatusKind, String) {
    let ago = |at| format::ago(at, crate::model::Time::now());
    match (&entry.error, entry.succeeded_at) {
        _ if is_locked(entry) => (StatusKind::Warn, t("connection-locked").to_owned()),
        _ if entry.is_paused => (StatusKind::Unknown, t("connection-paused").to_owned()),
        (Some(error), _) => (StatusKind::Crit, error.clone()),
        (None, Some(at)) => (StatusKind::Ok, ta("connection-synced", &[("ago", &ago(at))])),
        (None, None) if cx.can_write => (StatusKind::Info, t("connection-waiting").to_owned()),
        (None, None) => (StatusKind::Unknown, t("connection-never").to_owned()),
    }
}

fn under_way_words(come: u64, left: Option<u64>) -> String {
    let come = format::count(come);
    match left.filter(|left| *left > 0) {
        Some(left) => ta("connection-reading-left", &[("n", &come), ("left", &format::count(left))]),
        None => ta("connection-reading", &[("n", &come)]),
    }
}

impl Connections {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let entries = cx.snapshot.connections.clone();
        if entries.is_empty() {
            widgets::muted(ui, t("connections-none"));
        }
        for entry in entries.iter() {
            self.row_ui(ui, entry, cx);
        }
        ui.horizontal(|ui| {
            if ui.add_enabled(cx.can_write, Button::new(t("connections-add"))).clicked() {
                self.open_new();
            }
            let has_file = entries.iter().any(is_in_file);
            if has_file && ui.add_enabled(cx.can_write, Button::new(t("passphrase-open"))).clicked() {
                self.passphrase = Some(PassphraseForm::default());
            }
        });
    }

    pub fn open_new(&mut self) {
        let entry = ConnectionEntry { system: SYSTEMS[0].0.to_owned(), ..ConnectionEntry::default() };
        self.form = Some(Form::of(entry, true));
    }

    fn row_ui(&mut self, ui: &mut Ui, entry: &ConnectionEntry, cx: &mut Cx<'_>) {
        let (kind, words) = match self.under_way.get(&entry.name) {
            Some((come, left)) => (StatusKind::Info, under_way_words(*come, *left)),
            None => state_words(entry, cx),
        };
        let system =
            SYSTEMS.iter().find(|(id, _)| *id == entry.system).map_or(entry.system.as_str(), |(_, name)| *name);
        ui.horizontal(|ui| {
            ui.label(RichText::new(&entry.name).color(cx.tokens.strong));
            widgets::muted(ui, system);
            widgets::at_right(ui, |ui| {
                let can = cx.can_write;
                let remove = ta("connection-remove", &[("name", &entry.name)]);
                if self.removing.as_ref() == Some(&entry.name) {
                    if ui.button(t("connection-keep")).clicked() {
                        self.removing = None;
                    }
                    if ui.add_enabled(can, Button::new(&remove)).clicked() {
                        self.removing = None;
                        cx.want(Intent::Desk(Box::new(DeskTask::Disconnect(entry.name.clone()))));
                    }
                } else if ui.add_enabled_ui(can, |ui| widgets::icon_button(ui, Icon::Trash, &remove)).inner.clicked() {
                    self.removing = Some(entry.name.clone());
                }
                let edit = ta("connection-edit", &[("name", &entry.name)]);
                if ui.add_enabled_ui(can, |ui| widgets::icon_button(ui, Icon::Edit, &edit)).inner.clicked() {
                    self.form = Some(Form::of(entry.clone(), false));
                }
                if ui.button(t("connection-requests")).clicked() {
                    self.trace = Some(entry.name.clone());
                }
                let pause = if entry.is_paused { t("connection-resume") } else { t("connection-pause") };
                if ui.add_enabled(can, Button::new(pause)).clicked() {
                    let changed = ConnectionEntry { is_paused: !entry.is_paused, ..entry.clone() };
                    cx.want(Intent::Desk(Box::new(DeskTask::Change(Box::new(changed)))));
                }
                if self.under_way.contains_key(&entry.name) {
                    if ui.button(t("connection-stop")).clicked() {
                        cx.want(Intent::StopSync(entry.name.clone()));
                    }
                } else if is_locked(entry) {
                    if ui.add_enabled(can, Button::new(t("connection-unlock"))).clicked() {
                        self.form = Some(Form::of(entry.clone(), false));
                    }
                } else if ui.add_enabled(can, Button::new(t("connection-sync"))).clicked() {
                    cx.want(Intent::Desk(Box::new(DeskTask::Sync(entry.name.clone()))));
                }
            });
        });
        // What was read last stays true beside what goes wrong now, or is paused.
        let succeeded = entry.succeeded_at.filter(|_| entry.error.is_some() || entry.is_paused);
        let ago = |at| format::ago(at, crate::model::Time::now());
        let last = succeeded.map(|at| ta("connection-last", &[("ago", &ago(at))]));
        let error = entry.error.as_ref().filter(|_| entry.is_paused).cloned();
        let more = [last, error, Some(entry.base.clone()), Some(secret_words(entry))];
        let more = more.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        ui.horizontal_top(|ui| {
            widgets::status_dot(ui, kind);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let color = if kind == StatusKind::Crit { cx.tokens.text } else { cx.tokens.muted };
                ui.add(egui::Label::new(RichText::new(&words).small().color(color)).wrap());
                let label = egui::Label::new(RichText::new(&more).small().color(cx.tokens.muted)).truncate();
                ui.add(label).on_hover_text(more);
            });
        });
    }

    /// What floats above the page.
    pub fn floating_ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        if let Some(name) = &self.trace {
            let modal = widgets::modal(ui, "requests").show(ui.ctx(), |ui| {
                ui.set_width(760.0);
                trace_ui(ui, name, cx);
            });
            if widgets::is_closed(&modal) {
                self.trace = None;
            }
        }
        if self.passphrase.as_mut().is_some_and(|form| !form.ui(ui, cx)) {
            self.passphrase = None;
        }
        let Some(form) = &mut self.form else { return };
        let mut keep = true;
        let modal = widgets::modal(ui, "connection").show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            keep = form_ui(ui, form, cx);
        });
        if widgets::is_dismissed(&modal) || !keep {
            self.form = None;
        }
    }

    /// `true` where the event was of this form.
    pub fn take(&mut self, event: &DeskEvent) {
        if let Some(form) = &mut self.passphrase {
            form.take(event);
        }
        match event {
            DeskEvent::Syncing(report) => {
                let total = report.total();
                let come = total.new + total.changed + total.same;
                self.under_way.insert(report.connection.clone(), (come, report.left));
            }
            DeskEvent::RoundOver(name) => {
                self.under_way.remove(name);
            }
            _ => {}
        }
        let Some(form) = &mut self.form else { return };
        match event {
            DeskEvent::Tested(told) => {
                form.is_asking = false;
                form.told = Some(told.clone());
            }
            DeskEvent::Connected(_, Ok(_)) => self.form = None,
            DeskEvent::Connected(_, Err(why)) => {
                form.is_asking = false;
                // What was wrong is typed anew.
                form.wants_passphrase = why.contains("passphrase");
                form.told = Some(Err(why.clone()));
            }
            DeskEvent::Failed(_) => form.is_asking = false,
            _ => {}
        }
    }

    pub fn close_topmost(&mut self) -> bool {
        self.trace.take().is_some() || self.passphrase.take().is_some() || self.form.take().is_some()
    }
}

/// Of a webhook's template; what is longer scrolls, so that the buttons stay in the window.
const TEMPLATE_HEIGHT: f32 = 190.0;

/// Systems that are looked at as a whole, with no repositories or projects to name.
const ASKED_WHOLE: [&str; 3] = ["buildbot", "cctray", "webhook"];

fn settings_to_begin_with(system: &str) -> &'static str {
    if system == "webhook" { WEBHOOK_EXAMPLE } else { "null" }
}

/// The zone of times that say none.
fn zone_ui(ui: &mut Ui, form: &mut Form) {
    let settings: serde_json::Value = serde_json::from_str(&form.settings).unwrap_or_default();
    let mut zone = settings.get("zone").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let changed = widgets::form_row(ui, t("connection-zone"), |ui| {
        widgets::hinted_field(ui, t("connection-zone-hint"), &mut zone, 220.0).changed()
    });
    if changed {
        let given = (!zone.trim().is_empty()).then(|| serde_json::json!({"zone": zone.trim()}));
        form.settings = given.unwrap_or_default().to_string();
    }
}

/// Systems whose tokens say whose they are.
const KNOWN_BY_TOKEN: [&str; 4] = ["github", "gitlab", "gitea", "woodpecker"];

/// What belongs into the fields of a system: its address, what it looks at, and its secret.
fn hints(system: &str) -> [&'static str; 3] {
    match system {
        "github" => [t("hint-github-url"), t("hint-repositories"), t("hint-github-secret")],
        "gitlab" => [t("hint-gitlab-url"), t("hint-projects"), t("hint-gitlab-secret")],
        "jenkins" => [t("hint-jenkins-url"), t("hint-jobs"), t("hint-jenkins-secret")],
        "gitea" => [t("hint-gitea-url"), t("hint-repositories"), t("hint-gitea-secret")],
        "woodpecker" => [t("hint-woodpecker-url"), t("hint-repositories"), t("hint-woodpecker-secret")],
        "buildbot" => [t("hint-buildbot-url"), "", t("hint-password")],
        "cctray" => [t("hint-cctray-url"), "", t("hint-password")],
        "jira" => [t("hint-jira-url"), t("hint-project-keys"), t("hint-jira-secret")],
        _ => [t("hint-webhook-url"), "", t("hint-password")],
    }
}

fn form_ui(ui: &mut Ui, form: &mut Form, cx: &mut Cx<'_>) -> bool {
    let changes = ta("connection-edit", &[("name", &form.entry.name)]);
    widgets::heading(ui, if form.is_new { t("connection-new") } else { &changes });
    widgets::modal_scroll(ui).show(ui, |ui| fields_ui(ui, form, cx));
    told_ui(ui, form, cx);
    buttons_ui(ui, form, cx)
}

fn fields_ui(ui: &mut Ui, form: &mut Form, cx: &Cx<'_>) {
    widgets::form_row(ui, t("connection-system"), |ui| {
        let name = SYSTEMS.iter().find(|(id, _)| *id == form.entry.system).map_or("", |(_, name)| *name);
        ui.name_inputs(t("connection-system"), |ui| {
            ComboBox::from_id_salt("system").selected_text(name).width(220.0).list(ui, |ui| {
                for (id, name) in SYSTEMS {
                    if ui.selectable_value(&mut form.entry.system, id.to_owned(), name).changed() {
                        form.settings = settings_to_begin_with(id).to_owned();
                    }
                }
            });
        });
    });
    let takes_keyboard = std::mem::take(&mut form.is_fresh);
    if form.is_new {
        let name = widgets::form_row(ui, t("connection-name"), |ui| {
            widgets::text_field(ui, t("connection-name"), &mut form.entry.name, 220.0)
        });
        if takes_keyboard {
            name.request_focus();
        }
    }
    let [address, scope, secret] = hints(&form.entry.system);
    widgets::form_row(ui, t("connection-url"), |ui| {
        let field = egui::TextEdit::singleline(&mut form.entry.base).desired_width(360.0).hint_text(address);
        let field = ui.add(field.margin(egui::Margin::symmetric(8, 4)));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-url")));
        if takes_keyboard && !form.is_new {
            field.request_focus();
        }
    });
    if !ASKED_WHOLE.contains(&form.entry.system.as_str()) {
        widgets::form_row(ui, t("connection-scope"), |ui| {
            let field = egui::TextEdit::multiline(&mut form.scope).desired_rows(2).desired_width(360.0);
            let field = ui.add(field.hint_text(scope));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-scope")));
        });
    }
    if form.entry.system == "cctray" {
        zone_ui(ui, form);
    }
    if form.entry.system == "webhook" {
        widgets::form_row(ui, t("connection-settings"), |ui| {
            let area = egui::ScrollArea::vertical().id_salt("settings").max_height(TEMPLATE_HEIGHT);
            area.min_scrolled_height(TEMPLATE_HEIGHT).show(ui, |ui| {
                let field = egui::TextEdit::multiline(&mut form.settings).code_editor();
                let field = ui.add(field.desired_rows(6).desired_width(360.0));
                field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-settings")));
            });
        });
        announce_ui(ui, form);
        if let Err(error) = serde_json::from_str::<serde_json::Value>(&form.settings) {
            ui.label(RichText::new(ta("connection-no-json", &[("why", &error.to_string())])).color(cx.tokens.crit));
        }
    }
    if !KNOWN_BY_TOKEN.contains(&form.entry.system.as_str()) {
        widgets::form_row(ui, t("connection-user"), |ui| {
            widgets::text_field(ui, t("connection-user"), form.entry.user.get_or_insert_default(), 220.0)
        });
    }
    widgets::form_row(ui, t("connection-secret"), |ui| {
        let field = egui::TextEdit::singleline(&mut form.secret).password(true).desired_width(360.0);
        let field = ui.add(field.hint_text(if form.is_new { secret } else { t("connection-secret-hint") }));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-secret")));
    });
    widgets::form_row(ui, t("connection-variable"), |ui| {
        widgets::text_field(ui, t("connection-variable"), &mut form.variable, 220.0)
    });
    let needs_passphrase = is_locked(&form.entry) || matches!(&form.told, Some(Err(why)) if why.contains("passphrase"));
    if needs_passphrase {
        widgets::form_row(ui, t("connection-passphrase"), |ui| {
            let field = egui::TextEdit::singleline(&mut form.passphrase).password(true).desired_width(220.0);
            let field = ui.add(field);
            if takes_keyboard && !form.is_new || std::mem::take(&mut form.wants_passphrase) {
                field.request_focus();
            }
            form.enters |= field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-passphrase")));
        });
    }
    widgets::form_row(ui, t("connection-ca"), |ui| {
        let file = form.entry.ca_file.get_or_insert_default();
        widgets::hinted_field(ui, t("connection-ca-hint"), file, 360.0)
    });
    proxy_ui(ui, form);
    widgets::form_row(ui, t("connection-every"), |ui| {
        ui.add(egui::DragValue::new(&mut form.entry.every_s).range(10..=86_400).suffix(" s"));
    });
    widgets::form_row(ui, "", |ui| ui.checkbox(&mut form.entry.allow_http, t("connection-http")));
}

fn buttons_ui(ui: &mut Ui, form: &mut Form, cx: &mut Cx<'_>) -> bool {
    let mut keep = true;
    ui.horizontal(|ui| {
        widgets::at_right(ui, |ui| {
            let is_read = serde_json::from_str::<serde_json::Value>(&form.settings).is_ok();
            let is_named = !form.entry.name.trim().is_empty() && !form.entry.base.trim().is_empty();
            let is_whole = is_named && is_read && !form.is_asking;
            let connect = ui.add_enabled_ui(is_whole, |ui| widgets::primary_button(ui, t("connection-connect"))).inner;
            let test = ui.add_enabled(is_whole, Button::new(t("connection-test")));
            if ui.button(t("cancel")).clicked() {
                keep = false;
            }
            let connects = connect.clicked() || (std::mem::take(&mut form.enters) && is_whole);
            if connects || test.clicked() {
                if let Some(passphrase) = secret_of(&form.passphrase) {
                    crate::engine::vault_passphrase::set(passphrase);
                }
                let entry = Box::new(form.filled());
                let given = Secrets { own: secret_of(&form.secret), proxy: secret_of(&form.proxy_password) };
                form.is_asking = true;
                form.told = None;
                let task = if connects { DeskTask::Connect(entry, given) } else { DeskTask::Test(entry, given) };
                cx.want(Intent::Desk(Box::new(task)));
            }
            if form.is_asking {
                widgets::muted(ui, t("desk-asking"));
            }
        });
    });
    keep
}

fn proxy_ui(ui: &mut Ui, form: &mut Form) {
    let proxy = form.entry.proxy.get_or_insert_default();
    widgets::form_row(ui, t("connection-proxy"), |ui| {
        widgets::hinted_field(ui, t("connection-proxy-hint"), proxy, 360.0)
    });
    // Only a proxy with a user asks for a password.
    if !proxy.contains('@') {
        return;
    }
    widgets::form_row(ui, t("connection-proxy-password"), |ui| {
        let hint = if form.entry.proxy_secret.is_some() { t("connection-secret-hint") } else { "" };
        let field = egui::TextEdit::singleline(&mut form.proxy_password).password(true).desired_width(220.0);
        let field = ui.add(field.hint_text(hint));
        field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("connection-proxy-password")));
    });
}

/// Whether a webhook is told of deployments: a request of its own in its settings.
fn announce_ui(ui: &mut Ui, form: &mut Form) {
    const KEY: &str = "announce";
    let Ok(mut settings) = serde_json::from_str::<serde_json::Value>(&form.settings) else { return };
    let mut hears = settings.get(KEY).is_some();
    let changed = widgets::form_row(ui, "", |ui| ui.checkbox(&mut hears, t("connection-announces")).changed());
    if !changed {
        return;
    }
    if settings.is_null() {
        settings = serde_json::json!({});
    }
    if let Some(settings) = settings.as_object_mut() {
        if hears {
            let body = r#"{"text": {{text|json}}}"#;
            settings.insert(KEY.to_owned(), serde_json::json!({"path": "", "body": body}));
        } else {
            settings.shift_remove(KEY);
        }
    }
    form.settings = serde_json::to_string_pretty(&settings).unwrap_or_default();
}

fn told_ui(ui: &mut Ui, form: &Form, cx: &Cx<'_>) {
    match &form.told {
        Some(Ok(who)) => {
            let user = who.user.as_ref().map(|user| format!(" · {user}")).unwrap_or_default();
            widgets::status_label(ui, StatusKind::Ok, &format!("{}{user}", who.server));
            for may in &who.may {
                widgets::muted(ui, ta("connection-may", &[("what", may)]));
            }
            for missing in &who.missing {
                ui.label(RichText::new(ta("connection-missing", &[("what", missing)])).color(cx.tokens.warn));
            }
        }
        Some(Err(why)) => {
            ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.crit)).wrap());
        }
        None => {}
    }
}

fn trace_ui(ui: &mut Ui, name: &str, cx: &Cx<'_>) {
    widgets::heading(ui, &ta("requests-title", &[("name", name)]));
    let said = exchanges(name);
    if said.is_empty() {
        widgets::muted(ui, t("requests-none"));
        return;
    }
    let row = ui.fonts_mut(|fonts| fonts.row_height(&TRACE_FONT));
    let area = egui::ScrollArea::both().max_height(420.0).auto_shrink([false, true]);
    area.show_rows(ui, row, said.len(), |ui, range| {
        for exchange in said.iter().rev().skip(range.start).take(range.len()) {
            // What came of it stands before an address that may be long.
            let words = format!(
                "{}  {}  {} ms  {:<4} {}",
                format::date_time_seconds(exchange.at, cx.zone),
                exchange.outcome,
                exchange.millis,
                exchange.method,
                exchange.address,
            );
            let is_fine = exchange.outcome.starts_with('2') || exchange.outcome.starts_with('3');
            let color = if is_fine { cx.tokens.text } else { theme::tokens(ui).crit };
            ui.add(egui::Label::new(RichText::new(words).font(TRACE_FONT).color(color)).extend());
        }
    });
}

/// Of the list of requests: its rows are as high as its letters.
const TRACE_FONT: egui::FontId = egui::FontId::monospace(11.5);
