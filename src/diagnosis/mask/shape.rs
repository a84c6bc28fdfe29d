//! Shapes of single words: a time, an address, a host's name, a hash, a version.
//!
//! It looks at one word at a time, without what stands around it.

use super::NUMBER;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Time,
    /// Of a machine.
    Address,
    /// A hash, a key, an id, a number in hex.
    Opaque,
}

/// Last parts of names that are machines, not files.
const DOMAINS: &[&str] = &[
    "com",
    "net",
    "org",
    "de",
    "eu",
    "io",
    "uk",
    "fr",
    "at",
    "ch",
    "nl",
    "us",
    "info",
    "biz",
    "cloud",
    "dev",
    "local",
    "lan",
    "internal",
    "intern",
    "intra",
    "corp",
    "home",
    "test",
    "example",
    "invalid",
    "localdomain",
    "arpa",
];
/// Last parts of names that are files or packages.
const FILES: &[&str] = &[
    "service", "socket", "timer", "mount", "target", "slice", "conf", "cfg", "ini", "so", "py", "sh", "exe", "dll", "sys", "msi",
    "msu", "cab", "rpm", "deb", "log", "yml", "yaml", "json", "xml", "txt", "tar", "gz", "xz", "zst", "bz", "zip", "img", "bin",
    "tmp", "new", "old", "bak", "list", "sources", "repo", "ko", "jar", "md", "noarch", "src",
];
/// Letters that belong to a version.
const IN_VERSION: &[&str] = &[
    "noarch", "all", "rpm", "deb", "drpm", "msu", "src", "git", "dfsg", "ubuntu", "deb", "rc", "alpha", "beta", "pre", "esm",
    "el", "fc", "bpo", "ppc", "armhf", "riscv", "amd", "arm", "pgdg",
];
/// Units that stay behind a number with a point.
const UNITS: &[&str] = &["kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "bytes"];
/// Units of durations.
const SPANS: &[&str] = &["d", "h", "m", "min", "mins", "s", "sec", "secs", "ms", "us"];
const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: &[&str] = &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Shape {
    pub fn of(word: &str) -> Option<Self> {
        let bytes = word.as_bytes();
        if !bytes.is_ascii() || !bytes.iter().any(u8::is_ascii_digit) {
            return None;
        }
        if is_time(bytes) {
            Some(Self::Time)
        } else if is_ipv4(word) || is_ipv6_or_mac(word) {
            Some(Self::Address)
        } else if is_opaque(word) {
            Some(Self::Opaque)
        } else {
            None
        }
    }
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// A date, a time, both, or a duration such as `30s`.
fn is_time(bytes: &[u8]) -> bool {
    let lead = digits(bytes);
    if lead == 0 {
        return false;
    }
    if SPANS.iter().any(|unit| bytes[lead..].eq_ignore_ascii_case(unit.as_bytes())) {
        return true;
    }
    let rest = match date(bytes) {
        None => bytes,
        Some([]) => return true,
        Some([b'T' | b't' | b'_' | b'-', rest @ ..]) => rest,
        Some(_) => return false,
    };
    let packed = rest.len() < bytes.len() && digits(rest) == 6;
    let tail = if packed {
        &rest[6..]
    } else {
        let hours = digits(rest);
        if !(1..=2).contains(&hours) || rest.get(hours) != Some(&b':') || digits(&rest[hours + 1..]) != 2 {
            return false;
        }
        &rest[hours + 3..]
    };
    tail.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b',' | b'+' | b'-' | b'Z' | b'z'))
        && tail.split(|byte| *byte == b':').count() <= 3
}

/// What follows a date at the start.
fn date(bytes: &[u8]) -> Option<&[u8]> {
    match digits(bytes) {
        4 if bytes.get(4) == Some(&b'-') && digits(&bytes[5..]) == 2 && bytes.get(7) == Some(&b'-') => {
            (digits(&bytes[8..]) == 2).then(|| &bytes[10..])
        }
        8 if matches!(bytes.get(8), Some(b'T')) => Some(&bytes[8..]),
        _ => None,
    }
}

fn is_ipv4(word: &str) -> bool {
    let (address, port) = word.split_once(':').unwrap_or((word, "0"));
    let parts = address.split('.');
    port.bytes().all(|byte| byte.is_ascii_digit())
        && parts.clone().count() == 4
        && parts.clone().all(|part| part.parse::<u8>().is_ok())
}

fn is_ipv6_or_mac(word: &str) -> bool {
    let colons = word.bytes().filter(|byte| *byte == b':').count();
    let dashes = word.bytes().filter(|byte| *byte == b'-').count();
    let hex = |sep: char| word.split(sep).all(|part| part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_hexdigit()));
    (colons >= 4 && hex(':')) || (word.contains("::") && hex(':')) || (dashes == 5 && word.len() == 17 && hex('-'))
}

/// Hex of eight digits and more, with `0x` of any length, or in the groups of a UUID.
fn is_opaque(word: &str) -> bool {
    let hex = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(value) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return hex(value);
    }
    let groups: Vec<usize> = if word.len() == 36 { word.split('-').map(str::len).collect() } else { Vec::new() };
    (word.len() >= 8 && hex(word)) || (groups == [8, 4, 4, 4, 12] && word.split('-').all(hex))
}

