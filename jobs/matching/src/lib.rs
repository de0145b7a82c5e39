//! The room of matching: which person an incomplete record is about, and what of it may be repaired.
//!
//! A wrong match puts one person's birth date into another's record and nobody notices, so what is not certain is asked.
//! The way of a record: cells become values in normal form and keys ([`record`]); keys bring up records of the reference ([`index`]);
//! pairs are compared and judged ([`compare`], [`decide`]) by rules and by the weights of a model ([`model`]).

pub mod chart;
pub mod compare;
pub mod config;
mod database;
pub mod decide;
pub mod functions;
pub mod index;
pub mod lexicon;
pub mod link;
pub mod model;
mod pages;
pub mod record;
pub mod reference;
pub mod reviews;
mod room;
pub mod run;
pub mod sound;
pub mod train;
pub mod values;

pub use config::SECTION;
pub use room::ROOM;

#[cfg(test)]
mod tests;
