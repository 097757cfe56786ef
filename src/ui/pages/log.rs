//! The logs of a run: a list of steps, a step's lines with their colours, search, and the first error.

use egui::{RichText, ScrollArea, Ui};

use crate::engine::{DeskEvent, DeskTask, LogRef, Logs, caps_of};
use crate::model::Status;
use crate::model::record::Run;
use crate::ui::cx::{Cx, Intent};
use crate::ui::pages::ansi::coloured;
use crate::ui::pages::log_search::{Search, Step};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::Tokens;
use crate::ui::widgets;

/// Lines kept of one log: beyond this the oldest are dropped, and it is said how many.
const MOST_LINES: usize = 500_000;
/// Between two questions while a log grows.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(2);
/// The same for what changes seldom: the list of steps, and logs that are told after their end only. A system counts how
/// often it is asked.
const SELDOM: std::time::Duration = std::time::Duration::from_secs(10);
/// A piece of at least so many bytes has more behind it, which is asked for at once.
const WHOLE_PIECE: usize = 32 * 1024;

const BETWEEN_LINES: f32 = 2.0;
/// The counter beside the search.
const COUNTER: f32 = 110.0;

#[derive(Default)]
pub struct LogPanel {
    open: Option<Open>,
}

struct Open {
    run: Box<Run>,
    logs: Option<Result<Vec<LogRef>, String>>,
    /// No further log will come.
    is_over: bool,
    logs_asked_at: f64,
    is_asking_logs: bool,
    chosen: Option<String>,
    /// Nobody chose a log: what runs is shown.
    follows: bool,
    /// Its logs can be read while they grow.
    is_live: bool,
    lines: Vec<String>,
    next: u64,
    is_whole: bool,
    is_asking: bool,
    /// Until when the next piece is not asked for.
    rests_until: f64,
    error: Option<String>,
    search: Search,
    /// Lines at the beginning that are kept no more.
    dropped: usize,
    scroll_to: Option<usize>,
}

impl LogPanel {
    pub fn open(&mut self, run: Box<Run>, cx: &mut Cx<'_>) {
        cx.want(Intent::Desk(Box::new(DeskTask::Logs(run.clone()))));
        let entry = cx.snapshot.connections.iter().find(|entry| entry.name == run.connection);
        let is_live = entry.and_then(caps_of).is_some_and(|caps| caps.logs == Logs::Live);
        self.open = Some(Open {
            run,
            logs: None,
            is_over: false,
            logs_asked_at: 0.0,
            is_asking_logs: true,
            chosen: None,
            follows: true,
            is_live,
            lines: Vec::new(),
            next: 0,
            is_whole: false,
            is_asking: false,
            rests_until: 0.0,
            error: None,
            search: Search::default(),
            dropped: 0,
            scroll_to: None,
        });
    }

    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    pub fn take(&mut self, event: &DeskEvent) {
        let Some(open) = &mut self.open else { return };
        match event {
            DeskEvent::Logs(logs) => open.take_logs(logs),
            DeskEvent::Log(id, chunk) if open.chosen.as_ref() == Some(id) => {
                open.is_asking = false;
                match chunk {
                    // Asked for twice, as another log was looked at in between.
                    Ok(chunk) if open.next > 0 && chunk.next <= open.next && !chunk.text.is_empty() => {}
                    Ok(chunk) => {
                        if chunk.text.len() >= WHOLE_PIECE {
                            open.rests_until = 0.0;
                        }
                        let was_empty = open.lines.is_empty();
                        open.lines.extend(chunk.text.lines().map(str::to_owned));
                        if let Some(over) = open.lines.len().checked_sub(MOST_LINES).filter(|over| *over > 0) {
                            open.lines.drain(..over);
                            open.dropped += over;
                            open.search.begin_again();
                        }
                        (open.next, open.is_whole) = (chunk.next, chunk.is_whole);
                        if was_empty {
                            open.scroll_to = first_error(&open.lines);
                        }
                    }
                    Err(why) => {
                        open.error = Some(why.clone());
                        open.is_whole = true;
                    }
                }
            }
            DeskEvent::Failed(why) if open.is_asking || open.is_asking_logs => {
                (open.is_asking, open.is_asking_logs) = (false, false);
                open.error = Some(why.clone());
            }
            _ => {}
        }
    }

    pub fn ui(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let Some(open) = &mut self.open else { return };
        open.ask(ui, cx);
        let size = ui.ctx().content_rect().size();
        let modal = widgets::modal(ui, "log").show(ui.ctx(), |ui| {
            ui.set_width((size.x - 160.0).min(1200.0));
            // As high from the first frame on: it stays in the middle while its lines come.
            ui.set_min_height(size.y - 160.0);
            open.ui(ui, size.y - 260.0, cx);
        });
        if widgets::is_closed(&modal) {
            self.open = None;
        }
    }
}

