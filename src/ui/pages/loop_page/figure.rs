//! The loop as one continuous figure: an eight whose left half is development and whose right half is operation.

use egui::{Align2, Color32, Pos2, Rect, Sense, Shape, Stroke, TextStyle, Ui, pos2, vec2};

use crate::engine::LoopView;
use crate::metrics::stages::{COFFEE_TEST_S, StageFacts};
use crate::ui::cx::{Cx, Intent, Page};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{self, StatusKind};
use crate::ui::widgets::{self, List as _};

/// Which stages the three named spans cover. Sources disagree, so the reader picks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spans {
    #[default]
    Common,
    NinetyDays,
}

impl Spans {
    pub fn choice_ui(&mut self, ui: &mut Ui) {
        let name = |spans: Self| match spans {
            Self::Common => t("spans-common"),
            Self::NinetyDays => t("spans-ninety-days"),
        };
        ui.name_inputs(t("spans"), |ui| {
            egui::ComboBox::from_id_salt("spans").selected_text(name(*self)).width(150.0).list(ui, |ui| {
                for spans in [Self::Common, Self::NinetyDays] {
                    ui.selectable_value(self, spans, name(spans));
                }
            });
        });
        widgets::caption(ui, t("spans"));
    }

    /// (name, first stage, last stage).
    fn ranges(self) -> [(&'static str, usize, usize); 3] {
        match self {
            Self::Common => [(t("span-integration"), 1, 3), (t("span-delivery"), 1, 4), (t("span-deployment"), 1, 7)],
            Self::NinetyDays => {
                [(t("span-integration"), 0, 4), (t("span-delivery"), 0, 3), (t("span-deployment"), 5, 7)]
            }
        }
    }
}

struct Stage {
    name: &'static str,
    /// The newest evidence in a few words.
    headline: String,
    detail: String,
    kind: StatusKind,
    page: Page,
}

pub fn ui(ui: &mut Ui, view: &LoopView, spans: Spans, cx: &mut Cx<'_>) {
    let stages = stages(&view.facts, &cx.snapshot.counts);
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        let width = ui.available_width();
        let (rect, response) = ui.allocate_exact_size(vec2(width, figure_height(width)), Sense::hover());
        let words = stages.iter().map(|s| format!("{}: {}", s.name, s.headline)).collect::<Vec<_>>().join("; ");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, words.as_str()));
        curve_ui(ui, rect, &stages);
        let width = (ui.available_width() - 7.0 * 4.0) / 8.0;
        let clicked = ui
            .horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                let mut clicked = None;
                for stage in &stages {
                    if stage_ui(ui, stage, width, cx) {
                        clicked = Some(stage.page);
                    }
                }
                clicked
            })
            .inner;
        if let Some(page) = clicked {
            cx.want(Intent::Go(page));
        }
        spans_ui(ui, spans, width, cx);
    });
}

/// Wide enough to be seen as a loop, low enough to leave room below.
fn figure_height(width: f32) -> f32 {
    (width * 0.085).clamp(92.0, 170.0)
}

/// A lying eight; stage `i` of eight sits at the same x as its column below.
fn curve_ui(ui: &Ui, rect: Rect, stages: &[Stage; 8]) {
    let tokens = theme::tokens(ui);
    let center = rect.center();
    let (a, b) = (rect.width() * 0.47, rect.height() * 0.42);
    // Gerono's lemniscate: x = cos s, y = sin s cos s.
    let at = |s: f32| -> Pos2 { center + vec2(-a * s.cos(), -2.0 * b * s.sin() * s.cos() * 0.9) };
    let points: Vec<Pos2> = (0..=160).map(|n| at(n as f32 / 160.0 * std::f32::consts::TAU)).collect();
    ui.painter().add(Shape::line(points, Stroke::new(2.0, tokens.border_strong)));
    for (index, stage) in stages.iter().enumerate() {
        // The x of the column's middle gives the point on the outgoing half of the eight.
        let x = rect.left() + rect.width() * (index as f32 + 0.5) / 8.0;
        let cos = ((center.x - x) / a).clamp(-1.0, 1.0);
        let s = cos.acos();
        let place = at(s);
        ui.painter().circle_filled(place, 9.0, tokens.panel);
        ui.painter().circle_stroke(place, 9.0, Stroke::new(1.0, tokens.border_strong));
        widgets::status_shape(ui.painter(), place, stage.kind, tokens);
    }
    let arrow = at(std::f32::consts::PI * 1.5);
    ui.painter().circle_filled(arrow, 2.5, tokens.border_strong);
}

fn stage_ui(ui: &mut Ui, stage: &Stage, width: f32, cx: &Cx<'_>) -> bool {
    let tokens = cx.tokens;
    let (rect, response) = ui.allocate_exact_size(vec2(width, 78.0), Sense::click());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{}: {}", stage.name, stage.headline))
    });
    if response.hovered() {
        ui.painter().rect_filled(rect, 6.0, tokens.hover);
    }
    widgets::focus_ring(ui, &response);
    let line = |y: f32, words: &str, style: TextStyle, color: Color32| {
        let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), style.resolve(ui.style()), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(width - 8.0);
        job.halign = egui::Align::Center;
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        ui.painter().galley(pos2(rect.center().x, rect.top() + y), galley, color);
    };
    line(4.0, stage.name, theme::text::strong(), tokens.strong);
    line(24.0, &stage.headline, TextStyle::Body, tokens.text);
    let words: Vec<&str> = stage.detail.splitn(2, '\n').collect();
    line(44.0, words.first().copied().unwrap_or_default(), TextStyle::Small, tokens.muted);
    line(58.0, words.get(1).copied().unwrap_or_default(), TextStyle::Small, tokens.muted);
    let hint = format!("{}\n{}\n{}", stage.name, stage.headline, stage.detail);
    let is_by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    response.on_hover_text(hint).clicked() || is_by_key
}

