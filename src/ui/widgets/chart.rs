//! The one form of a chart: time to the right, values up, horizontal grid, marks that are the same on every chart.

use egui::{Id, Role, Ui, UiBuilder, WidgetInfo, vec2};
use egui_plot::{GridInput, GridMark, HoverPosition, Plot, PlotResponse, PlotUi, Span, VLine};
use jiff::tz::TimeZone;

use crate::model::Time;
use crate::ui::theme::{self, StatusKind};
use crate::ui::{format, text::t};

const DAY: f64 = 86_400.0;
/// In a longer chart a day alone says too little.
const LONG: f64 = 400.0 * DAY;

/// What the values of a chart are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Count,
    Percent,
    /// log10 of seconds.
    LogSeconds,
}

/// What all charts of a page share.
pub struct TimeChart<'a> {
    pub name: &'static str,
    pub height: f32,
    pub unit: Unit,
    /// Seconds since 1970.
    pub from: f64,
    pub to: f64,
    pub zone: &'a TimeZone,
    /// Days of another year than this one's are written with it.
    pub now: Time,
    /// (from, to) of incidents, in seconds.
    pub incidents: &'a [(f64, f64)],
    pub marks: &'a [f64],
    /// What the chart shows, for those who do not see it.
    pub words: &'a str,
}

/// Seconds with fractions, as the plots take them.
pub fn secs(micros: i64) -> f64 {
    micros as f64 / 1e6
}

pub fn value_words(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count => format!("{value:.0}"),
        Unit::Percent => format::percent(value),
        Unit::LogSeconds => format::duration(10f64.powf(value)),
    }
}

impl TimeChart<'_> {
    /// Draws the chart; `hover` tells what stands at a moment. Gives where its values stand.
    pub fn show(
        &self,
        ui: &mut Ui,
        hover: impl Fn(f64) -> Option<String> + 'static,
        draw: impl FnOnce(&mut PlotUi<'_>),
    ) -> egui::Rect {
        *self.show_points(ui, move |position| hover(x_of(position)), draw).transform.frame()
    }

    /// The same where each point is a thing of its own: `hover` hears near which one the pointer is.
    pub fn show_points(
        &self,
        ui: &mut Ui,
        hover: impl Fn(&HoverPosition<'_>) -> Option<String> + 'static,
        draw: impl FnOnce(&mut PlotUi<'_>),
    ) -> PlotResponse<()> {
        let tokens = theme::tokens(ui);
        let (zone, unit, span, now) = (self.zone.clone(), self.unit, self.to - self.from, self.now);
        let year = |at: f64| Time((at * 1e6) as i64).to_timestamp().to_zoned(self.zone.clone()).year();
        let has_years = year(self.from) != year(secs(now.0)) || year(self.to) != year(secs(now.0));
        let most_marks = (ui.available_width() / if has_years { 110.0 } else { 80.0 }).clamp(2.0, 7.0);
        let link = Id::unique("time charts");
        let words = self.words;
        let lowest = if unit == Unit::LogSeconds { 3600f64.log10() } else { 0.0 };
        let shown = ui.scope_builder(UiBuilder::new().id_salt(self.name), |ui| {
            Plot::new(self.name)
                .height(self.height)
                .show_background(false)
                .link_axis(link, [true, false])
                .link_cursor(link, [true, false])
                .allow_zoom([true, false])
                .allow_drag([true, false])
                .allow_scroll(false)
                .allow_boxed_zoom(false)
                .show_y(false)
                .show_grid([false, true])
                .grid_color(tokens.border_strong)
                .set_margin_fraction(vec2(0.0, 0.08))
                .include_x(self.from)
                .include_x(self.to)
                .include_y(lowest)
                // Nothing but zeros has no height of its own.
                .include_y(if unit == Unit::Count { 1.0 } else { lowest })
                .y_axis_min_width(52.0)
                .x_grid_spacer(move |input| time_grid(input, span, most_marks))
                .y_grid_spacer(move |input| value_grid(input, unit))
                .x_axis_formatter(move |mark, _| {
                    let at = Time((mark.value * 1e6) as i64);
                    if span > LONG { format::month(at, &zone) } else { format::near_date(at, now, &zone) }
                })
                .y_axis_formatter(move |mark, _| value_words(unit, mark.value))
                .label_formatter(move |position| hover(position))
                .show(ui, |plot| {
                    // Many thin spans side by side would shout louder than the line they explain.
                    let wash = match self.incidents.len() {
                        0..=12 => tokens.wash(StatusKind::Crit),
                        _ => tokens.wash(StatusKind::Crit).gamma_multiply(0.55),
                    };
                    for &(from, to) in self.incidents {
                        plot.span(
                            Span::new("", from..=to.max(from + span / 600.0))
                                .axis(egui_plot::Axis::X)
                                .fill(wash)
                                .border(egui::Stroke::new(0.0, wash)),
                        );
                    }
                    for &at in self.marks {
                        plot.vline(VLine::new("", at).color(tokens.border).width(1.0).allow_hover(false));
                    }
                    draw(plot);
                })
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
        shown.inner
    }
}

/// Marks a day, a week or a month apart, so that about six fit.
fn time_grid(input: GridInput, span: f64, most: f32) -> Vec<GridMark> {
    let steps = [DAY, 2.0 * DAY, 7.0 * DAY, 14.0 * DAY, 30.0 * DAY, 91.0 * DAY, 182.0 * DAY, 365.0 * DAY];
    let shown = (input.bounds.1 - input.bounds.0).min(span.max(DAY) * 4.0);
    let step = steps.into_iter().find(|step| shown / step <= f64::from(most)).unwrap_or(730.0 * DAY);
    // 1970-01-05 was a Monday: marks stand on Mondays where a step is whole weeks.
    let first = ((input.bounds.0 - 4.0 * DAY) / step).ceil() * step + 4.0 * DAY;
    (0..16)
        .map(|n| first + f64::from(n) * step)
        .take_while(|value| *value <= input.bounds.1 - shown * 0.03)
        .map(|value| GridMark { value, step_size: step })
        .collect()
}

/// At most five marks at round values.
pub fn value_grid(input: GridInput, unit: Unit) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if unit == Unit::LogSeconds {
        let marks = [60.0, 600.0, 3600.0, 4.0 * 3600.0, DAY, 7.0 * DAY, 30.0 * DAY, 365.0 * DAY];
        let inside: Vec<f64> = marks.into_iter().map(f64::log10).filter(|v| low <= *v && *v <= high).collect();
        return inside.into_iter().map(|value| GridMark { value, step_size: 1.0 }).collect();
    }
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let rough = span / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    let mut step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= rough).unwrap_or(rough);
    if unit == Unit::Count {
        step = step.max(1.0).round();
    }
    let first = (low / step).ceil();
    (0..8)
        .map(|n| (first + f64::from(n)) * step)
        .take_while(|value| *value <= high)
        .filter(|value| unit != Unit::Percent || *value <= 1.0)
        .map(|value| GridMark { value, step_size: step })
        .collect()
}

/// Where the pointer is, to the right.
pub fn x_of(position: &HoverPosition<'_>) -> f64 {
    match position {
        HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position, .. } => position.x,
    }
}

/// A chart of bars, which stands still.
pub fn bars<'a>(ui: &Ui, name: &str, height: f32, unit: Unit) -> Plot<'a> {
    Plot::new(name)
        .height(height)
        .show_background(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_grid([false, true])
        .grid_color(theme::tokens(ui).border_strong)
        .set_margin_fraction(vec2(0.02, 0.08))
        .include_y(0.0)
        .y_axis_min_width(40.0)
        .y_grid_spacer(move |input| value_grid(input, unit))
        .y_axis_formatter(move |mark, _| value_words(unit, mark.value))
}

/// The same with bars for each name, of which as many are written as there is room for; `told` is said of each.
pub fn named_bars<'a>(
    ui: &Ui,
    name: &str,
    height: f32,
    unit: Unit,
    (names, told): (Vec<String>, Vec<String>),
) -> Plot<'a> {
    const WRITTEN: usize = 5;
    let (count, apart) = (names.len(), names.len().div_ceil(WRITTEN).max(1));
    let place = |x: f64| x.round().max(0.0) as usize;
    bars(ui, name, height, unit)
        .include_x(-0.6)
        .include_x(count as f64 - 0.4)
        .x_grid_spacer(move |_input| {
            let marks = (0..count).rev().step_by(apart);
            marks.map(|n| GridMark { value: n as f64, step_size: apart as f64 }).collect()
        })
        .x_axis_formatter(move |mark, _| names.get(place(mark.value)).cloned().unwrap_or_default())
        .label_formatter(move |position| told.get(place(x_of(position))).cloned())
}

