//! The folder that partners' files come to: which files are in it now, `DIR/<partner>/…`.
//!
//! Links are not followed, neither to files nor to folders: what they lead to may lie outside. What cannot be read is told, and keeps
//! nobody else's files back.

use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::names::is_taken;

/// The folder that partners' files come to.
#[derive(Debug, Clone)]
pub struct Landing {
    root: PathBuf,
}

/// A file in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Landed {
    /// The partner's folder; empty of a file that lies in none.
    pub partner: String,
    /// Its name from that folder.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The state that it is in.
    pub stamp: Stamp,
}

/// The state of a file, told without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was last written.
    pub modified: Timestamp,
    /// Its number in the file system, which another file that takes its name does not have.
    pub inode: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// The files that may be taken, by partner and name.
    pub files: Vec<Landed>,
    /// Those with names that are never taken.
    pub temporary: Vec<Landed>,
    /// Links, pipes and the like.
    pub passed_over: u64,
    /// Folders and files that could not be looked at, from the folder.
    pub unreadable: Vec<PathBuf>,
}

impl Landing {
    /// Takes the folder.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Finds what is there.
    ///
    /// # Errors
    /// When the folder itself cannot be read.
    pub fn look(&self) -> io::Result<Look> {
        let mut look = Look::default();
        let mut folders = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            self.note(&entry?, &mut look, &mut folders);
        }
        while let Some(folder) = folders.pop() {
            match fs::read_dir(&folder) {
                Ok(entries) => entries.for_each(|entry| match entry {
                    Ok(entry) => self.note(&entry, &mut look, &mut folders),
                    Err(_) => look.unreadable.push(self.inside(&folder)),
                }),
                // What was removed since it was seen is simply not there.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => look.unreadable.push(self.inside(&folder)),
            }
        }
        look.files.sort();
        Ok(look)
    }

    fn note(&self, entry: &DirEntry, look: &mut Look, folders: &mut Vec<PathBuf>) {
        let path = entry.path();
        // Of a link this is the link itself.
        let about = match entry.metadata() {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(_) => return look.unreadable.push(self.inside(&path)),
        };
        if about.is_dir() {
            folders.push(path);
        } else if about.is_file() {
            let file = self.landed(path, &about);
            let is_lasting = is_taken(&file.name) && (file.partner.is_empty() || is_taken(&file.partner));
            if is_lasting { look.files.push(file) } else { look.temporary.push(file) }
        } else {
            look.passed_over += 1;
        }
    }

    fn landed(&self, path: PathBuf, about: &Metadata) -> Landed {
        let inside = self.inside(&path);
        let mut parts = inside.iter().map(|part| part.to_string_lossy().into_owned());
        let first = parts.next().unwrap_or_default();
        let rest: Vec<String> = parts.collect();
        let (partner, name) = if rest.is_empty() { (String::new(), first) } else { (first, rest.join("/")) };
        Landed { partner, name, path, stamp: Stamp::of(about) }
    }

    fn inside(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }
}

impl Landed {
    /// Takes a file from anywhere, as one that a partner sent under a name.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn from(path: &Path, partner: &str, name: &str) -> io::Result<Self> {
        let about = path.symlink_metadata()?;
        if !about.is_file() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(Self { partner: partner.to_owned(), name: name.to_owned(), path: path.to_owned(), stamp: Stamp::of(&about) })
    }
}

impl Stamp {
    /// Returns the state that a file is in.
    #[must_use]
    pub fn of(about: &Metadata) -> Self {
        let modified = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        let modified = modified.unwrap_or(Timestamp::UNIX_EPOCH);
        Self { size_bytes: about.len(), modified, inode: about.ino() }
    }

    /// Returns what tells this state of a file from every other of its name.
    #[must_use]
    pub fn version(&self) -> String {
        format!("{}.{}.{}", self.modified.as_nanosecond(), self.size_bytes, self.inode)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_of_partners_are_found_and_links_not_followed() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (root, outside) = (folder.path(), outside.path());
        fs::write(outside.join("secret.csv"), "x").unwrap();
        fs::create_dir_all(root.join("bayview/2026")).unwrap();
        fs::create_dir_all(root.join(".trash/old")).unwrap();
        fs::create_dir_all(root.join("harbor/.cache")).unwrap();
        for name in ["bayview/2026/b.csv", "bayview/a b+é.csv", "harbor/c.csv", "stray.csv"] {
            fs::write(root.join(name), "12").unwrap();
        }
        for name in ["bayview/.a.csv.swp", "bayview/a.csv.part", ".trash/old/a.csv", "harbor/.cache/a.csv"] {
            fs::write(root.join(name), "1").unwrap();
        }
        symlink(outside.join("secret.csv"), root.join("bayview/link.csv")).unwrap();
        symlink(outside, root.join("bayview/out")).unwrap();
        symlink(outside, root.join("elsewhere")).unwrap();
        symlink(root.join("nothing"), root.join("harbor/dead.csv")).unwrap();
        let look = Landing::new(root).look().unwrap();
        let names: Vec<_> = look.files.iter().map(|file| (file.partner.as_str(), file.name.as_str())).collect();
        let expected = [("", "stray.csv"), ("bayview", "2026/b.csv"), ("bayview", "a b+é.csv"), ("harbor", "c.csv")];
        assert_eq!(names, expected);
        assert_eq!((look.temporary.len(), look.passed_over, look.unreadable.len()), (4, 4, 0));
        assert!(look.files.iter().all(|file| file.stamp.size_bytes == 2));
        assert!(Landing::new(root.join("nothing")).look().is_err());
    }

    #[test]
    fn a_file_that_takes_the_name_of_another_is_in_another_state() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        let when = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000);
        for path in [&path, &other] {
            fs::write(path, "12").unwrap();
            fs::File::options().write(true).open(path).unwrap().set_modified(when).unwrap();
        }
        let before = Stamp::of(&fs::metadata(&path).unwrap());
        fs::rename(&other, &path).unwrap();
        let after = Stamp::of(&fs::metadata(&path).unwrap());
        assert_eq!(before.modified, after.modified);
        assert_ne!(before.version(), after.version());
    }
}
