//! The columns of a group of rows under construction.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{FieldRef, SchemaRef};
use arrow_select::concat::concat;
use parquet::arrow::arrow_writer::{ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::SchemaDescriptor;

use super::builder::TableError;
use super::chunk::{Chunk, Snappy};

/// Rows that the library is given at once. How many these are shows in a file, which is to be the same however its rows were cut into
/// batches.
pub(super) const AT_ONCE: usize = 8192;

/// The columns of a group of rows.
#[derive(Debug)]
pub(super) struct Group {
    columns: Vec<Column>,
    pub(super) rows: usize,
}

#[derive(Debug)]
enum Column {
    Own(Box<Chunk>),
    Left(Left),
}

/// A column that is left to the library.
struct Left {
    field: FieldRef,
    writers: Vec<ArrowColumnWriter>,
    held: Vec<ArrayRef>,
    rows: usize,
}

impl std::fmt::Debug for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Left").field("field", &self.field).finish_non_exhaustive()
    }
}

impl Group {
    /// Begins a group; `number` is its place in the file.
    pub(super) fn begin(
        schema: &SchemaRef,
        stored: &SchemaDescriptor,
        properties: &WriterProperties,
        factory: &ArrowRowGroupWriterFactory,
        number: usize,
    ) -> Result<Self, TableError> {
        // Of each leaf, to which column it belongs.
        let roots: Vec<usize> = (0..stored.num_columns()).map(|leaf| stored.get_column_root_idx(leaf)).collect();
        let own = |at: usize, field: &FieldRef| {
            let leaf = roots.iter().position(|root| *root == at).and_then(|leaf| stored.columns().get(leaf))?;
            let is_flat = !field.data_type().is_nested();
            if is_flat { Chunk::of(leaf, field.data_type(), properties) } else { None }
        };
        let own: Vec<_> = schema.fields().iter().enumerate().map(|(at, field)| own(at, field)).collect();
        let writers =
            if own.iter().all(Option::is_some) { Vec::new() } else { factory.create_column_writers(number)? };
        let mut writers = roots.iter().zip(writers).peekable();
        let mut columns = Vec::with_capacity(own.len());
        for ((at, field), own) in schema.fields().iter().enumerate().zip(own) {
            let mut theirs = Vec::new();
            while let Some((_, writer)) = writers.next_if(|(root, _)| **root == at) {
                theirs.push(writer);
            }
            let left = || Left { field: Arc::clone(field), writers: theirs, held: Vec::new(), rows: 0 };
            columns.push(own.map_or_else(|| Column::Left(left()), |chunk| Column::Own(Box::new(chunk))));
        }
        Ok(Self { columns, rows: 0 })
    }

    /// Adds rows.
    pub(super) fn write(&mut self, batch: &RecordBatch, snappy: &mut Snappy) -> Result<(), TableError> {
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            match column {
                Column::Own(chunk) => chunk.write(array, snappy)?,
                Column::Left(left) => left.write(array)?,
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Ends the group: its columns go to the file.
    pub(super) fn end<W: Write + Send>(
        self,
        file: &mut SerializedFileWriter<W>,
        snappy: &mut Snappy,
    ) -> Result<(), TableError> {
        let mut group = file.next_row_group()?;
        for column in self.columns {
            match column {
                Column::Own(chunk) => {
                    let (bytes, told) = chunk.close(snappy)?;
                    group.append_column(&bytes, told)?;
                }
                Column::Left(mut left) => {
                    left.hand_over()?;
                    for writer in left.writers {
                        writer.close()?.append_to_row_group(&mut group)?;
                    }
                }
            }
        }
        group.close()?;
        Ok(())
    }
}

impl Left {
    fn write(&mut self, array: &ArrayRef) -> Result<(), TableError> {
        let mut from = 0;
        while from < array.len() {
            let rows = (array.len() - from).min(AT_ONCE - self.rows);
            self.held.push(array.slice(from, rows));
            self.rows += rows;
            from += rows;
            if self.rows == AT_ONCE {
                self.hand_over()?;
            }
        }
        Ok(())
    }

    fn hand_over(&mut self) -> Result<(), TableError> {
        let array = match self.held.as_slice() {
            [] => return Ok(()),
            [array] => Arc::clone(array),
            held => concat(&held.iter().map(|array| &**array as &dyn Array).collect::<Vec<_>>())?,
        };
        for (writer, leaf) in self.writers.iter_mut().zip(compute_leaves(&self.field, &array)?) {
            writer.write(&leaf)?;
        }
        self.held.clear();
        self.rows = 0;
        Ok(())
    }
}
