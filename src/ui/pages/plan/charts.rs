//! What history says: the sprint's burn chart, velocity, flow, cycle times, ageing work and the forecast.

use std::sync::Arc;

use egui::{RichText, Ui, vec2};
use egui_plot::{Bar, BarChart, HLine, HoverPosition, Line, LineStyle, PlotPoints, Points};

use super::report::Reading;
use super::{amount, burn, quality, report, unit_amount, unplanned};
use crate::engine::{Ageing, ClosedSprint, Cycle, Doubtful, PlanView};
use crate::metrics::plan::flow::PERCENTILES;
use crate::model::plan::ItemState;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::size;
use crate::ui::widgets;
use crate::ui::widgets::chart::{TimeChart, Unit, chart_title, hatch, legend, named_bars, secs, too_few};

const HEIGHT: f32 = 180.0;
const CARD: f32 = HEIGHT + 108.0;
/// Items under way that are named.
const MOST_AGEING: usize = 8;

pub fn ui(ui: &mut Ui, view: &Arc<PlanView>, reading: &mut Reading, cx: &mut Cx<'_>) {
    egui::ScrollArea::vertical().id_salt("plan charts").auto_shrink(false).show(ui, |ui| {
        // The bar has its own room.
        ui.set_max_width(ui.available_width() - 10.0);
        let half = ((ui.available_width() - size::GAP) / 2.0).floor();
        quality::ui(ui, view, cx);
        let mut wanted_sprint = None;
        pair(ui, half, |ui| burn::ui(ui, view, *reading, HEIGHT, cx), |ui| wanted_sprint = velocity_ui(ui, view, cx));
        if let Some(sprint) = wanted_sprint {
            cx.want(Intent::OpenSprint(view.plan.sprints[sprint as usize].id.clone()));
        }
        if matches!(view.burn, Some(Ok(_))) {
            widgets::card(ui, |ui| {
                ui.set_width(ui.available_width());
                report::ui(ui, view, reading, cx);
            });
            ui.add_space(size::GAP);
        }
        pair(ui, half, |ui| unplanned::ui(ui, view, HEIGHT, cx), |ui| forecast_ui(ui, view, cx));
        let mut wanted = None;
        let mut wanted_of_cycles = None;
        pair(ui, half, |ui| wanted_of_cycles = cycle_ui(ui, view, cx), |ui| wanted = ageing_ui(ui, view, cx));
        widgets::card(ui, |ui| {
            ui.set_width(ui.available_width());
            flow_ui(ui, view, cx);
        });
        if let Some(item) = wanted.or(wanted_of_cycles) {
            cx.want(Intent::OpenItem(view.plan.items[item as usize].id.clone()));
        }
    });
}

fn pair(ui: &mut Ui, width: f32, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        super::column(ui, width, CARD, a);
        super::column(ui, width, CARD, b);
    });
    ui.add_space(size::GAP);
}

