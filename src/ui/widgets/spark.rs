use egui::{Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::ui::theme;

/// A small line of values; gaps where there is none. `words` says what it shows.
pub fn sparkline(ui: &mut Ui, values: &[Option<f64>], size: Vec2, words: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words));
    let known = || values.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    if !ui.is_rect_visible(rect) || !low.is_finite() || values.len() < 2 {
        return response;
    }
    let tokens = theme::tokens(ui);
    let span = if high > low { high - low } else { 1.0 };
    let inner = rect.shrink2(egui::vec2(2.0, 3.0));
    let at = |index: usize, value: f64| {
        let x = inner.left() + inner.width() * index as f32 / (values.len() - 1) as f32;
        let share = if high > low { (value - low) / span } else { 0.5 };
        pos2(x, inner.bottom() - inner.height() * share as f32)
    };
    let mut line = Vec::new();
    let mut last = None;
    for (index, value) in values.iter().enumerate() {
        match value {
            Some(value) => {
                line.push(at(index, *value));
                last = line.last().copied();
            }
            None if line.len() > 1 => {
                ui.painter().add(Shape::line(std::mem::take(&mut line), Stroke::new(1.5, tokens.series[0])));
            }
            None => line.clear(),
        }
    }
    if line.len() > 1 {
        ui.painter().add(Shape::line(line, Stroke::new(1.5, tokens.series[0])));
    }
    if let Some(end) = last {
        ui.painter().circle_filled(end, 2.0, tokens.series[0]);
    }
    response
}
