//! Files of batches whose schema is known at run time only: distributed over partitions, sorted, encoded.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int8Type, Int16Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, UInt32Array};
use arrow_ord::sort::{SortColumn, lexsort_to_indices};
use arrow_schema::{DataType, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::take::take;

use super::builder::TableError;
use super::encoder::{Encoder, Encoding};
use super::folder::Folder;
use super::in_order::is_in_order;
use super::label::Label;
use super::part::EncodedPart;

/// Bytes of rows in memory after which a partition is written to a file; encoded they take less.
const FILE_BYTES: usize = 256 << 20;
/// Bytes of rows in memory of all partitions, after which the largest is written.
const ALL_BYTES: usize = 512 << 20;

/// How batches become files.
#[derive(Debug, Clone)]
pub struct Shape {
    /// The columns whose values are folders, outermost first: text, integers, dates and booleans. They are not in the files.
    pub partition_by: Vec<String>,
    /// The columns by which the rows of a file are sorted, nulls first; in the order in which they come when there are none.
    pub sort_by: Vec<String>,
    /// Bytes of rows in memory after which a partition is written to a file.
    pub file_bytes: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self { partition_by: Vec::new(), sort_by: Vec::new(), file_bytes: FILE_BYTES }
    }
}

/// A finished file and where it belongs in the folder of the run.
#[derive(Debug)]
pub struct PlacedPart {
    /// The path.
    pub path: String,
    /// The file.
    pub part: EncodedPart,
}

/// The rows of one partition that are in no finished file yet.
#[derive(Debug, Default)]
struct Gathered {
    batches: Vec<RecordBatch>,
    /// Rows that are encoded as they come: they are neither sorted nor in several folders.
    encoding: Option<Encoder<Vec<u8>>>,
    rows: usize,
    /// What the rows take, or took, in memory.
    bytes: usize,
    files: usize,
}

/// Takes batches of one schema and makes files of them. Memory holds at most 512 MiB of rows, besides the batch that is taken; rows
/// that are neither sorted nor in several folders are encoded at once.
#[derive(Debug)]
pub struct BatchWriter {
    shape: Shape,
    label: Label,
    schema: SchemaRef,
    partitions: Vec<usize>,
    inner: SchemaRef,
    gathered: BTreeMap<Folder, Gathered>,
    bytes: usize,
    finished: Vec<PlacedPart>,
}

impl BatchWriter {
    /// Starts files of this schema, which has the columns of the folders too. `label` makes what the files say of themselves from
    /// their own schema.
    ///
    /// # Errors
    /// [`TableError::NoColumn`] when a column of the shape is not in the schema.
    pub fn new(schema: SchemaRef, shape: Shape, label: impl FnOnce(&Schema) -> Label) -> Result<Self, TableError> {
        let at = |name: &String| schema.index_of(name).map_err(|_| TableError::NoColumn { column: name.clone() });
        let partitions = shape.partition_by.iter().map(at).collect::<Result<Vec<_>, _>>()?;
        let inner: Vec<_> = (0..schema.fields().len()).filter(|at| !partitions.contains(at)).collect();
        let inner: SchemaRef = Arc::new(schema.project(&inner)?);
        shape.sort_by.iter().try_for_each(|name| {
            inner.index_of(name).map(drop).map_err(|_| TableError::NoColumn { column: name.clone() })
        })?;
        let ((gathered, finished), label) = (Default::default(), label(&inner));
        Ok(Self { shape, label, schema, partitions, inner, gathered, bytes: 0, finished })
    }

    /// Returns the schema of the files: without the columns of the folders.
    #[must_use]
    pub const fn file_schema(&self) -> &SchemaRef {
        &self.inner
    }

