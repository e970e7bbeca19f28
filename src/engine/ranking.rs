//! The list of causes, in the order of attention, with what fixing each is worth.
//!
//! Kept from one evaluation to the next: a cause is made again where a process that it hits may be another, and the
//! order is put right by one sort of what is nearly sorted. Fix values are found for the causes in view only.

use std::cmp::{Ordering, Reverse};
use std::sync::Arc;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::graph::Pos;
use crate::domain::id::CauseId;
use crate::domain::map::{Kind, NodeIndex};
use crate::domain::marks::Marks;
use crate::domain::money::CostRange;
use crate::domain::order::{self, Rank};
use crate::domain::severity::Handling;
use crate::domain::span::Instant;
use crate::domain::world::Cause;

use super::Model;
use super::assemble::{Picture, View};
use super::cause::{CauseSet, Key};
use super::labelled::cause_id;
use super::rates::{Parts, Rates};
use super::records::Records;
use super::standing::Touched;
use super::worth::Worth;

/// The causes of processes, and of what nobody needs.
#[derive(Debug)]
pub struct Ranking {
    roots: Vec<Root>,
    entries: FxHashMap<Key, Entry>,
    /// First what needs attention.
    order: Vec<Ranked>,
    places: FxHashMap<Key, u32>,
    records: Records,
    /// The instant of the last turn.
    at: Option<Instant>,
}

/// Where causes are listed: a process, or what nobody needs.
#[derive(Debug)]
struct Root {
    node: NodeIndex,
    pos: Pos,
    is_process: bool,
    /// Why it is shown as it is, what its certain cost is due to, and the rest of its possible cost.
    sets: [CauseSet; 3],
    certain: Parts,
    rest: Parts,
}

/// What is known of a cause.
#[derive(Debug, Default)]
struct Entry {
    /// The roots that it hits, by place, ascending.
    roots: Vec<u32>,
    cause: Option<Arc<Cause>>,
    is_listed: bool,
    /// Whether its fix value is known.
    is_valued: bool,
    /// The causes on which its fix value depends.
    tried: FxHashSet<Key>,
}

#[derive(Debug)]
struct Ranked {
    key: Key,
    id: CauseId,
    rank: Rank<'static>,
}

impl Ranked {
    fn compare(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.id.cmp(&other.id))
    }
}

/// What the ranking is made from.
pub struct Ground<'a> {
    /// The picture and the past.
    pub view: &'a View<'a>,
    /// What processes lose.
    pub rates: &'a Rates,
    /// Time to breach, by node.
    pub breaches: &'a [Option<TimeDelta>],
    /// What may be another than before.
    pub touched: &'a Touched,
    /// Processes whose rate is another, by position.
    pub repriced: &'a Marks,
    /// Whether tickets or changes are others.
    pub records: bool,
}

impl Ground<'_> {
    fn is_other(&self, pos: Pos) -> bool {
        self.touched.above.has(pos) || self.repriced.has(pos)
    }
}

impl Ranking {
    /// No causes.
    pub fn nothing(model: &Model) -> Self {
        let named = model.map.named_nodes();
        let root = |(node, it): (NodeIndex, &crate::domain::map::Node)| {
            let (pos, is_process) = (model.graph.pos(node), it.kind == Kind::Process);
            (is_process || model.graph.parents(pos).is_empty()).then(|| Root {
                node,
                pos,
                is_process,
                sets: Default::default(),
                certain: Parts::default(),
                rest: Parts::default(),
            })
        };
        Self {
            roots: named.filter_map(root).collect(),
            entries: FxHashMap::default(),
            order: Vec::new(),
            places: FxHashMap::default(),
            records: Records::default(),
            at: None,
        }
    }

    /// The causes, first what needs attention.
    pub fn causes(&self) -> Vec<Arc<Cause>> {
        let cause = |ranked: &Ranked| self.entries.get(&ranked.key)?.cause.clone();
        self.order.iter().filter_map(cause).collect()
    }

