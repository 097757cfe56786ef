//! Texts as spreadsheets and shells of Windows write them: UTF-16 with its mark, or the old code page.

use std::path::Path;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::ImportError;

pub struct Decoded {
    pub text: String,
    /// Nothing in the file says how its letters are written; they were read so.
    pub assumed: Option<&'static str>,
}

/// The text of a file, whatever says how it is written; UTF-8 where nothing does and it is.
pub fn decode(bytes: Vec<u8>, path: &Path) -> Result<Decoded, ImportError> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let (text, has_faults) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return if has_faults { Err(fault(&bytes, path)) } else { Ok(Decoded { text: text.into(), assumed: None }) };
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Decoded { text, assumed: None }),
        Err(error) => {
            let bytes = error.into_bytes();
            // No text of one byte a letter holds these.
            if bytes.contains(&0) {
                return Err(fault(&bytes, path));
            }
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&bytes);
            Ok(Decoded { text: text.into(), assumed: Some("Windows-1252") })
        }
    }
}

/// The text of a format that is always Unicode.
pub fn unicode(bytes: Vec<u8>, path: &Path) -> Result<String, ImportError> {
    let at = std::str::from_utf8(&bytes).err().map(|error| error.valid_up_to() as u64);
    let decoded = decode(bytes, path)?;
    match (decoded.assumed, at) {
        (Some(_), Some(at)) => Err(ImportError::Encoding { at, path: path.to_owned() }),
        _ => Ok(decoded.text),
    }
}

fn fault(bytes: &[u8], path: &Path) -> ImportError {
    let at = std::str::from_utf8(bytes).err().map_or(0, |error| error.valid_up_to() as u64);
    ImportError::Encoding { at, path: path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_letters_is_read() {
        let read = |bytes: &[u8]| decode(bytes.to_vec(), Path::new("x.csv")).map(|read| (read.text, read.assumed));
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain("Zoë".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain("Zoë".encode_utf16().flat_map(u16::to_be_bytes)).collect();
        let zoe = "Zoë".to_owned();
        assert_eq!(read("Zoë".as_bytes()).unwrap(), (zoe.clone(), None));
        assert_eq!(read("\u{feff}Zoë".as_bytes()).unwrap(), (zoe.clone(), None));
        assert_eq!(read(&little).unwrap(), (zoe.clone(), None));
        assert_eq!(read(&big).unwrap(), (zoe.clone(), None));
        assert_eq!(read(b"Zo\xEB").unwrap(), (zoe, Some("Windows-1252")));
        assert!(read(b"a\x00\xFFb").is_err());
        assert!(unicode(b"Zo\xEB".to_vec(), Path::new("x.json")).is_err());
    }
}
