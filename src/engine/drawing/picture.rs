//! Pictures that stand inside a drawing: PNG, JPEG, GIF and WebP, small enough for a screen.

use std::io::Cursor;
use std::sync::Arc;

use base64::Engine as _;
use image::{ImageReader, Limits};
use rustc_hash::FxHashMap;
use serde_json::Value;

/// What a picture may unpack to; a larger one is left out.
const MOST_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
/// Of all pictures of one drawing, after they were made smaller.
const MOST_PIXELS: usize = 32 * 1024 * 1024;
/// A side is made smaller than this, as a dialog does not show more.
const LONGEST_SIDE: u32 = 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// Red, green, blue, alpha of each pixel, row by row.
    pub rgba: Vec<u8>,
}

/// The files of a drawing, each unpacked once.
pub(super) struct Pictures<'a> {
    files: &'a Value,
    known: FxHashMap<String, Option<Arc<Picture>>>,
    pixels: usize,
}

impl<'a> Pictures<'a> {
    pub(super) fn of(files: &'a Value) -> Self {
        Self { files, known: FxHashMap::default(), pixels: 0 }
    }

    /// Nothing where the file is missing, of a kind that is not shown, broken or too large.
    pub(super) fn get(&mut self, id: &str) -> Option<Arc<Picture>> {
        if let Some(known) = self.known.get(id) {
            return known.clone();
        }
        let picture = self.files[id]["dataURL"].as_str().and_then(unpacked).filter(|picture| {
            self.pixels += picture.width * picture.height;
            self.pixels <= MOST_PIXELS
        });
        let picture = picture.map(Arc::new);
        self.known.insert(id.to_owned(), picture.clone());
        picture
    }
}

fn unpacked(data_url: &str) -> Option<Picture> {
    let (_, packed) = data_url.strip_prefix("data:image/")?.split_once(";base64,")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_UNPACKED_BYTES);
    reader.limits(limits);
    let image = reader.decode().ok()?;
    let is_large = image.width().max(image.height()) > LONGEST_SIDE;
    let image = if is_large { image.thumbnail(LONGEST_SIDE, LONGEST_SIDE) } else { image }.into_rgba8();
    Some(Picture { width: image.width() as usize, height: image.height() as usize, rgba: image.into_raw() })
}
