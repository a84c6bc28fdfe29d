//! The server's error bodies. Its `errorCode` decides; its message is only shown, and may be missing.
//!
//! It does not decide whether a verb was done: that is the status' part, in `http`.

use serde_json::Value;

use crate::backend::http::answer::Told;
use crate::backend::port::Trouble;
use crate::domain::Text;

const PREFIX: &str = "hawkbit.server.error.";
/// The code of a filter field or value that this server does not know: the sign of an older dialect.
pub const UNKNOWN_FIELD: &str = "rest.param.rsqlInvalidField";

/// Reads `{"errorCode", "message", ..}`, or the servlet's own `{"status", "error", ..}`.
pub fn explain(_status: u16, body: &Value) -> Told {
    let word = |key: &str| body.get(key).and_then(Value::as_str).filter(|word| !word.is_empty());
    let Some(code) = word("errorCode") else {
        // The servlet's body repeats the status' own name, which says less than our words do.
        return Told::default();
    };
    let code = code.strip_prefix(PREFIX).unwrap_or(code);
    let message = word("message").map(Text::new);
    let or = |otherwise: &str| message.clone().unwrap_or_else(|| otherwise.into());
    let trouble = match code {
        "rollout.illegalState" => Some(Trouble::WrongState(or("the rollout is in another state"))),
        "action.notCancelable" | "action.notForceQuitable" | "action.notDeletable" => {
            Some(Trouble::WrongState(or("the host's job is in another state")))
        }
        "insufficientPermission" => Some(Trouble::NotPermitted("this login lacks a right; the server does not say which".into())),
        "entityReadOnly" => Some(Trouble::WrongState(or("it has been deleted"))),
        "repo.entityAlreadyExists" => Some(Trouble::Conflict("the name is taken at the server".into())),
        "quota.tooManyEntries" | "quota.storageExceeded" => Some(Trouble::Quota(or("the server's quota is used up"))),
        UNKNOWN_FIELD => Some(Trouble::Unsupported("this server knows no such filter; it may be too old".into())),
        _ => None,
    };
    Told { code: Some(code.into()), message, trouble }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"errorCode": "hawkbit.server.error.rollout.illegalState", "message": "only in state ready"}), Some("wrong state: only in state ready"))]
    #[case(json!({"errorCode": "hawkbit.server.error.rollout.illegalState"}), Some("wrong state: the rollout is in another state"))]
    #[case(json!({"errorCode": "hawkbit.server.error.quota.tooManyEntries"}), Some("over quota: the server's quota is used up"))]
    #[case(json!({"errorCode": "hawkbit.server.error.something.new", "message": "m"}), None)]
    #[case(json!({"status": 401, "error": "Unauthorized"}), None)]
    #[case(json!([1, 2]), None)]
    fn a_known_code_decides_and_an_unknown_one_does_not(#[case] body: Value, #[case] words: Option<&str>) {
        assert_eq!(explain(400, &body).trouble.map(|trouble| trouble.to_string()).as_deref(), words);
    }
}
