//! A definition in words, and its editor.

use egui::Ui;
use serde_json::Value;

use crate::engine::Settings;
use crate::metrics::{Definition, PRESETS};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta};
use crate::ui::widgets::{self, List as _};

pub fn preset_title(name: &str) -> &'static str {
    match name {
        "dora" => t("preset-dora"),
        "devlake" => t("preset-devlake"),
        "middleware" => t("preset-middleware"),
        "heartbeat" => t("preset-heartbeat"),
        "metrik" => t("preset-metrik"),
        _ => t("definition-own"),
    }
}

/// What an option decides.
pub fn option_words(key: &str) -> &'static str {
    match key {
        "attempts" => t("option-attempts"),
        "warnings_as" => t("option-warnings-as"),
        "frequency" => t("option-frequency"),
        "working_days" => t("option-working-days"),
        "day_zone" => t("option-day-zone"),
        "lead_unit" => t("option-lead-unit"),
        "lead_start" => t("option-lead-start"),
        "lead_form" => t("option-lead-form"),
        "lead_fallback" => t("option-lead-fallback"),
        "lead_keep" => t("option-lead-keep"),
        "lead_stat" => t("option-lead-stat"),
        "failure" => t("option-failure"),
        "failure_link" => t("option-failure-link"),
        "link_candidates" => t("option-link-candidates"),
        "link_scope" => t("option-link-scope"),
        "fail_numerator" => t("option-fail-numerator"),
        "fail_denominator" => t("option-fail-denominator"),
        "recovery_of" => t("option-recovery-of"),
        "recovery_start" => t("option-recovery-start"),
        "recovery_end" => t("option-recovery-end"),
        "recovery_stat" => t("option-recovery-stat"),
        "period_of_recovery" => t("option-period-of-recovery"),
        "over_pipelines" => t("option-over-pipelines"),
        _ => t("option-round"),
    }
}

/// A value of an option as people say it.
pub fn value_words(option: &str, value: &Value) -> String {
    match value {
        Value::String(word) if option == "failure_link" && word == "confirmed" => t("value-link-confirmed").to_owned(),
        Value::String(word) => word_of(option, word).map_or_else(|| word.replace('_', " "), str::to_owned),
        Value::Object(map) if option == "failure" => {
            let is_on = |key: &str| map.get(key) == Some(&Value::Bool(true));
            let named = [
                ("incident", t("value-failure-incident")),
                ("rollback", t("value-failure-rollback")),
                ("status_failed", t("value-failure-status")),
            ];
            let on: Vec<&str> = named.into_iter().filter(|(key, _)| is_on(key)).map(|(_, words)| words).collect();
            if on.is_empty() { t("option-none").to_owned() } else { on.join(", ") }
        }
        Value::Object(map) => {
            let link = map.get("latest_before");
            let boundary = link.and_then(|link| link.get("boundary")).and_then(Value::as_str);
            let words =
                if boundary == Some("inclusive") { t("value-link-latest-inclusive") } else { t("value-link-latest") };
            match link.and_then(|link| link.get("limit_s")).and_then(Value::as_f64) {
                Some(limit) => ta("value-link-within", &[("words", words), ("limit", &format::duration(limit))]),
                None => words.to_owned(),
            }
        }
        other => other.to_string(),
    }
}

