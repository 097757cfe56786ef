//! Labels in one field: a comma stands between them, and one that holds a comma stands in quotes.

/// Labels as they are typed.
pub fn written(labels: &[String]) -> String {
    let one = |label: &String| if label.contains([',', '"']) { format!("\"{label}\"") } else { label.clone() };
    labels.iter().map(one).collect::<Vec<String>>().join(", ")
}

/// The labels that were typed.
pub fn read(text: &str) -> Vec<String> {
    let mut labels = vec![String::new()];
    let mut is_quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => labels.push(String::new()),
            letter => labels.last_mut().into_iter().for_each(|label| label.push(letter)),
        }
    }
    labels.into_iter().map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn a_label_with_a_comma_stays_whole() {
        let labels = ["area: a, b".to_owned(), "ops".to_owned()];
        assert_eq!(written(&labels), "\"area: a, b\", ops");
        assert_eq!(read(&written(&labels)), labels);
        assert_eq!(read(" x ,, y z, \"q"), ["x", "y z", "q"]);
    }
}
