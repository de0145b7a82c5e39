//! Reads the rows of a table, batch by batch: only the columns that are used, and only the files, row groups and pages
//! that may have a row that the query wants.

use std::collections::VecDeque;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMask, PageIndexPolicy, ParquetMetaDataReader};

use crate::constraint::Constraint;
use crate::error::ReadError;
use crate::pruning;
use crate::table::{DataFile, Table};
use crate::value::{Cells, kind};

/// Rows that are decoded together.
const BATCH_ROWS: usize = 8 * 1024;
/// Bits of a row's number that tell its place in the file; the others tell the file.
const ROW_BITS: u32 = 40;

/// Rows of one file, column by column.
#[derive(Debug)]
pub(crate) struct Batch {
    pub cells: Vec<Cells>,
    pub rows: usize,
    /// The numbers of the rows.
    numbers: Vec<Range<i64>>,
}

/// A reading of a table from its first row to its last.
#[derive(Debug)]
pub(crate) struct Scan {
    table: Arc<Table>,
    /// The columns that are used.
    used: Arc<[bool]>,
    constraints: Vec<Constraint>,
    files: VecDeque<usize>,
    open: Option<Open>,
}

/// The file that is being read.
#[derive(Debug)]
struct Open {
    file: usize,
    reader: ParquetRecordBatchReader,
    numbers: VecDeque<Range<i64>>,
}

impl Batch {
    /// Returns the number of a row, which is the same whenever the row is read.
    pub(crate) fn number(&self, mut row: usize) -> i64 {
        for span in &self.numbers {
            let rows = (span.end - span.start) as usize;
            if row < rows {
                return span.start + row as i64;
            }
            row -= rows;
        }
        -1
    }
}

impl Scan {
    /// Starts to read the files that are named, in that order.
    pub(crate) fn new(
        table: &Arc<Table>,
        used: &Arc<[bool]>,
        constraints: Vec<Constraint>,
        files: impl IntoIterator<Item = usize>,
    ) -> Self {
        let files = files.into_iter().filter(|at| {
            let partition = table.files.get(*at).map_or(&[][..], |file| &file.partition);
            constraints.iter().all(|constraint| match partition.get(constraint.column) {
                Some(value) => constraint.may_hold(&pruning::text(value.as_deref())),
                None => true,
            })
        });
        let files = files.collect();
        Self { table: Arc::clone(table), used: Arc::clone(used), constraints, files, open: None }
    }

    /// Returns the next rows; `None` after the last. A batch is never empty.
    pub(crate) fn next(&mut self) -> Result<Option<Batch>, ReadError> {
        loop {
            if let Some(open) = &mut self.open {
                if let Some(batch) = open.next(&self.table, &self.used)? {
                    return Ok(Some(batch));
                }
                self.open = None;
            }
            let Some(file) = self.files.pop_front() else { return Ok(None) };
            self.open = self.open(file)?;
        }
    }

    fn open(&self, at: usize) -> Result<Option<Open>, ReadError> {
        let Some(file) = self.table.files.get(at) else { return Ok(None) };
        let damaged = |source: ParquetError| ReadError::Damaged { path: file.path.clone(), source };
        let own = self.constraints.iter().filter(|constraint| constraint.column >= self.table.partitions);
        let own: Vec<&Constraint> = own.collect();
        let source = File::open(&file.path).map_err(|source| ReadError::Open { path: file.path.clone(), source })?;
        let mut footer = footer(file, &source).map_err(damaged)?;
        let projection = self.projection(file, &footer)?;
        let row_groups = pruning::row_groups(&self.table, &footer, &own).map_err(damaged)?;
        if row_groups.is_empty() {
            return Ok(None);
        }
        let mut selection = None;
        if !own.is_empty() {
            footer = self.indexed(&source, &footer, &row_groups, &projection, &own).map_err(damaged)?;
            selection = pruning::selection(&self.table, &footer, &own, &row_groups).map_err(damaged)?;
        }
        if selection.as_ref().is_some_and(|selection| !selection.selects_any()) {
            return Ok(None);
        }
        let numbers = numbers(at, &footer, &row_groups, selection.as_ref());
        self.table.reads.row_groups.fetch_add(row_groups.len() as u64, Ordering::Relaxed);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(source, footer)
            .with_batch_size(BATCH_ROWS)
            .with_projection(projection)
            .with_row_groups(row_groups);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        Ok(Some(Open { file: at, reader: builder.build().map_err(damaged)?, numbers }))
    }

