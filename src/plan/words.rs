//! How the room counts and names in words. It decides nothing.

use std::fmt::Display;

use crate::domain::Wave;

/// `1 host`, `240 hosts`.
pub fn hosts(number: u32) -> String {
    counted(number, "host", "hosts")
}

/// A number of things as a figure.
pub fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// `1 wave`, `3 waves`.
pub fn waves(number: u32) -> String {
    counted(number, "wave", "waves")
}

pub fn counted(number: u32, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// `wave 2 "early"`
pub fn wave(ordinal: u32, name: impl Display) -> String {
    format!("wave {ordinal} \"{name}\"")
}

pub fn label(of: &Wave) -> String {
    wave(of.ordinal, &of.name)
}

/// `Roll back` from `roll back`: a verb at the head of a title.
pub fn headed(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
