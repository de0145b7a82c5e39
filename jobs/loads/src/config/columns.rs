//! What is made of single columns: masks, and types other than those that the server tells.

use carelake_core::config::reader::{Mistakes, Spot};
use carelake_database::TypeChoice;

const A_TREATMENT: &str = "drop, \"null\", hash, first(N), bool, uuid, json, decimal(P,S) or repair(latin1_utf8)";

/// What is made of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Treatment {
    /// It is never read.
    Drop,
    /// It is there, and empty.
    Null,
    /// HMAC-SHA-256 with the key of the source's secret, in lower-case hex.
    Hash,
    /// The first characters.
    First(usize),
    /// It has another type.
    Type(TypeChoice),
}

impl Treatment {
    /// Reads one at a place.
    pub(super) fn read(spot: &Spot<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        // Editors write null without quotes.
        let found = spot.raw_text().and_then(Self::parse);
        if found.is_none() {
            spot.expected(A_TREATMENT, mistakes);
        }
        found
    }

    fn parse(text: &str) -> Option<Self> {
        let (word, inner) = match text.split_once('(') {
            Some((word, rest)) => (word, Some(rest.strip_suffix(')')?)),
            None => (text, None),
        };
        Some(match (word, inner) {
            ("drop", None) => Self::Drop,
            ("null", None) => Self::Null,
            ("hash", None) => Self::Hash,
            ("first", Some(number)) => Self::First(number.trim().parse().ok().filter(|number| *number > 0)?),
            ("string", None) => Self::Type(TypeChoice::Text),
            ("int", None) => Self::Type(TypeChoice::Whole),
            ("double", None) => Self::Type(TypeChoice::Double),
            ("binary", None) => Self::Type(TypeChoice::Bytes),
            ("bool", None) => Self::Type(TypeChoice::Boolean),
            ("uuid", None) => Self::Type(TypeChoice::Uuid),
            ("json", None) => Self::Type(TypeChoice::Json),
            ("repair", Some("latin1_utf8")) => Self::Type(TypeChoice::Repaired),
            ("decimal", Some(inner)) => {
                let (precision, scale) = inner.split_once(',')?;
                let (precision, scale): (u8, u8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                let is_possible = (1..=38).contains(&precision) && scale <= precision;
                is_possible.then_some(Self::Type(TypeChoice::Decimal { precision, scale }))?
            }
            _ => return None,
        })
    }

    /// Returns whether it hides what the column holds.
    #[must_use]
    pub const fn is_mask(&self) -> bool {
        !matches!(self, Self::Type(_))
    }
}

impl std::fmt::Display for Treatment {
    /// Writes it as the configuration has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Drop => f.write_str("drop"),
            Self::Null => f.write_str("null"),
            Self::Hash => f.write_str("hash"),
            Self::First(number) => write!(f, "first({number})"),
            Self::Type(TypeChoice::Boolean) => f.write_str("bool"),
            Self::Type(TypeChoice::Uuid) => f.write_str("uuid"),
            Self::Type(TypeChoice::Json) => f.write_str("json"),
            Self::Type(TypeChoice::Text) => f.write_str("string"),
            Self::Type(TypeChoice::Whole) => f.write_str("int"),
            Self::Type(TypeChoice::Double) => f.write_str("double"),
            Self::Type(TypeChoice::Bytes) => f.write_str("binary"),
            // Nobody can write this one.
            Self::Type(TypeChoice::Without(_)) => f.write_str("item"),
            Self::Type(TypeChoice::Repaired) => f.write_str("repair(latin1_utf8)"),
            Self::Type(TypeChoice::Decimal { precision, scale }) => write!(f, "decimal({precision},{scale})"),
        }
    }
}
