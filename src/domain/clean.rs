//! Text of others made harmless: the one place where bytes of a remote system become values of the model.
//!
//! Alert and ticket texts are written by anybody, and end on an operator's terminal. Control characters and those
//! that reorder a line become visible stand-ins, so that an attack is seen and does nothing. It is applied to
//! values, keys, names and error texts alike, once, where they enter; nothing behind it has to clean again.
//!
//! Invariant: what [`clean`] returns holds no C0, C1, DEL, bidirectional control or line separator, and cleaning it
//! again changes nothing.

use std::borrow::Cow;

/// The stand-in of what has no picture of its own.
const DOT: char = '·';

/// The text with every character that could act on a terminal replaced by one that only shows.
///
/// Line ends and tabs become a space (CR LF one space), C0 and DEL the Unicode picture of the control character
/// (ESC is `␛`), C1 and bidirectional controls `·`. Text that needs no change is borrowed.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || text.chars().all(|c| stand_in(c).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\r' && characters.peek() == Some(&'\n') {
            continue;
        }
        clean.push(stand_in(c).unwrap_or(c));
    }
    Cow::Owned(clean)
}

/// The first `most` characters of the text, cleaned; `…` marks what was cut. For texts that are shown, not matched.
pub fn clean_line(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => clean(text),
        Some((end, _)) => Cow::Owned(format!("{}…", clean(&text[..end]))),
    }
}

/// What stands in for a character that may not reach a terminal.
fn stand_in(c: char) -> Option<char> {
    match c {
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}' => Some('\u{2421}'),
        // C1; marks, embeddings, overrides and isolates of direction; the old shaping controls; a stray byte order
        // mark; interlinear annotation.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' => Some(DOT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_are_seen_and_do_nothing() {
        assert_eq!(clean("\u{1b}]0;pwned\u{7}\u{1b}[2J"), "␛]0;pwned␇␛[2J");
        assert_eq!(clean("a\u{9b}31mb\u{7f}"), "a·31mb␡");
        assert_eq!(clean("invoice\u{202e}fdp.exe\u{2066}"), "invoice·fdp.exe·");
        assert_eq!(clean("one\r\ntwo\nthree\tfour\rfive"), "one two three four␍five");
    }

    #[test]
    fn harmless_text_is_borrowed() {
        for text in ["plain", "größer · 日本語", "👩‍🚒", ""] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        assert_eq!(clean_line("größer", 3), "grö…");
        assert_eq!(clean_line("größer", 6), "größer");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left_and_cleaning_again_changes_nothing(text in any::<String>()) {
            let once = clean(&text).into_owned();
            prop_assert!(once.chars().all(|c| !c.is_control() && stand_in(c).is_none()), "{:?}", once);
            prop_assert_eq!(clean(&once).into_owned(), once);
        }

        #[test]
        fn any_control_among_text_is_replaced(
            before in "[a-zß]{0,5}", control in prop::char::ranges(vec!['\0'..='\u{1f}', '\u{7f}'..='\u{9f}', '\u{202a}'..='\u{202e}'].into()), after in "[a-z]{1,5}",
        ) {
            let text = format!("{before}{control}{after}");
            prop_assert!(!clean(&text).contains(control));
            prop_assert!(clean(&text).starts_with(before.as_str()) && clean(&text).ends_with(after.as_str()));
        }
    }
}
