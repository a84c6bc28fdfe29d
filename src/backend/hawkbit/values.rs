//! What the server writes as our values, and our values as its filters want them. It asks nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::wire::Action;
use crate::backend::http::address::decode;
use crate::domain::{Counts, Text};

/// Stands in the description: by it every cockpit sees what a rollout undoes.
pub const LINK: &str = "undo of rollout #";

/// The server's counters. What it counts as neither state is unknown, never left out.
pub fn counts(total: Option<u64>, by: &BTreeMap<String, u64>) -> Counts {
    let of = |status: &str| by.get(status).copied().map_or(0, hosts);
    let known = Counts {
        total: 0,
        waiting: of("scheduled").saturating_add(of("notstarted")),
        running: of("running"),
        done: of("finished"),
        failed: of("error"),
        skipped: 0,
        cancelled: of("cancelled"),
        unknown: 0,
    };
    let sum = known.left().saturating_add(known.settled());
    let total = total.map_or(sum, hosts);
    Counts { total, unknown: total.saturating_sub(sum), ..known }
}

pub fn hosts(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Milliseconds since 1970, UTC.
pub fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}

/// None for what is missing or empty.
pub fn text(raw: Option<&str>) -> Option<Text> {
    raw.filter(|raw| !raw.is_empty()).map(Text::new)
}

/// A filter value that cannot end the filter: quoted unless it is plain.
pub fn rsql_value(value: &str) -> String {
    if value.chars().all(|c| c.is_alphanumeric() || "*._-:".contains(c)) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// The controllerId stands only in the address of the job: `.../targets/<id>/actions/<n>`, percent-encoded.
pub fn controller_id(action: &Action) -> Option<String> {
    let own = action.links.own.as_ref().and_then(|link| link.href.as_deref());
    let target = action.links.target.as_ref().and_then(|link| link.href.as_deref());
    let href = own.filter(|href| href.contains("/targets/")).or(target)?;
    let rest = href.split_once("/targets/")?.1;
    let encoded = rest.split('/').next().map(|part| part.split('?').next().unwrap_or(part))?;
    (!encoded.is_empty()).then(|| decode(encoded))
}

/// The rollout that this description says it undoes.
pub fn undoes(description: &str) -> Option<i64> {
    let rest = description.split_once(LINK)?.1;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::hawkbit::wire::{Link, Links};
    use rstest::rstest;

    #[rstest]
    #[case::plain("http://x.example.test/rest/v1/targets/till-1/actions/7", Some("till-1"))]
    #[case::encoded("http://x.example.test/rest/v1/targets/a%20b%2Fc/actions/7", Some("a b/c"))]
    #[case::at_the_end("http://x.example.test/rest/v1/targets/till-1", Some("till-1"))]
    #[case::other("http://x.example.test/rest/v1/actions/7", None)]
    #[case::empty("http://x.example.test/rest/v1/targets/", None)]
    fn the_host_is_read_from_the_address_and_decoded(#[case] href: &str, #[case] id: Option<&str>) {
        let own = Some(Link { href: Some(href.to_owned()), name: Some("display name".to_owned()) });
        let action = Action { links: Links { own, ..Links::default() }, ..Action::default() };
        assert_eq!(controller_id(&action).as_deref(), id);
    }

    #[rstest]
    #[case("*till-1*", "*till-1*")]
    #[case("*a b*", "\"*a b*\"")]
    #[case("*x,status==error*", "\"*x,status==error*\"")]
    #[case("*\"\\*", "\"*\\\"\\\\*\"")]
    fn a_searched_text_cannot_end_the_filter(#[case] raw: &str, #[case] value: &str) {
        assert_eq!(rsql_value(raw), value);
    }

    #[rstest]
    #[case("undo of rollout #12 by patchdeck, intent 20261208T221405Z-7-1", Some(12))]
    #[case("undo of rollout #x", None)]
    #[case("monthly roll-up", None)]
    fn the_description_says_what_a_rollout_undoes(#[case] description: &str, #[case] of: Option<i64>) {
        assert_eq!(undoes(description), of);
    }
}
