//! Classes: how the lake holds a column, as a word that stays what it is.

use arrow_schema::{DataType, TimeUnit};
use carelake_database::Kind;

const LIST: &str = "list of ";

/// Returns the class of a type of the lake.
#[must_use]
pub fn class(of: &DataType) -> String {
    match of {
        DataType::Int64 => "whole number".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, None) => "time without zone".to_owned(),
        DataType::Timestamp(_, Some(_)) => "moment".to_owned(),
        DataType::Binary => "bytes".to_owned(),
        DataType::Struct(_) => "interval".to_owned(),
        DataType::List(of) => format!("{LIST}{}", class(of.data_type())),
        _ => "text".to_owned(),
    }
}

/// Returns the type of the lake of a class.
#[must_use]
pub fn type_of(class: &str) -> DataType {
    if let Some(of) = class.strip_prefix(LIST) {
        return match (Kind::Set(Vec::new()).arrow(), type_of(of)) {
            // The one place that knows what an element is called.
            (DataType::List(field), of) => {
                DataType::List(std::sync::Arc::new(field.as_ref().clone().with_data_type(of)))
            }
            (other, _) => other,
        };
    }
    match class {
        "whole number" => DataType::Int64,
        "float" => DataType::Float32,
        "double" => DataType::Float64,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "time without zone" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "moment" => Kind::Timestamp.arrow(),
        "bytes" => DataType::Binary,
        "interval" => Kind::Interval.arrow(),
        other => decimal(other).unwrap_or(DataType::Utf8),
    }
}

fn decimal(class: &str) -> Option<DataType> {
    let (precision, scale) = class.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
    Some(DataType::Decimal128(precision.parse().ok()?, scale.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_every_kind_is_read_back_from_its_class() {
        let kinds = [
            Kind::Integer,
            Kind::Unsigned,
            Kind::Decimal { precision: 10, scale: 2 },
            Kind::Decimal { precision: 38, scale: 38 },
            Kind::Money { scale: 2 },
            Kind::Float,
            Kind::Double,
            Kind::Boolean,
            Kind::Date,
            Kind::LocalTimestamp,
            Kind::Timestamp,
            Kind::Time,
            Kind::Interval,
            Kind::Text,
            Kind::Padded,
            Kind::Bytes,
            Kind::Geometry,
            Kind::Set(vec!["a".to_owned()]),
            Kind::List(Box::new(Kind::Decimal { precision: 5, scale: 1 })),
            Kind::List(Box::new(Kind::Interval)),
        ];
        for kind in kinds {
            assert_eq!(type_of(&class(&kind.arrow())), kind.arrow(), "{kind:?}");
        }
    }
}
