//! What all types of cells have in common. What is peculiar to one is in its own file, and nowhere else.

use std::fmt;

use super::{DateFormat, StateCodes};

/// What a source says of its cells besides their types.
#[derive(Debug, Clone, Copy)]
pub struct Form<'f> {
    /// The codes that count as states.
    pub states: &'f StateCodes,
    /// How dates are written.
    pub dates: &'f DateFormat,
    /// Whether the first digit of an NPI must be 1 or 2.
    pub is_npi_strict: bool,
}

/// How a cell was written that holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// As it stands.
    Plain,
    /// Shorter than the identifier: leading zeros were put back.
    Padded,
    /// A whole number as a fraction.
    Float,
}

/// A value that packs into one number.
pub trait Packed: Copy {
    /// Returns the value as a number; none is all ones.
    fn packed(self) -> u64;

    /// Returns the value that [`Packed::packed`] gave.
    fn unpacked(packed: u64) -> Self;
}

/// A type of cells that is no text. It displays as it is written and told.
pub trait CellType: Packed + fmt::Display {
    /// The word that names it in the configuration.
    const NAME: &'static str;
    /// Bits that a packed value needs.
    const BITS: u32;
    /// The rule that a cell breaks which is no value of the type; empty for one that is named after its column.
    const RULE: &'static str = "";
    /// Whether values identify something, so that a column can be part of a key.
    const IS_KEY: bool = false;
    /// Whether a column may have few enough values for a folder each.
    const MAY_PLACE: bool = false;
    /// Whether a fraction that is a whole number can be a value.
    const IS_NUMBER: bool = false;
    /// Whether an invalid value refuses its row unless the column says otherwise.
    const REFUSES: bool = false;

    /// Reads a cell, which is trimmed and not empty; or says which rule it breaks.
    ///
    /// # Errors
    /// The name of the rule; empty for one that is named after its column.
    fn read(cell: &[u8], form: &Form<'_>) -> Result<(Self, Written), &'static str>;
}

/// Reads a value that stands in its cell as it is, or is none.
#[inline]
pub(super) fn plain<T: CellType>(value: Option<T>) -> Result<(T, Written), &'static str> {
    value.map(|value| (value, Written::Plain)).ok_or(T::RULE)
}

/// Packs the values of a type that is a number in a wrapper.
macro_rules! packs {
    ($type:ident) => {
        impl $type {
            /// Returns the value as a number that sorts as its text does.
            #[must_use]
            pub const fn packed(self) -> u64 {
                self.0
            }

            /// Returns the value that `packed` gave.
            #[must_use]
            pub const fn unpacked(packed: u64) -> Self {
                Self(packed)
            }
        }

        impl $crate::value::Packed for $type {
            #[inline]
            fn packed(self) -> u64 {
                self.0
            }

            #[inline]
            fn unpacked(packed: u64) -> Self {
                Self(packed)
            }
        }
    };
}
pub(super) use packs;
