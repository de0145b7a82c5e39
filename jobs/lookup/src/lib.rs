//! Rows by their keys, many at once.
//!
//! A [`Lookup`] answers requests: a publication, a table of SQLite, a table of DynamoDB. [`get_many`] asks it for any number of keys and
//! answers one row, or none, for each of them in their order: what is asked twice is asked once, what a service leaves open is asked again,
//! and there is never a short answer. Which look-ups there are the section `lookups` of the configuration says ([`config`]).

mod answers;
mod clock;
pub mod config;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod error;
mod key;
mod open;
mod publication;
mod row;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod tests;

pub use answers::{Answers, Lookup, Reply, Wish, get_many};
pub use clock::{Clock, Machine};
#[cfg(feature = "dynamodb")]
pub use dynamodb::DynamoTable;
pub use error::LookupError;
pub use key::{Key, KeyColumn, KeyType, KeyValue};
pub use open::open;
pub use publication::OfPublication;
pub use row::{Row, Value};
#[cfg(feature = "sqlite")]
pub use sqlite::OfSqlite;
