//! The signals of all sources under numbers that stay, kept by comparing each report with the one before.
//!
//! Adapters give what is as it was as the very same signal, mostly in the same order: a report of a hundred thousand
//! of which one is another costs a walk over pointers. What differs is marked dirty, and nothing else.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::facts::Signal;
use crate::domain::world::{Mapped, Signals};

use super::Model;
use super::dirty::Dirty;
use super::observed::Placing;
use super::own::Owns;

/// How far apart the walk over two reports looks for what was put in or taken out.
const AHEAD: usize = 32;

/// From so many changes of lists on, all are made anew.
const MANY: usize = 4_096;

/// The signals of all sources.
#[derive(Debug, Default)]
pub struct Roll {
    /// By number; what goes leaves its number to the last one.
    all: Signals,
    reports: Vec<Report>,
    placing: Placing,
    /// Changes of the lists by node since they were made.
    edits: usize,
}

/// What a source said last.
#[derive(Debug, Default)]
struct Report {
    /// In its order, each id once.
    signals: Vec<Arc<Signal>>,
    numbers: FxHashMap<Arc<str>, u32>,
}

/// Where it goes what changes in the roll.
pub struct Changes<'a> {
    pub model: &'a Model,
    pub owns: &'a mut Owns,
    pub dirty: &'a mut Dirty,
}

/// Two reports of one source, side by side.
#[derive(Default)]
struct Walk {
    /// Those of one id that are not the very same: their places in both.
    others: Vec<(u32, u32)>,
    gone: Vec<Arc<Signal>>,
    fresh: Vec<Arc<Signal>>,
}

impl Roll {
    /// No signals of so many sources.
    pub fn of(sources: usize) -> Self {
        Self { reports: (0..sources).map(|_| Report::default()).collect(), ..Self::default() }
    }

    /// All signals.
    pub fn signals(&self) -> &Signals {
        &self.all
    }

    /// How many signals a source has, by its place in the map's list.
    pub fn count(&self, source: usize) -> usize {
        self.reports[source].numbers.len()
    }

    /// What a source said last.
    pub fn report(&self, source: usize) -> &[Arc<Signal>] {
        &self.reports[source].signals
    }

    /// Takes what a source says now. Of signals with one id the worst counts; how many were left out for it.
    pub fn take(&mut self, source: usize, report: Vec<Arc<Signal>>, to: &mut Changes<'_>) -> usize {
        let walk = Walk::over(&self.reports[source].signals, &report);
        let before = std::mem::replace(&mut self.reports[source].signals, report);
        let mut number = 0;
        for (was, is) in walk.others {
            let (was, is) = (&before[was as usize], self.reports[source].signals[is as usize].clone());
            // Numbers follow each other as signals do, but for where some went.
            if !self.all.get(number as usize).is_some_and(|signal| Arc::ptr_eq(&signal.item, was)) {
                let Some(known) = self.reports[source].numbers.get(&is.id) else { continue };
                number = *known;
            }
            self.replace(number, is, to);
            number += 1;
        }
        let mut gone: FxHashSet<&Arc<str>> = walk.gone.iter().map(|signal| &signal.id).collect();
        let mut twice = Vec::new();
        for signal in walk.fresh {
            if gone.remove(&signal.id) || !self.reports[source].numbers.contains_key(&signal.id) {
                self.put(source, signal, to);
            } else {
                twice.push(signal);
            }
        }
        let gone: Vec<Arc<str>> = gone.into_iter().cloned().collect();
        for id in &gone {
            self.remove(source, id, to);
        }
        for signal in &twice {
            self.unite(source, signal, to);
        }
        self.list_anew(to);
        twice.len()
    }

    /// Makes the lists by node anew where so much changed that they were let be.
    fn list_anew(&mut self, to: &mut Changes<'_>) {
        if self.edits > MANY {
            to.owns.list_by_node(&self.all);
        }
        self.edits = 0;
    }

    /// Of two signals with one id, the worse stands, and the other leaves the report.
    fn unite(&mut self, source: usize, signal: &Arc<Signal>, to: &mut Changes<'_>) {
        let report = &mut self.reports[source].signals;
        if let Some(place) = report.iter().rposition(|other| Arc::ptr_eq(other, signal)) {
            report.remove(place);
        }
        let rank = |signal: &Signal| (signal.severity, signal.unknown);
        if let Some(other) = report.iter_mut().find(|other| other.id == signal.id)
            && rank(signal) > rank(other)
        {
            *other = signal.clone();
            self.put(source, signal.clone(), to);
        }
    }

