use std::path::Path;
use std::process::ExitCode;

use super::CliError;
use super::args::{Picture, Theme};
use crate::model::Time;
use crate::ui;

pub fn run(path: &Path, args: &Picture, now: Option<Time>) -> Result<ExitCode, CliError> {
    let page = ui::Page::parse(&args.page).ok_or_else(|| {
        let pages: Vec<&str> = ui::Page::ALL.iter().map(|page| page.id()).collect();
        CliError::Usage(format!("there is no page \"{}\"; the pages are {}", args.page, pages.join(", ")))
    })?;
    let size = parse_size(&args.size)
        .ok_or_else(|| CliError::Usage(format!("--size {}: write it like 1280x800, from 400x300 to 8000x8000", args.size)))?;
    let folder = tempfile_folder()?;
    let sample = folder.join("sample.db");
    let path = if args.sample {
        drop(super::open_sample(&sample, now)?);
        sample.as_path()
    } else {
        path
    };
    let is_dark = matches!(args.theme, Theme::Dark);
    let written = ui::write_picture(path, page, size, is_dark, &args.out);
    std::fs::remove_dir_all(&folder).ok(); // only the sample of this picture
    written.map_err(CliError::Failed)?;
    println!("Wrote {}", args.out.display());
    Ok(ExitCode::SUCCESS)
}

fn tempfile_folder() -> Result<std::path::PathBuf, CliError> {
    let folder = std::env::temp_dir().join(format!("gemba-picture-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn parse_size(text: &str) -> Option<[u32; 2]> {
    let (width, height) = text.split_once('x')?;
    let size = [width.parse().ok()?, height.parse().ok()?];
    ((400..=8000).contains(&size[0]) && (300..=8000).contains(&size[1])).then_some(size)
}
