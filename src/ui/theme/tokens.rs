//! Every colour, by name. Contrast is reckoned in the design; no other file names a colour.

#![expect(clippy::disallowed_methods, reason = "this is the one place where colours are named")]

use egui::Color32;

/// What a status says; its shape and word go with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    Ok,
    Warn,
    Crit,
    Info,
    Unknown,
}

/// What drawings of others lie on: they bring their own colours, which were chosen on white.
pub const PAPER: Color32 = Color32::WHITE;

/// A colour that a drawing or a log names: red, green, blue, opacity.
pub fn drawn([red, green, blue, opacity]: [u8; 4]) -> Color32 {
    Color32::from_rgba_unmultiplied(red, green, blue, opacity)
}

#[derive(Debug, PartialEq, Eq)]
pub struct Tokens {
    pub canvas: Color32,
    pub panel: Color32,
    pub raised: Color32,
    pub hover: Color32,
    pub active: Color32,
    pub selected: Color32,
    pub border: Color32,
    pub border_strong: Color32,
    pub strong: Color32,
    pub text: Color32,
    pub muted: Color32,
    pub disabled: Color32,
    pub accent: Color32,
    pub accent_fill: Color32,
    pub on_accent: Color32,
    pub ok: Color32,
    pub warn: Color32,
    pub crit: Color32,
    pub info: Color32,
    pub unknown: Color32,
    pub series: [Color32; 6],
    pub shadow: Color32,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

pub const DARK: Tokens = Tokens {
    canvas: rgb(0x0E_1116),
    panel: rgb(0x14_181F),
    raised: rgb(0x1A_1F28),
    hover: rgb(0x22_2936),
    active: rgb(0x2A_3342),
    selected: rgb(0x1B_2F4F),
    border: rgb(0x25_2C38),
    border_strong: rgb(0x3A_4454),
    strong: rgb(0xF3_F5F8),
    text: rgb(0xC9_D0DA),
    muted: rgb(0x8F_99A8),
    disabled: rgb(0x5E_6876),
    accent: rgb(0x6A_A6FF),
    accent_fill: rgb(0x25_63C9),
    on_accent: rgb(0xFF_FFFF),
    ok: rgb(0x34_D6AE),
    warn: rgb(0xE6_BE52),
    crit: rgb(0xF2_523D),
    info: rgb(0x81_A8FD),
    unknown: rgb(0x85_8B94),
    series: [rgb(0x6E_A6EB), rgb(0xF0_9A38), rgb(0x35_DCC2), rgb(0xC0_6A90), rgb(0xF5_E45A), rgb(0x80_59E6)],
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 110),
};

pub const LIGHT: Tokens = Tokens {
    canvas: rgb(0xF4_F6F8),
    panel: rgb(0xFF_FFFF),
    raised: rgb(0xF7_F8FA),
    hover: rgb(0xEE_F1F5),
    active: rgb(0xE3_E8EF),
    selected: rgb(0xDC_E9FF),
    border: rgb(0xE1_E6EC),
    border_strong: rgb(0xB8_C1CD),
    strong: rgb(0x0F_1720),
    text: rgb(0x2F_3A47),
    muted: rgb(0x5B_6776),
    disabled: rgb(0x97_A1AE),
    accent: rgb(0x1D_5FC7),
    accent_fill: rgb(0x1D_5FC7),
    on_accent: rgb(0xFF_FFFF),
    ok: rgb(0x12_694C),
    warn: rgb(0xA1_6A00),
    crit: rgb(0xB0_101A),
    info: rgb(0x3B_60DE),
    unknown: rgb(0x6C_7178),
    series: [rgb(0x0C_45A8), rgb(0xA8_520F), rgb(0x25_9487), rgb(0x70_2A59), rgb(0xA6_8C12), rgb(0x8F_44E7)],
    shadow: Color32::from_rgba_premultiplied(0, 0, 0, 40),
};

impl Tokens {
    pub const fn status(&self, kind: StatusKind) -> Color32 {
        match kind {
            StatusKind::Ok => self.ok,
            StatusKind::Warn => self.warn,
            StatusKind::Crit => self.crit,
            StatusKind::Info => self.info,
            StatusKind::Unknown => self.unknown,
        }
    }

    /// A status colour as a wash behind text or over a span.
    pub fn wash(&self, kind: StatusKind) -> Color32 {
        self.status(kind).gamma_multiply(0.12)
    }
}
