//! `bsmtop report --customer ID`: what may be sent to a customer.
//!
//! Invariant: nothing in it names a component, a cause, a person, a ticket, money that the company lost, or another
//! customer. It speaks of the processes and services that the customer's own entry in the map needs, by their names,
//! of what was promised for those, and of the credit that this customer is due. Words of other systems never reach it.

use chrono::TimeDelta;
use rust_decimal::Decimal;

use super::account::{Account, below, count, credits};
use super::document::{Cell, Column, Document, Part, from_to, when};
use super::words::{age, amount, percent};
use crate::domain::history::CALM;
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, NodeIndex, Objective};
use crate::domain::remembered::Remembered;
use crate::domain::severity::{Severity, Shown};
use crate::domain::span::{Span, Spans};
use crate::domain::world::{ObjectiveState, ObjectiveStatus};

/// The report for a customer, by its index in the map.
pub fn customer(account: &Account, customer: NodeIndex) -> Document {
    let map = &account.world.map;
    let view = View { account, customer, offered: offered(account, customer) };
    Document {
        title: format!("Service report for {}", map.nodes[customer].name),
        span: account.remembered.span,
        made: account.made,
        coverage: account.remembered.coverage(),
        tz: map.tz,
        currency: map.currency,
        summary: view.summary(),
        parts: vec![view.services(), view.interruptions(), view.objectives(), view.planned()],
    }
}

/// The processes and services that the customer needs itself: what is behind them is nobody else's business.
fn offered(account: &Account, customer: NodeIndex) -> Vec<NodeIndex> {
    let map = &account.world.map;
    let mut found = Vec::new();
    let mut todo: Vec<NodeIndex> = map.nodes[customer].needs.iter().map(|need| need.node).collect();
    while let Some(index) = todo.pop() {
        match map.nodes[index].kind {
            // A group is only how the map says what is needed.
            Kind::Group => todo.extend(map.nodes[index].needs.iter().map(|need| need.node)),
            Kind::Process | Kind::Service if !found.contains(&index) => found.push(index),
            _ => {}
        }
    }
    found.sort_unstable();
    found
}

/// A stretch over which something was affected.
struct Interruption<'a> {
    name: &'a str,
    /// From when until it was last so.
    span: Span,
    peak: Severity,
    /// It was so at the end of what is reported.
    is_open: bool,
}

/// The stretches over which a node was certainly affected. What is well for less than an incident takes to be over, or
/// is not known meanwhile, is one stretch.
fn interruptions<'a>(remembered: &Remembered, node: &NodeId, name: &'a str) -> Vec<Interruption<'a>> {
    let mut found: Vec<Interruption<'a>> = Vec::new();
    let mut calm = CALM;
    for (span, step) in remembered.pieces(node) {
        let Some((step, state)) = step.and_then(|step| Some((step.at, step.state?))) else { continue };
        let low = state.interval.low;
        if low < Severity::Minor {
            calm += if state.interval.shown() == Shown::Unknown { TimeDelta::zero() } else { span.length() };
            continue;
        }
        let is_open = span.end >= remembered.span.end;
        match found.last_mut().filter(|_| calm < CALM) {
            Some(last) => {
                *last = Interruption {
                    span: Span::new(last.span.start, span.end),
                    peak: last.peak.max(low),
                    is_open,
                    name,
                };
            }
            // What held at the beginning began before it.
            None => {
                found.push(Interruption { name, span: Span::new(step.min(span.start), span.end), peak: low, is_open });
            }
        }
        calm = TimeDelta::zero();
    }
    found
}

struct View<'a> {
    account: &'a Account,
    customer: NodeIndex,
    offered: Vec<NodeIndex>,
}

