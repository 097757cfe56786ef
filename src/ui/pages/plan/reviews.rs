//! Asking operations by a file, answering such a file, and taking its answers over after a look at what they change.

use std::collections::BTreeSet;
use std::path::PathBuf;

use egui::{ComboBox, RichText, Ui};

use super::ops::{block_word, keep_button, need_state_word, need_word, review_word, said_ui};
use crate::engine::{AskedItem, Command, Merge, MergeLine, NeedLine, PlanView, Question, ReviewFile, ReviewSaid};
use crate::model::people::{NEED_STATES, REVIEW_STATES};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, Chooses, List as _};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    #[default]
    Ask,
    Answer,
    TakeOver,
}

pub struct ReviewsForm {
    way: Way,
    path: String,
    question: String,
    /// Items that were chosen when the dialog was opened; with none, all of the sprint are asked about.
    items: Vec<String>,
    opened: Option<(PathBuf, Box<ReviewFile>, Merge)>,
    error: Option<String>,
    /// The item that is being answered, and what is said of it.
    answering: Option<usize>,
    said: ReviewSaid,
    needs: Vec<NeedLine>,
    /// Items whose answers are taken over.
    taken: BTreeSet<String>,
    chooser: widgets::Chooser,
}

impl ReviewsForm {
    /// `folder`: where the file is offered to go.
    pub fn new(view: &PlanView, items: Vec<String>, folder: &std::path::Path) -> Self {
        let name = view.sprint.map_or("plan", |n| view.plan.sprints[n].name.as_str());
        let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        Self {
            way: Way::Ask,
            path: folder.join(format!("{plain}.gemba-review")).display().to_string(),
            question: String::new(),
            items,
            opened: None,
            error: None,
            answering: None,
            said: ReviewSaid::default(),
            needs: Vec::new(),
            taken: BTreeSet::new(),
            chooser: widgets::Chooser::default(),
        }
    }

