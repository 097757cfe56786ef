//! What stands above the page, and what was typed there: a form is not dropped by a stray key or click.

use egui::output::OutputEvent;
use egui::{Context, Event, Frame, Id, Key, LayerId, Margin, Rect, Ui, Vec2};

use super::super::icons::Icon;
use super::super::text::t;
use super::{heading, muted, primary_button, small_icon_button};

/// What stands above the page and must be answered or closed.
pub fn modal(ui: &Ui, name: &'static str) -> egui::Modal {
    modal_in(ui.ctx(), name)
}

fn modal_in(ctx: &Context, name: &'static str) -> egui::Modal {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(16));
    let id = Id::unique(name);
    // Below the lists of its fields: pressed and let go within one frame, a field would raise the dialog above its list.
    let mut area = egui::Modal::default_area(id).order(egui::Order::Middle);
    area = area.anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, top_of(ctx, id)));
    egui::Modal::new(id).area(area).frame(frame)
}

/// Whether keys belong to something that lies on top of the page.
pub fn is_covered(ui: &Ui) -> bool {
    egui::Popup::is_any_open(ui) || ui.memory(|memory| memory.top_modal_layer().is_some())
}

/// Whether Enter is for the dialog itself: not for a list or a question above it, nor for a button that has the keyboard.
pub fn hears_enter(ui: &Ui) -> bool {
    let is_free = ui.text_edit_focused() || ui.memory(|memory| memory.focused().is_none());
    is_free && !egui::Popup::is_any_open(ui) && is_uppermost(ui) && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Nothing asks a question above the dialog.
pub fn is_uppermost(ui: &Ui) -> bool {
    ui.memory(|memory| memory.top_modal_layer()).is_none_or(|top| top == ui.layer_id())
}

/// Of the window's height, what stands above a dialog: it grows downwards, and seldom comes to the messages at the foot.
const ABOVE: f32 = 0.14;

/// Where the top of a dialog stands, from the top of the window: always at the same height, so that nothing moves under the
/// pointer when it grows or shrinks. Only for want of room below it goes up, and stays there.
fn top_of(ctx: &Context, id: Id) -> f32 {
    #[derive(Clone, Copy)]
    struct Stand {
        seen: u64,
        top: f32,
    }
    let pass = ctx.cumulative_pass_nr();
    let key = id.with("stand");
    let before: Option<Stand> = ctx.data(|data| data.get_temp(key));
    // What was open before is another dialog.
    let before = before.filter(|stand| pass.saturating_sub(stand.seen) <= 1);
    let height = ctx.content_rect().height();
    let shown = before.and_then(|_| ctx.memory(|memory| memory.area_rect(id)));
    let lowest = shown.map_or(height, |shown| (height - EDGE - shown.height()).max(EDGE));
    let top = before.map_or(height * ABOVE, |stand| stand.top).min(lowest);
    ctx.data_mut(|data| data.insert_temp(key, Stand { seen: pass, top }));
    top
}

/// The middle of a modal: as high as its content, up to what the window has beside head and foot.
pub fn modal_scroll(ui: &Ui) -> egui::ScrollArea {
    modal_scroll_below(ui, 0.0)
}

/// The same where the head holds more than a title, by how much more.
pub fn modal_scroll_below(ui: &Ui, head: f32) -> egui::ScrollArea {
    let excess: f32 = ui.data(|data| data.get_temp(excess_of(ui.layer_id()))).unwrap_or_default();
    let room = (ui.ctx().content_rect().height() - 200.0 - head - excess).max(LEAST_SCROLLED);
    // A modal remembers its size: without the least height it could not grow beyond what it showed first.
    egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true])
}

/// The middle of a form shows so much, however small the window is.
const LEAST_SCROLLED: f32 = 120.0;
/// Between a form and the edge of the window.
const EDGE: f32 = 8.0;

