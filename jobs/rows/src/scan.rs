//! Reads the rows of a file: first the columns of the condition, then what is wanted of the rows that fulfil it.

use std::iter;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_conditions::Condition;
use carelake_core::store::Store;
use parquet::DecodeResult;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderMetadata, RowFilter};
use parquet::arrow::push_decoder::{ParquetPushDecoder, ParquetPushDecoderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMask, PageIndexPolicy, ParquetMetaDataPushDecoder};

use crate::answer::fulfilled;
use crate::ask::{Ask, column_of};
use crate::decoding::decoding;
use crate::error::RowsError;
use crate::file::{ParquetFile, arrow, decode};
use crate::prune;
use crate::ranges::{Fetched, Ranged};

/// Rows that are decoded together.
const BATCH_ROWS: usize = 8 * 1024;

/// What is wanted of files.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The columns, in this order; all where there are none named. One that a file does not have is null in its rows.
    pub columns: Option<Vec<String>>,
    /// Which rows.
    pub condition: Option<Condition>,
    /// How many rows at most.
    pub limit: Option<usize>,
}

impl Wish {
    /// Returns the columns that it names, those of the condition with them; `is_known` says whether there is a column.
    #[must_use]
    pub fn named(&self, is_known: &dyn Fn(&str) -> bool) -> Vec<String> {
        let mut names = self.columns.clone().unwrap_or_default();
        let mut found = Vec::new();
        if let Some(condition) = self.condition.clone() {
            let _ = condition.try_map(&mut |test| {
                found.push(column_of(&test.path, is_known));
                Ok::<_, ()>(())
            });
        }
        names.append(&mut found);
        names
    }
}

/// Rows of a file, batch by batch: what is wanted, in the order in which it is wanted.
#[derive(Debug)]
pub struct Rows<'s> {
    ranged: Ranged<'s>,
    file: &'s ParquetFile,
    schema: SchemaRef,
    decoder: Option<ParquetPushDecoder>,
}

impl ParquetFile {
    /// Reads what is wanted of the rows. Nothing is fetched of what statistics exclude.
    ///
    /// # Errors
    /// [`RowsError`] where the condition does not fit its columns, or the file cannot be read.
    pub fn rows<'s>(&'s self, store: &'s dyn Store, wish: &Wish, fetched: &'s Fetched) -> Result<Rows<'s>, RowsError> {
        let ranged = self.ranged(store, fetched);
        let schema = self.wanted(wish);
        let rows = |decoder| Rows { ranged, file: self, schema: Arc::clone(&schema), decoder };
        let wanted = self.mask(schema.fields().iter().map(|field| field.name().as_str()));
        let Some(condition) = &wish.condition else {
            let builder = ParquetPushDecoderBuilder::new_with_metadata(self.footer.clone());
            let decoder = limited(builder, wish).with_projection(wanted);
            let decoder = decoding(|| decoder.build()).map_err(|cause| self.damaged(cause))?;
            return Ok(rows(Some(decoder)));
        };
        let ask = Ask::of(self, condition)?;
        let groups = decoding(|| prune::row_groups(&ask, &self.footer)).map_err(|cause| self.damaged(cause))?;
        if groups.is_empty() {
            return Ok(rows(None));
        }
        let compared = self.mask(ask.columns());
        let indexed = self.indexed(&ranged, &groups, &compared, &wanted)?;
        let selection = decoding(|| prune::selection(&ask, &indexed, &groups)).map_err(|cause| self.damaged(cause))?;
        if selection.as_ref().is_some_and(|selection| !selection.selects_any()) {
            return Ok(rows(None));
        }
        let predicate = ArrowPredicateFn::new(compared, move |batch| fulfilled(&ask, &batch));
        let builder = ParquetPushDecoderBuilder::new_with_metadata(indexed).with_row_groups(groups);
        let mut builder =
            limited(builder, wish).with_projection(wanted).with_row_filter(RowFilter::new(vec![Box::new(predicate)]));
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        Ok(rows(Some(decoding(|| builder.build()).map_err(|cause| self.damaged(cause))?)))
    }

    /// Returns the schema of what is wanted.
    fn wanted(&self, wish: &Wish) -> SchemaRef {
        let field = |name: &String| match self.schema().field_with_name(name) {
            Ok(field) => field.clone(),
            Err(_) if self.folders.iter().any(|(folder, _)| folder == name) => Field::new(name, DataType::Utf8, true),
            Err(_) => Field::new(name, DataType::Null, true),
        };
        let names = wish.columns.clone().unwrap_or_else(|| self.columns());
        Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()))
    }

    fn mask<'n>(&self, names: impl Iterator<Item = &'n str>) -> ProjectionMask {
        let roots = names.filter_map(|name| self.schema().index_of(name).ok());
        ProjectionMask::roots(self.footer.parquet_schema(), roots)
    }

    /// Reads the index of the pages of those row groups: bounds of the compared columns, and places of these and the wanted ones.
    fn indexed(
        &self,
        ranged: &Ranged<'_>,
        groups: &[usize],
        compared: &ProjectionMask,
        wanted: &ProjectionMask,
    ) -> Result<ArrowReaderMetadata, RowsError> {
        let count = self.footer.parquet_schema().num_columns();
        let mut placed = compared.clone();
        placed.union(wanted);
        let chunks = |columns: &ProjectionMask| {
            let leaves = (0..count).filter(|leaf| columns.leaf_included(*leaf));
            ColumnChunkMask::row_groups_and_columns(groups.iter().copied(), leaves)
        };
        let metadata = self.footer.metadata().as_ref().clone();
        let decoder = ParquetMetaDataPushDecoder::try_new_with_metadata(self.size, metadata)
            .map_err(|cause| self.damaged(cause))?
            .with_page_index_policy(PageIndexPolicy::Optional)
            .with_column_index_mask(chunks(compared))
            .with_offset_index_mask(chunks(&placed));
        let metadata = decode(decoder, ranged)?;
        decoding(|| arrow(metadata)).map_err(|cause| self.damaged(cause))
    }
}

