//! What a load says of itself while it is under way.

use arrow_array::RecordBatch;
use carelake_pipeline::Way;

use super::load::Work;
use crate::publish::LoadError;

impl Work<'_> {
    /// Says that the load goes on.
    pub(super) fn beat(&self) -> Result<(), LoadError> {
        self.turn.renew(self.world)?;
        Ok(self.publishing.beat()?)
    }

    /// Says that rows came.
    pub(super) fn take(&self, rows: &RecordBatch) -> Result<(), LoadError> {
        let Way { rows: before, bytes, .. } = self.far.get();
        let bytes = bytes + rows.get_array_memory_size() as u64;
        let way = Way { rows: before + rows.num_rows() as u64, bytes, is_over: false };
        self.far.set(way);
        if let Some(log) = self.world.log {
            log.under_way(&self.table.publication.path(), way);
        }
        self.beat()
    }
}