/// What was committed and done, sprint by sprint; gives the one that is wanted.
fn velocity_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) -> Option<u32> {
    let (tokens, unit) = (cx.tokens, view.unit);
    chart_title(ui, t("plan-velocity"), Some(ta("chart-n", &[("n", &format::count(view.closed.len() as u64))])));
    if view.closed.is_empty() {
        none_closed_ui(ui, HEIGHT, view);
        return None;
    }
    let last: Vec<_> = view.closed.iter().rev().take(16).rev().cloned().collect();
    if last.iter().all(|sprint| sprint.committed.value + sprint.completed.value == 0.0) {
        too_few(ui, HEIGHT, t("plan-nothing-in-unit"));
        return None;
    }
    let names = last.iter().map(|sprint| sprint.name.clone()).collect();
    let told = last.iter().map(|sprint| told_of(sprint, unit)).collect();
    let bars = named_bars(ui, "velocity", HEIGHT, Unit::Count, (names, told)).include_y(1.0);
    let shown = bars.show(ui, |plot| {
        let bars = |offset: f64, value: &dyn Fn(&ClosedSprint) -> f64, color| {
            let bar = |(n, sprint): (usize, &ClosedSprint)| {
                Bar::new(n as f64 + offset, value(sprint)).width(0.36).fill(color)
            };
            last.iter().enumerate().map(bar).collect::<Vec<_>>()
        };
        let committed = bars(-0.19, &|sprint| sprint.committed.value, tokens.muted.gamma_multiply(0.6));
        // What was done of what was said, and on it what was done of what came in.
        let said = |sprint: &ClosedSprint| sprint.completed.value - sprint.completed_added.value;
        let done = bars(0.19, &said, tokens.series[0]);
        let added = bars(0.19, &|sprint| sprint.completed_added.value, tokens.series[1]).into_iter().zip(&last);
        let added = added.map(|(bar, sprint)| bar.base_offset(said(sprint))).collect();
        plot.bar_chart(BarChart::new(t("plan-committed"), committed).allow_hover(false).color(tokens.muted));
        plot.bar_chart(BarChart::new(t("plan-completed"), done).allow_hover(false).color(tokens.series[0]));
        plot.bar_chart(BarChart::new(t("plan-completed-added"), added).allow_hover(false).color(tokens.series[1]));
        if let Some(velocity) = &view.velocity {
            let line = HLine::new(t("plan-likely"), velocity.likely).color(tokens.ok).width(1.4);
            plot.hline(line.style(LineStyle::dashed_dense()));
        }
    });
    let clicked = shown.response.interact_pointer_pos().filter(|_| shown.response.clicked());
    let clicked = clicked.map(|at| shown.transform.value_from_position(at).x.round());
    let wanted = clicked.filter(|n| *n >= 0.0).and_then(|n| last.get(n as usize)).map(|sprint| sprint.place);
    legend(
        ui,
        &[
            (tokens.muted, t("plan-committed")),
            (tokens.series[0], t("plan-completed")),
            (tokens.series[1], t("plan-completed-added")),
            (tokens.ok, t("plan-likely")),
        ],
    );
    match &view.velocity {
        Some(velocity) => {
            let words = [
                ("n", velocity.n.to_string()),
                ("likely", amount(velocity.likely)),
                ("even", amount(velocity.even_odds)),
            ];
            let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
            widgets::caption(ui, ta("plan-support", &args));
        }
        None => {
            widgets::caption(ui, super::backlog::no_velocity_words(view));
        }
    }
    wanted
}

/// A closed sprint in words.
fn told_of(sprint: &ClosedSprint, unit: crate::metrics::plan::ledger::Unit) -> String {
    let mut words = vec![
        sprint.name.clone(),
        ta("burn-committed", &[("n", &unit_amount(sprint.committed.value, unit))]),
        ta("burn-completed", &[("n", &unit_amount(sprint.completed.value, unit))]),
        ta("burn-sum-added", &[("n", &unit_amount(sprint.added.value, unit))]),
    ];
    let share = sprint.said_and_done();
    words.extend(share.map(|share| ta("burn-say-do", &[("share", &format::percent(share))])));
    words.join("\n")
}

/// No closed sprint tells what it was to deliver; hatched where there are some.
pub(super) fn none_closed_ui(ui: &mut Ui, height: f32, view: &PlanView) {
    let is_of_team = |n: usize| view.team.as_ref().is_none_or(|team| view.plan.sprints[n].team == *team);
    let mut ledgers = view.plan.ledgers.iter().enumerate();
    let is_any = ledgers.any(|(n, ledger)| ledger.closed_at.is_some() && is_of_team(n));
    let place = egui::Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
    if is_any {
        hatch(ui, place);
    }
    too_few(ui, height, if is_any { t("plan-velocity-untold") } else { t("plan-velocity-none") });
}

