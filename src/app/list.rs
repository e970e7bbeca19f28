//! A list with a selection by id: rows may come, go and change places, the selected thing stays selected.
//!
//! Invariant: `rows` belong to the world that is shown, so that their indices are valid in it; `selected` names one
//! of them unless the list is empty.

use rustc_hash::{FxHashMap, FxHashSet};

use super::place::Item;

/// One row of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which thing it shows, and where it hangs: in a tree one thing may hang in several places.
    pub id: RowId,
    /// Where the thing stands in its vector of the world (nodes, causes, objectives, clocks, signals, tickets,
    /// sources, spend).
    pub index: usize,
    /// How deep it hangs; 0 in flat lists.
    pub depth: u16,
    /// Whether there is something under it, and whether that is shown.
    pub branch: Branch,
    /// What it is to the thing whose details are shown; empty in other lists.
    pub relation: &'static str,
}

impl Row {
    /// A row of a flat list.
    pub const fn flat(item: Item, index: usize) -> Self {
        Self { id: RowId { item, path: 0 }, index, depth: 0, branch: Branch::Leaf, relation: "" }
    }
}

/// What a row is known by from world to world.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RowId {
    /// The thing.
    pub item: Item,
    /// A hash of the things above it; 0 in flat lists.
    pub path: u64,
}

/// Whether there is something under a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Branch {
    /// Nothing.
    Leaf,
    /// Something that is not shown.
    Closed,
    /// Something that is shown.
    Open,
}

/// A list as the operator left it.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The rows, in the order shown.
    pub rows: Vec<Row>,
    /// How many rows there are without the filter.
    pub unfiltered: usize,
    /// Where the cursor is; below the number of rows, or 0.
    pub cursor: usize,
    /// The first row in view.
    pub offset: usize,
    /// Which of the pane's orders it has.
    pub sort: usize,
    selected: Option<RowId>,
    marked: FxHashSet<RowId>,
    /// Whether the operator chose the selected row; until then the cursor stays on the first.
    chosen: bool,
}

impl List {
    /// The selected row.
    pub fn selected(&self) -> Option<&Row> {
        self.rows.get(self.cursor)
    }

    /// The selected thing, where the operator chose it.
    pub fn chosen(&self) -> Option<&Item> {
        self.selected().filter(|_| self.chosen).map(|row| &row.id.item)
    }

    /// Selects by place; beyond the end is the last. From now on the selection stays on that thing.
    pub fn select(&mut self, cursor: usize) {
        self.chosen = true;
        self.point(cursor);
    }

    /// Marks the row under the cursor, or takes the mark away.
    pub fn toggle_mark(&mut self) {
        if let Some(id) = self.selected().map(|row| row.id.clone())
            && !self.marked.remove(&id)
        {
            self.marked.insert(id);
        }
    }

    /// Takes all marks away.
    pub fn clear_marks(&mut self) {
        self.marked.clear();
    }

    /// Whether a row is marked.
    pub fn is_marked(&self, id: &RowId) -> bool {
        self.marked.contains(id)
    }

    /// How many of the rows are marked; what the filter hides does not count.
    pub fn marks(&self) -> usize {
        if self.marked.is_empty() { 0 } else { self.rows.iter().filter(|row| self.is_marked(&row.id)).count() }
    }

    /// Makes the row under the cursor the operator's choice.
    pub fn choose(&mut self) {
        self.chosen = true;
    }

    fn point(&mut self, cursor: usize) {
        self.cursor = cursor.min(self.rows.len().saturating_sub(1));
        self.selected = self.selected().map(|row| row.id.clone());
    }

    /// Selects a thing; nothing changes where it is not listed.
    pub fn select_item(&mut self, item: &Item) {
        if let Some(cursor) = self.rows.iter().position(|row| row.id.item == *item) {
            self.select(cursor);
        }
    }

