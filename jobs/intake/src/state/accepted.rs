//! Deliveries that count, and what judges them.

use jiff::civil::Date;

use crate::error::IntakeError;
use crate::judged::Judged;

/// A delivery that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// The date that it declares.
    pub delivery_date: Date,
    /// Its number among those of its date.
    pub sequence: u32,
    /// The hash of its bytes, in hexadecimal.
    pub sha256: String,
    /// The name of its file, as sent.
    pub name: String,
}

impl Accepted {
    /// Returns what deliveries are ordered by.
    pub(crate) fn order(&self) -> (Date, u32, &str) {
        (self.delivery_date, self.sequence, &self.id)
    }
}

/// Judges the bytes of a delivery by the present mapping of its feed.
pub type Judge<'j> = dyn Fn(&Accepted) -> Result<Judged, IntakeError> + 'j;
