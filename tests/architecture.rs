//! The house keeps its own rules: who may know whom, which words stay where, headers, sizes, and a reason for each dependency.
//!
//! The table is `tests/architecture/table.rs`; what each rule is for stands in `docs/architecture.md`.

#[path = "architecture/table.rs"]
mod table;
#[path = "architecture/walk.rs"]
mod walk;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rstest::rstest;
use table::{ROWS, row_of, verdict};
use walk::{Seen, paths};

/// At this length a file has more than one subject, or a reason in `docs/architecture.md`.
const LONG: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every source file, as its path below `src/`.
fn sources() -> Vec<PathBuf> {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut open = vec![src.clone()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(&dir).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(&src).expect("below src").to_path_buf());
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "only {} source files were found", found.len());
    found
}

fn module_of(file: &Path) -> Vec<String> {
    file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// What ships of a file: everything before its test module.
fn shipped(source: &str) -> &str {
    source.find("#[cfg(test)]\nmod ").map_or(source, |tests| &source[..tests])
}

#[test]
fn every_room_knows_only_its_neighbours() {
    let mut broken = BTreeSet::new();
    for file in sources() {
        let module = module_of(&file);
        let module: Vec<&str> = module.iter().map(String::as_str).collect();
        if matches!(module.as_slice(), ["lib" | "main"]) {
            continue;
        }
        let Some(row) = row_of(&module) else {
            broken.insert(format!("{}: no row in the table for this room", file.display()));
            continue;
        };
        let source = read(Path::new("src").join(&file));
        let seen = paths(&source, &module).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        broken.extend(seen.iter().filter_map(|path| verdict(row, path)).map(|words| format!("{}: {words}", file.display())));
    }
    assert!(broken.is_empty(), "\n{}", broken.into_iter().collect::<Vec<_>>().join("\n"));
}

#[rstest]
#[case::a_use("domain", "use crate::store::Store;", Some("domain must not know store::Store"))]
#[case::a_group("domain::wave", "use crate::{domain::Text, plan};", Some("domain must not know plan"))]
#[case::a_rename("ui::frame", "use crate::app as a;", Some("ui must not know app"))]
#[case::an_inline_path("plan", "fn f() { crate::backend::port::x(); }", Some("plan must not know backend::port::x"))]
#[case::a_type("store", "struct S { a: crate::app::state::State }", Some("store must not know app::state::State"))]
#[case::through_super("domain::wave", "use super::super::store::Store;", Some("domain must not know store::Store"))]
#[case::through_super_in_a_module("plan", "mod tests { use super::super::ui::draw; }", Some("plan must not know ui::draw"))]
#[case::inside_a_macro("plan", "fn f() { println!(\"{}\", crate::ui::x()); }", Some("plan must not know ui::x"))]
#[case::inside_a_macro_rule("domain", "macro_rules! m { () => { $crate::store::x() } }", Some("domain must not know store::x"))]
#[case::everything("store", "use crate::*;", Some("store takes everything from the crate's root"))]
#[case::its_own_name("twin", "use patchdeck::domain::Text;", Some("twin must not know domain::Text"))]
#[case::port_of_its_own_house(
    "backend::port",
    "use crate::backend::http::Client;",
    Some("backend::port must not know backend::http::Client")
)]
#[case::more_than_types("backend::hawkbit", "use crate::plan::decide;", Some("backend must not know plan::decide"))]
#[case::another_part_of_the_store("ui::board", "use crate::store::merge::Read;", Some("ui must not know store::merge::Read"))]
#[case::a_crate("domain", "use tokio::sync::mpsc;", Some("domain must not touch tokio"))]
#[case::a_clock("plan", "fn f() { let _ = jiff::Timestamp::now(); }", Some("plan must not touch Timestamp::now"))]
#[case::a_clock_by_its_short_name("plan", "fn f() { let _ = Timestamp::now(); }", Some("plan must not touch Timestamp::now"))]
#[case::a_file("ui::board", "fn f() { std::fs::read(\"x\"); }", Some("ui must not touch std::fs"))]
#[case::handed_on("ui::board", "use ratatui::crossterm::event;", Some("ui must not touch crossterm"))]
#[case::an_attribute("domain", "#[tokio::test] async fn f() {}", Some("domain must not touch tokio"))]
#[case::good_neighbours("backend::hawkbit", "use crate::plan::types::Step; use crate::backend::http::Client;", None)]
#[case::its_own_room("ui::screens::board", "use super::super::widgets::table; use crate::ui::format;", None)]
#[case::words_in_a_text("domain", "fn f() { println!(\"crate::store::x\"); }", None)]
#[case::seen_from_inside("plan", "mod tests { use super::*; }", None)]
fn the_walker_finds_a_path_wherever_it_hides(#[case] module: &str, #[case] source: &str, #[case] words: Option<&str>) {
    let module: Vec<&str> = module.split("::").collect();
    let row = row_of(&module).expect("a row");
    let found: Vec<String> = paths(source, &module).expect("Rust").iter().filter_map(|path: &Seen| verdict(row, path)).collect();
    match words {
        Some(words) => assert!(found.iter().any(|found| found.starts_with(words)), "{found:?}"),
        None => assert!(found.is_empty(), "{found:?}"),
    }
}

