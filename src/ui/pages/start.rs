//! Starting a pipeline: where, which, and what the server asks for.

use egui::{ComboBox, RichText, Ui};

use crate::engine::{
    DeskEvent, DeskTask, Field, FieldKind, Form, FormAsk, PipelineRef, PresetEntry, StartAsk, StartEntry, caps_of,
    names_a_secret,
};
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta};
use crate::ui::widgets::{self, List as _};

/// The dialog; closed where there is none.
#[derive(Default)]
pub struct StartPanel {
    open: Option<Open>,
}

#[derive(Default)]
struct Open {
    connection: String,
    pipelines: Option<Result<Vec<PipelineRef>, String>>,
    pipeline: String,
    form: Option<Form>,
    git_ref: String,
    values: Vec<String>,
    /// Inputs of a server that describes none, a line each.
    free: String,
    /// What a favourite fills the form with.
    kept: Vec<(String, String)>,
    /// Secrets that a favourite was kept without: nothing starts until they are given.
    asked_secrets: Vec<String>,
    /// The production environment that must be typed, and what was typed.
    production: Option<String>,
    typed: String,
    /// It was asked for in this frame, and Enter was pressed after it.
    is_production_new: bool,
    is_confirmed_by_enter: bool,
    preset_name: String,
    /// The service that the favourite is of.
    service: Option<String>,
    error: Option<String>,
    /// Something was changed since.
    is_error_old: bool,
    /// The form that is waited for.
    asked: Option<FormAsk>,
    /// What is looked for in the list of pipelines.
    find: String,
    /// The branch whose form this is.
    form_ref: String,
    is_sent: bool,
    /// Start was pressed while the form of another branch was waited for, and whether that form is here.
    is_pressed: bool,
    is_due: bool,
    /// A form has just come, and its first field takes the keyboard.
    is_form_new: bool,
    /// The request that would be sent.
    request: Option<String>,
}

impl StartPanel {
    pub fn open(&mut self, place: Option<(String, String)>, cx: &mut Cx<'_>) {
        let can = |name: &str| {
            cx.snapshot
                .connections
                .iter()
                .any(|entry| entry.name == name && caps_of(entry).is_some_and(|caps| caps.trigger))
        };
        let first = cx.snapshot.connections.iter().map(|entry| &entry.name).find(|name| can(name)).cloned();
        let (connection, pipeline) = place.unwrap_or_else(|| (first.unwrap_or_default(), String::new()));
        self.show(Open { connection, pipeline, ..Open::default() }, cx);
    }