fn forecast_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    chart_title(ui, t("plan-forecast"), None);
    let outlook = match &view.outlook {
        Ok(outlook) => outlook,
        Err(why) => return too_few(ui, HEIGHT, why),
    };
    let sample = [
        ("n", outlook.finished.to_string()),
        ("from", outlook.sample_from.clone()),
        ("to", outlook.sample_to.clone()),
        ("days", outlook.active_days.to_string()),
    ];
    let args: Vec<(&str, &str)> = sample.iter().map(|(name, value)| (*name, value.as_str())).collect();
    widgets::caption(ui, ta("forecast-sample", &args));
    let until = outlook.sample_to.parse::<jiff::civil::Date>();
    let today = crate::metrics::date_of(view.now, &view.zone);
    if until.is_ok_and(|until| (today - until).get_days() > 1) {
        ui.label(RichText::new(t("forecast-old")).small().color(cx.tokens.warn));
    }
    ui.add_space(4.0);
    egui::Grid::new("forecast").num_columns(4).spacing(vec2(24.0, 6.0)).show(ui, |ui| {
        widgets::caption(ui, t("forecast-confidence"));
        widgets::caption(ui, tn("forecast-in-days", outlook.horizon_days.unwrap_or(14) as u64));
        match outlook.items {
            Some(items) => {
                let is_of_sprint = view.members.iter().any(|n| !view.plan.is_over(*n as usize));
                let items = items as u64;
                widgets::caption(
                    ui,
                    match (is_of_sprint, items == view.backlog.len() as u64) {
                        (true, _) => tn("forecast-all", items),
                        (false, true) => tn("forecast-backlog", items),
                        // Of several teams, or without one, not all of it is this team's work.
                        (false, false) => tn("forecast-backlog-team", items),
                    },
                )
            }
            None => widgets::caption(ui, ""),
        };
        widgets::caption(ui, t("forecast-came-true"));
        ui.end_row();
        for (at, (confidence, items)) in outlook.how_many.iter().enumerate() {
            ui.label(format::percent(*confidence));
            ui.label(RichText::new(ta("forecast-at-least", &[("n", &items.to_string())])).color(cx.tokens.strong));
            let when = outlook.when.get(at).and_then(|(_, days)| *days);
            ui.label(match (outlook.items, when) {
                (None, _) => String::new(),
                (Some(_), Some(days)) => day_after(&outlook.sample_to, days),
                (Some(_), None) => t("forecast-never").to_owned(),
            });
            let came_true = outlook.calibration.came_true.iter().find(|(known, _)| known == confidence);
            ui.label(came_true.and_then(|(_, share)| *share).map_or_else(|| "–".to_owned(), format::percent));
            ui.end_row();
        }
    });
    widgets::caption(ui, tn("forecast-calibration", outlook.calibration.forecasts as u64));
    if outlook.is_doubtful() {
        ui.label(RichText::new(tn("forecast-doubtful", outlook.backwards as u64)).small().color(cx.tokens.warn));
    }
}

/// A day so many days after another, as `2026-03-01`.
fn day_after(day: &str, days: u32) -> String {
    let moved = day.parse::<jiff::civil::Date>().ok();
    let moved = moved.and_then(|day| day.checked_add(jiff::Span::new().days(i64::from(days))).ok());
    moved.map_or_else(|| tn("plan-days", u64::from(days)), |day| day.strftime("%-d %b %Y").to_string())
}

