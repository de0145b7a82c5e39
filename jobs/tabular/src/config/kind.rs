//! The types a column can have: text, integers, and the types of `carelake_core::value`, each listed here once.

use carelake_core::value::{
    Ccn, CellType, Day, EnrollmentId, Form, Npi, PacId, Packed, Phone, StateCode, Written, Zip, parse_integer,
};

use super::OnInvalid;

/// A value that a typed column holds, unpacked from the number a row keeps for it.
pub trait Value: Copy {
    /// The type's name in the configuration.
    const TYPE: &'static str;
    /// The largest number that it holds; `None` for what is no number.
    const LARGEST: Option<i64> = None;

    /// Returns whether a column of this kind holds such values.
    fn fits(kind: &ColumnKind) -> bool;

    /// Returns the value that was packed.
    fn unpack(packed: u64) -> Self;
}

/// Makes the types of columns of one list, in the order in which their rules name a row with several faults.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $type:ty,)*) => {
        /// The type of a column: how a value is judged and written.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ColumnKind {
            /// Any text.
            Text,
            $($(#[$doc])* $kind,)*
            /// A whole number.
            Integer {
                /// The smallest valid value.
                min: i64,
                /// The largest valid value.
                max: i64,
            },
        }

        /// The types of a column by the words that name them; the range of an integer is read apart.
        pub(super) const KINDS: &[(&str, ColumnKind)] = &[
            ("text", ColumnKind::Text),
            $((<$type>::NAME, ColumnKind::$kind),)*
            ("integer", ColumnKind::Integer { min: 0, max: i64::MAX }),
        ];

        impl ColumnKind {
            /// Returns the word that names the type in the configuration.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    Self::Text => "text",
                    $(Self::$kind => <$type>::NAME,)*
                    Self::Integer { .. } => "integer",
                }
            }

            /// Returns whether values of this type identify something, so that a column of it can be part of a key.
            #[must_use]
            pub const fn is_identifier(self) -> bool {
                match self {
                    $(Self::$kind => <$type>::IS_KEY,)*
                    Self::Text | Self::Integer { .. } => false,
                }
            }

            /// Returns the bits that a value takes; `None` of text and of integers, whose range says it.
            #[must_use]
            pub const fn bits(self) -> Option<u32> {
                match self {
                    $(Self::$kind => Some(<$type as CellType>::BITS),)*
                    Self::Text | Self::Integer { .. } => None,
                }
            }

            /// Returns whether a column of this type may have few enough values for a folder each.
            pub(super) const fn may_place(self) -> bool {
                match self {
                    $(Self::$kind => <$type>::MAY_PLACE,)*
                    Self::Text | Self::Integer { .. } => true,
                }
            }

            /// Returns what becomes of an invalid value unless the column says otherwise.
            pub(super) const fn default_on_invalid(self) -> OnInvalid {
                match self {
                    $(Self::$kind if <$type>::REFUSES => OnInvalid::Reject,)*
                    _ => OnInvalid::Null,
                }
            }

            /// Returns whether a fraction that is a whole number can be a value.
            pub(crate) const fn is_number(self) -> bool {
                match self {
                    $(Self::$kind => <$type>::IS_NUMBER,)*
                    Self::Text => false,
                    Self::Integer { .. } => true,
                }
            }

            /// Returns the rule that a cell breaks which is no value of the type; empty for one that is named after its column.
            pub(crate) const fn rule(self) -> &'static str {
                match self {
                    $(Self::$kind => <$type>::RULE,)*
                    Self::Text | Self::Integer { .. } => "",
                }
            }

            /// Packs a cell; or says which rule it breaks.
            #[inline]
            pub(crate) fn read(self, cell: &[u8], form: &Form<'_>) -> Result<(u64, Written), &'static str> {
                match self {
                    $(Self::$kind => <$type>::read(cell, form).map(|(value, written)| (value.packed(), written)),)*
                    Self::Integer { min, max } => {
                        parse_integer(cell, min, max).map(|number| (number as u64, Written::Plain)).ok_or("")
                    }
                    Self::Text => Err(""),
                }
            }

            /// Returns a packed value as people and folders tell it.
            pub(crate) fn text(self, packed: u64) -> String {
                match self {
                    $(Self::$kind => <$type as Packed>::unpacked(packed).to_string(),)*
                    Self::Text | Self::Integer { .. } => packed.to_string(),
                }
            }
        }

        $(impl Value for $type {
            const TYPE: &'static str = <$type>::NAME;

            fn fits(kind: &ColumnKind) -> bool {
                matches!(kind, ColumnKind::$kind)
            }

            #[inline]
            fn unpack(packed: u64) -> Self {
                <$type as Packed>::unpacked(packed)
            }
        })*
    };
}

