//! Text of an answer on its way into the model: borrowed while it is parsed, cleaned once, and shared where it
//! comes again. Ten thousand alerts have some hundred different label values.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::domain::clean::{clean, clean_line};
use crate::domain::facts::LabelList;

/// The most characters of a summary.
pub const MOST_SUMMARY: usize = 500;

/// A JSON string, borrowed from the body unless it holds an escape. (`Cow` inside a container would always be
/// copied by serde.) `null` is empty; numbers and booleans are taken as their text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Text<'a>(pub Cow<'a, str>);

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, unless it is empty.
    pub fn given(&self) -> Option<&str> {
        Some(self.as_str()).filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(if flag { "true" } else { "false" })))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A JSON object of texts as flat pairs, in the order of the answer; `null` is none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextPairs<'a>(pub Vec<(Text<'a>, Text<'a>)>);

impl TextPairs<'_> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.as_str() == key).map(|(_, value)| value.as_str())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for TextPairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = TextPairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(8);
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(TextPairs(pairs))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(TextPairs::default())
            }
        }
        deserializer.deserialize_any(PairsVisitor)
    }
}

/// Cleaned texts that were seen, to be shared. It outlives a poll, so that labels that stay cost nothing anew.
#[derive(Debug, Default)]
pub struct Interner {
    seen: FxHashSet<Arc<str>>,
    /// The labels that were shared last: the next ones have mostly the same names, and many of the same values.
    last: LabelList,
}

impl Interner {
    /// The cleaned text, shared.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        // What is in the set is clean, so a hit needs no cleaning.
        if let Some(known) = self.seen.get(text) {
            return Arc::clone(known);
        }
        let clean = clean(text);
        if let Some(known) = self.seen.get(&*clean) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = Arc::from(clean);
        self.seen.insert(Arc::clone(&shared));
        shared
    }

    /// Labels, keys and values cleaned and shared.
    pub fn labels(&mut self, pairs: &[(Text<'_>, Text<'_>)]) -> LabelList {
        let last = std::mem::take(&mut self.last);
        // What is like a clean text is clean.
        let mut share = |text: &str, near: Option<&Arc<str>>| match near {
            Some(near) if **near == *text => Arc::clone(near),
            _ => self.share(text),
        };
        let label = |(place, (key, value)): (usize, &(Text<'_>, Text<'_>))| {
            let near = last.get(place);
            (share(key.as_str(), near.map(|near| &near.0)), share(value.as_str(), near.map(|near| &near.1)))
        };
        let labels: LabelList = pairs.iter().enumerate().map(label).collect();
        self.last = Arc::clone(&labels);
        labels
    }

    /// Forgets the texts that nothing uses any more. Called after a report replaced the one before it.
    pub fn forget_unused(&mut self) {
        self.last = LabelList::default();
        self.seen.retain(|text| Arc::strong_count(text) > 1);
    }

    /// How many texts are kept.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

/// A summary: one line, cleaned and bounded.
pub fn summary(text: &str) -> Arc<str> {
    Arc::from(clean_line(text.trim(), MOST_SUMMARY))
}

/// An address that may be opened: `http` or `https` without anything a terminal could mistake for more.
pub fn link(text: &str) -> Option<Arc<str>> {
    let harmless = text.len() <= 2000 && text.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    (harmless && (text.starts_with("https://") || text.starts_with("http://"))).then(|| Arc::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_borrowed_unless_they_hold_an_escape() {
        let json = r#"{"a":"plain","b":"two\nlines","c":null,"d":7,"e":true}"#;
        let pairs: TextPairs = serde_json::from_str(json).expect("an object of texts");
        assert!(matches!(pairs.0[0].1.0, Cow::Borrowed("plain")));
        assert_eq!(pairs.get("b"), Some("two\nlines"));
        assert_eq!(
            [pairs.get("c"), pairs.get("d"), pairs.get("e"), pairs.get("f")],
            [Some(""), Some("7"), Some("true"), None]
        );
        assert!(serde_json::from_str::<TextPairs>("[1]").is_err());
        assert!(serde_json::from_str::<TextPairs>(r#"{"a":{"b":"c"}}"#).is_err());
    }

    #[test]
    fn keys_and_values_are_cleaned_and_shared() {
        let mut interner = Interner::default();
        let json = "{\"ke\\u001by\":\"va\\u202elue\",\"env\":\"prod\"}";
        let pairs: TextPairs = serde_json::from_str(json).expect("an object of texts");
        let (first, second) = (interner.labels(&pairs.0), interner.labels(&pairs.0));
        assert_eq!((&*first[0].0, &*first[0].1), ("ke␛y", "va·lue"));
        assert!(Arc::ptr_eq(&first[1].1, &second[1].1) && Arc::ptr_eq(&first[0].0, &second[0].0));
        drop((first, second));
        interner.forget_unused();
        assert!(interner.is_empty());
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert!(link("https://grafana.example/d/1?x=y").is_some());
        for bad in ["javascript:alert(1)", "file:///etc/passwd", "https://a\u{7}b", "http://a b", ""] {
            assert_eq!(link(bad), None, "{bad}");
        }
    }
}
