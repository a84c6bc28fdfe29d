//! A list on a screen: its order, the selected thing, the part that is seen, marks, filter and sort.
//!
//! It holds ids only. What a row says is drawn from the store; which rows there are is `rows`' work.

use std::collections::BTreeSet;
use std::ops::Range;

use super::RowId;
use crate::domain::Mono;

/// What a list can be sorted by. `Urgency` and `Native` are the orders lists come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    Urgency,
    /// The backend's own order.
    Native,
    Tenant,
    Name,
    State,
    Done,
    Failed,
    Left,
    Seen,
    Contact,
    Code,
    Tries,
    When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub key: SortKey,
    pub reverse: bool,
}

#[derive(Clone, Debug, Default)]
pub struct ListState {
    /// The rows after filter and sort.
    pub order: Vec<RowId>,
    /// Rows before the filter.
    pub of: usize,
    selected: Option<RowId>,
    /// The person has chosen a row, or done anything else here. Until then the top row is selected, whatever comes up there.
    pub held: bool,
    /// When that put another row in the place of the selected one.
    pub swapped: Option<Mono>,
    /// Where the selected row stands in `order`; kept when the thing vanishes, so that the cursor stays.
    at: usize,
    /// First row that is seen.
    offset: usize,
    /// Rows that fit, by the last draw.
    pub page: usize,
    pub filter: String,
    /// None: the order the list comes in.
    pub sort: Option<Sort>,
    pub marks: BTreeSet<RowId>,
    /// First line of the detail that is seen, and the thing it is the detail of.
    detail: (usize, Option<RowId>),
}

impl ListState {
    pub fn selected(&self) -> Option<&RowId> {
        self.selected.as_ref()
    }

    /// First line of the selected thing's detail that is seen; another thing begins at its top.
    pub fn detail(&self) -> usize {
        if self.detail.1 == self.selected { self.detail.0 } else { 0 }
    }

    pub fn scroll_detail(&mut self, to: usize) {
        self.detail = (to, self.selected.clone());
    }

    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Takes a new order. The selection follows the thing; if it is gone, nothing is selected.
    pub fn set_order(&mut self, order: Vec<RowId>, of: usize) {
        self.of = of;
        if !self.held {
            self.at = 0;
            self.selected = order.first().cloned();
        } else if let Some(selected) = &self.selected {
            match order.iter().position(|row| row == selected) {
                Some(at) => {
                    // The row keeps its place on the screen while data moves around it. Only the top of a list stays the
                    // top: what needs a person comes up there, and must not come up out of sight.
                    let line = self.at.saturating_sub(self.offset);
                    self.at = at;
                    if self.offset > 0 {
                        self.offset = at.saturating_sub(line);
                    }
                }
                None => self.selected = None,
            }
        } else if self.order.is_empty() && !order.is_empty() {
            self.at = 0;
            self.selected = order.first().cloned();
        }
        self.order = order;
        self.offset = self.window(self.page.max(1)).start;
    }

    /// Replaces an id by another without moving: a place that has been read is the host that stands there.
    pub fn rename_selected(&mut self, to: RowId) {
        self.selected = Some(to);
    }

    /// Forgets the selection, so that the next order starts at its top.
    pub fn restart(&mut self) {
        *self = Self { filter: std::mem::take(&mut self.filter), sort: self.sort, page: self.page, ..Self::default() };
    }

    /// Begins at this row instead of the top, as long as nobody has chosen one.
    pub fn begin_at(&mut self, row: &RowId) {
        if let Some(at) = self.order.iter().position(|known| known == row).filter(|_| !self.held) {
            self.put(at);
            self.held = false;
        }
    }

    pub fn select(&mut self, row: &RowId) -> bool {
        let Some(at) = self.order.iter().position(|known| known == row) else { return false };
        self.put(at);
        true
    }

    /// Moves by `rows`; at an edge the view moves by two thirds of a page.
    pub fn step(&mut self, rows: isize) {
        if self.order.is_empty() {
            return;
        }
        let at = if self.selected.is_none() && rows > 0 { self.at.saturating_sub(1) } else { self.at };
        self.put(at.saturating_add_signed(rows).min(self.order.len() - 1));
    }

    pub fn first(&mut self) {
        if !self.order.is_empty() {
            self.put(0);
        }
    }

    pub fn last(&mut self) {
        if !self.order.is_empty() {
            self.put(self.order.len() - 1);
        }
    }

