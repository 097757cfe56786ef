//! The frame around the pages: navigation, top bar, status bar, and what floats above.

use egui::{Align2, Button, Key, Panel, RichText, ScrollArea, Sense, Ui, vec2};

use super::command::UiCommand;
use super::dialogs::Dialog;
use super::palette::Ended;
use super::toast::ToastClick;
use super::{App, Cx, cx};
use crate::engine::{Command, PeriodChoice, Snapshot};
use crate::ui::cx::{Intent, Page, Scope, period_words};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{self, StatusKind, size};
use crate::ui::widgets::{self, FilterItem, filter_menu};

impl App {
    pub fn frame_ui(&mut self, ui: &mut Ui) {
        self.let_pages_ask(ui);
        let tokens = theme::tokens(ui);
        let bar = egui::Frame::new().fill(tokens.panel).inner_margin(egui::Margin::symmetric(12, 6));
        Panel::bottom("status bar")
            .exact_size(size::STATUS_BAR)
            .frame(bar.inner_margin(egui::Margin::symmetric(12, 2)))
            .show(ui, |ui| self.status_bar_ui(ui));
        self.navigation_ui(ui);
        Panel::top("top bar").exact_size(size::TOP_BAR).frame(bar).show(ui, |ui| self.top_bar_ui(ui));
        let content = egui::Frame::new().fill(tokens.canvas).inner_margin(egui::Margin::same(0));
        egui::CentralPanel::default().frame(content).show(ui, |ui| self.content_ui(ui));
        self.floating_ui(ui);
    }