    /// A file that was read, or why it cannot be.
    pub fn take(&mut self, path: PathBuf, read: Result<Box<(ReviewFile, Merge)>, String>) {
        match read {
            Ok(both) => {
                let (file, merge) = *both;
                self.taken = merge.lines.iter().filter(|line| line.is_new()).map(|line| line.item.clone()).collect();
                self.way = if self.taken.is_empty() { Way::Answer } else { Way::TakeOver };
                self.error = None;
                self.opened = Some((path, Box::new(file), merge));
            }
            Err(why) => self.error = Some(why),
        }
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "reviews").show(ui.ctx(), |ui| {
            ui.set_width(640.0);
            widgets::heading(ui, t("reviews-title"));
            let ways = [
                (Way::Ask, t("reviews-ask")),
                (Way::Answer, t("reviews-answer")),
                (Way::TakeOver, t("reviews-take-over")),
            ];
            widgets::tabs(ui, &mut self.way, &ways);
            widgets::muted(
                ui,
                match self.way {
                    Way::Ask => t("reviews-ask-words"),
                    Way::Answer => t("reviews-answer-words"),
                    Way::TakeOver => t("reviews-take-over-words"),
                },
            );
            widgets::form_row(ui, t("reviews-file"), |ui| {
                if let Some(chosen) = self.chooser.chosen() {
                    self.path = chosen.display().to_string();
                }
                let field = widgets::text_field(ui, t("reviews-file"), &mut self.path, 300.0);
                if ui.button(t("add-browse")).clicked() {
                    let what = if self.way == Way::Ask { Chooses::NewFile } else { Chooses::File };
                    self.chooser.open(ui.ctx(), what, &self.path);
                }
                let enters = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
                if self.way != Way::Ask && (ui.button(t("reviews-open")).clicked() || enters) {
                    cx.want(Intent::Ask(Question::ReviewFile(self.path.trim().into())));
                }
            });
            if let Some(error) = &self.error {
                ui.label(RichText::new(error).color(cx.tokens.crit));
            }
            keep = match self.way {
                Way::Ask => self.ask_ui(ui, view, cx),
                Way::Answer => self.answer_ui(ui, cx),
                Way::TakeOver => self.take_over_ui(ui, cx),
            };
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn ask_ui(&mut self, ui: &mut Ui, view: &PlanView, cx: &mut Cx<'_>) -> bool {
        widgets::form_row(ui, t("reviews-question"), |ui| {
            widgets::text_field(ui, t("reviews-question"), &mut self.question, 380.0)
        });
        let count = if self.items.is_empty() { view.members.len() } else { self.items.len() };
        widgets::muted(ui, tn("reviews-items", count as u64));
        let can = cx.can_write && count > 0 && !self.path.trim().is_empty();
        let (cancels, asks) = super::sprint::buttons(ui, t("reviews-write"), can);
        if asks {
            cx.want(Intent::Command(Command::AskByFile {
                path: self.path.trim().into(),
                sprint: view.sprint.map(|n| view.plan.sprints[n].id.clone()),
                items: self.items.clone(),
                question: Some(self.question.trim().to_owned()).filter(|question| !question.is_empty()),
            }));
        }
        !(cancels || asks)
    }

    fn answer_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let Some((path, mut file, merge)) = self.opened.take() else {
            return !super::sprint::buttons_without_enter(ui, t("reviews-save"), false).0;
        };
        let words = [("who", file.asked_by.clone()), ("at", format::date_time(file.asked_at, cx.zone))];
        let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
        widgets::caption(ui, ta("reviews-asked-by", &args));
        if let Some(question) = &file.question {
            ui.label(question);
        }
        let room = (ui.ctx().content_rect().height() - 320.0).max(160.0);
        widgets::modal_scroll(ui).max_height(room).min_scrolled_height(0.0).show(ui, |ui| {
            for n in 0..file.items.len() {
                self.item_ui(ui, &mut file, n, cx);
            }
        });
        let answered = file.items.iter().filter(|item| item.answer.is_some()).count();
        widgets::muted(
            ui,
            ta("reviews-answered", &[("n", &answered.to_string()), ("of", &file.items.len().to_string())]),
        );
        let (cancels, saves) = super::sprint::buttons_without_enter(ui, t("reviews-save"), answered > 0);
        if saves {
            cx.want(Intent::Command(Command::WriteReviewFile(path.clone(), file.clone())));
        }
        self.opened = Some((path, file, merge));
        !(cancels || saves)
    }

    fn item_ui(&mut self, ui: &mut Ui, file: &mut ReviewFile, n: usize, cx: &Cx<'_>) {
        let item = &file.items[n];
        let is_open = self.answering == Some(n);
        let clicked = ui
            .horizontal(|ui| {
                let kind = if item.answer.is_some() { StatusKind::Ok } else { StatusKind::Unknown };
                widgets::status_dot(ui, kind);
                let clicked = ui.selectable_label(is_open, &item.title).clicked();
                widgets::caption(ui, item.answer.as_ref().map_or(t("reviews-open-item"), |it| review_word(&it.state)));
                if let Some(risk) = item.risk {
                    widgets::caption(ui, ta("reviews-risk", &[("share", &format::percent(risk))]));
                }
                clicked
            })
            .inner;
        if clicked {
            self.open_item(item, n, is_open);
        }
        if self.answering != Some(n) {
            return;
        }
        let item = &file.items[n];
        if let Some(description) = &item.description {
            ui.label(description);
        }
        ui.push_id(n, |ui| {
            widgets::form_row(ui, t("review-say"), |ui| {
                let state = &mut self.said.state;
                let shown = if state.is_empty() { t("review-choose") } else { review_word(state) };
                ComboBox::from_id_salt("said").selected_text(shown).width(160.0).list(ui, |ui| {
                    for word in REVIEW_STATES {
                        ui.selectable_value(state, word.to_owned(), review_word(word));
                    }
                });
            });
            said_ui(ui, &mut self.said);
            for need in &mut self.needs {
                widgets::form_row(ui, need_word(&need.kind), |ui| {
                    ComboBox::from_id_salt(&need.kind).selected_text(need_state_word(&need.state)).list(ui, |ui| {
                        for word in NEED_STATES {
                            ui.selectable_value(&mut need.state, word.to_owned(), need_state_word(word));
                        }
                    });
                });
            }
            if keep_button(ui, &self.said) {
                let needs: Vec<NeedLine> =
                    self.needs.iter().filter(|need| !file.items[n].needs.contains(need)).cloned().collect();
                match file.answer(n, &self.said, needs, cx.now) {
                    Ok(()) => (self.answering, self.error) = (None, None),
                    Err(why) => self.error = Some(why.to_string()),
                }
            }
        });
    }

    fn open_item(&mut self, item: &AskedItem, n: usize, is_open: bool) {
        self.answering = (!is_open).then_some(n);
        self.needs = item.needs_as_answered();
        self.said = item.answer.as_ref().map(|answer| answer.said()).unwrap_or_default();
    }

    fn take_over_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
        let Some((path, file, merge)) = self.opened.take() else {
            return !super::sprint::buttons_without_enter(ui, t("reviews-take"), false).0;
        };
        if merge.lines.is_empty() {
            widgets::muted(ui, t("reviews-no-answers"));
        }
        let room = (ui.ctx().content_rect().height() - 320.0).max(160.0);
        widgets::modal_scroll(ui).max_height(room).min_scrolled_height(0.0).show(ui, |ui| {
            for line in &merge.lines {
                self.line_ui(ui, line);
            }
        });
        if merge.unanswered > 0 {
            widgets::caption(ui, tn("reviews-unanswered", merge.unanswered as u64));
        }
        let (cancels, takes) =
            super::sprint::buttons_without_enter(ui, t("reviews-take"), cx.can_write && !self.taken.is_empty());
        if takes {
            let items = self.taken.iter().cloned().collect();
            cx.want(Intent::Command(Command::MergeReviews { file: file.clone(), items }));
        }
        self.opened = Some((path, file, merge));
        !(cancels || takes)
    }

