//! A drawing of Excalidraw, read for a picture: shapes with straight lines, in the order in which they lie on each other.
//!
//! What is deleted is left out; a shape of an unknown kind becomes a box, and so does a picture that cannot be shown.
//! Links and embedded pages are never opened.

mod picture;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::EngineError;
pub use picture::Picture;
use picture::Pictures;

/// A larger file holds pictures, not a sketch.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// Shapes beyond this are not drawn; a person could not tell them apart.
const MOST_SHAPES: usize = 20_000;

#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    pub name: String,
    /// Left, top, right, bottom of everything.
    pub bounds: [f32; 4],
    pub shapes: Vec<Shape>,
    /// Shapes that were not drawn: pictures that cannot be shown, and what is beyond the limit.
    pub left_out: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    Rectangle,
    Diamond,
    Ellipse,
    /// Through points, with an arrow head at its end.
    Line {
        is_arrow: bool,
    },
    Text,
    Picture(Arc<Picture>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub form: Form,
    /// Corners of what is closed (of a picture those of its own left top, right top, right bottom, left bottom), points of a
    /// line, the corner and the opposite corner of a text.
    pub points: Vec<[f32; 2]>,
    pub text: String,
    pub font_size: f32,
    /// Red, green, blue, opacity; of a picture only its opacity counts.
    pub stroke: [u8; 4],
    pub fill: Option<[u8; 4]>,
    pub width: f32,
}

impl Drawing {
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let fault = |why: String| EngineError::Other(format!("the drawing {} cannot be shown: {why}", path.display()));
        let length = std::fs::metadata(path).map_err(|error| fault(error.to_string()))?.len();
        if length > MOST_BYTES {
            return Err(fault(format!("it has {} MB", length / 1_048_576)));
        }
        let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| fault(format!("line {} is not JSON ({error}); save it again", error.line())))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::of(&value, name).ok_or_else(|| fault("it is no drawing of Excalidraw".to_owned()))
    }

    fn of(value: &Value, name: String) -> Option<Self> {
        let elements = value.get("elements").filter(|_| value["type"] == "excalidraw")?.as_array()?;
        let mut drawing = Self { name, bounds: [0.0; 4], shapes: Vec::new(), left_out: 0 };
        let mut pictures = Pictures::of(&value["files"]);
        for element in elements.iter().filter(|element| element["isDeleted"] != true) {
            if drawing.shapes.len() >= MOST_SHAPES {
                drawing.left_out += 1;
                continue;
            }
            let shape = shape_of(element, &mut pictures);
            let is_lost = element["type"] == "image" && !matches!(shape, Some(Shape { form: Form::Picture(_), .. }));
            drawing.left_out += usize::from(is_lost);
            drawing.shapes.extend(shape);
        }
        let points = || drawing.shapes.iter().flat_map(|shape| &shape.points);
        let edge = |at: usize, pick: fn(f32, f32) -> f32, from: f32| points().map(|p| p[at]).fold(from, pick);
        if points().next().is_some() {
            drawing.bounds = [
                edge(0, f32::min, f32::INFINITY),
                edge(1, f32::min, f32::INFINITY),
                edge(0, f32::max, f32::NEG_INFINITY),
                edge(1, f32::max, f32::NEG_INFINITY),
            ];
        }
        Some(drawing)
    }
}

fn number(element: &Value, key: &str) -> f32 {
    let value = element[key].as_f64().unwrap_or_default() as f32;
    if value.is_finite() { value.clamp(-1e6, 1e6) } else { 0.0 }
}

