//! Content lines of an iCalendar file: unfolded, taken apart into name, parameters and value.

use crate::calendar::Refused;

/// A line put together again, with the number of its first piece.
pub(super) struct Unfolded {
    pub number: usize,
    pub text: String,
}

/// One property.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub number: usize,
    /// In capitals.
    pub name: String,
    /// Names in capitals, values without quotes.
    pub parameters: Vec<(String, String)>,
    pub value: String,
}

/// A line that begins with a space or a tab goes on with the one before (3.1).
pub(super) fn unfolded(text: &str) -> Vec<Unfolded> {
    let mut found: Vec<Unfolded> = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (place, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), found.last_mut()) {
            (Some(more), Some(before)) => before.text.push_str(more),
            _ if line.is_empty() => {}
            _ => found.push(Unfolded { number: place + 1, text: line.to_owned() }),
        }
    }
    found
}

impl Line {
    pub fn read(line: Unfolded) -> Result<Self, (usize, Refused)> {
        let Unfolded { number, text } = line;
        let Some(colon) = outside_quotes(&text, ':').next() else {
            return Err((number, Refused::new("file", &text, "no property: a colon is missing")));
        };
        let (head, value) = (&text[..colon], text[colon + 1..].to_owned());
        let mut from = 0;
        let mut parts = Vec::new();
        for end in outside_quotes(head, ';').chain([head.len()]) {
            parts.push(&head[from..end]);
            from = (end + 1).min(head.len());
        }
        let name = parts.remove(0).to_ascii_uppercase();
        let parameter = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.to_ascii_uppercase(), value.trim_matches('"').to_owned())
        };
        Ok(Self { number, name, parameters: parts.into_iter().map(parameter).collect(), value })
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The value of a text property.
    pub fn words(&self) -> String {
        let mut out = String::with_capacity(self.value.len());
        let mut escaped = false;
        for c in self.value.chars() {
            match (escaped, c) {
                (false, '\\') => {
                    escaped = true;
                    continue;
                }
                (true, 'n' | 'N') => out.push('\n'),
                _ => out.push(c),
            }
            escaped = false;
        }
        out
    }
}

fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let mut quoted = false;
    text.char_indices().filter_map(move |(place, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == wanted && !quoted).then_some(place)
    })
}