/// The log that is shown first: what runs now, else what failed, as people come for that.
fn first_shown(logs: &[LogRef], is_over: bool) -> Option<&LogRef> {
    let running = logs.iter().find(|log| log.status == Status::Running).filter(|_| !is_over);
    let failed = logs.iter().find(|log| log.status == Status::Failed);
    running.or(failed).or(if is_over { logs.first() } else { logs.last() })
}

fn first_error(lines: &[String]) -> Option<usize> {
    lines.iter().position(|line| {
        let line = line.to_ascii_lowercase();
        ["error", "fatal", "failed", "exception", "panicked", "traceback"].iter().any(|word| line.contains(word))
            && !line.contains("0 failed")
            && !line.contains("0 errors")
    })
}

impl Open {
    fn take_logs(&mut self, logs: &Result<(Vec<LogRef>, bool), String>) {
        self.is_asking_logs = false;
        match logs {
            Ok((list, is_over)) => {
                self.is_over = *is_over;
                let shown = list.iter().find(|log| self.chosen.as_ref() == Some(&log.id));
                let stays = shown.is_some_and(|log| !self.follows || !self.is_whole || log.status == Status::Failed);
                // Who has seen a run go on sees its end; who comes after it begins at its first step.
                let is_past = *is_over && self.logs.is_none();
                if !stays && let Some(first) = first_shown(list, is_past) {
                    self.choose(first.id.clone());
                }
                self.logs = Some(Ok(list.clone()));
            }
            // A list that is there is better than none.
            Err(why) if !matches!(self.logs, Some(Ok(_))) => self.logs = Some(Err(why.clone())),
            Err(_) => {}
        }
    }

    fn choose(&mut self, log: String) {
        if self.chosen.as_ref() == Some(&log) {
            return;
        }
        self.chosen = Some(log);
        self.lines.clear();
        self.search.begin_again();
        self.dropped = 0;
        (self.next, self.is_whole, self.is_asking, self.error) = (0, false, false, None);
        self.rests_until = 0.0;
    }

    fn ask(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let now = ui.input(|input| input.time);
        let pause = if self.is_live { LOOK_EVERY } else { SELDOM };
        // While a run goes on, steps are added to it: likely once the one that is shown is over.
        let of_list = if self.is_whole { pause } else { SELDOM };
        if matches!(self.logs, Some(Ok(_))) && !self.is_over && !self.is_asking_logs {
            if self.logs_asked_at == 0.0 {
                self.logs_asked_at = now;
            }
            if now - self.logs_asked_at >= of_list.as_secs_f64() {
                (self.is_asking_logs, self.logs_asked_at) = (true, now);
                cx.want(Intent::Desk(Box::new(DeskTask::Logs(self.run.clone()))));
            }
            ui.request_repaint_after(LOOK_EVERY);
        }
        let Some(id) = self.chosen.clone().filter(|_| !self.is_asking && !self.is_whole) else { return };
        if now < self.rests_until {
            ui.request_repaint_after(LOOK_EVERY);
            return;
        }
        (self.is_asking, self.rests_until) = (true, now + pause.as_secs_f64());
        cx.want(Intent::Desk(Box::new(DeskTask::Log(self.run.clone(), id, self.next))));
    }

