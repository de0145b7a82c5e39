//! Where the judged rows of a delivery are, and going through them.

use arrow_array::RecordBatch;
use carelake_core::store::Store;

use super::marks::Marks;
use super::part::Part;
use crate::error::IntakeError;
use crate::kept::KeptRows;

/// Where the rows of a delivery are.
#[derive(Debug)]
pub(super) enum Rows {
    /// Nowhere: they are not needed.
    None,
    /// Here: they were judged just now, and are not kept.
    Judged(KeptRows),
    /// In a file, with what they are compared by.
    Kept(Part),
}

impl Rows {
    /// Lets go of what is in the output too.
    pub(super) fn let_go(&mut self) {
        if let Self::Kept(part) = self {
            part.here = None;
        }
    }

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
            Self::Kept(part) => part.read(store, columns)?.try_for_each(|batch| take(&batch?, &part.key)),
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
