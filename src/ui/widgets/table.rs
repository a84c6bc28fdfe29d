//! The one table: draws every list of the cockpit from a column table and the part of a list that is seen.
//!
//! It builds only visible rows. It sorts and filters nothing: the order comes with the list.

use ratatui::layout::Rect;

use crate::app::state::{ListState, RowId, SortKey};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::view::View;
use crate::ui::words::Words;

/// How wide a column may be, in cells.
#[derive(Clone, Copy)]
pub enum Width {
    Fixed(u16),
    /// As wide as what it shows, within these bounds. It is never cut below what it shows as long as it stays within.
    Fit(u16, u16),
    /// Takes what is left, at least this much and at most what it shows.
    Flex(u16),
}

/// One column of rows of kind `R`.
pub struct Column<R> {
    pub title: &'static str,
    pub width: Width,
    pub right: bool,
    /// Columns with the highest number go first where there is no room; 0 stays.
    pub priority: u8,
    /// Only shown when every column is asked for.
    pub wide: bool,
    pub sort: Option<SortKey>,
    pub cell: fn(&View, &R) -> Words,
}

impl<R> Column<R> {
    /// Text stands at the left.
    pub const fn text(title: &'static str, width: Width, priority: u8, cell: fn(&View, &R) -> Words) -> Self {
        Self { title, width, right: false, priority, wide: false, sort: None, cell }
    }

    /// Figures stand at the right.
    pub const fn figure(title: &'static str, width: Width, priority: u8, cell: fn(&View, &R) -> Words) -> Self {
        Self { title, width, right: true, priority, wide: false, sort: None, cell }
    }

    pub const fn sorts(mut self, key: SortKey) -> Self {
        self.sort = Some(key);
        self
    }

    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

/// A list as a screen hands it over.
pub struct Listing<'a, R> {
    /// What the rows are, above the column names.
    pub caption: Words,
    /// What is said whole behind the caption, whatever of that is cut.
    pub kept: Words,
    /// Lines the caption may take where it is long.
    pub caption_lines: usize,
    pub list: Option<&'a ListState>,
    pub columns: &'a [Column<R>],
    /// The thing of a row, by its place in the order and its id; None if it is gone.
    pub row: &'a dyn Fn(usize, &RowId) -> Option<R>,
    /// Rows that nobody waits for step back.
    pub faded: fn(&R) -> bool,
    /// What an empty list says: never nothing, and with a next step.
    pub empty: Vec<Words>,
}

impl<'a, R> Listing<'a, R> {
    /// One without a caption, none of whose rows step back.
    pub fn new(
        list: Option<&'a ListState>,
        columns: &'a [Column<R>],
        row: &'a dyn Fn(usize, &RowId) -> Option<R>,
        empty: Vec<Words>,
    ) -> Self {
        Self { caption: Words::new(), kept: Words::new(), caption_lines: 1, list, columns, row, faded: |_| false, empty }
    }
}

/// Draws the list, and notes its page and where rows stand.
pub fn draw<R>(canvas: &mut Canvas, area: Rect, listing: &Listing<R>) {
    let view = canvas.view;
    let kept = listing.kept.clone().then(3, filter(&view, listing.list));
    let caption = listing.caption.clone().then(3, kept.clone());
    // A low screen has no line to spare for air, only for words.
    let room = area.width.saturating_sub(2);
    let mut said = if caption.is_empty() { Vec::new() } else { caption.wrap(usize::from(room)) };
    if said.len() > listing.caption_lines {
        let ellipsis = view.glyphs().ellipsis;
        let rest = usize::from(room).saturating_sub(if kept.is_empty() { 0 } else { kept.width() + 3 });
        said = vec![listing.caption.cut_at_word(rest, ellipsis).then(3, kept).cut(usize::from(room), ellipsis)];
    }
    let rows = listing.list.map_or(&[][..], |list| &list.order);
    let air = area.height >= 12 || usize::from(area.height) >= rows.len() + 3;
    let top = (said.len() as u16).max(u16::from(air)).min(area.height);
    for (y, line) in (area.y..).zip(&said) {
        canvas.put(area.x + 1, y, room, line);
    }
    let names = Rect { y: area.y + top, height: area.height.saturating_sub(top).min(1), ..area };
    let body = Rect { y: names.bottom(), height: area.height.saturating_sub(top.saturating_add(1)), ..area };
    canvas.drawn.page = usize::from(body.height);
    if rows.is_empty() {
        let inner = Rect { x: area.x + 2, width: area.width.saturating_sub(3), ..body };
        canvas.paragraph(inner, &listing.empty);
        return;
    }
    let window = listing.list.map_or(0..0, |list| list.window(usize::from(body.height)));
    canvas.part = (window.len() < rows.len()).then(|| (window.clone(), rows.len()));
    let columns: Vec<&Column<R>> = listing.columns.iter().filter(|column| !column.wide || view.state.wide).collect();
    let cells: Vec<(&RowId, Option<Vec<Words>>)> = window
        .map(|place| {
            let id = &rows[place];
            let row = (listing.row)(place, id);
            let cells = |row: R| -> Vec<Words> {
                let cells = columns.iter().map(|column| (column.cell)(&view, &row));
                if (listing.faded)(&row) { cells.map(|cell| cell.all(Role::Dim)).collect() } else { cells.collect() }
            };
            (id, row.map(cells))
        })
        .collect();
    let places = lay_out(&columns, &cells, body.width);
    for (column, place) in columns.iter().zip(&places) {
        let Some((x, width)) = *place else { continue };
        put(canvas, body.x + x, names.y, width, column.right, &name(&view, column, listing.list));
    }
    for (y, (id, row)) in (body.y..).zip(&cells) {
        let selected = listing.list.and_then(ListState::selected) == Some(id);
        let marked = listing.list.is_some_and(|list| list.marks.contains(id));
        if marked {
            canvas.put(body.x + 1, y, 1, &Words::of(Role::Mark, view.glyphs().marked));
        }
        match row {
            Some(row) => {
                for (at, ((column, place), cell)) in columns.iter().zip(&places).zip(row).enumerate() {
                    let Some((x, width)) = *place else { continue };
                    let cell = if selected && at == 0 { cell.clone().recast(Role::Text, Role::Strong) } else { cell.clone() };
                    put(canvas, body.x + x, y, width, column.right, &cell);
                }
            }
            None => {
                canvas.put(body.x + 2, y, body.width.saturating_sub(2), &Words::new().dim("gone since the last reading"));
            }
        }
        if selected {
            canvas.put(body.x, y, 1, &Words::new().accent(view.glyphs().selected));
            canvas.lay(Rect { y, height: 1, ..body }, Role::Row);
        }
        canvas.drawn.hits.push((y, (*id).clone()));
    }
}

