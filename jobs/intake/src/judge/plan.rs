//! A feed, made ready to judge one delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use arrow_schema::ArrowError;
use carelake_core::account::Unbalanced;
use carelake_records::{Batch, Place, ReadError, Reading};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::batch::BatchJudge;
use super::gather::Gather;
use super::moment::Century;
use super::step::Unready;
use super::table::TablePlan;
use crate::feed::Feed;
use crate::judged::Judged;

/// What judging must know of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFacts {
    /// The date that it declares.
    pub delivery_date: Date,
    /// What its name has at each `{name}`.
    pub captures: BTreeMap<String, String>,
}

/// A feed, made ready to judge one delivery; shared by all threads.
#[derive(Debug)]
pub struct Plan<'f> {
    pub(super) tables: Vec<TablePlan<'f>>,
    pub(super) time_zone: TimeZone,
    pub(super) century: Century,
    pub(super) only: Option<&'f BTreeSet<Place>>,
    pub(super) memory_bytes: usize,
}

/// What judged rows may take before they go to a temporary file.
const MEMORY_BYTES: usize = 128 << 20;

/// Why a delivery could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A mapping cannot be made ready.
    #[error("column {column} of {table} cannot be mapped")]
    Mapping {
        /// The table.
        table: String,
        /// The column, or what else has a value: the rule of a filter, `operation`.
        column: String,
        /// Why.
        #[source]
        source: Unready,
    },
    /// A column is mapped that the table does not have.
    #[error("{table} has no column {column}")]
    UnknownColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The file could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Rows were lost on the way: a defect.
    #[error(transparent)]
    Unbalanced(#[from] Unbalanced),
    /// Rows could not be put together: a defect.
    #[error("rows could not be put together")]
    Arrow(#[source] ArrowError),
    /// Rows do not fit into memory, and not into a temporary file either.
    #[error("a temporary file could not be written or read again: make room in the folder for temporary files")]
    Io(#[from] io::Error),
    /// A thread ended before its work was done: a defect.
    #[error("a thread that judged rows ended early")]
    Thread,
}

impl<'f> Plan<'f> {
    /// Makes a feed ready; `only`: just the rows at these places are judged and counted.
    ///
    /// # Errors
    /// [`JudgeError::Mapping`] when a date format has an unknown directive or the scale of a number is none.
    pub fn new(
        feed: &'f Feed,
        delivery: &'f DeliveryFacts,
        only: Option<&'f BTreeSet<Place>>,
    ) -> Result<Self, JudgeError> {
        let wanted = feed.wanted.tables.iter().map(Some).chain(std::iter::repeat(None));
        let tables = feed.tables.iter().zip(wanted);
        Ok(Self {
            tables: tables
                .map(|(table, wanted)| TablePlan::new(feed, table, wanted, delivery))
                .collect::<Result<_, _>>()?,
            time_zone: feed.time_zone.clone(),
            century: Century::new(delivery.delivery_date),
            only,
            memory_bytes: MEMORY_BYTES,
        })
    }

    /// Sets how many bytes of memory judged rows and their keys may take before they go to a temporary file; without it, 128 MiB.
    #[must_use]
    pub fn with_memory_bytes(self, memory_bytes: usize) -> Self {
        Self { memory_bytes, ..self }
    }
}

impl From<ArrowError> for JudgeError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            other => Self::Arrow(other),
        }
    }
}

/// Judges the batches of a delivery one after the other.
pub struct Judge<'p> {
    batches: BatchJudge<'p>,
    gather: Gather<'p>,
}

impl<'p> Judge<'p> {
    /// Begins with nothing.
    #[must_use]
    pub fn new(plan: &'p Plan<'p>) -> Self {
        Self { batches: BatchJudge::new(plan), gather: Gather::new(plan) }
    }

    /// Judges the next batch.
    ///
    /// # Errors
    /// As [`BatchJudge::judge`] and [`Gather::take`].
    pub fn take(&mut self, batch: &Batch) -> Result<(), JudgeError> {
        self.gather.take(self.batches.judge(batch)?)
    }

    /// Ends the delivery.
    ///
    /// # Errors
    /// As [`Gather::finish`].
    pub fn finish(self, reading: Reading) -> Result<Judged, JudgeError> {
        self.gather.finish(reading)
    }
}
