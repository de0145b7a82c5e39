//! The columns of the common schema of persons that have a normal form of their own.

use crate::compare::Kind;

/// What a value of a slot is made of, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// First name, beside the other parts of the name.
    First,
    /// Middle name.
    Middle,
    /// Last name.
    Last,
    /// Suffix.
    Suffix,
    /// A name that stands alone.
    Name(String),
    /// A day.
    Day(String),
    /// The sex.
    Sex,
    /// The nine digits of a social security number, from `social_security_number` alone.
    Ssn9,
    /// Its last four, from `ssn_last4` alone.
    Last4,
    /// The number, or its last four where only these are known.
    Ssn,
    /// A ZIP code.
    Zip(String),
    /// A telephone number.
    Phone(String),
    /// An e-mail address.
    Email(String),
    /// The address of both lines.
    Address,
    /// An address of one column.
    Line(String),
    /// A text.
    Text(String),
    /// A text without its blanks.
    Flat(String),
    /// A number.
    Number(String),
}

/// The names of columns, or of what is made of them, that have a normal form of their own.
pub const COMMON: [&str; 16] = [
    "first_name",
    "middle_name",
    "last_name",
    "name_suffix",
    "birth_date",
    "sex",
    "social_security_number",
    "ssn_last4",
    "ssn",
    "zip_code",
    "phone",
    "email",
    "address",
    "address_line_2",
    "city",
    "state",
];

impl Column {
    /// Returns what a common column holds, if it is one.
    #[must_use]
    pub fn common(name: &str) -> Option<Self> {
        let own = || name.to_owned();
        Some(match name {
            "first_name" => Self::First,
            "middle_name" => Self::Middle,
            "last_name" => Self::Last,
            "name_suffix" => Self::Suffix,
            "birth_date" => Self::Day(own()),
            "sex" => Self::Sex,
            "social_security_number" => Self::Ssn9,
            "ssn_last4" => Self::Last4,
            "ssn" => Self::Ssn,
            "zip_code" => Self::Zip(own()),
            "phone" => Self::Phone(own()),
            "email" => Self::Email(own()),
            "address" => Self::Address,
            "address_line_2" | "city" | "state" => Self::Text(own()),
            _ => return None,
        })
    }

    /// Returns what a column holds that values are compared so.
    #[must_use]
    pub fn compared(name: &str, kind: Kind) -> Self {
        let name = name.to_owned();
        match kind {
            Kind::Exact | Kind::Edit | Kind::Text => Self::Flat(name),
            Kind::FirstName | Kind::LastName => Self::Name(name),
            Kind::Date => Self::Day(name),
            Kind::Ssn => Self::Ssn,
            Kind::Zip => Self::Zip(name),
            Kind::Phone => Self::Phone(name),
            Kind::Email => Self::Email(name),
            Kind::Address => Self::Line(name),
            Kind::Number => Self::Number(name),
        }
    }

    /// Returns whether values of this normal form can be compared so.
    #[must_use]
    pub const fn fits(&self, kind: Kind) -> bool {
        match kind {
            Kind::Exact | Kind::Edit | Kind::Text => true,
            Kind::FirstName | Kind::LastName => matches!(self, Self::First | Self::Middle | Self::Last | Self::Name(_)),
            Kind::Date => matches!(self, Self::Day(_)),
            Kind::Ssn => matches!(self, Self::Ssn | Self::Ssn9 | Self::Last4),
            Kind::Zip => matches!(self, Self::Zip(_)),
            Kind::Phone => matches!(self, Self::Phone(_)),
            Kind::Email => matches!(self, Self::Email(_)),
            Kind::Address => matches!(self, Self::Address | Self::Line(_)),
            Kind::Number => matches!(self, Self::Number(_)),
        }
    }

    /// Returns the columns of a row that it is made of.
    #[must_use]
    pub fn sources(&self) -> Vec<&str> {
        match self {
            Self::First | Self::Middle | Self::Last | Self::Suffix => {
                vec!["first_name", "middle_name", "last_name", "name_suffix"]
            }
            Self::Sex => vec!["sex"],
            Self::Ssn9 => vec!["social_security_number"],
            Self::Last4 => vec!["ssn_last4"],
            Self::Ssn => vec!["social_security_number", "ssn_last4"],
            Self::Address => vec!["address", "address_line_2"],
            Self::Zip(name) => vec![name, "state"],
            Self::Name(name)
            | Self::Day(name)
            | Self::Phone(name)
            | Self::Email(name)
            | Self::Line(name)
            | Self::Text(name)
            | Self::Flat(name)
            | Self::Number(name) => vec![name],
        }
    }
}
