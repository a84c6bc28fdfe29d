//! The query language of lists (`q`): text to a tree, and the tree against a row.
//!
//! Knows operators, quoting and wildcards; which fields a list has comes from `fields`. Comparison of texts ignores case,
//! as the server does by default. Reads no rows by itself.

mod parse;

use super::super::world::World;
use super::fields::{Field, Kind, Val};
use super::problem::Problem;

pub(super) use parse::parse;

/// A filter.
#[derive(Debug)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Test { field: Field, op: Op, values: Vec<Literal> },
}

/// Operators, after their spellings are folded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    /// `==`, `=in=`, `=li=`, `=is=`: one of the values.
    In,
    /// `!=`, `=out=`, `=not=`: none of the values.
    Out,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A value in a query, already of the field's kind.
#[derive(Debug)]
pub(super) enum Literal {
    Number(i64),
    /// Lower case; `*` matches anything.
    Text(String),
    Flag(bool),
    Null,
}

impl Filter {
    pub(super) fn matches(&self, world: &World, row: usize) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(world, row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(world, row)),
            Self::Test { field, op, values } => test(&field.value(world, row), *op, values),
        }
    }

    /// The number this filter pins `field` to, if every match must have it: lists use it to look at fewer rows.
    pub(super) fn pinned(&self, wanted: &str) -> Option<i64> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.pinned(wanted)),
            Self::Test { field, op: Op::In, values } if field.name() == wanted => match values[..] {
                [Literal::Number(number)] => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// The texts, in lower case and without a wildcard, one of which `field` must have in every match.
    pub(super) fn pinned_texts(&self, wanted: &str) -> Option<Vec<&str>> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.pinned_texts(wanted)),
            Self::Test { field, op: Op::In, values } if field.name() == wanted => values.iter().map(exact).collect(),
            _ => None,
        }
    }
}

fn exact(literal: &Literal) -> Option<&str> {
    match literal {
        Literal::Text(text) if !text.contains('*') && !text.is_empty() => Some(text),
        _ => None,
    }
}

fn test(value: &Val<'_>, op: Op, values: &[Literal]) -> bool {
    match op {
        Op::In => values.iter().any(|literal| equals(value, literal)),
        Op::Out => !values.iter().any(|literal| equals(value, literal)),
        _ => values.first().is_some_and(|literal| ordered(value, op, literal)),
    }
}

fn equals(value: &Val<'_>, literal: &Literal) -> bool {
    match (value, literal) {
        (Val::Number(value), Literal::Number(wanted)) => value == wanted,
        (Val::Text(value), Literal::Text(pattern)) => wildcard(pattern, value),
        (Val::Flag(value), Literal::Flag(wanted)) => value == wanted,
        (Val::Nothing, Literal::Null) => true,
        // An empty text in a query also finds rows without the value.
        (Val::Nothing, Literal::Text(pattern)) => pattern.is_empty(),
        _ => false,
    }
}

fn ordered(value: &Val<'_>, op: Op, literal: &Literal) -> bool {
    let order = match (value, literal) {
        (Val::Number(value), Literal::Number(wanted)) => value.cmp(wanted),
        (Val::Text(value), Literal::Text(wanted)) => value.to_lowercase().cmp(wanted),
        _ => return false,
    };
    match op {
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
        Op::In | Op::Out => false,
    }
}

/// Whether `text` fits the lower-case pattern; `*` stands for any run of characters.
fn wildcard(pattern: &str, text: &str) -> bool {
    // Nearly every comparison of a large list ends here, without a copy of the text.
    if pattern.is_ascii() && text.is_ascii() && !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(text);
    }
    let text = text.to_lowercase();
    let mut pieces = pattern.split('*');
    let Some(first) = pieces.next() else {
        return text.is_empty();
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for piece in pieces {
        if let Some(middle) = last.replace(piece) {
            match rest.find(middle) {
                Some(at) => rest = &rest[at + middle.len()..],
                None => return false,
            }
        }
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

/// A value of a query as the field wants it.
fn literal(field: &Field, text: &str, null_allowed: bool) -> Result<Literal, Problem> {
    if null_allowed && text.eq_ignore_ascii_case("null") {
        return Ok(Literal::Null);
    }
    match field.kind() {
        Kind::Number => text.parse().map(Literal::Number).map_err(|_| Problem::query_syntax(format!("`{text}` is not a number"))),
        Kind::Text => Ok(Literal::Text(text.to_lowercase())),
        Kind::Flag => match text.to_lowercase().as_str() {
            "true" => Ok(Literal::Flag(true)),
            "false" => Ok(Literal::Flag(false)),
            _ => Err(Problem::query_syntax(format!("`{text}` is neither true nor false"))),
        },
        Kind::Word(words) => {
            let wanted = text.to_lowercase();
            if words.contains(&wanted.as_str()) { Ok(Literal::Text(wanted)) } else { Err(Problem::query_field()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::wildcard;

    #[rstest]
    #[case("till-*", "till-delta-0001", true)]
    #[case("*delta*", "till-delta-0001", true)]
    #[case("*-0001", "till-delta-0001", true)]
    #[case("till*delta*1", "TILL-delta-0001", true)]
    #[case("*0001*0001", "till-delta-0001", false)]
    #[case("till", "till-delta-0001", false)]
    #[case("*", "", true)]
    #[case("a*a", "a", false)]
    fn a_star_stands_for_any_run_of_characters(#[case] pattern: &str, #[case] text: &str, #[case] fits: bool) {
        assert_eq!(wildcard(pattern, text), fits);
    }
}
