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
        Ok(known.unwrap_or_else(|| EnvironmentClass::from_name(name)) == EnvironmentClass::Production)
    }

    /// Refuses where one of the environments is production and its name was not said.
    pub(super) fn guard(
        &self,
        environments: impl IntoIterator<Item = String>,
        confirmed: Option<&str>,
    ) -> Result<(), EngineError> {
        for environment in environments {
            if confirmed != Some(environment.as_str()) && self.is_production_name(&environment)? {
                return Err(EngineError::Unconfirmed { environment });
            }
        }
        Ok(())
    }

    /// Where a run deployed to, and what it was started for from here.
    pub(super) fn environments_of(&self, run: &Run) -> Result<Vec<String>, EngineError> {
        Ok(self.store.environments_of_run(&run.connection, &run.id)?)
    }
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
            || ["env", "environment", "target", "stage", "deploy_to", "where"].iter().any(|word| {
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
