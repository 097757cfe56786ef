//! Settings: calendar, connections, planning, appearance, language, data, and what this program is.

mod connections;
mod passphrase;
mod planning;

use std::collections::BTreeMap;

use egui::{Button, RichText, ScrollArea, Ui};

use crate::engine::{Appearance, Command, Density, SCHEMA_VERSION, Settings};
use crate::metrics::benchmark::Benchmark;
use crate::model::record::{CalendarDay, FILE_CONNECTION, Record};
use crate::model::zone_from_name;
use crate::ui::app_export::PageExport;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta};
use crate::ui::widgets::{self, List as _};

/// From this width on the sections stand in two columns.
const WIDE: f32 = 1240.0;

#[derive(Default)]
pub struct SettingsPage {
    pub connections: connections::Connections,
    pub planning: planning::Planning,
    zone: Option<String>,
    labels: Option<String>,
    new_day: String,
    new_day_name: String,
    new_day_works: bool,
    new_day_team: String,
    error: Option<String>,
    restore: String,
    is_restoring: bool,
}

impl SettingsPage {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ScrollArea::vertical().id_salt("settings").auto_shrink(false).show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(16, 12)).show(ui, |ui| {
                widgets::heading(ui, t("page-settings"));
                let mut settings = (*cx.snapshot.settings).clone();
                if ui.available_width() < WIDE {
                    ui.set_max_width(ui.available_width().min(820.0));
                    self.counting_ui(ui, &mut settings, cx);
                    self.program_ui(ui, &mut settings, cx);
                } else {
                    ui.columns_const(|[left, right]| {
                        self.counting_ui(left, &mut settings, cx);
                        self.program_ui(right, &mut settings, cx);
                    });
                }
                if settings != *cx.snapshot.settings {
                    cx.want(Intent::Settings(Box::new(settings)));
                }
            });
        });
    }

    /// What figures depend on.
    fn counting_ui(&mut self, ui: &mut Ui, settings: &mut Settings, cx: &mut Cx<'_>) {
        section(ui, t("settings-calendar"), |ui| self.calendar_ui(ui, settings, cx));
        section(ui, t("settings-connections"), |ui| self.connections.ui(ui, cx));
        section(ui, t("settings-planning"), |ui| self.planning.rules_ui(ui, settings, cx));
        section(ui, t("settings-imports"), |ui| self.labels_ui(ui, settings));
        section(ui, t("settings-benchmark"), |ui| benchmark_ui(ui, settings));
    }

    fn program_ui(&mut self, ui: &mut Ui, settings: &mut Settings, cx: &mut Cx<'_>) {
        section(ui, t("settings-appearance"), |ui| appearance_ui(ui, settings));
        section(ui, t("settings-people"), |ui| self.planning.people_ui(ui, cx));
        section(ui, t("settings-templates"), |ui| planning::templates_ui(ui, settings, cx));
        section(ui, t("settings-data"), |ui| self.data_ui(ui, cx));
        section(ui, t("settings-about"), about_ui);
    }

    fn calendar_ui(&mut self, ui: &mut Ui, settings: &mut Settings, cx: &mut Cx<'_>) {
        let text = self.zone.get_or_insert_with(|| settings.zone.clone());
        widgets::form_row(ui, t("settings-zone"), |ui| {
            let response = widgets::text_field(ui, t("settings-zone"), text, 200.0);
            let is_known = zone_from_name(text.trim()).is_some();
            if (response.lost_focus() || response.changed()) && is_known {
                text.trim().clone_into(&mut settings.zone);
            }
            if is_known {
                let now = format::date_time(cx.now, &zone_from_name(text.trim()).unwrap_or(jiff::tz::TimeZone::UTC));
                widgets::caption(ui, ta("settings-zone-now", &[("now", &now)]));
            } else {
                ui.label(RichText::new(t("settings-zone-unknown")).color(cx.tokens.crit));
            }
        });
        widgets::form_row(ui, t("settings-week"), |ui| {
            let days = [t("day-1"), t("day-2"), t("day-3"), t("day-4"), t("day-5"), t("day-6"), t("day-7")];
            for (works, name) in settings.working_week.iter_mut().zip(days) {
                let mut is_on = *works;
                if ui.add(Button::selectable(is_on, name)).clicked() {
                    is_on = !is_on;
                }
                *works = is_on;
            }
        });
        ui.label(RichText::new(t("settings-days")).color(cx.tokens.muted));
        // One line for a day, whichever teams it holds for.
        let mut days: BTreeMap<(jiff::civil::Date, bool, Option<String>), Vec<CalendarDay>> = BTreeMap::new();
        for record in cx.snapshot.records.iter() {
            if let Record::CalendarDay(day) = record {
                days.entry((day.date, day.working, day.name.clone())).or_default().push(day.clone());
            }
        }
        for teams in days.into_values() {
            day_ui(ui, &teams, cx);
        }
        self.new_day_ui(ui, cx);
    }

    fn new_day_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        ui.horizontal(|ui| {
            widgets::hinted_field(ui, t("settings-day-date"), &mut self.new_day, 96.0).on_hover_text(t("period-hint"));
            widgets::hinted_field(ui, t("settings-day-name"), &mut self.new_day_name, 130.0);
            let teams = cx.snapshot.data.catalog.teams.iter();
            ui.name_inputs(t("filter-team"), |ui| {
                super::incident::choice(
                    ui,
                    "day team",
                    &mut self.new_day_team,
                    t("settings-all-teams"),
                    teams.map(|e| (e.id.as_str(), e.name.as_str())),
                );
            });
            ui.checkbox(&mut self.new_day_works, t("settings-day-works"));
            if ui.add_enabled(cx.can_write, Button::new(t("settings-day-add"))).clicked() {
                self.add_day(cx);
            }
        });
        if let Some(error) = &self.error {
            ui.label(RichText::new(error).color(cx.tokens.crit));
        }
    }

    fn add_day(&mut self, cx: &mut Cx<'_>) {
        let Ok(date) = self.new_day.trim().parse() else {
            self.error = Some(ta("settings-day-bad", &[("text", self.new_day.trim())]));
            return;
        };
        self.error = None;
        let teams: Vec<String> = if self.new_day_team.is_empty() {
            let all: Vec<String> = cx.snapshot.data.catalog.teams.iter().map(|team| team.id.clone()).collect();
            if all.is_empty() { vec!["everyone".to_owned()] } else { all }
        } else {
            vec![self.new_day_team.clone()]
        };
        let name = Some(self.new_day_name.trim().to_owned()).filter(|name| !name.is_empty());
        let days = teams.into_iter().map(|team| {
            let connection = FILE_CONNECTION.to_owned();
            Record::CalendarDay(CalendarDay { connection, team, date, working: self.new_day_works, name: name.clone() })
        });
        let records = days.collect();
        cx.want(Intent::Command(Command::Put { name: t("undo-add-day").to_owned(), records }));
        self.new_day.clear();
        self.new_day_name.clear();
    }

    fn labels_ui(&mut self, ui: &mut Ui, settings: &mut Settings) {
        let text = self.labels.get_or_insert_with(|| settings.incident_labels.join(", "));
        widgets::form_row(ui, t("settings-labels"), |ui| {
            if widgets::text_field(ui, t("settings-labels"), text, 360.0).lost_focus() {
                let labels = text.split(',').map(|label| label.trim().to_owned()).filter(|label| !label.is_empty());
                settings.incident_labels = labels.collect();
            }
        });
        widgets::caption(ui, t("settings-labels-hint"));
    }

    fn data_ui(&mut self, ui: &mut Ui, cx: &mut Cx<'_>) {
        let path = crate::ui::app::workspace_path(ui);
        widgets::form_row(ui, t("settings-where"), |ui| {
            ui.add(egui::Label::new(RichText::new(&path).monospace()).truncate())
        });
        // What is written stands in the log first.
        let length = |path: &str| std::fs::metadata(path).map(|file| file.len()).unwrap_or_default();
        let size = format::bytes(length(&path) + length(&format!("{path}-wal")));
        widgets::form_row(ui, t("settings-size"), |ui| ui.label(size));
        let counts = cx.snapshot.counts.iter().filter(|(_, n)| *n > 0);
        widgets::form_row(ui, t("settings-holds"), |ui| {
            ui.horizontal_wrapped(|ui| {
                // A number is not to be torn at its thin space.
                for (kind, n) in counts {
                    ui.add(egui::Label::new(format!("{kind} {}", format::count(*n as u64))).extend());
                }
            });
        });
        let bytes = format::bytes(cx.snapshot.data.runs.bytes() as u64);
        widgets::form_row(ui, t("settings-memory"), |ui| ui.label(ta("settings-columns", &[("bytes", &bytes)])));
        ui.horizontal(|ui| {
            if ui.button(t("command-check")).clicked() {
                cx.want(Intent::Check);
            }
            if ui.button(t("command-backup")).clicked() {
                cx.want(Intent::Backup);
            }
            if ui.button(t("settings-export")).clicked() {
                let to = std::path::Path::new(&path).with_file_name("gemba-export.jsonl");
                cx.want(Intent::ExportWorkspace(to));
            }
            if ui.add_enabled(cx.can_write, Button::new(t("settings-restore"))).clicked() {
                self.is_restoring = !self.is_restoring;
            }
        });
        if self.is_restoring {
            widgets::form_row(ui, t("settings-restore-from"), |ui| {
                widgets::text_field(ui, t("settings-restore-from"), &mut self.restore, 360.0);
                if ui.button(t("settings-restore-now")).clicked() {
                    cx.want(Intent::Restore(self.restore.trim().into()));
                    self.is_restoring = false;
                }
            });
            widgets::caption(ui, t("settings-restore-hint"));
        }
    }

    pub fn export(&self, cx: &Cx<'_>) -> PageExport {
        let mut table = PageExport::new(&["setting", "value"]);
        if let Ok(serde_json::Value::Object(map)) = serde_json::to_value(&*cx.snapshot.settings) {
            table.rows.extend(map.into_iter().map(|(name, value)| vec![name, value.to_string()]));
        }
        table
    }
}

