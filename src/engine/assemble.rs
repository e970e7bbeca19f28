//! Puts a world together: the live vector of leaves, and the same propagation asked again for every question.

use std::cell::RefCell;
use std::sync::Arc;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use crate::domain::clock;
use crate::domain::facts::{Facts, Freshness, SourceFact};
use crate::domain::graph::Pos;
use crate::domain::id::CauseId;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::money::CostRange;
use crate::domain::order;
use crate::domain::propagate::States;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::Instant;
use crate::domain::spend;
use crate::domain::world::{CustomerState, NodeState, SourceState, World};

use super::absorbed;
use super::cause::{Causes, Key, impacts};
use super::margin::{Margins, margins};
use super::money;
use super::objectives;
use super::observed::Observed;
use super::own::{Owns, Which};
use super::planned::in_maintenance;
use super::ranking::Ranking;
use super::replay::{Past, last_entries};
use super::worth::{ProcessRate, Worth};
use super::{Model, labelled};

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub enum Depth<'a> {
    /// Every question of every node.
    Full,
    /// What a screen needs at once: margins are taken as given, and fix values stop at the causes in view.
    Screen(&'a Margins),
}

/// Fix values of a screen: more causes than any list shows without scrolling far.
const CAUSES_IN_VIEW: usize = 50;

/// Everything that the parts of a world are made from.
pub struct Picture<'a> {
    pub model: &'a Model,
    pub observed: &'a Observed,
    pub owns: Owns,
    pub states: States,
    pub unhandled: States,
    pub unplanned: States,
    pub causes: Causes,
    /// Names of causes, each made once.
    pub ids: RefCell<FxHashMap<Key, CauseId>>,
}