    /// Puts a signal in the place of the one with its id, or adds it.
    fn put(&mut self, source: usize, item: Arc<Signal>, to: &mut Changes<'_>) {
        let Some(number) = self.reports[source].numbers.get(&item.id).copied() else {
            return self.add(source, item, to);
        };
        self.replace(number, item, to);
    }

    /// Puts a signal in the place of the one that has its number.
    fn replace(&mut self, number: u32, item: Arc<Signal>, to: &mut Changes<'_>) {
        let before = &self.all[number as usize];
        if *before.item == *item {
            return;
        }
        to.dirty.mark(&before.nodes);
        to.owns.note(number, &item);
        if before.item.labels == item.labels && before.item.severity == item.severity {
            let (name, nodes) = (before.name.clone(), before.nodes.clone());
            self.all.replace(number as usize, Mapped { item, name, nodes });
            return;
        }
        let now = self.placing.again(to.model, item, before.name.clone());
        to.dirty.mark(&now.nodes);
        let before = before.nodes.clone();
        if before != now.nodes {
            self.edit(to, |owns| {
                before.iter().for_each(|node| owns.remove(*node, number));
                now.nodes.iter().for_each(|node| owns.add(*node, number));
            });
        }
        self.all.replace(number as usize, now);
    }

    fn add(&mut self, source: usize, item: Arc<Signal>, to: &mut Changes<'_>) {
        let number = self.all.len() as u32;
        self.reports[source].numbers.insert(item.id.clone(), number);
        let now = self.placing.of(to.model, item);
        to.dirty.mark(&now.nodes);
        to.dirty.signals.push(number);
        to.owns.note(number, &now.item);
        self.edit(to, |owns| now.nodes.iter().for_each(|node| owns.add(*node, number)));
        self.all.push(now);
    }

    fn remove(&mut self, source: usize, id: &Arc<str>, to: &mut Changes<'_>) {
        let Some(number) = self.reports[source].numbers.remove(id) else { return };
        let removed = self.all.swap_remove(number as usize);
        let last = self.all.len() as u32;
        to.dirty.mark(&removed.nodes);
        to.dirty.signals.extend([number, last]);
        to.owns.forget(number);
        self.edit(to, |owns| removed.nodes.iter().for_each(|node| owns.remove(*node, number)));
        if number == last {
            return;
        }
        // The last one came to stand here.
        let moved = self.all[number as usize].clone();
        to.dirty.mark(&moved.nodes);
        if let Some(place) = to.model.source_place(&moved.item.source) {
            self.reports[usize::from(place)].numbers.insert(moved.item.id.clone(), number);
        }
        self.edit(to, |owns| {
            moved.nodes.iter().for_each(|node| owns.remove(*node, last));
            moved.nodes.iter().for_each(|node| owns.add(*node, number));
        });
    }

    /// Changes lists by node, unless so much changes that they are made anew in the end.
    fn edit(&mut self, to: &mut Changes<'_>, change: impl FnOnce(&mut Owns)) {
        self.edits += 1;
        if self.edits <= MANY {
            change(to.owns);
        }
    }
}

impl Walk {
    /// Goes through both at once; where they part, looks a little ahead in either for where they meet again.
    fn over(before: &[Arc<Signal>], now: &[Arc<Signal>]) -> Self {
        let (mut walk, mut old, mut new) = (Self::default(), 0, 0);
        while let (Some(was), Some(is)) = (before.get(old), now.get(new)) {
            if is_same(was, is) {
                if !Arc::ptr_eq(was, is) {
                    walk.others.push((old as u32, new as u32));
                }
                (old, new) = (old + 1, new + 1);
                continue;
            }
            let out = before[old + 1..].iter().take(AHEAD).position(|later| is_same(later, is));
            let put = now[new + 1..].iter().take(AHEAD).position(|later| is_same(was, later));
            let (out, put) = match (out, put) {
                (Some(out), Some(put)) if put < out => (0, put + 1),
                (Some(out), _) => (out + 1, 0),
                (None, Some(put)) => (0, put + 1),
                (None, None) => (1, 1),
            };
            walk.gone.extend_from_slice(&before[old..old + out]);
            walk.fresh.extend_from_slice(&now[new..new + put]);
            (old, new) = (old + out, new + put);
        }
        walk.gone.extend_from_slice(&before[old..]);
        walk.fresh.extend_from_slice(&now[new..]);
        walk
    }
}

fn is_same(one: &Arc<Signal>, other: &Arc<Signal>) -> bool {
    Arc::ptr_eq(one, other) || one.id == other.id
}
