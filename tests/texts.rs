//! The words of the window: none missing, none unused, all with their arguments.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::allow_attributes,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::BTreeSet;
use std::path::Path;

use fluent_syntax::ast;
use fluent_syntax::parser::parse;

const ENGLISH: &str = include_str!("../assets/locales/en/gemba.ftl");

fn sources() -> String {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui")];
    let mut all = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    all
}

fn keys_in_file() -> BTreeSet<String> {
    let resource = parse(ENGLISH).unwrap_or_else(|(_, errors)| panic!("the locale does not parse: {errors:?}"));
    let mut keys = BTreeSet::new();
    for entry in resource.body {
        if let ast::Entry::Message(message) = entry {
            assert!(keys.insert(message.id.name.to_owned()), "{} stands twice", message.id.name);
        }
    }
    keys
}

#[test]
fn no_text_is_missing_and_none_unused() {
    let source = sources();
    let call = regex::Regex::new(r#"\bt[an]?\(\s*"([a-z0-9-]+)""#).unwrap();
    let used: BTreeSet<String> = call.captures_iter(&source).map(|found| found[1].to_owned()).collect();
    let known = keys_in_file();
    assert!(used.len() > 300, "the calls were found");
    let missing: Vec<_> = used.difference(&known).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(missing.is_empty(), "missing in the locale: {missing:?}");
    assert!(unused.is_empty(), "unused in the window: {unused:?}");
}

#[test]
fn texts_keep_to_the_rules() {
    for line in ENGLISH.lines().filter(|line| !line.starts_with('#')) {
        let Some((key, text)) = line.split_once(" = ") else { continue };
        assert!(!text.ends_with('!'), "{key} shouts");
        assert!(!text.ends_with(':'), "{key} ends with a colon");
        assert!(!text.ends_with('.') || key.starts_with("formula-"), "{key} ends with a period");
    }
}
