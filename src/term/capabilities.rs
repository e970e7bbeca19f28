//! What the terminal can do, from the environment alone: it is never asked.

use std::ffi::OsString;
use std::time::Duration;

use super::notify::{self, Notification};

/// The least time between two frames here, and over a line that is worth sparing.
const LOCAL: Duration = Duration::from_millis(33);
const REMOTE: Duration = Duration::from_millis(100);

/// How many colours there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ColorDepth {
    /// None: states are told apart by glyph and word.
    None,
    /// The 16 of the operator's own palette.
    Ansi16,
    /// The 256 of xterm.
    Ansi256,
    /// All.
    Rgb,
}

/// What the operator asked for on the command line.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Wishes {
    /// The colours to use; `None`: as the environment says.
    pub color: Option<ColorDepth>,
    /// ASCII glyphs only.
    pub ascii: bool,
    /// No links.
    pub no_links: bool,
    /// How to notify; `None`: as the environment says.
    pub notify: Option<Notification>,
    /// Clicks and the wheel are wanted.
    pub mouse: bool,
}

/// What the terminal can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// How many colours there are.
    pub color: ColorDepth,
    /// Only ASCII can be shown.
    pub ascii: bool,
    /// Links (OSC 8) are understood, or ignored without harm.
    pub links: bool,
    /// Erasing fills with the current background.
    pub erases_with_background: bool,
    /// Italics are italics: GNU screen takes the same sequence for standing out, and reverses it.
    pub italics: bool,
    /// How the terminal is asked to notify.
    pub notify: Notification,
    /// Sequences for the terminal must pass through tmux.
    pub in_tmux: bool,
    /// Clicks and the wheel are wanted.
    pub mouse: bool,
    /// The least time between two frames.
    pub frame_time: Duration,
}

impl Capabilities {
    /// What holds where nothing is known against it: all colours, UTF-8, links, a local line.
    pub const FULL: Self = Self {
        color: ColorDepth::Rgb,
        ascii: false,
        links: true,
        erases_with_background: true,
        italics: true,
        notify: Notification::None,
        in_tmux: false,
        mouse: false,
        frame_time: LOCAL,
    };

    /// Those of the terminal that the environment describes; `None` where it can't move its cursor.
    pub fn of_environment(wishes: Wishes) -> Option<Self> {
        Self::of(wishes, |name| std::env::var_os(name))
    }

    /// The same, with the environment as a function from name to value.
    pub fn of(wishes: Wishes, environment: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let text = |name: &str| environment(name).map(|value| value.to_string_lossy().into_owned()).unwrap_or_default();
        let is_set = |name: &str| !text(name).is_empty();
        let term = text("TERM");
        if term.is_empty() || term == "dumb" {
            return None;
        }
        // GNU screen erases with the default background unless its own TERM says otherwise; tmux uses the same names.
        let is_screen = term.starts_with("screen") && !is_set("TMUX");
        Some(Self {
            color: wishes.color.unwrap_or_else(|| depth(&term, &text("COLORTERM"), is_set("NO_COLOR"))),
            ascii: wishes.ascii || !is_utf8(&text),
            // mosh swallows links; the consoles of the kernel print them.
            links: !wishes.no_links && !is_set("MOSH_CONNECTION") && !term.starts_with("linux") && !is_screen,
            erases_with_background: !is_screen || term.ends_with("bce"),
            italics: !is_screen,
            notify: wishes.notify.unwrap_or_else(|| notify::of_environment(&environment)),
            in_tmux: is_set("TMUX"),
            mouse: wishes.mouse,
            frame_time: if is_set("SSH_CONNECTION") || is_set("SSH_TTY") { REMOTE } else { LOCAL },
        })
    }
}

fn depth(term: &str, colorterm: &str, no_color: bool) -> ColorDepth {
    const TRUE_COLOR: [&str; 7] = ["-direct", "kitty", "alacritty", "ghostty", "wezterm", "foot", "truecolor"];
    const NONE: [&str; 3] = ["vt1", "vt2", "vt52"];
    if no_color || NONE.iter().any(|name| term.starts_with(name)) {
        ColorDepth::None
    } else if matches!(colorterm, "truecolor" | "24bit") || TRUE_COLOR.iter().any(|name| term.contains(name)) {
        ColorDepth::Rgb
    } else if term.contains("256") {
        ColorDepth::Ansi256
    } else {
        ColorDepth::Ansi16
    }
}

/// POSIX: the first of these that is not empty decides.
fn is_utf8(text: &impl Fn(&str) -> String) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().map(|name| text(name)).find(|value| !value.is_empty());
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(wishes: Wishes, environment: &[(&str, &str)]) -> Capabilities {
        Capabilities::of(wishes, |name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        })
        .expect("no dumb terminal")
    }

    #[test]
    fn colours_follow_the_environment_and_wishes_go_first() {
        let none = Wishes::default();
        let cases: [(&[(&str, &str)], ColorDepth); 7] = [
            (&[("TERM", "xterm-256color")], ColorDepth::Ansi256),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], ColorDepth::Rgb),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "24bit"), ("NO_COLOR", "1")], ColorDepth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], ColorDepth::Ansi256),
            (&[("TERM", "xterm-kitty")], ColorDepth::Rgb),
            (&[("TERM", "linux")], ColorDepth::Ansi16),
            (&[("TERM", "vt100")], ColorDepth::None),
        ];
        for (environment, expected) in cases {
            assert_eq!(of(none, environment).color, expected, "{environment:?}");
        }
        let wish = Wishes { color: Some(ColorDepth::Ansi16), ..none };
        assert_eq!(of(wish, &[("TERM", "xterm"), ("NO_COLOR", "1")]).color, ColorDepth::Ansi16);
    }

    #[test]
    fn glyphs_follow_the_locale() {
        let ascii =
            |wishes: Wishes, locale: &[(&str, &str)]| of(wishes, &[&[("TERM", "xterm")], locale].concat()).ascii;
        let none = Wishes::default();
        assert!(ascii(none, &[]));
        assert!(!ascii(none, &[("LANG", "de_DE.UTF-8")]));
        assert!(!ascii(none, &[("LC_ALL", ""), ("LANG", "C.utf8")]));
        assert!(ascii(none, &[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]));
        assert!(ascii(Wishes { ascii: true, ..none }, &[("LANG", "de_DE.UTF-8")]));
    }

    #[test]
    fn screen_is_told_from_tmux() {
        let none = Wishes::default();
        assert!(!of(none, &[("TERM", "screen-256color")]).erases_with_background);
        assert!(of(none, &[("TERM", "screen-256color-bce")]).erases_with_background);
        assert!(of(none, &[("TERM", "screen-256color"), ("TMUX", "/tmp/s,1,0")]).erases_with_background);
        assert!(of(none, &[("TERM", "screen-256color"), ("TMUX", "/tmp/s,1,0")]).italics);
        assert!(!of(none, &[("TERM", "screen.xterm-256color"), ("STY", "1.pts-0.host")]).italics);
        let over_ssh = [("TERM", "xterm"), ("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")];
        assert_eq!(of(none, &over_ssh).frame_time, REMOTE);
    }

    #[test]
    fn a_terminal_that_can_not_move_its_cursor_has_none() {
        let dumb = |name: &str| (name == "TERM").then(|| OsString::from("dumb"));
        assert_eq!(Capabilities::of(Wishes::default(), dumb), None);
        assert_eq!(Capabilities::of(Wishes::default(), |_| None), None);
    }
}
