//! Pieces that several screens and dialogs are made of. Each draws one kind of thing and knows no screen.

pub(super) mod bar;
pub(super) mod field;
pub(super) mod pane;
pub(super) mod sheet;
pub(super) mod spark;
pub(super) mod table;
