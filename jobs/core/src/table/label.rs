//! What a Parquet file says of itself: what its columns hold, and which run of which publication it belongs to.
//!
//! The same in every file of a run, and made once for all of them. Columns are described twice: where Arrow's readers look for
//! it, in the metadata of the fields of the schema that is kept under `ARROW:schema`; and as JSON text, for readers that show entries only.

use arrow_schema::{Field as ArrowField, Schema};
use jiff::civil::Date;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, encode_arrow_schema};
use parquet::file::metadata::KeyValue;

use super::columns::FileColumns;
use super::field::Table;

/// The key of a field's metadata under which its meaning is.
pub const DESCRIPTION: &str = "description";

/// The entries of a file's metadata. The default says nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Label {
    entries: Vec<KeyValue>,
}

impl Label {
    /// Describes the files of a run.
    ///
    /// # Shape
    /// `carelake.publication`, `carelake.run_id`, `carelake.as_of`, `carelake.version`; `carelake.columns`, an object with the
    /// meaning of each column by its name; `ARROW:schema`.
    #[must_use]
    pub fn new(table: &Table, publication: &str, run_id: &str, as_of: Date, version: &str) -> Self {
        Self::of(&FileColumns::from(*table).described(), publication, run_id, as_of, version)
    }

    /// Describes the files of a run whose schema is known at run time; the metadata of its fields tells under [`DESCRIPTION`] what
    /// they hold.
    #[must_use]
    pub fn of(schema: &Schema, publication: &str, run_id: &str, as_of: Date, version: &str) -> Self {
        let entry = |key: &str, value: String| KeyValue { key: key.to_owned(), value: Some(value) };
        let entries = vec![
            entry("carelake.publication", publication.to_owned()),
            entry("carelake.run_id", run_id.to_owned()),
            entry("carelake.as_of", as_of.to_string()),
            entry("carelake.version", version.to_owned()),
            entry("carelake.columns", serde_json::Value::Object(meanings(schema)).to_string()),
            entry(ARROW_SCHEMA_META_KEY, encode_arrow_schema(schema)),
        ];
        Self { entries }
    }

    pub(super) fn entries(&self) -> Option<Vec<KeyValue>> {
        if self.entries.is_empty() { None } else { Some(self.entries.clone()) }
    }
}

/// Returns the meaning of each column, in their order.
fn meanings(schema: &Schema) -> serde_json::Map<String, serde_json::Value> {
    let meaning = |field: &ArrowField| field.metadata().get(DESCRIPTION).cloned().unwrap_or_default();
    schema.fields().iter().map(|field| (field.name().clone(), meaning(field).into())).collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use jiff::Timestamp;
    use jiff::civil::date;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;
    use crate::table::{Field, Kind, Lineage, PartWriter};

    const TABLE: Table = Table {
        fields: &[
            Field::new("npi", Kind::Identifier, "National Provider Identifier, 10 digits"),
            Field::new("years", Kind::Int16, "whole years"),
        ],
    };

    fn file() -> Vec<u8> {
        let lineage = Lineage {
            run_id: "2026-11-01.1".to_owned(),
            ingested_at: Timestamp::UNIX_EPOCH,
            source_file: "file.csv".to_owned(),
        };
        let label = Label::new(&TABLE, "hospitals/mercy", "2026-11-01.1", date(2026, 11, 1), "0.1.0");
        let mut writer = PartWriter::new(TABLE, lineage, &label, 1).unwrap();
        writer
            .row(|row| {
                row.text(Some(b"1234567893"));
                row.integer(Some(7));
            })
            .unwrap();
        writer.finish().unwrap().remove(0).bytes
    }

    #[test]
    fn a_file_says_what_its_columns_hold_and_whose_it_is() {
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(file())).unwrap();
        let meanings: Vec<Option<&str>> = reader
            .schema()
            .fields()
            .iter()
            .map(|field| field.metadata().get(DESCRIPTION).map(String::as_str))
            .collect();
        let expected: Vec<Option<&str>> = TABLE.all().map(|field| Some(field.description)).collect();
        assert_eq!(meanings, expected);
        let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let ours: Vec<(&str, &str)> = entries
            .iter()
            .filter(|entry| entry.key.starts_with("carelake."))
            .map(|entry| (entry.key.as_str(), entry.value.as_deref().unwrap()))
            .collect();
        let expected = [
            ("carelake.publication", "hospitals/mercy"),
            ("carelake.run_id", "2026-11-01.1"),
            ("carelake.as_of", "2026-11-01"),
            ("carelake.version", "0.1.0"),
        ];
        assert_eq!(ours[..4], expected);
        let (key, columns) = ours[4];
        assert_eq!((key, ours.len()), ("carelake.columns", 5));
        let begins = r#"{"npi":"National Provider Identifier, 10 digits","years":"whole years","_run_id":""#;
        assert!(columns.starts_with(begins), "{columns}");
    }

    #[test]
    fn what_it_says_is_the_same_every_time() {
        let first = file();
        assert!((0..20).all(|_| file() == first));
    }

    #[test]
    fn the_schema_that_is_said_is_the_one_that_is_written() {
        let plain = |schema: &Schema| {
            schema.fields().iter().map(|field| (field.name().clone(), field.data_type().clone())).collect::<Vec<_>>()
        };
        assert_eq!(plain(&FileColumns::from(TABLE).described()), plain(&TABLE.schema()));
    }
}
