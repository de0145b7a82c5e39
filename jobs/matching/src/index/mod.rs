//! The reference in memory, for one run: records as words, keys of the passes in order, persons.
//!
//! It is made of rows that are ready, in any order, and does not change while records are looked up in it.

mod block;
mod builder;
mod frequency;
mod keys;
mod persons;
mod whole;

pub use block::{Block, Found};
pub use builder::{About, Builder, IndexError};
pub use frequency::Frequencies;
pub use keys::{Key, Keys};
pub use persons::{Persons, person_id};
pub(crate) use whole::{Candidates, id_hash, value};
pub use whole::{Index, Place};

#[cfg(test)]
mod tests;
