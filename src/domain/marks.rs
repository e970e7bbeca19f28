//! A set of small numbers, a bit each: which places of the map are to be looked at again.
//!
//! Emptied in ascending order while it is being filled further up: a walk over dirty nodes, children first.

/// A set of numbers below a bound.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// None of so many.
    pub fn none(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(64)] }
    }

    /// All of so many.
    pub fn all(count: usize) -> Self {
        let mut marks = Self { words: vec![u64::MAX; count.div_ceil(64)] };
        if let (Some(last), rest @ 1..) = (marks.words.last_mut(), count % 64) {
            *last = (1 << rest) - 1;
        }
        marks
    }

    /// Marks a number.
    #[inline]
    pub fn set(&mut self, number: u32) {
        self.words[number as usize / 64] |= 1 << (number % 64);
    }

    /// Whether a number is marked.
    #[inline]
    pub fn has(&self, number: u32) -> bool {
        self.words[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// Whether none is marked.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Takes the lowest mark away that is not below where the last one was; `from` is where to begin, 0 at first.
    #[inline]
    pub fn take_next(&mut self, from: &mut usize) -> Option<u32> {
        while let Some(word) = self.words.get_mut(*from) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some((*from * 64) as u32 + bit);
            }
            *from += 1;
        }
        None
    }

    /// Takes the highest mark away.
    pub fn take_last(&mut self) -> Option<u32> {
        let place = self.words.iter().rposition(|word| *word != 0)?;
        let bit = self.words[place].ilog2();
        self.words[place] &= !(1 << bit);
        Some((place * 64) as u32 + bit)
    }

    /// The marked numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(place, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some((place * 64) as u32 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_in_order_also_those_set_meanwhile() {
        let mut marks = Marks::none(200);
        for number in [3, 64, 190] {
            marks.set(number);
        }
        assert!(marks.has(64) && !marks.has(65));
        assert_eq!(marks.iter().collect::<Vec<_>>(), [3, 64, 190]);
        let (mut from, mut taken) = (0, Vec::new());
        while let Some(number) = marks.take_next(&mut from) {
            taken.push(number);
            if number == 3 {
                marks.set(5);
                marks.set(199);
            }
        }
        assert_eq!(taken, [3, 5, 64, 190, 199]);
        assert!(marks.is_empty());
    }

    #[test]
    fn all_are_as_many_as_there_are() {
        let mut marks = Marks::all(130);
        assert_eq!(marks.iter().count(), 130);
        assert_eq!((marks.take_last(), marks.take_last()), (Some(129), Some(128)));
        assert_eq!(Marks::all(64).iter().last(), Some(63));
    }
}
