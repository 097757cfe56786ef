//! Five cards: the value, how many it stands on, how it changed, and its course.

use egui::{CornerRadius, Frame, Margin, RichText, Sense, Stroke, Ui, UiBuilder, vec2};

use crate::engine::DeliveryView;
use crate::metrics::Explain;
use crate::metrics::benchmark::{Benchmark, Level, Standing};
use crate::metrics::compare::Change;
use crate::ui::cx::Cx;
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{size, text};
use crate::ui::widgets;

struct Card {
    metric: Explain,
    value: String,
    n: String,
    change: Option<Change>,
    /// The words of a difference.
    delta: String,
    /// Less is better.
    is_less_better: bool,
    course: Vec<Option<f64>>,
    /// Where the value stands in the chosen benchmark.
    standing: Option<String>,
}

pub fn metric_title(metric: Explain) -> &'static str {
    match metric {
        Explain::Frequency => t("metric-frequency"),
        Explain::Lead => t("metric-lead"),
        Explain::Fail => t("metric-fail"),
        Explain::Recovery => t("metric-recovery"),
        Explain::Rework => t("metric-rework"),
    }
}

/// Draws the row; returns the metric whose card was clicked.
pub fn row_ui(ui: &mut Ui, view: &DeliveryView, open: Option<Explain>, cx: &Cx<'_>) -> Option<Explain> {
    let mut cards = cards(view);
    if let Some(benchmark) = cx.snapshot.settings.benchmark {
        for card in &mut cards {
            card.standing = Some(benchmark.standing(&view.figures, card.metric).map_or_else(
                || ta("standing-none", &[("name", benchmark_title(benchmark))]),
                |standing| standing_words(&standing, benchmark),
            ));
        }
    }
    let mut clicked = None;
    let gap = size::GAP;
    // Beside a drawer five do not fit in a row.
    let a_row = if ui.available_width() < 900.0 { 3 } else { 5 };
    let room = ui.available_width();
    for row in cards.chunks(a_row) {
        let width = ((room - (row.len() - 1) as f32 * gap) / row.len() as f32).floor();
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = gap;
            for card in row {
                if card_ui(ui, card, width, open == Some(card.metric), cx) {
                    clicked = Some(card.metric);
                }
            }
        });
    }
    clicked
}

fn card_ui(ui: &mut Ui, card: &Card, width: f32, is_open: bool, cx: &Cx<'_>) -> bool {
    let tokens = cx.tokens;
    let title = metric_title(card.metric);
    let response = ui
        .scope_builder(UiBuilder::new().id_salt(title).sense(Sense::click()), |ui| {
            let hovered = ui.response().container_hovered();
            let edge = if is_open {
                tokens.accent
            } else if hovered {
                tokens.border_strong
            } else {
                tokens.border
            };
            Frame::new()
                .fill(tokens.panel)
                .stroke(Stroke::new(1.0, edge))
                .corner_radius(CornerRadius::same(8))
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| {
                    ui.vertical(|ui| {
                        ui.set_width(width - 26.0);
                        ui.set_height(if card.standing.is_some() { 102.0 } else { 86.0 });
                        ui.spacing_mut().item_spacing.y = 3.0;
                        let label = |words: RichText| egui::Label::new(words).selectable(false).truncate();
                        ui.add(label(RichText::new(title).small().color(tokens.muted)));
                        ui.add(label(RichText::new(&card.value).text_style(text::stat()).color(tokens.strong)));
                        ui.add(label(RichText::new(&card.n).small().color(tokens.muted)));
                        ui.horizontal(|ui| {
                            let color = match card.change {
                                Some(change) if change.is_detected() => {
                                    if (change.difference() < 0.0) == card.is_less_better {
                                        tokens.ok
                                    } else {
                                        tokens.crit
                                    }
                                }
                                _ => tokens.muted,
                            };
                            let spark = 64.0;
                            let room = (ui.available_width() - spark - 8.0).max(40.0);
                            ui.allocate_ui(vec2(room, 18.0), |ui| {
                                ui.set_width(room);
                                ui.add(label(RichText::new(&card.delta).small().color(color)));
                            });
                            let words = ta("card-course", &[("metric", title)]);
                            widgets::sparkline(ui, &card.course, vec2(spark, 18.0), &words);
                        });
                        if let Some(standing) = &card.standing {
                            ui.add(label(RichText::new(standing).small().color(tokens.info)));
                        }
                    });
                });
        })
        .response;
    let words = format!("{title}: {}", card.value);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, is_open, words.as_str()));
    widgets::focus_ring(ui, &response);
    let is_by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    response.on_hover_text(hint(card)).clicked() || is_by_key
}

fn hint(card: &Card) -> String {
    let mut lines = vec![t("card-hint").to_owned()];
    if let Some(change) = card.change {
        let words = if change.is_detected() { t("card-detected") } else { t("card-not-detected") };
        lines.push(format!("{words} (p = {:.3})", change.p));
        if let Some((low, high)) = change.interval {
            let show = |value: f64| match card.metric {
                Explain::Fail | Explain::Rework => format!("{:+.1}", value * 100.0),
                _ => format!("{}{}", if value > 0.0 { "+" } else { "" }, format::duration(value)),
            };
            lines.push(ta("card-interval", &[("low", &show(low)), ("high", &show(high))]));
        }
    }
    lines.join("\n")
}