/// Gives the item that is wanted.
fn cycle_ui(ui: &mut Ui, view: &Arc<PlanView>, cx: &Cx<'_>) -> Option<u32> {
    let tokens = cx.tokens;
    let n = ta("chart-n", &[("n", &format::count(view.cycles.len() as u64))]);
    chart_title(ui, t("plan-cycle"), Some(format!("{} · {n}", t("table-days").to_lowercase())));
    let (Some(first), Some(last)) =
        (view.cycles.iter().map(|cycle| cycle.done).min(), view.cycles.iter().map(|cycle| cycle.done).max())
    else {
        too_few(ui, HEIGHT, t("plan-cycle-none"));
        return None;
    };
    let (zone, now, shown) = (cx.zone.clone(), cx.now, view.clone());
    let hover = move |position: &HoverPosition<'_>| {
        let HoverPosition::NearDataPoint { plot_name, index, .. } = position else { return None };
        let cycle = shown.cycles.get(*index).filter(|_| *plot_name == t("plan-cycle"))?;
        let item = &shown.plan.items[cycle.item as usize];
        let days = tn("plan-days", u64::from(cycle.days));
        Some(format!("{} {}\n{} · {days}", item.id, item.title, format::near_date(cycle.done, now, &zone)))
    };
    // Points of the first and the last day are whole, too.
    let edge = ((last.0 - first.0) as f64 * 0.02 / 1e6).max(43_200.0);
    let chart = TimeChart {
        name: "cycle",
        height: HEIGHT,
        unit: Unit::Count,
        from: secs(first.0) - edge,
        // Beside the last points there is room for what the lines are called.
        to: secs(last.0) + edge + (secs(last.0) - secs(first.0)) * LABEL_ROOM,
        zone: cx.zone,
        now: cx.now,
        incidents: &[],
        marks: &[],
        words: t("plan-cycle-words"),
    };
    // There are finished items, or there would be no chart.
    let percentiles = view.cycle_times.percentiles.map(Option::unwrap_or_default);
    let are_enough = view.cycles.len() >= LEAST_FOR_PERCENTILES;
    let place = |cycle: &Cycle| [secs(cycle.done.0), f64::from(cycle.days)];
    let plot = chart.show_points(ui, hover, |plot| {
        let points: Vec<[f64; 2]> = view.cycles.iter().map(place).collect();
        plot.points(Points::new(t("plan-cycle"), points).color(tokens.series[0].gamma_multiply(0.7)).radius(2.6));
        if !are_enough {
            return;
        }
        let colors = [tokens.ok, tokens.muted, tokens.warn, tokens.crit];
        for (value, color) in percentiles.into_iter().zip(colors) {
            plot.hline(HLine::new("", value).color(color).width(1.0).style(LineStyle::dashed_dense()));
        }
        let most = view.cycles.iter().map(|cycle| cycle.days).max().map_or(0.0, f64::from);
        for (value, words) in line_names(percentiles, most * NEAR_LINES) {
            let at = egui_plot::PlotPoint::new(chart.to, value);
            let words = RichText::new(words).small();
            plot.text(egui_plot::Text::new("", at, words).color(tokens.text).anchor(egui::Align2::RIGHT_BOTTOM));
        }
    });
    widgets::caption(
        ui,
        if are_enough { percentile_words(percentiles) } else { tn("cycle-few", LEAST_FOR_PERCENTILES as u64) },
    );
    untold_ui(ui, *plot.transform.frame(), view);
    let clicked = plot.response.interact_pointer_pos().filter(|_| plot.response.clicked())?;
    let away = |cycle: &Cycle| plot.transform.position_from_point(&place(cycle).into()).distance(clicked);
    let nearest = view.cycles.iter().min_by(|a, b| away(a).total_cmp(&away(b)))?;
    (away(nearest) <= NEAR).then_some(nearest.item)
}

/// Of fewer finished items a percentile says how they were, and nothing of what comes.
const LEAST_FOR_PERCENTILES: usize = 20;

/// Of the time that is shown, what the names of lines take.
const LABEL_ROOM: f64 = 0.16;
/// Lines that are closer than this share of the longest time have one name together.
const NEAR_LINES: f64 = 0.08;

/// What the lines of percentiles are called, the highest first: those that lie close together by one name.
fn line_names(percentiles: [f64; 4], near: f64) -> Vec<(f64, String)> {
    let mut groups: Vec<(f64, [f64; 2])> = Vec::new();
    for (value, share) in percentiles.into_iter().zip(PERCENTILES).rev() {
        match groups.last_mut().filter(|(last, _)| last - value < near) {
            Some((_, [low, _])) => *low = share,
            None => groups.push((value, [share, share])),
        }
    }
    let name = |[low, high]: [f64; 2]| match low < high {
        true => format!("{:.0} – {}", low * 100.0, format::percent(high)),
        false => format::percent(high),
    };
    groups.into_iter().map(|(value, shares)| (value, name(shares))).collect()
}

/// How far from a point a click still means it.
const NEAR: f32 = 8.0;

