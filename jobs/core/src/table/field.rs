//! What the columns of a dataset are.

use std::sync::Arc;

use arrow_schema::{DataType, Field as ArrowField, Schema, SchemaRef, TimeUnit};

/// The type of an output column. Every column but keys may be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text; stored without statistics.
    Text,
    /// UTF-8 text with about as many values as rows, as keys are; stored without a dictionary, with statistics of every page.
    Identifier,
    /// True or false.
    Boolean,
    /// 8-bit integer.
    Int8,
    /// 16-bit integer.
    Int16,
    /// 32-bit integer.
    Int32,
    /// 64-bit float.
    Float64,
    /// Days since 1970-01-01.
    Date,
    /// Microseconds since 1970-01-01 UTC.
    Timestamp,
}

/// One output column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The column's name.
    pub name: &'static str,
    /// The column's type.
    pub kind: Kind,
    /// What the column holds, for catalogs and people.
    pub description: &'static str,
}

impl Field {
    /// Describes a column.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind, description: &'static str) -> Self {
        Self { name, kind, description }
    }
}

/// The lineage columns at the end of every table.
pub const LINEAGE: [Field; 3] = [
    Field::new("_run_id", Kind::Text, "the run that published the row"),
    Field::new("_ingested_at", Kind::Timestamp, "midnight UTC of the as-of date of that run"),
    Field::new("_source_file", Kind::Text, "the file that the row was read from"),
];

/// The column that tells the source of a row, in the files where no folder tells it.
pub const SOURCE: Field = Field::new("source", Kind::Text, "source that the row was read from");

/// The columns of a dataset, in order, without lineage and partition columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub fields: &'static [Field],
}

impl Table {
    /// Returns every column of a file: the table's and the lineage.
    pub fn all(&self) -> impl Iterator<Item = Field> + use<> {
        self.fields.iter().copied().chain(LINEAGE)
    }

    /// Returns the schema of the files.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<ArrowField> =
            self.all().map(|field| ArrowField::new(field.name, field.kind.arrow(), true)).collect();
        Arc::new(Schema::new(fields))
    }
}

impl Kind {
    /// Returns the Arrow type.
    #[must_use]
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text | Self::Identifier => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Int8 => DataType::Int8,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Float64 => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    /// Returns the type's name in manifests and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text | Self::Identifier => "text",
            Self::Boolean => "bool",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Float64 => "float64",
            Self::Date => "date",
            Self::Timestamp => "timestamp_micros_utc",
        }
    }
}
