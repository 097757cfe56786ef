//! A line of a log with its ANSI colours: the sixteen named ones as those of the theme, others as they are told, where they
//! can be read on its ground. Other control sequences are left out.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, Color32, FontId, Stroke};

use crate::ui::theme::{self, Tokens};

/// What the codes of a line have set so far.
#[derive(Clone, Copy)]
struct Pen {
    color: Option<Color32>,
    ground: Option<Color32>,
    is_strong: bool,
    is_faint: bool,
    is_italic: bool,
    is_underlined: bool,
}

const PLAIN: Pen =
    Pen { color: None, ground: None, is_strong: false, is_faint: false, is_italic: false, is_underlined: false };

pub fn coloured(line: &str, tokens: &Tokens, font: FontId) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut pen = PLAIN;
    let mut rest = line;
    while let Some(at) = rest.find('\u{1b}') {
        job.append(&rest[..at], 0.0, pen.format(tokens, &font));
        let after = &rest[at + 1..];
        let Some(body) = after.strip_prefix('[') else {
            rest = without_order(after);
            continue;
        };
        let end = body.find(|c: char| c.is_ascii_alphabetic()).map_or(body.len(), |end| end + 1);
        if let Some(codes) = body[..end].strip_suffix('m') {
            pen.take(codes, tokens);
        }
        rest = &body[end..];
    }
    job.append(rest, 0.0, pen.format(tokens, &font));
    if job.sections.is_empty() {
        job.append(" ", 0.0, PLAIN.format(tokens, &font));
    }
    job
}

/// What follows a text for the terminal itself, such as its title; one that is no such text stays.
fn without_order(after: &str) -> &str {
    let Some(order) = after.strip_prefix([']', 'P', 'X', '^', '_']) else { return after };
    let end = order.find(['\u{7}', '\u{1b}']).unwrap_or(order.len());
    let rest = &order[end..];
    rest.strip_prefix('\u{7}').or_else(|| rest.strip_prefix("\u{1b}\\")).unwrap_or(rest)
}

impl Pen {
    fn take(&mut self, codes: &str, tokens: &Tokens) {
        let mut codes = codes.split([';', ':']).map(|code| code.parse::<u8>().unwrap_or_default());
        while let Some(code) = codes.next() {
            match code {
                0 => *self = PLAIN,
                1 => self.is_strong = true,
                2 => self.is_faint = true,
                3 => self.is_italic = true,
                4 => self.is_underlined = true,
                22 => (self.is_strong, self.is_faint) = (false, false),
                23 => self.is_italic = false,
                24 => self.is_underlined = false,
                30..=37 => self.color = named(code - 30, tokens),
                90..=97 => self.color = named(code - 82, tokens),
                40..=47 => self.ground = named(code - 40, tokens),
                100..=107 => self.ground = named(code - 92, tokens),
                38 => self.color = told(&mut codes, tokens),
                48 => self.ground = told(&mut codes, tokens),
                39 => self.color = None,
                49 => self.ground = None,
                _ => {}
            }
        }
    }

    fn format(&self, tokens: &Tokens, font: &FontId) -> TextFormat {
        let plain = match (self.is_faint, self.is_strong) {
            (true, _) => tokens.muted,
            (false, true) => tokens.strong,
            (false, false) => tokens.text,
        };
        // On a ground of its own a text is read against that.
        let ground = self.ground.unwrap_or(tokens.panel);
        let color = legible(self.color.unwrap_or(plain), ground);
        TextFormat {
            font_id: font.clone(),
            color,
            background: self.ground.unwrap_or(Color32::TRANSPARENT),
            italics: self.is_italic,
            underline: if self.is_underlined { Stroke::new(1.0, color) } else { Stroke::NONE },
            valign: Align::Center,
            ..TextFormat::default()
        }
    }
}

/// The sixteen colours that have names; black and white are the theme's own.
fn named(n: u8, tokens: &Tokens) -> Option<Color32> {
    match n {
        1 | 9 => Some(tokens.crit),
        2 | 10 => Some(tokens.ok),
        3 | 11 => Some(tokens.warn),
        4 | 6 | 12 | 14 => Some(tokens.info),
        5 | 13 => Some(tokens.series[5]),
        8 => Some(tokens.muted),
        15 => Some(tokens.strong),
        _ => None,
    }
}

