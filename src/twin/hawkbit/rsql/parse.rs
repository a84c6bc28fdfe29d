//! The text of a query to its tree.
//!
//! Grammar: `or` of `and` of comparisons or parentheses; `;` and `,` have the words `and` and `or` beside them.

use super::super::fields::{Field, Kind, Table};
use super::super::problem::Problem;
use super::{Filter, Literal, Op, literal};

/// Operators by spelling, longer ones first.
const OPERATORS: [(&str, Op); 15] = [
    ("=out=", Op::Out),
    ("=not=", Op::Out),
    ("=in=", Op::In),
    ("=li=", Op::In),
    ("=is=", Op::In),
    ("=lt=", Op::Less),
    ("=le=", Op::LessOrEqual),
    ("=gt=", Op::Greater),
    ("=ge=", Op::GreaterOrEqual),
    ("==", Op::In),
    ("!=", Op::Out),
    ("<=", Op::LessOrEqual),
    (">=", Op::GreaterOrEqual),
    ("<", Op::Less),
    (">", Op::Greater),
];

/// Parses `text` for rows of `table`.
///
/// # Errors
/// `rsqlParamSyntax` for what cannot be read, `rsqlInvalidField` for a field or a state nobody knows.
pub(in super::super) fn parse(text: &str, table: Table, macros: &[(&str, String)]) -> Result<Filter, Problem> {
    let mut text = text.to_owned();
    for (name, value) in macros {
        text = text.replace(name, value).replace(&name.to_lowercase(), value);
    }
    let mut reader = Reader { text: &text, at: 0, table };
    let filter = reader.any(0)?;
    if reader.rest().is_empty() { Ok(filter) } else { Err(reader.unreadable()) }
}

/// Deeper nesting than this is refused, so that no query can exhaust the stack.
const DEPTH: u32 = 40;

struct Reader<'a> {
    text: &'a str,
    at: usize,
    table: Table,
}

