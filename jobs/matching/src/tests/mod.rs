//! The engine as a whole, on hand-made cases and on generated persons.

mod cases;
mod given;
mod linked;
pub mod order;
#[cfg(feature = "postgres")]
pub(crate) mod servers;
mod vectors;
pub mod world;
