//! Why something did not come: where it was asked for, and what to do.

use std::path::PathBuf;
use std::time::Duration;

use carelake_core::ErrorKind;
use carelake_core::store::StoreError;
use rustls_pki_types::pem;

use crate::address::{MOST_REDIRECTS, Place};

/// Why a request has no answer that counts. Neither a query nor a header nor a byte of what came is ever told.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Trusted certificates that cannot be read.
    #[error("{path} cannot be read as PEM; it must hold the certificates that are trusted")]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// The certificate that says who we are cannot be used.
    #[error(
        "the client certificate cannot be used; it must be PEM with the certificate, its chain and its key: {cause}"
    )]
    Identity {
        /// Why.
        cause: String,
    },
    /// The address of the proxy is none.
    #[error("the proxy must be an address such as http://proxy.example:3128")]
    Proxy,
    /// A header, the one of the credential among them, has characters that none may have.
    #[error("{place}: the header `{name}` has characters that no header may have")]
    Header {
        /// What was asked for.
        place: Place,
        /// The name of the header.
        name: String,
    },
    /// The address may not be asked.
    #[error("{place} is not asked: {why}")]
    Address {
        /// What was to be asked for.
        place: Place,
        /// Why.
        why: &'static str,
    },
    /// A redirect leads to where nobody may be asked.
    #[error("{place} leads to {to}, which is not asked: {why}")]
    Redirect {
        /// What was asked for.
        place: Place,
        /// Where it leads.
        to: Place,
        /// Why.
        why: &'static str,
    },
    /// Redirects that do not end.
    #[error("{place} leads on more than {MOST_REDIRECTS} times")]
    Redirects {
        /// What was asked for.
        place: Place,
    },
    /// Another answer than the one that was asked for.
    #[error("{place} answers {status}")]
    Status {
        /// What was asked for.
        place: Place,
        /// The status.
        status: u16,
        /// How long the server wants to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// Nobody knows the host.
    #[error("{place}: no host has this name")]
    UnknownHost {
        /// What was asked for.
        place: Place,
    },
    /// Who answers cannot prove to be the host, or does not believe who we are.
    #[error("{place}: no trusted connection: {cause}")]
    Tls {
        /// What was asked for.
        place: Place,
        /// Why.
        cause: String,
    },
    /// The proxy lets nobody through.
    #[error("{place}: the proxy answers {status}")]
    ProxyRefused {
        /// What was asked for.
        place: Place,
        /// The status.
        status: u16,
    },
    /// No answer.
    #[error("{place} does not answer: {cause}")]
    Unreachable {
        /// What was asked for.
        place: Place,
        /// Why.
        cause: String,
    },
    /// An answer that ends before its end.
    #[error("{place}: the transfer was cut after {received_bytes} bytes: {cause}")]
    Cut {
        /// What was asked for.
        place: Place,
        /// How much of it came.
        received_bytes: u64,
        /// Why.
        cause: String,
    },
    /// More than there may be.
    #[error("{place} is larger than {most_bytes} bytes")]
    TooLarge {
        /// What was asked for.
        place: Place,
        /// How much it may be.
        most_bytes: u64,
    },
    /// Bytes in a packing that was not asked for.
    #[error("{place} comes with a Content-Encoding although none was asked for")]
    Packed {
        /// What was asked for.
        place: Place,
    },
    /// What came cannot be kept.
    #[error("{place}: what comes cannot be kept")]
    Sink {
        /// What was asked for.
        place: Place,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl HttpError {
    /// Returns the kind of failure.
    #[must_use]
    pub const fn kind(&self) -> &'static ErrorKind {
        match self {
            Self::Pem { .. } | Self::Identity { .. } | Self::Proxy | Self::Header { .. } | Self::Address { .. } => {
                ErrorKind::INVALID_CONFIG
            }
            Self::Unreachable { .. } | Self::Cut { .. } => ErrorKind::UNAVAILABLE,
            Self::Status { status: 408 | 425 | 429 | 500.., .. } => ErrorKind::UNAVAILABLE,
            Self::Redirect { .. }
            | Self::Redirects { .. }
            | Self::Status { .. }
            | Self::UnknownHost { .. }
            | Self::Tls { .. }
            | Self::ProxyRefused { .. }
            | Self::TooLarge { .. }
            | Self::Packed { .. } => ErrorKind::REFUSED,
            Self::Sink { source, .. } => source.kind(),
        }
    }

    /// Returns whether the same request may be answered in a moment, though the server may already have acted on it.
    pub(crate) const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Status { status: 408 | 425 | 429 | 500 | 502 | 503 | 504, .. }
                | Self::Unreachable { .. }
                | Self::Cut { .. }
        )
    }

    /// Returns whether the server says that it did nothing, so that even what must not happen twice may be asked again.
    pub(crate) const fn did_nothing(&self) -> bool {
        matches!(self, Self::Status { status: 429 | 503, .. })
    }
}
