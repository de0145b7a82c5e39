//! Writing partitions: the rows of one state and source, encoded side by side with the others.

use carelake_core::publish::Part;
use carelake_core::table::{Label, Lineage, PartWriter, RowWriter, Table};
use carelake_core::value::StateCode;
use rayon::prelude::*;

use super::error::JobError;
use super::run::Job;
use crate::dedup::Place;

/// Rows that are prepared together: as many reads as a core has under way at once.
const PREPARED_ROWS: usize = 16;

/// The rows of one output folder, in the order in which they are written.
#[derive(Debug, Clone)]
pub struct Partition<T> {
    /// The state.
    pub state: StateCode,
    /// The source, as the `source` column tells it.
    pub source: String,
    /// The file that the rows were read from.
    pub source_file: String,
    /// What the rows are made of.
    pub rows: Vec<T>,
}

/// Distributes rows over their states, keeping their order within each. The rows are gone through twice, so that each list is
/// made as long as it has to be.
pub fn by_state<T>(
    rows: impl Iterator<Item = (StateCode, T)> + Clone,
    source: &str,
    source_file: &str,
) -> Vec<Partition<T>> {
    let mut slots: Vec<(usize, usize)> = vec![(0, 0); 1 << StateCode::BITS];
    let mut partitions: Vec<Partition<T>> = Vec::new();
    let mut order = Vec::new();
    for (state, _) in rows.clone() {
        let Some((_, count)) = slots.get_mut(state.packed() as usize) else { continue };
        if *count == 0 {
            order.push(state);
        }
        *count += 1;
    }
    for state in order {
        let Some((at, count)) = slots.get_mut(state.packed() as usize) else { continue };
        *at = partitions.len();
        let rows = Vec::with_capacity(*count);
        partitions.push(Partition { state, source: source.to_owned(), source_file: source_file.to_owned(), rows });
    }
    for (state, row) in rows {
        let slot = slots.get(state.packed() as usize).map(|(at, _)| *at);
        if let Some(partition) = slot.and_then(|at| partitions.get_mut(at)) {
            partition.rows.push(row);
        }
    }
    partitions
}

/// Returns the places of winners as rows of partitions.
pub fn place_rows(places: &[crate::dedup::Candidate]) -> impl Iterator<Item = (StateCode, u64)> + Clone {
    places.iter().map(|winner| split(winner.place))
}

const fn split(place: Place) -> (StateCode, u64) {
    (place.state(), place.offset())
}

impl Job<'_> {
    /// Encodes partitions in parallel, the largest first, and adds them to the draft. Answers the rows written.
    ///
    /// `start` makes what a thread needs to read rows again; `prepare` hears of a row some time before `fill` writes its cells.
    ///
    /// # Errors
    /// [`JobError`] when a row does not fit the table or a file cannot be stored.
    pub fn write<T, C>(
        &self,
        table: Table,
        mut partitions: Vec<Partition<T>>,
        start: impl Fn() -> C + Sync,
        prepare: impl Fn(&C, &T) + Sync,
        fill: impl Fn(&mut C, &T, &mut RowWriter<'_>) + Sync,
    ) -> Result<u64, JobError>
    where
        T: Send + Sync,
    {
        partitions.sort_by_cached_key(|partition| {
            (std::cmp::Reverse(partition.rows.len()), partition.state, partition.source.clone())
        });
        let label = self.label(&table);
        // Taken one by one and not split in advance, so that no thread is left with several large states at the end.
        let write = |partition| self.write_one(table, &label, partition, &start, &prepare, &fill);
        let rows = partitions.into_iter().par_bridge().map(write);
        rows.sum()
    }

    fn write_one<T, C>(
        &self,
        table: Table,
        label: &Label,
        partition: Partition<T>,
        start: &impl Fn() -> C,
        prepare: &impl Fn(&C, &T),
        fill: &impl Fn(&mut C, &T, &mut RowWriter<'_>),
    ) -> Result<u64, JobError> {
        self.check_cancelled()?;
        let lineage = Lineage {
            run_id: self.run_id().to_string(),
            ingested_at: self.ingested_at(),
            source_file: partition.source_file,
        };
        let mut reader = start();
        let mut writer = PartWriter::new(table, lineage, label, partition.rows.len())?;
        for rows in partition.rows.chunks(PREPARED_ROWS) {
            rows.iter().for_each(|row| prepare(&reader, row));
            for row in rows {
                writer.row(|cells| fill(&mut reader, row, cells))?;
            }
        }
        drop(partition.rows);
        let folder = self.folder(partition.state, &partition.source);
        let mut rows = 0;
        for (number, part) in writer.finish()?.into_iter().enumerate() {
            rows += part.rows;
            let path = format!("{folder}/part-{number:05}.snappy.parquet");
            self.draft().add(Part { path, rows: part.rows, bytes: part.bytes })?;
        }
        Ok(rows)
    }
}
