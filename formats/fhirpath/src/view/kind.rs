//! What a column holds.

use std::sync::Arc;

use arrow_schema::{DataType, TimeUnit};

use crate::types::{Type, is_resource_type};

/// What a value of a column is, by its declared type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    /// 32 bits, from the least that the type has.
    Int32 {
        least: i32,
    },
    Int64,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Double,
    /// The first day of a period.
    Date,
    /// The first instant of a period, in microseconds, UTC.
    Timestamp,
    /// Text, and nothing else.
    Text,
    /// An object, as its JSON.
    Json,
    /// No type was declared, or `VARCHAR`: whatever it is, as text.
    Any,
}

/// Where the types of FHIR are defined.
const DEFINITIONS: &str = "http://hl7.org/fhir/StructureDefinition/";

impl Kind {
    /// Returns what a declared type makes of a column.
    pub(super) fn of(declared: &str) -> Result<Self, String> {
        let name = declared.strip_prefix(DEFINITIONS).unwrap_or(declared);
        // An element without a type of its own is named by its path.
        if name.split_once('.').is_some_and(|(resource, _)| is_resource_type(resource)) {
            return Ok(Self::Json);
        }
        let Some(kind) = Type::find(name) else {
            let meant = Type::nearest(name).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
            return Err(format!("unknown type `{declared}`{meant}"));
        };
        Ok(match kind.name() {
            "boolean" => Self::Boolean,
            "integer" => Self::Int32 { least: i32::MIN },
            "unsignedInt" => Self::Int32 { least: 0 },
            "positiveInt" => Self::Int32 { least: 1 },
            "integer64" => Self::Int64,
            "decimal" => Self::Decimal { precision: 38, scale: 9 },
            "date" => Self::Date,
            "dateTime" | "instant" => Self::Timestamp,
            _ if kind.is_primitive() => Self::Text,
            _ => Self::Json,
        })
    }

    /// Returns what a type of ANSI SQL makes of a column.
    pub(super) fn of_ansi(declared: &str) -> Result<Self, String> {
        let name = declared.trim().to_ascii_uppercase();
        if name == "DOUBLE" || name == "DOUBLE PRECISION" {
            return Ok(Self::Double);
        }
        if name == "VARCHAR" {
            return Ok(Self::Any);
        }
        let digits = name.strip_prefix("DECIMAL(").and_then(|rest| rest.strip_suffix(')'));
        let digits = digits.and_then(|digits| digits.split_once(','));
        let parsed = digits.and_then(|(precision, scale)| {
            Some((precision.trim().parse::<u8>().ok()?, scale.trim().parse::<i8>().ok()?))
        });
        match parsed {
            Some((precision @ 1..=38, scale)) if (0..=38).contains(&scale) && scale.unsigned_abs() <= precision => {
                Ok(Self::Decimal { precision, scale })
            }
            _ => Err(format!(
                "unknown type `{declared}`; known are DOUBLE, DECIMAL(p,s) with p to 38 and s to p, VARCHAR"
            )),
        }
    }

    /// Returns the type of the column's values in Arrow.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Boolean => DataType::Boolean,
            Self::Int32 { .. } => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
            Self::Text | Self::Json | Self::Any => DataType::Utf8,
        }
    }
}
