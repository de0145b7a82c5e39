//! The index of an `upsert` feed: of each key what its winner is ordered by, so that the next delivery is merged without reading
//! those before it.
//!
//! Its entries are in the order of the deliveries and of their rows, those that take their key out among them; without these, they
//! are the rows that are served, one by one. Of a single delivery its part says all that.

use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, BinaryBuilder, BooleanBuilder, FixedSizeBinaryBuilder, UInt32Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use carelake_core::store::Store;

use super::choice::Choice;
use super::kept_file::KeptFile;
use super::marks::{Marks, OF_UPSERT, hash};
use super::part::{KEY, Part, RANK, is_hash};
use super::rows::Rows;
use crate::error::IntakeError;
use crate::hashed::ByHash;
use crate::judged::HIDDEN;

/// Which delivery has the row: its place among all.
const DELIVERY: &str = "_delivery";
/// Bytes of a hash.
const HASH_BYTES: i32 = 16;

/// Entries that are in memory until they are written.
const BATCH_ENTRIES: usize = 1 << 14;

/// Where the entries are.
pub(super) struct Index {
    file: Part,
    columns: &'static [&'static str],
}

impl Index {
    /// Returns an index that was kept.
    pub(super) const fn kept(key: String) -> Self {
        Self { file: Part::at(key), columns: &[] }
    }

    /// Returns the part of the only delivery: each of its rows wins its key.
    pub(super) const fn only(key: String) -> Self {
        Self { file: Part::at(key), columns: &[KEY, RANK, HIDDEN[2]] }
    }
}

/// An index that is being written.
pub(super) struct IndexBuilder {
    schema: SchemaRef,
    file: KeptFile,
    keys: FixedSizeBinaryBuilder,
    ranks: BinaryBuilder,
    deliveries: UInt32Builder,
    removals: BooleanBuilder,
}

impl IndexBuilder {
    pub(super) fn begin() -> Result<Self, IntakeError> {
        let [.., removal] = HIDDEN;
        let schema: SchemaRef = Arc::new(Schema::new(vec![
            Field::new(KEY, DataType::FixedSizeBinary(HASH_BYTES), false),
            Field::new(RANK, DataType::Binary, false),
            Field::new(DELIVERY, DataType::UInt32, false),
            Field::new(removal, DataType::Boolean, false),
        ]));
        Ok(Self {
            file: KeptFile::begin("index", &schema)?,
            schema,
            keys: FixedSizeBinaryBuilder::new(HASH_BYTES),
            ranks: BinaryBuilder::new(),
            deliveries: UInt32Builder::new(),
            removals: BooleanBuilder::new(),
        })
    }

    /// Adds a row of a delivery.
    pub(super) fn take(&mut self, marks: &Marks<'_>, row: usize, delivery: u32) -> Result<(), IntakeError> {
        self.push(marks.key(row), marks.rank(row), delivery, marks.is_removal(row))
    }

    fn push(&mut self, key: u128, rank: &[u8], delivery: u32, is_removal: bool) -> Result<(), IntakeError> {
        self.keys.append_value(key.to_be_bytes())?;
        self.ranks.append_value(rank);
        self.deliveries.append_value(delivery);
        self.removals.append_value(is_removal);
        if self.keys.len() < BATCH_ENTRIES { Ok(()) } else { self.write() }
    }

    fn write(&mut self) -> Result<(), IntakeError> {
        let (keys, ranks) = (self.keys.finish(), self.ranks.finish());
        let (deliveries, removals) = (self.deliveries.finish(), self.removals.finish());
        let columns =
            vec![Arc::new(keys) as _, Arc::new(ranks) as _, Arc::new(deliveries) as _, Arc::new(removals) as _];
        self.file.write(&RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// Ends the entries.
    pub(super) fn finish(mut self) -> Result<KeptFile, IntakeError> {
        self.write()?;
        Ok(self.file)
    }
}

/// The rows that are served, one by one, when one more delivery is merged onto them.
#[derive(Debug, Default)]
pub(super) struct Onto {
    /// The place of the delivery that each is of.
    pub(super) deliveries: Vec<u32>,
    /// Whether it is still served.
    pub(super) stays: Vec<bool>,
}

/// Merges one more delivery, the last in order, onto an index. Answers what becomes of the rows that are served, which rows of the
/// delivery are, and the index of both.
pub(super) fn merge_onto(
    store: &dyn Store,
    index: &Index,
    rows: &Rows,
    delivery: u32,
) -> Result<(Onto, Choice, KeptFile), IntakeError> {
    let mut wins: Vec<bool> = Vec::new();
    let mut fresh: ByHash<(Box<[u8]>, usize)> = ByHash::default();
    rows.each(store, &OF_UPSERT, |marks| {
        for row in 0..marks.len() {
            fresh.insert(marks.key(row), (marks.rank(row).into(), wins.len()));
            wins.push(true);
        }
    })?;
    let (mut builder, mut onto) = (IndexBuilder::begin()?, Onto::default());
    for batch in index.file.read(store, index.columns)? {
        let batch = batch?;
        let foreign = || IntakeError::Foreign { key: index.file.key.clone() };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(foreign);
        let keys = Some(column(KEY)?).filter(|column| is_hash(column.data_type())).ok_or_else(foreign)?;
        let keys = keys.as_fixed_size_binary_opt().ok_or_else(foreign)?;
        let ranks = column(RANK)?.as_binary_opt::<i32>().ok_or_else(foreign)?;
        let deliveries = match batch.column_by_name(DELIVERY) {
            Some(deliveries) => Some(deliveries.as_primitive_opt::<UInt32Type>().ok_or_else(foreign)?),
            None => None,
        };
        let removals = column(HIDDEN[2])?.as_boolean_opt().ok_or_else(foreign)?;
        for at in 0..keys.len() {
            let (key, rank) = (hash(keys.value(at)), ranks.value(at));
            let of = deliveries.map_or(0, |deliveries| deliveries.value(at));
            let challenger = fresh.get(&key);
            // Of equal ranks, that of the later delivery wins.
            let stays = challenger.is_none_or(|(challenging, _)| &**challenging > rank);
            match challenger {
                Some((_, row)) if stays => wins.iter_mut().skip(*row).take(1).for_each(|wins| *wins = false),
                _ => {}
            }
            if stays {
                builder.push(key, rank, of, removals.value(at))?;
            }
            if !removals.value(at) {
                onto.deliveries.push(of);
                onto.stays.push(stays);
            }
        }
    }
    let mut choice = Choice::default();
    let mut wins = wins.into_iter();
    let mut added = Ok(());
    rows.each(store, &OF_UPSERT, |marks| {
        for row in 0..marks.len() {
            let wins = wins.next().unwrap_or_default();
            choice.is_served.push(wins && !marks.is_removal(row));
            choice.removals += u64::from(marks.is_removal(row));
            if wins && added.is_ok() {
                added = builder.take(marks, row, delivery);
            }
        }
    })?;
    added?;
    Ok((onto, choice, builder.finish()?))
}
