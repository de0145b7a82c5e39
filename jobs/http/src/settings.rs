//! What a client is told once.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, Machine};

/// Whom a client may ask, by which way, and how patiently.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Hosts that may be asked by `https://`, also where a redirect leads: `data.example`, or `*.data.example` for those below it.
    pub hosts: Vec<String>,
    /// Hosts that may be asked by `http://`, because a configuration says so in as many words: those of this machine and of tests.
    pub allow_plain_http: Vec<String>,
    /// The proxy on the way out. The caller reads `HTTPS_PROXY` and its like.
    pub proxy: Option<Proxy>,
    /// Certificates that are trusted beside those of this machine, as PEM.
    pub ca_file: Option<PathBuf>,
    /// Who we are, where a server wants a certificate.
    pub identity: Option<Identity>,
    /// How often one thing is tried in all.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles before each further one.
    pub first_wait: Duration,
    /// The longest wait that a `Retry-After` may ask for; whoever asks for more is not asked again.
    pub longest_wait: Duration,
    /// How long a connection may take to stand, TLS included.
    pub connect_timeout: Duration,
    /// How long nothing may come before a transfer counts as cut.
    pub idle_timeout: Duration,
    /// How long one exchange may take in all, from the name of the host to the end of the answer; none: as long as something comes.
    pub whole_timeout: Option<Duration>,
    /// Who asks, as the server's log has it.
    pub user_agent: String,
    /// What tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            allow_plain_http: Vec::new(),
            proxy: None,
            ca_file: None,
            identity: None,
            attempts: 4,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            whole_timeout: None,
            user_agent: "carelake".to_owned(),
            clock: Arc::new(Machine),
        }
    }
}

/// The way out, by `CONNECT`.
#[derive(Clone)]
pub struct Proxy {
    /// Its address: `http://proxy.example:3128`, with `user:password@` where it wants them.
    pub url: String,
    /// Hosts that are asked without it: names, `.suffix` or `*.suffix`, separated by commas, as `NO_PROXY` has them.
    pub except: String,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("except", &self.except).finish_non_exhaustive()
    }
}

/// A certificate with its chain, and its key, one after another in PEM.
#[derive(Clone)]
pub struct Identity(pub String);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}
