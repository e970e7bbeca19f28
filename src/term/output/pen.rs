//! How cells are written: colours and modifiers, and the shortest way from one to another (SGR).

use std::io::Write;

use ratatui::style::Modifier;

use super::super::color::{Kind, Shade};
use super::grid::SHOWS_ON_BLANK;

/// Colours and modifiers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Pen {
    pub(super) fg: Shade,
    pub(super) bg: Shade,
    pub(super) modifier: Modifier,
}

/// Modifiers with the numbers that set and unset them.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

impl Pen {
    /// The terminal's own.
    pub(super) const DEFAULT: Self = Self { fg: Shade::DEFAULT, bg: Shade::DEFAULT, modifier: Modifier::empty() };

    /// The same, less what does not show on an empty cell: so that frames that look the same are the same.
    pub(super) fn of_blank(self) -> Self {
        if self.modifier.intersects(SHOWS_ON_BLANK) {
            return self;
        }
        Self { fg: Shade::DEFAULT, bg: self.bg, modifier: Modifier::empty() }
    }

    /// The pen that writes an empty cell as `wanted`, changed as little as possible.
    pub(super) fn for_blank(self, wanted: Self) -> Self {
        if wanted.modifier.is_empty() {
            Self { fg: self.fg, bg: wanted.bg, modifier: self.modifier - SHOWS_ON_BLANK }
        } else {
            wanted
        }
    }

    /// Writes what makes this pen the other one.
    pub(super) fn change(self, to: Self, bytes: &mut Vec<u8>) {
        if self == to {
            return;
        }
        let (mut steps, mut anew) = (Codes::default(), Codes::default());
        steps.modifiers(self.modifier, to.modifier);
        steps.colors(self, to);
        anew.modifiers(Modifier::empty(), to.modifier);
        anew.colors(Self::DEFAULT, to);
        let (steps, anew) = (steps.0, anew.0);
        bytes.extend_from_slice(b"\x1b[");
        if steps.len() <= anew.len() + 1 {
            bytes.extend_from_slice(&steps);
        } else if !anew.is_empty() {
            bytes.extend_from_slice(b"0;");
            bytes.extend_from_slice(&anew);
        }
        bytes.push(b'm');
    }
}

/// Numbers of SGR with semicolons between.
#[derive(Default)]
struct Codes(Vec<u8>);

impl Codes {
    fn push(&mut self, code: impl std::fmt::Display) {
        if !self.0.is_empty() {
            self.0.push(b';');
        }
        // Writing to memory can't fail.
        let _ = write!(self.0, "{code}");
    }

    fn modifiers(&mut self, from: Modifier, to: Modifier) {
        let mut have = from;
        for (modifier, _, unset) in MODIFIERS {
            if have.contains(modifier) && !to.contains(modifier) {
                self.push(unset);
                // One number takes bold and dim, or both kinds of blinking.
                for (other, _, number) in MODIFIERS {
                    if number == unset {
                        have.remove(other);
                    }
                }
            }
        }
        for (modifier, set, _) in MODIFIERS {
            if to.contains(modifier) && !have.contains(modifier) {
                self.push(set);
            }
        }
    }

    fn colors(&mut self, from: Pen, to: Pen) {
        if from.fg != to.fg {
            self.color(to.fg, 30);
        }
        if from.bg != to.bg {
            self.color(to.bg, 40);
        }
    }

    /// `base`: 30 for the foreground, 40 for the background.
    fn color(&mut self, shade: Shade, base: u8) {
        match shade.kind() {
            Kind::Default => self.push(base + 9),
            Kind::Named(index @ ..8) => self.push(base + index),
            Kind::Named(index) => self.push(base + 52 + index),
            Kind::Indexed(index) => self.push(format_args!("{};5;{index}", base + 8)),
            Kind::Rgb(red, green, blue) => self.push(format_args!("{};2;{red};{green};{blue}", base + 8)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::term::capabilities::ColorDepth;
    use crate::term::color::Palette;

    fn change(from: Pen, to: Pen) -> String {
        let mut bytes = Vec::new();
        from.change(to, &mut bytes);
        String::from_utf8(bytes).expect("digits")
    }

    #[test]
    fn the_shortest_change_is_taken() {
        let mut palette = Palette::new(ColorDepth::Rgb);
        let plain = Pen::DEFAULT;
        let bold_red = Pen { fg: palette.shade(Color::Red), modifier: Modifier::BOLD, ..plain };
        let dim_red = Pen { modifier: Modifier::DIM, ..bold_red };
        let both = Pen { modifier: Modifier::BOLD | Modifier::DIM, ..bold_red };
        let (fg, bg) = (palette.shade(Color::Rgb(200, 100, 50)), palette.shade(Color::Rgb(1, 2, 3)));
        let deep = Pen { fg, bg, modifier: Modifier::BOLD };
        let gray = Pen { fg: palette.shade(Color::Indexed(7)), ..plain };
        let bright = Pen { fg: palette.shade(Color::LightRed), bg: palette.shade(Color::White), ..plain };
        assert_eq!(change(plain, plain), "");
        assert_eq!(change(plain, bold_red), "\x1b[1;31m");
        assert_eq!(change(plain, bright), "\x1b[91;107m");
        assert_eq!(change(bold_red, plain), "\x1b[m");
        assert_eq!(change(bold_red, dim_red), "\x1b[22;2m");
        assert_eq!(change(both, bold_red), "\x1b[22;1m");
        assert_eq!(change(deep, Pen { modifier: Modifier::empty(), ..deep }), "\x1b[22m");
        assert_eq!(change(deep, gray), "\x1b[0;38;5;7m");
    }
}
