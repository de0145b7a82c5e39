//! What is published, as tables of the Glue Data Catalog, so that Athena and others find it by name.
//!
//! The pointer of a publication is the truth and its table follows it: [`Catalog::flip`] makes the table say what the
//! pointer says, [`Catalog::compare`] tells where it does not, and mending is flipping again. What a table says comes from
//! the pointer and the manifest ([`Definition`]), never from looking into files. A dataset of feeds also has a view over them.
//! Nothing here reads or writes the files themselves, and the database is made at deployment.

mod catalog;
mod client;
mod definition;
mod difference;
mod error;
mod hive;
mod lake;
mod partitions;
mod runtime;
mod view;
mod wire;

pub use catalog::{Catalog, Flipped, Outcome};
pub use definition::{Body, Column, Definition, Format};
pub use difference::{Difference, Retyped, SchemaChange, What};
pub use error::{CatalogError, EncodeCause};
pub use lake::{Lake, database_name, table_name};
