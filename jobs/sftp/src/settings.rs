//! Which server, who we are there, and how patiently it is asked.

use std::fmt;
use std::time::Duration;

use crate::host_key::HostKey;

/// What a client is told once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server.
    pub host: String,
    /// Its port: mostly 22.
    pub port: u16,
    /// Who we are.
    pub user: String,
    /// The keys that it may have: one, or two while it changes.
    pub host_keys: Vec<HostKey>,
    /// How we prove it.
    pub login: Login,
    /// How long a connection may take to stand, login included.
    pub connect_timeout: Duration,
    /// How long one answer may take.
    pub answer_timeout: Duration,
    /// How many names a folder may have.
    pub most_names: usize,
    /// How often a connection that breaks is made again for one file, before which more of it came each time or not.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles before each further one.
    pub first_wait: Duration,
    /// How a wait is waited, so that tests need no time.
    pub wait: fn(Duration),
}

impl Settings {
    /// Takes what differs from server to server.
    #[must_use]
    pub fn new(host: &str, port: u16, user: &str, host_keys: Vec<HostKey>, login: Login) -> Self {
        Self {
            host: host.to_owned(),
            port,
            user: user.to_owned(),
            host_keys,
            login,
            connect_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_secs(60),
            most_names: 100_000,
            attempts: 4,
            first_wait: Duration::from_secs(2),
            wait: std::thread::sleep,
        }
    }
}

/// How we prove who we are.
#[derive(Clone)]
pub enum Login {
    /// A private key without passphrase, as OpenSSH or PEM writes it.
    Key(String),
    /// A password.
    Password(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(…)",
            Self::Password(_) => "Password(…)",
        })
    }
}
