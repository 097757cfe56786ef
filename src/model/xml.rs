//! Texts as XML has them.

/// A text as the content of an element, or as the value of an attribute.
pub fn xml_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // XML has no word for other control characters.
            letter if letter.is_control() && !matches!(letter, '\n' | '\r' | '\t') => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}
