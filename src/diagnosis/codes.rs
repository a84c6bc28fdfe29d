//! Numbers as tools print them: a Windows result in hex, as signed or unsigned decimal; a number behind a telling word.
//!
//! It reads one number at one place. What the number means is not known here.

/// Words after which a number is a result, in lower case.
pub(super) const LEADS: &[&str] =
    &["exit", "exited", "code", "status", "returned", "returning", "error", "result", "fehler", "erreur"];
/// Words that may stand between.
const FILLERS: &[&str] = &["with", "value", "code", "status", "was", "is", "of", "error", "exit", "non-zero", "nonzero"];
/// How far behind its word a number may stand.
const REACH: usize = 32;

/// A code field as a Windows result: the same 32 bits, whether the backend printed them signed or not.
pub(super) fn as_hresult(code: i64) -> Option<u32> {
    i32::try_from(code).map(i32::cast_unsigned).or_else(|_| u32::try_from(code)).ok()
}

/// It has the shape of a failed Windows result or status, even if no rule knows it.
pub(super) fn is_hresult_shaped(code: u32) -> bool {
    matches!(code >> 28, 0x8 | 0xc)
}

/// The Windows result whose `0x` or `-` stands at `at`.
pub(super) fn hresult_at(text: &[u8], at: usize) -> Option<u32> {
    if at > 0 && is_word(text[at - 1]) {
        return None;
    }
    if text[at] == b'-' {
        let (digits, end) = run(text, at + 1, 10, u8::is_ascii_digit);
        let whole = digits.len() >= 9 && !text.get(end).is_some_and(|next| is_word(*next));
        let value: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        return whole.then_some(-value).and_then(|value| i32::try_from(value).ok()).map(i32::cast_unsigned);
    }
    let (digits, end) = run(text, at + 2, 8, u8::is_ascii_hexdigit);
    if text.get(end).is_some_and(|next| is_word(*next)) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// A number behind a telling word: its value, and what it would be as a Windows result without its `0x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number<'a> {
    pub value: Option<i64>,
    pub hex: Option<u32>,
    /// Where it begins.
    pub at: usize,
    pub shown: &'a [u8],
}

/// The number that follows the telling word which ends at `end`.
pub(super) fn number_after(text: &[u8], end: usize) -> Option<Number<'_>> {
    let limit = text.len().min(end + REACH);
    let mut at = end;
    loop {
        let rest = &text[at..limit];
        let first = *rest.first()?;
        if matches!(first, b' ' | b'\t' | b':' | b'=' | b'#' | b'(' | b'[' | b'\'' | b'"') {
            at += 1;
        } else if first.is_ascii_alphabetic() && !at.checked_sub(1).is_some_and(|before| is_word(text[before])) {
            let filler = FILLERS.iter().find(|word| starts_with(rest, word.as_bytes()));
            match filler {
                Some(filler) if !text.get(at + filler.len()).is_some_and(|next| is_word(*next)) => at += filler.len(),
                _ => return hex_word(text, at),
            }
        } else if first == b'-' || first.is_ascii_digit() {
            return decimal(text, at);
        } else {
            return None;
        }
    }
}

fn decimal(text: &[u8], at: usize) -> Option<Number<'_>> {
    let from = at + usize::from(text[at] == b'-');
    let (digits, end) = run(text, from, 10, u8::is_ascii_digit);
    if digits.is_empty() {
        return None;
    }
    if text.get(end).is_some_and(|next| is_word(*next)) {
        return hex_word(text, at);
    }
    let in_version = text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit);
    if in_version {
        return None;
    }
    let value = std::str::from_utf8(&text[at..end]).ok()?.parse().ok();
    let hex = hex_word(text, at).and_then(|number| number.hex);
    Some(Number { value, hex, at, shown: &text[at..end] })
}

/// Eight hex digits without `0x`.
fn hex_word(text: &[u8], at: usize) -> Option<Number<'_>> {
    let (digits, end) = run(text, at, 8, u8::is_ascii_hexdigit);
    if digits.len() != 8 || text.get(end).is_some_and(|next| is_word(*next)) {
        return None;
    }
    let hex = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    Some(Number { value: None, hex, at, shown: digits })
}

/// The bytes from `from` that `fits`, at most `most` of them, and where they end.
fn run(text: &[u8], from: usize, most: usize, fits: impl Fn(&u8) -> bool) -> (&[u8], usize) {
    let rest = text.get(from..).unwrap_or_default();
    let len = rest.iter().take(most).take_while(|byte| fits(byte)).count();
    (&rest[..len], from + len)
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn starts_with(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word))
}

/// `word` (lower case) stands in `line` as a word of its own.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let (line, word) = (line.as_bytes(), word.as_bytes());
    line.windows(word.len().max(1)).enumerate().any(|(at, here)| {
        here.eq_ignore_ascii_case(word)
            && (at == 0 || !is_word(line[at - 1]))
            && !line.get(at + word.len()).is_some_and(|next| is_word(*next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::signed(-2_145_124_329, Some(0x8024_0017))]
    #[case::unsigned(2_149_842_967, Some(0x8024_0017))]
    #[case::success(2_359_301, Some(0x0024_0005))]
    #[case::too_large(5_000_000_000, None)]
    #[case::too_small(-3_000_000_000, None)]
    fn a_code_field_is_compared_as_unsigned_32_bit(#[case] code: i64, #[case] hresult: Option<u32>) {
        assert_eq!(as_hresult(code), hresult);
    }

    #[rstest]
    #[case::hex("0x80240017.", Some(0x8024_0017))]
    #[case::upper("0X8024001E)", Some(0x8024_001e))]
    #[case::short("0x240005", Some(0x0024_0005))]
    #[case::longer("0x802400170", None)]
    #[case::signed("-2145124329", Some(0x8024_0017))]
    #[case::a_date("-11-22", None)]
    #[case::too_small_for_32_bit("-9999999999", None)]
    #[case::none("0xyz", None)]
    fn a_windows_result_in_a_text(#[case] text: &str, #[case] hresult: Option<u32>) {
        assert_eq!(hresult_at(text.as_bytes(), 0), hresult);
    }

    #[rstest]
    #[case::plain("exit status 103", 4, Some(103))]
    #[case::in_brackets("code (1)", 4, Some(1))]
    #[case::named("exited with code: 8", 6, Some(8))]
    #[case::a_version("code 1.2.3", 4, None)]
    #[case::something_else("error opening 3 files", 5, None)]
    #[case::a_name("error 3com", 5, None)]
    #[case::nothing("code", 4, None)]
    fn a_number_behind_a_telling_word(#[case] text: &str, #[case] end: usize, #[case] value: Option<i64>) {
        assert_eq!(number_after(text.as_bytes(), end).and_then(|number| number.value), value);
    }

    #[rstest]
    #[case("zypper: exit 8", true)]
    #[case("Zypper exit 8", true)]
    #[case("myzypper exit 8", false)]
    #[case("zypper2 exit 8", false)]
    #[case("", false)]
    fn a_word_stands_alone(#[case] line: &str, #[case] has: bool) {
        assert_eq!(has_word(line, "zypper"), has);
    }
}
