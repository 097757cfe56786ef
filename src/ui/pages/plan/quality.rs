//! How far the charts can be believed: how many finished items they stand on, and what in the data is doubtful.

use egui::{RichText, Ui};

use crate::engine::{Doubtful, Finding, PlanView};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

/// What of a finding is named; the rest is counted.
const NAMED: usize = 4;

pub fn ui(ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) {
    let quality = &view.quality;
    if quality.finished == 0 && quality.findings.is_empty() {
        return;
    }
    let (used, of) = (format::count(quality.used as u64), format::count(quality.finished as u64));
    let words = ta("quality-used", &[("used", &used), ("of", &of)]);
    if quality.may_be_biased() {
        widgets::status_label(ui, StatusKind::Warn, t("quality-biased"));
    }
    if quality.findings.is_empty() {
        widgets::caption(ui, words);
        ui.add_space(4.0);
        return;
    }
    let title = format!("{words} · {}", tn("quality-findings", quality.findings.len() as u64));
    let title = RichText::new(title).small().color(cx.tokens.muted);
    egui::CollapsingHeader::new(title).id_salt("data quality").show(ui, |ui| {
        for finding in &quality.findings {
            finding_ui(ui, finding, view, cx);
        }
    });
    ui.add_space(4.0);
}

fn finding_ui(ui: &mut Ui, finding: &Finding, view: &PlanView, cx: &mut Cx<'_>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.label(finding_words(finding.what, finding.places.len() as u64));
        for (place, name) in finding.places.iter().zip(view.plan.names_of(finding)).take(NAMED) {
            let link = egui::Link::new(RichText::new(name).small().color(cx.tokens.muted));
            if ui.add(link).clicked() {
                let n = *place as usize;
                cx.want(if finding.what.is_of_sprints() {
                    Intent::OpenSprint(view.plan.sprints[n].id.clone())
                } else {
                    Intent::OpenItem(view.plan.items[n].id.clone())
                });
            }
        }
        if let Some(more) = finding.places.len().checked_sub(NAMED).filter(|more| *more > 0) {
            widgets::caption(ui, tn("quality-more", more as u64));
        }
    });
}

fn finding_words(what: Doubtful, n: u64) -> String {
    match what {
        Doubtful::FinishedWithoutStart => tn("quality-without-start", n),
        Doubtful::FinishedBeforeStart => tn("quality-before-start", n),
        Doubtful::BegunWhenCreated => tn("quality-begun-when-created", n),
        Doubtful::Reopened => tn("quality-reopened", n),
        Doubtful::MovedBack => tn("quality-moved-back", n),
        Doubtful::ParentNotBegun => tn("quality-parent-not-begun", n),
        Doubtful::ParentDone => tn("quality-parent-done", n),
        Doubtful::BlockedByClosed => tn("quality-blocked-by-closed", n),
        Doubtful::TwoOpenSprints => tn("quality-two-sprints", n),
        Doubtful::PartInNoSprint => tn("quality-part-in-no-sprint", n),
        Doubtful::EstimatedZero => tn("quality-zero", n),
        Doubtful::WithoutHistory => tn("quality-without-history", n),
        Doubtful::ChangedAfterClose => tn("quality-changed-after-close", n),
        Doubtful::ClockJump => tn("quality-clock-jump", n),
        Doubtful::ClosedOffPlan => tn("quality-closed-off-plan", n),
        Doubtful::Overlapping => tn("quality-overlapping", n),
    }
}
