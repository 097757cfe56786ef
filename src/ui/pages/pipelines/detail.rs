//! A run opened: its stages on a time axis, attempts, commits and links.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use super::acts::Acts;
use crate::engine::RunDetail;
use crate::model::record::{FILE_CONNECTION, Run, Stage};
use crate::model::{Status, Time};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::widgets;

pub fn title_of(run: &Run) -> String {
    let name = run.pipeline_name.as_deref().unwrap_or(&run.pipeline);
    run.number.map_or_else(|| format!("{name} {}", run.id), |number| format!("{name} #{number}"))
}

/// Draws the run; `false` when it is closed.
pub fn ui(
    ui: &mut Ui,
    detail: Option<&RunDetail>,
    acts: &mut Acts,
    cx: &mut Cx<'_>,
    more: impl FnOnce(&mut Ui, &mut Cx<'_>),
) -> bool {
    let mut keep = true;
    let Some(detail) = detail else {
        widgets::skeleton(ui, 200.0);
        return keep;
    };
    let run = &detail.run;
    ui.horizontal(|ui| {
        let title = title_of(run);
        widgets::at_right(ui, |ui| {
            if widgets::icon_button(ui, Icon::Close, t("run-close")).clicked() {
                keep = false;
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                let words = RichText::new(&title).text_style(crate::ui::theme::text::h2()).color(cx.tokens.strong);
                ui.add(egui::Label::new(words).truncate()).on_hover_text(&title);
            });
        });
    });
    ui.horizontal(|ui| {
        widgets::status_label(ui, widgets::kind_of(run.status), widgets::status_word(run.status));
        // A bare number, as Buildbot's, says nothing to people.
        let is_said = |raw: &str| raw.eq_ignore_ascii_case(widgets::status_word(run.status));
        let is_word = |raw: &&String| raw.parse::<i64>().is_err() && !is_said(raw);
        if let Some(raw) = run.status_raw.as_ref().filter(is_word) {
            widgets::caption(ui, ta("run-raw", &[("raw", raw)]));
        }
    });
    acts.ui(ui, run, cx, more);
    ScrollArea::vertical().id_salt("run detail").auto_shrink(false).show(ui, |ui| {
        // The bar has its own room.
        ui.set_max_width(ui.available_width() - 10.0);
        facts_ui(ui, run, cx);
        stages_ui(ui, run, cx);
        acts.results_ui(ui, run, cx);
        attempts_ui(ui, detail, cx);
        family_ui(ui, detail);
        commits_ui(ui, detail, cx);
        deployments_ui(ui, detail, cx);
    });
    keep
}

fn facts_ui(ui: &mut Ui, run: &Run, cx: &mut Cx<'_>) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let at = |time: Option<Time>| time.map(|time| format::date_time(time, cx.zone));
    let span = run.started_at.zip(run.finished_at).map(|(from, to)| format::duration(to.secs_since(from)));
    let queue = run.queued_at.or(run.created_at).zip(run.started_at);
    let waited = queue.map(|(from, to)| to.secs_since(from)).filter(|s| *s > 0.0).map(format::duration);
    for (label, value) in [
        (t("run-connection"), Some(run.connection.clone()).filter(|name| name != FILE_CONNECTION)),
        (t("runs-branch"), run.branch.clone().or_else(|| run.tag.clone())),
        (t("runs-service"), run.service.clone()),
        (t("run-event"), run.event.clone()),
        (t("runs-actor"), run.actor.clone()),
        (t("runs-started"), at(run.started_at.or(run.created_at))),
        (t("run-waited"), waited),
        (t("runs-duration"), span),
    ] {
        if let Some(value) = value {
            widgets::form_row(ui, label, |ui| ui.add(egui::Label::new(value).truncate()));
        }
    }
    if let Some(url) = &run.url
        && ui.button(t("run-open-web")).on_hover_text(url).clicked()
    {
        cx.want(Intent::OpenUrl(url.clone()));
    }
}

fn stages_ui(ui: &mut Ui, run: &Run, cx: &Cx<'_>) {
    let Some(stages) = run.stages.as_ref().filter(|stages| !stages.is_empty()) else { return };
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-stages"));
    let times = || stages.iter().flat_map(|stage| [stage.started_at, stage.finished_at]).flatten();
    let first = times().min().or(run.started_at);
    let goes_on = stages.iter().any(goes_on);
    let last = if goes_on { Some(cx.now) } else { times().max().or(run.finished_at) };
    let (Some(first), Some(last)) = (first, last) else {
        for stage in stages {
            widgets::status_label(ui, widgets::kind_of(stage.status), &stage.name);
        }
        return;
    };
    if goes_on {
        ui.ctx().request_repaint_after_secs(1.0);
    }
    let whole = last.secs_since(first).max(1.0);
    for stage in stages {
        stage_ui(ui, stage, first, whole, cx);
    }
    egui::Sides::new().show(ui, |ui| widgets::caption(ui, "0"), |ui| widgets::caption(ui, format::duration(whole)));
}