/// The foot of a dialog at its right end: another way out, and the one thing that it is for. The keyboard comes to them in
/// the order in which they are read.
pub fn two_buttons(ui: &mut Ui, other: &str, main: &str, can: bool) -> (egui::Response, egui::Response) {
    let font = egui::TextStyle::Button.resolve(ui.style());
    let ink = ui.visuals().text_color();
    let width = |words: &str| {
        let galley = ui.fonts_mut(|fonts| fonts.layout_no_wrap(words.to_owned(), font.clone(), ink));
        galley.size().x + 2.0 * ui.spacing().button_padding.x
    };
    let (widths, gap) = (width(other) + width(main), ui.spacing().item_spacing.x);
    // The main one has no line around it, and is as much narrower.
    let lines = 2.0 * ui.visuals().widgets.inactive.bg_stroke.width;
    ui.add_space((ui.available_width() - widths - gap + lines).max(0.0));
    (ui.button(other), ui.add_enabled_ui(can, |ui| primary_button(ui, main)).inner)
}

/// Where it is kept by how much head and foot of a form are higher than what is left for them.
fn excess_of(layer: LayerId) -> Id {
    Id::unique(("excess", layer))
}

/// What is asked and answered below the middle takes its room from there, so that title and buttons stay in sight.
fn fit<T>(modal: &egui::ModalResponse<T>) {
    let (ctx, id) = (&modal.response.ctx, excess_of(modal.response.layer_id));
    let over = modal.response.rect.height() + 2.0 * EDGE - ctx.content_rect().height();
    let before: f32 = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let excess = (before + over).clamp(0.0, 2000.0);
    if (excess - before).abs() > 0.5 {
        ctx.data_mut(|data| data.insert_temp(id, excess));
        ctx.request_repaint();
    }
}

/// What was typed into the form of a layer since it opened.
#[derive(Clone, Copy, Default)]
struct Draft {
    /// The frame it was drawn in last; a form that was away begins anew.
    drawn: u64,
    is_typed: bool,
    /// The question whether to drop it is open.
    is_asked: bool,
}

const QUESTION: &str = "drop draft";

impl Draft {
    fn id(layer: LayerId) -> Id {
        Id::unique(("draft", layer))
    }

    fn of(ctx: &Context, layer: LayerId) -> Self {
        let now = ctx.cumulative_frame_nr();
        let kept: Option<Self> = ctx.data(|data| data.get_temp(Self::id(layer)));
        kept.filter(|draft| draft.drawn + 1 >= now).unwrap_or_default()
    }

    fn keep(self, ctx: &Context, layer: LayerId) {
        ctx.data_mut(|data| data.insert_temp(Self::id(layer), self));
    }
}

/// Where the layer of the form that is asked about is kept.
fn asked_of() -> Id {
    Id::unique((QUESTION, "of"))
}

/// What is typed to search a list that hangs from the form is no part of it.
fn is_typing(ctx: &Context, form: LayerId) -> bool {
    let focus = ctx.memory(|memory| memory.focused()).and_then(|id| ctx.read_response(id));
    if focus.is_none_or(|field| field.layer_id != form) {
        return false;
    }
    let changes_text = |event: &Event| match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut | Event::Ime(_) => true,
        Event::Key { key, pressed: true, .. } => matches!(key, Key::Backspace | Key::Delete),
        _ => false,
    };
    ctx.text_edit_focused() && ctx.input(|input| input.events.iter().any(changes_text))
}

/// One of several things, or a yes or no: in the form that is uppermost, or in a list that hangs from it.
fn is_choosing(ctx: &Context) -> bool {
    let chooses = |event: &OutputEvent| matches!(event, OutputEvent::Clicked(what) if what.selected.is_some());
    let acts = ctx.data(|data| data.get_temp(acted_in())) == Some(ctx.cumulative_pass_nr());
    !acts && ctx.output(|output| output.events.iter().any(chooses))
}

/// Where it is kept when a choice in a form was done at once.
fn acted_in() -> Id {
    Id::unique("acted at once")
}

/// What is chosen now in a form is done at once: nothing of it waits to be kept.
pub fn acts_at_once(ui: &Ui) {
    let now = ui.ctx().cumulative_pass_nr();
    ui.data_mut(|data| data.insert_temp(acted_in(), now));
}

/// Parts of a form: to look at another one changes nothing of it.
pub fn tabs<T: Copy + PartialEq>(ui: &mut Ui, current: &mut T, choices: &[(T, &str)]) {
    if super::segmented(ui, current, choices) {
        acts_at_once(ui);
    }
}

