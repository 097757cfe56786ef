//! egui's meshes drawn in memory: pictures without a display, a driver or a GPU, the same bytes on every machine.
//!
//! Blending is in gamma space with premultiplied colours, as egui means it: `dst = src + dst · (1 − src.a)` with
//! `src = vertex colour × texel`. Textures are sampled bilinearly; a pixel belongs to a triangle by the top-left rule,
//! so that a shared edge is drawn once.

use egui::epaint::{ClippedPrimitive, ImageDelta, Primitive, Vertex};
use egui::{Color32, ImageData, Mesh, TextureId, TexturesDelta};
use image::RgbaImage;
use rustc_hash::FxHashMap;

/// Keeps the textures of one egui context.
#[derive(Default)]
pub struct Raster {
    textures: FxHashMap<TextureId, Texture>,
}

struct Texture {
    width: usize,
    height: usize,
    pixels: Vec<Color32>,
}

impl Texture {
    fn apply(&mut self, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        let [w, h] = image.size;
        match delta.pos {
            None => *self = Self { width: w, height: h, pixels: image.pixels.clone() },
            Some([x, y]) => {
                for row in 0..h {
                    let to = (y + row) * self.width + x;
                    self.pixels[to..to + w].copy_from_slice(&image.pixels[row * w..(row + 1) * w]);
                }
            }
        }
    }

    /// The texel at a texture coordinate, between its four neighbours.
    fn sample(&self, u: f32, v: f32) -> [f32; 4] {
        let x = (u * self.width as f32 - 0.5).clamp(0.0, (self.width - 1) as f32);
        let y = (v * self.height as f32 - 0.5).clamp(0.0, (self.height - 1) as f32);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(self.width - 1), (y0 + 1).min(self.height - 1));
        let (fx, fy) = (x - x0 as f32, y - y0 as f32);
        let at = |x: usize, y: usize| self.pixels[y * self.width + x].to_array();
        let (a, b, c, d) = (at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1));
        std::array::from_fn(|i| {
            let top = f32::from(a[i]) * (1.0 - fx) + f32::from(b[i]) * fx;
            let bottom = f32::from(c[i]) * (1.0 - fx) + f32::from(d[i]) * fx;
            (top * (1.0 - fy) + bottom * fy) / 255.0
        })
    }
}

/// A picture under construction, in floats to keep many thin layers exact.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

/// The pixels that may be drawn on: left, top, right, bottom; right and bottom excluded.
#[derive(Clone, Copy)]
struct Clip {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Raster {
    /// Takes over textures that egui made or changed.
    pub fn update(&mut self, delta: &TexturesDelta) {
        for (id, deltas) in &delta.set {
            for delta in deltas {
                let texture = self.textures.entry(*id).or_insert(Texture { width: 0, height: 0, pixels: Vec::new() });
                texture.apply(delta);
            }
        }
        for id in &delta.free {
            self.textures.remove(id);
        }
    }

    /// Draws the primitives over a background.
    pub fn draw(
        &self,
        primitives: &[ClippedPrimitive],
        size: [usize; 2],
        pixels_per_point: f32,
        background: Color32,
    ) -> RgbaImage {
        let [width, height] = size;
        let base = background.to_array().map(|channel| f32::from(channel) / 255.0);
        let mut canvas = Canvas { width, height, pixels: vec![base; width * height] };
        for clipped in primitives {
            let Primitive::Mesh(mesh) = &clipped.primitive else { continue };
            let edge = |value: f32, most: usize| (value * pixels_per_point).round().clamp(0.0, most as f32) as usize;
            let clip = Clip {
                left: edge(clipped.clip_rect.min.x, width),
                top: edge(clipped.clip_rect.min.y, height),
                right: edge(clipped.clip_rect.max.x, width),
                bottom: edge(clipped.clip_rect.max.y, height),
            };
            if clip.left < clip.right && clip.top < clip.bottom {
                self.draw_mesh(&mut canvas, mesh, clip, pixels_per_point);
            }
        }
        let bytes = canvas
            .pixels
            .iter()
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 1.0].map(|c| (c.clamp(0.0, 1.0) * 255.0 + 0.5) as u8))
            .collect();
        RgbaImage::from_raw(width as u32, height as u32, bytes).unwrap_or_else(|| RgbaImage::new(1, 1))
    }

    fn draw_mesh(&self, canvas: &mut Canvas, mesh: &Mesh, clip: Clip, pixels_per_point: f32) {
        let Some(texture) = self.textures.get(&mesh.texture_id).filter(|texture| texture.width > 0) else { return };
        for triangle in mesh.indices.chunks_exact(3) {
            let corners = [0, 1, 2].map(|i| &mesh.vertices[triangle[i] as usize]);
            draw_triangle(canvas, texture, corners, clip, pixels_per_point);
        }
    }
}

