//! Burn-up and burn-down of a sprint in one chart, with its ideal line and what changed its scope.

use egui::Ui;
use egui_plot::{Line, LineStyle, MarkerShape, PlotPoints, Points, Span, VLine};

use super::amount;
use super::report::{Reading, read};
use crate::engine::PlanView;
use crate::metrics::plan::ledger::{Cause, SprintReport, Step};
use crate::model::Time;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::widgets;
use crate::ui::widgets::chart::{TimeChart, Unit, chart_title, hatch, legend, secs, too_few};

/// In a longer chart, days without work would be a pattern of stripes.
const MOST_DAYS_SHADED: f64 = 100.0;

/// A value that holds until the next one.
fn stairs(steps: &[Step], until: Time, value: impl Fn(&Step) -> f64) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::with_capacity(steps.len() * 2);
    for step in steps {
        let x = secs(step.at.0);
        if let Some(last) = points.last().map(|point| point[1]) {
            points.push([x, last]);
        }
        points.push([x, value(step)]);
    }
    if let Some(last) = points.last().map(|point| point[1]) {
        points.push([secs(until.0), last]);
    }
    points
}

pub(super) fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Start => t("burn-start"),
        Cause::Added => t("burn-added"),
        Cause::Removed => t("burn-removed"),
        Cause::Estimated => t("burn-estimated"),
        Cause::Cancelled => t("burn-cancelled"),
        Cause::Restored => t("burn-restored"),
        Cause::Done => t("burn-done"),
        Cause::Reopened => t("burn-reopened"),
    }
}

