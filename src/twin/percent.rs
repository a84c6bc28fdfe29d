//! Bytes written as `%41`, in paths and forms. It judges no text: what is no such byte stays as it is.

use percent_encoding::percent_decode_str;

/// A form's or a query's word, where `+` is a blank.
pub(super) fn form_decoded(text: &str) -> String {
    percent_decoded(&text.replace('+', " "))
}

pub(super) fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
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
