//! Templates: texts with values in them, none of which can break out of its place.

use serde_json::{Map, Value, json};

use super::Webhook;
use super::settings::BodyKind;
use crate::model::xml::xml_text;
use crate::remote::form::number;
use crate::remote::{Answered, RemoteError, Start, path_part};

/// Of a template, as far as an error shows it.
const MOST_QUOTED: usize = 80;

/// Where a text with values in it goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    Address,
    Header,
    Body(BodyKind),
}

impl Where {
    fn filters(self) -> &'static str {
        match self {
            Self::Address => "path or query",
            Self::Header => "header",
            Self::Body(BodyKind::Json) => "json",
            Self::Body(BodyKind::Form) => "form",
            Self::Body(BodyKind::Raw | BodyKind::None) => "json or form or xml",
        }
    }

    fn takes(self, filter: &str) -> bool {
        // An unknown filter is told as that.
        let is_known = ["path", "query", "json", "form", "header", "xml"].contains(&filter);
        !is_known || self.filters().split(" or ").any(|known| known == filter)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Address => "an address",
            Self::Header => "a header",
            Self::Body(_) => "this kind of body",
        }
    }
}

/// A parameter as its type has it.
fn typed(kind: Option<&str>, value: &str) -> Value {
    match kind {
        Some("bool" | "boolean") => value.parse::<bool>().map_or_else(|_| json!(value), |is| json!(is)),
        Some("int" | "integer") => value.trim().parse::<i64>().map_or_else(|_| json!(value), |number| json!(number)),
        Some("number") => number(value).map_or_else(|| json!(value), Value::Number),
        _ => json!(value),
    }
}

impl Webhook {
    /// A text with its values in their places.
    pub(super) fn fill(&self, template: &str, values: &Map<String, Value>, place: Where) -> Answered<String> {
        let settings = self.settings()?;
        let bad = |why: String| {
            let begin: String = template.chars().take(MOST_QUOTED).collect();
            let more = if begin.len() < template.len() { "…" } else { "" };
            RemoteError::Setup(format!("the template \"{begin}{more}\" cannot be used: {why}"))
        };
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let (name, next) = after.split_once("}}").ok_or_else(|| bad("a {{ is not closed".to_owned()))?;
            let (name, filter) = name
                .split_once('|')
                .map(|(name, filter)| (name.trim(), filter.trim()))
                .ok_or_else(|| bad(format!("{{{{{name}}}}} needs a filter: path, query, json, form, xml or header")))?;
            if place != Where::Header && settings.params.iter().any(|param| param.secret && param.name == name) {
                return Err(bad(format!("the secret {name} may stand in a header only")));
            }
            // A filter of another place would let a value out of its own.
            if !place.takes(filter) {
                return Err(bad(format!(
                    "the filter \"{filter}\" is not for {}: use {}",
                    place.word(),
                    place.filters()
                )));
            }
            let value = values.get(name).cloned().unwrap_or_default();
            let plain = value
                .as_str()
                .map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned);
            let filled = match filter {
                "path" | "query" | "form" => path_part(&plain),
                "json" => value.to_string(),
                "xml" => xml_text(&plain),
                "header" if plain.contains(['\r', '\n', '\0']) => {
                    return Err(RemoteError::Inputs(format!("{name} holds a line break, which no header can")));
                }
                "header" => plain,
                other => return Err(bad(format!("there is no filter \"{other}\""))),
            };
            // Two dots would climb out of the place that the template names.
            if filter == "path" && matches!(filled.as_str(), "." | "..") {
                return Err(RemoteError::Inputs(format!("{name} cannot be \"{filled}\" in an address")));
            }
            out.push_str(&filled);
            rest = next;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// What templates may name. All of `params` together leave out what is secret.
    pub(super) fn values(&self, start: &Start) -> Map<String, Value> {
        let params = self.settings.as_ref().map_or(&[][..], |settings| settings.params.as_slice());
        let known = |name: &str| params.iter().find(|param| param.name == name);
        let typed = |(name, value): &(String, String)| {
            (name.clone(), typed(known(name).and_then(|param| param.kind.as_deref()), value))
        };
        let mut values: Map<String, Value> = start.inputs.iter().map(typed).collect();
        let open = values.iter().filter(|(name, _)| known(name).is_none_or(|param| !param.secret));
        let open: Map<String, Value> = open.map(|(name, value)| (name.clone(), value.clone())).collect();
        values.insert("params".to_owned(), Value::Object(open));
        values.insert("pipeline".to_owned(), json!(start.pipeline));
        values.insert("ref".to_owned(), json!(start.git_ref));
        values.insert("intent".to_owned(), json!(start.intent));
        values
    }
}
