//! The server's error pages. One status, 401, has five meanings; only the first paragraph tells them apart.

use serde_json::Value;

use crate::backend::http::answer::Told;
use crate::backend::port::Trouble;
use crate::domain::Text;

/// The session is gone: after ten hours, or because the API was started again.
pub const NO_SESSION: &str = "no session";
/// The session is there, and the master's token behind it is not.
pub const NO_TOKEN: &str = "no token";

/// Reads a page, or the few JSON errors that there are.
pub fn explain(status: u16, body: &Value) -> Told {
    let Some(page) = body.as_str() else {
        let said = body.get("return").and_then(Value::as_str).map(Text::new);
        return Told { message: said, ..Told::default() };
    };
    let Some(words) = first_paragraph(page) else { return Told::default() };
    let (code, trouble) = match status {
        401 => unauthorised(words),
        400 if words.starts_with("Client disabled") || words.starts_with("Invalid client") => {
            (None, Some(Trouble::Unsupported(words.into())))
        }
        _ => (None, None),
    };
    Told { code: code.map(Text::from), message: Some(words.into()), trouble }
}

fn unauthorised(words: &str) -> (Option<&'static str>, Option<Trouble>) {
    if words.starts_with("No permission") {
        return (Some(NO_SESSION), Some(Trouble::Credentials("the session is over".into())));
    }
    if words.contains("occurred for user") {
        return (None, Some(Trouble::NotPermitted("this login may not run that on the master".into())));
    }
    if words.starts_with("Authentication failure of type") || words.starts_with("Authentication error occurred") {
        return (Some(NO_TOKEN), Some(Trouble::Credentials("the master does not know our token any more".into())));
    }
    if words.starts_with("Authorization error occurred") {
        return (None, Some(Trouble::NotPermitted("this login may not run that function, or not on those hosts".into())));
    }
    if words.starts_with("Could not authenticate") {
        let words = "wrong user or password, or eauth names a way that the master has not";
        return (None, Some(Trouble::Credentials(words.into())));
    }
    (None, None)
}

fn first_paragraph(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<p>")?;
    let (words, _) = rest.split_once("</p>")?;
    Some(words.trim()).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("No permission -- see authorization schemes", Some(NO_SESSION), "credentials refused")]
    #[case("Authentication failure of type \"token\" occurred.", Some(NO_TOKEN), "credentials refused")]
    #[case("Authentication error occurred.", Some(NO_TOKEN), "credentials refused")]
    #[case("Authentication failure of type \"token\" occurred for user viewer.", None, "not permitted")]
    #[case("Authorization error occurred.", None, "not permitted")]
    #[case("Could not authenticate using provided credentials", None, "credentials refused: wrong user")]
    fn each_kind_of_401_is_told_by_its_text(#[case] words: &str, #[case] code: Option<&str>, #[case] trouble: &str) {
        let told = explain(401, &json!(format!("<html><p>{words}</p>")));
        assert_eq!(told.code.as_ref().map(Text::as_str), code);
        assert!(told.trouble.expect("a trouble").to_string().starts_with(trouble));
    }

    #[test]
    fn a_page_without_a_paragraph_says_nothing() {
        assert_eq!(explain(401, &json!("<html>")), Told::default());
    }
}