    /// One answer: what stands here, what would, and a tick box to take it.
    fn line_ui(&mut self, ui: &mut Ui, line: &MergeLine) {
        ui.horizontal(|ui| {
            let mut is_taken = self.taken.contains(&line.item);
            ui.add_enabled_ui(line.may_be_taken(), |ui| ui.checkbox(&mut is_taken, &line.title));
            if is_taken {
                self.taken.insert(line.item.clone());
            } else {
                self.taken.remove(&line.item);
            }
            widgets::caption(
                ui,
                ta("reviews-change", &[("before", review_word(&line.before)), ("after", review_word(&line.after))]),
            );
            widgets::caption(ui, &line.by);
        });
        ui.horizontal(|ui| {
            ui.add_space(24.0);
            ui.vertical(|ui| {
                let said = [
                    line.reason.as_ref().map(|reason| ta("reviews-why", &[("why", block_word(reason))])),
                    line.unblock.as_ref().map(|what| ta("reviews-unblock", &[("what", what)])),
                    line.due.as_ref().map(|day| ta("reviews-due", &[("day", day)])),
                    line.text.clone(),
                ];
                for words in said.into_iter().flatten() {
                    widgets::caption(ui, words);
                }
                for (kind, here, there) in &line.needs {
                    let before = here.as_deref().map_or(t("reviews-no-need"), need_state_word);
                    let change = ta("reviews-change", &[("before", before), ("after", need_state_word(there))]);
                    widgets::caption(ui, format!("{}: {change}", need_word(kind)));
                }
                if line.is_stale && !line.is_known {
                    widgets::status_label(ui, StatusKind::Warn, t("review-stale"));
                }
                if line.is_gone {
                    widgets::status_label(ui, StatusKind::Crit, t("reviews-gone"));
                }
                if line.is_older {
                    widgets::status_label(ui, StatusKind::Warn, t("reviews-older"));
                }
                if let Some(fault) = &line.fault {
                    widgets::status_label(ui, StatusKind::Crit, fault);
                }
                if line.is_known {
                    widgets::caption(ui, t("reviews-known"));
                }
            });
        });
    }
}
