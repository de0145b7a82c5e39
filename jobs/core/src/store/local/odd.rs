//! What has a name in the folder and is no file: folders, and links to nothing or to a folder.

use std::fs::{self, DirEntry};
use std::io;

use super::LocalStore;
use super::walk::{is_reserved, unless_gone};
use crate::store::error::StoreError;
use crate::store::key::check_prefix;
use crate::store::odd::Odd;

impl LocalStore {
    /// Returns what has a key under the prefix and is no file.
    pub(super) fn find_odd(&self, prefix: &str) -> Result<Vec<(String, Odd)>, StoreError> {
        check_prefix(prefix)?;
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = Vec::new();
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            let looked = self.odd_in(&folder, prefix, &mut waiting, &mut found);
            looked.map_err(|cause| self.error("list", if folder.is_empty() { "its files" } else { &folder }, cause))?;
        }
        Ok(found)
    }

    fn odd_in(
        &self,
        folder: &str,
        prefix: &str,
        waiting: &mut Vec<String>,
        found: &mut Vec<(String, Odd)>,
    ) -> io::Result<()> {
        let Some(entries) = unless_gone(fs::read_dir(self.root.join(folder)))? else { return Ok(()) };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some(text) = name.to_str().filter(|_| !is_reserved(&name)) else { continue };
            let key = if folder.is_empty() { text.to_owned() } else { format!("{folder}/{text}") };
            let is_folder = entry.file_type()?.is_dir();
            if key.starts_with(prefix)
                && let Some(odd) = odd(&entry)?
            {
                found.push((key.clone(), odd));
            }
            if is_folder && (key.starts_with(prefix) || prefix.starts_with(&key)) {
                waiting.push(key);
            }
        }
        Ok(())
    }
}

fn odd(entry: &DirEntry) -> io::Result<Option<Odd>> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        // What is in it is found by its keys.
        return Ok(Some(Odd::Folder { parts: 0 }));
    }
    if !kind.is_symlink() {
        return Ok((!kind.is_file()).then_some(Odd::Other));
    }
    let target = || fs::read_link(entry.path()).map(|target| target.display().to_string()).unwrap_or_default();
    Ok(match fs::metadata(entry.path()) {
        Ok(about) if about.is_file() => None,
        Ok(about) if about.is_dir() => Some(Odd::LinkToFolder { target: target() }),
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Some(Odd::DeadLink { target: target() })
        }
        _ => Some(Odd::Other),
    })
}
