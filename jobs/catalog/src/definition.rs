//! What a table says: its columns, where its files are and how partitions are found. Made from pointer and manifest.

use std::collections::BTreeMap;

use carelake_core::names::Publication;
use carelake_core::publish::{Manifest, Pointer};
use serde::Serialize;

use crate::error::CatalogError;
use crate::hive;
use crate::lake::{Lake, table_name};
use crate::partitions::{self, Partition};

/// What the names of parameters begin with that no reader but carelake goes by.
pub(crate) const OURS: &str = "carelake.";
pub(crate) const RUN_ID: &str = "carelake.run_id";
pub(crate) const SEQUENCE: &str = "carelake.sequence";
pub(crate) const MANIFEST: &str = "carelake.manifest";
pub(crate) const TEMPLATE: &str = "storage.location.template";
pub(crate) const PROJECTION: &str = "projection.";

/// One table or view, as carelake declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// The table's name.
    pub name: String,
    /// What the table is, for people.
    pub description: String,
    /// The columns of the files, in order.
    pub columns: Vec<Column>,
    /// The columns that the folders tell, outermost first.
    pub partition_keys: Vec<Column>,
    /// The properties that readers and carelake go by.
    pub parameters: BTreeMap<String, String>,
    /// Where the rows come from.
    pub body: Body,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// The column's name.
    pub name: String,
    /// The column's Hive type.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the column holds.
    pub comment: String,
}

/// Where the rows of a table come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Files in a folder.
    Files {
        /// The folder, with a slash at the end.
        location: String,
        /// How to read the files.
        format: Format,
    },
    /// A query.
    View {
        /// The query, in the encoding that Athena reads.
        text: String,
    },
}

/// The Java classes that read and write the files of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Format {
    /// The input format.
    pub input: String,
    /// The output format.
    pub output: String,
    /// The row format.
    pub serde: String,
}

impl Format {
    /// Returns the classes of Hive that read Parquet.
    #[must_use]
    pub fn parquet() -> Self {
        Self {
            input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat".to_owned(),
            output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat".to_owned(),
            serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe".to_owned(),
        }
    }
}

impl Definition {
    /// Declares the table of a publication as its pointer and the manifest of the run that the pointer names say.
    ///
    /// # Errors
    /// [`CatalogError::OtherRun`] when the manifest is another run's; [`CatalogError::Type`] when a column has a type that
    /// carelake never writes.
    pub fn of(
        lake: &Lake,
        publication: &Publication,
        pointer: &Pointer,
        manifest: &Manifest,
    ) -> Result<Self, CatalogError> {
        let name = table_name(publication);
        if manifest.run_id != pointer.run_id || manifest.publication != publication.path() {
            return Err(CatalogError::OtherRun { table: name });
        }
        let location = format!("{}/{}/", lake.output, manifest.folder());
        let partitions = partitions::of(manifest, &lake.states);
        let mut parameters = projection(&partitions, &location);
        parameters.insert(RUN_ID.to_owned(), pointer.run_id.to_string());
        parameters.insert(SEQUENCE.to_owned(), pointer.sequence.to_string());
        parameters.insert(MANIFEST.to_owned(), format!("{}/{publication}/{}", lake.output, pointer.manifest));
        let columns = manifest.schema.iter().map(|column| {
            let kind = hive::of_manifest(&column.kind)
                .ok_or_else(|| CatalogError::Type { table: name.clone(), column: column.name.clone() })?;
            Ok(Column { name: column.name.clone(), kind: kind.to_owned(), comment: column.description.clone() })
        });
        Ok(Self {
            columns: columns.collect::<Result<_, _>>()?,
            description: format!("{publication}, published by carelake"),
            partition_keys: partitions.iter().map(key).collect(),
            parameters,
            body: Body::Files { location, format: Format::parquet() },
            name,
        })
    }

    /// Returns how often the pointer had been moved when the table was last flipped; 0 when carelake never flipped it.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.parameters.get(SEQUENCE).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

fn key(partition: &Partition) -> Column {
    let comment = match partition.name.as_str() {
        "state" => "two-letter code of the state",
        _ => "source that the row was read from",
    };
    Column { name: partition.name.clone(), kind: "string".to_owned(), comment: comment.to_owned() }
}

/// Returns the parameters by which Athena finds partitions without asking the catalog for them.
/// <https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html>
fn projection(partitions: &[Partition], location: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::from([
        ("EXTERNAL".to_owned(), "TRUE".to_owned()),
        ("classification".to_owned(), "parquet".to_owned()),
        ("parquet.compression".to_owned(), "SNAPPY".to_owned()),
        (format!("{PROJECTION}enabled"), "true".to_owned()),
    ]);
    let mut template = location.to_owned();
    for Partition { name, values } in partitions {
        parameters.insert(format!("{PROJECTION}{name}.type"), "enum".to_owned());
        parameters.insert(format!("{PROJECTION}{name}.values"), values.join(","));
        template.push_str(&format!("{name}=${{{name}}}/"));
    }
    parameters.insert(TEMPLATE.to_owned(), template);
    parameters
}
