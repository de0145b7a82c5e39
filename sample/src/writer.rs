//! Writes the file of one source: header, rows, damage, and its name once it is complete.

use std::fs::{self, File};
use std::io::{self, Write};
use std::mem;
use std::path::{Path, PathBuf};

use super::csv::Row;
use super::dirt::Spoiler;
use super::error::SampleError;
use super::layout::Layout;
use super::rng::{Draws, Subject};
use super::{Sample, SampleFile, Stop};

/// Bytes that are gathered before they are written.
const BUFFER_BYTES: usize = 1 << 20;
/// Blank rows at the end of a file that a spreadsheet has saved.
const BLANK_ROWS: u64 = 25;

/// Returns the name that a file goes by until it is finished.
pub(super) fn partial(dir: &Path, layout: &Layout) -> PathBuf {
    dir.join(format!(".{}.partial", layout.file))
}

/// A file that is being written. It goes by another name until it is finished, and is removed if it never is.
#[derive(Debug)]
pub(super) struct SourceWriter {
    layout: Layout,
    path: PathBuf,
    partial: PathBuf,
    file: Option<File>,
    buffer: Vec<u8>,
    row: Row,
    spoiler: Spoiler,
    stop: Stop,
    has_blank_tail: bool,
    rows: u64,
    bytes: u64,
}

impl SourceWriter {
    /// Begins a file of about `expected_rows` rows with its header.
    pub(super) fn create(
        dir: &Path,
        layout: Layout,
        sample: &Sample,
        expected_rows: u64,
        stop: &Stop,
    ) -> Result<Self, SampleError> {
        let (path, partial) = (dir.join(layout.file), partial(dir, &layout));
        let file = File::create(&partial).map_err(|source| SampleError::Io { path: partial.clone(), source })?;
        // The files of one sample are damaged at different rows: their names differ in length or in letters.
        let number =
            layout.source.bytes().fold(0, |number: u64, byte| number.wrapping_mul(31).wrapping_add(byte.into()));
        let draws = Draws::of(sample.seed, Subject::Dirt, number);
        let mut writer = Self {
            stop: stop.clone(),
            spoiler: Spoiler::new(&layout, sample.dirt_ratio, expected_rows, draws),
            has_blank_tail: layout.has_blank_tail && sample.dirt_ratio > 0.0,
            path,
            partial,
            file: Some(file),
            buffer: Vec::with_capacity(BUFFER_BYTES + 8_192),
            row: Row::default(),
            rows: 0,
            bytes: 0,
            layout,
        };
        let mut header = Row::default();
        writer.layout.columns().for_each(|name| header.push(name));
        header.encode(writer.layout.encoding, writer.layout.header_quotes, &mut writer.buffer);
        Ok(writer)
    }

    /// Returns an empty row to fill, in the order of the header.
    pub(super) const fn row(&mut self) -> &mut Row {
        self.row.clear();
        &mut self.row
    }

    /// Writes the row that was filled.
    pub(super) fn end_row(&mut self) -> Result<(), SampleError> {
        for _ in 0..self.spoiler.spoil(&mut self.row) {
            self.append()?;
        }
        Ok(())
    }

    /// Ends the file and gives it its name.
    pub(super) fn finish(mut self) -> Result<SampleFile, SampleError> {
        if self.has_blank_tail {
            let columns = self.layout.columns().count();
            self.row.clear();
            (0..columns).for_each(|_| self.row.push(""));
            for _ in 0..BLANK_ROWS {
                self.append()?;
            }
        }
        self.flush()?;
        // Closed before it is renamed.
        drop(self.file.take());
        fs::rename(&self.partial, &self.path).map_err(|source| self.failed(source))?;
        Ok(SampleFile { source: self.layout.source, path: self.path.clone(), rows: self.rows, bytes: self.bytes })
    }

    fn append(&mut self) -> Result<(), SampleError> {
        self.row.encode(self.layout.encoding, self.layout.quotes, &mut self.buffer);
        self.rows += 1;
        if self.buffer.len() < BUFFER_BYTES { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), SampleError> {
        if self.stop.is_asked_for() {
            return Err(SampleError::Stopped);
        }
        let bytes = mem::take(&mut self.buffer);
        if let Some(file) = &mut self.file {
            file.write_all(&bytes).map_err(|source| self.failed(source))?;
        }
        self.bytes += bytes.len() as u64;
        self.buffer = bytes;
        self.buffer.clear();
        Ok(())
    }

    fn failed(&self, source: io::Error) -> SampleError {
        SampleError::Io { path: self.path.clone(), source }
    }
}

impl Drop for SourceWriter {
    fn drop(&mut self) {
        // After `finish` there is nothing under this name any more, and a file that cannot be removed is only litter.
        drop(fs::remove_file(&self.partial));
    }
}
