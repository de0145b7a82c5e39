//! TLS: who speaks it is served, who does not is no harm.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use carelake_web::{Limits, Tls, TlsError};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::rig::{Rig, rest, status};

fn made() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Writes certificate and key.
fn files(folder: &Path, certificate: &CertifiedKey<KeyPair>) -> Result<Tls, TlsError> {
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    fs::write(&cert, certificate.cert.pem()).unwrap();
    fs::write(&key, certificate.signing_key.serialize_pem()).unwrap();
    close(&key, 0o600);
    Tls::read(&cert, &key)
}

fn close(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Asks as somebody who trusts a certificate.
fn ask(rig: &Rig, trusted: &CertifiedKey<KeyPair>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let stream = TcpStream::connect(rig.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut stream = StreamOwned::new(connection, stream);
    stream.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map(|_| answer)
}

#[test]
fn who_trusts_the_certificate_is_served_and_everybody_else_is_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (made(), made());
    let tls = files(folder.path(), &ours).unwrap();
    let limits = Limits { handshake: Duration::from_millis(500), ..Limits::default() };
    let rig = Rig::of(limits, Some(tls), super::issuer::nobody());
    assert_eq!(status(&ask(&rig, &ours).unwrap()), "200");
    // One who trusts another certificate goes away, and one who speaks plainly gets no answer in plain.
    assert!(ask(&rig, &other).is_err());
    assert!(!rig.get("/open", "").contains("HTTP/1.1"));
    assert!(!rig.exchange([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]).contains("HTTP/1.1"));
    // One who says nothing is cut.
    assert_eq!(rest(&mut rig.connect()), "");
    assert_eq!(status(&ask(&rig, &ours).unwrap()), "200");
}

#[test]
fn files_that_cannot_be_used_are_told_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    assert!(matches!(Tls::read(&cert, &key), Err(TlsError::Pem { path, .. }) if path == cert));
    files(folder.path(), &made()).unwrap();
    close(&key, 0o644);
    let told = Tls::read(&cert, &key).map(drop).unwrap_err().to_string();
    assert!(told.contains("chmod 600 ") && told.contains("key.pem"), "{told}");
    close(&key, 0o600);
    fs::write(&key, made().signing_key.serialize_pem()).unwrap();
    assert!(matches!(Tls::read(&cert, &key), Err(TlsError::Unfit { .. })));
    fs::write(&key, "").unwrap();
    assert!(matches!(Tls::read(&cert, &key), Err(TlsError::Pem { path, .. }) if path == key));
    fs::write(&cert, "").unwrap();
    assert!(matches!(Tls::read(&cert, &key), Err(TlsError::Pem { path, .. }) if path == cert));
}
