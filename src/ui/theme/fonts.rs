//! The fonts that travel with the program (their licences stand beside them). Inter is one variable file in two
//! weights; a subset of Noto Sans TC carries Traditional Chinese, one of DejaVu Sans Mono the ticks,
//! crosses and blocks that programs print, and Noto Emoji the rest that logs and titles are strewn with.

use std::sync::Arc;

use egui::epaint::text::VariationCoords;
use egui::{FontData, FontDefinitions, FontFamily, FontTweak};

/// The family of the semibold weight.
pub const SEMIBOLD: &str = "semibold";

const INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter.ttf");
const MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
const CHINESE: &[u8] = include_bytes!("../../../assets/fonts/NotoSansTC-Subset.otf");
const SYMBOLS: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSansMono-Symbols.ttf");

pub fn install(ctx: &egui::Context) {
    ctx.set_fonts(definitions());
}

fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let mut add = |name: &str, data: FontData| fonts.font_data.insert(name.to_owned(), Arc::new(data));
    let weight = |weight: f32| FontTweak { coords: VariationCoords::new([(b"wght", weight)]), ..FontTweak::default() };
    add("Inter", FontData::from_static(INTER).tweak(weight(450.0)));
    add("Inter semibold", FontData::from_static(INTER).tweak(weight(600.0)));
    add("JetBrains Mono", FontData::from_static(MONO));
    add("Noto Sans TC", FontData::from_static(CHINESE));
    add("DejaVu symbols", FontData::from_static(SYMBOLS));
    add("Noto Emoji", FontData::from_static(epaint_default_fonts::NOTO_EMOJI_REGULAR));
    let family = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family(&["Inter", "Noto Sans TC", "DejaVu symbols", "Noto Emoji"]));
    fonts.families.insert(
        FontFamily::Monospace,
        family(&["JetBrains Mono", "Inter", "Noto Sans TC", "DejaVu symbols", "Noto Emoji"]),
    );
    fonts.families.insert(
        FontFamily::Name(SEMIBOLD.into()),
        family(&["Inter semibold", "Noto Sans TC", "DejaVu symbols", "Noto Emoji"]),
    );
    fonts
}

#[cfg(test)]
mod tests {
    use egui::FontId;

    #[test]
    fn what_pipelines_print_can_be_seen() {
        let ctx = egui::Context::default();
        super::install(&ctx);
        let mut shown = ctx.run_ui(egui::RawInput::default(), |ui| {
            for font in [FontId::monospace(12.0), FontId::proportional(13.0)] {
                for letter in "✅❌🚀📦🔥⚠✓✗●█─→…中é".chars() {
                    assert!(ui.fonts_mut(|fonts| fonts.has_glyph(&font, letter)), "{letter} in {font:?}");
                }
            }
        });
        shown.textures_delta.clear();
    }
}
