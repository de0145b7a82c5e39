//! The files that are read: opened when they are needed, once, and what was wrong with some.

use std::collections::BTreeSet;
use std::process::ExitCode;

use carelake_core::causes;
use carelake_rows::{Fetched, ParquetFile, RowsError, Wish};
use serde_json::{Value, json};

use super::unread;
use crate::failure::Failure;
use crate::output;
use crate::reading::Source;

/// Files, in the order in which they are read.
pub(super) struct Files<'s> {
    sources: &'s [Source],
    fetched: &'s Fetched,
    keeps_going: bool,
    opened: Vec<Option<Option<ParquetFile>>>,
    failures: Vec<(Value, u8)>,
    bytes: u64,
}

impl<'s> Files<'s> {
    pub(super) fn new(sources: &'s [Source], fetched: &'s Fetched, keeps_going: bool) -> Self {
        Self { sources, fetched, keeps_going, opened: vec![None; sources.len()], failures: Vec::new(), bytes: 0 }
    }

    /// Opens a file, unless it was opened before; none where it cannot be read and the others are.
    pub(super) fn open(&mut self, at: usize) -> Result<Option<ParquetFile>, Failure> {
        if let Some(Some(opened)) = self.opened.get(at) {
            return Ok(opened.clone());
        }
        let Some(source) = self.sources.get(at) else { return Ok(None) };
        let opened = ParquetFile::open(&*source.store, &source.key, &source.name, source.folders.clone(), self.fetched);
        let opened = match opened {
            Ok(file) => Some(file),
            Err(error) => {
                self.failed(error)?;
                None
            }
        };
        self.bytes += opened.as_ref().map_or(0, ParquetFile::size_bytes);
        if let Some(place) = self.opened.get_mut(at) {
            *place = Some(opened.clone());
        }
        Ok(opened)
    }

    /// Takes note of a file that cannot be read, where the others are read.
    pub(super) fn failed(&mut self, error: RowsError) -> Result<(), Failure> {
        let failure = unread(&error);
        let is_passed_over = error.is_of_file() || matches!(error, RowsError::Store(_));
        if !self.keeps_going || !is_passed_over {
            return Err(failure);
        }
        output::aside(format_args!("passed over: {}", failure.message));
        let told = json!({"error": failure.kind.name(), "message": causes(&error)});
        self.failures.push((told, failure.kind.exit_code()));
        Ok(())
    }

    /// Looks for every column that is named, in as many files as it takes.
    pub(super) fn check(&mut self, wish: &Wish) -> Result<(), Failure> {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut missing = wish.named(&|name| known.contains(name));
        for at in 0..self.sources.len() {
            if missing.is_empty() {
                return Ok(());
            }
            if let Some(file) = self.open(at)? {
                known.extend(file.columns());
            }
            // A name with a point may turn out to be a column.
            missing = wish.named(&|name| known.contains(name));
            missing.retain(|name| !known.contains(name));
        }
        match missing.first() {
            Some(name) if !known.is_empty() => {
                let option =
                    if wish.columns.iter().flatten().any(|asked| asked == name) { "--columns" } else { "--where" };
                Err(Failure::unknown(option, name, known.iter().map(String::as_str)))
            }
            _ => Ok(()),
        }
    }

    /// Returns the columns of all files, in the order in which they first come.
    pub(super) fn all_columns(&mut self) -> Result<Vec<String>, Failure> {
        let mut columns: Vec<String> = Vec::new();
        let mut seen = BTreeSet::new();
        for at in 0..self.sources.len() {
            let found = self.open(at)?.map(|file| file.columns()).unwrap_or_default();
            columns.extend(found.into_iter().filter(|name| seen.insert(name.clone())));
        }
        Ok(columns)
    }

    /// Returns how many files could be opened.
    pub(super) fn read(&self) -> usize {
        self.opened.iter().flatten().flatten().count()
    }

    /// Returns the size of the files that could be opened.
    pub(super) const fn size_bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn failures(&self) -> Vec<&Value> {
        self.failures.iter().map(|(told, _)| told).collect()
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        self.failures.first().map_or(ExitCode::SUCCESS, |(_, code)| ExitCode::from(*code))
    }
}
