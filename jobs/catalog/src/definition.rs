//! What a table says: its columns, where its files are and how partitions are found. Made from pointer and manifest.

use std::collections::BTreeMap;

use carelake_core::names::Publication;
use carelake_core::publish::{Entry, Manifest, Pointer, Serves};
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
    /// Declares the table of a publication as its pointer and the manifests of the runs that the pointer names say, in their order.
    /// The runs of a list are values of the column `run`, found by an enumeration: a new list is one update of the table.
    ///
    /// # Errors
    /// [`CatalogError::OtherRun`] when the manifests are other runs'; [`CatalogError::Type`] when a column has a type that
    /// carelake never writes; [`CatalogError::Types`] when it has another type in another run.
    pub fn of(
        lake: &Lake,
        publication: &Publication,
        pointer: &Pointer,
        manifests: &[Manifest],
    ) -> Result<Self, CatalogError> {
        let name = table_name(publication);
        let is_ours = |(manifest, entry): (&Manifest, &Entry)| {
            manifest.run_id == entry.run_id && manifest.publication == publication.path()
        };
        if manifests.len() != pointer.runs.len() || !manifests.iter().zip(&pointer.runs).all(is_ours) {
            return Err(CatalogError::OtherRun { table: name });
        }
        let mut partitions = partitions::of(pointer.kind, manifests, lake);
        let (location, inner) = match (pointer.kind, manifests) {
            (Serves::Snapshot, [manifest]) => {
                (format!("{}/{}/", lake.output, manifest.folder()), partitions.as_slice())
            }
            _ => {
                partitions.insert(0, partitions::of_list(pointer));
                (format!("{}/{publication}/_runs/", lake.output), partitions.get(1..).unwrap_or_default())
            }
        };
        let mut template = location.clone();
        if pointer.kind == Serves::Log {
            template.push_str("${run}/");
        }
        template.extend(inner.iter().map(|Partition { name, .. }| format!("{name}=${{{name}}}/")));
        let mut parameters = projection(&partitions);
        parameters.insert(TEMPLATE.to_owned(), template);
        // What readers see changes with the list only, and so does the table.
        parameters.insert(SEQUENCE.to_owned(), pointer.content.to_string());
        if let (Serves::Snapshot, Some(served)) = (pointer.kind, pointer.last()) {
            parameters.insert(RUN_ID.to_owned(), served.run_id.to_string());
            parameters.insert(MANIFEST.to_owned(), format!("{}/{publication}/{}", lake.output, served.manifest));
        }
        Ok(Self {
            columns: columns(&name, manifests)?,
            description: format!("{publication}, published by carelake"),
            partition_keys: partitions.iter().map(key).collect(),
            parameters,
            body: Body::Files { location, format: Format::parquet() },
            name,
        })
    }

    /// Returns how often what is served had changed when the table was last flipped; 0 when carelake never flipped it.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.parameters.get(SEQUENCE).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

/// Returns the columns that any of the runs has, in the order in which they first came.
fn columns(table: &str, manifests: &[Manifest]) -> Result<Vec<Column>, CatalogError> {
    let mut columns: Vec<Column> = Vec::new();
    for column in manifests.iter().flat_map(|manifest| &manifest.schema) {
        let kind = hive::of_manifest(&column.kind)
            .ok_or_else(|| CatalogError::Type { table: table.to_owned(), column: column.name.clone() })?;
        match columns.iter().find(|known| known.name == column.name) {
            Some(known) if known.kind == kind => {}
            Some(_) => return Err(CatalogError::Types { table: table.to_owned(), column: column.name.clone() }),
            None => columns.push(Column {
                name: column.name.clone(),
                kind: kind.into_owned(),
                comment: column.description.clone(),
            }),
        }
    }
    Ok(columns)
}

fn key(partition: &Partition) -> Column {
    let comment = match partition.name.as_str() {
        partitions::RUN => "run that published the row",
        "state" => "two-letter code of the state",
        "source" => "source that the row was read from",
        _ => "told by the folder",
    };
    Column { name: partition.name.clone(), kind: "string".to_owned(), comment: comment.to_owned() }
}

/// Returns the parameters by which Athena finds partitions without asking the catalog for them.
/// <https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html>
fn projection(partitions: &[Partition]) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::from([
        ("EXTERNAL".to_owned(), "TRUE".to_owned()),
        ("classification".to_owned(), "parquet".to_owned()),
        ("parquet.compression".to_owned(), "SNAPPY".to_owned()),
        (format!("{PROJECTION}enabled"), "true".to_owned()),
    ]);
    for Partition { name, values } in partitions {
        parameters.insert(format!("{PROJECTION}{name}.type"), "enum".to_owned());
        parameters.insert(format!("{PROJECTION}{name}.values"), values.join(","));
    }
    parameters
}
