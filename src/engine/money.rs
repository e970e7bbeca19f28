//! The money of processes: rate now, and what was lost in the incident, today and this month.

use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;

use crate::domain::accrual;
use crate::domain::cost;
use crate::domain::facts::Facts;
use crate::domain::map::{Map, NodeIndex, Window};
use crate::domain::money::{Accrued, CostRange};
use crate::domain::propagate::States;
use crate::domain::span::{Instant, Span};
use crate::domain::timeline::Timeline;
use crate::domain::window;
use crate::domain::world::{CostMethod, ProcessMoney};
use crate::domain::zone;

use super::Model;
use super::cause::{Causes, Key};
use super::replay::{Past, covered_for};
use super::worth::ProcessRate;

/// The cost rates of all processes that are worth something or are measured.
pub fn rates(model: &Model, facts: &Facts, states: &States, causes: &Causes) -> Vec<ProcessRate> {
    let map = &model.map;
    let priced = map.named_nodes().filter(|(_, node)| node.value.is_some() || node.measured.is_some());
    let rate = |(index, node): (NodeIndex, &crate::domain::map::Node)| {
        let pos = model.graph.pos(index);
        let state = states.state(pos);
        let sample = node.measured.as_ref().and_then(|measured| {
            let every = map.source(measured.source.as_str()).map_or(TimeDelta::seconds(60), |source| source.every);
            facts.measured.get(&node.id).map(|sample| (measured, sample, every))
        });
        let (rate, method) = cost::rate(map, index, state, sample, facts.at);
        let unexplained = method == CostMethod::Measured && rate.low > Decimal::ZERO && state.low.is_up();
        let certain = if unexplained { Arc::from([Key::Unexplained(index)]) } else { causes.certain(states, pos) };
        let possible = if rate.high > rate.low { causes.possible(pos) } else { Arc::from([]) };
        ProcessRate {
            node: index,
            rate,
            measured: method == CostMethod::Measured,
            value_at_risk: cost::value_at_risk(map, index, facts.at),
            loss: node.value.as_ref().map_or([Decimal::ZERO; 7], |value| value.loss),
            causes: certain,
            possible,
        }
    };
    priced.map(rate).collect()
}

/// The money of one process.
pub fn of_process(map: &Map, rate: &ProcessRate, past: &Past, at: Instant) -> ProcessMoney {
    let nothing = Timeline::default();
    let timeline = past.timelines.get(&rate.node).unwrap_or(&nothing);
    let covered = covered_for(past, timeline);
    let accrue = |span: Span| match past.ledgers.get(&rate.node) {
        Some(ledger) => Accrued { cost: ledger.lost(span), coverage: accrual::coverage(timeline, span, &covered) },
        None => accrual::accrue(map, rate.node, timeline, span, &covered),
    };
    let month = window::bounds(Window::Month, map.tz, chrono::Weekday::Mon, at).start;
    ProcessMoney {
        value_at_risk: rate.value_at_risk,
        rate: rate.rate,
        method: if rate.measured { CostMethod::Measured } else { CostMethod::Model },
        incident: accrual::incident(timeline, at).map(accrue),
        today: accrue(Span::new(zone::start_of(map.tz, zone::date(map.tz, at)), at)),
        month: accrue(Span::new(month, at)),
    }
}

/// The sum over processes; covered as far as the least covered one.
pub fn total<'a>(parts: impl Iterator<Item = &'a Accrued>) -> Accrued {
    parts.fold(Accrued { cost: CostRange::default(), coverage: Decimal::ONE }, |mut sum, part| {
        sum.cost.add(part.cost);
        sum.coverage = sum.coverage.min(part.coverage);
        sum
    })
}
