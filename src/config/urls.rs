//! Addresses as the config gives them: http or https, a host, no credentials and no query. Nothing is resolved.

/// What is wrong with an address, and what to write instead. The address itself is not repeated: it may hold a password.
pub(super) type Wrong = (&'static str, &'static str);

/// An address, taken apart as far as the config needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Without a slash at the end.
    pub text: String,
    pub https: bool,
    pub loopback: bool,
}

/// A base address of a backend.
pub(super) fn base(text: &str) -> Result<Address, Wrong> {
    check(text, &["http", "https"], "write https://HOST or http://HOST")
}

/// A proxy's address.
pub(super) fn proxy(text: &str) -> Result<Address, Wrong> {
    check(text, &["http", "https", "socks5", "socks5h"], "write http://HOST:PORT")
}

fn check(text: &str, schemes: &[&str], next: &'static str) -> Result<Address, Wrong> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(("holds white space", next));
    }
    let Some((scheme, rest)) = text.split_once("://") else { return Err(("has no scheme", next)) };
    let scheme = scheme.to_lowercase();
    if !schemes.contains(&scheme.as_str()) {
        return Err(("has a scheme that is not spoken here", next));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    if authority.contains('@') {
        return Err(("holds credentials", "take them out and change them; use `user` and `secret`"));
    }
    if rest.contains(['?', '#']) {
        return Err(("has a query or a fragment", "give the base address only"));
    }
    let (host, port) = split_port(authority);
    if host.is_empty() {
        return Err(("names no host", next));
    }
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err(("has a port that is no number from 0 to 65535", next));
    }
    let loopback = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    Ok(Address { text: text.trim_end_matches('/').to_owned(), https: scheme == "https", loopback })
}

/// `host:port`, `[v6]:port`.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let after = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[after..].rfind(':') {
        Some(colon) => (&authority[..after + colon], Some(&authority[after + colon + 1..])),
        None => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("https://hawk.example.net", true)]
    #[case::with_a_path("https://hawk.example.net/base/", true)]
    #[case::with_a_port("http://127.0.0.1:8080", true)]
    #[case::v6("http://[::1]:8080", true)]
    #[case::credentials("https://ops:hush@hawk.example.net", false)]
    #[case::an_at_in_the_path("https://hawk.example.net/a@b", true)]
    #[case::query("https://hawk.example.net/?q=1", false)]
    #[case::other_scheme("ftp://hawk.example.net", false)]
    #[case::no_scheme("hawk.example.net", false)]
    #[case::no_host("https:///rest", false)]
    #[case::bad_port("https://hawk.example.net:99999", false)]
    #[case::white_space("https://hawk.example.net/a b", false)]
    fn an_address_is_http_a_host_and_nothing_secret(#[case] text: &str, #[case] good: bool) {
        assert_eq!(base(text).is_ok(), good);
    }
}
