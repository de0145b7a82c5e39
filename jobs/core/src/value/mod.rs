//! The typed values of DATASETS: how a cell becomes an NPI, a state, a date, or is refused.
//!
//! Every type but text packs into one `u64`, so that a row's typed cells can be kept, compared and used as keys without
//! an allocation. Cells arrive here trimmed and not empty; what an empty cell means is the column's business.

mod ccn;
mod contact;
mod date;
mod enrollment_id;
mod flag;
mod integer;
mod npi;
mod pac_id;
mod render;
mod state;
mod text;

pub use ccn::Ccn;
pub use contact::{Phone, Zip};
pub use date::{DateFormat, Day};
pub use enrollment_id::EnrollmentId;
pub use flag::Flag;
pub use integer::parse_integer;
pub use npi::{Npi, NpiError};
pub use pac_id::PacId;
pub use render::Render;
pub use state::{StateCode, StateCodes};
pub use text::trim;

/// A cell that was accepted, and whether leading zeros had to be put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted<T> {
    /// The value.
    pub value: T,
    /// Whether the cell was shorter than the identifier and was left-padded with zeros.
    pub padded: bool,
}

/// Reads a cell of ASCII digits as a number, or answers `None` when it holds anything else or more than 19 digits.
fn digits(cell: &[u8]) -> Option<u64> {
    if cell.is_empty() || cell.len() > 19 {
        return None;
    }
    cell.iter().try_fold(0u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| number * 10 + u64::from(digit))
    })
}