/// The words above a chart: what it shows, and how many it stands on.
pub fn chart_title(ui: &mut Ui, title: &str, n: Option<String>) {
    ui.horizontal(|ui| {
        super::panel_title(ui, title);
        if let Some(n) = n {
            super::caption(ui, n);
        }
    });
}

/// What a colour of a chart stands for.
pub fn legend_entry(ui: &mut Ui, color: egui::Color32, words: &str) {
    super::unbroken(ui, 12.0, words, egui::TextStyle::Small, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::hover());
        ui.painter().line_segment([rect.left_center(), rect.right_center()], egui::Stroke::new(2.0, color));
        super::caption(ui, words);
    });
    ui.add_space(8.0);
}

pub fn legend(ui: &mut Ui, entries: &[(egui::Color32, &str)]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for (color, words) in entries {
            legend_entry(ui, *color, words);
        }
    });
}

/// What stands here was not told by its source as it happened: slanting lines lie over it.
pub fn hatch(ui: &Ui, rect: egui::Rect) {
    const APART: f32 = 10.0;
    let stroke = egui::Stroke::new(1.0, theme::tokens(ui).muted.gamma_multiply(0.35));
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let lines = ((rect.width() + rect.height()) / APART).ceil() as u16;
    for n in 0..lines {
        let foot = rect.left() + f32::from(n) * APART;
        painter.line_segment([egui::pos2(foot - rect.height(), rect.top()), egui::pos2(foot, rect.bottom())], stroke);
    }
}

/// Too few points to draw a trend: says so in the chart's place.
pub fn too_few(ui: &mut Ui, height: f32, words: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let tokens = theme::tokens(ui);
    let font = egui::TextStyle::Body.resolve(ui.style());
    let words = if words.is_empty() { t("chart-no-data") } else { words };
    let galley = ui.fonts_mut(|fonts| fonts.layout(words.to_owned(), font, tokens.muted, rect.width() - 24.0));
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tokens.muted);
}
