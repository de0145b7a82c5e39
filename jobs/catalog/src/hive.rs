//! Names of types: the manifest's, Hive's (which Glue stores) and Presto's (which views are declared in).

/// Returns the Hive type of a column that the manifest calls `kind`, if carelake writes such columns.
pub(crate) fn of_manifest(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "text" => "string",
        "bool" => "boolean",
        "int8" => "tinyint",
        "int16" => "smallint",
        "int32" => "int",
        "int64" => "bigint",
        "float64" => "double",
        "date" => "date",
        "timestamp_micros_utc" => "timestamp",
        _ => return None,
    })
}

/// Returns Presto's name of a Hive type that [`of_manifest`] answers; the two agree about the others.
pub(crate) fn to_presto(hive: &str) -> &str {
    match hive {
        "string" => "varchar",
        "int" => "integer",
        other => other,
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
            assert_eq!(of_manifest(kind.name()), Some(hive), "{kind:?}");
        }
        assert_eq!(of_manifest("int64"), Some("bigint"));
    }

    #[test]
    fn a_type_that_carelake_never_writes_has_none() {
        assert_eq!(of_manifest("Struct"), None);
    }

    #[test]
    fn presto_has_names_of_its_own_for_text_and_integers_only() {
        assert_eq!((to_presto("string"), to_presto("int"), to_presto("bigint")), ("varchar", "integer", "bigint"));
    }
}
