//! Pipelines: every run in one table, sorted and filtered from columns; a run opened beside it.

mod acts;
mod compare;
mod detail;
mod lines;
mod results;
mod table;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use egui::{Key, Modifiers, Panel, RichText, Ui};
use egui_table::{Column, HeaderRow, Table};
use rustc_hash::FxHashMap;

pub use self::acts::RunAct;
use crate::engine::{Density, Question, RunDetail, RunTexts, RunsView, SYSTEMS};
use crate::metrics::table::{RunGroup, RunQuery, RunSort};
use crate::model::record::FILE_CONNECTION;
use crate::model::{Status, Time};
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, Intent, Scope};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::{self, size};
use crate::ui::widgets::{self, List as _};
use lines::{Line, Lines};
use table::{RunTable, column_widths};

#[derive(Default)]
pub struct Pipelines {
    view: Option<Arc<RunsView>>,
    asked: Option<(u64, RunQuery)>,
    sort: RunSort,
    is_ascending: bool,
    text: String,
    statuses: Vec<Status>,
    /// Those that can be chosen, in the order in which they were first seen: one that comes moves none under the pointer.
    offered: Vec<Status>,
    is_all_time: bool,
    grouping: Grouping,
    /// Groups that are closed, by name.
    closed: BTreeSet<Option<String>>,
    lines: Lines,
    /// The line that the keyboard is on.
    cursor: usize,
    anchor: usize,
    scroll_to_cursor: bool,
    /// The runs at the cursor and its anchor, once a person went there; they stay so in another list.
    chosen: Option<(u32, u32)>,
    /// They are not in the list that is shown.
    is_chosen_away: bool,
    wants_found: bool,
    texts: FxHashMap<u32, RunTexts>,
    texts_asked: Range<u64>,
    texts_generation: u64,
    open: Option<u32>,
    detail: Option<Box<RunDetail>>,
    /// The picture for which the detail was asked.
    detail_generation: u64,
    acts: acts::Acts,
    compare: compare::Compare,
    wants_focus: bool,
    hovered: Option<u64>,
}

/// What the table is put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Grouping {
    #[default]
    None,
    Pipeline,
    Service,
    System,
    Branch,
}

impl Grouping {
    const ALL: [Self; 5] = [Self::None, Self::Pipeline, Self::Service, Self::System, Self::Branch];

    fn words(self) -> &'static str {
        match self {
            Self::None => t("runs-group-none"),
            Self::Pipeline => t("runs-pipeline"),
            Self::Service => t("runs-service"),
            Self::System => t("runs-system"),
            Self::Branch => t("runs-branch"),
        }
    }

    fn of(self, cx: &Cx<'_>) -> Option<RunGroup> {
        let system = |id: &str| SYSTEMS.iter().find(|(known, _)| *known == id).map_or(id, |(_, name)| *name).to_owned();
        let systems = || {
            let known = cx.snapshot.connections.iter();
            let mut systems: Vec<_> = known.map(|entry| (entry.name.clone(), system(&entry.system))).collect();
            systems.push((FILE_CONNECTION.to_owned(), t("runs-from-files").to_owned()));
            systems
        };
        match self {
            Self::None => None,
            Self::Pipeline => Some(RunGroup::Pipeline),
            Self::Service => Some(RunGroup::Service),
            Self::System => Some(RunGroup::System(systems())),
            Self::Branch => Some(RunGroup::Branch),
        }
    }
}

/// Red pipelines named at the top.
const MOST_RED: usize = 4;
const DAY: i64 = 86_400_000_000;
/// Beside the title, below which only the buttons have room.
const NARROW: f32 = 360.0;
/// Texts kept for rows that were in sight.
const TEXTS_KEPT: usize = 20_000;

