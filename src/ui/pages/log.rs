//! The logs of a run: a list of steps, a step's lines with their colours, search, and the first error.

use egui::{RichText, ScrollArea, Ui};

use crate::engine::{DeskEvent, DeskTask, LogRef};
use crate::model::Status;
use crate::model::record::Run;
use crate::ui::cx::{Cx, Intent};
use crate::ui::pages::ansi::coloured;
use crate::ui::text::{t, ta};
use crate::ui::theme::Tokens;
use crate::ui::widgets;

/// Lines kept of one log: beyond this the oldest are dropped.
const MOST_LINES: usize = 200_000;
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(2);

#[derive(Default)]
pub struct LogPanel {
    open: Option<Open>,
}

struct Open {
    run: Box<Run>,
    logs: Option<Result<Vec<LogRef>, String>>,
    chosen: Option<String>,
    lines: Vec<String>,
    next: u64,
    is_whole: bool,
    is_asking: bool,
    asked_at: f64,
    error: Option<String>,
    search: String,
    scroll_to: Option<usize>,
}

impl LogPanel {
    pub fn open(&mut self, run: Box<Run>, cx: &mut Cx<'_>) {
        cx.want(Intent::Desk(Box::new(DeskTask::Logs(run.clone()))));
        self.open = Some(Open {
            run,
            logs: None,
            chosen: None,
            lines: Vec::new(),
            next: 0,
            is_whole: false,
            is_asking: false,
            asked_at: 0.0,
            error: None,
            search: String::new(),
            scroll_to: None,
        });
    }

    pub fn close(&mut self) -> bool {
        self.open.take().is_some()
    }

    pub fn take(&mut self, event: &DeskEvent) {
        let Some(open) = &mut self.open else { return };
        match event {
            DeskEvent::Logs(logs) => {
                // What failed is what people come for.
                let list = logs.as_ref().ok().map(Vec::as_slice).unwrap_or_default();
                let first = list.iter().find(|log| log.status == Status::Failed).or(list.first());
                open.chosen = first.map(|log| log.id.clone());
                open.logs = Some(logs.clone());
            }
            DeskEvent::Log(id, chunk) if open.chosen.as_ref() == Some(id) => {
                open.is_asking = false;
                match chunk {
                    Ok(chunk) => {
                        let was_empty = open.lines.is_empty();
                        open.lines.extend(chunk.text.lines().map(str::to_owned));
                        if open.lines.len() > MOST_LINES {
                            open.lines.drain(..open.lines.len() - MOST_LINES);
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
            DeskEvent::Failed(why) if open.is_asking => {
                open.is_asking = false;
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
            open.ui(ui, size.y - 260.0, cx);
        });
        if modal.should_close() {
            self.open = None;
        }
    }
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
    fn ask(&mut self, ui: &Ui, cx: &mut Cx<'_>) {
        let Some(id) = self.chosen.clone().filter(|_| !self.is_asking && !self.is_whole) else { return };
        let now = ui.input(|input| input.time);
        if self.next > 0 && now - self.asked_at < LOOK_EVERY.as_secs_f64() {
            ui.request_repaint_after(LOOK_EVERY);
            return;
        }
        (self.is_asking, self.asked_at) = (true, now);
        cx.want(Intent::Desk(Box::new(DeskTask::Log(self.run.clone(), id, self.next))));
    }

    fn ui(&mut self, ui: &mut Ui, height: f32, cx: &mut Cx<'_>) {
        let name = self.run.pipeline_name.as_deref().unwrap_or(&self.run.pipeline).to_owned();
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
        self.lines_ui(ui, height.max(160.0), cx.tokens);
    }

    fn steps_ui(&mut self, ui: &mut Ui, logs: &[LogRef]) {
        ui.horizontal_wrapped(|ui| {
            for log in logs {
                let is_chosen = self.chosen.as_ref() == Some(&log.id);
                widgets::status_dot(ui, widgets::kind_of(log.status));
                if ui.add(egui::Button::selectable(is_chosen, &log.name)).clicked() && !is_chosen {
                    self.chosen = Some(log.id.clone());
                    self.lines.clear();
                    (self.next, self.is_whole, self.is_asking, self.error) = (0, false, false, None);
                }
            }
        });
    }

    fn tools_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            let field = widgets::hinted_field(ui, t("log-search"), &mut self.search, 220.0);
            let wanted = self.search.to_lowercase();
            let matches = |line: &String| !wanted.is_empty() && line.to_lowercase().contains(&wanted);
            let n = self.lines.iter().filter(|line| matches(line)).count();
            if !wanted.is_empty() {
                widgets::muted(ui, ta("log-found", &[("n", &n.to_string())]));
            }
            if field.changed() || (field.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))) {
                self.scroll_to = self.lines.iter().position(matches);
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
        let row = ui.text_style_height(&egui::TextStyle::Monospace);
        let mut area = ScrollArea::both().id_salt("log lines").max_height(height).min_scrolled_height(height);
        area = area.auto_shrink([false, false]).stick_to_bottom(!self.is_whole);
        if let Some(line) = self.scroll_to.take() {
            let spaced = row + ui.spacing().item_spacing.y;
            area = area.vertical_scroll_offset((line as f32 - 3.0).max(0.0) * spaced);
        }
        let wanted = self.search.to_lowercase();
        area.show_rows(ui, row, self.lines.len(), |ui, range| {
            for line in &self.lines[range] {
                let is_hit = !wanted.is_empty() && line.to_lowercase().contains(&wanted);
                let mut job = coloured(line, tokens, egui::TextStyle::Monospace.resolve(ui.style()));
                if is_hit {
                    for section in &mut job.sections {
                        section.format.background = tokens.selected;
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
}
