//! What reaches production goes on only when somebody typed its name: a start, an approval, a run that is run again.

use super::starts::run_ref;
use super::sync::Link;
use super::{EngineError, Workspace};
use crate::model::record::{EnvironmentClass, Record, Run};
use crate::remote::{Field, FieldKind, Form, RemoteError};

impl Workspace {
    pub(super) fn is_production_name(&self, name: &str) -> Result<bool, EngineError> {
        // One that was only named is known by its name.
        let known = self.class_of(name)?.filter(|class| *class != EnvironmentClass::Unknown);
        Ok(known.unwrap_or_else(|| EnvironmentClass::from_name(name)) == EnvironmentClass::Production)
    }

    /// Of an environment by its name; nothing where there is none.
    fn class_of(&self, name: &str) -> Result<Option<EnvironmentClass>, EngineError> {
        Ok(self.store.small_records()?.iter().find_map(|record| match record {
            Record::Environment(e) if e.id.eq_ignore_ascii_case(name) || e.name.eq_ignore_ascii_case(name) => {
                Some(e.class)
            }
            _ => None,
        }))
    }

    /// Refuses where one of the environments is production and its name was not said.
    pub(super) fn guard(
        &self,
        environments: impl IntoIterator<Item = String>,
        confirmed: Option<&str>,
    ) -> Result<(), EngineError> {
        let mut unsaid: Vec<String> = Vec::new();
        let mut production: Vec<String> = Vec::new();
        for environment in environments {
            if self.is_production_name(&environment)? && !production.contains(&environment) {
                if !is_said(confirmed, &environment) {
                    unsaid.push(environment.clone());
                }
                production.push(environment);
            }
        }
        if unsaid.is_empty() { Ok(()) } else { Err(EngineError::Unconfirmed { environment: production.join(",") }) }
    }

    /// The same for a step that waits: by where its run leads, else by the production that its title names.
    pub(super) fn guard_step(
        &self,
        step: &str,
        mut environments: Vec<String>,
        confirmed: Option<&str>,
    ) -> Result<(), EngineError> {
        let leads_there = environments.first().map(|first| self.is_production_name(first)).transpose()?;
        if leads_there != Some(true) {
            let is_known = self.class_of(step)?.is_some();
            environments.push(production_word(step).filter(|_| !is_known).unwrap_or_else(|| step.to_owned()));
        }
        self.guard(environments, confirmed)
    }

    /// The names by which a pipeline may be known: as it was given, and what its system calls it where that is a number.
    pub(super) fn names_of_pipeline(&self, link: &Link, connection: &str, pipeline: &str) -> Vec<String> {
        let mut names = vec![pipeline.to_owned()];
        names.extend(self.store.pipeline_name(connection, pipeline).ok().flatten());
        if names.len() == 1 && pipeline.bytes().all(|byte| byte.is_ascii_digit()) {
            // Where the list cannot be read, starting will tell why.
            let known = link.connector.pipelines(&link.transport).unwrap_or_default();
            names.extend(known.into_iter().find(|known| known.id == pipeline).map(|known| known.name));
        }
        names
    }

    /// The production environment that a pipeline goes to whatever its inputs say: by a deployment rule, or by its name.
    pub(super) fn production_of_pipeline(
        &self,
        connection: &str,
        names: &[String],
        git_ref: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        for record in self.store.small_records()? {
            let Record::DeploymentRule(rule) = record else { continue };
            let is_of_it = rule.pipeline.as_deref().is_some_and(|pattern| names.iter().any(|name| fits(pattern, name)))
                && rule.run_connection.as_deref().is_none_or(|of| of == connection)
                && rule.branch.as_deref().is_none_or(|branch| git_ref.is_none_or(|given| fits(branch, given)));
            if is_of_it && self.is_production_name(&rule.environment)? {
                return Ok(Some(rule.environment));
            }
        }
        Ok(names.iter().find_map(|name| production_in(name)))
    }

    /// The production that a run reaches by what its pipeline is called, or by a rule.
    fn implied_by(&self, run: &Run) -> Result<impl Iterator<Item = String>, EngineError> {
        let names: Vec<String> = std::iter::once(run.pipeline.clone()).chain(run.pipeline_name.clone()).collect();
        Ok(self.production_of_pipeline(&run.connection, &names, run.branch.as_deref())?.into_iter())
    }

    /// Where a run leads: where it deployed to, what it was started for from here, what it was given, and what its
    /// pipeline is called; production first.
    pub(super) fn environments_of(&self, link: &Link, run: &Run) -> Result<Vec<String>, EngineError> {
        let mut found = self.store.environments_of_run(&run.connection, &run.id)?;
        let given = match link.connector.given(&link.transport, &run_ref(run)) {
            // Who may not read that may still be allowed to act; what is known here counts.
            Err(RemoteError::NotAllowed { .. } | RemoteError::NotFound { .. }) => Vec::new(),
            given => given?,
        };
        if !given.is_empty() {
            let form = link.connector.form(&link.transport, &run.pipeline, run.branch.as_deref()).unwrap_or_default();
            found.extend(self.place_of(&form, &given)?.0);
        }
        found.extend(self.implied_by(run)?);
        let mut rated = Vec::new();
        for name in found {
            let is_production = self.is_production_name(&name)?;
            if !rated.iter().any(|(_, known)| *known == name) {
                rated.push((!is_production, name));
            }
        }
        rated.sort_by_key(|(is_other, _)| *is_other);
        Ok(rated.into_iter().map(|(_, name)| name).collect())
    }

