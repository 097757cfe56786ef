//! The charts of the Delivery page, one question each.

use std::sync::Arc;

use egui::{RichText, Ui, vec2};
use egui_plot::{Bar, BarChart, HLine, Line, LineStyle, MarkerShape, PlotPoint, PlotPoints, Points};

use super::tables;
use crate::engine::DeliveryView;
use crate::metrics::series::{Bucket, LogHistogram};
use crate::metrics::{Part, stats};
use crate::model::Time;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::theme::size;
use crate::ui::widgets;
use crate::ui::widgets::chart::{
    TimeChart, Unit, bars, chart_title, legend_entry, secs, too_few, value_grid, value_words, x_of,
};

const HEIGHT: f32 = 168.0;
/// The inner height of a card: title, chart and the line below it.
const CARD: f32 = HEIGHT + 64.0;
/// Below this many points no trend is drawn.
const FEW: u64 = 5;

/// All charts, or in their places the tables they are drawn from.
pub fn all_ui(ui: &mut Ui, view: &Arc<DeliveryView>, as_tables: bool, cx: &mut Cx<'_>) {
    if as_tables {
        return tables_ui(ui, view, cx);
    }
    let cx = &*cx;
    let left = ((ui.available_width() - size::GAP) * 0.62).floor();
    pair(ui, left, |ui| lead_ui(ui, view, cx), |ui| distribution_ui(ui, view, cx));
    pair(ui, left, |ui| recovery_ui(ui, view, cx), |ui| parts_ui(ui, view, cx));
    let half = ((ui.available_width() - size::GAP) / 2.0).floor();
    pair(ui, half, |ui| frequency_ui(ui, view, cx), |ui| fail_ui(ui, view, cx));
}

fn tables_ui(ui: &mut Ui, view: &Arc<DeliveryView>, cx: &mut Cx<'_>) {
    let half = ((ui.available_width() - size::GAP) / 2.0).floor();
    let tables = tables::all(view, cx.zone);
    let mut copied = None;
    for couple in tables.chunks(2) {
        let [first, second] = couple else { continue };
        let mut wants = [false; 2];
        let [a, b] = &mut wants;
        pair(ui, half, |ui| *a = tables::ui(ui, first, CARD - 30.0), |ui| *b = tables::ui(ui, second, CARD - 30.0));
        copied = couple.iter().zip(wants).find(|(_, wanted)| *wanted).map(|(table, _)| table.rows.tsv()).or(copied);
    }
    if let Some(text) = copied {
        cx.want(Intent::Copy(text));
    }
}

/// Two cards side by side, the first of a given width.
fn pair(ui: &mut Ui, first: f32, a: impl FnOnce(&mut Ui), b: impl FnOnce(&mut Ui)) {
    let rest = ui.available_width() - first - size::GAP;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = size::GAP;
        let column = |ui: &mut Ui, width: f32, add: Box<dyn FnOnce(&mut Ui) + '_>| {
            ui.allocate_ui_with_layout(vec2(width, 0.0), egui::Layout::top_down(egui::Align::Min), |ui| {
                widgets::card(ui, |ui| {
                    ui.set_width(width - 26.0);
                    ui.set_min_height(CARD);
                    add(ui);
                });
            });
        };
        column(ui, first, Box::new(a));
        column(ui, rest, Box::new(b));
    });
}

struct Marks {
    incidents: Vec<(f64, f64)>,
    deployments: Vec<f64>,
}

fn marks(view: &DeliveryView) -> Marks {
    Marks {
        incidents: view.incidents.iter().map(|&(from, to)| (secs(from), secs(to))).collect(),
        deployments: view.deployment_marks.iter().map(|&at| secs(at)).collect(),
    }
}

fn chart<'a>(
    view: &'a DeliveryView,
    marks: &'a Marks,
    name: &'static str,
    unit: Unit,
    words: &'a str,
) -> TimeChart<'a> {
    TimeChart {
        name,
        height: HEIGHT,
        unit,
        from: secs(view.period.from.0),
        to: secs(view.period.to.0),
        zone: &view.period.zone,
        // The period says its year above the charts.
        now: view.period.to,
        incidents: &marks.incidents,
        marks: &marks.deployments,
        words,
    }
}

