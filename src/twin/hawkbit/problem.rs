//! Error answers, in the three shapes the real server has.
//!
//! Its own errors carry `errorCode` (and not always a `message`), what the framework refuses carries Spring's body, and
//! what the servlet container refuses is a page. Does not decide when one of them is due.

use serde_json::{Value, json};

use super::super::world::verbs::Refused;
use super::answer::{Answer, Payload};

/// Why a request got no answer of its own.
#[derive(Debug)]
pub(super) enum Problem {
    /// A refusal of the framework: 401, unknown path, wrong method.
    Spring(u16),
    /// A refusal of the servlet container.
    Html(u16),
    /// The server's own error: status, error code below `hawkbit.server.error.`, exception, words if it has any.
    Own(u16, &'static str, &'static str, Option<String>),
}

impl Problem {
    /// A 5xx, or any other status a fault asks for, in the server's own shape.
    pub(super) fn internal(status: u16) -> Self {
        Self::Own(status, "internal", "exception.GenericSpServerException", Some("unknown error occurred".to_owned()))
    }

    pub(super) fn forbidden() -> Self {
        let words = "Insufficient Permission".to_owned();
        Self::Own(403, "insufficientPermission", "repository.exception.InsufficientPermissionException", Some(words))
    }

    pub(super) fn not_found(kind: &str, id: &str) -> Self {
        let words = format!("{kind} with given identifier {{{id}}} does not exist.");
        Self::Own(404, "repo.entityNotFound", "repository.exception.EntityNotFoundException", Some(words))
    }

    pub(super) fn not_readable() -> Self {
        let words = "The given request body is not well formed".to_owned();
        Self::Own(400, "rest.body.notReadable", "rest.exception.MessageNotReadableException", Some(words))
    }

    pub(super) fn constraint(words: &str) -> Self {
        let words = Some(words.to_owned());
        Self::Own(400, "repo.constraintViolation", "repository.exception.ConstraintViolationException", words)
    }

    pub(super) fn query_syntax(words: String) -> Self {
        let exception = "repository.exception.RSQLParameterSyntaxException";
        Self::Own(400, "rest.param.rsqlParamSyntax", exception, Some(words))
    }

    /// The server has no words for this one.
    pub(super) fn query_field() -> Self {
        let exception = "repository.exception.RSQLParameterUnsupportedFieldException";
        Self::Own(400, "rest.param.rsqlInvalidField", exception, None)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let own = |status, code, exception, words: &str| Self::Own(status, code, exception, Some(words.to_owned()));
        match refused {
            Refused::State(words) => {
                Self::Own(400, "rollout.illegalState", "repository.exception.RolloutIllegalStateException", Some(words))
            }
            Refused::Constraint(words) => Self::constraint(&words),
            Refused::Exists => own(
                409,
                "repo.entityAlreadyExists",
                "repository.exception.EntityAlreadyExistsException",
                "The given entity already exists in database",
            ),
            Refused::NotCancelable => own(
                405,
                "action.notCancelable",
                "repository.exception.CancelActionNotAllowedException",
                "Actions needs to be active and not already canceling to be canceled",
            ),
            Refused::NotForceQuitable => own(
                405,
                "action.notForceQuitable",
                "repository.exception.ForceQuitActionNotAllowedException",
                "Action is not canceled yet and cannot be force quit",
            ),
            Refused::ReleaseInvalid => own(
                400,
                "distributionset.invalid",
                "repository.exception.InvalidDistributionSetException",
                "Distribution set is invalid",
            ),
        }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Spring(status) => Self { status, body: Payload::Spring, headers: Vec::new() },
            Problem::Html(status) => Self { status, body: Payload::Html(PAGE), headers: Vec::new() },
            Problem::Own(status, code, exception, message) => {
                let mut body = json!({
                    "exceptionClass": format!("org.eclipse.hawkbit.{exception}"),
                    "errorCode": format!("hawkbit.server.error.{code}"),
                });
                if let Some(message) = message {
                    body["message"] = Value::from(message);
                }
                Self::json(status, body)
            }
        }
    }
}

const PAGE: &str = "<!doctype html><html lang=\"en\"><head><title>HTTP Status: request refused</title></head>\
    <body><h1>HTTP Status: request refused</h1></body></html>";