    /// The place that inputs name, and whether it is production.
    pub(super) fn place_of(
        &self,
        form: &Form,
        given: &[(String, String)],
    ) -> Result<(Option<String>, bool), EngineError> {
        let mut production = Vec::new();
        for (_, value) in given {
            if self.is_production_name(value)? {
                production.push(value.as_str());
            }
        }
        Ok(production_of(form, given, |value| production.contains(&value)))
    }
}

/// A rule's pattern stands for the whole text; one that is none is taken as it is written.
fn fits(pattern: &str, text: &str) -> bool {
    regex::Regex::new(&format!("^(?:{pattern})$")).map_or(pattern == text, |regex| regex.is_match(text))
}

/// The word for production in the name of a pipeline: in the last part of a path, without the ending of a file, as a
/// repository may be called after production, too.
fn production_in(name: &str) -> Option<String> {
    let name = name.rsplit('/').next().unwrap_or(name);
    production_word(name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or(name))
}

/// The word for production in a text.
fn production_word(text: &str) -> Option<String> {
    // What comes before production is not it.
    const BEFORE: [&str; 3] = ["non", "pre", "not"];
    let words: Vec<&str> =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_production = |n: &usize| {
        // One of several: prod1.
        let name = words[*n].trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_before = n.checked_sub(1).is_some_and(|at| BEFORE.contains(&words[at].to_lowercase().as_str()));
        EnvironmentClass::from_name(name) == EnvironmentClass::Production && !is_before
    };
    (0..words.len()).find(is_production).map(|n| words[n].to_owned())
}

/// Whether a name was typed: alone, or among several with commas between.
pub(super) fn is_said(confirmed: Option<&str>, environment: &str) -> bool {
    confirmed.is_some_and(|said| said == environment || said.split(',').any(|said| said.trim() == environment))
}

/// Inputs and properties that tell what is built, by whom and on what, and not where it goes.
const TELLS_WHO_OR_WHAT: [&str; 16] = [
    "branch",
    "ref",
    "tag",
    "revision",
    "got_revision",
    "version",
    "repository",
    "project",
    "codebase",
    "owner",
    "owners",
    "reason",
    "scheduler",
    "buildername",
    "workername",
    "builddir",
];

fn is_one_word(value: &str) -> bool {
    !value.contains([' ', '/', ':']) && value.contains(['-', '_', '.'])
}

/// A name in small letters with a line between its words: `deployEnv` and `deploy-env` are `deploy_env`.
fn snake(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut was_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && was_small {
            words.push('_');
        }
        was_small = letter.is_lowercase() || letter.is_ascii_digit();
        words.extend(if letter.is_alphanumeric() { letter.to_lowercase().next() } else { Some('_') });
    }
    words
}

/// The production environment that filled inputs go to, by their values.
fn production_of(
    form: &Form,
    filled: &[(String, String)],
    is_production: impl Fn(&str) -> bool,
) -> (Option<String>, bool) {
    let names_a_place = |field: &Field| {
        let name = snake(&field.name);
        matches!(field.kind, FieldKind::Environment(_))
            || ["env", "environment", "target", "stage", "deploy_to", "where", "destination", "cluster", "namespace"]
                .iter()
                .any(|word| {
                    name == *word || name.ends_with(&format!("_{word}")) || name.starts_with(&format!("{word}_"))
                })
    };
    let mut named = None;
    for (name, value) in filled {
        let field = form.field(name).cloned().unwrap_or_else(|| Field { name: name.clone(), ..Field::default() });
        // An act that says where it goes, in one word such as deploy-production.
        if let Some(word) =
            production_in(value).filter(|_| is_one_word(value) && !TELLS_WHO_OR_WHAT.contains(&snake(name).as_str()))
        {
            return (Some(word), true);
        }
        // A switch that says by its name where it leads.
        let is_on = matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1");
        if let Some(word) = production_in(name).filter(|_| is_on) {
            return (Some(word), true);
        }
        if !names_a_place(&field) {
            continue;
        }
        if is_production(value) {
            return (Some(value.clone()), true);
        }
        named.get_or_insert_with(|| value.clone());
    }
    (named, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_in_any_spelling() {
        let goes = |name: &str, value: &str| {
            let filled = [(name.to_owned(), value.to_owned())];
            let (place, is_production) = production_of(&Form::default(), &filled, |value| value == "production");
            if is_production { place } else { None }
        };
        for name in ["target-env", "deployEnv", "DEPLOY_ENV", "Environment", "where"] {
            assert_eq!(goes(name, "production").as_deref(), Some("production"), "{name}");
            assert_eq!(goes(name, "staging"), None, "{name}");
        }
        assert_eq!(production_word("Deploy to prod-eu/main?").as_deref(), Some("prod"));
        assert_eq!(production_word("deploy prod1").as_deref(), Some("prod1"));
        assert_eq!(
            ["non-prod", "pre-production", "Pre Prod", "preprod"].map(production_word),
            [None, None, None, None]
        );
        assert_eq!(goes("ACTION", "deploy-production").as_deref(), Some("production"));
        assert_eq!((goes("workername", "prod-worker-1"), goes("Branch", "prod-fix")), (None, None));
        assert_eq!(goes("note", "what broke in prod-eu yesterday"), None);
    }
}
