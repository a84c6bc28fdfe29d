//! A typed view of one TOML table that notes every mistake and goes on. It knows no key's meaning.
//!
//! A key is known once it has been asked for, so there is no second list of keys to keep in step: [`Section::finish`]
//! tells the rest as unknown, with the nearest known key.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Problem;
use super::password;
use super::problem::Place;
use crate::domain::Text;

/// Where mistakes are collected.
pub(super) struct Report {
    file: PathBuf,
    text: String,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
    pub secret_faults: Vec<Problem>,
}

impl Report {
    pub fn new(file: &Path, text: &str) -> Self {
        Self {
            file: file.to_path_buf(),
            text: text.to_owned(),
            problems: Vec::new(),
            warnings: Vec::new(),
            secret_faults: Vec::new(),
        }
    }

    pub fn problem(&mut self, at: usize, what: impl AsRef<str>, next: impl AsRef<str>) {
        let problem = self.at(at, what, next);
        self.problems.push(problem);
    }

    pub fn warn(&mut self, at: usize, what: impl AsRef<str>, next: impl AsRef<str>) {
        let warning = self.at(at, what, next);
        self.warnings.push(warning);
    }

    pub fn secret_fault(&mut self, at: usize, what: impl AsRef<str>, next: impl AsRef<str>) {
        let fault = self.at(at, what, next);
        self.secret_faults.push(fault);
    }

    /// Where a byte offset lies, to be told by somebody else.
    pub fn spot(&self, at: usize) -> Place {
        self.at(at, "", "").place
    }

    /// File and line of a place, as it is named on screens.
    pub fn place(&self, at: usize) -> Text {
        let file = self.file.file_name().unwrap_or(self.file.as_os_str());
        Text::new(format!("{}:{}", file.to_string_lossy(), self.line(at)))
    }

    /// A problem of another file that the config names.
    pub fn elsewhere(&mut self, file: &Path, line: usize, what: impl AsRef<str>, next: impl AsRef<str>) {
        self.problems.push(Problem::at_line(file, line, what, next));
    }

    /// The line of a byte offset, for naming another place in words.
    pub fn line(&self, at: usize) -> usize {
        self.before(at).matches('\n').count() + 1
    }

    fn before(&self, at: usize) -> &str {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        &self.text[..at]
    }

    fn at(&self, at: usize, what: impl AsRef<str>, next: impl AsRef<str>) -> Problem {
        let before = self.before(at);
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Problem::placed(&self.file, Some(self.line(at)), Some(column), what, next)
    }
}

/// A value and the byte offset it stands at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found<T> {
    pub value: T,
    pub at: usize,
}

/// One table of the file.
pub(super) struct Section<'a> {
    /// As the user wrote it: `[[backend]]`, `[ui]`; empty for the top of the file.
    title: String,
    table: &'a DeTable<'a>,
    pub at: usize,
    asked: BTreeSet<&'static str>,
}

impl<'a> Section<'a> {
    pub fn root(document: &'a Spanned<DeTable<'a>>) -> Self {
        Self { title: String::new(), table: document.get_ref(), at: 0, asked: BTreeSet::new() }
    }

    fn new(title: String, table: &'a DeTable<'a>, span: Range<usize>) -> Self {
        Self { title, table, at: span.start, asked: BTreeSet::new() }
    }

    fn raw(&mut self, key: &'static str) -> Option<(Found<&'a str>, &'a Spanned<DeValue<'a>>)> {
        self.asked.insert(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some((Found { value: name.get_ref().as_ref(), at: name.span().start }, value))
    }

    /// Where the key itself stands, if it is there.
    pub fn at_key(&self, key: &str) -> Option<usize> {
        self.table.get_key_value(key).map(|(name, _)| name.span().start)
    }

    /// Whether a secret was written under a key of its own; `finish` tells it.
    pub fn holds_a_secret(&self) -> bool {
        self.table.keys().any(|name| !self.asked.contains(name.get_ref().as_ref()) && password::is_secret_key(name.get_ref()))
    }

    /// Any value, for keys that may have several shapes.
    pub fn any(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.raw(key).map(|(_, value)| value)
    }

    pub fn string(&mut self, key: &'static str, report: &mut Report) -> Option<Found<&'a str>> {
        let (_, value) = self.raw(key)?;
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            wrong_type(report, at, key, "a text in quotes", value.get_ref());
            return None;
        };
        if text.trim().is_empty() {
            report.problem(at, format!("`{key}` is empty"), "give it a value, or take the line out");
            return None;
        }
        Some(Found { value: text, at })
    }

    /// The same, where the section makes no sense without it.
    pub fn required(&mut self, key: &'static str, report: &mut Report, why: &str) -> Option<Found<&'a str>> {
        if self.at_key(key).is_none() {
            self.asked.insert(key);
            report.problem(self.at, format!("{} has no `{key}`", self.title), why);
            return None;
        }
        self.string(key, report)
    }

    /// A text for the screen.
    pub fn words(&mut self, key: &'static str, report: &mut Report) -> Option<Text> {
        self.string(key, report).map(|found| Text::new(found.value))
    }

    pub fn flag(&mut self, key: &'static str, report: &mut Report) -> Option<Found<bool>> {
        let (_, value) = self.raw(key)?;
        let at = value.span().start;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            wrong_type(report, at, key, "true or false", value.get_ref());
        }
        flag.map(|value| Found { value, at })
    }

    /// A number, whole or not, within `range`.
    pub fn number(&mut self, key: &'static str, range: std::ops::RangeInclusive<f64>, report: &mut Report) -> Option<Found<f64>> {
        let (_, value) = self.raw(key)?;
        let at = value.span().start;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok().map(|whole| whole as f64),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            other => {
                wrong_type(report, at, key, "a number", other);
                return None;
            }
        };
        match number {
            Some(value) if range.contains(&value) => Some(Found { value, at }),
            _ => {
                report.problem(
                    at,
                    format!("`{key}` is out of range"),
                    format!("give a number from {} to {}", range.start(), range.end()),
                );
                None
            }
        }
    }

