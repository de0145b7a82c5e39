//! One connection: the host is who it should be, we are who we say, and its files are reached.

use std::sync::{Arc, Mutex, PoisonError};

use russh::client::{self, AuthResult, Handle};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::StatusCode;

use crate::error::SftpError;
use crate::host_key::HostKey;
use crate::settings::{Login, Settings};

/// A connection with a login.
pub(crate) struct Session {
    pub(crate) files: SftpSession,
    /// Ends the connection when it is dropped.
    _handle: Handle<Host>,
}

/// Looks at the key of the host.
struct Host {
    agreed: Vec<HostKey>,
    /// The key that was shown and is not agreed on.
    shown: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Host {
    type Error = russh::Error;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = shown else { return Ok(false) };
        let is_agreed = self.agreed.iter().any(|agreed| agreed.is(key));
        if !is_agreed {
            let text = format!("{} {}", key.algorithm(), key.fingerprint(HashAlg::Sha256));
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        }
        Ok(is_agreed)
    }
}

impl Session {
    /// Connects and logs in.
    pub(crate) async fn open(settings: &Settings) -> Result<Self, SftpError> {
        let server = server(settings);
        let silent = SftpError::Unreachable { server, cause: "no answer in time".to_owned() };
        tokio::time::timeout(settings.connect_timeout, Self::connect(settings)).await.unwrap_or(Err(silent))
    }

    async fn connect(settings: &Settings) -> Result<Self, SftpError> {
        let server = server(settings);
        let config = client::Config {
            inactivity_timeout: Some(settings.answer_timeout.saturating_mul(2)),
            keepalive_interval: Some(settings.answer_timeout),
            nodelay: true,
            ..client::Config::default()
        };
        let shown = Arc::<Mutex<Option<String>>>::default();
        let host = Host { agreed: settings.host_keys.clone(), shown: Arc::clone(&shown) };
        let address = (settings.host.as_str(), settings.port);
        let connected = client::connect(Arc::new(config), address, host).await;
        let mut handle = connected.map_err(|error| {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).take();
            match (shown, error) {
                (Some(shown), _) => SftpError::Untrusted { server: server.clone(), shown },
                (None, russh::Error::UnknownKey) => {
                    SftpError::Untrusted { server: server.clone(), shown: "of a certificate".to_owned() }
                }
                (None, error) => SftpError::Unreachable { server: server.clone(), cause: cause(&error) },
            }
        })?;
        let broken = |error: russh::Error| SftpError::Broken { server: server.clone(), cause: cause(&error) };
        if !matches!(login(&mut handle, settings, &broken).await?, AuthResult::Success) {
            return Err(SftpError::Login { server });
        }
        let no_sftp = || SftpError::NoSftp { server: server.clone() };
        let channel = handle.channel_open_session().await.map_err(|_| no_sftp())?;
        channel.request_subsystem(true, "sftp").await.map_err(|_| no_sftp())?;
        let config = russh_sftp::client::Config {
            request_timeout_secs: settings.answer_timeout.as_secs().max(1),
            ..russh_sftp::client::Config::default()
        };
        let files = SftpSession::new_with_config(channel.into_stream(), config).await.map_err(|_| no_sftp())?;
        Ok(Self { files, _handle: handle })
    }
}

async fn login(
    handle: &mut Handle<Host>,
    settings: &Settings,
    broken: &(impl Fn(russh::Error) -> SftpError + Sync),
) -> Result<AuthResult, SftpError> {
    match &settings.login {
        Login::Password(password) => handle.authenticate_password(&settings.user, password).await.map_err(broken),
        Login::Key(text) => {
            let key = decode_secret_key(text, None).map_err(|_| SftpError::Key)?;
            // What an RSA key signs with is for the server to say; for other keys it counts for nothing.
            let hash = if key.algorithm().is_rsa() {
                handle.best_supported_rsa_hash().await.map_err(broken)?.unwrap_or(Some(HashAlg::Sha256))
            } else {
                None
            };
            let key = PrivateKeyWithHashAlg::new(Arc::new(key), hash);
            handle.authenticate_publickey(&settings.user, key).await.map_err(broken)
        }
    }
}

/// Returns how a server is shown.
pub(crate) fn server(settings: &Settings) -> String {
    format!("{}@{}:{}", settings.user, settings.host, settings.port)
}

/// Returns why a connection failed, in words that hold nothing of what went over it.
fn cause(error: &russh::Error) -> String {
    match error {
        russh::Error::IO(error) => error.to_string(),
        russh::Error::NoCommonAlgo { .. } => "no algorithm that both sides know".to_owned(),
        russh::Error::Version => "it does not speak SSH".to_owned(),
        russh::Error::ConnectionTimeout | russh::Error::InactivityTimeout | russh::Error::KeepaliveTimeout => {
            "no answer in time".to_owned()
        }
        _ => "the connection was closed".to_owned(),
    }
}

/// Sorts what a server says to one thing that was tried.
pub(crate) fn answer(error: Error, settings: &Settings, action: &'static str, path: &str) -> SftpError {
    let (server, path) = (server(settings), path.to_owned());
    match error {
        Error::Status(status) => match status.status_code {
            StatusCode::NoSuchFile => SftpError::Missing { server, path },
            StatusCode::PermissionDenied => SftpError::Denied { server, action, path },
            StatusCode::NoConnection | StatusCode::ConnectionLost => {
                SftpError::Broken { server, cause: "the server says so".to_owned() }
            }
            _ => SftpError::Failed { server, action, path },
        },
        Error::Timeout => SftpError::Broken { server, cause: "no answer in time".to_owned() },
        _ => SftpError::Broken { server, cause: "it was closed".to_owned() },
    }
}
