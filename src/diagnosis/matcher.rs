//! Which rules match: one pass over the text for all words of all rules, and an expression only on a line that has its word.
//!
//! All time is linear in the text, whatever the text is. It judges order among matches; it does not mask.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::codes::{self, LEADS};
use super::rules::{Kind, Rank, Rule};
use super::{Told, words};

/// Shortest symbolic name of a code that is looked for in texts.
const SHORTEST_NAME: usize = 8;

/// What a word of the pass is for.
#[derive(Clone, Copy, Debug)]
enum Mark {
    /// Try this text rule on the line.
    Try(usize),
    /// The symbolic name of this code rule.
    Name(usize),
    /// A Windows result may begin here.
    Hresult,
    /// A number may follow.
    Lead,
}

#[derive(Debug)]
pub(super) struct Matcher {
    pass: AhoCorasick,
    marks: Vec<Mark>,
    /// Text rules without a word of their own: tried on every line.
    everywhere: Vec<usize>,
    /// Text rules that are status words of one scope.
    scoped: Vec<usize>,
    hresults: HashMap<u32, usize>,
    exits: HashMap<i64, Vec<usize>>,
    statuses: HashMap<String, Vec<usize>>,
    /// Words that name a rule's tool, by rule; empty for all but exit codes.
    tools: Vec<Vec<String>>,
}

/// A rule that matched, and the line that it matched on; none for a code that came by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'a> {
    pub rule: usize,
    pub line: Option<&'a str>,
    rank: Rank,
}

/// Everything that matched, the telling one first.
#[derive(Debug, Default)]
pub(super) struct Hits<'a> {
    pub hits: Vec<Hit<'a>>,
    /// A Windows result in the text that no rule knows, and its line.
    pub stray: Option<(u32, &'a str)>,
}

impl Matcher {
    pub fn new(rules: &[Rule], scopes: &HashMap<String, Vec<String>>) -> Result<Self, String> {
        let mut needles: Vec<String> = Vec::new();
        let mut marks = Vec::new();
        let mut mark = |needle: String, mark: Mark| {
            needles.push(needle);
            marks.push(mark);
        };
        // How a failed result begins as a signed number: with 1 or 2, unless a rule names one further up.
        let signed = |rule: &Rule| if let Kind::Hresult(code) = rule.kind { Some(code.cast_signed().to_string()) } else { None };
        let mut starts: Vec<String> =
            rules.iter().filter_map(signed).filter_map(|code| code.get(..2).map(str::to_owned)).collect();
        starts.retain(|start| start.starts_with('-'));
        starts.extend(["-1".to_owned(), "-2".to_owned()]);
        starts.sort();
        starts.dedup();
        for start in starts.into_iter().chain(["0x".to_owned()]) {
            mark(start, Mark::Hresult);
        }
        for lead in LEADS {
            mark((*lead).to_owned(), Mark::Lead);
        }
        let (mut everywhere, mut scoped) = (Vec::new(), Vec::new());
        let (mut hresults, mut exits, mut statuses) = (HashMap::new(), HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let mut tools = vec![Vec::new(); rules.len()];
        for (place, rule) in rules.iter().enumerate() {
            match &rule.kind {
                Kind::Text(_) if rule.needs_scope => scoped.push(place),
                Kind::Text(regex) => match words::required(regex.as_str()) {
                    None => everywhere.push(place),
                    Some(words) => words.into_iter().for_each(|word| mark(word, Mark::Try(place))),
                },
                Kind::Hresult(code) => {
                    hresults.insert(*code, place);
                }
                Kind::Exit(code) => {
                    exits.entry(*code).or_default().push(place);
                    tools[place] = scopes.get(&rule.scope).cloned().unwrap_or_default();
                    tools[place].push(rule.scope.to_lowercase());
                }
                Kind::Status(word) => statuses.entry(word.to_lowercase()).or_default().push(place),
            }
            let name = rule.cause.name.as_str();
            if matches!(rule.kind, Kind::Hresult(_) | Kind::Exit(_)) && name.contains('_') && name.len() >= SHORTEST_NAME {
                mark(name.to_owned(), Mark::Name(place));
            }
        }
        let pass = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&needles)
            .map_err(|error| error.to_string())?;
        Ok(Self { pass, marks, everywhere, scoped, hresults, exits, statuses, tools })
    }

    /// All rules that match what was told; `text` is its text, bounded.
    pub fn run<'a>(&self, rules: &[Rule], told: &Told<'a>, text: &'a str) -> Hits<'a> {
        let mut pass = Pass { matcher: self, rules, tried: vec![usize::MAX; rules.len()], found: Hits::default() };
        if let Some(code) = told.code {
            pass.code(code, told.tool);
        }
        if let Some(tool) = told.tool {
            for said in told.status.into_iter().chain([text]) {
                pass.status(tool, said.trim());
            }
        }
        pass.text(text);
        if let Some(status) = told.status {
            pass.tried.fill(usize::MAX);
            pass.text(status);
        }
        let mut found = pass.found;
        found.hits.sort_by_key(|hit| hit.rank);
        let mut seen = vec![false; rules.len()];
        found.hits.retain(|hit| !std::mem::replace(&mut seen[hit.rule], true));
        found
    }
}

