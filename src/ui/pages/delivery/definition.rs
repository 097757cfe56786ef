//! A definition in words, and its editor.

use egui::{ScrollArea, Ui};
use serde_json::Value;

use crate::engine::Settings;
use crate::metrics::{Definition, PRESETS};
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta};
use crate::ui::widgets;

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

/// A value as people say it.
pub fn value_words(value: &Value) -> String {
    match value {
        Value::String(word) => word.replace('_', " "),
        Value::Object(map) => {
            let on: Vec<String> = map
                .iter()
                .filter(|(_, value)| **value != Value::Bool(false) && !value.is_null())
                .map(|(key, value)| match value {
                    Value::Bool(_) => key.replace('_', " "),
                    Value::Object(_) => format!("{} ({})", key.replace('_', " "), value_words(value)),
                    other => format!("{} {}", key.replace('_', " "), value_words(other)),
                })
                .collect();
            if on.is_empty() { t("option-none").to_owned() } else { on.join(", ") }
        }
        other => other.to_string(),
    }
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
        ScrollArea::vertical().max_height(440.0).auto_shrink([false, true]).show(ui, |ui| {
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
    keep && !modal.should_close()
}

fn option_ui(ui: &mut Ui, definition: &mut Definition, key: &str, current: &Value) {
    egui::ComboBox::from_id_salt(("option", key)).selected_text(value_words(current)).width(230.0).show_ui(ui, |ui| {
        for value in values_of(key) {
            if ui.selectable_label(value == *current, value_words(&value)).clicked() {
                let mut data = serde_json::to_value(*definition).unwrap_or_default();
                data[key] = value.clone();
                if let Ok(changed) = serde_json::from_value(data) {
                    *definition = changed;
                }
            }
        }
    });
}
