//! Masking: what differs from host to host becomes a mark, so that two hosts with one cause say the same words.
//!
//! `<n>` is a number, a version or a hash, `<path>` a path, `<url>` an address on the web, `<host>` a name or address of a
//! machine, `<time>` a date, a time or a duration. Masking twice is masking once. It judges no words and keeps no original.

mod shape;

use shape::Shape;

const NUMBER: &str = "<n>";
const PATH: &str = "<path>";
const URL: &str = "<url>";
const HOST: &str = "<host>";
const TIME: &str = "<time>";
/// More than any text needs.
const PASSES: usize = 8;
const MARKS: [&str; 5] = [NUMBER, PATH, URL, HOST, TIME];

/// Masks one line or more; white space shrinks to one blank.
pub fn mask(text: &str) -> String {
    mask_names(text, &[])
}

/// The same, and the host's own names are masked wherever they stand.
pub fn mask_names(text: &str, names: &[&str]) -> String {
    let mut masked = pass(text, names);
    // A mark can lay bare what stood behind it, as a name behind a version. Each pass leaves less to mask.
    for _ in 0..PASSES {
        let again = pass(&masked, names);
        if again == masked {
            break;
        }
        masked = again;
    }
    masked
}

fn pass(text: &str, names: &[&str]) -> String {
    let mut masker = Masker { text, names, at: 0, out: String::with_capacity(text.len()) };
    while masker.at < text.len() {
        masker.step();
    }
    let len = masker.out.trim_end().len();
    masker.out.truncate(len);
    masker.out
}

struct Masker<'a> {
    text: &'a str,
    names: &'a [&'a str],
    at: usize,
    out: String,
}

/// What may stand before a path, a flag or a sign.
fn opens(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '(' | '[' | '{' | '=' | ',' | ';' | ':' | '|' | '‘' | '“' | '«' | '„')
}

fn ends_path(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\'' | '"' | '`' | ')' | ']' | '}' | ',' | ';' | ':' | '<' | '>' | '|' | '’' | '”' | '»')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

impl<'a> Masker<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn step(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        let next = rest[c.len_utf8()..].chars().next();
        if c == '\u{1b}' {
            self.at += escape(rest);
        } else if c.is_whitespace() || c.is_control() {
            self.at += c.len_utf8();
            if !self.out.is_empty() && !self.out.ends_with(' ') {
                self.out.push(' ');
            }
        } else if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
            self.at += mark.len();
            self.mark(mark);
        } else if let Some(len) = self.opened().then(|| path(rest, self.out.chars().next_back())).flatten() {
            self.at += len;
            self.mark(PATH);
        } else if matches!(c, '-' | '+') && self.opened() && next.is_some_and(|next| next.is_ascii_digit()) {
            self.at += c.len_utf8();
        } else if is_word(c) {
            self.token(rest);
        } else {
            self.at += c.len_utf8();
            self.out.push(c);
        }
    }

    /// Something new begins here.
    fn opened(&self) -> bool {
        self.out.chars().next_back().is_none_or(opens)
    }

    fn token(&mut self, rest: &'a str) {
        if let Some(len) = url(rest) {
            self.at += len;
            self.mark(URL);
            return;
        }
        let token = &rest[..token_len(rest)];
        self.at += token.len();
        // Letters that touch a mark are the rest of something that is masked already.
        let whole = !self.out.ends_with('>') && !self.rest().starts_with('<');
        match Shape::of(token) {
            Some(Shape::Time) => self.mark(TIME),
            Some(Shape::Address) => self.mark(HOST),
            Some(Shape::Opaque) => self.mark(NUMBER),
            None if whole && self.is_own(token) => self.mark(HOST),
            None => self.pieces(token, whole),
        }
    }

    /// A token that is no one thing: its pieces around `:` and `@`, unless the colon stands between digits.
    fn pieces(&mut self, token: &str, whole: bool) {
        let bytes = token.as_bytes();
        let mut from = 0;
        for (at, byte) in token.bytes().enumerate() {
            let digits = at > 0 && bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            if byte == b'@' || (byte == b':' && !digits) {
                self.piece(&token[from..at], whole);
                self.out.push(char::from(byte));
                from = at + 1;
            }
        }
        self.piece(&token[from..], whole);
    }

    fn piece(&mut self, piece: &str, whole: bool) {
        if whole && (self.is_own(piece) || shape::is_host(piece)) {
            self.mark(HOST);
            return;
        }
        match Shape::of(piece) {
            Some(Shape::Time) => self.mark(TIME),
            Some(Shape::Address) => self.mark(HOST),
            Some(Shape::Opaque) => self.mark(NUMBER),
            None => shape::numbers(piece, &mut self.out),
        }
    }

    fn is_own(&self, token: &str) -> bool {
        self.names.iter().any(|name| {
            !name.is_empty()
                && token.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
                && (token.len() == name.len() || token.as_bytes()[name.len()] == b'.')
        })
    }

    /// Puts a mark down. A date before a time, and a path broken by a blank, are one with it.
    fn mark(&mut self, mark: &str) {
        if mark == TIME {
            let len = shape::before_date(&self.out).len();
            self.out.truncate(len);
        }
        let twice = (mark == TIME || mark == PATH) && self.out.strip_suffix(' ').unwrap_or_default().ends_with(mark);
        if twice {
            self.out.pop();
        } else {
            self.out.push_str(mark);
        }
    }
}