    /// Takes a batch.
    ///
    /// # Errors
    /// [`TableError`] when it has another schema, or a partition column of a type that is no folder.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        let types = |schema: &Schema| {
            schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect::<Vec<_>>()
        };
        if types(&batch.schema()) != types(&self.schema) {
            return Err(TableError::Schema);
        }
        let folders = self.folders(batch)?;
        let inner = RecordBatch::try_new(
            Arc::clone(&self.inner),
            (0..batch.num_columns())
                .filter(|at| !self.partitions.contains(at))
                .map(|at| Arc::clone(batch.column(at)))
                .collect(),
        )?;
        for (folder, rows) in folders {
            let part =
                if rows.len() == batch.num_rows() { inner.clone() } else { pick(&inner, &UInt32Array::from(rows))? };
            let bytes = taken(&part)?;
            let is_in_order = self.partitions.is_empty() && self.shape.sort_by.is_empty();
            let gathered = self.gathered.entry(folder.clone()).or_default();
            gathered.rows += part.num_rows();
            if is_in_order {
                let begun = || encoder(Vec::new(), &self.shape, &self.label, &self.inner);
                gathered.encoding.get_or_insert_with(begun).write(&part)?;
            } else {
                gathered.batches.push(part);
            }
            gathered.bytes += bytes;
            self.bytes += bytes;
            if gathered.bytes >= self.shape.file_bytes {
                self.write(&folder)?;
            }
        }
        while self.bytes >= ALL_BYTES.max(self.shape.file_bytes) {
            let largest =
                self.gathered.iter().max_by_key(|(_, gathered)| gathered.bytes).map(|(folder, _)| folder.clone());
            let Some(folder) = largest else { break };
            self.write(&folder)?;
        }
        Ok(())
    }

    /// Returns the files that were finished since the last call, so that they need not be held.
    pub fn take_finished(&mut self) -> Vec<PlacedPart> {
        std::mem::take(&mut self.finished)
    }

    /// Ends the files and answers those that were not taken yet.
    ///
    /// # Errors
    /// [`TableError`] when the last rows cannot be encoded.
    pub fn finish(mut self) -> Result<Vec<PlacedPart>, TableError> {
        let folders: Vec<Folder> = self.gathered.keys().cloned().collect();
        folders.iter().try_for_each(|folder| self.write(folder))?;
        Ok(self.finished)
    }

    /// Returns the rows of each partition.
    fn folders(&self, batch: &RecordBatch) -> Result<BTreeMap<Folder, Vec<u32>>, TableError> {
        let mut folders: BTreeMap<Folder, Vec<u32>> = BTreeMap::new();
        if self.partitions.is_empty() {
            let rows = u32::try_from(batch.num_rows()).map_err(|_| TableError::Schema)?;
            folders.insert(Folder::default(), (0..rows).collect());
            return Ok(folders);
        }
        for row in 0..batch.num_rows() {
            let mut folder = Folder::default();
            for (at, name) in self.partitions.iter().zip(&self.shape.partition_by) {
                folder = folder.with(name, text(batch.column(*at), row)?.as_deref());
            }
            folders.entry(folder).or_default().push(u32::try_from(row).map_err(|_| TableError::Schema)?);
        }
        Ok(folders)
    }

    /// Writes what was gathered of a partition to a file.
    fn write(&mut self, folder: &Folder) -> Result<(), TableError> {
        let Some(gathered) = self.gathered.get_mut(folder) else { return Ok(()) };
        let Gathered { batches, encoding, rows, bytes, files: number } = std::mem::take(gathered);
        gathered.files = number + usize::from(rows > 0);
        self.bytes = self.bytes.saturating_sub(bytes);
        if rows == 0 {
            return Ok(());
        }
        // A guess at the file: what is too much of it is never touched.
        let out = Vec::with_capacity(bytes / 2);
        let mut encoder = encoding.unwrap_or_else(|| encoder(out, &self.shape, &self.label, &self.inner));
        match self.shape.sort_by.as_slice() {
            [] => batches.iter().try_for_each(|batch| encoder.write(batch))?,
            by if is_in_order(&batches, by)? => batches.iter().try_for_each(|batch| encoder.write(batch))?,
            by => encoder.write(&sorted(&concat_batches(&self.inner, &batches)?, by)?)?,
        }
        let part = EncodedPart { rows: rows as u64, bytes: encoder.finish()? };
        self.finished.push(PlacedPart { path: folder.file(number), part });
        Ok(())
    }
}

/// Returns the bytes of rows. Room that is left in their lists, or is of other rows, is not counted: files are not to end by it.
fn taken(rows: &RecordBatch) -> Result<usize, TableError> {
    rows.columns().iter().try_fold(0, |sum, column| Ok(sum + column.to_data().get_slice_memory_size()?))
}

fn encoder(out: Vec<u8>, shape: &Shape, label: &Label, schema: &SchemaRef) -> Encoder<Vec<u8>> {
    let encoding = Encoding { label: label.clone(), sorted_by: shape.sort_by.clone(), adjust: None };
    Encoder::new(out, Arc::clone(schema), encoding)
}

