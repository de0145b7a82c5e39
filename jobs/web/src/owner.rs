//! The key of the one who serves: whoever can read its file is let in where only the owner is.
//!
//! A port of this machine is open to every user of it; the file is not.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes of a key.
const BYTES: usize = 32;

/// The key.
#[derive(Clone)]
pub struct OwnerKey(String);

/// A key that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("the key {path} cannot be read or made; look at the rights of its folder")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the key {path} is damaged; remove it, and a new one is made")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Others can read the file.
    #[error("the key {path} can be read by others; remove it, and a new one is made")]
    Open {
        /// The file.
        path: PathBuf,
    },
    /// This machine has no random numbers to give.
    #[error("no random numbers to make a key of")]
    Random,
}

impl OwnerKey {
    /// Reads the key, making it where there is none. Only its owner may read the file.
    ///
    /// # Errors
    /// [`KeyError`] where it cannot be read or made, is damaged, or others can read it.
    pub fn of(path: &Path) -> Result<Self, KeyError> {
        let failed = |source: io::Error| KeyError::File { path: path.to_owned(), source };
        let made = match private(OpenOptions::new().write(true).create_new(true)).open(path) {
            Ok(mut file) => {
                let text = random_text(BYTES)?;
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
                return Ok(Self(text));
            }
            Err(error) => error,
        };
        if made.kind() != io::ErrorKind::AlreadyExists {
            return Err(failed(made));
        }
        if is_open(path).map_err(failed)? {
            return Err(KeyError::Open { path: path.to_owned() });
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        let is_key = URL_SAFE_NO_PAD.decode(&text).is_ok_and(|bytes| bytes.len() == BYTES);
        if is_key { Ok(Self(text)) } else { Err(KeyError::Damaged { path: path.to_owned() }) }
    }

    /// Returns whether somebody has the key; how much of it is right does not show in the time that takes.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        verify_slices_are_equal(self.0.as_bytes(), given.as_bytes()).is_ok()
    }
}

/// Returns so many random bytes as text.
pub(crate) fn random_text(bytes: usize) -> Result<String, KeyError> {
    let mut random = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| KeyError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600)
}

#[cfg(not(unix))]
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Returns whether others than the owner may read a file.
#[cfg(unix)]
pub(crate) fn is_open(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_open(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|_| false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.key");
        let key = OwnerKey::of(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(key.is(&text) && OwnerKey::of(&path).unwrap().is(&text));
        assert!(
            !key.is("") && !key.is(text.get(1..).unwrap()) && !key.is(&text.replace(text.chars().next().unwrap(), "~"))
        );
        assert!(!OwnerKey::of(&folder.path().join("other.key")).unwrap().is(&text));
        assert!(!is_open(&path).unwrap());
    }

    #[test]
    fn a_key_that_is_damaged_or_open_to_others_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("serve.key");
        OwnerKey::of(&path).unwrap();
        for damaged in ["", "short", "not base64!"] {
            fs::write(&path, damaged).unwrap();
            assert!(matches!(OwnerKey::of(&path), Err(KeyError::Damaged { .. })), "{damaged}");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            assert!(matches!(OwnerKey::of(&path), Err(KeyError::Open { .. })));
        }
        assert!(matches!(OwnerKey::of(&folder.path().join("none/serve.key")), Err(KeyError::File { .. })));
    }
}
