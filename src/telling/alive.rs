//! Which executions are alive: each holds the lock of a file of its own, which the system takes away when its process dies.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The file of an execution under way, in its folder.
const ALIVE: &str = "lineage.alive";

/// The executions under way in this process.
#[derive(Debug)]
pub(super) struct Alive {
    output: PathBuf,
    held: Mutex<BTreeMap<String, File>>,
}

impl Alive {
    pub(super) fn new(output: &Path) -> Self {
        Self { output: output.to_owned(), held: Mutex::default() }
    }

    /// Notes that an execution lives in this process. Where that cannot be noted, it counts as dead if nothing is told of its end.
    pub(super) fn begin(&self, place: &str) {
        let path = self.output.join(place).join(ALIVE);
        let opened = path.parent().map_or(Ok(()), fs::create_dir_all);
        let Ok(file) = opened.and_then(|()| File::options().create(true).append(true).open(&path)) else { return };
        if file.try_lock().is_ok() {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(place.to_owned(), file);
        }
    }

    /// Notes that an execution has ended.
    pub(super) fn end(&self, place: &str) {
        if self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(place).is_some() {
            let _ = fs::remove_file(self.output.join(place).join(ALIVE));
        }
    }

    /// Returns whether some process holds an execution.
    pub(super) fn is_alive(&self, place: &str) -> bool {
        let Ok(file) = File::open(self.output.join(place).join(ALIVE)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_execution_lives_until_it_ends_or_its_process_does() {
        let folder = tempfile::tempdir().unwrap();
        let (alive, other) = (Alive::new(folder.path()), Alive::new(folder.path()));
        assert!(!other.is_alive("executions/intake/one"));
        alive.begin("executions/intake/one");
        assert!(other.is_alive("executions/intake/one"));
        alive.end("executions/intake/one");
        assert!(!other.is_alive("executions/intake/one"));
        alive.begin("executions/intake/two");
        // As the system does with what a process held.
        drop(alive);
        assert!(!other.is_alive("executions/intake/two"));
    }
}
