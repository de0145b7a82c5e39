//! Finding files: what is stored, and what killed writers left.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File, FileType, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::folders::prune;
use super::{LocalStore, Object};
use crate::store::error::StoreError;
use crate::store::key::{RESERVED, check_prefix};

/// How temporary files begin.
pub(super) const TEMPORARY: &str = ".carelake-tmp-";
/// The file whose lock is the lock of the store.
pub(super) const LOCK: &str = ".carelake-lock";

/// Returns whether a file name belongs to the store itself.
pub(super) fn is_reserved(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(RESERVED.as_bytes())
}

impl LocalStore {
    /// Returns the files under a prefix whose name is accepted, sorted by key.
    pub(super) fn walk(&self, prefix: &str, accepts: &dyn Fn(&OsStr) -> bool) -> Result<Vec<Object>, StoreError> {
        check_prefix(prefix)?;
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = Vec::new();
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            self.look_into(&folder, prefix, accepts, &mut waiting, &mut found)
                .map_err(|cause| self.error("list", if folder.is_empty() { "its files" } else { &folder }, cause))?;
        }
        found.sort_by(|one: &Object, other| one.key.cmp(&other.key));
        Ok(found)
    }

    fn look_into(
        &self,
        folder: &str,
        prefix: &str,
        accepts: &dyn Fn(&OsStr) -> bool,
        waiting: &mut Vec<String>,
        found: &mut Vec<Object>,
    ) -> io::Result<()> {
        // What was removed since it was seen is simply not there.
        let Some(entries) = unless_gone(fs::read_dir(self.root.join(folder)))? else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            // A name that is not UTF-8 cannot be a key, so nothing of ours is behind it.
            let name = entry.file_name();
            let Some(text) = name.to_str() else { continue };
            let key = if folder.is_empty() { text.to_owned() } else { format!("{folder}/{text}") };
            if entry.file_type()?.is_dir() {
                if key.starts_with(prefix) || prefix.starts_with(&key) {
                    waiting.push(key);
                }
            } else if key.starts_with(prefix) && accepts(&name) {
                found.extend(object(key, &entry)?);
            }
        }
        Ok(())
    }

    /// Removes temporary files whose writer is dead: nobody holds their lock. And folders that are hollow: a writer that was
    /// killed between making a folder and writing into it leaves one.
    pub(super) fn sweep_temporaries(&self, prefix: &str, dry_run: bool) -> Result<Vec<Object>, StoreError> {
        let temporary = |name: &OsStr| name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes());
        let mut left = Vec::new();
        for object in self.walk(prefix, &temporary)? {
            let path = self.root.join(&object.key);
            let swept = is_abandoned(&path).and_then(|abandoned| {
                if abandoned && !dry_run {
                    unless_gone(fs::remove_file(&path))?;
                }
                Ok(abandoned)
            });
            if swept.map_err(|cause| self.error("delete", &object.key, cause))? {
                prune(&self.root, &path);
                left.push(object);
            }
        }
        if !dry_run && let Some((folder, _)) = prefix.rsplit_once('/') {
            self.remove_hollow(&self.root.join(folder), &[]);
        }
        Ok(left)
    }

    /// Removes a folder and those below it that hold no file, but for those that a link beside them or above stands for: an empty
    /// folder is what a reader of a link to nothing expects. No error matters: an empty folder holds no object.
    fn remove_hollow(&self, folder: &Path, linked: &[PathBuf]) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let entries: Vec<_> = entries.flatten().collect();
        let is = |entry: &DirEntry, kind: fn(&FileType) -> bool| entry.file_type().is_ok_and(|found| kind(&found));
        let links = entries.iter().filter(|entry| is(entry, FileType::is_symlink));
        let linked: Vec<_> =
            links.filter_map(|link| fs::canonicalize(link.path()).ok()).chain(linked.iter().cloned()).collect();
        for entry in entries.iter().filter(|entry| is(entry, FileType::is_dir)) {
            self.remove_hollow(&entry.path(), &linked);
        }
        let is_linked = fs::canonicalize(folder).is_ok_and(|folder| linked.contains(&folder));
        if !is_linked && fs::remove_dir(folder).is_ok() {
            prune(&self.root, folder);
        }
    }
}

/// Describes a file, or a link to one; of temporary files also a link to a folder.
fn object(key: String, entry: &DirEntry) -> io::Result<Option<Object>> {
    let (path, temporary) = (entry.path(), is_reserved(&entry.file_name()));
    let about = if temporary { fs::symlink_metadata(path) } else { fs::metadata(path) };
    let Some(about) = unless_gone(about)? else { return Ok(None) };
    let modified = Timestamp::try_from(about.modified()?).map_err(io::Error::other)?;
    Ok((about.is_file() || temporary).then_some(Object { key, size_bytes: about.len(), modified }))
}

fn is_abandoned(path: &Path) -> io::Result<bool> {
    if path.is_symlink() {
        // A link lives for the time between two system calls and cannot be locked; its writer tries again.
        return Ok(true);
    }
    let Some(file) = unless_gone(File::open(path))? else { return Ok(false) };
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(cause)) => Err(cause),
    }
}

pub(super) fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(cause) => Err(cause),
    }
}
