//! All words of the window, from `assets/locales/` through Project Fluent. A test finds missing and unused ones.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use rustc_hash::FxHashMap;

const ENGLISH: &str = include_str!("../../assets/locales/en/gemba.ftl");

struct Texts {
    bundle: FluentBundle<FluentResource>,
    /// Texts without arguments, made once: a frame asks for hundreds.
    plain: FxHashMap<String, String>,
}

static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    let mut bundle = FluentBundle::new_concurrent(vec!["en".parse().unwrap_or_default()]);
    bundle.set_use_isolating(false);
    // Parts that do not parse are left out here; the test of the locales names them.
    let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let ids: Vec<String> = resource
        .entries()
        .filter_map(|entry| match entry {
            fluent_syntax::ast::Entry::Message(message) => Some(message.id.name.to_owned()),
            _ => None,
        })
        .collect();
    bundle.add_resource_overriding(resource);
    let mut plain = FxHashMap::default();
    for id in ids {
        let mut errors = Vec::new();
        if let Some(pattern) = bundle.get_message(&id).and_then(|message| message.value()) {
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            if errors.is_empty() {
                plain.insert(id, text);
            }
        }
    }
    Texts { bundle, plain }
});

/// The text of a key; the key itself where there is none.
pub fn t(key: &'static str) -> &'static str {
    TEXTS.plain.get(key).map_or(key, String::as_str)
}

/// The text of a key with its arguments filled in.
pub fn ta(key: &'static str, args: &[(&'static str, &str)]) -> String {
    let mut values = FluentArgs::new();
    for (name, value) in args {
        values.set(*name, FluentValue::from(*value));
    }
    format(key, &values)
}

/// A text that depends on a number: one, many.
pub fn tn(key: &'static str, n: u64) -> String {
    let mut values = FluentArgs::new();
    values.set("n", FluentValue::from(n as f64));
    values.set("count", FluentValue::from(super::format::count(n)));
    format(key, &values)
}

fn format(key: &'static str, values: &FluentArgs<'_>) -> String {
    let mut errors = Vec::new();
    let pattern = TEXTS.bundle.get_message(key).and_then(|message| message.value());
    match pattern {
        Some(pattern) => TEXTS.bundle.format_pattern(pattern, Some(values), &mut errors).into_owned(),
        None => key.to_owned(),
    }
}
