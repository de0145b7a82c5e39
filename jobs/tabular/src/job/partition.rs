//! Writing partitions: the rows of one folder, encoded side by side with those of the others.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use carelake_core::publish::Part;
use carelake_core::table::{EncodedPart, FileColumns, Folder, Label, Lineage, PartWriter, RowWriter};
use rayon::prelude::*;

use super::error::JobError;
use super::run::Job;
use crate::placing::Partition;

/// Rows that are prepared together: as many reads as a core has under way at once.
const PREPARED_ROWS: usize = 16;

impl Job<'_> {
    /// Encodes partitions in parallel, the largest first, and adds them to the draft. Answers the rows written.
    ///
    /// `start` makes what a thread needs to read rows again; `prepare` hears of a row some time before `fill` writes its cells.
    ///
    /// # Errors
    /// [`JobError`] when a row does not fit the table or a file cannot be stored.
    pub fn write<T, C>(
        &self,
        partitions: Vec<Partition<T>>,
        start: impl Fn() -> C + Sync,
        prepare: impl Fn(&C, &T) + Sync,
        fill: impl Fn(&mut C, &T, &mut RowWriter<'_>) + Sync,
    ) -> Result<u64, JobError>
    where
        T: Send + Sync,
    {
        // Where no folder tells the source, rows of several are in one folder, and follow each other in files of their own.
        let mut folders: BTreeMap<Folder, Vec<Partition<T>>> = BTreeMap::new();
        for partition in partitions {
            folders.entry(partition.folder.clone()).or_default().push(partition);
        }
        let mut folders: Vec<(Folder, Vec<Partition<T>>)> = folders.into_iter().collect();
        folders.sort_by_key(|(_, partitions)| Reverse(partitions.iter().map(|one| one.rows.len()).sum::<usize>()));
        let (columns, label) = (self.columns(), self.label());
        // Taken one by one and not split in advance, so that no thread is left with several large folders at the end.
        let write = |(folder, partitions): (Folder, Vec<Partition<T>>)| {
            let (mut rows, mut files) = (0, 0);
            for partition in partitions {
                for part in self.encode(columns, &label, partition, &start, &prepare, &fill)? {
                    rows += part.rows;
                    self.draft().add(Part { path: folder.file(files), rows: part.rows, bytes: part.bytes })?;
                    files += 1;
                }
            }
            Ok(rows)
        };
        folders.into_iter().par_bridge().map(write).sum()
    }

    fn encode<T, C>(
        &self,
        columns: &FileColumns,
        label: &Label,
        partition: Partition<T>,
        start: &impl Fn() -> C,
        prepare: &impl Fn(&C, &T),
        fill: &impl Fn(&mut C, &T, &mut RowWriter<'_>),
    ) -> Result<Vec<EncodedPart>, JobError> {
        self.check_cancelled()?;
        let Partition { source, source_file, rows, .. } = partition;
        let lineage = Lineage { run_id: self.run_id().to_string(), ingested_at: self.ingested_at(), source_file };
        let mut reader = start();
        let mut writer = PartWriter::of(columns.clone(), &source, lineage, label, rows.len())?;
        for rows in rows.chunks(PREPARED_ROWS) {
            rows.iter().for_each(|row| prepare(&reader, row));
            for row in rows {
                writer.row(|cells| fill(&mut reader, row, cells))?;
            }
        }
        drop(rows);
        Ok(writer.finish()?)
    }
}
