//! Finds rows that are the same but for their place, as in a table that scrolls.
//!
//! Only whole rows count: left and right margins are not to be had everywhere. Whatever is found here only saves bytes:
//! the frame is compared cell by cell afterwards.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use super::grid::{Cell, Grid};

/// Fewer rows that moved are written anew.
const LEAST_ROWS: usize = 3;

/// So many cells must be saved for the escapes to pay.
const LEAST_CELLS: usize = 60;

/// The farthest that rows are looked for, in rows.
const FARTHEST: i32 = 64;

/// Rows that moved within a region.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shift {
    /// The first row of the region.
    pub(super) top: u16,
    /// The last row of the region.
    pub(super) bottom: u16,
    /// How many rows up; down if negative.
    pub(super) by: i32,
}

impl Shift {
    /// Does to what is known of the terminal what the terminal does.
    pub(super) fn apply(self, front: &mut Grid) {
        front.shift_rows(self.top, self.bottom, self.by);
    }

    /// The row that comes to `y`, if one does.
    fn origin(self, y: u16) -> Option<u16> {
        let origin = i32::from(y) + self.by;
        u16::try_from(origin).ok().filter(|origin| (self.top..=self.bottom).contains(origin))
    }

    /// How many cells less have to be written.
    fn saves(self, front: &Grid, back: &Grid) -> usize {
        let differing = |a: &[Cell], b: &[Cell]| a.iter().zip(b).filter(|(a, b)| a != b).count();
        let (mut before, mut after) = (0, 0);
        for y in self.top..=self.bottom {
            let wanted = back.row(y);
            before += differing(front.row(y), wanted);
            after += match self.origin(y) {
                Some(origin) => differing(front.row(origin), wanted),
                None => wanted.iter().filter(|cell| !cell.is_blank()).count(),
            };
        }
        before.saturating_sub(after)
    }
}

/// The shift that saves most, if one is worth it.
pub(super) fn find(front: &Grid, back: &Grid) -> Option<Shift> {
    let changed: Vec<u16> = (0..back.height()).filter(|y| front.row(*y) != back.row(*y)).collect();
    if changed.len() < LEAST_ROWS {
        return None;
    }
    let is_telling = |row: &[Cell]| row.iter().any(|cell| *cell != row[0]);
    let hashes = |grid: &Grid| -> Vec<(u16, u64)> {
        let rows = changed.iter().filter(|y| is_telling(grid.row(**y)));
        rows.map(|y| (*y, hash(grid.row(*y)))).collect()
    };
    let (had, wanted) = (hashes(front), hashes(back));
    let distance = |y: u16, origin: u16| i32::from(origin) - i32::from(y);
    let pairs = || {
        wanted.iter().flat_map(|(y, row)| {
            had.iter().filter(move |(_, other)| other == row).map(move |(origin, _)| (*y, distance(*y, *origin)))
        })
    };
    // How many rows came from how far.
    let mut votes: BTreeMap<i32, usize> = BTreeMap::new();
    for (_, by) in pairs().filter(|(_, by)| (1..=FARTHEST).contains(&by.abs())) {
        *votes.entry(by).or_default() += 1;
    }
    let (by, _) = votes.into_iter().filter(|(_, count)| *count >= LEAST_ROWS).max_by_key(|(_, count)| *count)?;
    let rows: Vec<i32> = pairs().filter(|(_, distance)| *distance == by).map(|(y, _)| i32::from(y)).collect();
    let (first, last) = (*rows.first()?, *rows.last()?);
    let shift =
        Shift { top: u16::try_from(first.min(first + by)).ok()?, bottom: u16::try_from(last.max(last + by)).ok()?, by };
    (shift.saves(front, back) >= LEAST_CELLS).then_some(shift)
}

fn hash(row: &[Cell]) -> u64 {
    let mut hasher = FxHasher::default();
    row.hash(&mut hasher);
    hasher.finish()
}