    fn navigation_ui(&mut self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let frame = egui::Frame::new().fill(tokens.panel).inner_margin(egui::Margin::symmetric(8, 10));
        let mut open = self.prefs.nav_open;
        let rail = Panel::left("rail").exact_size(size::RAIL).resizable(false).frame(frame);
        let sidebar = Panel::left("sidebar").exact_size(size::NAV).resizable(false).frame(frame);
        let current = self.prefs.page;
        let mut chosen = None;
        Panel::show_switched(ui, &mut open, rail, sidebar, |ui, is_open| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal(|ui| {
                if widgets::icon_button(ui, Icon::Sidebar, UiCommand::Sidebar.words()).clicked() {
                    chosen = Some(None);
                }
                if is_open {
                    ui.label(RichText::new("Gemba").text_style(theme::text::h2()).color(tokens.strong));
                }
            });
            ui.add_space(8.0);
            for page in Page::ALL {
                if nav_item(ui, page, page == current, is_open) {
                    chosen = Some(Some(page));
                }
            }
        });
        match chosen {
            Some(None) => self.prefs.nav_open = !self.prefs.nav_open,
            Some(Some(page)) => self.go(page),
            None => {}
        }
    }

    fn top_bar_ui(&mut self, ui: &mut Ui) {
        let mut scope = self.prefs.scope.clone();
        let is_loaded = self.snapshot.is_loaded;
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            // The other pages show everything, or their own span: they say so.
            let is_used = matches!(self.prefs.page, Page::Delivery | Page::Pipelines);
            let shown = ui.add_enabled_ui(is_used, |ui| scope_ui(ui, &mut scope, &self.snapshot));
            if !is_used {
                shown.response.on_hover_text(t("scope-not-here"));
            }
            widgets::at_right(ui, |ui| {
                ui.spacing_mut().item_spacing.x = 6.0;
                let keys = UiCommand::Palette.shortcuts().first().map(|keys| ui.format_shortcut(keys));
                let name = ta("palette-open", &[("keys", &keys.unwrap_or_default())]);
                if widgets::icon_button(ui, Icon::Search, &name).clicked() {
                    let ctx = ui.ctx().clone();
                    self.run_command(&ctx, UiCommand::Palette);
                }
                self.bell_ui(ui);
                self.undo_ui(ui);
                if self.snapshot.is_sample {
                    widgets::badge(ui, t("sample-data"), StatusKind::Warn);
                }
                if self.snapshot.is_read_only && is_loaded {
                    widgets::badge(ui, t("read-only"), StatusKind::Info);
                }
            });
        });
        if scope != self.prefs.scope {
            self.prefs.scope = scope;
        }
    }

    fn undo_ui(&mut self, ui: &mut Ui) {
        let Some(name) = &self.snapshot.undo_name else { return };
        if widgets::icon_button(ui, Icon::Undo, &ta("undo-named", &[("name", name)])).clicked() {
            self.intents.push(Intent::Command(Command::Undo));
        }
    }

    fn status_bar_ui(&mut self, ui: &mut Ui) {
        let tokens = theme::tokens(ui);
        let mut cancelled = None;
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            if let Some((job, line)) = self.jobs.iter().next() {
                ui.label(RichText::new(&line.name).small().color(tokens.text));
                if line.total > 0 {
                    widgets::progress_bar(ui, line.done as f32 / line.total as f32, 120.0, &line.name);
                    let share = line.done as f64 / line.total as f64;
                    ui.label(RichText::new(format::percent(share.min(1.0))).small().color(tokens.muted));
                } else if line.done > 0 {
                    ui.label(RichText::new(format::count(line.done)).small().color(tokens.muted));
                }
                if line.can_cancel && ui.add(Button::new(RichText::new(t("cancel")).small()).small()).clicked() {
                    cancelled = Some(*job);
                }
            } else if self.snapshot.is_loaded {
                let runs = tn("status-runs", self.snapshot.data.runs.len() as u64);
                let deployments = tn("status-deployments", self.snapshot.data.deployments.len() as u64);
                ui.label(RichText::new(format!("{runs} · {deployments}")).small().color(tokens.muted));
                if self.snapshot.uncounted_commits > 0 {
                    let uncounted = tn("status-uncounted", self.snapshot.uncounted_commits);
                    ui.label(RichText::new(uncounted).small().color(tokens.muted));
                }
            } else if self.open_error.is_none() {
                ui.label(RichText::new(t("status-loading")).small().color(tokens.muted));
            }
            widgets::at_right(ui, |ui| {
                let zone = if self.zone_name == "local" {
                    self.zone.iana_name().unwrap_or("local").to_owned()
                } else {
                    self.zone_name.clone()
                };
                ui.label(RichText::new(zone).small().color(tokens.muted));
                if let Some((_, last)) = self.snapshot.range {
                    let words = ta("status-data-to", &[("date", &format::date(last, &self.zone))]);
                    ui.label(RichText::new(words).small().color(tokens.muted));
                }
            });
        });
        if let Some(job) = cancelled {
            self.intents.push(Intent::Cancel(job));
        }
    }

    fn content_ui(&mut self, ui: &mut Ui) {
        if let Some(why) = &self.open_error {
            error_ui(ui, why);
            return;
        }
        if self.snapshot.is_loaded
            && self.snapshot.is_empty()
            && self.snapshot.connections.is_empty()
            && !matches!(self.prefs.page, Page::Settings | Page::Sources | Page::Plan)
        {
            let mut cx = cx!(self, ui);
            crate::ui::pages::first_start_ui(ui, &mut cx);
            return;
        }
        let page = self.prefs.page;
        let mut cx = cx!(self, ui);
        self.pages.ui(page, ui, &mut cx);
    }

    fn floating_ui(&mut self, ui: &mut Ui) {
        if let Some(palette) = &mut self.palette {
            match palette.ui(ui) {
                Ended::Open => {}
                Ended::Closed => self.palette = None,
                Ended::Chosen(choice) => {
                    self.palette = None;
                    let ctx = ui.ctx().clone();
                    self.choose(&ctx, choice);
                    ui.request_repaint();
                }
            }
        }
        let mut dialog = self.dialog.take();
        let is_kept = dialog.as_mut().is_some_and(|dialog| {
            let mut cx = cx!(self, ui);
            dialog.ui(ui, &mut cx)
        });
        if !is_kept {
            self.tried = dialog.and_then(Dialog::into_tried).or(self.tried.take());
        } else if self.dialog.is_none() {
            self.dialog = dialog;
        }
        let mut cx = cx!(self, ui);
        self.pages.floating_ui(ui, &mut cx);
        self.help_ui(ui);
        self.inbox_ui(ui);
        if !self.is_picture && self.toasts.ui(ui) == Some(ToastClick::Undo) {
            self.intents.push(Intent::Command(Command::Undo));
        }
        if !self.intents.is_empty() {
            ui.request_repaint();
        }
    }

    fn help_ui(&mut self, ui: &Ui) {
        if !self.help_open {
            return;
        }
        let tokens = theme::tokens(ui);
        let modal = widgets::modal(ui, "help").show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            widgets::heading(ui, t("help-title"));
            let line = |ui: &mut Ui, words: &str, keys: &str| {
                let keys = RichText::new(keys).monospace().color(tokens.muted);
                egui::Sides::new().show(ui, |ui| ui.label(words), |ui| ui.label(keys));
            };
            ScrollArea::vertical().max_height(460.0).show(ui, |ui| {
                // The scroll bar has room of its own.
                ui.set_max_width(ui.available_width() - 12.0);
                if self.prefs.page == Page::Plan {
                    widgets::panel_title(ui, Page::Plan.title());
                    for (words, keys) in plan_keys() {
                        line(ui, words, keys);
                    }
                    ui.add_space(8.0);
                    widgets::panel_title(ui, t("help-everywhere"));
                }
                for command in UiCommand::ALL {
                    let keys = command.shortcuts();
                    if keys.is_empty() {
                        continue;
                    }
                    let keys: Vec<String> = keys.iter().map(|keys| ui.format_shortcut(keys)).collect();
                    line(ui, command.words(), &keys.join("  "));
                }
                for (words, keys) in [(t("help-move"), "↑ ↓"), (t("help-open"), "Enter"), (t("help-copy"), "Ctrl+C")]
                {
                    line(ui, words, keys);
                }
            });
        });
        if widgets::is_closed(&modal) {
            self.help_open = false;
        }
    }
}

