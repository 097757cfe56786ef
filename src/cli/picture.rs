use std::path::{Path, PathBuf};

use super::CliError;
use super::args::{Picture, Theme};
use crate::engine::{EngineError, check_target};
use crate::model::Time;

/// A page to draw, checked as far as it can be without the window's room.
#[derive(Debug)]
pub struct PictureAsk {
    pub workspace: PathBuf,
    pub page: String,
    pub out: PathBuf,
    pub size: [u32; 2],
    pub is_dark: bool,
    /// A folder that holds nothing but this picture's sample, to be removed.
    pub scratch: Option<PathBuf>,
}

pub fn ask(path: &Path, args: &Picture, now: Option<Time>) -> Result<PictureAsk, CliError> {
    let size = parse_size(&args.size).ok_or_else(|| {
        CliError::Usage(format!("--size {}: write it like 1280x800, from 400x300 to 8000x8000", args.size))
    })?;
    check_target("the picture", path, &args.out).map_err(EngineError::from)?;
    let mut ask = PictureAsk {
        workspace: path.to_owned(),
        page: args.page.clone(),
        out: args.out.clone(),
        size,
        is_dark: matches!(args.theme, Theme::Dark),
        scratch: None,
    };
    if args.sample {
        let folder = std::env::temp_dir().join(format!("gemba-picture-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        ask.workspace = folder.join("sample.db");
        drop(super::open_sample(&ask.workspace, now)?);
        ask.scratch = Some(folder);
    }
    Ok(ask)
}

fn parse_size(text: &str) -> Option<[u32; 2]> {
    let (width, height) = text.split_once('x')?;
    let size = [width.parse().ok()?, height.parse().ok()?];
    ((400..=8000).contains(&size[0]) && (300..=8000).contains(&size[1])).then_some(size)
}
