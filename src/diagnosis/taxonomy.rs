//! Reading the taxonomy: the built-in text, and a user's own that adds rules or replaces them by id.
//!
//! Strict: unknown keys, unknown classes, bad expressions and doubled ids are mistakes, named with their line. It opens no
//! file; whoever has one passes its text.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;

use crate::domain::{Cause, CauseClass, Confidence, Outcome, Retry, Text};

use super::matcher::Matcher;
use super::rules::{Kind, Rule};

pub(super) const BUILT_IN: &str = include_str!("../../data/failure-taxonomy.toml");
/// Of the shape of the file. Another number is another shape.
const SCHEMA: u32 = 1;
/// Largest compiled expression: a rule that needs more is a mistake.
const MAX_EXPRESSION: usize = 1 << 20;
/// Priority of a text rule that names none.
const USUAL_PRIORITY: u32 = 50;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// It stands in the user's own text, not in the built-in one.
    pub own: bool,
    pub line: usize,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: Spanned<u32>,
    #[serde(default, rename = "edition")]
    _edition: Option<String>,
    #[serde(default)]
    class: Vec<ClassRow>,
    #[serde(default)]
    source: Vec<SourceRow>,
    #[serde(default)]
    scope: Vec<ScopeRow>,
    #[serde(default)]
    rule: Vec<RuleRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassRow {
    id: Spanned<String>,
    meaning: String,
    #[serde(default)]
    umbrella: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceRow {
    id: Spanned<String>,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeRow {
    id: Spanned<String>,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Match {
    Hresult,
    Exit,
    Status,
    Regex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleRow {
    id: Spanned<String>,
    scope: String,
    #[serde(rename = "match")]
    by: Match,
    value: Spanned<String>,
    name: Option<String>,
    class: Spanned<String>,
    outcome: Option<Outcome>,
    retry: Retry,
    precondition: Option<String>,
    remedy: String,
    priority: Option<u32>,
    #[serde(default)]
    needs_scope: bool,
    sample: Option<Spanned<String>>,
    source: Option<Spanned<String>>,
    confidence: Option<Confidence>,
}

/// A class as the taxonomy tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    pub id: CauseClass,
    pub meaning: Text,
    /// It says that something failed, and not why.
    pub umbrella: bool,
}

/// Classes and rules, compiled. Cheap to share, dear to make.
#[derive(Debug)]
pub struct Taxonomy {
    classes: Vec<Class>,
    pub(super) rules: Vec<Rule>,
    pub(super) matcher: Matcher,
}

impl Taxonomy {
    /// The built-in taxonomy, with the user's own text over it. Every mistake comes back, not only the first one.
    pub fn load(own: Option<&str>) -> Result<Self, Vec<Problem>> {
        let mut draft = Draft::default();
        draft.take(BUILT_IN, false);
        if let Some(text) = own {
            draft.take(text, true);
        }
        if !draft.problems.is_empty() {
            draft.problems.sort_by_key(|problem| (problem.own, problem.line));
            return Err(draft.problems);
        }
        let matcher = Matcher::new(&draft.rules, &draft.scopes)
            .map_err(|what| vec![Problem { own: own.is_some(), line: 1, what: format!("too many or too long rules: {what}") }])?;
        Ok(Self { classes: draft.classes, rules: draft.rules, matcher })
    }

    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// What each rule says, in the order of the file.
    pub fn causes(&self) -> impl ExactSizeIterator<Item = &Arc<Cause>> {
        self.rules.iter().map(|rule| &rule.cause)
    }
}

/// A taxonomy while its texts are read.
#[derive(Default)]
struct Draft {
    classes: Vec<Class>,
    sources: HashMap<String, Text>,
    /// Words that name a scope in a text, in lower case.
    scopes: HashMap<String, Vec<String>>,
    rules: Vec<Rule>,
    places: HashMap<String, usize>,
    problems: Vec<Problem>,
}

impl Draft {
    fn take(&mut self, text: &str, own: bool) {
        let lines = Lines { text, own };
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.problems.push(lines.wrong(at, error.message().to_owned()));
                return;
            }
        };
        if *file.schema_version.get_ref() != SCHEMA {
            let what = format!("schema_version {} is not known; this is {SCHEMA}", file.schema_version.get_ref());
            self.problems.push(lines.wrong(file.schema_version.span().start, what));
            return;
        }
        for row in file.class {
            self.class(row, &lines);
        }
        for row in file.source {
            self.sources.insert(row.id.into_inner(), Text::new(row.title));
        }
        for row in file.scope {
            let words = row.words.iter().map(|word| word.trim().to_lowercase()).filter(|word| !word.is_empty());
            self.scopes.entry(row.id.into_inner()).or_default().extend(words);
        }
        let mut seen = HashSet::new();
        for row in file.rule {
            let (id, at) = (row.id.get_ref().clone(), row.id.span().start);
            if !seen.insert(id.clone()) {
                self.problems.push(lines.wrong(at, format!("rule {id:?} stands here twice")));
                continue;
            }
            match (self.rule(row, &lines), self.places.get(&id)) {
                (Err(problem), _) => self.problems.push(problem),
                (Ok(rule), Some(&place)) => self.rules[place] = rule,
                (Ok(rule), None) => {
                    self.places.insert(id, self.rules.len());
                    self.rules.push(rule);
                }
            }
        }
    }

    fn class(&mut self, row: ClassRow, lines: &Lines<'_>) {
        let at = row.id.span().start;
        let id = row.id.into_inner();
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            self.problems.push(lines.wrong(at, format!("class {id:?}: a class is named with a-z, 0-9 and _")));
            return;
        }
        let class = Class { id: CauseClass::new(&id), meaning: Text::new(row.meaning), umbrella: row.umbrella };
        match self.classes.iter_mut().find(|known| known.id == class.id) {
            Some(known) => *known = class,
            None => self.classes.push(class),
        }
    }

    fn rule(&self, row: RuleRow, lines: &Lines<'_>) -> Result<Rule, Problem> {
        let id = row.id.get_ref();
        let wrong = |at: usize, what: String| lines.wrong(at, format!("rule {id:?}: {what}"));
        let known = self.classes.iter().find(|class| class.id.key() == row.class.get_ref());
        let Some(class) = known else {
            return Err(wrong(row.class.span().start, format!("no class is called {:?}", row.class.get_ref())));
        };
        let kind = kind(&row).map_err(|what| wrong(row.value.span().start, what))?;
        if let Some(sample) = &row.sample
            && !kind.fits(sample.get_ref())
        {
            return Err(wrong(sample.span().start, "its value does not match its sample".to_owned()));
        }
        let source = match &row.source {
            None => Text::new("your own rule"),
            Some(source) => self
                .sources
                .get(source.get_ref())
                .cloned()
                .ok_or_else(|| wrong(source.span().start, format!("no source is called {:?}", source.get_ref())))?,
        };
        if row.needs_scope && !matches!(kind, Kind::Text(_)) {
            return Err(wrong(
                row.value.span().start,
                "needs_scope is for regex rules; codes always need their scope".to_owned(),
            ));
        }
        let cause = Cause {
            rule: Text::new(id),
            name: Text::new(row.name.as_ref().unwrap_or(id)),
            class: class.id.clone(),
            outcome: row.outcome.unwrap_or(Outcome::Failure),
            retry: row.retry,
            precondition: row.precondition.map(Text::new),
            remedy: Text::new(row.remedy),
            source,
            confidence: row.confidence.unwrap_or(Confidence::Field),
        };
        Ok(Rule {
            cause: Arc::new(cause),
            scope: row.scope,
            kind,
            priority: row.priority.unwrap_or(USUAL_PRIORITY),
            needs_scope: row.needs_scope,
            umbrella: class.umbrella,
        })
    }
}

