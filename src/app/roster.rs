//! The signals of a world in the order of attention, kept from world to world.
//!
//! A hundred thousand of them are ranked once. Later only those are ranked again that are others, or that are causes
//! which are others: what a signal without part in any cause stands before may lag until it changes itself.

use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::list::Row;
use super::place::Item;
use crate::domain::marks::Marks;
use crate::domain::order::{self, Rank};
use crate::domain::world::{Cause, CauseWhat, Mapped, Signals, World};

/// From so many changed places on, the order is sorted and not mended.
const MANY: usize = 256;

/// The signals of a world in the order of attention.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    signals: Signals,
    causes: Vec<Arc<Cause>>,
    /// By place in the world.
    keys: Vec<Key>,
    /// Places, first what needs attention.
    order: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Key {
    rank: Option<Rank<'static>>,
    name: Arc<str>,
}

impl Key {
    fn of(world: &World, place: usize, causes: &FxHashMap<usize, &Arc<Cause>>) -> Self {
        let rank = order::signal(world, place, causes.get(&place).map(|cause| &***cause), "");
        Self { rank, name: world.signals[place].name.clone() }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.name.cmp(&other.name))
    }
}

impl Roster {
    /// Takes another world.
    pub fn update(&mut self, world: &World) {
        let causes = by_place(&world.causes);
        let mut others: Vec<usize> = world.signals.since(&self.signals).filter_map(other).collect();
        let before = by_place(&self.causes);
        let is_as_before = |place: &usize, cause: &Arc<Cause>, in_other: &FxHashMap<usize, &Arc<Cause>>| {
            in_other.get(place).is_some_and(|other| Arc::ptr_eq(other, cause))
        };
        others.extend(before.iter().filter(|(place, cause)| !is_as_before(place, cause, &causes)).map(|(at, _)| *at));
        others.extend(causes.iter().filter(|(place, cause)| !is_as_before(place, cause, &before)).map(|(at, _)| *at));
        others.sort_unstable();
        others.dedup();
        if !others.is_empty() {
            self.mend(world, &others, &causes);
        }
        self.signals = world.signals.clone();
        self.causes.clone_from(&world.causes);
    }

    /// Ranks some places again and puts them where they belong.
    fn mend(&mut self, world: &World, others: &[usize], causes: &FxHashMap<usize, &Arc<Cause>>) {
        let count = world.signals.len();
        let mut marked = Marks::none(count.max(self.keys.len()));
        for place in others {
            marked.set(*place as u32);
        }
        self.order.retain(|place| !marked.has(*place));
        self.keys.truncate(count);
        let present = others.iter().copied().filter(|place| *place < count);
        for place in present.clone() {
            let key = Key::of(world, place, causes);
            match self.keys.get_mut(place) {
                Some(slot) => *slot = key,
                None => self.keys.push(key),
            }
        }
        let keys = &self.keys;
        let compare = |a: &u32, b: &u32| keys[*a as usize].compare(&keys[*b as usize]);
        if others.len() > MANY {
            self.order.extend(present.map(|place| place as u32));
            self.order.sort_by(compare);
        } else {
            for place in present.map(|place| place as u32) {
                let at = self.order.partition_point(|other| compare(other, &place) == Ordering::Less);
                self.order.insert(at, place);
            }
        }
    }

    /// A row for each signal of the world that was taken last, first what needs attention.
    pub fn rows(&self) -> Vec<Row> {
        let row = |place: &u32| Row::flat(Item::Signal(self.keys[*place as usize].name.clone()), *place as usize);
        self.order.iter().map(row).collect()
    }
}

fn other<T>((place, was, is): (usize, Option<&Mapped<T>>, Option<&Mapped<T>>)) -> Option<usize> {
    let is_same = was.zip(is).is_some_and(|(was, is)| Arc::ptr_eq(&was.item, &is.item));
    (!is_same).then_some(place)
}

/// The causes that are signals, by the place of the signal.
fn by_place(causes: &[Arc<Cause>]) -> FxHashMap<usize, &Arc<Cause>> {
    let place = |cause: &Arc<Cause>| match cause.what {
        CauseWhat::Signal(place) => Some(place),
        _ => None,
    };
    causes.iter().filter_map(|cause| Some((place(cause)?, cause))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::facts::Signal;
    use crate::domain::severity::{Handling, Severity};
    use crate::domain::span::Instant;

    fn signal(id: usize, severity: Severity) -> Mapped<Signal> {
        let id: Arc<str> = format!("{id:03}").into();
        let item = Arc::new(Signal {
            source: "prom".into(),
            id: id.clone(),
            labels: Arc::from([]),
            severity,
            unknown: false,
            handling: Handling::None,
            handled_by: None,
            since: None,
            summary: "".into(),
            link: None,
        });
        Mapped { item, name: format!("prom:{id}").into(), nodes: Arc::from([]) }
    }

    #[test]
    fn what_is_mended_is_what_would_be_ranked_anew() {
        let mut world = World::empty(Instant::MIN_UTC);
        let severity = |number: usize| Severity::ALL[number * 7_919 % 7];
        world.signals = (0..700).map(|id| signal(id, severity(id))).collect();
        let mut kept = Roster::default();
        kept.update(&world);
        for turn in 0..60 {
            let place = turn * 131 % world.signals.len();
            match turn % 3 {
                0 => drop(world.signals.swap_remove(place)),
                1 => world.signals.push(signal(1_000 + turn, severity(turn))),
                _ => drop(world.signals.replace(place, signal(2_000 + turn, severity(turn)))),
            }
            kept.update(&world);
            let mut anew = Roster::default();
            anew.update(&world);
            assert_eq!(kept.rows(), anew.rows(), "turn {turn}");
            assert_eq!(kept.rows().len(), world.signals.len());
        }
        assert_eq!(world.signals[kept.rows()[0].index].item.severity, Severity::Critical);
    }
}