pub fn ui(ui: &mut Ui, view: &PlanView, reading: Reading, height: f32, cx: &Cx<'_>) {
    chart_title(ui, t("plan-burn"), None);
    let burn = match &view.burn {
        Some(Ok(burn)) => burn,
        Some(Err(why)) => {
            let place = egui::Rect::from_min_size(ui.cursor().min, egui::vec2(ui.available_width(), height));
            // A sprint that is over and tells no history has nothing to fold.
            if view.sprint.is_some_and(|n| view.plan.ledgers[n].closed_at.is_some()) {
                hatch(ui, place);
            }
            return too_few(ui, height, why);
        }
        None => return too_few(ui, height, t("plan-burn-none")),
    };
    let report = read(burn, reading);
    let tokens = cx.tokens;
    let to = report.planned_end().max(report.until);
    let steps = report.steps.clone();
    let titles: Vec<String> = steps
        .iter()
        .map(|step| step.item.and_then(|n| view.plan.items.get(n as usize)).map(|item| item.title.clone()))
        .map(Option::unwrap_or_default)
        .collect();
    let (zone, shown) = (cx.zone.clone(), steps.clone());
    let hover = move |x: f64| {
        let at = shown.iter().rposition(|step| secs(step.at.0) <= x)?;
        let step = &shown[at];
        let numbers = [("scope", amount(step.scope)), ("done", amount(step.done)), ("left", amount(step.remaining))];
        let args: Vec<(&str, &str)> = numbers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let why = step.reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let when = format::date_time(step.at, &zone);
        let title = if titles[at].is_empty() { String::new() } else { format!(": {}", titles[at]) };
        Some(format!("{when}\n{}{title}{why}\n{}", cause_word(step.cause), ta("burn-hover", &args)))
    };
    // The ends that were planned: the last counts, from the others it was moved.
    let ends: Vec<f64> = report.ends.iter().map(|(_, end)| secs(end.0)).collect();
    let is_short = to.secs_since(report.started_at) <= MOST_DAYS_SHADED * 86_400.0;
    let off: Vec<(f64, f64)> =
        burn.off.iter().filter(|_| is_short).map(|(from, to)| (secs(from.0), secs(to.0))).collect();
    let wash = tokens.muted.gamma_multiply(0.12);
    let chart = TimeChart {
        name: "burn",
        height,
        unit: Unit::Count,
        from: secs(report.started_at.0),
        to: secs(to.0),
        zone: cx.zone,
        now: cx.now,
        incidents: &[],
        marks: &[],
        words: t("plan-burn-words"),
    };
    chart.show(ui, hover, |plot| {
        for (from, to) in off {
            let rest = Span::new("", from..=to).axis(egui_plot::Axis::X).fill(wash);
            plot.span(rest.border(egui::Stroke::NONE));
        }
        for (n, end) in ends.iter().enumerate() {
            let style = if n + 1 == ends.len() { LineStyle::Solid } else { LineStyle::dashed_dense() };
            plot.vline(VLine::new("", *end).color(tokens.muted).width(1.0).style(style).allow_hover(false));
        }
        // Steps stand upright; drawn as a band they would become slopes.
        let line = |name: &str, points: Vec<[f64; 2]>, color| {
            Line::new(name, PlotPoints::from(points)).color(color).allow_band(false)
        };
        let ideal: Vec<[f64; 2]> = burn.ideal.iter().map(|(at, left)| [secs(at.0), *left]).collect();
        plot.line(line(t("burn-ideal"), ideal, tokens.muted).style(LineStyle::dashed_loose()).width(1.2));
        if !burn.needed.is_empty() {
            let needed: Vec<[f64; 2]> = burn.needed.iter().map(|(at, left)| [secs(at.0), *left]).collect();
            let dotted = LineStyle::Dotted { spacing: 5.0 };
            plot.line(line(t("burn-needed"), needed, tokens.series[0]).style(dotted).width(1.6));
        }
        plot.line(line(t("burn-scope"), stairs(&steps, report.until, |s| s.scope), tokens.series[1]).width(1.6));
        plot.line(line(t("burn-done-line"), stairs(&steps, report.until, |s| s.done), tokens.series[2]).width(1.8));
        plot.line(line(t("burn-left"), stairs(&steps, report.until, |s| s.remaining), tokens.series[0]).width(2.0));
        let changed =
            |cause: Cause| matches!(cause, Cause::Added | Cause::Removed | Cause::Estimated | Cause::Cancelled);
        let marks: Vec<[f64; 2]> =
            steps.iter().filter(|step| changed(step.cause)).map(|step| [secs(step.at.0), step.scope]).collect();
        if !marks.is_empty() {
            let marks = Points::new(t("burn-changed"), marks).color(tokens.warn).radius(4.0);
            plot.points(marks.shape(MarkerShape::Diamond));
        }
    });
    let mut entries = vec![
        (tokens.series[0], t("burn-left")),
        (tokens.series[2], t("burn-done-line")),
        (tokens.series[1], t("burn-scope")),
        (tokens.muted, t("burn-ideal")),
        (tokens.warn, t("burn-changed")),
        (tokens.muted, if report.ends.len() > 1 { t("burn-ends") } else { t("burn-end") }),
    ];
    if !burn.needed.is_empty() {
        entries.push((tokens.series[0], t("burn-needed")));
    }
    if is_short && !burn.off.is_empty() {
        entries.push((tokens.muted.gamma_multiply(0.4), t("burn-off")));
    }
    legend(ui, &entries);
    facts_ui(ui, report);
}

/// How what was said stands to what was done; the sums stand in the report.
fn facts_ui(ui: &mut Ui, report: &SprintReport) {
    let said_done = report.completed.value - report.completed_added.value;
    let mut words = Vec::new();
    if report.wanted() > 0.0 {
        words.push(ta("burn-say-do", &[("share", &format::percent(said_done / report.wanted()))]));
    }
    let scope = report.commitment.value + report.added.value;
    if report.added.value > 0.0 && scope > 0.0 {
        words.push(ta("burn-unplanned", &[("share", &format::percent(report.added.value / scope))]));
    }
    if let Some(unestimated) = report.steps.last().map(|step| step.unestimated as u64).filter(|n| *n > 0) {
        words.push(tn("sum-unestimated", unestimated));
    }
    widgets::caption(ui, words.join(" · "));
}
