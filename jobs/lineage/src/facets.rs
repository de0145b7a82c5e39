//! The facets that are told, each with the schema that it follows. The versions are those of the schemas of August 2026.

use carelake_core::names::Column;
use carelake_pipeline::ABORTED;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::event::{Facets, PRODUCER, written};

/// A facet: its key, its version and its schema.
pub(crate) struct Facet {
    key: &'static str,
    version: &'static str,
    schema: &'static str,
}

const fn facet(key: &'static str, version: &'static str, schema: &'static str) -> Facet {
    Facet { key, version, schema }
}

pub(crate) const COLUMN_LINEAGE: Facet = facet("columnLineage", "1-2-0", "ColumnLineageDatasetFacet");
pub(crate) const DATA_SOURCE: Facet = facet("dataSource", "1-0-1", "DatasourceDatasetFacet");
pub(crate) const ERROR_MESSAGE: Facet = facet("errorMessage", "1-0-1", "ErrorMessageRunFacet");
pub(crate) const INPUT_QUALITY: Facet = facet("dataQualityMetrics", "1-0-3", "DataQualityMetricsInputDatasetFacet");
pub(crate) const INPUT_STATISTICS: Facet = facet("inputStatistics", "1-0-0", "InputStatisticsInputDatasetFacet");
pub(crate) const JOB_TYPE: Facet = facet("jobType", "2-0-4", "JobTypeJobFacet");
pub(crate) const NOMINAL_TIME: Facet = facet("nominalTime", "1-0-1", "NominalTimeRunFacet");
pub(crate) const OUTPUT_STATISTICS: Facet = facet("outputStatistics", "1-0-2", "OutputStatisticsOutputDatasetFacet");
pub(crate) const PARENT: Facet = facet("parent", "1-2-0", "ParentRunFacet");
pub(crate) const PROCESSING_ENGINE: Facet = facet("processing_engine", "1-1-1", "ProcessingEngineRunFacet");
pub(crate) const QUALITY: Facet = facet("dataQualityMetrics", "1-0-0", "DataQualityMetricsDatasetFacet");
pub(crate) const SCHEMA: Facet = facet("schema", "1-2-0", "SchemaDatasetFacet");
pub(crate) const VERSION: Facet = facet("version", "1-0-1", "DatasetVersionDatasetFacet");

/// Adds a facet, with who tells it and the schema that it follows.
pub(crate) fn add(facets: &mut Facets, facet: &Facet, told: Value) {
    let Facet { key, version, schema } = facet;
    let mut value = Facets::new();
    value.insert("_producer".to_owned(), PRODUCER.into());
    let url = format!("https://openlineage.io/spec/facets/{version}/{schema}.json#/$defs/{schema}");
    value.insert("_schemaURL".to_owned(), url.into());
    if let Value::Object(told) = told {
        value.extend(told);
    }
    facets.insert((*key).to_owned(), Value::Object(value));
}

/// What carries runs out.
pub(crate) fn engine() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({"version": version, "name": "carelake", "openlineageAdapterVersion": version})
}

/// The date that a run is as of.
pub(crate) fn nominal(as_of: Date) -> Value {
    let midnight = as_of.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |midnight| midnight.timestamp());
    json!({"nominalStartTime": written(midnight)})
}

/// How a run failed: the name of the error and our own text.
pub(crate) fn error(name: Option<&str>, reason: Option<&str>) -> Value {
    let name = name.unwrap_or(ABORTED);
    let message = reason.map_or_else(|| name.to_owned(), |reason| format!("{name}: {reason}"));
    json!({"message": message, "programmingLanguage": "RUST"})
}

/// The columns of a publication. Those that its folders tell come last, as readers see them.
pub(crate) fn schema<'c>(columns: &[Column], folders: impl Iterator<Item = &'c str>) -> Value {
    let of_files =
        columns.iter().map(|column| (column.name.as_str(), column.kind.as_str(), column.description.as_str()));
    let of_folders = folders.map(|name| (name, "text", "told by the folder of the row"));
    let fields = of_files.chain(of_folders).zip(1_u64..);
    let fields = fields.map(|((name, kind, description), place)| {
        json!({"name": name, "type": kind, "description": description, "ordinal_position": place})
    });
    json!({"fields": fields.collect::<Vec<_>>()})
}