fn goes_on(stage: &Stage) -> bool {
    stage.status == Status::Running && stage.started_at.is_some() && stage.finished_at.is_none()
}

fn stage_ui(ui: &mut Ui, stage: &Stage, first: Time, whole: f64, cx: &Cx<'_>) {
    let tokens = cx.tokens;
    let end = stage.finished_at.or(goes_on(stage).then_some(cx.now));
    let span = stage.started_at.zip(end).map(|(from, to)| to.secs_since(from));
    let words = span.map(format::duration).unwrap_or_default();
    egui::Sides::new().shrink_left().truncate().show(
        ui,
        |ui| widgets::status_label(ui, widgets::kind_of(stage.status), &stage.name),
        |ui| ui.label(RichText::new(&words).color(tokens.muted)),
    );
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{}: {words}", stage.name)));
    ui.painter().rect_filled(rect, 3.0, tokens.active);
    if let (Some(from), Some(secs)) = (stage.started_at, span) {
        let left = rect.left() + rect.width() * (from.secs_since(first) / whole) as f32;
        let width = (rect.width() * (secs / whole) as f32).max(2.0);
        let bar = egui::Rect::from_min_size(egui::pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(bar.intersect(rect), 3.0, tokens.status(widgets::kind_of(stage.status)));
    }
    let raw = stage.status_raw.as_deref().unwrap_or(stage.status.as_str());
    response.on_hover_text(format!("{} · {raw} · {words}", stage.name));
}

fn attempts_ui(ui: &mut Ui, detail: &RunDetail, cx: &Cx<'_>) {
    if detail.attempts.len() < 2 {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-attempts"));
    for attempt in &detail.attempts {
        ui.horizontal(|ui| {
            let words = ta("run-attempt", &[("n", &attempt.attempt.to_string())]);
            let color = if attempt.attempt == detail.run.attempt { cx.tokens.strong } else { cx.tokens.muted };
            ui.label(RichText::new(words).color(color));
            widgets::status_label(ui, widgets::kind_of(attempt.status), widgets::status_word(attempt.status));
        });
    }
}

/// What started the run, and what it started.
fn family_ui(ui: &mut Ui, detail: &RunDetail) {
    let member = |ui: &mut Ui, run: &Run| {
        ui.horizontal(|ui| {
            ui.label(run.number.map_or_else(|| run.id.clone(), |number| format!("#{number}")));
            widgets::status_label(ui, widgets::kind_of(run.status), widgets::status_word(run.status));
        });
    };
    if let Some(parent) = &detail.parent {
        ui.add_space(8.0);
        widgets::panel_title(ui, t("run-started-by"));
        member(ui, parent);
    }
    if !detail.children.is_empty() {
        ui.add_space(8.0);
        widgets::panel_title(ui, t("run-has-started"));
        detail.children.iter().for_each(|child| member(ui, child));
    }
}

fn commits_ui(ui: &mut Ui, detail: &RunDetail, cx: &mut Cx<'_>) {
    let sha = detail.run.sha.as_deref();
    if detail.commits.is_empty() && sha.is_none() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-commits"));
    if detail.commits.is_empty()
        && let Some(sha) = sha
    {
        ui.horizontal(|ui| {
            ui.monospace(format::short_sha(sha));
            widgets::muted(ui, t("run-commit-unknown"));
        });
    }
    for commit in &detail.commits {
        ui.horizontal(|ui| {
            if ui
                .add(egui::Button::new(RichText::new(format::short_sha(&commit.sha)).monospace()).small())
                .on_hover_text(t("run-copy-sha"))
                .clicked()
            {
                cx.want(Intent::Copy(commit.sha.clone()));
            }
            ui.add(egui::Label::new(commit.subject.clone().unwrap_or_default()).truncate());
        });
    }
}

fn deployments_ui(ui: &mut Ui, detail: &RunDetail, cx: &Cx<'_>) {
    if detail.deployments.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-deployments"));
    for deployment in &detail.deployments {
        ui.horizontal(|ui| {
            widgets::status_label(ui, widgets::kind_of(deployment.status), &deployment.environment);
            if let Some(at) = deployment.finished_at {
                widgets::caption(ui, format::date_time(at, cx.zone));
            }
        });
    }
}