fn put(canvas: &mut Canvas, x: u16, y: u16, width: u16, right: bool, words: &Words) {
    if right {
        canvas.put_right(x + width, y, width, words);
    } else {
        canvas.put(x, y, width, words);
    }
}

/// A column's name, with an arrow if the list is sorted by it.
fn name<R>(view: &View, column: &Column<R>, list: Option<&ListState>) -> Words {
    let title = Words::new().dim(column.title);
    match list.and_then(|list| list.sort) {
        Some(sort) if Some(sort.key) == column.sort => {
            let arrow = if sort.reverse { view.glyphs().descending } else { view.glyphs().ascending };
            title.accent(arrow)
        }
        _ => title,
    }
}

/// What the filter and the marks hide or hold.
fn filter(view: &View, list: Option<&ListState>) -> Words {
    let Some(list) = list else { return Words::new() };
    let mut words = Words::new();
    if !list.filter.is_empty() {
        let (shown, of) = (list.order.len(), list.of);
        words = words.dim("filter ").text(crate::domain::Text::new(&list.filter)).dim(format!("   {shown} of {of} loaded"));
    }
    if !list.marks.is_empty() {
        let hidden = list.hidden_marks().len();
        let marks = Words::of(Role::Mark, format!("{} {}", view.glyphs().marked, list.marks.len())).text(" marked");
        let marks = if hidden > 0 { marks.text(", ").warn(format!("{hidden} hidden by the filter")) } else { marks };
        words = words.then(3, marks);
    }
    words
}

type Place = Option<(u16, u16)>;

/// Cells of a name that are worth more than a column that is only good to have, and more than air.
const NAME: u16 = 20;
const LONG_NAME: u16 = 28;
/// Columns from this priority on give way to names.
const GOOD_TO_HAVE: u8 = 3;

/// Where each column stands and how wide it is; None where there is no room for it.
fn lay_out<R>(columns: &[&Column<R>], cells: &[(&RowId, Option<Vec<Words>>)], width: u16) -> Vec<Place> {
    // What each column would like, at most; its name may carry an arrow.
    let wanted: Vec<u16> = (0..columns.len())
        .map(|at| {
            let shown = cells.iter().filter_map(|(_, row)| row.as_ref()).map(|row| row[at].width()).max().unwrap_or(0);
            let name = columns[at].title.len() + usize::from(columns[at].sort.is_some());
            u16::try_from(shown.max(name)).unwrap_or(u16::MAX)
        })
        .collect();
    let least = |at: usize| match columns[at].width {
        Width::Fixed(width) => width,
        Width::Fit(min, max) => wanted[at].clamp(min, max),
        Width::Flex(min) => wanted[at].min(min),
    };
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let need = |kept: &[usize], gap: u16| -> u32 {
        let gaps = u32::from(gap) * kept.len().saturating_sub(1) as u32;
        kept.iter().map(|at| u32::from(least(*at))).sum::<u32>() + gaps
    };
    // Two cells before the first column for the selection and the mark, one behind the last.
    let room = u32::from(width.saturating_sub(3));
    // A name of ordinary length comes before a column that is only good to have, and before air between columns.
    let names = |kept: &[usize], length: u16| -> u32 {
        let flexible = kept.iter().filter(|at| matches!(columns[**at].width, Width::Flex(_)));
        flexible.map(|at| u32::from(wanted[*at].min(length).saturating_sub(least(*at)))).sum()
    };
    while let Some(last) = kept.iter().rev().copied().max_by_key(|at| (columns[*at].priority, *at)) {
        let spared = if columns[last].priority >= GOOD_TO_HAVE { names(&kept, NAME) } else { 0 };
        if columns[last].priority == 0 || need(&kept, 1) + spared <= room {
            break;
        }
        kept.retain(|at| *at != last);
    }
    let gap = if need(&kept, 2) + names(&kept, LONG_NAME) <= room { 2 } else { 1 };
    let mut spare = u16::try_from(room.saturating_sub(need(&kept, gap))).unwrap_or(0);
    let mut places = vec![None; columns.len()];
    let mut x = 2;
    for at in kept {
        let mut cells = least(at);
        if matches!(columns[at].width, Width::Flex(_)) {
            let more = wanted[at].saturating_sub(cells).min(spare);
            cells += more;
            spare -= more;
        }
        let cells = cells.min(width.saturating_sub(x));
        places[at] = Some((x, cells));
        x += cells + gap;
    }
    places
}
