//! Whether an item is ready to be operated: its checks by stage, and a way to make an item of each that is open.

use egui::{RichText, Ui};

use crate::engine::{Command, PlanView, RiskFact};
use crate::metrics::plan::readiness::{Answer, Level, Line, Stage};
use crate::metrics::plan::risk::Band;
use crate::model::plan::Item;
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

pub(super) fn stage_word(stage: Stage) -> &'static str {
    match stage {
        Stage::Plan => t("ready-plan"),
        Stage::Code => t("ready-code"),
        Stage::Build => t("ready-build"),
        Stage::Test => t("ready-test"),
        Stage::Release => t("ready-release"),
        Stage::Deploy => t("ready-deploy"),
        Stage::Operate => t("ready-operate"),
        Stage::Monitor => t("ready-monitor"),
        Stage::Again => t("ready-again"),
    }
}

/// What a check is called: as the team's list says, else as Gemba does.
pub(super) fn check_word(line: &Line) -> &str {
    if let Some(words) = &line.words {
        return words;
    }
    match line.check.as_str() {
        "ops_has_seen" => t("check-ops-has-seen"),
        "needs_fit" => t("check-needs-fit"),
        "budget_known" => t("check-budget-known"),
        "can_be_switched_off" => t("check-can-be-switched-off"),
        "small_enough" => t("check-small-enough"),
        "main_is_green" => t("check-main-is-green"),
        "same_artifact" => t("check-same-artifact"),
        "tests_run" => t("check-tests-run"),
        "migration_rehearsed" => t("check-migration-rehearsed"),
        "load_tested" => t("check-load-tested"),
        "rollback_written" => t("check-rollback-written"),
        "change_note" => t("check-change-note"),
        "one_trigger" => t("check-one-trigger"),
        "on_call_named" => t("check-on-call-named"),
        "no_freeze" => t("check-no-freeze"),
        "runbook" => t("check-runbook"),
        "alert_tested" => t("check-alert-tested"),
        "scaling_known" => t("check-scaling-known"),
        "team_is_told" => t("check-team-is-told"),
        "complaints_watched" => t("check-complaints-watched"),
        "backup_tested" => t("check-backup-tested"),
        _ => t("check-gaps-are-items"),
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::A => "A",
        Level::B => "B",
        Level::C => "C",
    }
}

pub fn fact_words(fact: &RiskFact) -> String {
    match fact {
        RiskFact::Migration => t("risk-migration").to_owned(),
        RiskFact::NoRollback => t("risk-no-rollback").to_owned(),
        RiskFact::FirstInDays(days) => tn("risk-first-in-days", days.unsigned_abs()),
        RiskFact::BeforeDaysOff => t("risk-before-days-off").to_owned(),
        RiskFact::LittleBudget => t("risk-little-budget").to_owned(),
        RiskFact::Batch(n) => tn("risk-batch", u64::from(*n)),
        RiskFact::OnCallIsNew(name) => ta("risk-on-call-new", &[("name", name)]),
        RiskFact::OpenActions(n) => tn("risk-open-actions", u64::from(*n)),
    }
}

pub fn band_kind(band: Band) -> StatusKind {
    match band {
        Band::Low => StatusKind::Ok,
        Band::Medium => StatusKind::Warn,
        Band::High => StatusKind::Crit,
    }
}

/// The chance that a deployment fails, in words.
pub fn risk_words(risk: &crate::metrics::plan::risk::Risk) -> String {
    let words = [
        ("one", format!("{:.0}", (1.0 / risk.chance).max(1.0))),
        ("failed", risk.failed.to_string()),
        ("of", risk.deployed.to_string()),
        ("low", format::percent(risk.low)),
        ("high", format::percent(risk.high)),
    ];
    let args: Vec<(&str, &str)> = words.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if risk.has_little_data() { ta("mode-risk-little", &args) } else { ta("mode-risk-words", &args) }
}

pub fn ui(ui: &mut Ui, item: &Item, n: usize, view: &PlanView, cx: &mut Cx<'_>) {
    // The bar of the list has its own room.
    ui.set_max_width(ui.available_width() - 12.0);
    risk_ui(ui, item, n, view);
    let found = view.readiness(n);
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        widgets::panel_title(ui, &ta("ready-title", &[("level", level_word(found.level))]));
        match found.open() {
            0 => widgets::badge(ui, t("ready-all"), StatusKind::Ok),
            open => widgets::badge(ui, &tn("ready-open", open as u64), StatusKind::Warn),
        }
    });
    if found.level_is_assumed {
        widgets::caption(ui, t("ready-assumed"));
    }
    let mut stage = None;
    ui.spacing_mut().item_spacing.y = 4.0;
    for line in &found.lines {
        if stage != Some(line.stage) {
            stage = Some(line.stage);
            widgets::caption(ui, stage_word(line.stage));
        }
        line_ui(ui, item, n, line, view, cx);
    }
}

fn risk_ui(ui: &mut Ui, item: &Item, n: usize, view: &PlanView) {
    widgets::panel_title(ui, t("risk-title"));
    let service = item.service.as_ref().and_then(|id| view.services.get(id));
    match service.and_then(|service| service.risk) {
        Some(risk) => {
            widgets::status_label(ui, band_kind(risk.band()), &risk_words(&risk));
        }
        None => {
            widgets::muted(ui, if item.service.is_some() { t("risk-unknown") } else { t("risk-no-service") });
        }
    }
    for fact in view.risk_facts(n) {
        widgets::status_label(ui, StatusKind::Warn, &fact_words(&fact));
    }
}

fn line_ui(ui: &mut Ui, item: &Item, n: usize, line: &Line, view: &PlanView, cx: &mut Cx<'_>) {
    let (kind, words) = match &line.answer {
        Answer::Met(words) => (StatusKind::Ok, words.as_str()),
        Answer::Open(words) => (StatusKind::Warn, words.as_str()),
        Answer::Unknown => (StatusKind::Unknown, t("ready-unknown")),
        Answer::Waived(words) if words.is_empty() => (StatusKind::Info, t("need-waived")),
        Answer::Waived(words) => (StatusKind::Info, words.as_str()),
    };
    ui.horizontal(|ui| {
        ui.add_space(8.0);
        widgets::status_dot(ui, kind);
        ui.label(RichText::new(check_word(line)).color(cx.tokens.text));
        ui.add(egui::Label::new(RichText::new(words).small().color(cx.tokens.muted)).truncate());
        let is_gaps = line.check == "gaps_are_items";
        if line.answer.is_settled() || is_gaps || !cx.can_write {
            return;
        }
        widgets::at_right(ui, |ui| {
            if view.is_made(n, &line.check) {
                widgets::caption(ui, t("ready-made"));
            } else if ui.small_button(t("ready-make")).clicked() {
                let title = format!("{}: {}", item.title, check_word(line));
                let (item, check) = (item.id.clone(), line.check.clone());
                cx.want(Intent::Command(Command::AddOfCheck { item, check, title }));
            }
        });
    });
}
