//! Who the host is, and who we are.

use carelake_core::ErrorKind;
use carelake_sftp::{Client, HostKey, Login, SftpError};
use russh::keys::ssh_key::LineEnding;

use super::server::{HOST, USER, fingerprint, key};
use super::start;

fn pins(texts: &[String]) -> Vec<HostKey> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_host_with_another_key_learns_no_password() {
    let server = start();
    let mut settings = server.settings();
    settings.host_keys = pins(&[fingerprint(&key(9))]);
    let error = Client::new(settings).unwrap().list("/").unwrap_err();
    let SftpError::Untrusted { shown, .. } = &error else { unreachable!("{error}") };
    assert_eq!(*shown, format!("ssh-ed25519 {}", fingerprint(&key(HOST))));
    assert_eq!(error.kind(), ErrorKind::REFUSED);
    assert_eq!(server.connections.load(std::sync::atomic::Ordering::SeqCst), 1, "asked once only");
}

#[test]
fn any_of_several_keys_and_every_way_to_write_one_will_do() {
    let server = start();
    let public = key(HOST).public_key().to_openssh().unwrap();
    for agreed in [
        vec![fingerprint(&key(9)), fingerprint(&key(HOST))],
        vec![public.clone()],
        vec![format!("[127.0.0.1]:{} {public} a comment", server.port)],
        vec![format!("|1|aGFzaA==|aGFzaGhhc2g= {public}")],
    ] {
        let mut settings = server.settings();
        settings.host_keys = pins(&agreed);
        assert!(Client::new(settings).unwrap().list("/").is_ok(), "{agreed:?}");
    }
    for no_key in ["", "SHA256:", "SHA1:abc", "ssh-ed25519", "sftp.example", "MD5:00:11"] {
        assert!(no_key.parse::<HostKey>().is_err(), "{no_key}");
    }
}

#[test]
fn a_login_is_by_key_or_password_and_a_wrong_one_is_refused_once() {
    let private = |number: u8| Login::Key(key(number).to_openssh(LineEnding::LF).unwrap().to_string());
    let server = start();
    for (login, is_right) in [
        (private(USER), true),
        (private(HOST), false),
        (Login::Password("wrong".to_owned()), false),
        (Login::Password(String::new()), false),
    ] {
        let settings = carelake_sftp::Settings { login: login.clone(), ..server.settings() };
        let listed = Client::new(settings).unwrap().list("/");
        match listed {
            Ok(_) => assert!(is_right, "{login:?}"),
            Err(error) => {
                assert!(!is_right && matches!(error, SftpError::Login { .. }), "{login:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::REFUSED);
                assert!(!format!("{error:?}").contains("wrong"));
            }
        }
    }
    let settings = carelake_sftp::Settings { login: Login::Key("no key".to_owned()), ..server.settings() };
    let error = Client::new(settings).unwrap().list("/").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::INVALID_CONFIG, "{error}");
}

#[test]
fn nobody_there_is_unavailable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = start();
    let settings = carelake_sftp::Settings { port, ..server.settings() };
    let error = Client::new(settings).unwrap().list("/").unwrap_err();
    assert!(matches!(error, SftpError::Unreachable { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::UNAVAILABLE);
}
