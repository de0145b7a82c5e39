//! Which runs are alive: each holds the lock of a file of its own, which the system takes away when its process dies.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::names::RunId;

/// The file whose lock is held while a ledger is opened.
const OPENING: &str = "opening";

/// The files of live runs, and the locks that this process holds.
#[derive(Debug)]
pub(super) struct Alive {
    folder: PathBuf,
    held: Mutex<HashMap<RunId, File>>,
}

impl Alive {
    /// Keeps the files in a folder beside the ledger.
    pub(super) fn beside(ledger: &Path) -> Self {
        let mut name = ledger.file_name().unwrap_or_default().to_owned();
        name.push("-runs");
        Self { folder: ledger.with_file_name(name), held: Mutex::default() }
    }

    /// Keeps other processes from opening a ledger until the file is dropped.
    pub(super) fn opening(&self) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        let file = File::options().create(true).append(true).open(self.folder.join(OPENING))?;
        file.lock()?;
        Ok(file)
    }

    /// Keeps other processes from opening a ledger until the file is dropped, without writing anything. `None` where that
    /// cannot be had: then whoever could open it has never done so, or is another user.
    pub(super) fn unopened(&self) -> io::Result<Option<File>> {
        let Ok(file) = File::open(self.folder.join(OPENING)) else { return Ok(None) };
        file.lock_shared()?;
        Ok(Some(file))
    }

    /// Notes that a run lives in this process.
    pub(super) fn begin(&self, run_id: &RunId) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        // Locked before it has its name, so that nobody finds it without its lock.
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.as_file().lock()?;
        let file = file.persist(self.file(run_id)).map_err(|error| error.error)?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(run_id.clone(), file);
        Ok(())
    }

    /// Notes that a run has ended.
    pub(super) fn end(&self, run_id: &RunId) {
        // The ledger already tells that it ended; a file that stays is of no consequence.
        let _ = fs::remove_file(self.file(run_id));
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id);
    }

    /// Returns whether some process holds the lock of a run. A file that cannot be looked at counts as held.
    pub(super) fn is_alive(&self, run_id: &RunId) -> bool {
        match File::open(self.file(run_id)) {
            Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
            Err(cause) => cause.kind() != io::ErrorKind::NotFound,
        }
    }

    fn file(&self, run_id: &RunId) -> PathBuf {
        self.folder.join(run_id.to_string())
    }
}
