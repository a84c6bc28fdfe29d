//! What things look like: roles resolved to styles, and the glyphs they are drawn with.
//!
//! A theme is a TOML file that gives each [`Role`] a style; it may inherit another one. Everything is resolved to the
//! terminal's colour depth once, at [`load()`]; drawing only looks up. This room does not know widgets, does not read the
//! environment (it is passed in) and never asks the terminal anything.

mod builtin;
#[cfg(test)]
mod checks;
mod colour;
mod depth;
mod file;
mod glyphs;
mod load;

pub use builtin::builtin_names;
pub use depth::{Depth, depth_from};
pub use glyphs::{Glyphs, glyphs_from};
pub use load::{Loaded, load};

use ratatui::style::Style;

macro_rules! roles {
    ($($role:ident $name:literal $help:literal;)*) => {
        /// What a piece of the screen means. Users style these; widgets never have colours of their own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Role { $(#[doc = $help] $role,)* }

        impl Role {
            /// Every role, in the order of the enum.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$role,)*];

            /// Its word in a theme file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$role => $name,)* }
            }

            /// What it marks, for people who write themes.
            pub fn help(self) -> &'static str {
                match self { $(Self::$role => $help,)* }
            }
        }
    };
}

roles! {
    Text "text" "most text";
    Dim "dim" "secondary text: heads of columns, units, what is not begun";
    Accent "accent" "the one accent: what moves, where you are";
    Ok "ok" "done, live, fits";
    Warn "warn" "waits for you, tight, stale";
    Alert "alert" "act now: failed, paused by a limit";
    Freeze "freeze" "frozen by the calendar";
    Strong "strong" "the name of the selected thing, a number that counts";
    Band "band" "background of header and footer";
    Row "row" "background of the selected row";
    Armed "armed" "the mark that a tenant is armed";
    Key "key" "a key in the hints";
    Border "border" "lines round dialogs";
    Title "title" "the title of a dialog or a pane";
    Input "input" "text that is being typed";
    Mark "mark" "a marked row";
    New "new" "what was not there when you looked last";
}

impl Role {
    /// The role of this word in a theme file.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A theme, resolved for one terminal.
#[derive(Clone, Debug)]
pub struct Theme {
    pub name: String,
    /// The depth its styles are resolved for.
    pub depth: Depth,
    pub glyphs: Glyphs,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// The style of a role. What `Row` and `Band` say of the foreground is for text that has no colour of its own.
    pub fn role(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}
