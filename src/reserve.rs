//! Space that is kept for `gc`: nothing may be removed without the ledger, and a ledger on a full disk cannot be written.
//!
//! It is made when a run begins, given up when `gc` begins and made again when it ends.

use std::fs;
use std::path::{Path, PathBuf};

/// What the leases of every publication and the files beside the ledger need: it writes pages of 4 KiB, a few for each lease,
/// and 32 KiB that its readers and writers share.
const RESERVE_BYTES: usize = 512 << 10;

/// Makes the reserve in the folder of the ledger, unless it is there. A disk without space for it does not keep a run from
/// trying.
pub(crate) fn keep(folder: &Path) {
    let path = place(folder);
    let is_there = fs::metadata(&path).is_ok_and(|about| about.len() == RESERVE_BYTES as u64);
    if !is_there && fs::write(&path, vec![b'.'; RESERVE_BYTES]).is_err() {
        give_up(folder);
    }
}

/// Frees the space. Without it, or without permission, the ledger tells what is wrong.
pub(crate) fn give_up(folder: &Path) {
    let _ = fs::remove_file(place(folder));
}

fn place(folder: &Path) -> PathBuf {
    folder.join("reserve")
}
