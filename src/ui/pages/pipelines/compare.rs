//! Two runs side by side: what is the same, what differs, and which stage took longer.

use egui::{Grid, RichText, Ui};

use crate::engine::{Question, RunDetail};
use crate::metrics::table::run_before;
use crate::model::Time;
use crate::model::record::{Run, Stage};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::t;
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

#[derive(Default)]
pub struct Compare {
    /// The run that the open one is held against.
    with: Option<u32>,
    detail: Option<Box<RunDetail>>,
    /// The picture for which it was asked.
    generation: u64,
}

impl Compare {
    pub fn take_run(&mut self, key: u32, detail: Option<&RunDetail>) {
        if self.with == Some(key) {
            self.detail = detail.cloned().map(Box::new);
        }
    }

    pub fn close(&mut self) -> bool {
        self.detail = None;
        self.with.take().is_some()
    }

    /// Offers what the open run may be held against; `selected` is the row that the keyboard is on.
    pub fn menu(&mut self, ui: &mut Ui, open: Option<u32>, selected: Option<u32>, cx: &mut Cx<'_>) {
        let runs = &cx.snapshot.data.runs;
        let mut wanted = None;
        ui.menu_button(t("run-compare-menu"), |ui| {
            let row = open.and_then(|key| runs.key.iter().position(|known| *known == key));
            let data = &cx.snapshot.data;
            let selected = selected.map(|row| row as usize).filter(|other| Some(*other) != row);
            for (words, other) in [
                (t("run-compare-before"), row.and_then(|row| run_before(data, row, false))),
                (t("run-compare-green"), row.and_then(|row| run_before(data, row, true))),
                (t("run-compare-selected"), selected.filter(|other| *other < runs.len())),
            ] {
                if ui.add_enabled(other.is_some(), egui::Button::new(words)).clicked() {
                    wanted = other.map(|other| runs.key[other]);
                }
            }
        });
        if let Some(key) = wanted {
            (self.with, self.detail, self.generation) = (Some(key), None, cx.snapshot.generation);
            cx.want(Intent::Ask(Question::Run(key)));
        }
    }

    pub fn ui(&mut self, ui: &Ui, open: Option<&RunDetail>, cx: &mut Cx<'_>) {
        let (Some(key), Some(open)) = (self.with, open) else { return };
        if self.generation != cx.snapshot.generation {
            self.generation = cx.snapshot.generation;
            cx.want(Intent::Ask(Question::Run(key)));
        }
        let modal = widgets::modal(ui, "compare").show(ui.ctx(), |ui| {
            ui.set_width(720.0);
            widgets::heading(ui, t("run-compare-title"));
            let Some(other) = &self.detail else {
                widgets::skeleton(ui, 200.0);
                return;
            };
            let is_older = other.run.first_time() <= open.run.first_time();
            let (older, newer) = if is_older { (&**other, open) } else { (open, &**other) };
            widgets::modal_scroll(ui).show(ui, |ui| {
                facts_ui(ui, &older.run, &newer.run, cx);
                stages_ui(ui, &older.run, &newer.run, cx);
                commits_ui(ui, older, newer, cx);
            });
        });
        if widgets::is_closed(&modal) {
            self.close();
        }
    }
}

fn title(run: &Run) -> String {
    let name = run.pipeline_name.as_deref().unwrap_or(&run.pipeline);
    let attempt = if run.attempt > 1 { format!(" ({})", run.attempt) } else { String::new() };
    run.number.map_or_else(|| format!("{name} {}{attempt}", run.id), |number| format!("{name} #{number}{attempt}"))
}

fn span(from: Option<Time>, to: Option<Time>) -> Option<f64> {
    from.zip(to).map(|(from, to)| to.secs_since(from))
}

const LABELS: f32 = 170.0;
const VALUES: f32 = 250.0;

fn cell(ui: &mut Ui, width: f32, words: RichText) {
    ui.allocate_ui(egui::vec2(width, 18.0), |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(words).truncate());
    });
}

fn facts_ui(ui: &mut Ui, a: &Run, b: &Run, cx: &Cx<'_>) {
    let tokens = cx.tokens;
    let at = |time: Option<Time>| time.map(|time| format::date_time(time, cx.zone));
    let facts = |run: &Run| {
        let waited = span(run.queued_at.or(run.created_at), run.started_at).filter(|secs| *secs > 0.0);
        [
            (t("runs-branch"), run.branch.clone().or_else(|| run.tag.clone())),
            (t("runs-commit"), run.sha.as_deref().map(|sha| format::short_sha(sha).to_owned())),
            (t("run-event"), run.event.clone()),
            (t("runs-actor"), run.actor.clone()),
            (t("runs-started"), at(run.started_at.or(run.created_at))),
            (t("run-waited"), waited.map(format::duration)),
            (t("runs-duration"), span(run.started_at, run.finished_at).map(format::duration)),
        ]
    };
    Grid::new("compare facts").num_columns(3).spacing([12.0, 4.0]).show(ui, |ui| {
        cell(ui, LABELS, RichText::new(""));
        for run in [a, b] {
            cell(ui, VALUES, RichText::new(title(run)).color(tokens.strong).strong());
        }
        ui.end_row();
        cell(ui, LABELS, RichText::new(t("runs-status")).color(tokens.muted));
        for run in [a, b] {
            widgets::status_label(ui, widgets::kind_of(run.status), widgets::status_word(run.status));
        }
        ui.end_row();
        for ((label, left), (_, right)) in facts(a).into_iter().zip(facts(b)) {
            if left.is_none() && right.is_none() {
                continue;
            }
            let ink = if left == right { tokens.muted } else { tokens.strong };
            cell(ui, LABELS, RichText::new(label).color(tokens.muted));
            for value in [left, right] {
                cell(ui, VALUES, RichText::new(value.unwrap_or_else(|| "–".to_owned())).color(ink));
            }
            ui.end_row();
        }
    });
}

