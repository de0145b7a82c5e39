//! Which runs are alive, and which processes that hold claims: each holds the lock of a file of its own, which the system takes away when
//! its process dies.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::names::RunId;

/// The file whose lock is held while a ledger is opened.
const OPENING: &str = "opening";

/// What the files of processes are called, which no run is.
const PROCESS: &str = "process-";

/// The files of live runs and processes, and the locks that this process holds.
#[derive(Debug)]
pub(super) struct Alive {
    folder: PathBuf,
    held: Mutex<HashMap<RunId, File>>,
    process: Mutex<Option<(String, File)>>,
}

impl Alive {
    /// Keeps the files in a folder beside the ledger.
    pub(super) fn beside(ledger: &Path) -> Self {
        let mut name = ledger.file_name().unwrap_or_default().to_owned();
        name.push("-runs");
        Self { folder: ledger.with_file_name(name), held: Mutex::default(), process: Mutex::default() }
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
        let file = self.locked(&run_id.to_string())?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(run_id.clone(), file);
        Ok(())
    }

    /// Makes a file that is locked.
    fn locked(&self, name: &str) -> io::Result<File> {
        fs::create_dir_all(&self.folder)?;
        // Locked before it has its name, so that nobody finds it without its lock.
        let file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.as_file().lock()?;
        file.persist(self.folder.join(name)).map_err(|error| error.error)
    }

    /// Returns the name of this process, which lives as long as this value; made when it is first asked for.
    pub(super) fn process(&self) -> io::Result<String> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, _)) = &*process {
            return Ok(name.clone());
        }
        self.sweep();
        let made = tempfile::Builder::new()
            .prefix(PROCESS)
            .rand_bytes(16)
            .make_in(&self.folder, |path| self.locked(&path.file_name().unwrap_or_default().to_string_lossy()))?;
        let (file, path) = made.into_parts();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // It stays until somebody finds that nobody holds its lock.
        let _ = path.keep();
        *process = Some((name.clone(), file));
        Ok(name)
    }

    /// Removes the files of processes that have ended. One that stays is of no consequence.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
            if name.starts_with(PROCESS) && !self.is_locked(&name) {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
    }

    /// Returns whether the process of this name lives.
    pub(super) fn is_process_alive(&self, name: &str) -> bool {
        self.is_locked(name)
    }

    /// Notes that a run has ended.
    pub(super) fn end(&self, run_id: &RunId) {
        // The ledger already tells that it ended; a file that stays is of no consequence.
        let _ = fs::remove_file(self.file(run_id));
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id);
    }

    /// Returns whether some process holds the lock of a run.
    pub(super) fn is_alive(&self, run_id: &RunId) -> bool {
        self.is_locked(&run_id.to_string())
    }

    /// Returns whether somebody holds the lock of a file. One that cannot be looked at counts as held.
    fn is_locked(&self, name: &str) -> bool {
        match File::open(self.folder.join(name)) {
            Ok(file) => matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock | TryLockError::Error(_))),
            Err(cause) => cause.kind() != io::ErrorKind::NotFound,
        }
    }

    fn file(&self, run_id: &RunId) -> PathBuf {
        self.folder.join(run_id.to_string())
    }
}
