//! The parts of a world, each from how everything stands.

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::domain::facts::{Facts, Freshness, SourceFact};
use crate::domain::graph::Pos;
use crate::domain::id::{CauseId, SourceName};
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::propagate::States;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::Instant;
use crate::domain::spend;
use crate::domain::world::{CustomerState, NodeState, SourceState};

use super::absorbed;
use super::cause::Key;
use super::labelled::cause_id;
use super::margin::Margins;
use super::observed::Observed;
use super::own::Which;
use super::past::Past;
use super::ranking::Ranking;
use super::rates::Rates;
use super::standing::Standing;
use super::{Model, shared};

/// Everything that the parts of a world are made from.
pub struct Picture<'a> {
    pub model: &'a Model,
    pub observed: &'a Observed,
    pub standing: &'a Standing,
}

impl std::ops::Deref for Picture<'_> {
    type Target = Standing;

    fn deref(&self) -> &Standing {
        self.standing
    }
}

impl Picture<'_> {
    /// The instant of the evaluation.
    pub fn at(&self) -> Instant {
        self.observed.facts.at
    }

    /// A problem, none without the signals that are left out, each cause of which is one of those.
    fn is_answered(&self, pos: Pos, without: &States, which: Which) -> bool {
        let calm = without.state(pos);
        self.states.state(pos).low.is_problem()
            && matches!(calm.shown(), Shown::Severity(severity) if severity.is_up())
            && self.causes.shown(&self.states, pos).iter().all(|key| match key {
                Key::Signal(number) => {
                    let signal = &self.observed.signals[*number as usize];
                    signal.nodes.iter().any(|node| !which.takes(self.owns.handling(*node, &signal.item)))
                }
                _ => false,
            })
    }
}

/// A picture and what is known of the past.
pub struct View<'a> {
    pub picture: &'a Picture<'a>,
    pub past: &'a Past,
}

impl View<'_> {
    /// Since when a node shows what it shows.
    fn since(&self, node: NodeIndex, shown: Shown) -> Option<Instant> {
        self.past.since.get(node).copied().flatten().filter(|(_, then)| *then == shown).map(|(since, _)| since)
    }
}

impl<'a> std::ops::Deref for View<'a> {
    type Target = Picture<'a>;

    fn deref(&self) -> &Picture<'a> {
        self.picture
    }
}

/// A node without its money and the time that is left.
pub fn node(view: &View<'_>, margins: &Margins, ranking: &Ranking, rates: &Rates, node: NodeIndex) -> NodeState {
    let (model, states) = (view.model, &view.states);
    let pos = model.graph.pos(node);
    let interval = states.state(pos);
    NodeState {
        interval,
        handled: view.is_answered(pos, &view.unhandled, Which::Unhandled),
        planned: view.is_answered(pos, &view.unplanned, Which::Unplanned),
        since: view.since(node, interval.shown()),
        causes: causes(view, ranking, rates, node),
        absorbed: shared(absorbed::of(view, node)),
        impacts: view.impacts[pos as usize].clone(),
        margin: margins.worse(node),
        one_failure_away: margins.near(node),
        single_points: model.single_points()[node].clone(),
        health: states.points(&model.graph, pos).map(|(points, scale)| Decimal::from(points) / Decimal::from(scale)),
        money: None,
        losses: Arc::default(),
        tolerable_left: None,
    }
}

/// The causes of a node: of a process in the order of attention, of others by name.
fn causes(view: &View<'_>, ranking: &Ranking, rates: &Rates, node: NodeIndex) -> Arc<[CauseId]> {
    let shown = view.causes.shown(&view.states, view.model.graph.pos(node));
    let unexplained = rates.of(node).and_then(|process| process.causes.first().copied());
    let unexplained = unexplained.filter(|key| *key == Key::Unexplained(node));
    let mut keys: Vec<Key> = unexplained.into_iter().chain(shown.iter().copied()).collect();
    if keys.len() < 2 {
        return keys.into_iter().map(|key| cause_id(view, key)).collect();
    }
    if view.model.map.nodes[node].kind == Kind::Process {
        keys.sort_by_key(|key| ranking.place(*key));
        return keys.into_iter().map(|key| cause_id(view, key)).collect();
    }
    let mut ids: Vec<CauseId> = keys.into_iter().map(|key| cause_id(view, key)).collect();
    ids.sort_unstable();
    ids.into()
}