fn word_of(option: &str, word: &str) -> Option<&'static str> {
    Some(match (option, word) {
        ("attempts", "all") => t("value-attempts-all"),
        ("attempts", "last") => t("value-attempts-last"),
        ("warnings_as", "succeeded") => t("value-warnings-as-succeeded"),
        ("warnings_as", "failed") => t("value-warnings-as-failed"),
        ("frequency", "per_day") => t("value-frequency-per-day"),
        ("frequency", "per_working_day") => t("value-frequency-per-working-day"),
        ("frequency", "deploy_days_median_week") => t("value-frequency-deploy-days-median-week"),
        ("frequency", "floor_average") => t("value-frequency-floor-average"),
        ("working_days", "off") => t("value-working-days-off"),
        ("working_days", "weekends") => t("value-working-days-weekends"),
        ("working_days", "calendar") => t("value-working-days-calendar"),
        ("day_zone", "period") => t("value-day-zone-period"),
        ("day_zone", "utc") => t("value-day-zone-utc"),
        ("lead_unit", "commit") => t("value-lead-unit-commit"),
        ("lead_unit", "change") => t("value-lead-unit-change"),
        ("lead_unit", "run") => t("value-lead-unit-run"),
        ("lead_start", "commit_authored") => t("value-lead-start-commit-authored"),
        ("lead_start", "commit_committed") => t("value-lead-start-commit-committed"),
        ("lead_start", "change_first_commit") => t("value-lead-start-change-first-commit"),
        ("lead_start", "change_created") => t("value-lead-start-change-created"),
        ("lead_start", "change_merged") => t("value-lead-start-change-merged"),
        ("lead_start", "run_started") => t("value-lead-start-run-started"),
        ("lead_form", "span") => t("value-lead-form-span"),
        ("lead_form", "sum_of_parts") => t("value-lead-form-sum-of-parts"),
        ("lead_fallback", "none") => t("value-lead-fallback-none"),
        ("lead_fallback", "run_started") => t("value-lead-fallback-run-started"),
        ("lead_keep", "non_negative") => t("value-lead-keep-non-negative"),
        ("lead_keep", "positive") => t("value-lead-keep-positive"),
        ("lead_stat" | "recovery_stat", "median") => t("value-stat-median"),
        ("lead_stat" | "recovery_stat", "lower_median") => t("value-stat-lower-median"),
        ("lead_stat" | "recovery_stat", "mean") => t("value-stat-mean"),
        ("lead_stat" | "recovery_stat", "mean_of_run_means") => t("value-stat-mean-of-run-means"),
        ("link_candidates" | "fail_denominator", "reached") => t("value-candidates-reached"),
        ("link_candidates" | "fail_denominator", "succeeded") => t("value-candidates-succeeded"),
        ("link_candidates" | "fail_denominator", "ended") => t("value-candidates-ended"),
        ("link_candidates" | "fail_denominator", "all") => t("value-candidates-all"),
        ("link_scope", "service") => t("value-link-scope-service"),
        ("link_scope", "all") => t("value-link-scope-all"),
        ("fail_numerator", "deployments") => t("value-fail-numerator-deployments"),
        ("fail_numerator", "incidents") => t("value-fail-numerator-incidents"),
        ("recovery_of", "failed_deployments") => t("value-recovery-of-failed-deployments"),
        ("recovery_of", "failure_streaks") => t("value-recovery-of-failure-streaks"),
        ("recovery_of", "linked_incidents") => t("value-recovery-of-linked-incidents"),
        ("recovery_of", "all_incidents") => t("value-recovery-of-all-incidents"),
        ("recovery_start", "deployment_finished") => t("value-recovery-start-deployment-finished"),
        ("recovery_start", "incident_started") => t("value-recovery-start-incident-started"),
        ("recovery_start", "incident_detected") => t("value-recovery-start-incident-detected"),
        ("recovery_start", "failed_stage_finished") => t("value-recovery-start-failed-stage-finished"),
        ("recovery_end", "ended_else_next_success") => t("value-recovery-end-ended-else-next-success"),
        ("recovery_end", "resolved") => t("value-recovery-end-resolved"),
        ("recovery_end", "next_success") => t("value-recovery-end-next-success"),
        ("period_of_recovery", "end") => t("value-period-of-recovery-end"),
        ("period_of_recovery", "start") => t("value-period-of-recovery-start"),
        ("period_of_recovery", "both") => t("value-period-of-recovery-both"),
        ("over_pipelines", "pooled") => t("value-over-pipelines-pooled"),
        ("over_pipelines", "mean") => t("value-over-pipelines-mean"),
        ("round", "none") => t("value-round-none"),
        ("round", "ceil_minute") => t("value-round-ceil-minute"),
        ("round", "two_decimals") => t("value-round-two-decimals"),
        _ => return None,
    })
}

