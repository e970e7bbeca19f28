//! Bytes from the keyboard become keys, pastes and focus reports.
//!
//! Our own, as the terminal library's reader spins on a dead terminal, takes `Esc [ A` for three keys when a slow line
//! cuts it, and goes deaf on a paste that never ends. Invariants: any bytes are taken, in any pieces; what is kept
//! between pieces is bounded; a paste is data and never a key.

use crate::app::key::{Key, KeyCode};
use crate::app::mouse::{Mouse, Press};

/// What came from the keyboard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// A button of the mouse was pressed, or its wheel turned.
    Mouse(Mouse),
    /// Text was pasted, at most [`LARGEST_PASTE`] bytes, without control characters but line ends and tabs.
    Paste(String),
    /// The terminal got or lost the focus.
    Focus(bool),
}

/// What goes beyond in one paste is dropped.
pub const LARGEST_PASTE: usize = 64 * 1024;

/// Longer escape sequences are no keys.
const LONGEST_SEQUENCE: usize = 256;

const PASTE_END: &[u8] = b"\x1b[201~";

/// Makes keys of bytes.
#[derive(Default, Debug)]
pub struct Decoder {
    /// Bytes that may be the beginning of something.
    kept: Vec<u8>,
    /// The paste that is coming in, and its last bytes while they may be the end mark.
    paste: Option<Vec<u8>>,
}

/// What the first bytes are.
enum Step {
    /// So many bytes are this, or nothing.
    Taken(usize, Option<Input>),
    /// So many bytes open a paste.
    PasteBegins(usize),
    /// More bytes are needed to tell.
    More,
}

impl Decoder {
    /// Takes bytes; what they complete goes to `out`.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        self.kept.extend_from_slice(bytes);
        loop {
            if self.paste.is_some() {
                if !self.feed_paste(out) {
                    return;
                }
                continue;
            }
            match first(&self.kept) {
                Step::Taken(length, input) => {
                    self.kept.drain(..length);
                    out.extend(input);
                }
                Step::PasteBegins(length) => {
                    self.kept.drain(..length);
                    self.paste = Some(Vec::new());
                }
                Step::More => return,
            }
        }
    }

    /// Whether something is waiting for its end. If nothing more comes for a moment, call [`Decoder::flush`].
    pub fn is_waiting(&self) -> bool {
        !self.kept.is_empty() || self.paste.is_some()
    }

    /// Nothing more came: what was kept is all there is.
    pub fn flush(&mut self, out: &mut Vec<Input>) {
        if let Some(mut paste) = self.paste.take() {
            paste.append(&mut self.kept);
            out.push(pasted(&paste));
        }
        match self.kept.as_slice() {
            [0x1b] => out.push(Input::Key(plain(KeyCode::Esc))),
            [0x1b, byte @ (b'[' | b'O' | b']' | b'P' | b'_' | b'^' | b'X')] => {
                out.push(Input::Key(Key { alt: true, ..plain(KeyCode::Char(char::from(*byte))) }));
            }
            _ => {}
        }
        self.kept.clear();
    }

    /// Whether the paste ended.
    fn feed_paste(&mut self, out: &mut Vec<Input>) -> bool {
        let Some(paste) = &mut self.paste else { return true };
        let end = self.kept.windows(PASTE_END.len()).position(|window| window == PASTE_END);
        // Without an end, the last bytes may be the first of the end mark.
        let text = end.unwrap_or_else(|| self.kept.len().saturating_sub(PASTE_END.len() - 1));
        let room = LARGEST_PASTE.saturating_sub(paste.len());
        paste.extend_from_slice(&self.kept[..text.min(room)]);
        self.kept.drain(..text + end.map_or(0, |_| PASTE_END.len()));
        if end.is_some() {
            out.push(pasted(paste));
            self.paste = None;
        }
        end.is_some()
    }
}

fn pasted(bytes: &[u8]) -> Input {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n");
    Input::Paste(text.chars().filter(|char| matches!(char, '\n' | '\t') || !char.is_control()).collect())
}

const fn plain(code: KeyCode) -> Key {
    Key { code, ctrl: false, alt: false, shift: false }
}

fn first(bytes: &[u8]) -> Step {
    match bytes {
        [] | [0x1b] => Step::More,
        [0x1b, b'[', rest @ ..] => control_sequence(rest),
        [0x1b, b'O', rest @ ..] => match rest {
            [] => Step::More,
            [byte, ..] => Step::Taken(3, letter(*byte).map(|code| Input::Key(plain(code)))),
        },
        // Answers to questions that we did not ask.
        [0x1b, b']' | b'P' | b'_' | b'^' | b'X', rest @ ..] => string(rest),
        [0x1b, 0x1b, ..] => Step::Taken(1, Some(Input::Key(plain(KeyCode::Esc)))),
        [0x1b, rest @ ..] => match character(rest) {
            Step::Taken(length, Some(Input::Key(key))) => {
                Step::Taken(length + 1, Some(Input::Key(Key { alt: true, ..key })))
            }
            Step::Taken(length, other) => Step::Taken(length + 1, other),
            other => other,
        },
        _ => character(bytes),
    }
}

