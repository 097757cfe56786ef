//! A drawing that an item links to, as a picture in a dialog.

use std::sync::Arc;

use egui::{
    Color32, ColorImage, Mesh, Pos2, Rect, Sense, Shape, Stroke, TextureHandle, TextureOptions, Ui, pos2, vec2,
};
use rustc_hash::FxHashMap;

use crate::engine::drawing::{Drawing, Form, Picture};
use crate::ui::text::{t, tn};
use crate::ui::theme::{PAPER, drawn};
use crate::ui::widgets;

/// The space around the drawing.
const MARGIN: f32 = 16.0;
/// Of an arrow, in points.
const HEAD: f32 = 9.0;

/// A drawing in sight, with the textures of its pictures.
pub struct ShownDrawing {
    drawing: Box<Drawing>,
    textures: FxHashMap<*const Picture, TextureHandle>,
}

impl ShownDrawing {
    pub fn new(drawing: Box<Drawing>) -> Self {
        Self { drawing, textures: FxHashMap::default() }
    }

    /// `false` when it is done with.
    pub fn ui(&mut self, ui: &Ui) -> bool {
        self.upload(ui);
        dialog(ui, &self.drawing, &self.textures)
    }

    /// One picture a frame, so that no frame waits for many.
    fn upload(&mut self, ui: &Ui) {
        let pictures = self.drawing.shapes.iter().filter_map(|shape| match &shape.form {
            Form::Picture(picture) => Some(picture),
            _ => None,
        });
        let mut waiting = pictures.filter(|picture| !self.textures.contains_key(&Arc::as_ptr(picture)));
        let Some(picture) = waiting.next() else { return };
        let image = ColorImage::from_rgba_unmultiplied([picture.width, picture.height], &picture.rgba);
        let texture = ui.ctx().load_texture("picture in a drawing", image, TextureOptions::LINEAR);
        if waiting.next().is_some() {
            ui.ctx().request_repaint();
        }
        self.textures.insert(Arc::as_ptr(picture), texture);
    }
}

fn dialog(ui: &Ui, drawing: &Drawing, textures: &FxHashMap<*const Picture, TextureHandle>) -> bool {
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
        paint(ui, drawing, textures, rect.shrink(MARGIN));
        if drawing.left_out > 0 {
            widgets::caption(ui, tn("drawing-left-out", drawing.left_out as u64));
        }
        ui.horizontal(|ui| widgets::at_right(ui, |ui| keep = !ui.button(t("close")).clicked()));
    });
    keep && !widgets::is_closed(&modal)
}

fn paint(ui: &Ui, drawing: &Drawing, textures: &FxHashMap<*const Picture, TextureHandle>, rect: Rect) {
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
        match &shape.form {
            Form::Text => {
                let Some(corner) = points.first() else { continue };
                let font = |size: f32| egui::FontId::proportional(size.clamp(3.0, 120.0));
                let wanted = shape.font_size * scale;
                let text = painter.layout_no_wrap(shape.text.clone(), font(wanted), drawn(shape.stroke));
                // Our letters may be wider than those it was drawn with: they keep to its box.
                let room = points.get(1).map_or(f32::INFINITY, |opposite| (opposite.x - corner.x).abs());
                let fits = if text.size().x > room { font(wanted * room / text.size().x) } else { font(wanted) };
                painter.text(*corner, egui::Align2::LEFT_TOP, &shape.text, fits, drawn(shape.stroke));
            }
            Form::Line { is_arrow } => {
                if *is_arrow && let [.., before, end] = points.as_slice() {
                    painter.add(head(*before, *end, stroke));
                }
                painter.add(Shape::line(points, stroke));
            }
            Form::Picture(picture) => {
                if let Some(texture) = textures.get(&Arc::as_ptr(picture)) {
                    painter.add(textured(texture, &points, shape.stroke[3]));
                }
            }
            Form::Rectangle | Form::Diamond | Form::Ellipse => {
                let fill = shape.fill.map_or(Color32::TRANSPARENT, drawn);
                painter.add(Shape::convex_polygon(points, fill, stroke));
            }
        }
    }
}

/// A picture between its four corners, which may be turned or mirrored.
fn textured(texture: &TextureHandle, corners: &[Pos2], opacity: u8) -> Mesh {
    const OF_PICTURE: [Pos2; 4] = [pos2(0.0, 0.0), pos2(1.0, 0.0), pos2(1.0, 1.0), pos2(0.0, 1.0)];
    let mut mesh = Mesh::with_texture(texture.id());
    let color = Color32::from_white_alpha(opacity);
    mesh.vertices = corners.iter().zip(OF_PICTURE).map(|(&pos, uv)| egui::epaint::Vertex { pos, uv, color }).collect();
    if mesh.vertices.len() == OF_PICTURE.len() {
        mesh.add_triangle(0, 1, 2);
        mesh.add_triangle(0, 2, 3);
    }
    mesh
}

fn head(before: Pos2, end: Pos2, stroke: Stroke) -> Shape {
    let back = (before - end).normalized() * HEAD;
    let wings = [0.5f32, -0.5].map(|turn| end + egui::emath::Rot2::from_angle(turn) * back);
    Shape::line(vec![wings[0], end, wings[1]], stroke)
}
