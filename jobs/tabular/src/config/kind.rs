//! The types a column can have.

use carelake_core::value::{Ccn, EnrollmentId, Npi, PacId, StateCode};

use super::OnInvalid;

/// The type of a column: how a value is judged and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Any text.
    Text,
    /// National Provider Identifier: 10 digits with a check digit.
    Npi,
    /// PECOS associate control id: 10 digits.
    PacId,
    /// PECOS enrollment id: `I` or `O`, a date and 6 digits.
    EnrollmentId,
    /// CMS Certification Number: 6 to 10 characters.
    Ccn,
    /// A code of the list `states`.
    State,
    /// ZIP code: 5 or 9 digits.
    Zip,
    /// Telephone number: 10 to 15 digits.
    Phone,
    /// A date in the source's `date_format`.
    Date,
    /// Yes or no.
    Flag,
    /// A whole number.
    Integer {
        /// The smallest valid value.
        min: i64,
        /// The largest valid value.
        max: i64,
    },
}

/// The types of a column by the words that name them; the range of an integer is read apart.
pub(super) const KINDS: [(&str, ColumnKind); 11] = [
    ("text", ColumnKind::Text),
    ("npi", ColumnKind::Npi),
    ("pac_id", ColumnKind::PacId),
    ("enrollment_id", ColumnKind::EnrollmentId),
    ("ccn", ColumnKind::Ccn),
    ("state", ColumnKind::State),
    ("zip", ColumnKind::Zip),
    ("phone", ColumnKind::Phone),
    ("date", ColumnKind::Date),
    ("flag", ColumnKind::Flag),
    ("integer", ColumnKind::Integer { min: 0, max: i64::MAX }),
];

impl ColumnKind {
    /// Returns the word that names the type in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Npi => "npi",
            Self::PacId => "pac_id",
            Self::EnrollmentId => "enrollment_id",
            Self::Ccn => "ccn",
            Self::State => "state",
            Self::Zip => "zip",
            Self::Phone => "phone",
            Self::Date => "date",
            Self::Flag => "flag",
            Self::Integer { .. } => "integer",
        }
    }

    /// Returns whether values of this type identify something, so that a column of it can be part of a key.
    #[must_use]
    pub const fn is_identifier(self) -> bool {
        matches!(self, Self::Npi | Self::PacId | Self::EnrollmentId | Self::Ccn | Self::State)
    }

    /// Returns the bits that a column of this type takes in a key, with room for null; `None` for what cannot be part of one.
    #[must_use]
    pub const fn key_bits(self) -> Option<u32> {
        match self {
            Self::Npi => Some(Npi::BITS + 1),
            Self::PacId => Some(PacId::BITS + 1),
            Self::EnrollmentId => Some(EnrollmentId::BITS + 1),
            Self::Ccn => Some(Ccn::BITS + 1),
            Self::State => Some(StateCode::BITS + 1),
            _ => None,
        }
    }

    /// Returns what becomes of an invalid value unless the column says otherwise.
    pub(super) const fn default_on_invalid(self) -> OnInvalid {
        match self {
            Self::Npi | Self::Ccn | Self::State => OnInvalid::Reject,
            _ => OnInvalid::Null,
        }
    }
}
