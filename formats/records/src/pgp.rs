//! Files that partners encrypted for us with OpenPGP, as the files that they were before.
//!
//! A message is decrypted into a file of its own, to its end, before any of it is read: only there is it known whether it is what was
//! encrypted. Without integrity protection it is refused. Signatures are not looked at: what says who sends is the folder.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use pgp::composed::{DecryptionOptions, Deserializable, Edata, Message, SignedSecretKey, TheRing};
use pgp::errors::Error;
use pgp::types::{Password, Seipdv1ReadMode};
use tempfile::NamedTempFile;

use crate::guard::guarded;
use crate::limits::Limits;
use crate::malformed::{Malformed, ReadError, Reason};

/// Layers of a message that are taken off: what is encrypted may be compressed, and signed.
const LAYERS: usize = 4;
/// Bytes that are decrypted at once.
const PIECE_BYTES: usize = 1 << 16;

/// What opens messages.
pub struct PgpKey {
    key: SignedSecretKey,
    passphrase: Password,
}

/// Why a key opens nothing. No part of it is in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PgpKeyError {
    /// It is no key.
    #[error("the key is no armored OpenPGP secret key; export it with `gpg --armor --export-secret-keys`")]
    NoKey,
    /// The passphrase is another.
    #[error("the passphrase does not open the OpenPGP key; correct `passphrase`")]
    Passphrase,
}

impl PgpKey {
    /// Reads an armored secret key, and tries its passphrase.
    ///
    /// # Errors
    /// [`PgpKeyError`].
    pub fn read(armored: &str, passphrase: Option<&str>) -> Result<Self, PgpKeyError> {
        let key = guarded(|| SignedSecretKey::from_string(armored)).ok_or(PgpKeyError::NoKey)?;
        let (key, _) = key.map_err(|_| PgpKeyError::NoKey)?;
        let passphrase = passphrase.map_or_else(Password::empty, Password::from);
        let opened = guarded(|| key.primary_key.unlock(&passphrase, |_, _| Ok(())));
        match opened {
            Some(Ok(Ok(()))) => Ok(Self { key, passphrase }),
            _ => Err(PgpKeyError::Passphrase),
        }
    }
}

/// Decrypts a file; the answer is gone when it is dropped.
///
/// # Errors
/// [`ReadError::Malformed`]: not the format if it is no message or has no integrity protection, encrypted if it is for another key,
/// checksum mismatch if it was changed on the way, or beyond a limit. [`ReadError::Io`] when this machine could not.
pub fn decrypt(file: &Path, key: &PgpKey, limits: &Limits) -> Result<NamedTempFile, ReadError> {
    let opened = File::open(file)?;
    let most = Most::of(opened.metadata()?.len(), limits);
    let mut decrypted = NamedTempFile::new()?;
    let result = guarded(|| {
        let message = opened_by(BufReader::new(opened), key)?;
        copy(message, &mut decrypted, &most)
    });
    result.unwrap_or_else(|| Err(not_the_format("it is no OpenPGP message that can be read")))?;
    decrypted.flush()?;
    Ok(decrypted)
}

/// Takes the layers of a message off, down to what was written.
fn opened_by(input: BufReader<File>, key: &PgpKey) -> Result<Message<'static>, ReadError> {
    let (message, _) = Message::from_reader(input).map_err(|error| why(&error, "it is no OpenPGP message"))?;
    match &message {
        Message::Encrypted { edata: Edata::SymEncryptedData { .. }, .. } => {
            let message = "it is encrypted without integrity protection; ask for it with (MDC or AEAD)";
            return Err(not_the_format(message));
        }
        Message::Encrypted { .. } => {}
        _ => return Err(not_the_format("it is an OpenPGP message that is not encrypted; ask for it encrypted")),
    }
    // What is read before the end is not yet known to be what was encrypted: it is set down, and used only then.
    let decrypt_options =
        DecryptionOptions::new().enable_gnupg_aead().set_seipdv1_read_mode(Seipdv1ReadMode::Streaming);
    let ring = TheRing {
        secret_keys: vec![&key.key],
        key_passwords: vec![&key.passphrase],
        message_password: Vec::new(),
        session_keys: Vec::new(),
        decrypt_options,
    };
    let (mut message, _) = message.decrypt_the_ring(ring, true).map_err(|error| why(&error, DAMAGED))?;
    for _ in 0..LAYERS {
        if message.is_literal() {
            return Ok(message);
        }
        if message.is_encrypted() {
            break;
        }
        if message.is_signed() && !message.is_compressed() {
            return Ok(message);
        }
        message = message.decompress().map_err(|error| why(&error, DAMAGED))?;
    }
    Err(Malformed::new(Reason::TooDeep, "it has more layers than OpenPGP messages of files have").into())
}

const DAMAGED: &str = "it was changed after it was encrypted, or is cut off: its integrity check does not fit";

/// Bytes that may come out of a file, and what it means if more do.
struct Most {
    bytes: u64,
    reason: Reason,
}

impl Most {
    fn of(packed_bytes: u64, limits: &Limits) -> Self {
        let honest = packed_bytes.saturating_mul(limits.ratio).max(limits.ratio_from_bytes);
        if limits.unpacked_bytes < honest {
            Self { bytes: limits.unpacked_bytes, reason: Reason::TooLarge }
        } else {
            Self { bytes: honest, reason: Reason::CompressedTooMuch }
        }
    }
}

/// Sets down what a message holds, to its end.
fn copy(mut message: Message<'_>, to: &mut NamedTempFile, most: &Most) -> Result<(), ReadError> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut taken = 0;
    loop {
        let length = match message.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(why_io(&error)),
        };
        taken += length as u64;
        if taken > most.bytes {
            let message = format!("it has more than {} bytes when it is decrypted", most.bytes);
            return Err(Malformed::new(most.reason, message).into());
        }
        to.write_all(piece.get(..length).unwrap_or_default())?;
    }
}

fn why(error: &Error, message: &str) -> ReadError {
    match error {
        Error::MissingKey => {
            let message = "it is encrypted for another key than the feed's; send the partner the public key again";
            Malformed::new(Reason::Encrypted, message).into()
        }
        Error::IO { source, .. } => why_io(source),
        _ if message == DAMAGED => Malformed::new(Reason::ChecksumMismatch, message).into(),
        _ => not_the_format(message),
    }
}

/// Says why a message cannot be read on: errors of this machine are told from those of the file by their kind.
fn why_io(error: &io::Error) -> ReadError {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    match error.kind() {
        UnexpectedEof => Malformed::new(Reason::Truncated, "the encrypted data ends too early").into(),
        InvalidData | InvalidInput | Other => Malformed::new(Reason::ChecksumMismatch, DAMAGED).into(),
        kind => io::Error::from(kind).into(),
    }
}

fn not_the_format(message: &str) -> ReadError {
    Malformed::new(Reason::NotTheFormat, message).into()
}

#[cfg(test)]
mod tests;