kinds! {
    /// National Provider Identifier: 10 digits with a check digit.
    Npi: Npi,
    /// PECOS associate control id: 10 digits.
    PacId: PacId,
    /// PECOS enrollment id: `I` or `O`, a date and 6 digits.
    EnrollmentId: EnrollmentId,
    /// CMS Certification Number: 6 to 10 characters.
    Ccn: Ccn,
    /// A code of the list `states`.
    State: StateCode,
    /// ZIP code: 5 or 9 digits.
    Zip: Zip,
    /// Telephone number: 10 to 15 digits.
    Phone: Phone,
    /// A date in the source's `date_format`.
    Date: Day,
    /// Yes or no.
    Flag: bool,
}

macro_rules! integer {
    ($type:ty) => {
        impl Value for $type {
            const TYPE: &'static str = "integer";
            const LARGEST: Option<i64> = Some(<$type>::MAX as i64);

            fn fits(kind: &ColumnKind) -> bool {
                matches!(kind, ColumnKind::Integer { max, .. } if *max <= <$type>::MAX as i64)
            }

            #[inline]
            fn unpack(packed: u64) -> Self {
                packed as Self
            }
        }
    };
}
integer!(i8);
integer!(i16);
integer!(i32);

/// The words.
pub(super) const KIND_NAMES: [&str; KINDS.len()] = {
    let mut names = [""; KINDS.len()];
    let (mut rest, mut kinds) = (names.as_mut_slice(), KINDS);
    while let ([name, more @ ..], [(word, _), others @ ..]) = (rest, kinds) {
        *name = word;
        (rest, kinds) = (more, others);
    }
    names
};

impl ColumnKind {
    /// Returns the bits that a column of this type takes in a key, with room for null; `None` for what cannot be part of one.
    #[must_use]
    pub const fn key_bits(self) -> Option<u32> {
        match self.bits() {
            Some(bits) if self.is_identifier() => Some(bits + 1),
            _ => None,
        }
    }

    /// Returns the words of the types that can be part of a key.
    pub(crate) fn keys() -> String {
        let keys = KINDS.iter().filter(|(_, kind)| kind.is_identifier()).map(|(name, _)| *name);
        keys.collect::<Vec<_>>().join(", ")
    }

    /// Returns the place of the type in the list, which decides the rule that names a row with several faults.
    pub(crate) fn rank(self) -> usize {
        KINDS.iter().position(|(name, _)| *name == self.name()).unwrap_or(KINDS.len())
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::value::{DateFormat, StateCodes};

    use super::*;

    #[test]
    fn every_type_reads_packs_and_tells_its_values() {
        let (states, dates) = (StateCodes::new(["ME"]), DateFormat::new("%m/%d/%Y"));
        let form = Form { states: &states, dates: &dates, is_npi_strict: true };
        // A cell, how it is told, and the rule of a cell that is none.
        let cells = [
            ("npi", "1234567893", "1234567893", "npi_format"),
            ("pac_id", "42", "0000000042", ""),
            ("enrollment_id", "O20031103000042", "O20031103000042", "enrollment_id_format"),
            ("ccn", "01t011", "01T011", "ccn_format"),
            ("state", "me", "ME", "state_unknown"),
            ("zip", "04101-1234", "041011234", ""),
            ("phone", "(928) 674-7001", "9286747001", ""),
            ("date", "4/1/1898", "1898-04-01", ""),
            ("flag", "Yes", "true", ""),
            ("integer", "007", "7", ""),
        ];
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        assert_eq!(names[1..], cells.map(|(name, ..)| name));
        for ((name, cell, told, rule), (_, kind)) in cells.into_iter().zip(KINDS.iter().skip(1)) {
            let (packed, _) = kind.read(cell.as_bytes(), &form).unwrap();
            assert_eq!(kind.text(packed), told, "{name}");
            assert!(kind.bits().is_none_or(|bits| packed < 1 << bits), "{name}");
            assert_eq!(kind.read(b"\x7f", &form).unwrap_err(), rule, "{name}");
            assert_eq!(kind.rule(), rule, "{name}");
        }
        assert_eq!(ColumnKind::Npi.read(b"1234567890", &form), Err("npi_checksum"));
        assert_eq!(ColumnKind::keys(), "npi, pac_id, enrollment_id, ccn, state");
    }
}