/// Stages of both, in the order of the newer; those that only the older had come last.
fn paired<'a>(a: &'a [Stage], b: &'a [Stage]) -> Vec<(Option<&'a Stage>, Option<&'a Stage>)> {
    let find = |stages: &'a [Stage], name: &str| stages.iter().find(|stage| stage.name == name);
    let of_b = b.iter().map(|stage| (find(a, &stage.name), Some(stage)));
    of_b.chain(a.iter().filter(|stage| find(b, &stage.name).is_none()).map(|stage| (Some(stage), None))).collect()
}

fn stages_ui(ui: &mut Ui, a: &Run, b: &Run, cx: &Cx<'_>) {
    let stages = |run: &Run| run.stages.clone().unwrap_or_default();
    let (of_a, of_b) = (stages(a), stages(b));
    if of_a.is_empty() && of_b.is_empty() {
        return;
    }
    ui.add_space(8.0);
    widgets::panel_title(ui, t("run-stages"));
    let tokens = cx.tokens;
    Grid::new("compare stages").num_columns(3).spacing([12.0, 4.0]).show(ui, |ui| {
        for (left, right) in paired(&of_a, &of_b) {
            let name = right.or(left).map_or("", |stage| stage.name.as_str());
            cell(ui, LABELS, RichText::new(name).color(tokens.strong));
            let secs = |stage: Option<&Stage>| stage.and_then(|stage| span(stage.started_at, stage.finished_at));
            let longer = secs(left).zip(secs(right)).filter(|(left, right)| left != right);
            for (stage, longer) in [(left, None), (right, longer)] {
                let Some(found) = stage else {
                    cell(ui, VALUES, RichText::new(t("run-compare-not-there")).color(tokens.muted));
                    continue;
                };
                let words = secs(stage).map_or_else(|| widgets::status_word(found.status).to_owned(), format::duration);
                ui.allocate_ui(egui::vec2(VALUES, 18.0), |ui| {
                    ui.set_min_width(VALUES);
                    ui.horizontal(|ui| {
                        widgets::status_label(ui, widgets::kind_of(found.status), &words);
                        if let Some((left, right)) = longer {
                            longer_ui(ui, left, right, cx);
                        }
                    });
                });
            }
            ui.end_row();
        }
    });
}

/// By how much a stage took longer or less long.
fn longer_ui(ui: &mut Ui, left: f64, right: f64, cx: &Cx<'_>) {
    let sign = if right > left { "+" } else { "−" };
    let words = format!("{sign}{}", format::duration((right - left).abs()));
    let is_slower = right > left * 1.2 && right - left >= 1.0;
    let ink = if is_slower { cx.tokens.status(StatusKind::Warn) } else { cx.tokens.muted };
    ui.label(RichText::new(words).color(ink));
}

fn commits_ui(ui: &mut Ui, a: &RunDetail, b: &RunDetail, cx: &Cx<'_>) {
    for (words, of, without) in [(t("run-compare-commits-new"), b, a), (t("run-compare-commits-old"), a, b)] {
        let is_other = |sha: &str| !without.commits.iter().any(|commit| commit.sha == sha);
        let only: Vec<_> = of.commits.iter().filter(|commit| is_other(&commit.sha)).collect();
        if only.is_empty() {
            continue;
        }
        ui.add_space(8.0);
        widgets::panel_title(ui, words);
        for commit in only {
            ui.horizontal(|ui| {
                ui.label(RichText::new(format::short_sha(&commit.sha)).monospace().color(cx.tokens.muted));
                ui.add(egui::Label::new(commit.subject.clone().unwrap_or_default()).truncate());
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, paired};

    #[test]
    fn stages_meet_by_name() {
        let stages = |names: &[&str]| -> Vec<Stage> {
            names.iter().map(|name| Stage { name: (*name).to_owned(), ..Stage::default() }).collect()
        };
        let (a, b) = (stages(&["build", "lint", "deploy"]), stages(&["build", "test", "deploy"]));
        let names = |(left, right): (Option<&Stage>, Option<&Stage>)| {
            (left.map(|stage| stage.name.clone()), right.map(|stage| stage.name.clone()))
        };
        let pairs: Vec<_> = paired(&a, &b).into_iter().map(names).collect();
        let some = |name: &str| Some(name.to_owned());
        assert_eq!(
            pairs,
            [
                (some("build"), some("build")),
                (None, some("test")),
                (some("deploy"), some("deploy")),
                (some("lint"), None)
            ]
        );
    }
}