fn shape_of(element: &Value, pictures: &mut Pictures<'_>) -> Option<Shape> {
    let (x, y) = (number(element, "x"), number(element, "y"));
    let (w, h) = (number(element, "width"), number(element, "height"));
    let corners = vec![[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
    let (form, points) = match element["type"].as_str()? {
        "selection" => return None,
        "diamond" => {
            let (cx, cy) = (x + w / 2.0, y + h / 2.0);
            (Form::Diamond, vec![[cx, y], [x + w, cy], [cx, y + h], [x, cy]])
        }
        "ellipse" => (Form::Ellipse, ellipse(x, y, w, h)),
        "text" => (Form::Text, vec![[x, y], [x + w, y + h]]),
        kind @ ("line" | "arrow" | "freedraw") => {
            let given = element["points"].as_array().into_iter().flatten();
            let at = |point: &Value, n: usize| point[n].as_f64().unwrap_or_default().clamp(-1e6, 1e6) as f32;
            let points: Vec<[f32; 2]> = given.map(|point| [x + at(point, 0), y + at(point, 1)]).collect();
            let is_arrow = kind == "arrow" && !element["endArrowhead"].is_null();
            (Form::Line { is_arrow }, points)
        }
        "image" => match element["fileId"].as_str().and_then(|id| pictures.get(id)) {
            Some(picture) => (Form::Picture(picture), mirrored(&element["scale"], corners)),
            None => (Form::Rectangle, corners),
        },
        _ => (Form::Rectangle, corners),
    };
    let center = [x + w / 2.0, y + h / 2.0];
    let angle = number(element, "angle");
    let is_turned = angle != 0.0 && form != Form::Text;
    let opacity = element["opacity"].as_f64().unwrap_or(100.0).clamp(0.0, 100.0) / 100.0;
    let fill = color(&element["backgroundColor"], opacity).filter(|_| !matches!(form, Form::Line { .. } | Form::Text));
    let own = element["text"].as_str().or_else(|| element["name"].as_str());
    Some(Shape {
        form,
        points: points.into_iter().map(|point| if is_turned { turned(point, center, angle) } else { point }).collect(),
        text: own.unwrap_or_default().to_owned(),
        font_size: element["fontSize"].as_f64().unwrap_or(16.0).clamp(1.0, 400.0) as f32,
        stroke: color(&element["strokeColor"], opacity).unwrap_or([128, 128, 128, (opacity * 255.0) as u8]),
        fill,
        width: element["strokeWidth"].as_f64().unwrap_or(1.0).clamp(0.5, 20.0) as f32,
    })
}

/// A picture's corners, changed about where it is drawn from right to left or upside down.
fn mirrored(scale: &Value, mut corners: Vec<[f32; 2]>) -> Vec<[f32; 2]> {
    let is_flipped = |axis: usize| scale[axis].as_f64().is_some_and(|scale| scale < 0.0);
    if is_flipped(0) {
        corners.swap(0, 1);
        corners.swap(2, 3);
    }
    if is_flipped(1) {
        corners.swap(0, 3);
        corners.swap(1, 2);
    }
    corners
}

fn ellipse(x: f32, y: f32, w: f32, h: f32) -> Vec<[f32; 2]> {
    const CORNERS: u8 = 48;
    let corner = |n: u8| {
        let angle = f32::from(n) / f32::from(CORNERS) * std::f32::consts::TAU;
        [x + w / 2.0 + w / 2.0 * angle.cos(), y + h / 2.0 + h / 2.0 * angle.sin()]
    };
    (0..CORNERS).map(corner).collect()
}

fn turned(point: [f32; 2], center: [f32; 2], angle: f32) -> [f32; 2] {
    let (x, y) = (point[0] - center[0], point[1] - center[1]);
    [center[0] + x * angle.cos() - y * angle.sin(), center[1] + x * angle.sin() + y * angle.cos()]
}

/// `#rgb` or `#rrggbb`; nothing for "transparent" and other words.
fn color(value: &Value, opacity: f64) -> Option<[u8; 4]> {
    let digits = value.as_str()?.strip_prefix('#')?;
    let long = match digits.len() {
        3 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
        6 => digits.to_owned(),
        _ => return None,
    };
    let bits = u32::from_str_radix(&long, 16).ok()?;
    let [_, red, green, blue] = bits.to_be_bytes();
    Some([red, green, blue, (opacity * 255.0) as u8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_and_what_is_deleted_is_not() {
        let value = serde_json::json!({"type": "excalidraw", "elements": [
            {"type": "rectangle", "x": 10, "y": 20, "width": 100, "height": 50, "strokeColor": "#1e1e1e",
             "backgroundColor": "#fc0", "opacity": 50, "angle": 1.5707964},
            {"type": "ellipse", "x": 0, "y": 0, "width": 4, "height": 4, "isDeleted": true},
            {"type": "arrow", "x": 5, "y": 5, "points": [[0, 0], [-40, 30]], "endArrowhead": "arrow"},
            {"type": "text", "x": 0, "y": 0, "width": 40, "height": 20, "text": "SHOP-7", "fontSize": 20},
            {"type": "hologram", "x": 0, "y": 0, "width": 4, "height": 4},
            {"type": "image", "x": 900, "y": 0, "width": 4, "height": 4},
            {"type": "rectangle", "x": "far", "width": 1e300}
        ]});
        let drawing = Drawing::of(&value, "a".to_owned()).unwrap();
        assert_eq!((drawing.shapes.len(), drawing.left_out), (6, 1));
        assert_eq!(drawing.shapes[0].fill, Some([255, 204, 0, 127]));
        // A quarter turn swaps the sides about the centre (60, 45).
        let [x, y] = drawing.shapes[0].points[0];
        assert!((x - 85.0).abs() < 0.01 && (y - -5.0).abs() < 0.01, "{x} {y}");
        assert_eq!(drawing.shapes[1].form, Form::Line { is_arrow: true });
        assert_eq!(drawing.shapes[1].points, [[5.0, 5.0], [-35.0, 35.0]]);
        assert_eq!(drawing.shapes[2].text, "SHOP-7");
        assert_eq!(Drawing::of(&serde_json::json!({"type": "other", "elements": []}), String::new()), None);
    }

    /// A picture of two by one pixels: red, blue.
    fn data_url(format: image::ImageFormat, kind: &str) -> String {
        use base64::Engine as _;
        let pixels = image::RgbImage::from_raw(2, 1, vec![255, 0, 0, 0, 0, 255]).unwrap();
        let mut bytes = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut bytes, format).unwrap();
        format!("data:image/{kind};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes.into_inner()))
    }

    #[test]
    fn pictures_are_unpacked_once_and_those_that_cannot_be_are_counted() {
        let image = |file: &str, scale: [i8; 2]| serde_json::json!({"type": "image", "x": 0, "y": 0, "width": 20, "height": 10, "fileId": file, "scale": scale});
        let value = serde_json::json!({"type": "excalidraw",
            "elements": [image("p", [1, 1]), image("p", [-1, 1]), image("j", [1, -1]), image("svg", [1, 1]),
                image("cut", [1, 1]), image("gone", [1, 1])],
            "files": {
                "p": {"mimeType": "image/png", "dataURL": data_url(image::ImageFormat::Png, "png")},
                "j": {"mimeType": "image/jpeg", "dataURL": data_url(image::ImageFormat::Jpeg, "jpeg")},
                "svg": {"mimeType": "image/svg+xml", "dataURL": "data:image/svg+xml;base64,PHN2Zy8+"},
                "cut": {"mimeType": "image/png", "dataURL": "data:image/png;base64,iVBORw0KGgo="}}
        });
        let drawing = Drawing::of(&value, "a".to_owned()).unwrap();
        assert_eq!((drawing.shapes.len(), drawing.left_out), (6, 3));
        let [Form::Picture(first), Form::Picture(again)] = [&drawing.shapes[0].form, &drawing.shapes[1].form] else {
            panic!("{:?}", drawing.shapes)
        };
        assert!(Arc::ptr_eq(first, again));
        assert_eq!((first.width, first.height, &first.rgba[..4]), (2, 1, &[255, 0, 0, 255][..]));
        assert_eq!(drawing.shapes[1].points, [[20.0, 0.0], [0.0, 0.0], [0.0, 10.0], [20.0, 10.0]]);
        assert_eq!(drawing.shapes[2].points, [[0.0, 10.0], [20.0, 10.0], [20.0, 0.0], [0.0, 0.0]]);
    }
}
