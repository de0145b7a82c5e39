//! The room of HL7 v2: messages from their text to typed JSON.
//!
//! [`Reader`] takes the bytes of a message and answers its JSON, in the groups of its structure, with what was odd about it; or the
//! [`Reason`] why it cannot be read. [`Time`] reads times. No segment and no value is ever left out. Nothing is kept or published here yet.

mod answer;
mod json;
mod place;
mod read;
mod reason;
mod room;
mod structure;
pub mod tables;
mod time;
mod warning;

pub use answer::{Line, LineError, answer};
pub use read::{Header, Options, Read, Reader};
pub use reason::{Reason, Refusal};
pub use room::ROOM;
pub use structure::{FoundBy, GENERIC};
pub use time::{Moment, Precision, Time};
pub use warning::{At, Warning, Warnings};
