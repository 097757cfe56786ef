use std::process::ExitCode;

use clap::Parser as _;
use gemba::cli::{Args, Next, PictureAsk};
use gemba::ui;

fn main() -> ExitCode {
    match gemba::cli::run(Args::parse()) {
        Ok(Next::Done(code)) | Err(code) => code,
        Ok(Next::Window(path)) => finish(ui::open_window(&path), "the window cannot be opened"),
        Ok(Next::Picture(ask)) => picture(&ask),
        Ok(Next::DemoPictures { workspace, folder }) => {
            let written = ui::write_pictures(&workspace, &folder).map(|written| {
                println!();
                println!(
                    "There is no display here, so the pages were written as {written} pictures to {}",
                    folder.display()
                );
            });
            finish(written, "the pictures cannot be written")
        }
    }
}

fn picture(ask: &PictureAsk) -> ExitCode {
    let Some(page) = ui::Page::parse(&ask.page) else {
        let pages: Vec<&str> = ui::Page::ALL.iter().map(|page| page.id()).collect();
        eprintln!("gemba: there is no page \"{}\"; the pages are {}", ask.page, pages.join(", "));
        return ExitCode::from(2);
    };
    let written = ui::write_picture(&ask.workspace, page, ask.size, ask.is_dark, &ask.out);
    if let Some(scratch) = &ask.scratch {
        std::fs::remove_dir_all(scratch).ok(); // only the sample of this picture
    }
    finish(written.map(|()| println!("Wrote {}", ask.out.display())), "the picture cannot be drawn")
}

fn finish(result: Result<(), String>, what: &str) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("gemba: {what}: {why}");
            ExitCode::FAILURE
        }
    }
}
