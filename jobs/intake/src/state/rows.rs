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
    /// Here, and in this file what they are compared by.
    Fresh(KeptRows, String),
    /// In this file.
    Kept(String),
}

impl Rows {
    /// Lets rows go that are in a file too.
    pub(super) fn let_go(&mut self) {
        if let Self::Fresh(_, key) = self {
            *self = Self::Kept(std::mem::take(key));
        }
    }

    /// Goes through the rows; of a kept part only these columns are read, all where none are named. Rows that are here lack the
    /// columns that they are compared by.
    pub(super) fn each_batch(
        &self,
        store: &dyn Store,
        columns: &[&str],
        mut take: impl FnMut(&RecordBatch, &str) -> Result<(), IntakeError>,
    ) -> Result<(), IntakeError> {
        match self {
            Self::None => Ok(()),
            Self::Judged(rows) => rows.iter().try_for_each(|batch| take(&batch?, "")),
            Self::Fresh(rows, _) if columns.is_empty() => rows.iter().try_for_each(|batch| take(&batch?, "")),
            Self::Kept(key) | Self::Fresh(_, key) => {
                read(store, key, columns)?.try_for_each(|batch| take(&batch?, key))
            }
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
