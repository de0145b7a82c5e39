//! What columns hold, whatever server they are of, and how the lake holds it.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};

use crate::address::Engine;
use crate::reading::Specials;

/// What a column holds. Wide on purpose: an `int` that becomes a `bigint` stays what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A whole number of at most 64 bits with a sign.
    Integer,
    /// A whole number of 64 bits without a sign.
    Unsigned,
    /// A number with a fixed number of digits: `1 <= precision <= 38`, `scale <= precision`.
    Decimal {
        /// All digits.
        precision: u8,
        /// Those after the point.
        scale: u8,
    },
    /// An amount of money: nineteen digits, of which so many stand after the point where the server is.
    Money {
        /// Those after the point.
        scale: u8,
    },
    /// A number of 32 bits with a floating point.
    Float,
    /// A number of 64 bits with a floating point.
    Double,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A day and a time without a zone, to the microsecond.
    LocalTimestamp,
    /// A moment, to the microsecond.
    Timestamp,
    /// Microseconds: of a day, or of a span where the server allows more than a day.
    Time,
    /// Months, days and microseconds.
    Interval,
    /// Text, as the server writes it: also numbers without a fixed number of digits, labels, addresses, documents.
    Text,
    /// Text whose trailing blanks are padding.
    Padded,
    /// Bytes.
    Bytes,
    /// Bytes of a geometry: EWKB.
    Geometry,
    /// Some of these labels, in this order.
    Set(Vec<String>),
    /// Values of one kind.
    List(Box<Kind>),
}

impl Kind {
    /// Returns the Arrow type that holds it.
    #[must_use]
    pub fn arrow(&self) -> DataType {
        match self {
            Self::Integer | Self::Time => DataType::Int64,
            Self::Unsigned => DataType::Decimal128(20, 0),
            // Two classes: a column that gets a digit more stays what it is.
            Self::Decimal { precision, scale } => {
                DataType::Decimal128(if *precision <= 18 { 18 } else { 38 }, *scale as i8)
            }
            Self::Money { scale } => DataType::Decimal128(19, *scale as i8),
            Self::Float => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::LocalTimestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Interval => DataType::Struct(Fields::from(vec![
                Field::new("months", DataType::Int32, true),
                Field::new("days", DataType::Int32, true),
                Field::new("micros", DataType::Int64, true),
            ])),
            Self::Text | Self::Padded => DataType::Utf8,
            Self::Bytes | Self::Geometry => DataType::Binary,
            Self::Set(_) => list_of(DataType::Utf8),
            Self::List(of) => list_of(of.arrow()),
        }
    }

    /// Returns what is held instead where the configuration chose a type, or wants values that have no counterpart as text.
    #[must_use]
    pub fn chosen(&self, engine: Engine, choice: Option<&TypeChoice>, specials: Specials) -> Self {
        match choice {
            Some(TypeChoice::Boolean) => Self::Boolean,
            Some(TypeChoice::Decimal { precision, scale }) => Self::Decimal { precision: *precision, scale: *scale },
            Some(TypeChoice::Whole) => Self::Integer,
            Some(TypeChoice::Double) => Self::Double,
            Some(TypeChoice::Bytes) => Self::Bytes,
            Some(_) => Self::Text,
            None if specials == Specials::Text && self.has_specials(engine) => self.as_text(),
            None => self.clone(),
        }
    }

    /// Returns whether a server can have values of it for which Arrow has none: a day that never is, a number that is none.
    #[must_use]
    pub fn has_specials(&self, engine: Engine) -> bool {
        match self {
            Self::Date | Self::LocalTimestamp | Self::Timestamp => true,
            Self::Decimal { .. } => engine == Engine::Postgres,
            Self::List(of) => of.has_specials(engine),
            _ => false,
        }
    }

    fn as_text(&self) -> Self {
        match self {
            Self::List(_) => Self::List(Box::new(Self::Text)),
            _ => Self::Text,
        }
    }
}

fn list_of(of: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("element", of, true)))
}

/// What the configuration makes of a column instead of what its type says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeChoice {
    /// 0 and 1 as false and true; other numbers are refused.
    Boolean,
    /// A number without a fixed number of digits gets one; what does not fit is refused as `<column>_overflow`.
    Decimal {
        /// All digits.
        precision: u8,
        /// Those after the point.
        scale: u8,
    },
    /// Sixteen bytes as the text of a UUID.
    Uuid,
    /// The server's JSON of it: for arrays of several dimensions.
    Json,
    /// Text in UTF-8 that was stored as if it were Latin-1.
    Repaired,
    /// An attribute of DynamoDB that is text.
    Text,
    /// An attribute of DynamoDB that is a whole number of at most 64 bits.
    Whole,
    /// An attribute of DynamoDB that is a number which a double holds without loss.
    Double,
    /// An attribute of DynamoDB that is bytes.
    Bytes,
    /// An item of DynamoDB without these attributes.
    Without(Vec<String>),
}

impl TypeChoice {
    /// Returns whether only an item of DynamoDB, whose attributes nobody declares to the server, can be read so.
    #[must_use]
    pub const fn is_of_items(&self) -> bool {
        matches!(self, Self::Text | Self::Whole | Self::Double | Self::Bytes | Self::Without(_))
    }
}
