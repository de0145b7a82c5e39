//! Output tables: their columns, and the Parquet files that hold their rows.

mod builder;
mod field;
mod label;
mod part;

pub use builder::TableError;
pub use field::{Field, Kind, LINEAGE, Table};
pub use label::{DESCRIPTION, Label};
pub use part::{EncodedPart, Lineage, PartWriter, RowWriter};
