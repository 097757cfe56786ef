//! A list that hangs from a field: what a key chooses closes it, and the keyboard comes back to the field.

use egui::{ComboBox, InnerResponse, Key, Ui};

pub trait List {
    fn list<R>(self, ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<Option<R>>;
}

impl List for ComboBox<'_> {
    fn list<R>(self, ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<Option<R>> {
        let mut is_chosen = false;
        let shown = self.show_ui(ui, |ui| {
            let focus = ui.memory(|memory| memory.focused());
            let in_list =
                focus.and_then(|id| ui.ctx().read_response(id)).is_some_and(|it| it.layer_id == ui.layer_id());
            let presses = ui.input(|input| input.key_pressed(Key::Enter) || input.key_pressed(Key::Space));
            // In a field of the list Enter and Space are typed.
            is_chosen = in_list && presses && !ui.ctx().text_edit_focused();
            let inner = add(ui);
            if is_chosen {
                // Nothing below the list hears it, too.
                for key in [Key::Enter, Key::Space] {
                    ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
                }
                ui.close();
            }
            inner
        });
        // It is drawn once more in the frame in which Escape closes it.
        let is_left = shown.inner.is_some() && ui.input(|input| input.key_pressed(Key::Escape));
        if is_chosen || is_left {
            shown.response.request_focus();
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use egui::{ComboBox, Key};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::List as _;

    #[test]
    fn a_key_chooses_and_the_keyboard_comes_back_to_the_field() {
        let mut is_new = true;
        let mut harness = Harness::new_ui_state(
            move |ui, chosen: &mut usize| {
                if std::mem::take(&mut is_new) {
                    crate::ui::theme::install(ui.ctx());
                    return;
                }
                ui.name_inputs("Kind", |ui| {
                    ComboBox::from_id_salt("kind").selected_text(["one", "two"][*chosen]).list(ui, |ui| {
                        for (n, word) in ["one", "two"].into_iter().enumerate() {
                            ui.selectable_value(chosen, n, word);
                        }
                    });
                });
            },
            0,
        );
        harness.run();
        harness.get_by_label("Kind").focus();
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert!(harness.query_by_label("two").is_some(), "the list is open");
        harness.get_by_label("two").focus();
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), 1);
        assert!(harness.query_by_label("one").is_none(), "the list is closed");
        assert!(harness.get_by_label("Kind").is_focused());
        harness.key_press(Key::Enter);
        harness.run();
        harness.key_press(Key::Escape);
        harness.run();
        assert!(harness.query_by_label("one").is_none());
        assert!(harness.get_by_label("Kind").is_focused());
    }
}
