//! A long list of which one version shares with the next all that did not change.
//!
//! A hundred thousand signals are in every world, and worlds come four a second: a copy costs a few hundred pointers,
//! and a change costs one block. The order is that of the places, and a place stays what it is until its item goes.

use std::ops::Index;
use std::sync::Arc;

/// Items in a block: all blocks but the last are full.
const SIZE: usize = 256;

/// A list in blocks that are shared between versions.
#[derive(Clone, Debug)]
pub struct Blocks<T> {
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<T> Blocks<T> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * SIZE + last.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The item at a place.
    pub fn get(&self, place: usize) -> Option<&T> {
        self.blocks.get(place / SIZE)?.get(place % SIZE)
    }

    /// The items, by place.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.blocks.iter().flat_map(|block| block.iter())
    }

    /// The places in blocks that are not the very same in an earlier version: what stood there, and what does.
    pub fn since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = (usize, Option<&'a T>, Option<&'a T>)> {
        let count = self.blocks.len().max(before.blocks.len());
        let pairs = (0..count).map(|block| (block * SIZE, before.blocks.get(block), self.blocks.get(block)));
        let others = pairs.filter(|(_, was, is)| match (was, is) {
            (Some(was), Some(is)) => !Arc::ptr_eq(was, is),
            _ => true,
        });
        others.flat_map(|(first, was, is)| {
            let items = |block: Option<&'a Arc<Vec<T>>>| block.map_or(&[][..], |block| block.as_slice());
            let (was, is) = (items(was), items(is));
            (0..was.len().max(is.len())).map(move |place| (first + place, was.get(place), is.get(place)))
        })
    }
}

impl<T: Clone> Blocks<T> {
    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < SIZE => Arc::make_mut(last).push(item),
            _ => {
                let mut block = Vec::with_capacity(SIZE);
                block.push(item);
                self.blocks.push(Arc::new(block));
            }
        }
    }

    /// Puts an item in the place of another, which is returned.
    ///
    /// # Panics
    /// There is no such place.
    pub fn replace(&mut self, place: usize, item: T) -> T {
        std::mem::replace(&mut Arc::make_mut(&mut self.blocks[place / SIZE])[place % SIZE], item)
    }

    /// Takes an item out; the last one comes to stand in its place.
    ///
    /// # Panics
    /// There is no such place.
    pub fn swap_remove(&mut self, place: usize) -> T {
        let last = self.blocks.last_mut().and_then(|block| Arc::make_mut(block).pop());
        let last = last.expect("a list that has the place has a last item");
        if self.blocks.last().is_some_and(|block| block.is_empty()) {
            self.blocks.pop();
        }
        if place == self.len() { last } else { self.replace(place, last) }
    }
}

impl<T> Index<usize> for Blocks<T> {
    type Output = T;

    fn index(&self, place: usize) -> &T {
        &self.blocks[place / SIZE][place % SIZE]
    }
}

impl<T> FromIterator<T> for Blocks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter().peekable();
        let mut blocks = Vec::new();
        while items.peek().is_some() {
            let mut block = Vec::with_capacity(SIZE);
            block.extend(items.by_ref().take(SIZE));
            blocks.push(Arc::new(block));
        }
        Self { blocks }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Push(u16),
        Replace(usize, u16),
        Remove(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            any::<u16>().prop_map(Step::Push),
            (any::<usize>(), any::<u16>()).prop_map(|(place, item)| Step::Replace(place, item)),
            any::<usize>().prop_map(Step::Remove),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_a_list_and_a_copy_stays_as_it_was(
            first in proptest::collection::vec(any::<u16>(), 200..600),
            steps in proptest::collection::vec(step(), 0..200),
        ) {
            let mut blocks: Blocks<u16> = first.iter().copied().collect();
            let (mut plain, copy) = (first.clone(), blocks.clone());
            for step in steps {
                match step {
                    Step::Push(item) => {
                        plain.push(item);
                        blocks.push(item);
                    }
                    Step::Replace(place, item) => {
                        let place = place % plain.len();
                        prop_assert_eq!(std::mem::replace(&mut plain[place], item), blocks.replace(place, item));
                    }
                    Step::Remove(place) => {
                        let place = place % plain.len();
                        prop_assert_eq!(plain.swap_remove(place), blocks.swap_remove(place));
                    }
                }
                prop_assert_eq!(plain.len(), blocks.len());
            }
            prop_assert_eq!(&plain, &blocks.iter().copied().collect::<Vec<_>>());
            prop_assert!(plain.iter().enumerate().all(|(place, item)| blocks[place] == *item));
            let mut patched: Vec<Option<u16>> = copy.iter().map(|item| Some(*item)).collect();
            let long = patched.len().max(plain.len());
            patched.resize(long, None);
            let mut others = blocks.since(&copy);
            for (place, was) in patched.into_iter().enumerate() {
                let is = plain.get(place).copied();
                // What is shared is passed over by whole blocks.
                if was != is {
                    prop_assert!(others.any(|(at, a, b)| (at, a.copied(), b.copied()) == (place, was, is)));
                }
            }
            prop_assert_eq!(first, copy.iter().copied().collect::<Vec<_>>());
        }
    }
}
