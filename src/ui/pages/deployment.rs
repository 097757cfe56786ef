//! One deployment opened: what it brought, where it came from, what it caused; marked by hand here.

use egui::{RichText, Ui};

use super::opened::Opened;
use crate::engine::{Command, DeploymentDetail};
use crate::metrics::links::Origin;
use crate::model::columns::NO_CODE;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::widgets;

#[derive(Default)]
pub struct DeploymentPanel {
    pub opened: Opened<DeploymentDetail>,
}

impl DeploymentPanel {
    pub fn open(&mut self, key: u32) {
        self.opened = Opened::of(key);
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        self.opened.ui(ui, "deployment", |ui, key, detail| detail_ui(ui, key, detail, cx));
    }
}

fn detail_ui(ui: &mut Ui, key: u32, detail: &DeploymentDetail, cx: &mut Cx<'_>) -> bool {
    let d = &detail.deployment;
    widgets::heading(ui, &format!("{} → {}", d.service, d.environment));
    widgets::status_label(ui, widgets::kind_of(d.status), widgets::status_word(d.status));
    let row = |ui: &mut Ui, label: &str, value: Option<String>| {
        if let Some(value) = value {
            widgets::form_row(ui, label, |ui| ui.add(egui::Label::new(value).truncate()));
        }
    };
    let at = |time: Option<crate::model::Time>| time.map(|time| format::date_time(time, cx.zone));
    row(ui, t("deployment-id"), Some(d.id.clone()));
    row(ui, t("deployment-version"), d.version.clone());
    row(ui, t("deployment-sha"), d.sha.clone());
    row(ui, t("deployment-started"), at(d.started_at));
    row(ui, t("deployment-finished"), at(d.finished_at));
    row(ui, t("deployment-actor"), d.actor.clone());
    row(ui, t("deployment-run"), d.run.as_ref().map(|run| format!("{} {}", run.pipeline, run.id)));
    row(ui, t("deployment-rollback-of"), d.rollback_of.clone());
    row(ui, t("deployment-fixes"), d.fixes.as_ref().map(|fixes| fixes.join(", ")));
    let data = &cx.snapshot.data;
    let place = data.deployments.key.iter().position(|known| *known == key);
    if let Some(place) = place {
        let arrivals = cx.snapshot.links.arrivals(place);
        let origin = arrivals.first().map(|arrival| origin_words(arrival.origin)).unwrap_or_default();
        let words = tn("deployment-commits", arrivals.len() as u64);
        let words = if origin.is_empty() { words } else { format!("{words} ({origin})") };
        row(ui, t("deployment-brought"), Some(words));
    }
    for incident in &detail.incidents {
        ui.horizontal(|ui| {
            ui.label(RichText::new(t("deployment-caused")).color(cx.tokens.muted));
            ui.label(&incident.title);
        });
    }
    ui.add_space(8.0);
    let mut keep = true;
    ui.horizontal(|ui| {
        let is_rework = d.rework == Some(true);
        let words = if is_rework { t("deployment-unmark-rework") } else { t("deployment-mark-rework") };
        if ui.add_enabled(cx.can_write, egui::Button::new(words)).clicked() {
            cx.want(Intent::Command(Command::MarkRework { deployment: key, is_rework: !is_rework }));
        }
        if d.rollback_of.is_some() {
            if ui.add_enabled(cx.can_write, egui::Button::new(t("deployment-unmark-rollback"))).clicked() {
                cx.want(Intent::Command(Command::MarkRollback { deployment: key, target: None }));
            }
        } else if let Some(target) = place.and_then(|place| previous_of(cx, place)) {
            let response = ui.add_enabled(cx.can_write, egui::Button::new(t("deployment-mark-rollback")));
            let hint = ta("deployment-rollback-hint", &[("when", &format::date_time(target.1, cx.zone))]);
            if response.on_hover_text(hint).clicked() {
                cx.want(Intent::Command(Command::MarkRollback { deployment: key, target: Some(target.0) }));
            }
        }
        if let Some(run) = place.map(|place| cx.snapshot.data.deployments.run[place]).filter(|run| *run != NO_CODE)
            && ui.button(t("deployment-open-run")).clicked()
        {
            cx.want(Intent::OpenRun(run));
            keep = false;
        }
        widgets::at_right(ui, |ui| {
            if widgets::primary_button(ui, t("report-done")).clicked() {
                keep = false;
            }
        });
    });
    keep
}

fn origin_words(origin: Origin) -> &'static str {
    match origin {
        Origin::Given => t("origin-given"),
        Origin::Graph => t("origin-graph"),
        Origin::Change => t("origin-change"),
        Origin::Run => t("origin-run"),
    }
}

/// What ran in the same place before: its key and when it came.
fn previous_of(cx: &Cx<'_>, place: usize) -> Option<(u32, crate::model::Time)> {
    let d = &cx.snapshot.data.deployments;
    let is_same = |row: &usize| d.service[*row] == d.service[place] && d.environment[*row] == d.environment[place];
    let succeeded =
        |row: &usize| matches!(d.status[*row], crate::model::Status::Succeeded | crate::model::Status::Warnings);
    let row = (0..place).rev().find(|row| is_same(row) && succeeded(row))?;
    Some((d.key[row], crate::model::columns::known(d.finished[row])?))
}
