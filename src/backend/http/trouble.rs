//! What went wrong with a request, in plain words: broken connections here, answers in `answer`.
//!
//! It judges one failure. Whether to ask again is the supervisor's.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use crate::backend::port::Trouble;
use crate::domain::Text;

/// Why a request has no usable answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub trouble: Trouble,
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// The server's own word for the error, where it gave one.
    pub code: Option<Text>,
    /// The request provably never left this machine.
    pub unsent: bool,
}

impl Failure {
    pub fn unsent(trouble: Trouble) -> Self {
        Self { trouble, status: None, code: None, unsent: true }
    }

    pub fn broken(trouble: Trouble) -> Self {
        Self { trouble, status: None, code: None, unsent: false }
    }

    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_ref().is_some_and(|text| text.as_str() == code)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        failure.trouble
    }
}

/// Whom a connection talks to, by host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub server: String,
    /// What stands before it.
    pub proxy: Option<String>,
}

impl Place {
    /// Who answers first: a refused connection is its refusal.
    fn first(&self) -> String {
        match &self.proxy {
            Some(proxy) => format!("the proxy {proxy} before {}", self.server),
            None => self.server.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(out, "{} through the proxy {proxy}", self.server),
            None => out.write_str(&self.server),
        }
    }
}

/// Reads a connection error. `limit` is the time that was allowed.
pub fn broken(error: &reqwest::Error, place: &Place, connect: Duration, limit: Duration) -> Failure {
    if error.is_connect() {
        return Failure::unsent(unconnected(error, place, connect));
    }
    if error.is_timeout() {
        return Failure::broken(Trouble::TimedOut(limit));
    }
    if error.is_builder() {
        return Failure::unsent(Trouble::Unsupported("the request could not be put together".into()));
    }
    let words = match io_kind(error) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
            format!("{place} cut the connection while we waited for the answer")
        }
        _ if tls_error(error).is_some() => return Failure::broken(Trouble::Tls(tls_words(error, place).into())),
        _ => format!("the connection to {place} broke: {}", innermost(error)),
    };
    Failure::broken(Trouble::Unreachable(words.into()))
}

/// An answer that ended before its end.
pub fn cut_off(error: &reqwest::Error, place: &Place, got: usize, limit: Duration) -> Failure {
    if error.is_timeout() {
        return Failure::broken(Trouble::TimedOut(limit));
    }
    Failure::broken(Trouble::Unreachable(format!("the answer of {place} was cut off after {got} bytes").into()))
}

fn unconnected(error: &reqwest::Error, place: &Place, connect: Duration) -> Trouble {
    if tls_error(error).is_some() {
        return Trouble::Tls(tls_words(error, place).into());
    }
    let place = place.first();
    if error.is_dns() {
        return Trouble::Unreachable(format!("no address is known for {place} (DNS)").into());
    }
    let words = match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => format!("{place} refused the connection: nothing listens there"),
        Some(io::ErrorKind::ConnectionReset) => format!("{place} cut the connection at once"),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            format!("there is no way to {place} from this network")
        }
        Some(io::ErrorKind::UnexpectedEof) => format!("{place} closed the connection while it was set up"),
        _ if error.is_timeout() => format!("no connection to {place} within {} s", connect.as_secs()),
        _ => format!("no connection to {place}: {}", innermost(error)),
    };
    Trouble::Unreachable(words.into())
}

/// The first io error of the chain. An `io::Error` hides what it wraps from `source`, so it is opened by hand.
fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    chain(error).find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(|cause| cause.downcast_ref::<rustls::Error>())
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| deeper(cause))
}

fn deeper<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped.map(|inner| -> &(dyn Error + 'static) { inner }).or_else(|| cause.source())
}

/// The deepest cause: the outer ones only say that there is one, and may hold the address.
fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

fn tls_words(error: &reqwest::Error, place: &Place) -> String {
    let place = &place.server;
    let Some(error) = tls_error(error) else { return format!("no secure connection to {place}") };
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::UnknownIssuer => {
                format!("the certificate of {place} is signed by an authority unknown here; name the authority's file as ca_file")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                format!("the certificate of {place} has expired")
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!("the certificate of {place} is not valid yet; is this machine's clock right?")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("the certificate of {place} is for another name; use the name it holds in url")
            }
            CertificateError::Revoked => format!("the certificate of {place} has been revoked"),
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                format!(
                    "the certificate of {place} is an authority's own (a self-signed one says CA:TRUE); have that authority sign one for the server"
                )
            }
            other => format!("the certificate of {place} is not accepted: {other}"),
        },
        rustls::Error::InvalidMessage(_) => format!("{place} does not answer in TLS; is the address http:// there?"),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired | AlertDescription::BadCertificate) => {
            format!("{place} asks for a client certificate it accepts; see client_cert and client_key")
        }
        other => format!("no secure connection to {place}: {other}"),
    }
}
