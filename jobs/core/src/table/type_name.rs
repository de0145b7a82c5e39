//! The names of types in manifests, and the Arrow types that they stand for.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};

/// The types with names of one word.
const PLAIN: [(&str, DataType); 12] = [
    ("text", DataType::Utf8),
    ("binary", DataType::Binary),
    ("bool", DataType::Boolean),
    ("int8", DataType::Int8),
    ("int16", DataType::Int16),
    ("int32", DataType::Int32),
    ("int64", DataType::Int64),
    ("float32", DataType::Float32),
    ("float64", DataType::Float64),
    ("date", DataType::Date32),
    ("timestamp_micros", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ("null", DataType::Null),
];
/// The name of an instant: a timestamp whose zone is UTC.
const INSTANT: &str = "timestamp_micros_utc";

/// Returns the manifest's name of a type; `None` of one that carelake never writes.
///
/// ```
/// use arrow_schema::DataType;
/// use carelake_core::table::{data_type, type_name};
/// assert_eq!(type_name(&DataType::Decimal128(18, 2)).as_deref(), Some("decimal(18,2)"));
/// assert_eq!(data_type("list<text>").and_then(|kind| type_name(&kind)).as_deref(), Some("list<text>"));
/// assert_eq!(type_name(&DataType::Float16), None);
/// ```
#[must_use]
pub fn type_name(of: &DataType) -> Option<String> {
    match of {
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if matches!(&**zone, "UTC" | "+00:00") => {
            Some(INSTANT.to_owned())
        }
        DataType::Decimal128(precision, scale) => Some(format!("decimal({precision},{scale})")),
        DataType::List(item) => Some(format!("list<{}>", type_name(item.data_type())?)),
        DataType::Struct(fields) => {
            let fields =
                fields.iter().map(|field| Some(format!("{}: {}", field.name(), type_name(field.data_type())?)));
            Some(format!("struct<{}>", fields.collect::<Option<Vec<_>>>()?.join(", ")))
        }
        plain => PLAIN.iter().find(|(_, kind)| kind == plain).map(|(name, _)| (*name).to_owned()),
    }
}

/// Returns the Arrow type of a manifest's name; `None` of a name that is none.
#[must_use]
pub fn data_type(name: &str) -> Option<DataType> {
    if let Some((_, kind)) = PLAIN.iter().find(|(plain, _)| *plain == name) {
        return Some(kind.clone());
    }
    if name == INSTANT {
        return Some(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    }
    let inner = |prefix: &str, end: char| name.strip_prefix(prefix)?.strip_suffix(end);
    if let Some(numbers) = inner("decimal(", ')') {
        let (precision, scale) = numbers.split_once(',')?;
        return Some(DataType::Decimal128(precision.parse().ok()?, scale.parse().ok()?));
    }
    if let Some(item) = inner("list<", '>') {
        return Some(DataType::List(Arc::new(Field::new("element", data_type(item)?, true))));
    }
    let fields = members(inner("struct<", '>')?).into_iter().map(|member| {
        let (name, kind) = member.split_once(": ")?;
        Some(Field::new(name, data_type(kind)?, true))
    });
    Some(DataType::Struct(fields.collect::<Option<Fields>>()?))
}

/// Cuts the members of a struct apart, at the commas that are in none of them.
fn members(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0_u32, 0, Vec::new());
    for (at, character) in text.char_indices() {
        match character {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found.into_iter().map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_type_lead_to_each_other() {
        let names = [
            "decimal(38,9)",
            INSTANT,
            "list<decimal(4,2)>",
            "struct<a: int64, b: struct<c: list<text>, d: decimal(4,2)>>",
        ];
        for name in PLAIN.map(|(name, _)| name).into_iter().chain(names) {
            assert_eq!(data_type(name).and_then(|kind| type_name(&kind)).as_deref(), Some(name));
        }
        for name in ["", "varchar", "decimal(3)", "decimal(a,b)", "list<>", "list<text", "struct<a>", "struct<a: x>"] {
            assert_eq!(data_type(name), None, "{name}");
        }
    }
}
