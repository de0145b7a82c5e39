//! Names of types: the manifest's, Hive's (which Glue stores) and Presto's (which views are declared in).

use std::borrow::Cow;
use std::sync::Arc;

use arrow_schema::{DataType, Field};
use carelake_core::table::data_type;

/// Returns the Hive type of a column that the manifest calls `kind`, if carelake writes such columns.
pub(crate) fn of_manifest(kind: &str) -> Option<Cow<'static, str>> {
    of_type(&data_type(kind)?)
}

fn of_type(of: &DataType) -> Option<Cow<'static, str>> {
    Some(Cow::Borrowed(match of {
        DataType::Utf8 => "string",
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float32 => "float",
        DataType::Float64 => "double",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp",
        DataType::Binary => "binary",
        DataType::Decimal128(precision, scale) => return Some(format!("decimal({precision},{scale})").into()),
        DataType::List(item) => return Some(format!("array<{}>", of_type(item.data_type())?).into()),
        DataType::Struct(fields) => {
            let member = |field: &Arc<Field>| Some(format!("{}:{}", field.name(), of_type(field.data_type())?));
            let members: Option<Vec<String>> = fields.iter().map(member).collect();
            return Some(format!("struct<{}>", members?.join(",")).into());
        }
        _ => return None,
    }))
}

/// Returns Presto's name of a Hive type that [`of_manifest`] answers; the two agree about the others.
pub(crate) fn to_presto(hive: &str) -> Cow<'_, str> {
    match hive {
        "string" => "varchar".into(),
        "int" => "integer".into(),
        "float" => "real".into(),
        "binary" => "varbinary".into(),
        other => match other.strip_prefix("array<").and_then(|rest| rest.strip_suffix('>')) {
            Some(item) => format!("array({})", to_presto(item)).into(),
            None => other.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use carelake_core::table::Kind;

    use super::*;

    #[test]
    fn every_kind_of_column_has_the_hive_type_that_holds_its_arrow_type() {
        for (kind, hive) in [
            (Kind::Text, "string"),
            (Kind::Identifier, "string"),
            (Kind::Boolean, "boolean"),
            (Kind::Int8, "tinyint"),
            (Kind::Int16, "smallint"),
            (Kind::Int32, "int"),
            (Kind::Float64, "double"),
            (Kind::Date, "date"),
            (Kind::Timestamp, "timestamp"),
        ] {
            assert_eq!(of_manifest(kind.name()).as_deref(), Some(hive), "{kind:?}");
        }
        assert_eq!(of_manifest("int64").as_deref(), Some("bigint"));
    }

    #[test]
    fn a_decimal_keeps_its_digits_and_a_list_tells_what_it_is_of() {
        for (kind, hive, presto) in [
            ("decimal(18,2)", "decimal(18,2)", "decimal(18,2)"),
            ("list<text>", "array<string>", "array(varchar)"),
            ("list<decimal(6,2)>", "array<decimal(6,2)>", "array(decimal(6,2))"),
            ("float32", "float", "real"),
            ("binary", "binary", "varbinary"),
            ("timestamp_micros", "timestamp", "timestamp"),
            (
                "struct<months: int32, days: int32, micros: int64>",
                "struct<months:int,days:int,micros:bigint>",
                "struct<months:int,days:int,micros:bigint>",
            ),
        ] {
            assert_eq!(of_manifest(kind).as_deref(), Some(hive));
            assert_eq!(to_presto(hive), presto);
        }
        assert_eq!(of_manifest("list<Struct>"), None);
    }

    #[test]
    fn a_type_that_carelake_never_writes_has_none() {
        assert_eq!(of_manifest("Struct"), None);
    }

    #[test]
    fn presto_has_names_of_its_own_for_text_and_integers_only() {
        assert_eq!(
            (to_presto("string"), to_presto("int"), to_presto("bigint")),
            ("varchar".into(), "integer".into(), "bigint".into())
        );
    }
}
