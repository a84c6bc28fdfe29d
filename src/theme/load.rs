//! From a name to a theme: finding the files, joining what they inherit, resolving colours to one depth.
//!
//! The user's folders are searched in order before the built-in themes; a file may inherit the theme of its own name from
//! further down that search. Colours that a depth cannot show are replaced here, never while drawing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ratatui::style::{Color, Style};

use super::builtin::SHELF;
use super::file::{Look, Sheet};
use super::{Depth, Glyphs, Role, Theme, colour, file};
use crate::sheet::{Problem, SheetError, Word};

/// A theme, and what its author may want to know.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub theme: Theme,
    /// In words, one each: a role left out, a selected row that cannot be seen.
    pub warnings: Vec<String>,
}

/// Loads a theme for one terminal. `user_dirs` are searched in order for `NAME.toml`; then come the built-in ones.
///
/// # Errors
/// Everything that is wrong with the file, or with one it inherits: unknown roles, colours and keys, each with file and line;
/// a name that leads nowhere; themes that inherit each other.
pub fn load(name: &str, user_dirs: &[PathBuf], depth: Depth, glyphs: Glyphs) -> Result<Loaded, SheetError> {
    let looks = Looks::of(name, user_dirs)?;
    let sixteen = Looks::of_builtin("sixteen")?;
    let mono = Looks::of_builtin("mono")?;
    let mut problems = Vec::new();
    let mut warnings = Vec::new();
    let mut styles = [Style::default(); Role::ALL.len()];
    for role in Role::ALL {
        let Some(look) = looks.roles.get(role.name()) else {
            warnings.push(format!("theme {name}: {} is not set and looks like plain text", role.name()));
            continue;
        };
        // Every depth is resolved, so that a mistake is told on every terminal and not only on the poor one.
        let full = looks.style(look, &mut problems);
        let own_sixteen = look.sixteen.as_ref().map(|poor| looks.ansi(poor, &mut problems));
        let fallback =
            |looks: &Looks| looks.roles.get(role.name()).map(|look| looks.style(look, &mut Vec::new())).unwrap_or_default();
        styles[role as usize] = match depth {
            Depth::TrueColour => full,
            Depth::Indexed256 => mapped(full, to_indexed),
            Depth::Sixteen if !has_rgb(full) => full,
            Depth::Sixteen => own_sixteen.unwrap_or_else(|| fallback(&sixteen)),
            Depth::Mono if full.fg.is_none() && full.bg.is_none() => full,
            Depth::Mono => Style::default().add_modifier(full.add_modifier | fallback(&mono).add_modifier),
        };
    }
    if !problems.is_empty() {
        return Err(SheetError::Wrong(problems));
    }
    let theme = Theme { name: name.to_owned(), depth, glyphs, styles };
    warnings.extend(unseen(&theme));
    Ok(Loaded { theme, warnings })
}

/// Faults a theme can have without being wrong.
fn unseen(theme: &Theme) -> Vec<String> {
    let mut warnings = Vec::new();
    let name = &theme.name;
    let row = theme.role(Role::Row);
    if row.bg.is_none_or(|bg| bg == Color::Reset) && row.add_modifier.is_empty() {
        warnings.push(format!("theme {name}: the selected row looks like every other row"));
    }
    for role in Role::ALL {
        let style = theme.role(role);
        if style.fg.is_some() && style.fg == style.bg && style.fg != Some(Color::Reset) {
            warnings.push(format!("theme {name}: {} has the same colour before and behind", role.name()));
        }
    }
    warnings
}

fn has_rgb(style: Style) -> bool {
    [style.fg, style.bg].iter().any(|colour| matches!(colour, Some(Color::Rgb(..))))
}

fn mapped(style: Style, map: fn(Color) -> Color) -> Style {
    Style { fg: style.fg.map(map), bg: style.bg.map(map), ..style }
}

fn to_indexed(wanted: Color) -> Color {
    if let Color::Rgb(red, green, blue) = wanted { Color::Indexed(colour::nearest_indexed((red, green, blue))) } else { wanted }
}

/// Everything a chain of files says, the nearest file first.
struct Looks {
    palette: BTreeMap<String, Color>,
    roles: BTreeMap<&'static str, Look>,
}

impl Looks {
    fn of_builtin(name: &str) -> Result<Self, SheetError> {
        Self::of(name, &[])
    }

    fn of(name: &str, user_dirs: &[PathBuf]) -> Result<Self, SheetError> {
        let mut looks = Self { palette: BTreeMap::new(), roles: BTreeMap::new() };
        for sheet in SHELF.chain(name, user_dirs, file::parse)? {
            looks.lay_under(sheet);
        }
        Ok(looks)
    }

    /// What is said nearer to the user stays; `sixteen` of a role is inherited on its own.
    fn lay_under(&mut self, sheet: Sheet) {
        for (name, colour) in sheet.palette {
            self.palette.entry(name).or_insert(colour);
        }
        for (role, look) in sheet.roles {
            let nearer = self.roles.entry(role.name()).or_insert_with(|| look.clone());
            if nearer.sixteen.is_none() {
                nearer.sixteen = look.sixteen;
            }
        }
    }

    fn style(&self, look: &Look, problems: &mut Vec<Problem>) -> Style {
        let mut style = Style::default().add_modifier(look.modifiers);
        style.fg = look.fg.as_ref().and_then(|word| self.colour(word, problems));
        style.bg = look.bg.as_ref().and_then(|word| self.colour(word, problems));
        style
    }

    /// The look of a role in ANSI colours. Their names mean themselves here, whatever the palette calls yellow.
    fn ansi(&self, look: &Look, problems: &mut Vec<Problem>) -> Style {
        let mut colour = |word: &Word| {
            let found = colour::named(&word.text).or_else(|| self.palette.get(&word.text).copied());
            if found.is_none() || matches!(found, Some(Color::Rgb(..))) {
                problems.push(word.problem(format!("{:?} is not one of the sixteen ANSI colours", word.text)));
            }
            found
        };
        let (fg, bg) = (look.fg.as_ref().and_then(&mut colour), look.bg.as_ref().and_then(&mut colour));
        Style { fg, bg, ..Style::default().add_modifier(look.modifiers) }
    }

    fn colour(&self, word: &Word, problems: &mut Vec<Problem>) -> Option<Color> {
        let found = self.palette.get(&word.text).copied().or_else(|| colour::named(&word.text));
        if found.is_none() {
            problems.push(word.problem(format!("{:?} is neither in the palette nor a colour", word.text)));
        }
        found
    }
}