impl Reader<'_> {
    fn any(&mut self, depth: u32) -> Result<Filter, Problem> {
        let mut parts = vec![self.all(depth)?];
        while self.take(",") || self.take_word("or") {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Any(parts) })
    }

    fn all(&mut self, depth: u32) -> Result<Filter, Problem> {
        let mut parts = vec![self.one(depth)?];
        while self.take(";") || self.take_word("and") {
            parts.push(self.one(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn one(&mut self, depth: u32) -> Result<Filter, Problem> {
        self.skip();
        if depth > DEPTH {
            return Err(self.unreadable());
        }
        if self.take("(") {
            let inside = self.any(depth + 1)?;
            return if self.take(")") { Ok(inside) } else { Err(self.unreadable()) };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Filter, Problem> {
        let name = self.plain();
        if name.is_empty() {
            return Err(self.unreadable());
        }
        self.skip();
        let rest = self.rest().to_lowercase();
        let Some((spelling, op)) = OPERATORS.into_iter().find(|(spelling, _)| rest.starts_with(spelling)) else {
            return Err(self.unreadable());
        };
        self.at += spelling.len();
        let field = self.table.field(&name).ok_or_else(Problem::query_field)?;
        let list = matches!(spelling, "=in=" | "=out=");
        let values = self.values(&field, list, matches!(spelling, "=is=" | "=not="))?;
        let compares = !matches!(op, Op::In | Op::Out);
        if compares && matches!(field.kind(), Kind::Word(_) | Kind::Flag) {
            return Err(Problem::query_syntax(format!("operator {spelling} is not supported for {name}")));
        }
        Ok(Filter::Test { field, op, values })
    }

    fn values(&mut self, field: &Field, list: bool, null_allowed: bool) -> Result<Vec<Literal>, Problem> {
        self.skip();
        if !self.take("(") {
            let value = self.value()?;
            return Ok(vec![literal(field, &value, null_allowed)?]);
        }
        let mut values = Vec::new();
        loop {
            self.skip();
            let value = self.value()?;
            values.push(literal(field, &value, null_allowed)?);
            if self.take(")") {
                break;
            }
            if !self.take(",") {
                return Err(self.unreadable());
            }
        }
        if list || values.len() == 1 { Ok(values) } else { Err(self.unreadable()) }
    }

    fn value(&mut self) -> Result<String, Problem> {
        let quote = self.rest().chars().next().filter(|first| matches!(first, '\'' | '"'));
        let Some(quote) = quote else {
            let plain = self.plain();
            return if plain.is_empty() { Err(self.unreadable()) } else { Ok(plain) };
        };
        let mut value = String::new();
        let mut escaped = false;
        for (offset, character) in self.rest().char_indices().skip(1) {
            match character {
                _ if escaped => {
                    value.push(character);
                    escaped = false;
                }
                '\\' => escaped = true,
                _ if character == quote => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                _ => value.push(character),
            }
        }
        Err(self.unreadable())
    }

    /// A run of characters without a meaning of their own.
    fn plain(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c: char| c.is_whitespace() || "\"'();,=!~<>".contains(c)).unwrap_or(rest.len());
        let plain = rest[..end].to_owned();
        self.at += end;
        plain
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, token: &str) -> bool {
        let trimmed = self.rest().trim_start();
        let found = trimmed.starts_with(token);
        if found {
            self.at += self.rest().len() - trimmed.len() + token.len();
        }
        found
    }

    /// `and` and `or` are words only with space around them.
    fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        let found = trimmed.len() < rest.len()
            && trimmed.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && trimmed[word.len()..].starts_with([' ', '(']);
        if found {
            self.at += rest.len() - trimmed.len() + word.len();
        }
        found
    }

    fn unreadable(&self) -> Problem {
        Problem::query_syntax(format!("The given search query cannot be read at position {}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn code(text: &str) -> &'static str {
        match parse(text, Table::Action, &[]) {
            Ok(_) => "",
            Err(Problem::Own(400, code, _, _)) => code,
            Err(other) => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case("rollout.id==3;status==error")]
    #[case("(status==error,status==running);active==true")]
    #[case("status=out=(finished,error)")]
    #[case("target.controllerid=in=('till 1','till\\'2')")]
    #[case("id=gt=10 and id=le=20 or laststatuscode==-2145124322")]
    #[case("TARGET.CONTROLLERID==till-*")]
    fn these_queries_can_be_read(#[case] text: &str) {
        assert_eq!(code(text), "");
    }

    #[rstest]
    #[case("rollout.id==", "rest.param.rsqlParamSyntax")]
    #[case("status", "rest.param.rsqlParamSyntax")]
    #[case("(status==error", "rest.param.rsqlParamSyntax")]
    #[case("status==error;", "rest.param.rsqlParamSyntax")]
    #[case("status=lt=error", "rest.param.rsqlParamSyntax")]
    #[case("id==abc", "rest.param.rsqlParamSyntax")]
    #[case("status==nonsense", "rest.param.rsqlInvalidField")]
    #[case("colour==red", "rest.param.rsqlInvalidField")]
    #[case("detailstatus==error", "rest.param.rsqlInvalidField")]
    fn these_are_refused_with_the_servers_code(#[case] text: &str, #[case] wanted: &str) {
        assert_eq!(code(text), wanted);
    }

    #[test]
    fn nesting_without_end_is_refused_instead_of_exhausting_the_stack() {
        assert_eq!(code(&"(".repeat(100_000)), "rest.param.rsqlParamSyntax");
    }

    #[test]
    fn only_a_conjunction_pins_a_number() {
        let pinned = |text: &str| parse(text, Table::Action, &[]).unwrap().pinned("rollout.id");
        assert_eq!(pinned("rollout.id==3;status==error"), Some(3));
        assert_eq!(pinned("rollout.id==3,status==error"), None);
        assert_eq!(pinned("rollout.id!=3"), None);
    }
}
