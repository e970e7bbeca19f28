//! The clipboard of the operator's own machine, through OSC 52, which works over SSH.

use std::io;

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

/// Larger texts are refused: terminals drop them in silence (about 75 kB in several).
pub const LARGEST: usize = 50_000;

/// The bytes that put a text on the clipboard; `None` where it is larger than terminals take.
///
/// # Errors
/// None in practice: it writes to memory.
pub fn copy(text: &str) -> io::Result<Option<Vec<u8>>> {
    if text.len() > LARGEST {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(text.len() * 4 / 3 + 16);
    queue!(bytes, CopyToClipboard::to_clipboard_from(text))?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_encoded_and_a_flood_is_refused() {
        let bytes = copy("pay-db\n").expect("memory").expect("short");
        assert_eq!(bytes, b"\x1b]52;c;cGF5LWRiCg==\x1b\\");
        assert_eq!(copy(&"x".repeat(LARGEST + 1)).expect("memory"), None);
    }
}
