//! Pages as pictures, without a display.

use std::path::Path;
use std::time::{Duration, Instant};

use egui::{RawInput, Rect, Theme, pos2, vec2};

use super::raster::Raster;
use super::{App, Page, theme};

/// How long a page may take to load its data.
const PATIENCE: Duration = Duration::from_secs(60);

/// Draws one page of a workspace to a PNG file.
pub fn write_picture(workspace: &Path, page: Page, size: [u32; 2], is_dark: bool, out: &Path) -> Result<(), String> {
    let theme = if is_dark { Theme::Dark } else { Theme::Light };
    let mut camera = Camera::new(workspace, page)?;
    camera.shoot(page, size, theme, out)
}

/// Draws every page in both themes; returns how many pictures there are.
pub fn write_pictures(workspace: &Path, folder: &Path) -> Result<usize, String> {
    let mut camera = Camera::new(workspace, Page::Loop)?;
    let mut written = 0;
    for (theme, name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        for page in Page::ALL {
            let out = folder.join(format!("{}-{name}.png", page.id()));
            camera.shoot(page, [1280, 800], theme, &out)?;
            written += 1;
        }
    }
    Ok(written)
}

struct Camera {
    ctx: egui::Context,
    app: App,
    raster: Raster,
}

impl Camera {
    fn new(workspace: &Path, page: Page) -> Result<Self, String> {
        let ctx = egui::Context::default();
        let app = App::for_picture(&ctx, workspace, page).map_err(|error| error.to_string())?;
        Ok(Self { ctx, app, raster: Raster::default() })
    }

    fn shoot(&mut self, page: Page, size: [u32; 2], theme: Theme, out: &Path) -> Result<(), String> {
        self.app.show_page(page);
        self.ctx.set_theme(theme);
        let begun = Instant::now();
        let mut steady = 0;
        loop {
            let output = self.frame(size);
            // Fonts and sizes settle within a few frames of the last change.
            steady = if self.app.is_settled() { steady + 1 } else { 0 };
            if steady > 4 {
                let primitives = self.ctx.tessellate(output.0, output.1);
                let size = size.map(|side| side as usize);
                let image = self.raster.draw(&primitives, size, output.1, theme::of(theme).canvas);
                return image.save(out).map_err(|error| format!("{}: {error}", out.display()));
            }
            if begun.elapsed() > PATIENCE {
                return Err("the page did not come to rest".to_owned());
            }
            if steady == 0 {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    fn frame(&mut self, size: [u32; 2]) -> (Vec<egui::epaint::ClippedShape>, f32) {
        let screen = Rect::from_min_size(pos2(0.0, 0.0), vec2(size[0] as f32, size[1] as f32));
        let input = RawInput { screen_rect: Some(screen), ..RawInput::default() };
        let Self { ctx, app, raster } = self;
        app.step(ctx);
        let mut output = ctx.run_ui(input, |ui| app.frame_ui(ui));
        raster.update(&output.textures_delta);
        output.textures_delta.clear();
        (std::mem::take(&mut output.shapes), output.pixels_per_point)
    }
}
