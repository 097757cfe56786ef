//! The pages, one folder each. A page draws its view model and says what the user wants.

mod ansi;
mod change;
mod delivery;
mod deployment;
mod incident;
mod log;
mod log_search;
mod loop_page;
mod opened;
mod people;
mod pipelines;
mod plan;
mod settings;
mod sources;
mod start;
mod starts;

use egui::Ui;

pub use self::pipelines::RunAct;
use super::app_export::PageExport;
use super::cx::{AddKind, Cx, Intent, Page};
use super::icons::Icon;
use super::text::t;
use super::widgets;
use crate::engine::{Answer, LastView, Question, Snapshot};

pub(super) use incident::choice;
pub(in crate::ui) use plan::state_word;

/// The state of every page.
#[derive(Default)]
pub struct Pages {
    pub delivery: delivery::Delivery,
    pub plan: plan::PlanPage,
    pub pipelines: pipelines::Pipelines,
    pub sources: sources::Sources,
    pub settings: settings::SettingsPage,
    pub home: loop_page::LoopPage,
    pub incident: incident::IncidentPanel,
    pub deployment: deployment::DeploymentPanel,
    pub change: change::ChangePanel,
    pub start: start::StartPanel,
    pub starts: starts::StartsPanel,
    pub log: log::LogPanel,
}

impl Pages {
    pub fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Delivery(view) => self.delivery.view = Some(view),
            Answer::Compare(rows) => self.delivery.compare = Some(rows),
            Answer::Explain(view) => self.delivery.explain = Some(view),
            Answer::Runs(view) => self.pipelines.take_view(view),
            Answer::RunTexts(texts) => self.pipelines.take_texts(texts),
            Answer::Run(key, detail) => self.pipelines.take_run(key, detail),
            Answer::Loop(view) => self.home.view = Some(view),
            Answer::Plan(view) => self.plan.take(view),
            Answer::Deployment(key, detail) => self.deployment.opened.take(key, detail),
            Answer::Change(key, detail) => self.change.opened.take(key, detail),
            Answer::Incident(key, detail) => self.incident.take(key, detail),
            Answer::Rule(preview) => self.sources.take_preview(*preview),
            Answer::Drawing(Ok(drawing)) => self.plan.take_drawing(drawing),
            Answer::ReviewFile(path, read) => self.plan.take_review_file(path, read),
            Answer::Drawing(Err(_)) | Answer::CsvColumns(..) | Answer::Failed(..) => {} // of a dialog, of the toasts
        }
    }

    /// What another system answered, for whoever waits for it.
    pub fn take_desk(&mut self, event: &crate::engine::DeskEvent) {
        self.settings.connections.take(event);
        self.start.take(event);
        self.starts.take(event);
        self.log.take(event);
        self.pipelines.take_desk(event);
    }

    /// Shows what stood there when the window was closed, until something newer comes.
    pub fn show_last(&mut self, last: LastView) {
        let aged = |generation: &mut u64| *generation = 0;
        if self.delivery.view.is_none() {
            self.delivery.view = last.delivery.map(|mut view| {
                aged(&mut view.generation);
                view.into()
            });
        }
        if self.home.view.is_none() {
            self.home.view = last.home.map(|mut view| {
                aged(&mut view.generation);
                view.into()
            });
        }
    }

    pub fn last_view(&self) -> LastView {
        LastView { delivery: self.delivery.view.as_deref().cloned(), home: self.home.view.as_deref().cloned() }
    }

    /// Asks for what the page in sight needs and does not have.
    pub fn ask(&mut self, page: Page, cx: &mut Cx<'_>) {
        match page {
            Page::Loop => self.home.ask(cx),
            Page::Plan => self.plan.ask(cx),
            Page::Delivery => self.delivery.ask(cx),
            Page::Pipelines => self.pipelines.ask(cx),
            Page::Sources | Page::Settings => {}
        }
        self.incident.ask(cx);
        self.deployment.opened.ask(Question::Deployment, cx);
        self.change.opened.ask(Question::Change, cx);
    }

    /// A queue was full: everything is asked again.
    pub fn forget_asked(&mut self) {
        self.home.asked = None;
        self.delivery.forget_asked();
        self.plan.forget_asked();
        self.pipelines.forget_asked();
    }

    /// Something was changed by hand: open details are read again.
    pub fn forget_details(&mut self) {
        self.incident.forget();
        self.deployment.opened.forget();
        self.change.opened.forget();
    }

    pub fn is_settled(&self, page: Page, snapshot: &Snapshot) -> bool {
        let generation = snapshot.generation;
        // An empty workspace has nothing to wait for; only the plan's own empty state comes with its view.
        (snapshot.is_empty() && page != Page::Plan)
            || match page {
                Page::Loop => self.home.view.as_ref().is_some_and(|view| view.generation == generation),
                Page::Delivery => self.delivery.view.as_ref().is_some_and(|view| view.generation == generation),
                Page::Plan => self.plan.is_settled(generation),
                Page::Pipelines => self.pipelines.is_settled(generation),
                Page::Sources | Page::Settings => true,
            }
    }

    pub fn ui(&mut self, page: Page, ui: &mut Ui, cx: &mut Cx<'_>) {
        match page {
            Page::Loop => self.home.ui(ui, cx),
            Page::Plan => self.plan.ui(ui, cx),
            Page::Delivery => self.delivery.ui(ui, cx),
            Page::Pipelines => self.pipelines.ui(ui, cx),
            Page::Sources => self.sources.ui(ui, cx),
            Page::Settings => self.settings.ui(ui, cx),
        }
    }

    /// Panels that float over any page.
    pub fn floating_ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        self.deployment.ui(ui, cx);
        self.incident.ui(ui, cx);
        self.change.ui(ui, cx);
        self.settings.connections.floating_ui(ui, cx);
        self.start.ui(ui, cx);
        self.starts.ui(ui, cx);
        self.log.ui(ui, cx);
    }

    pub fn focus_filter(&mut self, page: Page) {
        match page {
            Page::Pipelines => self.pipelines.focus_filter(),
            Page::Plan => self.plan.focus_filter(),
            _ => {}
        }
    }

    /// Closes what lies on top of a page; `false` where nothing does.
    pub fn close_topmost(&mut self, page: Page) -> bool {
        self.log.close()
            || self.start.close()
            || self.starts.close()
            || self.settings.connections.close_topmost()
            || self.settings.planning.close_topmost()
            || self.change.opened.close()
            || self.incident.close()
            || self.deployment.opened.close()
            || match page {
                Page::Plan => self.plan.close_topmost(),
                Page::Delivery => self.delivery.close_topmost(),
                Page::Pipelines => self.pipelines.close_topmost(),
                Page::Sources => self.sources.close_topmost(),
                _ => false,
            }
    }

    pub fn export(&self, page: Page, cx: &Cx<'_>) -> PageExport {
        match page {
            Page::Loop => self.home.export(cx),
            Page::Plan => self.plan.export(cx),
            Page::Delivery => self.delivery.export(cx),
            Page::Pipelines => self.pipelines.export(cx),
            Page::Sources => self.sources.export(cx),
            Page::Settings => self.settings.export(cx),
        }
    }
}

