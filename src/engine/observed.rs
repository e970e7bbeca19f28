//! Facts with their place in the map: what was observed, and of which nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::facts::{Change, Facts, Freshness, Signal, SourceFact, Ticket};
use crate::domain::id::SourceName;
use crate::domain::map::NodeIndex;
use crate::domain::severity::Severity;
use crate::domain::world::{Mapped, Signals};

use super::Model;

/// Facts with their place in the map.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Everything but signals, tickets and changes, which are below.
    pub facts: Facts,
    /// Signals and their nodes. A signal's place is its number.
    pub signals: Signals,
    /// Tickets and their nodes.
    pub tickets: Arc<[Mapped<Ticket>]>,
    /// Changes and their nodes.
    pub changes: Arc<[Mapped<Change>]>,
    /// How many signals and tickets each source has, by place in the map's list.
    pub counts: Vec<(usize, usize)>,
}

impl Observed {
    /// Finds the nodes of every observation.
    pub fn of(model: &Model, mut facts: Facts) -> Self {
        let mut counts = vec![(0, 0); model.map.sources.len()];
        for place in facts.signals.iter().filter_map(|signal| model.source_place(&signal.source)) {
            counts[usize::from(place)].0 += 1;
        }
        for place in facts.tickets.iter().filter_map(|ticket| model.source_place(&ticket.source)) {
            counts[usize::from(place)].1 += 1;
        }
        note_clocks_ahead(&mut facts);
        let mut place = Placing::default();
        let signals = std::mem::take(&mut facts.signals).into_iter().map(|item| place.of(model, item)).collect();
        let tickets = map_tickets(model, std::mem::take(&mut facts.tickets));
        let changes = map_changes(model, std::mem::take(&mut facts.changes));
        Self { facts, signals, tickets: tickets.into(), changes: changes.into(), counts }
    }
}

/// Adapters cut instants of the future and say so; facts from elsewhere may have some.
fn note_clocks_ahead(facts: &mut Facts) {
    let mut ahead: BTreeMap<SourceName, usize> = BTreeMap::new();
    for signal in facts.signals.iter().filter(|signal| signal.since.is_some_and(|since| since > facts.at)) {
        *ahead.entry(signal.source.clone()).or_default() += 1;
    }
    for (source, count) in ahead {
        let fact = facts.sources.entry(source).or_insert_with(|| SourceFact::of(Freshness::Fresh));
        fact.notes.push(format!("{count} signals begin in the future: is its clock right? They count from now"));
    }
}

fn named(source: &SourceName, id: &str) -> Arc<str> {
    format!("{source}:{id}").into()
}

/// Finds the nodes of signals.
#[derive(Debug, Default)]
pub struct Placing {
    nobody: Arc<[NodeIndex]>,
    /// Lists of one node, by node: most signals belong to one, and share its list.
    alone: Vec<Option<Arc<[NodeIndex]>>>,
    found: Vec<NodeIndex>,
}

impl Placing {
    /// A signal, called as it is in worlds, and its nodes.
    pub fn of(&mut self, model: &Model, item: Arc<Signal>) -> Mapped<Signal> {
        let name = named(&item.source, &item.id);
        self.again(model, item, name)
    }

    /// The same where its name is known.
    pub fn again(&mut self, model: &Model, item: Arc<Signal>, name: Arc<str>) -> Mapped<Signal> {
        model.signal_index.nodes_into(&item.source, &item.labels, item.severity, &mut self.found);
        let nodes = match *self.found.as_slice() {
            [] => self.nobody.clone(),
            [node] => {
                self.alone.resize(model.map.nodes.len().max(self.alone.len()), None);
                self.alone[node].get_or_insert_with(|| [node].into()).clone()
            }
            ref many => many.into(),
        };
        Mapped { item, name, nodes }
    }
}

/// The nodes of tickets.
pub fn map_tickets(model: &Model, tickets: Vec<Arc<Ticket>>) -> Vec<Mapped<Ticket>> {
    let mut found = Vec::new();
    let place = |item: Arc<Ticket>| {
        model.ticket_index.nodes_into(&item.source, &item.labels, Severity::Critical, &mut found);
        Mapped { nodes: found.as_slice().into(), name: named(&item.source, &item.id), item }
    };
    tickets.into_iter().map(place).collect()
}

/// The nodes of changes: those they name, and those whose ticket matchers take them, or whose matchers do: a downtime
/// has the labels of the signals that it is about.
pub fn map_changes(model: &Model, changes: Vec<Arc<Change>>) -> Vec<Mapped<Change>> {
    let (mut found, mut more) = (Vec::new(), Vec::new());
    let place = |item: Arc<Change>| {
        model.ticket_index.nodes_into(&item.source, &item.labels, Severity::Critical, &mut found);
        model.signal_index.nodes_into(&item.source, &item.labels, Severity::Critical, &mut more);
        found.append(&mut more);
        found.extend(item.nodes.iter().filter_map(|id| model.index_of(id.as_str())));
        found.sort_unstable();
        found.dedup();
        Mapped { nodes: found.as_slice().into(), name: named(&item.source, &item.id), item }
    };
    changes.into_iter().map(place).collect()
}
