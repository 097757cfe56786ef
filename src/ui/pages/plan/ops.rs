//! What an item needs of operations and what they said, in the item's form. A need's state is kept at the click; what
//! operations says is kept when it is said to be.

use egui::{ComboBox, RichText, Ui};

use super::readiness::stage_word;
use crate::engine::{Command, PlanView, ReviewSaid};
use crate::metrics::plan::needs::{NeedBy, STAGES, Why, due_stage, is_open, lead_days};
use crate::model::people::{BLOCK_REASONS, NEED_STATES, NEEDS, OpsNeed, REVIEW_STATES};
use crate::model::plan::Item;
use crate::model::record::Record;
use crate::ui::cx::{Cx, Intent};
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

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

fn day_word(day: jiff::civil::Date) -> String {
    day.strftime("%a %-d %b").to_string()
}

/// What a need takes, what waits for it, and by when it must be asked for.
pub fn need_by_words(by: &NeedBy) -> String {
    let takes = tn("need-takes", by.days.ceil() as u64);
    let (begins, order) = (day_word(by.begins), day_word(by.order));
    let stage = stage_word(by.stage);
    ta(
        "need-by",
        &[("need", need_word(&by.kind)), ("takes", &takes), ("stage", stage), ("begins", &begins), ("order", &order)],
    )
}

pub fn need_state_word(state: &str) -> &'static str {
    match state {
        "suspected" => t("need-suspected"),
        "needed" => t("need-needed"),
        "ordered" => t("need-ordered"),
        "ready" => t("need-ready"),
        _ => t("need-waived"),
    }
}

pub fn review_word(state: &str) -> &'static str {
    match state {
        "asked" => t("review-asked"),
        "advised" => t("review-advised"),
        "approved" => t("review-approved"),
        "blocked" => t("review-blocked"),
        "not_needed" => t("review-not-needed"),
        _ => t("review-not-asked"),
    }
}

/// A reason that is known in words; one's own as it is.
pub fn block_word(reason: &str) -> &str {
    match reason {
        "missing_environment" => t("block-missing-environment"),
        "irreversible" => t("block-irreversible"),
        "capacity" => t("block-capacity"),
        "access" => t("block-access"),
        "budget_spent" => t("block-budget-spent"),
        "compliance" => t("block-compliance"),
        "other" => t("block-other"),
        own => own,
    }
}

/// What is being said of an item, before it is kept.
#[derive(Clone, Debug, Default)]
pub struct ReviewForm {
    said: Option<ReviewSaid>,
    /// The need that is being described: its id, owner, lead days, stage and note.
    need: Option<(String, [String; 4])>,
}

impl ReviewForm {
    /// Keeps what was typed of a need, and what operations is said to say, with the rest of the item.
    pub fn keep_typed(&mut self, item: &Item, view: &PlanView, cx: &mut Cx<'_>) {
        self.keep_need(view, cx);
        if let Some(said) = self.said.take().filter(|said| !said.state.is_empty() && said.fault().is_none()) {
            cx.want(Intent::Command(Command::ReviewItem { item: item.id.clone(), said: Box::new(said) }));
        }
    }
}

impl ReviewForm {
    fn keep_need(&mut self, view: &PlanView, cx: &mut Cx<'_>) {
        if let Some((id, fields)) = self.need.take()
            && let Some(need) = view.plan.needs.iter().find(|need| need.id == id)
            && let Some(changed) = described(need, &fields)
            && changed != *need
            && cx.can_write
        {
            put(changed, cx);
        }
    }

    /// The days of a need that is being described are a number.
    pub fn is_sound(&self) -> bool {
        self.need.as_ref().is_none_or(|(_, [_, days, ..])| super::item::read(days).is_ok())
    }
}

/// A need as its fields describe it; nothing where the days are no number.
fn described(need: &OpsNeed, [owner, days, stage, note]: &[String; 4]) -> Option<OpsNeed> {
    Some(OpsNeed {
        owner: given(owner),
        lead_days: super::item::read(days).ok()?,
        due_stage: given(stage),
        note: given(note),
        ..need.clone()
    })
}

