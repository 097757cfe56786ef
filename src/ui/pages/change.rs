//! One pull or merge request opened: its way from the first commit, and what it is made of.

use egui::{RichText, ScrollArea, Ui};

use super::opened::Opened;
use crate::engine::ChangeDetail;
use crate::model::Time;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, tn};
use crate::ui::widgets;

#[derive(Default)]
pub struct ChangePanel {
    pub opened: Opened<ChangeDetail>,
    /// The deployment with which it first arrived, where the caller knows it.
    deployment: Option<u32>,
}

impl ChangePanel {
    pub fn open(&mut self, key: u32, deployment: Option<u32>) {
        *self = Self { opened: Opened::of(key), deployment };
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let deployment = self.deployment;
        self.opened.ui(ui, "change", |ui, _, detail| detail_ui(ui, detail, deployment, cx));
    }
}

fn detail_ui(ui: &mut Ui, detail: &ChangeDetail, deployment: Option<u32>, cx: &mut Cx<'_>) -> bool {
    let change = &detail.change;
    widgets::heading(ui, change.title.as_deref().unwrap_or(&change.id));
    let author = change.author.as_deref().map(|author| format!(" · {author}")).unwrap_or_default();
    widgets::muted(ui, format!("{} #{}{author}", change.repo, change.id));
    if let (Some(branch), Some(target)) = (&change.branch, &change.target) {
        ui.add(egui::Label::new(RichText::new(format!("{branch} → {target}")).monospace()).truncate());
    }
    times_ui(ui, detail, cx);
    if !detail.commits.is_empty() {
        ui.label(RichText::new(tn("loop-commits", detail.commits.len() as u64)).color(cx.tokens.muted));
        ScrollArea::vertical().id_salt("change commits").max_height(160.0).auto_shrink([false, true]).show(ui, |ui| {
            for commit in &detail.commits {
                ui.horizontal(|ui| {
                    let sha = format::short_sha(&commit.sha);
                    ui.label(RichText::new(sha).monospace().color(cx.tokens.muted));
                    widgets::muted(ui, format::date_time(commit.authored_at, cx.zone));
                    ui.add(egui::Label::new(commit.subject.as_deref().unwrap_or_default()).truncate());
                });
            }
        });
    }
    let mut keep = true;
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if let Some(url) = &change.url
            && ui.button(t("run-open-web")).clicked()
        {
            cx.want(Intent::OpenUrl(url.clone()));
        }
        if let Some(deployment) = deployment
            && ui.button(t("change-open-deployment")).clicked()
        {
            cx.want(Intent::OpenDeployment(deployment));
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

/// Each known step with how long it took since the step before it.
fn times_ui(ui: &mut Ui, detail: &ChangeDetail, cx: &Cx<'_>) {
    let change = &detail.change;
    let first = change.first_commit_at.or_else(|| detail.commits.iter().map(|commit| commit.authored_at).min());
    let steps: [(&str, Option<Time>); 6] = [
        (t("change-first-commit"), first),
        (t("change-opened"), Some(change.created_at)),
        (t("change-reviewed"), change.first_review_at),
        (t("change-approved"), change.approved_at),
        (t("change-merged"), change.merged_at),
        (t("change-closed"), change.closed_at.filter(|_| change.merged_at.is_none())),
    ];
    let mut before: Option<Time> = None;
    for (name, at) in steps {
        let Some(at) = at else { continue };
        widgets::form_row(ui, name, |ui| {
            ui.label(format::date_time(at, cx.zone));
            if let Some(before) = before.filter(|before| *before <= at) {
                widgets::caption(ui, format!("+{}", format::duration((at.0 - before.0) as f64 / 1e6)));
            }
        });
        before = Some(at);
    }
    if change.merged_at.is_none() && change.closed_at.is_none() {
        let open = (cx.now.0 - change.created_at.0) as f64 / 1e6;
        widgets::form_row(ui, t("change-open"), |ui| ui.label(format::duration(open)));
    }
}