impl<'a> Picture<'a> {
    fn of(model: &'a Model, observed: &'a Observed) -> Self {
        let (facts, signals) = (&observed.facts, observed.signals.as_slice());
        let history = last_entries(model, &facts.history, facts.at);
        let owns = Owns::of(model, facts, signals, in_maintenance(model, facts), &history);
        let [states, unhandled, unplanned] =
            [Which::All, Which::Unhandled, Which::Unplanned].map(|which| owns.states(model, facts, signals, which));
        let causes = Causes::of(model, &owns, &states, signals);
        Self { model, observed, owns, states, unhandled, unplanned, causes, ids: RefCell::default() }
    }

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

/// The world of what was observed. The past is asked for once the states are known.
pub fn assemble<'p>(
    model: &Model,
    observed: &Observed,
    depth: Depth<'_>,
    recall: impl FnOnce(&Picture<'_>, &[ProcessRate]) -> &'p Past,
) -> World {
    let picture = Picture::of(model, observed);
    let rates = money::rates(model, &observed.facts, &picture.states, &picture.causes);
    let past = recall(&picture, &rates);
    let picture = View { picture: &picture, past };
    let (asked, most);
    let margins = match depth {
        Depth::Full => {
            (asked, most) = (margins(&model.graph, &picture.states), usize::MAX);
            &asked
        }
        Depth::Screen(given) => {
            most = CAUSES_IN_VIEW;
            given
        }
    };
    let mut nodes = node_states(&picture, margins);
    for rate in &rates {
        nodes[rate.node].money = Some(money::of_process(&model.map, rate, past, picture.at()));
        if rate.causes.first() == Some(&Key::Unexplained(rate.node)) {
            nodes[rate.node].causes.insert(0, labelled::cause_id(&picture, Key::Unexplained(rate.node)));
        }
    }
    let causes = {
        let mut worth = Worth::of(model, &picture.owns, &observed.signals, &picture.states, &rates);
        Ranking::of(&picture, &rates, &worth).causes(&picture, &mut worth, most)
    };
    let (clocks, clock_problems) = clock::evaluate(&model.map, &observed.tickets, picture.at());
    let objectives = objectives::states(&picture, &clocks);
    let total = rates.iter().fold(CostRange::default(), |mut sum, rate| {
        sum.add(rate.rate);
        sum
    });
    let priced = || rates.iter().filter_map(|rate| nodes[rate.node].money.as_ref());
    let cost_today = money::total(priced().map(|money| &money.today));
    let cost_month = money::total(priced().map(|money| &money.month));
    let mut world = World {
        map: model.map.clone(),
        graph: model.graph.clone(),
        at: picture.at(),
        assumed: observed.facts.assume.clone(),
        worst: processes(&picture).map(|pos| picture.states.state(pos).low).max().unwrap_or_default(),
        unknown: processes(&picture).filter(|pos| picture.states.state(*pos).shown() == Shown::Unknown).count(),
        cost_per_hour: total,
        cost_today,
        cost_month,
        causes,
        clocks,
        customers: customer_states(model, &objectives),
        spend: spend_states(model, &observed.facts),
        signals: observed.signals.clone(),
        tickets: observed.tickets.clone(),
        changes: observed.changes.clone(),
        silent: silent(&picture),
        sources: source_states(&picture, &clock_problems),
        objectives,
        nodes,
    };
    rank_causes(&mut world);
    world
}

/// Puts causes in the order of attention, in the list and in every process.
fn rank_causes(world: &mut World) {
    let order = order::causes(world);
    world.causes = order.into_iter().map(|place| world.causes[place].clone()).collect();
    let place: FxHashMap<&CauseId, usize> =
        world.causes.iter().zip(0..).map(|(cause, place)| (&cause.id, place)).collect();
    for (node, state) in world.map.nodes.iter().zip(&mut world.nodes) {
        if node.kind == Kind::Process {
            state.causes.sort_by_key(|id| place.get(id).copied().unwrap_or(usize::MAX));
        }
    }
}

fn processes<'a>(picture: &'a Picture<'_>) -> impl Iterator<Item = Pos> + 'a {
    let named = picture.model.map.named_nodes().filter(|(_, node)| node.kind == Kind::Process);
    named.map(|(index, _)| picture.model.graph.pos(index))
}

fn node_states(picture: &View<'_>, margins: &Margins) -> Vec<NodeState> {
    let (model, states) = (picture.model, &picture.states);
    let mut memo: FxHashMap<Pos, Arc<[NodeIndex]>> = FxHashMap::default();
    let state = |node: NodeIndex| {
        let pos = model.graph.pos(node);
        let interval = states.state(pos);
        let shown = interval.shown();
        let single_points = &model.single_points()[node];
        let near = margins.near.get(node).map_or(&[][..], Vec::as_slice);
        NodeState {
            interval,
            handled: picture.is_answered(pos, &picture.unhandled, Which::Unhandled),
            planned: picture.is_answered(pos, &picture.unplanned, Which::Unplanned),
            since: picture.since(node, shown),
            causes: picture.causes.shown(states, pos).iter().map(|key| labelled::cause_id(picture, *key)).collect(),
            absorbed: absorbed::of(picture, node),
            impacts: impacts(model, &picture.causes, states, &mut memo, pos).to_vec(),
            margin: margins.worse.get(node).cloned().unwrap_or_default(),
            one_failure_away: near.iter().any(|leaf| !single_points.contains(leaf)),
            single_points: single_points.clone(),
            health: states
                .points(&model.graph, pos)
                .map(|(points, scale)| Decimal::from(points) / Decimal::from(scale)),
            money: None,
            tolerable_left: tolerable_left(picture, node),
        }
    };
    (0..model.map.nodes.len()).map(state).collect()
}

/// What is left of the time that the business bears it: since the node has been major or worse.
fn tolerable_left(picture: &View<'_>, node: NodeIndex) -> Option<chrono::TimeDelta> {
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

fn customer_states(model: &Model, objectives: &[crate::domain::world::ObjectiveState]) -> Vec<CustomerState> {
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

fn spend_states(model: &Model, facts: &Facts) -> Vec<crate::domain::world::SpendState> {
    let spends = model.map.spends.iter();
    spends.map(|spend| spend::evaluate(&model.map, spend, facts.spend.get(&spend.id).copied(), facts.at)).collect()
}

/// Leaves that have matchers and that nothing has matched.
fn silent(picture: &View<'_>) -> Vec<NodeIndex> {
    let unheard = |(index, node): &(NodeIndex, &crate::domain::map::Node)| {
        !node.matches.is_empty() && picture.owns.signals[*index].is_empty() && !picture.past.heard.contains(index)
    };
    picture.model.map.named_nodes().filter(unheard).map(|(index, _)| index).collect()
}

fn source_states(picture: &View<'_>, clock_problems: &[String]) -> Vec<SourceState> {
    let (map, observed) = (&picture.model.map, picture.observed);
    let mut counts: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
    for signal in &observed.signals {
        counts.entry(signal.item.source.as_str()).or_default().0 += 1;
    }
    for ticket in &observed.tickets {
        counts.entry(ticket.item.source.as_str()).or_default().1 += 1;
    }
    let state = |source: &crate::domain::map::SourceInfo| {
        let fact =
            observed.facts.sources.get(&source.name).cloned().unwrap_or_else(|| SourceFact::of(Freshness::Fresh));
        let (signals, tickets) = counts.get(source.name.as_str()).copied().unwrap_or_default();
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
        notes.extend(clock_problems.iter().filter(|problem| problem.starts_with(source.name.as_str())).cloned());
        let rests = |node: &&crate::domain::map::Node| {
            node.matches.iter().any(|matcher| matcher.source == source.name)
                || node.check.as_ref().is_some_and(|check| check.source == source.name)
        };
        SourceState {
            name: source.name.clone(),
            freshness: fact.freshness,
            age: fact.age,
            error: fact.error,
            notes,
            signals,
            tickets,
            leaves: map.nodes.iter().filter(rests).count(),
        }
    };
    map.sources.iter().map(state).collect()
}