impl Pipelines {
    fn query(&self, cx: &Cx<'_>) -> RunQuery {
        let period = if self.is_all_time { None } else { cx.snapshot.period(&cx.scope.period, cx.zone_name).ok() };
        let period = period.map(|period| {
            // Figures count full days; a run that goes on now is to be seen.
            let is_recent = matches!(cx.scope.period, crate::engine::PeriodChoice::LastDays(_));
            let tomorrow = Time((cx.now.0 / DAY + 2) * DAY);
            if is_recent { crate::metrics::Period { to: tomorrow.max(period.to), ..period } } else { period }
        });
        RunQuery {
            filter: crate::metrics::Filter { environments: Vec::new(), ..cx.scope.filter.clone() },
            period,
            statuses: self.statuses.clone(),
            text: self.text.clone(),
            sort: self.sort,
            descending: !self.is_ascending,
            group: self.grouping.of(cx),
        }
    }

    pub fn ask(&mut self, cx: &mut Cx<'_>) {
        if let Some(key) = self.open.filter(|_| self.detail_generation != cx.snapshot.generation) {
            self.detail_generation = cx.snapshot.generation;
            cx.want(Intent::Ask(Question::Run(key)));
        }
        let wanted = (cx.snapshot.generation, self.query(cx));
        if self.asked.as_ref() != Some(&wanted) {
            cx.want(Intent::Ask(Question::Runs(Box::new(wanted.1.clone()))));
            self.asked = Some(wanted);
        }
    }

    pub fn forget_asked(&mut self) {
        self.asked = None;
        self.texts_asked = 0..0;
    }

    pub fn take_view(&mut self, view: Arc<RunsView>) {
        if self.texts_generation != view.generation {
            self.texts.clear();
            self.texts_generation = view.generation;
        }
        self.texts_asked = 0..0;
        self.view = Some(view);
        self.lay_lines();
        self.wants_found = true;
    }

    pub fn take_texts(&mut self, texts: Vec<(u32, RunTexts)>) {
        if self.texts.len() > TEXTS_KEPT {
            self.texts.clear();
        }
        self.texts.extend(texts);
    }

    /// After the list, or what is closed of it, has changed.
    fn lay_lines(&mut self) {
        if let Some(view) = &self.view {
            self.lines = Lines::new(&view.list, &self.closed);
            let last = self.lines.len().saturating_sub(1);
            (self.cursor, self.anchor) = (self.cursor.min(last), self.anchor.min(last));
        }
    }

    pub fn take_run(&mut self, key: u32, detail: Option<Box<RunDetail>>) {
        self.compare.take_run(key, detail.as_deref());
        if self.open == Some(key) {
            self.detail = detail;
        }
    }

    pub fn take_desk(&mut self, event: &crate::engine::DeskEvent) {
        self.acts.take(event);
    }

    pub fn open_run(&mut self, key: u32) {
        self.open = Some(key);
        self.detail = None;
        (self.chosen, self.wants_found) = (Some((key, key)), true);
    }

    pub fn is_settled(&self, generation: u64) -> bool {
        let Some(view) = &self.view else { return false };
        view.generation == generation && (view.list.rows.is_empty() || !self.texts.is_empty())
    }

    pub fn focus_filter(&mut self) {
        self.wants_focus = true;
    }

    /// What can be done to the run that is open, and what it is called.
    pub fn run_acts(&self) -> Option<(String, &[RunAct])> {
        let detail = self.open.and(self.detail.as_ref())?;
        Some((detail::title_of(&detail.run), self.acts.offered()))
    }

    pub fn press(&mut self, act: RunAct) {
        self.acts.press(act);
    }

