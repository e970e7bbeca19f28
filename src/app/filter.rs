//! The filter: terms that must all hold.
//!
//! ```text
//! pay "web shop" !test     words and phrases, found in any field, in any case; ! for without
//! owner:commerce host:db1  found in one field, or in a label of that name
//! state=major              the whole field
//! sev>=major age>2h cost>1000 value>=10k left<1h
//! ```
//!
//! What is typed holds at once, so a term that is not finished, or wrong, means nothing: the others hold, and the
//! first thing that is wrong is said beside the prompt.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::command::Choice;
use super::line::LONGEST;
use crate::domain::severity::Severity;

mod read;

/// Filters that show what can be typed.
pub const EXAMPLES: &[Choice<&str>] = &[
    Choice { text: "pay !test", note: "\"pay\" in any field, and \"test\" in none" },
    Choice {
        text: "owner:commerce",
        note: "in a field: id name owner kind state source summary tag ticket, or a label",
    },
    Choice { text: "state=major", note: "the whole field" },
    Choice { text: "sev>=major age>2h", note: "severity; how long ago it began" },
    Choice { text: "cost>1000", note: "money per hour; also value (at risk)" },
    Choice { text: "left<1h", note: "time left of an objective, a clock or a ticket" },
];

/// What was typed, and the terms of it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// As typed.
    pub text: String,
    /// The first thing that is wrong with it.
    pub error: Option<String>,
    terms: Vec<Term>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Term {
    test: Test,
    negated: bool,
}

/// What a term asks.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Test {
    /// Whether a word, in lower case, is in any field.
    Word(String),
    /// Whether one is in a field, or is all of it.
    Field {
        name: String,
        lower: String,
        whole: bool,
    },
    Severity(Comparison, Severity),
    Span(Quantity, Comparison, TimeDelta),
    Money(Quantity, Comparison, Decimal),
}

/// A field of text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field<'a> {
    /// One of those that things have.
    Known(&'static str),
    /// A label, by its name.
    Label(&'a str),
}

/// Fields of text that things have, as they are typed.
pub const FIELDS: [&str; 9] = ["id", "name", "owner", "kind", "state", "source", "summary", "tag", "ticket"];

/// Something that can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Quantity {
    /// How bad it is, for certain.
    Severity,
    /// How long ago it began.
    Age,
    /// What it may cost per hour.
    Cost,
    /// What it would cost per hour if it were down.
    Value,
    /// Time left until it is missed.
    Left,
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

/// What a filter can ask of a thing.
pub trait Thing {
    /// Calls its argument with each text that counts, and its field.
    fn texts(&self, field: &mut dyn FnMut(Field, &str));

    /// How bad it is.
    fn severity(&self) -> Option<Severity>;

    /// A quantity of time.
    fn span(&self, quantity: Quantity) -> Option<TimeDelta>;

    /// A quantity of money.
    fn money(&self, quantity: Quantity) -> Option<Decimal>;
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Self {
        let text: String = text.chars().filter(|char| !char.is_control()).take(LONGEST).collect();
        let mut filter = Self::default();
        for token in read::tokens(&text) {
            match read::term(&token) {
                Ok(term) => filter.terms.extend(term),
                Err(error) => {
                    filter.error.get_or_insert(error);
                }
            }
        }
        Self { text, ..filter }
    }

    /// Whether everything passes.
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a thing passes.
    pub fn passes(&self, thing: &impl Thing) -> bool {
        self.terms.iter().all(|term| term.test.holds(thing) != term.negated)
    }

    /// The names of fields that no thing has of itself: labels.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().filter_map(|term| match &term.test {
            Test::Field { name, .. } if !FIELDS.contains(&name.as_str()) => Some(name.as_str()),
            _ => None,
        })
    }
}

impl Test {
    fn holds(&self, thing: &impl Thing) -> bool {
        match self {
            Self::Word(word) => {
                let mut found = false;
                thing.texts(&mut |_, text| found = found || contains(text, word));
                found
            }
            Self::Field { name, lower, whole } => {
                let mut found = false;
                thing.texts(&mut |field, text| {
                    let is_it = match field {
                        Field::Known(known) => known == name,
                        Field::Label(label) => label.eq_ignore_ascii_case(name),
                    };
                    found = found
                        || is_it && if *whole { text.to_lowercase() == *lower } else { contains(text, lower) }
                        // Ids have a colon as well: prom:a1.
                        || !*whole && field == Field::Known("id") && is_id(text, name, lower);
                });
                found
            }
            Self::Severity(comparison, wanted) => thing.severity().is_some_and(|it| comparison.holds(&it, wanted)),
            Self::Span(quantity, comparison, wanted) => {
                thing.span(*quantity).is_some_and(|it| comparison.holds(&it, wanted))
            }
            Self::Money(quantity, comparison, wanted) => {
                thing.money(*quantity).is_some_and(|it| comparison.holds(&it, wanted))
            }
        }
    }
}

impl Comparison {
    fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }
}

/// Whether an id begins with a source's name and goes on with a text.
fn is_id(id: &str, source: &str, lower: &str) -> bool {
    id.split_once(':').is_some_and(|(before, rest)| before.eq_ignore_ascii_case(source) && contains(rest, lower))
}

/// Whether a lower-case word occurs in a text of any case, without allocating for plain ASCII.
fn contains(text: &str, lower: &str) -> bool {
    if lower.is_ascii() && text.is_ascii() {
        let (text, lower) = (text.as_bytes(), lower.as_bytes());
        return lower.is_empty() || text.windows(lower.len()).any(|window| window.eq_ignore_ascii_case(lower));
    }
    text.to_lowercase().contains(lower)
}

#[cfg(test)]
mod tests;