    fn put(&mut self, at: usize) {
        (self.held, self.swapped) = (true, None);
        self.at = at;
        self.selected = self.order.get(at).cloned();
        let page = self.page.max(1);
        let leap = (page * 2 / 3).max(1);
        if at < self.offset {
            self.offset = (at + 1).saturating_sub(leap);
        } else if at >= self.offset + page {
            self.offset = (at + leap).saturating_sub(page).min(at);
        }
        self.offset = self.window(page).start;
    }

    /// The rows that are seen on `height` lines: the selection is among them, and no line stays empty without need.
    pub fn window(&self, height: usize) -> Range<usize> {
        let len = self.order.len();
        let height = height.min(len);
        let mut start = self.offset.min(len - height);
        if height > 0 && !self.order.is_empty() {
            let at = self.at.min(len - 1);
            if at < start {
                start = at;
            } else if at >= start + height {
                start = at + 1 - height;
            }
        }
        start..start + height
    }

    /// Marked rows that the filter hides.
    pub fn hidden_marks(&self) -> Vec<&RowId> {
        let seen: BTreeSet<&RowId> = self.order.iter().collect();
        self.marks.iter().filter(|row| !seen.contains(row)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(range: Range<u32>) -> Vec<RowId> {
        range.map(RowId::Unread).collect()
    }

    fn list(len: u32, page: usize) -> ListState {
        let mut list = ListState { page, held: true, ..ListState::default() };
        list.set_order(rows(0..len), len as usize);
        list
    }

    #[test]
    fn the_selection_follows_the_thing_and_its_line_stays() {
        let mut list = list(100, 10);
        list.step(50);
        let line = list.at - list.window(10).start;
        let mut order = rows(0..100);
        order.rotate_right(20);
        list.set_order(order, 100);
        assert_eq!(list.selected(), Some(&RowId::Unread(50)));
        assert_eq!(list.at - list.window(10).start, line);
    }

    #[test]
    fn at_the_top_what_comes_up_first_is_seen() {
        let mut list = list(20, 10);
        list.step(1);
        let mut order = rows(0..20);
        order.rotate_right(3);
        list.set_order(order, 20);
        assert_eq!(list.selected(), Some(&RowId::Unread(1)));
        assert_eq!(list.window(10).start, 0);
    }

    #[test]
    fn before_the_first_key_the_top_row_is_selected_whatever_it_is() {
        let mut list = ListState { page: 10, ..ListState::default() };
        list.set_order(rows(5..9), 4);
        list.set_order(rows(0..9), 9);
        assert_eq!(list.selected(), Some(&RowId::Unread(0)));
    }

    #[test]
    fn a_list_may_begin_elsewhere_than_at_its_top_until_a_row_is_chosen() {
        let mut list = ListState { page: 10, ..ListState::default() };
        list.set_order(rows(0..20), 20);
        list.begin_at(&RowId::Unread(15));
        assert_eq!(list.selected(), Some(&RowId::Unread(15)));
        assert!(list.window(10).contains(&15));
        list.step(-1);
        list.begin_at(&RowId::Unread(15));
        assert_eq!(list.selected(), Some(&RowId::Unread(14)));
    }

    #[test]
    fn another_thing_shows_its_detail_from_the_top() {
        let mut list = list(20, 10);
        list.step(1);
        list.scroll_detail(5);
        assert_eq!(list.detail(), 5);
        list.step(1);
        assert_eq!(list.detail(), 0);
    }

    #[test]
    fn if_the_selected_thing_vanishes_nothing_is_selected() {
        let mut list = list(10, 10);
        list.step(3);
        list.set_order(rows(0..3), 3);
        assert_eq!(list.selected(), None);
        list.step(1);
        assert!(list.selected().is_some());
    }

    #[test]
    fn at_its_edge_the_view_moves_by_two_thirds_of_a_page() {
        let mut list = list(100, 9);
        for _ in 0..9 {
            list.step(1);
        }
        assert_eq!(list.window(9).start, 6);
    }

    proptest! {
        #[test]
        fn the_selection_is_always_seen(len in 1_u32..200, page in 1_usize..60, steps in prop::collection::vec(-80_isize..80, 0..40)) {
            let mut list = list(len, page);
            for step in steps {
                list.step(step);
                let window = list.window(page);
                prop_assert!(window.contains(&list.at));
                prop_assert!(window.end <= list.order.len());
            }
        }
    }
}