/// One look at one failure.
struct Pass<'m, 'a> {
    matcher: &'m Matcher,
    rules: &'m [Rule],
    /// The line on which each rule was tried last, by where it begins.
    tried: Vec<usize>,
    found: Hits<'a>,
}

impl<'a> Pass<'_, 'a> {
    fn hit(&mut self, rule: usize, at: usize, line: Option<&'a str>) {
        let rank = self.rules[rule].rank(at, rule);
        self.found.hits.push(Hit { rule, line, rank });
    }

    /// A code that came by itself.
    fn code(&mut self, code: i64, tool: Option<&str>) {
        if let Some(rule) = codes::as_hresult(code).and_then(|code| self.matcher.hresults.get(&code)) {
            self.hit(*rule, 0, None);
        }
        let Some(tool) = tool else { return };
        for &rule in self.matcher.exits.get(&code).map_or(&[][..], Vec::as_slice) {
            if self.rules[rule].scope.eq_ignore_ascii_case(tool) {
                self.hit(rule, 0, None);
            }
        }
    }

    /// A status word of a known service.
    fn status(&mut self, tool: &str, said: &'a str) {
        if said.is_empty() {
            return;
        }
        let of_tool = |rule: usize| self.rules[rule].scope.eq_ignore_ascii_case(tool);
        let by_word = self.matcher.statuses.get(&said.to_lowercase()).map_or(&[][..], Vec::as_slice).iter().copied();
        let by_text = self.matcher.scoped.iter().copied().filter(|rule| self.matches(*rule, said));
        let found: Vec<usize> = by_word.chain(by_text).filter(|rule| of_tool(*rule)).collect();
        for rule in found {
            self.hit(rule, 0, Some(said));
        }
    }

    fn matches(&self, rule: usize, line: &str) -> bool {
        matches!(&self.rules[rule].kind, Kind::Text(regex) if regex.is_match(line))
    }

    fn text(&mut self, text: &'a str) {
        let matcher = self.matcher;
        let bytes = text.as_bytes();
        let mut known = Line::default();
        for found in matcher.pass.find_overlapping_iter(text) {
            // Most words lead nowhere: their line is looked for only when one does.
            let mut line = || {
                if found.end() > known.end {
                    known = Line::around(text, found.end() - 1);
                }
                known
            };
            match matcher.marks[found.pattern().as_usize()] {
                Mark::Try(rule) => self.try_on(rule, line()),
                Mark::Name(rule) => {
                    let alone = !found.start().checked_sub(1).is_some_and(|at| codes::is_word(bytes[at]))
                        && !bytes.get(found.end()).is_some_and(|next| codes::is_word(*next));
                    if alone {
                        self.hit(rule, found.start(), Some(line().words));
                    }
                }
                Mark::Hresult => {
                    if let Some(code) = codes::hresult_at(bytes, found.start()) {
                        self.hresult(code, found.start(), line());
                    }
                }
                Mark::Lead if bytes.get(found.end()).is_some_and(|next| codes::is_word(*next)) => {}
                Mark::Lead => self.lead(bytes, found.start(), found.end(), line()),
            }
        }
        if !matcher.everywhere.is_empty() {
            let mut begin = 0;
            for words in text.split_inclusive('\n') {
                let line = Line { begin, end: begin + words.len(), words: words.trim() };
                begin = line.end;
                for &rule in &matcher.everywhere {
                    self.try_on(rule, line);
                }
            }
        }
    }

    /// Tries a text rule on a line, once.
    fn try_on(&mut self, rule: usize, line: Line<'a>) {
        if std::mem::replace(&mut self.tried[rule], line.begin) != line.begin && self.matches(rule, line.words) {
            self.hit(rule, line.begin, Some(line.words));
        }
    }

    fn hresult(&mut self, code: u32, at: usize, line: Line<'a>) {
        match self.matcher.hresults.get(&code) {
            Some(&rule) => self.hit(rule, at, Some(line.words)),
            None if codes::is_hresult_shaped(code) && self.found.stray.is_none() => self.found.stray = Some((code, line.words)),
            None => {}
        }
    }

    /// A number behind a telling word: a Windows result, or an exit code if the line names its tool.
    fn lead(&mut self, bytes: &[u8], start: usize, end: usize, line: Line<'a>) {
        let Some(number) = codes::number_after(&bytes[..line.end.min(bytes.len())], end) else { return };
        let hresults = [number.hex, number.value.and_then(codes::as_hresult)];
        for &rule in hresults.iter().flatten().filter_map(|code| self.matcher.hresults.get(code)) {
            self.hit(rule, start, Some(line.words));
        }
        let matcher = self.matcher;
        let Some(rules) = number.value.and_then(|value| matcher.exits.get(&value)) else { return };
        for &rule in rules {
            let fresh = std::mem::replace(&mut self.tried[rule], line.begin) != line.begin;
            if fresh && matcher.tools[rule].iter().any(|word| codes::has_word(line.words, word)) {
                self.hit(rule, start, Some(line.words));
            }
        }
    }
}

/// One line of a text, without the space around it.
#[derive(Clone, Copy, Default)]
struct Line<'a> {
    begin: usize,
    end: usize,
    words: &'a str,
}

impl<'a> Line<'a> {
    fn around(text: &'a str, at: usize) -> Self {
        let begin = text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let end = text.as_bytes()[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |newline| at + newline);
        Self { begin, end, words: text.get(begin..end).unwrap_or_default().trim() }
    }
}
