//! Which signals and tickets belong to a node: all labels present, whole value, case-sensitive.

use regex::Regex;

use super::id::SourceName;
use super::severity::Severity;

/// Labels as they come from a source, sorted by key or not; a handful, so a scan is the fastest look-up.
pub type Labels = [(std::sync::Arc<str>, std::sync::Arc<str>)];

/// The value of a label.
pub fn label<'a>(labels: &'a Labels, key: &str) -> Option<&'a str> {
    labels.iter().find(|(name, _)| &**name == key).map(|(_, value)| &**value)
}

/// One entry of `match` or `tickets`.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Whose observations.
    pub source: SourceName,
    /// All of these.
    pub labels: Vec<LabelTest>,
    /// At least this bad.
    pub severity: Option<Severity>,
}

impl Matcher {
    /// Whether an observation of this matcher's source belongs here.
    pub fn takes(&self, labels: &Labels, severity: Severity) -> bool {
        self.severity.is_none_or(|least| severity >= least) && self.labels.iter().all(|test| test.holds(labels))
    }
}

/// A test of one label.
#[derive(Clone, Debug)]
pub struct LabelTest {
    /// The label.
    pub key: String,
    /// What its value must be.
    pub pattern: Pattern,
}

impl LabelTest {
    /// Whether the test holds; an absent label counts as different from everything.
    pub fn holds(&self, labels: &Labels) -> bool {
        self.pattern.holds(label(labels, &self.key))
    }
}

/// A value as written in a matcher: `text`, `te*t`, `/regex/`, each with a leading `!` to negate.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Whether it must not match.
    pub negated: bool,
    /// What is compared.
    pub test: Test,
}

/// What a [`Pattern`] compares with.
#[derive(Clone, Debug)]
pub enum Test {
    /// The same text: found by hash in the index.
    Exact(String),
    /// `*` stands for anything.
    Glob(String),
    /// A regular expression over the whole value.
    Regex(Regex),
}

impl Pattern {
    /// Whether it holds of a value; an absent one counts as different from everything.
    pub fn holds(&self, value: Option<&str>) -> bool {
        value.map_or(self.negated, |value| self.matches(value))
    }

    /// Reads a pattern.
    ///
    /// # Errors
    /// The text of a `/regex/` that is none, or is too large.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let test = match inner {
            Some(regex) => {
                let whole = format!("^(?:{regex})$");
                let built = regex::RegexBuilder::new(&whole).size_limit(1 << 20).build();
                Test::Regex(built.map_err(|error| error.to_string().replace(&whole, regex))?)
            }
            None if text.contains('*') => Test::Glob(text.to_owned()),
            None => Test::Exact(text.to_owned()),
        };
        Ok(Self { negated, test })
    }

    /// Whether a value is taken.
    pub fn matches(&self, value: &str) -> bool {
        let found = match &self.test {
            Test::Exact(text) => text == value,
            Test::Glob(glob) => glob_matches(glob, value),
            Test::Regex(regex) => regex.is_match(value),
        };
        found != self.negated
    }
}

/// Whether `*` globs match the whole text: the first part anchors the start, the last the end, and what is between
/// is found from the left, which is enough for a pattern whose only operator is `*`.
pub fn glob_matches(glob: &str, text: &str) -> bool {
    let Some((first, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.len() >= last.len() && left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_values() {
        assert!(glob_matches("mysql*", "mysql-5"));
        assert!(!glob_matches("mysql*", "my"));
        assert!(glob_matches("a*b*c", "a-b-b-c"));
        assert!(!glob_matches("a*b", "ab-"));
        assert!(!glob_matches("ab*b", "ab"));
        assert!(glob_matches("*", ""));
        assert!(glob_matches("**x", "x"));
    }

    #[test]
    fn an_absent_label_differs_from_everything() {
        let labels: Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> = vec![("host".into(), "db1".into())];
        let test =
            |key: &str, text: &str| LabelTest { key: key.into(), pattern: Pattern::parse(text).expect("a pattern") };
        assert!(test("role", "!web").holds(&labels));
        assert!(!test("role", "web").holds(&labels));
        assert!(test("host", "/db[0-9]/").holds(&labels));
        assert!(!test("host", "/db/").holds(&labels));
    }
}
