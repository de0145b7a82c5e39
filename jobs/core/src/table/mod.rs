//! Output tables: their columns, and the Parquet files that hold their rows.

mod batches;
mod builder;
mod cell;
mod chunk;
mod columns;
mod encoder;
mod field;
mod folder;
mod group;
mod in_order;
mod label;
mod part;
mod splicer;
mod stored;
mod type_name;

pub use batches::{BatchWriter, PlacedPart, Shape};
pub use builder::TableError;
pub use cell::Cell;
pub use columns::FileColumns;
pub use encoder::{Encoder, Encoding};
pub use field::{Field, Kind, LINEAGE, SOURCE, Table};
pub use folder::Folder;
pub use label::{DESCRIPTION, Label};
pub use part::{EncodedPart, Lineage, PartWriter, RowWriter};
pub use splicer::Splicer;
pub use type_name::{data_type, type_name};