fn limited(builder: ParquetPushDecoderBuilder, wish: &Wish) -> ParquetPushDecoderBuilder {
    let builder = builder.with_batch_size(BATCH_ROWS.min(wish.limit.unwrap_or(BATCH_ROWS).max(1)));
    match wish.limit {
        Some(limit) => builder.with_limit(limit),
        None => builder,
    }
}

impl Rows<'_> {
    /// Returns the schema of the batches.
    #[must_use]
    pub const fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn decoded(&mut self) -> Result<Option<RecordBatch>, RowsError> {
        let damaged = |cause: ParquetError| self.file.damaged(cause);
        let Some(decoder) = &mut self.decoder else { return Ok(None) };
        loop {
            match decoding(|| decoder.try_decode()).map_err(damaged)? {
                DecodeResult::Data(batch) => return Ok(Some(batch)),
                DecodeResult::Finished => return Ok(None),
                DecodeResult::NeedsData(ranges) => {
                    let bytes = self.ranged.fetch(&ranges)?;
                    decoder.push_ranges(ranges, bytes).map_err(damaged)?;
                }
            }
        }
    }

    /// Gives a batch the columns that are wanted: what folders tell, and null where the file has none.
    fn conform(&self, batch: &RecordBatch) -> Result<RecordBatch, RowsError> {
        let rows = batch.num_rows();
        let column = |field: &Arc<Field>| -> ArrayRef {
            if let Some(column) = batch.column_by_name(field.name()) {
                return Arc::clone(column);
            }
            match self.file.folders.iter().find(|(name, _)| name == field.name()) {
                Some((_, value)) => Arc::new(StringArray::from_iter(iter::repeat_n(value.as_deref(), rows))),
                None => new_null_array(&DataType::Null, rows),
            }
        };
        let columns = self.schema.fields().iter().map(column).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(|cause| RowsError::Columns { file: self.file.name.clone(), cause })
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<RecordBatch, RowsError>;

    fn next(&mut self) -> Option<Self::Item> {
        let decoded = self.decoded();
        if !matches!(decoded, Ok(Some(_))) {
            self.decoder = None;
        }
        decoded.and_then(|batch| batch.map(|batch| self.conform(&batch)).transpose()).transpose()
    }
}
