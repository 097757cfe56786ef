//! What an item needs of operations and what they said, in the item's form. Each click is kept at once.

use egui::{ComboBox, RichText, Ui};

use crate::engine::{Command, PlanView};
use crate::metrics::plan::needs::{Why, is_open, lead_days};
use crate::model::people::{NEED_STATES, NEEDS, OpsNeed, REVIEW_STATES};
use crate::model::plan::Item;
use crate::model::record::Record;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets;

pub fn need_word(kind: &str) -> &'static str {
    match kind {
        "environment" => t("need-environment"),
        "data_migration" => t("need-data-migration"),
        "capacity" => t("need-capacity"),
        "secret" => t("need-secret"),
        "network" => t("need-network"),
        "third_party" => t("need-third-party"),
        "feature_flag" => t("need-feature-flag"),
        "rollback_plan" => t("need-rollback-plan"),
        "runbook" => t("need-runbook"),
        "monitoring" => t("need-monitoring"),
        "on_call" => t("need-on-call"),
        "backup" => t("need-backup"),
        _ => t("need-customer-notice"),
    }
}

fn need_state_word(state: &str) -> &'static str {
    match state {
        "suspected" => t("need-suspected"),
        "needed" => t("need-needed"),
        "ordered" => t("need-ordered"),
        "ready" => t("need-ready"),
        _ => t("need-waived"),
    }
}

fn review_word(state: &str) -> &'static str {
    match state {
        "asked" => t("review-asked"),
        "advised" => t("review-advised"),
        "approved" => t("review-approved"),
        "blocked" => t("review-blocked"),
        "not_needed" => t("review-not-needed"),
        _ => t("review-not-asked"),
    }
}

fn why_words(why: &Why) -> String {
    match why {
        Why::Word(word) => ta("need-word", &[("word", word)]),
        Why::NotDeployed(Some(days)) => tn("need-rusty", days.unsigned_abs()),
        Why::NotDeployed(None) => t("need-never").to_owned(),
    }
}

fn put(need: OpsNeed, cx: &mut Cx<'_>) {
    let records = vec![Record::OpsNeed(need)];
    cx.want(Intent::Command(Command::Put { name: "Change need".to_owned(), records }));
}

fn new_need(item: &Item, kind: &str, state: &str) -> OpsNeed {
    OpsNeed {
        id: uuid::Uuid::now_v7().to_string(),
        item: item.id.clone(),
        kind: kind.to_owned(),
        state: state.to_owned(),
        ..OpsNeed::default()
    }
}

pub fn ui(ui: &mut Ui, item: &Item, view: &PlanView, reason: &str, cx: &mut Cx<'_>) {
    ui.add_space(4.0);
    widgets::panel_title(ui, t("ops-title"));
    let known: Vec<&OpsNeed> = view.plan.needs_of(&item.id).collect();
    for need in &known {
        need_ui(ui, need, cx);
    }
    let n = view.plan.items.iter().position(|known| known.id == item.id);
    let suggested = n.map(|n| view.suggestions(n)).unwrap_or_default();
    for (kind, why) in suggested {
        ui.horizontal(|ui| {
            widgets::status_dot(ui, StatusKind::Info);
            ui.label(need_word(kind));
            widgets::caption(ui, why_words(&why));
            if cx.can_write && ui.small_button(t("need-yes")).clicked() {
                put(new_need(item, kind, "needed"), cx);
            }
            if cx.can_write && ui.small_button(t("need-no")).clicked() {
                put(new_need(item, kind, "waived"), cx);
            }
        });
    }
    if cx.can_write {
        let rest: Vec<&str> =
            NEEDS.iter().map(|(kind, _)| *kind).filter(|kind| known.iter().all(|need| need.kind != *kind)).collect();
        ComboBox::from_id_salt("need").selected_text(t("need-add")).width(180.0).show_ui(ui, |ui| {
            for kind in rest {
                if ui.selectable_label(false, need_word(kind)).clicked() {
                    put(new_need(item, kind, "needed"), cx);
                }
            }
        });
    }
    review_ui(ui, item, view, n, reason, cx);
}

fn need_ui(ui: &mut Ui, need: &OpsNeed, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        widgets::status_dot(ui, if is_open(need) { StatusKind::Warn } else { StatusKind::Ok });
        ui.label(RichText::new(need_word(&need.kind)).color(cx.tokens.strong));
        let mut state = need.state.clone();
        ui.name_inputs(need_word(&need.kind), |ui| {
            ComboBox::from_id_salt(&need.id).selected_text(need_state_word(&state)).width(110.0).show_ui(ui, |ui| {
                for word in NEED_STATES {
                    ui.selectable_value(&mut state, word.to_owned(), need_state_word(word));
                }
            });
        });
        if lead_days(need) > 0.0 {
            widgets::caption(ui, tn("need-takes", lead_days(need).ceil() as u64));
        }
        if state != need.state && cx.can_write {
            put(OpsNeed { state, ..need.clone() }, cx);
        }
    });
}

/// What operations said; a reason that was typed goes with what is said next.
fn review_ui(ui: &mut Ui, item: &Item, view: &PlanView, n: Option<usize>, reason: &str, cx: &mut Cx<'_>) {
    let said = n.and_then(|n| view.plan.review_of(n));
    ui.horizontal(|ui| {
        ui.label(t("review-title"));
        let state = said.as_ref().map_or("not_asked", |said| said.review.state.as_str());
        let mut chosen = state.to_owned();
        ui.name_inputs(t("review-title"), |ui| {
            ComboBox::from_id_salt("review").selected_text(review_word(state)).width(140.0).show_ui(ui, |ui| {
                for word in REVIEW_STATES {
                    ui.selectable_value(&mut chosen, word.to_owned(), review_word(word));
                }
            });
        });
        if let Some(by) = said.as_ref().and_then(|said| said.review.by.as_deref()) {
            widgets::caption(ui, by);
        }
        if chosen != state && cx.can_write {
            let reason = Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty());
            cx.want(Intent::Command(Command::ReviewItem { item: item.id.clone(), state: chosen, reason }));
        }
    });
    if let Some(said) = said {
        if said.is_stale {
            widgets::status_label(ui, StatusKind::Warn, t("review-stale"));
        }
        if let Some(reason) = &said.review.reason {
            widgets::caption(ui, reason);
        }
    }
}
