//! Tests of the whole crate: files on disk, questions in SQL.

mod answers;
mod changes;
mod errors;
mod files;
mod profile;
mod pruning;
mod random;
