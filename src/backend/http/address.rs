//! Parts of addresses: the base of a connection, path segments and queries, encoded and decoded.
//!
//! It opens no connection.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::Url;

use crate::backend::port::Trouble;

/// Reads the base address of a connection. A trailing slash is cut; a path before the API is kept.
///
/// # Errors
/// No http or https address, or one that carries credentials.
pub fn base(url: &str) -> Result<Url, Trouble> {
    let parsed = Url::parse(url.trim_end_matches('/'))
        .map_err(|error| Trouble::Unsupported(format!("\"{}\" is no address: {error}", hide_login(url)).into()))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(Trouble::Unsupported(format!("\"{}\" is no http or https address", hide_login(url)).into()));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Trouble::Secret("the address carries a login; give user and secret apart".into()));
    }
    Ok(parsed)
}

/// Cuts what stands before an `@`, which may be a password.
fn hide_login(url: &str) -> &str {
    url.rsplit('@').next().unwrap_or_default()
}

/// Scheme, host and port: what a budget belongs to.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Host and port, for words to a person.
pub fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The full address of `path` (already encoded) below `base`.
pub fn join(base: &Url, path: &str, query: &[(String, String)]) -> Result<Url, Trouble> {
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    text.push_str(path);
    let mut url =
        Url::parse(&text).map_err(|error| Trouble::Unsupported(format!("path {path} makes no address: {error}").into()))?;
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// Everything but RFC 3986's unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes one path segment: everything but RFC 3986's unreserved characters.
pub fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, RESERVED).to_string()
}

/// Undoes percent-encoding. What is no valid escape stays as it is; bytes that are no UTF-8 become marks.
pub fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("dev-1", "dev-1")]
    #[case("a b", "a%20b")]
    #[case("a/b?c#d%", "a%2Fb%3Fc%23d%25")]
    #[case("ü", "%C3%BC")]
    fn a_segment_is_encoded(#[case] raw: &str, #[case] encoded: &str) {
        assert_eq!(encode(raw), encoded);
        assert_eq!(decode(encoded), raw);
    }

    #[rstest]
    #[case("100%", "100%")]
    #[case("%zz", "%zz")]
    #[case("%+1", "%+1")]
    #[case("%ü", "%ü")]
    fn what_is_no_escape_stays(#[case] encoded: &str, #[case] raw: &str) {
        assert_eq!(decode(encoded), raw);
    }

    #[test]
    fn a_path_before_the_api_is_kept() {
        let base = base("https://example.test/hb/").expect("an address");
        let query = [("q".to_owned(), "a==b;c".to_owned())];
        assert_eq!(
            join(&base, "/rest/v1/x", &query).expect("an address").as_str(),
            "https://example.test/hb/rest/v1/x?q=a%3D%3Db%3Bc"
        );
    }

    #[test]
    fn an_address_with_a_login_is_refused_without_repeating_it() {
        let words = base("https://me:hush@example.test").expect_err("refused").to_string();
        assert!(!words.contains("hush"), "{words}");
        let words = base("nonsense://me:hush@").expect_err("refused").to_string();
        assert!(!words.contains("hush"), "{words}");
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(raw in any::<String>()) {
            prop_assert_eq!(decode(&encode(&raw)), raw);
        }
    }
}
