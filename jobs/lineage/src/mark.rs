//! Marks of what a receiver does not have yet: a small file for each run or execution with events that wait.
//!
//! The file is called after the first run of its place, whose id begins with a time, so that the names are in the order of the runs.

use std::fs::{self, File};
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::book::{BookError, failed};

/// The folder of lineage, in the output.
pub(crate) const FOLDER: &str = "_carelake/lineage";
/// The folder of the marks, in the output.
const WAITING: &str = "_carelake/lineage/waiting";

/// How far a receiver was told of a run or an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The folder of the run or the execution.
    pub place: String,
    /// How many events the receiver has, or refused for good.
    pub sent: usize,
}

/// Waits for the turn that a file of the folder of lineage stands for; it is over when the answer is dropped.
pub(crate) fn turn(output: &Path, name: &str) -> Result<File, BookError> {
    let folder = output.join(FOLDER);
    let path = folder.join(name);
    let taken = || -> io::Result<File> {
        fs::create_dir_all(&folder)?;
        let file = File::options().create(true).append(true).open(&path)?;
        file.lock()?;
        Ok(file)
    };
    taken().map_err(failed(&path))
}

/// Leaves a mark where none is.
pub(crate) fn leave(output: &Path, name: &str, mark: &Mark) -> Result<(), BookError> {
    let path = path(output, name);
    if path.exists() { Ok(()) } else { write(&path, mark) }
}

/// Moves a mark.
pub(crate) fn set(output: &Path, name: &str, mark: &Mark) -> Result<(), BookError> {
    write(&path(output, name), mark)
}

/// Takes a mark away.
pub(crate) fn remove(output: &Path, name: &str) -> Result<(), BookError> {
    let path = path(output, name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
        _ => Ok(()),
    }
}

/// Returns the marks in the order of their runs. One that cannot be read is passed over: its process was killed while it was made, before
/// anything was told.
pub(crate) fn all(output: &Path) -> Result<Vec<(String, Mark)>, BookError> {
    let folder = output.join(WAITING);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed(&folder))?,
    };
    let mut marks = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed(&folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")).map(str::to_owned);
        let mark = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        marks.extend(name.zip(mark));
    }
    marks.sort_by(|(left, _): &(String, Mark), (right, _)| left.cmp(right));
    Ok(marks)
}

fn path(output: &Path, name: &str) -> PathBuf {
    output.join(WAITING).join(format!("{name}.json"))
}

/// Writes a file whole, or not at all.
pub(crate) fn write(path: &Path, value: &impl Serialize) -> Result<(), BookError> {
    let written = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        File::create(&beside)?.write_all(&serde_json::to_vec(value)?)?;
        fs::rename(&beside, path)
    };
    written().map_err(failed(path))
}
