//! Names of causes, as they stand in worlds.

use std::sync::Arc;

use crate::domain::facts::Freshness;
use crate::domain::id::CauseId;

use super::assemble::Picture;
use super::cause::Key;

/// `source:id` of a signal, `node:ID`, `source:NAME`, `unexplained:ID`.
pub fn cause_id(picture: &Picture<'_>, key: Key) -> CauseId {
    // A cause of many nodes is named once; the rest share its text.
    picture.ids.borrow_mut().entry(key).or_insert_with(|| named(picture, key)).clone()
}

fn named(picture: &Picture<'_>, key: Key) -> CauseId {
    let map = &picture.model.map;
    let text = match key {
        Key::Signal(number) => return CauseId::from(picture.observed.signals[number as usize].name.clone()),
        Key::Node(node) => format!("node:{}", map.nodes[node].id),
        Key::Source(place) => format!("source:{}", map.sources[usize::from(place)].name),
        Key::Unexplained(node) => format!("unexplained:{}", map.nodes[node].id),
    };
    CauseId::from(text)
}

/// One line for an operator.
pub fn summary(picture: &Picture<'_>, key: Key) -> Arc<str> {
    let map = &picture.model.map;
    match key {
        Key::Signal(number) => picture.observed.signals[number as usize].item.summary.clone(),
        Key::Node(node) => node_summary(picture, node),
        Key::Source(place) => {
            let source = &map.sources[usize::from(place)];
            let fact = picture.observed.facts.sources.get(&source.name);
            let error = fact.and_then(|fact| fact.error.clone());
            if error.is_none() && fact.is_some_and(|fact| fact.freshness == Freshness::Pending) {
                return format!("{} has not answered yet", source.name).into();
            }
            format!("{} does not answer{}", source.name, error.map(|error| format!(": {error}")).unwrap_or_default())
                .into()
        }
        Key::Unexplained(node) => {
            format!("{} earns less than expected, and nothing on the map says why", map.nodes[node].name).into()
        }
    }
}

fn node_summary(picture: &Picture<'_>, node: usize) -> Arc<str> {
    let (pos, it) = (picture.model.graph.pos(node), &picture.model.map.nodes[node]);
    let unknown = picture.owns.signals[node].iter().map(|number| &picture.observed.signals[*number as usize].item);
    if picture.states.is_assumed(pos) {
        return format!("{} is assumed", it.name).into();
    }
    let unknown = unknown.filter(|signal| signal.unknown && !signal.summary.is_empty());
    if let Some(signal) = unknown.min_by_key(|signal| (&signal.source, &signal.id)) {
        return signal.summary.clone();
    }
    let state = picture.states.state(pos);
    if !state.is_known() {
        let what = if it.check.is_some() { "its query has no data" } else { "its check is not reported" };
        return format!("nothing is known of {}: {what}", it.name).into();
    }
    match &it.check {
        Some(check) if state.low.is_problem() => format!("{}: {}", it.name, check.query).into(),
        _ => format!("{} is {}", it.name, state.low).into(),
    }
}
