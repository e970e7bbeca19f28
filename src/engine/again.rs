//! The past as the present map would have it: what was observed then, matched and propagated anew.
//!
//! It is the same evaluation as ever, instant by instant; nothing that was concluded is asked.

mod told;

use crate::domain::accrual;
use crate::domain::facts::Facts;
use crate::domain::history::{Accrual, Concluded, Revision, Step};
use crate::domain::id::NodeId;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::remembered::Remembered;
use crate::domain::severity::Interval;
use crate::domain::span::{Instant, Span, Spans};
use crate::domain::timeline::Timeline;
use crate::domain::world::CostMethod;

use self::told::{Told, View};
use super::Model;
use super::observed::Observed;
use super::own::Owns;

/// The states of processes and services over a stretch, and what processes lost by the model, from what was observed
/// at every instant at which anything turned. Measured figures are left out: they were asked of the company of then.
///
/// # Errors
/// What `observed` says.
pub fn concluded_again<E>(
    model: &Model,
    span: Span,
    covered: &Spans,
    turns: impl IntoIterator<Item = Instant>,
    mut observed: impl FnMut(Instant) -> Result<Facts, E>,
) -> Result<Remembered, E> {
    let map = &*model.map;
    let wanted: Vec<NodeIndex> = map
        .named_nodes()
        .filter(|(_, node)| matches!(node.kind, Kind::Process | Kind::Service))
        .map(|(index, _)| index)
        .collect();
    let mut timelines: Vec<[Timeline; 2]> = vec![Default::default(); wanted.len()];
    let mut turns: Vec<Instant> =
        turns.into_iter().chain([span.start]).filter(|at| *at < span.end).map(|at| at.max(span.start)).collect();
    turns.extend(covered.iter().map(|span| span.start));
    turns.sort_unstable();
    turns.dedup();
    let (mut told, unseen) = (Told::default(), Spans::from(span).subtract(covered));
    for at in turns.into_iter().filter(|at| covered.contains(*at)) {
        let observed = Observed::of(model, observed(at)?);
        if let Some(gap) = unseen.iter().find(|gap| gap.end == at) {
            told.note(model, &observed, gap);
        }
        let owns = Owns::of(model, &observed.facts, &observed.signals);
        let shown = owns.states(model, &observed.facts, &observed.signals);
        let counted = owns.counted(model, &observed.signals, &shown);
        for (node, timelines) in wanted.iter().zip(&mut timelines) {
            for (states, timeline) in [&shown, counted.as_ref().unwrap_or(&shown)].into_iter().zip(timelines) {
                let state = Some(states.state(model.graph.pos(*node)));
                if timeline.steps.last().is_none_or(|(_, last)| *last != state) {
                    timeline.steps.push((at, state));
                }
            }
        }
    }
    let mut again = Remembered { covered: covered.clone(), ..Remembered::nothing(span) };
    for (node, timelines) in wanted.iter().zip(&timelines) {
        let [shown, counted] =
            View::EACH.map(|view| told.masked(view, *node, &timelines[view as usize], covered, span));
        let id = map.nodes[*node].id.clone();
        again.accruals.insert(id.clone(), accruals(model, *node, &counted, span));
        again.steps.insert(id.clone(), steps(&id, &shown));
    }
    Ok(again)
}

fn accruals(model: &Model, node: NodeIndex, timeline: &Timeline, span: Span) -> Vec<Accrual> {
    let rates = accrual::rates(&model.map, node, timeline, span).into_iter();
    rates
        .map(|(span, per_hour)| Accrual { span, per_hour, method: CostMethod::Model, causes: Vec::new().into() })
        .collect()
}

fn steps(node: &NodeId, timeline: &Timeline) -> Vec<Step> {
    let concluded = |interval: Interval| Concluded { interval, ..Concluded::default() };
    let step = |(at, state): &(Instant, Option<Interval>)| Step {
        node: node.clone(),
        at: *at,
        state: state.map(concluded),
        told: false,
        revision: Revision::default(),
    };
    timeline.steps.iter().map(step).collect()
}
