//! Facts with their place in the map: what was observed, and of which nodes.

use std::sync::Arc;

use crate::domain::facts::{Change, Facts, Signal, Ticket};
use crate::domain::map::NodeIndex;
use crate::domain::severity::Severity;
use crate::domain::world::Mapped;

use super::Model;

/// Facts with their place in the map.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Everything but signals, tickets and changes, which are below.
    pub facts: Facts,
    /// Signals and their nodes.
    pub signals: Vec<Mapped<Signal>>,
    /// Tickets and their nodes.
    pub tickets: Vec<Mapped<Ticket>>,
    /// Changes and their nodes.
    pub changes: Vec<Mapped<Change>>,
}

impl Observed {
    /// Finds the nodes of every observation.
    pub fn of(model: &Model, mut facts: Facts) -> Self {
        let signals = map_signals(model, std::mem::take(&mut facts.signals));
        let tickets = map_tickets(model, std::mem::take(&mut facts.tickets));
        let changes = map_changes(model, std::mem::take(&mut facts.changes));
        Self { facts, signals, tickets, changes }
    }
}

/// The nodes of signals.
pub fn map_signals(model: &Model, signals: Vec<Arc<Signal>>) -> Vec<Mapped<Signal>> {
    let (nobody, mut found): (Arc<[NodeIndex]>, _) = (Arc::from([]), Vec::new());
    let place = |item: Arc<Signal>| {
        model.signal_index.nodes_into(&item.source, &item.labels, item.severity, &mut found);
        Mapped { nodes: if found.is_empty() { nobody.clone() } else { found.as_slice().into() }, item }
    };
    signals.into_iter().map(place).collect()
}

/// The nodes of tickets.
pub fn map_tickets(model: &Model, tickets: Vec<Arc<Ticket>>) -> Vec<Mapped<Ticket>> {
    let mut found = Vec::new();
    let place = |item: Arc<Ticket>| {
        model.ticket_index.nodes_into(&item.source, &item.labels, Severity::Critical, &mut found);
        Mapped { nodes: found.as_slice().into(), item }
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
        Mapped { nodes: found.as_slice().into(), item }
    };
    changes.into_iter().map(place).collect()
}