    pub fn close_topmost(&mut self) -> bool {
        self.compare.close() || self.open.take().is_some()
    }

    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        if self.open.is_some() {
            let frame = egui::Frame::new().fill(cx.tokens.panel).inner_margin(egui::Margin::symmetric(12, 12));
            let mut keep = true;
            // The table beside it keeps the half of a small window.
            let most = (ui.available_width() * 0.5).clamp(300.0, 720.0);
            let sizes = 340f32.min(most)..=most;
            Panel::right("run").default_size(440f32.min(most)).size_range(sizes).frame(frame).show(ui, |ui| {
                keep = detail::ui(ui, self.detail.as_deref(), &mut self.acts, cx, |ui, cx| {
                    let selected = self.view.as_ref().zip(self.lines.runs(self.cursor..self.cursor + 1).next());
                    let selected = selected.and_then(|(view, at)| view.list.rows.get(at).copied());
                    self.compare.menu(ui, self.open, selected, cx);
                });
            });
            self.compare.ui(ui, self.detail.as_deref(), cx);
            if !keep {
                self.open = None;
            }
        }
        egui::Frame::new().inner_margin(egui::Margin { left: 16, right: 16, top: 12, bottom: 8 }).show(ui, |ui| {
            self.header_ui(ui, cx);
            self.red_ui(ui, cx);
            self.filter_ui(ui, cx);
            let Some(view) = self.view.clone() else {
                widgets::skeleton(ui, ui.available_height() - 12.0);
                return;
            };
            if view.list.rows.is_empty() {
                self.empty_ui(ui, &view, cx);
                return;
            }
            self.find_chosen(&view, cx);
            self.keyboard(ui, &view, cx);
            self.table_ui(ui, &view, cx);
        });
    }

    fn header_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            widgets::heading(ui, t("page-pipelines"));
            // In a narrow page the buttons come first.
            if let Some(view) = self.view.as_ref().filter(|_| ui.available_width() > NARROW) {
                let shown = format::count(view.list.rows.len() as u64);
                let of = format::count(view.list.of as u64);
                widgets::muted(ui, ta("runs-shown", &[("shown", &shown), ("of", &of)]));
            }
            widgets::at_right(ui, |ui| {
                super::delivery::export_menu(ui, cx);
                if ui.add_enabled(cx.can_write, egui::Button::new(t("command-start-pipeline"))).clicked() {
                    cx.want(Intent::StartPipeline(None));
                }
                if !cx.snapshot.starts.is_empty() || !cx.snapshot.audit.is_empty() {
                    let open = cx.snapshot.starts.iter().filter(|start| !start.state.is_settled()).count();
                    let words = if open > 0 { tn("starts-open", open as u64) } else { t("starts-button").to_owned() };
                    if ui.button(words).clicked() {
                        cx.want(Intent::OpenStarts);
                    }
                }
            });
        });
    }

    /// What is red on the trunk, and since when; each leads to its run.
    fn red_ui(&self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let Some(view) = self.view.as_ref().filter(|view| view.list.of > 0) else { return };
        ui.horizontal_wrapped(|ui| {
            // The line is there in either case, so that the table does not move below the pointer.
            if view.red.is_empty() {
                widgets::muted(ui, t("runs-none-red"));
            }
            for red in view.red.iter().take(MOST_RED) {
                let ago = format::ago(red.since, cx.now);
                let words = ta("runs-red", &[("name", &red.name), ("branch", &red.branch), ("ago", &ago)]);
                widgets::unbroken(ui, widgets::DOT, &words, egui::TextStyle::Body, |ui| {
                    widgets::status_dot(ui, theme::StatusKind::Crit);
                    if ui.link(RichText::new(&words).color(cx.tokens.text)).clicked() {
                        cx.want(Intent::OpenRun(red.run));
                    }
                });
            }
            if view.red.len() > MOST_RED {
                widgets::muted(ui, tn("runs-red-more", (view.red.len() - MOST_RED) as u64));
            }
        });
    }

    fn filter_ui(&mut self, ui: &mut Ui, cx: &Cx<'_>) {
        ui.horizontal_wrapped(|ui| {
            let field = ui.add(
                egui::TextEdit::singleline(&mut self.text)
                    .hint_text(t("runs-filter"))
                    .desired_width(240.0)
                    .margin(egui::Margin::symmetric(8, 4)),
            );
            field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("runs-filter")));
            if std::mem::take(&mut self.wants_focus) {
                field.request_focus();
            }
            let counts = self.view.as_ref().map(|view| view.list.by_status.clone()).unwrap_or_default();
            let count = |status: Status| counts.get(status.as_str()).copied().unwrap_or(0);
            let is_new = |status: &Status| count(*status) > 0 && !self.offered.contains(status);
            let new: Vec<Status> = Status::ALL.into_iter().filter(is_new).collect();
            self.offered.extend(new);
            for status in self.offered.iter().copied() {
                let n = count(status);
                let is_on = self.statuses.contains(&status);
                let words = format!("{} {}", widgets::status_word(status), format::count(n));
                if ui.add(egui::Button::selectable(is_on, RichText::new(words).color(cx.tokens.text))).clicked() {
                    if is_on {
                        self.statuses.retain(|known| *known != status);
                    } else {
                        self.statuses.push(status);
                    }
                }
            }
            ui.checkbox(&mut self.is_all_time, t("runs-all-time"));
            let shown = ta("runs-group", &[("by", self.grouping.words())]);
            ui.name_inputs(t("runs-group-by"), |ui| {
                egui::ComboBox::from_id_salt("runs group").selected_text(shown).width(150.0).list(ui, |ui| {
                    for grouping in Grouping::ALL {
                        ui.selectable_value(&mut self.grouping, grouping, grouping.words());
                    }
                });
            });
        });
    }

    fn empty_ui(&mut self, ui: &mut Ui, view: &RunsView, cx: &mut Cx<'_>) {
        if view.list.of == 0 {
            // Where a system is connected, its runs come by themselves, and starting one stands above.
            let connects = cx.can_write && cx.snapshot.connections.is_empty();
            let way = connects.then(|| t("connections-add"));
            if widgets::empty_state(ui, Icon::Pipelines, t("runs-none"), way) {
                cx.want(Intent::ConnectSystem);
            }
            ui.vertical_centered(|ui| {
                if cx.can_write && ui.button(t("runs-add")).clicked() {
                    cx.want(Intent::AddSource(crate::ui::cx::AddKind::File));
                }
            });
        } else if widgets::empty_state(ui, Icon::Search, t("runs-no-match"), Some(t("runs-clear"))) {
            self.text.clear();
            self.statuses.clear();
            self.is_all_time = true;
            let period = cx.scope.period.clone();
            cx.want(Intent::Scope(Scope { period, ..Scope::default() }));
        }
    }

    fn keyboard(&mut self, ui: &Ui, view: &RunsView, cx: &mut Cx<'_>) {
        if ui.text_edit_focused() || widgets::is_covered(ui) {
            return;
        }
        let last = self.lines.len().saturating_sub(1);
        let page = 20;
        let (step, jump, enter, copy, extends, fold) = ui.input_mut(|input| {
            let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown)
                + input.count_and_consume_key(Modifiers::NONE, Key::J);
            let up = input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp)
                + input.count_and_consume_key(Modifiers::NONE, Key::K);
            let down_more = input.count_and_consume_key(Modifiers::SHIFT, Key::ArrowDown);
            let up_more = input.count_and_consume_key(Modifiers::SHIFT, Key::ArrowUp);
            let pages = input.count_and_consume_key(Modifiers::NONE, Key::PageDown) as i64
                - input.count_and_consume_key(Modifiers::NONE, Key::PageUp) as i64;
            let jump = if input.consume_key(Modifiers::NONE, Key::Home) {
                Some(0)
            } else if input.consume_key(Modifiers::NONE, Key::End) {
                Some(last)
            } else {
                None
            };
            let step = (down + down_more) as i64 - (up + up_more) as i64 + pages * page;
            let copy = input.events.iter().any(|event| matches!(event, egui::Event::Copy));
            let fold = if input.consume_key(Modifiers::NONE, Key::ArrowLeft) {
                Some(true)
            } else if input.consume_key(Modifiers::NONE, Key::ArrowRight) {
                Some(false)
            } else {
                None
            };
            (step, jump, input.consume_key(Modifiers::NONE, Key::Enter), copy, down_more + up_more > 0, fold)
        });
        if step != 0 || jump.is_some() {
            let moved = (self.cursor as i64 + step).clamp(0, last as i64) as usize;
            self.cursor = jump.unwrap_or(moved);
            if !extends {
                self.anchor = self.cursor;
            }
            self.scroll_to_cursor = true;
            self.remember_chosen(view, cx);
        }
        if let Some(closes) = fold {
            self.fold(view, closes);
        }
        if enter {
            self.open_at(self.cursor, view, cx);
        }
        if copy {
            let rows: Vec<usize> = self.lines.runs(self.selection()).collect();
            cx.want(Intent::Copy(self.table(view, rows.into_iter(), cx).tsv()));
        }
    }

    /// What a person went to stays where it is, whatever comes before it.
    fn remember_chosen(&mut self, view: &RunsView, cx: &Cx<'_>) {
        let key = |line: usize| {
            let Some(Line::Run(at)) = self.lines.at(line) else { return None };
            cx.snapshot.data.runs.key.get(*view.list.rows.get(at)? as usize).copied()
        };
        self.chosen = key(self.cursor).zip(key(self.anchor));
        self.is_chosen_away = false;
    }

    fn find_chosen(&mut self, view: &RunsView, cx: &Cx<'_>) {
        if !std::mem::take(&mut self.wants_found) {
            return;
        }
        let Some((cursor, anchor)) = self.chosen else { return };
        let keys = &cx.snapshot.data.runs.key;
        let line = |key: u32| {
            let at = view.list.rows.iter().position(|row| keys.get(*row as usize) == Some(&key))?;
            Some(self.lines.line_of(at))
        };
        match line(cursor).zip(if anchor == cursor { line(cursor) } else { line(anchor) }) {
            Some(found) => ((self.cursor, self.anchor), self.is_chosen_away) = (found, false),
            None => self.is_chosen_away = true,
        }
    }

    /// The lines that are marked; none where those that were chosen are not in this list: another must not look like them.
    fn selection(&self) -> Range<usize> {
        if self.is_chosen_away {
            return 0..0;
        }
        self.cursor.min(self.anchor)..self.cursor.max(self.anchor) + 1
    }

    fn open_at(&mut self, at: usize, view: &RunsView, cx: &mut Cx<'_>) {
        match self.lines.at(at) {
            Some(Line::Run(at)) => {
                if let Some(&row) = view.list.rows.get(at) {
                    let key = cx.snapshot.data.runs.key[row as usize];
                    self.open_run(key);
                    cx.want(Intent::Ask(Question::Run(key)));
                }
            }
            Some(Line::Group(group)) => {
                let is_closed = self.closed.contains(&view.list.groups[group].name);
                self.fold(view, !is_closed);
            }
            None => {}
        }
    }

    /// Closes or opens the group that the cursor is in.
    fn fold(&mut self, view: &RunsView, closes: bool) {
        let Some(head) = self.lines.head_of(self.cursor) else { return };
        let Some(Line::Group(group)) = self.lines.at(head) else { return };
        let name = &view.list.groups[group].name;
        if closes {
            self.closed.insert(name.clone());
            (self.cursor, self.anchor, self.chosen) = (head, head, None);
        } else {
            self.closed.remove(name);
        }
        self.lay_lines();
    }

    fn table_ui(&mut self, ui: &mut Ui, view: &Arc<RunsView>, cx: &mut Cx<'_>) {
        let row_height = match cx.snapshot.settings.density {
            Density::Dense => 24.0,
            Density::Normal => size::ROW,
            Density::Comfortable => 32.0,
        };
        let widths = column_widths(ui.available_width());
        let columns: Vec<Column> =
            widths.iter().map(|width| Column::new(*width).range(60.0..=600.0).resizable(true)).collect();
        // Widths that a person chose are kept for windows of about this width.
        let mut table = Table::new()
            .id_salt(("runs", (ui.available_width() / 240.0) as u32))
            .num_rows(self.lines.len() as u64)
            .columns(columns)
            .num_sticky_cols(1)
            .headers([HeaderRow::new(size::HEADER + 4.0)]);
        if std::mem::take(&mut self.scroll_to_cursor) {
            table = table.scroll_to_row(self.cursor as u64, None);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut delegate = RunTable {
            view,
            lines: &self.lines,
            closed: &self.closed,
            cx: &*cx,
            texts: &self.texts,
            selected: self.selection(),
            sort: self.sort,
            is_ascending: self.is_ascending,
            row_height,
            widths,
            in_sight: 0..0,
            hovered: self.hovered,
            now_hovered: None,
            clicked: None,
            sorted: None,
        };
        table.show(ui, &mut delegate);
        let RunTable { in_sight, clicked, sorted, now_hovered, .. } = delegate;
        if self.hovered != now_hovered {
            self.hovered = now_hovered;
            ui.request_repaint();
        }
        if let Some((at, opens)) = clicked {
            self.cursor = at;
            self.anchor = at;
            self.remember_chosen(view, cx);
            if opens {
                self.open_at(at, view, cx);
            }
        }
        if let Some(sort) = sorted {
            self.is_ascending = if self.sort == sort { !self.is_ascending } else { sort != RunSort::Time };
            self.sort = sort;
        }
        self.fetch_texts(in_sight, view, cx);
    }

    /// Asks for the texts of the rows in sight and a page around them.
    fn fetch_texts(&mut self, in_sight: Range<u64>, view: &RunsView, cx: &mut Cx<'_>) {
        let is_covered = self.texts_asked.start <= in_sight.start && in_sight.end <= self.texts_asked.end;
        if in_sight.is_empty() || is_covered {
            return;
        }
        let around = in_sight.start.saturating_sub(60)..(in_sight.end + 60).min(self.lines.len() as u64);
        let runs = &cx.snapshot.data.runs;
        let keys: Vec<u32> = self
            .lines
            .runs(around.start as usize..around.end as usize)
            .filter_map(|at| runs.key.get(*view.list.rows.get(at)? as usize).copied())
            .filter(|key| !self.texts.contains_key(key))
            .collect();
        self.texts_asked = around;
        if !keys.is_empty() {
            cx.want(Intent::Ask(Question::RunTexts(keys)));
        }
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let Some(view) = &self.view else { return PageExport::default() };
        self.table(view, 0..view.list.rows.len(), cx)
    }

    fn table(&self, view: &RunsView, rows: impl Iterator<Item = usize>, cx: &Cx<'_>) -> PageExport {
        let mut table =
            PageExport::new(&["pipeline", "run", "status", "started", "duration_s", "branch", "service", "actor"]);
        let (runs, catalog) = (&cx.snapshot.data.runs, &cx.snapshot.data.catalog);
        for row in rows.filter_map(|at| view.list.rows.get(at)) {
            let row = *row as usize;
            if row >= runs.len() {
                continue;
            }
            let id = self.texts.get(&runs.key[row]).map(|texts| texts.id.clone()).unwrap_or_default();
            table.rows.push(vec![
                catalog.pipeline(runs.pipeline[row]).map(|p| p.name.clone()).unwrap_or_default(),
                id,
                runs.status[row].as_str().to_owned(),
                runs.started(row).map(|at| at.to_string()).unwrap_or_default(),
                runs.duration_s(row).map(|secs| format!("{secs:.3}")).unwrap_or_default(),
                catalog.word(runs.branch[row]).to_owned(),
                catalog.service(runs.service[row]).map(|s| s.name.clone()).unwrap_or_default(),
                catalog.word(runs.actor[row]).to_owned(),
            ]);
        }
        table
    }
}
