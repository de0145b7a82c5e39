//! Flushing the files of a run together: one wait for the disk instead of four for every file.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::folders::flush;

/// When a file that is written is flushed to disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// Before the call that writes it returns, and so are the folders above it.
    Each,
    /// When everything that was staged is flushed.
    Together,
}

impl Flush {
    pub(super) fn file(self, file: &File) -> io::Result<()> {
        match self {
            Self::Each => file.sync_all(),
            Self::Together => Ok(()),
        }
    }

    pub(super) fn folder(self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Each => flush(folder),
            Self::Together => Ok(()),
        }
    }
}

/// How the staged files of a store reach the disk.
#[derive(Debug, Default)]
pub(super) struct Settling {
    flush: OnceLock<Flush>,
    /// Whether flushing failed. The system tells of a failure once, and the next caller's files may be the ones that are lost.
    failed: Mutex<bool>,
}

impl Settling {
    /// Returns when staged files below `root` are flushed.
    pub(super) fn flush(&self, root: &Path) -> Flush {
        let existing = || root.ancestors().find(|folder| folder.is_dir());
        *self.flush.get_or_init(|| match existing() {
            Some(folder) if system::flushes_at_once(folder) => Flush::Together,
            _ => Flush::Each,
        })
    }

    /// Flushes everything that was staged below `root`, unless each file was.
    pub(super) fn settle(&self, root: &Path) -> io::Result<()> {
        if self.flush.get() != Some(&Flush::Together) {
            return Ok(());
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if *failed {
            return Err(io::Error::other("an earlier flush of this file system failed"));
        }
        system::flush(root).inspect_err(|_| *failed = true)
    }
}

#[cfg(target_os = "linux")]
mod system {
    use super::{File, Path, io};

    /// File systems of this machine whose `syncfs` waits for every file and tells of each that could not be written, by their
    /// numbers in linux/magic.h: ext2 to ext4, XFS, Btrfs, tmpfs. One that is shared over a network may tell at `fsync` only.
    const TELLING: [u32; 4] = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994];

    pub(super) fn flushes_at_once(folder: &Path) -> bool {
        // The width of the number differs between architectures, the number does not.
        rustix::fs::statfs(folder).is_ok_and(|about| TELLING.contains(&(about.f_type as u32)))
    }

    pub(super) fn flush(folder: &Path) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(folder)?)?)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Path, io};

    pub(super) fn flushes_at_once(_: &Path) -> bool {
        false
    }

    pub(super) fn flush(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn after_a_failed_flush_nothing_counts_as_settled() {
        let folder = tempfile::tempdir().unwrap();
        let (root, settling) = (folder.path().join("root"), Settling::default());
        assert_eq!(settling.flush(&root), Flush::Together, "a file system of this machine");
        assert_eq!(settling.settle(&root).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::create_dir(&root).unwrap();
        assert!(settling.settle(&root).is_err());
        Settling::default().settle(&root).unwrap();
    }

    #[test]
    fn a_file_system_that_may_not_tell_is_flushed_file_by_file() {
        let settling = Settling::default();
        assert_eq!(settling.flush(Path::new("/proc")), Flush::Each);
        settling.settle(Path::new("/nowhere")).unwrap();
    }
}
