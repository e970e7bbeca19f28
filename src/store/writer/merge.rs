//! Two moments as one: what is so is as in the later, and everything that turned is in it.

use crate::domain::history::{Accruing, GAP, Moment, Turned};

/// A moment that stands for both.
pub fn merged(before: Moment, mut later: Moment) -> Moment {
    if !std::sync::Arc::ptr_eq(&before.world.map, &later.world.map) {
        // Indices mean other nodes now. The later moment has every present state.
        if later.since - before.world.at <= GAP {
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
