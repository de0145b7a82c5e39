//! What every job is made of.
pub mod csv;
pub mod error;
pub mod value;
pub use error::ErrorKind;
