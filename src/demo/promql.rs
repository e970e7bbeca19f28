//! The part of Prometheus' query language that the company's own map uses, over the company's own series.
//!
//! Understood is `[sum(] [increase(|rate(] metric{tests}[window] offset time [)] [)] [* number]`. Anything else is
//! refused as a real server refuses what it cannot parse, so that a changed map fails loudly instead of reading zero.

use std::sync::LazyLock;

use chrono::TimeDelta;
use regex::Regex;

use super::script::{Effect, System};
use super::story::Story;
use super::traffic::{Part, Stream};
use crate::domain::span::{Instant, Span};

/// Name, labels and meaning of one series.
struct Series {
    system: System,
    metric: &'static str,
    labels: &'static [(&'static str, &'static str)],
    reading: Reading,
}

/// What a series reads.
#[derive(Clone, Copy)]
enum Reading {
    /// A counter of a part of a stream.
    Counter(Stream, Part),
    /// 1 while an instance of the edge is up, else 0.
    Up(&'static str),
}

macro_rules! series {
    ($($system:ident $metric:ident { $($label:ident = $value:literal),* } $reading:expr;)*) => {
        &[$(Series {
            system: System::$system,
            metric: stringify!($metric),
            labels: &[$((stringify!($label), $value)),*],
            reading: $reading,
        }),*]
    };
}

use Reading::{Counter, Up};

static SERIES: &[Series] = series! {
    Prom http_requests_total { job = "shop", code = "200" } Counter(Stream::Shop, Part::Good);
    Prom http_requests_total { job = "shop", code = "503" } Counter(Stream::Shop, Part::Bad);
    Prom http_requests_total { job = "login", code = "200" } Counter(Stream::Login, Part::Good);
    Prom http_requests_total { job = "login", code = "500" } Counter(Stream::Login, Part::Bad);
    Prom http_requests_total { job = "tracking", code = "200" } Counter(Stream::Tracking, Part::Good);
    Prom http_requests_total { job = "tracking", code = "502" } Counter(Stream::Tracking, Part::Bad);
    Prom http_request_duration_seconds_bucket { job = "search", le = "0.8" } Counter(Stream::Search, Part::Good);
    Prom http_request_duration_seconds_bucket { job = "search", le = "+Inf" } Counter(Stream::Search, Part::All);
    Prom http_request_duration_seconds_count { job = "search" } Counter(Stream::Search, Part::All);
    Prom batch_jobs_total { job = "payroll", result = "ok" } Counter(Stream::Payroll, Part::Good);
    Prom batch_jobs_total { job = "payroll", result = "failed" } Counter(Stream::Payroll, Part::Bad);
    Prom orders_total { job = "shop" } Counter(Stream::Orders, Part::Good);
    PromEdge up { job = "edge", instance = "edge-1" } Up("edge-1");
    PromEdge up { job = "edge", instance = "edge-2" } Up("edge-2");
    PromEdge up { job = "edge", instance = "edge-3" } Up("edge-3");
    PromEdge up { job = "edge", instance = "edge-4" } Up("edge-4");
    PromEdge up { job = "edge", instance = "edge-5" } Up("edge-5");
};

/// A query that was understood.
pub(super) struct Query {
    sum: bool,
    over: Option<Over>,
    metric: String,
    tests: Vec<Test>,
    offset: TimeDelta,
    factor: f64,
}

#[derive(Clone, Copy)]
enum Over {
    Increase(TimeDelta),
    Rate(TimeDelta),
}

struct Test {
    label: String,
    wanted: bool,
    value: Value,
}

enum Value {
    Text(String),
    Pattern(Regex),
}

/// Labels of a sample, and its value.
pub(super) type Sample = (Vec<(&'static str, &'static str)>, f64);

static SELECTOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([A-Za-z_:][\w:]*)\s*(?:\{(.*)\})?\s*(?:\[(\w+)\])?\s*(?:offset\s+(\w+))?$")
        .expect("the pattern is a constant that the tests compile")
});
static TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)"#)
        .expect("the pattern is a constant that the tests compile")
});

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What a server would say of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("1:1: parse error: no expression found in input".to_owned());
        }
        let refused = || format!("1:1: parse error: unexpected {text:?}: the demo company answers only its own map");
        let (inner, factor) = match text.rsplit_once('*') {
            Some((left, right)) if right.trim().parse::<f64>().is_ok() => (left.trim(), right.trim().parse().ok()),
            _ => (text, None),
        };
        let (inner, sum) = call(inner, "sum").map_or((inner, false), |inner| (inner, true));
        let increase = call(inner, "increase");
        let rate = call(inner, "rate");
        let selector = SELECTOR.captures(increase.or(rate).unwrap_or(inner)).ok_or_else(refused)?;
        let part = |group: usize| selector.get(group).map(|found| found.as_str());
        let time = |text: Option<&str>| text.map(|text| duration(text).ok_or_else(refused)).transpose();
        let over = match (increase.is_some(), rate.is_some(), time(part(3))?) {
            (true, _, Some(window)) => Some(Over::Increase(window)),
            (_, true, Some(window)) => Some(Over::Rate(window)),
            (false, false, None) => None,
            _ => return Err(refused()),
        };
        Ok(Self {
            sum,
            over,
            metric: part(1).unwrap_or_default().to_owned(),
            tests: tests(part(2).unwrap_or_default()).ok_or_else(refused)?,
            offset: time(part(4))?.unwrap_or_default(),
            factor: factor.unwrap_or(1.0),
        })
    }

    /// The samples at an instant, as far as a server knows them that has heard nothing after `now`.
    pub fn samples(&self, system: System, story: &Story, at: Instant, now: Instant) -> Vec<Sample> {
        let at = at - self.offset;
        let wanted = SERIES.iter().filter(|series| series.system == system && self.takes(series));
        let read = |series: &'static Series| Some((series.labels, self.read(series.reading, story, at, now)?));
        let found: Vec<(&[_], f64)> = wanted.filter_map(read).collect();
        if self.sum {
            let total = found.iter().map(|(_, value)| value).sum::<f64>() * self.factor;
            return if found.is_empty() { Vec::new() } else { vec![(Vec::new(), total)] };
        }
        // A function or an operator drops the name of the metric; what was only selected keeps it.
        let named = (self.over.is_none() && self.factor.to_bits() == 1.0_f64.to_bits()).then_some(());
        let name = SERIES.iter().find(|series| series.metric == self.metric).map(|series| ("__name__", series.metric));
        let labelled = |labels: &[(&'static str, &'static str)]| {
            named.and(name).into_iter().chain(labels.iter().copied()).collect()
        };
        found.into_iter().map(|(labels, value)| (labelled(labels), value * self.factor)).collect()
    }

    fn takes(&self, series: &Series) -> bool {
        let value_of = |label: &str| series.labels.iter().find(|(key, _)| *key == label).map_or("", |(_, value)| value);
        series.metric == self.metric
            && self.tests.iter().all(|test| {
                let value = value_of(&test.label);
                let equal = match &test.value {
                    Value::Text(text) => value == text,
                    Value::Pattern(pattern) => pattern.is_match(value),
                };
                equal == test.wanted
            })
    }

    fn read(&self, reading: Reading, story: &Story, at: Instant, now: Instant) -> Option<f64> {
        match (reading, self.over) {
            (Counter(stream, part), Some(over)) => {
                let window = match over {
                    Over::Increase(window) | Over::Rate(window) => window,
                };
                let span = Span::new((at - window).min(now), at.min(now));
                let counted = (!span.is_empty()).then(|| count(stream, part, story, span))?;
                Some(match over {
                    Over::Increase(_) => counted,
                    Over::Rate(window) => counted / window.as_seconds_f64(),
                })
            }
            // Samples are good for five minutes, as they are on a real server.
            _ if at > now + TimeDelta::minutes(5) => None,
            (Counter(stream, part), None) => {
                let since = story.started() - TimeDelta::days(400);
                Some(count(stream, part, story, Span::new(since, at.min(now))).floor())
            }
            (Up(instance), None) => {
                let down = story.state(at.min(now)).iter().any(|step| *step.effect == Effect::Down(instance));
                Some(if down { 0.0 } else { 1.0 })
            }
            (Up(_), Some(_)) => None,
        }
    }
}

