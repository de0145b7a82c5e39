//! Where the judged rows of a delivery are, and going through them.

use arrow_array::RecordBatch;
use carelake_core::store::Store;

use super::marks::Marks;
use super::part::read;
use crate::error::IntakeError;
use crate::kept::KeptRows;

/// Where the rows of a delivery are.
#[derive(Debug)]
pub(super) enum Rows {
    /// Nowhere: they are not needed.
    None,
    /// Here: they were judged just now.
    Judged(KeptRows),
    /// In this file.
    Kept(String),
}

impl Rows {
    /// Goes through the rows; of a kept part only these columns are read, all where none are named.
    pub(super) fn each_batch(
        &self,
        store: &dyn Store,
        columns: &[&str],
        mut take: impl FnMut(&RecordBatch, &str) -> Result<(), IntakeError>,
    ) -> Result<(), IntakeError> {
        match self {
            Self::None => Ok(()),
            Self::Judged(rows) => rows.iter().try_for_each(|batch| take(&batch?, "")),
            Self::Kept(key) => read(store, key, columns)?.try_for_each(|batch| take(&batch?, key)),
        }
    }

    /// Goes through what rows are compared by.
    pub(super) fn each(
        &self,
        store: &dyn Store,
        columns: &[&str],
        mut take: impl FnMut(&Marks<'_>),
    ) -> Result<(), IntakeError> {
        self.each_batch(store, columns, |batch, key| {
            take(&Marks::of(batch, key)?);
            Ok(())
        })
    }
}
