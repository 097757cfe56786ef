//! What the settings of a webhook may say.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::model::Status;
use crate::remote::{Field, FieldKind};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) auth: AuthKind,
    pub(super) pipelines: Vec<String>,
    pub(super) takes_ref: bool,
    pub(super) params: Vec<Param>,
    pub(super) trigger: Option<Rule>,
    pub(super) status: Option<StatusRule>,
    pub(super) cancel: Option<Rule>,
    /// How it is told of deployments to production that ended.
    pub(super) announce: Option<Rule>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum AuthKind {
    #[default]
    Bearer,
    Basic,
    /// The secret alone in a header of that name.
    Header {
        header: String,
    },
    /// `X-Hub-Signature-256` over the body; when it was made in a header of that name.
    Hmac {
        #[serde(default)]
        timestamp_header: Option<String>,
    },
    None,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) label: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) options: Vec<String>,
    pub(super) default: Option<String>,
    pub(super) required: bool,
    pub(super) secret: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    #[serde(default = "post")]
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body_kind: BodyKind,
    #[serde(default)]
    pub(super) body: String,
    /// Statuses that mean yes; any 2xx where none is named.
    #[serde(default)]
    pub(super) ok: Vec<u16>,
    pub(super) run_id: Option<String>,
    pub(super) run_url: Option<String>,
    /// The address of the run stands in the header `Location`, and its last part is the id.
    #[serde(default)]
    pub(super) location: bool,
}

pub(super) fn post() -> String {
    "POST".to_owned()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BodyKind {
    #[default]
    Json,
    Form,
    Raw,
    None,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusRule {
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    pub(super) state: String,
    /// Our words, and theirs for each.
    pub(super) map: BTreeMap<Status, Vec<String>>,
    pub(super) started: Option<String>,
    pub(super) finished: Option<String>,
    pub(super) url: Option<String>,
    /// How often it is asked, and how long: `10s`, `5m`, `2h`.
    #[serde(default, deserialize_with = "span")]
    pub(super) every: Option<Duration>,
    #[serde(default, deserialize_with = "span")]
    pub(super) timeout: Option<Duration>,
}

fn span<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    let fault = || serde::de::Error::custom(format!("\"{text}\" is no time such as 10s, 5m or 2h"));
    let span: jiff::SignedDuration = text.parse().map_err(|_error| fault())?;
    Duration::try_from(span).map(Some).map_err(|_error| fault())
}

pub(super) fn field_of(param: &Param) -> Field {
    Field {
        name: param.name.clone(),
        label: param.label.clone().unwrap_or_else(|| param.name.clone()),
        help: None,
        kind: match param.kind.as_deref() {
            _ if param.secret => FieldKind::Secret,
            Some("choice") => FieldKind::Choice(param.options.clone()),
            None if !param.options.is_empty() => FieldKind::Choice(param.options.clone()),
            Some("environment") => FieldKind::Environment(param.options.clone()),
            Some("bool" | "boolean") => FieldKind::YesNo,
            Some("int" | "integer") => FieldKind::Whole,
            Some("number") => FieldKind::Number,
            Some("lines") => FieldKind::Lines,
            _ => FieldKind::Text,
        },
        default: param.default.clone(),
        is_required: param.required,
        keeps_default: false,
    }
}
