//! To be built.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key;
#[derive(Clone, Debug)]
pub struct Keymap;
