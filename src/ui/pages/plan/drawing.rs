//! A drawing that an item links to, as a picture in a dialog.

use egui::{Color32, Pos2, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};

use crate::engine::drawing::{Drawing, Form};
use crate::ui::text::{t, tn};
use crate::ui::theme::{PAPER, drawn};
use crate::ui::widgets;

/// The space around the drawing.
const MARGIN: f32 = 16.0;
/// Of an arrow, in points.
const HEAD: f32 = 9.0;

/// `false` when it is done with.
pub fn ui(ui: &Ui, drawing: &Drawing) -> bool {
    let mut keep = true;
    let modal = widgets::modal(ui, "drawing").show(ui.ctx(), |ui| {
        let screen = ui.ctx().content_rect();
        let room = vec2((screen.width() - 120.0).min(1100.0), (screen.height() - 180.0).min(720.0));
        ui.set_width(room.x);
        widgets::heading(ui, &drawing.name);
        let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Image, true, tn("drawing-words", drawing.shapes.len() as u64))
        });
        ui.painter().rect_filled(rect, 6.0, PAPER);
        paint(ui, drawing, rect.shrink(MARGIN));
        if drawing.left_out > 0 {
            widgets::caption(ui, tn("drawing-left-out", drawing.left_out as u64));
        }
        ui.horizontal(|ui| widgets::at_right(ui, |ui| keep = !ui.button(t("close")).clicked()));
    });
    keep && !modal.should_close()
}

fn paint(ui: &Ui, drawing: &Drawing, rect: Rect) {
    let [left, top, right, bottom] = drawing.bounds;
    let size = vec2((right - left).max(1.0), (bottom - top).max(1.0));
    let scale = (rect.width() / size.x).min(rect.height() / size.y).min(2.0);
    let corner = rect.center() - size * scale / 2.0;
    let at =
        |point: [f32; 2]| -> Pos2 { pos2(corner.x + (point[0] - left) * scale, corner.y + (point[1] - top) * scale) };
    let painter = ui.painter().with_clip_rect(rect.expand(MARGIN));
    for shape in &drawing.shapes {
        let points: Vec<Pos2> = shape.points.iter().map(|point| at(*point)).collect();
        let stroke = Stroke::new((shape.width * scale).max(0.75), drawn(shape.stroke));
        match shape.form {
            Form::Text => {
                let Some(corner) = points.first() else { continue };
                let font = egui::FontId::proportional((shape.font_size * scale).clamp(3.0, 120.0));
                painter.text(*corner, egui::Align2::LEFT_TOP, &shape.text, font, drawn(shape.stroke));
            }
            Form::Line { is_arrow } => {
                if is_arrow && let [.., before, end] = points.as_slice() {
                    painter.add(head(*before, *end, stroke));
                }
                painter.add(Shape::line(points, stroke));
            }
            Form::Rectangle | Form::Diamond | Form::Ellipse => {
                let fill = shape.fill.map_or(Color32::TRANSPARENT, drawn);
                painter.add(Shape::convex_polygon(points, fill, stroke));
            }
        }
    }
}

fn head(before: Pos2, end: Pos2, stroke: Stroke) -> Shape {
    let back = (before - end).normalized() * HEAD;
    let wings = [0.5f32, -0.5].map(|turn| end + egui::emath::Rot2::from_angle(turn) * back);
    Shape::line(vec![wings[0], end, wings[1]], stroke)
}
