//! Certificates: an unknown authority is told with what mends it, and mending it works.

use std::sync::Arc;

use patchdeck::backend::port::{Backend, Interest, Trouble};
use patchdeck::backend::settings::Settings;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::server::{Fault, Socket};
use super::subject::{SUBJECTS, Subject, settings};

struct Secure {
    url: String,
    ca_pem: String,
    task: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers an empty list to anything, with a certificate for `name` by an authority of its own.
async fn secure(name: &str, body: &'static str) -> Secure {
    let mut ca = CertificateParams::new(Vec::new()).expect("parameters");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec![name.to_owned()]).expect("parameters").signed_by(&key, &ca).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a pair");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that refuses the certificate goes away in the middle.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = vec![0; 16 * 1024];
            let _ = stream.read(&mut buffer).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    Secure { url: format!("https://localhost:{port}"), ca_pem: ca.pem(), task }
}

/// With the server's authority in `ca_file`.
fn knowing(subject: &Subject, server: &Secure) -> Arc<dyn Backend> {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, &server.ca_pem).expect("written");
    let settings = Settings { ca_file: Some(file), ..settings(subject.kind, &server.url) };
    subject.open_with(&settings).expect("it opens")
}

#[tokio::test]
async fn an_unknown_authority_is_told_with_what_mends_it_and_ca_file_mends_it() {
    for subject in SUBJECTS {
        let server = secure("localhost", subject.empty).await;
        let trouble = subject.open(&server.url).observe(Interest::Board).await.expect_err("unknown authority");
        let Trouble::Tls(words) = &trouble else { panic!("{trouble:?}") };
        assert!(words.as_str().contains("ca_file"), "{words}");

        let backend = knowing(subject, &server);
        backend.observe(Interest::Board).await.expect("the authority is known now");
        assert!(!backend.describe().insecure);
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_even_with_its_authority() {
    for subject in SUBJECTS {
        let server = secure("elsewhere.example.test", subject.empty).await;
        let backend = knowing(subject, &server);
        let words = backend.observe(Interest::Board).await.expect_err("another name").to_string();
        assert!(words.contains("for another name"), "{words}");
    }
}

#[tokio::test]
async fn insecure_reaches_it_and_says_that_it_is_so() {
    for subject in SUBJECTS {
        let server = secure("elsewhere.example.test", subject.empty).await;
        let mut settings = settings(subject.kind, &server.url);
        settings.insecure = true;
        let backend = subject.open_with(&settings).expect("it opens");
        backend.observe(Interest::Board).await.expect("no checks");
        assert!(backend.describe().insecure);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_told_as_that() {
    for subject in SUBJECTS {
        let socket = Socket::start(Fault::Says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")).await;
        let url = socket.url.replace("http://", "https://");
        let trouble = subject.open(&url).observe(Interest::Board).await.expect_err("no TLS");
        let Trouble::Tls(words) = &trouble else { panic!("{trouble:?}") };
        assert!(words.as_str().contains("does not answer in TLS"), "{words}");
    }
}

#[test]
fn a_ca_file_without_a_certificate_is_refused_before_anything_is_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("ca.pem");
    std::fs::write(&file, "no certificate").expect("written");
    for subject in SUBJECTS {
        let mut settings = settings(subject.kind, "https://localhost:1");
        settings.ca_file = Some(file.clone());
        let words = subject.open_with(&settings).err().expect("refused").to_string();
        assert!(words.contains("holds no PEM certificate"), "{words}");
    }
}
