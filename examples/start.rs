//! How long a window takes to its first frame: `start empty` or `start WORKSPACE`. Prints milliseconds and ends.
//! `benches/start.sh` compares the two.

use std::path::PathBuf;
use std::time::Instant;

use eframe::egui;
use gemba::ui::App;

/// The window with the same fonts and nothing in it.
struct Empty;

impl eframe::App for Empty {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.label("Gemba");
    }
}

/// Ends the program after the frame that comes first.
struct Timed<A> {
    app: A,
    begun: Instant,
    frames: u32,
}

impl<A: eframe::App> eframe::App for Timed<A> {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        self.frames += 1;
        // The second call comes after the first frame was painted.
        if self.frames == 2 {
            println!("{:.1}", self.begun.elapsed().as_secs_f64() * 1e3);
            ui.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        ui.request_repaint();
    }
}

fn main() -> eframe::Result {
    let begun = Instant::now();
    let what = std::env::args().nth(1).unwrap_or_else(|| "empty".to_owned());
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1280.0, 800.0]),
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    };
    eframe::run_native(
        "start",
        options,
        Box::new(move |cc| -> Result<Box<dyn eframe::App>, _> {
            if what == "empty" {
                gemba::ui::theme::install(&cc.egui_ctx);
                return Ok(Box::new(Timed { app: Empty, begun, frames: 0 }));
            }
            let app = App::new(&cc.egui_ctx, &PathBuf::from(what), gemba::ui::Prefs::default())?;
            Ok(Box::new(Timed { app, begun, frames: 0 }))
        }),
    )
}