    pub fn open_preset(&mut self, name: &str, cx: &mut Cx<'_>) {
        let Some(preset) = cx.snapshot.presets.iter().find(|preset| preset.name == name).cloned() else { return };
        let open = Open {
            connection: preset.connection,
            pipeline: preset.pipeline,
            git_ref: preset.git_ref.unwrap_or_default(),
            asked_secrets: preset
                .inputs
                .iter()
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| name.clone())
                .collect(),
            kept: preset.inputs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            preset_name: preset.name,
            service: preset.service,
            ..Open::default()
        };
        self.show(open, cx);
    }

    /// Whether the dialog is open and waits for the answer to what it sent.
    pub fn waits(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.is_sent)
    }

    fn show(&mut self, mut open: Open, cx: &mut Cx<'_>) {
        if !open.connection.is_empty() {
            cx.want(Intent::Desk(Box::new(DeskTask::Pipelines(open.connection.clone()))));
        }
        if !open.pipeline.is_empty() {
            open.service = open.service.or_else(|| service_of(&open.connection, &open.pipeline, cx));
            open.ask_form(cx);
        }
        self.open = Some(open);
    }

    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    pub fn take(&mut self, event: &DeskEvent) {
        let Some(open) = &mut self.open else { return };
        match event {
            DeskEvent::Pipelines(connection, pipelines) if *connection == open.connection => {
                open.pipelines = Some(pipelines.clone());
            }
            DeskEvent::Form(ask, answer) if open.asked.as_ref() == Some(ask) => {
                open.asked = None;
                match answer {
                    Ok((form, last)) => {
                        let is_same = open.form.as_ref().is_some_and(|known| known.fields == form.fields);
                        open.take_form(form.clone(), last.as_deref(), ask.git_ref.as_deref());
                        match std::mem::take(&mut open.is_pressed) {
                            true if is_same => open.is_due = true,
                            // What was not seen is not sent.
                            true => open.error = Some(t("start-form-changed").to_owned()),
                            false => {}
                        }
                    }
                    Err(why) => {
                        open.error = Some(why.clone());
                        open.is_pressed = false;
                    }
                }
            }
            DeskEvent::Preview(Ok(request)) => open.request = Some(request.clone()),
            DeskEvent::Preview(Err(why)) => open.error = Some(why.clone()),
            DeskEvent::Unconfirmed(environment) => {
                open.is_sent = false;
                open.production = Some(environment.clone());
                open.is_production_new = true;
            }
            DeskEvent::Started(Ok(_)) if open.is_sent => self.open = None,
            DeskEvent::Started(Err(why)) if open.is_sent => {
                open.is_sent = false;
                open.error = Some(why.clone());
            }
            DeskEvent::Failed(why) => {
                (open.asked, open.is_sent, open.is_pressed) = (None, false, false);
                open.error = Some(why.clone());
            }
            _ => {}
        }
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let Some(open) = &mut self.open else { return };
        let mut keep = true;
        let modal = widgets::modal(ui, "start").show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            keep = open.ui(ui, cx);
        });
        if widgets::is_dismissed(&modal) || !keep {
            self.open = None;
        }
    }
}

impl Open {
    /// The branch or tag, where the pipeline takes one at all.
    fn asked_ref(&self) -> Option<String> {
        let takes_ref = self.form.as_ref().is_none_or(|form| form.takes_ref);
        Some(self.git_ref.trim().to_owned()).filter(|text| takes_ref && !text.is_empty())
    }

    fn ask_form(&mut self, cx: &mut Cx<'_>) {
        let ask =
            FormAsk { connection: self.connection.clone(), pipeline: self.pipeline.clone(), git_ref: self.asked_ref() };
        (self.error, self.production, self.request) = (None, None, None);
        self.asked = Some(ask.clone());
        cx.want(Intent::Desk(Box::new(DeskTask::Form(ask))));
    }