/// Length of the escape sequence at the start of `rest`.
fn escape(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    if bytes.get(1) != Some(&b'[') {
        return 1;
    }
    let inside = bytes[2..].iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
    let last = bytes.get(2 + inside).is_some_and(|byte| matches!(byte, 0x40..=0x7e));
    2 + inside + usize::from(last)
}

/// `C:\` begins a path, whatever stands before it.
fn is_drive(rest: &str) -> bool {
    matches!(rest.as_bytes(), [letter, b':', b'\\', ..] if letter.is_ascii_alphabetic())
}

/// Letters, digits, and what may join them inside one word.
fn token_len(rest: &str) -> usize {
    let mut len = 0;
    let mut chars = rest.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        let joins = match c {
            ':' if is_drive(&rest[at + 1..]) => false,
            '.' | '-' | '+' | '~' | ':' | '@' => is_word(next) || matches!(next, '.' | '-' | '+' | '~' | ':'),
            ',' => before.is_ascii_digit() && next.is_ascii_digit(),
            _ => false,
        };
        if !is_word(c) && !joins {
            break;
        }
        if is_word(c) {
            len = at + c.len_utf8();
        }
        before = c;
    }
    len
}

/// Length of the address with a scheme at the start of `rest`.
fn url(rest: &str) -> Option<usize> {
    let scheme = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-')).count();
    let behind = rest[scheme..].strip_prefix("://")?;
    let ends = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '`' | ')' | ']' | '>' | '<' | ',' | ';' | '’' | '”')
    };
    let body = behind.find(ends).unwrap_or(behind.len());
    let body = behind[..body].trim_end_matches(['.', ':']).len();
    Some(scheme + 3 + body)
}

/// Length of the path at the start of `rest`; `before` is what stands before it.
fn path(rest: &str, before: Option<char>) -> Option<usize> {
    let drive = is_drive(rest);
    let rooted = ["/", "\\\\", "~/", "./", "../"].iter().any(|root| rest.starts_with(root));
    if !drive && !rooted {
        return None;
    }
    if let Some(quote @ ('\'' | '"')) = before
        && let Some(len) = rest.find(quote)
        && !rest[..len].contains(['\n', '<', '>'])
    {
        return Some(len);
    }
    let mut len = if drive { 3 } else { 1 };
    loop {
        len += rest[len..].find(ends_path).unwrap_or(rest.len() - len);
        // The one folder whose name has blanks on every Windows.
        match [" Files (x86)\\", " Files\\"].iter().find(|blank| drive && rest[len..].starts_with(**blank)) {
            Some(blank) => len += blank.len(),
            None => break,
        }
    }
    let trimmed = rest[..len].trim_end_matches('.').len();
    Some(if trimmed == 0 { len } else { trimmed })
}
