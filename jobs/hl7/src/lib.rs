//! The room of HL7 v2: messages are kept as they came, read, written as JSON and entered in a catalogue of patients, messages and errors.
//!
//! [`Reader`] takes the bytes of a message and answers its JSON, in the groups of its structure, with what was odd about it; or the
//! [`Reason`] why it cannot be read. No segment and no value is ever left out. [`receive`] is the way of one message, however it came:
//! [`serve`] over HTTP, [`mllp`], [`load`] from files. [`sweep`] makes up for what was cut off, [`replay`] tries again what could not
//! be used.

pub mod ack;
mod answer;
pub mod batch;
pub mod catalog;
pub mod config;
pub mod day;
pub mod facts;
pub mod functions;
pub mod inbox;
mod json;
pub mod load;
pub mod mllp;
mod pages;
mod place;
mod posted;
mod read;
mod reason;
pub mod receive;
pub mod replay;
mod room;
pub mod serve;
pub mod standing;
mod structure;
pub mod sweep;
pub mod tables;
#[cfg(test)]
mod tests;
mod time;
mod warning;
pub mod world;
pub mod zones;

pub use answer::{Line, LineError, answer};
pub use read::{Envelope, Header, Options, Read, Reader, Whole};
pub use reason::{Reason, Refusal};
pub use room::ROOM;
pub use structure::{FoundBy, GENERIC};
pub use time::{Moment, Precision, Time};
pub use warning::{At, Warning, Warnings};
