//! How the five metrics are counted: data that a page shows in words, a file stores and a preset names.

use serde::{Deserialize, Serialize};

/// Declares an option: an enum, its values in words for files, the first being the default.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $first:ident, $($rest:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { #[default] $first, $($rest),* }

        impl $name {
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$rest),*];
        }
    };
}

choice!(Attempts { All, Last });
choice!(WarningsAs { Succeeded, Failed });
choice!(Frequency { PerDay, PerWorkingDay, DeployDaysMedianWeek, FloorAverage });
choice!(WorkingDays { Off, Weekends, Calendar });
choice!(DayZone { Period, Utc });
choice!(LeadUnit { Commit, Change, Run });
choice!(LeadStart { CommitAuthored, CommitCommitted, ChangeFirstCommit, ChangeCreated, ChangeMerged, RunStarted });
choice!(LeadForm { Span, SumOfParts });
choice!(LeadFallback { None, RunStarted });
choice!(LeadKeep { NonNegative, Positive });
choice!(LeadStat { Median, LowerMedian, Mean, MeanOfRunMeans });
choice!(LinkCandidates { Reached, Succeeded, Ended, All });
choice!(LinkScope { Service, All });
choice!(FailNumerator { Deployments, Incidents });
choice!(FailDenominator { Reached, Succeeded, Ended, All });
choice!(RecoveryOf { FailedDeployments, FailureStreaks, LinkedIncidents, AllIncidents });
choice!(RecoveryStart { DeploymentFinished, IncidentStarted, IncidentDetected, FailedStageFinished });
choice!(RecoveryEnd { EndedElseNextSuccess, Resolved, NextSuccess });
choice!(RecoveryStat { Median, LowerMedian, Mean });
choice!(PeriodOfRecovery { End, Start, Both });
choice!(OverPipelines { Pooled, Mean });
choice!(Round { None, CeilMinute, TwoDecimals });

/// What makes a deployment a failed one. Any of the three that is on suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Failure {
    pub incident: bool,
    pub rollback: bool,
    pub status_failed: bool,
}

impl Default for Failure {
    fn default() -> Self {
        Self { incident: true, rollback: true, status_failed: false }
    }
}

choice!(Boundary { Strict, Inclusive });

/// Which deployment an incident belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FailureLink {
    /// The cause that a person confirmed.
    #[default]
    Confirmed,
    /// The latest candidate that finished before the incident began.
    LatestBefore {
        #[serde(default)]
        boundary: Boundary,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit_s: Option<u32>,
    },
}

/// One way to count. Every option's default is DORA's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Definition {
    pub attempts: Attempts,
    pub warnings_as: WarningsAs,
    pub frequency: Frequency,
    pub working_days: WorkingDays,
    pub day_zone: DayZone,
    pub lead_unit: LeadUnit,
    pub lead_start: LeadStart,
    pub lead_form: LeadForm,
    pub lead_fallback: LeadFallback,
    pub lead_keep: LeadKeep,
    pub lead_stat: LeadStat,
    pub failure: Failure,
    pub failure_link: FailureLink,
    pub link_candidates: LinkCandidates,
    pub link_scope: LinkScope,
    pub fail_numerator: FailNumerator,
    pub fail_denominator: FailDenominator,
    pub recovery_of: RecoveryOf,
    pub recovery_start: RecoveryStart,
    pub recovery_end: RecoveryEnd,
    pub recovery_stat: RecoveryStat,
    pub period_of_recovery: PeriodOfRecovery,
    pub over_pipelines: OverPipelines,
    pub round: Round,
}

/// A definition with a name that people know it by.
pub struct Preset {
    pub name: &'static str,
    pub definition: Definition,
}

const DORA: Definition = Definition {
    attempts: Attempts::All,
    warnings_as: WarningsAs::Succeeded,
    frequency: Frequency::PerDay,
    working_days: WorkingDays::Off,
    day_zone: DayZone::Period,
    lead_unit: LeadUnit::Commit,
    lead_start: LeadStart::CommitAuthored,
    lead_form: LeadForm::Span,
    lead_fallback: LeadFallback::None,
    lead_keep: LeadKeep::NonNegative,
    lead_stat: LeadStat::Median,
    failure: Failure { incident: true, rollback: true, status_failed: false },
    failure_link: FailureLink::Confirmed,
    link_candidates: LinkCandidates::Reached,
    link_scope: LinkScope::Service,
    fail_numerator: FailNumerator::Deployments,
    fail_denominator: FailDenominator::Reached,
    recovery_of: RecoveryOf::FailedDeployments,
    recovery_start: RecoveryStart::DeploymentFinished,
    recovery_end: RecoveryEnd::EndedElseNextSuccess,
    recovery_stat: RecoveryStat::Median,
    period_of_recovery: PeriodOfRecovery::End,
    over_pipelines: OverPipelines::Pooled,
    round: Round::None,
};

