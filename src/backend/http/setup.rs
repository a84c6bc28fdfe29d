//! Makes the two clients of a connection: certificates, proxy, time-outs. Nothing is asked yet.
//!
//! Reads keep connections open. Verbs each use a fresh one: an idle connection that the server closed meanwhile would turn
//! a verb that never left into one whose outcome nobody knows.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Identity, Proxy, Url, redirect, retry};

use crate::backend::port::Trouble;
use crate::backend::settings::Settings;

/// How long to wait for each part of a request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until connected, TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer, of a read.
    pub read: Duration,
    /// A read as a whole.
    pub read_total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), read: Duration::from_secs(15), read_total: Duration::from_secs(60) }
    }
}

/// Idle connections are closed by us before servers do it: Tomcat's default is 20 s.
const IDLE: Duration = Duration::from_secs(15);

/// The client for reads and the client for verbs.
pub fn clients(settings: &Settings, base: &Url, limits: Limits) -> Result<(Client, Client), Trouble> {
    install_ring();
    let made = |builder: ClientBuilder| builder.build().map_err(|error| unbuildable(&error));
    let reads = common(settings, base, limits)?
        .read_timeout(limits.read)
        .timeout(limits.read_total)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(2);
    let verbs = common(settings, base, limits)?.pool_max_idle_per_host(0);
    Ok((made(reads)?, made(verbs)?))
}

fn common(settings: &Settings, base: &Url, limits: Limits) -> Result<ClientBuilder, Trouble> {
    let mut builder = Client::builder()
        .user_agent(concat!("patchdeck/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .connect_timeout(limits.connect);
    if let Some(proxy) = &settings.proxy {
        // The address of a proxy may hold a password, so the error is told without it.
        let proxy = Proxy::all(proxy).map_err(|_| Trouble::Unsupported("proxy is no address".into()))?;
        builder = builder.proxy(proxy);
    } else if is_loopback(base) {
        // A proxy of the environment cannot reach what listens on this machine, such as a stand-in server.
        builder = builder.no_proxy();
    }
    if base.scheme() == "http" && settings.ca_file.is_none() && settings.proxy.is_none() {
        // No certificate will be looked at, and a machine without authorities must still reach plain addresses.
        return Ok(builder.tls_certs_only(std::iter::empty::<Certificate>()));
    }
    if let Some(file) = &settings.ca_file {
        let pem = read(file, "ca_file")?;
        let certs = Certificate::from_pem_bundle(&pem).map_err(|_| unusable(file, "ca_file", "holds no PEM certificate"))?;
        if certs.is_empty() {
            return Err(unusable(file, "ca_file", "holds no PEM certificate"));
        }
        builder = builder.tls_certs_merge(certs);
    }
    if let (Some(cert), Some(key)) = (&settings.client_cert, &settings.client_key) {
        let mut pem = read(cert, "client_cert")?;
        pem.push(b'\n');
        pem.extend(read(key, "client_key")?);
        let identity = Identity::from_pem(&pem).map_err(|_| unusable(cert, "client_cert", "and client_key make no PEM pair"))?;
        builder = builder.identity(identity);
    }
    if settings.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    Ok(builder)
}

fn is_loopback(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn read(file: &Path, key: &str) -> Result<Vec<u8>, Trouble> {
    std::fs::read(file).map_err(|error| unusable(file, key, &error.to_string()))
}

fn unusable(file: &Path, key: &str, why: &str) -> Trouble {
    Trouble::Tls(format!("{key} {}: {why}", file.display()).into())
}

fn unbuildable(error: &reqwest::Error) -> Trouble {
    let mut words = String::from("cannot be set up");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words = cause.to_string();
        source = cause.source();
    }
    if words.contains("No CA certificates") {
        "this machine has no certificate authorities; name one with ca_file".clone_into(&mut words);
    }
    Trouble::Tls(words.into())
}

/// rustls asks for one provider a process. A second call changes nothing.
fn install_ring() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Err means that somebody installed one before: it serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://127.0.0.1:80", true)]
    #[case("http://127.9.9.9", true)]
    #[case("http://[::1]:8080", true)]
    #[case("http://LocalHost", true)]
    #[case("http://localhost.example.test", false)]
    #[case("http://198.51.100.1", false)]
    fn only_this_machine_is_loopback(#[case] url: &str, #[case] loopback: bool) {
        assert_eq!(is_loopback(&Url::parse(url).expect("an address")), loopback);
    }
}
