//! Labels in one text: a comma stands between them, and one that holds a comma stands in quotes.

/// Labels as they are typed.
pub fn written(labels: &[String]) -> String {
    let is_quoted = |label: &str| label.contains([',', ';']) || label.starts_with('"');
    let one = |label: &String| if is_quoted(label) { format!("\"{label}\"") } else { label.clone() };
    labels.iter().map(one).collect::<Vec<String>>().join(", ")
}

/// The labels that were typed.
pub fn read(text: &str) -> Vec<String> {
    parts(text, &[','])
}

/// The entries of a cell, which tables of others part by semicolons, too.
pub fn in_cell(text: &str) -> Vec<String> {
    parts(text, &[',', ';'])
}

fn parts(text: &str, separators: &[char]) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for letter in text.chars() {
        let is_at_start = parts.last().is_some_and(|part| part.trim().is_empty());
        match letter {
            // A quote within a label is a part of it.
            '"' if is_quoted || is_at_start => is_quoted = !is_quoted,
            letter if separators.contains(&letter) && !is_quoted => parts.push(String::new()),
            letter => parts.last_mut().into_iter().for_each(|part| part.push(letter)),
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{in_cell, read, written};

    #[test]
    fn a_label_with_a_comma_stays_whole() {
        let labels = ["area: a, b".to_owned(), "ops".to_owned(), "5\" screen".to_owned()];
        assert_eq!(written(&labels), "\"area: a, b\", ops, 5\" screen");
        assert_eq!(read(&written(&labels)), labels);
        assert_eq!(in_cell(&written(&labels)), labels);
        assert_eq!(read(" x ,, y z, \"q"), ["x", "y z", "q"]);
        assert_eq!((read("a; b"), in_cell("a; b")), (vec!["a; b".to_owned()], vec!["a".to_owned(), "b".to_owned()]));
    }
}
