//! What every carelake job is made of: configuration, sources, rules, tables, publishing, ledger.
//!
//! Rows flow one way: [`source`] → [`dedup`] → [`table`] → [`publish`]. A dataset crate connects these with what is
//! peculiar to it; [`job`] does the rest. Nothing here knows AWS, reads the clock or looks at environment variables.

pub mod account;
pub mod codes;
pub mod config;
pub mod csv;
pub mod dedup;
mod error;
pub mod inputs;
pub mod job;
pub mod ledger;
pub mod measure;
pub mod meter;
mod nearest;
pub mod publish;
pub mod rejects;
pub mod run;
pub mod source;
pub mod store;
pub mod table;
pub mod value;

pub use error::ErrorKind;
pub use nearest::nearest;

/// Returns bytes in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the bytes that [`hex`] wrote, if it did.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    text.as_bytes()
        .chunks(2)
        .map(|pair| if let [high, low] = pair { Some(digit(high)? << 4 | digit(low)?) } else { None })
        .collect()
}
