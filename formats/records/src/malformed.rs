//! Why a whole file cannot be read.

use std::io;

use super::batch::Place;

/// A file that is not what it is declared to be: whoever sent it must act. No value of it is in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}{}", place.map(|place| format!(" (at {place})")).unwrap_or_default())]
pub struct Malformed {
    /// The reason.
    pub reason: Reason,
    /// What was met, and what was expected.
    pub message: String,
    /// Where, if it is at one place.
    pub place: Option<Place>,
}

/// Why, as it is told to machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// It is something else than it is declared to be.
    NotTheFormat,
    /// Its end is missing.
    Truncated,
    /// It says how many records it has, and has another number.
    CountMismatch,
    /// It says what its bytes add up to, and they do not.
    ChecksumMismatch,
    /// It cannot be read without a password.
    Encrypted,
    /// It is larger than is read.
    TooLarge,
    /// It unpacks to more than any honest file does.
    CompressedTooMuch,
    /// It has more members than are read.
    TooManyMembers,
    /// It is nested deeper than is read.
    TooDeep,
    /// A value is longer, or there are more columns or cells, than are read.
    TooWide,
    /// A member would lie outside of its folder.
    PathOutside,
    /// It declares entities or a document type.
    Entity,
    /// Nothing in it is what is declared.
    NoRecords,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 13] = [
        Self::NotTheFormat,
        Self::Truncated,
        Self::CountMismatch,
        Self::ChecksumMismatch,
        Self::Encrypted,
        Self::TooLarge,
        Self::CompressedTooMuch,
        Self::TooManyMembers,
        Self::TooDeep,
        Self::TooWide,
        Self::PathOutside,
        Self::Entity,
        Self::NoRecords,
    ];

    /// Returns its name for machines.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotTheFormat => "not_the_format",
            Self::Truncated => "truncated",
            Self::CountMismatch => "count_mismatch",
            Self::ChecksumMismatch => "checksum_mismatch",
            Self::Encrypted => "encrypted",
            Self::TooLarge => "too_large",
            Self::CompressedTooMuch => "compressed_too_much",
            Self::TooManyMembers => "too_many_members",
            Self::TooDeep => "too_deep",
            Self::TooWide => "too_wide",
            Self::PathOutside => "path_outside",
            Self::Entity => "entity",
            Self::NoRecords => "no_records",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(self.name())
    }
}

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is to blame.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// This machine is.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
}

impl Malformed {
    /// Says what is wrong with the file as a whole.
    #[must_use]
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), place: None }
    }

    /// Says where it is.
    #[must_use]
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }
}