/// One character, or a control byte.
fn character(bytes: &[u8]) -> Step {
    let Some(&byte) = bytes.first() else { return Step::More };
    let key = match byte {
        b'\r' | b'\n' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x08 | 0x7f => plain(KeyCode::Backspace),
        0x00 => return Step::Taken(1, None),
        0x01..=0x1a => Key { ctrl: true, ..plain(KeyCode::Char(char::from(byte - 1 + b'a'))) },
        0x1c..=0x1f => Key { ctrl: true, ..plain(KeyCode::Char(char::from(byte + 0x40))) },
        0x20..=0x7e => plain(KeyCode::Char(char::from(byte))),
        _ => return multibyte(bytes),
    };
    Step::Taken(1, Some(Input::Key(key)))
}

fn multibyte(bytes: &[u8]) -> Step {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Step::Taken(1, None),
    };
    let have = bytes.len().min(length);
    match std::str::from_utf8(&bytes[..have]) {
        Ok(text) => {
            let char = text.chars().next().filter(|char| !char.is_control());
            Step::Taken(length, char.map(|char| Input::Key(plain(KeyCode::Char(char)))))
        }
        Err(error) if error.error_len().is_none() && have < length => Step::More,
        Err(_) => Step::Taken(1, None),
    }
}

/// `Esc [ … letter`.
fn control_sequence(rest: &[u8]) -> Step {
    // The oldest mouse reports have three raw bytes behind them.
    if rest.first() == Some(&b'M') {
        return if rest.len() >= 4 { Step::Taken(6, None) } else { Step::More };
    }
    // Shift-function-keys of the kernel's console: `Esc [ [ A`.
    if let [b'[', tail @ ..] = rest {
        return tail.first().map_or(Step::More, |byte| {
            let key = (b'A'..=b'E').contains(byte).then(|| Input::Key(plain(KeyCode::F(byte - b'A' + 1))));
            Step::Taken(4, key)
        });
    }
    let Some(end) = rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return if rest.len() > LONGEST_SEQUENCE { Step::Taken(rest.len() + 2, None) } else { Step::More };
    };
    let (parameters, last) = (&rest[..end], rest[end]);
    if !(0x40..=0x7e).contains(&last) {
        // Cut short by something else, which is read anew.
        return Step::Taken(2 + end, None);
    }
    let length = 3 + end;
    if let Some(report) = parameters.strip_prefix(b"<") {
        return Step::Taken(length, mouse(report, last));
    }
    if parameters == b"200" && last == b'~' {
        return Step::PasteBegins(length);
    }
    Step::Taken(length, sequence(parameters, last))
}

fn sequence(parameters: &[u8], last: u8) -> Option<Input> {
    let text = std::str::from_utf8(parameters).ok()?;
    let mut numbers = text.split(';').map(|number| number.parse::<u32>().unwrap_or(0));
    let number = numbers.next().unwrap_or(0);
    let held = numbers.next().unwrap_or(1).saturating_sub(1);
    let code = match last {
        b'I' if text.is_empty() => return Some(Input::Focus(true)),
        b'O' if text.is_empty() => return Some(Input::Focus(false)),
        b'Z' => return Some(Input::Key(Key { shift: true, ..plain(KeyCode::Tab) })),
        b'~' => numbered(number)?,
        _ => letter(last)?,
    };
    Some(Input::Key(Key { code, shift: held & 1 != 0, alt: held & 2 != 0, ctrl: held & 4 != 0 }))
}

/// A report of the mouse (mode 1006): `button;column;row`, then `M` for pressed, `m` for released.
fn mouse(report: &[u8], last: u8) -> Option<Input> {
    let mut numbers = std::str::from_utf8(report).ok()?.split(';').map(|number| number.parse::<u16>().ok());
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    // Bits 2 to 4 are keys held, bit 5 is a move.
    let press = match (button & !0b1_1100, last) {
        (0, b'M') => Press::Click,
        (64, b'M') => Press::WheelUp,
        (65, b'M') => Press::WheelDown,
        _ => return None,
    };
    Some(Input::Mouse(Mouse { press, x: column.checked_sub(1)?, y: row.checked_sub(1)? }))
}

const fn letter(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'M' => KeyCode::Enter,
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'R' => KeyCode::F(3),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

const fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23 | 24 => KeyCode::F(number as u8 - 12),
        _ => return None,
    })
}

/// The rest of a control string: up to BEL or ST.
fn string(rest: &[u8]) -> Step {
    for (at, byte) in rest.iter().enumerate() {
        match (byte, rest.get(at + 1)) {
            (0x07, _) => return Step::Taken(2 + at + 1, None),
            (0x1b, Some(b'\\')) => return Step::Taken(2 + at + 2, None),
            (0x1b, Some(_)) => return Step::Taken(2 + at, None),
            _ => {}
        }
    }
    if rest.len() > LONGEST_SEQUENCE { Step::Taken(2 + rest.len(), None) } else { Step::More }
}

#[cfg(test)]
mod tests;
