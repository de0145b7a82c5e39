//! How the rows of a source are distributed over folders: by the values of a few of its columns, and by the source itself.
//!
//! A row keeps the number of its folder only; what the numbers stand for is here. Where the values of all columns are numbers
//! and few, the folder's number is made of them; otherwise folders are numbered as they are met.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use carelake_core::table::{Folder, SOURCE};

use crate::config::{ColumnKind, SourceSpec};
use crate::source::Row;

/// The folders that the rows of one source may fall into: a file for each is written, listed in the manifest and read by a query.
pub const MOST_FOLDERS: usize = 4_096;
/// What a row can tell apart: its place has 16 bits for the folder.
const NUMBERS: u64 = 1 << 16;

/// Why rows cannot be distributed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacingError {
    /// The source does not have the column.
    #[error("source {source_name}: partition column `{column}` is not declared; declare it, or correct `partition_by`")]
    Column {
        /// The source.
        source_name: String,
        /// Our name of the column.
        column: String,
    },
    /// There are too many folders.
    #[error("the rows of {source_name} fall into more than {MOST_FOLDERS} folders by [{}]; correct `partition_by` to columns with fewer values", .partition_by.join(", "))]
    TooMany {
        /// The source.
        source_name: String,
        /// The columns.
        partition_by: Vec<String>,
    },
}

/// The rows of one folder, in the order in which they are written.
#[derive(Debug, Clone)]
pub struct Partition<T> {
    /// The folder.
    pub folder: Folder,
    /// The source, as the `source` column tells it.
    pub source: String,
    /// The file that the rows were read from.
    pub source_file: String,
    /// What the rows are made of.
    pub rows: Vec<T>,
}

/// One column by which rows are distributed.
#[derive(Debug)]
struct Level {
    name: String,
    /// Index among the source's columns; `None` for the source itself.
    index: Option<usize>,
    kind: ColumnKind,
}

/// One column whose values are numbers and few.
#[derive(Debug, Clone, Copy)]
struct Range {
    index: usize,
    kind: ColumnKind,
    least: u64,
    /// How many numbers there are, with one for null.
    width: u64,
}

/// How a folder's number is found.
#[derive(Debug)]
enum Numbering {
    Made(Vec<Range>),
    Met(RwLock<Met>),
}

/// Folders in the order in which they were met, and their values without that of the source.
#[derive(Debug, Default)]
struct Met {
    numbers: HashMap<Vec<u8>, u16>,
    values: Vec<Vec<Option<String>>>,
}

/// How the rows of a source are distributed over folders.
#[derive(Debug)]
pub struct Placing {
    levels: Vec<Level>,
    numbering: Numbering,
    source: String,
    source_file: String,
}

impl Placing {
    /// Distributes rows of a source by columns, outermost first. `told` is the source as the `source` column tells it.
    ///
    /// # Errors
    /// [`PlacingError::Column`] when the source does not have one of them.
    pub fn new(spec: &SourceSpec, file: &str, told: &str, partition_by: &[String]) -> Result<Self, PlacingError> {
        let level = |name: &String| {
            let found = spec.columns.iter().enumerate().find(|(_, column)| column.name == *name);
            match found {
                _ if name == SOURCE.name => Ok(Level { name: name.clone(), index: None, kind: ColumnKind::Text }),
                Some((index, column)) => Ok(Level { name: name.clone(), index: Some(index), kind: column.kind }),
                None => Err(PlacingError::Column { source_name: spec.name.clone(), column: name.clone() }),
            }
        };
        let levels = partition_by.iter().map(level).collect::<Result<Vec<_>, _>>()?;
        let ranges = levels.iter().filter(|level| level.index.is_some()).map(Level::range).collect::<Option<Vec<_>>>();
        let few = ranges.filter(|ranges| {
            let all = ranges.iter().try_fold(1u64, |all, range| all.checked_mul(range.width));
            all.is_some_and(|all| all <= NUMBERS)
        });
        let numbering = few.map_or_else(|| Numbering::Met(RwLock::default()), Numbering::Made);
        Ok(Self { levels, numbering, source: told.to_owned(), source_file: file.to_owned() })
    }

    /// Returns the number of a row's folder.
    #[inline]
    #[must_use]
    pub fn number(&self, row: &Row<'_>) -> u16 {
        match &self.numbering {
            Numbering::Made(ranges) => ranges.iter().fold(0, |number, range| {
                let value = row.packed(range.index).map_or(0, |packed| packed.wrapping_sub(range.least) + 1);
                number * range.width + value
            }) as u16,
            Numbering::Met(met) => self.meet(met, row),
        }
    }