    /// Reads the index of the pages of those row groups: bounds of the compared columns, and places of these and the used ones.
    fn indexed(
        &self,
        source: &File,
        footer: &ArrowReaderMetadata,
        row_groups: &[usize],
        projection: &ProjectionMask,
        constraints: &[&Constraint],
    ) -> Result<ArrowReaderMetadata, ParquetError> {
        let schema = footer.parquet_schema();
        let names = constraints.iter().filter_map(|constraint| self.table.columns.get(constraint.column));
        let roots = names.filter_map(|column| footer.schema().column_with_name(&column.stored)).map(|(root, _)| root);
        let compared = ProjectionMask::roots(schema, roots);
        let mut placed = compared.clone();
        placed.union(projection);
        let chunks = |columns: &ProjectionMask| {
            let leaves = (0..schema.num_columns()).filter(|leaf| columns.leaf_included(*leaf));
            ColumnChunkMask::row_groups_and_columns(row_groups.iter().copied(), leaves)
        };
        let mut reader = ParquetMetaDataReader::new_with_metadata(footer.metadata().as_ref().clone())
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_column_index_mask(chunks(&compared))
            .with_offset_index_mask(chunks(&placed));
        reader.read_page_indexes(source)?;
        ArrowReaderMetadata::try_new(Arc::new(reader.finish()?), options())
    }

    /// Returns which columns of a file are read, and checks that they are what the table says.
    fn projection(&self, file: &DataFile, footer: &ArrowReaderMetadata) -> Result<ProjectionMask, ReadError> {
        let mut roots = Vec::new();
        for (column, _) in
            self.table.columns.iter().zip(&*self.used).skip(self.table.partitions).filter(|(_, used)| **used)
        {
            let Some((root, field)) = footer.schema().column_with_name(&column.stored) else { continue };
            if kind(field.data_type()) != Some(column.kind) {
                return Err(ReadError::Mismatch {
                    path: file.path.clone(),
                    column: column.name.clone(),
                    found: field.data_type().to_string(),
                    expected: column.kind.declared(),
                });
            }
            roots.push(root);
        }
        Ok(ProjectionMask::roots(footer.parquet_schema(), roots))
    }
}

impl Open {
    fn next(&mut self, table: &Table, used: &[bool]) -> Result<Option<Batch>, ReadError> {
        let Some(file) = table.files.get(self.file) else { return Ok(None) };
        let damaged = |source| ReadError::Damaged { path: file.path.clone(), source };
        let decoded = match self.reader.next() {
            Some(decoded) => decoded.map_err(|error| damaged(ParquetError::from(error)))?,
            None => return Ok(None),
        };
        let rows = decoded.num_rows();
        table.reads.rows.fetch_add(rows as u64, Ordering::Relaxed);
        let partition = file.partition.iter().map(|value| Cells::Constant(value.as_deref().map(Box::from)));
        let mut cells: Vec<Cells> = partition.collect();
        for (column, used) in table.columns.iter().zip(used).skip(table.partitions) {
            cells.push(match (used, decoded.column_by_name(&column.stored)) {
                (false, _) => Cells::Unread,
                (true, None) => Cells::Absent,
                (true, Some(array)) => Cells::of(array).ok_or_else(|| ReadError::Type {
                    column: column.name.clone(),
                    kind: array.data_type().to_string(),
                })?,
            });
        }
        Ok(Some(Batch { cells, rows, numbers: take(&mut self.numbers, rows as i64) }))
    }
}

/// Reads the footer of a file once.
pub(crate) fn footer(file: &DataFile, source: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    if let Some(footer) = file.footer.get() {
        return Ok(footer.clone());
    }
    let footer = ArrowReaderMetadata::load(source, options())?;
    Ok(file.footer.get_or_init(|| footer).clone())
}

/// What Arrow itself notes of types in a footer is left aside, so that one type is one Arrow type in every file.
fn options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// Returns the numbers of the rows that a reader will give, in their order.
fn numbers(
    file: usize,
    footer: &ArrowReaderMetadata,
    row_groups: &[usize],
    selection: Option<&RowSelection>,
) -> VecDeque<Range<i64>> {
    let mut first = (file as i64) << ROW_BITS;
    let mut groups = VecDeque::new();
    for (at, group) in footer.metadata().row_groups().iter().enumerate() {
        let next = first + group.num_rows();
        if row_groups.contains(&at) {
            groups.push_back(first..next);
        }
        first = next;
    }
    let Some(selection) = selection else { return groups };
    let mut numbers = VecDeque::new();
    for run in selection.iter() {
        let spans = take(&mut groups, run.row_count as i64);
        if !run.skip {
            numbers.extend(spans);
        }
    }
    numbers
}

/// Takes so many numbers from the front.
fn take(from: &mut VecDeque<Range<i64>>, mut rows: i64) -> Vec<Range<i64>> {
    let mut taken = Vec::new();
    while rows > 0
        && let Some(span) = from.front_mut()
    {
        let end = span.end.min(span.start + rows);
        rows -= end - span.start;
        taken.push(span.start..end);
        span.start = end;
        if span.is_empty() {
            from.pop_front();
        }
    }
    taken
}
