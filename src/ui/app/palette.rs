//! The command palette: every command, page, service, pipeline and open incident, found by a few letters.

use egui::{Id, Key, Modifiers, RichText, ScrollArea, Ui};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::command::UiCommand;
use crate::engine::Snapshot;
use crate::ui::pages::RunAct;
use crate::ui::text::t;
use crate::ui::theme;
use crate::ui::widgets;

/// What can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    Command(UiCommand),
    Service(u32),
    Pipeline(u32),
    Team(u32),
    /// A favourite way to start a pipeline.
    Preset(String),
    /// What is done to the run that is open.
    Run(RunAct),
}

struct Entry {
    choice: Choice,
    words: String,
    also: &'static str,
    group: &'static str,
    keys: Option<egui::KeyboardShortcut>,
}

pub struct Palette {
    text: String,
    entries: Vec<Entry>,
    shown: Vec<usize>,
    selected: usize,
    matcher: Matcher,
    is_fresh: bool,
}

/// How the palette ended in this frame.
pub enum Ended {
    Open,
    Closed,
    Chosen(Choice),
}

const MOST_SHOWN: usize = 60;
/// The height of the list: a window that remembers its size could not grow beyond what it showed first.
const LIST: f32 = 360.0;

impl Palette {
    /// `run`: the open run, and what can be done to it.
    pub fn new(snapshot: &Snapshot, recent: &[UiCommand], run: Option<(String, &[RunAct])>) -> Self {
        let mut entries = Vec::new();
        if let Some((name, acts)) = run {
            entries.extend(acts.iter().map(|act| Entry {
                choice: Choice::Run(*act),
                words: format!("{}: {name}", act.words()),
                also: t("also-run"),
                group: t("palette-run"),
                keys: None,
            }));
        }
        let command = |command: UiCommand, group| Entry {
            choice: Choice::Command(command),
            words: command.words().to_owned(),
            also: command.also(),
            group,
            keys: command.shortcuts().first().copied(),
        };
        for &used in recent.iter().rev() {
            entries.push(command(used, t("palette-recent")));
        }
        for each in UiCommand::ALL {
            if !recent.contains(&each) && !matches!(each, UiCommand::Palette | UiCommand::Close) {
                let group = if matches!(each, UiCommand::Go(_)) { t("palette-pages") } else { t("palette-commands") };
                entries.push(command(each, group));
            }
        }
        let catalog = &snapshot.data.catalog;
        let named = |choice, words: &str, group| Entry { choice, words: words.to_owned(), also: "", group, keys: None };
        entries.extend(catalog.teams.iter().map(|team| named(Choice::Team(team.key), &team.name, t("palette-teams"))));
        entries.extend(catalog.services.iter().map(|s| named(Choice::Service(s.key), &s.name, t("palette-services"))));
        entries.extend(snapshot.presets.iter().map(|preset| {
            let service = preset.service.as_deref().and_then(|id| snapshot.data.catalog.service_name(id));
            let name = service.map_or_else(|| preset.name.clone(), |service| format!("{} ({service})", preset.name));
            let words = crate::ui::text::ta("palette-start", &[("name", &name)]);
            named(Choice::Preset(preset.name.clone()), &words, t("palette-presets"))
        }));
        let pipelines = catalog.pipelines.iter();
        entries.extend(pipelines.map(|p| named(Choice::Pipeline(p.key), &p.name, t("palette-pipelines"))));
        let mut palette = Self {
            text: String::new(),
            entries,
            shown: Vec::new(),
            selected: 0,
            matcher: Matcher::new(Config::DEFAULT),
            is_fresh: true,
        };
        palette.search();
        palette
    }

