//! A log for a terminal: its colours, and nothing else that a terminal would obey. What a build prints is not ours: a title,
//! the clipboard and the cursor are left alone.

use std::io::IsTerminal as _;

use anstream::adapter::WinconBytes;

/// Some systems begin a log with it.
const BOM: char = '\u{feff}';

pub struct LogText {
    read: WinconBytes,
    is_coloured: bool,
}

impl LogText {
    pub fn for_output() -> Self {
        let is_coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { read: WinconBytes::new(), is_coloured }
    }

    /// The next piece; a sequence may go on from one piece into the next.
    pub fn next(&mut self, piece: &str) -> String {
        let mut shown = String::with_capacity(piece.len());
        // A sequence that is left open ends with its line, and hides none of those that follow.
        let piece = piece.replace('\n', "\u{18}\n");
        for (style, mut text) in self.read.extract_next(piece.as_bytes()) {
            // Some terminals take these for the beginning of an order, too.
            text.retain(|letter| letter != BOM && (!letter.is_control() || letter.is_ascii_whitespace()));
            if self.is_coloured && !style.is_plain() {
                shown.push_str(&format!("{}{text}{}", style.render(), style.render_reset()));
            } else {
                shown.push_str(&text);
            }
        }
        shown
    }
}

/// A name without anything that a terminal would obey.
pub fn plain(name: &str) -> String {
    LogText { read: WinconBytes::new(), is_coloured: false }.next(name).replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_orders_to_the_terminal_do_not() {
        let hostile = "\u{1b}]0;title\u{7}a \u{1b}[31mred\u{1b}[0m\u{1b}[2J\u{1b}]52;c;cm0=\u{1b}\\\u{9b} b\n";
        let read = |is_coloured| LogText { read: WinconBytes::new(), is_coloured }.next(hostile);
        assert_eq!(read(false), "a red b\n");
        assert_eq!(read(true), "a \u{1b}[31mred\u{1b}[0m b\n");
        let mut open = LogText { read: WinconBytes::new(), is_coloured: false };
        assert_eq!(open.next("one\nopen \u{1b}]0;never ends\nthree\n"), "one\nopen \nthree\n");
        assert_eq!(plain("st\u{1b}]0;evil\u{7}ep\u{1b}[2J"), "step");
        let mut halves = LogText { read: WinconBytes::new(), is_coloured: false };
        assert_eq!(format!("{}{}", halves.next("x\u{1b}]0;ti"), halves.next("tle\u{7}y")), "xy");
    }
}
