//! The types that columns of models are declared with.

use std::fmt;

/// The type of a column. What is declared is what is published; see [`Kind::takes`] for what is converted by itself.
///
/// ```
/// use carelake_curated::config::Kind;
/// assert_eq!(Kind::parse("decimal(18,2)"), Some(Kind::Decimal(18, 2)));
/// assert_eq!(Kind::parse("list<date>").map(|kind| kind.stored()).as_deref(), Some("list<date>"));
/// assert_eq!(Kind::parse("varchar"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    Text,
    /// True or false.
    Boolean,
    /// A whole number of 16 bits.
    Smallint,
    /// A whole number of 32 bits.
    Integer,
    /// A whole number of 64 bits.
    Bigint,
    /// A number of 64 bits with a binary fraction; never NaN, never infinite.
    Double,
    /// An exact number: digits, and how many of them are behind the point.
    Decimal(u8, u8),
    /// A day.
    Date,
    /// An instant, UTC, microseconds.
    Timestamp,
    /// A list of one of the others.
    List(Box<Self>),
}

/// The names of types of one word, for messages.
pub const KINDS: [&str; 9] =
    ["text", "boolean", "smallint", "integer", "bigint", "double", "date", "timestamp", "decimal(18,2)"];

/// The most digits of a decimal.
const MOST_DIGITS: u8 = 38;

impl Kind {
    /// Reads the name of a type.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let inner = |prefix: &str, end: char| text.strip_prefix(prefix)?.strip_suffix(end);
        Some(match text {
            "text" => Self::Text,
            "boolean" => Self::Boolean,
            "smallint" => Self::Smallint,
            "integer" => Self::Integer,
            "bigint" => Self::Bigint,
            "double" => Self::Double,
            "date" => Self::Date,
            "timestamp" => Self::Timestamp,
            _ => {
                if let Some(item) = inner("list<", '>') {
                    let item = Self::parse(item).filter(|item| !matches!(item, Self::List(_)))?;
                    return Some(Self::List(Box::new(item)));
                }
                let (digits, scale) = inner("decimal(", ')')?.split_once(',')?;
                let (digits, scale): (u8, u8) = (digits.trim().parse().ok()?, scale.trim().parse().ok()?);
                let fits = (1..=MOST_DIGITS).contains(&digits) && scale <= digits;
                return fits.then_some(Self::Decimal(digits, scale));
            }
        })
    }

    /// Returns the name by which manifests know it.
    #[must_use]
    pub fn stored(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Boolean => "bool".to_owned(),
            Self::Smallint => "int16".to_owned(),
            Self::Integer => "int32".to_owned(),
            Self::Bigint => "int64".to_owned(),
            Self::Double => "float64".to_owned(),
            Self::Decimal(digits, scale) => format!("decimal({digits},{scale})"),
            Self::Date => "date".to_owned(),
            Self::Timestamp => "timestamp_micros_utc".to_owned(),
            Self::List(item) => format!("list<{}>", item.stored()),
        }
    }

    /// Returns the type that manifests know by a name; nothing of one that no model can have. What is narrower is widened.
    #[must_use]
    pub fn of_stored(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Text,
            "bool" => Self::Boolean,
            "int8" | "int16" => Self::Smallint,
            "int32" => Self::Integer,
            "int64" => Self::Bigint,
            "float32" | "float64" => Self::Double,
            "date" => Self::Date,
            "timestamp_micros_utc" => Self::Timestamp,
            other => {
                if let Some(item) = other.strip_prefix("list<").and_then(|rest| rest.strip_suffix('>')) {
                    return Some(Self::List(Box::new(Self::of_stored(item)?)));
                }
                return Self::parse(other);
            }
        })
    }

    /// Returns the type in the words of Athena.
    #[must_use]
    pub fn athena(&self) -> String {
        match self {
            Self::Text => "varchar".to_owned(),
            Self::Timestamp => "timestamp(6) with time zone".to_owned(),
            Self::List(item) => format!("array({})", item.athena()),
            other => other.to_string(),
        }
    }

    /// Returns whether values are whole numbers.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Smallint | Self::Integer | Self::Bigint)
    }

    /// Returns whether values are numbers.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        self.is_whole() || matches!(self, Self::Double | Self::Decimal(..))
    }

    /// Returns whether a column of this type takes values of another without a word: nothing can be lost.
    #[must_use]
    pub fn takes(&self, other: &Self) -> bool {
        let digits = |kind: &Self| match kind {
            Self::Smallint => Some(5),
            Self::Integer => Some(10),
            Self::Bigint => Some(19),
            _ => None,
        };
        match (self, other) {
            (one, other) if one == other => true,
            (Self::Integer | Self::Bigint | Self::Double, Self::Smallint)
            | (Self::Bigint | Self::Double, Self::Integer) => true,
            (Self::Decimal(all, scale), Self::Decimal(given, given_scale)) => {
                scale >= given_scale && all - scale >= given - given_scale
            }
            (Self::Decimal(all, scale), whole) => digits(whole).is_some_and(|digits| all - scale >= digits),
            (Self::List(one), Self::List(other)) => one.takes(other),
            _ => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Boolean => f.write_str("boolean"),
            Self::Smallint => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Double => f.write_str("double"),
            Self::Decimal(digits, scale) => write!(f, "decimal({digits},{scale})"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::List(item) => write!(f, "list<{item}>"),
        }
    }
}
