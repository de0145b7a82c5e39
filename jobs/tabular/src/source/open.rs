//! An opened source: its bytes, its header understood, ready to be read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use carelake_core::store::Arrival;
use carelake_core::value::{StateCodes, pattern};
use sha2::{Digest, Sha256};

use super::content::{Content, ContentError, FIRST_BYTES, Wanted};
use super::error::{SourceError, SourceFault};
use super::head::{Understood, understand};
use super::header::Resolved;
use super::layout::{Column, Layout, TextColumn};
use super::naming::Naming;
use super::pass::Pass;
use super::row::Reader;
use super::tally::{Reject, Rule};
use crate::config::{ColumnKind, Encoding, OnNewColumn, SourceSpec, Value};
use crate::csv::{Scanner, Stop};
use crate::meter::Meter;

/// Bytes that are hashed at a time.
const HASHED_BYTES: usize = 4 << 20;

/// One opened file of a source.
#[derive(Debug)]
pub struct Source {
    spec: SourceSpec,
    states: Arc<StateCodes>,
    file: String,
    path: PathBuf,
    content: Content,
    layout: Layout,
    header: Vec<u8>,
    body: usize,
    new_columns: Vec<String>,
    chosen: Vec<String>,
    chunk_size: usize,
    meter: Arc<Meter>,
    arrival: Box<dyn Arrival>,
    sha256: OnceLock<Result<String, std::io::ErrorKind>>,
    pass: Pass,
}

/// What [`Source::open`] needs beside the specification.
#[derive(Debug)]
pub struct Opening<'o> {
    /// The name of the file as rows and reports tell it.
    pub file: &'o str,
    /// Where the file is on this machine.
    pub path: &'o Path,
    /// Its path in an archive, where the file on this machine is one that holds others too.
    pub member: Option<&'o str>,
    /// A folder for unpacked files.
    pub scratch: &'o Path,
    /// The accepted state codes.
    pub states: Arc<StateCodes>,
    /// Bytes that one thread reads at a time.
    pub chunk_size: usize,
    /// Where progress is told.
    pub meter: Arc<Meter>,
    /// How far the file has come.
    pub arrival: Box<dyn Arrival>,
}

impl Source {
    /// Opens a file and understands its header.
    ///
    /// # Errors
    /// [`SourceError`]; none of them is worth trying again but those of storage.
    pub fn open(spec: &SourceSpec, opening: Opening<'_>) -> Result<Self, SourceError> {
        let failed = |fault: SourceFault| SourceError::new(&spec.name, Some(opening.file), fault);
        let wait = |end: usize| opening.arrival.wait(end as u64).map_err(|error| failed(error.into()));
        let broken = |error: ContentError| failed(error.into());
        wait(FIRST_BYTES)?;
        let looks = Content::look(opening.path).map_err(|error| broken(error.into()))?;
        wait(if looks.is_some() { usize::MAX } else { Scanner::LONGEST_RECORD })?;
        let naming = Naming::new(spec).map_err(failed)?;
        let wanted = Wanted { naming: &naming, member: opening.member };
        let content = Content::open(opening.path, looks, opening.scratch, wanted).map_err(broken)?;
        let Understood { resolved, width, header, body } = understand(spec, &content).map_err(failed)?;
        let Resolved { positions, unknown, chosen } = resolved;
        if spec.on_new_column == OnNewColumn::Fail && !unknown.is_empty() {
            return Err(failed(SourceFault::NewColumns(unknown)));
        }
        let layout = Layout::new(spec, positions, width);
        Ok(Self {
            spec: spec.clone(),
            states: opening.states,
            file: opening.file.to_owned(),
            path: opening.path.to_owned(),
            layout,
            header,
            body,
            new_columns: unknown,
            chosen,
            chunk_size: opening.chunk_size,
            meter: opening.meter,
            arrival: opening.arrival,
            sha256: OnceLock::new(),
            pass: Pass::default(),
            content,
        })
    }

    /// Waits until these many bytes of the file are there; all of them when it has fewer.
    pub(super) fn wait(&self, end: usize) -> Result<(), SourceError> {
        self.arrival.wait(end as u64).map_err(|error| SourceError::new(&self.spec.name, Some(&self.file), error))
    }

    /// Returns a typed column.
    ///
    /// # Errors
    /// [`SourceFault::Column`] when the configuration does not declare it with this type.
    pub fn column<T: Value>(&self, name: &str) -> Result<Column<T>, SourceError> {
        match self.declared(name) {
            Some((index, kind)) if T::fits(kind) => Ok(Column::at(index)),
            _ => Err(self.undeclared(name, T::TYPE)),
        }
    }

    /// Returns a typed column, or one that is always null when the source does not declare it.
    ///
    /// # Errors
    /// [`SourceFault::Column`] when it is declared with another type.
    pub fn column_if_any<T: Value>(&self, name: &str) -> Result<Column<T>, SourceError> {
        if self.declared(name).is_none() { Ok(Column::ABSENT) } else { self.column(name) }
    }

    /// Returns a text column.
    ///
    /// # Errors
    /// [`SourceFault::Column`] when the configuration does not declare it as text.
    pub fn text_column(&self, name: &str) -> Result<TextColumn, SourceError> {
        match self.declared(name) {
            Some((index, ColumnKind::Text)) => {
                Ok(TextColumn { position: self.layout.positions.get(index).copied().flatten() })
            }
            _ => Err(self.undeclared(name, "text")),
        }
    }

