//! The window: egui over the engine. `app` runs it, `pages` draw it, [`theme`] and `widgets` are its look.
//!
//! `logic` drains events and runs what the pages asked for; `ui` only draws. A page gets a view model and its own state
//! and pushes `cx::Intent`s. No page computes a figure.

mod app;
use app::export as app_export;
mod cx;
mod icons;
mod pages;
mod picture;
pub mod raster;
mod text;
pub mod theme;
mod widgets;

use std::path::Path;

use crate::engine::format;
pub use app::{App, Prefs};
pub use cx::Page;
pub use picture::{write_picture, write_pictures};

/// Opens the window on a workspace and returns when it is closed.
pub fn open_window(path: &Path) -> Result<(), String> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Gemba")
            .with_app_id("gemba")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([900.0, 560.0])
            .with_drag_and_drop(true),
        renderer: eframe::Renderer::Glow,
        persist_window: true,
        ..Default::default()
    };
    let path = path.to_owned();
    eframe::run_native(
        "Gemba",
        options,
        Box::new(move |cc| {
            let prefs = cc.storage.and_then(|storage| eframe::get_value(storage, eframe::APP_KEY)).unwrap_or_default();
            Ok(Box::new(App::new(&cc.egui_ctx, &path, prefs)?))
        }),
    )
    .map_err(|error| error.to_string())
}