/// What the lists, the board and the meeting of Plan hear.
fn plan_keys() -> [(&'static str, &'static str); 12] {
    [
        (t("help-plan-new"), "N"),
        (t("help-plan-side"), "← →"),
        (t("help-plan-choose"), "Space"),
        (t("help-plan-move"), "M"),
        (t("help-plan-points"), "0 … 9"),
        (t("help-plan-rank"), "Alt+↑ Alt+↓"),
        (t("help-plan-split"), "X"),
        (t("help-plan-ask"), "A"),
        (t("help-plan-cancel"), "Delete"),
        (t("help-plan-sprint"), "S"),
        (t("help-plan-meeting"), "P  [ ]"),
        (t("help-plan-card"), "Shift+← Shift+→"),
    ]
}

/// The period and the filters that the pages of figures share.
fn scope_ui(ui: &mut Ui, scope: &mut Scope, snapshot: &Snapshot) {
    period_menu(ui, &mut scope.period);
    let catalog = &snapshot.data.catalog;
    fn items<'a>(entries: impl Iterator<Item = (u32, &'a str)>) -> Vec<FilterItem<'a>> {
        entries.map(|(key, name)| FilterItem { key, name }).collect()
    }
    let filter = &mut scope.filter;
    let teams = items(catalog.teams.iter().map(|e| (e.key, e.name.as_str())));
    filter_menu(ui, t("filter-team"), &teams, &mut filter.teams);
    let services = items(catalog.services.iter().map(|e| (e.key, e.name.as_str())));
    filter_menu(ui, t("filter-service"), &services, &mut filter.services);
    let environments = items(catalog.environments.iter().map(|e| (e.key, e.name.as_str())));
    filter_menu(ui, t("filter-environment"), &environments, &mut filter.environments);
    let pipelines = items(catalog.pipelines.iter().map(|e| (e.key, e.name.as_str())));
    filter_menu(ui, t("filter-pipeline"), &pipelines, &mut filter.pipelines);
    let branches = items(catalog.branches.iter().map(|&code| (code, catalog.word(code))));
    let mut branches = branches;
    branches.sort_by(|a, b| is_trunk(b.name).cmp(&is_trunk(a.name)).then(a.name.cmp(b.name)));
    filter_menu(ui, t("filter-branch"), &branches, &mut filter.branches);
    if !filter.is_empty() && widgets::ghost_button(ui, t("filter-clear")).clicked() {
        *filter = crate::metrics::Filter::default();
    }
}

