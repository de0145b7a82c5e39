//! The tables of a source: each view over the resources that are there now, part by part.
//!
//! A view keeps which run of each part of resources it was made of, and of which definition: parts whose run is another are made anew, all
//! views of them in one reading, and no other part is opened.

mod compiled;
mod fill;
mod look;
mod made;
mod shipped;

pub use compiled::compiled;
pub use look::{row_of, rows_of};
pub use made::{Tables, make};
pub use shipped::SHIPPED;
