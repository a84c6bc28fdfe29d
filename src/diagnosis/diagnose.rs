//! One failure, from what was told to what it means.
//!
//! It joins matching, the telling line and masking; it keeps nothing from one failure to the next.

use std::borrow::Cow;
use std::sync::Arc;

use crate::domain::{CauseClass, Code, Signature, Text};

use super::matcher::{Hit, Hits};
use super::rules::{Kind, Rule};
use super::{Diagnosis, MAX_BYTES, Taxonomy, Told, codes, mask, telling};

/// Longest masked line of a signature, in characters.
const LONGEST: usize = 240;
/// Most bytes of one line that are masked.
const MASKED: usize = 4096;

impl Taxonomy {
    /// What a failure means. Linear in its text, and of a text longer than [`MAX_BYTES`] only the two ends count.
    pub fn diagnose(&self, told: &Told<'_>) -> Diagnosis {
        let text = bounded(told.text);
        let mut hits = self.matcher.run(&self.rules, &Told { text: &text, ..*told }, &text);
        if told.on_the_way {
            hits.hits.retain(|hit| !self.rules[hit.rule].cause.outcome.is_well());
        }
        let best = hits.hits.first();
        let found = best.and_then(|hit| hit.line).or_else(|| stray(best, &hits));
        let line = match found {
            Some(line) => line,
            None if told.on_the_way => telling::failing(&text).unwrap_or_default(),
            None => telling::line(&text),
        };
        let wordless = told.on_the_way && line.is_empty();
        let rule = best.map(|hit| &self.rules[hit.rule]);
        let (class, code) = match rule {
            Some(rule) => (rule.cause.class.clone(), code_of(rule)),
            None => (CauseClass::unknown(), nameless(told, wordless, &hits)),
        };
        let masked = if wordless { Signature::WORDLESS.into() } else { mask::mask_names(cut(line, MASKED), told.names) };
        let regex = rule.and_then(|rule| if let Kind::Text(regex) = &rule.kind { Some(regex) } else { None });
        let mut variants = telling::variants(cut(line, MASKED), regex);
        if let Some(number) = told.code
            && !line.is_empty()
            && !code.as_ref().is_some_and(|code| tells(code, number))
        {
            let told = telling::variant("code", &number.to_string());
            // The line says it in its own words, or another number that is nearer to the cause.
            if !variants.iter().any(|variant| variant.value == told.value) {
                variants.push(told);
            }
        }
        Diagnosis {
            signature: Arc::new(Signature { class, code, text: Text::bounded(&masked, LONGEST) }),
            causes: hits.hits.iter().map(|hit| self.rules[hit.rule].cause.clone()).collect(),
            variants,
        }
    }
}

/// The line of a result that no rule knows, if no rule matched at all.
fn stray<'a>(best: Option<&Hit<'_>>, hits: &Hits<'a>) -> Option<&'a str> {
    if best.is_some() {
        return None;
    }
    hits.stray.map(|(_, line)| line)
}

fn code_of(rule: &Rule) -> Option<Code> {
    match &rule.kind {
        Kind::Hresult(code) => Some(Code::Hresult(*code)),
        Kind::Exit(code) => Some(Code::Exit { tool: Text::new(&rule.scope), code: *code }),
        Kind::Status(word) => Some(Code::Status(Text::new(word))),
        Kind::Text(_) => None,
    }
}

/// The code of a failure that no rule knows, in its own form. A number that nobody explains splits no words.
fn nameless(told: &Told<'_>, wordless: bool, hits: &Hits<'_>) -> Option<Code> {
    let shaped = told.code.and_then(codes::as_hresult).filter(|code| codes::is_hresult_shaped(*code));
    if let Some(code) = shaped.or(hits.stray.map(|(code, _)| code)) {
        return Some(Code::Hresult(code));
    }
    match (told.tool, told.code, told.status) {
        (Some(tool), Some(code), _) => Some(Code::Exit { tool: Text::new(tool), code }),
        (_, _, Some(status)) if !status.trim().is_empty() => Some(Code::Status(Text::new(status.trim()))),
        (None, Some(code), _) if wordless || told.text.trim().is_empty() => Some(Code::Bare(code)),
        _ => None,
    }
}

fn tells(code: &Code, number: i64) -> bool {
    match code {
        Code::Hresult(code) => codes::as_hresult(number) == Some(*code),
        Code::Exit { code, .. } | Code::Bare(code) => *code == number,
        Code::Status(_) => false,
    }
}

fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= MAX_BYTES {
        return Cow::Borrowed(text);
    }
    let head = cut(text, MAX_BYTES / 2);
    let mut from = text.len() - MAX_BYTES / 2;
    while !text.is_char_boundary(from) {
        from += 1;
    }
    Cow::Owned([head, "\n", &text[from..]].concat())
}

/// The first `most` bytes, cut at a character.
fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
