//! Tables of PostgreSQL, MySQL, MariaDB and DynamoDB as batches of columns: sessions that only read, catalogues, snapshots, and types of which every
//! value comes exactly or is counted.
//!
//! Calls block. Nothing here reads a configuration. Errors name the source, a table and the server's code, never the server's words, since
//! servers quote values in them.

mod address;
#[cfg(feature = "clients")]
mod checksum;
#[cfg(feature = "dynamodb")]
mod dynamodb;
mod error;
mod items;
mod kind;
#[cfg(feature = "clients")]
mod lookup3;
mod moment;
#[cfg(feature = "clients")]
mod mysql;
#[cfg(feature = "clients")]
mod postgres;
mod reading;
mod relation;
#[cfg(feature = "clients")]
mod repair;
mod session;
#[cfg(feature = "clients")]
mod tens;

pub use address::{Address, Engine, Login, Target, Tls};
#[cfg(feature = "clients")]
pub use checksum::checksum;
pub use error::DatabaseError;
pub use items::{ATTRIBUTE, Attribute, DATABASE, ITEM, Item, ItemRows, NotAnItem, canonical, column, parse};
pub use kind::{Kind, TypeChoice};
pub use moment::{Moment, Open};
#[cfg(feature = "clients")]
pub use postgres::Client;
pub use reading::{Bound, Condition, Counts, Order, Reading, Refused, Specials, Taker, Wanted};
pub use relation::{Column, Identity, Index, Relation, RelationKind};
pub use session::{Altered, Canceller, Grant, Server, Session, Snapshot, Strain};

/// Opens a session that can only read.
///
/// # Errors
///
/// [`DatabaseError::Unavailable`] where nobody answers, [`DatabaseError::Refused`] where login, right or certificate is refused,
/// [`DatabaseError::NoClient`] and [`DatabaseError::NoAws`] where this build has no clients of such servers.
pub fn connect(target: &Target) -> Result<Box<dyn Session>, DatabaseError> {
    match target.engine {
        #[cfg(feature = "clients")]
        Engine::Postgres => postgres::connect(target),
        #[cfg(feature = "clients")]
        Engine::Mysql | Engine::Mariadb => mysql::connect(target),
        #[cfg(feature = "dynamodb")]
        Engine::Dynamodb => dynamodb::connect(target),
        #[cfg(not(feature = "clients"))]
        Engine::Postgres | Engine::Mysql | Engine::Mariadb => {
            Err(DatabaseError::NoClient { server: target.source.clone() })
        }
        #[cfg(not(feature = "dynamodb"))]
        Engine::Dynamodb => Err(DatabaseError::NoAws { server: target.source.clone() }),
    }
}

/// Computes nothing: this build has no clients of servers.
#[cfg(not(feature = "clients"))]
#[must_use]
pub fn checksum(_engine: Engine, _columns: &[(&Kind, &arrow_array::ArrayRef)]) -> Option<u64> {
    None
}

/// Returns an account of AWS and its region from the environment, for exports.
#[cfg(feature = "dynamodb")]
pub use dynamodb::{Asked, Exports, Wish};
