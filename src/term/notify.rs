//! Asking the terminal to notify: by the sequence that it is known to understand, as others would print it.

use std::ffi::OsString;

/// Longer texts are cut, in characters: desktops show a line or two.
const LONGEST: usize = 200;

/// By which sequence the terminal notifies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notification {
    /// By none that is known.
    None,
    /// OSC 9: iTerm2, WezTerm.
    Osc9,
    /// OSC 99: kitty.
    Osc99,
    /// OSC 777: urxvt, foot, Ghostty, VTE.
    Osc777,
}

/// The one of the terminal that the environment describes. Within tmux and screen nobody knows what is outside.
pub fn of_environment(environment: impl Fn(&str) -> Option<OsString>) -> Notification {
    let text = |name: &str| environment(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
    let (term, program) = (text("TERM"), text("TERM_PROGRAM"));
    if !text("TMUX").is_empty() || !text("STY").is_empty() {
        Notification::None
    } else if term.contains("kitty") {
        Notification::Osc99
    } else if matches!(program.as_str(), "iTerm.app" | "WezTerm") {
        Notification::Osc9
    } else if program == "ghostty" || !text("VTE_VERSION").is_empty() {
        Notification::Osc777
    } else if ["foot", "rxvt", "ghostty"].iter().any(|name| term.contains(name)) {
        Notification::Osc777
    } else {
        Notification::None
    }
}

/// The bytes that notify; empty where there is no way. `in_tmux`: they are to pass through tmux.
pub fn bytes(way: Notification, text: &str, in_tmux: bool) -> Vec<u8> {
    // A semicolon divides fields in some of them.
    let clean = text.chars().filter(|char| !char.is_control()).map(|char| if char == ';' { ',' } else { char });
    let text: String = clean.take(LONGEST).collect();
    let sequence = match way {
        Notification::None => return Vec::new(),
        // A text that began with a digit would be read as the progress of something.
        Notification::Osc9 => format!("\x1b]9;bsmtop: {text}\x1b\\"),
        Notification::Osc99 => format!("\x1b]99;i=bsmtop:d=0;bsmtop\x1b\\\x1b]99;i=bsmtop:d=1:p=body;{text}\x1b\\"),
        Notification::Osc777 => format!("\x1b]777;notify;bsmtop;{text}\x1b\\"),
    };
    if in_tmux { format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b")) } else { sequence }.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_known_by_their_environment() {
        let of = |pairs: &[(&str, &str)]| {
            of_environment(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
        };
        assert_eq!(of(&[("TERM", "xterm-256color")]), Notification::None);
        assert_eq!(of(&[("TERM", "xterm-kitty")]), Notification::Osc99);
        assert_eq!(of(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), Notification::Osc9);
        assert_eq!(of(&[("TERM", "foot")]), Notification::Osc777);
        assert_eq!(of(&[("TERM", "foot"), ("TMUX", "/tmp/x")]), Notification::None);
    }

    #[test]
    fn no_control_character_of_the_text_gets_out() {
        let hostile = "9;4;3 \x1b]52;c;AAAA\x07 \u{9b}31m";
        for way in [Notification::Osc9, Notification::Osc99, Notification::Osc777] {
            let plain = String::from_utf8(bytes(way, hostile, false)).expect("text");
            let ours = String::from_utf8(bytes(way, "", false)).expect("text");
            let escapes = |text: &str| text.chars().filter(|char| char.is_control()).count();
            assert_eq!(escapes(&plain), escapes(&ours), "{plain:?}");
        }
        assert_eq!(bytes(Notification::Osc9, "a", true), b"\x1bPtmux;\x1b\x1b]9;bsmtop: a\x1b\x1b\\\x1b\\");
        assert!(bytes(Notification::None, "a", false).is_empty());
    }
}