/// What is left of the time that the business bears it: since the node has been major or worse.
pub fn tolerable_left(picture: &View<'_>, node: NodeIndex) -> Option<chrono::TimeDelta> {
    let tolerable = picture.model.map.nodes[node].tolerable?;
    let is_grave = |state: crate::domain::severity::Interval| state.low >= Severity::Major;
    if !is_grave(picture.states.state(picture.model.graph.pos(node))) {
        return None;
    }
    let steps = picture.past.timelines.get(&node).map_or(&[][..], |timeline| timeline.steps.as_slice());
    let grave = steps
        .iter()
        .rev()
        .skip_while(|(from, _)| *from > picture.at())
        .take_while(|(_, state)| state.is_some_and(is_grave));
    let since = grave.last().map_or(picture.at(), |(from, _)| *from);
    Some(tolerable - (picture.at() - since.max(picture.at() - chrono::TimeDelta::days(3650))))
}

/// Where every customer stands.
pub fn customers(model: &Model, objectives: &[crate::domain::world::ObjectiveState]) -> Vec<CustomerState> {
    let customers = model.map.named_nodes().filter(|(_, node)| node.kind == Kind::Customer);
    let at_risk = |customer: NodeIndex| {
        let credits = objectives.iter().filter_map(|objective| objective.credit.as_ref());
        credits
            .flat_map(|credit| &credit.by_customer)
            .filter(|(node, _)| *node == customer)
            .map(|(_, money)| *money)
            .sum()
    };
    customers.map(|(node, _)| CustomerState { node, at_risk: at_risk(node) }).collect()
}

/// Where every spend record stands.
pub fn spends(model: &Model, facts: &Facts) -> Vec<crate::domain::world::SpendState> {
    let spends = model.map.spends.iter();
    spends.map(|spend| spend::evaluate(&model.map, spend, facts.spend.get(&spend.id).copied(), facts.at)).collect()
}

/// Leaves that have matchers and that nothing has matched.
pub fn silent(view: &View<'_>) -> Arc<[NodeIndex]> {
    let unheard = |node: &NodeIndex| view.owns.signals[*node].is_empty() && !view.past.heard.contains(node);
    view.model.matched.iter().copied().filter(unheard).collect()
}

/// Where every source stands.
pub fn sources(picture: &View<'_>, clock_problems: &[(SourceName, String)]) -> Vec<SourceState> {
    let (map, observed) = (&picture.model.map, picture.observed);
    let state = |(place, source): (usize, &crate::domain::map::SourceInfo)| {
        let fact =
            observed.facts.sources.get(&source.name).cloned().unwrap_or_else(|| SourceFact::of(Freshness::Fresh));
        let (signals, tickets) = observed.counts.get(place).copied().unwrap_or_default();
        let mut notes = fact.notes;
        if source.has_signals && !source.has_heartbeat && source.silence == crate::domain::map::Silence::Ok {
            notes.push("unproven: no heartbeat is configured, so silence may mean that its rules are gone".to_owned());
        }
        if !fact.unknown_words.is_empty() {
            notes.push(format!(
                "severity words that no table knows, taken for warning: {}",
                fact.unknown_words.join(", ")
            ));
        }
        notes
            .extend(clock_problems.iter().filter(|(name, _)| *name == source.name).map(|(_, problem)| problem.clone()));
        SourceState {
            name: source.name.clone(),
            freshness: fact.freshness,
            age: fact.age,
            error: fact.error,
            notes,
            signals,
            tickets,
            leaves: picture.model.resting[place].len(),
        }
    };
    map.sources.iter().enumerate().map(state).collect()
}
