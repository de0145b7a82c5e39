//! What opens the files of a feed that come encrypted with OpenPGP.

use std::path::Path;

use carelake_core::config::reader::{Form, Key, Mistakes, Spot};
use carelake_core::config::{SECRET, read_secret};

use crate::feed::Pgp;

/// What opens files.
pub(super) const PGP: [Key; 2] = [
    Key::new("key", Form::Keys(&SECRET), "Where the secret key is kept").required(),
    Key::new("passphrase", Form::Keys(&SECRET), "Where its passphrase is kept"),
];

/// Reads where key and passphrase are kept. A build that cannot open such files says so at once, not when one arrives.
pub(super) fn read(spot: &Spot<'_>, folder: &Path, mistakes: &mut Mistakes) -> Option<Pgp> {
    if !cfg!(feature = "pgp") {
        mistakes.add(spot, "this build of carelake opens no OpenPGP files; build it with `--features pgp`");
    }
    let fields = spot.keyed(&PGP, mistakes);
    let key = fields.required("key", "where the secret key is kept", mistakes);
    let key = key.and_then(|spot| read_secret(&spot, folder, mistakes));
    let passphrase = fields.get("passphrase").and_then(|spot| read_secret(&spot, folder, mistakes));
    Some(Pgp { key: key?, passphrase })
}
