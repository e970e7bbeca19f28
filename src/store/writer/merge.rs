//! Two moments as one: what is so is as in the later, and everything that turned is in it.

use std::sync::Arc;

use crate::domain::history::{Accruing, GAP, Moment, Turned};

/// Moments that wait of which each has a map of its own; of more, what turned in the last but one is lost.
const MOST: usize = 16;

/// Puts a moment to others that wait: the last of them stands for both, where they can be told together.
pub fn put(waiting: &mut Vec<Moment>, moment: Moment) {
    match waiting.pop() {
        Some(last) if waiting.len() + 1 >= MOST || fits(&last, &moment) => waiting.push(merged(last, moment)),
        Some(last) => waiting.extend([last, moment]),
        None => waiting.push(moment),
    }
}

/// Whether two moments can be one without a loss: indices mean the same nodes, and time goes on.
pub fn fits(before: &Moment, later: &Moment) -> bool {
    Arc::ptr_eq(&before.world.map, &later.world.map) && later.world.at >= before.world.at - GAP
}

/// A moment that stands for both.
pub fn merged(before: Moment, mut later: Moment) -> Moment {
    if !fits(&before, &later) {
        // The later moment has every present state.
        if (-GAP..=GAP).contains(&(later.since - before.world.at)) {
            later.since = before.since;
        }
        return later;
    }
    let since = if later.since - before.world.at <= GAP { before.since } else { later.since };
    let mut turned: Vec<Turned> = before.turned;
    for mut next in std::mem::take(&mut later.turned) {
        match turned.iter_mut().find(|it| it.node == next.node) {
            Some(it) => {
                it.steps.retain(|(at, _)| *at < next.from);
                it.steps.append(&mut next.steps);
                it.from = it.from.min(next.from);
            }
            None => turned.push(next),
        }
    }
    let mut accruals: Vec<Accruing> = before.accruals;
    let goes_on = |it: &Accruing| it.stretches.last().is_some_and(|stretch| stretch.span.end >= before.world.at);
    for it in accruals.iter_mut().filter(|it| goes_on(it)) {
        // Nothing was said of it since: it went on.
        if let Some(last) = it.stretches.last_mut() {
            last.span.end = later.world.at;
        }
    }
    for mut next in std::mem::take(&mut later.accruals) {
        match accruals.iter_mut().find(|it| it.process == next.process) {
            Some(it) => {
                it.stretches.retain(|stretch| stretch.span.start < next.from);
                if let Some(last) = it.stretches.last_mut() {
                    last.span.end = last.span.end.min(next.from);
                }
                it.stretches.append(&mut next.stretches);
                it.from = it.from.min(next.from);
            }
            None => accruals.push(next),
        }
    }
    Moment { since, turned, accruals, ..later }
}
