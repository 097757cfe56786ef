//! The desktop's chooser of files, on a thread of its own: where there is none, a path can still be typed.

use std::path::PathBuf;

use crossbeam_channel::{Receiver, bounded};
use egui::Context;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chooses {
    File,
    Folder,
    /// A file that is to be written.
    NewFile,
}

#[derive(Default)]
pub struct Chooser {
    answer: Option<Receiver<Option<PathBuf>>>,
}

impl Chooser {
    /// `near`: what stands in the field now.
    pub fn open(&mut self, ctx: &Context, what: Chooses, near: &str) {
        let (send, receive) = bounded(1);
        let (wake, near) = (ctx.clone(), PathBuf::from(near.trim()));
        let started = std::thread::Builder::new().name("file chooser".to_owned()).spawn(move || {
            let mut chooser = rfd::FileDialog::new();
            if let Some(folder) = near.parent().filter(|folder| folder.is_dir()) {
                chooser = chooser.set_directory(folder);
            }
            let chosen = match what {
                Chooses::File => chooser.pick_file(),
                Chooses::Folder => chooser.pick_folder(),
                Chooses::NewFile => {
                    let name = near.file_name().map(|name| name.to_string_lossy().into_owned());
                    chooser.set_file_name(name.unwrap_or_default()).save_file()
                }
            };
            send.send(chosen).ok(); // the dialog may be closed by now
            wake.request_repaint();
        });
        if started.is_ok() {
            self.answer = Some(receive);
        }
    }

    /// What was chosen since, once.
    pub fn chosen(&mut self) -> Option<PathBuf> {
        let chosen = self.answer.as_ref()?.try_recv().ok()?;
        self.answer = None;
        chosen
    }
}
