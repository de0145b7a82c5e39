//! Lines: what a line says, and which rule refuses it.

mod json;
mod judge;
mod types;

pub use json::{Head, Malformed, read};
pub(crate) use json::{instant, members, plain};
pub(crate) use judge::resource;
pub use judge::{Judged, MOST_BYTES, Rule, is_id, judge};
pub use types::{is_resource_type, resource_types};