/// States that no source told as they changed are hatched, and said to be.
fn untold_ui(ui: &mut Ui, values: egui::Rect, view: &PlanView) {
    let untold = view.quality.count(Doubtful::WithoutHistory);
    if untold > 0 {
        hatch(ui, values);
        widgets::caption(ui, tn("chart-untold", untold as u64));
    }
}

fn flow_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) {
    let tokens = cx.tokens;
    chart_title(ui, t("plan-flow"), None);
    let at = |day: jiff::civil::Date| {
        let noon = day.at(12, 0, 0, 0).to_zoned(cx.zone.clone());
        noon.map_or(0.0, |noon| noon.timestamp().as_second() as f64)
    };
    let (Some(first), Some(last)) = (view.flow.first(), view.flow.last()) else {
        return too_few(ui, HEIGHT, t("plan-flow-none"));
    };
    if last.to_do + last.in_progress + last.in_review + last.done == 0 {
        return too_few(ui, HEIGHT, t("plan-flow-none"));
    }
    let days: Vec<f64> = view.flow.iter().map(|day| at(day.day)).collect();
    let (shown, moments) = (view.flow.clone(), days.clone());
    let hover = move |x: f64| {
        let n = moments.iter().rposition(|at| *at <= x + 43_200.0)?;
        let day = shown.get(n)?;
        let rows = [
            (t("plan-to-do"), day.to_do),
            (t("item-state-in-progress"), day.in_progress),
            (t("item-state-in-review"), day.in_review),
            (t("item-state-done"), day.done),
        ];
        let rows: Vec<String> = rows.iter().map(|(name, n)| format!("{name} {n}")).collect();
        let back = if day.moved_back > 0 {
            format!("\n{}", tn("flow-moved-back", day.moved_back.into()))
        } else {
            String::new()
        };
        Some(format!("{}\n{}{back}", day.day, rows.join("\n")))
    };
    let chart = TimeChart {
        name: "flow",
        height: HEIGHT,
        unit: Unit::Count,
        from: at(first.day),
        to: at(last.day),
        zone: cx.zone,
        now: cx.now,
        incidents: &[],
        marks: &[],
        words: t("plan-flow-words"),
    };
    let bands = [
        (t("plan-to-do"), tokens.muted, [true, true, true, true]),
        (t("item-state-in-progress"), tokens.series[0], [false, true, true, true]),
        (t("item-state-in-review"), tokens.series[1], [false, false, true, true]),
        (t("item-state-done"), tokens.series[2], [false, false, false, true]),
    ];
    let values = chart.show(ui, hover, |plot| {
        // The highest first: each covers the one before.
        for (name, color, parts) in bands {
            let height = |day: &crate::metrics::plan::flow::DayStates| -> f64 {
                let all = [day.to_do, day.in_progress, day.in_review, day.done];
                all.iter().zip(parts).filter(|(_, is_in)| *is_in).map(|(n, _)| f64::from(*n)).sum()
            };
            let points: Vec<[f64; 2]> = view.flow.iter().zip(&days).map(|(day, x)| [*x, height(day)]).collect();
            let line = |ink: egui::Color32, alpha: f32| {
                Line::new(name, PlotPoints::from(points.clone())).color(ink).width(1.2).fill(0.0).fill_alpha(alpha)
            };
            // What is drawn below would shine through.
            plot.line(line(tokens.panel, 1.0).allow_hover(false));
            plot.line(line(color, 0.45));
        }
    });
    let entries: Vec<(egui::Color32, &str)> = bands.iter().map(|(name, color, _)| (*color, *name)).collect();
    legend(ui, &entries);
    if last.moved_back > 0 {
        widgets::caption(ui, tn("flow-moved-back", last.moved_back.into()));
    }
    untold_ui(ui, values, view);
}

