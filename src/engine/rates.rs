//! What each process loses per hour now, and how that divides among its causes.
//!
//! Each process's cost rate is divided equally among its causes, to the last digit: shares add up to the total. What
//! is only possible is divided among what makes it possible. A rate stands until the process is touched, its hour
//! weighs otherwise, or it is measured anew.

use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::cost;
use crate::domain::facts::Facts;
use crate::domain::map::{Map, NodeIndex};
use crate::domain::marks::Marks;
use crate::domain::money::CostRange;
use crate::domain::profile;
use crate::domain::severity::Severity;
use crate::domain::world::CostMethod;

use super::Model;
use super::assemble::Picture;
use super::cause::{CauseSet, Key};
use super::labelled::cause_id;

/// Digits that a share is cut to; the rest goes to the first cause, so that nothing is lost.
const SHARE_DIGITS: u32 = 6;

/// The money of a process at this instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProcessRate {
    /// Which.
    pub node: NodeIndex,
    /// Money lost per hour.
    pub rate: CostRange,
    /// Whether it was measured.
    pub measured: bool,
    /// Money per hour if it were down.
    pub value_at_risk: Decimal,
    /// The share lost at each level.
    pub loss: [Decimal; 7],
    /// What its certain cost is due to.
    pub causes: CauseSet,
    /// What the rest of its possible cost is due to.
    pub possible: CauseSet,
}

impl ProcessRate {
    /// The cost rate that would remain at a better state. What was measured shrinks as the model says.
    pub fn rate_at(&self, severity: Severity) -> Decimal {
        let modelled = self.value_at_risk * self.loss[usize::from(severity.level())];
        if self.measured { self.rate.low.min(modelled) } else { modelled }
    }
}

/// The rates of all processes that are worth something or are measured.
#[derive(Debug)]
pub struct Rates {
    /// In map order.
    pub list: Vec<ProcessRate>,
    /// Where each node is in the list, by index in the map.
    places: Vec<Option<u32>>,
    /// What the present hour weighs in each profile.
    weights: Vec<Decimal>,
}

impl Rates {
    /// No money is lost.
    pub fn nothing(model: &Model) -> Self {
        let priced = |node: &crate::domain::map::Node| node.value.is_some() || node.measured.is_some();
        let nothing = |index: NodeIndex, node: &crate::domain::map::Node| ProcessRate {
            node: index,
            rate: CostRange::default(),
            measured: false,
            value_at_risk: Decimal::ZERO,
            loss: node.value.as_ref().map_or([Decimal::ZERO; 7], |value| value.loss),
            causes: Arc::default(),
            possible: Arc::default(),
        };
        let named = model.map.named_nodes().filter(|(_, node)| priced(node));
        let list: Vec<ProcessRate> = named.map(|(index, node)| nothing(index, node)).collect();
        let mut places = vec![None; model.map.nodes.len()];
        for (place, process) in list.iter().enumerate() {
            places[process.node] = Some(place as u32);
        }
        Self { list, places, weights: vec![Decimal::ZERO; model.map.profiles.len()] }
    }

    /// The rate of a process.
    pub fn of(&self, node: NodeIndex) -> Option<&ProcessRate> {
        self.places.get(node).copied().flatten().map(|place| &self.list[place as usize])
    }

    /// Finds again what may be another; the positions of those that are.
    pub fn renew(&mut self, picture: &Picture<'_>, touched: &Marks) -> Marks {
        let (map, graph) = (&picture.model.map, &picture.model.graph);
        let weights: Vec<Decimal> =
            map.profiles.iter().map(|profile| profile::weight_at(profile, picture.at())).collect();
        let mut others = Marks::none(graph.len());
        for process in &mut self.list {
            let (node, pos) = (&map.nodes[process.node], graph.pos(process.node));
            let profile = node.value.as_ref().and_then(|value| value.profile);
            let is_another_hour = profile.is_some_and(|profile| weights[profile] != self.weights[profile]);
            if touched.has(pos) || is_another_hour || node.measured.is_some() {
                let weight = profile.map_or(Decimal::ONE, |profile| weights[profile]);
                let rate = rate(picture, process, weight);
                if rate != *process {
                    *process = rate;
                    others.set(pos);
                }
            }
        }
        self.weights = weights;
        others
    }
}

/// What was measured last of a process, and how often it is.
pub fn sample_of<'a>(map: &'a Map, facts: &'a Facts, process: NodeIndex) -> Option<cost::Sample<'a>> {
    let node = &map.nodes[process];
    let measured = node.measured.as_ref()?;
    let every = map.source(measured.source.as_str()).map_or(TimeDelta::seconds(60), |source| source.every);
    facts.measured.get(&node.id).map(|sample| (measured, sample, every))
}

fn rate(picture: &Picture<'_>, process: &ProcessRate, weight: Decimal) -> ProcessRate {
    let (map, facts, index) = (&picture.model.map, &picture.observed.facts, process.node);
    let pos = picture.model.graph.pos(index);
    let state = picture.states.state(pos);
    let sample = sample_of(map, facts, index);
    let (rate, method) = cost::rate_at(map, index, state, sample, picture.at(), weight);
    let costs = rate.low > Decimal::ZERO;
    let is_measured = method == CostMethod::Measured;
    // What is lost while all is well, the map does not explain.
    let unexplained = costs && (if is_measured { state.low.is_up() } else { state.low == Severity::Ok });
    ProcessRate {
        rate,
        measured: is_measured,
        value_at_risk: cost::value_at_risk(map, index, weight),
        causes: if unexplained {
            Arc::from([Key::Unexplained(index)])
        } else if costs {
            // A severity below warning may cost as well.
            picture.causes.of_severity(pos)
        } else {
            picture.causes.certain(&picture.states, pos)
        },
        possible: if rate.high > rate.low { picture.causes.possible(pos) } else { Arc::default() },
        ..process.clone()
    }
}

/// What each of some causes bears of a cost, and what one of them bears, which takes what does not divide.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Parts {
    each: Decimal,
    odd: Decimal,
    /// The place of that one.
    at: usize,
}

impl Parts {
    /// A cost in equal parts. What does not divide is borne by the first cause by name, whatever numbers signals have.
    pub fn of(picture: &Picture<'_>, total: Decimal, causes: &[Key]) -> Self {
        if causes.is_empty() || total.is_zero() {
            return Self::default();
        }
        let count = Decimal::from(causes.len());
        let each = (total / count).trunc_with_scale(SHARE_DIGITS);
        let named = causes.iter().enumerate().min_by_key(|(_, key)| cause_id(picture, **key));
        Self { each, odd: total - each * (count - Decimal::ONE), at: named.map_or(0, |(place, _)| place) }
    }

    /// The part of a cause by its place in the set.
    pub fn part(self, place: usize) -> Decimal {
        if place == self.at { self.odd } else { self.each }
    }
}