    fn search(&mut self) {
        self.selected = 0;
        if self.text.trim().is_empty() {
            self.shown = (0..self.entries.len().min(MOST_SHOWN)).collect();
            return;
        }
        let pattern = Pattern::parse(&self.text, CaseMatching::Ignore, Normalization::Smart);
        let typed = self.text.to_lowercase();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        let mut buffer = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let words = pattern.score(Utf32Str::new(&entry.words, &mut buffer), &mut self.matcher);
            // What is typed may mix the name with another word for it: "light theme".
            let both = format!("{} {}", entry.words, entry.also);
            // Letters that lie scattered in a long text are found by chance.
            let holds_all = is_held(&both.to_lowercase(), &typed);
            let also = holds_all.then(|| pattern.score(Utf32Str::new(&both, &mut buffer), &mut self.matcher)).flatten();
            if let Some(score) = words.max(also) {
                scored.push((score, index));
            }
        }
        let best = scored.iter().map(|&(score, _)| score).max().unwrap_or_default();
        // Letters that only happen to lie somewhere in a name are no find beside a real one.
        scored.retain(|&(score, _)| score * 2 >= best);
        scored.sort_by_key(|&(score, index)| (std::cmp::Reverse(score), index));
        self.shown = scored.into_iter().take(MOST_SHOWN).map(|(_, index)| index).collect();
    }

    pub fn ui(&mut self, ui: &Ui) -> Ended {
        let mut ended = Ended::Open;
        let modal = widgets::modal(ui, "palette").show(ui.ctx(), |ui| {
            ui.set_width(520.0);
            let (down, up, enter) = ui.input_mut(|input| {
                (
                    input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown),
                    input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp),
                    input.consume_key(Modifiers::NONE, Key::Enter),
                )
            });
            let field = ui.add(
                egui::TextEdit::singleline(&mut self.text)
                    .id(Id::unique("palette text"))
                    .hint_text(t("palette-hint"))
                    .desired_width(f32::INFINITY),
            );
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("palette-hint")));
            if std::mem::take(&mut self.is_fresh) {
                field.request_focus();
            }
            if field.changed() {
                self.search();
            }
            if !self.shown.is_empty() {
                let most = self.shown.len() - 1;
                self.selected = (self.selected + down).saturating_sub(up).min(most);
            }
            if let Some(chosen) = self.list(ui, down + up > 0) {
                ended = Ended::Chosen(chosen);
            }
            if enter && let Some(&index) = self.shown.get(self.selected) {
                ended = Ended::Chosen(self.entries[index].choice.clone());
            }
        });
        if matches!(ended, Ended::Open) && modal.should_close() {
            ended = Ended::Closed;
        }
        ended
    }

    fn list(&self, ui: &mut Ui, moved: bool) -> Option<Choice> {
        let tokens = theme::tokens(ui);
        let mut chosen = None;
        if self.shown.is_empty() {
            ui.label(RichText::new(t("palette-nothing")).color(tokens.muted));
        }
        ScrollArea::vertical().max_height(LIST).min_scrolled_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut group = "";
            for (position, &index) in self.shown.iter().enumerate() {
                let entry = &self.entries[index];
                if entry.group != group {
                    group = entry.group;
                    ui.add_space(4.0);
                    ui.label(RichText::new(group).small().color(tokens.muted));
                }
                let is_selected = position == self.selected;
                let mut button = egui::Button::selectable(is_selected, entry.words.as_str())
                    .min_size(egui::vec2(ui.available_width(), 26.0));
                if let Some(keys) = entry.keys {
                    button = button.shortcut_text(ui.format_shortcut(&keys));
                }
                let response = ui.add(button);
                if is_selected && moved {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    chosen = Some(entry.choice.clone());
                }
            }
        });
        chosen
    }
}

/// Whether each word that was typed stands in a text.
fn is_held(text: &str, typed: &str) -> bool {
    typed.split_whitespace().all(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_lie_scattered_in_other_words_find_nothing() {
        let mut palette = Palette::new(&Snapshot::default(), &[], None);
        let mut first = |typed: &str| {
            typed.clone_into(&mut palette.text);
            palette.search();
            palette.shown.first().map(|index| palette.entries[*index].words.clone())
        };
        assert_eq!(first("start bill"), None);
        assert_eq!(first("light theme").as_deref(), Some(t("command-theme-light")));
    }

    #[test]
    fn what_can_be_done_to_the_open_run_is_found_by_the_words_people_type() {
        let acts = [RunAct::Log, RunAct::Cancel, RunAct::Again];
        let mut palette = Palette::new(&Snapshot::default(), &[], Some(("deploy #12".to_owned(), &acts)));
        for (typed, act) in [("cancel", RunAct::Cancel), ("log", RunAct::Log), ("again", RunAct::Again)] {
            typed.clone_into(&mut palette.text);
            palette.search();
            let first = &palette.entries[palette.shown[0]];
            assert_eq!(first.choice, Choice::Run(act), "{typed} finds {}", first.words);
        }
        let none = Palette::new(&Snapshot::default(), &[], None);
        assert!(!none.entries.iter().any(|entry| matches!(entry.choice, Choice::Run(_))));
    }
}