    /// Takes the rows of a new world. With `hold` those that were there before keep their order and new ones come
    /// last: nothing jumps while somebody types. The selection stays on its thing; where that is gone, the cursor
    /// stays where it is. Returns whether holding made a difference.
    pub fn replace(&mut self, mut rows: Vec<Row>, hold: bool) -> bool {
        let mut held = false;
        let is_as_before =
            || self.rows.len() == rows.len() && self.rows.iter().zip(&rows).all(|(before, now)| before.id == now.id);
        if hold && !self.rows.is_empty() && !is_as_before() {
            let before: FxHashMap<&RowId, usize> =
                self.rows.iter().enumerate().map(|(at, row)| (&row.id, at)).collect();
            let place = |row: &Row| before.get(&row.id).copied().unwrap_or(usize::MAX);
            held = !rows.is_sorted_by_key(place);
            rows.sort_by_key(place);
        }
        self.rows = rows;
        let again = self.selected.as_ref().and_then(|id| self.rows.iter().position(|row| row.id == *id));
        self.point(if self.chosen { again.unwrap_or(self.cursor) } else { 0 });
        held
    }

    /// Brings the cursor into a view of so many rows, by half a view at a time, so that most moves repaint two rows.
    pub fn settle(&mut self, view: usize) {
        let view = view.max(1);
        let half = (view / 2).max(1);
        if self.cursor < self.offset {
            self.offset = self.cursor.saturating_sub(half.min(view - 1));
        } else if self.cursor >= self.offset + view {
            self.offset = self.cursor + 1 - view.min(half);
        }
        self.offset = self.offset.min(self.rows.len().saturating_sub(view));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(names: &[&str]) -> Vec<Row> {
        names.iter().enumerate().map(|(at, name)| Row::flat(Item::Signal((*name).into()), at)).collect()
    }

    fn names(list: &List) -> Vec<String> {
        list.rows.iter().map(|row| row.id.item.to_string()).collect()
    }

    #[test]
    fn the_selected_thing_stays_selected_when_rows_change_places() {
        let mut list = List::default();
        list.replace(rows(&["a", "b", "c"]), false);
        list.select(1);
        list.replace(rows(&["x", "c", "a", "b"]), false);
        assert_eq!(list.cursor, 3);
        list.replace(rows(&["x", "c", "a"]), false);
        assert_eq!(list.cursor, 2, "where the thing is gone the cursor stays as near as it can");
        list.replace(Vec::new(), false);
        assert_eq!(list.selected(), None);
        list.replace(rows(&["q"]), false);
        assert_eq!(list.cursor, 0);
    }

    #[test]
    fn until_somebody_chooses_the_first_row_is_selected() {
        let mut list = List::default();
        list.replace(rows(&["a", "b"]), false);
        list.replace(rows(&["worse", "a", "b"]), false);
        assert_eq!(list.cursor, 0);
        list.choose();
        list.replace(rows(&["worst", "worse", "a"]), false);
        assert_eq!(list.cursor, 1);
    }

    #[test]
    fn holding_keeps_the_order_and_puts_new_rows_last() {
        let mut list = List::default();
        list.replace(rows(&["a", "b", "c"]), false);
        assert!(list.replace(rows(&["new", "c", "a"]), true));
        assert_eq!(names(&list), ["a", "c", "new"]);
        assert!(!list.replace(rows(&["a", "c", "new"]), true));
    }

    #[test]
    fn the_view_moves_by_halves_and_never_past_the_end() {
        let mut list = List::default();
        let many: Vec<String> = (0..20).map(|at| at.to_string()).collect();
        list.replace(rows(&many.iter().map(String::as_str).collect::<Vec<_>>()), false);
        let mut moves = 0;
        for cursor in 0..20 {
            let before = list.offset;
            list.select(cursor);
            list.settle(8);
            assert!((list.offset..list.offset + 8).contains(&cursor), "{cursor} from {}", list.offset);
            moves += usize::from(before != list.offset);
        }
        assert_eq!((list.offset, moves), (12, 3));
        list.select(0);
        list.settle(8);
        assert_eq!(list.offset, 0);
        list.settle(0);
    }
}
