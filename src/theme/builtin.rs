//! The themes that are inside the binary. Nothing is parsed here.

use crate::sheet::Shelf;

const BUILTIN: [(&str, &str); 6] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../themes/colour-blind.toml")),
    ("sixteen", include_str!("../../themes/sixteen.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

const NAMES: [&str; BUILTIN.len()] = {
    let mut names = [""; BUILTIN.len()];
    let mut place = 0;
    while place < BUILTIN.len() {
        names[place] = BUILTIN[place].0;
        place += 1;
    }
    names
};

/// Names of the built-in themes, the default first.
pub fn builtin_names() -> &'static [&'static str] {
    &NAMES
}

/// Where themes come from.
pub(super) const SHELF: Shelf = Shelf { kind: "theme", built_in: &BUILTIN };
