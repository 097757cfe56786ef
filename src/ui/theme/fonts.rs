//! The fonts that travel with the program (their licences stand beside them). Inter is one variable file in two
//! weights; a subset of Noto Sans TC carries Traditional Chinese; system fonts come behind.

use std::sync::Arc;

use egui::epaint::text::VariationCoords;
use egui::{FontData, FontDefinitions, FontFamily, FontTweak};

/// The family of the semibold weight.
pub const SEMIBOLD: &str = "semibold";

const INTER: &[u8] = include_bytes!("../../../assets/fonts/Inter.ttf");
const MONO: &[u8] = include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf");
const CHINESE: &[u8] = include_bytes!("../../../assets/fonts/NotoSansTC-Subset.otf");

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
    let family = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, family(&["Inter", "Noto Sans TC"]));
    fonts.families.insert(FontFamily::Monospace, family(&["JetBrains Mono", "Inter", "Noto Sans TC"]));
    fonts.families.insert(FontFamily::Name(SEMIBOLD.into()), family(&["Inter semibold", "Noto Sans TC"]));
    fonts
}
