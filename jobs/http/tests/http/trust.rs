//! TLS: who is trusted, and who we are.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::sync::Arc;

use carelake_core::ErrorKind;
use carelake_http::{Client, HttpError, Identity, Request, Settings};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use super::server::{Asked, Server, Stream, answer, client_with};

pub fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([name.to_owned()]).unwrap()
}

/// A server that speaks TLS; one that wants to know who asks trusts this certificate only.
pub fn server(own: &CertifiedKey<KeyPair>, asks: Option<&CertifiedKey<KeyPair>>) -> Server {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let config = match asks {
        None => config.with_no_client_auth(),
        Some(trusted) => {
            let mut roots = RootCertStore::empty();
            roots.add(trusted.cert.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config = Arc::new(config.with_single_cert(vec![own.cert.der().clone()], key).unwrap());
    let wrap = move |stream: TcpStream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        // A handshake that fails is answered, and is no request.
        while stream.conn.is_handshaking() {
            if stream.conn.complete_io(&mut stream.sock).is_err() {
                let _ = stream.sock.read(&mut [0; 1024]);
                return None;
            }
        }
        Some(Box::new(stream) as Box<dyn Stream>)
    };
    let answers = |_: usize, asked: &Asked| match asked.path.as_str() {
        "/down" => answer("302 Found", &["Location: http://127.0.0.1:9/plain"], b""),
        _ => answer("200 OK", &[], b"trusted"),
    };
    Server::wrapped(answers, wrap)
}

/// Settings that trust a certificate.
pub fn trusting(folder: &tempfile::TempDir, trusted: &CertifiedKey<KeyPair>, settings: &mut Settings) {
    let path = folder.path().join("ca.pem");
    fs::write(&path, trusted.cert.pem()).unwrap();
    settings.ca_file = Some(path);
    settings.hosts = vec!["localhost".to_owned()];
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}/a", server.address.port())
}

#[test]
fn only_who_is_trusted_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other, misnamed) = (certificate("localhost"), certificate("localhost"), certificate("other.example"));
    let (client, _) = client_with(|settings| trusting(&folder, &ours, settings));
    let mut response = client.send(&Request::get(url(&server(&ours, None))), &[]).unwrap();
    assert_eq!(response.read(100).unwrap(), b"trusted");
    for server in [server(&other, None), server(&misnamed, None)] {
        let error = client.send(&Request::get(url(&server)), &[]).unwrap_err();
        assert!(matches!(error, HttpError::Tls { .. }), "{error}");
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::REFUSED, 0));
    }
    let (client, _) = client_with(|settings| trusting(&folder, &misnamed, settings));
    let error = client.send(&Request::get(url(&server(&misnamed, None))), &[]).unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error}");
}

#[test]
fn nobody_is_led_from_where_nobody_listens_to_where_everybody_can() {
    let folder = tempfile::tempdir().unwrap();
    let ours = certificate("localhost");
    // Asked plainly, the other host could be.
    let (client, _) = client_with(|settings| trusting(&folder, &ours, settings));
    let server = server(&ours, None);
    let error =
        client.send(&Request::get(format!("https://localhost:{}/down", server.address.port())), &[]).unwrap_err();
    assert!(matches!(error, HttpError::Redirect { .. }), "{error}");
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, me) = (certificate("localhost"), certificate("me"));
    let server = server(&ours, Some(&me));
    let identity = |certified: &CertifiedKey<KeyPair>| {
        Some(Identity(certified.cert.pem() + &certified.signing_key.serialize_pem()))
    };
    let (client, _) = client_with(|settings| {
        trusting(&folder, &ours, settings);
        settings.identity = identity(&me);
    });
    assert_eq!(client.read(&Request::get(url(&server)), 100).unwrap(), b"trusted");
    for other in [None, identity(&certificate("me"))] {
        let (client, _) = client_with(|settings| {
            trusting(&folder, &ours, settings);
            settings.identity = other;
        });
        let error = client.send(&Request::get(url(&server)), &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::REFUSED, "{error}");
    }
}

#[test]
fn certificates_that_cannot_be_used_are_told_without_what_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, "no certificate").unwrap();
    let settings = Settings { ca_file: Some(path.clone()), ..Settings::default() };
    let error = Client::new(&settings).unwrap_err();
    assert!(error.to_string().contains("ca.pem") && error.kind() == ErrorKind::INVALID_CONFIG, "{error}");

    let (one, other) = (certificate("me"), certificate("me"));
    for text in ["no PEM".to_owned(), one.cert.pem(), one.cert.pem() + &other.signing_key.serialize_pem()] {
        let settings = Settings { identity: Some(Identity(text)), ..Settings::default() };
        let error = Client::new(&settings).unwrap_err();
        assert!(matches!(error, HttpError::Identity { .. }), "{error}");
    }
}
