//! The look: tokens, type and spacing, for dark and light.

mod fonts;
mod tokens;

use std::collections::BTreeMap;

use egui::{CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, vec2};

pub use fonts::SEMIBOLD;
pub use tokens::{DARK, LIGHT, PAPER, StatusKind, Tokens, drawn};

/// Names of the text styles beyond egui's own.
pub mod text {
    use egui::TextStyle;

    pub fn h2() -> TextStyle {
        TextStyle::Name("h2".into())
    }
    pub fn stat() -> TextStyle {
        TextStyle::Name("stat".into())
    }
    /// Body size, semibold.
    pub fn strong() -> TextStyle {
        TextStyle::Name("strong".into())
    }
}

pub mod size {
    pub const CONTROL: f32 = 24.0;
    pub const ROW: f32 = 28.0;
    pub const HEADER: f32 = 24.0;
    pub const TOP_BAR: f32 = 40.0;
    pub const STATUS_BAR: f32 = 24.0;
    pub const NAV: f32 = 184.0;
    pub const RAIL: f32 = 48.0;
    pub const ICON: f32 = 16.0;
    pub const GAP: f32 = 8.0;
    pub const SECTION: f32 = 16.0;
}

/// Installs fonts and both styles. Called once, before the first frame.
pub fn install(ctx: &egui::Context) {
    fonts::install(ctx);
    for (theme, tokens) in [(Theme::Dark, &DARK), (Theme::Light, &LIGHT)] {
        ctx.style_mut_of(theme, |style| apply(style, tokens));
    }
    ctx.options_mut(|options| {
        options.fallback_theme = Theme::Dark;
        options.quit_shortcuts.clear();
    });
}

/// The tokens of the theme in force.
pub fn tokens(ui: &egui::Ui) -> &'static Tokens {
    of(ui.theme())
}

pub fn of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

fn apply(style: &mut egui::Style, tokens: &Tokens) {
    let semibold = || FontFamily::Name(SEMIBOLD.into());
    style.text_styles = BTreeMap::from([
        (TextStyle::Small, FontId::new(11.0, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(13.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(13.0, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
        (TextStyle::Heading, FontId::new(18.0, semibold())),
        (text::h2(), FontId::new(15.0, semibold())),
        (text::strong(), FontId::new(13.0, semibold())),
        (text::stat(), FontId::new(24.0, semibold())),
    ]);
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 8.0);
    spacing.button_padding = vec2(10.0, 3.0);
    spacing.interact_size = vec2(40.0, size::CONTROL);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.scroll.bar_width = 6.0;
    spacing.scroll.floating = true;
    spacing.combo_height = 320.0;
    spacing.icon_width = 16.0;
    spacing.tooltip_width = 420.0;
    style.animation_time = 0.12;
    let v = &mut style.visuals;
    v.override_text_color = Some(tokens.text);
    v.weak_text_color = Some(tokens.muted);
    v.panel_fill = tokens.canvas;
    v.window_fill = tokens.panel;
    v.window_stroke = Stroke::new(1.0, tokens.border);
    v.window_corner_radius = CornerRadius::same(8);
    v.menu_corner_radius = CornerRadius::same(8);
    v.extreme_bg_color = tokens.panel;
    v.faint_bg_color = tokens.raised;
    v.text_edit_bg_color = Some(tokens.panel);
    v.hyperlink_color = tokens.accent;
    v.selection.bg_fill = tokens.selected;
    v.selection.stroke = Stroke::new(1.0, tokens.strong);
    v.window_shadow = Shadow { offset: [0, 12], blur: 40, spread: 0, color: tokens.shadow };
    v.popup_shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: tokens.shadow };
    v.striped = false;
    v.indent_has_left_vline = false;
    v.slider_trailing_fill = true;
    let widget = |visuals: &mut egui::style::WidgetVisuals, fill, edge, ink| {
        visuals.bg_fill = fill;
        visuals.weak_bg_fill = fill;
        visuals.bg_stroke = Stroke::new(1.0, edge);
        visuals.fg_stroke = Stroke::new(1.0, ink);
        visuals.corner_radius = CornerRadius::same(6);
        visuals.expansion = 0.0;
    };
    widget(&mut v.widgets.noninteractive, tokens.panel, tokens.border, tokens.text);
    widget(&mut v.widgets.inactive, tokens.raised, tokens.border, tokens.text);
    widget(&mut v.widgets.hovered, tokens.hover, tokens.border_strong, tokens.strong);
    widget(&mut v.widgets.active, tokens.active, tokens.border_strong, tokens.strong);
    widget(&mut v.widgets.open, tokens.active, tokens.border_strong, tokens.strong);
}
