//! Many small objects that must survive a power cut each before its writer goes on: several writers wait for one flush.
//!
//! Bytes go to the end of one file, which is flushed for all who wait; objects are made of it when the store settles. Each process
//! has a file of its own and holds its lock, so that what a killed one left is found and made into objects by the next.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::folders::flush;
use super::label::{is_label, label_records};
use super::record::{self, Record};
use super::settle::Flush;
use super::walk::unless_gone;
use super::{Creation, Label, LocalStore};
use crate::store::error::StoreError;

/// How the names of journals begin.
const JOURNAL: &str = ".carelake-journal-";

/// What this process has written and not made into objects yet.
#[derive(Debug, Default)]
pub(super) struct Journal {
    state: Mutex<State>,
    flushed: Condvar,
    /// Held by the one who makes objects.
    turn: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    open: Option<Open>,
    /// What is written, by key, with the hash of its bytes; and what of it is being made into objects.
    kept: HashMap<String, [u8; 32]>,
    settling: HashMap<String, [u8; 32]>,
    /// Bytes that were written, and those of them that are flushed, over all files.
    written: u64,
    flushed: u64,
    is_flushing: bool,
    /// Whether flushing failed: the system tells of it once, and nothing counts as kept from then on.
    failed: bool,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    file: Arc<File>,
    /// Bytes of whole records.
    length: u64,
}

impl LocalStore {
    /// Keeps bytes for an object that must not be there yet, and what lies beside it.
    pub(super) fn journal_file(&self, key: &str, bytes: &[u8], label: &Label) -> Result<Creation, StoreError> {
        let path = self.path(key)?;
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        let mut state = self.journal.lock();
        if path.exists() {
            drop(state);
            return self.create_file(key, bytes, Flush::Each);
        }
        let failed = |cause| self.error("write", key, cause);
        let before = state.kept.get(key).or_else(|| state.settling.get(key)).copied();
        if before.is_some_and(|before| before != hash) {
            return Err(StoreError::Conflict { place: self.root.display().to_string(), key: key.to_owned() });
        }
        if before.is_none() {
            // The label comes first: whoever finds the object finds it.
            for (key, bytes) in label_records(key, label).map_err(failed)? {
                self.write_record(&mut state, &key, &bytes, &Sha256::digest(&bytes).into()).map_err(failed)?;
            }
            self.write_record(&mut state, key, bytes, &hash).map_err(failed)?;
            state.kept.insert(key.to_owned(), hash);
        }
        self.journal.wait(state).map_err(failed)?;
        Ok(if before.is_some() { Creation::AlreadyIdentical } else { Creation::Created })
    }

    fn write_record(&self, state: &mut State, key: &str, bytes: &[u8], hash: &[u8; 32]) -> io::Result<()> {
        if state.failed {
            return Err(io::Error::other("an earlier flush of the journal failed"));
        }
        let open = match &mut state.open {
            Some(open) => open,
            None => state.open.insert(self.begin_journal()?),
        };
        let record = record::write(key, bytes, hash);
        if let Err(cause) = (&*open.file).write_all(&record) {
            // Half a record that others follow would hide them: it goes, and when the disk has room again, others come.
            state.failed = open.file.set_len(open.length).is_err();
            return Err(cause);
        }
        open.length += record.len() as u64;
        state.written += record.len() as u64;
        Ok(())
    }

    fn begin_journal(&self) -> io::Result<Open> {
        self.folders.make(&self.root, &self.root)?;
        let made = tempfile::Builder::new().prefix(JOURNAL).make_in(&self.root, |path| {
            let file = OpenOptions::new().create_new(true).append(true).open(path)?;
            file.try_lock().map_err(io::Error::other)?;
            Ok(file)
        })?;
        let (file, path) = made.keep().map_err(|error| error.error)?;
        flush(&self.root)?;
        Ok(Open { path, file: Arc::new(file), length: 0 })
    }

