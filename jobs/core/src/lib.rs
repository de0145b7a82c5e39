//! What every room of carelake stands on: names, values, tables, the store, the ledger, publishing, reading configurations.
//!
//! Nothing here knows where rows come from, nor AWS; nothing reads the clock or looks at environment variables.

pub mod account;
mod causes;
pub mod config;
pub mod error;
mod hex;
pub mod ledger;
pub mod measure;
pub mod names;
mod nearest;
pub mod publish;
pub mod store;
pub mod table;
pub mod value;

pub use causes::causes;
pub use error::{ErrorKind, ErrorKinds};
pub use hex::{hex, unhex};
pub use nearest::nearest;
