//! What a server asks of whoever starts a run, as it described it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// A branch or tag is asked for; this one where none is given.
    pub git_ref: Option<String>,
    pub takes_ref: bool,
    pub fields: Vec<Field>,
    /// The server says nothing of its inputs: any name may be given.
    pub is_open: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub kind: FieldKind,
    pub default: Option<String>,
    pub is_required: bool,
    /// The server puts the default in by itself: it is sent where a person gave it only.
    #[serde(default)]
    pub keeps_default: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    #[default]
    Text,
    Lines,
    Whole,
    Number,
    YesNo,
    Choice(Vec<String>),
    /// Where it goes; the name stands for what may be deployed there.
    Environment(Vec<String>),
    Secret,
}

/// A number as JSON can say it, written as it was given.
pub fn number(text: &str) -> Option<serde_json::Number> {
    text.trim().parse::<i64>().map(Into::into).ok().or_else(|| serde_json::Number::from_f64(text.trim().parse().ok()?))
}

impl Field {
    pub fn is_secret(&self) -> bool {
        self.kind == FieldKind::Secret
    }

    /// By its label, where the form shows another word than the name.
    fn called(&self) -> String {
        let label = self.label.trim();
        if label.is_empty() || label == self.name { self.name.clone() } else { format!("{label} ({})", self.name) }
    }

    /// Why a value cannot be sent.
    pub fn fault(&self, value: &str) -> Option<String> {
        let name = self.called();
        if value.is_empty() {
            return (self.is_required).then(|| format!("{name} is required"));
        }
        match &self.kind {
            FieldKind::Whole if value.trim().parse::<i64>().is_err() => {
                Some(format!("{name} must be a whole number, not \"{value}\""))
            }
            FieldKind::Number if number(value).is_none() => Some(format!("{name} must be a number, not \"{value}\"")),
            FieldKind::YesNo if !matches!(value, "true" | "false") => {
                Some(format!("{name} must be true or false, not \"{value}\""))
            }
            FieldKind::Choice(options) | FieldKind::Environment(options)
                if !options.is_empty() && !options.iter().any(|option| option == value) =>
            {
                Some(format!("{name} must be one of {}, not \"{value}\"", options.join(", ")))
            }
            _ => None,
        }
    }
}

impl Form {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What is to be sent: the given values, the defaults of the rest.
    pub fn fill(&self, given: &[(String, String)]) -> Result<Vec<(String, String)>, String> {
        for (name, _) in given {
            if !self.is_open && self.field(name).is_none() {
                let known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(format!("there is no input \"{name}\"; there are: {known}"));
            }
        }
        let mut filled = Vec::new();
        for field in &self.fields {
            let told = given.iter().rev().find(|(name, _)| *name == field.name).map(|(_, value)| value.clone());
            let usual = field.default.clone().filter(|_| !field.keeps_default);
            // Emptied by hand is not the same as left to its default.
            let is_emptied =
                told.as_deref() == Some("") && field.default.as_ref().is_some_and(|usual| !usual.is_empty());
            let value = told.filter(|told| !field.keeps_default || field.default.as_ref() != Some(told)).or(usual);
            let value = value.unwrap_or_default();
            if let Some(fault) = field.fault(&value) {
                return Err(fault);
            }
            if !value.is_empty() || is_emptied {
                filled.push((field.name.clone(), value));
            }
        }
        let others = given.iter().filter(|(name, _)| self.field(name).is_none());
        filled.extend(others.cloned());
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_that_can_be_said() {
        let field = Field { name: "n".to_owned(), kind: FieldKind::Number, ..Field::default() };
        for bad in ["1e400", "inf", "-inf", "NaN", "x", "1,5"] {
            assert!(field.fault(bad).is_some() && number(bad).is_none(), "{bad}");
        }
        for (good, said) in [("3", "3"), (" 3.5 ", "3.5"), ("-2", "-2"), ("1e3", "1000.0")] {
            assert_eq!(field.fault(good), None, "{good}");
            assert_eq!(number(good).unwrap().to_string(), said);
        }
    }
}