    /// Returns a text column, or one that is always null when the source does not declare it.
    ///
    /// # Errors
    /// [`SourceFault::Column`] when it is declared with another type.
    pub fn text_column_if_any(&self, name: &str) -> Result<TextColumn, SourceError> {
        if self.declared(name).is_none() { Ok(TextColumn { position: None }) } else { self.text_column(name) }
    }

    /// Returns our name of the column with this index; empty when there is none.
    #[must_use]
    pub fn column_name(&self, index: Option<usize>) -> &str {
        index.and_then(|index| self.spec.columns.get(index)).map_or("", |column| column.name.as_str())
    }

    /// Returns whether this file has the column.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.declared(name).and_then(|(index, _)| self.layout.positions.get(index).copied().flatten()).is_some()
    }

    fn declared(&self, name: &str) -> Option<(usize, &ColumnKind)> {
        self.spec
            .columns
            .iter()
            .enumerate()
            .find(|(_, column)| column.name == name)
            .map(|(index, column)| (index, &column.kind))
    }

    fn undeclared(&self, name: &str, wanted: &'static str) -> SourceError {
        SourceError::new(&self.spec.name, None, SourceFault::Column(name.to_owned(), wanted))
    }

    pub(super) fn stopped(&self, stop: Stop) -> SourceError {
        let fault = match stop {
            Stop::TooLong(at) => SourceFault::RecordTooLong(self.line_of(at)),
            Stop::Nul(at) => SourceFault::Nul(self.line_of(at)),
        };
        SourceError::new(&self.spec.name, Some(&self.file), fault)
    }

    /// Returns the line, from 1, in which a position of the file lies.
    #[must_use]
    pub fn line_of(&self, position: usize) -> u64 {
        self.lines_between(0, position) + 1
    }

    /// Returns how many lines end in `from..to`: at `\n`, or at a `\r` alone.
    pub(crate) fn lines_between(&self, from: usize, to: usize) -> u64 {
        let bytes = self.content.get(from..to).unwrap_or_default();
        let feeds = memchr::memchr_iter(b'\n', bytes).count();
        let lone =
            memchr::memchr_iter(b'\r', bytes).filter(|at| self.content.get(from + at + 1) != Some(&b'\n')).count();
        (feeds + lone) as u64
    }

    /// Returns a reader for single rows.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader::new(self, self.body)
    }

    /// Returns the pattern of the value that a row was refused for; `None` when it was not for a value.
    pub(crate) fn pattern_of(&self, reject: &Reject) -> Option<String> {
        let is_about_a_value =
            !matches!(reject.rule, Rule::Encoding | Rule::Nul | Rule::UnclosedQuote | Rule::FieldCount);
        let position = self.layout.positions.get(reject.column.filter(|_| is_about_a_value)?).copied().flatten()?;
        let mut reader = self.reader();
        let row = reader.row_at(reject.offset as u64)?;
        Some(row.cell(position).map_or_else(|| "a blank".to_owned(), |cell| pattern(&cell)))
    }

    /// Returns the SHA-256 of the file as it was published, in lower-case hexadecimal; computed once.
    ///
    /// # Errors
    /// [`SourceFault::Content`] when a compressed file cannot be read again.
    pub fn sha256(&self) -> Result<&str, SourceError> {
        match self.sha256.get_or_init(|| self.hash().map_err(|error| error.kind())) {
            Ok(hash) => Ok(hash),
            Err(kind) => {
                Err(SourceError::new(&self.spec.name, Some(&self.file), ContentError::Io(std::io::Error::from(*kind))))
            }
        }
    }

    fn hash(&self) -> std::io::Result<String> {
        let mut hash = Sha256::new();
        if self.size_bytes()? == self.content.len() as u64 {
            let mut end = 0;
            for piece in self.content.chunks(HASHED_BYTES) {
                end += piece.len();
                self.arrival.wait(end as u64).map_err(std::io::Error::other)?;
                hash.update(piece);
            }
        } else {
            std::io::copy(&mut std::fs::File::open(&self.path)?, &mut DigestWriter(&mut hash))?;
        }
        Ok(carelake_core::hex(&hash.finalize()))
    }

    /// Returns the size of the file as it was published, in bytes.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn size_bytes(&self) -> std::io::Result<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }

    /// Returns the source's specification.
    #[must_use]
    pub fn spec(&self) -> &SourceSpec {
        &self.spec
    }

    /// Returns the name of the file, as rows and reports tell it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the header as it stands in the file.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Returns header names that the configuration does not know.
    #[must_use]
    pub fn new_columns(&self) -> &[String] {
        &self.new_columns
    }

    /// Returns which names were taken for columns that stand in the header under several, one sentence fragment each.
    #[must_use]
    pub fn chosen(&self) -> &[String] {
        &self.chosen
    }

    /// Returns where the columns are.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Returns the text of the file.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.content
    }

    pub(super) fn states(&self) -> &StateCodes {
        &self.states
    }

    pub(super) fn body(&self) -> usize {
        self.body
    }

    pub(super) fn pass(&self) -> &Pass {
        &self.pass
    }

    pub(super) fn chunk_size(&self) -> usize {
        self.chunk_size
    }

    pub(super) fn meter(&self) -> &Meter {
        &self.meter
    }
}

/// Decodes a header name; what cannot be decoded is replaced, for names are only compared.
pub(super) fn decode(encoding: Encoding, name: &[u8]) -> String {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(name).into_owned(),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(name).0.into_owned(),
    }
}

/// Lets a file be copied into a hash.
struct DigestWriter<'h>(&'h mut Sha256);

impl std::io::Write for DigestWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
