//! What runs models in this process: Polars, asked in the words of `crate::sql` and by steps.
//!
//! Frames are lazy: nothing is read before the rows of a model are taken. What Polars says of rows is never passed on, since it quotes them.

mod ask;
mod error;
mod files;
mod functions;
mod given;
mod parts;
mod rows;
mod share;
mod steps;
#[cfg(test)]
mod tests;

pub use ask::{Tables, ask, take};
pub use error::EngineError;
pub use files::scan;
pub use given::given;
pub use rows::{Shaped, batches, polars_type, shape};
pub use share::{Stopped, default_share, within};
pub use steps::follow;
