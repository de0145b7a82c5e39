//! The key of a host, as it was agreed on.

use std::str::FromStr;

use russh::keys::ssh_key::Fingerprint;
use russh::keys::{HashAlg, PublicKey};

use crate::error::SftpError;

/// A key that a host may have: its fingerprint, or the key itself.
///
/// ```
/// use carelake_sftp::HostKey;
/// let line = "sftp.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
/// assert!(line.parse::<HostKey>().is_ok());
/// assert!("SHA256:Nh0Me49Zh9fDw/VYUfq43IJmI1T+XrjiYONPND8GzaM".parse::<HostKey>().is_ok());
/// assert!("MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48".parse::<HostKey>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey(Fingerprint);

impl HostKey {
    /// Returns whether a host shows this key.
    pub(crate) fn is(&self, shown: &PublicKey) -> bool {
        shown.fingerprint(HashAlg::Sha256) == self.0
    }
}

impl FromStr for HostKey {
    type Err = SftpError;

    /// Reads `SHA256:…`, as `ssh-keygen -l` prints it, or a line of `known_hosts` or of a `.pub` file.
    fn from_str(text: &str) -> Result<Self, SftpError> {
        let text = text.trim();
        if text.starts_with("SHA256:") {
            return text.parse().map(Self).map_err(|_| SftpError::HostKey);
        }
        // The name of the host, hashed or not, is none of the key's.
        let kind = text.find("ssh-").into_iter().chain(text.find("ecdsa-")).min().ok_or(SftpError::HostKey)?;
        let key = PublicKey::from_openssh(text.get(kind..).unwrap_or_default()).map_err(|_| SftpError::HostKey)?;
        Ok(Self(key.fingerprint(HashAlg::Sha256)))
    }
}