fn why_words(why: &Why) -> String {
    match why {
        Why::Word(word) => ta("need-word", &[("word", word)]),
        Why::NotDeployed(Some(days)) => tn("need-rusty", days.unsigned_abs()),
        Why::NotDeployed(None) => t("need-never").to_owned(),
        Why::Incidents { speaking, of } => {
            ta("need-incidents", &[("n", &speaking.to_string()), ("of", &of.to_string())])
        }
        Why::LeftOpen(title) => ta("need-left-open", &[("title", title)]),
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
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

pub fn ui(ui: &mut Ui, item: &Item, view: &PlanView, form: &mut ReviewForm, cx: &mut Cx<'_>) {
    widgets::panel_title(ui, t("ops-title"));
    let known: Vec<&OpsNeed> = view.plan.needs_of(&item.id).collect();
    for need in &known {
        need_ui(ui, need, view, form, cx);
    }
    let n = view.plan.place_of(&item.id);
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
        ComboBox::from_id_salt("need").selected_text(t("need-add")).width(180.0).list(ui, |ui| {
            for kind in rest {
                if ui.selectable_label(false, need_word(kind)).clicked() {
                    put(new_need(item, kind, "needed"), cx);
                }
            }
        });
    }
    ui.add_space(8.0);
    review_ui(ui, item, view, n, form, cx);
}

fn need_ui(ui: &mut Ui, need: &OpsNeed, view: &PlanView, form: &mut ReviewForm, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        widgets::status_dot(ui, if is_open(need) { StatusKind::Warn } else { StatusKind::Ok });
        ui.label(RichText::new(need_word(&need.kind)).color(cx.tokens.strong));
        let mut state = need.state.clone();
        ui.name_inputs(need_word(&need.kind), |ui| {
            ComboBox::from_id_salt(&need.id).selected_text(need_state_word(&state)).width(110.0).list(ui, |ui| {
                for word in NEED_STATES {
                    ui.selectable_value(&mut state, word.to_owned(), need_state_word(word));
                }
            });
        });
        let n = view.plan.place_of(&need.item).and_then(|n| u32::try_from(n).ok());
        let by = n.filter(|n| is_open(need) && view.members.contains(n)).and_then(|_| view.need_by(need));
        let takes = (lead_days(need) > 0.0).then(|| tn("need-takes", lead_days(need).ceil() as u64));
        let before = ta("need-before", &[("stage", stage_word(due_stage(need)))]);
        let order = by.map(|by| ta("need-order", &[("day", &day_word(by.order))]));
        let words: Vec<String> = [takes, Some(before), order].into_iter().flatten().collect();
        widgets::caption(ui, words.join(" · "));
        for words in [&need.owner, &need.note].into_iter().flatten() {
            widgets::caption(ui, words);
        }
        if state != need.state && cx.can_write {
            put(OpsNeed { state, ..need.clone() }, cx);
        }
        widgets::at_right(ui, |ui| {
            let is_open = form.need.as_ref().is_some_and(|(id, _)| *id == need.id);
            if ui.selectable_label(is_open, t("need-details")).clicked() {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                let days = need.lead_days.map(|days| days.to_string()).unwrap_or_default();
                let fields = [text(&need.owner), days, text(&need.due_stage), text(&need.note)];
                // What was typed of another need is kept before this one takes its place.
                form.keep_need(view, cx);
                form.need = (!is_open).then(|| (need.id.clone(), fields));
            }
        });
    });
    let Some((_, fields)) = form.need.as_mut().filter(|(id, _)| *id == need.id) else { return };
    if details_ui(ui, need, fields, cx) {
        form.need = None;
    }
}