    /// Has fix values found anew.
    pub fn forget_values(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.is_valued = false);
    }

    /// Where a cause stands.
    pub fn place(&self, key: Key) -> u32 {
        self.places.get(&key).copied().unwrap_or(u32::MAX)
    }

    /// Puts the list right; fix values are found for the first `most`. The positions of processes whose causes may
    /// be in another order.
    pub fn renew(&mut self, ground: &Ground<'_>, most: usize) -> Marks {
        let mut changed = self.changed(ground);
        changed.retain(|key| self.describe(ground, *key));
        let moved = self.sort(ground, &changed);
        let mut reordered = Marks::none(ground.view.model.graph.len());
        for root in moved.iter().filter_map(|key| self.entries.get(key)).flat_map(|entry| &entry.roots) {
            let root = &self.roots[*root as usize];
            if root.is_process {
                reordered.set(root.pos);
            }
        }
        self.value(ground, &changed, most);
        reordered
    }

    /// Takes the causes of the roots that may be others; the causes of which anything may be.
    fn changed(&mut self, ground: &Ground<'_>) -> FxHashSet<Key> {
        let mut changed = FxHashSet::default();
        if ground.records {
            self.records = Records::of(ground.view.observed);
        }
        // What a source says of itself, and what began at no known time or has yet to begin, depends on the instant.
        let last = self.at.replace(ground.view.at());
        let of_the_instant = |key: &Key, entry: &Entry| {
            let since = entry.cause.as_ref().map(|cause| cause.since);
            matches!(key, Key::Source(_)) || since.is_some_and(|since| since.is_none() || since >= last)
        };
        let again = self.entries.iter().filter(|(key, entry)| ground.records || of_the_instant(key, entry));
        changed.extend(again.map(|(key, _)| *key));
        for (place, root) in self.roots.iter_mut().enumerate() {
            if !ground.is_other(root.pos) {
                continue;
            }
            let place = place as u32;
            for key in root.sets.iter().flat_map(|set| set.iter()) {
                changed.insert(*key);
                if let Some(entry) = self.entries.get_mut(key)
                    && let Ok(at) = entry.roots.binary_search(&place)
                {
                    entry.roots.remove(at);
                }
            }
            root.renew(ground);
            for key in root.sets.iter().flat_map(|set| set.iter()) {
                changed.insert(*key);
                let roots = &mut self.entries.entry(*key).or_default().roots;
                if let Err(at) = roots.binary_search(&place) {
                    roots.insert(at, place);
                }
            }
        }
        changed
    }

    /// Makes a cause anew, or takes it away where it hits nothing any more; false if it is as it was.
    fn describe(&mut self, ground: &Ground<'_>, key: Key) -> bool {
        let Some(entry) = self.entries.get_mut(&key) else { return true };
        if entry.roots.is_empty() {
            self.entries.remove(&key);
            return true;
        }
        let (mut share, mut priced, mut others) = (CostRange::default(), Vec::new(), Vec::new());
        for root in entry.roots.iter().map(|place| &self.roots[*place as usize]) {
            let [_, certain, possible] = root.sets.each_ref().map(|set| set.binary_search(&key).ok());
            if let Some(place) = certain {
                share.add(CostRange { low: root.certain.part(place), high: root.certain.part(place) });
            }
            if let Some(place) = possible {
                share.high = share.high.saturating_add(root.rest.part(place));
            }
            if certain.or(possible).is_some() {
                priced.push(root.node);
            } else if root.is_process {
                others.push(root.node);
            }
        }
        priced.extend(others);
        let mut cause = self.records.cause(ground.view, key, priced, share);
        if let Some(before) = &entry.cause {
            (cause.fix_value, cause.together_value) = (before.fix_value, before.together_value);
            cause.together_with.clone_from(&before.together_with);
            if **before == cause {
                return false;
            }
        }
        entry.is_valued = false;
        entry.cause = Some(Arc::new(cause));
        true
    }

    /// Ranks what changed and sorts; the causes that may have come to stand elsewhere.
    fn sort(&mut self, ground: &Ground<'_>, changed: &FxHashSet<Key>) -> Vec<Key> {
        let Self { entries, order, .. } = self;
        let rank = |cause: &Cause| {
            let at_risk = |node| ground.rates.of(node).map(|process| process.value_at_risk);
            order::cause_at(cause, at_risk, ground.breaches, "")
        };
        let mut moved = Vec::new();
        let breaches = ground.breaches.iter().any(Option::is_some);
        order.retain_mut(|ranked| {
            let Some(entry) = entries.get(&ranked.key) else { return false };
            let is_changed = changed.contains(&ranked.key);
            if let (Some(cause), true) = (&entry.cause, is_changed || breaches) {
                let rank = rank(cause);
                if rank != ranked.rank || cause.id != ranked.id {
                    (ranked.rank, ranked.id) = (rank, cause.id.clone());
                    moved.push(ranked.key);
                }
            }
            true
        });
        for key in changed {
            if let Some(entry) = entries.get_mut(key).filter(|entry| !entry.is_listed)
                && let Some(cause) = &entry.cause
            {
                entry.is_listed = true;
                order.push(Ranked { key: *key, id: cause.id.clone(), rank: rank(cause) });
                moved.push(*key);
            }
        }
        order.sort_by(Ranked::compare);
        if !changed.is_empty() || !moved.is_empty() {
            self.places = order.iter().zip(0..).map(|(ranked, place)| (ranked.key, place)).collect();
        }
        moved
    }

    /// Finds the fix values of the first causes; those of the others are blank.
    fn value(&mut self, ground: &Ground<'_>, changed: &FxHashSet<Key>, most: usize) {
        let picture: &Picture<'_> = ground.view;
        let (mut worth, below) = (None, self.below(ground));
        let is_quiet = changed.is_empty() && below.is_empty();
        let is_stale = |key: &Key| changed.contains(key) || acts_below(ground.view, &below, *key);
        for (place, ranked) in self.order.iter().enumerate() {
            let Some(entry) = self.entries.get(&ranked.key) else { continue };
            let Some(share) = entry.cause.as_ref().map(|cause| cause.share.low) else { continue };
            if entry.is_valued && is_quiet && place < most {
                continue;
            }
            let (further, together, tried, alone);
            if place >= most || share.is_zero() {
                (further, together, tried, alone) = (Vec::new(), Decimal::ZERO, FxHashSet::default(), Decimal::ZERO);
            } else {
                let (beside, processes) = self.beside(ranked.key, entry);
                if entry.is_valued && !is_stale(&ranked.key) && !beside.iter().chain(&entry.tried).any(is_stale) {
                    continue;
                }
                let worth = worth.get_or_insert_with(|| Worth::of(picture, ground.rates));
                (further, together, tried) = worth.together(ranked.key, share, &beside, &processes);
                alone = if further.is_empty() { together } else { worth.returns(&[ranked.key]) };
            }
            let Some(entry) = self.entries.get_mut(&ranked.key) else { continue };
            let Some(cause) = entry.cause.as_mut() else { continue };
            (entry.is_valued, entry.tried) = (place < most, tried);
            let together_with: Vec<CauseId> = further.into_iter().map(|key| cause_id(picture, key)).collect();
            if (cause.fix_value, cause.together_value, &cause.together_with) != (alone, together, &together_with) {
                let cause = Arc::make_mut(cause);
                (cause.fix_value, cause.together_value, cause.together_with) = (alone, together, together_with);
            }
        }
    }

    /// The causes that share the cost of a process with one, the costliest first, and these processes.
    fn beside(&self, key: Key, entry: &Entry) -> (Vec<Key>, Vec<NodeIndex>) {
        let (mut found, mut processes): (Vec<Key>, Vec<NodeIndex>) = Default::default();
        for root in entry.roots.iter().map(|place| &self.roots[*place as usize]) {
            let paid = &root.sets[1..];
            if paid.iter().any(|set| set.binary_search(&key).is_ok()) {
                processes.push(root.node);
                found.extend(paid.iter().flat_map(|set| set.iter()).filter(|other| **other != key));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.sort_by_cached_key(|key| {
            let cause = self.entries.get(key).and_then(|entry| entry.cause.as_deref());
            cause.map(|cause| {
                let (doubtful, handled) = (cause.severity.is_none(), cause.handling != Handling::None);
                let rank = (doubtful, handled, Reverse(cause.share.low), Reverse(cause.severity));
                (rank, cause.since, cause.id.clone())
            })
        });
        (found, processes)
    }

    /// The positions below processes that may be others: what stands elsewhere is worth what it was.
    fn below(&self, ground: &Ground<'_>) -> Marks {
        let graph = &ground.view.model.graph;
        let is_start = |root: &&Root| ground.is_other(root.pos) && ground.rates.of(root.node).is_some();
        let mut left: Vec<Pos> = self.roots.iter().filter(is_start).map(|root| root.pos).collect();
        let mut below = Marks::none(graph.len());
        for pos in &left {
            below.set(*pos);
        }
        while let Some(pos) = left.pop() {
            for child in graph.children(pos).filter(|child| !below.has(*child)).collect::<Vec<_>>() {
                below.set(child);
                left.push(child);
            }
        }
        below
    }
}

/// Whether a cause acts below a position that is marked.
fn acts_below(view: &View<'_>, below: &Marks, key: Key) -> bool {
    let is_below = |node: &NodeIndex| below.has(view.model.graph.pos(*node));
    match key {
        Key::Signal(number) => view.observed.signals[number as usize].nodes.iter().any(is_below),
        Key::Node(node) | Key::Unexplained(node) => is_below(&node),
        Key::Source(place) => view.model.resting[usize::from(place)].iter().any(is_below),
    }
}

impl Root {
    fn renew(&mut self, ground: &Ground<'_>) {
        let view = ground.view;
        let shown = view.causes.shown(&view.states, self.pos).clone();
        self.sets = [shown, CauseSet::default(), CauseSet::default()];
        if let Some(process) = ground.rates.of(self.node) {
            self.certain = Parts::of(view, process.rate.low, &process.causes);
            self.rest = Parts::of(view, process.rate.high - process.rate.low, &process.possible);
            self.sets[1..].clone_from_slice(&[process.causes.clone(), process.possible.clone()]);
        }
    }
}
