//! Refused rows, kept for a person to look at: one Parquet file per source, under the run, in a place of its own.
//!
//! The raw row may be protected health information. It is written nowhere else.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Int64Builder, StringBuilder};
use arrow_array::{Array, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::source::{Reject, Source};

/// A refused row as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The file that the row was read from.
    pub source_file: String,
    /// Line of the file in which the row starts, from 1.
    pub line: u64,
    /// The rule that it broke.
    pub rule: String,
    /// Our name of the column that broke it, if one did.
    pub column: Option<String>,
    /// The row as it stands in the file.
    pub raw: Vec<u8>,
}

/// The refused rows of one source, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRows {
    /// The source.
    pub source_name: String,
    /// The header as it stands in the file.
    pub header: Vec<u8>,
    /// The rows, in file order.
    pub rows: Vec<RejectedRow>,
}

/// Why refused rows could not be written or read back.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// Arrow refused the columns.
    #[error("the rejected rows could not be encoded")]
    Arrow(#[from] ArrowError),
    /// Parquet refused the file.
    #[error("the rejected rows could not be encoded or decoded")]
    Parquet(#[from] ParquetError),
    /// The file is not one of ours.
    #[error("the file of rejected rows has other columns than expected")]
    Foreign,
}

const HEADER: &str = "header";
const SOURCE: &str = "source";
const COLUMNS: [&str; 5] = ["source_file", "line", "rule", "column", "raw"];

/// Encodes refused rows, in file order.
///
/// # Errors
/// [`RejectsError`] when they cannot be encoded.
///
/// # Shape
/// `source_file` text, `line` int64 (from 1), `rule` text, `column` text or null, `raw` binary.
pub fn encode(source: &Source, rejects: &[Reject]) -> Result<Vec<u8>, RejectsError> {
    let (mut files, mut lines, mut rules) = (StringBuilder::new(), Int64Builder::new(), StringBuilder::new());
    let (mut columns, mut raws) = (StringBuilder::new(), BinaryBuilder::new());
    let (mut line, mut counted) = (1, 0);
    for reject in rejects {
        line += source.lines_between(counted, reject.offset);
        counted = reject.offset;
        let column = source.column_name(reject.column);
        files.append_value(source.file());
        lines.append_value(line as i64);
        rules.append_value(reject.rule.name(column));
        columns.append_option(Some(column).filter(|column| !column.is_empty()));
        raws.append_value(source.bytes().get(reject.offset..reject.offset + reject.length).unwrap_or_default());
    }
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let [file, line, rule, column, raw] = COLUMNS;
    let schema = Arc::new(Schema::new(vec![
        text(file, false),
        Field::new(line, DataType::Int64, false),
        text(rule, false),
        text(column, true),
        Field::new(raw, DataType::Binary, false),
    ]));
    let batch = RecordBatch::try_new(
        Arc::clone(&schema),
        vec![
            Arc::new(files.finish()),
            Arc::new(lines.finish()),
            Arc::new(rules.finish()),
            Arc::new(columns.finish()),
            Arc::new(raws.finish()),
        ],
    )?;
    let known = vec![
        KeyValue::new(SOURCE.to_owned(), source.spec().name.clone()),
        KeyValue::new(HEADER.to_owned(), carelake_core::hex(source.header())),
    ];
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("carelake".to_owned())
        .set_key_value_metadata(Some(known))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema, Some(properties))?;
    writer.write(&batch)?;
    Ok(writer.into_inner()?)
}

/// Decodes a file that [`encode`] made.
///
/// # Errors
/// [`RejectsError`] when it is damaged or another file.
pub fn decode(bytes: Vec<u8>) -> Result<RejectedRows, RejectsError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes))?;
    let known = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let known = |key: &str| known.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    let header = known(HEADER).and_then(|text| carelake_core::unhex(&text)).ok_or(RejectsError::Foreign)?;
    let mut found = RejectedRows { source_name: known(SOURCE).ok_or(RejectsError::Foreign)?, header, rows: Vec::new() };
    for batch in reader.build()? {
        let batch = batch?;
        let [file, line, rule, column, raw] = COLUMNS;
        let files = array::<StringArray>(&batch, file)?;
        let lines = array::<Int64Array>(&batch, line)?;
        let rules = array::<StringArray>(&batch, rule)?;
        let columns = array::<StringArray>(&batch, column)?;
        let raws = array::<BinaryArray>(&batch, raw)?;
        for at in 0..batch.num_rows() {
            found.rows.push(RejectedRow {
                source_file: files.value(at).to_owned(),
                line: lines.value(at).unsigned_abs(),
                rule: rules.value(at).to_owned(),
                column: columns.is_valid(at).then(|| columns.value(at).to_owned()),
                raw: raws.value(at).to_vec(),
            });
        }
    }
    Ok(found)
}

fn array<'b, A: Array + 'static>(batch: &'b RecordBatch, name: &str) -> Result<&'b A, RejectsError> {
    batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref()).ok_or(RejectsError::Foreign)
}
