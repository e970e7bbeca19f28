//! A meter: how much of something is left, in half cells.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::view::look::{Look, Words};
use crate::view::theme::Meaning;

/// A ratio as a meter of so many cells; below 0 is empty, above 1 full. Something left is never drawn as nothing.
pub fn meter(look: &Look, ratio: Decimal, cells: u16, meaning: Meaning) -> Words {
    let share = ratio.to_f64().unwrap_or(0.0).clamp(0.0, 1.0);
    let halves = ((share * f64::from(cells) * 2.0).floor() as usize).max(usize::from(share > 0.0));
    let (full, half) = (halves / 2, halves % 2);
    let empty = usize::from(cells).saturating_sub(full + half);
    look.say(look.glyphs.heavy.repeat(full), meaning).and(look, look.glyphs.half.repeat(half), meaning).and(
        look,
        look.glyphs.line.repeat(empty),
        Meaning::MeterEmpty,
    )
}
