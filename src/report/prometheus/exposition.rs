//! The text exposition format (version 0.0.4): families of gauges with HELP and TYPE, escaped.
//!
//! Invariant: a family stands once and whole, and only where it has samples; no sample is NaN.

use std::fmt::{Display, Write as _};

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::span::Instant;

/// The number of a sample.
#[derive(Clone, Copy)]
pub(super) struct Number(Decimal);

impl From<Decimal> for Number {
    fn from(number: Decimal) -> Self {
        Self(number.normalize())
    }
}

impl From<bool> for Number {
    fn from(is_so: bool) -> Self {
        Self(Decimal::from(u8::from(is_so)))
    }
}

impl From<usize> for Number {
    fn from(count: usize) -> Self {
        Self(Decimal::from(count))
    }
}

impl From<u8> for Number {
    fn from(level: u8) -> Self {
        Self(Decimal::from(level))
    }
}

impl From<TimeDelta> for Number {
    fn from(time: TimeDelta) -> Self {
        Self(Decimal::from(time.num_seconds()))
    }
}

impl From<Instant> for Number {
    fn from(at: Instant) -> Self {
        Self(Decimal::new(at.timestamp_millis(), 3).normalize())
    }
}

/// Families that were written so far.
#[derive(Default)]
pub(super) struct Exposition(String);

impl Exposition {
    /// A family of gauges; one that gets no sample is not written.
    pub(super) fn gauge<'a>(&'a mut self, name: &'static str, help: &'static str) -> Family<'a> {
        Family { text: &mut self.0, name, help, is_open: false }
    }

    /// All of it.
    pub(super) fn text(self) -> String {
        self.0
    }
}

/// A family while its samples are written.
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
    help: &'static str,
    is_open: bool,
}

impl Family<'_> {
    /// Adds a sample.
    pub(super) fn add(&mut self, labels: &[(&str, &dyn Display)], number: impl Into<Number>) {
        // Writing to a string can't fail.
        let _ = self.write(labels, number.into());
    }

    /// Adds a sample where there is a number: what is not known has none.
    pub(super) fn add_known(&mut self, labels: &[(&str, &dyn Display)], number: Option<impl Into<Number>>) {
        if let Some(number) = number {
            self.add(labels, number);
        }
    }

    fn write(&mut self, labels: &[(&str, &dyn Display)], Number(number): Number) -> std::fmt::Result {
        let name = self.name;
        if !std::mem::replace(&mut self.is_open, true) {
            writeln!(self.text, "# HELP {name} {}\n# TYPE {name} gauge", self.help)?;
        }
        self.text.write_str(name)?;
        for (at, (label, value)) in labels.iter().enumerate() {
            write!(self.text, "{}{label}=\"{}\"", if at == 0 { '{' } else { ',' }, escaped(&value.to_string()))?;
        }
        writeln!(self.text, "{} {number}", if labels.is_empty() { "" } else { "}" })
    }
}

/// A label's value: backslash, quote and line end are what the format can't hold as they are.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped_and_a_family_without_samples_is_not_written() {
        let mut out = Exposition::default();
        out.gauge("bsmtop_none", "Nothing.").add_known(&[], None::<Decimal>);
        let mut some = out.gauge("bsmtop_some", "Something.");
        some.add(&[("name", &"a \"b\"\\\nc"), ("n", &1)], Decimal::new(1500, 3));
        some.add(&[], true);
        assert_eq!(
            out.text(),
            "# HELP bsmtop_some Something.\n# TYPE bsmtop_some gauge\n\
             bsmtop_some{name=\"a \\\"b\\\"\\\\\\nc\",n=\"1\"} 1.5\nbsmtop_some 1\n"
        );
    }
}
