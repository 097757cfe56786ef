//! What operations knows to be coming: told in the brief, added and taken away there.

use egui::{ComboBox, RichText, Ui};
use jiff::civil::Date;

use super::mode::{MOST, tight};
use crate::engine::PlanView;
use crate::metrics::{date_of, start_of_day};
use crate::model::plan_rules::{Ahead, AheadKind, TeamRules};
use crate::ui::cx::{Cx, Intent};
use crate::ui::format;
use crate::ui::icons::Icon;
use crate::ui::text::{t, ta, tn};
use crate::ui::theme::StatusKind;
use crate::ui::widgets::{self, List as _};

/// Days before its day from which what runs out is pressing.
const SOON_DAYS: i64 = 14;

pub struct AheadForm {
    day: String,
    kind: AheadKind,
    what: String,
    is_new: bool,
}

pub fn ahead_word(kind: AheadKind) -> &'static str {
    match kind {
        AheadKind::Certificate => t("ahead-certificate"),
        AheadKind::EndOfLife => t("ahead-end-of-life"),
        AheadKind::Maintenance => t("ahead-maintenance"),
        AheadKind::Offer => t("ahead-offer"),
        AheadKind::Other => t("ahead-other"),
    }
}

fn kind_of(ahead: &Ahead, today: Date) -> StatusKind {
    let days = today.until(ahead.day).map_or(0, |span| i64::from(span.get_days()));
    match ahead.kind {
        AheadKind::Certificate | AheadKind::EndOfLife if days < 0 => StatusKind::Crit,
        AheadKind::Certificate | AheadKind::EndOfLife if days <= SOON_DAYS => StatusKind::Warn,
        AheadKind::Maintenance => StatusKind::Warn,
        AheadKind::Offer => StatusKind::Ok,
        _ => StatusKind::Info,
    }
}

/// What a list of what is coming was asked for.
pub enum Wish {
    Add,
    TakeAway(Ahead),
}

/// Changes what a team was told to be coming.
pub fn change(team: &str, cx: &mut Cx<'_>, change: impl FnOnce(&mut TeamRules)) {
    let mut settings = (*cx.snapshot.settings).clone();
    let mut rules = settings.team(team);
    change(&mut rules);
    settings.teams.insert(team.to_owned(), rules);
    cx.want(Intent::Settings(Box::new(settings)));
}

/// What is coming, who is on call, and the days off up to the end of the sprint.
pub fn ui(ui: &mut Ui, view: &PlanView, cx: &Cx<'_>) -> Option<Wish> {
    let brief = &view.meeting.brief;
    let today = date_of(cx.now, cx.zone);
    let day = |date: Date| format::near_date(start_of_day(date, cx.zone).unwrap_or(cx.now), cx.now, cx.zone);
    let can = cx.can_write && view.team.is_some();
    let mut wish = None;
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        widgets::panel_title(ui, t("mode-ahead"));
        widgets::at_right(ui, |ui| {
            let button = egui::Button::new(t("ahead-add"));
            if ui.add_enabled(can, button).on_hover_text(t("ahead-add-hint")).clicked() {
                wish = Some(Wish::Add);
            }
        });
    });
    if brief.ahead.is_empty() && brief.on_call.is_empty() && brief.days_off.is_empty() {
        widgets::muted(ui, t("ahead-none"));
    }
    tight(ui, |ui| {
        for it in brief.ahead.iter().take(MOST) {
            if row_ui(ui, it, &day(it.day), kind_of(it, today), can) {
                wish = Some(Wish::TakeAway(it.clone()));
            }
        }
        if brief.ahead.len() > MOST {
            widgets::caption(ui, tn("mode-more", (brief.ahead.len() - MOST) as u64));
        }
        for (who, from, to) in brief.on_call.iter().take(MOST) {
            ui.label(ta("mode-on-call", &[("who", who), ("from", &day(*from)), ("to", &day(*to))]));
        }
        for (date, name) in brief.days_off.iter().take(MOST) {
            let name = name.as_deref().unwrap_or_else(|| t("mode-day-off"));
            ui.label(ta("mode-day-off-named", &[("day", &day(*date)), ("name", name)]));
        }
    });
    wish
}

/// Whether it is to be taken away.
fn row_ui(ui: &mut Ui, ahead: &Ahead, day: &str, kind: StatusKind, can: bool) -> bool {
    let mut goes = false;
    ui.horizontal(|ui| {
        widgets::status_dot(ui, kind);
        widgets::at_right(ui, |ui| {
            let name = ta("ahead-remove", &[("what", &ahead.what)]);
            goes = can && widgets::icon_button(ui, Icon::Trash, &name).clicked();
            widgets::caption(ui, format!("{day} · {}", ahead_word(ahead.kind)));
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(&ahead.what).truncate()).on_hover_text(&ahead.what);
            });
        });
    });
    goes
}

impl AheadForm {
    pub fn new(today: Date) -> Self {
        Self { day: today.to_string(), kind: AheadKind::Certificate, what: String::new(), is_new: true }
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui, team: &str, cx: &mut Cx<'_>) -> bool {
        let mut keep = true;
        let modal = widgets::modal(ui, "ahead").show(ui.ctx(), |ui| {
            ui.set_width(420.0);
            keep = self.fields_ui(ui, team, cx);
        });
        !widgets::is_dismissed(&modal) && keep
    }

    fn fields_ui(&mut self, ui: &mut Ui, team: &str, cx: &mut Cx<'_>) -> bool {
        widgets::heading(ui, t("ahead-title"));
        widgets::form_row(ui, t("ahead-what"), |ui| {
            let field = widgets::text_field(ui, t("ahead-what"), &mut self.what, 264.0);
            if std::mem::take(&mut self.is_new) {
                field.request_focus();
            }
        });
        widgets::form_row(ui, t("ahead-kind"), |ui| {
            let shown = ComboBox::from_id_salt("ahead kind").width(220.0).selected_text(ahead_word(self.kind));
            shown.list(ui, |ui| {
                for kind in AheadKind::ALL {
                    ui.selectable_value(&mut self.kind, kind, ahead_word(kind));
                }
            });
        });
        widgets::form_row(ui, t("ahead-day"), |ui| widgets::text_field(ui, t("ahead-day"), &mut self.day, 110.0));
        let day = self.day.trim().parse::<Date>().ok();
        if day.is_none() {
            ui.label(RichText::new(t("ahead-no-day")).color(cx.tokens.crit));
        }
        let can = cx.can_write && day.is_some() && !self.what.trim().is_empty();
        let (cancels, saves) = super::dialog_buttons(ui, t("item-save"), can);
        if let Some(day) = day.filter(|_| saves) {
            let ahead = Ahead { day, kind: self.kind, what: self.what.trim().to_owned() };
            change(team, cx, |rules| rules.expect(ahead));
        }
        !(cancels || saves)
    }
}