/// Twice the signed area of the triangle a b c.
fn area(a: (f32, f32), b: (f32, f32), c: (f32, f32)) -> f32 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

fn draw_triangle(canvas: &mut Canvas, texture: &Texture, corners: [&Vertex; 3], clip: Clip, scale: f32) {
    let mut corners = corners;
    let at = |v: &Vertex| (v.pos.x * scale, v.pos.y * scale);
    if area(at(corners[0]), at(corners[1]), at(corners[2])) < 0.0 {
        corners.swap(1, 2);
    }
    let [a, b, c] = corners.map(at);
    let whole = area(a, b, c);
    if whole <= 0.0 || !whole.is_finite() {
        return;
    }
    let least = |x: f32, y: f32, z: f32| x.min(y).min(z);
    let most = |x: f32, y: f32, z: f32| x.max(y).max(z);
    let left = (least(a.0, b.0, c.0).floor().max(0.0) as usize).max(clip.left);
    let right = (most(a.0, b.0, c.0).ceil().max(0.0) as usize).min(clip.right);
    let top = (least(a.1, b.1, c.1).floor().max(0.0) as usize).max(clip.top);
    let bottom = (most(a.1, b.1, c.1).ceil().max(0.0) as usize).min(clip.bottom);
    // An edge owns its pixels if it is a top or a left one.
    let owns = |from: (f32, f32), to: (f32, f32)| to.1 < from.1 || (to.1 == from.1 && to.0 > from.0);
    let edges = [(b, c, owns(b, c)), (c, a, owns(c, a)), (a, b, owns(a, b))];
    let colors = corners.map(|v| v.color.to_array().map(|channel| f32::from(channel) / 255.0));
    let is_flat = corners[0].uv == corners[1].uv && corners[1].uv == corners[2].uv;
    let flat_texel = texture.sample(corners[0].uv.x, corners[0].uv.y);
    let is_one_color = corners[0].color == corners[1].color && corners[1].color == corners[2].color;
    for y in top..bottom {
        for x in left..right {
            let p = (x as f32 + 0.5, y as f32 + 0.5);
            let weights = edges.map(|(from, to, _)| area(from, to, p));
            let inside = weights.iter().zip(&edges).all(|(&w, edge)| w > 0.0 || (w == 0.0 && edge.2));
            if !inside {
                continue;
            }
            let [wa, wb, wc] = weights.map(|w| w / whole);
            let texel = if is_flat {
                flat_texel
            } else {
                let uv =
                    |pick: fn(&Vertex) -> f32| wa * pick(corners[0]) + wb * pick(corners[1]) + wc * pick(corners[2]);
                texture.sample(uv(|v| v.uv.x), uv(|v| v.uv.y))
            };
            let color: [f32; 4] = if is_one_color {
                colors[0]
            } else {
                std::array::from_fn(|i| wa * colors[0][i] + wb * colors[1][i] + wc * colors[2][i])
            };
            let pixel = &mut canvas.pixels[y * canvas.width + x];
            let alpha = color[3] * texel[3];
            for i in 0..4 {
                pixel[i] = color[i] * texel[i] + pixel[i] * (1.0 - alpha);
            }
        }
    }
    debug_assert!(bottom <= canvas.height, "the clip rectangle keeps to the picture");
}
