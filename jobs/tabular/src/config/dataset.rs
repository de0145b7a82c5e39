//! A dataset: which sources make it, what identifies a row, and the thresholds a run must keep.

use serde::Serialize;

/// One dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetSpec {
    /// Its name, as its crate has it.
    pub name: String,
    /// The sources it reads. The first one makes its rows; for a dataset of feeds these are the feeds.
    pub sources: Vec<String>,
    /// What is published as a whole: one for a dataset, or one for each of its feeds.
    pub publications: Vec<PublicationSpec>,
    /// The columns whose values are folders, outermost first: those of the rows' sources, and `source`.
    pub partition_by: Vec<String>,
    /// Whether sources of one family must be of the same release; otherwise a notice says that they are not.
    pub requires_same_release: bool,
    /// What a run must keep to before it publishes.
    pub thresholds: Thresholds,
    /// How many published runs stay on disk, at least 1.
    pub keep_runs: usize,
    /// Of how many as-of months one run stays besides.
    pub keep_months: usize,
    /// What carries its job out on AWS.
    pub compute: Compute,
    /// The memory of its job on AWS, in MiB.
    pub memory_mib: u32,
    /// The scratch disk of its job on AWS, in MiB: all its sources must fit.
    pub scratch_mib: u32,
}

impl DatasetSpec {
    /// Returns whether its sources are feeds, each a publication of its own.
    #[must_use]
    pub fn has_feeds(&self) -> bool {
        self.publications.iter().any(|publication| publication.feed.is_some())
    }
}

/// What carries a job out on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compute {
    /// A Lambda function: at most 15 minutes and 10,240 MiB of memory and of disk.
    #[default]
    Lambda,
    /// A container task on Fargate.
    Fargate,
}

/// What identifies a row of a publication, and which row of several wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationSpec {
    /// The feed's source; none for a dataset that is one publication.
    pub feed: Option<String>,
    /// The columns that identify a row.
    pub key: Vec<String>,
    /// Which of several rows with the same key wins: the first in this order, then the first in the file.
    pub order: Vec<OrderBy>,
}

/// One column of an order. Null comes last in both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderBy {
    /// A column of the source, `enrollment_date` (the date in `enrollment_id`), or `line` (the place in the file).
    pub column: String,
    /// Which end comes first.
    pub direction: Direction,
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first.
    Asc,
    /// The largest first.
    Desc,
}

/// What a run must keep to before it publishes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The largest share of the rows read that may be rejected, 0 to 1.
    pub max_reject_ratio: f64,
    /// The smallest number of output rows.
    pub min_rows: u64,
    /// The largest drop in rows since the last published run, as a share of it, 0 to 1.
    pub max_drop_ratio: f64,
    /// The smallest loss against the last published run that is told, as an absolute change of a share, 0 to 1.
    pub note_loss: f64,
    /// The largest loss of what a column or a join held last time, as a share of it, 0 to 1.
    pub max_loss: f64,
}
