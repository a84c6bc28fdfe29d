//! Bytes written as `%41`, in paths and forms. It judges no text: what is no such byte stays as it is.

/// A form's or a query's word, where `+` is a blank.
pub(super) fn form_decoded(text: &str) -> String {
    percent_decoded(&text.replace('+', " "))
}

pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("press%20line%2010", "press line 10")]
    #[case("m%C3%BCll%231", "müll#1")]
    #[case("100%", "100%")]
    #[case("%zz", "%zz")]
    fn paths_are_percent_decoded(#[case] sent: &str, #[case] meant: &str) {
        assert_eq!(percent_decoded(sent), meant);
    }
}
