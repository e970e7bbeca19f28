//! Where a value stands in an answer, as the configuration of `http-json` says it: a JSON pointer, a text with
//! pointers in braces, or a text as it is. Only the words are here; what they find in an answer is the adapter's.
//!
//! A pointer is that of RFC 6901 with three additions: `*` is every entry of a list or object, a negative number counts
//! from a list's end, and `@key` is the name or number under which an item stands.

use std::fmt;

/// A way into a document: what to take, one after the other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pointer(pub Vec<Step>);

/// A step of a [`Pointer`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A key of an object, or an index of a list.
    Name(String),
    /// Every entry.
    Each,
}

impl Pointer {
    /// Reads `/a/b/0`; the empty text is the whole document.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("`{text}` is no JSON pointer: it begins with a slash, such as \"/data/items\""));
        };
        if rest.is_empty() {
            return Err("`/` is an empty key; leave it out for the whole answer".to_owned());
        }
        rest.split('/').map(step).collect::<Result<_, _>>().map(Self)
    }
}

fn step(token: &str) -> Result<Step, String> {
    if token == "*" {
        return Ok(Step::Each);
    }
    let bad = token.match_indices('~').any(|(at, _)| !token[at..].starts_with("~0") && !token[at..].starts_with("~1"));
    if bad {
        return Err(format!("in `{token}` a ~ must be written ~0, and a slash within a key ~1"));
    }
    Ok(Step::Name(token.replace("~1", "/").replace("~0", "~")))
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Each => f.write_str("/*")?,
                Step::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

/// A value made of parts of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template(pub Vec<Part>);

/// A part of a [`Template`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// As it is.
    Text(String),
    /// What stands there.
    At(Pointer),
    /// The name or number under which the item stands.
    Key,
}

impl Template {
    /// Reads `"/name"`, `"{/group}: {/name}"`, `"{@key}"` or a text as it is. Braces that are meant are doubled.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "@key" {
            return Ok(Self(vec![Part::Key]));
        }
        if text.starts_with('/') && !text.contains('{') {
            return Ok(Self(vec![Part::At(Pointer::parse(text)?)]));
        }
        let (mut parts, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            plain.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                plain.push_str(&from[..1]);
                rest = after;
                continue;
            }
            let inner = from.strip_prefix('{').and_then(|inner| inner.split_once('}'));
            let Some((inner, after)) = inner else {
                return Err(format!("a brace in `{text}` has no partner; one that is meant is written twice"));
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(if inner == "@key" { Part::Key } else { Part::At(Pointer::parse(inner)?) });
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// Whether it says the same of every item.
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|part| matches!(part, Part::Text(_)))
    }
}

/// A question about an item: whether a value says yes, or is one of some words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    /// What is looked at.
    pub value: Template,
    /// The words that say yes; none: everything but nothing, 0, false, no, none, null and off.
    pub words: Vec<String>,
}

impl Flag {
    /// Reads `"/acknowledged"` or `"/status = closed | resolved"`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((value, words)) = text.split_once(" = ") else {
            return Ok(Self { value: Template::parse(text.trim())?, words: Vec::new() });
        };
        let words: Vec<String> = words.split('|').map(|word| word.trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            return Err(format!("`{text}` compares with nothing; such as \"/status = closed | resolved\""));
        }
        Ok(Self { value: Template::parse(value.trim())?, words })
    }

    /// Whether a value says yes.
    pub fn says(&self, value: &str) -> bool {
        if self.words.is_empty() {
            let no = ["", "0", "false", "no", "none", "null", "off"];
            return !no.iter().any(|no| value.trim().eq_ignore_ascii_case(no));
        }
        self.words.iter().any(|word| word.eq_ignore_ascii_case(value.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_those_of_their_rfc_and_come_back_as_written() {
        for text in ["", "/a", "/a/0/b", "/a~1b/~0c", "/groups/*/items", "/results/-1/ok"] {
            assert_eq!(Pointer::parse(text).expect("a pointer").to_string(), text);
        }
        for bad in ["a", "/", "/a~b", "/a~"] {
            assert!(Pointer::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn templates_mix_text_and_places() {
        let at = |text: &str| Part::At(Pointer::parse(text).expect("a pointer"));
        let parts = |text: &str| Template::parse(text).expect("a template").0;
        assert_eq!(parts("/name"), [at("/name")]);
        assert_eq!(parts("{/group}: {/name}"), [at("/group"), Part::Text(": ".into()), at("/name")]);
        assert_eq!(parts("warning"), [Part::Text("warning".into())]);
        assert_eq!(parts("{{x}}"), [Part::Text("{x}".into())]);
        assert_eq!(parts("{@key}!"), [Part::Key, Part::Text("!".into())]);
        assert_eq!(parts("@key"), [Part::Key]);
        assert_eq!(parts("https://x/{/id}"), [Part::Text("https://x/".into()), at("/id")]);
        for bad in ["{/a", "/a}", "{a}", "}"] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
        assert!(Template::parse("warning").is_ok_and(|it| it.is_constant()));
    }

    #[test]
    fn flags_say_yes_by_themselves_or_by_word() {
        let plain = Flag::parse("/ack").expect("a flag");
        assert!(plain.says("1") && plain.says("ann") && !plain.says("0") && !plain.says("False") && !plain.says(""));
        let words = Flag::parse("/status = Closed | resolved").expect("a flag");
        assert!(words.says("closed") && words.says("Resolved") && !words.says("open"));
        assert!(Flag::parse("/status =  ").is_err());
        assert!(Flag::parse("/status = a |").is_err());
    }
}