fn middle(bucket: &Bucket) -> f64 {
    secs((bucket.from + bucket.to) / 2)
}

/// The bucket at a moment, as the head of a hover card.
fn at(view: &DeliveryView, x: f64) -> Option<&Bucket> {
    view.series.buckets.iter().find(|bucket| secs(bucket.from) <= x && x < secs(bucket.to))
}

fn when(bucket: &Bucket, view: &DeliveryView) -> String {
    let zone = &view.period.zone;
    let is_day = bucket.to - bucket.from < 2 * 86_400_000_000;
    let date = format::short_date(Time(bucket.from), zone);
    let words = if is_day { date } else { ta("chart-week-of", &[("date", &date)]) };
    if bucket.partial { ta("chart-partial", &[("when", &words)]) } else { words }
}

/// Runs of neighbours with a value: a gap ends a line.
fn stretches(buckets: &[Bucket], value: impl Fn(&Bucket) -> Option<f64>) -> Vec<Vec<PlotPoint>> {
    let mut lines: Vec<Vec<PlotPoint>> = vec![Vec::new()];
    for bucket in buckets {
        match value(bucket) {
            Some(y) => {
                if let Some(line) = lines.last_mut() {
                    line.push(PlotPoint::new(middle(bucket), y));
                }
            }
            None => lines.push(Vec::new()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn lead_ui(ui: &mut Ui, view: &Arc<DeliveryView>, cx: &Cx<'_>) {
    let n = view.figures.change_lead_time.n;
    let is_daily = view.series.buckets.first().is_some_and(|bucket| bucket.to - bucket.from < 2 * 86_400_000_000)
        && view.period.days() <= 31;
    let title = if is_daily { t("chart-lead-daily") } else { t("chart-lead") };
    chart_title(ui, title, Some(ta("chart-n", &[("n", &format::count(n))])));
    if n < FEW {
        return too_few(ui, HEIGHT, &ta("chart-too-few", &[("n", &n.to_string())]));
    }
    let (tokens, marks) = (cx.tokens, marks(view));
    let shown = view.clone();
    let hover = move |x: f64| {
        let bucket = at(&shown, x)?;
        let lines = [
            when(bucket, &shown),
            ta("chart-median", &[("value", &format::opt_duration(bucket.lead_median_s))]),
            ta("chart-p90", &[("value", &format::opt_duration(bucket.lead_p90_s))]),
            ta("chart-n", &[("n", &format::count(bucket.lead_n))]),
        ];
        Some(lines.join("\n"))
    };
    let words = t("chart-lead-words");
    chart(view, &marks, "lead", Unit::LogSeconds, words).show(ui, hover, |plot| {
        let log = |value: Option<f64>| value.map(|secs| secs.max(1.0).log10());
        let buckets = &view.series.buckets;
        for line in stretches(buckets, |b| log(b.lead_p90_s)) {
            plot.line(
                Line::new(t("chart-p90-name"), PlotPoints::Owned(line))
                    .color(tokens.series[1])
                    .width(1.2)
                    .style(LineStyle::dashed_loose()),
            );
        }
        for line in stretches(buckets, |b| log(b.lead_median_s)) {
            let points: Vec<[f64; 2]> = line.iter().map(|p| [p.x, p.y]).collect();
            plot.line(Line::new(t("chart-median-name"), PlotPoints::Owned(line)).color(tokens.series[0]).width(1.8));
            let is_whole = |point: &[f64; 2]| at(view, point[0]).is_some_and(|bucket| !bucket.partial);
            let (whole, partial): (Vec<[f64; 2]>, Vec<[f64; 2]>) = points.into_iter().partition(is_whole);
            let dots = |points, filled| Points::new(t("chart-median-name"), points).radius(2.8).filled(filled);
            plot.points(dots(whole, true).color(tokens.series[0]));
            // A week that is not over, or not whole, is drawn hollow.
            plot.points(dots(partial, false).color(tokens.series[0]));
        }
    });
    legend(ui, &[(tokens.series[0], t("chart-median-name")), (tokens.series[1], t("chart-p90-name"))]);
}

fn legend(ui: &mut Ui, entries: &[(egui::Color32, &str)]) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (color, words) in entries {
            legend_entry(ui, *color, words);
        }
        let tokens = crate::ui::theme::tokens(ui);
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
        ui.painter().rect_filled(rect, 2.0, tokens.wash(crate::ui::theme::StatusKind::Crit));
        widgets::caption(ui, t("chart-incident-span"));
    });
}

fn distribution_ui(ui: &mut Ui, view: &DeliveryView, cx: &Cx<'_>) {
    chart_title(ui, t("chart-distribution"), None);
    let histogram = &view.series.lead_histogram;
    if histogram.counts.is_empty() {
        return too_few(ui, HEIGHT, "");
    }
    let half = LogHistogram::BIN_WIDTH / 2.0;
    let shown: Vec<Bar> = histogram
        .edges
        .iter()
        .zip(&histogram.counts)
        .map(|(edge, count)| Bar::new(edge + half, *count as f64).width(LogHistogram::BIN_WIDTH * 0.9))
        .collect();
    let (edges, counts) = (histogram.edges.clone(), histogram.counts.clone());
    bars(ui, "distribution", HEIGHT, Unit::Count)
        .set_margin_fraction(vec2(0.04, 0.08))
        .x_grid_spacer(|input| value_grid(input, Unit::LogSeconds))
        .x_axis_formatter(|mark, _| value_words(Unit::LogSeconds, mark.value))
        .label_formatter(move |position| {
            let x = x_of(position);
            let index = edges.iter().position(|edge| *edge <= x && x < edge + LogHistogram::BIN_WIDTH)?;
            let (low, high) = (edges[index], edges[index] + LogHistogram::BIN_WIDTH);
            Some(ta(
                "chart-bin",
                &[
                    ("low", &value_words(Unit::LogSeconds, low)),
                    ("high", &value_words(Unit::LogSeconds, high)),
                    ("n", &format::count(counts[index])),
                ],
            ))
        })
        .show(ui, |plot| {
            plot.bar_chart(BarChart::new(t("chart-distribution"), shown).color(cx.tokens.series[0]));
            if let Some(median) = view.figures.change_lead_time.median_s {
                let line = egui_plot::VLine::new(t("chart-median-name"), median.max(1.0).log10());
                plot.vline(line.color(cx.tokens.strong).width(1.0).style(LineStyle::dashed_dense()));
            }
        });
    let median = format::opt_duration(view.figures.change_lead_time.median_s);
    widgets::caption(ui, ta("chart-median", &[("value", &median)]));
}

fn recovery_ui(ui: &mut Ui, view: &Arc<DeliveryView>, cx: &Cx<'_>) {
    let figure = &view.figures.recovery_time;
    let dots = &view.series.recoveries;
    chart_title(ui, t("chart-recovery"), Some(ta("chart-n", &[("n", &format::count(figure.n))])));
    if dots.is_empty() && view.series.open_failures.is_empty() {
        return too_few(ui, HEIGHT, t("chart-no-failures"));
    }
    let (tokens, marks) = (cx.tokens, marks(view));
    let shown = view.clone();
    let hover = move |x: f64| {
        let nearest =
            shown.series.recoveries.iter().min_by(|a, b| (secs(a.at) - x).abs().total_cmp(&(secs(b.at) - x).abs()))?;
        let date = format::date_time(Time(nearest.at), &shown.period.zone);
        Some(ta("chart-recovered", &[("when", &date), ("value", &format::duration(nearest.secs))]))
    };
    chart(view, &marks, "recovery", Unit::LogSeconds, t("chart-recovery-words")).show(ui, hover, |plot| {
        let points: Vec<[f64; 2]> = dots.iter().map(|dot| [secs(dot.at), dot.secs.max(1.0).log10()]).collect();
        plot.points(Points::new(t("chart-recovery"), points).color(tokens.series[2]).radius(3.5));
        let open: Vec<[f64; 2]> = view.series.open_failures.iter().map(|dot| [secs(dot.at), 60f64.log10()]).collect();
        if !open.is_empty() {
            let open = Points::new(t("chart-open"), open).color(tokens.crit).radius(4.5);
            plot.points(open.shape(MarkerShape::Diamond).filled(false));
        }
        if let Some(median) = figure.median_s.filter(|_| figure.n >= FEW) {
            let line = HLine::new(t("chart-median-name"), median.max(1.0).log10());
            plot.hline(line.color(tokens.strong).width(1.0).style(LineStyle::dashed_dense()));
        }
    });
    let values: Vec<f64> = dots.iter().map(|dot| dot.secs).collect();
    let words = [
        ta("chart-median", &[("value", &format::opt_duration(stats::median(&values)))]),
        ta("chart-p90", &[("value", &format::opt_duration(figure.p90_s))]),
        ta("chart-open-n", &[("n", &format::count(figure.open))]),
    ];
    widgets::caption(ui, words.join(" · "));
}

fn frequency_ui(ui: &mut Ui, view: &Arc<DeliveryView>, cx: &Cx<'_>) {
    let figure = &view.figures.deployment_frequency;
    chart_title(ui, t("chart-frequency"), Some(ta("chart-n", &[("n", &format::count(figure.deployments))])));
    let (tokens, marks) = (cx.tokens, marks(view));
    let shown = view.clone();
    let hover = move |x: f64| {
        let bucket = at(&shown, x)?;
        Some(format!("{}\n{}", when(bucket, &shown), crate::ui::text::tn("card-deployments", bucket.deployments)))
    };
    let chart = TimeChart { marks: &[], ..chart(view, &marks, "frequency", Unit::Count, t("chart-frequency-words")) };
    chart.show(ui, hover, |plot| {
        let bars = view.series.buckets.iter().map(|bucket| {
            let width = secs(bucket.to) - secs(bucket.from);
            let bar = Bar::new(middle(bucket), bucket.deployments as f64).width(width * 0.86);
            // A week that is not over, or not whole, is drawn hollow.
            if bucket.partial {
                bar.fill(tokens.series[0].gamma_multiply(0.18)).stroke(egui::Stroke::new(1.0, tokens.series[0]))
            } else {
                bar.fill(tokens.series[0])
            }
        });
        plot.bar_chart(BarChart::new(t("chart-frequency"), bars.collect()).color(tokens.series[0]));
    });
    let between = format::opt_duration(figure.median_between_s);
    let words = [
        ta("chart-per-week", &[("n", &format!("{:.1}", figure.per_week))]),
        ta("chart-between", &[("value", &between)]),
        ta(
            "chart-deploy-days",
            &[("n", &format::count(figure.deploy_days)), ("days", &view.period.days().to_string())],
        ),
    ];
    widgets::caption(ui, words.join(" · "));
}

fn fail_ui(ui: &mut Ui, view: &Arc<DeliveryView>, cx: &Cx<'_>) {
    let figure = &view.figures.change_fail_rate;
    chart_title(ui, t("chart-fail"), Some(ta("chart-n", &[("n", &format::count(figure.total))])));
    if figure.total < FEW {
        return too_few(ui, HEIGHT, &ta("chart-too-few", &[("n", &figure.total.to_string())]));
    }
    let (tokens, marks) = (cx.tokens, marks(view));
    let shown = view.clone();
    let hover = move |x: f64| {
        let bucket = at(&shown, x)?;
        let share = |part: u64| {
            if bucket.total == 0 { t("unknown").to_owned() } else { format::percent(part as f64 / bucket.total as f64) }
        };
        let fail = share(bucket.failed);
        let rework = share(bucket.rework);
        let interval = stats::wilson(bucket.failed, bucket.total)
            .map(|(low, high)| format!("{} – {}", format::percent(low), format::percent(high)));
        let lines = [
            when(bucket, &shown),
            ta("chart-fail-at", &[("value", &fail), ("interval", &interval.unwrap_or_default())]),
            ta("chart-rework-at", &[("value", &rework)]),
            ta("chart-n", &[("n", &format::count(bucket.total))]),
        ];
        Some(lines.join("\n"))
    };
    let chart = TimeChart { marks: &[], ..chart(view, &marks, "fail", Unit::Percent, t("chart-fail-words")) };
    chart.show(ui, hover, |plot| {
        let share = |part: u64, bucket: &Bucket| (bucket.total >= FEW).then(|| part as f64 / bucket.total as f64);
        for bucket in &view.series.buckets {
            // The interval of each week, as a thin upright line.
            let interval = stats::wilson(bucket.failed, bucket.total).filter(|_| bucket.total >= FEW);
            if let Some((low, high)) = interval {
                let x = middle(bucket);
                let line = Line::new("", PlotPoints::from(vec![[x, low], [x, high]]));
                plot.line(line.color(tokens.series[0].gamma_multiply(0.4)).width(2.0).allow_hover(false));
            }
        }
        for line in stretches(&view.series.buckets, |b| share(b.rework, b)) {
            let line = Line::new(t("metric-rework"), PlotPoints::Owned(line)).color(tokens.series[3]);
            plot.line(line.width(1.2).style(LineStyle::dashed_loose()));
        }
        for line in stretches(&view.series.buckets, |b| share(b.failed, b)) {
            plot.line(Line::new(t("metric-fail"), PlotPoints::Owned(line)).color(tokens.series[0]).width(1.8));
        }
    });
    legend(ui, &[(tokens.series[0], t("metric-fail")), (tokens.series[3], t("metric-rework"))]);
}

/// How the lead time is spent, for changes whose times are known.
fn parts_ui(ui: &mut Ui, view: &DeliveryView, cx: &Cx<'_>) {
    let parts = &view.figures.change_lead_time.parts;
    let rows: [(&str, &str, &Part); 4] = [
        (t("part-coding"), t("part-coding-words"), &parts.coding),
        (t("part-pickup"), t("part-pickup-words"), &parts.pickup),
        (t("part-review"), t("part-review-words"), &parts.review),
        (t("part-deploy"), t("part-deploy-words"), &parts.deploy),
    ];
    chart_title(ui, t("chart-parts"), None);
    let longest = rows.iter().filter_map(|(_, _, part)| part.median_s).fold(0.0, f64::max);
    if longest == 0.0 {
        return too_few(ui, HEIGHT, t("chart-no-changes"));
    }
    ui.allocate_ui(vec2(ui.available_width(), HEIGHT), |ui| {
        ui.set_min_height(HEIGHT);
        ui.spacing_mut().item_spacing.y = 10.0;
        for (index, (name, words, part)) in rows.into_iter().enumerate() {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 3.0;
                ui.horizontal(|ui| {
                    ui.label(RichText::new(name)).on_hover_text(words);
                    widgets::caption(ui, ta("chart-n", &[("n", &format::count(part.n))]));
                    widgets::at_right(ui, |ui| {
                        ui.label(RichText::new(format::opt_duration(part.median_s)).color(cx.tokens.strong));
                    });
                });
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 8.0), egui::Sense::hover());
                let value = format::opt_duration(part.median_s);
                response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{name}: {value}")));
                ui.painter().rect_filled(rect, 4.0, cx.tokens.active);
                let mut bar = rect;
                bar.set_width(rect.width() * (part.median_s.unwrap_or(0.0) / longest) as f32);
                ui.painter().rect_filled(bar, 4.0, cx.tokens.series[index]);
            });
        }
    });
    widgets::caption(ui, t("chart-parts-words"));
}
