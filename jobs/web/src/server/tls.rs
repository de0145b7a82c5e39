//! The certificate of a server and its key, from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::owner::is_open;

/// How a server proves who it is. Read once: a renewed certificate counts from the next start on.
#[derive(Clone)]
pub struct Tls(pub(super) Arc<ServerConfig>);

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{path} cannot be read as PEM; it must hold {wanted}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it must hold.
        wanted: &'static str,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// Others can read the key.
    #[error("the key {path} can be read by others; type `chmod 600 {path}`")]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not fit.
    #[error("the certificate {certificate} and the key {key} do not fit together")]
    Unfit {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

impl Tls {
    /// Reads a certificate with its chain, and its key.
    ///
    /// # Errors
    /// [`TlsError`] where a file cannot be read, the key is open to others, or the two do not fit.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        Self::with(certificate, key, None, &[b"http/1.1"])
    }

    /// Reads a certificate with its chain, and its key, for another protocol than HTTP. Where an authority is named, whoever connects
    /// must have a certificate of it.
    ///
    /// # Errors
    /// As [`Tls::read`].
    pub fn read_bare(certificate: &Path, key: &Path, authority: Option<&Path>) -> Result<Self, TlsError> {
        Self::with(certificate, key, authority, &[])
    }

    /// Returns what a server is set up with.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.0)
    }

    fn with(certificate: &Path, key: &Path, authority: Option<&Path>, protocols: &[&[u8]]) -> Result<Self, TlsError> {
        let failed = |path: &Path, wanted: &'static str| {
            let path = path.to_owned();
            move |source: pem::Error| TlsError::Pem { path, wanted, source }
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
            .map_err(failed(certificate, "a certificate and its chain"))?;
        let secret = PrivateKeyDer::from_pem_file(key).map_err(failed(key, "the key of the certificate"))?;
        if is_open(key).unwrap_or(true) {
            return Err(TlsError::Open { path: key.to_owned() });
        }
        let unfit = |source: rustls::Error| TlsError::Unfit {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let clients = match authority {
            None => WebPkiClientVerifier::no_client_auth(),
            Some(path) => {
                let mut roots = RootCertStore::empty();
                let named = CertificateDer::pem_file_iter(path)
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .map_err(failed(path, "certificates of an authority"))?;
                for one in named {
                    roots.add(one).map_err(unfit)?;
                }
                let built = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build();
                built.map_err(|_| TlsError::Pem {
                    path: path.to_owned(),
                    wanted: "certificates of an authority",
                    source: pem::Error::NoItemsFound,
                })?
            }
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(unfit)?
            .with_client_cert_verifier(clients)
            .with_single_cert(chain, secret)
            .map_err(unfit)?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Self(Arc::new(config)))
    }
}
