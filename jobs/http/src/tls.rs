//! Whom a client trusts, and who it is.

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::error::HttpError;
use crate::settings::{Identity, Settings};

/// Returns how connections are made: those whom this machine trusts are trusted, and those of the file.
pub(crate) fn config(settings: &Settings) -> Result<TlsConfig, HttpError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    // What cannot be read of the machine's certificates is not trusted; a connection that needs it says so.
    let mut roots = rustls_native_certs::load_native_certs().certs;
    if let Some(path) = &settings.ca_file {
        roots.extend(read(path).map_err(|source| HttpError::Pem { path: path.clone(), source })?);
    }
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned());
    let mut config = TlsConfig::builder()
        .root_certs(RootCerts::from(roots))
        .unversioned_rustls_crypto_provider(Arc::clone(&provider));
    if let Some(identity) = &settings.identity {
        config = config.client_cert(Some(client(identity, provider)?));
    }
    Ok(config.build())
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    let found = CertificateDer::pem_file_iter(path)?.collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(found) }
}

/// Reads who we are, and tries whether certificate and key fit, because the first connection would be too late.
fn client(identity: &Identity, provider: Arc<CryptoProvider>) -> Result<ClientCert, HttpError> {
    let unread = |error: pem::Error| HttpError::Identity { cause: error.to_string() };
    let unfit = |error: rustls::Error| HttpError::Identity { cause: error.to_string() };
    let text = identity.0.as_bytes();
    let chain = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>().map_err(unread)?;
    let key = PrivateKeyDer::from_pem_slice(text).map_err(unread)?;
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_root_certificates(RootCertStore::empty())
        .with_client_auth_cert(chain.clone(), key)
        .map_err(unfit)?;
    let chain: Vec<_> = chain.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
    let key = PrivateKey::from_pem(text).map_err(|_| unread(pem::Error::NoItemsFound))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}
