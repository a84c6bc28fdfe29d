//! From a name to a theme: finding the files, joining what they inherit, resolving colours to one depth.
//!
//! The user's folders are searched in order before the built-in themes; a file may inherit the theme of its own name from
//! further down that search. Colours that a depth cannot show are replaced here, never while drawing.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use ratatui::style::{Color, Style};

use super::error::{Problem, ThemeError};
use super::file::{Look, Sheet, Source, Word};
use super::{Depth, Glyphs, Role, Theme, builtin, colour, file};

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
pub fn load(name: &str, user_dirs: &[PathBuf], depth: Depth, glyphs: Glyphs) -> Result<Loaded, ThemeError> {
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
        return Err(ThemeError::Wrong(problems));
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
    fn of_builtin(name: &str) -> Result<Self, ThemeError> {
        Self::of(name, &[])
    }

    fn of(name: &str, user_dirs: &[PathBuf]) -> Result<Self, ThemeError> {
        let mut looks = Self { palette: BTreeMap::new(), roles: BTreeMap::new() };
        let mut seen: Vec<(String, String)> = Vec::new();
        let mut next = Some(Word { text: name.to_owned(), file: String::new(), line: 0 });
        while let Some(wanted) = next.take() {
            let source = find(&wanted, user_dirs, &mut seen)?;
            let sheet = file::parse(&source).map_err(ThemeError::Wrong)?;
            seen.push((wanted.text, source.file));
            next = looks.lay_under(sheet);
        }
        Ok(looks)
    }

    /// What is said nearer to the user stays; `sixteen` of a role is inherited on its own.
    fn lay_under(&mut self, sheet: Sheet) -> Option<Word> {
        for (name, colour) in sheet.palette {
            self.palette.entry(name).or_insert(colour);
        }
        for (role, look) in sheet.roles {
            let nearer = self.roles.entry(role.name()).or_insert_with(|| look.clone());
            if nearer.sixteen.is_none() {
                nearer.sixteen = look.sixteen;
            }
        }
        sheet.inherits
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

/// The next file of this name that the chain has not used yet.
fn find(wanted: &Word, user_dirs: &[PathBuf], seen: &mut Vec<(String, String)>) -> Result<Source, ThemeError> {
    let name = &wanted.text;
    let fresh = |file: &str| !seen.iter().any(|(_, used)| used == file);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    for dir in user_dirs.iter().filter(|_| plain) {
        let path = dir.join(format!("{name}.toml"));
        let file = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) if fresh(&file) => return Ok(Source { file, text }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(ThemeError::Unreadable { file, why: error.to_string() }),
        }
    }
    let file = format!("built-in {name}");
    if let Some(text) = builtin::text(name).filter(|_| fresh(&file)) {
        return Ok(Source { file, text: text.to_owned() });
    }
    if let Some(first) = seen.iter().position(|(used, _)| used == name) {
        let mut names: Vec<_> = seen.drain(first..).map(|(used, _)| used).collect();
        names.push(name.clone());
        return Err(ThemeError::Cycle(names));
    }
    let asked_by = (!wanted.file.is_empty()).then(|| format!("{}:{}", wanted.file, wanted.line));
    Err(ThemeError::NotFound { name: name.clone(), asked_by })
}