fn section(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    ui.add_space(4.0);
    widgets::card(ui, |ui| {
        ui.set_width(ui.available_width());
        widgets::panel_title(ui, title);
        add(ui);
    });
}

fn day_ui(ui: &mut Ui, teams: &[CalendarDay], cx: &mut Cx<'_>) {
    let Some(day) = teams.first() else { return };
    ui.horizontal(|ui| {
        ui.monospace(day.date.to_string());
        ui.allocate_ui(egui::vec2(150.0, 20.0), |ui| {
            ui.set_min_width(150.0);
            ui.add(egui::Label::new(day.name.as_deref().unwrap_or_default()).truncate());
        });
        let names: Vec<&str> = teams.iter().map(|day| cx.snapshot.data.catalog.team_name(&day.team)).collect();
        ui.allocate_ui(egui::vec2(200.0, 20.0), |ui| {
            ui.set_min_width(200.0);
            ui.add(egui::Label::new(RichText::new(names.join(", ")).color(cx.tokens.muted)).truncate());
        });
        widgets::muted(ui, if day.working { t("settings-works") } else { t("settings-off") });
        let enabled = cx.can_write;
        if ui
            .add_enabled_ui(enabled, |ui| widgets::icon_button(ui, Icon::Trash, t("settings-day-delete")))
            .inner
            .clicked()
        {
            let name = t("undo-delete-day").to_owned();
            let records = teams.iter().cloned().map(Record::CalendarDay).collect();
            cx.want(Intent::Command(Command::Delete { name, records }));
        }
    });
}