/// What stands behind 38 or 48: `5;N` of two hundred and fifty-six, or `2;R;G;B`.
fn told(codes: &mut impl Iterator<Item = u8>, tokens: &Tokens) -> Option<Color32> {
    match codes.next()? {
        5 => match codes.next()? {
            n @ 0..=15 => named(n, tokens),
            n @ 16..=231 => {
                let level = |part: u8| if part == 0 { 0 } else { 55 + part * 40 };
                let n = n - 16;
                Some(theme::drawn([level(n / 36), level(n / 6 % 6), level(n % 6), 255]))
            }
            n => {
                let level = 8 + (n - 232) * 10;
                Some(theme::drawn([level, level, level, 255]))
            }
        },
        2 => Some(theme::drawn([codes.next()?, codes.next()?, codes.next()?, 255])),
        _ => None,
    }
}

/// Relative luminance, as WCAG 2 has it.
fn luminance(color: Color32) -> f32 {
    let linear = egui::Rgba::from(color);
    0.2126 * linear.r() + 0.7152 * linear.g() + 0.0722 * linear.b()
}

fn contrast(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
    a.max(b) / a.min(b)
}

/// A colour that can be read on its ground (WCAG 2, level AA): one that cannot is led towards black or white until it can.
fn legible(color: Color32, ground: Color32) -> Color32 {
    const LEAST: f32 = 4.5;
    const STEPS: u8 = 10;
    let far = [Color32::WHITE, Color32::BLACK]
        .into_iter()
        .max_by(|a, b| contrast(*a, ground).total_cmp(&contrast(*b, ground)));
    let towards = far.unwrap_or(Color32::WHITE);
    let nearer = (0..STEPS).map(|step| color.lerp_to_gamma(towards, f32::from(step) / f32::from(STEPS)));
    nearer.into_iter().find(|color| contrast(*color, ground) >= LEAST).unwrap_or(towards)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections(line: &str, theme: egui::Theme) -> Vec<(String, TextFormat)> {
        let job = coloured(line, crate::ui::theme::of(theme), FontId::monospace(12.0));
        let of = |section: &egui::text::LayoutSection| {
            let range = section.byte_range.start.0..section.byte_range.end.0;
            (job.text[range].to_owned(), section.format.clone())
        };
        job.sections.iter().map(of).collect()
    }

    #[test]
    fn control_sequences_are_not_shown() {
        let tokens = crate::ui::theme::of(egui::Theme::Dark);
        let line = "a \u{1b}]0;title\u{7}\u{1b}[31;1mred\u{1b}[0m\u{1b}]52;c;cm0=\u{1b}\\ b\u{1b}[2K";
        let job = coloured(line, tokens, FontId::monospace(12.0));
        assert_eq!(job.text, "a red b");
        assert_eq!(job.sections[1].format.color, tokens.crit);
    }

    #[test]
    fn colours_by_number_are_those_that_are_told() {
        let line = "\u{1b}[38;5;208mby number\u{1b}[0m \u{1b}[48;2;10;80;10mon green\u{1b}[49m \u{1b}[38:2:200:30:30mred\u{1b}[39;2mfaint";
        let dark = sections(line, egui::Theme::Dark);
        let of = |name: &str| dark.iter().find(|(text, _)| text == name).unwrap().1.clone();
        assert_eq!(of("by number").color, theme::drawn([255, 135, 0, 255]));
        let tokens = crate::ui::theme::of(egui::Theme::Dark);
        assert_eq!((of("on green").background, of("on green").color), (theme::drawn([10, 80, 10, 255]), tokens.text));
        assert_eq!((of("red").background, of("faint").color), (Color32::TRANSPARENT, tokens.muted));
    }

    #[test]
    fn every_colour_by_number_can_be_read_in_both_themes() {
        for theme in [egui::Theme::Dark, egui::Theme::Light] {
            let panel = crate::ui::theme::of(theme).panel;
            for n in 0..=255 {
                let text = sections(&format!("\u{1b}[38;5;{n}mtext\u{1b}[0m\u{1b}[48;5;{n}mground"), theme);
                for (words, format) in text.into_iter().filter(|(words, _)| !words.is_empty()) {
                    let ground = if format.background == Color32::TRANSPARENT { panel } else { format.background };
                    let ratio = contrast(format.color, ground);
                    assert!(ratio >= 4.5, "{words} in {n} on {theme:?}: {ratio}");
                }
            }
        }
    }
}
