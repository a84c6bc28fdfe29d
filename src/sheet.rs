//! TOML sheets that a person may lay over built-in ones: themes and keymaps. Found, chained by what they inherit, and read
//! with every mistake told by file and line.
//!
//! What stands in a sheet is its own room's business. Nothing here knows colours, keys or the environment.

mod error;
mod reader;
mod shelf;

pub use error::{Problem, SheetError};
pub use reader::{Reader, read};
pub use shelf::{Shelf, Source, Word};