    /// Makes objects of what was kept, by this process and by those that were killed. Others go on keeping meanwhile.
    pub(super) fn settle_journals(&self) -> io::Result<()> {
        let _turn = self.journal.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.journal.lock();
        if let Some(Open { path, file, .. }) = state.open.take() {
            if let Err(cause) = file.sync_data() {
                state.failed = true;
                return Err(cause);
            }
            state.flushed = state.written;
            self.journal.flushed.notify_all();
            state.settling = std::mem::take(&mut state.kept);
            drop(state);
            let made = self.make_objects(&path);
            let mut state = self.journal.lock();
            let settled = std::mem::take(&mut state.settling);
            if made.is_err() {
                // It is still in the file, which the next who settles finds.
                state.kept.extend(settled);
            }
            made?;
        } else {
            drop(state);
        }
        self.left_journals()?.iter().try_for_each(|path| self.make_objects(path))
    }

    /// Finds the journals of processes that are gone.
    fn left_journals(&self) -> io::Result<Vec<PathBuf>> {
        let Some(entries) = unless_gone(fs::read_dir(&self.root))? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_name().as_encoded_bytes().starts_with(JOURNAL.as_bytes())
                && let Some(file) = unless_gone(File::open(entry.path()))?
            {
                match file.try_lock() {
                    Ok(()) => found.push(entry.path()),
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(cause)) => return Err(cause),
                }
            }
        }
        Ok(found)
    }

    /// Makes the objects of a journal, all of them flushed before any has its name, and removes it.
    fn make_objects(&self, journal: &Path) -> io::Result<()> {
        let Some(bytes) = unless_gone(fs::read(journal))? else { return Ok(()) };
        let mut files = Vec::new();
        for Record { key, bytes, .. } in record::read(&bytes)? {
            let path = self.root.join(key);
            // Of several writers of one object the label of the first stays.
            let is_there =
                if is_label(key) { path.exists() } else { fs::read(&path).is_ok_and(|found| found == bytes) };
            if !is_there {
                let folder = self.folder_of(&path);
                let write = || self.temporary(folder, bytes, self.settling.flush(&self.root));
                let file = match write() {
                    Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                        fs::create_dir_all(folder)?;
                        write()?
                    }
                    written => written?,
                };
                files.push((file, path, bytes));
            }
        }
        self.settling.settle(&self.root)?;
        for (file, path, bytes) in files {
            match file.persist_noclobber(&path) {
                Ok(_) => {}
                // Another process makes objects of the same journal.
                Err(error)
                    if error.error.kind() == io::ErrorKind::AlreadyExists
                        && (is_label(&path.to_string_lossy()) || fs::read(&path).is_ok_and(|found| found == bytes)) => {
                }
                // Somebody wrote it past the journal. What was acknowledged is not thrown away: it stays here, and is told.
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    let taken = format!("{} has other bytes than were kept for it", path.display());
                    return Err(io::Error::new(io::ErrorKind::AlreadyExists, taken));
                }
                Err(error) => return Err(error.error),
            }
            self.settling.flush(&self.root).folder(self.folder_of(&path))?;
        }
        self.settling.settle(&self.root)?;
        unless_gone(fs::remove_file(journal)).map(drop)
    }
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that is written is flushed; one of those who wait flushes for all.
    fn wait<'j>(&'j self, mut state: MutexGuard<'j, State>) -> io::Result<()> {
        let end = state.written;
        while state.flushed < end && !state.failed {
            let target = state.written;
            match state.open.as_ref().map(|open| Arc::clone(&open.file)) {
                Some(file) if !state.is_flushing => {
                    state.is_flushing = true;
                    drop(state);
                    let flushed = file.sync_data();
                    state = self.lock();
                    state.is_flushing = false;
                    state.failed |= flushed.is_err();
                    if flushed.is_ok() {
                        state.flushed = state.flushed.max(target);
                    }
                    self.flushed.notify_all();
                }
                _ => state = self.flushed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
        if state.flushed < end { Err(io::Error::other("the journal could not be flushed")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