fn is_trunk(name: &str) -> bool {
    matches!(name, "main" | "master" | "trunk")
}

fn nav_item(ui: &mut Ui, page: Page, is_current: bool, is_open: bool) -> bool {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, is_current, page.title()));
    let fill = if is_current {
        tokens.selected
    } else if response.hovered() {
        tokens.hover
    } else {
        tokens.panel
    };
    ui.painter().rect_filled(rect, egui::CornerRadius::same(6), fill);
    widgets::focus_ring(ui, &response);
    let ink = if is_current { tokens.strong } else { tokens.muted };
    let icon = egui::Rect::from_center_size(egui::pos2(rect.left() + 16.0, rect.center().y), vec2(16.0, 16.0));
    page.icon().paint(ui.painter(), icon, ink);
    if is_open {
        let at = egui::pos2(rect.left() + 34.0, rect.center().y);
        let font = egui::TextStyle::Body.resolve(ui.style());
        ui.painter().text(at, Align2::LEFT_CENTER, page.title(), font, ink);
    }
    let is_by_key = response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let keys = UiCommand::Go(page).shortcuts().first().map(|keys| ui.format_shortcut(keys));
    response.on_hover_text(format!("{} ({})", page.title(), keys.unwrap_or_default())).clicked() || is_by_key
}

/// The period: lengths that people use, or two dates.
fn period_menu(ui: &mut Ui, period: &mut PeriodChoice) {
    let button = ui.add(Button::new(period_words(period)));
    egui::Popup::from_toggle_button_response(&button)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .width(240.0)
        .accessible_name(t("period"))
        .show(|ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for days in [7, 14, 30, 90, 182, 365] {
                let choice = PeriodChoice::LastDays(days);
                if ui.add(Button::selectable(*period == choice, period_words(&choice))).clicked() {
                    *period = choice;
                    ui.close();
                }
            }
            for days in [90, 365] {
                let choice = PeriodChoice::LastDaysWithData(days);
                if ui.add(Button::selectable(*period == choice, period_words(&choice))).clicked() {
                    *period = choice;
                    ui.close();
                }
            }
            ui.separator();
            dates_ui(ui, period);
        });
}

fn dates_ui(ui: &mut Ui, period: &mut PeriodChoice) {
    let id = ui.make_persistent_id("period dates");
    let start = match period {
        PeriodChoice::Dates { from, to } => (from.clone(), to.clone()),
        _ => (String::new(), String::new()),
    };
    let (mut from, mut to): (String, String) = ui.data_mut(|data| data.get_temp(id)).unwrap_or(start);
    ui.horizontal(|ui| {
        widgets::text_field(ui, t("period-from"), &mut from, 92.0);
        ui.label("–");
        widgets::text_field(ui, t("period-to"), &mut to, 92.0);
    });
    widgets::caption(ui, t("period-hint"));
    let are_dates =
        from.parse::<crate::metrics::DateOrTime>().is_ok() && to.parse::<crate::metrics::DateOrTime>().is_ok();
    if ui.add_enabled(are_dates, Button::new(t("period-apply"))).on_disabled_hover_text(t("period-hint")).clicked() {
        *period = PeriodChoice::Dates { from: from.trim().to_owned(), to: to.trim().to_owned() };
        ui.close();
    }
    ui.data_mut(|data| data.insert_temp(id, (from, to)));
}

/// The workspace cannot be opened: what happened and what to do.
fn error_ui(ui: &mut Ui, why: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space(120.0);
        ui.set_max_width(560.0);
        widgets::heading(ui, t("open-failed"));
        ui.add(egui::Label::new(why).wrap());
    });
}
