//! Opens what the configuration names.

use carelake_core::store::Store;

use crate::answers::Lookup;
use crate::config::{LookupSpec, Place};
use crate::error::LookupError;
use crate::publication::OfPublication;

/// Opens a look-up; publications are those of a store.
///
/// # Errors
/// [`LookupError::Config`] where this build has not what reaches it; what opening answers.
pub fn open<'s>(spec: &LookupSpec, output: &'s dyn Store) -> Result<Box<dyn Lookup + 's>, LookupError> {
    match &spec.place {
        Place::Publication(name) => Ok(Box::new(OfPublication::open(spec, name, output)?)),
        #[cfg(feature = "sqlite")]
        Place::Sqlite { file, table } => Ok(Box::new(crate::sqlite::OfSqlite::open(spec, file, table)?)),
        #[cfg(not(feature = "sqlite"))]
        Place::Sqlite { .. } => Err(absent(spec, "SQLite")),
        #[cfg(feature = "dynamodb")]
        Place::DynamoDb { table, region } => Ok(Box::new(crate::DynamoTable::open(spec, table, region.as_deref())?)),
        #[cfg(not(feature = "dynamodb"))]
        Place::DynamoDb { .. } => Err(absent(
            spec,
            "DynamoDB: ./bootstrap.sh local aws, or: cargo build --release -p carelake --features aws",
        )),
    }
}

#[cfg(not(all(feature = "sqlite", feature = "dynamodb")))]
fn absent(spec: &LookupSpec, what: &str) -> LookupError {
    LookupError::Config {
        name: spec.name.clone(),
        message: format!("this carelake was built without what reaches {what}"),
    }
}