/// A machine's full name. One of mixed case is a class of some program, not a machine.
pub(super) fn is_host(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').collect();
    let Some((last, front)) = labels.split_last() else { return false };
    if front.is_empty() || last.len() < 2 || !last.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return false;
    }
    let fits = |label: &&str| {
        let lower = label.bytes().any(|byte| byte.is_ascii_lowercase());
        let upper = label.bytes().any(|byte| byte.is_ascii_uppercase());
        let mixed = lower && upper;
        !label.is_empty() && !mixed && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !labels.iter().all(fits) || front.iter().all(|label| digits(label.as_bytes()) == label.len()) {
        return false;
    }
    let last = last.to_ascii_lowercase();
    let named = |list: &[&str]| list.contains(&last.as_str());
    let marked = front.iter().any(|label| label.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-'));
    named(DOMAINS) || (front.len() >= 2 && marked && !named(FILES) && !named(IN_VERSION))
}

/// Copies a word, with its numbers and versions masked.
pub(super) fn numbers(word: &str, out: &mut String) {
    let mut rest = word;
    let mut fresh = true;
    while let Some(c) = rest.chars().next() {
        let len = if fresh { version(rest) } else { 0 };
        if len > 0 {
            out.push_str(NUMBER);
            rest = &rest[len..];
            fresh = false;
        } else if c.is_ascii_digit() {
            out.push_str(NUMBER);
            rest = &rest[digits(rest.as_bytes())..];
            fresh = false;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            fresh = joins(c);
        }
    }
}

fn joins(c: char) -> bool {
    matches!(c, '.' | '-' | '+' | '~' | '_' | ':' | ',')
}

/// Length of the version or number at the start of `rest`, without a unit behind it. Zero: none is there.
fn version(rest: &str) -> usize {
    let lead = usize::from(rest.starts_with('v') || rest.starts_with('V'));
    if !rest.as_bytes().get(lead).is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let part = |at: usize| &rest[at..at + rest[at..].find(joins).unwrap_or(rest.len() - at)];
    let first = part(0);
    let mut end = first.len();
    let mut last = first;
    while let Some(joint) = rest[end..].chars().next() {
        let next = part(end + joint.len_utf8());
        let of_version =
            next.bytes().any(|byte| byte.is_ascii_digit()) || IN_VERSION.contains(&next.to_ascii_lowercase().as_str());
        if next.is_empty() || !of_version {
            break;
        }
        end += joint.len_utf8() + next.len();
        last = next;
    }
    let unit = &last[digits(&last.as_bytes()[if end == first.len() { lead } else { 0 }..])..];
    let single = end == first.len() && lead == 0 && unit.chars().all(char::is_alphabetic);
    if single || UNITS.contains(&unit.to_ascii_lowercase().as_str()) { end - unit.len() } else { end }
}

/// `out` without the name of a month or a weekday, and a day, at its end.
pub(super) fn before_date(out: &str) -> &str {
    let body = out.trim_end();
    let words = |body: &str, list: &[&str]| list.iter().find_map(|word| body.strip_suffix(word).map(str::len));
    let Some(front) = body.strip_suffix(NUMBER) else { return out };
    let Some(month) = words(front.trim_end(), MONTHS) else { return out };
    let kept = &body[..month];
    if !kept.is_empty() && !kept.ends_with(|c: char| c == ' ' || super::opens(c)) {
        return out;
    }
    match words(kept.trim_end(), DAYS) {
        Some(day) if day == 0 || kept[..day].ends_with(super::opens) => &kept[..day],
        _ => kept,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("03:42:16", Some(Shape::Time))]
    #[case("2026-11-22T03:42:16.123Z", Some(Shape::Time))]
    #[case("2026-11-22", Some(Shape::Time))]
    #[case("20261122T034216Z", Some(Shape::Time))]
    #[case("30s", Some(Shape::Time))]
    #[case("10.1.2.3", Some(Shape::Address))]
    #[case("10.1.2.3:8080", Some(Shape::Address))]
    #[case("fe80::1", Some(Shape::Address))]
    #[case("00:16:3e:5e:6c:00", Some(Shape::Address))]
    #[case("10.0.19041.1", None)]
    #[case("0x80240017", Some(Shape::Opaque))]
    #[case("9f31c0aa", Some(Shape::Opaque))]
    #[case("123e4567-e89b-12d3-a456-426614174000", Some(Shape::Opaque))]
    #[case("feedback", None)]
    #[case("38MB", None)]
    fn a_word_has_the_shape_it_looks_like(#[case] word: &str, #[case] shape: Option<Shape>) {
        assert_eq!(Shape::of(word), shape);
    }

    #[rstest]
    #[case("db01.corp.example.com", true)]
    #[case("DB01.CORP.EXAMPLE.COM", true)]
    #[case("web-7.rack.acme", true)]
    #[case("System.Net.WebException", false)]
    #[case("nginx.service", false)]
    #[case("foo-1.2.noarch", false)]
    #[case("libfoo.so", false)]
    #[case("1.2.3", false)]
    #[case("end.", false)]
    fn a_full_name_of_a_machine_is_told_from_a_file(#[case] word: &str, #[case] host: bool) {
        assert_eq!(is_host(word), host);
    }
}
