//! Why a file did not come: which server, which path, and what to do.

use carelake_core::ErrorKind;
use carelake_core::store::StoreError;

/// Why a server was of no help. Neither a secret nor a byte of a file is ever told.
#[derive(Debug, thiserror::Error)]
pub enum SftpError {
    /// The text is no key of a host.
    #[error("a host key must be SHA256:… as `ssh-keygen -lf` prints it, or a line of known_hosts")]
    HostKey,
    /// The private key cannot be used.
    #[error("the private key cannot be read; it must be one of OpenSSH or PEM, without a passphrase")]
    Key,
    /// The client itself cannot start.
    #[error("cannot start the thread that talks to {server}")]
    Driver {
        /// The server.
        server: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No connection.
    #[error("{server} does not answer: {cause}")]
    Unreachable {
        /// The server.
        server: String,
        /// Why.
        cause: String,
    },
    /// Another host answers, or the host has another key now.
    #[error(
        "{server} shows the host key {shown}, which is not the one that was agreed on; ask its owner before changing host_key"
    )]
    Untrusted {
        /// The server.
        server: String,
        /// What it shows.
        shown: String,
    },
    /// The login is not accepted.
    #[error("{server} does not accept the login; check user, and key or password")]
    Login {
        /// The server.
        server: String,
    },
    /// There is no SFTP there.
    #[error("{server} has no SFTP for this user")]
    NoSftp {
        /// The server.
        server: String,
    },
    /// There is no such file or folder.
    #[error("{server}: {path} is not there")]
    Missing {
        /// The server.
        server: String,
        /// The path.
        path: String,
    },
    /// Something may not be done.
    #[error("{server}: no permission to {action} {path}")]
    Denied {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// The path.
        path: String,
    },
    /// Something cannot be done, and the server does not say why.
    #[error("{server}: cannot {action} {path}")]
    Failed {
        /// The server.
        server: String,
        /// What was tried.
        action: &'static str,
        /// The path.
        path: String,
    },
    /// The file is not what it was when it was listed: it is still being written.
    #[error("{server}: {path} changes while it is read; it comes when it is whole")]
    Changed {
        /// The server.
        server: String,
        /// The path.
        path: String,
    },
    /// The connection broke.
    #[error("the connection to {server} broke: {cause}")]
    Broken {
        /// The server.
        server: String,
        /// Why.
        cause: String,
    },
    /// More names than a folder may have.
    #[error("{server}: {path} has more than {most} names; have old files moved away")]
    TooMany {
        /// The server.
        server: String,
        /// The folder.
        path: String,
        /// How many it may have.
        most: usize,
    },
    /// What came cannot be kept.
    #[error("what comes cannot be kept")]
    Sink(#[source] StoreError),
}

impl SftpError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::HostKey | Self::Key => ErrorKind::INVALID_CONFIG,
            Self::Driver { .. } => ErrorKind::INTERNAL,
            Self::Unreachable { .. } | Self::Failed { .. } | Self::Changed { .. } | Self::Broken { .. } => {
                ErrorKind::UNAVAILABLE
            }
            Self::Untrusted { .. }
            | Self::Login { .. }
            | Self::NoSftp { .. }
            | Self::Missing { .. }
            | Self::Denied { .. }
            | Self::TooMany { .. } => ErrorKind::REFUSED,
            Self::Sink(source) => source.kind(),
        }
    }

    /// Returns whether another connection may do better.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Broken { .. })
    }
}
