//! Files made of the columns of another, which are copied as they are encoded there.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field as ArrowField, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowSchemaConverter;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use super::LINEAGE;
use super::builder::TableError;
use super::encoder::{Encoder, Encoding};
use super::label::Label;
use super::part::{EncodedPart, Lineage, properties};

/// Makes files of the columns of an encoded file, and of those of lineage, which are the same in every row. Nothing is decoded, so it
/// takes as long as copying the bytes.
#[derive(Debug)]
pub struct Splicer {
    /// The columns of the files.
    pub schema: SchemaRef,
    /// What the files say of themselves.
    pub label: Label,
    /// Where the rows come from.
    pub lineage: Lineage,
    /// Bytes of columns, encoded and not compressed, after which another file is begun.
    pub file_bytes: u64,
}

type Writer = SerializedFileWriter<Vec<u8>>;

impl Splicer {
    /// Hands over the files, each of whole groups of rows of the source. Answers false, and hands over none, where the source lacks a
    /// column that is no lineage, or has it as another type.
    ///
    /// # Errors
    /// [`TableError::Parquet`] when the source cannot be read; what `take` answers.
    pub fn splice<R: ChunkReader, E: From<TableError>>(
        &self,
        source: &R,
        mut take: impl FnMut(EncodedPart) -> Result<(), E>,
    ) -> Result<bool, E> {
        let wanted = ArrowSchemaConverter::new().convert(&self.schema).map_err(TableError::from)?;
        let source = Source::open(source)?;
        let none = self.lineage(0)?;
        let lineage = Source::open(&none)?;
        let is_known = |column: &ColumnDescriptor| lineage.column(column).or(source.column(column)).is_some();
        if !wanted.columns().iter().all(|column| is_known(column)) {
            return Ok(false);
        }
        let mut lineages: BTreeMap<i64, Bytes> = BTreeMap::new();
        let mut file: Option<Writer> = None;
        let (mut rows, mut bytes) = (0, 0);
        for (group, metadata) in source.metadata.row_groups().iter().enumerate() {
            let lineage = match lineages.entry(metadata.num_rows()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.lineage(metadata.num_rows().unsigned_abs() as usize)?),
            };
            let lineage = Source::open(lineage)?;
            let writer = match &mut file {
                Some(writer) => writer,
                None => file.insert(self.begin(&wanted)?),
            };
            let mut to = writer.next_row_group().map_err(TableError::from)?;
            for column in wanted.columns() {
                match lineage.column(column) {
                    Some(at) => lineage.copy(0, at, &mut to)?,
                    None => source.copy(group, source.column(column).ok_or(TableError::Schema)?, &mut to)?,
                }
            }
            let written = to.close().map_err(TableError::from)?;
            rows += written.num_rows().unsigned_abs();
            bytes += written.total_byte_size().unsigned_abs();
            if bytes >= self.file_bytes {
                ended(file.take(), std::mem::take(&mut rows), &mut take)?;
                bytes = 0;
            }
        }
        ended(file, rows, &mut take)?;
        Ok(true)
    }

    /// Returns a file of so many rows of lineage.
    fn lineage(&self, rows: usize) -> Result<Bytes, TableError> {
        let fields = LINEAGE.iter().map(|field| ArrowField::new(field.name, field.kind.arrow(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut encoder = Encoder::new(Vec::new(), Arc::clone(&schema), Encoding::default());
        encoder.write(&RecordBatch::try_new(schema, self.lineage.columns(rows))?)?;
        Ok(Bytes::from(encoder.finish()?))
    }

    fn begin(&self, wanted: &SchemaDescriptor) -> Result<Writer, TableError> {
        let properties = Arc::new(properties(&self.label, std::iter::empty()));
        Ok(SerializedFileWriter::new(Vec::new(), wanted.root_schema_ptr(), properties)?)
    }
}

fn ended<E: From<TableError>>(
    file: Option<Writer>,
    rows: u64,
    take: &mut impl FnMut(EncodedPart) -> Result<(), E>,
) -> Result<(), E> {
    let Some(file) = file else { return Ok(()) };
    take(EncodedPart { rows, bytes: file.into_inner().map_err(TableError::from)? })
}

/// A file whose columns are copied.
struct Source<'s, R> {
    bytes: &'s R,
    metadata: ParquetMetaData,
}

impl<'s, R: ChunkReader> Source<'s, R> {
    fn open(bytes: &'s R) -> Result<Self, TableError> {
        let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
        Ok(Self { bytes, metadata: reader.parse_and_finish(bytes)? })
    }

    /// Returns where a column is.
    fn column(&self, wanted: &ColumnDescriptor) -> Option<usize> {
        let columns = self.metadata.file_metadata().schema_descr().columns();
        columns.iter().position(|column| **column == *wanted)
    }

    /// Copies a column of a group of rows.
    fn copy(
        &self,
        group: usize,
        column: usize,
        to: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    ) -> Result<(), TableError> {
        let missing = || ParquetError::EOF("a group of rows without a column".to_owned());
        let rows = self.metadata.row_groups().get(group).ok_or_else(missing)?;
        let chunk = rows.columns().get(column).ok_or_else(missing)?;
        let index = self.metadata.page_index_for_row_group(group);
        let close = ColumnCloseResult {
            bytes_written: chunk.compressed_size().unsigned_abs(),
            rows_written: rows.num_rows().unsigned_abs(),
            metadata: chunk.clone(),
            bloom_filter: None,
            column_index: index.column_index(column).cloned(),
            offset_index: index.offset_index(column).cloned(),
        };
        Ok(to.append_column(self.bytes, close)?)
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::{ArrayRef, Date32Array, Int64Array, StringArray};
    use arrow_schema::DataType;
    use arrow_select::concat::concat_batches;
    use jiff::Timestamp;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    const ROWS: i64 = 300_000;

    fn kept() -> RecordBatch {
        let texts = StringArray::from_iter((0..ROWS).map(|row| (row % 7 > 0).then(|| format!("{:x}", row * 7_919))));
        let days = Date32Array::from_iter((0..ROWS).map(|row| (row % 3 > 0).then_some((row % 4_000) as i32)));
        let mut lists = ListBuilder::new(StringBuilder::new());
        for row in 0..ROWS {
            (0..row % 3).for_each(|item| lists.values().append_value(format!("{item}")));
            lists.append(row % 5 > 0);
        }
        let columns: [(&str, ArrayRef); 4] = [
            ("own", Arc::new(Int64Array::from_iter_values(0..ROWS))),
            ("text", Arc::new(texts)),
            ("day", Arc::new(days)),
            ("list", Arc::new(lists.finish())),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, name != "own"))).unwrap()
    }

    fn encoded(batch: &RecordBatch) -> Bytes {
        let mut encoder = Encoder::new(Vec::new(), batch.schema(), Encoding::default());
        (0..batch.num_rows()).step_by(10_000).for_each(|at| encoder.write(&batch.slice(at, 10_000)).unwrap());
        Bytes::from(encoder.finish().unwrap())
    }

    fn splicer(columns: &[(&str, DataType)], file_bytes: u64) -> Splicer {
        let own = columns.iter().map(|(name, kind)| ArrowField::new(*name, kind.clone(), true));
        let lineage = LINEAGE.iter().map(|field| ArrowField::new(field.name, field.kind.arrow(), true));
        Splicer {
            schema: Arc::new(Schema::new(own.chain(lineage).collect::<Vec<_>>())),
            label: Label::default(),
            lineage: Lineage {
                run_id: "2026-11-01.1".to_owned(),
                ingested_at: Timestamp::UNIX_EPOCH,
                source_file: "file.csv".to_owned(),
            },
            file_bytes,
        }
    }

    fn files(splicer: &Splicer, source: &Bytes) -> Option<Vec<EncodedPart>> {
        let mut files = Vec::new();
        let is_done = splicer.splice(source, |file| -> Result<(), TableError> {
            files.push(file);
            Ok(())
        });
        is_done.unwrap().then_some(files)
    }

    #[test]
    fn the_files_have_the_rows_of_the_source_with_lineage_beside_them() {
        let (rows, list) = (kept(), kept().schema().field(3).data_type().clone());
        let source = encoded(&rows);
        let columns = [("list", list), ("day", DataType::Date32), ("text", DataType::Utf8)];
        let expected = rows.project(&[3, 2, 1]).unwrap();
        for (file_bytes, count) in [(u64::MAX, 1), (1, 3)] {
            let splicer = splicer(&columns, file_bytes);
            let expected = splicer.lineage.added_to(&expected).unwrap();
            let files = files(&splicer, &source).unwrap();
            assert_eq!(files.len(), count);
            let mut found = Vec::new();
            for file in files {
                let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file.bytes)).unwrap();
                assert_eq!(builder.metadata().file_metadata().num_rows() as u64, file.rows);
                found.extend(builder.build().unwrap().map(Result::unwrap));
            }
            assert_eq!(concat_batches(&found[0].schema(), &found).unwrap().columns(), expected.columns());
        }
    }

    #[test]
    fn pages_are_found_by_what_their_index_says() {
        let source = encoded(&kept());
        let file = files(&splicer(&[("day", DataType::Date32)], u64::MAX), &source).unwrap().remove(0);
        let file = Bytes::from(file.bytes);
        let made = Source::open(&file).unwrap();
        let index = made.metadata.page_index_for_row_group(2);
        let page = &index.offset_index(0).unwrap().page_locations[0];
        let chunk = made.metadata.row_group(2).column(0);
        assert_eq!(page.offset, chunk.data_page_offset());
        assert!(index.column_index(0).is_some() && chunk.statistics().is_some());
    }

    #[test]
    fn what_the_source_lacks_is_not_made_up() {
        let source = encoded(&kept());
        for columns in [[("gone", DataType::Utf8)], [("day", DataType::Utf8)], [("own", DataType::Int64)]] {
            assert!(files(&splicer(&columns, u64::MAX), &source).is_none(), "{columns:?}");
        }
        let empty = encoded(&kept().slice(0, 0));
        assert_eq!(files(&splicer(&[("day", DataType::Date32)], 1), &empty).unwrap().len(), 0);
        assert!(splicer(&[], 1).splice(&source.slice(..99), |_| Ok::<_, TableError>(())).is_err());
    }
}