    /// Fills the form: with what stands in it where it is of another branch, else with what a favourite keeps, else with
    /// what was given the last time.
    fn take_form(&mut self, form: Form, last: Option<&StartEntry>, git_ref: Option<&str>) {
        let given = if self.form.is_some() { self.inputs() } else { std::mem::take(&mut self.kept) };
        let last_ref = last.and_then(|start| start.git_ref.clone());
        let last = last.map(|start| start.inputs.iter().filter_map(|(n, v)| Some((n.clone(), v.clone()?))).collect());
        let last: Vec<(String, String)> = last.unwrap_or_default();
        let value_of = |field: &Field| {
            let of = |inputs: &[(String, String)]| {
                inputs.iter().find(|(name, _)| *name == field.name).map(|(_, value)| value.clone())
            };
            // What was meant stays, even where it fits no more: another value in its place might go elsewhere.
            let last = || of(&last).filter(|value| field.fault(value).is_none());
            of(&given).or_else(last).or_else(|| field.default.clone()).unwrap_or_default()
        };
        self.is_form_new = self.form.is_none();
        self.values = form.fields.iter().map(value_of).collect();
        let others = if given.is_empty() { &last } else { &given };
        let others = others.iter().filter(|(name, _)| form.is_open && form.field(name).is_none());
        self.free = others.map(|(name, value)| format!("{name}={value}\n")).collect();
        if self.git_ref.is_empty() {
            let last_ref = last_ref.filter(|_| form.takes_ref);
            self.git_ref = form.git_ref.clone().or(last_ref).unwrap_or_default();
        }
        self.form_ref = git_ref.map(str::to_owned).or_else(|| form.git_ref.clone()).unwrap_or_default();
        self.form = Some(form);
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, t("start-pipeline-title"));
        if cx.snapshot.connections.is_empty() {
            widgets::muted(ui, t("start-no-connection"));
            if widgets::primary_button(ui, t("connections-add")).clicked() {
                cx.want(Intent::ConnectSystem);
                return false;
            }
            return true;
        }
        self.place_ui(ui, cx);
        if let Some(form) = self.form.clone() {
            let before = (self.values.clone(), self.free.clone(), self.git_ref.clone());
            self.fields_ui(ui, &form, cx);
            if (&self.values, &self.free, &self.git_ref) != (&before.0, &before.1, &before.2) {
                // It may go elsewhere now; starting asks again.
                (self.production, self.request) = (None, None);
                // It stays where it is until the next try, so that nothing moves under the pointer.
                self.is_error_old = true;
            }
        }
        // One widget, whatever is in it: a button below that is pressed stays the same one when it is let go.
        ui.vertical(|ui| {
            if self.asked.is_some() || self.is_sent {
                widgets::muted(ui, t("desk-asking"));
            }
            if let Some(environment) = &self.production {
                ui.add_space(6.0);
                let words = ta("start-production", &[("name", environment)]);
                ui.label(RichText::new(words).color(cx.tokens.warn));
                let field = widgets::text_field(ui, t("start-production-name"), &mut self.typed, 220.0);
                if std::mem::take(&mut self.is_production_new) {
                    field.request_focus();
                }
                self.is_confirmed_by_enter =
                    field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            }
            if let Some(error) = &self.error {
                let ink = if self.is_error_old { cx.tokens.muted } else { cx.tokens.crit };
                ui.add(egui::Label::new(RichText::new(error).color(ink)).wrap());
            } else {
                self.is_error_old = false;
            }
            self.request_ui(ui, cx);
        });
        self.buttons_ui(ui, cx)
    }

    fn place_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let before = (self.connection.clone(), self.pipeline.clone());
        widgets::form_row(ui, t("start-where"), |ui| {
            ui.name_inputs(t("start-where"), |ui| {
                ComboBox::from_id_salt("start where").selected_text(&self.connection).width(220.0).list(ui, |ui| {
                    let can = cx.snapshot.connections.iter();
                    for entry in can.filter(|entry| caps_of(entry).is_some_and(|caps| caps.trigger)) {
                        ui.selectable_value(&mut self.connection, entry.name.clone(), &entry.name);
                    }
                });
            });
        });
        widgets::form_row(ui, t("start-pipeline"), |ui| match &self.pipelines {
            Some(Ok(pipelines)) => {
                let name = |id: &str| pipelines.iter().find(|p| p.id == id).map_or(id.to_owned(), |p| p.name.clone());
                let shown = name(&self.pipeline);
                ui.name_inputs(t("start-pipeline"), |ui| {
                    let list = ComboBox::from_id_salt("start what").selected_text(shown).width(360.0).height(360.0);
                    let closes = egui::PopupCloseBehavior::CloseOnClickOutside;
                    let opened = list.close_behavior(closes).list(ui, |ui| {
                        choose_pipeline(ui, pipelines, &mut self.find, &mut self.pipeline);
                    });
                    if opened.inner.is_none() {
                        self.find.clear();
                    }
                });
            }
            Some(Err(why)) => {
                ui.add(egui::Label::new(RichText::new(why).color(cx.tokens.crit)).wrap());
            }
            None => {
                widgets::muted(ui, t("desk-asking"));
            }
        });
        // Where there is one only, nobody needs to choose.
        if let (true, Some(Ok([only]))) = (self.pipeline.is_empty(), self.pipelines.as_ref().map(|all| all.as_deref()))
        {
            self.pipeline.clone_from(&only.id);
        }
        if self.connection != before.0 {
            (self.pipelines, self.form, self.asked, self.error) = (None, None, None, None);
            self.pipeline.clear();
            cx.want(Intent::Desk(Box::new(DeskTask::Pipelines(self.connection.clone()))));
        } else if self.pipeline != before.1 {
            self.git_ref.clear();
            self.form = None;
            self.service = service_of(&self.connection, &self.pipeline, cx);
            self.ask_form(cx);
        }
    }

    fn fields_ui(&mut self, ui: &mut Ui, form: &Form, cx: &mut Cx<'_>) {
        // Whoever types somewhere else already goes on there.
        let mut takes_keyboard = std::mem::take(&mut self.is_form_new) && !ui.text_edit_focused();
        let mut first = |field: &egui::Response| {
            if std::mem::take(&mut takes_keyboard) {
                field.request_focus();
            }
        };
        if form.takes_ref {
            let field = widgets::form_row(ui, t("start-ref"), |ui| {
                widgets::text_field(ui, t("start-ref"), &mut self.git_ref, 220.0)
            });
            first(&field);
            if field.lost_focus() && self.git_ref.trim() != self.form_ref {
                self.ask_form(cx);
            }
        }
        widgets::modal_scroll(ui).show(ui, |ui| {
            for (field, value) in form.fields.iter().zip(&mut self.values) {
                first(&field_ui(ui, field, value));
                if self.asked_secrets.contains(&field.name) {
                    let ink = if value.is_empty() { cx.tokens.warn } else { cx.tokens.muted };
                    ui.horizontal(|ui| {
                        ui.add_space(BESIDE_LABEL);
                        ui.label(RichText::new(t("start-secret-asked")).small().color(ink));
                    });
                }
            }
            if form.is_open {
                widgets::form_row(ui, t("start-inputs"), |ui| {
                    let field = egui::TextEdit::multiline(&mut self.free).desired_rows(3).desired_width(360.0);
                    let field = ui.add(field.hint_text(t("start-inputs-hint")));
                    field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("start-inputs")));
                    first(&field);
                });
            }
        });
    }

    /// What would go out, where a person made the request up.
    fn request_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let entry = cx.snapshot.connections.iter().find(|entry| entry.name == self.connection);
        if self.form.is_none() || !entry.and_then(caps_of).is_some_and(|caps| caps.preview) {
            return;
        }
        match &self.request {
            None => {
                if ui.button(t("start-show-request")).clicked() {
                    self.error = None;
                    cx.want(Intent::Desk(Box::new(DeskTask::Preview(Box::new(self.ask())))));
                }
            }
            Some(request) => {
                ui.add(egui::Label::new(RichText::new(request).monospace().small()).wrap());
                if ui.button(t("start-copy-request")).clicked() {
                    ui.copy_text(request.clone());
                }
            }
        }
    }

    fn ask(&self) -> StartAsk {
        StartAsk {
            connection: self.connection.clone(),
            pipeline: self.pipeline.clone(),
            git_ref: self.asked_ref(),
            inputs: self.inputs(),
            secrets: Vec::new(),
            confirmed: self.production.clone().filter(|name| *name == self.typed.trim()),
        }
    }

    fn has_secrets(&self) -> bool {
        let inputs = self.inputs();
        let is_given = |name: &String| inputs.iter().any(|(known, value)| known == name && !value.is_empty());
        self.asked_secrets.iter().all(is_given)
    }

    fn inputs(&self) -> Vec<(String, String)> {
        let Some(form) = &self.form else { return Vec::new() };
        // What was emptied by hand is not the same as what was never filled.
        let is_told = |(field, value): &(&Field, &String)| !value.is_empty() || field.default.is_some();
        let fields = form.fields.iter().zip(&self.values).filter(is_told);
        let fields = fields.map(|(field, value)| (field.name.clone(), value.clone()));
        let free = self.free.lines().filter_map(|line| line.split_once('='));
        let free = free.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
        fields.chain(free.filter(|_| form.is_open)).collect()
    }

    fn buttons_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        ui.horizontal(|ui| {
            if self.form.is_some() {
                widgets::hinted_field(ui, t("start-preset-name"), &mut self.preset_name, 160.0);
                self.service_ui(ui, cx);
                let is_named = !self.preset_name.trim().is_empty() && cx.can_write;
                if ui.add_enabled(is_named, egui::Button::new(t("start-preset-save"))).clicked() {
                    cx.want(Intent::Desk(Box::new(DeskTask::SavePreset(Box::new(self.preset())))));
                }
            }
            let is_kept = cx.snapshot.presets.iter().any(|preset| preset.name == self.preset_name.trim());
            if is_kept && cx.can_write && ui.button(t("start-preset-forget")).clicked() {
                let name = self.preset_name.trim().to_owned();
                cx.want(Intent::Desk(Box::new(DeskTask::ForgetPreset(name))));
            }
            widgets::at_right(ui, |ui| {
                let is_confirmed = self.production.as_ref().is_none_or(|name| *name == self.typed.trim());
                let can_start =
                    self.form.is_some() && !self.is_sent && is_confirmed && cx.can_write && self.has_secrets();
                let start = ui.add_enabled_ui(can_start, |ui| widgets::primary_button(ui, t("start-now"))).inner;
                // What has gone out goes on.
                let leave = if self.is_sent { t("start-close") } else { t("cancel") };
                if ui.button(leave).clicked() {
                    keep = false;
                }
                let starts = start.clicked() || std::mem::take(&mut self.is_confirmed_by_enter) && can_start;
                let is_of_ref =
                    self.form.as_ref().is_none_or(|form| !form.takes_ref) || self.git_ref.trim() == self.form_ref;
                if starts && (self.asked.is_some() || !is_of_ref) {
                    if self.asked.is_none() {
                        self.ask_form(cx);
                    }
                    self.is_pressed = true;
                } else if can_start && (starts || std::mem::take(&mut self.is_due)) {
                    (self.is_sent, self.error) = (true, None);
                    cx.want(Intent::Desk(Box::new(DeskTask::Start(Box::new(self.ask())))));
                }
            });
        });
        keep
    }

    fn service_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        let services = &cx.snapshot.data.catalog.services;
        if services.is_empty() {
            return;
        }
        let name = self.service.as_deref().map(|id| cx.snapshot.data.catalog.service_name(id).unwrap_or(id));
        let shown = name.unwrap_or(t("start-preset-any")).to_owned();
        ui.name_inputs(t("start-preset-service"), |ui| {
            ComboBox::from_id_salt("start service").selected_text(shown).width(110.0).list(ui, |ui| {
                ui.selectable_value(&mut self.service, None, t("start-preset-any"));
                for service in services {
                    ui.selectable_value(&mut self.service, Some(service.id.clone()), &service.name);
                }
            });
        });
    }

    /// What is kept under a name: everything but secrets.
    fn preset(&self) -> PresetEntry {
        let is_secret = |name: &str| {
            let field = self.form.as_ref().and_then(|form| form.field(name));
            field.is_some_and(Field::is_secret) || names_a_secret(name)
        };
        let inputs = self.inputs().into_iter();
        PresetEntry {
            name: self.preset_name.trim().to_owned(),
            connection: self.connection.clone(),
            pipeline: self.pipeline.clone(),
            git_ref: self.asked_ref(),
            inputs: inputs.map(|(name, value)| (name.clone(), Some(value).filter(|_| !is_secret(&name)))).collect(),
            service: self.service.clone(),
        }
    }
}

