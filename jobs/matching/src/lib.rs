//! The room of matching: which person an incomplete record is about, and what of it may be repaired.
//!
//! A wrong match puts one person's birth date into another's record and nobody notices, so what is not certain is asked.
//! What is here is pure: rows come in, answers go out; nothing is read or written.

pub mod compare;
pub mod sound;
pub mod values;