pub fn benchmark_title(benchmark: Benchmark) -> &'static str {
    match benchmark {
        Benchmark::Dora2021 => "DORA 2021",
        Benchmark::Dora2022 => "DORA 2022",
        Benchmark::Dora2023 => "DORA 2023",
        Benchmark::Dora2024 => "DORA 2024",
        Benchmark::QuickCheck => "Quick Check",
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Elite => t("level-elite"),
        Level::High => t("level-high"),
        Level::Medium => t("level-medium"),
        Level::Low => t("level-low"),
    }
}

fn standing_words(standing: &Standing, benchmark: Benchmark) -> String {
    let words = match standing {
        Standing::In(levels) => {
            let words: Vec<&str> = levels.iter().map(|level| level_word(*level)).collect();
            words.join(t("standing-or"))
        }
        Standing::Between(Some(better), Some(worse)) => {
            ta("standing-gap", &[("better", level_word(*better)), ("worse", level_word(*worse))])
        }
        Standing::Between(None, Some(worse)) => ta("standing-above", &[("level", level_word(*worse))]),
        Standing::Between(Some(better), None) => ta("standing-below", &[("level", level_word(*better))]),
        Standing::Between(None, None) => t("unknown").to_owned(),
        Standing::Score(points) => ta("standing-score", &[("points", &format!("{points:.1}"))]),
    };
    format!("{words} · {}", benchmark_title(benchmark))
}

fn cards(view: &DeliveryView) -> [Card; 5] {
    let f = &view.figures;
    let buckets = &view.series.buckets;
    let course = |pick: &dyn Fn(&crate::metrics::series::Bucket) -> Option<f64>| buckets.iter().map(pick).collect();
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let frequency = &f.deployment_frequency;
    let (lead, fail, recovery, rework) = (&f.change_lead_time, &f.change_fail_rate, &f.recovery_time, &f.rework_rate);
    let interval = match (fail.low, fail.high) {
        (Some(low), Some(high)) => format!(" · {}–{}", format::percent(low), format::percent(high)),
        _ => String::new(),
    };
    let of = |part: u64, whole: u64| ta("card-of", &[("part", &format::count(part)), ("whole", &format::count(whole))]);
    let recovery_n = if recovery.open > 0 {
        ta("card-n-open", &[("n", &format::count(recovery.n)), ("open", &format::count(recovery.open))])
    } else {
        ta("card-n", &[("n", &format::count(recovery.n))])
    };
    [
        Card {
            metric: Explain::Frequency,
            value: if view.is_outside_data {
                t("unknown").to_owned()
            } else {
                format::per(frequency.value, &frequency.value_unit)
            },
            n: tn("card-deployments", frequency.deployments),
            change: view.changes.frequency,
            delta: ratio_words(view.changes.frequency),
            is_less_better: false,
            course: course(&|b| Some(b.deployments as f64)),
            standing: None,
        },
        Card {
            metric: Explain::Lead,
            value: format::opt_duration(lead.value_s),
            n: ta("card-n-p90", &[("n", &format::count(lead.n)), ("p90", &format::opt_duration(lead.p90_s))]),
            change: view.changes.lead,
            delta: ratio_words(view.changes.lead),
            is_less_better: true,
            course: course(&|b| b.lead_median_s),
            standing: None,
        },
        Card {
            metric: Explain::Fail,
            value: format::opt_percent(fail.rate),
            n: format!("{}{interval}", of(fail.failed, fail.total)),
            change: view.changes.fail,
            delta: points_words(view.changes.fail),
            is_less_better: true,
            course: course(&|b| share(b.failed, b.total)),
            standing: None,
        },
        Card {
            metric: Explain::Recovery,
            value: format::opt_duration(recovery.value_s),
            n: recovery_n,
            change: view.changes.recovery,
            delta: ratio_words(view.changes.recovery),
            is_less_better: true,
            course: course(&|b| b.recovery_median_s),
            standing: None,
        },
        Card {
            metric: Explain::Rework,
            value: format::opt_percent(rework.rate),
            n: of(rework.rework, rework.total),
            change: view.changes.rework,
            delta: points_words(view.changes.rework),
            is_less_better: true,
            course: course(&|b| share(b.rework, b.total)),
            standing: None,
        },
    ]
}

/// "−12 % vs before".
fn ratio_words(change: Option<Change>) -> String {
    match change {
        Some(change) if change.before > 0.0 => {
            let ratio = change.now / change.before - 1.0;
            ta("card-ratio", &[("change", &signed(ratio * 100.0, 0))])
        }
        _ => t("card-no-before").to_owned(),
    }
}

/// "+1.2 points vs before".
fn points_words(change: Option<Change>) -> String {
    match change {
        Some(change) => ta("card-points", &[("change", &signed(change.difference() * 100.0, 1))]),
        None => t("card-no-before").to_owned(),
    }
}

fn signed(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.'));
    match value {
        _ if is_zero => format!("±{text}"),
        v if v < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}
