//! The inputs of a workflow file, as GitHub, Gitea and Forgejo read them: `on.workflow_dispatch.inputs`.
//!
//! `on` is a word, a list or a map; a reader of YAML 1.1 takes it for "true", one of 1.2 does not. Inputs keep the order in
//! which they stand.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};

use super::{Answered, Field, FieldKind, Form, RemoteError};

fn words(node: &Yaml<'_>) -> Option<String> {
    match node {
        Yaml::Value(Scalar::String(text)) => Some(text.to_string()),
        Yaml::Value(Scalar::Boolean(yes)) => Some(yes.to_string()),
        Yaml::Value(Scalar::Integer(number)) => Some(number.to_string()),
        Yaml::Value(Scalar::FloatingPoint(number)) => Some(number.to_string()),
        _ => None,
    }
}

fn get<'a>(node: &'a Yaml<'a>, key: &str) -> Option<&'a Yaml<'a>> {
    node.as_mapping()?.iter().find(|(name, _)| words(name).as_deref() == Some(key)).map(|(_, value)| value)
}

fn text(node: &Yaml<'_>, key: &str) -> Option<String> {
    get(node, key).and_then(words)
}

/// The form of a workflow that can be started by hand; `environments` is asked only where an input wants one.
pub fn form(file: &str, environments: &dyn Fn() -> Answered<Vec<String>>) -> Answered<Form> {
    let unread = |why: String| RemoteError::Unread { path: "the workflow file".to_owned(), why };
    let documents = Yaml::load_from_str(file).map_err(|error| unread(format!("it is no YAML ({error})")))?;
    let on = documents.first().and_then(|document| get(document, "on").or_else(|| get(document, "true")));
    let dispatch = match on {
        Some(on) if words(on).as_deref() == Some("workflow_dispatch") => None,
        Some(on)
            if on
                .as_sequence()
                .is_some_and(|all| all.iter().any(|one| words(one).as_deref() == Some("workflow_dispatch"))) =>
        {
            None
        }
        Some(on) if on.as_mapping().is_some() && get(on, "workflow_dispatch").is_some() => get(on, "workflow_dispatch"),
        _ => {
            return Err(RemoteError::Inputs(
                "this workflow cannot be started by hand: it has no workflow_dispatch trigger".to_owned(),
            ));
        }
    };
    let mut form = Form { takes_ref: true, ..Form::default() };
    let inputs = dispatch.and_then(|dispatch| get(dispatch, "inputs")).and_then(Yaml::as_mapping);
    for (name, about) in inputs.into_iter().flatten() {
        let Some(name) = words(name) else { continue };
        let options = || {
            let options = get(about, "options").and_then(Yaml::as_sequence).into_iter().flatten();
            options.filter_map(words).collect::<Vec<_>>()
        };
        let kind = match text(about, "type").as_deref() {
            Some("boolean") => FieldKind::YesNo,
            Some("number") => FieldKind::Number,
            Some("choice") => FieldKind::Choice(options()),
            Some("environment") => FieldKind::Environment(environments()?),
            _ => FieldKind::Text,
        };
        let is_choice = matches!(kind, FieldKind::Choice(_));
        form.fields.push(Field {
            label: name.clone(),
            help: text(about, "description"),
            // GitHub takes the first of a choice where none is given.
            default: text(about, "default").or_else(|| is_choice.then(|| options().first().cloned()).flatten()),
            is_required: text(about, "required").as_deref() == Some("true"),
            keeps_default: false,
            kind,
            name,
        });
    }
    Ok(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "name: Deploy\non:\n  push:\n  workflow_dispatch:\n    inputs:\n      target:\n        description: Where to\n        type: choice\n        required: true\n        options: [staging, production]\n      version:\n        default: 1.10\n      place:\n        type: environment\n      dry_run:\n        type: boolean\n        default: false\n";

    #[test]
    fn inputs_keep_their_order_and_kind() {
        let form = form(FILE, &|| Ok(vec!["staging".to_owned()])).unwrap();
        let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["target", "version", "place", "dry_run"]);
        assert_eq!(form.fields[0].kind, FieldKind::Choice(vec!["staging".to_owned(), "production".to_owned()]));
        assert!(form.fields[0].is_required);
        assert_eq!(form.fields[2].kind, FieldKind::Environment(vec!["staging".to_owned()]));
        assert_eq!(form.fields[3].default.as_deref(), Some("false"));
    }

    #[test]
    fn a_trigger_may_be_a_word_a_list_or_a_map() {
        let none = || Ok(Vec::new());
        for file in [
            "on: workflow_dispatch",
            "on: [push, workflow_dispatch]",
            "on:\n  workflow_dispatch:\n",
            "'on':\n  workflow_dispatch:\n",
        ] {
            assert_eq!(form(file, &none).unwrap().fields, [], "{file}");
        }
        for file in ["on: push", "jobs: {}", "", "on: [push]"] {
            assert!(form(file, &none).unwrap_err().to_string().contains("workflow_dispatch"), "{file}");
        }
        assert!(form("on: [", &none).unwrap_err().to_string().contains("no YAML"));
    }
}
