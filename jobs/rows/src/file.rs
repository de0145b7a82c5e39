//! A file, as its footer and its place tell it.

use std::sync::Arc;

use arrow_schema::Schema;
use carelake_core::store::Store;
use parquet::DecodeResult;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataPushDecoder};

use crate::decoding::decoding;
use crate::error::RowsError;
use crate::ranges::{Fetched, Ranged};

/// So many bytes of the end are read first: the footer of most files is in them.
const TAIL_BYTES: u64 = 64 * 1024;
/// What a Parquet file begins and ends with (parquet-format, "File format").
const MAGIC: &[u8] = b"PAR1";
/// What it ends with when its footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";
/// Bytes that no Parquet file is without: both ends, and the length of the footer.
const LEAST_BYTES: u64 = 12;

/// A Parquet file of which the footer was read.
#[derive(Debug, Clone)]
pub struct ParquetFile {
    /// What it is called in messages.
    pub name: String,
    /// Its key in the store.
    pub key: String,
    /// What its folders say: columns and their values.
    pub folders: Vec<(String, Option<String>)>,
    pub(crate) size: u64,
    pub(crate) footer: ArrowReaderMetadata,
}

impl ParquetFile {
    /// Reads the footer of an object.
    ///
    /// # Errors
    /// [`RowsError`] when there is no such object, it is no Parquet file, it is cut, or its footer cannot be read.
    pub fn open(
        store: &dyn Store,
        key: &str,
        name: &str,
        folders: Vec<(String, Option<String>)>,
        fetched: &Fetched,
    ) -> Result<Self, RowsError> {
        let ranged = Ranged { store, key, name, fetched };
        let (tail, size) = ranged.tail(TAIL_BYTES)?;
        check(&ranged, &tail, size)?;
        let damaged = |cause: ParquetError| RowsError::Damaged { file: name.to_owned(), cause };
        let mut decoder =
            ParquetMetaDataPushDecoder::try_new(size).map_err(damaged)?.with_page_index_policy(PageIndexPolicy::Skip);
        let from = size - tail.len() as u64;
        decoder.push_range(from..size, tail).map_err(damaged)?;
        let metadata = decode(decoder, &ranged)?;
        let footer = decoding(|| arrow(metadata)).map_err(damaged)?;
        Ok(Self { name: name.to_owned(), key: key.to_owned(), folders, size, footer })
    }

    /// Returns the names of its columns: those in it, then those that only its folders tell.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let mut names: Vec<String> = self.schema().fields().iter().map(|field| field.name().clone()).collect();
        for (name, _) in &self.folders {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    /// Returns the columns that are in it.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        self.footer.schema()
    }

    /// Returns its size in bytes.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        self.size
    }

    pub(crate) fn damaged(&self, cause: ParquetError) -> RowsError {
        RowsError::Damaged { file: self.name.clone(), cause }
    }

    pub(crate) fn ranged<'s>(&'s self, store: &'s dyn Store, fetched: &'s Fetched) -> Ranged<'s> {
        Ranged { store, key: &self.key, name: &self.name, fetched }
    }
}

/// Takes what a footer says. What Arrow itself notes of types in a footer is left aside, so that one type of Parquet is one type here.
pub(crate) fn arrow(metadata: ParquetMetaData) -> Result<ArrowReaderMetadata, ParquetError> {
    ArrowReaderMetadata::try_new(Arc::new(metadata), ArrowReaderOptions::new().with_skip_arrow_metadata(true))
}

/// Brings a decoder what it asks for.
pub(crate) fn decode(
    mut decoder: ParquetMetaDataPushDecoder,
    ranged: &Ranged<'_>,
) -> Result<ParquetMetaData, RowsError> {
    let damaged = |cause: ParquetError| RowsError::Damaged { file: ranged.name.to_owned(), cause };
    loop {
        match decoding(|| decoder.try_decode()).map_err(damaged)? {
            DecodeResult::Data(metadata) => return Ok(metadata),
            DecodeResult::NeedsData(ranges) => {
                let bytes = ranged.fetch(&ranges)?;
                decoder.push_ranges(ranges, bytes).map_err(damaged)?;
            }
            DecodeResult::Finished => {
                return Err(damaged(ParquetError::EOF("the footer is over too early".to_owned())));
            }
        }
    }
}

/// Tells a file that is cut from one that is something else.
fn check(ranged: &Ranged<'_>, tail: &[u8], size: u64) -> Result<(), RowsError> {
    let foreign = |why| RowsError::Foreign { file: ranged.name.to_owned(), why };
    if size == 0 {
        return Err(foreign("it is empty"));
    }
    if size >= LEAST_BYTES && tail.ends_with(MAGIC) {
        return Ok(());
    }
    if size >= LEAST_BYTES && tail.ends_with(ENCRYPTED) {
        return Err(foreign("its footer is encrypted, and there is no key for it"));
    }
    let head = match tail.len() as u64 == size {
        true => tail.iter().take(MAGIC.len()).copied().collect(),
        false => ranged.head(MAGIC.len() as u64)?,
    };
    if !head.is_empty() && MAGIC.starts_with(&head) {
        return Err(RowsError::Cut { file: ranged.name.to_owned() });
    }
    Err(foreign("it does not begin and end with PAR1"))
}