fn count(stream: Stream, part: Part, story: &Story, span: Span) -> f64 {
    match part {
        Part::All => stream.volume(span),
        Part::Bad => story.bad(stream, span),
        Part::Good => stream.volume(span) - story.bad(stream, span),
    }
}

/// What stands inside `name( … )`.
fn call<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let inner = text.strip_prefix(name)?.trim_start().strip_prefix('(')?;
    Some(inner.strip_suffix(')')?.trim())
}

fn tests(mut text: &str) -> Option<Vec<Test>> {
    let mut tests = Vec::new();
    while !text.trim().is_empty() {
        let found = TEST.captures(text)?;
        let value = found[3].replace(r"\\", r"\").replace("\\\"", "\"");
        let value = match &found[2] {
            "=" | "!=" => Value::Text(value),
            _ => Value::Pattern(Regex::new(&format!("^(?:{value})$")).ok()?),
        };
        tests.push(Test { label: found[1].to_owned(), wanted: !found[2].starts_with('!'), value });
        text = &text[found[0].len()..];
    }
    Some(tests)
}

/// `300s`, `5m`, `1h30m`, `1w`; positive.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    const UNITS: [(&str, i64); 7] = [
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
        ("w", 7 * 86_400_000),
        ("y", 365 * 86_400_000),
    ];
    let (mut rest, mut total) = (text, 0_i64);
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = rest[digits..].len() - rest[digits..].trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == &rest[digits..digits + unit])?;
        total = rest[..digits].parse::<i64>().ok()?.checked_mul(*millis)?.checked_add(total)?;
        rest = &rest[digits + unit..];
    }
    // Longer than a server keeps is no window.
    (0 < total && total <= 400 * 86_400_000).then(|| TimeDelta::milliseconds(total))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::demo::Options;

    fn story() -> (Story, Instant) {
        let started = DateTime::parse_from_rfc3339("2026-11-24T10:00:00Z").expect("a time").to_utc();
        (Story::beginning(started, Options::default()), started)
    }

    fn ask(query: &str, system: System, after: i64) -> Vec<Sample> {
        let (story, started) = story();
        let now = started + TimeDelta::seconds(after);
        Query::parse(query).expect(query).samples(system, &story, now, now)
    }

    #[test]
    fn good_and_bad_make_all() {
        let one = |query: &str| ask(query, System::Prom, 60)[0].1;
        let good = one(r#"sum(increase(http_requests_total{job="shop",code!~"5.."}[300s]))"#);
        let all = one(r#"sum(increase(http_requests_total{job="shop"}[5m]))"#);
        let bad = one(r#"sum(increase(http_requests_total{job="shop",code=~"5.."}[300s]))"#);
        assert!((good + bad - all).abs() < 1e-6 && bad / all > 0.015);
        let per_second = one(r#"sum(rate(http_requests_total{job="shop"}[5m]))"#);
        assert!((per_second * 300.0 - all).abs() < 1e-6);
    }

    #[test]
    fn orders_fall_in_the_outage_and_were_expected() {
        let actual = |after| ask(r#"sum(rate(orders_total{job="shop"}[1m])) * 60"#, System::Prom, after)[0].1;
        let expected = ask(r#"sum(rate(orders_total{job="shop"}[1m] offset 1w)) * 60"#, System::Prom, 120)[0].1;
        assert!((actual(0) - expected).abs() < expected * 0.01);
        assert!(actual(120) < expected * 0.1);
    }

    #[test]
    fn a_selected_series_keeps_its_name_and_a_function_drops_it() {
        let up = ask(r#"up{job="edge"}"#, System::PromEdge, 0);
        assert_eq!(up.len(), 5);
        assert_eq!(up[0], (vec![("__name__", "up"), ("job", "edge"), ("instance", "edge-1")], 1.0));
        assert_eq!(ask("increase(orders_total[1h])", System::Prom, 0)[0].0, vec![("job", "shop")]);
        assert!(ask("up", System::Prom, 0).is_empty(), "the other server has these");
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["", "sum(", "up[5m]", "rate(up)", "avg(up)", "up{job=edge}", "increase(up[0s])", "up offset x"] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1h30m"), Some(TimeDelta::minutes(90)));
        assert_eq!(duration("300s"), duration("5m"));
        assert_eq!((duration("5"), duration("m"), duration("9999w")), (None, None, None));
    }

    #[test]
    fn nothing_is_known_of_the_future() {
        let (story, started) = story();
        let query = Query::parse("sum(increase(orders_total[5m]))").expect("a query");
        assert!(query.samples(System::Prom, &story, started + TimeDelta::hours(1), started).is_empty());
    }
}
