//! Rows of one file, as they are staged: with the key by which they are put in order, and what tells a version from every other.
//!
//! The key is the part, type and id, then whether it is a delete, the time, and file and line: rows of one resource are together, deletes
//! last, so that it is known of a delete whether the resource was exported too.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::hex;
use carelake_sorted::KEY;
use sha2::{Digest, Sha256};

use super::bucket::{Identity, bucket_of};
use super::schema::{
    CHANGE, DELETE, ID, LAST_UPDATED, PUT, RESOURCE, RESOURCE_TYPE, SHA256, SOURCE_FILE, VERSION_ID, instant,
};
use crate::error::FhirError;

/// What tells a version from every other.
pub(crate) const IDENTITY: &str = "_identity";
/// Bytes of a key after the id: delete or not, time, file, line.
const TAIL: usize = 1 + 8 + 4 + 8;

/// Returns the columns of staged rows.
#[must_use]
pub fn staged() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        Field::new(KEY, DataType::Binary, false),
        Field::new(IDENTITY, DataType::FixedSizeBinary(16), true),
        text(RESOURCE_TYPE),
        text(ID),
        text(VERSION_ID),
        Field::new(LAST_UPDATED, instant(), true),
        text(CHANGE),
        text(RESOURCE),
        text(SHA256),
        text(SOURCE_FILE),
    ]))
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    pub(crate) resource_type: &'r str,
    pub(crate) id: &'r str,
    pub(crate) version: Option<&'r str>,
    pub(crate) time: i64,
    /// Text and identity; none of a delete.
    pub(crate) resource: Option<(&'r str, Identity)>,
    /// The line of the file.
    pub(crate) line: u64,
}

/// Takes the rows of one file.
#[derive(Debug)]
pub(crate) struct Rows {
    buckets: u8,
    file: u32,
    name: String,
    keys: BinaryBuilder,
    identities: FixedSizeBinaryBuilder,
    types: StringBuilder,
    ids: StringBuilder,
    versions: StringBuilder,
    times: TimestampMicrosecondBuilder,
    changes: StringBuilder,
    resources: StringBuilder,
    hashes: StringBuilder,
    files: StringBuilder,
    bytes: usize,
    count: usize,
}

impl Rows {
    pub(crate) fn new(buckets: u8, file: u32, name: &str) -> Self {
        Self {
            buckets,
            file,
            name: name.to_owned(),
            keys: BinaryBuilder::new(),
            identities: FixedSizeBinaryBuilder::new(16),
            types: StringBuilder::new(),
            ids: StringBuilder::new(),
            versions: StringBuilder::new(),
            times: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            changes: StringBuilder::new(),
            resources: StringBuilder::new(),
            hashes: StringBuilder::new(),
            files: StringBuilder::new(),
            bytes: 0,
            count: 0,
        }
    }

    /// Takes a row.
    pub(crate) fn push(&mut self, row: Row<'_>) -> Result<(), FhirError> {
        let Row { resource_type, id, version, time, resource, line } = row;
        let mut key = bare(resource_type, id, self.buckets);
        key.push(u8::from(resource.is_none()));
        key.extend_from_slice(&(time.cast_unsigned() ^ (1 << 63)).to_be_bytes());
        key.extend_from_slice(&self.file.to_be_bytes());
        key.extend_from_slice(&line.to_be_bytes());
        self.keys.append_value(&key);
        match resource {
            Some((_, identity)) => self.identities.append_value(identity)?,
            None => self.identities.append_null(),
        }
        self.types.append_value(resource_type);
        self.ids.append_value(id);
        self.versions.append_option(version);
        self.times.append_value(time);
        self.changes.append_value(if resource.is_some() { PUT } else { DELETE });
        self.resources.append_option(resource.map(|(text, _)| text));
        self.hashes.append_option(resource.map(|(text, _)| hex(&Sha256::digest(text))));
        self.files.append_value(&self.name);
        self.bytes += resource.map_or(0, |(text, _)| text.len()) + 256;
        self.count += 1;
        Ok(())
    }

    /// Returns how many rows there are.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Returns the bytes of the rows, about.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the rows, if there are any, and begins anew.
    pub(crate) fn take(&mut self) -> Result<Option<RecordBatch>, FhirError> {
        if self.count == 0 {
            return Ok(None);
        }
        (self.bytes, self.count) = (0, 0);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.keys.finish()),
            Arc::new(self.identities.finish()),
            Arc::new(self.types.finish()),
            Arc::new(self.ids.finish()),
            Arc::new(self.versions.finish()),
            Arc::new(self.times.finish()),
            Arc::new(self.changes.finish()),
            Arc::new(self.resources.finish()),
            Arc::new(self.hashes.finish()),
            Arc::new(self.files.finish()),
        ];
        Ok(Some(RecordBatch::try_new(staged(), columns)?))
    }
}

/// Returns the front of a key: part, type and id.
pub(crate) fn bare(resource_type: &str, id: &str, buckets: u8) -> Vec<u8> {
    let mut key = vec![bucket_of(id, buckets)];
    key.extend_from_slice(resource_type.as_bytes());
    key.push(0);
    key.extend_from_slice(id.as_bytes());
    key.push(0);
    key
}

/// Returns the front of a staged key: part, type and id.
pub(crate) fn bare_of_key(key: &[u8]) -> &[u8] {
    key.split_at_checked(key.len().saturating_sub(TAIL)).map_or(key, |(bare, _)| bare)
}

/// Returns the number of the file that a staged key is of.
pub(crate) fn place_of_key(key: &[u8]) -> u32 {
    let tail = key.last_chunk::<12>().copied().unwrap_or_default();
    u32::from_be_bytes(tail.first_chunk().copied().unwrap_or_default())
}

/// Writes rows as they are staged.
pub(crate) fn encode(batch: &RecordBatch) -> Result<Vec<u8>, FhirError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    Ok(writer.into_inner()?)
}

/// Reads staged rows.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Vec<RecordBatch>, FhirError> {
    Ok(StreamReader::try_new(Cursor::new(bytes), None)?.collect::<Result<_, _>>()?)
}
