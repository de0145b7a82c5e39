//! The folders of a lake on this machine: resolved as the system would, and kept apart from each other.

use std::io;
use std::path::{Component, Path, PathBuf};

use carelake_core::config::LocationError;
use carelake_core::names::Scope;

use crate::failure::Failure;

/// The folders of a lake.
#[derive(Debug)]
pub(crate) struct Folders {
    pub input: PathBuf,
    pub output: PathBuf,
    pub rejects: PathBuf,
    /// What is kept of runs: the ledger, what is kept free for it, and files that are unpacked while a run reads them.
    pub state: PathBuf,
    /// Where files are unpacked, if not there.
    pub scratch: Option<PathBuf>,
}

impl Folders {
    /// Takes the folders, with what is kept of runs where it is unless somebody says otherwise.
    pub(crate) fn new(input: PathBuf, output: PathBuf, rejects: PathBuf) -> Self {
        let state = output.join("_carelake");
        Self { input, output, rejects, state, scratch: None }
    }

    /// Returns why two of the folders are not apart, if they are not: one is the other or lies in it, by whatever name or link.
    pub(crate) fn overlap(&self) -> Option<String> {
        let places = [("input", &self.input), ("output", &self.output), ("rejects", &self.rejects)];
        for (inner, within) in places {
            for (outer, around) in places {
                if inner != outer && real(within).starts_with(real(around)) {
                    let (within, around) = (within.display(), around.display());
                    return Some(format!(
                        "{inner} ({within}) must not lie inside {outer} ({around}), nor be the same folder"
                    ));
                }
            }
        }
        None
    }
}

/// Returns the folder that an option names, whole. `option` is what the person typed it after.
pub(crate) fn named(option: &str, folder: &Path) -> Result<PathBuf, Failure> {
    let refused = |why: String| Failure::argument(format!("{option} {}: {why}", folder.display()));
    let text = folder.to_string_lossy();
    if let Some(error) = LocationError::of_folder(&text) {
        return Err(refused(error.to_string()));
    }
    if text.contains("://") {
        return Err(refused("names a folder; a bucket is named in the configuration".to_owned()));
    }
    resolved(folder).map_err(|error| refused(error.to_string()))
}

/// Returns the folder of rejected rows that goes with an output that an option names: beside it.
pub(crate) fn rejects_beside(output: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = output.file_name() else {
        return Err(Failure::argument(format!(
            "--output {}: has no folder beside it for rejected rows",
            output.display()
        ))
        .advise("name a folder below it"));
    };
    let mut name = name.to_owned();
    name.push("-rejects");
    Ok(output.with_file_name(name))
}

/// Returns the part of a folder that a tenant has; the folder itself where there is none.
pub(crate) fn below(folder: PathBuf, scope: &Scope) -> PathBuf {
    scope.folder().map_or_else(|| folder.clone(), |below| folder.join(below))
}

/// Returns a path whole and without `.` and `..`. What is above a link is what is above the folder that it leads to.
pub(crate) fn resolved(folder: &Path) -> io::Result<PathBuf> {
    let mut plain = PathBuf::new();
    for part in std::path::absolute(folder)?.components() {
        match part {
            Component::ParentDir => {
                plain = plain.canonicalize().unwrap_or(plain);
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    Ok(plain)
}

/// Returns where a path leads, as far as it is there.
pub(crate) fn real(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    match there {
        Some((above, real)) => folder.strip_prefix(above).map_or_else(|_| folder.to_owned(), |rest| real.join(rest)),
        None => folder.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn rejected_rows_go_beside_the_output_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |text: &str| format!("{}/{text}", fs::canonicalize(folder.path()).unwrap().display());
        fs::create_dir(at("in")).unwrap();
        for output in ["out", "out/", "out//", "./out", "out/.", "in/../out", "not/there/../../out"] {
            let output = named("--output", Path::new(&at(output))).unwrap();
            assert_eq!(rejects_beside(&output).unwrap(), Path::new(&at("out-rejects")));
        }
        assert!(rejects_beside(&named("--output", Path::new("/..")).unwrap()).is_err());
    }

    #[test]
    fn what_is_above_a_link_is_above_the_folder_it_leads_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("far/away")).unwrap();
        symlink(root.join("far/away"), root.join("link")).unwrap();
        assert_eq!(resolved(&root.join("link/../out")).unwrap(), root.join("far/out"));
        assert_eq!(real(&root.join("link/new/er")), root.join("far/away/new/er"));
    }

    #[test]
    fn folders_that_are_within_each_other_are_found_through_links_too() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("rejects/deep")).unwrap();
        symlink(root.join("rejects/deep"), root.join("link")).unwrap();
        let overlap = |input: &str, output: &str, rejects: &str| {
            Folders::new(root.join(input), root.join(output), root.join(rejects)).overlap()
        };
        assert_eq!(overlap("in", "out", "rejects"), None);
        assert_eq!(overlap("in", "out", "out-rejects"), None);
        for (input, output, rejects) in [
            ("in", "out", "out/rejects"),
            ("in", "rejects/out", "rejects"),
            ("out/in", "out", "rejects"),
            ("in", "in/out", "rejects"),
            ("in", "out", "in/rejects"),
            ("rejects/in", "out", "rejects"),
            ("in", "in", "rejects"),
            ("in", "link", "rejects"),
            ("in", "link/new", "rejects"),
        ] {
            assert!(overlap(input, output, rejects).is_some(), "{input} {output} {rejects}");
        }
    }
}
