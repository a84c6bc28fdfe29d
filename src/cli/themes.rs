//! `patchdeck themes`: which themes there are, and what one looks like on this terminal. It asks the terminal nothing.

use std::io::IsTerminal;
use std::path::Path;

use color_eyre::eyre::{Result, WrapErr};
use ratatui::style::{Color, Modifier, Style};

use super::{Exit, exit::Misuse, keys, say};
use crate::theme::{self, Depth, Role};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The theme to show; without it, their names
    name: Option<String>,
}

pub fn run(args: &Args, config: Option<&Path>) -> Result<Exit> {
    let (ui, dirs) = keys::taste(config, "themes")?;
    let Some(name) = &args.name else {
        say::say(&names(&dirs, &ui.theme))?;
        return Ok(Exit::Well);
    };
    let depth = theme::depth_from(super::env, None);
    let glyphs = theme::glyphs_from(super::env, ui.ascii.unwrap_or(false));
    let loaded = theme::load(name, &dirs, depth, glyphs)
        .map_err(|error| Misuse::new(error.to_string()))
        .wrap_err_with(|| format!("theme {name}"))?;
    for warning in &loaded.warnings {
        say::warn(warning);
    }
    let drawn = std::io::stdout().is_terminal();
    let mut lines = vec![format!("theme {name}, {}", words(depth))];
    for role in Role::ALL {
        let sample = format!(" {:<14} 22:14 ", role.name());
        let sample = if drawn { styled(&sample, loaded.theme.role(role)) } else { sample };
        lines.push(format!("{sample}  {}", role.help()));
    }
    say::say(&lines.join("\n"))?;
    Ok(Exit::Well)
}

fn names(dirs: &[std::path::PathBuf], chosen: &str) -> String {
    let mut names: Vec<(String, &str)> = theme::builtin_names().iter().map(|name| ((*name).to_owned(), "built in")).collect();
    for file in dirs.iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten() {
        let path = file.path();
        let name = path.file_stem().filter(|_| path.extension().is_some_and(|extension| extension == "toml"));
        names.extend(name.map(|name| (crate::domain::Text::new(name.to_string_lossy()).to_string(), "your own")));
    }
    let line = |(name, whose): &(String, &str)| {
        let mark = if name == chosen { "*" } else { " " };
        format!("{mark} {name:<16} {whose}")
    };
    names.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn words(depth: Depth) -> &'static str {
    match depth {
        Depth::TrueColour => "24-bit colour",
        Depth::Indexed256 => "256 colours",
        Depth::Sixteen => "16 colours",
        Depth::Mono => "no colour",
    }
}

/// The text between the sequences that switch a style on and off.
fn styled(text: &str, style: Style) -> String {
    let mut codes: Vec<String> = Vec::new();
    for (modifier, code) in [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
    ] {
        if style.add_modifier.contains(modifier) {
            codes.push(code.to_owned());
        }
    }
    codes.extend(style.fg.and_then(|colour| code(colour, 30)));
    codes.extend(style.bg.and_then(|colour| code(colour, 40)));
    if codes.is_empty() { text.to_owned() } else { format!("\u{1b}[{}m{text}\u{1b}[0m", codes.join(";")) }
}

/// The code of a colour; `base` is 30 for the letters and 40 for what is behind them (ECMA-48 and its usual extensions).
fn code(colour: Color, base: u8) -> Option<String> {
    let dark = |place: u8| Some((base + place).to_string());
    let bright = |place: u8| Some((base + 60 + place).to_string());
    match colour {
        Color::Reset => None,
        Color::Black => dark(0),
        Color::Red => dark(1),
        Color::Green => dark(2),
        Color::Yellow => dark(3),
        Color::Blue => dark(4),
        Color::Magenta => dark(5),
        Color::Cyan => dark(6),
        Color::Gray => dark(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Rgb(red, green, blue) => Some(format!("{};2;{red};{green};{blue}", base + 8)),
        Color::Indexed(index) => Some(format!("{};5;{index}", base + 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_switches_off_what_it_switched_on() {
        let style = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::LightRed).add_modifier(Modifier::BOLD);
        assert_eq!(styled("x", style), "\u{1b}[1;38;2;1;2;3;101mx\u{1b}[0m");
        assert_eq!(styled("x", Style::new()), "x");
    }
}