fn benchmark_ui(ui: &mut Ui, settings: &mut Settings) {
    widgets::form_row(ui, t("settings-benchmark-use"), |ui| {
        let title = super::delivery::benchmark_title;
        let mut choices = vec![(None, t("settings-benchmark-none"))];
        choices.extend(Benchmark::ALL.map(|benchmark| (Some(benchmark), title(benchmark))));
        widgets::segmented(ui, &mut settings.benchmark, &choices);
    });
    if let Some(benchmark) = settings.benchmark {
        widgets::caption(ui, benchmark.source());
    }
    widgets::caption(ui, t("settings-benchmark-hint"));
}

fn appearance_ui(ui: &mut Ui, settings: &mut Settings) {
    widgets::form_row(ui, t("settings-theme"), |ui| {
        let themes = [
            (Appearance::System, t("theme-system")),
            (Appearance::Dark, t("theme-dark")),
            (Appearance::Light, t("theme-light")),
        ];
        widgets::segmented(ui, &mut settings.appearance, &themes);
    });
    widgets::form_row(ui, t("settings-density"), |ui| {
        let densities = [
            (Density::Dense, t("density-dense")),
            (Density::Normal, t("density-normal")),
            (Density::Comfortable, t("density-comfortable")),
        ];
        widgets::segmented(ui, &mut settings.density, &densities);
    });
    widgets::form_row(ui, t("settings-animations"), |ui| {
        ui.checkbox(&mut settings.animations, t("settings-animations-on"))
    });
    widgets::form_row(ui, t("settings-language"), |ui| {
        egui::ComboBox::from_id_salt("language").selected_text(t("language-en")).list(ui, |ui| {
            ui.selectable_value(&mut settings.language, "en".to_owned(), t("language-en"));
        });
    });
}

fn about_ui(ui: &mut Ui) {
    ui.label(ta("about-version", &[("version", env!("CARGO_PKG_VERSION")), ("schema", &SCHEMA_VERSION.to_string())]));
    widgets::muted(ui, t("about-words"));
    widgets::muted(ui, t("about-fonts"));
}
