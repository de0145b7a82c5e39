//! What is known of the rows of earlier windows, asked for in the order of their keys.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;

use super::{Batches, keys};
use crate::publish::LoadError;

/// Keys and hashes, read once.
pub struct Known {
    batches: Batches<'static>,
    batch: Option<RecordBatch>,
    row: usize,
}

impl Known {
    /// Takes what is known.
    #[must_use]
    pub fn new(batches: Batches<'static>) -> Self {
        Self { batches, batch: None, row: 0 }
    }

    /// Knows nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self::new(Box::new(std::iter::empty()))
    }

    /// Returns whether this row is known as it is. Keys are to be asked for in their order.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn has(&mut self, key: &[u8], hash: &[u8]) -> Result<bool, LoadError> {
        loop {
            let Some(batch) = self.batch.as_ref().filter(|batch| self.row < batch.num_rows()) else {
                self.row = 0;
                self.batch = self.batches.next().transpose()?;
                if self.batch.is_none() {
                    return Ok(false);
                }
                continue;
            };
            let known = keys(batch)?.value(self.row);
            if known < key {
                self.row += 1;
                continue;
            }
            let column = batch.columns().get(1).and_then(|column| column.as_fixed_size_binary_opt());
            let column = column.ok_or_else(|| LoadError::Kind { kind: "a hash".to_owned() })?;
            return Ok(known == key && column.value(self.row) == hash);
        }
    }
}
