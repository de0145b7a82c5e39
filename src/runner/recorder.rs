//! The history of an execution, written as it happens: of a run that is killed it tells how far it came.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::Value;

/// Writes the events of one execution, a line each, as `GetExecutionHistory` names them.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    /// Events from before the run had a number, and so a place.
    waiting: Vec<u8>,
    file: Option<File>,
    failed: Option<io::Error>,
}

impl Recorder {
    /// Adds an event; `place` answers the file once it is known. A line is one write, so that only the last can be cut off.
    pub(super) fn add(&mut self, event: &Value, place: impl FnOnce() -> Option<PathBuf>) {
        let mut line = event.to_string().into_bytes();
        line.push(b'\n');
        self.waiting.append(&mut line);
        if self.failed.is_none() {
            self.failed = self.write(place).err();
        }
    }

    fn write(&mut self, place: impl FnOnce() -> Option<PathBuf>) -> io::Result<()> {
        if self.file.is_none() {
            let Some(path) = place() else { return Ok(()) };
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            self.file = Some(File::options().create(true).append(true).open(path)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(&self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Waits until the history survives a power cut.
    ///
    /// # Errors
    /// The first failure to write it; the run itself does not depend on it.
    pub(super) fn settle(self) -> io::Result<()> {
        match (self.failed, self.file) {
            (Some(failed), _) => Err(failed),
            (None, Some(file)) => file.sync_all(),
            (None, None) => Ok(()),
        }
    }
}
