//! What every built-in theme has to hold, and what the loader says about bad ones.

use std::fs;
use std::path::Path;

use ratatui::style::{Color, Modifier, Style};
use rstest::rstest;

use super::colour::{Rgb, distance, indexed, linear};
use super::*;
use crate::sheet::SheetError;

/// Modifiers that every terminal with a screen shows; italic is not one of them.
const EVERYWHERE: Modifier = Modifier::BOLD.union(Modifier::REVERSED).union(Modifier::UNDERLINED).union(Modifier::DIM);

fn builtin(name: &str, depth: Depth) -> Loaded {
    load(name, &[], depth, Glyphs::UNICODE).expect("a built-in theme loads")
}

fn every_theme_and_depth() -> impl Iterator<Item = Theme> {
    builtin_names().iter().flat_map(|name| Depth::ALL.map(|depth| builtin(name, depth).theme))
}

fn seen(colour: Color) -> Option<Rgb> {
    match colour {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        Color::Indexed(index) => Some(indexed(index)),
        _ => None,
    }
}

/// Contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance).
fn contrast(left: Rgb, right: Rgb) -> f64 {
    let luminance = |(r, g, b): Rgb| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    let (left, right) = (luminance(left), luminance(right));
    (left.max(right) + 0.05) / (left.min(right) + 0.05)
}

#[test]
fn every_built_in_theme_sets_every_role_without_a_warning() {
    for name in builtin_names() {
        for depth in Depth::ALL {
            assert_eq!(builtin(name, depth).warnings, Vec::<String>::new(), "{name} {depth:?}");
        }
    }
}

#[test]
fn a_depth_holds_only_colours_it_can_show() {
    for theme in every_theme_and_depth() {
        for role in Role::ALL {
            let style = theme.role(role);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                let shown = match theme.depth {
                    Depth::TrueColour => true,
                    Depth::Indexed256 => !matches!(colour, Color::Rgb(..)) && !matches!(colour, Color::Indexed(0..16)),
                    Depth::Sixteen => !matches!(colour, Color::Rgb(..) | Color::Indexed(_)),
                    Depth::Mono => false,
                };
                assert!(shown, "{} {:?} {role:?} {colour:?}", theme.name, theme.depth);
            }
            assert!(EVERYWHERE.contains(style.add_modifier), "{} {role:?}", theme.name);
        }
    }
}

#[test]
fn the_selected_row_can_be_told_from_plain_rows_and_from_the_band() {
    for theme in every_theme_and_depth() {
        let plain = theme.role(Role::Text);
        for (what, under) in [("plain", plain), ("band", plain.patch(theme.role(Role::Band)))] {
            let row = plain.patch(theme.role(Role::Row));
            let differs = row.bg != under.bg || row.add_modifier != under.add_modifier;
            assert!(differs, "{} {:?}: row against {what}", theme.name, theme.depth);
        }
    }
}

#[test]
fn a_role_with_a_ground_says_the_colour_of_the_text_on_it() {
    for theme in every_theme_and_depth() {
        for role in Role::ALL {
            let style = theme.role(role);
            let coloured = |colour: Option<Color>| colour.is_some_and(|colour| colour != Color::Reset);
            assert!(!coloured(style.bg) || coloured(style.fg), "{} {:?} {role:?}", theme.name, theme.depth);
        }
    }
}

#[test]
fn no_role_hides_its_own_text() {
    for theme in every_theme_and_depth() {
        for role in Role::ALL {
            for under in [Role::Text, Role::Row, Role::Band] {
                let style = theme.role(under).patch(theme.role(role));
                let hidden = style.fg == style.bg && style.fg.is_some_and(|colour| colour != Color::Reset);
                assert!(!hidden, "{} {:?} {role:?} on {under:?}", theme.name, theme.depth);
            }
        }
    }
}

#[test]
fn what_must_be_acted_on_never_looks_like_plain_or_done() {
    for theme in every_theme_and_depth() {
        let alert = theme.role(Role::Alert);
        for other in [Role::Text, Role::Ok, Role::Warn, Role::Dim] {
            assert_ne!(alert, theme.role(other), "{} {:?} {other:?}", theme.name, theme.depth);
        }
    }
}

