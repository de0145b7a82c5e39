//! Batches in the order of the key, of which some are taken up to a key.

use arrow_array::RecordBatch;

use super::error::SortedError;
use super::keyed::keys;
use super::merge::Batches;

/// Batches in the order of the key, of which some may be taken up to a key.
pub struct Ahead<'a, E> {
    batches: Batches<'a, E>,
    bare: fn(&[u8]) -> &[u8],
    next: Option<RecordBatch>,
}

impl<'a, E: From<SortedError>> Ahead<'a, E> {
    /// Takes the batches. `bare` cuts off a key what orders the rows of one key.
    #[must_use]
    pub const fn new(batches: Batches<'a, E>, bare: fn(&[u8]) -> &[u8]) -> Self {
        Self { batches, bare, next: None }
    }

    /// Returns the key of the next row, if there is one.
    ///
    /// # Errors
    /// Where the next batch cannot be had.
    pub fn next_key(&mut self) -> Result<Option<&[u8]>, E> {
        while self.next.as_ref().is_none_or(|batch| batch.num_rows() == 0) {
            match self.batches.next().transpose()? {
                Some(batch) => self.next = Some(batch),
                None => return Ok(None),
            }
        }
        let Some(batch) = &self.next else { return Ok(None) };
        Ok(Some((self.bare)(keys(batch)?.value(0))))
    }

    /// Returns whether there is a row before this key; any, without one.
    ///
    /// # Errors
    /// Where the next batch cannot be had.
    pub fn has_before(&mut self, end: Option<&[u8]>) -> Result<bool, E> {
        Ok(self.next_key()?.is_some_and(|key| end.is_none_or(|end| key < end)))
    }

    /// Returns the rows before this key, of one batch.
    fn before(&mut self, end: Option<&[u8]>) -> Result<Option<RecordBatch>, E> {
        if !self.has_before(end)? {
            return Ok(None);
        }
        let Some(batch) = self.next.take() else { return Ok(None) };
        let Some(end) = end else { return Ok(Some(batch)) };
        let in_order = keys(&batch)?;
        let rows = (0..batch.num_rows()).take_while(|row| (self.bare)(in_order.value(*row)) < end).count();
        self.next = Some(batch.slice(rows, batch.num_rows() - rows));
        Ok(Some(batch.slice(0, rows)))
    }
}

/// The rows before a key; all, without one.
pub struct Before<'b, 'a, E>(pub &'b mut Ahead<'a, E>, pub Option<Vec<u8>>);

impl<E: From<SortedError>> Iterator for Before<'_, '_, E> {
    type Item = Result<RecordBatch, E>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.before(self.1.as_deref()).transpose()
    }
}