/// The presets, in the order they are offered. The sources of each are in `docs/definitions.md`.
pub const PRESETS: [Preset; 5] = [
    Preset { name: "dora", definition: DORA },
    Preset {
        name: "devlake",
        definition: Definition {
            frequency: Frequency::DeployDaysMedianWeek,
            lead_unit: LeadUnit::Change,
            lead_start: LeadStart::ChangeFirstCommit,
            lead_form: LeadForm::SumOfParts,
            lead_stat: LeadStat::LowerMedian,
            failure: Failure { incident: true, rollback: false, status_failed: false },
            failure_link: FailureLink::LatestBefore { boundary: Boundary::Strict, limit_s: None },
            link_candidates: LinkCandidates::Succeeded,
            link_scope: LinkScope::All,
            fail_denominator: FailDenominator::Succeeded,
            recovery_of: RecoveryOf::LinkedIncidents,
            recovery_end: RecoveryEnd::Resolved,
            recovery_stat: RecoveryStat::LowerMedian,
            period_of_recovery: PeriodOfRecovery::Both,
            round: Round::CeilMinute,
            ..DORA
        },
    },
    Preset {
        name: "middleware",
        definition: Definition {
            frequency: Frequency::FloorAverage,
            day_zone: DayZone::Utc,
            lead_unit: LeadUnit::Change,
            lead_start: LeadStart::ChangeFirstCommit,
            lead_form: LeadForm::SumOfParts,
            lead_stat: LeadStat::Mean,
            failure: Failure { incident: true, rollback: false, status_failed: false },
            failure_link: FailureLink::LatestBefore { boundary: Boundary::Inclusive, limit_s: None },
            link_candidates: LinkCandidates::All,
            link_scope: LinkScope::All,
            fail_denominator: FailDenominator::All,
            recovery_of: RecoveryOf::AllIncidents,
            recovery_start: RecoveryStart::IncidentStarted,
            recovery_end: RecoveryEnd::Resolved,
            recovery_stat: RecoveryStat::Mean,
            ..DORA
        },
    },
    Preset {
        name: "heartbeat",
        definition: Definition {
            frequency: Frequency::PerWorkingDay,
            working_days: WorkingDays::Calendar,
            day_zone: DayZone::Utc,
            lead_unit: LeadUnit::Change,
            lead_start: LeadStart::ChangeFirstCommit,
            lead_fallback: LeadFallback::RunStarted,
            lead_stat: LeadStat::MeanOfRunMeans,
            failure: Failure { incident: false, rollback: false, status_failed: true },
            fail_denominator: FailDenominator::Ended,
            recovery_of: RecoveryOf::FailureStreaks,
            recovery_start: RecoveryStart::FailedStageFinished,
            recovery_end: RecoveryEnd::NextSuccess,
            recovery_stat: RecoveryStat::Mean,
            over_pipelines: OverPipelines::Mean,
            round: Round::TwoDecimals,
            ..DORA
        },
    },
    Preset {
        name: "metrik",
        definition: Definition {
            lead_start: LeadStart::CommitCommitted,
            lead_stat: LeadStat::Mean,
            failure: Failure { incident: false, rollback: false, status_failed: true },
            fail_denominator: FailDenominator::Ended,
            recovery_of: RecoveryOf::FailureStreaks,
            recovery_start: RecoveryStart::FailedStageFinished,
            recovery_end: RecoveryEnd::NextSuccess,
            recovery_stat: RecoveryStat::Mean,
            round: Round::TwoDecimals,
            ..DORA
        },
    },
];

impl Definition {
    pub fn preset(name: &str) -> Option<Self> {
        PRESETS.iter().find(|preset| preset.name == name).map(|preset| preset.definition)
    }

    /// The preset that this is, if it is one.
    pub fn preset_name(&self) -> Option<&'static str> {
        PRESETS.iter().find(|preset| preset.definition == *self).map(|preset| preset.name)
    }

    /// The options as (key, value) in table order.
    pub fn options(&self) -> Vec<(String, serde_json::Value)> {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(map)) => map.into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The options that differ from the default, as (key, value).
    pub fn differing_options(&self) -> Vec<(String, serde_json::Value)> {
        let default = Self::default().options();
        self.options().into_iter().zip(default).filter(|(mine, dora)| mine != dora).map(|(mine, _)| mine).collect()
    }

    /// This definition with the option `key` taken from `other`.
    #[must_use]
    pub fn with_option_of(&self, other: &Self, key: &str) -> Self {
        let mine = serde_json::to_value(self);
        let theirs = serde_json::to_value(other);
        let (Ok(mut mine), Ok(theirs)) = (mine, theirs) else { return *self };
        if let Some(value) = theirs.get(key) {
            mine[key] = value.clone();
        }
        serde_json::from_value(mine).unwrap_or(*self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_dora() {
        assert_eq!(Definition::default(), DORA);
        assert_eq!(DORA.preset_name(), Some("dora"));
        assert!(DORA.differing_options().is_empty());
    }

    #[test]
    fn a_definition_survives_a_file() {
        for preset in &PRESETS {
            let text = serde_json::to_string(&preset.definition).unwrap();
            assert_eq!(serde_json::from_str::<Definition>(&text).unwrap(), preset.definition);
        }
        assert_eq!(serde_json::from_str::<Definition>("{}").unwrap(), DORA);
        assert!(serde_json::from_str::<Definition>(r#"{"lead_stats":"mean"}"#).is_err());
        let nested = r#"{"failure_link":{"latest_before":{"limit":3600}}}"#;
        assert!(serde_json::from_str::<Definition>(nested).is_err());
    }

    #[test]
    fn switching_every_option_leads_to_the_other_definition() {
        for preset in &PRESETS {
            let mut now = DORA;
            for (key, _) in DORA.options() {
                now = now.with_option_of(&preset.definition, &key);
            }
            assert_eq!(now, preset.definition, "{}", preset.name);
        }
    }
}