/// The workspace is empty: the ways in.
pub fn first_start_ui(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.18).max(24.0));
        widgets::heading(ui, t("start-title"));
        widgets::muted(ui, t("start-words"));
        ui.add_space(16.0);
        let ways = [
            (Icon::Delivery, t("start-sample"), t("start-sample-words"), Intent::OpenSample),
            (Icon::Git, t("start-git"), t("start-git-words"), Intent::AddSource(AddKind::Repository)),
            (Icon::Pipelines, t("start-connect"), t("start-connect-words"), Intent::ConnectSystem),
            (Icon::File, t("start-file"), t("start-file-words"), Intent::AddSource(AddKind::File)),
        ];
        for (icon, title, words, intent) in ways {
            ui.allocate_ui_with_layout(egui::vec2(440.0, 64.0), egui::Layout::top_down(egui::Align::Min), |ui| {
                widgets::card(ui, |ui| {
                    ui.set_width(ui.available_width());
                    ui.horizontal(|ui| {
                        let (rect, _) = ui.allocate_exact_size(egui::Vec2::splat(20.0), egui::Sense::hover());
                        icon.paint(ui.painter(), rect, cx.tokens.accent);
                        ui.vertical(|ui| {
                            ui.set_width(310.0);
                            ui.spacing_mut().item_spacing.y = 2.0;
                            widgets::panel_title(ui, title);
                            widgets::muted(ui, words);
                        });
                        widgets::at_right(ui, |ui| {
                            if ui.button(t("start-open")).on_hover_text(title).clicked() {
                                cx.want(intent);
                            }
                        });
                    });
                });
            });
        }
    });
}
