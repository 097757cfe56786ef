use egui::{Button, Popup, PopupCloseBehavior, RichText, ScrollArea, Ui};

use crate::ui::text::{t, ta};
use crate::ui::theme;

/// One thing that can be filtered for.
pub struct FilterItem<'a> {
    pub key: u32,
    pub name: &'a str,
}

/// A button that opens a list to tick; empty means all. Returns whether the choice changed.
pub fn filter_menu(ui: &mut Ui, label: &str, items: &[FilterItem<'_>], chosen: &mut Vec<u32>) -> bool {
    let before = chosen.clone();
    let words = match chosen.as_slice() {
        [] => label.to_owned(),
        [one] => {
            let name = items.iter().find(|item| item.key == *one).map_or("", |item| item.name);
            format!("{label}: {name}")
        }
        several => ta("filter-several", &[("label", label), ("n", &several.len().to_string())]),
    };
    let button = ui.add(Button::selectable(!chosen.is_empty(), words));
    Popup::from_toggle_button_response(&button)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(240.0)
        .accessible_name(label)
        .show(|ui| {
            ui.set_min_width(220.0);
            let id = ui.make_persistent_id("filter text");
            let mut search: String = ui.data_mut(|data| data.get_temp(id).unwrap_or_default());
            if items.len() > 8 {
                let field =
                    ui.add(egui::TextEdit::singleline(&mut search).hint_text(t("filter-search")).desired_width(220.0));
                field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, t("filter-search")));
            }
            let needle = search.to_lowercase();
            ui.data_mut(|data| data.insert_temp(id, search));
            if items.is_empty() {
                ui.label(RichText::new(t("filter-nothing")).color(theme::tokens(ui).muted));
            }
            ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
                for item in items.iter().filter(|item| item.name.to_lowercase().contains(&needle)).take(300) {
                    let mut on = chosen.contains(&item.key);
                    if ui.checkbox(&mut on, item.name).changed() {
                        if on {
                            chosen.push(item.key);
                        } else {
                            chosen.retain(|key| *key != item.key);
                        }
                    }
                }
            });
            if !chosen.is_empty() && ui.button(t("filter-clear")).clicked() {
                chosen.clear();
            }
        });
    before != *chosen
}