#[test]
fn every_room_of_the_crate_has_a_row_and_every_row_is_explained() {
    let lib = read("src/lib.rs");
    let rooms = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")).map(|room| room.trim_end_matches(';'));
    for room in rooms {
        assert!(ROWS.iter().any(|row| row.room == room), "{room} has no row in the table");
    }
    let docs = read("docs/architecture.md");
    for row in ROWS {
        assert!(docs.contains(&format!("| `{}` |", row.room)), "docs/architecture.md has no row for {}", row.room);
    }
}

#[test]
fn a_patch_system_is_named_only_where_it_is_spoken_to() {
    let homes = ["backend.rs", "backend/hawkbit", "backend/salt", "backend/registry", "twin", "cli/twin", "cli/demo"];
    for file in sources() {
        let place = file.to_string_lossy();
        if homes.iter().any(|home| place.starts_with(home)) {
            continue;
        }
        let source = read(Path::new("src").join(&file));
        for (number, line) in shipped(&source).lines().enumerate() {
            let code = without_comment(line).to_lowercase();
            let named = words(&code).find(|word| ["hawkbit", "awx", "salt"].contains(word));
            assert!(named.is_none(), "src/{place}:{}: names a patch system: {line}", number + 1);
        }
    }
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.find(" // ").map_or(line, |comment| &line[..comment])
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

#[test]
fn a_comment_may_name_a_patch_system_and_code_may_not() {
    let named = |line: &str| words(&without_comment(line).to_lowercase()).any(|word| word == "hawkbit");
    assert!(named("let kind = \"hawkbit\"; // theirs"));
    assert!(named("use super::hawkbit::Client;"));
    assert!(!named("    /// such as `hawkbit`"));
    assert!(!named("let kind = kind(); // such as hawkbit"));
}

#[test]
fn every_source_file_opens_with_what_it_does() {
    for file in sources() {
        let source = read(Path::new("src").join(&file));
        assert!(source.starts_with("//! "), "src/{} has no header", file.display());
        assert!(!source.contains("//! To be built."), "src/{} is not built", file.display());
        assert_ne!(file.file_name().and_then(|name| name.to_str()), Some("mod.rs"), "{}", file.display());
    }
}

#[test]
fn a_long_file_has_a_reason() {
    let docs = read("docs/architecture.md");
    for file in sources() {
        let source = read(Path::new("src").join(&file));
        let lines = shipped(&source).lines().count();
        let named = docs.contains(&format!("| `src/{}` |", file.display()));
        assert!(lines <= LONG || named, "src/{} has {lines} lines and no reason in docs/architecture.md", file.display());
    }
}

#[test]
fn every_dependency_has_its_reason_and_every_reason_its_dependency() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let named: BTreeSet<String> = ["dependencies", "dev-dependencies"]
        .iter()
        .filter_map(|part| manifest.get(*part)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect();
    let docs = read("docs/architecture.md");
    let section = docs.split("## Dependencies").nth(1).expect("a section on dependencies");
    let section = section.split("\n## ").next().unwrap_or(section);
    let told: BTreeSet<String> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split_once("` |"))
        .map(|(name, _)| name.to_owned())
        .collect();
    assert_eq!(named, told);
}
