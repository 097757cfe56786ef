//! Icons as strokes on a 16-unit grid, tinted by the text colour. Drawn, so that they are sharp at any zoom and the
//! same in the window and in pictures; a dozen of them weigh less than an SVG renderer.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, pos2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    Loop,
    Plan,
    Pipelines,
    Delivery,
    Sources,
    Settings,
    Search,
    Close,
    Bell,
    Sidebar,
    Download,
    Plus,
    Check,
    Folder,
    Git,
    File,
    Undo,
    Trash,
    Edit,
    ChevronRight,
    ChevronDown,
    ArrowUp,
    ArrowDown,
    Info,
    Link,
    Copy,
    Table,
}

enum Stroked {
    Line(&'static [(f32, f32)]),
    Closed(&'static [(f32, f32)]),
    Circle(f32, f32, f32),
    Dot(f32, f32, f32),
}
use Stroked::{Circle, Closed, Dot, Line};

impl Icon {
    const fn strokes(self) -> &'static [Stroked] {
        match self {
            Self::Loop => &[
                Line(&[
                    (8.0, 8.0),
                    (5.8, 5.8),
                    (4.2, 5.2),
                    (2.6, 5.8),
                    (2.0, 8.0),
                    (2.6, 10.2),
                    (4.2, 10.8),
                    (5.8, 10.2),
                    (8.0, 8.0),
                ]),
                Line(&[
                    (8.0, 8.0),
                    (10.2, 5.8),
                    (11.8, 5.2),
                    (13.4, 5.8),
                    (14.0, 8.0),
                    (13.4, 10.2),
                    (11.8, 10.8),
                    (10.2, 10.2),
                    (8.0, 8.0),
                ]),
            ],
            Self::Pipelines => &[
                Circle(3.5, 8.0, 1.8),
                Circle(12.5, 4.0, 1.8),
                Circle(12.5, 12.0, 1.8),
                Line(&[(5.3, 8.0), (8.0, 8.0), (8.0, 4.0), (10.7, 4.0)]),
                Line(&[(8.0, 8.0), (8.0, 12.0), (10.7, 12.0)]),
            ],
            Self::Plan => &[
                Closed(&[(2.5, 2.5), (13.5, 2.5), (13.5, 13.5), (2.5, 13.5)]),
                Line(&[(5.0, 6.0), (6.2, 7.2), (8.2, 4.8)]),
                Line(&[(9.8, 6.0), (11.2, 6.0)]),
                Line(&[(5.0, 10.4), (11.2, 10.4)]),
            ],
            Self::Delivery => &[
                Line(&[(2.0, 2.5), (2.0, 13.5), (14.0, 13.5)]),
                Line(&[(4.5, 10.5), (7.2, 7.0), (9.6, 9.0), (13.5, 4.0)]),
            ],
            Self::Sources => &[
                Closed(&[
                    (2.5, 4.0),
                    (4.0, 2.8),
                    (8.0, 2.2),
                    (12.0, 2.8),
                    (13.5, 4.0),
                    (12.0, 5.2),
                    (8.0, 5.8),
                    (4.0, 5.2),
                ]),
                Line(&[(2.5, 4.0), (2.5, 12.0), (4.0, 13.2), (8.0, 13.8), (12.0, 13.2), (13.5, 12.0), (13.5, 4.0)]),
                Line(&[(2.5, 8.0), (4.0, 9.2), (8.0, 9.8), (12.0, 9.2), (13.5, 8.0)]),
            ],
            Self::Settings => &[
                Line(&[(2.0, 4.5), (14.0, 4.5)]),
                Line(&[(2.0, 11.5), (14.0, 11.5)]),
                Dot(10.5, 4.5, 2.0),
                Dot(5.5, 11.5, 2.0),
            ],
            Self::Search => &[Circle(7.0, 7.0, 4.3), Line(&[(10.3, 10.3), (13.8, 13.8)])],
            Self::Close => &[Line(&[(4.0, 4.0), (12.0, 12.0)]), Line(&[(12.0, 4.0), (4.0, 12.0)])],
            Self::Bell => &[
                Line(&[
                    (3.0, 11.5),
                    (4.2, 10.0),
                    (4.2, 6.8),
                    (5.4, 4.2),
                    (8.0, 3.2),
                    (10.6, 4.2),
                    (11.8, 6.8),
                    (11.8, 10.0),
                    (13.0, 11.5),
                    (3.0, 11.5),
                ]),
                Line(&[(6.8, 13.4), (9.2, 13.4)]),
            ],
            Self::Sidebar => {
                &[Closed(&[(2.0, 3.0), (14.0, 3.0), (14.0, 13.0), (2.0, 13.0)]), Line(&[(6.0, 3.0), (6.0, 13.0)])]
            }
            Self::Download => &[
                Line(&[(8.0, 2.5), (8.0, 10.0)]),
                Line(&[(4.8, 7.0), (8.0, 10.2), (11.2, 7.0)]),
                Line(&[(2.8, 13.2), (13.2, 13.2)]),
            ],
            Self::Plus => &[Line(&[(8.0, 3.0), (8.0, 13.0)]), Line(&[(3.0, 8.0), (13.0, 8.0)])],
            Self::Check => &[Line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.5)])],
            Self::Folder => &[Closed(&[(2.0, 4.0), (6.0, 4.0), (7.5, 5.5), (14.0, 5.5), (14.0, 12.8), (2.0, 12.8)])],
            Self::Git => &[
                Circle(4.5, 3.8, 1.6),
                Circle(4.5, 12.2, 1.6),
                Circle(11.5, 6.0, 1.6),
                Line(&[(4.5, 5.4), (4.5, 10.6)]),
                Line(&[(4.5, 9.5), (8.5, 9.0), (11.5, 7.6)]),
            ],
            Self::File => &[
                Closed(&[(3.5, 2.0), (9.5, 2.0), (12.5, 5.0), (12.5, 14.0), (3.5, 14.0)]),
                Line(&[(9.5, 2.0), (9.5, 5.0), (12.5, 5.0)]),
            ],
            Self::Undo => &[
                Line(&[(6.0, 3.0), (3.0, 6.0), (6.0, 9.0)]),
                Line(&[(3.0, 6.0), (10.0, 6.0), (12.4, 7.2), (13.2, 9.5), (12.4, 11.8), (10.0, 13.0), (6.5, 13.0)]),
            ],
            Self::Trash => &[
                Line(&[(2.8, 4.2), (13.2, 4.2)]),
                Line(&[(6.2, 4.2), (6.2, 2.4), (9.8, 2.4), (9.8, 4.2)]),
                Line(&[(4.2, 4.2), (4.9, 13.6), (11.1, 13.6), (11.8, 4.2)]),
            ],
            Self::Edit => &[Closed(&[(3.0, 13.0), (3.6, 10.0), (10.8, 2.8), (13.2, 5.2), (6.0, 12.4)])],
            Self::ChevronRight => &[Line(&[(6.2, 4.0), (10.2, 8.0), (6.2, 12.0)])],
            Self::ChevronDown => &[Line(&[(4.0, 6.2), (8.0, 10.2), (12.0, 6.2)])],
            Self::ArrowUp => &[Line(&[(8.0, 12.5), (8.0, 4.0)]), Line(&[(4.8, 7.2), (8.0, 4.0), (11.2, 7.2)])],
            Self::ArrowDown => &[Line(&[(8.0, 3.5), (8.0, 12.0)]), Line(&[(4.8, 8.8), (8.0, 12.0), (11.2, 8.8)])],
            Self::Info => &[Circle(8.0, 8.0, 5.8), Line(&[(8.0, 7.4), (8.0, 11.2)]), Dot(8.0, 5.1, 0.8)],
            Self::Link => &[
                Line(&[(7.0, 4.0), (3.0, 4.0), (3.0, 13.0), (12.0, 13.0), (12.0, 9.0)]),
                Line(&[(9.5, 3.0), (13.0, 3.0), (13.0, 6.5)]),
                Line(&[(13.0, 3.0), (7.5, 8.5)]),
            ],
            Self::Copy => &[
                Closed(&[(5.5, 5.5), (13.0, 5.5), (13.0, 13.5), (5.5, 13.5)]),
                Line(&[(3.0, 10.5), (3.0, 2.5), (10.5, 2.5)]),
            ],
            Self::Table => &[
                Closed(&[(2.5, 3.0), (13.5, 3.0), (13.5, 13.0), (2.5, 13.0)]),
                Line(&[(2.5, 6.5), (13.5, 6.5)]),
                Line(&[(7.0, 3.0), (7.0, 13.0)]),
            ],
        }
    }

    /// Paints the icon into `rect`, which should be square.
    pub fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let unit = rect.width() / 16.0;
        let at = |(x, y): (f32, f32)| -> Pos2 { pos2(rect.left() + x * unit, rect.top() + y * unit) };
        let stroke = Stroke::new((1.4 * unit).max(1.0), color);
        for stroked in self.strokes() {
            match *stroked {
                Line(points) => painter.add(Shape::line(points.iter().map(|&p| at(p)).collect(), stroke)),
                Closed(points) => painter.add(Shape::closed_line(points.iter().map(|&p| at(p)).collect(), stroke)),
                Circle(x, y, r) => painter.circle_stroke(at((x, y)), r * unit, stroke),
                Dot(x, y, r) => painter.circle_filled(at((x, y)), r * unit, color),
            };
        }
    }
}
