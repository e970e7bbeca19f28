//! Colours for terminals that have fewer: the nearest one, as the eye sees it (Oklab, Björn Ottosson 2020).

use std::sync::LazyLock;

use ratatui::style::Color;
use rustc_hash::FxHashMap;

use super::capabilities::ColorDepth;

/// A colour that the terminal has, packed so that ten thousand cells are compared in no time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shade(u32);

/// What a [`Shade`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The terminal's own.
    Default,
    /// One of the 16 of the operator's palette, by number.
    Named(u8),
    /// One of the 256 of xterm.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

impl Shade {
    /// The terminal's own colour.
    pub const DEFAULT: Self = Self(0);

    const fn pack(kind: Kind) -> Self {
        match kind {
            Kind::Default => Self::DEFAULT,
            Kind::Named(index) => Self(u32::from_be_bytes([1, 0, 0, index])),
            Kind::Indexed(index) => Self(u32::from_be_bytes([2, 0, 0, index])),
            Kind::Rgb(red, green, blue) => Self(u32::from_be_bytes([3, red, green, blue])),
        }
    }

    /// What it is.
    pub const fn kind(self) -> Kind {
        match self.0.to_be_bytes() {
            [1, _, _, index] => Kind::Named(index),
            [2, _, _, index] => Kind::Indexed(index),
            [3, red, green, blue] => Kind::Rgb(red, green, blue),
            _ => Kind::Default,
        }
    }
}

/// Maps colours to those of a depth, and remembers: a theme has few.
#[derive(Debug)]
pub struct Palette {
    depth: ColorDepth,
    /// What was searched for.
    known: FxHashMap<Color, Shade>,
}

/// No theme has so many; past it the memory starts anew.
const REMEMBERED: usize = 4096;

impl Palette {
    /// For a depth.
    pub fn new(depth: ColorDepth) -> Self {
        Self { depth, known: FxHashMap::default() }
    }

    /// What to show for a colour.
    pub fn shade(&mut self, color: Color) -> Shade {
        match (color, self.depth) {
            (Color::Reset, _) | (_, ColorDepth::None) => Shade::DEFAULT,
            (Color::Rgb(red, green, blue), ColorDepth::Rgb) => Shade::pack(Kind::Rgb(red, green, blue)),
            (Color::Indexed(index), ColorDepth::Rgb | ColorDepth::Ansi256) => Shade::pack(Kind::Indexed(index)),
            (color, depth) => {
                if self.known.len() >= REMEMBERED {
                    self.known.clear();
                }
                *self.known.entry(color).or_insert_with(|| Shade::pack(nearest(color, depth)))
            }
        }
    }
}

/// The 16, in the order of their numbers.
const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// What xterm shows for the 16; others differ, but not by much.
const BASE: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

static OKLAB: LazyLock<[[f32; 3]; 256]> =
    LazyLock::new(|| std::array::from_fn(|index| oklab(xterm(u8::try_from(index).unwrap_or(u8::MAX)))));

/// Red, green and blue of an entry of xterm's table of 256.
fn xterm(index: u8) -> (u8, u8, u8) {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..16 => BASE[usize::from(index)],
        16..232 => {
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => {
            let gray = 8 + 10 * (index - 232);
            (gray, gray, gray)
        }
    }
}

fn nearest(color: Color, depth: ColorDepth) -> Kind {
    let wanted = match color {
        Color::Rgb(red, green, blue) => oklab((red, green, blue)),
        Color::Indexed(index @ 16..) => OKLAB[usize::from(index)],
        Color::Indexed(index) => return Kind::Named(index),
        // Named colours are the operator's own.
        named => return Kind::Named(NAMED.iter().position(|it| *it == named).unwrap_or(0) as u8),
    };
    // The first 16 of the 256 are the operator's own and can be anything.
    let candidates = if depth == ColorDepth::Ansi256 { 16..=255 } else { 0..=15_u8 };
    let distance = |index: u8| -> f32 {
        OKLAB[usize::from(index)].iter().zip(wanted).map(|(have, want)| (have - want) * (have - want)).sum()
    };
    let best = candidates.min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0);
    if depth == ColorDepth::Ansi256 { Kind::Indexed(best) } else { Kind::Named(best) }
}

fn oklab((red, green, blue): (u8, u8, u8)) -> [f32; 3] {
    let linear = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let light = [linear(red), linear(green), linear(blue)];
    let weighed = |weights: [f32; 3], values: [f32; 3]| -> f32 { weights.iter().zip(values).map(|(w, v)| w * v).sum() };
    let cones = [
        weighed([0.412_221_46, 0.536_332_55, 0.051_445_995], light).cbrt(),
        weighed([0.211_903_5, 0.680_699_5, 0.107_396_96], light).cbrt(),
        weighed([0.088_302_46, 0.281_718_85, 0.629_978_7], light).cbrt(),
    ];
    [
        weighed([0.210_454_26, 0.793_617_8, -0.004_072_047], cones),
        weighed([1.977_998_5, -2.428_592_2, 0.450_593_7], cones),
        weighed([0.025_904_037, 0.782_771_77, -0.808_675_77], cones),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(depth: ColorDepth, color: Color) -> Kind {
        Palette::new(depth).shade(color).kind()
    }

    #[test]
    fn the_nearest_is_the_same_where_there_is_one() {
        for index in 16..=255 {
            let (red, green, blue) = xterm(index);
            let Kind::Indexed(found) = kind(ColorDepth::Ansi256, Color::Rgb(red, green, blue)) else {
                panic!("an index")
            };
            assert_eq!(xterm(found), (red, green, blue));
        }
        assert_eq!(kind(ColorDepth::Ansi256, Color::Indexed(3)), Kind::Indexed(3));
        assert_eq!(kind(ColorDepth::Ansi256, Color::Red), Kind::Named(1));
        assert_eq!(kind(ColorDepth::Rgb, Color::Rgb(1, 2, 3)), Kind::Rgb(1, 2, 3));
        assert_eq!(kind(ColorDepth::Rgb, Color::White), Kind::Named(15));
    }

    #[test]
    fn sixteen_keep_the_colours_of_states_apart() {
        let of = |color| match kind(ColorDepth::Ansi16, color) {
            Kind::Named(index) => NAMED[usize::from(index)],
            other => panic!("{other:?}"),
        };
        assert_eq!(of(Color::Rgb(255, 20, 20)), Color::LightRed);
        assert_eq!(of(Color::Rgb(0, 210, 20)), Color::Green);
        assert_eq!(of(Color::Rgb(250, 245, 30)), Color::LightYellow);
        assert_eq!(of(Color::Rgb(8, 10, 12)), Color::Black);
        assert_eq!(of(Color::Indexed(9)), Color::LightRed);
    }

    #[test]
    fn none_is_none() {
        assert_eq!(kind(ColorDepth::None, Color::Rgb(1, 2, 3)), Kind::Default);
        assert_eq!(kind(ColorDepth::None, Color::Red), Kind::Default);
    }
}
