//! The numbers of a source's queries as one compressed text: they change with every poll, and resemble each other.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use chrono::TimeDelta;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::body::Exact;
use super::times::{instant, stored};
use crate::domain::facts::{Exclusion, Facts, MeasuredSample, ObjectiveFacts, Recorded, Series};
use crate::domain::id::{NodeId, ObjectiveId, SourceName, SpendId};
use crate::domain::map::{Map, SpendFrom};
use crate::domain::span::Span;

/// The numbers of one source.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub checks: BTreeMap<NodeId, Vec<Series>>,
    pub objectives: BTreeMap<ObjectiveId, ObjectiveFacts>,
    pub measured: BTreeMap<NodeId, MeasuredSample>,
    pub spend: BTreeMap<SpendId, Decimal>,
}

impl Figures {
    /// Whether nothing differs. A sample that is no number is the same as another one.
    pub fn is_same(&self, other: &Self) -> bool {
        let series = |a: &Series, b: &Series| a.key == b.key && a.value.to_bits() == b.value.to_bits();
        let check =
            |(a, b): (&Vec<Series>, &Vec<Series>)| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| series(a, b));
        self.checks.keys().eq(other.checks.keys())
            && self.checks.values().zip(other.checks.values()).all(check)
            && self.objectives == other.objectives
            && self.measured == other.measured
            && self.spend == other.spend
    }

    /// The numbers in facts, by the source that the map asks for them. What the map does not ask has no source.
    pub fn by_source(map: &Map, facts: &Facts) -> BTreeMap<SourceName, Self> {
        let mut found: BTreeMap<SourceName, Self> = BTreeMap::new();
        for (_, node) in map.named_nodes() {
            if let Some(check) = &node.check
                && let Some(series) = facts.checks.get(&node.id)
            {
                found.entry(check.source.clone()).or_default().checks.insert(node.id.clone(), series.clone());
            }
            if let Some(measured) = &node.measured
                && let Some(sample) = facts.measured.get(&node.id)
            {
                found.entry(measured.source.clone()).or_default().measured.insert(node.id.clone(), *sample);
            }
        }
        for objective in &map.objectives {
            if let Some(source) = &objective.source
                && let Some(counts) = facts.objectives.get(&objective.id)
            {
                found.entry(source.clone()).or_default().objectives.insert(objective.id.clone(), counts.clone());
            }
        }
        for spend in &map.spends {
            if let SpendFrom::Query(source, _) = &spend.from
                && let Some(amount) = facts.spend.get(&spend.id)
            {
                found.entry(source.clone()).or_default().spend.insert(spend.id.clone(), *amount);
            }
        }
        found
    }

    /// Adds the numbers to facts.
    pub fn add_to(self, facts: &mut Facts) {
        facts.checks.extend(self.checks);
        facts.objectives.extend(self.objectives);
        facts.measured.extend(self.measured);
        facts.spend.extend(self.spend);
    }

    /// The compressed text.
    pub fn packed(&self) -> std::io::Result<Vec<u8>> {
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&serde_json::to_vec(&FiguresText::from(self))?)?;
        packer.finish()
    }

    /// The numbers of a compressed text.
    pub fn unpacked(packed: &[u8]) -> std::io::Result<Self> {
        let mut text = Vec::new();
        ZlibDecoder::new(packed).read_to_end(&mut text)?;
        Ok(serde_json::from_slice::<FiguresText>(&text)?.into())
    }
}