    /// Looks a row's folder up, and gives it the next number when it is new.
    fn meet(&self, met: &RwLock<Met>, row: &Row<'_>) -> u16 {
        let mut key = Vec::with_capacity(32);
        for level in &self.levels {
            let Some(index) = level.index else { continue };
            if level.kind == ColumnKind::Text {
                let text = row.text_at(index).unwrap_or_default();
                key.extend_from_slice(&(text.len() as u32).to_le_bytes());
                key.extend_from_slice(&text);
            } else {
                key.extend_from_slice(&row.packed(index).map_or(0, |packed| packed + 1).to_le_bytes());
            }
        }
        if let Some(known) = met.read().unwrap_or_else(PoisonError::into_inner).numbers.get(&key) {
            return *known;
        }
        let mut met = met.write().unwrap_or_else(PoisonError::into_inner);
        let Met { numbers, values } = &mut *met;
        // More are not told apart: that there is one more says that there are too many.
        if values.len() > MOST_FOLDERS {
            return MOST_FOLDERS as u16;
        }
        *numbers.entry(key).or_insert_with(|| {
            values.push(self.levels.iter().filter_map(|level| Some(level.value(level.index?, row))).collect());
            (values.len() - 1) as u16
        })
    }

    /// Distributes rows over their folders, keeping their order within each. The rows are gone through twice, so that each list
    /// is made as long as it has to be.
    ///
    /// # Errors
    /// [`PlacingError::TooMany`] when there are more folders than a dataset may have.
    pub fn distribute<T>(
        &self,
        rows: impl Iterator<Item = (u16, T)> + Clone,
    ) -> Result<Vec<Partition<T>>, PlacingError> {
        let numbers = match &self.numbering {
            Numbering::Made(ranges) => ranges.iter().map(|range| range.width).product::<u64>() as usize,
            Numbering::Met(met) => met.read().unwrap_or_else(PoisonError::into_inner).values.len(),
        };
        let mut slots: Vec<(usize, usize)> = vec![(0, 0); numbers];
        let mut order = Vec::new();
        for (number, _) in rows.clone() {
            let Some((_, count)) = slots.get_mut(usize::from(number)) else { continue };
            if *count == 0 {
                order.push(number);
            }
            *count += 1;
        }
        if order.len() > MOST_FOLDERS || matches!(self.numbering, Numbering::Met(_)) && numbers > MOST_FOLDERS {
            let partition_by = self.levels.iter().map(|level| level.name.clone()).collect();
            return Err(PlacingError::TooMany { source_name: self.source.clone(), partition_by });
        }
        let mut partitions: Vec<Partition<T>> = Vec::with_capacity(order.len());
        for number in order {
            let Some((at, count)) = slots.get_mut(usize::from(number)) else { continue };
            *at = partitions.len();
            let (folder, rows) = (self.folder(number), Vec::with_capacity(*count));
            let (source, source_file) = (self.source.clone(), self.source_file.clone());
            partitions.push(Partition { folder, source, source_file, rows });
        }
        for (number, row) in rows {
            let slot = slots.get(usize::from(number)).map(|(at, _)| *at);
            if let Some(partition) = slot.and_then(|at| partitions.get_mut(at)) {
                partition.rows.push(row);
            }
        }
        Ok(partitions)
    }

    /// Returns the folder of a number.
    fn folder(&self, number: u16) -> Folder {
        let mut values = match &self.numbering {
            Numbering::Made(ranges) => values(ranges, u64::from(number)),
            Numbering::Met(met) => {
                let met = met.read().unwrap_or_else(PoisonError::into_inner);
                met.values.get(usize::from(number)).cloned().unwrap_or_default()
            }
        }
        .into_iter();
        self.levels.iter().fold(Folder::default(), |folder, level| match level.index {
            Some(_) => folder.with(&level.name, values.next().flatten().as_deref()),
            None => folder.with(&level.name, Some(&self.source)),
        })
    }
}

impl Level {
    /// Returns the numbers that the column's values are; `None` when they are none, or too many.
    fn range(&self) -> Option<Range> {
        let (least, width) = match self.kind {
            ColumnKind::Integer { min, max } => (min as u64, (max - min) as u64 + 1),
            kind => (0, 1 << kind.bits().filter(|bits| *bits < u16::BITS)?),
        };
        Some(Range { index: self.index?, kind: self.kind, least, width: width.checked_add(1)? })
    }

    /// Returns the value that a row has in the column with this index.
    fn value(&self, index: usize, row: &Row<'_>) -> Option<String> {
        match self.kind {
            ColumnKind::Text => row.text_at(index).map(|text| String::from_utf8_lossy(&text).into_owned()),
            kind => row.packed(index).map(|packed| kind.text(packed)),
        }
    }
}

/// Returns the values that a number is made of, the last column's first taken off.
fn values(ranges: &[Range], mut number: u64) -> Vec<Option<String>> {
    let value = |range: &Range| {
        let value = number % range.width;
        number /= range.width;
        value.checked_sub(1).map(|value| range.kind.text(value + range.least))
    };
    let mut values: Vec<_> = ranges.iter().rev().map(value).collect();
    values.reverse();
    values
}