#[rstest]
#[case::dark("dark", (0x10, 0x14, 0x18), 4.5)]
#[case::light("light", (0xff, 0xff, 0xff), 4.5)]
#[case::high_contrast("high-contrast", (0x10, 0x14, 0x18), 7.0)]
#[case::colour_blind("colour-blind", (0x10, 0x14, 0x18), 4.5)]
fn text_is_readable_on_its_paper(#[case] name: &str, #[case] paper: Rgb, #[case] least: f64) {
    for depth in [Depth::TrueColour, Depth::Indexed256] {
        let theme = builtin(name, depth).theme;
        for role in Role::ALL {
            let style = theme.role(role);
            let Some(fg) = style.fg.and_then(seen) else { continue };
            let ratio = contrast(fg, style.bg.and_then(seen).unwrap_or(paper));
            assert!(ratio >= least, "{name} {depth:?} {role:?}: {ratio:.1}");
        }
    }
}

#[rstest]
#[case::on_black((0, 0, 0))]
#[case::on_white((255, 255, 255))]
fn the_sixteen_colours_that_call_are_readable_on_dark_and_light(#[case] paper: Rgb) {
    // xterm's own palette, the hardest of the common ones.
    let xterm = |colour| match colour {
        Color::Red => (0xcd, 0, 0),
        Color::Magenta => (0xcd, 0, 0xcd),
        Color::LightBlue => (0x5c, 0x5c, 0xff),
        other => panic!("{other:?} is not known to be readable on both"),
    };
    let theme = builtin("sixteen", Depth::Sixteen).theme;
    for role in [Role::Accent, Role::Warn, Role::Alert, Role::New, Role::Mark] {
        let fg = theme.role(role).fg.map(xterm).expect("it has a colour");
        assert!(contrast(fg, paper) >= 3.0, "{role:?}");
    }
}

/// A colour as people without one kind of cone see it (Viénot, Brettel, Mollon 1999), in light, then back to sRGB.
fn dimmed((red, green, blue): Rgb, rows: [[f64; 3]; 3]) -> Rgb {
    let light = [linear(red), linear(green), linear(blue)];
    let channel = |row: [f64; 3]| {
        let value = row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0);
        let encoded = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    };
    (channel(rows[0]), channel(rows[1]), channel(rows[2]))
}

#[rstest]
#[case::no_green_cones([[0.292_75, 0.707_25, 0.0], [0.292_75, 0.707_25, 0.0], [-0.022_34, 0.022_34, 1.0]])]
#[case::no_red_cones([[0.112_38, 0.887_62, 0.0], [0.112_38, 0.887_62, 0.0], [0.004_01, -0.004_01, 1.0]])]
fn colour_blind_states_stay_apart_without_red_and_green(#[case] rows: [[f64; 3]; 3]) {
    for depth in [Depth::TrueColour, Depth::Indexed256] {
        let theme = builtin("colour-blind", depth).theme;
        let states = [Role::Ok, Role::Warn, Role::Alert];
        let colours = states.map(|role| dimmed(theme.role(role).fg.and_then(seen).expect("it has a colour"), rows));
        for (place, colour) in colours.iter().enumerate() {
            for other in &colours[..place] {
                assert!(distance(*colour, *other) > 0.12, "{depth:?} {colours:?}");
            }
        }
    }
}

#[test]
fn colour_blind_uses_neither_red_nor_green_names() {
    let theme = builtin("colour-blind", Depth::Sixteen).theme;
    for role in Role::ALL {
        let style = theme.role(role);
        for colour in [style.fg, style.bg].into_iter().flatten() {
            assert!(!matches!(colour, Color::Red | Color::LightRed | Color::Green | Color::LightGreen), "{role:?}");
        }
    }
}

#[test]
fn mono_keeps_the_modifiers_of_the_theme() {
    let theme = builtin("high-contrast", Depth::Mono).theme;
    assert_eq!(theme.role(Role::Row), Style::default().add_modifier(Modifier::REVERSED | Modifier::BOLD));
    assert!(theme.role(Role::Alert).add_modifier.contains(Modifier::BOLD));
}