/// More pipelines than that are looked for rather than looked through.
const MANY: usize = 12;

/// The pipelines in the order of their names, with a field to find one where they are many.
fn choose_pipeline(ui: &mut Ui, pipelines: &[PipelineRef], find: &mut String, chosen: &mut String) {
    if pipelines.len() > MANY {
        let field = widgets::hinted_field(ui, t("start-find"), find, 330.0);
        if !field.has_focus() && find.is_empty() {
            field.request_focus();
        }
    }
    let wanted = find.to_lowercase();
    let mut fitting: Vec<&PipelineRef> =
        pipelines.iter().filter(|it| it.name.to_lowercase().contains(&wanted)).collect();
    fitting.sort_by(|a, b| a.name.cmp(&b.name));
    let enters = ui.input(|input| input.key_pressed(egui::Key::Enter)) && !wanted.is_empty();
    for (at, pipeline) in fitting.into_iter().enumerate() {
        if ui.selectable_label(*chosen == pipeline.id, &pipeline.name).clicked() || (enters && at == 0) {
            chosen.clone_from(&pipeline.id);
            ui.close();
        }
    }
}

/// The service that the newest run of a pipeline was of.
fn service_of(connection: &str, pipeline: &str, cx: &Cx<'_>) -> Option<String> {
    let (runs, catalog) = (&cx.snapshot.data.runs, &cx.snapshot.data.catalog);
    let key = catalog.pipelines.iter().find(|known| known.connection == connection && known.id == pipeline)?.key;
    let row = runs.pipeline.iter().rposition(|known| *known == key)?;
    catalog.service(runs.service[row]).map(|service| service.id.clone())
}

