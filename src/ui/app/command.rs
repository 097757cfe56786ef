//! One table of commands: the palette, the shortcuts, the help sheet and the handler read it.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::ui::cx::{ExportKind, Page};
use crate::ui::text::t;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UiCommand {
    Palette,
    Go(Page),
    Filter,
    Sidebar,
    Undo,
    Redo,
    New,
    Back,
    Forward,
    Close,
    Help,
    AddFile,
    AddFolder,
    AddRepository,
    ConnectSystem,
    RecordIncident,
    StartPipeline,
    SyncNow,
    NewItem,
    NewSprint,
    PlanTogether,
    AskOperations,
    CompareDefinitions,
    Tables,
    Export(ExportKind),
    Backup,
    Check,
    ThemeSystem,
    ThemeDark,
    ThemeLight,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    Quit,
}

impl UiCommand {
    pub const ALL: [Self; 42] = [
        Self::Palette,
        Self::Go(Page::Loop),
        Self::Go(Page::Plan),
        Self::Go(Page::Delivery),
        Self::Go(Page::Pipelines),
        Self::Go(Page::Sources),
        Self::Go(Page::Settings),
        Self::Filter,
        Self::Sidebar,
        Self::Undo,
        Self::Redo,
        Self::New,
        Self::Back,
        Self::Forward,
        Self::Close,
        Self::Help,
        Self::AddFile,
        Self::AddFolder,
        Self::AddRepository,
        Self::ConnectSystem,
        Self::RecordIncident,
        Self::StartPipeline,
        Self::SyncNow,
        Self::NewItem,
        Self::NewSprint,
        Self::PlanTogether,
        Self::AskOperations,
        Self::CompareDefinitions,
        Self::Tables,
        Self::Export(ExportKind::Csv),
        Self::Export(ExportKind::Json),
        Self::Export(ExportKind::Markdown),
        Self::Export(ExportKind::Png),
        Self::Backup,
        Self::Check,
        Self::ThemeSystem,
        Self::ThemeDark,
        Self::ThemeLight,
        Self::ZoomIn,
        Self::ZoomOut,
        Self::ZoomReset,
        Self::Quit,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::Palette => t("command-palette"),
            Self::Go(page) => page.title(),
            Self::Filter => t("command-filter"),
            Self::Sidebar => t("command-sidebar"),
            Self::Undo => t("command-undo"),
            Self::Redo => t("command-redo"),
            Self::New => t("command-new"),
            Self::Back => t("command-back"),
            Self::Forward => t("command-forward"),
            Self::Close => t("command-close"),
            Self::Help => t("command-help"),
            Self::AddFile => t("command-add-file"),
            Self::AddFolder => t("command-add-folder"),
            Self::AddRepository => t("command-add-repository"),
            Self::ConnectSystem => t("connections-add"),
            Self::RecordIncident => t("command-record-incident"),
            Self::StartPipeline => t("command-start-pipeline"),
            Self::SyncNow => t("command-sync-now"),
            Self::NewItem => t("plan-new-item"),
            Self::NewSprint => t("plan-new-sprint"),
            Self::PlanTogether => t("plan-mode"),
            Self::AskOperations => t("reviews-menu"),
            Self::CompareDefinitions => t("command-compare-definitions"),
            Self::Tables => t("command-tables"),
            Self::Export(ExportKind::Csv) => t("command-export-csv"),
            Self::Export(ExportKind::Json) => t("command-export-json"),
            Self::Export(ExportKind::Markdown) => t("command-export-markdown"),
            Self::Export(ExportKind::Png) => t("command-export-png"),
            Self::Backup => t("command-backup"),
            Self::Check => t("command-check"),
            Self::ThemeSystem => t("command-theme-system"),
            Self::ThemeDark => t("command-theme-dark"),
            Self::ThemeLight => t("command-theme-light"),
            Self::ZoomIn => t("command-zoom-in"),
            Self::ZoomOut => t("command-zoom-out"),
            Self::ZoomReset => t("command-zoom-reset"),
            Self::Quit => t("command-quit"),
        }
    }

    /// Other words by which people look for it.
    pub fn also(self) -> &'static str {
        match self {
            Self::Go(Page::Plan) => t("also-plan"),
            Self::Go(Page::Delivery) => t("also-delivery"),
            Self::Go(Page::Pipelines) => t("also-pipelines"),
            Self::Go(Page::Settings) => t("also-settings"),
            Self::Go(Page::Sources) => t("also-sources"),
            Self::ThemeSystem | Self::ThemeDark | Self::ThemeLight => t("also-theme"),
            Self::Tables => t("also-tables"),
            Self::StartPipeline => t("also-start-pipeline"),
            Self::ConnectSystem => t("also-connect"),
            Self::AskOperations => t("also-reviews"),
            _ => "",
        }
    }

    /// Keys, the first being the one that is shown.
    pub fn shortcuts(self) -> &'static [KeyboardShortcut] {
        const fn keys(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
            KeyboardShortcut::new(modifiers, key)
        }
        const COMMAND: Modifiers = Modifiers::COMMAND;
        const SHIFTED: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
        match self {
            Self::Palette => const { &[keys(COMMAND, Key::K), keys(COMMAND, Key::P), keys(SHIFTED, Key::P)] },
            Self::Go(Page::Loop) => const { &[keys(COMMAND, Key::Num1)] },
            Self::Go(Page::Plan) => const { &[keys(COMMAND, Key::Num2)] },
            Self::Go(Page::Delivery) => const { &[keys(COMMAND, Key::Num3)] },
            Self::Go(Page::Pipelines) => const { &[keys(COMMAND, Key::Num4)] },
            Self::Go(Page::Sources) => const { &[keys(COMMAND, Key::Num5)] },
            Self::Go(Page::Settings) => const { &[keys(COMMAND, Key::Comma), keys(COMMAND, Key::Num6)] },
            Self::Filter => const { &[keys(Modifiers::NONE, Key::Slash), keys(COMMAND, Key::F)] },
            Self::Sidebar => const { &[keys(COMMAND, Key::B)] },
            Self::Undo => const { &[keys(COMMAND, Key::Z)] },
            Self::Redo => const { &[keys(SHIFTED, Key::Z), keys(COMMAND, Key::Y)] },
            Self::Tables => const { &[keys(Modifiers::NONE, Key::T)] },
            Self::SyncNow => const { &[keys(COMMAND, Key::R), keys(Modifiers::NONE, Key::F5)] },
            Self::New => const { &[keys(COMMAND, Key::N)] },
            Self::Back => const { &[keys(Modifiers::ALT, Key::ArrowLeft)] },
            Self::Forward => const { &[keys(Modifiers::ALT, Key::ArrowRight)] },
            Self::Close => const { &[keys(Modifiers::NONE, Key::Escape)] },
            Self::Help => const { &[keys(Modifiers::NONE, Key::Questionmark)] },
            Self::Export(ExportKind::Csv) => const { &[keys(COMMAND, Key::E)] },
            // The zoom keys are egui's own; they stand here for the help sheet.
            Self::ZoomIn => const { &[keys(COMMAND, Key::Plus)] },
            Self::ZoomOut => const { &[keys(COMMAND, Key::Minus)] },
            Self::ZoomReset => const { &[keys(COMMAND, Key::Num0)] },
            Self::Quit => const { &[keys(COMMAND, Key::Q)] },
            _ => &[],
        }
    }

    const fn is_left_to_egui(self) -> bool {
        matches!(self, Self::ZoomIn | Self::ZoomOut | Self::ZoomReset)
    }

    const fn leaves_the_page(self) -> bool {
        matches!(self, Self::Go(_) | Self::Back | Self::Forward)
    }

    /// The command whose keys were pressed. More modifiers first; letters never fire while typing.
    pub fn pressed(ctx: &egui::Context) -> Option<Self> {
        let typing = ctx.text_edit_focused();
        let mut bound: Vec<(KeyboardShortcut, Self)> = Self::ALL
            .into_iter()
            .filter(|command| !command.is_left_to_egui())
            .flat_map(|command| command.shortcuts().iter().map(move |keys| (*keys, command)))
            .collect();
        bound.sort_by_key(|(keys, _)| std::cmp::Reverse((keys.modifiers.shift, keys.modifiers.alt)));
        let has_popup = egui::Popup::is_any_open(ctx);
        let has_modal = ctx.memory(|memory| memory.top_modal_layer().is_some());
        let blocked = |keys: &KeyboardShortcut, command: Self| {
            // An open menu takes Escape for itself: one level a press.
            if command == Self::Close && has_popup {
                return true;
            }
            // What lies below a dialog is neither changed nor left by keys.
            let changes = matches!(command, Self::Undo | Self::Redo);
            if has_modal && (keys.modifiers.is_none() || command.leaves_the_page() || changes) && command != Self::Close
            {
                return true;
            }
            typing && command != Self::Close && (keys.conflicts_with_text_editing() || keys.modifiers.is_none())
        };
        bound
            .into_iter()
            .find(|(keys, command)| !blocked(keys, *command) && ctx.input_mut(|input| input.consume_shortcut(keys)))
            .map(|(_, command)| command)
    }
}