/// Values of samples are text, as JSON has neither NaN nor infinities.
type SeriesText = (String, String);
/// Start, end, errors, total.
type ExclusionText = (i64, i64, Exact, Exact);

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct FiguresText {
    c: BTreeMap<String, Vec<SeriesText>>,
    o: BTreeMap<String, ObjectiveText>,
    m: BTreeMap<String, (Exact, Exact, i64)>,
    s: BTreeMap<String, Exact>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct ObjectiveText {
    e: Option<Exact>,
    g: Option<Exact>,
    t: Option<Exact>,
    /// By seconds: error ratio, and events where known.
    w: BTreeMap<i64, Exact>,
    n: BTreeMap<i64, Exact>,
    x: Vec<ExclusionText>,
    l: Vec<(Exact, Exact)>,
    c: Option<Exact>,
    /// Attained, remaining, method.
    r: Option<(Option<Exact>, Option<Exact>, String)>,
}

fn exact(number: Option<Decimal>) -> Option<Exact> {
    number.map(Exact)
}

fn number(exact: Option<Exact>) -> Option<Decimal> {
    exact.map(|Exact(number)| number)
}

impl From<&Figures> for FiguresText {
    fn from(figures: &Figures) -> Self {
        let series = |series: &Series| (series.key.to_string(), series.value.to_string());
        let sample = |it: &MeasuredSample| (Exact(it.actual), Exact(it.expected), stored(it.at));
        let checks = figures.checks.iter();
        Self {
            c: checks.map(|(id, all)| (id.to_string(), all.iter().map(series).collect())).collect(),
            o: figures.objectives.iter().map(|(id, facts)| (id.to_string(), facts.into())).collect(),
            m: figures.measured.iter().map(|(id, it)| (id.to_string(), sample(it))).collect(),
            s: figures.spend.iter().map(|(id, amount)| (id.to_string(), Exact(*amount))).collect(),
        }
    }
}

impl From<FiguresText> for Figures {
    fn from(text: FiguresText) -> Self {
        let series = |(key, value): SeriesText| Series { key: key.into(), value: value.parse().unwrap_or(f64::NAN) };
        let sample = |(actual, expected, at): (Exact, Exact, i64)| MeasuredSample {
            actual: actual.0,
            expected: expected.0,
            at: instant(at),
        };
        let checks = text.c.into_iter();
        Self {
            checks: checks.map(|(id, all)| (NodeId::from(id), all.into_iter().map(series).collect())).collect(),
            objectives: text.o.into_iter().map(|(id, facts)| (ObjectiveId::from(id), facts.into())).collect(),
            measured: text.m.into_iter().map(|(id, it)| (NodeId::from(id), sample(it))).collect(),
            spend: text.s.into_iter().map(|(id, amount)| (SpendId::from(id), amount.0)).collect(),
        }
    }
}

impl From<&ObjectiveFacts> for ObjectiveText {
    fn from(facts: &ObjectiveFacts) -> Self {
        let by_seconds = |map: &BTreeMap<TimeDelta, Decimal>| {
            map.iter().map(|(window, number)| (window.num_seconds(), Exact(*number))).collect()
        };
        let excluded = |it: &Exclusion| (stored(it.span.start), stored(it.span.end), Exact(it.errors), Exact(it.total));
        let recorded = |it: &Recorded| (exact(it.attained), exact(it.remaining), it.method.clone());
        Self {
            e: exact(facts.errors),
            g: exact(facts.good),
            t: exact(facts.total),
            w: by_seconds(&facts.windows),
            n: by_seconds(&facts.window_totals),
            x: facts.excluded.iter().map(excluded).collect(),
            l: facts.slices.iter().map(|(errors, total)| (Exact(*errors), Exact(*total))).collect(),
            c: exact(facts.coverage),
            r: facts.recorded.as_ref().map(recorded),
        }
    }
}

impl From<ObjectiveText> for ObjectiveFacts {
    fn from(text: ObjectiveText) -> Self {
        let by_window = |map: BTreeMap<i64, Exact>| {
            map.into_iter().map(|(window, number)| (TimeDelta::seconds(window), number.0)).collect()
        };
        let excluded = |(start, end, errors, total): ExclusionText| Exclusion {
            span: Span::new(instant(start), instant(end)),
            errors: errors.0,
            total: total.0,
        };
        let recorded = |(attained, remaining, method): (Option<Exact>, Option<Exact>, String)| Recorded {
            attained: number(attained),
            remaining: number(remaining),
            method,
        };
        Self {
            errors: number(text.e),
            good: number(text.g),
            total: number(text.t),
            windows: by_window(text.w),
            window_totals: by_window(text.n),
            excluded: text.x.into_iter().map(excluded).collect(),
            slices: text.l.into_iter().map(|(errors, total)| (errors.0, total.0)).collect(),
            coverage: number(text.c),
            // Drawn again once the slices are there.
            course: Vec::new(),
            recorded: text.r.map(recorded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::{at, dec, span, time};

    #[test]
    fn what_is_packed_is_unpacked_again() {
        let objective = ObjectiveFacts {
            errors: Some(dec("120")),
            good: None,
            total: Some(dec("1000000.25")),
            windows: [(time("5m"), dec("0.02")), (time("1h"), dec("0.016"))].into(),
            window_totals: [(time("5m"), dec("600"))].into(),
            excluded: vec![Exclusion {
                span: span("2026-11-08T22:00:00Z", "2026-11-08T23:00:00Z"),
                errors: dec("10"),
                total: dec("400"),
            }],
            slices: vec![(dec("1"), dec("2"))],
            coverage: Some(dec("0.999")),
            course: Vec::new(),
            recorded: Some(Recorded { attained: None, remaining: Some(dec("-1")), method: "sloth".to_owned() }),
        };
        let series = [1.5, f64::NAN, f64::INFINITY, 0.1 + 0.2];
        let series = series.map(|value| Series { key: format!("{value}").into(), value }).to_vec();
        let sample = MeasuredSample { actual: dec("4.9"), expected: dec("11.4"), at: at("2026-11-24T09:59:50.25Z") };
        let figures = Figures {
            checks: [(NodeId::from("edge"), series)].into(),
            objectives: [(ObjectiveId::from("o"), objective)].into(),
            measured: [(NodeId::from("checkout"), sample)].into(),
            spend: [(SpendId::from("cloud"), dec("14200.00"))].into(),
        };
        let again = Figures::unpacked(&figures.packed().expect("packed")).expect("unpacked");
        assert!(figures.is_same(&again), "{again:?}");
        let other = Figures { spend: BTreeMap::new(), ..figures.clone() };
        assert!(!figures.is_same(&other));
    }
}
