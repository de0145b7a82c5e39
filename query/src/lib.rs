//! SQL over Parquet files: SQLite's language over tables that are sets of files, read in place and only as far as needed.
//!
//! A [`Table`] is a list of files with one schema, and columns that the place of a file tells. A [`Database`] answers one
//! question at a time about several tables and can change nothing. [`changes`] compares two tables by key, and [`differences`]
//! tells old and new values. [`profile`] tells what the columns of a table hold.
//!
//! What a publication, a run or a dataset is, this crate does not know.
//!
//! A row on its way: [`Table`] → plan (which columns, which comparisons) → pruning (which row groups and pages) → scan (batches
//! of columns) → value (a cell, when SQLite asks for it).

mod changes;
mod constraint;
mod database;
mod differences;
mod error;
mod lookup;
mod packed;
mod plan;
mod profile;
mod pruning;
mod scan;
mod table;
#[cfg(test)]
mod tests;
mod value;
mod virtual_table;

pub use changes::{Changes, Keys, changes};
pub use database::{Answer, AnswerColumn, Database, Question, Row, View};
pub use differences::{Difference, differences};
pub use error::{Place, QueryError, ReadError};
pub use profile::{ColumnProfile, Distinct, profile};
pub use table::{Column, DataFile, Kind, Table};
pub use value::Value;
