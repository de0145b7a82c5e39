//! What happened and who may change what.
//!
//! The ledger is for people and for keeping publishers apart; what is published is told by the pointer in the store alone.
//! It is a few capabilities, and whoever needs one asks for that one: `Runs` and `Attempts` of what was run, `Leases` of who
//! may change what, `Schemas` of what columns there were, `Rows` of whatever else a room keeps. `Audit`, `Notices`, `Pins`, `Subjects` and `SourceSchemas` are written over `Rows` once. `SqliteLedger` has them all in one file, with the feature
//! `sqlite`; with the feature `testsuite`, `contract` says in runnable form what every implementation must do.
//!
//! Calls block; several threads and processes may call at once. Every call may be repeated when its answer was lost, and
//! fails with [`LedgerError`] when the ledger cannot be read or written.

mod attempts;
mod audit;
#[cfg(any(test, feature = "testsuite"))]
pub mod contract;
mod entry;
mod error;
mod lease;
mod notices;
mod pins;
mod rows;
mod runs;
mod schemas;
mod source_schemas;
#[cfg(feature = "sqlite")]
mod sqlite;
mod subjects;

use std::fmt;

pub use attempts::Attempts;
pub use audit::{Audit, Entry, Event, Verdict};
pub use entry::{DatasetRun, DatasetRunEnd, NewRun, Run, RunEnd, SchemaEntry, Status, Trigger, UnknownWord};
pub use error::LedgerError;
pub use lease::{Acquired, Ask, Claim, Claimed, Lease, Leases, Taken, ends, publication_of};
pub use notices::{Notice, Notices};
pub use pins::Pins;
pub use rows::{Change, Condition, Key, Object, Page, Partition, Range, Row, Rows, Transacted, Write, Written, object};
pub use runs::{Given, Runs};
pub use schemas::Schemas;
pub use source_schemas::{Seen, SourceSchemas};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteLedger;
pub use subjects::{Subjects, Turn};

/// What is kept somewhere.
pub trait Located: Send + Sync + fmt::Debug {
    /// Returns where it is kept, for people.
    fn describe(&self) -> String;
}

/// Every capability, for those that need several.
pub trait Ledger: Runs + Attempts + Leases + Schemas + Rows {}

impl<L: Runs + Attempts + Leases + Schemas + Rows> Ledger for L {}