impl<'a> View<'a> {
    fn name(&self, index: NodeIndex) -> &'a str {
        &self.account.world.map.nodes[index].name
    }

    /// When what the customer needs was down, seriously affected, or affected at all.
    fn interrupted(&self) -> Vec<Interruption<'a>> {
        let mut found: Vec<Interruption<'_>> = Vec::new();
        for index in &self.offered {
            let node = &self.account.world.map.nodes[*index];
            found.extend(interruptions(&self.account.remembered, &node.id, &node.name));
        }
        found.sort_by_key(|it| it.span);
        found
    }

    fn promises(&self) -> impl Iterator<Item = (&'a Objective, &'a ObjectiveState)> + '_ {
        self.account.objectives().filter(|(objective, _)| self.offered.contains(&objective.node))
    }

    /// What this customer is due for an objective.
    fn due(&self, objective: &Objective, state: &ObjectiveState) -> Option<Decimal> {
        credits(&self.account.world.map, objective, state).get(&Some(self.customer)).copied()
    }

    fn summary(&self) -> Vec<String> {
        let (remembered, map) = (&self.account.remembered, &self.account.world.map);
        let mut told = vec![format!("{}, {}.", from_to(map.tz, remembered.span), map.tz.name())];
        let all = self.interrupted().len();
        told.push(match all {
            0 if !remembered.unseen().is_empty() => {
                "No interruption of the services that you use is known of.".to_owned()
            }
            0 => "There was no interruption of the services that you use.".to_owned(),
            _ => format!(
                "There {} of the services that you use.",
                match all {
                    1 => "was 1 interruption".to_owned(),
                    _ => format!("were {}", count(all, "interruption", "interruptions")),
                }
            ),
        });
        let measured = self.promises().filter(|(_, state)| state.state == ObjectiveStatus::Measured);
        let (kept, missed): (Vec<_>, Vec<_>) = measured
            .partition(|(objective, state)| state.attained.is_some_and(|attained| attained >= objective.target));
        if !kept.is_empty() || !missed.is_empty() {
            told.push(format!(
                "{} of {} kept.",
                kept.len(),
                count(kept.len() + missed.len(), "objective was", "objectives were")
            ));
        }
        let due: Decimal = self.promises().filter_map(|(objective, state)| self.due(objective, state)).sum();
        if due > Decimal::ZERO {
            let when = if self.account.is_over() { "" } else { ", if the month ended now" };
            told.push(format!("Credit due to you: {} {}, by estimate{when}.", amount(due), map.currency));
        }
        if remembered.coverage() < Decimal::new(99, 2) {
            told.push(format!("Measurements cover {} of this time.", percent(remembered.coverage(), 1)));
        }
        told
    }

    fn services(&self) -> Part {
        let columns = vec![
            Column::of("service", "Service"),
            Column::of("available", "Available"),
            Column::of("interrupted_s", "Interrupted"),
            Column::of("affected_s", "Affected"),
            Column::of("unknown_s", "Not measured"),
        ];
        let mut part = Part::new("services", "Services", columns);
        for index in &self.offered {
            let dwelt = self.account.dwelt(&self.account.world.map.nodes[*index].id);
            part.rows.push(vec![
                Cell::text(self.name(*index)),
                Cell::known(dwelt.available(), dwelt.coverage()),
                Cell::Lasted(dwelt.from(Severity::Major)),
                Cell::Lasted(dwelt.from(Severity::Minor)),
                Cell::Lasted(dwelt.unknown),
            ]);
        }
        part.notes.push("Available: the share of the measured time without serious interruption.".to_owned());
        part
    }

    fn interruptions(&self) -> Part {
        let columns = vec![
            Column::of("service", "Service"),
            Column::of("began", "From"),
            Column::of("ended", "Until"),
            Column::of("lasted_s", "Lasted"),
            Column::of("effect", "Effect"),
        ];
        let mut part = Part::new("interruptions", "Interruptions", columns);
        let tz = self.account.world.map.tz;
        for Interruption { name, span, peak, is_open } in self.interrupted() {
            let effect = match peak {
                Severity::Critical => "not available",
                Severity::Major => "seriously affected",
                _ => "affected",
            };
            let is_on = is_open && !self.account.is_over();
            part.sentences.push(if is_on {
                format!("{name} has been affected since {}, at its worst {effect}.", when(tz, span.start))
            } else {
                format!("{name} was {effect} for {}, {}.", age(span.length()), from_to(tz, span))
            });
            part.rows.push(vec![
                Cell::text(name),
                Cell::At(span.start),
                Cell::maybe((!is_open).then_some(span.end), Cell::At),
                Cell::Lasted(span.length()),
                Cell::text(effect),
            ]);
        }
        part
    }

    fn objectives(&self) -> Part {
        let columns = vec![
            Column::of("service", "Service"),
            Column::of("from", "Window from"),
            Column::of("target", "Target"),
            Column::of("attained", "Attained"),
            Column::of("without_exclusions", "Without any exclusion"),
            Column::of("kept", "Kept"),
            Column::of("credit", "Credit due"),
        ];
        let mut part = Part::new("objectives", "Objectives", columns);
        let mut leaves_out = false;
        for (objective, state) in self.promises() {
            leaves_out |= !state.exclusions.is_empty();
            part.rows.push(vec![
                Cell::text(self.name(objective.node)),
                Cell::At(state.window.start),
                Cell::Ratio(objective.target),
                Cell::known(state.attained, state.coverage),
                Cell::known(state.felt, state.coverage),
                Cell::text(match (state.state, state.attained) {
                    (ObjectiveStatus::Measured, Some(attained)) if attained < objective.target => "no",
                    (ObjectiveStatus::Measured, Some(_)) => "yes",
                    (ObjectiveStatus::NoTraffic, _) => "no traffic",
                    _ => "not measured",
                }),
                Cell::maybe(self.due(objective, state), Cell::Money),
            ]);
        }
        if leaves_out {
            part.notes.push("Attained leaves out agreed maintenance and hours outside of service hours.".to_owned());
        }
        part
    }

    /// Windows that would interrupt what the customer needs.
    fn planned(&self) -> Part {
        let columns = vec![Column::of("service", "Service"), Column::of("begins", "From"), Column::of("ends", "Until")];
        let mut part = Part::new("planned", "Planned work", columns);
        let map = &self.account.world.map;
        let planned = self.account.planned();
        for index in &self.offered {
            let below = below(map, *index);
            let mine = planned.iter().filter(|planned| {
                planned.nodes.contains(index)
                    || planned.breaks.iter().any(|(process, _)| process == index)
                    || (map.nodes[*index].kind == Kind::Service
                        && planned.nodes.iter().any(|node| below.contains(node)))
            });
            for span in Spans::of(mine.map(|planned| planned.span).collect()).iter() {
                part.sentences.push(format!("{}: {}.", self.name(*index), from_to(map.tz, span)));
                part.rows.push(vec![Cell::text(self.name(*index)), Cell::At(span.start), Cell::At(span.end)]);
            }
        }
        part
    }
}