/// Who sees to a need, how long that takes, before which stage and what was found out; `true` once it is kept.
fn details_ui(ui: &mut Ui, need: &OpsNeed, fields: &mut [String; 4], cx: &mut Cx<'_>) -> bool {
    let [owner, days, stage, note] = fields;
    let mut is_kept = false;
    ui.horizontal(|ui| {
        ui.add_space(18.0);
        widgets::hinted_field(ui, t("need-owner"), owner, 110.0);
        widgets::hinted_field(ui, t("need-days"), days, 60.0);
        let told = OpsNeed { due_stage: given(stage), ..need.clone() };
        let word = [("stage", stage_word(due_stage(&told)))];
        let shown = if told.due_stage.is_some() { ta("need-before", &word) } else { ta("need-usual", &word) };
        ui.name_inputs(t("need-stage"), |ui| {
            ComboBox::from_id_salt(("need stage", &need.id)).selected_text(shown).width(130.0).list(ui, |ui| {
                ui.selectable_value(stage, String::new(), t("need-usual-stage"));
                for (word, of) in STAGES {
                    ui.selectable_value(stage, word.to_owned(), stage_word(of));
                }
            });
        });
        widgets::hinted_field(ui, t("need-note"), note, 220.0);
        let can = cx.can_write && super::item::read(days).is_ok();
        is_kept = ui.add_enabled(can, egui::Button::new(t("save"))).clicked();
    });
    if is_kept && let Some(changed) = described(need, fields) {
        put(changed, cx);
    }
    is_kept
}

fn review_ui(ui: &mut Ui, item: &Item, view: &PlanView, n: Option<usize>, form: &mut ReviewForm, cx: &mut Cx<'_>) {
    let known = n.and_then(|n| view.plan.review_of(n));
    widgets::panel_title(ui, t("review-title"));
    if let Some(known) = &known {
        let review = &known.review;
        let at = crate::ui::format::date_time(review.at, cx.zone);
        let words = [Some(review_word(&review.state)), review.by.as_deref(), Some(at.as_str())];
        ui.label(words.into_iter().flatten().collect::<Vec<_>>().join(" · "));
        let more = [&review.reason, &review.unblock, &review.due, &review.text];
        for words in more.into_iter().flatten() {
            widgets::caption(ui, block_word(words));
        }
        if known.is_stale {
            widgets::status_label(ui, StatusKind::Warn, t("review-stale"));
        }
    } else {
        widgets::muted(ui, t("review-not-asked"));
    }
    if !cx.can_write {
        return;
    }
    let said = form.said.get_or_insert_with(ReviewSaid::default);
    widgets::form_row(ui, t("review-say"), |ui| {
        let shown = if said.state.is_empty() { t("review-choose") } else { review_word(&said.state) };
        ComboBox::from_id_salt("review").selected_text(shown).width(160.0).list(ui, |ui| {
            for word in REVIEW_STATES {
                ui.selectable_value(&mut said.state, word.to_owned(), review_word(word));
            }
        });
    });
    if said.state.is_empty() {
        return;
    }
    said_ui(ui, said);
    if keep_button(ui, said) {
        cx.want(Intent::Command(Command::ReviewItem { item: item.id.clone(), said: Box::new(said.clone()) }));
        form.said = None;
    }
}

/// Pressed: what is said is to be kept. Why it cannot be stands above.
pub fn keep_button(ui: &mut Ui, said: &ReviewSaid) -> bool {
    let fault = said.fault().filter(|_| !said.state.is_empty());
    if let Some(fault) = &fault {
        widgets::caption(ui, fault);
    }
    ui.add_enabled(fault.is_none() && !said.state.is_empty(), egui::Button::new(t("review-keep"))).clicked()
}

/// The words that go with what is said.
pub fn said_ui(ui: &mut Ui, said: &mut ReviewSaid) {
    let field = |ui: &mut Ui, name: &'static str, value: &mut Option<String>, width: f32| {
        let mut text = value.clone().unwrap_or_default();
        widgets::form_row(ui, name, |ui| widgets::text_field(ui, name, &mut text, width));
        *value = Some(text).filter(|text| !text.is_empty());
    };
    if said.state == "blocked" {
        widgets::form_row(ui, t("item-reason"), |ui| {
            let shown = said.reason.as_deref().map_or(t("review-choose"), block_word).to_owned();
            ComboBox::from_id_salt("block reason").selected_text(shown).width(260.0).list(ui, |ui| {
                for reason in BLOCK_REASONS {
                    ui.selectable_value(&mut said.reason, Some(reason.to_owned()), block_word(reason));
                }
            });
        });
        field(ui, t("review-unblock"), &mut said.unblock, 320.0);
        field(ui, t("review-due"), &mut said.due, 110.0);
    } else {
        field(ui, t("item-reason"), &mut said.reason, 320.0);
    }
    field(ui, t("review-text"), &mut said.text, 420.0);
}
