//! Rows as they are compared: which columns are read, and the values that are made of them.

mod layout;
mod prepared;

pub use layout::{Layout, Slot};
pub use prepared::{Prepared, Preparer, prepare};
