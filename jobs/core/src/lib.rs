//! What every job is made of.
pub mod error;
pub use error::ErrorKind;
