//! Files as their format has them: what came encrypted with OpenPGP is decrypted first, to its end.

use std::path::Path;

#[cfg(feature = "pgp")]
use tempfile::NamedTempFile;

use super::desk::Desk;
use crate::error::IntakeError;
use crate::feed::Feed;

/// A file that can be read by its format.
#[derive(Debug)]
pub(super) enum Opened<'f> {
    /// The file itself.
    Itself(&'f Path),
    /// What was in it; gone when it was read.
    #[cfg(feature = "pgp")]
    Decrypted(NamedTempFile),
}

impl Opened<'_> {
    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Itself(path) => path,
            #[cfg(feature = "pgp")]
            Self::Decrypted(file) => file.path(),
        }
    }
}

/// Returns a file of a feed as its format has it. An empty one is empty, whatever it should be.
///
/// # Errors
/// [`IntakeError`] when the key cannot be had or does not open the file, or the file is not what was encrypted.
#[cfg(feature = "pgp")]
pub(super) fn opened<'f>(desk: &Desk<'_>, feed: &Feed, file: &'f Path) -> Result<Opened<'f>, IntakeError> {
    use carelake_records::{PgpKey, decrypt};

    let Some(pgp) = &feed.pgp else { return Ok(Opened::Itself(file)) };
    if file.metadata().map_err(IntakeError::Read)?.len() == 0 {
        return Ok(Opened::Itself(file));
    }
    let refused = |why: String| IntakeError::Key { feed: feed.name.clone(), why };
    let reveal = |secret| desk.context.secrets.reveal(secret).map_err(|failure| refused(failure.reason));
    let armored = reveal(&pgp.key)?;
    let passphrase = pgp.passphrase.as_ref().map(reveal).transpose()?;
    let key = PgpKey::read(&armored, passphrase.as_deref()).map_err(|error| refused(error.to_string()))?;
    Ok(Opened::Decrypted(decrypt(file, &key, &desk.intake.limits)?))
}

/// Returns a file of a feed as its format has it. A page that asks for more was refused when it was read.
#[cfg(not(feature = "pgp"))]
pub(super) fn opened<'f>(_: &Desk<'_>, _: &Feed, file: &'f Path) -> Result<Opened<'f>, IntakeError> {
    Ok(Opened::Itself(file))
}
