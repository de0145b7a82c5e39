//! Reading a ledger that cannot be written: on a disk that is full or read-only, or as another user.
//!
//! A ledger in WAL mode is read with the help of two files beside it, which are there while somebody has it open, or after a
//! process died that had. Without them nobody writes: then the file alone is read, as one that does not change, and whoever
//! would open it waits for the moment that takes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::alive::Alive;
use super::{BUSY_SECS, LedgerError, Trouble, migrate};

/// Why a ledger cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unwritable {
    Full,
    Denied,
}

impl Unwritable {
    /// Returns why a ledger could not be opened to write, when that is no obstacle to reading it.
    pub(super) const fn of(error: &LedgerError) -> Option<Self> {
        match error {
            LedgerError::Full { .. } => Some(Self::Full),
            LedgerError::Denied { .. } => Some(Self::Denied),
            _ => None,
        }
    }

    pub(super) fn error(self, place: String) -> LedgerError {
        match self {
            Self::Full => LedgerError::Full { place },
            Self::Denied => LedgerError::Denied { place },
        }
    }
}

/// Reads something, with a connection for it alone.
pub(super) fn read<T>(
    path: &Path,
    alive: &Alive,
    read: impl FnOnce(&Connection) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let _unopened = alive.unopened()?;
    let how = if wal(path).exists() { "mode=ro&readonly_shm=1" } else { "mode=ro&immutable=1" };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(format!("file:{}?{how}", in_uri(path)), flags)?;
    connection.busy_timeout(Duration::from_secs(BUSY_SECS))?;
    migrate::check(&connection)?;
    read(&connection)
}

/// Returns the file that holds what was written last, while the ledger is open.
fn wal(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push("-wal");
    path.with_file_name(name)
}

/// Returns a path as a URI has it: letters, digits and a few signs as they are, every other byte by its number.
fn in_uri(path: &Path) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes
        .iter()
        .map(|byte| if is_plain(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}
