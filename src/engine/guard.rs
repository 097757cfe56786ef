//! What reaches production goes on only when somebody typed its name: a start, an approval, a run that is run again.

use super::{EngineError, Workspace};
use crate::model::record::{EnvironmentClass, Record, Run};
use crate::remote::{Field, FieldKind, Form};

impl Workspace {
    pub(super) fn is_production_name(&self, name: &str) -> Result<bool, EngineError> {
        let records = self.store.small_records()?;
        let known = records.iter().find_map(|record| match record {
            Record::Environment(e) if e.id.eq_ignore_ascii_case(name) || e.name.eq_ignore_ascii_case(name) => {
                Some(e.class)
            }
            _ => None,
        });
        // One that was only named is known by its name.
        let known = known.filter(|class| *class != EnvironmentClass::Unknown);
        Ok(known.unwrap_or_else(|| EnvironmentClass::from_name(name)) == EnvironmentClass::Production)
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

    /// The production environment that a pipeline goes to whatever its inputs say: by a deployment rule, or by its name.
    pub(super) fn production_of_pipeline(
        &self,
        connection: &str,
        pipeline: &str,
        git_ref: Option<&str>,
    ) -> Result<Option<String>, EngineError> {
        for record in self.store.small_records()? {
            let Record::DeploymentRule(rule) = record else { continue };
            let is_of_it = rule.pipeline.as_deref() == Some(pipeline)
                && rule.run_connection.as_deref().is_none_or(|of| of == connection)
                && rule.branch.as_deref().is_none_or(|branch| git_ref.is_none_or(|given| given == branch));
            if is_of_it && self.is_production_name(&rule.environment)? {
                return Ok(Some(rule.environment));
            }
        }
        // The last part of a path, without the ending of a file: a repository may be called after production, too.
        let name = pipeline.rsplit('/').next().unwrap_or(pipeline);
        let name = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or(name);
        for word in name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
            if EnvironmentClass::from_name(word) == EnvironmentClass::Production {
                return Ok(Some(word.to_owned()));
            }
        }
        Ok(None)
    }

    /// Where a run deployed to, and what it was started for from here.
    pub(super) fn environments_of(&self, run: &Run) -> Result<Vec<String>, EngineError> {
        Ok(self.store.environments_of_run(&run.connection, &run.id)?)
    }
}

/// Whether a name was typed: alone, or among several with commas between.
pub(super) fn is_said(confirmed: Option<&str>, environment: &str) -> bool {
    confirmed.is_some_and(|said| said == environment || said.split(',').any(|said| said.trim() == environment))
}

/// The production environment that filled inputs go to, by their values.
pub(super) fn production_of(
    form: &Form,
    filled: &[(String, String)],
    is_production: impl Fn(&str) -> bool,
) -> (Option<String>, bool) {
    let names_a_place = |field: &Field| {
        let name = field.name.to_ascii_lowercase();
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
