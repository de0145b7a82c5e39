//! Lines: what a line says, and which rule refuses it.

mod head;
mod judge;
mod members;

pub use carelake_fhirpath::{is_id, is_resource_type};
pub use head::{Head, Heads};
pub(crate) use judge::resource;
pub use judge::{Judged, MOST_BYTES, Rule, judge};
pub(crate) use members::{instant, members, plain};