/// What stands in a form was typed before it was opened again.
pub fn holds_draft<T>(modal: &egui::ModalResponse<T>) {
    let (ctx, layer) = (&modal.response.ctx, modal.response.layer_id);
    Draft { is_typed: true, drawn: ctx.cumulative_frame_nr(), ..Draft::of(ctx, layer) }.keep(ctx, layer);
}

/// Whether what stands above the page is to go: by Escape, a click beside it, or the cross in its corner.
pub fn is_closed<T>(modal: &egui::ModalResponse<T>) -> bool {
    let is_crossed = cross(modal);
    modal.should_close() || is_crossed
}

/// A cross in the corner, in the margin beside what the dialog holds.
fn cross<T>(modal: &egui::ModalResponse<T>) -> bool {
    let (ctx, layer) = (&modal.response.ctx, modal.response.layer_id);
    let corner = modal.response.rect.right_top();
    let place = Rect::from_min_size(corner + egui::vec2(-CROSS - 1.0, 1.0), Vec2::splat(CROSS));
    let builder = egui::UiBuilder::new().layer_id(layer).max_rect(place);
    let mut ui = Ui::new(ctx.clone(), Id::unique(("cross", layer)), builder);
    small_icon_button(&mut ui, Icon::Close, t("dialog-close"), CROSS).clicked()
}

/// As large as the margin has room for, so that it covers nothing.
const CROSS: f32 = 16.0;

/// A form is closed like anything above the page; one that was typed in asks first.
pub fn is_dismissed<T>(modal: &egui::ModalResponse<T>) -> bool {
    fit(modal);
    let (ctx, layer) = (&modal.response.ctx, modal.response.layer_id);
    let mut draft = Draft { drawn: ctx.cumulative_frame_nr(), ..Draft::of(ctx, layer) };
    draft.is_typed |= modal.is_top_modal && (is_typing(ctx, layer) || is_choosing(ctx));
    let is_closed = is_closed(modal);
    let mut is_dismissed = !draft.is_asked && is_closed;
    if is_dismissed && draft.is_typed {
        (draft.is_asked, is_dismissed) = (true, false);
    } else if draft.is_asked {
        match question(ctx) {
            Some(is_dropped) => (draft.is_asked, is_dismissed) = (false, is_dropped),
            None => {
                ctx.data_mut(|data| data.insert_temp(asked_of(), layer));
            }
        }
    }
    if is_dismissed {
        draft = Draft::default();
    }
    draft.keep(ctx, layer);
    is_dismissed
}

/// Whether to drop what was typed, once that is answered.
fn question(ctx: &Context) -> Option<bool> {
    let mut answer = None;
    let modal = modal_in(ctx, QUESTION).show(ctx, |ui| {
        ui.set_width(360.0);
        heading(ui, t("draft-title"));
        muted(ui, t("draft-words"));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            let (drop, keep) = two_buttons(ui, t("draft-drop"), t("draft-keep"), true);
            if !keep.has_focus() && !drop.has_focus() {
                keep.request_focus();
            }
            answer = keep.clicked().then_some(false).or_else(|| drop.clicked().then_some(true));
        });
    });
    answer.or_else(|| modal.should_close().then_some(false))
}

/// The form above the page was typed in and asks now; not where it asks already.
pub fn asks_before_leaving(ctx: &Context) -> bool {
    let Some(form) = ctx.memory(|memory| memory.top_modal_layer()) else { return false };
    let draft = Draft::of(ctx, form);
    let asks = draft.is_typed && !draft.is_asked;
    if asks {
        Draft { is_asked: true, ..draft }.keep(ctx, form);
    }
    asks
}

/// Escape was for a form that was typed in, which asks now, or for that question, which is away.
pub fn drop_question_took_escape(ctx: &Context) -> bool {
    let Some(top) = ctx.memory(|memory| memory.top_modal_layer()) else { return false };
    let is_question = top.id == Id::unique(QUESTION);
    let form = if is_question { ctx.data(|data| data.get_temp(asked_of())) } else { Some(top) };
    let Some(form) = form else { return false };
    let mut draft = Draft::of(ctx, form);
    if !draft.is_typed {
        return false;
    }
    draft.is_asked = !is_question;
    draft.keep(ctx, form);
    true
}