/// The integration, delivery and deployment spans as brackets below the stages.
fn spans_ui(ui: &mut Ui, spans: Spans, width: f32, cx: &Cx<'_>) {
    let tokens = cx.tokens;
    for (index, (name, first, last)) in spans.ranges().into_iter().enumerate() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
        let left = rect.left() + first as f32 * (width + 4.0) + 4.0;
        let right = rect.left() + last as f32 * (width + 4.0) + width - 4.0;
        let color = tokens.series[index];
        let y = rect.center().y;
        let font = TextStyle::Small.resolve(ui.style());
        let galley = ui.painter().layout_no_wrap(name.to_owned(), font, tokens.muted);
        let middle = (left + right) / 2.0;
        let half = galley.size().x / 2.0 + 6.0;
        let stroke = Stroke::new(2.0, color);
        ui.painter().line_segment([pos2(left, y), pos2(middle - half, y)], stroke);
        ui.painter().line_segment([pos2(middle + half, y), pos2(right, y)], stroke);
        for x in [left, right] {
            ui.painter().line_segment([pos2(x, y - 3.0), pos2(x, y + 3.0)], stroke);
        }
        ui.painter().text(
            pos2(middle, y),
            Align2::CENTER_CENTER,
            name,
            TextStyle::Small.resolve(ui.style()),
            tokens.muted,
        );
    }
}

fn nothing(name: &'static str, page: Page) -> Stage {
    let detail = t("loop-nothing").to_owned();
    Stage { name, headline: "–".to_owned(), detail, kind: StatusKind::Unknown, page }
}

fn stages(f: &StageFacts, counts: &[(&'static str, i64)]) -> [Stage; 8] {
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let build = f.build_median_s.map_or_else(
        || nothing(t("stage-build"), Page::Pipelines),
        |median| {
            let within = format::percent(share(f.builds_within_five_minutes, f.builds));
            Stage {
                name: t("stage-build"),
                headline: ta("loop-build", &[("median", &format::duration(median))]),
                detail: ta("loop-coffee", &[("share", &within)]),
                kind: if median <= COFFEE_TEST_S { StatusKind::Ok } else { StatusKind::Warn },
                page: Page::Pipelines,
            }
        },
    );
    let test = if f.finished_runs == 0 {
        nothing(t("stage-test"), Page::Pipelines)
    } else {
        let rate = share(f.passed, f.finished_runs);
        Stage {
            name: t("stage-test"),
            headline: ta("loop-pass", &[("rate", &format::percent(rate))]),
            detail: tn("loop-runs", f.finished_runs),
            kind: if rate >= 0.9 { StatusKind::Ok } else { StatusKind::Warn },
            page: Page::Pipelines,
        }
    };
    let code = f.commits.map_or_else(
        || nothing(t("stage-code"), Page::Sources),
        |commits| Stage {
            name: t("stage-code"),
            headline: tn("loop-commits", commits),
            detail: format!("{}\n{}", tn("loop-branches", f.branches), tn("loop-open-changes", f.open_changes)),
            kind: StatusKind::Ok,
            page: Page::Delivery,
        },
    );
    let release = f.releases.filter(|releases| *releases > 0).map_or_else(
        || nothing(t("stage-release"), Page::Sources),
        |releases| {
            let staged = f
                .staged_first
                .map(|(staged, known)| ta("loop-staged", &[("share", &format::percent(share(staged, known)))]));
            Stage {
                name: t("stage-release"),
                headline: tn("loop-versions", releases),
                detail: staged.unwrap_or_default(),
                kind: StatusKind::Ok,
                page: Page::Delivery,
            }
        },
    );
    let deploy = f.deployments.map_or_else(
        || nothing(t("stage-deploy"), Page::Sources),
        |deployments| Stage {
            name: t("stage-deploy"),
            headline: tn("card-deployments", deployments),
            detail: tn("loop-failed", f.failed_deployments),
            kind: if share(f.failed_deployments, deployments) <= 0.15 { StatusKind::Ok } else { StatusKind::Warn },
            page: Page::Delivery,
        },
    );
    let operate = f.incidents.map_or_else(
        || nothing(t("stage-operate"), Page::Sources),
        |incidents| Stage {
            name: t("stage-operate"),
            headline: tn("loop-incidents", incidents),
            detail: tn("loop-open", f.open_incidents),
            kind: if f.open_incidents > 0 { StatusKind::Crit } else { StatusKind::Ok },
            page: Page::Delivery,
        },
    );
    let count = |name: &str| counts.iter().find(|(known, _)| *known == name).map_or(0, |(_, n)| n.unsigned_abs());
    let plan = match count("items") {
        0 => nothing(t("stage-plan"), Page::Plan),
        items => Stage {
            name: t("stage-plan"),
            headline: tn("loop-items", items),
            detail: tn("loop-sprints", count("sprints")),
            kind: StatusKind::Ok,
            page: Page::Plan,
        },
    };
    [plan, code, build, test, release, deploy, operate, nothing(t("stage-monitor"), Page::Sources)]
}