/// Gives the item that is wanted.
fn ageing_ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) -> Option<u32> {
    chart_title(ui, t("plan-ageing"), Some(ta("chart-n", &[("n", &format::count(view.ageing.len() as u64))])));
    if view.ageing.is_empty() {
        too_few(ui, HEIGHT, t("plan-ageing-none"));
        return None;
    }
    let mut wanted = None;
    let most = f64::from(view.ageing.iter().map(|ageing| ageing.days).max().unwrap_or(1)).max(1.0);
    for ageing in view.ageing.iter().take(MOST_AGEING) {
        if ui.horizontal(|ui| ageing_row(ui, ageing, most, view, cx)).inner {
            wanted = Some(ageing.item);
        }
    }
    if let Some(more) = view.ageing.len().checked_sub(MOST_AGEING).filter(|more| *more > 0) {
        widgets::caption(ui, tn("quality-more", more as u64));
    }
    widgets::caption(ui, if view.pace.is_some() { t("ageing-how") } else { t("ageing-no-pace") });
    wanted
}

/// The percentiles at which items of the past had left the column that an item is in.
fn pace_of(ageing: &Ageing, view: &PlanView) -> Option<[f64; 4]> {
    let column = usize::from(ageing.state == ItemState::InReview);
    view.pace.map(|pace| pace[column])
}

/// Whether the item is wanted.
fn ageing_row(ui: &mut Ui, ageing: &Ageing, most: f64, view: &PlanView, cx: &Cx<'_>) -> bool {
    let item = &view.plan.items[ageing.item as usize];
    let pace = pace_of(ageing, view);
    let passed = pace.map(|pace| pace.iter().filter(|days| f64::from(ageing.days) > **days).count());
    // Older than half of the past is worth a look, older than 85 % of it is late.
    let color = match passed {
        None => cx.tokens.series[0],
        Some(0) => cx.tokens.ok,
        Some(1 | 2) => cx.tokens.warn,
        Some(_) => cx.tokens.crit,
    };
    let width = (ui.available_width() - 250.0).max(80.0);
    let title = RichText::new(&item.title).color(cx.tokens.text);
    let title = egui::Button::new(title).frame(false).truncate();
    let row = ui.allocate_ui_with_layout(vec2(width, 18.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
        ui.set_width(width);
        ui.add(title).clicked()
    });
    ui.allocate_ui(vec2(70.0, 18.0), |ui| {
        ui.set_width(70.0);
        let is_review = ageing.state == ItemState::InReview;
        widgets::caption(ui, if is_review { t("item-state-in-review") } else { t("item-state-in-progress") });
    });
    let (rect, bar) = ui.allocate_exact_size(vec2(90.0, 8.0), egui::Sense::hover());
    let at = |days: f64| rect.left() + rect.width() * (days / most).min(1.0) as f32;
    let mut filled = rect;
    filled.set_right(at(f64::from(ageing.days)));
    ui.painter().rect_filled(rect, 3.0, cx.tokens.hover);
    ui.painter().rect_filled(filled, 3.0, color);
    for days in pace.iter().flatten().filter(|days| **days < most) {
        ui.painter().vline(at(*days), rect.y_range(), egui::Stroke::new(1.0, cx.tokens.strong));
    }
    widgets::caption(ui, tn("plan-days", u64::from(ageing.days)));
    if let Some(pace) = pace {
        bar.on_hover_text(percentile_words(pace));
    }
    row.inner
}

fn percentile_words(percentiles: [f64; 4]) -> String {
    let words = PERCENTILES
        .iter()
        .zip(percentiles)
        .map(|(share, days)| ta("cycle-percentile", &[("share", &format::percent(*share)), ("days", &amount(days))]));
    words.collect::<Vec<String>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::line_names;

    #[test]
    fn lines_that_lie_close_together_have_one_name() {
        let names = |values: [f64; 4]| {
            line_names(values, 2.0).into_iter().map(|(_, name)| name.replace('\u{a0}', " ")).collect::<Vec<_>>()
        };
        assert_eq!(names([4.0, 5.0, 6.0, 14.0]), ["95 %", "70 – 85 %", "50 %"]);
        assert_eq!(names([1.0, 9.0, 20.0, 64.0]), ["95 %", "85 %", "70 %", "50 %"]);
    }
}