/// What a rule looks for, checked.
fn kind(row: &RuleRow) -> Result<Kind, String> {
    let value = row.value.get_ref();
    match row.by {
        Match::Hresult => value
            .strip_prefix("0x")
            .filter(|digits| digits.len() == 8)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .map(Kind::Hresult)
            .ok_or_else(|| format!("{value:?} is no hresult; write 0x and eight hex digits")),
        Match::Exit => value.parse().map(Kind::Exit).map_err(|_| format!("{value:?} is no exit code")),
        Match::Status if value.trim().is_empty() => Err("a status is a word".to_owned()),
        Match::Status => Ok(Kind::Status(value.clone())),
        Match::Regex => {
            let regex = expression(value)?;
            if regex.is_match("") {
                return Err("it matches everything, also nothing at all".to_owned());
            }
            Ok(Kind::Text(regex))
        }
    }
}

fn expression(value: &str) -> Result<Regex, String> {
    RegexBuilder::new(value).size_limit(MAX_EXPRESSION).build().map_err(|error| {
        let words = error.to_string();
        words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    })
}

struct Lines<'a> {
    text: &'a str,
    own: bool,
}

impl Lines<'_> {
    fn wrong(&self, at: usize, what: String) -> Problem {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Problem { own: self.own, line, what }
    }
}