    fn ui(&mut self, ui: &mut Ui, height: f32, cx: &mut Cx<'_>) {
        let name = self.run.pipeline_name.as_deref().unwrap_or(&self.run.pipeline);
        let number = self.run.number.map(|number| format!(" #{number}")).unwrap_or_default();
        let name = format!("{name}{number}");
        widgets::heading(ui, &ta("log-title", &[("name", &name)]));
        match self.logs.clone() {
            None => {
                widgets::muted(ui, t("desk-asking"));
                return;
            }
            Some(Err(why)) => {
                ui.label(RichText::new(why).color(cx.tokens.crit));
                return;
            }
            Some(Ok(logs)) if logs.is_empty() => {
                widgets::muted(ui, t("log-none"));
                return;
            }
            Some(Ok(logs)) => self.steps_ui(ui, &logs),
        }
        self.tools_ui(ui, cx);
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(cx.tokens.crit));
        }
        if self.dropped > 0 {
            ui.label(RichText::new(tn("log-dropped", self.dropped as u64)).color(cx.tokens.warn));
        }
        self.lines_ui(ui, height.max(160.0), cx.tokens);
    }

    fn steps_ui(&mut self, ui: &mut Ui, logs: &[LogRef]) {
        ui.horizontal_wrapped(|ui| {
            for log in logs {
                let is_chosen = self.chosen.as_ref() == Some(&log.id);
                let padding = 2.0 * ui.spacing().button_padding.x;
                widgets::unbroken(ui, widgets::DOT + padding, &log.name, egui::TextStyle::Button, |ui| {
                    widgets::status_dot(ui, widgets::kind_of(log.status));
                    if ui.add(egui::Button::selectable(is_chosen, &log.name)).clicked() {
                        self.follows = false;
                        self.choose(log.id.clone());
                    }
                });
            }
        });
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            let field = widgets::hinted_field(ui, t("log-search"), &mut self.search.text, 220.0);
            if self.search.look(&self.lines, &mut self.scroll_to) {
                ui.request_repaint();
            }
            let words = if self.search.is_asked() {
                let of = [("at", self.search.at().to_string()), ("n", self.search.hits().len().to_string())];
                ta("log-found", &of.each_ref().map(|(name, n)| (*name, n.as_str())))
            } else {
                String::new()
            };
            // Of one width: the buttons beside it stay where they are.
            ui.allocate_ui(egui::vec2(COUNTER, ui.spacing().interact_size.y), |ui| {
                ui.set_min_width(COUNTER);
                widgets::muted(ui, words);
            });
            let (is_entered, is_back) = ui.input(|input| (input.key_pressed(egui::Key::Enter), input.modifiers.shift));
            let is_entered = is_entered && (field.has_focus() || field.lost_focus());
            if is_entered {
                field.request_focus();
            }
            let has_hits = !self.search.hits().is_empty();
            let up = ui.add_enabled(has_hits, egui::Button::new(t("log-previous"))).clicked();
            let down = ui.add_enabled(has_hits, egui::Button::new(t("log-next"))).clicked();
            let step = match () {
                () if up || (is_entered && is_back) => Some(Step::Back),
                () if down || is_entered => Some(Step::On),
                () => None,
            };
            if let Some(step) = step {
                self.scroll_to = self.search.go(step);
            }
            if ui.button(t("log-first-error")).clicked() {
                self.scroll_to = first_error(&self.lines);
            }
            if ui.button(t("log-copy")).clicked() {
                cx.want(Intent::Copy(self.lines.join("\n")));
            }
            if !self.is_whole {
                widgets::muted(ui, t("log-grows"));
            }
        });
    }

    fn lines_ui(&mut self, ui: &mut Ui, height: f32, tokens: &Tokens) {
        ui.spacing_mut().item_spacing.y = BETWEEN_LINES;
        let row = ui.text_style_height(&egui::TextStyle::Monospace);
        let mut area = ScrollArea::both().id_salt("log lines").max_height(height).min_scrolled_height(height);
        area = area.auto_shrink([false, false]).stick_to_bottom(!self.is_whole);
        if let Some(line) = self.scroll_to.take() {
            let spaced = row + ui.spacing().item_spacing.y;
            area = area.vertical_scroll_offset((line as f32 - 3.0).max(0.0) * spaced);
        }
        area.show_rows(ui, row, self.lines.len(), |ui, range| {
            for n in range {
                let Some(line) = self.lines.get(n) else { continue };
                let is_hit = self.search.hits().binary_search(&n).is_ok();
                let is_current = self.search.hit == Some(n);
                let mut job = coloured(line, tokens, egui::TextStyle::Monospace.resolve(ui.style()));
                if is_hit {
                    for section in &mut job.sections {
                        section.format.background = if is_current { tokens.accent_fill } else { tokens.selected };
                        section.format.color = if is_current { tokens.on_accent } else { section.format.color };
                    }
                }
                ui.add(egui::Label::new(job).extend());
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_no_count_of_none() {
        let lines = ["1 passed, 0 failed", "note: errors: none", "ERROR: no such file"].map(str::to_owned);
        assert_eq!(first_error(&lines[..1]), None);
        assert_eq!(first_error(&[lines[0].clone(), lines[2].clone()]), Some(1));
    }

    #[test]
    fn what_runs_is_shown_then_what_failed() {
        let log = |id: &str, status| LogRef { id: id.to_owned(), name: id.to_owned(), status };
        let mut logs = vec![log("build", Status::Succeeded), log("test", Status::Failed), log("pack", Status::Running)];
        let first = |logs: &[LogRef], is_over| first_shown(logs, is_over).map(|log| log.id.clone());
        assert_eq!(first(&logs, false).as_deref(), Some("pack"));
        assert_eq!(first(&logs, true).as_deref(), Some("test"));
        logs.truncate(1);
        assert_eq!(first(&logs, true).as_deref(), Some("build"));
    }
}