/// Where the fields begin, beside their labels.
const BESIDE_LABEL: f32 = 140.0;

fn secret_ui(ui: &mut Ui, value: &mut String) -> egui::Response {
    ui.add(egui::TextEdit::singleline(value).password(true).desired_width(220.0))
}

fn field_ui(ui: &mut Ui, field: &Field, value: &mut String) -> egui::Response {
    let label = if field.is_required { format!("{} *", field.label) } else { field.label.clone() };
    let response = widgets::form_row(ui, &label, |ui| {
        let response = match &field.kind {
            FieldKind::Choice(options) | FieldKind::Environment(options) if !options.is_empty() => {
                ui.name_inputs(&field.name, |ui| {
                    ComboBox::from_id_salt(&field.name)
                        .selected_text(value.as_str())
                        .width(220.0)
                        .list(ui, |ui| {
                            for option in options {
                                ui.selectable_value(value, option.clone(), option);
                            }
                        })
                        .response
                })
            }
            FieldKind::YesNo => {
                let mut is_on = value == "true";
                let response = ui.checkbox(&mut is_on, "");
                *value = is_on.to_string();
                response
            }
            FieldKind::Lines => ui.add(egui::TextEdit::multiline(value).desired_rows(3).desired_width(360.0)),
            FieldKind::Secret => secret_ui(ui, value),
            FieldKind::Text if names_a_secret(&field.name) => secret_ui(ui, value),
            _ => ui.add(egui::TextEdit::singleline(value).desired_width(220.0)),
        };
        let role = match &field.kind {
            FieldKind::YesNo => egui::Role::CheckBox,
            FieldKind::Choice(options) | FieldKind::Environment(options) if !options.is_empty() => egui::Role::ComboBox,
            _ => egui::Role::TextInput,
        };
        response.widget_info(|| egui::WidgetInfo::labeled(role, true, field.name.as_str()));
        if let Some(fault) = field.fault(value).filter(|_| !value.is_empty()) {
            ui.label(RichText::new(fault).small().color(crate::ui::theme::tokens(ui).crit));
        }
        response
    });
    if let Some(help) = &field.help {
        ui.horizontal(|ui| {
            ui.add_space(BESIDE_LABEL);
            widgets::caption(ui, help);
        });
    }
    response
}