/// The values that an option takes, as data; the presets show those of the two that are no plain words.
fn values_of(key: &str) -> Vec<Value> {
    let words: &[&str] = match key {
        "attempts" => &["all", "last"],
        "warnings_as" => &["succeeded", "failed"],
        "frequency" => &["per_day", "per_working_day", "deploy_days_median_week", "floor_average"],
        "working_days" => &["off", "weekends", "calendar"],
        "day_zone" => &["period", "utc"],
        "lead_unit" => &["commit", "change", "run"],
        "lead_start" => &[
            "commit_authored",
            "commit_committed",
            "change_first_commit",
            "change_created",
            "change_merged",
            "run_started",
        ],
        "lead_form" => &["span", "sum_of_parts"],
        "lead_fallback" => &["none", "run_started"],
        "lead_keep" => &["non_negative", "positive"],
        "lead_stat" => &["median", "lower_median", "mean", "mean_of_run_means"],
        "link_candidates" | "fail_denominator" => &["reached", "succeeded", "ended", "all"],
        "link_scope" => &["service", "all"],
        "fail_numerator" => &["deployments", "incidents"],
        "recovery_of" => &["failed_deployments", "failure_streaks", "linked_incidents", "all_incidents"],
        "recovery_start" => &["deployment_finished", "incident_started", "incident_detected", "failed_stage_finished"],
        "recovery_end" => &["ended_else_next_success", "resolved", "next_success"],
        "recovery_stat" => &["median", "lower_median", "mean"],
        "period_of_recovery" => &["end", "start", "both"],
        "over_pipelines" => &["pooled", "mean"],
        "round" => &["none", "ceil_minute", "two_decimals"],
        _ => {
            let mut values: Vec<Value> = Vec::new();
            for preset in &PRESETS {
                let found = preset.definition.options().into_iter().find(|(option, _)| option == key);
                if let Some((_, value)) = found
                    && !values.contains(&value)
                {
                    values.push(value);
                }
            }
            return values;
        }
    };
    words.iter().map(|word| Value::String((*word).to_owned())).collect()
}

/// Lets every option be chosen; `false` when it is done.
pub fn editor_ui(ui: &Ui, definition: &mut Definition, cx: &mut Cx<'_>) -> bool {
    let mut keep = true;
    let modal = widgets::modal(ui, "definition editor").show(ui.ctx(), |ui| {
        ui.set_width(620.0);
        widgets::heading(ui, t("definition-title"));
        let name = definition.preset_name().map_or(t("definition-own"), preset_title);
        widgets::muted(ui, ta("definition-is", &[("name", name)]));
        widgets::modal_scroll(ui).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            for (key, current) in definition.options() {
                ui.horizontal(|ui| {
                    ui.label(option_words(&key));
                    widgets::at_right(ui, |ui| {
                        ui.name_inputs(option_words(&key), |ui| {
                            option_ui(ui, definition, &key, &current);
                        });
                    });
                });
            }
        });
        ui.horizontal(|ui| {
            widgets::at_right(ui, |ui| {
                if widgets::primary_button(ui, t("definition-use")).clicked() {
                    let settings = Settings { definition: *definition, ..(*cx.snapshot.settings).clone() };
                    cx.want(Intent::Settings(Box::new(settings)));
                    keep = false;
                }
                if ui.button(t("cancel")).clicked() {
                    keep = false;
                }
                if ui.button(t("definition-dora")).clicked() {
                    *definition = Definition::default();
                }
                if ui.button(t("definition-copy")).clicked() {
                    let text = serde_json::to_string_pretty(definition).unwrap_or_default();
                    cx.want(Intent::Copy(text));
                }
            });
        });
    });
    !widgets::is_dismissed(&modal) && keep
}

fn option_ui(ui: &mut Ui, definition: &mut Definition, key: &str, current: &Value) {
    egui::ComboBox::from_id_salt(("option", key)).selected_text(value_words(key, current)).width(310.0).list(
        ui,
        |ui| {
            for value in values_of(key) {
                if ui.selectable_label(value == *current, value_words(key, &value)).clicked() {
                    let mut data = serde_json::to_value(*definition).unwrap_or_default();
                    data[key] = value.clone();
                    if let Ok(changed) = serde_json::from_value(data) {
                        *definition = changed;
                    }
                }
            }
        },
    );
}
