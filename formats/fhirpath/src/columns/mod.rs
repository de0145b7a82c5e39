//! Rows of views: found for one resource, and appended to columns or written as JSON.

mod builder;
mod count;
mod filler;
mod json;
mod rows;
mod typed;

pub use count::{Count, Finding};
pub use filler::Filler;
pub use json::RowError;