    pub fn table(&mut self, key: &'static str, report: &mut Report) -> Option<Section<'a>> {
        let (name, value) = self.raw(key)?;
        match value.get_ref() {
            DeValue::Table(table) => {
                Some(Self::new(format!("[{}]", join(&self.title, key)), table, Range { start: name.at, end: name.at }))
            }
            other => {
                wrong_type(report, value.span().start, key, &format!("a table, [{key}]"), other);
                None
            }
        }
    }

    /// The tables of `[[key]]`.
    pub fn tables(&mut self, key: &'static str, report: &mut Report) -> Vec<Section<'a>> {
        let Some((_, value)) = self.raw(key) else { return Vec::new() };
        let title = format!("[[{key}]]");
        let DeValue::Array(items) = value.get_ref() else {
            wrong_type(
                report,
                value.span().start,
                key,
                &format!("a list of tables, each beginning with {title}"),
                value.get_ref(),
            );
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => sections.push(Self::new(title.clone(), table, item.span())),
                other => wrong_type(report, item.span().start, key, &format!("a table beginning with {title}"), other),
            }
        }
        sections
    }

    /// A list of texts, or one text alone.
    pub fn strings(&mut self, key: &'static str, report: &mut Report) -> Vec<Found<&'a str>> {
        let Some((_, value)) = self.raw(key) else { return Vec::new() };
        let items: Vec<&'a Spanned<DeValue<'a>>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut found = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => found.push(Found { value: text, at: item.span().start }),
                None => wrong_type(report, item.span().start, key, "a text in quotes, or a list of texts", item.get_ref()),
            }
        }
        found
    }

    /// Keys and texts of a table whose keys the user chooses, in the order of the keys.
    pub fn pairs(&mut self, key: &'static str, report: &mut Report) -> Vec<(Found<&'a str>, Found<&'a str>)> {
        let Some((_, value)) = self.raw(key) else { return Vec::new() };
        let DeValue::Table(table) = value.get_ref() else {
            wrong_type(report, value.span().start, key, "a table of texts", value.get_ref());
            return Vec::new();
        };
        let mut pairs = Vec::new();
        for (name, value) in table {
            match value.get_ref().as_str() {
                Some(text) => pairs.push((
                    Found { value: name.get_ref().as_ref(), at: name.span().start },
                    Found { value: text, at: value.span().start },
                )),
                None => wrong_type(report, value.span().start, key, "a table of texts", value.get_ref()),
            }
        }
        pairs
    }

    /// Tells every key that nobody asked for.
    pub fn finish(self, report: &mut Report) {
        for (name, _) in self.table {
            let key: &str = name.get_ref().as_ref();
            if self.asked.contains(key) {
                continue;
            }
            let at = name.span().start;
            if password::is_secret_key(key) {
                password::refuse(report, at, key);
                continue;
            }
            let place = if self.title.is_empty() { "here".to_owned() } else { format!("in {}", self.title) };
            let next = match nearest(key, &self.asked) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known {place}: {}", self.asked.iter().copied().collect::<Vec<_>>().join(", ")),
            };
            report.problem(at, format!("unknown key `{key}` {place}"), next);
        }
    }
}

fn join(title: &str, key: &str) -> String {
    let title = title.trim_start_matches('[').trim_end_matches(']');
    if title.is_empty() { key.to_owned() } else { format!("{title}.{key}") }
}

/// Says which type is wanted and which is there; never the value, which could be a secret.
pub(super) fn wrong_type(report: &mut Report, at: usize, key: &str, wanted: &str, got: &DeValue<'_>) {
    report.problem(at, format!("`{key}` is {} here", article(got.type_str())), format!("write {wanted}"));
}

fn article(kind: &str) -> String {
    let an = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if an { "an" } else { "a" })
}

/// The known name that is meant, if one is near enough.
pub(super) fn nearest<'n>(key: &str, known: impl IntoIterator<Item = &'n &'n str>) -> Option<&'n str> {
    let limit = (key.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(key, name), *name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Letters to add, drop, change or swap with the neighbour to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::a_letter_too_many("tennant", Some("tenant"))]
    #[case::two_swapped("nmae", Some("name"))]
    #[case::the_old_name("user_name", None)]
    #[case::nothing_alike("colour", None)]
    fn a_mistyped_key_leads_to_the_one_that_was_meant(#[case] key: &str, #[case] meant: Option<&str>) {
        let known = ["name", "tenant", "url", "user"];
        assert_eq!(nearest(key, known.iter()), meant);
    }

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let report = Report::new(Path::new("x.toml"), "a = 1\nä = é2\n");
        let problem = report.at("a = 1\nä = é".len(), "what", "next");
        assert_eq!((problem.place.line, problem.place.column), (Some(2), Some(6)));
    }
}
