//! The reference: the complete rows of partners, and which of them are about one person.
//!
//! A matcher has a reference of its own, since its configuration says which rows are complete, what their values mean and which
//! of them are one person. What it holds is a function of the runs that are loaded and of the decisions that merged or split: not of
//! their order, of how often they were loaded, or of what died on the way.

mod base;
mod candidates;
mod changes;
mod digest;
mod error;
mod found;
mod group;
mod load;
mod row;
mod schema;
mod sets;
mod settled;
mod stored;
#[cfg(test)]
mod tests;

pub use base::ReferenceDatabase;
pub(crate) use base::{members, standing};
pub use digest::Digests;
pub use error::ReferenceError;
pub(crate) use found::{Normal, Wanted};
pub(crate) use load::regroup;
pub use load::{Difference, Loaded, LoadedRun};
pub use row::{Columns, Judged, Key, Linker, ReferenceRecord, Row};
pub use settled::{Alias, KeptModel};

/// Keeps the complete rows of partners. Each change happens as a whole or not at all, and readers see what was before it or after it.
pub trait Reference: Send {
    /// Returns where it is, for people.
    fn describe(&self) -> String;

    /// Returns the runs that are loaded, in the order of publication and run.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn loaded(&self) -> Result<Vec<LoadedRun>, ReferenceError>;

    /// Returns what the answers of the matcher followed from that is loaded; empty before the first load.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn identity(&self) -> Result<String, ReferenceError>;

    /// Hands over every record, in the order of its key, as they were at one moment.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn each_record(&self, each: &mut dyn FnMut(ReferenceRecord)) -> Result<(), ReferenceError>;

    /// Returns a record.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn record(&self, key: &Key) -> Result<Option<ReferenceRecord>, ReferenceError>;

    /// Returns the person that an id stands for now, through every merge.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn person(&self, person_id: &str) -> Result<Option<String>, ReferenceError>;

    /// Returns the records of a person, in the order of their keys, and those that each took the place of, the newest first.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn members(&self, person_id: &str) -> Result<Vec<(ReferenceRecord, Vec<ReferenceRecord>)>, ReferenceError>;

    /// Returns groups of records that rules link, and that are left apart because a rule parts two of them.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn apart(&self) -> Result<Vec<Vec<ReferenceRecord>>, ReferenceError>;

    /// Returns hashes of everything that follows from the runs that are loaded.
    ///
    /// # Errors
    /// [`ReferenceError`].
    fn digests(&self) -> Result<Digests, ReferenceError>;
}