fn wrong(text: &str) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("mine.toml"), text).expect("written");
    let error = load("mine", &[dir.path().to_path_buf()], Depth::TrueColour, Glyphs::ASCII).expect_err("it is wrong");
    error.to_string().replace(&dir.path().display().to_string(), "")
}

#[rstest]
#[case::role("[roles]\n\nshiny = 'red'", "/mine.toml:3: no role is called \"shiny\"")]
#[case::palette("[roles]\nok = 'mint'", "/mine.toml:2: \"mint\" is neither in the palette nor a colour")]
#[case::colour("[palette]\nmint = '#12'", "/mine.toml:2: \"#12\" is not a colour")]
#[case::key("colours = 1", "/mine.toml:1: \"colours\" is not known here")]
#[case::modifier("[roles]\nok = { modifiers = ['blink'] }", "/mine.toml:2: \"blink\" is not a modifier")]
#[case::part("[roles]\nok = { ink = 'red' }", "/mine.toml:2: a role has no \"ink\"")]
#[case::not_ansi("[roles]\nok = { fg = '#ffffff', sixteen = '#ffffff' }", "/mine.toml:2: \"#ffffff\" is not one of the sixteen")]
#[case::toml("[roles\n", "/mine.toml:1: ")]
#[case::parent("\ninherits = 'nobody'", "/mine.toml:2: no theme is called \"nobody\"")]
#[case::own("inherits = 'mine'", "themes inherit each other: mine -> mine")]
fn a_mistake_names_file_and_line(#[case] text: &str, #[case] words: &str) {
    let said = wrong(text);
    assert!(said.contains(words), "{said}");
}

#[test]
fn every_mistake_is_told_at_once() {
    let said = wrong("[roles]\nshiny = 'red'\nok = { ink = 'red' }");
    assert_eq!(said.lines().count(), 2, "{said}");
}

fn user(dir: &Path, name: &str, text: &str) {
    fs::write(dir.join(format!("{name}.toml")), text).expect("written");
}

#[test]
fn the_users_file_wins_and_may_inherit_the_theme_it_replaces() {
    let dir = tempfile::tempdir().expect("a folder");
    user(dir.path(), "dark", "inherits = 'dark'\n[palette]\ngreen = '#00ff00'");
    let theme = load("dark", &[dir.path().to_path_buf()], Depth::TrueColour, Glyphs::ASCII).expect("loads").theme;
    assert_eq!(theme.role(Role::Ok).fg, Some(Color::Rgb(0, 255, 0)));
    assert_eq!(theme.role(Role::Alert), builtin("dark", Depth::TrueColour).theme.role(Role::Alert));
}

#[test]
fn a_ring_of_themes_is_told_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    user(dir.path(), "one", "inherits = 'two'");
    user(dir.path(), "two", "inherits = 'one'");
    let error = load("one", &[dir.path().to_path_buf()], Depth::TrueColour, Glyphs::ASCII).expect_err("a ring");
    assert_eq!(error, SheetError::Cycle { kind: "theme", names: vec!["one".to_owned(), "two".to_owned(), "one".to_owned()] });
}

#[test]
fn a_name_never_leaves_the_folder() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("inner")).expect("made");
    user(dir.path(), "outer", "inherits = 'dark'");
    let error = load("../outer", &[dir.path().join("inner")], Depth::TrueColour, Glyphs::ASCII).expect_err("not found");
    assert!(matches!(error, SheetError::NotFound { .. }));
}

#[test]
fn a_role_left_out_is_a_warning() {
    let dir = tempfile::tempdir().expect("a folder");
    user(dir.path(), "bare", "[roles]\nok = 'green'");
    let loaded = load("bare", &[dir.path().to_path_buf()], Depth::Sixteen, Glyphs::ASCII).expect("loads");
    assert!(loaded.warnings.iter().any(|words| words.contains("alert is not set")), "{:?}", loaded.warnings);
    assert!(loaded.warnings.iter().any(|words| words.contains("selected row looks like every other row")));
}
