//! How true the map is: which signals it knows nothing of, and on which single things the business rests.
//!
//! Asked only where somebody looks, and once a world: see [`super::atlas::Reading`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::atlas::Atlas;
use super::list::Row;
use super::model::Model;
use super::place::Item;
use crate::domain::facts::Signal;
use crate::domain::id::SourceName;
use crate::domain::map::NodeIndex;
use crate::domain::severity::Severity;
use crate::domain::world::World;

/// Labels that tell what a signal is about, the most telling first: a service before the machine it runs on.
const TELLING: [&str; 16] = [
    "service",
    "app",
    "application",
    "component",
    "deployment",
    "job",
    "hostgroup",
    "host",
    "hostname",
    "instance",
    "node",
    "device",
    "pod",
    "namespace",
    "team",
    "alertname",
];

/// Signals on no node that one matcher would take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gap {
    /// What it is known by: `source key=value`.
    pub id: Arc<str>,
    /// Whose signals.
    pub source: SourceName,
    /// The label that they share; `None` for signals without a label.
    pub label: Option<(Arc<str>, Arc<str>)>,
    /// Them, by index into [`World::signals`].
    pub signals: Vec<usize>,
    /// The worst of them.
    pub worst: Severity,
}

impl Gap {
    /// A component that would take them, for a file of the map.
    pub fn toml(&self) -> String {
        let Some((key, value)) = &self.label else {
            return format!("# {} sends signals without labels: nothing can match them", self.source);
        };
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "[[component]]\nid = \"{}\"\nmatch = [{{ source = {:?}, labels = {{ {} = {:?} }} }}]\n",
            slug(value),
            self.source.as_str(),
            bare(key),
            value
        );
        text
    }
}

/// A value as an id: what an id can't have is a dash.
fn slug(value: &str) -> String {
    let lower = value.to_lowercase();
    let dashed: String =
        lower.chars().map(|char| if char.is_ascii_alphanumeric() || char == '_' { char } else { '-' }).collect();
    let id = dashed.trim_matches(|char| char == '-' || char == '_').to_owned();
    if id.is_empty() { "unnamed".to_owned() } else { id }
}

/// A key of TOML, quoted where it must be.
fn bare(key: &str) -> String {
    let is_bare = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-';
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { format!("{key:?}") }
}

/// What a signal is best told by.
fn telling(signal: &Signal) -> Option<(Arc<str>, Arc<str>)> {
    let found =
        TELLING.iter().find_map(|key| signal.labels.iter().find(|(name, value)| &**name == *key && !value.is_empty()));
    found.or_else(|| signal.labels.first()).cloned()
}

/// The gaps of the map: the worst first, then the largest.
pub fn gaps(world: &World) -> Vec<Gap> {
    let mut gaps: BTreeMap<Arc<str>, Gap> = BTreeMap::new();
    for (at, mapped) in world.signals.iter().enumerate().filter(|(_, signal)| signal.nodes.is_empty()) {
        let signal = &mapped.item;
        let told = telling(signal);
        let text = told.as_ref().map_or_else(|| "without labels".to_owned(), |(key, value)| format!("{key}={value}"));
        let id: Arc<str> = format!("{} {text}", signal.source).into();
        let gap = gaps.entry(Arc::clone(&id)).or_insert_with(|| Gap {
            id,
            source: signal.source.clone(),
            label: told,
            signals: Vec::new(),
            worst: Severity::Ok,
        });
        gap.signals.push(at);
        gap.worst = gap.worst.max(signal.severity);
    }
    let mut gaps: Vec<Gap> = gaps.into_values().collect();
    gaps.sort_by_key(|gap| (std::cmp::Reverse((gap.worst, gap.signals.len())), Arc::clone(&gap.id)));
    gaps
}

/// A leaf that alone makes processes major or worse, whatever else is well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Single {
    /// The leaf.
    pub leaf: NodeIndex,
    /// The processes that rest on it.
    pub processes: Vec<NodeIndex>,
    /// What they are worth per hour now.
    pub value: Decimal,
}

/// The single points of failure, those that most rests on first.
pub fn singles(world: &World, atlas: &Atlas) -> Vec<Single> {
    let mut by_leaf: BTreeMap<NodeIndex, Single> = BTreeMap::new();
    for process in &atlas.processes {
        let Some(state) = world.nodes.get(*process) else { continue };
        let value = state.money.map_or(Decimal::ZERO, |money| money.value_at_risk);
        for leaf in state.single_points.iter() {
            let single = by_leaf.entry(*leaf).or_insert_with(|| Single {
                leaf: *leaf,
                processes: Vec::new(),
                value: Decimal::ZERO,
            });
            single.processes.push(*process);
            single.value += value;
        }
    }
    let mut singles: Vec<Single> = by_leaf.into_values().collect();
    singles.sort_by_key(|single| (std::cmp::Reverse((single.value, single.processes.len())), single.leaf));
    singles
}

/// The rows of the gaps.
pub(super) fn gap_rows(model: &Model) -> Vec<Row> {
    let gaps = model.gaps().iter().enumerate();
    gaps.map(|(at, gap)| Row::flat(Item::Gap(Arc::clone(&gap.id)), at)).collect()
}

/// The rows of the single points, each a leaf.
pub(super) fn single_rows(model: &Model) -> Vec<Row> {
    model.singles().iter().map(|single| super::rows::node(&model.world, single.leaf)).collect()
}

impl Model {
    /// The gaps of the map in the world that is shown.
    pub fn gaps(&self) -> &[Gap] {
        self.reading.gaps.get_or_init(|| gaps(&self.world))
    }

    /// The single points of failure of the world that is shown.
    pub fn singles(&self) -> &[Single] {
        self.reading.singles.get_or_init(|| singles(&self.world, &self.atlas))
    }

    /// A gap by what it is known by.
    pub fn gap(&self, id: &str) -> Option<&Gap> {
        self.gaps().iter().find(|gap| &*gap.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_is_toml_with_an_id_that_the_map_takes() {
        let gap = |key: &str, value: &str| Gap {
            id: "x".into(),
            source: "prom".into(),
            label: Some((key.into(), value.into())),
            signals: vec![0],
            worst: Severity::Ok,
        };
        for (key, value) in [("service", "Payments API"), ("host.name", "db\"1\\"), ("a b", "Zürich"), ("k", "___")] {
            let text = gap(key, value).toml();
            let table: toml::Table = text.parse().expect("valid TOML");
            let component = &table["component"][0];
            let id = component["id"].as_str().expect("an id");
            assert!(id.starts_with(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit()), "{id}");
            assert!(id.chars().all(|char| char.is_ascii_alphanumeric() || char == '-' || char == '_'), "{id}");
            assert_eq!(component["match"][0]["labels"][key].as_str(), Some(value));
        }
    }
}