fn sorted(batch: &RecordBatch, by: &[String]) -> Result<RecordBatch, TableError> {
    let columns = by.iter().map(|name| {
        let values = batch.column_by_name(name).ok_or_else(|| TableError::NoColumn { column: name.clone() })?;
        Ok(SortColumn { values: Arc::clone(values), options: None })
    });
    // Rows with equal keys stay in the order in which they came: the position is the last key.
    let position: ArrayRef =
        Arc::new(UInt32Array::from_iter_values(0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX)));
    let mut columns = columns.collect::<Result<Vec<_>, TableError>>()?;
    columns.push(SortColumn { values: position, options: None });
    pick(batch, &lexsort_to_indices(&columns, None)?)
}

fn pick(batch: &RecordBatch, rows: &UInt32Array) -> Result<RecordBatch, TableError> {
    let columns = batch.columns().iter().map(|column| take(column, rows, None));
    Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_, _>>()?)?)
}

/// Returns the text of a value that is a folder; `None` of null.
fn text(column: &ArrayRef, row: usize) -> Result<Option<String>, TableError> {
    if column.is_null(row) {
        return Ok(None);
    }
    let text = match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Int8 => column.as_primitive::<Int8Type>().value(row).to_string(),
        DataType::Int16 => column.as_primitive::<Int16Type>().value(row).to_string(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Date32 => {
            let days = i64::from(column.as_primitive::<Date32Type>().value(row));
            let date = jiff::civil::date(1970, 1, 1)
                .checked_add(jiff::Span::new().try_days(days).map_err(|_| TableError::Date)?);
            date.map_err(|_| TableError::Date)?.to_string()
        }
        _ => return Err(TableError::NoFolder),
    };
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int32Array, StringArray};
    use arrow_schema::Field;
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use proptest::prelude::*;

    use super::*;

    fn schema() -> SchemaRef {
        let field = |name: &str, kind| Field::new(name, kind, true);
        Arc::new(Schema::new(vec![
            field("key", DataType::Utf8),
            field("state", DataType::Utf8),
            field("n", DataType::Int32),
        ]))
    }

    fn batch(rows: &[(Option<String>, Option<String>, i32)]) -> RecordBatch {
        let keys = StringArray::from_iter(rows.iter().map(|(key, ..)| key.as_deref()));
        let states = StringArray::from_iter(rows.iter().map(|(_, state, _)| state.as_deref()));
        let numbers = Int32Array::from_iter_values(rows.iter().map(|(.., number)| *number));
        RecordBatch::try_new(schema(), vec![Arc::new(keys), Arc::new(states), Arc::new(numbers)]).unwrap()
    }

    fn shape(file_bytes: usize) -> Shape {
        Shape { partition_by: vec!["state".into()], sort_by: vec!["key".into()], file_bytes }
    }

    /// Reads the rows of a file: key, what the folder tells of the state, number.
    fn rows(placed: &PlacedPart) -> Vec<(Option<String>, Option<String>, i32)> {
        let state = Folder::pairs(&placed.path).next().unwrap().1;
        let bytes = Bytes::from(placed.part.bytes.clone());
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().build().unwrap();
        let mut rows = Vec::new();
        for batch in reader.map(Result::unwrap) {
            assert_eq!(batch.num_columns(), 2, "the state is in the folder only");
            let numbers = batch.column(1).as_primitive::<Int32Type>();
            for (at, key) in batch.column(0).as_string::<i32>().iter().enumerate() {
                rows.push((key.map(str::to_owned), state.clone(), numbers.value(at)));
            }
        }
        assert_eq!(rows.len() as u64, placed.part.rows);
        rows
    }

    #[test]
    fn what_does_not_fit_is_refused_before_anything_is_written() {
        let other = Shape { sort_by: vec!["gone".into()], ..Shape::default() };
        assert!(matches!(BatchWriter::new(schema(), other, |_| Label::default()), Err(TableError::NoColumn { .. })));
        let sorted_by_folder = Shape { sort_by: vec!["state".into()], ..shape(1) };
        assert!(matches!(
            BatchWriter::new(schema(), sorted_by_folder, |_| Label::default()),
            Err(TableError::NoColumn { .. })
        ));
        let mut writer = BatchWriter::new(schema(), shape(1), |_| Label::default()).unwrap();
        let narrow = batch(&[]).project(&[0]).unwrap();
        assert!(matches!(writer.push(&narrow), Err(TableError::Schema)));
        let float = Arc::new(Schema::new(vec![Field::new("x", DataType::Float64, true)]));
        let by_float = Shape { partition_by: vec!["x".into()], ..Shape::default() };
        let mut writer = BatchWriter::new(Arc::clone(&float), by_float, |_| Label::default()).unwrap();
        let values: ArrayRef = Arc::new(arrow_array::Float64Array::from(vec![1.0]));
        assert!(matches!(writer.push(&RecordBatch::try_new(float, vec![values]).unwrap()), Err(TableError::NoFolder)));
    }

    #[test]
    fn rows_that_wait_for_nothing_are_encoded_as_they_come() {
        const FIRST: i32 = super::super::stored::FIRST_ROWS as i32;
        for (file_bytes, files) in [(1, 2), (FILE_BYTES, 1)] {
            let shape = Shape { file_bytes, ..Shape::default() };
            let mut writer = BatchWriter::new(schema(), shape, |_| Label::default()).unwrap();
            for numbers in [FIRST..2 * FIRST, 0..FIRST] {
                let rows: Vec<_> = numbers.map(|number| (None, None, number)).collect();
                writer.push(&batch(&rows)).unwrap();
                assert!(writer.gathered.values().all(|gathered| gathered.batches.is_empty()));
            }
            let parts = writer.finish().unwrap();
            let rows = parts.iter().flat_map(|placed| {
                let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(placed.part.bytes.clone())).unwrap();
                reader.build().unwrap().map(Result::unwrap)
            });
            let numbers = rows.flat_map(|batch| batch.column(2).as_primitive::<Int32Type>().values().to_vec());
            assert_eq!(
                (parts.len(), numbers.collect::<Vec<_>>()),
                (files, (FIRST..2 * FIRST).chain(0..FIRST).collect())
            );
            assert_eq!(parts.iter().map(|placed| placed.part.rows).sum::<u64>(), 2 * FIRST as u64);
        }
    }

    #[test]
    fn a_file_is_the_same_whether_its_rows_came_in_order_and_however_they_were_cut() {
        const ROWS: i32 = 50_000;
        let file = |numbers: Vec<i32>, cut: usize| {
            let shape = Shape { sort_by: vec!["n".into()], ..Shape::default() };
            let mut writer = BatchWriter::new(schema(), shape, |_| Label::default()).unwrap();
            for numbers in numbers.chunks(cut) {
                let text = |number: i32| Some(format!("{:x}", number.wrapping_mul(7919)));
                let rows: Vec<_> = numbers.iter().map(|number| (text(*number), text(number % 7), *number)).collect();
                writer.push(&batch(&rows)).unwrap();
            }
            writer.finish().unwrap().remove(0).part.bytes
        };
        let sorted = file((0..ROWS).rev().collect(), 50_000);
        for cut in [1000, 1024, 4099, 8192, 50_000] {
            assert_eq!(file((0..ROWS).collect(), cut), sorted, "batches of {cut} rows");
        }
    }

    proptest! {
        #[test]
        fn every_row_is_in_the_folder_of_its_state_once_and_files_are_sorted(
            rows_of in prop::collection::vec(prop::collection::vec(
                (prop::option::of("[a-c]{0,2}"), prop::option::of(prop::sample::select(vec!["FL", "N/Y", "ü"])), any::<i32>()), 0..20), 0..6),
            file_bytes in prop::sample::select(vec![1_usize, 2_000, FILE_BYTES]),
        ) {
            let mut writer = BatchWriter::new(schema(), shape(file_bytes), |_| Label::default()).unwrap();
            let (mut all, mut parts) = (Vec::new(), Vec::new());
            for rows in rows_of {
                let rows: Vec<_> = rows.into_iter().map(|(key, state, n)| (key, state.map(str::to_owned), n)).collect();
                writer.push(&batch(&rows)).unwrap();
                parts.extend(writer.take_finished());
                all.extend(rows);
            }
            parts.extend(writer.finish().unwrap());
            let mut found = Vec::new();
            for part in &parts {
                let rows = rows(part);
                prop_assert!(rows.is_sorted_by(|one, other| one.0 <= other.0));
                found.extend(rows);
            }
            let mut paths: Vec<&String> = parts.iter().map(|part| &part.path).collect();
            paths.sort();
            paths.dedup();
            prop_assert_eq!(paths.len(), parts.len());
            if file_bytes == FILE_BYTES {
                prop_assert!(parts.len() <= 4, "a partition is one file");
            }
            all.sort();
            found.sort();
            prop_assert_eq!(found, all);
        }
    }
}
