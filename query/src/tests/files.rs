//! Tables of small files, made for a test.

use std::fs::File;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use tempfile::TempDir;

use crate::{Column, DataFile, Database, Table, Value};

/// A folder of files that become tables.
pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a file with row groups of so many rows and pages of half as many.
    pub fn file(&self, name: &str, partition: &[Option<&str>], batch: &RecordBatch, group_rows: usize) -> DataFile {
        let path = self.0.path().join(name);
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(group_rows))
            .set_data_page_row_count_limit(group_rows.div_ceil(2))
            .set_write_batch_size(1)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Page)
            .build();
        let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        let partition = partition.iter().map(|value| value.map(str::to_owned)).collect();
        DataFile::new(path, partition, batch.num_rows() as u64)
    }
}

/// Makes a batch; every column may be null.
pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

pub fn table(name: &str, partitions: &[&str], schema: &Schema, files: Vec<DataFile>) -> Arc<Table> {
    Arc::new(Table::new(name, partitions, Column::of_schema(schema).unwrap(), files))
}

/// Asks, and returns the rows.
pub fn ask(tables: &[Arc<Table>], sql: &str) -> Vec<Vec<Value<'static>>> {
    let database = Database::open(tables.to_vec()).unwrap();
    let mut question = database.ask(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let width = question.columns().len();
    let mut answer = question.answer().unwrap();
    let mut rows = Vec::new();
    while let Some(row) = answer.next_row().unwrap_or_else(|error| panic!("{sql}: {error}")) {
        rows.push((0..width).map(|at| row.value(at).into_owned()).collect());
    }
    rows
}

/// Asks, and returns the rows as people read them.
pub fn lines(tables: &[Arc<Table>], sql: &str) -> Vec<String> {
    let cell = |value: Value<'_>| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Text(text) => text.into_owned(),
    };
    ask(tables, sql).into_iter().map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}
